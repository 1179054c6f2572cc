"""The reverse index of the law, and warnings about bases that are over."""

from __future__ import annotations

from datetime import date

from engine.procedures.bundle import Bundle, read_folder
from engine.procedures.versions import folders
from tests.support.bpmn import bpmn
from web.wiring import PROCEDURES
from workflows.law import check_basis
from workflows.law.clauses import canonical, clauses
from workflows.law.uses import outdated, uses

RULE = """
reply:
  name: {vi: Trả lời}
  regimes:
    - {from: 2012-12-20, to: 2026-06-30, clock: working_days, amount: 5, source: PL, basis: "nd88-2012:13.3"}
    - {from: 2026-07-01, clock: working_days, amount: 5, source: PL, basis: "nd262-2026:16.3"}
"""
TODAY = date(2026, 9, 1)


def _bundle(*bases: str) -> Bundle:
    legal = "".join(f'<ph:legal source="PL" basis="{basis}"/>' for basis in bases)
    node = f"userTask ask <bpmn:extensionElements>{legal}</bpmn:extensionElements>"
    diagram = bpmn(["startEvent begin", node, "endEvent done"], ["begin ask", "ask done"])
    description = "id: small\nkind: shared\ntitle: {vi: Nhỏ}\n".encode()
    form = b'{"id": "ask", "legal": "nd262-2026:16.3"}'
    return Bundle(
        {
            "procedure.yaml": description,
            "process.bpmn": diagram,
            "deadlines.yaml": RULE.encode(),
            "forms/ask.json": form,
        }
    )


def test_a_clause_tells_every_kind_of_thing_that_rests_on_it() -> None:
    found = uses([_bundle("nd262-2026:16.3", "nd09-2017:6.3a")])
    assert [(use.kind, use.id) for use in found["nd262-2026:16.3"]] == [
        ("element", "ask"),
        ("deadline", "reply"),
        ("form", "forms/ask.json"),
    ]
    assert [use.id for use in found["nd09-2017:6.3.a"]] == ["ask"]
    assert canonical("nd09-2017:6.3a") == canonical("nd09-2017:6.3.a")


def test_a_basis_that_is_over_is_warned_about_unless_a_successor_is_cited_beside_it() -> None:
    [finding] = outdated(_bundle("nd88-2012:13.3"), TODAY)
    assert (finding.code, finding.element) == ("law.basis_ended", "ask")
    assert finding.params == {"basis": "nd88-2012:13.3", "until": "2026-06-30"}
    assert outdated(_bundle("nd88-2012:13.3", "nd262-2026:16.3"), TODAY) == []
    assert outdated(_bundle("nd88-2012:13.3"), date(2026, 6, 30)) == []
    # The details of what came in its place count as its successor
    assert outdated(_bundle("lbc-2016:43", "nd237-2026:21"), TODAY) == []


def test_every_described_clause_can_be_cited_and_what_ships_is_indexed() -> None:
    assert [basis for basis in clauses() if check_basis(basis) is not None or canonical(basis) != basis] == []
    assert {state.confidence for states in clauses().values() for state in states} <= {"V", "V2", "R", "U"}
    found = uses(read_folder(folder) for folder in folders(PROCEDURES))
    assert len(found["qd01-2020:5.2"]) > 10
