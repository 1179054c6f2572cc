"""The services that diagrams name (`documents.*`, `results.participants`) and the outbox consumer behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.clock import local_date, to_text
from engine.errors import DefinitionError, IncidentError
from engine.services import ROLE, Blobs, Consumer, Directory, Errand, Service, ServiceCall
from workflows.agencies.certificates import signs_electronically
from workflows.documents.approval import Desk, Revision, current_model
from workflows.documents.arrivals import number_in_case
from workflows.documents.compose import Issuers, Recipient, compose
from workflows.documents.dispatch import edxml, mail, receipt_letters, resending
from workflows.documents.dispatch.channels import Routes, within_the_program
from workflows.documents.dispatch.dispatcher import TOPIC, Dispatcher
from workflows.documents.dispatch.exchange import Exchange
from workflows.documents.dispatch.outcome import RECALL
from workflows.documents.dispatch.smtp import MailServer
from workflows.documents.errors import TemplateFailed
from workflows.documents.incoming import Arrival, enter
from workflows.documents.issued import render_to_sign
from workflows.documents.layout import Renderer
from workflows.documents.model import EnclosedFile
from workflows.documents.recall import letters
from workflows.documents.recall.telling import Teller
from workflows.documents.receiving import Change
from workflows.documents.registers import Clerk
from workflows.documents.tables import VOIDED, Document, RegisterEntry
from workflows.documents.templates import fill, read_template
from workflows.documents.text import write_blocks


class BadInput(IncidentError):
    """The diagram does not give a service what it needs (`name`)."""

    code = "document.bad_input"


@dataclass(frozen=True)
class DocumentServices:
    """Official documents for the engine, built once by the composition root.

    Args:
        issuers: facts about issuing agencies.
        directory: names and roles of agencies.
        renderer: makes the pages.
        blobs: keeps the issued PDFs.
        routes: looks up how documents reach an agency.
        mail_server: takes e-mail over; None where there is none.
        exchange: takes edXML over; None where there is none.
    """

    issuers: Issuers
    directory: Directory
    renderer: Renderer
    blobs: Blobs
    routes: Routes = within_the_program
    mail_server: MailServer | None = None
    exchange: Exchange | None = None

    def services(self) -> dict[str, Service]:
        """What diagrams may call, by name."""
        return {
            "documents.draft": self.draft,
            "documents.revise": self.revise,
            "documents.approve": self.approve,
            "documents.issue": self.issue,
            "documents.void": self.void,
            "documents.redraft": self.redraft,
            "documents.enter": self.enter,
            "results.participants": participants,
        }

    def consumers(self) -> dict[str, Consumer]:
        """What the outbox brings, by topic."""
        dispatcher = Dispatcher(self.renderer, self.blobs, self.routes)
        return {TOPIC: dispatcher, resending.TOPIC: dispatcher.again, RECALL: Teller(self.blobs, self.routes)}

    def errands(self) -> dict[str, Errand]:
        """What the outbox has done outside, by topic."""
        return {
            mail.TOPIC: mail.MailErrand(self.mail_server, self.blobs),
            edxml.TOPIC: edxml.ExchangeErrand(self.exchange, self.blobs),
            letters.TOPIC: letters.RecallLetters(self.mail_server),
            letters.REMINDER: letters.RecallReminders(self.mail_server),
            receipt_letters.TOPIC: receipt_letters.ReceiptLetters(self.mail_server),
        }

    def draft(self, call: ServiceCall) -> Mapping[str, Any]:
        """A draft from a template of the procedure.

        Inputs: `template` (path of the notice), `issuer` and `recipients` (agency ids, or `role:<ROLE>`),
        `variables` (data for the template; `case` with code, title and received_at is added).
        Result: `document_id`, `subject`, `body`, `urgency`, `recipients` (agency ids), `countersigned` (whether its
        type bears the secretary's name).
        """
        on, file = local_date(call.now), _text(call, "template")
        recipients = self._recipients(call, on)
        filled = fill(file, _template(call, file), _values(call), self._names(call.session, on), call.case.law_on)
        model = compose(
            filled, self.issuers(call.session, self._agency(call.session, _text(call, "issuer"), on), on), recipients
        )
        document = self._desk(call).draft(call.case.id, model, recipients)
        ids = [recipient.agency_id for recipient in recipients]
        call.record("DocumentDrafted", _facts(document) | {"recipients": ids, "hash": model.content_hash()})
        return {
            "document_id": document.id,
            "subject": model.subject,
            "body": write_blocks(model.body),
            "urgency": model.urgency,
            "recipients": ids,
            "countersigned": model.kind.countersigned,
        }

    def revise(self, call: ServiceCall) -> Mapping[str, Any]:
        """The officer's text, receivers and signer.

        Inputs: `document_id`, `subject`, `body`; optional `urgency`, `signer`, `enclosures` (rows with `title`),
        `secretary` (of minutes), `files` (attachments of a form), `keep_files` (whether those that it has stay; they
        do), `added` and `waived` (rows with `agency` and `reason`). Result: `revision`, `files` (their names).
        """
        text = Revision(
            subject=_text(call, "subject"),
            body=_text(call, "body"),
            urgency=str(call.inputs.get("urgency") or ""),
            signer_id=str(call.inputs.get("signer") or ""),
            enclosures=tuple(str(row["title"]) for row in call.inputs.get("enclosures") or ()),
            secretary=str(call.inputs.get("secretary") or ""),
            files=tuple(_enclosed(row) for row in call.inputs.get("files") or ()),
            keep_files=call.inputs.get("keep_files") is not False,
            added=self._changes(call, "added"),
            waived=self._changes(call, "waived"),
        )
        document = self._desk(call).revise(_text(call, "document_id"), text)
        chosen = {"urgency": text.urgency, "signer_id": document.signer_id, "enclosures": list(text.enclosures)}
        changed = {"added": [asdict(one) for one in text.added], "waived": [asdict(one) for one in text.waived]}
        model = current_model(call.session, document)
        bound = {"hash": model.content_hash(), "files": [asdict(one) for one in model.files]}
        call.record("DocumentRevised", _facts(document) | bound | chosen | changed)
        return {"revision": document.revision, "files": [one.name for one in model.files]}

    def _changes(self, call: ServiceCall, name: str) -> tuple[Change, ...]:
        names, rows = self._names(call.session, local_date(call.now)), call.inputs.get(name) or ()
        return tuple(Change(row["agency"], names(row["agency"]), str(row["reason"])) for row in rows)

    def approve(self, call: ServiceCall) -> Mapping[str, Any]:
        """Approval of exactly this text by a head. Input: `document_id`.

        Result: `approved_hash`, `approved_by`, `approved_at`.
        """
        document = self._desk(call).approve(_text(call, "document_id"))
        result = {"approved_hash": document.approved_hash, "approved_by": document.approved_by}
        result |= {"approved_at": to_text(call.now)}
        call.record("DocumentApproved", _facts(document) | result)
        return result

    def issue(self, call: ServiceCall) -> Mapping[str, Any]:
        """Number and date by a clerk, then dispatch. Input: `document_id`.

        Result: `number`, `symbol`, `issued_on`, `awaits_signature`.
        Where the body signs electronically, the file is kept as it is now and dispatch waits for its signature.
        """
        document = self._desk(call).issue(_text(call, "document_id"))
        issued_on = document.issued_on.isoformat() if document.issued_on else ""
        result = {"number": document.number, "symbol": document.symbol, "issued_on": issued_on}
        facts = _facts(document) | result | {"register_id": document.register_id}
        document.awaits_signature = signs_electronically(call.session, document.issuer_agency_id, local_date(call.now))
        if document.awaits_signature:
            document.pdf_sha256 = self.blobs.put(render_to_sign(call.session, self.renderer, document))
            call.record("DocumentIssued", facts | {"awaits_signature": True, "pdf_sha256": document.pdf_sha256})
        else:
            call.record("DocumentIssued", facts)
            call.send(TOPIC, {"document_id": document.id})
        return result | {"awaits_signature": document.awaits_signature}

    def void(self, call: ServiceCall) -> Mapping[str, Any]:
        """A number that does not go out: it was not signed. Inputs: `document_id`, `reason`. Result: nothing."""
        clerk = Clerk(call.session, call.now, call.actor)
        _, facts = clerk.strike(_text(call, "document_id"), _text(call, "reason"))
        call.record("DocumentVoided", facts)
        return {}

    def redraft(self, call: ServiceCall) -> Mapping[str, Any]:
        """Where the number was voided, its text as a new draft; nothing where it stands. Input: `document_id`.

        Result: `document_id` of the document to go on with, `reason` of the voiding, empty where there was none.
        """
        document = call.session.get_one(Document, _text(call, "document_id"))
        if document.status != VOIDED:
            return {"document_id": document.id, "reason": ""}
        entry = call.session.scalars(select(RegisterEntry).where(RegisterEntry.document_id == document.id)).one()
        draft = self._desk(call).redraft(document)
        call.record("DocumentRedrafted", _facts(draft) | {"from": document.id, "symbol": entry.symbol})
        return {"document_id": draft.id, "reason": f"{entry.symbol}: {entry.note}"}

    def enter(self, call: ServiceCall) -> Mapping[str, Any]:
        """A paper in the incoming register of the acting clerk's agency (NĐ 30/2020, Điều 22).

        A paper that opened the case has its number already and keeps it. Inputs: `author`, `symbol`, `issued_on` (ISO
        day), `subject`. Result: `number`, `arrived_on`.
        """
        arrival = Arrival(
            author=_text(call, "author"),
            symbol=_text(call, "symbol"),
            issued_on=_day(call, "issued_on"),
            type="",
            subject=_text(call, "subject"),
        )
        agency_id = call.actor.agency_id
        entry = number_in_case(call.session, agency_id, call.case.id, arrival.symbol, arrival.issued_on)
        if entry is None:
            facts = self.issuers(call.session, agency_id, local_date(call.now))
            entry = enter(Clerk(call.session, call.now, call.actor), arrival, facts.founded_on)
        result = {"number": entry.number, "arrived_on": entry.arrived_on.isoformat()}
        call.record("DocumentArrived", result | {"register_id": entry.register_id, "symbol": entry.symbol})
        return result

    def _desk(self, call: ServiceCall) -> Desk:
        return Desk(call.session, call.now, call.actor, self.issuers, self.renderer)

    def _names(self, session: Session, on: date) -> Any:
        return lambda agency_id: self.directory.agency_name(session, agency_id, on)

    def _recipients(self, call: ServiceCall, on: date) -> list[Recipient]:
        """Each agency once, in the order given; a role stands for the agency bound to it on that day."""
        given = call.inputs.get("recipients")
        if not isinstance(given, Sequence) or isinstance(given, str):
            raise BadInput(name="recipients", element=call.element_id)
        names = self._names(call.session, on)
        ids = dict.fromkeys(self._agency(call.session, str(one), on) for one in given)
        return [Recipient(agency_id, names(agency_id)) for agency_id in ids]

    def _agency(self, session: Session, given: str, on: date) -> str:
        if given.startswith(ROLE):
            return self.directory.binding(session, given.removeprefix(ROLE), on).agency_id
        return given


def participants(call: ServiceCall) -> Mapping[str, Any]:
    """Who must be told the result (Article 5.2): all that completed work in the case, except the lead.

    Work that still lies before an agency is completed before the case can end, often after the notice was drafted:
    who has such work takes part too.

    Input: `lead` (optional; the case's lead agency by default). Result: `participants`, in order of first work;
    `work_ended_at`, the moment from which telling them is counted, however often the notice is returned.
    """
    lead = call.inputs.get("lead") or call.case.lead_agency
    told = dict.fromkeys(one for one in (*call.worked(), *call.working()) if one != lead)
    return {"participants": list(told), "work_ended_at": to_text(call.now)}


def _template(call: ServiceCall, file: str) -> Any:
    try:
        return read_template(file, call.files(file))
    except KeyError as error:
        raise TemplateFailed(template=file, reason="missing") from error
    except DefinitionError as error:
        raise TemplateFailed(template=file, reason=str(error)) from error


def _values(call: ServiceCall) -> dict[str, Any]:
    given = call.inputs.get("variables") or {}
    if not isinstance(given, Mapping):
        raise BadInput(name="variables", element=call.element_id)
    case = {"code": call.case.code, "title": call.case.title, "received_at": to_text(call.case.received_at)}
    own = given.get("case")
    return {**given, "case": {**case, **(own if isinstance(own, Mapping) else {})}}


def _text(call: ServiceCall, name: str) -> str:
    value = call.inputs.get(name)
    if not isinstance(value, str):
        raise BadInput(name=name, element=call.element_id)
    return value


def _day(call: ServiceCall, name: str) -> date:
    try:
        return date.fromisoformat(_text(call, name))
    except ValueError as error:
        raise BadInput(name=name, element=call.element_id) from error


def _enclosed(row: Mapping[str, Any]) -> EnclosedFile:
    return EnclosedFile(str(row["filename"]), str(row["sha256"]), int(row["size"]))


def _facts(document: Document) -> dict[str, Any]:
    return {
        "document_id": document.id,
        "type": document.type,
        "subject": document.subject,
        "revision": document.revision,
    }
