"""Where pictures of signatures belong on the page: room is kept for them, and what came back is looked at.

NĐ 30/2020, Phụ lục I, phần I, mục II: the signer's between title and name, centred (7.d); that of the body, its seal,
over about a third of the signer's, on its left (8.a). The room is measured on the finished file, so it is the same for
every file that ever went out. Lengths are points, counted from the lower left corner as in PDF.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import pdfplumber
import yaml
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from workflows.documents.measuring import MM, Letter
from workflows.documents.signing.result import ExpectedSigner, Signature

FILE = Path(__file__).with_name("places.yaml")
SIGNER_FIELD, BODY_FIELD = "nguoi-ky", "co-quan"
AIR = 1 * MM
"""Between the picture and the words above and below it."""

UNSEEN, IN_PLACE, NOT_BETWEEN, NOT_ON_THE_LEFT = "unseen", "in_place", "not_between", "not_on_the_left"
"""What is not in place is told to who brings the file back: the signature holds all the same."""

NO_IMAGE, NOT_BLUE, NOT_RED, NOT_CLEAR = "no_image", "not_blue", "not_red", "not_clear"
LOOKS: Final = (NO_IMAGE, NOT_BLUE, NOT_RED, NOT_CLEAR)
"""The same of a picture that is to be seen: blue for the signer, red for the seal, on a transparent ground."""

Box = tuple[float, float, float, float]
"""Left, low, right and high."""


@dataclass(frozen=True)
class Space:
    """The room for the signer's picture.

    Args:
        page: page number from 1.
        top, bottom: lower edge of the title, upper edge of the name.
        centre: middle of the column.
    """

    page: int
    top: float
    bottom: float
    centre: float

    @property
    def signature(self) -> Box:
        """Where the signer's picture belongs."""
        half = rules()["signature"]["width"]["value"] * MM / 2
        return self.centre - half, self.bottom + AIR, self.centre + half, self.top - AIR

    @property
    def seal(self) -> Box:
        """Where the seal belongs: as large as the real one, its right edge a third into the signer's picture."""
        left, low, right, high = self.signature
        size, middle = rules()["seal"]["diameter"]["value"] * MM, (low + high) / 2
        edge = left + (right - left) / 3
        return edge - size, middle - size / 2, edge, middle + size / 2


@cache
def rules() -> Mapping[str, Any]:
    """What the decree says of places, and what was chosen where it says nothing."""
    found: Mapping[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def space(pdf: bytes, words: Mapping[str, Any]) -> Space | None:
    """The room between title and name, looked for from the last page on; None where nobody's name stands there.

    Args:
        pdf: the finished file.
        words: what stands in it, as `layout.page` prepared it.
    """
    title = "".join(words["signing"]["lines"]).upper()
    title, name = "".join(title.split()), "".join(words["signing"]["name"].split())
    if not name:
        return None
    with pdfplumber.open(io.BytesIO(pdf)) as file:
        for page in reversed(file.pages):
            letters = [one for one in page.chars if one["text"].strip()]
            owners = [one for one in letters for _ in one["text"]]
            at = "".join(one["text"] for one in letters).rfind(title + name)
            if at >= 0:
                above, below = owners[at : at + len(title)], owners[at + len(title) : at + len(title + name)]
                return _between(page.page_number, float(page.height), above, below)
    return None


def _between(page: int, height: float, title: Sequence[Letter], name: Sequence[Letter]) -> Space:
    both = (*title, *name)
    centre = (min(one["x0"] for one in both) + max(one["x1"] for one in both)) / 2
    top, bottom = max(one["bottom"] for one in title), min(one["top"] for one in name)
    return Space(page, height - top, height - bottom, centre)


def reserve(pdf: bytes, words: Mapping[str, Any]) -> bytes:
    """The file with two empty fields, in which a signing tool puts its pictures; the same bytes every time."""
    found = space(pdf, words)
    if found is None:
        return pdf
    writer = _Quiet(io.BytesIO(pdf))
    for name, (left, low, right, high) in ((SIGNER_FIELD, found.signature), (BODY_FIELD, found.seal)):
        box = (round(left), round(low), round(right), round(high))
        append_signature_field(writer, SigFieldSpec(name, found.page - 1, box))
    made = io.BytesIO()
    writer.write(made)  # type: ignore[no-untyped-call]
    return made.getvalue()


class _Quiet(IncrementalPdfFileWriter):
    """Adds what it is told and nothing else: no time of change, no number by chance, so that PDF/A and bytes hold."""

    @classmethod
    def _handle_id(cls, prev: PdfFileReader) -> generic.ArrayObject:
        first, _by_chance = super()._handle_id(prev)  # type: ignore[no-untyped-call]
        prev.stream.seek(0)
        second = hashlib.sha256(prev.stream.read()).digest()[:16]
        return generic.ArrayObject([first, generic.ByteStringObject(second)])

    def _update_meta(self) -> None:
        """The description of the file stays as it is."""


def judged(
    found: Space | None, signatures: Sequence[Signature], signer: ExpectedSigner, body: ExpectedSigner | None
) -> tuple[Signature, ...]:
    """The signatures, with how the pictures of signer and body stand.

    Args:
        found: the room on the file that had gone out; None where there is none to judge by.
        body: None where its certificate is not known.
    """
    if found is None:
        return tuple(signatures)
    theirs = next((one for one in signatures if signer.fits(one)), None)
    beside = theirs.box if theirs and theirs.page == found.page else None
    made = []
    for one in signatures:
        if signer.fits(one):
            made.append(
                replace(one, place=place_of_signer(found, one.page, one.box), look=look_of(one, "blue", NOT_BLUE))
            )
        elif body is not None and body.fits(one):
            place = place_of_seal(found, one.page, one.box, beside)
            made.append(replace(one, place=place, look=look_of(one, "red", NOT_RED)))
        else:
            made.append(one)
    return tuple(made)


def look_of(signature: Signature, colour: str, otherwise: str) -> str:
    """What is wrong with colour or ground of a picture (Phụ lục I, phần I, mục II.7 d and 8 a); empty where nothing is.

    Args:
        colour: what the decree wants.
        otherwise: the word for another colour.
    """
    if signature.box is None or not signature.colour:
        return ""
    if signature.colour == "none":
        return NO_IMAGE
    if signature.colour != colour:
        return otherwise
    return "" if signature.clear else NOT_CLEAR


def place_of_signer(found: Space, page: int, box: Box | None) -> str:
    """How the signer's picture stands. Its middle must lie between title and name, and near that of the column."""
    if box is None:
        return UNSEEN
    left, low, right, high = box
    near = abs((left + right) / 2 - found.centre) <= rules()["signature"]["off_centre"]["value"] * MM
    between = found.bottom <= (low + high) / 2 <= found.top
    return IN_PLACE if page == found.page and near and between else NOT_BETWEEN


def place_of_seal(found: Space, page: int, box: Box | None, signer: Box | None) -> str:
    """How the seal stands.

    Args:
        signer: where the signer's picture stands; None for where it belongs.
    """
    if box is None:
        return UNSEEN
    beside, covers = signer or found.signature, rules()["seal"]["covers"]
    part = (min(box[2], beside[2]) - max(box[0], beside[0])) / (beside[2] - beside[0])
    over = min(box[3], beside[3]) > max(box[1], beside[1])
    fits = covers["low"] <= part <= covers["high"] and box[0] < beside[0]
    return IN_PLACE if page == found.page and over and fits else NOT_ON_THE_LEFT
