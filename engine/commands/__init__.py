"""Everything that changes a case: each command is one transaction, idempotent by its key."""

from engine.commands.requests import (
    AssignWorkItem,
    CancelCase,
    ClaimWorkItem,
    Command,
    CompleteWorkItem,
    DeliverMessage,
    FireTimer,
    LinkCases,
    RecordMessage,
    ReleaseWorkItem,
    RetryIncident,
    StartCase,
    Upload,
)

__all__ = [
    "AssignWorkItem",
    "CancelCase",
    "ClaimWorkItem",
    "Command",
    "CompleteWorkItem",
    "DeliverMessage",
    "FireTimer",
    "LinkCases",
    "RecordMessage",
    "ReleaseWorkItem",
    "RetryIncident",
    "StartCase",
    "Upload",
]
