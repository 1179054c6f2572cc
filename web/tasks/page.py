"""Renders the task page from the core's view of a work item and what stands in its boxes."""

from __future__ import annotations

from datetime import datetime

from flask import render_template
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.clock import local_date
from engine.forms import Form, idle, note_texts, ruled_out
from engine.procedures.versions import Versions
from engine.queries.acts import ActView
from engine.queries.work_items import WorkItemView
from web.cases.diagram import diagram
from web.cases.reading import recent_history
from web.current import actor, now, reading, versions
from web.documents import composer
from web.documents.reading import attached_document, body_among, layout_findings, pictures, signer_choices
from web.legal import bases, deadline_words
from web.tasks.choices import agency_choices, case_choices
from web.tasks.fields import Errors, Surroundings, form_view
from web.tasks.typed import Typed, submitted
from workflows.campaigns import progress
from workflows.documents.queries import DocumentView
from workflows.studio import clauses


def task_page(
    view: WorkItemView,
    typed: Typed,
    *,
    errors: Errors | None = None,
    notice: str = "",
    refusal: str = "",
    conflict: str = "",
    more: str = "",
    files_lost: bool = False,
    preview: bool = False,
) -> str:
    """The page.

    Args:
        view: the work item as the core shows it to the person.
        typed: what stands in the boxes.
        errors: what is wrong, by field.
        notice: something to know before sending.
        refusal: why the form was refused as a whole.
        conflict: why nothing can be sent any more; the typed values are then shown for copying.
        more: table that gets one more row.
        files_lost: files were chosen and must be chosen again.
        preview: show the document's pages with what stands in the boxes.

    Raises:
        Rejected: the pages were asked for, and what stands in the boxes cannot be printed.
    """
    with reading() as session:
        document = attached_document(session, actor(), view.document_id)
        around = surroundings(session, view, typed, document, actor(), versions(), now())
        history = recent_history(session, view.case)
        ended = clauses.ended(session)
        is_campaign = progress.is_campaign(session, view.case.case.id)
        shown = preview or decides(view.form, document)
        pages = pictures(session, document, view.form, typed, actor(), now()) if shown else ()
        findings = layout_findings(session, document) if decides(view.form, document) else None
    return render_template(
        "tasks/show.html",
        view=view,
        form=form_view(view.form, typed, around, errors, more),
        pages=pages,
        preview=preview,
        findings=findings,
        diagram=diagram(view.case),
        document=document,
        body_in_form=view.may_complete and not conflict and body_among(document, view.values),
        history=history,
        is_campaign=is_campaign,
        legal_basis=bases(view.legal, view.case.law_on, local_date(now()), ended),
        deadline=deadline_words(view.deadline),
        notice=notice,
        refusal=refusal,
        conflict=conflict,
        more=more,
        files_lost=files_lost,
    )


def surroundings(
    session: Session,
    view: WorkItemView | ActView,
    typed: Typed,
    document: DocumentView | None,
    reader: Actor,
    versions: Versions,
    moment: datetime,
) -> Surroundings:
    """What the form of a step shows beside its own declaration, to that person at that moment."""
    return Surroundings(
        agencies=agency_choices(session, view.form, moment),
        cases=case_choices(session, reader, versions, view.form, view.case.case),
        notes=note_texts(view.form, view.variables),
        signers=signer_choices(session, view.form, document, moment),
        ruled_out=ruled_out(view.form, view.variables),
        idle=idle(view.form, submitted(view.form, typed), view.variables),
    )


def decides(form: Form, document: DocumentView | None) -> bool:
    """Whether the task is to approve or number the document: then its pages are shown, not edited."""
    return document is not None and not any(field.editor == composer.EDITOR for field in form.fields)
