"""Make facts of a city's scores, coverage and contributions, with parents and intervals."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from jianbao.core.errors import ContentError, Problem, raise_all
from jianbao.core.messages import tr, tr_later, tr_list
from jianbao.data.dates import period
from jianbao.data.facts import Cells, Fact, Ledger, Source, slug
from jianbao.scoring.framework import Branch, Component, Framework, Indicator, goalposts_of, leaves_of
from jianbao.scoring.monte_carlo import DrawnScores, simulate
from jianbao.scoring.notes import left_out_facts
from jianbao.scoring.panel import Floats, panel_of, with_known_goalposts
from jianbao.scoring.score import Scores
from jianbao.scoring.validate import check_panel, facts_named

POINT, SHARE = "point", "share"  # units of facts


@dataclass(frozen=True)
class ScoreCard:
    """A city's scores in every year with their Monte Carlo draws, and the ledger of each year.

    `year` is that of the edition, `previous` the year to compare it with, if there is one.
    """

    draws: DrawnScores
    ledgers: Mapping[int, Ledger]
    year: int
    previous: int | None

    @property
    def scores(self) -> Scores:
        """Return the declared scores."""
        return self.draws.declared

    @property
    def framework(self) -> Framework:
        """Return the framework, with the values of its goalposts."""
        return self.scores.framework

    def row(self, year: int) -> int:
        """Return the row of a year."""
        return self.scores.panel.periods.index(str(year))

    def as_of(self, year: int) -> str:
        """Return the date at which a year's ledger was drawn up."""
        return self.ledgers[year].as_of.isoformat()


def score_card(
    framework: Framework,
    ledgers_by_year: Mapping[int, Ledger],
    year: int,
    previous: int | None,
    *,
    lone: bool = False,
    earlier: ScoreCard | None = None,
) -> ScoreCard:
    """Score a city in every year, with Monte Carlo draws; raise ContentError if the ledgers lack facts.

    With `lone`, only `year` is drawn. Draws of an `earlier` card are reused if they would be the same.
    """
    raise_all(dict.fromkeys(_unmeasurable(framework, ledgers_by_year.values())), ContentError)
    ready = with_known_goalposts(framework, ledgers_by_year[year])
    panel = panel_of(ready, ledgers_by_year)
    raise_all(check_panel(ready, panel), ContentError)
    row = panel.periods.index(str(year)) if lone else None
    nodes = tuple(node.id for node in ready.components())
    draws = simulate(ready, panel, nodes, row=row, earlier=earlier.draws if earlier else None)
    return ScoreCard(draws, ledgers_by_year, year, previous)


def _unmeasurable(framework: Framework, ledgers: Iterable[Ledger]) -> Iterator[Problem]:
    """Yield a problem for each fact that the framework reads as a number but that is not one."""
    for ledger in ledgers:
        for fact, place in facts_named(framework):
            if fact in ledger and ledger[fact].kind != "number":
                yield Problem(
                    place, tr("'{value}' is not a number", value=fact), tr("its kind is {kind}", kind=ledger[fact].kind)
                )


def method_facts(
    framework: Framework, sources: Mapping[str, Source], ledger: Ledger, needed: Callable[[str], int]
) -> tuple[Fact, ...]:
    """Return the framework's own settings (scale, draws, interval, minimum coverage) as facts of an edition's day.

    Args:
        framework: The framework of the edition, without the nodes that it leaves out.
        sources: The sources of the workspace.
        ledger: The facts of the day.
        needed: Returns the number of values whose greatest or least a fact is.

    """
    day = ledger.as_of
    how, as_of = tr("declared in data/framework.yml"), day.isoformat()
    least = framework.index.least_indicators
    values = {
        "scale.zero": (framework.scale[0], ""),
        "scale.top": (framework.scale[1], ""),
        "scale.even": (1.0, ""),
        "method.coverage_needed": (framework.index.minimum_coverage, SHARE),
        **({"method.indicators_needed": (float(least), "indicator")} if least or framework.leaves_out else {}),
        "method.draws": (float(framework.draws), "draw"),
        "method.low": (framework.interval[0], ""),
        "method.high": (framework.interval[1], ""),
    }
    leaves = framework.indicators()
    later = sum(_is_later(leaf, sources, day) for leaf in leaves)
    return (
        *(Fact(id=key, value=value, unit=unit, as_of=as_of, how=how) for key, (value, unit) in values.items()),
        Fact(
            id="method.goalposts_later",
            value=float(later),
            unit="indicator",
            of=float(len(leaves)),
            as_of=as_of,
            how=tr("indicators whose goalposts cite a source that was published after the edition's day"),
        ),
        *(left_out_facts(framework, ledger, needed) if framework.leaves_out else ()),
    )


def _is_later(leaf: Indicator, sources: Mapping[str, Source], day: date) -> bool:
    """Return whether an indicator's goalposts are numbers from a source of a later day.

    Goalposts that are facts have the values that were known on the day.
    """
    bounds = goalposts_of(leaf)
    dated = (period(sources[each].published) for each in leaf.normalise.source if each in sources)
    return bool(bounds) and not any(bound.fact for bound in bounds) and any(each and each.first > day for each in dated)


def card_facts(card: ScoreCard) -> tuple[Fact, ...]:
    """Return a card's facts: scores, coverage, weights, contributions, and the scores of every year."""
    parts: Iterable[Iterator[Fact]] = (
        _scores(card),
        _coverage(card),
        _weights(card),
        _contributions(card),
        _by_year(card),
    )
    return tuple(fact for part in parts for fact in part)


def score_draws(card: ScoreCard) -> dict[str, Floats]:
    """Return the draws of every score of the card's year by the id of its fact; a node without a score has none."""
    row = card.row(card.year)
    return {
        score_id(node): card.draws.scores[node.id][:, row]
        for node in card.framework.components()
        if not np.isnan(card.scores.of(node.id)[row])
    }


# Names of methods and of their parameters, translated for readers of another language; others stay unchanged.
METHODS_IN_WORDS = (
    *(tr_later("arithmetic"), tr_later("geometric"), tr_later("harmonic"), tr_later("median"), tr_later("equal")),
    *(tr_later("given"), tr_later("goalposts"), tr_later("min_max"), tr_later("rank"), tr_later("z_score")),
    *(tr_later("floor"), tr_later("target"), tr_later("cap"), tr_later("curve"), tr_later("linear")),
)


def score_id(node: Component) -> str:
    """Return the id of the fact that holds a node's score: score.X for a branch, normal.X for an indicator."""
    return f"{'normal' if isinstance(node, Indicator) else 'score'}.{node.id}"


def _how(node: Component) -> str:
    if isinstance(node, Indicator):
        bounds = tr_list(
            tr("{key} {value}", key=tr(key), value=tr(_written(value)))
            for key, value in node.normalise.parameters.items()
        )
        how = tr("{normalise} of {indicator}", normalise=tr(node.normalise.name), indicator=node.key)
        return tr("{how} ({bounds})", how=how, bounds=bounds) if bounds else how
    return tr(
        "{aggregate} of {children}, weights {weights}",
        aggregate=tr(node.aggregate.name),
        children=tr_list(child.id for child in node.children),
        weights=tr(node.weights.name),
    )


def _written(value: object) -> str:
    fact, number = getattr(value, "fact", ""), getattr(value, "value", value)
    return fact or (f"{number:g}" if isinstance(number, float) else str(number))


def _parents(node: Component) -> tuple[str, ...]:
    if isinstance(node, Branch):
        return tuple(score_id(child) for child in node.children)
    return (*node.facts_read(), *(bound.fact for bound in goalposts_of(node) if bound.fact))


def scored_fact(card: ScoreCard, node: Component, fact_id: str, year: int) -> Fact | None:
    """Return a node's score in a year as a fact, or None if it has none."""
    row = card.row(year)
    value = float(card.scores.of(node.id)[row])
    if np.isnan(value):
        return None
    low, high = card.draws.interval(node.id, row)
    age = int(card.scores.columns[node.id].ages[row]) if isinstance(node, Indicator) else 0
    return Fact(
        id=fact_id,
        value=value,
        unit=POINT,
        as_of=card.as_of(year),
        low=low,
        high=high,
        parents=_parents(node),
        how=_how(node),
        about=(node.id,),
        carried=age,
    )


def _scores(card: ScoreCard) -> Iterator[Fact]:
    for node in card.framework.components():
        fact = scored_fact(card, node, score_id(node), card.year)
        if fact is not None:
            yield fact


def _coverage(card: ScoreCard) -> Iterator[Fact]:
    """Yield each branch's coverage, and how many of its indicators have a value, a carried one, or an imputed one."""
    row, as_of, known = card.row(card.year), card.as_of(card.year), card.scores.counts()
    for node in card.framework.branches():
        leaves, found = leaves_of(node), known[node.id]
        parents = tuple(score_id(leaf) for leaf in leaves)
        counts = dict(zip(("indicators", "carried", "imputed"), found[:, row], strict=True))
        covered = float(card.scores.covered(node.id)[row])
        how = tr("weight of the indicators that have a value")
        yield Fact(
            id=f"coverage.{node.id}", value=covered, unit=SHARE, as_of=as_of, parents=parents, how=how, about=(node.id,)
        )
        for name, count in counts.items():
            fact_id, whole = f"{name}.{node.id}", float(len(leaves))
            yield Fact(
                id=fact_id,
                value=float(count),
                unit="indicator",
                of=whole,
                as_of=as_of,
                parents=parents,
                about=(node.id,),
            )


def _weights(card: ScoreCard) -> Iterator[Fact]:
    """Yield each node's weight in its parent and, as `effective_weight`, in the index."""
    as_of, index = card.as_of(card.year), card.framework.index
    for node in card.framework.components():
        if node is index:
            continue
        parent = card.framework.path(node.id)[-2]
        for kind, above in (("weight", parent), ("effective_weight", index)):
            how = tr("weight of {id} in {above}", id=node.id, above=above.id)
            weight = card.scores.weight(node.id, above.id)
            path = (above.id, node.id) if kind == "weight" else (node.id,)
            yield Fact(id=f"{kind}.{node.id}", value=weight, unit=SHARE, as_of=as_of, how=how, about=path)


def _contributions(card: ScoreCard) -> Iterator[Fact]:
    """Yield the points that each node brings to its level's score, and to the index (`contribution_overall`)."""
    row, as_of, index = card.row(card.year), card.as_of(card.year), card.framework.index
    for node in card.framework.components():
        path = card.framework.path(node.id)
        tops = {"contribution_overall": index, "contribution": path[1] if len(path) > 2 else index}
        for kind, top in tops.items() if node is not index else ():
            points = float(card.scores.contribution(node.id, top.id)[row])
            whole = float(card.scores.of(top.id)[row])
            if np.isnan(points) or np.isnan(whole):
                continue
            parents = (score_id(node), score_id(top))
            how = tr("points of {id} in {top}", id=node.id, top=top.id)
            yield Fact(
                id=f"{kind}.{node.id}",
                value=points,
                unit=POINT,
                of=whole,
                as_of=as_of,
                parents=parents,
                how=how,
                about=(node.id,),
            )


def _by_year(card: ScoreCard) -> Iterator[Fact]:
    """Yield every branch's score, its coverage and how many of its values were carried forward, in every year."""
    counts = card.scores.counts()
    for node in card.framework.branches():
        for year in sorted(card.ledgers):
            period = slug(str(year))
            carried = float(counts[node.id][1, card.row(year)])
            cells = cells_below(card, node, year)
            yield from (
                Fact(
                    id=f"{kind}.{node.id}.{period}",
                    value=value,
                    unit=unit,
                    as_of=card.as_of(year),
                    cells=cells,
                    about=(str(year),),
                )
                for kind, value, unit in (
                    ("carried_by_year", carried, "indicator"),
                    ("coverage_by_year", float(card.scores.covered(node.id)[card.row(year)]), SHARE),
                )
            )
            fact = scored_fact(card, node, f"score_by_year.{node.id}.{period}", year)
            if fact is not None:
                yield replace(fact, about=(str(year),), parents=(), cells=cells)


def cells_below(card: ScoreCard, node: Component, year: int) -> tuple[Cells, ...]:
    """Return the cells behind a node in a year; facts of other years have them in place of parents."""
    ledger = card.ledgers[year]
    needed = dict.fromkeys(fact for leaf in leaves_of(node) for fact in leaf.facts_read())
    ancestors = dict.fromkeys(each for column in needed for each in ledger.ancestry(column))
    return merged_cells(cells for each in ancestors for cells in ledger[each].cells)


def merged_cells(cells: Iterable[Cells]) -> tuple[Cells, ...]:
    """Return cells with those of the same table and column merged, rows and sources each once."""
    found: dict[tuple[str, str], Cells] = {}
    for each in cells:
        key = (each.table, each.column)
        other = found.get(key, each)
        rows = tuple(sorted({*other.rows, *each.rows}))
        found[key] = replace(each, rows=rows, sources=tuple(dict.fromkeys((*other.sources, *each.sources))))
    return tuple(found.values())
