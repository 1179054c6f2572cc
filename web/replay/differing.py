"""Where log and re-execution part, in words."""

from __future__ import annotations

import json
from typing import Any

from engine.replay.verdict import Difference
from web.language import current
from web.messages import sentence

LONGEST = 2_000


def in_words(found: Difference) -> dict[str, str]:
    """What differs (`what`), what the log says (`recorded`) and what came out now (`replayed`)."""
    what = sentence(f"replay.what.{found.what}", {}, current())
    return {"what": what, "recorded": shown(found.recorded), "replayed": shown(found.replayed)}


def shown(value: Any) -> str:
    """A value of the log as text."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
