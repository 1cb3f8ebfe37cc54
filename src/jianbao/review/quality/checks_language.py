"""Checks on each language (Chinese levels and marks, English sentences and style) and on their parity."""

import re
from collections.abc import Iterator, Mapping

from jianbao.brief.model import Section
from jianbao.core.encoding import has_han
from jianbao.core.errors import Place
from jianbao.core.messages import tr, tr_later
from jianbao.review.quality.document_view import DocumentView, Flag
from jianbao.review.quality.model import FAILED, MAX_FLAGS, MET, TENTH, Outcome, PointGroup, by_count, by_parts
from jianbao.review.quality.pdf_reader import bare
from jianbao.text.language_parity import Numeracy, missing_numbers, numeracy_of
from jianbao.text.lint import faults_of_sentence
from jianbao.text.render import Statement

NUMERALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")
LIKE = 4  # characters by which the lengths of headings may differ
PARTICLES = 3  # most 的 in a clause
CLAUSE = re.compile("[，。；：！？]")
STOPS = ("。", "；", "，")
CHINESE_GROUP = PointGroup("A4", tr("Chinese"))
ENGLISH_GROUP = PointGroup("A5", tr("English"))


@CHINESE_GROUP.point(20, tr("levels are numbered 一、（一） and none is skipped"), "P", only_in="zh")
def levels_are_numbered(view: DocumentView) -> Outcome:
    """Judge the numbers of headings as printed: 一、 and （一）, or 1 before a card, none skipped."""
    text = "".join(page.bare for page in view.printed.pages)
    heads = [(f"{number}、", view.text(section.title)) for number, section in zip(NUMERALS, view.body, strict=False)]
    cards = [
        (f"（{number}）", f"{place}", view.text(card.statements[0]))
        for place, (number, card) in enumerate(zip(NUMERALS, view.cards(), strict=False), 1)
    ]
    wrong = [
        view.flag(title, tr("is not printed after {mark}", mark=marks[0]))
        for *marks, title in (*heads, *cards)
        if not any(bare(mark + title) in text for mark in marks)
    ]
    return by_count(wrong, MAX_FLAGS, tr_later("{count} headings without their number"))


@CHINESE_GROUP.point(21, tr("headings of a level are alike and end without a stop"), "EP", only_in="zh")
def headings_are_alike(view: DocumentView) -> Outcome:
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
    lengths = [view.rules.length(title) for title in titles]
    return max(lengths) - min(lengths) if lengths else 0


@CHINESE_GROUP.point(22, tr("marks and numerals follow the standards"), "P", only_in="zh")
def marks_and_numerals_follow_the_standards(view: DocumentView) -> Outcome:
    """Judge the prose: full-width marks, and every pattern that the workspace forbids."""
    return by_count(
        [*view.flag_words("marks"), *patterns(view)],
        MAX_FLAGS,
        tr_later("{count} marks or numerals against the standards"),
    )


def patterns(view: DocumentView) -> list[Flag]:
    """Return a flag for each match of the workspace's own patterns in the prose."""
    return [
        view.flag(problem.what, problem.hint, each.text)
        for each in view.prose()
        for problem in faults_of_sentence(each.text, view.writer, Place(""))
    ]


@CHINESE_GROUP.point(23, tr("sentences are short and say something"), "P", only_in="zh")
def sentences_are_short(view: DocumentView) -> Outcome:
    """Judge sentences: mean and longest, particles in a clause, empty words a page."""
    rules, sentences = view.rules, view.sentences()
    lengths = [rules.length(each) for each in sentences] or [0]
    long = [
        view.flag(each, tr("{length} characters", length=rules.length(each)))
        for each in sentences
        if rules.length(each) > rules.limits.sentence
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
        for match in rules.words("empty").finditer(each)
    ]
    mean = sum(lengths) / len(lengths)
    return by_parts(
        (
            (mean <= rules.limits.mean, tr("{mean:.1f} characters in the mean", mean=mean)),
            (not long, tr("{count} over {limit}", count=len(long), limit=rules.limits.sentence)),
            (not heavy, tr("{count} clauses heavy with 的", count=len(heavy))),
            (len(empty) <= len(view.printed.pages), tr("{count} empty words", count=len(empty))),
        ),
        [*long, *heavy, *empty],
    )


@CHINESE_GROUP.point(24, tr("official wording is exact"), "EP", stop=True, only_in="zh")
def wording_is_official(view: DocumentView) -> Outcome:
    """Judge names and set phrases: in the forms of the name authority, none of the forms that are not used."""
    return by_count(
        [*forbidden_forms(view), *view.flag_words("equals")],
        0,
        tr_later("{count} names or phrases not in their official form"),
    )


def forbidden_forms(view: DocumentView) -> list[Flag]:
    """Return a flag for each form that the workspace does not use, and for each misspelt name."""
    pattern = view.writer.vocabulary.forbidden.get(view.language)
    named = {form for name in view.writer.names.values() for form in (*name.full.values(), *name.short.values())}
    flags: list[Flag] = []
    for each in view.prose():
        words = (match.group() for match in pattern.finditer(each.text)) if pattern else ()
        flags += [
            view.flag(word, tr("is not used"), each.text)
            for word in words
            if not any(word in form and form in each.text for form in named)
        ]
        spelt = view.writer.names.misspelt(each.text, view.language)
        flags += [view.flag(one.written, tr("is written '{right}'", right=one.right), each.text) for one in spelt]
    return flags


FEW_ENGLISH = 2


@ENGLISH_GROUP.point(25, tr("sentences are as short as English likes them"), "P", only_in="en")
def sentences_are_readable(view: DocumentView) -> Outcome:
    """Judge sentences: mean, longest, and how many are long."""
    rules, sentences = view.rules, view.sentences()
    limits, lengths = rules.limits, [rules.length(each) for each in sentences] or [0]
    mean, many = sum(lengths) / len(lengths), sum(length > limits.long for length in lengths) / len(lengths)
    long = [
        view.flag(each, tr("{length} words", length=rules.length(each)))
        for each in sentences
        if rules.length(each) > limits.sentence
    ]
    return by_parts(
        (
            (mean <= limits.mean, tr("{mean:.1f} words in the mean", mean=mean)),
            (not long, tr("{count} over {limit}", count=len(long), limit=limits.sentence)),
            (many <= TENTH, tr("{share:.0%} over {limit}", share=many, limit=limits.long)),
        ),
        long,
    )


@ENGLISH_GROUP.point(26, tr("someone does the verb"), "EP", only_in="en")
def someone_does_the_verb(view: DocumentView) -> Outcome:
    """Judge sentences of the prose: none is an order without an actor, "we" only where an issuer is named."""
    issued = bool({"issuer_line", "unissued"} & view.brief.masthead.keys())
    sentences = view.sentences()
    flags = [view.flag(each, tr("no actor")) for each in sentences if view.rules.words("orders").match(each)]
    flags += (
        []
        if issued
        else [view.flag(each, tr("who is we?")) for each in sentences if view.rules.words("we").search(each)]
    )
    return by_count(flags, FEW_ENGLISH, tr_later("{count} sentences without an actor"))


@ENGLISH_GROUP.point(27, tr("nothing is carried over from Chinese"), "EP", only_in="en")
def nothing_is_carried_over(view: DocumentView) -> Outcome:
    """Judge words that are Chinese in English letters."""
    return by_count(view.flag_words("carried_over"), FEW_ENGLISH, tr_later("{count} carried-over words"))


@ENGLISH_GROUP.point(28, tr("spelling, dates and ranges follow one style"), "P", only_in="en")
def house_style_holds(view: DocumentView) -> Outcome:
    """Judge spelling, dates, digits at the start of a sentence, ranges, and the workspace's own patterns."""
    flags = list(dict.fromkeys((*view.flag_words("spelling", "style"), *patterns(view), *forbidden_forms(view))))
    return by_count(flags, FEW_ENGLISH, tr_later("{count} slips from house style"))


WORDS_A_CHARACTER = (0.5, 0.9)  # English words for each Chinese character of a section
FEW_UNLIKE = 3
FAR = 1  # a difference of so many grades of strength is too much
PARITY_GROUP = PointGroup("A6", tr("Parity"))


@PARITY_GROUP.point(29, tr("every language states the same numbers"), "P", stop=True)
def numbers_are_the_same(view: DocumentView) -> Outcome:
    """Judge each statement: the same facts in every language, and in a pair of Chinese and English the same figures."""
    pairs = [(each, list(each.sentences)) for each in _statements(view) if len(each.sentences) > 1]
    unlike = [
        view.flag(view.text(each), tr("states other facts elsewhere"))
        for each, spoken in pairs
        if len({frozenset(one.fact for one in each.sentences[language].stated) for language in spoken}) > 1
    ]
    known = {language: numeracy_of(view.writers[language]) for language in _pair(view)}
    unlike += [
        view.flag(view.text(each), tr("figures differ")) for each, _ in pairs if _figures_differ(view, each, known)
    ]
    return Outcome(
        FAILED if unlike else MET,
        tr("{count} statements compared, {unlike} differ", count=len(pairs), unlike=len(unlike)),
        tuple(unlike),
    )


def _figures_differ(view: DocumentView, statement: Statement, known: Mapping[str, Numeracy]) -> bool:
    """Return whether the figures of a statement differ between known languages, without printed names and dates."""
    texts: dict[str, str] = {}
    for language, sentence in statement.sentences.items():
        text = sentence.text
        for filled in sentence.stated:
            fact = view.ledger.get(filled.fact)
            text = text.replace(filled.printed, " ", 1) if fact and fact.kind != "number" else text
        texts[language] = text.replace("\u00a0", " ")
    pair = {language: texts[language] for language in known if language in texts}
    return any(missing_numbers(pair, known))


def _pair(view: DocumentView) -> tuple[str, ...]:
    """Return the Chinese and the English language of the brief; empty unless it has both."""
    tags = {tag.partition("-")[0]: language for language, tag in view.brief.languages.items()}
    return (tags["zh"], tags["en"]) if {"zh", "en"} <= set(tags) else ()


def _statements(view: DocumentView) -> Iterator[Statement]:
    for section in (view.summary, *view.body):
        yield section.title
        yield from _statements_in(section)


def _statements_in(section: Section) -> Iterator[Statement]:
    return (statement for block in section.whole() for statement in block.statements)


@PARITY_GROUP.point(30, tr("every language has the same parts in the same order"), "P")
def skeleton_is_the_same(view: DocumentView) -> Outcome:
    """Judge the print: every heading, caption and measure is in it, and the headings are in order."""
    sections = [view.text(section.title) for section in view.brief.sections if section.role != "summary"]
    captions = [view.text(each.title) for each in view.illustrations()]
    cards = [view.text(card.statements[0]) for card in view.cards()]
    missing = [
        Flag(title, 0, tr("not in print")) for title in (*sections, *captions, *cards) if not view.is_printed(title)
    ]
    heads = [head for title in sections if (head := view.head_of(title))]
    return by_parts(
        ((not missing, tr("{count} missing", count=len(missing))), (heads == sorted(heads), tr("in order"))), missing
    )


@PARITY_GROUP.point(31, tr("every language says it as strongly"), "EP")
def strength_is_the_same(view: DocumentView) -> Outcome:
    """Judge modal words: a duty in one language must not be a wish in another."""
    flags: list[Flag] = []
    readers = [view.other(language) for language in view.brief.languages]
    for statement in _statements(view):
        grades = [reader.rules.strength(reader.text(statement)) for reader in readers if reader.rules.strengths]
        modal = [grade for grade in grades if grade]
        top = max(readers[0].rules.strengths)
        if modal and (max(modal) - min(modal) >= FAR or (max(modal) == top and 0 in grades)):
            flags.append(view.flag(view.text(statement), tr("strengths {grades}", grades=grades)))
    return by_count(flags, FEW_UNLIKE, tr_later("{count} statements are stronger in one language"))


@PARITY_GROUP.point(32, tr("names are paired, and nothing is left over"), "P")
def names_are_the_same(view: DocumentView) -> Outcome:
    """Judge sections: no Chinese characters in another language, and a like amount of text in each."""
    if not view.brief.languages[view.language].startswith("zh"):
        left = [
            view.flag(text, tr("Chinese characters"))
            for statement in _statements(view)
            if has_han(text := view.text(statement))
        ]
    else:
        left = []
    ratios = [(section, ratio) for section in (view.summary, *view.body) if (ratio := _ratio(view, section))]
    least, most = WORDS_A_CHARACTER
    far = [
        view.flag(view.text(section.title), tr("{ratio:.2f} words a character", ratio=ratio))
        for section, ratio in ratios
        if not least <= ratio <= most
    ]
    return by_parts(
        (
            (not left, tr("{count} statements with Chinese characters", count=len(left))),
            (not far, tr("{count} of {all} sections out of proportion", count=len(far), all=len(ratios))),
        ),
        (*left, *far),
    )


def _ratio(view: DocumentView, section: Section) -> float:
    """Return the words for each Chinese character; 0 unless the brief is in both Chinese and English."""
    readers = [view.other(language) for language in _pair(view)]
    lengths = [sum(reader.rules.length(reader.text(each)) for each in _statements_in(section)) for reader in readers]
    return lengths[1] / lengths[0] if any(lengths[:1]) else 0.0
