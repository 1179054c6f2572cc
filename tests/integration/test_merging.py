"""Cases about the same matter are merged: one ends and points to the other, which takes over who took part."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from engine.commands import WithdrawCase
from engine.errors import InvalidForm
from engine.tables import Case, CaseAgency, CaseLink, Incident
from tests.support.small import complete, execute, form, install, open_items, payload, procedure, start, task
from tests.support.world import World

MESSAGES = '<bpmn:message id="yes" name="case-merged"/><bpmn:message id="no" name="merge-refused"/>'


def heard(message: str) -> str:
    return (
        '<bpmn:extensionElements><ph:correlation key="merge_id"/></bpmn:extensionElements>'
        f'<bpmn:messageEventDefinition messageRef="{message}"/>'
    )


ASK = (
    '<bpmn:extensionElements><ph:service name="cases.merge_into"><ph:input name="code" value="other"/>'
    '<ph:input name="reason" value="\'cùng vụ\'"/><ph:output name="merge_id" value="merge_id"/></ph:service>'
    "</bpmn:extensionElements>"
)
WORKED = (
    '<bpmn:extensionElements><ph:service name="results.participants">'
    '<ph:output name="participants" value="participants"/></ph:service></bpmn:extensionElements>'
)
MATTER = procedure(
    "matter",
    [
        "startEvent s",
        task("report"),
        task("receive", form="receive", agency="'vp-ubnd-tinh'"),
        "exclusiveGateway same",
        f"serviceTask ask {ASK}",
        "eventBasedGateway answer",
        f"intermediateCatchEvent merged {heard('yes')}",
        f"intermediateCatchEvent refused {heard('no')}",
        task("work", agency="'so-noi-vu'"),
        f"serviceTask tell {WORKED}",
        "endEvent done",
        "endEvent away",
    ],
    [
        "s report",
        "report receive",
        "receive same",
        "same ask other != ''",
        "same work default",
        "ask answer",
        "answer merged",
        "answer refused",
        "merged away",
        "refused receive",
        "work tell",
        "tell done",
    ],
    forms={"note": form("note"), "receive": form("other:case")},
    extra=MESSAGES,
)
OFFICE, WORKER = "cv.vp-ubnd-tinh", "cv.so-noi-vu"


@pytest.fixture
def office(world: World) -> World:
    """Given a procedure whose reports are received by an office that may merge them."""
    return install(world, MATTER)


def reported(world: World, user_name: str) -> tuple[str, str]:
    """(id, code) of a case that waits for the office."""
    receipt = start(world, "matter", user_name)
    complete(world, receipt.case_id, "report", user_name, note="thấy tin sai")
    return receipt.case_id, receipt.case_code


def merge(world: World, case_id: str, code: str) -> None:
    complete(world, case_id, "receive", OFFICE, other=code)


@contextmanager
def nothing_is_delivered(world: World) -> Iterator[None]:
    """What is asked meanwhile waits in the outbox."""
    with pytest.MonkeyPatch.context() as held:
        held.setattr(type(world.engine), "drain", lambda engine: None)
        yield


def statuses(world: World, case_ids: Sequence[str]) -> list[str]:
    with world.engine.read() as session:
        found = {row.id: row.status for row in session.scalars(select(Case))}
    return [found[case_id] for case_id in case_ids]


def finish(world: World, case_id: str) -> Sequence[str]:
    """Bring a case to its end; returns who must be told the result."""
    if "receive" in open_items(world, case_id):
        complete(world, case_id, "receive", OFFICE)
    complete(world, case_id, "work", WORKER, note="xong")
    told = [event.payload for event in world.history(case_id) if event.type == "ServiceCompleted"]
    return list((told[-1] or {})["result"]["participants"])


def test_the_merged_case_ends_and_its_agencies_take_part_in_the_other(office: World) -> None:
    first, code = reported(office, "cv.so-ngoai-vu")
    second, second_code = reported(office, "cv.cong-an-tinh")
    merge(office, second, f"{code.lower()} – Tin sai")
    assert statuses(office, [first, second]) == ["running", "ended"]
    assert payload(office, second, "CaseMerged")["other_code"] == code
    taken = payload(office, first, "CaseTakenIn")
    assert (taken["other_code"], taken["agencies"]) == (second_code, ["cong-an-tinh", "vp-ubnd-tinh"])
    [link] = office.rows(CaseLink)
    assert (link.case_id, link.other_id, link.kind, link.reason) == (second, first, "merged", "cùng vụ")
    assert office.rows(CaseAgency, case_id=first, agency_id="cong-an-tinh") != []
    assert "cong-an-tinh" in finish(office, first)
    assert (office.faults(), office.rows(Incident)) == ([], [])


def test_what_was_merged_earlier_goes_along(office: World) -> None:
    first, first_code = reported(office, "cv.so-ngoai-vu")
    second, second_code = reported(office, "cv.cong-an-tinh")
    third, _ = reported(office, "cv.so-tai-chinh")
    merge(office, third, second_code)
    merge(office, second, first_code)
    assert statuses(office, [first, second, third]) == ["running", "ended", "ended"]
    assert {"so-ngoai-vu", "cong-an-tinh", "so-tai-chinh"} <= set(finish(office, first))


def test_a_case_that_ended_meanwhile_refuses_and_the_office_decides_again(office: World) -> None:
    first, code = reported(office, "cv.so-ngoai-vu")
    second, _ = reported(office, "cv.cong-an-tinh")
    with nothing_is_delivered(office):
        merge(office, second, code)
        execute(office, WithdrawCase(first, "trùng"), "ld.so-ngoai-vu")
    office.engine.drain()
    assert (statuses(office, [first, second]), list(open_items(office, second))) == (
        ["cancelled", "running"],
        ["receive"],
    )
    assert (payload(office, second, "MergeRefused")["other_code"], office.rows(CaseLink)) == (code, [])
    assert finish(office, second) == ["cong-an-tinh", "vp-ubnd-tinh", "so-noi-vu"]


def test_two_cases_that_are_merged_into_each_other_both_go_on(office: World) -> None:
    (first, first_code), (second, second_code) = reported(office, "cv.so-ngoai-vu"), reported(office, "cv.cong-an-tinh")
    with nothing_is_delivered(office):
        merge(office, first, second_code)
        merge(office, second, first_code)
    office.engine.drain()
    assert statuses(office, [first, second]) == ["running", "running"]
    assert [list(open_items(office, one)) for one in (first, second)] == [["receive"], ["receive"]]
    assert office.rows(CaseLink) == []


def test_what_is_asked_of_a_case_that_was_merged_itself_goes_to_its_heir(office: World) -> None:
    first, first_code = reported(office, "cv.so-ngoai-vu")
    second, second_code = reported(office, "cv.cong-an-tinh")
    third, _ = reported(office, "cv.so-tai-chinh")
    with nothing_is_delivered(office):
        merge(office, third, second_code)
        [late] = office.engine.due_messages()
        merge(office, second, first_code)
        while earlier := [message for message in office.engine.due_messages() if message != late]:
            assert [office.engine.consume(message) for message in earlier]
    office.engine.drain()
    assert statuses(office, [first, second, third]) == ["running", "ended", "ended"]
    assert payload(office, third, "CaseMerged")["other_code"] == first_code
    assert "so-tai-chinh" in finish(office, first)


def test_only_another_running_case_of_the_procedure_that_the_office_sees_can_be_named(office: World) -> None:
    second, own = reported(office, "cv.cong-an-tinh")
    unseen = start(office, "matter", "cv.so-tai-chinh")
    ended, ended_code = reported(office, "cv.so-tai-chinh")
    finish(office, ended)
    other_procedure = office.start("cv.vp-ubnd-tinh").case_code
    for code, error in (
        ("PB-99-0001", "form.case"),
        (unseen.case_code, "form.case"),
        (other_procedure, "form.case"),
        (own, "form.case_itself"),
        (ended_code, "form.case_ended"),
    ):
        with pytest.raises(InvalidForm) as refused:
            merge(office, second, code)
        assert [one.code for one in refused.value.fields["other"]] == [error]
    assert list(open_items(office, second)) == ["receive"]
