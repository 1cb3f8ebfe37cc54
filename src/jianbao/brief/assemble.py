"""Assemble the document of an assessed edition, before its figures are drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from jianbao.brief.evidence_table import TableContext
from jianbao.brief.figure_data import WORDS as DATA_WORDS
from jianbao.brief.letterhead import LETTER_HEAD, Letter, Letterhead, ReportBlocks, say_letter
from jianbao.brief.logo import LOGO
from jianbao.brief.measures import ArgumentBlocks
from jianbao.brief.model import Block, Brief, EvidenceVolume, Grid, Reference, Section, with_volume
from jianbao.brief.outline import EVIDENCE, Figures, OutlinePart, SectionContext, compose_section, with_citations
from jianbao.brief.phrases import PhraseRenderer
from jianbao.brief.tables import TABLES
from jianbao.core.errors import ContentError, Problem, raise_all
from jianbao.core.messages import tr
from jianbao.data.discrepancies import DiscrepancyRegister
from jianbao.data.facts import Fact, Source
from jianbao.data.records import FollowUp
from jianbao.scoring.framework import Framework
from jianbao.text.argument.edition import EditionArgument
from jianbao.text.argument.model import Judgement
from jianbao.text.citations import ReferenceNumbers, cite
from jianbao.text.render import RenderedBlock, RenderedSection, Statement
from jianbao.text.rules import Advice, unknown_sources
from jianbao.text.text_entries import TextEntry

PAGE_WORD = "page."
FURNITURE = ("contents", "references", "figure", "table", "source", "note", "page", "continued", "skip", "back")
KEYWORDS, ISSUER = "keywords", "issuer"
UNISSUED = "unissued"  # the phrase in the masthead of a draft without an issuer


@dataclass(frozen=True, kw_only=True)
class DocumentInputs:
    """Everything from which a document is assembled.

    `parts` are its parts in order, `cited` the parts of other documents whose evidence it prints. With `volumes` (files
    by format) its own evidence is printed in those files, and it has no marks of sources and evidence.
    """

    renderer: PhraseRenderer
    parts: Sequence[OutlinePart]
    cited: Sequence[OutlinePart]
    volumes: Mapping[str, str] | None
    framework: Framework
    advice: Advice
    judgement: Judgement
    argument: EditionArgument
    follow_up: tuple[FollowUp, ...]
    register: DiscrepancyRegister
    sources: Mapping[str, Source]
    figure_words: Mapping[str, TextEntry]
    figure_roles: Mapping[str, tuple[str, ...]]
    languages: Mapping[str, str]
    edition: str
    as_of: date
    reader: str
    issuer: str
    draft: bool
    letterhead: Letterhead


def assemble(inputs: DocumentInputs) -> Brief:
    """Return the brief without pictures (see `illustrated`); raises ContentError if its first page lacks a text."""
    renderer = inputs.renderer
    reference_numbers = ReferenceNumbers(
        ledger=renderer.ledger,
        listed=inputs.volumes is not None or any(part.name == EVIDENCE for part in inputs.parts),
    )
    argument = _argument(inputs, reference_numbers)
    material = TableContext(
        renderer=renderer,
        framework=inputs.framework,
        advice=inputs.advice,
        argument=argument,
        follow_up=inputs.follow_up,
        register=inputs.register,
        reference_numbers=reference_numbers,
        identifiers=all(part.identifiers for part in inputs.parts),
    )
    tables = _Tables(material)
    figures = Figures(
        renderer=renderer, words=inputs.figure_words, roles=inputs.figure_roles, reference_numbers=reference_numbers
    )
    section_context = SectionContext(figures, tables, lambda section: replace(argument, section=section))
    for part in inputs.cited:
        _compose(part, inputs, replace(section_context, figure=replace(figures)), reference_numbers)
    made: dict[OutlinePart, Section] = {}
    for part in sorted(inputs.parts, key=lambda each: each.name == EVIDENCE):
        if part.kind == "table":
            made[part] = _annex(part, tables, renderer)
        else:
            made[part] = _compose(part, inputs, section_context, reference_numbers)
    _check_front(made[_first(inputs)], renderer)
    sections = with_citations([made[part] for part in inputs.parts], renderer)
    brief = Brief(
        edition=inputs.edition,
        as_of=inputs.as_of,
        languages=inputs.languages,
        title=_title(sections),
        subtitle=_subtitle(sections),
        masthead=_masthead(inputs),
        sections=tuple(_without_subtitle(section) for section in sections if section.blocks),
        references=_references(inputs, reference_numbers),
        words=_page_labels(renderer) | _issuer(inputs) | _page_words(inputs, reference_numbers),
        letter=_letter(inputs),
    )
    if inputs.volumes is None:
        return brief
    return with_volume(brief, EvidenceVolume(inputs.volumes, tuple(reference_numbers.evidence)))


def _compose(
    part: OutlinePart, inputs: DocumentInputs, context: SectionContext, reference_numbers: ReferenceNumbers
) -> Section:
    """Return a section of the wording; for a table of the annex, make the table so that its facts count as cited."""
    if part.kind == "table":
        context.table(part.name)
        return Section(part.name, inputs.renderer.plain(""), ())
    rendered = with_judgement(inputs.renderer.section(part.name), inputs.judgement, inputs.renderer)
    return compose_section(rendered, part.role, context, reference_numbers)


@dataclass
class _Tables:
    """Makes tables by id, and numbers those with rows in the order in which the text refers to them."""

    material: TableContext
    number: int = 0

    def __call__(self, table_id: str) -> Grid:
        made = TABLES[table_id](self.material)
        self.number += bool(made.rows)
        return replace(made, number=self.number)


def _check_front(section: Section, renderer: PhraseRenderer) -> None:
    """Raise ContentError if the first page does not begin with a text, which is printed as its subtitle."""
    if not section.blocks or not section.blocks[0].statements:
        what = tr("the first page has no subtitle in this edition")
        hint = tr("begin it with a paragraph that is always printed")
        raise ContentError(Problem(renderer.sections[section.id].place, what, hint))


def with_judgement(rendered: RenderedSection, judgement: Judgement, renderer: PhraseRenderer) -> RenderedSection:
    """Return a section without a title with the judgement as its title, and the judgement's line as first paragraph.

    A section with a title is returned unchanged. Raises ContentError if title or line has no text in this edition.
    """
    if rendered.title:
        return rendered
    title, line = (renderer.say(wording) for wording in (judgement.title, judgement.line))
    if not title or not line:
        missing = judgement.line if title else judgement.title
        what = tr("'{id}' says nothing in this edition, but the first page begins with it", id=missing.id)
        hint = tr("give it a text for every case, one without a condition last")
        raise ContentError(Problem(missing.place, what, hint))
    first = RenderedBlock(kind="paragraph", id=f"{rendered.id}.line", statements=(line,))
    return replace(rendered, title=title, passages=(first, *rendered.passages))


def _title(sections: Sequence[Section]) -> Statement:
    return next(section for section in sections if section.role == "summary").title


def _subtitle(sections: Sequence[Section]) -> Statement:
    first = next(section for section in sections if section.role == "summary").blocks[0]
    return first.statements[0]


def _without_subtitle(section: Section) -> Section:
    if section.role != "summary":
        return section
    return replace(section, blocks=section.blocks[1:])


def _masthead(inputs: DocumentInputs) -> dict[str, Statement]:
    renderer = inputs.renderer
    keys = ["series", "issue", "reader_line", "period", "as_of"]
    if inputs.issuer:
        keys.append("issuer_line")
    elif f"masthead.{UNISSUED}" in renderer.sections["summary"].phrases:
        keys.append(UNISSUED)
    if inputs.draft:
        keys.append("sample")
    reader = Fact(id="", value=inputs.reader, kind="name")
    issuer = Fact(id="", value=inputs.issuer or inputs.reader, kind="name")
    return {key: renderer.phrase("summary", f"masthead.{key}", reader=reader, issuer=issuer) for key in keys}


def _page_words(inputs: DocumentInputs, reference_numbers: ReferenceNumbers) -> dict[str, Statement]:
    """Return the phrases "page.…" of the first section, which may state the number of sources, with those of a plan."""
    renderer, section = inputs.renderer, _first(inputs).name
    plan = (source for due in inputs.argument.measures if due.measure.planned for source in due.measure.sources)
    behind = {*reference_numbers.rests_on(), *plan}
    sources = Fact(id="", value=float(len(behind)), unit="source")
    keys = [key for key in renderer.sections[section].phrases if key.startswith(PAGE_WORD)]
    return {key: renderer.phrase(section, key, sources=sources) for key in keys}


def _letter(inputs: DocumentInputs) -> Letter:
    """Return the details of an official letter, if the first section has phrases for them."""
    section = _first(inputs).name
    printed = LETTER_HEAD in inputs.renderer.sections[section].phrases
    return say_letter(inputs.letterhead, inputs.reader, inputs.renderer, section) if printed else {}


def _argument(inputs: DocumentInputs, reference_numbers: ReferenceNumbers) -> ArgumentBlocks:
    """Return the maker of the argument's blocks; an official letter has them as sentences."""
    parts = inputs.renderer, inputs.argument, reference_numbers
    if LETTER_HEAD in inputs.renderer.sections[_first(inputs).name].phrases:
        return ReportBlocks(*parts, office=inputs.letterhead.office)
    return ArgumentBlocks(*parts)


def _first(inputs: DocumentInputs) -> OutlinePart:
    return next(part for part in inputs.parts if part.role == "summary")


def _annex(part: OutlinePart, tables: _Tables, renderer: PhraseRenderer) -> Section:
    table = tables(part.name)
    blocks = (Block(kind="table", id=f"annex.{part.name}", table=table),) if table.rows else ()
    return Section(f"annex-{part.name}", renderer.phrase("furniture", part.name), blocks, part.role)


def _page_labels(renderer: PhraseRenderer) -> dict[str, Statement]:
    """Return the labels of every page, and the descriptions of logo, document and data that have words."""
    descriptions = [key for key in (LOGO, KEYWORDS, *DATA_WORDS) if key in renderer.sections["furniture"].phrases]
    return {key: renderer.phrase("furniture", key) for key in (*FURNITURE, *descriptions)}


def _issuer(inputs: DocumentInputs) -> dict[str, Statement]:
    """Return the name of the issuing office, if the workspace has one."""
    name = Fact(id="", value=inputs.issuer, kind="name")
    return {ISSUER: inputs.renderer.value(name)} if inputs.issuer else {}


def _references(inputs: DocumentInputs, reference_numbers: ReferenceNumbers) -> tuple[Reference, ...]:
    rules = inputs.advice.rules
    raise_all((problem for rule in rules for problem in unknown_sources(rule, inputs.sources)), ContentError)
    return tuple(
        Reference(number, source, _cited(inputs, source), inputs.sources[source].url)
        for source, number in reference_numbers.sources.items()
    )


def _cited(inputs: DocumentInputs, source: str) -> dict[str, str]:
    writers = inputs.renderer.writers
    return {language: cite(inputs.sources[source], writer) for language, writer in writers.items()}
