"""A page laid out anew from where its blocks changed places is the page that is laid out from its beginning."""

from collections.abc import Sequence
from random import Random

import pytest

from jianbao.render.fonts.registry import Fonts
from jianbao.render.pdf.figure_placement import BlockExtent, TrialLayout
from jianbao.render.pdf.render import measure_blocks, weasyprint

pytestmark = pytest.mark.slow

STYLE = """
@page { size: 120mm 100mm; margin: 10mm }
body { font: 10pt/1.4 "Source Sans 3" }
p { margin: 0 0 3mm; orphans: 2; widows: 2 }
h3 { break-after: avoid }
.figure { break-inside: avoid; height: 45mm }
.pair { display: table; width: 100% } .pair p { display: table-cell }
"""
SECTIONS = (("a1", "h1", "a2", "f1", "a3", "a4", "f2", "a5"), ("b1", "f3", "b2", "h2", "b3", "f4", "b4", "b5"))
WORDS = "Nobody knows how long a paragraph is until it is set. "


def block(name: str) -> str:
    if name.startswith("f"):
        return f'<div class="figure" data-block="{name}"></div>'
    if name.startswith("h"):
        return f'<h3 data-block="{name}">A heading</h3>'
    text = WORDS * (ord(name[0]) * int(name[1]) % 11 + 1)
    return f'<div class="pair" data-block="{name}"><p>{text}</p><p>{text[:60]}</p></div>'


def page(sections: Sequence[Sequence[str]]) -> str:
    body = "".join(f"<section><h2>Title</h2>{''.join(map(block, names))}</section>" for names in sections)
    return f"<!DOCTYPE html><html lang=en><title>x</title><style>{STYLE}</style><body>{body}</body></html>"


def shuffled(seed: int) -> tuple[list[str], ...]:
    """Return the sections with some figures moved to other places in them."""
    chance, found = Random(seed), [list(names) for names in SECTIONS]
    for names in found:
        for figure in [name for name in names if name.startswith("f") and chance.random() < 0.7]:
            names.remove(figure)
            names.insert(chance.randint(1, len(names)), figure)
    return tuple(found)


@pytest.fixture(scope="module")
def unmoved(fonts: Fonts) -> dict[str, BlockExtent]:
    """Return the positions on a page whose blocks are in their first order."""
    return measure_blocks(page(SECTIONS), fonts)


@pytest.mark.parametrize("seed", range(5))
def test_blocks_that_changed_places_stand_where_a_new_page_would_have_them(
    seed: int, unmoved: dict[str, BlockExtent], fonts: Fonts
) -> None:
    orders = [shuffled(seed), SECTIONS]
    with weasyprint(fonts) as engine:
        trial = TrialLayout(engine.read(page(SECTIONS)))
        seen = [trial.extents()]
        for order in orders:
            trial.reorder([name for names in order for name in names])
            seen.append(trial.extents())
    assert seen == [unmoved, measure_blocks(page(orders[0]), fonts), unmoved]
    assert seen[1] != seen[0] and max(each.last_page for each in seen[0].values()) > 3


def test_a_block_stays_in_its_own_section(fonts: Fonts) -> None:
    names = [name for section in SECTIONS for name in section]
    with weasyprint(fonts) as engine:
        trial = TrialLayout(engine.read(page(SECTIONS)))
        trial.reorder(names[::-1])
    assert list(trial.extents()) == [name for section in SECTIONS for name in section[::-1]]


def test_a_page_that_cannot_be_laid_out_has_no_positions(fonts: Fonts) -> None:
    deep = "<div>" * 3000
    assert measure_blocks(f"<title>x</title>{deep}", fonts) == {}
