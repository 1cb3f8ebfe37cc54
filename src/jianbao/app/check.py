"""Check a workspace: every problem of its data, rules, words and templates, without rendering a page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from jianbao.app import workspace_files
from jianbao.app.assess import (
    Assessment,
    Documents,
    assess,
    assess_project,
    documents_of,
    faulty_values,
    newest_evaluator,
)
from jianbao.app.content_checks import (
    NO_REPORT,
    argument_problems,
    claims_of,
    facts_elsewhere,
    further_problems,
    known_facts,
)
from jianbao.app.evidence.examples import example_choices, example_data, no_data
from jianbao.app.product_checks import (
    faulty_products,
    faulty_templates,
    notes_on_missing_facts,
    unprinted_sections,
    unsigned_papers,
    untitled_sections,
)
from jianbao.app.project import Project, project_of, read_project, unread_errors
from jianbao.app.workspace_files import misspelt_wording, unusable_labels
from jianbao.brief.editions import read_series
from jianbao.brief.letterhead import COVERING
from jianbao.brief.phrases import FACTS, PhraseRenderer, unknown_fact_names
from jianbao.charts.spec import families_of, unknown_roles
from jianbao.core.documents import Node, Problems
from jianbao.core.errors import (
    ContentError,
    DataError,
    EvidenceError,
    JianbaoError,
    Problem,
    RenderError,
    UsageError,
    raise_all,
)
from jianbao.core.messages import tr, tr_list
from jianbao.core.snapshot import Snapshot
from jianbao.core.workers import TaskList, Workers, without_collection
from jianbao.data.measures.registry import too_old
from jianbao.data.tables import known_on
from jianbao.data.value_checks import anomaly_problems, undeclared_units, unexplained, unused_acceptances
from jianbao.render.fonts.custom import prepare_custom_fonts
from jianbao.render.fonts.registry import FAMILIES, Fonts, read_fonts
from jianbao.render.html.templates import built_in_phrases
from jianbao.render.theme import Design, Theme, as_theme
from jianbao.scoring.framework import Indicator
from jianbao.scoring.notes import without_target
from jianbao.text.argument.checks import parts_past_their_month
from jianbao.text.language_parity import disagreements
from jianbao.text.lint import Linter
from jianbao.text.render import applies
from jianbao.text.rules import check_rules

Faults = dict[type[JianbaoError], Problems]


def assess_edition(snapshot: Snapshot, edition: str) -> Assessment:
    """Return the assessment of an edition; raises the errors of the first stage that has problems."""
    project = read_project(snapshot)
    return assess_project(project, project.series.issue(edition))


@dataclass(frozen=True)
class CheckResult:
    """The result of a check: every error that can be found without making a page, each with all problems of its kind.

    `assessment` is None if the workspace cannot be read and measured, `documents` is None if there are errors. The
    notes are on sentences and sections that are not printed.
    """

    errors: tuple[JianbaoError, ...]
    assessment: Assessment | None = None
    documents: Documents | None = None
    notes: tuple[Problem, ...] = ()


def examine_edition(snapshot: Snapshot, edition: str) -> CheckResult:
    """Check an edition for everything that a build would refuse before it makes a page, as far as it is readable."""
    try:
        project = project_of(snapshot)
    except JianbaoError as error:
        return CheckResult(_together(error, *unread_errors(snapshot), *_errors({RenderError: faulty_design(snapshot)})))
    return _examined(project, edition)


def examine_all_editions(snapshot: Snapshot, workers: Workers | None = None) -> CheckResult:
    """Check every edition of a workspace that is declared or can be made for a year.

    A problem of several editions is reported once and names them. The notes are those on the newest edition.
    """
    problems, workers = list[Problem](), workers or Workers()
    try:
        series = read_series(snapshot.document("data/editions.yml"), problems)
        labels = () if problems else series.labels()
        # At least one share, even without editions: reading the workspace finds the errors of its files.
        shares = tuple(filter(None, (labels[first :: workers.jobs] for first in range(workers.jobs)))) or ((),)
        found = workers.results(TaskList(do=partial(_examined_apart, snapshot), tasks=shares))
    except JianbaoError as error:
        return CheckResult((error,))
    results = {label: each for _, share in found for label, each in share.items()}
    errors = (*found[0][0], *_errors(_by_edition(labels, results)))
    return CheckResult(errors=_together(*errors), notes=results[series.newest().label].notes)


Share = tuple[tuple[JianbaoError, ...], dict[str, CheckResult]]


@without_collection()
def _examined_apart(snapshot: Snapshot, labels: Sequence[str]) -> Share:
    """Return the errors of a workspace that are in no edition, and the results of some editions by label."""
    project = project_of(snapshot)
    faults = faults_of_project(project)
    latest, found = newest_evaluator(project), dict[str, CheckResult]()
    for label in reversed(labels):  # an earlier edition reuses the results of a later one
        try:
            assessment = assess(project, project.series.issue(label), latest=latest)
            own = _faults_of_edition(project, assessment, pages=not faults[RenderError])
            found[label] = CheckResult(_errors(own.faults), notes=own.notes)
        except JianbaoError as error:
            found[label] = CheckResult((error,))
    return _errors(faults), found


def _by_edition(labels: Sequence[str], results: Mapping[str, CheckResult]) -> Faults:
    """Return the problems of all editions by class, each once, with the editions concerned if not all have it."""
    having: dict[type[JianbaoError], dict[Problem, list[str]]] = {}
    for label in labels:
        for raised in results[label].errors:
            for problem in raised.problems:
                having.setdefault(type(raised), {}).setdefault(problem, []).append(label)
    return {
        kind: [each if len(found) == len(labels) else _of_editions(each, found) for each, found in problems.items()]
        for kind, problems in having.items()
    }


def _of_editions(problem: Problem, labels: Sequence[str]) -> Problem:
    return replace(problem, what=tr("edition {label}: {what}", label=tr_list(labels), what=problem.what))


def _examined(project: Project, label: str) -> CheckResult:
    try:
        assessment = assess(project, project.series.issue(label))
    except UsageError as error:
        return CheckResult((error,))
    except JianbaoError as error:
        return CheckResult(_together(*_errors(faults_of_project(project)), error))
    return lint_edition(project, assessment)


def lint_edition(
    project: Project, assessment: Assessment, documents: Documents | None = None, pages: bool = True
) -> CheckResult:
    """Check an assessed edition without making a page.

    Args:
        project: The workspace.
        assessment: The edition.
        documents: Its documents; made here if not given.
        pages: Whether to check the templates of pages too.

    """
    faults = faults_of_project(project)
    own = _faults_of_edition(project, assessment, documents, pages and not faults[RenderError])
    errors = _together(*_errors(faults), *_errors(own.faults))
    return CheckResult(errors, assessment, None if errors else own.documents, own.notes)


def page_errors(assessment: Assessment, documents: Documents) -> tuple[JianbaoError, ...]:
    """Return the errors of an edition's pages, if its design has none, without making a page."""
    theme = checked_theme(assessment.project.snapshot)
    found = faulty_products(assessment.project, documents, assessment.ledger, theme)
    return _errors({RenderError: found.templates, ContentError: found.words})


@dataclass(frozen=True)
class _EditionFaults:
    """The problems of an edition by class, without those of its workspace, its documents, and notes."""

    faults: Faults
    documents: Documents | None
    notes: tuple[Problem, ...]


def _faults_of_edition(
    workspace: Project, assessment: Assessment, documents: Documents | None = None, pages: bool = True
) -> _EditionFaults:
    project = assessment.project  # with the edition's own texts
    problems = check_wording(project, assessment)
    try:
        documents = documents or documents_of(assessment)
    except ContentError as error:
        problems += error.problems if not problems else ()
    problems += further_problems(documents, problems, assessment) if documents else ()
    templates: Problems = []
    if pages and documents:
        products = faulty_products(project, documents, assessment.ledger, checked_theme(project.snapshot))
        templates = products.templates if not problems else []
        problems += products.words
    claims = claims_of(assessment, documents) if documents and not problems else NO_REPORT
    faults: Faults = {RenderError: templates, ContentError: [*problems, *claims.errors]}
    left_out = without_target(assessment.project.framework, assessment.ledger)
    late = parts_past_their_month(project.argument, assessment.ledger, assessment.issue.as_of)
    unprinted, lacking = unprinted_sections(workspace), notes_on_missing_facts(assessment, documents)
    old = too_old(project.measures, known_on(project.evidence.tables, assessment.issue.as_of), assessment.ledger)
    unsigned = unsigned_papers(project) if project.series.draft else []
    notes = (*no_data(project), *claims.notes, *left_out, *late, *unprinted, *lacking, *old, *unsigned)
    return _EditionFaults(faults, documents, notes)


def faults_of_project(project: Project) -> Faults:
    """Return the problems of a workspace that do not depend on the edition, by the class of error."""
    unused = unused_acceptances(project.evidence.anomaly_rules, project.evidence.tables)
    unsigned = [] if project.series.draft else unsigned_papers(project)
    return {
        DataError: [*faulty_values(project), *example_data(project), *unsigned],
        ContentError: [*unused, *faulty_declarations(project)],
        EvidenceError: anomaly_notes(project),
        RenderError: faulty_design(project.snapshot),
    }


def _errors(faults: Mapping[type[JianbaoError], Problems]) -> tuple[JianbaoError, ...]:
    return tuple(error(tuple(dict.fromkeys(problems))) for error, problems in faults.items() if problems)


def _together(*errors: JianbaoError) -> tuple[JianbaoError, ...]:
    """Return errors with those of one class merged, in the order of the first of each."""
    merged: Faults = {}
    for error in errors:
        merged.setdefault(type(error), []).extend(error.problems)
    return _errors(merged)


def faulty_design(snapshot: Snapshot) -> Problems:
    """Return the problems of the templates, the theme, its logo and its fonts."""
    return [*faulty_templates(snapshot), *faulty_theme(snapshot)]


def anomaly_notes(project: Project) -> Problems:
    """Return a problem for each cause of outliers that nobody has accepted with a reason."""
    return anomaly_problems(unexplained(project.evidence.anomaly_rules, project.evidence.tables))


def faulty_theme(snapshot: Snapshot) -> Problems:
    """Return the problems of the theme, its logo and its fonts."""
    try:
        own_fonts(snapshot, checked_theme(snapshot))
    except RenderError as error:
        return list(error.problems)
    return []


def checked_theme(snapshot: Snapshot) -> Theme:
    """Return the workspace's theme without preparing its fonts; raises RenderError with all problems."""
    problems: Problems = []
    written = workspace_files.read_theme(snapshot)
    logo, files = workspace_files.read_logo(snapshot, written), workspace_files.font_files(snapshot, written)
    theme = as_theme(written, FAMILIES, problems, logo, files)
    raise_all(problems, RenderError)
    return theme


def own_fonts(snapshot: Snapshot, theme: Theme) -> Fonts | None:
    """Return the faces of the fonts that a theme declares, prepared if they are new; None if it declares none.

    Raises RenderError with all unusable fonts.
    """
    return prepare_custom_fonts(theme.own, partial(workspace_files.read_font, snapshot)) if theme.own else None


def read_design(snapshot: Snapshot) -> Design:
    """Return the design of a workspace; raises RenderError with all problems."""
    theme = checked_theme(snapshot)
    return Design(theme=theme, fonts=fonts_of(snapshot, theme), templates=workspace_files.read_templates(snapshot))


def fonts_of(snapshot: Snapshot, theme: Theme) -> Fonts:
    """Return every face that the pages of a workspace may use; raises RenderError."""
    own = own_fonts(snapshot, theme)
    return read_fonts().and_own(own) if own else read_fonts()


def faulty_declarations(project: Project) -> Problems:
    """Return the problems of measures, phrases, sections, reasons and the register that do not depend on the facts."""
    units = undeclared_units(project.measures, project.vocabulary.known_units())
    misspelt = misspelt_wording(project.snapshot, tuple(project.writers))
    labels = unusable_labels(project.snapshot, project.evidence.schemas, tuple(project.writers))
    texts = [*misspelt, *labels, *untitled_sections(project)]
    return [*units, *texts, *disagreements(_typed(project), project.writers), *example_choices(project)]


def check_wording(project: Project, assessment: Assessment) -> Problems:
    """Return the problems of rules, wording and figures that can be found before the documents are made."""
    problems: Problems = []
    ledger, writers = assessment.ledger, project.writers
    known = known_facts(assessment)
    check_rules(project.rules, known, project.evidence.sources, problems)
    linter = Linter(ledger, writers, known)
    renderer = PhraseRenderer(ledger=ledger, writers=writers, sections=project.sections).naming_series()
    letters = Linter(ledger, writers, known, renderer.known)
    for section in project.sections.values():
        problems += (letters if section.id == COVERING else linter).section(section)
    problems += unknown_fact_names(project.sections.get(FACTS), {*known, *built_in_phrases(FACTS)})
    absent = _left_out(project, assessment)
    for entry in project.figure_words.values():
        for wording in entry.wordings():
            problems += linter.wording(wording, entry.id not in absent)
    problems += argument_problems(assessment, linter)
    families = families_of({*ledger, *facts_elsewhere(project)})  # those of rules are empty if no rule applies
    for spec in project.figures:
        problems += unknown_roles(spec, families, project.measures) if spec.id not in absent else []
    return list(dict.fromkeys(problems))


def _left_out(project: Project, assessment: Assessment) -> set[str]:
    """Return the figures that sections use in other editions only."""
    blocks = [block for section in project.sections.values() for block in section.blocks if block.kind == "figure"]
    return {block.ref for block in blocks} - {block.ref for block in blocks if applies(block.when, assessment.ledger)}


def _typed(project: Project) -> Iterator[Node | None]:
    """Yield the bilingual texts in which digits may be typed: reasons and the register of discrepancies."""
    for node in project.framework.components():
        yield from (node.because, node.normalise.because if isinstance(node, Indicator) else node.weights.because)
    yield project.framework.uncertainty.because
    yield from (rule.because for rule in project.rules)
    for stated in project.stated:
        yield from stated.texts.values()
    for expected in project.expectations:
        yield from (expected.texts or {}).values()
