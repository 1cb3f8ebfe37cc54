"""What a result hangs on: Sobol' closed forms, choices ranked, nodes left out, and what belongs together."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from jianbao.scoring import sensitivity
from jianbao.scoring.framework import Screen
from jianbao.scoring.panel import Floats, Panel
from jianbao.scoring.score import evaluate
from jianbao.scoring.sensitivity import Indices, indices, without
from tests.scoring.framework_text import framework_of
from tests.scoring.published import column

PI = float(np.pi)
Model = Callable[[Floats], Floats]
Bounds = Sequence[tuple[float, float]]


def sobol(model: Model, bounds: Bounds, samples: int, seed: int) -> Indices:
    """Return our indices of a model on SALib's quasi-random design, beside SALib's own."""
    # Here, as it takes a second that only the process of this file spends, not each that collects it.
    from SALib.analyze import sobol as analysis
    from SALib.sample import sobol as design

    problem = {
        "num_vars": len(bounds),
        "names": [str(k) for k in range(len(bounds))],
        "bounds": [list(b) for b in bounds],
    }
    output = model(design.sample(problem, samples, calc_second_order=False, seed=seed))
    shaped = output.reshape(samples, len(bounds) + 2)
    made = sensitivity.indices(shaped[:, 0], shaped[:, -1], list(shaped[:, 1:-1].T), seed)
    if np.ptp(output):
        oracle = analysis.analyze(problem, output, calc_second_order=False, seed=seed)
        np.testing.assert_allclose(made.first, oracle["S1"], atol=1e-9)
        np.testing.assert_allclose(made.total, oracle["ST"], atol=1e-9)
    return made


def ishigami(x: Floats) -> Floats:
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


def g_function(a: Floats) -> Model:
    return lambda x: np.prod((np.abs(4 * x - 2) + a) / (1 + a), axis=1)


G1 = np.array([0, 0.5, 3, 9, 99, 99])
G2 = np.array([0, 1, 4.5, 9, 99, 99, 99, 99])
CLOSED: list[tuple[str, Model, Bounds]] = [
    ("ishigami_a7_b0.1", ishigami, [(-PI, PI)] * 3),
    ("gfunction_a0_0.5_3_9_99_99", g_function(G1), [(0, 1)] * 6),
    ("gfunction_a0_1_4.5_9_99x4", g_function(G2), [(0, 1)] * 8),
    ("linear_uniform", lambda x: x @ np.array([1, 2, 3, 0.5]), [(0, 1)] * 4),
    ("product_x1x2_U01", lambda x: x[:, 0] * x[:, 1], [(0, 1)] * 2),
]


@pytest.mark.parametrize(("name", "model", "bounds"), CLOSED, ids=[name for name, _, _ in CLOSED])
def test_the_indices_are_those_of_the_closed_form(name: str, model: Model, bounds: Bounds) -> None:
    made = sobol(model, bounds, 4096, seed=1)
    path = f"sobol_analytic/expected/{name}.csv"
    np.testing.assert_allclose(made.first, column(path, "S1"), atol=0.02)
    np.testing.assert_allclose(made.total, column(path, "ST"), atol=0.02)


def test_a_large_mean_does_not_lead_the_estimate_astray() -> None:
    made = sobol(lambda x: 1000 + x @ np.array([1, 2, 3, 0.5]), [(0, 1)] * 4, 4096, seed=1)
    np.testing.assert_allclose(made.first, column("sobol_analytic/expected/linear_uniform.csv", "S1"), atol=0.02)


def test_a_constant_hangs_on_nothing() -> None:
    made = sobol(lambda x: np.ones(len(x)), [(0, 1)] * 2, 64, seed=1)
    assert made.total.tolist() == [0, 0]


TEXT = """
seed: 3
draws: 200
decimals: 1
contributions: proportional
defaults:
  weights: equal
  aggregate: arithmetic
  direction: more
  normalise: {method: goalposts, floor: 0, target: 10, cap: yes, curve: linear}
uncertainty:
  weights: {dirichlet: 40}
  aggregate: {all: [harmonic]}
index:
  id: all
  aggregate: geometric
  children:
    - {id: one, children: [{id: a, column: a}, {id: b, column: b}]}
    - {id: two, children: [{id: c, column: c}]}
"""
FRAMEWORK = framework_of(TEXT)
VALUES = np.array([[1.0, 9, 5], [8, 2, 6], [5, 5, 7], [2, 3, 3], [9, 8, 1]])
PANEL = Panel(units=tuple("pqrst"), periods=("",) * 5, columns=("a", "b", "c"), values=VALUES)


def test_the_choice_that_matters_most_comes_first() -> None:
    effects = sensitivity.choice_effects(FRAMEWORK, PANEL, row=0, samples=1024)
    assert [effect.choice for effect in effects] == ["weights:one", "weights:all", "aggregate:all"]
    assert (effects[0].kind, effects[0].node) == ("weights", "one")
    assert sum(effect.first for effect in effects) == pytest.approx(1.0, abs=0.1)
    assert effects[0].low < evaluate(FRAMEWORK, PANEL).of("all")[0] < effects[0].high


def test_a_score_without_doubts_hangs_on_nothing() -> None:
    sure = replace(FRAMEWORK, uncertainty=replace(FRAMEWORK.uncertainty, weights="", aggregate=None))
    assert sensitivity.choice_effects(sure, PANEL, row=0) == ()


def test_the_ranking_hangs_most_on_the_choice_that_moves_most_ranks() -> None:
    shifts = sensitivity.rank_shifts(FRAMEWORK, PANEL)
    assert [each.shift for each in shifts] == sorted((each.shift for each in shifts), reverse=True)
    assert {each.choice for each in shifts} == {"weights:one", "weights:all", "aggregate:all"}


def test_leaving_out_a_node_is_the_framework_without_it() -> None:
    found = {each.node: each for each in sensitivity.leave_out(FRAMEWORK, PANEL)}
    assert list(found) == ["one", "a", "b", "two", "c"]
    np.testing.assert_allclose(found["two"].score, VALUES[:, :2].mean(axis=1) * 10)
    np.testing.assert_allclose(found["a"].score, np.sqrt(VALUES[:, 1] * VALUES[:, 2]) * 10)
    declared = evaluate(FRAMEWORK, PANEL).of("all")
    np.testing.assert_allclose(found["a"].change, found["a"].score - declared)


def test_a_node_that_two_frameworks_share_need_not_be_scored_twice() -> None:
    declared = evaluate(FRAMEWORK, PANEL)
    for node in ("one", "a", "b", "two", "c"):
        lesser = without(FRAMEWORK, node)
        alone, after = evaluate(lesser, PANEL), evaluate(lesser, PANEL, declared)
        assert alone.nodes == after.nodes and alone.weights.keys() == after.weights.keys()
        for one, other in ((alone.score, after.score), (alone.coverage, after.coverage), (alone.share, after.share)):
            np.testing.assert_array_equal(one, other)


def test_rows_that_are_left_out_for_their_gaps_are_looked_for_in_the_lesser_framework() -> None:
    gapped = replace(PANEL, values=np.where(np.arange(VALUES.size).reshape(VALUES.shape) % 4, VALUES, np.nan))
    screening = replace(FRAMEWORK, screen=Screen(0.7))
    lesser = without(screening, "a")
    found = evaluate(lesser, gapped, evaluate(screening, gapped))
    np.testing.assert_array_equal(found.score, evaluate(lesser, gapped).score)


@pytest.mark.parametrize("weights", ["1", "1, 0"])
def test_without_all_that_has_a_weight_there_is_no_score(weights: str) -> None:
    nodes = "".join(
        f"\n    - {{id: n{k}, column: c{k}, weight: {weight}, normalise: {{method: none}}}}"
        for k, weight in enumerate(weights.split(", "))
    )
    defaults = "defaults: {weights: given, aggregate: arithmetic, direction: more}"
    framework = framework_of(f"{defaults}\nindex:\n  id: all\n  children:{nodes}\n")
    columns = framework.columns()
    panel = Panel(units=("x",), periods=("",), columns=columns, values=np.ones((1, len(columns))))
    found = {each.node: each.score[0] for each in sensitivity.leave_out(framework, panel)}
    assert np.isnan(found.pop("n0")) and set(found.values()) <= {1.0}


def test_an_output_that_differs_in_one_draw_only_has_errors_that_are_numbers() -> None:
    base, other = np.zeros(40), np.zeros(40)
    base[0] = 1.0
    found = indices(base, other, [other], seed=1)
    assert np.isfinite([found.first[0], found.first_error[0], found.total[0], found.total_error[0]]).all()
