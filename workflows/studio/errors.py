"""What can go wrong in the studio."""

from __future__ import annotations

from typing import ClassVar

from engine.errors import Conflict, NotAllowed, NotFound, Rejected


class UnknownDraft(NotFound):
    """No such draft, or the person is no process owner: the two are not told apart."""

    code: ClassVar[str] = "studio.unknown"


class UnknownFile(NotFound):
    """The draft has no such file."""

    code: ClassVar[str] = "studio.file_unknown"


class BadPath(Rejected):
    """A path at which no file of a procedure may lie."""

    code: ClassVar[str] = "studio.path"


class TooLarge(Rejected):
    """More bytes or files than a procedure may have."""

    code: ClassVar[str] = "studio.too_large"


class MovedOn(Conflict):
    """Somebody saved the same file meanwhile."""

    code: ClassVar[str] = "studio.moved_on"


class Apart(Conflict):
    """Two states of a diagram have too little in common to be put together."""

    code: ClassVar[str] = "studio.apart"


class Closed(Conflict):
    """The draft was published or discarded."""

    code: ClassVar[str] = "studio.closed"


class WrongStatus(Conflict):
    """The draft is not where this step of its way begins."""

    code: ClassVar[str] = "studio.status"


class OwnWork(NotAllowed):
    """Who changed a draft does not approve it."""

    code: ClassVar[str] = "studio.own_work"


class Incomplete(Rejected):
    """Something that a step needs was not said."""

    code: ClassVar[str] = "studio.incomplete"


class Faulty(Rejected):
    """The checks find faults: nothing is published with them."""

    code: ClassVar[str] = "studio.faulty"


class Outdated(Conflict):
    """Another version was published after the draft began: its changes have to be taken over first."""

    code: ClassVar[str] = "studio.outdated"


class Running(Conflict):
    """The scenarios of the draft are being run."""

    code: ClassVar[str] = "studio.running"


class NothingRecorded(NotFound):
    """The person records no scenario on this draft."""

    code: ClassVar[str] = "studio.nothing_recorded"


class RecordedMeanwhile(Conflict):
    """The recording has gone on, in another window, since the page was drawn."""

    code: ClassVar[str] = "studio.recorded_meanwhile"


class TooLong(Rejected):
    """More steps than one scenario should have."""

    code: ClassVar[str] = "studio.recording_long"


class NotRunnable(Rejected):
    """The draft has faults: nothing can be tried with it."""

    code: ClassVar[str] = "studio.not_runnable"


class NameTaken(Conflict):
    """The draft has a scenario of that name."""

    code: ClassVar[str] = "studio.name_taken"


class Broken(Conflict):
    """A recorded step can no longer be done on the draft: it has to be taken back before anything is recorded."""

    code: ClassVar[str] = "studio.recording_broken"
