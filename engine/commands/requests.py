"""The commands as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Upload:
    """A file handed in with a form."""

    filename: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class StartCase:
    """Open a case of a procedure by the version in force now.

    Args:
        received_at: when the matter was received: it picks the law. Now, where None.
    """

    procedure_id: str
    received_at: datetime | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ClaimWorkItem:
    """Take a work item of one's agency upon oneself."""

    work_item_id: str


@dataclass(frozen=True)
class ReleaseWorkItem:
    """Give a claimed work item back to the agency."""

    work_item_id: str


@dataclass(frozen=True)
class AssignWorkItem:
    """A head gives a work item of the agency to an officer, or takes it from one to another."""

    work_item_id: str
    person_id: str


@dataclass(frozen=True)
class CompleteWorkItem:
    """Hand in the form of a claimed work item.

    Args:
        data: the form's values as typed or as JSON.
        attachments: files by field.
        lock_version: the version of the work item that the person saw; unchecked where None.
    """

    work_item_id: str
    data: Mapping[str, Any]
    attachments: Mapping[str, Sequence[Upload]] = field(default_factory=dict)
    lock_version: int | None = None


@dataclass(frozen=True)
class FireTimer:
    """A timer's moment has come."""

    timer_id: str


@dataclass(frozen=True)
class DeliverMessage:
    """A message has arrived for a step of a case that waits for it under that key."""

    case_id: str
    name: str
    key: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CancelCase:
    """Stop a case, with the reason on record."""

    case_id: str
    reason: str


@dataclass(frozen=True)
class RetryIncident:
    """Try a failed step again."""

    incident_id: str


Command = (
    StartCase
    | ClaimWorkItem
    | ReleaseWorkItem
    | AssignWorkItem
    | CompleteWorkItem
    | FireTimer
    | DeliverMessage
    | CancelCase
    | RetryIncident
)
