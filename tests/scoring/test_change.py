"""A change of score splits into method, data and coverage, whatever the framework and whatever is missing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianbao.scoring.change import ScoreChange, ScoresAtTime, counting, split_change
from jianbao.scoring.framework import Framework, Goalpost, edited
from jianbao.scoring.monte_carlo import DrawnScores, simulate
from jianbao.scoring.panel import Panel
from tests.scoring.framework_text import framework_of
from tests.scoring.test_properties import COLUMNS, holed, means, tree

pytestmark = pytest.mark.slow

NODES = ("all", "left", "right", "deep", *COLUMNS)
FULL = (5.0, 5.0, 5.0, 5.0, 5.0)


def panel(values: object) -> Panel:
    rows = np.array(values, dtype=np.float64)
    return Panel(
        units=("",) * len(rows),
        periods=tuple(str(2020 + row) for row in range(len(rows))),
        columns=COLUMNS,
        values=rows,
    )


def draws(framework: Framework, values: object) -> DrawnScores:
    return simulate(replace(framework, draws=20), panel(values), NODES)


def standing(framework: Framework, values: object, row: int = 0, **published: float) -> ScoresAtTime:
    return ScoresAtTime(draws(framework, values), row, published)


def found(node: str, earlier: ScoresAtTime, later: ScoresAtTime) -> ScoreChange:
    made = split_change(node, earlier, later)
    assert made is not None
    return made


def doubtful(mean: str = "arithmetic", least: float = 0) -> Framework:
    framework = tree(mean, least=least)
    uncertainty = replace(framework.uncertainty, weights="noise", amount=0.3, floor=0.1, target=0.1)
    return replace(framework, uncertainty=uncertainty, draws=20)


@given(means, holed, holed, st.sampled_from([0.0, 0.5]), st.floats(-5, 5))
def test_the_parts_add_up_to_the_change(
    mean: str, values: np.ndarray, others: np.ndarray, least: float, method: float
) -> None:
    earlier, later = standing(tree(mean, least=least), values), standing(tree(mean, least=least), others, 1)
    for node in NODES:
        published = earlier.score(node) + method
        made = split_change(node, replace(earlier, published={node: published}), later)
        if made is None:
            assert np.isnan(earlier.score(node)) or np.isnan(later.score(node))
            continue
        assert made.method + made.data + made.coverage == pytest.approx(made.change, abs=1e-9)
        assert made.recalculated + made.new == pytest.approx(made.data, abs=1e-9)
        assert made.change == pytest.approx(later.score(node) - published, abs=1e-9)


@given(means, holed)
def test_where_nothing_changed_no_part_is_anything(mean: str, values: np.ndarray) -> None:
    earlier, later = standing(tree(mean), values), standing(tree(mean), values)
    for made in filter(None, (split_change(node, earlier, later) for node in NODES)):
        assert (made.method, made.data, made.coverage, made.gained, made.lost) == (0, 0, 0, (), ())


@given(means, holed, st.integers(0, 4))
def test_without_an_indicator_gained_or_lost_coverage_brings_nothing(mean: str, values: np.ndarray, place: int) -> None:
    others = values.copy()
    others[0, place] = np.where(np.isnan(others[0, place]), np.nan, 12 - others[0, place])
    for made in filter(
        None, (split_change(n, standing(tree(mean), values), standing(tree(mean), others)) for n in NODES)
    ):
        assert (made.coverage, made.gained, made.lost) == (0, (), ())


def test_a_lost_indicator_is_named_and_moves_coverage_not_data() -> None:
    rich, poor = (5, 9, 5, 5, 5), (5, np.nan, 5, 5, 5)
    made = found("left", standing(tree("arithmetic"), [rich]), standing(tree("arithmetic"), [poor]))
    assert (made.lost, made.gained) == (("b",), ())
    assert made.coverage == pytest.approx(50 - (50 + 3 * 90) / 4) and made.data == 0


def test_an_indicator_that_comes_while_another_rises_is_told_apart_from_it() -> None:
    made = found(
        "left", standing(tree("arithmetic"), [(2, np.nan, 5, 5, 5)]), standing(tree("arithmetic"), [(4, 8, 5, 5, 5)])
    )
    assert (made.data, made.coverage) == pytest.approx((20, (40 + 3 * 80) / 4 - 40))


def test_where_no_indicator_counts_at_both_times_all_is_coverage() -> None:
    made = found(
        "left",
        standing(tree("arithmetic"), [(2, np.nan, 5, 5, 5)]),
        standing(tree("arithmetic"), [(np.nan, 8, 5, 5, 5)]),
    )
    assert made.data == 0 and made.coverage == pytest.approx(60)


def test_what_the_earlier_method_gave_is_the_part_of_method() -> None:
    made = found("all", standing(tree("arithmetic"), [FULL], all=44.0), standing(tree("arithmetic"), [FULL]))
    assert (made.before, made.after, made.method, made.data) == pytest.approx((44, 50, 6, 0))


def test_a_goalpost_that_moved_is_recalculation_and_the_rest_is_new() -> None:
    def farther(target: float) -> Framework:
        return edited(
            tree("arithmetic"),
            lambda leaf: replace(
                leaf,
                normalise=replace(leaf.normalise, parameters={**leaf.normalise.parameters, "target": Goalpost(target)}),
            ),
        )

    made = found("a", standing(farther(10), [FULL]), standing(farther(20), [FULL, (8, *FULL[1:])], 1))
    assert (made.data, made.recalculated, made.new) == pytest.approx((-10, -25, 15))


def test_within_one_evaluation_nothing_is_recalculated() -> None:
    one = draws(tree("arithmetic"), [FULL, (8, *FULL[1:])])
    assert found("a", ScoresAtTime(one, 0), ScoresAtTime(one, 1)).recalculated == 0


def test_a_change_in_which_the_draws_do_not_agree_is_noise() -> None:
    values = [FULL, (9, 3.7, 5, 5, 5)]  # one up, one down, to about the same score
    framework = doubtful()
    made = found("left", standing(framework, values), standing(framework, values, 1))
    assert made.low < 0 < made.high and not made.firm(0.9)
    up = found("a", standing(framework, values), standing(framework, values, 1))
    assert up.low > 0 and up.rose == 1 and up.firm(0.9)


def test_draws_of_two_editions_pair() -> None:
    framework = doubtful()
    made = found("all", standing(framework, [FULL]), standing(framework, [FULL]))
    assert (made.low, made.high, made.rose) == (0, 0, 0)


def test_a_branch_below_its_minimum_coverage_does_not_count() -> None:
    scores = draws(tree("arithmetic", least=0.5), [(5, np.nan, 5, np.nan, np.nan)]).declared
    assert counting(scores, "right", 0) == {"c"}
    assert counting(scores, "left", 0) == frozenset()
    assert (
        split_change(
            "left",
            standing(tree("arithmetic", least=0.5), [FULL]),
            ScoresAtTime(draws(tree("arithmetic", least=0.5), [(5, np.nan, 5, 5, 5)]), 0),
        )
        is None
    )


def test_a_node_has_no_score_with_fewer_indicators_than_it_asks_for_or_a_child_without_any() -> None:
    none = np.nan
    rows = [(5, 5, 5, none, none), (5, none, 5, none, none), (none, none, 5, 5, 5), FULL]
    for incomplete, scored in ((False, [True, False, False, True]), (True, [False] * 4)):
        framework = tree("arithmetic")
        index = replace(framework.index, least_indicators=3, incomplete=incomplete)
        scores = draws(replace(framework, index=index), rows).declared
        assert [*~np.isnan(scores.of("all"))] == scored
        assert not np.isnan(scores.of("right")).any()


def test_weights_from_data_stay_as_they_were_declared() -> None:
    framework = framework_of(
        """
reference: all_periods
defaults: {aggregate: arithmetic, direction: more, weights: {method: standard_deviation, ddof: 1, data: scores}}
index:
  id: all
  children:
    - {id: a, column: a, normalise: {method: goalposts, floor: 0, target: 10, cap: yes, curve: linear}}
    - {id: b, column: b, normalise: {method: goalposts, floor: 0, target: 10, cap: yes, curve: linear}}
"""
    )
    rows = np.array([(1, 2), (5, 7), (9, 6), (4, np.nan)], dtype=np.float64)
    data = Panel(units=("",) * 4, periods=("2020", "2021", "2022", "2023"), columns=("a", "b"), values=rows)
    one = simulate(framework, data, ("all", "a", "b"), 5)
    made = found("all", ScoresAtTime(one, 2), ScoresAtTime(one, 3))
    assert made.lost == ("b",)
    assert made.data == pytest.approx(40 - 90)
    assert made.change == pytest.approx(made.data + made.coverage)
