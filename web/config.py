"""Settings of one running program: read once from a mapping or the environment, then handed about."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from engine.errors import Rejected
from workflows.documents.dispatch.smtp import PLAIN, STARTTLS, TLS, MailServer

MEGABYTE = 1024 * 1024
MAX_FILE_BYTES = 20 * MEGABYTE
MAX_REQUEST_BYTES = 50 * MEGABYTE
# What lies between the two limits is read and refused with the typed text kept; beyond it the connection is cut short.
HARD_REQUEST_BYTES = 120 * MEGABYTE
MAX_TEXT_BYTES = 2 * MEGABYTE
MAX_FORM_PARTS = 2000
SESSION_HOURS = 10
IDLE_MINUTES = 60
STORES = ("demo", "real")
DATABASES = ("sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg")
BROKERS = ("redis://", "rediss://", "amqp://", "amqps://")
HIGHEST_PORT = 65535
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAIL = {"smtps": (TLS, 465), "smtp": (STARTTLS, 587), "smtp+plain": (PLAIN, 25)}


class BadSetting(Rejected):
    """A setting whose value nobody can mean."""

    code = "setting.bad"


@dataclass(frozen=True)
class Settings:
    """What an operator may choose.

    Args:
        data_dir: folder of database, attachments and keys.
        database_url: SQLAlchemy address of the database.
        broker_url: address of Redis or RabbitMQ; None for the worker inside the process.
        port: TCP port on 127.0.0.1.
        store: `demo` or `real`; it counts only when a store is created.
        log_level: name of a logging level.
        https: whether people reach the program over HTTPS (cookies are then marked secure).
        mail_server: what takes e-mail over; None: nothing leaves by e-mail.
        edxml_folder: folder that the agent of the exchange network watches and fills; None: no packages by folder.
        edxml_url: endpoint to which packages are posted; None: they leave by the folder.
        trust_dir: folder of the root certificates by which signatures are checked.
        witness: mailbox of the second body that keeps the checkpoints; empty: none is mailed.
    """

    data_dir: Path
    database_url: str
    broker_url: str | None = None
    port: int = 8000
    store: str = "demo"
    log_level: str = "INFO"
    https: bool = False
    mail_server: MailServer | None = None
    edxml_folder: Path | None = None
    edxml_url: str | None = None
    trust_dir: Path = Path("trust")
    witness: str = ""

    @classmethod
    def load(cls, given: Mapping[str, str] | None = None) -> Settings:
        """Read the settings from `given`, or from the environment where it is None.

        Raises:
            BadSetting: a value that nobody can mean.
        """
        source = os.environ if given is None else given
        data_dir = Path(source.get("DATA_DIR") or "data").resolve()
        return cls(
            data_dir=data_dir,
            database_url=_database(source.get("DATABASE_URL") or f"sqlite:///{data_dir / 'phoihop.sqlite3'}"),
            broker_url=_broker(source.get("BROKER_URL") or None),
            port=_port(source.get("PORT") or "8000"),
            store=_store(source.get("STORE") or "demo"),
            log_level=source.get("LOG_LEVEL") or "INFO",
            https=(source.get("HTTPS") or "0") == "1",
            mail_server=_mail_server(source.get("SMTP_URL") or "", source.get("MAIL_FROM") or ""),
            edxml_folder=_folder(source.get("EDXML_FOLDER") or ""),
            edxml_url=_endpoint(source.get("EDXML_URL") or None),
            trust_dir=Path(source.get("TRUST_DIR") or data_dir / "trust").resolve(),
            witness=_witness(source.get("CHECKPOINT_MAIL_TO") or "", source.get("SMTP_URL") or ""),
        )


def _database(url: str) -> str:
    """Refused without being repeated: it may hold a password."""
    try:
        known = make_url(url).drivername in DATABASES
    except ArgumentError:
        known = False
    if not known:
        raise BadSetting(name="DATABASE_URL", value="…", allowed="postgresql://…, sqlite:///…")
    return url


def _broker(url: str | None) -> str | None:
    if url is not None and not url.startswith(BROKERS):
        raise BadSetting(name="BROKER_URL", value="…", allowed=BROKERS)
    return url


def _mail_server(url: str, sender: str) -> MailServer | None:
    """None where no address is set; a password never goes over a line that anybody can read."""
    if not url:
        return None
    parts = urlsplit(url)
    security, usual_port = MAIL.get(parts.scheme, ("", 0))
    port = _mail_port(parts)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (security and parts.hostname and port is not None) or (security == PLAIN and parts.password):
        raise BadSetting(name="SMTP_URL", value="…", allowed="smtps://…, smtp://…, smtp+plain://…")
    if not f"{user}{password}".isascii():  # all that the protocol carries
        raise BadSetting(name="SMTP_URL", value="…", allowed="a–z, 0–9, !–~")
    if not _is_address(sender):
        raise BadSetting(name="MAIL_FROM", value=sender, allowed="van-thu@example.vn")
    return MailServer(parts.hostname, port or usual_port, security, sender, user, password)


def _folder(path: str) -> Path | None:
    """Where it is, whatever the program's working directory is later."""
    return Path(path).resolve() if path else None


def _endpoint(url: str | None) -> str | None:
    """Documents never go over a line that anybody can read."""
    if url is None:
        return None
    parts = urlsplit(url)
    private = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    if not (private and parts.hostname) or parts.password:
        raise BadSetting(name="EDXML_URL", value="…", allowed="https://…, http://127.0.0.1…")
    return url


def _witness(address: str, server: str) -> str:
    """An address that nothing would ever be sent to is a mistake."""
    if address and not (server and _is_address(address)):
        raise BadSetting(name="CHECKPOINT_MAIL_TO", value=address, allowed="luu-tru@example.vn + SMTP_URL")
    return address


def _is_address(text: str) -> bool:
    return parseaddr(text)[1] == text and "@" in text and text.isascii()


def _mail_port(parts: SplitResult) -> int | None:
    """0 where the address names none, None where it is no port."""
    try:
        return parts.port or 0
    except ValueError:
        return None


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= HIGHEST_PORT):
        raise BadSetting(name="PORT", value=text, allowed=f"1–{HIGHEST_PORT}")
    return int(text)


def _store(kind: str) -> str:
    if kind not in STORES:
        raise BadSetting(name="STORE", value=kind, allowed=STORES)
    return kind


def secret_key(data_dir: Path) -> bytes:
    """The key that signs cookies, made at its first use and readable by the owner only."""
    path = data_dir / "secret.key"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return _create_key(path)


def _create_key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_bytes(secrets.token_bytes(32))
    try:
        # A hard link fails where another process was faster: both then use the one key.
        os.link(draft, path)
    except FileExistsError:
        return path.read_bytes()
    finally:
        draft.unlink()
    return path.read_bytes()
