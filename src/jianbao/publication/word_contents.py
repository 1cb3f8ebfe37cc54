"""The heads of a Word document's sections, and the table of contents that is filled from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from jianbao.argument.statements import Statement
from jianbao.publication.brief import Brief
from jianbao.publication.word_numbering import numeral
from jianbao.publication.word_text import Element, Voice, bookmark, element, link, paragraph

# First level, links, and heads of our own styles by their outline level.
CONTENTS = r'TOC \o "1-1" \h \z \u'
# By this name Word knows a table of contents and offers to renew it.
GALLERY = "Table of Contents"
REFERENCES = "references"


@dataclass(frozen=True)
class Head:
    """The head of a section in one language: the bookmark that it carries, and its number as the list writes it."""

    section: str
    anchor: str
    number: str
    title: Statement
    voice: Voice


def heads_of(brief: Brief, voices: Sequence[Voice]) -> tuple[Head, ...]:
    """Return the heads in the order of the document: body, references, annex; only the first language is numbered."""
    numbers, anchors = count(1), count(1)
    titles = [(section.id, section.title, True) for section in brief.sections if section.role == "body"]
    if brief.references:
        titles.append((REFERENCES, brief.words["references"], False))
    titles += [(section.id, section.title, False) for section in brief.sections if section.role == "annex"]
    found = []
    for section, title, numbered in titles:
        number = numeral(next(numbers), voices[0].tongue.chinese) if numbered else ""
        for voice in voices:
            shown = "" if voice.second else number
            found.append(Head(section, f"_Toc{next(anchors):08d}", shown, title, voice))
    return tuple(found)


def headings(heads: Sequence[Head], section: str, style: str) -> Iterator[Element]:
    """Yield the headings of a section, each the target of its entry in the contents."""
    for head in heads:
        if head.section == section:
            named = "ParallelHeading" if head.voice.second else style
            yield paragraph(named, *bookmark(head.anchor, head.voice.say(head.title)))


def contents(heads: Sequence[Head], title: Statement, voices: Sequence[Voice]) -> Element:
    """Return the table of contents, with the entries that Word would find; renewing it adds the page numbers.

    It begins on the first page if it has room there; no entry is left alone on a page.
    """
    labels = [paragraph("TOCHeading", voice.say(title)) for voice in voices]
    ends = (0, len(heads) - 2)
    entries = [paragraph("Toc1", _entry(head), keep=place in ends) for place, head in enumerate(heads)]
    if entries:
        entries[0][1:1] = voices[0].begin(CONTENTS)
        entries[-1].append(voices[0].end())
    kind = element("w:docPartObj", element("w:docPartGallery", w_val=GALLERY), element("w:docPartUnique"))
    return element("w:sdt", element("w:sdtPr", kind), element("w:sdtContent", *labels, *entries))


def _entry(head: Head) -> Element:
    number = [head.voice.run(head.number)] if head.number else []
    return link(head.anchor, *number, head.voice.say(head.title))
