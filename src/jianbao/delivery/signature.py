"""Sign and check: PDFs after PAdES, other files after CAdES."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, TypeAlias

from asn1crypto import cms
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.generic import NameObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    CatalogModificationRule,
    DSSCompareRule,
    ModificationLevel,
    ObjectStreamRule,
    StandardDiffPolicy,
    XrefStreamRule,
)
from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec, SigSeedSubFilter, enumerate_sig_fields
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer, SimpleSigner
from pyhanko.sign.signers.pdf_cms import PdfCMSSignedAttributes
from pyhanko.sign.timestamps import HTTPTimeStamper
from pyhanko.sign.validation import (
    KeyUsageConstraints,
    SignatureCoverageLevel,
    async_validate_detached_cms,
    validate_pdf_signature,
)
from pyhanko_certvalidator import ValidationContext

from jianbao.core.documents import Problems
from jianbao.core.errors import DeliveryError, Place, Problem, raise_all
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_error
from jianbao.delivery.checksums import SignatureReport, Trust, read_whole

FIELD = "Signature"
DIGEST = "sha256"
Key: TypeAlias = Signer
PATIENCE = 30  # seconds for a timestamp
PDF_HEAD, HEAD_BYTES = b"%PDF-", 1024  # the mark of a PDF, and the number of first bytes that contain it
REVISIONS = 100  # the most revisions of a PDF: each is examined
_USES = ("digital_signature", "non_repudiation")
_CHANGED, _NOT_ITS = tr("what it signs was changed"), tr("the signature was not made by its certificate")
_CHANGES = {
    ModificationLevel.FORM_FILLING: tr("form fields were filled in or signatures added"),
    ModificationLevel.ANNOTATIONS: tr("annotations were added"),
    ModificationLevel.OTHER: tr("its content was changed"),
}
# Additions allowed after the last signature: later proofs of it. Metadata may change for a next one, which covers it.
_PROOF_ONLY = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(),
        XrefStreamRule().as_qualified(ModificationLevel.LTA_UPDATES),
        ObjectStreamRule().as_qualified(ModificationLevel.LTA_UPDATES),
        DSSCompareRule().as_qualified(ModificationLevel.LTA_UPDATES),
    ],
    form_rule=DEFAULT_DIFF_POLICY.form_rule,
)

logging.getLogger("pyhanko").addHandler(logging.NullHandler())
logging.getLogger("pyhanko_certvalidator").addHandler(logging.NullHandler())


def read_trust(files: Sequence[Path]) -> Trust:
    """Return the certificates in PEM or DER files; raises DeliveryError for a file that holds none."""
    try:
        return Trust(tuple(load_certs_from_pemder([str(file) for file in files])))
    except (OSError, ValueError) as error:
        place = Place(", ".join(map(str, files)))
        raise DeliveryError(
            Problem(place, tr("there is no certificate to read: {error}", error=tr_error(error)), tr("name PEM or DER"))
        ) from error


def read_key(path: Path, passphrase: str) -> Key:
    """Return the key and certificates of a PKCS#12 file.

    Raises DeliveryError if it does not open or its certificate is not valid today.
    """
    place = Place(str(path))
    content = read_whole(path)
    try:
        signer = SimpleSigner.load_pkcs12_data(content, other_certs=(), passphrase=passphrase.encode())
    except Exception:  # the error may quote secrets, which must not be shown
        hint = tr("check the passphrase, and that the file is PKCS#12 (.p12, .pfx)")
        raise DeliveryError(Problem(place, tr("the key does not open"), hint)) from None
    certificate = signer.signing_cert
    if certificate is None:
        raise DeliveryError(Problem(place, tr("it holds no certificate that belongs to its key")))
    valid_today(certificate, place)
    return signer


def valid_today(certificate: Any, place: Place) -> None:
    """Raise DeliveryError if a certificate is not valid today."""
    first, last = certificate.not_valid_before, certificate.not_valid_after
    if not first <= datetime.now(UTC) <= last:
        what = tr(
            "its certificate is valid from {first:%Y-%m-%d} to {last:%Y-%m-%d}, not today", first=first, last=last
        )
        raise DeliveryError(Problem(place, what, tr("ask the authority for a new one")))


def sign_pdf(content: bytes, name: str, signer: Key, timestamps: str = "") -> bytes:
    """Return a PDF with one more invisible signature; everything before it is unchanged, byte for byte.

    The field lies outside the page, so that it is neither seen nor read out (PDF/UA-1, 7.18.1). `timestamps` is the
    address of a server (RFC 3161). Raises DeliveryError if the PDF cannot be signed, no timestamp is given, or what
    was signed is invalid, such as when a token's certificate does not belong to its key.
    """
    if PDF_HEAD not in content[:HEAD_BYTES]:
        hint = tr("name PDFs; the seal of an OFD comes from the office's own client")
        raise DeliveryError(Problem(Place(name), tr("this is not a PDF"), hint))
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
    except Exception as error:  # errors of the library, of servers, and of malformed files
        hint = tr("check that the timestamp server answers") if timestamps else tr("sign a PDF that this program made")
        raise DeliveryError(
            Problem(Place(name), tr("it cannot be signed: {error}", error=tr_error(error)), hint)
        ) from error
    raise_all(inspect_signatures(made.getvalue(), name, Trust())[1], DeliveryError)
    return made.getvalue()


def _order(writer: IncrementalPdfFileWriter) -> None:
    """Let the first page, which gets the field, have its annotations in the order of structure (PDF/UA-1, 7.18.3)."""
    page = writer.find_page_for_modification(0)[0].get_object()
    if page.get("/Tabs") != "/S":
        page[NameObject("/Tabs")] = NameObject("/S")
        writer.update_container(page)


def sign_content(content: bytes, name: str, signer: Key, timestamps: str = "") -> bytes:
    """Return a detached signature of a file of any kind: CMS after CAdES, DER, without the file itself.

    Raises DeliveryError as `sign` does.
    """
    try:
        stamper = HTTPTimeStamper(timestamps, timeout=PATIENCE) if timestamps else None
        attributes = PdfCMSSignedAttributes(signing_time=datetime.now(UTC))
        making = signer.async_sign_general_data(
            content, DIGEST, use_cades=True, timestamper=stamper, signed_attr_settings=attributes
        )
        made = bytes(asyncio.run(making).dump())
    except Exception as error:  # errors of the library, of servers and of tokens
        hint = tr("check that the timestamp server answers") if timestamps else NO_TEXT
        raise DeliveryError(
            Problem(Place(name), tr("it cannot be signed: {error}", error=tr_error(error)), hint)
        ) from error
    raise_all(examine_content(content, made, name, Trust())[1], DeliveryError)
    return made


def examine_content(
    content: bytes, signature: bytes, name: str, trust: Trust
) -> tuple[SignatureReport | None, Problems]:
    """Return the detached signature of a file if it is valid, and a problem for each fault."""
    problems: Problems = []
    place, context = Place(name), _context(trust)
    try:
        signed = cms.ContentInfo.load(signature, strict=True)["content"]
        checking = async_validate_detached_cms(content, signed, context, context, key_usage_settings=_uses())
        status = asyncio.run(checking)
    except Exception as error:  # any error in a file from outside means: not proved
        return None, [Problem(place, tr("its signature cannot be read: {error}", error=tr_error(error)))]
    problems += [Problem(place, what) for what in _faults(status, bool(trust.roots))]
    return (None if problems else _seal(status)), problems


def inspect_signatures(content: bytes, name: str, trust: Trust) -> tuple[tuple[SignatureReport, ...], Problems]:
    """Return the valid signatures of a PDF, and a problem for each invalid one or one followed by changes."""
    problems: Problems = []
    seals = []
    try:
        reader = PdfFileReader(BytesIO(content))
        embedded = reader.embedded_regular_signatures
        problems += [Problem(Place(name), what) for what in _missing(reader)]
        for signature in embedded:
            last, place = signature is embedded[-1], Place(name, 0, signature.field_name)
            seal = _examined(signature, last, place, trust, problems)
            seals += [seal] if seal else []
        if embedded and not problems and not _whole(reader):
            problems.append(Problem(Place(name), tr("after it was signed, something was added at its end")))
    except Exception as error:  # any error in a file from outside means: not proved
        problems.append(Problem(Place(name), tr("its signature cannot be read: {error}", error=tr_error(error))))
    return tuple(seals), problems


def is_signed(content: bytes) -> bool:
    """Return whether a file is a PDF with a signature, valid or not."""
    try:
        return bool(PdfFileReader(BytesIO(content)).embedded_regular_signatures)
    except Exception:  # any error means that it is no such PDF
        return False


def _missing(reader: PdfFileReader) -> Iterator[Translatable]:
    """Yield each removed signature of a PDF, and each signature field that is empty."""
    count = reader.xrefs.total_revisions
    if count > REVISIONS:
        yield tr("it was changed more than {most} times", most=REVISIONS)
        return
    now = {name for name, value, _ in enumerate_sig_fields(reader, filled_status=True) if value}
    former = (reader.get_historical_resolver(revision) for revision in range(count - 1))
    before = {name for each in former for name, value, _ in enumerate_sig_fields(each, filled_status=True) if value}
    yield from (tr("its signature '{name}' was taken out", name=name) for name in sorted(before - now))
    empty = enumerate_sig_fields(reader, filled_status=False)
    yield from (tr("its field '{name}' holds no signature", name=name) for name, *_ in empty)


def _whole(reader: PdfFileReader) -> bool:
    """Return whether the last signature of a PDF, or a timestamp after it, covers it up to the end."""
    return bool(reader.embedded_signatures[-1].evaluate_signature_coverage() == SignatureCoverageLevel.ENTIRE_FILE)


def _context(trust: Trust) -> ValidationContext:
    return ValidationContext(trust_roots=list(trust.roots), allow_fetching=False)


def _uses() -> KeyUsageConstraints:
    return KeyUsageConstraints(key_usage=set(_USES), match_all_key_usages=False)


def _examined(signature: Any, last: bool, place: Place, trust: Trust, problems: Problems) -> SignatureReport | None:
    context = _context(trust)
    policy = _PROOF_ONLY if last else DEFAULT_DIFF_POLICY
    status = validate_pdf_signature(signature, context, context, key_usage_settings=_uses(), diff_policy=policy)
    found = _faults(status, bool(trust.roots))
    found += [] if found[:1] in ([_CHANGED], [_NOT_ITS]) else list(_later(status, last))
    problems += [Problem(place, what) for what in found]
    return None if found else _seal(status)


def _seal(status: Any) -> SignatureReport:
    stamp, certificate = status.timestamp_validity, status.signing_cert
    moment = stamp.timestamp if stamp else status.signer_reported_dt
    return SignatureReport(
        signer=_called(certificate),
        fingerprint=sha256(certificate.dump()).hexdigest(),
        at=moment.isoformat() if moment else "",
        trusted=bool(status.trusted),
        clock=_called(stamp.signing_cert) if stamp else "",
        clock_trusted=bool(stamp and stamp.trusted),
    )


def _called(certificate: Any) -> str:
    """Return the name of a certificate's holder."""
    name = certificate.subject.human_friendly
    with suppress(KeyError):
        name = certificate.subject.native["common_name"]
    return str(name)


def _faults(status: Any, known: bool) -> list[Translatable]:
    """Return the faults of a signature; `known` says that there are authorities to check its signer against."""
    if not status.intact:
        return [_CHANGED]
    if not status.valid:
        return [_NOT_ITS]
    found = []
    if known and not status.trusted:
        found.append(tr("its signer is not certified by a trusted authority"))
    stamp = status.timestamp_validity
    if stamp is not None and not (stamp.valid and stamp.intact):
        found.append(tr("its timestamp is not valid"))
    elif stamp is not None and known and not stamp.trusted:
        found.append(
            tr(
                "its timestamp is by '{clock}', for which no trusted authority vouches",
                clock=_called(stamp.signing_cert),
            )
        )
    return found


def _later(status: Any, last: bool) -> Iterator[Translatable]:
    """Yield the forbidden changes of a PDF after a signature."""
    later = status.modification_level
    added = status.coverage != SignatureCoverageLevel.ENTIRE_FILE
    allowed = ModificationLevel.LTA_UPDATES if last else ModificationLevel.FORM_FILLING
    if added and (later is None or later > allowed or not status.docmdp_ok):
        yield tr("after it was signed, {change}", change=_CHANGES.get(later, tr("something was added")))
