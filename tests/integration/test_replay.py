"""A case's log is run again: it agrees, and whatever was altered in log or version is found and named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from engine.commands import CancelCase
from engine.events.store import RecordedEvent
from engine.procedures.bundle import Bundle
from engine.procedures.versions import LoadedVersion
from engine.replay import AGREES, DIFFERS, NOT_COMPARABLE, Verdict, many, rerun
from engine.spiff.parser import parse
from engine.tables import Case
from tests.support.world import VERSIONS, World, run_command

Log = list[RecordedEvent]


@pytest.fixture
def case(sqlite_world: World) -> Case:
    """A case whose statement is late: forms, services, a decision table, papers sent and a timer lie behind it."""
    case_id = sqlite_world.stating()
    sqlite_world.clock.set(sqlite_world.clock.now() + timedelta(hours=25))
    sqlite_world.engine.drain()
    [found] = sqlite_world.rows(Case, id=case_id)
    assert isinstance(found, Case)
    return found


def version_of(world: World, case: Case) -> LoadedVersion:
    with world.engine.read() as session:
        return VERSIONS.get(session, case.version_hash)


def pinned(world: World, case: Case) -> Callable[[str], LoadedVersion]:
    """Gives the one version by which the case ran."""
    version = version_of(world, case)
    return lambda _: version


def test_an_untouched_history_agrees_from_first_to_last(sqlite_world: World, case: Case) -> None:
    history = sqlite_world.history(case.id)
    assert {"ServiceCompleted", "TimerFired", "DocumentDispatched"} <= {event.type for event in history}
    assert rerun(pinned(sqlite_world, case), history) == Verdict(AGREES, len(history))
    result = run_command(sqlite_world.container, "audit", "replay", case.code)
    assert (result.exit_code, "khớp" in result.output) == (0, True)


def test_a_cancelled_case_agrees_with_the_work_that_was_taken_away(sqlite_world: World, case: Case) -> None:
    head = sqlite_world.actor_of(f"ld.{case.lead_agency}")
    stop = CancelCase(case.id, "Tin đã được gỡ", "15/TB-SVHTTDL ngày 01/9/2026")
    sqlite_world.engine.execute(stop, actor=head, key="cancel")
    history = sqlite_world.history(case.id)
    assert [event.type for event in history][-1] == "CaseCancelled"
    assert "WorkItemCancelled" in {event.type for event in history}
    assert rerun(pinned(sqlite_world, case), history) == Verdict(AGREES, len(history))


def test_many_cases_are_run_again_by_several_processes_and_told_in_the_order_asked(
    sqlite_world: World, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "WORTH_PROCESSES", 1)
    fresh = sqlite_world.start().case_id
    asked = [fresh, case.id, fresh]
    verdicts = list(many.replay_many(sqlite_world.container.settings.database_url, asked))
    assert verdicts == [Verdict(AGREES, len(sqlite_world.history(id_))) for id_ in asked]
    assert verdicts[0] != verdicts[1]


def say(event: RecordedEvent, **changed: Any) -> RecordedEvent:
    return replace(event, payload={**(event.payload or {}), **changed})


def other_value(event: RecordedEvent) -> RecordedEvent:
    values: Mapping[str, Any] = (event.payload or {})["values"]
    return say(event, values={**values, "subject": "Tin khác"})


def other_result(event: RecordedEvent) -> RecordedEvent:
    result: Mapping[str, Any] = (event.payload or {})["result"]
    return say(event, result={name: f"{value}x" for name, value in result.items()})


def earlier(event: RecordedEvent) -> RecordedEvent:
    moment = event.envelope["recorded_at"] - timedelta(hours=2)
    return replace(event, envelope={**event.envelope, "recorded_at": moment})


def shorter_way(event: RecordedEvent) -> RecordedEvent:
    return say(event, path=(event.payload or {})["path"][1:])


def other_state(event: RecordedEvent) -> RecordedEvent:
    origin = {**event.envelope["origin"], "state_digest": "0" * 64}
    return replace(event, envelope={**event.envelope, "origin": origin})


def wrote_subject(event: RecordedEvent) -> bool:
    return "subject" in ((event.payload or {}).get("values") or {})


def used_result(event: RecordedEvent) -> bool:
    return event.type == "ServiceCompleted" and bool((event.payload or {})["outputs"])


@pytest.mark.parametrize(
    ("which", "alter", "what"),
    [
        (wrote_subject, other_value, "state"),
        (used_result, other_result, "outputs"),
        (lambda event: event.type == "TimerFired", earlier, "moment"),
        (lambda event: event.type == "WorkItemCompleted", shorter_way, "path"),
        (lambda event: event.type == "WorkItemClaimed", other_state, "state"),
    ],
)
def test_what_was_altered_in_the_log_is_named_with_both_values(
    sqlite_world: World,
    case: Case,
    which: Callable[[RecordedEvent], bool],
    alter: Callable[[RecordedEvent], RecordedEvent],
    what: str,
) -> None:
    history = sqlite_world.history(case.id)
    place = next(i for i, event in enumerate(history) if which(event))
    history[place] = alter(history[place])
    verdict = rerun(pinned(sqlite_world, case), history)
    assert verdict.answer == DIFFERS and verdict.difference is not None
    assert (verdict.difference.seq, verdict.difference.what) == (history[place].seq, what)
    assert verdict.difference.recorded != verdict.difference.replayed


def test_an_event_left_out_is_noticed_at_the_next_that_rests_on_it(sqlite_world: World, case: Case) -> None:
    history = sqlite_world.history(case.id)
    place = next(i for i, event in enumerate(history) if event.type == "WorkItemCompleted")
    verdict = rerun(pinned(sqlite_world, case), history[:place] + history[place + 1 :])
    assert verdict.difference is not None and verdict.difference.seq == history[place + 1].seq


def test_a_condition_altered_in_the_version_is_found_where_the_case_took_another_way(
    sqlite_world: World, case: Case
) -> None:
    version = version_of(sqlite_world, case)
    diagram = version.bundle.files["process.bpmn"].replace(b"statement_needed == 'yes'", b"statement_needed == 'no'")
    assert diagram != version.bundle.files["process.bpmn"]
    bundle = Bundle({**version.bundle.files, "process.bpmn": diagram})
    parts = {**version.parts, bundle.process.id: bundle}
    files = [(f"{part.id}/process.bpmn", part.diagram, part.process) for part in parts.values()]
    altered = LoadedVersion(version.hash, bundle, parts, parse(bundle.process.id, files))
    verdict = rerun(lambda _: altered, sqlite_world.history(case.id))
    assert verdict.answer == DIFFERS and verdict.difference is not None
    assert (verdict.difference.element, verdict.difference.what) == ("triage", "path")


def test_where_data_were_lawfully_deleted_nothing_is_claimed(sqlite_world: World, case: Case) -> None:
    history = [replace(e, payload=None) if wrote_subject(e) else e for e in sqlite_world.history(case.id)]
    verdict = rerun(pinned(sqlite_world, case), history)
    assert (verdict.answer, verdict.reason) == (NOT_COMPARABLE, "replay.payload_gone")
