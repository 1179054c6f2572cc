"""The document model: symbols, and the hash that approval binds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from workflows.documents.kinds import KINDS, symbol_tail
from workflows.documents.model import Authority, Numbering, Signing, from_canonical
from workflows.documents.samples import sample
from workflows.documents.text import read_blocks


@pytest.mark.parametrize("code", sorted(KINDS))
def test_a_model_survives_storage(code: str) -> None:
    model = sample(code)
    assert from_canonical(model.canonical()) == model
    assert from_canonical(model.canonical()).content_hash() == model.content_hash()


def test_any_change_of_the_text_changes_the_hash() -> None:
    model = sample("TB")
    changed = model.with_text(model.subject, read_blocks("Một chữ khác."))
    assert changed.content_hash() != model.content_hash()
    assert replace(model, recipients=model.recipients[1:]).content_hash() != model.content_hash()
    assert replace(model, signing=Signing("Giám đốc", "Người khác")).content_hash() != model.content_hash()


@pytest.mark.parametrize(
    ("code", "unit", "expected"),
    [("TB", "", "TB-VPUBND"), ("TTr", "VX", "TTr-VPUBND"), ("CV", "VX", "VPUBND-VX"), ("CV", "", "VPUBND")],
)
def test_only_official_letters_leave_out_the_type_and_name_the_unit(code: str, unit: str, expected: str) -> None:
    assert symbol_tail(KINDS[code], "VPUBND", unit) == expected


@pytest.mark.parametrize(("number", "expected"), [(1, "01/TB-SVHTTDL"), (9, "09/TB-SVHTTDL"), (10, "10/TB-SVHTTDL")])
def test_numbers_below_ten_have_two_digits(number: int, expected: str) -> None:
    assert Numbering(number, date(2026, 9, 1)).symbol(sample("TB")) == expected


def test_a_deputy_signs_for_the_chairman_and_the_committee() -> None:
    signing = Signing("Phó Chủ tịch", "", (Authority("TM.", "Ủy ban nhân dân"), Authority("KT.", "Chủ tịch")))
    assert signing.lines() == ["TM. Ủy ban nhân dân", "KT. Chủ tịch", "Phó Chủ tịch"]
    assert Signing("Giám đốc", acting=True).lines() == ["Q. Giám đốc"]
