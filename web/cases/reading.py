"""Gathers what the pages of a case need beside the core's view: its history in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.commands.migrating import MIGRATED
from engine.forms import Form
from engine.procedures.versions import LoadedVersion
from engine.queries.cases import CaseView
from engine.queries.history import HistoryRow
from engine.queries.timeline import Timeline
from web.cases.facts import Lexicon
from web.cases.history import Line, tell
from web.current import now, versions
from web.formatting import in_language
from web.language import current
from workflows.agencies import queries

PAGE, RECENT = 200, 100
"""Events told on one page of a case, and beside a task."""


@dataclass(frozen=True)
class HistoryPage:
    """A page of a case's history, oldest line first. `older`, `newer`: the last event of the pages around it."""

    lines: Sequence[Line]
    older: int | None
    newer: int | None


def history_page(session: Session, view: CaseView, until: int | None) -> HistoryPage:
    """The history in sentences up to event `until`, as far as a page goes; the latest page where that is None."""
    length = view.history.length(session)
    last = min(max(until or length, 1), length)
    first = max(last - PAGE + 1, 1)
    older, newer = first - 1 or None, min(last + PAGE, length) if last < length else None
    return HistoryPage(_lines(session, view, first, last), older, newer)


def history_of(session: Session, view: CaseView) -> list[Line]:
    """The whole history in sentences, for a case that is known to be short."""
    return _lines(session, view, 1, view.history.length(session))


def recent_history(session: Session, view: CaseView) -> list[Line]:
    """What happened last, in sentences."""
    length = view.history.length(session)
    return _lines(session, view, max(length - RECENT + 1, 1), length)


def _lines(session: Session, view: CaseView, first: int, last: int) -> list[Line]:
    rows = view.history.stretch(session, first, last)
    return tell(rows, lexicon_of(session, view, rows))


def lexicon_of(session: Session, view: CaseView | Timeline, rows: Sequence[HistoryRow]) -> Lexicon:
    """The words in which the case's events are told.

    Args:
        rows: the events that are to be told.
    """
    left = {str(row.payload["from"]) for row in rows if row.type == MIGRATED}  # whose open steps went over
    hashes = ({row.version_hash for row in rows if row.version_hash} | left) - {view.version.hash}
    earlier = [versions().get(session, hash_) for hash_ in sorted(hashes)]
    outcome = in_language(view.case.outcome_title, current())
    names = queries.agency_names(session, local_date(now()))
    steps = {id_: name for version in [*earlier, view.version] for id_, name in _steps(version)}
    made = {variable: name for version in [*earlier, view.version] for variable, name in _made(version)}
    before = {version.hash: _forms(version) for version in earlier}
    return Lexicon(_forms(view.version), names, outcome, queries.short_names(session), steps, made, before)


def as_of(lexicon: Lexicon, version: LoadedVersion) -> Lexicon:
    """The same words with the names that steps have in that version, for what stood open by it."""
    return replace(lexicon, steps={**lexicon.steps, **dict(_steps(version))})


def _forms(version: LoadedVersion) -> dict[str, Form]:
    return {id_: form for part in version.parts.values() for id_, form in part.forms.items()}


def _steps(version: LoadedVersion) -> Iterator[tuple[str, str]]:
    for part in version.parts.values():
        yield from ((id_, element.name) for id_, element in part.process.elements.items() if element.name)


def _made(version: LoadedVersion) -> Iterator[tuple[str, str]]:
    for part in version.parts.values():
        for element in part.process.elements.values():
            names = [*element.outputs, *([element.decision_output] if element.decision_output else ())]
            yield from ((one, element.name) for one in names if element.name)
