"""Two states of a procedure beside each other: differences in words, and both diagrams with what differs marked."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from engine.errors import DefinitionError
from engine.procedures import drawing
from engine.procedures.bundle import DIAGRAM
from web.language import _
from web.studio.wording import Group, areas, tell
from workflows.studio.differences import Side, compare


@dataclass(frozen=True)
class Comparison:
    """What the page shows; the diagrams are None where they are the same or cannot be drawn."""

    groups: list[Group]
    unreadable: list[str]
    old: Markup | None
    new: Markup | None

    @property
    def count(self) -> int:
        """How many differences there are."""
        return sum(len(group.lines) for group in self.groups)


def compared(before: Side, after: Side) -> Comparison:
    """The two sides, in words and pictures."""
    found = compare(before, after)
    titles = areas()
    same = before.files.get(DIAGRAM) == after.files.get(DIAGRAM)
    return Comparison(
        groups=tell(found),
        unreadable=[titles[area] for area in found.unreadable],
        old=None if same else _drawn(before, found.painted(old=True), _("Trước khi sửa"), "truoc"),
        new=None if same else _drawn(after, found.painted(old=False), _("Sau khi sửa"), "sau"),
    )


def _drawn(side: Side, marks: dict[str, str], title: str, place: str) -> Markup | None:
    """The core draws and escapes; a diagram that cannot be drawn is left out."""
    try:
        drawn = drawing.svg(side.files[DIAGRAM], states=marks, title=title, identifier=f"so-do-{place}")
    except (DefinitionError, KeyError):
        return None
    return Markup(drawn)
