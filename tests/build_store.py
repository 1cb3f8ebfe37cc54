"""What is built once a run of the tests, whichever of its processes asks for it first; the others take it from there.

The builds themselves are real: they are made by the command line, with its own cache, which is empty when a run begins.
So the key is what the cache takes for one: every file of a workspace, the program, its fonts and all libraries.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from tests.workspaces import linked_fonts


@dataclass(frozen=True)
class Store:
    """A folder that all processes of a run share."""

    folder: Path

    @property
    def world(self) -> Mapping[str, str]:
        """Return the variables that let `jianbao` keep what it makes here, and find it again."""
        return {"XDG_CACHE_HOME": str(self.folder / "cache"), "JIANBAO_CACHE": "1"}

    @contextmanager
    def alone(self, *what: object) -> Iterator[None]:
        """Keep the other processes from making the same thing while it is made; what they wait for is there then."""
        name = sha256(repr([*map(str, what)]).encode()).hexdigest()
        with (self.folder / f"{name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)  # which the system gives back even if the process is killed
            yield


def opened(base: Path) -> Store:
    """Return the store of a run whose process keeps its temporary files in `base`: beside it if there are others."""
    store = Store((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "store")
    store.folder.mkdir(exist_ok=True)
    with store.alone("fonts"):
        if not (store.folder / "cache").exists():
            linked_fonts(store.folder / "cache")
    return store
