"""The power goes while officers work: whatever was acknowledged is there afterwards, and each notice goes out once."""

from __future__ import annotations

import http.client
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select, update

from engine.clock import ZONE
from engine.tables import Case, Incident, OutboxMessage, WorkItem
from tests.support.server import Server, running_server
from tests.support.web import PASSWORD, hidden_fields
from tests.support.world import APPROVED, CHECKED, DETECTION, PAPER, World, open_world
from workflows.documents.tables import Dispatch, Document, DocumentRecipient, DocumentRegister, RegisterEntry

PATIENCE_SECONDS = 120
AGENCIES = ("so-ngoai-vu", "so-noi-vu")
FORMS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "secrecy": ("cv", {"secret": "no"}),
    "detect": ("cv", DETECTION),
    "edit_paper": ("cv", PAPER),
    "approve_paper": ("ld", APPROVED),
    "number_paper": ("vt", CHECKED),
}


class KeepRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is the acknowledgement: it is looked at, not followed."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Browser:
    """One officer's browser; when the server is gone it sends the same again, as a person would."""

    def __init__(self, server: Server, user_name: str) -> None:
        self.server = server
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies, KeepRedirect())
        status, _ = self.send("/dang-nhap", "/dang-nhap", {"user_name": user_name, "password": PASSWORD})
        assert status == 303

    def send(self, page: str, action: str, fields: Mapping[str, Any]) -> tuple[int, str]:
        """Fill in the form on a page and send it; status, and where it leads or what it says."""
        _, html = self._ask(page)
        body = urlencode({**hidden_fields(html, action), **fields}, doseq=True).encode()
        return self._ask(action, body)

    def _ask(self, path: str, body: bytes | None = None) -> tuple[int, str]:
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with self.opener.open(f"{self.server.url}{path}", body, timeout=30) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, error.headers.get("Location") or error.read().decode()
            except (OSError, http.client.HTTPException):
                assert time.monotonic() < end, "the server did not come back"
                time.sleep(0.05)


class Office:
    """The officers of one agency, who open cases and carry them to numbered papers until told to stop."""

    def __init__(self, server: Server, store: World, agency: str) -> None:
        self.store, self.agency = store, agency
        self.browsers = {duty: Browser(server, f"{duty}.{agency}") for duty in ("cv", "ld", "vt")}
        self.started: list[str] = []
        self.completed: list[str] = []
        self.failure: Exception | None = None
        self.thread = threading.Thread(target=self._run)
        self.stop = threading.Event()

    def _run(self) -> None:
        try:
            while not self.stop.is_set():
                self._one_case()
        except Exception as error:  # noqa: BLE001 - told by the test's own thread
            self.failure = error

    def _one_case(self) -> None:
        status, task = self.browsers["cv"].send("/vu-viec/moi", "/vu-viec/moi", {"procedure": "incident-rebuttal"})
        assert status == 303, task
        item = self.store.rows(WorkItem, id=task.rsplit("/", 1)[-1])[0]
        self.started.append(item.case_id)
        while not self.stop.is_set() and (items := self._open(item.case_id)):
            self._work(items[0])

    def _open(self, case_id: str) -> Sequence[WorkItem]:
        rows = self.store.rows(WorkItem, case_id=case_id, agency_id=self.agency)
        return [row for row in rows if row.status in ("open", "claimed")]

    def _work(self, item: WorkItem) -> None:
        duty, data = FORMS[item.element_id]
        if item.element_id == "detect":
            yesterday = datetime.now(ZONE) - timedelta(days=1)
            data = {**DETECTION, "detected_at": f"{yesterday:%d/%m/%Y %H:%M}"}
        browser, path = self.browsers[duty], f"/viec/{item.id}"
        if item.status == "open":
            status, told = browser.send(path, f"{path}/nhan", {})
            assert status == 303, told
        status, told = browser.send(path, f"{path}/hoan-thanh", data)
        assert status == 303, told
        self.completed.append(item.id)


def eventually(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def work_and_kill(server: Server, store: World, kills: int, seed: int) -> list[Office]:
    """Let two agencies work while the server is killed again and again, at moments that the seed chooses."""
    chance = random.Random(seed)
    offices = [Office(server, store, agency) for agency in AGENCIES]
    for office in offices:
        office.thread.start()
    for _ in range(kills):
        wanted = sum(len(office.completed) for office in offices) + chance.randint(1, 6)
        eventually(lambda w=wanted: sum(len(o.completed) for o in offices) >= w or any(o.failure for o in offices))  # type: ignore[misc]
        time.sleep(chance.random() * 0.15)
        server.kill()
        server.start()
    eventually(lambda: len(store.rows(RegisterEntry)) > 1 or any(office.failure for office in offices))
    for office in offices:
        office.stop.set()
        office.thread.join(PATIENCE_SECONDS)
        assert office.failure is None and not office.thread.is_alive()
    return offices


def deliver_all(server: Server, store: World) -> None:
    """Start once more; what a killed process held is taken again at once instead of after a while."""
    server.kill()
    with store.engine.transaction() as session:
        waiting = update(OutboxMessage).where(OutboxMessage.status == "waiting")
        session.execute(waiting.values(enqueued_at=None))
    server.start()
    undelivered = select(OutboxMessage.id).where(OutboxMessage.status != "done")
    eventually(lambda: store.ask(lambda session: session.scalars(undelivered).first()) is None)
    server.stop()


def check(store: World, offices: Sequence[Office]) -> None:
    acknowledged = {item for office in offices for item in office.completed}
    done = {row.id for row in store.rows(WorkItem, status="done")}
    assert acknowledged and acknowledged <= done
    # The seeded store is older than today: what the calendar opened meanwhile is nobody's case here.
    cases = store.rows(Case, procedure_id="incident-rebuttal")
    assert sorted(case.id for case in cases) == sorted(case for office in offices for case in office.started)
    assert store.rows(Incident) == []

    dispatches = Counter((row.document_id, row.recipient_agency_id) for row in store.rows(Dispatch))
    issued = {row.id: row for row in store.rows(Document, status="issued")}
    wanted = {
        (row.document_id, row.agency_id)
        for row in store.rows(DocumentRecipient)
        if row.document_id in issued and row.agency_id != issued[row.document_id].issuer_agency_id
    }
    assert wanted and set(dispatches) == wanted and set(dispatches.values()) == {1}

    for register in store.rows(DocumentRegister):
        numbers = sorted(row.number for row in store.rows(RegisterEntry, register_id=register.id))
        assert numbers == list(range(1, register.last_number + 1))
    codes = sorted(int(case.code.rsplit("-", 1)[1]) for case in cases)
    assert codes == list(range(1, len(codes) + 1))
    assert store.faults() == []


def story(folder: Path, url: str, kills: int, seed: int) -> None:
    with running_server(folder, {"DATABASE_URL": url}) as server:
        store = open_world(url, folder)
        try:
            offices = work_and_kill(server, store, kills, seed)
            deliver_all(server, store)
            check(store, offices)
        finally:
            store.engine.database.dispose()


def test_a_server_killed_nine_times_loses_nothing_on_sqlite(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    story(folder, f"sqlite:///{folder / 'phoihop.sqlite3'}", kills=8, seed=2020)


def test_a_server_killed_three_times_loses_nothing_on_postgres(tmp_path: Path, seeded_postgres_url: str) -> None:
    story(tmp_path / "data", seeded_postgres_url, kills=2, seed=2026)
