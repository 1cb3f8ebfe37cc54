"""The template of a Word document: styles, lists, fonts, headings, table of contents, tables, heads and feet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from string import Template

from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from jianbao.brief.model import Block, Brief, Grid
from jianbao.render.html.page import common, widths
from jianbao.render.html.templates import built_in_text
from jianbao.render.theme import MEASURE, Theme
from jianbao.render.word.runs import (
    EMPHASIS,
    SECOND,
    Element,
    RunWriter,
    WordLanguage,
    add_paragraph,
    bookmark,
    element,
    link,
)
from jianbao.text.render import Statement

TWIPS_PER_POINT = 20  # Word's unit of length, a twentieth of a point
POINTS_PER_MM = 72 / 25.4


@dataclass(frozen=True)
class WordFonts:
    """The font family of each role for Latin and for Chinese text."""

    latin: dict[str, str]
    han: dict[str, str]


def word_fonts(theme: Theme) -> WordFonts:
    """Return the first family of each role for both scripts; a theme with one script names both in its list."""
    settings = theme.settings.values()
    han = next((each.families for each in settings if each.chinese), None)
    latin = next((each.families for each in settings if not each.chinese), None)
    assert han or latin
    return WordFonts(
        {role: names[0] if latin else names[-1] for role, names in (latin or han or {}).items()},
        {role: names[0] if han else names[-1] for role, names in (han or latin or {}).items()},
    )


def template_values(theme: Theme, tags: WordLanguage) -> dict[str, str]:
    """Return the values for the placeholders of the template: colours, fonts, languages, and formats of numbers.

    Chinese lines are justified between characters; English ones are not, because without hyphenation they would have
    large gaps.
    """
    fonts = word_fonts(theme)
    numbers = (
        {"counting": "chineseCountingThousand", "heading": "%1、", "card": "（%2）", "gap": "nothing"}
        if tags.chinese
        else {"counting": "decimal", "heading": "%1", "card": "%2.", "gap": "space"}
    )
    return {
        **{role: colour.removeprefix("#").upper() for role, colour in theme.colours.items()},
        **fonts.latin,
        **{f"{role}_han": family for role, family in fonts.han.items()},
        # A Chinese official document has its digits from the Chinese face, half an em wide, as its PDF has.
        "official_latin": (fonts.han if tags.chinese else fonts.latin)["official"],
        "latin": tags.latin,
        "han": tags.han,
        "both": "both" if tags.chinese else "left",
        **numbers,
    }


def template_part(name: str, values: dict[str, str]) -> Element:
    """Return a part of the template, such as "styles", with its placeholders filled in."""
    text = Template(built_in_text(f"word/{name}.xml")).substitute(values)
    made: Element = parse_xml(text.encode())
    return made


def set_part(root: Element, name: str, values: dict[str, str]) -> None:
    """Replace the content of a document's part by that of the template, except for Word's list of latent styles."""
    latent = root.find(qn("w:latentStyles"))
    root[:] = template_part(name, values)[:]
    if latent is not None:
        root.insert(1, latent)


# The digits of Chinese numerals, one to nine, and ten.
CHINESE_DIGITS = ("", *"一二三四五", *"六七八九")
CHINESE_TEN = "十"


def section_number(number: int, chinese: bool) -> str:
    """Return the number of a section, up to 99, with its punctuation as the list of headings writes it."""
    if not chinese:
        return f"{number} "
    tens, ones = divmod(number, 10)
    return f"{CHINESE_DIGITS[tens] if tens > 1 else ''}{CHINESE_TEN if tens else ''}{CHINESE_DIGITS[ones]}、"


# The first level, with links, from headings of any style by their outline level.
CONTENTS_FIELD = r'TOC \o "1-1" \h \z \u'
# The name by which Word recognises a table of contents and offers to update it.
CONTENTS_GALLERY = "Table of Contents"
REFERENCES = "references"


@dataclass(frozen=True, kw_only=True)
class SectionHeading:
    """The heading of a section in one language: its bookmark, and its number as the list writes it."""

    section: str
    anchor: str
    number: str
    title: Statement
    run_writer: RunWriter


def section_headings(brief: Brief, run_writers: Sequence[RunWriter]) -> tuple[SectionHeading, ...]:
    """Return the headings in document order: body (numbered in the first language only), references, annex."""
    numbers, anchors = count(1), count(1)
    titles = [(section.id, section.title, True) for section in brief.sections if section.role == "body"]
    if brief.references:
        titles.append((REFERENCES, brief.words["references"], False))
    titles += [(section.id, section.title, False) for section in brief.sections if section.role == "annex"]
    found = []
    for section, title, numbered in titles:
        number = section_number(next(numbers), run_writers[0].tags.chinese) if numbered else ""
        for run_writer in run_writers:
            shown = "" if run_writer.second else number
            found.append(
                SectionHeading(
                    section=section, anchor=f"_Toc{next(anchors):08d}", number=shown, title=title, run_writer=run_writer
                )
            )
    return tuple(found)


def headings(heads: Sequence[SectionHeading], section: str, style: str) -> Iterator[Element]:
    """Yield the headings of a section, each the target of its entry in the contents."""
    for head in heads:
        if head.section == section:
            named = "ParallelHeading" if head.run_writer.second else style
            yield add_paragraph(named, *bookmark(head.anchor, *head.run_writer.say(head.title)))


def contents(heads: Sequence[SectionHeading], title: Statement, run_writers: Sequence[RunWriter]) -> Element:
    """Return the table of contents with the entries that Word would make; updating it adds the page numbers.

    It begins on the first page if there is room, and no entry is alone on a page.
    """
    labels = [add_paragraph("TOCHeading", run_writer.quote(title)) for run_writer in run_writers]
    ends = (0, len(heads) - 2)
    entries = [add_paragraph("Toc1", _entry(head), keep=place in ends) for place, head in enumerate(heads)]
    if entries:
        entries[0][1:1] = run_writers[0].begin(CONTENTS_FIELD)
        entries[-1].append(run_writers[0].end())
    kind = element("w:docPartObj", element("w:docPartGallery", w_val=CONTENTS_GALLERY), element("w:docPartUnique"))
    return element("w:sdt", element("w:sdtPr", kind), element("w:sdtContent", *labels, *entries))


def _entry(head: SectionHeading) -> Element:
    number = [head.run_writer.run(head.number)] if head.number else []
    return link(head.anchor, *number, head.run_writer.quote(head.title))


# Headers and footers of pages


def add_headers_and_footers(document: WordDocument, brief: Brief, run_writers: Sequence[RunWriter]) -> None:
    """Add the running head from the second page on, and the page number on every page."""
    section, first = document.sections[0], run_writers[0]
    series = brief.masthead.get("series", brief.title)
    right = series if len(run_writers) > 1 else brief.masthead.get("issue", brief.subtitle)
    head = add_paragraph("Header", first.quote(series), first.tab(), run_writers[-1].quote(right))
    for holder, part in (
        (section.header, head),
        (section.footer, add_paragraph("Footer", *first.field("PAGE", "2"))),
        (section.first_page_header, add_paragraph("Header")),
        (section.first_page_footer, add_paragraph("Footer", *first.field("PAGE", "1"))),
    ):
        holder.is_linked_to_previous = False
        root = holder._element  # python-docx has no public access to all of a head
        for child in list(root):
            root.remove(child)
        root.append(part)


# Tables: repeated headings, unbroken rows, numbers aligned right, cards of measures

WHOLE = 12  # the most rows of a table that is kept on one page
MAX_UNBROKEN_PARTS = 6  # parts of a card that is kept on one page
NARROWEST = 5.5  # percent of the width of a table: the head “No.” of a column stays on one line
LABEL = 20.0  # per cent of a card's width
EVIDENCE = "evidence"


def grid_table(table: Grid, run_writers: Sequence[RunWriter], annex: bool, noted: bool = False) -> Element:
    """Return a table; the rows of the evidence table are the targets of marks.

    A short one is kept on one page, except in the annex; of others a page has at least three rows, and a note below it
    (`noted`) is not alone.
    """
    asked = [max(float(width.rstrip("%")), NARROWEST) for width in widths(table.columns, table.rows)]
    shares = [100 * share / sum(asked) for share in asked]
    sizes = [round(share / 100 * MEASURE * POINTS_PER_MM * TWIPS_PER_POINT) for share in shares]
    last = len(table.rows)
    whole = not annex and last <= WHOLE
    held = range(1, last) if whole else (1, 2, last - 2, last - 1)
    prefix = "Annex" if annex else "Table"
    places = table.places()
    figures = ["Figures" if table.columns[place[0]].figures else "" for place in places]
    heads = [
        table_cell(size, _text(table.columns[place[0]].head, run_writers, f"{prefix}Head{kind}"))
        for place, size, kind in zip(places, sizes, figures, strict=True)
    ]
    rows = [table_row(heads, head=True)]
    for number, row in enumerate(table.rows, 1):
        keep, loud = number in held or (noted and number == last), number - 1 in table.emphasis
        filled = [
            [
                part
                for inside in place
                for part in _text(row[inside], run_writers, f"{prefix}{kind or 'Text'}", keep, loud)
            ]
            for place, kind in zip(places, figures, strict=True)
        ]
        if table.id == EVIDENCE and filled:
            _add_bookmark(filled[0][0], f"evidence_{number}")
        rows.append(table_row([table_cell(size, content) for size, content in zip(sizes, filled, strict=True)]))
    return framed_table("BriefTable", sizes, rows, table.title.text(run_writers[0].language))


def card_table(block: Block, run_writers: Sequence[RunWriter]) -> Element:
    """Return the card of a measure: a row for each part with its label and text.

    One of few parts is kept on one page. In others a page may end between two parts, but not after the first or before
    the last one.
    """
    sizes = [round(share / 100 * MEASURE * POINTS_PER_MM * TWIPS_PER_POINT) for share in (LABEL, 100 - LABEL)]
    rows = []
    for place, (label, inside) in enumerate(block.parts):
        last = len(block.parts) - 1
        keep = place < last if last < MAX_UNBROKEN_PARTS else place in (0, last - 1)
        labels = _text(label, run_writers, "CardLabel", keep=keep)
        texts = [
            add_paragraph("CardText", *run_writer.prose(inner.statements), *run_writer.marks(inner), keep=keep)
            for run_writer in run_writers
            for inner in inside
        ]
        rows.append(table_row([table_cell(sizes[0], labels), table_cell(sizes[1], texts)]))
    return framed_table("CardTable", sizes, rows, block.statements[0].text(run_writers[0].language))


def _text(
    statement: Statement, run_writers: Sequence[RunWriter], style: str, keep: bool = False, loud: bool = False
) -> list[Element]:
    """Return a statement as a paragraph for each language, or a single one if it is the same in all; bold if `loud`."""
    if common(statement, [run_writer.language for run_writer in run_writers]):
        return [add_paragraph(style, *run_writers[-1].say(statement, EMPHASIS if loud else ""), keep=keep)]
    return [
        add_paragraph(
            style, *run_writer.say(statement, SECOND if run_writer.second else EMPHASIS if loud else ""), keep=keep
        )
        for run_writer in run_writers
    ]


def _add_bookmark(target: Element, name: str) -> None:
    """Make the content of a paragraph the target of links."""
    content = [child for child in target if child.tag != qn("w:pPr")]
    for part in bookmark(name, *content):
        target.append(part)


def table_cell(size: int, content: Sequence[Element]) -> Element:
    """Return a cell of a table, `size` twentieths of a point wide."""
    return element("w:tc", element("w:tcPr", element("w:tcW", w_w=size, w_type="dxa")), *content)


def table_row(cells: Sequence[Element], head: bool = False) -> Element:
    """Return a row that no page breaks; the `head` is repeated on each page."""
    settings = [element("w:cantSplit"), *([element("w:tblHeader")] if head else [])]
    return element("w:tr", element("w:trPr", *settings), *cells)


def framed_table(style: str, sizes: Sequence[int], rows: Sequence[Element], title: str) -> Element:
    """Return a table of a style, with the widths of its columns and a title for those who do not see it."""
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
