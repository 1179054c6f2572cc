"""What a draft would mean: for running cases one by one, for who works, and for how long it may take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine.errors import DefinitionError
from web import paging, words
from web.current import actor, current_container, directory, now, reading, versions
from web.formatting import day
from web.language import _, current
from web.legal import span
from web.messages import sentence
from web.studio.migration import changed, lexicon_of, told
from workflows.agencies import queries
from workflows.studio import drafts, impact
from workflows.studio.obligations import Doer, Limits

pages = Blueprint("studio_impact", __name__, url_prefix="/xuong")


@pages.get("/<draft_id>/anh-huong")
def show(draft_id: str) -> ResponseReturnValue:
    """The impact of a draft; `trang` is the page of running cases, from 1."""
    number = paging.number()
    with reading() as session:
        draft = drafts.read(session, actor(), draft_id)
        names = queries.agency_names(session, now().date())
        ports = current_container().engine.ports
        try:
            found = impact.of_draft(session, versions(), ports, actor(), draft_id, page=number, now=now())
        except DefinitionError as error:
            problem = sentence(error.code, error.params, current())
            return render_template("studio/impact.html", draft=draft, found=None, problem=problem)
        lexicon = lexicon_of(session, found.version)
        officers = {id_: directory().person_name(session, id_) for one in found.working for id_ in one.officers}
    return render_template(
        "studio/impact.html",
        draft=draft,
        found=found,
        places=[(one, told(one.reasons)) for one in found.places],
        cases=[(one, told(one.reasons), changed(one.changes, lexicon)) for one in found.cases],
        number=number,
        more=number * impact.PAGE < found.verdicts.total(),
        obligations=[(one, [_doer(who) for who in one.who], _limits(one.limits)) for one in found.obligations],
        limits=[(one, _limits((one.before, one.after))) for one in found.limits],
        names=names,
        officers=officers,
    )


def _doer(who: Doer | None) -> str:
    return f"{who.place}, {words.duty(who.duty).lower()}" if who else ""


def _limits(limits: Limits) -> list[list[str]]:
    return [_spans(regimes) for regimes in limits]


def _spans(regimes: Iterable[Mapping[str, Any]]) -> list[str]:
    """The regimes of a deadline in words: how long, and for cases received on which days."""
    found = []
    for one in regimes:
        length = span(str(one.get("clock", "")), int(one.get("amount") or 0))
        since, until = (day(str(one[key])) if one.get(key) else "" for key in ("from", "to"))
        days = _("từ %(since)s đến %(until)s", since=since, until=until) if until else _("từ %(since)s", since=since)
        found.append(f"{length} ({days})")
    return found
