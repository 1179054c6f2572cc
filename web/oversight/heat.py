"""The heat map of a procedure: where its work takes long and is late, on its diagram and as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from engine.procedures.bundle import Bundle
from engine.queries import procedures
from web.cases.diagram import picture
from web.current import versions
from web.formatting import in_language
from web.language import _, current
from web.oversight.asking import PROCEDURE, Asked
from web.oversight.choices import Choice
from web.oversight.durations import span
from web.oversight.overdue import STEP_CHOICE
from web.oversight.tables import Cell, Column, Link, Table
from workflows.oversight import durations
from workflows.oversight.durations import Heat

SHADE = "to_mau"
MEDIAN, HIGH, COUNT, OVERDUE = "median", "high", "count", "overdue"
LEVELS = 5


@dataclass(frozen=True)
class Drawing:
    """A diagram above the tables."""

    title: str
    picture: Markup


def choices(_asked: Asked) -> list[Choice]:
    """By which figure the diagram is shaded."""
    options = [("", _("Trung vị")), (HIGH, _("Bách phân vị 95")), (COUNT, _("Số lần")), (OVERDUE, _("Trễ hạn"))]
    return [Choice(SHADE, _("Tô màu theo"), options)]


def drawings(asked: Asked) -> Sequence[Drawing]:
    """The procedure and those of its parts in which work was done."""
    if not asked.scope.procedure:
        return []
    chosen, found = asked.chosen(SHADE, (HIGH, COUNT, OVERDUE)) or MEDIAN, _heat(asked)
    top = max((_figure(one, chosen) for one in found.values()), default=0)
    drawn: list[Drawing] = []
    for bundle in _parts(asked):
        own = {element: one for (process, element), one in found.items() if process == bundle.process.id}
        if not own and drawn:
            continue
        shades = {element: _shade(_figure(one, chosen), top) for element, one in own.items() if _figure(one, chosen)}
        notes = {element: _note(one, chosen) for element, one in own.items() if element in shades}
        image = picture(bundle, shades, _("Tô màu theo tải của từng bước; bảng dưới có cùng số liệu."), notes)
        if image:
            drawn.append(Drawing(asked.title(bundle.id) if not drawn else _title(bundle), image))
    return drawn


def tables(asked: Asked) -> Sequence[Table]:
    """The same as a table."""
    figures = [_("Đã xong"), _("Trung vị"), _("Bách phân vị 95"), _("Xong muộn"), _("Đang mở"), _("Đang quá hạn")]
    columns = [Column(_("Bước")), Column(_("Phần")), *(Column(one, "number") for one in figures)]
    empty = _("Không có việc nào trong phạm vi đã chọn.") if asked.scope.procedure else _("Hãy chọn một quy trình.")
    rows: list[list[Cell]] = []
    if asked.scope.procedure:
        found = _heat(asked)
        for bundle in _parts(asked):
            for element in bundle.process.elements.values():
                if one := found.get((bundle.process.id, element.id)):
                    rows.append([_link(asked, element.id, element.name), _title(bundle), *_figures(one)])
    return [Table("buoc", _("Từng bước"), columns, rows, empty=empty)]


def _heat(asked: Asked) -> Mapping[tuple[str, str], Heat]:
    return durations.heat(asked.session, asked.scope, asked.scope.procedure or "")


def _parts(asked: Asked) -> list[Bundle]:
    """The procedure in force and the parts that it uses; older versions may have had other steps."""
    version = procedures.current(asked.session, versions(), asked.scope.procedure or "", asked.scope.now)
    shared = [part for id_, part in version.parts.items() if id_ != version.bundle.process.id]
    return [version.bundle, *shared]


def _title(bundle: Bundle) -> str:
    return in_language(bundle.title, current())


def _figure(one: Heat, chosen: str) -> int:
    return {MEDIAN: one.median, HIGH: one.high, COUNT: one.count, OVERDUE: one.late + one.overdue}[chosen]


def _shade(value: int, top: int) -> str:
    return f"heat-{1 + min(LEVELS - 1, value * LEVELS // (top + 1))}"


def _note(one: Heat, chosen: str) -> str:
    if chosen in (MEDIAN, HIGH):
        return f"{one.count}× {span(_figure(one, chosen))}"
    return f"{_figure(one, chosen)}×"


def _link(asked: Asked, element: str, name: str) -> Link:
    return Link(
        name or element, asked.report_link("qua-han", **{PROCEDURE: asked.scope.procedure, STEP_CHOICE: element})
    )


def _figures(one: Heat) -> list[Cell]:
    took = [span(one.median), span(one.high)] if one.count else ["", ""]
    return [one.count, *took, one.late, one.open, one.overdue]
