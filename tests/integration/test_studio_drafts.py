"""Drafts and their JSON doors: saves merge or are refused, findings name elements, others find nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.support.studio import OWNER, SECOND, Studio, begin_draft
from tests.support.web import SPECIALIST, Office
from workflows.studio.tables import DraftFile

PROCEDURE = "foreign-press-permit"
LAUGHS = "\n".join(["l0: &l0 x", *(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))]).encode()


@pytest.fixture
def draft(office: Office) -> str:
    """A new draft of the process owner."""
    return begin_draft(office, PROCEDURE)


@pytest.fixture
def studio(office: Office) -> Studio:
    return Studio(office)


def test_a_draft_begins_with_the_whole_version_and_its_scenarios(studio: Studio, draft: str) -> None:
    listed = studio.get(f"/xuong/{draft}/tep").get_json()

    paths = {file["path"] for file in listed["files"]}
    assert listed["revision"] == 0 and listed["status"] == "open" and listed["others"] == []
    assert {"process.bpmn", "procedure.yaml", "deadlines.yaml", "outcome.dmn", "scenarios/06-tu-choi.yaml"} <= paths
    diagram = studio.get(f"/xuong/{draft}/tep/process.bpmn")
    assert b"bpmn:process" in diagram.data and diagram.headers["Content-Disposition"] == "attachment"
    assert studio.get(f"/xuong/{draft}/tep/forms/khong-co.json").status_code == 404


def test_saves_of_different_files_merge_and_of_the_same_file_are_refused(
    office: Office, studio: Studio, draft: str
) -> None:
    second = Studio(office, SECOND)
    rules = studio.get(f"/xuong/{draft}/tep/deadlines.yaml").data

    # Given one saves the deadlines
    assert studio.put(draft, "deadlines.yaml", rules + b"\n# a\n", 0).get_json() == {"revision": 1, "status": "open"}
    # Then another file goes in beside it, though its author saw revision 0 only
    assert second.put(draft, "notices/x.yaml", b"type: NOTICE\n", 0).get_json()["revision"] == 2
    # But the same file does not: who and when is told, and nothing is lost
    refused = second.put(draft, "deadlines.yaml", rules + b"\n# b\n", 0)
    assert refused.status_code == 409 and refused.get_json()["code"] == "studio.moved_on"
    assert "Chủ quy trình" in refused.get_json()["message"] and refused.get_json()["revision"] == 1
    assert studio.get(f"/xuong/{draft}/tep/deadlines.yaml").data.endswith(b"# a\n")
    # And what was saved already is no change
    assert studio.put(draft, "deadlines.yaml", rules + b"\n# a\n", 1).get_json()["revision"] == 2
    assert [one["name"] for one in studio.get(f"/xuong/{draft}/tep").get_json()["others"]] == [
        "Người phê duyệt quy trình, VP UBND tỉnh"
    ]


def test_the_checks_name_the_element_also_in_a_file_that_is_not_saved(studio: Studio, draft: str) -> None:
    diagram = studio.get(f"/xuong/{draft}/tep/process.bpmn").data.decode()
    assert studio.ask(draft, "kiem").get_json()["findings"] == []

    broken = diagram.replace('rule="reply"', 'rule="reply-nope"', 1)
    assert broken != diagram
    found = studio.ask(draft, "kiem", {"path": "process.bpmn", "content": broken}).get_json()["findings"]

    assert [one["code"] for one in found] == ["meaning.deadline_unknown"]
    assert found[0]["element"] and "reply-nope" in found[0]["message"]
    assert studio.get(f"/xuong/{draft}/tep").get_json()["revision"] == 0


def test_an_expression_is_checked_where_it_stands(studio: Studio, draft: str) -> None:
    step = "examine"

    def ask(expression: str) -> dict[str, object]:
        answer: dict[str, object] = studio.ask(
            draft, "bieu-thuc", {"expression": expression, "element": step}
        ).get_json()
        return answer

    assert ask("case.code == 'x'") == {"ok": True, "message": ""}
    assert "khong_he_co" in str(ask("khong_he_co == 1")["message"])
    assert ask("import os")["ok"] is False


def test_a_diagram_is_laid_out_and_nothing_is_saved(studio: Studio, draft: str) -> None:
    diagram = studio.get(f"/xuong/{draft}/tep/process.bpmn").data
    bare = diagram[: diagram.index(b"<bpmndi:BPMNDiagram")] + b"</bpmn:definitions>"

    arranged = studio.ask(draft, "sap-xep", data=bare)

    assert arranged.status_code == 200 and b"BPMNShape" in arranged.data
    assert studio.ask(draft, "sap-xep", data=b"<a/>").status_code == 422
    assert studio.get(f"/xuong/{draft}/tep").get_json()["revision"] == 0


def test_the_vocabulary_holds_what_the_panel_offers(studio: Studio, draft: str) -> None:
    offered = studio.get(f"/xuong/{draft}/von-tu").get_json()

    assert "FOREIGN" in {role["id"] for role in offered["roles"]}
    assert "request" in {form["id"] for form in offered["forms"]}
    assert {"reply", "examination"} <= {rule["id"] for rule in offered["deadlines"]}
    assert "outgoing-document" in {part["id"] for part in offered["parts"]}
    [clause] = [one for one in offered["clauses"] if one["basis"] == "nd262-2026:16.3"]
    assert clause["in_force"] and clause["from"] == "2026-07-01" and "Điều 16" in clause["citation"]
    assert offered["tables"][0]["path"] == "outcome.dmn" and offered["outcomes"]
    performers = {one["expression"]: one["name"] for one in offered["performers"]}
    assert performers["case.initiator_agency"] == "Cơ quan mở vụ việc" and performers["'role:FOREIGN'"]
    assert [one for one in offered["services"] if one["name"] in ("", one["id"])] == [], "services without a name"
    # How each step stands to Article 5.2 is told by the check that asks for the written result
    assert offered["participation"]["examine"] == "leading" and "which_way" not in offered["participation"]
    assert "coordinating" in offered["participation"].values()


@pytest.mark.parametrize(
    ("path", "content", "status", "code"),
    [
        ("..%2f..%2fetc/passwd", b"x", 400, "studio.path"),
        ("forms/../../x.json", b"{}", 400, "studio.path"),
        ("forms/Đơn.json", b"{}", 400, "studio.path"),
        ("run.py", b"print()", 400, "studio.path"),
        ("process.bpmn", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", 422, "xml.doctype"),
        ("process.bpmn", b"no xml", 422, "xml.malformed"),
        ("outcome.dmn", b"<?xml version='1.0'?><!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", 422, "xml.doctype"),
        ("deadlines.yaml", b"a: &a [x]\nb: [*a, *a]\n", 422, "file.yaml_refused"),
        ("scenarios/x.yaml", LAUGHS, 422, "file.yaml_refused"),
        ("scenarios/x.yaml", b"a: &a\n  b: *a\n", 422, "file.yaml_refused"),
        ("forms/request.json", b"\xff\xfe{\x00}\x00", 422, "studio.no_text"),
        ("process.bpmn", b"<x>" + b" " * (2 * 1024 * 1024) + b"</x>", 422, "xml.too_large"),
    ],
)
def test_hostile_files_are_refused_with_a_finding_and_nothing_is_stored(
    studio: Studio, draft: str, path: str, content: bytes, status: int, code: str
) -> None:
    answer = studio.put(draft, path, content, 0)

    assert answer.status_code == status
    codes = [answer.get_json()["code"], *(one["code"] for one in answer.get_json().get("findings", []))]
    assert code in codes
    assert studio.get(f"/xuong/{draft}/tep").get_json()["revision"] == 0


def test_nobody_but_process_owners_finds_a_draft(office: Office, draft: str) -> None:
    stranger = Studio(office, SPECIALIST)
    for path in ("tep", "tep/process.bpmn", "von-tu"):
        assert stranger.get(f"/xuong/{draft}/{path}").status_code == 404
    assert stranger.put(draft, "deadlines.yaml", b"{}", 0).status_code == 404
    for door in ("kiem", "bieu-thuc", "sap-xep"):
        assert stranger.ask(draft, door, {}).status_code == 404
    with office.container.read() as session:
        saved = select(func.count()).select_from(DraftFile).where(DraftFile.draft_id == draft, DraftFile.revision > 0)
        assert session.scalar(saved) == 0


def test_a_save_without_the_page_s_token_is_refused(office: Office, draft: str) -> None:
    browser = office.browser(OWNER)
    answer = browser.client.put(f"/xuong/{draft}/tep/deadlines.yaml?seen=0", data=b"{}")
    assert answer.status_code == 400 and answer.get_json()["code"] == "web.csrf"
