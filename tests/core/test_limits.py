"""What comes from others is read in a process that ends with its limits, and alone its answer counts."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from jianbao.core.limits import run_limited
from tests.repository.tree import ROOT

GIGABYTE = 1 << 30
PATIENCE = 600  # seconds, for what takes a moment on a quiet machine
READERS = """
def turned(content):
    print("noise")
    return content[::-1]

def swelling(_):
    return bytes(2 << 30)

def busy(_):
    while True:
        pass

def failing(_):
    raise ValueError("no")
"""


@pytest.fixture(autouse=True)
def readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process find a module that imports nothing."""
    (tmp_path / "readers.py").write_text(READERS, "utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(tmp_path), str(ROOT / "src"))))


def test_the_answer_comes_back_without_what_was_printed() -> None:
    assert run_limited("readers:turned", b"abc\n", PATIENCE, GIGABYTE) == b"\ncba"


@pytest.mark.parametrize("function", ["swelling", "failing", "missing"])
def test_what_needs_too_much_memory_or_fails_gives_no_answer(function: str) -> None:
    assert run_limited(f"readers:{function}", b"", PATIENCE, GIGABYTE) is None


@pytest.mark.slow
def test_what_does_not_end_is_ended() -> None:
    with suppress(TimeoutError):  # on a loaded machine the clock is faster than the processor
        assert run_limited("readers:busy", b"", 2, GIGABYTE) is None
