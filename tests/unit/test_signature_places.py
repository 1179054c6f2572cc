"""Where the pictures of signatures stand: room for them in the file that goes out, a word on it when it comes back."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageDraw
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from tests.support.documents import FONTS
from tests.support.signing import DAY, Authority, sign
from workflows.documents.kinds import KINDS
from workflows.documents.layout import Renderer, page
from workflows.documents.measuring import MM
from workflows.documents.model import Signing
from workflows.documents.samples import NUMBERING, sample
from workflows.documents.signing import ExpectedSigner, check
from workflows.documents.signing.places import (
    BODY_FIELD,
    IN_PLACE,
    NO_IMAGE,
    NOT_BETWEEN,
    NOT_BLUE,
    NOT_CLEAR,
    NOT_ON_THE_LEFT,
    NOT_RED,
    SIGNER_FIELD,
    UNSEEN,
    Space,
    judged,
    reserve,
    space,
)

NOW = datetime(2026, 2, 3, 3, 0, tzinfo=UTC)
RENDERER = Renderer(FONTS)
AUTHORITY = Authority.called("Cơ quan chứng thực thử nghiệm", NOW)
SIGNER = AUTHORITY.person("Nguyễn Văn Mẫu", NOW - DAY, NOW + DAY)
BODY = AUTHORITY.person("Sở Ngoại vụ", NOW - DAY, NOW + DAY)
BY_SIGNER, BY_BODY = ExpectedSigner(name="Nguyễn Văn Mẫu"), ExpectedSigner(name="Sở Ngoại vụ")
Box = tuple[int, int, int, int]


def going_out(kind: str = "CV") -> tuple[bytes, Space]:
    """A file with room for pictures, and that room."""
    words = page(sample(kind), NUMBERING)
    file = RENDERER.pdf(sample(kind), NUMBERING)
    found = space(file, words)
    assert found is not None
    return reserve(file, words), found


def fields(file: bytes) -> dict[str, list[float]]:
    reader = PdfFileReader(io.BytesIO(file))
    return {name: [float(one) for one in ref.get_object()["/Rect"]] for name, _, ref in enumerate_sig_fields(reader)}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_type_keeps_room_for_signature_and_seal_where_the_decree_wants_them(kind: str) -> None:
    words, file = page(sample(kind), NUMBERING), RENDERER.pdf(sample(kind), NUMBERING)
    made, found = going_out(kind)
    assert made == reserve(file, words) and made.startswith(file), "the same bytes, and nothing but added"
    boxes = fields(made)
    left, low, right, high = boxes[SIGNER_FIELD]
    assert found.bottom < low < high < found.top, "between title and name"
    assert abs((left + right) / 2 - found.centre) < MM, "centred"
    assert 20 * MM < high - low < 31 * MM and left > 105 * MM - 1, "in the right half"
    seal = boxes[BODY_FIELD]
    assert abs((seal[2] - left) / (right - left) - 1 / 3) < 0.03 and seal[0] < left, "a third of it, on its left"
    assert abs((seal[2] - seal[0]) - (seal[3] - seal[1])) <= 1, "round"


def test_a_paper_that_nobody_signs_yet_keeps_no_room() -> None:
    unsigned = replace(sample("TB"), signing=Signing("Giám đốc"))
    file, words = RENDERER.pdf(unsigned), page(unsigned)
    assert space(file, words) is None and reserve(file, words) == file


def test_a_tool_that_signs_in_the_fields_is_right_and_still_the_same_document() -> None:
    made, found = going_out()
    signed = sign(made, SIGNER, NOW, field=SIGNER_FIELD, box=None)
    signed = sign(signed, BODY, NOW, field=BODY_FIELD, box=None)
    result = check(made, signed, (BY_SIGNER, BY_BODY), AUTHORITY.root.trust, NOW)
    assert result.result == "valid"
    assert [one.place for one in judged(found, result.signatures, BY_SIGNER, BY_BODY)] == [IN_PLACE, IN_PLACE]
    assert {one.page for one in result.signatures} == {found.page}


def around(found: Space, right: float = 0, up: float = 0) -> Box:
    left, low, edge, high = found.signature
    return round(left + right), round(low + up), round(edge + right), round(high + up)


@pytest.mark.parametrize(
    ("at", "right", "up", "place"),
    [
        (0, 0, 0, IN_PLACE),
        (0, 9 * MM, 0, IN_PLACE),
        (0, 12 * MM, 0, NOT_BETWEEN),
        (0, 0, 20 * MM, NOT_BETWEEN),
        (0, -60 * MM, 0, NOT_BETWEEN),
        (-1, 0, 0, NOT_BETWEEN),
    ],
)
def test_a_picture_elsewhere_is_told_and_the_signature_holds(at: int, right: float, up: float, place: str) -> None:
    made, found = going_out()
    signed = sign(made, SIGNER, NOW, page=found.page + at, box=around(found, right, up))
    result = check(made, signed, (BY_SIGNER,), AUTHORITY.root.trust, NOW)
    assert result.result == "valid"
    assert [one.place for one in judged(found, result.signatures, BY_SIGNER, None)] == [place]


def test_a_seal_on_the_right_or_all_over_the_signature_is_told_and_so_is_none_at_all() -> None:
    made, found = going_out()
    signed = sign(made, SIGNER, NOW, field=SIGNER_FIELD, box=None)
    for box, place in (
        (around(found, 36 * MM), NOT_ON_THE_LEFT),
        (around(found), NOT_ON_THE_LEFT),
        ((0, 0, 0, 0), UNSEEN),
        (around(found, -36 * MM), IN_PLACE),
    ):
        sealed = sign(signed, BODY, NOW, field="Signature2", page=found.page, box=box)
        result = check(made, sealed, (BY_SIGNER, BY_BODY), AUTHORITY.root.trust, NOW)
        assert result.result == "valid"
        assert [one.place for one in judged(found, result.signatures, BY_SIGNER, BY_BODY)] == [IN_PLACE, place]


def test_who_is_neither_signer_nor_body_is_not_judged() -> None:
    made, found = going_out()
    result = check(made, sign(made, BODY, NOW), (BY_BODY,), AUTHORITY.root.trust, NOW)
    assert [one.place for one in judged(found, result.signatures, BY_SIGNER, None)] == [""]
    assert judged(None, result.signatures, BY_SIGNER, BY_BODY) == result.signatures


def picture(ink: str, ground: int) -> Image.Image:
    """A stroke in that ink; `ground`: how opaque the white behind it is."""
    made = Image.new("RGBA", (120, 60), (255, 255, 255, ground))
    ImageDraw.Draw(made).line((5, 50, 115, 10), fill=ink, width=8)
    return made


@pytest.mark.parametrize(
    ("signer", "seal", "looks"),
    [
        (picture("#1030c0", 0), picture("#e01010", 0), ["", ""]),
        (picture("black", 0), picture("#1030c0", 0), [NOT_BLUE, NOT_RED]),
        (picture("#1030c0", 255), picture("#e01010", 255).convert("RGB"), [NOT_CLEAR, NOT_CLEAR]),
        (None, picture("#e01010", 0), [NO_IMAGE, ""]),
    ],
)
def test_a_picture_that_is_no_blue_signature_or_red_seal_on_clear_ground_is_told(
    signer: Image.Image | None, seal: Image.Image, looks: list[str]
) -> None:
    made, found = going_out()
    signed = sign(made, SIGNER, NOW, field=SIGNER_FIELD, box=None, picture=signer)
    signed = sign(signed, BODY, NOW, field=BODY_FIELD, box=None, picture=seal)
    result = check(made, signed, (BY_SIGNER, BY_BODY), AUTHORITY.root.trust, NOW)
    assert result.result == "valid"
    assert [one.look for one in judged(found, result.signatures, BY_SIGNER, BY_BODY)] == looks
