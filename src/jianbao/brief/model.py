"""Define the document, independent of any format: sections of blocks with statements in every language."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from typing import Any

from jianbao.text.render import Piece, Statement


@dataclass(frozen=True)
class Picture:
    """A drawn figure: SVG with real text, its size on the page, and its alternative text."""

    svg: bytes
    width_mm: float
    height_mm: float
    alt: str


JOINT = "-"  # joins the languages of a layout ("zh-en")
Drawn = tuple[tuple[str, ...], Mapping[str, Picture]]  # the facts that a figure shows, and its pictures by layout


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure in every language, with its number, title, subtitle, note and alternative text.

    `width` is "full" or "half"; two successive halves are printed side by side. Pictures by language, and the facts
    that they show, are added once it is drawn (see `illustrated`). Languages side by side share one picture.
    """

    id: str
    number: int
    title: Statement
    subtitle: Statement
    note: Statement | None
    alt: Statement
    width: str = "full"
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    facts: tuple[str, ...] = ()
    data: "FigureData | None" = None
    references: tuple[int, ...] = ()
    evidence: tuple[int, ...] = ()


@dataclass(frozen=True)
class GridColumn:
    """A column of a table: its heading, and whether its cells are `figures` (aligned right) or words (aligned left).

    The cells of a column that is `below` are printed in the table cells of the column before it, under its text.
    """

    head: Statement
    figures: bool = False
    width: str = ""
    below: bool = False


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table: title, columns, rows of cells (each a statement), and a note; `number` 0 leaves it unnumbered.

    `emphasis` are the indices of highlighted rows, `anchors` the ids of the facts in the rows of the evidence table.
    """

    id: str
    number: int
    title: Statement
    columns: tuple[GridColumn, ...]
    rows: tuple[tuple[Statement, ...], ...]
    note: Statement | None = None
    references: tuple[int, ...] = ()
    evidence: tuple[int, ...] = ()
    emphasis: tuple[int, ...] = ()
    anchors: tuple[str, ...] = ()

    def places(self) -> tuple[tuple[int, ...], ...]:
        """Return the indices of columns from left to right; those printed in the same cell are in one group."""
        found: list[tuple[int, ...]] = []
        for place, column in enumerate(self.columns):
            found[len(found) - column.below :] = [(*(found[-1] if column.below else ()), place)]
        return tuple(found)


@dataclass(frozen=True)
class Remark:
    """A remark on an item of a draft; from a reviewer, with the name (`by`) and the time (`at`, ISO 8601)."""

    statement: Statement
    by: str = ""
    at: str = ""


@dataclass(frozen=True)
class FigureData:
    """The data that a figure shows, as tables in every language and as a CSV by language."""

    tables: tuple[Grid, ...]
    csv: Mapping[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of a section, in every language.

    `statements` are the sentences of a paragraph, heading or note, or the label of an aside or a decision. `items` are
    the paragraphs of bullets, boxes, asides and decisions. A measure has labelled `parts`, a redline its pieces by
    language. `references` are the numbers of the sources of its facts, `evidence` the rows of the evidence table ("E3")
    for facts from many sources or from other facts. The `tone` of an aside is "ask" if it asks for a decision or names
    what is missing. A `remark` is `about` the item with that id. The numbers of the figures that it `cites` are added
    to its last statement (see `with_citations`). An `optional` block is left out where its page overruns, 1 first.
    """

    kind: str
    id: str
    statements: tuple[Statement, ...] = ()
    items: tuple["Block", ...] = ()
    parts: tuple[tuple[Statement, tuple["Block", ...]], ...] = ()
    figure: Figure | None = None
    table: Grid | None = None
    references: tuple[int, ...] = ()
    evidence: tuple[int, ...] = ()
    level: int = 2
    tone: str = ""
    cites: tuple[str, ...] = ()
    redline: Mapping[str, tuple[Piece, ...]] | None = None
    remark: Remark | None = None
    about: str = ""
    optional: int = 0

    def whole(self) -> Iterator["Block"]:
        """Yield the block and then all blocks inside it, in reading order."""
        yield self
        for inner in (*self.items, *(each for _, inside in self.parts for each in inside)):
            yield from inner.whole()


@dataclass(frozen=True)
class Section:
    """A part of the brief; its `role` ("summary", "body" or "annex") determines its layout."""

    id: str
    title: Statement
    blocks: tuple[Block, ...]
    role: str = "body"

    def whole(self) -> Iterator[Block]:
        """Yield every block in reading order, each followed by the blocks inside it."""
        for block in self.blocks:
            yield from block.whole()


@dataclass(frozen=True)
class Reference:
    """A source in the list of references: its number, and its entry in every language."""

    number: int
    source: str
    entries: Mapping[str, str]
    url: str = ""


@dataclass(frozen=True)
class EvidenceVolume:
    """The volume with the evidence of a brief: its file in each format, and the ids of the facts in it."""

    files: Mapping[str, str]
    facts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Brief:
    """A document of an edition in all of its languages.

    `words` are the labels of pages by id, `letter` the details of an official letter. A brief with a `volume` has
    neither marks nor references of its own.
    """

    edition: str
    as_of: date
    languages: Mapping[str, str]
    title: Statement
    subtitle: Statement
    masthead: Mapping[str, Statement]
    sections: tuple[Section, ...]
    references: tuple[Reference, ...]
    words: Mapping[str, Statement] = field(default_factory=dict)
    letter: Mapping[str, tuple[Statement, ...]] = field(default_factory=dict)
    volume: EvidenceVolume | None = None

    def blocks(self) -> Iterator[Block]:
        """Yield every block of every section in reading order."""
        for section in self.sections:
            yield from section.whole()


def illustrated(brief: Brief, drawn: Mapping[str, Drawn], data: Mapping[str, FigureData] | None = None) -> Brief:
    """Return a brief with the pictures of its figures, the facts that they show, and their data if given."""

    def with_picture(block: Block) -> Block:
        if not block.figure:
            return block
        facts, pictures = drawn[block.figure.id]
        alt = block.figure.alt
        by_language: dict[str, Picture] = {}
        for layout, picture in pictures.items():
            languages = layout.split(JOINT)
            by_language |= dict.fromkeys(languages, replace(picture, alt="\n".join(map(alt.text, languages))))
        figure_data = data.get(block.figure.id) if data else None
        return replace(block, figure=replace(block.figure, pictures=by_language, facts=facts, data=figure_data))

    sections = (replace(section, blocks=tuple(map(with_picture, section.blocks))) for section in brief.sections)
    return replace(brief, sections=tuple(sections))


def with_volume(brief: Brief, volume: EvidenceVolume) -> Brief:
    """Return a brief without references and marks of sources and evidence, which are in a volume instead."""

    def without_marks(block: Block) -> Block:
        return replace(
            block,
            items=tuple(map(without_marks, block.items)),
            parts=tuple((label, tuple(map(without_marks, inside))) for label, inside in block.parts),
            figure=replace(block.figure, references=(), evidence=()) if block.figure else None,
            table=replace(block.table, references=(), evidence=()) if block.table else None,
            references=(),
            evidence=(),
        )

    sections = (replace(section, blocks=tuple(map(without_marks, section.blocks))) for section in brief.sections)
    return replace(brief, sections=tuple(sections), references=(), volume=volume)


def spoken_in(brief: Brief, languages: Sequence[str]) -> Brief:
    """Return the brief with the texts of these languages only; `languages` of the brief still has all of them.

    Its output then cannot depend on texts in other languages.
    """
    if set(languages) == set(brief.languages):
        return brief
    made: dict[int, Any] = {}  # an object that occurs twice is copied once

    def kept(value: Any) -> Any:
        if id(value) not in made:
            made[id(value)] = _kept(value, brief.languages, frozenset(languages), kept)
        return made[id(value)]

    spoken: Brief = kept(brief)
    return replace(spoken, languages=brief.languages)


def _kept(value: Any, known: Mapping[str, str], spoken: frozenset[str], kept: Callable[[Any], Any]) -> Any:
    if isinstance(value, tuple):
        return tuple(map(kept, value))
    if isinstance(value, Mapping):
        wanted = spoken if value.keys() <= known.keys() else value.keys()
        return {key: kept(each) for key, each in value.items() if key in wanted}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: kept(getattr(value, each.name)) for each in fields(value)})
    return value


Remarks = Mapping[str, tuple[Remark, ...]]


def annotate(brief: Brief, document: str, remarks: Remarks) -> Brief:
    """Return a document with remarks on items, each before the block that contains its item.

    The first page has no room: remarks on it and on the whole document are at the beginning of the second part. A
    document of one part gets no remarks.
    """
    if len(brief.sections) == 1:
        return brief
    first, *rest = brief.sections
    of_first = tuple(_remarks(remarks, dict.fromkeys((document, brief.title.id, brief.subtitle.id, *_ids(first)))))
    sections = [first]
    for number, section in enumerate(rest):
        opening = (*(of_first if number == 0 else ()), *_remarks(remarks, (section.title.id,)))
        blocks = (part for block in section.blocks for part in (*_remarks(remarks, ids_in(block)), block))
        sections.append(replace(section, blocks=(*opening, *blocks)))
    return replace(brief, sections=tuple(sections))


def without_remarks(brief: Brief) -> tuple[Brief, Remarks]:
    """Return a document without its remarks, and the remarks by item: the inverse of `annotate`."""
    remarks: dict[str, dict[str, Remark]] = {}
    for section in brief.sections:
        for block in section.blocks:
            if block.remark:
                remarks.setdefault(block.about, {})[block.id] = block.remark
    sections = (
        replace(section, blocks=tuple(block for block in section.blocks if not block.remark))
        for section in brief.sections
    )
    return replace(brief, sections=tuple(sections)), {item: (*by_id.values(),) for item, by_id in remarks.items()}


def remarked_items(brief: Brief) -> frozenset[str]:
    """Return the ids of the items in a document, except for its title and itself."""
    return frozenset(item for section in brief.sections for item in (section.title.id, *_ids(section)))


def _ids(section: Section) -> Iterator[str]:
    for block in section.blocks:
        yield from ids_in(block)


def ids_in(block: Block) -> Iterator[str]:
    """Yield the ids of the items in a block: its own, and those of its sentences, figure, table and inner items."""
    yield block.id
    yield from (each.id for each in block.statements)
    if block.figure:
        yield f"figure.{block.figure.id}"
    if block.table:
        yield f"table.{block.table.id}"
    for item in block.items:
        yield from ids_in(item)


def _remarks(remarks: Remarks, ids: Iterable[str]) -> Iterator[Block]:
    for item in dict.fromkeys(ids):
        for number, remark in enumerate(remarks.get(item, ()), 1):
            yield Block(
                kind="remark", id=f"remark.{item}.{number}", statements=(remark.statement,), remark=remark, about=item
            )
