"""Documents leave as edXML packages, by folder or endpoint: whole, readable, once, or with a reason that people see."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.core import LONGEST_TRIP, MAXIMUM_DELIVERIES, Engine
from engine.tables import OutboxMessage
from tests.support.exchange import DROP, Agent, endpoint, reach
from tests.support.web import Browser
from tests.support.world import CLERK, World
from web.app import assemble
from workflows.agencies.tables import Agency
from workflows.documents.dispatch.edxml import TOPIC, ExchangeErrand
from workflows.documents.dispatch.exchange import Exchange, FolderExchange, HttpExchange
from workflows.documents.edxml.reading import read
from workflows.documents.errors import ExchangeNotTaken
from workflows.documents.tables import Dispatch, Document, ExchangeMessage

SENDER = "so-ngoai-vu"


class Stopped(BaseException):
    """The machine goes down."""


@pytest.fixture
def agent() -> Iterator[tuple[Agent, Exchange]]:
    one = Agent()
    with endpoint(one) as url:
        yield one, HttpExchange(url, timeout=5)


def by_edxml(world: World, *, sender_code: str = "H44.01") -> list[str]:
    """Two papers, issued, whose recipients all have codes; ids of the dispatches that wait to leave."""
    with world.container.write() as session:
        agencies = sorted(set(session.scalars(select(Agency.id))) - {SENDER})
        reach(session, {one: f"H45.{n // 90 + 10:02d}.{n % 90 + 10:02d}" for n, one in enumerate(agencies)})
        reach(session, {SENDER: sender_code}, channel="system")
    world.numbered(world.drafting())
    for message in world.rows(OutboxMessage, status="waiting"):
        assert world.engine.consume(message.id)
    return sorted(row.id for row in world.rows(Dispatch))


def engine_with(world: World, exchange: Exchange | None) -> Engine:
    return world.another_engine(errands={TOPIC: ExchangeErrand(exchange, world.container.blobs)})


def run(world: World, engine: Engine) -> None:
    for _ in range(MAXIMUM_DELIVERIES + 2):
        engine.drain()
        world.clock.advance(timedelta(hours=2))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in (folder / "out").iterdir() if not path.name.startswith(".")}


def test_each_receiver_gets_its_own_package(world: World, tmp_path: Path) -> None:
    ids = by_edxml(world)
    assert {(row.channel, row.status) for row in world.rows(Dispatch)} == {("edxml", "queued")}

    engine_with(world, FolderExchange(tmp_path / "mang")).drain()

    found = contents(tmp_path / "mang")
    assert sorted(found) == ids
    for dispatch in world.rows(Dispatch):
        package = read(found[dispatch.id])
        [document] = world.rows(Document, id=dispatch.document_id)
        assert [one.name for one in package.message.receivers] == [dispatch.recipient_name]
        assert str(package.message.id) == f"H44.01,{document.issued_on:%Y/%m/%d},{document.symbol}"
        assert [file.content for file in package.files] == [world.container.blobs.get(document.pdf_sha256)]
        assert (dispatch.status, dispatch.dispatched_at) == ("handed_over", world.clock.now())
    assert world.faults() == []
    # And the issuer's page says that nobody has answered yet
    browser = Browser(assemble(world.container).test_client())
    browser.sign_in(CLERK)
    assert "chờ trả lời" in browser.open(f"/van-ban/{document.id}").text


def test_a_death_between_handing_over_and_the_record_makes_no_second_package(
    sqlite_world: World, tmp_path: Path, agent: tuple[Agent, Exchange]
) -> None:
    ids, before = by_edxml(sqlite_world), {}
    for real in (FolderExchange(tmp_path / "mang"), agent[1]):

        class Dying:
            def hand_over(self, message_id: str, content: bytes, real: Exchange = real) -> None:
                real.hand_over(message_id, content)
                raise Stopped

        [first, *_] = sqlite_world.rows(OutboxMessage, topic=TOPIC, status="waiting")
        with pytest.raises(Stopped):
            engine_with(sqlite_world, Dying()).consume(first.id)
        sqlite_world.clock.advance(LONGEST_TRIP)
    before = contents(tmp_path / "mang")
    assert len(before) == 1

    run(sqlite_world, engine_with(sqlite_world, agent[1]))
    assert sorted(agent[0].taken) == ids
    assert all(agent[0].taken[one] == content for one, content in before.items())


def test_a_crash_while_writing_leaves_nothing_that_the_agent_would_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(ExchangeNotTaken):
        FolderExchange(tmp_path / "mang").hand_over("1", b"<edXML/>")
    assert contents(tmp_path / "mang") == {}


def test_an_agent_in_trouble_gets_the_package_in_the_end_and_once(world: World, agent: tuple[Agent, Exchange]) -> None:
    ids = by_edxml(world)
    agent[0].answers = [503, DROP, 429, 500]
    run(world, engine_with(world, agent[1]))
    assert sorted(agent[0].taken) == ids and len(agent[0].tries) == len(ids) + 4
    assert {row.status for row in world.rows(Dispatch)} == {"handed_over"}


@pytest.mark.parametrize(("answer", "tries"), [(400, 1), (302, 1), (503, MAXIMUM_DELIVERIES)])
def test_what_the_agent_does_not_take_is_a_failure_that_the_issuer_sees(
    sqlite_world: World, agent: tuple[Agent, Exchange], answer: int, tries: int
) -> None:
    ids = by_edxml(sqlite_world)
    agent[0].answers = [answer] * 99
    run(sqlite_world, engine_with(sqlite_world, agent[1]))
    assert agent[0].taken == {} and len(agent[0].tries) == tries * len(ids)
    assert {row.status for row in sqlite_world.rows(Dispatch)} == {"failed"}
    assert {row.state for row in sqlite_world.rows(ExchangeMessage)} == {"failed"}
    [dispatch, *_] = sqlite_world.rows(Dispatch)
    assert str(answer) in dispatch.reply and dispatch.dispatched_at is None
    browser = Browser(assemble(sqlite_world.container).test_client())
    browser.sign_in(CLERK)
    assert str(answer) in browser.open(f"/van-ban/{dispatch.document_id}").text


def test_no_code_and_no_way_are_said_at_once(sqlite_world: World) -> None:
    by_edxml(sqlite_world, sender_code="")
    assert {(row.status, row.failure, row.reply) for row in sqlite_world.rows(Dispatch)} == {
        ("failed", "document.no_organ_code", "Sở Ngoại vụ")
    }


def test_without_a_folder_or_endpoint_the_dispatch_fails(sqlite_world: World) -> None:
    by_edxml(sqlite_world)
    engine_with(sqlite_world, None).drain()
    assert {(row.status, row.failure) for row in sqlite_world.rows(Dispatch)} == {
        ("failed", "document.exchange_not_set_up")
    }


def test_paper_waits_for_people(sqlite_world: World) -> None:
    with sqlite_world.container.write() as session:
        reach(session, dict.fromkeys(session.scalars(select(Agency.id)), ""), channel="paper")
    sqlite_world.numbered(sqlite_world.drafting())
    sqlite_world.engine.drain()
    assert {(row.channel, row.status, row.dispatched_at) for row in sqlite_world.rows(Dispatch)} == {
        ("paper", "queued", None)
    }
