"""Render an official document as .docx after GB/T 9704-2012, with the parts and measures of its PDF.

The numbers of headings are typed text, so that an office may change them by hand. Lines have an exact height, so that a
page has 22 of them whatever face a machine has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docx.document import Document as WordDocument
from docx.shared import Mm

from jianbao.brief.model import Block, Brief, Figure, Grid, Picture
from jianbao.brief.outline import TASKS
from jianbao.render.html.page import BREAK, widths
from jianbao.render.word.package import add_picture
from jianbao.render.word.runs import Element, RunWriter, add_paragraph, element
from jianbao.render.word.styles import (
    POINTS_PER_MM,
    TWIPS_PER_POINT,
    framed_table,
    section_number,
    table_cell,
    table_row,
    template_part,
)
from jianbao.text.render import Statement

# Measures of the standard, in mm: the margins of the type area, its width, and the distance of the page number.
TOP, BOTTOM, LEFT, RIGHT, WIDTH, FOOT = 37.0, 35.0, 28.0, 26.0, 156.0, 23.0
LINE = 28.95  # points: 22 lines in the 225 mm of the type area
CHARACTER = 15.75  # points: 28 characters in its width
HEAD_SPACE = 35.0  # mm from the upper edge of the type area to the name of the office
LARGEST = 40.0  # points of the name of an office, if it is short enough
LATIN_WIDTH = 0.6  # ems of a Latin letter in the name of an office
MEASURE_PARTS = ("lead", "hundred_days", "indicator")  # the parts of a measure that the document prints
PLANNED = "measure.plan_"  # the ids of measures from the office's plan
MARKS = ("serial", "classification", "urgency")
TEXT, NUMBER = "OfficialTableText", "OfficialTableNumber"  # the styles of cells
NARROWEST = 4.5  # per cent of the width of a table: the number of a task stays on one line
ANNEX, SPECIMEN, HEADING = "page.annex", "page.specimen", "page.heading"


def is_official(brief: Brief) -> bool:
    """Return whether a brief is an official document: its page has the words of one."""
    return SPECIMEN in brief.words and ANNEX in brief.words


def set_up(document: WordDocument, run_writer: RunWriter, values: dict[str, str]) -> None:
    """Give a document the styles and the margins of the standard, and page numbers at the outer side of each page.

    `values` are those of the template (see `template_values`).
    """
    document.styles.element.extend(template_part("official_styles", values))
    section = document.sections[0]
    section.top_margin, section.bottom_margin = Mm(TOP), Mm(BOTTOM)
    section.left_margin, section.right_margin = Mm(LEFT), Mm(RIGHT)
    section.footer_distance = Mm(FOOT)
    section.different_first_page_header_footer = False
    document.settings.odd_and_even_pages_header_footer = True
    for foot, style in ((section.footer, "OfficialFootOdd"), (section.even_page_footer, "OfficialFootEven")):
        foot.is_linked_to_previous = False
        root = foot._element  # python-docx has no public access to all of a foot
        for child in list(root):
            root.remove(child)
        number = [run_writer.run("— "), *run_writer.field("PAGE", "1"), run_writer.run(" —")]
        root.append(add_paragraph(style, *number))
    for head in (section.header, section.even_page_header):
        head.is_linked_to_previous = False


def official_parts(
    document: WordDocument, brief: Brief, run_writers: Sequence[RunWriter], drawn: dict[Picture, bytes]
) -> Iterator[Element]:
    """Yield the whole document in reading order, one language after another, each on pages of its own.

    Args:
        document: The document to which pictures are added.
        brief: The document's parts; its `letter` has the details that the office declared.
        run_writers: A writer for each language.
        drawn: The pictures of figures as PNG.
    """
    for place, run_writer in enumerate(run_writers):
        written = _OfficialDocument(document=document, brief=brief, run_writer=run_writer, drawn=drawn)
        if place:
            yield _page_break()
        yield from written.head()
        yield from written.body()
        yield from written.signature()
        yield from written.annexes()
        yield from written.colophon()


@dataclass(frozen=True, kw_only=True)
class _OfficialDocument:
    """Writes an official document in one language."""

    document: WordDocument
    brief: Brief
    run_writer: RunWriter
    drawn: dict[Picture, bytes]

    @property
    def _blocks(self) -> Sequence[Block]:
        return next(section for section in self.brief.sections if section.role == "summary").blocks

    @property
    def _enclosed(self) -> Sequence[Grid | Figure]:
        blocks = self._blocks
        tables = [block.table for block in blocks if block.table]
        return [*tables, *(block.figure for block in blocks if block.figure)]

    def head(self) -> Iterator[Element]:
        """Yield the marks of the copy, the office and its number above the red rule, the title and the addressees."""
        letter = self.brief.letter
        marks = [key for key in MARKS if key in letter]
        yield from (add_paragraph("OfficialMark", *self._say(letter[key][0])) for key in marks)
        name = self._given("head")
        ems = len(name.text(self.run_writer.language)) * (1.0 if self._chinese else LATIN_WIDTH)
        size = round(min(LARGEST, WIDTH * POINTS_PER_MM / ems) * 2)
        before = HEAD_SPACE * POINTS_PER_MM - LINE * len(marks)
        office = add_paragraph("OfficialOffice", *self._say(name))
        _set_space(office, before)
        _set_size(office, size)
        yield office
        yield self._number()
        lines = self.brief.words[HEADING].text(self.run_writer.language).split(BREAK)
        runs = [part for line in lines for part in (element("w:r", element("w:br")), self.run_writer.run(line))][1:]
        yield add_paragraph("OfficialTitle", *runs)
        if "addressees" in letter:
            colon = self.run_writer.run("：" if self._chinese else ":")
            yield add_paragraph("OfficialAddressee", *self._listed(letter["addressees"]), colon)

    def _number(self) -> Element:
        letter = self.brief.letter
        # If the name is marked as a specimen, the number below it is not marked again.
        number = self._say(self._given("number")) if "number" in letter or "head" in letter else []
        if "signer" not in letter:
            return add_paragraph("OfficialNumber", *number)
        gap = [] if self._chinese else [self.run_writer.run(" ")]
        signer = [*self._say(letter["signer_word"][0]), *gap, *self._say(letter["signer"][0], "OfficialSigner")]
        return add_paragraph("OfficialSigned", *number, self.run_writer.tab(), *signer)

    def body(self) -> Iterator[Element]:
        """Yield headings with their numbers, paragraphs, and the first parts of each measure."""
        numbers = [0, 0, 0]
        blocks = [block for block in self._blocks if not block.id.startswith("summary.")]
        texts = [block for block in blocks if not block.table and not block.figure]
        for block in blocks:
            parts = [*self._block(block, numbers)]
            if parts and block is texts[-1]:  # the signature is never on a page without text
                parts[-1].find("{*}pPr").append(element("w:keepNext"))
            yield from parts

    def _block(self, block: Block, numbers: list[int]) -> Iterator[Element]:
        if block.kind == "heading":
            yield self._numbered(1 if block.level > 2 else 0, block.statements, numbers)
        elif block.kind == "bullets" and len(block.items) == 1:  # a single item has no number
            yield add_paragraph("OfficialText", *self.run_writer.prose(block.items[0].statements))
        elif block.kind == "bullets":
            yield from (self._numbered(2, item.statements, numbers) for item in block.items)
        elif block.kind == "measure":
            yield self._numbered(1, block.statements[:1], numbers)
            yield from self._measure(block, numbers)
        elif block.kind == "paragraph":
            yield add_paragraph("OfficialText", *self.run_writer.prose(block.statements))

    def _measure(self, block: Block, numbers: list[int]) -> Iterator[Element]:
        """Yield a planned measure as a paragraph, or the first parts of any other measure with their labels."""
        parts = [(label, inside[0]) for label, inside in block.parts]
        if block.id.startswith(PLANNED):
            statements = [statement for _, inside in parts for statement in inside.statements]
            yield add_paragraph("OfficialText", *self.run_writer.prose(statements))
            return
        for label, inside in parts:
            if inside.id.rpartition(".")[2] in MEASURE_PARTS:
                sentences = self.run_writer.prose(inside.statements)
                yield self._line(2, [*self._say(label), self._colon(), *sentences], numbers)

    def _numbered(self, level: int, statements: Sequence[Statement], numbers: list[int]) -> Element:
        return self._line(level, self.run_writer.prose(statements), numbers)

    def _line(self, level: int, runs: Sequence[Element], numbers: list[int]) -> Element:
        """Return a paragraph with the next number of its level; the numbers below it begin again."""
        numbers[level] += 1
        numbers[level + 1 :] = [0] * (len(numbers) - level - 1)
        style = ("OfficialHeading1", "OfficialHeading2", "OfficialText")[level]
        return add_paragraph(style, self.run_writer.run(heading_number(level, numbers[level], self._chinese)), *runs)

    def signature(self) -> Iterator[Element]:
        """Yield the list of enclosures, the office and the day at the place of the seal, and a remark."""
        letter = self.brief.letter
        titles = [*(thing.title for thing in self._enclosed), *letter.get("enclosed", ())]
        for place, title in enumerate(titles):
            first = [] if place else [*self._say(self.brief.words[ANNEX]), self._colon()]
            which = [self.run_writer.run(f"{place + 1}.")] if len(titles) > 1 else []
            style = "OfficialEnclosedNext" if place else "OfficialEnclosed"
            yield add_paragraph(style, *first, *which, self.run_writer.quote(title))
        office = self._given("office")
        day = letter["dated"][0] if "dated" in letter else None
        yield self._signed(office, day)
        if day:
            yield add_paragraph("OfficialDay", *self._say(day))
        if "remark" in letter:
            opening, closing = (self.run_writer.run(mark) for mark in ("（）" if self._chinese else "()"))
            yield add_paragraph("OfficialText", opening, *self._say(letter["remark"][0]), closing)

    def _signed(self, office: Statement, day: Statement | None) -> Element:
        """Return the name of the office, centred over the day, which ends four characters from the margin."""
        signed = add_paragraph("OfficialBy", *self._say(office))
        wider = self._ems(office) - (self._ems(day) if day else self._ems(office))
        indent = max(4.0 - wider / 2, 0.0)
        signed.find("{*}pPr").append(element("w:ind", w_right=round(indent * CHARACTER * TWIPS_PER_POINT)))
        return signed

    def annexes(self) -> Iterator[Element]:
        """Yield each annex on a separate page: the word, its title, and the table or the figure."""
        enclosed = self._enclosed
        several = len(enclosed) + len(self.brief.letter.get("enclosed", ())) > 1
        for place, thing in enumerate(enclosed, 1):
            number = ("" if self._chinese else " ") + str(place) if several else ""
            which = [*self._say(self.brief.words[ANNEX]), *([self.run_writer.run(number)] if number else [])]
            yield add_paragraph("OfficialAnnex", *which)
            yield add_paragraph("OfficialAnnexTitle", *self._say(thing.title))
            yield from self._table_with_note(thing) if isinstance(thing, Grid) else self._picture(thing)

    def _table_with_note(self, table: Grid) -> Iterator[Element]:
        yield self._table(table)
        yield from [add_paragraph("OfficialNote", *self._say(table.note))] if table.note else []

    def _picture(self, figure: Figure) -> Iterator[Element]:
        yield add_paragraph("OfficialNote", *self._say(figure.subtitle))
        shown, name = figure.pictures[self.run_writer.language], self.brief.words[ANNEX].text(self.run_writer.language)
        picture = add_picture(self.document.part, self.drawn[shown], name, shown.alt, WIDTH)
        yield add_paragraph("OfficialNote", picture)

    def _table(self, table: Grid) -> Element:
        shares = [max(float(width.rstrip("%")), NARROWEST) for width in widths(table.columns, table.rows)]
        sizes = [round(share / sum(shares) * WIDTH * POINTS_PER_MM * TWIPS_PER_POINT) for share in shares]
        heads = [add_paragraph("OfficialTableHead", *self._say(column.head)) for column in table.columns]
        rows = [table_row([table_cell(size, [head]) for size, head in zip(sizes, heads, strict=True)], head=True)]
        first = NUMBER if table.id == TASKS else TEXT
        for row in table.rows:
            cells = [
                table_cell(size, [add_paragraph(TEXT if place else first, *self._say(statement))])
                for place, (size, statement) in enumerate(zip(sizes, row, strict=True))
            ]
            rows.append(table_row(cells))
        return framed_table("OfficialTable", sizes, rows, table.title.text(self.run_writer.language))

    def colophon(self) -> Iterator[Element]:
        """Yield the last block, at the lower edge of the last page: who gets copies, who printed it and when."""
        letter = self.brief.letter
        if "copies" in letter:
            stop = self.run_writer.run("。" if self._chinese else ".")
            copies = [*self._say(letter["copies_word"][0]), *self._listed(letter["copies"]), stop]
            yield _framed(add_paragraph("OfficialColophon", self.run_writer.tab(), *copies))
        printed = [self.run_writer.tab(), *self._say(letter["printed"][0])] if "printed" in letter else []
        issued = [self.run_writer.tab(), *self._say(self._given("office")), *printed]
        yield _framed(add_paragraph("OfficialColophon", *issued))

    @property
    def _chinese(self) -> bool:
        return self.run_writer.tags.chinese

    def _given(self, key: str) -> Statement:
        """Return the detail that the office declared, or the word for a specimen."""
        return self.brief.letter[key][0] if key in self.brief.letter else self.brief.words[SPECIMEN]

    def _say(self, statement: Statement, style: str = "") -> list[Element]:
        return self.run_writer.say(statement, style)

    def _listed(self, statements: Sequence[Statement]) -> list[Element]:
        comma = "，" if self._chinese else ", "
        return [part for each in statements for part in (self.run_writer.run(comma), *self._say(each))][1:]

    def _ems(self, statement: Statement) -> float:
        text = statement.text(self.run_writer.language)
        return sum(1.0 if ord(each) > ord("ÿ") else 0.5 for each in text)

    def _colon(self) -> Element:
        return self.run_writer.run("：" if self._chinese else ": ")


def heading_number(level: int, number: int, chinese: bool) -> str:
    """Return the number of a heading with its marks: 一、 （一） 1. in Chinese; I. (1) 1. in other languages."""
    if level == 2:
        return f"{number}." if chinese else f"{number}. "
    if not chinese:
        return f"({number}) " if level else f"{_roman(number)}. "
    written = section_number(number, chinese=True).rstrip("、")
    return f"（{written}）" if level else f"{written}、"


def _roman(number: int) -> str:
    written = ""
    for value, letters in ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        written += letters * (number // value)
        number %= value
    return written


def _set_space(paragraph: Element, before: float) -> None:
    paragraph.find("{*}pPr").append(element("w:spacing", w_before=round(max(before, 0) * TWIPS_PER_POINT)))


def _set_size(paragraph: Element, half_points: int) -> None:
    for settings in paragraph.iter("{*}rPr"):
        language = settings.find("{*}lang")  # the schema has it after the size
        for size in [element(tag, w_val=half_points) for tag in ("w:sz", "w:szCs")]:
            settings.append(size) if language is None else language.addprevious(size)


def _framed(paragraph: Element) -> Element:
    """Return a paragraph at the lower edge of the type area; Word joins those of one place in one frame."""
    place = {"w_vAnchor": "margin", "w_hAnchor": "margin", "w_xAlign": "left", "w_yAlign": "bottom"}
    width = round(WIDTH * POINTS_PER_MM * TWIPS_PER_POINT)
    paragraph.find("{*}pPr").insert(1, element("w:framePr", w_w=width, w_hSpace=0, w_wrap="around", **place))
    return paragraph


def _page_break() -> Element:
    return element("w:p", element("w:r", element("w:br", w_type="page")))
