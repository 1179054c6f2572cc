"""Each status code of the exchange network, in both directions: what it does here, and when the program says it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.test_edxml_answers import answered, arrive, names, sent
from tests.integration.test_edxml_channel import by_edxml, engine_with
from tests.support.edxml import PACKAGE
from tests.support.web import Browser
from tests.support.world import CLERK, SPECIALIST, World
from web.app import assemble
from workflows.agencies.organ_codes import OrganCode
from workflows.documents.dispatch.exchange import FolderExchange
from workflows.documents.edxml.codes import codes
from workflows.documents.edxml.model import Organ
from workflows.documents.edxml.status import read_status, write_status
from workflows.documents.edxml.writing import write
from workflows.documents.tables import IncomingEntry

COMING = {"01": "delivered", "02": "refused", "03": "received", "04": "received", "05": "received", "06": "received"}
"""What a code makes of our dispatch; 13, 15 and 16 are told in the tests of recalls."""


@pytest.mark.parametrize(("code", "state"), COMING.items())
def test_each_code_that_comes_moves_the_dispatch(sqlite_world: World, tmp_path: Path, code: str, state: str) -> None:
    folder = tmp_path / "mang"
    name = {number: name for name, number in codes("statuses").items()}[code]
    status = replace(sent(sqlite_world, folder), status=name, description="Lời nhắn")
    content = write_status(status)
    assert f"<StatusCode>{code}</StatusCode>".encode() in content
    assert arrive(sqlite_world, folder, content) == 1
    dispatch = answered(sqlite_world, status)
    assert (dispatch.status, dispatch.progress, dispatch.reply) == (state, name, "Lời nhắn")
    browser = Browser(assemble(sqlite_world.container).test_client())
    browser.sign_in(CLERK)
    assert "Lời nhắn" in browser.open(f"/van-ban/{dispatch.document_id}").text


def arrived(world: World, folder: Path) -> tuple[Browser, str]:
    """A package that came; the clerk's browser and the path of its arrival."""
    by_edxml(world)
    folder.mkdir()
    ours = Organ(OrganCode.parse("H44.01"), "Cơ quan")
    assert arrive(world, folder, write(replace(PACKAGE, message=replace(PACKAGE.message, receivers=(ours,))))) == 1
    [entry] = world.rows(IncomingEntry)
    clerk = Browser(assemble(world.container).test_client())
    clerk.sign_in(CLERK)
    return clerk, f"/so-van-ban/{entry.register_id}/{entry.number}"


def told(world: World, folder: Path) -> list[tuple[str, str]]:
    """Codes and reasons that went out about the arrival."""
    engine_with(world, FolderExchange(folder)).drain()
    leaving = [(folder / "out" / name).read_bytes() for name in names(folder, "out")]
    found = [read_status(one) for one in leaving if b"<Status>" in one]
    assert {one.document for one in found} == {PACKAGE.message.id}
    return sorted((codes("statuses")[one.status], one.description) for one in found)


@pytest.mark.parametrize(
    ("act", "said"), [("chuyen", ["03", "04"]), ("vu-viec", ["03", "05"]), ("xong", ["03", "06"]), ("tra-lai", ["02"])]
)
def test_each_code_leaves_when_officers_do_what_it_says(
    sqlite_world: World, tmp_path: Path, act: str, said: list[str]
) -> None:
    world, folder = sqlite_world, tmp_path / "mang"
    clerk, path = arrived(world, folder)
    fields = {"to": "duty:specialist", "note": "Xem xét", "reason": "Gửi nhầm", "code": ""}
    if act == "vu-viec":
        fields["code"] = world.start(SPECIALIST).case_code
    assert clerk.send(clerk.open(path).text, f"{path}/{act}", fields).status_code == 303
    expected = [("01", ""), *((code, "Gửi nhầm" if code == "02" else "") for code in said)]
    assert told(world, folder) == sorted(expected)
    assert world.faults() == []


def test_what_was_sent_back_may_come_again_under_a_number_of_its_own(sqlite_world: World, tmp_path: Path) -> None:
    world, folder = sqlite_world, tmp_path / "mang"
    clerk, path = arrived(world, folder)
    page = clerk.open(path).text
    assert clerk.send(page, f"{path}/tra-lai", {"reason": " "}).status_code == 400
    assert clerk.send(page, f"{path}/tra-lai", {"reason": "Thiếu phụ lục"}).status_code == 303
    # Given it is settled by that, and is sent back once
    assert clerk.send(page, f"{path}/tra-lai", {"reason": "Thiếu phụ lục"}).status_code == 409
    assert "Trả lại nơi gửi: Thiếu phụ lục" in clerk.open(path).text
    assert told(world, folder) == [("01", ""), ("02", "Thiếu phụ lục")]
    # When the sender mends it and sends it again
    ours = Organ(OrganCode.parse("H44.01"), "Cơ quan")
    again = replace(PACKAGE, message=replace(PACKAGE.message, receivers=(ours,), place="Việt Trì"))
    arrive(world, folder, write(again))
    assert [entry.number for entry in world.rows(IncomingEntry)] == [1, 2]
    # And what officers have taken up is not sent back
    second = path.replace("/1", "/2")
    page = clerk.open(second).text
    clerk.send(page, f"{second}/chuyen", {"to": "duty:specialist"})
    assert clerk.send(page, f"{second}/tra-lai", {"reason": "Muộn"}).status_code == 409
    assert f"{second}/tra-lai" not in clerk.open(second).text
    assert world.faults() == []
