"""Render wordings: choose the variant that applies, fill its placeholders, and record the facts that it states."""

import re
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal, cast

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem, all_in, corrected_typo, did_you_mean_or, nearest
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_error
from jianbao.data.conditions import Condition, holds
from jianbao.data.facts import Fact, Value
from jianbao.text.formatter import Shown, UnsayableError, Writer
from jianbao.text.placeholders import Placeholder, fill_placeholder
from jianbao.text.wording import BlockText, SectionText, Variant, Wording, WordingText

Mark = Literal["kept", "gone", "new"]


@dataclass(frozen=True)
class StatedFact:
    """A fact that a sentence states: the printed text, its index (`at`), and the filters used."""

    fact: str
    printed: str
    at: int = field(default=0, compare=False)
    filters: tuple[str, ...] = field(default=(), compare=False)

    @property
    def end(self) -> int:
        """Return the index after its last character."""
        return self.at + len(self.printed)


@dataclass(frozen=True)
class Filled:
    """A filled placeholder: its source, its fact ("" for a name), the printed text, and `at` which index."""

    source: str
    fact: str
    printed: str
    at: int

    @property
    def end(self) -> int:
        """Return the index after its last character."""
        return self.at + len(self.printed)


@dataclass(frozen=True)
class Sentence:
    """A text in one language, and the facts that it states (`stated`) in the order in which they are printed.

    `filled` are all placeholders of its wording, also those that state no fact, such as names.
    """

    language: str
    text: str
    stated: tuple[StatedFact, ...] = ()
    filled: tuple[Filled, ...] = field(default=(), compare=False)

    def holes(self) -> tuple[Filled, ...]:
        """Return its filled placeholders; of a text joined from several, one for each fact that it states."""
        own = (Filled(" | ".join((each.fact, *each.filters)), each.fact, each.printed, each.at) for each in self.stated)
        found = self.filled or tuple(own)
        return tuple(each for each in found if each.printed and self.text[each.at : each.end] == each.printed)


def embedded(around: Sentence, inner: Sentence) -> Sentence:
    """Return a sentence that contains another one, with the placeholders of that one at the right places."""
    holes: list[Filled] = []
    for hole in around.filled:
        given = hole.printed == inner.text and not hole.fact
        holes += [replace(each, at=each.at + hole.at) for each in inner.filled] if given else [hole]
    return replace(around, filled=tuple(holes))


@dataclass(frozen=True)
class Piece:
    """A piece of a changed sentence, marked as kept, gone or new."""

    mark: Mark
    text: str


@dataclass(frozen=True)
class Statement:
    """A sentence in each language; `id` is its place in the wording, such as "national.network:2"."""

    id: str
    sentences: Mapping[str, Sentence]

    def text(self, language: str) -> str:
        """Return the text in one language."""
        return self.sentences[language].text

    def facts(self) -> tuple[str, ...]:
        """Return the ids of the facts that a sentence in any language states, each once."""
        return tuple(dict.fromkeys(stated.fact for sentence in self.sentences.values() for stated in sentence.stated))


def facts_in(statements: Iterable[Statement]) -> tuple[str, ...]:
    """Return the ids of all facts stated, each once, in the order of their first mention."""
    return tuple(dict.fromkeys(fact for statement in statements for fact in statement.facts()))


Facts = Mapping[str, Fact]
Local = Fact | Value | Mapping[str, str]  # what code may pass to a phrase; a mapping has a text in each language
CACHE_SIZE = 1 << 14  # cached texts with the facts that they read: three times as many as an edition has
_OPENS = re.compile(r"(?:^|[.!?][\"'”’)]*\s)\s*$")
_FIGURE = re.compile(r"\d+(?![.,]?\d|%)")


@dataclass(frozen=True, kw_only=True)
class RenderedBlock:
    """A rendered block of a section; its fields are those of `BlockText`."""

    kind: str
    id: str
    statements: tuple[Statement, ...] = ()
    items: tuple["RenderedBlock", ...] = ()
    ref: str = ""
    level: int = 2
    width: str = ""
    tone: str = ""
    cites: tuple[str, ...] = ()
    optional: int = 0


@dataclass(frozen=True)
class RenderedSection:
    """A section with the sentences that apply in this edition."""

    id: str
    title: Statement | None
    passages: tuple[RenderedBlock, ...]


def applies(condition: Condition | None, facts: Facts) -> bool:
    """Return whether a condition holds; None always does."""
    return condition is None or holds(condition, facts)


def choose(wording: Wording, facts: Facts) -> Variant | None:
    """Return the first variant whose condition holds; None if none does, or if that of the wording does not."""
    if not applies(wording.when, facts):
        return None
    return next((variant for variant in wording.variants if applies(variant.when, facts)), None)


def render_wording(
    wording: Wording, facts: Facts, writers: Mapping[str, Writer], problems: Problems
) -> Statement | None:
    """Return a wording rendered in every language.

    Returns None if its condition does not hold, or if it cannot be rendered, which is added to the problems.
    """
    variant = choose(wording, facts)
    if variant is None:
        return None
    before = len(problems)
    sentences = {
        language: _sentence(wording, variant.texts[language], writer, facts, problems)
        for language, writer in writers.items()
        if language in variant.texts
    }
    complete = len(sentences) == len(writers) and len(problems) == before
    return Statement(wording.id, sentences) if complete else None


def render_section(
    section: SectionText, facts: Facts, writers: Mapping[str, Writer], problems: Problems, **given: Local
) -> RenderedSection:
    """Return a section with its title and every block that applies and is not empty; `given` as in a phrase."""
    title = render_with(section.title, facts, writers, problems, **given) if section.title else None
    return RenderedSection(section.id, title, tuple(_passages(section.blocks, facts, writers, problems, **given)))


def _passages(
    blocks: Iterable[BlockText], facts: Facts, writers: Mapping[str, Writer], problems: Problems, **given: Local
) -> Iterator[RenderedBlock]:
    for block in blocks:
        if not applies(block.when, facts):
            continue
        spoken = (render_with(wording, facts, writers, problems, **given) for wording in block.say)
        statements = tuple(statement for statement in spoken if statement)
        items = tuple(_passages(block.items, facts, writers, problems, **given))
        if statements or items or block.ref:
            yield RenderedBlock(
                kind=block.kind,
                id=block.id,
                statements=statements,
                items=items,
                ref=block.ref,
                level=block.level,
                width=block.width,
                tone=block.tone,
                cites=block.cites,
                optional=block.optional,
            )


def render_phrase(
    section: SectionText, key: str, facts: Facts, writers: Mapping[str, Writer], problems: Problems, **given: Local
) -> Statement | None:
    """Return a phrase of a section by its key, rendered with the facts and with `given` values under local names."""
    if key not in section.phrases:
        problems.append(
            Problem(
                section.place,
                tr("there is no phrase '{key}'", key=key),
                nearest(key, section.phrases, all_in(section.place.file)),
            )
        )
        return None
    return render_with(section.phrases[key], facts, writers, problems, **given)


def render_with(
    wording: Wording, facts: Facts, writers: Mapping[str, Writer], problems: Problems, **given: Local
) -> Statement | None:
    """Return a wording rendered with the facts and with `given` values under local names (see `Local`)."""
    sentences: dict[str, Sentence] = {}
    local = {word: as_fact(value, "") for word, value in given.items() if not isinstance(value, Mapping)}
    worded = {word: value for word, value in given.items() if isinstance(value, Mapping)}
    for language, writer in writers.items():
        if worded:
            local |= {word: as_fact(value, language) for word, value in worded.items()}
        spoken = _render_known(wording, writer, tuple(_read(wording, local, facts)))
        if spoken is None and not given:  # report the problems of all languages
            return render_wording(wording, facts, writers, problems)
        if spoken is None:
            scope = cast(Facts, ChainMap(local, cast(dict[str, Fact], facts)))
            spoken = render_wording(wording, scope, {language: writer}, problems)
        if spoken is None:
            return None
        sentences |= spoken.sentences
    return Statement(wording.id, sentences)


def _read(wording: Wording, local: Mapping[str, Fact], facts: Facts) -> Iterator[tuple[str, Fact]]:
    """Yield the facts that a wording reads, if they are known; a local name hides a fact."""
    for name in wording.reads:
        if name in local:
            yield name, local[name]
        elif name in facts:
            yield name, facts[name]


@lru_cache(maxsize=CACHE_SIZE)
def _render_known(wording: Wording, writer: Writer, known: tuple[tuple[str, Fact], ...]) -> Statement | None:
    """Return a wording rendered in one language with what is known of the facts that it reads, from a cache.

    Returns None if nothing applies, or if it cannot be rendered.
    """
    return render_wording(wording, dict(known), {writer.language: writer}, [])


def as_fact(value: Local, language: str) -> Fact:
    """Return a value that code passes to a phrase as a fact, without an id, so that it is not recorded as stated."""
    if isinstance(value, Fact):
        return value
    if isinstance(value, Mapping):
        return Fact(id="", value=value[language], kind="text")
    if isinstance(value, tuple):
        return Fact(id="", value=value, kind="names")
    return Fact(id="", value=value, kind="text" if isinstance(value, str) else "number")


def _sentence(wording: Wording, text: WordingText, writer: Writer, facts: Facts, problems: Problems) -> Sentence:
    figures = _beside_larger(text, writer, facts)
    adjusted = writer if writer.figures == figures else replace(writer, figures=figures)
    printed, stated, filled = "", list[StatedFact](), list[Filled]()
    for piece in text.pieces:
        if isinstance(piece, str):
            printed += piece
            continue
        shown, fault = _filled(piece, adjusted, facts)
        if fault:
            problems.append(Problem(at(wording, text, writer.language), *fault))
        if shown is None:
            continue
        words = shown.text or ""
        if wording.sentence and _OPENS.search(printed):
            words = _at_sentence_start(writer, shown, words)
        pointed = writer.pointed(words)
        if shown.fact.id and not shown.silent:
            filters = tuple(step.filter for step in piece.steps)
            stated.append(StatedFact(shown.fact.id, pointed, len(printed), filters))
        filled.append(Filled(piece.source, shown.fact.id, pointed, len(printed)))
        printed += words
    return Sentence(writer.language, writer.pointed(printed), tuple(stated), tuple(filled))


def at(wording: Wording, text: WordingText, language: str) -> Place:
    """Return the place of a text for problems: its line, the id of its wording and its language."""
    return Place(text.place.file, text.place.line, f"{wording.id} {language}")


def _filled(hole: Placeholder, writer: Writer, facts: Facts) -> tuple[Shown | None, tuple[Translatable, ...]]:
    """Return the printed form of a placeholder, or None and its fault, with a hint."""
    if hole.fault:
        return None, (hole.fault, hole.hint)
    try:
        return fill_placeholder(hole, writer, facts), ()
    except KeyError:
        hint = did_you_mean_or(corrected_typo(hole.fact, facts), tr("say this only `when:` the fact is known"))
        return None, (tr("there is no fact '{fact}' in this edition", fact=hole.fact), hint)
    except (ArithmeticError, TypeError, ValueError) as error:
        hint = error.hint if isinstance(error, UnsayableError) else NO_TEXT
        what = tr("'{{{{ {source} }}}}' cannot be said: {error}", source=hole.source, error=tr_error(error))
        return None, (what, hint)


def _beside_larger(text: WordingText, writer: Writer, facts: Facts) -> bool:
    """Return whether small numbers are written in digits, because the text also counts a larger one or one in digits.

    In a language with its own numerals, such as Chinese, they need not match: 第七届 beside 54个.
    """
    if writer.style.numerals:
        return False
    counts = [
        (hole, fact)
        for hole in text.holes
        if (hole.counting or not hole.steps) and (fact := facts.get(hole.fact)) and _counts(fact, writer)
    ]
    return any(fact.number >= writer.style.spelled_below or not hole.steps for hole, fact in counts)


def _counts(fact: Fact, writer: Writer) -> bool:
    unit = writer.unit(fact.unit)
    return fact.kind == "number" and unit.kind == "count" and not unit.figures


def _at_sentence_start(writer: Writer, shown: Shown, words: str) -> str:
    """Return a number as it is written at the beginning of a sentence: in words if possible, with a capital letter."""
    if shown.fact.kind != "number":
        return words
    figure = _FIGURE.match(words)
    spelled = writer.style.spell(int(figure.group())) if figure else ""
    opened = spelled + words[figure.end() :] if figure and spelled else words
    return opened[:1].upper() + opened[1:]
