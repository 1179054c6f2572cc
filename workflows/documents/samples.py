"""One sample of each document type with fixed words, long names and all components: to measure and to look at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from workflows.documents.kinds import KINDS
from workflows.documents.model import Authority, DocumentModel, Issuer, Numbering, Signing
from workflows.documents.text import read_blocks

NUMBERING = Numbering(number=5, issued_on=date(2026, 2, 3))

_CULTURE = Issuer(
    "so-vhttdl", "Ủy ban nhân dân tỉnh Phú Thọ", "Sở Văn hóa, Thể thao và Du lịch", "SVHTTDL", "Phú Thọ", "TTBCXB"
)
_PROVINCE = Issuer("ubnd-tinh", "", "Ủy ban nhân dân tỉnh Phú Thọ", "UBND", "Phú Thọ", "VX")
_PROVINCE_CONTACT = "Địa chỉ: Phường Việt Trì, tỉnh Phú Thọ; điện thoại: 0210 000 0001; thư điện tử: ubnd@example.vn"
_DIRECTOR = Signing("Giám đốc", "Lãnh đạo 1, Sở Văn hóa, Thể thao và Du lịch")
_DEPUTY = Signing(
    "Phó Chủ tịch",
    "Lãnh đạo 2, Ủy ban nhân dân tỉnh",
    (Authority("TM.", "Ủy ban nhân dân"), Authority("KT.", "Chủ tịch")),
)
_GROUNDS = (
    "Căn cứ Nghị định số 30/2020/NĐ-CP ngày 05 tháng 3 năm 2020 của Chính phủ về công tác văn thư",
    "Căn cứ Nghị định số 09/2017/NĐ-CP ngày 09 tháng 02 năm 2017 của Chính phủ quy định chi tiết việc "
    "phát ngôn và cung cấp "
    "thông tin cho báo chí của các cơ quan hành chính nhà nước",
)
_AGENCIES = (
    "Văn phòng Ủy ban nhân dân tỉnh",
    "Sở Ngoại vụ",
    "Công an tỉnh",
    "Ban Tuyên giáo và Dân vận Tỉnh ủy",
    "Ban Quản lý các Khu công nghiệp tỉnh Phú Thọ",
)
_SUBJECT = (
    "Kết quả phối hợp xử lý thông tin sai sự thật về môi trường đầu tư của tỉnh "
    "đăng trên một số trang thông tin điện tử nước ngoài"
)
_BODY = """\
Thực hiện quy chế phối hợp quản lý hoạt động thông tin đối ngoại trên địa bàn tỉnh, Sở Văn hóa, Thể thao và Du \
lịch đã chủ trì, \
phối hợp với các cơ quan liên quan xác minh và xử lý thông tin sai sự thật được phát hiện ngày 20 tháng 01 năm 2026.

1. Kết quả xác minh

Các cơ quan tham gia thống nhất kết luận: nội dung đăng tải không đúng với số liệu đã công bố. Ý kiến của từng \
cơ quan như sau:

| STT | Cơ quan | Nội dung tham gia | Ngày gửi |
| 1 | Sở Ngoại vụ | Cung cấp thông tin về cơ quan báo chí nước ngoài, đề xuất cách trả lời | 21/01/2026 |
| 2 | Công an tỉnh | Xác minh nguồn phát tán thông tin | 22/01/2026 |
| 3 | Ban Quản lý các Khu công nghiệp tỉnh Phú Thọ | Cung cấp số liệu về các dự án đang hoạt động | 22/01/2026 |

2. Hình thức xử lý

Căn cứ mức độ ảnh hưởng, các hình thức sau đã được thực hiện:

- Đăng thông tin chính thức trên Cổng thông tin điện tử của tỉnh;
- Gửi văn bản yêu cầu cải chính tới trang thông tin đã đăng tải;
- Theo dõi phản hồi trong thời hạn 07 ngày làm việc.

3. Đề nghị

Đề nghị các cơ quan lưu hồ sơ, tiếp tục theo dõi và thông tin kịp thời cho cơ quan chủ trì khi có diễn biến \
mới. Trong quá trình \
thực hiện, nếu có khó khăn, vướng mắc, các cơ quan phản ánh về Sở Văn hóa, Thể thao và Du lịch để được hướng dẫn.

Trân trọng cảm ơn sự phối hợp của các cơ quan."""

_ANNEXES = """

=== Danh mục thông tin sai sự thật đã xử lý

Danh mục gồm các tin, bài do cơ quan phát hiện báo cáo.

| STT | Nơi đăng | Ngày đăng | Kết quả |
| 1 | Trang thông tin điện tử nước ngoài | 18/01/2026 | Đã đính chính |
| 2 | Tài khoản mạng xã hội | 19/01/2026 | Đã gỡ bỏ |

=== Phân công theo dõi

a) Sở Ngoại vụ theo dõi báo chí nước ngoài;
b) Công an tỉnh theo dõi không gian mạng;
c) Các cơ quan khác theo dõi theo chức năng, nhiệm vụ."""

_DECISION = """\
Điều 1. Thành lập Tổ công tác liên ngành theo dõi, xử lý thông tin sai sự thật về tỉnh trên báo chí nước ngoài \
và trên mạng, gồm \
đại diện các cơ quan có tên tại phần nơi nhận của Quyết định này.

Điều 2. Tổ công tác có nhiệm vụ tiếp nhận thông tin, xác minh, đề xuất hình thức xử lý và báo cáo kết quả theo quy định.

Điều 3. Chánh Văn phòng Ủy ban nhân dân tỉnh, Thủ trưởng các cơ quan có liên quan chịu trách nhiệm thi hành \
Quyết định này. \
Quyết định này có hiệu lực kể từ ngày ký."""

_INVITATION = """\
Sở Văn hóa, Thể thao và Du lịch trân trọng kính mời: Đại diện lãnh đạo các cơ quan có tên tại phần nơi nhận.

Tới dự cuộc họp thống nhất nội dung trả lời báo chí nước ngoài.

Chủ trì: Giám đốc Sở Văn hóa, Thể thao và Du lịch.

Thời gian: 08 giờ 00 phút, ngày 05 tháng 02 năm 2026.

Địa điểm: Phòng họp tầng 2, trụ sở Sở Văn hóa, Thể thao và Du lịch.

Đề nghị các đại biểu chuẩn bị ý kiến bằng văn bản và tham dự đúng thành phần."""

_MINUTES = """\
Thời gian bắt đầu: 08 giờ 00 phút, ngày 05 tháng 02 năm 2026.

Địa điểm: Phòng họp tầng 2, trụ sở Sở Văn hóa, Thể thao và Du lịch.

Thành phần tham dự:

- Đại diện Sở Ngoại vụ;
- Đại diện Công an tỉnh.

Chủ trì (chủ tọa): Lãnh đạo 1, Sở Văn hóa, Thể thao và Du lịch.

Thư ký (người ghi biên bản): Chuyên viên 1, Sở Văn hóa, Thể thao và Du lịch.

Nội dung (theo diễn biến cuộc họp):

Các đại biểu thống nhất nội dung trả lời và phân công cơ quan theo dõi.

Cuộc họp kết thúc vào 10 giờ 30 phút, ngày 05 tháng 02 năm 2026."""

_AUTHORITY = """\
1. Bên ủy quyền: Giám đốc Sở Văn hóa, Thể thao và Du lịch.

2. Bên được ủy quyền: Trưởng phòng Thông tin, Báo chí, Xuất bản, Sở Văn hóa, Thể thao và Du lịch.

3. Nội dung ủy quyền

a) Phát ngôn, cung cấp thông tin cho báo chí về kết quả xử lý thông tin sai sự thật đã được công bố;
b) Trả lời câu hỏi của phóng viên nước ngoài trong phạm vi thông tin đã công bố.

4. Thời hạn ủy quyền: từ ngày 03 tháng 02 năm 2026 đến hết ngày 05 tháng 02 năm 2026. Người được ủy quyền không ủy \
quyền lại cho người khác."""

_NOTICE = DocumentModel(
    type="TB",
    issuer=_CULTURE,
    subject=_SUBJECT,
    body=read_blocks(_BODY),
    signing=_DIRECTOR,
    legal=_GROUNDS,
    recipients=_AGENCIES,
    archive="VT, TTBCXB",
    urgency="khan",
    contact="Địa chỉ: Phường Việt Trì, tỉnh Phú Thọ; điện thoại: 0210 000 0000; thư điện tử: so-vhttdl@example.vn",
)


def sample(type_code: str) -> DocumentModel:
    """The sample of a type. Raises `KeyError` for a type that is not in `kinds.KINDS`."""
    model = replace(_NOTICE, type=KINDS[type_code].code)
    return _SPECIAL.get(type_code, model)


_ADDRESSED = replace(_NOTICE, legal=(), recipients=("Như trên", *_AGENCIES[1:4]))
_SPECIAL = {
    "TTr": replace(
        _ADDRESSED,
        type="TTr",
        legal=_GROUNDS,
        addressees=("Ủy ban nhân dân tỉnh Phú Thọ",),
        urgency="none",
        signing=replace(_DIRECTOR, title="Phó Giám đốc", authority=(Authority("KT.", "Giám đốc"),)),
    ),
    "BC": replace(
        _ADDRESSED,
        type="BC",
        addressees=("Ủy ban nhân dân tỉnh Phú Thọ", "Ban Tuyên giáo và Dân vận Tỉnh ủy"),
        urgency="hoa_toc",
        signing=replace(_DIRECTOR, acting=True),
    ),
    "KH": replace(
        _NOTICE, type="KH", body=read_blocks(_BODY + _ANNEXES), circulation="Lưu hành nội bộ", urgency="none"
    ),
    "CV": replace(
        _ADDRESSED,
        type="CV",
        enclosures=("Bản sao bài viết đã đăng", "Bảng đối chiếu số liệu"),
        issuer=_PROVINCE,
        contact=_PROVINCE_CONTACT,
        addressees=_AGENCIES,
        urgency="thuong_khan",
        signing=Signing(
            "Chánh Văn phòng", "Lãnh đạo 1, Văn phòng Ủy ban nhân dân tỉnh", (Authority("TL.", "Chủ tịch"),)
        ),
        archive="VT, VX",
        drafter_mark="CV1 (15b)",
    ),
    "QĐ": replace(
        _NOTICE,
        type="QĐ",
        issuer=_PROVINCE,
        contact="",
        subject="Về việc thành lập Tổ công tác liên ngành xử lý thông tin sai sự thật về tỉnh Phú Thọ",
        decider="Ủy ban nhân dân tỉnh Phú Thọ",
        legal=(*_GROUNDS, "Theo đề nghị của Giám đốc Sở Văn hóa, Thể thao và Du lịch"),
        body=read_blocks(_DECISION),
        signing=_DEPUTY,
        recipients=("Như Điều 3", *_AGENCIES),
        urgency="none",
        archive="VT, VX",
    ),
    "GM": replace(
        _NOTICE,
        type="GM",
        subject="Họp thống nhất nội dung trả lời báo chí nước ngoài",
        body=read_blocks(_INVITATION),
        legal=(),
        signing=replace(_DIRECTOR, title="Trưởng phòng", authority=(Authority("TUQ.", "Giám đốc"),)),
    ),
    "GUQ": replace(
        _NOTICE,
        type="GUQ",
        subject="Phát ngôn, cung cấp thông tin cho báo chí",
        body=read_blocks(_AUTHORITY),
        urgency="none",
        recipients=_AGENCIES[:2],
    ),
    "BB": replace(
        _NOTICE,
        type="BB",
        subject="Họp thống nhất nội dung trả lời báo chí nước ngoài",
        body=read_blocks(_MINUTES),
        legal=(),
        urgency="none",
        signing=Signing("Chủ tọa", "Lãnh đạo 1, Sở Văn hóa, Thể thao và Du lịch"),
        countersigning=Signing("Thư ký", "Chuyên viên 1, Sở Văn hóa, Thể thao và Du lịch"),
        archive="VT, Hồ sơ",
    ),
}
