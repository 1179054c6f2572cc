"""Running the logs of many cases again, on all processors: a year's histories are nobody's quick errand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context

from sqlalchemy import Engine as Database

from engine import database
from engine.procedures.versions import Versions
from engine.replay import Verdict, replay
from engine.tables import Case

WORTH_PROCESSES = 100  # cases; fewer are done before another process has begun
AT_ONCE = 10  # cases that a process takes at a time


def replay_many(url: str, case_ids: Sequence[str]) -> Iterator[Verdict]:
    """The verdict of each case, in the order of the ids.

    Args:
        url: of the store, which nobody needs to hold still: each case is read at one moment.
        case_ids: cases of that store.
    """
    if len(case_ids) < WORTH_PROCESSES:
        store, versions = _open(url)
        try:
            yield from (_replayed(store, versions, case_id) for case_id in case_ids)
        finally:
            store.dispose()
        return
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as processes:
        yield from processes.map(partial(_replayed_elsewhere, url), case_ids, chunksize=AT_ONCE)


def _replayed(store: Database, versions: Versions, case_id: str) -> Verdict:
    with database.reading(store) as session:
        return replay(session, versions, session.get_one(Case, case_id))


def _replayed_elsewhere(url: str, case_id: str) -> Verdict:
    return _replayed(*_kept(url), case_id)


def _open(url: str) -> tuple[Database, Versions]:
    return database.opened(url), Versions()


_kept = cache(_open)
"""What a process of many opens once, and keeps to its end: connections, and the versions that it has loaded."""
