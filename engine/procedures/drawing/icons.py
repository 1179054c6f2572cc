"""Small line icons for tasks and events, drawn in a box of 16 by 16 pixels around the origin; own drawings, no
foreign art.
"""

from __future__ import annotations

from typing import Final

TASK_ICONS: Final = {
    "userTask": '<circle cx="0" cy="-3.5" r="3"/><path d="M-6 6.5v-2a5 4.5 0 0 1 12 0v2z"/>',
    "manualTask": '<path d="M-6 1V-2.5a1.2 1.2 0 0 1 2.4 0V-4.5a1.2 1.2 0 0 1 2.4 0V-5'
    "a1.2 1.2 0 0 1 2.4 0v.8a1.2 1.2 0 0 1 2.4 0"
    'V1.5L5 .2a1.2 1.2 0 0 1 1.6 1.8L3 6H-3.5a2.5 2.5 0 0 1-2.5-2.5z"/>',
    "serviceTask": '<circle r="2.1"/><path d="M-1.2-6.5h2.4l.4 1.9 1.6.7 1.7-1.1 1.7 1.7-1.1 1.7.7 1.6 1.9.4'
    "v2.4l-1.9.4-.7 1.6"
    " 1.1 1.7-1.7 1.7-1.7-1.1-1.6.7-.4 1.9h-2.4l-.4-1.9-1.6-.7-1.7 1.1-1.7-1.7 1.1-1.7-.7-1.6-1.9-.4v-2.4l1.9-.4.7-1.6"
    '-1.1-1.7 1.7-1.7 1.7 1.1 1.6-.7z" transform="translate(0 -.9) scale(.86)"/>',
    "sendTask": '<path class="bpmn-solid" d="M-7-4.5H7V4.5H-7z"/><path class="bpmn-inverse" d="M-7-4.5 0 1 7-4.5"/>',
    "receiveTask": '<path d="M-7-4.5H7V4.5H-7zL0 1 7-4.5"/>',
    "businessRuleTask": '<path d="M-7-5H7V5H-7zM-7-1.8H7M-7 1.6H7M-2.5-1.8V5"/>'
    '<path class="bpmn-solid" d="M-7-5H7v3.2H-7z"/>',
    "scriptTask": '<path d="M-4.5-6h8c-3 3 3 7 0 12h-8c3-5-3-9 0-12zM-3-2.5h4M-2 0h4M-2 2.5h4"/>',
}

EVENT_ICONS: Final = {
    "timer": '<circle r="8"/><path d="M0-5.5V0l3.6 2.4M0-8v1.8M0 8V6.2M-8 0h1.8M8 0H6.2"/>',
    "message": '<path d="M-7.5-5h15V5h-15zl7.5 5.5L7.5-5"/>',
    "error": '<path d="M-7 6.5-2.8-5 2 1 6.5-6.5 2.8 5-2-1z"/>',
    "escalation": '<path d="M0-7 5 6.5 0 1.8-5 6.5z"/>',
    "signal": '<path d="M0-7 7 5.5H-7z"/>',
    "conditional": '<path d="M-5.5-7h11V7h-11zM-3.5-4h7M-3.5-1.3h7M-3.5 1.3h7M-3.5 4h7"/>',
    "terminate": '<circle class="bpmn-solid" r="9.5"/>',
    "link": '<path d="M-7-3H1v-4l6.5 7L1 7V3h-8z"/>',
    "cancel": '<path d="M-6.5-4.5l2-2L0-2l4.5-4.5 2 2L2 0l4.5 4.5-2 2L0 2l-4.5 4.5-2-2L-2 0z"/>',
    "compensate": '<path d="M-1 0 6.5-6v12zM-8 0l7-6V6z"/>',
    "multiple": '<path d="M0-7.5 7.2-2.3 4.4 6.1H-4.4L-7.2-2.3z"/>',
}
THROWN: Final = frozenset(("endEvent", "intermediateThrowEvent"))

GATEWAY_ICONS: Final = {
    "exclusiveGateway": '<path class="bpmn-bold" d="M-5.5-6.5 5.5 6.5M5.5-6.5-5.5 6.5"/>',
    "parallelGateway": '<path class="bpmn-bold" d="M0-9V9M-9 0H9"/>',
    "inclusiveGateway": '<circle class="bpmn-bold" r="8.5"/>',
    "eventBasedGateway": '<circle r="10"/><circle r="8"/><path d="M0-5.5 5.2-1.7 3.2 4.4H-3.2L-5.2-1.7z"/>',
    "complexGateway": '<path class="bpmn-bold" d="M0-9V9M-9 0H9M-6-6 6 6M6-6-6 6"/>',
}

MARKERS: Final = {
    "parallel": '<path class="bpmn-bold" d="M-4-5V5M0-5V5M4-5V5"/>',
    "sequential": '<path class="bpmn-bold" d="M-5-4H5M-5 0H5M-5 4H5"/>',
    "standard": '<path d="M-2.5 5A5.2 5.2 0 1 1 2.5 5M-2.5 5l-3.2.4M-2.5 5l-.6-3"/>',
    "call": '<path d="M-5-5H5V5H-5zM0-3V3M-3 0H3"/>',
}

STATE_ICONS: Final = {
    "open": '<path d="M-3-4.5 5 0l-8 4.5z"/>',
    "done": '<path d="M-4.5 0-1.2 3.6 4.8-3.8"/>',
    "overdue": '<path d="M0-5V1.2M0 3.6v1.4"/>',
    "added": '<path d="M0-4.5V4.5M-4.5 0H4.5"/>',
    "removed": '<path d="M-4.5 0H4.5"/>',
    "changed": '<path d="M-5 .8q2.5-4 5 0t5 0"/>',
    "moved": '<path d="M0 5V-4.5M-3.6-1 0-4.8 3.6-1"/>',
}
