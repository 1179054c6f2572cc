"""What can go wrong with a document; the sentences lie in `web/messages/parts/documents.*.toml`."""

from __future__ import annotations

from engine.errors import Conflict, IncidentError, NotAllowed, NotFound, Rejected


class DocumentNotFound(NotFound):
    """No such document, or one that the person may not see."""

    code = "document.not_found"


class DispatchNotFound(NotFound):
    """No such dispatch, or one to another agency."""

    code = "document.dispatch_not_found"


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


class TemplateFailed(IncidentError):
    """A template of the procedure has no value for the case's data (`template`, `reason`)."""

    code = "document.template_failed"


class RenderingFailed(IncidentError):
    """The page could not be made (`document_id`, `reason`)."""

    code = "document.rendering_failed"
