"""The assessment of an edition in three stages, measure, score and advise; and the documents that say it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from jianbao.argument.recommendations import Advice, Effects, advice_facts, recommend
from jianbao.dossier import Dossier, as_named_on
from jianbao.editions.series import Issue, issue_facts
from jianbao.errors import Problem
from jianbao.evaluation.city import frozen, gains, panel_of, settled
from jianbao.evaluation.framework import Framework
from jianbao.evaluation.hinges import hinge_facts
from jianbao.evaluation.scorecard import Card, card_facts, published_facts, score_card, score_draws
from jianbao.evidence.expectations import Expectation, claimed_facts
from jianbao.evidence.facts import Fact, Ledger
from jianbao.evidence.gauge import Gauge, gauge_of
from jianbao.evidence.register import Register, register, voiced
from jianbao.publication.brief import Brief
from jianbao.publication.editor import Manuscript, edit
from jianbao.publication.speaker import Speaker

HINGE_SAMPLES = 4096  # draws for each choice in doubt
QUICK_DRAWS, QUICK_SAMPLES, QUICK_CHOICES = 200, 64, 4


Report = Callable[[str], None]


class Stage(StrEnum):
    """The stages of a build in their order, as progress and log call them."""

    READ = "reading the workspace"
    MEASURE = "measuring the facts"
    SCORE = "scoring"
    ADVISE = "advising"
    WRITE = "writing the documents"
    DRAW = "drawing the figures"
    RENDER = "rendering the pages"


@dataclass(frozen=True)
class Measured:
    """The facts of an edition's day, and of the end of every year that is scored, by year.

    `gauge` measures, on any day, the tables as the edition knows them; a quick look has few draws and two years.
    """

    dossier: Dossier
    issue: Issue
    gauge: Gauge
    ledger: Ledger
    register: Register
    by_year: Mapping[int, Ledger]
    quick: bool


@dataclass(frozen=True)
class Scored:
    """The facts of an edition with its scores; the framework has its goalposts put in."""

    measured: Measured
    framework: Framework
    card: Card
    ledger: Ledger


@dataclass(frozen=True)
class Assessment:
    """What an edition knows and concludes; `card` holds the scores and draws behind the facts, `gauge` the rest."""

    dossier: Dossier
    issue: Issue
    gauge: Gauge
    ledger: Ledger
    card: Card
    advice: Advice
    register: Register


@dataclass(frozen=True)
class Documents:
    """The documents of an edition by their templates, without figures or pages, and what could not be said in them."""

    briefs: Mapping[str, Brief]
    problems: tuple[Problem, ...]


def documents_of(assessment: Assessment) -> Documents:
    """Say every document of an assessed edition."""
    dossier = assessment.dossier
    speaker = Speaker(assessment.ledger, dossier.writers, dossier.sections)
    briefs = {name: edit(manuscript_of(assessment, speaker, name)) for name in dossier.outline.parts}
    return Documents(briefs=briefs, problems=tuple(dict.fromkeys(speaker.problems)))


def manuscript_of(assessment: Assessment, speaker: Speaker, template: str) -> Manuscript:
    """Return what the editor is given to make an assessed edition into a document of one template."""
    dossier, series = assessment.dossier, assessment.dossier.series
    return Manuscript(
        speaker=speaker,
        parts=dossier.outline.parts[template],
        framework=dossier.framework,
        advice=assessment.advice,
        register=assessment.register,
        sources=dossier.evidence.sources,
        figure_words=dossier.figure_words,
        figure_roles={spec.id: tuple(spec.facts.values()) for spec in dossier.figures},
        advice_words=dossier.advice_words,
        languages={key: language.tag for key, language in series.languages.items()},
        edition=assessment.issue.label,
        as_of=assessment.issue.as_of,
        reader=series.reader,
        issuer=series.issuer,
        draft=series.draft,
        letterhead=dossier.letterhead,
    )


def _gauge(dossier: Dossier, issue: Issue) -> Gauge:
    """Return what measures, on any day, the tables as the edition knows them."""
    return gauge_of(dossier.evidence.tables, dossier.measures, issue.as_of)


def _facts_of_the_day(dossier: Dossier, issue: Issue, gauge: Gauge) -> Ledger:
    """Return the facts of an edition's day, with what the series and the framework declare."""
    ledger = gauge.facts(issue.as_of)
    declared = (*issue_facts(dossier.series, issue), *_method_facts(dossier.framework, issue))
    return ledger.with_facts((*declared, *claimed_facts(dossier.expectations, ledger)))


def _method_facts(framework: Framework, issue: Issue) -> tuple[Fact, ...]:
    how, day = "declared in data/framework.yml", issue.as_of.isoformat()
    values = {
        "scale.zero": (framework.scale[0], ""),
        "scale.top": (framework.scale[1], ""),
        "scale.even": (1.0, ""),
        "method.coverage_needed": (framework.index.minimum_coverage, "share"),
        "method.draws": (float(framework.draws), "draw"),
        "method.low": (framework.interval[0], ""),
        "method.high": (framework.interval[1], ""),
    }
    return tuple(Fact(key, value, unit, as_of=day, how=how) for key, (value, unit) in values.items())


def _by_year(dossier: Dossier, issue: Issue, ledger: Ledger, gauge: Gauge, since: int) -> dict[int, Ledger]:
    """Return, for every year from `since`, the facts that the framework reads at its end."""
    wanted = dossier.framework.facts()
    earlier = {year: gauge.facts(date(year, 12, 31), wanted) for year in range(since, issue.as_of.year)}
    return {**earlier, issue.as_of.year: ledger}


def _as_known(dossier: Dossier, issue: Issue) -> Dossier:
    """Return the dossier of an edition: names of its day, no claims of later days, and the method that judges it.

    A back edition is judged by the goalposts of the newest one, as the years of its table of scores are.
    """
    dossier = as_named_on(dossier, issue.as_of)
    claims = voiced(dossier.expectations, dossier.stated, dossier.evidence.sources, issue.as_of)
    known = replace(dossier, expectations=claims[0], stated=claims[1])
    if not issue.back:
        return known
    newest = dossier.series.newest()
    goalposts = _gauge(dossier, newest).facts(newest.as_of, dossier.framework.goalpost_facts())
    return replace(known, framework=frozen(dossier.framework, goalposts))


def assess(dossier: Dossier, issue: Issue, quick: bool = False, report: Report = lambda _: None) -> Assessment:
    """Measure, score and advise; a quick look takes few draws and two years, enough to check words."""
    report(Stage.MEASURE)
    measured = measure(dossier, issue, quick)
    report(Stage.SCORE)
    scored = score(measured)
    report(Stage.ADVISE)
    return advise(scored)


def measure(dossier: Dossier, issue: Issue, quick: bool = False, earlier: Gauge | None = None) -> Measured:
    """Make facts of the tables as an edition knows them, and find which of its sources disagree.

    What an earlier gauge measured is not measured again where nothing has changed that it hangs on.
    """
    dossier = _as_known(dossier, issue)
    gauge, year, since = _gauge(dossier, issue), issue.as_of.year, dossier.series.since
    gauge = gauge.after(earlier) if earlier else gauge
    ledger = _facts_of_the_day(dossier, issue, gauge)
    return Measured(
        dossier=dossier,
        issue=issue,
        gauge=gauge,
        ledger=ledger,
        register=register(dossier.expectations, dossier.stated, ledger),
        by_year=_by_year(dossier, issue, ledger, gauge, max(year - 1, since) if quick else since),
        quick=quick,
    )


def score(measured: Measured) -> Scored:
    """Score the edition's facts, this year's and earlier ones', with what the scores hang on."""
    dossier, issue, ledger = measured.dossier, measured.issue, measured.ledger
    framework = replace(dossier.framework, draws=QUICK_DRAWS) if measured.quick else dossier.framework
    year = issue.as_of.year
    card = score_card(framework, measured.by_year, year, year - 1)
    last = _last_card(dossier, issue, framework, measured.gauge, measured.quick)
    ready = settled(framework, ledger)
    sought = {"samples": QUICK_SAMPLES, "most": QUICK_CHOICES} if measured.quick else {"samples": HINGE_SAMPLES}
    scores = (
        *card_facts(card),
        *(published_facts(card, last) if last else ()),
        *hinge_facts(ready, panel_of(ready, {year: ledger}), year, issue.as_of.isoformat(), **sought),
        *_register_facts(measured.register, dossier.expectations, issue, ledger),
    )
    return Scored(measured=measured, framework=ready, card=card, ledger=ledger.with_facts(scores))


def advise(scored: Scored) -> Assessment:
    """Find which recommendations the facts call for, what each would do, and how surely."""
    measured, framework, ledger = scored.measured, scored.framework, scored.ledger
    dossier, issue = measured.dossier, measured.issue
    effects = _effects(framework, ledger, issue, measured.gauge)
    advice = recommend(dossier.rules, ledger, effects, score_draws(scored.card))
    told = advice_facts(advice, ledger, issue.as_of.year, f"score.{framework.index.id}")
    return Assessment(
        dossier=dossier,
        issue=issue,
        gauge=measured.gauge,
        ledger=ledger.with_facts(told),
        card=scored.card,
        advice=advice,
        register=measured.register,
    )


def _last_card(dossier: Dossier, issue: Issue, framework: Framework, gauge: Gauge, quick: bool) -> Card | None:
    """Return the scores of the last edition as it knew its year; None for the first, and for a second one in a year."""
    last = dossier.series.before(issue)
    if last is None or last.as_of.year == issue.as_of.year:
        return None
    gauge, year = gauge.before(last.as_of), last.as_of.year
    ledger = gauge.facts(last.as_of, (*framework.facts(), *framework.goalpost_facts()))
    since = year if quick else dossier.series.since
    return score_card(framework, _by_year(dossier, last, ledger, gauge, since), year, None, lone=True)


def _register_facts(found: Register, asked: Iterable[Expectation], issue: Issue, ledger: Ledger) -> tuple[Fact, ...]:
    read = (fact for each in asked for fact in (*each.facts, *(claim.fact for claim in each.claims)))
    parents = tuple(dict.fromkeys(fact for fact in read if fact in ledger))
    day, how = issue.as_of.isoformat(), "count of the discrepancy register"
    counts = {"register.total": len(found), "register.found": len(found.found)}
    return tuple(
        Fact(key, float(value), "difference", as_of=day, parents=parents, how=how) for key, value in counts.items()
    )


def _effects(framework: Framework, ledger: Ledger, issue: Issue, gauge: Gauge) -> Effects:
    """Return what runs the evaluation again, in the same draws, with what would follow from changed facts."""
    year = issue.as_of.year
    panel = panel_of(framework, {year: ledger})
    gain = gains(framework, panel, year)

    def effects(changed: Mapping[str, float]) -> tuple[float, NDArray[np.float64]]:
        facts = gauge.facts(issue.as_of, framework.facts(), changed)
        after = panel_of(framework, {year: facts}).values[0]
        pairs = zip(panel.columns, panel.values[0], after, strict=True)
        return gain({column: float(new) for column, old, new in pairs if new != old and not np.isnan(new)})

    return effects
