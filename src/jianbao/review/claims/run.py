"""Run the checks of claims on the documents of an edition, and on what it does not print."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from jianbao.brief.model import Brief, Section
from jianbao.core.errors import Problem
from jianbao.core.messages import tr
from jianbao.data.facts import Fact
from jianbao.review.claims.checks_comparison import basis, cause, effect, lead, one_moment, praise, unknown, window
from jianbao.review.claims.checks_counts import bounds, degree_range, object_counted
from jianbao.review.claims.checks_sources import age, credit, expiry, grade, group
from jianbao.review.claims.documents import Catalogue, Paragraph, PassageReader
from jianbao.review.claims.evidence import Evidence, Finding
from jianbao.review.claims.passages import Passage

Check = Callable[[Passage, Evidence], Iterator[Finding]]
OF_PASSAGES: tuple[Check, ...] = (
    *(bounds, window, basis, one_moment, age, grade, credit, praise, lead, degree_range, unknown, effect),
    *(object_counted, expiry),
)
# What may be said of a variant that is not printed: nothing that hangs on the values, by which another one was chosen.
OF_VARIANTS: tuple[Check, ...] = (bounds, window, basis, one_moment, credit, praise)


@dataclass(frozen=True)
class Overrule:
    """A finding that a writer overruled, with the reason in each language."""

    check: str
    passage: Passage
    finding: Finding
    because: Mapping[str, str]


@dataclass
class ClaimReport:
    """What was found: errors in what is printed, notes on what may be, and what was overruled."""

    errors: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    overruled: list[Overrule] = field(default_factory=list)


def findings(passage: Passage, evidence: Evidence, checks: tuple[Check, ...] = OF_PASSAGES) -> Iterator[Finding]:
    """Yield what the checks refuse in one passage, but for those that the vocabulary declares off."""
    if passage.facts or passage.around or passage.expired:
        for check in checks:
            yield from (found for found in check(passage, evidence) if found.check not in evidence.words.off)


def check_claims(
    briefs: Iterable[Brief],
    catalogue: Catalogue,
    evidence: Evidence,
    shown: Mapping[str, Iterable[Fact]],
    unprinted: bool = True,
) -> ClaimReport:
    """Return what the checks find in finished documents, and in what they leave `unprinted`.

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
    paragraph: Paragraph, evidence: Evidence, report: ClaimReport, seen: set[tuple[str, str, str, bool]]
) -> None:
    for passage in paragraph.passages:
        key = (passage.id, passage.language, passage.text, passage.headline)
        if key not in seen:
            seen.add(key)
            _note(((passage, each) for each in findings(passage, evidence)), evidence, report.errors, report)
    _note(cause(paragraph.passages, evidence), evidence, report.errors, report)


def _facts_of_figures(section: Section, shown: Mapping[str, Iterable[Fact]]) -> list[Fact]:
    figures = (block.figure.id for block in section.whole() if block.figure)
    return [fact for each in figures for fact in shown.get(each, ())]


def _note(
    found: Iterable[tuple[Passage, Finding]], evidence: Evidence, problems: list[Problem], report: ClaimReport
) -> None:
    """Add findings to the problems, or to what is overruled where the passage says why."""
    for passage, finding in found:
        if finding.check in evidence.words.off:
            continue
        because = passage.overrules.get(finding.check)
        if because:
            report.overruled.append(Overrule(finding.check, passage, finding, because))
        else:
            problems.append(problem_of(passage, finding))


def problem_of(passage: Passage, finding: Finding) -> Problem:
    """Return a finding as a problem of its place, with the check that refuses and the sentence."""
    what = tr("{what} ({check}): “{text}”", what=finding.what, check=finding.check, text=passage.shown)
    return Problem(passage.place, what, finding.hint)
