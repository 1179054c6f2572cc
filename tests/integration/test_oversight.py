"""Oversight: what came due, who was late, and who may know it; on both databases."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest

from engine.clock import local_date
from engine.errors import NotFound
from tests.support.web import Office
from tests.support.world import DETECTION, HEAD, SPECIALIST, STRANGER, World
from web.oversight.tables import Column, Table, as_csv
from workflows.oversight import overdue
from workflows.oversight.scope import Scope, scope_of

AUDITOR, LEAD = "kiemtra", "so-ngoai-vu"


def scope(world: World, user_name: str = AUDITOR, **chosen: str) -> Scope:
    return scope_of(world.actor_of(user_name), world.clock.now(), **chosen)  # type: ignore[arg-type]


def counts(world: World, by: str = overdue.AGENCY, asked: Scope | None = None) -> dict[tuple[str, ...], overdue.Count]:
    return {one.key: one for one in world.ask(lambda s: overdue.counts(s, asked or scope(world), by))}


def items(world: World, asked: Scope | None = None, **wanted: str) -> list[overdue.Item]:
    found: list[overdue.Item] = world.ask(lambda s: overdue.items(s, asked or scope(world), limit=100, **wanted))  # type: ignore[arg-type]
    return found


def test_work_is_overdue_from_its_deadline_on_and_late_once_it_was_done_after_it(world: World) -> None:
    """Given a case whose detection is due, when it is left for a month and then done, then it is told as that."""
    item = world.detecting()
    assert counts(world) == {}

    world.clock.advance(timedelta(days=30))
    [before] = items(world, state=overdue.OPEN)
    assert (before.element_id, before.agency_id, before.ended_at) == (item.element_id, LEAD, None)
    assert counts(world)[(LEAD,)].open == 1
    assert counts(world, overdue.STEP)[("incident-rebuttal", item.element_id)].open == 1

    world.work(item, SPECIALIST, DETECTION)
    assert items(world, state=overdue.OPEN, step=item.element_id) == []
    [after] = items(world, state=overdue.LATE)
    assert after.ended_at == world.clock.now() and after.due_at == before.due_at
    assert counts(world, overdue.PROCEDURE)[("incident-rebuttal",)].late == 1


def test_the_period_is_that_of_the_deadline_and_days_count_as_in_vietnam(world: World) -> None:
    world.detecting()
    world.clock.advance(timedelta(days=30))
    [item] = items(world)
    day = local_date(item.due_at)
    for since, until, found in ((day, day, 1), (day + timedelta(1), None, 0), (None, day - timedelta(1), 0)):
        asked = scope_of(world.actor_of(AUDITOR), world.clock.now(), since=since, until=until)
        assert len(items(world, asked)) == found


def test_a_head_oversees_the_own_agency_and_a_specialist_nothing(world: World) -> None:
    """Given overdue work of one agency, then its head sees it, another head does not, and nobody else may ask."""
    world.detecting()
    world.clock.advance(timedelta(days=30))
    assert len(items(world, scope(world, HEAD))) == 1
    assert items(world, scope(world, "ld.so-noi-vu")) == []
    assert len(items(world, scope(world, HEAD, agency="so-noi-vu"))) == 1  # still the own agency
    for stranger in (SPECIALIST, STRANGER, "quytrinh", "quantri"):
        with pytest.raises(NotFound):
            scope(world, stranger)


def test_an_auditor_finds_the_overdue_rebuttal_on_the_page_and_takes_it_along_as_a_file(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.browser("cv.so-ngoai-vu").start_detection()
    office.clock.advance(timedelta(days=30))
    auditor = office.browser("kiemtra")
    path = "/giam-sat/qua-han?quy_trinh=incident-rebuttal&tinh_trang=open"

    page = auditor.open(path)
    assert page.status_code == 200
    assert 'href="/vu-viec/PB-26-0001"' in page.text and 'href="/vu-viec/PB-26-0001/dien-lai"' in page.text
    assert "PB-26-0001" not in auditor.open("/giam-sat/qua-han?quy_trinh=annual-plan").text

    file = auditor.open(path.replace("qua-han?", "qua-han.csv?bang=viec&"))
    [_header, line] = csv.reader(io.StringIO(file.data.decode("utf-8-sig")))
    assert line[0] == "PB-26-0001"
    assert auditor.open(path.replace("qua-han?", "qua-han.xlsx?")).data.startswith(b"PK")


def test_a_day_that_is_none_changes_nothing_and_stays_in_its_field(tmp_path: Path) -> None:
    page = Office(tmp_path).browser("kiemtra").open("/giam-sat/qua-han?tu=31/02/2026&den=01/03/2026")
    assert page.status_code == 400
    assert 'value="31/02/2026"' in page.text


def test_what_begins_like_a_formula_is_no_formula_in_the_file() -> None:
    table = Table("x", "X", [Column("A")], [["=1+1"], [3]])
    assert list(csv.reader(io.StringIO(as_csv(table).decode("utf-8-sig")))) == [["A"], ["'=1+1"], ["3"]]
