"""A file that comes back from a signing tool: what is accepted, and each reason for which one is refused."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.support.documents import FONTS
from tests.support.signing import DAY, Authority, Holder, sign
from web.messages import catalogue
from workflows.documents.layout import Renderer
from workflows.documents.samples import NUMBERING, sample
from workflows.documents.signing import MAX_BYTES, Check, ExpectedSigner, check
from workflows.documents.signing.errors import BadTrustFile
from workflows.documents.signing.result import FAULTS
from workflows.documents.signing.trust import Trust, read_trust

NOW = datetime(2026, 2, 3, 3, 0, tzinfo=UTC)
NAME = "Nguyễn Văn Mẫu"
AUTHORITY = Authority.called("Cơ quan chứng thực thử nghiệm", NOW)
SIGNER = AUTHORITY.person(NAME, NOW - 100 * DAY, NOW + 100 * DAY)
SEAL = AUTHORITY.person("Sở Ngoại vụ", NOW - 100 * DAY, NOW + 100 * DAY)
CLOCK = AUTHORITY.clock(NOW - 100 * DAY, NOW + 100 * DAY)
EXPIRED = AUTHORITY.person(NAME, NOW - 100 * DAY, NOW - 10 * DAY)


@pytest.fixture(scope="module")
def exported() -> bytes:
    return Renderer(FONTS).pdf(sample("CV"), NUMBERING)


def asked(exported: bytes, returned: bytes, *signers: ExpectedSigner, root: Holder = AUTHORITY.root) -> Check:
    return check(exported, returned, signers or (ExpectedSigner(name=NAME),), root.trust, NOW)


def test_a_signed_file_is_accepted_and_tells_who_signed_when(exported: bytes) -> None:
    found = asked(exported, sign(exported, SIGNER, NOW - DAY))
    [signature] = found.signatures
    assert (found.container, found.result, found.accepted) == ("pdf", "valid", True)
    assert (signature.signer, signature.format) == (NAME, "ETSI.CAdES.detached")
    assert "Cơ quan chứng thực thử nghiệm" in signature.issuer
    assert signature.serial == f"{SIGNER.certificate.serial_number:X}"
    assert (signature.signed_at, signature.time_source) == (NOW - DAY, "claimed")


def test_person_and_body_sign_one_after_the_other(exported: bytes) -> None:
    by_person = sign(exported, SIGNER, NOW - DAY)
    by_both = sign(by_person, SEAL, NOW, field="Signature2")
    both = ExpectedSigner(name=NAME), ExpectedSigner(name="Sở Ngoại vụ")
    assert asked(exported, by_both, *both).result == "valid"
    assert asked(exported, by_person, *both).result == "wrong_signer"


@pytest.mark.parametrize(
    ("expected", "result"),
    [
        (ExpectedSigner(name="NGUYỄN  VĂN MẪU"), "valid"),
        (ExpectedSigner(serial=f"00{SIGNER.certificate.serial_number:x}"), "valid"),
        (ExpectedSigner(name=NAME, serial="1"), "wrong_signer"),
        (ExpectedSigner(name="Nguyen Van Mau"), "wrong_signer"),
        (ExpectedSigner(), "wrong_signer"),
    ],
)
def test_the_signer_is_known_by_name_or_certificate(exported: bytes, expected: ExpectedSigner, result: str) -> None:
    assert asked(exported, sign(exported, SIGNER, NOW), expected).result == result


def test_nobody_expected_is_nobody_right(exported: bytes) -> None:
    assert check(exported, sign(exported, SIGNER, NOW), [], AUTHORITY.root.trust, NOW).result == "wrong_signer"


def test_one_byte_of_what_was_signed_is_changed(exported: bytes) -> None:
    signed = bytearray(sign(exported, SIGNER, NOW))
    place = signed.index(b"stream\n") + 60
    signed[place] ^= 1
    assert asked(exported, bytes(signed)).result == "altered"


@pytest.mark.parametrize("part", range(1, 6))
def test_a_changed_byte_is_never_accepted(exported: bytes, part: int) -> None:
    signed = bytearray(sign(exported, SIGNER, NOW))
    signed[len(exported) * part // 6] ^= 1
    assert not asked(exported, bytes(signed)).accepted


def test_another_document_was_signed(exported: bytes) -> None:
    other = Renderer(FONTS).pdf(sample("TB"), NUMBERING)
    assert asked(exported, sign(other, SIGNER, NOW)).result == "other_document"


def test_a_page_was_changed_before_it_was_signed(exported: bytes) -> None:
    writer = IncrementalPdfFileWriter(BytesIO(exported))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"0 0 m 9 9 l S"))
    writer.update_container(page)
    out = BytesIO()
    writer.write(out)
    assert out.getvalue().startswith(exported)
    assert asked(exported, sign(out.getvalue(), SIGNER, NOW)).result == "content_changed"


def test_an_expired_certificate_does_not_sign_by_its_owners_word_alone(exported: bytes) -> None:
    assert asked(exported, sign(exported, EXPIRED, NOW)).result == "certificate_expired"
    assert asked(exported, sign(exported, EXPIRED, NOW - 20 * DAY)).result == "certificate_expired"


def test_a_trusted_time_stamp_proves_that_the_certificate_was_valid(exported: bytes) -> None:
    found = asked(exported, sign(exported, EXPIRED, NOW - 20 * DAY, CLOCK))
    [signature] = found.signatures
    assert found.result == "valid"
    assert (signature.signed_at, signature.time_source) == (NOW - 20 * DAY, "timestamp")


def test_a_time_stamp_that_nobody_trusts_proves_nothing(exported: bytes) -> None:
    strange = Authority.called("Lạ", NOW).clock(NOW - 100 * DAY, NOW + 100 * DAY)
    found = asked(exported, sign(exported, EXPIRED, NOW - 20 * DAY, strange))
    assert (found.result, found.signatures[0].time_source) == ("certificate_expired", "claimed")


def test_another_root_is_not_trusted_and_without_roots_nobody_is(exported: bytes) -> None:
    signed = sign(exported, SIGNER, NOW)
    assert asked(exported, signed, root=Authority.called("Lạ", NOW).root).result == "untrusted"
    assert check(exported, signed, [ExpectedSigner(name=NAME)], Trust(), NOW).result == "untrusted"


def test_somebody_else_signed(exported: bytes) -> None:
    assert asked(exported, sign(exported, SEAL, NOW)).result == "wrong_signer"


def test_what_comes_back_unsigned_broken_or_as_something_else(exported: bytes) -> None:
    signed = sign(exported, SIGNER, NOW)
    assert asked(exported, exported).result == "unsigned"
    assert asked(exported, signed[: len(signed) - 4000]).result == "broken"
    assert asked(exported, b"PK\x03\x04 and so on").result == "not_pdf"
    assert asked(exported, b"").result == "not_pdf"
    assert asked(exported, b"%PDF-1.7" + bytes(MAX_BYTES)).result == "too_large"


def test_a_signature_in_a_file_of_its_own_is_kept_unchecked(exported: bytes) -> None:
    signer = SimpleSigner(SIGNER.asn1, SIGNER.asn1_key, SimpleCertificateStore())
    signed = asyncio.run(signer.async_sign_general_data(exported, "sha256", detached=True))
    found = asked(exported, signed.dump())
    assert (found.container, found.result, found.accepted) == ("cms", "not_checked", True)


def test_one_of_the_registered_certificates_is_who_must_have_signed(exported: bytes) -> None:
    signed = sign(exported, SIGNER, NOW)
    own, other = SIGNER.asn1.sha256.hex(), SEAL.asn1.sha256.hex()
    assert asked(exported, signed, ExpectedSigner(fingerprints=(other, own))).result == "valid"
    assert asked(exported, signed, ExpectedSigner(fingerprints=(other,))).result == "wrong_signer"


def test_a_revoked_certificate_signs_no_more_and_a_time_stamp_proves_that_it_did_before(exported: bytes) -> None:
    # Given certificates that the office's own register calls revoked since ten days
    revoked = {SIGNER.asn1.sha256.hex(): NOW - 10 * DAY}
    signers, trust = [ExpectedSigner(name=NAME)], AUTHORITY.root.trust
    # When the signer's own clock tells of a moment before that, it proves nothing; a trusted time-stamp does
    for clock, result in ((None, "certificate_revoked"), (CLOCK, "valid")):
        signed = sign(exported, SIGNER, NOW - 20 * DAY, clock)
        assert check(exported, signed, signers, trust, NOW, revoked).result == result
    # And a list that the authority published does the same
    listed = Trust(trust.certificates, (b64encode(AUTHORITY.revoked(SIGNER, at=NOW - 10 * DAY)).decode(),))
    for clock, result in ((None, "certificate_revoked"), (CLOCK, "valid")):
        assert check(exported, sign(exported, SIGNER, NOW - 20 * DAY, clock), signers, listed, NOW).result == result
    nobody = Trust(trust.certificates, (b64encode(AUTHORITY.revoked(SEAL, at=NOW - 10 * DAY)).decode(),))
    assert check(exported, sign(exported, SIGNER, NOW), signers, nobody, NOW).result == "valid"


def test_the_folder_of_trust_takes_certificates_and_lists_and_names_a_broken_file(tmp_path: Path) -> None:
    assert read_trust(tmp_path / "missing") == Trust()
    (tmp_path / "a.pem").write_text(AUTHORITY.root.pem + SEAL.pem)
    (tmp_path / "b.CER").write_bytes(SIGNER.asn1.dump())
    (tmp_path / "c.crl").write_bytes(AUTHORITY.revoked(at=NOW))
    (tmp_path / "notes.txt").write_text("not read")
    trust = read_trust(tmp_path)
    names = ["Cơ quan chứng thực thử nghiệm", "Sở Ngoại vụ", NAME]
    assert ([root.holder for root in trust.roots()], len(trust.lists)) == (names, 1)
    (tmp_path / "d.crt").write_text("nothing")
    with pytest.raises(BadTrustFile) as refused:
        read_trust(tmp_path)
    assert refused.value.params == {"file": "d.crt"}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_refusal_has_its_sentence(language: str) -> None:
    assert [fault for fault in FAULTS if f"signing.{fault}" not in catalogue(language)] == []
