"""Legal bases and deadlines in words, with where they come from: the regulation, national law, or design."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Final

from flask import g

from engine.clock import ZONE, from_text
from engine.procedures.model import Legal
from web import formatting, words
from web.current import reading
from web.language import _, current, ngettext
from workflows.law import UnknownBasis, check_basis, citation, force_of
from workflows.law.clauses import Ended
from workflows.studio import clauses

HOURS_IN_A_DAY: Final = 24
LAST_SECOND: Final = time(23, 59, 59)


@dataclass(frozen=True)
class Basis:
    """One basis as it is shown: source code, citation, note, and what must be known of its force."""

    source: str
    text: str
    note: str
    standing: str = ""


def bases(
    entries: Iterable[Legal | Mapping[str, Any]], law_on: date, today: date, ended: Sequence[Ended] = ()
) -> tuple[Basis, ...]:
    """Bases of an element, cited the way officers do.

    Args:
        law_on: the day whose law is asked for; for a case the one by whose law it goes.
        today: the day on which they are read.
        ended: the ends of clauses that process owners have recorded.
    """
    return tuple(_basis(entry, law_on, today, ended) for entry in entries)


def recorded_ends() -> list[Ended]:
    """The ends of clauses that process owners have recorded; read once for a page."""
    if "recorded_ends" not in g:
        with reading() as session:
            g.recorded_ends = clauses.ended(session)
    found: list[Ended] = g.recorded_ends
    return found


def standing(basis: str, law_on: date, today: date, ended: Sequence[Ended] = ()) -> str:
    """Why a basis is no law for that day, or that it ended since and holds all the same; empty where it holds."""
    if not basis or check_basis(basis) is not None:
        return ""
    force = force_of(basis, ended)
    if force.since is not None and force.is_ahead(law_on):
        return _("không áp dụng ở đây: có hiệu lực từ %(day)s", day=formatting.day(force.since))
    if force.until is None or not force.is_over(max(law_on, today)):
        return ""
    over = formatting.day(force.until + timedelta(days=1))
    if force.is_over(law_on):
        return _("không áp dụng ở đây: hết hiệu lực từ %(day)s", day=over)
    law_day = formatting.day(law_on)
    return _("đã hết hiệu lực từ %(day)s; vụ việc vẫn theo pháp luật của ngày %(law_day)s", day=over, law_day=law_day)


def _basis(entry: Legal | Mapping[str, Any], law_on: date, today: date, ended: Sequence[Ended]) -> Basis:
    if isinstance(entry, Legal):
        source, basis, note = entry.source, entry.basis, entry.note
    else:
        source, basis, note = str(entry["source"]), str(entry.get("basis") or ""), str(entry.get("note") or "")
    return Basis(source, cited(basis), note, standing(basis, law_on, today, ended))


def cited(basis: str) -> str:
    """The citation; the basis itself where nothing is known of its instrument; empty for a design choice."""
    if not basis:
        return ""
    try:
        return citation(basis, current())
    except UnknownBasis:
        return basis


def deadline_words(deadline: Mapping[str, Any] | None) -> str:
    """How a deadline was counted and why, for example “24 giờ kể từ 01/09/2026 08:00, theo …”."""
    if not deadline:
        return ""
    basis = cited(str(deadline.get("basis") or ""))
    why = f"{basis} ({words.source(str(deadline['source']))})" if basis else _("thiết kế của quy trình")
    return _("Hạn là %(limit)s, theo %(why)s", limit=_limit(deadline), why=why)


def _limit(deadline: Mapping[str, Any]) -> str:
    """Until when, as officers would say it: a day that was named is a day, not 24 hours from the second before it."""
    clock, amount, start = str(deadline["clock"]), int(deadline["amount"]), from_text(str(deadline["start_at"]))
    if (clock, amount) == ("hours", HOURS_IN_A_DAY) and start.astimezone(ZONE).time().replace(
        microsecond=0
    ) == LAST_SECOND:
        return _("hết ngày %(day)s", day=formatting.day(start + timedelta(days=1)))
    return _("%(length)s kể từ %(start)s", length=span(clock, amount), start=formatting.moment(start))


def span(clock: str, amount: int) -> str:
    """How long a limit is, in words."""
    if clock == "hours":
        return ngettext("%(num)d giờ", "%(num)d giờ", amount)
    if clock == "working_days":
        return ngettext("%(num)d ngày làm việc", "%(num)d ngày làm việc", amount)
    return ngettext("%(num)d ngày", "%(num)d ngày", amount)
