"""How long evaluations take, and how that grows with units, indicators and draws: `make bench`.

`make test` runs each once with few draws and measures nothing, so that they still run when they are needed.
"""

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from jianbao.scoring.framework import Framework
from jianbao.scoring.panel import Panel
from jianbao.scoring.ranking import summarise
from jianbao.scoring.score import evaluate
from tests.scoring.framework_text import framework_of

GIB, ROOT = 2**30, Path(__file__).parents[1]
FEW = 20  # draws, where nothing is measured
TOP = """
seed: 1
draws: 10000
scale: [1, 100]
reference: each_period
contributions: proportional
minimum_coverage: 0.5
defaults: {weights: equal, aggregate: arithmetic, direction: more, normalise: min_max}
uncertainty: {weights: {dirichlet: 50}}
index:
  id: index
  aggregate: geometric
  children:
"""


def framework(indicators: int, uncertainty: str = "{weights: {dirichlet: 50}}") -> Framework:
    """Return a framework of two levels, about seven indicators a branch."""
    return framework_of(text(indicators, uncertainty))


def text(indicators: int, uncertainty: str = "{weights: {dirichlet: 50}}") -> str:
    """Return the file of such a framework."""
    lines = []
    for start in range(0, indicators, 7):
        leaves = ", ".join(f"{{id: i{k}, column: i{k}}}" for k in range(start, min(indicators, start + 7)))
        lines.append(f"    - {{id: d{start}, children: [{leaves}]}}")
    return TOP.replace("{weights: {dirichlet: 50}}", uncertainty) + "\n".join(lines) + "\n"


def panel(units: int, periods: int, indicators: int, missing: float = 0.02) -> Panel:
    """Return a panel of random values with some missing."""
    made = np.random.default_rng(1)
    values = made.lognormal(size=(units * periods, indicators))
    values[made.uniform(size=values.shape) < missing] = np.nan
    names = tuple(f"u{row // periods}" for row in range(units * periods))
    years = tuple(str(2000 + row % periods) for row in range(units * periods))
    return Panel(units=names, periods=years, columns=tuple(f"i{k}" for k in range(indicators)), values=values)


def timed(
    benchmark: BenchmarkFixture,
    target: float,
    function: Callable[[Framework, Panel], object],
    framework: Framework,
    panel: Panel,
) -> None:
    """Run a benchmark, and hold it to a number of seconds (0: none) where it measures anything."""
    sized = framework if benchmark.enabled else replace(framework, draws=FEW)
    benchmark.pedantic(function, args=(sized, panel), rounds=3, warmup_rounds=1)
    if benchmark.stats is not None and target:
        assert benchmark.stats.stats.min < target


def test_ten_thousand_draws_of_51_units_and_49_indicators(benchmark: BenchmarkFixture) -> None:
    """COINr takes 0.12 s a draw for this size: 1,200 s in all."""
    timed(benchmark, 1.0, summarise, framework(49), panel(51, 1, 49))


def test_ten_thousand_draws_of_everything_in_doubt(benchmark: BenchmarkFixture) -> None:
    """Weights, normalisations and aggregations at once."""
    normalise = "normalise: [{method: percentile_rank, divisor: n, ties: lowest}]"
    uncertainty = f"{{weights: {{noise: 0.25}}, {normalise}, aggregate: {{index: [arithmetic]}}}}"
    timed(benchmark, 0.0, summarise, framework(49, uncertainty), panel(51, 1, 49))


def test_300_units_20_years_and_60_indicators_scored(benchmark: BenchmarkFixture) -> None:
    """Scores, coverage and contributions of 6,000 rows."""
    timed(benchmark, 1.0, evaluate, framework(60), panel(300, 20, 60))


@pytest.mark.parametrize("units", [50, 200, 800])
def test_cost_by_units(benchmark: BenchmarkFixture, units: int) -> None:
    """Cost should grow in proportion."""
    timed(benchmark, 0.0, summarise, replace(framework(50), draws=1000), panel(units, 1, 50))


@pytest.mark.parametrize("indicators", [25, 50, 100])
def test_cost_by_indicators(benchmark: BenchmarkFixture, indicators: int) -> None:
    """Cost should grow in proportion."""
    sized = replace(framework(indicators), draws=1000)
    timed(benchmark, 0.0, summarise, sized, panel(100, 1, indicators))


@pytest.mark.parametrize("draws", [1000, 4000, 16000])
def test_cost_by_draws(benchmark: BenchmarkFixture, draws: int) -> None:
    """Cost should grow in proportion."""
    timed(benchmark, 0.0, summarise, replace(framework(50), draws=draws), panel(100, 1, 50))


def peak_memory() -> float:
    """Return the peak memory (bytes) of this process; Linux' resource usage would count that of its parent, too."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
    (line,) = [line for line in status.read_text("utf-8").splitlines() if line.startswith("VmHWM:")]
    return float(line.split()[1]) * 1024.0


def measured(draws: int) -> float:
    """Return the peak memory (bytes) of all intervals and ranks of 300 units in 20 years, so many draws each."""
    summarise(replace(framework(60), draws=draws), panel(300, 20, 60))
    return peak_memory()


@pytest.mark.slow
def test_memory_stays_below_a_gibibyte(benchmark: BenchmarkFixture) -> None:
    """A process of its own, so that its peak is that of this work alone."""
    draws = framework(60).draws if benchmark.enabled else FEW
    code = f"from benchmarks.test_evaluation_speed import measured; print(measured({draws}))"
    places = os.pathsep.join((str(ROOT), str(ROOT / "src")))

    def run() -> float:
        command, environment = [sys.executable, "-c", code], {**os.environ, "PYTHONPATH": places}
        return float(subprocess.run(command, capture_output=True, check=True, env=environment, cwd=ROOT).stdout)

    peak = benchmark.pedantic(run, rounds=1)
    assert peak < GIB


SCORED = "from jianbao.cli import main; from benchmarks.test_evaluation_speed import peak_memory; import sys\n"
SCORED += "try: main()\nfinally: print(peak_memory(), file=sys.stderr)"
SCORE = (
    sys.executable,
    "-c",
    SCORED,
    "score",
    "--framework",
    "framework.yml",
    "--data",
    "table.csv",
    "--out",
    "scored",
)
LARGE, ASEM, SMALL = (300, 20, 60), (51, 1, 49), (60, 2, 21)  # units, periods, indicators
RESULTS = {"scores.csv": ["unit", "period", "node"], "contributions.csv": ["unit", "period", "to", "indicator"]}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "draws", "most", "memory"),
    [(LARGE, 10_000, 0.35, GIB), (LARGE, 0, 0.55, GIB), (ASEM, 100_000, 0.65, 400e6)],
)
def test_a_table_is_scored_and_written_in_a_share_of_the_time_of_a_script_with_pandas(
    benchmark: BenchmarkFixture, tmp_path: Path, size: tuple[int, int, int], draws: int, most: float, memory: float
) -> None:
    """Both go from the files of a framework and a table to CSV files and a figure; processor time is compared."""
    sized, values = (draws, panel(*size)) if benchmark.enabled else (min(draws, FEW), panel(*SMALL))
    write_inputs(tmp_path, values, sized)
    plain = (sys.executable, "-m", "benchmarks.plain_pandas", "table.csv", "plain", str(sized))
    spent, peak = benchmark.pedantic(processor_seconds, args=(SCORE, tmp_path), rounds=1)
    base, _ = processor_seconds(plain, tmp_path)
    benchmark.extra_info["processor seconds"] = {"jianbao": spent, "pandas": base}
    check_same_results(tmp_path, sized)
    assert tmp_path.joinpath("scored", "league.svg").is_file() and float(peak) < memory
    assert spent / base < most or not benchmark.enabled, f"{spent:.1f} s : {base:.1f} s"


def write_inputs(folder: Path, values: Panel, draws: int) -> None:
    """Write a framework and its table."""
    table = f"draws: {draws}\ntable: {{unit: unit, period: year}}\n"
    folder.joinpath("framework.yml").write_text(text(len(values.columns)).replace("draws: 10000\n", table), "utf-8")
    with folder.joinpath("table.csv").open("w", encoding="utf-8") as file:
        file.write(",".join(("unit", "year", *values.columns)) + "\n")
        for unit, year, row in zip(values.units, values.periods, values.values.tolist(), strict=True):
            file.write(",".join((unit, year, *("" if cell != cell else repr(cell) for cell in row))) + "\n")


def processor_seconds(command: tuple[str, ...], folder: Path) -> tuple[float, str]:
    """Run a command in a folder; return the seconds of processor time that it took, and its last word."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src")))}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, check=True, env=environment, cwd=folder, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return spent, (done.stderr.split() or [""])[-1]


def check_same_results(folder: Path, draws: int) -> None:
    """Check that both programs wrote the same; of many draws, intervals that differ by a tenth of a width at most."""
    scores, parts = (merged(folder, *each) for each in RESULTS.items())
    np.testing.assert_allclose(scores.score, scores.score_plain, rtol=1e-8)
    np.testing.assert_array_equal(scores["rank"], scores.rank_plain)
    np.testing.assert_allclose(parts.points, parts.points_plain, rtol=1e-8)
    if draws >= 10_000:
        width = scores.high_plain - scores.low_plain
        for bound in ("low", "high"):
            apart = (scores[bound] - scores[f"{bound}_plain"]).abs()
            assert not (apart > 0.1 * width + 1e-8 * scores.score).any()


def merged(folder: Path, file: str, keys: list[str]) -> pd.DataFrame:
    """Return the rows of a table that both programs wrote, side by side; each has the rows of the other."""
    ours, plain = (pd.read_csv(folder / made / file) for made in ("scored", "plain"))
    both = ours.merge(plain.rename(columns={"year": "period"}), on=keys, suffixes=("", "_plain"), validate="1:1")
    assert len(both) == len(ours) == len(plain)
    return both
