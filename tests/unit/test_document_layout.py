"""Pages: the words in their places by NĐ 30/2020, and files that are the same every time."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdf
import pytest

from workflows.documents.kinds import KINDS
from workflows.documents.layout import CannotRender, MissingGlyph, Renderer, day_words, page
from workflows.documents.model import Listing, Paragraph, Table
from workflows.documents.samples import NUMBERING, sample
from workflows.documents.text import read_blocks

FONTS = Path(__file__).parents[2] / "build" / "fonts" / "tinos"


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(FONTS)


def words(pdf: bytes) -> str:
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    return re.sub(r"\s+", " ", text)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_type_has_its_components_on_paper(renderer: Renderer, code: str) -> None:
    model = sample(code)
    text = words(renderer.pdf(model, NUMBERING))
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập - Tự do - Hạnh phúc" in text
    assert model.issuer.name.upper().split()[0] in text
    assert f"Số: 05/{model.symbol_tail}" in text
    assert ("Phú Thọ, ngày 03 tháng 02 năm 2026" in text) is KINDS[code].dated
    assert "./." in text
    assert f"- Lưu: {model.archive}." in text
    assert model.signing.name in text
    assert ("Kính gửi:" in text) is KINDS[code].addressed
    assert (KINDS[code].title or "V/v ") in text
    assert ("QUYẾT ĐỊNH:" in text) is (code == "QĐ")


def test_a_document_is_the_same_file_every_time(renderer: Renderer) -> None:
    again = Renderer(FONTS)
    assert renderer.pdf(sample("TB"), NUMBERING) == again.pdf(sample("TB"), NUMBERING)


def test_the_file_is_archival_and_carries_only_the_font_of_official_documents(renderer: Renderer) -> None:
    pdf = renderer.pdf(sample("BC"), NUMBERING)
    assert b"pdfaid:part>2<" in pdf
    fonts = set(re.findall(rb"/FontName\s*/[A-Z]{6}\+([A-Za-z-]+)", pdf))
    assert fonts
    assert all(font.startswith(b"Tinos") for font in fonts)


def test_a_preview_leaves_number_and_date_open(renderer: Renderer) -> None:
    text = words(renderer.pdf(sample("TB")))
    assert re.search(r"Số: ?/TB-SVHTTDL", text)
    assert re.search(r"Phú Thọ, ngày ?tháng ?năm", text)


def test_what_an_officer_types_is_never_taken_for_markup(renderer: Renderer) -> None:
    hostile = '#panic("x") $a_b$ *đậm* `mã` \\ <nhãn> @ref #read("/etc/passwd") "; }'
    model = sample("CV").with_text(hostile, (Paragraph(hostile), Listing((hostile,)), Table((hostile,), ((hostile,),))))
    printed = words(renderer.pdf(model)).replace(" ", "")
    assert printed.count('#read("/etc/passwd")"') == 5  # subject, paragraph, point, head and cell of the table


def test_a_character_that_the_font_lacks_is_named(renderer: Renderer) -> None:
    model = sample("TB").with_text("Trả lời 漢字", sample("TB").body)
    with pytest.raises(MissingGlyph) as caught:
        renderer.pdf(model)
    assert "漢" in caught.value.params["characters"]


def test_pages_are_numbered_from_the_second_on(renderer: Renderer) -> None:
    long = sample("KH").with_text("Dài", read_blocks("\n\n".join(["Một đoạn văn. " * 30] * 12)))
    pages = pypdf.PdfReader(io.BytesIO(renderer.pdf(long, NUMBERING))).pages
    assert len(pages) > 2
    assert [page.extract_text().split()[0] for page in pages[1:]] == [str(n) for n in range(2, len(pages) + 1)]


def test_many_recipients_run_over_to_the_next_page(renderer: Renderer) -> None:
    names = tuple(f"Ủy ban nhân dân xã số {number}" for number in range(1, 149))
    text = words(renderer.pdf(replace(sample("TB"), recipients=names), NUMBERING))
    assert all(f"- {name};" in text for name in names)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 1, 9), "Phú Thọ, ngày 09 tháng 01 năm 2026"),
        (date(2026, 3, 10), "Phú Thọ, ngày 10 tháng 3 năm 2026"),
        (date(2026, 12, 31), "Phú Thọ, ngày 31 tháng 12 năm 2026"),
    ],
)
def test_days_below_ten_and_the_first_two_months_get_a_zero(day: date, expected: str) -> None:
    assert f"Phú Thọ, {day_words(day)}" == expected


def test_columns_of_numbers_stand_to_the_right_and_are_not_broken() -> None:
    rows = (("Sở A", "1.250.000.000", "40 %", "2/9"), ("Sở B", "", "5", "1"))
    table = Table(("Cơ quan", "Kinh phí", "Mức", "Ngày"), rows)
    body = page(sample("BC").with_text("Kết quả", (table,)))["body"]
    assert body[0]["figures"] == [False, True, True, False]


def test_grounds_end_with_semicolons_and_the_last_with_a_full_stop() -> None:
    legal = page(replace(sample("TB"), legal=("Căn cứ A;", "Căn cứ B", "Theo đề nghị của C;")))["legal"]
    assert legal == ["Căn cứ A;", "Căn cứ B;", "Theo đề nghị của C."]


@pytest.mark.parametrize(
    ("body", "last"),
    [
        ("Hết.", "Hết./."),
        ("Hết./.", "Hết./."),
        ("Gồm:\n- một;\n- hai;", "- hai./."),
        ("Gồm:\na) một;\nb) hai", "b) hai./."),
        ("| A |\n| 1 |", "./."),
    ],
)
def test_the_text_closes_with_its_sign_once(body: str, last: str) -> None:
    block = page(sample("TB").with_text("Kết quả", read_blocks(body)))["body"][-1]
    assert (block.get("items") or block.get("lines"))[-1] == last


def test_the_issuers_address_stands_at_the_foot_of_page_1_alone(renderer: Renderer) -> None:
    pages = pypdf.PdfReader(io.BytesIO(renderer.pdf(sample("KH"), NUMBERING))).pages
    found = ["Địa chỉ: Phường Việt Trì" in page.extract_text() for page in pages]
    assert found == [True, False, False, False]


def test_annexes_are_numbered_when_there_are_several_and_name_the_paper() -> None:
    body = read_blocks("Ban hành kèm theo.\n\n=== Danh mục\nMột.\n\n=== Phân công\nHai.")
    first, second = page(sample("KH").with_text("Kế hoạch", body), NUMBERING)["annexes"]
    assert (first["label"], second["label"], second["title"]) == ("Phụ lục I", "Phụ lục II", "Phân công")
    assert first["reference"].startswith("(Kèm theo Kế hoạch số 05/KH-SVHTTDL ngày 03 tháng 02 năm 2026 của Sở Văn hóa")
    [only] = page(sample("KH").with_text("Kế hoạch", body[:3]))["annexes"]
    assert only["label"] == "Phụ lục"


def test_the_text_closes_before_the_annexes_and_after_the_enclosures() -> None:
    model = replace(sample("KH"), body=read_blocks("Hết.\n\n=== Danh mục\nMột."), enclosures=("Bản đồ", "Biểu"))
    words = page(model)
    assert words["body"][-1]["items"] == ["a) Bản đồ;", "b) Biểu./."]
    assert words["annexes"][0]["body"][-1]["lines"] == ["Một."]


def test_the_subject_of_a_letter_goes_on_after_its_lead_in_small_letters_but_keeps_abbreviations() -> None:
    body = sample("CV").body
    assert page(sample("CV").with_text("Trả lời báo chí", body))["letter_subject"] == "V/v trả lời báo chí"
    assert page(sample("CV").with_text("UBND tỉnh họp", body))["letter_subject"] == "V/v UBND tỉnh họp"


def test_a_document_is_the_same_after_a_register_and_a_dossier_were_printed(renderer: Renderer) -> None:
    before = renderer.pdf(sample("TB"))
    for sheet in (renderer.register, renderer.dossier):
        with pytest.raises(CannotRender):
            sheet("{}")  # it says nothing, but the compiler has read its source
        assert renderer.pdf(sample("TB")) == before
