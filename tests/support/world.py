"""A demo store without cases, on SQLite and on PostgreSQL: its engine, its clock, its people.

Seeding takes about a second, so one template of each kind is seeded in a session and copied for every test.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import Result
from psycopg import sql
from sqlalchemy import make_url, select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import Actor
from engine.clock import ManualClock, local_date
from engine.commands import ClaimWorkItem, CompleteWorkItem, StartCase, Upload
from engine.core import Engine
from engine.events.store import RecordedEvent
from engine.events.verify import ChainFault, streams, verify
from engine.procedures.versions import Versions
from engine.services import Stream
from engine.tables import Base, Incident, WorkItem
from engine.unit_of_work import OpenItem, Ports, Receipt
from tests.support.services import fresh_postgres, require, run_statement
from web import cli
from web.app import assemble
from web.bootstrap import ensure_ready
from web.wiring import Container, build
from workflows.agencies.queries import actor_for_account

# Addressed by content and parsed slowly: one parsed copy serves all stores of a session.
VERSIONS = Versions()
START = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
PROCEDURE = "incident-rebuttal"
SPECIALIST, COLLEAGUE, HEAD, CLERK = "cv.so-ngoai-vu", "cv2.so-ngoai-vu", "ld.so-ngoai-vu", "vt.so-ngoai-vu"
STRANGER = "cv.so-noi-vu"
DETECTION: Mapping[str, Any] = {
    "subject": "Tin sai về cầu Việt Trì",
    "source_kind": "social",
    "origin": "domestic",
    "source_name": "Trang “Tin nhanh”",
    "detected_at": "2026-09-01T00:30:00Z",
    "false_claim": "Bài viết nói cầu đã sập, thực tế cầu vẫn thông xe.",
    "spread": "some",
    "self_impact": "medium",
}
PAPER: Mapping[str, Any] = {"paper_subject": "Về tin sai", "paper_body": "Kính gửi.", "no_secret": ["confirmed"]}
APPROVED: Mapping[str, Any] = {"approval": "approve"}
CHECKED: Mapping[str, Any] = {"form_checked": ["confirmed"]}

RECEIVED: Mapping[str, Any] = {"office_received_at": "2026-09-01T01:00:00Z"}
TRIAGE: Mapping[str, Any] = {
    "truth": "false",
    "reach": "province",
    "public_impact": "risk",
    "determined_at": "2026-09-01T01:00:00Z",
    "event_kind": "divided",
    "statement_needed": "yes",
    "triage_note": "Cầu vẫn thông xe.",
    "no_secret": ["confirmed"],
}


@dataclass(frozen=True)
class World:
    """One store and everybody in it; the clock stands still until a test moves it."""

    container: Container
    clock: ManualClock

    @property
    def engine(self) -> Engine:
        """The engine of this process."""
        return self.container.engine

    def another_engine(self, **ports: Any) -> Engine:
        """A further engine on the same store, as in another process; named ports replaced."""
        changed: Ports = replace(self.engine.ports, **ports)
        return Engine(self.engine.database, self.clock, changed, VERSIONS)

    def actor_of(self, user_name: str) -> Actor:
        """The officer with that user name, with the duties of the clock's day."""
        with self.engine.read() as session:
            return actor_for_account(session, user_name, local_date(self.clock.now()))

    # Doing ------------------------------------------------------------------------------------------------------------

    def start(self, user_name: str = SPECIALIST, engine: Engine | None = None) -> Receipt:
        """Open a case: its first step is the secrecy gate, claimed by who opened it."""
        return (engine or self.engine).execute(
            StartCase(PROCEDURE), actor=self.actor_of(user_name), key=f"start:{uuid4()}"
        )

    def work(
        self,
        item: OpenItem,
        user_name: str,
        data: Mapping[str, Any],
        engine: Engine | None = None,
        files: Mapping[str, Sequence[Upload]] | None = None,
    ) -> Receipt:
        """Claim a work item where needed and complete it."""
        engine, actor = engine or self.engine, self.actor_of(user_name)
        if item.assignee_id != actor.person_id:
            engine.execute(ClaimWorkItem(item.id), actor=actor, key=f"claim:{uuid4()}")
        command = CompleteWorkItem(item.id, data, attachments=files or {})
        return engine.execute(command, actor=actor, key=f"complete:{uuid4()}")

    def detecting(self, user_name: str = SPECIALIST) -> OpenItem:
        """A new case that waits for the record of what was detected, claimed by who opened it."""
        receipt = self.start(user_name)
        return self.work(receipt.open_items[0], user_name, {"secret": "no"}).open_items[0]

    def drafting(self, user_name: str = SPECIALIST) -> Receipt:
        """A new case whose two first papers wait to be edited."""
        return self.work(self.detecting(user_name), user_name, DETECTION)

    def numbered(self, receipt: Receipt, agency: str = "so-ngoai-vu") -> Receipt:
        """Bring the two papers of a case through editing, approval and numbering; nothing is dispatched yet."""
        steps = (("cv", "edit_paper", PAPER), ("ld", "approve_paper", APPROVED), ("vt", "number_paper", CHECKED))
        for duty, element, data in steps:
            for item in element_items(receipt, element):
                receipt = self.work(item, f"{duty}.{agency}", data)
        return receipt

    def stating(self) -> str:
        """A case whose initial statement is due in 24 hours, watched by a timer; returns its id."""
        case_id = self.numbered(self.drafting()).case_id
        self.engine.drain()
        for element, data in (("receive", RECEIVED), ("triage", TRIAGE)):
            [item] = [item for item in self.open_items(case_id) if item.element_id == element]
            self.work(item, "cv.vp-ubnd-tinh", data)
        return case_id

    # Looking ----------------------------------------------------------------------------------------------------------

    def ask(self, question: Callable[[Session], Any]) -> Any:
        """A short read."""
        with self.engine.read() as session:
            return question(session)

    def open_items(self, case_id: str) -> list[OpenItem]:
        """The open work items of a case."""
        live = [item for item in self.rows(WorkItem, case_id=case_id) if item.status in ("open", "claimed")]
        return [OpenItem(i.id, i.element_id, i.agency_id, i.duty, i.assignee_id) for i in live]

    def rows(self, table: type[Base], **values: Any) -> Sequence[Any]:
        """All rows of a table with these values."""
        with self.engine.read() as session:
            return session.scalars(select(table).filter_by(**values)).all()

    def history(self, case_id: str) -> list[RecordedEvent]:
        """The events of a case."""
        with self.engine.read() as session:
            return list(events.read(session, Stream("case", case_id)))

    def incident(self, case_id: str) -> Incident:
        """The one open incident of a case."""
        [incident] = self.rows(Incident, case_id=case_id, status="open")
        assert isinstance(incident, Incident)
        return incident

    def faults(self) -> list[ChainFault]:
        """All faults of all chains."""
        with self.engine.read() as session:
            return [fault for stream in streams(session) for fault in verify(session, stream)]

    def digest(self) -> str:
        """One digest over every row of every table: equal digests mean that nothing at all was changed."""
        hashed = hashlib.sha256()
        with self.engine.read() as session:
            for table in Base.metadata.sorted_tables:
                rows = sorted(json.dumps([repr(v) for v in row]) for row in session.execute(select(table)))
                hashed.update(json.dumps([table.name, rows]).encode())
        return hashed.hexdigest()


def element_items(receipt: Receipt, element: str) -> list[OpenItem]:
    """The open work items of one element."""
    return [item for item in receipt.open_items if item.element_id == element]


def run_command(container: Container, *args: str, input: str | None = None) -> Result:
    """`flask --app web ARGS`, in this process and on that store."""
    app = assemble(container)
    cli.init_app(app)
    with app.app_context():
        return app.test_cli_runner().invoke(args=args, input=input)


def open_world(url: str, data_dir: Path) -> World:
    """The seeded store at `url`."""
    clock = ManualClock(START)
    container = build({"DATA_DIR": str(data_dir), "DATABASE_URL": url, "STORE": "demo"}, clock)
    container.engine.versions = VERSIONS
    return World(container, clock)


def _seed(url: str, data_dir: Path) -> None:
    container = open_world(url, data_dir).container
    ensure_ready(container, with_cases=False)
    container.engine.database.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a seeded SQLite store, to be copied."""
    folder = tmp_path_factory.mktemp("template")
    path = folder / "phoihop.sqlite3"
    _seed(f"sqlite:///{path}", folder)
    return path


@pytest.fixture(scope="session")
def postgres_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a seeded PostgreSQL database, to be copied."""
    with fresh_postgres(require("postgres")) as url:
        _seed(url, tmp_path_factory.mktemp("template"))
        yield url


@pytest.fixture
def seeded_sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A demo store of one's own in a SQLite file."""
    path = tmp_path / "phoihop.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def seeded_postgres_url(postgres_template: str) -> Iterator[str]:
    """A demo store of one's own in a PostgreSQL database."""
    server, name = require("postgres"), f"phoihop_test_{uuid4().hex[:12]}"
    template = str(make_url(postgres_template).database)
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    run_statement(server, create)
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        run_statement(server, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(params=["seeded_sqlite_url", "seeded_postgres_url"], ids=["sqlite", "postgres"])
def seeded_url(request: pytest.FixtureRequest) -> str:
    """A demo store of one's own, once of each kind."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.fixture
def world(seeded_url: str, tmp_path: Path) -> Iterator[World]:
    """A demo store without cases, once on SQLite and once on PostgreSQL."""
    world = open_world(seeded_url, tmp_path)
    yield world
    world.engine.database.dispose()


@pytest.fixture
def sqlite_world(seeded_sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """A demo store without cases on SQLite alone, for what does not depend on the database."""
    world = open_world(seeded_sqlite_url, tmp_path)
    yield world
    world.engine.database.dispose()
