"""A notice's file as the boxes of its form hold it, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import yaml
from werkzeug.datastructures import MultiDict

from engine.procedures.bundle import SAFE_LOADER
from web.formatting import day, nfc, typed_day
from workflows.studio import yaml_text

ONE_LINE: Final = ("subject", "unit", "decider", "circulation")
LINES: Final = ("outside", "legal")
PARAGRAPH, HEADING, TABLE = "paragraph", "heading", "table"
KINDS: Final = (PARAGRAPH, HEADING, TABLE)


def read(content: bytes) -> dict[str, Any]:
    """What the file says; nothing where it cannot be read."""
    try:
        data = yaml.load(content, Loader=SAFE_LOADER)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def shown(data: Mapping[str, Any]) -> dict[str, Any]:
    """The boxes: lists as lines, each part of the body with its kind, tables as YAML."""
    body = data.get("body")
    regimes = data.get("regimes")
    return {
        **{key: data.get(key) or "" for key in (*ONE_LINE, "type")},
        "urgency": data.get("urgency") or "none",
        **{key: "\n".join(map(str, _list(data.get(key)))) for key in LINES},
        "body": [_part(part) for part in _list(body)],
        "regimes": [_regime(one) for one in _list(regimes) if isinstance(one, dict)],
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
        parts = [_typed_part(said, n) for n in range(len(_list(before.get("body")))) if f"body.{n}.kind" in said]
        data["body"] = parts
    for number, regime in enumerate(_list(data.get("regimes"))):
        if isinstance(regime, dict) and f"regimes.{number}.texts" in said:
            _typed_regime(regime, said, f"regimes.{number}")
    return data


def act(data: dict[str, Any], asked: str) -> None:
    """Add, move or take away a part of the body (`add`, `up:2`, `down:2`, `drop:2`)."""
    kind, _colon, where = asked.partition(":")
    body = data.setdefault("body", [])
    at = int(where) if where.isascii() and where.isdigit() else -1
    if kind == "add":
        body.append("…")
    elif 0 <= at < len(body):
        part = body.pop(at)
        if kind != "drop":
            body.insert(max(0, at + {"up": -1, "down": 1}.get(kind, 0)), part)


def _put(data: dict[str, Any], key: str, value: Any) -> None:
    """An empty box takes its key away, but type and subject are always said."""
    if value or key in ("type", "subject"):
        data[key] = value
    else:
        data.pop(key, None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _part(part: Any) -> dict[str, str]:
    if isinstance(part, dict) and HEADING in part:
        return {"kind": HEADING, "text": str(part[HEADING])}
    if isinstance(part, dict) and TABLE in part:
        return {"kind": TABLE, "text": yaml_text.dump(part[TABLE]).decode().strip()}
    return {"kind": PARAGRAPH, "text": str(part)}


def _typed_part(said: Mapping[str, str], number: int) -> Any:
    kind, text = said[f"body.{number}.kind"], said.get(f"body.{number}.text", "")
    if kind == TABLE:
        return {TABLE: read(text.encode())}
    return {HEADING: text} if kind == HEADING else text


def _regime(one: Mapping[str, Any]) -> dict[str, str]:
    texts = one.get("texts")
    return {
        **{key: _day(one.get(key)) for key in ("from", "to")},
        **{key: str(one.get(key) or "") for key in ("basis", "confidence")},
        "texts": "\n".join(f"{name}: {text}" for name, text in (texts if isinstance(texts, dict) else {}).items()),
    }


def _day(value: Any) -> str:
    return day(value) if isinstance(value, date) else str(value or "")


def _typed_regime(regime: dict[str, Any], said: Mapping[str, str], prefix: str) -> None:
    for key in ("from", "to"):
        text = said.get(f"{prefix}.{key}", "")
        _put(regime, key, typed_day(text) or text)
    for key in ("basis", "confidence"):
        _put(regime, key, said.get(f"{prefix}.{key}", ""))
    lines = [line.partition(":") for line in said[f"{prefix}.texts"].splitlines() if line.strip()]
    regime["texts"] = {name.strip(): text.strip() for name, _colon, text in lines}
