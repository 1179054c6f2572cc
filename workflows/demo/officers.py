"""The demo store: officers named by their duty, one shared password, nobody invented."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from engine.actors import ADMINISTRATOR, AUDITOR, CLERK, HEAD, PROCESS_OWNER, SPECIALIST, SYSTEM
from engine.clock import local_date
from workflows.agencies import defaults, facts, formats
from workflows.agencies.accounts import hash_password
from workflows.agencies.importing import import_officers
from workflows.agencies.tables import Account, Agency, AgencyName, OfficerDuty, Person
from workflows.demo import store
from workflows.oversight import mandates

PASSWORD = "phoihop-demo"  # no secret: printed on purpose, and used in demo stores only
STAFFED_KINDS = (facts.PROVINCE, facts.OFFICE, facts.DEPARTMENT, facts.SECTOR, facts.PARTY, facts.PRESS)
STAFFED_COMMUNES = ("phuong-viet-tri", "phuong-vinh-yen", "phuong-hoa-binh")
_STAFFED = Agency.kind.in_(STAFFED_KINDS) | Agency.id.in_(STAFFED_COMMUNES)
MAIN_ACCOUNTS = (
    "cv.so-ngoai-vu",
    "ld.so-ngoai-vu",
    "cv.vp-ubnd-tinh",
    "ld.vp-ubnd-tinh",
    "vt.vp-ubnd-tinh",
    "cv.so-vhttdl",
    "ld.so-vhttdl",
    "cv.cong-an-tinh",
    "ld.cong-an-tinh",
    "ld.ubnd-tinh",
    "quytrinh",
    "quytrinh2",
    "kiemtra",
    "quantri",
)


@dataclass(frozen=True)
class _Post:
    """One post that every staffed agency has; `prefix` begins the user name."""

    prefix: str
    duty: str
    name: str
    position: str


_POSTS = (
    _Post("cv", SPECIALIST, "Chuyên viên 1, {agency}", "Chuyên viên"),
    _Post("cv2", SPECIALIST, "Chuyên viên 2, {agency}", "Chuyên viên"),
    _Post("ld", HEAD, "Lãnh đạo {agency}", "{head_title}"),
    _Post("vt", CLERK, "Văn thư {agency}", "Văn thư"),
)
_OVERSEERS = (
    ("quytrinh", PROCESS_OWNER, "Chủ quy trình, VP UBND tỉnh", "Chủ quy trình"),
    ("quytrinh2", PROCESS_OWNER, "Người phê duyệt quy trình, VP UBND tỉnh", "Người phê duyệt quy trình"),
    ("kiemtra", AUDITOR, "Người kiểm tra, VP UBND tỉnh", "Người kiểm tra"),
    ("quantri", ADMINISTRATOR, "Quản trị hệ thống, VP UBND tỉnh", "Quản trị hệ thống"),
)
_OFFICE = "vp-ubnd-tinh"


def build(session: Session, now: datetime, *, version: str = "") -> None:
    """Fill a demo store with agencies, bindings, officers and accounts; a store without a mark becomes a demo.

    Raises:
        DemoStoreOnly: the store was created as a real one.
    """
    if store.store_kind(session) is None:
        store.mark(session, store.DEMO, now, version)
    store.require_demo(session)
    defaults.install(session, now)
    import_officers(session, _officers_csv(session), SYSTEM, now, file="demo-officers.csv")
    for user_name, duty, *_ in _OVERSEERS:
        if duty == AUDITOR:
            everything = mandates.Wanted(user_name, None, None, None, local_date(now), None, "Kho thử")
            mandates.record(session, SYSTEM, now, everything)
    session.execute(
        update(Account).where(Account.password_hash.is_(None)).values(password_hash=hash_password(PASSWORD))
    )


def staff_communes(session: Session, now: datetime) -> None:
    """Give every commune its officers, not only the few of a demo store: for a simulation of the whole province.

    Raises:
        DemoStoreOnly: the store was created as a real one.
    """
    store.require_demo(session)
    import_officers(session, _officers_csv(session, Agency.kind == facts.COMMUNE), SYSTEM, now, file="communes.csv")


def accounts(session: Session) -> list[tuple[str, str, str, str]]:
    """(user name, person, agency, duty in Vietnamese) of every account of a demo store, the main ones first."""
    store.require_demo(session)
    statement = (
        select(Account.user_name, Person.name, AgencyName.short_name, OfficerDuty.duty)
        .join(Person, Person.id == Account.person_id)
        .join(OfficerDuty, OfficerDuty.person_id == Person.id)
        .join(AgencyName, AgencyName.agency_id == OfficerDuty.agency_id)
        .where(AgencyName.valid_to.is_(None), OfficerDuty.valid_to.is_(None), Account.status == "active")
    )
    found = [(user, name, agency, formats.DUTY_WORDS[duty]) for user, name, agency, duty in session.execute(statement)]
    return sorted(found, key=lambda account: (_importance(account[0]), account[0]))


def main_accounts(session: Session) -> list[tuple[str, str, str, str]]:
    """The few accounts that carry a case from its beginning to its end, in the order of their turns."""
    return [account for account in accounts(session) if account[0] in MAIN_ACCOUNTS]


def _importance(user_name: str) -> int:
    return MAIN_ACCOUNTS.index(user_name) if user_name in MAIN_ACCOUNTS else len(MAIN_ACCOUNTS)


def _officers_csv(session: Session, staffed: ColumnElement[bool] = _STAFFED) -> str:
    """The demo officers in the format of a real import."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.name for column in formats.OFFICERS])
    writer.writerows(_officer_rows(session, staffed))
    return text.getvalue()


def _officer_rows(session: Session, staffed: ColumnElement[bool]) -> Iterator[list[str]]:
    for agency, name in _staffed(session, staffed):
        words = {"agency": name.short_name, "head_title": name.head_title}
        for post in _POSTS:
            user_name = f"{post.prefix}.{agency.id}"
            person, position = post.name.format(**words), post.position.format(**words)
            yield _row(user_name, person, agency.id, post.duty, position, agency.valid_from)
        if agency.id == _OFFICE:
            for user_name, duty, person, position in _OVERSEERS:
                yield _row(user_name, person, agency.id, duty, position, agency.valid_from)


def _staffed(session: Session, which: ColumnElement[bool]) -> list[tuple[Agency, AgencyName]]:
    statement = (
        select(Agency, AgencyName)
        .join(AgencyName, AgencyName.agency_id == Agency.id)
        .where(Agency.valid_to.is_(None), AgencyName.valid_to.is_(None))
        .where(which)
        .order_by(Agency.id)
    )
    return [(agency, name) for agency, name in session.execute(statement)]


def _row(user_name: str, person: str, agency_id: str, duty: str, position: str, since: date) -> list[str]:
    person_id = user_name.replace(".", "-")
    return [person_id, person, agency_id, duty, position, f"{since:%d/%m/%Y}", "", "", user_name]
