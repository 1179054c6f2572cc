"""What a form declares: its fields with their texts, limits and conditions, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Final

Texts = Mapping[str, str]
"""One text in several languages, by language code."""

LANGUAGES: Final = ("vi", "en")
TYPES: Final = frozenset(
    "text textarea integer boolean date datetime choice choices url agency agencies case attachments table note".split()
)
COLUMN_TYPES: Final = TYPES - {"choices", "agencies", "case", "attachments", "table", "note"}
MANY_VALUED: Final = frozenset({"choices", "agencies", "table"})
DEFAULT_LENGTHS: Final = {"text": 500, "textarea": 20_000, "url": 2_000}
DEFAULT_ROWS: Final = 50
MAX_ROWS: Final = 200
DEFAULT_FILES: Final = 10


@dataclass(frozen=True)
class Choice:
    """One thing that can be chosen: the stored value and what people read."""

    value: str
    label: Texts


@dataclass(frozen=True)
class LawDays:
    """First and last day of law (`case.law_on`) of the cases that a field is for; None: no end on that side.

    Args:
        confidence: how sure these days are, in the words of the regulation's data.
    """

    since: date | None
    until: date | None
    confidence: str

    def covers(self, law_on: date) -> bool:
        """Whether the field is for a case that goes by the law of that day."""
        return (self.since is None or self.since <= law_on) and (self.until is None or law_on <= self.until)


@dataclass(frozen=True)
class Field:
    """One field of a form, or one column of a table.

    Args:
        name: name of the variable that the value becomes.
        type: one of `TYPES`.
        required: must be filled in; a boolean must be answered, with yes or no.
        when: expression over the variables and the form's earlier values; where it is false the field does not apply.
        law: the days of law on which the field is asked for; None: always.
        prefill: expression over the variables.
        basis: clauses behind the field, `<instrument>:<clause>`.
        max_length: of text, in characters after NFC.
        min, max: bounds of an integer; number of choices, agencies or rows of a table.
        rows: height of a text area, in lines.
        text: of a note; `{expression}` stands for a value.
        given: of a column: its cells stand as the table's `prefill` has them, and with them the rows.
        distinct: of a column: no two rows say the same.
        editor: name of a special way to edit a text; who does not know it shows a plain box, and the value is the same.
    """

    name: str
    type: str
    label: Texts
    help: Texts = field(default_factory=dict)
    required: bool = False
    choices: tuple[Choice, ...] = ()
    when: str | None = None
    law: LawDays | None = None
    prefill: str | None = None
    basis: tuple[str, ...] = ()
    max_length: int | None = None
    min: int | None = None
    max: int | None = None
    rows: int | None = None
    columns: tuple[Field, ...] = ()
    max_files: int | None = None
    text: Texts = field(default_factory=dict)
    given: bool = False
    distinct: bool = False
    editor: str = ""


@dataclass(frozen=True, eq=False)
class Form:
    """A form: what a person fills in to complete a work item. Two are equal only where they are one."""

    id: str
    title: Texts
    fields: tuple[Field, ...]
    intro: Texts = field(default_factory=dict)

    @property
    def asks_for_case(self) -> bool:
        """Whether any field names another case."""
        return any(one.type == "case" for one in self.fields)

    @cached_property
    def asks_for_agencies(self) -> bool:
        """Whether any field, or column of a table, is a choice among agencies."""
        found = [*self.fields, *(column for one in self.fields for column in one.columns)]
        return any(one.type in ("agency", "agencies") for one in found)

    def under(self, law_on: date) -> Form:
        """The form as it is for a case that goes by the law of that day."""
        fields = tuple(one for one in self.fields if one.law is None or one.law.covers(law_on))
        return self if len(fields) == len(self.fields) else replace(self, fields=fields)

    def field(self, name: str) -> Field:
        """The field of that name.

        Raises:
            KeyError: there is none.
        """
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(name)
