"""What the properties panel offers for choosing: roles, forms, deadlines, services, shared parts, clauses, variables.

Everything is read as far as it can be: somebody is in the middle of changing these files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import CLERK, HEAD, SPECIALIST
from engine.errors import DefinitionError
from engine.forms import Form
from engine.procedures.bundle import SHARED, Bundle
from engine.procedures.checks.surroundings import Part
from engine.procedures.checks.variables import known_names
from engine.procedures.versions import newest, stored_bundle
from engine.services import ROLE
from engine.tables import ProcedureVersion
from web import words
from web.formatting import in_language
from web.language import _, current
from web.studio.services import named
from workflows.agencies.tables import Role
from workflows.law import UnknownBasis, citation, force_of
from workflows.law.clauses import clauses
from workflows.law.instruments import instruments
from workflows.law.uses import uses
from workflows.publication import INITIATOR, LEAD, SOURCES, part_in
from workflows.regulation.duties import duties
from workflows.studio import clauses as law
from workflows.studio import paths

_parts: dict[str, Part] = {}
"""Shared parts read before in this process, by version hash: a version never changes."""


def offered(
    session: Session, files: Mapping[str, bytes], pins: Mapping[str, str], services: frozenset[str], today: date
) -> dict[str, Any]:
    """The vocabulary of a draft, in the page's language.

    Args:
        pins: version hashes of the shared parts that the draft has chosen, by id.
        services: names of the services that diagrams may call.
    """
    bundle = Bundle(paths.of_version(files))
    return {
        "roles": roles(session),
        "duties": [{"id": duty, "name": words.duty(duty)} for duty in (SPECIALIST, HEAD, CLERK)],
        "performers": _performers(session, bundle),
        "forms": _readable(lambda: [_form(form) for form in bundle.forms.values()]),
        "deadlines": _readable(lambda: [_deadline(id_, rule) for id_, rule in bundle.deadlines.items()]),
        "tables": _readable(lambda: [_table(path, bundle) for path in bundle.tables]),
        "outcomes": _readable(
            lambda: [{"code": code, "name": _said(one.title)} for code, one in bundle.outcomes.items()]
        ),
        "services": [{"id": code, "name": named(code)} for code in sorted(services, key=named)],
        "parts": shared_parts(session, pins),
        "sources": [{"id": source, "name": words.source(source)} for source in sorted(SOURCES)],
        "clauses": list(clause_register(session, bundle, today)),
        "variables": _readable(lambda: _variables(bundle), {}),
        "participation": _readable(lambda: _participation(bundle), {}),
    }


def _readable(read: Callable[[], Any], instead: Any = ()) -> Any:
    """What can be read; where the files are being changed and cannot be read, nothing."""
    try:
        return read()
    except (DefinitionError, KeyError, TypeError, ValueError, AttributeError):
        return instead


def _said(texts: Any) -> str:
    return in_language(texts, current()) if isinstance(texts, Mapping) else str(texts or "")


def roles(session: Session) -> list[dict[str, str]]:
    """The roles that lanes and descriptions name, in the page's language."""
    rows = session.scalars(select(Role).order_by(Role.id))
    return [{"id": row.id, "name": row.name_en if current() == "en" else row.name_vi} for row in rows]


def _performers(session: Session, bundle: Bundle) -> list[dict[str, str]]:
    """Which agencies may work at a step, with the expressions that give them; `variable` must be set before it."""
    fixed = [(INITIATOR, _("Cơ quan mở vụ việc")), (LEAD, _("Cơ quan chủ trì vụ việc"))]
    bound = [(f"'{ROLE}{one['id']}'", one["name"]) for one in roles(session)]
    forms = _readable(lambda: bundle.forms.values())
    fields = {field.name: _said(field.label) for form in forms for field in form.fields if field.type == "agency"}
    return [
        *({"expression": expression, "name": name} for expression, name in (*fixed, *bound)),
        *({"expression": name, "name": label, "variable": name} for name, label in fields.items()),
    ]


def _participation(bundle: Bundle) -> dict[str, str]:
    """How each step's agency stands to Article 5.2, by the step's id, as the checks see it."""
    lead = str(bundle.description.get("lead") or "")
    parts = {id_: part_in(element, lead) for id_, element in bundle.process.elements.items()}
    return {id_: part for id_, part in parts.items() if part}


def _form(form: Form) -> dict[str, Any]:
    fields = [
        {
            "name": field.name,
            "type": field.type,
            "label": _said(field.label),
            "choices": [{"value": choice.value, "label": _said(choice.label)} for choice in field.choices],
        }
        for field in form.fields
    ]
    return {"id": form.id, "title": _said(form.title), "fields": fields}


def _deadline(id_: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    regimes = [
        {
            "clock": str(regime.get("clock", "")),
            "amount": regime.get("amount"),
            "start": regime.get("start"),
            "source": str(regime.get("source", "")),
            "basis": str(regime.get("basis") or ""),
            "when": regime.get("when"),
            "from": str(regime.get("from") or ""),
            "to": str(regime.get("to") or ""),
        }
        for regime in rule.get("regimes") or []
    ]
    return {"id": id_, "name": _said(rule.get("name")), "regimes": regimes}


def _table(path: str, bundle: Bundle) -> dict[str, Any]:
    table = bundle.tables[path]
    return {"path": path, "name": table.name, "inputs": list(table.inputs), "outputs": list(table.outputs)}


def shared_parts(session: Session, pins: Mapping[str, str]) -> list[dict[str, Any]]:
    """The published shared parts: id, id of the process, title, inputs, variables.

    Args:
        pins: version hashes that a draft has chosen, by id; others are taken in their newest version.
    """
    ids = session.scalars(select(ProcedureVersion.procedure_id).where(ProcedureVersion.kind == SHARED).distinct()).all()
    found = []
    for id_ in sorted(ids):
        part = _part(session, pins.get(id_) or newest(session, id_) or "")
        found.append(
            {
                "id": id_,
                "process": part.process_id,
                "title": _said(part.bundle.title),
                "inputs": sorted(part.inputs),
                "variables": sorted(part.variables),
            }
        )
    return found


def _part(session: Session, version_hash: str) -> Part:
    if version_hash not in _parts:
        _parts[version_hash] = Part(stored_bundle(session, version_hash))
    return _parts[version_hash]


def clause_register(session: Session, bundle: Bundle | None, today: date) -> Iterator[dict[str, Any]]:
    """Every described clause, those of the duties and of these files, and every instrument as a whole."""
    ended = law.ended(session)
    cited = _readable(lambda: list(uses([bundle])), []) if bundle else []
    for basis in sorted({*clauses(), *cited, *instruments(), *(one.basis for one in duties())}):
        try:
            force, name = force_of(basis, ended), citation(basis, current())
        except (KeyError, UnknownBasis):
            continue
        states = clauses().get(basis, ())
        yield {
            "basis": basis,
            "citation": name,
            "text": _said(states[-1].text) if states else "",
            "confidence": states[-1].confidence if states else instruments()[basis.partition(":")[0]].confidence,
            "from": force.since.isoformat() if force.since else "",
            "to": force.until.isoformat() if force.until else "",
            "in_force": force.covers(today),
        }


def _variables(bundle: Bundle) -> dict[str, list[str]]:
    return {id_: sorted(names) for id_, names in known_names(bundle).items()}
