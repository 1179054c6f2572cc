"""The deadlines of a draft as a plain form: how long, by which clock, from when, by which source, on which days."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import date, timedelta
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.clock import local_date
from engine.errors import DefinitionError
from engine.procedures.bundle import DEADLINES, read_yaml
from web.current import now, reading
from web.formatting import day, nfc, typed_day
from web.language import _
from web.studio import vocabulary
from web.studio.editing import REGULATION_SINCE, Opened, found, opened, store, told
from workflows.calendar.rules import CLOCKS, SOURCES
from workflows.studio import yaml_text

pages = Blueprint("studio_deadlines", __name__, url_prefix="/xuong")

TEXTS: Final = ("when", "clock", "start", "source", "basis", "confidence", "extendable")
NUMBERS: Final = ("amount", "remind")
DAYS: Final = ("from", "to")
KEPT_EMPTY: Final = frozenset({"start", "basis"})
"""Keys that the files write even where they say nothing."""
NEW: Final[Mapping[str, Any]] = {
    "clock": "working_days", "amount": 1, "start": None, "source": "TK", "basis": "", "confidence": "V",
}  # fmt: skip


@pages.get("/<draft_id>/thoi-han")
def show(draft_id: str) -> ResponseReturnValue:
    """All deadline rules of the draft."""
    at = opened(draft_id)
    return _page(at, _rules(at))


@pages.post("/<draft_id>/thoi-han")
def save(draft_id: str) -> ResponseReturnValue:
    """Store what was typed, after the act that was asked for (a new regime, one less, a new rule)."""
    at = opened(draft_id)
    rules = _typed(_rules(at))
    anchor = _act(rules, request.form.get("act", ""))
    problem = store(draft_id, DEADLINES, yaml_text.dump(rules, at.files.get(DEADLINES, b"")))
    if problem is not None:
        return _page(at, rules, problem), 409
    flash(_("Đã lưu thời hạn vào bản nháp."), "success")
    return redirect(url_for("studio_deadlines.show", draft_id=draft_id, _anchor=anchor or None), 303)


def _rules(at: Opened) -> dict[str, Any]:
    if DEADLINES not in at.files:
        return {}
    try:
        return deepcopy(dict(read_yaml(at.files, DEADLINES)))
    except DefinitionError:
        return {}


def _page(at: Opened, rules: Mapping[str, Any], problem: str | None = None) -> str:
    listed = found(at, DEADLINES) if problem is None else []
    with reading() as session:
        register = list(vocabulary.clause_register(session, at.bundle, local_date(now())))
    by_rule = {id_: told([one for one in listed if one.element == id_]) for id_ in rules}
    return render_template(
        "studio/deadlines.html",
        draft=at.draft,
        title=at.title,
        rules={id_: _shown(rule) for id_, rule in rules.items()},
        findings=by_rule,
        others=told([one for one in listed if one.element not in rules]),
        problem=problem,
        clocks=CLOCKS,
        sources=SOURCES,
        clauses=register,
        today=day(now()),
    )


def _shown(rule: Any) -> dict[str, Any]:
    """A rule as the form shows it; whatever is no regime is left to the findings."""
    rule = rule if isinstance(rule, dict) else {}
    regimes = [one for one in rule.get("regimes") or [] if isinstance(one, dict)]
    return {
        "name": rule.get("name") or {},
        "regimes": [{**one, **{key: _day_text(one.get(key)) for key in DAYS}} for one in regimes],
    }


def _day_text(value: Any) -> str:
    return day(value) if isinstance(value, date) else str(value or "")


def _typed(rules: dict[str, Any]) -> dict[str, Any]:
    """The rules with what the form says in place of what they said."""
    for id_, rule in rules.items():
        if not isinstance(rule, dict) or f"{id_}.name.vi" not in request.form:
            continue
        rule["name"] = _languages(f"{id_}.name", rule.get("name"))
        for number, regime in enumerate(rule.get("regimes") or []):
            if isinstance(regime, dict) and f"{id_}.{number}.clock" in request.form:
                _typed_regime(regime, f"{id_}.{number}")
    return rules


def _typed_regime(regime: dict[str, Any], prefix: str) -> None:
    for key in (*DAYS, *TEXTS, *NUMBERS):
        value: Any = _value(key, nfc(request.form.get(f"{prefix}.{key}", "")).strip())
        if value is None and key not in KEPT_EMPTY:
            regime.pop(key, None)
        else:
            regime[key] = value if value is not None or key == "start" else ""
    note = _languages(f"{prefix}.note", regime.get("note"))
    regime.pop("note", None)
    if note:
        regime["note"] = note


def _value(key: str, typed: str) -> Any:
    """What was typed as the file holds it; what is neither day nor number stays a text, which the findings tell."""
    if not typed:
        return None
    if key in DAYS:
        return typed_day(typed) or typed
    if key in NUMBERS:
        return int(typed) if typed.isascii() and typed.isdigit() else typed
    return typed


def _languages(prefix: str, before: Any) -> dict[str, str]:
    kept = dict(before) if isinstance(before, dict) else {}
    for language in ("vi", "en"):
        typed = nfc(request.form.get(f"{prefix}.{language}", "")).strip()
        kept.pop(language, None) if not typed else kept.update({language: typed})
    return kept


def _act(rules: dict[str, Any], act: str) -> str:
    """Do what a button of the form asks for; returns where the page goes on."""
    kind, _colon, where = act.partition(":")
    id_, _colon, number = where.partition(":")
    if kind == "rule":
        return _new_rule(rules)
    regimes = rules.get(id_, {}).get("regimes") if isinstance(rules.get(id_), dict) else None
    if not isinstance(regimes, list) or not number.isdigit() or int(number) >= len(regimes):
        return id_
    if kind == "replace":
        _replace(regimes, int(number), typed_day(request.form.get(f"{where.replace(':', '.')}.since", "")))
    elif kind == "drop" and len(regimes) > 1:
        del regimes[int(number)]
    return id_


def _replace(regimes: list[Any], number: int, since: date | None) -> None:
    """End a regime the day before `since` and let a copy of it go on from there, to be changed."""
    old = regimes[number]
    if since is None or not isinstance(old, dict):
        return
    new = {**deepcopy(old), "from": since}
    old["to"] = since - timedelta(days=1)
    ordered = {key: old[key] for key in ("from", "to") if key in old} | old
    regimes[number : number + 1] = [ordered, new]


def _new_rule(rules: dict[str, Any]) -> str:
    id_ = nfc(request.form.get("new.id", "")).strip()
    name = nfc(request.form.get("new.name", "")).strip()
    if not id_.isidentifier() or not id_.isascii() or id_ in rules:
        return ""
    rules[id_] = {"name": {"vi": name or id_, "en": name or id_}, "regimes": [{"from": REGULATION_SINCE, **NEW}]}
    return id_
