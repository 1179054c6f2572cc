"""The studio's store on both databases: saves in turn, a publication as one whole, scenarios beside the version."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from engine.actors import Actor
from engine.clock import local_date
from engine.procedures.versions import effect_at, newest
from tests.support.studio import OWNER, SECOND
from tests.support.world import World
from workflows.agencies.queries import actor_for_account
from workflows.documents.layout import LAYOUT_VERSION
from workflows.studio import drafts, publishing, scenarios
from workflows.studio.errors import MovedOn, OwnWork, WrongStatus
from workflows.studio.publishing import Reason

PROCEDURE = "difficulty"


def person(world: World, user_name: str) -> Actor:
    with world.engine.read() as session:
        return actor_for_account(session, user_name, local_date(world.clock.now()))


def begin(world: World) -> str:
    with world.engine.transaction() as session:
        return drafts.begin(session, person(world, OWNER), PROCEDURE, now=world.clock.now()).id


def save(world: World, draft: str, path: str, content: bytes, seen: int, user_name: str = OWNER) -> int:
    with world.engine.transaction() as session:
        changes = {path: content}
        return drafts.save(session, person(world, user_name), draft, changes, seen=seen, now=world.clock.now()).revision


def test_of_two_that_save_the_same_file_at_once_one_is_told(world: World) -> None:
    draft, told, saved = begin(world), list[MovedOn](), list[int]()
    start = threading.Barrier(2)

    def typing(user_name: str) -> None:
        start.wait()
        try:
            saved.append(save(world, draft, "deadlines.yaml", user_name.encode(), 0, user_name))
        except MovedOn as error:
            told.append(error)

    hands = [threading.Thread(target=typing, args=(name,)) for name in (OWNER, SECOND)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()

    assert saved == [1] and [error.params["path"] for error in told] == ["deadlines.yaml"]


def test_a_publication_is_one_whole_and_keeps_its_scenarios_beside_it(world: World) -> None:
    draft, now = begin(world), world.clock.now()
    with world.engine.read() as session:
        content = drafts.files(session, drafts.read(session, person(world, OWNER), draft))
    revision = save(world, draft, "procedure.yaml", content["procedure.yaml"] + b"# a\n", 0)
    [first, *_] = [path for path in content if path.startswith("scenarios/")]
    save(world, draft, first, content[first] + b"# b\n", revision)
    reason = Reason("Sửa", "Quyết định 1/QĐ-UBND, 01/09/2026", local_date(now))
    checks = world.container.checks
    with world.engine.transaction() as session:
        digest = publishing.submit(session, person(world, OWNER), draft, reason, checks=checks, now=now).digest or ""

    def approve(user_name: str, seen: str) -> str:
        with world.engine.transaction() as session:
            return publishing.approve(
                session,
                person(world, user_name),
                draft,
                digest=seen,
                checks=checks,
                document_templates=LAYOUT_VERSION,
                now=world.clock.now(),
            ).hash

    with pytest.raises(OwnWork):
        approve(OWNER, digest)
    before = world.digest()
    with pytest.raises(WrongStatus):
        approve(SECOND, "0" * 64)
    assert world.digest() == before
    version = approve(SECOND, digest)
    with pytest.raises(WrongStatus):
        approve(SECOND, digest)

    with world.engine.read() as session:
        effect = effect_at(session, PROCEDURE, now + timedelta(seconds=1))
        assert effect is not None and effect.version_hash == version == newest(session, PROCEDURE)
        assert scenarios.of_version(session, version)[first].endswith(b"# b\n")
    assert world.faults() == []
