"""Change several files of a workspace in one transaction: all of them or none, even after a crash.

The new contents are first written to a journal beside the data. Renaming the journal to its final name commits the
transaction: after a crash, the next command that opens the workspace completes it. A file that somebody else changed
in the meantime is never overwritten.
"""

import json
import os
import shutil
from collections.abc import Mapping
from errno import EEXIST
from hashlib import sha256
from pathlib import Path

from jianbao.core.atomic import append_to_file, replacing_folder, sync_folder, write_files
from jianbao.core.encoding import EncodingError, decode
from jianbao.core.errors import DeliveryError, Place, Problem, UsageError, disk_problem, raise_all
from jianbao.core.messages import tr
from jianbao.core.snapshot import Snapshot

JOURNAL_FOLDER = "data"  # the folder in which the journal is
CHANGEABLE_FOLDERS = (JOURNAL_FOLDER, "templates")  # the folders whose files a transaction may change
JOURNAL = ".amendment"
JOURNAL_INDEX = "files.json"  # in the journal: the number, and the hash before and after, of each changed file
TEXT_SUFFIXES = (".csv", ".yml", ".jsonl")  # suffixes of files whose text is checked before it is written
_NO_FILE = ""  # in place of the hash of a file that does not exist


def commit(root: Path, before: Snapshot, after: Snapshot) -> tuple[str, ...]:
    """Write the differences between two snapshots into the workspace, all or nothing; return the changed files.

    Raises DeliveryError if the disk refuses, or if one of these files has changed since the `before` snapshot, and
    UsageError if one of them could not be read afterwards.
    """
    changed = after.changed_since(before)
    _refuse_unreadable({name: new for name, (_, new) in changed.items()})
    try:
        recover(root)
        _write_journal(root, changed)
        recover(root)
    except OSError as error:
        raise DeliveryError(disk_problem(error, root, tr("the workspace cannot be changed"))) from error
    return tuple(sorted(changed))


def append(root: Path, name: str, content: bytes) -> bytes:
    """Append to a file of a workspace, which is created if missing, and return its whole content afterwards.

    Concurrent calls wait for each other, so that nothing is lost; a crash leaves the file unchanged or with the whole
    addition. Raises DeliveryError if the disk refuses, or if the file lies outside data/ and templates/, and UsageError
    if it could not be read afterwards.
    """
    path = root / name
    _refuse_unreadable({name: content})
    if not _is_inside(root, name):
        raise DeliveryError(Problem(Place(name), tr("this is outside the workspace"), tr("keep every file inside it")))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return append_to_file(path, content)
    except OSError as error:
        raise DeliveryError(disk_problem(error, path, tr("the file cannot be changed"))) from error


def _refuse_unreadable(files: Mapping[str, bytes]) -> None:
    """Raise UsageError for a text that this program would refuse to read, such as one with invisible characters."""
    problems = []
    for name, content in files.items():
        try:
            decode(content if name.endswith(TEXT_SUFFIXES) else b"")
        except EncodingError as error:
            problems.append(Problem(Place(name), tr("this was not written: {error}", error=error.reason), error.hint))
    raise_all(problems, UsageError)


def _write_journal(root: Path, changed: Mapping[str, tuple[bytes | None, bytes]]) -> None:
    """Write the journal, then commit it by its final name; `changed` has the bytes of each file before and after."""
    record, contents = {}, {}
    for number, (name, (before, after)) in enumerate(sorted(changed.items())):
        old = _NO_FILE if before is None else sha256(before).hexdigest()
        record[name] = {"file": str(number), "old": old, "new": sha256(after).hexdigest()}
        contents[str(number)] = after
    contents[JOURNAL_INDEX] = json.dumps(record, ensure_ascii=False, indent=1).encode()

    def check(journal: Path) -> None:
        """Raise an error if another process is changing the workspace, or has changed one of these files."""
        if os.path.lexists(journal):
            raise FileExistsError(EEXIST, os.strerror(EEXIST), str(journal))
        changed_since = [name for name, entry in record.items() if _state(root / name, entry) == "strange"]
        raise_all(map(_changed_meanwhile, changed_since), DeliveryError)

    with replacing_folder(root / JOURNAL_FOLDER / JOURNAL, check) as made:
        write_files(made, contents)


def _changed_meanwhile(name: str) -> Problem:
    what = tr("the file was changed in the meantime: nothing was written")
    return Problem(Place(name), what, tr("run the command again"))


def recover(root: Path) -> None:
    """Complete a committed transaction that a crash interrupted, if there is one.

    Raises DeliveryError if somebody else changed one of its files.
    """
    journal = root / JOURNAL_FOLDER / JOURNAL
    try:
        if not journal.is_dir():
            return
    except PermissionError:  # reported when the folder is read
        return
    record = _record(root, journal)
    states = {name: _state(root / name, entry) for name, entry in record.items()}
    strange = sorted(name for name, state in states.items() if state == "strange")
    if strange:
        _raise_conflict(root, strange, begun="new" in states.values())
    for name, entry in record.items():
        if states[name] == "old":
            _move_into_place(journal / entry["file"], root / name, entry["new"])
    sync_folder(journal.parent)
    _discard(journal)


def _record(root: Path, journal: Path) -> dict[str, dict[str, str]]:
    """Return the entries of a committed journal by file; raise an error if it is damaged or would write elsewhere."""
    try:
        record = json.loads((journal / JOURNAL_INDEX).read_bytes())
        valid = not journal.is_symlink() and all(
            _is_inside(root, name)
            and entry["file"].isdecimal()
            and not (journal / entry["file"]).is_symlink()
            and {"old", "new"} <= set(entry)
            for name, entry in record.items()
        )
    except (ValueError, KeyError, AttributeError, TypeError, OSError, RecursionError):
        valid = False
    if not valid:
        what = tr("the record of an interrupted change is damaged, or would change files outside the workspace")
        hint = tr(
            "delete the folder {folder}/{journal} and check that the tables in {folder}/ are consistent",
            folder=JOURNAL_FOLDER,
            journal=JOURNAL,
        )
        raise DeliveryError(Problem(Place(f"{JOURNAL_FOLDER}/{JOURNAL}/{JOURNAL_INDEX}"), what, hint))
    return dict(record)


def _is_inside(root: Path, name: str) -> bool:
    """Return whether a file lies in a folder that a transaction may change, also after links are followed."""
    folder = (root / name).parent.resolve()
    return any(folder.is_relative_to((root / part).resolve()) for part in CHANGEABLE_FOLDERS)


def _state(path: Path, entry: Mapping[str, str]) -> str:
    """Return whether a file is as after the transaction ("new"), as before it ("old"), or neither ("strange")."""
    found = sha256(path.read_bytes()).hexdigest() if path.is_file() else _NO_FILE
    return "new" if found == entry["new"] else "old" if found == entry["old"] else "strange"


def _move_into_place(made: Path, path: Path, wanted: str) -> None:
    """Move a file of the journal to its path; do nothing if another process has already done so.

    `wanted` is the hash that the file then must have.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            shutil.copymode(path, made)
        made.replace(path)
    except FileNotFoundError:
        if _state(path, {"new": wanted, "old": _NO_FILE}) != "new":
            raise


def _raise_conflict(root: Path, names: list[str], begun: bool) -> None:
    """Raise DeliveryError for files that somebody else changed; if no file was moved yet, the journal is discarded."""
    journal = root / JOURNAL_FOLDER / JOURNAL
    if begun:
        what = tr("the file was changed after an intake was interrupted")
        hint = tr(
            "restore the file, or delete {folder}/{journal}/ and check that the tables in {folder}/ are consistent",
            folder=JOURNAL_FOLDER,
            journal=JOURNAL,
        )
    else:
        _discard(journal)
        raise DeliveryError(map(_changed_meanwhile, names))
    raise DeliveryError(Problem(Place(name), what, hint) for name in names)


def _discard(journal: Path) -> None:
    """Rename the journal away in one step, then delete it."""
    trash = journal.with_name(f"{JOURNAL}-done")
    shutil.rmtree(trash, ignore_errors=True)
    try:
        journal.rename(trash)
    except FileNotFoundError:  # another process was faster
        return
    shutil.rmtree(trash, ignore_errors=True)
