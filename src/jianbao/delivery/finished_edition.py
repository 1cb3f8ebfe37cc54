"""Read a finished edition back and check it against its manifest; keep its records in the archive.

A record in the archive is replaced only for a stated reason.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from jianbao.core.atomic import has_file
from jianbao.core.documents import Problems
from jianbao.core.edition_folder import ARCHIVE, IGNORED, MANIFEST, SIGNATURE, listed_hashes, write_folder
from jianbao.core.errors import DeliveryError, Extra, Place, Problem, UsageError, raise_all
from jianbao.core.messages import tr, tr_error, tr_later, tr_list
from jianbao.delivery.checksums import KEY, Trust
from jianbao.text.formatter import language_name

LEDGER, APPROVALS = "ledger.json", "approvals.json"
RECORD_FILES = (MANIFEST, LEDGER, "scores.csv", APPROVALS)  # the manifest has the hashes of the pages
REPLACED = "replaced.jsonl"
BRIEF, VOLUME = "brief", "evidence"
TEMPLATES: Mapping[str, str] = {
    BRIEF: tr_later("Brief"),
    "onepage": tr_later("One page"),
    "gongwen": tr_later("Official document"),
    VOLUME: tr_later("Evidence volume"),
}
PACKAGE = tr_later("the package")
RECORDS: Mapping[str, str] = {
    APPROVALS: tr_later("Record: what is approved"),
    LEDGER: tr_later("Record: facts"),
    "scores.csv": tr_later("Record: scores"),
    MANIFEST: tr_later("Record: files and their hashes"),
}


def template_in_words(template: str, language: str) -> str:
    """Return the name of a kind of document in a language."""
    return tr(TEMPLATES[template]).in_language(language) if template in TEMPLATES else template


def layout_in_words(layout: str, language: str) -> str:
    """Return the names of a product's or recipients' languages ("zh-en") in a language."""
    languages = [language_name(each, language) for each in layout.split("-")]
    if languages[1:]:
        return tr("{languages} side by side", languages=" · ".join(languages)).in_language(language)
    return languages[0]


def product_in_words(product: str, language: str) -> str:
    """Return the name of a product ("brief.zh-en") in a language: its kind, and its languages."""
    template, _, layout = product.partition(".")
    name, what = template_in_words(template, language), layout_in_words(layout, language)
    return tr("{name} ({what})", name=name, what=what).in_language(language)


def file_in_words(name: str, language: str) -> str:
    """Return the name of a document's file ("brief.zh-en.pdf") in a language; "" for another file."""
    product, _, form = name.rpartition(".")
    known = product.partition(".")[0] in TEMPLATES and "/" not in name
    return f"{product_in_words(product, language)} · {form.upper()}" if known else ""


def file_called(name: str, language: str) -> str:
    """Return the name of a finished file, a record or the package in a language; the file name for any other file."""
    if name in RECORDS or name.endswith(".zip"):
        return tr(RECORDS.get(name, PACKAGE)).in_language(language)
    return file_in_words(name, language) or name


def archive_folder(output: Path, label: str) -> Path:
    """Return the folder of an edition in the archive beside the editions."""
    return output / ARCHIVE / label


def built_or_archived(output: Path, label: str) -> Path:
    """Return the folder with the records of an edition: its own, or else that in the archive."""
    frozen = archive_folder(output, label)
    return frozen if (frozen / MANIFEST).is_file() and not (output / label / MANIFEST).is_file() else output / label


def archived_or_built(output: Path, label: str) -> Path | None:
    """Return the folder with the records of an edition as published, or else as last built; None if it is neither."""
    places = archive_folder(output, label), output / label
    return next((each for each in places if all(has_file(each / name) for name in (LEDGER, APPROVALS))), None)


def published_labels(output: Path) -> tuple[str, ...]:
    """Return the labels of the editions that are in the archive."""
    return tuple(sorted(path.parent.name for path in (output / ARCHIVE).glob(f"*/{MANIFEST}")))


def freeze(output: Path, label: str, files: Mapping[str, bytes], because: str) -> bool:
    """Copy the records of a finished edition to the archive; return whether anything changed.

    Other records of the edition are replaced only for a reason, which is recorded with the hash of the replaced
    manifest. Raises UsageError without one, DeliveryError if the disk refuses, a record is missing, or the folder has
    files that are not the archive's.
    """
    folder = archive_folder(output, label)
    if folder.parent.is_symlink():
        raise DeliveryError(Problem(Place(str(folder.parent)), tr("this is a link, which is not followed")))
    if lacking := [name for name in RECORD_FILES if name not in files]:
        what = tr("the edition has no {file}", file=lacking[0])
        raise DeliveryError(Problem(Place(str(output / label)), what, tr("build the edition again")))
    records = {name: files[name] for name in (*RECORD_FILES, SIGNATURE) if name in files}
    known = (*RECORD_FILES, SIGNATURE, REPLACED)
    former = {name: (folder / name).read_bytes() for name in known if (folder / name).is_file()}
    history = former.pop(REPLACED, b"")
    if former == records:
        return False
    if former and not because.strip():
        what = tr(
            "the archive has another edition {label}: {files}", label=label, files=tr_list(_unlike(former, records))
        )
        hint = tr("what was published is kept; to replace it, say why with --because REASON")
        raise UsageError(Problem(Place(str(folder)), what, hint))
    if former:
        entry = {"manifest": sha256(former.get(MANIFEST, b"")).hexdigest(), "because": because.strip()}
        history += (json.dumps(entry, ensure_ascii=False) + "\n").encode()
    write_folder(folder, {**records, **({REPLACED: history} if history else {})}, tr("the archive"), (REPLACED,))
    return True


def _unlike(former: Mapping[str, bytes], records: Mapping[str, bytes]) -> list[str]:
    return [name for name in {**records, **former} if former.get(name) != records.get(name)]


_AGAIN = tr("build the edition again")
signature = Extra("sign", "jianbao.delivery.signature")


@dataclass(frozen=True)
class Finished:
    """The label of an edition, the content of its manifest, and the files of its folder by name, with the manifest."""

    label: str
    record: Mapping[str, Any]
    files: Mapping[str, bytes]

    def changed_since(self, inputs: Mapping[str, str]) -> tuple[str, ...]:
        """Return the files of the workspace that have changed since the edition was built."""
        built = self.record.get("inputs")
        known: Mapping[str, str] = built if isinstance(built, Mapping) else {}
        return tuple(name for name in sorted({*known, *inputs}) if known.get(name) != inputs.get(name))


def read_finished(folder: Path) -> Finished:
    """Return the edition in a folder; raises DeliveryError if it is missing, incomplete or changed."""
    place = Place(str(folder))
    if not (folder / MANIFEST).is_file():
        hint = tr("build it first: jianbao build --edition {folder}", folder=folder.name)
        raise DeliveryError(Problem(place, tr("there is no finished edition here"), hint))
    try:
        paths = [path for path in sorted(folder.iterdir()) if path.name not in IGNORED]
        _refuse_links(paths)
        files = {path.name: path.read_bytes() for path in paths if path.is_file()}
        record = json.loads(files[MANIFEST])
        listed = listed_hashes({**record, "outputs": record["outputs"]})
    except OSError as error:
        raise DeliveryError(Problem(place, tr("the edition cannot be read: {error}", error=tr_error(error)))) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DeliveryError(
            Problem(Place(str(folder / MANIFEST)), tr("it is not the manifest of an edition"), _AGAIN)
        ) from error
    raise_all(_differences(folder, files, listed), DeliveryError)
    raise_all(_unsigned(folder, files, record), DeliveryError)
    return Finished(folder.name, record, files)


def _refuse_links(paths: Sequence[Path]) -> None:
    """Raise DeliveryError for each link, whose target is not part of the edition."""
    links = (path for path in paths if path.is_symlink())
    what = tr("this is a link, not a file that the build made")
    raise_all((Problem(Place(str(path)), what, tr("remove it from the folder")) for path in links), DeliveryError)


def _unsigned(folder: Path, files: Mapping[str, bytes], record: Mapping[str, object]) -> Problems:
    """Return the faults of the signature of an edition's manifest, if it is or should be there."""
    place = str(folder / MANIFEST)
    if SIGNATURE in files:
        return list(signature.examine_content(files[MANIFEST], files[SIGNATURE], place, Trust())[1])
    hint = tr("restore it, or build the edition again and sign it")
    return (
        [Problem(Place(place), tr("it was signed, and {file} is missing", file=SIGNATURE), hint)]
        if KEY in record
        else []
    )


def _differences(folder: Path, files: Mapping[str, bytes], listed: Mapping[str, str]) -> Problems:
    problems = []
    for name in sorted({*files, *listed} - {MANIFEST, SIGNATURE}):
        where = Place(str(folder / name))
        if name not in files:
            problems.append(Problem(where, tr("the file is missing"), _AGAIN))
        elif name not in listed:
            problems.append(Problem(where, tr("the build did not make this file"), tr("remove it from the folder")))
        elif sha256(files[name]).hexdigest() != listed[name]:
            problems.append(Problem(where, tr("the file was changed after the build"), _AGAIN))
    return problems
