"""Read the vocabulary of a workspace: numbers, units, likelihood and forbidden words in each language."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jianbao.core.documents import (
    Node,
    Problems,
    as_choice,
    as_integer,
    as_list,
    as_mapping,
    as_number,
    as_text,
    as_texts,
    as_yes_no,
    missing_at,
)
from jianbao.core.errors import Problem
from jianbao.core.messages import ENGLISH, Translatable, tr, tr_error, tr_list, tr_worded
from jianbao.data.value_checks import KnownUnits
from jianbao.text.claim_words import NO_CLAIM_WORDS, ClaimWords, any_of, parse_claim_words

NOUN = tr("write {example}", example="{measure: 个, other: 集装箱} / {one: container, other: containers}")
PATTERN, SCALED = "pattern", "scaled"  # forms of money: the usual one, and the one after the word of a scale
UNIT_KINDS = ("count", "money", "share", "percent", "rank")
PLURALS = ("zero", "one", "two", "few", "many", "other")  # the plural categories of CLDR
HOLES = {
    "range": ("low", "high"),
    "period": ("low", "high"),
    "period_of_days": ("low", "high"),
    "part_of": ("part", "whole"),
    "with_percent": ("text", "percent"),
    "rank_of": ("nth",),
    "names_and_more": ("names",),
    "names_and_one": ("names",),
    "first_body": ("name",),
    "first_place": ("name",),
    "first_place_in": ("name", "country"),
}
REFERENCES = ("gbt7714", "iso690")
PLAIN = ("twice", "missing", "not_applicable", "et_al", "no_place", "no_publisher")  # words without a placeholder
FIGURE = (  # words with one placeholder, "{}"
    *("minus", "plus", "more_than", "less_than", "fewer_than", "at_least", "at_most", "about", "nearly"),
    *("percent", "points", "point", "times", "carried", "of_year", "accessed", "in_language", "issue", "page"),
)
WORDS = (*FIGURE, *PLAIN, *HOLES, "rank_range")


@dataclass(frozen=True)
class NumberScale:
    """A word for a power of ten: written from `start` on, if `decimals` (when given) are enough."""

    start: float
    word: str
    decimals: int | None = None


@dataclass(frozen=True, kw_only=True)
class Style:
    """How one language writes numbers: grouping, scales, ordinals by plural category, words for small numbers.

    `join` is the text between a number and a noun: a space, or nothing. Numbers below `spelled_below` are written in
    the words `spelled` and `tens`. `numerals` are the characters for 0, 1, 2 … in a language that has its own.
    """

    grouping: bool = False
    scales: tuple[NumberScale, ...] = ()
    ordinals: Mapping[str, str] = field(default_factory=dict)
    join: str = ""
    spelled_below: int = 0
    spelled: tuple[str, ...] = ()
    tens: tuple[str, ...] = ()
    numerals: tuple[str, ...] = ()

    def spell(self, number: int) -> str:
        """Return a number from 0 to 99 in words, "" if the language has none for it."""
        if 0 <= number < len(self.spelled):
            return self.spelled[number]
        ten, rest = divmod(number, 10)
        if rest >= len(self.spelled) or not 2 <= ten < 2 + len(self.tens):
            return ""
        return self.tens[ten - 2] + (f"-{self.spelled[rest]}" if rest else "")


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit of facts: its kind, and in each language its noun by plural category, `measure` word or `pattern`.

    Numbers with a unit that has `figures` are never spelled out.
    """

    id: str
    kind: str = "count"
    figures: bool = False
    decimals: int | None = None
    forms: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def form(self, language: str, key: str) -> str:
        """Return the measure word, pattern or noun in a language; "" if it has none."""
        forms = self.forms.get(language, {})
        return forms.get(key, forms.get("other", "") if key in PLURALS else "")


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A pattern that texts must not contain, and what to write instead.

    It is for one language, or "" for all; for the words of a text without the values of its placeholders (`raw`), or
    for the printed text only; and with `sentences` for whole sentences only.
    """

    id: str
    language: str
    regex: re.Pattern[str]
    write: Translatable
    raw: bool
    sentences: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Vocabulary:
    """The words for numbers, units and likelihood in each language, and the patterns that texts must not contain.

    `likelihood` has pairs of the least share and its word, the highest share first. `forms` has the forms that a
    language must not use, with the right ones; `forbidden` is a pattern that finds them. `claims` are the words that
    make a claim, `verbs` those with which the title of a measure may begin, `judging` those that mark a judgement.
    """

    styles: Mapping[str, Style]
    words: Mapping[str, Mapping[str, str]]
    units: Mapping[str, Unit]
    likelihood: tuple[tuple[float, Mapping[str, str]], ...]
    patterns: tuple[Pattern, ...]
    forms: Mapping[str, Mapping[str, str]]
    forbidden: Mapping[str, re.Pattern[str]]
    references: Mapping[str, str]
    verbs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    judging: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    claims: ClaimWords = NO_CLAIM_WORDS

    def known_units(self) -> KnownUnits:
        """Return the ids of all units, and of those that are counts or ranks."""
        counted = frozenset(key for key, unit in self.units.items() if unit.kind == "count" and not unit.figures)
        ranked = frozenset(key for key, unit in self.units.items() if unit.kind == "rank")
        return KnownUnits(declared=tuple(self.units), counts=counted, ranks=ranked)


def parse_vocabulary(node: Node, languages: Iterable[str], problems: Problems) -> Vocabulary:
    """Read a vocabulary; every word and likelihood, and most units, need all of the languages."""
    spoken = tuple(languages)
    needed = ("numbers", "words", "units", "likelihood", "references")
    parts = as_mapping(node, problems, needed, ("patterns", "forms", "claims", "verbs", "judging"))
    empty = missing_at(node.place)
    numbers = as_mapping(parts.get("numbers", empty), problems, spoken)
    words = as_mapping(parts.get("words", empty), problems, WORDS)
    return Vocabulary(
        styles={language: _style(numbers[language], problems) for language in spoken if language in numbers},
        words={key: _word(key, word, spoken, problems) for key, word in words.items()},
        units={key: _unit(key, unit, spoken, problems) for key, unit in parts.get("units", empty).pairs()},
        likelihood=_likelihood(parts.get("likelihood", empty), spoken, problems),
        patterns=_patterns(parts.get("patterns", empty), problems),
        forms=(forms := _forms(parts.get("forms", empty), spoken, problems)),
        forbidden={each: pattern for each, listed in forms.items() if (pattern := any_of(listed, re.NOFLAG))},
        references={
            language: as_choice(standard, REFERENCES, problems, tr("a standard for references"))
            for language, standard in as_mapping(parts.get("references", empty), problems, spoken).items()
        },
        claims=parse_claim_words(parts["claims"], spoken, problems) if "claims" in parts else NO_CLAIM_WORDS,
        verbs=_lists(parts.get("verbs", empty), spoken, problems),
        judging=_lists(parts.get("judging", empty), spoken, problems),
    )


def _lists(node: Node, languages: tuple[str, ...], problems: Problems) -> dict[str, tuple[str, ...]]:
    parts = as_mapping(node, problems, optional=languages)
    return {language: as_texts(words, problems) for language, words in parts.items()}


def _style(node: Node, problems: Problems) -> Style:
    optional = ("grouping", "scales", "ordinals", "join", "spelled_below", "spelled", "tens", "numerals")
    parts = as_mapping(node, problems, optional=optional)
    scales = [_scale(scale, problems) for scale in parts.get("scales", Node((), node.place))]
    below = parts.get("spelled_below")
    return Style(
        grouping=as_yes_no(parts["grouping"], problems) if "grouping" in parts else False,
        scales=tuple(sorted(scales, key=lambda scale: -scale.start)),
        ordinals={key: as_text(text, problems) for key, text in parts.get("ordinals", Node({}, node.place)).pairs()},
        join=str(parts["join"].value) if "join" in parts else "",
        spelled_below=as_integer(below, problems) if below else 0,
        spelled=as_texts(parts.get("spelled"), problems),
        tens=as_texts(parts.get("tens"), problems),
        numerals=as_texts(parts.get("numerals"), problems),
    )


def _scale(node: Node, problems: Problems) -> NumberScale:
    parts = as_mapping(node, problems, ("from", "word"), ("decimals",))
    if "from" not in parts or "word" not in parts:
        return NumberScale(float("inf"), "")
    decimals = as_integer(parts["decimals"], problems) if "decimals" in parts else None
    return NumberScale(as_number(parts["from"], problems), as_text(parts["word"], problems), decimals)


def _word(key: str, node: Node, languages: tuple[str, ...], problems: Problems) -> dict[str, str]:
    parts = as_mapping(node, problems, languages)
    texts = {language: as_text(parts[language], problems) for language in languages if language in parts}
    needed = [f"{{{hole}}}" for hole in HOLES.get(key, ())] or (["{}"] if key in FIGURE else [])
    for language, text in texts.items():
        missing = [hole for hole in needed if hole not in text]
        if missing:
            problems.append(
                Problem(
                    parts[language].place,
                    tr("'{text}' has no placeholder for {missing}", text=text, missing=tr_list(missing, " and ")),
                )
            )
    return texts


def _unit(key: str, node: Node, languages: tuple[str, ...], problems: Problems) -> Unit:
    parts = as_mapping(node, problems, optional=("kind", "figures", "decimals", *languages))
    kind = as_choice(parts["kind"], UNIT_KINDS, problems, tr("a kind of unit")) if "kind" in parts else "count"
    written = [language for language in languages if language in parts]
    if (kind in ("count", "money") and written) or kind == "money":
        for language in languages:
            if language not in parts:
                problems.append(Problem(node.place, tr("'{key}' is missing", key=language)))
    return Unit(
        id=key,
        kind=kind,
        figures="figures" in parts and as_yes_no(parts["figures"], problems),
        decimals=as_integer(parts["decimals"], problems) if "decimals" in parts else None,
        forms={language: _unit_forms(parts[language], kind, problems) for language in written},
    )


def _unit_forms(node: Node, kind: str, problems: Problems) -> dict[str, str]:
    forms_of = [each for _, each in node.pairs()] if node.kind == "mapping" else [node]
    if kind == "count" and (node.kind == "text" or any("{}" in str(each.value) for each in forms_of)):
        problems.append(
            Problem(node.place, tr("a unit that counts has only its noun; the number comes before it"), NOUN)
        )
        return {}
    if node.kind == "text":
        node = Node({PATTERN: node}, node.place)
    parts = as_mapping(node, problems, optional=("measure", PATTERN, SCALED, *PLURALS))
    forms = {key: as_text(text, problems) for key, text in parts.items()}
    for key in {PATTERN, SCALED} & forms.keys():
        if "{}" not in forms[key]:
            what = tr("'{pattern}' has no placeholder for {{}}", pattern=forms[key])
            problems.append(Problem(parts[key].place, what))
    return forms


def _likelihood(
    node: Node, languages: tuple[str, ...], problems: Problems
) -> tuple[tuple[float, Mapping[str, str]], ...]:
    steps: list[tuple[float, Mapping[str, str]]] = []
    for step in as_list(node, problems):
        parts = as_mapping(step, problems, ("from", *languages))
        words = {language: as_text(parts[language], problems) for language in languages if language in parts}
        steps.append((as_number(parts["from"], problems) if "from" in parts else 0.0, words))
    return tuple(sorted(steps, key=lambda step: -step[0]))


def _patterns(node: Node, problems: Problems) -> tuple[Pattern, ...]:
    found: list[Pattern] = []
    for key, item in node.pairs():
        parts = as_mapping(item, problems, ("pattern", "write"), ("write_zh", "language", "raw", "sentences"))
        if "pattern" not in parts or "write" not in parts:
            continue
        try:
            regex = re.compile(as_text(parts["pattern"], problems))
        except re.error as error:
            problems.append(
                Problem(
                    parts["pattern"].place,
                    tr(
                        "'{value}' is not a valid pattern: {error}", value=parts["pattern"].value, error=tr_error(error)
                    ),
                )
            )
            continue
        language = as_text(parts["language"], problems) if "language" in parts else ""
        raw = "raw" not in parts or as_yes_no(parts["raw"], problems)
        sentences = "sentences" in parts and as_yes_no(parts["sentences"], problems)
        found.append(
            Pattern(
                id=key,
                language=language,
                regex=regex,
                write=_instead(parts, problems),
                raw=raw,
                sentences=sentences,
            )
        )
    return tuple(found)


def _instead(parts: Mapping[str, Node], problems: Problems) -> Translatable:
    """Return the replacement for a pattern as shown to the writer of the text; also in Chinese if that differs."""
    written = {ENGLISH: "write", "zh": "write_zh"}
    return tr_worded({language: as_text(parts[key], problems) for language, key in written.items() if key in parts})


def _forms(node: Node, languages: tuple[str, ...], problems: Problems) -> dict[str, dict[str, str]]:
    parts = as_mapping(node, problems, optional=languages)
    return {
        language: {wrong: as_text(right, problems) for wrong, right in forms.pairs()}
        for language, forms in parts.items()
    }
