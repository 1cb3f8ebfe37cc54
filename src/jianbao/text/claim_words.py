"""Find the words of the vocabulary that make a claim: negatives, superlatives, shares, leads and degrees."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from jianbao.core.documents import Node, Problems, as_choice, as_list, as_mapping, as_number, as_text, as_texts
from jianbao.core.errors import Problem, nearest
from jianbao.core.messages import tr, verbatim

CHECKS = (
    *("bounds", "window", "basis", "one_moment", "span", "age", "grade", "credit", "cause", "lead", "range"),
    *("unknown", "effect", "group", "object", "expiry", "home_city", "sum", "firm", "rank"),
)
NEGATIVE, SUPERLATIVE, SHARE, LEAD, DEGREE = "negative", "superlative", "share", "lead", "degree"
CREDIT, PRAISE, UNCHANGED, RANK = "credit", "praise", "unchanged", "rank"
KINDS = (NEGATIVE, SUPERLATIVE, SHARE, LEAD, CREDIT, PRAISE, UNCHANGED, RANK)
_BOUNDS = ("above", "at_least", "below", "at_most")
_MEASURED = ("share", "index")
_EXCEPT, _WITHIN, _RIGHT, _BASES, _OFF = "except", "within", "right", "bases", "off"


@dataclass(frozen=True, kw_only=True)
class Degree:
    """The values for which a word of degree ("most") is true: bounds of a share (0 to 1) or an index, None for none."""

    measured: str = "share"
    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None

    def allows(self, value: float) -> bool:
        """Return whether the word is true for a value."""
        return (
            (self.above is None or value > self.above)
            and (self.at_least is None or value >= self.at_least)
            and (self.below is None or value < self.below)
            and (self.at_most is None or value <= self.at_most)
        )


@dataclass(frozen=True, kw_only=True)
class ClaimWord:
    """A word found in a text: its position, the kinds of claim that it makes (see KINDS), and its degree if any."""

    text: str
    start: int
    end: int
    kinds: tuple[str, ...]
    degree: Degree | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class ClaimWords:
    """The words that make a claim, by language, and the words that limit one.

    `within` has for each check and language the words that limit a claim, `right` a correct example, `bases` the names
    of counting rules; `off` are the checks that are switched off, with the reasons. All checks are off for a vocabulary
    without such words.
    """

    patterns: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    kinds: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    degrees: Mapping[str, Mapping[str, Degree]] = field(default_factory=dict)
    within: Mapping[str, Mapping[str, re.Pattern[str]]] = field(default_factory=dict)
    right: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    bases: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    off: Mapping[str, str] = field(default_factory=dict)

    def find(self, language: str, text: str) -> Iterator[ClaimWord]:
        """Yield the words of a text that make a claim; of several that begin at one position, the longest."""
        pattern = self.patterns.get(language)
        for match in pattern.finditer(text) if pattern else ():
            word = match.group().lower()
            kinds, degree = self.kinds[language].get(word, ()), self.degrees[language].get(word)
            if kinds or degree:
                yield ClaimWord(text=match.group(), start=match.start(), end=match.end(), kinds=kinds, degree=degree)

    def kept(self, check: str, language: str, text: str) -> bool:
        """Return whether a text has a word that limits its claim as a check demands."""
        pattern = self.within.get(check, {}).get(language)
        return bool(pattern and pattern.search(text))


NO_CLAIM_WORDS = ClaimWords()


def any_of(words: Iterable[str], flags: re.RegexFlag = re.IGNORECASE) -> re.Pattern[str] | None:
    """Return a pattern that finds any of the words, longer ones first, Latin ones only whole; None without words."""
    parts = [re.escape(word) for word in sorted(set(words), key=len, reverse=True)]
    return re.compile(rf"(?<![A-Za-z])(?:{'|'.join(parts)})(?![A-Za-z])", flags) if parts else None


def parse_claim_words(node: Node, languages: tuple[str, ...], problems: Problems) -> ClaimWords:
    """Read the section `claims:` of a vocabulary; a kind of word that is given needs words in each language."""
    parts = as_mapping(node, problems, optional=(*KINDS, DEGREE, _EXCEPT, _WITHIN, _RIGHT, _BASES, _OFF))
    kinds: dict[str, dict[str, tuple[str, ...]]] = {language: {} for language in languages}
    for kind in KINDS:
        for language, words in _words(parts[kind], languages, problems) if kind in parts else ():
            for word in words:
                kinds[language][word] = (*kinds[language].get(word, ()), kind)
    degrees: dict[str, dict[str, Degree]] = {language: {} for language in languages}
    for each in as_list(parts[DEGREE], problems) if DEGREE in parts else ():
        degree, written = _read_degree(each, languages, problems)
        for language, words in written:
            degrees[language] |= dict.fromkeys(words, degree)
    excepted = dict(_words(parts[_EXCEPT], languages, problems)) if _EXCEPT in parts else {}
    found = {each: any_of((*kinds[each], *degrees[each], *excepted.get(each, ()))) for each in languages}
    return ClaimWords(
        patterns={language: pattern for language, pattern in found.items() if pattern},
        kinds=kinds,
        degrees=degrees,
        within=_within(parts[_WITHIN], languages, problems) if _WITHIN in parts else {},
        right=_right(parts[_RIGHT], languages, problems) if _RIGHT in parts else {},
        bases={
            basis: dict(_words(names, languages, problems))
            for basis, names in (parts[_BASES].pairs() if _BASES in parts else ())
        },
        off=_off(parts[_OFF], problems) if _OFF in parts else {},
    )


def _words(node: Node, languages: tuple[str, ...], problems: Problems) -> Iterator[tuple[str, tuple[str, ...]]]:
    for language, words in as_mapping(node, problems, languages).items():
        yield language, tuple(word.lower() for word in as_texts(words, problems))


def _read_degree(
    node: Node, languages: tuple[str, ...], problems: Problems
) -> tuple[Degree, list[tuple[str, tuple[str, ...]]]]:
    fields = as_mapping(node, problems, languages, ("of", *_BOUNDS))
    bounds = {key: as_number(fields[key], problems) for key in _BOUNDS if key in fields}
    if not bounds:
        problems.append(
            Problem(node.place, tr("a word of degree needs the values for which it is true"), verbatim("above: 0.5"))
        )
    measured = as_choice(fields["of"], _MEASURED, problems) if "of" in fields else _MEASURED[0]
    written = [
        (language, tuple(word.lower() for word in as_texts(fields[language], problems)))
        for language in languages
        if language in fields
    ]
    return Degree(measured=measured, **bounds), written


def _within(node: Node, languages: tuple[str, ...], problems: Problems) -> dict[str, dict[str, re.Pattern[str]]]:
    found = {}
    for check, words in as_mapping(node, problems, optional=CHECKS).items():
        patterns = {language: any_of(listed) for language, listed in _words(words, languages, problems)}
        found[check] = {language: pattern for language, pattern in patterns.items() if pattern}
    return found


_PARTS = ("known", "since", "among", "word", "date", "clause", "share")  # the placeholders that an example may have


def _right(node: Node, languages: tuple[str, ...], problems: Problems) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for check, texts in as_mapping(node, problems, optional=CHECKS).items():
        for language, text in as_mapping(texts, problems, languages).items():
            pattern = as_text(text, problems)
            for name in re.findall(r"\{(.*?)\}", pattern):
                if name not in _PARTS:
                    problems.append(
                        Problem(text.place, tr("'{hole}' is no part of an example", hole=name), nearest(name, _PARTS))
                    )
            found.setdefault(check, {})[language] = pattern
    return found


def _off(node: Node, problems: Problems) -> dict[str, str]:
    return {check: as_text(reason, problems) for check, reason in as_mapping(node, problems, optional=CHECKS).items()}
