"""Putting running cases onto another version: what could be planned, one plan, its way, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.procedures.versions import LoadedVersion
from web import paging
from web.cases.facts import Lexicon, of_migration
from web.current import actor, directory, now, reading, versions, writing
from web.formatting import nfc
from web.language import _, current
from web.messages import sentence
from workflows.agencies import queries
from workflows.studio import batches, migration
from workflows.studio.batch_tables import MigrationBatch, MigrationRow
from workflows.studio.errors import WrongStatus

pages = Blueprint("studio_migration", __name__, url_prefix="/xuong")

Act = Callable[[Session, Actor, MigrationBatch], None]


@pages.get("/chuyen")
def index() -> ResponseReturnValue:
    """The plans there are, and the versions for which one could be made."""
    with reading() as session:
        listed = migration.listed(session, actor())
        targets = migration.targets(session, actor())
        titles = {batch.id: versions().get(session, batch.to_version).bundle.title for batch, _counts in listed}
    return render_template("studio/migrations.html", listed=listed, targets=targets, titles=titles)


@pages.post("/chuyen")
def plan() -> ResponseReturnValue:
    """Make a plan for a version."""
    form = request.form
    with writing() as session:
        target, reason = form.get("to_version", ""), nfc(form.get("reason", ""))
        made = batches.plan(session, versions(), actor(), target, {}, reason, now=now()).id
    flash(_("Đã lập kế hoạch. Hệ thống đang chạy thử từng vụ việc; chưa có gì thay đổi."), "success")
    return redirect(url_for("studio_migration.show", batch_id=made), 303)


@pages.get("/chuyen/<batch_id>")
def show(batch_id: str) -> ResponseReturnValue:
    """One plan: by where the cases stand, what needs a mapping, each case, and what can be done now."""
    status, number = request.args.get("trang-thai", ""), paging.number()
    with reading() as session:
        batch = batches.read(session, actor(), batch_id)
        to = versions().get(session, batch.to_version)
        lexicon = lexicon_of(session, to)
        counts = batches.counts(session, batch.id)
        shown: dict[str, Any] = {
            "groups": [(one, told(one.reasons)) for one in migration.groups(session, batch)],
            "gaps": migration.gaps(session, versions(), batch) if batch.status == "planned" else [],
            "rows": [_row(row, lexicon) for row in migration.rows(session, batch, status, number)],
            "left_out": migration.left_out(session, batch),
            "planner": directory().person_name(session, batch.created_by),
        }
    total = sum(counts.values())
    settled = total - counts["waiting"] - counts["rehearsing"]
    page_values = {"batch": batch, "title": to.bundle.title, "counts": counts, "total": total, "settled": settled}
    more = number * migration.PAGE < (counts[status] if status else total)
    own = actor().person_id in (batch.created_by, (batch.actor or {}).get("person_id"))
    way = {"status": status, "number": number, "more": more, "own": own}
    return render_template("studio/migration.html", **page_values, **shown, **way)


@pages.post("/chuyen/<batch_id>")
def act(batch_id: str) -> ResponseReturnValue:
    """One step of the plan's way, as `act` says."""
    step = _ACTS.get(request.form.get("act", ""))
    with writing() as session:
        batch = batches.read(session, actor(), batch_id, lock=True)
        if step is None:
            raise WrongStatus(status=batch.status)
        step(session, actor(), batch)
    return redirect(url_for("studio_migration.show", batch_id=batch_id), 303)


def _map(session: Session, who: Actor, batch: MigrationBatch) -> None:
    """Take the mapping that was chosen; what is left empty is not mapped."""
    chosen = {key.removeprefix("map:"): value for key, value in request.form.items() if key.startswith("map:")}
    batches.plan_again(session, versions(), who, batch, {key: value for key, value in chosen.items() if value}, now())


def _send_back(session: Session, who: Actor, batch: MigrationBatch) -> None:
    batches.send_back(session, who, batch, nfc(request.form.get("reason", "")), now())


_ACTS: Final[Mapping[str, Act]] = {
    "map": _map,
    "again": lambda session, who, batch: batches.plan_again(session, versions(), who, batch, batch.mapping, now()),
    "return": _send_back,
    "submit": lambda session, who, batch: batches.submit(session, who, batch, now()),
    "approve": lambda session, who, batch: batches.approve(session, who, batch, now()),
    "stop": lambda session, who, batch: batches.stop(session, who, batch, now()),
    "go_on": lambda session, who, batch: batches.go_on(session, who, batch, now()),
    "discard": lambda session, who, batch: batches.discard(session, who, batch, now()),
}


def lexicon_of(session: Session, version: LoadedVersion) -> Lexicon:
    """What is needed to tell what changes in open work."""
    steps = {id_: e.name for part in version.parts.values() for id_, e in part.process.elements.items() if e.name}
    return Lexicon({}, queries.agency_names(session, now().date()), steps=steps)


def changed(changes: Mapping[str, Any], lexicon: Lexicon) -> list[str]:
    """What changes in open work, a line for each step."""
    return [f"{label}: {text}" for label, text in of_migration(changes, lexicon) if text]


def told(reasons: Iterable[Mapping[str, Any]]) -> list[str]:
    """Why a case needs a mapping or must stay, in words."""
    return [sentence(one["code"], one["params"], current()) for one in reasons]


def _row(row: MigrationRow, lexicon: Lexicon) -> dict[str, Any]:
    return {"row": row, "reasons": told(row.reasons), "changes": changed(row.changes, lexicon)}
