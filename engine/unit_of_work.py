"""One command, one transaction: the session, the moment, the actor, and the key that makes it idempotent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from engine import canonical
from engine.actors import Actor
from engine.database import bundled, savepoint
from engine.errors import Conflict
from engine.events.store import Chain
from engine.rows import Rows, new_row, watched_columns
from engine.services import Blobs, Consumer, Deadlines, Directory, Errand, Service, Stream
from engine.spiff.machine import Observer
from engine.tables import IdempotencyKey


class KeyReused(Conflict):
    """The key was used before for something else."""

    code = "command.key_reused"


@dataclass(frozen=True)
class OpenItem:
    """A work item that is open after a command."""

    id: str
    element_id: str
    agency_id: str
    duty: str
    assignee_id: str | None


@dataclass(frozen=True)
class Receipt:
    """The answer to a command; the same command with the same key gets the same answer."""

    case_id: str
    case_code: str
    seq: int
    open_items: tuple[OpenItem, ...] = ()


Screen = Callable[[object], None]
"""Looks at a command before anything of it is stored; raises a `Rejected` to keep it out."""


@dataclass(frozen=True)
class Ports:
    """What the engine asks of the regulation, plugged in by the composition root.

    A topic has a consumer or, where somebody outside must answer first, an errand. `observe` hears of every element and
    flow that a case passes: scenario runs measure their coverage by it.
    """

    directory: Directory
    deadlines: Deadlines
    blobs: Blobs
    services: Mapping[str, Service]
    consumers: Mapping[str, Consumer]
    screen: Screen = lambda command: None
    observe: Observer | None = None
    errands: Mapping[str, Errand] = field(default_factory=dict)


@dataclass(frozen=True)
class UnitOfWork:
    """What every handler is given.

    Args:
        session: the transaction.
        now: the command's moment (UTC).
        rows: rows of cases, written by `flush`.
        chains: ends of the streams that are being appended to, likewise.
    """

    session: Session
    now: datetime
    actor: Actor
    command_id: str
    ports: Ports
    rows: Rows
    chains: dict[Stream, Chain] = field(default_factory=dict)

    @property
    def connection(self) -> Connection:
        """The transaction's connection, for prepared statements."""
        return self.rows.connection

    def flush(self) -> None:
        """Write what waits: before somebody else reads in this transaction, and at its end."""
        with bundled(self.connection):
            self.rows.flush()
            for chain in self.chains.values():
                chain.flush()

    @contextmanager
    def leaving_no_trace(self) -> Iterator[None]:
        """A part of the transaction of which nothing stays when it fails: neither rows, events nor messages."""
        self.flush()
        rows, chains = self.rows.mark(), {stream: chain.mark() for stream, chain in self.chains.items()}
        try:
            with savepoint(self.session):
                yield
                self.flush()
        except BaseException:
            self.rows.back_to(rows)
            for stream in list(self.chains):
                if stream in chains:
                    self.chains[stream].back_to(chains[stream])
                else:  # begun in this part
                    del self.chains[stream]
            raise


def new_id() -> str:
    """A random id for a row."""
    return str(uuid4())


def remembered(session: Session, actor: Actor, key: str, command: object) -> Receipt | None:
    """The answer given before for that key, if any.

    Raises:
        KeyReused: the key belongs to another command.
    """
    found = select(*watched_columns(IdempotencyKey)).where(IdempotencyKey.key == _full_key(actor, key))
    row = session.connection().execute(found).first()
    if row is None:
        return None
    if row.command != _identity(command):
        raise KeyReused(key=key)
    items = tuple(OpenItem(**item) for item in row.receipt["open_items"])
    return Receipt(**{**row.receipt, "open_items": items})


def remember(uow: UnitOfWork, key: str, command: object, receipt: Receipt) -> None:
    """Keep the answer in the transaction of the command. It holds ids only."""
    answer: dict[str, Any] = {**vars(receipt), "open_items": [vars(item) for item in receipt.open_items]}
    row = new_row(
        IdempotencyKey,
        key=_full_key(uow.actor, key),
        actor_id=uow.actor.person_id,
        command=_identity(command),
        receipt=answer,
        created_at=uow.now,
    )
    uow.rows.add(row)


def _identity(command: object) -> str:
    """What the command is about: its name and the thing it names. The data may differ: the first answer holds."""
    named = next((str(value) for name, value in vars(command).items() if name.endswith("_id")), "")
    return f"{type(command).__name__} {named}"


def _full_key(actor: Actor, key: str) -> str:
    """Keys of different people never meet."""
    return canonical.digest(f"{actor.person_id}\n{key}".encode())
