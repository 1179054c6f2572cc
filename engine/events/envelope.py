"""The envelope of an event: complete from the first one on, since what was not recorded cannot be proved later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from engine import canonical
from engine.actors import Actor
from engine.clock import from_text, to_text
from engine.services import Stream

FORMAT = 1
GENESIS = "0" * 64


@dataclass(frozen=True)
class Origin:
    """Where in a case an event comes from; empty outside cases.

    Args:
        command_id: id of the command whose transaction wrote the event.
        element_id: BPMN element.
        occurrence: how often that element had been entered, from 1; 0 where no element is meant.
        version_hash: procedure version that ran.
        state_digest: digest of the logical state after the event (open elements with occurrence, variables).
    """

    command_id: str = ""
    element_id: str = ""
    occurrence: int = 0
    version_hash: str = ""
    state_digest: str = ""


@dataclass(frozen=True)
class Envelope:
    """Everything that is hashed. The payload is committed to by its digest and lies elsewhere."""

    stream: Stream
    seq: int
    type: str
    occurred_at: datetime
    recorded_at: datetime
    actor: Actor
    payload_digest: str
    previous_hash: str
    origin: Origin = field(default_factory=Origin)

    def canonical(self) -> bytes:
        """The bytes that are stored and hashed."""
        return canonical.dumps(
            {
                "format": FORMAT,
                "stream": vars(self.stream),
                "seq": self.seq,
                "type": self.type,
                "occurred_at": to_text(self.occurred_at),
                "recorded_at": to_text(self.recorded_at),
                "actor": _actor(self.actor),
                "origin": vars(self.origin),
                "payload_digest": self.payload_digest,
                "previous_hash": self.previous_hash,
            }
        )


def read_envelope(data: bytes) -> dict[str, Any]:
    """The stored envelope as a mapping, its moments as aware datetimes."""
    envelope: dict[str, Any] = canonical.loads(data)
    for key in ("occurred_at", "recorded_at"):
        envelope[key] = from_text(envelope[key])
    return envelope


def commitment(salt: bytes, payload: bytes) -> str:
    """H(salt || payload): proves the payload while it exists and says nothing about it once it is deleted."""
    return sha256(salt + payload).hexdigest()


def _actor(actor: Actor) -> dict[str, Any]:
    told = {name: value for name, value in vars(actor).items() if name != "reach"}
    return told | {"duties": sorted(actor.duties)}
