"""What officers do and write in the cases of these tests, as a table of steps: who, which step, what in the form."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.office import Fields, Office, ago

RUMOUR = "Tin đồn khu công nghiệp xả thải ra sông Lô"
RESULT = "Thông báo: Kết quả phối hợp xử lý thông tin"
CLERK_OF_LEAD = "vt.vp-ubnd-tinh"
TEXT_READ: Fields = {"no_secret": ["confirmed"]}
APPROVED: Fields = {"approval": "approve"}
FORM_READ: Fields = {"form_checked": ["confirmed"]}

Step = tuple[str, str, Fields]


def rumour() -> Fields:
    """The record of the rumour."""
    return {
        "subject": RUMOUR,
        "source_kind": "social",
        "origin": "domestic",
        "source_name": "Trang “Tin nhanh”",
        "source_url": "https://example.org/tin",
        "detected_at": ago(hours=3),
        "false_claim": "Khu công nghiệp xả thải làm cá chết hàng loạt.",
        "spread": "some",
        "self_impact": "medium",
    }


def detection(evidence: Path) -> list[Step]:
    """Sở Ngoại vụ finds the rumour, reports it to the Committee and tells the agency for external information."""
    return [
        ("cv.so-ngoai-vu", "Trả lời câu hỏi về bí mật nhà nước", {"secret": "no"}),
        ("cv.so-ngoai-vu", "Ghi nhận thông tin sai lệch", {**rumour(), "evidence_files": evidence}),
        ("cv.so-ngoai-vu", "Hoàn thiện bản thảo", TEXT_READ),
        ("cv.so-ngoai-vu", "Hoàn thiện bản thảo", TEXT_READ),
        ("ld.so-ngoai-vu", "Duyệt văn bản", APPROVED),
        ("ld.so-ngoai-vu", "Duyệt văn bản", APPROVED),
        ("vt.so-ngoai-vu", "Kiểm tra thể thức, cấp số", FORM_READ),
        ("vt.so-ngoai-vu", "Kiểm tra thể thức, cấp số", FORM_READ),
    ]


def clarification() -> list[Step]:
    """From the office's reception to the dossier: the Committee speaks, one agency verifies, two give opinions."""
    return [
        ("cv.vp-ubnd-tinh", "Tiếp nhận, mở vụ việc", {"office_received_at": ago(hours=2)}),
        (
            "cv.vp-ubnd-tinh",
            "Đánh giá ban đầu",
            {
                "truth": "false",
                "reach": "province",
                "public_impact": "risk",
                "determined_at": ago(hours=1),
                "event_kind": "divided",
                "statement_needed": "yes",
                "triage_note": "Quan trắc tự động không ghi nhận vượt ngưỡng.",
                **TEXT_READ,
            },
        ),
        (
            "ld.ubnd-tinh",
            "Phát ngôn ban đầu",
            {
                "statement_text": "Tỉnh đang kiểm tra thông tin.",
                "statement_speaker": "Phó Chủ tịch UBND tỉnh",
                "statement_channel": "portal",
                "stated_at": ago(minutes=30),
            },
        ),
        (
            "ld.ubnd-tinh",
            "Giao nhiệm vụ",
            {
                "content_lead": "bql-kcn",
                "consulted": ["so-vhttdl", "cong-an-tinh"],
                "planned_measures": ["press", "portal"],
                "direction": "Xác minh, cung cấp số liệu quan trắc.",
            },
        ),
        (
            "cv.bql-kcn",
            "Xác minh, cung cấp tư liệu",
            {"verified": "false", "facts": "Không có sự cố xả thải; cá chết do thiếu ô-xy.", **TEXT_READ},
        ),
        ("cv.so-vhttdl", "Cho ý kiến", {"position": "agree", "opinion_text": "Thống nhất công bố.", **TEXT_READ}),
        (
            "cv.cong-an-tinh",
            "Cho ý kiến",
            {
                "position": "agree_conditions",
                "opinion_text": "Thống nhất công bố.",
                "opinion_conditions": "Không nêu tên người đăng.",
                **TEXT_READ,
            },
        ),
        (
            "cv.vp-ubnd-tinh",
            "Lập hồ sơ giải thích",
            {
                "dossier_false": "Tin đồn xả thải.",
                "dossier_impact": "Người dân lo ngại.",
                "dossier_truth": "Không có sự cố.",
                "dossier_bases": "Luật Bảo vệ môi trường 2020.",
                "dossier_proposal": "Thông cáo và bài trên Cổng.",
                "evidence.0.claim": "Nước thải đạt chuẩn",
                "evidence.0.proof": "Số liệu quan trắc trong tuần",
                "draft_text": "Số liệu quan trắc cho thấy nước thải đạt quy chuẩn.",
                **TEXT_READ,
            },
        ),
    ]


def publication() -> list[Step]:
    """Approval, the two forms of publication that were approved, follow-up, and the written result."""
    return [
        (
            "ld.ubnd-tinh",
            "Duyệt hồ sơ giải thích",
            {"decision": "approve", "decision_note": "Đồng ý công bố.", "measures": ["press", "portal"]},
        ),
        (
            "cv.vp-ubnd-tinh",
            "Họp báo, ra thông cáo báo chí",
            {
                "event_form": "release",
                "event_at": ago(minutes=10),
                "event_place": "Văn phòng UBND tỉnh",
                "speaker_position": "Chánh Văn phòng UBND tỉnh",
                "event_content": "Thông cáo báo chí về chất lượng nước sông Lô.",
            },
        ),
        (
            "cv.so-khcn",
            "Đăng trên Cổng Thông tin điện tử",
            {"portal_at": ago(minutes=5), "portal_url": "https://example.org/thong-cao"},
        ),
        (
            "cv.so-vhttdl",
            "Theo dõi báo chí trong nước",
            {"follow_published": "yes", "follow_result": "clarified", "follow_note": "Dư luận đã ổn định."},
        ),
        ("cv.vp-ubnd-tinh", "Báo cáo kết thúc", {"closing_summary": "Thông tin được làm rõ.", **TEXT_READ}),
        *result(),
    ]


def result() -> list[Step]:
    """The lead tells every participant in writing what came of it."""
    return [
        ("cv.vp-ubnd-tinh", "Hoàn thiện bản thảo", TEXT_READ),
        ("ld.vp-ubnd-tinh", "Duyệt văn bản", APPROVED),
        (CLERK_OF_LEAD, "Kiểm tra thể thức, cấp số", FORM_READ),
    ]


def not_false() -> list[Step]:
    """The office finds that the information is true: nothing is published, the result is told in writing."""
    return [
        ("cv.vp-ubnd-tinh", "Tiếp nhận, mở vụ việc", {"office_received_at": ago(hours=2)}),
        (
            "cv.vp-ubnd-tinh",
            "Đánh giá ban đầu",
            {
                "truth": "not_false",
                "reach": "province",
                "public_impact": "none",
                "event_kind": "ordinary",
                "triage_note": "Thông tin đúng với thực tế.",
                **TEXT_READ,
            },
        ),
        *result(),
    ]


def carry(office: Office, code: str, step: Step) -> str:
    """One officer does one step; returns the address of its task page."""
    user_name, title, fields = step
    desk = office.desk(user_name)
    desk.take(title, code)
    task = desk.page.url
    desk.complete(title, fields)
    return task.removeprefix(office.url)
