"""Checks on each language: Chinese levels, marks and wording; English sentences and house style."""

import re

from babel import Locale

from jianbao.core.errors import Place
from jianbao.core.messages import tr, tr_later
from jianbao.core.scripts import HAN
from jianbao.review.quality.document_view import DocumentView, Flag
from jianbao.review.quality.languages import any_of, one_of
from jianbao.review.quality.model import TENTH, Finding, Point, PointGroup, by_count, by_parts
from jianbao.review.quality.pdf_reader import bare
from jianbao.text.lint import faults_of_sentence

NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")
LIKE = 4  # characters by which the lengths of headings may differ
PARTICLES = 3  # 的 in a clause
CLAUSE = re.compile("[，。；：！？]")
STOPS = ("。", "；", "，")
HALF = any_of(
    *(rf"[{HAN}][,;:!?()]", rf"[,;:!?()][{HAN}]", r"\.\.\.", "。。", "[”》]、[“《]", "(?<!世纪)[1-9]0年代"),
    rf"\d[千百](?!{one_of(*'米克瓦帕', *'卡伏分')})",
)
EQUALS = any_of(*(f"中国[和与、]{place}" for place in ("香港", "澳门", "台湾")))
FEW = 2


def levels_are_numbered(view: DocumentView) -> Finding:
    """Judge the numbers of headings as printed: 一、 and （一）, none skipped."""
    text = "".join(page.bare for page in view.printed.pages)
    heads = [(f"{number}、", view.text(section.title)) for number, section in zip(NUMERALS, view.body, strict=False)]
    cards = [
        (f"（{number}）", view.text(card.statements[0])) for number, card in zip(NUMERALS, view.cards(), strict=False)
    ]
    wrong = [
        view.flag(title, tr("is not printed after {mark}", mark=mark))
        for mark, title in (*heads, *cards)
        if bare(mark + title) not in text
    ]
    return by_count(wrong, FEW, tr_later("{count} headings without their number"))


def headings_are_alike(view: DocumentView) -> Finding:
    """Judge headings: no stop at the end, lengths near each other among findings and among measures."""
    findings = [view.text(section.title) for section in view.findings]
    cards = [view.text(card.statements[0]) for card in view.cards()]
    stopped = [view.flag(title, tr("ends with a stop")) for title in (*findings, *cards) if title.endswith(STOPS)]
    spread = {name: _spread(view, titles) for name, titles in (("findings", findings), ("measures", cards))}
    return by_parts(
        (
            (not stopped, tr("no stop at the end")),
            *(
                (each <= LIKE, tr("lengths of {level} differ by {ratio}", level=name, ratio=each))
                for name, each in spread.items()
            ),
        ),
        stopped,
    )


def _spread(view: DocumentView, titles: list[str]) -> int:
    lengths = [view.tongue.length(title) for title in titles]
    return max(lengths) - min(lengths) if lengths else 0


def marks_and_numerals_follow_the_standards(view: DocumentView) -> Finding:
    """Judge the prose: full-width marks, and every pattern that the workspace forbids."""
    flags = view.spot(HALF)
    return by_count([*flags, *patterns(view)], FEW, tr_later("{count} marks or numerals against the standards"))


def patterns(view: DocumentView) -> list[Flag]:
    """Return what the workspace's own patterns find in the prose."""
    return [
        view.flag(problem.what, problem.hint, each.text)
        for each in view.prose()
        for problem in faults_of_sentence(each.text, view.writer, Place(""))
    ]


def sentences_are_short(view: DocumentView) -> Finding:
    """Judge sentences: mean and longest, particles in a clause, empty words a page."""
    tongue, sentences = view.tongue, view.sentences()
    lengths = [tongue.length(each) for each in sentences] or [0]
    long = [
        view.flag(each, tr("{length} characters", length=tongue.length(each)))
        for each in sentences
        if tongue.length(each) > tongue.limits.sentence
    ]
    heavy = [
        view.flag(clause, tr("{count} 的", count=clause.count("的")))
        for each in sentences
        for clause in CLAUSE.split(each)
        if clause.count("的") > PARTICLES
    ]
    empty = [
        view.flag(match.group(), tr("an empty word"), each)
        for each in sentences
        for match in tongue.empty.finditer(each)
    ]
    mean = sum(lengths) / len(lengths)
    return by_parts(
        (
            (mean <= tongue.limits.mean, tr("{mean:.1f} characters in the mean", mean=mean)),
            (not long, tr("{count} over {limit}", count=len(long), limit=tongue.limits.sentence)),
            (not heavy, tr("{count} clauses heavy with 的", count=len(heavy))),
            (len(empty) <= len(view.printed.pages), tr("{count} empty words", count=len(empty))),
        ),
        [*long, *heavy, *empty],
    )


def wording_is_official(view: DocumentView) -> Finding:
    """Judge names and set phrases: in the forms of the name authority, none of the forms that are not used."""
    return by_count(
        [*forbidden_forms(view), *view.spot(EQUALS)], 0, tr_later("{count} names or phrases not in their official form")
    )


def forbidden_forms(view: DocumentView) -> list[Flag]:
    """Return the forms that the workspace does not use, and misspelt names."""
    pattern = view.writer.vocabulary.forbidden.get(view.language)
    named = {form for name in view.writer.names.values() for form in (*name.full.values(), *name.short.values())}
    found: list[Flag] = []
    for each in view.prose():
        words = (match.group() for match in pattern.finditer(each.text)) if pattern else ()
        found += [
            view.flag(word, tr("is not used"), each.text)
            for word in words
            if not any(word in form and form in each.text for form in named)
        ]
        spelt = view.writer.names.misspelt(each.text, view.language)
        found += [view.flag(one.written, tr("is written '{right}'", right=one.right), each.text) for one in spelt]
    return found


CHINESE_GROUP = PointGroup(
    "A4",
    tr("Chinese"),
    (
        Point(
            number=20,
            claim=tr("levels are numbered 一、（一） and none is skipped"),
            how="P",
            check=levels_are_numbered,
            tongue="zh",
        ),
        Point(
            number=21,
            claim=tr("headings of a level are alike and end without a stop"),
            how="EP",
            check=headings_are_alike,
            tongue="zh",
        ),
        Point(
            number=22,
            claim=tr("marks and numerals follow the standards"),
            how="P",
            check=marks_and_numerals_follow_the_standards,
            tongue="zh",
        ),
        Point(
            number=23,
            claim=tr("sentences are short and say something"),
            how="P",
            check=sentences_are_short,
            tongue="zh",
        ),
        Point(
            number=24,
            claim=tr("official wording is exact"),
            how="EP",
            check=wording_is_official,
            stop=True,
            tongue="zh",
        ),
    ),
)

ORDERS = any_of(
    *("strengthen", "improve", "promote", "enhance", "deepen", "build", "establish", "advance", "accelerate"),
    *("carry out", "push", "expand", "optimize"),
    whole=True,
)
WE = re.compile(r"\b(?:[Ww]e|[Oo]ur|[Uu]s)\b")
CARRIED = any_of(
    *("caliber", "vigorously", "earnestly", "unremittingly", "short boards?", "index systems?", "locomotives?"),
    *("grasp(?:s|ed|ing)?", "construction of", "foreign affairs work", "friendship work", "work of"),
    whole=True,
)
AMERICAN = any_of(
    *(r"organis\w+", r"recognis\w+", "emphasis(?:e|ed|ing)", "colors?", "centers?", "favors?", "labors?", "neighbors?"),
    *("per cent", "percent"),
    whole=True,
)
MONTHS = tuple(Locale("en").months["format"]["wide"].values())
DATES = re.compile(rf"\b(?:{'|'.join(MONTHS)}) \d{{1,2}},")
START = re.compile(r"(?:^|[.!?]\s+)\d")
DASHED = re.compile(r"\b(?:from|between)\s+[\d,.]+\s*[-–]\s*[\d,.]+")
FEW_ENGLISH = 2


def sentences_are_readable(view: DocumentView) -> Finding:
    """Judge sentences: mean, longest, and how many are long."""
    tongue, sentences = view.tongue, view.sentences()
    limits, lengths = tongue.limits, [tongue.length(each) for each in sentences] or [0]
    mean, many = sum(lengths) / len(lengths), sum(length > limits.long for length in lengths) / len(lengths)
    long = [
        view.flag(each, tr("{length} words", length=tongue.length(each)))
        for each in sentences
        if tongue.length(each) > limits.sentence
    ]
    return by_parts(
        (
            (mean <= limits.mean, tr("{mean:.1f} words in the mean", mean=mean)),
            (not long, tr("{count} over {limit}", count=len(long), limit=limits.sentence)),
            (many <= TENTH, tr("{share:.0%} over {limit}", share=many, limit=limits.long)),
        ),
        long,
    )


def someone_does_the_verb(view: DocumentView) -> Finding:
    """Judge sentences of the prose: none is an order without an actor, "we" only where an issuer is named."""
    issued = "issuer_line" in view.brief.masthead
    said = view.sentences()
    flags = [view.flag(each, tr("no actor")) for each in said if ORDERS.match(each)]
    flags += [] if issued else [view.flag(each, tr("who is we?")) for each in said if WE.search(each)]
    return by_count(flags, FEW_ENGLISH, tr_later("{count} sentences without an actor"))


def nothing_is_carried_over(view: DocumentView) -> Finding:
    """Judge words that are Chinese in English letters."""
    return by_count(view.spot(CARRIED), FEW_ENGLISH, tr_later("{count} carried-over words"))


def house_style_holds(view: DocumentView) -> Finding:
    """Judge spelling, dates, digits at the start of a sentence, ranges, and the workspace's own patterns."""
    slips = [flag for rule in (AMERICAN, DATES, START, DASHED) for flag in view.spot(rule)]
    flags = list(dict.fromkeys((*slips, *patterns(view), *forbidden_forms(view))))
    return by_count(flags, FEW_ENGLISH, tr_later("{count} slips from house style"))


ENGLISH_GROUP = PointGroup(
    "A5",
    tr("English"),
    (
        Point(
            number=25,
            claim=tr("sentences are as short as English likes them"),
            how="P",
            check=sentences_are_readable,
            tongue="en",
        ),
        Point(number=26, claim=tr("someone does the verb"), how="EP", check=someone_does_the_verb, tongue="en"),
        Point(
            number=27,
            claim=tr("nothing is carried over from Chinese"),
            how="EP",
            check=nothing_is_carried_over,
            tongue="en",
        ),
        Point(
            number=28,
            claim=tr("spelling, dates and ranges follow one style"),
            how="P",
            check=house_style_holds,
            tongue="en",
        ),
    ),
)
