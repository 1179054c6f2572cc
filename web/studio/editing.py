"""What the studio's pages with forms share: a draft's files, one changed file stored, findings of one file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import request

from engine.clock import local_date
from engine.errors import DefinitionError, Finding, PhoiHopError
from engine.procedures.bundle import Bundle
from web.bootstrap import REGULATION_IN_FORCE
from web.current import actor, current_container, directory, now, reading, writing
from web.language import current
from web.messages import sentence
from workflows.studio import drafts, findings, paths
from workflows.studio.errors import MovedOn
from workflows.studio.tables import Draft

REGULATION_SINCE: Final = local_date(REGULATION_IN_FORCE)
"""First day of the regulation: a first regime that begins on it leaves no case without one."""


@dataclass(frozen=True)
class Opened:
    """A draft as this request found it."""

    draft: Draft
    files: Mapping[str, bytes]

    @property
    def bundle(self) -> Bundle:
        """What the files say."""
        return Bundle(paths.of_version(self.files))

    @property
    def title(self) -> dict[str, str]:
        """Title of the procedure, or its id while the description cannot be read."""
        try:
            return self.bundle.title
        except (DefinitionError, KeyError, TypeError, ValueError):
            return {"vi": self.draft.procedure_id}


def opened(draft_id: str) -> Opened:
    """The draft and its files.

    Raises:
        UnknownDraft: there is none, or the person is no process owner.
    """
    with reading() as session:
        draft = drafts.read(session, actor(), draft_id)
        return Opened(draft, drafts.files(session, draft))


def store(draft_id: str, path: str, content: bytes | None) -> str | None:
    """Store one file that a form has changed, or take it out (None).

    Returns:
        What bars it, in words; None once it is stored.
    """
    try:
        with writing() as session:
            drafts.save(session, actor(), draft_id, {path: content}, seen=seen(), now=now())
    except MovedOn as error:
        with reading() as session:
            name = directory().person_name(session, str(error.params["by"]))
        return sentence(error.code, {**error.params, "name": name}, current())
    except DefinitionError as error:
        return " ".join(told(error.findings))
    except PhoiHopError as error:
        if error.code == "studio.unknown":
            raise
        return sentence(error.code, error.params, current())
    return None


def seen() -> int:
    """The revision on which the form was drawn."""
    return request.form.get("seen", 0, type=int)


def found(at: Opened, path: str) -> list[Finding]:
    """What the checks say of one file of the draft."""
    with reading() as session:
        examined = findings.examine(session, at.files, at.draft.pins, current_container().checks, local_date(now()))
    return [one for one in (*examined.faults, *examined.warnings) if one.file == path]


def told(listed: list[Finding]) -> list[str]:
    """Findings in words."""
    return [sentence(one.code, one.params, current()) for one in listed]
