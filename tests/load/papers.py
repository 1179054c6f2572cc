"""What official documents cost: pages, numbers, and finding one among very many."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy import insert

from engine import database
from engine.blobs import FolderBlobs
from engine.text import search_key
from tests.load.figures import Figures, spread, timed
from tests.load.inbox import analyse
from tests.support.documents import CLERK, FONTS, HEAD, NOW, Directory, Office, issuer, open_store
from workflows.documents.kinds import KINDS
from workflows.documents.layout import Renderer
from workflows.documents.model import Numbering
from workflows.documents.samples import sample
from workflows.documents.search import Wanted, find
from workflows.documents.search_tables import DocumentSearch
from workflows.documents.services import DocumentServices

WORDS = (
    "kết quả xử lý thông tin sai sự thật môi trường đầu tư họp báo lễ hội đền hùng kế hoạch tuyên truyền đối ngoại "
    "phóng viên nước ngoài đoàn báo chí phỏng vấn khen thưởng báo cáo năm quý tháng công an du lịch văn hóa biển đảo"
).split()
LINES_AT_ONCE = 5_000


def measure(url: str, pages: int, issues: int, rows: int, looks: int) -> Figures:
    """Figures of one database.

    Args:
        pages: documents to be made as PDF, of all types in turn.
        issues: documents to be given a number.
        rows: documents to find one among.
        looks: how often is searched.
    """
    with TemporaryDirectory() as folder:
        opened = open_store(url)
        office = Office(opened, DocumentServices(issuer, Directory(), Renderer(FONTS), FolderBlobs(Path(folder))))
        figures = _pages(office.services.renderer, pages) | {"issue": _issues(office, issues)}
        fill(opened, rows)
        figures["search"] = {"rows": rows} | _looks(opened, looks)
        opened.dispose()
    return figures


def fill(opened: Database, rows: int, seed: int = 1) -> None:
    """Insert that many documents of twenty agencies with subjects of random words."""
    chance = random.Random(seed)
    for begin in range(0, rows, LINES_AT_ONCE):
        lines = [_line(chance, number) for number in range(begin, min(begin + LINES_AT_ONCE, rows))]
        with opened.execution_options(**{database.WRITING: True}).begin() as connection:
            connection.execute(insert(DocumentSearch), lines)
    analyse(opened)


def _line(chance: random.Random, number: int) -> dict[str, Any]:
    subject = " ".join(chance.choices(WORDS, k=12))
    marked = f"{number} tb svhttdl thông báo {subject}"
    return {
        "agency_id": "so-vhttdl" if number % 20 == 0 else f"agency-{number % 20}",
        "direction": "outgoing",
        "ref": f"row-{number}",
        "number": number,
        "symbol": f"{number:02d}/TB-SVHTTDL",
        "issued_on": (NOW - timedelta(days=number % 700)).date(),
        "type": "TB",
        "subject": subject,
        "other_side": "",
        "plain": search_key(marked),
        "marked": marked,
    }


def _pages(renderer: Renderer, number: int) -> Figures:
    kinds, begun = sorted(KINDS), time.process_time()
    for place in range(number):
        renderer.pdf(sample(kinds[place % len(kinds)]), Numbering(place + 1, NOW.date()))
    seconds = time.process_time() - begun
    return {"pdfs": number, "cpu_seconds": round(seconds, 1), "per_second": round(number / seconds, 1)}


def _issues(office: Office, number: int) -> Figures:
    times = []
    for _ in range(number):
        document_id = office.draft()
        office.call("documents.approve", HEAD, document_id=document_id)
        took, _answer = timed(lambda: office.call("documents.issue", CLERK, document_id=document_id))  # noqa: B023
        times.append(took)
    return spread(times)


def _looks(opened: Database, number: int) -> Figures:
    chance, times = random.Random(2), []
    for look in range(number):
        words = " ".join(chance.sample(WORDS, 3))
        wanted = Wanted(words if look % 2 else search_key(words))
        with database.reading(opened) as session:
            took, _found = timed(lambda: find(session, CLERK, wanted))  # noqa: B023
        times.append(took)
    return spread(times)
