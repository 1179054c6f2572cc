"""Signing outside: a file goes out to the official tool and comes back signed. No private key lives in this program."""

from workflows.documents.signing.check import MAX_BYTES, check
from workflows.documents.signing.result import Check, ExpectedSigner, Signature

__all__ = ["MAX_BYTES", "Check", "ExpectedSigner", "Signature", "check"]
