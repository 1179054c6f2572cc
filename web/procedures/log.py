"""The log of a procedure in sentences: who did what, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.events.store import RecordedEvent
from web import formatting
from web.language import _


@dataclass(frozen=True)
class Entry:
    """One event; `hash` is its link in the chain."""

    at: datetime
    actor: str
    text: str
    note: str
    hash: str


def tell(event: RecordedEvent) -> Entry:
    """One event of a procedure's stream."""
    said: Mapping[str, Any] = event.payload or {}
    actor = event.envelope["actor"]
    who = _("Chương trình") if actor["channel"] == "system" else actor["name"]
    return Entry(event.envelope["recorded_at"], who, _text(event.type, said), _note(said), event.hash)


def _text(type: str, said: Mapping[str, Any]) -> str:
    number, day = said.get("number", ""), _first_day(said)
    texts = {
        "VersionPublished": _("Ban hành phiên bản %(number)s, áp dụng từ %(day)s", number=number, day=day),
        "VersionReinstated": _("Áp dụng lại phiên bản %(number)s từ %(day)s", number=number, day=day),
        "DraftBegun": _("Mở bản nháp"),
        "DraftSubmitted": _("Trình phê duyệt, đề nghị áp dụng từ %(day)s", day=day),
        "DraftReturned": _("Trả lại bản nháp"),
        "DraftReopened": _("Sửa bản nháp đã trình; phải trình lại"),
        "DraftApproved": _("Phê duyệt bản nháp"),
        "DraftRebased": _("Lấy thay đổi của phiên bản mới vào bản nháp"),
        "DraftDiscarded": _("Bỏ bản nháp"),
    }
    return texts.get(type, type)


def _first_day(said: Mapping[str, Any]) -> str:
    """The first day on which a version is used, in Vietnam's time."""
    if said.get("effective_from"):
        return formatting.day(datetime.fromisoformat(said["effective_from"]))
    return formatting.day(said.get("effective_on"))


def _note(said: Mapping[str, Any]) -> str:
    parts = [said.get("note"), said.get("instrument"), said.get("reason"), said.get("name")]
    return " · ".join(str(part) for part in parts if part)
