"""The headings of a Word document: numbered lists, and the table of contents made from them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from jianbao.brief.model import Brief
from jianbao.render.theme import Theme
from jianbao.render.word.runs import Element, RunWriter, add_paragraph, bookmark, element, link
from jianbao.render.word.styles import BULLETS, HEADINGS, TWIPS, WordFonts, font_tables, hex_of, style_id
from jianbao.text.statements import Statement

# The digits of Chinese numerals, one to nine, and ten.
DIGITS = ("", *"一二三四五", *"六七八九")
TEN = "十"


def numbering(root: Element, chinese: bool, theme: Theme, faces: WordFonts) -> None:
    """Put our lists in the place of the template's: headings on two levels, and bullets."""
    for child in list(root):
        root.remove(child)
    levels: Sequence[tuple[str, str, str, str]] = (
        ("heading 1", "chineseCountingThousand", "%1、", "nothing"),
        ("Card Title", "chineseCountingThousand", "（%2）", "nothing"),
    )
    if not chinese:
        levels = (("heading 1", "decimal", "%1", "space"), ("Card Title", "decimal", "%2.", "space"))
    heads = [_level(place, *level) for place, level in enumerate(levels)]
    kind = element("w:multiLevelType", w_val="multilevel")
    root.append(element("w:abstractNum", kind, *heads, w_abstractNumId=HEADINGS))
    accent = element("w:color", w_val=hex_of(theme, "accent"))
    bullet = _level(0, "List Bullet", "bullet", "\u2022", "tab")
    bullet.append(element("w:pPr", element("w:ind", w_left=12 * TWIPS, w_hanging=12 * TWIPS)))
    bullet.append(element("w:rPr", font_tables(faces, "sans"), accent))
    single = element("w:multiLevelType", w_val="singleLevel")
    root.append(element("w:abstractNum", single, bullet, w_abstractNumId=BULLETS))
    for number in (HEADINGS, BULLETS):
        root.append(element("w:num", element("w:abstractNumId", w_val=number), w_numId=number))


def _level(place: int, style: str, form: str, text: str, gap: str) -> Element:
    parts = [
        ("start", 1),
        ("numFmt", form),
        ("pStyle", style_id(style)),
        ("suff", gap),
        ("lvlText", text),
        ("lvlJc", "left"),
    ]
    return element("w:lvl", *(element(f"w:{tag}", w_val=value) for tag, value in parts), w_ilvl=place)


def numeral(number: int, chinese: bool) -> str:
    """Return the number of a section up to 99, with its mark, as the headings' own list writes it."""
    if not chinese:
        return f"{number} "
    tens, ones = divmod(number, 10)
    return f"{DIGITS[tens] if tens > 1 else ''}{TEN if tens else ''}{DIGITS[ones]}、"


# First level, links, and heads of our own styles by their outline level.
CONTENTS = r'TOC \o "1-1" \h \z \u'
# By this name Word knows a table of contents and offers to renew it.
GALLERY = "Table of Contents"
REFERENCES = "references"


@dataclass(frozen=True, kw_only=True)
class Head:
    """The head of a section in one language: the bookmark that it carries, and its number as the list writes it."""

    section: str
    anchor: str
    number: str
    title: Statement
    run_writer: RunWriter


def heads_of(brief: Brief, voices: Sequence[RunWriter]) -> tuple[Head, ...]:
    """Return the heads in the order of the document: body, references, annex; only the first language is numbered."""
    numbers, anchors = count(1), count(1)
    titles = [(section.id, section.title, True) for section in brief.sections if section.role == "body"]
    if brief.references:
        titles.append((REFERENCES, brief.words["references"], False))
    titles += [(section.id, section.title, False) for section in brief.sections if section.role == "annex"]
    found = []
    for section, title, numbered in titles:
        number = numeral(next(numbers), voices[0].tongue.chinese) if numbered else ""
        for run_writer in voices:
            shown = "" if run_writer.second else number
            found.append(
                Head(
                    section=section, anchor=f"_Toc{next(anchors):08d}", number=shown, title=title, run_writer=run_writer
                )
            )
    return tuple(found)


def headings(heads: Sequence[Head], section: str, style: str) -> Iterator[Element]:
    """Yield the headings of a section, each the target of its entry in the contents."""
    for head in heads:
        if head.section == section:
            named = "ParallelHeading" if head.run_writer.second else style
            yield add_paragraph(named, *bookmark(head.anchor, head.run_writer.say(head.title)))


def contents(heads: Sequence[Head], title: Statement, voices: Sequence[RunWriter]) -> Element:
    """Return the table of contents, with the entries that Word would find; renewing it adds the page numbers.

    It begins on the first page if it has room there; no entry is left alone on a page.
    """
    labels = [add_paragraph("TOCHeading", run_writer.say(title)) for run_writer in voices]
    ends = (0, len(heads) - 2)
    entries = [add_paragraph("Toc1", _entry(head), keep=place in ends) for place, head in enumerate(heads)]
    if entries:
        entries[0][1:1] = voices[0].begin(CONTENTS)
        entries[-1].append(voices[0].end())
    kind = element("w:docPartObj", element("w:docPartGallery", w_val=GALLERY), element("w:docPartUnique"))
    return element("w:sdt", element("w:sdtPr", kind), element("w:sdtContent", *labels, *entries))


def _entry(head: Head) -> Element:
    number = [head.run_writer.run(head.number)] if head.number else []
    return link(head.anchor, *number, head.run_writer.say(head.title))
