"""The audit of what a brief is made with: whether any locked library is known to be vulnerable.

`python -m tests.repository.audit PIP_AUDIT` asks the advisory service of the package index through that pip-audit,
which needs a network. It ends with 0 if the service knows every library and nothing against any; with 1 if it does know
something; with 3 if it could not be asked about all of them: then nothing is proved. pip-audit itself ends with 0 where
an index knows no library at all.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.repository.licences import LOCK, locked

CLEAN, VULNERABLE, UNASKED = 0, 1, 3
OPTIONS = ("--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off")
SECONDS = 600


def ask(tool: str) -> str:
    """Return what pip-audit says of the lock, as JSON; its last complaint if it says nothing."""
    command = [tool, "--requirement", str(LOCK), *OPTIONS]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as fault:
        return str(fault)
    return done.stdout or (done.stderr.strip().splitlines() or [""])[-1]


def verdict(said: str, names: Sequence[str]) -> tuple[int, list[str]]:
    """Return how the audit ends, and what there is to say, of the libraries that were to be audited."""
    try:
        known: list[Mapping[str, Any]] = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return UNASKED, [f"the advisory service cannot be asked, so nothing is proved: {said[:300]}"]
    faults = list(_faults(known))
    unasked = sorted({*names} - {each["name"] for each in known if "vulns" in each})
    if unasked:
        shown = ", ".join(unasked[:5]) + (" and others" if unasked[5:] else "")
        faults.append(f"the advisory service does not know {len(unasked)} of {len(names)} libraries: {shown}")
    if any("vulns" in each and each["vulns"] for each in known):
        return VULNERABLE, faults
    return (UNASKED if unasked else CLEAN), faults or [f"nothing is known against any of {len(names)} libraries"]


def _faults(known: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for each in known:
        for fault in each.get("vulns", ()):
            mended = ", ".join(fault["fix_versions"]) or "no version"
            yield f"{each['name']} {each['version']}: {fault['id']}, mended in {mended}"


def main(tool: str) -> int:
    """Audit the lock, print what there is to say, and return how it ends."""
    code, lines = verdict(ask(tool), locked())
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
