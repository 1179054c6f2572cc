"""What happened in a case, told in sentences: a line for each act, with what it set going beneath it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from engine.queries.cases import CaseView, HistoryRow
from web import formatting, words
from web.cases.facts import Lexicon, facts
from web.language import _
from workflows.agencies.queries import tells

# Told on the page of the case, left out of the short history beside a task.
PASSING = frozenset({"WorkItemCreated", "WorkItemClaimed", "WorkItemReleased", "WorkItemAssigned", "WorkItemCancelled"})
# What an act sets going in its own transaction is told beneath it.
CAUSES = frozenset(
    "CaseStarted WorkItemCompleted AnswerRecorded MessageRecorded StepReturned TimerFired CaseCancelled "
    "CaseWithdrawn".split()
)
CONSEQUENCES = frozenset({"WorkItemCreated", "WorkItemCancelled", "DocumentApproved"})


@dataclass(frozen=True)
class Line:
    """One line of the history; milestones are those worth telling in short.

    `moves` tell what it set going, `events` the moment and the text of each event that has no line of its own.
    """

    at: datetime | str
    text: str
    actor: str
    milestone: bool = True
    facts: tuple[tuple[str, str], ...] = ()
    moves: tuple[str, ...] = ()
    events: tuple[tuple[datetime | str, str], ...] = ()


@dataclass(eq=False)
class _Act:
    """An event with those that are told together with it: the claim before it, the consequences behind it."""

    row: HistoryRow
    claim: HistoryRow | None = None
    consequences: list[HistoryRow] = field(default_factory=list)


def tell(view: CaseView, lexicon: Lexicon) -> list[Line]:
    """The lines, oldest first; events of the machinery are left to the audit pages.

    What a clock does day by day, with nothing between, is told once: with the last of its days.
    """
    lines: list[Line] = []
    for act in _acts(view.history):
        line = _line(act, lexicon)
        if line is None:
            continue
        if act.row.type == "TimerFired" and lines and _again(lines[-1], line):
            before = lines.pop()
            line = replace(line, events=(*before.events, (before.at, before.text), *line.events))
        lines.append(line)
    return lines


def _again(before: Line, line: Line) -> bool:
    return (before.text, before.actor, before.moves) == (line.text, "", ())


def tell_alone(row: HistoryRow, lexicon: Lexicon) -> Line | None:
    """One event by itself; None for those of the machinery."""
    return _line(_Act(row), lexicon)


def _acts(history: Sequence[HistoryRow]) -> list[_Act]:
    acts: list[_Act] = []
    latest: dict[str, _Act] = {}
    cause: _Act | None = None
    for row in history:
        if row.type in CONSEQUENCES and cause is not None and cause.row.at == row.at:
            cause.consequences.append(row)
            continue
        act, item = _Act(row), str(row.payload.get("work_item_id", ""))
        claim = latest.get(item)
        if row.type == "WorkItemCompleted" and claim is not None and _claimed_by_same(claim.row, row):
            acts.remove(claim)
            act.claim = claim.row
        acts.append(act)
        latest[item] = act
        cause = act if row.type in CAUSES else cause
    return acts


def _claimed_by_same(before: HistoryRow, row: HistoryRow) -> bool:
    same = (before.actor_name, before.actor_agency) == (row.actor_name, row.actor_agency)
    return before.type == "WorkItemClaimed" and same


def _line(act: _Act, lexicon: Lexicon) -> Line | None:
    row, text = act.row, _text(act.row, lexicon)
    if text is None:
        return None
    folded = [*([act.claim] if act.claim else []), *act.consequences]
    return Line(
        at=row.at,
        text=text,
        actor=_who(row, lexicon),
        milestone=row.type not in PASSING,
        facts=facts(row, lexicon),
        moves=_moves(act.consequences, lexicon),
        events=tuple((one.at, _text(one, lexicon) or "") for one in folded),
    )


def _moves(rows: Sequence[HistoryRow], lexicon: Lexicon) -> tuple[str, ...]:
    """One text for each step, whatever the number of agencies it goes to."""
    steps: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        agency = lexicon.agencies.get(str(row.payload.get("agency_id", "")), "")
        steps.setdefault((row.type, _step(row)), []).append(agency)
    return tuple(_move(type_, step, agencies) for (type_, step), agencies in steps.items())


def _move(type_: str, step: str, agencies: Sequence[str]) -> str:
    if type_ == "WorkItemCreated":
        return _("chuyển đến %(agency)s: %(step)s", agency="; ".join(dict.fromkeys(agencies)), step=step)
    if type_ == "WorkItemCancelled":
        return _("không cần làm nữa: %(step)s", step=step)
    return _("văn bản được duyệt")


def _who(row: HistoryRow, lexicon: Lexicon) -> str:
    """Name and agency of a person; names of posts tell the agency themselves, the program has no name."""
    if row.by_program:
        return ""
    told = tells(row.actor_name, row.actor_agency, lexicon.short_names)
    return row.actor_name if told else f"{row.actor_name}, {row.actor_agency}"


def _step(row: HistoryRow) -> str:
    return row.element_name or row.element_id or ""


def _moved(row: HistoryRow) -> str:
    """From which moment to which a limit was moved; other events use these words for other things."""
    before, after = row.payload.get("before"), row.payload.get("after")
    if not isinstance(before, str) or not isinstance(after, str):
        return ""
    return f" ({formatting.moment(before)} → {formatting.moment(after)})"


def _text(row: HistoryRow, lexicon: Lexicon) -> str | None:
    step = _step(row)
    agency = lexicon.agencies.get(str(row.payload.get("agency_id", "")), "")
    told = row.payload
    name, symbol, other = told.get("recipient_name", ""), told.get("symbol", ""), told.get("other_code", "")
    sentences: dict[str, Callable[[], str]] = {
        "CaseStarted": lambda: _("Mở vụ việc"),
        "WorkItemCreated": lambda: _("Chuyển đến %(agency)s: %(step)s", agency=agency, step=step),
        "WorkItemClaimed": lambda: _("Nhận việc: %(step)s", step=step),
        "WorkItemReleased": lambda: _("Trả việc: %(step)s", step=step),
        "WorkItemAssigned": lambda: _("Giao việc: %(step)s", step=step),
        "WorkItemCompleted": lambda: _("Hoàn thành: %(step)s", step=step),
        "WorkItemCancelled": lambda: _("Không cần làm nữa: %(step)s", step=step),
        "TimerFired": lambda: _("Đến hạn: %(step)s", step=step),
        "ReceivedAtSet": lambda: _("Ghi nhận thời điểm tiếp nhận"),
        "IncidentOpened": lambda: _("Bước tự động gặp trục trặc: %(step)s", step=step),
        "IncidentResolved": lambda: _("Đã khắc phục trục trặc: %(step)s", step=step),
        "MessageRecorded": lambda: _("Ghi nhận văn bản, thông tin đến: %(step)s", step=step),
        "AnswerRecorded": lambda: _("Ghi nhận văn bản trả lời của %(agency)s: %(step)s", agency=agency, step=step),
        "WorkItemCorrected": lambda: _("Đính chính: %(step)s", step=step),
        "StepReturned": lambda: _("Trả lại bước trước, từ: %(step)s", step=step),
        "RegimeChosen": lambda: _("Áp dụng pháp luật của ngày %(day)s", day=formatting.day(told.get("law_on"))),
        "DeadlineRecomputed": lambda: _("Tính lại thời hạn: %(step)s%(moved)s", step=step, moved=_moved(row)),
        "DeadlineExtended": lambda: _("Gia hạn: %(step)s%(moved)s", step=step, moved=_moved(row)),
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
        "Reminded": lambda: _("Nhắc hạn %(agency)s: %(step)s", agency=agency, step=step),
        "ReminderMailed": lambda: _("Đã gửi thư nhắc hạn đến %(agency)s", agency=agency),
        "ReminderNotMailed": lambda: _("Không gửi được thư nhắc hạn đến %(agency)s", agency=agency),
        "RespondentReminded": lambda: _("Nhắc hạn lần %(number)s", number=told.get("number", "")),
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
        "ReceiptReminded": lambda: _("Nhắc %(name)s xác nhận đã nhận văn bản", name=name),
        "ReceiptReminderNotMailed": lambda: _("Không gửi được thư nhắc %(name)s xác nhận", name=name),
        "ReceiptMissing": lambda: _(
            "%(name)s quá 3 ngày làm việc chưa xác nhận; văn thư cần hỏi lại",
            name=name,
        ),
        "DispatchResent": lambda: _("Gửi lại văn bản đến %(name)s", name=name),
        "DocumentReceived": lambda: _("Nơi nhận xác nhận đã nhận văn bản"),
        "DocumentSigned": lambda: _("Nhận tệp đã ký của văn bản %(symbol)s", symbol=symbol),
        "DocumentSignedOnPaper": lambda: _("Văn bản %(symbol)s đã ký trên giấy", symbol=symbol),
        "DocumentVoided": lambda: _("Hủy số văn bản %(symbol)s", symbol=symbol),
        "DocumentRedrafted": lambda: _("Soạn lại văn bản bị hủy số %(symbol)s", symbol=symbol),
        "DispatchCancelled": lambda: _("Không gửi văn bản %(symbol)s vì số đã hủy", symbol=symbol),
        "ContentDeleted": lambda: _(
            "Xóa nội dung theo quyết định %(decision)s ngày %(day)s",
            decision=told.get("decision", ""),
            day=formatting.day(told.get("decided_on")),
        ),
    }
    say = sentences.get(row.type)  # only the one is translated: a campaign has thousands of events
    return say() if say else _recalled(row)


def _recalled(row: HistoryRow) -> str | None:
    """The sentence of an event about a document that is taken back or replaced."""
    told = row.payload
    symbol, name = told.get("symbol", ""), told.get("recipient_name") or told.get("name", "")
    reason, reply = told.get("reason", ""), told.get("reply", "")

    def answer() -> str:
        return words.recall_answer("agreed" if told.get("agree") else "refused") + (f" ({reply})" if reply else "")

    sentences: dict[str, Callable[[], str]] = {
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
        "RecallAnswered": lambda: _("%(name)s trả lời về việc thu hồi: %(answer)s", name=name, answer=answer()),
        "ArrivalRecallAsked": lambda: _(
            "%(name)s yêu cầu lấy lại văn bản đến %(symbol)s: %(reason)s", name=name, symbol=symbol, reason=reason
        ),
        "ArrivalRecallAnswered": lambda: _(
            "Trả lời yêu cầu lấy lại văn bản đến %(symbol)s: %(answer)s", symbol=symbol, answer=answer()
        ),
    }
    say = sentences.get(row.type)
    return say() if say else None


def _migrated(row: HistoryRow) -> str:
    before, after = row.payload.get("numbers") or ("", "")
    return _("Chuyển từ phiên bản %(before)s sang phiên bản %(after)s của quy trình", before=before, after=after)


def _linked(row: HistoryRow, *, forward: bool) -> str:
    words_of_kind = words.link(str(row.payload.get("kind", "")), forward)
    return _("Liên kết: %(kind)s %(code)s", kind=words_of_kind, code=row.payload.get("other_code", ""))
