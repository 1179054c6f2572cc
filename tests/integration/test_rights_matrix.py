"""Every route of the program against every kind of person: what is not declared here, or answers otherwise, fails.

The officers belong to one agency (Sở Ngoại vụ) that started a case, holds an open work item claimed by its specialist,
issued a document and received one; the stranger belongs to an agency that took no part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from uuid import uuid4

import pytest
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.commands import ClaimWorkItem
from engine.procedures.versions import newest
from engine.tables import Attachment, AwaitedMessage, Case
from tests.integration.test_acts_on_cases import REVIEW
from tests.integration.test_recorded_messages import ASKING
from tests.integration.test_web_tasks import FILLED, upload
from tests.support.small import complete, done_item, execute, install, item_of, start
from tests.support.studio import begin_draft
from tests.support.web import HEAD, SPECIALIST, Browser, Office, hidden_fields
from tests.support.world import World as CaseWorld
from web.scenario_runs import run, scenarios_of
from workflows.agencies.queries import actor_for_account
from workflows.documents.signing.tables import DocumentSigning
from workflows.documents.tables import INCOMING, OUTGOING, Dispatch, Document, DocumentRegister
from workflows.studio import drafts

AGENCY = "so-ngoai-vu"
DRAFTED = "incident-rebuttal"
LEAD = "cv.so-vhttdl"
PEOPLE = {
    "anonymous": None,
    "specialist": SPECIALIST,
    "head": HEAD,
    "clerk": "vt.so-ngoai-vu",
    "stranger": "cv.so-noi-vu",
    "auditor": "kiemtra",
    "administrator": "quantri",
    "owner": "quytrinh",
}
ALL = tuple(PEOPLE)


@dataclass
class World:
    """The store with one thing of each kind."""

    office: Office
    case: str
    document: str
    dispatch: str
    sent: str
    returned: str
    attachment: str
    register: str
    arrivals: str
    draft: str
    browsers: dict[str, Browser] = field(default_factory=dict)

    def browser(self, person: str, endpoint: str) -> Browser:
        """The person's browser, signed in once; a fresh one where the page concerns the session itself."""
        if endpoint.startswith("auth."):
            return self.office.browser(PEOPLE[person])
        if person not in self.browsers:
            self.browsers[person] = self.office.browser(PEOPLE[person])
        return self.browsers[person]

    @property
    def cases(self) -> CaseWorld:
        """The same store for tests that act without a browser."""
        return CaseWorld(self.office.container, self.office.clock)

    @property
    def versions(self) -> str:
        """Two versions of the rebuttal procedure, which has one, to be compared."""
        with self.office.container.read() as session:
            hash_ = newest(session, "incident-rebuttal")
        return f"tu={hash_}&den={hash_}"

    def discarded(self) -> str:
        """Id of a draft that its owner gave up."""
        draft, now = begin_draft(self.office, DRAFTED), self.office.clock.now()
        with self.office.container.write() as session:
            drafts.discard(session, actor_for_account(session, PEOPLE["owner"] or "", local_date(now)), draft, now)
        return draft

    def running(self) -> str:
        """Code of a new case begun by the specialist."""
        return self.cases.start(SPECIALIST).case_code

    def letter_awaited(self) -> str:
        """Path of the form on which the agency's clerk records a letter."""
        case_id = start(self.cases, "asking", LEAD, asked=AGENCY).case_id
        complete(self.cases, case_id, "ask", LEAD, note="Xin ý kiến")
        [row] = self.cases.rows(AwaitedMessage, case_id=case_id)
        return f"/ghi-nhan/{row.id}"

    def opinion(self) -> str:
        """Path of a work item that the specialist has claimed, in a case of another agency."""
        case_id = start(self.cases, "review", LEAD, asked=AGENCY).case_id
        complete(self.cases, case_id, "draft", LEAD, subject="x", level="low")
        item = item_of(self.cases, case_id, "opinion")
        execute(self.cases, ClaimWorkItem(item), SPECIALIST)
        return f"/viec/{item}"

    def drafted(self) -> str:
        """Path of a work item that the specialist has completed."""
        case_id = start(self.cases, "review", SPECIALIST, asked="so-tai-chinh").case_id
        complete(self.cases, case_id, "draft", SPECIALIST, subject="x", level="low")
        return f"/viec/{done_item(self.cases, case_id, 'draft')}"

    def task(self) -> str:
        """Path of a new work item, claimed by the specialist."""
        return self.browser("specialist", "tasks.show").start_detection()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    office = Office(tmp_path_factory.mktemp("rights"))
    install(CaseWorld(office.container, office.clock), ASKING, REVIEW)
    rebuttals = scenarios_of("incident-rebuttal")
    procedure, scenario = next(s for s in rebuttals if SPECIALIST in str(s[1].steps[0]) and s[1].expect.documents)
    result = run(office.container, procedure, scenario)
    assert result.ok, result.failures
    specialist = office.browser(SPECIALIST)
    assert upload(specialist, specialist.start_detection(), b"anh", "anh.png").status_code == 303
    clerk = office.browser("vt.so-ngoai-vu")
    with office.container.read() as session:
        received = session.scalars(select(Dispatch.id).where(Dispatch.recipient_agency_id == AGENCY)).first()
    assert clerk.send(clerk.open("/van-ban-den").text, f"/van-ban-den/{received}/xac-nhan").status_code == 303
    scanned = sign_on_paper(office)
    drafted = begin_draft(office, DRAFTED)
    with office.container.read() as session:
        yield World(
            office,
            case=session.scalars(select(Case.code).where(Case.initiator_agency == AGENCY)).first() or "",
            document=session.scalars(_issued()).first() or "",
            dispatch=session.scalars(select(Dispatch.id).where(Dispatch.recipient_agency_id == AGENCY)).first() or "",
            sent=session.scalars(select(Dispatch.id).where(Dispatch.document_id.in_(_issued()))).first() or "",
            returned=scanned,
            attachment=session.scalars(select(Attachment.id)).first() or "",
            register=_register(session, OUTGOING),
            arrivals=_register(session, INCOMING),
            draft=drafted,
        )
    office.container.engine.database.dispose()


def sign_on_paper(office: Office) -> str:
    """The clerk hands in the scan of the agency's document; returns the id of this return."""
    today = office.clock.now()
    with office.container.read() as session:
        document = session.scalars(select(Document).where(Document.id.in_(_issued()))).first()
    assert document is not None and document.approved_at is not None
    path, day = f"/van-ban/{document.id}", local_date(document.approved_at)
    office.clock.set(document.approved_at)
    fields = {"signed_on": f"{day:%d/%m/%Y}", "scan": (BytesIO(b"%PDF-1.4"), "quet.pdf")}
    clerk = office.browser("vt.so-ngoai-vu")
    assert clerk.send(clerk.open(path).text, f"{path}/ky-giay", fields).status_code == 303
    office.clock.set(today)
    with office.container.read() as session:
        return session.scalars(select(DocumentSigning.id)).one()


def _issued() -> Select[str]:
    return select(Document.id).where(Document.issuer_agency_id == AGENCY, Document.number.is_not(None))


def _register(session: Session, direction: str) -> str:
    of_agency = (DocumentRegister.agency_id == AGENCY, DocumentRegister.direction == direction)
    return session.scalars(select(DocumentRegister.id).where(*of_agency)).one()


def answers(default: int, **others: int) -> dict[str, int]:
    """The status for each kind of person: the default, but for those named; process owners as administrators."""
    others.setdefault("owner", others.get("administrator", default))
    return {person: others.get(person, default) for person in ALL}


EVERYBODY_INSIDE = answers(200, anonymous=303)
OWN_AGENCY = answers(200, anonymous=303, stranger=404, auditor=404, administrator=404)
OWN_AGENCY_AND_AUDIT = answers(200, anonymous=303, stranger=404, administrator=404)
OVERSEERS = answers(404, anonymous=303, head=200, auditor=200)
OWNERS = answers(404, anonymous=303, owner=200)
OWNERS_DOOR = answers(404, anonymous=401, owner=200)
OWNERS_FORM = answers(404, anonymous=401, owner=422)  # what is sent is incomplete
OWNERS_SEND = answers(404, anonymous=401, owner=303)
OWNERS_MISS = answers(404, anonymous=401)
Path = Callable[[World], str]


def at(path: str) -> Path:
    """The same path in every world."""
    return lambda world: path


# (endpoint, method) → where to find one, what it is sent, and the answer for each kind of person.
MATRIX: dict[tuple[str, str], tuple[Path, dict[str, str], dict[str, int]]] = {
    ("static", "GET"): (at("/static/khong-co.css"), {}, answers(404)),
    ("auth.health", "GET"): (at("/healthz"), {}, answers(200)),
    ("auth.sign_in", "GET"): (at("/dang-nhap"), {}, answers(303, anonymous=200)),
    ("auth.check_password", "POST"): (at("/dang-nhap"), {"user_name": "ai-do", "password": "sai"}, answers(422)),
    ("auth.sign_out", "POST"): (at("/dang-xuat"), {}, answers(303, anonymous=401)),
    ("auth.choose_language", "GET"): (at("/ngon-ngu/vi"), {}, answers(303)),
    ("inbox.home", "GET"): (at("/"), {}, answers(303)),
    ("inbox.show", "GET"): (at("/hop-viec"), {}, EVERYBODY_INSIDE),
    ("inbox.counts", "GET"): (at("/hop-viec/so-luong"), {}, EVERYBODY_INSIDE),
    ("cases.search", "GET"): (at("/vu-viec"), {}, EVERYBODY_INSIDE),
    ("cases.new", "GET"): (at("/vu-viec/moi"), {}, EVERYBODY_INSIDE),
    ("cases.start", "POST"): (
        at("/vu-viec/moi"),
        {"procedure": "incident-rebuttal"},
        answers(303, anonymous=401, clerk=403, auditor=403, administrator=403),
    ),
    ("cases.show", "GET"): (lambda world: f"/vu-viec/{world.case}", {}, OWN_AGENCY_AND_AUDIT),
    ("cases.attachment", "GET"): (lambda world: f"/tep/{world.attachment}", {}, OWN_AGENCY_AND_AUDIT),
    ("campaigns.show", "GET"): (lambda world: f"/dot/{world.case}", {}, OWN_AGENCY_AND_AUDIT),
    ("campaigns.export", "GET"): (lambda world: f"/dot/{world.case}.xlsx", {}, OWN_AGENCY_AND_AUDIT),
    ("campaigns.table", "GET"): (lambda world: f"/dot/{world.case}/tong-hop", {}, OWN_AGENCY_AND_AUDIT),
    ("calendar.show", "GET"): (at("/lich-lam-viec"), {}, EVERYBODY_INSIDE),
    ("calendar.accept", "POST"): (
        at("/lich-lam-viec/chap-nhan?nam=2026"),
        {},
        answers(403, anonymous=401, administrator=303),
    ),
    ("calendar.enter", "POST"): (
        at("/lich-lam-viec/them"),
        {"day": "05/06/2027", "kind": "holiday", "name": "Nghỉ", "source": "Thông báo 1", "confidence": "V"},
        answers(403, anonymous=401, administrator=303),
    ),
    ("calendar.withdraw", "POST"): (
        at("/lich-lam-viec/bo"),
        {"day": "24/11/2027", "reason": "Chưa có quyết định"},
        answers(403, anonymous=401, administrator=303, owner=404),  # withdrawn by then
    ),
    ("replay.show", "GET"): (lambda world: f"/vu-viec/{world.case}/dien-lai?buoc=2", {}, OWN_AGENCY_AND_AUDIT),
    ("replay.one", "GET"): (lambda world: f"/vu-viec/{world.case}/dien-lai/buoc/2", {}, OWN_AGENCY_AND_AUDIT),
    ("replay.table", "GET"): (lambda world: f"/vu-viec/{world.case}/dien-lai/bang", {}, OWN_AGENCY_AND_AUDIT),
    ("replay.compare", "GET"): (
        lambda world: f"/vu-viec/{world.case}/dien-lai/so-sanh?tu=1&den=4",
        {},
        OWN_AGENCY_AND_AUDIT,
    ),
    ("replay.in_volumes", "GET"): (lambda world: f"/vu-viec/{world.case}/dien-lai/ho-so", {}, OWN_AGENCY_AND_AUDIT),
    ("replay.printed", "GET"): (lambda world: f"/vu-viec/{world.case}/dien-lai/ho-so.pdf", {}, OWN_AGENCY_AND_AUDIT),
    ("exports.form", "GET"): (at("/xuat-lich-su"), {}, answers(404, anonymous=303, auditor=200)),
    ("exports.verifier", "GET"): (at("/xuat-lich-su/verify.py"), {}, answers(404, anonymous=303, auditor=200)),
    ("exports.download", "POST"): (  # no case was named: the auditor is told so
        at("/xuat-lich-su"),
        {"scope": "cases"},
        answers(404, anonymous=401, auditor=400),
    ),
    ("deadlines.show", "GET"): (lambda world: f"/vu-viec/{world.case}/thoi-han", {}, OWN_AGENCY_AND_AUDIT),
    ("deadlines.extend", "POST"): (  # the officers' agency does not lead the case
        lambda world: f"/vu-viec/{world.case}/thoi-han/gia-han",
        {"target": "x", "due_at": "01/01/2099 08:00", "reason": "Chờ số liệu", "document": "Công văn 1"},
        answers(404, anonymous=401, specialist=409, head=409, clerk=409),
    ),
    ("deadlines.choose", "POST"): (
        lambda world: f"/vu-viec/{world.case}/thoi-han/che-do",
        {"choice": "x", "reason": "Có lợi hơn"},
        answers(404, anonymous=401, specialist=409, head=409, clerk=409),
    ),
    ("tasks.show", "GET"): (lambda world: world.task(), {}, OWN_AGENCY),
    ("tasks.claim", "POST"): (
        lambda world: f"{world.task()}/nhan",
        {},
        answers(404, anonymous=401, specialist=303, head=409, clerk=403),
    ),
    ("tasks.release", "POST"): (
        lambda world: f"{world.task()}/tra",
        {},
        answers(404, anonymous=401, specialist=303, head=303, clerk=409),
    ),
    ("tasks.assign", "POST"): (
        lambda world: f"{world.task()}/giao",
        {"person_id": "cv-so-ngoai-vu"},
        answers(404, anonymous=401, specialist=403, head=303, clerk=403),
    ),
    ("tasks.complete", "POST"): (
        lambda world: f"{world.task()}/hoan-thanh",
        FILLED,
        answers(404, anonymous=401, specialist=303, head=409, clerk=403),
    ),
    ("acts.awaited", "GET"): (at("/dang-cho-den"), {}, EVERYBODY_INSIDE),
    ("acts.on_case", "GET"): (
        lambda world: f"/vu-viec/{world.running()}/thao-tac/rut",
        {},
        answers(404, anonymous=303, specialist=200, head=200, clerk=403, auditor=403),
    ),
    ("acts.on_case", "POST"): (
        lambda world: f"/vu-viec/{world.running()}/thao-tac/rut",
        {"_reason": "Mở nhầm"},
        answers(404, anonymous=401, specialist=303, head=303, clerk=403, auditor=403),
    ),
    ("acts.record", "GET"): (
        lambda world: world.letter_awaited(),
        {},
        answers(404, anonymous=303, specialist=403, head=403, clerk=200),
    ),
    ("acts.record", "POST"): (
        lambda world: world.letter_awaited(),
        {"answer": "Đồng ý", "_came_by": "paper"},
        answers(404, anonymous=401, specialist=403, head=403, clerk=303),
    ),
    ("acts.letter", "GET"): (
        lambda world: f"{world.opinion()}/van-ban-tra-loi",
        {},
        answers(404, anonymous=303, specialist=403, head=403, clerk=200),
    ),
    ("acts.letter", "POST"): (
        lambda world: f"{world.opinion()}/van-ban-tra-loi",
        {"answer": "Đồng ý", "_symbol": "1/SNgV", "_dated_on": "31/08/2026", "_came_by": "paper"},
        answers(404, anonymous=401, specialist=403, head=403, clerk=303),
    ),
    ("acts.correct", "GET"): (
        lambda world: f"{world.drafted()}/dinh-chinh",
        {},
        answers(404, anonymous=303, specialist=200, head=200, clerk=403),
    ),
    ("acts.correct", "POST"): (
        lambda world: f"{world.drafted()}/dinh-chinh",
        {"subject": "y", "level": "low", "_reason": "Nhầm"},
        answers(404, anonymous=401, specialist=303, head=303, clerk=403),
    ),
    ("acts.send_back", "GET"): (lambda world: f"{world.opinion()}/tra-lai-buoc-truoc", {}, OWN_AGENCY),
    ("acts.send_back", "POST"): (
        lambda world: f"{world.opinion()}/tra-lai-buoc-truoc",
        {"_reason": "Thiếu"},
        answers(404, anonymous=401, specialist=303, head=409, clerk=403),
    ),
    ("documents.incoming", "GET"): (at("/van-ban-den"), {}, EVERYBODY_INSIDE),
    ("documents.outgoing", "GET"): (at("/van-ban-di"), {}, EVERYBODY_INSIDE),
    ("documents.show", "GET"): (lambda world: f"/van-ban/{world.document}", {}, OWN_AGENCY_AND_AUDIT),
    ("documents.pdf", "GET"): (lambda world: f"/van-ban/{world.document}.pdf", {}, OWN_AGENCY_AND_AUDIT),
    ("documents.search", "GET"): (at("/van-ban/tim?tim=ket+qua"), {}, EVERYBODY_INSIDE),
    ("documents.docx", "GET"): (lambda world: f"/van-ban/{world.document}.docx", {}, OWN_AGENCY),
    ("documents.confirm", "POST"): (
        lambda world: f"/van-ban-den/{world.dispatch}/xac-nhan",
        {},
        answers(404, anonymous=401, specialist=303, clerk=303, head=403),
    ),
    ("documents.send_back", "POST"): (  # it was confirmed: who may send documents back is told so
        lambda world: f"/van-ban-den/{world.dispatch}/tra-lai",
        {"reason": "Gửi nhầm"},
        answers(404, anonymous=401, specialist=409, clerk=409, head=403),
    ),
    ("documents.send_again", "POST"): (  # it arrived: the clerk is told so
        lambda world: f"/van-ban-di/{world.sent}/gui-lai",
        {},
        answers(404, anonymous=401, specialist=403, clerk=409, head=403),
    ),
    ("documents.enclosed_file", "GET"): (  # no file goes with it
        lambda world: f"/van-ban/{world.document}/tep/0",
        {},
        answers(404, anonymous=303),
    ),
    ("documents.let_it_be", "POST"): (  # it arrived: the clerk is told so
        lambda world: f"/van-ban-di/{world.sent}/khong-gui-lai",
        {"reason": "Đã báo qua điện thoại"},
        answers(404, anonymous=401, specialist=403, clerk=409, head=403),
    ),
    ("documents.received_outside", "POST"): (  # its receiver answers within the program
        lambda world: f"/van-ban-di/{world.sent}/da-nhan",
        {"name": "Bà Lan", "how": "Qua điện thoại", "day": "01/01/2026"},
        answers(404, anonymous=401),
    ),
    ("paper.carriage", "GET"): (at("/van-ban-di/ban-giay"), {}, EVERYBODY_INSIDE),
    ("paper.printed", "GET"): (at("/van-ban-di/ban-giay/in.pdf"), {}, EVERYBODY_INSIDE),
    ("paper.carried", "POST"): (at("/van-ban-di/ban-giay/da-chuyen"), {}, answers(403, anonymous=401, clerk=303)),
    ("paper.signed_for", "POST"): (at("/van-ban-di/ban-giay/khong-co/ky-nhan"), {}, answers(404, anonymous=401)),
    ("signing.unsigned", "GET"): (
        lambda world: f"/van-ban/{world.document}/de-ky.pdf",
        {},
        answers(404, anonymous=303, specialist=403, head=200, clerk=200),
    ),
    ("signing.bring_back", "POST"): (  # no file is chosen: who may bring one back is told so
        lambda world: f"/van-ban/{world.document}/nop-ban-ky",
        {},
        answers(404, anonymous=401, specialist=403, head=400, clerk=400),
    ),
    ("signing.on_paper", "POST"): (
        lambda world: f"/van-ban/{world.document}/ky-giay",
        {"signed_on": "khong ro"},
        answers(404, anonymous=401, specialist=403, head=400, clerk=400),
    ),
    ("signing.returned", "GET"): (
        lambda world: f"/van-ban/{world.document}/ban-ky/{world.returned}",
        {},
        OWN_AGENCY_AND_AUDIT,
    ),
    ("documents.void", "POST"): (
        lambda world: f"/van-ban/{world.document}/huy-so",
        {"reason": "Sai nơi nhận"},
        answers(404, anonymous=401, specialist=403, head=403, clerk=303),
    ),
    ("slips.slip", "GET"): (lambda world: f"/van-ban/{world.document}/phieu-gui.pdf", {}, OWN_AGENCY),
    ("recalls.index", "GET"): (at("/van-ban/thu-hoi"), {}, EVERYBODY_INSIDE),
    ("recalls.printed", "GET"): (at("/van-ban-di/ban-giay/thu-hoi.pdf"), {}, EVERYBODY_INSIDE),
    ("recalls.propose", "POST"): (  # without a reason: who may propose is told so
        lambda world: f"/van-ban/{world.document}/thu-hoi",
        {},
        answers(404, anonymous=401, specialist=400, head=400, clerk=400),
    ),
    ("recalls.decide", "POST"): (at("/van-ban/thu-hoi/khong-co/duyet"), {}, answers(404, anonymous=401)),
    ("recalls.answer", "POST"): (at("/van-ban/thu-hoi/yeu-cau/khong-co/tra-loi"), {}, answers(404, anonymous=401)),
    ("recalls.carried", "POST"): (at("/van-ban/thu-hoi/yeu-cau/khong-co/da-chuyen"), {}, answers(404, anonymous=401)),
    ("registers.index", "GET"): (at("/so-van-ban"), {}, EVERYBODY_INSIDE),
    ("registers.show", "GET"): (lambda world: f"/so-van-ban/{world.register}", {}, OWN_AGENCY_AND_AUDIT),
    ("registers.export", "GET"): (lambda world: f"/so-van-ban/{world.register}.xlsx", {}, OWN_AGENCY_AND_AUDIT),
    ("arrivals.show", "GET"): (lambda world: f"/so-van-ban/{world.arrivals}/1", {}, OWN_AGENCY_AND_AUDIT),
    ("arrivals.pass_on", "POST"): (
        lambda world: f"/so-van-ban/{world.arrivals}/1/chuyen",
        {"handled_by": "Phòng Lãnh sự"},
        answers(404, anonymous=401, specialist=403, head=403, clerk=303),
    ),
    ("arrivals.link", "POST"): (  # no case bears this code
        lambda world: f"/so-van-ban/{world.arrivals}/1/vu-viec",
        {"code": "KHONG-CO"},
        answers(404, anonymous=401),
    ),
    ("arrivals.start", "POST"): (  # no procedure bears this name: who may open one is told so
        lambda world: f"/so-van-ban/{world.arrivals}/1/mo-vu-viec",
        {"procedure": "khong-co"},
        answers(404, anonymous=401),
    ),
    ("arrivals.turn_back", "POST"): (  # it did not come over the exchange network: the clerk is told so
        lambda world: f"/so-van-ban/{world.arrivals}/1/tra-lai",
        {"reason": "Gửi nhầm"},
        answers(404, anonymous=401, specialist=403, head=403, clerk=409),
    ),
    ("arrivals.scan", "POST"): (  # no file is chosen
        lambda world: f"/so-van-ban/{world.arrivals}/1/ban-quet",
        {},
        answers(403, anonymous=401, clerk=303),
    ),
    ("arrivals.settle", "POST"): (  # without a word on what was done
        lambda world: f"/so-van-ban/{world.arrivals}/1/xong",
        {},
        answers(404, anonymous=401, specialist=400, head=400, clerk=400),
    ),
    ("arrivals.file", "GET"): (  # it came in no package
        lambda world: f"/so-van-ban/{world.arrivals}/1/tep/0",
        {},
        answers(404, anonymous=303),
    ),
    ("arrivals.new", "GET"): (at("/van-ban-den/vao-so"), {}, answers(403, anonymous=303, clerk=200)),
    ("arrivals.enter_by_hand", "POST"): (
        at("/van-ban-den/vao-so"),
        {"author": "Sở Tư pháp", "issued_on": "01/09/2026", "subject": "Góp ý", "checked": "yes"},
        answers(403, anonymous=401, clerk=303),
    ),
    ("registers.confirm", "POST"): (  # nothing waits: the store was not restored
        lambda world: f"/so-van-ban/{world.register}/xac-nhan",
        {"last_number": "1"},
        answers(404, anonymous=401, specialist=403, head=403, clerk=409, administrator=409, owner=404),
    ),
    ("registers.series", "GET"): (at("/so-van-ban/cach-danh-so"), {}, EVERYBODY_INSIDE),
    ("registers.decide", "POST"): (
        at("/so-van-ban/cach-danh-so"),
        {"year": "2099", "decision": "Ý kiến của Giám đốc"},
        answers(403, anonymous=401, head=303, clerk=303),
    ),
    ("registers.certificates", "GET"): (at("/so-van-ban/chung-thu-so"), {}, EVERYBODY_INSIDE),
    ("registers.mandates", "GET"): (at("/so-van-ban/tham-quyen-ky"), {}, EVERYBODY_INSIDE),
    ("registers.give_mandate", "POST"): (
        at("/so-van-ban/tham-quyen-ky"),
        {
            "person_id": "ld-so-ngoai-vu",
            "form": "TL.",
            "scope": "Mọi",
            "basis": "Quy chế",
            "valid_from": "01/09/2026",
        },
        answers(403, anonymous=401, head=303),
    ),
    ("registers.end_mandate", "POST"): (at("/so-van-ban/tham-quyen-ky/khong-co/thoi"), {}, answers(404, anonymous=401)),
    ("procedures.index", "GET"): (at("/quy-trinh"), {}, EVERYBODY_INSIDE),
    ("procedures.show", "GET"): (at("/quy-trinh/incident-rebuttal"), {}, EVERYBODY_INSIDE),
    ("versions.show", "GET"): (at("/quy-trinh/incident-rebuttal/lich-su"), {}, EVERYBODY_INSIDE),
    ("versions.compare", "GET"): (
        lambda world: f"/quy-trinh/incident-rebuttal/so-sanh?{world.versions}",
        {},
        EVERYBODY_INSIDE,
    ),
    ("studio_trials.show", "GET"): (lambda world: f"/xuong/{world.draft}/kich-ban", {}, OWNERS),
    ("studio_trials.start", "POST"): (  # the draft was given up
        lambda world: f"/xuong/{world.discarded()}/kich-ban",
        {},
        answers(404, anonymous=401, owner=409),
    ),
    ("studio_scenarios.show", "GET"): (lambda world: f"/xuong/{world.draft}/kich-ban/01-lam-ro", {}, OWNERS),
    ("studio_scenarios.save", "POST"): (
        lambda world: f"/xuong/{world.draft}/kich-ban/09-moi",
        {"text": "title: {vi: Mới}", "seen": "99"},
        OWNERS_SEND,
    ),
    ("studio_scenarios.copy", "POST"): (
        lambda world: f"/xuong/{world.draft}/kich-ban-moi",
        {"of": "01-lam-ro", "name": "10-moi", "seen": "99"},
        OWNERS_SEND,
    ),
    ("studio_recording.show", "GET"): (lambda world: f"/xuong/{world.draft}/chay-tung-buoc", {}, OWNERS),
    ("studio_recording.begin", "POST"): (  # the draft was given up
        lambda world: f"/xuong/{world.discarded()}/chay-tung-buoc",
        {},
        answers(404, anonymous=401, owner=409),
    ),
    # The owner has recorded nothing on this draft
    ("studio_recording.task", "GET"): (
        lambda world: f"/xuong/{world.draft}/chay-tung-buoc/viec/detect",
        {},
        answers(404, anonymous=303),
    ),
    ("studio_recording.complete", "POST"): (
        lambda world: f"/xuong/{world.draft}/chay-tung-buoc/viec/detect",
        {},
        OWNERS_MISS,
    ),
    ("studio_recording.pass_time", "POST"): (
        lambda world: f"/xuong/{world.draft}/chay-tung-buoc/thoi-gian",
        {"to": "den-han"},
        OWNERS_MISS,
    ),
    ("studio_recording.act", "POST"): (
        lambda world: f"/xuong/{world.draft}/chay-tung-buoc/thao-tac",
        {"act": "suspend", "by": "x"},
        OWNERS_MISS,
    ),
    ("studio_recording.step_back", "POST"): (
        lambda world: f"/xuong/{world.draft}/chay-tung-buoc/lui",
        {"_seen": "1"},
        OWNERS_MISS,
    ),
    ("studio_recording.save", "POST"): (
        lambda world: f"/xuong/{world.draft}/chay-tung-buoc/luu",
        {"name": "x", "title": "X"},
        OWNERS_MISS,
    ),
    ("studio_recording.give_up", "POST"): (lambda world: f"/xuong/{world.draft}/chay-tung-buoc/bo", {}, OWNERS_SEND),
    ("studio_beginning.ask", "GET"): (at("/xuong/moi"), {}, OWNERS),
    ("studio_beginning.begin", "POST"): (at("/xuong/moi"), {}, answers(404, anonymous=401, owner=422)),
    ("studio_description.show", "GET"): (lambda world: f"/xuong/{world.draft}/mo-ta", {}, OWNERS),
    ("studio_description.save", "POST"): (lambda world: f"/xuong/{world.draft}/mo-ta", {"seen": "99"}, OWNERS_SEND),
    ("studio.remove", "POST"): (  # what a draft must have stays
        lambda world: f"/xuong/{world.draft}/bo-tep",
        {"path": "process.bpmn"},
        answers(404, anonymous=401),
    ),
    ("studio_exchange.ask", "GET"): (at("/xuong/nhap"), {}, OWNERS),
    ("studio_exchange.bring_in", "POST"): (at("/xuong/nhap"), {}, answers(404, anonymous=401, owner=422)),
    ("studio_exchange.whole", "GET"): (lambda world: f"/xuong/{world.draft}/xuat.zip", {}, OWNERS),
    ("studio_exchange.diagram", "GET"): (lambda world: f"/xuong/{world.draft}/xuat.bpmn", {}, OWNERS),
    ("studio_exchange.picture", "GET"): (lambda world: f"/xuong/{world.draft}/xuat.svg", {}, OWNERS),
    ("studio_exchange.version", "GET"): (lambda world: f"/xuong/phien-ban/{world.versions[3:67]}.zip", {}, OWNERS),
    ("studio.index", "GET"): (at("/xuong"), {}, OWNERS),
    ("studio.begin", "POST"): (at("/xuong"), {"procedure": "difficulty"}, OWNERS_SEND),
    ("studio.show", "GET"): (lambda world: f"/xuong/{world.draft}", {}, OWNERS),
    ("studio.submit", "POST"): (  # without a reason
        lambda world: f"/xuong/{world.draft}/trinh",
        {},
        answers(404, anonymous=401, owner=400),
    ),
    ("studio.give_back", "POST"): (  # it is not submitted
        lambda world: f"/xuong/{world.draft}/tra-lai",
        {"reason": "Thiếu"},
        answers(404, anonymous=401, owner=409),
    ),
    ("studio.approve", "POST"): (
        lambda world: f"/xuong/{world.draft}/phe-duyet",
        {"digest": "0" * 64},
        answers(404, anonymous=401, owner=409),
    ),
    ("studio.rebase", "POST"): (lambda world: f"/xuong/{world.draft}/lay-moi", {}, OWNERS_SEND),
    ("studio.repin", "POST"): (
        lambda world: f"/xuong/{world.draft}/phan-dung-chung",
        {"part": "outgoing-document"},
        OWNERS_SEND,
    ),
    ("studio.comment", "POST"): (lambda world: f"/xuong/{world.draft}/gop-y", {"text": "Thêm hạn?"}, OWNERS_SEND),
    ("studio.settle", "POST"): (  # no such remark
        lambda world: f"/xuong/{world.draft}/gop-y/khong-co/xong",
        {},
        answers(404, anonymous=401),
    ),
    ("studio.discard", "POST"): (lambda world: f"/xuong/{begin_draft(world.office, DRAFTED)}/bo", {}, OWNERS_SEND),
    ("studio_data.files", "GET"): (lambda world: f"/xuong/{world.draft}/tep", {}, OWNERS),
    ("studio_data.file", "GET"): (lambda world: f"/xuong/{world.draft}/tep/process.bpmn", {}, OWNERS),
    ("studio_data.save", "PUT"): (  # the body is no rule file
        lambda world: f"/xuong/{world.draft}/tep/forms/x.json?seen=0",
        {},
        OWNERS_DOOR,
    ),
    ("studio_data.remove", "DELETE"): (lambda world: f"/xuong/{world.draft}/tep/forms/y.json?seen=0", {}, OWNERS_DOOR),
    ("studio_data.combine", "POST"): (  # no diagrams are sent
        lambda world: f"/xuong/{world.draft}/gop",
        {},
        OWNERS_FORM,
    ),
    ("studio_data.apart", "POST"): (lambda world: f"/xuong/{world.draft}/ban-rieng", {}, OWNERS_FORM),  # the same
    ("studio_data.present", "POST"): (lambda world: f"/xuong/{world.draft}/co-mat", {}, OWNERS_DOOR),
    ("studio_data.check", "POST"): (lambda world: f"/xuong/{world.draft}/kiem", {}, OWNERS_DOOR),
    ("studio_data.expression", "POST"): (lambda world: f"/xuong/{world.draft}/bieu-thuc", {}, OWNERS_DOOR),
    ("studio_data.arrange", "POST"): (  # the body is no diagram
        lambda world: f"/xuong/{world.draft}/sap-xep",
        {},
        answers(404, anonymous=401, owner=422),
    ),
    ("studio_data.words", "GET"): (lambda world: f"/xuong/{world.draft}/von-tu", {}, OWNERS),
    ("studio_editor.diagram", "GET"): (lambda world: f"/xuong/{world.draft}/so-do", {}, OWNERS),
    ("studio_editor.table", "GET"): (lambda world: f"/xuong/{world.draft}/so-do/bang", {}, OWNERS),
    ("studio_deadlines.show", "GET"): (lambda world: f"/xuong/{world.draft}/thoi-han", {}, OWNERS),
    ("studio_forms.index", "GET"): (lambda world: f"/xuong/{world.draft}/bieu-mau", {}, OWNERS),
    ("studio_forms.create", "POST"): (lambda world: f"/xuong/{world.draft}/bieu-mau", {}, OWNERS_SEND),
    ("studio_forms.show", "GET"): (lambda world: f"/xuong/{world.draft}/bieu-mau/detection", {}, OWNERS),
    ("studio_forms.change", "POST"): (lambda world: f"/xuong/{world.draft}/bieu-mau/detection", {}, OWNERS_FORM),
    ("studio_forms.field", "GET"): (lambda world: f"/xuong/{world.draft}/bieu-mau/detection/+", {}, OWNERS),
    ("studio_forms.field", "POST"): (lambda world: f"/xuong/{world.draft}/bieu-mau/detection/+", {}, OWNERS_FORM),
    ("studio_tables.index", "GET"): (lambda world: f"/xuong/{world.draft}/bang", {}, OWNERS),
    ("studio_tables.create", "POST"): (  # without an id
        lambda world: f"/xuong/{world.draft}/bang",
        {},
        answers(404, anonymous=401, owner=422),
    ),
    ("studio_tables.show", "GET"): (lambda world: f"/xuong/{world.draft}/bang/severity.dmn", {}, OWNERS),
    ("studio_tables.save", "POST"): (lambda world: f"/xuong/{world.draft}/bang/severity.dmn", {}, OWNERS_SEND),
    ("studio_notices.index", "GET"): (lambda world: f"/xuong/{world.draft}/van-ban", {}, OWNERS),
    ("studio_notices.create", "POST"): (lambda world: f"/xuong/{world.draft}/van-ban", {}, OWNERS_SEND),
    ("studio_notices.show", "GET"): (lambda world: f"/xuong/{world.draft}/van-ban/result", {}, OWNERS),
    ("studio_notices.paper", "GET"): (lambda world: f"/xuong/{world.draft}/van-ban/result/xem-truoc.pdf", {}, OWNERS),
    ("studio_notices.save", "POST"): (lambda world: f"/xuong/{world.draft}/van-ban/result", {}, OWNERS_SEND),
    ("studio_deadlines.save", "POST"): (lambda world: f"/xuong/{world.draft}/thoi-han", {}, OWNERS_SEND),
    ("studio_clauses.show", "GET"): (at("/xuong/can-cu"), {}, OWNERS),
    ("studio_clauses.propose", "POST"): (at("/xuong/can-cu"), {"basis": "khong-co:1"}, OWNERS_MISS),
    ("studio_clauses.decide", "POST"): (at("/xuong/can-cu/khong-co"), {"act": "confirm"}, OWNERS_MISS),
    ("studio_clauses.settle", "POST"): (at("/xuong/can-cu/viec/khong-co"), {}, OWNERS_MISS),
    ("studio_migration.index", "GET"): (at("/xuong/chuyen"), {}, OWNERS),
    ("studio_migration.plan", "POST"): (at("/xuong/chuyen"), {"to_version": "x", "reason": "x"}, OWNERS_MISS),
    ("studio_migration.show", "GET"): (at("/xuong/chuyen/khong-co"), {}, answers(404, anonymous=303)),
    ("studio_impact.show", "GET"): (lambda world: f"/xuong/{world.draft}/anh-huong", {}, OWNERS),
    ("studio_migration.act", "POST"): (at("/xuong/chuyen/khong-co"), {"act": "approve"}, OWNERS_MISS),
    # Public: whoever keeps a checkpoint holds the program to it. None is signed yet.
    ("proof.newest", "GET"): (at("/checkpoint"), {}, answers(404)),
    ("proof.at", "GET"): (at("/checkpoint/7"), {}, answers(404)),
    ("proof.public_keys", "GET"): (at("/checkpoint/keys"), {}, answers(200)),
    ("proof.history", "GET"): (at("/checkpoint/history"), {}, answers(200)),
    ("oversight.index", "GET"): (at("/giam-sat"), {}, OVERSEERS | {"administrator": 200}),
    ("oversight.save", "POST"): (
        at("/giam-sat/qua-han/luu"),
        {"ten": "Quá hạn", "quy_trinh": "incident-rebuttal"},
        answers(404, anonymous=401, head=303, auditor=303),
    ),
    ("oversight.forget", "POST"): (at("/giam-sat/truy-van/khong-co/xoa"), {}, answers(404, anonymous=401)),
    ("findings.show", "GET"): (
        at("/giam-sat/phat-hien"),
        {},
        answers(200, anonymous=303, administrator=404, owner=404),
    ),
    ("findings.write", "POST"): (
        lambda world: "/giam-sat/phat-hien",
        {"vu_viec": "PB-26-0001", "text": "Thiếu căn cứ"},
        answers(404, anonymous=401, auditor=303),
    ),
    ("findings.reply", "POST"): (
        at("/giam-sat/phat-hien/khong-co/tra-loi"),
        {"text": "x"},
        answers(404, anonymous=401),
    ),
    ("findings.close", "POST"): (at("/giam-sat/phat-hien/khong-co/dong"), {"text": "x"}, answers(404, anonymous=401)),
    ("findings.send_back", "POST"): (
        at("/giam-sat/phat-hien/khong-co/tra-lai"),
        {"text": "x", "due_on": "01/01/2099"},
        answers(404, anonymous=401),
    ),
    ("deletions.show", "GET"): (
        at("/giam-sat/xoa-noi-dung"),
        {},
        answers(404, anonymous=303, auditor=200, administrator=200, owner=404),
    ),
    ("deletions.propose", "POST"): (  # nothing is filled in: who may propose is told so, who may not finds nothing
        at("/giam-sat/xoa-noi-dung"),
        {},
        answers(404, anonymous=401),
    ),
    ("deletions.approve", "POST"): (at("/giam-sat/xoa-noi-dung/khong-co/xoa"), {}, answers(404, anonymous=401)),
    ("deletions.refuse", "POST"): (at("/giam-sat/xoa-noi-dung/khong-co/khong-dong-y"), {}, answers(404, anonymous=401)),
    ("mandates.show", "GET"): (
        at("/giam-sat/pham-vi"),
        {},
        answers(404, anonymous=303, auditor=200, administrator=200, owner=404),
    ),
    ("mandates.give", "POST"): (
        at("/giam-sat/pham-vi"),
        {"person_id": "kiemtra", "valid_from": "01/09/2026", "decision": "Quyết định 1"},
        answers(404, anonymous=401, administrator=303, owner=404),
    ),
    ("mandates.end", "POST"): (at("/giam-sat/pham-vi/khong-co/ket-thuc"), {}, answers(404, anonymous=401)),
    ("oversight.show", "GET"): (at("/giam-sat/qua-han"), {}, OVERSEERS),
    ("oversight.export", "GET"): (at("/giam-sat/qua-han.xlsx"), {}, OVERSEERS),
    ("regulation.index", "GET"): (at("/quy-che"), {}, EVERYBODY_INSIDE),
    ("regulation.law", "GET"): (at("/quy-che/van-ban"), {}, EVERYBODY_INSIDE),
    ("regulation.show", "GET"): (at("/quy-che/49"), {}, EVERYBODY_INSIDE),
    ("regulation.log", "POST"): (  # 14.2: a standing duty of Sở Ngoại vụ
        at("/quy-che/49"),
        {"done_on": "2026-01-05", "text": "Đã gửi thông tin tháng 12 cho Bộ Ngoại giao."},
        answers(403, anonymous=401, specialist=303, head=303, clerk=303),
    ),
}


def ask(browser: Browser, method: str, path: str, fields: dict[str, str]) -> int:
    """The status that this person gets; forms carry a good token, so that only rights decide."""
    if method == "GET":
        return browser.open(path).status_code
    entrance = browser.open("/hop-viec")
    page, form = (entrance.text, "/dang-xuat") if entrance.status_code == 200 else ("", "/dang-nhap")
    token = hidden_fields(page or browser.open("/dang-nhap").text, form)["csrf_token"]
    if method in ("PUT", "DELETE"):  # doors for scripts
        return browser.client.open(path, method=method, headers={"X-CSRFToken": token}).status_code
    return browser.client.post(path, data={"csrf_token": token, "_key": uuid4().hex, **fields}).status_code


def test_every_route_is_declared(world: World) -> None:
    routes = {
        (rule.endpoint, method)
        for rule in world.office.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == set(MATRIX)


@pytest.mark.parametrize("person", ALL)
@pytest.mark.parametrize(("endpoint", "method"), MATRIX, ids=lambda value: str(value))
def test_each_person_gets_the_declared_answer(world: World, endpoint: str, method: str, person: str) -> None:
    path, fields, expected = MATRIX[endpoint, method]
    where = path(world)
    assert ask(world.browser(person, endpoint), method, where, fields) == expected[person]
