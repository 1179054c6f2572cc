"""The document model: everything on the page except number and date, so that approval can bind it by one hash."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, TypeAlias

from engine import canonical
from workflows.documents.kinds import KINDS, DocumentKind, symbol, symbol_tail

FORMAT = 1


@dataclass(frozen=True)
class Paragraph:
    """Running text; a line break inside is kept."""

    text: str


@dataclass(frozen=True)
class Heading:
    """A line that names what follows."""

    text: str


@dataclass(frozen=True)
class Listing:
    """Points: each with a dash, or lettered a), b), c) in the order of the Vietnamese alphabet."""

    items: tuple[str, ...]
    lettered: bool = False


@dataclass(frozen=True)
class Table:
    """A table with a head; all rows are as long as the head."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Annex:
    """Begins an annex: everything up to the next one belongs to it. `title` may be empty."""

    title: str


Block: TypeAlias = Paragraph | Heading | Listing | Table | Annex

_NAMES = {Paragraph: "paragraph", Heading: "heading", Listing: "list", Table: "table", Annex: "annex"}


@dataclass(frozen=True)
class Issuer:
    """Who issues.

    Args:
        agency_id: stable id of the issuing agency.
        superior: name of the body directly above, printed over the agency's; empty where none.
        name: name of the agency on the day of drafting.
        abbreviation: its abbreviation in symbols.
        place: place of issue, without the date.
        unit: abbreviation of the drafting unit; empty where unknown.
    """

    agency_id: str
    superior: str
    name: str
    abbreviation: str
    place: str
    unit: str = ""


@dataclass(frozen=True)
class Authority:
    """A line over the signer's title: "TM. ỦY BAN NHÂN DÂN", "KT. GIÁM ĐỐC" (NĐ 30/2020, Điều 13).

    Args:
        form: TM., KT., TL. or TUQ.
        of: body or title on whose behalf is signed.
    """

    form: str
    of: str


@dataclass(frozen=True)
class Signing:
    """The signature block: lines of authority, title, name. `acting` puts "Q." before the title."""

    title: str
    name: str = ""
    authority: tuple[Authority, ...] = ()
    acting: bool = False

    def lines(self) -> list[str]:
        """The lines above the signature, as printed (capitals come from the layout)."""
        over = [f"{line.form} {line.of}" for line in self.authority]
        return [*over, f"Q. {self.title}" if self.acting else self.title]


@dataclass(frozen=True)
class EnclosedFile:
    """A file that goes with the document. Its content lies in the blob store; approval binds its hash.

    Args:
        name: name of the file, once in a document.
        sha256: hash of the content.
        size: in bytes.
    """

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class DocumentModel:
    """A document without its number and date.

    Args:
        type: code of the type (`kinds.KINDS`).
        issuer: who issues.
        subject: trích yếu, without "V/v".
        body: blocks of the text.
        signing: the signer.
        addressees: lines of "Kính gửi", in types that have it.
        decider: authority line of a decision, for example "GIÁM ĐỐC SỞ NGOẠI VỤ".
        legal: căn cứ, one line each, without final punctuation.
        recipients: lines of "Nơi nhận" without the dash and final punctuation, the copy kept in the archive excepted.
        archive: the copy kept, after "Lưu:", for example "VT, VX".
        urgency: none, khan, thuong_khan or hoa_toc.
        drafter_mark: drafter's initials and number of copies, optional.
        circulation: who may keep or see it, for example "LƯU HÀNH NỘI BỘ"; optional.
        contact: address, e-mail and telephone of the issuer at the foot of page 1; optional.
        enclosures: titles of what goes with it, as printed at the end, without final punctuation.
        countersigning: left signature of minutes (the secretary), optional.
        files: the files that go with it to every receiver.
    """

    type: str
    issuer: Issuer
    subject: str
    body: tuple[Block, ...]
    signing: Signing
    addressees: tuple[str, ...] = ()
    decider: str = ""
    legal: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    archive: str = "VT"
    urgency: str = "none"
    drafter_mark: str = ""
    countersigning: Signing | None = None
    circulation: str = ""
    contact: str = ""
    enclosures: tuple[str, ...] = ()
    files: tuple[EnclosedFile, ...] = ()

    @property
    def kind(self) -> DocumentKind:
        """What its type has on the page."""
        return KINDS[self.type]

    @property
    def symbol_tail(self) -> str:
        """The symbol after the slash."""
        return symbol_tail(self.kind, self.issuer.abbreviation, self.issuer.unit)

    def with_text(self, subject: str, body: tuple[Block, ...]) -> DocumentModel:
        """The same document with another subject and body."""
        return replace(self, subject=subject, body=body)

    def canonical(self) -> bytes:
        """The bytes that are stored for a revision, and that approval binds."""
        return canonical.dumps(to_mapping(self))

    def content_hash(self) -> str:
        """SHA-256 of `canonical()`: number and date have no part in it."""
        return canonical.digest(self.canonical())


@dataclass(frozen=True)
class Numbering:
    """What a document is given at issue: the only change after approval."""

    number: int
    issued_on: date

    def symbol(self, model: DocumentModel) -> str:
        """Number and symbol of `model`."""
        return symbol(self.number, model.symbol_tail)


def to_mapping(model: DocumentModel) -> dict[str, Any]:
    """The model as JSON-able data; without files it is what it was before there were any, and so is its hash."""
    body = [{"block": _NAMES[type(block)]} | asdict(block) for block in model.body]
    content = asdict(model) | {"format": FORMAT, "body": body}
    if not model.files:
        del content["files"]
    return content


def from_canonical(data: bytes) -> DocumentModel:
    """Read what `canonical()` wrote."""
    content = canonical.loads(data)
    content.pop("format")
    left = content.pop("countersigning")
    return DocumentModel(
        **content
        | {name: tuple(content.get(name, ())) for name in ("addressees", "legal", "recipients", "enclosures")}
        | {
            "issuer": Issuer(**content["issuer"]),
            "signing": _signing(content["signing"]),
            "countersigning": _signing(left) if left else None,
            "body": tuple(_block(block) for block in content["body"]),
            "files": tuple(EnclosedFile(**file) for file in content.get("files", ())),
        }
    )


def _signing(content: dict[str, Any]) -> Signing:
    return Signing(**content | {"authority": tuple(Authority(**line) for line in content["authority"])})


def _block(content: dict[str, Any]) -> Block:
    kind = content.pop("block")
    if kind == "table":
        return Table(tuple(content["columns"]), tuple(tuple(row) for row in content["rows"]))
    if kind == "list":
        return Listing(tuple(content["items"]), content.get("lettered", False))
    if kind == "annex":
        return Annex(content["title"])
    return Heading(content["text"]) if kind == "heading" else Paragraph(content["text"])
