"""Sign-in accounts and their passwords (argon2id). Slowing down repeated attempts is the business of the door."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from functools import cache
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import Actor
from workflows.agencies.errors import (
    BadUserName,
    PasswordTooLong,
    PasswordTooShort,
    UnknownAccount,
    UserNameTaken,
)
from workflows.agencies.facts import CONFIG_STREAM
from workflows.agencies.tables import Account

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 256
USER_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]")

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """The argon2id hash of a password, with a random salt.

    Raises:
        PasswordTooShort, PasswordTooLong: with the bound in `minimum` or `maximum`.
    """
    text = _normal(password)
    if len(text) < MINIMUM_LENGTH:
        raise PasswordTooShort(minimum=MINIMUM_LENGTH)
    if len(text) > MAXIMUM_LENGTH:
        raise PasswordTooLong(maximum=MAXIMUM_LENGTH)
    return _hasher.hash(_encoded(text))


def create_account(
    session: Session, *, person_id: str, user_name: str, password: str | None, actor: Actor, now: datetime
) -> Account:
    """Open an account for a registered person; without a password it stays unusable until one is set.

    Raises:
        BadUserName, UserNameTaken, PasswordTooShort, PasswordTooLong.
    """
    if not USER_NAME.fullmatch(user_name):
        raise BadUserName(user_name=user_name)
    if _find(session, user_name) is not None:
        raise UserNameTaken(user_name=user_name)
    hashed = hash_password(password) if password is not None else None
    account = Account(
        id=str(uuid4()),
        person_id=person_id,
        user_name=user_name,
        password_hash=hashed,
        status="active",
        created_at=now,
    )
    session.add(account)
    session.flush()
    payload = {
        "account_id": account.id,
        "person_id": person_id,
        "user_name": user_name,
        "password_set": hashed is not None,
    }
    events.append(session, CONFIG_STREAM, "AccountCreated", payload, actor=actor, now=now)
    return account


def set_password(session: Session, *, user_name: str, password: str, actor: Actor, now: datetime) -> Account:
    """Give an account a new password. The event tells that it happened, never the password or its hash.

    Raises:
        UnknownAccount, PasswordTooShort, PasswordTooLong.
    """
    account = _find(session, user_name)
    if account is None:
        raise UnknownAccount(account=user_name)
    account.password_hash = hash_password(password)
    payload = {"account_id": account.id, "user_name": user_name}
    events.append(session, CONFIG_STREAM, "PasswordSet", payload, actor=actor, now=now)
    return account


def close_account(session: Session, *, user_name: str, actor: Actor, now: datetime) -> None:
    """Close an account: nobody signs in with it any more, and its name stays taken.

    Raises:
        UnknownAccount: no such account.
    """
    account = _find(session, user_name)
    if account is None:
        raise UnknownAccount(account=user_name)
    account.status = "closed"
    payload = {"account_id": account.id, "user_name": user_name}
    events.append(session, CONFIG_STREAM, "AccountClosed", payload, actor=actor, now=now)


def verify_password(session: Session, user_name: str, password: str) -> Account | None:
    """The active account with this name and password, else None.

    An outdated hash is renewed in the caller's transaction. One hash is computed whether or not the account exists, so
    that the time taken does not tell.
    """
    account = _find(session, unicodedata.normalize("NFC", user_name).strip().lower())
    stored = account.password_hash if account and account.status == "active" else None
    text = _normal(password)[: MAXIMUM_LENGTH + 1]
    if not _matches(stored or _decoy(), text) or stored is None or account is None:
        return None
    if _hasher.check_needs_rehash(stored):
        account.password_hash = _hasher.hash(_encoded(text))
    return account


def _find(session: Session, user_name: str) -> Account | None:
    if not USER_NAME.fullmatch(user_name):
        return None
    return session.scalars(select(Account).where(Account.user_name == user_name)).one_or_none()


def _matches(hashed: str, password: str) -> bool:
    try:
        return _hasher.verify(hashed, _encoded(password))
    except (VerificationError, InvalidHashError):
        return False


@cache
def _decoy() -> str:
    return _hasher.hash(str(uuid4()))


def _encoded(password: str) -> bytes:
    """UTF-8, also for text that has no proper form in it: a wrong password is wrong, not an error."""
    return password.encode("utf-8", "surrogatepass")


def _normal(password: str) -> str:
    """One form for one text: keyboards compose Vietnamese letters differently."""
    return unicodedata.normalize("NFC", password)
