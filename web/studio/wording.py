"""Differences between two states of a procedure, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from web import words
from web.formatting import in_language
from web.language import _, current
from web.legal import cited
from web.procedures.steps import kind_name
from workflows.studio import facts, form_changes
from workflows.studio.differences import Change, Difference
from workflows.studio.form_changes import Orphaned

SOURCES = ("QC", "PL", "TK")
KEPT = 600
"""Characters of a value that are shown."""


@dataclass(frozen=True)
class Told:
    """One difference: what happened to what, and what was and is said."""

    kind: str
    text: str
    element: str
    file: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Group:
    """All differences of one area."""

    title: str
    lines: tuple[Told, ...]


def tell(difference: Difference) -> list[Group]:
    """The differences by area, in words."""
    titles = areas()
    found = {area: [_told(change) for change in difference.changes if change.area == area] for area in facts.AREAS}
    return [Group(titles[area], tuple(lines)) for area, lines in found.items() if lines]


def orphaned(one: Orphaned) -> str:
    """What a form no longer asks for although running cases do."""
    about = {"label": in_language(one.label, current()), "name": one.name, "count": one.cases}
    if one.kind == form_changes.COLUMN:
        return _(
            "Bỏ cột “%(label)s” (%(name)s): %(count)s vụ việc đang chạy theo phiên bản có cột này. Dữ liệu "
            "đã ghi vẫn xem được theo biểu mẫu của phiên bản ấy, nhưng không còn trong bảng ở phiên bản "
            "mới.",
            **about,
        )
    if one.kind == form_changes.CHOICE:
        return _(
            "Bỏ lựa chọn “%(label)s” (%(name)s): %(count)s vụ việc đang chạy theo phiên bản có lựa chọn "
            "này. Vụ việc đã chọn vẫn giữ giá trị ấy; điều kiện và bảng quyết định của phiên bản mới cần "
            "còn tính đến nó.",
            **about,
        )
    return _(
        "Bỏ trường “%(label)s” (%(name)s): %(count)s vụ việc đang chạy theo phiên bản có trường này. Dữ "
        "liệu đã ghi vẫn xem được theo biểu mẫu của phiên bản ấy, nhưng bước sau ở phiên bản mới không "
        "đọc được nữa.",
        **about,
    )


def areas() -> dict[str, str]:
    """What the areas are called."""
    return {
        facts.DESCRIPTIVE: _("Thông tin chung"),
        facts.START: _("Tự mở vụ việc"),
        facts.OUTCOME: _("Kết quả của vụ việc"),
        facts.CHOICE: _("Chế độ được chọn"),
        facts.PART: _("Phần dùng chung"),
        facts.LANE: _("Vai trò"),
        facts.ELEMENT: _("Các bước"),
        facts.FLOW: _("Đường đi"),
        facts.FORM: _("Biểu mẫu"),
        facts.FIELD: _("Trường của biểu mẫu"),
        facts.TABLE: _("Bảng quyết định"),
        facts.RULE: _("Dòng của bảng quyết định"),
        facts.DEADLINE: _("Thời hạn"),
        facts.REGIME: _("Cách tính thời hạn"),
        facts.NOTICE: _("Mẫu văn bản"),
        facts.SCENARIO: _("Kịch bản"),
    }


def _told(change: Change) -> Told:
    name = _value(change.name) or change.id
    element = change.id if change.area == facts.ELEMENT else ""
    if change.kind == "added":
        return Told(change.kind, _("Thêm “%(name)s”", name=name), element, change.file, after=_summary(change.after))
    if change.kind == "removed":
        return Told(change.kind, _("Bỏ “%(name)s”", name=name), element, change.file, before=_summary(change.before))
    if change.kind == "renamed":
        text = _("Đổi tên thành “%(name)s”", name=name)
    elif change.kind == "moved":
        text = _("Chuyển “%(name)s” sang làn khác", name=name)
    else:
        text = _("Sửa “%(name)s”: %(aspect)s", name=name, aspect=aspect(change.aspect))
    before, after = (_value(one, change.aspect) for one in (change.before, change.after))
    return Told(change.kind, text, element, change.file, before, after)


def _summary(aspects: Mapping[str, Any]) -> str:
    """What is said of a thing that came or went."""
    hidden = ("content", "body", "container")  # too long, or said by where it is drawn
    shown = [f"{aspect(key)}: {_value(value, key)}" for key, value in aspects.items() if key not in hidden]
    return "; ".join(shown)[:KEPT]


def _value(value: Any, of: str = "") -> str:
    """A value as people read it; `of` is the aspect that it is the value of."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("có") if value else _("không")
    if isinstance(value, Mapping):
        if set(value) <= {"vi", "en"}:
            return in_language(value, current())
        if {"value", "label"} == set(value):
            return _value(value["label"])
        return "; ".join(f"{aspect(str(key))}: {_value(one)}" for key, one in value.items() if one not in (None, ""))
    if isinstance(value, list | tuple):
        return "; ".join(_value(one, of) for one in value)
    return _coded(str(value), of)[:KEPT]


def _coded(text: str, of: str) -> str:
    """Codes that people know by other words."""
    if of == "kind":
        return kind_name(text)
    if of == "duty":
        return words.duty(text)
    if of == "legal":
        basis, _sign, note = text.partition(" ")
        return f"{words.source(basis) if basis in SOURCES else cited(basis)} {note}".strip()
    clocks = {"hours": _("giờ"), "working_days": _("ngày làm việc"), "days": _("ngày")}
    return clocks.get(text) or (words.source(text) if text in SOURCES else text)


def aspect(code: str) -> str:
    """What an aspect is called; codes of single keys stay as they are."""
    names = {
        **_of_steps(),
        **_of_fields(),
        "amount": _("số lượng"),
        "clock": _("tính theo"),
        "start": _("tính từ"),
        "source": _("nguồn"),
        "basis": _("căn cứ"),
        "confidence": _("mức tin cậy"),
        "from": _("từ ngày"),
        "to": _("đến ngày"),
        "note": _("ghi chú"),
        "remind": _("nhắc trước"),
        "extendable": _("gia hạn theo"),
        "title": _("tên"),
        "summary": _("tóm tắt"),
        "code": _("mã"),
        "lead": _("vai trò chủ trì"),
        "start_duties": _("ai được mở vụ việc"),
        "result": _("văn bản thông báo kết quả"),
        "reason": _("lý do"),
        "version": _("phiên bản"),
        "policy": _("cách chọn dòng"),
        "tests": _("điều kiện"),
        "gives": _("kết luận"),
        "number": _("thứ tự"),
        "subject": _("trích yếu"),
        "paragraph": _("đoạn văn"),
        "outside": _("nơi nhận ngoài hệ thống"),
        "regimes": _("câu theo từng thời kỳ pháp luật"),
        "steps": _("số bước"),
        "content": _("nội dung các bước"),
        "outcome": _("kết quả"),
    }
    return names.get(code, code)


def _of_steps() -> dict[str, str]:
    return {
        "kind": _("loại"),
        "claim": _("ai nhận việc"),
        "lane": _("làn"),
        "role": _("vai trò"),
        "form": _("biểu mẫu"),
        "duty": _("chức trách"),
        "agency": _("cơ quan thực hiện"),
        "deadline": _("thời hạn"),
        "legal": _("căn cứ pháp lý"),
        "service": _("dịch vụ"),
        "inputs": _("đầu vào"),
        "outputs": _("đầu ra"),
        "decision_table": _("bảng quyết định"),
        "called": _("quy trình con"),
        "condition": _("điều kiện"),
        "default": _("nhánh mặc định"),
        "label": _("nhãn"),
        "ends": _("điểm nối"),
        "duration": _("sau"),
        "message": _("tin chờ nhận"),
        "incoming": _("ai ghi nhận tin"),
        "paper": _("nhận trả lời bằng văn bản giấy"),
        "attached_to": _("gắn vào bước"),
    }


def _of_fields() -> dict[str, str]:
    return {
        "type": _("kiểu"),
        "required": _("bắt buộc"),
        "help": _("hướng dẫn"),
        "choices": _("các lựa chọn"),
        "when": _("chỉ khi"),
        "law": _("theo luật của ngày"),
        "prefill": _("điền sẵn"),
        "max_length": _("độ dài tối đa"),
        "columns": _("các cột"),
        "order": _("các trường và thứ tự"),
        "intro": _("lời dẫn"),
    }
