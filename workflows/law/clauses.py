"""The clauses of `clauses.yaml`: what each says in short, on which days, and how sure that is.

A clause that nobody has described, and one described without days of its own, is law as long as its instrument is. A
basis that is finer than what is described (`nd262-2026:7.2` where only `nd262-2026:7` is) follows the wider one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from workflows.law.instruments import CONFIDENCES, Force, instruments
from workflows.law.sequence import sequence_problems

FILE = Path(__file__).with_name("clauses.yaml")
KEYS = frozenset({"vi", "en", "confidence", "from", "to"})


class BrokenClause(ValueError):
    """A description that cannot hold: not whole, outside the force of its instrument, or with overlapping states."""


@dataclass(frozen=True)
class Clause:
    """One state of a clause.

    Args:
        text: what it says in short, by language; never its wording.
        confidence: how sure text and days are: V, V2, R or U.
        force: the days of this state.
    """

    text: Mapping[str, str]
    confidence: str
    force: Force


@dataclass(frozen=True)
class Ended:
    """That a clause is law no longer after a day, as people recorded it beside what the file says.

    Args:
        basis: the clause; its parts end with it.
        until: its last day of law.
        replaced_by: the basis that is cited in its place; empty for none.
        document: number, day and author of what says so.
    """

    basis: str
    until: date
    replaced_by: str = ""
    document: str = ""

    def concerns(self, basis: str, beside: Iterable[str], on: date) -> bool:
        """Whether a basis is that clause or a part of it, past its day, and nothing beside it is what replaced it."""
        replaced = any(covers(self.replaced_by, one) for one in beside) if self.replaced_by else False
        return self.until < on and covers(self.basis, basis) and not replaced


def covers(basis: str, one: str) -> bool:
    """Whether `one` is that clause or a part of it; a whole instrument has all its clauses as parts."""
    whole, part = canonical(basis), canonical(one)
    return part == whole or part.startswith((f"{whole}.", f"{whole}:"))


@cache
def clauses() -> Mapping[str, tuple[Clause, ...]]:
    """The described clauses by basis, points written with a dot; the states of each in the order of their days."""
    return read_clauses(FILE.read_text(encoding="utf-8"))


def read_clauses(text: str) -> Mapping[str, tuple[Clause, ...]]:
    """The clauses of a file: under each basis one state, or a list of them with `from` and `to`.

    Raises:
        BrokenClause: names the basis and what is wrong.
    """
    entries = yaml.safe_load(text)
    return MappingProxyType({basis: _states(basis, entry) for basis, entry in entries.items()})


def clause_on(basis: str, on: date) -> Clause | None:
    """What the clause says on that day; None where nobody has described it or it is no law then."""
    return next((state for state in clauses().get(canonical(basis), ()) if state.force.covers(on)), None)


def force_of(basis: str, ended: Iterable[Ended] = ()) -> Force:
    """From when to when a basis is law: its clause's own days, else its instrument's; at most to a recorded end.

    Args:
        ended: the ends that people have recorded.

    Raises:
        KeyError: the instrument is unknown.
    """
    described = _described_force(basis)
    ends = [one.until for one in ended if covers(one.basis, basis)]
    known = [*ends, described.until] if described.until else ends
    return Force(described.since, min(known, default=None))


def _described_force(basis: str) -> Force:
    for described in widening(canonical(basis)):
        states = clauses().get(described)
        if states:
            return Force(states[0].force.since, states[-1].force.until)
    return instruments()[basis.partition(":")[0]].force


def canonical(basis: str) -> str:
    """The basis with its point after a dot: `nd09-2017:6.3a` is `nd09-2017:6.3.a`."""
    return re.sub(r"(?<=\.)(\d+)([a-zđ])", r"\1.\2", basis)


def widening(basis: str) -> Iterator[str]:
    """The basis itself, then its clause, then its article."""
    while ":" in basis:
        yield basis
        basis = basis.rpartition(".")[0]


def _states(basis: str, entry: Any) -> tuple[Clause, ...]:
    whole = instruments()[basis.partition(":")[0]].force
    entries: Sequence[Mapping[str, Any]] = entry if isinstance(entry, list) else [entry]
    if any(
        one.keys() - KEYS or not one.get("vi") or not one.get("en") or one.get("confidence") not in CONFIDENCES
        for one in entries
    ):
        raise BrokenClause(f"{basis}: keys other than {sorted(KEYS)}, or none of its texts or confidence")
    states = tuple(_state(one, whole) for one in entries)
    for state in states:
        if not whole.includes(state.force):
            raise BrokenClause(f"{basis}: outside the force of its instrument")
    if [kind for kind, _ in sequence_problems([state.force for state in states]) if kind != "no_current_regime"]:
        raise BrokenClause(f"{basis}: a state does not follow on the one before")
    return states


def _state(entry: Mapping[str, Any], whole: Force) -> Clause:
    force = Force(entry.get("from", whole.since), entry.get("to", whole.until))
    return Clause({"vi": entry["vi"], "en": entry["en"]}, entry["confidence"], force)
