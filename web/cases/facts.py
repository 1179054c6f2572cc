"""What an event of a case says, as labels and texts: what was filled in, why, by which letter, what was corrected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.commands.migrating import MIGRATED
from engine.forms import Field, Form
from engine.queries.history import HistoryRow
from web import formatting, words
from web.language import _, current

FILLED_IN = frozenset({"WorkItemCompleted", "MessageRecorded", "AnswerRecorded"})
Facts = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Lexicon:
    """What is needed to tell the events of one case: its forms and the names of agencies and outcomes.

    `short_names` are those of agencies, by full name; `steps` the names of elements, by id; `made` the names of the
    steps that set a variable without a form, by the variable; `earlier` the forms of other versions by which the case
    ran before, by the hash of the version.
    """

    forms: Mapping[str, Form]
    agencies: Mapping[str, str]
    outcome: str = ""
    short_names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    steps: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, str] = field(default_factory=dict)
    earlier: Mapping[str, Mapping[str, Form]] = field(default_factory=dict)

    def form_of(self, row: HistoryRow) -> Form | None:
        """The form that was filled in at an event, as it was on that day."""
        return self.earlier.get(row.version_hash, self.forms).get(str(row.payload.get("form", "")))


def facts(row: HistoryRow, lexicon: Lexicon) -> Facts:
    """What an event says, by the labels of the form of that day; what is empty is left out."""
    form = lexicon.form_of(row)
    found = [*of_act(row, lexicon), *(_of_form(form, row.payload.get("values"), lexicon) if _fills(row, form) else ())]
    if row.type == "WorkItemCorrected" and form is not None:
        found += _corrected(form, row.payload, lexicon)
    return tuple((label, text) for label, text in found if text)


def _fills(row: HistoryRow, form: Form | None) -> bool:
    return row.type in FILLED_IN and form is not None


def of_act(row: HistoryRow, lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    """Reasons, ways, letters and what else an act tells beside a form."""
    told = row.payload
    yield _("Lý do"), str(told.get("reason") or "")
    if told.get("came_by"):
        yield _("Đến bằng"), words.way(str(told["came_by"]))
    if told.get("symbol") and told.get("dated_on"):
        yield (
            _("Văn bản"),
            _("%(symbol)s ngày %(day)s", symbol=told["symbol"], day=formatting.day(str(told["dated_on"]))),
        )
    yield _("Bản chụp"), ", ".join(one["filename"] for one in told.get("scan") or ())
    yield _("Văn bản đã thông báo kết quả"), str(told.get("notice") or "")
    steps = [lexicon.steps.get(one, "") for one in told.get("used_by") or ()]
    yield _("Các bước sau đã dùng nội dung cũ"), "; ".join(dict.fromkeys(step for step in steps if step))
    late = [
        f"{lexicon.steps.get(one['element'], '')} ({formatting.moment(one['due_at'])})"
        for one in told.get("overdue") or ()
    ]
    yield _("Đến hạn trong lúc tạm dừng"), "; ".join(late)
    if row.type == MIGRATED:
        yield from of_migration(told, lexicon)


def of_migration(told: Mapping[str, Any], lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    """Who approved it, and what changed in open work, before and after."""
    yield _("Người phê duyệt"), str(told.get("approved_by") or "")
    for one in told.get("changed") or ():
        step = lexicon.steps.get(one["element"]) or one["element"]
        texts = [_changed(name, before, after, lexicon) for name, (before, after) in one["changes"].items()]
        yield step, "; ".join(text for text in texts if text)
    for key, label in (("added", _("Từ nay chờ thêm")), ("removed", _("Từ nay không còn chờ"))):
        yield label, "; ".join(lexicon.steps.get(one) or one for one in told.get(key) or ())


def _changed(name: str, before: Any, after: Any, lexicon: Lexicon) -> str:
    """One change of open work in words; what tells people nothing is left out."""
    if name == "due_at":
        old, new = (formatting.moment(one) if one else _("không có") for one in (before, after))
        return _("hạn %(old)s → %(new)s", old=old, new=new)
    if name == "agency_id":
        old, new = (lexicon.agencies.get(str(one), str(one)) for one in (before, after))
        return _("cơ quan thực hiện %(old)s → %(new)s", old=old, new=new)
    if name == "name":
        return _("tên bước “%(old)s” → “%(new)s”", old=before, new=after)
    if name == "duty":
        return _("người thực hiện %(old)s → %(new)s", old=words.duty(before), new=words.duty(after))
    return _("biểu mẫu mới") if name == "form_content" else ""


def _of_form(form: Form | None, values: Any, lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    for one in form.fields if form is not None and isinstance(values, Mapping) else ():
        yield _tr(one.label), shown(one, values.get(one.name), lexicon)


def _corrected(form: Form, told: Mapping[str, Any], lexicon: Lexicon) -> Iterator[tuple[str, str]]:
    before, after = told.get("before") or {}, told.get("after") or {}
    for one in form.fields:
        if one.name in before or one.name in after:
            old, new = (shown(one, values.get(one.name), lexicon) or _("(trống)") for values in (before, after))
            yield _tr(one.label), _("%(new)s\n(trước đây: %(old)s)", new=new, old=old)


def shown(field: Field, value: Any, lexicon: Lexicon) -> str:
    """The value of a field as text; empty where there is none."""
    if value is None or value == [] or field.type == "note":
        return ""
    if field.type == "table":
        return "\n".join(_row(field.columns, row, lexicon) for row in value)
    if field.type == "attachments":
        return ", ".join(one["filename"] for one in value)
    if isinstance(value, list):
        return "; ".join(_one(field, one, lexicon) for one in value)
    return _one(field, value, lexicon)


def _row(columns: Sequence[Field], row: Mapping[str, Any], lexicon: Lexicon) -> str:
    cells = ((_tr(column.label), shown(column, row.get(column.name), lexicon)) for column in columns)
    return " · ".join(f"{label}: {text}" for label, text in cells if text)


def _one(field: Field, value: Any, lexicon: Lexicon) -> str:
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    if type(value) is int:
        return formatting.amount(value)
    if field.type in ("agency", "agencies"):
        return lexicon.agencies.get(str(value), str(value))
    if field.type == "date":
        return formatting.day(str(value))
    if field.type == "datetime":
        return formatting.moment(str(value))
    return next((_tr(choice.label) for choice in field.choices or () if choice.value == value), str(value))


def _tr(value: Any) -> str:
    return formatting.in_language(value, current())
