"""Procedures go out as files and come in again; files drawn elsewhere become drafts, hostile ones leave no trace."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.support.studio import Studio
from tests.support.web import Office
from tests.support.world import World
from workflows.studio.tables import Draft

PROCEDURE = "training-plan"
FOLDER = Path(__file__).parents[2] / "bpmn" / PROCEDURE
FOREIGN = b"""<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
  targetNamespace="http://x" id="d"><process id="vay_muon" isExecutable="true">
  <startEvent id="s"/><sequenceFlow id="f1" sourceRef="s" targetRef="t"/>
  <userTask id="t" name="Xem" camunda:formKey="x"/><sequenceFlow id="f2" sourceRef="t" targetRef="e"/>
  <endEvent id="e"/></process></definitions>"""
LAUGHS = b"<!DOCTYPE a [<!ENTITY b 'ha'>%s]><a>&l9;</a>" % b"".join(
    b"<!ENTITY l%d '%s'>" % (n, (b"&b;" if n == 0 else b"&l%d;" % (n - 1)) * 10) for n in range(10)
)
OUTSIDE = b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"


@pytest.fixture(scope="module")
def owner(office: Office) -> Studio:
    return Studio(office)


def hand_in(owner: Studio, content: bytes, name: str, **fields: str) -> TestResponse:
    return owner.send("/xuong/nhap", file=(io.BytesIO(content), name), **fields)


def zipped(files: dict[str, bytes], folder: str = "") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(folder + path, content)
    return target.getvalue()


def whole() -> dict[str, bytes]:
    return {p.relative_to(FOLDER).as_posix(): p.read_bytes() for p in FOLDER.rglob("*") if p.is_file()}


def test_a_whole_procedure_goes_out_and_comes_in_as_it_was(owner: Studio) -> None:
    answer = hand_in(owner, zipped(whole(), "thu-muc/"), "quy-trinh.zip")
    assert answer.status_code == 303
    draft = answer.headers["Location"]

    page = owner.get(draft).text
    assert "Đạt: không thấy lỗi." in page and "Không có gì khác." in page
    packed = owner.get(f"{draft}/xuat.zip").data
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert {n.partition("/")[2]: archive.read(n) for n in archive.namelist()} == whole()
    assert hand_in(owner, packed, "lai.zip").status_code == 303
    assert owner.get(f"{draft}/xuat.svg").data.startswith(b"<svg")
    assert owner.get(f"{draft}/xuat.bpmn").data == whole()["process.bpmn"]


def test_a_diagram_takes_the_place_of_that_of_a_procedure(owner: Studio) -> None:
    answer = hand_in(owner, FOREIGN, "vay.bpmn", procedure=PROCEDURE)
    assert answer.status_code == 303
    draft = answer.headers["Location"]

    assert b"BPMNShape" in owner.get(f"{draft}/tep/process.bpmn").data
    page = owner.get(draft).text
    assert re.search(r'/so-do#t">Xem</a>', page) and "Sửa hết lỗi" in page and "Khác với phiên bản 1" in page
    assert hand_in(owner, FOREIGN, "vay.bpmn", procedure="khong-co").status_code == 422


def bombs() -> bytes:
    return zipped({**whole(), "notices/bomb.yaml": b"a: " + b"x" * 200 * 1024 * 1024})


def linked() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for path, content in whole().items():
            archive.writestr(path, content)
        entry = zipfile.ZipInfo("forms/link.json")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    return target.getvalue()


def lying() -> bytes:
    """A bomb whose directory says that it is small."""
    content = bombs()
    size = struct.pack("<I", 3 + 200 * 1024 * 1024)
    assert size in content
    return content.replace(size, struct.pack("<I", 10))


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "bomb": (bombs, "xml.too_large"),
    "lying bomb": (lying, "studio.zip"),
    "way out": (lambda: zipped({**whole(), "../../etc/cron.d/x": b"x"}), "studio.path"),
    "absolute": (lambda: zipped({**whole(), "/etc/x.yaml": b"x"}), "studio.path"),
    "backslash": (lambda: zipped({**whole(), "forms\\..\\x.json": b"{}"}), "studio.path"),
    "link": (linked, "studio.zip_entry"),
    "program": (lambda: zipped({**whole(), "run.py": b"print(1)"}), "studio.path"),
    "too many": (lambda: zipped({**whole(), **{f"forms/f{n}.json": b"{}" for n in range(600)}}), "folder_too_large"),
    "no zip": (lambda: b"PK\x03\x04 nothing", "studio.zip"),
    "cut off": (lambda: zipped(whole())[:-30], "studio.zip"),
    "no description": (lambda: zipped({"process.bpmn": FOREIGN}), "procedure.file_missing"),
    "outside entity": (lambda: zipped({**whole(), "process.bpmn": OUTSIDE}), "xml.doctype"),
    "laughs in a table": (lambda: zipped({**whole(), "x.dmn": LAUGHS}), "xml."),
    "laughs": (lambda: LAUGHS, "xml."),
    "entity": (lambda: OUTSIDE, "xml.doctype"),
    "wrong encoding": (lambda: b"<?xml version='1.0' encoding='UTF-16'?><a/>", "xml.malformed"),
    "unknown encoding": (lambda: b"<?xml version='1.0' encoding='x-none'?><a/>", "xml.malformed"),
    "no text": (lambda: zipped({**whole(), "forms/x.json": b"\xff\xfe\x00"}), "studio.no_text"),
    "not bpmn": (lambda: b"<html/>", "file.not_bpmn"),
    "deep": (lambda: b"<a>" * 100_000 + b"</a>" * 100_000, "xml.malformed"),
    "empty": (lambda: b"", "xml.malformed"),
    "id": (lambda: zipped({**whole(), "procedure.yaml": b"id: ../x\nkind: procedure\n"}), "studio.id"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_are_refused_with_findings_and_leave_no_trace(office: Office, owner: Studio, kind: str) -> None:
    make, code = HOSTILE[kind]
    content = make()
    with office.container.read() as session:
        before = session.query(Draft).count()

    answer = hand_in(owner, content, "tep.zip", procedure=PROCEDURE)

    assert answer.status_code == 422 and "Không nhập được, chưa lưu gì:" in answer.text
    assert code in answer.text
    with office.container.read() as session:
        assert session.query(Draft).count() == before
    assert World(office.container, office.clock).faults() == []
    # And no worker was lost: the next file is examined as ever
    assert owner.get("/xuong/nhap").status_code == 200


def test_after_all_that_a_good_file_comes_in(owner: Studio) -> None:
    assert hand_in(owner, zipped(whole()), "tot.zip").status_code == 303
