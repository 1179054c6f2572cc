"""Official documents from the command line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from web.cli.common import OPERATOR, current_container, fail, told
from web.documents.departures import departure
from web.messages import sentence
from workflows.documents import docx, restoration, samples, search
from workflows.documents.kinds import KINDS
from workflows.documents.layout import page
from workflows.documents.measuring import measure
from workflows.documents.tables import DocumentRegister


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


@documents.command("reindex")
def reindex() -> None:
    """Make the search index of documents anew."""
    with told(), current_container().write() as session:
        click.echo(sentence("document.indexed", {"count": search.rebuild(session)}))


@documents.command("mark-restored")
def mark_restored() -> None:
    """Note that the store was restored from a backup: it can only be read until every register is confirmed."""
    container = current_container()
    with told(), container.write() as session:
        restoration.mark_restored(session, OPERATOR, container.engine.clock.now())
        waiting = restoration.unconfirmed(session)
        click.echo(sentence("register.waiting", {"count": len(waiting)}))
        _list(waiting)


@documents.command("confirm-registers")
@click.argument("numbers", nargs=-1, metavar="[AGENCY/YEAR/SERIES=LAST_NUMBER]...")
def confirm_registers(numbers: tuple[str, ...]) -> None:
    """Confirm the last number of registers after a restore; without arguments, list those that wait."""
    container = current_container()
    with told(), container.write() as session:
        waiting = {_key(one): one for one in restoration.unconfirmed(session)}
        for typed in numbers:
            key, _, number = typed.rpartition("=")
            if key not in waiting or not number.isdigit():
                fail("register.unknown", {"typed": typed, "known": sorted(waiting)})
            now = container.engine.clock.now()
            restoration.confirm(session, OPERATOR, now, waiting.pop(key).id, int(number))
        click.echo(sentence("register.waiting", {"count": len(waiting)}))
        _list(waiting.values())


def _list(registers: Iterable[DocumentRegister]) -> None:
    for one in registers:
        click.echo(f"  {_key(one)}={one.last_number}")


def _key(register: DocumentRegister) -> str:
    return f"{register.agency_id}/{register.year}/{register.series}"
