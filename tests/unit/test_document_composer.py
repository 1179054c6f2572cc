"""The rows of a document's text: taken apart, changed by buttons, and put together to the same text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from web.documents.composer import Row, Typed, assemble, edit, explode, rows, touched
from workflows.documents.errors import EmptyText
from workflows.documents.text import clean_body, read_blocks

BODY = """Kính báo.

1. Kết quả

- một;
- hai.

a) ba;
b) bốn.

| TT | Cơ quan |
| 1 | Sở Ngoại vụ |

=== Danh mục

Hết."""


def form(body: str) -> Typed:
    typed: Typed = MultiDict({"other": "giữ nguyên"})
    explode(typed, "body", body)
    return typed


def test_a_text_stands_in_rows_and_comes_back_the_same() -> None:
    typed = form(BODY)
    kinds = [row.kind for row in rows(typed, "body")]
    assert kinds == ["paragraph", "heading", "points", "lettered", "table", "annex", "paragraph"]
    assert assemble(typed, "body") == BODY


lines = st.text(st.sampled_from("aĐ1.)-|#= \n"), min_size=1).map(str.strip).filter(bool)


@given(lines)
def test_no_text_is_lost_on_the_way_through_the_rows(body: str) -> None:
    try:
        clean = clean_body(body)
    except EmptyText:
        return
    words = "".join(assemble(form(clean), "body").split())
    letters = [one for one in "".join(clean.split()) if one in "aĐ1"]
    kept = [one for one in words if one in "aĐ1"]
    assert len(kept) >= len(letters) - clean.count(")")  # letters before ")" are marks of points


def test_rows_move_come_and_go_by_buttons_and_other_fields_stay() -> None:
    typed = form("một\n\nhai\n\nba")
    for action in ("up:2", "remove:0", "add:0", "up:0", "down:9", "remove:x", "burn:0"):
        typed = edit(typed, "body", action)
    assert [row.text for row in rows(typed, "body")] == ["ba", "", "hai"]
    assert typed["other"] == "giữ nguyên"
    assert assemble(typed, "body") == "ba\n\nhai"


def test_the_last_row_that_goes_leaves_an_empty_one() -> None:
    assert rows(edit(form("một"), "body", "remove:0"), "body") == [Row("paragraph")]


def test_a_table_grows_and_shrinks_but_keeps_its_head_and_a_line() -> None:
    typed = form("| A | B |\n| 1 | 2 |")
    for action in ("row:0", "column:0"):
        typed = edit(typed, "body", action)
    assert rows(typed, "body")[0].cells == (("A", "B", ""), ("1", "2", ""), ("", "", ""))
    for action in ("unrow:0", "unrow:0", "uncolumn:0", "uncolumn:0", "uncolumn:0"):
        typed = edit(typed, "body", action)
    assert rows(typed, "body")[0].cells == (("A",), ("1",))


def test_another_kind_makes_cells_of_text_and_text_of_cells() -> None:
    typed: Typed = MultiDict({"body.0.kind": "table", "body.0.text": "TT | Cơ quan\n1 | Sở Ngoại vụ"})
    assert assemble(typed, "body") == "| TT | Cơ quan |\n| 1 | Sở Ngoại vụ |"
    typed = form("| A | B |\n| 1 | 2 |")
    typed["body.0.kind"] = "points"
    assert read_blocks(assemble(typed, "body"))[0] == read_blocks("- A | B\n- 1 | 2")[0]


def test_what_is_typed_into_a_cell_cannot_end_the_cell() -> None:
    typed: Typed = MultiDict({"b.0.kind": "table", "b.0.cells.0.0": "A | B", "b.0.cells.1.0": "một\nhai"})
    assert assemble(typed, "b") == "| A / B |\n| một hai |"


@pytest.mark.parametrize(
    ("action", "row"), [("up:2", 1), ("up:0", 0), ("down:1", 2), ("add:3", 4), ("row:5", 5), ("x", None)]
)
def test_the_row_that_a_button_moved_gets_the_focus(action: str, row: int | None) -> None:
    assert touched(action) == row


def test_a_text_that_came_whole_is_taken_as_it_is() -> None:
    assert assemble(MultiDict({"body": BODY}), "body") == BODY
