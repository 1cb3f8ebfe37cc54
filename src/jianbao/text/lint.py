"""Check the wording files without building: typed digits, misspelt names, forbidden forms, patterns, references."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr
from jianbao.data.conditions import Condition, uncountable_facts, unknown_facts
from jianbao.text.argument.edition import BACK
from jianbao.text.formatter import Writer
from jianbao.text.language_parity import unequal
from jianbao.text.name_table import name_hint
from jianbao.text.placeholders import Placeholder, near_fact, stray
from jianbao.text.render import Facts, Local, applies, at, choose, render_with
from jianbao.text.text_entries import BUILT_IN
from jianbao.text.wording import BlockText, SectionText, Wording, WordingText

_TYPED = re.compile(r"[^\W\d_]*\d[\d.,]*[^\W_]*", re.ASCII)
_DIGIT = re.compile(r"\d")  # of any script


def faults_of_text(text: WordingText, writer: Writer, place: Place) -> Problems:
    """Return the problems of a text outside its placeholders: typed digits, forbidden forms, misspelt names.

    Built-in texts have no names, so a word in them that resembles a name is not a misspelling.
    """
    built_in = place.file.startswith(BUILT_IN)
    return [
        *_typed(text, place),
        *_forbidden(text.literal, writer, place),
        *(
            Problem(
                place,
                tr("'{written}' is not the official form of the name", written=each.written),
                tr("write '{right}'", right=each.right),
            )
            for each in (() if built_in else writer.names.misspelt(text.literal, writer.language))
        ),
    ]


def _typed(text: WordingText, place: Place) -> Problems:
    problems: Problems = []
    for piece in text.pieces:
        if not isinstance(piece, str):
            continue
        if mark := stray(piece):
            problems.append(
                Problem(
                    place,
                    tr("'{mark}' is outside a placeholder", mark=mark),
                    tr("write it as {{{{ fact | filter }}}}"),
                )
            )
        if _DIGIT.search(piece):
            written = _TYPED.search(piece) or _DIGIT.search(piece)
            quoted = written.group() if written else piece
            hint = tr(
                "put a fact in its place: {{{{ edition.year | year }}}} for the year of this edition, {{{{ fact }}}} "
                "for another number (`jianbao facts` lists them), or name('ID') if it belongs to a name"
            )
            problems.append(Problem(place, tr("the number '{quoted}' is typed by hand", quoted=quoted), hint))
    return problems


def _forbidden(literal: str, writer: Writer, place: Place) -> Problems:
    pattern = writer.vocabulary.forbidden.get(writer.language)
    found = dict.fromkeys(match.group() for match in pattern.finditer(literal)) if pattern else {}
    forms = writer.vocabulary.forms.get(writer.language, {})
    return [
        Problem(place, tr("'{form}' is not used", form=form), tr("write '{right}'", right=forms[form]))
        for form in found
    ]


def faults_of_sentence(printed: str, writer: Writer, place: Place, sentence: bool = True) -> Problems:
    """Return a problem for each pattern of the vocabulary that a printed text matches.

    Patterns for sentences are skipped if it is a mere phrase (`sentence` is False).
    """
    return [problem for problem, _ in _patterns(printed, writer, place, sentence, raw=False)]


def faults_of_words(text: WordingText, writer: Writer, place: Place, sentence: bool = True) -> Problems:
    """Return a problem for each pattern that the text around the placeholders of a text matches."""
    return [problem for problem, _ in _patterns(text.literal, writer, place, sentence, raw=True)]


def _patterns(printed: str, writer: Writer, place: Place, sentence: bool, raw: bool) -> Iterator[tuple[Problem, str]]:
    """Yield a problem for each pattern that a text matches, with the matching text."""
    for text, pattern, right in _matches(printed, writer, sentence, raw):
        what = tr("'{text}' ({pattern})", text=text, pattern=pattern)
        yield Problem(place, what, tr("write {write}", write=right)), text


def _name_with(matched: str, printed: str, writer: Writer) -> Place | None:
    """Return the cell of the name table that brought a match into a printed text, if a name did."""
    language = writer.language
    return next(
        (
            Place("data/names.csv", writer.names.rows[name.id], form_of)
            for name in writer.names.values()
            for form_of, form in ((language, name.full.get(language)), (f"{language}_short", name.short.get(language)))
            if name.id in writer.names.rows and form and matched in form and form in printed
        ),
        None,
    )


CACHE_SIZE = 8192  # cached variants in a language: four times as many as a workspace has


def _matches(printed: str, writer: Writer, sentence: bool, raw: bool) -> tuple[tuple[str, str, Translatable], ...]:
    """Return the parts of a text that match patterns of the vocabulary, with the patterns' ids and replacements."""
    found = []
    for pattern in writer.vocabulary.patterns:
        applies = pattern.language in ("", writer.language) and (pattern.raw or not raw)
        if applies and (sentence or not pattern.sentences) and (match := pattern.regex.search(printed)):
            found.append((match.group().strip(), pattern.id, pattern.write))
    return tuple(found)


@lru_cache(maxsize=CACHE_SIZE)
def _faults_of_variant(wording: Wording, number: int, writer: Writer, chosen: bool) -> tuple[Problem, ...]:
    """Return the problems of the words of a variant in one language; `chosen`: this edition prints the variant."""
    text = wording.variants[number].texts[writer.language]
    place = at(wording, text, writer.language)
    unprinted = () if chosen else faults_of_words(text, writer, place, wording.sentence)
    return *faults_of_text(text, writer, place), *unprinted


def requests_of_the_past(sections: Iterable[SectionText], facts: Facts) -> Iterator[Problem]:
    """Yield a problem for each block of a back edition that asks for a decision, which is no longer needed."""
    for section in sections if BACK in facts else ():
        for block in section.blocks:
            asks = block.kind == "decision" or block.tone == "ask"
            if asks and applies(block.when, facts):
                what = tr("a back edition asks for a decision in '{block}'", block=block.id)
                hint = tr("write 'when: {{fact: edition.number, known: yes}}', which holds only in declared editions")
                yield Problem(block.place, what, hint)


class Linter:
    """Lints wordings with the facts of an edition and the writer of each language.

    `known` are the ids of facts that other editions have: the first edition, for instance, has no change since the year
    before. An id that is neither known nor a fact is an error. `given` are values that code gives to the texts under
    local names.
    """

    def __init__(
        self,
        facts: Facts,
        writers: Mapping[str, Writer],
        known: Collection[str] = (),
        given: Mapping[str, Local] | None = None,
    ) -> None:
        self.facts = facts
        self.writers = writers
        self.given = given or {}
        self.known = {*facts, *known, *self.given}

    def section(self, section: SectionText) -> Problems:
        """Return all problems of a section: those of every variant, and those of the texts that this edition prints."""
        problems = self.wording(section.title) if section.title else []
        for block in section.blocks:
            problems += self.block(block, printed=True)
        for wording in section.phrases.values():
            problems += self.phrase(wording)
        return list(dict.fromkeys(problems))

    def block(self, block: BlockText, printed: bool) -> Problems:
        """Return the problems of a block and its items; `printed` is False in a block that this edition leaves out."""
        problems = self.condition(block.when, block.place)
        shown = printed and applies(block.when, self.facts)
        for wording in block.say:
            problems += self.wording(wording, shown)
        for item in block.items:
            problems += self.block(item, shown)
        return problems

    def wording(self, wording: Wording, printed: bool = True) -> Problems:
        """Return the problems of each variant, and with `printed` also those of the printed text.

        `printed` is False if this edition does not print the wording, so that its facts may be missing.
        """
        chosen = choose(wording, self.facts) if printed else None
        broken = self.broken(wording)
        problems = [*self.condition(wording.when, wording.place), *([] if broken else unequal(wording))]
        for number, variant in enumerate(wording.variants):
            problems += self.condition(variant.when, variant.place)
            problems += self.variant(wording, number, chosen is variant)
        return problems + (self.printed(wording) if chosen and not broken else [])

    def phrase(self, wording: Wording) -> Problems:
        """Return the problems of a phrase, whose placeholders without a dot are filled by code."""
        problems = [] if self.broken(wording) else list(unequal(wording))
        for number in range(len(wording.variants)):
            problems += self.variant(wording, number, chosen=False)
        return problems

    def broken(self, wording: Wording) -> bool:
        """Return whether a placeholder of any variant or language is faulty, or a brace is not part of one.

        Such a wording is reported elsewhere (see `variant`); it is neither printed nor compared between languages.
        """
        return any(
            stray(piece) if isinstance(piece, str) else self.fault(piece, wording, language)
            for variant in wording.variants
            for language, text in variant.texts.items()
            for piece in text.pieces
        )

    def variant(self, wording: Wording, number: int, chosen: bool) -> Problems:
        """Return the problems of the words and placeholders of a variant."""
        problems: Problems = []
        for language, text in wording.variants[number].texts.items():
            if writer := self.writers.get(language):
                problems += _faults_of_variant(wording, number, writer, chosen)
                faults = [self.fault(hole, wording, language) for hole in text.holes]
                if any(faults):
                    place = at(wording, text, language)
                    problems += [Problem(place, *fault) for fault in faults if fault]
        return problems

    def fault(self, hole: Placeholder, wording: Wording, language: str) -> tuple[Translatable, Translatable] | None:
        """Return the fault of a placeholder in any edition, and a hint; None if it has none."""
        if hole.fault:
            return hole.fault, hole.hint
        writer = self.writers.get(language)
        if writer and hole.name and hole.name not in writer.names:
            return tr("'{value}' is no id of the name table", value=hole.name), name_hint(hole.name, writer.names)
        if hole.fact and hole.fact not in self.known and (wording.sentence or "." in hole.fact):
            return tr("'{value}' is not a fact", value=hole.fact), near_fact(hole.fact, self.known)
        return None

    def printed(self, wording: Wording) -> Problems:
        """Return the problems of rendering the wording, and those of the text that it prints."""
        problems: Problems = []
        statement = render_with(wording, self.facts, self.writers, problems, **self.given)
        if statement is None:
            return problems
        chosen = choose(wording, self.facts)
        texts = chosen.texts if chosen else {}
        for language, sentence in statement.sentences.items():
            text, writer = texts[language], self.writers[language]
            for problem, matched in _patterns(
                sentence.text, writer, at(wording, text, language), wording.sentence, False
            ):
                named = None if matched in text.literal else _name_with(matched, sentence.text, writer)
                problems.append(replace(problem, where=named) if named else problem)
        return problems

    def condition(self, condition: Condition | None, place: Place) -> Problems:
        """Return a problem for each fact of a condition that no edition has, or that is compared but not a number."""
        if condition is None:
            return []
        hint = tr("compare numbers, or ask whether it is 'known'")
        uncountable = uncountable_facts(condition, self.facts)
        named = [Problem(place, tr("'{value}' is not a number", value=fact), hint) for fact in uncountable]
        return [*unknown_facts(condition, self.known, place), *named]
