"""Stories at the door: sign-in, throttling, sessions that end, and what was typed in the meantime."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.web import SPECIALIST, Browser, Office, hidden_fields
from web.auth.sessions import digest
from web.auth.tables import WebSession
from web.auth.throttle import NAME_LIMIT, WINDOW
from web.config import IDLE_MINUTES, SESSION_HOURS
from web.worker import Background


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    office = Office(tmp_path_factory.mktemp("sign-in"))
    yield office
    office.container.engine.database.dispose()


@pytest.fixture
def office(shared: Office) -> Office:
    """The shared store, far enough from the wrong passwords of the test before."""
    shared.clock.advance(timedelta(days=1))
    return shared


def test_a_stranger_is_led_to_the_sign_in_page_and_from_there_to_the_page_asked_for(office: Office) -> None:
    browser = office.browser()
    asked = browser.open("/vu-viec?tim=cầu")
    assert asked.status_code == 303
    page = browser.open(asked.headers["Location"])
    target = hidden_fields(page.text, "/dang-nhap")["target"]
    answer = browser.sign_in(SPECIALIST, target=target)
    assert answer.headers["Location"].startswith("/vu-viec?tim=c")


@pytest.mark.parametrize("target", ["//ac.example", "https://ac.example/", "/\\ac.example", "javascript:alert(1)", ""])
def test_sign_in_never_leads_out_of_the_program(office: Office, target: str) -> None:
    assert office.browser().sign_in(SPECIALIST, target=target).headers["Location"] == "/hop-viec"


def test_a_wrong_password_is_told_in_vietnamese_and_the_name_stays(office: Office) -> None:
    answer = office.browser().sign_in(SPECIALIST, "sai-mat-khau")
    assert answer.status_code == 422
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in answer.text
    assert f'value="{SPECIALIST}"' in answer.text
    assert "sai-mat-khau" not in answer.text


def test_an_unknown_name_gets_the_same_answer_as_a_wrong_password(office: Office) -> None:
    known = office.browser().sign_in(SPECIALIST, "sai")
    unknown = office.browser().sign_in("khong-co-ai", "sai")
    assert (known.status_code, "không đúng" in known.text) == (unknown.status_code, "không đúng" in unknown.text)


def test_after_too_many_wrong_passwords_even_the_right_one_must_wait(office: Office) -> None:
    for _attempt in range(NAME_LIMIT):
        assert office.browser().sign_in(SPECIALIST, "sai").status_code == 422
    assert office.browser().sign_in(SPECIALIST).status_code == 429
    office.clock.advance(WINDOW + timedelta(seconds=1))
    assert office.browser().sign_in(SPECIALIST).status_code == 303


def test_the_session_ends_when_nobody_uses_it(office: Office) -> None:
    browser = office.browser(SPECIALIST)
    office.clock.advance(timedelta(minutes=IDLE_MINUTES - 1))
    assert browser.open("/hop-viec").status_code == 200
    office.clock.advance(timedelta(minutes=IDLE_MINUTES + 1))
    assert browser.open("/hop-viec").status_code == 303


def test_a_page_that_refreshes_itself_does_not_keep_the_session_alive(office: Office) -> None:
    browser = office.browser(SPECIALIST)
    office.clock.advance(timedelta(minutes=IDLE_MINUTES - 1))
    assert browser.client.get("/hop-viec/so-luong", headers={"HX-Request": "true"}).status_code == 200
    office.clock.advance(timedelta(minutes=2))
    assert browser.open("/hop-viec").status_code == 303


def test_no_session_outlives_its_greatest_age_however_busy(office: Office) -> None:
    browser = office.browser(SPECIALIST)
    for _half_hour in range(2 * SESSION_HOURS - 1):
        office.clock.advance(timedelta(minutes=30))
        assert browser.open("/hop-viec").status_code == 200
    office.clock.advance(timedelta(minutes=31))
    assert browser.open("/hop-viec").status_code == 303


def test_the_database_keeps_only_a_digest_of_the_cookie_secret(office: Office) -> None:
    browser = office.browser(SPECIALIST)
    with browser.client.session_transaction() as session:
        secret = session["sid"]
    with office.container.read() as db:
        digests = set(db.scalars(select(WebSession.digest)))
    assert digest(secret) in digests and secret not in digests


def test_sign_out_ends_the_session_for_every_copy_of_the_cookie(office: Office) -> None:
    browser = office.browser(SPECIALIST)
    with browser.client.session_transaction() as session:
        secret = session["sid"]
    assert browser.send(browser.open("/hop-viec").text, "/dang-xuat").status_code == 303
    thief = office.browser()
    with thief.client.session_transaction() as session:
        session["sid"] = secret
    assert thief.open("/hop-viec").status_code == 303


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(office: Office) -> None:
    cookie = office.browser().sign_in(SPECIALIST).headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_typed_text_survives_an_ended_session_and_is_not_stored_for_the_anonymous(office: Office) -> None:
    # Given an officer who has filled in a form while the session ended
    browser = office.browser(SPECIALIST)
    task = browser.start_detection()
    page = browser.open(task).text
    office.clock.advance(timedelta(hours=2))
    subject = "Tin sai về “cầu Việt Trì” <script>"
    typed = {"subject": subject, "source_url": "https://vi.example/bai", "source_kind": "social"}
    # When it is sent
    answer = browser.send(page, f"{task}/hoan-thanh", typed)
    # Then the sign-in page carries the fields along,
    assert answer.status_code == 401
    carried = hidden_fields(answer.text, "/dang-nhap")
    assert "cầu Việt Trì" in carried["carried"] and "<script>" not in answer.text
    # and after signing in the form is there with all of them, not yet sent
    fields = {**carried, "user_name": SPECIALIST, "password": "phoihop-demo"}
    again = browser.client.post("/dang-nhap", data=fields)
    assert again.status_code == 200
    assert "Tin sai về “cầu Việt Trì” &lt;script&gt;" in again.text
    assert 'value="social" selected' in again.text
    assert "chưa được gửi" in again.text
    assert "Tin sai về" not in browser.open(task).text
    # and the form that is shown can be sent
    assert browser.send(again.text, f"{task}/hoan-thanh", {"subject": ""}).status_code == 422


def test_a_wrong_password_on_the_way_does_not_lose_the_typed_text(office: Office) -> None:
    browser = office.browser(SPECIALIST)
    task = browser.start_detection()
    page = browser.open(task).text
    office.clock.advance(timedelta(hours=2))
    answer = browser.send(page, f"{task}/hoan-thanh", {"subject": "Giữ lấy tôi"})
    wrong = {**hidden_fields(answer.text, "/dang-nhap"), "user_name": SPECIALIST, "password": "sai"}
    assert "Giữ lấy tôi" in browser.client.post("/dang-nhap", data=wrong).text


def test_a_form_with_a_stale_token_is_shown_again_with_what_was_typed(office: Office) -> None:
    browser = office.browser(SPECIALIST)
    task = browser.start_detection()
    answer = browser.client.post(f"{task}/hoan-thanh", data={"csrf_token": "cũ", "subject": "Vẫn còn đây"})
    assert answer.status_code == 400
    assert "Vẫn còn đây" in answer.text and "hết hiệu lực" not in answer.text
    assert hidden_fields(answer.text, f"{task}/hoan-thanh")["csrf_token"] != "cũ"


def test_a_foreign_site_cannot_sign_anybody_in(office: Office) -> None:
    fields = {"user_name": SPECIALIST, "password": "phoihop-demo"}
    assert office.browser().client.post("/dang-nhap", data=fields).status_code == 400


def test_health_needs_no_sign_in(office: Office) -> None:
    answer = office.browser().open("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


def test_health_names_a_scheduler_that_has_stopped(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped = Background(beats={"relay": time.monotonic(), "scheduler": time.monotonic() - 120})
    monkeypatch.setattr(office.container, "background", stopped)
    answer = office.browser().open("/healthz")
    assert (answer.status_code, answer.text) == (503, "silent: scheduler\n")


def test_the_language_is_chosen_by_a_link_and_kept(office: Office) -> None:
    browser: Browser = office.browser()
    assert browser.open("/ngon-ngu/en?tiep=/dang-nhap").headers["Location"] == "/dang-nhap"
    page = browser.open("/dang-nhap").text
    assert '<html lang="en">' in page and "Sign in" in page
    assert browser.open("/ngon-ngu/xx").status_code == 404
