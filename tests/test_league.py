"""Any framework scores any table without a workspace: the Technology Achievement Index, from its two files."""

import csv
import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from jianbao.cli import app
from jianbao.errors import ContentError, DataError
from jianbao.evaluation.what_if import read_change
from jianbao.league import League, read_league

TAI = Path(__file__).parent / "cases" / "handbook_tai" / "workspace"
FRAMEWORK, DATA = TAI / "framework.yml", TAI / "data.csv"


@pytest.fixture(scope="module")
def league() -> League:
    return read_league(FRAMEWORK, DATA, unit="Finland")


def test_units_are_ranked_with_rank_intervals(league: League) -> None:
    rows = [row for row in league.scores()["scores"] if row["node"] == "tai"]
    first = next(row for row in rows if row["rank"] == 1)
    assert first["unit"] == "Finland"
    assert len(rows) == 23
    assert all(row["rank_low"] <= row["rank"] <= row["rank_high"] for row in rows)  # type: ignore[operator]


def test_a_choice_that_matters_and_the_ranks_it_moves_are_named(league: League) -> None:
    made = league.sensitivity()
    assert set(made) == {"choices", "left_out", "rank_shifts"}
    assert made["choices"][0]["total"] >= made["choices"][-1]["total"]  # type: ignore[operator]


def test_a_changed_value_moves_the_index_by_the_sum_of_its_parts(league: League) -> None:
    change = read_change("INTERNET=0", league.framework, league.panel)
    rows = [row for row in league.what_if([change])["changes"] if row["unit"] == "Finland"]
    moved = sum(float(row["points"] or 0) for row in rows)
    assert moved == pytest.approx(float(rows[0]["after"] or 0) - float(rows[0]["before"] or 0))
    assert moved < 0


def test_a_parquet_file_gives_the_same_scores(league: League, tmp_path: Path) -> None:
    file = tmp_path / "data.parquet"
    pd.read_csv(DATA).to_parquet(file)
    assert read_league(FRAMEWORK, file).scores()["scores"] == league.scores()["scores"]


def test_a_unit_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(ContentError, match=r"there is no row 'Finnland'; did you mean 'Finland'\?"):
        read_league(FRAMEWORK, DATA, unit="Finnland")


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
    assert {path.name for path in tmp_path.iterdir()} == {"scores.csv", "contributions.csv", "weights.csv", "ranks.csv"}


def test_the_schema_is_printed_as_json() -> None:
    done = CliRunner().invoke(app, ["schema"])
    assert json.loads(done.output)["title"] == "jianbao framework"


def test_a_framework_without_a_table_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["score", "--framework", str(FRAMEWORK)]).exit_code == 2
