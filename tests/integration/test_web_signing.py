"""Stories of signing on the pages: the file goes out and comes back; what does not hold is refused in words."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape
from io import BytesIO

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from engine.actors import SYSTEM
from engine.clock import local_date
from tests.support.signing import DAY, Authority, Holder, sign
from tests.support.web import Browser, Office
from web.messages import sentence
from web.scenario_runs import run, scenarios_of
from workflows.agencies.certificate_import import import_certificates
from workflows.documents.tables import ISSUED, Dispatch, Document

AGENCY, CLERK = "vp-ubnd-tinh", "vt.vp-ubnd-tinh"


class Desk:
    """The clerk of a body that has issued a document, with an authority that the program trusts."""

    def __init__(self, office: Office) -> None:
        self.office = office
        with office.container.read() as session:
            issued = select(Document).where(Document.issuer_agency_id == AGENCY, Document.status == ISSUED)
            documents = session.scalars(issued.order_by(Document.number)).all()
        self.document = documents[0]
        assert self.document.approved_at is not None
        office.clock.set(self.document.approved_at + DAY)
        self.now = office.clock.now()
        self.authority = Authority.called("Cơ quan chứng thực thử nghiệm", self.now)
        self.path = f"/van-ban/{self.document.id}"
        self.signer = self.holder(self.document.approved_by_name or "")
        self.browser = office.browser(CLERK)

    def holder(self, name: str, days: int = 100) -> Holder:
        return self.authority.person(name, self.now - 100 * DAY, self.now + days * DAY)

    def trust(self) -> None:
        folder = self.office.container.settings.trust_dir
        folder.mkdir(exist_ok=True)
        (folder / "goc.pem").write_text(self.authority.root.pem)

    def unsigned(self) -> bytes:
        return bytes(self.browser.open(f"{self.path}/de-ky.pdf").data)

    def hand_in(self, file: bytes, name: str = "da-ky.pdf") -> TestResponse:
        page = self.browser.open(self.path).text
        return self.browser.send(page, f"{self.path}/nop-ban-ky", {"signed_file": (BytesIO(file), name)})


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    office = Office(tmp_path_factory.mktemp("signing"))
    procedure, scenario = next(pair for pair in scenarios_of("incident-rebuttal") if pair[1].expect.documents)
    result = run(office.container, procedure, scenario)
    assert result.ok, result.failures
    return Desk(office)


def receiver(desk: Desk) -> Browser:
    with desk.office.container.read() as session:
        sent = session.scalars(select(Dispatch).where(Dispatch.document_id == desk.document.id)).first()
    assert sent is not None
    return desk.office.browser(f"cv.{sent.recipient_agency_id}")


def test_without_a_trusted_authority_a_signed_file_is_not_judged(desk: Desk) -> None:
    answer = desk.hand_in(sign(desk.unsigned(), desk.signer, desk.now))
    assert answer.status_code == 400
    assert sentence("signing.no_trust", {}) in unescape(answer.text)


def changed(desk: Desk, file: bytes) -> bytes:
    signed = bytearray(sign(file, desk.signer, desk.now))
    signed[signed.index(b"stream\n") + 60] ^= 1
    return bytes(signed)


BAD: dict[str, Callable[[Desk, bytes], bytes]] = {
    "altered": changed,
    "other_document": lambda desk, file: sign(file.replace(b"%PDF-1.7", b"%PDF-1.6", 1), desk.signer, desk.now),
    "certificate_expired": lambda desk, file: sign(
        file, desk.holder(desk.document.approved_by_name or "", -1), desk.now
    ),
    "wrong_signer": lambda desk, file: sign(file, desk.holder("Người khác"), desk.now),
    "unsigned": lambda desk, file: file,
    "broken": lambda desk, file: sign(file, desk.signer, desk.now)[:-4000],
    "not_pdf": lambda desk, file: b"PK\x03\x04",
    "no_file": lambda desk, file: b"",
}


@pytest.mark.parametrize("fault", BAD)
def test_each_file_that_does_not_hold_is_refused_in_its_own_words(desk: Desk, fault: str) -> None:
    desk.trust()
    answer = desk.hand_in(BAD[fault](desk, desk.unsigned()))
    assert answer.status_code == 400
    expected = [desk.document.approved_by_name]
    assert sentence(f"signing.{fault}", {"expected": expected}) in unescape(answer.text)
    assert desk.browser.open(f"{desk.path}.pdf").data == desk.unsigned()


def test_a_signed_file_is_taken_shown_and_opened_by_the_receivers(desk: Desk) -> None:
    # Given the exported file, signed by the head
    desk.trust()
    signed = sign(desk.unsigned(), desk.signer, desk.now)
    # When the clerk hands it in
    assert desk.hand_in(signed).status_code == 303
    # Then the page tells who signed with which certificate, and everybody opens the signed file
    shown = unescape(desk.browser.open(desk.path).text)
    assert f"{desk.signer.certificate.serial_number:X}" in shown and "hợp lệ" in shown
    # And that the picture, which the tool put at the foot of page 1, does not stand where it belongs
    assert shown.count("hình chữ ký không nằm giữa chức vụ và họ tên") == 2
    assert receiver(desk).open(f"{desk.path}.pdf").data == signed
    assert desk.unsigned() != signed and signed.startswith(desk.unsigned())


def test_a_paper_is_noted_with_its_day_and_a_wrong_day_is_refused(desk: Desk) -> None:
    page, today = desk.browser.open(desk.path).text, local_date(desk.now)
    for typed in ("2026-09-01", f"{today - 400 * DAY:%d/%m/%Y}"):
        wrong = desk.browser.send(page, f"{desk.path}/ky-giay", {"signed_on": typed})
        assert wrong.status_code == 400 and "dd/mm/yyyy" in wrong.text
    assert desk.browser.send(page, f"{desk.path}/ky-giay", {"signed_on": f"{today:%d/%m/%Y}"}).status_code == 303
    assert "Bản giấy" in desk.browser.open(desk.path).text


def register(desk: Desk, *certificates: tuple[Holder, str, str]) -> None:
    """Each with whose it is (nothing: the body's) and the day of its revocation (nothing: none)."""
    lines = ["agency_id,person_id,certificate,revoked_on,note"]
    for holder, person_id, gone in certificates:
        lines.append(f'{AGENCY},{person_id},"{holder.pem}",{gone},Tên khác')
    with desk.office.container.write() as session:
        import_certificates(session, "\n".join(lines), SYSTEM, desk.now)


def test_registered_certificates_are_asked_for_whatever_name_they_bear(desk: Desk) -> None:
    # Given a head whose certificates spell the name otherwise, one of them revoked since yesterday, and a sealed body
    desk.trust()
    head, old, seal = desk.holder("NGUYEN VAN A"), desk.holder("NGUYEN VAN A"), desk.holder("Van phong")
    officer, yesterday = desk.document.approved_by or "", f"{local_date(desk.now - DAY):%d/%m/%Y}"
    register(desk, (head, officer, ""), (old, officer, yesterday), (seal, "", ""))
    sealed = {
        name: sign(sign(desk.unsigned(), one, desk.now), seal, desk.now, field="Seal")
        for name, one in (("head", head), ("old", old), ("name", desk.signer))
    }
    # Then only the head's registered certificate, with that of the body, is taken
    for file, told in (
        (sealed["old"], sentence("signing.certificate_revoked", {})),
        (sealed["name"], sentence("signing.wrong_signer", {"expected": [desk.document.approved_by_name]})),
        (
            sign(desk.unsigned(), head, desk.now),
            sentence("signing.wrong_signer", {"expected": [desk.document.issuer_name]}),
        ),
    ):
        answer = desk.hand_in(file)
        assert answer.status_code == 400 and told in unescape(answer.text)
    assert desk.hand_in(sealed["head"]).status_code == 303
    # And the agency sees what is registered
    page = unescape(desk.browser.open("/so-van-ban/chung-thu-so").text)
    assert "NGUYEN VAN A" in page and "Tên khác" in page and f"thu hồi từ {yesterday}" in page
    # And the administrator those of every body
    admin = unescape(desk.office.browser("quantri").open("/so-van-ban/chung-thu-so").text)
    assert "Mọi cơ quan" in admin and desk.document.issuer_name in admin
