"""What the exchange network answers: each message moves its dispatch once, and nothing that came is lost."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from engine.tables import Case
from tests.integration.test_edxml_channel import by_edxml, engine_with
from tests.support.edxml import PACKAGE
from tests.support.web import Browser
from tests.support.world import CLERK, SPECIALIST, World
from web.app import assemble
from web.messages import sentence
from workflows.agencies.channels import route
from workflows.agencies.organ_codes import OrganCode
from workflows.agencies.tables import AgencyChannel
from workflows.documents.dispatch import arriving, ended
from workflows.documents.dispatch.exchange import FolderExchange
from workflows.documents.dispatch.intake import Intake
from workflows.documents.edxml.model import DocumentRef, Message, Organ, Status
from workflows.documents.edxml.status import read_status, write_status
from workflows.documents.edxml.writing import write
from workflows.documents.tables import Dispatch, Document, ExchangeMessage, IncomingEntry


def sent(world: World, folder: Path) -> Status:
    """Documents handed over; the status message by which the first receiver says that its one arrived."""
    by_edxml(world)
    engine_with(world, FolderExchange(folder)).drain()
    dispatch = world.rows(Dispatch)[0]
    [document] = world.rows(Document, id=dispatch.document_id)
    code = world.ask(lambda session: route(session, dispatch.recipient_agency_id, document.issued_on).organ_code)
    about = DocumentRef(OrganCode.parse("H44.01"), document.issued_on, document.symbol)
    return Status(Organ(OrganCode.parse(code), dispatch.recipient_name), about, "arrived", world.clock.now())


def answered(world: World, status: Status) -> Dispatch:
    """The dispatch that a message is about."""
    [document] = world.rows(Document, symbol=status.document.symbol)
    [dispatch] = world.rows(Dispatch, document_id=document.id, recipient_name=status.sender.name)
    assert isinstance(dispatch, Dispatch)
    return dispatch


def arrive(world: World, folder: Path, *contents: bytes) -> int:
    (folder / "in").mkdir(exist_ok=True)
    for number, content in enumerate(contents):
        (folder / "in" / f"{number}.edxml").write_bytes(content)
    intake = Intake(folder, world.container.blobs, lambda error: sentence(error.code, error.params))
    return intake.take_all(world.engine.transaction, world.clock.now)


def names(folder: Path, place: str) -> list[str]:
    return sorted(path.name for path in (folder / place).iterdir()) if (folder / place).exists() else []


def test_each_answer_moves_the_dispatch_and_stands_on_the_page(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "mang"
    arrived = sent(world, folder)
    states = []
    for minutes, status in enumerate(["arrived", "accepted", "assigned", "in_progress", "completed"]):
        world.clock.advance(timedelta(minutes=1))
        one = replace(arrived, status=status, at=arrived.at + timedelta(minutes=minutes))
        assert arrive(world, folder, write_status(one)) == 1
        states.append((answered(world, arrived).status, answered(world, arrived).progress))
    assert states == [
        ("delivered", "arrived"),
        ("received", "accepted"),
        ("received", "assigned"),
        ("received", "in_progress"),
        ("received", "completed"),
    ]
    dispatch = answered(world, arrived)
    others = [row for row in world.rows(Dispatch) if row.id != dispatch.id]
    assert dispatch.received_at == arrived.at + timedelta(minutes=1)
    assert {row.status for row in others} == {"handed_over"}
    assert len(names(folder, "done")) == 5 and names(folder, "in") == names(folder, "refused") == []
    assert {row.dispatch_id for row in world.rows(ExchangeMessage, direction="incoming")} == {dispatch.id}
    browser = Browser(assemble(world.container).test_client())
    browser.sign_in(CLERK)
    assert "06 – hoàn thành" in browser.open(f"/van-ban/{dispatch.document_id}").text
    assert world.faults() == []


def test_a_refusal_shows_its_reason(sqlite_world: World, tmp_path: Path) -> None:
    folder = tmp_path / "mang"
    refusal = replace(sent(sqlite_world, folder), status="refused", description="Không thuộc thẩm quyền")
    arrive(sqlite_world, folder, write_status(refusal))
    dispatch = answered(sqlite_world, refusal)
    assert (dispatch.status, dispatch.reply) == ("refused", "Không thuộc thẩm quyền")
    browser = Browser(assemble(sqlite_world.container).test_client())
    browser.sign_in(CLERK)
    assert "Không thuộc thẩm quyền" in browser.open(f"/van-ban/{dispatch.document_id}").text


def test_what_comes_twice_or_late_changes_nothing(sqlite_world: World, tmp_path: Path) -> None:
    folder = tmp_path / "mang"
    arrived = sent(sqlite_world, folder)
    done = replace(arrived, status="completed", at=arrived.at + timedelta(hours=1))
    arrive(sqlite_world, folder, write_status(done), write_status(done), write_status(arrived))
    dispatch = answered(sqlite_world, arrived)
    assert (dispatch.status, dispatch.progress) == ("received", "completed")
    assert len(sqlite_world.rows(ExchangeMessage, direction="incoming")) == 2
    [document] = sqlite_world.rows(Document, id=dispatch.document_id)
    told = [one for one in sqlite_world.history(document.case_id) if one.type == "DispatchAnswered"]
    assert len(told) == 2 and len(names(folder, "done")) == 3


def test_a_death_before_the_file_is_put_away_counts_once(
    sqlite_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, content = tmp_path / "mang", write_status(sent(sqlite_world, tmp_path / "mang"))
    with monkeypatch.context() as patched:
        patched.setattr(Intake, "_put_away", lambda *told: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            arrive(sqlite_world, folder, content)
    assert names(folder, "in") == ["0.edxml"]
    assert arrive(sqlite_world, folder) == 1
    assert len(sqlite_world.rows(ExchangeMessage, direction="incoming")) == 1 and names(folder, "done") == ["0.edxml"]


def test_what_cannot_be_taken_is_set_aside_with_its_reason(sqlite_world: World, tmp_path: Path) -> None:
    folder = tmp_path / "mang"
    arrived = sent(sqlite_world, folder)
    good = write_status(arrived)
    foreign = replace(arrived, sender=Organ(OrganCode.parse("G22"), "VPCP"))
    bad = {
        "edxml.doctype": good.replace(b"<edXML ", b"<!DOCTYPE x [<!ENTITY a 'b'>]><edXML ", 1),
        "edxml.unknown_status": good.replace(b"<StatusCode>01<", b"<StatusCode>14<"),
        "edxml.unknown_dispatch": write_status(foreign),
        "edxml.no_recall_asked": write_status(replace(arrived, status="recall_agreed")),
        "edxml.malformed": good[:-20],
        "edxml.not_for_us": write(PACKAGE),
    }
    assert arrive(sqlite_world, folder, *bad.values(), good) == 7
    assert answered(sqlite_world, arrived).status == "delivered" and names(folder, "done") == ["6.edxml"]
    for number, (code, content) in enumerate(bad.items()):
        assert (folder / "refused" / f"{number}.edxml").read_bytes() == content
        assert (folder / "refused" / f"{number}.edxml.txt").read_text().startswith(f"{code}\n")
        [row] = sqlite_world.rows(ExchangeMessage, name=f"{number}.edxml")
        assert (row.state, row.failure) == ("refused", code)
        assert sqlite_world.container.blobs.get(row.sha256) == content


def test_drafts_links_and_other_files_stay_where_they_are(sqlite_world: World, tmp_path: Path) -> None:
    folder = tmp_path / "mang"
    (folder / "in").mkdir(parents=True)
    (folder / "in" / ".half.edxml").write_bytes(b"<edXML")
    (folder / "in" / "readme.txt").write_bytes(b"x")
    (folder / "in" / "link.xml").symlink_to("/etc/hostname")
    assert arrive(sqlite_world, folder) == 0
    assert names(folder, "in") == [".half.edxml", "link.xml", "readme.txt"]


def test_a_package_is_entered_answered_and_taken_up(sqlite_world: World, tmp_path: Path) -> None:
    world, folder = sqlite_world, tmp_path / "mang"
    by_edxml(world)
    network = engine_with(world, FolderExchange(folder))
    network.drain()
    sent_before = set(names(folder, "out"))

    def told() -> list[str]:
        network.drain()
        new = [folder / "out" / name for name in names(folder, "out") if name not in sent_before]
        return sorted(read_status(path.read_bytes()).status for path in new)

    # Given a package for the agency, which comes twice, in two files
    ours = Organ(OrganCode.parse("H44.01"), "Cơ quan")
    package = replace(PACKAGE, message=replace(PACKAGE.message, receivers=(ours,)))
    again = replace(package, message=replace(package.message, place="Việt Trì"))
    assert arrive(world, folder, write(package), write(again)) == 2
    # Then it stands in the register once, and its sender is told that it arrived
    [entry] = world.rows(IncomingEntry)
    assert (entry.symbol, entry.author, entry.type) == ("05/TB-SVHTTDL", PACKAGE.message.sender.name, "TB")
    assert names(folder, "done") == ["0.edxml"] and names(folder, "refused") == ["1.edxml", "1.edxml.txt"]
    assert (folder / "refused" / "1.edxml.txt").read_text().startswith("edxml.already_arrived\n")
    assert told() == ["arrived"]
    # When the clerk reads its files and passes it on
    clerk, path = Browser(assemble(world.container).test_client()), f"/so-van-ban/{entry.register_id}/{entry.number}"
    clerk.sign_in(CLERK)
    assert clerk.open(f"{path}/tep/0").data == PACKAGE.files[0].content
    assert clerk.open(f"{path}/tep/2").status_code == 404
    for note in ("Xem xét", "Xem xét lại"):
        passed = clerk.send(clerk.open(path).text, f"{path}/chuyen", {"to": "duty:specialist", "note": note})
        assert passed.status_code == 303
    # Then the sender is told once more, and once only
    assert told() == ["accepted", "arrived", "assigned"]
    assert world.faults() == []


def test_the_sender_is_told_once_when_the_case_has_ended(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "mang"
    by_edxml(world)
    network = engine_with(world, FolderExchange(folder))
    network.drain()
    before = set(names(folder, "out"))
    ours = Organ(OrganCode.parse("H44.01"), "Cơ quan")
    arrive(world, folder, write(replace(PACKAGE, message=replace(PACKAGE.message, receivers=(ours,)))))
    [entry] = world.rows(IncomingEntry)
    officer, path = Browser(assemble(world.container).test_client()), f"/so-van-ban/{entry.register_id}/{entry.number}"
    officer.sign_in(SPECIALIST)
    code = world.start(SPECIALIST).case_code
    assert officer.send(officer.open(path).text, f"{path}/vu-viec", {"code": code}).status_code == 303
    counts = []
    for status in ("running", "ended", "ended"):
        with world.container.write() as session:
            session.execute(update(Case).where(Case.code == code).values(status=status, ended_at=world.clock.now()))
        counts.append(ended.follow(world.engine.transaction, world.clock.now(), world.container.blobs))
        network.drain()
    # Then the sender is told of the end, once
    assert counts == [0, 1, 0]
    told = [read_status((folder / "out" / one).read_bytes()) for one in names(folder, "out") if one not in before]
    assert sorted(one.status for one in told) == ["accepted", "arrived", "completed", "in_progress"]
    assert {str(one.document) for one in told} == {str(PACKAGE.message.id)}


def test_two_workers_with_two_packages_of_one_document_enter_it_once(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_edxml(world)
    ours = Organ(OrganCode.parse("H44.01"), "Cơ quan")
    first = replace(PACKAGE, message=replace(PACKAGE.message, receivers=(ours,)))
    second = replace(first, message=replace(first.message, place="Việt Trì"))
    # Given two workers that both have looked whether the document is known before either entered it
    together, real = threading.Barrier(2, timeout=3), arriving._known

    def looked(session: Session, agency_id: str, message: Message) -> bool:
        found = real(session, agency_id, message)
        with suppress(threading.BrokenBarrierError):  # SQLite lets one writer in at a time
            together.wait()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(arriving, "_known", looked)
        folders = [tmp_path / "mot", tmp_path / "hai"]
        for folder in folders:
            folder.mkdir()
        contents = zip(folders, (write(first), write(second)), strict=True)
        workers = [threading.Thread(target=arrive, args=(world, *one)) for one in contents]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    # Then one of them entered it, and the other finds it known when it comes round again
    for folder in folders:
        arrive(world, folder)
    assert [entry.number for entry in world.rows(IncomingEntry)] == [1]
    assert sorted(len(names(folder, "done")) for folder in folders) == [0, 1]
    [refused] = [folder for folder in folders if names(folder, "refused")]
    assert (refused / "refused" / "0.edxml.txt").read_text().startswith("edxml.already_arrived\n")
    assert world.faults() == []


def test_a_second_receiver_gets_what_the_first_has_already(sqlite_world: World, tmp_path: Path) -> None:
    world, folder = sqlite_world, tmp_path / "mang"
    by_edxml(world)
    folder.mkdir()
    codes = {row.agency_id: row.organ_code for row in world.rows(AgencyChannel)}
    ours, other = (Organ(OrganCode.parse(codes[one]), one) for one in ("so-ngoai-vu", "so-vhttdl"))
    for receivers in ((ours,), (ours, other), (other, ours)):
        one = replace(PACKAGE, message=replace(PACKAGE.message, receivers=receivers))
        arrive(world, folder, write(one))
    assert len(world.rows(IncomingEntry)) == 2
    assert len(names(folder, "done")) == 2 and len(names(folder, "refused")) == 2


def test_a_secret_in_a_package_is_not_kept(sqlite_world: World, tmp_path: Path) -> None:
    world, folder = sqlite_world, tmp_path / "mang"
    by_edxml(world)
    folder.mkdir()
    ours = Organ(OrganCode.parse("H44.01"), "Cơ quan")
    marked = replace(PACKAGE.message, receivers=(ours,), subject="TỐI MẬT")
    arrive(world, folder, write(replace(PACKAGE, message=marked)))
    [row] = world.rows(ExchangeMessage, direction="incoming")
    assert (row.state, row.failure, row.sha256) == ("refused", "secrecy.mark_found", "")
    assert world.rows(IncomingEntry) == [] and names(folder, "refused") == ["0.edxml", "0.edxml.txt"]
