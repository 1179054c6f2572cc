"""Deliberately broken variants of the program. A trial that does not notice them proves nothing."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy import event

from engine.core import Engine
from engine.database import writing
from engine.tables import OutboxMessage
from tests.load import ledger
from workflows.documents import registers

SEQUENCE, NO_ROW_LOCK, NO_INBOX = "sequence_numbering", "no_row_lock", "no_consumer_inbox"


def apply(variant: str | None, folder: Path) -> None:
    """Break this process in that way; in no way where it is None."""
    if variant is not None:
        VARIANTS[variant](folder)


def _numbers_outside_the_transaction(folder: Path) -> None:
    """Numbers come from a counter of their own, as from a database sequence: what is rolled back leaves a gap."""
    original = registers.Clerk.register

    def register(*arguments: Any) -> Any:
        found = original(*arguments)
        found.last_number = _count(folder / "sequence") - 1
        return found

    _replace(registers.Clerk, "register", register)


def _count(path: Path) -> int:
    with path.open("a+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        following = int(file.read() or "0") + 1
        file.truncate(0)
        file.write(str(following))
        file.flush()
        return following


def _no_row_lock(folder: Path) -> None:
    """Rows are read without being locked."""

    def strip(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        unlocked = statement.partition(" FOR UPDATE")[0].replace("BEGIN IMMEDIATE", "BEGIN")
        return unlocked, parameters

    event.listen(Database, "before_cursor_execute", strip, retval=True)


def _no_inbox(folder: Path) -> None:
    """The effect commits by itself, and nothing remembers that the message had it."""

    def consume(self: Engine, message_id: str) -> bool:
        now = self.clock.now()
        with writing(self.database) as session:
            ledger.record_effect(session.connection(), message_id, now)
        with writing(self.database) as session:
            message = session.get_one(OutboxMessage, message_id)
            message.status, message.done_at = "done", now
        return True

    _replace(Engine, "consume", consume)


def _replace(owner: Any, name: str, value: Any) -> None:
    assert hasattr(owner, name), f"{name} is gone: this control breaks nothing any more"
    setattr(owner, name, value)


VARIANTS: Mapping[str, Callable[[Path], None]] = {
    SEQUENCE: _numbers_outside_the_transaction,
    NO_ROW_LOCK: _no_row_lock,
    NO_INBOX: _no_inbox,
}
