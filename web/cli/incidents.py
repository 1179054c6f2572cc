"""What failed inside cases: every open incident with its cause, and another try by hand."""

from __future__ import annotations

from uuid import uuid4

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.commands import RetryIncident
from engine.procedures.versions import Versions
from engine.queries.history import element_name
from engine.tables import Case, Incident
from web import formatting
from web.cli.common import OPERATOR, current_container, told
from web.messages import sentence


@click.group("incidents")
def incidents() -> None:
    """What failed inside cases and waits for another try."""


@incidents.command("list")
def list_open() -> None:
    """List the open incidents of all cases, the oldest first."""
    container = current_container()
    query = select(Incident, Case).join(Case, Case.id == Incident.case_id).where(Incident.status == "open")
    with told(), container.read() as session:
        found = session.execute(query.order_by(Incident.created_at, Incident.id)).all()
        for incident, case in found:
            click.echo(_told(session, container.engine.versions, incident, case))
    click.echo(f"{len(found)} trục trặc đang chờ." if found else "Không có trục trặc nào đang chờ.")


@incidents.command("retry")
@click.argument("incident_id")
def retry(incident_id: str) -> None:
    """Try the failed step of INCIDENT_ID again; exit 1 when it fails once more."""
    container = current_container()
    with told():
        receipt = container.engine.execute(RetryIncident(incident_id), actor=OPERATOR, key=f"retry:{uuid4()}")
    with container.read() as session:
        incident = session.get_one(Incident, incident_id)
        if incident.status == "open":
            click.echo(f"{receipt.case_code}: lại gặp trục trặc. {_why(incident)}", err=True)
            raise SystemExit(1)
    click.echo(f"{receipt.case_code}: đã khắc phục.")


def _told(session: Session, versions: Versions, incident: Incident, case: Case) -> str:
    step = element_name(versions.get(session, case.version_hash), incident.element_id)
    again = formatting.moment(incident.next_retry_at) or "chỉ khi có lệnh"
    return (
        f"{incident.id}  {case.code} · {step}\n"
        f"    {_why(incident)}\n"
        f"    đã thử {incident.attempts} lần; lần thử tới: {again}"
    )


def _why(incident: Incident) -> str:
    """The sentence, and the facts that the operator needs beside it."""
    facts = "".join(f"; {name}: {value}" for name, value in sorted(incident.params.items()))
    return f"{sentence(incident.code, incident.params)} [{incident.code}]{facts}"
