"""Fixed vocabularies of the agency directory, and the plain values that its queries answer with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from engine.services import Stream

CONFIG_STREAM = Stream("config", "agencies")

PROVINCE = "province"
OFFICE = "office"
DEPARTMENT = "department"
SECTOR = "sector"
DISTRICT = "district"
COMMUNE = "commune"
PARTY = "party"
PRESS = "press"
CENTRAL = "central"
ORGANISATION = "organisation"
KINDS = (PROVINCE, OFFICE, DEPARTMENT, SECTOR, DISTRICT, COMMUNE, PARTY, PRESS, CENTRAL, ORGANISATION)

SUCCESSION_KINDS = ("merge", "split", "rename", "abolish")
BY_SYSTEM, BY_EMAIL, BY_EDXML, BY_PAPER = "system", "email", "edxml", "paper"
ON_PAPER, ELECTRONICALLY = "paper", "electronic"
CONFIDENCES = ("V", "V2", "R", "U")


@dataclass(frozen=True)
class IssuerFacts:
    """What the head of a document and its signature need to know of the issuing agency, on one day.

    Args:
        agency_id: stable id of the agency.
        name: full name of that day.
        superior_name: the directly superior body; None where none is printed (people's committees).
        abbreviation: the agency's part of document symbols, for example `VPUBND` in `12/TB-VPUBND`.
        place: place name before the date.
        head_title: title of the head, for the signature.
        collective: whether the head signs on behalf of a collective body (`TM.`; NĐ 30/2020/NĐ-CP, Article 13).
        founded_on: the day from which another body stands under this id; None where it is the first one.
        contact: address, telephone and e-mail at the foot of page 1; empty where none is printed.
    """

    agency_id: str
    name: str
    superior_name: str | None
    abbreviation: str
    place: str
    head_title: str
    collective: bool
    founded_on: date | None = None
    contact: str = ""


@dataclass(frozen=True)
class Route:
    """How documents reach an agency on a day.

    Args:
        channel: system, email, edxml or paper.
        email: its mailbox; empty where it has none.
        organ_code: its code in the exchange network, highest level first; empty where it has none.
    """

    channel: str = BY_SYSTEM
    email: str = ""
    organ_code: str = ""


@dataclass(frozen=True)
class Holder:
    """A person who can sign in, with one duty of a day."""

    user_name: str
    person_id: str
    name: str
    agency_id: str
    agency_name: str
    duty: str


@dataclass(frozen=True)
class DutyFacts:
    """One duty that a person holds on a day."""

    agency_id: str
    agency_name: str
    duty: str
    position: str


@dataclass(frozen=True)
class Successor:
    """Where the work of a body went; `agency_id` is None where it went to several bodies, case by case."""

    agency_id: str | None
    kind: str
    function: str
    legal_basis: str
    confidence: str
