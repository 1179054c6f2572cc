"""Import of certificates: what stands in the register is read from each certificate, and looked at before it is taken.

A certificate must be one to sign with, not have run out, lead to a trusted root where roots are known, and bear the
name of the body or officer that it is registered for; authorities spell names in their own way, so another name needs a
note that says whose it is. What is registered already is not looked at again: it may have run out meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.clock import local_date
from workflows.agencies import formats
from workflows.agencies.certificate_files import CertificateFile
from workflows.agencies.csv_reading import Findings, Row
from workflows.agencies.importing import ImportReport, Key, begin, check_unique
from workflows.agencies.tables import Agency, AgencyName, Person, SigningCertificate

Trusted = Callable[[str], bool]
"""Whether a certificate (DER in Base64) leads to a trusted root."""


def import_certificates(
    session: Session,
    content: bytes | str,
    actor: Actor,
    now: datetime,
    *,
    file: str = "certificates.csv",
    trusted: Trusted | None = None,
) -> ImportReport:
    """Import which certificates officers and bodies sign with; a later file with the day of revocation revokes one.

    Args:
        trusted: None where no root is known to judge by.
    """
    work, rows = begin(session, content, actor, now, file, formats.CERTIFICATES)
    rows = [row for row in rows if _named(row, work.findings)]
    known = set(session.scalars(select(SigningCertificate.fingerprint)))
    rows = [Row(row.line, {**row.values, "fingerprint": _fingerprint(row)}) for row in rows]
    check_unique(rows, ("fingerprint",), work.findings)
    _check_owners(session, rows, work.findings)
    for row in rows:
        if row["fingerprint"] not in known:
            _check_new(session, row, work.findings, now, trusted)
    work.findings.refuse_if_any()
    report = work.save(SigningCertificate, dict(_values(row) for row in rows))
    work.record("CertificatesImported")
    return report


def _named(row: Row, findings: Findings) -> bool:
    """Whether the line says which certificate it means, in one way or in two that agree."""
    found: CertificateFile | None = row["certificate"]
    if found is None and row["fingerprint"] is None:
        findings.add("import.required", row.line, "certificate")
    elif found is not None and row["fingerprint"] not in (None, found.fingerprint):
        findings.add("import.other_fingerprint", row.line, "fingerprint", value=found.fingerprint)
    else:
        return True
    return False


def _fingerprint(row: Row) -> str:
    return str(row["fingerprint"] or row["certificate"].fingerprint)


def _check_owners(session: Session, rows: Sequence[Row], findings: Findings) -> None:
    agencies, persons = set(session.scalars(select(Agency.id))), set(session.scalars(select(Person.id)))
    for row in rows:
        if row["agency_id"] not in agencies:
            findings.add("import.unknown_agency", row.line, "agency_id", value=row["agency_id"])
        if row["person_id"] is not None and row["person_id"] not in persons:
            findings.add("import.unknown_person", row.line, "person_id", value=row["person_id"])


def _check_new(session: Session, row: Row, findings: Findings, now: datetime, trusted: Trusted | None) -> None:
    found, today = row["certificate"], local_date(now)
    if found is None:
        findings.add("import.certificate_missing", row.line, "certificate")
        return
    if found.valid_to < today:
        findings.add("import.certificate_expired", row.line, "certificate", ended=f"{found.valid_to:%d/%m/%Y}")
    if not found.signs:
        findings.add("import.certificate_not_to_sign", row.line, "certificate")
    owners = _owners(session, row)
    if owners and not row["note"] and not found.bears(*owners):
        findings.add("import.certificate_of_another", row.line, "certificate", value=found.holder, wanted=owners[0])
    if trusted is not None and not trusted(found.der):
        findings.add("import.certificate_untrusted", row.line, "certificate", value=found.holder)


def _owners(session: Session, row: Row) -> list[str]:
    """The names that the certificate may bear: the officer's, or those of the body, the latest first."""
    if row["person_id"] is not None:
        return list(session.scalars(select(Person.name).where(Person.id == row["person_id"])))
    names = select(AgencyName.name).where(AgencyName.agency_id == row["agency_id"])
    return list(session.scalars(names.order_by(AgencyName.valid_from.desc())))


def _values(row: Row) -> tuple[Key, dict[str, Any]]:
    found: CertificateFile | None = row["certificate"]
    values = {name: row[name] for name in ("agency_id", "person_id", "revoked_on", "note")}
    if found is not None:
        told = {"certificate": found.der, "holder": found.holder[:200]}
        values |= told | {"valid_from": found.valid_from, "valid_to": found.valid_to}
    return (row["fingerprint"],), values
