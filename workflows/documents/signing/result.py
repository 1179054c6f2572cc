"""What is asked of a file that comes back signed, and what was found in it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Final

PDF, CMS = "pdf", "cms"
TIMESTAMP = "timestamp"
VALID, NOT_CHECKED = "valid", "not_checked"
FAULTS: Final = (
    "too_large",
    "not_pdf",
    "broken",
    "unsigned",
    "altered",
    "other_document",
    "content_changed",
    "certificate_expired",
    "certificate_revoked",
    "untrusted",
    "wrong_signer",
)
"""Why a file is refused, in the order of asking."""


@dataclass(frozen=True)
class Signature:
    """One signature in a file, as its certificate tells.

    Args:
        signer: common name of the certificate's holder.
        subject, issuer: full names of holder and issuer.
        serial: serial number of the certificate, hexadecimal in capital letters.
        signed_at: moment of signing (UTC); None where the file tells none.
        time_source: `timestamp` (a trusted time-stamp), `claimed` (the signer's own clock), or `none`.
        format: name of the signature's format in the file, such as `ETSI.CAdES.detached` for PAdES.
        fault: empty, or why this signature does not hold: altered, certificate_expired, certificate_revoked, untrusted.
        fingerprint: SHA-256 of the certificate, hexadecimal.
        page, box: where its picture stands: page from 1, and edges left, low, right and high in points from the lower
            left corner; page 0 and None where nothing is to be seen.
        colour, clear: the ink of that picture (`blue`, `red`, `other`, `none` without an image, empty where nobody can
            tell), and whether its ground is transparent.
        place: how that is to be judged, one of `places.IN_PLACE` and its neighbours; empty where nobody judges.
        look: how its colour and ground are to be judged, one of `places.LOOKS`; empty where they are right.
    """

    signer: str
    subject: str
    issuer: str
    serial: str
    signed_at: datetime | None
    time_source: str
    format: str
    fault: str
    fingerprint: str
    page: int = 0
    box: tuple[int, int, int, int] | None = None
    colour: str = ""
    clear: bool = True
    place: str = ""
    look: str = ""


@dataclass(frozen=True)
class ExpectedSigner:
    """Who must have signed: every part that is given must fit the certificate, and at least one must be given.

    Args:
        name: the holder's name, in whatever capitals.
        subject: the certificate's full subject, as it was registered.
        serial: the certificate's serial number in hexadecimal, as it was registered.
        fingerprints: the certificates that are theirs, by SHA-256; one of them is enough.
    """

    name: str = ""
    subject: str = ""
    serial: str = ""
    fingerprints: tuple[str, ...] = ()

    def fits(self, found: Signature) -> bool:
        """Whether this is who made the signature."""
        if self.fingerprints and found.fingerprint not in self.fingerprints:
            return False
        asked = [(self.name, found.signer), (self.subject, found.subject), (self.serial.lstrip("0"), found.serial)]
        given = [(_plain(wanted), _plain(value)) for wanted, value in asked if wanted]
        return bool(given or self.fingerprints) and all(wanted == value for wanted, value in given)


@dataclass(frozen=True)
class Check:
    """What came of the check.

    Args:
        container: `pdf`, `cms` (a signature in a file of its own), or empty where it is neither.
        result: `valid`, `not_checked` (accepted as a file, nobody has looked inside), or one of `FAULTS`.
        signatures: what was found, in the order of signing.
    """

    container: str
    result: str
    signatures: tuple[Signature, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the file may be kept."""
        return self.result in (VALID, NOT_CHECKED)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
