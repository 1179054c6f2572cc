"""From a draft to a version in force: submitted with its reason, approved by a second person, effective from a day.

The approval binds the digest of the files and pins that were submitted. Publishing an earlier content again gives no
new version: the earlier one is put in force again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.clock import ZONE, local_date
from engine.procedures.bundle import Bundle, check_required
from engine.procedures.versions import effect_at, newest, publish, reinstate
from engine.tables import ProcedureVersion
from workflows.publication import PublicationChecks
from workflows.studio import drafts, findings, paths, scenarios
from workflows.studio.errors import Faulty, Incomplete, Outdated, OwnWork, WrongStatus
from workflows.studio.tables import OPEN, PUBLISHED, SUBMITTED, Draft


@dataclass(frozen=True)
class Reason:
    """Why a draft is to be published.

    Args:
        note: what changes and why, for the officers who work by it.
        instrument: the legal instrument behind it, with number and date.
        effective_on: the first day on which new cases use it.
    """

    note: str
    instrument: str
    effective_on: date | None


def submit(
    session: Session, actor: Actor, draft_id: str, reason: Reason, *, checks: PublicationChecks, now: datetime
) -> Draft:
    """Ask for a second person's approval.

    Raises:
        UnknownDraft, Closed: as `drafts.save`.
        WrongStatus: it is submitted already.
        Incomplete: note, instrument or day are missing, or the day is past.
        Outdated: another version was published meanwhile.
        Faulty: the checks find faults.
    """
    draft = drafts.locked(session, actor, draft_id)
    drafts.require_living(draft)
    _require_status(draft, OPEN)
    _require_whole(reason, local_date(now))
    if newest(session, draft.procedure_id) != draft.base_hash:
        raise Outdated()
    content = drafts.files(session, draft)
    draft.pins, _ = findings.pinned(session, content, draft.pins)
    _require_sound(session, draft, content, checks, now)
    draft.status, draft.digest = SUBMITTED, drafts.digest(session, draft)
    draft.note, draft.instrument, draft.effective_on = reason.note, reason.instrument, reason.effective_on
    draft.submitted_by, draft.submitted_at, draft.returned_reason = actor.person_id, now, ""
    drafts.record(session, draft, "DraftSubmitted", _facts(draft), actor=actor, now=now)
    return draft


def look_ahead(session: Session, actor: Actor, draft_id: str, *, checks: PublicationChecks, now: datetime) -> None:
    """Examine the files of a draft outside the writing transaction: that takes seconds, and on SQLite others could not
    write meanwhile. `submit` and `approve` examine them again; of files that did not change it is known by then.

    Raises:
        UnknownDraft: as `drafts.read`.
    """
    draft = drafts.read(session, actor, draft_id)
    findings.examine(session, drafts.files(session, draft), draft.pins, checks, local_date(now))


def give_back(session: Session, actor: Actor, draft_id: str, reason: str, now: datetime) -> Draft:
    """Return a submitted draft to its authors, with the reason.

    Raises:
        UnknownDraft: as `drafts.read`.
        WrongStatus: it is not submitted.
        Incomplete: no reason.
    """
    draft = drafts.locked(session, actor, draft_id)
    _require_status(draft, SUBMITTED)
    if not reason:
        raise Incomplete(missing=["reason"])
    draft.status, draft.digest, draft.returned_reason = OPEN, None, reason
    drafts.record(session, draft, "DraftReturned", {"reason": reason}, actor=actor, now=now)
    return draft


def approve(
    session: Session,
    actor: Actor,
    draft_id: str,
    *,
    digest: str,
    checks: PublicationChecks,
    document_templates: str,
    now: datetime,
) -> ProcedureVersion:
    """Publish a submitted draft.

    Args:
        digest: of what the approving person saw.

    Raises:
        UnknownDraft: as `drafts.read`.
        WrongStatus: it is not submitted, or no longer with this digest.
        OwnWork: the person changed or submitted it.
        Outdated, Faulty: as `submit`; meanwhile something else was published.
    """
    draft = drafts.locked(session, actor, draft_id)
    _require_status(draft, SUBMITTED)
    if not may_approve(session, actor, draft):
        raise OwnWork()
    if draft.digest != digest or drafts.digest(session, draft) != digest:
        raise WrongStatus(status=draft.status)
    if newest(session, draft.procedure_id) != draft.base_hash:
        raise Outdated()
    content = drafts.files(session, draft)
    _require_sound(session, draft, content, checks, now)
    drafts.record(session, draft, "DraftApproved", {"digest": digest}, actor=actor, now=now)
    version = _publish(session, actor, draft, content, checks, document_templates, now)
    draft.status, draft.version_hash, draft.changed_at = PUBLISHED, version.hash, now
    return version


def may_approve(session: Session, actor: Actor, draft: Draft) -> bool:
    """Whether the person had no hand in the draft."""
    hands = {one.person_id for one in drafts.authors(session, draft)} | {draft.submitted_by}
    return actor.person_id not in hands


def _publish(
    session: Session,
    actor: Actor,
    draft: Draft,
    content: dict[str, bytes],
    checks: PublicationChecks,
    document_templates: str,
    now: datetime,
) -> ProcedureVersion:
    facts = {**_facts(draft), "draft": draft.id, "approved_by": actor.person_id}
    effective_from = max(now, _morning(draft.effective_on or local_date(now)))
    version = publish(
        session,
        check_required(Bundle(paths.of_version(content))),
        actor=actor,
        now=now,
        document_templates=document_templates,
        checks=checks,
        effective_from=effective_from,
        pins=draft.pins,
        facts=facts,
    )
    effect = effect_at(session, draft.procedure_id, effective_from)
    if effect is None or effect.version_hash != version.hash:  # an earlier content
        reinstate(session, version.hash, actor=actor, now=now, effective_from=effective_from, facts=facts)
    scenarios.keep(session, version.hash, paths.scenarios(content))
    return version


def _facts(draft: Draft) -> dict[str, str]:
    day = draft.effective_on
    return {
        "note": draft.note,
        "instrument": draft.instrument,
        "effective_on": day.isoformat() if day else "",
        "digest": draft.digest or "",
        "submitted_by": draft.submitted_by or "",
    }


def _require_status(draft: Draft, status: str) -> None:
    if draft.status != status:
        raise WrongStatus(status=draft.status)


def _require_whole(reason: Reason, today: date) -> None:
    said = {"note": reason.note, "instrument": reason.instrument, "effective_on": reason.effective_on}
    missing = [name for name, value in said.items() if not value]
    if reason.effective_on is not None and reason.effective_on < today:
        missing.append("effective_on")
    if missing:
        raise Incomplete(missing=missing)


def _require_sound(
    session: Session, draft: Draft, content: dict[str, bytes], checks: PublicationChecks, now: datetime
) -> None:
    found = findings.examine(session, content, draft.pins, checks, local_date(now))
    if found.faults:
        raise Faulty(count=len(found.faults))


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE)
