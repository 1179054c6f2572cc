"""Stories of the log over all events: every event has one place, checkpoints are signed and kept, keys come and go."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from engine.actors import SYSTEM
from engine.events import guards
from engine.proof import notary as notaries
from engine.proof.errors import KeyFileMissing, KeyIsRevoked, KeyNotFound
from engine.proof.merkle import leaf_hash
from engine.proof.notary import EVENTS, EVERY, Notary
from engine.proof.notes import Statement, VerifierKey, short_code, signatures
from engine.proof.sequencing import Tree
from engine.proof.tables import Checkpoint, Log, LogCursor, LogEntry, LogKey, LogNode
from engine.proof.verify import Frontier, LogFault, verify_log
from engine.tables import Event, EventPayload, EventStream, OutboxMessage
from tests.support.mail import Postmaster, mail_server
from tests.support.world import World, run_command
from web.app import assemble
from web.bootstrap import ensure_ready
from web.wiring import Container, build
from workflows import witness


@pytest.fixture
def notary(world: World) -> Notary:
    """The notary of a store whose template came without its key files: a key of its own is made."""
    world.container.notary.rotate(SYSTEM)
    return world.container.notary


def faults(world: World) -> list[LogFault]:
    found: list[LogFault] = world.ask(lambda session: list(verify_log(session)))
    return found


def hashes(world: World) -> list[str]:
    return [entry.event_hash for entry in sorted(world.rows(LogEntry), key=lambda entry: int(entry.position))]


def public_keys(world: World) -> Sequence[VerifierKey]:
    origin = world.rows(Log)[0].origin
    return [VerifierKey(origin, row.public) for row in world.rows(LogKey)]


# Sequencing -----------------------------------------------------------------------------------------------------------


def test_every_event_gets_one_place_and_streams_keep_their_order(world: World, notary: Notary) -> None:
    world.drafting()
    world.start()
    notary.sequence()
    placed = hashes(world)
    assert sorted(placed) == sorted(event.hash for event in world.rows(Event))
    assert sorted(entry.position for entry in world.rows(LogEntry)) == list(range(len(placed)))
    for stream in world.rows(EventStream):
        own = sorted(world.rows(Event, stream_kind=stream.kind, stream_id=stream.id), key=lambda event: int(event.seq))
        places = [placed.index(event.hash) for event in own]
        assert places == sorted(places)
    assert faults(world) == []


def test_places_never_change_and_the_stored_tree_is_that_of_the_places(world: World, notary: Notary) -> None:
    world.drafting()
    notary.sequence()
    before = hashes(world)
    world.start()
    assert notary.sequence() > 0
    assert notary.sequence() == 0  # nothing is placed twice
    assert hashes(world)[: len(before)] == before

    frontier = Frontier()
    for hash_ in hashes(world):
        frontier.append(leaf_hash(bytes.fromhex(hash_)))
    checkpoint = notary.checkpoint()
    assert checkpoint is not None and checkpoint.root == frontier.root()
    assert world.ask(lambda session: Tree(session, frontier.size).node(0, 0)) == leaf_hash(bytes.fromhex(before[0]))


def test_rival_passes_share_the_work_without_doubles_or_gaps(world: World, notary: Notary) -> None:
    with ThreadPoolExecutor(4) as pool:
        cases = [pool.submit(world.start) for _ in range(12)]
        passes = [pool.submit(notary.up_to_date) for _ in range(8)]
        codes = {one.result().case_code for one in cases}
        assert len(codes) == 12 and all(one.result() for one in passes)
    notary.up_to_date()
    assert sorted(hashes(world)) == sorted(event.hash for event in world.rows(Event))
    assert faults(world) == []


def test_a_stream_with_a_hole_waits_and_the_others_go_on(world: World, notary: Notary) -> None:
    broken, whole = world.start(), world.start()
    open_the_tables(world)
    with world.engine.transaction() as session:
        gone = session.scalars(select(Event).where(Event.stream_id == broken.case_id, Event.seq == 2)).one()
        session.execute(delete(EventPayload).where(EventPayload.event_hash == gone.hash))
        session.delete(gone)
    notary.sequence()
    assert notary.sequence() == 0
    placed = set(hashes(world))
    assert [e.seq for e in world.rows(Event, stream_id=broken.case_id) if e.hash in placed] == [1]
    assert {e.hash for e in world.rows(Event, stream_id=whole.case_id)} <= placed


@pytest.mark.parametrize("table", guards.LOG_TABLES)
def test_the_database_refuses_to_change_the_log(world: World, notary: Notary, table: str) -> None:
    notary.up_to_date()
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {COLUMNS[table]} = {COLUMNS[table]}"):
        with pytest.raises(DatabaseError, match="append-only"), world.engine.transaction() as session:
            session.execute(text(statement))


COLUMNS = {"log_entries": "event_hash", "log_nodes": "hash", "checkpoints": "note"}

# Checkpoints ----------------------------------------------------------------------------------------------------------


def test_a_checkpoint_is_signed_every_five_minutes_where_something_happened(world: World, notary: Notary) -> None:
    notary.make_pass()
    [first] = [one for one in world.rows(Checkpoint) if one.size == max(c.size for c in world.rows(Checkpoint))]
    world.start()
    world.clock.advance(EVERY - timedelta(seconds=1))
    notary.make_pass()
    assert newest(world).size == first.size  # not yet
    world.clock.advance(timedelta(seconds=1))
    notary.make_pass()
    assert newest(world).size == len(world.rows(Event)) > first.size
    count = len(world.rows(Checkpoint))
    world.clock.advance(EVERY)
    notary.make_pass()
    assert len(world.rows(Checkpoint)) == count  # nothing was added


def test_a_thousand_events_do_not_wait_for_five_minutes(
    world: World, notary: Notary, monkeypatch: pytest.MonkeyPatch
) -> None:
    notary.make_pass()
    before = newest(world).size
    monkeypatch.setattr(notaries, "EVENTS", 3)
    assert EVENTS == 1000
    world.drafting()
    notary.make_pass()
    assert newest(world).size > before


def test_a_checkpoint_says_what_was_signed_and_its_signature_fits_this_key_alone(world: World, notary: Notary) -> None:
    checkpoint = notary.up_to_date()
    assert checkpoint is not None
    said = Statement.read(checkpoint.note)
    assert (said.size, said.root, said.signed_at) == (checkpoint.size, checkpoint.root, world.clock.now())
    assert said.origin == world.rows(Log)[0].origin
    [(key_id, signature)] = signatures(checkpoint.note).items()
    for key in public_keys(world):
        assert key.signed(said.text(), signature) == (key.id == key_id)
    [key] = [key for key in public_keys(world) if key.id == key_id]
    assert not key.signed(replace(said, size=said.size + 1).text(), signature)
    assert short_code(said.size, said.root).startswith(f"{said.size}-")


def newest(world: World) -> Checkpoint:
    found: Checkpoint = world.ask(notaries.latest)
    return found


# What was altered is named --------------------------------------------------------------------------------------------


def test_verify_all_names_what_is_wrong_with_the_log(world: World, notary: Notary) -> None:
    world.drafting()
    first = notary.up_to_date()
    world.start()
    last = notary.up_to_date()
    assert first is not None and last is not None
    assert run_command(world.container, "audit", "verify", "--all").exit_code == 0
    open_the_tables(world)

    forged = replace(Statement.read(first.note), root=bytes(32)).text() + "\n" + first.note.partition("\n\n")[2]
    assert altered(world, update(Checkpoint).where(Checkpoint.size == first.size).values(note=forged)) == {
        ("audit.log_checkpoint_differs", first.size),
        ("audit.log_signature_wrong", first.size),
    }
    swapped = update(LogEntry).where(LogEntry.position == 1).values(event_hash="0" * 64)
    if world.engine.database.dialect.name == "sqlite":  # PostgreSQL does not let an entry name nothing
        sizes = {one.size for one in world.rows(Checkpoint)}
        expected = {("audit.log_event_missing", 1), *(("audit.log_checkpoint_differs", size) for size in sizes)}
        assert altered(world, text("PRAGMA defer_foreign_keys = ON"), swapped) == expected
    tail = delete(LogEntry).where(LogEntry.position >= first.size)
    assert altered(world, tail) == {("audit.log_checkpoint_beyond", last.size), ("audit.log_gap", first.size)}
    assert altered(world, delete(LogEntry).where(LogEntry.position == 5)) == {("audit.log_gap", 5)}
    nonsense = update(Checkpoint).where(Checkpoint.size == last.size).values(note="x")
    assert altered(world, nonsense) == {("audit.log_signature_wrong", last.size)}


def test_what_is_wrong_with_the_log_is_told_in_words(world: World, notary: Notary) -> None:
    notary.up_to_date()
    open_the_tables(world)
    with world.engine.transaction() as session:
        session.execute(delete(LogEntry).where(LogEntry.position == 5))
    result = run_command(world.container, "audit", "verify", "--all")
    assert result.exit_code == 1
    assert "thiếu vị trí 5" in result.stdout and "[audit.log_gap]" in result.stdout


def altered(world: World, *statements: object) -> set[tuple[str, int]]:
    """The faults after these statements, which are taken back then."""
    with world.engine.read() as session:
        for statement in statements:
            session.execute(statement)  # type: ignore[call-overload]
        found = {(fault.code, fault.place) for fault in verify_log(session)}
        session.rollback()
    return found


def open_the_tables(world: World) -> None:
    """Drop the triggers, as whoever owns the database can."""
    with world.engine.transaction() as session:
        on = " ON {}" if world.engine.database.dialect.name == "postgresql" else ""
        for table, operations in guards.GUARDED.items():
            for operation in operations:
                session.execute(text(f"DROP TRIGGER {table}_no_{operation.lower()}{on.format(table)}"))


# Keys -----------------------------------------------------------------------------------------------------------------


def test_a_new_store_has_a_key_whose_private_half_only_its_user_can_read(tmp_path: Path) -> None:
    container = build({"DATA_DIR": str(tmp_path), "STORE": "real"})
    assert run_init(container).exit_code == 0
    [file] = (tmp_path / "log-keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    with container.read() as session:
        [key] = session.scalars(select(LogKey))
        assert (key.status, file.stem) == ("active", key.id)
        private = file.read_bytes()
        assert private not in database_bytes(session)
    container.notary.set_up(SYSTEM)  # a second time changes nothing
    assert len(list((tmp_path / "log-keys").iterdir())) == 1
    container.engine.database.dispose()


def run_init(container: Container) -> Result:
    ensure_ready(container)
    return run_command(container, "init")


def database_bytes(session: Session) -> bytes:
    rows = session.scalars(select(EventPayload.payload)).all()
    return b"".join(rows)


def test_the_old_key_signs_for_the_new_one_and_is_destroyed(world: World, notary: Notary) -> None:
    old = active(world)
    world.start()
    new = notary.rotate(SYSTEM)
    signed_by_old = newest(world)
    assert list(signatures(signed_by_old.note)) == [old]
    created = [e for e in world.rows(Event, stream_id="keys") if e.type == "LogKeyCreated"]
    assert hashes(world).index(created[-1].hash) < signed_by_old.size  # the new key is in what the old one signed
    assert active(world) == new and not notary.files.holds(old) and notary.files.holds(new)
    after = notary.up_to_date()
    assert after is not None and list(signatures(after.note)) == [new]
    assert faults(world) == []


def test_a_lost_key_is_told_and_replaced(world: World, notary: Notary) -> None:
    notary.files.destroy(active(world))
    world.start()
    with pytest.raises(KeyFileMissing):
        notary.make_pass()
    assert len(hashes(world)) == len(world.rows(Event))  # positions do not wait for a key
    told = run_command(world.container, "audit", "checkpoint")
    assert told.exit_code == 1 and "[proof.key_file_missing]" in told.stderr
    assert "THIẾU TỆP KHÓA" in run_command(world.container, "audit", "keys", "list").stdout
    assert run_command(world.container, "audit", "keys", "rotate").exit_code == 0
    assert run_command(world.container, "audit", "checkpoint").exit_code == 0


def test_a_stolen_key_is_revoked_with_its_reason_and_signs_no_more(world: World, notary: Notary) -> None:
    stolen = active(world)
    notary.up_to_date()
    done = run_command(world.container, "audit", "keys", "revoke", stolen, "--reason", "Máy chủ bị xâm nhập")
    assert done.exit_code == 0, done.output
    assert active(world) != stolen and not notary.files.holds(stolen)
    listed = run_command(world.container, "audit", "keys", "list").stdout
    assert "đã thu hồi" in listed and "Máy chủ bị xâm nhập" in listed
    [event] = [e for e in world.rows(Event, stream_id="keys") if e.type == "LogKeyRevoked"]
    assert event.seq == len(world.rows(Event, stream_id="keys")) - 1  # then comes the new key
    with pytest.raises(KeyIsRevoked):
        notary.revoke(stolen, "x", SYSTEM)
    with pytest.raises(KeyNotFound):
        notary.revoke("00000000", "x", SYSTEM)


def active(world: World) -> str:
    [key] = world.rows(LogKey, status="active")
    return str(key.id)


# The second body and the public ---------------------------------------------------------------------------------------


def test_each_checkpoint_reaches_the_second_body_once_as_it_was_signed(world: World) -> None:
    postmaster = Postmaster()
    with mail_server(postmaster) as server:
        errands = {**world.engine.ports.errands, **witness.errands(server, "luu-tru@example.vn")}
        engine = world.another_engine(errands=errands)
        announce = witness.announcer(world.clock, "luu-tru@example.vn")
        notary = replace(world.container.notary, announce=announce)
        notary.rotate(SYSTEM)
        postmaster.answers["luu-tru@example.vn"] = ["451 Later"]
        checkpoint = notary.up_to_date()
        assert checkpoint is not None
        engine.drain()
        assert postmaster.accepted == []
        world.clock.advance(timedelta(minutes=1))
        engine.drain()
        engine.drain()
    [letter] = [one for one in postmaster.accepted if f"checkpoint-{checkpoint.size}.txt" in one.as_string()]
    [attached] = letter.iter_attachments()
    assert attached.get_content() == checkpoint.note.encode()
    assert world.ask(witness.not_mailed) == 0


def test_without_a_second_body_nothing_is_queued(world: World, notary: Notary) -> None:
    notary.up_to_date()
    assert world.rows(OutboxMessage, topic=witness.TOPIC) == []


def test_checkpoints_and_keys_are_public_and_told_to_people(sqlite_world: World) -> None:
    notary = sqlite_world.container.notary
    with suppress(KeyFileMissing):
        notary.rotate(SYSTEM)
    checkpoint = notary.up_to_date()
    assert checkpoint is not None
    client = assemble(sqlite_world.container).test_client()
    for path in ("/checkpoint", f"/checkpoint/{checkpoint.size}"):
        answer = client.get(path)
        assert answer.status_code == 200 and answer.text == checkpoint.note
        assert answer.content_type == "text/plain; charset=utf-8"
    assert client.get(f"/checkpoint/{checkpoint.size + 1}").status_code == 404
    assert client.get(f"/checkpoint/{10**30}").status_code == 404
    told = client.get("/checkpoint/keys").text.splitlines()
    assert sorted(told) == sorted(str(key) for key in public_keys(sqlite_world))
    page = client.get("/checkpoint/history").text
    assert short_code(checkpoint.size, checkpoint.root) in page and "đang ký" in page


def test_cursors_and_nodes_are_as_many_as_they_must_be(world: World, notary: Notary) -> None:
    notary.sequence()
    size = world.rows(Log)[0].size
    assert sum(cursor.length for cursor in world.rows(LogCursor)) == size
    assert len(world.rows(LogNode)) == size - bin(size).count("1")  # inner nodes of full subtrees
