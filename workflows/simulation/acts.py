"""What officers do beside completing steps, each at a small rate: extend, answer on paper, correct, suspend, stop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from engine.actors import CLERK, HEAD, Actor
from engine.clock import local_date
from engine.commands import (
    CancelCase,
    Command,
    CorrectWorkItem,
    ExtendDeadline,
    RecordAnswer,
    ResumeCase,
    ReturnStep,
    SuspendCase,
    WithdrawCase,
)
from engine.core import Engine
from engine.errors import Rejected
from engine.forms import Form
from engine.tables import Case, ChildCase, WorkItem
from workflows.simulation.filler import Filled
from workflows.simulation.openings import openings

RETURNED, EXTENDED, PAPER, CORRECTED = "returned", "extended", "on paper", "corrected"
SUSPENDED, RESUMED, WITHDRAWN, CANCELLED = "suspended", "resumed", "withdrawn", "cancelled"
RATES: Final[Mapping[str, float]] = {
    RETURNED: 0.02,
    EXTENDED: 0.02,
    PAPER: 0.10,
    SUSPENDED: 0.002,
    WITHDRAWN: 0.004,
    CANCELLED: 0.001,
}
"""Chance that it is tried in place of completing a step; much of it is then refused, as it must be."""
CORRECTIONS: Final = 0.01
"""Chance that a completed step is corrected at once."""
STANDSTILL: Final = (3, 15)
MORE_TIME: Final = (2, 7)
REASON: Final = "Theo đề nghị của cơ quan chủ trì."


@dataclass(frozen=True)
class Moment:
    """One officer before one open work item; `on_paper`: its answer may come as a document."""

    item: WorkItem
    case: Case
    on_paper: bool
    actor: Actor
    filled: Filled
    now: datetime
    rng: Random


@dataclass
class Acts:
    """Acts on cases and steps.

    Args:
        holders: officers by agency and duty.
        done: how often each act was carried out.
    """

    engine: Engine
    holders: Mapping[tuple[str, str], list[Actor]]
    done: Counter[str]
    standing: dict[str, tuple[datetime, Actor]] = field(default_factory=dict)

    def next_at(self) -> datetime | None:
        """When the next case that stands still will go on."""
        return min((until for until, _ in self.standing.values()), default=None)

    def resume(self, now: datetime) -> int:
        """Let those cases go on whose time has come. Returns how many."""
        due = [(case_id, head) for case_id, (until, head) in self.standing.items() if until <= now]
        for case_id, head in due:
            del self.standing[case_id]
            self._carried_out(RESUMED, ResumeCase(case_id, REASON), head, f"{case_id}:{now:%d%m%H%M}")
        return len(due)

    def instead(self, moment: Moment) -> str:
        """What was done in place of completing the step; empty where it is to be completed."""
        drawn = moment.rng.random()
        for act, rate in RATES.items():
            drawn -= rate
            if drawn < 0:
                return act if self._tries[act](moment) else ""
        return ""

    @property
    def _tries(self) -> Mapping[str, Callable[[Moment], bool]]:
        """Each act; says whether it was carried out."""
        return {
            RETURNED: self._returned,
            EXTENDED: self._extended,
            PAPER: self._on_paper,
            SUSPENDED: self._suspended,
            WITHDRAWN: self._withdrawn,
            CANCELLED: self._cancelled,
        }

    def afterwards(self, moment: Moment, form: Form) -> None:
        """Sometimes somebody notices at once what was written wrongly."""
        texts = [one.name for one in form.fields if one.type == "textarea" and one.name in moment.filled.data]
        if not texts or moment.rng.random() >= CORRECTIONS:
            return
        name = moment.rng.choice(texts)
        data = {**moment.filled.data, name: f"{moment.filled.data[name]} (đã đính chính)"[:1000]}
        command = CorrectWorkItem(moment.item.id, data, "Đính chính lỗi ghi chép.")
        self._carried_out(CORRECTED, command, moment.actor, f"{moment.item.id}:correct")

    def _returned(self, moment: Moment) -> bool:
        """There may be no step before it, or it was another agency's."""
        command = ReturnStep(moment.item.id, "Đề nghị bổ sung, làm rõ.")
        return self._carried_out(RETURNED, command, moment.actor, f"{moment.item.id}:return")

    def _extended(self, moment: Moment) -> bool:
        item = moment.item
        if item.due_at is None or item.deadline is None:
            return False
        until = max(item.due_at, moment.now) + timedelta(days=moment.rng.randint(*MORE_TIME))
        command = ExtendDeadline(item.case_id, item.id, until, REASON, _letter(moment))
        return self._of_lead(EXTENDED, command, moment)

    def _on_paper(self, moment: Moment) -> bool:
        clerk = self._holder(moment.case.lead_agency, CLERK)
        if clerk is None or not moment.on_paper:
            return False
        day = local_date(moment.now).isoformat()
        filled = moment.filled
        command = RecordAnswer(moment.item.id, filled.data, _letter(moment), day, filled.attachments)
        return self._carried_out(PAPER, command, clerk, f"{moment.item.id}:paper")

    def _suspended(self, moment: Moment) -> bool:
        case_id = moment.case.id
        if not self._of_lead(SUSPENDED, SuspendCase(case_id, REASON), moment):
            return False
        until = moment.now + timedelta(days=moment.rng.randint(*STANDSTILL))
        self.standing[case_id] = until, self.holders[moment.case.lead_agency, HEAD][0]
        return True

    def _withdrawn(self, moment: Moment) -> bool:
        head = self._holder(moment.case.initiator_agency, HEAD)
        if head is None or self._is_bound(moment.case):
            return False
        return self._carried_out(WITHDRAWN, WithdrawCase(moment.case.id, REASON), head, f"{moment.item.id}:withdraw")

    def _cancelled(self, moment: Moment) -> bool:
        return self._of_lead(CANCELLED, CancelCase(moment.case.id, REASON, _letter(moment)), moment)

    # Inside -----------------------------------------------------------------------------------------------------------

    def _of_lead(self, act: str, command: Command, moment: Moment) -> bool:
        """An act that the head of the leading agency decides."""
        head = self._holder(moment.case.lead_agency, HEAD)
        if head is None or (act != EXTENDED and self._is_bound(moment.case)):
            return False
        return self._carried_out(act, command, head, f"{moment.item.id}:{act}:{moment.now:%d%m%H%M}")

    def _holder(self, agency: str, duty: str) -> Actor | None:
        return next(iter(self.holders.get((agency, duty), [])), None)

    def _is_bound(self, case: Case) -> bool:
        """Whether the case is not its people's to stop: the calendar has begun it, or it belongs to a campaign."""
        if case.procedure_id not in openings():
            return True
        with self.engine.read() as session:
            return _has_family(session, case.id)

    def _carried_out(self, act: str, command: Command, actor: Actor, key: str) -> bool:
        try:
            self.engine.execute(command, actor=actor, key=f"simulated:{key}")
        except Rejected:
            return False
        self.done[act] += 1
        return True


def _has_family(session: Session, case_id: str) -> bool:
    kin = select(ChildCase.child_id).where(or_(ChildCase.parent_id == case_id, ChildCase.child_id == case_id))
    return session.scalars(kin.limit(1)).first() is not None


def _letter(moment: Moment) -> str:
    return f"{moment.rng.randrange(1, 999)}/CV ngày {local_date(moment.now):%d/%m/%Y}"
