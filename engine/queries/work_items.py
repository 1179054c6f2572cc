"""One work item as its page shows it: the form, what is known already, the case around it, what the person may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import forms
from engine.actors import HEAD, SPECIALIST, Actor
from engine.clock import local_date
from engine.commands.access import WORKING_DUTIES, may_take
from engine.commands.case_run import CLAIMED, COMPLETIONS, LIVE, OPEN, WorkItemNotFound
from engine.commands.said import CORRECTED, values_of
from engine.forms import Form
from engine.procedures.versions import LoadedVersion, Versions
from engine.queries import cases, inbox
from engine.queries.history import HistoryRow
from engine.services import Directory
from engine.spiff.machine import Machine
from engine.tables import Case, CaseState, WorkItem


@dataclass(frozen=True)
class WorkItemView:
    """All that a task page shows."""

    row: inbox.InboxRow
    form: Form
    values: Mapping[str, Any]
    variables: Mapping[str, Any]
    case: cases.CaseView
    may_claim: bool
    may_complete: bool
    may_release: bool
    may_assign: bool
    lock_version: int
    candidates: list[tuple[str, str]]
    document_id: str | None
    deadline: Mapping[str, Any] | None
    legal: list[dict[str, str]]
    sent_back: HistoryRow | None


def view(
    session: Session, actor: Actor, versions: Versions, directory: Directory, work_item_id: str, now: datetime
) -> WorkItemView:
    """A work item of the person's agency, open or closed.

    Raises:
        WorkItemNotFound: none, or another agency's.
    """
    item = visible(session, actor, work_item_id)
    case = session.get_one(Case, item.case_id)
    version = versions.get(session, case.version_hash)
    bundle = versions.of_item(session, item, version).bundle_of(item.process_id)
    variables = _scope(session, version, item)
    moves = item.status in LIVE and item.suspended_at is None
    may = moves and may_take(actor, item)
    mine = item.assignee_id == actor.person_id
    around = cases.view(session, actor, versions, directory, case.code)
    form = bundle.forms[item.form].under(around.law_on)
    said = around.history.of(session, *COMPLETIONS, CORRECTED) if item.earlier_id else []
    may_assign = moves and actor.has(HEAD)
    return WorkItemView(
        row=inbox.inbox_row(session, directory, item, case, version.bundle.title, now),
        form=form,
        values={**forms.prefill(form, variables), **values_of(said, item.earlier_id or "")},
        variables=variables,
        case=around,
        may_claim=may and item.status == OPEN,
        may_complete=may and item.status == CLAIMED and mine,
        may_release=moves and item.status == CLAIMED and (mine or actor.has(HEAD)),
        may_assign=may_assign,
        lock_version=item.lock_version,
        candidates=_candidates(session, directory, item, now) if may_assign else [],
        document_id=item.document_id,
        deadline=item.deadline,
        legal=[asdict(legal) for legal in bundle.process.elements[item.element_id].legal],
        sent_back=_sent_back(session, around, item),
    )


def visible(session: Session, actor: Actor, work_item_id: str) -> WorkItem:
    """The work item, if it belongs to the person's agency.

    Raises:
        WorkItemNotFound: none, or another agency's.
    """
    item = session.get(WorkItem, work_item_id)
    if item is None or item.agency_id != actor.agency_id or not actor.duties & WORKING_DUTIES:
        raise WorkItemNotFound()
    return item


def _sent_back(session: Session, view: cases.CaseView, item: WorkItem) -> HistoryRow | None:
    """How the step came to be opened again."""
    rows = reversed(view.history.of(session, "StepReturned")) if item.earlier_id else ()
    return next((row for row in rows if row.payload.get("earlier_id") == item.earlier_id), None)


def _scope(session: Session, version: LoadedVersion, item: WorkItem) -> dict[str, Any]:
    """The variables that the step sees; once it is closed, those of the case."""
    machine = Machine.restore(version.program, session.get_one(CaseState, item.case_id).state)
    if item.status in LIVE:
        return machine.scope(item.token)
    return {**machine.memory.variables, "case": machine.memory.facts}


def _candidates(session: Session, directory: Directory, item: WorkItem, now: datetime) -> list[tuple[str, str]]:
    duties = [item.duty, HEAD] if item.duty == SPECIALIST else [item.duty]
    found = [o for duty in duties for o in directory.officers(session, item.agency_id, duty, local_date(now))]
    return list(dict.fromkeys(found))
