"""Officers' text: what is refused at the door, and that blocks survive being edited as text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.documents.errors import ControlCharacter, EmptyText, TextTooLong
from workflows.documents.model import Annex, Heading, Listing, Paragraph, Table
from workflows.documents.text import clean_body, clean_subject, read_blocks, tidy_body, write_blocks


def test_text_in_decomposed_form_is_stored_composed() -> None:
    decomposed = unicodedata.normalize("NFD", "Đề nghị phối hợp")
    assert clean_subject(f"  {decomposed}\n ") == "Đề nghị phối hợp"


@pytest.mark.parametrize("text", ["", "  \n ", "\t"])
def test_empty_text_is_refused(text: str) -> None:
    with pytest.raises(EmptyText):
        clean_body(text)


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\u202e", "\ue000", "\x7f"])
def test_control_characters_are_refused_by_name(character: str) -> None:
    with pytest.raises(ControlCharacter) as caught:
        clean_body(f"Kết{character}quả")
    assert caught.value.params["character"] == f"U+{ord(character):04X}"


def test_what_word_processors_hide_in_text_is_dropped_silently() -> None:
    assert clean_body("Kết\u200b quả\u00ad\r\nxác minh") == "Kết quả\nxác minh"


def test_a_subject_has_a_limit() -> None:
    with pytest.raises(TextTooLong):
        clean_subject("a" * 501)


def test_templates_may_carry_foreign_text_without_being_stopped_by_its_control_characters() -> None:
    assert tidy_body("Bài\x00 viết") == "Bài viết"


def test_a_body_is_read_as_paragraphs_headings_lists_and_tables() -> None:
    body = "Kính báo.\n\n1. Kết quả\n\n- một\n- hai\n\n| A | B |\n| 1 | 2 | 3 |\n\n# Đề nghị\nĐiều 1. Ban hành."
    assert read_blocks(body) == (
        Paragraph("Kính báo."),
        Heading("1. Kết quả"),
        Listing(("một", "hai")),
        Table(("A", "B", ""), (("1", "2", "3"),)),
        Heading("Đề nghị"),
        Paragraph("Điều 1. Ban hành."),
    )


def test_points_with_letters_and_annexes_are_read_and_lettered_anew() -> None:
    blocks = read_blocks("a) một;\nb) hai;\nđ) ba.\n\n=== Danh mục\n=== Biểu")
    assert blocks == (Listing(("một;", "hai;", "ba."), lettered=True), Annex("Danh mục"), Annex("Biểu"))
    assert write_blocks(blocks).startswith("a) một;\nb) hai;\nc) ba.\n\n=== Danh mục")


def test_a_numbered_sentence_is_no_heading() -> None:
    assert read_blocks("1. Các cơ quan gửi ý kiến.") == (Paragraph("1. Các cơ quan gửi ý kiến."),)


lines = st.text(st.sampled_from("aĐ1.)-|#= \n"), min_size=1).map(str.strip).filter(bool)


@given(lines)
def test_blocks_survive_being_written_and_read_again(body: str) -> None:
    try:
        blocks = read_blocks(clean_body(body))
    except EmptyText:
        return
    assert read_blocks(write_blocks(blocks)) == blocks
