"""The append-only, hash-chained log: envelope, appending, reading and verifying."""

from engine.events.envelope import Envelope
from engine.events.store import Chain, append, read
from engine.events.verify import ChainFault, verify

__all__ = ["Chain", "ChainFault", "Envelope", "append", "read", "verify"]
