"""Verifying the log over all events inside the store: positions, root and signature of each checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from engine.proof import keys
from engine.proof.merkle import grown, leaf_hash, root
from engine.proof.notes import Statement, VerifierKey, signatures
from engine.proof.tables import ONLY, Checkpoint, Log, LogEntry
from engine.tables import Event


@dataclass(frozen=True)
class LogFault:
    """Where the log does not prove. `place`: a position, or the size of a checkpoint. `code`: key of its sentence."""

    code: str
    place: int


@dataclass
class Frontier:
    """A tree that is only ever read at its right edge: hashes of the full subtrees that end there."""

    size: int = 0
    edge: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def append(self, leaf: bytes) -> None:
        """Add a leaf; what it covers is forgotten."""
        new = list(grown(self.size, leaf, lambda level, index: self.edge[level, index]))
        for level, index, _ in new[:-1]:
            self.edge.pop((level, index - index % 2), None)
        level, index, hash_ = new[-1]
        self.edge[level, index] = hash_
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return root(self.size, lambda level, index: self.edge[level, index])


def verify_log(session: Session) -> Iterator[LogFault]:
    """All faults of the log, in order; none means that it is whole and that every checkpoint states what is there."""
    log = session.get(Log, ONLY, populate_existing=True)
    if log is None:
        return
    tree, waiting = Frontier(), session.scalars(select(Checkpoint).order_by(Checkpoint.size)).all()
    known = [keys.verifier_key(session, row) for row in keys.history(session)]
    due = {one.size: one for one in waiting}
    for position, hash_, there in session.execute(_entries()):
        if position != tree.size:
            yield LogFault("audit.log_gap", tree.size)
            return
        if there is None:
            yield LogFault("audit.log_event_missing", position)
        tree.append(leaf_hash(bytes.fromhex(hash_)))
        if (checkpoint := due.pop(tree.size, None)) is not None:
            yield from _faults(checkpoint, tree.root(), log.origin, known)
    yield from (LogFault("audit.log_checkpoint_beyond", size) for size in sorted(due))
    if tree.size != log.size:
        yield LogFault("audit.log_gap", min(tree.size, log.size))


def _entries() -> Select[*tuple[Any, ...]]:
    """Positions with the event that each names, None where it is gone."""
    statement = select(LogEntry.position, LogEntry.event_hash, Event.hash)
    joined = statement.outerjoin(Event, Event.hash == LogEntry.event_hash)
    return joined.order_by(LogEntry.position).execution_options(yield_per=1000)


def _faults(checkpoint: Checkpoint, root: bytes, origin: str, known: list[VerifierKey]) -> Iterator[LogFault]:
    try:
        said = Statement.read(checkpoint.note)
        signed = signatures(checkpoint.note)
    except ValueError:
        yield LogFault("audit.log_signature_wrong", checkpoint.size)
        return
    if (said.origin, said.size, said.root, checkpoint.root) != (origin, checkpoint.size, root, root):
        yield LogFault("audit.log_checkpoint_differs", checkpoint.size)
    text = checkpoint.note.partition("\n\n")[0] + "\n"
    if not any(key.id in signed and key.signed(text, signed[key.id]) for key in known):
        yield LogFault("audit.log_signature_wrong", checkpoint.size)
