"""Notice templates of procedures (`notices/<id>.yaml`): read, checked, and filled with a case's data.

A template looks values up and repeats or leaves out text; it calls nothing. The Jinja sandbox is the second
wall, the list of allowed syntax is the first, and attribute access is dictionary look-up only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

import yaml
from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined, meta, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.errors import DefinitionError, Finding
from workflows.documents.errors import TemplateFailed
from workflows.documents.filters import FILTERS, NAMES, Names, shown
from workflows.documents.kinds import KINDS, URGENCY
from workflows.documents.template_law import TextRegime, check_regimes, read_regimes, texts_on

MAX_SIZE = 100_000
MAX_RENDERED = 50_000
KEPT_TEMPLATES, KEPT_SOURCES = 256, 2048  # read and compiled once; what ships are 94 and some 700
KEYS = frozenset(
    {"type", "subject", "body", "legal", "urgency", "unit", "decider", "circulation", "outside", "regimes"}
)
LAW = "law"
"""The name under which a template reads the texts of the regime that holds for the case."""
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Const, nodes.Name, nodes.Getattr, nodes.Getitem),
    *(nodes.If, nodes.For, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Concat),
    *(nodes.List, nodes.Tuple, nodes.Dict, nodes.Pair, nodes.Filter, nodes.Test, nodes.FilterBlock),
)
_TESTS = frozenset({"defined", "undefined", "none"})


@dataclass(frozen=True)
class NoticeTemplate:
    """A checked template. Texts are Jinja sources; body parts are already in the notation of `text.py`.

    Args:
        type: type of document.
        subject: trích yếu.
        body: paragraphs, headings and tables.
        legal: lines of căn cứ.
        urgency: none, khan, thuong_khan or hoa_toc.
        unit: abbreviation of the drafting unit.
        decider: authority line of a decision.
        circulation: who may keep or see it, such as "Lưu hành nội bộ" (NĐ 30/2020, Phụ lục I); empty for no limit.
        outside: receivers that the system does not reach (a press body, a ministry); they are sent the paper by hand.
        regimes: texts that change with the law.
    """

    type: str
    subject: str
    body: tuple[str, ...]
    legal: tuple[str, ...] = ()
    urgency: str = "none"
    unit: str = ""
    decider: str = ""
    circulation: str = ""
    outside: tuple[str, ...] = ()
    regimes: tuple[TextRegime, ...] = ()

    def sources(self) -> Iterator[str]:
        """Every Jinja source in it."""
        yield from (self.subject, *self.body, *self.legal, self.decider, *self.outside)


class _LookUpOnly(ImmutableSandboxedEnvironment):
    """`a.b` and `a["b"]` look into dictionaries and lists, and into nothing else."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Dictionary look-up; a loop's counters are the one exception."""
        if isinstance(obj, LoopContext) and not attribute.startswith("_"):
            return super().getattr(obj, attribute)
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Item of a dictionary or list."""
        try:
            if isinstance(obj, Mapping) or (isinstance(obj, list | tuple | str) and isinstance(argument, int)):
                return obj[argument]
        except LookupError:
            pass
        return obj if isinstance(obj, Undefined) else self.undefined(obj=obj, name=argument)


@cache
def environment() -> ImmutableSandboxedEnvironment:
    """The Jinja environment with our filters and nothing global; what changes from text to text is in its values."""
    env = _LookUpOnly(undefined=StrictUndefined, autoescape=False, finalize=shown, trim_blocks=True, lstrip_blocks=True)
    env.globals.clear()
    env.filters.clear()
    env.filters.update(FILTERS)
    return env


@lru_cache(maxsize=KEPT_SOURCES)
def _compiled(source: str) -> Template:
    return environment().from_string(source)


@lru_cache(maxsize=KEPT_TEMPLATES)
def read_template(file: str, content: bytes) -> NoticeTemplate:
    """The template in a file.

    Raises:
        DefinitionError: with one finding for each defect.
    """
    template, findings = _read(file, content)
    if template is None or findings:
        raise DefinitionError(findings)
    return template


def check_template(file: str, content: bytes) -> list[Finding]:
    """What is wrong with a template; empty where nothing is."""
    return _read(file, content)[1]


def variables(content: bytes) -> frozenset[str]:
    """Names that the template wants to be given.

    Raises:
        DefinitionError: the template has defects.
    """
    env = environment()
    template = read_template("", content)
    return frozenset(
        name for source in template.sources() for name in meta.find_undeclared_variables(env.parse(source))
    )


def fill(
    file: str, template: NoticeTemplate, values: Mapping[str, Any], names: Names, law_on: date | None = None
) -> NoticeTemplate:
    """The template with all its texts filled; parts that come out empty are left out.

    Args:
        law_on: the day whose law governs the case; a template with regimes needs it.

    Raises:
        TemplateFailed: a value is missing or does not fit, or no regime covers the day.
    """
    values = {**values, NAMES: names}
    if template.regimes:
        values[LAW] = _law(file, template, law_on)

    def text(source: str) -> str:
        try:
            return _bounded(file, _compiled(source).render(values).strip())
        except (TemplateError, TypeError, ValueError, LookupError) as error:
            raise TemplateFailed(template=file, reason=str(error)) from error

    return NoticeTemplate(
        type=template.type,
        subject=text(template.subject),
        body=_filled(text, template.body),
        legal=_filled(text, template.legal),
        urgency=template.urgency,
        unit=template.unit,
        decider=text(template.decider),
        circulation=template.circulation,
        outside=_filled(text, template.outside),
    )


def _law(file: str, template: NoticeTemplate, law_on: date | None) -> Mapping[str, str]:
    found = texts_on(template.regimes, law_on) if law_on else None
    if found is None:
        raise TemplateFailed(template=file, reason=f"no regime for {law_on}")
    return found


def _bounded(file: str, text: str) -> str:
    if len(text) > MAX_RENDERED:
        raise TemplateFailed(template=file, reason=f"longer than {MAX_RENDERED} characters")
    return text


def _filled(text: Callable[[str], str], sources: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(done for done in map(text, sources) if done)


def _read(file: str, content: bytes) -> tuple[NoticeTemplate | None, list[Finding]]:
    try:
        data = _load(content)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        return None, [Finding("notice.unreadable", file, params={"reason": str(error)})]
    findings = list(_shape(file, data))
    if findings:
        return None, findings
    template = _built(data)
    texts = frozenset(name for regime in template.regimes for name in regime.texts)
    return template, [finding for source in template.sources() for finding in _syntax(file, source, texts)]


def _load(content: bytes) -> Any:
    if len(content) > MAX_SIZE:
        raise ValueError(f"larger than {MAX_SIZE} bytes")
    text = content.decode("utf-8")
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
        raise ValueError("aliases are not used in notices")  # a few of them multiply into gigabytes
    return yaml.safe_load(text)


def _shape(file: str, data: Any) -> Iterator[Finding]:
    if not isinstance(data, dict):
        yield Finding("notice.not_mapping", file)
        return
    for key in sorted(str(key) for key in data.keys() - KEYS):
        yield Finding("notice.unknown_key", file, key)
    if data.get("type") not in KINDS:
        yield Finding(
            "notice.unknown_type", file, "type", params={"value": str(data.get("type")), "known": sorted(KINDS)}
        )
    if data.get("urgency", "none") not in URGENCY:
        yield Finding("notice.unknown_urgency", file, "urgency", params={"value": str(data["urgency"])})
    for key, needed in (("subject", True), ("unit", False), ("decider", False), ("circulation", False)):
        if not isinstance(data.get(key, None if needed else ""), str):
            yield Finding("notice.text_expected", file, key)
    yield from (
        Finding("notice.list_expected", file, key) for key in ("legal", "outside") if not _texts(data.get(key, []))
    )
    yield from check_regimes(file, data.get("regimes", []))
    if not isinstance(data.get("body"), list) or not all(_part_is_known(part) for part in data["body"]):
        yield Finding("notice.body_expected", file, "body")


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _part_is_known(part: Any) -> bool:
    if isinstance(part, str):
        return True
    if not isinstance(part, dict) or len(part) != 1:
        return False
    [(kind, value)] = part.items()
    return isinstance(value, str) if kind == "heading" else kind == "table" and _is_table(value)


def _is_table(value: Any) -> bool:
    if not isinstance(value, dict) or not _texts(value.get("columns")) or not value["columns"]:
        return False
    if value.keys() == {"columns", "rows"}:
        return isinstance(value["rows"], list) and all(_texts(row) for row in value["rows"])
    return value.keys() == {"columns", "for", "cells"} and isinstance(value["for"], str) and _texts(value["cells"])


def _built(data: Mapping[str, Any]) -> NoticeTemplate:
    return NoticeTemplate(
        type=data["type"],
        subject=data["subject"],
        body=tuple(_part(part) for part in data["body"]),
        legal=tuple(data.get("legal", [])),
        urgency=data.get("urgency", "none"),
        unit=data.get("unit", ""),
        decider=data.get("decider", ""),
        circulation=data.get("circulation", ""),
        outside=tuple(data.get("outside", [])),
        regimes=read_regimes(data.get("regimes", [])),
    )


def _part(part: str | dict[str, Any]) -> str:
    if isinstance(part, str):
        return part
    if "heading" in part:
        return f"# {part['heading']}"
    table = part["table"]
    head = _row(table["columns"])
    if "rows" in table:
        return "\n".join([head, *map(_row, table["rows"])])
    return f"{head}\n{{% for {table['for']} %}}\n{_row(table['cells'])}\n{{% endfor %}}"


def _row(cells: list[str]) -> str:
    """A table row; what a value brings along must not look like the end of a cell or row."""
    return "| " + " | ".join(f"{{% filter cell %}}{cell}{{% endfilter %}}" for cell in cells) + " |"


def _syntax(file: str, source: str, texts: frozenset[str]) -> Iterator[Finding]:
    env = environment()
    try:
        tree = env.parse(source)
    except TemplateSyntaxError as error:
        yield Finding("notice.syntax", file, params={"reason": error.message or "", "text": source[:80]})
        return
    for node in _all(tree):
        reason = _refused(node, env)
        if reason:
            yield Finding("notice.forbidden", file, params={"what": reason, "text": source[:80]})
        if isinstance(node, nodes.Getattr) and _is_law(node.node) and node.attr not in texts:
            yield Finding("notice.law_text_unknown", file, params={"name": node.attr})


def _is_law(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == LAW


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _all(child)


def _refused(node: nodes.Node, env: ImmutableSandboxedEnvironment) -> str:
    """Why a piece of syntax is not allowed; empty where it is."""
    if not isinstance(node, _ALLOWED):
        return type(node).__name__.lower()
    if isinstance(node, nodes.Filter) and node.name not in env.filters:
        return f"filter {node.name}"
    if isinstance(node, nodes.Test) and node.name not in _TESTS:
        return f"test {node.name}"
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        return node.attr
    if isinstance(node, nodes.Name) and node.name.startswith("_"):
        return node.name
    return "recursive loop" if isinstance(node, nodes.For) and node.recursive else ""
