"""Report on facts: their values in each language, how they were computed, their limits, what depends on them."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from jianbao.app.approval import approval_of
from jianbao.app.assess import Assessment, documents_of, fact_names
from jianbao.brief.evidence_table import FactNames
from jianbao.brief.phrases import is_span
from jianbao.core.errors import UNKNOWN_FACT, Place, Problem, UsageError, nearest
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_later, tr_list, trn
from jianbao.data.claim_limits import GRADES_IN_WORDS, NO_LIMITS, WEAK
from jianbao.data.facts import Fact, Ledger, Value
from jianbao.data.measures.declarations import KINDS, Measure
from jianbao.data.provenance import Trace, trace, trace_json
from jianbao.review.proposals import Edit, KeepEdit
from jianbao.review.review_items import ReviewItem
from jianbao.scoring.framework import Indicator, goalposts_of
from jianbao.text.formatter import UnsayableError, Writer
from jianbao.text.numbers import end_of
from jianbao.text.placeholders import fill_placeholder, read_placeholder
from jianbao.text.rules import Rule

NO_NAMES: Mapping[str, str] = {}
_GREW = re.compile(r"(\S+): (\S+) → (\S+); (\S+): (\S+) → (\S+)")  # a total and the count of its lists


@dataclass(frozen=True, kw_only=True)
class Dependents:
    """The dependents of a fact: sentences and other items of the review, indicators with their weight, rules."""

    items: tuple[ReviewItem, ...] = ()
    indicators: tuple[str, ...] = ()
    weight: float = 0.0
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Use:
    """The uses of an edition's facts: in its items of review, its framework and its rules.

    `made_of` has the facts computed directly from each fact, without scores, which depend on nearly everything.
    """

    assessment: Assessment
    items: tuple[ReviewItem, ...]
    made_of: Mapping[str, tuple[str, ...]]
    names: FactNames

    def descendants(self, fact: str) -> frozenset[str]:
        """Return a fact and all facts computed from it."""
        descendants: set[str] = set()
        waiting = [fact]
        while waiting:
            current = waiting.pop()
            if current not in descendants:
                descendants.add(current)
                waiting += self.made_of.get(current, ())
        return frozenset(descendants)

    def of(self, fact: str) -> Dependents:
        """Return the dependents of a fact, directly or through facts computed from it."""
        facts = self.descendants(fact)
        framework, scores = self.assessment.project.framework, self.assessment.card.scores
        leaves = [leaf for leaf in framework.indicators() if facts & _read(leaf)]
        rules = [rule.id for rule in self.assessment.project.rules if facts & _needed(rule)]
        return Dependents(
            items=tuple(item for item in self.items if facts & {*item.facts}),
            indicators=tuple(leaf.id for leaf in leaves),
            weight=sum(scores.weight(leaf.id, framework.index.id) for leaf in leaves),
            rules=tuple(rules),
        )


def use_of(assessment: Assessment) -> Use:
    """Return the uses of an edition's facts."""
    made_of: dict[str, tuple[str, ...]] = {}
    for fact in assessment.card.ledgers[assessment.card.year].values():
        for parent in fact.parents:
            made_of[parent] = (*made_of.get(parent, ()), fact.id)
    items = tuple(each.item for each in approval_of(assessment, documents_of(assessment)).states)
    return Use(assessment, items, made_of, fact_names(assessment))


def _read(leaf: Indicator) -> frozenset[str]:
    return frozenset((*leaf.facts_read(), *(bound.fact for bound in goalposts_of(leaf) if bound.fact)))


def _needed(rule: Rule) -> frozenset[str]:
    return frozenset((*rule.when.facts(), *rule.evidence, *rule.amounts()))


def value_in(writer: Writer, fact: Fact) -> str:
    """Return a fact's value as a language writes it, or as plain text if it has no phrase for it.

    A value carried from an earlier year has that year in brackets; a table has a mark and a note instead.
    """
    ways = (_way(writer, fact), *(["it | carried_year"] if fact.carried else []))
    facts = replace(fact, carried=0), fact
    try:
        filled = (
            fill_placeholder(read_placeholder(way), writer, {"it": each})
            for way, each in zip(ways, facts, strict=False)
        )
        return "".join(each.text or "" for each in filled)
    except UnsayableError:
        return ", ".join(fact.value) if isinstance(fact.value, tuple) else str(fact.value)


def _way(writer: Writer, fact: Fact) -> str:
    if writer.unit(fact.unit).kind == "money":
        return "it | money"
    return "it | decimals(2) | counted" if is_span(fact) else "it | cell"


def interval_in(writer: Writer, fact: Fact) -> Translatable:
    """Return the interval of a fact in brackets, as a language writes it; "" if it has none."""
    if fact.low is None or fact.high is None:
        return NO_TEXT
    low, high = (value_in(writer, end_of(fact, end)) for end in (fact.low, fact.high))
    return tr(" [{low} to {high}]", low=low, high=high)


def name_in_words(names: FactNames, facts: Ledger, fact_id: str, language: str, words: Mapping[str, str]) -> str:
    """Return the name of a fact in a language; the key in it is given by the row's own name or from `words`.

    Returns "" if it has no name besides its key.
    """
    name, (table, _, key) = names.of(fact_id).get(language, ""), _parts(fact_id)
    if "_" not in key or not name.endswith(key):
        return name
    own = facts.get(f"{table}.name_{language}.{key}") or facts.get(f"{table}.name.{key}")
    word = str(own.value) if own else words.get(key, "")
    return f"{name.removesuffix(key)}{word}" if word else ""


def kind_of_row(measure: Measure | None, city: str) -> str:
    """Return the kind of row from which a measure takes a number of the city unchanged; "" if it does not."""
    if measure is None or measure.kind != "latest" or measure.is_family:
        return ""
    values = [value for test in measure.where for value in test.values if value != city]
    return values[0] if len(values) == 1 and all(test.test == "is" for test in measure.where) else ""


def _parts(fact_id: str) -> tuple[str, str, str]:
    """Return the first, the middle and the last part of the id of a fact."""
    table, _, rest = fact_id.partition(".")
    middle, _, key = rest.rpartition(".")
    return table, middle, key


def list_facts(assessment: Assessment, json_wanted: bool) -> Iterator[str]:
    """Yield one line for each fact: id, value in each language, day, evidence."""
    if json_wanted:
        plain = {fact_id: {"value": fact.value, "unit": fact.unit} for fact_id, fact in assessment.ledger.items()}
        yield json.dumps(plain, ensure_ascii=False, indent=1)
        return
    for fact_id, fact in assessment.ledger.items():
        writers = assessment.project.writers.values()
        values = dict.fromkeys(tr_list((value_in(writer, fact), interval_in(writer, fact)), "") for writer in writers)
        yield tr("{fact:46} {values}", fact=fact_id, values=tr_list(values, " | "))


def fact_report(assessment: Assessment, fact_id: str, json_wanted: bool) -> Iterator[str]:
    """Yield the derivation of a fact down to file, row and source; raises UsageError for an unknown one."""
    if fact_id not in assessment.ledger:
        where = Place("facts", column=assessment.issue.label)
        hint = nearest(fact_id, assessment.ledger, UNKNOWN_FACT)
        raise UsageError(Problem(where, tr("there is no fact '{fact_id}'", fact_id=fact_id), hint))
    derivation = trace(assessment.ledger, fact_id, assessment.project.evidence.tables)
    if json_wanted:
        yield json.dumps(trace_json(derivation), ensure_ascii=False, indent=1)
        return
    called = fact_names(assessment).of(fact_id)
    for language, writer in assessment.project.writers.items():
        name = f"{called[language]}  " if called else ""
        value = f"{name}{value_in(writer, derivation.fact)}"
        yield tr(
            "{language}: {value}{interval}",
            language=language,
            value=value,
            interval=interval_in(writer, derivation.fact),
        )
    for depth, each in derivation.lines():
        yield from _trace_lines(each, "  " * depth)
    yield ""
    for source_id in assessment.ledger.sources_of(fact_id):
        source = assessment.project.evidence.sources[source_id]
        grade = f" [{source.grade}]" if source.grade else ""
        yield f"{source_id}{grade}: {source.title} {source.url}".rstrip()
    yield ""
    yield from sayable(derivation.fact, assessment.issue.as_of)
    yield from dependents_in_words(use_of(assessment).of(fact_id))


def sayable(fact: Fact, day: date, called: Callable[[str], str] = str) -> Iterator[Translatable]:
    """Yield the limits of a fact, which its table, series and sources declare; `called` names a counting rule."""
    limits = fact.limits
    if limits == NO_LIMITS:
        yield tr("nothing is declared that limits claims about it")
    if limits.complete == "no":
        yield tr("from an incomplete list: say 'at least'; no negative, share, 'only' or 'most'")
    elif limits.complete == "listed":
        yield tr("it counts what a list names: say so")
    elif limits.complete not in ("", "yes"):
        yield tr("complete until {day}: name the day", day=limits.complete)
    if limits.bases:
        yield tr("counting rule: {bases}; compare only with the same", bases=tr_list(map(called, limits.bases)))
    if limits.fresh_until:
        text = (
            tr_later("fresh until {day}: say it with its date") if limits.aged(day) else tr_later("fresh until {day}")
        )
        yield tr(text, day=limits.fresh_until)
    if limits.grade:
        weak = limits.grade in WEAK
        reported = tr_later("grade '{grade}': in a headline say that it is reported")
        text = reported if weak else tr_later("grade '{grade}'")
        yield tr(text, grade=tr(GRADES_IN_WORDS[limits.grade]))
    if limits.window:
        first, last, values = limits.window.first, limits.window.last, limits.window.values
        yield tr("among {values} values from {first} to {last}: name them", values=values, first=first, last=last)
    if limits.event:
        event = tr_list(key for key in limits.event[1:] if key)
        yield tr("about one event ({event}): figures beside it are of the same one", event=event)
    if limits.classes:
        yield tr("sorted by {classes}: use no second list beside it", classes=tr_list(limits.classes))
    if limits.row:
        yield tr("one row is one {unit}: count it as that", unit=limits.row)


def dependents_in_words(dependents: Dependents, names: Mapping[str, str] = NO_NAMES) -> Iterator[Translatable]:
    """Yield the dependents of a fact as lines, with their names or else their ids."""

    def called(ids: Iterable[str]) -> Translatable:
        return tr_list((names.get(each, each) for each in ids), "; " if names else ", ")

    if dependents.indicators:
        indicators, weight = called(dependents.indicators), dependents.weight
        yield tr("read by the indicators {names}: {weight:.1%} of the score", names=indicators, weight=weight)
    if dependents.rules:
        yield tr("read by the rules {names}", names=called(dependents.rules))
    if dependents.items:
        yield tr("stated in {names}", names=called(item.id for item in dependents.items))


def _plain(value: Value) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.10g}"
    return ", ".join(value) if isinstance(value, tuple) else value


CONFIDENCE = {
    "corroborated": tr_later("corroborated"),
    "stated": tr_later("stated"),
    "derived": tr_later("derived"),
}


def _trace_lines(each: Trace, indent: str) -> Iterator[str]:
    fact = each.fact
    years = fact.carried
    yield tr(
        "{indent}{fact} = {value}{whole} ({confidence}, {as_of}{carried})",
        indent=indent,
        fact=fact.id,
        value=_plain(fact.value),
        whole=tr(" of {whole:g}", whole=fact.of) if fact.of else "",
        confidence=tr(CONFIDENCE[fact.confidence]) if fact.confidence in CONFIDENCE else fact.confidence,
        as_of=fact.as_of,
        carried=trn(", carried {years} year", ", carried {years} years", years, years=years) if years else "",
    )
    if fact.how:
        kind = KINDS.get(fact.how.partition(":")[0])
        how = tr("{meaning} ({how})", meaning=kind.says, how=fact.how) if kind else fact.how
        yield tr("{indent}  by {how}", indent=indent, how=how)
    for origin in each.origins:
        text = f" {origin.column} '{origin.text}'" if origin.column else ""
        yield f"{indent}  {origin.place}{text} [{'; '.join(origin.sources)}]"
    if each.rows > len(each.origins):
        yield tr("{indent}  … and {rows} more rows", indent=indent, rows=each.rows - len(each.origins))


# Totals and their lists


@dataclass(frozen=True, kw_only=True)
class Unlisted:
    """A total that has grown from `was` by `more` than the rows of its lists.

    `total` and `count` are facts, `listed` is how many rows there were when `total` was `now`. `place` is the file of
    the total, `source` where it comes from, and `lists` are the tables to which rows would be added.
    """

    total: str
    count: str
    was: float
    now: float
    listed: float
    more: float
    place: str = ""
    source: str = ""
    lists: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the subject of a decision about it: the old and the new total, the old and the new count."""
        before = self.listed - (self.now - self.was - self.more)
        return f"{self.total}: {self.was:g} → {self.now:g}; {self.count}: {before:g} → {self.listed:g}"

    def after(self, edits: Iterable[Edit]) -> "Unlisted":
        """Return what remains of it after the decisions that some of its new rows are not known."""
        was = self.was
        for each in filter(None, map(unlisted_in, edits)):
            if each.total == self.total and f"{each.was:g}" == f"{was:g}":
                was = each.now
        return replace(self, was=was, more=min(self.more, self.now - was))

    def left(self, ledger: Ledger) -> int:
        """Return how many of its rows are still in no list, by the current facts."""
        if self.total not in ledger or self.count not in ledger:
            return 0
        gap = ledger[self.total].number - ledger[self.count].number
        return max(0, int(min(self.more, gap - (self.now - self.listed) + self.more)))


def unlisted_in(edit: Edit) -> Unlisted | None:
    """Return the total with more than its lists that a decision is about; None if it is about something else."""
    found = _GREW.fullmatch(edit.text) if isinstance(edit, KeepEdit) else None
    if found is None:
        return None
    was, now, before, listed = map(float, found.group(2, 3, 5, 6))
    more = now - was - (listed - before)
    return Unlisted(total=found[1], count=found[4], was=was, now=now, listed=listed, more=more)
