"""The directory of agencies: who carried which role on which day, under which name, and who may act."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import SYSTEM
from engine.tables import Base
from workflows import demo
from workflows.agencies import commands, defaults, queries
from workflows.agencies.accounts import close_account, create_account, set_password, verify_password
from workflows.agencies.directory import AgencyDirectory
from workflows.agencies.errors import (
    AgencyNotActive,
    AgencyNotFound,
    BadDuty,
    BadUserName,
    DutyNotFound,
    MissingBinding,
    NoDuty,
    PasswordTooLong,
    PasswordTooShort,
    UnknownAccount,
    UnknownAgency,
    UserNameTaken,
)
from workflows.agencies.facts import COMMUNE, CONFIG_STREAM, DISTRICT
from workflows.agencies.tables import Agency
from workflows.demo.store import BadStoreKind, DemoStoreOnly, StoreAlreadyMarked

NOW = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
TODAY = date(2026, 9, 1)
OLD, SPRING, NEW = date(2025, 2, 28), date(2025, 3, 1), date(2025, 7, 1)
ALL_ROLES = (
    "PPC PPC_OFFICE EXT_INFO PORTAL_IT FOREIGN FINANCE INVEST HOME POLICE MIL PARTY_PROP IZ MEDIA CULTURE TRADE".split()
)

directory = AgencyDirectory()


@pytest.fixture
def empty(database_url: str) -> Iterator[Session]:
    engine = create_engine(database_url)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


@pytest.fixture(scope="module")
def demo_store() -> Iterator[Session]:
    """A demo store for tests that only read."""
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        demo.build(session, NOW, version="1")
        session.commit()
        yield session
    engine.dispose()


@pytest.mark.parametrize(
    ("role", "on", "agency"),
    [
        ("EXT_INFO", OLD, "so-tttt"),
        ("EXT_INFO", SPRING, "so-vhttdl"),
        ("EXT_INFO", NEW, "so-vhttdl"),
        ("PORTAL_IT", OLD, "so-tttt"),
        ("PORTAL_IT", SPRING, "so-khcn"),
        ("INVEST", OLD, "so-khdt"),
        ("INVEST", SPRING, "so-tai-chinh"),
        ("PARTY_PROP", OLD, "btg-tinh-uy"),
        ("PARTY_PROP", NEW, "btgdv-tinh-uy"),
        ("MEDIA", date(2025, 6, 30), "bao-phu-tho"),
        ("MEDIA", NEW, "bao-ptth"),
        ("FOREIGN", TODAY, "so-ngoai-vu"),
    ],
)
def test_a_role_is_carried_by_the_agency_of_that_day(demo_store: Session, role: str, on: date, agency: str) -> None:
    binding = directory.binding(demo_store, role, on)

    assert (binding.role, binding.agency_id) == (role, agency)
    assert binding.basis


@pytest.mark.parametrize("on", [date(2020, 1, 15), OLD, SPRING, date(2025, 6, 30), NEW, TODAY])
def test_every_role_is_carried_by_somebody_on_every_day(demo_store: Session, on: date) -> None:
    active = directory.active_agencies(demo_store, on)

    assert {directory.binding(demo_store, role, on).agency_id for role in ALL_ROLES} <= active


def test_the_three_press_bodies_carry_one_role_together(demo_store: Session) -> None:
    carriers = [binding.agency_id for binding in directory.bindings(demo_store, "MEDIA", OLD)]

    assert carriers == ["bao-phu-tho", "dai-ptth", "tap-chi-van-nghe"]


def test_without_a_binding_the_error_names_role_and_day(demo_store: Session) -> None:
    with pytest.raises(MissingBinding) as caught:
        directory.binding(demo_store, "EXT_INFO", date(2019, 12, 31))

    assert caught.value.params == {"role": "EXT_INFO", "on": "2019-12-31"}


def test_thirteen_districts_gave_way_to_148_communes(demo_store: Session) -> None:
    before = queries.agencies(demo_store, date(2025, 6, 30), kinds=[DISTRICT, COMMUNE])
    after = queries.agencies(demo_store, NEW, kinds=[DISTRICT, COMMUNE])

    assert len(before) == 13
    assert len(after) == 148
    assert sum(agency_id.startswith("phuong-") for agency_id, _ in after) == 15


def test_choices_come_in_vietnamese_order(demo_store: Session) -> None:
    names = [name for _, name in queries.agencies(demo_store, TODAY)]

    assert names.index("Bộ Ngoại giao") < names.index("Công an tỉnh Phú Thọ") < names.index("Sở Công Thương")
    assert names.index("Ủy ban nhân dân xã Dân Chủ") < names.index("Ủy ban nhân dân xã Đà Bắc")


def test_a_dissolved_body_keeps_its_name_and_issues_nothing(demo_store: Session) -> None:
    assert directory.agency_name(demo_store, "so-tttt", TODAY) == "Sở Thông tin và Truyền thông"
    assert queries.agency_names(demo_store, TODAY)["so-tttt"] == "Sở Thông tin và Truyền thông"
    with pytest.raises(AgencyNotActive):
        queries.issuer(demo_store, "so-tttt", TODAY)
    assert [successor.agency_id for successor in queries.successors(demo_store, "so-tttt")] == ["so-khcn", "so-vhttdl"]


def test_an_unknown_agency_is_an_incident(demo_store: Session) -> None:
    with pytest.raises(UnknownAgency):
        directory.agency_name(demo_store, "so-khong-co", TODAY)
    with pytest.raises(UnknownAgency):
        queries.issuer(demo_store, "so-khong-co", TODAY)


def test_the_issuer_brings_what_its_documents_print(demo_store: Session) -> None:
    office = queries.issuer(demo_store, "vp-ubnd-tinh", TODAY)
    committee = queries.issuer(demo_store, "ubnd-tinh", TODAY)

    assert (office.abbreviation, office.head_title, office.collective) == ("VPUBND", "Chánh Văn phòng", False)
    assert office.superior_name == committee.name == "Ủy ban nhân dân tỉnh Phú Thọ"
    assert (committee.superior_name, committee.collective) == (None, True)


def test_officers_act_in_their_own_agency_and_duty_only(demo_store: Session) -> None:
    assert directory.may_act(demo_store, "cv-so-ngoai-vu", "so-ngoai-vu", "specialist", TODAY)
    assert not directory.may_act(demo_store, "cv-so-ngoai-vu", "so-ngoai-vu", "head", TODAY)
    assert not directory.may_act(demo_store, "cv-so-ngoai-vu", "so-tai-chinh", "specialist", TODAY)
    assert not directory.may_act(demo_store, "cv-so-ngoai-vu", "so-ngoai-vu", "specialist", date(2019, 1, 1))
    assert directory.officers(demo_store, "so-ngoai-vu", "specialist", TODAY) == [
        ("cv-so-ngoai-vu", "Chuyên viên 1, Sở Ngoại vụ"),
        ("cv2-so-ngoai-vu", "Chuyên viên 2, Sở Ngoại vụ"),
    ]


def test_an_account_acts_with_the_duties_of_the_day(demo_store: Session) -> None:
    actor = queries.actor_for_account(demo_store, "ld.so-ngoai-vu", TODAY, channel="scenario")

    assert (actor.agency_id, actor.agency_name, actor.duties) == ("so-ngoai-vu", "Sở Ngoại vụ", frozenset({"head"}))
    assert (actor.name, actor.position, actor.channel) == ("Lãnh đạo Sở Ngoại vụ", "Giám đốc", "scenario")
    with pytest.raises(NoDuty):
        queries.actor_for_account(demo_store, "ld.so-ngoai-vu", TODAY, agency_id="so-tai-chinh")
    with pytest.raises(UnknownAccount):
        queries.actor_for_account(demo_store, "ai-do", TODAY)


def test_a_person_with_duties_in_two_agencies_chooses_one(empty: Session) -> None:
    # Given an officer of one agency who serves a second one for a while
    demo.build(empty, NOW)
    commands.appoint(
        empty,
        person_id="vt-so-ngoai-vu",
        agency_id="so-tai-chinh",
        duty="clerk",
        valid_from=TODAY,
        actor=SYSTEM,
        now=NOW,
    )

    # When the account is asked for, then the first appointment counts unless another agency is named
    assert queries.actor_for_account(empty, "vt.so-ngoai-vu", TODAY).agency_id == "so-ngoai-vu"
    elsewhere = queries.actor_for_account(empty, "vt.so-ngoai-vu", TODAY, agency_id="so-tai-chinh")
    assert elsewhere.duties == {"clerk"}

    # And after its last day the duty is gone
    duty = commands.duty_id("vt-so-ngoai-vu", "so-tai-chinh", "clerk", TODAY)
    commands.end_duty(empty, duty, TODAY, reason="Hết thời gian kiêm nhiệm", actor=SYSTEM, now=NOW)
    with pytest.raises(NoDuty):
        queries.actor_for_account(empty, "vt.so-ngoai-vu", date(2026, 9, 2), agency_id="so-tai-chinh")


def test_appointments_that_cannot_be_are_refused(empty: Session) -> None:
    defaults.install(empty, NOW)
    person = commands.register_person(empty, "Chuyên viên", actor=SYSTEM, now=NOW)

    def appoint(agency_id: str, duty: str, valid_to: date | None = None) -> str:
        return commands.appoint(
            empty,
            person_id=person.id,
            agency_id=agency_id,
            duty=duty,
            valid_from=TODAY,
            valid_to=valid_to,
            actor=SYSTEM,
            now=NOW,
        ).id

    with pytest.raises(AgencyNotFound):
        appoint("so-khong-co", "clerk")
    with pytest.raises(BadDuty):
        appoint("so-noi-vu", "king")
    with pytest.raises(BadDuty):
        appoint("so-noi-vu", "clerk", date(2026, 8, 31))
    held = appoint("so-noi-vu", "clerk")
    with pytest.raises(BadDuty):
        commands.end_duty(empty, held, date(2026, 8, 1), reason="", actor=SYSTEM, now=NOW)
    with pytest.raises(DutyNotFound):
        commands.end_duty(empty, "x", TODAY, reason="", actor=SYSTEM, now=NOW)


def test_the_demo_store_is_complete_and_marked(empty: Session) -> None:
    demo.build(empty, NOW, version="1.2")
    accounts = demo.accounts(empty)

    assert demo.is_demo(empty)
    assert accounts[0] == ("cv.so-ngoai-vu", "Chuyên viên 1, Sở Ngoại vụ", "Sở Ngoại vụ", "chuyên viên")
    assert {"quytrinh", "kiemtra", "quantri", "ld.ubnd-tinh", "vt.phuong-viet-tri"} <= {row[0] for row in accounts}
    assert len(demo.main_accounts(empty)) == 14
    assert len({row[0] for row in accounts}) == len(accounts)
    for user_name, *_ in accounts:
        assert queries.actor_for_account(empty, user_name, TODAY).duties
    assert verify_password(empty, "vt.so-noi-vu", demo.PASSWORD) is not None
    demo.build(empty, NOW)
    assert demo.accounts(empty) == accounts


def test_a_real_store_has_no_demo_accounts_to_show(empty: Session) -> None:
    demo.mark(empty, "real", NOW, "1")

    assert demo.store_kind(empty) == "real"
    with pytest.raises(DemoStoreOnly):
        demo.accounts(empty)
    with pytest.raises(DemoStoreOnly):
        demo.build(empty, NOW)
    with pytest.raises(StoreAlreadyMarked):
        demo.mark(empty, "demo", NOW, "1")


def test_a_store_is_demo_or_real(empty: Session) -> None:
    with pytest.raises(BadStoreKind):
        demo.mark(empty, "test", NOW, "1")
    assert demo.store_kind(empty) is None


def test_a_real_start_begins_with_one_administrator(empty: Session) -> None:
    # Given the agencies that ship with the program
    defaults.install(empty, NOW)

    # When the first administrator is created
    account = commands.create_administrator(
        empty, NOW, user_name="quan.tri", name="Quản trị hệ thống", password="mật khẩu đủ dài"
    )

    # Then the account signs in and acts, and the log tells of it without the password
    found = verify_password(empty, "Quan.Tri", "mật khẩu đủ dài")
    assert found is not None
    assert found.id == account.id
    assert queries.actor_for_account(empty, account.id, TODAY).duties == {"administrator"}
    log = list(events.read(empty, CONFIG_STREAM))
    assert [event.type for event in log][-3:] == ["PersonRegistered", "OfficerAppointed", "AccountCreated"]
    assert not any("argon2" in str(event.payload) or "mật khẩu" in str(event.payload) for event in log)
    assert list(events.verify(empty, CONFIG_STREAM)) == []


def test_an_administrator_needs_a_registered_agency(empty: Session) -> None:
    with pytest.raises(AgencyNotFound):
        commands.create_administrator(empty, NOW, user_name="quan-tri", name="Quản trị", password="x" * 12)
    assert empty.scalar(select(func.count()).select_from(Agency)) == 0


def test_passwords_of_accounts(empty: Session) -> None:
    person = commands.register_person(empty, "Chuyên viên", actor=SYSTEM, now=NOW)

    def create(user_name: str, password: str | None = None) -> None:
        create_account(empty, person_id=person.id, user_name=user_name, password=password, actor=SYSTEM, now=NOW)

    create("cv-1")
    assert verify_password(empty, "cv-1", "") is None
    with pytest.raises(PasswordTooShort) as caught:
        set_password(empty, user_name="cv-1", password="ngắn quá", actor=SYSTEM, now=NOW)
    assert caught.value.params == {"minimum": 12}
    with pytest.raises(PasswordTooLong):
        set_password(empty, user_name="cv-1", password="x" * 257, actor=SYSTEM, now=NOW)

    set_password(empty, user_name="cv-1", password="Tre xanh Đất Tổ", actor=SYSTEM, now=NOW)

    assert verify_password(empty, "cv-1", "Tre xanh Đất Tổ") is not None
    assert verify_password(empty, "cv-1", "tre xanh đất tổ") is None
    assert verify_password(empty, "nobody", "Tre xanh Đất Tổ") is None
    assert verify_password(empty, "cv-1\x00", "Tre xanh Đất Tổ") is None
    assert verify_password(empty, "cv-1", "\ud800") is None
    close_account(empty, user_name="cv-1", actor=SYSTEM, now=NOW)
    assert verify_password(empty, "cv-1", "Tre xanh Đất Tổ") is None
    with pytest.raises(UnknownAccount):
        queries.actor_for_account(empty, "cv-1", TODAY)
    with pytest.raises(UserNameTaken):
        create("cv-1")
    with pytest.raises(BadUserName):
        create("Chuyên viên")
    with pytest.raises(UnknownAccount):
        set_password(empty, user_name="cv-9", password="x" * 12, actor=SYSTEM, now=NOW)


def test_an_outdated_hash_is_renewed_at_sign_in(empty: Session) -> None:
    # Given an account whose hash was made with weaker settings
    from argon2 import PasswordHasher

    person = commands.register_person(empty, "Chuyên viên", actor=SYSTEM, now=NOW)
    account = create_account(empty, person_id=person.id, user_name="cv-1", password="x" * 12, actor=SYSTEM, now=NOW)
    weak = account.password_hash = PasswordHasher(time_cost=1, memory_cost=64).hash("x" * 12)

    # When its holder signs in
    found = verify_password(empty, "cv-1", "x" * 12)

    # Then the hash is a new one and still opens the account
    assert found is not None
    assert found.password_hash != weak
    assert verify_password(empty, "cv-1", "x" * 12) is not None
