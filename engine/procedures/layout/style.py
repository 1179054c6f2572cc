"""How tightly a diagram is set: from airy to dense, tried in this order until the diagram fits the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Style:
    """Widths in pixels.

    `aligned`: nodes of a column share their centre line; `drops`: work handed to another lane may go straight down
    or up instead of one column on.
    """

    task_width: int
    gap: int
    aligned: bool
    drops: bool


STYLES: Final = (
    Style(task_width=130, gap=26, aligned=True, drops=False),
    Style(task_width=130, gap=24, aligned=False, drops=False),
    Style(task_width=130, gap=22, aligned=False, drops=True),
    Style(task_width=116, gap=18, aligned=False, drops=True),
    Style(task_width=106, gap=16, aligned=False, drops=True),
)
