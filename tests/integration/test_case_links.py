"""Two cases are linked by whoever sees both; each tells it in its own history, and no command locks two."""

from __future__ import annotations

import pytest

from engine.commands import LinkCases
from engine.commands.case_run import CaseNotFound
from engine.commands.lifecycle import ReasonMissing
from engine.commands.links import AlreadyLinked, BadLink
from engine.errors import Rejected
from engine.tables import CaseLink
from tests.support.small import execute, happened, payload
from tests.support.world import SPECIALIST, STRANGER, World


def test_both_histories_tell_the_link_even_when_the_other_case_has_ended(world: World) -> None:
    one, other = world.start(), world.start()
    world.work(other.open_items[0], SPECIALIST, {"secret": "yes"})
    execute(world, LinkCases(one.case_id, other.case_id, "duplicate", "Cùng một bài đăng"), SPECIALIST)
    told = payload(world, one.case_id, "CaseLinked")
    assert (told["kind"], told["other_code"], told["reason"]) == ("duplicate", other.case_code, "Cùng một bài đăng")
    heard = payload(world, other.case_id, "CaseLinkReceived")
    assert (heard["kind"], heard["other_code"], "reason" in heard) == ("duplicate", one.case_code, False)
    [link] = world.rows(CaseLink)
    assert (link.case_id, link.other_id, link.person_id) == (one.case_id, other.case_id, "cv-so-ngoai-vu")
    assert happened(world, one.case_id)[-1] == "CaseLinked"
    assert world.faults() == []


@pytest.mark.parametrize(
    ("kind", "reason", "error"),
    [("related", " ", ReasonMissing), ("merged", "gộp", BadLink), ("cousin", "gần", BadLink)],
)
def test_a_link_needs_a_reason_and_a_kind_that_people_may_choose(
    world: World, kind: str, reason: str, error: type[Rejected]
) -> None:
    one, other = world.start(), world.start()
    before = world.digest()
    with pytest.raises(error):
        execute(world, LinkCases(one.case_id, other.case_id, kind, reason), SPECIALIST)
    with pytest.raises(BadLink):
        execute(world, LinkCases(one.case_id, one.case_id, "related", "chính nó"), SPECIALIST)
    assert world.digest() == before


def test_the_same_link_is_made_once_and_only_between_cases_that_the_person_sees(world: World) -> None:
    one, other, foreign = world.start(), world.start(), world.start(STRANGER)
    execute(world, LinkCases(one.case_id, other.case_id, "related", "liên quan"), SPECIALIST)
    with pytest.raises(AlreadyLinked):
        execute(world, LinkCases(one.case_id, other.case_id, "related", "lần nữa"), SPECIALIST)
    for pair in ((one.case_id, foreign.case_id), (foreign.case_id, one.case_id)):
        with pytest.raises(CaseNotFound):
            execute(world, LinkCases(*pair, "related", "không thấy"), SPECIALIST)
