"""From an account to the actor it stands for today: the door's view of the agency directory."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from engine.clock import local_date
from engine.errors import NotAllowed, NotFound, Rejected
from web.current import Person
from workflows.agencies import accounts, queries
from workflows.agencies.errors import NoDuty


class WrongPassword(Rejected):
    """No open account has this name and password: which of the two is wrong is not told."""

    code = "sign_in.wrong"


class NoDutyToday(NotAllowed):
    """The account is right, but its holder has no duty in any agency today."""

    code = "sign_in.no_duty"


def authenticate(session: Session, user_name: str, password: str, moment: datetime) -> tuple[str, str]:
    """The account's id and the agency for which its holder acts.

    Raises:
        WrongPassword: name or password is wrong.
        NoDutyToday: the holder has no duty today.
    """
    account = accounts.verify_password(session, user_name, password)
    if account is None:
        raise WrongPassword
    try:
        actor = queries.actor_for_account(session, account.id, local_date(moment))
    except NoDuty as error:
        raise NoDutyToday from error
    return account.id, actor.agency_id


def find(session: Session, account_id: str, agency_id: str, moment: datetime) -> Person | None:
    """The person of a session as of today; None where the account was closed or its duties in the agency have ended."""
    try:
        actor = queries.actor_for_account(session, account_id, local_date(moment), agency_id=agency_id)
    except (NotFound, NotAllowed):
        return None
    return Person(account_id, actor, queries.beside_name(session, actor))
