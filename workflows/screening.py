"""Marks of state secrets are looked for in whatever is handed in, at every door, before anything of it is stored.

Quy chế, Điều 5.5. It runs before the transaction begins, so that reading a long file holds up nobody.
"""

from __future__ import annotations

from engine.commands import CompleteWorkItem, RecordMessage
from engine.errors import FieldError, InvalidForm
from workflows import secrecy


def screen(command: object) -> None:
    """Refuse a form with a mark of secrecy in its text or files.

    Raises:
        InvalidForm: names the field, never the text; nothing was stored.
    """
    if not isinstance(command, CompleteWorkItem | RecordMessage):
        return
    try:
        secrecy.refuse_marked_data(command.data)
        for field, files in command.attachments.items():
            for file in files:
                secrecy.refuse_marked_file(field, file.content, file.media_type, file.filename)
    except secrecy.SecretMarkFound as error:
        raise InvalidForm({error.params["field"]: [FieldError(error.code, error.params)]}) from error
