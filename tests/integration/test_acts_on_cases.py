"""What officers do beside completing steps: answers on paper, corrections, sending back, standing still, withdrawal."""

from __future__ import annotations

from datetime import timedelta

import pytest

from engine.commands import (
    CancelCase,
    ClaimWorkItem,
    Command,
    CompleteWorkItem,
    CorrectWorkItem,
    RecordAnswer,
    ResumeCase,
    ReturnStep,
    SuspendCase,
    Upload,
    WithdrawCase,
)
from engine.commands.case_run import CaseNotFound, CaseNotRunning, CaseSuspended, WorkItemClosed, WorkItemNotFound
from engine.commands.correction import MayNotCorrect, NotDone, NothingChanged, Overwritten, ScopeGone
from engine.commands.lifecycle import (
    MayNotCancel,
    MayNotWithdraw,
    NoticeOwed,
    OthersTookPart,
    ReasonMissing,
)
from engine.commands.recording import BadDocument, MayNotRecordAnswer, NotOnPaper
from engine.commands.returning import NothingBefore, NoWayBack
from engine.commands.standstill import MayNotSuspend, NotSuspended
from engine.commands.work import NotClaimed
from engine.errors import DefinitionError, InvalidForm, Rejected
from engine.queries import inbox, work_items
from engine.tables import Attachment, Case, Timer, WorkItem
from tests.support.small import (
    complete,
    done_item,
    execute,
    form,
    happened,
    install,
    open_items,
    payload,
    procedure,
    start,
    task,
)
from tests.support.world import World
from workflows.scenarios import load_scenario, run_scenario

TIMER = "<bpmn:timerEventDefinition><bpmn:timeDuration>P2D</bpmn:timeDuration></bpmn:timerEventDefinition>"
REVIEW = procedure(
    "review",
    [
        "startEvent s",
        task("draft", "draft"),
        "exclusiveGateway serious",
        task("check", agency="case.lead_agency"),
        task("opinion", "opinion", agency="asked", paper="true"),
        f'boundaryEvent remind cancelActivity="false" attachedToRef="opinion"{TIMER}',
        task("urge"),
        task("conclude", agency="case.lead_agency"),
        "endEvent e1",
        "endEvent e2",
    ],
    [
        "s draft",
        "draft serious",
        "serious check level == 'high'",
        "serious opinion default",
        "check opinion",
        "opinion conclude",
        "conclude e1",
        "remind urge",
        "urge e2",
    ],
    forms={"draft": form("subject", "level", "files:attachments"), "note": form("note"), "opinion": form("answer")},
    more="case_title: subject\n",
)
INITIATOR, HEAD, CLERK = "cv.so-ngoai-vu", "ld.so-ngoai-vu", "vt.so-ngoai-vu"
ASKED, ASKED_CLERK = "cv.so-noi-vu", "vt.so-noi-vu"
LEAD, LEAD_HEAD, LEAD_CLERK = "cv.so-vhttdl", "ld.so-vhttdl", "vt.so-vhttdl"


@pytest.fixture
def office(world: World) -> World:
    """Given a procedure of Sở VHTTDL that Sở Ngoại vụ may begin and on which Sở Nội vụ gives an opinion."""
    return install(world, REVIEW)


def begun(office: World) -> str:
    return start(office, "review", INITIATOR, asked="so-noi-vu").case_id


def drafted(office: World, level: str = "low") -> str:
    case_id = begun(office)
    complete(office, case_id, "draft", INITIATOR, subject="Cầu Việt Trì", level=level)
    return case_id


def item(office: World, case_id: str, element: str) -> str:
    return open_items(office, case_id)[element].id


def claimed(office: World, case_id: str, element: str, user: str) -> str:
    found = item(office, case_id, element)
    execute(office, ClaimWorkItem(found), user)
    return found


def asked(office: World) -> str:
    """A case that the lead has checked and on which Sở Nội vụ gives its opinion."""
    case_id = drafted(office, "high")
    complete(office, case_id, "check", LEAD, note="Đã xem")
    return case_id


def refused(office: World, error: type[Rejected], command: Command, user: str) -> None:
    before = office.digest()
    with pytest.raises(error) as caught:
        execute(office, command, user)
    assert type(caught.value) is error
    assert office.digest() == before


# Answers on paper ----------------------------------------------------------------------------------------------------


def letter(office: World, case_id: str, **changes: object) -> RecordAnswer:
    scan = Upload("cv12.txt", "text/plain", "Sở Nội vụ đồng ý".encode())
    about = {"data": {"answer": "Đồng ý"}, "symbol": "12/SNV-VP", "dated_on": "2026-08-31", "scan": [scan]}
    return RecordAnswer(item(office, case_id, "opinion"), **{**about, **changes})  # type: ignore[arg-type]


def test_a_clerk_of_the_lead_records_the_answer_of_another_agency_which_then_counts_as_taking_part(
    office: World,
) -> None:
    case_id = asked(office)
    execute(office, letter(office, case_id), LEAD_CLERK)
    assert list(open_items(office, case_id)) == ["conclude"]
    told = payload(office, case_id, "AnswerRecorded")
    assert (told["agency_id"], told["symbol"], told["dated_on"]) == ("so-noi-vu", "12/SNV-VP", "2026-08-31")
    [file] = office.rows(Attachment, case_id=case_id)
    assert (file.field, file.filename, file.work_item_id) == ("scan", "cv12.txt", told["work_item_id"])
    [event] = [event for event in office.history(case_id) if event.type == "AnswerRecorded"]
    assert event.envelope["actor"]["agency_id"] == "so-vhttdl"
    with pytest.raises(NoticeOwed) as owed:
        execute(office, CancelCase(case_id, "Không cần nữa"), LEAD_HEAD)
    assert owed.value.params["agencies"] == "Sở Ngoại vụ; Sở Nội vụ"


def test_who_may_not_record_an_answer_or_tells_it_wrongly_changes_nothing(office: World) -> None:
    case_id = asked(office)
    refused(office, MayNotRecordAnswer, letter(office, case_id), LEAD)
    refused(office, MayNotRecordAnswer, letter(office, case_id), CLERK)
    refused(office, WorkItemNotFound, letter(office, case_id), "vt.so-tai-chinh")
    refused(office, BadDocument, letter(office, case_id, symbol=" "), ASKED_CLERK)
    refused(office, BadDocument, letter(office, case_id, dated_on="2026-09-02"), ASKED_CLERK)
    refused(office, BadDocument, letter(office, case_id, dated_on="31/08/2026"), ASKED_CLERK)
    refused(office, InvalidForm, letter(office, case_id, data={"verdict": "x"}), ASKED_CLERK)
    marked = Upload("a.txt", "text/plain", b"T\xe1\xbb\x90I M\xe1\xba\xacT")
    refused(office, InvalidForm, letter(office, case_id, scan=[marked]), ASKED_CLERK)
    command = letter(office, case_id)
    execute(office, command, ASKED_CLERK)
    refused(office, WorkItemClosed, command, ASKED_CLERK)


def test_what_the_diagram_does_not_open_to_paper_is_not_recorded_for_another(office: World) -> None:
    case_id = drafted(office, "high")
    command = RecordAnswer(item(office, case_id, "check"), {"note": "x"}, "1/A", "2026-08-31")
    refused(office, NotOnPaper, command, LEAD_CLERK)


# Correction ----------------------------------------------------------------------------------------------------------


def test_a_correction_holds_from_now_on_and_names_the_steps_that_had_read_the_old_value(office: World) -> None:
    case_id = asked(office)
    done = done_item(office, case_id, "draft")
    correction = CorrectWorkItem(done, {"subject": "Cầu Phong Châu", "level": "low"}, "Nhầm tên cầu")
    execute(office, correction, INITIATOR)
    told = payload(office, case_id, "WorkItemCorrected")
    assert told["before"] == {"subject": "Cầu Việt Trì", "level": "high"}
    assert told["after"] == {"subject": "Cầu Phong Châu", "level": "low"}
    assert told["used_by"] == ["serious"]
    assert office.rows(Case, id=case_id)[0].title == "Cầu Phong Châu"
    assert list(open_items(office, case_id)) == ["opinion"]
    refused(office, NothingChanged, CorrectWorkItem(done, {"subject": "Cầu Phong Châu", "level": "low"}, "x"), HEAD)
    execute(office, CorrectWorkItem(done, {"subject": "Cầu Đoan Hùng", "level": "low"}, "Nhầm nữa"), HEAD)
    assert payload(office, case_id, "WorkItemCorrected")["before"] == {"subject": "Cầu Phong Châu"}
    assert office.faults() == []


def test_files_handed_in_stay_and_further_ones_are_added(office: World) -> None:
    case_id = begun(office)
    first, second = Upload("a.txt", "text/plain", b"a"), Upload("b.txt", "text/plain", b"b")
    data = {"subject": "Cầu", "level": "low"}
    draft = claimed(office, case_id, "draft", INITIATOR)
    execute(office, CompleteWorkItem(draft, data, {"files": [first]}), INITIATOR)
    execute(office, CorrectWorkItem(draft, data, "Thiếu ảnh", {"files": [second]}), INITIATOR)
    after = payload(office, case_id, "WorkItemCorrected")["after"]
    assert [file["filename"] for file in after["files"]] == ["a.txt", "b.txt"]


def test_only_who_did_the_step_and_the_heads_of_that_agency_correct_it_with_a_reason(office: World) -> None:
    case_id = asked(office)
    correction = CorrectWorkItem(done_item(office, case_id, "draft"), {"subject": "Khác", "level": "high"}, "Nhầm")
    refused(office, MayNotCorrect, correction, "cv2.so-ngoai-vu")
    refused(office, WorkItemNotFound, correction, LEAD_HEAD)
    refused(office, ReasonMissing, CorrectWorkItem(correction.work_item_id, correction.data, " "), INITIATOR)
    refused(office, InvalidForm, CorrectWorkItem(correction.work_item_id, {"other": "x"}, "Nhầm"), INITIATOR)
    refused(office, NotDone, CorrectWorkItem(item(office, case_id, "opinion"), {"answer": "x"}, "Nhầm"), "ld.so-noi-vu")


def test_what_a_later_step_has_set_anew_is_not_overwritten(office: World) -> None:
    nodes = ["startEvent s", task("one"), task("two"), task("three"), "endEvent e"]
    install(
        office, procedure("twice", nodes, ["s one", "one two", "two three", "three e"], forms={"note": form("note")})
    )
    case_id = start(office, "twice", INITIATOR).case_id
    complete(office, case_id, "one", INITIATOR, note="một")
    complete(office, case_id, "two", INITIATOR, note="hai")
    with pytest.raises(Overwritten):
        execute(office, CorrectWorkItem(done_item(office, case_id, "one"), {"note": "1"}, "Nhầm"), INITIATOR)
    execute(office, CorrectWorkItem(done_item(office, case_id, "two"), {"note": "2"}, "Nhầm"), INITIATOR)
    assert payload(office, case_id, "WorkItemCorrected")["used_by"] == []


def test_what_was_collected_from_several_runs_is_not_corrected_in_one_of_them(office: World) -> None:
    runs = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopDataInputRef>agencies</bpmn:loopDataInputRef>"
        '<bpmn:loopDataOutputRef>answers</bpmn:loopDataOutputRef><bpmn:inputDataItem id="i" name="agency"/>'
        '<bpmn:outputDataItem id="o" name="note"/></bpmn:multiInstanceLoopCharacteristics>'
    )
    each = task("each", agency="agency") + runs
    nodes = ["startEvent s", each, task("after"), "endEvent e"]
    install(office, procedure("several", nodes, ["s each", "each after", "after e"], forms={"note": form("note")}))
    case_id = start(office, "several", INITIATOR, agencies=["so-ngoai-vu", "so-noi-vu"]).case_id
    complete(office, case_id, "each", INITIATOR, note="một")
    with pytest.raises(ScopeGone):
        execute(office, CorrectWorkItem(done_item(office, case_id, "each"), {"note": "1"}, "Nhầm"), INITIATOR)


# Sending back --------------------------------------------------------------------------------------------------------


def test_the_step_before_opens_again_with_its_old_values_for_who_did_it(office: World) -> None:
    case_id = drafted(office, "high")
    check = claimed(office, case_id, "check", LEAD)
    execute(office, ReturnStep(check, "Thiếu nguồn tin"), LEAD)
    [again] = open_items(office, case_id).values()
    assert (again.element_id, again.agency_id, again.assignee_id) == ("draft", "so-ngoai-vu", "cv-so-ngoai-vu")
    with office.engine.read() as session:
        actor = office.actor_of(INITIATOR)
        view = work_items.view(
            session, actor, office.engine.versions, office.engine.ports.directory, again.id, office.clock.now()
        )
    assert (view.values["subject"], view.values["level"]) == ("Cầu Việt Trì", "high")
    told = payload(office, case_id, "StepReturned")
    assert (told["reason"], told["to"], told["work_item_id"]) == ("Thiếu nguồn tin", "draft", check)
    assert [row.status for row in office.rows(WorkItem, id=check)] == ["cancelled"]
    complete(office, case_id, "draft", INITIATOR, subject="Cầu Việt Trì", level="low")
    assert list(open_items(office, case_id)) == ["opinion"]
    assert office.faults() == []


def test_events_on_the_border_of_a_step_go_and_come_with_it(office: World) -> None:
    case_id = asked(office)
    execute(office, ReturnStep(claimed(office, case_id, "opinion", ASKED), "Chưa rõ"), ASKED)
    assert [timer.status for timer in office.rows(Timer, case_id=case_id)] == ["cancelled"]
    assert list(open_items(office, case_id)) == ["check"]
    complete(office, case_id, "check", LEAD, note="Rõ hơn")
    assert sorted(timer.status for timer in office.rows(Timer, case_id=case_id)) == ["cancelled", "waiting"]
    office.clock.advance(timedelta(days=3))
    office.engine.drain()
    assert set(open_items(office, case_id)) == {"opinion", "urge"}
    complete(office, case_id, "opinion", ASKED, answer="Đồng ý")
    assert set(open_items(office, case_id)) == {"conclude", "urge"}


def test_what_a_reminder_set_going_stays_and_the_step_is_not_counted_twice(office: World) -> None:
    case_id = asked(office)
    office.clock.advance(timedelta(days=3))
    office.engine.drain()
    execute(office, ReturnStep(claimed(office, case_id, "opinion", ASKED), "Chưa rõ"), ASKED)
    assert set(open_items(office, case_id)) == {"check", "urge"}
    complete(office, case_id, "urge", INITIATOR)
    complete(office, case_id, "check", LEAD)
    complete(office, case_id, "opinion", ASKED, answer="Đồng ý")
    assert list(open_items(office, case_id)) == ["conclude"]
    complete(office, case_id, "conclude", LEAD)
    assert happened(office, case_id)[-1] == "CaseEnded"


def test_a_step_sent_back_may_be_sent_back_further_to_where_it_first_came_from(office: World) -> None:
    case_id = asked(office)
    execute(office, ReturnStep(claimed(office, case_id, "opinion", ASKED), "Chưa rõ"), ASKED)
    execute(office, ReturnStep(item(office, case_id, "check"), "Nguồn sai"), LEAD)
    assert list(open_items(office, case_id)) == ["draft"]


def test_where_no_step_or_something_with_effects_lies_before_nothing_is_sent_back(office: World) -> None:
    case_id = begun(office)
    draft = claimed(office, case_id, "draft", INITIATOR)
    refused(office, NothingBefore, ReturnStep(draft, "?"), INITIATOR)
    refused(office, ReasonMissing, ReturnStep(draft, ""), INITIATOR)
    complete(office, case_id, "draft", INITIATOR, subject="x", level="high")
    refused(office, NotClaimed, ReturnStep(item(office, case_id, "check"), "?"), LEAD)
    nodes = ["startEvent s", task("one"), "parallelGateway p", task("a"), task("b"), "endEvent e1", "endEvent e2"]
    flows = ["s one", "one p", "p a", "p b", "a e1", "b e2"]
    install(office, procedure("branches", nodes, flows, forms={"note": form("note")}))
    case_id = start(office, "branches", INITIATOR).case_id
    complete(office, case_id, "one", INITIATOR)
    refused(office, NoWayBack, ReturnStep(claimed(office, case_id, "a", INITIATOR), "?"), INITIATOR)


# Standing still ------------------------------------------------------------------------------------------------------


def test_while_a_case_stands_still_nothing_moves_and_late_timers_fire_once_it_goes_on(office: World) -> None:
    case_id = asked(office)
    execute(office, SuspendCase(case_id, "Chờ ý kiến của Bộ"), LEAD_HEAD)
    opinion = item(office, case_id, "opinion")
    refused(office, CaseSuspended, ClaimWorkItem(opinion), ASKED)
    refused(office, CaseSuspended, letter(office, case_id), ASKED_CLERK)
    refused(office, CaseSuspended, SuspendCase(case_id, "Lần nữa"), LEAD_HEAD)
    office.clock.advance(timedelta(days=5))
    office.engine.drain()
    assert set(open_items(office, case_id)) == {"opinion"}
    execute(office, ResumeCase(case_id, "Bộ đã trả lời"), LEAD_HEAD)
    assert [one["element"] for one in payload(office, case_id, "CaseResumed")["overdue"]] == ["remind"]
    assert set(open_items(office, case_id)) == {"opinion", "urge"}
    complete(office, case_id, "opinion", ASKED, answer="Đồng ý")
    refused(office, NotSuspended, ResumeCase(case_id, "Lần nữa"), LEAD_HEAD)


def test_the_inbox_shows_what_stands_still_apart(office: World) -> None:
    case_id = asked(office)
    actor, directory, now = office.actor_of(ASKED), office.engine.ports.directory, office.clock.now()

    def shown() -> tuple[int, int, int]:
        with office.engine.read() as session:
            page = inbox.page(session, actor, directory, now=now)
            return (
                len(page),
                sum(inbox.counts(session, actor, now).values()),
                len(inbox.standing(session, actor, directory, now)),
            )

    assert shown() == (1, 1, 0)
    execute(office, SuspendCase(case_id, "Chờ"), LEAD_HEAD)
    assert shown() == (0, 0, 1)
    execute(office, CancelCase(case_id, "Thôi", "15/TB-SVHTTDL ngày 01/9/2026"), LEAD_HEAD)
    assert shown() == (0, 0, 0)


def test_only_heads_of_the_lead_let_a_case_stand_or_go_on(office: World) -> None:
    case_id = asked(office)
    for user in (LEAD, HEAD, "ld.so-noi-vu"):
        refused(office, MayNotSuspend, SuspendCase(case_id, "x"), user)
    refused(office, ReasonMissing, SuspendCase(case_id, " "), LEAD_HEAD)
    refused(office, CaseNotFound, SuspendCase(case_id, "x"), "ld.so-tai-chinh")
    execute(office, SuspendCase(case_id, "x"), LEAD_HEAD)
    refused(office, MayNotSuspend, ResumeCase(case_id, "x"), LEAD)


# Taking back and cancelling ------------------------------------------------------------------------------------------


def test_the_agency_that_began_a_case_takes_it_back_while_nobody_else_has_worked_in_it(office: World) -> None:
    case_id = drafted(office, "high")
    refused(office, ReasonMissing, WithdrawCase(case_id, " "), INITIATOR)
    refused(office, MayNotWithdraw, WithdrawCase(case_id, "x"), "cv2.so-ngoai-vu")
    refused(office, MayNotWithdraw, WithdrawCase(case_id, "x"), LEAD_HEAD)
    execute(office, WithdrawCase(case_id, "Mở nhầm"), HEAD)
    assert happened(office, case_id)[-1] == "CaseWithdrawn"
    assert open_items(office, case_id) == {}
    refused(office, CaseNotRunning, WithdrawCase(case_id, "lần nữa"), HEAD)


def test_once_another_agency_has_worked_the_case_ends_by_its_procedure(office: World) -> None:
    case_id = asked(office)
    refused(office, OthersTookPart, WithdrawCase(case_id, "Mở nhầm"), INITIATOR)


def test_the_lead_cancels_only_with_a_written_notice_to_those_who_took_part(office: World) -> None:
    case_id = asked(office)
    refused(office, MayNotCancel, CancelCase(case_id, "x", "1/TB"), HEAD)
    refused(office, NoticeOwed, CancelCase(case_id, "Trùng"), LEAD_HEAD)
    execute(office, CancelCase(case_id, "Trùng", "15/TB-SVHTTDL ngày 01/9/2026"), LEAD_HEAD)
    told = payload(office, case_id, "CaseCancelled")
    assert (told["participants"], told["notice"]) == (["so-ngoai-vu"], "15/TB-SVHTTDL ngày 01/9/2026")


# In scenarios ---------------------------------------------------------------------------------------------------------


def test_a_scenario_acts_like_people(office: World) -> None:
    steps: list[dict[str, object]] = [
        {"by": INITIATOR, "do": "draft", "data": {"subject": "Cầu", "level": "high"}},
        {"by": LEAD, "act": "return", "element": "check", "reason": "Thiếu", "expect": {"open": ["draft"]}},
        {"by": INITIATOR, "do": "draft", "data": {"subject": "Cầu", "level": "high"}},
        {"by": LEAD_HEAD, "act": "suspend", "reason": "Chờ", "after": "1h"},
        {"by": LEAD_HEAD, "act": "suspend", "reason": "Chờ", "refused": "case.suspended"},
        {"by": LEAD_HEAD, "act": "resume", "reason": "Xong", "after": "1d"},
        {"by": INITIATOR, "act": "withdraw", "reason": "Nhầm", "refused": "work_item.closed"},
    ]
    scenario = {
        "start": {"at": "2026-09-01 08:00", "by": INITIATOR, "variables": {"asked": "so-noi-vu"}},
        "steps": steps,
        "expect": {},
    }
    [failure] = run_scenario(office.engine, office.actor_of, "review", scenario).failures
    assert (failure.step, failure.expected, failure.came) == (6, "work_item.closed", "—")
    corrected = {"subject": "Phà", "level": "high"}
    steps[6:] = [
        {"by": LEAD, "do": "check"},
        {"by": INITIATOR, "act": "correct", "element": "draft", "data": corrected, "reason": "x"},
        {"by": LEAD_CLERK, "act": "answer", "element": "opinion", "data": {"answer": "Đồng ý"}, "symbol": "1/SNV"},
        {"by": LEAD_HEAD, "act": "cancel", "reason": "Thôi", "refused": "case.notice_owed"},
        {"by": LEAD_HEAD, "act": "cancel", "reason": "Thôi", "notice": "2/TB ngày 02/9/2026", "expect": {"open": []}},
    ]
    assert run_scenario(office.engine, office.actor_of, "review", scenario).failures == ()


def test_a_scenario_with_an_unknown_or_incomplete_act_is_told() -> None:
    steps = [{"by": LEAD, "act": "dance", "reason": "x"}, {"by": LEAD, "act": "return", "reason": "x"}]
    with pytest.raises(DefinitionError) as told:
        load_scenario({"start": {"at": "2026-09-01 08:00", "by": LEAD}, "steps": steps, "expect": {}})
    assert [finding.code for finding in told.value.findings] == ["scenario.unknown_act", "scenario.missing"]
