"""The spreadsheet of a campaign: a sheet for each of its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from web import formatting
from web.campaigns.words import Say
from web.formatting import in_language
from web.language import _, current
from workflows.campaigns.consolidated import Figures, Progress, Table
from workflows.campaigns.progress import Line
from workflows.campaigns.workbook import Sheet


def progress(lines: Sequence[Line], names: Mapping[str, str], standing: Say) -> Sheet:
    """Who stands how."""
    header = [_("Cơ quan"), _("Báo cáo thay"), _("Tình trạng"), _("Đang ở bước"), _("Hạn của bước"), _("Vụ việc")]
    return Sheet(
        _("Tiến độ"),
        header,
        [
            [
                names.get(line.agency_id, line.agency_id),
                names.get(line.stands_in, line.stands_in),
                standing(line.standing),
                line.step,
                formatting.moment(line.due_at) if line.due_at else "",
                line.code,
            ]
            for line in lines
        ],
    )


def consolidated(table: Table, names: Mapping[str, str], standing: Say) -> Sheet:
    """What each respondent handed in, with the totals in the last line."""
    fields = [*table.sums, *table.texts]
    labels = [in_language(field.label, current()) for field in fields]
    header = [_("Cơ quan"), _("Báo cáo thay"), _("Tình trạng"), *labels, _("Vụ việc")]
    rows: list[Sequence[str | int | None]] = [
        [
            names.get(row["agency"], row["agency"]),
            names.get(row["respondent"], row["respondent"]) if stands_in(row) else "",
            standing(row["outcome"]),
            *(row["values"].get(field.name) for field in fields),
            row["case"],
        ]
        for row in table.rows
    ]
    if totals := [table.totals[field.name] for field in table.sums]:
        rows.append([_("Tổng"), "", "", *totals, *([""] * len(table.texts)), ""])
    return Sheet(_("Tổng hợp"), header, rows, total=bool(totals))


def cases(figures: Figures) -> Sheet:
    """What was counted from cases, with those that the person may see."""
    header = [_("Nội dung"), _("Số vụ việc"), _("Các vụ việc")]
    rows: list[Sequence[str | int | None]] = [
        [line.title, line.count, ", ".join(code for code, _title in line.cases)] for line in figures.lines
    ]
    return Sheet(_("Đếm từ vụ việc"), header, rows)


def tasks(progress: Progress, names: Mapping[str, str]) -> Sheet:
    """Every task of the yearly plan, with how far its agency says it is."""
    header = [_("Cơ quan"), _("Nhiệm vụ"), _("Mức hoàn thành (%)"), _("Minh chứng")]
    rows: list[Sequence[str | int | None]] = [
        [names.get(agency, agency), task["content"], task["percent"], task.get("evidence") or ""]
        for agency, told in progress.tasks.items()
        for task in told
    ]
    return Sheet(_("Nhiệm vụ"), header, rows)


def stands_in(row: Mapping[str, Any]) -> bool:
    """Whether another agency answered for the respondent of a row, which no longer exists."""
    return row["respondent"] not in ("", row["agency"])
