"""A form's file as a person edits it: fields found, moved and written back; lists as lines of a text box."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from engine.forms.definition import LANGUAGES
from engine.forms.loading import allowed_keys
from engine.text import search_key
from web.formatting import day, nfc, typed_day
from web.studio import conditions

ORDER: Final = (
    "name type label help required given distinct when law prefill basis max_length min max rows max_files editor text "
    "choices columns"
).split()
TEXTS: Final = ("label", "help", "text")
WORDS: Final = ("when", "prefill", "editor")
FLAGS: Final = ("required", "given", "distinct")
NUMBERS: Final = ("max_length", "min", "max", "rows", "max_files")
NEW_FIELD: Final[Mapping[str, Any]] = {"name": "", "type": "text", "label": {}}


def ids(files: Mapping[str, bytes]) -> list[str]:
    """Ids of the forms, as their files are called."""
    return sorted(p.removeprefix("forms/").removesuffix(".json") for p in files if p.startswith("forms/"))


def read(files: Mapping[str, bytes], form_id: str) -> dict[str, Any] | None:
    """What a form's file says; None where there is none that can be edited field by field."""
    content = files.get(f"forms/{form_id}.json")
    try:
        data = json.loads(content.decode()) if content is not None else None
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and _has_fields(data) else None


def _has_fields(data: Mapping[str, Any]) -> bool:
    fields = data.get("fields")
    return isinstance(fields, list) and all(isinstance(one, dict) for one in fields)


def write(data: Mapping[str, Any]) -> bytes:
    """The file's bytes, as the shipped forms are written."""
    return (json.dumps(data, ensure_ascii=False, indent=2) + "\n").encode()


def describe(data: dict[str, Any], typed: Mapping[str, str]) -> None:
    """Put title and introduction as typed (`title.vi` …) into the form."""
    for key in ("title", "intro"):
        texts = {language: typed[f"{key}.{language}"] for language in LANGUAGES if typed.get(f"{key}.{language}")}
        if texts or key == "title":
            data[key] = texts
        else:
            data.pop(key, None)
    data["fields"] = data.pop("fields")  # fields stay last, as people read them


def find(data: Mapping[str, Any], name: str) -> tuple[dict[str, Any] | None, list[dict[str, Any]] | None]:
    """The field, or column (`table.column`), of that name and the list in which it stands; None where there is none."""
    around, _dot, own = name.rpartition(".")
    fields: list[dict[str, Any]] | None = data["fields"]
    if around:
        table = next((one for one in data["fields"] if one.get("name") == around), None)
        fields = table.setdefault("columns", []) if table is not None and table.get("type") == "table" else None
    return next((one for one in fields or [] if one.get("name") == own), None), fields


def arrange(fields: list[dict[str, Any]], act: str, name: str) -> None:
    """Move a field up or down, or take it away (`up`, `down`, `drop`); a column is named `table.column`."""
    around, _dot, own = name.rpartition(".")
    if around:
        fields = next((one.get("columns") or [] for one in fields if one.get("name") == around), [])
    at = next((number for number, one in enumerate(fields) if one.get("name") == own), None)
    if at is None:
        return
    one = fields.pop(at)
    if act != "drop":
        step = {"up": -1, "down": 1}.get(act, 0)
        fields.insert(max(0, at + step), one)


def shown(one: Mapping[str, Any]) -> dict[str, Any]:
    """A field as the boxes show it."""
    written = one.get("law")
    law: Mapping[str, Any] = written if isinstance(written, dict) else {}
    choices = [choice for choice in one.get("choices") or [] if isinstance(choice, dict)]
    return {
        **{key: {} for key in TEXTS},
        **one,
        "basis": list(map(str, one.get("basis") or [])),
        "choices": "\n".join(" | ".join(_choice(choice)) for choice in choices),
        "law": {key: day(law[key]) if key != "confidence" and law.get(key) else law.get(key, "") for key in law},
    }


def _choice(choice: Mapping[str, Any]) -> list[str]:
    label = choice.get("label") or {}
    return [str(choice.get("value", "")), str(label.get("vi", "")), str(label.get("en", ""))]


def typed_field(typed: MultiDict[str, str], before: Mapping[str, Any], *, column: bool) -> dict[str, Any]:
    """The field as typed; what a field of its type cannot say is left out.

    Args:
        before: what it was; its columns are edited on pages of their own.
    """
    said = {key: nfc(value).strip() for key, value in typed.items()}
    said["when"] = conditions.typed(said, "when")
    made: dict[str, Any] = {"name": said.get("name", ""), "type": said.get("type", "")}
    made |= {key: texts for key in TEXTS if (texts := _languages(said, key))}
    made |= {key: said[key] for key in WORDS if said.get(key)}
    made |= {key: _number(said[key]) for key in NUMBERS if said.get(key)}
    made |= {key: True for key in FLAGS if said.get(key)}
    made |= {"basis": lines} if (lines := _lines(nfc("\n".join(typed.getlist("basis"))))) else {}
    made |= {"law": law} if (law := _law(said)) else {}
    made |= {"choices": [_read_choice(line) for line in _lines(said.get("choices", ""))]}
    made |= {"columns": deepcopy(before.get("columns") or [_first_column()])}
    kept = allowed_keys(made["type"], column=column) | {"name", "type"}
    return {key: made[key] for key in ORDER if key in made and key in kept and made[key] != []}


def _first_column() -> dict[str, Any]:
    return {"name": "content", "type": "text", "label": {"vi": "Nội dung", "en": "Content"}}


def _languages(said: Mapping[str, str], key: str) -> dict[str, str]:
    return {language: said[f"{key}.{language}"] for language in LANGUAGES if said.get(f"{key}.{language}")}


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _number(text: str) -> int | str:
    """A whole number; anything else goes on as it is, to be told by the check."""
    return int(text) if text.removeprefix("-").isdigit() and text.isascii() else text


def _law(said: Mapping[str, str]) -> dict[str, str]:
    days = {key: said[f"law.{key}"] for key in ("from", "to") if said.get(f"law.{key}")}
    read = {key: found.isoformat() if (found := typed_day(text)) else text for key, text in days.items()}
    return {**read, "confidence": said.get("law.confidence", "")} if read else {}


def _read_choice(line: str) -> dict[str, Any]:
    value, vi, en, *_more = [part.strip() for part in line.split("|")] + ["", ""]
    if "|" not in line:  # a label alone: its value follows from it
        value, vi = re.sub(r"[^a-z0-9]+", "_", search_key(line)).strip("_"), line
    return {"value": value, "label": {"vi": vi or value, "en": en or vi or value}}
