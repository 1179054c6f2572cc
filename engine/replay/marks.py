"""Marks: where the re-execution of a long case stood every so many events.

A background pass makes them, by running each long case on from its last mark. Going on from a mark costs at most that
many events, however long the case. A mark is trusted as far as its digest is the one that its event recorded; it proves
nothing by itself, which is why `audit replay` begins at the first event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Engine as Database
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session
from zstandard import ZstdError

from engine import events
from engine.clock import Clock
from engine.database import reading, writing
from engine.errors import PhoiHopError
from engine.events.store import RecordedEvent
from engine.expressions import EVALUATOR_VERSION
from engine.procedures.manifest import PROFILE_VERSION
from engine.procedures.versions import Versions
from engine.replay import finder
from engine.replay.again import Again, Differs, Find, RuntimeGone, Unreadable
from engine.replay.tables import ReplayMark
from engine.services import Stream
from engine.spiff import codec
from engine.tables import EventStream

EVERY = 50
LONG = "length >= 100"
"""Cases below that are run again from the start; the words are those of the index over the others."""
EVENTS, CASES = 2_000, 10
"""How many events of how many cases a pass looks at."""
PROGRAM = f"{EVALUATOR_VERSION}/{PROFILE_VERSION}/{codec.FORMAT}"


def keep(database: Database, versions: Versions, clock: Clock) -> int:
    """Make marks that are missing: of some cases, some of each, so that a pass ends soon. Returns how many."""
    made = 0
    for case_id in _behind(database):
        fresh = _next_marks(database, versions, case_id, clock)
        if fresh:
            with writing(database) as session:
                session.execute(delete(ReplayMark).where(ReplayMark.case_id == case_id, ReplayMark.program != PROGRAM))
                for mark in fresh:
                    session.merge(mark)  # a rival makes the same
        made += len(fresh)
    return made


def nearest(session: Session, find: Find, case_id: str, seq: int) -> tuple[Again, int]:
    """A re-execution that stands before event `seq`, or some events earlier, and the event at which it stands.

    A mark that is not what its event recorded is passed over: then the case is run from its start.
    """
    query = select(ReplayMark).where(ReplayMark.case_id == case_id, ReplayMark.seq < seq, ReplayMark.program == PROGRAM)
    mark = session.scalars(query.order_by(ReplayMark.seq.desc()).limit(1)).first()
    if mark is not None and (again := _thawed(session, find, mark)) is not None:
        return again, mark.seq
    return Again(find), 0


def _thawed(session: Session, find: Find, mark: ReplayMark) -> Again | None:
    event = next(events.read(session, Stream("case", mark.case_id), after=mark.seq - 1, limit=1), None)
    if event is None:
        return None
    try:
        version = find(event.envelope["origin"]["version_hash"])
        again = Again.thaw(find, version, mark.state, mark.memory)
    except (RuntimeGone, ZstdError, ValueError, KeyError, TypeError, AttributeError, PhoiHopError):
        return None
    return again if again.digest() == event.envelope["origin"]["state_digest"] else None


def _behind(database: Database) -> list[str]:
    """Some long cases with events since their last mark; one that does not agree keeps no other from its turn."""
    last = (
        select(func.coalesce(func.max(ReplayMark.seq), 0))
        .where(ReplayMark.case_id == EventStream.id, ReplayMark.program == PROGRAM)
        .scalar_subquery()
    )
    long = select(EventStream.id).where(EventStream.kind == "case", text(LONG))
    with reading(database) as session:
        waiting = long.where(EventStream.length - last >= 2 * EVERY).order_by(func.random())
        return list(session.scalars(waiting.limit(CASES)))


def _next_marks(database: Database, versions: Versions, case_id: str, clock: Clock) -> list[ReplayMark]:
    """The next marks of a case; none where it has come to its end, or to an event that does not agree."""
    with reading(database) as session:
        last = session.scalar(
            select(func.max(ReplayMark.seq)).where(ReplayMark.case_id == case_id, ReplayMark.program == PROGRAM)
        )
        again, stood = nearest(session, finder(session, versions), case_id, (last or 0) + 1)
        log = events.read(session, Stream("case", case_id), after=stood, limit=EVENTS)
        return [_mark(case_id, seq, frozen, clock) for seq, frozen in _frozen(again, stood, log)]


def _frozen(
    again: Again, stood: int, log: Iterable[RecordedEvent]
) -> Iterator[tuple[int, tuple[bytes, dict[str, object]]]]:
    for event in log:
        try:
            again.take(event)
        except (Differs, Unreadable, RuntimeGone):
            return
        due = event.seq - stood >= EVERY and event.envelope["origin"]["state_digest"]
        if due and (frozen := again.freeze()):
            stood = event.seq
            yield stood, frozen


def _mark(case_id: str, seq: int, frozen: tuple[bytes, dict[str, object]], clock: Clock) -> ReplayMark:
    state, memory = frozen
    return ReplayMark(case_id=case_id, seq=seq, program=PROGRAM, state=state, memory=memory, made_at=clock.now())
