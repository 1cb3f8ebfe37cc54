"""Arrange texts, figures and tables in numbered blocks and sections."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from jianbao.brief.measures import ArgumentBlocks
from jianbao.brief.model import Block, Figure, Grid, Section
from jianbao.brief.phrases import PhraseRenderer
from jianbao.brief.reference_numbers import ReferenceMarks, ReferenceNumbers
from jianbao.text.entries import TextEntry
from jianbao.text.render import RenderedBlock, RenderedSection, Statement, facts_in
from jianbao.text.wording import LABELLED

BARE = ("heading", *LABELLED)  # whose statements are titles or labels
FRONT, CARDS = "front", "cards"  # the two ways in which a section may call for the measures
FULL, HALF = "full", "half"  # the widths of a figure
FULL_STOPS = ".。．"


@dataclass(frozen=True)
class SectionContext:
    """What a section may call for: figures and tables by name, and parts of the argument in its own words."""

    figure: Callable[[str, str], Figure]
    table: Callable[[str], Grid]
    argument: Callable[[str], ArgumentBlocks]


def compose_section(
    spoken: RenderedSection, role: str, section_context: SectionContext, reference_numbers: ReferenceNumbers
) -> Section:
    """Turn a said section into blocks, in reading order, with the marks that its facts ask for."""
    blocks = tuple(
        block
        for passage in spoken.passages
        for block in _blocks(spoken.id, passage, section_context, reference_numbers)
    )
    assert spoken.title is not None
    return Section(spoken.id, spoken.title, blocks, role)


def _blocks(
    section: str, passage: RenderedBlock, section_context: SectionContext, reference_numbers: ReferenceNumbers
) -> tuple[Block, ...]:
    if passage.kind in ("finding", "gaps", "measures"):
        made = _argued(passage, section_context.argument(section))
        return tuple(replace(block, cites=passage.cites) for block in made)
    if passage.kind == "figure":
        figure = section_context.figure(passage.ref, passage.width or FULL)
        return (Block(kind="figure", id=passage.id, figure=figure),)
    if passage.kind == "table":
        table = section_context.table(passage.ref)
        return (Block(kind="table", id=passage.id, table=table),) if table.rows else ()
    return (said_block(passage, reference_numbers),)


def _argued(passage: RenderedBlock, argument: ArgumentBlocks) -> tuple[Block, ...]:
    if passage.kind == "finding":
        return argument.finding(passage.ref)
    if passage.kind == "gaps":
        return argument.gaps()
    return argument.front() if passage.ref == FRONT else argument.cards()


def with_citations(sections: Sequence[Section], renderer: PhraseRenderer) -> tuple[Section, ...]:
    """Return the sections with the numbers of cited figures at the end of what cites them: "… 39 (Figure 2)."

    A figure that this edition does not show is not cited in it.
    """
    numbers = {block.figure.id: block.figure.number for each in sections for block in each.whole() if block.figure}

    def cited(block: Block) -> Block:
        found = sorted(numbers[figure] for figure in block.cites if figure in numbers)
        if not found or not block.statements:
            return block
        listed = {
            language: (", " if writer.style.join else "、").join(map(str, found))
            for language, writer in renderer.writers.items()
        }
        named = renderer.phrase("furniture", "cite.figures" if found[1:] else "cite.figure", numbers=listed)
        return replace(block, statements=(*block.statements[:-1], _ending_with(block.statements[-1], named)))

    return tuple(replace(section, blocks=tuple(map(cited, section.blocks))) for section in sections)


def _ending_with(said: Statement, added: Statement) -> Statement:
    """Return a statement with a few words more before its full stop."""
    sentences = {}
    for language, sentence in said.sentences.items():
        inside = sentence.text.rstrip(FULL_STOPS)
        more = added.text(language)
        gap = " " if more[:1].isascii() else ""
        sentences[language] = replace(sentence, text=f"{inside}{gap}{more}{sentence.text[len(inside) :]}")
    return replace(said, sentences=sentences)


def said_block(passage: RenderedBlock, reference_numbers: ReferenceNumbers) -> Block:
    """Return a block of text with its marks; headings and labels carry none, nor do the parts of a headline."""
    if passage.kind == "headline":
        inside = Block(kind="paragraph", id=f"{passage.id}.1", statements=passage.statements)
        return Block(kind="headline", id=passage.id, items=(inside,))
    items = tuple(said_block(item, reference_numbers) for item in passage.items)
    marks = reference_numbers.mark(facts_in(passage.statements)) if passage.kind not in BARE else ReferenceMarks()
    return Block(
        kind=passage.kind,
        id=passage.id,
        statements=passage.statements,
        items=items,
        references=marks.references,
        evidence=marks.evidence,
        level=passage.level,
        tone=passage.tone,
        cites=passage.cites,
    )


@dataclass(kw_only=True)
class Figures:
    """Numbers figures as the text calls for them and gives each its words.

    `roles` are the facts and families that a figure is declared to show.
    """

    renderer: PhraseRenderer
    words: Mapping[str, TextEntry]
    roles: Mapping[str, tuple[str, ...]]
    reference_numbers: ReferenceNumbers
    number: int = 0

    def __call__(self, figure_id: str, width: str) -> Figure:
        """Return the next figure; its facts get their rows in the evidence table."""
        self.number += 1
        parts = {key: self.renderer.say(wording) for key, wording in self.words[figure_id].parts.items()}
        marks = self.reference_numbers.families(self.roles[figure_id])
        return Figure(
            id=figure_id,
            number=self.number,
            title=_said(parts["title"]),
            subtitle=_said(parts["subtitle"]),
            note=parts.get("note"),
            alt=_said(parts["alt"]),
            width=width,
            evidence=marks.evidence,
        )


def _said(statement: Statement | None) -> Statement:
    return statement or Statement("", {})
