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
    return texts.get(type) or _of_migration(type, said) or type


def _of_migration(type: str, said: Mapping[str, Any]) -> str:
    """What was done with a plan to put running cases onto a version."""
    number, count, done = said.get("number", ""), said.get("cases", 0), said.get("done", 0)
    left, stay = said.get("halted", 0), said.get("blocked", 0) + said.get("failed", 0)
    texts = {
        "MigrationSubmitted": _(
            "Trình kế hoạch chuyển %(count)s vụ việc đang chạy sang phiên bản %(number)s", count=count, number=number
        ),
        "MigrationReturned": _("Trả lại kế hoạch chuyển vụ việc sang phiên bản %(number)s", number=number),
        "MigrationApproved": _(
            "Phê duyệt chuyển %(count)s vụ việc đang chạy sang phiên bản %(number)s", count=count, number=number
        ),
        "MigrationStopped": _(
            "Dừng chuyển vụ việc sang phiên bản %(number)s: đã chuyển %(done)s, chưa chuyển %(left)s",
            number=number,
            done=done,
            left=left,
        ),
        "MigrationResumed": _(
            "Chuyển tiếp %(count)s vụ việc còn lại sang phiên bản %(number)s", count=count, number=number
        ),
        "MigrationFinished": _(
            "Chuyển xong vụ việc sang phiên bản %(number)s: đã chuyển %(done)s, ở lại %(stay)s",
            number=number,
            done=done,
            stay=stay,
        ),
        "MigrationDiscarded": _("Bỏ kế hoạch chuyển vụ việc sang phiên bản %(number)s", number=number),
    }
    return texts.get(type, "")


def _first_day(said: Mapping[str, Any]) -> str:
    """The first day on which a version is used, in Vietnam's time."""
    if said.get("effective_from"):
        return formatting.day(datetime.fromisoformat(said["effective_from"]))
    return formatting.day(said.get("effective_on"))


def _note(said: Mapping[str, Any]) -> str:
    parts = [said.get("note"), said.get("instrument"), said.get("reason"), said.get("name")]
    return " · ".join(str(part) for part in parts if part)
