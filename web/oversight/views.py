"""Pages of the reports, and the same as files."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine.errors import NotFound
from web.current import actor, now, reading, writing
from web.errors import status_of
from web.language import _, current
from web.messages import sentence
from web.oversight.asking import Asked, BadPeriod, asked, page_number, procedure_titles
from web.oversight.reports import REPORTS, Report
from web.oversight.tables import XLSX, as_csv, as_xlsx
from workflows.agencies.collation import sort_key
from workflows.oversight import saved
from workflows.oversight.scope import may_oversee, oversight_for, scope_of

pages = Blueprint("oversight", __name__, url_prefix="/giam-sat")


@pages.get("")
def index() -> ResponseReturnValue:
    """What can be overseen."""
    if not oversight_for(actor()):
        raise NotFound()
    reports = REPORTS if may_oversee(actor()) else {}
    with reading() as session:
        kept = [one for one in saved.queries(session, actor()) if one.report in reports]
    return render_template("oversight/index.html", reports=reports, kept=kept)


@pages.get("/<report>")
def show(report: str) -> ResponseReturnValue:
    """One report as a page."""
    chosen = _report(report)
    try:
        with reading() as session:
            question = asked(session, report)
            parts = {"tables": chosen.tables(question), "choices": chosen.choices(question)}
            parts["drawings"] = chosen.drawings(question)
    except BadPeriod as error:
        return _page(report, chosen, problem=sentence(error.code, error.params, current())), status_of(error)
    return _page(report, chosen, question, **parts)


@pages.get("/<report>.<any(csv, xlsx):ending>")
def export(report: str, ending: str) -> ResponseReturnValue:
    """A report as a spreadsheet; as CSV one of its tables (`bang`)."""
    chosen = _report(report)
    with reading() as session:
        tables = chosen.tables(asked(session, report, whole=True))
    if ending == "xlsx":
        content, mimetype, name = as_xlsx(tables), XLSX, report
    else:
        table = next((one for one in tables if one.key == request.args.get("bang")), tables[0])
        content, mimetype, name = as_csv(table), "text/csv", f"{report}-{table.key}"
    return send_file(BytesIO(content), mimetype, as_attachment=True, download_name=f"{name}.{ending}")


@pages.post("/<report>/luu")
def save(report: str) -> ResponseReturnValue:
    """Keep the report with its choices under a name."""
    _report(report)
    choices = {k: v for k, v in request.form.items() if v and k not in ("csrf_token", "_key", "ten", "trang", "bang")}
    with writing() as session:
        saved.save(session, actor(), now(), request.form.get("ten", ""), report, choices)
    flash(_("Đã lưu truy vấn."), "success")
    return redirect(url_for("oversight.index"), 303)


@pages.post("/truy-van/<query_id>/xoa")
def forget(query_id: str) -> ResponseReturnValue:
    """Forget a kept query."""
    scope_of(actor(), now())
    with writing() as session:
        saved.forget(session, actor(), query_id)
    flash(_("Đã bỏ truy vấn đã lưu."), "success")
    return redirect(url_for("oversight.index"), 303)


def _report(name: str) -> Report:
    scope_of(actor(), now())
    if name not in REPORTS:
        raise NotFound()
    return REPORTS[name]


def _page(name: str, report: Report, question: Asked | None = None, **page: Any) -> str:
    with reading() as session:
        titles = procedure_titles(session)
    names = question.names if question else {}
    return render_template(
        "oversight/report.html",
        name=name,
        report=report,
        reports=REPORTS,
        question=question,
        titles=sorted(titles.items(), key=lambda one: sort_key(one[1])),
        agencies=sorted(names.items(), key=lambda one: sort_key(one[1])),
        next_page=page_number() + 1,
        args={key: value for key, value in request.args.to_dict().items() if value and key != "trang"},
        **page,
    )
