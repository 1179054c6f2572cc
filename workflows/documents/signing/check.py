"""Whether a file that came back is the exported document, signed by who had to sign it."""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from workflows.documents.signing.result import (
    CMS,
    FAULTS,
    NOT_CHECKED,
    PDF,
    TIMESTAMP,
    VALID,
    Check,
    ExpectedSigner,
    Signature,
)
from workflows.documents.signing.trust import Trust

MAX_BYTES: Final = 50 * 1024 * 1024
SECONDS: Final = 40
_READING = Path(__file__).with_name("reading.py")
_SIGNED_DATA = bytes.fromhex("06092A864886F70D010702")
"""The object identifier that a CMS signature begins with (RFC 5652, 5.1)."""


def check(
    exported: bytes,
    returned: bytes,
    signers: Sequence[ExpectedSigner],
    trust: Trust,
    now: datetime,
    revoked: Mapping[str, datetime] | None = None,
) -> Check:
    """Check a returned file. Nothing is stored and nothing is fetched: who is revoked must be told.

    1. Too large, no PDF and not readable are told apart; a signature in a file of its own is accepted unchecked.
    2. Every signature must be intact, the file must begin with exactly the exported bytes, and nothing but signatures
       may have been added.
    3. Every certificate must lead to a trust root, and be valid and not revoked when it signed.
    4. Each of the expected signers must have signed.

    Args:
        exported: the file that went out.
        returned: the file that came back, any size and content.
        signers: who must have signed; one at least.
        trust: certificates that are trusted, lists of revoked ones.
        now: the moment of return (UTC).
        revoked: since when a certificate does not hold any more (UTC), by its fingerprint.
    """
    if len(returned) > MAX_BYTES:
        return Check("", "too_large")
    if _is_cms(returned):
        return Check(CMS, NOT_CHECKED)
    if b"%PDF-" not in returned[:1024]:
        return Check("", "not_pdf")
    read = _read(exported, returned, trust, now)
    if read is None:
        return Check(PDF, "broken")
    found = tuple(_unless_revoked(_signature(one), revoked or {}, now) for one in read["signatures"])
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


def _unless_revoked(found: Signature, revoked: Mapping[str, datetime], now: datetime) -> Signature:
    """Only a trusted time-stamp proves that somebody signed before the certificate was revoked."""
    signed_at = found.signed_at if found.time_source == TIMESTAMP else now
    since = revoked.get(found.fingerprint)
    if found.fault or since is None or (signed_at and signed_at < since):
        return found
    return replace(found, fault="certificate_revoked")


def _is_cms(file: bytes) -> bool:
    return file.startswith((b"-----BEGIN PKCS7", b"-----BEGIN CMS")) or (
        file.startswith(b"\x30") and _SIGNED_DATA in file[:32]
    )


def _read(exported: bytes, returned: bytes, trust: Trust, now: datetime) -> dict[str, Any] | None:
    asked = {
        "file": b64encode(returned).decode(),
        "exported": b64encode(exported).decode(),
        "roots": trust.certificates,
        "lists": trust.lists,
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
    at, box = told["signed_at"], told["box"]
    moment = datetime.fromisoformat(at) if at else None
    return Signature(**{**told, "signed_at": moment, "box": tuple(box) if box else None})
