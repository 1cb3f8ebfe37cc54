"""No sentence of the Guangzhou brief joins two events: of a session whose buyers alone are known no more is said."""

import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from jianbao.app.assess import assess
from jianbao.app.check import lint_edition
from jianbao.app.project import Project, read_project
from jianbao.app.workspace import snapshot
from jianbao.data.measures.declarations import Measure
from tests.workspaces import ROOT, assessed, composed, everything, run

pytestmark = pytest.mark.slow

HOLE = re.compile(r"\{\{\s*([a-z_]+(?:\.[a-z0-9_]+)+)([^}]*)\}\}")
VARIANT = re.compile(r"(?m)^\s*(?:- )?(?:zh|en): (.*)$")


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Return a copy of this repository's workspace with an edition for 2026."""
    for folder in ("data", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / "city" / folder)
    assert run("edition", "new", "2026", tmp_path / "city", "--as-of", "2026-12-31").code == 0
    return tmp_path / "city"


def texts_with_rows(city: Path, *rows: str) -> str:
    """Return all that brief and official report of 2026 say after rows were added to the series."""
    series = city / "data/series.csv"
    head, *lines = series.read_text("utf-8").splitlines()
    added = [f"{row},{'xinhua_138' if 'canton' in row else 'gz_mayors_forum_2023'},stated,," for row in rows]
    series.write_text("\n".join([head, *lines, *added]) + "\n", "utf-8")
    project = read_project(snapshot(city))
    assessment = assess(project, project.series.issue("2026"))
    assert lint_edition(project, assessment).errors == ()
    printed = (composed(assessment, template=template) for template in ("brief", "gongwen"))
    return "\n".join(statement.text("en") for each in printed for statement in everything(each))


def test_buyers_of_a_session_are_not_said_with_the_countries_and_turnover_of_another(city: Path) -> None:
    text = texts_with_rows(city, "canton_buyers,Guangzhou,330000,person,=,2026-11,140,on_site")
    found = [line for line in text.splitlines() if "330,000" in line]
    assert found and "in 2026" in found[0]
    assert [line for line in found if "countries and regions" in line or "223" in line or "25.65" in line] == []


def test_a_session_of_which_all_is_known_is_said_whole(city: Path) -> None:
    rows = ("canton_buyers,Guangzhou,330000,person", "canton_countries,Guangzhou,227,country_region")
    orders = "canton_export,Guangzhou,26000000000,usd,=,2026-11,140,intended"
    text = texts_with_rows(city, *(f"{row},=,2026-11,140,on_site" for row in rows), orders)
    found = [line for line in text.splitlines() if "227 countries and regions" in line]
    assert found and any("intended orders on site came to US$26" in line for line in found)


def test_cities_of_a_forum_are_not_said_with_the_countries_of_another(city: Path) -> None:
    text = texts_with_rows(city, "gmf_cities,Guangzhou,80,city,=,2026-11,,on_site")
    (sentence,) = [line for line in text.splitlines() if "it drew" in line and "Mayors" in line]
    assert "In 2026 it drew 80 cities and local governments on site, against 105 in 2018" in sentence


def texts() -> Iterator[str]:
    for file in sorted((ROOT / "templates/wording").glob("*.yml")):
        yield from VARIANT.findall(file.read_text("utf-8"))


def events_said(project: Project, text: str) -> dict[str, dict[object, bool]]:
    """Return by table the events of which a text takes latest rows, and whether it says which each is."""
    found: dict[str, dict[object, bool]] = {}
    for fact, filters in HOLE.findall(text):
        measure = project.measures.get(fact)
        if measure and measure.table and measure.kind in ("latest", "last"):
            events = found.setdefault(measure.table, {})
            event = event_of(project, measure)
            events[event] = events.get(event, False) or "as_of" in filters or tells(project, measure) or dated(measure)
    return found


def tells(project: Project, measure: Measure) -> bool:
    """Say whether a measure takes what tells events apart: a date, or the number of a session."""
    schema = project.evidence.schemas[measure.table]
    return schema.columns[measure.take].type == "date" or measure.take in (*schema.event, *schema.key)


def dated(measure: Measure) -> bool:
    """Say whether a measure takes rows of one declared time."""
    return any(test.path == "period" for test in measure.where)


def event_of(project: Project, measure: Measure) -> object:
    """Return what a measure's row hangs on: the fact that it stands beside, or else itself; a `last` row is one row."""
    while measure.beside:
        measure = project.measures[measure.beside]
    return (measure.where, measure.dated) if measure.kind == "last" else measure.id


def test_facts_of_one_table_in_one_sentence_come_from_one_event_or_it_says_which() -> None:
    project = read_project(snapshot(ROOT))
    asked, found = 0, []
    for text in texts():
        for events in events_said(project, text).values():
            asked += 1
            if len(events) > 1 and not all(events.values()):
                found.append(text)
    assert asked > 40 and found == []


def rows(table: str) -> list[dict[str, str]]:
    with (ROOT / "data" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def ties(city: Path) -> str:
    """Return what the first page of 2025 says of the total of ties, without its figures."""
    project = read_project(snapshot(city))
    printed = everything(composed(assess(project, project.series.issue("2025")), template="brief"))
    [found] = [each.text("zh") for each in printed if "友城和合作交流城市）" in each.text("zh")]
    return re.sub(r"\d+", "0", found)


def test_a_newer_total_of_ties_makes_the_sentence_of_the_first_page_no_longer(city: Path) -> None:
    before = ties(city)
    with (city / "data/series.csv").open("a", encoding="utf-8") as file:
        file.write("friendly_total,Guangzhou,112,city,=,2025-12-30,,municipal,xinhua_138,stated,,\n")
    assert ties(city) == before and "截至0年0月广州有友好关系0个" in before


def test_an_anniversary_falls_on_the_day_of_signing() -> None:
    signed = {row["city"]: row["signed_on"] for table in ("sister_cities", "exchange_cities") for row in rows(table)}
    anniversaries = [row for row in rows("calendar") if row["kind"] == "anniversary"]
    assert len(anniversaries) > 20
    for row in anniversaries:
        day = signed[row["city"]]
        assert row["day"] == f"{int(day[:4]) + int(row['years'])}{day[4:]}", row["id"]


def test_a_count_that_is_a_year_old_is_compared_with_five_years_before_it(city: Path) -> None:
    text = texts_with_rows(city)
    assert "from 87 in November 2020 to 111 in November 2025" in text
    assert "exchange cities in November 2025; public sources name" in text and "of those made by" in text
    assert "The forum of 2021" not in text  # nothing is left of it to compare with


def test_a_year_without_news_speaks_of_no_deadline_as_if_it_were_ahead_and_drops_no_measure(city: Path) -> None:
    text = texts_with_rows(city)
    past = "Entries to the 7th edition were due to close on 30 April 2026; its results were not found"
    assert past in text
    assert not [line for line in text.replace(past, "").splitlines() if "close on" in line or "Before entries" in line]
    assert "before there is a shortlist" not in text and "Trace the last call; draft the next" in text
    assert (
        "Make Fair and Forum meetings end in a list of tasks" in text
    )  # though no count of the Forum is recent enough
    assert "the latest count on site that was found is of 2023" in text
    assert "For the autumn of 2026, a count was not found" in text and "more Canton Fair buyers" not in text
    assert "sources name 77 of those made by December 2026" in text


@pytest.mark.parametrize(
    ("edition", "sentence"),
    [
        ("2023", "Of the rest, "),
        ("2025", "For 9 neither a tie nor a visit is on record"),
    ],
)
def test_only_winners_that_were_all_checked_are_called_the_others(edition: str, sentence: str) -> None:
    lines = [statement.text("en") for statement in everything(composed(assessed(ROOT, edition)))]
    found = [line for line in lines if "cities abroad that won a main prize" in line and "tie before it" in line]
    found += [line for line in lines if "cities abroad that won a main prize" in line and "Before the prize" in line]
    assert [sentence in line for line in found] == [True]
