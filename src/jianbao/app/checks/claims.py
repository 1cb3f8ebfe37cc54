"""Check what an edition says against what its facts allow, as docs/claims.md tells."""

from collections.abc import Iterator, Mapping

from jianbao.app.assess import Assessment, Documents
from jianbao.app.project import Project
from jianbao.core.documents import Node, Problems
from jianbao.core.errors import Problem
from jianbao.core.messages import tr
from jianbao.data.dates import last_day
from jianbao.data.facts import Ledger, slug
from jianbao.review.claims.checks_comparison import CHANGE
from jianbao.review.claims.checks_sources import CityNames, city_names, other_homes, typed_years
from jianbao.review.claims.documents import Entry, catalogue_of
from jianbao.review.claims.evidence import Evidence
from jianbao.review.claims.run import ClaimReport, check_claims
from jianbao.scoring.framework import Component, Indicator, goalposts_of, leaves_of
from jianbao.scoring.score_facts import score_draws
from jianbao.text.claim_words import NO_CLAIM_WORDS
from jianbao.text.name_table import forms_of
from jianbao.text.wording import Wording

OUTSIDE, CHOSEN, CITY = "outside", "chosen", "city"
NO_REPORT = ClaimReport()


def claims_of(assessment: Assessment, documents: Documents) -> ClaimReport:
    """Return what an edition's documents claim beyond their facts; nothing in a workspace without words that claim.

    What belongs to the workspace, and to no edition of it, is looked at with the newest edition.
    """
    project = assessment.project
    words = next(iter(project.writers.values())).vocabulary.claims
    if words is NO_CLAIM_WORDS:
        return NO_REPORT
    catalogue, evidence = _catalogue(project), evidence_of(assessment)
    shown = {spec.id: tuple(assessment.ledger.under(spec.facts.values()).values()) for spec in project.figures}
    newest = assessment.issue.label == project.series.newest().label
    report = check_claims(documents.briefs.values(), catalogue, evidence, shown, unprinted=newest)
    found = {"expiry": _stale(assessment)}
    if newest:
        found |= {"home_city": _left_over(project, catalogue), "object": _wrong_units(project)}
    report.errors += [each for check, problems in found.items() if check not in words.off for each in problems]
    return report


def evidence_of(assessment: Assessment) -> Evidence:
    """Return what the checks need to know of an edition."""
    project, rules = assessment.project, assessment.project.rules
    leaves = project.framework.indicators()
    chosen = {f"threshold.{rule.id}" for rule in rules if rule.states == CHOSEN}
    chosen |= {
        post.fact for leaf in leaves if leaf.normalise.states == CHOSEN for post in goalposts_of(leaf) if post.fact
    }
    outside = {fact for leaf in leaves if leaf.control == OUTSIDE for fact in leaf.facts()}
    return Evidence(
        ledger=assessment.ledger,
        words=next(iter(project.writers.values())).vocabulary.claims,
        writers=project.writers,
        draws=score_draws(assessment.card),
        firm=project.series.firm,
        informing=frozenset(rule.id for rule in rules if rule.informs),
        chosen=frozenset(chosen),
        outside=frozenset((*outside, *(f"{CHANGE}{leaf.id}" for leaf in leaves if leaf.control == OUTSIDE))),
        unmeasured=frozenset(_unmeasured(assessment)),
    )


def _unmeasured(assessment: Assessment) -> Iterator[str]:
    """Yield the nodes under which no indicator rests on other rows than a year earlier."""
    card = assessment.card
    earlier = card.ledgers.get(card.previous) if card.previous is not None else None
    if earlier is not None:
        for node in assessment.project.framework.components():
            if all(_same(fact, assessment.ledger, earlier) for leaf in leaves_of(node) for fact in leaf.facts()):
                yield node.id


def _same(fact: str, now: Ledger, then: Ledger) -> bool:
    if fact not in now or fact not in then:
        return fact not in now and fact not in then
    return now[fact].value == then[fact].value and now.cells_of(fact) == then.cells_of(fact)


def _catalogue(project: Project) -> dict[str, Entry]:
    others = [wording for entry in project.figure_words.values() for wording in entry.wordings()]
    others += project.argument.wordings()
    return catalogue_of(project.sections.values(), others)


def _stale(assessment: Assessment) -> Problems:
    """Return a problem for each entry of the register that has expired, and each reason that types a late year."""
    ledger, project = assessment.ledger, assessment.project
    gone = [each for each in assessment.register.stated if each.expires and each.expires.over(ledger, ledger.as_of)]
    hint = tr("take it out, or write what is so now")
    found = [Problem(each.where, tr("the entry '{id}' has expired", id=each.id), hint) for each in gone]
    year = project.series.newest().as_of.year  # the method is that of the newest edition, whatever year it judges
    reasons: list[tuple[Node | None, str, int]] = []
    for node in project.framework.components():
        reasons += [(each, node.id, year) for each in (node.because, *_of_method(node))]
    reasons += [(rule.because, rule.id, year) for rule in project.rules]
    for each in project.stated if assessment.issue.label == project.series.newest().label else ():
        late = last_day(each.dated).year + 1 if each.dated else year
        reasons += [(text, each.id, late) for text in each.texts.values() if not each.expires]
    return found + typed_years(reasons)


def _wrong_units(project: Project) -> Problems:
    """Return a problem for each measure that counts the rows of a table by the unit of something else."""
    found: Problems = []
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
            found.append(Problem(measure.place, what, hint))
    return found


def _of_method(node: Component) -> tuple[Node | None, ...]:
    return (node.normalise.because if isinstance(node, Indicator) else node.weights.because,)


def _left_over(project: Project, catalogue: Mapping[str, Entry]) -> Problems:
    """Return a problem for each line that names another city as the one that the series is about."""
    names = {language: _city_names(project, language) for language in project.writers}
    wordings: list[Wording] = [entry.wording for entry in catalogue.values()]
    read = {fact for wording in wordings for fact in wording.reads} | {*project.measures}
    about = {fact: _cities_of(project, fact) for fact in read}
    return other_homes(wordings, names, project.series.city, about)


def _city_names(project: Project, language: str) -> CityNames:
    cities = {
        form: name.id for name in project.names.values() if name.kind == CITY for form in forms_of(name, language)
    }
    others = (form for name in project.names.values() if name.kind != CITY for form in forms_of(name, language))
    return city_names(cities, others)


def _cities_of(project: Project, fact: str) -> frozenset[str]:
    """Return the names by which the measures under a fact choose their rows, and the one that a family keeps it by."""
    member = fact.rpartition(".")[2]
    found = {name.id for name in project.names.values() if name.kind == CITY and slug(name.id) == member}
    for name in project.measures.needed((fact,)):
        found.update(value for test in project.measures[name].where for value in test.values)
    return frozenset(found)
