"""Official documents from the command line."""

from __future__ import annotations

from pathlib import Path

import click

from web.cli.common import current_container, told
from workflows.documents import samples
from workflows.documents.kinds import KINDS


@click.group("documents")
def documents() -> None:
    """Official documents."""


@documents.command("sample")
@click.argument("kind", type=click.Choice(sorted(KINDS)))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="PDF file to write.")
def sample(kind: str, output: Path) -> None:
    """Write a sample of the document type KIND, with fixed data, long names and all components."""
    with told():
        output.write_bytes(current_container().renderer.pdf(samples.sample(kind), samples.NUMBERING))
