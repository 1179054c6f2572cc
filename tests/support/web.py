"""Officers at their browsers: the whole program on a demo store, driven through Flask's test client."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from engine.clock import ManualClock
from web.app import assemble
from web.bootstrap import ensure_ready
from web.wiring import build

START = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
PASSWORD = "phoihop-demo"
SPECIALIST = "cv.so-ngoai-vu"
HEAD = "ld.so-ngoai-vu"
COLLEAGUE = "cv.so-khcn"
OFFICE = "cv.vp-ubnd-tinh"


class Office:
    """A demo store with its program; the clock stands still until a test moves it."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock(START)
        self.container = build({"DATA_DIR": str(folder), "STORE": "demo"}, self.clock)
        ensure_ready(self.container, with_cases=False)
        self.app = assemble(self.container)

    def browser(self, user_name: str | None = None) -> Browser:
        """A browser, signed in where a user name is given."""
        browser = Browser(self.app.test_client())
        if user_name is not None:
            assert browser.sign_in(user_name).status_code == 303
        return browser


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One demo store without cases for all tests of a module."""
    office = Office(tmp_path_factory.mktemp("office"))
    yield office
    office.container.engine.database.dispose()


class Browser:
    """What a person does: open pages, fill in the form that stands there, send it."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def open(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path)

    def sign_in(self, user_name: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        """Sign in at the sign-in page."""
        hidden = hidden_fields(self.open("/dang-nhap").text, "/dang-nhap")
        return self.client.post("/dang-nhap", data={**hidden, "user_name": user_name, "password": password, **fields})

    def send(self, page: str, action: str, fields: Mapping[str, Any] | None = None) -> TestResponse:
        """Send the form of a page's HTML that goes to `action`, with these fields filled in."""
        return self.client.post(action, data={**hidden_fields(page, action), **(fields or {})})

    def start_case(self) -> str:
        """Open a case of the rebuttal procedure; returns the path of its first task."""
        rebuttal = {"procedure": "incident-rebuttal"}
        answer = self.send(self.open("/vu-viec/moi").text, "/vu-viec/moi", rebuttal)
        assert answer.status_code == 303
        return str(answer.headers["Location"])

    def complete(self, task: str, fields: Mapping[str, Any]) -> TestResponse:
        """Open a task page and send its form."""
        return self.send(self.open(task).text, f"{task}/hoan-thanh", fields)

    def start_detection(self) -> str:
        """Open a case and answer the secrecy gate; returns the path of the task in which detection is recorded."""
        task = self.start_case()
        name, values = radio_values(self.open(task).text)
        answer = self.complete(task, {name: values[0]})
        assert answer.status_code == 303
        found = re.search(r'href="(/viec/[0-9a-f-]+)"', self.open(answer.headers["Location"]).text)
        assert found is not None
        return found[1]


def hidden_fields(html: str, action: str) -> dict[str, str]:
    """Hidden fields of the form that goes to `action`."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', html, re.DOTALL)
    assert found is not None, f"no form for {action}"
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[0])
    return {name: unescape(value) for name, value in fields}


def radio_values(html: str) -> tuple[str, list[str]]:
    """Name and values of the first group of radio buttons."""
    found = re.findall(r'type="radio"[^>]*? name="([^"]+)" value="([^"]+)"', html)
    name = found[0][0]
    return name, [value for one, value in found if one == name]
