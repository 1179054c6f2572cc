"""What a change of a form means for cases: a field's name is never used again with another type, and data that cases
hold under a name is not left behind unsaid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.errors import Finding
from engine.forms import Form
from engine.procedures.versions import manifest_of, stored_bundle
from engine.tables import Case, ProcedureVersion

RUNNING = "running"
FIELD, COLUMN, CHOICE = "field", "column", "choice"


@dataclass(frozen=True)
class Orphaned:
    """A field, column of a table or choice that is gone, with the running cases of versions whose forms have it.

    Args:
        kind: field, column or choice.
        name: name of the field; of a column or choice with its own after a dot.
    """

    kind: str
    name: str
    label: Mapping[str, str]
    cases: int


def reused(session: Session, procedure_id: str, form: Form, file: str) -> list[Finding]:
    """Fields whose name stood for another type in a published version: what cases hold under it would be misread.

    Args:
        form: the form as it is to be.
        file: its path, for the findings.
    """
    known: dict[str, tuple[str, int]] = {}
    for version in _versions(session, procedure_id):
        for name, type_ in _types(session, version.hash).items():
            known.setdefault(name, (type_, version.number))
    return [
        Finding(
            "studio.field_type", file, field.name, field.name,
            {"name": field.name, "before": known[field.name][0], "version": known[field.name][1]},
        )
        for field in form.fields
        if field.type != "note" and known.get(field.name, (field.type, 0))[0] != field.type
    ]  # fmt: skip


def orphaned(session: Session, procedure_id: str, form_id: str, form: Form | None) -> list[Orphaned]:
    """What forms of running cases ask for under this id and this form no longer does, with how many cases go by them.

    Args:
        procedure_id: the procedure, or the shared part, whose form it is; cases of those that call a part count too.
        form: the form as it is to be; None where it is taken away.
    """
    running = select(Case.version_hash, func.count()).where(Case.status == RUNNING).group_by(Case.version_hash)
    present = set(_asked(form)) if form else set()
    found: dict[tuple[str, str], Orphaned] = {}
    for hash_, count in session.execute(running).all():
        before = _form_of(session, hash_, procedure_id, form_id)
        for key, label in (_asked(before) if before else {}).items():
            if key not in present and not _within_gone(key, present):
                known = found.get(key)
                found[key] = Orphaned(*key, label, count + (known.cases if known else 0))
    return list(found.values())


def _asked(form: Form) -> dict[tuple[str, str], Mapping[str, str]]:
    """Everything under which a form puts data: kind and name with the label."""
    found: dict[tuple[str, str], Mapping[str, str]] = {}
    for field in form.fields:
        if field.type != "note":
            found[FIELD, field.name] = field.label
            found |= {(COLUMN, f"{field.name}.{one.name}"): one.label for one in field.columns}
            found |= {(CHOICE, f"{field.name}.{one.value}"): one.label for one in field.choices}
    return found


def _within_gone(key: tuple[str, str], present: set[tuple[str, str]]) -> bool:
    """Whether a column or choice goes with its whole field, which is told once."""
    kind, name = key
    return kind != FIELD and (FIELD, name.partition(".")[0]) not in present


def _form_of(session: Session, version_hash: str, procedure_id: str, form_id: str) -> Form | None:
    """The form of the procedure or part, as a version of a case has it, itself or called; None where it has none."""
    manifest = manifest_of(session, version_hash)
    if manifest.procedure_id == procedure_id:
        return stored_bundle(session, version_hash).forms.get(form_id)
    called = (_form_of(session, hash_, procedure_id, form_id) for hash_ in manifest.shared.values())
    return next((form for form in called if form is not None), None)


def _versions(session: Session, procedure_id: str) -> Sequence[ProcedureVersion]:
    of_procedure = select(ProcedureVersion).where(ProcedureVersion.procedure_id == procedure_id)
    return session.scalars(of_procedure.order_by(ProcedureVersion.number)).all()


def _types(session: Session, hash_: str) -> dict[str, str]:
    """Type by name of every field that a version's forms ask for."""
    forms = stored_bundle(session, hash_).forms.values()
    return {field.name: field.type for form in forms for field in form.fields if field.type != "note"}
