"""Figures move past the text beside them, within their section, where they would leave a page half empty."""

from dataclasses import replace
from datetime import date

from jianbao.brief.model import Block, Brief, Figure, Section
from jianbao.render.pdf.figure_placement import BlockExtent, place_figures, skeleton, wasted_space
from jianbao.text.render import Statement

NOTHING = Statement("", {})
END = 250.0


def text(name: str) -> Block:
    return Block(kind="paragraph", id=name)


def figure(name: str) -> Block:
    return Block(
        kind="figure",
        id=name,
        figure=Figure(id=name, number=1, title=NOTHING, subtitle=NOTHING, note=None, alt=NOTHING),
    )


def brief(*blocks: Block, role: str = "body") -> Brief:
    section = Section("s", NOTHING, blocks, role)
    return Brief(
        edition="2025",
        as_of=date(2025, 12, 31),
        languages={},
        title=NOTHING,
        subtitle=NOTHING,
        masthead={},
        sections=(section,),
        references=(),
    )


def stands(*placed: tuple[str, int, float, float]) -> dict[str, BlockExtent]:
    return {
        name: BlockExtent(page=page, top=top, last_page=page, bottom=bottom, end=END)
        for name, page, top, bottom in placed
    }


def order(made: Brief) -> list[str]:
    return [block.id for block in made.sections[0].blocks]


def test_a_figure_lets_the_text_after_it_fill_the_page_that_it_left() -> None:
    before = brief(text("a"), figure("f"), text("b"), text("c"), text("d"))
    where = stands(("a", 0, 20, 150), ("f", 1, 20, 140), ("b", 1, 140, 180), ("c", 1, 180, 240), ("d", 2, 20, 60))
    assert order(place_figures(before, where)) == ["a", "b", "c", "f", "d"]


def test_a_figure_without_text_after_it_goes_before_text_that_leaves_it_room() -> None:
    before = brief(text("a"), text("b"), figure("f"))
    where = stands(("a", 0, 20, 60), ("b", 0, 60, 200), ("f", 1, 20, 140))
    assert order(place_figures(before, where)) == ["a", "f", "b"]


def test_a_figure_never_comes_before_the_first_text_of_its_section() -> None:
    before = brief(text("a"), figure("f"))
    where = stands(("a", 0, 20, 150), ("f", 1, 20, 140))
    assert order(place_figures(before, where)) == ["a", "f"]


def test_a_figure_never_parts_a_list_from_the_words_that_lead_into_it() -> None:
    listed = replace(text("c"), kind="bullets")
    up = brief(text("a"), text("b"), listed, figure("f"))
    where = stands(("a", 0, 20, 60), ("b", 0, 60, 80), ("c", 0, 80, 200), ("f", 1, 20, 140))
    assert order(place_figures(up, where)) == ["a", "f", "b", "c"]
    down = brief(text("a"), figure("f"), text("b"), listed)
    where = stands(("a", 0, 20, 150), ("f", 1, 20, 140), ("b", 1, 140, 245), ("c", 2, 20, 60))
    assert order(place_figures(down, where)) == ["a", "f", "b", "c"]


def test_a_small_gap_moves_nothing() -> None:
    before = brief(text("a"), figure("f"), text("b"))
    where = stands(("a", 0, 20, END - 10), ("f", 1, 20, 140), ("b", 1, 140, 180))
    assert place_figures(before, where) == before


def test_the_room_that_figures_leave_empty_is_counted() -> None:
    before = brief(text("a"), figure("f"), text("b"))
    where = stands(("a", 0, 20, 150), ("f", 1, 20, 140), ("b", 1, 140, 180))
    assert wasted_space(before, where) == 100.0


def test_the_annex_is_not_needed_to_place_the_figures_of_the_body() -> None:
    whole = brief(text("a"), role="annex")
    assert skeleton(replace(whole, references=())).sections[0].blocks == ()
