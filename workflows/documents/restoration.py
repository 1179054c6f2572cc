"""After a restore from a backup: nothing is written until each register's last number is confirmed.

Numbers that were given after the backup are on paper and at other bodies, but not in the store; without the
comparison the program would give them again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Engine as Database
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import ADMINISTRATOR, CLERK, Actor
from engine.clock import from_text, local_date, local_year, to_text
from engine.database import reading
from engine.services import Stream
from workflows.demo.store import StoreFact
from workflows.documents import errors
from workflows.documents.registers import Clerk
from workflows.documents.tables import OUTGOING, VOIDED, DocumentRegister, RegisterEntry

FACT = "restored_at"
STORE = Stream("config", "store")
MAX_LOST = 2000
LOST = "Số đã cấp sau bản sao lưu, hồ sơ điện tử không còn"


def mark_restored(session: Session, actor: Actor, now: datetime) -> None:
    """Note that this store was restored from a backup just now; a later restore counts anew."""
    fact = session.get(StoreFact, FACT)
    if fact is None:
        session.add(StoreFact(key=FACT, value=to_text(now)))
    else:
        fact.value = to_text(now)
    events.append(session, STORE, "StoreRestored", {"restored_at": to_text(now)}, actor=actor, now=now)


def restored_at(session: Session) -> datetime | None:
    """When the store was last restored; None where it never was."""
    fact = session.get(StoreFact, FACT)
    return from_text(fact.value) if fact else None


def unconfirmed(session: Session) -> list[DocumentRegister]:
    """The registers whose last number nobody has confirmed since the restore: of the year before it and later."""
    since = restored_at(session)
    if since is None:
        return []
    statement = select(DocumentRegister).where(
        DocumentRegister.year >= local_year(since) - 1,
        or_(DocumentRegister.confirmed_at.is_(None), DocumentRegister.confirmed_at < since),
    )
    order = (DocumentRegister.agency_id, DocumentRegister.year, DocumentRegister.series)
    return list(session.scalars(statement.order_by(*order)))


def confirm(session: Session, actor: Actor, now: datetime, register_id: str, last_number: int) -> DocumentRegister:
    """Confirm the last number of a register by what stands in the paper register or at the receivers.

    A higher number than the store's means that numbers were given after the backup: they stay in the register as
    voided lines, and are never given again.

    Raises:
        RegisterNotFound: none such, or neither of the actor's agency nor the actor an administrator.
        ConfirmNotAllowed: the actor is neither clerk nor administrator.
        NothingToConfirm: the store was not restored, or this register has been confirmed since.
        LastNumberTooLow, LastNumberTooHigh: lower than what the store proves, or more than 2,000 above it.
    """
    statement = select(DocumentRegister).where(DocumentRegister.id == register_id).with_for_update()
    register = session.scalars(statement).one_or_none()
    if register is None or (register.agency_id != actor.agency_id and not actor.has(ADMINISTRATOR)):
        raise errors.RegisterNotFound()
    if not (actor.has(CLERK) or actor.has(ADMINISTRATOR)):
        raise errors.ConfirmNotAllowed()
    if register not in unconfirmed(session):
        raise errors.NothingToConfirm()
    before = register.last_number
    if last_number < before:
        raise errors.LastNumberTooLow(last_number=before)
    if last_number > before + MAX_LOST:
        raise errors.LastNumberTooHigh(last_number=before)
    lost = range(before + 1, last_number + 1)
    if register.direction == OUTGOING:
        session.add_all(_lost(register, number, actor, now) for number in lost)
    register.last_number, register.confirmed_at, register.confirmed_by = last_number, now, actor.person_id
    facts = {"last_number": last_number, "last_number_before": before, "lost": list(lost)}
    Clerk(session, now, actor).record(register, "RegisterConfirmed", facts)
    return register


@dataclass
class Gate:
    """Closed while a restored store waits for its registers. Open once, it stays so: a restore needs a restart."""

    database: Database
    _open: bool = field(default=False, init=False)

    def closed(self) -> bool:
        """Whether nothing may be written now."""
        if not self._open:
            with reading(self.database) as session:
                self._open = not unconfirmed(session)
        return not self._open

    def require_open(self) -> None:
        """Raise `StoreReadOnly` while the gate is closed."""
        if self.closed():
            raise errors.StoreReadOnly()


def _lost(register: DocumentRegister, number: int, actor: Actor, now: datetime) -> RegisterEntry:
    return RegisterEntry(
        register_id=register.id,
        number=number,
        document_id=None,
        symbol=f"{number:02d}",
        issued_on=local_date(now),
        type="",
        subject="",
        signer="",
        recipients="",
        kept_by="",
        copies=0,
        note=LOST,
        status=VOIDED,
        entered_at=now,
        entered_by=actor.person_id,
        voided_at=now,
        voided_by_name=actor.name,
    )
