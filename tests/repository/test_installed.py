"""The libraries that a brief is made with are the locked ones, and every file of them is as it was published."""

import csv
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import file_digest
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.version import Version

from tests.repository.test_dependencies import LOCKS, plain

LOCKED = re.compile(r"^([\w.-]+)==([^\s;]+)(?: ; (.*?))? \\$", re.MULTILINE)


ELSEWHERE = "docs.txt"  # what the site of the documentation is made with, in an environment of its own


def wanted() -> dict[str, str]:
    """Return the version of each library that the locks give to this interpreter and this machine."""
    locks = [lock for lock in sorted(LOCKS.glob("*.txt")) if lock.name != ELSEWHERE]
    lines = [line for lock in locks for line in LOCKED.findall(lock.read_text("utf-8"))]
    return {plain(name): version for name, version, marker in lines if not marker or Marker(marker).evaluate()}


def recorded(package: Distribution) -> list[tuple[str, str, str]]:
    """Return the files that a library's record has a hash of: each with the kind of hash, and the hash.

    The record is read as text: of what it names, `Distribution.files` leaves out what is missing.
    """
    lines = csv.reader((package.read_text("RECORD") or "").splitlines())
    return [(file, *kept.split("=", 1)) for file, kept, *_ in lines if kept]  # type: ignore[misc]


def damaged(package: Distribution) -> Iterator[str]:
    """Yield the files of a library that are missing, or not as its record has them."""
    for file, mode, wanted in recorded(package):
        path = Path(str(package.locate_file(file)))
        if not path.is_file():
            yield f"{package.name}: {file} is missing"
            continue
        with path.open("rb") as content:
            found = urlsafe_b64encode(file_digest(content, mode).digest()).rstrip(b"=").decode()
        if found != wanted:
            yield f"{package.name}: {file} was changed"


def test_what_is_locked_is_what_is_installed() -> None:
    found = {}
    for name in wanted():
        try:
            found[name] = distribution(name).version
        except PackageNotFoundError:
            found[name] = "0+none"
    other = {name: each for name, each in found.items() if Version(each) != Version(wanted()[name])}
    assert len(found) > 80 and other == {}


@pytest.mark.slow
def test_every_file_of_a_library_is_as_it_was_published() -> None:
    known = [each for each in distributions() if plain(each.name) in wanted()]
    assert [each.name for each in known if not recorded(each)] == [], "a library without a record"
    assert [fault for each in known for fault in damaged(each)] == []


def test_a_changed_and_a_missing_file_are_named(tmp_path: Path) -> None:
    about = tmp_path / "thing-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: thing\nVersion: 1\n")
    (tmp_path / "thing.py").write_text("changed")
    (about / "RECORD").write_text("thing.py,sha256=AAAA,1\ngone.py,sha256=AAAA,1\nthing-1.dist-info/RECORD,,\n")
    (package,) = distributions(path=[str(tmp_path)])
    assert list(damaged(package)) == ["thing: thing.py was changed", "thing: gone.py is missing"]
