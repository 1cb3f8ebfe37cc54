"""The side for a decision-maker's desk: all on one page, whatever it has to hold."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from jianbao.brief.model import Block, Brief, Grid
from jianbao.brief.outline import Product
from jianbao.render.html.page import column_widths
from jianbao.render.pdf.render import render_pdf
from jianbao.render.product import metadata, page_html
from jianbao.text.render import Statement
from tests.pdf_text import bare, pages, read
from tests.product.official.conftest import Desk
from tests.workspaces import amend, run

LANGUAGES = ("zh", "en")


@pytest.fixture(scope="module")
def onepage(desk: Desk) -> Brief:
    """Return what the page has to hold."""
    return desk.brief("onepage")


OPTIONAL = """  - table: levels
  - {{paragraph: long, optional: 1, say: {{zh: 很长。, en: "{long}"}}}}
  - {{paragraph: short, optional: 2, say: {{zh: 不长。, en: Short enough.}}}}
"""


def printed(desk: Desk, brief: Brief, language: str, path: Path) -> list[str]:
    """Set the page and return the text of each side, bare."""
    product = Product("onepage", (language,))
    job = desk.job(product)
    path.write_bytes(render_pdf(page_html(job, brief), desk.design.fonts, metadata(brief, product)))
    return [bare(text) for text in pages(path)]


def with_table(brief: Brief, change: Callable[[Grid], Grid]) -> Brief:
    """Return the brief with its table of scores changed."""

    def changed(block: Block) -> Block:
        return replace(block, table=change(block.table)) if block.table and block.kind == "table" else block

    sections = (replace(each, blocks=tuple(changed(block) for block in each.blocks)) for each in brief.sections)
    return replace(brief, sections=tuple(sections))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_one_side_with_every_score_figure_and_measure(
    desk: Desk, onepage: Brief, language: str, tmp_path: Path
) -> None:
    (text,) = printed(desk, onepage, language, tmp_path / "page.pdf")
    ledger = desk.ledger
    for node in ("overall", "international", "national", "local"):
        assert f"{ledger[f'score.{node}'].number:.1f}" in text
    assert [block.figure.id for block in onepage.sections[0].blocks if block.figure] == ["growth"]
    measures = _measures(onepage)
    assert 3 <= len(measures) <= 5
    for _, title, gap, *_ in measures:
        assert bare(title.text(language)) in text and bare(gap.text(language)) in text
    for key in ("reader_line", "as_of", "sample"):
        assert bare(onepage.masthead[key].text(language)) in text
    assert bare(onepage.words["page.sources"].text(language)) in text


def _measures(brief: Brief) -> tuple[tuple[Statement, ...], ...]:
    """Return the rows of the list of measures: number, title, gap, and more."""
    return next(
        block.table.rows for block in brief.sections[0].blocks if block.kind == "measures" and block.table is not None
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_text_is_read_in_the_order_of_the_page(desk: Desk, onepage: Brief, language: str, tmp_path: Path) -> None:
    printed(desk, onepage, language, tmp_path / "page.pdf")
    spoken = bare("".join(piece.text for piece in read(tmp_path / "page.pdf")))
    order = (onepage.title, *(row[1] for row in _measures(onepage)), onepage.words["page.sources"])
    places = [spoken.index(bare(statement.text(language))) for statement in order]
    assert places == sorted(places)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_level_without_data_and_the_longest_names_lay_out(
    desk: Desk, onepage: Brief, language: str, tmp_path: Path
) -> None:
    names = {"zh": "国际友好城市与合作交流层次", "en": "Friendly exchange and cooperation level"}

    def thinned(table: Grid) -> Grid:
        missing = replace(
            table.rows[0][1],
            sentences={key: replace(each, text="…", stated=()) for key, each in table.rows[0][1].sentences.items()},
        )
        longest = {key: replace(each, text=names[key]) for key, each in table.rows[0][0].sentences.items()}
        rows = [table.rows[0]]
        rows += [(replace(row[0], sentences=longest), *(missing for _ in row[1:])) for row in table.rows[1:]]
        return replace(table, rows=tuple(rows))

    (text,) = printed(desk, with_table(onepage, thinned), language, tmp_path / "page.pdf")
    assert text.count(bare(names[language])) == 3
    assert text.count(bare(onepage.words["page.no_score"].text(language))) == 3 and "…" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_score_without_an_earlier_year_says_nothing_of_a_change(
    desk: Desk, onepage: Brief, language: str, tmp_path: Path
) -> None:
    words = bare(onepage.words["page.change"].text(language))

    def first(table: Grid) -> Grid:
        missing = {key: replace(each, text="…", stated=()) for key, each in table.rows[0][3].sentences.items()}
        rows = [(*row[:3], replace(row[3], sentences=missing), *row[4:]) for row in table.rows]
        return replace(table, rows=tuple(rows))

    (before,) = printed(desk, onepage, language, tmp_path / "before.pdf")
    (after,) = printed(desk, with_table(onepage, first), language, tmp_path / "after.pdf")
    assert before.count(words) >= 4 and words not in after


def test_what_runs_over_the_side_is_an_error_that_says_by_how_much(letters: Path) -> None:
    amend(
        letters,
        "templates/wording/onepage.yml",
        "There are {{ ties.total }}",
        "Long. " * 900 + "There are {{ ties.total }}",
    )
    done = run("build", letters, "--template", "onepage", "--lang", "en", "--output", letters / "output")
    assert done.code == 6
    found = re.search(r"onepage\.en\.pdf: the text runs over its 1 page by (\d+) mm", done.err)
    assert found and int(found[1]) > 30 and "designer" not in done.err
    assert not (letters / "output/midsummer").exists()


def test_a_full_side_leaves_out_what_is_optional_in_its_order_and_says_so(letters: Path) -> None:
    long = "Long. " * 900
    wording = letters / "templates/wording/onepage.yml"
    amend(letters, "templates/wording/onepage.yml", "  - table: levels\n", OPTIONAL.format(long=long))
    done = run("build", letters, "--template", "onepage", "--lang", "en", "--output", letters / "output")
    assert done.code == 0, done.err
    assert "onepage.en.pdf is full, and leaves out what is optional: onepage.long" in done.err
    (text,) = pages(letters / "output/midsummer/onepage.en.pdf")
    assert "Long." not in text and "Short enough." in text
    again = run("build", letters, "--template", "onepage", "--lang", "en", "--output", letters / "again")
    assert "leaves out what is optional: onepage.long" in again.err  # from the cache
    wording.write_text(wording.read_text("utf-8").replace("optional: 1", "optional: soon"), "utf-8")
    assert "'soon' is not a number" in run("check", letters).err


def test_another_city_has_its_own(given: Path) -> None:
    for language, word in (("zh", "三角洲"), ("en", "Delta")):
        (text,) = pages(given / f"onepage.{language}.pdf")
        assert word in text


@pytest.mark.parametrize(
    ("template", "count", "widths"),
    [
        ("brief", 2, (174, 174)),
        ("onepage", 0, ()),
        ("onepage", 1, (182,)),
        ("onepage", 2, (88, 88)),
        ("onepage", 4, (60, 116, 116, 116)),
    ],
)
def test_figures_are_drawn_for_their_column(template: str, count: int, widths: tuple[float, ...]) -> None:
    assert column_widths(template, count, 174) == widths
