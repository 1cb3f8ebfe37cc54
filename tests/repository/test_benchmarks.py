"""The benchmarks still run. `make bench` measures with them, seldom; here each does its work once, without bounds."""

import re
from contextlib import redirect_stdout
from io import StringIO

import pytest

from benchmarks import build_ratios

pytestmark = [pytest.mark.deep, pytest.mark.validators]


@pytest.fixture(scope="module")
def printed() -> list[str]:
    """Return the lines that the quick form of the benchmarks prints."""
    out = StringIO()
    with redirect_stdout(out):
        build_ratios.main(["--quick"])
    return out.getvalue().splitlines()


def test_every_ratio_of_builds_is_measured(printed: list[str]) -> None:
    ratios = [line for line in printed if line.startswith("once")]
    assert set(re.findall(r"\(([a-z])\)", "".join(ratios))) == {"a", "b", "c", "d", "f", "g", "h", "i"}
    assert not [line for line in ratios if re.search(r"\bnan\b|\binf\b", line)]


def test_every_peer_that_can_be_installed_makes_the_brief(printed: list[str]) -> None:
    made = {tuple(found.groups()) for line in printed if (found := re.match(r"\(e\)  ([a-z ]+): .*: (.*)$", line))}
    typst = {("pdf", "Typst"), ("parallel pdf", "Typst"), ("html", "Typst")}
    pandoc = {(form, "Pandoc and Typst") for form in ("pdf", "docx", "html")}
    assert made >= typst | pandoc | {("docx", "docxtpl")}


def test_the_files_of_the_peers_have_what_the_comparison_says(printed: list[str]) -> None:
    found = {what: rest for line in printed for what, colon, rest in [line.strip().partition(": ")] if colon}
    for tool in ("jianbao", "Typst"):
        assert "PDF/UA-1 kept, PDF/A-3a kept" in found[f"pdf, {tool}"]
        assert not re.search(r"\b0 files attached", found[f"pdf, {tool}"])
    assert "PDF/UA-1 broken in" in found["pdf, Pandoc and Typst"]
    assert "2 of 2 pictures described" in found["docx, jianbao"]
    assert "0 of 2 pictures described" in found["docx, docxtpl"]
    assert found["31400000, Typst"] == found["31400000, docxtpl"] == "31400000 | 31400000"
