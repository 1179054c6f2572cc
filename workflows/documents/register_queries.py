"""What pages show of registers: which there are, and their lines with the ten columns of the decree (Phụ lục IV)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import ADMINISTRATOR, AUDITOR, CLERK, Actor
from workflows.documents import errors
from workflows.documents.kinds import KINDS
from workflows.documents.restoration import unconfirmed
from workflows.documents.tables import (
    VOIDED,
    Dispatch,
    Document,
    DocumentRegister,
    IncomingEntry,
    RegisterEntry,
    RegisterPlan,
)


@dataclass(frozen=True)
class RegisterView:
    """One register. `since`: founding day of the body within the year, where it is not the year's first one.

    Args:
        group: series without that day: all, second, third, incoming, or the code of a type.
        to_confirm: whether it waits for its confirmation after a restore.
        may_confirm, may_edit: what the actor may do.
    """

    id: str
    agency_id: str
    year: int
    direction: str
    group: str
    since: date | None
    last_number: int
    to_confirm: bool
    may_confirm: bool
    may_edit: bool


@dataclass(frozen=True)
class Sent:
    """A line of the outgoing register."""

    number: int
    document_id: str | None
    symbol: str
    issued_on: date | None
    type_name: str
    subject: str
    signer: str
    recipients: str
    kept_by: str
    copies: int
    sent_on: datetime | None
    receipts: str
    note: str
    voided: bool


@dataclass(frozen=True)
class Arrived:
    """A line of the incoming register."""

    number: int
    document_id: str | None
    arrived_on: date
    author: str
    symbol: str
    issued_on: date
    type_name: str
    subject: str
    handled_by: str
    passed_on: date | None
    receipt: str
    note: str


def registers(session: Session, actor: Actor) -> list[RegisterView]:
    """The registers of the actor's agency, the latest first."""
    statement = select(DocumentRegister).where(DocumentRegister.agency_id == actor.agency_id)
    order = (DocumentRegister.year.desc(), DocumentRegister.direction.desc(), DocumentRegister.series)
    return _views(session, actor, session.scalars(statement.order_by(*order)).all())


def audits_registers(actor: Actor, year: int) -> bool:
    """Whether an auditor may read registers of that year: a register holds documents of every procedure."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    return actor.has(AUDITOR) and any(
        one.procedure_id is None
        and (one.first is None or one.first <= last)
        and (one.last is None or one.last >= first)
        for one in actor.reach
    )


def waiting(session: Session, actor: Actor) -> list[RegisterView]:
    """The registers that wait for confirmation after a restore and that the actor may confirm."""
    return [view for view in _views(session, actor, unconfirmed(session)) if view.may_confirm]


def register(session: Session, actor: Actor, register_id: str) -> RegisterView:
    """One register of the actor's agency; auditors see those of the years within their reach.

    Raises:
        RegisterNotFound: none such, or not for this actor.
    """
    row = session.scalars(select(DocumentRegister).where(DocumentRegister.id == register_id)).one_or_none()
    if row is None or not (row.agency_id == actor.agency_id or audits_registers(actor, row.year)):
        raise errors.RegisterNotFound()
    return _views(session, actor, [row])[0]


def sent(session: Session, register_id: str, after: int = 0, limit: int | None = None) -> list[Sent]:
    """Lines of an outgoing register behind number `after`; whoever asks has looked the register up before."""
    statement = (
        select(RegisterEntry)
        .where(RegisterEntry.register_id == register_id, RegisterEntry.number > after)
        .order_by(RegisterEntry.number)
        .limit(limit)
    )
    rows = session.scalars(statement).all()
    dispatches = _dispatches(session, register_id, after, rows[-1].number if rows else after)
    return [_sent(row, dispatches.get(row.document_id or "", [])) for row in rows]


def arrived(session: Session, register_id: str, after: int = 0, limit: int | None = None) -> list[Arrived]:
    """Lines of an incoming register behind number `after`; whoever asks has looked the register up before."""
    statement = (
        select(IncomingEntry, Dispatch.document_id)
        .outerjoin(Dispatch, Dispatch.id == IncomingEntry.dispatch_id)
        .where(IncomingEntry.register_id == register_id, IncomingEntry.number > after)
        .order_by(IncomingEntry.number)
        .limit(limit)
    )
    return [_arrived(row, document_id) for row, document_id in session.execute(statement)]


def plans(session: Session, agency_id: str) -> list[RegisterPlan]:
    """How the head of a body grouped its series, the latest year first."""
    statement = select(RegisterPlan).where(RegisterPlan.agency_id == agency_id).order_by(RegisterPlan.year.desc())
    return list(session.scalars(statement))


def _views(session: Session, actor: Actor, rows: Sequence[DocumentRegister]) -> list[RegisterView]:
    waits = {row.id for row in unconfirmed(session)}
    return [_view(row, actor, row.id in waits) for row in rows]


def _view(row: DocumentRegister, actor: Actor, waits: bool) -> RegisterView:
    group, _, since = row.series.partition("@")
    own = row.agency_id == actor.agency_id
    return RegisterView(
        id=row.id,
        agency_id=row.agency_id,
        year=row.year,
        direction=row.direction,
        group=group,
        since=date.fromisoformat(since) if since else None,
        last_number=row.last_number,
        to_confirm=waits,
        may_confirm=waits and (actor.has(ADMINISTRATOR) or (own and actor.has(CLERK))),
        may_edit=own and actor.has(CLERK),
    )


def _dispatches(session: Session, register_id: str, after: int, last: int) -> dict[str, list[Dispatch]]:
    """The dispatches of the documents with numbers of that range, by document."""
    found: dict[str, list[Dispatch]] = {}
    within = (Document.register_id == register_id, Document.number > after, Document.number <= last)
    for row in session.scalars(select(Dispatch).join(Document, Document.id == Dispatch.document_id).where(*within)):
        found.setdefault(row.document_id, []).append(row)
    return found


def _sent(row: RegisterEntry, dispatches: Sequence[Dispatch]) -> Sent:
    received = sum(one.received_at is not None for one in dispatches)
    return Sent(
        number=row.number,
        document_id=row.document_id,
        symbol=row.symbol,
        issued_on=row.issued_on if row.document_id else None,
        type_name=_type(row.type),
        subject=row.subject,
        signer=row.signer,
        recipients=row.recipients,
        kept_by=row.kept_by,
        copies=row.copies,
        sent_on=min((one.dispatched_at for one in dispatches if one.dispatched_at), default=None),
        receipts=f"{received}/{len(dispatches)}" if dispatches else "",
        note=row.note,
        voided=row.status == VOIDED,
    )


def _arrived(row: IncomingEntry, document_id: str | None) -> Arrived:
    return Arrived(
        number=row.number,
        document_id=document_id,
        arrived_on=row.arrived_on,
        author=row.author,
        symbol=row.symbol,
        issued_on=row.issued_on,
        type_name=_type(row.type),
        subject=row.subject,
        handled_by=row.handled_by,
        passed_on=row.passed_on,
        receipt=row.entered_by_name,
        note=row.note,
    )


def _type(code: str) -> str:
    return KINDS[code].name if code in KINDS else code
