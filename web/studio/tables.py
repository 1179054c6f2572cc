"""The decision tables of a draft: a grid of tests and results, each rule with how often it has decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine.decisions import POLICIES, load_table
from engine.errors import DefinitionError
from engine.procedures.bundle import SHARED
from engine.queries.decisions import Hits, hits
from web.current import reading
from web.formatting import nfc
from web.language import _
from web.studio.editing import Opened, found, opened, store, told
from workflows.studio import paths, table_text
from workflows.studio.errors import BadPath
from workflows.studio.table_text import Grid

pages = Blueprint("studio_tables", __name__, url_prefix="/xuong")


@pages.get("/<draft_id>/bang")
def index(draft_id: str) -> ResponseReturnValue:
    """The decision tables of a draft."""
    at = opened(draft_id)
    return _index(at, [])


@pages.post("/<draft_id>/bang")
def create(draft_id: str) -> ResponseReturnValue:
    """A new table, to be filled in, or one from a DMN file; what cannot be read is told and not stored."""
    at = opened(draft_id)
    handed = request.files.get("file")
    id_, name = (nfc(request.form.get(key, "")).strip() for key in ("id", "name"))
    path = f"{id_}.dmn"
    try:
        if paths.check_path(path) in at.files:
            return _index(at, [_("Bảng %(file)s đã có; hãy đặt mã khác.", file=path)]), 422
        content = handed.read() if handed is not None and handed.filename else table_text.new(id_, name or id_)
        paths.check_content(path, content)
        load_table(content, path)
    except DefinitionError as error:
        return _index(at, told(error.findings)), 422
    except BadPath:
        return _index(at, [_("Mã bảng gồm chữ thường không dấu, số, gạch.")]), 422
    problem = store(draft_id, path, content)
    if problem is not None:
        return _index(at, [problem]), 409
    return redirect(url_for("studio_tables.show", draft_id=draft_id, path=path), 303)


@pages.get("/<draft_id>/bang/<path:path>")
def show(draft_id: str, path: str) -> ResponseReturnValue:
    """One table."""
    at = opened(draft_id)
    return _page(at, path, _grid(at, path))


@pages.post("/<draft_id>/bang/<path:path>")
def save(draft_id: str, path: str) -> ResponseReturnValue:
    """Store the grid as typed, after the act of the button that was pressed."""
    at = opened(draft_id)
    grid = _typed(_grid(at, path))
    _act(grid, request.form.get("act", ""))
    content = table_text.write(grid, at.files[path], path)
    try:
        load_table(content, path)
    except DefinitionError as error:
        return _page(at, path, grid, told(error.findings)), 422
    problem = store(draft_id, path, content)
    if problem is not None:
        return _page(at, path, grid, [problem]), 409
    flash(_("Đã lưu bảng quyết định vào bản nháp."), "success")
    return redirect(url_for("studio_tables.show", draft_id=draft_id, path=path), 303)


def _index(at: Opened, problems: list[str]) -> str:
    tables = {path: _name(at, path) for path in sorted(at.files) if path.endswith(".dmn")}
    return render_template(
        "studio/decisions.html", draft=at.draft, title=at.title, tables=tables, problems=problems, typed=request.form
    )


def _name(at: Opened, path: str) -> str:
    try:
        return table_text.read(at.files[path], path).name or path
    except DefinitionError:
        return path


def _grid(at: Opened, path: str) -> Grid:
    if path not in at.files or not path.endswith(".dmn"):
        abort(404)
    try:
        return table_text.read(at.files[path], path)
    except DefinitionError:
        abort(404)


def _typed(grid: Grid) -> Grid:
    """The grid with what the boxes say; a box that was not sent leaves its cell as it is."""

    def box(name: str, before: str) -> str:
        return nfc(request.form.get(name, before)).strip()

    grid.name, grid.policy = box("name", grid.name), box("policy", grid.policy)
    for kind, columns in (("input", grid.inputs), ("output", grid.outputs)):
        for number, column in enumerate(columns):
            column.label = box(f"{kind}.{number}.label", column.label)
            column.says = box(f"{kind}.{number}.says", column.says)
    for row in grid.rows:
        row.note = box(f"{row.id}.note", row.note)
        row.tests = [box(f"{row.id}.test.{n}", one) for n, one in enumerate(row.tests)]
        row.results = [box(f"{row.id}.result.{n}", one) for n, one in enumerate(row.results)]
    return grid


def _act(grid: Grid, act: str) -> None:
    kind, _colon, number = act.partition(":")
    at = int(number) if number.isascii() and number.isdigit() else 0
    acts: Mapping[str, tuple[int, Callable[[int], None]]] = {
        "row": (len(grid.rows) + 1, grid.add_row),
        "up": (len(grid.rows), lambda row: grid.move(row, -1)),
        "down": (len(grid.rows), lambda row: grid.move(row, 1)),
        "drop": (len(grid.rows) if len(grid.rows) > 1 else 0, lambda row: grid.rows.__delitem__(row)),
        "column": (1, lambda _column: grid.add_input()),
        "less": (len(grid.inputs), grid.drop_input),
        "result": (1, lambda _column: grid.add_output()),
        "less-result": (len(grid.outputs) if len(grid.outputs) > 1 else 0, grid.drop_output),
    }
    limit, do = acts.get(kind, (0, lambda _row: None))
    if at < limit:
        do(at)


def _page(at: Opened, path: str, grid: Grid, problems: list[str] | None = None) -> str:
    return render_template(
        "studio/decision.html",
        draft=at.draft,
        title=at.title,
        path=path,
        grid=grid,
        policies=sorted(POLICIES),
        hits=_hits(at, path),
        problems=told(found(at, path)) if problems is None else problems,
    )


def _hits(at: Opened, path: str) -> Hits:
    try:
        shared = at.bundle.kind == SHARED
    except (DefinitionError, KeyError):
        shared = False
    with reading() as session:
        return hits(session, path, None if shared else at.draft.procedure_id)
