"""Errors of the agency directory. Sentences: `web/messages/parts/agencies.*.toml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.errors import Conflict, IncidentError, NotAllowed, NotFound, Rejected


class MissingBinding(IncidentError):
    """No agency carries the role on that day."""

    code = "agency.missing_binding"


class UnknownAgency(IncidentError):
    """The directory has never heard of the agency."""

    code = "agency.unknown"


class AgencyNotActive(IncidentError):
    """The agency did not exist on that day, so it cannot issue documents."""

    code = "agency.not_active"


class AgencyNotFound(NotFound):
    """The command names an agency that is not registered."""

    code = "agency.not_found"


class UnknownAccount(NotFound):
    """No such account."""

    code = "account.unknown"


class DutyNotFound(NotFound):
    """No such duty, or it has ended already."""

    code = "officer.duty_not_found"


class NoDuty(NotAllowed):
    """The person holds no duty in an existing agency on that day."""

    code = "account.no_duty"


class UserNameTaken(Conflict):
    """Another account has this user name."""

    code = "account.user_name_taken"


class BadUserName(Rejected):
    """The user name has a wrong shape."""

    code = "account.bad_user_name"


class PasswordTooShort(Rejected):
    """The password has too few characters."""

    code = "account.password_too_short"


class PasswordTooLong(Rejected):
    """The password has too many characters."""

    code = "account.password_too_long"


class BadDuty(Rejected):
    """No such duty, or its dates are the wrong way round."""

    code = "officer.bad_duty"


@dataclass(frozen=True)
class ImportFinding:
    """One thing wrong with an import file.

    Args:
        code: stable code of the sentence that says what is wrong and what to do.
        file: name of the file.
        line: line in the file, from 1 (the headings).
        column: heading of the column as the file writes it; empty for the line as a whole.
        params: data to fill the sentence.
    """

    code: str
    file: str
    line: int
    column: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


class ImportRejected(Rejected):
    """An import file with defects; nothing of it was taken over."""

    code = "import.rejected"

    def __init__(self, findings: Sequence[ImportFinding]) -> None:
        super().__init__(count=len(findings), file=findings[0].file)
        self.findings = list(findings)

    def __str__(self) -> str:
        return "; ".join(f"{f.file}:{f.line} [{f.column}] {f.code} {dict(f.params)}" for f in self.findings)


class BadRoles(IncidentError):
    """A diagram does not give lists of roles and agencies (`name`)."""

    code = "agency.bad_roles"
