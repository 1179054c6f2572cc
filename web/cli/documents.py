"""Official documents from the command line."""

from __future__ import annotations

from pathlib import Path

import click

from web.cli.common import current_container, fail, told
from web.documents.departures import departure
from web.messages import sentence
from workflows.documents import docx, samples
from workflows.documents.kinds import KINDS
from workflows.documents.layout import page
from workflows.documents.measuring import measure


@click.group("documents")
def documents() -> None:
    """Official documents."""


@documents.command("sample")
@click.argument("kind", type=click.Choice(sorted(KINDS)))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="File to write: .pdf or .docx.")
def sample(kind: str, output: Path) -> None:
    """Write a sample of the document type KIND, with fixed data, long names and all components."""
    model = samples.sample(kind)
    if output.suffix.lower() not in (".pdf", ".docx"):
        fail("format.file_ending", {"file": str(output), "endings": ".pdf, .docx"})
    with told():
        if output.suffix.lower() == ".docx":
            output.write_bytes(docx.write(model, samples.NUMBERING))
        else:
            output.write_bytes(current_container().renderer.pdf(model, samples.NUMBERING))


@documents.command("measure")
@click.argument("kind", type=click.Choice(sorted(KINDS)))
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def measure_file(kind: str, file: Path) -> None:
    """Measure FILE, the sample of the type KIND as PDF, against the decree on clerical work."""
    found = measure(file.read_bytes(), page(samples.sample(kind), samples.NUMBERING))
    for one in found:
        click.echo(f"{one.page or '–'}: {departure(one)} [{one.code}]")
    if found:
        fail("format.departures", {"count": len(found)})
    click.echo(sentence("format.none", {}))
