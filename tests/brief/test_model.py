"""A brief in some of its languages is what a product is printed from: nothing of the others can show in it."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest

from jianbao.app import products
from jianbao.app.check import read_design
from jianbao.brief.model import Brief, spoken_in
from jianbao.brief.outline import Product
from jianbao.core.cache import fingerprint
from jianbao.render.pdf.figure_placement import movable_figures
from jianbao.render.product import render_product
from tests.workspaces import Edition, drawn


def mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every mapping inside a value."""
    if isinstance(value, Mapping):
        yield value
        value = tuple(value.values())
    elif is_dataclass(value):
        value = tuple(getattr(value, each.name) for each in fields(value))
    for each in value if isinstance(value, tuple) else ():
        yield from mappings(each)


def test_nothing_of_another_language_is_left(miniature: Edition) -> None:
    kept = replace(spoken_in(miniature.brief, ("en",)), languages={})
    assert any("en" in each for each in mappings(kept))
    assert not any("zh" in each for each in mappings(kept))


def test_what_another_language_says_has_no_part_in_the_fingerprint(miniature: Edition) -> None:
    title = miniature.brief.title
    other = replace(title.sentences["zh"], text="另一个题目")
    changed = replace(miniature.brief, title=replace(title, sentences={**title.sentences, "zh": other}))
    same = {language: fingerprint(spoken_in(changed, (language,))) for language in ("zh", "en")}
    assert same["en"] == fingerprint(spoken_in(miniature.brief, ("en",)))
    assert same["zh"] != fingerprint(spoken_in(miniature.brief, ("zh",)))


def test_what_stands_in_two_places_is_still_one_thing(miniature: Edition) -> None:
    section = miniature.brief.sections[0]
    twice = spoken_in(replace(miniature.brief, sections=(section, section)), ("en",))
    assert twice.sections[0] is twice.sections[1]


@pytest.mark.parametrize("layout", [("en",), ("zh", "en")])
@pytest.mark.parametrize("form", ["html", "docx"])
def test_a_product_is_the_same_from_the_brief_in_its_own_languages(
    miniature: Edition, layout: tuple[str, ...], form: str
) -> None:
    chosen = Product("brief", layout, form)
    composed = drawn(miniature.assessment, *products.needed_documents(chosen))
    own = products.job_of(chosen, composed, read_design(miniature.assessment.project.snapshot))
    briefs = list(composed.values())
    whole = replace(own, brief=briefs[0], wide=briefs[1] if len(briefs) > 1 else None)
    assert render_product(own) == render_product(whole)


def test_only_a_brief_with_a_figure_in_its_body_is_tried_in_several_arrangements(miniature: Edition) -> None:
    def without(brief: Brief) -> Brief:
        bare = (replace(each, blocks=tuple(block for block in each.blocks if not block.figure)) for each in sections)
        return replace(brief, sections=tuple(bare))

    sections = miniature.brief.sections
    assert movable_figures(miniature.brief) and not movable_figures(without(miniature.brief))
