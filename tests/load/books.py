"""Comparing the books with what clients were told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Integer, cast, func, select
from sqlalchemy.orm import Session

from engine import canonical
from engine.events.verify import streams, verify
from engine.tables import Case as CaseRow
from engine.tables import CaseCounter, Event, EventPayload, OutboxMessage, WorkItem
from tests.load import ledger
from tests.load.clients import FAILED, RECEIPT
from tests.load.crowd import read_notes
from workflows.documents.tables import Document, DocumentRegister, RegisterEntry


@dataclass
class Findings:
    """What is wrong; all zero is right.

    Args:
        lost: told and not in the books, or asked for and never answered.
        duplicated: in the books more than once.
        gaps: numbers missing in a register or among case codes.
        broken_chains: streams that do not verify.
        undelivered: outbox messages without their effect.
        failed: requests that got neither a receipt nor a refusal, and processes that fell over by themselves.
    """

    lost: int = 0
    duplicated: int = 0
    gaps: int = 0
    broken_chains: int = 0
    undelivered: int = 0
    failed: int = 0

    @property
    def any(self) -> bool:
        """Whether anything is wrong."""
        return any(vars(self).values())


def compare(session: Session, asked: Iterable[str], folder: Path, crashes: int = 0) -> Findings:
    """Hold the store against what was asked for (ids of work items) and the notes of the answers."""
    wanted, notes = set(asked), list(read_notes(folder))
    told = {note["item"] for note in notes if note["answer"] == RECEIPT}
    done = happened(session, "WorkItemCompleted", "work_item_id")
    closed = set(session.scalars(select(WorkItem.id).where(WorkItem.status == "done")))
    found = effects(session)
    undelivered, doubled = deliveries(session, found)
    entered = numbers_by_step(session)
    return Findings(
        lost=len(wanted - told) + len(told - (done.keys() & closed)),
        duplicated=surplus(done) + doubled + surplus(entered),
        gaps=register_gaps(session) + code_gaps(session),
        broken_chains=broken_chains(session),
        undelivered=undelivered,
        failed=crashes + sum(1 for note in notes if note["answer"] == FAILED),
    )


def happened(session: Session, type_: str, name: str) -> Counter[str]:
    """How often an event of that type was recorded, by a value of its payload."""
    query = select(EventPayload.payload).join(Event, Event.hash == EventPayload.event_hash).where(Event.type == type_)
    return Counter(str(canonical.loads(payload)[name]) for payload in session.scalars(query))


def effects(session: Session) -> Counter[str]:
    """How often each message had its effect."""
    return Counter(session.scalars(select(ledger.EFFECTS.c.message_id)))


def deliveries(session: Session, found: Counter[str]) -> tuple[int, int]:
    """How many messages had no effect, and how many effects there are too many."""
    sent = set(session.scalars(select(OutboxMessage.id).where(OutboxMessage.topic == ledger.TOPIC)))
    return len(sent - found.keys()), surplus(found)


def surplus(counted: Counter[Any]) -> int:
    """How many there are beyond one of each."""
    return sum(number - 1 for number in counted.values())


def numbers_by_step(session: Session) -> Counter[Any]:
    """How many numbers each step of each case was given, and how often each number was given."""
    documents = session.execute(select(Document.case_id, Document.subject)).all()
    numbers = session.execute(select(RegisterEntry.register_id, RegisterEntry.number)).all()
    return Counter([tuple(row) for row in documents]) + Counter([tuple(row) for row in numbers])


def register_gaps(session: Session) -> int:
    """Numbers that are missing between one and the last that a register gave."""
    missing = 0
    for register in session.scalars(select(DocumentRegister)):
        query = select(RegisterEntry.number).where(RegisterEntry.register_id == register.id)
        given = set(session.scalars(query))
        missing += len(set(range(1, max([register.last_number, *given]) + 1)) - given)
    return missing


def code_gaps(session: Session) -> int:
    """Case codes that are missing between one and the last that was given."""
    missing = 0
    for counter in session.scalars(select(CaseCounter)):
        number = cast(func.substr(CaseRow.code, len(counter.prefix) + 5), Integer)
        given = set(session.scalars(select(number).where(CaseRow.code.startswith(f"{counter.prefix}-"))))
        missing += len(set(range(1, max([counter.last, *given]) + 1)) - given)
    return missing


def broken_chains(session: Session) -> int:
    """Streams that do not verify."""
    return sum(1 for stream in streams(session) if next(verify(session, stream), None) is not None)
