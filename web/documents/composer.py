"""The text of a document as rows in a form: each block of text its own kind and box, tables cell by cell.

The rows stand in the form as `name.row.part`; what the core is handed is the text in the notation of
`workflows.documents.text`. Every change of the rows is a submit button, so it works without JavaScript.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from workflows.documents.model import Annex, Block, Heading, Listing, Paragraph, Table
from workflows.documents.text import read_blocks, write_blocks

Typed = MultiDict[str, str]
EDITOR = "document"
PARAGRAPH, HEADING, POINTS, LETTERED, TABLE, ANNEX = "paragraph", "heading", "points", "lettered", "table", "annex"
KINDS = (PARAGRAPH, HEADING, POINTS, LETTERED, TABLE, ANNEX)
MAX_BLOCKS, MAX_COLUMNS, MAX_CELLS = 300, 8, 100
_POINT = re.compile(r"^(?:-|[a-zđ]\))\s+")


@dataclass(frozen=True)
class Row:
    """One block as it is edited: text (a line for each point), or the cells of a table with its head first."""

    kind: str
    text: str = ""
    cells: tuple[tuple[str, ...], ...] = ()

    @property
    def height(self) -> int:
        """Lines of the box."""
        lines = sum(1 + len(line) // 95 for line in self.text.split("\n"))
        return min(max(lines, 1 if self.kind in (HEADING, ANNEX) else 2), 14)


def explode(typed: Typed, name: str, body: str) -> None:
    """Put the text of a field into the boxes of its rows."""
    _store(typed, name, [_row(block) for block in read_blocks(body)] or [Row(PARAGRAPH)])


def rows(typed: Typed, name: str) -> list[Row]:
    """The rows as they stand in the boxes; a text without rows (typed elsewhere) is taken apart first."""
    numbers = sorted({int(match[1]) for key in typed if (match := re.match(rf"{re.escape(name)}\.(\d{{1,4}})\.", key))})
    if not numbers:
        return [_row(block) for block in read_blocks(typed.get(name, ""))] or [Row(PARAGRAPH)]
    return [_shaped(_typed_row(typed, f"{name}.{number}")) for number in numbers[:MAX_BLOCKS]]


def assemble(typed: Typed, name: str) -> str:
    """The text that the rows make; empty rows are left out."""
    return write_blocks(block for row in rows(typed, name) for block in _blocks(row))


def edit(typed: Typed, name: str, action: str) -> Typed:
    """The same form with its rows changed.

    Args:
        action: `up:N`, `down:N`, `remove:N`, `add:N`, `kind:N` (its boxes become those of the kind chosen), or for a
            table `row:N`, `unrow:N`, `column:N`, `uncolumn:N`; anything else changes nothing.
    """
    found = rows(typed, name)
    what, _, number = action.partition(":")
    if what in _ACTIONS and number.isascii() and number.isdigit() and int(number) < len(found):
        _ACTIONS[what](found, int(number))
    changed: Typed = MultiDict(typed)
    for key in [key for key in changed if key == name or key.startswith(f"{name}.")]:
        changed.poplist(key)
    _store(changed, name, found or [Row(PARAGRAPH)])
    return changed


def touched(action: str) -> int | None:
    """Number of the row that an action has brought where it is now; None for what is no action."""
    what, _, number = action.partition(":")
    if what not in _ACTIONS or not (number.isascii() and number.isdigit()):
        return None
    return max(int(number) + {"up": -1, "down": 1, "add": 1}.get(what, 0), 0)


def _swap(found: list[Row], a: int, b: int) -> None:
    if min(a, b) >= 0 and max(a, b) < len(found):
        found[a], found[b] = found[b], found[a]


def _add(found: list[Row], number: int) -> None:
    if len(found) < MAX_BLOCKS:
        found.insert(number + 1, Row(PARAGRAPH))


def _reshape(change: Callable[[tuple[tuple[str, ...], ...]], tuple[tuple[str, ...], ...]]) -> Callable[..., None]:
    def act(found: list[Row], number: int) -> None:
        if found[number].kind == TABLE:
            found[number] = replace(found[number], cells=change(found[number].cells))

    return act


_ACTIONS: Mapping[str, Callable[[list[Row], int], None]] = {
    "kind": lambda found, number: None,
    "up": lambda found, number: _swap(found, number, number - 1),
    "down": lambda found, number: _swap(found, number, number + 1),
    "remove": lambda found, number: found.__delitem__(number),
    "add": _add,
    "row": _reshape(lambda cells: (*cells, ("",) * len(cells[0]))[:MAX_CELLS]),
    "unrow": _reshape(lambda cells: cells[:-1] if len(cells) > 2 else cells),
    "column": _reshape(lambda cells: tuple((*row, "")[:MAX_COLUMNS] for row in cells)),
    "uncolumn": _reshape(lambda cells: tuple(row[:-1] if len(row) > 1 else row for row in cells)),
}


def _typed_row(typed: Typed, prefix: str) -> Row:
    places = [re.match(rf"{re.escape(prefix)}\.cells\.(\d{{1,3}})\.(\d{{1,2}})$", key) for key in typed]
    grid: dict[int, dict[int, str]] = {}
    for place in filter(None, places):
        grid.setdefault(int(place[1]), {})[int(place[2])] = typed[place[0]]
    cells = tuple(tuple(line[number] for number in sorted(line)) for _, line in sorted(grid.items()))
    kind = typed.get(f"{prefix}.kind", PARAGRAPH)
    text = typed.get(f"{prefix}.text", "").replace("\r\n", "\n")
    return Row(kind if kind in KINDS else PARAGRAPH, text, cells)


def _shaped(row: Row) -> Row:
    """Text becomes cells and cells become text where somebody chose another kind."""
    if row.kind == TABLE and not row.cells:
        lines = [line.strip().strip("|").split("|") for line in row.text.split("\n") if line.strip()] or [["", ""]]
        width = max(2, *(len(line) for line in lines))
        cells = [tuple(cell.strip() for cell in line) + ("",) * (width - len(line)) for line in lines]
        return Row(TABLE, "", tuple(cells if len(cells) > 1 else [*cells, ("",) * width]))
    if row.kind != TABLE and row.cells:
        return Row(row.kind, "\n".join(" | ".join(line) for line in row.cells))
    return row


def _row(block: Block) -> Row:
    if isinstance(block, Table):
        return Row(TABLE, "", (block.columns, *block.rows))
    if isinstance(block, Listing):
        return Row(LETTERED if block.lettered else POINTS, "\n".join(block.items))
    if isinstance(block, Annex):
        return Row(ANNEX, block.title)
    return Row(HEADING if isinstance(block, Heading) else PARAGRAPH, block.text)


def _blocks(row: Row) -> list[Block]:
    if row.kind == TABLE:
        cells = tuple(tuple(_cell(text) for text in line) for line in row.cells)
        filled = tuple(line for line in cells[1:] if any(line))
        return [Table(cells[0], filled)] if any(cells[0]) or filled else []
    lines = [_POINT.sub("", line.strip()) for line in row.text.split("\n") if line.strip()]
    if row.kind == ANNEX:
        return [Annex(" ".join(lines))]
    if not lines:
        return []
    if row.kind in (POINTS, LETTERED):
        return [Listing(tuple(lines), row.kind == LETTERED)]
    return [Heading(" ".join(lines)) if row.kind == HEADING else Paragraph(row.text.strip())]


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "/").split())


def _store(typed: Typed, name: str, found: Sequence[Row]) -> None:
    for number, row in enumerate(found):
        typed[f"{name}.{number}.kind"] = row.kind
        if row.kind == TABLE:
            for line, cells in enumerate(row.cells):
                for place, text in enumerate(cells):
                    typed[f"{name}.{number}.cells.{line}.{place}"] = text
        else:
            typed[f"{name}.{number}.text"] = row.text
