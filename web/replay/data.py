"""The data of a case at one event or at two, by the labels of the forms of its version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.forms.definition import Field
from web.cases.facts import Lexicon, shown
from web.formatting import in_language
from web.language import current
from web.replay.machinery import plain


@dataclass(frozen=True)
class Datum:
    """One variable of the case on two sides: before and after an event, or at two events."""

    label: str
    before: str
    after: str
    changed: bool


def compared(before: Mapping[str, Any], after: Mapping[str, Any], lexicon: Lexicon) -> list[Datum]:
    """All variables of both sides, those that differ first."""
    fields = _fields(lexicon)

    def text(name: str, values: Mapping[str, Any]) -> str:
        if name not in values:
            return ""
        one, value = fields.get(name), values[name]
        return shown(one, value, lexicon) if one else plain(value)

    def datum(name: str) -> Datum:
        label = in_language(fields[name].label, current()) if name in fields else name
        old, new = text(name, before), text(name, after)
        return Datum(label, old, new, before.get(name) != after.get(name) and bool(old or new))

    return sorted(map(datum, {**before, **after}), key=lambda one: not one.changed)


def _fields(lexicon: Lexicon) -> dict[str, Field]:
    """The field behind each variable; none for a name that forms use for different types."""
    found: dict[str, Field] = {}
    for field in (field for form in lexicon.forms.values() for field in form.fields):
        found.setdefault(field.name, field)
    types = {(field.name, field.type) for form in lexicon.forms.values() for field in form.fields}
    return {name: field for name, field in found.items() if sum(name == other for other, _type in types) == 1}
