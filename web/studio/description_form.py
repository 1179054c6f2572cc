"""A procedure's description as the boxes of its form hold it, and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from engine.forms.definition import LANGUAGES
from engine.procedures.bundle import SHARED
from engine.procedures.starts import MONTHLY, RHYTHMS, YEARLY
from web.formatting import day, nfc, typed_day

ONE_LINE: Final = ("code", "lead", "case_title", "received_at")
TEXTS: Final = ("title", "summary")
NAMED: Final = ("inputs", "outputs")
CHOICE_WORDS: Final = ("duty", "when", "basis", "confidence")
_YEARLY: Final = re.compile(r"(\d{1,2})/(\d{1,2})")

Said = Mapping[str, str]


def shown(data: Mapping[str, Any]) -> dict[str, Any]:
    """The boxes; what is of another shape than it should be stays empty, and the findings tell of it."""
    start = _mapping(data.get("start"))
    return {
        **{key: data.get(key) or "" for key in ONE_LINE},
        **{key: _mapping(data.get(key)) for key in TEXTS},
        **{key: _named_lines(_mapping(data.get(key))) for key in NAMED},
        "shared": data.get("kind") == SHARED,
        "duties": _list(start.get("duties")),
        "timer": [_rule(one) for one in _list(start.get("timer")) if isinstance(one, dict)],
        "outcomes": [{"code": code, **_mapping(one)} for code, one in _mapping(data.get("outcomes")).items()],
        "choices": [_choice(one) for one in _list(data.get("choices")) if isinstance(one, dict)],
        "uses": _list(data.get("uses")),
    }


def typed(boxes: MultiDict[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    """The description with what the boxes say; a box that was not sent leaves what it stands for."""
    said = {key: nfc(value).strip() for key, value in boxes.items()}
    data = dict(before)
    for key in ONE_LINE:
        if key in said:
            _put(data, key, said[key])
    for key in TEXTS:
        if f"{key}.vi" in said:
            _put(data, key, _languages(said, key))
    for key in NAMED:
        if key in said:
            data[key] = dict(map(_read_named, said[key].splitlines())) if said[key] else {}
    if "sent" in said:
        chosen, kept = boxes.getlist("uses"), _list(before.get("uses"))
        data["uses"] = [one for one in kept if one in chosen] + [one for one in chosen if one not in kept]
        if data.get("kind") != SHARED:
            _put(data, "start", _start(boxes, said, _mapping(before.get("start"))))
            data["outcomes"] = _outcomes(said, _mapping(before.get("outcomes")))
            _put(data, "choices", _rows(said, "choices", _list(before.get("choices")), _typed_choice))
    return data


def act(data: dict[str, Any], asked: str) -> None:
    """Add or take away an outcome, a start rule or a choice (`add:timer`, `drop:outcomes:2`)."""
    kind, _colon, where = asked.partition(":")
    part, _colon, number = where.partition(":")
    if part == "outcomes":
        _act_on_outcomes(data, kind, number)
    elif part == "timer":
        start = data.setdefault("start", {})
        _act_on_rows(start, part, kind, number, {"id": _free("rule", _list(start.get(part))), MONTHLY: 1})
    elif part == "choices":
        new = {"id": _free("choice", _list(data.get(part))), "title": {"vi": "…", "en": "…"}, "when": "True"}
        _act_on_rows(data, part, kind, number, {**new, "duty": "head", "confidence": "U"})


def _act_on_outcomes(data: dict[str, Any], kind: str, number: str) -> None:
    outcomes = dict(_mapping(data.get("outcomes")))
    if kind == "add":
        outcomes[_free_code(outcomes)] = {"vi": "…", "en": "…", "result": "required"}
    elif kind == "drop" and _within(number, outcomes):
        del outcomes[list(outcomes)[int(number)]]
    data["outcomes"] = outcomes


def _act_on_rows(data: dict[str, Any], key: str, kind: str, number: str, new: dict[str, Any]) -> None:
    rows = list(_list(data.get(key)))
    if kind == "add":
        rows.append(new)
    elif kind == "drop" and _within(number, rows):
        del rows[int(number)]
    _put(data, key, rows)


def _within(number: str, rows: Mapping[str, Any] | list[Any]) -> bool:
    return number.isascii() and number.isdigit() and int(number) < len(rows)


def _free(prefix: str, rows: list[Any]) -> str:
    taken = {str(one.get("id")) for one in rows if isinstance(one, dict)}
    return next(id_ for n in range(1, len(rows) + 2) if (id_ := f"{prefix}{n}") not in taken)


def _free_code(outcomes: Mapping[str, Any]) -> str:
    return next(code for n in range(1, len(outcomes) + 2) if (code := f"KET_QUA_{n}") not in outcomes)


# One part after the other ---------------------------------------------------------------------------------------------


def _start(boxes: MultiDict[str, str], said: Said, before: Mapping[str, Any]) -> dict[str, Any]:
    start = {**before, "duties": boxes.getlist("duties")}
    _put(start, "duties", start["duties"])
    _put(start, "timer", _rows(said, "timer", _list(before.get("timer")), _typed_rule))
    return start


def _rows(
    said: Said, name: str, before: list[Any], read: Callable[[Said, str, dict[str, Any]], dict[str, Any]]
) -> list[Any]:
    """The entries of a list, each as typed where its boxes were sent."""
    return [
        read(said, f"{name}.{n}", dict(one)) if isinstance(one, dict) and f"{name}.{n}.id" in said else one
        for n, one in enumerate(before)
    ]


def _rule(one: Mapping[str, Any]) -> dict[str, str]:
    rhythm = next((rhythm for rhythm in RHYTHMS if rhythm in one), MONTHLY)
    said = str(one.get(rhythm, ""))
    month, dash, of_month = said.partition("-")
    variables = _mapping(one.get("variables"))
    return {
        "id": str(one.get("id") or ""),
        "rhythm": rhythm,
        "day": f"{of_month}/{month}" if rhythm == YEARLY and dash else said,
        "role": str(one.get("role") or ""),
        "variables": "\n".join(f"{name} = {expression}" for name, expression in variables.items()),
    }


def _typed_rule(said: Said, at: str, before: dict[str, Any]) -> dict[str, Any]:
    rhythm = said.get(f"{at}.rhythm", MONTHLY)
    kept = {key: value for key, value in before.items() if key not in ("id", *RHYTHMS)}
    rule = {"id": said[f"{at}.id"], rhythm: _rule_day(rhythm, said.get(f"{at}.day", "")), **kept}
    _put(rule, "role", said.get(f"{at}.role", ""))
    pairs = [line.partition("=") for line in said.get(f"{at}.variables", "").splitlines() if line.strip()]
    _put(rule, "variables", {name.strip(): expression.strip() for name, _sign, expression in pairs})
    return rule


def _rule_day(rhythm: str, text: str) -> Any:
    """The day as the file says it; what is no day stays as typed, to be told by the check."""
    yearly = _YEARLY.fullmatch(text)
    if rhythm == YEARLY and yearly is not None:
        return f"{int(yearly[2]):02d}-{int(yearly[1]):02d}"
    return int(text) if text.isascii() and text.isdigit() else text


def _outcomes(said: Said, before: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for n, (code, one) in enumerate(before.items()):
        at = f"outcomes.{n}"
        if f"{at}.code" not in said:
            found[code] = one
            continue
        outcome = {**_mapping(one), **{language: said.get(f"{at}.{language}", "") for language in LANGUAGES}}
        outcome["result"] = said.get(f"{at}.result", "required")
        _put(outcome, "reason", _languages(said, f"{at}.reason"))
        found[said[f"{at}.code"] or code] = outcome
    return found


def _choice(one: Mapping[str, Any]) -> dict[str, Any]:
    law_on = one.get("law_on")
    return {
        **{key: str(one.get(key) or "") for key in ("id", *CHOICE_WORDS)},
        "title": _mapping(one.get("title")),
        "note": _mapping(one.get("note")),
        "law_on": day(law_on) if isinstance(law_on, date) else str(law_on or ""),
    }


def _typed_choice(said: Said, at: str, before: dict[str, Any]) -> dict[str, Any]:
    law_on = said.get(f"{at}.law_on", "")
    one = {**before, "id": said[f"{at}.id"], "title": _languages(said, f"{at}.title")}
    _put(one, "law_on", typed_day(law_on) or law_on)
    for key in CHOICE_WORDS:
        _put(one, key, said.get(f"{at}.{key}", ""))
    _put(one, "note", _languages(said, f"{at}.note"))
    return one


def _named_lines(values: Mapping[str, Any]) -> str:
    return "\n".join(
        " | ".join([str(name), *(str(_mapping(one).get(language) or "") for language in LANGUAGES)])
        for name, one in values.items()
    )


def _read_named(line: str) -> tuple[str, dict[str, str]]:
    name, vi, en, *_more = [part.strip() for part in line.split("|")] + ["", ""]
    return name, {"vi": vi or name, "en": en or vi or name}


# Shapes ---------------------------------------------------------------------------------------------------------------


def _languages(said: Said, key: str) -> dict[str, str]:
    return {language: said[f"{key}.{language}"] for language in LANGUAGES if said.get(f"{key}.{language}")}


def _put(data: dict[str, Any], key: str, value: Any) -> None:
    """An empty box takes its key away; one that the file keeps empty stays."""
    if value:
        data[key] = value
    elif key in data and data[key] is not None:
        del data[key]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
