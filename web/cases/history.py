"""What happened in a case, told in sentences: a line for each act, with what it set going beneath it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from engine.queries.history import HistoryRow
from web.cases.facts import Lexicon, facts
from web.cases.sentences import sentence_of, step_of
from web.language import _
from workflows.agencies.queries import tells

# Told on the page of the case, left out of the short history beside a task.
PASSING = frozenset({"WorkItemCreated", "WorkItemClaimed", "WorkItemReleased", "WorkItemAssigned", "WorkItemCancelled"})
# What an act sets going in its own transaction is told beneath it.
CAUSES = frozenset(
    "CaseStarted WorkItemCompleted AnswerRecorded MessageRecorded StepReturned TimerFired CaseCancelled "
    "CaseWithdrawn".split()
)
CONSEQUENCES = frozenset({"WorkItemCreated", "WorkItemCancelled", "DocumentApproved"})


@dataclass(frozen=True)
class Line:
    """One line of the history; milestones are those worth telling in short.

    `moves` tell what it set going, `events` the moment and the text of each event that has no line of its own.
    """

    at: datetime | str
    text: str
    actor: str
    milestone: bool = True
    facts: tuple[tuple[str, str], ...] = ()
    moves: tuple[str, ...] = ()
    events: tuple[tuple[datetime | str, str], ...] = ()


@dataclass(eq=False)
class _Act:
    """An event with those that are told together with it: the claim before it, the consequences behind it."""

    row: HistoryRow
    claim: HistoryRow | None = None
    consequences: list[HistoryRow] = field(default_factory=list)


def tell(history: Sequence[HistoryRow], lexicon: Lexicon) -> list[Line]:
    """The lines of these events, oldest first; events of the machinery are left to the audit pages.

    What a clock does day by day, with nothing between, is told once: with the last of its days.
    """
    lines: list[Line] = []
    for act in _acts(history):
        line = _line(act, lexicon)
        if line is None:
            continue
        if act.row.type == "TimerFired" and lines and _again(lines[-1], line):
            before = lines.pop()
            line = replace(line, events=(*before.events, (before.at, before.text), *line.events))
        lines.append(line)
    return lines


def _again(before: Line, line: Line) -> bool:
    return (before.text, before.actor, before.moves) == (line.text, "", ())


def tell_alone(row: HistoryRow, lexicon: Lexicon) -> Line | None:
    """One event by itself; None for those of the machinery."""
    return _line(_Act(row), lexicon)


def _acts(history: Sequence[HistoryRow]) -> list[_Act]:
    acts: list[_Act] = []
    latest: dict[str, _Act] = {}
    cause: _Act | None = None
    for row in history:
        if row.type in CONSEQUENCES and cause is not None and cause.row.at == row.at:
            cause.consequences.append(row)
            continue
        act, item = _Act(row), str(row.payload.get("work_item_id", ""))
        claim = latest.get(item)
        if row.type == "WorkItemCompleted" and claim is not None and _claimed_by_same(claim.row, row):
            acts.remove(claim)
            act.claim = claim.row
        acts.append(act)
        latest[item] = act
        cause = act if row.type in CAUSES else cause
    return acts


def _claimed_by_same(before: HistoryRow, row: HistoryRow) -> bool:
    same = (before.actor_name, before.actor_agency) == (row.actor_name, row.actor_agency)
    return before.type == "WorkItemClaimed" and same


def _line(act: _Act, lexicon: Lexicon) -> Line | None:
    row, text = act.row, sentence_of(act.row, lexicon)
    if text is None:
        return None
    folded = [*([act.claim] if act.claim else []), *act.consequences]
    return Line(
        at=row.at,
        text=text,
        actor=_who(row, lexicon),
        milestone=row.type not in PASSING,
        facts=facts(row, lexicon),
        moves=_moves(act.consequences, lexicon),
        events=tuple((one.at, sentence_of(one, lexicon) or "") for one in folded),
    )


def _moves(rows: Sequence[HistoryRow], lexicon: Lexicon) -> tuple[str, ...]:
    """One text for each step, whatever the number of agencies it goes to."""
    steps: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        agency = lexicon.agencies.get(str(row.payload.get("agency_id", "")), "")
        steps.setdefault((row.type, step_of(row)), []).append(agency)
    return tuple(_move(type_, step, agencies) for (type_, step), agencies in steps.items())


def _move(type_: str, step: str, agencies: Sequence[str]) -> str:
    if type_ == "WorkItemCreated":
        return _("chuyển đến %(agency)s: %(step)s", agency="; ".join(dict.fromkeys(agencies)), step=step)
    if type_ == "WorkItemCancelled":
        return _("không cần làm nữa: %(step)s", step=step)
    return _("văn bản được duyệt")


def _who(row: HistoryRow, lexicon: Lexicon) -> str:
    """Name and agency of a person; names of posts tell the agency themselves, the program has no name."""
    if row.by_program:
        return ""
    told = tells(row.actor_name, row.actor_agency, lexicon.short_names)
    return row.actor_name if told else f"{row.actor_name}, {row.actor_agency}"
