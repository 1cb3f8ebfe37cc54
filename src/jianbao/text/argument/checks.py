"""Check an argument: how bodies are asked, titles, mechanisms, targets, costs, and the facts and sources named."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from jianbao.core.documents import Problems
from jianbao.core.errors import UNKNOWN_FACT, UNKNOWN_SOURCE, Place, Problem, nearest
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_list
from jianbao.data.conditions import Condition, unknown_facts
from jianbao.data.facts import Source
from jianbao.text.argument.edition import (
    BACK,
    FURTHEST,
    EditionArgument,
    EditionPart,
    Facts,
    is_ahead,
    part_keys,
)
from jianbao.text.argument.model import (
    BAND,
    HUNDRED_DAYS,
    PENDING,
    RANK_OF,
    ActionStep,
    Argument,
    Finding,
    Gap,
    PolicyMeasure,
    Task,
)
from jianbao.text.formatter import Writer
from jianbao.text.render import choose
from jianbao.text.rules import ARGUMENT_PREFIX
from jianbao.text.vocabulary import Vocabulary
from jianbao.text.wording import Variant, Wording, WordingText

LEADING = ("equal", "below")  # the ranks that a lead may have
MAX_VERBS = 8  # verbs that a hint lists
# For each rank of a body: its name in messages, and the hint on how to ask such a body
RANK_WORDS: Mapping[str, tuple[Translatable, Translatable]] = {
    "above": (tr("above the city"), tr("ask it under `report_to`")),
    "independent": (tr("independent of the city"), tr("ask it under `invite`")),
    "equal": (tr("of equal rank"), tr("ask it under `jointly`")),
    "below": (tr("below the city"), tr("ask it under `support`")),
}
MANNER: Mapping[str, Translatable] = {
    "report_to": tr("asked for approval"),
    "invite": tr("invited"),
    "jointly": tr("worked with as an equal"),
    "support": tr("told to support"),
    "lead": tr("made to lead"),
}
OUTSIDE = "outside"
FACT, SOURCE = tr("a fact"), tr("a source")


@dataclass(frozen=True, kw_only=True)
class ArgumentTerms:
    """What an argument may refer to, and a writer for each language.

    `facts` are the ids of all facts that any edition may have; `controls` says who decides about a fact ("city",
    "shared" or "outside").
    """

    facts: Collection[str]
    rules: Collection[str]
    sources: Mapping[str, Source]
    controls: Mapping[str, str]
    writers: Mapping[str, Writer]

    @property
    def vocabulary(self) -> Vocabulary:
        """Return the vocabulary, which all writers share."""
        return next(iter(self.writers.values())).vocabulary


def check_argument(argument: Argument, terms: ArgumentTerms) -> Problems:
    """Return the problems of an argument that are the same in every edition, each once."""
    found = [*_unknown(argument, terms)]
    for finding in argument.findings:
        found += _without_judgement_word(finding, terms)
    for measure in (each for each in argument.measures if not each.planned):
        found += [
            *_wrongly_addressed(measure, argument),
            *_without_verb(measure, terms),
            *_uncontrolled_target(measure, argument, terms),
            *_unequal_costs(measure),
            *_nothing_asked(measure),
        ]
    return list(dict.fromkeys(found))


# Bodies


def _wrongly_addressed(measure: PolicyMeasure, argument: Argument) -> Iterator[Problem]:
    """Yield a problem for each body that is asked in a manner that does not suit its rank."""
    for body, manner, place in measure.bodies():
        rank = argument.ranks.get(body)
        if rank is None:
            hint = tr("write it under `bodies:` as one that is above, equal, below or independent")
            yield Problem(place, tr("'{body}' has no rank", body=body), hint)
        elif rank not in (LEADING if manner == "lead" else (RANK_OF[manner],)):
            rank_name, hint = RANK_WORDS[rank]
            what = tr("'{body}' is {rank} and cannot be {asked}", body=body, rank=rank_name, asked=MANNER[manner])
            yield Problem(place, what, hint)


# Titles and mechanisms


def _without_verb(measure: PolicyMeasure, terms: ArgumentTerms) -> Iterator[Problem]:
    """Yield a problem for each title that does not begin with a verb of the vocabulary."""
    for language, text in _texts(measure.title):
        verbs, writer = terms.vocabulary.verbs.get(language, ()), terms.writers[language]
        if not _begins(text.literal, verbs, bool(writer.style.join)):
            shown = tr("{verbs} …", verbs=", ".join(verbs[:MAX_VERBS])) if verbs[MAX_VERBS:] else tr_list(verbs)
            hint = (
                tr("begin with what is to be done: {verbs} (`verbs` in vocabulary.yml)", verbs=shown)
                if verbs
                else tr("list the verbs that titles begin with under `verbs` in vocabulary.yml")
            )
            what = tr("the title '{title}' does not begin with a verb", title=text.literal.replace("\ufffc", "…"))
            yield Problem(_at(text, measure.title, language), what, hint)


def _begins(title: str, verbs: Iterable[str], spaced: bool) -> bool:
    if spaced:
        return title.partition(" ")[0].casefold() in {verb.casefold() for verb in verbs}
    return title.startswith(tuple(verbs))


def _without_judgement_word(finding: Finding, terms: ArgumentTerms) -> Iterator[Problem]:
    """Yield a problem for each mechanism that neither cites a source nor says that it is a judgement."""
    if finding.sources or finding.mechanism is None:
        return
    for language, text in _texts(finding.mechanism):
        words = terms.vocabulary.judging.get(language, ())
        if not any(word.casefold() in text.literal.casefold() for word in words):
            hint = (
                tr("cite one under `source:`, or say so with a word such as {words}", words=tr_list(words, " or "))
                if words
                else tr("list the words that mark a judgement under `judging` in vocabulary.yml")
            )
            what = tr(
                "the mechanism of '{finding}' has no source and does not say that it is a judgement", finding=finding.id
            )
            yield Problem(_at(text, finding.mechanism, language), what, hint)


def _texts(wording: Wording) -> Iterator[tuple[str, WordingText]]:
    yield from ((language, text) for variant in wording.variants for language, text in variant.texts.items())


def _at(text: WordingText, wording: Wording, language: str) -> Place:
    return Place(text.place.file, text.place.line, f"{wording.id} {language}")


# Targets


def _uncontrolled_target(measure: PolicyMeasure, argument: Argument, terms: ArgumentTerms) -> Iterator[Problem]:
    """Yield a problem for a target that is outside the city's control, or that only a jury may decide."""
    success = measure.success
    control = success.control or terms.controls.get(success.fact, "")
    if control == OUTSIDE:
        what = tr("the target of '{measure}' is outside the city's control", measure=measure.id)
        hint = tr("count what the city does itself, such as cases argued and submitted")
        yield Problem(success.place, what, hint)
    if any(f"{success.fact}.".startswith(f"{each}.") for each in argument.independent):
        what = tr(
            "the target of '{measure}', '{fact}', is for an independent jury to decide",
            measure=measure.id,
            fact=success.fact,
        )
        yield Problem(success.place, what, tr("count what is offered to all alike, before and after the decision"))


# Costs


def _unequal_costs(measure: PolicyMeasure) -> Iterator[Problem]:
    """Yield a problem if a measure's cost differs from the sum of its tasks' costs; nothing if a cost is pending."""
    costs = [task.cost for task in measure.tasks]
    if measure.cost.kind != BAND or not costs or any(cost.kind == PENDING for cost in costs):
        return
    low, high = (sum(getattr(cost, end) for cost in costs) for end in ("low", "high"))
    if abs(low - measure.cost.low) >= 1 or abs(high - measure.cost.high) >= 1:
        what = tr(
            "the measure costs {low:,.0f} to {high:,.0f}, its tasks {sum_low:,.0f} to {sum_high:,.0f}",
            low=measure.cost.low,
            high=measure.cost.high,
            sum_low=low,
            sum_high=high,
        )
        yield Problem(measure.cost.place, what, tr("let them agree: the page shows both"))


# References


def _nothing_asked(measure: PolicyMeasure) -> Iterator[Problem]:
    """Yield a problem if a measure says what is to be approved now but has no such task."""
    if measure.asked and not any(task.first for task in measure.tasks):
        what = tr(
            "the measure '{measure}' asks for an approval, but none of its tasks is approved first", measure=measure.id
        )
        yield Problem(measure.asked.place, what, tr("write `approve: first` in a task, or leave `asked` out"))


def _unknown(argument: Argument, terms: ArgumentTerms) -> Iterator[Problem]:
    """Yield a problem for each fact, rule, source or unit that the argument refers to and that does not exist."""
    known, sources = terms.facts, terms.sources
    judgement = argument.judgement
    yield from _not_in(judgement.facts, known, FACT, judgement.place)
    parts: tuple[Finding | Gap, ...] = (*argument.findings, *argument.gaps)
    for part in parts:
        yield from _not_in(part.facts, known, FACT, part.place)
        yield from _unusable(part.when, known, part.place)
    for finding in argument.findings:
        yield from _not_in(finding.sources, sources, SOURCE, finding.place)
    for measure in argument.measures:
        yield from _unknown_in(measure, terms)
    money = [each for measure in argument.measures for each in (measure.cost, *(task.cost for task in measure.tasks))]
    if any(cost.kind == BAND for cost in money):
        units = {unit for unit, each in terms.vocabulary.units.items() if each.kind == "money"}
        place = next(cost.place for cost in money if cost.kind == BAND)
        yield from _not_in([argument.currency], units, tr("a currency of the vocabulary"), place)


def _unknown_in(measure: PolicyMeasure, terms: ArgumentTerms) -> Iterator[Problem]:
    success, units = measure.success, terms.vocabulary.units
    aim = success.target.fact if success.target else ""
    yield from _not_in([each for each in (success.fact, aim) if each], terms.facts, FACT, success.place)
    yield from _not_in([success.unit] if success.unit else [], units, tr("a unit"), success.place)
    yield from _not_in([each.unit for each in measure.values.values()], units, tr("a unit"), measure.place)
    yield from _not_in([part.unit for part in measure.cost.parts], units, tr("a unit"), measure.cost.place)
    yield from _not_in([measure.rule] if measure.rule else [], terms.rules, tr("a rule"), measure.place)
    yield from _not_in(measure.peer_sources, terms.sources, SOURCE, measure.place)
    for cost in (measure.cost, *(task.cost for task in measure.tasks)):
        yield from _not_in(cost.sources, terms.sources, SOURCE, cost.place)
    results = (variant for step in measure.steps if step.result for variant in step.result.variants)
    parts: tuple[PolicyMeasure | ActionStep | Task | Variant, ...] = (measure, *measure.steps, *measure.tasks, *results)
    for part in parts:
        yield from _unusable(part.when, terms.facts, part.place, _declared_ids(measure))


def _unusable(
    condition: Condition | None, known: Collection[str], place: Place, own: Collection[str] = ()
) -> Iterator[Problem]:
    """Yield a problem for each fact of a part's condition that does not exist, or that the argument makes later.

    `own` are the facts that a measure declares, which are there before its parts are chosen.
    """
    if condition is None:
        return
    yield from unknown_facts(condition, known, place)
    for fact in condition.facts():
        if fact.startswith(ARGUMENT_PREFIX) and fact not in own:
            what = tr(
                "'{fact}' is made of the parts that are left, so the `when:` of a part cannot ask for it", fact=fact
            )
            yield Problem(place, what, tr("ask for a fact of the data, or of `values` of the measure"))


def _declared_ids(measure: PolicyMeasure) -> frozenset[str]:
    """Return the ids of the facts that `declared_facts` may make of a measure."""
    keys = ("by", "target_by", "target", "cost", *measure.values, *part_keys(measure))
    return frozenset(f"{ARGUMENT_PREFIX}{measure.id}.{key}" for key in keys)


def _not_in(named: Iterable[str], known: Collection[str], what: Translatable, place: Place) -> Iterator[Problem]:
    otherwise = {FACT: UNKNOWN_FACT, SOURCE: UNKNOWN_SOURCE}.get(what, NO_TEXT)
    for each in named:
        if each not in known:
            yield Problem(place, tr("'{value}' is not {what}", value=each, what=what), nearest(each, known, otherwise))


# Texts that an edition cannot print


def unprintable_texts(edition: EditionArgument, facts: Facts, known: Collection[str]) -> Iterator[tuple[str, Problem]]:
    """Yield the id of each text that an edition needs but cannot print, with the problem of its part.

    A missing fact is a problem of the first part that names it, and the same problem applies to the parts that go
    if that part is left out. If no text of a part names it, the id is that of the part. Facts that are not `known` in
    any edition are reported elsewhere.
    """
    lost: dict[str, dict[str, Problem]] = {}  # by part: the facts that it lacks
    for part in edition.parts():
        first, *others = [lost[each] for each in part.above] or [{}]
        lacks = lost[part.id] = {fact: first[fact] for fact in first if all(fact in each for each in others)}
        for wording in part.needed:
            if (variant := choose(wording, facts)) is None:
                yield wording.id, _without_text(part, wording)
                continue
            for fact in variant.facts():
                if fact in known and fact not in facts:
                    yield wording.id, lacks.setdefault(fact, _lacking(part, fact, _place_of(wording, variant, fact)))
        for fact in part.facts:
            if fact in known and fact not in facts and fact not in lacks:
                lacks[fact] = _lacking(part, fact, part.place)
                yield part.id, lacks[fact]


def _without_text(part: EditionPart, wording: Wording) -> Problem:
    what = tr("'{id}' says nothing in this edition, but cannot be left out", id=wording.id)
    hint = tr("give it a text for every case, or let the `when:` of {part} leave that out", part=part.name)
    return Problem(wording.place, what, hint)


def _place_of(wording: Wording, variant: Variant, fact: str) -> Place:
    """Return the place where a variant first names a fact."""
    named = ((key, text) for key, text in variant.texts.items() if any(hole.fact == fact for hole in text.holes))
    language, text = next(named)
    return _at(text, wording, language)


def _lacking(part: EditionPart, fact: str, place: Place) -> Problem:
    """Return the problem that a part names a fact that the edition lacks."""
    what = tr("{part} names '{fact}', which is not known in this edition", part=part.name, fact=fact)
    if fact.startswith(ARGUMENT_PREFIX):  # made once the parts are chosen, so that no `when` of a part can ask for it
        return Problem(place, what, tr("say this only `when:` the fact is known"))
    condition = f"{{fact: {fact}, known: yes}}"
    hint = tr("add the data for the fact; or, to leave the part out, give it `when: {condition}`", condition=condition)
    if part.conditional:
        hint = tr(
            "add the data for the fact; or, to leave the part out, add `{condition}` to its `when:`",
            condition=condition,
        )
    return Problem(place, what, hint)


def parts_past_their_month(argument: Argument, facts: Facts, day: date) -> Iterator[Problem]:
    """Yield a note for each measure, step and task that an edition of a day leaves out because of its month."""
    for measure in argument.measures if BACK not in facts else ():
        whole = tr("the measure '{measure}'", measure=measure.id)
        step = tr("a step of the first hundred days of {measure}", measure=whole)
        dated = [(whole, measure.delivered, FURTHEST, measure.place)]
        dated += [(step, each.month, HUNDRED_DAYS, each.place) for each in measure.steps]
        for task in measure.tasks:
            name = tr("the task '{task}' of {measure}", task=task.id, measure=whole)
            dated.append((name, task.by.month, FURTHEST, task.place))
        for name, month, most, place in dated:
            if month and not is_ahead(month, day, most):
                what = tr("{part} is left out: {month} has passed or is too far ahead", part=name, month=month.iso(day))
                yield Problem(place, what, tr("if that is not meant, give it another month"))
