"""Composition: what is said, drawn and tabled, put in order and numbered, becomes the brief."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from jianbao.argument.catalogue import Entry
from jianbao.argument.saying import Passage, Spoken
from jianbao.argument.statements import Statement, facts_of
from jianbao.publication.apparatus import Apparatus, Marks
from jianbao.publication.brief import Block, Figure, Grid, Section
from jianbao.publication.speaker import Speaker


@dataclass(frozen=True)
class Furnishing:
    """What a section may call for: figures and tables by name, and the cards of recommendations in its own words."""

    figure: Callable[[str], Figure]
    table: Callable[[str], Grid]
    cards: Callable[[str], tuple[Block, ...]]


def compose_section(spoken: Spoken, role: str, furnishing: Furnishing, apparatus: Apparatus) -> Section:
    """Turn a said section into blocks, in reading order, with the marks that its facts ask for."""
    blocks = tuple(block for passage in spoken.passages for block in _blocks(spoken.id, passage, furnishing, apparatus))
    assert spoken.title is not None
    return Section(spoken.id, spoken.title, blocks, role)


def _blocks(section: str, passage: Passage, furnishing: Furnishing, apparatus: Apparatus) -> tuple[Block, ...]:
    if passage.kind == "recommendation":
        return furnishing.cards(section)
    if passage.kind == "figure":
        return (Block("figure", passage.id, figure=furnishing.figure(passage.ref)),)
    if passage.kind == "table":
        table = furnishing.table(passage.ref)
        return (Block("table", passage.id, table=table),) if table.rows else ()
    return (said_block(passage, apparatus),)


def said_block(passage: Passage, apparatus: Apparatus) -> Block:
    """Return a paragraph, list, box, heading or note with its marks; headings carry none."""
    items = tuple(said_block(item, apparatus) for item in passage.items)
    marks = apparatus.mark(facts_of(passage.statements)) if passage.kind != "heading" else Marks()
    return Block(
        passage.kind,
        passage.id,
        passage.statements,
        items,
        references=marks.references,
        evidence=marks.evidence,
        level=passage.level,
    )


def paragraph(block_id: str, statements: Iterable[Statement], apparatus: Apparatus | None = None) -> Block:
    """Return a paragraph of statements, with marks if an apparatus is given."""
    said = tuple(statements)
    marks = apparatus.mark(facts_of(said)) if apparatus else Marks()
    return Block("paragraph", block_id, said, references=marks.references, evidence=marks.evidence)


@dataclass
class Figures:
    """Numbers figures as the text calls for them and gives each its words.

    `roles` are the facts and families that a figure is declared to show.
    """

    speaker: Speaker
    words: Mapping[str, Entry]
    roles: Mapping[str, tuple[str, ...]]
    apparatus: Apparatus
    number: int = 0

    def __call__(self, figure_id: str) -> Figure:
        """Return the next figure; its facts get their rows in the evidence table."""
        self.number += 1
        parts = {key: self.speaker.say(wording) for key, wording in self.words[figure_id].parts.items()}
        marks = self.apparatus.families(self.roles[figure_id])
        return Figure(
            figure_id,
            self.number,
            _said(parts["title"]),
            _said(parts["subtitle"]),
            parts.get("note"),
            _said(parts["alt"]),
            evidence=marks.evidence,
        )


def _said(statement: Statement | None) -> Statement:
    return statement or Statement("", {})
