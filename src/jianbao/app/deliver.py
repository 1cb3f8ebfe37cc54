"""Package, sign and deliver a finished edition."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from jianbao.app import workspace
from jianbao.app.approval import edition_inputs
from jianbao.app.assess import Assessment, Report, assess, document_inputs, documents_of, renderer_of
from jianbao.app.check import read_design
from jianbao.app.product_checks import specimens
from jianbao.app.project import DELIVERY, read_project
from jianbao.app.sign_off.stations import issued_snapshot, refuse_unissued, sign_off
from jianbao.brief.export import extracts
from jianbao.brief.letterhead import COVERING
from jianbao.brief.outline import Product
from jianbao.core.edition_folder import MANIFEST, SIGNATURE, publish, with_signed_files, write_each
from jianbao.core.errors import ContentError, DeliveryError, Extra, Place, Problem, nearest, raise_all
from jianbao.core.messages import tr
from jianbao.core.snapshot import Snapshot
from jianbao.data.facts import Fact
from jianbao.delivery import checksums, journal, send
from jianbao.delivery.checksums import INVENTORY, MAX_INVENTORY_BYTES, Trust, make_checksums, read_checksums, read_whole
from jianbao.delivery.finished_edition import Finished, read_finished
from jianbao.delivery.package import LETTER, TEMPLATE, Package, chinese_index, gather, pack, write_letter
from jianbao.delivery.recipients import PACKAGE, MailServer, RecipientGroup
from jianbao.delivery.send import SendResult
from jianbao.delivery.smtp import Message, connect, secured, write_messages
from jianbao.delivery.traces import refuse_traces, remark_notes
from jianbao.intake.labels import Labels
from jianbao.render.html.page import compose_html
from jianbao.render.pdf.lost_text import Origin
from jianbao.render.pdf.render import Metadata, render_pdf
from jianbao.review.verdicts import LOG, returned_items

signature = Extra("sign", "jianbao.delivery.signature")


@dataclass(frozen=True)
class PreparedDelivery:
    """An edition that is ready to be delivered: its package, the messages, the mail server and the journal's path."""

    package: Package
    messages: tuple[Message, ...]
    server: MailServer | None
    journal: Path


@dataclass(frozen=True)
class DeliveryChoice:
    """Decisions for a delivery: addresses of doubtful messages that arrived, or are to be sent again.

    `revised` allows a new version to follow one that was sent; `authority` is the certificate authority of the server.
    """

    arrived: Sequence[str] = ()
    again: Sequence[str] = ()
    revised: bool = False
    authority: Path | None = None


@dataclass(frozen=True, kw_only=True)
class DeliveryRequest:
    """A finished edition to deliver: its workspace and label, and the folder of editions (None: output/).

    `unissued` allows an edition that has not passed every station.
    """

    root: Path
    edition: str
    output: Path | None = None
    unissued: bool = False

    @property
    def folder(self) -> Path:
        """Return the folder of the editions."""
        return workspace.output_folder(self.root, self.output)


def package_edition(request: DeliveryRequest, report: Report) -> tuple[Path, Package]:
    """Pack a finished edition beside its folder, and return the path and the package.

    Raises DeliveryError if the edition is not finished, is final but not issued, or was built from another state of the
    workspace, or if the path has a file that is not a package.
    """
    known, finished = _finished(request, report)
    path = request.folder / f"{finished.label}.zip"
    check_package(path)
    packed = _packed(known, finished, report)
    write_each(request.folder, {path.name: packed.content})
    return path, packed


def delivery_notes(request: DeliveryRequest) -> Sequence[Problem]:
    """Return a note for each official paper of a final that is still a specimen, and on the remarks in the tables."""
    project = read_project(workspace.snapshot(request.root))
    return [*specimens(project), *remark_notes(project.evidence.tables, Labels.of(project.sections).table_for_user)]


def check_package(path: Path) -> None:
    """Raise DeliveryError if a path has a file that is not a package of this program."""
    if not os.path.lexists(path):
        return
    try:
        if not path.is_symlink() and path.is_file():
            with ZipFile(path) as archive:
                if archive.getinfo(INVENTORY).file_size <= MAX_INVENTORY_BYTES:
                    read_checksums(archive.read(INVENTORY), path.name)
                    return
    except (OSError, KeyError, ValueError, BadZipFile, NotImplementedError, RuntimeError, DeliveryError):
        pass  # any other error is reported below
    raise DeliveryError(Problem(Place(str(path)), tr("this is no package of this program"), tr("move it elsewhere")))


def _finished(request: DeliveryRequest, report: Report, outward: bool = False) -> tuple[Assessment, Finished]:
    """Return a finished edition and its assessment, if it may be delivered; `outward`: to its recipients.

    A draft need not be issued as long as it stays inside the office.
    """
    report(tr("comparing the finished files with the workspace"))
    snapshot = _built_from(request)
    project = read_project(snapshot)
    issue = project.series.issue(request.edition)
    finished = read_finished(request.folder / issue.label)
    raise_all(
        [
            Problem(
                Place(name),
                tr("it was changed after the edition {edition} was built", edition=issue.label),
                tr("build the edition again"),
            )
            for name in _changed(finished, snapshot)
        ],
        DeliveryError,
    )
    if not project.series.draft:
        raise_all(returned_items(finished.files.get(LOG, b""), workspace.review_file(issue.label)), DeliveryError)
    assessment = assess(project, issue)
    if not request.unissued and (outward or not project.series.draft):
        refuse_unissued(assessment)
    return assessment, finished


def _built_from(request: DeliveryRequest) -> Snapshot:
    """Return the workspace from which an edition was built: today's, or the one stored when it was issued."""
    today = workspace.snapshot(request.root)
    issued = issued_snapshot(today, request.edition)
    if issued is None:
        return today
    finished = read_finished(request.folder / request.edition)
    return issued if _changed(finished, today) and not _changed(finished, issued) else today


def _changed(finished: Finished, snapshot: Snapshot) -> list[str]:
    """Return the files that have changed since an edition was built, without recipients and covering letter."""
    return [name for name in finished.changed_since(edition_inputs(snapshot, finished.label)) if name != DELIVERY]


def changed_since_built(request: DeliveryRequest) -> tuple[str, ...]:
    """Return the files that have changed since an edition was built; raises DeliveryError if it is not complete."""
    finished = read_finished(request.folder / request.edition)
    return tuple(_changed(finished, _built_from(request)))


def _packed(assessment: Assessment, finished: Finished, report: Report) -> Package:
    """Return the package of an edition.

    Raises DeliveryError if a file contains traces that must not be sent, or if it differs from the signed package.
    """
    files = _contents(assessment, finished, report)
    report(tr("looking for traces"))
    refuse_traces(files, assessment.project.addresses.traces, office_names(assessment))
    report(tr("packing"))
    package = pack(finished.label, assessment.issue.as_of, checksums.program_and_version(), files)
    if checksums.KEY in finished.record:
        where = Place(f"{finished.label}/{MANIFEST}")
        covered = checksums.read_signed_content(finished.files[MANIFEST], where)
        hint = tr("sign the edition again: {sign} {finished}", sign=checksums.SIGN, finished=finished.label)
        wrong = checksums.package_differences(covered, package.inventory, finished.label)
        raise_all((replace(each, hint=hint) for each in wrong), DeliveryError)
    return package


def office_names(assessment: Assessment) -> set[str]:
    """Return the names of the issuing office in every language."""
    project, renderer = assessment.project, renderer_of(assessment).naming_series()
    ids = {project.series.issuer, project.letterhead.office, project.covering.office} - {""}
    names = [renderer.value(Fact(id="", value=office, kind="name")) for office in ids]
    heads = [text for each in (project.letterhead, project.covering) for text in each.texts.get("head", {}).values()]
    return {each.text(language) for each in names for language in project.writers} | {*heads}


def _contents(assessment: Assessment, finished: Finished, report: Report) -> dict[str, bytes]:
    """Return the files of a package without its inventory; raises ContentError if phrases of the letter are missing."""
    files = _gathered(assessment, finished)
    report(tr("writing the covering letter"))
    names = [*files, *(f"{LETTER}.{language}.pdf" for language in assessment.project.writers), INVENTORY]
    return {**files, **_letters(assessment, names), **chinese_index(renderer_of(assessment), finished.label, names)}


def _gathered(assessment: Assessment, finished: Finished) -> dict[str, bytes]:
    evidence, day = assessment.project.evidence, assessment.issue.as_of
    return gather(finished, day, extracts(evidence.tables, day), evidence.sources.values())


def _letters(assessment: Assessment, names: Sequence[str]) -> Mapping[str, bytes]:
    """Return the covering letter in every language as PDF."""
    design, renderer = read_design(assessment.project.snapshot), renderer_of(assessment).naming_series()
    inputs = document_inputs(assessment, renderer, next(iter(assessment.project.outline.parts)))
    passed = not assessment.project.stations.stations or sign_off(assessment, documents_of(assessment)).issued
    issued = passed and not assessment.project.series.draft
    brief = write_letter(inputs, assessment.project.covering, names, issued=issued)
    raise_all(dict.fromkeys(renderer.problems), ContentError)
    letters = {}
    for language in assessment.project.writers:
        product = Product(TEMPLATE, (language,))
        html = compose_html(brief, product.languages, design, f"{TEMPLATE}/page.html.j2")
        about = Metadata(title=brief.title.text(language), languages=(brief.languages[language],), day=brief.as_of)
        name = f"{LETTER}.{language}.pdf"
        letters[name] = render_pdf(html, design.fonts, about, origin=Origin(name))
    return letters


def sign_files(files: Sequence[Path], key: Any, timestamps: str) -> tuple[Path, ...]:
    """Sign PDFs and return the paths of the signed ones, such as `brief.zh.signed.pdf` beside `brief.zh.pdf`.

    Raises DeliveryError for a PDF that cannot be signed, or if such a path has a file that is not a signed PDF.
    """
    signed = {}
    for file in files:
        place = file.with_suffix(".signed.pdf")
        if os.path.lexists(place) and (place.is_symlink() or not signature.is_signed(read_whole(place))):
            raise DeliveryError(Problem(Place(str(place)), tr("this is no signed PDF"), tr("move it elsewhere")))
        signed[place] = signature.sign_pdf(read_whole(file), str(file), key, timestamps)
    for path, content in signed.items():
        write_each(path.parent, {path.name: content})
    return tuple(signed)


def sign_edition(request: DeliveryRequest, key: Any, timestamps: str, report: Report) -> Path:
    """Sign every PDF of a finished edition in place, and its manifest beside it, all or none; return its folder.

    The manifest then lists all files of the package. Raises DeliveryError as `package_edition` does.
    """
    known, finished = _finished(request, report)
    report(tr("signing"))
    pages = {name: content for name, content in finished.files.items() if name.endswith(".pdf")}
    signed = {name: _signed(content, name, key, timestamps) for name, content in pages.items()}
    whole = replace(finished, files={**finished.files, **signed, SIGNATURE: b""})
    contents = _contents(known, whole, report) if COVERING in known.project.sections else _gathered(known, whole)
    listed = make_checksums(finished.label, known.issue.as_of, checksums.program_and_version(), contents)
    covered = checksums.signed_content_record(listed, whole.files)
    manifest = with_signed_files(whole.files, finished.record, tuple(signed), {checksums.KEY: covered})
    proof = signature.sign_content(manifest, f"{finished.label}/{MANIFEST}", key, timestamps)
    return publish(request.folder, finished.label, {**whole.files, MANIFEST: manifest, SIGNATURE: proof})


def _signed(content: bytes, name: str, key: Any, timestamps: str) -> bytes:
    """Return a PDF signed with a key; unchanged if its last signature is by this key and still valid."""
    seals, problems = signature.inspect_signatures(content, name, Trust())
    own = key.signing_cert and sha256(key.signing_cert.dump()).hexdigest()
    if seals and not problems and seals[-1].fingerprint == own:
        return content
    return bytes(signature.sign_pdf(content, name, key, timestamps))


def prepare(request: DeliveryRequest, report: Report) -> PreparedDelivery:
    """Return the delivery of an edition, with the message for every recipient.

    Raises DeliveryError as `package_edition` does, also for a draft that is not issued, and if there is no recipient.
    """
    known, finished = _finished(request, report, outward=True)
    book = known.project.addresses
    if not book.groups:
        hint = tr("write `groups`: who gets which files in which language; see data/README.md")
        raise DeliveryError(Problem(Place(DELIVERY, 0, "groups"), tr("it does not say who gets the edition"), hint))
    packed = _packed(known, finished, report)
    attached = {group.name: _attached(group, finished, packed) for group in book.groups}
    report(tr("writing the messages"))
    renderer = renderer_of(known).naming_series()
    sender = book.mail.sender if book.mail else book.groups[0].recipients[0]
    draft, digest = known.project.series.draft, packed.inventory.digest
    messages = [
        message
        for group in book.groups
        for message in write_messages(
            renderer=renderer, sender=sender, group=group, files=attached[group.name], digest=digest, draft=draft
        )
    ]
    raise_all(dict.fromkeys(renderer.problems), ContentError)
    where = journal.journal_of(request.folder, finished.label)
    return PreparedDelivery(packed, tuple(messages), book.mail, where)


def _attached(group: RecipientGroup, finished: Finished, packed: Package) -> Mapping[str, bytes]:
    """Return the files for a group of recipients: those it names, or the PDFs in its languages."""
    own = [name for name in finished.files if name.endswith(f".{group.layout}.pdf")]
    names = group.files or tuple(own)
    available = {**finished.files, f"{finished.label}.zip": packed.content}
    wanted = [f"{finished.label}.zip" if name == PACKAGE else name for name in names]
    place = Place(DELIVERY, 0, f"groups {group.name}")
    problems = [
        Problem(
            place, tr("'{name}' is not a file of the edition", name=name), nearest(name, [*finished.files, PACKAGE])
        )
        for name in wanted
        if name not in available
    ]
    if not names:
        problems.append(
            Problem(
                place, tr("the edition has no PDF in '{layout}'", layout=group.layout), tr("name the files it gets")
            )
        )
    raise_all(problems, DeliveryError)
    return {name: available[name] for name in wanted}


def send_edition(
    batch: PreparedDelivery, choice: DeliveryChoice, password: Callable[[], str], report: Callable[[SendResult], None]
) -> None:
    """Send the messages that are not sent yet; raises DeliveryError with every message that failed or is in doubt."""
    server = batch.server
    if server is None:
        hint = tr("write `mail` with host, port, security and sender, or deliver with --folder")
        raise DeliveryError(Problem(Place(DELIVERY, 0, "mail"), tr("there is no mail server"), hint))
    with journal.open_journal(batch.journal) as opened:
        send.record_outcomes_in_doubt(batch.messages, opened, choice.arrived, choice.again)
        if not choice.revised:
            send.check_new(batch.messages, opened)
        wanted = any(each.state == journal.UNSENT for each in send.planned(batch.messages, opened))
        context = secured(choice.authority)
        secret = password() if server.user and wanted else ""
        problems = send.send_messages(batch.messages, opened, lambda: connect(server, secret, context), report)
    raise_all(send.unfinished(problems), DeliveryError)


def write_folders(batch: PreparedDelivery, folder: Path) -> tuple[Path, ...]:
    """Write the files and the message of each group into a folder of its name, and return the folders."""
    groups = {message.group: message for message in reversed(batch.messages)}
    return tuple(
        publish(folder, name, {**message.files, "message.txt": message.text.encode()})
        for name, message in reversed(groups.items())
    )
