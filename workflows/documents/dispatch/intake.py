"""What the agent of the exchange network leaves in the subfolder `in`: packages, and answers to our dispatches.

Each file is taken once, kept as it came (`exchange_messages`), and put away: into `done`, or into `refused` with the
reason beside it. Nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from engine import canonical
from engine.blobs import write_whole
from engine.errors import PhoiHopError, Rejected
from engine.services import Blobs
from workflows.documents.dispatch.answers import answer
from workflows.documents.dispatch.arriving import screened, take_in
from workflows.documents.edxml.errors import PackageTooLarge
from workflows.documents.edxml.status import is_status, read_status
from workflows.documents.edxml.xml import MAX_BYTES
from workflows.documents.recall.asked import by_status
from workflows.documents.tables import INCOMING, PACKAGE, REFUSED, STATUS, TAKEN, ExchangeMessage
from workflows.secrecy import SecretMarkFound

IN: Final = "in"
PLACES: Final = {TAKEN: "done", REFUSED: "refused"}
SUFFIXES: Final = (".edxml", ".xml")
MAX_NAME: Final = 255
Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Intake:
    """Takes in what lies in the folder.

    Args:
        folder: the folder shared with the agent.
        blobs: keeps each message as it came.
        tell: the sentence of an error, for who looks into the folder.
    """

    folder: Path
    blobs: Blobs
    tell: Callable[[PhoiHopError], str]

    def take_all(self, transaction: Transaction, now: Callable[[], datetime]) -> int:
        """Take in every whole file, each in a transaction of its own. Returns how many were put away."""
        count = 0
        for path in self._waiting():
            with suppress(FileNotFoundError, IntegrityError):  # a rival took it
                with transaction() as session:
                    state, reason = self._take(session, now(), path)
                self._put_away(path, state, reason)
                count += 1
        return count

    def _waiting(self) -> list[Path]:
        place = self.folder / IN
        place.mkdir(parents=True, exist_ok=True)
        whole = (path for path in place.iterdir() if path.suffix in SUFFIXES and not path.name.startswith("."))
        return sorted(path for path in whole if path.is_file() and not path.is_symlink())

    def _take(self, session: Session, now: datetime, path: Path) -> tuple[str, str]:
        """State and reason of what came; for what was taken before, those of then."""
        row = ExchangeMessage(id=str(uuid4()), direction=INCOMING, kind=STATUS, name=path.name[:MAX_NAME], sha256="")
        row.created_at = row.done_at = now
        row.state, row.params = TAKEN, {}
        if path.stat().st_size > MAX_BYTES:
            return self._refuse(session, row, PackageTooLarge(limit=MAX_BYTES))
        content = path.read_bytes()
        known = session.scalars(
            select(ExchangeMessage).where(ExchangeMessage.once == canonical.digest(content))
        ).first()
        if known is not None:
            return known.state, known.failure
        row.once = canonical.digest(content)
        try:
            self._understand(session, now, row, content)
        except SecretMarkFound as error:  # not even the message is kept
            return self._refuse(session, row, error)
        except Rejected as error:
            row.sha256 = self.blobs.put(content)
            return self._refuse(session, row, error)
        session.add(row)
        return row.state, ""

    def _understand(self, session: Session, now: datetime, row: ExchangeMessage, content: bytes) -> None:
        if is_status(content):
            row.sha256 = self.blobs.put(content)
            status = read_status(content)
            if status.status == "recall_requested":
                row.agency_id = by_status(session, now, status)
                return
            dispatch = answer(session, now, status)
            row.agency_id, row.dispatch_id = dispatch.recipient_agency_id, dispatch.id
            return
        row.kind = PACKAGE
        package = screened(content)
        row.sha256 = self.blobs.put(content)
        with session.begin_nested():  # a receiver that cannot be entered leaves no line of another
            take_in(session, now, self.blobs, package, row)

    def _refuse(self, session: Session, row: ExchangeMessage, error: Rejected) -> tuple[str, str]:
        row.state, row.failure, row.params, row.agency_id = REFUSED, error.code, dict(error.params), ""
        session.add(row)
        return row.state, f"{error.code}\n{self.tell(error)}\n"

    def _put_away(self, path: Path, state: str, reason: str) -> None:
        """Move after the commit: a file met again after a crash is known, and only moved."""
        place = self.folder / PLACES[state]
        place.mkdir(exist_ok=True)
        target = place / path.name
        if target.exists():
            target = place / f"{path.stem}-{uuid4().hex[:8]}{path.suffix}"
        if reason:
            write_whole(target.with_name(f"{target.name}.txt"), reason.encode())
        path.rename(target)
