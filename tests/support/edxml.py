"""Packages to begin with, and a way to spoil them."""

from __future__ import annotations

import base64
import io
import zipfile
from datetime import UTC, date, datetime

from workflows.agencies.organ_codes import OrganCode
from workflows.documents.edxml.model import DocumentRef, File, Kind, Message, Organ, Package, Signer, Status, Trace

CULTURE = Organ(OrganCode(("H44", "02")), "Sở Văn hóa, Thể thao và Du lịch", email="so@example.vn")
POLICE = Organ(OrganCode(("H44", "03")), "Công an tỉnh")
DOCUMENT = DocumentRef(CULTURE.code, date(2026, 9, 1), "05/TB-SVHTTDL")
AT = datetime(2026, 9, 1, 2, 0, 5, tzinfo=UTC)
MESSAGE = Message(
    sender=CULTURE,
    receivers=(POLICE,),
    id=DOCUMENT,
    place="Phú Thọ",
    kind=Kind("Thông báo"),
    subject="Kết quả phối hợp",
    signer=Signer("Lãnh đạo 1", "Giám đốc"),
    traces=(Trace(CULTURE.code, AT),),
)
PACKAGE = Package(MESSAGE, (File("a.pdf", "application/pdf", b"%PDF-1.7 a"), File("b.txt", "text/plain", b"b")))
STATUS = Status(POLICE, DOCUMENT, "arrived", AT, "Đã đến")


def zipped(*entries: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> str:
    """Base64 of a zip with these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return base64.b64encode(buffer.getvalue()).decode()
