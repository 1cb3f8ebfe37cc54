"""A front ends on its page with the lines that say whose it is; if it does not fill the page, the body follows."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from jianbao.brief.model import Brief, Section
from jianbao.brief.outline import Product
from jianbao.render.fonts.registry import Fonts
from jianbao.render.pdf.figure_placement import BlockExtent
from jianbao.render.pdf.render import measure_blocks
from jianbao.render.product import IDENTITY, RenderJob, finished_page
from jianbao.render.theme import Design, Theme
from tests.render.conftest import TEMPLATES
from tests.render.sample_brief import PROSE, evidence, paragraph, sample

pytestmark = pytest.mark.slow


def deep(rows: int) -> Any:
    """Return a number of rows that only `make test-deep` tries: others are near it."""
    return pytest.param(rows, marks=pytest.mark.deep)


def front_of(rows: int) -> Brief:
    """Return a brief whose front has a table of so many rows, with a short body."""
    made = sample(rows=1)
    summary = replace(made.sections[0], blocks=(replace(evidence(rows), id="front"),))
    body = Section("first", made.title, (replace(paragraph(PROSE[0][0]), id="text"),), "body")
    return replace(made, sections=(summary, body), references=())


def with_annex(brief: Brief) -> Brief:
    """Return a brief with an annex, before whose body there are contents."""
    return replace(brief, sections=(*brief.sections, Section("annex", brief.title, brief.sections[1].blocks, "annex")))


def placed(brief: Brief, design: Design, *languages: str) -> Mapping[str, BlockExtent]:
    job = RenderJob(product=Product("brief", languages), brief=brief, wide=None, design=design)
    return measure_blocks(finished_page(job), design.fonts)


@pytest.mark.parametrize("languages", [("zh",), ("zh", "en")])
@pytest.mark.parametrize("rows", [2, 18, 22, 60, *map(deep, (16, 30))])  # short, nearly a page, just over one, long
def test_the_identity_lines_never_stand_alone_on_a_page(
    rows: int, languages: tuple[str, ...], fonts: Fonts, theme: Theme
) -> None:
    found = placed(with_annex(front_of(rows)), Design(theme, fonts, TEMPLATES), *languages)
    assert found[IDENTITY].last_page == found["front"].last_page


def test_the_body_follows_a_front_that_leaves_its_page_half_empty(fonts: Fonts, theme: Theme) -> None:
    found = placed(front_of(2), Design(theme, fonts, TEMPLATES), "zh")
    assert found["text"].page == found[IDENTITY].last_page == 0
