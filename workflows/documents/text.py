"""Officers' text: cleaned at the door, and read as the blocks of a document and back.

The notation is what people type anyway: a blank line between paragraphs, `- ` before the points of a list,
`a) ` before points with letters, `| a | b |` for the rows of a table (the first is its head), `# ` before a heading
that has no number of its own ("1. Kết quả" needs none), and `=== ` before the title of an annex.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from workflows.documents.errors import ControlCharacter, EmptyText, TextTooLong
from workflows.documents.model import Annex, Block, Heading, Listing, Paragraph, Table

MAX_SUBJECT = 500  # NĐ 30/2020, Phụ lục VI: field Subject
MAX_BODY = 60_000
MAX_HEADING = 150
_REFUSED = ("Cc", "Cf", "Co", "Cs", "Cn")
_DROPPED = dict.fromkeys(
    map(ord, "\ufeff\u200b\u00ad")
)  # invisible, harmless, and common in text pasted from elsewhere
_NUMBERED = re.compile(r"^([IVX]{1,5}|[1-9]\d?(\.\d{1,2})*)\. \S")
_POINT = re.compile(r"^[a-zđ]\) +(?=\S)")
LETTERS = "abcdđeghiklmnopqrstuvxy"
_BLANK = re.compile(r"\n(?:[ \t]*\n)+")


def clean_subject(text: str) -> str:
    """The subject in one line of NFC.

    Raises:
        EmptyText, TextTooLong, ControlCharacter.
    """
    return _checked(" ".join(_printable(text, "subject").split()), "subject", MAX_SUBJECT)


def clean_body(text: str) -> str:
    """The body in NFC with plain line ends, no spaces at the ends of lines.

    Raises:
        EmptyText, TextTooLong, ControlCharacter.
    """
    lines = (line.rstrip().replace("\t", " ") for line in _printable(text, "body").split("\n"))
    return _checked("\n".join(lines).strip("\n"), "body", MAX_BODY)


def tidy_subject(text: str) -> str:
    """A line made by a template: as `clean_subject`, but what may not stand there is dropped, not refused."""
    return clean_subject(_without_refused(text))


def tidy_body(text: str) -> str:
    """A body made by a template: as `clean_body`, but what may not stand there is dropped, not refused."""
    return clean_body(_without_refused(text))


def read_blocks(body: str) -> tuple[Block, ...]:
    """The blocks of a body in the notation above; `body` is clean."""
    return tuple(block for chunk in _BLANK.split(body) for block in _chunk(chunk.strip().split("\n")) if chunk.strip())


def write_blocks(blocks: Iterable[Block]) -> str:
    """The body from which `read_blocks` makes the same blocks again."""
    return "\n\n".join(_written(block) for block in blocks)


def marks(block: Listing) -> list[str]:
    """What stands before each point: a dash, or its letter; after the last letter the alphabet begins anew."""
    if not block.lettered:
        return ["-"] * len(block.items)
    return [f"{LETTERS[number % len(LETTERS)]})" for number in range(len(block.items))]


def _printable(text: str, part: str) -> str:
    normal = unicodedata.normalize("NFC", text).translate(_DROPPED).replace("\r\n", "\n").replace("\r", "\n")
    for character in normal:
        if character not in "\n\t" and unicodedata.category(character) in _REFUSED:
            raise ControlCharacter(part=part, character=f"U+{ord(character):04X}")
    return normal


def _without_refused(text: str) -> str:
    return "".join(one for one in text if one in "\r\n\t" or unicodedata.category(one) not in _REFUSED)


def _checked(text: str, part: str, limit: int) -> str:
    if not text.strip():
        raise EmptyText(part=part)
    if len(text) > limit:
        raise TextTooLong(part=part, limit=limit)
    return text


def _chunk(lines: list[str]) -> Iterable[Block]:
    """The blocks of lines without a blank one between them: runs of equal kind."""
    run: list[str] = []
    for line in (line.strip() for line in lines):
        if run and (_kind(line) != _kind(run[0]) or _kind(line) in ("heading", "annex")):
            yield _block(run)
            run = []
        run.append(line)
    if run:
        yield _block(run)


def _kind(line: str) -> str:
    if line.startswith("- "):
        return "list"
    if _POINT.match(line):
        return "lettered"
    if line == "===" or line.startswith("=== "):
        return "annex"
    if line.startswith("|") and line.endswith("|") and len(line) > 1:
        return "table"
    if line.startswith("# ") or _is_title(line):
        return "heading"
    return "paragraph"


def _is_title(line: str) -> bool:
    return bool(_NUMBERED.match(line)) and len(line) <= MAX_HEADING and line[-1] not in ".;:,"


def _block(run: list[str]) -> Block:
    kind = _kind(run[0])
    if kind == "list":
        return Listing(tuple(line[2:].strip() for line in run))
    if kind == "lettered":
        return Listing(tuple(_POINT.sub("", line) for line in run), lettered=True)
    if kind == "table":
        return _table(run)
    if kind == "annex":
        return Annex(run[0].removeprefix("===").strip())
    if kind == "heading":
        return Heading(run[0].removeprefix("# ").strip())
    return Paragraph("\n".join(run))


def _table(run: list[str]) -> Table:
    rows = [tuple(cell.strip() for cell in line[1:-1].split("|")) for line in run]
    width = max(len(row) for row in rows)
    padded = [row + ("",) * (width - len(row)) for row in rows]
    return Table(columns=padded[0], rows=tuple(padded[1:]))


def _written(block: Block) -> str:
    if isinstance(block, Listing):
        return "\n".join(f"{mark} {item}" for mark, item in zip(marks(block), block.items, strict=True))
    if isinstance(block, Annex):
        return f"=== {block.title}".rstrip()
    if isinstance(block, Table):
        return "\n".join(f"| {' | '.join(row)} |" for row in (block.columns, *block.rows))
    if isinstance(block, Heading):
        return block.text if _is_title(block.text) else f"# {block.text}"
    return block.text
