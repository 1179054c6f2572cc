"""Whether a file that came back is the exported document, signed by who had to sign it."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from workflows.documents.signing.result import CMS, FAULTS, NOT_CHECKED, PDF, VALID, Check, ExpectedSigner, Signature

MAX_BYTES: Final = 50 * 1024 * 1024
SECONDS: Final = 40
_READING = Path(__file__).with_name("reading.py")
_SIGNED_DATA = bytes.fromhex("06092A864886F70D010702")
"""The object identifier that a CMS signature begins with (RFC 5652, 5.1)."""


def check(
    exported: bytes, returned: bytes, signers: Sequence[ExpectedSigner], roots: Sequence[str], now: datetime
) -> Check:
    """Check a returned file. Nothing is stored, nothing is fetched; revocation is therefore not looked at.

    1. Too large, no PDF and not readable are told apart; a signature in a file of its own is accepted unchecked.
    2. Every signature must be intact, the file must begin with exactly the exported bytes, and nothing but signatures
       may have been added.
    3. Every certificate must lead to a trust root and be valid when it signed.
    4. Each of the expected signers must have signed.

    Args:
        exported: the file that went out.
        returned: the file that came back, any size and content.
        signers: who must have signed; one at least.
        roots: certificates that are trusted, as PEM texts.
        now: the moment of return (UTC).
    """
    if len(returned) > MAX_BYTES:
        return Check("", "too_large")
    if _is_cms(returned):
        return Check(CMS, NOT_CHECKED)
    if b"%PDF-" not in returned[:1024]:
        return Check("", "not_pdf")
    read = _read(exported, returned, roots, now)
    if read is None:
        return Check(PDF, "broken")
    found = tuple(_signature(one) for one in read["signatures"])
    begins = returned.startswith(exported)
    return Check(PDF, _result(found, begins, read["only_signed"], signers), found)


def _result(found: Sequence[Signature], begins: bool, only_signed: bool, signers: Sequence[ExpectedSigner]) -> str:
    """The first fault in the order of `FAULTS`, which is also that of their weight."""
    faults = {one.fault for one in found if one.fault}
    if not found:
        faults.add("unsigned")
    if not begins:
        faults.add("other_document")
    elif not only_signed:
        faults.add("content_changed")
    if not signers or not all(any(signer.fits(one) for one in found) for signer in signers):
        faults.add("wrong_signer")
    return next((fault for fault in FAULTS if fault in faults), VALID)


def _is_cms(file: bytes) -> bool:
    return file.startswith((b"-----BEGIN PKCS7", b"-----BEGIN CMS")) or (
        file.startswith(b"\x30") and _SIGNED_DATA in file[:32]
    )


def _read(exported: bytes, returned: bytes, roots: Sequence[str], now: datetime) -> dict[str, Any] | None:
    asked = {
        "file": b64encode(returned).decode(),
        "exported": b64encode(exported).decode(),
        "roots": list(roots),
        "now": now.isoformat(),
    }
    try:
        done = subprocess.run(
            [sys.executable, "-P", str(_READING)],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    return dict(json.loads(done.stdout)) if done.returncode == 0 else None


def _signature(told: dict[str, Any]) -> Signature:
    at = told["signed_at"]
    return Signature(**{**told, "signed_at": datetime.fromisoformat(at) if at else None})
