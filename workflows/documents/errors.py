"""What can go wrong with a document; the sentences lie in `web/messages/parts/documents.*.toml`."""

from __future__ import annotations

from engine.errors import Conflict, IncidentError, NotAllowed, NotFound, Rejected


class DocumentNotFound(NotFound):
    """No such document, or one that the person may not see."""

    code = "document.not_found"


class DispatchNotFound(NotFound):
    """No such dispatch, or one to another agency."""

    code = "document.dispatch_not_found"


class MailNotSetUp(IncidentError):
    """No mail server is set."""

    code = "document.mail_not_set_up"


class MailRefused(IncidentError):
    """The mail server will never take the message (`reply`)."""

    code = "document.mail_refused"


class MailNotTaken(IncidentError):
    """The mail server did not take the message this time (`reply`)."""

    code = "document.mail_not_taken"


class ExchangeNotSetUp(IncidentError):
    """No agent of the exchange network is set."""

    code = "document.exchange_not_set_up"


class ExchangeRefused(IncidentError):
    """The agent of the exchange network will never take the message (`reply`)."""

    code = "document.exchange_refused"


class ExchangeNotTaken(IncidentError):
    """The agent of the exchange network did not take the message this time (`reply`)."""

    code = "document.exchange_not_taken"


class NoOrganCode(IncidentError):
    """An agency (`reply`) has no code in the exchange network."""

    code = "document.no_organ_code"


class PackageUnwritable(IncidentError):
    """The document does not fit into an edXML package (`reply`)."""

    code = "document.package_unwritable"


class NumberVoided(IncidentError):
    """The number was voided before the message left."""

    code = "document.number_voided"


class NotDraft(Conflict):
    """The document is no longer a draft."""

    code = "document.not_draft"


class NotApproved(Conflict):
    """A number was asked for a document that nobody approved."""

    code = "document.not_approved"


class ApprovedChanged(Conflict):
    """The text differs from what was approved."""

    code = "document.approved_changed"


class AlreadyIssued(Conflict):
    """The document has its number; nothing may change any more."""

    code = "document.already_issued"


class NoRecipients(Rejected):
    """A document that is for nobody."""

    code = "document.no_recipients"


class HeadRequired(NotAllowed):
    """Only a head of the issuing agency approves."""

    code = "document.head_required"


class ClerkRequired(NotAllowed):
    """Only a clerk of the issuing agency gives the number."""

    code = "document.clerk_required"


class IssuerRequired(NotAllowed):
    """Only the issuing agency changes its draft."""

    code = "document.issuer_required"


class NotCarried(Conflict):
    """This paper does not wait to be carried, or nobody has carried it yet."""

    code = "document.not_carried"


class SentBack(Conflict):
    """The agency has sent this document back; only its sender can send it again."""

    code = "document.sent_back"


class AlreadyReceived(Conflict):
    """The receipt was confirmed: it cannot be sent back any more."""

    code = "document.already_received"


class NotResendable(Conflict):
    """It is on its way or has arrived; nobody gets two copies."""

    code = "document.not_resendable"


class BadReceiptDay(Rejected):
    """The day on which somebody signed for a paper is missing, before it was carried, or to come."""

    code = "document.bad_receipt_day"


class RecipientRequired(NotAllowed):
    """Only a clerk or specialist of the receiving agency confirms the receipt."""

    code = "document.recipient_required"


class EmptyText(Rejected):
    """The subject or the body is empty (`part`)."""

    code = "document.empty"


class TextTooLong(Rejected):
    """The subject or the body is too long (`part`, `limit`)."""

    code = "document.too_long"


class ControlCharacter(Rejected):
    """The text contains an invisible control character (`part`, `character`)."""

    code = "document.control_character"


class Unprintable(Rejected):
    """The text contains characters that the font of official documents lacks (`characters`)."""

    code = "document.unprintable"


class RegisterClosed(Conflict):
    """The agency's register takes no more numbers."""

    code = "document.register_closed"


class MandateRequired(NotAllowed):
    """A post (`title`) that does not sign without the head's order or special mandate."""

    code = "document.mandate_required"


class NotASigner(Rejected):
    """The person chosen may not sign for the issuing agency."""

    code = "document.not_a_signer"


class OtherSigner(Conflict):
    """The draft was made for another signer (`name`)."""

    code = "document.other_signer"


class NotARecipient(Rejected):
    """An agency (`agency`) to be left out is none that the document is for."""

    code = "document.not_a_recipient"


class NotUnderWay(Conflict):
    """A receipt can be entered only for what has left and was neither lost, sent back nor taken back."""

    code = "document.not_under_way"


class UnknownUrgency(Rejected):
    """A degree of urgency that does not exist."""

    code = "document.unknown_urgency"


class MandateNotAllowed(NotAllowed):
    """Only the head of a body, or who signs for the head by post, gives orders and mandates to sign."""

    code = "mandate.not_allowed"


class BadMandate(Rejected):
    """A mandate without basis, scope or a holder, or one that ends before it begins."""

    code = "mandate.bad"


class MandateUnlimited(Rejected):
    """A special mandate (TUQ.) is limited in time."""

    code = "mandate.unlimited"


class SubDelegation(Rejected):
    """A special mandate (TUQ.) is not passed on."""

    code = "mandate.sub_delegation"


class MandateNotFound(NotFound):
    """No such mandate in the actor's agency."""

    code = "mandate.not_found"


class NotIssued(Conflict):
    """Only a number that was given and still holds can be voided."""

    code = "document.not_issued"


class ReasonRequired(Rejected):
    """A reason or name is missing or too long (`limit`)."""

    code = "document.reason_required"


class PlanNotAllowed(NotAllowed):
    """Only head or clerk of a body record how it groups its documents into series."""

    code = "register.plan_not_allowed"


class UnknownSeries(Rejected):
    """A type of document or a series that does not exist."""

    code = "register.unknown_series"


class SeriesInUse(Conflict):
    """The grouping of a year (`year`) cannot change any more."""

    code = "register.series_in_use"


class RegisterNotFound(NotFound):
    """No such register or line, or one of another agency."""

    code = "register.not_found"


class ArrivalSettled(Conflict):
    """The arrival (`number`) belongs to a case already, or was settled."""

    code = "register.arrival_settled"


class NotAScan(Rejected):
    """The file `name` is neither PDF nor picture."""

    code = "register.not_a_scan"


class NotReturnable(Conflict):
    """Arrival `number` did not come over the exchange network, or officers took it up already."""

    code = "register.not_returnable"


class BadArrival(Rejected):
    """An entry by hand lacks author, subject or a day that can be read, or was not checked."""

    code = "register.bad_arrival"


class LastNumberTooLow(Rejected):
    """The number told is lower than what the store holds (`last_number`)."""

    code = "register.last_number_too_low"


class LastNumberTooHigh(Rejected):
    """The number told is too far above what the store holds (`last_number`)."""

    code = "register.last_number_too_high"


class NothingToConfirm(Conflict):
    """The store was not restored, or this register has been confirmed."""

    code = "register.nothing_to_confirm"


class ConfirmNotAllowed(NotAllowed):
    """Only the body's clerk or an administrator confirms a register."""

    code = "register.confirm_not_allowed"


class StoreReadOnly(Conflict):
    """The store was restored from a backup; its registers must be confirmed before anything is written."""

    code = "store.read_only"


class TemplateFailed(IncidentError):
    """A template of the procedure has no value for the case's data (`template`, `reason`)."""

    code = "document.template_failed"


class RenderingFailed(IncidentError):
    """The page could not be made (`document_id`, `reason`)."""

    code = "document.rendering_failed"
