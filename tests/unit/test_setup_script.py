"""Setting up passes over what is done, and says what to install where something is missing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from scripts import setup

ROOT = Path(__file__).resolve().parent.parent.parent


def test_a_step_is_due_again_when_its_inputs_change(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Given a step that was done with one lock file
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "STAMPS", tmp_path / ".stamps")
    lock = tmp_path / "requirements.txt"
    lock.write_text("flask==3.1.3\n")
    setup.mark_done("requirements.txt", setup.digest([lock]))
    assert setup.is_done("requirements.txt", setup.digest([lock]))

    # When the file changes, or the Python does, then the step is due
    assert not setup.is_done("requirements.txt", setup.digest([lock], extra="another Python"))
    lock.write_text("flask==3.1.4\n")
    assert not setup.is_done("requirements.txt", setup.digest([lock]))


def test_without_ensurepip_the_one_package_to_install_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Given a Python whose ensurepip was split off, as Debian does
    (tmp_path / "ensurepip.py").write_text("raise ImportError\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup, "PYTHON", tmp_path / ".venv" / "bin" / "python")

    assert setup.main([]) == 1

    assert "apt install python3-venv" in capsys.readouterr().err
    assert not (tmp_path / ".venv").exists()


@pytest.mark.parametrize(("version", "usable"), [("exit 0", True), ("exit 1", False)])
def test_only_a_python_of_3_11_or_newer_is_taken(tmp_path: Path, version: str, usable: bool) -> None:
    # Given a machine whose only Python is new enough, or too old
    python = tmp_path / "python3"
    python.write_text(f"#!/bin/sh\n{version}\n")
    python.chmod(0o755)

    found = subprocess.run(
        ["/bin/sh", str(ROOT / "scripts" / "find-python")],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (found.returncode == 0) == usable
    assert found.stdout.strip() == ("python3" if usable else "")
    assert usable or "Python 3.11" in found.stderr


def test_an_old_or_absent_node_is_not_taken(tmp_path: Path) -> None:
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\necho v18.19.0\n")
    node.chmod(0o755)

    assert setup.node_major(str(node)) == 18
    assert setup.node_major("/bin/false") == 0


def test_several_workers_on_sqlite_are_refused() -> None:
    environment = {**os.environ, "WEB_CONCURRENCY": "2", "DATABASE_URL": ""}
    command = [str(setup.PYTHON), "-m", "gunicorn", "--config", "web/gunicorn_conf.py", "web:create_app()"]

    refused = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert refused.returncode == 1
    assert "DATABASE_URL" in refused.stderr
