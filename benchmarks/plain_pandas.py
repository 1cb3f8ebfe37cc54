"""Score a table as an analyst's script would, with pandas and NumPy: what `jianbao score` is measured against.

It knows the framework of `test_evaluation_speed.py` and nothing else: min-max within each year, arithmetic means of
seven indicators each, their geometric mean, and weights drawn about equal ones. It writes the same tables and the same
figure: scores with intervals and ranks, how often each rank was drawn, contributions, and a league table.
"""

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

mpl.use("svg")

import matplotlib.pyplot as plt

LOWEST, HIGHEST, CONCENTRATION, BRANCH, COVERAGE, PERCENTILES = 1.0, 100.0, 50.0, 7, 0.5, (5.0, 95.0)
FORMAT = "%.10g"  # the digits that `jianbao score` writes


def drawn_weights(children: int, draws: int, made: np.random.Generator) -> np.ndarray:
    """Return weights drawn about equal ones (draws, children); without draws, equal ones (1, children)."""
    if not draws:
        return np.full((1, children), 1.0 / children)
    return made.dirichlet(np.full(children, CONCENTRATION / children), size=draws)


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the means (draws, units) of values (units, children), NaN where fewer than half of them are known."""
    present = ~np.isnan(values)
    means = (weights @ np.where(present, values, 0.0).T) / (weights @ present.astype(float).T)
    return np.where(present.mean(axis=1) >= COVERAGE, means, np.nan)


def geometric_mean(scores: list[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Return the means (draws, units) of the branches' scores (draws, units)."""
    total, share = np.zeros((2, *scores[0].shape))
    for k, score in enumerate(scores):
        present = ~np.isnan(score)
        total += weights[:, k : k + 1] * np.where(present, np.log(score), 0.0)
        share += weights[:, k : k + 1] * present
    return np.asarray(np.exp(total / share))


def ranks(scores: np.ndarray) -> np.ndarray:
    """Return the rank of each unit in each draw: 1 is the highest score, and NaN that of a unit without one."""
    return np.where(np.isnan(scores), np.nan, (-scores).argsort(axis=1).argsort(axis=1) + 1.0)


def scored_year(values: pd.DataFrame, draws: int, made: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the scores (draws, units) of each branch in one year."""
    names = [*values.columns]
    branches = {f"d{start}": names[start : start + BRANCH] for start in range(0, len(names), BRANCH)}
    scores = {
        branch: weighted_mean(values[columns].to_numpy(), drawn_weights(len(columns), draws, made))
        for branch, columns in branches.items()
    }
    return {"index": geometric_mean([*scores.values()], drawn_weights(len(branches), draws, made)), **scores}


def with_intervals(node: str, declared: np.ndarray, drawn: np.ndarray, index: pd.Index) -> pd.DataFrame:
    """Return the rows of a branch in one year: scores and ranks, with the percentiles of the draws."""
    low, high = np.percentile(drawn, PERCENTILES, axis=0)
    rank_low, rank_high = np.percentile(ranks(drawn), PERCENTILES, axis=0)
    columns = {"node": node, "score": declared[0], "low": low, "high": high, "rank": ranks(declared)[0]}
    return pd.DataFrame({**columns, "rank_low": rank_low, "rank_high": rank_high}, index=index)


def rank_shares(drawn: np.ndarray, units: pd.Index) -> pd.DataFrame:
    """Return how often each unit had each rank."""
    places = ranks(drawn).astype(np.int64)  # every unit has an index
    counts = np.stack([np.bincount(column, minlength=len(units) + 1)[1:] for column in places.T])
    shares = long(pd.DataFrame(counts / len(places), index=units, columns=range(1, len(units) + 1)), "rank", "share")
    return shares.loc[shares.share > 0]


def long(wide: pd.DataFrame, column: str, value: str) -> pd.DataFrame:
    """Return a row for each cell of a table."""
    return pd.Series(wide.rename_axis(columns=column).stack(), name=value).reset_index()


def contributions(values: pd.DataFrame, declared: dict[str, np.ndarray]) -> pd.DataFrame:
    """Return what each indicator contributes to its branch and to the index, in proportion to weights and scores."""
    names, parts = [*values.columns], {branch: each[0] for branch, each in declared.items() if branch != "index"}
    whole, index, found = sum(map(np.nan_to_num, parts.values())), declared["index"][0], []
    for branch, score in parts.items():
        own = values[names[int(branch[1:]) : int(branch[1:]) + BRANCH]]
        share = own.div(own.sum(axis=1), axis=0)
        for node, points in ((branch, score), ("index", score / whole * index)):
            found.append(long(share.mul(points, axis=0), "indicator", "points").assign(to=node))
    made = pd.concat(found)
    return made.assign(share=made.points / made.groupby(["unit", "year", "to"]).points.transform("sum"))


def indicator_rows(scaled: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of the indicators, which no draw varies."""
    rows = long(scaled, "node", "score")
    return rows.assign(low=rows.score, high=rows.score)


def league(newest: pd.DataFrame, file: Path) -> None:
    """Draw the index of the newest year with its intervals."""
    best = newest.sort_values("score").tail(60)
    figure, axes = plt.subplots(figsize=(7, 12))
    axes.hlines(range(len(best)), best.low, best.high)
    axes.plot(best.score, range(len(best)), "o")
    axes.set_yticks(range(len(best)), [str(unit) for unit in best.index.get_level_values("unit")])
    figure.savefig(file)


def main(table: Path, out: Path, draws: int) -> None:
    """Read a table, and write what `jianbao score --out` writes of it."""
    made, data = np.random.default_rng(1), pd.read_csv(table, index_col=["unit", "year"])
    by_year = data.groupby("year")
    span = (data - by_year.transform("min")) / (by_year.transform("max") - by_year.transform("min"))
    scaled, rows, shares, parts = LOWEST + (HIGHEST - LOWEST) * span, [], [], []
    for year, values in scaled.groupby("year"):
        declared = scored_year(values, 0, made)
        drawn = scored_year(values, draws, made) if draws else declared
        rows += [with_intervals(node, declared[node], drawn[node], values.index) for node in declared]
        shares.append(rank_shares(drawn["index"], values.index.get_level_values("unit")).assign(year=year))
        parts.append(contributions(values, declared))
    out.mkdir(exist_ok=True)
    scores = pd.concat(rows)
    every = pd.concat([scores.reset_index(), indicator_rows(scaled)])
    every.to_csv(out / "scores.csv", index=False, float_format=FORMAT)
    pd.concat(shares).to_csv(out / "ranks.csv", index=False, float_format=FORMAT)
    pd.concat(parts).to_csv(out / "contributions.csv", index=False, float_format=FORMAT)
    years = scores.index.get_level_values("year")
    league(scores.loc[(scores.node == "index") & (years == years.max())], out / "league.svg")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
