"""What a new release ships meets a store that an earlier one has filled."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.actors import SYSTEM, Actor
from engine.procedures.bundle import read_folder
from engine.procedures.versions import publish, publish_new
from web.bootstrap import migrate
from web.wiring import Container, build
from workflows.publication import PublicationChecks

BPMN = Path(__file__).parents[2] / "bpmn"
OWNER = replace(SYSTEM, person_id="owner")


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    built = build({"DATA_DIR": str(tmp_path / "data")})
    migrate(built)
    yield built
    built.engine.database.dispose()


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """The first release: the shared outgoing document alone."""
    root = tmp_path / "bpmn"
    shutil.copytree(BPMN / "shared" / "outgoing-document", root / "outgoing-document")
    return root


def ship(container: Container, root: Path) -> list[str]:
    now = container.engine.clock.now()
    with PublicationChecks(container.service_names) as checks, container.write() as session:
        versions = publish_new(
            session, root, actor=SYSTEM, now=now, document_templates="1", checks=checks, effective_from=now
        )
        return [version.procedure_id for version in versions]


def change(folder: Path, text: str) -> None:
    diagram = folder / "process.bpmn"
    diagram.write_text(
        diagram.read_text("utf-8").replace("</bpmn:documentation>", f"{text}</bpmn:documentation>"), "utf-8"
    )


def pinned(container: Container) -> str:
    """What the shipped outgoing document says of itself, as the newest version of the written result calls it."""
    with container.read() as session:
        version = container.engine.versions.in_force(session, "written-result", container.engine.clock.now())
    return version.parts["outgoing_document"].files["process.bpmn"].decode()


def test_a_new_procedure_gets_the_shared_parts_as_they_ship_with_it(container: Container, release: Path) -> None:
    """Given a published part, when the next release changes it and adds a caller, then the caller has the change."""
    ship(container, release)
    change(release / "outgoing-document", "Sửa lần hai.")
    shutil.copytree(BPMN / "shared" / "written-result", release / "written-result")
    assert ship(container, release) == ["outgoing-document", "written-result"]
    assert "Sửa lần hai." in pinned(container)
    assert ship(container, release) == []


def test_a_change_alone_touches_nothing(container: Container, release: Path) -> None:
    ship(container, release)
    change(release / "outgoing-document", "Sửa lần hai.")
    assert ship(container, release) == []


def test_what_a_person_changed_is_never_overwritten(container: Container, release: Path) -> None:
    """Given a part that its owner changed, when a release changes it too, then its new caller has the owner's."""
    ship(container, release)
    change(release / "outgoing-document", "Sửa của chủ quy trình.")
    publish_as(container, OWNER, release / "outgoing-document")
    change(release / "outgoing-document", "Sửa của bản mới.")
    shutil.copytree(BPMN / "shared" / "written-result", release / "written-result")
    assert ship(container, release) == ["written-result"]
    assert "Sửa của chủ quy trình." in pinned(container)
    assert "Sửa của bản mới." not in pinned(container)


def publish_as(container: Container, actor: Actor, folder: Path) -> None:
    now = container.engine.clock.now()
    with PublicationChecks(container.service_names) as checks, container.write() as session:
        publish(session, read_folder(folder), actor=actor, now=now, document_templates="1", checks=checks)
