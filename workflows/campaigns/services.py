"""What the diagrams of campaigns call: days, reminders, who is late, reorganisations, and consolidation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import ZONE, local_date, to_text
from engine.errors import IncidentError
from engine.queries.variables import variables_of
from engine.services import Consumer, Delivery, Directory, Service, ServiceCall
from engine.tables import Case, ChildCase
from workflows.agencies.collation import sort_key
from workflows.agencies.queries import agency_names
from workflows.campaigns import figures, tracking
from workflows.campaigns.respondents import RespondentServices

REMINDERS = (-21, -7, -3, -1, 1)
"""Days from the last day: four before, and the day after it (P3 of the design)."""
LETTERS = (2, 7)
CLOSING = 14
"""Days after the last day: the letters to those who are late, and the end of waiting. All design choices."""
HOUR = time(8)
BATCH = "respondents"
REORGANISED = "respondent-reorganised"
TOPIC = "campaigns.reorganised"
CONSOLIDATE = "campaigns.consolidate"
RECEIVED, LATE, MISSING, EXEMPT = "DA_NHAN_DUNG_HAN", "DA_NHAN_TRE", "KHONG_NOP", "MIEN_NOP"
OUTCOMES = (RECEIVED, LATE, MISSING, EXEMPT)


class BadCampaign(IncidentError):
    """A campaign gives a service something it cannot read (`name`)."""

    code = "campaign.bad_input"


class CampaignServices:
    """The services and the outbox consumer, built once by the composition root."""

    def __init__(self, directory: Directory) -> None:
        self._directory, self._respondents = directory, RespondentServices(directory)

    def services(self) -> dict[str, Service]:
        """What diagrams may call, by name."""
        return {
            "regulation.respondents": self._respondents.respondents,
            "regulation.heir": self._respondents.heir,
            "campaigns.prepare": prepare,
            "campaigns.remind": remind,
            "campaigns.late": late,
            "campaigns.follow_reorganisations": self.follow_reorganisations,
            CONSOLIDATE: consolidate,
            figures.SERVICE: figures.count_cases,
            "campaigns.plans": tracking.plans,
            tracking.SERVICE: tracking.task_progress,
        }

    def consumers(self) -> dict[str, Consumer]:
        """What the outbox brings, by topic."""
        return {TOPIC: tell_respondent}

    def follow_reorganisations(self, call: ServiceCall) -> Mapping[str, Any]:
        """Tell the open children of agencies that no longer exist. Result: `dissolved`, agency ids."""
        active = self._directory.active_agencies(call.session, local_date(call.now))
        gone = [child for child in _running(call) if child.agency_id not in active and child.child_id]
        for child in gone:
            known = variables_of(call.session, [str(child.child_id)])[str(child.child_id)]
            if known.get("respondent") == child.agency_id:  # else an heir has taken over already
                call.send(TOPIC, {"case_id": str(child.child_id)})
        return {"dissolved": [child.agency_id for child in gone]}


def prepare(call: ServiceCall) -> Mapping[str, Any]:
    """The days of a campaign, and its children as `cases.start_children` takes them.

    Inputs: `due_on` (its last day), `respondents` (agency ids), `data` (what each child begins with), `own` (what
        only the child of an agency begins with, by agency id).
    Result: `schedule` with `due_from` (a second before the last day begins: 24 hours later it is over), `letters`,
        `closes_at`; `children`, whose data have a `schedule` too, with the `reminders` that are still to come.
    """
    due_on, data = _day(call, "due_on"), call.inputs.get("data") or {}
    own = call.inputs.get("own") or {}
    closes_at = _at(due_on, CLOSING)
    due_from = to_text(datetime.combine(due_on, time(), ZONE) - timedelta(seconds=1))
    reminders = [moment for moment in (_at(due_on, days) for days in REMINDERS) if moment > to_text(call.now)]
    schedule = {"due_from": due_from, "letters": [_at(due_on, days) for days in LETTERS], "closes_at": closes_at}
    child = {**data, "schedule": {"due_from": due_from, "reminders": reminders, "closes_at": closes_at}}
    agencies = call.inputs.get("respondents")
    if not isinstance(agencies, Sequence) or isinstance(agencies, str) or not agencies:
        raise BadCampaign(name="respondents")
    names = agency_names(call.session, local_date(call.now))
    children = [
        {"key": one, "agency": one, "data": {**child, **own.get(one, {}), **_respondent(one, names)}}
        for one in agencies
    ]
    return {"schedule": schedule, "children": children}


def remind(call: ServiceCall) -> Mapping[str, Any]:
    """A reminder on record: the respondent finds it in the case and in its list of what is due.

    Inputs: `agency`, `number` (of reminders sent so far), `due_on`. Result: `number`, one more.
    """
    number = int(call.inputs["number"]) + 1
    facts = {"agency_id": call.inputs["agency"], "number": number, "due_on": call.inputs["due_on"]}
    call.record("RespondentReminded", facts)
    return {"number": number}


def late(call: ServiceCall) -> Mapping[str, Any]:
    """Who has sent nothing yet. Input: `number` (of letters so far). Result: `late`, agency ids; `number`, one more."""
    open_cases = {str(child.child_id): child.agency_id for child in _running(call) if child.child_id}
    known = variables_of(call.session, list(open_cases))
    waiting = [one.get("respondent") or open_cases[id_] for id_, one in known.items() if not one.get("submitted_on")]
    return {"late": sorted(set(waiting)), "number": int(call.inputs["number"]) + 1}


def tell_respondent(delivery: Delivery) -> None:
    """The case of a respondent hears that its agency no longer exists; whether it still waits is its own business."""
    case_id = delivery.body["case_id"]
    code = delivery.session.scalar(select(Case.code).where(Case.id == case_id, Case.status == "running"))
    if code is not None:
        delivery.deliver(case_id, REORGANISED, code, {})


def consolidate(call: ServiceCall) -> Mapping[str, Any]:
    """Put together what the children have handed in, read at this moment; the event keeps every line.

    Inputs: `sums` (names of integers to add up), `texts` (names of texts to keep for each respondent), `batch` (of
        the children; empty: the respondents of a campaign).
    Result: `rows` (agency, respondent, outcome, case code, day of submission, values) in the order of names,
        `table` (the same without texts, a value for each sum, None where there is none), `totals` by name,
        `counts` by outcome, `missing`, `late` and `exempt` (agency ids), `took_part` (who handed something in).
    """
    sums, texts = _names(call, "sums"), _names(call, "texts")
    names = agency_names(call.session, local_date(call.now))
    rows = list(_rows(call, (*sums, *texts)))
    rows.sort(key=lambda row: sort_key(names.get(row["agency"], row["agency"])))
    by_outcome = {outcome: [row["agency"] for row in rows if row["outcome"] == outcome] for outcome in OUTCOMES}
    handed_in = [row for row in rows if row["outcome"] in (RECEIVED, LATE)]
    counts = Counter(row["outcome"] for row in rows)
    return {
        "rows": rows,
        "table": [_short(row, sums) for row in rows],
        "totals": {name: sum(int(row["values"].get(name) or 0) for row in handed_in) for name in sums},
        "counts": {outcome: counts[outcome] for outcome in OUTCOMES},
        "missing": by_outcome[MISSING],
        "late": by_outcome[LATE],
        "exempt": by_outcome[EXEMPT],
        "took_part": sorted({row["respondent"] for row in handed_in}),
    }


def _respondent(agency_id: str, names: Mapping[str, str]) -> dict[str, str]:
    return {"respondent": agency_id, "respondent_name": names.get(agency_id, agency_id)}


def _rows(call: ServiceCall, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    children = _children(call.session, call.case.id, str(call.inputs.get("batch") or BATCH))
    known = variables_of(call.session, [str(child.child_id) for child in children if child.child_id])
    codes = dict(call.session.execute(select(Case.id, Case.code).where(Case.id.in_(known))).all())
    for child in children:
        own = known.get(str(child.child_id), {})
        yield {
            "agency": child.agency_id,
            "respondent": own.get("respondent") or child.agency_id,
            "outcome": child.outcome or MISSING,
            "case": codes.get(str(child.child_id), ""),
            "submitted_on": own.get("submitted_on") or "",
            "values": {name: own[name] for name in names if own.get(name) is not None},
        }


def _short(row: Mapping[str, Any], sums: Sequence[str]) -> dict[str, Any]:
    told = {key: row[key] for key in ("agency", "respondent", "outcome")}
    return {**told, **{name: row["values"].get(name) for name in sums}}


def _children(session: Session, parent_id: str, batch: str = BATCH) -> list[ChildCase]:
    query = select(ChildCase).where(ChildCase.parent_id == parent_id, ChildCase.batch == batch)
    return list(session.scalars(query.order_by(ChildCase.key)))


def _running(call: ServiceCall) -> list[ChildCase]:
    return [child for child in _children(call.session, call.case.id) if child.status == "running"]


def _names(call: ServiceCall, name: str) -> tuple[str, ...]:
    return tuple(str(one) for one in call.inputs.get(name) or ())


def _day(call: ServiceCall, name: str) -> date:
    try:
        return date.fromisoformat(str(call.inputs.get(name)))
    except ValueError as error:
        raise BadCampaign(name=name) from error


def _at(day: date, days: int) -> str:
    return to_text(datetime.combine(day + timedelta(days=days), HOUR, ZONE))
