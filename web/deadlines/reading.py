"""The deadlines of a case, told from its history: what was set, how it was counted, what changed it, what is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine.clock import from_text, local_date
from engine.queries.cases import CaseView
from engine.queries.history import HistoryRow
from engine.replay.limits import CHANGES, CLOSES, SETS
from web import formatting, words
from web.language import _, current
from web.legal import cited, deadline_words, standing
from workflows.agencies.queries import agency_names
from workflows.calendar.explain import CountedDay, explain
from workflows.studio import clauses


@dataclass(frozen=True)
class Change:
    """That a deadline moved: when, from and to which end, why, and who."""

    at: datetime | str
    before: str
    after: str
    why: str
    actor: str


@dataclass
class Shown:
    """One deadline as its page shows it; `timers` name what happens by itself at the same moment by the same rule."""

    id: str
    element_name: str
    rule_name: str
    is_timer: bool
    agency_name: str
    deadline: Mapping[str, Any]
    told: str
    citation: str
    confidence: str
    standing: str = ""
    days: Sequence[CountedDay] = ()
    changes: list[Change] = field(default_factory=list)
    timers: list[str] = field(default_factory=list)
    is_open: bool = True
    may_extend: bool = False

    @property
    def due_at(self) -> datetime:
        """Its end (UTC)."""
        return from_text(self.deadline["due_at"])


def deadlines_of(session: Session, view: CaseView, now: datetime, *, is_head: bool) -> list[Shown]:
    """Every deadline of the case, the open ones first and then by their end.

    Args:
        is_head: whether the person is a head of the leading agency, who may extend what may be extended.
    """
    found: dict[str, Shown] = {}
    history = view.history.all(session)
    for row in history:
        _apply(found, row, view)
    _name_agencies(session, found, history, now)
    _fold_timers(found)
    ended = clauses.ended(session)
    for one in found.values():
        one.days = explain(session, one.deadline)
        one.told = deadline_words(one.deadline)
        one.standing = standing(str(one.deadline.get("basis") or ""), view.law_on, local_date(now), ended)
        one.may_extend = is_head and one.is_open and _is_extendable(one, now)
    return sorted(found.values(), key=lambda one: (not one.is_open, one.due_at, one.is_timer))


def _apply(found: dict[str, Shown], row: HistoryRow, view: CaseView) -> None:
    payload = row.payload
    if row.type in SETS and payload.get("deadline"):
        id_ = str(payload[SETS[row.type]])
        found[id_] = _shown(id_, row, view)
    elif row.type in CHANGES and (changed := found.get(str(payload["target_id"]))):
        changed.deadline = payload["deadline"]
        changed.changes.append(_change(row))
    elif row.type in CLOSES and (closed := found.get(str(payload.get(CLOSES[row.type])))):
        closed.is_open = False
    elif row.type in ("CaseEnded", "CaseCancelled"):
        for one in found.values():
            one.is_open = False


def _shown(id_: str, row: HistoryRow, view: CaseView) -> Shown:
    deadline = row.payload["deadline"]
    rules = (part.deadlines.get(deadline["rule"]) for part in (view.version.bundle, *view.version.parts.values()))
    rule = next((one for one in rules if one), {})
    return Shown(
        id=id_,
        element_name=row.element_name or row.element_id,
        rule_name=formatting.in_language(rule.get("name"), current()),
        is_timer=row.type == "TimerScheduled",
        agency_name="",
        deadline=deadline,
        told="",
        citation=cited(str(deadline.get("basis") or "")),
        confidence=words.confidence(str(deadline["confidence"])),
    )


def _name_agencies(session: Session, found: Mapping[str, Shown], history: Sequence[HistoryRow], now: datetime) -> None:
    names = agency_names(session, local_date(now))
    for row in history:
        one = found.get(str(row.payload.get("work_item_id") or row.payload.get("awaited_id")))
        if one is not None and row.payload.get("agency_id"):
            one.agency_name = names.get(str(row.payload["agency_id"]), "")


def _fold_timers(found: dict[str, Shown]) -> None:
    """A timer that rests on the same limit as a step is told there."""
    steps = {_limit(one): one for one in found.values() if not one.is_timer}
    for id_, one in list(found.items()):
        step = steps.get(_limit(one)) if one.is_timer else None
        if step is not None:
            step.timers = list(dict.fromkeys([*step.timers, one.element_name]))
            del found[id_]


def _limit(one: Shown) -> tuple[str, str, str, bool]:
    return one.deadline["rule"], one.deadline["start_at"], one.deadline["due_at"], one.is_open


def _change(row: HistoryRow) -> Change:
    payload = row.payload
    if row.type == "DeadlineExtended":
        why = _("Gia hạn: %(reason)s (%(document)s)", reason=payload["reason"], document=payload["document"])
        if payload.get("basis"):
            why = f"{why}. {cited(payload['basis'])}"
    elif payload.get("cause") == "calendar":
        why = _("Lịch làm việc thay đổi")
    else:
        why = _("Vụ việc chọn chế độ pháp luật khác")
    who = "" if row.by_program else row.actor_name
    return Change(row.at, str(payload["before"]), str(payload["after"]), why, who)


def _is_extendable(one: Shown, now: datetime) -> bool:
    own = one.deadline["source"] == "TK"
    return own or (bool(one.deadline.get("extendable")) and one.due_at >= now)
