"""What a version is made of, and its address.

The hash covers the procedure's own files, the hashes of the shared versions it calls (transitively, since
those cover their own), and the versions of the profile, the evaluator and the document templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine import canonical
from engine.expressions import EVALUATOR_VERSION
from engine.procedures.bundle import Bundle

PROFILE_VERSION = "1"


@dataclass(frozen=True)
class Manifest:
    """Addresses of everything that a version consists of."""

    procedure_id: str
    files: Mapping[str, str]
    shared: Mapping[str, str]
    runtime: Mapping[str, str]

    def canonical(self) -> bytes:
        """The bytes whose digest is the version's address."""
        return canonical.dumps(vars(self))

    @property
    def hash(self) -> str:
        """The version's address."""
        return canonical.digest(self.canonical())


def describe(bundle: Bundle, shared: Mapping[str, str], document_templates: str) -> Manifest:
    """The manifest of a bundle.

    Args:
        shared: version hashes of the shared procedures in `bundle.uses`, by id.
        document_templates: version of the layout of official documents.
    """
    return Manifest(
        procedure_id=bundle.id,
        files={path: canonical.digest(content) for path, content in bundle.files.items()},
        shared={id_: shared[id_] for id_ in bundle.uses},
        runtime={"profile": PROFILE_VERSION, "evaluator": EVALUATOR_VERSION, "templates": document_templates},
    )


def read_manifest(data: bytes) -> Manifest:
    """The manifest that `canonical` wrote."""
    return Manifest(**canonical.loads(data))
