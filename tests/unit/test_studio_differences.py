"""Differences between two states of a procedure: each kind of change is found, told as what it is, and painted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.procedures.bundle import read_files
from web.scenario_runs import read_scenarios
from workflows.studio.differences import Change, Side, compare

FOLDER = Path(__file__).parents[2] / "bpmn" / "foreign-press-permit"


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {**read_files(FOLDER), **read_scenarios(FOLDER)}


def differ(files: dict[str, bytes], path: str, old: str, new: str) -> tuple[Change, ...]:
    """The changes where a text of a file is another."""
    text = files[path].decode()
    assert old in text
    changed = {**files, path: text.replace(old, new, 1).encode()}
    found = compare(Side(files, {}), Side(changed, {}))
    assert found.unreadable == ()
    return found.changes


def test_what_is_the_same_differs_in_nothing(files: dict[str, bytes]) -> None:
    assert compare(Side(files, {"a": "1"}), Side(dict(files), {"a": "1"})).changes == ()


def test_a_shorter_deadline_is_told_as_before_and_after(files: dict[str, bytes]) -> None:
    [change] = differ(files, "deadlines.yaml", "amount: 5", "amount: 3")
    assert (change.area, change.kind, change.aspect, change.before, change.after) == (
        "regime", "changed", "amount", 5, 3,
    )  # fmt: skip


def test_a_step_is_renamed_moved_removed_and_painted(files: dict[str, bytes]) -> None:
    [renamed] = differ(files, "process.bpmn", 'id="examine" name="', 'id="examine" name="Mới: ')
    assert (renamed.kind, renamed.id) == ("renamed", "examine") and renamed.after.startswith("Mới: ")

    gone = files["process.bpmn"].decode().replace('id="examine"', 'id="examine2"').encode()
    found = compare(Side(files, {}), Side({**files, "process.bpmn": gone}, {}))
    assert found.painted(old=True)["examine"] == "removed" and "examine2" not in found.painted(old=True)
    assert found.painted(old=False)["examine2"] == "added" and "examine" not in found.painted(old=False)


def test_a_step_in_another_lane_has_moved(files: dict[str, bytes]) -> None:
    text = files["process.bpmn"].decode()
    reference = "<bpmn:flowNodeRef>examine</bpmn:flowNodeRef>"
    assert reference in text
    first, _sign, rest = text.partition(reference)
    other = "</bpmn:lane>"
    moved = (first + rest).replace(other, reference + other) if other in first else first + rest
    end = moved.rindex(other)
    moved = moved[:end].replace(reference, "") + reference + moved[end:]
    changes = compare(Side(files, {}), Side({**files, "process.bpmn": moved.encode()}, {})).changes
    assert [(one.kind, one.id, one.aspect) for one in changes] == [("moved", "examine", "lane")]


def test_fields_rules_notices_bases_outcomes_and_parts_are_compared(files: dict[str, bytes]) -> None:
    form = json.loads(files["forms/request.json"])
    asked = next(one for one in form["fields"] if one["type"] == "text")
    asked["required"] = not asked.get("required", False)
    changed = {**files, "forms/request.json": json.dumps(form).encode()}
    [field] = compare(Side(files, {}), Side(changed, {})).changes
    assert (field.area, field.aspect) == ("field", "required")

    [part] = compare(Side(files, {"opinion": "1"}), Side(files, {"opinion": "2"})).changes
    assert (part.area, part.before, part.after) == ("part", "1", "2")
    [notice] = differ(files, "notices/reply.yaml", 'subject: "trả lời', 'subject: "phúc đáp')
    assert (notice.area, notice.aspect) == ("notice", "subject")
    areas = {one.area for one in differ(files, "procedure.yaml", "vi: Từ chối", "vi: Không cho phép")}
    assert areas == {"outcome"}
    [scenario] = compare(
        Side(files, {}), Side({p: c for p, c in files.items() if p != "scenarios/06-tu-choi.yaml"}, {})
    ).changes
    assert (scenario.area, scenario.kind) == ("scenario", "removed")


def test_a_rewritten_paragraph_is_told_alone(files: dict[str, bytes]) -> None:
    body = files["notices/reply.yaml"].decode()
    line = next(one for one in body.splitlines() if one.startswith("  - ") and "{{" in one and "bare" not in one)
    [change] = differ(files, "notices/reply.yaml", line, line.replace("{{", "Sửa {{", 1))
    assert change.aspect == "paragraph" and "Sửa" in change.after and "Sửa" not in change.before


def test_a_side_that_cannot_be_read_is_said_and_the_rest_is_compared(files: dict[str, bytes]) -> None:
    broken = {**files, "forms/request.json": b"{", "deadlines.yaml": files["deadlines.yaml"].replace(b"5", b"4", 1)}
    found = compare(Side(files, {}), Side(broken, {}))
    assert {"form", "field"} <= set(found.unreadable)
    assert any(one.area == "regime" for one in found.changes)
