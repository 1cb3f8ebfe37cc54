"""Results have the same last digit on a processor with other instructions."""

import ast
import os
import subprocess
import sys
from hashlib import sha256

import numpy as np
import pytest

from jianbao.scoring import reproducible, weights
from jianbao.scoring.aggregate import power_mean
from jianbao.scoring.panel import Floats
from tests.repository.tree import modules

# NumPy's functions and operators that round by the processor; `reproducible` has others in their place.
ROUNDED_ELSEWHERE = {"dot", "exp", "exp2", "expm1", "inner", "log", "log10", "log1p", "log2", "matmul", "power", "vdot"}
ALLOWED = {"core.zip_csv": {"log10"}}  # only to find how many digits a number has


def older_processor() -> dict[str, str]:
    """Return the environment in which NumPy and OpenBLAS use the instructions of 2008."""
    found = np.show_config(mode="dicts")["SIMD Extensions"]["found"]
    return {"NPY_DISABLE_CPU_FEATURES": " ".join(found), "OPENBLAS_CORETYPE": "Nehalem"}


def digest() -> str:
    """Return a hash of what sums, functions, means and weights make of the same numbers."""
    drawn = np.random.default_rng(20311)
    x, shares = drawn.uniform(0.1, 90.0, (60, 7)), drawn.dirichlet(np.ones(7), 500)
    judged = np.exp2(np.sign(np.subtract.outer(np.arange(4), np.arange(4))))
    found: list[Floats] = [
        reproducible.product(shares, x.T),
        *(function(x) for function in (reproducible.log, reproducible.log_plus_one)),
        reproducible.exp(x / 9),
        *(reproducible.power(x, exponent) for exponent in (-1.0, 0.3, 2.5)),
        *(power_mean(list(x.T[:, None]), shares, np.ones((7, 60), dtype=bool), each) for each in (-1.0, 0.0, 0.5, 1.0)),
        *(weights.entropy(x, each) for each in ("sum", "min_max_then_sum")),
        weights.critic(x),
        weights.standard_deviation(x, 1),
        weights.principal(x, keep=3),
        weights.ahp(judged, "saaty_1980").weights,
    ]
    return sha256(b"".join(each.tobytes() for each in found)).hexdigest()


def test_an_older_processor_finds_the_same_to_the_last_digit() -> None:
    words = [sys.executable, "-c", f"from {__name__} import digest; print(digest())"]
    world = {**os.environ, **older_processor(), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(words, env=world, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == digest(), done.stderr


@pytest.mark.parametrize(("exponent", "expected"), [(-1.0, [0.5, 0.25]), (0.5, [2**0.5, 2.0]), (3.0, [8.0, 64.0])])
def test_a_power_is_that_of_each_value(exponent: float, expected: list[float]) -> None:
    assert reproducible.power(np.array([2.0, 4.0]), exponent).tolist() == expected


def test_what_has_no_logarithm_is_not_a_number() -> None:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = reproducible.log(np.array([1.0, 0.0, -1.0, np.nan]))
    assert found[0] == 0.0 and found[1] == -np.inf and np.isnan(found[2:]).all()


def test_no_module_multiplies_matrices_or_takes_logarithms_by_numpy_itself() -> None:
    for each in modules():
        used = {"@" for node in each.nodes if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)}
        named = [node for node in each.nodes if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)]
        used |= {node.attr for node in named if node.value.id == "np" and node.attr in ROUNDED_ELSEWHERE}  # type: ignore[attr-defined]
        assert each.name == "scoring.reproducible" or used <= ALLOWED.get(each.name, set()), (each.name, used)
