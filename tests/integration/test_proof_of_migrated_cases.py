"""What an auditor and a second body see of a case that went over to another version and ended by it."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from engine.actors import SYSTEM
from engine.commands import MigrateCase
from engine.procedures.bundle import DIAGRAM, Bundle
from engine.procedures.layout import layout
from engine.proof.exported import verify as verifier
from engine.proof.exported.verify import Given
from engine.proof.keys import verifier_key
from engine.proof.tables import LogKey
from engine.tables import Case
from tests.support.letters import OWNER, latest, letter
from tests.support.small import complete, execute, install, start
from tests.support.web import Browser
from tests.support.world import SPECIALIST, World, run_command
from web.app import assemble


def drawn(bundle: Bundle, **names: str) -> Bundle:
    """The bundle with a diagram that can be drawn, and other names for some of its steps."""
    diagram = bundle.files[DIAGRAM].decode()
    for id_, name in names.items():
        diagram = diagram.replace(f'name="{id_}"', f'name="{name}"')
    return Bundle({**bundle.files, DIAGRAM: layout(diagram.encode())})


@pytest.fixture
def ended(sqlite_world: World) -> Case:
    """A case that went over in the middle to a version with another step in the place of that at which it stood, and
    another name for the one before."""
    world = sqlite_world
    world.container.notary.rotate(SYSTEM)
    install(world, drawn(letter(), answer="respond"))
    case_id = start(world, "letter", SPECIALIST).case_id
    complete(world, case_id, "ask", SPECIALIST, question="Vì sao?")
    install(world, drawn(letter(24, element="reply_to_it"), ask="inquire"))
    execute(world, MigrateCase(case_id, latest(world, "letter"), {"answer": "reply_to_it"}, "Nghị định mới"), OWNER)
    complete(world, case_id, "reply_to_it", SPECIALIST, reply="Vì thế.")
    complete(world, case_id, "close", SPECIALIST, note="xong")
    [case] = world.rows(Case, id=case_id)
    assert isinstance(case, Case) and case.status == "ended"
    return case


def test_its_export_is_true_and_holds_both_versions(sqlite_world: World, ended: Case, tmp_path: Path) -> None:
    sqlite_world.container.notary.up_to_date()
    [active] = sqlite_world.rows(LogKey, status="active")
    key = sqlite_world.ask(lambda session: str(verifier_key(session, active)))
    path = tmp_path / "export.zip"
    written = run_command(sqlite_world.container, "audit", "export", ended.code, "-o", str(path))
    assert written.exit_code == 0, written.output
    verdict = verifier.verify(path, Given(None, key))
    assert verdict.code == 0, "\n".join(verifier.report(verdict, 0))
    with zipfile.ZipFile(path) as archive:
        held = [name for name in archive.namelist() if name.startswith("versions/")]
    assert len(held) == 2


def test_its_log_agrees_when_it_is_run_again(sqlite_world: World, ended: Case) -> None:
    result = run_command(sqlite_world.container, "audit", "replay", ended.code)
    assert (result.exit_code, "khớp" in result.output) == (0, True), result.output


def test_its_replay_shows_the_diagram_of_the_version_of_the_day(sqlite_world: World, ended: Case) -> None:
    """Before the migration the step of the old version stands open on the diagram, from then on that of the new one."""
    auditor = Browser(assemble(sqlite_world.container).test_client())
    assert auditor.sign_in("kiemtra").status_code == 303
    log = sqlite_world.history(ended.id)
    migrated = next(event.seq for event in log if event.type == "CaseMigrated")

    def page(seq: int) -> tuple[str, str]:
        html = auditor.open(f"/vu-viec/{ended.code}/dien-lai?buoc={seq}").text
        diagram = html.partition('id="so-do-letter')[2].partition("</svg>")[0]
        return html, diagram

    first = page(2)
    assert "ask" in first[0] and "inquire" not in first[0]
    before, after, last = page(migrated - 1), page(migrated), page(len(log))
    assert "respond" in before[1] and "reply_to_it" not in before[1]
    for html, diagram in (after, last):
        assert "reply_to_it" in diagram and "respond" not in diagram
        assert "khớp với nhật ký" in html
    assert "Chuyển từ phiên bản 1 sang phiên bản 2" in after[0] and "Nghị định mới" in after[0]
    over = auditor.open(f"/vu-viec/{ended.code}/dien-lai/buoc/{migrated}").text
    assert "respond" in over.partition("Vừa đóng")[2].partition("Đang mở")[0]
