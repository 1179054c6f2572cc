"""The books of a simulated year: what must hold when it is over, counted from what the store keeps.

Each book says how much it looked at and what is wrong; nothing wrong in any of them is what the simulation is to show.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Engine as Database
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import canonical
from engine.clock import from_text, local_date
from engine.events.verify import streams, verify
from engine.procedures.versions import Versions
from engine.replay import AGREES, Verdict
from engine.replay.many import replay_many
from engine.tables import AwaitedMessage, Case, ChildCase, Event, EventPayload, Incident, OutboxMessage, Timer, WorkItem
from workflows.agencies.tables import Agency
from workflows.campaigns import figures, recorded, respondents
from workflows.campaigns.services import BATCH, CONSOLIDATE, EXEMPT, LATE, RECEIVED
from workflows.documents.tables import FAILED, ISSUED, QUEUED, Dispatch, Document, DocumentRecipient
from workflows.oversight.notices import RESULT

WORKED = ("WorkItemCompleted", "MessageRecorded", "AnswerRecorded")
HANDED_IN = (*WORKED, "WorkItemCorrected")


@dataclass(frozen=True)
class Book:
    """One book.

    Args:
        looked_at: of how many things.
        wrong: each in a few words, by the code of its case.
        figures: what was counted beside.
    """

    name: str
    looked_at: int
    wrong: list[str]
    figures: Mapping[str, int] = field(default_factory=dict)


def check(session: Session, versions: Versions, now: datetime) -> list[Book]:
    """All books, at the end of the simulated time."""
    kept: list[Callable[[Session, Versions, datetime], Book]] = [
        cases, incidents, outbox, dead, reminders, campaigns, counted, summed, successors, results, chains, replays,
    ]  # fmt: skip
    return [book(session, versions, now) for book in kept]


def cases(session: Session, versions: Versions, now: datetime) -> Book:
    """How many cases of each procedure there were; those that run on or were stopped are told as figures."""
    rows = session.execute(select(Case.procedure_id, Case.status)).all()
    told = Counter(procedure for procedure, _ in rows)
    still = Counter(f"{procedure} ({status})" for procedure, status in rows if status != "ended")
    return Book("cases", len(rows), [] if rows else ["no case at all"], {**dict(sorted(told.items())), **still})


def incidents(session: Session, versions: Versions, now: datetime) -> Book:
    """No step has failed for good."""
    query = select(Incident, Case.code).join(Case, Case.id == Incident.case_id)
    found = session.execute(query).all()
    wrong = [f"{code} {one.element_id}: {one.code} {one.params}" for one, code in found if one.status == "open"]
    return Book("incidents", len(found), wrong)


def outbox(session: Session, versions: Versions, now: datetime) -> Book:
    """Every message had its effect."""
    query = select(OutboxMessage.topic, OutboxMessage.status, OutboxMessage.due_at, OutboxMessage.last_error)
    rows = session.execute(query).all()
    lost = [f"{row.topic}: {row.last_error}" for row in rows if row.status == "failed" or _overdue(row, now)]
    return Book("outbox", len(rows), lost)


def _overdue(row: Any, now: datetime) -> bool:
    return row.status == "waiting" and bool(row.due_at <= now)


def dead(session: Session, versions: Versions, now: datetime) -> Book:
    """A running case always waits for somebody or something."""
    running = session.execute(select(Case.id, Case.code, Case.procedure_id).where(Case.status == "running")).all()
    waits: set[str] = set()
    waits |= set(session.scalars(select(WorkItem.case_id).where(WorkItem.closed_at.is_(None))))
    waits |= set(session.scalars(select(AwaitedMessage.case_id).where(AwaitedMessage.closed_at.is_(None))))
    waits |= set(session.scalars(select(Timer.case_id).where(Timer.status == "waiting")))
    waits |= set(session.scalars(select(ChildCase.parent_id).where(ChildCase.status.in_(("starting", "running")))))
    return Book("dead", len(running), [f"{row.code} ({row.procedure_id})" for row in running if row.id not in waits])


def reminders(session: Session, versions: Versions, now: datetime) -> Book:
    """Nothing went beyond its end without a reminder in the case, before that end or at once.

    A case that stands still is reminded of nothing: what fell due meanwhile is told of when it goes on.
    """
    reminded: dict[str, datetime] = {}
    for event in _events(session, ("Reminded",)):
        target = str(event.payload["target_id"])
        reminded[target] = min(event.at, reminded.get(target, event.at))
    wrong, late, stood = [], 0, _standstills(session)
    for row, code in _overdue_rows(session, now):
        late += 1
        told, wanted = reminded.get(row.id), max(row.due_at, row.created_at)
        wanted = max([wanted, *(until for since, until in stood[row.case_id] if since <= wanted <= until)])
        if row.closed_at is not None and row.closed_at <= wanted:  # it ended before anybody could be reminded
            continue
        if told is None or told > wanted:
            wrong.append(f"{code} {row.element_id} ({row.agency_id}), due {row.due_at}: reminded {told}")
    return Book("reminders", late, wrong, {"reminded": len(reminded), "overdue": late})


def _standstills(session: Session) -> Mapping[str, list[tuple[datetime, datetime]]]:
    """From when to when each case stood still."""
    found: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for event in _events(session, ("CaseResumed",)):
        found[event.case_id].append((from_text(str(event.payload["since"])), event.at))
    return found


def _overdue_rows(session: Session, now: datetime) -> Iterator[tuple[Any, str]]:
    """What lived beyond its end. What was recorded is kept as work too; the reminder is the awaited message's."""
    awaited = set(session.scalars(select(AwaitedMessage.token)))
    items = select(WorkItem, Case.code).join(Case, Case.id == WorkItem.case_id).where(WorkItem.due_at < now)
    messages = select(AwaitedMessage, Case.code).join(Case, Case.id == AwaitedMessage.case_id)
    rows = [(row, code) for row, code in session.execute(items) if row.token not in awaited]
    for row, code in [*rows, *session.execute(messages.where(AwaitedMessage.due_at < now))]:
        if max(row.due_at, row.created_at) < (row.closed_at or now):
            yield row, code


def campaigns(session: Session, versions: Versions, now: datetime) -> Book:
    """Each campaign that the time reached has ended with its documents: an issued one, and the notice of its result."""
    wrong, found = [], _campaigns(session)
    for case in found:
        issued = list(session.scalars(_issued(case.id)))
        if case.status != "ended":
            wrong.append(f"{case.code}: {case.status}")
        elif not issued or (_must_tell(session, versions, case) and not _results(session, case)):
            wrong.append(f"{case.code}: {len(issued)} documents, no notice of the result")
    return Book("campaigns", len(found), wrong)


def counted(session: Session, versions: Versions, now: datetime) -> Book:
    """The figures of each yearly report equal those counted anew, case by case."""
    wrong, lines = [], 0
    all_cases = session.execute(select(Case.code, Case.procedure_id, Case.outcome, Case.ended_at)).all()
    for case in _campaigns(session):
        told = recorded.latest(session, case.id, figures.SERVICE)
        if told is None or not told.result["period"]:
            continue
        first, last = (_day(part) for part in str(told.result["period"]).split(" – "))
        for line in told.result["lines"]:
            figure = next(one for one in figures.figures() if one.id == line["id"])
            fit = [
                row.code
                for row in all_cases
                if row.procedure_id == figure.procedure
                and row.outcome in figure.outcomes
                and row.ended_at <= told.at
                and first <= local_date(row.ended_at) <= last
            ]
            lines += 1
            if line["count"] != len(fit) or sorted(told.result["cases"][line["id"]]) != sorted(fit):
                wrong.append(f"{case.code} {line['id']}: {line['count']}, counted {len(fit)}")
    return Book("counted", lines, wrong)


def summed(session: Session, versions: Versions, now: datetime) -> Book:
    """The totals of each campaign are the sums of what the respondents handed in last."""
    wrong, totals = [], 0
    for case in _campaigns(session):
        told = recorded.latest(session, case.id, CONSOLIDATE)
        if told is None:
            continue
        children = select(ChildCase.child_id).where(
            ChildCase.parent_id == case.id, ChildCase.batch == BATCH, ChildCase.outcome.in_((RECEIVED, LATE))
        )
        handed_in: dict[str, Mapping[str, Any]] = {}
        for event in _events(session, HANDED_IN, [str(id_) for id_ in session.scalars(children)]):
            handed_in[event.case_id] = {**handed_in.get(event.case_id, {}), **event.payload["values"]}
        for name, total in told.result["totals"].items():
            came = sum(int(values.get(name) or 0) for values in handed_in.values())
            totals += 1
            if came != total:
                wrong.append(f"{case.code} {name}: {total}, handed in {came}")
    return Book("summed", totals, wrong)


def successors(session: Session, versions: Versions, now: datetime) -> Book:
    """For a body that ceased before it had answered a campaign its one successor stands; without one it is exempt."""
    looked_at, wrong, told = 0, [], Counter[str]()
    last_days = dict(session.execute(select(Agency.id, Agency.valid_to).where(Agency.valid_to.is_not(None))).all())
    for case in _campaigns(session):
        made = recorded.latest(session, case.id, CONSOLIDATE)
        for row in made.result["rows"] if made else ():
            looked_at += 1
            last, on = last_days.get(row["agency"]), local_date(made.at if made else now)
            if last is not None and last < on:
                heir = respondents.heir(session, row["agency"], on, case.lead_agency)
                how, fits = _stands_in(row, last, heir)
                told[how] += 1
                wrong += [] if fits else [f"{case.code} {row['agency']}: {row['respondent']}, {row['outcome']}"]
    return Book("successors", looked_at, wrong, dict(told))


def _stands_in(row: Mapping[str, Any], last: date, heir: str | None) -> tuple[str, bool]:
    """Who should stand for a body after its last day, and whether the line of a campaign says so."""
    if row["submitted_on"] and row["submitted_on"] <= last.isoformat():
        return "answered before", row["respondent"] in (row["agency"], heir)
    return ("successor", row["respondent"] == heir) if heir else ("exempt", row["outcome"] == EXEMPT)


def results(session: Session, versions: Versions, now: datetime) -> Book:
    """Article 5.2: whoever took part in a case that ended got the one written result, and the lead got none."""
    wrong, told, dispatched = [], 0, 0
    workers = _workers(session)
    for case in session.scalars(select(Case).where(Case.status == "ended").order_by(Case.code)):
        took_part, found = workers(case), _results(session, case)
        if not found:
            if len(took_part) > 1 and _must_tell(session, versions, case):
                wrong.append(f"{case.code} ({case.procedure_id}, {case.outcome}): no written result")
            continue
        told += 1
        if len(found) > 1:
            wrong.append(f"{case.code}: {len(found)} written results")
        wanted = _changed(session, found[0], took_part - {found[0].issuer_agency_id})
        sent = _dispatched(session, found[0])
        dispatched += len(sent)
        if sent != wanted:
            wrong.append(f"{case.code} ({case.procedure_id}): missing {wanted - sent}, beyond {sent - wanted}")
    return Book("results", told, wrong, {"dispatched": dispatched})


def chains(session: Session, versions: Versions, now: datetime) -> Book:
    """Every chain of events proves."""
    found = streams(session)
    wrong = [
        f"{one.code} {one.stream.kind}/{one.stream.id} {one.seq}" for stream in found for one in verify(session, stream)
    ]
    return Book("chains", len(found), wrong)


def replays(session: Session, versions: Versions, now: datetime) -> Book:
    """The log of each case, running or ended, agrees with its re-execution from the first event to the last."""
    cases = session.execute(select(Case.id, Case.code).order_by(Case.code)).all()
    url = cast(Database, session.get_bind()).url.render_as_string(hide_password=False)
    verdicts = list(replay_many(url, [case.id for case in cases]))
    wrong = [f"{case.code}: {_parted(one)}" for case, one in zip(cases, verdicts, strict=True) if one.answer != AGREES]
    return Book("replays", len(verdicts), wrong, {"events": sum(one.events for one in verdicts)})


def _parted(verdict: Verdict) -> str:
    """Where log and re-execution part, or why nothing can be said."""
    found = verdict.difference
    return f"event {found.seq} {found.type} {found.element}: {found.what}" if found else verdict.reason


# What the books read -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Told:
    """One event of a case."""

    case_id: str
    type: str
    at: datetime
    payload: Mapping[str, Any]


def _events(session: Session, types: tuple[str, ...], case_ids: list[str] | None = None) -> Iterator[_Told]:
    """Events of these types, of all cases or of some, each case's in order."""
    query = (
        select(Event.stream_id, Event.type, Event.recorded_at, EventPayload.payload)
        .join(EventPayload, EventPayload.event_hash == Event.hash)
        .where(Event.stream_kind == "case", Event.type.in_(types))
    )
    wanted = None if case_ids is None else set(case_ids)
    for id_, type_, at, payload in session.execute(query.order_by(Event.stream_id, Event.seq)):
        if wanted is None or id_ in wanted:
            yield _Told(id_, type_, at, canonical.loads(payload))


def _campaigns(session: Session) -> list[Case]:
    """The cases that have respondents."""
    with_children = select(ChildCase.parent_id).where(ChildCase.batch == BATCH)
    return list(session.scalars(select(Case).where(Case.id.in_(with_children)).order_by(Case.code)))


def _workers(session: Session) -> Callable[[Case], set[str]]:
    """Whose officers completed something, in a case, its children or one that was merged into it."""
    own: dict[str, set[str]] = defaultdict(set)
    for event in _events(session, (*WORKED, "CaseTakenIn")):
        agencies = event.payload["agencies"] if event.type == "CaseTakenIn" else [event.payload["agency_id"]]
        own[event.case_id].update(agencies)
    children: dict[str, list[str]] = defaultdict(list)
    for parent, child in session.execute(select(ChildCase.parent_id, ChildCase.child_id)):
        children[parent].append(str(child))
    return lambda case: set().union(*(own[id_] for id_ in (case.id, *children[case.id])))


def _issued(case_id: str) -> Any:
    return select(Document).where(Document.case_id == case_id, Document.status == ISSUED)


def _results(session: Session, case: Case) -> list[Document]:
    notices = session.scalars(_issued(case.id).where(Document.type == "TB"))
    return [document for document in notices if document.subject.startswith(RESULT)]


def _must_tell(session: Session, versions: Versions, case: Case) -> bool:
    return versions.get(session, case.version_hash).bundle.outcomes[case.outcome or ""].result == "required"


def _changed(session: Session, document: Document, took_part: set[str]) -> set[str]:
    """Whoever took part, with those that an officer added or left out."""
    rows = session.scalars(select(DocumentRecipient).where(DocumentRecipient.document_id == document.id)).all()
    added, waived = ({r.agency_id for r in rows if r.added}, {r.agency_id for r in rows if r.waived})
    return (took_part | added) - waived


def _dispatched(session: Session, document: Document) -> set[str]:
    query = select(Dispatch.recipient_agency_id).where(Dispatch.document_id == document.id)
    return set(session.scalars(query.where(Dispatch.status.not_in((QUEUED, FAILED)))))


def _day(text: str) -> date:
    day, month, year = map(int, text.split("/"))
    return date(year, month, day)
