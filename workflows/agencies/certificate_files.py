"""What a certificate tells of itself, as far as the register of certificates asks."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import date

from asn1crypto import x509

from engine.clock import local_date
from engine.text import search_key

TO_SIGN = {"digital_signature", "non_repudiation"}
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
NAMES = ("common_name", "organization_name", "organizational_unit_name")


@dataclass(frozen=True)
class CertificateFile:
    """One certificate.

    Args:
        der: the certificate as DER in Base64.
        fingerprint: its SHA-256, hexadecimal.
        holder: the name that it bears.
        names: that name, and those of body and unit.
        valid_from, valid_to: first and last day (Vietnam).
        signs: whether it was given to sign with, and not to issue others.
    """

    der: str
    fingerprint: str
    holder: str
    names: tuple[str, ...]
    valid_from: date
    valid_to: date
    signs: bool

    def bears(self, *names: str) -> bool:
        """Whether one of these names stands in it, in whatever capitals, with or without diacritics."""
        own = [search_key(name) for name in self.names]
        return any(search_key(name) in one for name in names for one in own)


def read_certificate(text: str) -> CertificateFile:
    """Read one certificate, as PEM or as Base64.

    Raises:
        ValueError: it is none, or more than one.
    """
    try:
        der = _der(text)
        found = x509.Certificate.load(der, strict=True)
        usage, subject = found.key_usage_value, found.subject.native
        names = tuple(str(subject[key]) for key in NAMES if subject.get(key))
        return CertificateFile(
            der=b64encode(der).decode(),
            fingerprint=found.sha256.hex(),
            holder=str(subject.get("common_name") or found.subject.human_friendly),
            names=names,
            valid_from=local_date(found.not_valid_before),
            valid_to=local_date(found.not_valid_after),
            signs=not found.ca and (usage is None or bool(usage.native & TO_SIGN)),
        )
    except (TypeError, KeyError, AttributeError, OverflowError) as error:
        raise ValueError("no certificate") from error


def _der(text: str) -> bytes:
    """Line breaks may have become blanks on the way: cells of a table hold one line."""
    blocks = _PEM.findall(text) or [text]
    [base64] = blocks
    return b64decode("".join(base64.split()), validate=True)
