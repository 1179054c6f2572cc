"""edXML packages and status messages: what is written is read back, byte for byte and word for word."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.support.edxml import AT, CULTURE, DOCUMENT, MESSAGE, PACKAGE, POLICE, STATUS
from web.messages import catalogue
from workflows.agencies.organ_codes import OrganCode
from workflows.documents.edxml import archive, errors
from workflows.documents.edxml.codes import codes
from workflows.documents.edxml.issued import package_of
from workflows.documents.edxml.model import (
    Business,
    Change,
    DocumentRef,
    File,
    Kind,
    Message,
    Organ,
    Other,
    Package,
    Receiver,
    Replaced,
    Signer,
    Staff,
    Status,
    Trace,
)
from workflows.documents.edxml.reading import read
from workflows.documents.edxml.status import read_status, write_status
from workflows.documents.edxml.writing import write
from workflows.documents.kinds import URGENCY
from workflows.documents.samples import NUMBERING, sample

LETTERS = st.characters(exclude_categories=("C", "Z"))


def texts(limit: int, least: int = 0) -> st.SearchStrategy[str]:
    """Words as people type them: no blanks at the ends, which XML readers may drop."""
    return st.text(LETTERS | st.just(" "), min_size=least, max_size=limit).map(str.strip).filter(
        lambda text: len(text) >= least
    )  # fmt: skip


days = st.dates(date(1945, 9, 2), date(2999, 12, 31))
moments = st.datetimes(datetime(1990, 1, 1), datetime(2999, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)
organ_codes = st.from_regex(r"[A-Z][0-9]{2}(\.[0-9]{2}){0,3}", fullmatch=True).map(OrganCode.parse)
organs = st.builds(Organ, organ_codes, texts(200), texts(200), texts(250), texts(100), texts(20), texts(20), texts(100))
symbols = st.tuples(
    st.integers(1, 99999).map(lambda number: f"{number:02d}"), st.from_regex(r"[A-ZĐa-z,/\-]{1,30}", fullmatch=True)
).map("/".join)
documents = st.builds(DocumentRef, organ_codes, days, symbols)
staff = st.builds(Staff, texts(100, 1), texts(200), texts(100), texts(20))
changes = st.builds(
    Change, st.booleans(), st.booleans(), st.lists(st.builds(Receiver, organ_codes, texts(10)), max_size=2).map(tuple)
)
replaced = st.builds(Replaced, documents, st.lists(organ_codes, max_size=2).map(tuple))
businesses = st.one_of(
    st.builds(Business, st.just("new"), texts(500), st.booleans(), st.none() | staff),
    st.builds(Business, st.just("recall"), texts(500, 1), st.booleans(), st.none() | staff),
    st.builds(Business, st.just("update"), texts(500, 1), change=changes),
    st.builds(
        Business, st.just("replace"), texts(500, 1), replaced=st.lists(replaced, min_size=1, max_size=2).map(tuple)
    ),
)
numbers = st.none() | st.integers(0, 999999)
others = st.builds(
    Other, st.sampled_from(sorted(codes("priorities"))), texts(100), texts(10), numbers, numbers, texts(100),
    st.lists(texts(250, 1), max_size=2).map(tuple),
)  # fmt: skip
messages = st.builds(
    Message,
    sender=organs,
    receivers=st.lists(organs, min_size=1, max_size=2).map(tuple),
    id=documents,
    place=texts(50),
    kind=st.builds(Kind, texts(100), st.sampled_from(["normative", "administrative"]), texts(100)),
    subject=texts(500, 1),
    signer=st.builds(Signer, texts(50), texts(100), texts(100)),
    content=texts(500),
    due=st.none() | days,
    to_places=st.lists(texts(150, 1), max_size=3).map(tuple),
    other=others,
    steering=texts(10),
    answers=st.lists(documents, max_size=2).map(tuple),
    traces=st.lists(st.builds(Trace, organ_codes, moments), min_size=1, max_size=3).map(tuple),
    business=businesses,
)
names = st.from_regex(r"([a-zđ0-9][a-zđ0-9 ]{0,20})?[a-zđ0-9]\.pdf", fullmatch=True)
one_file = st.builds(File, names, texts(250), st.binary(max_size=300), texts(500))
files = st.lists(one_file, min_size=1, max_size=3, unique_by=lambda file: file.name.casefold()).map(tuple)


@settings(max_examples=40, deadline=None)
@given(st.builds(Package, messages, files))
def test_a_package_read_back_is_the_package(package: Package) -> None:
    assert read(write(package)) == package


@settings(max_examples=40, deadline=None)
@given(
    st.builds(
        Status, organs, documents, st.sampled_from(sorted(codes("statuses"))), moments, texts(500), st.none() | staff
    )
)
def test_a_status_read_back_is_the_status(status: Status) -> None:
    assert read_status(write_status(status)) == status


def test_an_issued_document_becomes_a_package() -> None:
    model = replace(sample("TB"), urgency="hoa_toc")

    found = read(write(package_of(model, NUMBERING, b"%PDF-1.7", (CULTURE, [POLICE]), AT)))

    assert str(found.message.id) == f"H44.02,2026/02/03,{NUMBERING.symbol(model)}"
    assert (found.message.subject, found.message.to_places) == (model.subject, model.recipients)
    assert found.message.other.urgency == "hoa_toc"
    [file] = found.files
    assert (file.name, file.content) == (NUMBERING.symbol(model).replace("/", "-") + ".pdf", b"%PDF-1.7")
    assert not found.signed


def test_every_urgency_of_the_program_has_its_code() -> None:
    assert set(URGENCY) <= set(codes("priorities"))


def test_the_same_package_is_the_same_bytes() -> None:
    assert write(PACKAGE) == write(PACKAGE)


def test_a_day_of_the_vietnamese_night_stays_that_day() -> None:
    late = replace(STATUS, at=datetime(2026, 9, 1, 18, 30, tzinfo=UTC))

    assert b"2026/09/02 01:30:00" in write_status(late)


@pytest.mark.parametrize("code", ["01", "02", "03", "04", "05", "06", "13", "15", "16"])
def test_every_known_status_is_written_and_read(code: str) -> None:
    [name] = [name for name, value in codes("statuses").items() if value == code]

    content = write_status(replace(STATUS, status=name))

    assert f"<StatusCode>{code}</StatusCode>".encode() in content
    assert read_status(content).status == name


@pytest.mark.parametrize("code", ["00", "07", "12", "14", "17", "1", "", "x"])
def test_an_unknown_status_is_refused(code: str) -> None:
    content = write_status(STATUS).replace(b"<StatusCode>01", f"<StatusCode>{code}".encode())

    with pytest.raises(errors.UnknownStatus):
        read_status(content)
    with pytest.raises(errors.UnknownStatus):
        write_status(replace(STATUS, status="lost"))


def test_a_status_is_no_package_and_a_package_no_status() -> None:
    with pytest.raises(errors.WrongStructure):
        read(write_status(STATUS))
    with pytest.raises(errors.WrongStructure):
        read_status(write(PACKAGE))


@pytest.mark.parametrize(("name", "code"), [("new", b"0"), ("recall", b"1"), ("update", b"2"), ("replace", b"3")])
def test_business_types_have_their_codes(name: str, code: bytes) -> None:
    business = Business(name, "Sai số liệu", change=Change(data=True), replaced=(Replaced(DOCUMENT),))

    content = write(replace(PACKAGE, message=replace(MESSAGE, business=business)))

    assert b"<BussinessDocType>" + code + b"</BussinessDocType>" in content
    assert read(content).message.business.type == name


@pytest.mark.parametrize(
    "business",
    [Business("recall"), Business("update", "x"), Business("replace", "x"), Business("update", change=Change())],
)
def test_a_change_of_what_was_sent_says_why_and_what(business: Business) -> None:
    with pytest.raises(errors.IncompleteBusiness):
        write(replace(PACKAGE, message=replace(MESSAGE, business=business)))


def test_only_a_recall_comes_without_files() -> None:
    recall = replace(MESSAGE, business=Business("recall", "Gửi nhầm"))

    assert read(write(Package(recall, ()))).files == ()
    with pytest.raises(errors.NoFiles):
        write(Package(MESSAGE, ()))


@pytest.mark.parametrize(
    ("change", "field", "limit"),
    [
        ({"subject": "x" * 501}, "Subject", 500),
        ({"content": "ộ" * 501}, "Content", 500),
        ({"place": "x" * 51}, "Place", 50),
        ({"to_places": ("x" * 151,)}, "Place", 150),
        ({"signer": Signer("x" * 51)}, "FullName", 50),
        ({"signer": Signer("x", "y" * 101)}, "Position", 100),
        ({"kind": Kind("x" * 101)}, "TypeName", 100),
        ({"sender": replace(CULTURE, name="x" * 201)}, "OrganName", 200),
        ({"sender": replace(CULTURE, address="x" * 251)}, "OrganAdd", 250),
        ({"sender": replace(CULTURE, email="x" * 101)}, "Email", 100),
        ({"sender": replace(CULTURE, telephone="0" * 21)}, "Telephone", 20),
        ({"other": Other(typist="x" * 11)}, "TyperNotation", 10),
        ({"other": Other(sphere="x" * 101)}, "SphereOfPromulgation", 100),
        ({"other": Other(appendixes=("x" * 251,))}, "Appendix", 250),
        ({"id": replace(DOCUMENT, symbol="1" * 12 + "/TB")}, "CodeNumber", 11),
        ({"id": replace(DOCUMENT, symbol="01/" + "T" * 31)}, "CodeNotation", 30),
    ],
)
def test_nothing_is_cut_but_refused_with_its_limit(change: dict[str, Any], field: str, limit: int) -> None:
    with pytest.raises(errors.TooLong) as refused:
        write(replace(PACKAGE, message=replace(MESSAGE, **change)))

    assert (refused.value.params["field"], refused.value.params["limit"]) == (field, limit)


def test_a_control_character_is_refused_by_name() -> None:
    with pytest.raises(errors.Unwritable) as refused:
        write(replace(PACKAGE, message=replace(MESSAGE, subject="a\x01b")))

    assert refused.value.params == {"field": "Subject"}


@pytest.mark.parametrize("order", ["000.00.02.H44", "H44.02"])
def test_either_order_of_codes_is_read(order: str) -> None:
    content = write(PACKAGE).replace(b">H44.02<", f">{order}<".encode()).replace(b">H44.02,", f">{order},".encode())

    assert read(content) == PACKAGE


def test_prefixes_empty_elements_and_other_attributes_do_no_harm() -> None:
    content = write(PACKAGE).replace(b"<OrganName>", b"<Fax/><OrganName>", 1)
    content = content.replace(b"<TraceHeaderList>", b'<TraceHeaderList id="x" version="1.0" mustUnderstand="1">')
    prefixed = (
        content.replace(b"xmlns=", b"xmlns:e=").replace(b"<", b"<e:").replace(b"<e:/", b"</e:").replace(b"<e:?", b"<?")
    )

    assert read(content) == read(prefixed) == PACKAGE


def test_a_signature_is_seen_but_not_believed() -> None:
    signature = b'</TraceHeaderList><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignedInfo/></Signature>'

    assert read(write(PACKAGE).replace(b"</TraceHeaderList>", signature)).signed


def test_too_much_is_not_written() -> None:
    many = tuple(File(f"{number}.txt", "text/plain", b"x") for number in range(archive.MAX_FILES + 1))
    with pytest.raises(errors.TooManyFiles):
        write(Package(MESSAGE, many))
    large = File("a.bin", "x/x", bytes(archive.MAX_FILE_BYTES + 1))
    with pytest.raises(errors.FileTooLarge):
        write(Package(MESSAGE, (large,)))


def test_a_file_of_many_megabytes_passes() -> None:
    package = Package(MESSAGE, (File("a.bin", "application/octet-stream", bytes(12 * 1024 * 1024)),))

    assert read(write(package)) == package


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_refusal_has_its_sentence(language: str) -> None:
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, errors.PackageRefused)]

    assert len(kinds) > 20
    assert [kind.code for kind in kinds if kind.code not in catalogue(language)] == []


def test_what_is_written_is_well_formed_xml_in_utf_8() -> None:
    assert etree.fromstring(write(PACKAGE)).getroottree().docinfo.encoding == "UTF-8"
