"""The steps one by one: screening, denominating, imputing, treating, normalising, aggregating, outranking."""

import numpy as np
import pytest

from jianbao.core.documents import Problems
from jianbao.core.errors import ContentError
from jianbao.scoring import aggregate, data_treatment, normalise, outranking
from jianbao.scoring.framework import Framework, with_goalposts
from jianbao.scoring.panel import Panel, order_of
from jianbao.scoring.ranking import summarise
from jianbao.scoring.score import evaluate
from jianbao.scoring.sensitivity import rank_shifts, without
from jianbao.scoring.validate import check_panel
from tests.scoring.framework_text import framework_of
from tests.scoring.oracles import kemeny_rankings

NAN = np.nan
ONE = """
scale: [0, 1]
contributions: proportional
reference: REFERENCE
defaults: {{weights: equal, aggregate: arithmetic, direction: more}}
index: {{id: all, children: [{{id: a, column: a, {leaf}}}]}}
"""


def one(leaf: str, reference: str = "all_periods") -> Framework:
    return framework_of(ONE.format(leaf=leaf).replace("REFERENCE", reference))


def panel(values: list[float], **more: object) -> Panel:
    made = np.array(values, dtype=float)[:, None]
    units = tuple(f"u{k}" for k in range(len(values)))
    return Panel(units=units, periods=("",) * len(values), columns=("a",), values=made, **more)  # type: ignore[arg-type]


def normal(leaf: str, values: list[float], **more: object) -> list[float]:
    return [float(score) for score in evaluate(one(leaf), panel(values, **more)).of("a")]


NORMALISED = [
    ("normalise: min_max", [0, 0.5, 1]),
    ("normalise: min_max, direction: less", [1, 0.5, 0]),
    ("normalise: {method: z_score, ddof: 1}", [-1, 0, 1]),
    ("normalise: {method: rank, ties: lowest}", [1, 2, 3]),
    ("normalise: {method: borda, ties: lowest}", [0, 1, 2]),
    ("normalise: {method: percentile_rank, divisor: n_minus_one, ties: lowest}, direction: less", [1, 0.5, 0]),
    ("normalise: {method: distance_to_target, target: 3, cap: yes}", [0, 0.5, 1]),
    ("normalise: {method: distance_to_unit, unit: u1, cap: no}", [0, 1, 2]),
    ("normalise: share_of_best", [1 / 3, 2 / 3, 1]),
    ("normalise: share_of_best, direction: less", [1, 1 / 2, 1 / 3]),
    ("normalise: share_of_worst", [1, 2, 3]),
    ("normalise: share_of_mean", [0.5, 1, 1.5]),
    ("normalise: difference_from_mean", [-0.5, 0, 0.5]),
    ("normalise: difference_from_worst", [0, 1, 2]),
    ("normalise: {method: above_below_mean, threshold: 0.2}", [-1, 0, 1]),
    ("normalise: {method: categories, cuts: [2], points: [0, 1], by: value}", [0, 1, 1]),
    ("normalise: {method: goalposts, floor: 1, target: 3, cap: top, curve: linear}", [0, 0.5, 1]),
    ("normalise: none, treat: log", [0, np.log(2), np.log(3)]),
]


@pytest.mark.parametrize(("leaf", "expected"), NORMALISED, ids=[leaf for leaf, _ in NORMALISED])
def test_each_normalisation_is_reached_by_its_name(leaf: str, expected: list[float]) -> None:
    np.testing.assert_allclose(normal(leaf, [1, 2, 3]), expected, atol=1e-12)


def test_a_share_of_another_column_is_capped_and_missing_without_it() -> None:
    made = Panel(
        units=("x", "y", "z"), periods=("",) * 3, columns=("a", "b"), values=np.array([[1, 4], [9, 3], [1, NAN]])
    )
    framework = one("normalise: {method: share, of: b, cap: yes}")
    np.testing.assert_allclose(evaluate(framework, made).of("a"), [0.25, 1, NAN])


def test_a_value_per_head_is_missing_where_nobody_lives() -> None:
    made = Panel(units=("x", "y"), periods=("", ""), columns=("a", "people"), values=np.array([[5, 1000], [5, 0]]))
    framework = one("normalise: none, denominate: {by: people, per: 100}")
    np.testing.assert_allclose(evaluate(framework, made).of("a"), [0.5, NAN])


def test_without_the_cap_a_score_passes_the_target() -> None:
    posts = "normalise: {method: goalposts, floor: 0, target: 2, cap: CAP, curve: linear}"
    assert normal(posts.replace("CAP", "no"), [-2, 3]) == [-1, 1.5]
    assert normal(posts.replace("CAP", "top"), [-2, 3]) == [-1, 1]
    assert normal(posts.replace("CAP", "yes"), [-2, 3]) == [0, 1]


IMPUTED = [
    ("mean", [1, 2, 9, 4]),
    ("median", [1, 2, 9, 2]),
    ("{method: group_mean, group: region}", [1, 2, 9, 9]),
    ("{method: group_median, group: region}", [1, 2, 9, 9]),
    ("none", [1, 2, 9, NAN]),
]


@pytest.mark.parametrize(("method", "expected"), IMPUTED, ids=[method for method, _ in IMPUTED])
def test_each_imputation_marks_what_it_puts_in(method: str, expected: list[float]) -> None:
    made = panel([1, 2, 9, NAN], groups={"region": ("n", "n", "s", "s")})
    scores = evaluate(one(f"normalise: none, impute: {method}"), made)
    np.testing.assert_allclose(scores.of("a"), expected)
    assert scores.columns["a"].put_in.tolist() == [False, False, False, method != "none"]


def test_the_last_value_is_carried_as_far_as_allowed_with_its_age() -> None:
    periods = ("2023", "2020", "2021", "2022")
    made = Panel(units=("u",) * 4, periods=periods, columns=("a",), values=np.array([[NAN], [7.0], [NAN], [NAN]]))
    scores = evaluate(one("normalise: none, impute: {method: carry, most: 2}"), made)
    np.testing.assert_allclose(scores.of("a"), [NAN, 7, 7, 7])
    assert scores.columns["a"].ages.tolist() == [0, 0, 1, 2]
    assert scores.columns["a"].put_in.tolist() == [False, False, True, True]


def test_a_unit_with_too_few_values_is_screened_out_before_the_others_are_compared() -> None:
    text = """
scale: [0, 1]
screen: 0.6
reference: each_period
defaults: {weights: equal, aggregate: arithmetic, direction: more, normalise: min_max}
index: {id: all, children: [{id: a, column: a}, {id: b, column: b}]}
"""
    made = Panel(
        units=("x", "y", "z"),
        periods=("",) * 3,
        columns=("a", "b"),
        values=np.array([[1.0, 1.0], [3.0, 3.0], [100.0, NAN]]),
    )
    np.testing.assert_allclose(evaluate(framework_of(text), made).of("all"), [0, 1, NAN])


def test_relative_steps_look_at_the_period_or_at_all() -> None:
    made = Panel(
        units=("u", "v", "u", "v"),
        periods=("1", "1", "2", "2"),
        columns=("a",),
        values=np.array([[0.0], [1.0], [2.0], [4.0]]),
    )
    each = evaluate(one("normalise: min_max", "each_period"), made).of("a")
    every = evaluate(one("normalise: min_max", "all_periods"), made).of("a")
    np.testing.assert_allclose(each, [0, 1, 0, 1])
    np.testing.assert_allclose(every, [0, 0.25, 0.5, 1])


def test_winsorising_counts_what_it_cuts() -> None:
    made = data_treatment.winsorise(np.array([*range(1, 11), 100.0, NAN]), 5, 2, 3.5)
    assert (made.low, made.high, made.below, made.above) == (-np.inf, 10.0, 0, 1)


MEDIANS = [
    ([1, 2, 3], [1, 1, 1], 2.0),
    ([1, 2, 3, 4], [1, 1, 1, 1], 2.5),
    ([1, 2, 3], [1, 1, 5], 3.0),
    ([3, 1, 2], [1, 3, 1], 1.0),
]


@pytest.mark.parametrize(("scores", "weights", "expected"), MEDIANS)
def test_the_median_is_weighted(scores: list[float], weights: list[float], expected: float) -> None:
    children = [np.array([[float(each)]]) for each in scores]
    there = np.ones((len(scores), 1), dtype=bool)
    assert aggregate.median(children, np.array([weights], dtype=float), there)[0, 0] == expected


def test_a_zero_makes_a_geometric_mean_zero_but_not_if_it_weighs_nothing() -> None:
    children, there = [np.array([[0.0]]), np.array([[4.0]])], np.ones((2, 1), dtype=bool)
    assert aggregate.power_mean(children, np.array([[1.0, 1.0]]), there, 0.0)[0, 0] == 0
    assert aggregate.power_mean(children, np.array([[0.0, 1.0]]), there, 0.0)[0, 0] == pytest.approx(4)


def test_a_mean_leaves_the_scores_that_it_reads_as_they_were() -> None:
    children = [np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0]])]
    before = [each.copy() for each in children]
    for exponent in (1.0, 0.0, -1.0):
        aggregate.power_mean(children, np.array([[0.5, 0.5]]), np.full((2, 2), True), exponent)
        assert all((one == other).all() for one, other in zip(before, children, strict=True))


def test_draws_that_weigh_nothing_have_no_mean() -> None:
    made = aggregate.power_mean([np.array([[1.0, 2.0]])], np.zeros((3, 1)), np.full((1, 2), True), 1.0)
    assert made.shape == (3, 2) and np.isnan(made).all()


def some_matrices(ties: bool) -> np.ndarray:
    draws = np.random.default_rng(1).uniform(size=(8, 6, 6))
    matrices = draws / (draws + np.swapaxes(draws, 1, 2))
    return np.round(matrices * 2) / 2 if ties else matrices  # units equal or clearly apart: many rankings are as good


@pytest.mark.parametrize("ties", [False, True])
def test_kemenys_best_rankings_are_those_of_all_that_can_be_listed(ties: bool) -> None:
    matrices = some_matrices(ties)
    found = zip(matrices, *outranking.kemeny_places(matrices), strict=True)
    several = 0
    for matrix, first, last in found:
        listed = list(kemeny_rankings(matrix))
        best = sorted(order for support, order in listed if support > listed[0][0] - 1e-9)
        assert outranking.kemeny_orders(matrix, 1000) == best
        assert outranking.support(matrix, best[0]) == pytest.approx(listed[0][0])
        places = np.argsort(np.array(best), axis=1)
        np.testing.assert_array_equal([first, last], [places.min(axis=0), places.max(axis=0)])
        programmed = outranking._programmed_places(matrix)
        np.testing.assert_array_equal(programmed, [first, last])
        several += len(best) > 1
    assert (several > 0) == ties


def test_of_several_best_rankings_each_is_drawn_as_often() -> None:
    matrix = some_matrices(ties=True)[0]
    orders = outranking.kemeny_orders(matrix, 1000)
    draws = 2000
    picks = np.random.default_rng(2).uniform(size=(draws, 10))
    places = outranking.kemeny_drawn(np.broadcast_to(matrix, (draws, 6, 6)), picks)
    counts = [int((np.argsort(places, axis=1) == order).all(axis=1).sum()) for order in orders]
    assert sum(counts) == draws and len(orders) > 1
    np.testing.assert_allclose(counts, draws / len(orders), rtol=0.2)


KEMENY = """
seed: 1
draws: DRAWS
scale: [0, 100]
reference: each_period
contributions: proportional
defaults: {weights: equal, aggregate: kemeny, direction: more, normalise: none}
index: {id: all, children: [{id: a, column: a}, {id: b, column: b}]}
"""


def kemeny_panel(rows: list[list[float]]) -> Panel:
    names = tuple("vwxyzstu"[: len(rows)])
    return Panel(units=names, periods=("",) * len(rows), columns=("a", "b"), values=np.array(rows))


def test_rankings_that_are_supported_alike_make_a_tie_whose_interval_has_all_of_them() -> None:
    values = [[1.0, 2.0], [2.0, 1.0], [9.0, 9.0], [np.nan, np.nan]]  # v and w each outdo the other once
    for rows in (values, list(reversed(values))):
        panel = kemeny_panel(rows)
        (ranking,) = summarise(framework_of(KEMENY.replace("DRAWS", "400")), panel).rankings
        made = {unit: (ranking.ranks[k], ranking.low[k], ranking.high[k]) for k, unit in enumerate(panel.units)}
        known = [made[panel.units[k]] for k in np.argsort([row[0] for row in panel.values])]
        assert known[:3] == [(2, 2, 3), (2, 2, 3), (1, 1, 1)]
        np.testing.assert_array_equal(known[3], [np.nan] * 3)


def test_a_ranking_of_many_units_is_found_once_with_its_ties_but_cannot_be_drawn() -> None:
    rows = [[float(k), k] for k in range(10)] + [[20.0, 21], [21, 20]]
    panel = Panel(units=tuple(map(str, range(12))), periods=("",) * 12, columns=("a", "b"), values=np.array(rows))
    scores = evaluate(framework_of(KEMENY.replace("DRAWS", "0")), panel)
    np.testing.assert_allclose(scores.of("all"), [*(100 * k / 11 for k in range(10)), 100 * 10.5 / 11, 100 * 10.5 / 11])
    (ranking,) = summarise(framework_of(KEMENY.replace("DRAWS", "0")), panel).rankings
    assert ranking.ranks.tolist() == [*range(12, 2, -1), 1, 1]
    with pytest.raises(ContentError, match="Kemeny's ranking of 12 units cannot be drawn"):
        rank_shifts(framework_of(KEMENY.replace("DRAWS", "0")), panel)


@pytest.mark.parametrize("method", ["borda", "copeland", "kemeny"])
def test_outranking_orders_units_and_its_parts_add_up(method: str) -> None:
    text = f"""
scale: [0, 100]
seed: 1
draws: 50
reference: each_period
contributions: proportional
defaults: {{weights: equal, aggregate: {method}, direction: more, normalise: none}}
uncertainty: {{weights: {{dirichlet: 10}}}}
index: {{id: all, children: [{{id: a, column: a}}, {{id: b, column: b}}, {{id: c, column: c}}]}}
"""
    made = Panel(
        units=tuple("xyz"),
        periods=("",) * 3,
        columns=tuple("abc"),
        values=np.array([[1.0, 2, 3], [2, 3, 1], [3, 4, 5]]),
    )
    scores = evaluate(framework_of(text), made)
    assert scores.of("all").argmax() == 2
    assert scores.of("all")[2] == 100
    np.testing.assert_allclose(np.sum(list(scores.contributions("all").values()), axis=0), scores.of("all"))


def test_what_a_panel_lacks_is_named() -> None:
    framework = one("normalise: {method: share, of: whole, cap: yes}, impute: {method: group_mean, group: region}")
    problems = [
        str(each)
        for each in check_panel(framework, Panel(units=("u",), periods=("",), columns=("b",), values=np.ones((1, 1))))
    ]
    assert problems == [
        "framework.yml:6: there is no column 'a' for 'a'; allowed: b",
        "framework.yml:6: there is no column 'whole' for 'a'; allowed: b",
        "framework.yml:6: there is no grouping 'region'; name the column under 'groups' of 'table'",
        "framework.yml:6: 'group_mean' compares rows, but there is only one to look at",
    ]


def test_a_goalpost_without_a_value_is_named() -> None:
    framework = one("normalise: {method: goalposts, floor: 0, target: {fact: best}, cap: yes, curve: linear}")
    problems: Problems = check_panel(framework, panel([1, 2]))
    assert [each.what for each in problems] == ["the goalpost 'best' of 'a' has no value"]


def test_a_goalpost_that_turns_out_on_the_wrong_side_is_named() -> None:
    framework = one("normalise: {method: goalposts, floor: 5, target: {fact: best}, cap: yes, curve: linear}")
    problems = check_panel(with_goalposts(framework, {"best": 3.0}), panel([1, 2]))
    assert [each.what for each in problems] == ["direction 'more', but the floor is 5 and the target 3 (best)"]


def test_data_that_give_no_weights_are_named_with_the_line() -> None:
    text = """
reference: all_periods
defaults: {aggregate: arithmetic, direction: more, normalise: none}
index:
  id: all
  weights: {method: METHOD}
  children: [{id: a, column: a}, {id: b, column: b}]
"""
    flat = Panel(units=("x", "y"), periods=("", ""), columns=("a", "b"), values=np.ones((2, 2)))
    for method in ("critic, data: scores", "standard_deviation, data: raw, ddof: 0"):
        with pytest.raises(ContentError, match=r"framework.yml:6: 'all' cannot be weighted: .* no column varies"):
            evaluate(framework_of(text.replace("METHOD", method)), flat)


DATA_WEIGHTS = ["{method: entropy, data: raw, scaling: sum}", "{method: critic, data: scores}"]
DATA_WEIGHTS += ["{method: standard_deviation, data: scores, ddof: 1}", "{method: pca, data: raw, least_variance: 0.2}"]


@pytest.mark.parametrize("method", [*DATA_WEIGHTS, "{method: pca, data: scores, factors: 2}"])
def test_weights_from_data_add_up_and_an_only_child_has_it_all(method: str) -> None:
    text = f"""
reference: all_periods
defaults: {{weights: {method}, aggregate: arithmetic, direction: more, normalise: min_max}}
index: {{id: all, children: [{{id: a, column: a}}, {{id: b, column: b}}, {{id: c, column: c}}]}}
"""
    made = Panel(
        units=tuple("wxyz"),
        periods=("",) * 4,
        columns=tuple("abc"),
        values=np.random.default_rng(2).uniform(1, 9, (4, 3)),
    )
    framework = framework_of(text)
    assert evaluate(framework, made).weights["all"].sum() == pytest.approx(1.0)
    assert evaluate(without(without(framework, "a"), "b"), made).weights["all"].tolist() == [1.0]


def test_periods_stand_in_time() -> None:
    assert order_of("2012") < order_of("2012-05") < order_of("2013")
    assert order_of("") == 0


def test_no_step_hangs_on_the_traces_of_binary_arithmetic() -> None:
    alike = np.array([0.3, 0.1 + 0.2, 0.2])
    assert normalise.rank_scores(alike).tolist() == [2, 2, 1]
    assert normalise.percentile_rank(alike * 1e-11, "n_minus_one", ties="average").tolist() == [0.75, 0.75, 0]
    assert outranking.pairwise_wins(alike)[0].tolist() == [0, 0.5, 1]
    assert normalise.above_below_mean(np.array([1.2, 1.0, 0.8]), 0.2).tolist() == [0, 0, 0]
    hundred = np.arange(1.0, 101)  # the rank 29 of 100 is 28.999999999999996 %
    assert normalise.categories(hundred, (29.0,), (0.0, 1.0), "percentile")[28] == 1


def test_values_are_treated_over_all_periods_and_normalised_in_each() -> None:
    made = Panel(
        units=("u", "v", "w") * 2,
        periods=("1",) * 3 + ("2",) * 3,
        columns=("a",),
        values=np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [1000.0]]),
    )
    leaf = "normalise: min_max, treat: {method: winsorise, most: 1, skew: 2, kurtosis: 3.5}"
    both = evaluate(one(leaf, "{treat: all_periods, normalise: each_period}"), made)
    np.testing.assert_allclose(both.of("a"), [0, 0.5, 1, 0, 1, 1])
    np.testing.assert_allclose(evaluate(one(leaf, "each_period"), made).of("a"), [0, 0.5, 1, 0, 1 / 997, 1])
    every = evaluate(one(leaf, "all_periods"), made).of("a")
    np.testing.assert_allclose(every, [0, 0.25, 0.5, 0.75, 1, 1])


LONG_TAIL = [*map(float, range(1, 18)), 1e3, 1e4, 1e5]  # one cut at the tail leaves it skewed, three do not
CUT = "{{method: winsorise, most: {most}, skew: 2, kurtosis: 3.5}}"


@pytest.mark.parametrize(("start", "most", "expected"), [
    ("treated", 1, data_treatment.log_shifted(np.clip(LONG_TAIL, None, 1e4), 1, 1e4)),
    ("original", 1, data_treatment.log_shifted(np.array(LONG_TAIL), 1, 1e5)),
    ("treated", 3, np.clip(LONG_TAIL, None, 1e3)),
    ("original", 3, np.clip(LONG_TAIL, None, 1e3)),
])  # fmt: skip
def test_a_chain_goes_on_where_values_are_still_skewed(start: str, most: int, expected: np.ndarray) -> None:
    steps = f"[{CUT.format(most=most)}, log_shifted]"
    leaf = f"normalise: none, treat: {{method: chain, steps: {steps}, skew: 2, kurtosis: 3.5, start: {start}}}"
    np.testing.assert_allclose(normal(leaf, LONG_TAIL), expected)


def test_a_chain_leaves_values_alone_that_are_well_shaped() -> None:
    leaf = "normalise: none, treat: {method: chain, steps: [log, log_from_one], skew: 2, kurtosis: 3.5, start: treated}"
    assert normal(leaf, [1, 2, 3, 4, 5]) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("when", "expected"), [
    ("before_imputation", [0, 1, NAN]),
    ("after_imputation", [0, (2 / 99 + 1) / 2, (1 + 0.5) / 2]),
])  # fmt: skip
def test_rows_are_screened_before_or_after_imputation(when: str, expected: list[float]) -> None:
    text = f"""
scale: [0, 1]
screen: {{least: 0.6, when: {when}}}
reference: each_period
defaults: {{weights: equal, aggregate: arithmetic, direction: more, normalise: min_max, impute: mean}}
index: {{id: all, children: [{{id: a, column: a}}, {{id: b, column: b}}]}}
"""
    values = np.array([[1.0, 1.0], [3.0, 3.0], [100.0, NAN]])
    made = Panel(units=("x", "y", "z"), periods=("",) * 3, columns=("a", "b"), values=values)
    np.testing.assert_allclose(evaluate(framework_of(text), made).of("all"), expected)


COVERED = """
scale: [0, 1]
coverage: HOW
minimum_coverage: 0.6
defaults: {weights: given, aggregate: arithmetic, direction: more, normalise: none}
index:
  id: all
  children: [{id: a, column: a, weight: 8}, {id: b, column: b, weight: 1}, {id: c, column: c, weight: 1}]
"""


@pytest.mark.parametrize(("how", "covered", "second"), [
    ("weight", [0.9, 0.2], NAN),
    ("children", [2 / 3, 2 / 3], 1.0),
])  # fmt: skip
def test_coverage_is_the_weight_or_the_share_of_children(how: str, covered: list[float], second: float) -> None:
    values = np.array([[1.0, 1.0, NAN], [NAN, 1.0, 1.0]])
    made = Panel(units=("x", "y"), periods=("", ""), columns=("a", "b", "c"), values=values)
    scores = evaluate(framework_of(COVERED.replace("HOW", how)), made)
    np.testing.assert_allclose(scores.covered("all"), covered)
    np.testing.assert_allclose(scores.of("all"), [1.0, second])


FLOORED = """
scale: [0, 100]
contributions: proportional
defaults: {weights: equal, direction: more, normalise: none}
index: {id: all, aggregate: AGGREGATE, children: [{id: a, column: a}, {id: b, column: b}]}
"""


@pytest.mark.parametrize(("aggregate", "expected"), [
    ("{method: geometric, least: 1}", [8.0, 8.0]),
    ("{method: harmonic, least: 1}", [2 / (1 + 1 / 64), 2 / (1 + 1 / 64)]),
    ("{method: power, exponent: 0.5, least: 1}", [((1 + 8) / 2) ** 2, ((1 + 8) / 2) ** 2]),
])  # fmt: skip
def test_a_mean_lifts_scores_to_the_least_that_is_declared(aggregate: str, expected: list[float]) -> None:
    made = Panel(units=("x", "y"), periods=("", ""), columns=("a", "b"), values=np.array([[0.0, 64.0], [-5.0, 64.0]]))
    scores = evaluate(framework_of(FLOORED.replace("AGGREGATE", aggregate)), made)
    np.testing.assert_allclose(scores.of("all"), expected)
    points = scores.contributions("all")
    np.testing.assert_allclose(points["a"] + points["b"], expected)
    np.testing.assert_allclose(points["a"], 0)
