"""What stands beside the diagram: description, forms, decision tables, deadlines; each read as far as it can be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from engine.decisions import DecisionTable, load_table
from engine.errors import DefinitionError
from engine.expressions import names
from engine.forms import Form, load_form
from engine.procedures.bundle import DEADLINES, DESCRIPTION, PROCEDURE, SHARED, read_yaml
from engine.procedures.checks.findings import SHOWN, Findings
from engine.procedures.starts import LAST_DAY, SCOPE, defects

LANGUAGES: Final = ("vi", "en")
SHAPES: Final[Mapping[str, type]] = {
    "id": str,
    "code": str,
    "lead": str,
    "uses": list,
    "start": dict,
    "outcomes": dict,
    "inputs": dict,
    "choices": list,
}
RESULTS: Final = frozenset({"required", "parent", "none"})
MAXIMUM_YAML: Final = 512 * 1024
ALIAS: Final = re.compile(rb"(?m)(?:^|[:\[,-])\s*\*\w")
"""A YAML alias, with which a small file can be made to stand for an endless one; procedures need none."""


class Folder:
    """The files of a procedure, or of a lone diagram, which has no folder and is not asked for what belongs to one.

    Args:
        files: contents by path.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files
        self.complete = DESCRIPTION in files
        self.findings: list[Findings] = []
        self.description = self._yaml(DESCRIPTION) if self.complete else {}
        self.deadlines = self._deadlines()
        self.broken_forms: set[str] = set()
        self.forms = self._forms()
        self.tables = self._tables()
        if self.complete:
            self._check_description()

    @property
    def kind(self) -> str:
        """`procedure`, `shared`, or empty for a lone diagram."""
        return str(self.description.get("kind", ""))

    @property
    def uses(self) -> list[str]:
        """Ids of the shared procedures that it says it calls."""
        uses = self.description.get("uses")
        return [str(one) for one in uses] if isinstance(uses, list) else []

    @property
    def given(self) -> frozenset[str]:
        """Variables that the process begins with: a shared part's inputs, or what start rules set."""
        sources = [self.description.get("inputs"), *(entry.get("variables") for entry in self._start_entries)]
        return frozenset(str(name) for source in sources if isinstance(source, dict) for name in source)

    @property
    def _start_entries(self) -> list[dict[str, Any]]:
        return [entry for entry in self._timer if isinstance(entry, dict)]

    @property
    def _timer(self) -> list[Any]:
        """What stands under `start: timer:`, rules or not."""
        start = self.description.get("start")
        timer = start.get("timer") if isinstance(start, dict) else None
        return timer if isinstance(timer, list) else [timer] if timer else []

    @property
    def outcomes(self) -> Mapping[str, Any] | None:
        """Outcomes by code; None for a lone diagram."""
        if not self.complete:
            return None
        outcomes = self.description.get("outcomes")
        return {str(code): value for code, value in outcomes.items()} if isinstance(outcomes, dict) else {}

    def _of(self, path: str) -> Findings:
        self.findings.append(Findings(path))
        return self.findings[-1]

    def _yaml(self, path: str) -> Mapping[str, Any]:
        findings = self._of(path)
        content = self.files.get(path, b"")
        if len(content) > MAXIMUM_YAML or ALIAS.search(content):
            findings.add("file.yaml_refused", limit=MAXIMUM_YAML)
            return {}
        try:
            return read_yaml(self.files, path)
        except DefinitionError as error:
            findings.extend(error.findings)
            return {}

    def _deadlines(self) -> Mapping[str, Any] | None:
        if DEADLINES not in self.files:
            return {} if self.complete else None
        rules: Mapping[Any, Any] = self._yaml(DEADLINES)
        for name, rule in rules.items():
            if not isinstance(name, str) or not isinstance(rule, dict):
                self._of(DEADLINES).add("procedure.entry_shape", str(name)[:SHOWN], key=str(name)[:SHOWN])
        return rules

    def _forms(self) -> dict[str, Form]:
        found: dict[str, Form] = {}
        for path in sorted(p for p in self.files if p.startswith("forms/") and p.endswith(".json")):
            try:
                form = load_form(self.files[path], path)
            except DefinitionError as error:
                self._of(path).extend(error.findings)
                self.broken_forms.add(PurePosixPath(path).stem)
                continue
            if form.id in found:
                self._of(path).add("meaning.form_doubled", form=form.id)
            found[form.id] = form
        return found

    def _tables(self) -> dict[str, DecisionTable]:
        found: dict[str, DecisionTable] = {}
        for path in sorted(p for p in self.files if p.endswith(".dmn")):
            try:
                found[path] = load_table(self.files[path], path)
            except DefinitionError as error:
                self._of(path).extend(error.findings)
        return found

    def _check_description(self) -> None:
        findings = self._of(DESCRIPTION)
        wanted = ["id", "kind", "title"] + (["code", "lead", "outcomes"] if self.kind == PROCEDURE else [])
        for key in wanted:
            if not self.description.get(key):
                findings.add("procedure.key_missing", key=key)
        if self.kind not in ("", PROCEDURE, SHARED):
            findings.add("procedure.kind_unknown", kind=self.kind[:SHOWN])
        if not _has_texts(self.description.get("title", dict.fromkeys(LANGUAGES, ""))):
            findings.add("procedure.title_texts", languages=list(LANGUAGES))
        for key, shape in SHAPES.items():
            if not isinstance(self.description.get(key, shape()), shape):
                findings.add("procedure.entry_shape", key=key)
        for key in ("case_title", "received_at"):
            if self.description.get(key) is not None:
                findings.expression(str(self.description[key]), key, None, None)
        self._check_starts(findings)
        for code, outcome in (self.outcomes or {}).items():
            self._check_outcome(str(code), outcome, findings)

    def _check_starts(self, findings: Findings) -> None:
        ids = [str(entry.get("id")) for entry in self._start_entries]
        for entry in self._timer:
            id_ = str(entry.get("id", ""))[:SHOWN] if isinstance(entry, dict) else ""
            for key in defects(entry):
                findings.add("procedure.start_rule", id_, key=key[:SHOWN], last_day=LAST_DAY)
            if ids.count(id_) > 1:
                findings.add("procedure.start_rule_doubled", id_, rule=id_)
            self._check_start_variables(entry, id_, findings)

    def _check_start_variables(self, entry: Any, id_: str, findings: Findings) -> None:
        variables = entry.get("variables") if isinstance(entry, dict) else None
        for name, text in variables.items() if isinstance(variables, dict) else ():
            if not findings.expression(str(text), str(name)[:SHOWN], id_, None):
                continue
            for unknown in sorted(names(str(text)) - SCOPE):
                findings.add("procedure.start_variable", id_, name=unknown, allowed=sorted(SCOPE))

    def _check_outcome(self, code: str, outcome: Any, findings: Findings) -> None:
        texts = outcome if isinstance(outcome, dict) else {}
        if not _has_texts(texts):
            findings.add("procedure.outcome_texts", code, languages=list(LANGUAGES))
        if str(texts.get("result", "required")) not in RESULTS:
            findings.add("procedure.outcome_result", code, allowed=sorted(RESULTS))


def _has_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(value.get(language), str) for language in LANGUAGES)
