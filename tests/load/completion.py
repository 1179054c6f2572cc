"""What a completion costs through the full command path, beside the bare transaction that writes the same rows."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine as Database
from sqlalchemy import event

from engine.actors import Actor
from engine.commands import ClaimWorkItem, CompleteWorkItem, StartCase
from engine.core import Engine
from engine.procedures.bundle import Bundle
from engine.procedures.versions import Versions
from engine.spiff.machine import Machine
from engine.tables import CaseState
from engine.unit_of_work import OpenItem, Receipt
from tests.load import world
from tests.load.bare import Twin
from tests.load.figures import Figures, percentile, spread, timed

WARM_UP = 2  # cases whose figures do not count: caches, prepared statements


@dataclass
class Office:
    """One engine with one officer at a time, and the twin that follows."""

    engine: Engine
    twin: Twin | None = None
    _keys: Iterator[int] = field(default_factory=count)

    def start(self, procedure: str, person: str) -> tuple[float, Receipt]:
        """Start a case. Returns milliseconds and the receipt."""
        actor = world.officer(person=person)
        took, receipt = timed(lambda: self.engine.execute(StartCase(procedure), actor=actor, key=self._key()))
        self.follow(receipt.case_id, person)
        return took, receipt

    def claim(self, item: OpenItem, actor: Actor, case_id: str) -> None:
        """Claim where it is not claimed yet; not measured."""
        if item.assignee_id is None:
            self.engine.execute(ClaimWorkItem(item.id), actor=actor, key=self._key())
            self.follow(case_id, actor.person_id)

    def complete(self, item: OpenItem, actor: Actor, values: Mapping[str, Any]) -> tuple[float, Receipt]:
        """Complete. Returns milliseconds and the receipt."""
        key = self._key()
        return timed(lambda: self.engine.execute(CompleteWorkItem(item.id, values), actor=actor, key=key))

    def follow(self, case_id: str, person: str) -> tuple[float, int]:
        """Let the twin write the same rows: milliseconds and bytes."""
        return self.twin.follow(case_id, person) if self.twin else (0.0, 0)

    def _key(self) -> str:
        return f"load-{next(self._keys)}"


@dataclass
class Series:
    """What was measured for one kind of case."""

    complete: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    start: list[float] = field(default_factory=list)
    row_bytes: list[int] = field(default_factory=list)
    disk_bytes: list[int] = field(default_factory=list)
    state_bytes: list[int] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)

    def figures(self) -> Figures:
        """p50 and p95, rate, the bare transaction and the ratio of the medians."""
        bare = percentile(self.bare, 0.5)
        return {
            **spread(self.complete),
            **spread(self.bare, "bare_"),
            "ratio": round(percentile(self.complete, 0.5) / bare, 2),
            "per_second": round(1000 * len(self.complete) / sum(self.complete)),
            "statements": percentile(self.statements, 0.5),
            "row_bytes": percentile(self.row_bytes, 0.5),
            "disk_bytes": percentile(self.disk_bytes, 0.5),
            "state_bytes": max(self.state_bytes),
            "start_p50_ms": round(percentile(self.start, 0.5), 3),
            "completions": len(self.complete),
        }


def measure(url: str, twin_url: str, procedure: Bundle, cases: int) -> Figures:
    """Run cases of a procedure through, each completion followed by its bare twin."""
    engine, twin_engine = world.open_engine(url), world.open_engine(twin_url)
    for opened in (engine.database, twin_engine.database):
        world.create_schema(opened)
    world.publish_all(engine, [procedure])
    twin = Twin.of(engine.database, twin_engine.database)
    series = Series()
    try:
        for number in range(cases + WARM_UP):
            _run_case(Office(engine, twin), procedure.id, series if number >= WARM_UP else Series())
    finally:
        twin.close()
        engine.database.dispose()
        twin_engine.database.dispose()
    return series.figures()


def _run_case(office: Office, procedure: str, series: Series) -> None:
    person = f"officer-{uuid4().hex[:8]}"
    actor = world.officer(person=person)
    gc.collect()
    took, receipt = office.start(procedure, person)
    series.start.append(took)
    disk = Disk(office.engine.database)
    while receipt.open_items:
        item = receipt.open_items[0]
        office.claim(item, actor, receipt.case_id)
        disk.begin()
        if not series.statements:  # counting costs time: that completion's own is left out
            with counting(office.engine.database) as statements:
                _, receipt = office.complete(item, actor, world.VALUES)
            series.statements.append(len(statements))
            office.follow(receipt.case_id, person)
            continue
        took, receipt = office.complete(item, actor, world.VALUES)
        series.disk_bytes.append(disk.written())
        bare, size = office.follow(receipt.case_id, person)
        series.complete.append(took)
        series.bare.append(bare)
        series.row_bytes.append(size)
        series.state_bytes.append(state_size(office.engine, receipt.case_id))


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    """The statements that go to the database meanwhile, begin and commit not among them."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(database, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(database, "before_cursor_execute", note)


class Disk:
    """Bytes that the database wrote: to its log (PostgreSQL), through this process (SQLite)."""

    def __init__(self, database: Database) -> None:
        self._database, self._at = database, 0
        self._is_sqlite = database.dialect.name == "sqlite"

    def begin(self) -> None:
        """Remember where the log stands."""
        self._at = self._position()

    def written(self) -> int:
        """Bytes since `begin`."""
        return self._position() - self._at

    def _position(self) -> int:
        if self._is_sqlite:
            fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text(encoding="ascii").splitlines())
            return int(fields["wchar"])
        with self._database.connect() as connection:
            text = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')"
            return int(connection.exec_driver_sql(text).scalar_one())


def state_size(engine: Engine, case_id: str) -> int:
    """Bytes of a case's live state; 0 for a case that has none."""
    with engine.read() as session:
        row = session.get(CaseState, case_id)
        return len(row.state) if row else 0


def parse_and_restore(url: str, bundles: Sequence[Bundle], rounds: int = 20) -> Figures:
    """What it costs to load a version (parse) and to rebuild a running case (restore), p50."""
    engine = world.open_engine(url)
    world.create_schema(engine.database)
    hashes = world.publish_all(engine, bundles)
    found: Figures = {}
    for bundle in bundles:
        with engine.read() as session:
            parse = [timed(lambda: Versions().get(session, hashes[bundle.id])) for _ in range(rounds)]  # noqa: B023
        program = parse[-1][1].program
        machine = Machine.start(program, {}, {"code": "L-1"})
        machine.advance()
        data = machine.dump()
        restore = [timed(lambda: Machine.restore(program, data))[0] for _ in range(rounds)]  # noqa: B023
        found[bundle.id] = {
            "parse_p50_ms": round(percentile([took for took, _ in parse], 0.5), 3),
            "restore_p50_ms": round(percentile(restore, 0.5), 3),
            "state_bytes": len(data),
        }
    engine.database.dispose()
    return found
