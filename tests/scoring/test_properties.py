"""What holds for every framework and every panel."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jianbao.scoring.framework import Branch, Framework, Method, edited
from jianbao.scoring.panel import Panel
from jianbao.scoring.score import Scores, evaluate
from tests.scoring.framework_text import framework_of

pytestmark = pytest.mark.slow

TREE = """
scale: [0, 100]
contributions: {rule}
reference: all_periods
minimum_coverage: {least}
defaults:
  weights: given
  aggregate: {mean}
  direction: more
  normalise: {{method: goalposts, floor: 0, target: 10, cap: yes, curve: linear}}
index:
  id: all
  children:
    - id: left
      weight: 2
      children: [{{id: a, column: a, weight: 1}}, {{id: b, column: b, weight: 3}}]
    - id: right
      weight: 1
      children:
        - {{id: c, column: c, weight: 2}}
        - id: deep
          weight: 1
          children: [{{id: d, column: d, weight: 1}}, {{id: e, column: e, weight: 1}}]
"""
MEANS = [
    "arithmetic",
    "geometric",
    "harmonic",
    "{method: power, exponent: 0.5}",
    "{method: power, exponent: 3}",
    "median",
]
COLUMNS = ("a", "b", "c", "d", "e")
BRANCHES = ("all", "left", "right", "deep")

means = st.sampled_from(MEANS)
rules = st.sampled_from(["proportional", "aumann_shapley"])
whole = arrays(np.float64, (4, 5), elements=st.integers(0, 12).map(float))
holed = arrays(np.float64, (4, 5), elements=st.one_of(st.integers(0, 12).map(float), st.just(np.nan)))


def tree(mean: str, rule: str = "proportional", least: float = 0) -> Framework:
    return framework_of(TREE.format(mean=mean, rule=rule, least=least))


def panel(values: np.ndarray) -> Panel:
    return Panel(units=tuple("wxyz"), periods=("",) * 4, columns=COLUMNS, values=values)


def scored(mean: str, values: np.ndarray) -> Scores:
    return evaluate(tree(mean), panel(values))


@given(means, holed)
def test_scores_stay_within_bounds(mean: str, values: np.ndarray) -> None:
    score = scored(mean, values).score
    known = score[~np.isnan(score)]
    assert ((known >= -1e-9) & (known <= 100 + 1e-9)).all()


@given(means, whole, st.integers(0, 3), st.integers(0, 4))
def test_more_of_a_good_thing_never_lowers_a_score(mean: str, values: np.ndarray, row: int, at: int) -> None:
    more = values.copy()
    more[row, at] += 1
    for branch in BRANCHES:
        assert scored(mean, more).of(branch)[row] >= scored(mean, values).of(branch)[row] - 1e-9


@given(means, holed, st.permutations(range(4)))
def test_the_order_of_units_changes_nothing(mean: str, values: np.ndarray, order: list[int]) -> None:
    np.testing.assert_allclose(scored(mean, values[order]).score, scored(mean, values).score[order], atol=1e-9)


@given(means, holed)
def test_the_order_of_indicators_changes_nothing(mean: str, values: np.ndarray) -> None:
    def turned(branch: Branch) -> Branch:
        return replace(branch, children=branch.children[::-1])

    other = evaluate(edited(tree(mean), lambda leaf: leaf, turned), panel(values))
    for branch in BRANCHES:
        np.testing.assert_allclose(other.of(branch), scored(mean, values).of(branch), atol=1e-9)


@given(means, holed)
def test_equal_weights_are_no_weights(mean: str, values: np.ndarray) -> None:
    framework = tree(mean)
    equal = edited(
        framework, lambda leaf: leaf, lambda branch: replace(branch, weights=Method(name="equal", parameters={}))
    )
    same = edited(framework, lambda leaf: replace(leaf, weight=4.0), lambda branch: replace(branch, weight=4.0))
    one, other = evaluate(equal, panel(values)), evaluate(same, panel(values))
    np.testing.assert_allclose(one.score, other.score, atol=1e-9)


@given(means, rules, holed, st.sampled_from([0.0, 0.5, 1.0]))
def test_contributions_add_up_at_every_branch_and_are_none_without_a_score(
    mean: str, rule: str, values: np.ndarray, least: float
) -> None:
    scores = evaluate(tree(mean, rule, least), panel(values))
    for branch in BRANCHES:
        points = np.array(list(scores.contributions(branch).values()))
        known = ~np.isnan(scores.of(branch))
        np.testing.assert_allclose(np.nansum(points, axis=0)[known], scores.of(branch)[known], rtol=0, atol=1e-9)
        assert np.isnan(points[:, ~known]).all()


@given(means, whole, st.integers(0, 3), st.integers(0, 4))
def test_coverage_falls_when_a_value_goes(mean: str, values: np.ndarray, row: int, at: int) -> None:
    holed = values.copy()
    holed[row, at] = np.nan
    before, after = scored(mean, values), scored(mean, holed)
    assert before.covered("all")[row] == pytest.approx(1.0)
    assert after.covered("all")[row] == pytest.approx(1.0 - before.weight(COLUMNS[at], "all"))


@given(means, whole, st.integers(0, 3), st.integers(0, 4))
def test_a_missing_value_is_not_a_zero(mean: str, values: np.ndarray, row: int, at: int) -> None:
    """Leaving a value out is leaving the indicator out, whatever the mean."""
    holed = values.copy()
    holed[row, at] = np.nan
    leaf = COLUMNS[at]
    made = scored(mean, holed)
    assert np.isnan(made.of(leaf)[row])
    parent = made.framework.path(leaf)[-2]
    assert isinstance(parent, Branch)
    siblings = [made.of(child.id)[row] for child in parent.children if child.id != leaf]
    assert min(siblings) - 1e-9 <= made.of(parent.id)[row] <= max(siblings) + 1e-9


@given(whole)
def test_the_harmonic_mean_is_below_the_geometric_and_that_below_the_arithmetic(values: np.ndarray) -> None:
    low, middle, high = (scored(mean, values).of("deep") for mean in ("harmonic", "geometric", "arithmetic"))
    assert (low <= middle + 1e-9).all()
    assert (middle <= high + 1e-9).all()


@given(holed, st.sampled_from([0.3, 0.5, 0.9]))
def test_a_score_is_given_exactly_where_coverage_suffices(values: np.ndarray, least: float) -> None:
    scores = evaluate(tree("arithmetic", least=least), panel(values))
    for branch in BRANCHES:
        np.testing.assert_array_equal(~np.isnan(scores.of(branch)), scores.covered(branch) >= least - 1e-12)
