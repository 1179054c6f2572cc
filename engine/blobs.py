"""Attachments and issued documents by the SHA-256 of their content: a local folder now, a shared store later."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from engine import canonical
from engine.errors import NotFound


class BlobNotFound(NotFound):
    """The content is not in the store."""

    code = "blob.not_found"


class FolderBlobs:
    """Implements `engine.services.Blobs` on a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> str:
        """Store durably before the transaction that names it commits; the same content is stored once."""
        sha256 = canonical.digest(data)
        path = self._path(sha256)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Read back.

        Raises:
            BlobNotFound: not there.
        """
        try:
            return self._path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise BlobNotFound(sha256=sha256) from error

    def delete(self, sha256: str) -> None:
        """Forget the content, by lawful deletion; nothing where it is not there."""
        path = self._path(sha256)
        try:
            size = path.stat().st_size
            path.write_bytes(bytes(size))  # overwritten first: what a name pointed to may outlive the name
            path.unlink()
        except FileNotFoundError:
            return

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256


def write_whole(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write beside, flush to disk, rename, flush the folder: a crash leaves the whole file or none.

    Args:
        path: in an existing folder; what is there is replaced. The draft beside it is a hidden file.
        mode: who may read and write the file, before the user's mask takes away from it.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(draft, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
