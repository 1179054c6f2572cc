"""Writes and reads status messages: what the receiver of a document tells its sender."""

from __future__ import annotations

from workflows.documents.edxml import errors, xml
from workflows.documents.edxml.codes import codes, names
from workflows.documents.edxml.model import Status
from workflows.documents.edxml.refs import put_organ, put_reference, put_staff, read_organ, read_reference, read_staff


def write_status(status: Status) -> bytes:
    """The message as bytes.

    Raises:
        UnknownStatus: none of `statuses` in codes.yaml. PackageRefused: a value that does not fit.
    """
    if status.status not in codes("statuses"):
        raise errors.UnknownStatus(value=status.status)
    root = xml.start("edXML")
    element = xml.put(xml.put(xml.put(root, "edXMLEnvelope"), "edXMLHeader"), "Status")
    put_organ(element, "From", status.sender)
    put_reference(element, status.document)
    put_staff(element, status.staff)
    xml.put(element, "StatusCode", codes("statuses")[status.status])
    xml.put_all(element, {"Description": status.description, "Timestamp": xml.moment_text(status.at)})
    return xml.serialize(root)


def is_status(content: bytes) -> bool:
    """Whether a message from outside is a status message, and no package. Raises `PackageRefused`."""
    return xml.child(xml.parse(content), "edXMLEnvelope/edXMLHeader/Status") is not None


def read_status(content: bytes) -> Status:
    """Read a message from outside.

    Raises:
        UnknownStatus: a code whose meaning nobody has told. PackageRefused: anything else that is wrong.
    """
    root = xml.parse(content)
    element = xml.child(root, "edXMLEnvelope/edXMLHeader/Status")
    if element is None:
        raise errors.WrongStructure(field="Status", line=root.sourceline)
    code = xml.text_at(element, "StatusCode")
    if code not in names("statuses"):
        raise errors.UnknownStatus(value=code)
    return Status(
        sender=read_organ(xml.child(element, "From")),
        document=read_reference(xml.child(element, "ResponseFor")),
        status=names("statuses")[code],
        at=xml.moment_at(element, "Timestamp"),
        description=xml.text_at(element, "Description"),
        staff=read_staff(element),
    )
