"""Stories of registers on the pages: what the clerk reads, prints and voids, and a restored store."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.support.web import Browser, Office
from web.cli.common import OPERATOR
from web.scenario_runs import run, scenarios_of
from workflows.documents.restoration import mark_restored
from workflows.documents.tables import ISSUED, Document, RegisterEntry

AGENCY = "vp-ubnd-tinh"
CLERK = "vt.vp-ubnd-tinh"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    made = Office(tmp_path_factory.mktemp("registers"))
    procedure, scenario = next(pair for pair in scenarios_of("incident-rebuttal") if pair[1].expect.documents)
    result = run(made.container, procedure, scenario)
    assert result.ok, result.failures
    return made


def register_path(browser: Browser, words: str) -> str:
    """The register whose name begins with these words, from the page of registers."""
    found = re.search(rf'href="(/so-van-ban/[0-9a-f-]{{36}})">{words}', browser.open("/so-van-ban").text)
    assert found is not None
    return found[1]


def test_a_clerk_reads_prints_and_exports_the_register_and_voids_a_number(office: Office) -> None:
    clerk = office.browser(CLERK)
    path = register_path(clerk, "Văn bản đi")
    with office.container.read() as session:
        document = session.scalars(
            select(Document).where(Document.issuer_agency_id == AGENCY, Document.status == ISSUED)
        ).first()
    assert document is not None
    assert document.symbol and document.symbol in clerk.open(path).text
    assert clerk.open(f"{path}.pdf").data.startswith(b"%PDF")
    assert clerk.open(f"{path}.xlsx").data.startswith(b"PK")

    page = clerk.open(f"/van-ban/{document.id}").text
    answer = clerk.send(page, f"/van-ban/{document.id}/huy-so", {"reason": "Sai thể thức"})
    assert answer.status_code == 303
    assert "Sai thể thức" in clerk.open(path).text
    with office.container.read() as session:
        row = session.scalars(select(RegisterEntry).where(RegisterEntry.document_id == document.id)).one()
    assert (row.status, row.number) == ("voided", document.number)


def test_the_head_decides_the_series_of_next_year(office: Office) -> None:
    head = office.browser("ld.vp-ubnd-tinh")
    page = head.open("/so-van-ban/cach-danh-so").text
    fields = {"year": "2027", "series.QĐ": "own", "decision": "Quyết định số 05/QĐ-VPUBND"}
    assert head.send(page, "/so-van-ban/cach-danh-so", fields).status_code == 303
    shown = head.open("/so-van-ban/cach-danh-so").text
    assert "Quyết định: Sổ riêng của loại này" in shown and "05/QĐ-VPUBND" in shown


def test_a_restored_store_can_only_be_read_until_the_clerks_have_confirmed(tmp_path: Path) -> None:
    made = Office(tmp_path)
    procedure, scenario = next(pair for pair in scenarios_of("incident-rebuttal") if pair[1].expect.documents)
    assert run(made.container, procedure, scenario).ok
    with made.container.write() as session:
        mark_restored(session, OPERATOR, made.clock.now())
    # Given the program started on it anew, with its registers waiting
    restarted = Office(tmp_path)
    officer, administrator = restarted.browser("cv.so-ngoai-vu"), restarted.browser("quantri")
    assert "chỉ xem được" in officer.open("/hop-viec").text
    refused = officer.send(officer.open("/vu-viec/moi").text, "/vu-viec/moi", {})
    assert refused.status_code == 409
    # When every last number is confirmed
    while found := re.search(r'action="(/so-van-ban/[0-9a-f-]{36}/xac-nhan)"', administrator.open("/so-van-ban").text):
        page = administrator.open("/so-van-ban").text
        row = page[page.index("<td", page.rindex("<tr>", 0, page.index(found[1]))) :]
        number = re.search(r'class="number">(\d+)<', row)
        assert number is not None
        assert administrator.send(page, found[1], {"last_number": number[1]}).status_code == 303
    # Then work goes on
    assert "chỉ xem được" not in officer.open("/hop-viec").text
    assert officer.send(officer.open("/vu-viec/moi").text, "/vu-viec/moi", {}).status_code == 303
