"""The measuring instruments measure: in tiny sizes they find nothing wrong, and each broken variant is noticed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.core import Engine
from engine.tables import Base, WorkItem
from tests.load import (
    bench,
    broken,
    chains,
    chaos,
    completion,
    exporting,
    inbox,
    ledger,
    loops,
    migrations,
    new_year,
    papers,
    stores,
    trials,
    world,
)
from tests.load.bare import Driver, Twin
from tests.load.books import Findings, broken_chains, code_gaps, compare, register_gaps
from tests.load.clients import RECEIPT, Place
from tests.load.completion import Office
from tests.load.crowd import Notes
from tests.load.figures import report

TINY = chaos.Sizes(16, 1, 1, 6, 6, 20, 30, 1)
NOTHING = vars(Findings())


# What things cost ----------------------------------------------------------------------------------------------------


def test_the_twin_holds_the_same_rows_as_the_store_after_every_completion(database_url: str, tmp_path: Path) -> None:
    """Given a case run to its end, when the bare twin followed each step, then both stores hold the same rows."""
    engine = world.open_engine(database_url)
    with stores.FRESH[engine.database.dialect.name]() as twin_url:
        other = world.open_engine(twin_url)
        for database in (engine.database, other.database):
            world.create_schema(database)
        world.publish_all(engine, [world.elements_30()])
        twin = Twin.of(engine.database, other.database)
        run_case(Office(engine, twin), world.ELEMENTS_30)
        twin.close()
        assert rows(engine) == rows(other)
        other.database.dispose()
    engine.database.dispose()


def test_the_figures_of_a_completion_are_those_that_are_promised(database_url: str) -> None:
    with stores.sqlite() if database_url.startswith("sqlite") else stores.postgres() as twin_url:
        figures = completion.measure(database_url, twin_url, world.sequential(), 1)
    assert {"p50_ms", "p95_ms", "bare_p50_ms", "ratio"} <= figures.keys()
    assert figures["completions"] == world.SEQUENTIAL_TASKS - 1  # one is spent on counting its statements
    assert figures["statements"] <= 12
    assert figures["row_bytes"] > 500 and figures["disk_bytes"] > figures["row_bytes"]


def test_a_case_carried_forward_stands_at_that_turn_with_a_chain_that_proves(database_url: str) -> None:
    """Given a loop carried forward by 30 turns, when its task is completed, then it is turn 34 and the books agree."""
    engine = world.open_engine(database_url)
    world.create_schema(engine.database)
    world.publish_all(engine, [world.loop()])
    office = Office(engine)
    receipt = loops._turns(office, office.start(world.LOOP, loops.PERSON)[1], 3)[1]
    with engine.transaction() as session:
        loops.carry_forward(session, engine, receipt.case_id, 30)
    _, receipt = loops._turns(office, receipt, 1)
    with engine.read() as session:
        assert broken_chains(session) == 0
        item = session.get_one(WorkItem, receipt.open_items[0].id)
        assert item.occurrence == 35
    engine.database.dispose()


def test_the_inbox_is_filled_over_all_agencies(database_url: str) -> None:
    figures = inbox.measure(database_url, 2_000, looks=5)
    assert {"page_p95_ms", "counts_p95_ms"} <= figures.keys()
    assert figures["pages"] >= 5


def test_events_made_in_bulk_verify_and_an_altered_one_does_not(database_url: str) -> None:
    figures = chains.verification(database_url, 250)
    assert (figures["events"], figures["streams"], figures["faults"]) == (250, 3, 0)
    engine = world.open_engine(database_url)
    with engine.transaction() as session:
        session.connection().exec_driver_sql("DELETE FROM event_payloads WHERE payload IS NOT NULL")
        assert chains._verify(engine)[1] == 0
    assert chains._verify(engine)[1] == 250
    engine.database.dispose()


def test_an_export_made_in_bulk_is_true(database_url: str) -> None:
    figures = exporting.measure(database_url, 250)
    assert figures["verify_exit"] == 0
    assert (figures["events"], figures["checkpoints"]) == (252, 1)  # and the key's and the export's own


def test_a_run_writes_the_same_figures_that_it_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = bench.Sizes(1, 1, 2, (500,), 100, 100, looks=30, migrated=(10, 1), overseen=500)
    figures = bench.run(sizes, (stores.SQLITE,), ("loop", "inbox", "completion"))
    report(figures, tmp_path / "bench.json")
    written = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    assert {"turn_10_ms", "turn_10000_ms", "state_bytes"} <= written["loop"]["sqlite"].keys()
    assert written["inbox"]["sqlite"]["500"]["page_p95_ms"] == figures["inbox"]["sqlite"]["500"]["page_p95_ms"]
    assert str(written["completion"]["sqlite"]["ratio"]) in capsys.readouterr().out


# Whether the books agree ---------------------------------------------------------------------------------------------


def test_completions_with_a_kill_leave_nothing_wrong() -> None:
    figures = chaos.completions(TINY, stores.SQLITE)
    assert figures["kills"] == 1
    assert wrong(figures) == NOTHING


@pytest.mark.requires("postgres")
def test_completions_with_the_database_killed_leave_nothing_wrong() -> None:
    try:
        figures = chaos.completions(TINY, stores.POSTGRES)
    except stores.Unavailable as missing:
        pytest.skip(str(missing))
    assert figures["database_kills"] == 1
    assert wrong(figures) == NOTHING


def test_a_migration_with_workers_killed_leaves_each_case_whole() -> None:
    with stores.FRESH[stores.SQLITE]() as url:
        figures = migrations.measure(url, 10, 1)
    assert (figures["cases"], figures["done"], figures["kills"]) == (10, 10, 1)
    wrong_of_batch = "unfinished not_done lost duplicated broken_chains replays_that_differ torn".split()
    assert {name: figures[name] for name in wrong_of_batch if figures[name]} == {}


def test_of_two_submits_at_the_same_moment_one_wins() -> None:
    figures = chaos.doubles(TINY, stores.SQLITE)
    assert figures["winners"] == TINY.submits
    assert wrong(figures) == NOTHING


def test_rival_schedulers_fire_each_timer_once() -> None:
    figures = chaos.timers(TINY, stores.SQLITE)
    assert figures["late_max_s"] >= figures["late_p50_s"]
    assert wrong(figures) == NOTHING


@pytest.mark.requires("postgres", "redis")
def test_messages_through_redis_have_their_effect_once() -> None:
    figures = chaos.outbox(replace(TINY, worker_kills=0), "redis")
    assert wrong(figures) == NOTHING


def test_numbers_from_a_sequence_leave_gaps_that_are_seen() -> None:
    sizes = chaos.Sizes(24, 0, 0, 0, 0, 1, 0, 0)
    assert chaos.completions(sizes, stores.SQLITE, broken.SEQUENCE)["gaps"] > 0


@pytest.mark.requires("postgres")
def test_without_row_locks_both_submits_win_and_that_is_seen() -> None:
    sizes = chaos.Sizes(0, 0, 0, 20, 0, 1, 0, 0)
    figures = chaos.doubles(sizes, stores.POSTGRES, broken.NO_ROW_LOCK)
    assert figures["duplicated"] or figures["failed"] or figures["broken_chains"]


@pytest.mark.requires("postgres", "redis")
def test_without_the_record_of_what_was_consumed_doubles_are_seen() -> None:
    assert chaos.outbox(replace(TINY, worker_kills=0), "redis", broken.NO_INBOX)["duplicated"] > 0


def test_what_a_client_was_told_and_the_books_do_not_hold_is_lost(tmp_path: Path) -> None:
    """Given a note of a receipt for an item that was never completed, when the books are compared, then one is lost."""
    engine = ledger.prepare(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    item = trials._start(engine, ledger.DOUBLE).open_items[0].id
    Notes(tmp_path, "liar").write(item=item, answer=RECEIPT, seq=9)
    with engine.read() as session:
        assert compare(session, [item], tmp_path).lost == 1
        assert compare(session, [item], tmp_path / "nowhere").lost == 1


def test_a_number_taken_away_is_a_gap(tmp_path: Path) -> None:
    place = Place(f"sqlite:///{tmp_path / 'store.sqlite3'}", tmp_path)
    trials.completions(place, 8, 0)
    engine = ledger.open_engine(place.url)
    with engine.transaction() as session:
        connection = session.connection()
        assert (register_gaps(session), code_gaps(session)) == (0, 0)
        connection.exec_driver_sql("DELETE FROM register_entries WHERE number = 3")
        connection.exec_driver_sql("UPDATE case_counters SET last = last + 1")
    with engine.read() as session:
        assert (register_gaps(session), code_gaps(session)) == (1, 1)


def test_a_run_that_found_something_or_missed_a_control_does_not_pass() -> None:
    assert chaos.passed(dict(NOTHING))
    assert not chaos.passed({**NOTHING, "gaps": 1})
    assert not chaos.passed({"control": {broken.SEQUENCE: {"detected": False}}})


def wrong(figures: dict[str, int]) -> dict[str, int]:
    return {key: figures[key] for key in NOTHING}


def run_case(office: Office, procedure: str) -> None:
    actor = world.officer()
    _, receipt = office.start(procedure, actor.person_id)
    while receipt.open_items:
        item = receipt.open_items[0]
        office.claim(item, actor, receipt.case_id)
        _, receipt = office.complete(item, actor, world.VALUES)
        office.follow(receipt.case_id, actor.person_id)


def rows(engine: Engine) -> dict[str, list[str]]:
    driver = Driver(engine.database)
    tables = Base.metadata.tables.keys() - {"case_counters"}  # that one belongs to no case
    found = {table: sorted(map(repr, driver.query(f"SELECT * FROM {table}"))) for table in tables}
    driver.close()
    return found


# Official documents --------------------------------------------------------------------------------------------------


def test_clerks_across_new_year_leave_no_gap_and_no_double(database_url: str, tmp_path: Path) -> None:
    """Given 32 papers around midnight and a clerk killed meanwhile, then both years' registers are contiguous."""
    figures = new_year.trial(Place(database_url, tmp_path), 32, 2)
    assert {key: figures[key] for key in NOTHING} == NOTHING
    assert (figures["documents"], figures["years"], figures["kills"]) == (32, 2, 2)
    assert figures["voided"] == 8  # of each clerk's four papers the first


def test_numbers_from_a_sequence_are_noticed_across_new_year(sqlite_url: str, tmp_path: Path) -> None:
    figures = new_year.trial(Place(sqlite_url, tmp_path, broken.SEQUENCE), 32, 0)
    assert figures["gaps"] > 0


def test_documents_are_made_numbered_and_found_in_figures(database_url: str) -> None:
    figures = papers.measure(database_url, pages=8, issues=2, rows=200, looks=4)
    assert figures["pdfs"] == 8 and figures["per_second"] > 0
    assert {"p50_ms", "p95_ms"} <= figures["issue"].keys() & figures["search"].keys()
