"""Files from outside are examined in a process with limits: each is answered with findings, whatever it holds.

A sample is tried in every run. `CHECKS_FILES=10000 pytest tests/unit/test_checks_examination.py` tries as many as it
says; the seed of a file is its number, so that a failure can be repeated.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator

import pytest

from engine.procedures.checks import check
from engine.procedures.checks.examination import MAX_TOTAL, Examiner
from tests.support.foreign import DIALECTS, HOSTILE, MUTANTS
from tests.support.procedure import DIAGRAM, files, known
from web.messages import catalogue

FILES = int(os.environ.get("CHECKS_FILES", "250"))
MAKERS = [*DIALECTS.items(), *MUTANTS.items(), *HOSTILE.items()]


@pytest.fixture(scope="module")
def examiner() -> Iterator[Examiner]:
    with Examiner() as one:
        yield one


def test_a_procedure_without_defects_is_accepted(examiner: Examiner) -> None:
    assert examiner.examine(files(), known()) == []


def test_every_foreign_broken_or_hostile_file_is_answered_and_no_process_is_lost(examiner: Examiner) -> None:
    accepted: Counter[str] = Counter()
    for number in range(FILES):
        kind, make = MAKERS[number % len(MAKERS)]
        findings = examiner.examine({"x.bpmn": make(random.Random(number))})
        accepted[kind] += not findings
        codes = {finding.code for finding in findings}
        assert not {code for code in codes if code.startswith("check.")}, (number, kind, codes)
        assert codes <= set(catalogue("vi")), (number, kind, codes)
    assert not {kind for kind in accepted if accepted[kind] and kind not in MUTANTS}, accepted


VALUES = [
    "",
    "[]",
    "{}",
    "3",
    "null",
    "true",
    "[a, b]",
    "{vi: x}",
    "2020-02-30",
    "'",
    "!!python/name:os.system",
    "*x",
    "é",
]


def test_a_folder_whose_other_files_are_broken_is_answered_too() -> None:
    """Given values, lines and bytes put where they do not belong, then there are findings or none, but no failure."""
    for number in range(FILES):
        dice = random.Random(number)
        content = files()
        path = dice.choice(sorted(set(content) - {"process.bpmn"}))
        content[path] = spoiled(content[path], dice)
        assert {f.code for f in check(content, known())} <= set(catalogue("vi")), number


def spoiled(content: bytes, dice: random.Random) -> bytes:
    """The file with one value, line or byte changed."""
    lines = content.decode().splitlines()
    at = dice.randrange(len(lines))
    way = dice.randrange(4)
    if way == 0 and ":" in lines[at]:
        lines[at] = lines[at].rpartition(":")[0] + ": " + dice.choice(VALUES)
    elif way == 1:
        del lines[at]
    elif way == 2:
        lines[at] = " " * dice.randrange(4) + lines[at].strip()
    else:
        place = dice.randrange(len(content))
        return content[:place] + dice.randbytes(2) + content[place + 2 :]
    return "\n".join(lines).encode()


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_a_hostile_file_is_refused_and_the_next_one_is_read(examiner: Examiner, kind: str) -> None:
    assert examiner.examine({"x.bpmn": HOSTILE[kind](random.Random(1))})
    assert examiner.examine(files(), known()) == []


@pytest.mark.parametrize("kind", sorted(DIALECTS))
def test_a_file_of_another_tool_is_told_element_by_element(examiner: Examiner, kind: str) -> None:
    findings = examiner.examine({"x.bpmn": DIALECTS[kind](random.Random(5))})
    assert any(finding.element for finding in findings)
    assert all(finding.code != "bpmn.not_runnable" for finding in findings)


def test_too_much_for_one_procedure_is_refused_before_it_is_sent(examiner: Examiner) -> None:
    parts = {f"forms/{n}.json": b" " * 2_000_000 for n in range(MAX_TOTAL // 2_000_000 + 1)}
    (finding,) = examiner.examine(parts)
    assert finding.code == "file.folder_too_large"


def test_what_takes_too_long_is_ended_and_told(examiner: Examiner) -> None:
    """Given no time at all, then the process is ended with a finding, and a patient examiner still works."""
    with Examiner(seconds=0.0) as hasty:
        (finding,) = hasty.examine({"x.bpmn": DIAGRAM.encode()})
        assert (finding.code, finding.file) == ("check.too_complex", "x.bpmn")


def test_a_process_that_dies_is_told_and_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a reader that fails in a way nobody foresaw, then there is a finding, never a traceback."""
    with Examiner() as examiner:
        monkeypatch.setattr("engine.procedures.checks.wire.request", lambda files, known: {"files": None})
        (finding,) = examiner.examine({"x.bpmn": b"<a/>"})
        assert finding.code == "check.crashed"
        monkeypatch.undo()
        assert examiner.examine(files(), known()) == []


@pytest.mark.parametrize(
    ("work", "told"),
    [("bytearray(2 * child.MEMORY_BYTES)", "check.too_complex"), ("while_true()", "check.too_complex")],
)
def test_more_memory_or_processor_time_than_allowed_ends_the_process_with_a_finding(
    monkeypatch: pytest.MonkeyPatch, work: str, told: str
) -> None:
    """Given a reader that takes all memory, or never ends, then the process ends and this is told."""
    program = (
        "from engine.procedures.checks import child\n"
        "def while_true():\n    while True: pass\n"
        f"child.CPU_SECONDS = 0\nchild.check = lambda files, known: {work}\nchild.main()"
    )
    monkeypatch.setattr("engine.procedures.checks.examination.PROGRAM", ("-c", program))
    with Examiner(seconds=30) as examiner:
        (finding,) = examiner.examine({"x.bpmn": b"<a/>"})
    assert finding.code == told
