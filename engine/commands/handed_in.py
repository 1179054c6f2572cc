"""What a person hands in with a form: checked by the form, its files stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import select

from engine import forms
from engine.clock import local_date
from engine.commands.access import sees
from engine.commands.case_run import RUNNING, CaseRun
from engine.commands.requests import Upload
from engine.errors import ExpressionError, Rejected
from engine.forms import Form
from engine.forms.typed import Wrong
from engine.procedures.versions import LoadedVersion
from engine.tables import Attachment, Case, WorkItem
from engine.unit_of_work import new_id

Attachments = Mapping[str, Sequence[Upload]]


class FormBroken(Rejected):
    """A condition of the form cannot be decided on the case's data: the procedure must be mended."""

    code = "form.broken"


class HandedIn(Protocol):
    """A command that brings the values and files of a form."""

    @property
    def data(self) -> Mapping[str, Any]:
        """Values by field, as typed or as JSON."""

    @property
    def attachments(self) -> Attachments:
        """Files by field."""


def handed_in(
    run: CaseRun,
    item: WorkItem,
    command: HandedIn,
    variables: Mapping[str, Any],
    before: Mapping[str, Any] | None = None,
    version: LoadedVersion | None = None,
) -> dict[str, Any]:
    """The values of the item's form, its files stored and described among them.

    Args:
        variables: what the form's conditions read.
        before: values handed in earlier, whose files are kept.
        version: by whose form the item was done; that of the case where None.

    Raises:
        InvalidForm: what is wrong with which field.
        FormBroken: see there.
    """
    form = (version or run.version).bundle_of(item.process_id).forms[item.form].under(run.law_on)
    names = [field.name for field in form.fields if field.type == "attachments"]
    kept = {name: list((before or {}).get(name) or ()) for name in names}
    values = _validated(run, form, command, variables, kept)
    new = {name: store_files(run, item, name, files) for name, files in command.attachments.items() if files}
    files = {name: kept.get(name, []) + new.get(name, []) for name in {*kept, *new} if name in {*values, *new}}
    return {**values, **{name: found for name, found in files.items() if found}}


def _validated(
    run: CaseRun, form: Form, command: HandedIn, variables: Mapping[str, Any], kept: Mapping[str, Sequence[object]]
) -> dict[str, Any]:
    names = {*kept, *command.attachments}
    try:
        return forms.validate(
            form,
            command.data,
            variables=variables,
            agencies=_choosable(run) if form.asks_for_agencies else frozenset(),
            case=lambda code: another_case(run, code),
            files={name: len(kept.get(name, ())) + len(command.attachments.get(name, ())) for name in names},
        )
    except ExpressionError as error:
        raise FormBroken(form=form.id, why=error.code) from error


def _choosable(run: CaseRun) -> frozenset[str]:
    return run.uow.ports.directory.active_agencies(run.session, local_date(run.uow.now))


def another_case(run: CaseRun, code: str) -> str:
    """The code of another running case of the same procedure that the acting person may see.

    Raises:
        Wrong: form.case (there is none), form.case_itself, form.case_ended.
    """
    same = (Case.code == code, Case.procedure_id == run.case.procedure_id)
    found = run.session.execute(select(Case.id, Case.status).where(*same)).first()
    if found is None or not sees(run.uow, found.id):
        raise Wrong("form.case", value=code[:40])
    if found.id == run.case.id:
        raise Wrong("form.case_itself")
    if found.status != RUNNING:
        raise Wrong("form.case_ended", value=code)
    return code


def store_files(run: CaseRun, item: WorkItem, field: str, files: Sequence[Upload]) -> list[dict[str, Any]]:
    """Keep files with a work item; what is known of each of them."""
    return [_store(run, item, field, file) for file in files]


def _store(run: CaseRun, item: WorkItem, field: str, upload: Upload) -> dict[str, Any]:
    row = Attachment(
        id=new_id(),
        case_id=run.case.id,
        work_item_id=item.id,
        field=field,
        filename=upload.filename,
        media_type=upload.media_type,
        size=len(upload.content),
        sha256=run.uow.ports.blobs.put(upload.content),
        uploaded_by=run.uow.actor.person_id,
        uploaded_at=run.uow.now,
    )
    run.uow.rows.add(row)
    return {"id": row.id, "filename": row.filename, "sha256": row.sha256, "size": row.size}
