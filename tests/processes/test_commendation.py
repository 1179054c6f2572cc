"""Commendation: one suspended nominee leaves the others moving; the grounds of a decision follow the day of receipt."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from engine.clock import local_date
from engine.tables import Case
from web import scenario_runs
from web.throwaway import throwaway
from web.wiring import PROCEDURES, Container
from workflows.documents.templates import fill, read_template

DECISION = PROCEDURES / "commendation" / "notices" / "award-decision.yaml"
SUSPENDED, LAWS = "04-mot-nguoi-tam-dung", {"01": "06/2026/QH16", "02": "152/2025/NĐ-CP", "03": "98/2023/NĐ-CP"}


@pytest.fixture(scope="module")
def played() -> Iterator[tuple[Container, dict[str, str]]]:
    """A store in which the suspension and a decision under each regime have run, with the codes of their cases."""
    with throwaway() as container:
        codes: dict[str, str] = {}
        for _, one in scenario_runs.scenarios_of("commendation"):
            if one.name == SUSPENDED or one.name[:2] in LAWS:
                result = scenario_runs.run(container, "commendation", one)
                assert result.ok, result.failures
                codes[one.name[:2]] = str(result.case_code)
        yield container, codes


def test_one_suspended_nominee_leaves_the_others_moving(played: tuple[Container, dict[str, str]]) -> None:
    container, codes = played
    with container.read() as session:
        proposal = session.scalars(select(Case).where(Case.code == codes["04"])).one()
        nominees = session.scalars(select(Case).where(Case.procedure_id == "commendation-nominee")).all()
    assert (proposal.status, proposal.outcome) == ("ended", "DA_KHEN_BK")
    assert [nominee.status for nominee in nominees] == ["running"]


@pytest.mark.parametrize("scenario", sorted(LAWS))
def test_a_decision_names_the_law_of_the_day_on_which_the_file_came(
    played: tuple[Container, dict[str, str]], scenario: str
) -> None:
    container, codes = played
    with container.read() as session:
        received = session.scalars(select(Case.received_at).where(Case.code == codes[scenario])).one()
    values = {"subject": "Năm 2026", "variant": "BK", "nominees": [], "law_on": local_date(received).isoformat()}
    template = read_template(DECISION.name, DECISION.read_bytes())
    text = " ".join(fill(DECISION.name, template, values, lambda agency_id: agency_id).body)
    assert [law for law in LAWS.values() if law in text] == [LAWS[scenario]]
