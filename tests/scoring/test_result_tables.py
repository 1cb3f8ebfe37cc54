"""Tables in, tidy rows out; and the schema that an editor checks a framework with."""

import jsonschema
import numpy as np
import pytest
import yaml

from jianbao.app.schema import framework_schema
from jianbao.core.documents import Problems
from jianbao.core.zip_csv import table_rows
from jianbao.scoring import sensitivity
from jianbao.scoring.panel import Panel, panel_from
from jianbao.scoring.ranking import summarise
from jianbao.scoring.result_tables import (
    choice_effect_table,
    contribution_table,
    difference_table,
    left_out_table,
    rank_table,
    score_table,
    shift_table,
    weight_table,
)
from jianbao.scoring.score import evaluate
from jianbao.scoring.what_if import WhatIfChange, what_if
from tests.scoring.framework_text import framework_of
from tests.scoring.test_framework_file import SOUND
from tests.scoring.test_monte_carlo import FULL
from tests.scoring.test_technology_index import EXAMPLE

TEXT = """
seed: 1
draws: 200
decimals: 1
reference: each_period
minimum_coverage: 0.6
table: {unit: city, period: year, groups: [region]}
defaults: {weights: equal, aggregate: arithmetic, direction: more, impute: {method: group_mean, group: region}}
uncertainty: {weights: {dirichlet: 10}}
index:
  id: all
  name: {zh: 总体, en: Overall}
  children:
    - &leaf {id: a, column: a, normalise: {method: goalposts, floor: 0, target: 10, cap: yes, curve: linear}}
    - {<<: *leaf, id: b, column: b}
"""
FRAMEWORK = framework_of(
    TEXT.replace("{<<: *leaf, id: b, column: b}", "{id: b, column: b, normalise: none, impute: none}")
)
WIDE: dict[str, list[object]] = {
    "city": ["x", "y", "x", "y"],
    "year": [2020.0, 2020.0, 2021.0, 2021.0],
    "region": ["n", "n", "n", "n"],
    "a": ["1", "2", "NA", "4"],
    "b": [10, None, 30, 40],
}


def read(columns: dict[str, list[object]]) -> tuple[Panel | None, list[str]]:
    problems: Problems = []
    return panel_from(FRAMEWORK, columns, problems, "cities.csv"), [str(problem) for problem in problems]


def panel() -> Panel:
    made, problems = read(WIDE)
    assert made is not None, problems
    return made


def test_a_wide_table_is_a_panel() -> None:
    assert panel().units == ("x", "y", "x", "y")
    assert panel().periods == ("2020", "2020", "2021", "2021")
    np.testing.assert_array_equal(panel().values, [[1, 10], [2, np.nan], [np.nan, 30], [4, 40]])


def test_a_long_table_is_the_same_panel() -> None:
    long: dict[str, list[object]] = {key: [] for key in ("city", "year", "region", "indicator", "value")}
    for row in range(4):
        for name in ("b", "a"):
            cells = (WIDE["city"][row], WIDE["year"][row], "n", name, WIDE[name][row])
            for key, cell in zip(long, cells, strict=True):
                long[key].append(cell)
    made, _ = read(long)
    assert made is not None
    np.testing.assert_array_equal(made.values, panel().values)
    assert made.groups == panel().groups


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"a": ["1", "2", "many", "4"]}, "cities.csv:4 a: 'many' is not a number; leave it empty if it is missing"),
        ({"a": ["1", "inf", "3", "4"]}, "cities.csv:3 a: 'inf' is not a finite number"),
        ({"city": ["x", "y", "x", "x"]}, "cities.csv:5: 'x 2021' appears twice; it is first in row 4"),
        ({"b": None}, "cities.csv:1: there is no column 'b'"),
        ({"region": None}, "cities.csv:1: there is no column 'region'"),
    ],
)
def test_a_faulty_table_is_named_with_row_and_column(changed: dict[str, list[object] | None], said: str) -> None:
    columns = {key: cells for key, cells in {**WIDE, **changed}.items() if cells is not None}
    made, problems = read(columns)
    assert made is None
    assert any(each.startswith(said) for each in problems), problems


def test_a_score_row_tells_all_of_a_score() -> None:
    rows = list(table_rows(score_table(summarise(FRAMEWORK, panel()))))
    first = next(row for row in rows if (row["unit"], row["period"], row["node"]) == ("x", "2020", "all"))
    assert first["name"] == "总体"
    assert first["score"] == pytest.approx(10.0)
    assert first["rank"] == first["rank_low"] == first["rank_high"] == 1
    assert (first["coverage"], first["indicators"], first["imputed"]) == (1.0, 2, 0)
    missing = next(row for row in rows if (row["unit"], row["period"], row["node"]) == ("y", "2020", "all"))
    assert (missing["score"], missing["low"], missing["rank"], missing["coverage"]) == (None, None, None, 0.5)
    imputed = next(row for row in rows if (row["unit"], row["period"], row["node"]) == ("x", "2021", "a"))
    assert (imputed["score"], imputed["imputed"]) == (40.0, 1)


def test_indicators_of_a_branch_that_is_left_out_do_not_count() -> None:
    """A branch without enough coverage has no score, so what is known of it is in no score above it either."""
    two = TEXT.replace("    - {<<: *leaf, id: b, column: b}", "    - {id: b, column: b, normalise: none, impute: none}")
    plain = "normalise: none, impute: none"
    leaves = f"{{id: c, column: b, {plain}}}, {{id: d, column: b2, {plain}}}"
    text = f"{two}    - {{id: sparse, minimum_coverage: 0.9, children: [{leaves}]}}\n"
    framework = framework_of(text)
    values = np.array([[1.0, 5, 5], [2, 6, np.nan]])
    made = Panel(
        units=("x", "y"), periods=("2020",) * 2, columns=("a", "b", "b2"), values=values, groups={"region": ("n", "n")}
    )
    scores = evaluate(framework, made)
    assert np.isnan(scores.of("sparse")[1])
    assert {node: scores.counts()[node][0].tolist() for node in ("all", "sparse", "d")} == {
        "all": [4, 2],
        "sparse": [2, 1],
        "d": [1, 0],
    }


def test_contribution_rows_add_up_to_the_score() -> None:
    scores = evaluate(FRAMEWORK, panel())
    rows = [row for row in table_rows(contribution_table(scores)) if (row["unit"], row["period"]) == ("y", "2021")]
    assert sum(float(row["points"] or 0) for row in rows) == pytest.approx(scores.of("all")[3])
    assert sum(float(row["share"] or 0) for row in rows) == pytest.approx(1.0)


def test_rank_rows_and_weight_rows_add_up_to_one() -> None:
    summary = summarise(FRAMEWORK, panel())
    shares = [
        float(row["share"] or 0)
        for row in table_rows(rank_table(summary))
        if row["unit"] == "x" and row["period"] == "2020"
    ]
    assert sum(shares) == pytest.approx(1.0)
    assert sum(float(row["weight"] or 0) for row in table_rows(weight_table(summary.declared))) == 1.0


def test_rows_of_what_a_result_hangs_on() -> None:
    effects = list(table_rows(choice_effect_table(sensitivity.choice_effects(FRAMEWORK, panel(), row=0, samples=64))))
    assert [row["choice"] for row in effects] == ["weights:all"]
    assert [row["choice"] for row in table_rows(shift_table(sensitivity.rank_shifts(FRAMEWORK, panel())))] == [
        "weights:all"
    ]
    left = list(table_rows(left_out_table(sensitivity.leave_out(FRAMEWORK, panel()), panel())))
    assert [(row["without"], row["score"]) for row in left if row["unit"] == "x"][:2] == [("a", 10.0), ("a", 30.0)]


def test_rows_of_a_difference_add_up_to_it() -> None:
    found = what_if(FRAMEWORK, panel(), [WhatIfChange("fact", "a", 9.0)])
    rows = [row for row in table_rows(difference_table(found, np.arange(4))) if row["unit"] == "x"]
    first = [row for row in rows if row["period"] == "2020"]
    assert sum(float(row["points"] or 0) for row in first) == pytest.approx(40.0)
    assert float(first[0]["after"] or 0) - float(first[0]["before"] or 0) == pytest.approx(40.0)


SCHEMA = jsonschema.Draft202012Validator(framework_schema())


@pytest.mark.parametrize("text", [SOUND, FULL, (EXAMPLE / "framework.yml").read_text(encoding="utf-8")])
def test_the_schema_accepts_what_the_reader_accepts(text: str) -> None:
    jsonschema.Draft202012Validator.check_schema(framework_schema())
    assert [error.message for error in SCHEMA.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cap: yes", "cap: maybe"),
        ("target: 10", "taget: 10"),
        ("id: a,", "id: 9a,"),
        ("column: a,", ""),
        ("minimum_coverage: 0.5", "minimum_coverage: 5"),
        ("weights: equal", "weights: entropy"),
        ("weights: equal", "weights: {method: ahp}"),
    ],
)
def test_the_schema_refuses_what_the_reader_refuses(old: str, new: str) -> None:
    assert old in SOUND
    assert list(SCHEMA.iter_errors(yaml.safe_load(SOUND.replace(old, new))))
