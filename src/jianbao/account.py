"""An account of what changed between two editions: the leaflet as lines of text, the comparison as JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict

from rich.cells import cell_len
from rich.markup import escape

from jianbao.argument.statements import Piece
from jianbao.collation import Collation, written
from jianbao.editions.comparison import Comparison
from jianbao.editions.desk import Room
from jianbao.errors import UsageError, raise_all
from jianbao.evidence.facts import Fact
from jianbao.publication.brief import Block, Brief, Grid

GAP = "  "
MARKS = {"kept": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}  # as wdiff prints them, where there is no colour
STYLES = {"kept": "{}", "gone": "[red strike]{}[/]", "new": "[green underline]{}[/]"}


def tell(found: Collation, languages: Iterable[str], styled: bool) -> Iterator[str]:
    """Yield the whole account, nothing left out, in these languages, or in all if none is named; raise UsageError."""
    dossier = found.known.dossier
    chosen = tuple(languages) or tuple(dossier.writers)
    raise_all((dossier.series.unknown_language(each) for each in chosen if each not in dossier.writers), UsageError)
    document = written(found, Room())
    for place, language in enumerate(chosen):
        yield from ("", "") if place else ()
        yield from lines(document, language, " " if dossier.writers[language].style.join else "", styled)


def lines(document: Brief, language: str, join: str, styled: bool) -> Iterator[str]:
    """Yield the leaflet in one language; `join` stands between sentences, `styled` asks for rich's markup."""
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
    """Return a sentence with what is gone and what is new marked."""
    marks = STYLES if styled else MARKS
    return "".join(marks[piece.mark].format(escape(piece.text) if styled else piece.text) for piece in pieces)


def _table(table: Grid, language: str) -> Iterator[str]:
    """Yield a table in columns as wide as their widest cell, Han characters counted as two."""
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


def as_json(comparison: Comparison) -> str:
    """Return all that changed, down to each fact and each piece of each sentence, as JSON."""
    record = {
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
        "recommendations": [asdict(each) for each in comparison.advice],
        "sentences": [asdict(each) for each in comparison.sentences],
    }
    return json.dumps(record, ensure_ascii=False, indent=1)


def _value(fact: Fact | None) -> dict[str, object] | None:
    """Return what is compared of a fact: its value, unit, denominator and date."""
    return {"value": fact.value, "unit": fact.unit, "of": fact.of, "as_of": fact.as_of} if fact else None
