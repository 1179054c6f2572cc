"""Packages that mean harm, or are broken: each is refused with its own code, and none takes memory or files."""

from __future__ import annotations

import base64
import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.edxml import DOCUMENT, MESSAGE, PACKAGE, zipped
from workflows.documents.edxml import archive, errors, xml
from workflows.documents.edxml.model import File, Package
from workflows.documents.edxml.reading import read
from workflows.documents.edxml.status import read_status
from workflows.documents.edxml.writing import write

GOOD = write(PACKAGE)
PART = archive.pack("a.pdf", PACKAGE.files[0].content).encode()


def spoiled(*changes: tuple[bytes, bytes]) -> bytes:
    content = GOOD
    for old, new in changes:
        assert old in content
        content = content.replace(old, new)
    return content


def with_archive(text: str) -> bytes:
    return spoiled((PART, text.encode()))


def test_the_package_to_be_spoiled_is_good() -> None:
    assert read(GOOD) == PACKAGE


@pytest.mark.parametrize(
    "declared",
    [
        b'<!DOCTYPE edXML [<!ENTITY a "b">]>',
        b'<!DOCTYPE edXML SYSTEM "http://127.0.0.1:9/x.dtd">',
        b"<!DOCTYPE edXML>",
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_a_document_type_is_refused(declared: bytes) -> None:
    with pytest.raises(errors.DoctypeFound):
        read(spoiled((b"<edXML ", declared + b"<edXML ")))


def test_other_encodings_are_refused_said_or_done() -> None:
    text = GOOD.decode()
    for content in (
        text.replace("UTF-8", "UTF-16").encode("utf-16"),
        text.encode("utf-16-le"),
        text.replace("UTF-8", "windows-1258").encode(),
        text.replace("UTF-8", "UTF-7").encode(),
        b"\xff" + GOOD,
        spoiled(("Kết quả".encode(), "Kết quả".encode("utf-16-le"))),
    ):
        with pytest.raises((errors.WrongEncoding, errors.Malformed)) as refused:
            read(content)
        assert b"\x00" in content or refused.type is errors.WrongEncoding


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read(b"\xef\xbb\xbf" + GOOD) == PACKAGE


@pytest.mark.parametrize("content", [b"", b"x", b"<edXML", GOOD[:-5], GOOD + b"<x/>"])
def test_what_is_no_xml_is_refused(content: bytes) -> None:
    with pytest.raises(errors.Malformed):
        read(content)


def test_a_deep_tree_is_refused() -> None:
    with pytest.raises(errors.PackageRefused):
        read(b"<a>" * 100_000)


def test_a_package_over_the_limit_is_not_even_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "MAX_BYTES", len(GOOD) - 1)

    with pytest.raises(errors.PackageTooLarge):
        read(GOOD)
    with pytest.raises(errors.PackageTooLarge):
        write(PACKAGE)


@pytest.mark.parametrize("flood", ["<To/>" * 60_000, "<a " + " ".join(f'a{n}=""' for n in range(60_000)) + "/>"])
def test_a_flood_of_small_parts_is_refused_before_it_becomes_a_tree(flood: str) -> None:
    with pytest.raises(errors.TooManyParts):
        read(spoiled((b"<To>", flood.encode() + b"<To>")))


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        (b"<Subject>", b"<Unknown/><Subject>", errors.WrongStructure),
        (b"<TraceHeaderList>", b"<Other>", errors.Malformed),
        (xml.NAMESPACE.encode(), b"http://example.org/other", errors.WrongStructure),
        (b"2026/09/01</Prom", b"01/09/2026</Prom", errors.WrongValue),
        (b"2026/09/01</Prom", b"2026/02/30</Prom", errors.WrongValue),
        (b"2026/09/01</Prom", b"2026/09/02</Prom", errors.IdentifiersDiffer),
        (b"<CodeNumber>05", b"<CodeNumber>06", errors.IdentifiersDiffer),
        (b"09:00:05", b"25:00:05", errors.WrongValue),
        (b"<BussinessDocType>0", b"<BussinessDocType>4", errors.UnknownBusiness),
        (b"<OrganId>H44.03", b"<OrganId>../etc", errors.WrongOrganCode),
        (b"<Priority>0", b"<Priority>9", errors.WrongValue),
        (b"<Type>2", b"<Type>7", errors.WrongValue),
        (b"<AttachmentName>a.pdf", b"<AttachmentName>", errors.WrongValue),
        ("Kết quả phối hợp".encode(), b"   ", errors.WrongValue),
        (b'version="1.0">', b'version="2.0">', errors.WrongValue),
    ],
)
def test_wrong_parts_and_values_are_refused(old: bytes, new: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal) as refused:
        read(spoiled((old, new)))
    assert refused.type is refusal


@pytest.mark.parametrize(
    "part", ["From", "DocumentId", "Code", "PromulgationInfo", "Subject", "TraceHeaderList", "edXMLEnvelope"]
)
def test_a_missing_part_is_refused(part: str) -> None:
    before, _, rest = GOOD.partition(f"<{part}>".encode())
    after = rest.partition(f"</{part}>".encode())[2]

    with pytest.raises(errors.WrongStructure):
        read(before + after)


def test_list_and_files_must_match() -> None:
    before, _, rest = GOOD.partition(b"<AttachmentEncoded>")
    without = before + rest.partition(b"</AttachmentEncoded>")[2]
    for content in (
        without,
        spoiled((b"<Attachment><ContentId>cid:1", b"<Attachment><ContentId>cid:9")),
        spoiled((b"<Attachment><ContentId>cid:2", b"<Attachment><ContentId>cid:1")),
        GOOD.replace(b"<AttachmentName>a.pdf", b"<AttachmentName>c.pdf", 1),
    ):
        with pytest.raises(errors.PartsDiffer):
            read(content)


def test_a_file_that_no_list_names_is_refused() -> None:
    attachment = GOOD[GOOD.index(b"<Attachment>") : GOOD.index(b"</Attachment>") + len(b"</Attachment>")]
    for extra in (attachment, attachment.replace(b"cid:1", b"cid:3")):
        with pytest.raises(errors.PartsDiffer):
            read(spoiled((b"</AttachmentEncoded>", extra + b"</AttachmentEncoded>")))


def test_two_files_of_one_name_are_refused() -> None:
    with pytest.raises(errors.NameTwice):
        read(spoiled((b"<AttachmentName>b.txt", b"<AttachmentName>A.PDF")))


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILES", 1)

    with pytest.raises(errors.TooManyFiles):
        read(GOOD)


NAMES = [
    "../a.pdf",
    "..",
    "/etc/passwd",
    "a/b.pdf",
    "a\\b.pdf",
    "C:a.pdf",
    ".bashrc",
    "con",
    "LPT1.txt",
    "a\u202efdp.exe",
    "a.pdf.",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_a_path_is_refused_in_the_list(name: str) -> None:
    with pytest.raises(errors.UnsafeName):
        read(spoiled((b"<AttachmentName>a.pdf", f"<AttachmentName>{name}".encode())))
    with pytest.raises(errors.UnsafeName):
        write(Package(MESSAGE, (File(name, "x/x", b"x"),)))


@pytest.mark.parametrize("name", [*NAMES, "a.pdf\0.exe"])
def test_a_name_that_is_a_path_is_refused_in_the_zip(name: str) -> None:
    with pytest.raises(errors.UnsafeName):
        read(with_archive(_named(name)))


def _named(name: str) -> str:
    """A zip whose one entry has this very name, which zipfile itself would tidy up."""
    raw = name.encode()
    plain = "x" * len(raw)
    content = base64.b64decode(zipped((plain, b"content")))
    flag = b"\x00\x08" if not name.isascii() else b"\x00\x00"
    content = content.replace(plain.encode(), raw)
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.index(magic) + at
        content = content[:place] + flag + content[place + 2 :]
    return base64.b64encode(content).decode()


@pytest.mark.parametrize("text", ["%%%", "QU=JD", "a", "QUJDQ", "ộộộ", "QUJD-_=="])
def test_what_is_no_base64_is_refused(text: str) -> None:
    with pytest.raises(errors.WrongBase64):
        read(with_archive(text))


def test_broken_lines_of_base64_are_fine() -> None:
    assert read(spoiled((PART, b"\n" + PART[:40] + b"\r\n  " + PART[40:] + b"\n"))) == PACKAGE


def test_a_damaged_or_strange_archive_is_refused() -> None:
    whole = base64.b64decode(PART)
    locked = bytearray(whole)
    locked[6] |= 1
    locked[whole.index(b"PK\x01\x02") + 8] |= 1
    changed = whole.replace(b"%PDF", b"%XXX")
    for content in (b"", b"PK", whole[:-10], bytes(locked), changed):
        with pytest.raises(errors.DamagedArchive):
            read(with_archive(base64.b64encode(content).decode()))
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with pytest.raises(errors.DamagedArchive):
            read(with_archive(zipped(("a.pdf", b"x"), method=method)))


@pytest.mark.parametrize("entries", [(), (("a.pdf", b"x"), ("b.pdf", b"x"))])
def test_a_zip_holds_exactly_one_file(entries: tuple[tuple[str, bytes], ...]) -> None:
    with pytest.raises(errors.NotOneEntry):
        read(with_archive(zipped(*entries)))


def test_a_zip_bomb_is_refused_by_its_ratio() -> None:
    with pytest.raises(errors.ZipBomb):
        read(with_archive(zipped(("a.pdf", bytes(8 * 1024 * 1024)))))


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    buffer = io.BytesIO(base64.b64decode(zipped(("a.pdf", bytes(8 * 1024 * 1024)))))
    content = buffer.getvalue().replace((8 * 1024 * 1024).to_bytes(4, "little"), (10).to_bytes(4, "little"))

    with pytest.raises((errors.ZipBomb, errors.DamagedArchive)):
        read(with_archive(base64.b64encode(content).decode()))


def test_sizes_are_limited_for_one_file_and_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_FILE_BYTES", 5)
    with pytest.raises(errors.FileTooLarge):
        read(GOOD)
    monkeypatch.undo()
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 10)
    with pytest.raises(errors.FileTooLarge):
        read(GOOD)


def test_an_answer_to_another_document_than_it_says_is_refused() -> None:
    answering = write(replace(PACKAGE, message=replace(MESSAGE, answers=(DOCUMENT,))))

    with pytest.raises(errors.IdentifiersDiffer):
        read(answering.replace(b"<Code>05/", b"<Code>07/"))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 40), st.binary(max_size=20))
def test_damage_anywhere_is_refused_or_harmless(at: int, length: int, put: bytes) -> None:
    content = GOOD[:at] + put + GOOD[at + length :]
    for reader in (read, read_status):
        try:
            reader(content)
        except errors.PackageRefused:
            continue
