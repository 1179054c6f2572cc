"""Decision tables and notice texts of a draft: edited as grids and boxes, checked, tried on made-up and past papers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
import yaml

from engine.clock import local_date
from engine.decisions import load_table
from engine.procedures.bundle import SHARED, Bundle, read_folder
from tests.support.studio import OWNER, Studio, begin_draft
from tests.support.web import SPECIALIST, Office
from web import scenario_runs
from workflows.agencies.queries import actor_for_account
from workflows.documents.templates import fill, read_template, variables
from workflows.studio import notice_text, table_text
from workflows.studio.notice_sample import sample

PROCEDURE = "foreign-press-permit"
BUNDLES = [read_folder(file.parent) for file in sorted(Path("bpmn").glob("**/procedure.yaml"))]
SHARED_PARTS = {bundle.id: bundle for bundle in BUNDLES if bundle.kind == SHARED}
NOTICES = [(bundle, path) for bundle in BUNDLES for path in bundle.files if path.startswith("notices/")]
TABLES = sorted(Path("bpmn").glob("**/*.dmn"))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = Office(tmp_path_factory.mktemp("texts"))
    yield office
    office.container.engine.database.dispose()


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
