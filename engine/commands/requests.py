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
class RecordMessage:
    """Record what came for a step that waits for it: on paper, by mail, by telephone.

    Args:
        element_id: the waiting element of the diagram.
        data: values of its form, as typed or as JSON.
        attachments: files by field.
        came_by: how it came, one of `engine.commands.awaited.WAYS`.
        awaited_id: which of several that wait at this element; the oldest of the person's agency where None.
    """

    case_id: str
    element_id: str
    data: Mapping[str, Any]
    attachments: Mapping[str, Sequence[Upload]] = field(default_factory=dict)
    came_by: str = "paper"
    awaited_id: str | None = None


@dataclass(frozen=True)
class RecordAnswer:
    """Record for another agency the answer that came from it on paper or by mail, where the diagram allows it.

    Args:
        data: values of the work item's form, as typed or as JSON.
        symbol: number and symbol of the document that brought it.
        dated_on: its date, ISO.
        attachments: files by field of the form.
        scan: the document itself.
        came_by: how it came, one of `engine.commands.awaited.WAYS`.
    """

    work_item_id: str
    data: Mapping[str, Any]
    symbol: str
    dated_on: str
    attachments: Mapping[str, Sequence[Upload]] = field(default_factory=dict)
    scan: Sequence[Upload] = ()
    came_by: str = "paper"


@dataclass(frozen=True)
class CorrectWorkItem:
    """Correct what was filled in at a completed step; files are added to those that were handed in."""

    work_item_id: str
    data: Mapping[str, Any]
    reason: str
    attachments: Mapping[str, Sequence[Upload]] = field(default_factory=dict)


@dataclass(frozen=True)
class ReturnStep:
    """Send the case back from a claimed work item to the person's step before it."""

    work_item_id: str
    reason: str


@dataclass(frozen=True)
class SuspendCase:
    """Let a case stand still."""

    case_id: str
    reason: str


@dataclass(frozen=True)
class ResumeCase:
    """Let a suspended case go on."""

    case_id: str
    reason: str


@dataclass(frozen=True)
class WithdrawCase:
    """Take a case back before anybody else took part in it."""

    case_id: str
    reason: str


@dataclass(frozen=True)
class FireTimer:
    """A timer's moment has come."""

    timer_id: str


@dataclass(frozen=True)
class Remind:
    """The moment has come to remind agencies of what they owe in a case."""

    case_id: str


@dataclass(frozen=True)
class DeliverMessage:
    """A message has arrived for a step of a case that waits for it under that key."""

    case_id: str
    name: str
    key: str
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CancelCase:
    """Stop a case, with the reason on record.

    `notice` says by which document the agencies that took part were told: its symbol and date.
    """

    case_id: str
    reason: str
    notice: str = ""


@dataclass(frozen=True)
class LinkCases:
    """Note that a case has to do with another: `kind` is one of `engine.commands.links.KINDS`."""

    case_id: str
    other_id: str
    kind: str
    reason: str


@dataclass(frozen=True)
class ChooseRegime:
    """Have a case go by the law of another day, where its procedure declares that choice.

    Args:
        choice: id of the choice in `procedure.yaml`; empty: back to the law of the day of receipt.
    """

    case_id: str
    choice: str
    reason: str


@dataclass(frozen=True)
class ExtendDeadline:
    """Give an open work item, timer or awaited message more time.

    Args:
        target_id: id of its row.
        due_at: the new end.
        document: number and date of the document that decides it.
    """

    case_id: str
    target_id: str
    due_at: datetime
    reason: str
    document: str


@dataclass(frozen=True)
class RetryIncident:
    """Try a failed step again."""

    incident_id: str


@dataclass(frozen=True)
class MigrateCase:
    """Have a running case go on by another version of its procedure.

    Args:
        to_version: hash of that version.
        mapping: id of the element in the new version by its id in the old one (`process/element` where two processes
            use the same id); what is not named keeps its id.
        from_version: hash of the version by which the case is thought to run; any where empty.
        batch: id of the batch that it belongs to.
        approved_by: name of the second person who approved that.
    """

    case_id: str
    to_version: str
    mapping: Mapping[str, str]
    reason: str
    from_version: str = ""
    batch: str = ""
    approved_by: str = ""


Command = (
    StartCase
    | ClaimWorkItem
    | ReleaseWorkItem
    | AssignWorkItem
    | CompleteWorkItem
    | RecordMessage
    | RecordAnswer
    | CorrectWorkItem
    | ReturnStep
    | SuspendCase
    | ResumeCase
    | WithdrawCase
    | FireTimer
    | Remind
    | DeliverMessage
    | CancelCase
    | LinkCases
    | ChooseRegime
    | ExtendDeadline
    | RetryIncident
    | MigrateCase
)
