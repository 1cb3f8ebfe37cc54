"""The Handbook's worked example, the Technology Achievement Index of 23 countries."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jianbao.core.documents import Problems
from jianbao.core.zip_csv import table_rows
from jianbao.scoring import normalise, outranking, weights
from jianbao.scoring.panel import Floats, Panel, panel_from
from jianbao.scoring.ranking import Summary, ranks_of, summarise
from jianbao.scoring.result_tables import report_tables
from jianbao.scoring.score import evaluate
from tests.scoring.framework_text import framework_of
from tests.scoring.oracles import kemeny_rankings, outranking_matrix
from tests.scoring.published import column, numbers, table

EXAMPLE = Path(__file__).parents[1] / "cases/handbook_tai/workspace"
FRAMEWORK = framework_of((EXAMPLE / "framework.yml").read_text(encoding="utf-8"))
RAW = numbers("handbook_tai/input/tai_raw_23.csv")
COUNTRIES = table("handbook_tai/input/tai_raw_23.csv")["country"]
RANKS = table("handbook_tai/expected/table23_38_ranks_published.csv")
SCHOOLING = numbers("handbook_tai/expected/table15_normalisation_schooling_published.csv")


def panel() -> Panel:
    problems: Problems = []
    made = panel_from(FRAMEWORK, table("handbook_tai/input/tai_raw_23.csv"), problems)
    assert made is not None, problems
    return made


@pytest.fixture(scope="module")
def summary() -> Summary:
    return summarise(FRAMEWORK, panel(), pairwise=True)


def ranked(scores: Floats) -> list[int]:
    """Return ranks in the order of the published tables."""
    ranks = ranks_of(scores, FRAMEWORK)
    return [int(ranks[COUNTRIES.index(country)]) for country in RANKS["country"]]


def test_the_scores_are_the_published_ones() -> None:
    path = "handbook_tai/expected/tai_scores_nationmaster_2dp.csv"
    scores = evaluate(FRAMEWORK, panel()).of("tai")
    made = np.array([scores[COUNTRIES.index(country)] for country in table(path)["country"]])
    np.testing.assert_allclose(made, column(path, "tai_computed"), rtol=0, atol=1e-12)
    np.testing.assert_allclose(made, column(path, "tai_published_2dp"), atol=0.0052)


def test_the_ranks_under_equal_weights_are_the_published_ones() -> None:
    assert ranked(evaluate(FRAMEWORK, panel()).of("tai")) == [int(each) for each in RANKS["EW"]]


def test_the_ranks_under_weights_from_budget_allocation_are_the_published_ones() -> None:
    normal = evaluate(FRAMEWORK, panel()).score[:, [-11, -10, -8, -7, -5, -4, -2, -1]]
    assert ranked(normal @ column("handbook_tai/input/tai_meta.csv", "w_BAP")) == [int(each) for each in RANKS["BAP"]]


def test_the_ranks_of_geometric_means_of_raw_values_are_the_published_ones() -> None:
    assert ranked(np.exp(np.log(RAW).mean(axis=1))) == [int(each) for each in RANKS["GME"]]


NORMALISED: dict[str, tuple[Callable[[Floats], Floats], int]] = {
    "rank": (normalise.rank_scores, 0),
    "z_score": (lambda x: normalise.z_score(x, ddof=1), 2),
    "min_max": (normalise.min_max, 2),
    "share_of_mean": (normalise.share_of_mean, 2),
    "share_of_best": (normalise.share_of_best, 2),
    "share_of_worst": (normalise.share_of_worst, 2),
    "difference_from_mean": (normalise.difference_from_mean, 2),
    "difference_from_worst": (normalise.difference_from_worst, 2),
    "above_below_mean": (lambda x: normalise.above_below_mean(x, 0.2), 0),
    "percentile_rank": (lambda x: 100 * normalise.percentile_rank(x, "n"), 1),
    "categories": (
        lambda x: normalise.categories(x, (5, 15, 35, 65, 85, 95), (0, 20, 40, 50, 60, 80, 100), "percentile"),
        0,
    ),
}


@pytest.mark.parametrize("place", range(11), ids=list(NORMALISED))
def test_the_eleven_normalisations_of_schooling_are_the_published_ones(place: int) -> None:
    made, decimals = list(NORMALISED.values())[place]
    tolerance = 0.5 * 10.0**-decimals + 1e-9 if decimals else 1e-9
    np.testing.assert_allclose(made(RAW[:, 6]), SCHOOLING[:, place + 1], atol=tolerance)


def test_the_correlations_are_the_published_ones() -> None:
    published = numbers("handbook_tai/expected/table06_correlation_published.csv")
    np.testing.assert_allclose(weights.correlation(RAW), published, atol=0.02)


def test_the_principal_components_are_the_published_ones() -> None:
    path = "handbook_tai/expected/table07_pca_eigenvalues.csv"
    made = weights.factors(RAW, keep=4).eigenvalues
    np.testing.assert_allclose(made, column(path, "eigenvalue_computed"), atol=1e-9)
    np.testing.assert_allclose(100 * made / made.sum(), column(path, "variance_pct_published"), atol=0.12)


def test_the_rotated_loadings_are_the_published_ones() -> None:
    rotated = weights.factors(RAW, keep=4).rotated
    published = numbers("handbook_tai/expected/table09_varimax_loadings_published.csv")
    np.testing.assert_allclose(np.abs(rotated), np.abs(published), atol=0.013)


def test_the_weights_by_principal_components_are_the_published_ones() -> None:
    made = weights.principal(RAW, keep=4)
    path = "handbook_tai/expected/table18_pca_weights.csv"
    np.testing.assert_allclose(made, column(path, "pc_weight_computed"), atol=1e-9)
    np.testing.assert_allclose(made, column(path, "pc_weight_published"), atol=0.006)


def test_four_factors_are_those_that_explain_a_tenth_of_the_variance() -> None:
    np.testing.assert_array_equal(weights.principal(RAW, least_variance=0.1), weights.principal(RAW, keep=4))


def alpha(correlations: Floats) -> float:
    """Return Cronbach's alpha (1951) of standardised columns from their correlations (columns, columns)."""
    many = len(correlations)
    return float(many / (many - 1) * (1 - many / correlations.sum()))


def test_cronbachs_alpha_follows_from_the_correlations_as_published() -> None:
    path, found = "handbook_tai/expected/table11_cronbach.csv", weights.correlation(RAW)
    with_others = found.sum(axis=0) - 1
    without = [alpha(weights.correlation(np.delete(RAW, place, axis=1))) for place in range(len(found))]
    assert alpha(found) == pytest.approx(0.70, abs=0.005)
    np.testing.assert_allclose(without, column(path, "alpha_published"), atol=0.0015)
    to_total = with_others / np.sqrt(found.sum() - 2 * with_others - 1)
    np.testing.assert_allclose(to_total, column(path, "corr_with_total_published"), atol=0.006)


def five() -> np.ndarray:
    return outranking_matrix(numbers("handbook_tai/input/table35_impact_matrix_five.csv"), np.ones(8))


def test_the_outranking_matrix_is_the_published_one() -> None:
    np.testing.assert_array_equal(five(), numbers("handbook_tai/expected/table36_outranking_published.csv"))


def test_the_best_supported_rankings_are_the_published_ones() -> None:
    countries = table("handbook_tai/input/table35_impact_matrix_five.csv")["country"]
    path = "handbook_tai/expected/table37_kemeny_top6.csv"
    made = {" > ".join(countries[unit] for unit in order): support for support, order in kemeny_rankings(five())}
    published = dict(zip(table(path)["ranking"], column(path, "score_computed"), strict=True))
    assert {ranking: made[ranking] for ranking in published} == published
    assert {ranking for ranking in made if made[ranking] == 6.375} == set(list(published)[:3])
    assert sorted(made.values(), reverse=True)[3] == 6.125
    orders = outranking.kemeny_orders(five(), 10)
    assert {" > ".join(countries[unit] for unit in order) for order in orders} == set(list(published)[:3])
    assert [outranking.support(five(), order) for order in orders] == [6.375] * 3


def test_every_country_has_a_rank_with_an_interval(summary: Summary) -> None:
    ranking = summary.rankings[0]
    assert (ranking.low <= ranking.high).all()
    assert ranking.acceptability is not None
    np.testing.assert_allclose(ranking.acceptability.sum(axis=1), 1.0)
    best = ranking.units[int(np.argmin(ranking.ranks))]
    assert best == "Finland"
    assert ranking.high[ranking.units.index("Slovenia")] == 23


def test_countries_equal_in_the_decimals_that_are_ranked_are_named_as_ties(summary: Summary) -> None:
    printed = replace(FRAMEWORK, rank_decimals=2, draws=10)
    assert ("Canada", "Australia") in summarise(printed, panel()).rankings[0].ties
    assert summary.rankings[0].ties == ()


def test_the_chances_of_a_pair_add_up_to_one(summary: Summary) -> None:
    wins = summary.rankings[0].wins
    assert wins is not None
    off = ~np.eye(23, dtype=bool)
    np.testing.assert_allclose((wins + wins.T)[off], 1.0)


def test_the_data_of_the_example_are_those_of_the_case() -> None:
    case = Path(__file__).parents[1] / "cases/handbook_tai/input/tai_raw_23.csv"
    assert (EXAMPLE / "data.csv").read_text(encoding="utf-8") == case.read_text(encoding="utf-8")


FLAT = """
seed: 1
reference: each_period
table: {unit: country}
defaults: {weights: equal, aggregate: arithmetic, direction: more, normalise: {method: z_score, ddof: 1}}
index: {id: all, children: [CHILDREN]}
"""
NAMES = ("PATENTS", "ROYALTIES", "INTERNET", "EXPORTS", "TELEPHONES_LOG", "ELECTRICITY_LOG", "SCHOOLING", "UNIVERSITY")
CHILDREN = ", ".join(f"{{id: {name.lower()}, column: {name}}}" for name in NAMES)


def reported(path: str) -> dict[str, list[dict[str, Any]]]:
    problems: Problems = []
    framework = framework_of(FLAT.replace("CHILDREN", CHILDREN))
    made = panel_from(framework, table(path), problems)
    assert made is not None, problems
    found = report_tables(evaluate(framework, made), "")
    return {name: list(table_rows(each)) for name, each in found.items()}


def test_a_report_has_the_published_correlations_and_alphas() -> None:
    found = reported("handbook_tai/input/tai_raw_23.csv")
    published = numbers("handbook_tai/expected/table06_correlation_published.csv")
    pairs = {(row["node"], row["other"]): row["correlation"] for row in found["correlations"]}
    for i, one in enumerate(NAMES):
        for j, other in enumerate(NAMES[i + 1 :], start=i + 1):
            assert pairs[one.lower(), other.lower()] == pytest.approx(published[i, j], abs=0.02)
    whole, *parts = found["reliability"]
    assert whole["without"] == ""
    assert whole["alpha"] == pytest.approx(whole["standardised"])  # z-scores have equal variances
    assert whole["standardised"] == pytest.approx(0.70, abs=0.005)
    path = "handbook_tai/expected/table11_cronbach.csv"
    np.testing.assert_allclose([row["standardised"] for row in parts], column(path, "alpha_published"), atol=0.0015)
    published = column(path, "corr_with_total_published")
    np.testing.assert_allclose([row["correlation"] for row in parts], published, atol=0.006)


def test_a_report_has_the_published_outranking_and_best_orders() -> None:
    path = "handbook_tai/input/table35_impact_matrix_five.csv"
    found, countries = reported(path), table(path)["country"]
    published = numbers("handbook_tai/expected/table36_outranking_published.csv")
    for row in found["outranking"]:
        assert row["share"] == published[countries.index(row["unit"]), countries.index(row["over"])]
    orders: dict[int, list[str]] = {}
    for row in found["orders"]:
        orders.setdefault(row["order"], []).append(row["unit"])
        assert row["support"] == 6.375
    best = table("handbook_tai/expected/table37_kemeny_top6.csv")["ranking"][:3]
    assert {" > ".join(order) for order in orders.values()} == set(best)
