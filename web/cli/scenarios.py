"""Running the scenarios of procedures from the command line."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import click

from web import scenario_runs
from web.cli.common import current_container, fail, told
from web.throwaway import throwaway
from web.wiring import Container
from workflows import demo
from workflows.scenarios import ScenarioResult, StepFailure
from workflows.scenarios.coverage import Passages, measure


@click.group("scenarios")
def scenarios() -> None:
    """The procedures' own tests."""


@scenarios.command("run")
@click.argument("procedure", required=False)
@click.option("--keep", is_flag=True, help="Run in this demo store and leave the cases there.")
@click.option("--coverage", is_flag=True, help="Say which elements and flows never ran; exit 1 below 100 %.")
def run(procedure: str | None, keep: bool, coverage: bool) -> None:
    """Run the scenarios of PROCEDURE, or of all; exit 1 where one does not go as expected."""
    passages = Passages()
    with told(), _store(keep) as container:
        found = scenario_runs.scenarios_of(procedure)
        if not found:
            fail("procedure.unknown", {"procedure": procedure or ""})
        results = [scenario_runs.run(container, id_, scenario, passages) for id_, scenario in found]
    for result in results:
        _tell(result)
    good = sum(result.ok for result in results)
    click.echo(f"{good}/{len(results)} kịch bản đạt.")
    covered = _tell_coverage(procedure, passages) if coverage else True
    raise SystemExit(0 if good == len(results) and covered else 1)


def _tell_coverage(procedure: str | None, passages: Passages) -> bool:
    """Print what ran of each procedure and shared part; whether it is everything."""
    with told():
        found = measure(scenario_runs.bundles_with_excuses(procedure), passages)
    for one in found:
        parts = f"phần tử {one.elements_passed}/{one.elements}, luồng {one.flows_taken}/{one.flows}"
        click.echo(f"{'✓' if one.complete else '✗'} {one.id}: {parts}")
        for id_, reason in one.excused.items():
            click.echo(f"    miễn {id_}: {reason}")
        for missed in one.missed:
            click.echo(f"    ✗ chưa chạy {missed.id} ({missed.name})")
        for id_ in one.needless:
            click.echo(f"    ✗ miễn thừa {id_}: đã chạy hoặc không có trong sơ đồ")
    return all(one.complete for one in found)


def _store(keep: bool) -> AbstractContextManager[Container]:
    if not keep:
        return throwaway()
    container = current_container()
    with container.read() as session:
        demo.require_demo(session)
    return nullcontext(container)


def _tell(result: ScenarioResult) -> None:
    click.echo(f"{'✓' if result.ok else '✗'} {result.name}: {result.outcome or '—'}  ({result.case_code or ''})")
    click.echo(f"    {' → '.join(result.path)}")
    for failure in result.failures:
        click.echo(f"    ✗ {_where(failure)}: {failure.what}: chờ “{failure.expected}”, được “{failure.came}”")


def _where(failure: StepFailure) -> str:
    return "kết thúc" if failure.step < 0 else f"bước {failure.step + 1} ({failure.element})"
