"""What must hold for every file: directions of imports, a docstring on top, no trace of one machine, honest locks."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-node.txt"]
PINNED = re.compile(r"[a-z0-9._\-\[\],]+==[^\s;]+(?: ; [^\\]+)? \\\n(?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", re.I)
MACHINE_PATH = re.compile(r"(?<![\w.~/\-}])/(?:home|root|Users|opt|work|mnt)/[\w.\-]+")
REGISTRY = re.compile(r"https?://[\w.\-]*(?:registry|pypi|pythonhosted|npmjs|deb\.)[\w.\-]*", re.I)


def tracked(*patterns: str) -> list[Path]:
    """Files that are in the repository, or would be after `git add .`."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted({path for line in listed.splitlines() if (path := ROOT / line).is_file()})


def texts() -> Iterator[tuple[Path, str]]:
    """Every tracked text file with its content."""
    for path in tracked():
        raw = path.read_bytes()
        if b"\0" not in raw:
            yield path.relative_to(ROOT), raw.decode("utf-8")


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the packages in `folder` with the contracts found there."""
    code = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, '.'); {code}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_imports_go_from_web_to_workflows_to_engine_only() -> None:
    result = lint_imports(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("engine/x.py", "import workflows", "web → workflows → engine"),
        ("workflows/x.py", "import web", "web → workflows → engine"),
        ("engine/x.py", "import flask", "engine and workflows know no HTTP"),
        ("workflows/x.py", "from werkzeug import Request", "engine and workflows know no HTTP"),
        ("engine/x.py", "import SpiffWorkflow", "SpiffWorkflow is imported only in engine.spiff"),
        ("web/x.py", "from SpiffWorkflow import workflow", "SpiffWorkflow is imported only in engine.spiff"),
        ("workflows/x.py", "import dramatiq", "engine and workflows know no broker"),
    ],
)
def test_an_import_in_the_wrong_direction_is_noticed(tmp_path: Path, module: str, line: str, contract: str) -> None:
    # Given a small project under our contracts, in order as it stands
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in ("engine", "engine/spiff", "workflows", "web"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "engine/spiff/__init__.py").write_text("import SpiffWorkflow\n")
    assert lint_imports(tmp_path).returncode == 0

    # When one module imports what it must not
    (tmp_path / module).write_text(f"{line}\n")

    # Then the contract that forbids it is named
    result = lint_imports(tmp_path)
    assert result.returncode == 1
    assert f"{contract} BROKEN" in result.stdout


def test_every_module_opens_by_saying_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in tracked("*.py")
        if (source := path.read_text()).strip() and not ast.get_docstring(ast.parse(source))
    ]

    assert silent == []


def test_no_file_knows_one_machine() -> None:
    own = (str(ROOT), str(Path.home()) + "/", sys.prefix)
    found = [
        f"{path}: {trace}"
        for path, text in texts()
        for trace in [*MACHINE_PATH.findall(text), *(place for place in own if place in text)]
    ]

    assert found == []


def test_no_file_names_a_package_registry() -> None:
    found = [f"{path}: {address}" for path, text in texts() for address in REGISTRY.findall(text)]

    assert found == []


@pytest.mark.parametrize("lock", LOCKS)
def test_every_python_package_is_pinned_with_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text()

    rest = re.sub(r"^ *#.*\n", "", text, flags=re.M)
    assert PINNED.findall(rest)
    assert PINNED.sub("", rest) == ""
    assert "://" not in text


def test_every_front_end_package_has_a_digest_and_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    installed = {name: entry for name, entry in packages.items() if name}
    assert installed
    assert [name for name, entry in installed.items() if "integrity" not in entry] == []
    assert [name for name, entry in installed.items() if "resolved" in entry] == []


@pytest.mark.parametrize(
    ("wanted", "locked"),
    [
        ("requirements.in", "requirements.txt"),
        ("requirements-dev.in", "requirements-dev.txt"),
        ("requirements-node.in", "requirements-node.txt"),
    ],
)
def test_the_locks_follow_what_is_wanted(wanted: str, locked: str) -> None:
    lines = re.findall(r"^([A-Za-z][\w.\-]*)", (ROOT / wanted).read_text(), flags=re.M)
    pinned = set(re.findall(r"^([\w.\-]+)(?:\[.*\])?==", (ROOT / locked).read_text(), flags=re.M))

    assert [name for name in lines if name.lower().replace("_", "-") not in pinned] == []
