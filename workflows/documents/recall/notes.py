"""What the incoming register says of an arrival that its issuer takes back, and what the agency answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import SYSTEM, Actor
from engine.clock import local_date
from workflows.documents.recall.tables import AGREED, ASKED, REFUSED, REPLACEMENT, RecallRequest
from workflows.documents.registers import Clerk
from workflows.documents.tables import DocumentRegister, IncomingEntry


def entry_of(session: Session, request: RecallRequest) -> IncomingEntry | None:
    """The line of the arrival that a request is about; None as long as the agency has not entered it."""
    if request.register_id is not None:
        return session.get(IncomingEntry, {"register_id": request.register_id, "number": request.number})
    return session.scalars(select(IncomingEntry).where(IncomingEntry.dispatch_id == request.dispatch_id)).one_or_none()


def tell(session: Session, now: datetime, request: RecallRequest) -> None:
    """Note beside the arrival that it is asked back."""
    entry = entry_of(session, request)
    if entry is not None:
        put(session, now, SYSTEM, entry, sentence(request))


def tell_late(session: Session, now: datetime, entry: IncomingEntry) -> None:
    """The same for an arrival that is entered after it was asked back."""
    about = (RecallRequest.dispatch_id == entry.dispatch_id, RecallRequest.asked_at.is_not(None))
    request = session.scalars(select(RecallRequest).where(*about)).one_or_none()
    if request is not None:
        put(session, now, SYSTEM, entry, sentence(request))


def put(session: Session, now: datetime, actor: Actor, entry: IncomingEntry, note: str) -> None:
    """Add a note to a line; the register's own chain keeps who did so and when."""
    statement = select(DocumentRegister).where(DocumentRegister.id == entry.register_id).with_for_update()
    register = session.scalars(statement).one()
    session.refresh(entry)
    entry.note = "; ".join(filter(None, (entry.note, note)))
    facts = {"number": entry.number, "symbol": entry.symbol, "note": note}
    Clerk(session, now, actor).record(register, "EntryNoted", facts)


def sentence(request: RecallRequest) -> str:
    """What a line says of a request, with its answer where there is one."""
    asked = f"ngày {local_date(request.asked_at or request.created_at):%d/%m/%Y}"
    what = f"Nơi gửi thay thế bằng {request.replacement}" if request.kind == REPLACEMENT else "Nơi gửi thu hồi"
    return f"{what}, {asked}: {request.reason}"


def answered(request: RecallRequest) -> str:
    """What a line says of an answer."""
    words = {AGREED: "đồng ý cho thu hồi", REFUSED: "không đồng ý cho thu hồi", ASKED: ""}[request.status]
    return f"Đã trả lời: {words}" + (f" ({request.reply})" if request.reply else "")
