"""Check that an edition claims no more than its facts allow (docs/claims.md), and that its argument is consistent."""

from collections.abc import Iterable, Iterator, Mapping

from jianbao.app.assess import Assessment, Documents
from jianbao.app.edition_texts import FOLDER as TEXTS
from jianbao.app.project import Project
from jianbao.brief.editions import ISSUE_FACTS
from jianbao.brief.phrases import nameless
from jianbao.core.documents import Node, Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.conditions import Condition, holds
from jianbao.data.dates import last_day
from jianbao.data.facts import Fact, Ledger, slug
from jianbao.data.provenance import SOURCES_FILE, untitled
from jianbao.review.claims.checks_comparison import CHANGE
from jianbao.review.claims.checks_sources import CityNames, city_names, on_weak_sources, other_homes, typed_years
from jianbao.review.claims.documents import ClaimReport, Entry, catalogue_of, check_claims
from jianbao.review.claims.passages import Evidence
from jianbao.scoring.change_facts import UNDECLARED
from jianbao.scoring.framework import Component, Indicator, goalposts_of, leaves_of
from jianbao.scoring.method_options import CONTROLS
from jianbao.scoring.notes import LEFT_OUT
from jianbao.scoring.score_facts import score_draws
from jianbao.scoring.sensitivity import KEY_CHOICE_FACTS
from jianbao.text.argument.checks import ArgumentTerms, check_argument, unprintable_texts
from jianbao.text.argument.edition import fact_ids
from jianbao.text.argument.model import DueMeasure
from jianbao.text.claim_words import NO_CLAIM_WORDS
from jianbao.text.lint import Linter, requests_of_the_past
from jianbao.text.name_table import forms_of
from jianbao.text.render import choose, facts_in, render_wording
from jianbao.text.wording import BlockText, SectionText, Wording

OUTSIDE, CHOSEN, CITY = "outside", "chosen", "city"
SCORED = (
    *("score", "coverage", "weight", "contribution", "contribution_overall", "normal"),
    *("previous", "change", "change_coverage", "rose", "ahead", "published", "restated"),
    *("moved", "renewed", "moved_names"),
)
ADVISED = ("effect", "stability", "threshold", "margin")
NO_REPORT = ClaimReport()


def claims_of(assessment: Assessment, documents: Documents) -> ClaimReport:
    """Return the claims of an edition's documents that go beyond their facts; empty without a list of claim words.

    In texts that an edition has of its own, what claims is marked as a claim, so a word alone is only a note there.
    Contents that belong to the workspace rather than to an edition are checked with the newest edition.
    """
    project = assessment.project
    words = project.vocabulary.claims
    if words is NO_CLAIM_WORDS:
        return NO_REPORT
    catalogue, evidence = _catalogue(project), evidence_of(assessment)
    shown = {spec.id: tuple(assessment.ledger.under(spec.facts.values()).values()) for spec in project.figures}
    newest = assessment.issue.label == project.series.newest().label
    report = check_claims(documents.briefs.values(), catalogue, evidence, shown, unprinted=newest)
    sources = project.evidence.sources, project.snapshot.document(SOURCES_FILE)
    weak = [(passage, found) for passage, found in report.weak if not _own(passage.place, assessment)]
    report.errors += on_weak_sources(weak, assessment.ledger, *sources)
    report.errors += () if project.series.draft else untitled(sources[1])
    by_check = {"expiry": _expired(assessment)}
    if newest:
        by_check |= {"home_city": _left_over(project, catalogue), "object": _wrong_units(project)}
    report.errors += [each for check, problems in by_check.items() if check not in words.off for each in problems]
    report.notes += [each for each in report.errors if _own(each.where, assessment)]
    report.errors = [each for each in report.errors if not _own(each.where, assessment)]
    return report


def _own(place: Place, assessment: Assessment) -> bool:
    """Return whether a place is in a text that the edition has of its own."""
    return place.file.startswith(f"{TEXTS}/{assessment.issue.label}/")


def evidence_of(assessment: Assessment) -> Evidence:
    """Return the evidence of an edition that the checks need."""
    project, rules = assessment.project, assessment.project.rules
    leaves = project.framework.indicators()
    chosen = {f"threshold.{rule.id}" for rule in rules if rule.states == CHOSEN}
    chosen |= {
        post.fact for leaf in leaves if leaf.normalise.states == CHOSEN for post in goalposts_of(leaf) if post.fact
    }
    outside = {fact for leaf in leaves if leaf.control == OUTSIDE for fact in leaf.facts_read()}
    return Evidence(
        ledger=assessment.ledger,
        words=project.vocabulary.claims,
        writers=project.writers,
        draws=score_draws(assessment.card),
        firm=project.series.firm,
        informing=frozenset(rule.id for rule in rules if rule.informs),
        chosen=frozenset(chosen),
        outside=frozenset((*outside, *(f"{CHANGE}{leaf.id}" for leaf in leaves if leaf.control == OUTSIDE))),
        unmeasured=frozenset(_unmeasured(assessment)),
    )


def _unmeasured(assessment: Assessment) -> Iterator[str]:
    """Yield the nodes whose indicators are all based on the same rows as a year earlier."""
    card = assessment.card
    earlier = card.ledgers.get(card.previous) if card.previous is not None else None
    if earlier is not None:
        for node in assessment.project.framework.components():
            if all(_same(fact, assessment.ledger, earlier) for leaf in leaves_of(node) for fact in leaf.facts_read()):
                yield node.id


def _same(fact: str, now: Ledger, then: Ledger) -> bool:
    if fact not in now or fact not in then:
        return fact not in now and fact not in then
    return now[fact].value == then[fact].value and now.cells_of(fact) == then.cells_of(fact)


def _catalogue(project: Project) -> dict[str, Entry]:
    others = [wording for entry in project.figure_words.values() for wording in entry.wordings()]
    others += project.argument.wordings()
    return catalogue_of(project.sections.values(), others)


def _expired(assessment: Assessment) -> Problems:
    """Return a problem for each expired entry of the register, and each reason in which a later year is typed."""
    ledger, project = assessment.ledger, assessment.project
    gone = [each for each in assessment.register.stated if each.expires and each.expires.over(ledger, ledger.as_of)]
    hint = tr("take it out, or write what is so now")
    problems = [Problem(each.where, tr("the entry '{id}' has expired", id=each.id), hint) for each in gone]
    year = project.series.newest().as_of.year  # the method is that of the newest edition, for every year
    reasons: list[tuple[Node | None, str, int]] = []
    for node in project.framework.components():
        reasons += [(each, node.id, year) for each in (node.because, *_of_method(node))]
    reasons += [(rule.because, rule.id, year) for rule in project.rules]
    for each in project.stated if assessment.issue.label == project.series.newest().label else ():
        late = last_day(each.dated).year + 1 if each.dated else year
        reasons += [(text, each.id, late) for text in each.texts.values() if not each.expires]
    return problems + typed_years(reasons)


def _wrong_units(project: Project) -> Problems:
    """Return a problem for each measure that counts the rows of a table in a wrong unit."""
    problems: Problems = []
    for measure in project.measures.values():
        row = project.evidence.schemas[measure.table].row if measure.table else ""
        if row and measure.kind == "count" and not measure.distinct and measure.unit not in ("", row):
            what = tr(
                "'{id}' counts rows of {table} as '{unit}', and each row is one {row}",
                id=measure.id,
                table=measure.table,
                unit=measure.unit,
                row=row,
            )
            hint = tr("write 'unit: {row}', or count what is `distinct`", row=row)
            problems.append(Problem(measure.place, what, hint))
    return problems


def _of_method(node: Component) -> tuple[Node | None, ...]:
    return (node.normalise.because if isinstance(node, Indicator) else node.weights.because,)


def _left_over(project: Project, catalogue: Mapping[str, Entry]) -> Problems:
    """Return a problem for each line that names another city as the one that the series is about."""
    quoted = project.argument.quoted()  # the items of the plan name the partners that they are about
    names = {language: _city_names(project, language) for language in project.writers}
    wordings: list[Wording] = [entry.wording for entry in catalogue.values() if entry.wording.id not in quoted]
    read = {fact for wording in wordings for fact in wording.reads} | {*project.measures}
    members: dict[str, set[str]] = {}
    for name in project.names.values():
        if name.kind == CITY:
            members.setdefault(slug(name.id), set()).add(name.id)
    about = {fact: _cities_of(project, fact, members) for fact in read}
    return other_homes(wordings, names, project.series.city, about)


def _city_names(project: Project, language: str) -> CityNames:
    cities = {
        form: name.id for name in project.names.values() if name.kind == CITY for form in forms_of(name, language)
    }
    others = (form for name in project.names.values() if name.kind != CITY for form in forms_of(name, language))
    return city_names(cities, others)


def _cities_of(project: Project, fact: str, members: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return the cities by which the measures behind a fact select rows, and the city at the end of its id.

    `members` maps the last part of such ids to cities.
    """
    cities = {*members.get(fact.rpartition(".")[2], ())}
    for name in project.measures.needed((fact,)):
        cities.update(value for test in project.measures[name].where for value in test.values)
    return frozenset(cities)


OPEN_GRADES = ("copy", "open")  # the grades of a reworded or mirrored page and of an open encyclopedia


def argument_problems(assessment: Assessment, linter: Linter) -> Problems:
    """Return the problems of an edition's argument; `linter` has the facts that may exist."""
    project, edition, argument = assessment.project, assessment.argument, assessment.project.argument
    terms = ArgumentTerms(
        facts=linter.known,
        rules={rule.id for rule in project.rules},
        sources=project.evidence.sources,
        controls={leaf.column: leaf.control for leaf in project.framework.indicators()},
        writers=project.writers,
    )
    unprintable, planned = _unprintable(assessment), argument.quoted()
    problems = [*check_argument(argument, terms), *dict.fromkeys(problem for _, problem in unprintable)]
    texts = (text for part in edition.parts() for text in (*part.needed, *part.more))
    printed = {each.id for each in (argument.judgement.title, argument.judgement.line, *texts)}
    printed -= {text for text, _ in unprintable}
    for wording in argument.wordings():
        if wording.id not in planned:  # the words of the office's plan are its own
            problems += linter.wording(wording, wording.id in printed)
    for section in _first_pages(project):
        problems += _one_message(section, assessment, linter)
    problems += _on_open_sources(assessment)
    problems += requests_of_the_past(project.sections.values(), assessment.ledger)
    problems += [problem for due in edition.measures for problem in _below_trigger(due, assessment)]
    return problems


def _unprintable(assessment: Assessment) -> tuple[tuple[str, Problem], ...]:
    return tuple(unprintable_texts(assessment.argument, assessment.ledger, known_facts(assessment)))


def further_problems(documents: Documents, problems: Problems, assessment: Assessment) -> Problems:
    """Return the problems of an edition's documents that `problems` do not contain, in these or other words."""
    places, unknown = {each.where for each in problems}, {nameless(fact) for fact in unknown_in_rules(assessment)}
    unprintable = {text for text, _ in _unprintable(assessment)}  # ids; places add the language to them
    later = [each for each in documents.problems if each.where not in places and each not in unknown]
    return [each for each in later if each.where.column.rpartition(" ")[0] not in unprintable]


# One message


def _first_pages(project: Project) -> Iterator[SectionText]:
    """Yield the first pages that have the judgement as title and a box below it."""
    parts = (part for parts in project.outline.parts.values() for part in parts if part.role == "summary")
    for name in dict.fromkeys(part.name for part in parts):
        section = project.sections[name]
        if section.title is None and any(block.kind == "box" for block in section.blocks):
            yield section


def _one_message(section: SectionText, assessment: Assessment, linter: Linter) -> Iterator[Problem]:
    """Yield a problem for facts of the title that the box does not state, and for a first measure missing there."""
    judgement, edition = assessment.project.argument.judgement, assessment.argument
    boxed = set(_stated(section, linter))
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
        if gap and not first.planned and boxed.isdisjoint(gap.facts):
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


def _stated(section: SectionText, linter: Linter) -> Iterator[str]:
    """Yield the facts that the boxes of a section state in this edition."""
    for block in section.blocks:
        if block.kind == "box":
            statements = (
                render_wording(each, linter.facts, linter.writers, []) for each in _box_wordings(block, linter)
            )
            yield from facts_in(statement for statement in statements if statement)


def _box_wordings(block: BlockText, linter: Linter) -> Iterator[Wording]:
    if block.when is None or holds(block.when, linter.facts):
        yield from block.say
        for item in block.items:
            yield from _box_wordings(item, linter)


def _on_open_sources(assessment: Assessment) -> Iterator[Problem]:
    """Yield a problem for each fact that limits the title and has no better source than a copy."""
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
    """Yield a problem for a target at which the measure would still be due."""
    measure, ledger = due.measure, assessment.ledger
    success, target = measure.success, ledger.get(f"argument.{measure.id}.target")
    if target is None or success.fact not in ledger:
        return
    rules = {rule.id: rule.when for rule in assessment.project.rules}
    for condition in (measure.when, rules.get(measure.rule)):
        if (
            condition
            and _reads(condition, success.fact, assessment)
            and _holds_at_target(condition, success.fact, target, assessment)
        ):
            what = tr("the target of '{measure}' stays on the wrong side of its own trigger", measure=measure.id)
            hint = tr("at {target:g} the measure would still be due: set a target that ends it", target=target.number)
            yield Problem(success.place, what, hint)


def _reads(condition: Condition, fact: str, assessment: Assessment) -> bool:
    """Return whether a condition depends on a fact, directly or through facts computed from it."""
    return any(fact in assessment.ledger.ancestry(each) for each in condition.facts())


def _holds_at_target(condition: Condition, fact: str, target: Fact, assessment: Assessment) -> bool:
    """Return whether a condition holds when a fact has the target's value."""
    ledger, day = assessment.ledger, assessment.issue.as_of
    measured = [each for each in condition.facts() if assessment.project.measures.maker(each)]
    changed = assessment.evaluator.facts(day, measured, {fact: target.number})
    return holds(condition, {**ledger, **changed, fact: changed.get(fact) or target})


def known_facts(assessment: Assessment) -> set[str]:
    """Return the ids of the facts that exist, or may exist in another edition."""
    return {*assessment.ledger, *assessment.project.measures, *facts_elsewhere(assessment.project)}


def unknown_in_rules(assessment: Assessment) -> set[str]:
    """Return the facts that rules name but that do not exist; their missing names are not reported, too."""
    rules = assessment.project.rules
    named = {fact for rule in rules for fact in (*rule.when.facts(), *rule.evidence, *rule.amounts())}
    return named - known_facts(assessment)


def facts_elsewhere(project: Project) -> Iterator[str]:
    """Yield the ids of the facts that any edition may have about itself and each node, rule and measure."""
    yield from (*ISSUE_FACTS, *KEY_CHOICE_FACTS, *LEFT_OUT, *fact_ids(project.argument))
    yield from (f"{kind}.{control}" for kind in ("moved_by", "measured_by") for control in (*CONTROLS, UNDECLARED))
    nodes = (*project.framework.components(), *project.framework.left_out)
    yield from (f"{kind}.{node.id}" for node in nodes for kind in SCORED)
    yield from (f"{kind}.{rule.id}" for rule in project.rules for kind in ADVISED)
