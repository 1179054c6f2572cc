"""What the files of a procedure say, as things with aspects: what differences and impact are told in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from engine.errors import DefinitionError
from engine.forms.definition import Field
from engine.procedures.bundle import DEADLINES, DESCRIPTION, DIAGRAM, Bundle, read_yaml
from engine.procedures.model import Element
from engine.procedures.reads import regimes_of
from workflows.scenarios.format import COVERAGE_FILE, read_scenario
from workflows.studio import paths

LANE, ELEMENT, FLOW = "lane", "element", "flow"
FORM, FIELD, TABLE, RULE = "form", "field", "table", "rule"
DEADLINE, REGIME, NOTICE, SCENARIO = "deadline", "regime", "notice", "scenario"
DESCRIPTIVE, START, OUTCOME, CHOICE, PART = "description", "start", "outcome", "choice", "part"
AREAS: Final = (
    DESCRIPTIVE, START, OUTCOME, CHOICE, PART, LANE, ELEMENT, FLOW, FORM, FIELD, TABLE, RULE, DEADLINE, REGIME, NOTICE,
    SCENARIO,
)  # fmt: skip
BODY: Final = "body"
"""The aspect of a notice that is told paragraph by paragraph."""


@dataclass(frozen=True)
class Thing:
    """Something that procedures have: its name (a text, or texts by language) and what is said of it, by aspect."""

    name: Any
    file: str
    aspects: Mapping[str, Any]


Things = Mapping[str, Thing]
Facts = Mapping[str, Things]


def facts(files: Mapping[str, bytes], parts: Mapping[str, str]) -> dict[str, dict[str, Thing] | None]:
    """Everything that the files say, by area and id; None for an area that cannot be read.

    Args:
        files: contents by path, scenarios included.
        parts: what the shared parts that it calls are known by, by id.
    """
    bundle = Bundle(paths.of_version(files))
    readers: dict[str, Callable[[], dict[str, Thing]]] = {
        DESCRIPTIVE: lambda: _description(bundle),
        START: lambda: _starts(bundle),
        OUTCOME: lambda: _outcomes(bundle),
        CHOICE: lambda: _choices(bundle),
        PART: lambda: {id_: Thing(id_, DESCRIPTION, {"version": version}) for id_, version in parts.items()},
        LANE: lambda: _lanes(bundle),
        ELEMENT: lambda: _elements(bundle),
        FLOW: lambda: _flows(bundle),
        FORM: lambda: _forms(bundle),
        FIELD: lambda: _fields(bundle),
        TABLE: lambda: _tables(bundle),
        RULE: lambda: _rules(bundle),
        DEADLINE: lambda: _deadlines(bundle),
        REGIME: lambda: _regimes(bundle),
        NOTICE: lambda: _notices(bundle),
        SCENARIO: lambda: _scenarios(files),
    }
    return {area: _read(readers[area]) for area in AREAS}


def _read(reader: Callable[[], dict[str, Thing]]) -> dict[str, Thing] | None:
    """What can be read: drafts may hold anything."""
    try:
        return reader()
    except (DefinitionError, KeyError, TypeError, ValueError, AttributeError):
        return None


def said(aspects: Mapping[str, Any]) -> dict[str, Any]:
    """The aspects of which something is said."""
    return {key: value for key, value in aspects.items() if value not in (None, "", (), [], {}, False)}


def _description(bundle: Bundle) -> dict[str, Thing]:
    kept = ("title", "summary", "code", "kind", "lead", "case_title", "received_at", "inputs")
    aspects = said({key: bundle.description.get(key) for key in kept})
    duties = (bundle.description.get("start") or {}).get("duties")
    return {DESCRIPTIVE: Thing("", DESCRIPTION, {**aspects, **said({"start_duties": duties})})}


def _starts(bundle: Bundle) -> dict[str, Thing]:
    rules = (bundle.description.get("start") or {}).get("timer") or []
    return {str(rule["id"]): Thing(str(rule["id"]), DESCRIPTION, said({**rule, "id": None})) for rule in rules}


def _outcomes(bundle: Bundle) -> dict[str, Thing]:
    return {
        code: Thing(one.title, DESCRIPTION, said({"result": one.result, "reason": one.reason}))
        for code, one in bundle.outcomes.items()
    }


def _choices(bundle: Bundle) -> dict[str, Thing]:
    return {
        id_: Thing(one.title, DESCRIPTION, said({**asdict(one), "id": None, "title": None}))
        for id_, one in bundle.choices.items()
    }


def _lanes(bundle: Bundle) -> dict[str, Thing]:
    return {
        lane.id: Thing(lane.name, DIAGRAM, said({"role": lane.role, "agency": lane.agency}))
        for lane in bundle.process.lanes
    }


def _elements(bundle: Bundle) -> dict[str, Thing]:
    return {id_: Thing(element.name, DIAGRAM, _aspects(element)) for id_, element in bundle.process.elements.items()}


def _aspects(element: Element) -> dict[str, Any]:
    """What is said of an element; what stands for nothing said is left out."""
    aspects = asdict(element) | {"lane": element.lane.name if element.lane else None}
    aspects["legal"] = [" ".join(part for part in (one.basis or one.source, one.note) if part) for one in element.legal]
    aspects["not_interrupting"] = element.kind == "boundaryEvent" and not element.interrupting
    for key in ("id", "name", "process_id", "interrupting", "repeats"):
        aspects.pop(key)
    if not (element.is_person_task or element.incoming):
        aspects.pop("duty")
    return said(aspects)


def _flows(bundle: Bundle) -> dict[str, Thing]:
    names = {id_: element.name or id_ for id_, element in bundle.process.elements.items()}
    return {
        flow.id: Thing(
            f"{names.get(flow.source, flow.source)} → {names.get(flow.target, flow.target)}",
            DIAGRAM,
            said(
                {
                    "ends": f"{flow.source} → {flow.target}",
                    "label": flow.name,
                    "condition": flow.condition,
                    "default": flow.is_default,
                }
            ),
        )
        for flow in bundle.process.flows
    }


def _forms(bundle: Bundle) -> dict[str, Thing]:
    return {
        id_: Thing(form.title, f"forms/{id_}.json", said({"intro": form.intro, "order": [f.name for f in form.fields]}))
        for id_, form in bundle.forms.items()
    }


def _fields(bundle: Bundle) -> dict[str, Thing]:
    return {
        f"{id_}.{field.name}": Thing(field.label, f"forms/{id_}.json", _field(field))
        for id_, form in bundle.forms.items()
        for field in form.fields
    }


def _field(field: Field) -> dict[str, Any]:
    aspects = asdict(field) | {"law": asdict(field.law) if field.law else None}
    aspects["choices"] = [{"value": one.value, "label": one.label} for one in field.choices]
    aspects["columns"] = [f"{column.label.get('vi', column.name)} ({column.type})" for column in field.columns]
    return said({key: value for key, value in aspects.items() if key not in ("name", "label")})


def _tables(bundle: Bundle) -> dict[str, Thing]:
    return {
        path: Thing(
            table.name, path, {"policy": table.policy, "inputs": list(table.inputs), "outputs": list(table.outputs)}
        )
        for path, table in bundle.tables.items()
    }


def _rules(bundle: Bundle) -> dict[str, Thing]:
    return {
        f"{path}#{rule.id}": Thing(
            table.name, path, {"number": number, "tests": [test or "-" for test in rule.tests], "gives": rule.outputs}
        )
        for path, table in bundle.tables.items()
        for number, rule in enumerate(table.rules, start=1)
    }


def _deadlines(bundle: Bundle) -> dict[str, Thing]:
    return {
        id_: Thing(rule.get("name") or id_, DEADLINES, said({**rule, "id": None, "name": None, "regimes": None}))
        for id_, rule in bundle.deadlines.items()
    }


def _regimes(bundle: Bundle) -> dict[str, Thing]:
    found: dict[str, Thing] = {}
    for id_, rule in bundle.deadlines.items():
        for regime in regimes_of(rule):
            key = f"{id_}|{regime.get('from', '')}|{regime.get('when', '')}"
            while key in found:
                key += "+"
            found[key] = Thing(rule.get("name") or id_, DEADLINES, said(regime))
    return found


def _notices(bundle: Bundle) -> dict[str, Thing]:
    found = {}
    for path in sorted(path for path in bundle.files if path.startswith("notices/")):
        content = read_yaml(bundle.files, path)
        found[path] = Thing(path.removeprefix("notices/").removesuffix(".yaml"), path, said(content))
    return found


def _scenarios(files: Mapping[str, bytes]) -> dict[str, Thing]:
    found = {}
    for path, content in paths.scenarios(files).items():
        if path.removeprefix(paths.SCENARIOS) == COVERAGE_FILE:
            continue
        scenario = read_scenario(path, content)
        steps = [asdict(step) for step in scenario.steps]
        aspects = {"steps": len(steps), "outcome": scenario.expect.outcome, "content": repr((scenario.start_at, steps))}
        found[path] = Thing(scenario.title or scenario.name, path, said(aspects))
    return found
