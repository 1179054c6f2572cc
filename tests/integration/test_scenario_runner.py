"""The scenario runner on the real engine: a true scenario passes, an untrue expectation is named with its step."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.actors import Actor
from engine.clock import ManualClock, local_date
from engine.core import Engine
from web import bootstrap
from web.wiring import PROCEDURES, build
from workflows.agencies.queries import actor_for_account
from workflows.scenarios import run_scenario

PROCEDURE = "incident-rebuttal"
FIRST = PROCEDURES / PROCEDURE / "scenarios" / "03-kenh-mat.yaml"
LONG = PROCEDURES / PROCEDURE / "scenarios" / "09-qua-han.yaml"
START = datetime(2026, 8, 1, tzinfo=UTC)


class World:
    """A demo store with the shipped procedures, and its people by user name."""

    def __init__(self, folder: Path) -> None:
        self.container = build({"DATA_DIR": str(folder)}, ManualClock(START))
        self.engine: Engine = self.container.engine
        bootstrap.ensure_ready(self.container, with_cases=False)

    def actor_of(self, user_name: str) -> Actor:
        with self.container.read() as session:
            return actor_for_account(session, user_name, local_date(self.engine.clock.now()), channel="scenario")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = World(tmp_path_factory.mktemp("scenarios"))
    yield world
    world.engine.database.dispose()


def _read(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def test_a_true_scenario_passes_with_its_path(world: World) -> None:
    result = run_scenario(world.engine, world.actor_of, PROCEDURE, FIRST)
    assert result.failures == ()
    assert result.ok
    assert (result.outcome, result.path) == ("CHUYEN_KENH_MAT", ("secrecy",))


def test_timers_fire_at_their_own_moment_while_time_passes(world: World) -> None:
    result = run_scenario(world.engine, world.actor_of, PROCEDURE, LONG)
    assert result.failures == ()
    assert "urge_statement" in result.path


def test_a_changed_outcome_is_named_as_the_end(world: World) -> None:
    changed = _read(FIRST)
    changed["expect"]["outcome"] = "KHONG_SAI"
    failure = run_scenario(world.engine, world.actor_of, PROCEDURE, changed).failures[0]
    assert (failure.step, failure.what) == (-1, "outcome")
    assert (failure.expected, failure.came) == ("KHONG_SAI", "CHUYEN_KENH_MAT")


def test_a_changed_expectation_names_its_step(world: World) -> None:
    changed = _read(LONG)
    changed["steps"] = deepcopy(changed["steps"][:2])
    changed["steps"][0]["expect"] = {"open": ["triage"], "due": {"detect": "2026-09-01 08:00"}}
    changed["expect"] = {"documents": [{"type": "QĐ", "from": "ubnd-tinh", "to": []}]}
    failures = run_scenario(world.engine, world.actor_of, PROCEDURE, changed).failures
    assert [(failure.step, failure.element, failure.what) for failure in failures] == [
        (0, "secrecy", "open"),
        (0, "secrecy", "due"),
        (-1, "end", "documents"),
    ]


@pytest.mark.parametrize(
    ("change", "what", "came"),
    [
        ({"data": {"secret": "maybe"}}, "command", "form.invalid"),
        ({"do": "triage"}, "open", "secrecy"),
        ({"by": "cv.so-tai-chinh"}, "command", "not_found"),
        ({"by": "nobody"}, "command", "account"),
    ],
)
def test_a_refused_step_ends_the_run_and_says_why(world: World, change: dict[str, Any], what: str, came: str) -> None:
    changed = _read(FIRST)
    changed["steps"][0] |= change
    result = run_scenario(world.engine, world.actor_of, PROCEDURE, changed)
    assert [(failure.step, failure.what) for failure in result.failures] == [(0, what)]
    assert came in result.failures[0].came
    assert result.outcome is None


def test_a_child_that_was_never_started_stops_the_run(world: World) -> None:
    """Given a step about a child case that does not exist, then it is no step about the scenario's own case."""
    source = _read(FIRST)
    source["steps"][0]["child"] = "nobody"
    [failure, *_] = run_scenario(world.engine, world.actor_of, PROCEDURE, source).failures
    assert (failure.step, failure.what, failure.expected) == (0, "child", "nobody")
