"""What happened in a case, told in sentences: one line for each event that means something to an officer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.forms import Field, Form
from engine.queries.cases import CaseView, HistoryRow
from web import formatting
from web.language import _, current

# Told on the page of the case, left out of the short history beside a task.
PASSING = frozenset({"WorkItemCreated", "WorkItemClaimed", "WorkItemReleased", "WorkItemAssigned", "WorkItemCancelled"})


@dataclass(frozen=True)
class Line:
    """One line of the history; milestones are those worth telling in short."""

    at: datetime | str
    text: str
    actor: str
    milestone: bool = True
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Lexicon:
    """What is needed to tell the events of one case: its forms and the names of agencies and outcomes."""

    forms: Mapping[str, Form]
    agencies: Mapping[str, str]
    outcome: str = ""


def tell(view: CaseView, lexicon: Lexicon) -> list[Line]:
    """The lines, oldest first; events of the machinery are left to the audit pages."""
    return [line for row in view.history if (line := _line(row, lexicon)) is not None]


def _line(row: HistoryRow, lexicon: Lexicon) -> Line | None:
    text = _text(row, lexicon)
    if text is None:
        return None
    by_person = row.actor_agency not in ("", "system", None)
    return Line(row.at, text, _who(row) if by_person else "", row.type not in PASSING, _facts(row, lexicon))


def _who(row: HistoryRow) -> str:
    """Name and agency; some names, such as those of posts, tell the agency themselves."""
    return row.actor_name if row.actor_agency in row.actor_name else f"{row.actor_name}, {row.actor_agency}"


def _text(row: HistoryRow, lexicon: Lexicon) -> str | None:
    step = row.element_name or row.element_id or ""
    agency = lexicon.agencies.get(str(row.payload.get("agency_id", "")), "")
    sentences = {
        "CaseStarted": _("Mở vụ việc"),
        "WorkItemCreated": _("Chuyển đến %(agency)s: %(step)s", agency=agency, step=step),
        "WorkItemClaimed": _("Nhận việc: %(step)s", step=step),
        "WorkItemReleased": _("Trả việc: %(step)s", step=step),
        "WorkItemAssigned": _("Giao việc: %(step)s", step=step),
        "WorkItemCompleted": _("Hoàn thành: %(step)s", step=step),
        "WorkItemCancelled": _("Không cần làm nữa: %(step)s", step=step),
        "TimerFired": _("Đến hạn: %(step)s", step=step),
        "ReceivedAtSet": _("Ghi nhận thời điểm tiếp nhận"),
        "IncidentOpened": _("Bước tự động gặp trục trặc: %(step)s", step=step),
        "IncidentResolved": _("Đã khắc phục trục trặc: %(step)s", step=step),
        "CaseCancelled": _("Hủy vụ việc"),
        "CaseEnded": _("Kết thúc vụ việc: %(outcome)s", outcome=lexicon.outcome),
        "DocumentIssued": _("Ban hành văn bản %(symbol)s", symbol=row.payload.get("symbol", "")),
        "DocumentApproved": _("Duyệt văn bản"),
        "DocumentDispatched": _("Gửi văn bản đến nơi nhận"),
        "ReceiptConfirmed": _("Nơi nhận xác nhận đã nhận văn bản"),
    }
    return sentences.get(row.type)


def _facts(row: HistoryRow, lexicon: Lexicon) -> tuple[tuple[str, str], ...]:
    """What was filled in, by the labels of the form of that day."""
    if row.type != "WorkItemCompleted":
        return ()
    data, form = row.payload.get("values"), lexicon.forms.get(str(row.payload.get("form", "")))
    if not isinstance(data, Mapping) or form is None:
        return ()
    pairs = ((_tr(field.label), _shown(field, data.get(field.name), lexicon)) for field in form.fields)
    return tuple((label, text) for label, text in pairs if text)


def _shown(field: Field, value: Any, lexicon: Lexicon) -> str:
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
    cells = ((_tr(column.label), _shown(column, row.get(column.name), lexicon)) for column in columns)
    return " · ".join(f"{label}: {text}" for label, text in cells if text)


def _one(field: Field, value: Any, lexicon: Lexicon) -> str:
    if isinstance(value, bool):
        return _("Có") if value else _("Không")
    if field.type in ("agency", "agencies"):
        return lexicon.agencies.get(str(value), str(value))
    if field.type == "date":
        return formatting.day(str(value))
    if field.type == "datetime":
        return formatting.moment(str(value))
    return next((_tr(choice.label) for choice in field.choices or () if choice.value == value), str(value))


def _tr(value: Any) -> str:
    return formatting.in_language(value, current())
