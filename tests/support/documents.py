"""Officers at work on documents of one case, without the engine: the services are called as diagrams call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine as Database
from sqlalchemy.orm import Session

from engine import database
from engine.actors import AUDITOR, EVERYTHING, Actor
from engine.services import Binding, CaseFacts, Delivery, ServiceCall
from engine.tables import Base, Case, ProcedureVersion
from workflows.agencies.errors import UnknownAgency
from workflows.agencies.facts import IssuerFacts
from workflows.documents.dispatch.dispatcher import TOPIC
from workflows.documents.services import DocumentServices

CONTACT = "Điện thoại: 0210 000 0000"
FONTS = Path(__file__).parents[2] / "build" / "fonts" / "tinos"
Answer = TypeVar("Answer")
NOW = datetime(2026, 9, 1, 2, 0, tzinfo=UTC)
NAMES = {
    "ubnd-tinh": "Ủy ban nhân dân tỉnh Phú Thọ",
    "so-vhttdl": "Sở Văn hóa, Thể thao và Du lịch",
    "so-ngoai-vu": "Sở Ngoại vụ",
    "cong-an-tinh": "Công an tỉnh",
}
NOTICE = """
type: TB
subject: "Kết quả phối hợp vụ việc {{ case.code }}"
legal: ["Căn cứ Quy chế phối hợp"]
body: ["Vụ việc {{ title }} đã có kết quả.", "Trân trọng thông báo."]
"""

LETTER = """
type: CV
subject: phản hồi thông tin
outside: ["{{ press }}", "{% if governing %}{{ governing }}{% endif %}"]
body: ["Nội dung."]
"""

MINUTES = """
type: BB
subject: Họp thống nhất nội dung trả lời
body: ["Thời gian bắt đầu: 08 giờ.", "Cuộc họp kết thúc vào 10 giờ."]
"""


class Directory:
    """Four agencies that exist on every day, and one role."""

    def agency_name(self, session: Session, agency_id: str, on: date) -> str:
        if agency_id not in NAMES:
            raise UnknownAgency(agency_id=agency_id)
        return NAMES[agency_id]

    def binding(self, session: Session, role: str, on: date) -> Binding:
        agency_id = {"POLICE": "cong-an-tinh"}[role]
        return Binding(role, agency_id, NAMES[agency_id], "binding-1", "")

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"documents need no {name}")


def issuer(session: Session, agency_id: str, on: date) -> IssuerFacts:
    collective = agency_id == "ubnd-tinh"
    superior = None if collective else NAMES["ubnd-tinh"]
    title = "Chủ tịch" if collective else "Giám đốc"
    abbreviation = {"ubnd-tinh": "UBND", "so-vhttdl": "SVHTTDL"}.get(agency_id, "SNgV")
    return IssuerFacts(
        agency_id,
        NAMES[agency_id],
        superior,
        abbreviation,
        "Phú Thọ",
        title,
        collective,
        contact=CONTACT,
    )


def officer(duty: str, agency_id: str = "so-vhttdl", position: str = "") -> Actor:
    reach = (EVERYTHING,) if duty == AUDITOR else ()
    name, person = f"{duty} 1", f"{duty}-{agency_id}"
    return Actor(person, name, agency_id, NAMES[agency_id], frozenset({duty}), position, reach=reach)


SPECIALIST, HEAD, CLERK = officer("specialist"), officer("head"), officer("clerk")
CASE = CaseFacts("case-1", "PB-26-0001", "Bài viết sai", "p", "v" * 64, "so-vhttdl", "so-ngoai-vu", NOW, NOW.date())


TEMPLATES = {
    f"notices/{name}.yaml": text.encode()
    for name, text in {"result": NOTICE, "letter": LETTER, "minutes": MINUTES}.items()
}


@dataclass
class Office:
    """The services at work on one store, and what they sent, delivered and recorded."""

    database: Database
    services: DocumentServices
    sent: list[Mapping[str, Any]] = field(default_factory=list)
    delivered: list[tuple[str, str, str]] = field(default_factory=list)
    recorded: list[str] = field(default_factory=list)

    def call(self, name: str, actor: Actor, now: datetime = NOW, **inputs: Any) -> Mapping[str, Any]:
        with database.writing(self.database) as session:
            return self.services.services()[name](self.service_call(session, actor, now, inputs))

    def service_call(self, session: Session, actor: Actor, now: datetime, inputs: Mapping[str, Any]) -> ServiceCall:
        return ServiceCall(
            session=session,
            now=now,
            actor=actor,
            case=CASE,
            element_id="step",
            occurrence=1,
            inputs=inputs,
            files=TEMPLATES.__getitem__,
            send=self._send,
            record=lambda type, payload: self.recorded.append(type),
            worked=lambda: ["so-ngoai-vu", "so-vhttdl", "cong-an-tinh"],
            working=lambda: ["so-vhttdl", "vp-ubnd-tinh"],
        )

    def _send(self, topic: str, body: Mapping[str, Any]) -> str:
        self.sent.append(body)
        return f"message-{len(self.sent)}"

    def draft(
        self,
        recipients: tuple[str, ...] = ("so-ngoai-vu", "cong-an-tinh"),
        issuer: str = "so-vhttdl",
        template: str = "notices/result.yaml",
    ) -> str:
        variables = {"title": "Bài viết sai"}
        return str(
            self.call(
                "documents.draft",
                SPECIALIST,
                template=template,
                issuer=issuer,
                recipients=list(recipients),
                variables=variables,
            )["document_id"]
        )

    def issued(self, now: datetime = NOW, recipients: tuple[str, ...] = ("so-ngoai-vu", "cong-an-tinh")) -> str:
        document_id = self.draft(recipients)
        self.call("documents.approve", HEAD, document_id=document_id)
        self.call("documents.issue", CLERK, now, document_id=document_id)
        return document_id

    def dispatch(self, document_id: str) -> None:
        with database.writing(self.database) as session:
            consumer = self.services.consumers()[TOPIC]
            consumer(
                Delivery(
                    session,
                    NOW,
                    "message",
                    {"document_id": document_id},
                    1,
                    append=lambda stream, type, payload: None,
                    deliver=lambda case, name, key, payload: self.delivered.append((case, name, key)),
                    send=lambda case, topic, body: self._send(topic, body),
                    execute=lambda command, actor: [],
                    rehearse=lambda command, actor: [],
                )
            )

    def read(self, question: Callable[[Session], Answer]) -> Answer:
        with database.reading(self.database) as session:
            return question(session)


def open_store(url: str) -> Database:
    """An empty store with one running case."""
    opened = database.opened(url)
    Base.metadata.create_all(opened)
    with database.writing(opened) as session:
        session.add(version())
        session.flush()
        session.add(case())
    return opened


def version() -> ProcedureVersion:
    return ProcedureVersion(
        hash="v" * 64, procedure_id="p", kind="procedure", number=1, title={}, manifest=b"",
        published_at=NOW, published_by="x",
    )  # fmt: skip


def case() -> Case:
    return Case(
        id="case-1", code="PB-26-0001", procedure_id="p", version_hash="v" * 64, status="running", title="Bài viết sai",
        initiator_agency="so-ngoai-vu", lead_agency="so-vhttdl", received_at=NOW, started_at=NOW,
    )  # fmt: skip
