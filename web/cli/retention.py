"""Retention from the command line: what is due for deletion. Deleting takes two signed-in persons, on the page."""

from __future__ import annotations

import click

from engine.clock import local_date
from web.cli.common import OPERATOR, current_container
from web.formatting import day
from workflows.retention.due import due


@click.group("retention")
def retention() -> None:
    """How long records are kept."""


@retention.command("due")
def list_due() -> None:
    """List the cases whose records need not be kept any longer; nothing is deleted."""
    container = current_container()
    with container.read() as session:
        found = due(session, OPERATOR, local_date(container.engine.clock.now()), limit=10_000)
    for one in found:
        sure = one.kept.confidence
        click.echo(
            f"{one.code}  {one.procedure_id}  {day(one.ended_on)} + {one.kept.years} → {day(one.until)} [{sure}]"
        )
    click.echo(f"{len(found)} vụ việc hết thời hạn bảo quản; xóa trên trang Giám sát, hai người quyết định.")
