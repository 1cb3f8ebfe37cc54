"""The judge itself is judged: it passes what conforms and says why not of what does not."""

from pathlib import Path

import pytest
import weasyprint

from tests.validators.verapdf import judge

pytestmark = pytest.mark.validators

PAGE = """<html lang="en"><head><title>A page</title></head>
<body><h1>A heading</h1><p>A paragraph of 简报.</p><p>{more}</p></body></html>"""
UNDESCRIBED = "<img src='data:image/svg+xml,<svg xmlns=%22http://www.w3.org/2000/svg%22/>'>"


def page(folder: Path, variant: str | None, more: str = "") -> Path:
    path = folder / "page.pdf"
    weasyprint.HTML(string=PAGE.format(more=more)).write_pdf(path, pdf_variant=variant)
    return path


@pytest.mark.parametrize(("variant", "flavour"), [("pdf/a-3a", "3a"), ("pdf/ua-1", "ua1")])
def test_a_conforming_page_breaks_no_rule(tmp_path: Path, variant: str, flavour: str) -> None:
    assert judge(page(tmp_path, variant))[flavour] == ()


@pytest.mark.parametrize("flavour", ["3a", "ua1"])
def test_a_plain_page_lacks_its_tags(tmp_path: Path, flavour: str) -> None:
    broken = judge(page(tmp_path, None))[flavour]
    assert any("StructTreeRoot" in rule.message for rule in broken)


def test_a_page_that_only_claims_to_be_archived_is_not_thereby_accessible(tmp_path: Path) -> None:
    assert [rule.clause for rule in judge(page(tmp_path, "pdf/a-3a"))["ua1"]] == ["5-1"]


def test_a_picture_without_a_description_is_found(tmp_path: Path) -> None:
    broken = judge(page(tmp_path, "pdf/ua-1", UNDESCRIBED))["ua1"]
    assert any("Figure" in rule.message for rule in broken), broken


def test_a_broken_rule_reads_as_a_sentence_with_its_place(tmp_path: Path) -> None:
    first, *_ = judge(page(tmp_path, None))["ua1"]
    assert str(first).startswith("6.2-1 (1x): The document catalog dictionary") and str(first).endswith("at root")
