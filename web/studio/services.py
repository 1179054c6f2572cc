"""What the services are called for people who draw: diagrams name them by codes."""

from __future__ import annotations

from web.language import _


def named(code: str) -> str:
    """What a service does, in a few words; the code itself where nobody has named it."""
    return (_of_cases() | _of_documents() | _of_campaigns()).get(code, code)


def _of_cases() -> dict[str, str]:
    return {
        "cases.start_case": _("Mở một vụ việc khác"),
        "cases.start_children": _("Mở vụ việc con cho từng cơ quan"),
        "cases.merge_into": _("Xin nhập vào một vụ việc khác"),
        "agencies.carrying": _("Tìm các cơ quan giữ vai trò"),
        "regulation.respondents": _("Tìm các cơ quan phải nộp kế hoạch, báo cáo"),
        "regulation.heir": _("Tìm cơ quan thay cơ quan đã giải thể"),
        "results.participants": _("Tìm các cơ quan đã tham gia phối hợp"),
    }


def _of_documents() -> dict[str, str]:
    return {
        "documents.draft": _("Soạn dự thảo văn bản từ mẫu"),
        "documents.revise": _("Sửa dự thảo văn bản"),
        "documents.approve": _("Duyệt nội dung văn bản"),
        "documents.issue": _("Lấy số, ngày và gửi văn bản"),
        "documents.void": _("Hủy số văn bản đã lấy"),
        "documents.redraft": _("Soạn lại văn bản đã hủy số"),
        "documents.enter": _("Vào sổ văn bản đến"),
    }


def _of_campaigns() -> dict[str, str]:
    return {
        "campaigns.prepare": _("Tính các ngày của đợt báo cáo"),
        "campaigns.remind": _("Nhắc cơ quan nộp báo cáo"),
        "campaigns.late": _("Tìm cơ quan chưa nộp"),
        "campaigns.follow_reorganisations": _("Theo việc sắp xếp lại cơ quan trong đợt"),
        "campaigns.consolidate": _("Tổng hợp các báo cáo đã nộp"),
        "campaigns.count_cases": _("Đếm vụ việc trong kỳ"),
        "campaigns.plans": _("Đọc nhiệm vụ trong kế hoạch năm"),
        "campaigns.task_progress": _("Tổng hợp tiến độ nhiệm vụ"),
    }
