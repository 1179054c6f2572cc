"""The SVG of single shapes: pools, lanes, activities, events, gateways, flows; colours are classes that the page
may restyle.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from engine.procedures import text
from engine.procedures.diagram import Edge, Shape
from engine.procedures.drawing import icons
from engine.procedures.geometry import Point, Rect
from engine.procedures.layout.graph import (
    ICON_ROOM,
    LABEL_LEADING,
    LABEL_TEXT,
    MARKER_ROOM,
    TASK_LEADING,
    TASK_TEXT,
    task_lines,
)

HEADER: Final = 30.0
HEADER_TEXT: Final = 12.0
HEADER_LEADING: Final = 14.0
ARROW: Final = 8.0
NOTE_TEXT: Final = 10.0
NOTE_HEIGHT: Final = 16.0


def number(value: float) -> str:
    """A coordinate, without needless digits."""
    return f"{round(value, 2):g}"


def rect(box: Rect, css: str, radius: float = 0.0) -> str:
    """A box."""
    corner = f' rx="{number(radius)}"' if radius else ""
    place = f'x="{number(box.x)}" y="{number(box.y)}" width="{number(box.width)}" height="{number(box.height)}"'
    return f'<rect class="{css}" {place}{corner}/>'


def lines(rows: Iterable[str], middle: Point, size: float, leading: float, css: str) -> str:
    """Lines of text centred on a point; read out or copied, they are one text with spaces in it."""
    rows = list(rows)
    texts = [*(f"{row} " for row in rows[:-1]), *rows[-1:]]
    first = middle.y - len(rows) * leading / 2 + leading / 2 + size * 0.35
    spans = "".join(
        f'<tspan x="{number(middle.x)}" y="{number(first + index * leading)}">{escape(part)}</tspan>'
        for index, part in enumerate(texts)
    )
    return f'<text class="{css}" font-size="{number(size)}" text-anchor="middle">{spans}</text>' if rows else ""


def icon(markup: str, at: Point, css: str = "bpmn-icon", scale: float = 1.0) -> str:
    """An icon with its middle at a point."""
    scaled = f" scale({number(scale)})" if scale != 1.0 else ""
    return f'<g class="{css}" transform="translate({number(at.x)} {number(at.y)}){scaled}">{markup}</g>'


def frame(shape: Shape) -> str:
    """A pool or lane with its name standing upright at the left."""
    box = shape.box
    css = "bpmn-pool" if shape.tag == "participant" else "bpmn-lane"
    header = Rect(box.x, box.y, HEADER, box.height)
    weight = shape.tag == "participant"
    rows = text.wrap(shape.name, HEADER_TEXT, box.height - 8, bold=weight)
    size, leading = (HEADER_TEXT, HEADER_LEADING) if len(rows) < 3 else (9.0, 9.5)
    rows = text.wrap(shape.name, size, box.height - 8, bold=weight)
    name = lines(rows, Point(0, 0), size, leading, f"bpmn-name {css}-name")
    turned = f'<g transform="translate({number(header.center.x)} {number(header.center.y)}) rotate(-90)">{name}</g>'
    return rect(box, css) + rect(header, f"{css}-header") + turned


def activity(shape: Shape) -> str:
    """A task, call activity or sub-process with its icon, name and markers."""
    box = shape.box
    css = "bpmn-call" if shape.tag == "callActivity" else "bpmn-sub" if shape.is_container else "bpmn-task"
    parts = [rect(box, f"bpmn-shape {css}", 9.0), _activity_name(shape)]
    if shape.tag in icons.TASK_ICONS:
        parts.append(icon(icons.TASK_ICONS[shape.tag], Point(box.x + 13, box.y + 13), scale=0.9))
    markers = [shape.loop] if shape.loop else []
    markers += ["call"] if shape.tag == "callActivity" else []
    for index, marker in enumerate(markers):
        x = box.center.x + (index - (len(markers) - 1) / 2) * 16
        parts.append(icon(icons.MARKERS[marker], Point(x, box.bottom - 9)))
    return "".join(parts)


def event(shape: Shape) -> str:
    """A circle: thin for a start, double in between, thick for an end; dashed when it does not interrupt."""
    middle, radius = shape.box.center, shape.box.width / 2
    kind = {"startEvent": "start", "endEvent": "end"}.get(shape.tag, "between")
    dashed = "" if shape.interrupting else ' stroke-dasharray="4 3"'
    at = f'cx="{number(middle.x)}" cy="{number(middle.y)}"'
    parts = [f'<circle class="bpmn-shape bpmn-event bpmn-{kind}" {at} r="{number(radius)}"{dashed}/>']
    if kind == "between":
        parts.append(f'<circle class="bpmn-ring" {at} r="{number(radius - 3.5)}"{dashed}/>')
    if shape.trigger in icons.EVENT_ICONS:
        thrown = " bpmn-thrown" if shape.tag in icons.THROWN else ""
        parts.append(icon(icons.EVENT_ICONS[shape.trigger], middle, f"bpmn-icon{thrown}"))
    return "".join(parts) + label(shape)


def gateway(shape: Shape) -> str:
    """A diamond with the sign of its kind."""
    box, middle = shape.box, shape.box.center
    corners = [(middle.x, box.y), (box.right, middle.y), (middle.x, box.bottom), (box.x, middle.y)]
    points = " ".join(f"{number(x)},{number(y)}" for x, y in corners)
    sign = icons.GATEWAY_ICONS.get(shape.tag, "")
    return f'<polygon class="bpmn-shape bpmn-gateway" points="{points}"/>{icon(sign, middle)}' + label(shape)


def flow(edge: Edge) -> str:
    """A flow with its arrow head, the slash of a default flow, and the diamond of a conditional flow from a task."""
    path = " ".join(
        f"{'L' if index else 'M'}{number(p.x)} {number(p.y)}" for index, p in enumerate(_shortened(edge.line))
    )
    parts = [f'<path class="bpmn-line" d="{path}"/>', _head(edge.line[-2], edge.line[-1])]
    if edge.default:
        room = abs(edge.line[0].x - edge.line[1].x) + abs(edge.line[0].y - edge.line[1].y) - ARROW
        parts.append(_along(edge, min(9.0, room / 2), '<path class="bpmn-line" d="M-2 4 2-4"/>'))
    return "".join(parts)


def label(item: Shape | Edge) -> str:
    """The name beside an event, gateway or flow, where the diagram puts it."""
    if not item.name:
        return ""
    box = item.label or _default_label(item)
    rows = text.wrap(item.name, LABEL_TEXT, box.width + 1)
    kind = "bpmn-flow-name" if isinstance(item, Edge) else "bpmn-label"
    return lines(rows, box.center, LABEL_TEXT, LABEL_LEADING, f"bpmn-name {kind}")


def condition(edge: Edge) -> str:
    """The little diamond at the start of a conditional flow that leaves an activity."""
    return _along(edge, 7, '<path class="bpmn-shape bpmn-gateway" d="M-7 0 0-4.5 7 0 0 4.5z"/>')


def state_marker(shape: Shape, state: str) -> str:
    """A round badge at the upper right corner: a sign, not only a colour, tells the state."""
    corner = Point(shape.box.right - 3, shape.box.y + 3)
    if shape.is_gateway or shape.is_event:
        corner = Point(shape.box.right - 4, shape.box.y + 4)
    disc = '<circle class="bpmn-badge" r="9"/>'
    return icon(disc + icons.STATE_ICONS[state], corner, "bpmn-state")


def note(shape: Shape, words: str) -> str:
    """A few characters on the upper edge, on a plate of their own."""
    width = text.width(words, NOTE_TEXT, bold=True) + 10
    plate = Rect(shape.box.center.x - width / 2, shape.box.y - NOTE_HEIGHT / 2, width, NOTE_HEIGHT)
    return rect(plate, "bpmn-note", radius=3) + lines([words], plate.center, NOTE_TEXT, NOTE_TEXT, "bpmn-note-text")


def _activity_name(shape: Shape) -> str:
    box, rows = shape.box, task_lines(shape.name, shape.box.width)
    if shape.is_container:
        return lines(rows, Point(box.center.x, box.y + 14), TASK_TEXT, TASK_LEADING, "bpmn-name")
    low = MARKER_ROOM - 4 if shape.loop or shape.tag == "callActivity" or shape.hosting else 0
    middle_y = box.y + (box.height - low) / 2
    if shape.tag in icons.TASK_ICONS:
        middle_y = max(middle_y, box.y + ICON_ROOM + len(rows) * TASK_LEADING / 2)
    middle = Point(box.center.x, middle_y)
    return lines(rows, middle, TASK_TEXT, TASK_LEADING, "bpmn-name")


def _default_label(item: Shape | Edge) -> Rect:
    if isinstance(item, Shape):
        return Rect(item.box.center.x - 50, item.box.bottom + 2, 100, 2 * LABEL_LEADING)
    a, b = item.line[0], item.line[1]
    return Rect((a.x + b.x) / 2 - 40, (a.y + b.y) / 2 - LABEL_LEADING - 2, 80, LABEL_LEADING)


def _direction(a: Point, b: Point) -> tuple[float, float]:
    length = ((b.x - a.x) ** 2 + (b.y - a.y) ** 2) ** 0.5 or 1.0
    return (b.x - a.x) / length, (b.y - a.y) / length


def _shortened(line: tuple[Point, ...]) -> list[Point]:
    """The line up to the foot of its arrow head."""
    dx, dy = _direction(line[-2], line[-1])
    return [*line[:-1], line[-1].moved(-dx * (ARROW - 1), -dy * (ARROW - 1))]


def _head(before: Point, tip: Point) -> str:
    dx, dy = _direction(before, tip)
    foot = tip.moved(-dx * ARROW, -dy * ARROW)
    wing = ARROW * 0.45
    corners = [tip, foot.moved(-dy * wing, dx * wing), foot.moved(dy * wing, -dx * wing)]
    points = " ".join(f"{number(p.x)},{number(p.y)}" for p in corners)
    return f'<polygon class="bpmn-arrow" points="{points}"/>'


def _along(edge: Edge, distance: float, markup: str) -> str:
    a, b = edge.line[0], edge.line[1]
    dx, dy = _direction(a, b)
    turn = " rotate(90)" if abs(dy) > abs(dx) else ""
    at = a.moved(dx * distance, dy * distance)
    return f'<g transform="translate({number(at.x)} {number(at.y)}){turn}">{markup}</g>'
