"""Render the document as .docx with real styles, numbering, captions, links and tables.

The paragraphs of two languages follow each other. A table row for each pair would be closer to the PDF, but Word does
not show headings inside tables in its navigation, and a tracked change cannot extend over cells; officials copy, move
and track whole paragraphs. For reading side by side there is the PDF.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from docx.document import Document as WordDocument

from jianbao.brief.logo import LOGO
from jianbao.brief.model import (
    Block,
    Brief,
    Figure,
    Grid,
    Picture,
    Remarks,
    Section,
    ids_in,
    remarked_items,
    without_remarks,
)
from jianbao.core.errors import Place, Problem, RenderError, raise_all
from jianbao.core.messages import tr
from jianbao.render.fonts.registry import Fonts
from jianbao.render.html.page import common, date_words, listed_references, undescribed
from jianbao.render.pdf.render import Metadata
from jianbao.render.theme import MEASURE, Theme
from jianbao.render.typography import RUN_IN
from jianbao.render.word.official_document import is_official, official_parts, set_up
from jianbao.render.word.package import (
    add_picture,
    anchor,
    comment,
    mark_draft,
    new_document,
    packed,
    rasterise,
    rendered_png,
)
from jianbao.render.word.runs import (
    Element,
    Passages,
    RunWriter,
    add_paragraph,
    bookmark,
    check_anchors,
    element,
    enclose,
    number_parts,
    word_languages,
)
from jianbao.render.word.styles import (
    REFERENCES,
    SectionHeading,
    add_headers_and_footers,
    card_table,
    contents,
    grid_table,
    headings,
    section_headings,
    template_values,
)
from jianbao.text.render import Statement

EMPTY_LINES = 3  # empty lines for a decision
TOP = ("series", "issue", "sample", "approval")
LOGO_AREA = (60.0, 9.0)  # width and height in mm of the area for the logo on the first page


def render_docx(brief: Brief, languages: Sequence[str], theme: Theme, fonts: Fonts, metadata: Metadata) -> bytes:
    """Return the brief in the given languages as a Word document, the same bytes from the same brief.

    Figures should be drawn for the full width of the page. Raises RenderError if the theme lacks a language, a figure
    has no picture in one, or a mark refers to a reference or a row that is not in the document.
    """
    made = write_document(brief, languages, theme=theme, fonts=fonts, metadata=metadata, passages=Passages())
    return packed(made, metadata)


def write_document(
    brief: Brief, languages: Sequence[str], *, theme: Theme, fonts: Fonts, metadata: Metadata, passages: Passages
) -> WordDocument:
    """Return the document of `render_docx` before it is saved; its statements are collected in `passages`."""
    _check(brief, languages, theme)
    spoken = word_languages(brief, theme)
    default = spoken[languages[0]]
    run_writers = tuple(
        RunWriter(
            tags=spoken[each],
            default=default,
            language=each,
            second=place > 0,
            units=date_words(theme.settings[each], brief.languages[each]).units,
            passages=passages,
        )
        for place, each in enumerate(languages)
    )
    values = template_values(theme, default)
    document = new_document(metadata, values, theme.paper)
    brief, remarks = without_remarks(brief)
    drawn = _rasterised(brief, languages, fonts, metadata)
    writer = _WordWriter(
        document=document,
        brief=brief,
        run_writers=run_writers,
        drawn=drawn,
        heads=section_headings(brief, run_writers),
        remarks=remarks,
    )
    body = document.element.body
    official = official_parts(document, brief, run_writers, drawn)
    for part in official if is_official(brief) else writer.whole():
        body[-1].addprevious(part)  # the setup of a section stays last
    passages.named(list(body), "")
    if is_official(brief):
        set_up(document, run_writers[0], values)
        number_parts(body)
    else:
        add_headers_and_footers(document, brief, run_writers)
        first = document.sections[0].first_page_header
        if theme.logo:
            about = brief.words[LOGO].text(languages[0])
            logo = rendered_png(theme.logo, about, LOGO_AREA, fonts, metadata)
            first._element[0].extend([run_writers[0].tab(), add_picture(first.part, logo, LOGO, about)])
        number_parts(body, first._element[0])
    mark_draft(document, brief, theme, fonts, run_writers)
    check_anchors(body, f"brief.{'-'.join(languages)}.docx")
    return document


def _figures(brief: Brief) -> list[Figure]:
    return [block.figure for block in brief.blocks() if block.figure]


def _check(brief: Brief, languages: Sequence[str], theme: Theme) -> None:
    problems = [
        Problem(Place("theme", column=language), tr("the theme does not say how this language is set"))
        for language in languages
        if language not in theme.settings
    ]
    problems += [
        Problem(
            Place("figures", column=figure.id),
            tr("figure '{figure}' has not been drawn in '{language}'", figure=figure.id, language=language),
        )
        for figure in _figures(brief)
        for language in languages
        if language not in figure.pictures
    ]
    raise_all([*problems, *undescribed(brief, theme)], RenderError)


def _rasterised(brief: Brief, languages: Sequence[str], fonts: Fonts, metadata: Metadata) -> dict[Picture, bytes]:
    every = (figure.pictures[language] for figure in _figures(brief) for language in languages)
    pictures = list(dict.fromkeys(every))
    return dict(zip(pictures, rasterise(pictures, fonts, metadata), strict=True))


@dataclass(frozen=True, kw_only=True)
class _WordWriter:
    """Writes the document: `run_writers` has a writer for each language, `drawn` the pictures as PNG.

    `heads` are the headings of its sections, `remarks` the remarks on items of a draft by their ids.
    """

    document: WordDocument
    brief: Brief
    run_writers: tuple[RunWriter, ...]
    drawn: dict[Picture, bytes]
    heads: tuple[SectionHeading, ...]
    remarks: Remarks

    def whole(self) -> Iterator[Element]:
        """Yield everything in reading order: summary, contents, body, references, annex."""
        sections = self.brief.sections
        for section in sections:
            if section.role == "summary":
                yield from self._front(section)
        yield contents(self.heads, self.brief.words["contents"], self.run_writers)
        for role in ("body", "annex"):
            if role == "annex":
                yield from self._references()
            for section in sections:
                if section.role == role:
                    yield from self._section(section)

    def _front(self, section: Section) -> Iterator[Element]:
        masthead = self.brief.masthead
        for run_writer in self.run_writers:
            yield add_paragraph("Masthead", *_in_line([masthead[key] for key in TOP if key in masthead], run_writer))
        titles = [
            add_paragraph(style, *run_writer.say(heading))
            for run_writer in self.run_writers
            for style, heading in (("Title", self.brief.title), ("Subtitle", self.brief.subtitle))
        ]
        known = remarked_items(self.brief)
        yield from self._commented(titles, [item for item in self.remarks if item not in known])
        yield from self._blocks(section.blocks, annex=False, top=True)
        for run_writer in self.run_writers:
            about = [statement for key, statement in masthead.items() if key not in TOP]
            yield add_paragraph("Source", *_in_line(about, run_writer))

    def _section(self, section: Section) -> Iterator[Element]:
        annex = section.role == "annex"
        style = "AnnexHeading" if annex else "Heading1"
        yield from self._commented([*headings(self.heads, section.id, style)], [section.title.id])
        yield from self._blocks(section.blocks, annex)

    def _references(self) -> Iterator[Element]:
        if not self.brief.references:
            return
        yield from headings(self.heads, REFERENCES, "AnnexHeading")
        languages = [run_writer.language for run_writer in self.run_writers]
        chinese = [run_writer.language for run_writer in self.run_writers if run_writer.tags.chinese]
        by_language = {run_writer.language: run_writer for run_writer in self.run_writers}
        for reference in self.brief.references:
            runs: list[Element] = []
            for language, entry in listed_references(reference, languages, chinese):
                run_writer = by_language[language]
                runs += [element("w:r", element("w:br"))] if runs else []
                runs.append(run_writer.run(entry))
            number = self.run_writers[0].run(f"[{reference.number}]", "CaptionNumber")
            yield add_paragraph(
                "Bibliography", *bookmark(f"reference_{reference.number}", number), self.run_writers[0].tab(), *runs
            )

    def _blocks(self, blocks: Sequence[Block], annex: bool, top: bool = False) -> Iterator[Element]:
        for block in blocks:
            parts = self._commented([*self._block(block, annex, top)], ids_in(block))
            item = _item(block)
            yield from self.run_writers[0].passages.named(enclose(parts, item) if item else parts, item)

    def _commented(self, parts: Sequence[Element], items: Iterable[str]) -> Sequence[Element]:
        """Return parts, with the remarks on their items as comments."""
        remarks = [remark for item in dict.fromkeys(items) for remark in self.remarks.get(item, ())]
        anchor(parts, [comment(self.document, remark, self.run_writers, self.brief.as_of) for remark in remarks])
        return parts

    def _block(self, block: Block, annex: bool, top: bool) -> Iterator[Element]:
        if block.figure:
            yield from self._figure(block.figure)
        elif block.table:
            yield from self._table(block.table, annex)
        elif block.kind == "measure":
            yield from self._measure(block)
        elif block.kind == "headline":
            yield from self._headline(block)
        else:
            yield from (part for run_writer in self.run_writers for part in _text_block(block, run_writer, top))

    def _caption(self, word: str, thing: Figure | Grid, run_writer: RunWriter) -> Element:
        style = "ParallelCaption" if run_writer.second else "Caption"
        title = run_writer.say(thing.title)
        if not thing.number:
            return add_paragraph(style, *title)
        label = self.brief.words[word]
        # Both languages use the same sequence of numbers; the second repeats the number of the first.
        again = " \\c" if run_writer.second else " \\* ARABIC"
        field = run_writer.field(
            f"SEQ {label.text(self.run_writers[0].language)}{again}", str(thing.number), "CaptionNumber"
        )
        named = run_writer.run(f"{label.text(run_writer.language)} ", "CaptionNumber")
        return add_paragraph(style, named, *field, run_writer.run(RUN_IN), *title)

    def _figure(self, figure: Figure) -> Iterator[Element]:
        """Yield the captions in every language, the picture, and the notes and marks in every language."""
        for run_writer in self.run_writers:
            yield self._caption("figure", figure, run_writer)
            yield add_paragraph("Measure", *run_writer.say(figure.subtitle))
        first = self.run_writers[0].language
        shown, name = figure.pictures[first], f"{self.brief.words['figure'].text(first)} {figure.number}"
        width = min(shown.width_mm, MEASURE)
        yield add_paragraph("Figure", add_picture(self.document.part, self.drawn[shown], name, shown.alt, width))
        notes = [part for run_writer in self.run_writers for part in self._source(figure, run_writer)]
        yield from notes or [add_paragraph("Gap")]

    def _source(self, noted: Figure | Grid, run_writer: RunWriter) -> list[Element]:
        runs = [*(run_writer.say(noted.note) if noted.note else []), *run_writer.marks(noted)]
        return [add_paragraph("Source", *runs)] if runs else []

    def _table(self, table: Grid, annex: bool) -> Iterator[Element]:
        yield from (self._caption("table", table, run_writer) for run_writer in self.run_writers)
        below = [part for run_writer in self.run_writers for part in self._source(table, run_writer)]
        yield grid_table(table, self.run_writers, annex, noted=bool(below))
        yield from below or [add_paragraph("Gap")]

    def _measure(self, block: Block) -> Iterator[Element]:
        for run_writer in self.run_writers:
            title, *gaps = block.statements
            yield add_paragraph("ParallelCardTitle" if run_writer.second else "CardTitle", *run_writer.say(title))
            yield from (add_paragraph("CardGap", *run_writer.say(gap)) for gap in gaps)
        yield card_table(block, self.run_writers)
        yield add_paragraph("Gap")

    def _headline(self, block: Block) -> Iterator[Element]:
        languages = [run_writer.language for run_writer in self.run_writers]
        for item in block.items:
            value, name, *rest = item.statements
            for run_writer in self.run_writers:
                again = run_writer.second and common(value, languages)
                shown = [] if again else run_writer.say(value, "ScoreValue")
                below = [element("w:r", element("w:br")), *_in_line(rest, run_writer)] if rest else []
                yield add_paragraph("Score", *shown, run_writer.tab(), *run_writer.say(name, "ScoreName"), *below)


def _item(block: Block) -> str:
    """Return the id of the item that a block is as a whole: a figure, table, measure or headline; else ""."""
    if block.figure or block.table:
        return f"figure.{block.figure.id}" if block.figure else f"table.{block.table.id}" if block.table else ""
    return block.id if block.kind in ("measure", "headline") else ""


def _in_line(statements: Sequence[Statement], run_writer: RunWriter) -> list[Element]:
    """Return statements on one line with an em space between them."""
    return [part for each in statements for part in (run_writer.run(RUN_IN), *run_writer.say(each))][1:]


def _text_block(block: Block, run_writer: RunWriter, top: bool) -> Iterator[Element]:
    """Yield the paragraphs of a text block in one language."""
    text = "ParallelText" if run_writer.second else "BodyText"
    if block.kind == "heading":
        style = "SummaryHeading" if top else "Heading3" if block.level > 3 else "Heading2"
        yield add_paragraph(style, *run_writer.prose(block.statements))
        return
    inside = {
        "bullets": ("Label", "ListBullet"),
        "box": ("BoxLabel", "ParallelBox" if run_writer.second else "Box"),
        "aside": ("Label", "Source"),
        "decision": ("BoxLabel", text),
    }.get(block.kind)
    if inside is None:
        yield add_paragraph(
            "Source" if block.kind == "note" else text, *run_writer.prose(block.statements), *run_writer.marks(block)
        )
        return
    label = [add_paragraph(inside[0], *run_writer.prose(block.statements))] if block.statements else []
    yield from label if block.kind != "decision" else ()
    for item in block.items:
        yield add_paragraph(inside[1], *run_writer.prose(item.statements), *run_writer.marks(item))
    if block.kind == "decision":  # the label is above the empty lines for the decision
        yield from (*label, *(add_paragraph("Box") for _ in range(EMPTY_LINES)))
