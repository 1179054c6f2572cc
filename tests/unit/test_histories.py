"""What earlier releases recorded still agrees when this one runs it again; files are recorded, never changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.replay import AGREES, Verdict, rerun
from tests.support.histories import FOLDER, read

FILES = sorted(FOLDER.glob("*.zip"))


def test_there_are_histories() -> None:
    assert FILES


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recorded_history_agrees(path: Path) -> None:
    version, log = read(path)
    assert log
    assert rerun(lambda _: version, log) == Verdict(AGREES, len(log))
