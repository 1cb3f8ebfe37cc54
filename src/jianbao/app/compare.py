"""Compare two editions, each assessed now or read from the archive, and report the changes."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from jianbao.app import workspace
from jianbao.app.approval import item_context
from jianbao.app.assess import Assessment, Documents, assess, document_inputs, documents_of, fact_names, renderer_of
from jianbao.app.check import read_design
from jianbao.app.product_checks import faulty_templates
from jianbao.app.project import Project, read_project
from jianbao.brief.assemble import assemble
from jianbao.brief.export import read_ledger
from jianbao.brief.model import Brief
from jianbao.brief.outline import Product
from jianbao.core.errors import ContentError, Place, Problem, RenderError, UsageError, raise_all
from jianbao.core.messages import tr, ui_language
from jianbao.core.snapshot import Snapshot
from jianbao.data.facts import Ledger
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.page import compose_html
from jianbao.render.pdf.lost_text import Origin
from jianbao.render.pdf.render import Metadata, measure_blocks, render_pdf
from jianbao.review.compare.comparison import Comparison, ComparisonSettings, Version, compare_versions
from jianbao.review.compare.leaflet import leaflet, leaflet_lines
from jianbao.review.compare.leaflet_sections import CHANGES_SECTION, LeafletContext, LeafletLimits
from jianbao.review.published import Beside, proved_documents
from jianbao.review.review_items import review_items, statements_of
from jianbao.review.verdicts import LOG, logged_texts
from jianbao.scoring.change import ScoresAtTime
from jianbao.scoring.change_facts import scores_in_year
from jianbao.scoring.framework import Framework
from jianbao.scoring.monte_carlo import simulate
from jianbao.scoring.panel import panel_of, with_known_goalposts
from jianbao.scoring.score_facts import score_id
from jianbao.text.argument.edition import argument_on
from jianbao.text.name_table import forms_of
from jianbao.text.render import Sentence, Statement

BRIEF, TEMPLATE = "brief", "changes"
PAGE, REDLINE = f"{TEMPLATE}/page.html.j2", f"{CHANGES_SECTION}.redline"
PAGES, FACTS = 2, 8  # pages of the leaflet, facts on them at most
ARCHIVED = "ledger.json"
LISTING_ROLES = ("annex",)  # the roles of sections that only list and annotate


@dataclass(frozen=True)
class EditionPair:
    """The comparison of two editions, and the assessment of the later one."""

    assessment: Assessment
    comparison: Comparison


def compare_editions(
    snapshot: Snapshot, earlier: str, later: str, archive: Path | None = None, every_document: bool = False
) -> EditionPair:
    """Compare two editions of a workspace; the earlier one is read from an archive if one is given.

    `archive` is a ledger.json or the folder that contains it. Sentences are those of the brief's running text, or of
    `every_document`. Raises ContentError if the archive is of another edition.
    """
    project = read_project(snapshot)
    new = assess(project, project.series.issue(later))
    old = new if earlier == later else assess(project, project.series.issue(earlier))
    before, after = (version_of(each, documents_of(each) if every_document else None) for each in (old, new))
    before = _archived(old, new, archive, every_document) if archive else before
    return EditionPair(new, compare_versions(before, after, comparison_settings(project)))


def comparison_settings(project: Project) -> ComparisonSettings:
    """Return the settings for comparing a workspace's editions."""
    names = {
        language: tuple(dict.fromkeys(form for name in project.names.values() for form in forms_of(name, language)))
        for language in project.writers
    }
    return ComparisonSettings(frozenset(project.measures), names, project.series.firm)


def version_of(assessment: Assessment, documents: Documents | None = None) -> Version:
    """Return an assessed edition with the statements of its brief's running text, or all those of some documents.

    A statement in several documents is listed once, under its own id.
    """
    year = assessment.issue.as_of.year
    return Version(
        label=assessment.issue.label,
        as_of=assessment.issue.as_of,
        ledger=assessment.ledger,
        scores_at_time=scores_in_year(assessment.card, year),
        statements=_all_statements(assessment, documents) if documents else _statements(assessment),
    )


def _archived(old: Assessment, new: Assessment, archive: Path, every_document: bool) -> Version:
    """Return an archived edition: the facts of its ledger, with the words of its log, or of today where it has none.

    Its facts are also scored by the current framework; the difference from its published scores is the method's.
    """
    path = archive / ARCHIVED if archive.is_dir() else archive
    ledger = read_ledger(workspace.read_built_file(path), str(path))
    if ledger.as_of != old.issue.as_of:
        what = tr(
            "this ledger is dated {day}, unlike the edition '{edition}'",
            day=ledger.as_of.isoformat(),
            edition=old.issue.label,
        )
        raise ContentError(
            Problem(Place(str(path)), what, tr("the edition is dated {day}", day=old.issue.as_of.isoformat()))
        )
    then = _with_ledger(old, ledger)
    documents = documents_of(then)
    statements = _all_statements(then, documents) if every_document else _statements(then)
    if (path.parent / LOG).is_file():
        recorded = _as_recorded(then, documents, path.parent / LOG, ledger)
        statements = _with_words_of_then(statements, recorded, item_statements(then, documents), every_document)
    return Version(
        label=old.issue.label,
        as_of=ledger.as_of,
        ledger=ledger,
        scores_at_time=_scores_with_published(ledger, old, new),
        statements=statements,
    )


# An edition as recorded


@dataclass(frozen=True, kw_only=True)
class RecordedItems:
    """The items of a finished or published edition: the hashes of their content, their statements, and the facts.

    `proved` are the documents that, made from these items with today's words, equal the recorded ones, with items in
    today's order: for each, its statements outside items and its list of sources. `reworded` are the items of several
    sentences that had other words then; the records keep only the hash of these.
    """

    contents: Mapping[str, str]
    statements: Mapping[str, tuple[Statement, ...]]
    ledger: Ledger
    proved: Mapping[str, Beside] = field(default_factory=dict)
    reworded: frozenset[str] = frozenset()


def recorded_items(assessment: Assessment, today: Documents, folder: Path) -> RecordedItems:
    """Return the items of an assessed edition as they are recorded in a folder with its ledger and approval log.

    `today` are the edition's documents as they are now. An item of one sentence has its recorded words; any other has
    today's words with the recorded facts. Raises ContentError for records that cannot be read.
    """
    ledger = read_ledger(workspace.read_built_file(folder / ARCHIVED), str(folder / ARCHIVED))
    then = _with_ledger(assessment, ledger)
    documents, context = documents_of(then), item_context(then)
    recorded = _as_recorded(then, documents, folder / LOG, ledger)
    items, statements = review_items(documents.briefs, context), recorded.statements
    several = (each for each in items if len(recorded.statements.get(each.id, ())) > 1)
    reworded = frozenset(each.id for each in several if recorded.contents[each.id] != each.content)
    briefs = {key: (each, today.briefs[key]) for key, each in documents.briefs.items() if key in today.briefs}
    proved = dict(proved_documents(items, recorded.contents, statements, briefs, context))
    return replace(recorded, proved=proved, reworded=reworded)


def item_statements(assessment: Assessment, documents: Documents) -> dict[str, tuple[Statement, ...]]:
    """Return the statements of each item, in reading order."""
    found: dict[str, dict[str, Statement]] = {}
    for brief in documents.briefs.values():
        for item, number, statement in statements_of(brief, item_context(assessment)):
            found.setdefault(item, {}).setdefault(number, statement)
    return {item: tuple(numbered.values()) for item, numbered in found.items()}


def _with_ledger(assessment: Assessment, ledger: Ledger) -> Assessment:
    argument = argument_on(assessment.project.argument, assessment.project.rules, ledger, ledger.as_of)
    return replace(assessment, ledger=ledger.with_facts(argument.facts), argument=argument)


def _as_recorded(then: Assessment, documents: Documents, log: Path, ledger: Ledger) -> RecordedItems:
    logged = logged_texts(workspace.read_built_file(log))
    found = {item: each for item, each in item_statements(then, documents).items() if item in logged}
    alone = {item: (_reworded(each[0], logged[item][1]),) for item, each in found.items() if len(each) == 1}
    gone = {item: (_logged(item, texts),) for item, (_, texts) in logged.items() if ":" in item and item not in found}
    return RecordedItems(
        contents={item: content for item, (content, _) in logged.items()},
        statements={**found, **alone, **gone},
        ledger=ledger,
    )


def _reworded(statement: Statement, texts: Mapping[str, str]) -> Statement:
    sentences = {
        language: replace(each, text=texts.get(language, each.text), filled=())
        for language, each in statement.sentences.items()
    }
    return replace(statement, sentences=sentences)


def _logged(item: str, texts: Mapping[str, str]) -> Statement:
    return Statement(item, {language: Sentence(language, text) for language, text in texts.items()})


def _with_words_of_then(
    statements: Mapping[str, Statement],
    recorded: RecordedItems,
    items: Mapping[str, tuple[Statement, ...]],
    every_document: bool,
) -> dict[str, Statement]:
    """Return the current statements in the words of the earlier edition, without those added since.

    With `every_document`, statements that have been removed since are included.
    """
    came = {each.id for item, found in items.items() if item not in recorded.contents for each in found}
    words = {found[0].id: found[0] for found in recorded.statements.values() if len(found) == 1}
    kept = {key: words.get(each.id, each) for key, each in statements.items() if each.id not in came}
    gone = {item: found[0] for item, found in recorded.statements.items() if item not in items}
    return {**kept, **(gone if every_document else {})}


def _scores_with_published(ledger: Ledger, old: Assessment, new: Assessment) -> ScoresAtTime:
    framework = new.project.framework
    goalposts = (ledger[fact] for fact in framework.goalpost_facts() if fact in ledger)
    framework = with_known_goalposts(
        framework, new.ledger.with_facts(goalposts)
    )  # a goalpost that the archive lacks is today's
    ledgers = {**old.card.ledgers, ledger.as_of.year: ledger}
    draws = simulate(framework, panel_of(framework, ledgers), tuple(node.id for node in framework.components()))
    return ScoresAtTime(draws, sorted(ledgers).index(ledger.as_of.year), _published(ledger, framework))


def _published(ledger: Ledger, framework: Framework) -> dict[str, float]:
    scores = {node.id: ledger.get(score_id(node)) for node in framework.components()}
    return {node: fact.number for node, fact in scores.items() if fact}


def _statements(assessment: Assessment) -> Mapping[str, Statement]:
    """Return the statements of the brief's running text, by block and place, without those that lack a fact."""
    project = assessment.project
    renderer = renderer_of(assessment)
    brief = assemble(document_inputs(assessment, renderer, BRIEF))
    return dict(_running_text(brief, tuple(project.writers), _phrases(project), LISTING_ROLES))


def _all_statements(assessment: Assessment, documents: Documents) -> Mapping[str, Statement]:
    """Return the statements of documents by id, or by place if one id has two different texts."""
    statements: dict[str, Statement] = {}
    project = assessment.project
    for template, brief in documents.briefs.items():
        for key, statement in _running_text(brief, tuple(project.writers), _phrases(project)):
            own = statement.id or f"{template}/{key}"
            statements[own if statements.get(own, statement) == statement else f"{template}/{key}"] = statement
    return statements


def _phrases(project: Project) -> frozenset[str]:
    return frozenset(f"{section.id}.{key}" for section in project.sections.values() for key in section.phrases)


def _running_text(
    brief: Brief, languages: tuple[str, ...], phrases: frozenset[str], without_roles: Collection[str] = ()
) -> Iterator[tuple[str, Statement]]:
    """Yield the statements of the running text with their keys, without labels and numbers, which are `phrases`."""
    yield "title", brief.title
    yield "subtitle", brief.subtitle
    for section in brief.sections:
        if section.role in without_roles:
            continue
        yield section.id, section.title
        for block in section.whole():
            for statement in block.statements:
                in_all = all(statement.sentences.get(language) for language in languages)
                if in_all and statement.id not in phrases:
                    yield f"{block.id}/{statement.id}", statement


# The leaflet


def leaflet_pdf(pair: EditionPair, limits: LeafletLimits) -> Brief:
    """Return the comparison as a document in every language; raises ContentError with all phrases that fail."""
    assessment, project = pair.assessment, pair.assessment.project
    renderer = renderer_of(assessment).naming_series()
    context = LeafletContext(
        comparison=pair.comparison,
        renderer=renderer,
        names=fact_names(assessment),  # with a separate renderer: a fact without a name is named by its id
        titles=project.argument.titles(),
        limits=limits,
    )
    tags = {key: language.tag for key, language in project.series.languages.items()}
    document = leaflet(context, tags)
    raise_all(dict.fromkeys(renderer.problems), ContentError)
    return document


def leaflet_files(pair: EditionPair) -> tuple[str, bytes]:
    """Return the name and the PDF of the leaflet, with as many facts and sentences as two pages can hold."""
    snapshot = pair.assessment.project.snapshot
    faulty = faulty_templates(snapshot)
    raise_all(faulty, RenderError)
    design = read_design(snapshot)
    product = Product(TEMPLATE, tuple(pair.assessment.project.series.languages))

    def page(limits: LeafletLimits) -> str:
        return compose_html(leaflet_pdf(pair, limits), product.languages, design, PAGE)

    limits = _fitting(page, design.fonts, LeafletLimits(FACTS, len(pair.comparison.sentences)))
    document = leaflet_pdf(pair, limits)
    metadata = Metadata(
        title=document.title.text(product.languages[0]),
        languages=tuple(document.languages.values()),
        day=document.as_of,
        subject=document.subtitle.text(product.languages[0]),
    )
    return product.name, render_pdf(page(limits), design.fonts, metadata, origin=Origin(product.name))


def _fitting(page: Callable[[LeafletLimits], str], fonts: Fonts, limits: LeafletLimits) -> LeafletLimits:
    """Return the limits with the most sentences, and if necessary fewer facts, that keep the document on its pages."""
    while True:
        extents = measure_blocks(page(limits), fonts)
        over = sum(extent.last_page >= PAGES for name, extent in extents.items() if REDLINE in name)
        if all(extent.last_page < PAGES for extent in extents.values()) or not (limits.sentences or limits.facts):
            return limits
        if limits.sentences:
            limits = LeafletLimits(limits.facts, max(limits.sentences - max(over, 1), 0))
        else:
            limits = LeafletLimits((limits.facts or 1) - 1, 0)


def comparison_report(pair: EditionPair, languages: Iterable[str], styled: bool) -> Iterator[str]:
    """Yield the complete comparison in these languages; raises UsageError.

    Without languages, it is in the user's language, or in all if the workspace does not have that one.
    """
    project, own = pair.assessment.project, ui_language()
    chosen = tuple(languages) or ((own,) if own in project.writers else tuple(project.writers))
    raise_all((project.series.unknown_language(each) for each in chosen if each not in project.writers), UsageError)
    document = leaflet_pdf(pair, LeafletLimits())
    for place, language in enumerate(chosen):
        yield from ("", "") if place else ()
        yield from leaflet_lines(document, language, " " if project.writers[language].style.join else "", styled)
