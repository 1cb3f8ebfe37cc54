"""Check that every language states the same facts, names and typed numbers."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from jianbao.core.documents import Node, Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.text.formatter import Writer
from jianbao.text.wording import Variant, Wording, WordingText

CACHE_SIZE = 4096  # cached wordings: five times as many as a workspace has
ROUNDING = frozenset({"digits", "decimals", "roundly"})


def stated(text: WordingText) -> set[str]:
    """Return the ids of the facts whose values a text states."""
    return {hole.fact for hole in text.holes if hole.fact and not hole.silent}


def mentioned(text: WordingText) -> set[str]:
    """Return the ids of the names that a text prints by name('ID')."""
    return {hole.name for hole in text.holes if hole.name}


def rounded_facts(text: WordingText) -> set[tuple[str, object]]:
    """Return the facts that a text rounds, each with its digits or decimals."""
    return {
        (hole.fact, step.arguments)
        for hole in text.holes
        for step in hole.steps
        if step.filter in ROUNDING and not hole.silent
    }


@lru_cache(maxsize=CACHE_SIZE)
def unequal(wording: Wording) -> tuple[Problem, ...]:
    """Return a problem for each fact or name that a variant has in one language but not in another."""
    return tuple(problem for variant in wording.variants for problem in _unequal(wording, variant))


def _unequal(wording: Wording, variant: Variant) -> Problems:
    problems: Problems = []
    if any(hole.fault for text in variant.texts.values() for hole in text.holes):
        return problems  # a faulty placeholder is reported elsewhere
    for what, found in ((tr("states"), stated), (tr("names"), mentioned)):
        by_language = {language: found(text) for language, text in variant.texts.items()}
        union = set().union(*by_language.values()) if by_language else set()
        for language, own in by_language.items():
            others = [other for other, facts in by_language.items() if facts >= union - own and other != language]
            problems += _missing(
                wording=wording,
                text=variant.texts[language],
                language=language,
                what=what,
                missing=sorted(union - own),
                others=others,
            )
    return problems or _rounded_differently(wording, variant)


def _rounded_differently(wording: Wording, variant: Variant) -> Problems:
    """Return a problem for each fact that the languages round differently."""
    languages = list(variant.texts)
    roundings = [rounded_facts(text) for text in variant.texts.values()]
    facts = sorted({fact for own in roundings for fact, _ in own ^ roundings[0]})
    place = Place(variant.place.file, variant.place.line, f"{wording.id} {' '.join(languages)}")
    hint = tr("round to the same digits in every language")
    return [
        Problem(
            place,
            tr("'{fact}' is rounded differently in {languages}", fact=fact, languages=tr_list(languages, " and ")),
            hint,
        )
        for fact in facts
    ]


def _missing(
    wording: Wording, *, text: WordingText, language: str, what: Translatable, missing: Iterable[str], others: list[str]
) -> Problems:
    place = Place(text.place.file, text.place.line, f"{wording.id} {language}")
    other = tr_list(others, " and ") if others else tr("another language")
    return [
        Problem(
            place,
            tr("'{each}' is not here, but {other} {what} it", each=each, other=other, what=what),
            tr("every language must say the same"),
        )
        for each in missing
    ]


HOLE = re.compile(r"\{\{.*?\}\}")
FIGURE = r"(?<![A-Za-z\d.])(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"


@dataclass(frozen=True, kw_only=True)
class Numeracy:
    """How to find numbers in a text of one language: digits with scales, names of months, numerals and number words."""

    scaled: re.Pattern[str]
    scales: Mapping[str, Decimal]
    month: re.Pattern[str]
    months: Mapping[str, Decimal]
    numerals: tuple[tuple[str, Decimal], ...]
    spelled: Mapping[str, Decimal]


def numeracy_of(writer: Writer) -> Numeracy:
    """Return the patterns and words of a writer's language."""
    style = writer.style
    scales = {scale.word.replace("\u00a0", " ").strip(): Decimal(scale.start) for scale in style.scales}
    words = "|".join(map(re.escape, sorted(scales, key=len, reverse=True)))
    named = writer.locale.months["format"]["wide"].items()
    months = {name: _plain(number) for number, name in named if name.isalpha()}
    return Numeracy(
        scaled=re.compile(rf"({FIGURE})\s*({words})?" if words else f"({FIGURE})()"),
        scales=scales,
        month=re.compile(rf"\b(?:{'|'.join(map(re.escape, months)) or '(?!)'})\b"),
        months=months,
        numerals=tuple((word, _plain(number)) for number, word in enumerate(style.numerals)),
        spelled={word: _plain(number) for number in range(100) if (word := style.spell(number))},
    )


def _plain(number: int) -> Decimal:
    return Decimal(number).normalize()


def disagreements(nodes: Iterable[Node | None], writers: Mapping[str, Writer]) -> Problems:
    """Return a problem for each number in digits of one language that another lacks, at the line of the other."""
    known = {language: numeracy_of(writer) for language, writer in writers.items()}
    return [problem for node in nodes if node for problem in _missing_numbers(node, known)]


def _missing_numbers(node: Node, known: Mapping[str, Numeracy]) -> Iterator[Problem]:
    found = {language: text for language in known if (text := node.get(language))}
    texts = {language: _without_placeholders(text) for language, text in found.items()}
    for language, other, number in missing_numbers(texts, known):
        place = Place(found[language].place.file, found[language].place.line, language)
        what = tr("the number {number:,f} is in {other} but not here", number=number, other=other)
        yield Problem(place, what, tr("every language must state the same numbers"))


def missing_numbers(texts: Mapping[str, str], known: Mapping[str, Numeracy]) -> Iterator[tuple[str, str, Decimal]]:
    """Yield each number that a text lacks: its language, the language that has the number in digits, and the number.

    A number that is spelled out is not missing: English may spell what Chinese writes in digits.
    """
    figures = {language: typed_numbers(text, known[language]) for language, text in texts.items()}
    for language, text in texts.items():
        lacking = {other: figures[other] - figures[language] for other in texts if other != language}
        spelled = _spelled(text, known[language]) if any(lacking.values()) else Counter()
        for other, numbers in lacking.items():
            yield from ((language, other, each) for each in sorted(numbers - spelled))


def _without_placeholders(text: Node) -> str:
    return HOLE.sub(" ", text.value).replace("\u00a0", " ") if isinstance(text.value, str) else ""


def typed_numbers(text: str, known: Numeracy) -> Counter[Decimal]:
    """Return the numbers that a text writes in digits, multiplied by their scales, and those of months it names."""
    found = Counter(
        (Decimal(figure.replace(",", "")) * known.scales.get(word, 1)).normalize()
        for figure, word in known.scaled.findall(text)
    )
    return found + Counter(known.months[name] for name in known.month.findall(text))


def _spelled(text: str, known: Numeracy) -> Counter[Decimal]:
    """Return the numbers that a text writes in the number words of its language."""
    compounds = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower())
    words = (word for each in compounds for word in ([each] if each in known.spelled else each.split("-")))
    digits = _counted((number, text.count(word)) for word, number in known.numerals)
    return digits + Counter(known.spelled[word] for word in words if word in known.spelled)


def _counted(counts: Iterable[tuple[Decimal, int]]) -> Counter[Decimal]:
    return Counter({number: count for number, count in counts if count})
