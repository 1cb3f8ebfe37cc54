"""Find an edition in the disk cache if nothing has changed since it was built; imports nothing that makes pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from jianbao.app import workspace
from jianbao.core.cache import BuildCache, RemoteStore, fingerprint, program
from jianbao.core.edition_folder import OthersDroppedError, find_published, is_label, publish, with_others
from jianbao.core.errors import UsageError
from jianbao.core.private_files import cache_folder, own_secret
from jianbao.core.snapshot import Snapshot
from jianbao.render.fonts.registry import read_fonts

FOLDER = "editions"  # of finished editions, in this user's cache
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
        return self.output or self.root / workspace.OUTPUT


def output_place(request: BuildRequest) -> Path | RemoteStore:
    """Return the folder for a request's editions; raises DeliveryError if it is a link out of the workspace."""
    return (
        request.output
        if isinstance(request.output, RemoteStore)
        else workspace.output_folder(request.root, request.output)
    )


def edition_key(cache: BuildCache, snapshot: Snapshot, edition: str, choice: ProductFilter) -> str:
    """Return the cache key of what is built from a snapshot; any changed file gives another one."""
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
        return files  # each version has a folder of its own there
    whole, dropped = with_others(destination / label, files)
    if dropped and request.choice != ProductFilter() and not request.drop:
        raise OthersDroppedError(destination / label, dropped)
    return whole


def store_edition(cache: BuildCache, key: str, label: str, files: Mapping[str, bytes]) -> None:
    """Store an edition in the cache; `key` is that of the snapshot it was built from."""
    cache.keep(key, {**files, LABEL: label.encode()})


def open_cache() -> BuildCache | None:
    """Return this user's build cache on this machine.

    None if the program's fingerprint cannot be computed, or there is no secret to seal the entries with.
    """
    made_by, secret = program_fingerprint(), own_secret(SECRET)
    return BuildCache(cache_folder() / FOLDER, made_by, secret) if made_by and secret else None


def program_fingerprint() -> str:
    """Return the fingerprint of this program with its fonts; "" if a part of it cannot be read."""
    try:
        fonts = read_fonts()
    except UsageError:
        return ""
    prepared = sorted(path for path in fonts.folder.iterdir() if path.is_file())
    known = fonts.hashes()  # `read_fonts` has just hashed the faces, 100 MB
    hashes = {path.name: known.get(path.name) or sha256(path.read_bytes()).hexdigest() for path in prepared}
    own = program()
    return fingerprint(own, hashes) if own else ""
