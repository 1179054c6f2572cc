"""The report on unusual acts."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for

from engine.actors import SYSTEM
from web.language import _
from web.oversight.asking import PAGE, Asked
from web.oversight.choices import Choice
from web.oversight.tables import Cell, Column, Link, Table
from workflows.oversight import unusual
from workflows.oversight.unusual import Act, Changed

GROUP = "loai"


def choices(_asked: Asked) -> list[Choice]:
    """Which kind of acts is listed."""
    return [Choice(GROUP, _("Loại"), [("", _("Tất cả")), *((one, group(one)) for one in unusual.GROUPS)])]


def group(code: str) -> str:
    """A kind of acts."""
    words = {
        "bindings": _("Thay đổi phân công, quyền"),
        "registers": _("Hủy số, xác nhận sổ"),
        "corrections": _("Sửa nội dung đã nộp"),
        "deadlines": _("Gia hạn, đổi chế độ, đổi lịch làm việc"),
        "procedures": _("Ban hành phiên bản, chuyển vụ việc"),
        "cases": _("Dừng, rút, hủy, gộp vụ việc"),
        "documents": _("Văn bản thu hồi, bị trả, không gửi được"),
        "store": _("Phục hồi, khóa ký, trích xuất"),
        "reads": _("Đọc tệp hạn chế"),
        "deletions": _("Xóa nội dung"),
    }
    return words.get(code, code)


def act(type_: str) -> str:
    """An act in words."""
    words = {
        "BindingsImported": _("Nhập phân công vai trò"),
        "RolesImported": _("Nhập vai trò"),
        "SuccessionsImported": _("Nhập sắp xếp lại cơ quan"),
        "OfficersImported": _("Nhập danh sách cán bộ"),
        "OfficerAppointed": _("Giao nhiệm vụ"),
        "DutyEnded": _("Thôi giao nhiệm vụ"),
        "SigningMandateGiven": _("Ủy quyền, giao ký văn bản"),
        "SigningMandateEnded": _("Thôi ủy quyền, giao ký văn bản"),
        "AuditMandateGiven": _("Giao phạm vi kiểm tra"),
        "AuditMandateEnded": _("Kết thúc phạm vi kiểm tra"),
        "NumberVoided": _("Hủy số văn bản"),
        "RegisterConfirmed": _("Xác nhận số cuối của sổ"),
        "RegisterSeriesDecided": _("Quyết định cách đánh số"),
        "WorkItemCorrected": _("Đính chính nội dung đã nộp"),
        "ReceivedAtSet": _("Sửa ngày tiếp nhận"),
        "DeadlineExtended": _("Gia hạn"),
        "RegimeChosen": _("Chọn chế độ pháp luật khác"),
        "CalendarDaysEntered": _("Nhập ngày nghỉ, ngày làm bù"),
        "CalendarDayWithdrawn": _("Bỏ ngày nghỉ, ngày làm bù"),
        "CalendarProposalsAccepted": _("Chấp nhận ngày nghỉ đề xuất"),
        "VersionPublished": _("Ban hành phiên bản quy trình"),
        "VersionReinstated": _("Dùng lại phiên bản cũ của quy trình"),
        "MigrationApproved": _("Duyệt chuyển vụ việc sang phiên bản khác"),
        "CaseCancelled": _("Hủy vụ việc"),
        "CaseWithdrawn": _("Rút vụ việc"),
        "CaseSuspended": _("Tạm dừng vụ việc"),
        "CaseMerged": _("Gộp vụ việc"),
        "DocumentRecalled": _("Thu hồi văn bản"),
        "DocumentReplaced": _("Thay thế văn bản"),
        "DocumentSentBack": _("Nơi nhận trả lại văn bản"),
        "DispatchCancelled": _("Không gửi văn bản"),
        "DispatchFailed": _("Không gửi được văn bản"),
        "StoreRestored": _("Phục hồi từ bản sao lưu"),
        "LogKeyRevoked": _("Thu hồi khóa ký điểm kiểm"),
        "HistoryExported": _("Trích xuất lịch sử"),
        "RestrictedFileRead": _("Đọc tệp hạn chế"),
        "DeletionProposed": _("Đề nghị xóa nội dung"),
        "DeletionRefused": _("Không đồng ý xóa nội dung"),
        "ContentDeleted": _("Xóa nội dung"),
    }
    return words.get(type_, type_)


def tables(asked: Asked) -> Sequence[Table]:
    """Receivers that were changed by hand, then the acts."""
    return [_changed(asked), _acts(asked)]


def _changed(asked: Asked) -> Table:
    found = unusual.changed_recipients(asked.session, asked.scope, limit=PAGE)
    titles = [_("Văn bản"), _("Cơ quan ban hành"), _("Nơi nhận"), _("Thay đổi"), _("Lý do"), _("Lúc")]
    return Table(
        "noi-nhan",
        _("Nơi nhận bị bỏ hoặc thêm"),
        [Column(_("Vụ việc"), "code"), *(Column(one) for one in titles)],
        [_recipient(asked, one) for one in found],
        note=_("%(count)s thay đổi mới nhất.", count=PAGE) if len(found) == PAGE else "",
        empty=_("Không có nơi nhận nào bị bỏ hoặc thêm trong phạm vi đã chọn."),
    )


def _recipient(asked: Asked, one: Changed) -> list[Cell]:
    return [
        Link(one.code, url_for("cases.show", code=one.code)),
        Link(one.subject, url_for("documents.show", document_id=one.document_id)),
        asked.agency(one.issuer),
        one.recipient,
        _("Bỏ") if one.waived else _("Thêm"),
        one.reason,
        one.at,
    ]


def _acts(asked: Asked) -> Table:
    wanted = asked.chosen(GROUP, unusual.GROUPS)
    found = unusual.acts(asked.session, asked.scope, wanted, limit=asked.limit, offset=asked.offset)
    titles = [_("Việc"), _("Người làm"), _("Cơ quan"), _("Vụ việc"), _("Lý do, nội dung")]
    more = len(found) == PAGE + 1
    return Table(
        "viec",
        _("Các việc"),
        [Column(_("Lúc"), "code"), *(Column(one) for one in titles)],
        [_act(asked, one) for one in (found[:PAGE] if more else found)],
        paged=more,
        empty=_("Không có việc nào thuộc loại này trong phạm vi đã chọn."),
    )


def _act(asked: Asked, one: Act) -> list[Cell]:
    case: Cell = Link(one.code, url_for("cases.show", code=one.code)) if one.code else ""
    person, agency = (_("Chương trình"), "") if one.person == SYSTEM.name else (one.person, one.agency)
    return [one.at, act(one.type), person, agency, case, _told(asked, one)]


def _told(asked: Asked, one: Act) -> str:
    """What the event says in short: its procedure, its reason, or the file or document it is about."""
    about = [asked.title(one.procedure_id)] if one.procedure_id else []
    said = [str(one.told[key]) for key in ("code", "reason", "symbol", "decision", "file") if one.told.get(key)]
    return "; ".join([*about, *said])
