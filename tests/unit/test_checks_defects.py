"""Each defect gets its own finding, at its own element; a procedure without defects gets none."""

from __future__ import annotations

import re
import string
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from engine.procedures.bundle import Bundle, read_files
from engine.procedures.checks import Surroundings, check
from engine.procedures.versions import folders
from tests.support.procedure import DESCRIPTION, DIAGRAM, HELPER, TABLE, files, form, found, known, replaced
from workflows import publication

ROOT = Path(__file__).parents[2]
INTO_AGAIN = '<bpmn:sequenceFlow id="f8" sourceRef="again" targetRef="rate"/>'
IN_DIAGRAM = tomllib.loads((ROOT / "tests/support/data/defects.toml").read_text(encoding="utf-8"))["defect"]


@pytest.mark.parametrize("defect", IN_DIAGRAM, ids=[f"{one['code']}-{i}" for i, one in enumerate(IN_DIAGRAM)])
def test_each_defect_of_a_diagram_is_told_at_its_element(defect: dict[str, str]) -> None:
    findings = found(replaced(defect["old"], defect["new"]))
    assert (defect["code"], defect["element"]) in {(f.code, f.element or "") for f in findings}, findings
    assert all(f.file == "process.bpmn" for f in findings)


def test_what_a_recorded_message_brings_can_be_read_behind_it() -> None:
    incoming = '<ph:incoming form="heard" agency="case.initiator_agency"/>'
    diagram = DIAGRAM.replace('<ph:correlation key="reference"/>', incoming).replace(
        "level == 'high'", "tone == 'high'"
    )
    heard = {"forms/heard.json": form("heard", {"name": "tone", "type": "text"})}
    assert found(files(process=diagram) | heard) == []
    assert {f.code for f in found(files(process=diagram.replace(incoming, "")) | heard)} >= {"variable.unknown"}


def starts(rules: str) -> str:
    return f"start: {{timer: [{rules}]}}\n"


BESIDE: list[tuple[str, str, dict[str, str | bytes | None]]] = [
    ("procedure.file_missing", "process.bpmn", {"process": None}),
    ("procedure.yaml_unreadable", "procedure.yaml", {"description": "a: [1"}),
    ("procedure.yaml_unreadable", "deadlines.yaml", {"deadlines": "soon: {from: 2020-13-45}"}),
    ("procedure.yaml_no_mapping", "procedure.yaml", {"description": "- a"}),
    ("file.yaml_refused", "deadlines.yaml", {"deadlines": "a: &a [1]\nb: *a\n"}),
    ("procedure.entry_shape", "deadlines.yaml", {"deadlines": "soon: 3"}),
    ("procedure.entry_shape", "procedure.yaml", {"description": DESCRIPTION.replace("[helper]", "helper")}),
    ("procedure.title_texts", "procedure.yaml", {"description": DESCRIPTION.replace("{vi: Nhỏ, en: Small}", "Nhỏ")}),
    ("procedure.key_missing", "procedure.yaml", {"description": DESCRIPTION.replace("code: SM\n", "")}),
    ("procedure.kind_unknown", "procedure.yaml", {"description": DESCRIPTION.replace("kind: procedure", "kind: x")}),
    ("procedure.outcome_texts", "procedure.yaml", {"description": DESCRIPTION.replace("vi: Tốt, ", "")}),
    ("procedure.outcome_result", "procedure.yaml", {"description": DESCRIPTION.replace("required", "maybe")}),
    ("procedure.start_rule", "procedure.yaml", {"description": DESCRIPTION + starts("{id: a, monthly: 31}")}),
    ("procedure.start_rule", "procedure.yaml", {"description": DESCRIPTION + "start: {timer: monthly}\n"}),
    (
        "procedure.start_rule_doubled",
        "procedure.yaml",
        {"description": DESCRIPTION + starts("{id: a, monthly: 1}, {id: a, monthly: 5}")},
    ),
    (
        "procedure.start_variable",
        "procedure.yaml",
        {"description": DESCRIPTION + starts("{id: a, monthly: 1, variables: {year: today}}")},
    ),
    ("meaning.expression", "procedure.yaml", {"description": DESCRIPTION + "case_title: 'a +'\n"}),
    ("meaning.call_not_declared", "process.bpmn", {"description": DESCRIPTION.replace("[helper]", "[]")}),
    ("form_definition.json", "forms/ask.json", {"ask": b"{"}),
    ("form_definition.reserved_name", "forms/ask.json", {"ask": form("ask", {"name": "typename", "type": "text"})}),
    ("meaning.form_doubled", "forms/ask.json", {"ask": form("again", {"name": "question", "type": "text"})}),
    ("decision_definition.hit_policy", "rate.dmn", {"table": TABLE.replace("FIRST", "PRIORITY")}),
    ("meaning.decision_reads", "process.bpmn", {"ask": form("ask", {"name": "other", "type": "text"})}),
    (
        "variable.unknown",
        "process.bpmn",
        {"again": form("again", {"name": "remark", "type": "text", "prefill": "nobody"})},
    ),
    ("xml.malformed", "process.bpmn", {"process": "<a>"}),
    ("xml.malformed", "process.bpmn", {"process": b""}),
    ("xml.doctype", "process.bpmn", {"process": DIAGRAM.replace("?>", '?><!DOCTYPE x [<!ENTITY a "b">]>', 1)}),
    ("xml.too_large", "process.bpmn", {"process": DIAGRAM + " " * 2_200_000}),
    ("file.not_bpmn", "process.bpmn", {"process": "<html/>"}),
    (
        "file.schema",
        "process.bpmn",
        {"process": DIAGRAM.replace('<bpmn:userTask id="again"', '<bpmn:userTask colour="red" id="again"')},
    ),
    (
        "bpmn.one_process",
        "process.bpmn",
        {"process": DIAGRAM.replace("</bpmn:process>", '</bpmn:process><bpmn:process id="two"/>')},
    ),
    ("bpmn.one_process", "process.bpmn", {"process": DIAGRAM.replace(' id="small"', "")}),
]


@pytest.mark.parametrize(("code", "path", "changes"), BESIDE, ids=[f"{c}-{i}" for i, (c, _, _) in enumerate(BESIDE)])
def test_each_defect_of_the_files_beside_the_diagram_is_told(
    code: str, path: str, changes: dict[str, str | bytes | None]
) -> None:
    findings = found(files(**changes))
    assert (code, path) in {(f.code, f.file) for f in findings}, findings


def test_a_procedure_without_defects_has_no_findings() -> None:
    assert found(files()) == []
    assert check(HELPER, known()) == []


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
def test_a_file_in_another_encoding_is_read_as_well(encoding: str) -> None:
    diagram = DIAGRAM.replace('encoding="UTF-8"', f'encoding="{encoding}"')
    assert found(files(process=diagram.encode(encoding))) == []


@pytest.mark.parametrize("written", ['isExecutable="1"', ""])
def test_a_process_is_executable_unless_it_says_otherwise(written: str) -> None:
    assert found(replaced('isExecutable="true"', written)) == []


def test_a_long_chain_is_refused_and_one_below_the_limit_runs() -> None:
    def chain(length: int) -> dict[str, bytes]:
        nodes = "".join(f'<bpmn:intermediateThrowEvent id="n{i}"/>' for i in range(length))
        flows = "".join(
            f'<bpmn:sequenceFlow id="nf{i}" sourceRef="n{i}" targetRef="n{i + 1}"/>' for i in range(length - 1)
        )
        ends = (
            '<bpmn:sequenceFlow id="f10" sourceRef="call" targetRef="n0"/>'
            f'<bpmn:sequenceFlow id="f11" sourceRef="n{length - 1}" targetRef="done"/>'
        )
        return replaced('<bpmn:sequenceFlow id="f10" sourceRef="call" targetRef="done"/>', nodes + flows + ends)

    assert found(chain(280)) == []
    assert {f.code for f in found(chain(600))} == {"structure.too_many_elements"}


@pytest.mark.parametrize(("meeting", "told"), [("exclusiveGateway", True), ("parallelGateway", False)])
def test_branches_that_meet_without_a_join_again_and_again_are_told(meeting: str, told: bool) -> None:
    body = ""
    for n in range(8):
        body += f'<bpmn:parallelGateway id="a{n}"/><bpmn:{meeting} id="b{n}"/>'
        body += "".join(f'<bpmn:sequenceFlow id="p{n}{k}" sourceRef="a{n}" targetRef="b{n}"/>' for k in "xy")
        body += f'<bpmn:sequenceFlow id="n{n}" sourceRef="b{n}" targetRef="{f"a{n + 1}" if n < 7 else "done"}"/>'
    old = '<bpmn:sequenceFlow id="f10" sourceRef="call" targetRef="done"/>'
    codes = {f.code for f in found(replaced(old, body + old.replace('"done"', '"a0"')))}
    assert codes == ({"structure.tokens_multiply"} if told else set())


def test_too_many_flows_are_told() -> None:
    extra = "".join(f'<bpmn:sequenceFlow id="m{i}" sourceRef="again" targetRef="rate"/>' for i in range(2_001))
    assert "structure.too_many_flows" in {f.code for f in found(replaced(INTO_AGAIN, extra))}


def test_sub_processes_nested_too_deep_are_told() -> None:
    inner = ""
    for level in range(10):
        first = f"n{level - 1}" if level else "ne0"
        inner = (
            f'<bpmn:subProcess id="n{level}"><bpmn:startEvent id="ns{level}"/>{inner}<bpmn:endEvent id="ne{level}"/>'
            f'<bpmn:sequenceFlow id="na{level}" sourceRef="ns{level}" targetRef="{first}"/>'
            + (f'<bpmn:sequenceFlow id="nb{level}" sourceRef="n{level - 1}" targetRef="ne{level}"/>' if level else "")
            + "</bpmn:subProcess>"
        )
    old = '<bpmn:sequenceFlow id="f10" sourceRef="call" targetRef="done"/>'
    flows = (
        '<bpmn:sequenceFlow id="f10" sourceRef="call" targetRef="n9"/>'
        '<bpmn:sequenceFlow id="f11" sourceRef="n9" targetRef="done"/>'
    )
    assert {f.code for f in found(replaced(old, inner + flows))} == {"structure.nested_too_deep"}


def test_a_shared_procedure_does_not_say_the_outcome_of_a_case() -> None:
    end = (
        b'<bpmn:endEvent id="e"><bpmn:extensionElements><ph:outcome code="X"/></bpmn:extensionElements></bpmn:endEvent>'
    )
    helper = {**HELPER, "process.bpmn": HELPER["process.bpmn"].replace(b'<bpmn:endEvent id="e"/>', end)}
    assert "meaning.outcome_in_shared" in {f.code for f in check(helper, known())}


def test_processes_that_call_each_other_in_a_circle_are_told() -> None:
    helper = {**HELPER, "process.bpmn": HELPER["process.bpmn"].replace(b"serviceTask", b"callActivity")}
    helper["process.bpmn"] = helper["process.bpmn"].replace(
        b'<bpmn:callActivity id="find"', b'<bpmn:callActivity id="find" calledElement="small"'
    )
    findings = check(files(), Surroundings(None, {"helper": helper}))
    assert ("structure.call_circle", "call") in {(f.code, f.element) for f in findings}


def test_variables_of_another_branch_and_of_a_reminder_are_taken_to_exist() -> None:
    """Given a branch that sets a name and one beside it that reads it, then nobody can say that it is missing."""
    flow = '<bpmn:sequenceFlow id="f3" sourceRef="remind" targetRef="reminded"/>'
    gateway = (
        '<bpmn:sequenceFlow id="f3" sourceRef="remind" targetRef="g"/><bpmn:exclusiveGateway id="g" default="g1"/>'
        '<bpmn:sequenceFlow id="g1" sourceRef="g" targetRef="reminded"/><bpmn:endEvent id="g_end"/>'
        '<bpmn:sequenceFlow id="g2" sourceRef="g" targetRef="g_end">'
        "<bpmn:conditionExpression>level == 1</bpmn:conditionExpression></bpmn:sequenceFlow>"
    )
    assert found(replaced(flow, gateway)) == []


def test_what_ships_passes() -> None:
    shipped = {folder.name: read_files(folder) for folder in folders(ROOT / "bpmn")}
    assert shipped
    for content in shipped.values():
        assert check(content, Surroundings(None, shipped)) == []


# Sentences -----------------------------------------------------------------------------------------------------------


def sentences(language: str) -> dict[str, str]:
    return tomllib.loads((ROOT / f"web/messages/parts/checks.{language}.toml").read_text(encoding="utf-8"))


def codes() -> set[str]:
    sources = [*(ROOT / "engine/procedures/checks").glob("*.py"), *(ROOT / "engine/procedures").glob("*.py")]
    sources += [ROOT / "workflows/publication.py", ROOT / "engine/spiff/events.py", ROOT / "engine/spiff/parser.py"]
    families = "bpmn|check|file|legal|meaning|procedure|profile|structure|variable"
    pattern = rf'"((?:{families})\.(?!yaml")[a-z_]+|engine\.uncaught_error)"'
    found = {code for path in sources for code in re.findall(pattern, path.read_text(encoding="utf-8"))}
    return found - {"procedure.unknown"}


def test_every_code_has_a_sentence_in_both_languages_and_every_sentence_a_code() -> None:
    assert set(sentences("vi")) == set(sentences("en")) == codes()


def test_every_sentence_says_what_is_wrong_and_what_to_do_with_the_same_data() -> None:
    def data(sentence: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

    vietnamese, english = sentences("vi"), sentences("en")
    for code, text in vietnamese.items():
        assert data(text) == data(english[code]), code
        assert "Hãy" in text, code
        assert len(re.split(r"(?<=[.!?]) ", english[code])) > 1, code


def test_every_defect_has_been_tried() -> None:
    tried = {one["code"] for one in IN_DIAGRAM} | {code for code, _, _ in BESIDE}
    elsewhere = {code for code in codes() if code.split(".")[0] in ("legal", "check", "procedure", "bpmn", "engine")}
    with_tests_of_their_own = {
        "file.folder_too_large",
        "file.too_much_inside",
        "meaning.outcome_in_shared",
        "structure.nested_too_deep",
        "structure.tokens_multiply",
        "structure.too_many_elements",
        "structure.too_many_flows",
    }
    assert codes() - tried - elsewhere == with_tests_of_their_own


# The regulation ------------------------------------------------------------------------------------------------------


def rebuttal(old: str = "", new: str = "") -> Bundle:
    content = read_files(ROOT / "bpmn/incident-rebuttal")
    diagram = content["process.bpmn"].decode()
    assert old in diagram
    return Bundle({**content, "process.bpmn": diagram.replace(old, new).encode()})


def test_the_shipped_procedure_tells_every_agency_that_took_part() -> None:
    assert publication.check(rebuttal()) == []


def test_a_way_round_the_written_result_is_told_at_the_end_it_leads_to() -> None:
    findings = publication.check(rebuttal('calledElement="written_result"', 'calledElement="opinion"'))
    told = {f.element for f in findings if f.code == "legal.result_missing"}
    assert "clarified" in told
    assert "moved_to_secret_channel" not in told


def test_who_works_at_a_step_decides_how_it_stands_to_the_written_result() -> None:
    bundle = rebuttal()
    lead = str(bundle.description["lead"])
    own = [e for e in bundle.process.elements.values() if e.form and e.lane and e.lane.role == lead]
    step = next(e for e in own if not e.agency)

    def part(agency: str | None) -> str:
        return publication.part_in(replace(step, agency=agency), lead)

    assert part(None) == publication.LEADING
    assert part("case.lead_agency") == publication.LEADING
    assert part("case.initiator_agency") == publication.INITIATING
    assert part("'role:PPC'") == publication.COORDINATING
    assert publication.part_in(replace(step, form=None), lead) == ""


def test_an_outcome_without_a_result_says_why() -> None:
    content = dict(read_files(ROOT / "bpmn/incident-rebuttal"))
    text = content["procedure.yaml"].decode()
    content["procedure.yaml"] = text[: text.index("    reason:")].encode()
    found = publication.check(Bundle(content))
    assert {f.code for f in found} == {"legal.result_reason_missing"}


def test_what_a_start_rule_sets_may_be_read() -> None:
    reads = form("again", {"name": "remark", "type": "text", "prefill": "str(quarter)"})
    rule = starts('{id: a, quarterly: 1, variables: {quarter: "ended.quarter"}}')

    assert {f.code for f in found(files(again=reads))} == {"variable.unknown"}
    assert found(files(again=reads, description=DESCRIPTION + rule)) == []
