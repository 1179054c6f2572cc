"""What a package says: the data of its header, and its files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from workflows.agencies.organ_codes import OrganCode
from workflows.documents.edxml import errors

NEW, RECALL, UPDATE, REPLACE = "new", "recall", "update", "replace"
DAY = "%Y/%m/%d"


@dataclass(frozen=True)
class Organ:
    """A sender or receiver, as it calls itself. `in_charge`: the body above it."""

    code: OrganCode
    name: str
    in_charge: str = ""
    address: str = ""
    email: str = ""
    telephone: str = ""
    fax: str = ""
    website: str = ""


@dataclass(frozen=True)
class DocumentRef:
    """A document wherever it lies: who issued it, when, and its number and symbol ("05/TB-SNgV")."""

    organ: OrganCode
    on: date
    symbol: str

    def __str__(self) -> str:
        """`OrganId,yyyy/MM/dd,symbol`."""
        return f"{self.organ},{self.on.strftime(DAY)},{self.symbol}"


@dataclass(frozen=True)
class Kind:
    """The type of document. `group`: a name of `document_types` in codes.yaml."""

    name: str
    group: str = "administrative"
    detail: str = ""


@dataclass(frozen=True)
class Signer:
    """Who signed. `competence`: the lines of authority, for example "KT. CHỦ TỊCH"."""

    name: str
    position: str = ""
    competence: str = ""


@dataclass(frozen=True)
class Staff:
    """The officer to turn to."""

    name: str
    department: str = ""
    email: str = ""
    mobile: str = ""


@dataclass(frozen=True)
class Trace:
    """A station that the package passed. `at` is UTC, to the second."""

    organ: OrganCode
    at: datetime


@dataclass(frozen=True)
class Replaced:
    """A document that this one replaces, and at whom."""

    document: DocumentRef
    organs: tuple[OrganCode, ...] = ()


@dataclass(frozen=True)
class Receiver:
    """A receiver whom an update concerns. `type` is carried as it came: its values are not known for certain."""

    organ: OrganCode
    type: str = ""


@dataclass(frozen=True)
class Change:
    """What an update changes: the data of the document, its receivers, or both."""

    data: bool = False
    receivers: bool = False
    concerned: tuple[Receiver, ...] = ()


@dataclass(frozen=True)
class Business:
    """Why the package comes. `type`: new, recall, update or replace; `paper`: whether paper follows."""

    type: str = NEW
    reason: str = ""
    paper: bool = False
    staff: Staff | None = None
    change: Change | None = None
    replaced: tuple[Replaced, ...] = ()

    def check(self) -> None:
        """Raises `IncompleteBusiness`: a change of what was sent gives its reason, a replacement what it replaces."""
        if self.type != NEW and not self.reason:
            raise errors.IncompleteBusiness(field="BussinessDocReason")
        if self.type == REPLACE and not self.replaced:
            raise errors.IncompleteBusiness(field="ReplacementInfoList")
        if self.type == UPDATE and not self.change:
            raise errors.IncompleteBusiness(field="BussinessDocumentInfo")


@dataclass(frozen=True)
class Other:
    """Particulars. `urgency`: a name of `priorities` in codes.yaml; None for the numbers that nobody gave."""

    urgency: str = "none"
    sphere: str = ""
    typist: str = ""
    copies: int | None = None
    pages: int | None = None
    direction: str = ""
    appendixes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Message:
    """The header of a package.

    Args:
        id: the document itself.
        place: place of issue.
        content: summary, optional.
        due: until when an answer is asked for, optional.
        to_places: lines of "Nơi nhận".
        steering: SteeringType, carried as it came.
        answers: documents that this one answers.
        traces: stations so far, the sender first.
    """

    sender: Organ
    receivers: tuple[Organ, ...]
    id: DocumentRef
    place: str
    kind: Kind
    subject: str
    signer: Signer
    content: str = ""
    due: date | None = None
    to_places: tuple[str, ...] = ()
    other: Other = Other()
    steering: str = ""
    answers: tuple[DocumentRef, ...] = ()
    traces: tuple[Trace, ...] = ()
    business: Business = Business()


@dataclass(frozen=True)
class File:
    """A file that goes with the document."""

    name: str
    media_type: str
    content: bytes
    description: str = ""


@dataclass(frozen=True)
class Package:
    """A message with its files. `signed`: it carries a signature, which nobody has verified."""

    message: Message
    files: tuple[File, ...]
    signed: bool = False

    def check(self) -> None:
        """Raises `IncompleteBusiness`, or `NoFiles` where something else than a recall has none."""
        self.message.business.check()
        if not self.files and self.message.business.type != RECALL:
            raise errors.NoFiles()


@dataclass(frozen=True)
class Status:
    """What a receiver tells the sender. `status`: a name of `statuses` in codes.yaml; `at` is UTC, to the second."""

    sender: Organ
    document: DocumentRef
    status: str
    at: datetime
    description: str = ""
    staff: Staff | None = None
