"""Read the files that people edit, in this module only; and cache the editions built from them."""

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from jianbao.core.atomic import has_file
from jianbao.core.cache import BuildCache, RemoteStore, fingerprint, installation_fingerprint
from jianbao.core.edition_folder import OthersDroppedError, find_published, is_label, publish, with_others
from jianbao.core.errors import DeliveryError, Place, Problem, UsageError, nearest
from jianbao.core.messages import tr, tr_error
from jianbao.core.private_files import cache_folder, keep, own_secret, read_kept
from jianbao.core.snapshot import FOLDER, HIDDEN, OUTSIDE, STAY, TEMPLATE_SUFFIXES, File, Snapshot, read_entry
from jianbao.core.transaction import recover
from jianbao.render.fonts.registry import read_fonts

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
                elif is_folder and inside != PROPOSALS:  # links come last, so that a folder is read by its own name
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
    if Path(name).name != name or not has_file(root / file):
        hint = nearest(name, proposal_names(root), tr("`jianbao propose … --keep` keeps one"))
        raise UsageError(Problem(Place(PROPOSALS), tr("there is no proposal '{name}'", name=name), hint))
    entry = read_entry(root.resolve(), root / file, file)
    if isinstance(entry, File):
        return Snapshot(files={file: entry})
    raise UsageError(entry or Problem(Place(file), tr("the file does not exist")))


def edition_files(folder: Path) -> tuple[str, ...]:
    """Return the names of the files of a built edition."""
    return tuple(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()))


# The notes of the last intake


def last_intake_notes(root: Path) -> frozenset[str]:
    """Return the last intake's notes on how cells of a workspace were read; nothing if they are not known."""
    with suppress(OSError):
        return frozenset(read_kept(_intake_notes_file(root)).decode(errors="replace").splitlines())
    return frozenset()


def keep_intake_notes(root: Path, notes: Collection[str]) -> None:
    """Store the notes of an intake for the next one; if they cannot be written, that is not an error."""
    with suppress(OSError):
        keep(_intake_notes_file(root), "\n".join(sorted(notes)).encode())


def _intake_notes_file(root: Path) -> str:
    return f"intake/{sha256(str(root.resolve()).encode()).hexdigest()[:16]}.txt"


# Built editions in the cache

CACHED = "editions"  # the name of finished editions in this user's cache
SECRET = "cache.key"
LABEL = ""  # the key of the edition's label among cached files, which no file can have as name


@dataclass(frozen=True)
class ProductFilter:
    """Which of an edition's products to build; an empty field selects all."""

    templates: tuple[str, ...] = ()
    layouts: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BuildRequest:
    """A request to build an edition of a workspace: which products, and where to write them (None: output/).

    `drop` allows removing products in that place that are not requested and were made from other inputs.
    """

    root: Path
    edition: str = ""
    choice: ProductFilter = ProductFilter()
    output: Path | RemoteStore | None = None
    drop: bool = False

    @property
    def destination(self) -> Path | RemoteStore:
        """Return the folder that contains the edition's folder."""
        return self.output or self.root / OUTPUT


def output_place(request: BuildRequest) -> Path | RemoteStore:
    """Return the folder for a request's editions; raises DeliveryError if it is a link out of the workspace."""
    return request.output if isinstance(request.output, RemoteStore) else output_folder(request.root, request.output)


def edition_key(cache: BuildCache, snapshot: Snapshot, edition: str, choice: ProductFilter) -> str:
    """Return the cache key of a build from a snapshot; any changed file gives another key."""
    return cache.key("edition", snapshot.fingerprint(), edition, choice)


def rebuilt_from_cache(cache: BuildCache, request: BuildRequest, snapshot: Snapshot) -> Path | RemoteStore | None:
    """Return the folder of an edition whose inputs are unchanged; None if it must be built.

    The folder is written only if it differs from the cached edition. Raises DeliveryError if writing fails.
    """
    files = cache.find(edition_key(cache, snapshot, request.edition, request.choice))
    label = (files or {}).pop(LABEL, b"").decode(errors="replace")
    if not files or not is_label(label):
        return None
    destination, whole = output_place(request), with_other_products(request, label, files)
    return find_published(destination, label, whole) or publish(destination, label, whole)


def with_other_products(request: BuildRequest, label: str, files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return the files of an edition with the other products of its folder added, if made from the same inputs.

    Raises OthersDroppedError if building some products would remove others made from other inputs, unless allowed.
    """
    destination = output_place(request)
    if isinstance(destination, RemoteStore):
        return files  # each version has a separate folder there
    whole, dropped = with_others(destination / label, files)
    if dropped and request.choice != ProductFilter() and not request.drop:
        raise OthersDroppedError(destination / label, dropped)
    return whole


def store_edition(cache: BuildCache, key: str, label: str, files: Mapping[str, bytes]) -> None:
    """Store an edition in the cache; `key` is that of the snapshot from which it was built."""
    cache.keep(key, {**files, LABEL: label.encode()})


def open_cache() -> BuildCache | None:
    """Return this user's build cache on this machine.

    None if the program's fingerprint cannot be computed, or there is no secret to seal the entries with.
    """
    made_by, secret = program_fingerprint(), own_secret(SECRET)
    return BuildCache(cache_folder() / CACHED, made_by, secret) if made_by and secret else None


def program_fingerprint() -> str:
    """Return the fingerprint of this program with its fonts; "" if a part of it cannot be read."""
    try:
        fonts = read_fonts()
    except UsageError:
        return ""
    prepared = sorted(path for path in fonts.folder.iterdir() if path.is_file())
    known = fonts.hashes()  # `read_fonts` has just hashed the faces, 100 MB
    hashes = {path.name: known.get(path.name) or sha256(path.read_bytes()).hexdigest() for path in prepared}
    own = installation_fingerprint()
    return fingerprint(own, hashes) if own else ""
