"""Check the argument of an edition: what it names and says, and one message in title, box and first measure."""

from collections.abc import Iterator

from jianbao.app.assess import Assessment
from jianbao.app.project import Project
from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.conditions import Condition, holds
from jianbao.data.facts import Fact
from jianbao.text.argument.checks import ArgumentTerms, check_argument
from jianbao.text.argument.edition import EditionArgument, sayable
from jianbao.text.argument.model import Argument, DueMeasure, Finding, Gap
from jianbao.text.lint import Reading
from jianbao.text.render import choose, render_wording
from jianbao.text.statements import facts_in
from jianbao.text.wording import BlockText, SectionText, Wording

OPEN_GRADES = ("copy", "open")  # what a reworded or mirrored page and an open encyclopedia are graded as


def argument_problems(assessment: Assessment, reading: Reading) -> Problems:
    """Return all that is wrong with the argument of an edition; `reading` knows what facts there may be."""
    project, edition = assessment.project, assessment.argument
    argument = project.argument
    controls = {leaf.column: leaf.control for leaf in project.framework.indicators()}
    terms = ArgumentTerms(
        facts=reading.known,
        rules={rule.id for rule in project.rules},
        sources=project.evidence.sources,
        controls=controls,
        writers=project.writers,
    )
    problems = check_argument(argument, terms)
    said = {wording.id for wording in _said(argument, edition, assessment)}
    for wording in argument.wordings():
        problems += reading.wording(wording, wording.id in said)
    for section in _first_pages(project):
        problems += _one_message(section, assessment, reading)
    problems += _on_open_sources(assessment)
    problems += [problem for due in edition.measures for problem in _below_trigger(due, assessment)]
    return problems


def _said(argument: Argument, edition: EditionArgument, assessment: Assessment) -> Iterator[Wording]:
    """Yield what the edition prints of its argument."""
    yield from (argument.judgement.title, argument.judgement.line)
    parts: tuple[Finding | Gap, ...] = (*edition.findings.values(), *edition.gaps)
    for part in parts:
        yield from (each for each in part.wordings() if sayable(each, assessment.ledger))
    for due in edition.measures:
        yield from due.measure.needed()
        yield from (each for step in due.steps for each in (step.step.say, step.step.result) if each)
        yield from (each for task in due.tasks for each in task.task.wordings())
        if due.measure.peer and sayable(due.measure.peer, assessment.ledger):
            yield due.measure.peer


# One message


def _first_pages(project: Project) -> Iterator[SectionText]:
    """Yield the first pages that have the judgement as their title and a box below it."""
    parts = (part for parts in project.outline.parts.values() for part in parts if part.role == "summary")
    for name in dict.fromkeys(part.name for part in parts):
        section = project.sections[name]
        if section.title is None and any(block.kind == "box" for block in section.blocks):
            yield section


def _one_message(section: SectionText, assessment: Assessment, reading: Reading) -> Iterator[Problem]:
    """Yield a problem for facts of the title that the box does not state, and for a first measure beside the box."""
    judgement, edition = assessment.project.argument.judgement, assessment.argument
    boxed = set(_stated(section, reading))
    box = next(block for block in section.blocks if block.kind == "box")
    lost = [fact for fact in judgement.facts if fact in assessment.ledger and fact not in boxed]
    if lost:
        what = tr("the title rests on {facts}, which the box does not state", facts=tr_list(lost))
        hint = tr(
            "state it in the box in {place}, or take it out of `facts:`", place=Place(box.place.file, box.place.line)
        )
        yield Problem(judgement.place, what, hint)
    if edition.measures:
        first = edition.measures[0].measure
        gap = edition.gap_of(edition.measures[0])
        if boxed.isdisjoint(gap.facts):
            what = tr(
                "the first measure, '{measure}', answers the gap '{gap}', of which the box says nothing",
                measure=first.id,
                gap=gap.id,
            )
            hint = tr(
                "state one of {facts} in the box, or put the measure that answers the box first",
                facts=tr_list(gap.facts),
            )
            yield Problem(first.place, what, hint)


def _stated(section: SectionText, reading: Reading) -> Iterator[str]:
    """Yield the facts that the boxes of a section state in this edition."""
    for block in section.blocks:
        if block.kind == "box":
            said = (render_wording(each, reading.facts, reading.writers, []) for each in _spoken(block, reading))
            yield from facts_in(statement for statement in said if statement)


def _spoken(block: BlockText, reading: Reading) -> Iterator[Wording]:
    if block.when is None or holds(block.when, reading.facts):
        yield from block.say
        for item in block.items:
            yield from _spoken(item, reading)


def _on_open_sources(assessment: Assessment) -> Iterator[Problem]:
    """Yield a problem for each fact that bounds the title and rests on nothing better than a copy of a source."""
    title, ledger = assessment.project.argument.judgement.title, assessment.ledger
    variant = choose(title, ledger)
    if variant is None:
        return
    holes = {hole.fact for text in variant.texts.values() for hole in text.holes if hole.fact}
    for fact in sorted({*holes, *(variant.when.facts() if variant.when else ())} & set(ledger)):
        sources = [assessment.project.evidence.sources.get(each) for each in ledger.sources_of(fact)]
        grades = [source.grade for source in sources if source]
        if grades and all(grade in OPEN_GRADES for grade in grades):
            what = tr("the title is bound by '{fact}', which rests on nothing better than a copy", fact=fact)
            yield Problem(variant.place, what, tr("find a better source, or say it in the box as reported"))


# Targets


def _below_trigger(due: DueMeasure, assessment: Assessment) -> Iterator[Problem]:
    """Yield a problem for a target with which the measure would still be due."""
    measure, ledger = due.measure, assessment.ledger
    success, target = measure.success, ledger.get(f"argument.{measure.id}.target")
    if target is None or success.fact not in ledger:
        return
    rules = {rule.id: rule.when for rule in assessment.project.rules}
    for condition in (measure.when, rules.get(measure.rule)):
        if (
            condition
            and _reads(condition, success.fact, assessment)
            and _still(condition, success.fact, target, assessment)
        ):
            what = tr("the target of '{measure}' stays on the wrong side of its own trigger", measure=measure.id)
            hint = tr("at {target:g} the measure would still be due: set a target that ends it", target=target.number)
            yield Problem(success.place, what, hint)


def _reads(condition: Condition, fact: str, assessment: Assessment) -> bool:
    """Say whether a condition hangs on a fact, directly or through what is computed from it."""
    return any(fact in assessment.ledger.ancestry(each) for each in condition.facts())


def _still(condition: Condition, fact: str, target: Fact, assessment: Assessment) -> bool:
    """Say whether a condition holds when a fact has the target's value."""
    ledger, day = assessment.ledger, assessment.issue.as_of
    measured = [each for each in condition.facts() if assessment.project.measures.maker(each)]
    changed = assessment.evaluator.facts(day, measured, {fact: target.number})
    return holds(condition, {**ledger, **changed, fact: changed.get(fact) or target})
