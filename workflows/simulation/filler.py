"""Fills any form validly from its definition, at random but by a seed: what is known already, else a likely value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

import yaml

from engine import forms
from engine.clock import ZONE, to_text
from engine.commands import Upload
from engine.forms import Field, Form
from engine.forms.definition import DEFAULT_LENGTHS

LEANINGS: Final = Path(__file__).parent / "data" / "leanings.yaml"
OPTIONAL_FILLED = 0.4
"""Chance that somebody fills in what need not be filled in."""
AFTERNOON = time(14)


@dataclass(frozen=True)
class Filled:
    """A form as somebody hands it in."""

    data: Mapping[str, Any]
    attachments: Mapping[str, Sequence[Upload]]


@cache
def leanings() -> Mapping[str, Mapping[str, Any]]:
    """What people lean to, by field name."""
    with LEANINGS.open(encoding="utf-8") as file:
        loaded: Mapping[str, Mapping[str, Any]] = yaml.safe_load(file)
    return loaded


def fill(form: Form, variables: Mapping[str, Any], *, agencies: Sequence[str], now: datetime, rng: Random) -> Filled:
    """A form filled in.

    Args:
        form: as it is by the law of the case.
        variables: what its conditions and prefilled values read.
        agencies: ids of the agencies that are chosen among.
        now: the moment at which it is filled in (UTC); days and moments are counted from it.
        rng: all chance comes from it.
    """
    filler = _Filler(agencies, now, rng)
    known = forms.prefill(form, variables)
    data: dict[str, Any] = {}
    files: dict[str, list[Upload]] = {}
    for field in form.fields:
        # A later field may depend on an earlier one: conditions are asked again with each value.
        if field.type == "note" or field.name not in forms.applicable(form, data, variables):
            continue
        if field.type == "attachments":
            if field.required:
                files[field.name] = [filler.upload(field)]
        elif _is_known(known.get(field.name)):
            data[field.name] = filler.completed(field, known[field.name])
        elif field.required or filler.volunteers(field):
            data[field.name] = filler.value(field)
    return Filled(data, files)


def _is_known(value: Any) -> bool:
    return value not in (None, "", [])


@dataclass(frozen=True)
class _Filler:
    agencies: Sequence[str]
    now: datetime
    rng: Random

    def volunteers(self, field: Field) -> bool:
        return field.name not in leanings()["spared"] and self.rng.random() < OPTIONAL_FILLED

    def value(self, field: Field) -> Any:
        return getattr(self, f"_{field.type}")(field)

    def completed(self, field: Field, known: Any) -> Any:
        """What is known, with the cells that a table's rows still lack."""
        if field.type != "table":
            return known
        lacking = [[one for one in field.columns if one.required and not _is_known(row[one.name])] for row in known]
        return [row | {one.name: self.value(one) for one in more} for row, more in zip(known, lacking, strict=True)]

    def upload(self, field: Field) -> Upload:
        return Upload(f"{field.name}.txt", "text/plain", f"{field.label['vi']}, {self.rng.random()}".encode())

    def _text(self, field: Field) -> str:
        text = f"{field.label['vi']}: việc số {self.rng.randrange(1, 10_000)}".replace("\n", " ")
        return text[: field.max_length or DEFAULT_LENGTHS["text"]].strip()

    _textarea = _text

    def _url(self, field: Field) -> str:
        return f"https://example.org/{field.name}/{self.rng.randrange(1, 10_000)}"

    def _integer(self, field: Field) -> int:
        named = leanings()["numbers"].get(field.name)
        least = field.min or 0
        first, last = named or (least, min(least + 40, field.max if field.max is not None else least + 40))
        return self.rng.randint(first, last)

    def _boolean(self, field: Field) -> bool:
        return self.rng.random() < 0.5

    def _date(self, field: Field) -> str:
        return self._moment(field).astimezone(ZONE).date().isoformat()

    def _datetime(self, field: Field) -> str:
        return to_text(self._moment(field).replace(microsecond=0))

    def _moment(self, field: Field) -> datetime:
        first, last = leanings()["days"].get(field.name, (0, 0))
        days = self.rng.randint(first, last)
        if days == 0:
            return self.now
        day = self.now.astimezone(ZONE).date() + timedelta(days=days)
        return datetime.combine(day, AFTERNOON, ZONE)

    def _choice(self, field: Field) -> str:
        named = leanings()["choices"].get(field.name, {})
        values = [choice.value for choice in field.choices]
        weights = [named.get(value, 0 if any(one in named for one in values) else 1) for value in values]
        return self.rng.choices(values, weights)[0]

    def _choices(self, field: Field) -> list[str]:
        values = [choice.value for choice in field.choices]
        least = field.min if field.min is not None else 1
        return self.rng.sample(
            values, self.rng.randint(min(least, len(values)), min(field.max or len(values), len(values)))
        )

    def _agency(self, field: Field) -> str:
        return self.rng.choice(self.agencies)

    def _agencies(self, field: Field) -> list[str]:
        first, last = leanings()["agencies"].get(field.name, (1, 3))
        first, last = max(first, field.min or 0), min(last, field.max or last)
        return self.rng.sample(self.agencies, self.rng.randint(first, max(first, last)))

    def _table(self, field: Field) -> list[dict[str, Any]]:
        least = max(field.min or 0, 1)
        rows = self.rng.randint(least, min(least + 1, field.max or least + 1))
        return [{column.name: self.value(column) for column in field.columns} for _ in range(rows)]
