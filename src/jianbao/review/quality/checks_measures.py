"""Checks on measures and sources: number, parts, powers, openness, and nothing left unfinished."""

import re
from collections import Counter
from collections.abc import Iterator

from jianbao.brief.model import Block
from jianbao.core.messages import tr, tr_later, tr_list
from jianbao.review.quality.checks_argument import METHOD, methods, room
from jianbao.review.quality.document_view import DocumentView, Flag
from jianbao.review.quality.model import (
    FAILED,
    MET,
    PARTLY,
    TENTH,
    Finding,
    PointGroup,
    by_eye,
    by_parts,
    by_share,
)

NUMBER = (3, 5)
PARTS = ("lead", "with", "hundred_days", "indicator", "cost", "risk", "stop")
FOLLOW_UP = "follow_up"
MEASURE_GROUP = PointGroup("A8", tr("Measures"))
SOURCE_GROUP = PointGroup("A9", tr("Apparatus"))


@MEASURE_GROUP.point(39, tr("three to five, each an action"), "P")
def few_and_actions(view: DocumentView) -> Finding:
    """Judge number and titles: an action, not a wish."""
    titles = [view.text(card.statements[0]) for card in view.cards()]
    weak = [view.flag(title, tr("says no action")) for title in titles if view.tongue.words("weak").match(title)]
    return by_parts(
        (
            (
                NUMBER[0] <= len(titles) <= NUMBER[1],
                tr("{count} of {least} to {most}", count=len(titles), least=NUMBER[0], most=NUMBER[1]),
            ),
            (not weak, tr("{count} begin with a wish", count=len(weak))),
        ),
        weak,
    )


@MEASURE_GROUP.point(40, tr("each has its parts"), "P")
def parts_are_complete(view: DocumentView) -> Finding:
    """Judge the cards: each says who leads, with whom, what comes first, how success is seen, cost, risk and stop."""
    flags, cards = [], view.cards()
    for card in cards:
        said = {block.id.rpartition(".")[2]: block for _, inside in card.parts for block in inside if view.texts(block)}
        missing = [part for part in PARTS if part not in said]
        if missing:
            flags.append(view.flag(view.text(card.statements[0]), tr("lacks {missing}", missing=tr_list(missing))))
    return by_share(flags, len(cards), tr_later("{good} of {total} cards are complete"))


@MEASURE_GROUP.point(41, tr("each is within the reader's power"), "E", stop=True)
def within_power(view: DocumentView) -> Finding:
    """Leave to an editor whether the lead can do it or apply for it."""
    shown = [view.flag(view.text(card.statements[0]), at=_reason(view, card)) for card in view.cards()]
    return by_eye(shown, tr("the lead can do it, or apply for it"))


def _reason(view: DocumentView, card: Block) -> str:
    """Return what stands first on a card: its title stands on page one too."""
    return next((view.texts(block) for _, inside in card.parts for block in inside), "")


@MEASURE_GROUP.point(42, tr("the last ones are accounted for"), "P")
def last_ones_are_accounted_for(view: DocumentView) -> Finding:
    """Judge the account of earlier measures: a table, or at least a word why there is none."""
    blocks = [block for section in view.body for block in section.blocks if block.id.endswith(FOLLOW_UP)]
    if any(block.kind == "table" for block in blocks):
        return Finding(MET, tr("a table accounts for them"))
    flags = tuple(view.flag(view.texts(block)) for block in blocks)
    return (
        Finding(PARTLY, tr("said why there is no account"), flags) if blocks else Finding(FAILED, tr("no word of them"))
    )


YEAR = re.compile(r"\d{4}")
SHORT = re.compile(r"(?<![\w-])[A-Z]{3,}(?:\s[A-Z]{3,})*(?![\w-])", re.ASCII)
BEFORE = ("（", "(")
LEFT = re.compile(r"\{\{|\}\}|\{%|(?<![A-Za-z])(?:None|NaN|nan|null|TODO|TBD)(?![A-Za-z])|\N{REPLACEMENT CHARACTER}")
NOTDEF = "\0"
LONG = 12  # characters or words from which a sentence that comes twice is a repetition


@SOURCE_GROUP.point(43, tr("sources can be opened, abbreviations stand in full at first"), "P")
def sources_open_and_names_are_expanded(view: DocumentView) -> Finding:
    """Judge references: address and date; and abbreviations: in full at their first mention."""
    references = view.brief.references
    closed = [view.flag(each.entries[view.language], tr("no address")) for each in references if not each.url]
    undated = [
        view.flag(each.entries[view.language], tr("no date"))
        for each in references
        if not YEAR.search(each.entries[view.language])
    ]
    short = list(_unexpanded(view))
    many = TENTH * len(references)
    return by_parts(
        (
            (bool(references), tr("there are references")),
            (len(closed) <= many, tr("{count} without an address", count=len(closed))),
            (len(undated) <= many, tr("{count} without a date", count=len(undated))),
            (not short, tr("{count} abbreviations not expanded", count=len(short))),
        ),
        (*short, *closed, *undated),
    )


def _unexpanded(view: DocumentView) -> Iterator[Flag]:
    seen = set[str]()
    for each in view.prose():
        for match in SHORT.finditer(each.text):
            if match.group() not in seen and each.text[match.start() - 1 : match.start()] not in BEFORE:
                yield view.flag(match.group(), tr("not in full at first"), each.text)
            seen.add(match.group())


@SOURCE_GROUP.point(44, tr("method and changes are stated"), "EP")
def method_is_stated(view: DocumentView) -> Finding:
    """Judge the method: told in the body, in half a page, with last year's scores on this year's rules."""
    sections = methods(view)
    rooms = [room(view, section) for section in sections]
    return by_parts(
        (
            (bool(sections), tr("the method is told")),
            (
                max(rooms, default=0.0) <= METHOD * view.beside,
                tr("it takes {pages:.2f} pages", pages=max(rooms, default=0.0)),
            ),
            (f"previous.{view.index}" in view.told(), tr("last year's score is recomputed")),
        )
    )


@SOURCE_GROUP.point(45, tr("nothing is unfinished"), "P", stop=True)
def nothing_is_unfinished(view: DocumentView) -> Finding:
    """Judge the print: no left-overs, lost letters or repetitions, no empty section, the right language tag.

    Nor does a text overlap what stands beside it, or leave its frame.
    """
    flags = [
        Flag(match.group(), page.number, tr("left over"))
        for page in view.printed.pages
        for line in page.lines
        for match in LEFT.finditer(line.text)
    ]
    flags += [
        Flag(line.text, page.number, tr("a lost letter"))
        for page in view.printed.pages
        for line in page.lines
        if NOTDEF in line.text
    ]
    flags += [Flag(fault.quote, fault.page, fault.matter) for fault in view.printed.faults]
    flags += [view.flag(each, tr("said twice")) for each in _repeated(view)]
    flags += [
        view.flag(view.text(section.title), tr("an empty section"))
        for section in view.brief.sections
        if not section.blocks
    ]
    flags += [Flag(view.printed.language, 0, tr("the language of the print"))] if not _tagged(view) else []
    return Finding(FAILED if flags else MET, tr("{count} unfinished", count=len(flags)), tuple(flags))


def _repeated(view: DocumentView) -> list[str]:
    counted = Counter(sentence for each in view.paragraphs(*view.body) for sentence in view.tongue.sentences(each.text))
    return [sentence for sentence, times in counted.items() if times > 1 and view.tongue.length(sentence) >= LONG]


def _tagged(view: DocumentView) -> bool:
    """Say whether the print is in one of its languages: in this one, or beside another in one of the brief's."""
    tags = view.brief.languages
    return view.printed.language in ([tags[view.language]] if view.beside == 1 else tags.values())
