"""The format of scenario files. A slip of the pen is a finding with its place, never a silently weaker test."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from engine.clock import ZONE
from engine.errors import DefinitionError, Finding

COVERAGE_FILE = "coverage.yaml"  # what the scenarios are excused from; no scenario

_SPAN = re.compile(r"(\d{1,5})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_MOMENTS = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S")

_TOP = {"title", "beside", "start", "steps", "expect"}
_BESIDE = {"start", "steps"}
BESIDE_CODE = "$beside"
"""A value of a step that stands for the code of the case that is open beside this one."""
_START = {"at", "by", "received_at", "variables"}
_WORK = {"by", "do", "data", "after", "agency", "expect", "child"}
_RECORD = {"by", "record", "data", "after", "agency", "expect", "child"}
_ACT = {
    "by",
    "act",
    "element",
    "data",
    "reason",
    "notice",
    "symbol",
    "refused",
    "choice",
    "until",
    "after",
    "agency",
    "expect",
    "child",
}
_WAIT = {"wait", "expect", "child"}
_EXPECT = {"open", "due", "documents", "outcome"}
_DOCUMENT = {"type", "from", "to"}

ON_CASE = ("suspend", "resume", "withdraw", "cancel", "choose")
ON_STEP = ("return", "correct", "answer", "extend")
ACTS = (*ON_CASE, *ON_STEP)
_NEEDED: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(ON_CASE, ("reason",)),
    **dict.fromkeys(("return", "correct"), ("element", "reason")),
    "answer": ("element", "symbol"),
    "extend": ("element", "reason", "symbol", "until"),
}
"""What an act must say, where that is not the step that it is about and the reason."""


def written_span(span: timedelta) -> str:
    """A span as scenarios write it, in the largest unit that fits; broken minutes count as whole ones.

    Raises:
        ValueError: longer than can be written.
    """
    minutes = -(-span // timedelta(minutes=1))
    for unit, size in (("d", 24 * 60), ("h", 60), ("m", 1)):
        if minutes % size == 0 and _SPAN.fullmatch(text := f"{minutes // size}{unit}"):
            return text
    hours = f"{-(-minutes // 60)}h"  # beyond two months nobody counts minutes
    if not _SPAN.fullmatch(hours):
        raise ValueError(span)
    return hours


@dataclass(frozen=True)
class Expectation:
    """What must hold after a step; None where nothing is said about it.

    Args:
        open: element ids of all open work items of the case, sorted; an element stands as often as it is open.
        due: for elements, when each of their open work items is due (Vietnam; seconds only where they are written), or
        None. documents: all documents issued so far, as mappings of `type`, `from` and sorted `to`. outcome: code of
        the outcome with which the case ended.
    """

    open: tuple[str, ...] | None = None
    due: Mapping[str, str | None] = field(default_factory=dict)
    documents: tuple[Mapping[str, Any], ...] | None = None
    outcome: str | None = None


@dataclass(frozen=True)
class Act:
    """An act beside the steps of the procedure.

    `kind` is one of `ACTS`; `element` the step that it is about; `notice` and `symbol` what proves it on paper;
    `refused` the code with which it must be refused; `choice` the regime chosen, empty for
    the law of the day of receipt; `until` the new end of a step's deadline.
    """

    kind: str
    element: str
    reason: str
    notice: str
    symbol: str
    refused: str
    choice: str
    until: datetime | None = None


@dataclass(frozen=True)
class Step:
    """One step: a person hands in the form of an element (`do`), records what came for it (`record`), or acts; or time
    passes.

    `after` is how far the clock moves before it; `agency` picks among several open items of the element; `act` is what
    the person does beside the steps; `child` is the key of the child case in which it happens.
    """

    by: str
    do: str | None
    data: Mapping[str, Any]
    after: timedelta
    agency: str | None
    expect: Expectation
    record: str | None = None
    act: Act | None = None
    child: str | None = None

    @property
    def element(self) -> str:
        """What the step is about, for the report."""
        return self.do or self.record or (self.act.element or self.act.kind if self.act else "wait")


@dataclass(frozen=True)
class Scenario:
    """A scenario as read from its file; moments are aware. `beside` is brought so far before and left open."""

    name: str
    title: Mapping[str, str]
    start_at: datetime
    start_by: str
    received_at: datetime | None
    variables: Mapping[str, Any]
    steps: tuple[Step, ...]
    expect: Expectation
    beside: Scenario | None = None


def load_all(folder: Path) -> list[Scenario]:
    """All scenarios of a folder, by file name.

    Raises:
        DefinitionError: with the findings of every file that cannot be read.
    """
    scenarios: list[Scenario] = []
    findings: list[Finding] = []
    for path in sorted(path for path in folder.glob("*.yaml") if path.name != COVERAGE_FILE):
        try:
            scenarios.append(load_scenario(path))
        except DefinitionError as error:
            findings += error.findings
    if findings:
        raise DefinitionError(findings)
    return scenarios


def load_scenario(source: Path | Mapping[str, Any], name: str = "scenario") -> Scenario:
    """Read one scenario from its file, or from a mapping already read.

    Raises:
        DefinitionError: findings with code and place (`steps[3].after`).
    """
    if isinstance(source, Path):
        name, source = source.stem, _parsed(source.name, source.read_bytes())
    reader = _Reader(f"{name}.yaml")
    scenario = reader.scenario(name, source)
    if reader.findings:
        raise DefinitionError(reader.findings)
    return scenario


def read_scenario(file: str, content: bytes) -> Scenario:
    """Read one scenario from bytes that may be anything.

    Args:
        file: its path, for findings.

    Raises:
        DefinitionError: as `load_scenario`.
    """
    reader = _Reader(file)
    scenario = reader.scenario(PurePosixPath(file).stem, _parsed(file, content))
    if reader.findings:
        raise DefinitionError(reader.findings)
    return scenario


def _parsed(file: str, content: bytes) -> Any:
    try:
        return yaml.safe_load(content.decode("utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        raise DefinitionError([Finding("scenario.unreadable", file, params={"line": line})]) from None


class _Reader:
    """Reads what it can and notes every defect, so that a person sees them all at once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []

    def scenario(self, name: str, source: Any) -> Scenario:
        top = self.mapping(source, "", _TOP, required=("start", "steps", "expect"))
        beside = self.mapping(top.get("beside") or {}, "beside", _BESIDE)
        return replace(
            self.part(name, top), beside=self.part(f"{name} beside", {**beside, "expect": {}}) if beside else None
        )

    def part(self, name: str, top: Mapping[str, Any]) -> Scenario:
        start = self.mapping(top.get("start"), "start", _START, required=("at", "by"))
        received_at = start.get("received_at")
        return Scenario(
            name=name,
            title=self.title(top.get("title")),
            start_at=self.moment(start.get("at"), "start.at"),
            start_by=str(start.get("by")),
            received_at=None if received_at is None else self.moment(received_at, "start.received_at"),
            variables=start.get("variables") or {},
            steps=tuple(self.step(step, f"steps[{n}]") for n, step in enumerate(self.list(top.get("steps"), "steps"))),
            expect=self.expectation(top.get("expect"), "expect"),
        )

    def title(self, value: Any) -> Mapping[str, str]:
        return {str(language): str(text) for language, text in value.items()} if isinstance(value, Mapping) else {}

    def step(self, source: Any, place: str) -> Step:
        if isinstance(source, Mapping) and "wait" in source:
            step = self.mapping(source, place, _WAIT)
            span = self.span(step["wait"], f"{place}.wait")
            expect = self.expectation(step.get("expect"), f"{place}.expect")
            return Step("", None, {}, span, None, expect, child=step.get("child"))
        what = next((key for key in ("record", "act") if isinstance(source, Mapping) and key in source), "do")
        step = self.mapping(source, place, {"do": _WORK, "record": _RECORD, "act": _ACT}[what], required=("by", what))
        return Step(
            by=str(step.get("by")),
            do=str(step.get("do")) if what == "do" else None,
            record=str(step["record"]) if what == "record" else None,
            act=self.act(step, place) if what == "act" else None,
            data=self.mapping(step.get("data") or {}, f"{place}.data", None),
            after=self.span(step["after"], f"{place}.after") if "after" in step else timedelta(),
            agency=step.get("agency"),
            expect=self.expectation(step.get("expect"), f"{place}.expect"),
            child=step.get("child"),
        )

    def act(self, step: Mapping[str, Any], place: str) -> Act:
        kind, texts = str(step["act"]), ("element", "reason", "notice", "symbol", "refused", "choice")
        if kind not in ACTS:
            self.find("scenario.unknown_act", place, act=kind, allowed=list(ACTS))
        self.mapping(step, place, None, required=_NEEDED.get(kind, ()))
        until = self.moment(step["until"], f"{place}.until") if "until" in step else None
        return Act(kind=kind, **{name: str(step.get(name) or "") for name in texts}, until=until)

    def expectation(self, source: Any, place: str) -> Expectation:
        expect = self.mapping(source or {}, place, _EXPECT)
        documents = expect.get("documents")
        opened = expect.get("open")
        return Expectation(
            open=None if opened is None else tuple(sorted(map(str, self.list(opened, f"{place}.open")))),
            due=self.due(expect.get("due"), f"{place}.due"),
            documents=None if documents is None else self.documents(documents, f"{place}.documents"),
            outcome=expect.get("outcome"),
        )

    def due(self, source: Any, place: str) -> Mapping[str, str | None]:
        due = self.mapping(source or {}, place, None)
        for element, text in due.items():
            if text is not None:
                self.moment(text, f"{place}.{element}")
        return due

    def documents(self, source: Any, place: str) -> tuple[Mapping[str, Any], ...]:
        return tuple(self.document(entry, f"{place}[{n}]") for n, entry in enumerate(self.list(source, place)))

    def document(self, source: Any, place: str) -> Mapping[str, Any]:
        entry = self.mapping(source, place, _DOCUMENT, required=sorted(_DOCUMENT))
        recipients = self.list(entry.get("to", []), f"{place}.to")
        return {"type": str(entry.get("type")), "from": str(entry.get("from")), "to": sorted(map(str, recipients))}

    # Parts ------------------------------------------------------------------------------------------------------------

    def mapping(
        self, value: Any, place: str, allowed: Iterable[str] | None, required: Sequence[str] = ()
    ) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            self.find("scenario.not_a_mapping", place)
            return {}
        for key in required:
            if key not in value:
                self.find("scenario.missing", place, key=key)
        for key in sorted(map(str, value)):
            if allowed is not None and key not in allowed:
                self.find("scenario.unknown_key", place, key=key, allowed=sorted(allowed))
        return value

    def list(self, value: Any, place: str) -> Sequence[Any]:
        if isinstance(value, list):
            return value
        self.find("scenario.not_a_list", place)
        return []

    def moment(self, value: Any, place: str) -> datetime:
        for pattern in _MOMENTS:
            try:
                return datetime.strptime(str(value), pattern).replace(tzinfo=ZONE)
            except ValueError:
                continue
        self.find("scenario.bad_moment", place, value=str(value))
        return datetime.min.replace(tzinfo=ZONE)

    def span(self, value: Any, place: str) -> timedelta:
        read = _SPAN.fullmatch(str(value))
        if read is None:
            self.find("scenario.bad_span", place, value=str(value))
            return timedelta()
        return int(read[1]) * _UNITS[read[2]]

    def find(self, code: str, place: str, **params: Any) -> None:
        self.findings.append(Finding(code, self.file, place or None, None, {"place": place, **params}))
