"""What only a table can tell: units to measure by that are not there, means without a value, draws without one."""

from collections.abc import Sequence

import numpy as np
import pytest

from jianbao.core.documents import Problems
from jianbao.core.errors import ContentError
from jianbao.scoring.framework import Framework
from jianbao.scoring.monte_carlo import simulate
from jianbao.scoring.panel import Panel, panel_from
from jianbao.scoring.ranking import summarise
from jianbao.scoring.score import evaluate
from jianbao.scoring.sensitivity import leave_out
from jianbao.scoring.validate import check_panel
from jianbao.scoring.what_if import WhatIfChange, what_if
from tests.scoring.framework_text import framework_of

TEXT = """
seed: 1
draws: 200
scale: [0, 100]
reference: REFERENCE
contributions: proportional
defaults: {weights: equal, aggregate: arithmetic, direction: more, normalise: NORMALISE}
uncertainty: {DOUBT}
index: {id: all, aggregate: MEAN, children: [{id: a, column: a}, {id: b, column: b}]}
"""
POSTS = "{method: goalposts, floor: 0, target: 10, cap: CAP, curve: linear}"


def framework(normalise: str, mean: str = "arithmetic", doubt: str = "weights: {dirichlet: 9}") -> Framework:
    text = TEXT.replace("NORMALISE", normalise).replace("MEAN", mean).replace("DOUBT", doubt)
    return framework_of(text.replace("REFERENCE", "each_period"))


def panel(values: list[list[float]], periods: tuple[str, ...] = ("",) * 9) -> Panel:
    rows = len(values)
    return Panel(units=tuple("xyzxyz"[:rows]), periods=periods[:rows], columns=("a", "b"), values=np.array(values))


YEARS = ("2020", "2020", "2020", "2021", "2021", "2021")
SIX = panel([[1.0, 2], [3, 4], [5, 6], [7, 8], [9, 1], [2, 3]], YEARS)


@pytest.mark.parametrize(
    ("unit", "reference", "said"),
    [
        ("Q", "each_period", "there is no unit 'Q'; allowed: x, y, z"),
        ("x", "all_periods", "'x' has several rows: which is the measure?"),
    ],
)
def test_a_unit_to_measure_by_must_be_one_row(unit: str, reference: str, said: str) -> None:
    text = TEXT.replace("NORMALISE", f"{{method: distance_to_unit, unit: {unit}, cap: yes}}").replace(
        "MEAN", "arithmetic"
    )
    made = framework_of(text.replace("DOUBT", "weights: {dirichlet: 9}").replace("REFERENCE", reference))
    (problem,) = check_panel(made, SIX)
    assert said in str(problem)


def test_a_unit_to_measure_by_must_be_there_in_every_period() -> None:
    made = framework("{method: distance_to_unit, unit: z, cap: yes}")
    lacking = Panel(units=SIX.units[:5], periods=YEARS[:5], columns=SIX.columns, values=SIX.values[:5])
    (problem,) = check_panel(made, lacking)
    assert "'z' has no row in '2021'; the others of that period would have nothing to be measured by" in str(problem)
    assert check_panel(made, SIX) == []


@pytest.mark.parametrize(
    ("units", "cells", "said"),
    [
        ((), (), "t.csv: the table has no rows"),
        (
            ("x", " ", ""),
            "123",
            "csv:3 unit: the cell is empty; each row needs its 'unit' | t.csv:4 unit: the cell is empty",
        ),
        (("x", "x"), "12", "t.csv:3: 'x' appears twice; it is first in row 2"),
        (
            tuple("xxyyzz"),
            "123456",
            "t.csv: 3 units have several rows, and the framework names no column of periods; "
            "if a column has the year or another period, name it: `table: {unit: …, period: COLUMN}`",
        ),
        (("x",), ("1,234,567.5",), "t.csv:2 a: '1,234,567.5' is not a number; write 1234567.5"),
        (("x",), ("１2",), "is not a number; write 12"),
        (("x",), ("2,5",), "t.csv:2 a: '2,5' is not a number; leave it empty if it is missing"),
        (("x",), ("12 %",), "t.csv:2 a: '12 %' is not a number; leave it empty if it is missing"),
    ],
)
def test_a_table_that_cannot_be_a_panel_says_which_cell_and_what_to_write(
    units: tuple[str, ...], cells: Sequence[str], said: str
) -> None:
    problems: Problems = []
    columns = {"unit": units, "a": cells, "b": ["1"] * len(units)}
    assert panel_from(framework("none", doubt=""), columns, problems, "t.csv") is None
    assert said in " | ".join(map(str, problems))


NEGATIVE = panel([[-1.0, 2], [3, 4], [5, 6]])
SAID = r"the geometric mean of 'all' has no value for 'x': below zero are 'a'; cap the goalposts"


def test_a_mean_that_meets_a_score_below_zero_says_whose() -> None:
    made = framework(POSTS.replace("CAP", "top"), "geometric")
    with pytest.raises(ContentError, match=SAID):
        summarise(made, NEGATIVE)
    with pytest.raises(ContentError, match=SAID):
        leave_out(made, NEGATIVE)
    sound = panel([[1.0, 2], [3, 4], [5, 6]])
    with pytest.raises(ContentError, match="has no value for 'x', 'y', 'z'"):
        what_if(made, sound, [WhatIfChange("fact", "a", -1.0)])


def test_a_row_that_is_not_covered_is_left_without_a_score_and_without_a_word() -> None:
    missing = panel([[np.nan, np.nan], [3, 4], [5, 6]])
    summary = summarise(framework(POSTS.replace("CAP", "top"), "geometric"), missing)
    assert np.isnan(summary.declared.of("all")[0]) and np.isnan(summary.low[0]).all()


def test_the_logarithm_of_nothing_is_no_score() -> None:
    made = framework(POSTS.replace("CAP", "no").replace("floor: 0", "floor: 1").replace("linear", "log"))
    with pytest.raises(ContentError, match="'a' is infinite for 'x'; 0 has no logarithm"):
        summarise(made, panel([[0.0, 2], [3, 4]]))


@pytest.mark.parametrize(
    ("mean", "doubt", "node"),
    [
        ("geometric", "goalposts: {floor: 0.3, target: 0}", "all"),
        ("arithmetic", "normalise: [min_max]", "b"),
    ],
)
def test_a_score_without_a_value_in_some_draws_has_no_interval_to_invent(mean: str, doubt: str, node: str) -> None:
    made = framework(POSTS.replace("CAP", "top"), mean, doubt)
    values = panel([[1.0, 5], [3, 5], [5, 5]])
    with pytest.raises(ContentError, match=f"'{node}' has no value in some draws: 'x'"):
        summarise(made, values)
    with pytest.raises(ContentError, match=f"'{node}' has no value in some draws: 'x'"):
        simulate(made, values)


def test_z_scores_are_put_on_a_scale_by_the_mean_and_deviation_that_are_wanted() -> None:
    values = panel([[1.0, 2], [3, 4], [5, 6]])
    plain, scaled = (
        evaluate(framework(f"{{method: z_score, ddof: 1{more}}}"), values).of("a")
        for more in ("", ", mean: 50, deviation: 10")
    )
    np.testing.assert_allclose(scaled, 50 + 10 * plain)


def test_rank_intervals_over_alternatives_hold_the_rank() -> None:
    others = "{method: z_score, ddof: 1, mean: 50, deviation: 15}, {method: percentile_rank, divisor: n, ties: average}"
    made = framework(POSTS.replace("CAP", "yes"), "geometric", f"normalise: [{others}]")
    summary = summarise(made, panel(np.random.default_rng(1).uniform(1, 9, (6, 2)).tolist(), YEARS))
    for ranking in summary.rankings:
        assert (ranking.low <= ranking.ranks).all() and (ranking.ranks <= ranking.high).all()
        assert ranking.acceptability is not None
        np.testing.assert_allclose(ranking.acceptability.sum(axis=1), 1.0)
