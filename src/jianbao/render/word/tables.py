"""Tables of a Word document: repeated headings, unbroken rows, numbers aligned right, cards of measures."""

from collections.abc import Sequence

from docx.oxml.ns import qn

from jianbao.brief.model import Block, Grid
from jianbao.render.html.page import common, widths
from jianbao.render.theme import MEASURE
from jianbao.render.word.runs import LOUD, SECOND, Element, RunWriter, add_paragraph, bookmark, element
from jianbao.render.word.styles import MM, TWIPS
from jianbao.text.render import Statement

WHOLE = 12  # the most rows of a table that is kept on one page
LABEL = 20.0  # per cent of a card's width
EVIDENCE = "evidence"


def grid_table(table: Grid, voices: Sequence[RunWriter], annex: bool, noted: bool = False) -> Element:
    """Return a table; the rows of the evidence table are the targets of marks.

    A short one is kept on one page, except in the annex; of others a page has at least three rows, and a note below it
    (`noted`) is not alone.
    """
    shares = [float(width.rstrip("%")) for width in widths(table.columns, table.rows)]
    sizes = [round(share / 100 * MEASURE * MM * TWIPS) for share in shares]
    last = len(table.rows)
    whole = not annex and last <= WHOLE
    held = range(1, last) if whole else (1, 2, last - 2, last - 1)
    prefix = "Annex" if annex else "Table"
    places = table.places()
    figures = ["Figures" if table.columns[place[0]].figures else "" for place in places]
    heads = [
        _cell(size, _text(table.columns[place[0]].head, voices, f"{prefix}Head{kind}"))
        for place, size, kind in zip(places, sizes, figures, strict=True)
    ]
    rows = [_row(heads, head=True)]
    for number, row in enumerate(table.rows, 1):
        keep, loud = number in held or (noted and number == last), number - 1 in table.emphasis
        filled = [
            [part for inside in place for part in _text(row[inside], voices, f"{prefix}{kind or 'Text'}", keep, loud)]
            for place, kind in zip(places, figures, strict=True)
        ]
        if table.id == EVIDENCE and filled:
            _add_bookmark(filled[0][0], f"evidence_{number}")
        rows.append(_row([_cell(size, content) for size, content in zip(sizes, filled, strict=True)]))
    return _table("BriefTable", sizes, rows, table.title.text(voices[0].language))


def card_table(block: Block, voices: Sequence[RunWriter]) -> Element:
    """Return the card of a measure: a row for each part with its label and text.

    A page may end between two parts, but not after the first or before the last one.
    """
    sizes = [round(share / 100 * MEASURE * MM * TWIPS) for share in (LABEL, 100 - LABEL)]
    rows = []
    for place, (label, inside) in enumerate(block.parts):
        keep = place in (0, len(block.parts) - 2)
        labels = _text(label, voices, "CardLabel", keep=keep)
        texts = [
            add_paragraph("CardText", *run_writer.prose(inner.statements), *run_writer.marks(inner), keep=keep)
            for run_writer in voices
            for inner in inside
        ]
        rows.append(_row([_cell(sizes[0], labels), _cell(sizes[1], texts)]))
    return _table("CardTable", sizes, rows, block.statements[0].text(voices[0].language))


def _text(
    statement: Statement, voices: Sequence[RunWriter], style: str, keep: bool = False, loud: bool = False
) -> list[Element]:
    """Return a statement as a paragraph for each language, or a single one if it is the same in all; bold if `loud`."""
    if common(statement, [run_writer.language for run_writer in voices]):
        return [add_paragraph(style, *voices[-1].say(statement, LOUD if loud else ""), keep=keep)]
    return [
        add_paragraph(
            style, *run_writer.say(statement, SECOND if run_writer.second else LOUD if loud else ""), keep=keep
        )
        for run_writer in voices
    ]


def _add_bookmark(target: Element, name: str) -> None:
    """Make the content of a paragraph the target of links."""
    content = [child for child in target if child.tag != qn("w:pPr")]
    for part in bookmark(name, *content):
        target.append(part)


def _cell(size: int, content: Sequence[Element]) -> Element:
    return element("w:tc", element("w:tcPr", element("w:tcW", w_w=size, w_type="dxa")), *content)


def _row(cells: Sequence[Element], head: bool = False) -> Element:
    settings = [element("w:cantSplit"), *([element("w:tblHeader")] if head else [])]
    return element("w:tr", element("w:trPr", *settings), *cells)


def _table(style: str, sizes: Sequence[int], rows: Sequence[Element], title: str) -> Element:
    head = int(style != "CardTable")
    look = {"w_firstRow": head, "w_lastRow": 0, "w_firstColumn": 1, "w_lastColumn": 0, "w_noHBand": 1, "w_noVBand": 1}
    settings = (
        element("w:tblStyle", w_val=style),
        element("w:tblW", w_w=sum(sizes), w_type="dxa"),
        element("w:tblLayout", w_type="fixed"),
        element("w:tblLook", w_val="06A0" if head else "0680", **look),
        element("w:tblCaption", w_val=title),
    )
    return element(
        "w:tbl",
        element("w:tblPr", *settings),
        element("w:tblGrid", *(element("w:gridCol", w_w=size) for size in sizes)),
        *rows,
    )
