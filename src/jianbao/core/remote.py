"""Editions in a remote store (any fsspec address): a folder for each, and a pointer to the newest.

Such a store cannot rename a folder. So every upload goes to a folder of its own, and only the pointer, a small file
that is written last, is overwritten. A reader who follows it finds the former edition or the new one, complete.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jianbao.core.cache import fingerprint
from jianbao.core.errors import DeliveryError, Place, Problem, load_extra
from jianbao.core.messages import tr

POINTER = "edition.json"  # the small file that names the folder of the newest upload
_NAME_LENGTH = 16  # digits of the hash that a folder is named after


@dataclass(frozen=True)
class RemoteStore:
    """A place at an address that fsspec knows: s3://bucket/folder, sftp://host/folder, memory://folder."""

    url: str

    def __str__(self) -> str:
        return self.url

    @property
    def edition(self) -> str:
        """Return the label of the edition whose folder this is."""
        return self.url.split("/")[-2]

    def __truediv__(self, name: str) -> "RemoteStore":
        return RemoteStore(f"{self.url.rstrip('/')}/{name}")


class SecretError(ValueError):
    """An address contains a password, but addresses are shown and recorded."""


def store_or_path(text: str, start: Path) -> Path | RemoteStore:
    """Return the store at an address ("s3://…"), or the path of a text without "://", relative to `start`.

    Raises SecretError if the address contains a password.
    """
    if "://" not in text:
        return start / text
    if urlsplit(text).password:
        raise SecretError(tr("the address contains a password; give it by fsspec's settings (~/.config/fsspec)"))
    return RemoteStore(text.rstrip("/"))


def upload(remote_store: RemoteStore, label: str, files: Mapping[str, bytes]) -> RemoteStore:
    """Upload the files of an edition, check that all are there, then write the pointer; return the folder.

    Raises DeliveryError if the store refuses; the pointer then still points to the former edition.
    """
    target = remote_store / label / _folder_name(files)
    with _open_store(target) as (store, folder):
        for name, content in files.items():
            _write(store, f"{folder}/{name}", content)
        if not _complete(store, folder, files):
            raise OSError(tr("the store does not have what was written"))
        pointer = json.dumps({"edition": label, "folder": _folder_name(files)}, ensure_ascii=False) + "\n"
        _write(store, _pointer_path(folder), pointer.encode())
        if _current(store, folder) != _folder_name(files):
            raise OSError(tr("{sign} does not have what was written", sign=POINTER))
    return target


def find_uploaded(remote_store: RemoteStore, label: str, files: Mapping[str, bytes]) -> RemoteStore | None:
    """Return the folder of these files of an edition if the pointer names it and all sizes match, else None."""
    target = remote_store / label / _folder_name(files)
    with _open_store(target) as (store, folder):
        return target if _current(store, folder) == _folder_name(files) and _complete(store, folder, files) else None


def uploaded_sizes(target: RemoteStore) -> dict[str, int]:
    """Return the bytes of each file of an edition by its name. Raises DeliveryError."""
    with _open_store(target) as (store, folder):
        return _sizes(store, folder)


@contextmanager
def _open_store(target: RemoteStore) -> Iterator[tuple[Any, str]]:
    """Yield the store and the path of an edition's folder in it; any error becomes a DeliveryError."""
    fsspec = load_extra("remote", "fsspec.core", str(target))
    try:
        store, folder = fsspec.url_to_fs(str(target))
        store.invalidate_cache()
        yield store, folder
    except Exception as error:  # each store has its own exceptions
        hint = tr("make sure it can be reached and written to; the edition it points to is unchanged")
        said = str(error) or type(error).__name__
        raise DeliveryError(Problem(Place(str(target)), tr("the store refuses: {said}", said=said), hint)) from error


def _folder_name(files: Mapping[str, bytes]) -> str:
    """Return the name of the folder for exactly these files, by their hashes."""
    return fingerprint({name: sha256(content).hexdigest() for name, content in sorted(files.items())})[:_NAME_LENGTH]


def _pointer_path(folder: str) -> str:
    return f"{folder.rpartition('/')[0]}/{POINTER}"


def _current(store: Any, folder: str) -> str:
    """Return the folder name that the pointer contains; "" if it is missing or unreadable."""
    try:
        return str(json.loads(store.cat_file(_pointer_path(folder)))["folder"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return ""


def _write(store: Any, path: str, content: bytes) -> None:
    try:
        store.pipe_file(path, content)
    except FileNotFoundError:  # raised only by a store with real folders
        store.makedirs(path.rpartition("/")[0], exist_ok=True)
        store.pipe_file(path, content)


def _complete(store: Any, folder: str, files: Mapping[str, bytes]) -> bool:
    return _sizes(store, folder) == {name: len(content) for name, content in files.items()}


def _sizes(store: Any, folder: str) -> dict[str, int]:
    store.invalidate_cache()  # fsspec caches listings, and another process may have written since
    try:
        found = store.find(folder, detail=True)
    except FileNotFoundError:
        return {}
    return {path.removeprefix(f"{folder}/"): int(about["size"]) for path, about in found.items()}
