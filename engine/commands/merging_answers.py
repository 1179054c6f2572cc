"""The messages of a merger, each in a transaction of its own that locks one case (see `merging`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import select

from engine.commands.automatic import TAKEN_IN, agencies_that_worked, post
from engine.commands.case_run import CaseNotRunning, CaseRun, lock
from engine.commands.happenings import deliver_message
from engine.commands.links import MERGED
from engine.commands.merging import ACCEPTED, ANSWER, ASK, REFUSED
from engine.commands.requests import DeliverMessage
from engine.procedures.versions import Versions
from engine.tables import Case, CaseLink
from engine.unit_of_work import UnitOfWork

Body = Mapping[str, str]


def asked(uow: UnitOfWork, versions: Versions, body: Body) -> None:
    """The other case answers."""
    link = uow.session.get_one(CaseLink, body["link_id"], with_for_update=True)
    try:
        other = lock(uow, versions, link.other_id, even_suspended=True)
    except CaseNotRunning:
        _ask_its_heir(uow, link)
        return
    if _is_being_merged(other):
        _answer(uow, link, REFUSED)
        return
    _take_in(other, link)
    _answer(uow, link, ACCEPTED)


def answered(uow: UnitOfWork, versions: Versions, body: Body) -> None:
    """The first case hears the answer; nobody does where it was cancelled meanwhile."""
    link = uow.session.get_one(CaseLink, body["link_id"])
    try:
        run = lock(uow, versions, link.case_id)
    except CaseNotRunning:
        return
    other = uow.session.get_one(Case, link.other_id)
    happened = "CaseMerged" if body["answer"] == ACCEPTED else "MergeRefused"
    run.record(happened, {"link_id": link.id, "other_code": other.code, "reason": link.reason})
    if body["answer"] == REFUSED:
        uow.session.delete(link)
    deliver_message(uow, versions, DeliverMessage(run.case.id, body["answer"], body["link_id"]))


def _is_being_merged(run: CaseRun) -> bool:
    return any(step.element.message == ACCEPTED for step in run.machine.open_steps())


def _take_in(other: CaseRun, link: CaseLink) -> None:
    merged = other.session.get_one(Case, link.case_id)
    agencies = agencies_that_worked(other.uow, merged.id)
    for agency_id in agencies:
        other.share_with(agency_id)
    link.kind = MERGED
    facts = {"link_id": link.id, "other_code": merged.code, "other_title": merged.title, "reason": link.reason}
    other.record(TAKEN_IN, {**facts, "agencies": agencies})


def _ask_its_heir(uow: UnitOfWork, link: CaseLink) -> None:
    """What the other case was merged into is asked in its place; refused where there is none, or it is the first."""
    heir = select(CaseLink.other_id).where(CaseLink.case_id == link.other_id, CaseLink.kind == MERGED)
    other_id = uow.session.scalar(heir)
    if other_id is None or other_id == link.case_id:
        _answer(uow, link, REFUSED)
        return
    link.other_id = other_id
    post(uow, link.case_id, ASK, {"link_id": link.id})


def _answer(uow: UnitOfWork, link: CaseLink, answer: str) -> None:
    post(uow, link.case_id, ANSWER, {"link_id": link.id, "answer": answer})


CONSUMERS: Mapping[str, Callable[[UnitOfWork, Versions, Body], None]] = {ASK: asked, ANSWER: answered}
