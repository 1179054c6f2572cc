"""Tables of the studio. Contents of drafts are living data: they may be changed until they are published."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base

OPEN, SUBMITTED, PUBLISHED, DISCARDED = "open", "submitted", "published", "discarded"
LIVING = (OPEN, SUBMITTED)


class Draft(Base):
    """A changed copy of a procedure's files. `status`: open, submitted, published, discarded.

    `base_hash`: the version that it began from, None for a new procedure; `pins`: version hashes of the shared parts
    that it calls, by id; `revision`: counts the saves. The rest is said at submission: `digest` binds the approval to
    the files and pins as they were then.
    """

    __tablename__ = "drafts"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    procedure_id: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    base_hash: Mapped[str | None] = mapped_column(ForeignKey("procedure_versions.hash"))
    pins: Mapped[dict[str, Any]]
    status: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int] = mapped_column(Integer)
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    digest: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str] = mapped_column(Text, default="")
    instrument: Mapped[str] = mapped_column(Text, default="")
    effective_on: Mapped[date | None] = mapped_column(Date)
    submitted_by: Mapped[str | None] = mapped_column(String(64))
    submitted_at: Mapped[datetime | None]
    returned_reason: Mapped[str] = mapped_column(Text, default="")
    version_hash: Mapped[str | None] = mapped_column(ForeignKey("procedure_versions.hash"))
    __table_args__ = (Index("ix_drafts_procedure", "procedure_id", "status"),)


class DraftFile(Base):
    """One file of a draft as it was saved last; `content` is None once it was removed.

    `revision` is the draft's at which it was saved: 0 for a file as it came from the version.
    """

    __tablename__ = "draft_files"
    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    content: Mapped[bytes | None]
    sha256: Mapped[str] = mapped_column(String(64))
    revision: Mapped[int] = mapped_column(Integer)
    changed_by: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime]


class DraftAuthor(Base):
    """Somebody who changed a draft, and when last."""

    __tablename__ = "draft_authors"
    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    changed_at: Mapped[datetime]


class DraftPresence(Base):
    """Somebody at whose screen the diagram of a draft is open: since when, and when the page was heard of last."""

    __tablename__ = "draft_presences"
    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime]
    heard_at: Mapped[datetime]


class DraftComment(Base):
    """A remark on a draft, or on one element of one of its files; settled once `settled_at` is set."""

    __tablename__ = "draft_comments"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id"), index=True)
    file: Mapped[str] = mapped_column(String(200), default="")
    element: Mapped[str] = mapped_column(String(128), default="")
    text: Mapped[str] = mapped_column(Text)
    written_by: Mapped[str] = mapped_column(String(64))
    written_at: Mapped[datetime]
    settled_by: Mapped[str | None] = mapped_column(String(64))
    settled_at: Mapped[datetime | None]


class VersionScenario(Base):
    """A scenario file kept beside a version, of which it is no part: it tries the version, and drafts begin with it."""

    __tablename__ = "version_scenarios"
    version_hash: Mapped[str] = mapped_column(ForeignKey("procedure_versions.hash"), primary_key=True)
    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    sha256: Mapped[str] = mapped_column(ForeignKey("file_contents.sha256"))


class DraftTrial(Base):
    """One run of a draft's scenarios. `status`: running, done, failed; `revision`: the draft's when it began.

    `done` of `total` scenarios were run when it was heard of last; `results`: what came of them.
    """

    __tablename__ = "draft_trials"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id"), index=True)
    revision: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(String(16))
    done: Mapped[int] = mapped_column(Integer)
    total: Mapped[int] = mapped_column(Integer)
    results: Mapped[dict[str, Any]]
    started_by: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime]
    heard_at: Mapped[datetime]


class DraftRecording(Base):
    """A scenario that a person is recording on a draft: `content` holds its `start` and its `steps` as files do.

    What becomes of it is not kept: a dry run plays it again from the start, on the draft as it is then.
    """

    __tablename__ = "draft_recordings"
    draft_id: Mapped[str] = mapped_column(ForeignKey("drafts.id"), primary_key=True)
    person_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
