"""Stories of the operator whose procedures met a failure: seeing it and having it tried again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.services import ServiceCall
from engine.tables import Incident
from tests.support.world import DETECTION, SPECIALIST, World, run_command


class Repairable:
    """The drafting of papers: out of order until it is repaired."""

    def __init__(self, world: World) -> None:
        ports = world.engine.ports
        self.real, self.broken = ports.services["documents.draft"], True
        world.engine.ports = replace(ports, services={**ports.services, "documents.draft": self})

    def __call__(self, call: ServiceCall) -> Mapping[str, Any]:
        if self.broken:
            raise ZeroDivisionError("hết giấy")
        return self.real(call)


@pytest.fixture
def world(sqlite_world: World) -> World:
    """The command line does not know which database it works on: the smaller one will do."""
    return sqlite_world


def test_without_failures_nothing_is_listed(world: World) -> None:
    result = run_command(world.container, "incidents", "list")
    assert result.exit_code == 0 and result.stdout.splitlines() == ["Không có trục trặc nào đang chờ."]


def test_an_incident_is_listed_with_its_cause_and_retried_by_hand(world: World) -> None:
    # Given a case whose two papers could not be drafted
    drafting = Repairable(world)
    receipt = world.work(world.detecting(), SPECIALIST, DETECTION)
    first, second = sorted(world.rows(Incident), key=lambda incident: incident.id)
    # When the operator looks
    listed = run_command(world.container, "incidents", "list").stdout
    # Then case, step, cause, attempts and the next try are told
    assert first.id in listed and second.id in listed and listed.count(receipt.case_code) == 2
    assert "Lập bản thảo theo mẫu" in listed and "hết giấy" in listed and "[service.failed]" in listed
    assert "đã thử 1 lần; lần thử tới: 01/09/2026 08:01" in listed and "2 trục trặc đang chờ." in listed

    # When it is tried again too early, then after the repair
    early = run_command(world.container, "incidents", "retry", first.id)
    drafting.broken = False
    repaired = run_command(world.container, "incidents", "retry", first.id)
    # Then the first try fails visibly and the second one helps, that incident alone
    assert early.exit_code == 1 and "hết giấy" in early.stderr
    assert repaired.exit_code == 0 and receipt.case_code in repaired.stdout
    assert [incident.id for incident in world.rows(Incident, status="open")] == [second.id]
    assert world.faults() == []


def test_an_incident_that_nobody_knows_is_refused(world: World) -> None:
    result = run_command(world.container, "incidents", "retry", "khong-co")
    assert result.exit_code == 1 and "[incident.not_found]" in result.stderr
