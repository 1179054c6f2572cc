"""The replay of a case: one event at a time, with the diagram and the data of that moment, made again from the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from io import BytesIO
from typing import Any

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine.clock import local_date
from engine.commands.case_run import LAW_ON
from engine.queries.timeline import Timeline, standing_at, stretch, timeline
from engine.replay.standing import Standing
from engine.replay.verdict import AGREES
from web.cases.diagram import picture
from web.cases.facts import Lexicon
from web.cases.reading import as_of, lexicon_of
from web.current import actor, current_container, now, reading, versions
from web.formatting import moment
from web.language import _
from web.replay.data import Datum, compared
from web.replay.differing import in_words
from web.replay.dossier import dossier, volumes
from web.replay.scene import Scene, Step, scene, step, told

pages = Blueprint("replay", __name__, url_prefix="/vu-viec")
pages.add_app_template_global(volumes, "dossier_volumes")
pages.add_app_template_global(in_words, "replay_difference")
PAGE, TABLE_PAGE = 50, 100


@dataclass(frozen=True)
class Stage:
    """What changes from step to step: the event, the data around it, the diagram at it."""

    scene: Scene
    at: Standing
    data: list[Datum]
    diagram: Markup | None


@pages.get("/<code>/dien-lai")
def show(code: str) -> ResponseReturnValue:
    """The case at one event: `buoc` is its number, from 1; without one, the last."""
    with reading() as session:
        whole = timeline(session, actor(), versions(), code)
        seq = _number("buoc", whole.length)
        first, last = _page_of(seq, PAGE, whole.length)
        rows = stretch(session, versions(), whole, first, last)
        lexicon = lexicon_of(session, whole, rows)
        at = standing_at(session, versions(), whole, seq, start=first)
        stage = _stage(whole, rows[seq - first], at, lexicon)
    lines = [told(row, lexicon, at.closed.get(row.seq)) for row in rows]
    page: dict[str, Any] = {"whole": whole, "seq": seq, "lines": lines, "first": first, "last": last}
    return render_template("replay/show.html", stage=stage, **page)


@pages.get("/<code>/dien-lai/buoc/<int:seq>")
def one(code: str, seq: int) -> ResponseReturnValue:
    """The part of the page that changes from step to step, for the script that puts it there."""
    with reading() as session:
        whole = timeline(session, actor(), versions(), code)
        seq = min(max(seq, 1), whole.length)
        rows = stretch(session, versions(), whole, seq, seq)
        lexicon = lexicon_of(session, whole, rows)
        at = standing_at(session, versions(), whole, seq)
        stage = _stage(whole, rows[0], at, lexicon)
    return render_template("replay/stage.html", whole=whole, seq=seq, stage=stage)


@pages.get("/<code>/dien-lai/bang")
def table(code: str) -> ResponseReturnValue:
    """The whole log as a table, a page at a time: `trang` counts from 1."""
    with reading() as session:
        whole = timeline(session, actor(), versions(), code)
        count = -(-whole.length // TABLE_PAGE)
        number = _number("trang", count, default=1)
        first, last = _page_of((number - 1) * TABLE_PAGE + 1, TABLE_PAGE, whole.length)
        rows = stretch(session, versions(), whole, first, last)
        lexicon = lexicon_of(session, whole, rows)
        at = standing_at(session, versions(), whole, last, start=first)
    lines = [told(row, lexicon, at.closed.get(row.seq)) for row in rows]
    return render_template("replay/table.html", whole=whole, lines=lines, at=at, number=number, count=count)


@pages.get("/<code>/dien-lai/so-sanh")
def compare(code: str) -> ResponseReturnValue:
    """What differs between two events: `tu` and `den` are their numbers."""
    with reading() as session:
        whole = timeline(session, actor(), versions(), code)
        sides = [_number("tu", whole.length, default=1), _number("den", whole.length)]
        rows = [stretch(session, versions(), whole, seq, seq)[0] for seq in sides]
        lexicon = lexicon_of(session, whole, rows)
        stood = [standing_at(session, versions(), whole, seq) for seq in sides]
    lines = [told(row, lexicon, None) for row in rows]
    data = [datum for datum in compared(stood[0].after, stood[1].after, lexicon) if datum.changed]
    both = {one.place for one in stood[0].opened} & {one.place for one in stood[1].opened}

    def steps(side: int, *, shared: bool) -> list[Step]:
        opened = stood[side].opened
        return [step(o, lexicon, rows[side].envelope["recorded_at"]) for o in opened if (o.place in both) == shared]

    opened = {"only": [steps(0, shared=False), steps(1, shared=False)], "both": steps(1, shared=True)}
    unlike = [one for one in stood if one.verdict.answer != AGREES]
    page: dict[str, Any] = {"sides": sides, "lines": lines, "unlike": unlike}
    return render_template("replay/compare.html", whole=whole, data=data, opened=opened, **page)


@pages.get("/<code>/dien-lai/ho-so")
def in_volumes(code: str) -> ResponseReturnValue:
    """The volumes in which the dossier of a long case is printed."""
    with reading() as session:
        whole = timeline(session, actor(), versions(), code)
    return render_template("replay/volumes.html", whole=whole)


@pages.get("/<code>/dien-lai/ho-so.pdf")
def printed(code: str) -> ResponseReturnValue:
    """The dossier of the case on paper, or one volume (`tap`) of that of a long case."""
    with reading() as session:
        whole = timeline(session, actor(), versions(), code)
        found = volumes(whole.length)
        volume = found[_number("tap", len(found), default=1) - 1]
        at = _("In lúc %(at)s: %(name)s", at=moment(now()), name=actor().name)
        content = dossier(session, versions(), current_container().renderer, whole, at, volume)
    name = f"ho-so-{whole.case.code}{f'-tap-{volume.number}' if volume.count > 1 else ''}.pdf"
    return send_file(BytesIO(content), mimetype="application/pdf", as_attachment=True, download_name=name)


def _number(name: str, last: int, default: int | None = None) -> int:
    """A number of the address, brought to the nearest one there is; the default, or the last, where it is none."""
    text = request.args.get(name, "")
    asked = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default or last
    return min(max(asked, 1), last)


def _page_of(seq: int, size: int, length: int) -> tuple[int, int]:
    """First and last event of the page on which that event stands."""
    first = (seq - 1) // size * size + 1
    return first, min(first + size - 1, length)


def _stage(whole: Timeline, row: Any, at: Standing, lexicon: Lexicon) -> Stage:
    version = at.version or whole.version
    seen = scene(whole, row, at, as_of(lexicon, version), _law_on(whole, at), local_date(now()))
    names = [one.name for one in seen.open_now]
    open_steps = _("Đang chờ: %(steps)s", steps="; ".join(names)) if names else _("Không bước nào đang mở.")
    diagram = picture(version.bundle, at.states, open_steps)
    return Stage(seen, at, compared(at.before, at.after, lexicon), diagram)


def _law_on(whole: Timeline, at: Standing) -> date:
    """The day whose law governed the case at that event."""
    chosen = at.facts.get(LAW_ON)
    return date.fromisoformat(str(chosen)) if chosen else local_date(whole.case.received_at)
