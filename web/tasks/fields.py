"""A form as the page shows it: each field with its text, its choices, its hints and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.errors import FieldError
from engine.forms import Field, Form
from web.documents import composer
from web.formatting import count, in_language
from web.language import _, current
from web.messages import sentence
from web.tasks.typed import Typed, row_numbers

FEW = 5
SIGNER = "signer"


@dataclass(frozen=True)
class Surroundings:
    """What a form shows beside its own declaration.

    Args:
        agencies: (id, name) of the agencies that can be chosen.
        cases: "CODE – title" of cases that are offered; others may be named too.
        notes: texts of the notes, by field and language, with the values of the case in place.
        signers: (person id, name and authority) of those who may sign the document of the task.
        ruled_out: names of fields that are left out, because the case alone decides that they do not apply.
        idle: names of fields that do not apply to what stands in the boxes, but would to something else.
    """

    agencies: Sequence[tuple[str, str]] = ()
    cases: Sequence[str] = ()
    notes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    signers: Sequence[tuple[str, str]] = ()
    ruled_out: frozenset[str] = frozenset()
    idle: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Option:
    """One thing to choose."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class FieldView:
    """One field on the page. `id` is that of its control, `group` says that it consists of several controls."""

    id: str
    name: str
    type: str
    label: str
    help: str
    hint: str
    required: bool
    idle: bool
    text: str
    errors: tuple[str, ...]
    options: tuple[Option, ...] = ()
    rows: tuple[tuple[FieldView, ...], ...] = ()
    headings: tuple[str, ...] = ()
    height: int = 4
    max_length: int | None = None
    max_files: int | None = None
    note: str = ""
    editor: str = ""
    blocks: tuple[composer.Row, ...] = ()
    kinds: tuple[str, ...] = composer.KINDS
    given: bool = False

    @property
    def group(self) -> bool:
        """Whether the field is a group of controls under one legend."""
        several = self.type in ("choices", "agencies", "boolean", "table") or self.few
        return several or self.editor == composer.EDITOR

    @property
    def few(self) -> bool:
        """Whether a single choice is shown as buttons instead of a list."""
        return self.type == "choice" and len(self.options) <= FEW

    @property
    def shown(self) -> str:
        """What a cell that is only read says."""
        return next((option.label for option in self.options if option.chosen), self.text)

    @property
    def fixed(self) -> bool:
        """Whether the rows of a table stand: what they are about is given."""
        return any(cell.given for row in self.rows for cell in row)

    def touched(self, action: str) -> int | None:
        """Number of the row of a document's text that an action of its form has brought where it is now."""
        name, _sign, rest = action.partition(":")
        return composer.touched(rest) if name == self.name else None

    @property
    def anchor(self) -> str:
        """Id of the first control, for links from the summary of errors."""
        first = self.type in ("choices", "agencies", "boolean") or self.few
        return f"{self.id}-0" if first else self.id

    @property
    def described_by(self) -> str:
        """Ids of the texts that explain the field."""
        parts = {"help": self.help, "hint": self.hint, "error": self.errors}
        return " ".join(f"{self.id}-{part}" for part, present in parts.items() if present)


@dataclass(frozen=True)
class FormView:
    """The whole form."""

    title: str
    intro: str
    fields: tuple[FieldView, ...]
    general: tuple[str, ...] = ()
    errors: tuple[tuple[str, str, str], ...] = field(default=())

    @property
    def has_files(self) -> bool:
        """Whether files can be attached."""
        return any(one.type == "attachments" for one in self.fields)


Errors = Mapping[str, Sequence[FieldError]]


def form_view(form: Form, typed: Typed, around: Surroundings, errors: Errors | None = None, more: str = "") -> FormView:
    """Prepare a form for the page.

    Args:
        form: the declaration.
        typed: what stands in the boxes.
        around: agencies to choose from, texts of notes.
        errors: what is wrong, by field; a cell of a table by `table.row.column`.
        more: name of the table that gets one more empty row.
    """
    wrong = errors or {}
    views = tuple(
        _view(one, one.name, typed, around, wrong, more) for one in form.fields if one.name not in around.ruled_out
    )
    known = {view.name for view in flatten(views)}
    general = tuple(_sentence(e, name) for name, found in wrong.items() if name not in known for e in found)
    summary = tuple((v.anchor, v.label, text) for v in flatten(views) for text in v.errors)
    return FormView(_tr(form.title), _tr(form.intro), views, general, summary)


def flatten(views: Sequence[FieldView]) -> list[FieldView]:
    """All fields, the cells of tables among them."""
    found: list[FieldView] = []
    for view in views:
        found += [view, *(cell for row in view.rows for cell in row)]
    return found


def _view(one: Field, name: str, typed: Typed, around: Surroundings, errors: Errors, more: str) -> FieldView:
    label = _tr(one.label)
    return FieldView(
        id="f-" + name.replace(".", "-"),
        name=name,
        type=one.type,
        label=label,
        help=_tr(one.help),
        hint=_hint(one, idle=name in around.idle),
        required=bool(one.required),
        idle=name in around.idle,
        text=_text(one, name, typed),
        errors=tuple(_sentence(error, label) for error in errors.get(name, ())),
        options=_options(one, typed.getlist(name), around),
        rows=_rows(one, name, typed, around, errors, more),
        headings=tuple(_tr(column.label) for column in one.columns or ()),
        height=one.rows or 4,
        max_length=one.max_length,
        max_files=one.max_files,
        note=_tr(around.notes.get(name)),
        editor=one.editor,
        blocks=tuple(composer.rows(typed, name)) if one.editor == composer.EDITOR else (),
    )


def _text(one: Field, name: str, typed: Typed) -> str:
    return composer.assemble(typed, name) if one.editor == composer.EDITOR else typed.get(name, "")


def _rows(
    one: Field, name: str, typed: Typed, around: Surroundings, errors: Errors, more: str
) -> tuple[tuple[FieldView, ...], ...]:
    if one.type != "table":
        return ()
    numbers = row_numbers(name, typed) or [0]
    if more == name:
        numbers.append(numbers[-1] + 1)
    stand = any(typed.get(f"{name}.{n}.{column.name}") for n in numbers for column in one.columns if column.given)
    return tuple(
        tuple(_cell(column, f"{name}.{n}", typed, around, errors, stand) for column in one.columns) for n in numbers
    )


def _cell(column: Field, row: str, typed: Typed, around: Surroundings, errors: Errors, stand: bool) -> FieldView:
    """One cell; `stand`: the table has been given rows, whose given cells are only read."""
    return replace(_view(column, f"{row}.{column.name}", typed, around, errors, ""), given=column.given and stand)


def _options(one: Field, chosen: Sequence[str], around: Surroundings) -> tuple[Option, ...]:
    if one.type in ("agency", "agencies"):
        return tuple(Option(id_, name, id_ in chosen) for id_, name in around.agencies)
    if one.type == "case":
        return tuple(Option(case, case, False) for case in around.cases)
    if one.editor == SIGNER:
        return tuple(Option(id_, name, id_ in chosen) for id_, name in around.signers)
    if one.type == "boolean":
        pairs = (("yes", _("Có")), ("no", _("Không")))
        return tuple(Option(value, label, value in chosen) for value, label in pairs)
    return tuple(Option(c.value, _tr(c.label), c.value in chosen) for c in one.choices or ())


def _hint(one: Field, *, idle: bool) -> str:
    hints = {
        "date": _("Ngày/tháng/năm, ví dụ 05/09/2026"),
        "datetime": _("Ngày/tháng/năm giờ:phút, ví dụ 05/09/2026 14:30"),
        "url": _("Địa chỉ đầy đủ, bắt đầu bằng https:// hoặc http://"),
        "case": _("Nhập mã, ví dụ PB-26-0001, hoặc chọn trong danh sách gợi ý"),
        "attachments": _("Mỗi tệp không quá 20 MB, tổng cộng không quá 50 MB"),
    }
    parts = [hints.get(one.type, "")]
    if idle:
        parts.append(_("Chỉ điền khi phù hợp với các lựa chọn ở trên"))
    if one.max_length and one.type == "textarea" and not one.editor:
        parts.append(_("Tối đa %(count)s ký tự", count=count(one.max_length)))
    return ". ".join(part for part in parts if part)


def _sentence(error: FieldError, label: str) -> str:
    return sentence(error.code, {**error.params, "label": label}, current())


def _tr(value: Any) -> str:
    return in_language(value, current())
