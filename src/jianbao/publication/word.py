"""The brief as a Word document that an official can go on writing: real styles, numbers, captions, links and tables.

Of two languages, one paragraph stands under the other. A row of a table for each pair would be closer to the PDF, but
Word neither shows headings inside tables in its navigation nor lets a change run over cells, and officials copy, move
and track whole paragraphs; to be read side by side there is the PDF.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from docx.document import Document as WordDocument

from jianbao.argument.statements import Statement
from jianbao.errors import Place, Problem, RenderError, raise_all
from jianbao.publication.brief import Block, Brief, Figure, Grid, Picture, Section
from jianbao.publication.emblem import LOGO
from jianbao.publication.fonts import Fonts
from jianbao.publication.page import common, dated, drafted, faint, listed, undescribed
from jianbao.publication.pdf import Metadata
from jianbao.publication.rasters import rasterise, struck
from jianbao.publication.remarks import Remarks, ids_in, items_of, lifted
from jianbao.publication.spacing import RUN_IN
from jianbao.publication.theme import MEASURE, Theme
from jianbao.publication.word_contents import REFERENCES, Head, contents, headings, heads_of
from jianbao.publication.word_draft import anchor, comment, mark, unshade
from jianbao.publication.word_numbering import numbering
from jianbao.publication.word_package import new_document, packed, picture
from jianbao.publication.word_styles import faces_of, set_styles
from jianbao.publication.word_tables import card_table, grid_table
from jianbao.publication.word_text import (
    Element,
    Voice,
    bookmark,
    dangling,
    element,
    number_parts,
    paragraph,
    tongues,
)

TOP = ("series", "issue", "sample", "approval")
CREST = (60.0, 9.0)  # the room of the logo on the first page, in mm


def render_docx(brief: Brief, languages: Sequence[str], theme: Theme, fonts: Fonts, metadata: Metadata) -> bytes:
    """Return the brief in the given languages as a Word document, the same bytes from the same brief.

    Figures should be drawn for the full width of the page. RenderError if the theme does not know a language, a figure
    has no picture in one, or a mark leads to a reference or a row that is not in the document.
    """
    _check(brief, languages, theme)
    spoken = tongues(brief, theme)
    default = spoken[languages[0]]
    units = [dated(theme.settings[each], brief.languages[each]).units for each in languages]
    voices = tuple(Voice(spoken[each], default, each, place > 0, units[place]) for place, each in enumerate(languages))
    document = new_document(metadata, faces_of(theme), default, theme.paper)
    set_styles(document.styles.element, theme, default)
    numbering(document.part.numbering_part.element, default.chinese, theme, faces_of(theme))
    brief, remarks = lifted(brief)
    drawn = _drawn(brief, languages, fonts, metadata)
    writing = _Writing(document, brief, voices, drawn, heads_of(brief, voices), remarks)
    body = document.element.body
    end = body[-1]
    for part in writing.whole():
        end.addprevious(part)
    _furnish(document, brief, voices)
    section = document.sections[0]
    first, head = (holder._element[0] for holder in (section.first_page_header, section.header))
    if theme.emblem:
        about = brief.words[LOGO].text(languages[0])
        logo = struck(theme.emblem, about, CREST, fonts, metadata)
        first.extend([voices[0].tab(), picture(section.first_page_header.part, logo, LOGO, about)])
    number_parts(body, first)
    words = drafted(brief, languages, theme, fonts)
    if words:
        faces = faces_of(theme)
        family = (faces.han if any(voice.tongue.chinese for voice in voices) else faces.latin)["sans"]
        mark((head, first), words, family, faint(theme))
        unshade(document.styles.element)
    where = Place(f"brief.{'-'.join(languages)}.docx")
    lost = (Problem(where, f"a mark leads to '{anchor}', which is not in the document") for anchor in dangling(body))
    raise_all(lost, RenderError)
    return packed(document, metadata)


def _figures(brief: Brief) -> list[Figure]:
    return [block.figure for block in brief.blocks() if block.figure]


def _check(brief: Brief, languages: Sequence[str], theme: Theme) -> None:
    problems = [
        Problem(Place("theme", column=language), "the theme does not say how this language is set")
        for language in languages
        if language not in theme.settings
    ]
    problems += [
        Problem(Place("figures", column=figure.id), f"figure '{figure.id}' has not been drawn in '{language}'")
        for figure in _figures(brief)
        for language in languages
        if language not in figure.pictures
    ]
    raise_all([*problems, *undescribed(brief, theme)], RenderError)


def _drawn(brief: Brief, languages: Sequence[str], fonts: Fonts, metadata: Metadata) -> dict[Picture, bytes]:
    pictures = [figure.pictures[language] for figure in _figures(brief) for language in languages]
    return dict(zip(pictures, rasterise(pictures, fonts, metadata), strict=True))


def _furnish(document: WordDocument, brief: Brief, voices: Sequence[Voice]) -> None:
    """Write the running head, from the second page on, and the number of every page."""
    section, first = document.sections[0], voices[0]
    series = brief.masthead.get("series", brief.title)
    right = series if len(voices) > 1 else brief.masthead.get("issue", brief.subtitle)
    head = paragraph("Header", first.say(series), first.tab(), voices[-1].say(right))
    for holder, part in (
        (section.header, head),
        (section.footer, paragraph("Footer", *first.field("PAGE", "2"))),
        (section.first_page_header, paragraph("Header")),
        (section.first_page_footer, paragraph("Footer", *first.field("PAGE", "1"))),
    ):
        holder.is_linked_to_previous = False
        root = holder._element  # python-docx gives no other way to the whole of a head
        for child in list(root):
            root.remove(child)
        root.append(part)


@dataclass(frozen=True)
class _Writing:
    """Writes the document; `voices` are its languages, `drawn` the pictures as PNG, `heads` those of its sections.

    `remarks` are what is said of each item of a draft, by its id.
    """

    document: WordDocument
    brief: Brief
    voices: tuple[Voice, ...]
    drawn: dict[Picture, bytes]
    heads: tuple[Head, ...]
    remarks: Remarks

    def whole(self) -> Iterator[Element]:
        """Yield everything in reading order: summary, contents, body, references, annex."""
        sections = self.brief.sections
        for section in sections:
            if section.role == "summary":
                yield from self._front(section)
        yield contents(self.heads, self.brief.words["contents"], self.voices)
        for role in ("body", "annex"):
            if role == "annex":
                yield from self._references()
            for section in sections:
                if section.role == role:
                    yield from self._section(section)

    def _front(self, section: Section) -> Iterator[Element]:
        masthead = self.brief.masthead
        for voice in self.voices:
            yield paragraph("Masthead", *_in_line([masthead[key] for key in TOP if key in masthead], voice))
        titles = [
            paragraph(style, voice.say(said))
            for voice in self.voices
            for style, said in (("Title", self.brief.title), ("Subtitle", self.brief.subtitle))
        ]
        known = items_of(self.brief)
        yield from self._commented(titles, [item for item in self.remarks if item not in known])
        yield from self._blocks(section.blocks, annex=False, top=True)
        for voice in self.voices:
            about = [statement for key, statement in masthead.items() if key not in TOP]
            yield paragraph("Source", *_in_line(about, voice))

    def _section(self, section: Section) -> Iterator[Element]:
        annex = section.role == "annex"
        style = "AnnexHeading" if annex else "Heading1"
        yield from self._commented([*headings(self.heads, section.id, style)], [section.title.id])
        yield from self._blocks(section.blocks, annex)

    def _references(self) -> Iterator[Element]:
        if not self.brief.references:
            return
        yield from headings(self.heads, REFERENCES, "AnnexHeading")
        languages = [voice.language for voice in self.voices]
        chinese = [voice.language for voice in self.voices if voice.tongue.chinese]
        by_language = {voice.language: voice for voice in self.voices}
        for reference in self.brief.references:
            runs: list[Element] = []
            for language, entry in listed(reference, languages, chinese):
                voice = by_language[language]
                runs += [element("w:r", element("w:br"))] if runs else []
                runs.append(voice.run(entry))
            number = self.voices[0].run(f"[{reference.number}]", "CaptionNumber")
            yield paragraph(
                "Bibliography", *bookmark(f"reference_{reference.number}", number), self.voices[0].tab(), *runs
            )

    def _blocks(self, blocks: Sequence[Block], annex: bool, top: bool = False) -> Iterator[Element]:
        for block in blocks:
            yield from self._commented([*self._block(block, annex, top)], ids_in(block))

    def _commented(self, parts: Sequence[Element], items: Iterable[str]) -> Sequence[Element]:
        """Return parts with the comments on the items that they say."""
        remarks = [remark for item in dict.fromkeys(items) for remark in self.remarks.get(item, ())]
        anchor(parts, [comment(self.document, remark, self.voices, self.brief.as_of) for remark in remarks])
        return parts

    def _block(self, block: Block, annex: bool, top: bool) -> Iterator[Element]:
        if block.figure:
            yield from self._figure(block.figure)
        elif block.table:
            yield from self._table(block.table, annex)
        elif block.kind == "recommendation":
            yield from self._recommendation(block)
        elif block.kind == "headline":
            yield from self._headline(block)
        else:
            yield from (part for voice in self.voices for part in _said(block, voice, top))

    def _caption(self, word: str, thing: Figure | Grid, voice: Voice) -> Element:
        style = "ParallelCaption" if voice.second else "Caption"
        title = voice.say(thing.title)
        if not thing.number:
            return paragraph(style, title)
        label = self.brief.words[word]
        # Both languages count in the same sequence; the second repeats the number of the first.
        again = " \\c" if voice.second else " \\* ARABIC"
        field = voice.field(f"SEQ {label.text(self.voices[0].language)}{again}", str(thing.number), "CaptionNumber")
        named = voice.run(f"{label.text(voice.language)} ", "CaptionNumber")
        return paragraph(style, named, *field, voice.run(RUN_IN), title)

    def _figure(self, figure: Figure) -> Iterator[Element]:
        for voice in self.voices:
            shown = figure.pictures[voice.language]
            yield self._caption("figure", figure, voice)
            yield paragraph("Measure", voice.say(figure.subtitle))
            name = f"{self.brief.words['figure'].text(voice.language)} {figure.number}"
            width = min(shown.width_mm, MEASURE)
            yield paragraph("Figure", picture(self.document.part, self.drawn[shown], name, shown.alt, width))
            yield from self._source(figure, voice) or [paragraph("Gap")]

    def _source(self, noted: Figure | Grid, voice: Voice) -> list[Element]:
        said = [*([voice.say(noted.note)] if noted.note else []), *voice.marks(noted)]
        return [paragraph("Source", *said)] if said else []

    def _table(self, table: Grid, annex: bool) -> Iterator[Element]:
        yield from (self._caption("table", table, voice) for voice in self.voices)
        below = [part for voice in self.voices for part in self._source(table, voice)]
        yield grid_table(table, self.voices, annex, noted=bool(below))
        yield from below or [paragraph("Gap")]

    def _recommendation(self, block: Block) -> Iterator[Element]:
        for voice in self.voices:
            title, *grades = block.statements
            yield paragraph("ParallelRecommendation" if voice.second else "Recommendation", voice.say(title))
            yield from (paragraph("Grade", voice.say(grade)) for grade in grades)
        yield card_table(block, self.voices)
        yield paragraph("Gap")

    def _headline(self, block: Block) -> Iterator[Element]:
        languages = [voice.language for voice in self.voices]
        for item in block.items:
            value, name, *rest = item.statements
            for voice in self.voices:
                again = voice.second and common(value, languages)
                shown = [] if again else [voice.say(value, "ScoreValue")]
                below = [element("w:r", element("w:br")), *_in_line(rest, voice)] if rest else []
                yield paragraph("Score", *shown, voice.tab(), voice.say(name, "ScoreName"), *below)


def _in_line(statements: Sequence[Statement], voice: Voice) -> list[Element]:
    """Return statements in one line, with a space of an em between them."""
    return [part for each in statements for part in (voice.run(RUN_IN), voice.say(each))][1:]


def _said(block: Block, voice: Voice, top: bool) -> Iterator[Element]:
    """Yield the paragraphs of a text block in one language."""
    text = "ParallelText" if voice.second else "BodyText"
    if block.kind == "heading":
        style = "SummaryHeading" if top else "Heading3" if block.level > 3 else "Heading2"
        yield paragraph(style, voice.prose(block.statements))
        return
    inside = {"bullets": ("Label", "ListBullet"), "box": ("BoxLabel", "ParallelBox" if voice.second else "Box")}.get(
        block.kind
    )
    if inside is None:
        yield paragraph("Source" if block.kind == "note" else text, voice.prose(block.statements), *voice.marks(block))
        return
    if block.statements:
        yield paragraph(inside[0], voice.prose(block.statements))
    for item in block.items:
        yield paragraph(inside[1], voice.prose(item.statements), *voice.marks(item))
