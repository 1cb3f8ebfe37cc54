"""The data behind a figure are those of the facts that it shows, in words for people and in full for machines."""

import csv
from dataclasses import replace
from io import StringIO

import pytest

from jianbao.brief.figure_data import FigureWords, figure_data
from jianbao.brief.model import FigureData, Grid
from jianbao.brief.phrases import PhraseRenderer
from jianbao.charts.spec import FigureSpec
from jianbao.data.facts import Fact, Ledger
from jianbao.text.text_entries import TextEntry
from tests.workspaces import MINIATURE, ROOT, assessed

PARTS = [
    Fact(id="part.now.highlands", value=3.0, unit="town", about=("part", "Highlands"), as_of="2031-06-30"),
    Fact(
        id="part.now.islands", value=2.5, unit="town", about=("part", "Islands"), as_of="2029-06-30", low=2.0, high=4.0
    ),
    Fact(id="part.before.highlands", value=1.0, unit="town", about=("part", "Highlands"), as_of="2031-06-30"),
    Fact(id="part.years.n2030", value=9.0, unit="town", about=("2030",), as_of="2030-12-31"),
    Fact(id="part.years.n2031", value=10.0, unit="town", about=("2031",), as_of="2031-06-30"),
]
SPEC = FigureSpec(id="parts", kind="bars", facts={"now": "part.now", "sister": "part.before", "years": "part.years"})


@pytest.fixture(scope="module")
def words() -> FigureWords:
    known = assessed(MINIATURE, "")
    ledger = Ledger({**known.ledger.facts, **{fact.id: fact for fact in PARTS}}, known.ledger.as_of)
    renderer = PhraseRenderer(ledger=ledger, writers=known.project.writers, sections=known.project.sections)
    entry: TextEntry = known.project.figure_words["friends"]
    return FigureWords(renderer, entry, {})


@pytest.fixture
def data(words: FigureWords) -> FigureData:
    return figure_data(SPEC, [fact.id for fact in PARTS], words)


def cells_of(table: Grid, language: str) -> list[list[str]]:
    heads = [column.head.text(language) for column in table.columns]
    return [heads, *([cell.text(language) for cell in row] for row in table.rows)]


def test_roles_about_the_same_things_stand_side_by_side_and_others_in_a_table_of_their_own(data: FigureData) -> None:
    assert [len(table.columns) for table in data.tables] == [3, 2]
    assert [len(table.rows) for table in data.tables] == [2, 2]


def test_a_table_names_its_rows_in_every_language_with_intervals_and_years(data: FigureData) -> None:
    assert cells_of(data.tables[0], "en") == [
        ["Item", "Value", "Friendly towns"],
        ["Highlands", "3 (2031)", "1"],
        ["Islands", "2.5 (2 to 4) (2029)", "\u2026"],
    ]
    assert [row[0] for row in cells_of(data.tables[0], "zh")] == ["项目", "高地", "群岛"]


def test_a_year_that_a_row_is_about_is_not_said_again(data: FigureData) -> None:
    assert cells_of(data.tables[1], "en")[1:] == [["2030", "9"], ["2031", "10"]]


def file_of(data: FigureData, language: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(data.csv[language].decode("utf-8-sig"))))


def test_the_file_has_a_row_a_fact_with_its_numbers_in_full(data: FigureData) -> None:
    rows = file_of(data, "en")
    assert [row["Fact (id)"] for row in rows] == [PARTS[each].id for each in (0, 1, 2, 3, 4)]
    islands = rows[1]
    assert (islands["Series"], islands["Item"]) == ("Value", "Islands")
    assert (islands["Value"], islands["Low"], islands["High"]) == ("2.5", "2", "4")
    assert islands["As of"] == "2029-06-30"


def test_the_file_of_each_language_has_its_own_headings_and_names_and_the_same_numbers(data: FigureData) -> None:
    english, chinese = file_of(data, "en"), file_of(data, "zh")
    assert [(row["项目"], row["系列"]) for row in chinese[:3]] == [("高地", "数值"), ("群岛", "数值"), ("高地", "友城")]
    assert [row["数值"] for row in chinese] == [row["Value"] for row in english]
    assert set(data.csv) == {"zh", "en"}


def test_a_spreadsheet_takes_the_chinese_file_for_what_it_is(data: FigureData) -> None:
    assert data.csv["zh"].startswith("\ufeff项目,".encode())


def test_names_in_the_file_are_those_of_its_language(words: FigureWords) -> None:
    names = Fact(id="part.names", value=("Islands", "Highlands"), kind="names")
    known = replace(words, renderer=replace(words.renderer, ledger=words.renderer.ledger.with_facts([names])))
    spec = FigureSpec(id="x", kind="bars", facts={"value": "part.names"})
    found = figure_data(spec, ["part.names"], known)
    assert [row["数值"] for row in file_of(found, "zh")] == ["群岛; 高地"]
    assert [row["Value"] for row in file_of(found, "en")] == ["Islands; Highlands"]


def test_the_sources_of_a_fact_are_in_the_file(words: FigureWords) -> None:
    spec = FigureSpec(id="x", kind="bars", facts={"value": "ties.grouping"})
    rows = file_of(figure_data(spec, ["ties.grouping.delta"], words), "en")
    assert rows[0]["Sources (ids)"] == "almanac; gazette"


def test_a_fact_of_the_home_city_stands_in_its_row(words: FigureWords) -> None:
    spec = FigureSpec(id="x", kind="peers", facts={"sister": "part.now"}, options={"home": ("Tarnhaven",)})
    own = Fact(id="part.now", value=6.0, unit="town", as_of="2031-06-30")
    ledger = words.renderer.ledger.with_facts([own])
    shown = ["part.now.highlands", "part.now.islands", "part.now"]
    (table,) = figure_data(spec, shown, replace(words, renderer=replace(words.renderer, ledger=ledger))).tables
    assert [row[0] for row in cells_of(table, "zh")[1:]] == ["高地", "群岛", "塔恩港"]


def test_who_decides_is_called_as_in_the_figure(words: FigureWords) -> None:
    spec = FigureSpec(id="x", kind="change", facts={"cause": "moved"})
    moved = {"2030": "sister", "2031": "no"}
    facts = [Fact(id=f"moved.{year}", value=1.0, about=(year, who)) for year, who in moved.items()]
    own = replace(words, renderer=replace(words.renderer, ledger=words.renderer.ledger.with_facts(facts)))
    (table,) = figure_data(spec, [fact.id for fact in facts], own).tables
    assert cells_of(table, "zh")[1][0] == "2030，友城" and cells_of(table, "en")[1][0] == "2030, Friendly towns"


def test_a_role_without_a_label_has_the_name_of_its_family_and_a_list_has_no_interval(words: FigureWords) -> None:
    names = Fact(id="part.names", value=("Ostmere",), kind="names", low=1.0, high=3.0)
    ledger = words.renderer.ledger.with_facts([names])
    own = replace(words, renderer=replace(words.renderer, ledger=ledger, problems=[]))
    spec = FigureSpec(id="x", kind="bars", facts={"value": "ties.grouping", "listed": "part.names"})
    tables = figure_data(spec, ["ties.grouping.delta", "ties.grouping.islands", "part.names"], own).tables
    assert cells_of(tables[0], "en")[0] == ["Item", "Tied towns by grouping"]
    assert own.renderer.problems == [] and cells_of(tables[1], "en")[1][1] == "Ostmere"


def test_what_a_figure_shows_and_the_ledger_lacks_is_left_out(words: FigureWords) -> None:
    assert figure_data(SPEC, ["no.such.fact"], words).tables == ()


def test_a_role_is_called_by_the_label_that_its_key_has_in_the_figure() -> None:
    known = assessed(ROOT)
    renderer = PhraseRenderer(ledger=known.ledger, writers=known.project.writers, sections=known.project.sections)
    spec = next(each for each in known.project.figures if each.id == "levels")
    words = FigureWords(renderer, known.project.figure_words["levels"], {"depth": {"zh": "合作深度", "en": "Depth"}})
    data = figure_data(spec, ["score.depth", "previous.depth"], words)
    year = known.issue.as_of.year
    assert [row["Series"] for row in file_of(data, "en")] == [str(year), str(year - 1)]
    assert cells_of(data.tables[0], "zh")[0][1:] == [f"{year}年", f"{year - 1}年"]
