"""The dossier of a case on paper: all that its replay shows, told from its log, with what proves it.

A long case is printed in volumes, as a paper file would be: each is a dossier of some of the events.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.errors import DefinitionError
from engine.procedures import drawing
from engine.procedures.bundle import DIAGRAM
from engine.procedures.versions import Versions
from engine.proof import notary
from engine.proof.notes import short_code
from engine.proof.tables import LogEntry
from engine.queries.history import HistoryRow
from engine.queries.timeline import Timeline, standing_at, stretch
from engine.replay.standing import Standing
from engine.replay.verdict import AGREES
from engine.services import Stream
from engine.tables import EventStream
from web import formatting, words
from web.cases.facts import FILLED_IN, Lexicon
from web.cases.reading import lexicon_of
from web.language import _
from web.replay.scene import Told, Who, filled_form, told
from workflows.documents.layout import Renderer

PRINTED_FONT = "Tinos"
VOLUME = 1_000
"""Events of one volume: what can be printed while somebody waits."""
FORMS = FILLED_IN | {"WorkItemCorrected"}
"""Events that are told with the form on which they were entered."""
IN_SHORT = FORMS | {"ServiceCompleted"}
"""Events told by their title in the timeline: what services read and write are whole texts of documents."""
Table = list[list[str]]


@dataclass(frozen=True)
class Volume:
    """One of `count` volumes, with its first and last event."""

    number: int
    count: int
    first: int
    last: int


def volumes(length: int) -> list[Volume]:
    """The volumes in which a case of that many events is printed."""
    count = -(-length // VOLUME)
    return [Volume(n + 1, count, n * VOLUME + 1, min((n + 1) * VOLUME, length)) for n in range(count)]


def dossier(
    session: Session,
    versions: Versions,
    renderer: Renderer,
    whole: Timeline,
    printed_at: str,
    volume: Volume | None = None,
) -> bytes:
    """The dossier as PDF.

    Args:
        printed_at: when and by whom it is printed, for the head of each page.
        volume: only these events; all of them in one where None.

    Raises:
        CannotRender: it could not be made.
    """
    part = volume or Volume(1, 1, 1, whole.length)
    rows = stretch(session, versions, whole, part.first, part.last)
    lexicon = lexicon_of(session, whole, rows)
    at = standing_at(session, versions, whole, part.last, start=part.first)
    lines = [told(row, lexicon, at.closed.get(row.seq)) for row in rows]
    content = {
        "title": _title(part),
        "code": whole.case.code,
        "author": lexicon.agencies.get(whole.case.lead_agency, ""),
        "subject": whole.case.title,
        "printed": printed_at,
        "facts": _facts(whole, lexicon, at, part),
        "proof": _proof(session, whole),
        "checking": _(
            "Để kiểm chứng: xuất lịch sử của vụ việc rồi chạy python3 verify.py với tệp đã xuất; đối chiếu mã ngắn với "
            "điểm kiểm tra mà cơ quan thứ hai đang giữ."
        ),
        "heads": _heads(),
        "columns": _columns(),
        "diagrams": _diagrams(whole, at, lexicon, part),
        "timeline": [_line(one) for one in lines],
        "deadlines": [*_closed(lines, at, lexicon), *_still_open(at, lexicon)],
        "documents": _documents(rows, lexicon),
        "attachments": [[str(seq), f.name, _size(f.size), f.sha256] for seq, f in _attachments(lines)],
        "forms": list(_forms(rows, lines, lexicon)),
    }
    return renderer.dossier(json.dumps(content, ensure_ascii=False))


def _title(part: Volume) -> str:
    title = _("Hồ sơ diễn biến vụ việc")
    if part.count == 1:
        return title
    return _("%(title)s – Tập %(number)s trên %(count)s", title=title, number=part.number, count=part.count)


def _heads() -> dict[str, str]:
    return {
        "proof": _("Chứng cứ toàn vẹn"),
        "timeline": _("Dòng sự kiện"),
        "deadlines": _("Thời hạn"),
        "documents": _("Văn bản"),
        "attachments": _("Tệp đính kèm"),
        "forms": _("Biểu mẫu đã điền"),
    }


def _columns() -> dict[str, list[str]]:
    return {
        "timeline": [_("Số"), _("Lúc"), _("Sự kiện"), _("Ai"), _("Từ đâu"), _("Thời hạn")],
        "deadlines": [_("Bước"), _("Cơ quan"), _("Hạn"), _("Xong lúc"), _("Kết quả")],
        "documents": [_("Số, ký hiệu"), _("Ngày"), _("Trích yếu"), _("Nơi nhận"), _("Mã băm SHA-256 của tệp PDF")],
        "attachments": [_("Sự kiện"), _("Tên tệp"), _("Cỡ"), _("Mã băm SHA-256")],
    }


def _facts(whole: Timeline, lexicon: Lexicon, at: Standing, part: Volume) -> Table:
    case, numbers = whole.case, {"first": part.first, "last": part.last, "count": whole.length}
    found = [
        (_("Tập này"), _("sự kiện %(first)s đến %(last)s trên %(count)s", **numbers) if part.count > 1 else ""),
        (_("Quy trình"), formatting.in_language(case.procedure_title, "vi")),
        (_("Phiên bản quy trình"), whole.version.hash),
        (_("Cơ quan mở vụ việc"), lexicon.agencies.get(case.initiator_agency, case.initiator_agency)),
        (_("Cơ quan chủ trì"), lexicon.agencies.get(case.lead_agency, case.lead_agency)),
        (_("Tiếp nhận"), formatting.moment(case.received_at)),
        (_("Trạng thái"), words.state(case.state)),
        (_("Kết quả"), formatting.in_language(case.outcome_title, "vi")),
        (_("Kết thúc"), formatting.moment(case.ended_at)),
        (_("Chạy lại"), _rerun(at, part)),
    ]
    return [[label, text] for label, text in found if text]


def _rerun(at: Standing, part: Volume) -> str:
    """What running the log again said, as far as the events of the volume."""
    if at.verdict.answer == AGREES and at.since:
        return _(
            "khớp với nhật ký từ sau sự kiện %(since)s đến hết sự kiện %(last)s; phần trước khi lập điểm dừng ở đó",
            since=at.since,
            last=part.last,
        )
    if at.verdict.answer == AGREES:
        return _("khớp với nhật ký, %(count)s sự kiện", count=part.last)
    if at.verdict.difference:
        return _("KHÔNG khớp với nhật ký từ sự kiện %(seq)s", seq=at.verdict.difference.seq)
    return _("không so sánh được đến hết nhật ký")


def _proof(session: Session, whole: Timeline) -> Table:
    head = session.get_one(EventStream, {"kind": "case", "id": whole.row.id})
    signed = notary.latest(session)
    position = session.scalar(select(LogEntry.position).where(LogEntry.event_hash == head.last_hash))
    found = [
        [_("Chuỗi sự kiện"), Stream("case", whole.row.id).id],
        [_("Số sự kiện"), str(head.length)],
        [_("Mã băm của sự kiện cuối"), head.last_hash],
    ]
    if signed is None or position is None or position >= signed.size:
        return [*found, [_("Điểm kiểm tra"), _("chưa có điểm kiểm tra nào bao trùm sự kiện cuối")]]
    at = formatting.moment(signed.signed_at)
    return [
        *found,
        [_("Vị trí trong nhật ký chung"), str(position)],
        [_("Điểm kiểm tra"), _("%(count)s sự kiện, ký lúc %(at)s", count=signed.size, at=at)],
        [_("Mã ngắn"), short_code(signed.size, signed.root)],
    ]


def _diagrams(whole: Timeline, at: Standing, lexicon: Lexicon, part: Volume) -> list[dict[str, str]]:
    """The diagram as the server draws it, in the font of the paper; none for a file that cannot be drawn."""
    bundle = (at.version or whole.version).bundle
    try:
        svg = drawing.svg(bundle.files[DIAGRAM], states=at.states)
    except DefinitionError:
        return []
    names = "; ".join(lexicon.steps.get(one.element_id, one.element_id) for one in at.opened)
    open_steps = _("Đang chờ: %(steps)s", steps=names) if names else _("Không bước nào đang mở.")
    drawn = svg.replace(f'font-family="{drawing.FONT}"', f'font-family="{PRINTED_FONT}"')
    title = _("Sơ đồ sau sự kiện cuối") if part.last == whole.length else _("Sơ đồ sau sự kiện %(seq)s", seq=part.last)
    return [{"title": title, "told": open_steps, "svg": drawn}]


def _line(one: Told) -> list[str]:
    term = ""
    if one.term:
        result = _("đúng hạn") if one.term.met else _("quá hạn")
        term = f"{result} ({_('hạn %(due)s', due=formatting.moment(one.term.due_at))})"
    return [str(one.row.seq), formatting.moment(one.row.at), _what(one), _who(one.who), one.who.channel, term]


def _what(one: Told) -> str:
    """What happened, and what its event says."""
    facts = () if one.row.type in IN_SHORT else one.facts
    return "\n".join([one.title, *(f"{label}: {text}" for label, text in facts)])


def _who(who: Who) -> str:
    duties = f" ({who.duties})" if who.duties else ""
    return ", ".join(part for part in (f"{who.name}{duties}", who.agency) if part)


def _closed(lines: Sequence[Told], at: Standing, lexicon: Lexicon) -> Iterator[list[str]]:
    for one in lines:
        if one.term and one.row.type in FILLED_IN:
            agency = lexicon.agencies.get(at.closed[one.row.seq].agency_id, "")
            result = _("đúng hạn") if one.term.met else _("quá hạn")
            due, done = formatting.moment(one.term.due_at), formatting.moment(one.row.at)
            yield [one.row.element_name, agency, due, done, result]


def _still_open(at: Standing, lexicon: Lexicon) -> Iterator[list[str]]:
    for one in at.opened:
        if one.due_at and one.agency_id:
            name = lexicon.steps.get(one.element_id, one.element_id)
            due = formatting.moment(one.due_at)
            yield [name, lexicon.agencies.get(one.agency_id, ""), due, "", _("đang mở")]


def _documents(rows: Sequence[HistoryRow], lexicon: Lexicon) -> Table:
    """Documents that were issued, sent or received in the case, each once."""
    known: dict[str, dict[str, str]] = {}
    for row in rows:
        told = row.payload
        id_ = str(told.get("document_id") or (told.get("register_id") and row.hash) or "")
        if not id_ or row.type not in ("DocumentIssued", "DocumentDispatched", "DocumentArrived", "ArrivalLinked"):
            continue
        receivers = "; ".join(lexicon.agencies.get(str(one), str(one)) for one in told.get("recipients") or ())
        said = {
            "symbol": str(told.get("symbol") or ""),
            "day": formatting.day(told.get("issued_on") or told.get("arrived_on")),
            "subject": str(told.get("subject") or told.get("author") or ""),
            "receivers": receivers or (_("văn bản đến") if row.type != "DocumentIssued" else ""),
            "sha256": str(told.get("pdf_sha256") or ""),
        }
        known.setdefault(id_, {}).update({name: text for name, text in said.items() if text})
    return [
        [one.get(name, "") for name in ("symbol", "day", "subject", "receivers", "sha256")] for one in known.values()
    ]


def _attachments(lines: Sequence[Told]) -> Iterator[tuple[int, Any]]:
    for one in lines:
        yield from ((one.row.seq, file) for file in one.files if file.id)


def _size(number: int | None) -> str:
    return formatting.size(number) if number is not None else ""


def _forms(rows: Sequence[HistoryRow], lines: Sequence[Told], lexicon: Lexicon) -> Iterator[Mapping[str, Any]]:
    """Each form that was filled in or corrected, with who and when."""
    for row, one in zip(rows, lines, strict=True):
        form = lexicon.form_of(row)
        if form is None or row.type not in FORMS:
            continue
        if row.type in FILLED_IN:
            shown = [[line.label, line.value] for line in filled_form(form, row, lexicon) if line.value]
        else:
            shown = [list(pair) for pair in one.facts]
        yield {
            "title": f"{row.seq}. {one.title}",
            "told": f"{formatting.moment(row.at)} · {_who(one.who)}",
            "rows": shown,
            "files": [[file.name, file.sha256, _size(file.size)] for file in one.files],
        }
