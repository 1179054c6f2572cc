"""The words of campaigns."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from web.formatting import in_language
from web.language import _, current
from workflows.campaigns import progress, services

Say = Callable[[str], str]


def standing(outcomes: Mapping[str, Mapping[str, str]]) -> Say:
    """Says how a respondent stands.

    Args:
        outcomes: how else the respondents' cases may end, by code, in each language.
    """
    return lambda value: _words().get(value) or in_language(outcomes.get(value, {"vi": value}), current())


def _words() -> dict[str, str]:
    return {
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
