"""The duty register from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from engine.procedures.bundle import read_folder
from engine.procedures.versions import folders
from web.cli.common import told
from web.wiring import PROCEDURES
from workflows.regulation.coverage import Matrix, Served, matrix
from workflows.regulation.duties import PROCEDURE, STANDING, duties


@click.group("regulation")
def regulation() -> None:
    """The regulation's duties."""


@regulation.command("coverage")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file too.")
def coverage(file: Path | None) -> None:
    """Which duty is served by what, and which steps cite none; exit 1 where procedures miss a duty."""
    with told():
        found = matrix(duties(), [read_folder(folder) for folder in folders(PROCEDURES)])
    _tell(found)
    if file is not None:
        file.write_text(json.dumps(_as_json(found), ensure_ascii=False, indent=1), encoding="utf-8")
    raise SystemExit(1 if found.missing else 0)


def _tell(found: Matrix) -> None:
    for one in found.served:
        duty = one.duty
        click.echo(f"{duty.number:>3} {duty.clause:<7} {'+'.join(duty.classes):<9} {duty.serving.by:<9} {_how(one)}")
    click.echo("\nBước không nêu điều khoản nào của Quy chế:")
    for id_, element in found.uncited:
        bases = ", ".join(f"{legal.source} {legal.basis}".strip() for legal in element.legal)
        click.echo(f"    {id_}/{element.id} ({element.name}): {bases}")
    counts = ", ".join(f"{by} {count}" for by, count in sorted(found.counts.items()))
    click.echo(f"\n{len(found.served)} nghĩa vụ: {counts}; chưa được bảo đảm {len(found.missing)}.")


def _how(one: Served) -> str:
    serving = one.duty.serving
    if serving.by == PROCEDURE:
        return ", ".join(f"{id_}/{element.id}" for id_, element in one.elements) or "✗ CHƯA CÓ BƯỚC NÀO"
    return ", ".join(one.duty.owners) if serving.by == STANDING else serving.check or serving.reason


def _as_json(found: Matrix) -> dict[str, Any]:
    return {
        "duties": [
            {
                "number": one.duty.number,
                "clause": one.duty.clause,
                "classes": list(one.duty.classes),
                "by": one.duty.serving.by,
                "elements": [f"{id_}/{element.id}" for id_, element in one.elements],
                "missing": one.missing,
            }
            for one in found.served
        ],
        "uncited": [f"{id_}/{element.id}" for id_, element in found.uncited],
        "counts": dict(found.counts),
    }
