"""Tables in and out: columns as they were read -> a panel; results -> rows of a tidy table."""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem, nearest
from jianbao.core.messages import tr
from jianbao.scoring.framework import Branch, Framework, Indicator
from jianbao.scoring.panel import Panel
from jianbao.scoring.ranking import Summary
from jianbao.scoring.score import Scores
from jianbao.scoring.sensitivity import ChoiceEffect, LeftOut, RankShift
from jianbao.scoring.what_if import ScoreDifference

Cell = object
Row = dict[str, str | float | int | None]
MISSING = ("", "na", "n/a", "nan", "null", "none", "..", "-", "…")
LONG = ("indicator", "value")
HEAD = 2  # the first row of values, as a spreadsheet numbers it


def panel_from(
    framework: Framework, columns: Mapping[str, Sequence[Cell]], problems: Problems, file: str = "data"
) -> Panel | None:
    """Return a table as a panel; None if anything is wrong, which `problems` then tells with file, row and column.

    A wide table has one column an indicator; a long one has the columns "indicator" and "value". The framework's
    `table` says which columns hold the unit, the period and the groups.
    """
    before = len(problems)
    keys = framework.table
    needed = [keys.unit, *((keys.period,) if keys.period else ()), *keys.groups]
    for name in needed:
        if name not in columns:
            problems.append(
                Problem(Place(file, 1), tr("there is no column '{name}'", name=name), nearest(name, columns))
            )
    if len(problems) > before:
        return None
    long = set(LONG) <= set(columns) and not set(framework.columns()) & set(columns)
    panel = _long(framework, columns, problems, file) if long else _wide(framework, columns, problems, file)
    return panel if len(problems) == before else None


def _wide(framework: Framework, columns: Mapping[str, Sequence[Cell]], problems: Problems, file: str) -> Panel:
    keys, wanted = framework.table, framework.columns()
    for name in wanted:
        if name not in columns:
            problems.append(
                Problem(Place(file, 1), tr("there is no column '{name}'", name=name), nearest(name, columns))
            )
    units, periods = _keys(framework, columns)
    _check_unique(list(zip(units, periods, strict=True)), problems, file)
    values = np.full((len(units), len(wanted)), np.nan)
    for place, name in enumerate(wanted):
        for row, cell in enumerate(columns.get(name, ())):
            values[row, place] = number(cell, Place(file, row + HEAD, name), problems)
    groups = {name: tuple(str(cell) for cell in columns[name]) for name in keys.groups}
    return Panel(units=units, periods=periods, columns=wanted, values=values, groups=groups)


def _long(framework: Framework, columns: Mapping[str, Sequence[Cell]], problems: Problems, file: str) -> Panel:
    wanted = framework.columns()
    names = [str(cell) for cell in columns["indicator"]]
    for name in wanted:
        if name not in names:
            problems.append(
                Problem(
                    Place(file, 0, "indicator"),
                    tr("no row has '{name}'", name=name),
                    nearest(name, dict.fromkeys(names)),
                )
            )
    units, periods = _keys(framework, columns)
    _check_unique(list(zip(units, periods, names, strict=True)), problems, file)
    rows = {key: place for place, key in enumerate(dict.fromkeys(zip(units, periods, strict=True)))}
    values = np.full((len(rows), len(wanted)), np.nan)
    groups = {name: [""] * len(rows) for name in framework.table.groups}
    for line, (unit, period, name) in enumerate(zip(units, periods, names, strict=True)):
        at = rows[unit, period]
        if name in wanted:
            cell = columns["value"][line]
            values[at, wanted.index(name)] = number(cell, Place(file, line + HEAD, "value"), problems)
        for group, members in groups.items():
            members[at] = str(columns[group][line])
    kept = {group: tuple(members) for group, members in groups.items()}
    return Panel(
        units=tuple(unit for unit, _ in rows),
        periods=tuple(period for _, period in rows),
        columns=wanted,
        values=values,
        groups=kept,
    )


def _keys(framework: Framework, columns: Mapping[str, Sequence[Cell]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    units = tuple(str(cell).strip() for cell in columns[framework.table.unit])
    if not framework.table.period:
        return units, ("",) * len(units)
    return units, tuple(_period(cell) for cell in columns[framework.table.period])


def _period(cell: Cell) -> str:
    """Write a period as text; a year that was read as 2012.0 is 2012."""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _check_unique(keys: Sequence[tuple[str, ...]], problems: Problems, file: str) -> None:
    first: dict[tuple[str, ...], int] = {}
    for row, key in enumerate(keys):
        if key in first:
            what = tr("'{values}' appears twice", values=" ".join(part for part in key if part))
            problems.append(
                Problem(Place(file, row + HEAD), what, tr("it is first in row {row}", row=first[key] + HEAD))
            )
        first.setdefault(key, row)


def number(cell: Cell, place: Place, problems: Problems) -> float:
    """Return a cell's number; NaN for an empty or missing one ("NA", ".."), or with a problem."""
    if cell is None:
        return math.nan
    if isinstance(cell, str) and cell.strip().lower() in MISSING:
        return math.nan
    try:
        value = float(str(cell))
    except ValueError:
        problems.append(
            Problem(place, tr("'{value}' is not a number", value=cell), tr("leave it empty if it is missing"))
        )
        return math.nan
    if math.isinf(value):
        problems.append(Problem(place, tr("'{cell}' is not a finite number", cell=cell)))
    return value


def _known(value: float | np.floating) -> float | None:
    return None if np.isnan(value) else float(value)


def score_rows(summary: Summary) -> Iterator[Row]:
    """Yield a row for each unit, period and node: score, interval, rank with its interval (the index), coverage.

    Also how many indicators below have a value, are imputed, or are carried forward. A missing score is None.
    """
    scores = summary.declared
    ranks = _ranks(summary)
    counts = scores.counts()
    for row, (unit, period) in enumerate(zip(scores.panel.units, scores.panel.periods, strict=True)):
        for at, node in enumerate(scores.nodes):
            place = ranks[unit, period] if node == scores.framework.index.id else (np.nan,) * 3
            valued, carried, imputed = counts[node][:, row].tolist()
            yield {
                "unit": unit,
                "period": period,
                "node": node,
                "name": node_name(scores.framework, node),
                "score": _known(scores.score[row, at]),
                "low": _known(summary.low[row, at]),
                "high": _known(summary.high[row, at]),
                **dict(zip(("rank", "rank_low", "rank_high"), (_known(each) for each in place), strict=True)),
                "coverage": _known(scores.coverage[row, at]),
                "indicators": valued,
                "imputed": imputed,
                "carried": carried,
            }


def _ranks(summary: Summary) -> dict[tuple[str, str], tuple[float, float, float]]:
    return {
        (unit, each.period): (float(each.ranks[k]), float(each.low[k]), float(each.high[k]))
        for each in summary.rankings
        for k, unit in enumerate(each.units)
    }


def node_name(framework: Framework, node: str) -> str:
    """Return a node's name in the first language that it has one in, or its id."""
    return next(iter(framework.find(node).name.values()), node)


def contribution_rows(scores: Scores) -> Iterator[Row]:
    """Yield a row for each unit, period, branch and indicator below it: points of its score, and share."""
    for branch in scores.framework.branches():
        whole = scores.of(branch.id)
        for leaf, points in scores.contributions(branch.id).items():
            for row, (unit, period) in enumerate(zip(scores.panel.units, scores.panel.periods, strict=True)):
                share = points[row] / whole[row] if whole[row] else np.nan
                yield {
                    "unit": unit,
                    "period": period,
                    "to": branch.id,
                    "indicator": leaf,
                    "points": _known(points[row]),
                    "share": _known(share),
                }


def rank_rows(summary: Summary) -> Iterator[Row]:
    """Yield a row for each period, unit and rank that it takes in any draw: the share of draws (rank acceptability)."""
    for each in summary.rankings:
        for k, unit in enumerate(each.units):
            for place, share in enumerate(each.acceptability[k]):
                if share > 0:
                    yield {"period": each.period, "unit": unit, "rank": place + 1, "share": float(share)}


def weight_rows(scores: Scores) -> Iterator[Row]:
    """Yield a row for each node below the index: its weight in its parent and its effective weight in the index."""
    for node in scores.framework.components():
        if node is not scores.framework.index:
            parent: Branch | Indicator = scores.framework.path(node.id)[-2]
            yield {
                "node": node.id,
                "name": node_name(scores.framework, node.id),
                "parent": parent.id,
                "weight": scores.weight(node.id),
                "effective_weight": scores.weight(node.id, scores.framework.index.id),
            }


def choice_effect_rows(found: Sequence[ChoiceEffect]) -> Iterator[Row]:
    """Yield a row for each choice in doubt: Sobol' indices with errors, and the score's interval by it alone."""
    for effect in found:
        yield {
            "choice": effect.choice,
            "first": effect.first,
            "first_error": effect.first_error,
            "total": effect.total,
            "total_error": effect.total_error,
            "low": effect.low,
            "high": effect.high,
        }


def shift_rows(found: Sequence[RankShift]) -> Iterator[Row]:
    """Yield a row for each choice in doubt: how many ranks units move by it on average."""
    for each in found:
        yield {"choice": each.choice, "mean_rank_shift": each.shift}


def left_out_rows(found: Sequence[LeftOut], panel: Panel) -> Iterator[Row]:
    """Yield a row for each node left out, unit and period: the score without it, and the change."""
    for each in found:
        for row, (unit, period) in enumerate(zip(panel.units, panel.periods, strict=True)):
            score, change = _known(each.score[row]), _known(each.change[row])
            yield {"without": each.node, "unit": unit, "period": period, "score": score, "change": change}


def difference_rows(found: ScoreDifference) -> Iterator[Row]:
    """Yield a row for each unit, period and indicator: the index before and after, and the indicator's part in it."""
    before, index = found.before, found.before.framework.index.id
    for leaf, points in found.parts(index).items():
        for row, (unit, period) in enumerate(zip(before.panel.units, before.panel.periods, strict=True)):
            yield {
                "unit": unit,
                "period": period,
                "indicator": leaf,
                "before": _known(before.of(index)[row]),
                "after": _known(found.after.of(index)[row]),
                "points": _known(points[row]),
            }
