"""Stories of the log: complete from the first event, append-only, and whatever is altered afterwards is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from engine import canonical
from engine.events import guards
from engine.events.envelope import GENESIS, commitment
from engine.tables import Case, Event, EventPayload, EventStream
from tests.support.world import DETECTION, SPECIALIST, World, run_command

TAMPERED = 3


@pytest.fixture
def log(world: World) -> Log:
    """A store with two cases, and a database shell at hand."""
    world.drafting()
    world.start()
    return Log(world)


@dataclass
class Log:
    """The first case's chain as somebody at the database's own shell sees it."""

    world: World

    @property
    def case(self) -> Case:
        case = self.world.ask(lambda session: session.query(Case).order_by(Case.code).first())
        assert isinstance(case, Case)
        return case

    def verify(self, *args: str) -> Result:
        """`flask --app web audit verify …`"""
        return run_command(self.world.container, "audit", "verify", *args)

    def shell(self, *statements: str) -> None:
        """Run statements with the triggers dropped, as whoever owns the database can."""
        with self.world.engine.database.begin() as connection:
            for drop in self._drops(connection):
                connection.execute(text(drop))
            for statement in statements:
                connection.execute(text(statement), {"case": self.case.id, "seq": TAMPERED})

    def _drops(self, connection: Connection) -> Sequence[str]:
        on = " ON {table}" if connection.dialect.name == "postgresql" else ""
        names = [(table, operation.lower()) for table, ops in guards.GUARDED.items() for operation in ops]
        return [f"DROP TRIGGER {table}_no_{operation}{on.format(table=table)}" for table, operation in names]


EVENT = "stream_kind = 'case' AND stream_id = :case AND seq = :seq"
PAYLOAD = f"event_hash = (SELECT hash FROM events WHERE {EVENT})"


def test_every_envelope_says_who_when_where_and_by_which_version(log: Log) -> None:
    world = log.world
    history = world.history(log.case.id)
    specialist, previous = world.actor_of(SPECIALIST), GENESIS
    for number, event in enumerate(history, 1):
        envelope = event.envelope
        assert envelope["format"] == 1
        assert (envelope["seq"], envelope["type"], envelope["previous_hash"]) == (number, event.type, previous)
        assert envelope["stream"] == {"kind": "case", "id": log.case.id}
        assert envelope["recorded_at"] == envelope["occurred_at"] == world.clock.now()
        assert envelope["actor"]["person_id"] == specialist.person_id
        assert envelope["actor"]["name"] == specialist.name
        assert envelope["actor"]["agency_id"] == "so-ngoai-vu"
        assert envelope["actor"]["duties"] == sorted(specialist.duties)
        origin = envelope["origin"]
        assert origin["version_hash"] == log.case.version_hash
        assert len(origin["state_digest"]) == 64 and len(origin["command_id"]) == 36
        assert bool(origin["element_id"]) == (event.type != "CaseStarted")
        assert bool(origin["element_id"]) == (origin["occurrence"] > 0)
        previous = event.hash
    assert history[0].type == "CaseStarted"
    [completed] = [
        e for e in history if e.type == "WorkItemCompleted" and e.envelope["origin"]["element_id"] == "detect"
    ]
    assert completed.payload is not None and completed.payload["values"]["subject"] == DETECTION["subject"]


def test_hashes_can_be_recomputed_from_what_is_stored(log: Log) -> None:
    payloads = {row.event_hash: row for row in log.world.rows(EventPayload)}
    for event in log.world.rows(Event):
        content = payloads[event.hash]
        envelope = canonical.loads(event.envelope)
        assert canonical.digest(event.envelope) == event.hash
        assert canonical.dumps(envelope) == event.envelope
        assert commitment(content.salt, content.payload) == envelope["payload_digest"]
        assert b"Vi\xe1\xbb\x87t" not in event.envelope  # what was said lies in the payload only


def test_the_salts_differ_so_that_a_deleted_payload_cannot_be_guessed(log: Log) -> None:
    salts = [row.salt for row in log.world.rows(EventPayload)]
    assert len(set(salts)) == len(salts) and {len(salt) for salt in salts} == {16}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET type = 'Other'",
        f"UPDATE events SET envelope = envelope WHERE {EVENT}",
        f"DELETE FROM events WHERE {EVENT}",
        f"UPDATE event_payloads SET payload = payload WHERE {PAYLOAD}",
    ],
)
def test_the_database_itself_refuses_to_change_the_log(log: Log, statement: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), log.world.engine.database.begin() as connection:
        connection.execute(text(statement), {"case": log.case.id, "seq": TAMPERED})
    assert log.world.faults() == []


def test_whole_chains_are_confirmed(log: Log) -> None:
    result = log.verify("--all")
    assert (result.exit_code, result.stderr) == (0, "")
    kinds = {row.kind for row in log.world.rows(EventStream)}
    assert {"case", "config", "procedure"} <= kinds
    assert str(len(log.world.rows(EventStream))) in result.stdout
    assert log.verify(log.case.code.lower()).exit_code == 0


def test_an_unknown_case_code_is_told(log: Log) -> None:
    result = log.verify("PB-99-0001")
    assert result.exit_code == 1 and "case.not_found" in result.stderr


FLIPPED = {
    "sqlite": "CAST(substr({0}, 1, 40) || char(unicode(substr({0}, 41, 1)) + 1) || substr({0}, 42) AS BLOB)",
    "postgresql": "set_byte({0}, 40, get_byte({0}, 40) # 1)",
}
REPLACED = {  # what a person types first; on SQLite it leaves text where bytes were
    "sqlite": "replace({0}, '{1}', '{2}')",
    "postgresql": "convert_to(replace(convert_from({0}, 'UTF8'), '{1}', '{2}'), 'UTF8')",
}
TAMPERING: dict[str, tuple[str, str, int]] = {
    "envelope": (f"UPDATE events SET envelope = {{flip_envelope}} WHERE {EVENT}", "audit.envelope_altered", TAMPERED),
    "envelope as text": (
        f"UPDATE events SET envelope = {{replace_envelope}} WHERE {EVENT}",
        "audit.envelope_altered",
        TAMPERED,
    ),
    "hash": (
        f"UPDATE events SET hash = CASE WHEN hash LIKE '0%' THEN '1' ELSE '0' END || substr(hash, 2) WHERE {EVENT}",
        "audit.envelope_altered",
        TAMPERED,
    ),
    "payload": (
        f"UPDATE event_payloads SET payload = {{replace_payload}} WHERE {PAYLOAD}",
        "audit.payload_altered",
        TAMPERED,
    ),
    "salt": (f"UPDATE event_payloads SET salt = payload WHERE {PAYLOAD}", "audit.payload_altered", TAMPERED),
    "type": (f"UPDATE events SET type = type || 'x' WHERE {EVENT}", "audit.columns_altered", TAMPERED),
    "moment": (f"UPDATE events SET recorded_at = '2025-01-01' WHERE {EVENT}", "audit.columns_altered", TAMPERED),
    "payload gone": (f"DELETE FROM event_payloads WHERE {PAYLOAD}", "audit.payload_missing", TAMPERED),
}


def prepared(log: Log, statement: str) -> str:
    kind = log.world.engine.database.dialect.name
    return (
        statement.format(
            flip_envelope=FLIPPED[kind].format("envelope"),
            replace_envelope=REPLACED[kind].format("envelope", "so-ngoai-vu", "so-noi-vu"),
            replace_payload=REPLACED[kind].format("payload", "work_item_id", "work_item_ie"),
        )
        .replace("'{", "'")
        .replace("}'", "'")
    )


@pytest.mark.parametrize("what", TAMPERING)
def test_one_changed_value_is_named_with_its_case_and_event(log: Log, what: str) -> None:
    statement, code, seq = TAMPERING[what]
    unbind = () if what != "hash" else unbound(log)
    log.shell(*unbind, prepared(log, statement))
    result = log.verify("--all")
    assert result.exit_code == 1
    named = [line for line in result.stdout.splitlines() if f"[{code}]" in line]
    assert named and named[0].startswith(f"Vụ việc {log.case.code}, sự kiện {seq} ("), result.output
    assert "mã audit." not in result.stdout  # every fault has its sentence
    second = log.world.rows(Case, code="PB-26-0002")[0]
    assert log.verify(second.code).exit_code == 0  # the other case's chain is whole


def unbound(log: Log) -> Sequence[str]:
    """Payloads refer to hashes: the payload of the event goes first, as an intruder would have to do."""
    return (f"DELETE FROM event_payloads WHERE {PAYLOAD}",)


def test_text_that_is_no_moment_is_a_fault_and_not_a_failure(log: Log) -> None:
    if log.world.engine.database.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps its columns' types by itself")
    log.shell(f"UPDATE events SET recorded_at = 'O' || substr(recorded_at, 2) WHERE {EVENT}")
    result = log.verify("--all")
    assert result.exit_code == 1 and f"{log.case.code}, sự kiện {TAMPERED} " in result.stdout


def test_a_deleted_event_is_missed_by_the_next_one(log: Log) -> None:
    log.shell(*unbound(log), f"DELETE FROM events WHERE {EVENT}")
    result = log.verify("--all")
    assert result.exit_code == 1
    assert f"Vụ việc {log.case.code}, sự kiện {TAMPERED + 1} " in result.stdout
    assert "[audit.event_missing]" in result.stdout and "[audit.link_broken]" in result.stdout


def test_a_tail_that_was_cut_off_is_missed_by_the_head(log: Log) -> None:
    after = "stream_kind = 'case' AND stream_id = :case AND seq > :seq"
    log.shell(
        f"DELETE FROM event_payloads WHERE event_hash IN (SELECT hash FROM events WHERE {after})",
        f"DELETE FROM events WHERE {after}",
    )
    result = log.verify("--all")
    assert result.exit_code == 1
    assert f"Vụ việc {log.case.code}, sự kiện {TAMPERED} " in result.stdout and "[audit.head_differs]" in result.stdout


def test_a_chain_that_was_removed_whole_or_lost_its_head_is_named(log: Log) -> None:
    everything = "stream_kind = 'case' AND stream_id = :case"
    log.shell(
        f"DELETE FROM event_payloads WHERE event_hash IN (SELECT hash FROM events WHERE {everything})",
        f"DELETE FROM events WHERE {everything}",
        "DELETE FROM event_streams WHERE kind = 'config'",
    )
    result = log.verify("--all")
    assert result.exit_code == 1
    assert f"Vụ việc {log.case.code}, sự kiện 0 " in result.stdout
    assert "Chuỗi config/" in result.stdout


def test_a_rewritten_event_with_a_fitting_hash_breaks_the_link_behind_it(log: Log) -> None:
    """Who knows how hashes are made would have to rewrite everything that follows."""
    [event] = [e for e in log.world.rows(Event, stream_id=log.case.id) if e.seq == TAMPERED]
    forged = canonical.dumps({**canonical.loads(event.envelope), "type": "Forged"})
    new: dict[str, Any] = {"envelope": forged, "hash": canonical.digest(forged), "old": event.hash}
    log.shell(*unbound(log))
    with log.world.engine.database.begin() as connection:
        connection.execute(text("UPDATE events SET envelope = :envelope, hash = :hash WHERE hash = :old"), new)
    result = log.verify("--all")
    assert result.exit_code == 1
    assert f"{log.case.code}, sự kiện {TAMPERED + 1} " in result.stdout and "[audit.link_broken]" in result.stdout


def test_an_event_that_is_no_json_is_a_fault_and_not_a_failure(log: Log) -> None:
    [event] = [e for e in log.world.rows(Event, stream_id=log.case.id) if e.seq == TAMPERED]
    new: dict[str, Any] = {"envelope": b"{", "hash": canonical.digest(b"{"), "old": event.hash}
    log.shell(*unbound(log))
    with log.world.engine.database.begin() as connection:
        connection.execute(text("UPDATE events SET envelope = :envelope, hash = :hash WHERE hash = :old"), new)
    result = log.verify("--all")
    assert result.exit_code == 1 and f"{log.case.code}, sự kiện {TAMPERED} " in result.stdout
    assert not isinstance(result.exception, Exception)
