"""Process owners in the studio: drafts, saves and JSON doors, as an editor in a browser uses them."""

from __future__ import annotations

import re
from typing import Any

from lxml import html
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from engine.clock import local_date
from tests.support.web import Browser, Office
from workflows.agencies.queries import actor_for_account
from workflows.studio import drafts

OWNER, SECOND = "quytrinh", "quytrinh2"


def begin_draft(office: Office, procedure_id: str) -> str:
    """The process owner begins a draft of a procedure; its id."""
    now = office.clock.now()
    with office.container.write() as session:
        owner = actor_for_account(session, OWNER, local_date(now))
        return drafts.begin(session, owner, procedure_id, now=now).id


class Studio:
    """One process owner's browser in the studio."""

    def __init__(self, office: Office, user_name: str = OWNER) -> None:
        self.browser: Browser = office.browser(user_name)
        self.token = _token(self.browser)

    def get(self, path: str) -> TestResponse:
        """Open a page or door."""
        return self.browser.open(path)

    def put(self, draft: str, path: str, content: bytes, seen: int) -> TestResponse:
        """Save a file of a draft."""
        return self.browser.client.put(
            f"/xuong/{draft}/tep/{path}?seen={seen}", data=content, headers={"X-CSRFToken": self.token}
        )

    def ask(self, draft: str, door: str, json: dict[str, Any] | None = None, data: bytes | None = None) -> TestResponse:
        """Post to a door of a draft."""
        headers = {"X-CSRFToken": self.token}
        return self.browser.client.post(f"/xuong/{draft}/{door}", json=json, data=data, headers=headers)

    def send(self, path: str, /, **fields: Any) -> TestResponse:
        """Send a form."""
        return self.browser.client.post(path, data={"csrf_token": self.token, **fields})

    def boxes(self, path: str) -> list[tuple[str, str]]:
        """What the editing form of a page would send as it stands, without any of its buttons."""
        page: Any = html.fromstring(self.get(path).text)
        [form] = [one for one in page.forms if "studio-form" in (one.get("class") or "")]
        return [(name, value) for name, value in form.form_values() if name != "csrf_token"]

    def send_again(self, path: str, act: str = "", /, **changes: Any) -> TestResponse:
        """Open a page with an editing form, change some of its boxes, and press a button."""
        values = MultiDict(self.boxes(path))
        for name, value in changes.items():
            values.setlist(name, value if isinstance(value, list) else [value])
        data = {name: values.getlist(name) for name in values}
        return self.browser.client.post(path, data={**data, "act": act, "csrf_token": self.token})


def _token(browser: Browser) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', browser.open("/quy-trinh").text)
    assert found is not None
    return found[1]
