"""Stories of the store: every command brings it into order, no older program opens it, real or demo is for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text

from engine.errors import DefinitionError
from engine.tables import Case, ProcedureVersion
from tests.support.server import OWN_SETTINGS
from tests.support.world import World, run_command
from web import bootstrap, scenario_runs
from web.bootstrap import SchemaTooNew, ensure_ready
from web.wiring import build
from workflows import demo
from workflows.agencies.tables import Account, Agency

ROOT = Path(__file__).resolve().parents[2]


def flask(data_dir: Path, *args: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """`flask --app web ARGS` as a person types it."""
    kept = {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS}
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "web", *args],
        cwd=ROOT,
        env={**kept, "DATA_DIR": str(data_dir), **settings},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def few_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new demo store gets cases of the shortest and of the longest scenario only: all of them take half a minute."""
    ordered = sorted(scenario_runs.scenarios_of(), key=lambda found: len(found[1].steps))
    monkeypatch.setattr(scenario_runs, "scenarios_of", lambda procedure_id=None: [ordered[0], ordered[-1]])


def test_an_empty_database_becomes_a_demo_store_with_people_procedures_and_cases(
    database_url: str, tmp_path: Path, few_cases: None
) -> None:
    container = build({"DATA_DIR": str(tmp_path / "new"), "DATABASE_URL": database_url})
    try:
        ensure_ready(container)
        with container.read() as session:
            assert demo.store_kind(session) == "demo"
            statuses = set(session.scalars(select(Case.status)))
            assert statuses == {"running", "ended"}
            versions = session.scalars(select(ProcedureVersion.procedure_id)).all()
        # And a second start changes nothing
        ensure_ready(container)
        with container.read() as session:
            assert session.scalars(select(ProcedureVersion.procedure_id)).all() == versions
    finally:
        container.engine.database.dispose()


def test_any_command_on_an_empty_folder_brings_it_into_order(tmp_path: Path) -> None:
    result = flask(tmp_path / "new" / "store", "procedures", "list", STORE="real")
    assert result.returncode == 0, result.stderr
    assert result.stderr.startswith("→ Tạo kho dữ liệu")
    assert "incident-rebuttal" in result.stdout
    again = flask(tmp_path / "new" / "store", "audit", "verify", "--all", STORE="demo")
    assert again.returncode == 0 and "nguyên vẹn" in again.stdout
    assert "thật" in flask(tmp_path / "new" / "store", "accounts").stdout  # the kind of a store never changes


def test_a_store_of_a_newer_program_is_refused_and_left_alone(world: World, tmp_path: Path) -> None:
    with world.engine.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = world.digest()
    with pytest.raises(SchemaTooNew):
        ensure_ready(world.container)
    assert world.digest() == before
    settings = world.container.settings
    told = flask(settings.data_dir, "accounts", DATABASE_URL=settings.database_url)
    assert told.returncode != 0 and told.stdout == ""
    assert "[store.schema_too_new]" in told.stderr and "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "tám nghìn"),
        ("PORT", "99999"),
        ("STORE", "khác"),
        ("BROKER_URL", "localhost"),
        ("DATABASE_URL", "no address"),
        ("DATABASE_URL", "nosuchdatabase://localhost/x"),
    ],
)
def test_a_setting_that_nobody_can_mean_ends_in_a_sentence(tmp_path: Path, name: str, value: str) -> None:
    result = flask(tmp_path / "store", "init", **{name: value})
    assert result.returncode != 0
    assert "[setting.bad]" in result.stderr and name in result.stderr and "Traceback" not in result.stderr
    assert not (tmp_path / "store").exists()


def test_a_database_that_does_not_answer_ends_in_a_sentence(tmp_path: Path) -> None:
    result = flask(tmp_path, "init", DATABASE_URL="postgresql+psycopg://nobody@127.0.0.1:1/none")
    assert result.returncode != 0
    assert "[store.unreachable]" in result.stderr and "Traceback" not in result.stderr


def test_gunicorn_stops_for_good_where_the_program_cannot_start(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS}
    result = subprocess.run(
        [sys.executable, "-m", "gunicorn", "--config", "web/gunicorn_conf.py", "web:create_app()"],
        cwd=ROOT,
        env={**kept, "DATA_DIR": str(tmp_path), "STORE": "khác", "PORT": "0"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode != 0 and "[setting.bad]" in result.stderr


def test_a_real_store_has_the_agencies_but_neither_people_nor_passwords(database_url: str, tmp_path: Path) -> None:
    container = build({"DATA_DIR": str(tmp_path), "DATABASE_URL": database_url, "STORE": "real"})
    try:
        ensure_ready(container)
        with container.read() as session:
            assert session.scalars(select(Account)).all() == []
            assert session.scalars(select(Case)).all() == []
            assert len(session.scalars(select(Agency)).all()) > 50
        told = run_command(container, "accounts")
        assert demo.PASSWORD not in told.output and "quản trị viên" in told.stdout
    finally:
        container.engine.database.dispose()


def test_two_processes_that_start_on_an_empty_folder_take_turns(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if name not in OWN_SETTINGS}
    command = [sys.executable, "-m", "flask", "--app", "web", "init"]
    environment = {**kept, "DATA_DIR": str(tmp_path), "STORE": "real"}
    starts = [subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [start.wait(120) for start in starts] == [0, 0]


def test_a_defect_in_a_shipped_procedure_is_told_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "bpmn" / "incident-rebuttal"
    broken.mkdir(parents=True)
    (broken / "procedure.yaml").write_text("id: incident-rebuttal\nkind: nothing\n", encoding="utf-8")
    monkeypatch.setattr(bootstrap, "PROCEDURES", tmp_path / "bpmn")
    container = build({"DATA_DIR": str(tmp_path / "store"), "STORE": "real"})
    with pytest.raises(DefinitionError) as caught:
        ensure_ready(container)
    assert caught.value.findings[0].file
    container.engine.database.dispose()
