"""Back editions: one of any year that the series reaches, with what was known then and today's method."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from jianbao.app.approval import wordings_of
from jianbao.app.assess import Assessment, assess
from jianbao.app.check import examine_edition, lint_edition
from jianbao.app.compare import compare_editions
from jianbao.app.project import Project, read_project
from jianbao.app.workspace import snapshot
from jianbao.data.facts import Ledger
from jianbao.scoring.framework import leaves_of
from jianbao.text.render import choose
from tests.app.test_editions import NEWEST, day_of, last_day, tables
from tests.app.test_editions import assessed as whole
from tests.pdf_text import pages
from tests.review.test_comparison import restate
from tests.workspaces import ROOT, amend, assessed, composed, everything, run

pytestmark = pytest.mark.slow

YEARS = tuple(map(str, range(2012, 2026)))
BACK = tuple(year for year in YEARS if year < "2023")
# Other tests here look at these years too: what the rest of them say again, they say with the deep tests.
SEEN = ("2012", "2016", "2019", "2021", "2023", "2024", "2025")


def some(years: tuple[str, ...]) -> list[Any]:
    """Return years as parameters of a test, those that no other test assesses as deep ones."""
    return [year if year in SEEN else pytest.param(year, marks=pytest.mark.deep) for year in years]


@cache
def project() -> Project:
    return read_project(snapshot(ROOT))


@cache
def known(year: str) -> Assessment:
    """Return what an edition of this repository's workspace knows."""
    return assess(project(), project().series.issue(year))


def test_the_workspace_reaches_from_the_first_year_scored_to_the_newest_edition() -> None:
    assert tuple(map(str, project().series.reach())) == YEARS


@pytest.mark.deep  # `check --all-editions` says the same of all years at once
@pytest.mark.parametrize("year", YEARS)
def test_every_year_has_the_words_for_what_was_known_then(year: str) -> None:
    assert lint_edition(project(), known(year)).errors == ()


@pytest.mark.parametrize("year", some(YEARS))
def test_nothing_dated_later_is_in_the_ledger_of_a_year(year: str) -> None:
    ledger, end = known(year).ledger, date(int(year), 12, 31)
    assert ledger.as_of == end and len(ledger) > 400
    assert [fact.id for fact in ledger.values() if fact.as_of and last_day(fact.as_of) > end] == []
    rows = {(cells.table, row) for fact in ledger.values() for cells in fact.cells for row in cells.rows}
    late = [(table, row) for table, row in rows if table in tables() and dated_later(table, row, end)]
    assert late == []


def dated_later(table: str, row: int, end: date) -> bool:
    try:
        return day_of(table, tables()[table][row]) > end
    except KeyError:  # a table without days: countries
        return False


@pytest.mark.parametrize("year", some(BACK))
def test_a_year_of_which_nothing_was_published_later_is_scored_as_the_newest_edition_scores_it(year: str) -> None:
    then, newest = known(year).ledger, whole(NEWEST).ledger
    later = {
        fact for fact in project().framework.facts_read() if value_of(then, fact) != value_of(as_known_now(year), fact)
    }
    scores = [fact.rsplit(".", 1)[0] for fact in newest if fact.endswith(f".n{year}") and "score_by_year" in fact]
    alike = [fact for fact in scores if not later.intersection(node_facts(fact.removeprefix("score_by_year.")))]
    assert "score_by_year.international" in alike
    for fact in alike:
        assert then[fact.replace("_by_year", "")].number == pytest.approx(newest[f"{fact}.n{year}"].number), fact


def as_known_now(year: str) -> Ledger:
    return whole(NEWEST).evaluator.facts(date(int(year), 12, 31), project().framework.facts_read())


def value_of(ledger: Ledger, fact: str) -> object:
    return ledger[fact].value if fact in ledger else None


def node_facts(node: str) -> set[str]:
    """Return the facts that a node of the framework, or one below it, is scored by."""
    return {fact for leaf in leaves_of(project().framework.find(node)) for fact in leaf.facts_read()}


def test_a_figure_published_after_the_day_of_an_edition_is_not_in_it() -> None:
    gdp = {year: known(year).ledger["economy.gdp"].as_of for year in ("2024", "2025")}
    assert gdp == {"2024": "2023", "2025": "2023"}  # the totals of 2024 and 2025 were published in the following years
    partners = known("2023").ledger["partners.total"]
    assert (partners.value, partners.as_of) == (104, "2023-09-27")  # the list of December came out in March
    assert known("2024").ledger["partners.by_year.n2023"].value == 105


def test_the_goalposts_of_a_back_edition_are_numbers_of_the_newest_and_no_facts_of_its_own() -> None:
    ledger = known("2016").ledger
    assert "world.challenge_cities" not in ledger  # that competition was held later
    score = ledger["normal.countries_edition"]
    assert score.number == pytest.approx(100 * ledger["award.countries_latest"].number / 99)
    assert score.parents == ("award.countries_latest",) and "target 99" in score.how
    assert ledger["fair.buyers_best"].number < whole(NEWEST).ledger["fair.buyers_best"].number


def test_a_back_edition_says_so_and_has_no_number() -> None:
    then = known("2016")
    assert "edition.number" not in then.ledger and then.ledger["edition.method_as_of"].value == "2025-12-31"
    brief = composed(then)
    assert [brief.masthead["issue"].text(language) for language in ("zh", "en")] == ["补编版", "Back edition"]
    note = next(block for block in brief.blocks() if block.id == "measures.back")
    assert note.statements[0].text("en").startswith("This edition was written later")
    assert "edition.method_as_of" not in known("2025").ledger


@pytest.mark.parametrize("year", ["2016", "2019"])
def test_a_back_edition_names_the_gaps_and_asks_for_nothing(year: str) -> None:
    then = known(year)
    assert then.argument.gaps and not then.argument.measures
    brief = composed(then)
    kinds = {block.kind for block in brief.blocks()}
    assert not {"measure", "measures", "decision"} & kinds
    assert not [block for block in brief.blocks() if block.tone == "ask"]
    assert then.ledger["argument.measures"].value == 0 and "argument.approve" not in then.ledger


def test_a_block_that_asks_in_a_back_edition_is_refused(workspace: Path) -> None:
    text = (workspace / "templates/wording/measures.yml").read_text("utf-8")
    label, say = "{zh: 批示, en: Decision}", "{zh: 请同意。, en: Please approve.}"
    asks = f"blocks:\n  - decision: now\n    label: {label}\n    say: {say}\n"
    (workspace / "templates/wording/measures.yml").write_text(text.replace("blocks:\n", asks, 1), "utf-8")
    done = run("check", workspace, "-e", "2030")
    assert "a back edition asks for a decision in 'measures.now'" in done.err, done.err


def test_what_the_paper_claims_is_unknown_before_it_appeared() -> None:
    assert [known(year).ledger["register.total"].number > 0 for year in ("2016", "2023", "2024")] == [
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("year", ["2012", "2021"])
def test_a_year_without_an_overall_score_promises_no_gain_and_keeps_no_empty_column(year: str) -> None:
    then = known(year)
    assert "score.overall" not in then.ledger and then.advice.fired
    assert not [fact for fact in then.ledger if fact.startswith(("effect.", "stability.", "sensitivity."))]
    brief = composed(then, template="evidence")
    figures = {block.figure.id for block in brief.blocks() if block.figure}
    assert "levels" in figures and not {"leverage", "sensitivity"} & figures
    (table,) = [block.table for block in brief.blocks() if block.table and block.table.id == "changes"]
    missing = brief_words(then, "missing")
    for place in range(len(table.columns)):
        assert any(row[place].text("en") != missing for row in table.rows), table.columns[place].head.text("en")


def test_a_level_without_a_score_keeps_its_place_in_the_figures() -> None:
    brief = composed(known("2021"), template="evidence")
    figures = {block.figure.id: block.figure for block in brief.blocks() if block.figure}
    drawn = figures["levels"].pictures["en"].svg
    words = [drawn.find(f"{level} level".encode()) for level in ("International", "National", "Local")]
    assert -1 not in words and words == sorted(words)


def brief_words(then: Assessment, key: str) -> str:
    variant = then.project.sections["furniture"].phrases[key].variants[0]
    return variant.texts["en"].literal


def test_a_year_without_a_year_before_it_compares_with_none() -> None:
    said = " ".join(statement.text("en") for statement in everything(composed(known("2012"))))
    assert "2011" in said and "2011 and 2012" not in said and "since 2011" not in said
    assert "previous.international" not in known("2012").ledger


@pytest.mark.deep
@pytest.mark.parametrize("year", BACK[-10:])
def test_every_back_edition_is_set_whole_and_names_what_it_is(year: str, tmp_path: Path) -> None:
    done = run("build", ROOT, "--edition", year, "--format", "pdf", "--output", tmp_path)
    assert done.code == 0, done.err
    for language, words in (("zh", "补编版"), ("en", "Back edition")):
        assert words in "".join(pages(tmp_path / year / f"brief.{language}.pdf")), language


# The invented city


def test_a_back_edition_is_built_like_any_other_and_one_beyond_the_reach_is_wrong_usage(
    workspace: Path, unset: None
) -> None:
    done = run("build", workspace, "--edition", "2030", "--lang", "en", "--format", "pdf")
    assert done.code == 0 and (workspace / "output/2030/ledger.json").is_file(), done.err
    for beyond in ("2028", "2031"):
        done = run("build", workspace, "--edition", beyond)
        assert done.code == 2
        assert f"there is no edition '{beyond}'" in done.err and "any year from 2029 to 2030" in done.err


def test_every_command_takes_a_back_edition(workspace: Path) -> None:
    for words in (
        ("check", workspace, "-e", "2030"),
        ("facts", workspace, "-e", "2030"),
        ("score", workspace, "-e", "2030"),
        ("sensitivity", workspace, "-e", "2030"),
        ("whatif", workspace, "-e", "2030", "--set", "ties.total=9"),
        ("diff", "2030", "midsummer", workspace, "--lang", "en"),
        ("review", workspace, "-e", "2030"),
    ):
        done = run(*words)
        assert done.code == 0, f"{words[0]}: {done.err}"


def test_a_back_edition_has_a_restated_figure_as_it_was_and_the_comparison_has_both(workspace: Path) -> None:
    restate(workspace, "visitors,30000,visitor,=,2030,almanac,stated,2031-02-01")
    assert assessed(workspace, "2030").ledger["visitors.value"].value == 38750
    changed = {each.id: each for each in compare_editions(snapshot(workspace), "2030", "midsummer").comparison.facts}[
        "visitors.value"
    ]
    assert changed.before and changed.after
    assert (changed.kind, changed.before.value, changed.after.value) == ("restated", 38750, 30000)


def test_a_back_edition_follows_no_edition(workspace: Path) -> None:
    assert [fact for fact in assessed(workspace, "midsummer").ledger if fact.startswith("published.")]
    amend(
        workspace,
        "data/editions.yml",
        "winter: {number: 1, as_of: 2030-12-31}",
        "early: {number: 1, as_of: 2029-12-31}",
    )
    assert examine_edition(snapshot(workspace), "2030").errors == ()
    assert not [fact for fact in assessed(workspace, "2030").ledger if fact.startswith("published.")]


REPRINTED = "转载改写"
COPIED = "friendly_total,Guangzhou,111,city,=,2025-11-24,,municipal,sao_paulo_copy_2025;chinanews_sao_paulo_2025,stated"
PAPER = "friendly_total,Guangzhou,{number},city,=,2025-12,,municipal,xinhua_lahore_2021,stated,,"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (COPIED, COPIED, True),
        (COPIED, COPIED.replace(",111,", ",110,"), True),
        (COPIED, f"{PAPER.format(number=111)}\n{COPIED}", False),
        (COPIED, f"{PAPER.format(number=112)}\n{COPIED}", False),
        ("sao_paulo_copy_2025;chinanews_sao_paulo_2025,stated", "xinhua_lahore_2021,stated", False),
    ],
)
def test_a_total_is_said_to_be_from_a_reworded_copy_by_its_source_and_not_by_its_number(
    old: str, new: str, said: bool
) -> None:
    files = snapshot(ROOT)
    series = files.text("data/series.csv")
    assert series.count(old) == 1
    made = read_project(files.replaced({"data/series.csv": series.replace(old, new).encode()}))
    assessment = assess(made, made.series.issue("2025"))
    pairs = ((each.id.partition(".")[0], choose(each, assessment.ledger)) for each in wordings_of(made).values())
    found = {section for section, text in pairs if text and REPRINTED in text.texts["zh"].literal}
    assert found - {"local"} == ({"summary", "onepage", "gongwen"} if said else set())  # that lists the sources
