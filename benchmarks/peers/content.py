"""What a brief says, piece by piece: headings, paragraphs, lists, figures and tables, for other programs to set."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from jianbao.brief.model import Block, Brief, Figure, Grid
from jianbao.text.citations import runs
from jianbao.text.render import Statement

LISTS = ("bullets", "box")


@dataclass(frozen=True, kw_only=True)
class Content:
    """A piece of a brief: a `heading`, `label`, `paragraph` or `item` with its sentences, a `figure` or a `table`.

    `references` and `evidence` are the numbers in the marks behind it, `target` is the reference whose entry it is.
    """

    kind: str
    sentences: tuple[Statement, ...] = ()
    level: int = 1
    figure: Figure | None = None
    table: Grid | None = None
    references: tuple[int, ...] = ()
    evidence: tuple[int, ...] = ()
    target: int = 0
    entries: tuple[tuple[str, str], ...] = ()

    def text(self, language: str) -> str:
        """Return the words of the piece in a language."""
        return dict(self.entries).get(language) or joined(self.sentences, language)

    def marks(self) -> str:
        """Return the marks of its references and of its rows of the evidence, such as "2–4, E7"."""
        return ", ".join(
            [*(run(each) for each in runs(self.references)), *(f"E{run(each)}" for each in runs(self.evidence))]
        )


def joined(sentences: Iterable[Statement], language: str) -> str:
    """Return sentences as one text."""
    return ("" if language == "zh" else " ").join(each.text(language) for each in sentences)


def run(numbers: tuple[int, int]) -> str:
    """Return a run of numbers as it is printed."""
    first, last = numbers
    return f"{first}" if first == last else f"{first}–{last}"


def contents(brief: Brief) -> Iterator[Content]:
    """Yield every piece of a brief in reading order, without its title."""
    for section in brief.sections:
        yield Content(kind="heading", sentences=(section.title,))
        for block in section.blocks:
            yield from _block(block)
    if brief.references:
        yield Content(kind="heading", sentences=(brief.words["references"],))
    for entry in brief.references:
        yield Content(
            kind="paragraph",
            target=entry.number,
            entries=tuple((language, f"[{entry.number}] {text}") for language, text in entry.entries.items()),
        )


def _block(block: Block) -> Iterator[Content]:
    if block.figure:
        yield Content(
            kind="figure", figure=block.figure, references=block.figure.references, evidence=block.figure.evidence
        )
    elif block.table:
        yield Content(kind="table", table=block.table)
    elif block.kind == "heading":
        yield Content(kind="heading", sentences=block.statements, level=2)
    elif block.statements:
        kind = "label" if block.items or block.parts else "paragraph"
        yield Content(kind=kind, sentences=block.statements, references=block.references, evidence=block.evidence)
    for item in block.items:
        if block.kind in LISTS:
            yield Content(kind="item", sentences=item.statements, references=item.references, evidence=item.evidence)
        else:
            yield from _block(item)
    for label, inside in block.parts:
        yield Content(kind="label", sentences=(label,))
        for each in inside:
            yield from _block(each)


def rows(grid: Grid, languages: Sequence[str]) -> list[list[str]]:
    """Return the cells of a table by row, its heads first; texts of one cell are lines, the same text once."""
    heads = tuple(column.head for column in grid.columns)
    return [
        [_cell([row[place] for place in places], languages) for places in grid.places()] for row in (heads, *grid.rows)
    ]


def _cell(statements: Sequence[Statement], languages: Sequence[str]) -> str:
    texts = (joined([each], language) for each in statements for language in languages)
    return "\n".join(text for text in dict.fromkeys(texts) if text)
