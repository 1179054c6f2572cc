"""Stories of commands: who may do what, who is first, and that what is refused changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from engine.commands import (
    AssignWorkItem,
    CancelCase,
    ClaimWorkItem,
    Command,
    CompleteWorkItem,
    DeliverMessage,
    FireTimer,
    ReleaseWorkItem,
    RetryIncident,
    StartCase,
    WithdrawCase,
)
from engine.commands.case_run import CaseNotFound, CaseNotRunning, WorkItemClosed, WorkItemNotFound
from engine.commands.happenings import IncidentNotFound, MayNotRetry, OnlySystem
from engine.commands.lifecycle import MayNotCancel, MayNotStart, MayNotWithdraw, ReasonMissing
from engine.commands.work import (
    ClaimedByOther,
    NotClaimed,
    NotHead,
    Outdated,
    UnfitAssignee,
    WrongDuty,
)
from engine.core import Engine
from engine.errors import Conflict, InvalidForm, NotFound, Rejected
from engine.events.verify import verify
from engine.queries import cases, inbox, work_items
from engine.services import ServiceCall, Stream
from engine.tables import Case, Incident, WorkItem
from engine.unit_of_work import KeyReused, OpenItem, Receipt
from tests.support.world import (
    APPROVED,
    CHECKED,
    CLERK,
    COLLEAGUE,
    DETECTION,
    HEAD,
    PAPER,
    PROCEDURE,
    SPECIALIST,
    STRANGER,
    World,
    element_items,
)
from workflows.agencies.tables import RoleBinding

ADMINISTRATOR = "quantri"


def do(world: World, command: Command, user_name: str, key: str | None = None) -> Receipt:
    return world.engine.execute(command, actor=world.actor_of(user_name), key=key or str(uuid4()))


def refused(world: World, error: type[Rejected], command: Command, user_name: str, key: str | None = None) -> Rejected:
    """The command is refused with that error, and not one row of the store is different afterwards."""
    before = world.digest()
    with pytest.raises(error) as caught:
        do(world, command, user_name, key)
    assert type(caught.value) is error
    assert world.digest() == before
    return caught.value


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do all that in threads that begin at the same moment; results and errors in order."""
    gate = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        gate.wait()
        try:
            results[number] = act()
        except Rejected as error:
            results[number] = error

    threads = [threading.Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


# Sent twice -----------------------------------------------------------------------------------------------------------


def test_the_second_submit_with_one_key_gets_the_first_answer(world: World) -> None:
    item = world.detecting()
    first = do(world, CompleteWorkItem(item.id, DETECTION), SPECIALIST, "form-1")
    before = world.digest()
    assert do(world, CompleteWorkItem(item.id, DETECTION), SPECIALIST, "form-1") == first
    assert world.digest() == before


def test_two_submits_with_one_key_at_the_same_moment_get_one_answer(world: World) -> None:
    item = world.detecting()
    submit = CompleteWorkItem(item.id, DETECTION)
    answers = at_once(*[lambda: do(world, submit, SPECIALIST, "form-1")] * 4)
    assert isinstance(answers[0], Receipt)
    assert answers == [answers[0]] * 4
    assert [e.type for e in world.history(answers[0].case_id)].count("WorkItemCompleted") == 2
    assert world.faults() == []


def test_two_starts_with_one_key_at_the_same_moment_open_one_case(world: World) -> None:
    answers = at_once(*[lambda: do(world, StartCase(PROCEDURE), SPECIALIST, "start-1")] * 3)
    assert answers == [answers[0]] * 3
    assert len(world.rows(Case)) == 1


def test_a_second_submit_with_another_key_is_a_conflict(world: World) -> None:
    item = world.detecting()
    do(world, CompleteWorkItem(item.id, DETECTION), SPECIALIST)
    error = refused(world, WorkItemClosed, CompleteWorkItem(item.id, DETECTION), SPECIALIST)
    assert isinstance(error, Conflict) and error.params["name"]


def test_a_key_does_not_answer_another_command_nor_another_person(world: World) -> None:
    item = world.detecting()
    do(world, ReleaseWorkItem(item.id), SPECIALIST, "key")
    refused(world, KeyReused, ClaimWorkItem(item.id), SPECIALIST, "key")
    receipt = do(world, ClaimWorkItem(item.id), COLLEAGUE, "key")
    assert receipt.open_items[0].assignee_id == world.actor_of(COLLEAGUE).person_id


def test_cases_opened_at_the_same_moment_get_codes_without_gap(world: World) -> None:
    people = (SPECIALIST, COLLEAGUE, HEAD, STRANGER)
    at_once(*[partial(world.start, person) for person in people])
    assert sorted(case.code for case in world.rows(Case)) == [f"PB-26-000{n}" for n in (1, 2, 3, 4)]


# Who is first ---------------------------------------------------------------------------------------------------------


def test_who_saw_an_older_version_of_the_work_item_is_told(world: World) -> None:
    item = world.detecting()
    seen = world.rows(WorkItem, id=item.id)[0].lock_version
    do(world, ReleaseWorkItem(item.id), SPECIALIST)
    do(world, ClaimWorkItem(item.id), SPECIALIST)
    refused(world, Outdated, CompleteWorkItem(item.id, DETECTION, lock_version=seen), SPECIALIST)
    now = world.rows(WorkItem, id=item.id)[0].lock_version
    do(world, CompleteWorkItem(item.id, DETECTION, lock_version=now), SPECIALIST)


def test_of_two_who_claim_at_once_one_wins(world: World) -> None:
    item = world.detecting()
    do(world, ReleaseWorkItem(item.id), SPECIALIST)
    claims = at_once(*[partial(do, world, ClaimWorkItem(item.id), person) for person in (SPECIALIST, COLLEAGUE)])
    [loser] = [answer for answer in claims if isinstance(answer, Rejected)]
    [winner] = [answer for answer in claims if isinstance(answer, Receipt)]
    assert isinstance(loser, ClaimedByOther) and "Chuyên viên" in loser.params["assignee"]
    assert world.rows(WorkItem, id=item.id)[0].assignee_id == winner.open_items[0].assignee_id


def test_of_two_who_complete_at_once_one_wins(world: World) -> None:
    item = world.detecting()
    submits = at_once(*[lambda: do(world, CompleteWorkItem(item.id, DETECTION), SPECIALIST)] * 2)
    assert sorted(type(answer).__name__ for answer in submits) == ["Receipt", "WorkItemClosed"]


# Whose work it is -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("user_name", [STRANGER, "ld.so-noi-vu", "kiemtra", ADMINISTRATOR])
def test_the_work_of_another_agency_does_not_exist(world: World, user_name: str) -> None:
    item = world.detecting()
    mine = world.actor_of(user_name).person_id
    for command in (
        ClaimWorkItem(item.id),
        ReleaseWorkItem(item.id),
        AssignWorkItem(item.id, mine),
        CompleteWorkItem(item.id, DETECTION),
        ClaimWorkItem("no-such-item"),
    ):
        assert isinstance(refused(world, WorkItemNotFound, command, user_name), NotFound)


def test_no_query_shows_the_work_of_another_agency(world: World) -> None:
    item, stranger, engine = world.detecting(), world.actor_of(STRANGER), world.engine
    code = world.rows(Case)[0].code
    directory, versions, now = engine.ports.directory, engine.versions, world.clock.now()
    with engine.read() as session:
        assert inbox.page(session, stranger, directory, now=now) == []
        assert set(inbox.counts(session, stranger, now).values()) == {0}
        assert cases.find(session, stranger, versions, text=code) == []
        with pytest.raises(NotFound):
            cases.view(session, stranger, versions, directory, code)
        with pytest.raises(NotFound):
            work_items.view(session, stranger, versions, directory, item.id, now)


def test_a_duty_does_its_own_work_only_but_a_head_also_the_specialists(world: World) -> None:
    receipt = world.drafting()
    paper, other = element_items(receipt, "edit_paper")
    refused(world, WrongDuty, ClaimWorkItem(paper.id), CLERK)
    receipt = world.work(paper, HEAD, PAPER)
    [approval] = element_items(receipt, "approve_paper")
    refused(world, WrongDuty, ClaimWorkItem(approval.id), SPECIALIST)
    world.work(other, SPECIALIST, PAPER)


def test_work_is_completed_by_whoever_holds_it(world: World) -> None:
    item = world.detecting()
    refused(world, ClaimedByOther, CompleteWorkItem(item.id, DETECTION), COLLEAGUE)
    refused(world, ClaimedByOther, ReleaseWorkItem(item.id), COLLEAGUE)
    do(world, ReleaseWorkItem(item.id), SPECIALIST)
    refused(world, NotClaimed, CompleteWorkItem(item.id, DETECTION), SPECIALIST)
    refused(world, NotClaimed, ReleaseWorkItem(item.id), SPECIALIST)


def test_a_head_assigns_takes_away_and_releases(world: World) -> None:
    item = world.detecting()
    colleague = world.actor_of(COLLEAGUE).person_id
    refused(world, NotHead, AssignWorkItem(item.id, colleague), SPECIALIST)
    refused(world, UnfitAssignee, AssignWorkItem(item.id, world.actor_of(CLERK).person_id), HEAD)
    refused(world, UnfitAssignee, AssignWorkItem(item.id, world.actor_of(STRANGER).person_id), HEAD)
    refused(world, UnfitAssignee, AssignWorkItem(item.id, "nobody"), HEAD)
    assert do(world, AssignWorkItem(item.id, colleague), HEAD).open_items[0].assignee_id == colleague
    last = world.history(world.rows(Case)[0].id)[-1]
    assert last.type == "WorkItemAssigned" and last.payload is not None
    assert last.payload["previous_assignee_id"] == world.actor_of(SPECIALIST).person_id
    assert do(world, ReleaseWorkItem(item.id), HEAD).open_items[0].assignee_id is None
    world.work(item, COLLEAGUE, DETECTION)


def test_no_person_sends_messages_or_fires_timers(world: World) -> None:
    """However much a person may do: moments and messages come from the program alone."""
    item = world.detecting()
    with world.engine.read() as session:
        case_id = session.get_one(WorkItem, item.id).case_id
    refused(world, OnlySystem, DeliverMessage(case_id, "reply", "1"), ADMINISTRATOR)
    refused(world, OnlySystem, FireTimer("any"), ADMINISTRATOR)


def test_only_the_duties_that_the_procedure_names_open_a_case(world: World) -> None:
    refused(world, MayNotStart, StartCase(PROCEDURE), CLERK)
    refused(world, MayNotStart, StartCase(PROCEDURE), ADMINISTRATOR)


# Bad input ------------------------------------------------------------------------------------------------------------


def without(name: str) -> Mapping[str, Any]:
    return {key: value for key, value in DETECTION.items() if key != name}


@pytest.mark.parametrize(
    ("data", "field", "code"),
    [
        ({**DETECTION, "approved": "yes"}, "approved", "form.unknown_field"),
        (without("subject"), "subject", "form.required"),
        ({**DETECTION, "subject": "  "}, "subject", "form.required"),
        ({**DETECTION, "detected_at": "31/02/2026 10:00"}, "detected_at", "form.date"),
        ({**DETECTION, "subject": "x" * 100_000}, "subject", "form.too_long"),
        ({**DETECTION, "spread": "everywhere"}, "spread", "form.choice"),
        ({**DETECTION, "subject": ["a", "b"]}, "subject", "form."),
        ({**DETECTION, "detected_at": {"$gt": ""}}, "detected_at", "form."),
    ],
    ids=["unknown", "missing", "blank", "impossible-date", "too-long", "no-choice", "list-for-text", "object-for-date"],
)
def test_a_bad_form_is_told_by_field_and_changes_nothing(
    world: World, data: Mapping[str, Any], field: str, code: str
) -> None:
    item = world.detecting()
    error = refused(world, InvalidForm, CompleteWorkItem(item.id, data), SPECIALIST)
    assert isinstance(error, InvalidForm)
    assert list(error.fields) == [field]
    assert error.fields[field][0].code.startswith(code), error.fields


def test_the_key_of_a_refused_form_serves_the_corrected_one(world: World) -> None:
    item = world.detecting()
    refused(world, InvalidForm, CompleteWorkItem(item.id, {}), SPECIALIST, "form-1")
    do(world, CompleteWorkItem(item.id, DETECTION), SPECIALIST, "form-1")


# Cancelling -----------------------------------------------------------------------------------------------------------


def test_a_head_takes_a_case_back_with_a_reason_and_nothing_of_it_stays_open(world: World) -> None:
    receipt = world.drafting()
    refused(world, ReasonMissing, WithdrawCase(receipt.case_id, " "), HEAD)
    refused(world, MayNotCancel, CancelCase(receipt.case_id, "Trùng"), HEAD)
    refused(world, MayNotWithdraw, WithdrawCase(receipt.case_id, "Trùng"), COLLEAGUE)
    refused(world, CaseNotFound, WithdrawCase(receipt.case_id, "Trùng"), "ld.so-noi-vu")
    assert do(world, WithdrawCase(receipt.case_id, "Trùng vụ việc khác"), HEAD).open_items == ()
    case = world.rows(Case)[0]
    assert (case.status, case.outcome) == ("cancelled", None)
    assert {item.status for item in world.rows(WorkItem)} == {"done", "cancelled"}
    assert world.history(case.id)[-1].payload == {"reason": "Trùng vụ việc khác"}
    refused(world, CaseNotRunning, WithdrawCase(receipt.case_id, "Lần nữa"), HEAD)
    refused(world, WorkItemClosed, ClaimWorkItem(receipt.open_items[0].id), SPECIALIST)


# Failures inside ------------------------------------------------------------------------------------------------------


class Flaky:
    """A service that writes, sends and records, then fails until it is told to stop failing."""

    def __init__(self, world: World, name: str, error: Exception) -> None:
        self.real, self.error, self.failing = world.engine.ports.services[name], error, True
        self.engine: Engine = world.another_engine(services={**world.engine.ports.services, name: self})

    def __call__(self, call: ServiceCall) -> Mapping[str, Any]:
        if not self.failing:
            return self.real(call)
        call.record("HalfDone", {})
        call.send("documents.dispatch", {"document_id": "half-done"})
        call.session.execute(update(Case).values(title="half done"))
        raise self.error


def test_a_failing_service_is_a_visible_incident_and_leaves_nothing_half_done(world: World) -> None:
    flaky = Flaky(world, "documents.draft", ZeroDivisionError("nửa chừng"))
    item = world.detecting()

    receipt = world.work(item, SPECIALIST, DETECTION, flaky.engine)

    assert element_items(receipt, "edit_paper") == []
    first = world.rows(Incident, status="open")[0]
    assert (first.element_id, first.code) == ("draft_paper", "service.failed")
    assert "nửa chừng" in first.params["why"] and first.params["service"] == "documents.draft"
    assert first.next_retry_at == world.clock.now() + timedelta(minutes=1)
    types = [event.type for event in world.history(receipt.case_id)]
    assert "HalfDone" not in types and types.count("IncidentOpened") == 2
    assert world.rows(Case)[0].title == DETECTION["subject"]
    assert world.engine.due_messages() == []
    with world.engine.read() as session:
        view = cases.view(
            session, world.actor_of(SPECIALIST), world.engine.versions, world.engine.ports.directory, receipt.case_code
        )
        assert len(view.incidents) == 2


def test_an_incident_is_retried_later_and_later_until_it_succeeds(world: World) -> None:
    flaky = Flaky(world, "documents.draft", ZeroDivisionError())
    receipt = world.work(world.detecting(), SPECIALIST, DETECTION, flaky.engine)
    waits = []
    for _ in range(3):
        incident = world.rows(Incident)[0]
        waits.append(incident.next_retry_at - world.clock.now())
        flaky.engine.retry_due_incidents()
        assert world.rows(Incident)[0].attempts == incident.attempts  # not before its time
        world.clock.set(incident.next_retry_at)
        flaky.engine.retry_due_incidents()
    assert waits == [timedelta(minutes=m) for m in (1, 2, 4)]

    flaky.failing = False
    world.clock.advance(timedelta(minutes=8))
    flaky.engine.retry_due_incidents()

    assert {incident.status for incident in world.rows(Incident)} == {"resolved"}
    assert len(world.rows(WorkItem, case_id=receipt.case_id, element_id="edit_paper")) == 2
    assert world.faults() == []


def test_an_administrator_retries_an_incident_and_nobody_else_does(world: World) -> None:
    flaky = Flaky(world, "documents.draft", ZeroDivisionError())
    world.work(world.detecting(), SPECIALIST, DETECTION, flaky.engine)
    incident = world.rows(Incident)[0]
    refused(world, MayNotRetry, RetryIncident(incident.id), SPECIALIST)
    receipt = do(world, RetryIncident(incident.id), ADMINISTRATOR)
    assert len(element_items(receipt, "edit_paper")) == 1
    refused(world, IncidentNotFound, RetryIncident(incident.id), ADMINISTRATOR)


def test_a_retried_service_acts_for_the_person_whose_step_it_completes(world: World) -> None:
    # Given an approval whose binding failed after the head had given it
    flaky = Flaky(world, "documents.approve", ZeroDivisionError())
    receipt = world.drafting()
    receipt = world.work(element_items(receipt, "edit_paper")[0], SPECIALIST, PAPER)
    world.work(element_items(receipt, "approve_paper")[0], HEAD, APPROVED, flaky.engine)
    # When the system tries again
    flaky.failing = False
    world.clock.advance(timedelta(minutes=1))
    flaky.engine.retry_due_incidents()
    # Then the document is approved by the head, although the system asked
    assert world.rows(Incident, status="open") == []
    [approved] = [e for e in world.history(receipt.case_id) if e.type == "ServiceCompleted"][-1:]
    assert approved.payload is not None
    assert approved.payload["service"] == "documents.approve"
    assert approved.payload["result"]["approved_by"] == world.actor_of(HEAD).person_id


def test_an_incident_whose_step_is_over_is_resolved_with_it(world: World) -> None:
    receipt = world.drafting()
    item = world.rows(WorkItem, id=receipt.open_items[0].id)[0]
    with world.engine.transaction() as session:
        session.add(
            Incident(
                id="late",
                case_id=receipt.case_id,
                token=item.token,
                element_id=item.element_id,
                code="deadline.unknown_rule",
                params={},
                status="open",
                created_at=world.clock.now(),
                next_retry_at=world.clock.now() + timedelta(days=9),
            )
        )
    world.work(receipt.open_items[0], SPECIALIST, PAPER)
    assert world.rows(Incident)[0].status == "resolved"


def test_one_case_that_cannot_be_retried_does_not_stop_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given two cases with an incident each, the first of which breaks every retry
    flaky = Flaky(world, "documents.draft", ZeroDivisionError())
    for _ in range(2):
        world.work(world.detecting(), SPECIALIST, DETECTION, flaky.engine)
    incidents = sorted(world.rows(Incident), key=lambda i: i.next_retry_at)
    broken = incidents[0].case_id
    real = flaky.engine._system

    def breaks(command: Command) -> bool:
        if isinstance(command, RetryIncident) and any(
            i.id == command.incident_id and i.case_id == broken for i in incidents
        ):
            raise ZeroDivisionError
        return real(command)

    monkeypatch.setattr(flaky.engine, "_system", breaks)
    flaky.failing = False
    world.clock.advance(timedelta(minutes=1))
    # When the due incidents are retried
    flaky.engine.retry_due_incidents()
    # Then the other case goes on, and the broken one waits for its next turn
    assert {i.status for i in world.rows(Incident) if i.case_id != broken} == {"resolved"}
    assert {i.next_retry_at for i in world.rows(Incident, case_id=broken)} == {world.clock.now() + timedelta(hours=1)}


def test_a_role_that_nobody_carries_is_an_incident_until_somebody_does(world: World) -> None:
    # Given that from a day on nobody carries the office's role
    receipt = world.numbered(world.drafting())
    with world.engine.transaction() as session:
        bindings = session.scalars(select(RoleBinding).where(RoleBinding.role == "PPC_OFFICE")).all()
        ends = {row.id: row.valid_to for row in bindings}
        for row in bindings:
            row.valid_to = world.clock.now().date() - timedelta(days=1)
    # When the case reaches the office
    world.engine.drain()
    # Then it waits with an incident that names the role
    incident = world.incident(receipt.case_id)
    assert (incident.code, incident.params["role"]) == ("agency.missing_binding", "PPC_OFFICE")
    # And goes on once the role is bound again
    with world.engine.transaction() as session:
        for row in session.scalars(select(RoleBinding).where(RoleBinding.role == "PPC_OFFICE")):
            row.valid_to = ends[row.id]
    done = do(world, RetryIncident(incident.id), ADMINISTRATOR)
    assert [item.agency_id for item in done.open_items] == ["vp-ubnd-tinh"]


def test_a_service_that_refuses_refuses_the_command(world: World) -> None:
    # Given a paper whose approval a diagram wrongly gives to a specialist
    receipt = world.drafting()
    receipt = world.work(element_items(receipt, "edit_paper")[0], SPECIALIST, PAPER)
    item: OpenItem = element_items(receipt, "approve_paper")[0]
    with world.engine.transaction() as session:
        session.execute(update(WorkItem).where(WorkItem.id == item.id).values(duty="specialist"))
    do(world, ClaimWorkItem(item.id), SPECIALIST)
    # When the specialist approves, the document service refuses, and so nothing is approved
    before = world.digest()
    with pytest.raises(Rejected) as caught:
        do(world, CompleteWorkItem(item.id, APPROVED), SPECIALIST)
    assert caught.value.code.startswith("document.")
    assert world.digest() == before


def test_a_case_worked_by_several_people_keeps_a_whole_chain(world: World) -> None:
    receipt = world.numbered(world.drafting())
    world.engine.drain()
    with world.engine.read() as session:
        assert list(verify(session, Stream("case", receipt.case_id))) == []
    numbers = [event.seq for event in world.history(receipt.case_id)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert CHECKED  # the clerk's declaration is part of the way
