"""The words inside figures: names, lists, marks of scales, dates, in one language or two."""

import pytest

from jianbao.brief.phrases import ChartText, ChartTexts, PhraseRenderer
from jianbao.data.facts import Fact
from tests.workspaces import MINIATURE, assessed


@pytest.fixture(scope="module")
def renderer() -> PhraseRenderer:
    known = assessed(MINIATURE, "")
    return PhraseRenderer(ledger=known.ledger, writers=known.project.writers, sections=known.project.sections)


@pytest.fixture
def words(renderer: PhraseRenderer) -> dict[str, ChartText]:
    entry = assessed(MINIATURE, "").project.figure_words["friends"]
    return {language: ChartText(renderer, language, entry, {}) for language in ("zh", "en")}


def test_a_long_list_is_counted_in_the_unit_that_the_figure_names(words: dict[str, ChartText]) -> None:
    captions = words["zh"]
    assert captions.names(("Ostmere", "Pellwick", "Grauberg"), 2, "town").endswith("等3个城")
    assert captions.names(("Ostmere", "Pellwick", "Grauberg"), 2, "").endswith("等")


def test_a_key_is_called_by_the_name_table_then_by_the_figure_then_by_the_workspace(
    words: dict[str, ChartText], renderer: PhraseRenderer
) -> None:
    assert words["zh"].name("Ostmere") == "奥湖"
    assert words["en"].name("sister") == "Friendly towns"
    assert words["en"].name("ties.total") == "Tied towns"
    assert words["en"].name("2031") == "2031"
    assert renderer.problems == []


def test_a_fact_that_nobody_names_is_a_problem_with_the_figure_and_its_line(renderer: PhraseRenderer) -> None:
    entry = assessed(MINIATURE, "").project.figure_words["friends"]
    ledger = renderer.ledger.with_facts([Fact(id="nobody.knows", value=1.0)])
    own = PhraseRenderer(ledger=ledger, writers=renderer.writers, sections=renderer.sections)
    assert ChartText(own, "en", entry, {}).name("nobody.knows") == ""
    assert [str(problem) for problem in own.problems] == [
        "templates/wording/figures.yml:2: figure 'friends' shows nobody.knows, which has no name; "
        "name it in templates/wording/facts.yml, or as a label of the figure"
    ]


def test_an_axis_of_amounts_has_its_currency(words: dict[str, ChartText], renderer: PhraseRenderer) -> None:
    assert words["zh"].tick(200000000, "cny") == "2亿元" and renderer.problems == []


def test_months_and_dates_are_short_and_as_exact_as_they_are_known(words: dict[str, ChartText]) -> None:
    chinese, english = words["zh"], words["en"]
    assert (chinese.tick(11, "month"), english.tick(11, "month")) == ("11月", "Nov")
    assert (chinese.when("2026-05-12", year=False), english.when("2026-05-12", year=True)) == ("5月12日", "12 May 2026")
    assert (english.when("2026-02-01/2026-02-10", year=False), english.when("2026-11", year=False)) == (
        "1\u201310 Feb",
        "Nov",
    )
    assert (english.when("2026", year=False), english.when("2025/2027", year=False)) == ("2026", "2025\u20132027")
    assert english.when("2026-11", year=True) == "Nov 2026"


def test_two_languages_say_what_differs_on_two_lines_and_numbers_on_one(words: dict[str, ChartText]) -> None:
    both = ChartTexts((words["zh"], words["en"]))
    assert both.language == "zh-en"
    assert both.name("Ostmere") == "奥湖\nOstmere"
    assert both.label("sister") == "友城\nFriendly towns"
    assert both.number(Fact(id="", value=38.0, unit="town")) == "38"
    assert both.number(Fact(id="", value=235e6, unit="crown")) == "2.35亿克朗 / 235\u00a0million\u00a0crowns"
    assert both.tick(11, "month") == "11月\nNov" and both.tick(2031, "year") == "2031"
    assert both.when("2026-05-12", year=False) == "5月12日\n12 May"
    assert both.names(("Ostmere", "Pellwick"), 2, "town") == "奥湖和佩威\nOstmere and Pellwick"
