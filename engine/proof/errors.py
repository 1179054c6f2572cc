"""What can be wrong with keys and checkpoints."""

from __future__ import annotations

from engine.errors import Conflict, NotFound, PhoiHopError


class KeyFileMissing(PhoiHopError):
    """The file of the private key that signs now is not in the data folder."""

    code = "proof.key_file_missing"


class KeyNotFound(NotFound):
    """No key has that id."""

    code = "proof.key_not_found"


class KeyIsRevoked(Conflict):
    """The key was revoked before."""

    code = "proof.key_is_revoked"


class NoLog(Conflict):
    """The store has no log yet: it was not set up by this program."""

    code = "proof.no_log"


class CheckpointNotFound(NotFound):
    """No checkpoint was signed at that size."""

    code = "proof.checkpoint_not_found"


class LogBroken(PhoiHopError):
    """The log has a hole, so no proof can be written."""

    code = "proof.log_broken"
