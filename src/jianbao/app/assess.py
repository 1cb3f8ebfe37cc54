"""Assess an edition in three stages, measure, score and advise, and make its documents."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from jianbao.app.edition_texts import with_own_texts
from jianbao.app.project import Project, as_named_on
from jianbao.brief.assemble import DocumentInputs, assemble
from jianbao.brief.editions import Issue, issue_facts
from jianbao.brief.evidence_table import FactNames
from jianbao.brief.model import Brief
from jianbao.brief.phrases import PhraseRenderer, other_names
from jianbao.core.documents import Problems
from jianbao.core.errors import DataError, JianbaoError, Problem, raise_all
from jianbao.core.messages import tr, tr_later, tr_list
from jianbao.data.discrepancies import DiscrepancyRegister, build_register, known_claims, register_facts
from jianbao.data.expectations import claimed_facts
from jianbao.data.expressions import ExpressionError, Truth, evaluate, parse
from jianbao.data.facts import Fact, Ledger
from jianbao.data.measures.evaluate import MeasureEvaluator, evaluator_for
from jianbao.data.records import FollowUp, follow_up_facts, followed_up
from jianbao.data.tables import known_on
from jianbao.data.value_checks import ValueLimits, check_values
from jianbao.scoring.change_facts import ahead_facts, change_facts, published_facts
from jianbao.scoring.framework import Framework, without_unmeasured
from jianbao.scoring.panel import Panel, panel_of, with_known_goalposts, with_newest_goalposts
from jianbao.scoring.score_facts import ScoreCard, card_facts, method_facts, score_card, score_draws
from jianbao.scoring.sensitivity import key_choice_facts
from jianbao.scoring.what_if import GainFunction, gain_function
from jianbao.text.argument.edition import EditionArgument, argument_on
from jianbao.text.markdown import HOLDS
from jianbao.text.rules import Advice, Effects, advice_facts, last_known_fact, missing_facts, recommend

KEY_CHOICE_DRAWS = 4096  # draws for each uncertain choice
Report = Callable[[str], None]


class Stage(StrEnum):
    """The stages of a build in order, as the progress bar and the log name them."""

    READ = tr_later("reading the workspace")
    MEASURE = tr_later("measuring the facts")
    SCORE = tr_later("scoring")
    ADVISE = tr_later("advising")
    WRITE = tr_later("writing the documents")
    DRAW = tr_later("drawing the figures")
    RENDER = tr_later("rendering the pages")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The facts of an edition's day, and of the end of every scored year, by year.

    `evaluator` measures the edition's tables as of any day.
    """

    project: Project
    issue: Issue
    evaluator: MeasureEvaluator
    ledger: Ledger
    register: DiscrepancyRegister
    by_year: Mapping[int, Ledger]


@dataclass(frozen=True, kw_only=True)
class Scored:
    """The facts of an edition with its scores, and the framework with its goalposts filled in.

    `last` are the scores of the edition before, `gain` gives what changed columns would bring, and `choices` are the
    facts on the most important choices. They depend on `panel`, the values with which the edition's year is scored.
    """

    measured: Measured
    framework: Framework
    card: ScoreCard
    ledger: Ledger
    last: ScoreCard | None
    panel: Panel
    gain: GainFunction
    choices: tuple[Fact, ...]


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """An assessed edition: its facts, scores, advice and argument; `evaluator` measures its tables as of any day."""

    project: Project
    issue: Issue
    evaluator: MeasureEvaluator
    ledger: Ledger
    card: ScoreCard
    advice: Advice
    argument: EditionArgument
    follow_up: tuple[FollowUp, ...]
    register: DiscrepancyRegister


@dataclass(frozen=True)
class Documents:
    """The documents of an edition by template, without figures or pages, and the problems of their sentences."""

    briefs: Mapping[str, Brief]
    problems: tuple[Problem, ...]


def documents_of(assessment: Assessment) -> Documents:
    """Return every document of an assessed edition."""
    project = assessment.project
    renderer = renderer_of(assessment)
    briefs = {name: assemble(document_inputs(assessment, renderer, name)) for name in project.outline.parts}
    problems = (*renderer.problems, *false_claims(assessment))
    return Documents(briefs=briefs, problems=tuple(dict.fromkeys(problems)))


def false_claims(assessment: Assessment) -> Iterator[Problem]:
    """Yield a problem for each claim of the edition's texts that does not hold, or of which nobody can say."""
    draws, firm = score_draws(assessment.card), assessment.project.series.firm
    for section in assessment.project.sections.values():
        for claim in (each for wording in section.wordings() for each in wording.claims if each.kind == HOLDS):
            try:
                expression = parse(claim.text)
            except ExpressionError as error:
                what = tr("'{text}' cannot be read as a claim: {error}", text=claim.text, error=error.message)
                yield Problem(claim.place, what)
                continue
            if not expression.asks:
                what = tr("'{text}' gives a value and claims nothing", text=claim.text)
                yield Problem(claim.place, what, tr("compare it with something"))
                continue
            answer = evaluate(expression, assessment.ledger, as_of=claim.as_of, draws=draws, firm=firm)
            if answer.truth is Truth.TRUE:
                continue
            why = tr_list([reason.message for reason in answer.reasons], "; ")
            if answer.truth is Truth.FALSE:
                what = tr("“{words}” is false: {why}", words=claim.words, why=why)
            else:
                what = tr("“{words}” is not known to be true: {why}", words=claim.words, why=why)
            yield Problem(claim.place, what, tr("write what is so, in the words and in `holds`"))


def renderer_of(assessment: Assessment) -> PhraseRenderer:
    """Return a renderer of the workspace's phrases with the facts of an assessed edition."""
    project = assessment.project
    return PhraseRenderer(ledger=assessment.ledger, writers=project.writers, sections=project.sections)


def fact_names(assessment: Assessment) -> FactNames:
    """Return the names of the facts of an assessed edition."""
    named = other_names(assessment.project.framework, assessment.project.rules)
    return FactNames(renderer=renderer_of(assessment), argument=assessment.argument, named=named)


def document_inputs(assessment: Assessment, renderer: PhraseRenderer, template: str) -> DocumentInputs:
    """Return the inputs for assembling the document of one template."""
    project, series = assessment.project, assessment.project.series
    return DocumentInputs(
        renderer=renderer,
        parts=project.outline.parts[template],
        cited=project.outline.cited_by(template),
        volumes=project.outline.volumes(template),
        framework=project.framework,
        advice=assessment.advice,
        judgement=project.argument.judgement,
        argument=assessment.argument,
        follow_up=assessment.follow_up,
        register=assessment.register,
        sources=project.evidence.sources,
        figure_words=project.figure_words,
        figure_roles={spec.id: tuple(spec.facts.values()) for spec in project.figures},
        languages={key: language.tag for key, language in series.languages.items()},
        edition=assessment.issue.label,
        as_of=assessment.issue.as_of,
        reader=series.reader,
        issuer=series.issuer,
        draft=series.draft,
        letterhead=project.letterhead,
    )


def measure(
    project: Project, issue: Issue, earlier: MeasureEvaluator | None = None, latest: MeasureEvaluator | None = None
) -> Measured:
    """Compute the facts from an edition's tables, and find which of its sources disagree.

    Facts of an `earlier` evaluator are reused if none of their inputs has changed. With the evaluator
    of a later edition, `latest`, an earlier one shares what both know.
    """
    project = _as_known(project, issue, latest)
    if latest and issue.as_of < latest.known_as_of:
        evaluator = latest.before(issue.as_of)
    else:
        evaluator = evaluator_for(project.evidence.tables, project.measures, issue.as_of, earlier)
        evaluator = evaluator.after(earlier) if earlier else evaluator
    found = evaluator.facts(issue.as_of)
    earlier_years = _facts_by_year(project, issue, evaluator)
    framework = without_unmeasured(project.framework, found, (*earlier_years.values(), found))
    project = replace(project, framework=framework)
    method = method_facts(framework, project.evidence.sources, found, project.measures.values_needed)
    declared = (*issue_facts(project.series, issue), *method)
    ledger = found.with_facts((*declared, *claimed_facts(project.expectations, found)))
    return Measured(
        project=project,
        issue=issue,
        evaluator=evaluator,
        ledger=ledger,
        register=build_register(project.expectations, project.stated, ledger),
        by_year={**earlier_years, issue.as_of.year: ledger},
    )


def newest_evaluator(project: Project) -> MeasureEvaluator:
    """Return the evaluator of the newest edition, from which those of other editions can be made."""
    return evaluator_for(project.evidence.tables, project.measures, project.series.newest().as_of)


def _facts_by_year(project: Project, issue: Issue, evaluator: MeasureEvaluator) -> dict[int, Ledger]:
    """Return, for every scored year before the edition's, the facts at its end that the framework reads."""
    wanted = project.framework.facts_read()
    return {year: evaluator.facts(date(year, 12, 31), wanted) for year in range(project.series.since, issue.as_of.year)}


def _as_known(project: Project, issue: Issue, latest: MeasureEvaluator | None = None) -> Project:
    """Return the project of an edition: its own texts, the names of its day, no later claims, and its method.

    A back edition is scored with the goalposts of the newest one, like the earlier years in its table of scores.
    `latest` is the evaluator of a later edition.
    """
    project = as_named_on(with_own_texts(project, issue.label), issue.as_of)
    claims = known_claims(project.expectations, project.stated, project.evidence.sources, issue.as_of)
    known = replace(project, expectations=claims[0], stated=claims[1])
    if not issue.back:
        return known
    newest = project.series.newest()
    latest = latest if latest and latest.known_as_of == newest.as_of else newest_evaluator(project)
    goalposts = latest.facts(newest.as_of, project.framework.goalpost_facts())
    return replace(known, framework=with_newest_goalposts(project.framework, goalposts))


def assess(
    project: Project, issue: Issue, report: Report = lambda _: None, latest: MeasureEvaluator | None = None
) -> Assessment:
    """Measure, score and advise; `latest` as in `measure`."""
    report(Stage.MEASURE)
    measured = measure(project, issue, latest=latest)
    report(Stage.SCORE)
    scored = score(measured)
    report(Stage.ADVISE)
    return advise(scored)


def assess_project(project: Project, issue: Issue, report: Report = lambda _: None) -> Assessment:
    """Measure, score and advise; if that fails and a table has impossible values, raise the errors of these."""
    try:
        return assess(project, issue, report)
    except JianbaoError:
        raise_all(faulty_values(project), DataError)
        raise


def faulty_values(project: Project) -> Problems:
    """Return a problem for each impossible cell: a negative count, an unknown unit, a day after every edition."""
    limits = ValueLimits(project.vocabulary.known_units(), project.series.newest().as_of)
    return check_values(project.evidence.tables, project.measures, limits)


def score(measured: Measured, earlier: Scored | None = None) -> Scored:
    """Score the facts of the edition's year and of earlier years, with the sensitivity of the scores.

    Results of `earlier`, the edition's scores before a change, are reused if they would be the same.
    """
    project, issue, ledger = measured.project, measured.issue, measured.ledger
    framework, year = project.framework, issue.as_of.year
    card = score_card(framework, measured.by_year, year, year - 1, earlier=earlier.card if earlier else None)
    last = _last_card(project, issue, framework, measured.evaluator, earlier.last if earlier else None)
    ready = with_known_goalposts(framework, ledger)
    panel = panel_of(ready, {year: ledger})
    same = earlier if earlier and earlier.framework == ready and earlier.panel.equals(panel) else None
    day = issue.as_of.isoformat()
    choices = same.choices if same else key_choice_facts(ready, panel, year, day, KEY_CHOICE_DRAWS)
    scores = (
        *card_facts(card),
        *change_facts(card),
        *ahead_facts(card),
        *(published_facts(card, last) if last else ()),
        *choices,
        *register_facts(measured.register, project.expectations, ledger),
    )
    return Scored(
        measured=measured,
        framework=ready,
        card=card,
        ledger=ledger.with_facts(scores),
        last=last,
        panel=panel,
        gain=same.gain if same else gain_function(ready, panel, year),
        choices=choices,
    )


def advise(scored: Scored) -> Assessment:
    """Find the rules that apply and their effects, and the parts of the argument that hold."""
    measured, framework, ledger = scored.measured, scored.framework, scored.ledger
    project, issue = measured.project, measured.issue
    effects = _effects(scored)
    advice = recommend(project.rules, ledger, effects, score_draws(scored.card))
    ledger = ledger.with_facts(
        (
            *advice_facts(advice, ledger, f"score.{framework.index.id}"),
            *_last_known(measured, ledger, missing_facts(advice, ledger)),
        )
    )
    last = project.series.before(issue)
    known = known_on(project.evidence.tables, issue.as_of)
    follow_up = followed_up(known, last.label if last else "", tuple(project.series.languages))
    ledger = ledger.with_facts(follow_up_facts(follow_up, issue.as_of.isoformat()))
    argument = argument_on(project.argument, project.rules, ledger, issue.as_of)
    return Assessment(
        project=project,
        issue=issue,
        evaluator=measured.evaluator,
        ledger=ledger.with_facts(argument.facts),
        card=scored.card,
        advice=advice,
        argument=argument,
        follow_up=follow_up,
        register=measured.register,
    )


def _last_known(measured: Measured, ledger: Ledger, missing: Iterable[str]) -> Iterator[Fact]:
    """Yield the last known values of missing facts, on the day of an earlier edition or at the end of an earlier year.

    For a score, that is the last year that has one.
    """
    maker, today = measured.project.measures.maker, measured.issue.as_of.isoformat()
    waiting = [each for each in missing if maker(each)]
    for day in measured.project.series.days_before(measured.issue.as_of):
        then = measured.evaluator.facts(day, waiting) if waiting else Ledger({}, day)
        yield from (last_known_fact(each, then[each], then) for each in waiting if each in then)
        waiting = [each for each in waiting if each not in then]
    for each in missing:
        kind, _, node = each.partition(".")
        known = [fact for fact in ledger.family(f"{kind}_by_year.{node}").values() if fact.as_of < today]
        if known and not maker(each):
            yield last_known_fact(each, max(known, key=lambda fact: fact.as_of), ledger)


def _last_card(
    project: Project, issue: Issue, framework: Framework, evaluator: MeasureEvaluator, earlier: ScoreCard | None
) -> ScoreCard | None:
    """Return the scores of the last edition with its own data; None for the first one, or a second one in a year."""
    last = project.series.before(issue)
    if last is None or last.as_of.year == issue.as_of.year:
        return None
    evaluator, year = evaluator.before(last.as_of), last.as_of.year
    ledger = evaluator.facts(last.as_of, (*framework.facts_read(), *framework.goalpost_facts()))
    ledgers = {**_facts_by_year(project, last, evaluator), year: ledger}
    return score_card(framework, ledgers, year, None, lone=True, earlier=earlier)


def _effects(scored: Scored) -> Effects:
    """Return a function that computes the effect of changed facts on the scores, with the same draws."""
    framework, panel, day = scored.framework, scored.panel, scored.measured.issue.as_of

    def effects(changed: Mapping[str, float]) -> tuple[float, NDArray[np.float64]]:
        facts = scored.measured.evaluator.facts(day, framework.facts_read(), changed)
        after = panel_of(framework, {day.year: facts}).values[0]
        pairs = zip(panel.columns, panel.values[0], after, strict=True)
        return scored.gain({column: float(new) for column, old, new in pairs if new != old and not np.isnan(new)})

    return effects
