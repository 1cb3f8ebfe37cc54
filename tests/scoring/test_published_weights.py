"""Published weights: Saaty's matrices, entropy, standard deviation, CRITIC, principal components."""

from collections.abc import Callable

import numpy as np
import pytest

from jianbao.scoring import weights
from jianbao.scoring.panel import Floats
from tests.scoring.published import CASES, column, numbers, table

MATRICES = sorted(path.stem for path in (CASES / "ahp_saaty/input").glob("*.csv"))
CONSISTENCY = table("ahp_saaty/expected/consistency.csv")
WEIGHTS = table("ahp_saaty/expected/weights.csv")


def judged(name: str) -> weights.AhpResult:
    return weights.ahp(numbers(f"ahp_saaty/input/{name}.csv"), "saaty_1980")


def expected(name: str, key: str) -> np.ndarray:
    places = [place for place, each in enumerate(WEIGHTS["matrix"]) if each == name]
    return np.array([float(WEIGHTS[key][place] or "nan") for place in places])


@pytest.mark.parametrize("name", MATRICES)
def test_the_weights_of_a_matrix_are_the_published_ones(name: str) -> None:
    made = judged(name).weights
    np.testing.assert_allclose(made, expected(name, "weight_eigen_computed"), atol=1e-8)
    published = expected(name, "weight_published")
    np.testing.assert_allclose(made[~np.isnan(published)], published[~np.isnan(published)], atol=5e-4)


@pytest.mark.parametrize("name", MATRICES)
def test_the_consistency_of_a_matrix_is_the_published_one(name: str) -> None:
    made, place = judged(name), CONSISTENCY["matrix"].index(name)
    assert made.lambda_max == pytest.approx(float(CONSISTENCY["lambda_max_computed"][place]), abs=1e-9)
    assert made.consistency_index == pytest.approx(float(CONSISTENCY["CI_computed"][place]), abs=1e-9)
    assert made.consistency_ratio == pytest.approx(float(CONSISTENCY["CR_computed"][place]), abs=1e-9)
    published = CONSISTENCY["CR_published"][place]
    if published:
        assert made.consistency_ratio == pytest.approx(float(published), abs=0.005)


def test_only_the_school_selection_is_inconsistent() -> None:
    assert [name for name in MATRICES if not judged(name).consistent] == ["saaty_school_selection"]


def test_the_random_index_table_changes_the_ratio_but_not_the_weights() -> None:
    matrix = numbers("ahp_saaty/input/wikipedia_leader_experience.csv")
    other = weights.ahp(matrix, "saaty_2007")
    assert round(other.consistency_ratio, 3) == 0.035
    np.testing.assert_array_equal(other.weights, judged("wikipedia_leader_experience").weights)


def test_the_relocation_synthesis_is_the_published_one() -> None:
    criteria = ("culture", "family", "housing", "jobs", "transportation")
    cities = np.stack([judged(f"saaty2005_relocation_{each}").weights for each in criteria])
    synthesis = judged("saaty2005_relocation_criteria").weights @ cities
    path = "ahp_saaty/expected/relocation_synthesis.csv"
    np.testing.assert_allclose(synthesis, column(path, "computed"), atol=1e-8)
    np.testing.assert_allclose(synthesis, column(path, "published"), atol=5e-4)


def test_too_many_children_for_a_random_index_table_are_refused() -> None:
    with pytest.raises(ValueError, match="no random index for 16 children"):
        weights.ahp(np.ones((16, 16)), "saaty_1980")


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("entropy_elsayed2017", lambda x: weights.entropy(x, "sum")),
        ("stddev_jahan2013", lambda x: weights.standard_deviation(x, ddof=0)),
        ("critic_tus2019", weights.critic),
    ],
)
def test_weights_from_data_are_the_published_ones(name: str, made: Callable[[Floats], Floats]) -> None:
    path = f"weights_objective/expected/{name}.csv"
    found = made(numbers(f"weights_objective/input/{name}.csv", skip=0))
    np.testing.assert_allclose(found, column(path, "weight_pymcdm"), atol=1e-9)
    half = 0.5 * 10.0 ** -column(path, "decimals")
    assert (np.abs(found - column(path, "weight_published")) <= half * 1.001).all()


def test_entropy_weights_depend_on_their_scaling() -> None:
    x = numbers("weights_objective/input/entropy_elsayed2017.csv", skip=0)
    made = weights.entropy(x, "min_max_then_sum")
    path = "weights_objective/expected/entropy_minmax_first_variant_computed.csv"
    np.testing.assert_allclose(made, column(path, "weight_minmax_first"), atol=1e-12)
    assert made[0] == pytest.approx(0.100, abs=5e-4)
    assert weights.entropy(x, "sum")[0] == pytest.approx(0.105, abs=5e-4)


@pytest.mark.parametrize("scaling", ["sum", "min_max_then_sum"])
def test_a_column_that_does_not_vary_has_no_entropy_weight(scaling: str) -> None:
    made = weights.entropy(np.array([[0.0, 1.0, 7.0], [0.0, 2.0, 7.0], [0.0, 5.0, 7.0]]), scaling)
    np.testing.assert_allclose(made, [0.0, 1.0, 0.0])


@pytest.mark.parametrize(
    "weigh",
    [
        lambda x: weights.entropy(x, "sum"),
        lambda x: weights.standard_deviation(x, 1),
        weights.critic,
        lambda x: weights.principal(x, keep=1),
    ],
)
@pytest.mark.parametrize("rows", [[[1.0, np.nan], [np.nan, 2.0]], [[1.0, 2.0], [3.0, -np.inf]]])
def test_weights_from_fewer_than_two_complete_rows_are_refused(
    weigh: Callable[[Floats], Floats], rows: list[list[float]]
) -> None:
    with pytest.raises(ValueError, match="fewer than two rows have a value for every child"):
        weigh(np.array(rows))


def test_entropy_weights_of_negative_values_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 0"):
        weights.entropy(np.array([[1.0, -1.0], [2.0, 3.0]]), "sum")


def test_columns_that_do_not_vary_give_no_weights() -> None:
    with pytest.raises(ValueError, match="no column varies"):
        weights.standard_deviation(np.ones((4, 2)), ddof=0)
