"""Sources: an old value has its date, a weak source its mark, and nobody is credited with what was chosen here."""

from collections.abc import Iterator

from jianbao.core.messages import tr
from jianbao.data.facts import Fact
from jianbao.data.limits import WEAK
from jianbao.review.claims.evidence import Evidence, Finding
from jianbao.review.claims.passages import Mention, Passage
from jianbao.text.claim_words import CREDIT


def age(passage: Passage, evidence: Evidence) -> Iterator[Finding]:
    """Refuse a value older than it is fresh that stands without its date."""
    for each in _told_once(passage):
        fact = each.fact
        if fact.limits.aged(evidence.ledger.as_of) and not _day_told(passage, fact):
            what = tr("{fact} is of {day} and stands without its date", fact=fact.id, day=_day(fact))
            filters = "known_until | month" if _is_day(fact.limits.complete) else "as_of | month"
            date = evidence.written(passage, fact, filters)
            right = _right("age", passage, each, evidence, date=date)
            hole = f"{{{{ {fact.id} | {filters} }}}}"
            yield Finding("age", what, tr("give it, by {hole}: {right}", hole=hole, right=right))


def _told_once(passage: Passage) -> Iterator[Mention]:
    """Yield the first place at which each fact is printed as a value."""
    seen: set[str] = set()
    for each in passage.mentions:
        if each.value and each.fact.id not in seen:
            seen.add(each.fact.id)
            yield each


def _day_told(passage: Passage, fact: Fact) -> bool:
    until = any(
        "known_until" in each.filters and each.fact.limits.complete == fact.limits.complete for each in passage.mentions
    )
    return until if _is_day(fact.limits.complete) else passage.dated(fact)


def _is_day(complete: str) -> bool:
    return complete[:4].isdecimal()


def _day(fact: Fact) -> str:
    return fact.limits.complete if _is_day(fact.limits.complete) else fact.as_of


def grade(passage: Passage, evidence: Evidence) -> Iterator[Finding]:
    """Refuse a headline on a copied or open source whose sentence does not say that the figure is reported."""
    if not passage.headline or evidence.kept("grade", passage):
        return
    for each in _told_once(passage):
        if each.fact.limits.grade in WEAK:
            what = tr(
                "{fact} stands in a headline and rests on a source of grade '{grade}'",
                fact=each.fact.id,
                grade=each.fact.limits.grade,
            )
            right = _right("grade", passage, each, evidence)
            yield Finding("grade", what, tr("say that it is reported, or give a better source: {right}", right=right))


def _right(check: str, passage: Passage, mention: Mention, evidence: Evidence, **parts: str) -> str:
    """Return the clause of a fact as the vocabulary words it for a check; the bare parts if it does not say how."""
    clause = next((each for each in passage.clauses if mention in each.mentions), None)
    start, end = clause.spans[0] if clause else (0, len(passage.text))
    words = passage.text[start:end].strip(" ，。；：,.;:")
    return evidence.example(check, passage, clause=words, **parts) or ", ".join(parts.values())


def credit(passage: Passage, evidence: Evidence) -> Iterator[Finding]:
    """Refuse words that credit a source with a value that was chosen for the framework."""
    if evidence.kept("credit", passage):
        return
    for fact in passage.facts:
        if fact.id not in evidence.chosen:
            continue
        for word in evidence.claims(passage, passage.around_of(fact), CREDIT):
            what = tr(
                "'{words}' credits a source with {fact}, which was chosen for the framework",
                words=word.text,
                fact=fact.id,
            )
            right = evidence.example("credit", passage)
            yield Finding("credit", what, tr("say that it was set here, at most after a source: {right}", right=right))
