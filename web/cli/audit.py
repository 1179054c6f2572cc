"""Proving the history from the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import AUDITOR, EVERYTHING
from engine.events.verify import ChainFault, streams, verify
from engine.proof import keys
from engine.proof.export import export
from engine.proof.notes import short_code
from engine.proof.verify import verify_log
from engine.queries.timeline import timeline
from engine.services import Stream
from engine.tables import Case
from web.cli.common import OPERATOR, current_container, fail, told
from web.cli.replaying import replay_cases
from web.formatting import moment
from web.messages import sentence
from web.replay.dossier import dossier
from workflows import witness


@click.group("audit")
def audit() -> None:
    """Prove that nothing was altered."""


audit.add_command(replay_cases)


@audit.command("verify")
@click.argument("case_code", required=False)
@click.option("--all", "everything", is_flag=True, help="Every chain, the log over all of them, its checkpoints.")
def verify_chains(case_code: str | None, everything: bool) -> None:
    """Verify the chain of CASE_CODE, or everything with --all; exit 1 where something does not prove."""
    with current_container().read() as session:
        chosen = streams(session) if everything else [_stream(session, case_code)]
        lines = [_told(session, fault) for stream in chosen for fault in verify(session, stream)]
        if everything:
            lines += [f"{sentence(f.code, {'place': f.place})} [{f.code}]" for f in verify_log(session)]
    for line in lines:
        click.echo(line)
    if lines:
        click.echo(f"KHÔNG ĐÚNG: {len(lines)} chỗ không khớp trong {len(chosen)} chuỗi đã kiểm tra.")
        raise SystemExit(1)
    click.echo(f"Đúng: {len(chosen)} chuỗi nguyên vẹn.")


@audit.command("checkpoint")
def checkpoint() -> None:
    """Give every event its position, sign a checkpoint now, and show it."""
    with told():
        signed = current_container().notary.up_to_date()
    if signed is None:
        click.echo("Chưa có sự kiện nào để ký.")
        return
    click.echo(signed.note, nl=False)
    click.echo(f"\nMã ngắn: {short_code(signed.size, signed.root)}")
    with current_container().read() as session:
        lost = witness.not_mailed(session)
    if lost:
        click.echo(f"{lost} điểm kiểm tra không gửi được đến cơ quan thứ hai: hãy gửi bằng đường khác.", err=True)


@audit.command("export")
@click.argument("case_codes", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="The whole history instead of some cases.")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
def export_history(case_codes: tuple[str, ...], everything: bool, output: Path) -> None:
    """Write the history of CASE_CODES, or of everything, with all that proves it; sign a checkpoint over it first."""
    if everything == bool(case_codes):
        raise click.UsageError("Nêu mã vụ việc, hoặc --all.")
    if not output.absolute().parent.is_dir():
        raise click.BadParameter(f"Không có thư mục {output.parent}.", param_hint="-o")
    container = current_container()
    with container.read() as session:
        cases = None if everything else list(dict.fromkeys(_stream(session, code) for code in case_codes))
    with told():
        codes = [code.upper() for code in case_codes]
        done = export(container.notary, container.blobs, output, cases=cases, actor=OPERATOR, codes=codes)
    for name in done.missing:
        click.echo(f"Thiếu tệp {name}: sự kiện có nêu nhưng kho không còn.", err=True)
    click.echo(f"Đã xuất {done.events} sự kiện, {done.files} tệp vào {output}.")
    click.echo(f"Kiểm chứng: python3 verify.py {output.name} (verify.py có trong bản xuất; nên lấy từ nơi khác).")


@audit.command("dossier")
@click.argument("case_code")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), required=True, help="PDF to write.")
def print_dossier(case_code: str, output: Path) -> None:
    """Print all about CASE_CODE: proof, diagram, timeline, deadlines, documents, forms; sign a checkpoint first."""
    if not output.absolute().parent.is_dir():
        raise click.BadParameter(f"Không có thư mục {output.parent}.", param_hint="-o")
    container, reader = current_container(), replace(OPERATOR, duties=frozenset({AUDITOR}), reach=(EVERYTHING,))
    with told():
        container.notary.up_to_date()
        with container.read() as session:
            whole = timeline(session, reader, container.engine.versions, case_code)
            printed = f"In lúc {moment(container.engine.clock.now())}"
            content = dossier(session, container.engine.versions, container.renderer, whole, printed)
    output.write_bytes(content)
    click.echo(f"Đã in hồ sơ {whole.case.code} ({whole.length} sự kiện) vào {output}.")


@audit.group("keys")
def log_keys() -> None:
    """The keys that sign checkpoints."""


@log_keys.command("list")
def list_keys() -> None:
    """Show the public halves with their state, and whether the private half of the active key is there."""
    container = current_container()
    with told(), container.read() as session:
        for row in keys.history(session):
            until = f" – {moment(row.ended_at)}" if row.ended_at else ""
            here = "" if row.ended_at or container.notary.files.holds(row.id) else " · THIẾU TỆP KHÓA"
            click.echo(f"{keys.verifier_key(session, row)}")
            state = sentence(f"proof.key.{row.status}", {})
            click.echo(f"    {state} · {moment(row.created_at)}{until}{here} {row.reason}".rstrip())


@log_keys.command("rotate")
def rotate_key() -> None:
    """Let a new key take over; the old one signs for it and is destroyed."""
    with told():
        id_ = current_container().notary.rotate(OPERATOR)
    click.echo(f"Khóa mới: {id_}. Khóa cũ đã ký xác nhận khóa mới rồi được hủy. Hãy sao lưu thư mục log-keys.")


@log_keys.command("revoke")
@click.argument("key_id")
@click.option("--reason", required=True, help="Why: it stays in the history.")
def revoke_key(key_id: str, reason: str) -> None:
    """Take a key's worth away, since somebody else may have it; where it was the active one, a new key begins."""
    with told():
        current_container().notary.revoke(key_id, reason, OPERATOR)
    click.echo("Đã thu hồi. Hãy báo cơ quan thứ hai và giao khóa mới (audit keys list) bằng đường tin cậy.")


def _stream(session: Session, code: str | None) -> Stream:
    case = session.scalars(select(Case).where(Case.code == (code or "").upper())).first()
    if case is None:
        fail("case.not_found")
    return Stream("case", case.id)


def _told(session: Session, fault: ChainFault) -> str:
    case = session.get(Case, fault.stream.id) if fault.stream.kind == "case" else None
    name = f"Vụ việc {case.code}" if case else f"Chuỗi {fault.stream.kind}/{fault.stream.id}"
    return f"{name}, sự kiện {fault.seq} ({fault.type}): {sentence(fault.code, {})} [{fault.code}]"
