"""Procedures from the command line: lay out, draw, check and list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from engine.clock import local_date
from engine.errors import Finding
from engine.procedures import drawing
from engine.procedures.bundle import read_folder
from engine.procedures.layout import check_layout, layout
from engine.procedures.versions import folders
from engine.queries import procedures as queries
from web.cli.checking import check_path, described, told_finding, warnings
from web.cli.common import OPERATOR, current_container, told
from workflows.studio import clauses


@click.group("procedures")
def procedures() -> None:
    """Procedures as files and as published versions."""


@procedures.command("list")
def list_versions() -> None:
    """Show each procedure with its version in force."""
    container = current_container()
    with container.read() as session:
        rows = queries.in_force(session, OPERATOR, container.engine.versions, container.engine.clock.now())
    for row in rows:
        click.echo(f"{row.id:<24} {row.kind:<10} v{row.number} {row.version_hash[:12]}  {row.title.get('vi', '')}")


@procedures.command("layout")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--check", "only_check", is_flag=True, help="Change nothing; exit 1 where a diagram has faults.")
def lay_out(path: Path, only_check: bool) -> None:
    """Write coordinates into the BPMN file PATH, or into every one below the folder PATH."""
    faults = 0
    with told():
        for file in _diagrams(path):
            content = file.read_bytes()
            if not only_check:
                content = layout(content, file=str(file))
                file.write_bytes(content)
            found = check_layout(content)
            faults += len(found)
            click.echo(f"{file}: {'đạt' if not found else '; '.join(map(str, found))}")
    raise SystemExit(1 if faults else 0)


@procedures.command("draw")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="SVG file to write.")
def draw(path: Path, output: Path) -> None:
    """Draw the BPMN file PATH as SVG."""
    with told():
        output.write_text(drawing.svg(path.read_bytes()), encoding="utf-8")


@procedures.command("check")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def check(path: Path, as_json: bool) -> None:
    """Say what is wrong with the BPMN file PATH, the procedure folder PATH, or everything below PATH.

    Ends with exit code 1 where anything is wrong.
    """
    findings = list(check_path(path, current_container().service_names))
    if as_json:
        click.echo(json.dumps([described(finding) for finding in findings], ensure_ascii=False, indent=2, default=str))
    else:
        for finding in findings:
            click.echo(told_finding(finding))
        for warning in [] if findings else _warnings(path):
            click.echo(f"Lưu ý · {told_finding(warning)}")
        click.echo("Đạt: không thấy lỗi." if not findings else f"Có {len(findings)} lỗi.")
    raise SystemExit(1 if findings else 0)


@procedures.command("read")
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
def read(path: Path) -> None:
    """Read every procedure folder below PATH and say what cannot be read."""
    with told():
        for folder in folders(path):
            bundle = read_folder(folder)
            click.echo(f"{bundle.id}: {len(bundle.process.elements)} bước, {len(bundle.forms)} biểu mẫu")


def _warnings(path: Path) -> Iterator[Finding]:
    container = current_container()
    with container.read() as session:
        ended = clauses.ended(session)
    return warnings(path, local_date(container.engine.clock.now()), ended)


def _diagrams(path: Path) -> list[Path]:
    return [path] if path.is_file() else sorted(path.rglob("*.bpmn"))
