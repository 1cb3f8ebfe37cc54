"""Changes: told with what moved, never as steady where nothing was measured, and no gain for information."""

from collections.abc import Iterable, Iterator

from jianbao.core.messages import tr
from jianbao.data.facts import Fact
from jianbao.review.claims.evidence import EXPLAINS, Evidence, Finding
from jianbao.review.claims.passages import Passage
from jianbao.text.claim_words import PRAISE, UNCHANGED

CHANGE, EFFECT = "change.", "effect."
LEAST = 0.05  # points: what is smaller is printed as no change
STEADY = (CHANGE, "rose.")


def cause(passages: Iterable[Passage], evidence: Evidence) -> Iterator[tuple[Passage, Finding]]:
    """Refuse a change of the score without what moved it; the passages are those of one paragraph, in one language.

    An edition that has no facts of what moved is not asked for them.
    """
    found = list(passages)
    if not evidence.explained:
        return
    told = any(each.fact.id.startswith(EXPLAINS) for passage in found for each in passage.mentions)
    for passage in found if not told else ():
        for each in passage.mentions:
            if each.fact.id.startswith(CHANGE) and abs(each.fact.number) >= LEAST and not _kept(passage, evidence):
                what = tr("{fact} is told without what moved it", fact=each.fact.id)
                yield passage, Finding("cause", what, tr("name it beside: the facts are under 'moved'"))


def _kept(passage: Passage, evidence: Evidence) -> bool:
    return evidence.kept("cause", passage)


def praise(passage: Passage, evidence: Evidence) -> Iterator[Finding]:
    """Refuse credit for what others decide."""
    for fact in passage.facts:
        if fact.id not in evidence.outside:
            continue
        for word in evidence.claims(passage, passage.around_of(fact), PRAISE):
            what = tr(
                "'{words}' takes credit for {fact}, which the city does not decide", words=word.text, fact=fact.id
            )
            yield Finding("cause", what, tr("say what happened, and who decided it"))


def unknown(passage: Passage, evidence: Evidence) -> Iterator[Finding]:
    """Refuse "unchanged" where nothing was measured anew."""
    if evidence.kept("unknown", passage):
        return
    for fact in passage.facts:
        if not fact.id.startswith(STEADY) or fact.id.partition(".")[2] not in evidence.unmeasured:
            continue
        for word in evidence.claims(passage, passage.around_of(fact), UNCHANGED):
            what = tr(
                "'{words}': nothing under {fact} was measured anew in the year",
                words=word.text,
                fact=fact.id,
            )
            right = evidence.example("unknown", passage)
            yield Finding("unknown", what, tr("say that there are no new figures: {right}", right=right))


def effect(passage: Passage, evidence: Evidence) -> Iterator[Finding]:
    """Refuse a gain in points for information, and a gain that is a loss by the framework's own arithmetic."""
    for each in passage.mentions:
        rule = each.fact.id.removeprefix(EFFECT)
        if each.fact.id == rule or not each.value:
            continue
        if rule in evidence.informing:
            what = tr("{fact} counts a gain for giving information", fact=each.fact.id)
            yield Finding("effect", what, tr("show no effect of this rule"))
        elif _loses(each.fact):
            what = tr(
                "{fact} is {points:.1f}: success would lower the score", fact=each.fact.id, points=each.fact.number
            )
            yield Finding("effect", what, tr("let the rule's effect change every fact that success would change"))


def _loses(fact: Fact) -> bool:
    return fact.kind == "number" and fact.number <= -LEAST
