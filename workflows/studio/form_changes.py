"""What a change of a form means for cases: a field's name is never used again with another type, and data that cases
hold under a name is not left behind unsaid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.errors import Finding
from engine.forms import Form
from engine.procedures.versions import stored_bundle
from engine.tables import Case, ProcedureVersion

RUNNING = "running"


@dataclass(frozen=True)
class Orphaned:
    """A field that is gone, with the running cases of versions whose forms have it."""

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


def orphaned(session: Session, procedure_id: str, form: Form) -> list[Orphaned]:
    """Fields of this form in versions of running cases that it no longer has, with how many cases go by them."""
    running = session.execute(
        select(Case.version_hash, func.count()).where(Case.procedure_id == procedure_id, Case.status == RUNNING)
        .group_by(Case.version_hash)
    ).all()  # fmt: skip
    present = {field.name for field in form.fields}
    found: dict[str, Orphaned] = {}
    for hash_, count in running:
        before = stored_bundle(session, hash_).forms.get(form.id)
        for field in before.fields if before else ():
            if field.name not in present and field.type != "note":
                known = found.get(field.name)
                found[field.name] = Orphaned(field.name, field.label, count + (known.cases if known else 0))
    return list(found.values())


def _versions(session: Session, procedure_id: str) -> Sequence[ProcedureVersion]:
    of_procedure = select(ProcedureVersion).where(ProcedureVersion.procedure_id == procedure_id)
    return session.scalars(of_procedure.order_by(ProcedureVersion.number)).all()


def _types(session: Session, hash_: str) -> dict[str, str]:
    """Type by name of every field that a version's forms ask for."""
    forms = stored_bundle(session, hash_).forms.values()
    return {field.name: field.type for form in forms for field in form.fields if field.type != "note"}
