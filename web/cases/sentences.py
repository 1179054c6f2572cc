"""The sentence that tells an event of a case."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engine.queries.history import HistoryRow
from web import formatting, words
from web.cases.facts import Lexicon
from web.language import _

Sentences = Mapping[str, Callable[[], str]]
"""By type of event. Only the one that is asked for is translated: a campaign has thousands of events."""


def sentence_of(row: HistoryRow, lexicon: Lexicon) -> str | None:
    """What happened, in a sentence; None for an event that is none of an officer's business."""
    for sentences in (_step_sentences, _case_sentences, _document_sentences, _recall_sentences):
        if (say := sentences(row, lexicon).get(row.type)) is not None:
            return say()
    return None


def step_of(row: HistoryRow) -> str:
    """The name of the step that the event belongs to."""
    return row.element_name or row.element_id or ""


def _step_sentences(row: HistoryRow, lexicon: Lexicon) -> Sentences:
    """What happened to work, limits and answers."""
    step, told = step_of(row), row.payload
    agency = lexicon.agencies.get(str(told.get("agency_id", "")), "")
    return {
        "WorkItemCreated": lambda: _("Chuyển đến %(agency)s: %(step)s", agency=agency, step=step),
        "WorkItemClaimed": lambda: _("Nhận việc: %(step)s", step=step),
        "WorkItemReleased": lambda: _("Trả việc: %(step)s", step=step),
        "WorkItemAssigned": lambda: _("Giao việc: %(step)s", step=step),
        "WorkItemCompleted": lambda: _("Hoàn thành: %(step)s", step=step),
        "WorkItemCancelled": lambda: _("Không cần làm nữa: %(step)s", step=step),
        "TimerFired": lambda: _("Đến hạn: %(step)s", step=step),
        "MessageRecorded": lambda: _("Ghi nhận văn bản, thông tin đến: %(step)s", step=step),
        "AnswerRecorded": lambda: _("Ghi nhận văn bản trả lời của %(agency)s: %(step)s", agency=agency, step=step),
        "WorkItemCorrected": lambda: _("Đính chính: %(step)s", step=step),
        "StepReturned": lambda: _("Trả lại bước trước, từ: %(step)s", step=step),
        "DeadlineRecomputed": lambda: _("Tính lại thời hạn: %(step)s%(moved)s", step=step, moved=_moved(row)),
        "DeadlineExtended": lambda: _("Gia hạn: %(step)s%(moved)s", step=step, moved=_moved(row)),
        "Reminded": lambda: _("Nhắc hạn %(agency)s: %(step)s", agency=agency, step=step),
        "ReminderMailed": lambda: _("Đã gửi thư nhắc hạn đến %(agency)s", agency=agency),
        "ReminderNotMailed": lambda: _("Không gửi được thư nhắc hạn đến %(agency)s", agency=agency),
        "RespondentReminded": lambda: _("Nhắc hạn lần %(number)s", number=told.get("number", "")),
    }


def _case_sentences(row: HistoryRow, lexicon: Lexicon) -> Sentences:
    """What happened to the case as a whole."""
    step, told = step_of(row), row.payload
    other = told.get("other_code", "")
    return {
        "CaseStarted": lambda: _("Mở vụ việc"),
        "ReceivedAtSet": lambda: _("Ghi nhận thời điểm tiếp nhận"),
        "IncidentOpened": lambda: _("Bước tự động gặp trục trặc: %(step)s", step=step),
        "IncidentResolved": lambda: _("Đã khắc phục trục trặc: %(step)s", step=step),
        "RegimeChosen": lambda: _("Áp dụng pháp luật của ngày %(day)s", day=formatting.day(told.get("law_on"))),
        "CaseMigrated": lambda: _migrated(row),
        "CaseSuspended": lambda: _("Tạm dừng vụ việc"),
        "CaseResumed": lambda: _("Cho vụ việc tiếp tục"),
        "CaseWithdrawn": lambda: _("Rút vụ việc"),
        "CaseCancelled": lambda: _("Hủy vụ việc"),
        "CaseLinked": lambda: _linked(row, forward=True),
        "CaseLinkReceived": lambda: _linked(row, forward=False),
        "CaseEnded": lambda: _("Kết thúc vụ việc: %(outcome)s", outcome=lexicon.outcome),
        "CaseMerged": lambda: _("Gộp vào vụ việc %(code)s", code=other),
        "MergeRefused": lambda: _("Vụ việc %(code)s không nhận gộp", code=other),
        "CaseTakenIn": lambda: _("Nhận vụ việc %(code)s gộp vào", code=other),
        "ContentDeleted": lambda: _(
            "Xóa nội dung theo quyết định %(decision)s ngày %(day)s",
            decision=told.get("decision", ""),
            day=formatting.day(told.get("decided_on")),
        ),
    }


def _document_sentences(row: HistoryRow, lexicon: Lexicon) -> Sentences:
    """What happened to papers on their way out and in."""
    told = row.payload
    name, symbol = told.get("recipient_name", ""), told.get("symbol", "")
    return {
        "DocumentIssued": lambda: _("Ban hành văn bản %(symbol)s", symbol=symbol),
        "DocumentArrived": lambda: _("Vào sổ văn bản đến số %(number)s", number=told.get("number", "")),
        "ArrivalLinked": lambda: _(
            "Gắn văn bản đến %(symbol)s của %(author)s",
            symbol=symbol,
            author=told.get("author", ""),
        ),
        "DocumentApproved": lambda: _("Duyệt văn bản"),
        "DocumentDispatched": lambda: _("Gửi văn bản đến nơi nhận"),
        "DocumentMailed": lambda: _("Máy chủ thư đã nhận văn bản gửi %(name)s", name=name),
        "DispatchAnswered": lambda: _(
            "%(name)s trả lời qua trục liên thông: %(status)s",
            name=name,
            status=words.progress(told.get("status", "")),
        ),
        "DocumentHandedOver": lambda: _("Giao văn bản gửi %(name)s cho trục liên thông", name=name),
        "DispatchFailed": lambda: _("Không gửi được văn bản đến %(name)s", name=name),
        "DocumentCarried": lambda: _("Đã chuyển bản giấy đến %(name)s", name=name),
        "PaperSignedFor": lambda: _(
            "%(name)s ký nhận bản giấy: %(person)s",
            name=name,
            person=told.get("signed_by", ""),
        ),
        "DocumentSentBack": lambda: _(
            "%(name)s trả lại văn bản: %(reason)s",
            name=name,
            reason=told.get("reason", ""),
        ),
        "ReceiptEntered": lambda: _(
            "%(name)s xác nhận đã nhận văn bản: %(person)s, %(how)s",
            name=name,
            person=told.get("confirmed_by", ""),
            how=told.get("how", ""),
        ),
        "ReceiptReminded": lambda: _("Nhắc %(name)s xác nhận đã nhận văn bản", name=name),
        "ReceiptReminderNotMailed": lambda: _("Không gửi được thư nhắc %(name)s xác nhận", name=name),
        "ReceiptMissing": lambda: _(
            "%(name)s quá %(days)s ngày làm việc chưa xác nhận; văn thư cần hỏi lại",
            name=name,
            days=told.get("working_days", ""),
        ),
        "DispatchDropped": lambda: _(
            "Không gửi lại văn bản đến %(name)s: %(reason)s", name=name, reason=told.get("reason", "")
        ),
        "DispatchResent": lambda: _("Gửi lại văn bản đến %(name)s", name=name),
        "DocumentReceived": lambda: _("Nơi nhận xác nhận đã nhận văn bản"),
        "DocumentSigned": lambda: _("Nhận tệp đã ký của văn bản %(symbol)s", symbol=symbol),
        "DocumentSignedOnPaper": lambda: _("Văn bản %(symbol)s đã ký trên giấy", symbol=symbol),
        "DocumentVoided": lambda: _("Hủy số văn bản %(symbol)s", symbol=symbol),
        "DocumentRedrafted": lambda: _("Soạn lại văn bản bị hủy số %(symbol)s", symbol=symbol),
        "DispatchCancelled": lambda: _("Không gửi văn bản %(symbol)s vì số đã hủy", symbol=symbol),
    }


def _recall_sentences(row: HistoryRow, lexicon: Lexicon) -> Sentences:
    """What happened to a document that is taken back or replaced."""
    told = row.payload
    symbol, name = told.get("symbol", ""), told.get("recipient_name") or told.get("name", "")
    reason, reply = told.get("reason", ""), told.get("reply", "")

    def answer() -> str:
        return words.recall_answer("agreed" if told.get("agree") else "refused") + (f" ({reply})" if reply else "")

    return {
        "RecallProposed": lambda: _(
            "Đề nghị thu hồi, thay thế văn bản %(symbol)s: %(reason)s", symbol=symbol, reason=reason
        ),
        "RecallDeclined": lambda: _(
            "Không duyệt thu hồi văn bản %(symbol)s: %(reason)s", symbol=symbol, reason=told.get("answer", "")
        ),
        "DocumentRecalled": lambda: _("Thu hồi văn bản %(symbol)s: %(reason)s", symbol=symbol, reason=reason),
        "DocumentReplaced": lambda: _(
            "Thay thế văn bản %(symbol)s bằng %(other)s: %(reason)s",
            symbol=symbol,
            other=told.get("replacement", ""),
            reason=reason,
        ),
        "RecallAsked": lambda: _("Đã báo %(name)s việc thu hồi văn bản %(symbol)s", name=name, symbol=symbol),
        "RecallFailed": lambda: _("Không báo được %(name)s việc thu hồi văn bản %(symbol)s", name=name, symbol=symbol),
        "RecallReminded": lambda: _("Nhắc %(name)s trả lời việc thu hồi văn bản %(symbol)s", name=name, symbol=symbol),
        "RecallReminderNotMailed": lambda: _("Không gửi được thư nhắc %(name)s trả lời việc thu hồi", name=name),
        "RecallUnanswered": lambda: _(
            "%(name)s quá %(days)s ngày làm việc chưa trả lời việc thu hồi; văn thư cần hỏi lại",
            name=name,
            days=told.get("working_days", ""),
        ),
        "RecallAnswered": lambda: _("%(name)s trả lời về việc thu hồi: %(answer)s", name=name, answer=answer()),
        "ArrivalRecallAsked": lambda: _(
            "%(name)s yêu cầu lấy lại văn bản đến %(symbol)s: %(reason)s", name=name, symbol=symbol, reason=reason
        ),
        "ArrivalRecallAnswered": lambda: _(
            "Trả lời yêu cầu lấy lại văn bản đến %(symbol)s: %(answer)s", symbol=symbol, answer=answer()
        ),
    }


def _moved(row: HistoryRow) -> str:
    """From which moment to which a limit was moved; other events use these words for other things."""
    before, after = row.payload.get("before"), row.payload.get("after")
    if not isinstance(before, str) or not isinstance(after, str):
        return ""
    return f" ({formatting.moment(before)} → {formatting.moment(after)})"


def _migrated(row: HistoryRow) -> str:
    before, after = row.payload.get("numbers") or ("", "")
    return _("Chuyển từ phiên bản %(before)s sang phiên bản %(after)s của quy trình", before=before, after=after)


def _linked(row: HistoryRow, *, forward: bool) -> str:
    words_of_kind = words.link(str(row.payload.get("kind", "")), forward)
    return _("Liên kết: %(kind)s %(code)s", kind=words_of_kind, code=row.payload.get("other_code", ""))
