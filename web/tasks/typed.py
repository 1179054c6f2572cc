"""Between what stands in the boxes of a form and what the core is handed.

Typed text is a `MultiDict` as the browser sends it; tables use names of the shape `table.row.column`. Nothing is read
or judged here: days, numbers and choices go on as typed, to the one validation in the core.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from engine.forms import Field, Form
from engine.forms.definition import MAX_ROWS
from web import formatting
from web.documents import composer

Typed = MultiDict[str, str]
OWN_FIELDS = re.compile(r"_.*|csrf_token|carried|carried_to")
SEVERAL = ("choices", "agencies")
NOT_TYPED = ("note", "attachments")


def submitted(form: Form, typed: Typed) -> dict[str, Any]:
    """What was handed in, by field; names that the form does not know go on too, so that the core refuses them."""
    values = {field.name: _value(field, field.name, typed) for field in form.fields if field.type not in NOT_TYPED}
    return _unknown(form, typed) | {name: value for name, value in values.items() if value is not None}


def _unknown(form: Form, typed: Typed) -> dict[str, Any]:
    known = {field.name for field in form.fields}
    names = (name for name in typed if not OWN_FIELDS.fullmatch(name))
    return {name: typed[name] for name in names if name.split(".")[0] not in known}


def _value(field: Field, name: str, typed: Typed) -> Any:
    if field.editor == composer.EDITOR:
        return composer.assemble(typed, name)
    if field.type == "table":
        return [_row(field, f"{name}.{number}", typed) for number in row_numbers(name, typed)]
    return typed.getlist(name) if field.type in SEVERAL else typed.get(name)


def _row(field: Field, prefix: str, typed: Typed) -> dict[str, Any]:
    return {column.name: typed.get(f"{prefix}.{column.name}", "") for column in field.columns}


def row_numbers(name: str, typed: Typed) -> list[int]:
    """Numbers of the rows of a table that the browser sent."""
    pattern = re.compile(re.escape(name) + r"\.(\d{1,4})\.")
    found = {int(match[1]) for key in typed if (match := pattern.match(key))}
    return sorted(found)[:MAX_ROWS]


def without_empty_rows(form: Form, typed: Typed) -> Typed:
    """The same with the filled rows of each table counted from 0, as the core counts them when it finds fault."""
    tables = [field for field in form.fields if field.type == "table"]
    kept: Typed = MultiDict(typed)
    for table in tables:
        rows = [_row(table, f"{table.name}.{number}", typed) for number in row_numbers(table.name, typed)]
        for key in [key for key in kept if key.startswith(f"{table.name}.")]:
            kept.poplist(key)
        for number, row in enumerate(row for row in rows if any(text.strip() for text in row.values())):
            kept.update({f"{table.name}.{number}.{column}": text for column, text in row.items()})
    return kept


def typed_from(fields: Sequence[Field], values: Mapping[str, Any]) -> Typed:
    """What stands in the boxes for values that the core prefilled."""
    typed: Typed = MultiDict()
    for field in fields:
        _fill(typed, field, field.name, values.get(field.name))
    return typed


def _fill(typed: Typed, field: Field, name: str, value: Any) -> None:
    if value is None or field.type in NOT_TYPED:
        return
    if field.editor == composer.EDITOR:
        composer.explode(typed, name, str(value))
    elif field.type == "table":
        for number, row in enumerate(value):
            for column in field.columns:
                _fill(typed, column, f"{name}.{number}.{column.name}", row.get(column.name))
    elif field.type in SEVERAL:
        typed.setlist(name, [str(one) for one in value])
    else:
        typed[name] = _text(field.type, value)


def _text(kind: str, value: Any) -> str:
    if kind == "boolean":
        return "yes" if value else "no"
    if kind == "date":
        return formatting.day(value)
    if type(value) is int:
        return formatting.amount(value)
    return formatting.moment(value) if kind == "datetime" else str(value)
