"""One Merkle tree over all events, signed checkpoints of it, and what others need to check them elsewhere."""

from engine.proof.notary import Notary

__all__ = ["Notary"]
