"""The duty register: whole, readable, and true to the diagrams."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from engine.procedures.bundle import PROCEDURE as KIND_PROCEDURE
from engine.procedures.bundle import Bundle, read_folder
from engine.procedures.versions import folders
from web.messages import catalogue
from web.wiring import PROCEDURES
from workflows import agencies
from workflows.law.citations import check_basis
from workflows.regulation.coverage import matrix
from workflows.regulation.duties import (
    CLASSES,
    EVERY_AGENCY,
    LOCAL,
    PLANNED,
    PROCEDURE,
    RULE,
    STANDING,
    DutyNotFound,
    Serving,
    duties,
    duty,
)

BUNDLES: list[Bundle] = [read_folder(folder) for folder in folders(PROCEDURES)]
ROLES = Path(agencies.__file__).parent / "data" / "roles.csv"


def test_the_123_duties_are_there_each_once_in_the_order_of_the_regulation() -> None:
    found = duties()
    assert [one.number for one in found] == list(range(1, 124))
    articles = [int(one.clause.partition(".")[0]) for one in found]
    assert articles == sorted(articles) and set(articles) == set(range(4, 28))
    for one in found:
        assert check_basis(one.basis) is None, one.basis
        assert one.text["vi"] and one.text["en"]
        assert one.classes and set(one.classes) <= set(CLASSES)


def test_every_duty_says_how_it_is_served() -> None:
    procedures = {bundle.id for bundle in BUNDLES if bundle.kind == KIND_PROCEDURE}
    sentences = catalogue("vi")
    for one in duties():
        serving = one.serving
        assert serving.by in (PROCEDURE, RULE, STANDING, PLANNED)
        assert bool(serving.procedures) == (serving.by == PROCEDURE) and set(serving.procedures) <= procedures
        assert bool(serving.check) == (serving.by == RULE) and (not serving.check or serving.check in sentences)
        assert bool(serving.reason) == (serving.by == PLANNED)
        assert one.owners


def test_no_duty_of_false_information_is_left_to_later_and_none_is_unserved() -> None:
    assert matrix(duties(), BUNDLES).missing == ()
    of_rebuttal = [one for one in duties() if "P2" in one.classes]
    assert len(of_rebuttal) >= 15
    assert {one.clause for one in of_rebuttal if one.serving.by != PROCEDURE} <= {"13.10"}  # its procedure is to come
    assert {one.serving.by for one in duties() if one.classes == ("STD",)} == {STANDING}


def test_a_duty_whose_clause_no_element_cites_is_missing() -> None:
    """The control: a clause that stands nowhere in the diagrams is found out, and so is a procedure that is gone."""
    orphan = replace(duty(38), clause="13.7")
    assert matrix([orphan, duty(38)], BUNDLES).missing == (orphan,)
    absent = replace(duty(38), serving=Serving(PROCEDURE, ("no-such-procedure",)))
    assert matrix([absent], BUNDLES).missing == (absent,)


def test_steps_that_cite_no_clause_of_the_regulation_are_named() -> None:
    uncited = {f"{id_}/{element.id}" for id_, element in matrix(duties(), BUNDLES).uncited}
    assert "outgoing-document/number_paper" in uncited  # national law: NĐ 30/2020/NĐ-CP
    assert "incident-rebuttal/detect" not in uncited


def test_those_in_charge_are_roles_of_the_regulation() -> None:
    known = {row["id"] for row in csv.DictReader(ROLES.open(encoding="utf-8"))} | {EVERY_AGENCY, LOCAL}
    assert {role for one in duties() for role in (*one.lead, *one.taking_part)} <= known


def test_there_is_no_duty_of_another_number() -> None:
    with pytest.raises(DutyNotFound):
        duty(124)
