"""The line to the mail server: TLS, STARTTLS, sign-in, and no message over a line that nobody vouches for."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.mail import SENDER, Postmaster
from tests.support.server import free_port
from workflows.documents.dispatch.smtp import PLAIN, STARTTLS, TLS, MailServer
from workflows.documents.errors import MailNotTaken, MailRefused

# The test server knows of encryption by STARTTLS only; with TLS from the first byte it warns for nothing.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
USER, PASSWORD = "van-thu", "mat-khau"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of a server at 127.0.0.1, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "may-chu-thu")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=2))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    secret = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(secret + made.sign(key, hashes.SHA256()).public_bytes(encoding))
    return path


def authenticator(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
    """Let in who knows the password."""
    good = isinstance(given, LoginPassword) and (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=good, handled=False)


@contextmanager
def running(postmaster: Postmaster, certificate: Path, security: str) -> Iterator[MailServer]:
    """A server that takes messages only from those who signed in over an encrypted line."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    how: dict[str, Any] = {"ssl_context": context}
    if security == STARTTLS:
        how = {"tls_context": context, "require_starttls": True}
    port = free_port()
    rights: dict[str, Any] = {
        "authenticator": authenticator,
        "auth_required": True,
        "auth_require_tls": security == STARTTLS,
    }
    controller = Controller(postmaster, hostname="127.0.0.1", port=port, **how, **rights)
    controller.start()
    try:
        yield MailServer("127.0.0.1", port, security, SENDER, USER, PASSWORD, timeout=5)
    finally:
        controller.stop()


def letter() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, "a@example.vn", "Thông báo"
    message.set_content("Nội dung")
    return message


@pytest.mark.parametrize("security", [TLS, STARTTLS])
def test_a_message_goes_over_an_encrypted_line_after_signing_in(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    postmaster = Postmaster()
    with running(postmaster, certificate, security) as server:
        server.hand_over(letter())
    assert postmaster.boxes() == ["a@example.vn"]


@pytest.mark.parametrize("security", [TLS, STARTTLS])
def test_a_wrong_password_is_a_refusal_for_good(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    postmaster = Postmaster()
    with running(postmaster, certificate, security) as server:
        wrong = MailServer(server.host, server.port, security, SENDER, USER, "sai", timeout=5)
        with pytest.raises(MailRefused, match="535"):
            wrong.hand_over(letter())
    assert postmaster.accepted == [] and "sai" not in repr(wrong)


@pytest.mark.parametrize("security", [TLS, STARTTLS])
def test_a_server_that_nobody_vouches_for_gets_neither_password_nor_message(certificate: Path, security: str) -> None:
    postmaster = Postmaster()
    with running(postmaster, certificate, security) as server, pytest.raises(MailNotTaken, match="CERTIFICATE_VERIFY"):
        server.hand_over(letter())
    assert postmaster.accepted == [] and postmaster.tries == {}


def test_a_server_that_answers_drop_by_drop_is_cut_off() -> None:
    """Each byte comes in time, the greeting never ends: another worker would else send the same letter meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = MailServer("127.0.0.1", listening.getsockname()[1], PLAIN, SENDER, timeout=5, longest=0.3)
        dripping = threading.Thread(target=drip, args=(listening,))
        dripping.start()
        with pytest.raises(MailNotTaken):
            server.hand_over(EmailMessage())
        dripping.join(20)
    assert not dripping.is_alive()


def drip(listening: socket.socket) -> None:
    line, _ = listening.accept()
    with line, suppress(OSError):  # until the other side hangs up
        while True:
            line.send(b"2")
            sleep(0.02)
