"""The editions of this repository's own workspace: each knows its day and no later, and follows its rows."""

import csv
import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from functools import cache
from io import StringIO
from pathlib import Path

import pytest
import yaml

from jianbao.app.assess import Assessment
from jianbao.brief import export
from jianbao.brief.model import Brief, Figure
from jianbao.data.facts import Fact, Ledger
from jianbao.delivery.finished_edition import archive_folder
from jianbao.review.published import compare_ledgers, ledger_records
from jianbao.text.citations import cite
from tests import workspaces
from tests.build_store import Store
from tests.pdf_text import attached, bare, read
from tests.workspaces import LANGUAGES, ROOT, Edition, amend, built, composed, copy, everything, sections, statements_of
from tests.written_numbers import figures

pytestmark = pytest.mark.slow

NEWEST = "2025"
EARLIER = {"2023": "zh", "2024": "en"}  # and the language in which each is set here, to save time
# What the newest edition says and the earlier ones cannot know: a count of partners, a session of the Fair.
LATER = {"zh": ("111个", "第138届"), "en": ("111", "138th")}
NUMBERS = {
    "2023": {"partners.total": 104, "consulates.total": 66, "fair.session": 134, "fair.buyers": 197_869},
    "2024": {"partners.total": 105, "consulates.total": 69, "fair.session": 136, "fair.buyers": 253_000},
    "2025": {"partners.total": 111, "consulates.total": 69, "fair.session": 138, "fair.buyers": 310_000},
}
Rows = Mapping[int, Mapping[str, str]]


@cache
def assessed(edition: str) -> Assessment:
    return workspaces.assessed(ROOT, edition)


def ledger(edition: str) -> Ledger:
    return assessed(edition).ledger


# What an edition knows


@pytest.mark.parametrize("edition", NUMBERS)
def test_an_edition_has_the_numbers_of_its_year(edition: str) -> None:
    assert {fact: ledger(edition)[fact].value for fact in NUMBERS[edition]} == NUMBERS[edition]
    assert ledger(edition)["edition.year"].value == int(edition)


@pytest.mark.parametrize("edition", NUMBERS)
def test_no_fact_rests_on_a_row_dated_later(edition: str) -> None:
    known = ledger(edition)
    cells = [(fact.id, each) for fact in known.values() for each in fact.cells if each.table in dated()]
    assert len(cells) > 500
    late = [
        f"{fact} {each.table}:{row}"
        for fact, each in cells
        for row in each.rows
        if day_of(each.table, tables()[each.table][row]) > known.as_of
    ]
    assert late == []


@pytest.mark.parametrize("edition", NUMBERS)
def test_no_fact_is_dated_later(edition: str) -> None:
    known = ledger(edition)
    assert [fact.id for fact in known.values() if fact.as_of and last_day(fact.as_of) > known.as_of] == []


def test_editions_of_the_same_rows_agree_on_the_years_that_both_know() -> None:
    first, newest = ledger("2023"), ledger(NEWEST)
    shared = [fact for fact in first if re.fullmatch(r".*\.by_year\.n(19|20)\d\d", fact)]
    assert len(shared) > 40
    other = [fact for fact in shared if first[fact].value != newest[fact].value]
    assert other == ["partners.by_year.n2023"]  # the list of December came out in the following March
    assert first[other[0]].cells != newest[other[0]].cells


@pytest.mark.parametrize("edition", NUMBERS)
def test_no_fact_rests_on_a_figure_that_was_published_later(edition: str) -> None:
    known, sources = ledger(edition), assessed(edition).project.evidence.sources
    rows = {row for fact in known.values() for each in fact.cells if each.table == "series" for row in each.rows}
    assert len(rows) > 80
    for row in sorted(rows):
        days = [sources[name].published for name in tables()["series"][row]["source"].split(";")]
        assert not all(days) or min(map(last_day, days)) <= known.as_of, f"row {row}: {days}"


@pytest.mark.parametrize("edition", ["2024", "2025"])
def test_the_year_before_is_scored_on_the_rules_and_rows_of_the_edition_itself(edition: str) -> None:
    known = ledger(edition)
    before = known["previous.overall"].number
    assert before == known[f"score_by_year.overall.n{int(edition) - 1}"].number
    coverage = known.get("change_coverage.overall")  # what only indicators that gained or lost their data brought
    moved = known["change.overall"].number + (coverage.number if coverage else 0)
    assert moved == pytest.approx(known["score.overall"].number - before)


@pytest.mark.parametrize("edition", NUMBERS)
def test_todays_code_and_data_give_every_fact_that_was_published(edition: str) -> None:
    """What is meant to differ is frozen anew: see "The archive" in CONTRIBUTING.md."""
    published = (archive_folder(ROOT / "output", edition) / "ledger.json").read_bytes()
    facts, _ = compare_ledgers(published, export.ledger(ledger(edition)))
    assert len(ledger_records(published)[0]) > 1000
    assert [change for change in facts if change.kind != "added"] == []


def test_no_reference_of_the_english_list_keeps_a_chinese_name() -> None:
    project = assessed(NEWEST).project
    cited = [cite(source, project.writers["en"]) for source in project.evidence.sources.values()]
    assert len(cited) > 100
    assert [entry for entry in cited if re.search("[\u3400-\u9fff]", entry)] == []


# What its pages say


@pytest.fixture(scope="module", params=[pytest.param("2023", marks=pytest.mark.deep), "2024"])
def edition(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, store: Store) -> Edition:
    return built(ROOT, request.param, tmp_path_factory.mktemp("edition"), store, (EARLIER[request.param],))


def test_the_pages_of_an_earlier_edition_say_nothing_of_what_came_after(edition: Edition) -> None:
    language = EARLIER[edition.folder.name]
    text = body(edition, edition.pdf(language), language)
    # A row of the evidence table, "E111", is no number of the text.
    assert [word for word in LATER[language] if re.search(rf"(?<![E\d]){word}", text)] == []


def test_an_earlier_edition_names_no_later_year_but_in_its_measures(edition: Edition) -> None:
    later = float(edition.assessment.issue.as_of.year + 1)
    said = [
        statement
        for section, blocks in sections(edition.brief)
        if section.role != "annex"
        for block in blocks
        for statement in statements_of(block)
        if not any(fact.startswith("argument.") for fact in statement.facts())
    ]
    assert len(said) > 150
    named = [each.id for each in said for language in LANGUAGES if figures(each.text(language))[later]]
    assert named == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_of_the_newest_edition_say_it(guangzhou: Edition, language: str) -> None:
    text = body(guangzhou, guangzhou.pdf(language), language)
    assert [word for word in LATER[language] if word not in text] == []


def test_the_pages_of_an_edition_print_its_year_and_number(edition: Edition) -> None:
    year = edition.folder.name
    language = EARLIER[year]
    text = body(edition, edition.pdf(language), language)
    session, number = NUMBERS[year]["fair.session"], edition.assessment.issue.number
    forms = {"zh": (f"第{session}届", f"第{number}期", f"{year}年"), "en": (f"{session}th", f"No.{number}", year)}
    assert [form for form in forms[language] if form not in text] == []


def test_the_tables_inside_the_pages_hold_no_row_and_no_end_dated_later(edition: Edition) -> None:
    inside = attached(edition.pdf(EARLIER[edition.folder.name]))
    as_of = edition.assessment.issue.as_of
    for table, schema in schemas().items():
        rows = list(csv.DictReader(StringIO(inside[schema["file"]].decode())))
        assert rows or table == "followup"  # what the office has not reported yet
        assert table not in dated() or [row for row in rows if day_of(table, row) > as_of] == []
        for column in (name for name, each in schema["columns"].items() if each.get("future") == "blank"):
            assert [row for row in rows if row[column] and last_day(row[column]) > as_of] == []


def body(edition: Edition, path: Path, language: str) -> str:
    """Return what pages of one language say, spaces taken out."""
    return "".join(bare(piece.text) for piece in read(path))


# The rows as they stand in the workspace, read without the program


@cache
def schemas() -> dict[str, dict]:  # type: ignore[type-arg]
    return dict(yaml.safe_load((ROOT / "data" / "tables.yml").read_text("utf-8")))


@cache
def dated() -> tuple[str, ...]:
    return tuple(table for table, schema in schemas().items() if schema.get("dated_by"))


@cache
def tables() -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for table, schema in schemas().items():
        with (ROOT / "data" / schema["file"]).open(encoding="utf-8", newline="") as file:
            found[table] = dict(enumerate(csv.DictReader(file), 2))
    return found


def day_of(table: str, row: Mapping[str, str]) -> date:
    """Return the day from which a row exists; a row without any date has always existed."""
    by = schemas()[table]["dated_by"]
    written_in = [row[column] for column in ([by] if isinstance(by, str) else by) if row[column]]
    return last_day(written_in[0]) if written_in else date.min


def last_day(period: str) -> date:
    year, month, day = (*map(int, period.rpartition("/")[2].split("-")), 0, 0)[:3]
    month = month or 12
    return date(year, month, day or monthrange(year, month)[1])


# One row more


NEW_ROW = len((ROOT / "data" / "sister_cities.csv").read_text("utf-8").splitlines()) + 1


class Grown:
    """The newest edition with one sister city more, a winner in Africa, beside the newest edition as it is."""

    def __init__(self, folder: Path) -> None:
        copy(ROOT, folder)
        last = (folder / "data" / "sister_cities.csv").read_text("utf-8").splitlines()[-1]
        row = "Lilongwe,MWI,Africa,2014-06-01,,-14,33,geonames,wan_huang_2024,,stated,"
        amend(folder, "data/sister_cities.csv", last, f"{last}\n{row}")
        known, grown = assessed(NEWEST), workspaces.assessed(folder, NEWEST)
        self.before, self.after = known.ledger, grown.ledger
        self.briefs = composed(known), composed(grown)

    def moved(self) -> set[str]:
        """Return the facts that are not what they were; the bound of a list moves with the total that it is part of."""
        return {
            fact
            for fact in {*self.before, *self.after}
            if self.value_of(self.before, fact) != self.value_of(self.after, fact)
        }

    def value_of(self, known: Ledger, fact: str) -> object:
        return (known[fact].value, known[fact].of, known[fact].as_of) if fact in known else None

    def descended(self) -> set[str]:
        """Return the facts that rest on the new row, by the ancestry that the ledger keeps."""
        return {fact for fact in self.after if any(map(rests_on_new_row, line(self.after, fact)))}


def without_bounds(known: Ledger, fact: str) -> object:
    return (known[fact].value, known[fact].of, known[fact].as_of) if fact in known else None


def line(known: Ledger, fact: str) -> list[Fact]:
    return [known[ancestor] for ancestor in known.ancestry(fact)]


def rests_on_new_row(fact: Fact) -> bool:
    return any(cells.table == "sister_cities" and NEW_ROW in cells.rows for cells in fact.cells)


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Grown:
    return Grown(tmp_path_factory.mktemp("grown"))


def test_one_sister_city_more_moves_its_count_score_contribution_and_margin(grown: Grown) -> None:
    before, after = grown.before, grown.after
    count = "sister_cities.continent.africa"
    assert (before[count].value, after[count].value) == (4, 5)
    assert (before[count].of, after[count].of) == (38, 39)
    margin = "margin.winners_to_partners"
    assert after[margin].number == pytest.approx(before[margin].number - 1 / 25)
    for fact in ("normal.sister_africa", "contribution.sister_africa", "score.national", "score.overall"):
        assert after[fact].number > before[fact].number, fact


def test_one_sister_city_more_is_said_in_both_languages(grown: Grown) -> None:
    for language, old, new in (
        ("zh", "友城38个，按", "友城39个，按"),
        ("en", "(38 sister cities, by", "(39 sister cities, by"),
    ):
        before, after = ("".join(each.text(language) for each in everything(brief)) for brief in grown.briefs)
        assert old in before and new not in before, language
        assert new in after and old not in after, language


def test_one_sister_city_more_is_drawn(grown: Grown) -> None:
    before, after = (figure(brief, "growth") for brief in grown.briefs)
    assert not set(before.facts) - set(after.facts)
    assert all(after.pictures[language].svg != before.pictures[language].svg for language in LANGUAGES)
    assert all("39" in after.pictures[language].alt for language in LANGUAGES)


def figure(brief: Brief, name: str) -> Figure:
    return next(block.figure for block in brief.blocks() if block.figure and block.figure.id == name)


def test_one_row_more_moves_nothing_that_does_not_rest_on_it(grown: Grown) -> None:
    assert grown.moved() - grown.descended() == set()
    assert 100 < len(grown.moved()) < len(grown.after) / 2


def test_what_states_no_fact_that_moved_reads_as_before(grown: Grown) -> None:
    moved = grown.moved()
    texts = [
        {
            (block.id, statement.id): {language: statement.text(language) for language in LANGUAGES}
            for section, blocks in sections(brief)
            if not section.id.startswith("annex-")
            for block in blocks
            if not block.table
            for statement in statements_of(block)
            if not moved & set(statement.facts())
        }
        for brief in grown.briefs
    ]
    assert len(texts[0]) > 50
    assert texts[0] == texts[1]


def test_a_figure_that_shows_no_fact_that_moved_is_drawn_as_before(grown: Grown) -> None:
    moved = grown.moved()
    still = [
        block.figure.id for block in grown.briefs[0].blocks() if block.figure and not moved & set(block.figure.facts)
    ]
    assert "award" in still
    for name in still:
        before, after = (figure(brief, name) for brief in grown.briefs)
        assert before.pictures["en"].svg == after.pictures["en"].svg, name
