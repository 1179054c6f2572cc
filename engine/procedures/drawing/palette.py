"""Colours and line widths as presentation attributes, by class: the weakest kind of styling, so that a style
sheet always wins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

INK: Final = "#1f2a37"
QUIET: Final = "#5b6775"
PAPER: Final = "#ffffff"

ATTRIBUTES: Final[Mapping[str, Mapping[str, str]]] = {
    "bpmn-pool": {"fill": PAPER, "stroke": QUIET, "stroke-width": "1.2"},
    "bpmn-pool-header": {"fill": "#e3e9f0", "stroke": QUIET, "stroke-width": "1.2"},
    "bpmn-pool-name": {"fill": INK, "font-weight": "600"},
    "bpmn-lane": {"fill": "none", "stroke": "#9aa6b4", "stroke-width": "1"},
    "bpmn-lane-header": {"fill": "#f3f6f9", "stroke": "#9aa6b4", "stroke-width": "1"},
    "bpmn-lane-name": {"fill": INK},
    "bpmn-shape": {"stroke": INK, "stroke-width": "1.3"},
    "bpmn-task": {"fill": "#fbfcfe"},
    "bpmn-call": {"fill": "#fbfcfe", "stroke-width": "3"},
    "bpmn-sub": {"fill": "#fcfdff"},
    "bpmn-start": {"fill": "#eef8f0", "stroke": "#1d6b35"},
    "bpmn-between": {"fill": PAPER},
    "bpmn-end": {"fill": "#fdf1f0", "stroke": "#8c1d18", "stroke-width": "3"},
    "bpmn-ring": {"fill": "none", "stroke": INK, "stroke-width": "1"},
    "bpmn-gateway": {"fill": "#fffaea"},
    "bpmn-icon": {
        "fill": "none",
        "stroke": INK,
        "stroke-width": "1.1",
        "stroke-linejoin": "round",
        "stroke-linecap": "round",
    },
    "bpmn-thrown": {"fill": INK},
    "bpmn-solid": {"fill": INK},
    "bpmn-inverse": {"stroke": PAPER},
    "bpmn-bold": {"stroke-width": "2.4"},
    "bpmn-line": {"fill": "none", "stroke": "#3c4856", "stroke-width": "1.3", "stroke-linejoin": "round"},
    "bpmn-arrow": {"fill": "#3c4856"},
    "bpmn-name": {"fill": INK},
    "bpmn-label": {"fill": INK},
    "bpmn-flow-name": {"fill": "#33465c"},
    "bpmn-note": {"fill": PAPER, "stroke": QUIET, "stroke-width": "1"},
    "bpmn-note-text": {"fill": INK, "font-weight": "600"},
}


def _compared(colour: str, fill: str, dashes: str = "none") -> Mapping[str, Mapping[str, str]]:
    """The look of what differs: shape, flow and badge in one colour."""
    return {
        "bpmn-shape": {"fill": fill, "stroke": colour, "stroke-width": "2.6", "stroke-dasharray": dashes},
        "bpmn-line": {"stroke": colour, "stroke-width": "2.6", "stroke-dasharray": dashes},
        "bpmn-arrow": {"fill": colour},
        "bpmn-badge": {"fill": colour, "stroke": PAPER, "stroke-width": "1.5"},
        "bpmn-state": {"fill": "none", "stroke": PAPER, "stroke-width": "2.2", "stroke-linecap": "round"},
    }


def _covered(colour: str, fill: str, dashes: str = "none") -> Mapping[str, Mapping[str, str]]:
    """The look of what ran or did not: colour and dashes say the same."""
    line = {"stroke": colour, "stroke-width": "1.8", "stroke-dasharray": dashes}
    return {"bpmn-shape": {"fill": fill, **line}, "bpmn-line": line, "bpmn-arrow": {"fill": colour}}


STATES: Final[Mapping[str, Mapping[str, Mapping[str, str]]]] = {
    "open": {
        "bpmn-shape": {"fill": "#e3efff", "stroke": "#0b5cad", "stroke-width": "3.2"},
        "bpmn-badge": {"fill": "#0b5cad", "stroke": PAPER, "stroke-width": "1.5"},
        "bpmn-state": {"fill": PAPER},
    },
    "done": {
        "bpmn-shape": {"fill": "#e9f5ec"},
        "bpmn-badge": {"fill": "#1d6b35", "stroke": PAPER, "stroke-width": "1.5"},
        "bpmn-state": {"fill": "none", "stroke": PAPER, "stroke-width": "2", "stroke-linecap": "round"},
    },
    "overdue": {
        "bpmn-shape": {"fill": "#fde8e6", "stroke": "#b3261e", "stroke-width": "3.2"},
        "bpmn-badge": {"fill": "#b3261e", "stroke": PAPER, "stroke-width": "1.5"},
        "bpmn-state": {"fill": "none", "stroke": PAPER, "stroke-width": "2.2", "stroke-linecap": "round"},
    },
    "added": _compared("#1d6b35", "#e9f5ec"),
    "removed": _compared("#b3261e", "#fde8e6", "6 4"),
    "changed": _compared("#8a4b00", "#fdf1df"),
    "moved": _compared("#0b5cad", "#e3efff"),
    "passed": _covered("#1d6b35", "#e9f5ec"),
    "missed": _covered("#8a4b00", "#fffaea", "5 4"),
    **{
        f"heat-{level}": {"bpmn-shape": {"fill": fill}}
        for level, fill in enumerate(("#fff7e6", "#ffe3b3", "#ffc876", "#f79f6b", "#ee7b62"), start=1)
    },
}
_CLASS: Final = re.compile(r'<(\w+) class="([^"]*)"')


def painted(markup: str) -> str:
    """Add to each tag the attributes of its classes; inside a group with a state those of the state come last."""
    state: str | None = None

    def paint(match: re.Match[str]) -> str:
        nonlocal state
        tag, classes = match[1], match[2].split()
        if "bpmn-element" in classes:
            state = next((name.removeprefix("is-") for name in classes if name.startswith("is-")), None)
        attributes: dict[str, str] = {}
        for name in classes:
            attributes |= ATTRIBUTES.get(name, {})
        for name in classes:
            attributes |= STATES.get(state or "", {}).get(name, {})
        rendered = "".join(f' {key}="{value}"' for key, value in attributes.items())
        return f'<{tag} class="{match[2]}"{rendered}'

    return _CLASS.sub(paint, markup)
