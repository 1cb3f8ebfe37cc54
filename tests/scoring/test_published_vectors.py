"""COINr's functions on small vectors: 56 of them, its own bugs excepted."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from jianbao.scoring import aggregate, data_treatment, normalise, outranking
from jianbao.scoring.framework import Method
from tests.scoring.oracles import outranking_matrix
from tests.scoring.published import vectors

ELSEWHERE = ("CAGR", "prc_change")  # growth is measured of facts, not of a panel: the measure `annual_growth`
VECTORS = [vector for vector in vectors() if vector["fn"] not in ELSEWHERE]
BUGS = ("a_genmean_na_BUG",)  # COINr gives NA although it says that missing values are skipped


def known(values: Any) -> np.ndarray:
    return np.array([np.nan if each is None else each for each in values], dtype=float)


def mean(args: dict[str, Any], exponent: float) -> float:
    x = known(args["x"])
    children = [np.array([[each]]) for each in x]
    return float(aggregate.power_mean(children, known(args["w"])[None], ~np.isnan(x)[:, None], exponent)[0, 0])


def goalposts(args: dict[str, Any]) -> np.ndarray:
    low, high, scale = args["gposts"]
    floor, target = (low, high) if args["direction"] > 0 else (high, low)
    return float(scale) * normalise.goalposts(known(args["x"]), floor, target, "yes" if args["trunc2posts"] else "no")


def scaled(args: dict[str, Any]) -> np.ndarray:
    floor, target = args["npara"]
    return float(args["scale_factor"]) * normalise.goalposts(known(args["x"]), floor, target, "no")


def towards(args: dict[str, Any]) -> np.ndarray:
    cap = "top" if args["cap_max"] else "no"
    return normalise.distance_to_target(known(args["x"]), args["targ"], cap, args["direction"])


def to_reference(args: dict[str, Any]) -> np.ndarray:
    x = known(args["x"])
    return normalise.distance_to_target(x, x[args["iref"] - 1], "top")


def treated(name: str, **parameters: float) -> Callable[[dict[str, Any]], np.ndarray]:
    def run(args: dict[str, Any]) -> np.ndarray:
        x = known(args["x"])
        given = {key: float(args[key]) for key in parameters}
        return data_treatment.fit(Method(name=name, parameters=given), x, (np.arange(len(x)),))(x)

    return run


def winsorised(args: dict[str, Any]) -> dict[str, Any]:
    x = known(args["x"])
    cut = data_treatment.winsorise(x, args["winmax"], args.get("skew_thresh", 2), args.get("kurt_thresh", 3.5))
    marks = ["winhi" if each > cut.high else "winlo" if each < cut.low else "" for each in x]
    return {"x": np.clip(x, cut.low, cut.high), "nwin": cut.below + cut.above, "treated": marks}


def matrix(args: dict[str, Any]) -> np.ndarray:
    scores = np.array([list(row.values()) for row in args["X"]], dtype=float)
    return outranking_matrix(scores, known(args["w"]))


FUNCTIONS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "n_minmax": lambda a: 100 * normalise.min_max(known(a["x"])),
    "n_zscore": lambda a: normalise.z_score(known(a["x"]), ddof=1),
    "n_rank": lambda a: normalise.rank_scores(known(a["x"])),
    "n_prank": lambda a: normalise.percentile_rank(known(a["x"]), "n_minus_one"),
    "n_borda": lambda a: normalise.borda_scores(known(a["x"])),
    "n_dist2max": lambda a: normalise.min_max(known(a["x"])),
    "n_fracmax": lambda a: normalise.share_of_best(known(a["x"])),
    "n_scaled": scaled,
    "n_dist2targ": towards,
    "n_dist2ref": to_reference,
    "n_goalposts": goalposts,
    "a_amean": lambda a: mean(a, 1.0),
    "a_gmean": lambda a: mean(a, 0.0),
    "a_hmean": lambda a: mean(a, -1.0),
    "a_genmean": lambda a: mean(a, a["p"]),
    "skew": lambda a: data_treatment.skew(known(a["x"])),
    "kurt": lambda a: data_treatment.kurtosis(known(a["x"])),
    "check_SkewKurt": lambda a: data_treatment.well_shaped(known(a["x"]), a["skew_thresh"], a["kurt_thresh"]),
    "winsorise": winsorised,
    "log_CT": treated("log_shifted"),
    "log_CT_plus": treated("log_shifted_by_skew"),
    "log_CT_orig": treated("log_from_one"),
    "log_GII": treated("log_stretched"),
    "boxcox": treated("box_cox", **{"lambda": 0.5}),
    "outrankMatrix": matrix,
    "a_copeland": lambda a: outranking.copeland(matrix(a)),
}


def test_there_are_fifty_six_vectors() -> None:
    assert len(VECTORS) == 56


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_published_vector_comes_out_again(vector: dict[str, Any]) -> None:
    made, expected = FUNCTIONS[vector["fn"]](vector["args"]), vector["expected"]
    if vector["name"] in BUGS:
        x, w = known(vector["args"]["x"]), known(vector["args"]["w"])
        there = ~np.isnan(x)
        expected = float(np.sqrt((w * x**2)[there].sum() / w[there].sum()))  # what is meant: the missing one skipped
    if isinstance(expected, dict):
        assert made["nwin"] == expected["nwin"]
        assert made["treated"] == expected.get("treated", made["treated"])
        made, expected = made["x"], expected["x"]
    if isinstance(expected, list) and not isinstance(expected[0], list):
        expected = known(expected)
    np.testing.assert_allclose(made, np.asarray(expected, dtype=float), rtol=1e-9, atol=1e-12)
