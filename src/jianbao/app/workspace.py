"""The workspace: the only module that reads the files people edit."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

from jianbao.core.errors import DeliveryError, Place, Problem, UsageError, nearest
from jianbao.core.messages import tr, tr_error
from jianbao.core.snapshot import FOLDER, HIDDEN, OUTSIDE, STAY, TEMPLATE_SUFFIXES, File, Snapshot, read_entry
from jianbao.core.transaction import recover

DATA = "data"
TEMPLATES = "templates"
WORDING = f"{TEMPLATES}/wording"
OUTPUT = "output"
ANOMALIES = f"{DATA}/anomalies.yml"
SERIES = f"{DATA}/series.yml"
THEME = f"{TEMPLATES}/theme.yml"
FOLDERS = (DATA, TEMPLATES)
REVIEWS = f"{DATA}/reviews"
PROPOSALS = f"{DATA}/proposals"  # not an input of editions


def snapshot(root: Path) -> Snapshot:
    """Read every file of data/ and templates/ once, without hidden ones and proposals.

    A change that a crash interrupted is completed first, so that either the old or the new state is read. A link out of
    the workspace, and a file that is too large or unreadable, raises its error only when the snapshot is asked for it.
    Raises DeliveryError if an interrupted change cannot be completed, UsageError if there is nothing to read.
    """
    recover(root)
    entries = dict(_entries(root.resolve()))
    if not entries:
        hint = tr("name the folder that has data/editions.yml, or make one with `jianbao new`")
        raise UsageError(Problem(Place(str(root)), tr("there is no workspace in this folder"), hint))
    return Snapshot(
        files={name: entry for name, entry in sorted(entries.items()) if isinstance(entry, File)},
        refused={name: entry for name, entry in sorted(entries.items()) if isinstance(entry, Problem)},
    )


def output_folder(root: Path, named: Path | None = None) -> Path:
    """Return the folder of editions: the named one, or else the workspace's own.

    Raises DeliveryError if the workspace's own is a link out of it, since nobody named its target.
    """
    own = root / OUTPUT
    if named is None and not own.resolve().is_relative_to(root.resolve()):
        what = tr("this is a link that leads out of the workspace, to '{own}'", own=own.resolve())
        raise DeliveryError(Problem(Place(str(own)), what, tr("take it away, or name the folder by --output")))
    return named or own


def _entries(root: Path) -> Iterator[tuple[str, File | Problem]]:
    """Yield each file by name, or the problem for which it or a folder is not read; each folder is read once."""
    due, seen = deque(FOLDERS), {root}
    while due:
        name = due.popleft()
        folder = (root / name).resolve()
        if not folder.is_relative_to(root):
            yield f"{name}/", Problem(Place(name), OUTSIDE, STAY)
        elif folder not in seen:
            seen.add(folder)
            try:
                listed = folder.iterdir() if folder.is_dir() else ()
                paths = sorted((path, path.is_dir()) for path in listed if not path.name.startswith(HIDDEN))
            except OSError as error:
                yield f"{name}/", Problem(Place(name), tr("the folder cannot be read: {error}", error=tr_error(error)))
                continue
            for path, is_folder in paths:
                inside = f"{name}/{path.name}"
                if is_folder and path.suffix in (".csv", ".xlsx", ".yml", *TEMPLATE_SUFFIXES):
                    yield inside, Problem(Place(inside), FOLDER)
                elif is_folder and inside != PROPOSALS:  # links come last, so that a folder is read under its own name
                    (due.append if path.is_symlink() else due.appendleft)(inside)
                elif path.is_file() and (entry := read_entry(root, path, inside)):
                    yield inside, entry


def read_built_file(file: Path) -> bytes:
    """Return a file of an earlier build from any place; raises UsageError if there is none."""
    if not file.is_file():
        hint = tr("give the folder of a built edition, or its ledger.json")
        raise UsageError(Problem(Place(str(file)), tr("the file does not exist"), hint))
    try:
        return file.read_bytes()
    except OSError as fault:
        what = tr("the file cannot be read: {error}", error=tr_error(fault))
        hint = tr("see that you may read it and the disk answers")
        raise UsageError(Problem(Place(str(file)), what, hint)) from fault


def review_file(label: str) -> str:
    """Return the path in the workspace of the file with the reviews of an edition."""
    return f"{REVIEWS}/{label}.jsonl"


def read_reviews(snapshot: Snapshot, label: str) -> str:
    """Return the reviews of an edition as lines of text; "" if there are none."""
    file = review_file(label)
    return snapshot.text(file) if file in snapshot.names(REVIEWS, ".jsonl") else ""


def proposal_file(name: str) -> str:
    """Return the path in the workspace of the file of a proposal."""
    return f"{PROPOSALS}/{name}.yml"


def proposal_names(root: Path) -> tuple[str, ...]:
    """Return the names of the stored proposals, sorted."""
    return tuple(sorted(path.stem for path in (root / PROPOSALS).glob("*.yml")))


def read_proposal_file(root: Path, name: str) -> Snapshot:
    """Return a snapshot with only the file of a proposal, under its path; raises UsageError if there is none."""
    file = proposal_file(name)
    if Path(name).name != name or not (root / file).is_file():
        hint = nearest(name, proposal_names(root), tr("`jianbao propose … --keep` keeps one"))
        raise UsageError(Problem(Place(PROPOSALS), tr("there is no proposal '{name}'", name=name), hint))
    entry = read_entry(root.resolve(), root / file, file)
    if isinstance(entry, File):
        return Snapshot(files={file: entry})
    raise UsageError(entry or Problem(Place(file), tr("the file does not exist")))


def edition_files(folder: Path) -> tuple[str, ...]:
    """Return the names of the files of a built edition."""
    return tuple(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()))
