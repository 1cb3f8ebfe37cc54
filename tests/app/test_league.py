"""Any framework scores any table without a workspace: the Technology Achievement Index, from its two files."""

import csv
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from jianbao.app.league import FAMILIES, LeagueTable, read_league, standings
from jianbao.app.workspace_files import read_parquet
from jianbao.charts.charts import draw
from jianbao.charts.text_metrics import FontMetrics, FontMetricsList
from jianbao.cli.base import app
from jianbao.core.errors import ContentError, DataError, UsageError
from jianbao.core.zip_csv import Table, table_rows
from jianbao.render.fonts.build import prepare_fonts
from jianbao.scoring.what_if import read_what_if

TAI = Path(__file__).parents[1] / "cases" / "handbook_tai" / "workspace"
FRAMEWORK, DATA = TAI / "framework.yml", TAI / "data.csv"


def faces() -> FontMetricsList:
    path = prepare_fonts().path
    made = (FontMetrics(family=name, regular=path(name), bold=path(name, 700)) for name in FAMILIES)
    return FontMetricsList(tuple(made))


def rows_of(table: Table) -> list[dict[str, Any]]:
    return list(table_rows(table))


@pytest.fixture(scope="module")
def league() -> LeagueTable:
    return read_league(FRAMEWORK, DATA, unit="Finland")


def test_units_are_ranked_with_rank_intervals(league: LeagueTable) -> None:
    rows = [row for row in rows_of(league.scores(league.summary())["scores"]) if row["node"] == "tai"]
    first = next(row for row in rows if row["rank"] == 1)
    assert first["unit"] == "Finland"
    assert len(rows) == 23
    assert all(row["rank_low"] <= row["rank"] <= row["rank_high"] for row in rows)


def test_a_choice_that_matters_and_the_ranks_it_moves_are_named(league: LeagueTable) -> None:
    made, notes = league.sensitivity()
    assert set(made) == {"choices", "left_out", "rank_shifts"} and not notes
    total = [row["total"] for row in rows_of(made["choices"])]
    assert total[0] >= total[-1]


def certain(folder: Path, draws: int) -> Path:
    """Write the framework without anything in doubt, and so many draws."""
    text = re.sub(r"uncertainty:\n(  .*\n)+", "", FRAMEWORK.read_text("utf-8"))
    file = folder / "framework.yml"
    file.write_text(text.replace("draws: 10000", f"draws: {draws}"), "utf-8")
    return file


def test_without_anything_in_doubt_sensitivity_leaves_its_tables_out_and_says_so(tmp_path: Path) -> None:
    made, notes = read_league(certain(tmp_path, 0), DATA).sensitivity()
    assert set(made) == {"left_out"}
    assert [str(note) for note in notes] == [
        "framework.yml: nothing is in doubt, so there are no choices to compare; say under 'uncertainty' what varies"
    ]
    done = CliRunner().invoke(app, ["sensitivity", "--framework", str(tmp_path / "framework.yml"), "--data", str(DATA)])
    assert done.exit_code == 0 and "note: framework.yml: nothing is in doubt" in done.stderr


def test_draws_that_vary_nothing_are_said(tmp_path: Path) -> None:
    found = read_league(certain(tmp_path, 20), DATA)
    (note,) = found.notes(found.summary())
    assert "the draws vary nothing: every interval is the score itself" in str(note)


def test_a_table_without_rows_is_shown_as_one(tmp_path: Path) -> None:
    command = ["whatif", "--framework", str(certain(tmp_path, 0)), "--data", str(DATA), "--set", "weight.creation=0.25"]
    assert "changes: no rows" in CliRunner().invoke(app, command).stdout


def test_a_changed_value_moves_the_index_by_the_sum_of_its_parts(league: LeagueTable) -> None:
    change = read_what_if("INTERNET=0", league.framework, league.panel)
    rows = [row for row in rows_of(league.what_if([change])["changes"]) if row["unit"] == "Finland"]
    moved = sum(row["points"] for row in rows)
    assert moved == pytest.approx(rows[0]["after"] - rows[0]["before"])
    assert moved < 0


def test_a_parquet_file_gives_the_same_scores(league: LeagueTable, tmp_path: Path) -> None:
    file = tmp_path / "data.parquet"
    pd.read_csv(DATA).to_parquet(file)
    read = read_league(FRAMEWORK, file, columns=read_parquet(file))
    made, known = (rows_of(each.scores(each.summary())["scores"]) for each in (read, league))
    assert made == known


def test_a_unit_or_period_that_is_not_there_is_named_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no unit 'Finnland'; did you mean 'Finland'\?"):
        read_league(FRAMEWORK, DATA, unit="Finnland")
    with pytest.raises(UsageError, match="there is no period '2030'; the framework names no column of periods"):
        read_league(FRAMEWORK, DATA, period="2030")
    panel_of_years(tmp_path)
    files = (tmp_path / "framework.yml", tmp_path / "data.csv")
    with pytest.raises(UsageError) as caught:
        read_league(*files, unit="Filand", period="2030")
    assert [str(each) for each in caught.value.problems] == [
        "data.csv: there is no unit 'Filand'; did you mean 'Finland'?",
        "data.csv: there is no period '2030'; the periods go from 2019 to 2020",
    ]


def test_the_last_period_is_of_most_interest_wherever_its_rows_stand(tmp_path: Path) -> None:
    panel = panel_of_years(tmp_path).panel
    found = read_league(tmp_path / "framework.yml", tmp_path / "data.csv", unit="Finland")
    assert panel.periods[0] == "2020" and panel.periods[found.row] == "2020"


@pytest.mark.parametrize("option", ["--framework", "--data"])
def test_a_folder_in_place_of_a_file_is_called_one(option: str, tmp_path: Path) -> None:
    files = {"--framework": str(FRAMEWORK), "--data": str(DATA), option: str(tmp_path)}
    done = CliRunner().invoke(app, ["score", *(word for pair in files.items() for word in pair)])
    assert "this is a folder, not a file" in str(done.exception)


def changed(folder: Path, old: str, new: str) -> Path:
    """Write the framework with one piece changed."""
    text = FRAMEWORK.read_text("utf-8")
    assert old in text
    file = folder / "framework.yml"
    file.write_text(text.replace(old, new), "utf-8")
    return file


def test_a_grouping_that_the_table_lacks_is_named(tmp_path: Path) -> None:
    framework = changed(tmp_path, "impute: none", "impute: {method: group_mean, group: region}")
    with pytest.raises(ContentError, match="there is no grouping 'region'"):
        read_league(framework, DATA)


def test_a_goalpost_that_only_a_workspace_could_know_is_named(tmp_path: Path) -> None:
    framework = changed(tmp_path, "target: 994", "target: {fact: world.best}")
    with pytest.raises(ContentError, match=r"the goalpost 'world\.best' of 'patents' has no value"):
        read_league(framework, DATA)


def test_a_cell_that_is_no_number_is_named_with_its_row_and_column(tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text(DATA.read_text("utf-8").replace("187.0", "18x"), "utf-8")
    with pytest.raises(DataError, match=r"broken.csv:2 PATENTS: '18x' is not a number"):
        read_league(FRAMEWORK, broken)


def test_the_command_writes_tidy_tables(tmp_path: Path) -> None:
    command = ["score", "--framework", str(FRAMEWORK), "--data", str(DATA), "--out", str(tmp_path)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    with (tmp_path / "scores.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {"unit", "node", "score", "low", "high", "rank", "coverage"} <= set(rows[0])
    tables = {"scores.csv", "contributions.csv", "weights.csv", "ranks.csv"}
    assert {path.name for path in tmp_path.iterdir()} == {*tables, "league.svg"}


def test_the_command_draws_every_country_with_the_interval_of_its_rank(tmp_path: Path) -> None:
    framework = changed(tmp_path, "decimals: 2", "decimals: 2\nrank_decimals: 2")
    command = ["score", "--framework", str(framework), "--data", str(DATA), "--unit", "Japan", "--out", str(tmp_path)]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    svg = (tmp_path / "league.svg").read_text("utf-8")
    written = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert set(pd.read_csv(DATA)["country"]) <= set(written)
    assert written[written.index("Finland") : written.index("United States")][1:3] == ["1", "1–5"]
    assert "=3" in written, "Sweden and Japan share a rank at two decimals"
    assert re.findall(r"font-weight: 700|font: 700", next(line for line in svg.splitlines() if ">Japan<" in line))


def test_standings_are_facts_about_units(league: LeagueTable) -> None:
    ledger = standings(league.summary())
    assert ledger["rank.finland"].about == ("Finland",)
    assert (ledger["rank.finland"].low, ledger["rank.finland"].of) == (1, 23)
    assert ledger["score.finland"].low < ledger["score.finland"].number < ledger["score.finland"].high  # type: ignore[operator]


def panel_of_years(folder: Path) -> LeagueTable:
    """Return the countries in two years; in the second Finland lacks values; two names look alike."""
    first = pd.read_csv(DATA).assign(year=2019)
    second = first.assign(year=2020)
    second.loc[0, ["PATENTS", "INTERNET", "SCHOOLING"]] = None
    both = pd.concat([second, first]).replace({"country": {"Sweden": "japan"}})
    both.to_csv(folder / "data.csv", index=False)
    text = FRAMEWORK.read_text("utf-8").replace("{unit: country}", "{unit: country, period: year}")
    (folder / "framework.yml").write_text(text, "utf-8")
    return read_league(folder / "framework.yml", folder / "data.csv")


def test_the_last_period_is_ranked_if_none_is_chosen(tmp_path: Path) -> None:
    summary = panel_of_years(tmp_path).summary()
    assert standings(summary).as_of == date(2020, 12, 31)
    assert standings(summary, "2019").as_of == date(2019, 12, 31)


def test_a_unit_of_which_too_little_is_known_is_covered_but_not_ranked(tmp_path: Path) -> None:
    found = panel_of_years(tmp_path)
    ledger = standings(found.summary())
    assert "rank.finland" not in ledger and ledger["coverage.finland"].number < 0.75
    assert ledger["rank.united_states"].of == 22
    spec, ledger, words, size = found.figure(found.summary())
    assert b">Finland<" in draw(spec, ledger, words, size, faces()).svg


def test_names_that_look_alike_are_facts_of_their_own(tmp_path: Path) -> None:
    ledger = standings(panel_of_years(tmp_path).summary())
    assert {fact.about[0] for fact in ledger.values() if fact.about[0].lower() == "japan"} == {"japan", "Japan"}


def test_the_schema_is_printed_as_json() -> None:
    done = CliRunner().invoke(app, ["schema"])
    assert json.loads(done.output)["title"] == "jianbao framework"


def test_a_framework_without_a_table_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["score", "--framework", str(FRAMEWORK)]).exit_code == 2


def test_a_fact_changes_for_one_unit_in_one_period(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    text = DATA.read_text(encoding="utf-8").splitlines()
    data.write_text("\n".join([f"year,{text[0]}", *(f"{y},{row}" for y in (2000, 2001) for row in text[1:])]), "utf-8")
    framework = tmp_path / "framework.yml"
    written = FRAMEWORK.read_text(encoding="utf-8")
    framework.write_text(written.replace("table: {unit: country}", "table: {unit: country, period: year}"), "utf-8")
    command = ["whatif", "--framework", str(framework), "--data", str(data), "--set", "INTERNET=0", "--json"]
    moved = json.loads(CliRunner().invoke(app, [*command, "--unit", "Japan", "--period", "2001"]).stdout)["changes"]
    assert {(row["unit"], row["period"]) for row in moved} == {("Japan", "2001")}
    every = json.loads(CliRunner().invoke(app, command).stdout)["changes"]
    assert len({(row["unit"], row["period"]) for row in every}) > 40
    missing = CliRunner().invoke(app, [*command, "--unit", "Japn"])
    assert isinstance(missing.exception, UsageError)
    assert "did you mean 'Japan'?" in str(missing.exception)


def test_a_report_and_recorded_draws_are_tables_of_score(tmp_path: Path) -> None:
    draws = tmp_path / "draws.csv"
    draws.write_text("weight.patents,weight.royalties\n1,0\n0,1\n1,1\n", encoding="utf-8")
    command = ["score", "--framework", str(FRAMEWORK), "--data", str(DATA), "--json"]
    made = json.loads(CliRunner().invoke(app, [*command, "--draws", str(draws), "--report"]).stdout)
    extra = {"treatments", "correlations", "reliability", "outranking", "orders"}
    assert set(made) == {"scores", "contributions", "weights", "ranks", *extra}
    plain = json.loads(CliRunner().invoke(app, command).stdout)
    assert not extra & set(plain)
    creation = next(row for row in made["scores"] if (row["unit"], row["node"]) == ("Finland", "creation"))
    ends = [next(r["score"] for r in made["scores"] if (r["unit"], r["node"]) == ("Finland", leaf)) for leaf in LEAVES]
    assert min(ends) < creation["low"] < creation["score"] < creation["high"] < max(ends)
    shares = {(row["unit"], row["over"]): row["share"] for row in made["outranking"]}
    assert len(shares) == 23 * 22
    assert all(share + shares[other, one] == pytest.approx(1) for (one, other), share in shares.items())


LEAVES = ("patents", "royalties")


def test_a_recorded_draw_that_is_no_number_is_not_told_to_stay_empty(tmp_path: Path) -> None:
    draws = tmp_path / "draws.csv"
    draws.write_text("weight.patents,weight.royalties\n1,x\n", encoding="utf-8")
    command = ["score", "--framework", str(FRAMEWORK), "--data", str(DATA), "--draws", str(draws)]
    said = str(CliRunner().invoke(app, command).exception)
    assert "draws.csv:2 weight.royalties: 'x' is not a number; each draw needs a number in every column" in said


@pytest.mark.parametrize(("framework", "data"), [("framwork.yml", "data.csv"), ("framework.yml", "dta.csv")])
def test_an_option_that_names_no_file_is_a_slip_of_the_user(framework: str, data: str) -> None:
    done = CliRunner().invoke(app, ["score", "--framework", str(TAI / framework), "--data", str(TAI / data)])
    assert isinstance(done.exception, UsageError) and done.exception.exit_code == 2
    assert "the file does not exist" in str(done.exception) and "did you mean" in str(done.exception)


def test_an_option_that_names_a_folder_is_a_slip_of_the_user() -> None:
    with pytest.raises(UsageError, match="this is a folder, not a file"):
        read_league(FRAMEWORK, TAI)
