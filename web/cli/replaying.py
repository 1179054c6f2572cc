"""Running recorded histories again from the command line."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click
from sqlalchemy import select

from engine.replay import AGREES, DIFFERS, NOT_COMPARABLE, Verdict
from engine.replay.many import replay_many
from engine.tables import Case
from web.cli.common import current_container, fail
from web.messages import sentence
from web.replay.differing import in_words


@click.command("replay")
@click.argument("case_code", required=False)
@click.option("--all", "everything", is_flag=True, help="Every case.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a case, instead of sentences.")
def replay_cases(case_code: str | None, everything: bool, as_json: bool) -> None:
    """Run the log of CASE_CODE again, or of every case with --all; exit 1 where log and re-execution part."""
    counts = dict.fromkeys((AGREES, DIFFERS, NOT_COMPARABLE), 0)
    container = current_container()
    with container.read() as session:
        cases = session.execute(_chosen(case_code, everything)).all()
    verdicts = replay_many(container.settings.database_url, [case.id for case in cases])
    for case, verdict in zip(cases, verdicts, strict=True):
        counts[verdict.answer] += 1
        if as_json:
            click.echo(json.dumps({"case": case.code, **asdict(verdict)}, ensure_ascii=False, default=str))
        elif verdict.answer != AGREES or not everything:
            click.echo(_told(case.code, verdict))
    if not sum(counts.values()) and not everything:
        fail("case.not_found")
    if not as_json:
        click.echo(sentence("replay.summary", counts))
    if counts[DIFFERS]:
        raise SystemExit(1)


def _chosen(code: str | None, everything: bool) -> Any:
    cases = select(Case.id, Case.code).order_by(Case.started_at, Case.id)
    return cases if everything else cases.where(Case.code == (code or "").upper())


def _told(code: str, verdict: Verdict) -> str:
    facts = {"case": code, "events": verdict.events}
    if verdict.answer == NOT_COMPARABLE:
        return sentence(verdict.reason, facts)
    if (found := verdict.difference) is None:
        return sentence("replay.agrees", facts)
    return sentence("replay.differs", {**facts, **asdict(found), **in_words(found)})
