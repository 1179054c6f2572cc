"""From a filled template and the facts of the day to a document model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from sqlalchemy.orm import Session

from workflows.documents.errors import MandateRequired
from workflows.documents.kinds import KINDS
from workflows.documents.model import Authority, DocumentModel, Issuer, Signing
from workflows.documents.templates import NoticeTemplate
from workflows.documents.text import read_blocks, tidy_body, tidy_subject

ARCHIVE = "VT"
SAME_AS_ABOVE = "Như trên"


class IssuerFacts(Protocol):
    """What the head and the signature of a document need to know of its issuer, on one day."""

    @property
    def agency_id(self) -> str:
        """Stable id."""

    @property
    def name(self) -> str:
        """Full name of that day."""

    @property
    def superior_name(self) -> str | None:
        """The body directly above, where one is printed."""

    @property
    def abbreviation(self) -> str:
        """The agency's part of symbols."""

    @property
    def place(self) -> str:
        """Place before the date."""

    @property
    def head_title(self) -> str:
        """Title of the head."""

    @property
    def collective(self) -> bool:
        """Whether the head signs on behalf of a collective body."""

    @property
    def founded_on(self) -> date | None:
        """The day from which another body stands under this id; None where it is the first one."""

    @property
    def contact(self) -> str:
        """What stands at the foot of page 1; empty where nothing does."""


class Mandate(Protocol):
    """An order or special mandate of a body's head."""

    @property
    def form(self) -> str:
        """TL. or TUQ."""

    @property
    def unit_head(self) -> str:
        """Title of the unit's head for whom its deputy signs; empty where the holder signs as such."""


class Issuers(Protocol):
    """Looks up the issuing agency as of a day; raises an `IncidentError` where it issues nothing on that day."""

    def __call__(self, session: Session, agency_id: str, on: date) -> IssuerFacts:
        """The facts of that day."""


@dataclass(frozen=True)
class Recipient:
    """An agency that a document is for, with its name of that day."""

    agency_id: str
    name: str


def compose(text: NoticeTemplate, facts: IssuerFacts, recipients: Sequence[Recipient]) -> DocumentModel:
    """The first draft.

    Args:
        text: the template, filled.
        facts: the issuer on the day of drafting.
        recipients: agencies in the order of printing; where the paper goes outside the system too, those outside come
            first, and of a letter they are the addressees and the agencies get copies.

    Raises:
        EmptyText, TextTooLong: the template came out empty or too long.
    """
    kind, names = KINDS[text.type], tuple(recipient.name for recipient in recipients)
    outside = tuple(tidy_subject(one) for one in text.outside)
    return DocumentModel(
        type=kind.code,
        issuer=Issuer(
            facts.agency_id, facts.superior_name or "", facts.name, facts.abbreviation, facts.place, text.unit
        ),
        subject=tidy_subject(text.subject),
        body=read_blocks(tidy_body("\n\n".join(text.body))),
        signing=unsigned(facts),
        addressees=(outside or names) if kind.addressed else (),
        decider=text.decider or (_decider(facts) if kind.decision else ""),
        legal=tuple(tidy_subject(line) for line in text.legal),
        recipients=_printed(outside, names) if kind.addressed else (*outside, *names),
        archive=f"{ARCHIVE}, {text.unit}" if text.unit else ARCHIVE,
        urgency=text.urgency,
        circulation=tidy_subject(text.circulation) if text.circulation else "",
        contact=facts.contact,
    )


def receivers(model: DocumentModel, names: Sequence[str]) -> list[str]:
    """Whoever the paper goes to, each once, those outside the system first: what the register of outgoing papers names.

    Args:
        names: the agencies to which the system brings it.
    """
    printed = [line for line in (*model.addressees, *model.recipients) if line != SAME_AS_ABOVE]
    return list(dict.fromkeys([*printed, *names]))


def _printed(outside: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Lines of "Nơi nhận" of a paper with addressees."""
    copies = [name for name in names if name not in outside] if outside else []
    return (SAME_AS_ABOVE, *copies)


def unsigned(facts: IssuerFacts) -> Signing:
    """The signature block for the agency's head, before anybody approved."""
    return Signing(title=facts.head_title, authority=_collective(facts))


def readdressed(model: DocumentModel, before: Sequence[str], after: Sequence[str]) -> DocumentModel:
    """The same document for other agencies.

    Args:
        before: names of the agencies that it was for.
        after: names of those that it is for now.
    """
    if list(before) == list(after):
        return model
    if model.addressees and set(model.addressees) <= set(before):
        return replace(model, addressees=tuple(after))
    kept = tuple(line for line in model.recipients if line not in before)
    return replace(model, recipients=(*kept, *after))


def signing_for(name: str, position: str, facts: IssuerFacts, mandate: Mandate | None = None) -> Signing:
    """The signature block of a signer (NĐ 30/2020, Điều 13).

    The head signs under the own title, for a collective body with "TM."; a deputy signs "KT." the head, an acting head
    "Q."; anybody else needs the head's order (TL.) or special mandate (TUQ.). Who has no post on record signs
    under the head's title: the duty was checked before.

    Args:
        position: title of the post, empty where none is on record.
        mandate: what the head has given, if anything.

    Raises:
        MandateRequired: the post alone does not allow to sign, and there is no mandate.
    """
    title, head = position or facts.head_title, facts.head_title
    if title.casefold() == head.casefold():
        return Signing(head, name, _collective(facts))
    if title.casefold() == f"quyền {head}".casefold():
        return Signing(head, name, _collective(facts), acting=True)
    if title.casefold().startswith(f"phó {head}".casefold()):
        return Signing(f"Phó {head}", name, (*_collective(facts), Authority("KT.", head)))
    if mandate is None:
        raise MandateRequired(title=title)
    passed = (Authority("KT.", mandate.unit_head),) if mandate.unit_head else ()
    return Signing(title, name, (Authority(mandate.form, head), *passed))


def _collective(facts: IssuerFacts) -> tuple[Authority, ...]:
    """The line "TM. ỦY BAN NHÂN DÂN": the body's kind without its territory, as the decree's samples print it."""
    if not facts.collective:
        return ()
    body = facts.name
    for territory in (" tỉnh ", " xã ", " phường ", " huyện ", " thị xã ", " thành phố "):
        body = body.split(territory)[0]
    return (Authority("TM.", body),)


def _decider(facts: IssuerFacts) -> str:
    return facts.name if facts.collective else f"{facts.head_title} {facts.name}"
