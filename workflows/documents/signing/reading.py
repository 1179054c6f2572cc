"""The signatures of a PDF, from standard input to standard output as JSON, in a process of its own.

The file comes from outside and its reader can be made to burn time and memory: limits hold for both, and whatever goes
wrong in here ends this process only. Run by `workflows.documents.signing.check`, as a file and not as a module.

In: `file`, `exported`, `roots` and `lists` (certificates and lists of revoked ones), all in Base64; `now` (ISO 8601).
Out: `signatures`, each with `page` from 1 and `box` of its picture where one is to be seen, and `colour` and `clear` of
that picture; and `only_signed`: whether all that was added to the exported file serves its signatures. Exit code other
than 0: it is not readable.
"""

import json
import resource
import sys
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

CPU_SECONDS = 20
MEMORY = 1024 * 1024 * 1024
DEPTH = 5  # of forms within forms in the picture of a signature
PIXELS = 40_000_000
INK, PAPER = 128, 230  # from this opacity on a point is drawn; lighter than this in all colours it is white
LEAD = 30  # by so much the first colour of the ink surpasses the others


def main() -> int:
    """Read standard input, write what the signatures tell."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    asked = json.load(sys.stdin)
    file, exported = b64decode(asked["file"]), b64decode(asked["exported"])
    found = _signatures(file, asked, datetime.fromisoformat(asked["now"]))
    begins = file.startswith(exported)
    json.dump({"signatures": found, "only_signed": begins and bool(found) and _only_signed(file, exported)}, sys.stdout)
    return 0


def _signatures(file: bytes, asked: dict[str, Any], now: datetime) -> list[dict[str, Any]]:
    from asn1crypto import crl, x509
    from pyhanko.pdf_utils.reader import PdfFileReader

    trust = {
        "trust_roots": [x509.Certificate.load(b64decode(one)) for one in asked["roots"]],
        "crls": [crl.CertificateList.load(b64decode(one)) for one in asked["lists"]],
    }
    reader = PdfFileReader(BytesIO(file))
    return [_signature(one, trust, now) | _place(reader, one) for one in reader.embedded_regular_signatures]


def _place(reader: Any, signed: Any) -> dict[str, Any]:
    """Page and rectangle of the field's mark on a page, and how its picture looks; none where it takes no room."""
    name = signed.sig_field["/T"]
    for number in range(int(reader.root["/Pages"]["/Count"])):
        page = reader.find_page_for_modification(number)[0].get_object()
        marks = page.get("/Annots", [])
        for mark in (marks[place] for place in range(len(marks))):
            holder = mark if "/T" in mark or "/Parent" not in mark else mark["/Parent"]
            if "/T" in holder and holder["/T"] == name:
                left, low, right, high = (round(float(one)) for one in mark["/Rect"])
                seen = left != right and low != high
                box = [min(left, right), min(low, high), max(left, right), max(low, high)]
                return {"page": number + 1, "box": box} | _look(mark) if seen else _NOTHING
    return _NOTHING


_NOTHING: dict[str, Any] = {"page": 0, "box": None, "colour": "", "clear": True}


def _look(mark: Any) -> dict[str, Any]:
    """Colour of the ink, and whether the ground is transparent, of the first image in the mark.

    `colour`: blue, red, other; `none` where there is no image; empty where it is drawn in a way that is not read here.
    """
    image = next(_images(_part(mark, "/AP", "/N"), DEPTH), None)
    if image is None:
        return {"colour": "none", "clear": True}
    try:
        ink, mask = _decoded(image), _decoded(image["/SMask"]) if "/SMask" in image else None
    except Exception:  # noqa: BLE001 - whatever it is, the signature holds without its picture being judged
        return {"colour": "", "clear": True}
    return {"colour": _colour(ink.convert("RGB"), mask), "clear": mask is not None and mask.getextrema()[0] < INK}


def _images(form: Any, depth: int) -> Iterator[Any]:
    found = (depth and _part(form, "/Resources", "/XObject")) or {}
    for name in found:
        one = found[name]
        if _part(one, "/Subtype") == "/Image":
            yield one
        else:
            yield from _images(one, depth - 1)


def _part(of: Any, *names: str) -> Any:
    """What stands under these names, one within the other; None where something is missing."""
    for name in names:
        if of is None or name not in of:
            return None
        of = of[name]
    return of


def _decoded(image: Any) -> Any:
    from PIL import Image

    size = int(image["/Width"]), int(image["/Height"])
    if size[0] * size[1] > PIXELS:
        raise ValueError("too large")
    if _part(image, "/Filter") in ("/DCTDecode", ["/DCTDecode"]):
        return Image.open(BytesIO(image.encoded_data))
    space = image["/ColorSpace"]
    if space[0] == "/ICCBased":
        space = {1: "/DeviceGray", 3: "/DeviceRGB"}[int(space[1]["/N"])]
    if int(image["/BitsPerComponent"]) != 8:
        raise ValueError("depth")
    return Image.frombytes({"/DeviceGray": "L", "/DeviceRGB": "RGB"}[str(space)], size, image.data)


def _colour(ink: Any, mask: Any) -> str:
    """By the mean of the points that are drawn and not white."""
    points = list(ink.resize((200, 200)).getdata())
    drawn = [INK] * len(points) if mask is None else list(mask.convert("L").resize((200, 200)).getdata())
    shown = [one for one, how in zip(points, drawn, strict=True) if how >= INK and min(one) < PAPER]
    if not shown:
        return ""
    red, green, blue = (sum(one[part] for one in shown) / len(shown) for part in range(3))
    if blue > red + LEAD and blue > green:
        return "blue"
    return "red" if red > max(green, blue) + LEAD else "other"


def _signature(signed: Any, trust: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A trusted time-stamp tells when the certificate had to be valid.

    Without one, a claim of the signer alone is not enough: the certificate must be valid then and now.
    """
    status = _status(signed, trust, now)
    stamp, claimed = status.timestamp_validity, signed.self_reported_timestamp
    if stamp is not None and stamp.trusted:
        signed_at, source, moments = stamp.timestamp, "timestamp", [stamp.timestamp]
    else:
        signed_at, source = claimed, "claimed" if claimed else "none"
        moments = [claimed, now] if claimed else [now]
    certificate = signed.signer_cert
    return {
        "signer": str(certificate.subject.native.get("common_name", "")),
        "subject": certificate.subject.human_friendly,
        "issuer": certificate.issuer.human_friendly,
        "serial": f"{certificate.serial_number:X}",
        "signed_at": signed_at.astimezone(UTC).isoformat() if signed_at else None,
        "time_source": source,
        "format": str(signed.sig_object.get("/SubFilter", "")).lstrip("/"),
        "fingerprint": certificate.sha256.hex(),
        "fault": _fault(signed, trust, moments, status),
    }


def _fault(signed: Any, trust: dict[str, Any], moments: list[datetime], status: Any) -> str:
    from pyhanko.sign.validation import SignatureCoverageLevel

    if not (status.intact and status.valid and status.docmdp_ok):
        return "altered"
    if status.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        return "altered"
    certificate = signed.signer_cert
    if not all(certificate.not_valid_before <= moment <= certificate.not_valid_after for moment in moments):
        return "certificate_expired"
    then = [_status(signed, trust, moment) for moment in moments]
    if any(one.revocation_details is not None for one in then):
        return "certificate_revoked"
    return "" if all(one.trusted for one in then) else "untrusted"


def _status(signed: Any, trust: dict[str, Any], moment: datetime) -> Any:
    """Nothing is fetched: only the lists at hand tell of revoked certificates, one of today also of earlier days."""
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.settings import KeyUsageConstraints
    from pyhanko_certvalidator import ValidationContext

    context = ValidationContext(**trust, moment=moment, allow_fetching=False, retroactive_revinfo=True)
    usage = KeyUsageConstraints(key_usage={"digital_signature", "non_repudiation"})
    return validate_pdf_signature(signed, context, key_usage_settings=usage)


def _only_signed(file: bytes, exported: bytes) -> bool:
    """A signature covers whatever was put in before it, so what was put in is looked at by itself.

    The library compares forms and knows no document without one: the exported state is read as one with an empty form.
    """
    from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NameObject
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel

    reader = PdfFileReader(BytesIO(file))
    before = reader.get_historical_resolver(PdfFileReader(BytesIO(exported)).xrefs.total_revisions - 1)
    if "/AcroForm" not in before.root:
        before.root[NameObject("/AcroForm")] = DictionaryObject({NameObject("/Fields"): ArrayObject()})
    added = _policy().review_file(reader, before)
    return isinstance(added, DiffResult) and added.modification_level <= ModificationLevel.FORM_FILLING


def _policy() -> Any:
    """The library's own rules, for a form that begins to exist with the first signature."""
    from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, FormUpdatingRule, StandardDiffPolicy

    usual: Any = DEFAULT_DIFF_POLICY
    keys = usual.form_rule.ignored_acroform_keys | {"/SigFlags", "/DA"}
    return StandardDiffPolicy(usual.global_rules, FormUpdatingRule(usual.form_rule.field_rules, keys))


if __name__ == "__main__":
    sys.exit(main())
