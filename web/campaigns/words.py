"""The words of campaigns."""

from __future__ import annotations

from web.language import _
from workflows.campaigns import progress, services


def standing(value: str) -> str:
    """How a respondent stands, in words."""
    words = {
        progress.UNOPENED: _("Chưa mở"),
        progress.WORKING: _("Đang lập"),
        progress.OVERDUE: _("Quá hạn"),
        progress.RETURNED: _("Đang bổ sung"),
        progress.ANSWERED: _("Đã gửi, chờ xử lý"),
        services.RECEIVED: _("Đã nhận đúng hạn"),
        services.LATE: _("Đã nhận, trễ hạn"),
        services.MISSING: _("Không nộp"),
        services.EXEMPT: _("Miễn nộp"),
    }
    return words.get(value, value)
