"""The fields that the acts themselves ask for, beside the form of a step: reasons, ways, letters.

Their names begin with an underscore, so that they never meet a field of a procedure's form.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.commands.awaited import WAYS
from engine.commands.links import BY_HAND
from engine.commands.recording import SYMBOL_MAXIMUM
from engine.forms import Choice, Field, Form
from web import words
from web.language import _

REASON, NOTICE, OTHER, KIND = "_reason", "_notice", "_other", "_kind"
CAME_BY, SYMBOL, DATED_ON, SCAN = "_came_by", "_symbol", "_dated_on", "_scan"
REASON_MAXIMUM = 1000
WAYS_OF_LETTERS = ("paper", "email")


def reason(help: str = "") -> Form:
    """Only a reason."""
    return _form(_reason(help))


def cancelling() -> Form:
    """A reason, and the document by which those who took part were told."""
    told = _("Bắt buộc khi đã có cơ quan khác tham gia: số, ký hiệu và ngày của văn bản đã gửi các cơ quan đó")
    label = {"vi": _("Văn bản đã thông báo kết quả")}
    return _form(_reason(), Field(NOTICE, "text", label, help={"vi": told}, max_length=200))


def linking() -> Form:
    """The other case, how the two have to do with each other, and why."""
    kinds = tuple(Choice(kind, {"vi": words.link(kind)}) for kind in BY_HAND)
    return _form(
        Field(OTHER, "text", {"vi": _("Mã vụ việc kia")}, {"vi": _("Ví dụ PB-26-0001")}, required=True, max_length=32),
        Field(KIND, "choice", {"vi": _("Vụ việc này")}, required=True, choices=kinds),
        _reason(),
    )


def coming() -> Form:
    """How a message came."""
    return _form(_way(WAYS))


def letter() -> Form:
    """The document that brought an answer."""
    return _form(
        Field(SYMBOL, "text", {"vi": _("Số, ký hiệu văn bản")}, required=True, max_length=SYMBOL_MAXIMUM),
        Field(DATED_ON, "date", {"vi": _("Ngày văn bản")}, required=True),
        _way(WAYS_OF_LETTERS),
        Field(SCAN, "attachments", {"vi": _("Bản chụp văn bản")}, {"vi": _("Đính kèm toàn văn")}, max_files=5),
    )


def _way(ways: Sequence[str]) -> Field:
    choices = tuple(Choice(way, {"vi": words.way(way)}) for way in ways)
    return Field(CAME_BY, "choice", {"vi": _("Đến bằng cách nào")}, required=True, choices=choices)


def _reason(help: str = "") -> Field:
    texts = {"vi": help} if help else {}
    return Field(REASON, "textarea", {"vi": _("Lý do")}, help=texts, required=True, max_length=REASON_MAXIMUM, rows=3)


def _form(*fields: Field) -> Form:
    return Form("act", {"vi": ""}, fields)
