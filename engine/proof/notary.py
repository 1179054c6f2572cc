"""The notary of a store: gives events their position, signs checkpoints, keeps the keys.

1. A command commits its events. 2. A pass gives them positions in the tree. 3. Every five minutes, or after 1,000
events, a checkpoint over all positions is signed. Any number of processes may make passes; the log's row is their lock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine as Database
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.clock import Clock
from engine.database import reading, writing
from engine.proof import keys
from engine.proof.errors import CheckpointNotFound, KeyFileMissing
from engine.proof.keys import KeyFiles
from engine.proof.merkle import root
from engine.proof.notes import Statement, sign
from engine.proof.sequencing import Tree, backlog, sequence
from engine.proof.tables import ACTIVE, NEXT, ONLY, Checkpoint, Log

EVERY: Final = timedelta(minutes=5)
EVENTS: Final = 1000

Announce = Callable[[Session, Checkpoint], None]
"""Tells others of a new checkpoint, through the outbox of the same transaction."""


def tell_nobody(session: Session, checkpoint: Checkpoint) -> None:
    """Checkpoints are kept and can be fetched, nothing more."""


@dataclass(frozen=True)
class Notary:
    """Works on one store; safe to share between threads."""

    database: Database
    clock: Clock
    files: KeyFiles
    announce: Announce = tell_nobody

    def set_up(self, actor: Actor) -> None:
        """Give the store its log and its first key, once."""
        with reading(self.database) as session:
            if session.get(Log, ONLY) is not None:
                return
        with writing(self.database) as session:
            keys.set_up(session, self.files, actor=actor, now=self.clock.now())

    def make_pass(self) -> None:
        """Sequence what is new, and sign a checkpoint where one is due.

        Raises:
            KeyFileMissing: nothing can be signed. Events have their positions all the same.
        """
        self.sequence()
        if self._due():
            self.checkpoint()

    def sequence(self) -> int:
        """Give every committed event its position, in transactions of at most a batch. Returns how many got one."""
        taken = 0
        while self._is_behind():
            with writing(self.database) as session:
                batch = sequence(session)
            if not batch:
                break
            taken += batch
        return taken

    def checkpoint(self) -> Checkpoint | None:
        """The checkpoint over all that has a position: the last one where nothing was added; None without any event.

        Raises:
            KeyFileMissing: nothing can be signed.
        """
        with reading(self.database) as session:
            log, newest = session.get(Log, ONLY), latest(session)
            if log is None or log.size == (newest.size if newest else 0):
                return newest
        with writing(self.database) as session:
            return self._signed(session)

    def up_to_date(self) -> Checkpoint | None:
        """Sequence everything and sign it now."""
        self.sequence()
        return self.checkpoint()

    def rotate(self, actor: Actor) -> str:
        """Let a new key take over. The old one signs the checkpoint that holds the new one's event: who trusts the old
        one can follow. Returns the id of the new key.
        """
        with writing(self.database) as session:
            coming = keys.with_status(session, NEXT)
            if coming is None:
                coming = keys.add(session, self.files, NEXT, actor=actor, now=self.clock.now())
            id_ = coming.id
        with suppress(KeyFileMissing):  # the old key is lost: the new one must be handed over in another way
            self.up_to_date()
        with writing(self.database) as session:
            retired = keys.hand_on(session, actor=actor, now=self.clock.now())
        if retired is not None:
            self.files.destroy(retired)
        return id_

    def revoke(self, key_id: str, reason: str, actor: Actor) -> None:
        """Revoke a key (see `keys.revoke`)."""
        with writing(self.database) as session:
            keys.revoke(session, self.files, key_id, reason, actor=actor, now=self.clock.now())
        self.files.destroy(key_id)

    def _signed(self, session: Session) -> Checkpoint | None:
        log = session.get_one(Log, ONLY, with_for_update=True)
        newest = latest(session)
        if newest is not None and newest.size >= log.size:  # a rival was faster
            return newest
        statement = Statement(log.origin, log.size, root(log.size, Tree(session, log.size).node), self.clock.now())
        note = sign(statement, self._private(session))
        checkpoint = Checkpoint(size=log.size, root=statement.root, signed_at=statement.signed_at, note=note)
        session.add(checkpoint)
        session.flush()
        self.announce(session, checkpoint)
        return checkpoint

    def _private(self, session: Session) -> Sequence[Ed25519PrivateKey]:
        active = keys.with_status(session, ACTIVE)
        return [self.files.load(active.id)] if active else []

    def _is_behind(self) -> bool:
        with reading(self.database) as session:
            return session.get(Log, ONLY) is not None and bool(backlog(session, 1))

    def _due(self) -> bool:
        with reading(self.database) as session:
            log, newest = session.get(Log, ONLY), latest(session)
            if log is None or log.size == 0 or newest is None:
                return log is not None and log.size > 0
            old = self.clock.now() - newest.signed_at >= EVERY
            return log.size - newest.size >= EVENTS or (old and log.size > newest.size)


def latest(session: Session) -> Checkpoint | None:
    """The newest checkpoint."""
    return session.scalars(select(Checkpoint).order_by(Checkpoint.size.desc()).limit(1)).first()


def checkpoint_at(session: Session, size: int) -> Checkpoint:
    """The checkpoint of that size.

    Raises:
        CheckpointNotFound: none was signed there.
    """
    found = session.get(Checkpoint, size)
    if found is None:
        raise CheckpointNotFound(size=size)
    return found


def recent(session: Session, before: int | None, limit: int) -> list[Checkpoint]:
    """Checkpoints, newest first, below a size."""
    below = (Checkpoint.size < before,) if before is not None else ()
    return list(session.scalars(select(Checkpoint).where(*below).order_by(Checkpoint.size.desc()).limit(limit)))
