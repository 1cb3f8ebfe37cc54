"""Checks on the argument and its measures: claims first, evidence, fair comparison; number, parts and powers."""

import re
from collections import Counter
from collections.abc import Iterator

from jianbao.brief.model import Block, Section
from jianbao.core.messages import tr, tr_later, tr_list
from jianbao.review.quality.document_view import DocumentView, Flag, Paragraph
from jianbao.review.quality.model import (
    FAILED,
    MAX_FLAGS,
    MET,
    PARTLY,
    TENTH,
    Outcome,
    PointGroup,
    by_count,
    by_eye,
    by_parts,
    by_share,
)

SENTENCES = 4  # of a paragraph, at most
PAGES = (4, 8)  # for one language, without annexes and references
METHOD = 0.5  # most pages of the method
ADVICE = 0.25  # least share of the measures in the text
MARGINS = 1 / 7  # share of a page's height above and below its text
MILLIMETRES = 25.4 / 72  # in a point
ARGUMENT_GROUP = PointGroup("A2", tr("Argument"))


@ARGUMENT_GROUP.point(7, tr("headings of the findings state them"), "EP")
def headings_state_findings(view: DocumentView) -> Outcome:
    """Judge the headings of the findings: each states something."""
    titles = view.headings(*view.findings)
    silent = [view.flag_head(title, tr("names a subject")) for title in titles if not view.rules.states(title)]
    return by_share(silent, len(titles), tr_later("{good} of {total} headings state something"))


@ARGUMENT_GROUP.point(8, tr("a paragraph opens with its claim and has few sentences"), "EP")
def claim_comes_first(view: DocumentView) -> Outcome:
    """Judge the paragraphs: few sentences, the first of them short enough for a claim."""
    rules = view.rules
    listed = list(view.paragraphs(*view.body))
    flags = []
    for each in listed:
        sentences = rules.sentences(each.text)
        if len(sentences) > SENTENCES:
            flags.append(view.flag(each.text, tr("{count} sentences", count=len(sentences))))
        elif sentences and rules.length(sentences[0]) > rules.limits.sentence:
            flags.append(view.flag(sentences[0], tr("too long for a claim")))
    return by_share(flags, len(listed), tr_later("{good} of {total} paragraphs open with a claim and are short"))


@ARGUMENT_GROUP.point(9, tr("each claim has its evidence beside it"), "EP", stop=True)
def evidence_stands_beside_the_claim(view: DocumentView) -> Outcome:
    """Judge the findings: every paragraph states a fact or bears a mark to one."""
    listed = list(view.paragraphs(*view.findings))
    bare = [view.flag(each.text, tr("no number, mark or source")) for each in listed if not _founded(each)]
    return by_share(bare, len(listed), tr_later("{good} of {total} paragraphs bear evidence"), TENTH)


def _founded(each: Paragraph) -> bool:
    stated = any(statement.facts() for statement in each.block.statements)
    return stated or bool(each.block.references or each.block.evidence)


@ARGUMENT_GROUP.point(10, tr("a comparison says with whom"), "EP")
def comparison_names_its_side(view: DocumentView) -> Outcome:
    """Judge sentences that compare: each paragraph says with whom, when or by how much."""
    compared = [
        each
        for each in view.paragraphs(view.summary, *view.findings)
        if view.rules.words("comparisons").search(each.text)
    ]
    loose = [
        view.flag(each.text, tr("does not say what it compares with"))
        for each in compared
        if not view.rules.words("sides").search(each.text)
    ]
    return by_share(loose, len(compared), tr_later("{good} of {total} comparisons name the other side"))


@ARGUMENT_GROUP.point(11, tr("no cause is read into what merely goes together"), "EP")
def no_cause_is_claimed(view: DocumentView) -> Outcome:
    """Judge words of cause, which would need a test or a mechanism."""
    return by_count(
        view.flag_words("causes", matter=tr("claims a cause")), MAX_FLAGS, tr_later("{count} words of cause")
    )


@ARGUMENT_GROUP.point(12, tr("the limits that matter are said early"), "E")
def limits_are_said_early(view: DocumentView) -> Outcome:
    """Leave to an editor whether two or three limits come before the measures, with the places of the sections."""
    titles = [view.text(section.title) for section in view.body]
    return by_eye(
        [view.flag_head(title) for title in titles], tr("see that limits that could change the decision come early")
    )


@ARGUMENT_GROUP.point(13, tr("length and balance are those of a brief"), "P")
def length_and_balance_fit(view: DocumentView) -> Outcome:
    """Judge the pages, the length, the pages of the method and the share of the measures."""
    rules, (least, most) = view.rules, view.rules.limits.brief
    advised = {section.id for section in view.advice}
    lengths = [(each.section.id, rules.length(each.text)) for each in view.prose()]
    whole = sum(length for _, length in lengths)
    advice = sum(length for section, length in lengths if section in advised) / max(whole, 1)
    pages, method = body_pages(view), max((room(view, each) for each in methods(view)), default=0.0)
    few, many = (bound * view.beside for bound in PAGES)
    return by_parts(
        (
            (few <= pages <= many, tr("{pages} pages of {few} to {many}", pages=pages, few=few, many=many)),
            (least <= whole <= most, tr("{whole} long of {least} to {most}", whole=whole, least=least, most=most)),
            (method <= METHOD * view.beside, tr("the method takes {pages:.2f} pages", pages=method)),
            (advice >= ADVICE, tr("measures are {share:.0%} of the text", share=advice)),
        )
    )


def body_pages(view: DocumentView) -> int:
    """Return the page on which the body ends: where the references or the first annex begin."""
    annexes = [section.title for section in view.brief.sections if section.role == "annex"]
    heads = [view.head_of(view.text(title)) for title in (view.brief.words.get("references"), *annexes)]
    return min((head[0] for head in heads if head), default=len(view.printed.pages))


def methods(view: DocumentView) -> list[Section]:
    """Return the sections of the body that explain how the scores are made."""
    return [section for section in view.body if any(fact.startswith("method.") for fact in _stated(section))]


def _stated(section: Section) -> set[str]:
    return {fact for block in section.whole() for statement in block.statements for fact in statement.facts()}


def room(view: DocumentView, section: Section) -> float:
    """Return the pages of text in a section, from its heading on, without figures and a list at its end."""
    start, end = view.head_of(view.text(section.title)), _end(view, section)
    if not start or not end or end < start:
        return 0.0
    height = view.printed.pages[0].height * MILLIMETRES
    drawn = sum(_height(view, block) for block in section.blocks if block.figure) / height
    sheets = end[0] - start[0]
    taken = sheets * (1 - MARGINS) + end[1] - start[1] - drawn
    return max(taken / (1 - MARGINS), 0.0)


def _end(view: DocumentView, section: Section) -> tuple[int, float] | None:
    """Return the place where the list at the end of a section begins, or else where the section ends."""
    last = section.blocks[-1]
    if last.kind == "bullets" and last.items:
        return view.place_of(view.texts(last.items[0]))
    after = view.brief.sections[view.brief.sections.index(section) + 1 :]
    titles = (*(each.title for each in after if each.role == section.role), view.brief.words.get("references"))
    heads = (view.head_of(view.text(title)) for title in titles)
    return next((head for head in heads if head), None)


def _height(view: DocumentView, block: Block) -> float:
    picture = block.figure.pictures.get(view.language) if block.figure else None
    return picture.height_mm if picture else 0.0


NUMBER = (3, 5)
PARTS = ("lead", "with", "hundred_days", "indicator", "cost", "risk", "stop")
FOLLOW_UP = "follow_up"
MEASURE_GROUP = PointGroup("A8", tr("Measures"))
SOURCE_GROUP = PointGroup("A9", tr("Apparatus"))


@MEASURE_GROUP.point(39, tr("three to five, each an action"), "P")
def few_and_actions(view: DocumentView) -> Outcome:
    """Judge number and titles: an action, not a wish."""
    titles = [view.text(card.statements[0]) for card in view.cards()]
    weak = [view.flag(title, tr("says no action")) for title in titles if view.rules.words("weak").match(title)]
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
def parts_are_complete(view: DocumentView) -> Outcome:
    """Judge the cards: each says who leads, with whom, what comes first, how success is seen, cost, risk and stop.

    Who takes part may be said by a table of tasks instead.
    """
    flags, cards = [], view.cards()
    needed = [part for part in PARTS if part != "with" or not any(each.id == "tasks" for each in view.tables())]
    for card in cards:
        parts = {block.id.rpartition(".")[2] for _, inside in card.parts for block in inside if view.texts(block)}
        missing = [part for part in needed if part not in parts]
        if missing:
            flags.append(view.flag(view.text(card.statements[0]), tr("lacks {missing}", missing=tr_list(missing))))
    return by_share(flags, len(cards), tr_later("{good} of {total} cards are complete"))


@MEASURE_GROUP.point(41, tr("each is within the reader's power"), "E", stop=True)
def within_power(view: DocumentView) -> Outcome:
    """Leave to an editor whether the lead office can do it or apply for it."""
    shown = [view.flag(view.text(card.statements[0]), at=_reason(view, card)) for card in view.cards()]
    return by_eye(shown, tr("the lead can do it, or apply for it"))


def _reason(view: DocumentView, card: Block) -> str:
    """Return the first text on a card below its title, which is on page one too."""
    return next((view.texts(block) for _, inside in card.parts for block in inside), "")


@MEASURE_GROUP.point(42, tr("the last ones are accounted for"), "P")
def last_ones_are_accounted_for(view: DocumentView) -> Outcome:
    """Judge the account of earlier measures: a table, or at least a reason why there is none."""
    blocks = [block for section in view.body for block in section.blocks if block.id.endswith(FOLLOW_UP)]
    if any(block.kind == "table" for block in blocks):
        return Outcome(MET, tr("a table accounts for them"))
    flags = tuple(view.flag(view.texts(block)) for block in blocks)
    return (
        Outcome(PARTLY, tr("said why there is no account"), flags) if blocks else Outcome(FAILED, tr("no word of them"))
    )


YEAR = re.compile(r"\d{4}")
SHORT = re.compile(r"(?<![\w-])[A-Z]{3,}(?:\s[A-Z]{3,})*(?![\w-])", re.ASCII)
BEFORE = ("（", "(")
LEFT = re.compile(r"\{\{|\}\}|\{%|(?<![A-Za-z])(?:None|NaN|nan|null|TODO|TBD)(?![A-Za-z])|\N{REPLACEMENT CHARACTER}")
NOTDEF = "\0"
LONG = 12  # characters or words: a shorter sentence may be repeated


@SOURCE_GROUP.point(43, tr("sources can be opened, abbreviations are written out at first"), "P")
def sources_open_and_names_are_expanded(view: DocumentView) -> Outcome:
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
            (bool(references or view.brief.volume), tr("there are references, here or in the volume")),
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
def method_is_stated(view: DocumentView) -> Outcome:
    """Judge the method: described in the body, in half a page, with last year's scores by this year's rules.

    A brief with a volume of evidence may leave method and last year's scores to it.
    """
    sections, volume = methods(view), view.brief.volume is not None
    rooms = [room(view, section) for section in sections]
    return by_parts(
        (
            (bool(sections) or volume, tr("the method is explained, here or in the volume")),
            (
                max(rooms, default=0.0) <= METHOD * view.beside,
                tr("it takes {pages:.2f} pages", pages=max(rooms, default=0.0)),
            ),
            (
                f"previous.{view.index}" in view.stated_facts() or volume,
                tr("last year's score is recomputed, here or in the volume"),
            ),
        )
    )


@SOURCE_GROUP.point(45, tr("nothing is unfinished"), "P", stop=True)
def nothing_is_unfinished(view: DocumentView) -> Outcome:
    """Judge the print: no left-overs, missing glyphs or repetitions, no empty section, the right language tag.

    No text may overlap another or leave its frame.
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
    return Outcome(FAILED if flags else MET, tr("{count} unfinished", count=len(flags)), tuple(flags))


def _repeated(view: DocumentView) -> list[str]:
    counted = Counter(sentence for each in view.paragraphs(*view.body) for sentence in view.rules.sentences(each.text))
    return [sentence for sentence, times in counted.items() if times > 1 and view.rules.length(sentence) >= LONG]


def _tagged(view: DocumentView) -> bool:
    """Return whether the print is in one of its languages: in this one, or beside another in one of the brief's."""
    tags = view.brief.languages
    return view.printed.language in ([tags[view.language]] if view.beside == 1 else tags.values())
