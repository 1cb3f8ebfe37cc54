"""Draws: exact Dirichlet results, ranks and pairs, and what must not change the numbers."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from jianbao.core.errors import ContentError, UsageError
from jianbao.scoring.aggregate import draw_interval
from jianbao.scoring.framework import Framework
from jianbao.scoring.monte_carlo import collected, simulate
from jianbao.scoring.panel import Panel
from jianbao.scoring.ranking import MOST_RANKED, RankCounts, rank_interval, ranks_of, summarise, tied
from jianbao.scoring.sampling import errors, recorded, sample
from jianbao.scoring.score import evaluate
from jianbao.scoring.sensitivity import untouched
from tests.scoring.framework_text import framework_of
from tests.scoring.published import numbers, table

PLAIN = """
seed: 7
draws: 10000
decimals: 6
defaults: {{aggregate: arithmetic, direction: more, normalise: none}}
uncertainty: {{weights: {weights}}}
index:
  id: all
  weights: given
  children: [{children}]
"""


def plain(weights: str, shares: tuple[float, ...]) -> Framework:
    children = ", ".join(f"{{id: k{k + 1}, column: k{k + 1}, weight: {share}}}" for k, share in enumerate(shares))
    return framework_of(PLAIN.format(weights=weights, children=children))


def units(path: str) -> Panel:
    values = numbers(path)
    names = tuple(table(path)["unit"])
    return Panel(
        units=names,
        periods=("",) * len(names),
        columns=tuple(f"k{k + 1}" for k in range(values.shape[1])),
        values=values,
    )


FIVE = units("dirichlet_weights_analytic/input/scores.csv")
MOMENTS = table("dirichlet_weights_analytic/expected/score_mean_var.csv")


@pytest.mark.parametrize("case", ["flat", "conc_2_3_5", "conc_20_30_50"])
def test_means_and_variances_of_drawn_scores_are_the_exact_ones(case: str) -> None:
    rows = [place for place, each in enumerate(MOMENTS["case"]) if each == case]
    alpha = tuple(float(MOMENTS[f"alpha{k}"][rows[0]]) for k in (1, 2, 3))
    drawn = simulate(plain(f"{{dirichlet: {sum(alpha):g}}}", alpha), FIVE).scores["all"]
    np.testing.assert_allclose(drawn.mean(axis=0), [float(MOMENTS["mean"][row]) for row in rows], rtol=0.01)
    exact = np.array([max(float(MOMENTS["variance"][row]), 0.0) for row in rows])
    np.testing.assert_allclose(drawn.var(axis=0), exact, rtol=0.05, atol=1e-9)


def test_the_chances_of_each_pair_are_the_exact_ones() -> None:
    wins = summarise(plain("{dirichlet: flat}", (1, 1, 1)), FIVE, pairwise=True).rankings[0].wins
    exact = table("dirichlet_weights_analytic/expected/pairwise_win_prob_flat.csv")
    for one, other, chance in zip(exact["unit_a"], exact["unit_b"], exact["prob_a_beats_b_exact"], strict=True):
        assert wins is not None
        made = wins[FIVE.units.index(one), FIVE.units.index(other)]
        assert made == pytest.approx(float(chance), abs=0.015), (one, other)


def test_rank_acceptabilities_are_the_exact_ones() -> None:
    panel = units("dirichlet_weights_analytic/input/scores_two_criteria.csv")
    made = summarise(plain("{dirichlet: flat}", (1, 1)), panel).rankings[0].acceptability
    exact = numbers("dirichlet_weights_analytic/expected/rank_acceptability_two_criteria_flat.csv")
    assert made is not None
    np.testing.assert_allclose(made, exact, atol=0.015)


FULL = """
seed: 11
draws: 1000
scale: [1, 100]
contributions: proportional
reference: all_periods
defaults: {weights: equal, aggregate: arithmetic, direction: more}
uncertainty:
  weights: {noise: 0.3}
  goalposts: {floor: 0.05, target: 0.1}
  normalise: [{curve: log_plus_one}, {method: percentile_rank, divisor: n, ties: average}]
  aggregate: {all: [arithmetic, harmonic, median]}
  measurement: yes
index:
  id: all
  aggregate: geometric
  children:
    - id: one
      children:
        - id: a
          column: a
          error: {relative: 0.1}
          normalise: &posts {method: goalposts, floor: 0, target: 10, cap: yes, curve: linear}
        - {id: b, column: b, normalise: *posts}
    - id: two
      children:
        - {id: c, column: c, error: {absolute: 0.5, shared: yes}, normalise: *posts}
        - {id: d, column: d, normalise: *posts}
"""


def some(rows: int = 12) -> Panel:
    values = np.random.default_rng(3).uniform(1, 9, (rows, 4))
    values[1, 0] = np.nan
    names = tuple(f"u{row // 2}" for row in range(rows))
    periods = tuple(str(2020 + row % 2) for row in range(rows))
    return Panel(units=names, periods=periods, columns=("a", "b", "c", "d"), values=values)


@pytest.fixture(scope="module")
def full() -> Framework:
    return framework_of(FULL)


def test_the_same_seed_gives_the_same_draws_and_another_seed_others(full: Framework) -> None:
    one, same = (simulate(full, some()).scores["all"] for _ in range(2))
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, simulate(replace(full, seed=12), some()).scores["all"])


@pytest.mark.parametrize("budget", [20_000, 200_000])
def test_the_size_of_the_batches_changes_nothing(full: Framework, budget: int) -> None:
    short, panel = replace(full, draws=200), some()
    whole, made = summarise(short, panel), summarise(short, panel, budget=budget)
    np.testing.assert_allclose(made.low, whole.low, atol=1e-9)
    np.testing.assert_allclose(made.high, whole.high, atol=1e-9)
    for one, other in zip(made.rankings, whole.rankings, strict=True):
        np.testing.assert_array_equal(one.acceptability, other.acceptability)


def test_the_order_of_the_rows_changes_nothing(full: Framework) -> None:
    panel, turned = some(), np.arange(12)[::-1]
    other = Panel(
        units=panel.units[::-1], periods=panel.periods[::-1], columns=panel.columns, values=panel.values[turned]
    )
    one = simulate(full, panel).scores["all"]
    np.testing.assert_allclose(simulate(full, other).scores["all"][:, turned], one, atol=1e-9)


def test_a_node_keeps_its_draws_when_another_one_changes() -> None:
    two, three = plain("{dirichlet: 30}", (1, 1)), plain("{dirichlet: 45}", (1, 1, 1))
    panel = units("dirichlet_weights_analytic/input/scores.csv")
    made = [sample(evaluate(each, panel), 100).weights["all"] for each in (two, three)]
    np.testing.assert_allclose(made[0][:, 0] / made[0][:, 1], made[1][:, 0] / made[1][:, 1])


def test_only_one_thing_in_doubt_leaves_the_rest_alone(full: Framework) -> None:
    scores = evaluate(full, some())
    alone = sample(scores, 50).only(frozenset({"weights:one"}))
    drawn = collected(scores, alone, ("one", "two"))
    assert np.ptp(drawn["one"], axis=0).max() > 0
    assert np.nanmax(np.abs(drawn["two"] - scores.of("two"))) < 1e-9


def test_a_missing_value_is_missing_in_every_draw(full: Framework) -> None:
    drawn = simulate(full, some(), nodes=("a", "one"))
    assert np.isnan(drawn.scores["a"][:, 1]).all()
    assert not np.isnan(drawn.scores["one"][:, 1]).any()


def test_changes_are_paired() -> None:
    """The same values in both years, uncertain as they are, have not changed."""
    framework = plain("{dirichlet: 5}", (1, 1))
    panel = Panel(
        units=("u", "u"), periods=("2024", "2025"), columns=("k1", "k2"), values=np.array([[3.0, 8.0], [3.0, 8.0]])
    )
    draws = simulate(framework, panel)
    low, high = draws.interval("all", 0)
    assert high - low > 1
    np.testing.assert_allclose(draws.change("all", 1, 0), (0, 0, 0, 0), atol=1e-12)


def test_a_rise_in_all_draws_has_chance_one() -> None:
    panel = Panel(
        units=("u", "u"), periods=("2024", "2025"), columns=("k1", "k2"), values=np.array([[3.0, 8.0], [4.0, 9.0]])
    )
    value, low, high, rose = simulate(plain("{dirichlet: 5}", (1, 1)), panel).change("all", 1, 0)
    assert (value, rose) == (1.0, 1.0)
    assert low == pytest.approx(high) == pytest.approx(1.0)


def test_a_carried_value_keeps_the_error_of_the_year_it_was_measured_in() -> None:
    framework = framework_of(
        """
seed: 1
draws: 500
defaults: {aggregate: arithmetic, direction: more, normalise: none, weights: equal}
uncertainty: {measurement: yes}
index: {id: all, children: [{id: k1, column: k1, error: {absolute: 1}}]}
"""
    )
    values = np.array([[3.0], [3.0], [3.0]])
    panel = Panel(
        units=("u",) * 3,
        periods=("2023", "2024", "2025"),
        columns=("k1",),
        values=values,
        ages=np.array([[0], [1], [0]]),
    )
    drawn = simulate(framework, panel).scores["all"]
    np.testing.assert_array_equal(drawn[:, 0], drawn[:, 1])
    assert not np.array_equal(drawn[:, 1], drawn[:, 2])


def test_errors_do_not_depend_on_the_batch() -> None:
    places = np.array([2, 0])
    whole = errors(5, 0, 200, places, 3, shared=False)
    np.testing.assert_array_equal(errors(5, 70, 130, places, 3, shared=False), whole[70:130])
    assert whole.std() == pytest.approx(1.0, abs=0.1)


def test_ranks_do_not_hang_on_the_traces_of_binary_arithmetic() -> None:
    scores = np.array([5.1, 5.1000000000000005, 4.0, np.nan])
    ranks = ranks_of(scores, plain("{dirichlet: 1}", (1, 1)))
    np.testing.assert_array_equal(ranks, [1, 1, 3, np.nan])
    assert tied(("a", "b", "c", "d"), ranks) == (("a", "b"),)


def test_a_rank_interval_holds_the_middle_of_the_draws() -> None:
    low, high = rank_interval(np.array([[0.04, 0.9, 0.06, 0.0], [0.0, 0.0, 0.0, 0.0]]), (5, 95))
    np.testing.assert_array_equal(low, [2, np.nan])
    np.testing.assert_array_equal(high, [3, np.nan])


@pytest.mark.parametrize("draws", [3, 999, 2049, 10000])
@pytest.mark.parametrize("percentiles", [(5.0, 95.0), (2.5, 97.5), (25.0, 75.0), (0.0, 100.0)])
def test_percentiles_are_those_of_numpy_to_the_last_bit(draws: int, percentiles: tuple[float, float]) -> None:
    across = np.random.default_rng(1).normal(size=(40, draws)).cumsum(axis=0)
    across[3], across[5], across[7], across[9] = 7.0, np.round(across[5]), np.nan, np.sort(across[9])
    for made, known in zip(
        draw_interval(across.T, percentiles), np.percentile(across, percentiles, axis=1), strict=True
    ):
        np.testing.assert_array_equal(made, known)


@pytest.mark.parametrize("units", [1, 2, 5, 17, 300])
def test_ranks_counted_by_keys_are_those_of_the_scores(units: int) -> None:
    made = np.random.default_rng(1)
    base = made.uniform(0, 100, units)
    drawn = base + made.normal(size=(400, units)) * 5
    if units > 4:  # ties, near ties, and three that are one
        drawn[:, 1], drawn[:, 2], drawn[:90, 0] = drawn[:, 3], drawn[:, 4] + 1e-5, drawn[:90, 1] + 5e-10
    framework = plain("{dirichlet: 1}", (1, 1))
    counts = RankCounts(base, framework)
    for start in range(0, 400, 50):
        counts.add(drawn[start : start + 50])
    ranks = ranks_of(drawn, framework)
    shares = np.stack([(ranks == place + 1).mean(axis=0) for place in range(units)], axis=1)
    np.testing.assert_allclose(counts.acceptability(), shares)


def test_draws_that_wait_to_be_counted_take_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, units = 100_000, 300
    monkeypatch.setattr("jianbao.scoring.ranking.MAX_WAITING_KEYS", kept)
    counts = RankCounts(np.zeros(units), plain("{dirichlet: 1}", (1, 1)))
    some = np.zeros((50, units))
    some[:, 0] = 1.0  # all others tie, so that they are ranked by their scores
    tracemalloc.start()
    for _ in range(60):
        counts.add(some)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150 * kept  # bytes
    assert counts.acceptability()[0, 0] == counts.acceptability()[1, 1] == 1.0


def test_more_units_than_can_be_ranked_are_refused_before_anything_is_drawn() -> None:
    count = MOST_RANKED + 1
    rows = np.random.default_rng(1).uniform(1, 9, (count, 2))
    panel = Panel(units=tuple(map(str, range(count))), periods=("2025",) * count, columns=("k1", "k2"), values=rows)
    framework = plain("{dirichlet: 1}", (1, 1))
    with pytest.raises(ContentError, match=r"5,001 units in 2025 are too many to draw their ranks; 5,000 are the most"):
        summarise(framework, panel)
    assert not np.isnan(summarise(replace(framework, draws=0), panel).rank).all()


def test_intervals_are_those_of_all_draws_of_the_nodes_that_are_asked_about(full: Framework) -> None:
    panel, short = some(), replace(full, draws=600)
    summary, draws = summarise(short, panel), simulate(short, panel, tuple(n.id for n in full.components()))
    for node in ("all", "one", "two"):
        at = summary.declared.nodes.index(node)
        known = [draws.interval(node, row) for row in range(12)]
        np.testing.assert_allclose(np.stack([summary.low[:, at], summary.high[:, at]], axis=1), known, atol=1e-5)
    leaf = summary.declared.nodes.index("c")
    assert np.isnan(summary.low[:, leaf]).all() and not np.isnan(summary.declared.score[:, leaf]).any()
    assert not np.isnan(summarise(short, panel, nodes=("c",)).low[:, leaf]).any()


def test_a_sub_index_ranks_the_units_of_each_period_too(full: Framework) -> None:
    panel = some()
    summary = summarise(replace(full, draws=600), panel)
    at = summary.declared.nodes.index("two")
    for rows in panel.rows_by_period():
        np.testing.assert_array_equal(summary.rank[rows, at], ranks_of(summary.declared.of("two")[rows], full))
        assert (summary.rank_low[rows, at] <= summary.rank[rows, at]).all()
        assert (summary.rank[rows, at] <= summary.rank_high[rows, at]).all()


def test_a_choice_moves_only_the_node_that_it_is_made_for_and_those_above_it(full: Framework) -> None:
    """So draws of the rest may be taken over from before, and come out the same."""
    scores = evaluate(full, some())
    first, second = sample(scores, 60, "a"), sample(scores, 60, "b")
    known = collected(scores, first, scores.nodes)
    for choice in first.choices():
        inputs = first.taking(frozenset((choice,)), second)
        rest = untouched(full, choice, known)
        whole = collected(scores, inputs, scores.nodes)
        moved = {node for node, drawn in whole.items() if not np.array_equal(drawn, known[node], equal_nan=True)}
        assert moved.isdisjoint(rest), choice
        np.testing.assert_array_equal(collected(scores, inputs, ("all",), known=rest)["all"], whole["all"])


@pytest.mark.parametrize("doubt", ["relative", "absolute"])
def test_a_row_that_is_asked_about_alone_has_the_draws_that_it_has_in_company(full: Framework, doubt: str) -> None:
    alone = full if doubt == "relative" else replace(full, uncertainty=replace(full.uncertainty, normalise=()))
    company = simulate(alone, some()).scores["all"][:, 4]
    assert np.array_equal(simulate(alone, some(), row=4).scores["all"][:, 4 if doubt == "relative" else 0], company)


RECORDED = framework_of(
    """
scale: [0, 1]
reference: each_period
contributions: proportional
defaults: {weights: equal, aggregate: arithmetic, direction: more}
uncertainty: {aggregate: {all: [geometric]}}
index:
  id: all
  children:
    - {id: a, column: a, normalise: {method: goalposts, floor: 0, target: 10, cap: no, curve: linear}}
    - {id: b, column: b, normalise: none}
"""
)
TWO_UNITS = Panel(units=("x", "y"), periods=("", ""), columns=("a", "b"), values=np.array([[5.0, 1.0], [4.0, 0.5]]))


def recorded_index(**columns: list[float]) -> np.ndarray:
    given = {name.replace("__", "."): np.array(each, dtype=float) for name, each in columns.items()}
    scores = evaluate(RECORDED, TWO_UNITS)
    return collected(scores, recorded(scores, given, "draws.csv"), ("all",))["all"]


def test_recorded_weights_goalposts_and_choices_are_taken_as_they_are() -> None:
    made = recorded_index(weight__a=[1, 3, 1], weight__b=[1, 1, 0])
    np.testing.assert_allclose(made[:, 0], [0.75, 0.625, 0.5])
    np.testing.assert_allclose(recorded_index(target__a=[20, 10], floor__a=[0, -10])[:, 0], [0.625, 0.875])
    np.testing.assert_allclose(recorded_index(aggregate__all=[0, 1])[:, 0], [0.75, np.sqrt(0.5)])


@pytest.mark.parametrize(("columns", "said"), [
    ({"weight.a": [1.0]}, "the weights below 'all' are recorded without 'weight.b'"),
    ({"weight.a": [-1.0], "weight.b": [2.0]}, "must be 0 or more"),
    ({"wieght.a": [1.0]}, "draws do not vary 'wieght.a'; did you mean 'weight.a'?"),
    ({"aggregate.all": [2.0]}, "draws.csv:2 aggregate.all: there is no choice 2; write a number from 0 to 1"),
    ({"aggregate.all": [np.nan]}, "draws.csv:2 aggregate.all: there is no number; write a number from 0 to 1"),
    ({"normalise": [1.0]}, "draws.csv:2 normalise: there is no choice 1; no alternative is declared: write 0"),
    ({"target.a": [5.0, -1.0]}, "csv:3 target.a: the floor 0 and the target -1 do not fit; declared are 0 and 10"),
    ({"floor.a": [20.0], "target.a": [20.0]}, "draws.csv:2 floor.a: the floor 20 and the target 20 do not fit"),
    ({"target.a": [np.nan]}, "draws.csv:2 target.a: there is no number; each draw needs a number"),
])  # fmt: skip
def test_recorded_draws_that_fit_nothing_are_refused(columns: dict[str, list[float]], said: str) -> None:
    with pytest.raises(UsageError) as refused:
        recorded(evaluate(RECORDED, TWO_UNITS), {name: np.array(each) for name, each in columns.items()}, "draws.csv")
    assert said in str(refused.value)


def test_an_empty_weight_is_one_problem() -> None:
    with pytest.raises(UsageError) as refused:
        recorded(evaluate(RECORDED, TWO_UNITS), {"weight.a": np.array([np.nan]), "weight.b": np.ones(1)}, "draws.csv")
    assert [str(problem.what) for problem in refused.value.problems] == ["there is no number"]
