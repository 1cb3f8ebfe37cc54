"""The document before any format: sections of blocks with statements in every language, and remarks on a draft."""

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


JOINT = "-"  # between the languages of a layout ("zh-en")
Drawn = tuple[tuple[str, ...], Mapping[str, Picture]]  # the facts that a figure shows, and its pictures by layout


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A figure in every language, with its number, title, subtitle, note and alternative text.

    `width` is "full" or "half": two successive halves are printed side by side. Its pictures by language and the
    facts that they show are put in when it is drawn (see `illustrated`). Languages that stand side by side have one
    picture in common.
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
    """A column of a table: its head, and whether its cells are figures (set right) or words (set left).

    The cells of a column that is `below` are printed under those of the column before it, in the same table cell.
    """

    head: Statement
    figures: bool = False
    width: str = ""
    below: bool = False


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table: title, columns, rows of cells (each a statement), and a note; `number` 0 leaves it unnumbered.

    `emphasis` are the indices of rows that are highlighted; `anchors` are the facts that the
    rows of a list of evidence are about.
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
        """Return the indices of columns from left to right, with those printed below each other grouped."""
        found: list[tuple[int, ...]] = []
        for place, column in enumerate(self.columns):
            found[len(found) - column.below :] = [(*(found[-1] if column.below else ()), place)]
        return tuple(found)


@dataclass(frozen=True)
class Remark:
    """A remark on an item of a draft; `by` whom and `at` which moment (ISO 8601), if from a reviewer."""

    said: Statement
    by: str = ""
    at: str = ""


@dataclass(frozen=True)
class FigureData:
    """What a figure shows, as tables in every language, and as CSV."""

    tables: tuple[Grid, ...]
    csv: bytes


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of a section, in every language.

    `statements` are the sentences of a paragraph, heading or note, and the label of an aside or a decision. `items` are
    the paragraphs of bullets, boxes, asides and decisions. A measure has labelled `parts`, a redline its pieces by
    language. `references` are the numbers of the sources that its facts rest on, `evidence` the rows of the evidence
    table ("E3") of facts that rest on many sources or on other facts. The `tone` of an aside is "ask" where it asks for
    a decision or names what is missing. A `remark` is `about` an item, by its id. The figures that it `cites` are named
    at its end, by their numbers (see `with_citations`).
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

    def whole(self) -> Iterator["Block"]:
        """Yield the block and then all blocks inside it, in reading order."""
        yield self
        for inner in (*self.items, *(each for _, inside in self.parts for each in inside)):
            yield from inner.whole()


@dataclass(frozen=True)
class Section:
    """A numbered part of the brief; `role` ("summary", "body", "annex") decides how it is set."""

    id: str
    title: Statement
    blocks: tuple[Block, ...]
    role: str = "body"

    def whole(self) -> Iterator[Block]:
        """Yield every block in reading order, followed by the blocks inside it."""
        for block in self.blocks:
            yield from block.whole()


@dataclass(frozen=True)
class Reference:
    """A source as the reference list prints it, the same number in every language."""

    number: int
    source: str
    entries: Mapping[str, str]
    url: str = ""


@dataclass(frozen=True)
class EvidenceVolume:
    """The volume with the evidence of a brief: its file in each format, and the facts that it has rows for."""

    files: Mapping[str, str]
    facts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Brief:
    """A whole edition in all of its languages.

    `words` are the short labels of the page furniture by id, `letter` the details of an official letter. With a
    `volume` the brief has neither marks nor references of its own.
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
    """Return a brief with the pictures of its figures, the facts that they show, and the data behind them if given."""

    def put_in(block: Block) -> Block:
        if not block.figure:
            return block
        facts, pictures = drawn[block.figure.id]
        alt = block.figure.alt
        described: dict[str, Picture] = {}
        for layout, picture in pictures.items():
            languages = layout.split(JOINT)
            described |= dict.fromkeys(languages, replace(picture, alt="\n".join(map(alt.text, languages))))
        behind = data.get(block.figure.id) if data else None
        return replace(block, figure=replace(block.figure, pictures=described, facts=facts, data=behind))

    sections = (replace(section, blocks=tuple(map(put_in, section.blocks))) for section in brief.sections)
    return replace(brief, sections=tuple(sections))


def with_volume(brief: Brief, volume: EvidenceVolume) -> Brief:
    """Return a brief without the marks of sources and evidence, and without its references: they are in a volume."""

    def bare(block: Block) -> Block:
        return replace(
            block,
            items=tuple(map(bare, block.items)),
            parts=tuple((label, tuple(map(bare, inside))) for label, inside in block.parts),
            figure=replace(block.figure, references=(), evidence=()) if block.figure else None,
            table=replace(block.table, references=(), evidence=()) if block.table else None,
            references=(),
            evidence=(),
        )

    sections = (replace(section, blocks=tuple(map(bare, section.blocks))) for section in brief.sections)
    return replace(brief, sections=tuple(sections), references=(), volume=volume)


def spoken_in(brief: Brief, languages: Sequence[str]) -> Brief:
    """Return the brief with only the texts of these languages, though it still names the others.

    So the output cannot depend on texts in other languages.
    """
    if set(languages) == set(brief.languages):
        return brief
    made: dict[int, Any] = {}  # objects that occur twice in the brief stay shared

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
    """Return a document with the remarks on its items, by their ids, before the blocks that contain these.

    The first page is full: remarks on it, and on the document as a whole, open the next part. A document of one part
    has room for none.
    """
    if len(brief.sections) == 1:
        return brief
    first, *rest = brief.sections
    of_first = tuple(_fitting(remarks, dict.fromkeys((document, brief.title.id, brief.subtitle.id, *_ids(first)))))
    sections = [first]
    for number, section in enumerate(rest):
        opening = (*(of_first if number == 0 else ()), *_fitting(remarks, (section.title.id,)))
        blocks = (part for block in section.blocks for part in (*_fitting(remarks, ids_in(block)), block))
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
    return replace(brief, sections=tuple(sections)), {item: (*said.values(),) for item, said in remarks.items()}


def remarked_items(brief: Brief) -> frozenset[str]:
    """Return the ids of the items in a document, except for its title and itself."""
    return frozenset(item for section in brief.sections for item in (section.title.id, *_ids(section)))


def _ids(section: Section) -> Iterator[str]:
    for block in section.blocks:
        yield from ids_in(block)


def ids_in(block: Block) -> Iterator[str]:
    """Yield the ids of the items that a block holds: its own, those of its sentences, figure and table."""
    yield block.id
    yield from (each.id for each in block.statements)
    if block.figure:
        yield f"figure.{block.figure.id}"
    if block.table:
        yield f"table.{block.table.id}"
    for item in block.items:
        yield from ids_in(item)


def _fitting(remarks: Remarks, ids: Iterable[str]) -> Iterator[Block]:
    for item in dict.fromkeys(ids):
        for number, remark in enumerate(remarks.get(item, ()), 1):
            yield Block(
                kind="remark", id=f"remark.{item}.{number}", statements=(remark.said,), remark=remark, about=item
            )
