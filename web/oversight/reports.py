"""The reports, in the order of the menu."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from web.language import _
from web.oversight import overdue
from web.oversight.asking import Asked
from web.oversight.choices import Choice
from web.oversight.tables import Table


@dataclass(frozen=True)
class Report:
    """One report.

    Args:
        title, lead: its heading, and in a sentence what it tells.
        tables: its tables for a question; the last one may go over several pages.
        choices: what it lets choose beside period, procedure and agency.
    """

    title: Callable[[], str]
    lead: Callable[[], str]
    tables: Callable[[Asked], Sequence[Table]]
    choices: Callable[[Asked], Sequence[Choice]] = lambda _asked: ()


REPORTS: Final[Mapping[str, Report]] = {
    "qua-han": Report(
        lambda: _("Việc quá hạn"),
        lambda: _("Việc chưa xong, xong muộn hoặc không làm khi đã đến hạn, theo cơ quan, quy trình và bước."),
        overdue.tables,
        overdue.choices,
    ),
}
