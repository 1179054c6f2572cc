"""When a procedure opens a case by itself, in words."""

from __future__ import annotations

from engine.procedures.starts import MONTHLY, QUARTERLY, StartRule
from web.language import _


def start_rule(rule: StartRule) -> str:
    """One sentence for the procedure's page."""
    day = f"{rule.day:02d}"
    if rule.rhythm == MONTHLY:
        return _("Tự mở ngày %(day)s hằng tháng.", day=day)
    if rule.rhythm == QUARTERLY:
        return _("Tự mở ngày %(day)s của tháng đầu mỗi quý.", day=day)
    return _("Tự mở ngày %(day)s hằng năm.", day=f"{day}/{rule.month:02d}")
