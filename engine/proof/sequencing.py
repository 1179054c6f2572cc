"""Giving each event its position in the log, after its command has committed.

A command only appends to its stream. This pass compares the heads of the streams with how far each was taken, and
appends what is new to the tree, stream by stream. The order between streams says nothing; within one it is its own.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, func, insert, or_, select
from sqlalchemy.orm import Session

from engine.proof.merkle import grown, leaf_hash
from engine.proof.tables import ONLY, Log, LogCursor, LogEntry, LogNode
from engine.tables import Event, EventStream

log = logging.getLogger(__name__)
BATCH = 1000
HASH = re.compile("[0-9a-f]{64}")
Behind = tuple[str, str, int, int]


def backlog(session: Session, limit: int = BATCH) -> list[Behind]:
    """Streams that are ahead of their cursor: kind, id, cursor, length."""
    return [(kind, id_, cursor, length) for kind, id_, cursor, length in session.execute(_behind().limit(limit))]


def sequence(session: Session, limit: int = BATCH) -> int:
    """Append up to `limit` events to the log, in a writing transaction; rivals wait for the log's row.

    Returns:
        How many there were.
    """
    row = session.get(Log, ONLY, with_for_update=True, populate_existing=True)
    if row is None:
        return 0
    tree, taken = Tree(session, row.size), 0
    for stream in backlog(session, limit):
        taken += _take(session, tree, stream, limit - taken)
        if taken >= limit:
            break
    tree.flush()
    row.size = tree.size
    return taken


@dataclass
class Tree:
    """The stored tree: gives the hash of any full subtree and grows by leaves, written by `flush`."""

    session: Session
    size: int = 0
    _known: dict[tuple[int, int], bytes] = field(default_factory=dict)
    _entries: list[dict[str, Any]] = field(default_factory=list)
    _nodes: list[dict[str, Any]] = field(default_factory=list)

    def node(self, level: int, index: int) -> bytes:
        """The hash of a full subtree.

        Raises:
            NoResultFound: the tree has none there.
        """
        if (level, index) not in self._known:
            self._known[level, index] = self._stored(level, index)
        return self._known[level, index]

    def append(self, event_hash: str) -> None:
        """Give that event the next position."""
        self._entries.append({"position": self.size, "event_hash": event_hash})
        for level, index, hash_ in grown(self.size, leaf_hash(bytes.fromhex(event_hash)), self.node):
            self._known[level, index] = hash_
            if level:
                self._nodes.append({"level": level, "index": index, "hash": hash_})
        self.size += 1

    def flush(self) -> None:
        """Write what was appended."""
        if self._entries:
            self.session.execute(insert(LogEntry), self._entries)
        if self._nodes:
            self.session.execute(insert(LogNode), self._nodes)
        self._entries, self._nodes = [], []

    def _stored(self, level: int, index: int) -> bytes:
        if level:
            key = (LogNode.level == level, LogNode.index == index)
            return self.session.execute(select(LogNode.hash).where(*key)).scalar_one()
        hash_ = self.session.execute(select(LogEntry.event_hash).where(LogEntry.position == index)).scalar_one()
        return leaf_hash(bytes.fromhex(hash_))


def _behind() -> Select[str, str, int, int]:
    cursor = func.coalesce(LogCursor.length, 0)
    same = (LogCursor.kind == EventStream.kind) & (LogCursor.id == EventStream.id)
    statement = select(EventStream.kind, EventStream.id, cursor, EventStream.length).outerjoin(LogCursor, same)
    ahead = or_(LogCursor.length.is_(None), LogCursor.length < EventStream.length)
    return statement.where(ahead, EventStream.length > 0).order_by(EventStream.kind, EventStream.id)


def _take(session: Session, tree: Tree, stream: Behind, limit: int) -> int:
    """Append the stream's next events, as far as they follow each other."""
    kind, id_, cursor, length = stream
    new = (Event.stream_kind == kind, Event.stream_id == id_, Event.seq > cursor, Event.seq <= length)
    rows = session.execute(select(Event.seq, Event.hash).where(*new).order_by(Event.seq).limit(limit))
    hashes = _unbroken(cursor, ((seq, hash_) for seq, hash_ in rows))
    if not hashes:  # somebody altered the log: the stream waits here, and `audit verify` says why
        log.error("stream %s/%s: event %s is missing or has no hash", kind, id_, cursor + 1)
        return 0
    for hash_ in hashes:
        tree.append(hash_)
    session.merge(LogCursor(kind=kind, id=id_, length=cursor + len(hashes)))
    return len(hashes)


def _unbroken(cursor: int, rows: Iterable[tuple[int, str]]) -> Sequence[str]:
    hashes: list[str] = []
    for seq, hash_ in rows:
        if seq != cursor + len(hashes) + 1 or not HASH.fullmatch(hash_):
            break
        hashes.append(hash_)
    return hashes
