"""Apparatus: sources that can be opened, names in full, a method that is told, and nothing unfinished."""

import re
from collections import Counter
from collections.abc import Iterator

from jianbao.judgement.argument import METHOD, methods, room
from jianbao.judgement.exhibit import Exhibit, Flag
from jianbao.judgement.points import FAILED, MET, TENTH, Finding, Group, Point, by_parts

YEAR = re.compile(r"\d{4}")
SHORT = re.compile(r"(?<![\w-])[A-Z]{3,}(?:\s[A-Z]{3,})*(?![\w-])", re.ASCII)
BEFORE = ("（", "(")
LEFT = re.compile(r"\{\{|\}\}|\{%|(?<![A-Za-z])(?:None|NaN|nan|null|TODO|TBD)(?![A-Za-z])|\N{REPLACEMENT CHARACTER}")
NOTDEF = "\0"
LONG = 12  # characters or words from which a sentence that comes twice is a repetition


def sources_open_and_names_are_expanded(exhibit: Exhibit) -> Finding:
    """Judge references: address and date; and abbreviations: in full at their first mention."""
    references = exhibit.brief.references
    closed = [exhibit.flag(each.entries[exhibit.language], "no address") for each in references if not each.url]
    undated = [
        exhibit.flag(each.entries[exhibit.language], "no date")
        for each in references
        if not YEAR.search(each.entries[exhibit.language])
    ]
    short = list(_unexpanded(exhibit))
    many = TENTH * len(references)
    return by_parts(
        (
            (bool(references), "there are references"),
            (len(closed) <= many, f"{len(closed)} without an address"),
            (len(undated) <= many, f"{len(undated)} without a date"),
            (not short, f"{len(short)} abbreviations not expanded"),
        ),
        (*short, *closed, *undated),
    )


def _unexpanded(exhibit: Exhibit) -> Iterator[Flag]:
    seen = set[str]()
    for each in exhibit.prose():
        for match in SHORT.finditer(each.text):
            if match.group() not in seen and each.text[match.start() - 1 : match.start()] not in BEFORE:
                yield exhibit.flag(match.group(), "not in full at first", each.text)
            seen.add(match.group())


def method_is_stated(exhibit: Exhibit) -> Finding:
    """Judge the method: told in the body, in half a page, with last year's scores on this year's rules."""
    sections = methods(exhibit)
    rooms = [room(exhibit, section) for section in sections]
    return by_parts(
        (
            (bool(sections), "the method is told"),
            (max(rooms, default=0.0) <= METHOD * exhibit.beside, f"it takes {max(rooms, default=0.0):.2f} pages"),
            (f"previous.{exhibit.index}" in exhibit.told(), "last year's score is recomputed"),
        )
    )


def nothing_is_unfinished(exhibit: Exhibit) -> Finding:
    """Judge the print: no left-overs, lost letters or repetitions, no empty section, the right language tag."""
    flags = [
        Flag(match.group(), page.number, "left over")
        for page in exhibit.printed.pages
        for line in page.lines
        for match in LEFT.finditer(line.text)
    ]
    flags += [
        Flag(line.text, page.number, "a lost letter")
        for page in exhibit.printed.pages
        for line in page.lines
        if NOTDEF in line.text
    ]
    flags += [exhibit.flag(each, "said twice") for each in _repeated(exhibit)]
    flags += [
        exhibit.flag(exhibit.text(section.title), "an empty section")
        for section in exhibit.brief.sections
        if not section.blocks
    ]
    flags += [Flag(exhibit.printed.language, 0, "the language of the print")] if not _tagged(exhibit) else []
    return Finding(FAILED if flags else MET, f"{len(flags)} unfinished", tuple(flags))


def _repeated(exhibit: Exhibit) -> list[str]:
    counted = Counter(
        sentence for each in exhibit.paragraphs(*exhibit.body) for sentence in exhibit.tongue.sentences(each.text)
    )
    return [sentence for sentence, times in counted.items() if times > 1 and exhibit.tongue.length(sentence) >= LONG]


def _tagged(exhibit: Exhibit) -> bool:
    """Say whether the print is in one of its languages: in this one, or beside another in one of the brief's."""
    tags = exhibit.brief.languages
    return exhibit.printed.language in ([tags[exhibit.language]] if exhibit.beside == 1 else tags.values())


GROUP = Group(
    "A9",
    "Apparatus",
    (
        Point(
            43, "sources can be opened, abbreviations stand in full at first", "P", sources_open_and_names_are_expanded
        ),
        Point(44, "method and changes are stated", "EP", method_is_stated),
        Point(45, "nothing is unfinished", "P", nothing_is_unfinished, stop=True),
    ),
)
