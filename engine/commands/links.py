"""Links between cases. The other case hears of it by a message: no command ever locks two."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from engine import events
from engine.commands.access import lock_seen, sees
from engine.commands.automatic import send
from engine.commands.case_run import CaseNotFound, CaseRun
from engine.commands.lifecycle import required_reason
from engine.commands.requests import LinkCases
from engine.errors import Conflict, Rejected
from engine.procedures.versions import Versions
from engine.services import Stream
from engine.tables import Case, CaseLink
from engine.unit_of_work import Receipt, UnitOfWork, new_id

RELATED, DUPLICATE, GREW_OUT_OF, MERGED = "related", "duplicate", "grew_out_of", "merged"
KINDS = (RELATED, DUPLICATE, GREW_OUT_OF, MERGED)
BY_HAND = (RELATED, DUPLICATE, GREW_OUT_OF)
"""Merging is what a procedure does; people say what they see."""
TOPIC = "cases.linked"


class BadLink(Rejected):
    """A case linked with itself, or by a kind that does not exist."""

    code = "case.bad_link"


class AlreadyLinked(Conflict):
    """The two cases are linked in that manner already."""

    code = "case.already_linked"


def link_cases(uow: UnitOfWork, versions: Versions, command: LinkCases) -> Receipt:
    """Link two cases that the acting person may both see.

    Raises:
        CaseNotFound: one of them does not exist for this person.
        ReasonMissing, BadLink, AlreadyLinked: see there.
    """
    reason = required_reason(command.reason)
    if command.kind not in BY_HAND or command.case_id == command.other_id:
        raise BadLink(kind=command.kind)
    if not sees(uow, command.other_id):
        raise CaseNotFound()
    run = lock_seen(uow, versions, command.case_id, even_suspended=True)
    link(run, command.other_id, command.kind, reason)
    return run.receipt()


def link(run: CaseRun, other_id: str, kind: str, reason: str) -> None:
    """Link a case that is being worked on with another, in the name of the acting person.

    Args:
        kind: one of `KINDS`, read as "this case … the other".

    Raises:
        CaseNotFound: no such other case.
        AlreadyLinked: see there.
    """
    code = run.session.scalar(select(Case.code).where(Case.id == other_id))
    if code is None:
        raise CaseNotFound()
    same = (CaseLink.case_id == run.case.id, CaseLink.other_id == other_id, CaseLink.kind == kind)
    if run.session.scalar(select(CaseLink.id).where(*same)):
        raise AlreadyLinked(code=code)
    row = CaseLink(
        id=new_id(),
        case_id=run.case.id,
        other_id=other_id,
        kind=kind,
        reason=reason,
        person_id=run.uow.actor.person_id,
        linked_at=run.uow.now,
    )
    run.uow.rows.add(row)
    run.record("CaseLinked", {"link_id": row.id, "kind": kind, "other_code": code, "reason": reason})
    send(run, TOPIC, {"link_id": row.id})


def tell_other(uow: UnitOfWork, versions: Versions, body: Mapping[str, str]) -> None:
    """Append to the other case's history, whether it still runs or not, what was linked to it."""
    link = uow.session.get_one(CaseLink, body["link_id"])
    code = uow.session.scalar(select(Case.code).where(Case.id == link.case_id))
    payload = {"link_id": link.id, "kind": link.kind, "other_code": code}
    events.append(uow.session, Stream("case", link.other_id), "CaseLinkReceived", payload, actor=uow.actor, now=uow.now)
