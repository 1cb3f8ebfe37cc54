"""Agreement: the figures that people typed in a bilingual text outside the wording, compared language by language.

Every figure of one language stands in each other one, as a figure or in its number words. Number words alone may be
an idiom and are asked for nowhere.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from jianbao.argument.numbers import Writer
from jianbao.documents import Node, Problems
from jianbao.errors import Place, Problem

HOLE = re.compile(r"\{\{.*?\}\}")
FIGURE = r"(?<![A-Za-z\d.])(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"


@dataclass(frozen=True)
class Numeracy:
    """How one language writes numbers: figures with its scales, months and number words."""

    scaled: re.Pattern[str]
    scales: Mapping[str, Decimal]
    months: tuple[tuple[re.Pattern[str], Decimal], ...]
    numerals: tuple[tuple[str, Decimal], ...]
    spelled: Mapping[str, Decimal]


def numeracy_of(writer: Writer) -> Numeracy:
    """Return how a writer's language writes numbers."""
    style = writer.style
    scales = {scale.word.replace("\u00a0", " ").strip(): Decimal(scale.start) for scale in style.scales}
    words = "|".join(map(re.escape, sorted(scales, key=len, reverse=True)))
    months = writer.locale.months["format"]["wide"].items()
    return Numeracy(
        re.compile(rf"({FIGURE})\s*({words})?" if words else f"({FIGURE})()"),
        scales,
        tuple((re.compile(rf"\b{re.escape(name)}\b"), _plain(number)) for number, name in months if name.isalpha()),
        tuple((word, _plain(number)) for number, word in enumerate(style.numerals)),
        {word: _plain(number) for number in range(100) if (word := style.spell(number))},
    )


def _plain(number: int) -> Decimal:
    return Decimal(number).normalize()


def disagreements(nodes: Iterable[Node | None], writers: Mapping[str, Writer]) -> Problems:
    """Return a problem for each figure of one language that is missing in another one, at the other one's line."""
    known = {language: numeracy_of(writer) for language, writer in writers.items()}
    return [problem for node in nodes if node for problem in _missing(node, known)]


def _missing(node: Node, known: Mapping[str, Numeracy]) -> Iterator[Problem]:
    texts = {language: found for language in known if (found := node.get(language))}
    figures = {language: typed(_words(text), known[language]) for language, text in texts.items()}
    for language, text in texts.items():
        spelled = _spelled(_words(text), known[language])
        for other in (each for each in texts if each != language):
            for number in sorted(figures[other] - figures[language] - spelled):
                place = Place(text.place.file, text.place.line, language)
                what = f"the number {number:,f} stands in {other} and not here"
                yield Problem(place, what, "every language carries the same figures")


def _words(text: Node) -> str:
    return HOLE.sub(" ", text.value).replace("\u00a0", " ") if isinstance(text.value, str) else ""


def typed(text: str, known: Numeracy) -> Counter[Decimal]:
    """Return the numbers that a text writes in figures, in full, and those of the months that it names."""
    found = Counter(
        (Decimal(figure.replace(",", "")) * known.scales.get(word, 1)).normalize()
        for figure, word in known.scaled.findall(text)
    )
    return found + _counted((number, len(name.findall(text))) for name, number in known.months)


def _spelled(text: str, known: Numeracy) -> Counter[Decimal]:
    """Return the numbers that a text writes in the number words of its language."""
    compounds = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower())
    words = (word for each in compounds for word in ([each] if each in known.spelled else each.split("-")))
    digits = _counted((number, text.count(word)) for word, number in known.numerals)
    return digits + Counter(known.spelled[word] for word in words if word in known.spelled)


def _counted(counts: Iterable[tuple[Decimal, int]]) -> Counter[Decimal]:
    return Counter({number: count for number, count in counts if count})
