"""Tables in and out: columns as they were read -> a panel; results -> the columns of a tidy table."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem, all_in, nearest
from jianbao.core.exports import Table, Texts
from jianbao.core.messages import tr
from jianbao.scoring.framework import Component, Framework
from jianbao.scoring.panel import Floats, Integers, Panel
from jianbao.scoring.ranking import Summary
from jianbao.scoring.score import Scores
from jianbao.scoring.sensitivity import ChoiceEffect, LeftOut, RankShift
from jianbao.scoring.what_if import ScoreDifference

Cell = object
MISSING = ("", "na", "n/a", "nan", "null", "none", "..", "-", "…")
LONG = ("indicator", "value")
SLIGHT = 1e-9  # points below this are the rounding of the arithmetic
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
        cells = columns.get(name, ())
        values[: len(cells), place] = _numbers(cells, range(len(cells)), Place(file, column=name), problems)
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
                    nearest(name, dict.fromkeys(names), all_in(file)),
                )
            )
    units, periods = _keys(framework, columns)
    _check_unique(list(zip(units, periods, names, strict=True)), problems, file)
    rows = {key: place for place, key in enumerate(dict.fromkeys(zip(units, periods, strict=True)))}
    values = np.full((len(rows), len(wanted)), np.nan)
    groups = {name: [""] * len(rows) for name in framework.table.groups}
    at = [rows[key] for key in zip(units, periods, strict=True)]
    places = {name: place for place, name in enumerate(wanted)}
    lines = [line for line, name in enumerate(names) if name in places]
    cells = [columns["value"][line] for line in lines]
    read = _numbers(cells, lines, Place(file, column="value"), problems)
    values[[at[line] for line in lines], [places[names[line]] for line in lines]] = read
    for group, members in groups.items():
        for row, cell in zip(at, columns[group], strict=True):
            members[row] = str(cell)
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


def _numbers(cells: Sequence[Cell], lines: Sequence[int], place: Place, problems: Problems) -> list[float]:
    """Return the numbers of many cells, each of which stands in a line of a table."""
    try:  # what is all digits or empty, as most columns are
        texts = [cell for cell in cells if isinstance(cell, str)]
        if len(texts) == len(cells) and _plain("".join(texts)):
            found = [float(cell) if cell else math.nan for cell in texts]
            if math.inf not in map(abs, found):
                return found
    except ValueError:
        pass
    return [number(cell, replace(place, line=line + HEAD), problems) for line, cell in zip(lines, cells, strict=True)]


def _plain(text: str) -> bool:
    """Say whether Python's float takes nothing in a text for a number that is none: 1_000, or full-width digits."""
    return text.isascii() and "_" not in text


def number(cell: Cell, place: Place, problems: Problems) -> float:
    """Return a cell's number; NaN for an empty or missing one ("NA", ".."), or with a problem."""
    if cell is None:
        return math.nan
    if isinstance(cell, str) and cell.strip().lower() in MISSING:
        return math.nan
    try:
        value = float(str(cell)) if _plain(str(cell)) else math.nan
    except ValueError:
        value = math.nan
    if math.isnan(value):
        problems.append(
            Problem(place, tr("'{value}' is not a number", value=cell), tr("leave it empty if it is missing"))
        )
        return math.nan
    if math.isinf(value):
        problems.append(Problem(place, tr("'{cell}' is not a finite number", cell=cell)))
    return value


def score_table(summary: Summary) -> Table:
    """Return a row for each unit, period and node: score, interval, rank with its interval, coverage.

    Also how many indicators below count, are carried forward, or are imputed. Ranks are among the units of a period.
    """
    scores = summary.declared
    known = scores.counts()
    counts = np.stack([known[node] for node in scores.nodes], axis=2)
    named_nodes = tuple(node_name(node) for node in scores.framework.components())
    rows, nodes = scores.score.shape
    score, rank = scores.score.ravel(), summary.rank.ravel()
    return {
        **_row_keys(scores.panel, np.repeat(np.arange(rows), nodes)),
        "node": Texts(scores.nodes, np.tile(np.arange(nodes), rows)),
        "name": Texts(named_nodes, np.tile(np.arange(nodes), rows)),
        "score": score,
        "low": _column(summary.low, score),
        "high": _column(summary.high, score),
        "rank": rank,
        "rank_low": _column(summary.rank_low, rank),
        "rank_high": _column(summary.rank_high, rank),
        "coverage": scores.coverage.ravel(),
        "indicators": counts[0].ravel(),
        "imputed": counts[2].ravel(),
        "carried": counts[1].ravel(),
    }


def _column(values: Floats, other: Floats) -> Floats:
    """Return values as a column: the other one if they are the same, which is then written but once."""
    made = values.ravel()
    return other if np.array_equal(made, other, equal_nan=True) else made


def _row_keys(panel: Panel, rows: Integers) -> Table:
    """Return the columns that say which unit and period each row is about."""
    found = {"unit": Texts.of(panel.units), "period": Texts.of(panel.periods)}
    return {key: Texts(each.values, each.codes[rows]) for key, each in found.items()}


def node_name(node: Component) -> str:
    """Return a node's name in the first language that it has one in, or its id."""
    return next(iter(node.name.values()), node.id)


def contribution_table(scores: Scores) -> Table:
    """Return a row for each branch, indicator below it, unit and period: points of the branch's score, and share."""
    found = [(branch, scores.contributions(branch.id)) for branch in scores.framework.branches()]
    pairs = [(branch.id, leaf) for branch, points in found for leaf in points]
    points = np.stack([each for _, points in found for each in points.values()])
    whole = np.stack([scores.of(branch) for branch, _ in pairs])
    rows = points.shape[1]
    return {
        **_row_keys(scores.panel, np.tile(np.arange(rows), len(pairs))),
        "to": _repeated([branch for branch, _ in pairs], rows),
        "indicator": _repeated([leaf for _, leaf in pairs], rows),
        "points": points.ravel(),
        "share": np.divide(points, whole, out=np.full(points.shape, np.nan), where=whole != 0).ravel(),
    }


def _repeated(cells: Sequence[str], times: int) -> Texts:
    column = Texts.of(cells)
    return Texts(column.values, np.repeat(column.codes, times))


def rank_table(summary: Summary) -> Table:
    """Return a row for each period, unit and rank that it takes: in which share of draws (rank acceptability)."""
    found = [np.nonzero(each.acceptability) for each in summary.rankings]
    lengths = [len(unit) for unit, _ in found]
    names = {unit: code for code, unit in enumerate(dict.fromkeys(summary.declared.panel.units))}
    codes = [
        np.array([names[unit] for unit in each.units])[at]
        for each, (at, _) in zip(summary.rankings, found, strict=True)
    ]
    shares = [each.acceptability[at] for each, at in zip(summary.rankings, found, strict=True)]
    return {
        "period": Texts(tuple(each.period for each in summary.rankings), np.repeat(np.arange(len(lengths)), lengths)),
        "unit": Texts(tuple(names), np.concatenate(codes)),
        "rank": np.concatenate([rank + 1 for _, rank in found]),
        "share": np.concatenate(shares),
    }


def weight_table(scores: Scores) -> Table:
    """Return a row for each node below the index: its weight in its parent and its effective weight in the index."""
    index = scores.framework.index
    below = [node for node in scores.framework.components() if node is not index]
    return {
        "node": Texts.of([node.id for node in below]),
        "name": Texts.of([node_name(node) for node in below]),
        "parent": Texts.of([scores.framework.path(node.id)[-2].id for node in below]),
        "weight": np.array([scores.weight(node.id) for node in below]),
        "effective_weight": np.array([scores.weight(node.id, index.id) for node in below]),
    }


def choice_effect_table(found: Sequence[ChoiceEffect]) -> Table:
    """Return a row for each choice in doubt: Sobol' indices with errors, and the score's interval by it alone."""
    numbers = ("first", "first_error", "total", "total_error", "low", "high")
    return {
        "choice": Texts.of([effect.choice for effect in found]),
        **{name: np.array([getattr(effect, name) for effect in found], dtype=np.float64) for name in numbers},
    }


def shift_table(found: Sequence[RankShift]) -> Table:
    """Return a row for each choice in doubt: how many ranks units move by it on average."""
    return {
        "choice": Texts.of([each.choice for each in found]),
        "mean_rank_shift": np.array([each.shift for each in found], dtype=np.float64),
    }


def left_out_table(found: Sequence[LeftOut], panel: Panel) -> Table:
    """Return a row for each node left out, unit and period: the score without it, and the change."""
    rows = len(panel.units)
    return {
        "without": _repeated([each.node for each in found], rows),
        **_row_keys(panel, np.tile(np.arange(rows), len(found))),
        "score": np.concatenate([each.score for each in found]),
        "change": np.concatenate([each.change for each in found]),
    }


def difference_table(found: ScoreDifference, rows: Integers) -> Table:
    """Return a row for each indicator that moved the index of one of some rows: before, after, the points it moved."""
    before, index = found.before, found.before.framework.index.id
    parts = found.parts(index)
    points = np.stack([each[rows] for each in parts.values()])
    leaf, at = np.nonzero(np.abs(points) > SLIGHT)
    return {
        **_row_keys(before.panel, rows[at]),
        "indicator": Texts(tuple(parts), leaf),
        "before": before.of(index)[rows[at]],
        "after": found.after.of(index)[rows[at]],
        "points": points[leaf, at],
    }
