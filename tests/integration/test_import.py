"""CSV import: all of a file or nothing, on record, and the same file twice changes nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from engine import events
from engine.actors import ADMINISTRATOR, CLERK, SYSTEM, Actor
from engine.tables import Base
from tests.support.signing import DAY, Authority, Holder
from workflows.agencies import defaults, queries
from workflows.agencies.certificate_import import import_certificates
from workflows.agencies.certificates import (
    EXPIRED,
    UNTRUSTED,
    VALID,
    certificates,
    fingerprints,
    revoked,
    signs_electronically,
)
from workflows.agencies.channels import agency_with_code, route
from workflows.agencies.directory import AgencyDirectory
from workflows.agencies.errors import ImportRejected
from workflows.agencies.facts import CONFIG_STREAM, Route
from workflows.agencies.importing import (
    ImportReport,
    import_agencies,
    import_bindings,
    import_channels,
    import_officers,
    import_roles,
    import_signing_ways,
    import_successions,
)
from workflows.agencies.tables import Account, Agency, OfficerDuty, Person, SigningCertificate
from workflows.documents.signing.trust import judge_of

NOW = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
TODAY = date(2026, 9, 1)
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
AGENCY = "id,kind,name,abbreviation,place,head_title,valid_from,valid_to,legal_basis\n"
BINDING = "role,agency_id,rank,valid_from,valid_to,legal_basis\n"
OFFICER = "person_id,name,agency_id,duty,valid_from,valid_to,user_name\n"


@pytest.fixture
def store(database_url: str) -> Iterator[Session]:
    """A new store with the agencies that ship with the program."""
    engine = create_engine(database_url)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        defaults.install(session, NOW)
        session.commit()
        yield session
    engine.dispose()


def problems(caught: pytest.ExceptionInfo[ImportRejected]) -> list[tuple[str, int, str]]:
    return [(finding.code, finding.line, finding.column) for finding in caught.value.findings]


def events_of(session: Session) -> list[str]:
    return [event.type for event in events.read(session, CONFIG_STREAM)]


def test_the_shipped_data_can_be_installed_again_without_a_change(store: Session) -> None:
    before = events_of(store)

    report = defaults.install(store, NOW)

    assert (report.created, report.updated) == (0, 0)
    assert report.unchanged > 250
    assert events_of(store) == before
    assert list(events.verify(store, CONFIG_STREAM)) == []


def test_the_example_files_make_a_real_start(store: Session) -> None:
    # When the example files are imported in their order, with a byte order mark as spreadsheets write it
    agencies = import_agencies(store, b"\xef\xbb\xbf" + (EXAMPLES / "agencies.csv").read_bytes(), SYSTEM, NOW)
    officers = import_officers(store, (EXAMPLES / "officers.csv").read_bytes(), SYSTEM, NOW)
    bindings = import_bindings(store, (EXAMPLES / "bindings.csv").read_text(encoding="utf-8"), SYSTEM, NOW)

    # Then agencies, officers and bindings are there, and accounts wait for their passwords
    assert agencies == ImportReport(created=2)
    assert officers == ImportReport(created=4)
    assert bindings == ImportReport(created=1, updated=1)
    clerk = queries.actor_for_account(store, "vt1.so-y-te", TODAY, agency_id="so-tu-phap")
    assert (clerk.name, clerk.position, clerk.duties) == ("Văn thư Sở Y tế", "Văn thư kiêm nhiệm", frozenset({"clerk"}))
    assert store.scalars(select(Account.password_hash)).all() == [None, None, None]
    directory = AgencyDirectory()
    assert directory.binding(store, "PORTAL_IT", date(2026, 12, 31)).agency_id == "so-khcn"
    assert directory.binding(store, "PORTAL_IT", date(2027, 1, 1)).agency_id == "vp-ubnd-tinh"
    assert events_of(store)[-3:] == ["AgenciesImported", "OfficersImported", "BindingsImported"]

    # And a second import of the same officers changes nothing
    assert import_officers(store, (EXAMPLES / "officers.csv").read_bytes(), SYSTEM, NOW) == ImportReport(unchanged=4)
    assert store.scalar(select(func.count()).select_from(Account)) == 3


def test_a_new_name_leaves_history_alone(store: Session) -> None:
    # Given a file that ends the old name and begins a new one
    content = AGENCY + (
        "so-y-te,sở,Sở Y tế,SYT,Phú Thọ,Giám đốc,01/07/2025,31/12/2026,NQ 1\n"
        "so-y-te,sở,Sở Y tế và Dân số,SYTDS,Phú Thọ,Giám đốc,01/01/2027,,NQ 2\n"
    )

    # When it is imported
    import_agencies(store, content, SYSTEM, NOW)

    # Then each day has its own name, symbol and legal basis
    directory = AgencyDirectory()
    assert directory.agency_name(store, "so-y-te", TODAY) == "Sở Y tế"
    assert directory.agency_name(store, "so-y-te", date(2027, 1, 1)) == "Sở Y tế và Dân số"
    assert queries.issuer(store, "so-y-te", date(2026, 12, 31)).abbreviation == "SYT"
    agency = store.get_one(Agency, "so-y-te")
    assert (agency.valid_from, agency.valid_to, agency.legal_basis) == (date(2025, 7, 1), None, "NQ 2")


def test_a_correction_of_the_past_does_not_touch_the_present(store: Session) -> None:
    content = AGENCY + "so-noi-vu,sở,Sở Nội vụ cũ,SNV,Phú Thọ,Giám đốc,15/01/2020,30/06/2025,Sửa\n"

    report = import_agencies(store, content, SYSTEM, NOW)

    assert report == ImportReport(updated=1)
    agency = store.get_one(Agency, "so-noi-vu")
    assert (agency.valid_to, agency.legal_basis) == (None, "NQ 202/2025/QH15")
    change = list(events.read(store, CONFIG_STREAM))[-1].payload
    assert change is not None
    assert [(c["before"]["name"], c["after"]["name"]) for c in change["changes"] if c["table"] == "agency_names"] == [
        ("Sở Nội vụ", "Sở Nội vụ cũ")
    ]


def test_one_defect_and_nothing_is_imported(store: Session) -> None:
    # Given a file with two good lines and three defects
    before = events_of(store)
    content = AGENCY + (
        "so-y-te,sở,Sở Y tế,SYT,Phú Thọ,Giám đốc,01/07/2025,,NQ 1\n"
        "so-y-te,sở,Sở Y tế,SYT,Phú Thọ,Giám đốc,01/01/2026,,NQ 1\n"
        "so-x,bộ lạc,Sở X,SX,Phú Thọ,Giám đốc,01/07/2025,,NQ 1\n"
        "so-z,sở,Sở Z,SZ,Phú Thọ,Giám đốc,01/07/2025,30/06/2025,NQ 1\n"
        "so-t,sở,Sở T,ST,Phú Thọ,Giám đốc,01/07/2025,,NQ 1\n"
    )

    # When it is imported
    with pytest.raises(ImportRejected) as caught:
        import_agencies(store, content, SYSTEM, NOW, file="co-quan.csv")

    # Then every defect is told with its place, and the store is as before
    assert problems(caught) == [
        ("import.overlap", 3, "Từ ngày"),
        ("import.bad_choice", 4, "Loại"),
        ("import.ends_before_start", 5, "Đến hết ngày"),
    ]
    assert caught.value.params == {"count": 3, "file": "co-quan.csv"}
    assert store.get(Agency, "so-t") is None
    assert events_of(store) == before


CHANNEL = "agency_id,channel,email,organ_code,valid_from,valid_to,legal_basis\n"


def test_how_documents_reach_an_agency_is_data_with_a_date(store: Session) -> None:
    import_channels(
        store,
        f"{CHANNEL}so-tai-chinh,giấy,,,01/07/2025,31/12/2025,CV 1\n"
        "so-tai-chinh,thư điện tử,van-thu@example.vn,000.00.07.H44,01/01/2026,,CV 2\n"
        "so-noi-vu,trục liên thông,,H44.09,01/01/2026,,CV 3\n",
        SYSTEM,
        NOW,
    )
    assert route(store, "so-tai-chinh", date(2025, 9, 1)) == Route("paper")
    assert route(store, "so-tai-chinh", date(2026, 9, 1)) == Route("email", "van-thu@example.vn", "H44.07")
    assert route(store, "so-noi-vu", date(2026, 9, 1)) == Route("edxml", "", "H44.09")
    assert route(store, "cong-an-tinh", date(2026, 9, 1)) == Route("system")
    assert agency_with_code(store, "H44.07") == "so-tai-chinh" and agency_with_code(store, "H44.99") is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("so-tai-chinh,thư điện tử,,,01/07/2025,,CV 1", ("import.no_email", 2, "Hộp thư nhận văn bản")),
        (
            "so-tai-chinh,thư điện tử,văn@example.vn,,01/07/2025,,CV 1",
            ("import.bad_email", 2, "Hộp thư nhận văn bản"),
        ),
        ("so-tai-chinh,trục liên thông,,,01/07/2025,,CV 1", ("import.no_organ_code", 2, "Mã định danh")),
        ("so-tai-chinh,trục liên thông,,H44.2,01/07/2025,,CV 1", ("import.bad_organ_code", 2, "Mã định danh")),
        ("so-tai-chinh,bồ câu,,,01/07/2025,,CV 1", ("import.bad_choice", 2, "Cách gửi văn bản")),
        ("so-x,giấy,,,01/07/2025,,CV 1", ("import.unknown_agency", 2, "Mã cơ quan")),
        ("so-tai-chinh,giấy,,,01/07/2025,30/06/2025,CV 1", ("import.ends_before_start", 2, "Đến hết ngày")),
    ],
)
def test_a_way_that_cannot_work_is_refused(store: Session, line: str, told: tuple[str, int, str]) -> None:
    with pytest.raises(ImportRejected) as caught:
        import_channels(store, f"{CHANNEL}{line}\n", SYSTEM, NOW)
    assert problems(caught) == [told]


def test_a_body_signs_electronically_from_a_day_on(store: Session) -> None:
    head = "agency_id,way,valid_from,valid_to,legal_basis\n"
    import_signing_ways(store, f"{head}so-tai-chinh,ký số,01/09/2026,30/09/2026,QĐ 1\n", SYSTEM, NOW)
    days = (date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 30), date(2026, 10, 1))
    assert [signs_electronically(store, "so-tai-chinh", on) for on in days] == [False, True, True, False]
    assert not signs_electronically(store, "so-noi-vu", TODAY)
    with pytest.raises(ImportRejected) as caught:
        import_signing_ways(store, f"{head}so-tai-chinh,giấy,15/09/2026,,QĐ 2\n", SYSTEM, NOW)
    assert problems(caught) == [("import.overlap", 2, "Từ ngày")]


CERTIFICATE = "agency_id,person_id,certificate,fingerprint,revoked_on,note\n"
AUTHORITY = Authority.called("Cơ quan chứng thực thử nghiệm", NOW)
OF_BODY = AUTHORITY.person("SO TAI CHINH TINH PHU THO", NOW - 100 * DAY, NOW + 20 * DAY)


def shown(holder: Holder) -> str:
    """The fingerprint as signing tools show it."""
    return holder.certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def der(holder: Holder) -> str:
    return b64encode(holder.asn1.dump()).decode()


def test_a_certificate_is_registered_as_it_tells_of_itself_and_revoked_by_a_later_file(store: Session) -> None:
    first = import_certificates(store, f'{CERTIFICATE}so-tai-chinh,,"{OF_BODY.pem}",,,\n', SYSTEM, NOW)
    assert first == ImportReport(created=1) and revoked(store) == {}
    own = shown(OF_BODY).replace(":", "").lower()
    assert fingerprints(store, "so-tai-chinh", None) == (own,)
    [row] = store.scalars(select(SigningCertificate))
    assert (row.holder, row.valid_to) == ("SO TAI CHINH TINH PHU THO", date(2026, 9, 21))
    # The same line again changes nothing, though it has run out meanwhile
    again = import_certificates(store, f"{CERTIFICATE}so-tai-chinh,,{der(OF_BODY)},,,\n", SYSTEM, NOW + 50 * DAY)
    assert again == ImportReport(unchanged=1)
    line = f"so-tai-chinh,,,{shown(OF_BODY)},01/09/2026,\n"
    assert import_certificates(store, CERTIFICATE + line, SYSTEM, NOW) == ImportReport(updated=1)
    assert revoked(store) == {own: datetime(2026, 8, 31, 17, 0, tzinfo=UTC)}


OF_ANOTHER = AUTHORITY.person("Công ty A", NOW - DAY, NOW + DAY)
GONE = AUTHORITY.person("Sở Tài chính", NOW - 9 * DAY, NOW - 3 * DAY)
CLOCK = AUTHORITY.root


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("so-tai-chinh,,,ab,,", ("import.bad_fingerprint", 2, "Dấu vân tay SHA-256")),
        ("so-tai-chinh,,,,,", ("import.required", 2, "Chứng thư (PEM hoặc Base64)")),
        ("so-tai-chinh,,MIIB,,,", ("import.bad_certificate", 2, "Chứng thư (PEM hoặc Base64)")),
        (f"so-tai-chinh,,,{'ab' * 32},,", ("import.certificate_missing", 2, "Chứng thư (PEM hoặc Base64)")),
        (f"so-tai-chinh,,@,{'ab' * 32},,", ("import.other_fingerprint", 2, "Dấu vân tay SHA-256")),
        ("so-tai-chinh,cb-x,@,,,Chứng thư của cơ quan", ("import.unknown_person", 2, "Mã cán bộ")),
        ("so-x,,@,,,Chứng thư của cơ quan", ("import.unknown_agency", 2, "Mã cơ quan")),
        (f"so-tai-chinh,,{der(GONE)},,,", ("import.certificate_expired", 2, "Chứng thư (PEM hoặc Base64)")),
        (f"so-tai-chinh,,{der(OF_ANOTHER)},,,", ("import.certificate_of_another", 2, "Chứng thư (PEM hoặc Base64)")),
        (f"so-tai-chinh,,{der(CLOCK)},,,CA", ("import.certificate_not_to_sign", 2, "Chứng thư (PEM hoặc Base64)")),
    ],
)
def test_a_certificate_of_nobody_is_refused(store: Session, line: str, told: tuple[str, int, str]) -> None:
    with pytest.raises(ImportRejected) as caught:
        import_certificates(store, f"{CERTIFICATE}{line.replace('@', der(OF_BODY))}\n", SYSTEM, NOW)
    assert problems(caught) == [told]
    assert store.scalars(select(SigningCertificate)).all() == []


def test_another_name_needs_a_note_and_a_strange_authority_is_refused_where_roots_are_known(store: Session) -> None:
    line = f"{CERTIFICATE}so-tai-chinh,,{der(OF_ANOTHER)},,,Tên giao dịch cũ của sở\n"
    stranger = judge_of(Authority.called("Cơ quan khác", NOW).root.trust, NOW)
    with pytest.raises(ImportRejected) as caught:
        import_certificates(store, line, SYSTEM, NOW, trusted=stranger)
    assert problems(caught) == [("import.certificate_untrusted", 2, "Chứng thư (PEM hoặc Base64)")]
    known = judge_of(AUTHORITY.root.trust, NOW)
    assert import_certificates(store, line, SYSTEM, NOW, trusted=known) == ImportReport(created=1)


def test_administrators_see_all_certificates_with_their_state_who_runs_out_first_on_top(store: Session) -> None:
    later = AUTHORITY.person("Sở Ngoại vụ", NOW - DAY, NOW + 900 * DAY)
    lines = f"so-ngoai-vu,,{der(later)},,,\nso-tai-chinh,,{der(OF_BODY)},,,\n"
    import_certificates(store, CERTIFICATE + lines, SYSTEM, NOW)
    store.flush()
    admin = Actor("qt", "Quản trị", "vp-ubnd-tinh", "Văn phòng", frozenset({ADMINISTRATOR}))
    clerk = Actor("vt", "Văn thư", "so-ngoai-vu", "Sở Ngoại vụ", frozenset({CLERK}))
    known, stranger = (judge_of(one, NOW) for one in (AUTHORITY.root.trust, OF_ANOTHER.trust))

    def told(actor: Actor, on: date = TODAY, trusted: Callable[[str], bool] | None = known) -> list[object]:
        return [(one.agency_name, one.state, one.days_left) for one in certificates(store, actor, on, trusted)]

    assert told(admin) == [("Sở Tài chính", VALID, 20), ("Sở Ngoại vụ", VALID, None)]
    assert told(clerk) == [("Sở Ngoại vụ", VALID, None)]
    assert [one.state for one in certificates(store, admin, date(2026, 9, 22), known)] == [EXPIRED, VALID]
    assert [one.state for one in certificates(store, admin, TODAY, stranger)] == [UNTRUSTED, UNTRUSTED]
    first = certificates(store, admin, TODAY, limit=1)
    assert [one.agency_name for one in certificates(store, admin, TODAY, after=first[0].fingerprint)] == ["Sở Ngoại vụ"]


def test_bindings_that_cannot_be_are_refused(store: Session) -> None:
    content = BINDING + (
        "KHONG_CO,so-noi-vu,1,01/07/2025,,x\n"
        "HOME,so-khong-co,3,01/07/2025,,x\n"
        "HOME,so-tttt,2,01/07/2025,,x\n"
        "HOME,so-tai-chinh,1,01/01/2026,,x\n"
        "home,so-noi-vu,1,01/07/2025,,x\n"
        "HOME,so-noi-vu,0,01/07/2025,,x\n"
    )

    with pytest.raises(ImportRejected) as caught:
        import_bindings(store, content, SYSTEM, NOW)

    assert problems(caught) == [
        ("import.unknown_role", 2, "Mã vai trò"),
        ("import.unknown_agency", 3, "Mã cơ quan"),
        ("import.outside_agency", 4, "Từ ngày"),
        ("import.overlap", 5, "Từ ngày"),
        ("import.bad_role", 6, "Mã vai trò"),
        ("import.bad_rank", 7, "Thứ tự"),
    ]


def test_officers_that_cannot_be_are_refused(store: Session) -> None:
    content = OFFICER + (
        "cb-1,Chuyên viên 1,so-noi-vu,chuyên viên,01/07/2025,,cv.1\n"
        "cb-1,Chuyên viên khác,so-noi-vu,văn thư,01/07/2025,,cv.1\n"
        "cb-2,Chuyên viên 2,so-noi-vu,chuyên viên,01/07/2025,,cv.1\n"
        "cb-3,Chuyên viên 3,so-tttt,chuyên viên,01/07/2025,,\n"
        "cb-1,Chuyên viên 1,so-noi-vu,chuyên viên,01/07/2025,,cv.1\n"
        "cb-4,Chuyên viên 4,so-noi-vu,chuyên viên,01/07/2025,,Chuyên viên\n"
    )

    with pytest.raises(ImportRejected) as caught:
        import_officers(store, content, SYSTEM, NOW)

    assert problems(caught) == [
        ("import.two_names", 3, "Họ và tên"),
        ("import.user_name_taken", 4, "Tên đăng nhập"),
        ("import.outside_agency", 5, "Từ ngày"),
        ("import.repeated_line", 6, ""),
        ("import.bad_user_name", 7, "Tên đăng nhập"),
    ]
    for table in (Person, OfficerDuty, Account):
        assert store.scalar(select(func.count()).select_from(table)) == 0


def test_successions_need_a_successor_unless_a_body_is_abolished(store: Session) -> None:
    headings = "predecessor_id,successor_id,effective_on,kind,legal_basis\n"

    with pytest.raises(ImportRejected) as caught:
        import_successions(
            store, headings + "so-noi-vu,,01/01/2027,đổi tên,x\nso-noi-vu,so-moi,01/01/2027,đổi tên,x", SYSTEM, NOW
        )

    assert problems(caught) == [
        ("import.successor_missing", 2, "Cơ quan mới"),
        ("import.unknown_agency", 3, "Cơ quan mới"),
    ]


def test_a_role_can_be_renamed(store: Session) -> None:
    report = import_roles(
        store, "id,name_vi,name_en\nHOME,Cơ quan nội vụ,Home affairs\nNEW_ROLE,Mới,New\n", SYSTEM, NOW
    )

    assert report == ImportReport(created=1, updated=1)
    assert queries.role_name(store, "HOME") == "Cơ quan nội vụ"
    assert queries.role_name(store, "HOME", "en") == "Home affairs"
