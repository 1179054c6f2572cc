"""What is done with what arrived: who gets it, in which case it is dealt with, and when it is settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import AUDITOR, CLERK, HEAD, SPECIALIST, Actor
from engine.clock import local_date
from engine.commands.case_run import CaseNotRunning
from engine.queries.cases import visible
from engine.services import Stream
from engine.tables import Case
from workflows.documents import errors
from workflows.documents.register_queries import audits_registers
from workflows.documents.registers import Clerk, reason_of
from workflows.documents.tables import Dispatch, DocumentRegister, IncomingEntry

MAX_NAME: Final = 200
MAX_NOTE: Final = 500
DUTIES: Final = (SPECIALIST, HEAD, CLERK)
_PERSON, _DUTY = "person:", "duty:"


@dataclass(frozen=True)
class ArrivalView:
    """One arrival as its page shows it.

    Args:
        agency_id: the agency that received it.
        document_id: the document itself, where it came within the program.
        case_code: of the case in which it is dealt with; empty where there is none.
        may_route, may_turn_back, may_settle: what the actor may do.
    """

    entry: IncomingEntry
    agency_id: str
    year: int
    document_id: str | None
    case_code: str
    may_route: bool
    may_turn_back: bool
    may_settle: bool


def arrival(session: Session, actor: Actor, register_id: str, number: int) -> ArrivalView:
    """An arrival of the actor's agency; auditors see all.

    Raises:
        RegisterNotFound: none such, or not for this actor.
    """
    statement = _rows().where(IncomingEntry.register_id == register_id, IncomingEntry.number == number)
    row = session.execute(statement).first()
    if row is None or not (audits_registers(actor, row[1].year) or _works_for(actor, row[1].agency_id)):
        raise errors.RegisterNotFound()
    return _view(actor, *row)


def routed_to(session: Session, actor: Actor, limit: int = 50) -> list[ArrivalView]:
    """What was passed on to the actor, or to a duty of theirs, and waits to be settled; the oldest first."""
    mine = [_PERSON + actor.person_id, *(_DUTY + duty for duty in sorted(actor.duties))]
    open_ = (IncomingEntry.routed_to.in_(mine), IncomingEntry.done_at.is_(None))
    statement = _rows().where(DocumentRegister.agency_id == actor.agency_id, *open_)
    order = (IncomingEntry.entered_at, IncomingEntry.number)
    return [_view(actor, *row) for row in session.execute(statement.order_by(*order).limit(limit))]


def unrouted(session: Session, actor: Actor, limit: int = 50) -> list[ArrivalView]:
    """What the agency's clerk has still to pass on; the oldest first."""
    if not actor.has(CLERK):
        return []
    waits = (IncomingEntry.handled_by == "", IncomingEntry.done_at.is_(None))
    statement = _rows().where(DocumentRegister.agency_id == actor.agency_id, *waits)
    order = (IncomingEntry.entered_at, IncomingEntry.number)
    return [_view(actor, *row) for row in session.execute(statement.order_by(*order).limit(limit))]


def of_case(session: Session, actor: Actor, case_id: str) -> list[ArrivalView]:
    """The arrivals of the actor's agency that are dealt with in a case; auditors see all."""
    statement = _rows().where(IncomingEntry.case_id == case_id)
    if not actor.has(AUDITOR):  # whoever asks has looked the case up before
        statement = statement.where(DocumentRegister.agency_id == actor.agency_id)
    return [_view(actor, *row) for row in session.execute(statement.order_by(IncomingEntry.entered_at))]


def opening_facts(session: Session, actor: Actor, case_id: str) -> Mapping[str, Any]:
    """What the paper that opened a case tells, by the names that forms use for it; nothing where there was none."""
    entry = next((one.entry for one in of_case(session, actor, case_id) if one.entry.opened_case), None)
    if entry is None:
        return {}
    return {
        "author": entry.author,
        "paper_symbol": entry.symbol,
        "paper_date": entry.issued_on.isoformat(),
        "subject": entry.subject,
    }


def pass_on(clerk: Clerk, register_id: str, number: int, to: str, handled_by: str, note: str) -> None:
    """Pass an arrival on (NĐ 30/2020, Điều 23).

    Args:
        to: `person:` or `duty:` with its id, of the actor's agency; empty for somebody who does not use the program.
        handled_by: the name of who gets it, for the register.

    Raises:
        RegisterNotFound: no such line in a register of the actor's agency.
        ClerkRequired: the actor is no clerk of it.
        ReasonRequired: no name, or too long a one.
    """
    register, entry = _locked(clerk, register_id, number)
    if not clerk.actor.has(CLERK):
        raise errors.ClerkRequired(agency=clerk.actor.agency_name)
    name = " ".join(handled_by.split())
    if not name or len(name) > MAX_NAME:
        raise errors.ReasonRequired(limit=MAX_NAME)
    entry.routed_to, entry.handled_by, entry.note = to, name, " ".join(note.split())[:MAX_NOTE]
    entry.passed_on = local_date(clerk.now)
    facts = {"number": number, "to": to, "handled_by": name, "note": entry.note}
    clerk.record(register, "ArrivalPassedOn", facts)


def link(clerk: Clerk, register_id: str, number: int, case_code: str, *, opened: bool = False) -> None:
    """Put on record that an arrival is dealt with in a running case, in the register and in the case.

    Args:
        opened: the case began with it. The same case again changes nothing.

    Raises:
        RegisterNotFound: no such line in a register of the actor's agency.
        ClerkRequired: the actor works at no desk of it.
        CaseNotFound: no such case for this person.
        CaseNotRunning: it has ended.
        ArrivalSettled: the arrival is settled already.
    """
    case_id = visible(clerk.session, clerk.actor, case_code).id
    case = clerk.session.get_one(Case, case_id, with_for_update=True, populate_existing=True)
    register, entry = _locked(clerk, register_id, number)
    if entry.case_id == case.id:
        return
    if entry.done_at is not None:
        raise errors.ArrivalSettled(number=number)
    if case.ended_at is not None:
        raise CaseNotRunning(code=case.code)
    entry.case_id, entry.opened_case, entry.done_at = case.id, opened, clerk.now
    facts = {"number": number, "symbol": entry.symbol, "author": entry.author, "opened": opened}
    clerk.record(register, "ArrivalLinked", facts | {"case_id": case.id, "case_code": case.code})
    told = facts | {"register_id": register_id, "subject": entry.subject, "agency_id": register.agency_id}
    stream = Stream("case", case.id)
    events.append(clerk.session, stream, "ArrivalLinked", told, actor=clerk.actor, now=clerk.now)


def settle(clerk: Clerk, register_id: str, number: int, note: str) -> None:
    """Put on record that nothing more is to be done with an arrival outside any case.

    Raises:
        RegisterNotFound, ClerkRequired, ArrivalSettled: as in `link`.
        ReasonRequired: nobody tells what was done, or at too great a length.
    """
    register, entry = _locked(clerk, register_id, number)
    if entry.done_at is not None:
        raise errors.ArrivalSettled(number=number)
    text = " ".join(note.split())
    if not text or len(text) > MAX_NOTE:
        raise errors.ReasonRequired(limit=MAX_NOTE)
    entry.done_at, entry.note = clerk.now, "; ".join(filter(None, (entry.note, text)))
    clerk.record(register, "ArrivalSettled", {"number": number, "note": text})


def turn_back(clerk: Clerk, register_id: str, number: int, reason: str) -> IncomingEntry:
    """Put on record that an arrival of the exchange network goes back to its sender; the line keeps its number.

    It may come again: the sender mends it and sends it once more.

    Raises:
        RegisterNotFound: no such line in a register of the actor's agency.
        ClerkRequired: the actor is no clerk of it.
        NotReturnable: it came another way, or officers took it up already.
        ReasonRequired: no reason, or too long a one.
    """
    register, entry = _locked(clerk, register_id, number)
    if not clerk.actor.has(CLERK):
        raise errors.ClerkRequired(agency=clerk.actor.agency_name)
    text = reason_of(reason, MAX_NOTE)
    if entry.package_id is None or entry.handled_by or entry.done_at is not None:
        raise errors.NotReturnable(number=number)
    entry.done_at, entry.once = clerk.now, None
    entry.note = "; ".join(filter(None, (entry.note, f"Trả lại nơi gửi: {text}")))
    clerk.record(register, "ArrivalTurnedBack", {"number": number, "symbol": entry.symbol, "reason": text})
    return entry


def number_in_case(
    session: Session, agency_id: str, case_id: str, symbol: str, issued_on: date
) -> IncomingEntry | None:
    """The line that a paper has already because the case began with it: no paper gets a second number."""
    same = (IncomingEntry.symbol == symbol, IncomingEntry.issued_on == issued_on)
    statement = _rows().where(IncomingEntry.case_id == case_id, DocumentRegister.agency_id == agency_id, *same)
    row = session.execute(statement).first()
    return None if row is None else row[0]


def _rows() -> Any:
    return (
        select(IncomingEntry, DocumentRegister, Dispatch.document_id, Case.code)
        .join(DocumentRegister, DocumentRegister.id == IncomingEntry.register_id)
        .outerjoin(Dispatch, Dispatch.id == IncomingEntry.dispatch_id)
        .outerjoin(Case, Case.id == IncomingEntry.case_id)
    )


def _view(
    actor: Actor, entry: IncomingEntry, register: DocumentRegister, document_id: str | None, code: str | None
) -> ArrivalView:
    own = _works_for(actor, register.agency_id)
    waits = own and entry.done_at is None
    return ArrivalView(
        entry=entry,
        agency_id=register.agency_id,
        year=register.year,
        document_id=document_id,
        case_code=code or "",
        may_route=own and actor.has(CLERK),
        may_turn_back=waits and actor.has(CLERK) and entry.package_id is not None and not entry.handled_by,
        may_settle=waits,
    )


def _works_for(actor: Actor, agency_id: str) -> bool:
    return actor.agency_id == agency_id and any(map(actor.has, DUTIES))


def _locked(clerk: Clerk, register_id: str, number: int) -> tuple[DocumentRegister, IncomingEntry]:
    """Register and line, the register locked. Raises `RegisterNotFound`, `ClerkRequired`."""
    register = clerk.session.scalars(
        select(DocumentRegister).where(DocumentRegister.id == register_id).with_for_update()
    ).one_or_none()
    entry = clerk.session.get(IncomingEntry, {"register_id": register_id, "number": number}, populate_existing=True)
    if register is None or entry is None or register.agency_id != clerk.actor.agency_id:
        raise errors.RegisterNotFound()
    if not any(map(clerk.actor.has, DUTIES)):
        raise errors.ClerkRequired(agency=clerk.actor.agency_name)
    return register, entry
