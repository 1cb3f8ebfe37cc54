"""Signatures on PDFs after PAdES: set invisibly by the office's key, examined with what was changed after them."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.generic import NameObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer, SimpleSigner
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko.sign.validation import KeyUsageConstraints, SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from jianbao.documents import Problems
from jianbao.errors import DeliveryError, Place, Problem, raise_all

FIELD = "Signature"
DIGEST = "sha256"
Key: TypeAlias = Signer
LARGEST = 2_000_000_000  # bytes of a package or PDF
PATIENCE = 30  # seconds for a timestamp
_SIGNED = b"/ByteRange"  # no signature is without it, and it never stands in compressed parts
_USES = ("digital_signature", "non_repudiation")
_CHANGES = {
    ModificationLevel.FORM_FILLING: "form fields were filled in or signatures added",
    ModificationLevel.ANNOTATIONS: "annotations were added",
    ModificationLevel.OTHER: "its content was changed",
}

logging.getLogger("pyhanko").addHandler(logging.NullHandler())
logging.getLogger("pyhanko_certvalidator").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Trust:
    """The certificates of the authorities that are trusted; none leaves open who a signer really is."""

    roots: Sequence[Any] = ()


@dataclass(frozen=True)
class Seal:
    """A good signature: whose it is, the SHA-256 of the certificate, when, and by whose clock and word."""

    signer: str
    fingerprint: str
    at: str
    stamped: bool
    trusted: bool


def read_whole(path: Path) -> bytes:
    """Return the bytes of a file that is signed or verified; raises DeliveryError if it cannot be read."""
    place = Place(str(path))
    try:
        if path.stat().st_size > LARGEST:
            raise DeliveryError(Problem(place, f"the file is too large: {path.stat().st_size:,} bytes"))
        return path.read_bytes()
    except OSError as error:
        raise DeliveryError(Problem(place, f"it cannot be read: {error.strerror or error}")) from error


def read_trust(files: Sequence[Path]) -> Trust:
    """Return the certificates in PEM or DER files; raises DeliveryError for a file that holds none."""
    try:
        return Trust(tuple(load_certs_from_pemder([str(file) for file in files])))
    except (OSError, ValueError) as error:
        place = Place(", ".join(map(str, files)))
        raise DeliveryError(Problem(place, f"there is no certificate to read: {error}", "name PEM or DER")) from error


def read_key(path: Path, passphrase: str) -> Key:
    """Return the key and certificates of a PKCS#12 file.

    Raises DeliveryError if it does not open or its certificate is not valid today.
    """
    place = Place(str(path))
    content = read_whole(path)
    try:
        signer = SimpleSigner.load_pkcs12_data(content, other_certs=(), passphrase=passphrase.encode())
    except Exception:  # whatever it was, it may quote what must not be shown
        hint = "see that the passphrase is right and the file is PKCS#12 (.p12, .pfx)"
        raise DeliveryError(Problem(place, "the key does not open", hint)) from None
    certificate = signer.signing_cert
    if certificate is None:
        raise DeliveryError(Problem(place, "it holds no certificate that belongs to its key"))
    valid_today(certificate, place)
    return signer


def valid_today(certificate: Any, place: Place) -> None:
    """Raise DeliveryError if a certificate is not valid today."""
    first, last = certificate.not_valid_before, certificate.not_valid_after
    if not first <= datetime.now(UTC) <= last:
        what = f"its certificate is valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}, not today"
        raise DeliveryError(Problem(place, what, "ask the authority for a new one"))


def sign(content: bytes, name: str, signer: Key, timestamps: str = "") -> bytes:
    """Return a PDF with an invisible signature more, all that was there before left byte for byte.

    The field lies outside the page, so that it is neither seen nor read out (PDF/UA-1, 7.18.1). `timestamps` is the
    address of a server (RFC 3161). Raises DeliveryError if the PDF cannot be signed, no timestamp is given, or what
    was signed does not hold, as when a token's certificate is not that of its key.
    """
    try:
        writer = IncrementalPdfFileWriter(BytesIO(content))
        field = f"{FIELD}{len(writer.prev.embedded_signatures) + 1}"
        _order(writer)
        settings = InvisSigSettings(set_print_flag=True, box_out_of_bounds=True)
        spec = SigFieldSpec(field, invis_sig_settings=settings, readable_field_name=field)
        metadata = PdfSignatureMetadata(field, md_algorithm=DIGEST, subfilter=SigSeedSubFilter.PADES)
        stamper = HTTPTimeStamper(timestamps, timeout=PATIENCE) if timestamps else None
        made = BytesIO()
        PdfSigner(metadata, signer, timestamper=stamper, new_field_spec=spec).sign_pdf(writer, output=made)
    except Exception as error:  # the library's own, and whatever a server or a strange file brings
        hint = "see that the timestamp server answers" if timestamps else "sign a PDF that this program made"
        raise DeliveryError(Problem(Place(name), f"it cannot be signed: {error}", hint)) from error
    raise_all(examine(made.getvalue(), name, Trust())[1], DeliveryError)
    return made.getvalue()


def _order(writer: IncrementalPdfFileWriter) -> None:
    """Let the first page, which gets the field, have its annotations in the order of structure (PDF/UA-1, 7.18.3)."""
    page = writer.find_page_for_modification(0)[0].get_object()
    if page.get("/Tabs") != "/S":
        page[NameObject("/Tabs")] = NameObject("/S")
        writer.update_container(page)


def examine(content: bytes, name: str, trust: Trust) -> tuple[tuple[Seal, ...], Problems]:
    """Return the good signatures of a PDF, and a problem for each that is not or after which something was changed."""
    if _SIGNED not in content:
        return (), []
    problems: Problems = []
    seals = []
    try:
        embedded = PdfFileReader(BytesIO(content)).embedded_regular_signatures
        for signature in embedded:
            seal = _examined(
                signature, signature is embedded[-1], Place(name, 0, signature.field_name), trust, problems
            )
            seals += [seal] if seal else []
        if not embedded:
            problems.append(Problem(Place(name), "it holds a signature that no reader would find"))
    except Exception as error:  # a stranger's file: whatever goes wrong, it is not proved
        problems.append(Problem(Place(name), f"its signature cannot be read: {error}"))
    return tuple(seals), problems


def _examined(signature: Any, last: bool, place: Place, trust: Trust, problems: Problems) -> Seal | None:
    context = ValidationContext(trust_roots=list(trust.roots), allow_fetching=False)
    uses = KeyUsageConstraints(key_usage=set(_USES), match_all_key_usages=False)
    status = validate_pdf_signature(signature, context, context, key_usage_settings=uses)
    found = list(_faults(status, last, bool(trust.roots)))
    problems += [Problem(place, what) for what in found]
    if found:
        return None
    stamp = status.timestamp_validity
    moment = stamp.timestamp if stamp else status.signer_reported_dt
    certificate = signature.signer_cert
    said = certificate.subject.human_friendly
    with suppress(KeyError):
        said = certificate.subject.native["common_name"]
    at = moment.isoformat() if moment else ""
    return Seal(str(said), sha256(certificate.dump()).hexdigest(), at, bool(stamp), bool(status.trusted))


def _faults(status: Any, last: bool, known: bool) -> list[str]:
    """Return what is wrong with a signature; `known` says that there are authorities to compare its signer with."""
    if not status.intact:
        return ["what it signs was changed"]
    if not status.valid:
        return ["the signature was not made by its certificate"]
    found = []
    later = status.modification_level
    added = status.coverage != SignatureCoverageLevel.ENTIRE_FILE
    allowed = ModificationLevel.LTA_UPDATES if last else ModificationLevel.FORM_FILLING
    if added and (later is None or later > allowed or not status.docmdp_ok):
        found.append(f"after it was signed, {_CHANGES.get(later, 'something was added')}")
    if known and not status.trusted:
        found.append("its signer is not vouched for by an authority that is trusted")
    stamp = status.timestamp_validity
    if stamp is not None and not (stamp.valid and stamp.intact):
        found.append("its timestamp is not good")
    return found
