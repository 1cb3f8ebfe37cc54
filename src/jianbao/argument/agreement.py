"""Agreement: the figures that people typed in a bilingual text outside the wording, compared language by language.

Every figure of one language stands in each other one, as a figure or in its number words. Number words alone may be
an idiom and are asked for nowhere.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal

from jianbao.argument.numbers import Writer
from jianbao.documents import Node, Problems
from jianbao.errors import Place, Problem

HOLE = re.compile(r"\{\{.*?\}\}")
FIGURE = r"(?<![A-Za-z\d.])(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"


def disagreements(node: Node | None, writers: Mapping[str, Writer]) -> Problems:
    """Return a problem for each figure of one language that is missing in another one, at the other one's line."""
    texts = {language: found for language in writers if node and (found := node.get(language))}
    figures = {language: typed(_words(text), writers[language]) for language, text in texts.items()}
    problems: Problems = []
    for language, text in texts.items():
        spelled = _spelled(_words(text), writers[language])
        for other in (each for each in texts if each != language):
            for number in sorted(figures[other] - figures[language] - spelled):
                place = Place(text.place.file, text.place.line, language)
                what = f"the number {number:,f} stands in {other} and not here"
                problems.append(Problem(place, what, "every language carries the same figures"))
    return problems


def _words(text: Node) -> str:
    return HOLE.sub(" ", text.value).replace("\u00a0", " ") if isinstance(text.value, str) else ""


def typed(text: str, writer: Writer) -> Counter[Decimal]:
    """Return the numbers that a text writes in figures, in full, and those of the months that it names."""
    scales = {scale.word.replace("\u00a0", " ").strip(): Decimal(scale.start) for scale in writer.style.scales}
    words = "|".join(map(re.escape, sorted(scales, key=len, reverse=True)))
    scaled = re.compile(rf"({FIGURE})\s*({words})?" if words else f"({FIGURE})()")
    found = Counter(
        (Decimal(figure.replace(",", "")) * scales.get(word, 1)).normalize() for figure, word in scaled.findall(text)
    )
    months = ((name, number) for number, name in writer.locale.months["format"]["wide"].items() if name.isalpha())
    return found + _named(text, ((name, Decimal(number)) for name, number in months), words=True)


def _spelled(text: str, writer: Writer) -> Counter[Decimal]:
    """Return the numbers that a text writes in the number words of its language."""
    style = writer.style
    digits = ((word, Decimal(number)) for number, word in enumerate(style.numerals))
    known = {word: Decimal(number) for number in range(100) if (word := style.spell(number))}
    compounds = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", text.lower())
    words = (word for each in compounds for word in ([each] if each in known else each.split("-")))
    return _named(text, digits, words=False) + Counter(known[word].normalize() for word in words if word in known)


def _named(text: str, names: Iterable[tuple[str, Decimal]], words: bool) -> Counter[Decimal]:
    """Count the numbers whose names stand in a text, as whole words or anywhere."""
    edge = r"\b" if words else ""
    counts = ((number, len(re.findall(f"{edge}{re.escape(name)}{edge}", text))) for name, number in names)
    return Counter({number.normalize(): count for number, count in counts if count})
