"""Compare two editions, each assessed now or read from the archive, and report the changes."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rich.cells import cell_len
from rich.markup import escape

from jianbao.app import workspace
from jianbao.app.assess import Assessment, Documents, assess, document_inputs, fact_names, renderer_of
from jianbao.app.check import read_design
from jianbao.app.product_checks import faulty_templates
from jianbao.app.project import Project, read_project
from jianbao.brief.assemble import assemble
from jianbao.brief.export import read_ledger
from jianbao.brief.model import Block, Brief, Grid
from jianbao.brief.outline import Product
from jianbao.core.errors import ContentError, Place, Problem, RenderError, UsageError, raise_all
from jianbao.core.messages import tr, ui_language
from jianbao.core.snapshot import Snapshot
from jianbao.data.facts import Fact, Ledger
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.page import compose_html
from jianbao.render.pdf.lost_text import Origin
from jianbao.render.pdf.render import Metadata, measure_blocks, render_pdf
from jianbao.review.compare.comparison import Comparison, ComparisonSettings, Version, compare_versions
from jianbao.review.compare.leaflet import leaflet
from jianbao.review.compare.leaflet_sections import WORDS, LeafletContext, LeafletLimits
from jianbao.scoring.change import ScoresAtTime
from jianbao.scoring.change_facts import standing
from jianbao.scoring.framework import Framework
from jianbao.scoring.monte_carlo import simulate
from jianbao.scoring.panel import panel_of, with_known_goalposts
from jianbao.scoring.score_facts import score_id
from jianbao.text.argument.edition import argument_on
from jianbao.text.name_table import forms_of
from jianbao.text.render import Piece, Statement

BRIEF, TEMPLATE = "brief", "changes"
PAGE, REDLINE = f"{TEMPLATE}/page.html.j2", f"{WORDS}.redline"
PAGES, FACTS = 2, 8  # pages of the leaflet, facts on them at most
ARCHIVED = "ledger.json"
UNSAID = ("annex",)  # parts that list and note


@dataclass(frozen=True)
class EditionPair:
    """The comparison of two editions, and the assessment of the later one."""

    known: Assessment
    comparison: Comparison


def compare_editions(snapshot: Snapshot, earlier: str, later: str, archive: Path | None = None) -> EditionPair:
    """Compare two editions of a workspace; the earlier one is read from an archive if one is given.

    `archive` is a ledger.json or the folder that contains it. Raises ContentError if it is of another edition.
    """
    project = read_project(snapshot)
    old, new = (assess(project, project.series.issue(label)) for label in (earlier, later))
    before = _archived(old, new, archive) if archive else version_of(old)
    return EditionPair(new, compare_versions(before, version_of(new), terms_of(project)))


def terms_of(project: Project) -> ComparisonSettings:
    """Return the settings for comparing a workspace's editions."""
    names = {
        language: tuple(dict.fromkeys(form for name in project.names.values() for form in forms_of(name, language)))
        for language in project.writers
    }
    return ComparisonSettings(frozenset(project.measures), names, project.series.firm)


def version_of(known: Assessment, documents: Documents | None = None) -> Version:
    """Return an assessed edition with the statements of its brief's running text, or all those of some documents.

    A statement in several documents is listed once, under its own id.
    """
    year = known.issue.as_of.year
    return Version(
        label=known.issue.label,
        as_of=known.issue.as_of,
        ledger=known.ledger,
        standing=standing(known.card, year),
        statements=_all_statements(known, documents) if documents else _statements(known),
    )


def _archived(old: Assessment, new: Assessment, archive: Path) -> Version:
    """Return an archived edition: the facts of its ledger, with today's wording.

    Its facts are also scored by today's framework; the difference to its published scores is the effect of the method.
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
    argument = argument_on(old.project.argument, old.project.rules, ledger, ledger.as_of)
    statements = _statements(replace(old, ledger=ledger.with_facts(argument.facts), argument=argument))
    return Version(
        label=old.issue.label,
        as_of=ledger.as_of,
        ledger=ledger,
        standing=_standing_of(ledger, old, new),
        statements=statements,
    )


def _standing_of(ledger: Ledger, old: Assessment, new: Assessment) -> ScoresAtTime:
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


def _statements(known: Assessment) -> Mapping[str, Statement]:
    """Return the statements of the brief's running text, by block and place, without those that lack a fact."""
    project = known.project
    renderer = renderer_of(known)
    brief = assemble(document_inputs(known, renderer, BRIEF))
    return dict(_running_text(brief, tuple(project.writers), _phrases(project), UNSAID))


def _all_statements(known: Assessment, documents: Documents) -> Mapping[str, Statement]:
    """Return the statements of documents by id, or by place if one id has two different texts."""
    statements: dict[str, Statement] = {}
    project = known.project
    for template, brief in documents.briefs.items():
        for key, statement in _running_text(brief, tuple(project.writers), _phrases(project)):
            own = statement.id or f"{template}/{key}"
            statements[own if statements.get(own, statement) == statement else f"{template}/{key}"] = statement
    return statements


def _phrases(project: Project) -> frozenset[str]:
    return frozenset(f"{section.id}.{key}" for section in project.sections.values() for key in section.phrases)


def _running_text(
    brief: Brief, languages: tuple[str, ...], phrases: frozenset[str], unsaid: Collection[str] = ()
) -> Iterator[tuple[str, Statement]]:
    """Yield the statements of the running text with their keys, without labels and numbers, which are `phrases`."""
    yield "title", brief.title
    yield "subtitle", brief.subtitle
    for section in brief.sections:
        if section.role in unsaid:
            continue
        yield section.id, section.title
        for block in section.whole():
            for statement in block.statements:
                said = all(statement.sentences.get(language) for language in languages)
                if said and statement.id not in phrases:
                    yield f"{block.id}/{statement.id}", statement


# The leaflet


def leaflet_pdf(pair: EditionPair, limits: LeafletLimits) -> Brief:
    """Return the comparison as a document in every language; raises ContentError with all phrases that fail."""
    known, project = pair.known, pair.known.project
    renderer = renderer_of(known).naming_series()
    context = LeafletContext(
        comparison=pair.comparison,
        renderer=renderer,
        names=fact_names(known),  # with a renderer of its own: a fact without a name is called by its id
        titles=project.argument.titles(),
        limits=limits,
    )
    tags = {key: language.tag for key, language in project.series.languages.items()}
    document = leaflet(context, tags)
    raise_all(dict.fromkeys(renderer.problems), ContentError)
    return document


def leaflet_files(pair: EditionPair) -> tuple[str, bytes]:
    """Return the name and the PDF of the leaflet, with as many facts and sentences as two pages can hold."""
    snapshot = pair.known.project.snapshot
    faulty = faulty_templates(snapshot)
    raise_all(faulty, RenderError)
    design = read_design(snapshot)
    product = Product(TEMPLATE, tuple(pair.known.project.series.languages))

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


GAP = "  "
MARKS = {"kept": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}  # as wdiff prints them, without colours
STYLES = {"kept": "{}", "gone": "[red strike]{}[/]", "new": "[green underline]{}[/]"}


def comparison_report(pair: EditionPair, languages: Iterable[str], styled: bool) -> Iterator[str]:
    """Yield the complete comparison in these languages; raises UsageError.

    If none is named, it is in the user's language; in all if the workspace does not have that one.
    """
    project, own = pair.known.project, ui_language()
    chosen = tuple(languages) or ((own,) if own in project.writers else tuple(project.writers))
    raise_all((project.series.unknown_language(each) for each in chosen if each not in project.writers), UsageError)
    document = leaflet_pdf(pair, LeafletLimits())
    for place, language in enumerate(chosen):
        yield from ("", "") if place else ()
        yield from leaflet_lines(document, language, " " if project.writers[language].style.join else "", styled)


def leaflet_lines(document: Brief, language: str, join: str, styled: bool) -> Iterator[str]:
    """Yield the leaflet in one language as lines; `join` goes between sentences, `styled` adds rich's markup."""
    bold = "[bold]{}[/]" if styled else "{}"

    def plain(text: str) -> str:
        return escape(text) if styled else text

    yield bold.format(plain(document.title.text(language)))
    yield plain(document.subtitle.text(language))
    for section in document.sections:
        title = section.title.text(language)
        yield ""
        if title:
            yield bold.format(plain(title))
        for block in section.blocks:
            yield from map(plain, _table(block.table, language) if block.table else _said(block, language, join))
            yield from (plain(f"- {text}") for item in block.items for text in _said(item, language, join))
            if block.redline:
                yield ("- " if block.kind == "redline" else "") + redlined(block.redline[language], styled)


def _said(block: Block, language: str, join: str) -> Iterator[str]:
    if block.statements:
        yield join.join(statement.text(language) for statement in block.statements)


def redlined(pieces: Sequence[Piece], styled: bool) -> str:
    """Return a sentence with its deleted and new parts marked."""
    marks = STYLES if styled else MARKS
    return "".join(marks[piece.mark].format(escape(piece.text) if styled else piece.text) for piece in pieces)


def _table(table: Grid, language: str) -> Iterator[str]:
    """Yield a table as lines with aligned columns; a Han character is two columns wide."""
    rows = [[column.head.text(language) for column in table.columns]]
    rows += [[cell.text(language) for cell in row] for row in table.rows]
    widths = [max(cell_len(row[place]) for row in rows) for place in range(len(table.columns))]
    for row in rows:
        cells = zip(row, widths, table.columns, strict=True)
        yield GAP.join(_padded(text, width, column.figures) for text, width, column in cells).rstrip()
    if table.note:
        yield table.note.text(language)


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - cell_len(text))
    return space + text if right else text + space


def comparison_json(comparison: Comparison) -> str:
    """Return all changes as JSON, down to each fact and each piece of each sentence."""
    return json.dumps(comparison_record(comparison), ensure_ascii=False, indent=1)


def comparison_record(comparison: Comparison) -> dict[str, object]:
    """Return all changes as plain values for JSON."""
    return {
        "earlier": {"edition": comparison.earlier.label, "as_of": comparison.earlier.as_of.isoformat()},
        "later": {"edition": comparison.later.label, "as_of": comparison.later.as_of.isoformat()},
        "firm": comparison.firm,
        "scores": [
            {
                **asdict(each),
                "change": each.change,
                "comparable": each.comparable,
                "new": each.new,
                "noise": not each.firm(comparison.firm),
            }
            for each in comparison.scores
        ],
        "facts": [
            {**asdict(each), "before": _value(each.before), "after": _value(each.after)} for each in comparison.facts
        ],
        "measures": [asdict(each) for each in comparison.measures],
        "sentences": [asdict(each) for each in comparison.sentences],
    }


def _value(fact: Fact | None) -> dict[str, object] | None:
    """Return the compared fields of a fact: value, unit, denominator and date."""
    return {"value": fact.value, "unit": fact.unit, "of": fact.of, "as_of": fact.as_of} if fact else None
