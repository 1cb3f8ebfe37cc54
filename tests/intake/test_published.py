"""No delivery changes what is published: what is new is written beside what stands, and later editions know it."""

import shutil
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from jianbao.app.assess import assess
from jianbao.app.project import read_project
from jianbao.app.workspace import snapshot
from jianbao.brief import export
from tests.intake.sample_files import SERIES, SISTERS, Rows, workbook
from tests.workspaces import ROOT, Done, amend, run

pytestmark = pytest.mark.slow

PUBLISHED = {"2023": date(2023, 12, 31), "2024": date(2024, 12, 31), "2025": date(2025, 12, 31)}
EARLY, LATE = "xinhua_138", "gz_work_report_2026"  # published in November 2025, and in 2026
AWARD = ("edition", "ceremony_on", "status", "cities", "countries", "entries", "source")


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Return a copy of this repository's workspace and its archive, with an edition for 2026."""
    for folder in ("data", "templates", "output/archive"):
        shutil.copytree(ROOT / folder, tmp_path / "city" / folder)
    assert run("edition", "new", "2026", tmp_path / "city", "--as-of", "2026-12-31").code == 0
    return tmp_path / "city"


def take(city: Path, sheets: Mapping[str, Rows], *words: str) -> Done:
    return run("intake", workbook(city.parent / "new.xlsx", sheets), city, "--yes", *words)


def figure(indicator: str, period: str, value: float, unit: str, source: str, known_from: str = "") -> dict[str, Rows]:
    row = ("Guangzhou", value, unit, "=", period, None, source, "stated", known_from)
    return {"series": [(*SERIES, "known_from"), (indicator, *row)]}


def added(city: Path, table: str = "series") -> list[str]:
    """Return the lines of a table that are new; the lines that stood there must still stand, at their places."""
    old = (ROOT / "data" / f"{table}.csv").read_text("utf-8").splitlines()
    new = (city / "data" / f"{table}.csv").read_text("utf-8").splitlines()
    column = new[0].endswith(",known_from") and not old[0].endswith(",known_from")
    assert [line.removesuffix(",") if column else line for line in new[1 : len(old)]] == old[1:]
    return new[len(old) :]


@cache
def unchanged(label: str) -> tuple[bytes, Mapping[str, bytes]]:
    return published(ROOT, label)


def published(city: Path, label: str) -> tuple[bytes, Mapping[str, bytes]]:
    """Return the facts of an edition and the tables that are enclosed in its pages."""
    project = read_project(snapshot(city))
    assessment = assess(project, project.series.issue(label))
    return export.ledger(assessment.ledger), export.tables(project.evidence.tables, PUBLISHED[label])


def fact(city: Path, label: str, name: str) -> object:
    project = read_project(snapshot(city))
    return assess(project, project.series.issue(label)).ledger[name].value


def test_a_restated_figure_is_added_and_the_first_one_stays(city: Path) -> None:
    sheets = figure(
        indicator="trade_total", period="2024", value=1_123_999_000_000, unit="cny", source=LATE, known_from="2026-03"
    )
    before = unchanged("2025")
    done = take(city, sheets)
    assert done.code == 0 and "restates" in done.out and "beside it, known from 2026-03 on" in done.out, done.out
    assert added(city) == [f"trade_total,Guangzhou,1123999000000,cny,=,2024,,,{LATE},stated,2026-03,"]
    assert published(city, "2025") == before
    assert take(city, sheets).out.endswith("Nothing new: the workspace already has all of this.\n")


def test_a_contradiction_is_written_beside_what_published_editions_know(city: Path) -> None:
    sheets = figure("trade_total", "2024", 1_123_999_000_000, "cny", EARLY)
    before = unchanged("2025")
    asked = take(city, sheets)
    assert asked.code == 5 and "written beside it, known from 2026-01-01 on" in asked.out
    assert "new.xlsx[series] row 2:  kept from 2025; known from 2026-01-01 on" in asked.out
    assert take(city, sheets, "--accept-changes").code == 0
    assert added(city) == [f"trade_total,Guangzhou,1123999000000,cny,=,2024,,,{EARLY},stated,2026-01-01,"]
    assert published(city, "2025") == before
    assert fact(city, "2026", "trade.total_by_year.n2024") == 1_123_999_000_000


def test_an_open_row_that_is_completed_stays_open_for_those_who_knew_it_so(city: Path) -> None:
    before = unchanged("2025")
    sheets: dict[str, Rows] = {
        "award_editions": [AWARD, (7, "2026-11-18", "completed", 190, 60, 280, LATE)],
    }
    assert b'"award.open_edition"' in before[0]
    assert take(city, sheets, "--accept-changes").code == 0
    (line,) = added(city, "award_editions")
    assert line.startswith("7,2026,2026-11-18,2025-09-29,completed,190,60,280") and line.endswith(",2026-12-31")
    assert published(city, "2025") == before
    assert fact(city, "2026", "award.latest_edition") == 7 and fact(city, "2025", "award.latest_edition") == 6


def test_a_late_figure_of_a_published_year_is_not_known_to_it(city: Path) -> None:
    before = unchanged("2025")
    sheets = figure("consulates", "2025-11", 71, "consulate", EARLY)
    done = take(city, sheets)
    assert done.code == 0 and "kept from 2025; known from 2026-01-01 on" in done.out
    assert added(city) == [f"consulates,Guangzhou,71,consulate,=,2025-11,,,{EARLY},stated,2026-01-01,"]
    assert published(city, "2025") == before
    late = figure("exports", "2025", 710_000_000_000, "cny", LATE)  # its source says by itself that it is later
    assert "kept from" not in take(city, late).out and published(city, "2025") == before


def test_a_further_source_is_written_beside_a_published_row(city: Path) -> None:
    before = unchanged("2025")
    done = take(city, figure("trade_total", "2024", 1_123_838_000_000, "cny", LATE))
    assert done.code == 0
    assert added(city)[0].endswith(f"chinanews_trade_2025;{LATE},stated,2026-12-31,")
    assert published(city, "2025") == before


def test_a_new_partner_brings_its_name_without_changing_a_published_edition(city: Path) -> None:
    before = {label: unchanged(label) for label in PUBLISHED}
    row = ("Nairobi", "KEN", "Africa", "2026-06-01", -1.28, 36.82, "geonames", LATE, "stated")
    names: Rows = [("id", "kind", "zh", "en"), ("Nairobi", "city", "内罗毕", "Nairobi")]
    done = take(city, {"sister_cities": [SISTERS, row], "names": names})
    assert done.code == 0 and "new.xlsx[names] row 2:  kept from 2023, 2024, 2025; known from 2026-01-01 on" in done.out
    assert added(city, "names") == ["Nairobi,city,内罗毕,Nairobi,,,,2026-01-01"]
    assert {label: published(city, label) for label in PUBLISHED} == before
    assert run("check", city).code == 0


def test_another_name_of_a_city_is_that_of_later_editions(city: Path) -> None:
    names: Rows = [("id", "kind", "zh", "en"), ("Fukuoka", "city", "福冈", "Fukuoka City")]
    assert take(city, {"names": names}, "--accept-changes").code == 0
    assert len(added(city, "names")) == 1
    project = read_project(snapshot(city))
    called = [
        assess(project, project.series.issue(label)).project.names["Fukuoka"].full["en"] for label in ("2025", "2026")
    ]
    assert called == ["Fukuoka", "Fukuoka City"]


def test_a_day_before_that_of_a_published_edition_is_refused(city: Path) -> None:
    done = take(
        city,
        figure(
            indicator="trade_total",
            period="2024",
            value=1_123_999_000_000,
            unit="cny",
            source=EARLY,
            known_from="2025-06",
        ),
        "--accept-changes",
    )
    assert done.code == 3 and added(city) == []
    assert "row 2, known_from:  known from 2025-06 on, the row would change what is published: 2025" in done.out
    assert "write a day after 2025-12-31" in done.out


def test_a_table_that_cannot_say_since_when_a_row_is_known_is_not_changed_under_a_published_edition(city: Path) -> None:
    tables = (city / "data/tables.yml").read_text("utf-8")
    start = tables.index("memberships:")
    block = tables[start : tables.index("series:", start)]
    changed = block.replace("  known_by: known_from\n", "").replace("    known_from:   {type: date}\n", "")
    amend(city, "data/tables.yml", block, changed)
    head = ("organisation", "role", "from_date", "to_date", "source")
    standing = (ROOT / "data/memberships.csv").read_text("utf-8").splitlines()[1].split(",")
    sheets: dict[str, Rows] = {"memberships": [head, (standing[0], standing[2], standing[4], "2024-05", LATE)]}
    done = take(city, sheets, "--accept-changes")
    assert done.code == 3 and added(city, "memberships") == []
    assert "the row would change what is published: 2023, 2024, 2025; and" in done.out, done.out
    assert "declare `known_by`" in done.out


def test_what_no_published_edition_knows_is_corrected_in_its_row(city: Path) -> None:
    first = figure("friendly_total", "2026-10", 113, "city", LATE)
    assert take(city, first).code == 0
    second = figure("friendly_total", "2026-10", 114, "city", LATE)
    assert take(city, second, "--accept-changes").code == 0
    assert [line.split(",")[2] for line in added(city)] == ["114"]


def test_all_figures_of_a_delivery_may_stand_there_with_their_restatements(city: Path) -> None:
    rows = figure("gdp", "2026", 3_300_000_000_000, "cny", LATE)
    rows["series"] = [
        *rows["series"],
        *figure(indicator="gdp", period="2026", value=3_310_000_000_000, unit="cny", source=LATE, known_from="2027-12")[
            "series"
        ][1:],
    ]
    assert take(city, rows).code == 0 and len(added(city)) == 2


# The invented city, whole


def test_a_published_edition_is_verified_byte_for_byte_after_an_intake(workspace: Path, unset: None) -> None:
    for label in ("winter", "midsummer"):
        assert run("build", workspace, "-e", label).code == 0
    assert run("archive", "-w", workspace).code == 0
    shutil.rmtree(workspace / "output/winter")
    shutil.rmtree(workspace / "output/midsummer")
    file = workspace.parent / "tallies.csv"
    head = "tally,value,unit,comparator,period,source,confidence,known_from\n"
    rows = (
        "visitors,30000,visitor,=,2030,almanac,stated,2032-02",
        "market,240000000,crown,=,2031-06,rumours,stated,",
        "ties,7,town,=,2031-03,almanac,stated,",
    )
    file.write_text(head + "\n".join(rows) + "\n", "utf-8")
    done = run("intake", file, workspace, "--yes", "--accept-changes")
    assert done.code == 0 and "Wrote 3 new rows" in done.out, done.out + done.err
    for label in ("winter", "midsummer"):
        assert run("verify", label, workspace).code == 0
