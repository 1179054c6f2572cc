"""Words for the codes that the core uses: duties, states, groups of the inbox, sources of rules, kinds of events."""

from __future__ import annotations

from web.language import _, ngettext


def duty(code: str) -> str:
    """A duty in an agency."""
    names = {
        "specialist": _("Chuyên viên"),
        "head": _("Lãnh đạo cơ quan"),
        "clerk": _("Văn thư"),
        "process_owner": _("Chủ quy trình"),
        "auditor": _("Kiểm tra viên"),
        "administrator": _("Quản trị viên"),
    }
    return names.get(code, code)


def field_type(code: str) -> str:
    """What a field of a form asks for."""
    names = {
        "text": _("Một dòng chữ"),
        "textarea": _("Nhiều dòng chữ"),
        "integer": _("Số nguyên"),
        "boolean": _("Có hoặc không"),
        "date": _("Ngày"),
        "datetime": _("Ngày giờ"),
        "choice": _("Chọn một"),
        "choices": _("Chọn nhiều"),
        "url": _("Địa chỉ trang"),
        "agency": _("Một cơ quan"),
        "agencies": _("Nhiều cơ quan"),
        "case": _("Một vụ việc khác"),
        "attachments": _("Tệp kèm theo"),
        "table": _("Bảng"),
        "note": _("Câu hiển thị"),
    }
    return names.get(code, code)


def certificate_state(code: str) -> str:
    """Whether a registered certificate holds."""
    names = {
        "valid": _("Còn hiệu lực"),
        "expired": _("Hết hạn"),
        "revoked": _("Đã thu hồi"),
        "not_yet": _("Chưa có hiệu lực"),
        "untrusted": _("Không thuộc chứng thư gốc nào được tin cậy"),
        "unread": _("Chưa có tệp chứng thư để kiểm tra"),
    }
    return names.get(code, code)


def days_left(number: int) -> str:
    """How long something still holds that runs out soon."""
    return ngettext("còn %(num)d ngày", "còn %(num)d ngày", number) if number else _("hết hạn hôm nay")


def group(code: str) -> str:
    """A group of the inbox, by urgency."""
    names = {
        "overdue": _("Quá hạn"),
        "today": _("Hôm nay"),
        "week": _("Tuần này"),
        "later": _("Sau đó"),
        "none": _("Không có hạn"),
    }
    return names.get(code, code)


def state(code: str) -> str:
    """The state of a case, a work item or a document."""
    names = {
        "open": _("Đang mở"),
        "ready": _("Chờ nhận"),
        "claimed": _("Đang làm"),
        "running": _("Đang xử lý"),
        "active": _("Đang xử lý"),
        "completed": _("Đã kết thúc"),
        "done": _("Đã xong"),
        "ended": _("Đã kết thúc"),
        "cancelled": _("Đã hủy"),
        "suspended": _("Tạm dừng"),
        "incident": _("Có trục trặc"),
        "draft": _("Dự thảo"),
        "approved": _("Đã duyệt"),
        "issued": _("Đã ban hành"),
        "voided": _("Đã hủy số"),
        "recalled": _("Đã thu hồi"),
        "replaced": _("Đã thay thế"),
        "dispatched": _("Đã gửi"),
        "delivered": _("Đã đến nơi nhận"),
        "confirmed": _("Đã xác nhận"),
        "received": _("Đã nhận"),
    }
    return names.get(code, code)


def act(code: str) -> str:
    """An act on a case, as the link to it."""
    names = {
        "suspend": _("Tạm dừng vụ việc"),
        "resume": _("Cho vụ việc tiếp tục"),
        "withdraw": _("Rút vụ việc"),
        "cancel": _("Hủy vụ việc"),
        "link": _("Liên kết với vụ việc khác"),
        "return": _("Trả lại bước trước"),
    }
    return names.get(code, code)


def way(code: str) -> str:
    """How something came from outside the system."""
    names = {
        "paper": _("Văn bản giấy"),
        "email": _("Thư điện tử"),
        "telephone": _("Điện thoại"),
        "in_person": _("Trực tiếp"),
    }
    return names.get(code, code)


def channel(code: str) -> str:
    """By which way a document goes to an agency."""
    names = {
        "system": _("trong chương trình"),
        "email": _("thư điện tử"),
        "edxml": _("trục liên thông (edXML)"),
        "paper": _("bản giấy"),
    }
    return names.get(code, code)


def door(code: str) -> str:
    """The door through which an act came into the program."""
    names = {
        "web": _("trang web"),
        "cli": _("dòng lệnh của người vận hành"),
        "scenario": _("kịch bản chạy thử"),
        "system": _("chương trình tự làm"),
    }
    return names.get(code, code)


def dispatch(status: str, way: str) -> str:
    """How far a document has come on its way to one agency."""
    names = {
        ("queued", "email"): _("đang chờ gửi; thử lại tự động nếu máy chủ thư bận"),
        ("queued", "edxml"): _("đang chờ giao cho trục liên thông; thử lại tự động"),
        ("queued", "paper"): _("chờ văn thư in và chuyển"),
        ("handed_over", "edxml"): _("đã giao cho trục liên thông, chờ trả lời"),
        ("handed_over", "paper"): _("đã chuyển bản giấy, chờ ký nhận"),
        ("delivered", "email"): _("máy chủ thư đã nhận"),
        ("delivered", "system"): _("đã đến"),
        ("delivered", "edxml"): _("đã đến nơi nhận"),
        ("received", way): _("nơi nhận đã nhận"),
        ("refused", way): _("nơi nhận từ chối"),
    }
    return names.get((status, way), state(status))


def recall_answer(status: str) -> str:
    """What came of a request to give a document back."""
    names = {
        "queued": _("đang chờ báo"),
        "asked": _("đã báo, chưa trả lời"),
        "agreed": _("đồng ý cho thu hồi"),
        "refused": _("không đồng ý cho thu hồi"),
        "failed": _("không báo được"),
    }
    return names.get(status, status)


def progress(code: str) -> str:
    """What the other side told over the exchange network."""
    names = {
        "arrived": _("01 – đã đến"),
        "refused": _("02 – từ chối"),
        "accepted": _("03 – tiếp nhận"),
        "assigned": _("04 – phân công"),
        "in_progress": _("05 – đang xử lý"),
        "completed": _("06 – hoàn thành"),
        "recall_requested": _("13 – yêu cầu lấy lại"),
        "recall_agreed": _("15 – đồng ý cho lấy lại"),
        "recall_refused": _("16 – từ chối cho lấy lại"),
    }
    return names.get(code, code)


def look(code: str) -> str:
    """What is wrong with the picture of a signature itself; empty where nothing is or nobody judged."""
    names = {
        "no_image": _("chỉ có chữ, không có hình ảnh chữ ký (NĐ 30/2020, Phụ lục I, mục II.7, II.8)"),
        "not_blue": _("hình chữ ký không phải màu xanh (NĐ 30/2020, Phụ lục I, mục II.7)"),
        "not_red": _("hình dấu không phải màu đỏ (NĐ 30/2020, Phụ lục I, mục II.8)"),
        "not_clear": _("hình không có nền trong suốt (NĐ 30/2020, Phụ lục I, mục II.7, II.8)"),
    }
    return names.get(code, "")


def place(code: str) -> str:
    """How the picture of a signature stands on the page; empty where it stands well or nobody judged."""
    names = {
        "unseen": _("không có hình chữ ký trên trang"),
        "not_between": _("hình chữ ký không nằm giữa chức vụ và họ tên (NĐ 30/2020, Phụ lục I, mục II.7)"),
        "not_on_the_left": _("dấu không trùm khoảng 1/3 hình chữ ký về bên trái (NĐ 30/2020, Phụ lục I, mục II.8)"),
    }
    return names.get(code, "")


def link(kind: str, forward: bool = True) -> str:
    """How this case has to do with another; with `forward` false, how the other has to do with this one."""
    names = {
        ("related", True): _("liên quan đến"),
        ("related", False): _("liên quan đến"),
        ("duplicate", True): _("trùng với"),
        ("duplicate", False): _("bị trùng bởi"),
        ("grew_out_of", True): _("phát sinh từ"),
        ("grew_out_of", False): _("đã làm phát sinh"),
        ("merged", True): _("đã gộp vào"),
        ("merged", False): _("đã nhận gộp"),
        ("merging", True): _("đề nghị gộp vào"),
        ("merging", False): _("được đề nghị nhận gộp"),
        ("child", True): _("tách ra từ"),
        ("child", False): _("đã tách ra"),
    }
    return names.get((kind, forward), kind)


def serving(code: str) -> str:
    """How a duty of the regulation is served."""
    names = {
        "procedure": _("Bước của quy trình"),
        "rule": _("Quy tắc kiểm tra"),
        "standing": _("Việc thường xuyên, ghi nhật ký"),
        "planned": _("Chưa có, sẽ làm"),
    }
    return names.get(code, code)


def duty_class(code: str) -> str:
    """The class of a duty of the regulation."""
    names = {
        "P1": _("Phóng viên nước ngoài"),
        "P2": _("Thông tin sai lệch"),
        "P3": _("Kế hoạch, báo cáo năm"),
        "P4": _("Khen thưởng"),
        "PER": _("Định kỳ"),
        "EVT": _("Khi phát sinh"),
        "DOC": _("Soạn thảo, ban hành"),
        "STD": _("Thường xuyên"),
        "RULE": _("Nguyên tắc chung"),
        "CH": _("Hình thức, kênh"),
    }
    return names.get(code, code)


def source(code: str) -> str:
    """Where a rule comes from."""
    names = {"QC": _("Quy chế"), "PL": _("Pháp luật"), "TK": _("Thiết kế")}
    return names.get(code, code)


def block(code: str) -> str:
    """A kind of block in the text of a document."""
    names = {
        "paragraph": _("Đoạn văn"),
        "heading": _("Tiêu đề mục"),
        "points": _("Gạch đầu dòng"),
        "lettered": _("Điểm a), b), c)"),
        "table": _("Bảng"),
        "annex": _("Phụ lục (tên)"),
    }
    return names.get(code, code)


def confidence(code: str) -> str:
    """How sure a fact of the law is."""
    names = {
        "V": _("Đã đọc trong văn bản"),
        "V2": _("Theo nguồn thứ cấp, chưa đối chiếu văn bản gốc"),
        "R": _("Theo kiến thức chung, chưa kiểm tra"),
        "U": _("Chưa chắc chắn"),
    }
    return names.get(code, code)


def weekday(number: int) -> str:
    """A day of the week in short, Monday is 0."""
    return (_("T2"), _("T3"), _("T4"), _("T5"), _("T6"), _("T7"), _("CN"))[number]


def use(code: str) -> str:
    """What of a procedure rests on a clause."""
    return {"element": _("Bước"), "deadline": _("Thời hạn"), "form": _("Biểu mẫu"), "notice": _("Mẫu văn bản")}[code]


def calendar_kind(code: str) -> str:
    """How a day differs from its weekday."""
    names = {
        "holiday": _("Nghỉ lễ, tết"),
        "in_lieu_off": _("Nghỉ bù, hoán đổi"),
        "make_up_work": _("Làm bù"),
    }
    return names.get(code, code)


def counted_day(code: str) -> str:
    """What a day is in the count of a time limit."""
    names = {
        "start": _("ngày xảy ra sự kiện, không tính"),
        "counted": _("tính"),
        "make_up_work": _("ngày làm bù, tính"),
        "put_off": _("ngày nghỉ, hạn lùi sang ngày làm việc tiếp theo"),
        "weekend": _("nghỉ cuối tuần"),
        "holiday": _("nghỉ lễ, tết"),
        "in_lieu_off": _("nghỉ bù, hoán đổi"),
        "not_counted": _("không tính theo lịch khi đó"),
    }
    return names.get(code, code)


def series(code: str) -> str:
    """A choice among the number series of a body."""
    names = {
        "all": _("Sổ chung"),
        "own": _("Sổ riêng của loại này"),
        "second": _("Sổ chung thứ hai"),
        "third": _("Sổ chung thứ ba"),
    }
    return names.get(code) or _("Sổ riêng: %(type)s", type=document_type(code))


def document_type(code: str) -> str:
    """A type of official document by its abbreviation."""
    names = {
        "TB": _("Thông báo"),
        "TTr": _("Tờ trình"),
        "KH": _("Kế hoạch"),
        "BC": _("Báo cáo"),
        "CV": _("Công văn"),
        "QĐ": _("Quyết định"),
        "GM": _("Giấy mời"),
        "GUQ": _("Giấy ủy quyền"),
        "BB": _("Biên bản"),
    }
    return names.get(code, code)


def signing_method(code: str) -> str:
    """How a document was signed."""
    names = {
        "pdf": _("PDF đã ký số"),
        "cms": _("Chữ ký số rời"),
        "scan": _("Bản giấy, có bản quét"),
        "paper": _("Bản giấy"),
    }
    return names.get(code, code)


def time_source(code: str) -> str:
    """How sure a moment of signing is."""
    names = {"timestamp": _("dấu thời gian tin cậy"), "claimed": _("theo đồng hồ người ký")}
    return names.get(code, code)


def draft_status(code: str) -> str:
    """Where a draft of a procedure stands."""
    names = {
        "open": _("Đang soạn"),
        "submitted": _("Chờ phê duyệt"),
        "published": _("Đã ban hành"),
        "discarded": _("Đã bỏ"),
    }
    return names.get(code, code)


def expectation(code: str) -> str:
    """What a scenario expects at a step."""
    names = {
        "open": _("việc đang mở"),
        "due": _("hạn"),
        "documents": _("văn bản"),
        "outcome": _("kết quả"),
        "incidents": _("sự cố"),
        "child": _("vụ việc con"),
        "command": _("thao tác bị từ chối"),
    }
    return names.get(code, code)
