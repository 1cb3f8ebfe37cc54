"""The archive of published editions; a record is replaced only for a stated reason."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from jianbao.brief.export import ARCHIVE
from jianbao.core.edition_folder import MANIFEST, SIGNATURE, write_folder
from jianbao.core.errors import DeliveryError, Place, Problem, UsageError
from jianbao.core.messages import tr, tr_list

LEDGER = "ledger.json"
KEPT = (MANIFEST, LEDGER, "scores.csv", "approvals.json")  # the pages are proved by their hashes in the manifest
REPLACED = "replaced.jsonl"


def archive_folder(output: Path, label: str) -> Path:
    """Return the folder of an edition in the archive beside the editions."""
    return output / ARCHIVE / label


def published_at(output: Path, label: str) -> Path:
    """Return where the records of an edition are: in its folder, or else in the archive."""
    frozen = archive_folder(output, label)
    return frozen if (frozen / MANIFEST).is_file() and not (output / label / MANIFEST).is_file() else output / label


def published_labels(output: Path) -> tuple[str, ...]:
    """Return the labels of the editions that are in the archive."""
    return tuple(sorted(path.parent.name for path in (output / ARCHIVE).glob(f"*/{MANIFEST}")))


def freeze(output: Path, label: str, files: Mapping[str, bytes], because: str) -> bool:
    """Keep the records of a finished edition in the archive; return whether it did not hold these already.

    Where it holds others, they are replaced if there is a reason, which is written down with the hash of the manifest
    that it outdates; raises UsageError if there is none, DeliveryError if the disk refuses, a
    record is lacking, or what stands there is not the archive's.
    """
    folder = archive_folder(output, label)
    if folder.parent.is_symlink():
        raise DeliveryError(Problem(Place(str(folder.parent)), tr("a link stands here, which is not followed")))
    if lacking := [name for name in KEPT if name not in files]:
        what = tr("the edition has no {file}", file=lacking[0])
        raise DeliveryError(Problem(Place(str(output / label)), what, tr("build the edition again")))
    records = {name: files[name] for name in (*KEPT, SIGNATURE) if name in files}
    known = (*KEPT, SIGNATURE, REPLACED)
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
