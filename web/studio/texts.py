"""What the diagram editor says, in the reader's language: a block of its page, read by `web/assets/studio/texts.js`."""

from __future__ import annotations

from web.language import _


def editor_texts() -> dict[str, str]:
    """Sentences by key; `{name}` in them stands for a value that the page fills in."""
    return _saving() | _findings() | _kinds() | _general() | _steps() | _waiting() | _legal() | _flows()


def _saving() -> dict[str, str]:
    return {
        "unsaved": _("Chưa lưu thay đổi"),
        "saving": _("Đang lưu…"),
        "saved": _("Đã lưu {time}"),
        "not_saved": _("Chưa lưu được; thay đổi vẫn còn trong trang này"),
        "also_here": _("{name} đang sửa sơ đồ của bản nháp này từ {since}."),
        "saved_by": _("{name} đã lưu sơ đồ lúc {at}. Lần lưu tới của trang này gộp thay đổi của cả hai."),
        "take_newer": _("Xem ngay bản mới"),
        "copied": _("Đã chép {count} phần tử; dán được cả vào bản nháp khác"),
        "not_copied": _("Chưa chép gì: hãy chọn bước hoặc sự kiện trước"),
        "pasted": _("Đã dán {count} phần tử"),
        "not_pasted": _("Chưa có gì để dán: hãy chọn rồi bấm Chép trước"),
        "reloaded": _("Đã lấy bản mới nhất của bản nháp"),
        "arranged": _("Đã sắp xếp lại sơ đồ"),
        "arranged_without": _(
            "Đã sắp xếp lại. Chưa vẽ được: {names}; chúng vẫn còn trong tệp. Bấm “Lấy lại sơ đồ trước” nếu cần thấy."
        ),
        "unread": _("{count} chỗ trong tệp không phải BPMN hoặc trỏ đến chỗ không có, nên không được giữ."),
        "unreadable": _("Tệp không đọc được như một sơ đồ BPMN ({why})."),
        "remarks": _("Tệp có {count} lời chú giải ẩn; chúng được chép vào “Ghi chú cho người đọc” của phần tử ấy."),
        "imported": _("Đã đưa tệp vào bản nháp"),
        "not_imported": _("Không đưa được tệp vào; bản nháp không thay đổi. {why}"),
        "merged": _("{name} cũng vừa sửa sơ đồ này. Thay đổi của cả hai đã được gộp; không mất gì."),
        "clashes": _(
            "{name} cũng vừa lưu sơ đồ này. Cả hai cùng sửa: {names}. Chọn cách giữ; phần còn lại của cả hai được gộp."
        ),
        "merge_mine": _("Gộp, chỗ trùng giữ phần tôi sửa"),
        "merge_theirs": _("Gộp, chỗ trùng giữ phần của người kia"),
        "take_theirs": _("Lấy bản của người kia"),
        "keep_apart": _("Để bản đang mở thành bản nháp riêng"),
        "kept_apart": _("Bản đang mở đã thành một bản nháp riêng: mở bản nháp ấy"),
        "download_mine": _("Tải bản đang mở về máy"),
    }


def _findings() -> dict[str, str]:
    return {
        "findings_none": _("Không có lỗi"),
        "findings_count": _("Cần sửa: {count}"),
        "warnings_count": _("Lưu ý ({count})"),
        "findings_on": _("{count} lỗi tại {name}"),
        "findings_here": _("Lỗi tại phần tử này"),
    }


def _kinds() -> dict[str, str]:
    return {
        "kind UserTask": _("Việc của người"),
        "kind ManualTask": _("Việc làm ngoài hệ thống"),
        "kind ServiceTask": _("Việc tự động"),
        "kind SendTask": _("Gửi đi"),
        "kind ReceiveTask": _("Chờ tin"),
        "kind BusinessRuleTask": _("Bảng quyết định"),
        "kind CallActivity": _("Gọi quy trình dùng chung"),
        "kind SubProcess": _("Quy trình con"),
        "kind ScriptTask": _("Bước chạy mã"),
        "kind ExclusiveGateway": _("Rẽ một nhánh"),
        "kind ParallelGateway": _("Nhánh song song"),
        "kind InclusiveGateway": _("Rẽ một hoặc nhiều nhánh"),
        "kind EventBasedGateway": _("Chờ sự kiện nào đến trước"),
        "kind StartEvent": _("Bắt đầu"),
        "kind EndEvent": _("Kết thúc"),
        "kind IntermediateCatchEvent": _("Chờ sự kiện"),
        "kind IntermediateThrowEvent": _("Phát sự kiện"),
        "kind BoundaryEvent": _("Sự kiện kèm theo"),
        "kind SequenceFlow": _("Luồng"),
        "kind Lane": _("Làn"),
        "kind Participant": _("Khung quy trình"),
        "kind Process": _("Quy trình"),
        "kind Collaboration": _("Toàn bộ sơ đồ"),
        "kind TextAnnotation": _("Chú thích"),
        "event timer": _("Mốc thời gian"),
        "event message": _("Tin"),
        "event signal": _("Tín hiệu"),
        "event error": _("Lỗi"),
        "event escalation": _("Báo cấp trên"),
        "event terminate": _("Kết thúc tất cả"),
    }


def _general() -> dict[str, str]:
    return {
        "general": _("Chung"),
        "name": _("Tên"),
        "id": _("Mã phần tử"),
        "id_help": _("Chữ, số, gạch dưới; không trùng. Đổi mã thì vụ việc đang chạy cần ánh xạ khi chuyển phiên bản."),
        "id_bad": _("Mã này đã có hoặc không dùng được. Hãy dùng chữ không dấu, số, gạch dưới, bắt đầu bằng chữ."),
        "documentation": _("Ghi chú cho người đọc"),
        "actions": _("Thao tác"),
        "append_kind": _("Loại bước tiếp theo"),
        "append": _("Thêm bước sau"),
        "connect_to": _("Bước để nối đến"),
        "connect": _("Nối đến"),
        "attach_kind": _("Sự kiện kèm theo bước"),
        "attach": _("Gắn sự kiện"),
        "replace": _("Đổi loại phần tử"),
        "lane_add": _("Thêm làn phía dưới"),
        "lane_of": _("Thuộc làn"),
        "delete": _("Xóa phần tử"),
        "foreign": _("Dữ liệu của công cụ khác"),
        "foreign_help": _("Hệ thống không dùng những dữ liệu này."),
        "foreign_clean": _("Gỡ bỏ"),
        "whole_procedure": _("Toàn bộ quy trình"),
        "none_chosen": _("– chưa chọn –"),
        "drop_number": _("Bỏ dòng {number}"),
        "source": _("Nguồn"),
        "source QC": _("Quy chế"),
        "source PL": _("Pháp luật"),
        "source TK": _("Thiết kế"),
    }


def _steps() -> dict[str, str]:
    return {
        "person": _("Người làm"),
        "form": _("Biểu mẫu"),
        "form_edit": _("Sửa biểu mẫu này"),
        "duty": _("Chức trách"),
        "performer_choice": _("Cơ quan làm"),
        "performer_lane": _("– theo làn –"),
        "performer": _("Cơ quan làm (biểu thức)"),
        "performer_help": _("Để trống: theo làn. Ví dụ 'role:PPC' hoặc case.initiator_agency."),
        "claim": _("Người mở vụ việc nhận ngay"),
        "document": _("Văn bản gắn với bước (biểu thức)"),
        "document_help": _("Mã văn bản được mở cùng bước này."),
        "paper": _("Nhận câu trả lời bằng văn bản giấy"),
        "paper_help": _("Văn thư ghi câu trả lời đến bằng văn bản thay cho chuyên viên."),
        "service": _("Dịch vụ"),
        "table": _("Bảng quyết định"),
        "table_edit": _("Sửa bảng quyết định này"),
        "table_output": _("Ghi kết quả vào biến"),
        "table_output_help": _("Để trống: mã của bước."),
        "called": _("Quy trình dùng chung"),
        "called_inputs": _("Cần các đầu vào: {names}"),
        "inputs": _("Đầu vào"),
        "outputs": _("Đầu ra"),
        "input_number": _("Đầu vào {number}"),
        "output_number": _("Đầu ra {number}"),
        "input_add": _("Thêm đầu vào"),
        "output_add": _("Thêm đầu ra"),
        "input_needed": _("Thêm đầu vào còn thiếu: {name}"),
        "variable": _("Biến"),
        "expression": _("Biểu thức"),
        "outcome": _("Kết quả của vụ việc"),
        "outcome_none": _("– không ghi kết quả –"),
        "many": _("Nhiều lượt"),
        "collection": _("Danh sách (biểu thức)"),
        "item": _("Biến của mỗi lượt"),
        "collected": _("Danh sách gom kết quả"),
        "collected_item": _("Biến được gom"),
        "sequential": _("Lần lượt từng lượt"),
        "again": _("Lặp lại"),
        "loop_condition": _("Lặp khi"),
        "loop_maximum": _("Nhiều nhất (lần)"),
        "loop_before": _("Hỏi trước lượt đầu"),
    }


def _waiting() -> dict[str, str]:
    return {
        "deadline": _("Thời hạn"),
        "deadline_none": _("– không có thời hạn –"),
        "deadline_edit": _("Sửa các thời hạn"),
        "span hours": _("{amount} giờ"),
        "span days": _("{amount} ngày"),
        "span working_days": _("{amount} ngày làm việc"),
        "counted_from": _("tính từ {start}"),
        "if": _("khi {when}"),
        "force_from": _("từ {from}"),
        "force_until": _("từ {from} đến {to}"),
        "moment": _("Mốc thời gian"),
        "moment_kind": _("Cách tính"),
        "moment rule": _("Theo thời hạn"),
        "moment timeDuration": _("Khoảng thời gian"),
        "moment timeDate": _("Thời điểm (biểu thức)"),
        "moment timeCycle": _("Lặp lại"),
        "help timeDuration": _("P2D là 2 ngày, PT24H là 24 giờ."),
        "help timeCycle": _("R3/PT24H là 3 lần cách nhau 24 giờ; R/P1D là mỗi ngày."),
        "message": _("Tin"),
        "correlation": _("Khóa nhận tin (biểu thức)"),
        "correlation_help": _("Để trống nếu tin chỉ do người ghi nhận."),
        "recorded": _("Người ghi nhận tin đến"),
        "recorded_help": _("Cho tin đến bằng giấy, thư điện tử hoặc điện thoại."),
        "signal_name": _("Tên tín hiệu"),
        "event_code": _("Mã"),
        "interrupts": _("Khi xảy ra"),
        "interrupts_help": _("Dừng bước đang làm"),
    }


def _legal() -> dict[str, str]:
    return {
        "legal": _("Căn cứ"),
        "legal_add": _("Thêm căn cứ"),
        "legal_number": _("Căn cứ {number}"),
        "clause": _("Điều khoản"),
        "clause_help": _("Gõ để tìm trong sổ văn bản."),
        "clause_unknown": _("Không có trong sổ văn bản."),
        "clause_in_force": _("đang có hiệu lực"),
        "clause_from": _("có hiệu lực từ {from}"),
        "clause_until": _("có hiệu lực từ {from} đến {to}"),
        "clause_over": _("hết hiệu lực từ sau {to}"),
        "clause_not_in_force": _("không có hiệu lực"),
        "reason": _("Lý do thiết kế"),
        "note": _("Ghi chú"),
        "participation": _("Phối hợp (khoản 2 Điều 5)"),
        "part coordinating": _(
            "Cơ quan làm bước này là cơ quan phối hợp: sau bước này, mọi kết thúc phải đi qua bước gửi văn "
            "bản thông báo kết quả."
        ),
        "part initiating": _(
            "Bước của cơ quan mở vụ việc: riêng bước này chưa buộc phải có văn bản thông báo. Khi có văn bản, "
            "cơ quan ấy cũng nhận."
        ),
        "part leading": _("Bước của cơ quan chủ trì: cơ quan này gửi văn bản thông báo kết quả, không phải nơi nhận."),
        "participation_why": _(
            "Không khai ở đây: quy chế đòi thông báo đến mọi cơ quan tham gia phối hợp, nên ai đã tham gia "
            "được tính từ việc đã làm trong từng vụ việc. Muốn khác thì đổi cơ quan làm, hoặc đổi làn."
        ),
    }


def _flows() -> dict[str, str]:
    return {
        "condition": _("Điều kiện"),
        "condition_place": _("Điều kiện chỉ dùng trên luồng ra khỏi điểm rẽ một nhánh hoặc rẽ nhiều nhánh."),
        "condition_begin": _("Đặt điều kiện"),
        "condition_add": _("Thêm vế"),
        "condition_joint": _("Cần đúng"),
        "condition_all": _("mọi vế"),
        "condition_any": _("ít nhất một vế"),
        "condition_part": _("{what} của vế {number}"),
        "condition_drop": _("Bỏ vế {number}"),
        "condition_too_rich": _("Biểu thức này nhiều hơn những gì bảng chọn thể hiện được; sửa trực tiếp bên dưới."),
        "expression_of": _("{what}, viết thành biểu thức"),
        "expression_good": _("Biểu thức dùng được."),
        "default_flow": _("Luồng mặc định"),
        "default_flow_help": _("Đi khi không điều kiện nào đúng."),
        "field": _("Trường"),
        "comparison": _("So sánh"),
        "value": _("Giá trị"),
        "comparison ==": _("bằng"),
        "comparison !=": _("khác"),
        "comparison <": _("nhỏ hơn"),
        "comparison <=": _("không quá"),
        "comparison >": _("lớn hơn"),
        "comparison >=": _("ít nhất"),
        "comparison has": _("có chọn"),
        "comparison has not": _("không chọn"),
        "comparison defined": _("đã có"),
        "comparison not defined": _("chưa có"),
        "lane": _("Làn"),
        "lane_kind": _("Ai làm việc trong làn"),
        "lane_role": _("Một vai trò"),
        "lane_agency": _("Cơ quan tính theo vụ việc"),
        "role": _("Vai trò"),
        "procedure": _("Quy trình"),
        "process_id": _("Mã quy trình trong sơ đồ"),
        "executable": _("Chạy được"),
    }
