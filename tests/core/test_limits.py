"""What comes from others is read in a process that ends with its limits, and alone its answer counts."""

from contextlib import suppress

import pytest

from jianbao.core.limits import run_limited
from tests.workspaces import ROOT

GIGABYTE = 1 << 30
HERE = "tests.core.test_limits"


@pytest.fixture(autouse=True)
def reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the process find this module."""
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}:{ROOT / 'src'}")


def turned(content: bytes) -> bytes:
    print("noise")  # noqa: T201
    return content[::-1]


def swelling(_: bytes) -> bytes:
    return bytes(2 * GIGABYTE)


def busy(_: bytes) -> bytes:
    while True:
        pass


def failing(_: bytes) -> bytes:
    raise ValueError("no")


def test_the_answer_comes_back_without_what_was_printed() -> None:
    assert run_limited(f"{HERE}:turned", b"abc\n", 30, GIGABYTE) == b"\ncba"


@pytest.mark.parametrize("function", ["swelling", "failing", "missing"])
def test_what_needs_too_much_memory_or_fails_gives_no_answer(function: str) -> None:
    assert run_limited(f"{HERE}:{function}", b"", 30, GIGABYTE) is None


@pytest.mark.slow
def test_what_does_not_end_is_ended() -> None:
    with suppress(TimeoutError):  # on a loaded machine the clock is faster than the processor
        assert run_limited(f"{HERE}:busy", b"", 2, GIGABYTE) is None
