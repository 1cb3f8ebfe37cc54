"""Chinese: levels, headings, marks, sentences and official wording."""

import re

from jianbao.argument.style import faults_of_sentence
from jianbao.errors import Place
from jianbao.judgement.exhibit import Exhibit, Flag
from jianbao.judgement.pages import bare
from jianbao.judgement.points import Finding, Group, Point, by_count, by_parts
from jianbao.judgement.tongues import any_of, one_of
from jianbao.scripts import HAN

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


def levels_are_numbered(exhibit: Exhibit) -> Finding:
    """Judge the numbers of headings as printed: 一、 and （一）, none skipped."""
    text = "".join(page.bare for page in exhibit.printed.pages)
    heads = [
        (f"{number}、", exhibit.text(section.title)) for number, section in zip(NUMERALS, exhibit.body, strict=False)
    ]
    cards = [
        (f"（{number}）", exhibit.text(card.statements[0]))
        for number, card in zip(NUMERALS, exhibit.cards(), strict=False)
    ]
    wrong = [
        exhibit.flag(title, f"is not printed after {mark}")
        for mark, title in (*heads, *cards)
        if bare(mark + title) not in text
    ]
    return by_count(wrong, FEW, "{} headings without their number")


def headings_are_alike(exhibit: Exhibit) -> Finding:
    """Judge headings: no stop at the end, lengths near each other among findings and among recommendations."""
    findings = [exhibit.text(section.title) for section in exhibit.findings]
    cards = [exhibit.text(card.statements[0]) for card in exhibit.cards()]
    stopped = [exhibit.flag(title, "ends with a stop") for title in (*findings, *cards) if title.endswith(STOPS)]
    spread = {name: _spread(exhibit, titles) for name, titles in (("findings", findings), ("recommendations", cards))}
    return by_parts(
        (
            (not stopped, "no stop at the end"),
            *((each <= LIKE, f"lengths of {name} differ by {each}") for name, each in spread.items()),
        ),
        stopped,
    )


def _spread(exhibit: Exhibit, titles: list[str]) -> int:
    lengths = [exhibit.tongue.length(title) for title in titles]
    return max(lengths) - min(lengths) if lengths else 0


def marks_and_numerals_follow_the_standards(exhibit: Exhibit) -> Finding:
    """Judge the prose: full-width marks, and every pattern that the workspace forbids."""
    flags = exhibit.spot(HALF)
    return by_count([*flags, *patterns(exhibit)], FEW, "{} marks or numerals against the standards")


def patterns(exhibit: Exhibit) -> list[Flag]:
    """Return what the workspace's own patterns find in the prose."""
    return [
        exhibit.flag(problem.what, problem.hint, each.text)
        for each in exhibit.prose()
        for problem in faults_of_sentence(each.text, exhibit.writer, Place(""))
    ]


def sentences_are_short(exhibit: Exhibit) -> Finding:
    """Judge sentences: mean and longest, particles in a clause, empty words a page."""
    tongue, sentences = exhibit.tongue, exhibit.sentences()
    lengths = [tongue.length(each) for each in sentences] or [0]
    long = [
        exhibit.flag(each, f"{tongue.length(each)} characters")
        for each in sentences
        if tongue.length(each) > tongue.limits.sentence
    ]
    heavy = [
        exhibit.flag(clause, f"{clause.count('的')} 的")
        for each in sentences
        for clause in CLAUSE.split(each)
        if clause.count("的") > PARTICLES
    ]
    empty = [
        exhibit.flag(match.group(), "an empty word", each)
        for each in sentences
        for match in tongue.empty.finditer(each)
    ]
    mean = sum(lengths) / len(lengths)
    return by_parts(
        (
            (mean <= tongue.limits.mean, f"{mean:.1f} characters in the mean"),
            (not long, f"{len(long)} over {tongue.limits.sentence}"),
            (not heavy, f"{len(heavy)} clauses heavy with 的"),
            (len(empty) <= len(exhibit.printed.pages), f"{len(empty)} empty words"),
        ),
        [*long, *heavy, *empty],
    )


def wording_is_official(exhibit: Exhibit) -> Finding:
    """Judge names and set phrases: in the forms of the name authority, none of the forms that are not used."""
    return by_count([*forbidden(exhibit), *exhibit.spot(EQUALS)], 0, "{} names or phrases not in their official form")


def forbidden(exhibit: Exhibit) -> list[Flag]:
    """Return the forms that the workspace does not use, and misspelt names."""
    pattern = exhibit.writer.vocabulary.forbidden.get(exhibit.language)
    named = {form for name in exhibit.writer.names.values() for form in (*name.full.values(), *name.short.values())}
    found: list[Flag] = []
    for each in exhibit.prose():
        words = (match.group() for match in pattern.finditer(each.text)) if pattern else ()
        found += [
            exhibit.flag(word, "is not used", each.text)
            for word in words
            if not any(word in form and form in each.text for form in named)
        ]
        spelt = exhibit.writer.names.misspelt(each.text, exhibit.language)
        found += [exhibit.flag(one.written, f"is written '{one.right}'", each.text) for one in spelt]
    return found


GROUP = Group(
    "A4",
    "Chinese",
    (
        Point(20, "levels are numbered 一、（一） and none is skipped", "P", levels_are_numbered, tongue="zh"),
        Point(21, "headings of a level are alike and end without a stop", "EP", headings_are_alike, tongue="zh"),
        Point(22, "marks and numerals follow the standards", "P", marks_and_numerals_follow_the_standards, tongue="zh"),
        Point(23, "sentences are short and say something", "P", sentences_are_short, tongue="zh"),
        Point(24, "official wording is exact", "EP", wording_is_official, stop=True, tongue="zh"),
    ),
)
