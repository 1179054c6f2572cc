"""A scenario recorded by clicking through a dry run of a draft: what an agency would do, done in a throw-away store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.clock import ZONE, from_text, local_date
from engine.errors import DefinitionError, NotFound, PhoiHopError, Rejected
from engine.forms import typed as reading_of
from engine.procedures.bundle import SHARED, Bundle
from web import throwaway
from web.current import actor, now, reading, writing
from web.formatting import day, moment
from web.language import _
from web.studio.recording import page
from web.studio.recording.desk import Desk
from web.studio.recording.dry_runs import PATIENCE, RUNS, DryRun, Recorded
from web.studio.recording.refusals import status_for, told_of
from web.studio.recording.shared import (
    Opened,
    back,
    check_seen,
    keep,
    opened_at,
    recorded_by,
    required,
    seen_steps,
    typed_text,
)
from workflows.agencies.facts import Holder
from workflows.agencies.queries import holders
from workflows.scenarios.recording import moment_text, waiting
from workflows.scenarios.runner import Stopped
from workflows.studio import drafts, paths, recordings
from workflows.studio.errors import Incomplete
from workflows.studio.tables import Draft

pages = Blueprint("studio_recording", __name__, url_prefix="/xuong")
MORNING: Final = time(8)
NEXT_MOMENT, WORKING_DAY = "den-han", "ngay-lam-viec"
TOLD: Final = ("element", "agency", "child", "reason", "notice")
"""What the step of an act may say beside who does what."""
LONGEST: Final = timedelta(days=20 * 366)


class BadMoment(Rejected):
    """A moment that cannot be read, or to which the clock of a dry run cannot be moved."""

    code = "studio.bad_moment"


class NothingHappens(Rejected):
    """Nothing waits for its moment."""

    code = "studio.nothing_due"


@pages.get("/<draft_id>/chay-tung-buoc")
def show(draft_id: str) -> ResponseReturnValue:
    """Where the dry run stands, or how to begin one."""
    opened = opened_at(draft_id)
    if _description(opened.bundle).get("kind") == SHARED:
        return render_template("studio/recording_part.html", opened=opened)
    if not throwaway.ready(PATIENCE):
        return _wait_page(opened, 0)
    if opened.recorded is None:
        return _start_page(opened, {})
    return _waited(opened, opened.recorded) or _page(opened, opened.recorded)


@pages.post("/<draft_id>/chay-tung-buoc")
def begin(draft_id: str) -> ResponseReturnValue:
    """Open the case, in place of the one that was there."""
    opened = opened_at(draft_id)
    drafts.require_living(opened.draft)
    try:
        start = _start()
        recorded = recorded_by(opened.draft, start, [])
        with RUNS.of(recorded), writing() as session:
            recordings.begin(session, actor(), draft_id, start, now())
    except (Rejected, DefinitionError) as error:
        if isinstance(error, NotFound):
            raise
        return _start_page(opened, request.form, told_of(error)), status_for(error)
    return back(draft_id)


@pages.get("/<draft_id>/chay-tung-buoc/viec/<element>")
def task(draft_id: str, element: str) -> ResponseReturnValue:
    """The form that an officer is shown there."""
    opened, recorded = required(draft_id)
    late = _waited(opened, recorded)
    if late is not None:
        return late
    with RUNS.of(recorded) as run:
        return Desk(opened.draft, recorded, run, element).show()


@pages.post("/<draft_id>/chay-tung-buoc/viec/<element>")
def complete(draft_id: str, element: str) -> ResponseReturnValue:
    """Hand it in as that officer; whatever goes wrong, nothing is recorded and the typed values are shown again."""
    opened, recorded = required(draft_id)
    with RUNS.of(recorded) as run:
        return Desk(opened.draft, recorded, run, element).answer()


@pages.post("/<draft_id>/chay-tung-buoc/thoi-gian")
def pass_time(draft_id: str) -> ResponseReturnValue:
    """Move the clock on."""

    def until(run: DryRun) -> datetime:
        chosen = request.form.get("to", "")
        if chosen == WORKING_DAY:
            return run.recorder.next_working_day()
        if chosen == NEXT_MOMENT:
            due = run.recorder.next_moment()
            if due is None:
                raise NothingHappens()
            return due
        return _moment(typed_text("moment"))

    return _play(draft_id, lambda run: _wait(run, until(run)))


@pages.post("/<draft_id>/chay-tung-buoc/thao-tac")
def act(draft_id: str) -> ResponseReturnValue:
    """Suspend, resume, withdraw or cancel the case, or send it back to the step before, with a reason."""
    chosen, _sign, who = typed_text("who").partition(":")
    step = {"by": who or typed_text("by"), "act": chosen or typed_text("act")}
    step |= {name: typed_text(name) for name in TOLD if typed_text(name)}

    def made(_run: DryRun) -> Mapping[str, Any]:
        if "reason" not in step:
            raise Incomplete(missing=_("lý do"))
        return step

    return _play(draft_id, made)


@pages.post("/<draft_id>/chay-tung-buoc/lui")
def step_back(draft_id: str) -> ResponseReturnValue:
    """Take back the last step, or all from one on that can no longer be done."""
    seen = seen_steps()
    to = request.form.get("to", seen - 1, type=int)
    with writing() as session:
        recordings.cut(session, actor(), draft_id, to, seen=seen, now=now())
    return back(draft_id)


@pages.post("/<draft_id>/chay-tung-buoc/bo")
def give_up(draft_id: str) -> ResponseReturnValue:
    """Throw the recording away."""
    with writing() as session:
        recordings.give_up(session, actor(), draft_id)
    flash(_("Đã bỏ phần đang ghi."), "success")
    return back(draft_id)


@pages.post("/<draft_id>/chay-tung-buoc/luu")
def save(draft_id: str) -> ResponseReturnValue:
    """Make it a scenario of the draft."""
    opened, recorded = required(draft_id)
    name, title = typed_text("name"), typed_text("title")
    note = _("Ghi khi chạy thử từng bước, ngày %(day)s.", day=day(now()))
    try:
        if not title:
            raise Incomplete(missing=_("tên kịch bản"))
        check_seen(recorded)
        with RUNS.of(recorded) as run:
            run.require_whole()
            scenario = run.recorder.written(title)
        with writing() as session:
            recordings.save(session, actor(), draft_id, name, scenario, seen=seen_steps(), note=note, now=now())
    except (Rejected, DefinitionError) as error:
        if isinstance(error, NotFound):
            raise
        return _page(opened, recorded, told_of(error)), status_for(error)
    flash(_("Đã lưu kịch bản. Có thể sửa nội dung ở đây, hoặc chạy cùng các kịch bản khác."), "success")
    return redirect(url_for("studio_scenarios.show", draft_id=draft_id, name=name), 303)


# Parts ----------------------------------------------------------------------------------------------------------------


def _play(draft_id: str, make: Callable[[DryRun], Mapping[str, Any]]) -> ResponseReturnValue:
    """Do one step that needs no form; what is refused is told on the page of the dry run."""
    opened, recorded = required(draft_id)
    try:
        check_seen(recorded)
        with RUNS.of(recorded) as run:
            keep(draft_id, run, make(run))
    except (PhoiHopError, Stopped) as error:
        if isinstance(error, NotFound):
            raise
        return _page(opened, recorded, told_of(error)), status_for(error)
    return back(draft_id)


def _wait(run: DryRun, until: datetime) -> Mapping[str, Any]:
    present = run.container.engine.clock.now()
    if until > present + LONGEST:
        raise BadMoment()
    try:
        return waiting(until, present)
    except ValueError:
        raise BadMoment() from None


def _page(opened: Opened, recorded: Recorded, problem: str = "") -> str:
    try:
        with RUNS.of(recorded) as run:
            shown = page.scene(run)
            broken = run.broken
    except (Rejected, DefinitionError) as error:
        return render_template("studio/recording.html", opened=opened, scene=None, problem=told_of(error))
    return render_template(
        "studio/recording.html",
        opened=opened,
        scene=shown,
        broken=broken,
        problem=problem,
        seen=len(recorded.steps),
        typed=request.form,
        suggested=_free_name(opened.draft),
    )


def _waited(opened: Opened, recorded: Recorded) -> str | None:
    """The page that says how far a dry run is which takes its time; None once it is there."""
    done = RUNS.done(recorded)
    return None if done is None else _wait_page(opened, done)


def _wait_page(opened: Opened, done: int) -> str:
    total = len(opened.recorded.steps) if opened.recorded else 0
    return render_template("studio/recording_wait.html", opened=opened, done=done, total=total)


def _start_page(opened: Opened, typed: Mapping[str, str], problem: str = "") -> str:
    description = _description(opened.bundle)
    allowed = set((description.get("start") or {}).get("duties") or [])
    lead = _agency_of(str(description.get("lead") or ""))
    may = [one for one in _people() if one.duty in allowed]
    return render_template(
        "studio/recording_start.html",
        opened=opened,
        people=may,
        chosen=typed.get("by") or next((one.user_name for one in may if one.agency_id == lead), ""),
        at=typed.get("at") or moment(datetime.combine(local_date(now()), MORNING, ZONE)),
        received_at=typed.get("received_at", ""),
        problem=problem,
    )


def _people() -> list[Holder]:
    """The officers of the store in which dry runs take place."""
    container = throwaway.original()
    with container.read() as session:
        return holders(session, local_date(now()))


def _agency_of(role: str) -> str:
    container = throwaway.original()
    with container.read() as session:
        try:
            return container.directory.binding(session, role, local_date(now())).agency_id
        except PhoiHopError:  # nobody carries it: nobody is proposed
            return ""


def _start() -> dict[str, str]:
    start = {"at": moment_text(_moment(typed_text("at"))), "by": typed_text("by")}
    if typed_text("received_at"):
        start["received_at"] = moment_text(_moment(typed_text("received_at")))
    return start


def _moment(text: str) -> datetime:
    """Raises `BadMoment`."""
    written = text if ":" in text else f"{text} {MORNING:%H:%M}"
    try:
        return from_text(reading_of.moment(written))
    except (reading_of.Wrong, ValueError):
        raise BadMoment() from None


def _free_name(draft: Draft) -> str:
    """A name that no scenario of the draft has."""
    with reading() as session:
        taken = paths.scenarios(drafts.files(session, draft))
    number = next(n for n in range(len(taken) + 1, len(taken) + 1000) if not _numbered(taken, n))
    return f"{number:02d}-da-ghi"


def _numbered(taken: Mapping[str, bytes], number: int) -> bool:
    return any(path.startswith(f"{paths.SCENARIOS}{number:02d}-") for path in taken)


def _description(bundle: Bundle) -> Mapping[str, Any]:
    """What the procedure says of itself; nothing where that cannot be read."""
    try:
        return bundle.description
    except DefinitionError:
        return {}
