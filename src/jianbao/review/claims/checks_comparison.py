"""Check comparisons: stated periods, one counting rule and day, leads supported by draws, sums of changes, causes."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations

from jianbao.core.messages import tr, tr_list
from jianbao.data.claim_limits import COMPLETE
from jianbao.data.dates import period, years_between
from jianbao.data.facts import Fact
from jianbao.data.records import key_of
from jianbao.review.claims.passages import EXPLAINS, Evidence, Passage, Refusal, compared, of_event
from jianbao.text.claim_words import LEAD, PRAISE, SUPERLATIVE, UNCHANGED

SCORES = ("score.", "normal.")


def window(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse a superlative that does not say among which values."""
    seen: set[int] = set()  # positions of words that already have a finding
    for fact in passage.facts:
        found = fact.limits.window
        if found is None or fact.limits.complete == COMPLETE or _names_window(passage, fact, evidence):
            continue
        for word in evidence.claims(passage, passage.around_of(fact), SUPERLATIVE):
            if word.start in seen:
                continue
            seen.add(word.start)
            what = tr(
                "'{words}' does not say among what: {fact} is one of {values} values from {first} to {last}",
                words=word.text,
                fact=fact.id,
                values=found.values,
                first=found.first[:4],
                last=found.last[:4],
            )
            since, among = (evidence.written(passage, fact, each) for each in ("since | year", "among"))
            right = evidence.example("window", passage, since=since, among=among, word=word.text)
            hole = f"{{{{ {fact.id} | {'among' if found.gaps else 'since | year'} }}}}"
            yield Refusal("window", what, tr("name the window, by {hole}: {right}", hole=hole, right=right))


def _names_window(passage: Passage, fact: Fact, evidence: Evidence) -> bool:
    """Return whether a passage names the window of a fact: how many values, or since when if none is missing.

    If a fact is not printed and only chooses the passage, any named window counts.
    """
    printed = any(each.fact.id == fact.id for each in passage.mentions)
    mentions = [each for each in passage.mentions if each.fact.limits.window == fact.limits.window or not printed]
    if any("among" in each.filters for each in mentions):
        return True
    since = [each.fact.limits.window for each in mentions if "since" in each.filters]
    return any(found and (not found.gaps or evidence.kept("window", passage)) for found in since)


def basis(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse to compare, rank or subtract values that are counted by different rules."""
    if evidence.kept("basis", passage):
        return
    for fact in passage.facts:
        if len(fact.limits.bases) > 1 and not _all_named(passage, fact.limits.bases, evidence):
            rules = _listed(passage, fact.limits.bases, evidence)
            what = tr("{fact} is made of figures by different rules: {rules}", fact=fact.id, rules=rules)
            yield Refusal("basis", what, tr("show figures of one rule, or name both rules"))
    ruled = [fact for fact in passage.facts if len(fact.limits.bases) == 1]
    for one, other in combinations(ruled, 2):
        bases = (*one.limits.bases, *other.limits.bases)
        together = one.unit and other.unit and of_event(one) and one.limits.event == other.limits.event
        alike = one.unit == other.unit or together
        if alike and bases[0] != bases[1] and not _all_named(passage, bases, evidence):
            what = tr(
                "{one} is counted as '{rule}', {other} as '{other_rule}': they do not compare",
                one=one.id,
                rule=bases[0],
                other=other.id,
                other_rule=bases[1],
            )
            rules = _listed(passage, bases, evidence)
            yield Refusal("basis", what, tr("show figures of one rule, or name both rules: {rules}", rules=rules))
            return


def _all_named(passage: Passage, bases: Iterable[str], evidence: Evidence) -> bool:
    """Return whether a passage names every one of some counting rules by a word of the vocabulary."""
    words = (evidence.words.bases.get(each, {}).get(passage.language, ()) for each in bases)
    text = passage.text.lower()
    return all(any(word.lower() in text for word in listed) for listed in words)


def _listed(passage: Passage, bases: Iterable[str], evidence: Evidence) -> str:
    names = (next(iter(evidence.words.bases.get(each, {}).get(passage.language, ())), each) for each in bases)
    return tr_list(dict.fromkeys(names))


def one_moment(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse figures of different events of one kind that are printed as if they were of one event."""
    events: dict[str, dict[tuple[str, ...], Fact]] = {}
    for each in passage.mentions:
        if each.value and of_event(each.fact):
            kind, *keys = each.fact.limits.event
            events.setdefault(kind, {}).setdefault(tuple(keys), each.fact)
    for found in events.values():
        untold = {keys: fact for keys, fact in found.items() if not _names_event(passage, fact)}
        if len(found) > 1 and untold and not evidence.kept("one_moment", passage):
            first, second = list(found.values())[:2]
            what = tr(
                "{one} is of {day}, {other} of {other_day}, and they are printed as figures of one event",
                one=first.id,
                day=first.as_of,
                other=second.id,
                other_day=second.as_of,
            )
            hint = tr("take both from one event (`beside` in measures.yml), or give each its date")
            yield Refusal("one_moment", what, hint)


def _names_event(passage: Passage, fact: Fact) -> bool:
    """Return whether a passage names the event of a fact: by its day, or by a key such as the number of a session."""
    return any(
        each.fact.limits.event == fact.limits.event
        and ("as_of" in each.filters or each.fact.kind == "date" or key_of(each.fact.value) in fact.limits.event[1:])
        for each in passage.mentions
    )


NEAR = 0.25  # years by which an earlier value's day may differ from the day that it is compared for


def span(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse a change over some years, or its earlier value, if that value's day is far from that many years before."""
    for each in passage.mentions:
        limits = each.fact.limits
        if not each.value or not limits.base or passage.dated_on(limits.base):
            continue
        now = period(each.fact.as_of if each.fact.as_of != limits.base else _newer(passage, limits.base, evidence))
        then = period(limits.base)
        years = years_between(then.last, now.last) if then and now and then.last < now.last else float(limits.years)
        if abs(years - limits.years) > NEAR:
            what = tr(
                "{fact} looks back {years} years, and its earlier value is of {day}, {found:.1f} years before",
                fact=each.fact.id,
                years=limits.years,
                day=limits.base,
                found=years,
            )
            yield Refusal("span", what, tr("give the day of the earlier value, by `as_of` of the measure `before`"))


def _newer(passage: Passage, base: str, evidence: Evidence) -> str:
    """Return the day of the newer value that a passage states beside an earlier one; the edition's day without one."""
    days = (each.fact.as_of for each in passage.mentions if each.value and each.fact.as_of != base)
    return next(iter(days), evidence.ledger.as_of.isoformat())


def lead(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse "leads", "highest", "ahead" for scores whose order too few of the draws support."""
    if evidence.kept("lead", passage):
        return
    for one, other in _orders(passage):
        share = evidence.share_above(one, other)
        if share is None or share >= evidence.firm:
            continue
        spot = passage.around_of(evidence.ledger[one])
        for word in evidence.claims(passage, spot, LEAD):
            what = tr(
                "'{words}': {one} is above {other} in {share:.0%} of the simulations only",
                words=word.text,
                one=one,
                other=other,
                share=share,
            )
            right = evidence.example("lead", passage, share=f"{share:.0%}")
            yield Refusal("lead", what, tr("say how sure the order is, or that it is open: {right}", right=right))
            return


def _orders(passage: Passage) -> Iterator[tuple[str, str]]:
    """Yield the pairs of scores whose first a passage puts above the second.

    These are the pairs that its condition puts in order; without a condition, its highest printed score and each other.
    """
    pairs = list(_asked(passage))
    if not pairs:
        printed = {each.fact.id: each.fact for each in passage.mentions if each.fact.id.startswith(SCORES)}
        ranked = sorted(printed.values(), key=lambda fact: -fact.number)
        pairs = [(ranked[0].id, other.id) for other in ranked[1:]]
    yield from pairs


def _asked(passage: Passage) -> Iterator[tuple[str, str]]:
    turned: Mapping[str, bool] = {"above": False, "at_least": False, "below": True, "at_most": True}
    for test in compared(passage.conditions):
        if isinstance(test.bound, str) and test.test in turned:
            pair = (test.bound, test.fact) if turned[test.test] else (test.fact, test.bound)
            if all(each.startswith(SCORES) for each in pair):
                yield pair


CAUSES = tr(
    "say in the same paragraph what moved it: one of moved_by.city, moved_by.shared, moved_by.outside that has a value"
)
CHANGE, EFFECT = "change.", "effect."
LEAST = 0.05  # points: smaller changes are printed as no change
STEADY = (CHANGE, "rose.")


def cause(passages: Iterable[Passage], evidence: Evidence) -> Iterator[tuple[Passage, Refusal]]:
    """Refuse a change of the score without its cause; the passages are those of one paragraph, in one language.

    An edition without facts about causes needs none.
    """
    found = list(passages)
    if not evidence.explained:
        return
    explained = any(each.fact.id.startswith(EXPLAINS) for passage in found for each in passage.mentions)
    for passage in found if not explained else ():
        for each in passage.mentions:
            if each.fact.id.startswith(CHANGE) and abs(each.fact.number) >= LEAST and not _kept(passage, evidence):
                what = tr("{fact} is stated without what moved it", fact=each.fact.id)
                yield passage, Refusal("cause", what, CAUSES)


def _kept(passage: Passage, evidence: Evidence) -> bool:
    return evidence.kept("cause", passage)


def praise(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse credit for what others decide."""
    for fact in passage.facts:
        if fact.id not in evidence.outside:
            continue
        for word in evidence.claims(passage, passage.around_of(fact), PRAISE):
            what = tr(
                "'{words}' takes credit for {fact}, which the city does not decide", words=word.text, fact=fact.id
            )
            yield Refusal("cause", what, tr("say what happened, and who decided it"))


# The parts of a score by the kind of its fact: its starting value, and what is added to it.
PARTS = {"score.": ("previous.", "change.", "change_coverage."), "previous.": ("published.", "restated.")}
MOVED_BY = "moved_by."


def sums(passages: Iterable[Passage], evidence: Evidence) -> Iterator[tuple[Passage, Refusal]]:
    """Refuse parts of a score or of its change that do not add up; the passages are those of one paragraph.

    A score beside that of the year before is compared with it. What moved only because an indicator gained or lost its
    its data must be stated separately. A change that is given only in words needs no number.
    """
    printed = {each.fact.id: (passage, each.fact) for passage in passages for each in passage.mentions if each.value}
    for whole, parts in (*_scores(printed, evidence), *_changes(printed)):
        passage, fact = printed[whole]
        missing = fact.number - sum(part.number for part in parts)
        if abs(missing) >= LEAST and not evidence.kept("sum", passage):
            names = tr_list(part.id for part in parts)
            what = tr("{parts} and {whole} are {points:+.1f} apart", parts=names, whole=whole, points=missing)
            yield passage, Refusal("sum", what, tr("print every part, what coverage brought too, or leave one out"))


Printed = dict[str, tuple[Passage, Fact]]


def _scores(printed: Printed, evidence: Evidence) -> Iterator[tuple[str, list[Fact]]]:
    """Yield each printed score whose starting value is printed beside it, with its parts."""
    for whole in printed:
        for kind, parts in PARTS.items():
            node = whole.removeprefix(kind)
            wanted = [f"{part}{node}" for part in parts]
            if node != whole and wanted[0] in printed:
                # A change may be given in words ("level"), the other parts may not.
                ids = [
                    each for each in wanted if each in printed or (each.startswith(CHANGE) and each in evidence.ledger)
                ]
                yield whole, [evidence.ledger[each] for each in ids]


def _changes(printed: Printed) -> Iterator[tuple[str, list[Fact]]]:
    """Yield each printed change that has several sums by deciding side printed beside it, with these sums."""
    parts = [fact for key, (_, fact) in printed.items() if key.startswith(MOVED_BY)]
    index = {above for part in parts for above in part.parents if above.startswith(CHANGE)}
    yield from ((whole, parts) for whole in printed if len(parts) > 1 and whole in index)


def firm(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse a change with a sign on which too few of the draws agree."""
    if evidence.kept("firm", passage):
        return
    for each in passage.mentions:
        rose = evidence.ledger.get(f"rose.{each.fact.id.removeprefix(CHANGE)}")
        if not each.value or not each.fact.id.startswith(CHANGE) or rose is None or abs(each.fact.number) < LEAST:
            continue
        agree = rose.number if each.fact.number > 0 else 1.0 - rose.number
        if agree < evidence.firm:
            what = tr("{fact} is stated, but only {share:.0%} of the simulations agree", fact=each.fact.id, share=agree)
            yield Refusal("firm", what, tr("say that the two are about level, without a number"))


def unknown(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse "unchanged" if nothing was measured anew."""
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
            yield Refusal("unknown", what, tr("say that there are no new figures: {right}", right=right))
    yield from _sums_of_nothing(passage)


def _sums_of_nothing(passage: Passage) -> Iterator[Refusal]:
    """Yield the printed sums of points in which no indicator moved: 0.0 would look like a new figure."""
    for each in passage.mentions:
        if each.value and each.fact.id.startswith(MOVED_BY) and each.fact.number == 0.0:
            what = tr("{fact} is a sum of nothing: none of its indicators moved", fact=each.fact.id)
            yield Refusal("unknown", what, tr("say in words that none of them moved, for want of new figures or not"))


def effect(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse a gain in points for information, and a gain that is a loss by the framework's own arithmetic."""
    for each in passage.mentions:
        rule = each.fact.id.removeprefix(EFFECT)
        if each.fact.id == rule or not each.value:
            continue
        if rule in evidence.informing:
            what = tr("{fact} counts a gain for giving information", fact=each.fact.id)
            yield Refusal("effect", what, tr("show no effect of this rule"))
        elif _loses(each.fact):
            what = tr(
                "{fact} is {points:.1f}: success would lower the score", fact=each.fact.id, points=each.fact.number
            )
            yield Refusal("effect", what, tr("let the rule's effect change every fact that success would change"))


def _loses(fact: Fact) -> bool:
    return fact.kind == "number" and fact.number <= -LEAST
