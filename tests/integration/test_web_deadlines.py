"""The page that lets people check a deadline, and the acts on it."""

from __future__ import annotations

import pytest

from engine.tables import WorkItem
from tests.integration.test_changed_deadlines import CHOICES, DEADLINES, _task
from tests.support.small import form, install, procedure, start
from tests.support.web import Browser, Office
from tests.support.world import World

HEAD, SPECIALIST = "ld.so-vhttdl", "cv.so-vhttdl"


@pytest.fixture
def path(office: Office) -> str:
    """The deadline page of a new case over 02/09, a holiday, led by the agency of the officers."""
    nodes = ["startEvent begin", "parallelGateway split", _task("answer", "reply"), _task("prepare", "inner")]
    flows = ["begin split", "split answer", "split prepare", "answer done1", "prepare done2"]
    bundle = procedure(
        "shown",
        [*nodes, "endEvent done1", "endEvent done2"],
        flows,
        forms={"note": form("note")},
        more=CHOICES,
        deadlines=DEADLINES,
    )
    world = World(office.container, office.clock)
    if not world.rows(WorkItem, procedure_id="shown"):
        install(world, bundle)
    return f"/vu-viec/{start(world, 'shown', SPECIALIST).case_code}/thoi-han"


def _send(browser: Browser, path: str, act: str, **fields: str) -> int:
    return browser.send(browser.open(path).text, f"{path}/{act}", fields).status_code


def test_every_day_is_told_with_its_reason_and_source(office: Office, path: str) -> None:
    page = office.browser(SPECIALIST).open(path).text
    assert "02/09/2026" in page and "Quốc khánh" in page and "nghỉ cuối tuần" in page
    assert "5 ngày làm việc" in page and "Điều 1 NĐ 30/2020/NĐ-CP" in page and "Đã đọc trong văn bản" in page
    assert "/gia-han" not in page and "/che-do" not in page  # a specialist neither extends nor chooses


def test_a_head_extends_and_what_was_typed_is_kept_when_refused(office: Office, path: str) -> None:
    head = office.browser(HEAD)
    page = head.open(path).text
    [target] = [part.partition('"')[0] for part in page.split('name="target" value="')[1:]]
    typed = {"target": target, "due_at": "2/9", "reason": "Chờ số liệu", "document": "Công văn 12"}
    refused = head.send(page, f"{path}/gia-han", typed)
    assert refused.status_code == 422 and "Chờ số liệu" in refused.text and 'role="alert"' in refused.text
    assert _send(head, path, "gia-han", **{**typed, "due_at": "20/09/2026 17:00"}) == 303
    after = office.browser(SPECIALIST).open(path).text
    assert "20/09/2026 17:00" in after and "Gia hạn: Chờ số liệu (Công văn 12)" in after


def test_a_head_chooses_the_other_law_and_goes_back(office: Office, path: str) -> None:
    head = office.browser(HEAD)
    assert _send(head, path, "che-do", choice="new", reason="Có lợi hơn") == 303
    page = head.open(path).text
    assert "Theo pháp luật của ngày 01/10/2026" in page and "10 ngày làm việc" in page
    assert "Áp dụng pháp luật của ngày 01/10/2026" in head.open(path.removesuffix("/thoi-han")).text
    assert _send(head, path, "che-do", choice="", reason="Nhầm") == 303
    assert "Theo pháp luật của ngày 01/09/2026" in head.open(path).text
