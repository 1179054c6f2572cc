"""The one error tree: an error carries a stable code and the data for its sentence (see `web/messages`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one field of a form: a stable code and the data for its sentence."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """One defect in a procedure's files.

    Args:
        code: stable code of the sentence that says what is wrong and what to do.
        file: path inside the procedure's folder.
        element: id of the BPMN element, form field or table rule; None for the file as a whole.
        name: the element's name as people see it.
        params: data to fill the sentence.
    """

    code: str
    file: str
    element: str | None = None
    name: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)


class PhoiHopError(Exception):
    """Root of every error that this program raises on purpose."""

    code: ClassVar[str] = "internal"

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code, params)
        self.params = params


class Rejected(PhoiHopError):
    """A request that is refused: nothing was changed."""

    code = "rejected"


class NotFound(Rejected):
    """Does not exist, or belongs to somebody else: the two are not told apart."""

    code = "not_found"


class NotAllowed(Rejected):
    """The person may see the thing but not do this with it."""

    code = "not_allowed"


class Conflict(Rejected):
    """Somebody was faster, or the thing is no longer in the state that the request assumed."""

    code = "conflict"


class InvalidForm(Rejected):
    """Values that do not fit the form; `fields` tells for each field what is wrong."""

    code = "form.invalid"

    def __init__(self, fields: Mapping[str, Sequence[FieldError]]) -> None:
        super().__init__(count=sum(len(errors) for errors in fields.values()))
        self.fields = {name: list(errors) for name, errors in fields.items()}


class ExpressionError(PhoiHopError):
    """An expression that cannot be read or has no value; `kind` completes the code (`expression.<kind>`)."""

    code = "expression"

    def __init__(self, kind: str, **params: Any) -> None:
        super().__init__(**params)
        self.code = f"expression.{kind}"  # type: ignore[misc]
        self.args = (self.code, params)


class DefinitionError(PhoiHopError):
    """Procedure files with defects, each told as a finding."""

    code = "definition.invalid"

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(count=len(findings))
        self.findings = list(findings)

    def __str__(self) -> str:
        return "; ".join(f"{f.file}#{f.element or ''} {f.code} {dict(f.params)}" for f in self.findings)


class IncidentError(PhoiHopError):
    """Something inside a running case failed; it becomes a visible incident on the case."""

    code = "incident"
