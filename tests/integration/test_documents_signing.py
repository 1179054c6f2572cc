"""Who signs, for whom, and to whom a draft goes: chosen by the drafter, with reasons, bound by the approval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine import database, events
from engine.actors import Actor
from engine.blobs import FolderBlobs
from tests.support.documents import CLERK, FONTS, HEAD, NOW, SPECIALIST, Directory, Office, issuer, officer, open_store
from workflows.agencies.tables import Agency, OfficerDuty, Person
from workflows.documents import errors, queries, signers
from workflows.documents.approval import current_model
from workflows.documents.layout import Renderer
from workflows.documents.receiving import all_of
from workflows.documents.services import DocumentServices
from workflows.documents.signers import MANDATES, MandateText
from workflows.documents.tables import Document

BODY = "so-vhttdl"
UNIT = officer("head", position="Trưởng phòng Thông tin đối ngoại")
DEPUTY = replace(officer("head", position="Phó Giám đốc"), person_id="deputy", name="Phó 1")
ORDER = MandateText(
    UNIT.person_id, "TL.", "", "Văn bản thông thường", "Quy chế làm việc của Sở", date(2026, 1, 1), None
)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    opened = open_store(database_url)
    made = Office(opened, DocumentServices(issuer, Directory(), Renderer(FONTS), FolderBlobs(tmp_path / "blobs")))
    with database.writing(opened) as session:
        session.add(Agency(id=BODY, kind="department", valid_from=date(2020, 1, 1)))
        session.flush()
        for person, position in ((UNIT, UNIT.position), (DEPUTY, DEPUTY.position)):
            session.add(Person(id=person.person_id, name=person.name, created_at=NOW))
            session.flush()
            session.add(
                OfficerDuty(
                    id=person.person_id, person_id=person.person_id, agency_id=BODY, duty="head", position=position,
                    valid_from=date(2020, 1, 1),
                )
            )  # fmt: skip
    yield made
    opened.dispose()


def give(office: Office, text: MandateText, actor: Actor = HEAD) -> str:
    with database.writing(office.database) as session:
        return signers.give(session, actor, NOW, issuer, text).id


def signing(office: Office, document_id: str) -> tuple[str, ...]:
    return office.read(lambda s: queries.document(s, SPECIALIST, document_id)).signing


def revise(office: Office, document_id: str, **chosen: Any) -> None:
    office.call("documents.revise", SPECIALIST, document_id=document_id, subject="Kết quả", body="Đã rõ.", **chosen)


@pytest.mark.parametrize(
    ("position", "lines"),
    [
        ("", ("Giám đốc",)),
        ("Giám đốc", ("Giám đốc",)),
        ("Quyền Giám đốc", ("Q. Giám đốc",)),
        ("Phó Giám đốc", ("KT. Giám đốc", "Phó Giám đốc")),
        ("Phó Giám đốc phụ trách", ("KT. Giám đốc", "Phó Giám đốc")),
    ],
)
def test_the_post_tells_how_its_holder_signs(office: Office, position: str, lines: tuple[str, ...]) -> None:
    document_id = office.draft()
    office.call("documents.approve", officer("head", position=position), document_id=document_id)
    assert signing(office, document_id) == lines


def test_a_head_of_a_unit_signs_only_by_order_of_the_head(office: Office) -> None:
    document_id = office.draft()
    with pytest.raises(errors.MandateRequired):
        office.call("documents.approve", UNIT, document_id=document_id)
    mandate_id = give(office, ORDER)
    office.call("documents.approve", UNIT, document_id=document_id)
    assert signing(office, document_id) == ("TL. Giám đốc", "Trưởng phòng Thông tin đối ngoại")
    # When the order has ended, the next paper is not signed under it
    with database.writing(office.database) as session:
        signers.end(session, HEAD, NOW, mandate_id)
    with pytest.raises(errors.MandateRequired):
        office.call("documents.approve", UNIT, document_id=office.draft())
    log = office.read(lambda s: [event.type for event in events.read(s, MANDATES)])
    assert log == ["SigningMandateGiven", "SigningMandateEnded"]


def test_an_order_is_passed_on_within_the_unit_but_a_special_mandate_never(office: Office) -> None:
    give(office, replace(ORDER, unit_head="Trưởng phòng Thông tin đối ngoại"))
    document_id = office.draft()
    office.call("documents.approve", replace(UNIT, position="Phó Trưởng phòng"), document_id=document_id)
    expected = ("TL. Giám đốc", "KT. Trưởng phòng Thông tin đối ngoại", "Phó Trưởng phòng")
    assert signing(office, document_id) == expected
    special = replace(ORDER, form="TUQ.", valid_to=date(2026, 12, 31))
    with pytest.raises(errors.SubDelegation):
        give(office, replace(special, unit_head="Trưởng phòng"))
    with pytest.raises(errors.SubDelegation):
        give(office, special, actor=UNIT)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"form": "TUQ."}, errors.MandateUnlimited),
        ({"form": "KT."}, errors.BadMandate),
        ({"person_id": "nobody"}, errors.BadMandate),
        ({"valid_to": date(2025, 12, 31)}, errors.BadMandate),
        ({"basis": ""}, errors.ReasonRequired),
    ],
)
def test_a_mandate_that_does_not_hold_is_refused(office: Office, change: dict[str, object], refusal: type) -> None:
    with pytest.raises(refusal):
        give(office, replace(ORDER, **change))  # type: ignore[arg-type]


def test_the_drafter_chooses_urgency_signer_and_enclosures_and_only_that_signer_approves(office: Office) -> None:
    document_id = office.draft()
    revise(office, document_id, urgency="hoa_toc", signer="deputy", enclosures=[{"title": "Bản chụp"}])
    view = office.read(lambda s: queries.document(s, SPECIALIST, document_id))
    assert (view.urgency, view.signing, view.signer_name) == ("HỎA TỐC", ("KT. Giám đốc", "Phó Giám đốc"), "Phó 1")
    with pytest.raises(errors.OtherSigner):
        office.call("documents.approve", HEAD, document_id=document_id)
    office.call("documents.approve", DEPUTY, document_id=document_id)
    for chosen, refusal in (({"signer": "nobody"}, errors.NotASigner), ({"urgency": "soon"}, errors.UnknownUrgency)):
        with pytest.raises(refusal):
            revise(office, document_id, **chosen)


def test_receivers_are_added_and_left_out_with_a_reason_and_the_last_word_counts(office: Office) -> None:
    document_id = office.draft()
    added = [{"agency": "ubnd-tinh", "reason": "Để báo cáo"}]
    waived = [{"agency": "cong-an-tinh", "reason": "Đã nhận trực tiếp tại cuộc họp"}]
    revise(office, document_id, added=added, waived=waived)
    names = office.read(lambda s: queries.document(s, SPECIALIST, document_id)).recipients
    assert names == ("Sở Ngoại vụ", "Ủy ban nhân dân tỉnh Phú Thọ")
    rows = office.read(lambda s: [(r.agency_id, r.added, r.waived, r.reason) for r in all_of(s, document_id)])
    assert ("cong-an-tinh", False, True, "Đã nhận trực tiếp tại cuộc họp") in rows
    revise(office, document_id)
    names = office.read(lambda s: queries.document(s, SPECIALIST, document_id)).recipients
    assert names == ("Sở Ngoại vụ", "Công an tỉnh")


@pytest.mark.parametrize(
    ("chosen", "refusal"),
    [
        ({"added": [{"agency": "ubnd-tinh", "reason": " "}]}, errors.ReasonRequired),
        ({"waived": [{"agency": "ubnd-tinh", "reason": "Không cần"}]}, errors.NotARecipient),
        (
            {"waived": [{"agency": one, "reason": "Không cần"} for one in ("so-ngoai-vu", "cong-an-tinh")]},
            errors.NoRecipients,
        ),
    ],
)
def test_receivers_do_not_change_without_reason_or_beyond_sense(
    office: Office, chosen: dict[str, object], refusal: type[Exception]
) -> None:
    document_id = office.draft()
    with pytest.raises(refusal):
        revise(office, document_id, **chosen)


def test_what_comes_back_from_the_clerk_is_approved_again_even_unchanged(office: Office) -> None:
    document_id = office.draft()
    revise(office, document_id)
    office.call("documents.approve", HEAD, document_id=document_id)
    revise(office, document_id)
    with pytest.raises(errors.NotApproved):
        office.call("documents.issue", CLERK, document_id=document_id)
    office.call("documents.approve", HEAD, document_id=document_id)
    assert office.call("documents.issue", CLERK, document_id=document_id)["number"] == 1


def test_the_issuers_address_of_the_day_goes_into_the_draft(office: Office) -> None:
    document_id = office.draft()
    model = office.read(lambda s: current_model(s, s.get_one(Document, document_id)))
    assert model.contact == "Điện thoại: 0210 000 0000"
