"""A notice's file as the boxes of its form hold it, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import count, takewhile
from typing import Any, Final

import yaml
from werkzeug.datastructures import MultiDict

from engine.procedures.bundle import SAFE_LOADER
from web.formatting import day, nfc, typed_day
from web.studio.editing import REGULATION_SINCE

ONE_LINE: Final = ("subject", "unit", "decider", "circulation")
LINES: Final = ("outside", "legal")
PARAGRAPH, HEADING, TABLE = "paragraph", "heading", "table"
KINDS: Final = (PARAGRAPH, HEADING, TABLE)
REPEATED: Final = "for"
"""Under which a table says for what its one row is repeated."""

Said = Mapping[str, str]


def read(content: bytes) -> dict[str, Any]:
    """What the file says; nothing where it cannot be read."""
    try:
        data = yaml.load(content, Loader=SAFE_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def shown(data: Mapping[str, Any]) -> dict[str, Any]:
    """The boxes: lists as lines, each part of the body with its kind, a table as a grid."""
    return {
        **{key: data.get(key) or "" for key in (*ONE_LINE, "type")},
        "urgency": data.get("urgency") or "none",
        **{key: "\n".join(map(str, _list(data.get(key)))) for key in LINES},
        "body": [_part(part) for part in _list(data.get("body"))],
        "regimes": [_regime(one) for one in _list(data.get("regimes")) if isinstance(one, dict)],
    }


def typed(boxes: MultiDict[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    """The file with what the boxes say; a box that was not sent leaves what it stands for."""
    said = {key: nfc(value).strip() for key, value in boxes.items()}
    data = dict(before)
    for key in ("type", "urgency", *ONE_LINE):
        if key in said:
            _put(data, key, "" if key == "urgency" and said[key] == "none" else said[key])
    for key in LINES:
        if key in said:
            _put(data, key, [line.strip() for line in said[key].splitlines() if line.strip()])
    if "body.0.kind" in said:
        data["body"] = [_typed_part(said, f"body.{n}") for n in _sent(said, "body.{}.kind")]
    if "regimes.0.from" in said:
        data["regimes"] = [_typed_regime(said, f"regimes.{n}") for n in _sent(said, "regimes.{}.from")]
    return data


def act(data: dict[str, Any], asked: str, since: date) -> None:
    """Do what a button asks for.

    Args:
        asked: of the body `add`, `up:2`, `down:2`, `drop:2`; of a table in it `column:2`, `row:2`, and without the
            fourth column or row `less-column:2:3`, `less-row:2:3`; of the regimes `regime`, `replace:0`, `end:0`.
        since: first day of a regime that takes the place of another one.
    """
    kind, _colon, where = asked.partition(":")
    first, _colon, second = where.partition(":")
    at, inner = _number(first), _number(second)
    if kind in ("add", "up", "down", "drop"):
        _arrange(data.setdefault("body", []), kind, at)
    elif kind in ("regime", "replace", "end"):
        data["regimes"] = _list(data.get("regimes"))
        _act_on_regimes(data["regimes"], kind, at, since)
        _put(data, "regimes", data["regimes"])
    elif 0 <= at < len(_list(data.get("body"))):
        part = data["body"][at]
        if isinstance(part, dict) and isinstance(part.get(TABLE), dict):
            _act_on_table(part[TABLE], kind, inner)


def _sent(said: Said, box: str) -> Iterator[int]:
    """The numbers from 0 on for which such a box was sent."""
    return takewhile(lambda n: box.format(n) in said, count())


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else -1


def _put(data: dict[str, Any], key: str, value: Any) -> None:
    """An empty box takes its key away, but type and subject are always said."""
    if value or key in ("type", "subject"):
        data[key] = value
    else:
        data.pop(key, None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


# The body -------------------------------------------------------------------------------------------------------------


def _arrange(body: list[Any], kind: str, at: int) -> None:
    if kind == "add":
        body.append("…")
    elif 0 <= at < len(body):
        part = body.pop(at)
        if kind != "drop":
            body.insert(max(0, at + {"up": -1, "down": 1}[kind]), part)


def _part(part: Any) -> dict[str, Any]:
    if isinstance(part, dict) and HEADING in part:
        return {"kind": HEADING, "text": str(part[HEADING])}
    if isinstance(part, dict) and isinstance(part.get(TABLE), dict):
        return {"kind": TABLE, "text": "", **_grid(part[TABLE])}
    return {"kind": PARAGRAPH, "text": str(part)}


def _grid(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table by its columns: what each is called, and what its cell says in each row."""
    names = list(map(str, _list(table.get("columns"))))
    rows = [_list(row) for row in ([table.get("cells")] if REPEATED in table else _list(table.get("rows")))]
    columns = [{"name": name, "cells": [_cell(row, n) for row in rows]} for n, name in enumerate(names)]
    return {REPEATED: str(table.get(REPEATED) or ""), "columns": columns, "rows": len(rows)}


def _cell(row: list[Any], number: int) -> str:
    return str(row[number]) if number < len(row) else ""


def _typed_part(said: Said, at: str) -> Any:
    kind, text = said[f"{at}.kind"], said.get(f"{at}.text", "")
    if kind == TABLE:
        return {TABLE: _typed_table(said, at)}
    if f"{at}.column.0" in said:  # a table before
        text = text or " | ".join(said[f"{at}.column.{n}"] for n in _sent(said, f"{at}.column.{{}}"))
    return {HEADING: text} if kind == HEADING else text


def _typed_table(said: Said, at: str) -> dict[str, Any]:
    columns = [said[f"{at}.column.{n}"] for n in _sent(said, f"{at}.column.{{}}")]
    if not columns:  # a paragraph before
        return {"columns": [said.get(f"{at}.text", "")], "rows": [["…"]]}
    rows = [
        [said.get(f"{at}.cell.{row}.{n}", "") for n in range(len(columns))] for row in _sent(said, f"{at}.cell.{{}}.0")
    ]
    if said.get(f"{at}.{REPEATED}"):
        return {
            "columns": columns,
            REPEATED: said[f"{at}.{REPEATED}"],
            "cells": rows[0] if rows else [""] * len(columns),
        }
    return {"columns": columns, "rows": rows}


def _act_on_table(table: dict[str, Any], kind: str, number: int) -> None:
    columns, rows = table["columns"], [table["cells"]] if REPEATED in table else table["rows"]
    if kind == "column":
        columns.append("…")
        for row in rows:
            row.append("…")
    elif kind == "less-column" and 0 <= number < len(columns) > 1:
        for row in (columns, *rows):
            del row[number]
    elif kind == "row" and REPEATED not in table:
        rows.append(["…"] * len(columns))
    elif kind == "less-row" and REPEATED not in table and 0 <= number < len(rows):
        del rows[number]


# Regimes --------------------------------------------------------------------------------------------------------------


def _regime(one: Mapping[str, Any]) -> dict[str, Any]:
    texts = one.get("texts")
    return {
        **{key: _day(one.get(key)) for key in ("from", "to")},
        **{key: str(one.get(key) or "") for key in ("basis", "confidence")},
        "texts": [(str(name), str(text)) for name, text in (texts if isinstance(texts, dict) else {}).items()],
    }


def _day(value: Any) -> str:
    return day(value) if isinstance(value, date) else str(value or "")


def _typed_regime(said: Said, at: str) -> dict[str, Any]:
    regime: dict[str, Any] = {}
    for key in ("from", "to"):
        text = said.get(f"{at}.{key}", "")
        _put(regime, key, typed_day(text) or text)
    for key in ("basis", "confidence"):
        _put(regime, key, said.get(f"{at}.{key}", ""))
    pairs = [(said[f"{at}.{n}.name"], said.get(f"{at}.{n}.text", "")) for n in _sent(said, f"{at}.{{}}.name")]
    regime["texts"] = {name or f"text{n}": text for n, (name, text) in enumerate(pairs, start=1) if name or text}
    return regime


def _act_on_regimes(regimes: list[Any], kind: str, at: int, since: date) -> None:
    """A first regime, one in the place of another from a day on, or one less."""
    if kind == "regime":
        regimes.append({"from": REGULATION_SINCE, "confidence": "U", "texts": {"decree": "…"}})
    elif kind == "end" and 0 <= at < len(regimes):
        del regimes[at]
    elif kind == "replace" and 0 <= at < len(regimes):
        old = {**regimes[at], "to": since - timedelta(days=1)}
        new = {**regimes[at], "from": since}
        regimes[at : at + 1] = [{key: old[key] for key in ("from", "to") if key in old} | old, new]
