"""Decision tables and notice texts of a draft: edited as grids and boxes, checked, tried on made-up and past papers."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
import yaml

from engine.clock import local_date
from engine.decisions import load_table
from engine.procedures.bundle import SHARED, Bundle, read_folder
from tests.integration.test_studio_exchange import LAUGHS, OUTSIDE
from tests.support.studio import OWNER, Studio, begin_draft
from tests.support.web import SPECIALIST, Office
from web import scenario_runs
from web.messages import sentence
from workflows.agencies.queries import actor_for_account
from workflows.documents.templates import fill, read_template, variables
from workflows.studio import notice_text, table_text
from workflows.studio.notice_sample import sample

PROCEDURE = "foreign-press-permit"
BUNDLES = [read_folder(file.parent) for file in sorted(Path("bpmn").glob("**/procedure.yaml"))]
SHARED_PARTS = {bundle.id: bundle for bundle in BUNDLES if bundle.kind == SHARED}
NOTICES = [(bundle, path) for bundle in BUNDLES for path in bundle.files if path.startswith("notices/")]
TABLES = sorted(Path("bpmn").glob("**/*.dmn"))

HOSTILE_TABLES = {
    LAUGHS: "xml.malformed",
    OUTSIDE: "xml.doctype",
    b"<a>" * 100_000: "xml.malformed",
    b"<html/>": "decision_definition.one_table",
    b"": "xml.malformed",
}


@pytest.fixture
def draft(office: Office) -> str:
    """A new draft of the process owner."""
    return begin_draft(office, PROCEDURE)


@pytest.fixture
def studio(office: Office) -> Studio:
    return Studio(office)


@pytest.mark.parametrize("path", TABLES, ids=str)
def test_a_table_written_back_decides_the_same(path: Path) -> None:
    before = path.read_bytes()
    assert load_table(table_text.write(table_text.read(before, "t"), before, "t")) == load_table(before)


def test_rules_are_changed_moved_added_and_taken_away(studio: Studio, draft: str) -> None:
    page = f"/xuong/{draft}/bang/outcome.dmn"
    before = load_table(stored(studio, draft, "outcome.dmn"))
    assert studio.send(page, seen=0, act="down:0", **{"rule_1.result.0": '"TU_CHOI"'}).status_code == 303
    after = load_table(stored(studio, draft, "outcome.dmn"))
    assert [rule.id for rule in after.rules[:2]] == ["rule_2", "rule_1"]
    assert after.rules[1].outputs == ('"TU_CHOI"',) and after.rules[1].tests == before.rules[0].tests
    assert studio.send(page, seen=9, act=f"row:{len(before.rules)}").status_code == 303
    assert studio.send(page, seen=9, act="column").status_code == 303
    assert studio.send(page, seen=9, act="drop:0").status_code == 303
    grown = load_table(stored(studio, draft, "outcome.dmn"))
    assert len(grown.rules) == len(before.rules) and len(grown.inputs) == len(before.inputs) + 1
    assert "rule_2" not in {rule.id for rule in grown.rules}


def test_a_cell_that_cannot_be_read_is_told_and_kept_in_its_box(studio: Studio, draft: str) -> None:
    before = stored(studio, draft, "outcome.dmn")
    refused = studio.send(f"/xuong/{draft}/bang/outcome.dmn", seen=0, **{"rule_1.test.0": "open('x')"})
    assert refused.status_code == 422 and "open('x')" in unescape(refused.text)
    assert stored(studio, draft, "outcome.dmn") == before
    assert studio.get(f"/xuong/{draft}/bang/khong-co.dmn").status_code == 404


@pytest.mark.parametrize(("bundle", "path"), NOTICES, ids=lambda one: one if isinstance(one, str) else one.id)
def test_every_shipped_notice_reads_only_what_its_steps_hand_over_and_can_be_looked_at(
    bundle: Bundle, path: str
) -> None:
    template = read_template(path, bundle.files[path])
    used = notice_text.uses([bundle, *called_by(bundle)], path)
    assert notice_text.undeclared(variables(bundle.files[path]), used) == {}
    filled = fill(path, template, sample(list(template.sources())), str, datetime(2026, 11, 25, tzinfo=UTC).date())
    assert filled.subject and filled.body


def test_a_notice_is_changed_and_what_it_reads_in_vain_is_told(studio: Studio, draft: str) -> None:
    page = f"/xuong/{draft}/van-ban/supplement"
    before = yaml.safe_load(stored(studio, draft, "notices/supplement.yaml"))
    sent = studio.send(page, seen=0, act="add", subject="bổ sung {{ nobody }}")
    assert sent.status_code == 303
    after = yaml.safe_load(stored(studio, draft, "notices/supplement.yaml"))
    assert after == {**before, "subject": "bổ sung {{ nobody }}", "body": [*before["body"], "…"]}
    assert stored(studio, draft, "notices/supplement.yaml").startswith("# Đề nghị người nộp".encode())
    told = unescape(studio.get(page).text)
    assert "Bước “Đề nghị bổ sung hồ sơ” không đưa các biến này cho văn bản: nobody" in told
    assert "bổ sung [nobody]" in told

    refused = studio.send(page, seen=9, subject="{{ x.__class__() }}")
    assert refused.status_code == 422 and "__class__" in refused.text
    assert yaml.safe_load(stored(studio, draft, "notices/supplement.yaml")) == after


@pytest.mark.parametrize("notice", ["reply", "supplement"])
def test_opening_and_storing_a_notice_says_what_it_said(studio: Studio, draft: str, notice: str) -> None:
    before = yaml.safe_load(stored(studio, draft, f"notices/{notice}.yaml"))
    assert studio.send_again(f"/xuong/{draft}/van-ban/{notice}").status_code == 303
    assert yaml.safe_load(stored(studio, draft, f"notices/{notice}.yaml")) == before


def test_a_text_of_the_law_is_replaced_from_a_day(studio: Studio, draft: str) -> None:
    page = f"/xuong/{draft}/van-ban/reply"
    before = yaml.safe_load(stored(studio, draft, "notices/reply.yaml"))["regimes"]
    assert studio.send_again(page, "replace:1", **{"regimes.1.since": "01/01/2027"}).status_code == 303
    old, ended, new = yaml.safe_load(stored(studio, draft, "notices/reply.yaml"))["regimes"]
    assert old == before[0] and str(ended["to"]) == "2026-12-31" and str(new["from"]) == "2027-01-01"
    assert ended["texts"] == new["texts"] == before[1]["texts"]

    changed = {"regimes.2.0.text": "Nghị định mới", "regimes.2.2.name": "extra", "regimes.2.2.text": "Thêm một câu."}
    refused = studio.send_again(page, **changed)  # a text that the other regimes do not have
    assert refused.status_code == 422 and "Thêm một câu." in unescape(refused.text)
    assert studio.send_again(page, **{"regimes.2.0.text": "Nghị định mới"}).status_code == 303
    assert (
        yaml.safe_load(stored(studio, draft, "notices/reply.yaml"))["regimes"][2]["texts"]["decree"] == "Nghị định mới"
    )
    assert studio.send_again(page, "end:2").status_code == 422  # days that no regime covers


def test_a_first_regime_waits_for_its_clause(studio: Studio, draft: str) -> None:
    page = f"/xuong/{draft}/van-ban/supplement"
    asked = studio.send_again(page, "regime")
    assert asked.status_code == 422 and "regimes.0.basis" in asked.text
    boxes = {"regimes.0.from": "15/01/2020", "regimes.0.basis": "qd01-2020:14.3", "regimes.0.confidence": "V"}
    texts = {"regimes.0.0.name": "decree", "regimes.0.0.text": "Quy chế"}
    assert studio.send_again(page, **boxes, **texts, subject="theo {{ law.decree }}").status_code == 303
    assert "theo Quy chế" in unescape(studio.get(page).text)


def test_a_table_of_a_notice_is_a_grid(office: Office, studio: Studio) -> None:
    draft = begin_draft(office, "incident-rebuttal")
    page, path = f"/xuong/{draft}/van-ban/takedown", "notices/takedown.yaml"
    before = yaml.safe_load(stored(studio, draft, path))
    number = next(n for n, part in enumerate(before["body"]) if isinstance(part, dict))
    assert studio.send_again(page).status_code == 303
    assert yaml.safe_load(stored(studio, draft, path)) == before
    assert '<th scope="col">Tài khoản</th>' in studio.get(page).text  # in the preview

    assert studio.send_again(page, f"column:{number}").status_code == 303
    named = {f"body.{number}.column.2": "Ghi chú", f"body.{number}.cell.0.2": "{{ one.account }}"}
    assert studio.send_again(page, **named).status_code == 303
    table = yaml.safe_load(stored(studio, draft, path))["body"][number]["table"]
    assert table["columns"][2] == "Ghi chú" and table["cells"][2] == "{{ one.account }}" and table["for"]
    assert studio.send_again(page, f"less-column:{number}:2").status_code == 303
    assert yaml.safe_load(stored(studio, draft, path)) == before

    # A paragraph becomes a table with fixed rows, and a paragraph again
    assert studio.send_again(page, **{"body.0.kind": "table"}).status_code == 303
    assert studio.send_again(page, "row:0", **{"body.0.cell.0.0": "một"}).status_code == 303
    table = yaml.safe_load(stored(studio, draft, path))["body"][0]["table"]
    assert table == {"columns": [before["body"][0]], "rows": [["một"], ["…"]]}
    assert studio.send_again(page, "less-row:0:0").status_code == 303
    assert studio.send_again(page, **{"body.0.kind": "paragraph"}).status_code == 303
    assert yaml.safe_load(stored(studio, draft, path)) == before


def test_a_notice_is_seen_on_paper(studio: Studio, draft: str) -> None:
    paper = studio.get(f"/xuong/{draft}/van-ban/reply/xem-truoc.pdf")
    assert paper.status_code == 200 and paper.data.startswith(b"%PDF")
    assert studio.get(f"/xuong/{draft}/van-ban/khong-co/xem-truoc.pdf").status_code == 404


def test_a_notice_that_cannot_be_printed_says_so(studio: Studio, draft: str) -> None:
    assert studio.put(draft, "notices/reply.yaml", b"type: CV\nsubject: '{{ '\nbody: [x]\n", 0).status_code == 200
    refused = studio.get(f"/xuong/{draft}/van-ban/reply/xem-truoc.pdf")
    assert refused.status_code == 422 and 'role="alert"' in refused.text


def test_a_new_notice_gets_a_good_name(studio: Studio, draft: str) -> None:
    page = f"/xuong/{draft}/van-ban"
    for bad in ("", "../x", "Tên", "reply"):
        studio.send(page, seen=0, id=bad)
    assert studio.get(f"{page}/x").status_code == 404
    assert studio.send(page, seen=0, id="thanks").status_code == 303
    assert studio.get(f"{page}/thanks").status_code == 200


def test_a_table_is_added_grown_and_taken_away(studio: Studio, draft: str) -> None:
    page = f"/xuong/{draft}/bang"
    assert studio.send(page, seen=0, id="urgency", name="Độ khẩn").status_code == 303
    assert "Độ khẩn" in studio.get(page).text
    table = load_table(stored(studio, draft, "urgency.dmn"))
    assert (len(table.inputs), table.outputs, len(table.rules)) == (1, ("result",), 1)
    for act, outputs in (("result", 2), ("less-result:0", 1), ("less-result:0", 1)):
        assert studio.send(f"{page}/urgency.dmn", seen=99, act=act).status_code == 303
        assert len(load_table(stored(studio, draft, "urgency.dmn")).outputs) == outputs
    for bad in ("", "Độ", "../x", "urgency"):
        assert studio.send(page, seen=99, id=bad).status_code == 422
    assert studio.send(f"/xuong/{draft}/bo-tep", seen=99, path="urgency.dmn").status_code == 303
    assert studio.get(f"{page}/urgency.dmn").status_code == 404
    for kept in ("procedure.yaml", "scenarios/01-tra-loi.yaml"):
        assert studio.send(f"/xuong/{draft}/bo-tep", seen=99, path=kept).status_code == 404


def test_a_table_comes_from_a_file_and_hostile_ones_leave_no_trace(studio: Studio, draft: str) -> None:
    page = f"/xuong/{draft}/bang"
    for content, code in HOSTILE_TABLES.items():
        refused = studio.send(page, seen=0, id="xau", file=(io.BytesIO(content), "x.dmn"))
        assert refused.status_code == 422 and sentence(code, {})[:20] in unescape(refused.text), code
        assert studio.get(f"/xuong/{draft}/tep/xau.dmn").status_code == 404
    good = (io.BytesIO(TABLES[0].read_bytes()), "tot.dmn")
    assert studio.send(page, seen=0, id="tot", file=good).status_code == 303
    assert load_table(stored(studio, draft, "tot.dmn")) == load_table(TABLES[0].read_bytes())


def called_by(bundle: Bundle) -> list[Bundle]:
    """The shared parts that a procedure calls, and those that they call."""
    found: dict[str, Bundle] = {}
    waiting = list(bundle.uses)
    while waiting:
        id_ = waiting.pop()
        if id_ not in found:
            found[id_] = SHARED_PARTS[id_]
            waiting += SHARED_PARTS[id_].uses
    return list(found.values())


def stored(studio: Studio, draft: str, path: str) -> bytes:
    content: bytes = studio.get(f"/xuong/{draft}/tep/{path}").data
    return content


def test_rules_tell_how_often_they_decided_and_notices_are_tried_on_a_past_paper(
    office: Office, studio: Studio, draft: str
) -> None:
    name = "11-khong-thuoc-tham-quyen"
    scenario = next(one for _id, one in scenario_runs.scenarios_of(PROCEDURE) if one.name == name)
    assert scenario_runs.run(office.container, PROCEDURE, scenario).ok

    page = unescape(studio.get(f"/xuong/{draft}/bang/outcome.dmn").text)
    assert "Đã quyết định 1 lần" in page
    used = re.findall(r'<td class="number">(\d+)</td>', page)
    assert used[0] == "1" and set(used[1:]) == {"0"}  # rule_1: not for the province to decide

    with office.container.read() as session:
        today = local_date(office.clock.now())
        owner, officer = (actor_for_account(session, one, today) for one in (OWNER, SPECIALIST))
        seen = notice_text.past(session, officer, PROCEDURE, "notices/forward.yaml")
        unseen = notice_text.past(session, owner, PROCEDURE, "notices/forward.yaml")
    assert [one.values["forward_reason"] for one in seen] and seen[0].values["case"]["code"] == seen[0].code
    assert unseen == []  # a process owner reads no paper of a case that is not the owner's to see
