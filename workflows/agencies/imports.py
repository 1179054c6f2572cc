"""Every kind of file that can be imported, by name."""

from __future__ import annotations

from functools import partial

from workflows.agencies import importing
from workflows.agencies.certificate_import import Trusted, import_certificates
from workflows.agencies.importing import Importer

KINDS = ("agencies", "bindings", "certificates", "channels", "officers", "roles", "signing", "successions")


def importers(trusted: Trusted | None = None) -> dict[str, Importer]:
    """The importers by kind of file.

    Args:
        trusted: whether a certificate leads to a trusted root; None where no root is known.
    """
    return {
        "agencies": importing.import_agencies,
        "bindings": importing.import_bindings,
        "certificates": partial(import_certificates, trusted=trusted),
        "channels": importing.import_channels,
        "officers": importing.import_officers,
        "roles": importing.import_roles,
        "signing": importing.import_signing_ways,
        "successions": importing.import_successions,
    }
