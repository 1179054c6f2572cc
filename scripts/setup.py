"""Bring a clone into order: virtual environment, hash-locked packages, Node, front-end assets.

    python3 scripts/setup.py          what running needs
    python3 scripts/setup.py --dev    what tests and checks need on top

Uses the standard library alone, since it runs before anything is installed. Every step leaves a stamp with the digest
of its inputs in `.venv/.stamps`; a step whose inputs have not changed is passed over, so a second run takes no time.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMPS = VENV / ".stamps"
OLDEST_NODE = 20
BUNDLE = ("web/static/dist/manifest.json", "build/fonts/tinos")

NO_ENSUREPIP = """\
Python này thiếu “ensurepip” nên không tạo được môi trường ảo. Hãy cài đúng một gói rồi chạy lại:
This Python lacks "ensurepip", so no virtual environment can be made. Install one package and run again:

    apt install python3-venv
"""


class SetupError(Exception):
    """A step failed; the text says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the steps that are due; 0 when everything is in order, 1 after a failure that was explained."""
    parser = argparse.ArgumentParser(description="Bring a clone into order.")
    parser.add_argument("--dev", action="store_true", help="also install what tests and checks need")
    options = parser.parse_args(arguments)
    try:
        set_up(dev=options.dev)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def set_up(*, dev: bool) -> None:
    """All steps in order.

    Args:
        dev: whether tests and checks will run too.

    Raises:
        SetupError: a step failed.
    """
    make_environment()
    install_packages("requirements.txt", "Cài thư viện Python · Python packages")
    if dev:
        install_packages("requirements-dev.txt", "Cài công cụ kiểm thử · test tools")
    build_assets(find_node())
    compile_translations()


def make_environment() -> None:
    """Create `.venv`, or create it anew where the Python it was made with is gone."""
    if PYTHON.exists() and succeeds([str(PYTHON), "-c", "import pip"]):
        return
    say("Tạo môi trường ảo · virtual environment")
    if not succeeds([sys.executable, "-c", "import ensurepip, venv"]):
        raise SetupError(NO_ENSUREPIP)
    run([sys.executable, "-m", "venv", "--clear", str(VENV)])


def install_packages(lock: str, title: str) -> None:
    """Install exactly the packages of one lock file, each checked against its hashes.

    Args:
        lock: file name under the project's root.
        title: what the person sees while it runs.

    Raises:
        SetupError: pip could not install them.
    """
    inputs = digest([ROOT / lock], extra=sys.version)
    if is_done(lock, inputs):
        return
    say(title)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    run([*pip, "--require-hashes", "--requirement", lock])
    mark_done(lock, inputs)


def find_node() -> dict[str, str]:
    """The environment in which `node` and `npm` are those to use: the system's, or else the ones from PyPI.

    Raises:
        SetupError: there is no Node and it could not be installed.
    """
    inside = {**os.environ, "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    if (PYTHON.parent / "node").exists():
        return inside
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_major(node) >= OLDEST_NODE:
        return dict(os.environ)
    install_packages("requirements-node.txt", "Cài Node.js · Node.js")
    return inside


def node_major(node: str) -> int:
    """The major version of a Node program; 0 where it does not run."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = answer.stdout.strip().removeprefix("v").split(".")[0]
    return int(major) if major.isdigit() else 0


def build_assets(environment: dict[str, str]) -> None:
    """Install the packages of `package-lock.json` and bundle style sheets, scripts and fonts.

    Args:
        environment: variables with which `node` and `npm` are found.

    Raises:
        SetupError: npm or the bundler failed.
    """
    lock = digest([ROOT / name for name in ("package.json", "package-lock.json", ".npmrc")])
    if not (is_done("npm", lock) and (ROOT / "node_modules").is_dir()):
        say("Cài thư viện giao diện · front-end packages")
        run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], environment)
        mark_done("npm", lock)
    inputs = digest([ROOT / "build.mjs", *(ROOT / "web" / "assets").rglob("*")], extra=lock)
    if not (is_done("assets", inputs) and all((ROOT / made).exists() for made in BUNDLE)):
        say("Đóng gói giao diện · front-end bundle")
        run(["node", "build.mjs"], environment)
        mark_done("assets", inputs)


def compile_translations() -> None:
    """Make the binary catalogues of the English pages from the texts.

    Raises:
        SetupError: a catalogue is defective.
    """
    folder = ROOT / "web" / "translations"
    inputs = digest(folder.rglob("*.po"))
    if not (is_done("translations", inputs) and all(po.with_suffix(".mo").exists() for po in folder.rglob("*.po"))):
        run([str(VENV / "bin" / "pybabel"), "--quiet", "compile", "-d", str(folder)])
        mark_done("translations", inputs)


def digest(files: Iterable[Path], extra: str = "") -> str:
    """SHA-256 over names and contents of files, and over any other input of a step."""
    whole = hashlib.sha256(extra.encode())
    for file in sorted(file for file in files if file.is_file()):
        whole.update(f"\0{file.relative_to(ROOT)}\0".encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()


def is_done(step: str, inputs: str) -> bool:
    """Whether a step was last done with these very inputs."""
    stamp = STAMPS / step
    return stamp.exists() and stamp.read_text() == inputs


def mark_done(step: str, inputs: str) -> None:
    """Remember the inputs with which a step was done."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / step).write_text(inputs)


def succeeds(command: Sequence[str]) -> bool:
    """Whether a command runs and ends well; its output is thrown away."""
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def run(command: Sequence[str], environment: dict[str, str] | None = None) -> None:
    """Run one command of a step, its output shown.

    Raises:
        SetupError: it ended with a failure.
    """
    # The name is looked up in the given PATH; a bare name would be looked up in the one of this process.
    program = shutil.which(command[0], path=(environment or os.environ).get("PATH")) or command[0]
    try:
        subprocess.run([program, *command[1:]], cwd=ROOT, env=environment, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(f"Không chạy được · failed: {' '.join(command)}\n{error}") from error


def say(text: str) -> None:
    """Tell the person which step is running."""
    print(f"→ {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
