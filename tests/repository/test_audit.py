"""The audit ends well only where the service was asked about every library, and tells why where it was not."""

import json
from pathlib import Path

import pytest

from tests.repository import audit

NAMES = ("alpha", "beta")
FLAW = {"id": "ALPHA-2031-1", "fix_versions": ["1.1"]}


def answered(*libraries: dict[str, object]) -> str:
    return json.dumps({"dependencies": libraries, "fixes": []})


def library(name: str, *flaws: object) -> dict[str, object]:
    return {"name": name, "version": "1.0", "vulns": list(flaws)}


@pytest.mark.parametrize(
    ("said", "code", "line"),
    [
        (answered(library("alpha"), library("beta")), audit.CLEAN, "nothing is known against any of 2 libraries"),
        (answered(library("alpha", FLAW), library("beta")), audit.VULNERABLE, "alpha 1.0: ALPHA-2031-1, mended in 1.1"),
        (answered(library("alpha", FLAW)), audit.VULNERABLE, "does not know 1 of 2 libraries: beta"),
        (
            answered(library("alpha"), {"name": "beta", "skip_reason": "not found"}),
            audit.UNASKED,
            "does not know 1 of 2 libraries: beta",
        ),
        (answered(), audit.UNASKED, "does not know 2 of 2 libraries: alpha, beta"),
        ("ConnectionError: no route", audit.UNASKED, "nothing is proved: ConnectionError: no route"),
        ("[]", audit.UNASKED, "nothing is proved"),
    ],
)
def test_an_audit_says_what_it_found_and_what_it_could_not_ask(said: str, code: int, line: str) -> None:
    ended, lines = audit.verdict(said, NAMES)
    assert ended == code and any(line in each for each in lines)


@pytest.mark.parametrize(
    ("script", "code"),
    [("echo 'no route' >&2; exit 1", audit.UNASKED), ("echo '{\"dependencies\": []}'", audit.UNASKED), (None, 3)],
)
def test_a_tool_that_fails_or_is_not_there_proves_nothing(script: str | None, code: int, tmp_path: Path) -> None:
    tool = tmp_path / "pip-audit"
    if script:
        tool.write_text(f"#!/bin/sh\n{script}\n")
        tool.chmod(0o755)
    assert audit.main(str(tool)) == code
