"""Procedures that nobody has published yet: begun with nothing, as a copy of another one, or from a drawing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from xml.sax.saxutils import quoteattr

import yaml
from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.actors import Actor
from engine.errors import DefinitionError, Finding
from engine.procedures.bundle import DESCRIPTION, DIAGRAM, PROCEDURE, SAFE_LOADER, SHARED
from engine.procedures.versions import manifest_of, newest, stored_bundle
from engine.procedures.xml import NAMESPACES, local_name
from engine.procedures.xml import parse as parse_xml
from engine.tables import ProcedureVersion
from engine.text import search_key
from workflows.law import check_basis
from workflows.publication import PublicationChecks
from workflows.regulation.duties import REGULATION
from workflows.studio import drafts, importing, paths, yaml_text
from workflows.studio.errors import UnknownDraft
from workflows.studio.importing import Incoming
from workflows.studio.tables import LIVING, Draft

FIRST_FORM: Final = "first-step"
COMPLETED: Final = "HOAN_TAT"
"""The one outcome of a procedure that begins with nothing."""
CODE: Final = re.compile(r"[A-Z][A-Z0-9]{0,5}")


@dataclass(frozen=True)
class Identity:
    """What a new procedure is called and who leads it.

    Args:
        id: its stable id.
        title: what people read, by language.
        code: with which the codes of its cases begin.
        lead: the role of the leading agency.
        basis: the clause on which it rests; empty where that is said step by step.
        kind: `procedure`, or `shared` for one that is only called.
    """

    id: str
    title: Mapping[str, str]
    code: str
    lead: str
    basis: str = ""
    kind: str = PROCEDURE


def id_from(title: str) -> str:
    """An id that a title gives: `Cấp phép họp báo` becomes `cap-phep-hop-bao`."""
    return re.sub(r"[^a-z0-9]+", "-", search_key(title)).strip("-")[:63].strip("-")


def code_from(title: str) -> str:
    """A code that a title gives, the first letters of its first four words: `Cấp phép họp báo` becomes `CPHB`."""
    return "".join(word[0] for word in id_from(title).split("-")[:4] if word).upper()


def from_nothing(session: Session, actor: Actor, identity: Identity, checks: PublicationChecks) -> Incoming:
    """A start, one step with a form of one field, and an end.

    Raises:
        UnknownDraft: the person is no process owner.
        DefinitionError: what cannot be used of the identity.
    """
    _require_usable(session, actor, identity)
    first = json.dumps(new_form(FIRST_FORM, "Nội dung"), ensure_ascii=False, indent=2) + "\n"
    drawn = checks.arrange(_diagram(identity))
    files = {DESCRIPTION: _description(identity), DIAGRAM: drawn, f"forms/{FIRST_FORM}.json": first.encode()}
    return Incoming(identity.id, files, {}, None)


def from_copy(session: Session, actor: Actor, identity: Identity, procedure_id: str) -> Incoming:
    """The newest version of another procedure under the new name, scenarios included; its kind stays, and its lead
    where no other is named.

    Raises:
        UnknownDraft: the person is no process owner, or there is no such procedure.
        DefinitionError: what cannot be used of the identity.
    """
    drafts.require_owner(actor)
    hash_ = newest(session, procedure_id)
    if hash_ is None:
        raise UnknownDraft(procedure=procedure_id)
    files = drafts.whole(session, hash_)
    said = yaml.load(files[DESCRIPTION], Loader=SAFE_LOADER)
    identity = replace(identity, kind=said["kind"], lead=identity.lead or str(said.get("lead", "")))
    _require_usable(session, actor, identity)
    renamed = {
        DESCRIPTION: yaml_text.dump({**said, **_named(identity)}, files[DESCRIPTION]),
        DIAGRAM: _renamed(files[DIAGRAM], _process_id(identity.id)),
    }
    return Incoming(identity.id, {**files, **renamed}, dict(manifest_of(session, hash_).shared), None)


def from_drawing(
    session: Session, actor: Actor, identity: Identity, diagram: bytes, *, checks: PublicationChecks, now: datetime
) -> Incoming:
    """A BPMN file with a description to go on from; nothing is kept.

    Raises:
        UnknownDraft: the person is no process owner.
        DefinitionError: what cannot be used of the identity, or why the file must not be kept.
    """
    _require_usable(session, actor, identity)
    paths.check_content(DIAGRAM, diagram)
    files = {DESCRIPTION: _description(identity), DIAGRAM: diagram}
    return importing.safe(session, identity.id, files, {}, None, checks=checks, now=now)


def new_form(form_id: str, title: str) -> dict[str, Any]:
    """What the file of a form with one field says."""
    field = {"name": "content", "type": "textarea", "label": {"vi": "Nội dung", "en": "Content"}, "required": True}
    return {"id": form_id, "title": {"vi": title, "en": title}, "fields": [field]}


def _require_usable(session: Session, actor: Actor, identity: Identity) -> None:
    drafts.require_owner(actor)
    found = list(_problems(session, identity))
    if found:
        raise DefinitionError(found)


def _problems(session: Session, identity: Identity) -> Iterator[Finding]:
    if not identity.title.get("vi"):
        yield Finding("studio.title_missing", DESCRIPTION)
    elif not importing.ID.fullmatch(identity.id):
        yield Finding("studio.id", DESCRIPTION, params={"id": identity.id[:80]})
    elif _is_taken(session, identity.id):
        yield Finding("studio.id_taken", DESCRIPTION, params={"id": identity.id})
    if identity.kind == PROCEDURE and not CODE.fullmatch(identity.code):
        yield Finding("studio.code", DESCRIPTION, params={"value": identity.code[:20]})
    elif identity.kind == PROCEDURE and identity.code in _codes(session):
        yield Finding("studio.code_taken", DESCRIPTION, params={"value": identity.code})
    if identity.kind == PROCEDURE and not identity.lead:
        yield Finding("studio.lead_missing", DESCRIPTION)
    if identity.basis and (problem := check_basis(identity.basis)) is not None:
        yield Finding(problem.code, DESCRIPTION, params=problem.params)


def _is_taken(session: Session, id_: str) -> bool:
    drafted = select(Draft.id).where(Draft.procedure_id == id_, Draft.status.in_(LIVING)).limit(1)
    return newest(session, id_) is not None or session.scalar(drafted) is not None


def _codes(session: Session) -> set[str]:
    """With what the codes of cases begin already."""
    ids = session.scalars(select(ProcedureVersion.procedure_id).where(ProcedureVersion.kind == PROCEDURE).distinct())
    hashes = filter(None, (newest(session, id_) for id_ in ids.all()))
    return {str(stored_bundle(session, hash_).description["code"]) for hash_ in hashes}


def _named(identity: Identity) -> dict[str, Any]:
    title = {"vi": identity.title["vi"], "en": identity.title.get("en") or identity.title["vi"]}
    named = {"id": identity.id, "kind": identity.kind, "title": title}
    return named if identity.kind == SHARED else {**named, "code": identity.code, "lead": identity.lead}


def _description(identity: Identity) -> bytes:
    """What a description must say, for its owner to go on from."""
    said = _named(identity)
    if identity.kind == SHARED:
        return yaml_text.dump({**said, "uses": [], "inputs": {}})
    outcome = {"vi": "Hoàn tất", "en": "Completed", "result": "required"}
    start = {"duties": ["specialist", "head"]}
    return yaml_text.dump({**said, "start": start, "uses": [], "outcomes": {COMPLETED: outcome}})


def _process_id(id_: str) -> str:
    return id_.replace("-", "_")


def _diagram(identity: Identity) -> bytes:
    name, process = quoteattr(identity.title["vi"]), _process_id(identity.id)
    source = "QC" if identity.basis.partition(":")[0] == REGULATION else "PL"
    legal = f'<ph:legal source="{source}" basis={quoteattr(identity.basis)}/>' if identity.basis else ""
    lane = f"role={quoteattr(identity.lead)}" if identity.lead else 'agency="case.lead_agency"'
    outcome = f'<ph:outcome code="{COMPLETED}"/>' if identity.kind == PROCEDURE else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="{NAMESPACES["bpmn"]}" xmlns:ph="urn:phoihop:bpmn:1"
                  id="definitions_{process}" targetNamespace="urn:phoihop:procedures">
  <bpmn:collaboration id="collaboration_{process}">
    <bpmn:participant id="pool_{process}" name={name} processRef="{process}"/>
  </bpmn:collaboration>
  <bpmn:process id="{process}" name={name} isExecutable="true">
    <bpmn:laneSet id="lanes_{process}">
      <bpmn:lane id="lane_lead" name="Cơ quan chủ trì">
        <bpmn:extensionElements><ph:lane {lane}/></bpmn:extensionElements>
        <bpmn:flowNodeRef>begun</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>first_step</bpmn:flowNodeRef>
        <bpmn:flowNodeRef>finished</bpmn:flowNodeRef>
      </bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="begun" name="Bắt đầu">
      <bpmn:extensionElements>{legal}</bpmn:extensionElements>
      <bpmn:outgoing>flow_to_first_step</bpmn:outgoing>
    </bpmn:startEvent>
    <bpmn:userTask id="first_step" name="Việc đầu tiên">
      <bpmn:extensionElements><ph:task form="{FIRST_FORM}" duty="specialist"/>{legal}</bpmn:extensionElements>
      <bpmn:incoming>flow_to_first_step</bpmn:incoming>
      <bpmn:outgoing>flow_to_finished</bpmn:outgoing>
    </bpmn:userTask>
    <bpmn:endEvent id="finished" name="Hoàn tất">
      <bpmn:extensionElements>{outcome}{legal}</bpmn:extensionElements>
      <bpmn:incoming>flow_to_finished</bpmn:incoming>
    </bpmn:endEvent>
    <bpmn:sequenceFlow id="flow_to_first_step" sourceRef="begun" targetRef="first_step"/>
    <bpmn:sequenceFlow id="flow_to_finished" sourceRef="first_step" targetRef="finished"/>
  </bpmn:process>
</bpmn:definitions>
""".encode()


def _renamed(diagram: bytes, process_id: str) -> bytes:
    """The diagram with another id of its process, wherever it is referred to."""
    root = parse_xml(diagram, DIAGRAM)
    process = next(one for one in root if local_name(one) == "process")
    before = process.get("id")
    for one in root.iter():
        for key in ("id", "processRef", "bpmnElement"):
            if isinstance(one.tag, str) and one.get(key) == before:
                one.set(key, process_id)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written + b"\n"
