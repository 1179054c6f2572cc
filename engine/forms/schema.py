"""Builds a marshmallow schema from a form's declaration. Defects are reported as `FieldError`, not as sentences."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import marshmallow as ma

from engine.errors import FieldError
from engine.forms import typed
from engine.forms.definition import DEFAULT_LENGTHS, DEFAULT_ROWS, Field


@dataclass(frozen=True)
class Choosable:
    """What fields choose among that the form does not declare; None where that is not asked.

    Args:
        agencies: ids of the agencies.
        case: gives the code of the case that a person means, or raises `typed.Wrong`.
    """

    agencies: Collection[str] | None = None
    case: Callable[[str], str] | None = None


MOST_OF_A_CASE: Final = 400
"""Characters of a code with its case's title."""
REQUIRED: Final = FieldError("form.required")


class _Schema(ma.Schema):
    error_messages = cast(
        dict[str, str], {"unknown": FieldError("form.unknown_field"), "type": FieldError("form.table")}
    )

    class Meta:
        unknown = ma.RAISE


class _Reading(ma.fields.Field[Any]):
    """A field that is read by one of the functions in `typed`."""

    default_error_messages = cast(dict[str, Any], {"required": REQUIRED, "null": REQUIRED})

    def __init__(self, read: Callable[[Any], Any], *, required: bool) -> None:
        super().__init__(required=required)
        self._read = read

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        try:
            return self._read(value)
        except typed.Wrong as wrong:
            raise ma.ValidationError([wrong.error]) from wrong


class _Table(ma.fields.Nested):
    """Rows of cells; each row is a schema of its own."""

    def __init__(self, field: Field, choosable: Choosable) -> None:
        super().__init__(schema_of(field.columns, choosable, as_row=True), many=True)
        self._field = field

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, partial: Any = None, **kwargs: Any
    ) -> Any:
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise ma.ValidationError([FieldError("form.table")])
        rows = [kept for row in value if (kept := without_blanks(self._field.columns, row))]
        if error := _count_error(self._field, len(rows), DEFAULT_ROWS):
            raise ma.ValidationError([error])
        loaded = super()._deserialize(rows, attr, data, partial, **kwargs)
        return [{column.name: row.get(column.name, empty(column)) for column in self._field.columns} for row in loaded]


def schema_of(fields: Sequence[Field], choosable: Choosable, *, as_row: bool = False) -> ma.Schema:
    """A schema for these fields.

    Args:
        fields: notes and attachments are left out, they have no typed value.
        choosable: what fields for agencies and cases accept.
        as_row: whether required fields are insisted on here; of a form's fields some may not apply, so not there.
    """
    asked = [field for field in fields if field.type not in ("note", "attachments")]
    made: dict[str, Any] = {field.name: _field(field, choosable, required=as_row and field.required) for field in asked}
    return _Schema.from_dict(made)()


def without_blanks(fields: Sequence[Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values without the fields that were left empty; what the fields do not know is kept, to be refused."""
    known = {field.name for field in fields}
    return {name: value for name, value in values.items() if name not in known or not _is_blank(value)}


def empty(field: Field) -> Any:
    """The stored value of a field that was left empty."""
    if field.type in ("choices", "agencies", "table", "attachments"):
        return []
    if field.type in ("text", "textarea", "url", "case"):
        return ""
    return False if field.type == "boolean" else None


def _is_blank(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, list | tuple) and all(_is_blank(one) for one in value))


def _field(field: Field, choosable: Choosable, *, required: bool) -> ma.fields.Field[Any]:
    if field.type == "table":
        return _Table(field, choosable)
    return _Reading(_reader(field, choosable), required=required)


def _reader(field: Field, choosable: Choosable) -> Callable[[Any], Any]:
    limit = field.max_length or DEFAULT_LENGTHS.get(field.type, 0)
    readers: dict[str, Callable[[Any], Any]] = {
        "text": lambda value: typed.text(value, limit, lines=False),
        "textarea": lambda value: typed.text(value, limit, lines=True),
        "url": lambda value: typed.address(value, limit),
        "integer": lambda value: typed.whole(value, field.min, field.max),
        "boolean": typed.truth,
        "date": typed.day,
        "datetime": typed.moment,
        "choice": lambda value: _choice(field, value),
        "choices": lambda value: _choices(field, value),
        "agency": lambda value: _agency(choosable, value),
        "agencies": lambda value: _agencies(field, choosable, value),
        "case": lambda value: _case(choosable, value),
    }
    return readers[field.type]


def _choice(field: Field, value: Any) -> str:
    for choice in field.choices:
        if value == choice.value:
            return choice.value
    raise typed.Wrong("form.choice", value=str(value)[:80])


def _choices(field: Field, value: Any) -> list[str]:
    """The chosen values in the order of the declaration, each once."""
    chosen = {_choice(field, one) for one in _several(value)}
    _check_count(field, len(chosen))
    return [choice.value for choice in field.choices if choice.value in chosen]


def _agency(choosable: Choosable, value: Any) -> str:
    if isinstance(value, str) and (choosable.agencies is None or value in choosable.agencies):
        return value
    raise typed.Wrong("form.agency", value=str(value)[:80])


def _agencies(field: Field, choosable: Choosable, value: Any) -> list[str]:
    """The chosen agencies in the order in which they were given, each once."""
    chosen = list(dict.fromkeys(_agency(choosable, one) for one in _several(value)))
    _check_count(field, len(chosen))
    return chosen


def _case(choosable: Choosable, value: Any) -> str:
    """The code of another case; what is typed may have the case's name behind it, as it is offered."""
    written = typed.text(value, MOST_OF_A_CASE, lines=False)
    code = (written.split() or [""])[0].upper()
    return choosable.case(code) if choosable.case else code


def _several(value: Any) -> list[Any]:
    return [one for one in value if not _is_blank(one)] if isinstance(value, list | tuple) else [value]


def _check_count(field: Field, count: int) -> None:
    if error := _count_error(field, count, None):
        raise typed.Wrong(error.code, **error.params)


def _count_error(field: Field, count: int, default_most: int | None) -> FieldError | None:
    most = field.max if field.max is not None else default_most
    if most is not None and count > most:
        return FieldError("form.too_many", {"limit": most, "count": count})
    if field.min is not None and count < field.min:
        return FieldError("form.too_few", {"limit": field.min, "count": count})
    return None
