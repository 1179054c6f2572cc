"""Acts on a whole case: let it stand and go on, withdraw, cancel, link."""

from __future__ import annotations

from collections.abc import Callable

from engine.commands import CancelCase, LinkCases, ResumeCase, SuspendCase, WithdrawCase
from engine.errors import NotFound, Rejected
from engine.queries import cases
from engine.queries.acts import CANCEL, LINK, RESUME, SUSPEND, WITHDRAW
from engine.queries.cases import CaseRow
from web.acts import own
from web.acts.page import Act, Sent
from web.current import actor, reading
from web.language import _

PATHS = {"tam-dung": SUSPEND, "tiep-tuc": RESUME, "rut": WITHDRAW, "huy": CANCEL, "lien-ket": LINK}


class UnknownAct(NotFound):
    """There is no such act."""

    code = "not_found"


class OtherNotFound(Rejected):
    """The case to link with does not exist for this person."""

    code = "case.other_not_found"


def act_of(path: str, case: CaseRow) -> Act:
    """The act of that path on a case.

    Raises:
        UnknownAct: see there.
    """
    if path not in PATHS:
        raise UnknownAct()
    return _ACTS[PATHS[path]](case)


def _suspend(case: CaseRow) -> Act:
    return Act(
        title=_("Tạm dừng vụ việc"),
        intro=_(
            "Trong khi tạm dừng không ai hoàn thành được bước nào. Thời hạn vẫn tính tiếp theo quy định; "
            "mốc nào đến trong lúc tạm dừng sẽ được thực hiện và ghi lại khi vụ việc tiếp tục."
        ),
        button=_("Tạm dừng"),
        done=_("Đã tạm dừng vụ việc."),
        case=case,
        own=own.reason(),
        command=lambda sent: SuspendCase(case.id, sent.own[own.REASON]),
    )


def _resume(case: CaseRow) -> Act:
    return Act(
        title=_("Cho vụ việc tiếp tục"),
        intro=_("Các bước mở lại như trước khi tạm dừng. Mốc thời gian đã qua được thực hiện ngay và ghi lại."),
        button=_("Tiếp tục"),
        done=_("Vụ việc đã tiếp tục."),
        case=case,
        own=own.reason(),
        command=lambda sent: ResumeCase(case.id, sent.own[own.REASON]),
    )


def _withdraw(case: CaseRow) -> Act:
    return Act(
        title=_("Rút vụ việc"),
        intro=_(
            "Chỉ rút được khi chưa cơ quan nào khác tham gia. Mọi việc đang mở sẽ đóng lại; "
            "những gì đã ghi vẫn được lưu."
        ),
        button=_("Rút vụ việc"),
        done=_("Đã rút vụ việc."),
        case=case,
        own=own.reason(),
        command=lambda sent: WithdrawCase(case.id, sent.own[own.REASON]),
    )


def _cancel(case: CaseRow) -> Act:
    return Act(
        title=_("Hủy vụ việc"),
        intro=_(
            "Mọi việc đang mở sẽ đóng lại; những gì đã ghi vẫn được lưu. Cơ quan đã tham gia phải được thông báo "
            "bằng văn bản trước khi hủy (Điều 5.2)."
        ),
        button=_("Hủy vụ việc"),
        done=_("Đã hủy vụ việc."),
        case=case,
        own=own.cancelling(),
        command=lambda sent: CancelCase(case.id, sent.own[own.REASON], sent.own.get(own.NOTICE) or ""),
    )


def _link(case: CaseRow) -> Act:
    return Act(
        title=_("Liên kết với vụ việc khác"),
        intro=_(
            "Liên kết được ghi vào diễn biến của cả hai vụ việc. "
            "Cơ quan không tham gia vụ việc kia không xem được nội dung của nó."
        ),
        button=_("Liên kết"),
        done=_("Đã liên kết hai vụ việc."),
        case=case,
        own=own.linking(),
        command=lambda sent: LinkCases(case.id, _other(sent), sent.own[own.KIND], sent.own[own.REASON]),
    )


def _other(sent: Sent) -> str:
    code = str(sent.own[own.OTHER])
    with reading() as session:
        try:
            return cases.visible(session, actor(), code).id
        except NotFound:
            raise OtherNotFound(code=code[:32]) from None


_ACTS: dict[str, Callable[[CaseRow], Act]] = {
    SUSPEND: _suspend,
    RESUME: _resume,
    WITHDRAW: _withdraw,
    CANCEL: _cancel,
    LINK: _link,
}
