"""Gathers what the pages of a case need beside the core's view: its history in sentences."""

from __future__ import annotations

from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.queries.cases import CaseView
from web.cases.facts import Lexicon
from web.cases.history import Line, tell
from web.current import now
from web.formatting import in_language
from web.language import current
from workflows.agencies import queries


def history_of(session: Session, view: CaseView) -> list[Line]:
    """The case's history in sentences."""
    return tell(view, lexicon_of(session, view))


def lexicon_of(session: Session, view: CaseView) -> Lexicon:
    """The words in which the case's events are told."""
    forms = {id_: form for part in view.version.parts.values() for id_, form in part.forms.items()}
    outcome = in_language(view.case.outcome_title, current())
    names = queries.agency_names(session, local_date(now()))
    parts = view.version.parts.values()
    steps = {id_: element.name for part in parts for id_, element in part.process.elements.items() if element.name}
    return Lexicon(forms, names, outcome, queries.short_names(session), steps)
