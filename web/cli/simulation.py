"""The simulated year from the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from time import monotonic, process_time
from typing import Any

import click

from web import simulated
from web.cli.common import told
from workflows.simulation.books import Book
from workflows.simulation.staff import Staff
from workflows.simulation.year import Plan

SHOWN = 20  # of what is wrong in one book; the file has all


@click.command("simulate")
@click.option("--year", type=int, default=2026, show_default=True, help="Days from 1 December of the year before.")
@click.option("--first", type=click.DateTime(["%Y-%m-%d"]), help="Another first day than that.")
@click.option("--weeks", type=int, help="Only so many weeks from the first day on.")
@click.option("--scale", type=float, default=0.5, show_default=True, help="So much of the cases of a year.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same year.")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the books there too.")
def simulate(year: int, first: Any, weeks: int | None, scale: float, seed: int, file: Path | None) -> None:
    """Let all agencies work through a year in a throw-away store, then check the books; exit 1 where one is wrong."""
    begin = first.date() if first else date(year - 1, 12, 1)
    end = begin + timedelta(weeks=weeks, days=-1) if weeks else date(year, 12, 31)
    started, worked = monotonic(), process_time()
    with told(), simulated.year(Plan(begin, end, scale, seed), _progress) as (staff, books):
        _tell(staff, books)
        took = {"seconds": round(monotonic() - started), "cpu_seconds": round(process_time() - worked)}
        click.echo("{seconds} s, processor {cpu_seconds} s".format(**took))
        if file:
            parts = {"stuck": [asdict(one) for one in staff.stuck], "books": [asdict(one) for one in books]}
            told_all = {"first": f"{begin}", "last": f"{end}", "scale": scale, "seed": seed, **took, **parts}
            whole = {**told_all, "work": dict(sorted(staff.done.items()))}
            file.write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")
    raise SystemExit(1 if staff.stuck or any(book.wrong for book in books) else 0)


def _progress(day: date, counts: Mapping[str, int]) -> None:
    click.echo(f"{day:%d/%m/%Y}  " + ", ".join(f"{name} {count}" for name, count in counts.items()), err=True)


def _tell(staff: Staff, books: list[Book]) -> None:
    for book in books:
        more = ", ".join(f"{name} {count}" for name, count in book.figures.items())
        click.echo(f"{'✗' if book.wrong else '✓'} {book.name}: {book.looked_at}" + (f" ({more})" if more else ""))
        for line in book.wrong[:SHOWN]:
            click.echo(f"    ✗ {line}")
        if len(book.wrong) > SHOWN:
            click.echo(f"    … {len(book.wrong) - SHOWN}")
    click.echo(f"{'✗' if staff.stuck else '✓'} work: " + ", ".join(f"{k} {n}" for k, n in sorted(staff.done.items())))
    for one in staff.stuck[:SHOWN]:
        click.echo(f"    ✗ {one.case_code} {one.procedure_id}/{one.element_id} ({one.agency_id}): {one.code}")
