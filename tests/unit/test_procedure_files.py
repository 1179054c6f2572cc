"""The shipped procedures as files: what any reader may rely on before a case ever runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import SpiffWorkflow.bpmn.parser.schema
import yaml
from lxml import etree

from engine.expressions import RESERVED_NAMES, check
from engine.procedures.bundle import read_folder
from engine.procedures.layout import check_layout
from engine.procedures.model import BPMN, PH, Element, Process, read_process
from engine.procedures.xml import parse
from workflows import publication
from workflows.scenarios.coverage import read_excuses
from workflows.scenarios.format import COVERAGE_FILE

BPMN_FOLDER = Path(__file__).parents[2] / "bpmn"
FOLDERS = sorted(path.parent for path in BPMN_FOLDER.rglob("procedure.yaml"))
PROCEDURES = [folder for folder in FOLDERS if folder.parent == BPMN_FOLDER]
SCHEMA = Path(SpiffWorkflow.bpmn.parser.schema.__path__[0]) / "BPMN20.xsd"

each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
each_procedure = pytest.mark.parametrize("folder", PROCEDURES, ids=lambda folder: folder.name)


@cache
def diagram(folder: Path) -> etree._Element:
    root: etree._Element = parse((folder / "process.bpmn").read_bytes(), "process.bpmn")
    return root


@cache
def process(folder: Path) -> Process:
    return read_process(diagram(folder), "process.bpmn")


@cache
def description(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((folder / "procedure.yaml").read_text(encoding="utf-8"))
    return content


def forms(folder: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("forms/*.json"))}


def rules(folder: Path) -> dict[str, Any]:
    file = folder / "deadlines.yaml"
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}


def called(folder: Path) -> Iterator[Path]:
    """The shared folders that a procedure calls, directly or through another."""
    for name in description(folder).get("uses") or []:
        yield BPMN_FOLDER / "shared" / name
        yield from called(BPMN_FOLDER / "shared" / name)


def scenarios(folder: Path) -> list[dict[str, Any]]:
    files = [path for path in sorted(folder.glob("scenarios/*.yaml")) if path.name != COVERAGE_FILE]
    return [yaml.safe_load(path.read_text(encoding="utf-8")) for path in files]


def is_child(folder: Path) -> bool:
    """Whether cases of it are begun by another procedure only; its scenarios are steps with `child` in that one's."""
    return not description(folder).get("start")


def steps_of(folder: Path) -> list[dict[str, Any]]:
    """The steps of all scenarios that happen in a case of the procedure."""
    if not is_child(folder):
        return [step for scenario in scenarios(folder) for step in scenario["steps"] if "child" not in step]
    everything = [scenario for other in PROCEDURES if begins(other, folder) for scenario in scenarios(other)]
    return [step for scenario in everything for step in scenario["steps"] if "child" in step]


def begins(other: Path, child: Path) -> bool:
    """Whether a procedure, or a shared part that it calls, names the other as what its child cases run."""
    parts = [other, *(other.parent / "shared" / used for used in description(other).get("uses", []))]
    return any(child.name in (part / "process.bpmn").read_text(encoding="utf-8") for part in parts)


def reached(folder: Path) -> set[str]:
    """The outcomes that its scenarios expect."""
    if not is_child(folder):
        return {scenario["expect"]["outcome"] for scenario in scenarios(folder)}
    return {step["expect"]["outcome"] for step in steps_of(folder) if "outcome" in step.get("expect", {})}


def elements(folder: Path) -> list[Element]:
    return list(process(folder).elements.values())


@each_folder
def test_diagram_is_valid_bpmn(folder: Path) -> None:
    schema = etree.XMLSchema(etree.parse(SCHEMA))

    schema.validate(diagram(folder).getroottree())

    assert str(schema.error_log) == ""


@each_folder
def test_regulation_finds_nothing_to_say_against_it(folder: Path) -> None:
    assert publication.check(read_folder(folder)) == []


@each_folder
def test_diagram_is_fit_to_print(folder: Path) -> None:
    assert check_layout((folder / "process.bpmn").read_bytes()) == []


@each_folder
def test_every_element_lies_in_one_lane_and_every_lane_has_a_performer(folder: Path) -> None:
    placed = [str(ref.text) for ref in diagram(folder).iter(f"{{{BPMN}}}flowNodeRef")]

    assert sorted(placed) == sorted(element.id for element in elements(folder))
    assert [lane.id for lane in process(folder).lanes if bool(lane.role) == bool(lane.agency)] == []


@each_folder
def test_everything_referred_to_exists_and_everything_that_exists_is_used(folder: Path) -> None:
    asked = {element.asked_form for element in elements(folder) if element.asked_form}
    timed = {element.deadline for element in elements(folder) if element.deadline}
    tables = {element.decision_table for element in elements(folder) if element.decision_table}
    shared = {element.called for element in elements(folder) if element.called}

    assert asked == set(forms(folder))
    assert timed == set(rules(folder))
    assert tables == {path.name for path in folder.glob("*.dmn")}
    assert shared == {name.replace("-", "_") for name in description(folder).get("uses") or []}
    assert all(form["id"] == name for name, form in forms(folder).items())


@each_folder
def test_call_activities_hand_over_exactly_the_declared_inputs(folder: Path) -> None:
    for element in elements(folder):
        if element.called:
            wanted = description(BPMN_FOLDER / "shared" / element.called.replace("_", "-"))["inputs"]
            assert set(element.inputs) == set(wanted), element.id


@each_folder
def test_every_expression_can_be_read(folder: Path) -> None:
    for expression in [*expressions_of_diagram(folder), *expressions_of_data(list(forms(folder).values()))]:
        check(expression)


def expressions_of_diagram(folder: Path) -> Iterator[str]:
    named = {"input": "value", "output": "value", "lane": "agency", "correlation": "key"}
    for tag, attribute in named.items():
        yield from (str(node.get(attribute)) for node in diagram(folder).iter(f"{{{PH}}}{tag}") if node.get(attribute))
    yield from (str(flow.condition) for flow in process(folder).flows if flow.condition)


def expressions_of_data(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from expressions_of_data(item)
    elif isinstance(value, dict):
        yield from (value[key] for key in ("when", "prefill") if isinstance(value.get(key), str))
        yield from expressions_of_data(list(value.values()))


@each_folder
def test_form_fields_have_both_languages_and_lawful_names(folder: Path) -> None:
    for form in forms(folder).values():
        for field in form["fields"]:
            assert field["label"]["vi"] and field["label"]["en"], field["name"]
            assert field["name"] not in RESERVED_NAMES


@each_folder
def test_exclusive_gateways_that_split_have_a_default(folder: Path) -> None:
    flows = process(folder).flows
    for element in elements(folder):
        leaving = [flow for flow in flows if flow.source == element.id]
        if element.kind == "exclusiveGateway" and len(leaving) > 1:
            assert sum(flow.is_default for flow in leaving) == 1, element.id
            assert all(flow.condition or flow.is_default for flow in leaving), element.id


@each_procedure
def test_every_outcome_has_its_end_and_is_reached_by_a_scenario(folder: Path) -> None:
    declared = set(description(folder)["outcomes"])

    assert {e.outcome for e in elements(folder) if e.outcome} == declared
    assert reached(folder) == declared


@each_procedure
def test_every_task_of_a_person_is_done_in_some_scenario(folder: Path) -> None:
    tasks = {e.id for part in {folder, *called(folder)} for e in elements(part) if e.is_person_task}
    excused = {id_ for part in {folder, *called(folder)} for id_ in read_excuses(part)}
    done = {step["do"] for step in steps_of(folder) if "do" in step}

    assert done == tasks - excused


@each_procedure
def test_an_outcome_without_written_result_says_why(folder: Path) -> None:
    for code, outcome in description(folder)["outcomes"].items():
        assert outcome["result"] == "required" or outcome["reason"]["vi"], code


@each_procedure
def test_every_notice_named_in_a_diagram_exists(folder: Path) -> None:
    there = {path.relative_to(folder).as_posix() for path in folder.glob("notices/*.yaml")}
    named = {
        name
        for part in {folder, *called(folder)}
        for element in elements(part)
        for begun in re.findall(r"'(notices/[^']+)'", element.inputs.get("template", ""))
        for name in ([begun] if begun.endswith(".yaml") else [one for one in there if one.startswith(begun)])
    }

    assert named == there
