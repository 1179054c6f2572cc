"""Checkpoints as signed notes, the format that public logs share (C2SP tlog-checkpoint, signed-note).

A note is a text, an empty line, and a signature line for each key. Its text is the origin, the number of events, the
root, and the moment of signing in a line of its own.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from engine.clock import from_text, to_text

ED25519 = b"\x01"
DASH = "— "
CODE_BITS_EACH, CODE_GROUPS = 4, 2


@dataclass(frozen=True)
class VerifierKey:
    """The public half of a key that signs checkpoints.

    Args:
        name: origin of the log whose key it is.
        public: the 32 bytes of Ed25519 (RFC 8032).
    """

    name: str
    public: bytes

    @property
    def id(self) -> str:
        """Eight hexadecimal digits; signature lines name the key by them."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).hexdigest()[:8]

    def __str__(self) -> str:
        """One line, as it is handed to whoever is to check signatures."""
        return f"{self.name}+{self.id}+{base64.b64encode(ED25519 + self.public).decode()}"

    @classmethod
    def of(cls, name: str, private: Ed25519PrivateKey) -> VerifierKey:
        """The public half of a private key."""
        return cls(name, private.public_key().public_bytes_raw())

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether the signature is this key's over that text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Statement:
    """What a checkpoint says.

    Args:
        size: number of events.
        root: root over them.
    """

    origin: str
    size: int
    root: bytes
    signed_at: datetime

    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\ntime {to_text(self.signed_at)}\n"

    @classmethod
    def read(cls, text: str) -> Statement:
        """Read what `text` wrote.

        Raises:
            ValueError: no checkpoint of this program.
        """
        origin, size, root, moment = text.splitlines()[:4]
        if not moment.startswith("time "):
            raise ValueError(moment)
        return cls(origin, int(size), base64.b64decode(root, validate=True), from_text(moment[5:]))


def sign(statement: Statement, keys: Sequence[Ed25519PrivateKey]) -> str:
    """The note with one signature line for each key."""
    text = statement.text()
    lines = (_line(VerifierKey.of(statement.origin, key), key.sign(text.encode())) for key in keys)
    return f"{text}\n{''.join(lines)}"


def signatures(note: str) -> dict[str, bytes]:
    """The signatures of a note by the id of their key."""
    found = {}
    for line in note.partition("\n\n")[2].splitlines():
        raw = base64.b64decode(line.rpartition(" ")[2])
        found[raw[:4].hex()] = raw[4:]
    return found


def short_code(size: int, root: bytes) -> str:
    """A checkpoint as it is printed on paper: its size, and forty bits of the root in groups of four letters."""
    letters = base64.b32encode(root).decode()
    groups = (letters[CODE_BITS_EACH * n : CODE_BITS_EACH * (n + 1)] for n in range(CODE_GROUPS))
    return "-".join((str(size), *groups))


def _line(key: VerifierKey, signature: bytes) -> str:
    return f"{DASH}{key.name} {base64.b64encode(bytes.fromhex(key.id) + signature).decode()}\n"
