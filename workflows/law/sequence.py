"""Data that changes with the law: entries with first and last day, of which every day from the first on needs one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from workflows.law.instruments import Force

Problem = tuple[str, Mapping[str, str]]
"""A kind (`overlap`, `gap`, `no_current_regime`) and the ISO days for its sentence."""


def sequence_problems(forces: Sequence[Force]) -> Iterator[Problem]:
    """What keeps these days, each with a first one, from following on each other without an end."""
    ordered = sorted(forces, key=lambda force: _iso(force.since))
    for earlier, later in pairwise(ordered):
        if earlier.until is None or (later.since is not None and earlier.until >= later.since):
            yield "overlap", {"since": _iso(later.since)}
        elif later.since is not None and earlier.until + timedelta(days=1) < later.since:
            yield "gap", {"until": _iso(earlier.until), "since": _iso(later.since)}
    if ordered and ordered[-1].until is not None:
        yield "no_current_regime", {"until": _iso(ordered[-1].until)}


def _iso(day: object) -> str:
    return "" if day is None else str(day)
