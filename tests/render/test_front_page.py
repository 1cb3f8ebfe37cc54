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


def front_of(rows: int) -> Brief:
    """Return a brief whose front has a table of so many rows."""
    made = sample(rows=1)
    table = replace(evidence(rows), id="front")
    return replace(made, sections=(replace(made.sections[0], blocks=(table,)), *made.sections[1:]))


def placed(brief: Brief, design: Design, *languages: str) -> Mapping[str, BlockExtent]:
    job = RenderJob(product=Product("brief", languages), brief=brief, wide=None, design=design)
    return measure_blocks(finished_page(job), design.fonts)


def fronts() -> list[Any]:
    """Return numbers of rows in one and two languages: short, nearly a page, just over one, long; the rest deep."""
    telling = {("zh",): (2, 30, 60), ("zh", "en"): (2, 16, 18, 60)}
    return [
        pytest.param(rows, languages, marks=[] if rows in few else pytest.mark.deep)
        for rows in (2, 12, 16, 18, 20, 22, 24, 26, 28, 30, 60)
        for languages, few in telling.items()
    ]


@pytest.mark.parametrize(("rows", "languages"), fronts())
def test_the_identity_lines_never_stand_alone_on_a_page(
    rows: int, languages: tuple[str, ...], fonts: Fonts, theme: Theme
) -> None:
    found = placed(front_of(rows), Design(theme, fonts, TEMPLATES), *languages)
    assert found[IDENTITY].last_page == found["front"].last_page


def test_the_body_follows_a_front_that_leaves_its_page_half_empty(fonts: Fonts, theme: Theme) -> None:
    brief = front_of(2)
    body = Section("first", brief.title, (replace(paragraph(PROSE[0][0]), id="text"),), "body")
    found = placed(replace(brief, sections=(brief.sections[0], body)), Design(theme, fonts, TEMPLATES), "zh")
    assert found["text"].page == found[IDENTITY].last_page == 0
