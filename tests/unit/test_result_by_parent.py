"""`result: parent`: the case that started a child tells its participants the result of Article 5.2."""

from __future__ import annotations

from engine.procedures.bundle import DESCRIPTION, Bundle, read_folder
from web.wiring import PROCEDURES
from workflows.publication import check

CHILD = read_folder(PROCEDURES / "respondent-return")


def codes(description: str) -> list[str]:
    """What is found wrong with the child's procedure when it says this of itself."""
    changed = Bundle({**CHILD.files, DESCRIPTION: description.encode()})
    return sorted({finding.code for finding in check(changed)})


def described() -> str:
    return CHILD.files[DESCRIPTION].decode()


def test_a_child_whose_parent_tells_the_result_sends_none_itself() -> None:
    assert {outcome.result for outcome in CHILD.outcomes.values()} == {"parent"}
    assert codes(described()) == []


def test_the_same_ends_need_a_written_result_where_no_parent_tells_it() -> None:
    assert codes(described().replace("result: parent", "result: required")) == ["legal.result_missing"]


def test_no_result_at_all_is_no_way_out_once_another_agency_took_part() -> None:
    assert codes(described().replace("result: parent", "result: none")) == ["legal.result_missing"]


def test_leaving_the_result_to_the_parent_needs_a_reason() -> None:
    lines = [line for line in described().splitlines() if not line.strip().startswith("reason:")]
    assert codes("\n".join(lines)) == ["legal.result_reason_missing"]
