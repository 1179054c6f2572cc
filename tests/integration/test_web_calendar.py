"""The calendar's page: its keepers accept a year, add and remove days; cases follow, on record."""

from __future__ import annotations

from engine import events
from tests.support.web import Browser, Office
from workflows.calendar import store

DAY = {"day": "04/09/2026", "kind": "holiday", "name": "Nghỉ bão", "source": "Công điện 01/CĐ-UBND", "confidence": "V"}
PATH = "/lich-lam-viec"


def _post(browser: Browser, path: str, **fields: object) -> tuple[int, str]:
    token = browser.open(PATH).text.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = browser.client.post(path, data={"csrf_token": token, **fields})
    return answer.status_code, answer.text


def _recorded(office: Office) -> list[str]:
    with office.container.read() as session:
        return [event.type for event in events.read(session, store.STREAM)]


def test_everybody_reads_the_swap_with_its_source_and_only_keepers_change_it(office: Office) -> None:
    page = office.browser("cv.so-ngoai-vu").open(f"{PATH}?nam=2026").text
    assert "02/01/2026" in page and "10/01/2026" in page and "12729/VPCP-KGVX" in page
    assert "Ghi vào lịch" not in page and "Bỏ" not in page
    assert _post(office.browser("cv.so-ngoai-vu"), f"{PATH}/them", **DAY)[0] == 403


def test_a_day_is_added_with_its_document_and_removed_with_a_reason(office: Office) -> None:
    keeper = office.browser("quantri")
    before = len(_recorded(office))
    status, page = _post(keeper, f"{PATH}/them?nam=2026", **{**DAY, "source": ""})
    assert status == 400 and "Nghỉ bão" in page  # nothing typed is lost
    assert _post(keeper, f"{PATH}/them?nam=2026", **{**DAY, "day": "31/02/2026"})[0] == 400
    assert _post(keeper, f"{PATH}/them?nam=2026", **DAY)[0] == 303
    assert "Công điện 01/CĐ-UBND" in keeper.open(f"{PATH}?nam=2026").text
    assert _post(keeper, f"{PATH}/bo?nam=2026", day="2026-09-04", reason=" ")[0] == 400
    assert _post(keeper, f"{PATH}/bo?nam=2026", day="2026-09-04", reason="Ghi nhầm")[0] == 303
    assert "Nghỉ bão" not in keeper.open(f"{PATH}?nam=2026").text
    assert _recorded(office)[before:] == ["CalendarDaysEntered", "CalendarDayWithdrawn"]


def test_the_next_year_is_proposed_and_accepted_row_by_row(office: Office) -> None:
    keeper = office.browser("quantri")
    page = keeper.open(f"{PATH}?nam=2028").text
    assert "Lịch chưa có năm này" in page and page.count('type="checkbox"') > 8
    days = [part.partition('"')[0] for part in page.split('name="day" value="')[1:] if part[:4] == "2028"]
    assert _post(keeper, f"{PATH}/chap-nhan?nam=2028", day=[*days[:-2], "khong-phai-ngay"], offered=days[:-1])[0] == 303
    page = keeper.open(f"{PATH}?nam=2028").text
    # Then the year is known; the one rejected is told and not proposed again, the one that was not shown still is
    assert "Lịch chưa có năm này" not in page and page.count('type="checkbox"') == 1
    assert f'value="{days[-1]}" checked' in page and f'value="{days[-2]}"' not in page
    assert "Đề xuất không chấp nhận (1)" in page
    # And so it is with an accepted day that is withdrawn; entered by hand it is no rejection any more
    assert _post(keeper, f"{PATH}/bo?nam=2028", day=days[0], reason="Ghi nhầm")[0] == 303
    page = keeper.open(f"{PATH}?nam=2028").text
    assert f'value="{days[0]}"' not in page and "Đề xuất không chấp nhận (2)" in page
    assert _post(keeper, f"{PATH}/them?nam=2028", **{**DAY, "day": days[0]})[0] == 303
    assert "Đề xuất không chấp nhận (1)" in keeper.open(f"{PATH}?nam=2028").text
