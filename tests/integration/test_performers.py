"""Which agency a step goes to: an expression names it, or the role to which it is bound on that day."""

from __future__ import annotations

import pytest

from engine.tables import Incident, WorkItem
from tests.support.small import form, install, procedure, start, task
from tests.support.world import World


def asking(agency: str) -> tuple[str, ...]:
    return ("startEvent s", task("ask", agency=agency), "endEvent e")


@pytest.mark.parametrize(
    ("agency", "found", "role"),
    [
        ("'so-ngoai-vu'", "so-ngoai-vu", None),
        ("'role:POLICE'", "cong-an-tinh", "POLICE"),
        ("'role:' + body", "cong-an-tinh", "POLICE"),
    ],
)
def test_a_step_goes_to_the_agency_named_or_bound(
    sqlite_world: World, agency: str, found: str, role: str | None
) -> None:
    bundle = procedure("asking", asking(agency), ["s ask", "ask e"], forms={"note": form("note")})
    case_id = start(install(sqlite_world, bundle), "asking", "cv.so-vhttdl", body="POLICE").case_id
    [item] = sqlite_world.rows(WorkItem, case_id=case_id)
    assert (item.agency_id, item.role, item.binding_id is not None) == (found, role, role is not None)


def test_a_role_that_nobody_carries_is_an_incident(sqlite_world: World) -> None:
    bundle = procedure("asking", asking("'role:KING'"), ["s ask", "ask e"], forms={"note": form("note")})
    case_id = start(install(sqlite_world, bundle), "asking", "cv.so-vhttdl").case_id
    assert [one.element_id for one in sqlite_world.rows(Incident, case_id=case_id)] == ["ask"]
