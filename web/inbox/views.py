"""The inbox page: what waits, grouped by how urgent it is, with claim buttons and, for heads, assignment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.actors import CLERK, HEAD, SPECIALIST
from engine.clock import local_date
from engine.commands.access import may_take
from engine.queries import acts, inbox, procedures
from engine.queries.inbox import GROUPS
from web.current import actor, directory, now, reading, versions
from web.paging import after, next_page
from workflows.agencies.queries import officers
from workflows.documents import lists as documents
from workflows.documents.dispatch import reminding, resending
from workflows.documents.recall import queries as recalls
from workflows.documents.recall import reminding as recall_reminding
from workflows.oversight import findings

pages = Blueprint("inbox", __name__)
PAGE = 100
FEW = 5


@dataclass(frozen=True)
class Filters:
    """What the person narrowed the inbox down to."""

    procedure: str | None
    mine: bool
    due: str | None

    @property
    def active(self) -> bool:
        """Whether anything is left out."""
        return bool(self.procedure or self.mine or self.due)


@pages.get("/")
def home() -> ResponseReturnValue:
    """The inbox is the front page."""
    return redirect(url_for("inbox.show"), 303)


@pages.get("/hop-viec")
def show() -> ResponseReturnValue:
    """The inbox."""
    filters, me, moment = _filters(), actor(), now()
    with reading() as session:
        rows = inbox.page(
            session,
            me,
            directory(),
            now=moment,
            procedure=filters.procedure,
            mine=filters.mine,
            group=filters.due,
            limit=PAGE,
            after=after(),
        )
        page: dict[str, Any] = {
            "counts": inbox.counts(session, me, moment),
            "procedures": procedures.in_force(session, me, versions(), moment),
            "officers": _officers(session) if me.has(HEAD) else {},
            "awaited": acts.awaited_by(session, me, directory(), limit=FEW),
            "unsigned": documents.awaiting_signature(session, me) if me.duties & {CLERK, HEAD} else 0,
            "missing": reminding.overdue(session, me.agency_id) if me.duties & {CLERK, HEAD} else 0,
            "stranded": resending.stranded(session, me.agency_id) if me.duties & {CLERK, HEAD} else 0,
            "recalls": recalls.counts(session, me),
            "unanswered": recall_reminding.overdue(session, me.agency_id) if me.duties & {CLERK, HEAD} else 0,
            "findings": findings.waiting(session, me),
            "standing": inbox.standing(session, me, directory(), moment),
        }
    return render_template(
        "inbox/show.html",
        groups=[(group, [row for row in rows if row.group == group]) for group in GROUPS],
        groups_in_order=GROUPS,
        filters=filters,
        total=len(rows),
        may_take=may_take,
        next_page=next_page("inbox.show", [row.work_item_id for row in rows], PAGE),
        **page,
    )


@pages.get("/hop-viec/so-luong")
def counts() -> ResponseReturnValue:
    """The numbers alone, for the page that keeps itself up to date."""
    moment = now()
    with reading() as session:
        numbers = inbox.counts(session, actor(), moment)
    return render_template("inbox/counts.html", counts=numbers, groups_in_order=GROUPS, filters=_filters())


def _filters() -> Filters:
    due = request.args.get("han")
    mine = request.args.get("cua_toi") == "1"
    return Filters(request.args.get("quy_trinh") or None, mine, due if due in GROUPS else None)


def _officers(session: Session) -> dict[str, list[tuple[str, str]]]:
    """Whom the head may give work to, by the duty that the work asks for; a head may do a specialist's work."""
    today = local_date(now())
    held = {duty: officers(session, actor().agency_id, duty, today) for duty in (SPECIALIST, CLERK, HEAD)}
    return {**held, SPECIALIST: list(dict.fromkeys(held[SPECIALIST] + held[HEAD]))}
