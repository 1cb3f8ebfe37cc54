"""Score any table of units by any framework, without a workspace."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import count
from pathlib import Path

import numpy as np

from jianbao.charts.spec import FigureSpec, Size
from jianbao.core.documents import Problems
from jianbao.core.errors import ContentError, DataError, Place, Problem, UsageError, all_in, nearest, raise_all
from jianbao.core.messages import Translatable, tr
from jianbao.core.snapshot import single_file
from jianbao.core.zip_csv import Table
from jianbao.data.csv_files import read_csv
from jianbao.data.dates import period as as_period
from jianbao.data.facts import Fact, Ledger, slug
from jianbao.scoring.framework import Framework
from jianbao.scoring.framework_reader import read_framework
from jianbao.scoring.method_reader import named
from jianbao.scoring.notes import ineffective, undrawn, without_choices, without_score
from jianbao.scoring.panel import HEAD, Floats, Panel, number, order_of, panel_from, panel_of, with_known_goalposts
from jianbao.scoring.ranking import Ranking, Summary, summarise
from jianbao.scoring.result_tables import (
    choice_effect_table,
    contribution_table,
    difference_table,
    left_out_table,
    node_name,
    rank_table,
    report_tables,
    score_table,
    shift_table,
    weight_table,
)
from jianbao.scoring.sampling import FULL_ROWS, recorded
from jianbao.scoring.score import declared_scores
from jianbao.scoring.sensitivity import choice_effects, leave_out, rank_shifts
from jianbao.scoring.validate import check_panel
from jianbao.scoring.what_if import WhatIfChange, read_setting, read_what_if, what_if

FAMILIES = ("Source Sans 3", "Noto Sans SC")  # sans-serif faces, Latin before Han
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class PlainWords:
    """The words of a figure without a workspace: given labels, keys as names, scores with `decimals`."""

    labels: Mapping[str, str]
    decimals: int
    language: str = ""

    def label(self, key: str) -> str:
        """Return a given label; raises KeyError if it is missing."""
        return self.labels[key]

    def name(self, key: str) -> str:
        """Return the key itself."""
        return key

    def names(self, keys: Sequence[str], most: int, unit: str) -> str:  # noqa: ARG002
        """Return the first `most` keys, with an ellipsis if there are others."""
        return ", ".join((*keys[:most], *("…" for _ in keys[most : most + 1])))

    def number(self, fact: Fact) -> str:
        """Return a score with the set decimals, any other value with its own digits."""
        return (
            f"{fact.number:.{self.decimals}f}".replace("-", MINUS) if fact.unit == "point" else self.tick(fact.number)
        )

    def tick(self, value: float, unit: str = "") -> str:
        """Return the label of a tick, with its unit if it has one."""
        return f"{value:,.10g} {unit}".rstrip().replace("-", MINUS)

    def when(self, written: str, *, year: bool) -> str:  # noqa: ARG002
        """Return a date as it is written."""
        return written


FIGURE, WIDTH = "league", 160.0
ROLES = ("score", "rank", "coverage")
ALL = "all"  # every node


@dataclass(frozen=True, kw_only=True)
class LeagueTable:
    """A framework and the panel that it scores; `row` is the row of the unit and period of most interest.

    `draws` are recorded inputs (see `sampling.recorded`) from the file `recorded`, used instead of random ones.
    """

    framework: Framework
    panel: Panel
    row: int = 0
    draws: Mapping[str, Floats] | None = None
    recorded: str = ""

    def scores(self, summary: Summary) -> Mapping[str, Table]:
        """Return scores, contributions, weights and, for several units, rank acceptabilities, as tables by name."""
        tables = {
            "scores": score_table(summary),
            "contributions": contribution_table(summary.declared),
            "weights": weight_table(summary.declared),
        }
        return {**tables, "ranks": rank_table(summary)} if self.many else tables

    def report(self, summary: Summary) -> Mapping[str, Table]:
        """Return the tables on the structure and the consistency of the index, by name."""
        return report_tables(summary.declared, self.panel.periods[self.row])

    def summary(self, nodes: Collection[str] = ()) -> Summary:
        """Return scores, rankings, and the intervals of the index, its children and the given nodes, or of ALL.

        Raises UsageError for an unknown node.
        """
        known, place = [node.id for node in self.framework.components()], Place("--intervals")
        if ALL in nodes:
            return self._summary(known)
        wrong = [node for node in nodes if node not in known]
        problems = [Problem(place, tr("there is no node '{node}'", node=node), nearest(node, known)) for node in wrong]
        raise_all(problems, UsageError)
        return self._summary(nodes)

    def _summary(self, nodes: Collection[str]) -> Summary:
        draws, file = self.draws, self.recorded
        inputs_of = None if draws is None else lambda scores: recorded(scores, draws, file)
        return summarise(self.framework, self.panel, nodes, inputs_of=inputs_of)

    def figure(self, summary: Summary, period: str = "", unit: str = "") -> tuple[FigureSpec, Ledger, PlainWords, Size]:
        """Return the inputs of a figure: the units of a period (default: the last) by rank, one of them highlighted."""
        options = {"highlight": (unit,)} if unit else {}
        spec = FigureSpec(
            id=FIGURE, kind=FIGURE, facts={role: role for role in ROLES}, options=options, place=Place(f"{FIGURE}.svg")
        )
        words = PlainWords(self._labels(_ranked(summary, period).period), self.framework.decimals)
        return spec, standings(summary, period), words, Size(WIDTH)

    def _labels(self, ranked: str) -> Mapping[str, str]:
        """Return the labels of the figure from the framework; heads are those of the result tables."""
        index = node_name(self.framework.index)
        interval = "{:g}–{:g} %".format(*self.framework.interval)
        known = {"score": f"{index}, {ranked}" if ranked else index, "interval": interval, "range": interval}
        return {**known, "rank": "rank", "no_score": "–", "no_data": "–", "left_out": "… +"}

    @property
    def many(self) -> bool:
        """Return whether there is more than one unit to rank."""
        return len(set(self.panel.units)) > 1

    def notes(self, summary: Summary) -> tuple[Problem, ...]:
        """Return notes on the scores for the analyst, which are no errors."""
        scores = summary.declared
        return (*without_score(scores), *(undrawn(scores) if self.draws is None else ()))

    def sensitivity(self) -> tuple[Mapping[str, Table], tuple[Problem, ...]]:
        """Return tables by name, and notes: the sensitivity of the row's score, each indicator left out, and the ranks.

        Tables without rows are left out.
        """
        scores = declared_scores(self.framework, self.panel)
        choices = choice_effects(self.framework, self.panel, self.row)
        shifts = rank_shifts(self.framework, self.panel) if self.many else ()
        tables = {
            **({"choices": choice_effect_table(choices)} if choices else {}),
            "left_out": left_out_table(leave_out(self.framework, self.panel), self.panel),
            **({"rank_shifts": shift_table(shifts)} if shifts else {}),
        }
        undecided = () if choices else (without_choices(scores, self.row),)
        return tables, (*without_score(scores), *ineffective(scores), *undecided)

    def what_if(self, changes: Sequence[WhatIfChange], unit: str = "", period: str = "") -> Mapping[str, Table]:
        """Return the index before and after changes, and the contribution of each indicator to the difference.

        Facts change in the rows of a unit or period, if given; other units may move too, since they are compared with
        those. The city of an edition is shown in the edition's year only, a table in every row.
        """
        rows = np.arange(len(self.panel.units)) if self.many else np.array([self.row])
        keys = zip(self.panel.units, self.panel.periods, strict=True)
        meant = [row for row, key in enumerate(keys) if unit in ("", key[0]) and period in ("", key[1])]
        result = what_if(self.framework, self.panel, changes, meant if self.many else [self.row])
        return {"changes": difference_table(result, rows)}


Columns = Mapping[str, Sequence[object]]


def read_league(
    framework_file: Path, data_file: Path, unit: str = "", period: str = "", columns: Columns | None = None
) -> LeagueTable:
    """Read a framework and a table; raises ContentError or DataError with all problems.

    `columns` are the contents of the table's file if it was read already; else it is a CSV.
    """
    problems: Problems = []
    node = single_file(framework_file).document(framework_file.name)
    framework = read_framework(node, problems)
    raise_all(problems, ContentError)
    assert framework is not None
    panel = panel_from(framework, columns or _read_csv(data_file), problems, data_file.name)
    raise_all(problems, DataError)
    assert panel is not None
    raise_all(check_panel(framework, panel), ContentError)
    return LeagueTable(framework=framework, panel=panel, row=_row(panel, unit, period, data_file.name))


def with_draws(league: LeagueTable, file: Path) -> LeagueTable:
    """Return the league with recorded draws from a CSV, a row for each; raises DataError if it cannot be read."""
    problems: Problems = []
    draws = {}
    for name, cells in _read_csv(file).items():
        places = (Place(file.name, row, name) for row in count(HEAD))
        draws[name] = np.array([number(cell, next(places), problems, FULL_ROWS) for cell in cells])
    many = max((len(each) for each in draws.values()), default=0)
    if not many:
        problems.append(Problem(Place(file.name), tr("there is no draw"), tr("write a row for each draw")))
    raise_all(problems, DataError)
    return replace(league, framework=replace(league.framework, draws=many), draws=draws, recorded=file.name)


def _read_csv(file: Path) -> Columns:
    """Return a CSV as columns of texts; raises DataError if it cannot be read."""
    problems: Problems = []
    text = single_file(file, DataError).text(file.name, DataError)
    sheet = read_csv(text, file.stem, file.name, problems)
    raise_all(problems, DataError)
    columns = zip(*sheet.rows, strict=True) if sheet.rows else [()] * len(sheet.head)
    return dict(zip(sheet.head, columns, strict=True))


def standings(summary: Summary, period: str = "") -> Ledger:
    """Return facts about the units of a period (default: the last): score and rank with intervals, and coverage.

    A unit without score has no facts for score and rank.
    """
    ranked, index = _ranked(summary, period), summary.declared.framework.index.id
    at, whole = summary.declared.nodes.index(index), float(sum(ranked.ranks > 0))
    known: dict[str, Fact] = {}
    panel = summary.declared.panel
    rows = {unit: row for row, unit in enumerate(panel.units) if panel.periods[row] == ranked.period}
    for place, unit in enumerate(ranked.units):
        row, word = rows[unit], _word(unit, known)
        about, score = (unit,), float(summary.declared.score[row, at])
        facts = [
            Fact(id=f"coverage.{word}", value=float(summary.declared.covered(index)[row]), unit="share", about=about)
        ]
        if ranked.ranks[place] > 0:
            low, high = float(summary.low[row, at]), float(summary.high[row, at])
            facts.append(Fact(id=f"score.{word}", value=score, unit="point", low=low, high=high, about=about))
            rank, best, worst = (float(each[place]) for each in (ranked.ranks, ranked.low, ranked.high))
            parents = (f"score.{word}",)
            facts.append(
                Fact(
                    id=f"rank.{word}",
                    value=rank,
                    unit="rank",
                    of=whole,
                    low=best,
                    high=worst,
                    parents=parents,
                    about=about,
                )
            )
        known |= {fact.id: fact for fact in facts}
    day = as_period(ranked.period)
    return Ledger(known, day.last if day else date.max)


def _ranked(summary: Summary, period: str) -> Ranking:
    wanted = period or max((each.period for each in summary.rankings), key=lambda each: (order_of(each), each))
    return next(each for each in summary.rankings if each.period == wanted)


def _word(unit: str, known: Mapping[str, Fact]) -> str:
    """Return a unique word for a unit."""
    words = (slug(unit) + "_" * more for more in range(len(known) + 1))
    return next(word for word in words if f"coverage.{word}" not in known)


def _row(panel: Panel, unit: str, period: str, file: str) -> int:
    """Return the row of a unit in a period; by default the last period, and the last unit in it."""
    keys = list(zip(panel.units, panel.periods, strict=True))
    rows = {key[1]: row for row, key in enumerate(keys) if unit in ("", key[0]) and period in ("", key[1])}
    if rows:
        return rows[max(rows, key=lambda each: (order_of(each), each))]
    place, problems = Place(file), list[Problem]()
    if unit and unit not in panel.units:
        what = tr("there is no unit '{unit}'", unit=unit)
        problems.append(Problem(place, what, nearest(unit, dict.fromkeys(panel.units), all_in(file))))
    if period and period not in panel.periods:
        problems.append(Problem(place, tr("there is no period '{period}'", period=period), _span(panel.periods)))
    if not problems:
        known = _span(each for name, each in keys if name == unit)
        problems.append(
            Problem(place, tr("'{unit}' has no row in {periods}", unit=unit, periods=named((period,))), known)
        )
    raise UsageError(problems)


def _span(periods: Iterable[str]) -> Translatable:
    inorder = sorted({each for each in periods if each}, key=lambda each: (order_of(each), each))
    if not inorder:
        return tr("the framework names no column of periods under 'table'")
    if len(inorder) == 1:
        return tr("the only period is {period}", period=inorder[0])
    return tr("the periods go from {first} to {last}", first=inorder[0], last=inorder[-1])


def league_of(framework: Framework, ledgers: Mapping[int, Ledger], year: int) -> LeagueTable:
    """Return a city over its years as a league, with the goalposts given by the facts of one year."""
    ready = with_known_goalposts(framework, ledgers[year])
    panel = panel_of(ready, ledgers)
    return LeagueTable(framework=ready, panel=panel, row=panel.periods.index(str(year)))


SETTINGS = ("weight.", "floor.", "target.")  # prefixes of framework settings; facts may have them too
Measured = Callable[[Mapping[str, float]], Ledger]


def settled(
    league: LeagueTable, ledger: Ledger, measured: Measured, settings: Iterable[str]
) -> tuple[WhatIfChange, ...]:
    """Return the changes of a city's league from settings ("FACT=VALUE").

    For a fact that no indicator reads, the facts computed from it are `measured` again.
    """
    direct, deeper = [], {}
    columns = {column.partition(":")[0] for column in league.framework.columns()}
    for text in settings:
        what, value = read_setting(text)
        fact = ledger.get(what)
        if fact is None or what in columns or what.startswith(SETTINGS):
            direct.append(read_what_if(text, league.framework, league.panel))
        elif fact.kind == "number":
            deeper[what] = value
        else:
            hint = tr("its kind is {kind}", kind=fact.kind)
            raise UsageError(Problem(Place(f"--set {text}"), tr("'{value}' is not a number", value=what), hint))
    return (*direct, *(_followed(league, measured(deeper)) if deeper else ()))


def _followed(league: LeagueTable, facts: Ledger) -> Iterator[WhatIfChange]:
    """Yield the changes of the columns that depend on assumed facts."""
    after = panel_of(league.framework, {int(league.panel.periods[league.row]): facts}).values[0]
    for column, old, new in zip(league.panel.columns, league.panel.values[league.row], after, strict=True):
        if new != old and not np.isnan(new):
            yield WhatIfChange("fact", column, float(new))
