"""The parts that packages and status messages share: organisations, officers, and references to documents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from workflows.agencies.organ_codes import NotAnOrganCode, OrganCode
from workflows.documents.edxml import errors, xml
from workflows.documents.edxml.model import DAY, DocumentRef, Organ, Staff

_SHOWN = 100


def organ_code(text: str) -> OrganCode:
    """A code that stands in a message. Raises `WrongOrganCode`."""
    try:
        return OrganCode.parse(text)
    except NotAnOrganCode as error:
        raise errors.WrongOrganCode(value=str(error)) from error


def put_organ(parent: Any, name: str, organ: Organ) -> None:
    """Write an organisation."""
    values = {
        "OrganId": str(organ.code),
        "OrganizationInCharge": organ.in_charge,
        "OrganName": organ.name,
        "OrganAdd": organ.address,
        "Email": organ.email,
        "Telephone": organ.telephone,
        "Fax": organ.fax,
        "Website": organ.website,
    }
    xml.put_group(parent, name, values)


def read_organ(element: Any) -> Organ:
    """Read what `put_organ` wrote."""
    return Organ(
        code=organ_code(xml.text_at(element, "OrganId")),
        name=xml.text_at(element, "OrganName"),
        in_charge=xml.text_at(element, "OrganizationInCharge"),
        address=xml.text_at(element, "OrganAdd"),
        email=xml.text_at(element, "Email"),
        telephone=xml.text_at(element, "Telephone"),
        fax=xml.text_at(element, "Fax"),
        website=xml.text_at(element, "Website"),
    )


def put_staff(parent: Any, staff: Staff | None) -> None:
    """Write the officer to turn to, if there is one."""
    if staff:
        values = {"Department": staff.department, "Staff": staff.name, "Email": staff.email, "Mobile": staff.mobile}
        xml.put_group(parent, "StaffInfo", values)


def read_staff(element: Any) -> Staff | None:
    """Read what `put_staff` wrote below `element`."""
    at = "StaffInfo/"
    staff = Staff(*(xml.text_at(element, at + name) for name in ("Staff", "Department", "Email", "Mobile")))
    return None if staff == Staff("") else staff


def put_reference(parent: Any, document: DocumentRef) -> None:
    """Write which document is answered."""
    values = {
        "OrganId": str(document.organ),
        "Code": document.symbol,
        "PromulgationDate": document.on.strftime(DAY),
        "DocumentId": str(document),
    }
    xml.put_group(parent, "ResponseFor", values)


def read_reference(element: Any) -> DocumentRef:
    """Read what `put_reference` wrote.

    Raises:
        IdentifiersDiffer: the id names another document than the values beside it.
    """
    found = read_id(xml.text_at(element, "DocumentId"))
    beside = DocumentRef(
        organ_code(xml.text_at(element, "OrganId")),
        xml.day_at(element, "PromulgationDate"),
        xml.text_at(element, "Code"),
    )
    same(found, beside)
    return found


def read_id(text: str) -> DocumentRef:
    """Read `OrganId,yyyy/MM/dd,symbol`.

    Raises:
        WrongValue: no such parts, or no such day. WrongOrganCode: no code in front.
    """
    organ, _, rest = text.partition(",")
    day, _, symbol = rest.partition(",")
    return DocumentRef(organ_code(organ), _day(day.strip()), symbol.strip())


def same(found: DocumentRef, beside: DocumentRef) -> None:
    """Raises `IdentifiersDiffer` unless both name one document."""
    if found != beside:
        raise errors.IdentifiersDiffer(id=str(found)[:_SHOWN], beside=str(beside)[:_SHOWN])


def _day(text: str) -> date:
    try:
        return datetime.strptime(text, DAY).date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise errors.WrongValue(field="DocumentId", line=0) from error
