"""Check the inputs of products without making a page: templates, phrases, and missing facts."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from jinja2 import Environment, TemplateSyntaxError
from jinja2.meta import find_referenced_templates

from jianbao.app import workspace, workspace_files
from jianbao.app.assess import Assessment, Documents, fact_names
from jianbao.app.content_checks import known_facts
from jianbao.app.project import DELIVERY, FURNITURE, Project
from jianbao.brief.assemble import PAGE_WORD
from jianbao.brief.letterhead import COVERING, Letterhead, without_addressee, without_signer
from jianbao.brief.model import Brief, Drawn, Picture, illustrated
from jianbao.brief.outline import Product
from jianbao.brief.phrases import ChartText, PhraseRenderer, other_names
from jianbao.charts.spec import KINDS, PARTED, FigureSpec
from jianbao.core.documents import Node, Problems, parse_cached
from jianbao.core.errors import Place, Problem, RenderError, corrected_typo, nearest
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.core.snapshot import Snapshot
from jianbao.data.facts import Fact, Ledger
from jianbao.delivery.package import TEMPLATE
from jianbao.render.fonts.registry import NO_FONTS
from jianbao.render.html.page import DRAFT, environment_of, fill_template
from jianbao.render.html.templates import Templates, built_in_names, template_fault
from jianbao.render.theme import Design, Theme
from jianbao.text.render import Sentence, Statement
from jianbao.text.text_entries import WORDING_FOLDER
from jianbao.text.wording import SectionText

# What a page template may contain: Jinja, styles, tags and entities. Anything else is text, which belongs elsewhere.
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_MARKUP = re.compile(r"<style.*?</style>|<[^<>]*>|&\w+;", re.DOTALL)
PREVIOUS = "previous"  # the family of scores a year earlier, which the first scored year does not have
_WORDS = re.compile(r"[^\W_]")
PAGES = ".j2"
PAGE_FILES = {"pdf": "page.html.j2", "ofd": "page.html.j2", "html": "web.html.j2"}
# The phrases about the approval on covers and in remarks, of any edition.
COVER = tuple(f"approval.{key}" for key in ("draft", "full", "part", "none", "returned", "returned_changed", "stale"))
_BLANK = Picture(b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>', 1.0, 1.0, "")


def official_documents(project: Project) -> list[tuple[Translatable, str, Letterhead]]:
    """Return the official papers of an edition: the report, if it is a product, and the covering letter."""
    official = any(product.template == TEMPLATE for product in project.outline.products)
    papers = [(tr("the official report"), "office", project.letterhead)] if official else []
    return [*papers, (tr("the covering letter"), COVERING, project.covering)]


def unsigned_papers(project: Project) -> Problems:
    """Return a note for each official paper that goes to a superior without a signer; in a final they are errors."""
    return without_signer(official_documents(project))


def specimens(project: Project) -> Problems:
    """Return a note for each official paper of a final that is a specimen, or lacks its signer or its addressee."""
    papers = [] if project.series.draft else official_documents(project)
    unfinished = [
        Problem(
            Place(DELIVERY),
            tr("{paper} is marked as a specimen: it has no {part}", paper=paper, part=part),
            tr("write it under `{key}:`; see docs/delivery.md", key=key),
        )
        for paper, key, letter in papers
        for part, given in ((tr("name of the office"), letter.office), (tr("number"), letter.texts.get("number")))
        if not given
    ]
    return [*without_signer(papers), *without_addressee(papers, project.series.reader), *unfinished]


def faulty_templates(snapshot: Snapshot) -> Problems:
    """Return a problem for each template of the workspace that is not valid Jinja, includes others, or contains text.

    The built-in templates are tested with the program.
    """
    problems: Problems = []
    templates = workspace_files.read_templates(snapshot)
    own = {each.file: each.text for each in templates.values() if each.file.startswith(f"{workspace.TEMPLATES}/")}
    for file, text in own.items():
        if file.endswith(PAGES):
            wanted = parse_cached(_included, Node(text, Place(file)), problems)
            problems += [] if wanted is None else [*_unread(file, wanted, templates), *_prose(file, text)]
    return problems


def _included(template: Node, problems: Problems) -> tuple[str, ...] | None:
    """Return the names of the templates that a template includes or extends; None, with a problem, if it is not one."""
    text, file = str(template.value), template.place.file
    try:
        parsed = Environment(autoescape=True).parse(text, file)
        return tuple(name for name in find_referenced_templates(parsed) if name)
    except TemplateSyntaxError as fault:
        what = template_fault(fault) if fault.message else tr("this is not a template")
        problems.append(Problem(Place(file, fault.lineno), what))
    except RecursionError:
        problems.append(Problem(Place(file), tr("it is nested too deeply: the reader's recursion limit is reached")))
    return None


def _prose(name: str, text: str) -> Problems:
    """Return a problem if a page template contains words or digits, which belong to the wording."""
    bare = text
    for layout in (_JINJA, _MARKUP):
        bare = layout.sub(lambda match: "\n" * match[0].count("\n"), bare)
    lines = [(number, line.strip()) for number, line in enumerate(bare.split("\n"), 1) if _WORDS.search(line)]
    hint = tr("put it into templates/wording/ and print it here with a placeholder")
    return [
        Problem(Place(name, number), tr("'{line}' is text in a page template", line=line), hint)
        for number, line in lines
    ]


def _unread(file: str, wanted: Iterable[str], templates: Templates) -> Problems:
    """Return a problem for each included template that does not exist."""
    return [
        Problem(Place(file), tr("there is no template '{each}'", each=each), nearest(each, templates))
        for each in wanted
        if each not in templates
    ]


def untitled_sections(project: Project) -> Problems:
    """Return a problem for each printed section without a title; a first page may take that of the judgement."""
    printed = {part.name for parts in project.outline.parts.values() for part in parts if part.kind == "section"}
    first = {part.name for parts in project.outline.parts.values() for part in parts if part.role == "summary"}
    untitled = (project.sections[name] for name in sorted(printed - first) if project.sections[name].title is None)
    return [
        Problem(section.place, tr("the section has no title"), tr("write it under 'title'")) for section in untitled
    ]


# Notes: what an edition does without


def unprinted_sections(project: Project) -> Iterator[Problem]:
    """Yield a note for each wording file whose section neither a template nor the program prints."""
    printed = {part.name for parts in project.outline.parts.values() for part in parts if part.kind == "section"}
    printed.update(built_in_names(WORDING_FOLDER))
    for file in project.snapshot.names(workspace.WORDING, ".yml"):
        stem = PurePosixPath(file).stem
        if stem not in printed:
            what = tr("no template prints the section '{section}'", section=stem)
            yield Problem(Place(file), what, tr("name it in templates/outline.yml, or delete the file"))


def notes_on_missing_facts(assessment: Assessment, documents: Documents | None) -> Iterator[Problem]:
    """Yield a note for each fact of the title, and each role of a printed figure, that an edition has no facts for."""
    project, ledger, judgement = assessment.project, assessment.ledger, assessment.project.argument.judgement
    known, names = known_facts(assessment), fact_names(assessment)  # unknown facts are reported as errors
    for fact in judgement.facts:
        if fact in known and fact not in ledger:
            what = tr("the title rests on {fact}, which is not known in this edition", fact=names.called(fact))
            hint = tr("add the data for the fact; or, if the title does not need it, take it out of `facts:`")
            yield Problem(judgement.place, what, hint)
    shown = _printed_figures(documents) if documents else set()
    for spec in (each for each in project.figures if each.id in shown):
        for role, ids in _roles_without_facts(spec, ledger).items():
            if ids != [PREVIOUS] or assessment.card.previous in assessment.card.ledgers:
                called = tr_list(map(names.called, ids))
                what = tr("the figure is drawn without '{role}': no facts for {facts}", role=role, facts=called)
                hint = tr("add the data; or, if the figure does not need it, take it out of `facts:`")
                yield Problem(replace(spec.place, column=spec.id), what, hint)


def _roles_without_facts(spec: FigureSpec, ledger: Ledger) -> dict[str, list[str]]:
    """Return the declared ids of each role, and of each span of years, if none of them has a fact."""
    ids: dict[str, list[str]] = {}
    for part, declared in spec.facts.items():
        if part not in KINDS[spec.kind].adds:
            ids.setdefault(part.partition(PARTED)[0], []).append(declared)
    return {role: each for role, each in ids.items() if not spec.members(role, ledger)}


def _printed_figures(documents: Documents) -> set[str]:
    """Return the ids of the figures that any document prints."""
    return {block.figure.id for brief in documents.briefs.values() for block in brief.blocks() if block.figure}


# Products


@dataclass(frozen=True)
class ProductFaults:
    """The problems that prevent the products of a workspace: missing phrases, and failing templates."""

    words: Problems
    templates: Problems


def faulty_products(project: Project, documents: Documents, ledger: Ledger, theme: Theme) -> ProductFaults:
    """Fill the template of each product with its document as a build does, without layout and figures.

    Each missing phrase of each product is a problem of its own.
    """
    templates = workspace_files.read_templates(project.snapshot)
    words = [
        *_without_template(project.outline.products, templates),
        *_unprintable_in_figures(project, documents, ledger),
    ]
    words += [_no_phrase(project, key) for key in COVER if key not in project.sections[FURNITURE].phrases]
    unknown_languages = _unknown_to_theme(project, theme)
    faults = list(unknown_languages)
    missing_phrases: dict[tuple[str, str], Problem] = {}
    paged = [each for each in project.outline.products if each.format in PAGE_FILES]
    for product in {_page(each): each for each in paged}.values():  # the PDF and the OFD have one template
        if _page(product) in templates and not unknown_languages:
            page = _BarePage(documents.briefs[product.template], product, Design(theme, NO_FONTS, templates))
            failed, missing = page.filled()
            faults += failed if not missing else []
            for key in missing:
                missing_phrases.setdefault((product.template, key), _missing_word(project, product, key))
    words += missing_phrases.values()
    return ProductFaults(list(dict.fromkeys(words)), list(dict.fromkeys(faults)))


def _page(product: Product) -> str:
    return f"{product.template}/{PAGE_FILES[product.format]}"


def _without_template(products: Sequence[Product], templates: Templates) -> Iterator[Problem]:
    """Yield a problem for each product that has no template."""
    for each in products:
        if each.format in PAGE_FILES and _page(each) not in templates:
            what = tr("'{text}': there is no template '{each}'", text=each.name, each=_page(each))
            hint = tr("take the product away, or write templates/{each}", each=_page(each))
            yield Problem(Place("templates/outline.yml", column="products"), what, hint)


def _unknown_to_theme(project: Project, theme: Theme) -> Problems:
    """Return a problem for each language of a product that the theme does not know."""
    spoken = dict.fromkeys(language for product in project.outline.products for language in product.languages)
    what = tr("the theme does not say how this language is set")
    return [Problem(Place("theme", column=each), what) for each in spoken if each not in theme.settings]


def _no_phrase(project: Project, key: str) -> Problem:
    furniture = project.sections[FURNITURE]
    return Problem(furniture.place, tr("there is no phrase '{key}'", key=key), _where_to_write(key, furniture))


def _missing_word(project: Project, product: Product, key: str) -> Problem:
    parts = project.outline.parts[product.template]
    first = next(part.name for part in parts if part.role == "summary")
    section = project.sections[first if key.startswith(PAGE_WORD) else FURNITURE]
    what = tr("there is no phrase '{key}', which {product} prints", key=key, product=product.name)
    return Problem(section.place, what, _where_to_write(key, section))


def _where_to_write(key: str, section: SectionText) -> Translatable:
    """Return a hint where to write a phrase that the program needs, with a similar existing name."""
    add = tr("write it there under `phrases:`")
    meant = corrected_typo(key, section.phrases)
    return tr("'{meant}' there may be meant for it; if not, {add}", meant=meant, add=add) if meant else add


def _unprintable_in_figures(project: Project, documents: Documents, ledger: Ledger) -> Problems:
    """Return the problems of printing the facts of figures in each language."""
    renderer = PhraseRenderer(ledger=ledger, writers=project.writers, sections=project.sections)
    others = other_names(project.framework, project.rules)
    shown = _printed_figures(documents)
    for spec in (each for each in project.figures if each.id in shown):
        facts = tuple(ledger.under(spec.facts.values()).values())
        for language in project.writers:
            words = ChartText(renderer, language, project.figure_words[spec.id], others)
            called = spec.called(ledger, language)
            _say_all(words, [fact for fact in facts if not fact.about or fact.about[-1] not in called])
    return renderer.problems


def _say_all(words: ChartText, facts: Iterable[Fact]) -> None:
    """Print everything about facts that a figure may print: names, values, and ticks in their units."""
    numbers = [fact for fact in facts if fact.kind == "number"]
    for key in dict.fromkeys(fact.about[-1] for fact in facts if fact.about):
        words.name(key)
    for fact in {(fact.unit, fact.of is None): fact for fact in numbers}.values():
        words.number(fact)
        words.tick(fact.number, fact.unit)


class _Words(dict[str, Statement]):
    """The phrases of a page; it records each missing one that is requested."""

    def __init__(self, known: Mapping[str, Statement], languages: Sequence[str]) -> None:
        super().__init__(known)
        self.languages = languages
        self.missing: list[str] = []

    def __missing__(self, key: str) -> Statement:
        self.missing.append(key)
        return Statement("", {language: Sentence(language, key) for language in self.languages})


@dataclass(frozen=True)
class _BarePage:
    """The page of a product without typesetting and with blank figures."""

    brief: Brief
    product: Product
    design: Design

    def filled(self) -> tuple[Problems, list[str]]:
        """Fill the page, and return the problems of its template and the phrases that are missing."""
        languages = self.product.languages
        figures = (block.figure.id for block in self.brief.blocks() if block.figure)
        blank: Drawn = (), dict.fromkeys(languages, _BLANK)
        words = _Words(self.brief.words, languages)
        brief = replace(illustrated(self.brief, dict.fromkeys(figures, blank)), words=words)
        environment = environment_of(brief, languages, self.design, filters=_PLAIN, names=_NAMES)
        try:
            fill_template(environment, _page(self.product), brief, languages, self.design)
        except RenderError as error:
            return list(error.problems), words.missing
        return [], words.missing


# The filters and functions that page templates use for typesetting, replaced by ones without effect.
_PLAIN: Mapping[str, Callable[..., object]] = {
    "say": lambda statement, language: statement.text(language),
    "head": lambda statements, language: "".join(each.text(language) for each in statements),
    "prose": lambda block, language: "".join(each.text(language) for each in block.statements),
    "lines": lambda statement, language: [statement.text(language)],
    "marks": lambda *_: "",
    "sourced": lambda statement, language, _: statement.text(language),
    "cited": lambda reference, language: reference.entries[language],
    "listed": lambda reference: list(reference.entries.items()),
    "picture": lambda *_: "",
    "csv": lambda *_: "",
    "wordy": lambda *_: False,
    "cited_by": lambda *_: [],
    "supports": lambda *_: [],
}
_NAMES: Mapping[str, object] = {"lines": {}, "wide": {}, "watermark": "", "draft": DRAFT}
