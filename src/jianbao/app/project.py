"""Read a workspace into a project: its complete contents, parsed and typed, independent of any edition."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from jianbao.app import workspace
from jianbao.app.workspace_files import WorkspaceEvidence, misspelt_wording, read_evidence, read_wording
from jianbao.brief.editions import Series, read_series
from jianbao.brief.letterhead import Letterhead, as_letterhead, parse_letter_settings
from jianbao.brief.outline import CARDS, FRONT, Outline, read_outline
from jianbao.brief.tables import TABLES
from jianbao.charts.spec import FigureSpec, extra_keys, label_keys, parse_figures
from jianbao.core.documents import Node, Problems, parse_cached
from jianbao.core.errors import ContentError, JianbaoError, Place, Problem, raise_all
from jianbao.core.messages import tr
from jianbao.core.snapshot import Snapshot
from jianbao.data.discrepancies import Discrepancy, check_pairs, parse_discrepancies
from jianbao.data.expectations import Expectation, check_expected, parse_expectations
from jianbao.data.measures.registry import Measures, check_facts, check_keys, parse_measures
from jianbao.data.records import Records
from jianbao.data.schemas import NAMES, Schema
from jianbao.data.tables import Name, names_of
from jianbao.delivery.recipients import Recipients, parse_recipients
from jianbao.review.roles import ROLES, StationPlan, read_stations
from jianbao.scoring.framework import Framework
from jianbao.scoring.framework_reader import read_framework
from jianbao.scoring.validate import facts_named
from jianbao.text.argument.edition import TASK, task_numbers
from jianbao.text.argument.fields import PLAN, with_plan
from jianbao.text.argument.model import Argument
from jianbao.text.argument.reader import read_argument
from jianbao.text.formatter import Writer
from jianbao.text.name_table import Names, unnamed
from jianbao.text.render import render_phrase
from jianbao.text.rules import Rule, read_rules
from jianbao.text.text_entries import (
    BUILT_IN,
    TextEntry,
    missing_entries,
    missing_labels,
    parse_entries,
    with_labels,
)
from jianbao.text.vocabulary import Vocabulary, parse_vocabulary
from jianbao.text.wording import SectionText, Wording, parse_section, unknown_references, with_shared_paragraphs

WRITERS = 16  # writers in the cache
FURNITURE = "furniture"
DELIVERY = "data/delivery.yml"
CHOICES = ("weights", "goalposts", "error", "aggregate", "bounds")
CATALOGUES = ("figures", "vocabulary")
FIGURE_PARTS = ("title", "subtitle", "alt")
ARGUMENT = "templates/argument.yml"
ITEMS = ("figure", "table", "measure", "judgement")  # ids of items begin with these, or with a section or template
REPLACED = f"{workspace.WORDING}/recommendations.yml"  # the file of an older workspace that measures have replaced


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """The declarations for computing: measures, what sources state about them, the framework and the rules."""

    measures: Measures
    expectations: tuple[Expectation, ...]
    stated: tuple[Discrepancy, ...]
    framework: Framework
    rules: tuple[Rule, ...]


@dataclass(frozen=True, kw_only=True)
class Texts:
    """The declarations for printing: the outline with its sections, figures with their words, the argument, no plan."""

    outline: Outline
    sections: Mapping[str, SectionText]
    figures: tuple[FigureSpec, ...]
    figure_words: Mapping[str, TextEntry]
    argument: Argument


@dataclass(frozen=True, kw_only=True)
class Project:
    """A workspace as typed contents: evidence, measures, framework, argument and wording."""

    snapshot: Snapshot
    series: Series
    evidence: WorkspaceEvidence
    measures: Measures
    expectations: tuple[Expectation, ...]
    stated: tuple[Discrepancy, ...]
    framework: Framework
    rules: tuple[Rule, ...]
    argument: Argument
    names: Names
    writers: Mapping[str, Writer]
    outline: Outline
    sections: Mapping[str, SectionText]
    figures: tuple[FigureSpec, ...]
    figure_words: Mapping[str, TextEntry]
    letterhead: Letterhead
    covering: Letterhead
    addresses: Recipients
    stations: StationPlan

    @property
    def vocabulary(self) -> Vocabulary:
        """Return the vocabulary, which is the same for all languages."""
        return next(iter(self.writers.values())).vocabulary


def read_project(snapshot: Snapshot) -> Project:
    """Read a workspace; raises ContentError or DataError with all problems of the first stage that has any."""
    project = project_of(snapshot)
    raise_all(misspelt_wording(snapshot, tuple(project.series.languages)), ContentError)
    return project


def project_of(snapshot: Snapshot) -> Project:
    """Read a workspace as `read_project` does, with the built-in phrases in place of those that are misspelt."""
    problems: Problems = []
    series = read_series(snapshot.document("data/editions.yml"), problems)
    raise_all(problems, ContentError)
    languages = tuple(series.languages)
    evidence = read_evidence(snapshot, languages)
    plain = _plain_names(evidence, series)
    words = read_wording(snapshot, languages)
    vocabulary = parse_cached(parse_vocabulary, words["vocabulary"], problems, languages)
    analysis = _read_analysis(snapshot, evidence, languages, problems)
    texts = _read_texts(snapshot, words, languages, problems)
    indicators = {leaf.id: leaf.column for leaf in analysis.framework.indicators()}
    counted = {fact: fact for fact in analysis.measures} | indicators
    argument = with_plan(texts.argument, evidence.tables.get(PLAN), languages, counted, problems)
    letterhead, covering, addresses = _read_delivery(snapshot, plain, languages, problems)
    stations = _stations(snapshot, texts, languages, problems)
    problems.extend(unnamed(_ids(snapshot, argument), plain))
    raise_all(problems, ContentError)
    # The names of settings are phrases, so writers that know the plain names render them.
    nodes = _node_names(analysis.framework, texts.sections[FURNITURE], _writers(series, vocabulary, plain))
    names = replace(plain, by_id={**plain, **nodes, **_task_names(argument, languages)})
    return Project(
        snapshot=snapshot,
        series=series,
        evidence=evidence,
        measures=analysis.measures,
        expectations=analysis.expectations,
        stated=analysis.stated,
        framework=analysis.framework,
        rules=analysis.rules,
        argument=argument,
        names=names,
        writers=_writers(series, vocabulary, names),
        outline=texts.outline,
        sections=texts.sections,
        figures=texts.figures,
        figure_words=texts.figure_words,
        letterhead=letterhead,
        covering=covering,
        addresses=addresses,
        stations=stations,
    )


def _plain_names(evidence: WorkspaceEvidence, series: Series) -> Names:
    """Return the newest names of the name table, with their rows."""
    listed = evidence.tables[NAMES].frame["id"]
    rows = dict(zip(listed, map(int, listed.index), strict=True))
    return Names(names_of(evidence.tables, tuple(series.languages), date.max), series.city, rows)


def _ids(snapshot: Snapshot, argument: Argument) -> Iterator[tuple[str, Place]]:
    """Yield the words that must be ids of the name table, with their places: the city, and the named bodies."""
    editions = snapshot.document("data/editions.yml")
    nodes = [editions.get(key) for key in ("city", "reader", "issuer")]
    for file in ("data/tables.yml", workspace.SERIES):
        if file in snapshot.names("data", ".yml"):
            nodes += [each.get("ask") for _, each in snapshot.document(file).pairs()]
    yield from ((node.value, node.place) for node in nodes if node and isinstance(node.value, str) and node.value)
    yield from ((body, argument.judgement.place) for body in argument.ranks)
    yield from ((body, place) for measure in argument.measures for body, _, place in measure.bodies())


NEEDED = (
    *(f"data/{name}.yml" for name in ("editions", "tables", "measures", "expectations", "discrepancies")),
    *("data/framework.yml", "data/rules.yml", "templates/outline.yml", "templates/figures.yml", ARGUMENT),
)
READ_ELSEWHERE = ("data/sources.yml", "templates/theme.yml")  # their errors are reported with the data and the design


def unread_errors(snapshot: Snapshot) -> Iterator[JianbaoError]:
    """Yield the errors of the files of a workspace that cannot be read, one after the other.

    Reading stops at the first faulty file; this also checks the files that can be read without it.
    """
    names_to_read = (*NEEDED, *snapshot.names("data", ".yml"), *snapshot.names("templates", ".yml"))
    problems = [each for file in dict.fromkeys(names_to_read) for each in _unreadable(snapshot, file)]
    series = read_series(snapshot.document("data/editions.yml"), problems) if not problems else None
    if series is None or problems:
        yield ContentError(problems)
        return
    languages = tuple(series.languages)
    try:
        read_evidence(snapshot, languages)
    except JianbaoError as error:
        yield error
    words = read_wording(snapshot, languages)
    parse_cached(parse_vocabulary, words["vocabulary"], problems, languages)
    problems += misspelt_wording(snapshot, languages)
    _stations(snapshot, _read_texts(snapshot, words, languages, problems), languages, problems)
    read_rules(snapshot.document("data/rules.yml"), languages, problems)
    if problems:
        yield ContentError(problems)


def _unreadable(snapshot: Snapshot, file: str) -> Iterable[Problem]:
    try:
        if file not in READ_ELSEWHERE:
            snapshot.document(file)
    except JianbaoError as error:
        return error.problems
    return ()


def as_named_on(project: Project, day: date) -> Project:
    """Return the project with the names that were valid on a day."""
    known = names_of(project.evidence.tables, tuple(project.series.languages), day)
    former = {name: each for name, each in known.items() if each != project.names[name]}
    if not former:
        return project
    names = replace(project.names, by_id={**project.names, **former})
    return replace(project, names=names, writers=_writers(project.series, project.vocabulary, names))


def _writers(series: Series, vocabulary: Vocabulary, names: Names) -> dict[str, Writer]:
    return {
        key: _writer(language=key, locale=language.locale, vocabulary=vocabulary, names=names)
        for key, language in series.languages.items()
    }


_writer = lru_cache(maxsize=WRITERS)(Writer)


def _node_names(framework: Framework, words: SectionText, writers: Mapping[str, Writer]) -> dict[str, Name]:
    """Return the names of the framework's nodes ("node:reach") and of their settings."""
    named = dict[str, Name]()
    for node in framework.components():
        named[f"node:{node.id}"] = Name(f"node:{node.id}", "node", node.name, {})
        for choice in CHOICES:
            phrase = render_phrase(words, f"choice.{choice}", {}, writers, [], node=node.name)
            texts = {language: phrase.text(language) for language in writers} if phrase else {}
            named[f"{choice}:{node.id}"] = Name(f"{choice}:{node.id}", "choice", texts, {})
    return named


def _task_names(argument: Argument, languages: tuple[str, ...]) -> dict[str, Name]:
    """Return a name for each number that a task may have and for its words: lists of them are printed like names."""
    named = {each: dict.fromkeys(languages, each) for each in task_numbers(argument)}
    for measure in argument.measures:
        for task in measure.tasks:
            texts = task.say.variants[0].texts.items() if task.plain else ()
            named[f"{measure.id}.{task.id}"] = {language: text.literal for language, text in texts}
    return {f"{TASK}{key}": Name(f"{TASK}{key}", "task", texts, {}) for key, texts in named.items()}


def _read_analysis(
    snapshot: Snapshot, evidence: WorkspaceEvidence, languages: tuple[str, ...], problems: Problems
) -> Analysis:
    schemas, sources = tuple(evidence.schemas.values()), tuple(evidence.sources)
    measures = parse_cached(_measures, snapshot.document("data/measures.yml"), problems, schemas)
    check_keys(measures, evidence.tables, problems)
    expectations = parse_expectations(snapshot.document("data/expectations.yml"), measures, sources, problems)
    check_expected(expectations, measures, evidence.tables, problems)
    stated = parse_discrepancies(snapshot.document("data/discrepancies.yml"), sources, languages, problems)
    check_pairs(expectations, stated, languages, problems)
    framework = read_framework(snapshot.document("data/framework.yml"), problems, languages, sources)
    rules = read_rules(snapshot.document("data/rules.yml"), languages, problems)
    if framework is None:
        raise ContentError(problems)
    records = Records(evidence.tables, date.max)
    for fact, place in facts_named(framework):
        check_facts((fact,), place, measures, records, problems)
    return Analysis(measures=measures, expectations=expectations, stated=stated, framework=framework, rules=rules)


def _measures(node: Node, schemas: tuple[Schema, ...], problems: Problems) -> Measures:
    return parse_measures(node, {each.name: each for each in schemas}, problems)


def _read_delivery(
    snapshot: Snapshot, names: Names, languages: tuple[str, ...], problems: Problems
) -> tuple[Letterhead, Letterhead, Recipients]:
    """Return the letterheads of documents and covering letters, and the recipients; empty without data/delivery.yml."""
    if DELIVERY not in snapshot.names("data", ".yml"):
        return Letterhead(), Letterhead(), Recipients()
    node = snapshot.document(DELIVERY)
    office = as_letterhead(node, names, languages, problems)
    return office, parse_letter_settings(node, names, languages, problems), parse_recipients(node, languages, problems)


def _stations(snapshot: Snapshot, texts: Texts, languages: tuple[str, ...], problems: Problems) -> StationPlan:
    """Return the stations that an edition passes, none of which may have the id of an item; empty without the file."""
    if ROLES not in snapshot.names("data", ".yml"):
        return StationPlan()
    return read_stations(snapshot.document(ROLES), languages, (*ITEMS, *texts.sections, *texts.outline.parts), problems)


def _read_texts(snapshot: Snapshot, words: Mapping[str, Node], languages: tuple[str, ...], problems: Problems) -> Texts:
    own = {stem: node for stem, node in words.items() if stem not in CATALOGUES}
    read = {stem: parse_cached(parse_section, node, problems, languages, section_id=stem) for stem, node in own.items()}
    sections = with_shared_paragraphs(read, problems)
    outline = read_outline(snapshot.document("templates/outline.yml"), sections, TABLES, languages, problems)
    figures = tuple(parse_figures(snapshot.document("templates/figures.yml"), problems).values())
    shown = _shown(words["figures"], figures)
    figure_words = parse_cached(parse_entries, shown, problems, languages, required=FIGURE_PARTS, optional=("note",))
    problems.extend(missing_entries(figure_words, {spec.id: spec.place for spec in figures}, tr("the figure")))
    figure_words = _labelled(figure_words, figures, sections["labels"].phrases)
    for spec in figures:
        problems.extend(missing_labels(figure_words.get(spec.id), label_keys(spec)))
    for section in sections.values():
        problems.extend(unknown_references(section, "figure", (spec.id for spec in figures)))
        problems.extend(unknown_references(section, "table", TABLES))
    argument = _argument(snapshot, languages, problems)
    for section in sections.values():
        problems.extend(unknown_references(section, "finding", (finding.id for finding in argument.findings)))
        problems.extend(unknown_references(section, "measures", (FRONT, CARDS)))
    return Texts(outline=outline, sections=sections, figures=figures, figure_words=figure_words, argument=argument)


def _argument(snapshot: Snapshot, languages: tuple[str, ...], problems: Problems) -> Argument:
    if REPLACED in snapshot.names(workspace.WORDING, ".yml"):
        hint = tr("write them as measures into {file}", file=ARGUMENT)
        problems.append(Problem(Place(REPLACED), tr("recommendations are not read any more"), hint))
    return parse_cached(read_argument, snapshot.document(ARGUMENT), problems, languages)


def _labelled(
    words: Mapping[str, TextEntry], figures: Sequence[FigureSpec], common: Mapping[str, Wording]
) -> Mapping[str, TextEntry]:
    """Return the words of figures, with the common labels added that they use and do not define."""
    used = {spec.id: (*label_keys(spec), *extra_keys(spec)) for spec in figures}
    return {key: with_labels(entry, common, used.get(key, ())) for key, entry in words.items()}


def _shown(words: Node, figures: Sequence[FigureSpec]) -> Node:
    """Return the words of figures without built-in ones for figures that the workspace does not have."""
    declared = {spec.id for spec in figures}
    unused = [key for key, entry in words.pairs() if entry.place.file.startswith(BUILT_IN) and key not in declared]
    return Node({key: entry for key, entry in words.pairs() if key not in unused}, words.place) if unused else words
