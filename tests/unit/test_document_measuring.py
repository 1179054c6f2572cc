"""Pages measured: every sample keeps to the decree, and what departs from it is found and named."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from workflows.documents import layout
from workflows.documents.kinds import KINDS
from workflows.documents.layout import Renderer, page
from workflows.documents.measuring import measure
from workflows.documents.samples import NUMBERING, sample

FONTS = Path(__file__).parents[2] / "build" / "fonts" / "tinos"
SOURCE = Path(layout.__file__).parent / "typst"


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(FONTS)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_every_type_keeps_to_the_decree(renderer: Renderer, code: str) -> None:
    assert measure(renderer.pdf(sample(code), NUMBERING), page(sample(code), NUMBERING)) == []


# (type, what the source says, what is put in its place) → the departure that must be found
FAULTS = {
    "margin_left": ("TB", "left: 30mm", "left: 25mm"),
    "margin_right": ("TB", "right: 15mm", "right: 30mm"),
    "margin_top": ("TB", "top: 20mm", "top: 30mm"),
    "size": ("TB", 'text(size: 12pt, weight: "bold", style: "italic", "Nơi nhận:")', 'strong(emph("Nơi nhận:"))'),
    "not_italic": ("TB", 'text(style: "italic", d.date)', "d.date"),
    "not_bold": ("TB", 'text(weight: "bold", d.title)', "d.title"),
    "place_centre": ("GM", "balanced(140mm, ruled(", "align(left, ruled("),
    "rule": ("TB", "ruled: 40%)", "ruled: 80%)"),
    "frame": ("TB", "height: 8mm", "height: 12mm"),
    "not_red": ("TB", '#let vermilion = rgb("#ff0000")', "#let vermilion = black"),
    "indent": ("TB", "amount: 1.27cm", "amount: 2cm"),
    "gap": ("TTr", "spacing: 0.3em + 6pt", "spacing: 0.3em"),
    "pitch": ("TB", "leading: 0.3em, spacing", "leading: 1.2em, spacing"),
    "page_number": ("KH", "counter(page).update(0)", ""),
    "missing": ("QĐ", '"QUYẾT ĐỊNH:"', '"QUYẾT ĐỊNH"'),
    "colour": ("TB", 'text(style: "italic", d.date)', 'text(style: "italic", fill: blue, d.date)'),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_departs_from_the_decree_is_found(tmp_path: Path, fault: str) -> None:
    code, right, wrong = FAULTS[fault]
    shutil.copytree(SOURCE, tmp_path / "typst")
    file = tmp_path / "typst" / "document.typ"
    text = file.read_text(encoding="utf-8")
    assert right in text
    file.write_text(text.replace(right, wrong), encoding="utf-8")
    pdf = Renderer(FONTS, tmp_path / "typst").pdf(sample(code), NUMBERING)
    assert f"format.{fault}" in {one.code for one in measure(pdf, page(sample(code), NUMBERING))}


@pytest.mark.parametrize(
    ("side", "right", "wrong"),
    [("left", "left: 30mm", "left: 29mm"), ("right", "right: 15mm", "right: 14mm"), ("top", "top: 20mm", "top: 18mm")],
)
def test_a_millimetre_or_two_outside_the_decree_s_margins_is_found(
    tmp_path: Path, side: str, right: str, wrong: str
) -> None:
    shutil.copytree(SOURCE, tmp_path / "typst")
    file = tmp_path / "typst" / "document.typ"
    text = file.read_text(encoding="utf-8")
    assert text.count(right) == 1
    file.write_text(text.replace(right, wrong), encoding="utf-8")
    pdf = Renderer(FONTS, tmp_path / "typst").pdf(sample("TB"), NUMBERING)
    [found] = measure(pdf, page(sample("TB"), NUMBERING))
    assert found.code == f"format.margin_{side}"
    assert found.params["found"] == pytest.approx(float(wrong.split(": ")[1][:-2]), abs=0.3)  # of the letters, in mm


def test_a_component_that_is_not_there_is_named(renderer: Renderer) -> None:
    without = renderer.pdf(replace(sample("TB"), urgency="none"), NUMBERING)
    [found] = measure(without, page(sample("TB"), NUMBERING))
    assert (found.code, found.component, found.params["text"]) == ("format.missing", "urgency", "KHẨN")
