"""Parity: the same numbers, skeleton, strength and names in every language of the brief."""

from collections.abc import Iterator

from jianbao.brief.model import Section
from jianbao.core.encoding import has_han
from jianbao.core.messages import tr, tr_later
from jianbao.review.quality.document_view import DocumentView, Flag
from jianbao.review.quality.model import FAILED, MET, Finding, PointGroup, by_count, by_parts
from jianbao.text.language_parity import missing_numbers, numeracy_of
from jianbao.text.statements import Statement

WORDS_A_CHARACTER = (0.5, 0.9)  # English words for each Chinese character of a section
FEW = 3
FAR = 1  # grades by which strength differs too much where both say it
GROUP = PointGroup("A6", tr("Parity"))


@GROUP.point(29, tr("every language states the same numbers"), "P", stop=True)
def numbers_are_the_same(view: DocumentView) -> Finding:
    """Judge each statement: the same facts in every language, and in a pair of Chinese and English the same figures."""
    pairs = [(each, list(each.sentences)) for each in _statements(view) if len(each.sentences) > 1]
    unlike = [
        view.flag(view.text(each), tr("states other facts elsewhere"))
        for each, spoken in pairs
        if len({frozenset(one.fact for one in each.sentences[language].said) for language in spoken}) > 1
    ]
    unlike += [view.flag(view.text(each), tr("figures differ")) for each, _ in pairs if _figures_differ(view, each)]
    return Finding(
        FAILED if unlike else MET,
        tr("{count} statements compared, {unlike} differ", count=len(pairs), unlike=len(unlike)),
        tuple(unlike),
    )


def _figures_differ(view: DocumentView, statement: Statement) -> bool:
    """Say whether figures differ where names and dates that a fact printed are left out."""
    texts: dict[str, str] = {}
    for language, sentence in statement.sentences.items():
        text = sentence.text
        for said in sentence.said:
            fact = view.ledger.get(said.fact)
            text = text.replace(said.printed, " ", 1) if fact and fact.kind != "number" else text
        texts[language] = text.replace("\u00a0", " ")
    pair = {language: texts[language] for language in _pair(view) if language in texts}
    known = {language: numeracy_of(view.writers[language]) for language in pair}
    return any(missing_numbers(pair, known))


def _pair(view: DocumentView) -> tuple[str, ...]:
    """Return the Chinese and the English language of the brief; nothing unless it has both."""
    tags = {tag.partition("-")[0]: language for language, tag in view.brief.languages.items()}
    return (tags["zh"], tags["en"]) if {"zh", "en"} <= set(tags) else ()


def _statements(view: DocumentView) -> Iterator[Statement]:
    for section in (view.summary, *view.body):
        yield section.title
        yield from _said(section)


def _said(section: Section) -> Iterator[Statement]:
    return (statement for block in section.whole() for statement in block.statements)


@GROUP.point(30, tr("every language has the same parts in the same order"), "P")
def skeleton_is_the_same(view: DocumentView) -> Finding:
    """Judge the print: every heading, caption and measure stands in it, and the order of headings is kept."""
    sections = [view.text(section.title) for section in view.brief.sections if section.role != "summary"]
    captions = [view.text(each.title) for each in view.illustrations()]
    cards = [view.text(card.statements[0]) for card in view.cards()]
    missing = [Flag(title, 0, tr("not in print")) for title in (*sections, *captions, *cards) if not view.stands(title)]
    heads = [head for title in sections if (head := view.head_of(title))]
    return by_parts(
        ((not missing, tr("{count} missing", count=len(missing))), (heads == sorted(heads), tr("in order"))), missing
    )


@GROUP.point(31, tr("every language says it as strongly"), "EP")
def strength_is_the_same(view: DocumentView) -> Finding:
    """Judge modal words: what is a duty in one language is not a wish in another."""
    flags: list[Flag] = []
    readers = [view.other(language) for language in view.brief.languages]
    for statement in _statements(view):
        grades = [reader.tongue.strength(reader.text(statement)) for reader in readers if reader.tongue.strengths]
        said = [grade for grade in grades if grade]
        if said and (max(said) - min(said) >= FAR or (max(said) == max(readers[0].tongue.strengths) and 0 in grades)):
            flags.append(view.flag(view.text(statement), tr("strengths {grades}", grades=grades)))
    return by_count(flags, FEW, tr_later("{count} statements are stronger in one language"))


@GROUP.point(32, tr("names are paired, and nothing is left over"), "P")
def names_are_the_same(view: DocumentView) -> Finding:
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
    lengths = [sum(reader.tongue.length(reader.text(said)) for said in _said(section)) for reader in readers]
    return lengths[1] / lengths[0] if any(lengths[:1]) else 0.0
