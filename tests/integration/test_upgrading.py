"""A filled store of an older release is brought to this one: nothing is lost, everything can be read and proved."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, Table, column, inspect, select, table
from sqlalchemy.engine import Connection
from sqlalchemy.sql import TableClause

from engine import database
from engine.clock import local_date
from engine.events.verify import streams, verify
from engine.tables import Base, Case
from tests.support.web import Browser
from tests.support.world import CLERK, SPECIALIST, World, open_world
from web.app import assemble
from web.bootstrap import ensure_ready
from workflows.agencies.queries import issuer
from workflows.documents.dispatch.receipts import confirm_receipt
from workflows.documents.tables import Dispatch, Document, RegisterEntry

OLD = "0010"
"""The last migration before documents could be signed, mailed, waited for or arrive from outside."""

GONE = {("procedure_versions", "effective_from"): "published_at"}
"""Columns that this release has no more, with one that holds what stood in them."""

MOVE_ON = {"event_streams", "document_search"}
"""Heads of chains, since the first start writes further events; and the index of documents, which is made anew."""


@pytest.fixture
def filled(sqlite_world: World) -> World:
    """A store with a case that goes on and two documents that were issued, sent and, one of them, received."""
    case_id = sqlite_world.numbered(sqlite_world.drafting()).case_id
    sqlite_world.engine.drain()
    [first, *_] = sqlite_world.rows(Dispatch, status="delivered")
    receiver = sqlite_world.actor_of(f"vt.{first.recipient_agency_id}")
    with sqlite_world.container.write() as session:
        confirm_receipt(session, sqlite_world.clock.now(), receiver, first.id, issuer)
    assert sqlite_world.open_items(case_id)
    return sqlite_world


@pytest.fixture(params=["sqlite", "postgres"])
def old_store(filled: World, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[World]:
    """The same facts, as far as the older release knew them, in a store with its schema, beside the same files."""
    beside = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    url = beside if request.param == "sqlite" else request.getfixturevalue("fresh_postgres_url")
    opened = open_world(url, tmp_path)
    with opened.engine.database.execution_options(**{database.WRITING: True}).begin() as target:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parents[2] / "migrations"))
        config.attributes["connection"] = target
        command.upgrade(config, OLD)
        with filled.engine.database.connect() as source:
            for known in _of_old(target):
                rows = [dict(row) for row in source.execute(select(known)).mappings()]
                if rows:
                    gone = [(new, like) for (name, new), like in GONE.items() if name == known.name]
                    shape = [(one.name, one.type) for one in known.c] + [
                        (new, known.c[like].type) for new, like in gone
                    ]
                    full = table(known.name, *(column(name, type_) for name, type_ in shape))
                    target.execute(full.insert(), [row | {new: row[like] for new, like in gone} for row in rows])
    yield opened
    opened.engine.database.dispose()


def _of_old(connection: Connection) -> list[TableClause]:
    """The tables of the old schema in the order of their references, with the columns that are known there and here."""
    old = MetaData()
    old.reflect(connection)
    both = [one for one in old.sorted_tables if one.name in Base.metadata.tables]
    return [_common(one, Base.metadata.tables[one.name]) for one in both]


def _common(old: Table, new: Table) -> TableClause:
    missing = {one.name for one in old.columns if not one.nullable and one.server_default is None}
    missing -= {*new.c.keys(), *(name for where, name in GONE if where == old.name)}
    assert not missing, f"{old.name}: the old release wants {missing}"
    return table(old.name, *(column(one.name, new.c[one.name].type) for one in old.columns if one.name in new.c))


def test_a_filled_store_of_an_older_release_is_upgraded_and_goes_on(filled: World, old_store: World) -> None:
    # Given what the old store holds
    with old_store.engine.database.connect() as connection:
        tables = _of_old(connection)
        before = {one.name: sorted(map(repr, connection.execute(select(one)))) for one in tables}
        assert "document_signings" not in inspect(connection).get_table_names()
    assert len(before["documents"]) == 2 and len(before["events"]) > 20
    # When this release opens it
    ensure_ready(old_store.container)
    # Then everything is still there, under the schema of today, and every chain proves itself
    with old_store.engine.database.connect() as connection:
        for one in tables:
            after = set(map(repr, connection.execute(select(one))))
            lost = set(before[one.name]) - after
            assert one.name in MOVE_ON or lost == set(), f"{one.name}: {lost}"
        there = inspect(connection)
        for wanted in Base.metadata.sorted_tables:
            assert {one["name"] for one in there.get_columns(wanted.name)} == set(wanted.c.keys()), wanted.name
    with old_store.engine.read() as session:
        assert [fault for stream in streams(session) for fault in verify(session, stream)] == []
    # And officers read it and work on
    _read(old_store)
    _go_on(old_store)


def _read(world: World) -> None:
    [first, second] = world.rows(Document)
    browser = Browser(assemble(world.container).test_client())
    browser.sign_in(CLERK)
    for path, told in (
        ("/van-ban-di", str(first.symbol)),
        (f"/van-ban/{first.id}", first.subject),
        (f"/van-ban/{second.id}", "Ký văn bản"),
        (f"/vu-viec/{_code(world)}", "Văn bản"),
        ("/van-ban/tim?tim=sai", str(first.symbol)),
        ("/so-van-ban", "Sổ"),
        ("/so-van-ban/chung-thu-so", "Chứng thư số"),
    ):
        answer = browser.open(path)
        assert answer.status_code == 200 and told in unescape(answer.text), path
    assert browser.open(f"/van-ban/{first.id}.pdf").data.startswith(b"%PDF-")


def _code(world: World) -> str:
    return str(world.rows(Case)[0].code)


def _go_on(world: World) -> None:
    """The next case gets the next code, its papers the next numbers of the same register."""
    last = max(entry.number for entry in world.rows(RegisterEntry, type="TB"))
    world.numbered(world.drafting(SPECIALIST))
    world.engine.drain()
    numbers = [one.number for one in world.rows(Document) if one.issued_on == local_date(world.clock.now())]
    assert max(number or 0 for number in numbers) > last and world.faults() == []
