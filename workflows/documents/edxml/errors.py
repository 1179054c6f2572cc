"""Why an edXML package is refused; the sentences lie in `web/messages/parts/edxml.*.toml`."""

from __future__ import annotations

from engine.errors import Rejected


class PackageRefused(Rejected):
    """Root of every refusal of a package or status message."""

    code = "edxml"


class PackageTooLarge(PackageRefused):
    """More bytes than `limit`."""

    code = "edxml.too_large"


class WrongEncoding(PackageRefused):
    """Not UTF-8, or said to be something else."""

    code = "edxml.encoding"


class DoctypeFound(PackageRefused):
    """A document type or an entity, which no honest package needs."""

    code = "edxml.doctype"


class TooManyParts(PackageRefused):
    """More than `limit` elements and attributes."""

    code = "edxml.too_many_parts"


class Malformed(PackageRefused):
    """No XML at `line`, `column`."""

    code = "edxml.malformed"


class WrongStructure(PackageRefused):
    """An element is missing, unknown or in the wrong place at `field`, `line`."""

    code = "edxml.structure"


class WrongValue(PackageRefused):
    """`field` at `line` does not hold what it must (a date, a number)."""

    code = "edxml.value"


class TooLong(PackageRefused):
    """`field` has more than `limit` characters."""

    code = "edxml.too_long"


class Unwritable(PackageRefused):
    """`field` holds a character that XML cannot carry."""

    code = "edxml.unwritable"


class WrongOrganCode(PackageRefused):
    """`value` is no organisation code in either order."""

    code = "edxml.organ_code"


class IdentifiersDiffer(PackageRefused):
    """The document id says something else than code, date or organisation beside it."""

    code = "edxml.id_mismatch"


class UnknownBusiness(PackageRefused):
    """`value` is no business type."""

    code = "edxml.unknown_business"


class IncompleteBusiness(PackageRefused):
    """A recall, update or replacement without its reason, or without what it replaces."""

    code = "edxml.incomplete_business"


class UnknownStatus(PackageRefused):
    """`value` is no status code."""

    code = "edxml.unknown_status"


class NoFiles(PackageRefused):
    """A document without any file; only a recall may come without."""

    code = "edxml.no_files"


class TooManyFiles(PackageRefused):
    """More than `limit` files."""

    code = "edxml.too_many_files"


class PartsDiffer(PackageRefused):
    """The list of files and the files themselves do not match at `name`."""

    code = "edxml.parts_differ"


class WrongBase64(PackageRefused):
    """The content of `name` is no base64."""

    code = "edxml.base64"


class DamagedArchive(PackageRefused):
    """The content of `name` is no readable zip: damaged, encrypted or packed by an unknown method."""

    code = "edxml.archive_damaged"


class NotOneEntry(PackageRefused):
    """The zip of `name` holds more or less than one file."""

    code = "edxml.archive_entries"


class UnsafeName(PackageRefused):
    """`name` is no plain name of a file."""

    code = "edxml.file_name"


class NameTwice(PackageRefused):
    """Two files are called `name`."""

    code = "edxml.name_twice"


class FileTooLarge(PackageRefused):
    """`name` unpacks to more than `limit` bytes, or all files together do."""

    code = "edxml.file_too_large"


class ZipBomb(PackageRefused):
    """`name` unpacks to more than `limit` times its packed size."""

    code = "edxml.zip_bomb"


class UnknownArrival(Rejected):
    """Somebody asks for a document (`document`) that did not come from there over the exchange network."""

    code = "edxml.unknown_arrival"


class UnknownDispatch(PackageRefused):
    """A status message about `document`, which was not sent to `receiver` over the exchange network."""

    code = "edxml.unknown_dispatch"


class NoRecallAsked(PackageRefused):
    """A status message about taking `document` back, which nobody has asked for."""

    code = "edxml.no_recall_asked"


class NotForUs(PackageRefused):
    """None of the `receivers` is an agency of ours."""

    code = "edxml.not_for_us"


class AlreadyArrived(PackageRefused):
    """`document` came in an earlier package."""

    code = "edxml.already_arrived"
