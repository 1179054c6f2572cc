"""Clerks at work across New Year: numbers of two years given by many processes that are killed meanwhile.

The documents are drafted and approved beforehand; their moments of issue lie evenly around midnight in Vietnam. Some
issues fail after they took their number, and some numbers are voided at once.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import database
from engine.blobs import FolderBlobs
from engine.services import Service
from tests.load import books, broken
from tests.load.clients import Place, patiently
from tests.load.crowd import Crowd, Member, Notes, count_notes, load, read_notes, save, wait_for_end_of_fire
from tests.load.figures import Figures
from tests.load.trials import TIMEOUT_SECONDS, Fire, evenly
from tests.support.documents import CLERK, HEAD, Directory, Office, issuer, open_store
from workflows.documents import errors
from workflows.documents.layout import Renderer
from workflows.documents.model import DocumentModel, Numbering
from workflows.documents.registers import Clerk
from workflows.documents.services import DocumentServices
from workflows.documents.tables import VOIDED, DocumentRegister, RegisterEntry

MIDNIGHT = datetime(2026, 12, 31, 17, tzinfo=UTC)
BETWEEN = timedelta(seconds=1)
CLERKS = 8
EVERY_VOIDED, EVERY_UNLUCKY = 10, 7


class Unlucky(Exception):
    """The issue fails after it took its number."""


class NoPages(Renderer):
    """Makes no pages: how they look is none of this trial's business."""

    def __init__(self) -> None:
        """Nothing is needed."""

    def pdf(self, model: DocumentModel, numbering: Numbering | None = None) -> bytes:
        """An empty file."""
        return b"%PDF"

    def prove(self, model: DocumentModel) -> None:
        """Nothing is looked at."""


def prepare(url: str, folder: Path, number: int) -> None:
    """A store with `number` approved documents, and each clerk's list of (document, moment of issue)."""
    opened = open_store(url)
    office, begin = _office_on(opened, folder), MIDNIGHT - BETWEEN * (number // 2)
    work: list[list[tuple[str, str]]] = [[] for _ in range(CLERKS)]
    for place in range(number):
        document_id = office.draft()
        office.call("documents.approve", HEAD, document_id=document_id)
        work[place % CLERKS].append((document_id, (begin + BETWEEN * place).isoformat()))
    for clerk_number, items in enumerate(work):
        save(folder / f"papers-{clerk_number}.json", cast(list[Any], items))
    opened.dispose()


def clerk(place: Place, number: int) -> None:
    """Issue every document of the list that was not issued before the last death; void some of them."""
    broken.apply(place.variant, place.folder)
    url = place.url
    opened = database.opened(url)
    office = _office_on(opened, place.folder)
    told = {note["item"] for note in read_notes(place.folder, str(number))}
    notes = Notes(place.folder, str(number))
    papers = load(place.folder / f"papers-{number}.json")
    for position, (document_id, moment) in enumerate(papers):
        if document_id not in told:
            if document_id == papers[-1][0]:
                wait_for_end_of_fire(place.folder)
            at = datetime.fromisoformat(moment)
            if position % EVERY_UNLUCKY == 3:
                _fail_once(office, document_id, at)
            patiently(lambda: _issue(office, document_id, at, voided=position % EVERY_VOIDED == 0))  # noqa: B023 - at once
            notes.write(item=document_id)


def trial(place: Place, number: int, kills: int) -> Figures:
    """`number` documents issued by eight processes across New Year, of which a random one is killed again and again."""
    prepare(place.url, place.folder, number)
    crowd = Crowd([Member(f"clerk {n}", clerk, (place, n)) for n in range(CLERKS)])
    fire, begun = Fire(crowd, place.folder, evenly(number - CLERKS, kills)), time.monotonic()
    with crowd.at_work():
        finished = crowd.wait(lambda: fire.meanwhile(count_notes(place.folder)), TIMEOUT_SECONDS)
    seconds = time.monotonic() - begun
    opened = database.opened(place.url)
    with database.reading(opened) as session:
        found = compare(session, number, crowd.crashes + (not finished))
        years = dict(_years(session))
    opened.dispose()
    measured = {"documents": number, "kills": crowd.kills, "years": len(years), "voided": sum(years.values())}
    return {**measured, "seconds": round(seconds, 1), **vars(found)}


def compare(session: Session, number: int, failed: int) -> books.Findings:
    """Hold the registers against what was asked for."""
    given = Counter(tuple(row) for row in session.execute(select(RegisterEntry.register_id, RegisterEntry.number)))
    papers = Counter(session.scalars(select(RegisterEntry.document_id)))
    return books.Findings(
        lost=number - len(papers),
        duplicated=sum(given.values()) - len(given) + sum(papers.values()) - len(papers),
        gaps=books.register_gaps(session),
        broken_chains=books.broken_chains(session),
        failed=failed,
    )


def _years(session: Session) -> Iterator[tuple[int, int]]:
    """Each year that has a register, and how many of its numbers are void."""
    for register in session.scalars(select(DocumentRegister)):
        void = (RegisterEntry.register_id == register.id, RegisterEntry.status == VOIDED)
        yield register.year, len(session.scalars(select(RegisterEntry.number).where(*void)).all())


def _issue(office: Office, document_id: str, at: datetime, *, voided: bool) -> None:
    with suppress(errors.AlreadyIssued):  # it was killed between the commit and its note
        office.call("documents.issue", CLERK, at, document_id=document_id)
    if voided:
        with suppress(errors.NotIssued), database.writing(office.database) as session:  # or after it was voided
            Clerk(session, at, CLERK).void(document_id, "Sai nơi nhận")


def _fail_once(office: Office, document_id: str, at: datetime) -> None:
    """Take a number, and fail before the end of the transaction."""
    issue: Service = office.services.issue
    try:
        with database.writing(office.database) as session:
            issue(office.service_call(session, CLERK, at, {"document_id": document_id}))
            raise Unlucky
    except (Unlucky, errors.AlreadyIssued):
        return


def _office_on(opened: Any, folder: Path) -> Office:
    return Office(opened, DocumentServices(issuer, Directory(), NoPages(), FolderBlobs(folder / "blobs")))
