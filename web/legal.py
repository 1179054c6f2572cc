"""Legal bases and deadlines in words, with where they come from: the regulation, national law, or design."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.procedures.model import Legal
from web import formatting, words
from web.language import _, current, ngettext
from workflows.law.citations import UnknownBasis, citation


@dataclass(frozen=True)
class Basis:
    """One basis as it is shown: source code, citation, note."""

    source: str
    text: str
    note: str


def bases(entries: Iterable[Legal | Mapping[str, Any]]) -> tuple[Basis, ...]:
    """Bases of an element, cited the way officers do."""
    return tuple(_basis(entry) for entry in entries)


def _basis(entry: Legal | Mapping[str, Any]) -> Basis:
    if isinstance(entry, Legal):
        return Basis(entry.source, cited(entry.basis), entry.note)
    return Basis(str(entry["source"]), cited(str(entry.get("basis") or "")), str(entry.get("note") or ""))


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
    length = _length(str(deadline["clock"]), int(deadline["amount"]))
    start = formatting.moment(str(deadline["start_at"]))
    basis = cited(str(deadline.get("basis") or "")) or _("thiết kế của quy trình")
    source = words.source(str(deadline["source"]))
    return _(
        "Hạn là %(length)s kể từ %(start)s, theo %(basis)s (%(source)s)",
        length=length,
        start=start,
        basis=basis,
        source=source,
    )


def _length(clock: str, amount: int) -> str:
    if clock == "hours":
        return ngettext("%(num)d giờ", "%(num)d giờ", amount)
    if clock == "working_days":
        return ngettext("%(num)d ngày làm việc", "%(num)d ngày làm việc", amount)
    return ngettext("%(num)d ngày", "%(num)d ngày", amount)
