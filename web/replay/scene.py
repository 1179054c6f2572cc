"""One event of a case with all that is known of it: who, when, why, on which form, which files, in time or late."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from engine.actors import SYSTEM
from engine.forms import Form
from engine.procedures.versions import LoadedVersion
from engine.queries.history import HistoryRow
from engine.queries.timeline import Timeline
from engine.replay.limits import Limit
from engine.replay.standing import OpenThen, Standing
from web import words
from web.cases.facts import FILLED_IN, Lexicon, facts, of_act, shown
from web.cases.history import tell_alone
from web.formatting import in_language
from web.language import _, current
from web.legal import Basis, bases, recorded_ends
from web.replay import machinery
from workflows.agencies.queries import tells


@dataclass(frozen=True)
class Who:
    """The acting person as of that day; `agency` is empty where the name tells it, `machine`: the program acted."""

    name: str
    duties: str
    agency: str
    on_behalf_of: str
    channel: str
    machine: bool


@dataclass(frozen=True)
class Filled:
    """A line of the form of that day; `value` is empty where nothing was filled in."""

    label: str
    required: bool
    value: str


@dataclass(frozen=True)
class File:
    """A file that the event names. `id`: of the attachment, empty for documents."""

    name: str
    sha256: str
    size: int | None = None
    id: str = ""


@dataclass(frozen=True)
class Paper:
    """A document that the event is about, and whom it went to or came from."""

    id: str
    text: str
    others: str


@dataclass(frozen=True)
class Term:
    """When what the event closed was due, and whether it came in time."""

    due_at: datetime
    met: bool


@dataclass(frozen=True)
class Told:
    """One event as a line of the timeline."""

    row: HistoryRow
    title: str
    who: Who
    facts: Sequence[tuple[str, str]]
    files: Sequence[File]
    paper: Paper | None
    term: Term | None
    by_machine: bool


@dataclass(frozen=True)
class Step:
    """An open step by name."""

    name: str
    around: str
    agency: str
    due_at: datetime | None
    late: bool


@dataclass(frozen=True)
class Scene:
    """The event that the page stands at."""

    told: Told
    form_title: str
    form: Sequence[Filled]
    legal: Sequence[Basis]
    opened: Sequence[Step]
    closed: Sequence[Step]
    open_now: Sequence[Step]
    raw: str


def told(row: HistoryRow, lexicon: Lexicon, closed: Limit | None) -> Told:
    """The event as a line.

    Args:
        closed: what it brought to an end.
    """
    line = tell_alone(row, lexicon)
    said = facts(row, lexicon) if line else tuple(machinery.facts(row, lexicon))
    return Told(
        row=row,
        title=line.text if line else machinery.title(row, lexicon),
        who=who(row.envelope["actor"], lexicon),
        facts=[(label, text) for label, text in said if text],
        files=list(_files(row)),
        paper=_paper(row, lexicon),
        term=_term(row, closed),
        by_machine=line is None,
    )


def scene(whole: Timeline, row: HistoryRow, at: Standing, lexicon: Lexicon, law_on: date, today: date) -> Scene:
    """The event with its form, its legal bases, and the steps that it opened and closed.

    Args:
        law_on: the day whose law governs the case.
        today: the day on which it is read.
    """
    one, form = told(row, lexicon, at.closed.get(row.seq)), lexicon.form_of(row)
    if row.type in FILLED_IN and form is not None:
        one = _without_form(one, row, lexicon)
    else:
        form = None
    before, after = {s.place for s in at.opened_before}, {s.place for s in at.opened}
    moment = row.envelope["recorded_at"]
    return Scene(
        told=one,
        form_title=in_language(form.title, current()) if form else "",
        form=list(filled_form(form, row, lexicon)) if form else (),
        legal=bases(_legal(at.version or whole.version, row.element_id), law_on, today, recorded_ends()),
        opened=[step(s, lexicon, moment) for s in at.opened if s.place not in before],
        closed=[step(s, lexicon, moment) for s in at.opened_before if s.place not in after],
        open_now=[step(s, lexicon, moment) for s in at.opened],
        raw=json.dumps({"payload": row.payload, **row.envelope}, ensure_ascii=False, indent=1, default=str),
    )


def step(one: OpenThen, lexicon: Lexicon, at: datetime) -> Step:
    """An open step in words, as of that moment."""
    around = " › ".join(lexicon.steps.get(id_, id_) for id_ in one.around)
    name = lexicon.steps.get(one.element_id, one.element_id)
    agency = lexicon.agencies.get(one.agency_id, one.agency_id)
    return Step(name, around, agency, one.due_at, one.due_at is not None and one.due_at < at)


def who(actor: Mapping[str, Any], lexicon: Lexicon) -> Who:
    """The acting person, from the envelope of the event."""
    machine = actor["person_id"] == SYSTEM.person_id
    name, agency, position = str(actor["name"]), str(actor["agency_name"]), str(actor.get("position") or "")
    duties = [words.duty(one) for one in actor["duties"]]
    return Who(
        name=_("Chương trình") if machine else name,
        duties=", ".join(dict.fromkeys(one for one in (position, *duties) if one)),
        agency="" if machine or tells(name, agency, lexicon.short_names) else agency,
        on_behalf_of=str(actor.get("on_behalf_of") or ""),
        channel=words.door(str(actor.get("channel") or "")),
        machine=machine,
    )


def filled_form(form: Form, row: HistoryRow, lexicon: Lexicon) -> Iterator[Filled]:
    """The form as it was filled in at an event, its empty fields too."""
    values = row.payload.get("values") or {}
    for field in form.fields:
        if field.type != "note":
            label, value = in_language(field.label, current()), shown(field, values.get(field.name), lexicon)
            yield Filled(label, field.required, value)


def _without_form(one: Told, row: HistoryRow, lexicon: Lexicon) -> Told:
    """Beside the form itself its lines are not told a second time."""
    rest = [(label, text) for label, text in of_act(row, lexicon) if text]
    return Told(**{**vars(one), "facts": rest})


def _files(row: HistoryRow) -> Iterator[File]:
    """Every file that the event names by its digest."""
    values = (row.payload.get("values") or {}).values()
    for group in (*values, row.payload.get("scan")):
        for one in group if isinstance(group, list) else ():
            if isinstance(one, Mapping) and "sha256" in one:
                yield File(str(one["filename"]), str(one["sha256"]), one.get("size"), str(one.get("id") or ""))
    if sha256 := row.payload.get("pdf_sha256"):
        yield File(_("Tệp PDF %(symbol)s", symbol=row.payload.get("symbol", "")), str(sha256))


def _paper(row: HistoryRow, lexicon: Lexicon) -> Paper | None:
    told = row.payload
    if not (id_ := str(told.get("document_id") or "")):
        return None
    names = [lexicon.agencies.get(str(one), str(one)) for one in told.get("recipients") or ()]
    others = "; ".join(names) or str(told.get("recipient_name") or "")
    return Paper(id_, str(told.get("symbol") or told.get("subject") or _("Văn bản")), others)


def _term(row: HistoryRow, closed: Limit | None) -> Term | None:
    """A returned step has met nothing and missed nothing; nor has a timer: its moment came, and its event says so."""
    if closed is None or closed.due_at is None or row.type not in FILLED_IN:
        return None
    return Term(closed.due_at, row.envelope["recorded_at"] <= closed.due_at)


def _legal(version: LoadedVersion, element_id: str) -> Sequence[Any]:
    for part in version.parts.values():
        if element_id in part.process.elements:
            return part.process.elements[element_id].legal
    return ()
