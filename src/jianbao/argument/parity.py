"""Parity: what is said in one language is said in every other, with the same facts and the same names."""

from collections.abc import Iterable
from functools import lru_cache

from jianbao.argument.wording import Text, Variant, Wording
from jianbao.documents import Problems
from jianbao.errors import Place, Problem

REMEMBERED = 4096  # wordings: a workspace has a fifth as many
ROUNDING = frozenset({"digits", "decimals", "roundly"})


def stated(text: Text) -> set[str]:
    """Return the ids of the facts whose values a text prints."""
    return {hole.fact for hole in text.holes if hole.fact and not hole.silent}


def mentioned(text: Text) -> set[str]:
    """Return the ids of the names that a text prints by name('ID')."""
    return {hole.name for hole in text.holes if hole.name}


def rounded(text: Text) -> set[tuple[str, object]]:
    """Return the facts that a text rounds, each with its number of digits or decimals."""
    return {
        (hole.fact, step.arguments)
        for hole in text.holes
        for step in hole.steps
        if step.filter in ROUNDING and not hole.silent
    }


@lru_cache(maxsize=REMEMBERED)
def unequal(wording: Wording) -> tuple[Problem, ...]:
    """Return a problem for each fact or name that a variant has in one language and not in another."""
    return tuple(problem for variant in wording.variants for problem in _unequal(wording, variant))


def _unequal(wording: Wording, variant: Variant) -> Problems:
    problems: Problems = []
    if any(hole.fault for text in variant.texts.values() for hole in text.holes):
        return problems  # a hole that cannot be read has its own problem
    for what, found in (("states", stated), ("names", mentioned)):
        everywhere = {language: found(text) for language, text in variant.texts.items()}
        union = set().union(*everywhere.values()) if everywhere else set()
        for language, own in everywhere.items():
            others = [other for other, facts in everywhere.items() if facts >= union - own and other != language]
            problems += _missing(wording, variant.texts[language], language, what, sorted(union - own), others)
    return problems or _otherwise_rounded(wording, variant)


def _otherwise_rounded(wording: Wording, variant: Variant) -> Problems:
    """Return a problem for each fact that one language rounds otherwise than another."""
    languages = list(variant.texts)
    roundings = [rounded(text) for text in variant.texts.values()]
    facts = sorted({fact for own in roundings for fact, _ in own ^ roundings[0]})
    place = Place(variant.place.file, variant.place.line, f"{wording.id} {' '.join(languages)}")
    hint = "every language rounds to the same digits"
    return [Problem(place, f"'{fact}' is not rounded alike in {' and '.join(languages)}", hint) for fact in facts]


def _missing(
    wording: Wording, text: Text, language: str, what: str, missing: Iterable[str], others: list[str]
) -> Problems:
    place = Place(text.place.file, text.place.line, f"{wording.id} {language}")
    other = " and ".join(others) or "another language"
    return [
        Problem(place, f"'{each}' is not here, but {other} {what} it", "every language says the same")
        for each in missing
    ]
