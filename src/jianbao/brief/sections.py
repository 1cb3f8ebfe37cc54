"""Compose sections of blocks from rendered texts, figures and tables, with their numbers and marks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from jianbao.brief.measures import ArgumentBlocks
from jianbao.brief.model import Block, Figure, Grid, Section
from jianbao.brief.phrases import PhraseRenderer
from jianbao.text.citations import ReferenceMarks, ReferenceNumbers
from jianbao.text.entries import TextEntry
from jianbao.text.render import RenderedBlock, RenderedSection, Statement, facts_in
from jianbao.text.wording import LABELLED

BARE = ("heading", *LABELLED)  # blocks whose statements are titles or labels, and have no marks
FRONT, CARDS = "front", "cards"  # the two forms of the measures: a list for the first page, and cards
TASKS = "tasks"  # the table of tasks, which says of each who takes part
FULL, HALF = "full", "half"  # the widths of a figure
FULL_STOPS = ".。．"


@dataclass(frozen=True)
class SectionContext:
    """What a section may contain: figures and tables by id, and blocks of the argument by the section's id."""

    figure: Callable[[str, str], Figure]
    table: Callable[[str], Grid]
    argument: Callable[[str], ArgumentBlocks]


def compose_section(
    rendered: RenderedSection, role: str, section_context: SectionContext, reference_numbers: ReferenceNumbers
) -> Section:
    """Return a rendered section as blocks in reading order, with the marks of its facts."""
    argument = section_context.argument(rendered.id)
    bodies = not any(each.kind == "table" and each.ref == TASKS for each in rendered.passages)

    def made(passage: RenderedBlock) -> tuple[Block, ...]:
        if passage.kind in ("finding", "gaps", "measures"):
            return tuple(replace(block, cites=passage.cites) for block in _argument_blocks(passage, argument, bodies))
        return _blocks(passage, section_context, reference_numbers)

    blocks = tuple(block for passage in rendered.passages for block in made(passage))
    assert rendered.title is not None
    return Section(rendered.id, rendered.title, blocks, role)


def _blocks(
    passage: RenderedBlock, section_context: SectionContext, reference_numbers: ReferenceNumbers
) -> tuple[Block, ...]:
    if passage.kind == "figure":
        figure = section_context.figure(passage.ref, passage.width or FULL)
        return (Block(kind="figure", id=passage.id, figure=figure),)
    if passage.kind == "table":
        table = section_context.table(passage.ref)
        return (Block(kind="table", id=passage.id, table=table),) if table.rows else ()
    return (text_block(passage, reference_numbers),)


def _argument_blocks(passage: RenderedBlock, argument: ArgumentBlocks, bodies: bool) -> tuple[Block, ...]:
    if passage.kind == "finding":
        return argument.finding(passage.ref)
    if passage.kind == "gaps":
        return argument.gaps()
    return argument.front() if passage.ref == FRONT else argument.cards(bodies=bodies)


def with_citations(sections: Sequence[Section], renderer: PhraseRenderer) -> tuple[Section, ...]:
    """Return the sections with the numbers of cited figures at the end of the blocks that cite them: "… (Figure 2)."

    A finding cites them after its first statement, which tells what they show; what follows from it is a judgement.
    Figures that are not in this edition are not cited.
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
        place = 0 if block.id.startswith("finding.") else len(block.statements) - 1
        statements = list(block.statements)
        statements[place] = _with_ending(statements[place], named)
        return replace(block, statements=tuple(statements))

    return tuple(replace(section, blocks=tuple(map(cited, section.blocks))) for section in sections)


def _with_ending(said: Statement, added: Statement) -> Statement:
    """Return a statement with a text added before its full stop."""
    sentences = {}
    for language, sentence in said.sentences.items():
        inside = sentence.text.rstrip(FULL_STOPS)
        more = added.text(language)
        gap = " " if more[:1].isascii() else ""
        sentences[language] = replace(sentence, text=f"{inside}{gap}{more}{sentence.text[len(inside) :]}")
    return replace(said, sentences=sentences)


def text_block(passage: RenderedBlock, reference_numbers: ReferenceNumbers) -> Block:
    """Return a block of text with its marks; headings, labels and headlines have none."""
    if passage.kind == "headline":
        inside = Block(kind="paragraph", id=f"{passage.id}.1", statements=passage.statements)
        return Block(kind="headline", id=passage.id, items=(inside,))
    items = tuple(text_block(item, reference_numbers) for item in passage.items)
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
    """Makes figures with their words, and numbers them in the order in which the text refers to them.

    `roles` has for each figure the ids of the facts and families that it is declared to show.
    """

    renderer: PhraseRenderer
    words: Mapping[str, TextEntry]
    roles: Mapping[str, tuple[str, ...]]
    reference_numbers: ReferenceNumbers
    number: int = 0

    def __call__(self, figure_id: str, width: str) -> Figure:
        """Return a figure with the next number; its facts get rows in the evidence table."""
        self.number += 1
        parts = self.words[figure_id].parts
        marks = self.reference_numbers.families(self.roles[figure_id])
        return Figure(
            id=figure_id,
            number=self.number,
            title=self.renderer.needed(parts["title"]),
            subtitle=self.renderer.needed(parts["subtitle"]),
            note=self.renderer.say(parts["note"]) if "note" in parts else None,
            alt=self.renderer.needed(parts["alt"]),
            width=width,
            evidence=marks.evidence,
        )
