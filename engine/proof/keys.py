"""The keys that sign checkpoints: private halves as files, never in the database; their history as events."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import Actor
from engine.blobs import write_whole
from engine.proof.errors import KeyFileMissing, KeyIsRevoked, KeyNotFound, NoLog
from engine.proof.notes import VerifierKey
from engine.proof.tables import ACTIVE, NEXT, ONLY, RETIRED, REVOKED, Log, LogKey
from engine.services import Stream

KEYS = Stream("audit", "keys")
ORIGIN_BYTES = 8


@dataclass(frozen=True)
class KeyFiles:
    """A folder that only the program's own user can read."""

    folder: Path

    def create(self) -> Ed25519PrivateKey:
        """A new key; it has no file until `keep`."""
        return Ed25519PrivateKey.generate()

    def keep(self, id_: str, key: Ed25519PrivateKey) -> None:
        """Write a private key, on disk before the transaction that names it commits."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.chmod(self.folder, 0o700)
        write_whole(self._path(id_), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600)

    def load(self, id_: str) -> Ed25519PrivateKey:
        """Read a private key.

        Raises:
            KeyFileMissing: there is no such file.
        """
        try:
            key = load_pem_private_key(self._path(id_).read_bytes(), None)
        except FileNotFoundError as error:
            raise KeyFileMissing(key=id_, path=str(self._path(id_))) from error
        assert isinstance(key, Ed25519PrivateKey)
        return key

    def holds(self, id_: str) -> bool:
        """Whether the private key is there."""
        return self._path(id_).exists()

    def destroy(self, id_: str) -> None:
        """Remove a private key that must not sign any more."""
        self._path(id_).unlink(missing_ok=True)

    def _path(self, id_: str) -> Path:
        return self.folder / f"{id_}.pem"


def set_up(session: Session, files: KeyFiles, *, actor: Actor, now: datetime) -> None:
    """Give a store its log and its first key; a store that has them is left alone."""
    if session.get(Log, ONLY, with_for_update=True) is None:
        session.add(Log(id=ONLY, origin=f"phoi-hop/{secrets.token_hex(ORIGIN_BYTES)}", size=0))
        session.flush()
        add(session, files, ACTIVE, actor=actor, now=now)


def log_of(session: Session) -> Log:
    """The store's log.

    Raises:
        NoLog: see there.
    """
    row = session.get(Log, ONLY)
    if row is None:
        raise NoLog()
    return row


def add(session: Session, files: KeyFiles, status: str, *, actor: Actor, now: datetime) -> LogKey:
    """Make a key and put its public half on record."""
    private, origin = files.create(), log_of(session).origin
    public = VerifierKey.of(origin, private)
    files.keep(public.id, private)
    row = LogKey(id=public.id, public=public.public, status=status, created_at=now)
    session.add(row)
    session.flush()
    _record(session, "LogKeyCreated", {"key": str(public)}, actor, now)
    return row


def with_status(session: Session, status: str) -> LogKey | None:
    """The key of that status, of which there is one at most: the active or the next one."""
    return session.scalars(select(LogKey).where(LogKey.status == status)).one_or_none()


def history(session: Session) -> list[LogKey]:
    """All keys, oldest first."""
    return list(session.scalars(select(LogKey).order_by(LogKey.created_at, LogKey.id)))


def verifier_key(session: Session, row: LogKey) -> VerifierKey:
    """The public half as it is handed out."""
    return VerifierKey(log_of(session).origin, row.public)


def hand_on(session: Session, *, actor: Actor, now: datetime) -> str | None:
    """Let the next key take the place of the active one. Returns the id of that one, which must not sign any more."""
    coming, going = with_status(session, NEXT), with_status(session, ACTIVE)
    assert coming is not None
    if going is not None:
        _end(session, going, RETIRED, "", now)
        _record(session, "LogKeyRetired", {"key_id": going.id}, actor, now)
    coming.status = ACTIVE
    return going.id if going else None


def revoke(session: Session, files: KeyFiles, id_: str, reason: str, *, actor: Actor, now: datetime) -> None:
    """Take a key's worth away, since somebody else may have it; a new one begins where it was the active one.

    Raises:
        KeyNotFound, KeyIsRevoked.
    """
    row = session.get(LogKey, id_, with_for_update=True)
    if row is None:
        raise KeyNotFound(key=id_)
    if row.status == REVOKED:
        raise KeyIsRevoked(key=id_)
    was_active = row.status == ACTIVE
    _end(session, row, REVOKED, reason, now)
    _record(session, "LogKeyRevoked", {"key_id": id_, "reason": reason}, actor, now)
    if was_active:
        add(session, files, ACTIVE, actor=actor, now=now)


def _end(session: Session, row: LogKey, status: str, reason: str, now: datetime) -> None:
    row.status, row.ended_at, row.reason = status, now, reason
    session.flush()


def _record(session: Session, type: str, payload: dict[str, Any], actor: Actor, now: datetime) -> None:
    events.append(session, KEYS, type, payload, actor=actor, now=now)
