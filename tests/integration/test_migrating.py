"""A running case is put onto another version: what is open follows, what happened stays, and the log agrees."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from engine.commands import CorrectWorkItem, MigrateCase, SuspendCase
from engine.commands.case_run import CaseSuspended
from engine.commands.lifecycle import ReasonMissing
from engine.commands.migrating import BadTarget, Blocked, MayNotMigrate
from engine.procedures.bundle import Bundle
from engine.replay import AGREES, replay
from engine.tables import AwaitedMessage, Case, Timer, WorkItem
from tests.support.letters import OWNER, TIMER, asked, dated, latest, letter, soon
from tests.support.small import (
    complete,
    done_item,
    execute,
    form,
    happened,
    install,
    open_items,
    procedure,
    start,
    task,
)
from tests.support.world import HEAD, SPECIALIST, World


def required(form_: dict[str, Any]) -> dict[str, Any]:
    return {**form_, "fields": [{**field, "required": True} for field in form_["fields"]]}


@pytest.fixture
def world(sqlite_world: World) -> World:
    return sqlite_world


def migrate(world: World, case_id: str, bundle: Bundle, who: str = OWNER, **mapping: str) -> None:
    """Publish the bundle and put the case onto it."""
    install(world, bundle)
    command = MigrateCase(case_id, latest(world, bundle.id), mapping, "Nghị định mới")
    world.engine.execute(command, actor=world.actor_of(who), key=str(uuid4()))


def obstacles(world: World, case_id: str, bundle: Bundle, **mapping: str) -> list[str]:
    """Why the case may not be put onto the bundle; nothing of it is changed then."""
    install(world, bundle)
    before = world.digest()
    command = MigrateCase(case_id, latest(world, bundle.id), mapping, "Nghị định mới")
    with pytest.raises(Blocked) as refused:
        world.engine.execute(command, actor=world.actor_of(OWNER), key=str(uuid4()))
    assert world.digest() == before
    return [f"{one.code} {one.element_id}".removeprefix("migration.") for one in refused.value.obstacles]


def agrees(world: World, case_id: str) -> None:
    """The log is whole and agrees with what a second run makes of it."""
    assert world.faults() == []
    with world.engine.read() as session:
        verdict = replay(session, world.engine.versions, session.get_one(Case, case_id))
    assert (verdict.answer, verdict.difference) == (AGREES, None)


def item(world: World, case_id: str, element: str) -> WorkItem:
    [found] = [one for one in world.rows(WorkItem, case_id=case_id, element_id=element) if one.status != "done"]
    assert isinstance(found, WorkItem)
    return found


def said(world: World, case_id: str) -> Mapping[str, Any]:
    """What the event of the migration says."""
    [event] = [one for one in world.history(case_id) if one.type == "CaseMigrated"]
    return event.payload or {}


def test_a_shorter_limit_moves_the_open_work_and_the_case_goes_on_by_the_new_version(world: World) -> None:
    """Given open work with 48 hours, when the version has 24, then the same work is due earlier, on record."""
    case_id = asked(world)
    before = item(world, case_id, "answer")
    world.clock.set(world.clock.now() + timedelta(hours=3))
    migrate(world, case_id, letter(24))
    after = item(world, case_id, "answer")
    assert (after.id, after.token) == (before.id, before.token)
    assert before.due_at and after.due_at == before.due_at - timedelta(hours=24)
    assert happened(world, case_id)[-2:] == ["CaseMigrated", "DeadlineRecomputed"]
    [changed] = said(world, case_id)["changed"]
    assert changed["target_id"] == after.id and list(changed["changes"]) == ["due_at"]
    complete(world, case_id, "answer", SPECIALIST, reply="Vì thế.")
    complete(world, case_id, "close", SPECIALIST, note="xong")
    assert world.rows(Case, id=case_id)[0].status == "ended"
    agrees(world, case_id)


def test_an_element_with_another_id_needs_a_mapping_and_then_goes_on_under_it(world: World) -> None:
    """Given an element that got another id, then without a mapping the case stays, and with one its work follows."""
    case_id = asked(world)
    other = letter(element="reply_to_it")
    assert obstacles(world, case_id, other) == ["gone answer"]
    migrate(world, case_id, other, answer="reply_to_it")
    assert set(open_items(world, case_id)) == {"reply_to_it"}
    complete(world, case_id, "reply_to_it", SPECIALIST, reply="Vì thế.")
    assert set(open_items(world, case_id)) == {"close"}
    agrees(world, case_id)


def test_a_changed_form_alone_is_shown_at_once_and_what_was_said_stays_with_its_form(world: World) -> None:
    """Given forms with more fields, when the case follows, then open work asks them, and done work reads as before."""
    case_id = asked(world)
    more = letter(ask=required(form("question", "who")), answer=form("reply", "copy"))
    migrate(world, case_id, more)
    assert said(world, case_id)["changed"][0]["changes"] == {"form_content": ["answer", "answer"]}
    complete(world, case_id, "answer", SPECIALIST, reply="Vì thế.", copy="một bản")
    correction = CorrectWorkItem(done_item(world, case_id, "ask"), {"question": "Tại sao?"}, "gõ nhầm")
    execute(world, correction, SPECIALIST)  # the form of its day asks for no `who`
    agrees(world, case_id)


def test_a_field_that_became_something_else_keeps_the_cases_that_filled_it_in(world: World) -> None:
    case_id = asked(world)
    assert obstacles(world, case_id, letter(ask=form("question:integer"))) == ["field question"]


def test_what_later_steps_read_must_be_there(world: World) -> None:
    """Given a version that asks for something at a step behind the case, and reads it later, then the case stays."""
    case_id = asked(world)
    reads = letter(ask=form("question", "place"), close=form("note"))
    reading = reads.files["forms/close.json"].replace(b'"prefill": "note"', b'"prefill": "place"')
    reads = Bundle({**reads.files, "forms/close.json": reading})
    assert obstacles(world, case_id, reads) == ["variable place"]


def test_a_case_whose_step_is_of_another_kind_stays(world: World) -> None:
    case_id = asked(world)
    other = procedure(
        "letter",
        ["startEvent s", task("ask", "ask"), f"intermediateCatchEvent answer {TIMER.format('P1D')}", "endEvent e"],
        ["s ask", "ask answer", "answer e"],
        forms={"ask": form("question")},
    )
    assert obstacles(world, case_id, other) == ["kind answer"]


def test_a_case_that_stands_still_stays(world: World) -> None:
    install(world, letter())
    case_id = start(world, "letter", "cv.so-vhttdl").case_id
    execute(world, SuspendCase(case_id, "chờ"), "ld.so-vhttdl")
    with pytest.raises(CaseSuspended):
        migrate(world, case_id, letter(24))


def test_only_owners_of_procedures_may_and_only_with_a_reason_onto_a_version_of_the_same(world: World) -> None:
    case_id = asked(world)
    for who in (SPECIALIST, HEAD, "kiemtra", "quantri"):
        with pytest.raises(MayNotMigrate):
            migrate(world, case_id, letter(24), who)
    owner, here = world.actor_of(OWNER), world.rows(Case, id=case_id)[0].version_hash
    for hash_ in (here, latest(world, "incident-rebuttal")):
        with pytest.raises(BadTarget):
            world.engine.execute(MigrateCase(case_id, hash_, {}, "x"), actor=owner, key=str(uuid4()))
    with pytest.raises(ReasonMissing):
        world.engine.execute(MigrateCase(case_id, latest(world, "letter"), {}, " "), actor=owner, key=str(uuid4()))


def test_the_same_key_migrates_once(world: World) -> None:
    case_id = asked(world)
    install(world, letter(24))
    command, owner = MigrateCase(case_id, latest(world, "letter"), {}, "x"), world.actor_of(OWNER)
    first = world.engine.execute(command, actor=owner, key="one")
    assert world.engine.execute(command, actor=owner, key="one") == first
    assert happened(world, case_id).count("CaseMigrated") == 1


def guarded(duration: str) -> Bundle:
    """The letter with a reminder at the border of its answer."""
    return procedure(
        "letter",
        [
            "startEvent s",
            task("ask", "ask"),
            dated("answer", "answer"),
            f'boundaryEvent late attachedToRef="answer" cancelActivity="false"{TIMER.format(duration)}',
            *(task("urge", "close"), "endEvent u"),
            *(task("close", "close"), "endEvent e"),
        ],
        ["s ask", "ask answer", "answer close", "close e", "late urge", "urge u"],
        forms={"ask": form("question"), "answer": form("reply"), "close": form("note")},
        deadlines=soon(48),
    )


def test_an_event_new_at_the_border_of_open_work_begins_to_wait_and_one_that_is_gone_waits_no_more(
    world: World,
) -> None:
    """Given open work, when a version puts a timer at its border, then it runs, fires, and falls away with the next."""
    case_id = asked(world)
    migrate(world, case_id, guarded("P1D"))
    assert said(world, case_id)["added"] == ["late"]
    [timer] = world.rows(Timer, case_id=case_id, status="waiting")
    assert timer.due_at == world.clock.now() + timedelta(days=1)
    other = start(world, "letter", SPECIALIST).case_id
    complete(world, other, "ask", SPECIALIST, question="Vì sao?")
    migrate(world, other, letter(24))
    assert world.rows(Timer, case_id=other)[0].status == "cancelled"
    world.clock.set(world.clock.now() + timedelta(hours=25))
    world.engine.drain()
    assert set(open_items(world, case_id)) == {"answer", "urge"}
    complete(world, case_id, "urge", SPECIALIST, note="giục")
    complete(world, case_id, "answer", SPECIALIST, reply="Vì thế.")
    complete(world, other, "answer", SPECIALIST, reply="Vì thế.")
    for one in (case_id, other):
        assert set(open_items(world, one)) == {"close"}
        agrees(world, one)


def test_a_timer_whose_duration_changed_comes_when_it_would_have_come(world: World) -> None:
    install(world, guarded("P3D"))
    case_id = start(world, "letter", SPECIALIST).case_id
    complete(world, case_id, "ask", SPECIALIST, question="Vì sao?")
    began = world.clock.now()
    world.clock.set(began + timedelta(days=1))
    migrate(world, case_id, guarded("P2D"))
    [timer] = world.rows(Timer, case_id=case_id)
    assert timer.due_at == began + timedelta(days=2)
    world.clock.set(began + timedelta(days=2, minutes=1))
    world.engine.drain()
    assert "urge" in open_items(world, case_id)
    agrees(world, case_id)


def consulting(*branches: str) -> Bundle:
    """All branches at once, then a summary."""
    return procedure(
        "letter",
        [
            "startEvent s",
            "parallelGateway split",
            *(task(branch, "ask") for branch in branches),
            "parallelGateway join",
            task("sum_up", "ask"),
            "endEvent e",
        ],
        ["s split", *(f"split {b}" for b in branches), *(f"{b} join" for b in branches), "join sum_up", "sum_up e"],
        forms={"ask": form("question")},
    )


def test_a_branch_added_behind_a_case_would_be_waited_for_without_end_so_the_case_stays(world: World) -> None:
    """Given a case inside a split, when the version has one branch more, then it stays; before the split it may go."""
    install(world, consulting("culture", "health"))
    case_id = start(world, "letter", SPECIALIST).case_id
    assert obstacles(world, case_id, consulting("culture", "health", "police")) == ["meeting_changed join"]
    complete(world, case_id, "culture", SPECIALIST, question="x")
    assert obstacles(world, case_id, consulting("culture", "health", "police")) == ["meeting_changed join"]
    complete(world, case_id, "health", SPECIALIST, question="x")
    migrate(world, case_id, consulting("culture", "health", "police"))
    assert set(open_items(world, case_id)) == {"sum_up"}
    agrees(world, case_id)


def test_half_arrived_tokens_go_along_where_the_branches_are_the_same(world: World) -> None:
    install(world, consulting("culture", "health"))
    case_id = start(world, "letter", SPECIALIST).case_id
    complete(world, case_id, "culture", SPECIALIST, question="x")
    migrate(world, case_id, consulting("culture_2", "health"), culture="culture_2")
    complete(world, case_id, "health", SPECIALIST, question="x")
    assert set(open_items(world, case_id)) == {"sum_up"}
    agrees(world, case_id)


def shared(question: str = "look", *, hours: int = 10) -> Bundle:
    bundle = procedure(
        "look-up",
        ["startEvent s", dated(question, "ask"), "endEvent e"],
        [f"s {question}", f"{question} e"],
        forms={"ask": form("found")},
        deadlines=soon(hours),
    )
    description = b"id: look-up\nkind: shared\ntitle: {vi: T, en: T}\ninputs:\n  topic: {vi: T, en: T}\n"
    return Bundle({**bundle.files, "procedure.yaml": description})


def calling(note: str = "") -> Bundle:
    ins = '<bpmn:extensionElements><ph:input name="topic" value="question"/><ph:output name="got" value="found"/>'
    call = f'callActivity call calledElement="look_up"{ins}</bpmn:extensionElements>'
    return procedure(
        "letter",
        ["startEvent s", task("ask", "ask"), call, task("close", "close"), "endEvent e"],
        ["s ask", "ask call", "call close", "close e"],
        forms={"ask": form("question"), "close": form("note")},
        more=f"uses: [look-up]\n{note}",
    )


def test_what_stands_inside_a_called_process_follows_into_the_new_shared_part(world: World) -> None:
    """Given a case inside a shared part, when that got another element and limit, then the work in it follows."""
    install(world, shared(), calling())
    case_id = start(world, "letter", SPECIALIST).case_id
    complete(world, case_id, "ask", SPECIALIST, question="Vì sao?")
    before = item(world, case_id, "look")
    install(world, shared("look_again", hours=4))
    migrate(world, case_id, calling("# anew\n"), **{"look_up/look": "look_again"})
    after = item(world, case_id, "look_again")
    assert before.due_at and after.id == before.id and after.due_at == before.due_at - timedelta(hours=6)
    complete(world, case_id, "look_again", SPECIALIST, found="đây")
    assert set(open_items(world, case_id)) == {"close"}
    agrees(world, case_id)


def several(output: str = "results") -> Bundle:
    runs = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>['a', 'b', 'c']</bpmn:loopDataInputRef>"
        f"<bpmn:loopDataOutputRef>{output}</bpmn:loopDataOutputRef>"
        '<bpmn:inputDataItem id="i" name="one"/><bpmn:outputDataItem id="o" name="opinion"/>'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    consult = task("consult", "opinion").replace("</bpmn:extensionElements>", f"</bpmn:extensionElements>{runs}")
    return procedure(
        "letter",
        ["startEvent s", consult, task("close", "close"), "endEvent e"],
        ["s consult", "consult close", "close e"],
        forms={"opinion": form("opinion"), "close": form("note")},
    )


def test_several_runs_go_on_and_are_collected_by_the_new_version(world: World) -> None:
    install(world, several())
    case_id = start(world, "letter", SPECIALIST).case_id
    complete(world, case_id, "consult", SPECIALIST, opinion="một")
    migrate(world, case_id, several("opinions"))
    for text in ("hai", "ba"):
        complete(world, case_id, "consult", SPECIALIST, opinion=text)
    complete(world, case_id, "close", SPECIALIST, note="xong")
    agrees(world, case_id)


def incoming(form_: str, rule_hours: int) -> Bundle:
    extension = (
        '<bpmn:extensionElements><ph:deadline rule="soon"/><ph:correlation key="case.code"/>'
        f'<ph:incoming form="{form_}" duty="clerk" agency="case.initiator_agency"/></bpmn:extensionElements>'
    )
    return procedure(
        "letter",
        ["startEvent s", f'receiveTask hear messageRef="m"{extension}', "endEvent e"],
        ["s hear", "hear e"],
        forms={"paper": form("said"), "sheet": form("said", "more")},
        extra='<bpmn:message id="m" name="answered"/>',
        deadlines=soon(rule_hours),
    )


def test_an_awaited_message_follows_with_its_form_and_its_limit(world: World) -> None:
    install(world, incoming("paper", 48))
    case_id = start(world, "letter", SPECIALIST).case_id
    [before] = world.rows(AwaitedMessage, case_id=case_id)
    migrate(world, case_id, incoming("sheet", 24))
    [after] = world.rows(AwaitedMessage, case_id=case_id)
    assert (after.id, after.form, after.status) == (before.id, "sheet", "waiting")
    assert after.due_at == before.due_at - timedelta(hours=24)
    agrees(world, case_id)


def test_work_goes_to_whom_the_new_version_gives_it(world: World) -> None:
    """Given claimed work of a specialist, when the version gives it to the head, then it is the head's, unclaimed."""
    case_id = asked(world)
    files = letter().files
    given = files["process.bpmn"].replace(b'form="answer"', b'form="answer" duty="head"')
    assert given != files["process.bpmn"]
    migrate(world, case_id, Bundle({**files, "process.bpmn": given}))
    found = item(world, case_id, "answer")
    assert (found.duty, found.assignee_id, found.status) == ("head", None, "open")
    complete(world, case_id, "answer", HEAD, reply="Vì thế.")
    agrees(world, case_id)
