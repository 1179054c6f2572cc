"""Reads a form's file (JSON) and tells every defect at once, as findings."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from engine import expressions
from engine.canonical import nfc
from engine.errors import DefinitionError, ExpressionError, Finding
from engine.forms.definition import COLUMN_TYPES, LANGUAGES, MAX_ROWS, TYPES, Choice, Field, Form, LawDays
from engine.forms.notes import placeholders

MAX_BYTES: Final = 256 * 1024
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FORM_ID: Final = re.compile(r"[a-z][a-z0-9_-]{0,59}")
_FORM_KEYS: Final = frozenset({"id", "title", "intro", "fields"})
_COMMON_KEYS: Final = frozenset({"name", "type", "label", "help", "basis"})
_ASKING_KEYS: Final = frozenset({"required", "when", "law", "prefill"})
_COLUMN_KEYS: Final = frozenset({"required", "given", "distinct"})
_KEYS_OF_TYPE: Final[Mapping[str, frozenset[str]]] = {
    "text": frozenset({"max_length", "editor"}),
    "textarea": frozenset({"max_length", "rows", "editor"}),
    "url": frozenset({"max_length"}),
    "integer": frozenset({"min", "max"}),
    "choice": frozenset({"choices"}),
    "choices": frozenset({"choices", "min", "max"}),
    "agencies": frozenset({"min", "max"}),
    "table": frozenset({"columns", "min", "max"}),
    "attachments": frozenset({"max_files"}),
}
_LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "max_length": (1, 100_000),
    "min": (-(2**53), 2**53),
    "max": (-(2**53), 2**53),
    "rows": (1, 40),
    "max_files": (1, 50),
}


def load_form(content: bytes, file: str) -> Form:
    """Read a form.

    Args:
        content: JSON in UTF-8, at most 256 KB.
        file: its path in the procedure's folder, for the findings.

    Raises:
        DefinitionError: with all findings; their element is the field's name.
    """
    reader = _Reader(file)
    data = _json(content, file)
    if not isinstance(data, dict):
        raise DefinitionError([Finding("form_definition.json", file)])
    form = reader.form(data)
    if reader.findings:
        raise DefinitionError(reader.findings)
    return form


def _json(content: bytes, file: str) -> Any:
    if len(content) > MAX_BYTES:
        raise DefinitionError([Finding("form_definition.too_large", file, params={"limit": MAX_BYTES})])
    try:
        return nfc(json.loads(content.decode("utf-8"), object_pairs_hook=_without_doubles))
    except (ValueError, RecursionError, TypeError) as error:  # not UTF-8, not JSON, doubled key; too deep; a float
        raise DefinitionError([Finding("form_definition.json", file, params={"reason": str(error)[:200]})]) from error


def _without_doubles(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError(f"doubled key among {sorted(made)}")
    return made


class _Reader:
    """Collects findings while it builds the form; what is defective gets a harmless stand-in."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._element: str | None = None
        self.findings: list[Finding] = []

    def form(self, data: Mapping[str, Any]) -> Form:
        self._unknown_keys(data, _FORM_KEYS)
        if not isinstance(data.get("id"), str) or not _FORM_ID.fullmatch(data["id"]):
            self._find("form_id", value=str(data.get("id"))[:60])
        title = self._texts(data, "title", needed=True)
        intro = self._texts(data, "intro")
        fields = self._fields(data.get("fields"), TYPES, "fields")
        self._element = None
        return Form(id=str(data.get("id")), title=title, fields=fields, intro=intro)

    def _fields(self, data: Any, types: frozenset[str], key: str) -> tuple[Field, ...]:
        if not isinstance(data, list) or not data or not all(isinstance(one, dict) for one in data):
            self._find("list", key=key)
            return ()
        read = tuple(self._field(one, types) for one in data)
        for name in _doubled(field.name for field in read):
            self._find("doubled_name", name=name)
        return read

    def _field(self, data: Mapping[str, Any], types: frozenset[str]) -> Field:
        around, name, kind = self._element, str(data.get("name")), str(data.get("type"))
        self._element = f"{around}.{name}" if types is COLUMN_TYPES else name
        self._check_name(name)
        if kind not in types:
            self._find("type", type=kind, allowed=sorted(types))
        self._unknown_keys(data, allowed_keys(kind, column=types is COLUMN_TYPES))
        field = Field(
            name=name,
            type=kind,
            label=self._texts(data, "label", needed=kind != "note"),
            help=self._texts(data, "help"),
            required=self._flag(data, "required"),
            choices=self._choices(data, kind),
            when=self._expression(data, "when"),
            law=self._law(data),
            prefill=self._expression(data, "prefill"),
            basis=self._basis(data),
            **self._numbers(data, kind),
            columns=self._fields(data.get("columns"), COLUMN_TYPES, "columns") if kind == "table" else (),
            text=self._note(data) if kind == "note" else {},
            given=self._flag(data, "given"),
            distinct=self._flag(data, "distinct"),
            editor=self._editor(data),
        )
        if field.prefill is None and any(column.given for column in field.columns):
            self._find("given_by_nothing")
        self._element = around if types is COLUMN_TYPES else None
        return field

    def _editor(self, data: Mapping[str, Any]) -> str:
        value = data.get("editor", "")
        if value != "" and not (isinstance(value, str) and _NAME.fullmatch(value)):
            self._find("name", name=str(value)[:60])
        return str(value)

    def _check_name(self, name: str) -> None:
        if not _NAME.fullmatch(name):
            self._find("name", name=name[:60])
        elif name in expressions.RESERVED_NAMES:
            self._find("reserved_name", name=name)

    def _unknown_keys(self, data: Mapping[str, Any], known: frozenset[str]) -> None:
        for key in sorted(set(data) - known):
            self._find("unknown_key", key=key[:60])

    def _texts(self, data: Mapping[str, Any], key: str, *, needed: bool = False) -> dict[str, str]:
        value = data.get(key)
        if value is None and not needed:
            return {}
        # A label, and whatever else is given, is in both languages; an introduction or help may be Vietnamese only.
        wanted = LANGUAGES if needed else LANGUAGES[:1]
        if (
            not isinstance(value, dict)
            or set(value) - set(LANGUAGES)
            or not all(_is_text(value.get(k)) for k in wanted)
        ):
            self._find("texts", key=key, languages=list(wanted))
            return {}
        return {language: text for language, text in value.items() if _is_text(text)}

    def _flag(self, data: Mapping[str, Any], key: str) -> bool:
        value = data.get(key, False)
        if not isinstance(value, bool):
            self._find("flag", key=key)
        return value is True

    def _expression(self, data: Mapping[str, Any], key: str) -> str | None:
        value = data.get(key)
        if value is not None:
            self._check_expression(value, key)
        return value if isinstance(value, str) else None

    def _check_expression(self, value: Any, key: str) -> None:
        try:
            expressions.check(value)
        except ExpressionError as error:
            self._find("expression", key=key, expression=str(value)[:200], reason=error.code)

    def _basis(self, data: Mapping[str, Any]) -> tuple[str, ...]:
        value = data.get("basis", [])
        if not isinstance(value, list) or not all(_is_text(one) for one in value):
            self._find("list", key="basis")
            return ()
        return tuple(value)

    def _law(self, data: Mapping[str, Any]) -> LawDays | None:
        if data.get("law") is None:
            return None
        read = _law_days(data["law"])
        if read is None:
            self._find("law", law=str(data["law"])[:80])
        return read

    def _choices(self, data: Mapping[str, Any], kind: str) -> tuple[Choice, ...]:
        if kind not in ("choice", "choices"):
            return ()
        value = data.get("choices")
        if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
            self._find("list", key="choices")
            return ()
        read = tuple(self._choice(one) for one in value)
        for doubled in _doubled(choice.value for choice in read):
            self._find("doubled_choice", value=doubled)
        return read

    def _choice(self, data: Mapping[str, Any]) -> Choice:
        self._unknown_keys(data, frozenset({"value", "label"}))
        value = data.get("value")
        if not _is_text(value):
            self._find("choice_value", value=str(value)[:60])
        return Choice(str(value), self._texts(data, "label", needed=True))

    def _numbers(self, data: Mapping[str, Any], kind: str) -> dict[str, Any]:
        read = {key: data[key] for key in _LIMITS if data.get(key) is not None}
        for key, value in read.items():
            limits = _LIMITS[key] if kind != "table" else (0, MAX_ROWS)
            if type(value) is not int or not limits[0] <= value <= limits[1]:
                self._find("number", key=key, least=limits[0], most=limits[1])
        least, most = read.get("min"), read.get("max")
        if type(least) is int and type(most) is int and least > most:
            self._find("bounds", min=least, max=most)
        return read

    def _note(self, data: Mapping[str, Any]) -> dict[str, str]:
        texts = self._texts(data, "text", needed=True)
        for text in texts.values():
            for expression in placeholders(text):
                self._check_expression(expression, "text")
        return texts

    def _find(self, kind: str, **params: Any) -> None:
        self.findings.append(Finding(f"form_definition.{kind}", self._file, self._element, self._element, params))


def allowed_keys(kind: str, *, column: bool) -> frozenset[str]:
    """What a field of that type may say, or a column of a table of that type."""
    if kind == "note":
        return _COMMON_KEYS | {"when", "law", "text"}
    own = _KEYS_OF_TYPE.get(kind, frozenset())
    return _COMMON_KEYS | own | (_COLUMN_KEYS if column else _ASKING_KEYS)


def _law_days(value: Any) -> LawDays | None:
    """First and last day, of which one may be missing; None where they are not that."""
    if not isinstance(value, dict) or set(value) - {"from", "to", "confidence"} or not {"from", "to"} & set(value):
        return None
    try:
        since, until = (date.fromisoformat(value[key]) if key in value else None for key in ("from", "to"))
    except (TypeError, ValueError):
        return None
    ordered = (since or date.min) <= (until or date.max)
    return LawDays(since, until, str(value.get("confidence", ""))) if ordered else None


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _doubled(values: Iterable[str]) -> list[str]:
    return [value for value, times in Counter(values).items() if times > 1]
