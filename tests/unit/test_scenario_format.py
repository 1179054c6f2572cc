"""The format of scenario files: read strictly, every slip of the pen told with its place."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import DefinitionError
from workflows.scenarios import load_all, load_scenario

SOUND: dict[str, Any] = {
    "title": {"vi": "Làm rõ"},
    "start": {"at": "2026-09-01 08:00", "by": "cv.so-ngoai-vu", "received_at": "2026-09-01 07:30"},
    "steps": [
        {
            "by": "cv.so-ngoai-vu",
            "do": "secrecy",
            "data": {"secret": "no"},
            "after": "30m",
            "expect": {"open": ["detect"]},
        },
        {"wait": "25h", "expect": {"due": {"detect": "2026-09-02 08:00"}}},
    ],
    "expect": {
        "outcome": "DA_LAM_RO",
        "documents": [{"type": "TB", "from": "vp-ubnd-tinh", "to": ["so-khcn", "bql-kcn"]}],
    },
}


def _codes(source: Any) -> list[tuple[str, str]]:
    with pytest.raises(DefinitionError) as caught:
        load_scenario(source)
    return [(finding.code, finding.params["place"]) for finding in caught.value.findings]


def test_a_sound_scenario_is_read() -> None:
    scenario = load_scenario(SOUND, "lam-ro")
    assert scenario.start_at.astimezone(UTC) == datetime(2026, 9, 1, 1, tzinfo=UTC)
    assert [step.after for step in scenario.steps] == [timedelta(minutes=30), timedelta(hours=25)]
    assert [step.do for step in scenario.steps] == ["secrecy", None]
    assert scenario.expect.documents == ({"type": "TB", "from": "vp-ubnd-tinh", "to": ["bql-kcn", "so-khcn"]},)
    assert scenario.steps[0].expect.open == ("detect",)
    assert scenario.steps[1].expect.open is None


@pytest.mark.parametrize(
    ("part", "change", "code", "place"),
    [
        ("start", {"at": "01/09/2026", "by": "x"}, "scenario.bad_moment", "start.at"),
        ("start", {"by": "x", "at": "2026-09-31 08:00"}, "scenario.bad_moment", "start.at"),
        ("start", {"at": "2026-09-01 08:00"}, "scenario.missing", "start"),
        ("steps", [{"by": "x", "do": "y", "after": "2 giờ"}], "scenario.bad_span", "steps[0].after"),
        ("steps", [{"by": "x", "do": "y", "dta": {}}], "scenario.unknown_key", "steps[0]"),
        ("steps", [{"wait": "1h", "do": "y"}], "scenario.unknown_key", "steps[0]"),
        ("steps", [{"do": "y"}], "scenario.missing", "steps[0]"),
        ("steps", [{"by": "x", "do": "y", "expect": {"opened": []}}], "scenario.unknown_key", "steps[0].expect"),
        (
            "steps",
            [{"by": "x", "do": "y", "expect": {"due": {"z": "mai"}}}],
            "scenario.bad_moment",
            "steps[0].expect.due.z",
        ),
        ("steps", {"by": "x"}, "scenario.not_a_list", "steps"),
        ("steps", [{"by": "x", "act": "extend", "element": "y", "reason": "z"}], "scenario.missing", "steps[0]"),
        ("steps", [{"by": "x", "act": "extend", "until": "mai"}], "scenario.bad_moment", "steps[0].until"),
        ("expect", {"documents": [{"type": "TB"}]}, "scenario.missing", "expect.documents[0]"),
        ("expect", {"documents": "TB"}, "scenario.not_a_list", "expect.documents"),
    ],
)
def test_a_slip_is_told_with_its_place(part: str, change: Any, code: str, place: str) -> None:
    assert (code, place) in _codes(SOUND | {part: change})


def test_a_file_that_is_no_yaml_is_a_finding_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "01.yaml"
    path.write_text("title: {vi: x}\nsteps: [", encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_scenario(path)
    assert [(finding.code, finding.file) for finding in caught.value.findings] == [("scenario.unreadable", "01.yaml")]


def test_a_folder_is_read_by_name_and_all_defects_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "01-b.yaml").write_text("steps: []", encoding="utf-8")
    (tmp_path / "02-a.yaml").write_text("[]", encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_all(tmp_path)
    assert {finding.file for finding in caught.value.findings} == {"01-b.yaml", "02-a.yaml"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["start", "steps", "expect", "at", "by", "do", "wait", "due", "documents", "to", "open"]
                ),
                inner,
            )
        ),
        max_leaves=15,
    )
)
def test_no_content_makes_the_reader_crash(source: Any) -> None:
    with suppress(DefinitionError):
        load_scenario(source)
