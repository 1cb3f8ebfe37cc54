"""Score any table of units by any framework, without a workspace."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from jianbao.app import workspace
from jianbao.app.assess import Assessment
from jianbao.charts.charts import draw
from jianbao.charts.spec import FigureSpec, Size
from jianbao.charts.text_metrics import FontMetrics, FontMetricsList
from jianbao.core.documents import Problems
from jianbao.core.errors import ContentError, DataError, Place, Problem, UsageError, nearest, raise_all
from jianbao.core.messages import Translatable, tr
from jianbao.data.dates import period as as_period
from jianbao.data.facts import Fact, Ledger
from jianbao.data.measures.evaluate import evaluator_for
from jianbao.data.provenance import slug
from jianbao.render.fonts.registry import Fonts
from jianbao.scoring.framework import Framework
from jianbao.scoring.framework_reader import read_framework
from jianbao.scoring.method_reader import named
from jianbao.scoring.panel import Panel, order_of, panel_of, with_known_goalposts
from jianbao.scoring.ranking import Ranking, Summary, summarise
from jianbao.scoring.result_tables import (
    Row,
    choice_effect_rows,
    contribution_rows,
    difference_rows,
    left_out_rows,
    node_name,
    panel_from,
    rank_rows,
    score_rows,
    shift_rows,
    weight_rows,
)
from jianbao.scoring.sensitivity import choice_effects, leave_out, rank_shifts
from jianbao.scoring.validate import check_panel
from jianbao.scoring.what_if import WhatIfChange, read_setting, read_what_if, what_if

FAMILIES = ("Source Sans 3", "Noto Sans SC")
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class PlainWords:
    """The labels that are given; scores are written with so many `decimals`."""

    labels: Mapping[str, str]
    decimals: int
    language: str = ""

    def label(self, key: str) -> str:
        """Return a label that was given; raise KeyError if it was not."""
        return self.labels[key]

    def name(self, key: str) -> str:
        """Return the key itself."""
        return key

    def names(self, keys: Sequence[str], most: int, unit: str) -> str:  # noqa: ARG002
        """Return the first `most` keys, and a mark if there are others."""
        return ", ".join((*keys[:most], *("…" for _ in keys[most : most + 1])))

    def number(self, fact: Fact) -> str:
        """Return a score with its decimals, any other value in the digits that it has."""
        return (
            f"{fact.number:.{self.decimals}f}".replace("-", MINUS) if fact.unit == "point" else self.tick(fact.number)
        )

    def tick(self, value: float, unit: str = "") -> str:
        """Return a mark of a scale in digits, with its unit if it has one."""
        return f"{value:,.10g} {unit}".rstrip().replace("-", MINUS)


def plain_faces(fonts: Fonts) -> FontMetricsList:
    """Return the sans-serif faces, Latin before Han."""
    return FontMetricsList(
        tuple(FontMetrics(family=name, regular=fonts.path(name), bold=fonts.path(name, 700)) for name in FAMILIES)
    )


SETTINGS = ("weight.", "floor.", "target.")  # of the framework: facts may have these names too
SLIGHT = 1e-9  # points below this are the rounding of the arithmetic
FIGURE, WIDTH = "league", 160.0
ROLES = ("score", "rank", "coverage")


@dataclass(frozen=True)
class LeagueTable:
    """A framework and the panel that it scores; `row` is the unit and period of most interest."""

    framework: Framework
    panel: Panel
    row: int = 0

    def scores(self, found: Summary) -> Mapping[str, list[Row]]:
        """Return scores, contributions, weights and, for several units, rank acceptabilities, as tidy rows by name."""
        made = {
            "scores": list(score_rows(found)),
            "contributions": list(contribution_rows(found.declared)),
            "weights": list(weight_rows(found.declared)),
        }
        return {**made, "ranks": list(rank_rows(found))} if self.many else made

    def summary(self) -> Summary:
        """Return scores, intervals and rankings, which takes seconds for a large panel."""
        return summarise(self.framework, self.panel)

    def figure(self, found: Summary, fonts: Fonts, period: str = "", unit: str = "") -> bytes:
        """Draw the units of a period (the last if not given) by rank, one of them in the strong colour, as SVG.

        Raise RenderError if a name cannot be set.
        """
        ledger = standings(found, period)
        options = {"highlight": (unit,)} if unit else {}
        spec = FigureSpec(
            id=FIGURE, kind=FIGURE, facts={role: role for role in ROLES}, options=options, place=Place(f"{FIGURE}.svg")
        )
        words = PlainWords(self._labels(_ranked(found, period).period), self.framework.decimals)
        return draw(spec, ledger, words, Size(WIDTH), plain_faces(fonts)).svg

    def _labels(self, ranked: str) -> Mapping[str, str]:
        """Return what the framework says of the figure; heads are those of the tables beside it."""
        index = node_name(self.framework, self.framework.index.id)
        interval = "{:g}–{:g} %".format(*self.framework.interval)
        known = {"score": f"{index}, {ranked}" if ranked else index, "interval": interval, "range": interval}
        return {**known, "rank": "rank", "no_score": "–", "no_data": "–", "left_out": "… +"}

    @property
    def many(self) -> bool:
        """Say whether there is more than one unit to rank."""
        return len(set(self.panel.units)) > 1

    def sensitivity(self) -> Mapping[str, list[Row]]:
        """Return what the row's score hangs on, what leaving one out does, and how ranks move, as tidy rows by name."""
        made = {
            "choices": list(choice_effect_rows(choice_effects(self.framework, self.panel, self.row))),
            "left_out": list(left_out_rows(leave_out(self.framework, self.panel), self.panel)),
        }
        return {**made, "rank_shifts": list(shift_rows(rank_shifts(self.framework, self.panel)))} if self.many else made

    def what_if(self, changes: Sequence[WhatIfChange]) -> Mapping[str, list[Row]]:
        """Return the index before and after some changes, and the part of each indicator that moved it.

        The city of an edition is shown in the edition's year alone, a table in every row.
        """
        rows = None if self.many else [self.row]
        found = what_if(self.framework, self.panel, changes, rows)
        moved = (row for row in difference_rows(found) if abs(_points(row)) > SLIGHT)
        return {"changes": [row for row in moved if self.many or row["period"] == self.panel.periods[self.row]]}


def read_league(framework_file: Path, data_file: Path, unit: str = "", period: str = "") -> LeagueTable:
    """Read a framework and a table (CSV or Parquet); raises ContentError or DataError with all that is wrong."""
    problems: Problems = []
    node = workspace.single_file(framework_file).document(framework_file.name)
    framework = read_framework(node, problems)
    raise_all(problems, ContentError)
    assert framework is not None
    panel = panel_from(framework, workspace.read_columns(data_file), problems, data_file.name)
    raise_all(problems, DataError)
    assert panel is not None
    raise_all(check_panel(framework, panel), ContentError)
    return LeagueTable(framework, panel, _row(panel, unit, period, data_file.name))


def standings(found: Summary, period: str = "") -> Ledger:
    """Return the units of a period (the last if not given) as facts: score and rank with their intervals, coverage.

    Each is about its unit; one that has no score has neither score nor rank.
    """
    ranked, index = _ranked(found, period), found.declared.framework.index.id
    at, whole = found.declared.nodes.index(index), float(sum(ranked.ranks > 0))
    known: dict[str, Fact] = {}
    for place, unit in enumerate(ranked.units):
        row, word = found.declared.panel.row(unit, ranked.period), _word(unit, known)
        about, score = (unit,), float(found.declared.score[row, at])
        facts = [
            Fact(id=f"coverage.{word}", value=float(found.declared.covered(index)[row]), unit="share", about=about)
        ]
        if ranked.ranks[place] > 0:
            low, high = float(found.low[row, at]), float(found.high[row, at])
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


def _ranked(found: Summary, period: str) -> Ranking:
    wanted = period or max((each.period for each in found.rankings), key=lambda each: (order_of(each), each))
    return next(each for each in found.rankings if each.period == wanted)


def _word(unit: str, known: Mapping[str, Fact]) -> str:
    """Return a word of its own for a unit, whatever others are called."""
    words = (slug(unit) + "_" * more for more in range(len(known) + 1))
    return next(word for word in words if f"coverage.{word}" not in known)


def _points(row: Row) -> float:
    points = row["points"]
    return points if isinstance(points, float) else 0.0


def _row(panel: Panel, unit: str, period: str, file: str) -> int:
    """Return the row of a unit in a period, the last period and the last unit in it if they are not given."""
    keys = list(zip(panel.units, panel.periods, strict=True))
    found = [row for row, key in enumerate(keys) if unit in ("", key[0]) and period in ("", key[1])]
    if found:
        return max(found, key=lambda row: (order_of(panel.periods[row]), panel.periods[row], row))
    place, problems = Place(file), list[Problem]()
    if unit and unit not in panel.units:
        what = tr("there is no unit '{unit}'", unit=unit)
        problems.append(Problem(place, what, nearest(unit, dict.fromkeys(panel.units))))
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
    return tr("the periods go from {first} to {last}", first=inorder[0], last=inorder[-1])


def league_of(known: Assessment) -> LeagueTable:
    """Return an edition's city over its years as a league of one."""
    framework = with_known_goalposts(known.project.framework, known.ledger)
    panel = panel_of(framework, known.card.ledgers)
    return LeagueTable(framework, panel, panel.periods.index(str(known.issue.as_of.year)))


def with_what_if(known: Assessment, settings: Iterable[str]) -> tuple[LeagueTable, tuple[WhatIfChange, ...]]:
    """Return an edition's league and the changes that settings ("FACT=VALUE") make in it.

    A fact that no indicator reads is set in the ledger, and what is measured from it follows.
    """
    league, direct, deeper = league_of(known), [], {}
    columns = {column.partition(":")[0] for column in league.framework.columns()}
    for text in settings:
        what, value = read_setting(text)
        fact = known.ledger.get(what)
        if fact is None or what in columns or what.startswith(SETTINGS):
            direct.append(read_what_if(text, league.framework, league.panel))
        elif fact.kind == "number":
            deeper[what] = value
        else:
            hint = tr("its kind is {kind}", kind=fact.kind)
            raise UsageError(Problem(Place(f"--set {text}"), tr("'{value}' is not a number", value=what), hint))
    return league, (*direct, *_followed(known, league, deeper))


def _followed(known: Assessment, league: LeagueTable, deeper: Mapping[str, float]) -> Iterator[WhatIfChange]:
    """Yield what becomes of the columns that are measured from supposed facts, as the edition knows its rows."""
    if not deeper:
        return
    project, day, framework = known.project, known.issue.as_of, league.framework
    facts = evaluator_for(project.evidence.tables, project.measures, day).facts(day, framework.facts(), deeper)
    after = panel_of(framework, {day.year: facts}).values[0]
    for column, old, new in zip(league.panel.columns, league.panel.values[league.row], after, strict=True):
        if new != old and not np.isnan(new):
            yield WhatIfChange("fact", column, float(new))
