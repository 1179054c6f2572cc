"""Gathers what the pages of a case need beside the core's view: its history in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.commands.migrating import MIGRATED
from engine.forms import Form
from engine.procedures.versions import LoadedVersion
from engine.queries.cases import CaseView, HistoryRow
from engine.queries.timeline import Timeline
from web.cases.facts import Lexicon
from web.cases.history import Line, tell
from web.current import now, versions
from web.formatting import in_language
from web.language import current
from workflows.agencies import queries


def history_of(session: Session, view: CaseView) -> list[Line]:
    """The case's history in sentences."""
    return tell(view, lexicon_of(session, view, view.history))


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
    before = {version.hash: _forms(version) for version in earlier}
    return Lexicon(_forms(view.version), names, outcome, queries.short_names(session), steps, before)


def as_of(lexicon: Lexicon, version: LoadedVersion) -> Lexicon:
    """The same words with the names that steps have in that version, for what stood open by it."""
    return replace(lexicon, steps={**lexicon.steps, **dict(_steps(version))})


def _forms(version: LoadedVersion) -> dict[str, Form]:
    return {id_: form for part in version.parts.values() for id_, form in part.forms.items()}


def _steps(version: LoadedVersion) -> Iterator[tuple[str, str]]:
    for part in version.parts.values():
        yield from ((id_, element.name) for id_, element in part.process.elements.items() if element.name)
