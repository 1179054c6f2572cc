"""Texts of a notice that change with the law (`regimes`): which hold for a case, and what must be right about them.

Each regime says its days (`from`, `to`), the clause it rests on (`basis`), how sure that is (`confidence`) and its
`texts` by name; the template reads them as `{{ law.<name> }}`. A case gets those of the day whose law governs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from engine.errors import Finding
from workflows.law import CONFIDENCES, Force, check_basis, force_of
from workflows.law.sequence import sequence_problems

KEYS = frozenset({"from", "to", "basis", "confidence", "texts"})


@dataclass(frozen=True)
class TextRegime:
    """The texts for cases that go by the law of these days."""

    force: Force
    texts: Mapping[str, str]


def read_regimes(entries: Sequence[Mapping[str, Any]]) -> tuple[TextRegime, ...]:
    """The regimes of a notice in which `check_regimes` found nothing."""
    return tuple(TextRegime(Force(one["from"], one.get("to")), dict(one["texts"])) for one in entries)


def texts_on(regimes: Sequence[TextRegime], on: date) -> Mapping[str, str] | None:
    """The texts for a case that goes by the law of that day; None where no regime covers it."""
    return next((one.texts for one in regimes if one.force.covers(on)), None)


def check_regimes(file: str, entries: Any) -> Iterator[Finding]:
    """Regimes that are not whole, miss a day, rest on no law of their days, or do not have the same texts."""
    if not isinstance(entries, list) or not all(isinstance(one, Mapping) for one in entries):
        yield Finding("notice.regimes_expected", file, "regimes")
        return
    wrong = [finding for one in entries for finding in _check(file, one)]
    yield from wrong
    if wrong or not entries:
        return
    for kind, days in sequence_problems([Force(one["from"], one.get("to")) for one in entries]):
        yield Finding(f"notice.{kind}", file, "regimes", params=dict(days))
    if len({frozenset(one["texts"]) for one in entries}) > 1:
        yield Finding("notice.texts_differ", file, "regimes")


def _check(file: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    for key in sorted(KEYS | entry.keys()):
        if not _is_good(key, entry.get(key)):
            yield Finding("notice.regime_bad", file, "regimes", params={"key": str(key)})
            return
    force = Force(entry["from"], entry.get("to"))
    if not force_of(entry["basis"]).includes(force):
        yield Finding("notice.basis_not_in_force", file, "regimes", params={"basis": entry["basis"]})


def _is_good(key: str, value: Any) -> bool:
    if key == "texts":
        return isinstance(value, Mapping) and bool(value) and all(isinstance(one, str) for one in value.values())
    if key == "basis":
        return isinstance(value, str) and check_basis(value) is None
    if key == "confidence":
        return value in CONFIDENCES
    return key in KEYS and (type(value) is date or (key == "to" and value is None))
