"""Whom signatures are trusted by: a folder that the operator fills with root certificates and lists of revoked ones."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from asn1crypto import crl, pem, x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathError, ValidationError

from workflows.documents.signing.errors import BadTrustFile

CERTIFICATES, LISTS = (".pem", ".crt", ".cer"), (".crl",)


@dataclass(frozen=True)
class Root:
    """A trusted certificate: its holder, and the moments between which it holds (UTC)."""

    holder: str
    valid_from: datetime
    valid_to: datetime


@dataclass(frozen=True)
class Trust:
    """What a check is given, as DER in Base64.

    Args:
        certificates: those that a signer's certificate must lead to.
        lists: lists of revoked certificates (RFC 5280), as their issuers published them.
    """

    certificates: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()

    def roots(self) -> list[Root]:
        """The trusted certificates, to be shown."""
        found = [x509.Certificate.load(b64decode(one)) for one in self.certificates]
        return [Root(holder_of(one), one.not_valid_before, one.not_valid_after) for one in found]


def judge_of(trust: Trust, now: datetime) -> Callable[[str], bool] | None:
    """Tells whether a certificate (DER in Base64) leads to a trusted root now; None where there is no root."""
    if not trust.certificates:
        return None
    roots = [x509.Certificate.load(b64decode(one)) for one in trust.certificates]
    lists = [crl.CertificateList.load(b64decode(one)) for one in trust.lists]

    def leads_to_root(der: str) -> bool:
        context = ValidationContext(trust_roots=roots, crls=lists, moment=now, allow_fetching=False)
        found = CertificateValidator(x509.Certificate.load(b64decode(der)), validation_context=context)
        try:
            asyncio.run(found.async_validate_usage(set()))
        except (PathError, ValidationError):
            return False
        return True

    return leads_to_root


def holder_of(certificate: x509.Certificate) -> str:
    """Whose certificate it is: the common name, the whole name where it has none."""
    return str(certificate.subject.native.get("common_name") or certificate.subject.human_friendly)


def read_trust(folder: Path) -> Trust:
    """Read the folder as it is now, PEM or DER; where there is none, nobody is trusted.

    Raises:
        BadTrustFile: a file is no certificate, or no list (`file`).
    """
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    return Trust(_all(files, CERTIFICATES, x509.Certificate), _all(files, LISTS, crl.CertificateList))


def _all(
    files: list[Path], endings: tuple[str, ...], kind: type[x509.Certificate | crl.CertificateList]
) -> tuple[str, ...]:
    chosen = [file for file in files if file.suffix.lower() in endings]
    return tuple(b64encode(der).decode() for file in chosen for der in _read(file, kind))


def _read(file: Path, kind: type[x509.Certificate | crl.CertificateList]) -> list[bytes]:
    content = file.read_bytes()
    try:
        found = [der for _, _, der in pem.unarmor(content, multiple=True)] if pem.detect(content) else [content]
        for der in found:
            _ = kind.load(der, strict=True).native
    except (ValueError, TypeError) as error:
        raise BadTrustFile(file=file.name) from error
    return found
