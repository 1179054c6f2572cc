"""The columns of the import files. The data that ships with the program uses the same formats."""

from __future__ import annotations

import re

from engine.actors import ADMINISTRATOR, AUDITOR, CLERK, HEAD, PROCESS_OWNER, SPECIALIST
from workflows.agencies import facts
from workflows.agencies.accounts import USER_NAME
from workflows.agencies.certificate_files import CertificateFile, read_certificate
from workflows.agencies.csv_reading import (
    BadCell,
    Column,
    choice,
    day,
    flag,
    optional_day,
    optional_slug,
    rank,
    shown,
    slug,
    text,
)
from workflows.agencies.organ_codes import NotAnOrganCode, OrganCode

KIND_WORDS = {
    facts.PROVINCE: "UBND tỉnh",
    facts.OFFICE: "văn phòng",
    facts.DEPARTMENT: "sở",
    facts.SECTOR: "ngành",
    facts.DISTRICT: "huyện",
    facts.COMMUNE: "xã",
    facts.PARTY: "đảng",
    facts.PRESS: "báo chí",
    facts.CENTRAL: "trung ương",
    facts.ORGANISATION: "tổ chức",
}
DUTY_WORDS = {
    SPECIALIST: "chuyên viên",
    HEAD: "lãnh đạo",
    CLERK: "văn thư",
    PROCESS_OWNER: "chủ quy trình",
    AUDITOR: "kiểm tra",
    ADMINISTRATOR: "quản trị",
}
SUCCESSION_WORDS = {"merge": "sáp nhập", "split": "chia tách", "rename": "đổi tên", "abolish": "giải thể"}
CHANNEL_WORDS = {
    facts.BY_SYSTEM: "chương trình",
    facts.BY_EMAIL: "thư điện tử",
    facts.BY_EDXML: "trục liên thông",
    facts.BY_PAPER: "giấy",
}
SIGNING_WORDS = {facts.ON_PAPER: "giấy", facts.ELECTRONICALLY: "ký số"}
_EMAIL = re.compile(
    r"[A-Za-z0-9._+-]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE | re.ASCII
)
_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_CONFIDENCE = choice({level: level for level in facts.CONFIDENCES}, default="U")


def user_name(value: str) -> str | None:
    """A user name in small letters, or None for an empty cell."""
    if value and not USER_NAME.fullmatch(value):
        raise BadCell("import.bad_user_name", value=shown(value))
    return value or None


def email(value: str) -> str:
    """An e-mail address in plain letters, or nothing."""
    if value and not _EMAIL.fullmatch(value):
        raise BadCell("import.bad_email", value=shown(value))
    return text(254)(value)


def organ_code(value: str) -> str:
    """A code of the exchange network in either order, kept highest level first; or nothing."""
    try:
        return str(OrganCode.parse(value)) if value else ""
    except NotAnOrganCode as error:
        raise BadCell("import.bad_organ_code", value=shown(value)) from error


def fingerprint(value: str) -> str | None:
    """SHA-256 of a certificate as signing tools show it (capitals, colons or spaces), kept as 64 small hex digits."""
    if not value:
        return None
    plain = value.replace(":", "").replace(" ", "").lower()
    if not _FINGERPRINT.fullmatch(plain):
        raise BadCell("import.bad_fingerprint", value=shown(value))
    return plain


def certificate(value: str) -> CertificateFile | None:
    """A certificate as PEM or Base64."""
    try:
        return read_certificate(value) if value else None
    except ValueError as error:
        raise BadCell("import.bad_certificate") from error


def role(value: str) -> str:
    """A role id: capitals, digits and underscores."""
    if not value.replace("_", "").isalnum() or value != value.upper() or not value.isascii():
        raise BadCell("import.bad_role", value=shown(value))
    return text(64)(value)


AGENCIES = (
    Column("id", "Mã cơ quan", slug),
    Column("kind", "Loại", choice(KIND_WORDS)),
    Column("name", "Tên cơ quan", text(200)),
    Column("short_name", "Tên gọi tắt", text(200), required=False),
    Column("abbreviation", "Ký hiệu", text(30)),
    Column("superior_name", "Cơ quan chủ quản", text(200), required=False),
    Column("place", "Địa danh", text(50)),
    Column("head_title", "Chức vụ người đứng đầu", text(100)),
    Column("collective", "Ký thay mặt tập thể", flag, required=False),
    Column("new_body", "Cơ quan mới thành lập", flag, required=False),
    Column("contact", "Địa chỉ liên hệ in ở chân trang", text(300), required=False),
    Column("valid_from", "Từ ngày", day),
    Column("valid_to", "Đến hết ngày", optional_day, required=False),
    Column("legal_basis", "Căn cứ pháp lý", text(500)),
    Column("confidence", "Độ tin cậy", _CONFIDENCE, required=False),
    Column("division_code", "Mã đơn vị hành chính", text(16), required=False),
    Column("note", "Ghi chú", text(500), required=False),
)
CHANNELS = (
    Column("agency_id", "Mã cơ quan", slug),
    Column("channel", "Cách gửi văn bản", choice(CHANNEL_WORDS)),
    Column("email", "Hộp thư nhận văn bản", email, required=False),
    Column("organ_code", "Mã định danh", organ_code, required=False),
    Column("valid_from", "Từ ngày", day),
    Column("valid_to", "Đến hết ngày", optional_day, required=False),
    Column("legal_basis", "Căn cứ pháp lý", text(500)),
    Column("confidence", "Độ tin cậy", _CONFIDENCE, required=False),
    Column("note", "Ghi chú", text(500), required=False),
)
CERTIFICATES = (
    Column("agency_id", "Mã cơ quan", slug),
    Column("person_id", "Mã cán bộ", optional_slug, required=False),
    Column("certificate", "Chứng thư (PEM hoặc Base64)", certificate, required=False),
    Column("fingerprint", "Dấu vân tay SHA-256", fingerprint, required=False),
    Column("revoked_on", "Thu hồi từ ngày", optional_day, required=False),
    Column("note", "Ghi chú", text(500), required=False),
)
SIGNING_WAYS = (
    Column("agency_id", "Mã cơ quan", slug),
    Column("way", "Cách ký văn bản", choice(SIGNING_WORDS)),
    Column("valid_from", "Từ ngày", day),
    Column("valid_to", "Đến hết ngày", optional_day, required=False),
    Column("legal_basis", "Căn cứ pháp lý", text(500)),
    Column("note", "Ghi chú", text(500), required=False),
)
SUCCESSIONS = (
    Column("predecessor_id", "Cơ quan cũ", slug),
    Column("successor_id", "Cơ quan mới", optional_slug, required=False),
    Column("effective_on", "Ngày có hiệu lực", day),
    Column("kind", "Hình thức", choice(SUCCESSION_WORDS)),
    Column("function", "Chức năng chuyển giao", text(500), required=False),
    Column("legal_basis", "Căn cứ pháp lý", text(500)),
    Column("confidence", "Độ tin cậy", _CONFIDENCE, required=False),
)
ROLES = (
    Column("id", "Mã vai trò", role),
    Column("name_vi", "Tên vai trò", text(200)),
    Column("name_en", "Tên tiếng Anh", text(200)),
    Column("clauses", "Điều khoản", text(500), required=False),
)
BINDINGS = (
    Column("role", "Mã vai trò", role),
    Column("agency_id", "Mã cơ quan", slug),
    Column("rank", "Thứ tự", rank, required=False),
    Column("valid_from", "Từ ngày", day),
    Column("valid_to", "Đến hết ngày", optional_day, required=False),
    Column("legal_basis", "Căn cứ pháp lý", text(500)),
    Column("confidence", "Độ tin cậy", _CONFIDENCE, required=False),
)
OFFICERS = (
    Column("person_id", "Mã cán bộ", slug),
    Column("name", "Họ và tên", text(200)),
    Column("agency_id", "Mã cơ quan", slug),
    Column("duty", "Nhiệm vụ", choice(DUTY_WORDS)),
    Column("position", "Chức vụ", text(200), required=False),
    Column("valid_from", "Từ ngày", day),
    Column("valid_to", "Đến hết ngày", optional_day, required=False),
    Column("decision", "Quyết định", text(200), required=False),
    Column("user_name", "Tên đăng nhập", user_name, required=False),
)
