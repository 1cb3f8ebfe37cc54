"""Run the checks of claims on the passages of finished documents and of unprinted variants."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from jianbao.brief.model import Brief, Figure, Section
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr
from jianbao.data.conditions import Condition
from jianbao.data.facts import Fact, Ledger
from jianbao.review.claims.checks_comparison import (
    basis,
    cause,
    effect,
    firm,
    lead,
    one_moment,
    praise,
    span,
    sums,
    unknown,
    window,
)
from jianbao.review.claims.checks_counts import bounds, degree_range, newer_parts, object_counted, subject
from jianbao.review.claims.checks_sources import age, credit, expiry, grade, group, rank
from jianbao.review.claims.passages import Evidence, Mention, Passage, Refusal, compared
from jianbao.text.placeholders import Placeholder
from jianbao.text.render import Statement, choose
from jianbao.text.wording import BlockText, SectionText, Variant, Wording, WordingText

SUMMARY = "summary"


@dataclass(frozen=True)
class Entry:
    """A wording, and the conditions of the blocks that it is in."""

    wording: Wording
    conditions: tuple[Condition, ...] = ()


Catalogue = Mapping[str, Entry]


def catalogue_of(sections: Iterable[SectionText], others: Iterable[Wording]) -> dict[str, Entry]:
    """Return every wording by its id; `others` are those of figures, of the argument and of reasons."""
    found: dict[str, Entry] = {}
    for section in sections:
        loose = [*([section.title] if section.title else []), *section.phrases.values()]
        found |= {wording.id: Entry(wording) for wording in loose}
        found |= {entry.wording.id: entry for block in section.blocks for entry in _entries(block, ())}
    return {**found, **{wording.id: Entry(wording) for wording in others}}


def _entries(block: BlockText, above: tuple[Condition, ...]) -> Iterator[Entry]:
    conditions = (*above, *([block.when] if block.when else []))
    yield from (Entry(wording, conditions) for wording in block.say)
    for item in block.items:
        yield from _entries(item, conditions)


@dataclass(frozen=True)
class PassageGroup:
    """The passages of texts that are read together, in one language."""

    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class PassageReader:
    """Makes passages from the texts of documents, with the facts of an edition and the wordings of the texts."""

    ledger: Ledger
    catalogue: Catalogue

    def of_document(self, brief: Brief) -> Iterator[tuple[Section | None, PassageGroup]]:
        """Yield the passages of each paragraph of a document with its section; title, masthead and letter have none."""
        facts = tuple(self._stated(block.statements for section in brief.sections[:1] for block in section.whole()))
        yield from self._group(None, (brief.title,), headline=True, around=facts)
        letter = [each for statements in brief.letter.values() for each in statements]
        yield from self._group(None, (brief.subtitle, *brief.masthead.values(), *brief.words.values(), *letter))
        for section in brief.sections:
            yield from self._of_section(section)

    def _of_section(self, section: Section) -> Iterator[tuple[Section | None, PassageGroup]]:
        facts = tuple(self._stated(block.statements for block in section.whole()))
        yield from self._group(section, (section.title,), headline=True, around=facts)
        front, opened = section.role == SUMMARY, False
        for block in section.whole():
            statements = (*block.statements, *(label for label, _ in block.parts))
            first = not opened and block.kind == "paragraph" and bool(block.statements)
            opened = opened or first
            yield from self._group(section, statements, headline=front, opening=first)
            if block.figure:
                yield from self._of_figure(section, block.figure)
            if block.table:
                heads = (column.head for column in block.table.columns)
                printed = (block.table.title, *heads, *([block.table.note] if block.table.note else []))
                yield from self._group(section, printed)
                for row in block.table.rows:
                    yield from self._group(section, filter(self._written_by_hand, row))

    def _written_by_hand(self, cell: Statement) -> bool:
        """Return whether a writer wrote a cell; the program writes bare values, whose row has date and source."""
        entry = self.catalogue.get(cell.id)
        return entry is None or entry.wording.sentence

    def _of_figure(self, section: Section, figure: Figure) -> Iterator[tuple[Section | None, PassageGroup]]:
        yield from self._group(section, (figure.title,), headline=section.role == SUMMARY)
        yield from self._group(section, (figure.subtitle, figure.alt, *([figure.note] if figure.note else [])))

    def _stated(self, groups: Iterable[Iterable[Statement]]) -> Iterator[Fact]:
        ids = dict.fromkeys(fact for statements in groups for each in statements for fact in each.facts())
        return (self.ledger[each] for each in ids if each in self.ledger)

    def _group(
        self,
        section: Section | None,
        statements: Iterable[Statement],
        headline: bool = False,
        opening: bool = False,
        around: tuple[Fact, ...] = (),
    ) -> Iterator[tuple[Section | None, PassageGroup]]:
        """Yield the passages of one paragraph, by language; the first statement of an `opening` is a headline."""
        found: dict[str, list[Passage]] = {}
        for number, statement in enumerate(statements):
            headed = headline or (opening and number == 0)
            for language in statement.sentences:
                passage = self.printed(statement, language, headed, around)
                if passage.text:
                    found.setdefault(language, []).append(passage)
        yield from ((section, PassageGroup(tuple(passages))) for passages in found.values())

    def printed(
        self, statement: Statement, language: str, headline: bool = False, around: tuple[Fact, ...] = ()
    ) -> Passage:
        """Return the printed form of a statement in one language."""
        sentence, entry = statement.sentences[language], self.catalogue.get(statement.id)
        mentions = tuple(
            Mention(self.ledger[each.fact], each.at, each.end, each.filters)
            for each in sentence.stated
            if each.fact in self.ledger
        )
        if entry is None:
            return Passage(
                id=statement.id,
                text=sentence.text,
                language=language,
                place=Place(""),
                mentions=mentions,
                around=around,
                headline=headline,
            )
        variant = choose(entry.wording, self.ledger) or entry.wording.variants[-1]
        ended = variant.expires is not None and variant.expires.over(self.ledger, self.ledger.as_of)
        made = self._passage(entry, variant, language, sentence.text, mentions)
        return replace(made, headline=headline, around=around, expired=ended) if headline or around or ended else made

    def _passage(
        self, entry: Entry, variant: Variant, language: str, text: str, mentions: tuple[Mention, ...]
    ) -> Passage:
        """Return a passage with its place, its conditions, and the declarations of its variant."""
        own, written = entry.wording, variant.texts.get(language)
        place = written.place if written else own.place
        others = compared(each.when for each in own.variants if each.when)
        chosen = (own.when, variant.when) if own.sentence else ()
        conditions = (*entry.conditions, *(each for each in chosen if each))
        return Passage(
            id=own.id,
            text=text,
            language=language,
            place=Place(place.file, place.line, f"{own.id} {language}"),
            mentions=mentions,
            conditions=conditions,
            asked=tuple(self._compared(conditions)),
            left=variant.when is None and any(isinstance(test.bound, str) for test in others),
            overrules=variant.overrules,
        )

    def _compared(self, conditions: Iterable[Condition]) -> Iterator[Fact]:
        for test in compared(conditions):
            for fact in (test.fact, test.bound):
                if isinstance(fact, str) and fact in self.ledger:
                    yield self.ledger[fact]

    def unprinted(self, printed: frozenset[str]) -> Iterator[Passage]:
        """Yield each text that the edition does not print; `printed` are the ids of the wordings that it prints."""
        for entry in self.catalogue.values():
            chosen = choose(entry.wording, self.ledger) if entry.wording.id in printed else None
            for variant in entry.wording.variants:
                if variant is not chosen and entry.wording.sentence:
                    for language, text in variant.texts.items():
                        title = entry.wording.id.endswith(("title:1", ".title"))
                        yield replace(self._written(entry, variant, language, text), headline=title)

    def _written(self, entry: Entry, variant: Variant, language: str, text: WordingText) -> Passage:
        mentions, at = [], 0
        for piece in text.pieces:
            if isinstance(piece, Placeholder):
                if piece.fact in self.ledger and not piece.silent:
                    filters = tuple(step.filter for step in piece.steps)
                    mentions.append(Mention(self.ledger[piece.fact], at, at + 1, filters))
                at += 1
            else:
                at += len(piece)
        return self._passage(entry, variant, language, text.literal, tuple(mentions))


Check = Callable[[Passage, Evidence], Iterator[Refusal]]
OF_PASSAGES: tuple[Check, ...] = (
    *(bounds, window, subject, basis, one_moment, span, age, grade, credit, praise),
    *(newer_parts, lead, degree_range, unknown, effect, object_counted, expiry, firm, rank),
)
# The checks for an unprinted variant: none that depends on values, since these chose another variant.
OF_VARIANTS: tuple[Check, ...] = (bounds, window, basis, one_moment, credit, praise, rank)


@dataclass(frozen=True)
class Overrule:
    """A finding that a writer overruled, with the reason in each language."""

    check: str
    passage: Passage
    finding: Refusal
    because: Mapping[str, str]


@dataclass
class ClaimReport:
    """The findings: errors in printed texts, notes on unprinted ones, and overruled findings.

    `weak` are headlines whose facts rest on weak sources; they are reported as one problem for each source.
    """

    errors: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    overruled: list[Overrule] = field(default_factory=list)
    weak: list[tuple[Passage, Refusal]] = field(default_factory=list)


def findings(passage: Passage, evidence: Evidence, checks: tuple[Check, ...] = OF_PASSAGES) -> Iterator[Refusal]:
    """Yield what the checks refuse in one passage, without checks that the vocabulary switches off."""
    stated = passage.facts or passage.around or passage.expired
    for check in checks if stated else (rank,):  # only claims of rank can be checked without a fact
        yield from (found for found in check(passage, evidence) if found.check not in evidence.words.off)


def check_claims(
    briefs: Iterable[Brief],
    catalogue: Catalogue,
    evidence: Evidence,
    shown: Mapping[str, Iterable[Fact]],
    unprinted: bool = True,
) -> ClaimReport:
    """Return what the checks find in finished documents, and in their `unprinted` texts.

    `shown` are the facts of each figure.
    """
    report, reader = ClaimReport(), PassageReader(evidence.ledger, catalogue)
    printed: set[str] = set()
    seen: set[tuple[str, str, str, bool]] = set()
    for brief in briefs:
        sections: dict[str, list[Passage]] = {}
        for section, paragraph in reader.of_document(brief):
            printed.update(each.id for each in paragraph.passages)
            _of_paragraph(paragraph, evidence, report, seen)
            for passage in paragraph.passages if section else ():
                sections.setdefault(section.id if section else "", []).append(passage)
        for section in brief.sections:
            _note(
                group(sections.get(section.id, ()), _facts_of_figures(section, shown), evidence),
                evidence,
                report.errors,
                report,
            )
    for passage in reader.unprinted(frozenset(printed)) if unprinted else ():
        found = findings(passage, evidence, OF_VARIANTS)
        _note(((passage, each) for each in found), evidence, report.notes, report)
    report.errors = list(dict.fromkeys(report.errors))
    report.notes = [note for note in dict.fromkeys(report.notes) if note not in report.errors]
    return report


def _of_paragraph(
    paragraph: PassageGroup, evidence: Evidence, report: ClaimReport, seen: set[tuple[str, str, str, bool]]
) -> None:
    for passage in paragraph.passages:
        key = (passage.id, passage.language, passage.text, passage.headline)
        if key not in seen:
            seen.add(key)
            _note(((passage, each) for each in findings(passage, evidence)), evidence, report.errors, report)
    for check in (cause, sums):
        _note(check(paragraph.passages, evidence), evidence, report.errors, report)


def _facts_of_figures(section: Section, shown: Mapping[str, Iterable[Fact]]) -> list[Fact]:
    figures = (block.figure.id for block in section.whole() if block.figure)
    return [fact for each in figures for fact in shown.get(each, ())]


def _note(
    found: Iterable[tuple[Passage, Refusal]], evidence: Evidence, problems: list[Problem], report: ClaimReport
) -> None:
    """Add findings to the problems, or to the overruled ones if the passage gives a reason."""
    for passage, finding in found:
        if finding.check in evidence.words.off:
            continue
        because = passage.overrules.get(finding.check)
        if because:
            report.overruled.append(Overrule(finding.check, passage, finding, because))
        elif finding.fact:
            report.weak.append((passage, finding))
        else:
            problems.append(problem_of(passage, finding))


def problem_of(passage: Passage, finding: Refusal) -> Problem:
    """Return a finding as a problem at its place, with the name of the check and the sentence."""
    what = tr("{what} ({check}): “{text}”", what=finding.what, check=finding.check, text=passage.shown)
    return Problem(passage.place, what, finding.hint)
