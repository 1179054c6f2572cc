"""Reads a package from outside: as data and files, or not at all."""

from __future__ import annotations

from typing import Any

from workflows.documents.edxml import archive, errors, xml
from workflows.documents.edxml.codes import names
from workflows.documents.edxml.model import (
    Business,
    Change,
    DocumentRef,
    File,
    Kind,
    Message,
    Other,
    Package,
    Receiver,
    Replaced,
    Signer,
    Trace,
)
from workflows.documents.edxml.refs import organ_code, read_id, read_organ, read_reference, read_staff, same

_HEADER = "edXMLEnvelope/edXMLHeader"
_SIGNATURES = ("Signature", "DigitalSignature")


def read(content: bytes) -> Package:
    """Read a package.

    Raises:
        PackageRefused: one of its kinds; nothing of a refused package is used.
    """
    root = xml.parse(content)
    header = xml.child(root, _HEADER)
    message = xml.child(header, "MessageHeader")
    if message is None:
        raise errors.WrongStructure(field="MessageHeader", line=header.sourceline)
    last = header[-1]
    package = Package(
        message=_message(message, xml.child(header, "TraceHeaderList")),
        files=_files(root),
        signed=xml.local_name(last) in _SIGNATURES and len(last) > 0,
    )
    package.check()
    return package


def _message(header: Any, traces: Any) -> Message:
    due = xml.text_at(header, "DueDate")
    return Message(
        sender=read_organ(xml.child(header, "From")),
        receivers=tuple(map(read_organ, xml.children(header, "To"))),
        id=_id(header),
        place=xml.text_at(header, "PromulgationInfo/Place"),
        kind=_kind(xml.child(header, "DocumentType")),
        subject=_needed(header, "Subject"),
        signer=_signer(header),
        content=xml.text_at(header, "Content"),
        due=xml.day_at(header, "DueDate") if due else None,
        to_places=_texts(header, "ToPlaces/Place"),
        other=_other(xml.child(header, "OtherInfo")),
        steering=xml.text_at(header, "SteeringType"),
        answers=tuple(map(read_reference, xml.children(header, "ResponseFor"))),
        traces=tuple(map(_trace, xml.children(traces, "TraceHeader"))),
        business=_business(xml.child(traces, "Bussiness"), read_id(xml.text_at(header, "DocumentId"))),
    )


def _needed(element: Any, path: str) -> str:
    text = xml.text_at(element, path)
    if not text:
        raise errors.WrongValue(field=path, line=element.sourceline)
    return text


def _id(header: Any) -> DocumentRef:
    """Who issued the document may be another than who sends it; number, symbol and day must agree."""
    found = read_id(xml.text_at(header, "DocumentId"))
    symbol = "/".join(xml.text_at(header, f"Code/{name}") for name in ("CodeNumber", "CodeNotation"))
    same(found, DocumentRef(found.organ, xml.day_at(header, "PromulgationInfo/PromulgationDate"), symbol))
    return found


def _kind(element: Any) -> Kind:
    group = names("document_types").get(xml.text_at(element, "Type"))
    if group is None:
        raise errors.WrongValue(field="Type", line=element.sourceline)
    return Kind(xml.text_at(element, "TypeName"), group, xml.text_at(element, "TypeDetail"))


def _signer(header: Any) -> Signer:
    return Signer(*(xml.text_at(header, f"SignerInfo/{name}") for name in ("FullName", "Position", "Competence")))


def _other(element: Any) -> Other:
    if element is None:
        return Other()
    urgency = names("priorities").get(xml.text_at(element, "Priority") or "0")
    if urgency is None:
        raise errors.WrongValue(field="Priority", line=element.sourceline)
    return Other(
        urgency=urgency,
        sphere=xml.text_at(element, "SphereOfPromulgation"),
        typist=xml.text_at(element, "TyperNotation"),
        copies=_number(element, "PromulgationAmount"),
        pages=_number(element, "PageAmount"),
        direction=xml.text_at(element, "Direction"),
        appendixes=_texts(element, "Appendixes/Appendix"),
    )


def _trace(element: Any) -> Trace:
    return Trace(organ_code(xml.text_at(element, "OrganId")), xml.moment_at(element, "Timestamp"))


def _business(element: Any, document: DocumentRef) -> Business:
    code = xml.text_at(element, "BussinessDocType")
    if code not in names("business"):
        raise errors.UnknownBusiness(value=code)
    about = xml.text_at(element, "DocumentId")
    if about:
        same(document, read_id(about))
    change = xml.child(element, "BussinessDocumentInfo")
    return Business(
        type=names("business")[code],
        reason=xml.text_at(element, "BussinessDocReason"),
        paper=xml.text_at(element, "Paper") == "1",
        staff=read_staff(element),
        change=None if change is None else _change(change),
        replaced=tuple(map(_replaced, xml.children(element, "ReplacementInfoList/ReplacementInfo"))),
    )


def _change(element: Any) -> Change:
    return Change(
        data=xml.text_at(element, "DocumentInfo") == "1",
        receivers=xml.text_at(element, "DocumentReceiver") == "1",
        concerned=tuple(map(_receiver, xml.children(element, "ReceiverList/Receiver"))),
    )


def _receiver(element: Any) -> Receiver:
    return Receiver(organ_code(xml.text_at(element, "OrganId")), xml.text_at(element, "ReceiverType"))


def _replaced(element: Any) -> Replaced:
    organs = tuple(map(organ_code, _texts(element, "OrganIdList/OrganId")))
    return Replaced(read_id(xml.text_at(element, "DocumentId")), organs)


def _files(root: Any) -> tuple[File, ...]:
    references = xml.children(root, "edXMLEnvelope/edXMLBody/edXMLManifest/Reference")
    attachments = xml.children(root, "AttachmentEncoded/Attachment")
    if max(len(references), len(attachments)) > archive.MAX_FILES:
        raise errors.TooManyFiles(limit=archive.MAX_FILES)
    archive.check_distinct([xml.text_at(one, "AttachmentName") for one in references])
    encoded = {xml.text_at(one, "ContentId"): one for one in attachments}
    if len(attachments) != len(encoded) or len(attachments) != len(references):
        raise errors.PartsDiffer(name="AttachmentEncoded")
    files: list[File] = []
    for reference in references:
        left = archive.MAX_TOTAL_BYTES - sum(len(file.content) for file in files)
        files.append(_file(reference, encoded.pop(xml.text_at(reference, "ContentId"), None), left))
    return tuple(files)


def _file(reference: Any, attachment: Any, left: int) -> File:
    name = archive.check_name(xml.text_at(reference, "AttachmentName"))
    if xml.text_at(attachment, "AttachmentName") != name:
        raise errors.PartsDiffer(name=name)
    return File(
        name=name,
        media_type=xml.text_at(reference, "ContentType"),
        content=archive.unpack(name, xml.text_at(attachment, "ContentTransferEncoded"), left),
        description=xml.text_at(reference, "Description"),
    )


def _texts(element: Any, path: str) -> tuple[str, ...]:
    found = ((one.text or "").strip() for one in xml.children(element, path))
    return tuple(text for text in found if text)


def _number(element: Any, name: str) -> int | None:
    text = xml.text_at(element, name)
    return int(text) if text else None
