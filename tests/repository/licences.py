"""The licences of what the program stands on, written from what the installed libraries say of themselves.

`python -m tests.repository.licences` writes the tables of docs/licences.md and docs/licences.zh-CN.md anew.
"""

import re
from importlib.metadata import PackageNotFoundError, metadata

from tests.repository.tree import ROOT

LOCK = ROOT / "requirements" / "extras.txt"
COMMAND = "python -m tests.repository.licences"
UNKNOWN = "unknown"

# What may be handed on with a brief or an archive of this program, whatever licence the office gives its own.
ALLOWED = {"0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "MIT", "MIT-0", "MIT-CMU"}
ALLOWED |= {"MPL-1.1", "MPL-2.0", "OFL-1.1", "PSF-2.0", "Zlib"}
# What older packages say in words of their own.
CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.0-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
WORDS = {
    "Apache License 2.0": "Apache-2.0",
    "BSD-3-Clause, Apache-2.0, dependency licenses": "BSD-3-Clause AND Apache-2.0",
}
# What other systems or interpreters need, and this one does not install.
ELSEWHERE = {"brotli": "MIT", "brotlicffi": "MIT", "colorama": "BSD-3-Clause"}

PAGES = tuple(ROOT / "docs" / name for name in ("licences.md", "licences.zh-CN.md"))
ABOVE = "| --- | --- |\n"  # what stands before the first library, in every language


def locked() -> tuple[str, ...]:
    """Return the names of all libraries of the lock."""
    return tuple(sorted(set(re.findall(r"^([\w.-]+)==", LOCK.read_text("utf-8"), re.MULTILINE))))


def licence(package: str) -> str:
    """Return the licence of a package as an SPDX expression, or UNKNOWN."""
    try:
        about = metadata(package)
    except PackageNotFoundError:
        return ELSEWHERE.get(package, UNKNOWN)
    said = str(about.get_all("License", [""])[0]).strip()
    classified = [line.rpartition(" :: ")[2] for line in about.get_all("Classifier", []) if line.startswith("License")]
    if expressions := about.get_all("License-Expression"):
        return str(expressions[0])
    if classified:
        return " OR ".join(CLASSIFIERS.get(each, each) for each in classified)
    return WORDS.get(said, said if said and "\n" not in said else UNKNOWN)


def allowed(expression: str) -> bool:
    """Say whether every part of a licence is allowed, or one of the parts among which one may choose."""
    return all(any(choice in ALLOWED for choice in part.split(" OR ")) for part in expression.split(" AND "))


def renewed(page: str) -> str:
    """Return the text of a page with the licences of all libraries in its table."""
    rows = "".join(f"| {name} | {licence(name)} |\n" for name in locked())
    return page.partition(ABOVE)[0] + ABOVE + rows


if __name__ == "__main__":
    for file in PAGES:
        file.write_text(renewed(file.read_text("utf-8")), "utf-8")
