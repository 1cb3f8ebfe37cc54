"""Check counts: claims beyond what a list supports, words of degree outside their range, wrong nouns for counts."""

from collections.abc import Iterator
from itertools import product

from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.claim_limits import INCOMPLETE, LISTED
from jianbao.data.dates import period, years_between
from jianbao.data.facts import Fact
from jianbao.review.claims.passages import Evidence, Mention, Passage, Refusal, of_event
from jianbao.text.claim_words import DEGREE, NEGATIVE, SHARE, SUPERLATIVE, ClaimWord

OF_ALL = (NEGATIVE, SUPERLATIVE, SHARE, DEGREE)  # claims about all cases, which need complete data
BOUNDED = frozenset({"at_least", "range", "low", "high"})  # filters that write a bound
UPWARD = (">", ">=")


def bounds(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse an exact count, a negative, a share or "most" from rows that are not complete."""
    seen: set[int] = set()  # positions of words that already have a finding
    for fact in passage.facts:
        if not fact.limits.open or _certain(fact):
            continue
        if not evidence.kept("bounds", passage) and not _names_last_day(passage, fact):
            yield from _exact(passage, fact, evidence)
            yield from _of_all(passage, fact, evidence, seen)


def _certain(fact: Fact) -> bool:
    """Return whether the bounds of a fact coincide."""
    return fact.limits.complete == INCOMPLETE and fact.low is not None and fact.low == fact.high


def _names_last_day(passage: Passage, fact: Fact) -> bool:
    return any(
        "known_until" in each.filters and each.fact.limits.complete == fact.limits.complete for each in passage.mentions
    )


def _exact(passage: Passage, fact: Fact, evidence: Evidence) -> Iterator[Refusal]:
    """Yield the places that print a count of an incomplete table as if it were complete."""
    if fact.low is None and fact.limits.complete != LISTED:  # not a count
        return
    for each in passage.mentions:
        if each.fact.id == fact.id and _is_exact(each):
            yield Refusal("bounds", *_exact_words(passage, each, passage.words(each), evidence))


def _is_exact(mention: Mention) -> bool:
    fact = mention.fact
    return (
        fact.kind == "number" and mention.value and fact.comparator not in UPWARD and not BOUNDED & set(mention.filters)
    )


def _exact_words(
    passage: Passage, mention: Mention, words: str, evidence: Evidence
) -> tuple[Translatable, Translatable]:
    fact = mention.fact
    if fact.limits.complete == LISTED:
        what = tr("'{words}' counts only what a list names ({fact}), and does not say so", words=words, fact=fact.id)
        return what, tr("say that only what sources name is counted")
    what = tr(
        "'{words}' is exact, but {fact} counts an incomplete table: it is a lower bound", words=words, fact=fact.id
    )
    bound = evidence.writers[passage.language].word("at_least", words)
    right = passage.replaced(mention, bound)
    return what, tr("put the filter 'at_least' there: {right}", right=right)


def _rest(right: str) -> Translatable:
    """Return the hint to say that the rest was not checked, with the words for it; a fact without a number has none."""
    if not right:
        return tr("say what is known, and that the rest was not checked")
    return tr("say what is known, and that the rest was not checked: {right}", right=right)


def _of_all(passage: Passage, fact: Fact, evidence: Evidence, seen: set[int]) -> Iterator[Refusal]:
    """Yield the words that claim something about all cases, each once."""
    for word in evidence.claims(passage, passage.around_of(fact), *OF_ALL):
        if word.start in seen:
            continue
        seen.add(word.start)
        if fact.limits.incomplete:
            if not _borne_out(word, fact):
                what = tr(
                    "'{words}' speaks of all cases, but {fact} comes from an incomplete table",
                    words=word.text,
                    fact=fact.id,
                )
                known = evidence.written(passage, fact, "at_least") if fact.kind == "number" else ""
                right = (evidence.example("bounds", passage, known=known) or known) if known else ""
                yield Refusal("bounds", what, _rest(right))
        elif NEGATIVE in word.kinds or SUPERLATIVE in word.kinds:
            what = tr(
                "'{words}' holds until {day} only: up to then the rows of {fact} are complete",
                words=word.text,
                day=fact.limits.complete,
                fact=fact.id,
            )
            yield Refusal("bounds", what, tr("give the day: {{{{ {fact} | known_until | month }}}}", fact=fact.id))


def _borne_out(word: ClaimWord, fact: Fact) -> bool:
    """Return whether a claim is only a word of degree, and is true at both bounds of a share."""
    ends = [_share(fact, end) for end in (fact.low, fact.high)]
    return (
        bool(word.degree)
        and not word.kinds
        and all(end is not None and word.degree is not None and word.degree.allows(end) for end in ends)
    )


def _share(fact: Fact, value: float | None) -> float | None:
    if value is None or fact.kind != "number":
        return None
    if fact.unit == "share":
        return value
    return value / fact.of if fact.of else None


def degree_range(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse a word of degree outside the values that the vocabulary declares for it."""
    if evidence.kept("range", passage):
        return
    for word in evidence.found(passage):
        degree = word.degree
        if degree is None:
            continue
        found = {fact.id: value for fact, value in _measured(passage, word, degree.measured, evidence)}
        if found and not any(degree.allows(value) for value in found.values()):
            fact, value = next(iter(found.items()))
            what = tr("'{words}' is not said of {value:.2g} ({fact})", words=word.text, value=value, fact=fact)
            yield Refusal("range", what, _other_degree(passage, degree.measured, value, evidence))


def _measured(passage: Passage, word: ClaimWord, measured: str, evidence: Evidence) -> Iterator[tuple[Fact, float]]:
    """Yield the facts that a word of degree may describe: those of its clauses, those that choose it, or its section's.

    With a negative beside it, it describes the rest: "most have not". Incomplete facts have bounds instead.
    """
    near = [clauses for clauses in passage.clauses if clauses.holds(word.start)]
    denied = any(evidence.claims(passage, clauses, NEGATIVE) for clauses in near)
    printed = [each.fact for clauses in near for each in clauses.mentions if each.value]
    for facts in (printed, passage.asked, passage.around if measured == "index" else ()):
        found = [(fact, value) for fact in facts if (value := _measure(fact, measured)) is not None]
        if found:
            yield from ((fact, 1 - value if denied and measured == "share" else value) for fact, value in found)
            return


def _measure(fact: Fact, measured: str) -> float | None:
    if fact.kind != "number" or fact.limits.incomplete:
        return None
    if measured == "index":
        return fact.number if fact.unit == "index" else None
    return _share(fact, fact.number)


def _other_degree(passage: Passage, measured: str, value: float, evidence: Evidence) -> Translatable:
    """Return a hint with the words of degree that fit a value."""
    degrees = evidence.words.degrees.get(passage.language, {}).items()
    allowed = [word for word, each in degrees if each.measured == measured and each.allows(value)]
    if not allowed:
        return tr("leave the word out, and let the figure speak")
    words = tr_list(allowed)
    if measured == "share":
        return tr(
            "these may be said of it: {words}; if the rest is meant ({rest:.2g}), print the share of the rest",
            words=words,
            rest=1 - value,
        )
    return tr("these may be said of it: {words}", words=words)


def object_counted(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse a count of rows under the noun of something else: prizes as winners, entries as cities."""
    writer = evidence.writers[passage.language]
    for each in passage.mentions:
        row = each.fact.limits.row
        if not row or not each.value or each.fact.kind != "number":
            continue
        noun, unit = _noun_after(passage, each, evidence)
        if unit and unit != row:
            phrase = passage.words(each)
            words = phrase if phrase.endswith(noun) else f"{phrase} {noun}"
            what = tr(
                "'{words}' counts rows, each of which is one {row} ({fact})", words=words, row=row, fact=each.fact.id
            )
            right = writer.unit(row).form(passage.language, "other")
            yield Refusal("object", what, tr("write '{right}', or count distinct ones", right=right))


def _noun_after(passage: Passage, mention: Mention, evidence: Evidence) -> tuple[str, str]:
    """Return the noun that a count ends with or that follows it, and its unit; two empty texts if there is none."""
    phrase, after = passage.text[mention.start : mention.end], passage.text[mention.end :].lstrip(" \u00a0")
    found = ("", "")
    for unit in evidence.writers[passage.language].vocabulary.units.values():
        forms = unit.forms.get(passage.language, {})
        follows = after.removeprefix(forms.get("measure", "")) if "measure" in forms else after
        for key, noun in forms.items():
            counts = key not in ("measure", "pattern") and noun
            if counts and len(noun) > len(found[0]) and (phrase.endswith(noun) or follows.startswith(noun)):
                found = (noun, unit.id)
    return found


PART = 0.5  # years by which the length of a list may be newer than the total to which it belongs


def newer_parts(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse the current length of a list as a part of an older total: the newest entries are not counted in it."""
    printed = [each.fact for each in passage.mentions if each.value and each.fact.kind == "number"]
    for part, whole in product(printed, printed):
        if part.limits.complete != LISTED or whole.limits.complete == LISTED or part.number > whole.number:
            continue
        now, then = period(part.as_of), period(whole.as_of)
        late = bool(part.unit == whole.unit and now and then and years_between(then.last, now.last) > PART)
        if late and not passage.dated(part) and not evidence.kept("one_moment", passage):
            what = tr(
                "{part} is of {day}, but is given as a part of {whole} of {other_day}",
                part=part.id,
                day=part.as_of,
                whole=whole.id,
                other_day=whole.as_of,
            )
            yield Refusal("one_moment", what, tr("give it its date: some of it may be newer than the whole"))
            return


def subject(passage: Passage, evidence: Evidence) -> Iterator[Refusal]:
    """Refuse a superlative after different figures of one event if it does not name the figure it is about.

    "193 cities from 66 countries, the most of any edition" may be read as being about the cities.
    """
    for clauses in passage.clauses:
        figures = [each for each in clauses.mentions if each.value and each.fact.unit and of_event(each.fact)]
        kinds = {each.fact.limits.event: {other.fact.unit for other in figures} for each in figures}
        for word in evidence.claims(passage, clauses, SUPERLATIVE) if any(map(_several, kinds.values())) else ():
            start, end = next(each for each in clauses.spans if each[0] <= word.start < each[1])
            own = any(start <= each.start < end for each in passage.mentions)
            nouns = (noun for each in figures for noun in _nouns(each.fact.unit, passage, evidence))
            if not own and not any(noun in passage.text[start:end].lower() for noun in nouns):
                facts = tr_list(dict.fromkeys(each.fact.id for each in figures))
                what = tr("'{words}' may be read of each of {facts}", words=word.text, facts=facts)
                yield Refusal("window", what, tr("name in the same clause what it is said of"))


def _several(units: set[str]) -> bool:
    return len(units) > 1


def _nouns(unit: str, passage: Passage, evidence: Evidence) -> Iterator[str]:
    """Yield the nouns of a unit in the language of a passage."""
    found = evidence.writers[passage.language].vocabulary.units.get(unit)
    forms = found.forms.get(passage.language, {}) if found else {}
    yield from (noun.lower() for key, noun in forms.items() if noun and key not in ("measure", "pattern"))
