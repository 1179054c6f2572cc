"""The same checks on the command line and at publication: a defective procedure passes neither door."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from engine.actors import SYSTEM
from engine.errors import DefinitionError
from engine.procedures.bundle import read_folder
from engine.procedures.versions import publish, publish_new
from engine.tables import ProcedureVersion
from tests.support.foreign import camunda_7
from web.bootstrap import migrate
from web.wiring import Container, build
from workflows.publication import PublicationChecks

ROOT = Path(__file__).parents[2]
PROCEDURE = ROOT / "bpmn" / "incident-rebuttal"


def check(path: Path, data: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The command, as an administrator types it."""
    command = [sys.executable, "-m", "flask", "--app", "web", "procedures", "check", str(path), *more]
    environment = {**os.environ, "DATA_DIR": str(data), "STORE": "real"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One store for all commands."""
    return tmp_path_factory.mktemp("store")


def test_what_ships_passes_at_the_command_line(store: Path) -> None:
    done = check(ROOT / "bpmn", store)
    assert done.returncode == 0
    assert done.stdout.strip().endswith("Đạt: không thấy lỗi.")
    notes = [line for line in done.stdout.splitlines() if line.startswith("Lưu ý")]
    assert all("[law.basis_ended]" in note for note in notes)  # steps of cases that go by the law of an earlier day


def test_a_foreign_file_gets_findings_in_both_languages_and_exit_code_1(tmp_path: Path, store: Path) -> None:
    file = tmp_path / "foreign.bpmn"
    file.write_bytes(camunda_7(random.Random(3)))
    done = check(file, store, "--json")
    findings = json.loads(done.stdout)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert all(f["file"] and f["code"] and f["vi"] and f["en"] for f in findings)
    assert {"profile.template_expression", "meaning.expression"} <= {f["code"] for f in findings}
    told = check(file, store).stdout
    assert "[profile.template_expression]" in told
    assert "Hãy viết lại" in told


def test_a_folder_and_a_tree_are_examined_with_what_belongs_to_them(tmp_path: Path, store: Path) -> None:
    """Given a procedure without one of its forms beside a broken lone diagram, then each is told under its own path."""
    shutil.copytree(PROCEDURE, tmp_path / "tree" / "rebuttal")
    (tmp_path / "tree" / "rebuttal" / "forms" / "triage.json").unlink()
    (tmp_path / "tree" / "lone.bpmn").write_text("<x", encoding="utf-8")
    findings = json.loads(check(tmp_path / "tree", store, "--json").stdout)
    told = {(Path(f["file"]).relative_to(tmp_path / "tree").as_posix(), f["code"]) for f in findings}
    assert ("lone.bpmn", "xml.malformed") in told
    assert ("rebuttal/process.bpmn", "meaning.form_unknown") in told


@pytest.fixture
def container(tmp_path: Path) -> Iterator[Container]:
    built = build({"DATA_DIR": str(tmp_path / "data")})
    migrate(built)
    yield built
    built.engine.database.dispose()


def test_publication_examines_what_it_publishes(container: Container, tmp_path: Path) -> None:
    """Given a copy with a service that nobody has, when it is published, then it is refused and nothing is stored."""
    folder = tmp_path / "shared" / "outgoing-document"
    shutil.copytree(ROOT / "bpmn" / "shared" / "outgoing-document", folder)
    diagram = folder / "process.bpmn"
    diagram.write_text(diagram.read_text("utf-8").replace("documents.draft", "documents.scribble"), encoding="utf-8")
    services = frozenset(container.engine.ports.services)
    now = container.engine.clock.now()
    with PublicationChecks(services) as checks, container.write() as session:
        with pytest.raises(DefinitionError) as refused:
            publish(session, read_folder(folder), actor=SYSTEM, now=now, document_templates="1", checks=checks)
        assert session.scalar(select(func.count()).select_from(ProcedureVersion)) == 0
    assert {f.code for f in refused.value.findings} == {"meaning.service_unknown"}


def test_a_call_is_checked_against_the_published_shared_procedure(container: Container) -> None:
    services = container.service_names
    now = container.engine.clock.now()
    bundle = read_folder(ROOT / "bpmn" / "shared" / "written-result")
    diagram = bundle.files["process.bpmn"].replace(b'<ph:input name="issuer"', b'<ph:input name="sender"')
    assert diagram != bundle.files["process.bpmn"]
    changed = type(bundle)({**bundle.files, "process.bpmn": diagram})
    with PublicationChecks(services) as checks, container.write() as session:
        publish_new(
            session,
            ROOT / "bpmn",
            actor=SYSTEM,
            now=now,
            document_templates="1",
            checks=checks,
            effective_from=now,
        )
        with pytest.raises(DefinitionError) as refused:
            publish(session, changed, actor=SYSTEM, now=now, document_templates="1", checks=checks)
    codes = {f.code for f in refused.value.findings}
    assert codes == {"meaning.call_input_missing", "meaning.call_input_unknown"}
