"""The files of an arrival: those of the package that brought it, then the scans that officers added."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import canonical
from engine.services import Blobs
from workflows.documents import errors
from workflows.documents.edxml.reading import read
from workflows.documents.recall.tables import AGREED, RecallRequest
from workflows.documents.registers import Clerk
from workflows.documents.tables import ArrivalFile, DocumentRegister, ExchangeMessage, IncomingEntry

KINDS: Final = {b"%PDF-": "pdf", b"\x89PNG\r\n": "png", b"\xff\xd8\xff": "jpg"}
"""What a scan may be, by how it begins."""


def files(session: Session, entry: IncomingEntry) -> list[str]:
    """Names of the files; none once the agency gave the document back."""
    if _given_back(session, entry):
        return []
    return [*_of_package(session, entry), *(one.name for one in _scans(session, entry))]


def file(session: Session, blobs: Blobs, entry: IncomingEntry, index: int) -> tuple[str, bytes]:
    """Name and content of one of `files`, counted from 0. Raises `RegisterNotFound`."""
    if index >= len(files(session, entry)):
        raise errors.RegisterNotFound()
    came_with = len(_of_package(session, entry))
    if index >= came_with:
        scan = _scans(session, entry)[index - came_with]
        return scan.name, blobs.get(scan.sha256)
    package = read(blobs.get(session.get_one(ExchangeMessage, entry.package_id).sha256))
    return package.files[index].name, package.files[index].content


def keep_scan(clerk: Clerk, blobs: Blobs, entry: IncomingEntry, name: str, content: bytes) -> None:
    """Keep the scan of an arrival; the same file again changes nothing.

    Args:
        entry: a line of a register of the actor's agency.
        name: made harmless before.

    Raises:
        ClerkRequired: the actor is no clerk.
        NotAScan: neither PDF nor picture.
    """
    require_scan(name, content)
    statement = select(DocumentRegister).where(DocumentRegister.id == entry.register_id).with_for_update()
    register = clerk.session.scalars(statement).one()
    key = {"register_id": entry.register_id, "number": entry.number, "sha256": canonical.digest(content)}
    if clerk.session.get(ArrivalFile, key) is not None:
        return
    blobs.put(content)
    row = ArrivalFile(**key, name=name, added_at=clerk.now, added_by_name=clerk.actor.name)
    clerk.session.add(row)
    facts = {"number": entry.number, "symbol": entry.symbol, "name": name, "sha256": row.sha256}
    clerk.record(register, "ArrivalScanned", facts)


def require_scan(name: str, content: bytes) -> None:
    """Raises `NotAScan` for what is neither PDF nor picture."""
    if not any(content.startswith(beginning) for beginning in KINDS):
        raise errors.NotAScan(name=name)


def _of_package(session: Session, entry: IncomingEntry) -> list[str]:
    row = session.get(ExchangeMessage, entry.package_id) if entry.package_id else None
    return list(row.params.get("files", ())) if row else []


def _scans(session: Session, entry: IncomingEntry) -> list[ArrivalFile]:
    own = (ArrivalFile.register_id == entry.register_id, ArrivalFile.number == entry.number)
    kept = (*own, ArrivalFile.name != "")  # what was lawfully deleted has no name any more
    return list(session.scalars(select(ArrivalFile).where(*kept).order_by(ArrivalFile.added_at, ArrivalFile.name)))


def _given_back(session: Session, entry: IncomingEntry) -> bool:
    place = (RecallRequest.register_id == entry.register_id, RecallRequest.number == entry.number)
    return session.scalar(select(RecallRequest.id).where(*place, RecallRequest.status == AGREED)) is not None
