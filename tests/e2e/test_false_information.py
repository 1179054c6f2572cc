"""A whole case in the browser: false information from its detection to the written result at every agency."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, expect
from pypdf import PdfReader

from tests.e2e.office import Desk, Office
from tests.e2e.steps import CLERK_OF_LEAD, RESULT, carry, clarification, detection, publication
from tests.support.server import Server

pytestmark = pytest.mark.requires("chromium")

LEAD = "vp-ubnd-tinh"
OUTSIDER = "cv.so-tai-chinh"
EVIDENCE = "Ảnh chụp bài đăng.txt"
CLAIM = "Bài đăng nói khu công nghiệp xả thải."


@dataclass(frozen=True)
class Story:
    """The finished case: its code, who worked in it, and addresses that only its agencies may open."""

    office: Office
    code: str
    symbol: str
    document: str
    attachment: str
    tasks: tuple[str, ...]

    @property
    def participants(self) -> list[str]:
        """The agencies that worked in the case besides the lead, found without asking the program."""
        return sorted(set(self.office.worked) - {LEAD})


@pytest.fixture(scope="module")
def story(browser: Browser, server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The case, carried from desk to desk."""
    evidence = tmp_path_factory.mktemp("evidence") / EVIDENCE
    evidence.write_text(CLAIM, encoding="utf-8")
    with Office(browser, server.url) as office:
        code = office.desk("cv.so-ngoai-vu").start_case()
        tasks = [carry(office, code, step) for step in detection(evidence) + clarification() + publication()]
        office.desk(CLERK_OF_LEAD).open_ended(code)
        row = result_rows(office.desk(CLERK_OF_LEAD), "di")
        link = row.get_by_role("rowheader").get_by_role("link")
        symbol, document = link.inner_text(), link.get_attribute("href") or ""
        yield Story(office, code, symbol, document, attachment_of(office, code), tuple(tasks))


def attachment_of(office: Office, code: str) -> str:
    """Address of the file that was attached when the rumour was recorded."""
    desk = office.desk("cv.so-ngoai-vu")
    desk.open(f"/vu-viec/{code}")
    return desk.page.get_by_role("link", name=EVIDENCE).get_attribute("href") or ""


def result_rows(desk: Desk, direction: str) -> Locator:
    """Rows of written results in an agency's list of incoming (`den`) or outgoing (`di`) documents."""
    desk.open(f"/van-ban-{direction}")
    desk.check_accessible(f"documents {direction}")
    return desk.page.get_by_role("row").filter(has_text=RESULT)


def test_case_ends_with_its_outcome(story: Story) -> None:
    desk = story.office.desk("cv.so-ngoai-vu")
    facts = desk.open_ended(story.code)
    desk.check_accessible("ended case")
    expect(facts).to_contain_text("Đã làm rõ")
    expect(desk.page.get_by_text("Không còn việc nào đang chờ.")).to_be_visible()


def test_case_passed_through_agencies_of_every_kind(story: Story) -> None:
    assert story.participants == ["bql-kcn", "cong-an-tinh", "so-khcn", "so-ngoai-vu", "so-vhttdl", "ubnd-tinh"]


def test_lead_issued_one_numbered_notice_and_sent_it_once_to_each_participant(story: Story) -> None:
    clerk = story.office.desk(CLERK_OF_LEAD)
    names = [story.office.desk(f"vt.{agency}").agency_name() for agency in story.participants]

    assert result_rows(clerk, "di").count() == 1
    assert re.fullmatch(r"0*1/TB-VPUBND", story.symbol)
    clerk.open(story.document)
    clerk.check_accessible("document")
    sent_to = clerk.page.get_by_role("region", name="Gửi và nhận").get_by_role("rowheader").all_inner_texts()
    assert sorted(sent_to) == sorted(names)


def test_every_participant_opens_the_pdf_and_confirms_receipt(story: Story) -> None:
    for agency in story.participants:
        clerk = story.office.desk(f"vt.{agency}")
        row = result_rows(clerk, "den")
        assert row.count() == 1, agency

        status, content = clerk.download(f"{story.document}.pdf")
        assert status == 200
        assert_is_the_notice(content, story.symbol)

        row.get_by_role("button", name="Xác nhận đã nhận").click()
        clerk.expect_message("Đã xác nhận nhận văn bản, số đến")
        expect(result_rows(clerk, "den").get_by_role("button")).to_have_count(0)

    lead = story.office.desk(CLERK_OF_LEAD)
    expect(result_rows(lead, "di")).to_contain_text("6/6 đã xác nhận")


def assert_is_the_notice(content: bytes, symbol: str) -> None:
    """The PDF bears the number and is set in Tinos alone."""
    reader = PdfReader(io.BytesIO(content))
    assert f"Số: {symbol}" in " ".join(page.extract_text() for page in reader.pages).replace("\n", " ")
    fonts = set(re.findall(rb"/FontName\s*/[A-Z]{6}\+([A-Za-z-]+)", content))
    assert fonts and all(font.startswith(b"Tinos") for font in fonts)


def test_lead_does_not_receive_its_own_notice(story: Story) -> None:
    assert result_rows(story.office.desk(CLERK_OF_LEAD), "den").count() == 0


def test_agency_that_took_no_part_finds_nothing(story: Story) -> None:
    outsider = story.office.desk(OUTSIDER)
    addresses = [f"/vu-viec/{story.code}", story.document, f"{story.document}.pdf", story.attachment, *story.tasks]
    for address in addresses:
        assert outsider.download(address)[0] == 404, address
    assert outsider.open(f"/vu-viec/{story.code}") == 404
    outsider.check_accessible("not found")
    assert result_rows(outsider, "den").count() == 0


def test_attachment_reaches_the_agencies_of_the_case_unchanged(story: Story) -> None:
    status, content = story.office.desk("cv.cong-an-tinh").download(story.attachment)
    assert (status, content.decode()) == (200, CLAIM)
