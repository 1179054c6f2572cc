"""Proving the history from the command line."""

from __future__ import annotations

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.events.verify import ChainFault, streams, verify
from engine.services import Stream
from engine.tables import Case
from web.cli.common import current_container, fail
from web.messages import sentence


@click.group("audit")
def audit() -> None:
    """Prove that nothing was altered."""


@audit.command("verify")
@click.argument("case_code", required=False)
@click.option("--all", "everything", is_flag=True, help="Every chain of the store.")
def verify_chains(case_code: str | None, everything: bool) -> None:
    """Verify the chain of CASE_CODE, or every chain with --all; exit 1 when one does not prove."""
    with current_container().read() as session:
        chosen = streams(session) if everything else [_stream(session, case_code)]
        faults = [fault for stream in chosen for fault in verify(session, stream)]
        for fault in faults:
            click.echo(_told(session, fault))
    if faults:
        click.echo(f"KHÔNG ĐÚNG: {len(faults)} chỗ không khớp trong {len(chosen)} chuỗi đã kiểm tra.")
        raise SystemExit(1)
    click.echo(f"Đúng: {len(chosen)} chuỗi nguyên vẹn.")


def _stream(session: Session, code: str | None) -> Stream:
    case = session.scalars(select(Case).where(Case.code == (code or "").upper())).first()
    if case is None:
        fail("case.not_found")
    return Stream("case", case.id)


def _told(session: Session, fault: ChainFault) -> str:
    case = session.get(Case, fault.stream.id) if fault.stream.kind == "case" else None
    name = f"Vụ việc {case.code}" if case else f"Chuỗi {fault.stream.kind}/{fault.stream.id}"
    return f"{name}, sự kiện {fault.seq} ({fault.type}): {sentence(fault.code, {})} [{fault.code}]"
