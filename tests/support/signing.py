"""A certification authority and an outside signing tool of the tests' own: real certificates, real signatures."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from io import BytesIO
from typing import Any

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from workflows.documents.signing.trust import Trust

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Holder:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey

    @cached_property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def trust(self) -> Trust:
        """This certificate as the only root."""
        return Trust((b64encode(self.asn1.dump()).decode(),))

    @property
    def asn1(self) -> asn1_x509.Certificate:
        return asn1_x509.Certificate.load(self.certificate.public_bytes(serialization.Encoding.DER))

    @property
    def asn1_key(self) -> asn1_keys.PrivateKeyInfo:
        plain = self.key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return asn1_keys.PrivateKeyInfo.load(plain)


@dataclass(frozen=True)
class Authority:
    """Issues certificates to whom it pleases."""

    root: Holder

    @classmethod
    def called(cls, name: str, now: datetime) -> Authority:
        key = _key()
        usage = x509.BasicConstraints(ca=True, path_length=1)
        return cls(
            _issue(name, key, None, now - 3650 * DAY, now + 3650 * DAY, [(usage, True), (_usage(ca=True), True)])
        )

    def person(self, name: str, since: datetime, until: datetime) -> Holder:
        """A person or body: the certificate tells where its authority publishes what it revoked, as real ones do."""
        key, place = _key(), x509.UniformResourceIdentifier("http://crl.example.vn/1.crl")
        lists = x509.CRLDistributionPoints([x509.DistributionPoint([place], None, None, None)])
        return _issue(name, key, self.root, since, until, [(_usage(ca=False), True), (lists, False)])

    def clock(self, since: datetime, until: datetime) -> Holder:
        """An authority for time-stamps."""
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        key = _key()
        return _issue("Cấp dấu thời gian", key, self.root, since, until, [(stamping, True)])

    def revoked(self, *holders: Holder, at: datetime) -> bytes:
        """A list of revoked certificates, published at that moment, as DER."""
        made = x509.CertificateRevocationListBuilder(self.root.certificate.subject, at, at + 30 * DAY)
        for holder in holders:
            number = holder.certificate.serial_number
            gone = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(at).build()
            made = made.add_revoked_certificate(gone)
        return made.sign(self.root.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class _Tool(signers.PdfSigner):
    """A signing tool whose clock shows what the test wants."""

    at: datetime

    def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self.at
        return session


def sign(
    pdf: bytes,
    holder: Holder,
    at: datetime,
    clock: Holder | None = None,
    field: str = "Signature1",
    page: int = 1,
    box: tuple[int, int, int, int] | None = (320, 120, 520, 180),
    picture: Image.Image | None = None,
) -> bytes:
    """Sign as an outside tool does: field, picture and signature are appended to the file.

    Args:
        box: left, low, right, high in points; None for a field that the file has already.
        picture: what is to be seen there; words of the library where None.
    """
    signer = signers.SimpleSigner(holder.asn1, holder.asn1_key, SimpleCertificateStore())
    stamper = DummyTimeStamper(clock.asn1, clock.asn1_key, fixed_dt=at) if clock else None
    meta = signers.PdfSignatureMetadata(field_name=field, subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    shape = SigFieldSpec(field, on_page=page - 1, box=box) if box else None
    style = StaticStampStyle(background=PdfImage(picture), border_width=0) if picture else None
    tool = _Tool(meta, signer, timestamper=stamper, new_field_spec=shape, stamp_style=style)
    tool.at = at
    return bytes(tool.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf))).getvalue())


def _issue(
    name: str,
    key: rsa.RSAPrivateKey,
    issuer: Holder | None,
    since: datetime,
    until: datetime,
    extensions: list[tuple[x509.ExtensionType, bool]],
) -> Holder:
    subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "VN"), x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(
        issuer.certificate.subject if issuer else subject,
        subject,
        key.public_key(),
        x509.random_serial_number(),
        since,
        until,
    )
    for extension, critical in extensions:
        made = made.add_extension(extension, critical)
    return Holder(made.sign(issuer.key if issuer else key, hashes.SHA256()), key)


def _usage(ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(not ca, not ca, False, False, False, ca, ca, False, False)


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)
