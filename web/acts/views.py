"""Pages of acts: on a whole case, on a step, and what came from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, render_template
from flask.typing import ResponseReturnValue

from engine.commands import CorrectWorkItem, RecordAnswer, RecordMessage, ReturnStep
from engine.errors import NotAllowed
from engine.queries import acts, cases
from web.acts import own
from web.acts.on_case import PATHS, act_of
from web.acts.page import Act, answer, page
from web.auth import resume
from web.current import actor, directory, reading, versions
from web.language import _
from web.tasks.typed import Typed

pages = Blueprint("acts", __name__)


class NotPossible(NotAllowed):
    """The person may not do this with the case now."""

    code = "case.act_not_possible"


@pages.record_once
def _register(state: Any) -> None:
    app: Flask = state.app
    makers: dict[str, Callable[..., Act]] = {
        "on_case": _on_case,
        "record": _recording,
        "letter": _letter,
        "correct": _correcting,
        "send_back": _sending_back,
    }
    for name, make in makers.items():
        resume.shows(f"acts.{name}", app, _again(make))


def _again(make: Callable[..., Act]) -> resume.Resumer:
    """Show an act's page with what had been typed before the session or the page expired."""

    def show_again(typed: Typed, notice: str, **about: str) -> ResponseReturnValue:
        return page(make(**about), typed, notice=notice)

    return show_again


@pages.get("/dang-cho-den")
def awaited() -> ResponseReturnValue:
    """What the agency is to record when it comes."""
    with reading() as session:
        rows = acts.awaited_by(session, actor(), directory())
    return render_template("acts/awaited.html", rows=rows)


@pages.route("/vu-viec/<code>/thao-tac/<act>", methods=["GET", "POST"])
def on_case(code: str, act: str) -> ResponseReturnValue:
    """Suspend, resume, withdraw, cancel or link a case."""
    return answer(_on_case(code, act))


@pages.route("/ghi-nhan/<awaited_id>", methods=["GET", "POST"])
def record(awaited_id: str) -> ResponseReturnValue:
    """Record what came for a step that waits for it."""
    return answer(_recording(awaited_id))


@pages.route("/viec/<work_item_id>/van-ban-tra-loi", methods=["GET", "POST"])
def letter(work_item_id: str) -> ResponseReturnValue:
    """Record an answer on paper for the agency of an open work item."""
    return answer(_letter(work_item_id))


@pages.route("/viec/<work_item_id>/dinh-chinh", methods=["GET", "POST"])
def correct(work_item_id: str) -> ResponseReturnValue:
    """Correct a completed step."""
    return answer(_correcting(work_item_id))


@pages.route("/viec/<work_item_id>/tra-lai-buoc-truoc", methods=["GET", "POST"])
def send_back(work_item_id: str) -> ResponseReturnValue:
    """Send the case back to the step before."""
    return answer(_sending_back(work_item_id))


def _on_case(code: str, act: str) -> Act:
    with reading() as session:
        view = cases.view(session, actor(), versions(), directory(), code)
        possible = acts.possible(session, actor(), view)
    made = act_of(act, view.case)
    if PATHS[act] not in possible:
        raise NotPossible(code=view.case.code)
    return made


def _recording(awaited_id: str) -> Act:
    with reading() as session:
        view = acts.awaited(session, actor(), versions(), directory(), awaited_id)
    return Act(
        title=_("Ghi nhận văn bản, thông tin đến"),
        intro=_("Bước “%(step)s” đang chờ. Nội dung ghi ở đây được dùng cho các bước sau.", step=view.element_name),
        button=_("Ghi nhận"),
        done=_("Đã ghi nhận văn bản, thông tin đến."),
        case=view.case.case,
        own=own.coming(),
        own_title=_("Về văn bản, thông tin đã đến"),
        command=lambda sent: RecordMessage(
            view.case.case.id, view.element_id, sent.data, sent.files, sent.own[own.CAME_BY], awaited_id
        ),
        form=view.form,
        values=view.values,
        variables=view.variables,
    )


def _letter(work_item_id: str) -> Act:
    with reading() as session:
        view = acts.answer(session, actor(), versions(), directory(), work_item_id)
    words = {"step": view.element_name, "agency": view.agency_name}
    return Act(
        title=_("Ghi nhận văn bản trả lời"),
        intro=_(
            "Ghi thay %(agency)s ở bước “%(step)s”, đúng theo văn bản đã nhận. Cơ quan đó thấy việc ghi nhận này.",
            **words,
        ),
        button=_("Ghi nhận"),
        done=_("Đã ghi nhận văn bản trả lời của %(agency)s.", agency=view.agency_name),
        case=view.case.case,
        own=own.letter(),
        own_title=_("Về văn bản trả lời"),
        command=lambda sent: RecordAnswer(
            work_item_id,
            sent.data,
            sent.own[own.SYMBOL],
            sent.own[own.DATED_ON],
            sent.files,
            sent.own_files.get(own.SCAN, ()),
            sent.own[own.CAME_BY],
        ),
        form=view.form,
        values=view.values,
        variables=view.variables,
    )


def _correcting(work_item_id: str) -> Act:
    with reading() as session:
        view = acts.correcting(session, actor(), versions(), directory(), work_item_id)
    return Act(
        title=_("Đính chính: %(step)s", step=view.element_name),
        intro=_(
            "Nội dung mới có hiệu lực từ bây giờ. Nội dung cũ vẫn được lưu; "
            "những gì đã quyết định hoặc đã gửi theo nội dung cũ không thay đổi."
        ),
        button=_("Đính chính"),
        done=_("Đã đính chính bước “%(step)s”.", step=view.element_name),
        case=view.case.case,
        own=own.reason(_("Sai ở đâu, vì sao")),
        own_title=_("Về việc đính chính"),
        command=lambda sent: CorrectWorkItem(work_item_id, sent.data, sent.own[own.REASON], sent.files),
        form=view.form,
        values=view.values,
        variables=view.variables,
        listed=view.used_by,
        list_title=_("Các bước sau đã dùng nội dung này"),
    )


def _sending_back(work_item_id: str) -> Act:
    with reading() as session:
        item, earlier, case = acts.before(session, actor(), versions(), work_item_id)
        row = cases.case_row(session, versions(), case)
        agency = directory().agency_name(session, earlier.agency_id, earlier.created_at.date())
    words = {"step": earlier.name, "agency": agency, "now": item.name}
    return Act(
        title=_("Trả lại bước trước"),
        intro=_("Việc “%(now)s” đóng lại; bước “%(step)s” của %(agency)s mở lại với nội dung đã điền.", **words),
        button=_("Trả lại"),
        done=_("Đã trả lại bước “%(step)s”.", step=earlier.name),
        case=row,
        own=own.reason(_("Cần bổ sung, sửa gì")),
        command=lambda sent: ReturnStep(work_item_id, sent.own[own.REASON]),
    )
