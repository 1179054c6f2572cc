"""Who acts: a person in a duty of an agency on that day, as the event log keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

SPECIALIST = "specialist"
HEAD = "head"
CLERK = "clerk"
PROCESS_OWNER = "process_owner"
AUDITOR = "auditor"
ADMINISTRATOR = "administrator"
DUTIES = (SPECIALIST, HEAD, CLERK, PROCESS_OWNER, AUDITOR, ADMINISTRATOR)


@dataclass(frozen=True)
class Reach:
    """Which cases an auditor may read.

    Args:
        procedure_id: cases of this procedure; of all where None.
        first, last: days in Vietnam, both included: cases that ran at some time between them; None where open.
    """

    procedure_id: str | None = None
    first: date | None = None
    last: date | None = None


EVERYTHING = Reach()


@dataclass(frozen=True)
class Actor:
    """The acting person.

    Args:
        person_id: stable id of the person.
        name: name shown on that day.
        agency_id: agency for which the person acts now.
        agency_name: that agency's name on that day.
        duties: duties that the person holds in that agency on that day.
        position: title of the post, for documents and the log.
        on_behalf_of: person id of the one replaced (absence, delegation).
        channel: the door through which the command came (web, cli, scenario, system).
        reach: of an auditor, what may be read on that day; no part of what the log keeps about who acted.
    """

    person_id: str
    name: str
    agency_id: str
    agency_name: str
    duties: frozenset[str]
    position: str = ""
    on_behalf_of: str | None = None
    channel: str = "web"
    reach: tuple[Reach, ...] = ()

    def has(self, duty: str) -> bool:
        """Whether the person holds `duty`."""
        return duty in self.duties


SYSTEM = Actor("system", "system", "system", "system", frozenset(), channel="system")
