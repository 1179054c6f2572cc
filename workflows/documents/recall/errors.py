"""What can go wrong with a recall; the sentences lie in `web/messages/parts/recall.*.toml`."""

from __future__ import annotations

from engine.errors import Conflict, IncidentError, NotAllowed, NotFound, Rejected


class RecallNotFound(NotFound):
    """No such recall or request, or one of other agencies."""

    code = "recall.not_found"


class MayNotRecall(NotAllowed):
    """The person holds no duty in the issuing agency (`agency`) that lets them take documents back."""

    code = "recall.may_not"


class NotRecallable(Conflict):
    """The document was not sent yet, where its number is voided instead; or it was voided, taken back or replaced."""

    code = "recall.not_recallable"


class AlreadyProposed(Conflict):
    """A recall of the document waits for the head's decision."""

    code = "recall.already_proposed"


class AlreadyDecided(Conflict):
    """The head has decided on the recall otherwise."""

    code = "recall.already_decided"


class BadReplacement(Rejected):
    """What is to stand in its place is no issued document of the same agency and type (Điều 18)."""

    code = "recall.bad_replacement"


class NotAsked(Conflict):
    """Nobody has been told of the request yet, so nobody can have answered."""

    code = "recall.not_asked"


class AlreadyAnswered(Conflict):
    """The agency has given the other answer before."""

    code = "recall.already_answered"


class GivenBack(Conflict):
    """The agency has given the document back: it is no longer shown there (Điều 18)."""

    code = "recall.given_back"


class TakenBack(IncidentError):
    """The document was taken back or replaced before it left."""

    code = "recall.taken_back"
