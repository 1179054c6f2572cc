"""Writes a package."""

from __future__ import annotations

from typing import Any

from engine import canonical
from workflows.documents.edxml import archive, errors, xml
from workflows.documents.edxml.codes import codes
from workflows.documents.edxml.model import DAY, Business, Change, File, Message, Other, Package
from workflows.documents.edxml.refs import put_organ, put_reference, put_staff


def write(package: Package) -> bytes:
    """The package as bytes: the same for the same package. Signing is another's work; `signed` has no effect.

    Raises:
        PackageRefused: whatever `reading.read` would refuse, told by the same codes.
    """
    package.check()
    _check_files(package.files)
    root = xml.start("edXML")
    envelope = xml.put(root, "edXMLEnvelope")
    header = xml.put(envelope, "edXMLHeader")
    _put_message(xml.put(header, "MessageHeader"), package.message)
    _put_traces(xml.put(header, "TraceHeaderList"), package.message)
    _put_files(xml.put(envelope, "edXMLBody"), xml.put(root, "AttachmentEncoded"), package.files)
    return xml.serialize(root)


def _check_files(files: tuple[File, ...]) -> None:
    if len(files) > archive.MAX_FILES:
        raise errors.TooManyFiles(limit=archive.MAX_FILES)
    for file in files:
        if len(file.content) > archive.MAX_FILE_BYTES:
            raise errors.FileTooLarge(name=file.name, limit=archive.MAX_FILE_BYTES)
    if sum(len(file.content) for file in files) > archive.MAX_TOTAL_BYTES:
        raise errors.FileTooLarge(name=files[-1].name, limit=archive.MAX_TOTAL_BYTES)
    archive.check_distinct([file.name for file in files])


def _put_message(header: Any, message: Message) -> None:
    number, _, notation = message.id.symbol.partition("/")
    put_organ(header, "From", message.sender)
    for receiver in message.receivers:
        put_organ(header, "To", receiver)
    xml.put(header, "DocumentId", str(message.id))
    xml.put_group(header, "Code", {"CodeNumber": number, "CodeNotation": notation})
    issue = {"Place": message.place, "PromulgationDate": message.id.on.strftime(DAY)}
    xml.put_group(header, "PromulgationInfo", issue)
    kind = message.kind
    group = codes("document_types")[kind.group]
    xml.put_group(header, "DocumentType", {"Type": group, "TypeDetail": kind.detail, "TypeName": kind.name})
    xml.put_all(header, {"Subject": message.subject, "Content": message.content})
    signer = message.signer
    named = {"Competence": signer.competence, "Position": signer.position, "FullName": signer.name}
    xml.put_group(header, "SignerInfo", named)
    xml.put_all(header, {"DueDate": message.due.strftime(DAY) if message.due else ""})
    _put_list(header, "ToPlaces", "Place", message.to_places)
    _put_other(xml.put(header, "OtherInfo"), message.other)
    xml.put_all(header, {"SteeringType": message.steering})
    for document in message.answers:
        put_reference(header, document)


def _put_other(element: Any, other: Other) -> None:
    values = {
        "Priority": codes("priorities")[other.urgency],
        "SphereOfPromulgation": other.sphere,
        "TyperNotation": other.typist,
        "PromulgationAmount": _number(other.copies),
        "PageAmount": _number(other.pages),
        "Direction": other.direction,
    }
    xml.put_all(element, values)
    _put_list(element, "Appendixes", "Appendix", other.appendixes)


def _put_traces(element: Any, message: Message) -> None:
    for trace in message.traces:
        values = {"OrganId": str(trace.organ), "Timestamp": xml.moment_text(trace.at)}
        xml.put_group(element, "TraceHeader", values)
    _put_business(xml.put(element, "Bussiness"), message)


def _put_business(element: Any, message: Message) -> None:
    business = message.business
    values = {
        "DocumentId": str(message.id),
        "BussinessDocType": codes("business")[business.type],
        "BussinessDocReason": business.reason,
        "Paper": _flag(business.paper),
    }
    xml.put_all(element, values)
    put_staff(element, business.staff)
    if business.change:
        _put_change(xml.put(element, "BussinessDocumentInfo"), business.change)
    _put_replaced(element, business)


def _put_change(element: Any, change: Change) -> None:
    values = {"DocumentInfo": _flag(change.data), "DocumentReceiver": _flag(change.receivers)}
    xml.put_all(element, values)
    if change.concerned:
        concerned = xml.put(element, "ReceiverList")
        for one in change.concerned:
            xml.put_group(concerned, "Receiver", {"ReceiverType": one.type, "OrganId": str(one.organ)})


def _put_replaced(element: Any, business: Business) -> None:
    if not business.replaced:
        return
    listing = xml.put(element, "ReplacementInfoList")
    for one in business.replaced:
        info = xml.put_group(listing, "ReplacementInfo", {"DocumentId": str(one.document)})
        _put_list(info, "OrganIdList", "OrganId", tuple(str(organ) for organ in one.organs))


def _put_files(body: Any, encoded: Any, files: tuple[File, ...]) -> None:
    manifest = xml.put(body, "edXMLManifest")
    manifest.set("version", "1.0")
    for number, file in enumerate(files, 1):
        content_id = f"cid:{number}-{canonical.digest(file.content)}"
        described = {"ContentId": content_id, "ContentType": file.media_type}
        named = {"Description": file.description, "AttachmentName": file.name}
        xml.put_group(manifest, "Reference", described | named)
        attachment = xml.put_group(encoded, "Attachment", described | named)
        xml.put(attachment, "ContentTransferEncoded", archive.pack(file.name, file.content))


def _put_list(parent: Any, name: str, item: str, values: tuple[str, ...]) -> None:
    if values:
        listing = xml.put(parent, name)
        for value in values:
            xml.put(listing, item, value)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _flag(value: bool) -> str:
    return "1" if value else "0"
