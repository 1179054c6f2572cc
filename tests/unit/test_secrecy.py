"""The secrecy gate: marks of secret documents are found however they are set, and everyday words are let through."""

from __future__ import annotations

import subprocess
import typing
import unicodedata
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.secrecy import (
    SecretMarkFound,
    refuse_marked_data,
    refuse_marked_file,
    scan_file,
    scan_file_name,
    scan_text,
)
from workflows.secrecy import files as secrecy_files

LEVELS = {"MẬT": "MAT", "TỐI MẬT": "TOI_MAT", "TUYỆT MẬT": "TUYET_MAT"}
Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
FORMS: st.SearchStrategy[Form] = st.sampled_from(typing.get_args(Form))
HARMLESS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="MmTtẬậ\u0302\u0323"), max_size=60)

# Marks ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("MẬT", "MAT"),
        ("ỦY BAN NHÂN DÂN TỈNH\nTUYỆT MẬT\nSố: 01/BC", "TUYET_MAT"),
        ("  T Ố I   M Ậ T  ", "TOI_MAT"),
        ("T U Y Ệ T  M Ậ T", "TUYET_MAT"),
        ("M\u00a0Ậ\u00a0T", "MAT"),
        ("Tối mật", "TOI_MAT"),
        ("TUYỆT-MẬT", "TUYET_MAT"),
        ("[Mật]", "MAT"),
        ("═══ MẬT ═══", "MAT"),
        ("-- TỐI MẬT --", "TOI_MAT"),
        ("**TỐI MẬT**", "TOI_MAT"),
        ("TỐI MẬT - HỎA TỐC", "TOI_MAT"),
        ("MẬT/KHẨN", "MAT"),
        ("MẬT\tPhú Thọ, ngày 01 tháng 9 năm 2026", "MAT"),
        ("MẬT          Phú Thọ, ngày 01 tháng 9 năm 2026", "MAT"),
        ("Theo Công văn số 05 [TỐI MẬT] của Bộ", "TOI_MAT"),
        ("gửi kèm tài liệu (MẬT) để biết", "MAT"),
        ("Độ mật: Tối mật", "TOI_MAT"),
        ("Mức độ mật :  mật", "MAT"),
        ("ĐỘ MẬT: MẬT   ĐỘ KHẨN: KHẨN", "MAT"),
        ("Độ mật: [x] Tuyệt mật", "TUYET_MAT"),
        ("Độ mật: Mật\nKhông phổ biến rộng rãi", "MAT"),
        ("MẬT\nTHƯ MỜI", "MAT"),
        ("MẬT\nLỆNH ĐIỀU ĐỘNG", "MAT"),
        ("TOI MAT", "TOI_MAT"),
        ("TUYEÄT MAÄT", "TUYET_MAT"),
        ("tèi mËt".upper(), "TOI_MAT"),
    ],
)
def test_a_mark_is_found(text: str, level: str) -> None:
    hit = scan_text(text)
    assert hit is not None
    assert hit.level == level


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Căn cứ Luật Bảo vệ bí mật nhà nước;",
        "LUẬT BẢO VỆ BÍ MẬT NHÀ NƯỚC",
        "DANH MỤC BÍ MẬT NHÀ NƯỚC ĐỘ TỐI MẬT THUỘC LĨNH VỰC THÔNG TIN",
        "Bí mật nhà nước gồm ba độ: Tuyệt mật, Tối mật, Mật.",
        "mật",
        "- Mật",
        "Mật ong Thanh Sơn",
        "MẬT ONG",
        "Mật độ dân số tăng",
        "MẬT ĐỘ DÂN SỐ",
        "mật khẩu đăng nhập",
        "Đăng bài về bí mật của nghề làm nón",
        "Tuyệt mật\nTối mật\nMật",
        "TUYỆT MẬT\n30 năm\nTỐI MẬT\n20 năm\nMẬT\n10 năm",
        "- Tuyệt mật;\n- Tối mật;\n- Mật.",
        "TUYỆT MẬT   TỐI MẬT   MẬT",
        "Tuyệt mật | Tối mật | Mật",
        "(TUYỆT MẬT, TỐI MẬT, MẬT)",
        "Độ mật: □ Mật □ Tối mật □ Tuyệt mật",
        "Độ mật: Mật / Tối mật / Tuyệt mật",
        "Độ mật: không",
        "BÍ\nMẬT\nNHÀ NƯỚC",
        "Văn bản này không thuộc độ mật nào",
        "MAT",
        "Tôi mất ví ở chợ",
        "TỐI MẮT TỐI MŨI",
    ],
)
def test_everyday_words_are_let_through(text: str) -> None:
    assert scan_text(text) is None


def test_a_hit_names_the_line_and_the_rule() -> None:
    hit = scan_text("Dòng một\n\nTỐI MẬT\nDòng bốn")
    assert hit is not None
    assert (hit.rule, hit.line) == ("alone", 3)


@given(
    st.sampled_from(sorted(LEVELS)),
    FORMS,
    st.integers(0, 3),
    HARMLESS,
    HARMLESS,
)
def test_a_mark_between_any_lines_is_found_in_any_form(
    mark: str, form: Form, gaps: int, before: str, after: str
) -> None:
    spaced = (" " * gaps).join(mark)
    text = f"{before}\n{spaced}\n{after}"
    hit = scan_text(unicodedata.normalize(form, text))
    assert hit is not None
    assert hit.level == LEVELS[mark]


@given(HARMLESS)
def test_text_without_the_letters_of_a_mark_is_let_through(text: str) -> None:
    assert scan_text(text) is None


@given(st.text(alphabet="MẬTỐIUYỆ -[]|=\n\t:độ", max_size=300))
def test_no_text_makes_the_search_crash(text: str) -> None:
    hit = scan_text(text)
    assert hit is None or hit.level in LEVELS.values()


# Names of files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["CV_05_MẬT.pdf", "[TỐI MẬT] bao cao.docx", "tuyet-mat 01.jpg", "TOI MAT.pdf", "mật.docx", "BÁO CÁO MẬT.odt"],
)
def test_a_mark_in_the_name_of_a_file_is_found(name: str) -> None:
    for form in typing.get_args(Form):
        hit = scan_file_name(unicodedata.normalize(form, name))
        assert hit is not None
        assert hit.rule == "file_name"


@pytest.mark.parametrize(
    "name",
    [
        "bí mật nhà nước.docx",
        "BÍ_MẬT_NHÀ_NƯỚC.docx",
        "MẬT ĐỘ DÂN SỐ.xlsx",
        "mật ong.jpg",
        "khuon-mat.png",
        "toi mat vi.txt",
        "",
    ],
)
def test_everyday_names_are_let_through(name: str) -> None:
    assert scan_file_name(name) is None


# Files ---------------------------------------------------------------------------------------------------------------


def _archive(**parts: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return buffer.getvalue()


W = 'xmlns:w="urn:w" xmlns:v="urn:v"'


def _docx(body: str, **parts: str) -> bytes:
    document = f"<w:document {W}><w:body>{body}</w:body></w:document>"
    with_types = _archive(word__document_xml=document, **parts)
    buffer = BytesIO(with_types)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return buffer.getvalue()


def _paragraph(*runs: str) -> str:
    return "<w:p>" + "\n  ".join(f"<w:r><w:t>{run}</w:t></w:r>" for run in runs) + "</w:p>"


def test_a_mark_split_over_runs_of_a_docx_is_found() -> None:
    content = _docx(_paragraph("Số: 05/BC") + _paragraph("TỐI ", "M", "ẬT"))
    assert scan_file(content, "application/octet-stream", "a.docx").status == "mark_found"


def test_a_mark_in_header_watermark_or_text_box_is_found() -> None:
    header = _docx(_paragraph("Nội dung"), word__header1_xml=f"<w:hdr {W}>{_paragraph('MẬT')}</w:hdr>")
    watermark = _docx(_paragraph("Nội dung"), word__header1_xml=f'<w:hdr {W}><v:textpath string="TUYỆT MẬT"/></w:hdr>')
    box = _docx(f"<w:p><w:r><w:t>Số: 05</w:t></w:r><w:txbx>{_paragraph('MẬT')}</w:txbx></w:p>")
    assert [scan_file(c, "", "a.docx").status for c in (header, watermark, box)] == ["mark_found"] * 3


def test_marks_in_spreadsheet_and_opendocument_are_found() -> None:
    sheet = _archive(**{"[Content_Types]_xml": "<Types/>", "xl__sharedStrings_xml": "<sst><si><t>MẬT</t></si></sst>"})
    text = _archive(content_xml='<o xmlns:t="urn:t"><t:p>T<t:span>ỐI</t:span> MẬT</t:p></o>')
    assert scan_file(sheet, "", "a.xlsx").status == "mark_found"
    assert scan_file(text, "", "a.odt").status == "mark_found"


def test_an_ordinary_docx_is_clean() -> None:
    content = _docx(_paragraph("Căn cứ Luật Bảo vệ bí mật nhà nước;"))
    assert scan_file(content, "", "a.docx").status == "clean"


def test_a_docx_of_pictures_alone_could_not_be_read() -> None:
    content = _docx("<w:p/>", docProps__core_xml="<c>Văn thư</c>")
    assert scan_file(content, "", "a.docx").reason == "no_text"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
def test_text_files_are_read_in_the_encodings_of_the_province(encoding: str) -> None:
    text = "Công văn\nMẬT\n" if encoding != "cp1258" else "Công văn\nMÂ\u0323T\n"
    assert scan_file(text.encode(encoding), "text/plain", "a.txt").status == "mark_found"


def test_html_is_read_without_its_tags() -> None:
    assert scan_file("<p><b>T&#7888;I MẬT</b></p>".encode(), "text/html", "a.html").status == "mark_found"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\xff\xd8\xff\xe0", "image"),
        (b"\xd0\xcf\x11\xe0\x00\x00", "unknown_type"),
        (b"{\\rtf1", "unknown_type"),
        (b"PK\x03\x04 broken", "damaged"),
        (_archive(readme_xml="<a/>"), "unknown_type"),
        (_docx("<w:p>", word__x_xml="<a>"), "damaged"),
        (_archive(content_xml='<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "damaged"),
        (_archive(content_xml="<a>" * 600 + "</a>" * 600), "damaged"),
        (b"%PDF-1.7 broken", "damaged"),
        (b"", "no_text"),
    ],
)
def test_what_nobody_has_looked_at_is_not_called_clean(content: bytes, reason: str) -> None:
    scan = scan_file(content, "application/octet-stream", "a.bin")
    assert (scan.status, scan.reason) == ("could_not_read", reason)


def test_an_archive_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrecy_files, "MAX_PART_BYTES", 100_000)
    bomb = _archive(content_xml="<a>" + " " * 5_000_000 + "</a>")
    assert scan_file(bomb, "", "a.odt").reason == "too_large"


def _pdf(tmp_path: Path, source: str) -> bytes:
    typst = pytest.importorskip("typst")
    path = tmp_path / "a.typ"
    path.write_text(source, encoding="utf-8")
    result: bytes = typst.compile(path)
    return result


def test_a_mark_in_a_pdf_is_found(tmp_path: Path) -> None:
    content = _pdf(tmp_path, "#box(stroke: red, inset: 4pt)[*TỐI MẬT*]\n\nNội dung báo cáo")
    assert scan_file(content, "application/pdf", "a.pdf").status == "mark_found"


def test_an_ordinary_pdf_is_clean_and_an_empty_one_could_not_be_read(tmp_path: Path) -> None:
    assert scan_file(_pdf(tmp_path, "Luật Bảo vệ bí mật nhà nước"), "", "a.pdf").status == "clean"
    assert scan_file(_pdf(tmp_path, "#rect()"), "", "a.pdf").reason == "no_text"


def test_a_pdf_that_burns_time_could_not_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def never_ends(*args: object, **kwargs: object) -> None:
        raise subprocess.TimeoutExpired("pdf", 1)

    monkeypatch.setattr(subprocess, "run", never_ends)
    assert scan_file(b"%PDF-1.7", "", "a.pdf").reason == "too_large"


# Refusing ------------------------------------------------------------------------------------------------------------


def test_the_refusal_knows_neither_text_nor_file_name() -> None:
    with pytest.raises(SecretMarkFound) as in_data:
        refuse_marked_data({"title": "Bình thường", "claims": [{"text": "TỐI MẬT\nnội dung riêng"}]})
    with pytest.raises(SecretMarkFound) as in_file:
        refuse_marked_file("evidence", "MẬT\nnội dung riêng".encode(), "text/plain", "riêng.txt")
    assert in_data.value.params == {"field": "claims", "level": "TOI_MAT"}
    assert in_file.value.params == {"field": "evidence", "level": "MAT"}
    assert in_data.value.__cause__ is None and in_data.value.__context__ is None
    assert "riêng" not in repr(in_data.value) + repr(in_file.value)


def test_what_bears_no_mark_passes() -> None:
    refuse_marked_data({"title": "Bí mật của nghề làm nón", "count": 3, "when": None})
    assert refuse_marked_file("evidence", b"\x89PNG", "image/png", "anh.png").status == "could_not_read"
