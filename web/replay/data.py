"""The data of a case at one event or at two, by the labels of the forms of its version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.forms.definition import Field
from web import formatting
from web.cases.facts import Lexicon, shown
from web.language import _, current

DAY, MOMENT = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@dataclass(frozen=True)
class Datum:
    """One variable of the case on two sides: before and after an event, or at two events."""

    label: str
    before: str
    after: str
    changed: bool


class Names:
    """What variables are called, and their values as people read them."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._fields: dict[str, list[Field]] = {}
        for field in (field for form in lexicon.forms.values() for field in form.fields):
            self._fields.setdefault(field.name, []).append(field)

    def label(self, name: str) -> str:
        """The label of its field; else the step that sets it; else the name that the diagram gives it."""
        if fields := self._fields.get(name):
            return formatting.in_language(fields[0].label, current())
        step = self._lexicon.made.get(name)
        return _("Kết quả của bước “%(step)s” (%(name)s)", step=step, name=name) if step else name

    def text(self, name: str, value: Any) -> str:
        """As its field shows it; a name that forms use for different types, or none, has no field."""
        fields = self._fields.get(name)
        if fields is None or len({field.type for field in fields}) > 1 or not _fits(fields[0], value):
            return self.readable(value)
        return shown(fields[0], value, self._lexicon)

    def readable(self, value: Any) -> str:
        """A value that no form describes; empty for nothing."""
        if value is None or value in ({}, [], ""):
            return ""
        if isinstance(value, Mapping):
            return "\n".join(f"{self.label(name)}: {self.text(name, one)}" for name, one in value.items())
        if isinstance(value, list):
            return "\n".join(_in_a_line(self.readable(one)) for one in value)
        if isinstance(value, bool):
            return _("Có") if value else _("Không")
        return self._plain(str(value))

    def of_service(self, values: Any) -> str:
        """What a service read or answered: under its own names; within are variables of the case."""
        if not isinstance(values, Mapping):
            return self.readable(values)
        return "\n".join(f"{name}: {text}" for name, one in values.items() if (text := self.readable(one)))

    def _plain(self, text: str) -> str:
        try:
            if DAY.fullmatch(text):
                return formatting.day(text)
            return formatting.moment(text) if MOMENT.fullmatch(text) else self._lexicon.agencies.get(text, text)
        except ValueError:  # looks like a day and is none
            return text


def compared(before: Mapping[str, Any], after: Mapping[str, Any], lexicon: Lexicon) -> list[Datum]:
    """All variables of both sides, those that differ first."""
    names = Names(lexicon)

    def datum(name: str) -> Datum:
        old, new = names.text(name, before.get(name)), names.text(name, after.get(name))
        return Datum(names.label(name), old, new, before.get(name) != after.get(name) and bool(old or new))

    return sorted(map(datum, {**before, **after}), key=lambda one: not one.changed)


def _fits(field: Field, value: Any) -> bool:
    """Whether that may be a value of the field: what a step sets may bear the name of another form's field."""
    if field.type in ("table", "attachments"):
        return value is None or (isinstance(value, list) and all(isinstance(one, Mapping) for one in value))
    return not isinstance(value, Mapping) and not (
        isinstance(value, list) and any(isinstance(v, Mapping) for v in value)
    )


def _in_a_line(text: str) -> str:
    return " · ".join(text.splitlines())
