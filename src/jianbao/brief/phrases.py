"""Render phrases with the facts of an edition in every language: short texts, names of facts, words of figures."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from jianbao.charts.text_metrics import BESIDE, NEWLINE
from jianbao.core.documents import Node, Problems
from jianbao.core.errors import UNKNOWN_FACT, Place, Problem, nearest
from jianbao.core.messages import tr
from jianbao.data.facts import Fact, Ledger
from jianbao.scoring.framework import Framework
from jianbao.scoring.method_options import CONTROLS
from jianbao.text.citations import FAMILY
from jianbao.text.formatter import Writer, month_name, one_figure, write_short
from jianbao.text.placeholders import fill_placeholder, read_placeholder
from jianbao.text.render import (
    Local,
    RenderedSection,
    Sentence,
    Statement,
    choose,
    render_phrase,
    render_section,
    render_with,
)
from jianbao.text.rules import LAST_KNOWN, Rule
from jianbao.text.text_entries import BUILT_IN, TextEntry
from jianbao.text.wording import SectionText, Wording, parse_wording

_FIGURES = re.compile(r"[\d\W]*")  # a year or a number, the same in every language
FIRST_YEAR = 1000  # a value in years below this is a duration, else a calendar year


def is_span(fact: Fact) -> bool:
    """Return whether a fact in years is a duration, not a calendar year."""
    return fact.unit == "year" and fact.kind == "number" and fact.number < FIRST_YEAR


@dataclass(kw_only=True)
class PhraseRenderer:
    """Renders wordings with the facts of an edition; problems are collected, and the text is then empty.

    `known` are values and texts that every text may name besides the facts.
    """

    ledger: Ledger
    writers: Mapping[str, Writer]
    sections: Mapping[str, SectionText]
    problems: Problems = field(default_factory=list)
    known: Mapping[str, Local] = field(default_factory=dict)

    def naming_series(self) -> "PhraseRenderer":
        """Return a renderer whose texts may name the `series` as its masthead does, as letters about the brief need."""
        series = self.texts(self.phrase("summary", "masthead.series"))
        return replace(self, known={**self.known, "series": series})

    def say(self, wording: Wording, **given: Local) -> Statement | None:
        """Return a wording rendered with the facts and `given` values; None if its condition does not hold."""
        return render_with(wording, self.ledger, self.writers, self.problems, **{**self.known, **given})

    def needed(self, wording: Wording) -> Statement:
        """Return a required wording, such as a title, rendered; empty, with a problem, if it cannot be rendered."""
        if not choose(wording, self.ledger):
            what = tr("'{id}' says nothing in this edition, but cannot be left out", id=wording.id)
            hint = tr("give it a text for every case, one without a condition last")
            self.problems.append(Problem(wording.place, what, hint))
        return self.say(wording) or self.plain("")

    def section(self, section_id: str) -> RenderedSection:
        """Return a section, rendered; it needs its title if it declares one."""
        declared = self.sections[section_id]
        untitled = replace(declared, title=None)
        found = render_section(untitled, self.ledger, self.writers, self.problems, **self.known)
        return replace(found, title=self.needed(declared.title)) if declared.title else found

    def phrase(self, section: str, key: str, **given: Local) -> Statement:
        """Return a phrase of a section by its key, rendered; empty if it cannot be rendered."""
        words = self.sections[section]
        found = render_phrase(words, key, self.ledger, self.writers, self.problems, **{**self.known, **given})
        return found or self.plain("")

    def node(self, node: Node | None, statement_id: str) -> Statement:
        """Return a text in every language from outside the wording files, such as a reason in the framework."""
        if node is None:
            return self.plain("")
        problems: Problems = []
        wording = parse_wording(node, statement_id, self.writers, problems)
        self.problems.extend(problems)
        return (self.say(wording) if not problems else None) or self.plain("")

    def plain(self, text: str | Mapping[str, str], statement_id: str = "") -> Statement:
        """Return a statement without facts: a text for all languages, or one for each."""
        texts = {
            language: writer.pointed(text if isinstance(text, str) else text[language])
            for language, writer in self.writers.items()
        }
        return Statement(statement_id, {language: Sentence(language, each) for language, each in texts.items()})

    def texts(self, statement: Statement) -> dict[str, str]:
        """Return the texts of a statement by language, such as to pass them to a phrase."""
        return {language: statement.text(language) for language in self.writers}

    def value(self, fact: Fact) -> Statement:
        """Return a fact's value as in tables and figures, by its kind and unit."""
        return self.phrase("furniture", f"value.{self._value_kind(fact)}", it=fact)

    def way(self, fact: Fact) -> str:
        """Return the kind of an amount: "count", "years", "share", "money", or "plain" for any other."""
        unit = next(iter(self.writers.values())).unit(fact.unit)
        if fact.unit == "year":
            return "years"
        if unit.kind in ("share", "percent"):
            return "share"
        named = unit.kind == "count" and unit.forms
        return "money" if unit.kind == "money" else "count" if named else "plain"

    def _value_kind(self, fact: Fact) -> str:
        if fact.kind != "number":
            return "no_names" if fact.value == () else fact.kind
        unit = next(iter(self.writers.values())).unit(fact.unit)
        if fact.unit == "index":
            return "index"
        if fact.unit == "year":
            return "years" if is_span(fact) else "year"
        if unit.kind == "share":
            return "plain" if fact.of else "share"
        if unit.kind == "money":
            return "money"
        return "score" if unit.decimals == 1 else "plain"


FACTS = "facts"  # the section of wording with the names of facts, which is optional
LABELS = "labels"  # the section with the names that figures use for who decides about an indicator
Names = Mapping[str, Mapping[str, str]]


def other_names(framework: Framework, rules: Iterable[Rule]) -> Names:
    """Return the names that are not in the name table: of nodes of the framework, left out or not, and of rules."""
    nodes = (*framework.components(), *framework.left_out)
    return {node.id: node.name for node in nodes} | {rule.id: rule.name for rule in rules}


def fact_name(renderer: PhraseRenderer, key: str, others: Names) -> Statement | None:
    """Return the name of a fact, or of a family such as "award.entries.*"; None if the workspace has none.

    A member of a family has the name of the family with its own.
    """
    section = renderer.sections.get(FACTS)
    family, rest = _named_beginning(section, key.removesuffix(FAMILY)) if section else ("", "")
    named = renderer.phrase(FACTS, family) if family else None
    if not named or not rest:
        return named
    own = (fact.about if (fact := renderer.ledger.get(key)) else ()) or (rest,)  # for a score by year, only the year
    above = (part for part in rest.split(".")[: -len(own)] if not own[0].startswith(f"{part}."))
    words = (*(part for part in above if part in others), *own)
    known = key in renderer.ledger or f"{LAST_KNOWN}.{key}" in renderer.ledger  # an unknown fact is reported elsewhere
    members = [_member(renderer, word, others, known) for word in words]
    joints = {language: ", " if writer.style.join else "，" for language, writer in renderer.writers.items()}
    member = {language: joint.join(each[language] for each in members) for language, joint in joints.items()}
    return renderer.phrase("furniture", "member", family=renderer.texts(named), member=member)


def lacking_words(renderer: PhraseRenderer, lacking: Iterable[str], others: Names) -> Mapping[str, str]:
    """Return the names of missing facts, each with its last known value and the day of that if there is one."""
    first, *more = (renderer.texts(_lacking(renderer, fact_id, others)) for fact_id in lacking)
    for second in more:
        first = renderer.texts(renderer.phrase("furniture", "lacking_both", first=first, second=second))
    return first


def _lacking(renderer: PhraseRenderer, fact_id: str, others: Names) -> Statement:
    name = renderer.texts(printed_name(renderer, fact_id, others))
    if now := renderer.ledger.get(fact_id):
        return renderer.phrase("furniture", "lacking_exact", fact=name, value=renderer.texts(renderer.value(now)))
    if (known := renderer.ledger.get(f"{LAST_KNOWN}.{fact_id}")) is None:
        return renderer.phrase("furniture", "lacking", fact=name)
    day, value = Fact(id="", value=known.as_of, kind="date"), renderer.texts(renderer.value(known))
    return renderer.phrase("furniture", "lacking_since", fact=name, value=value, day=day)


def printed_name(renderer: PhraseRenderer, key: str, others: Names) -> Statement:
    """Return the name of a fact or family for print; if it has none, add a problem and return its id."""
    named = fact_name(renderer, key, others)
    if named is None:
        renderer.problems.append(nameless(key))
    return named or renderer.plain(key)


def nameless(key: str) -> Problem:
    """Return the problem of a fact or family that is printed but has no name."""
    hint = tr("name it there in every language, or a family of facts by the beginning of its ids")
    return Problem(Place(f"templates/wording/{FACTS}.yml"), tr("'{fact}' is printed and has no name", fact=key), hint)


def unknown_fact_names(section: SectionText | None, known: Iterable[str]) -> Problems:
    """Return a problem for each name of something that is not a fact or family; `known` are the ids of all facts."""
    words = [fact_id.split(".") for fact_id in known]
    families = {".".join(each[:length]) for each in words for length in range(1, len(each) + 1)}
    return [
        Problem(
            wording.place,
            tr("'{prefix}' is not a fact, nor the beginning of one", prefix=key),
            nearest(key, families, UNKNOWN_FACT),
        )
        for key, wording in (section.phrases.items() if section else ())
        if key not in families and not wording.place.file.startswith(BUILT_IN)
    ]


def _named_beginning(section: SectionText, key: str) -> tuple[str, str]:
    """Return the longest beginning of a key that has a name, and the rest of the key; two empty texts if none has."""
    words = key.split(".")
    beginnings = (".".join(words[:length]) for length in range(len(words), 0, -1))
    family = next((each for each in beginnings if each in section.phrases), "")
    return family, key.removeprefix(family).lstrip(".") if family else ""


def _member(renderer: PhraseRenderer, word: str, others: Names, known: bool) -> Mapping[str, str]:
    if word in others:
        return others[word]
    if all(word in writer.names for writer in renderer.writers.values()):
        return renderer.texts(renderer.phrase("furniture", "value.name", it=Fact(id="", value=word, kind="name")))
    if word in CONTROLS and word in renderer.sections[LABELS].phrases:
        return renderer.texts(renderer.phrase(LABELS, word))
    if known and not _FIGURES.fullmatch(word):
        renderer.problems.append(_unnamed(word))
    return dict.fromkeys(renderer.writers, word)


def _unnamed(word: str) -> Problem:
    hint = tr("add it to data/names.csv with its name in every language")
    return Problem(Place("data/names.csv"), tr("'{word}' is printed and is not a name", word=word), hint)


TICKS = {"year": "year", "share": "percent"}
MONTH, RANK = "month", "rank"
WAYS = {"share": "value.percent", "km": "value.km"}


@dataclass(frozen=True)
class ChartText:
    """The words of a figure in one language (see `charts.spec.Words`).

    `others` are names that are not in the name table: those of nodes of the framework and of rules.
    """

    renderer: PhraseRenderer
    language: str
    entry: TextEntry
    others: Mapping[str, Mapping[str, str]]

    def label(self, key: str) -> str:
        """Return a label of the figure; raises KeyError if the wording has none."""
        label = self.renderer.say(self.entry.labels[key])
        return label.text(self.language) if label else ""

    def name(self, key: str) -> str:
        """Return the short name of a city, continent, node or rule, or the name of a key in figure or workspace.

        A number is its own name; any other key without a name is added to the problems.
        """
        if key in self.others:
            return self.others[key][self.language]
        if key in self.renderer.writers[self.language].names:
            return self._phrase("value.short", Fact(id="", value=key, kind="name"))
        if key in self.entry.labels:
            return self.label(key)
        if key not in self.renderer.ledger:
            if not _FIGURES.fullmatch(key):
                self.renderer.problems.append(_unnamed(key))
            return key
        named = fact_name(self.renderer, key, self.others)
        if named is None:
            what = tr("figure '{figure}' shows {fact}, which has no name", figure=self.entry.id, fact=key)
            hint = tr("name it in templates/wording/facts.yml, or as a label of the figure")
            self.renderer.problems.append(Problem(self.entry.node.place, what, hint))
        return named.text(self.language) if named else ""

    def names(self, keys: Sequence[str], most: int, unit: str) -> str:
        """Return a list of names, at most `most` of them, with the number of all in the unit."""
        writer = self.renderer.writers[self.language]
        listed = Fact(id="", value=tuple(keys), unit=unit, kind="names")
        return writer.pointed(
            fill_placeholder(read_placeholder(f"it | names(max={most})"), writer, {"it": listed}).text or ""
        )

    def number(self, fact: Fact) -> str:
        """Return a fact's value as in figures: shares in whole per cent, distances rounded."""
        way = WAYS.get(fact.unit, "")
        return self._phrase(way, fact) if way and not fact.of else self.renderer.value(fact).text(self.language)

    def tick(self, value: float, unit: str) -> str:
        """Return a number of an axis, or the short name of a month."""
        if unit == MONTH:
            return month_name(int(value), self.renderer.writers[self.language].locale)
        writer = self.renderer.writers[self.language]
        kind = writer.unit(unit).kind if unit in writer.vocabulary.units else RANK
        way = TICKS.get(unit) or {"count": "tick", "money": "money"}.get(kind, "plain")
        return self._phrase(f"value.{way}", Fact(id="", value=round(value, -2) if unit == "km" else value, unit=unit))

    def when(self, written: str, *, year: bool) -> str:
        """Return a date or an interval in short form, with its year or without."""
        return write_short(written, self.renderer.writers[self.language].locale, year=year)

    def _phrase(self, key: str, fact: Fact) -> str:
        return self.renderer.phrase("furniture", key, it=fact).text(self.language)


@dataclass(frozen=True)
class ChartTexts:
    """The words of a figure in several languages, on a line for each where they differ."""

    texts: tuple[ChartText, ...]

    @property
    def language(self) -> str:
        """Return all languages as in the name of a product, "zh-en"."""
        return "-".join(text.language for text in self.texts)

    def label(self, key: str) -> str:
        """Return a label of the figure; raises KeyError if the wording has none."""
        return _joined(text.label(key) for text in self.texts)

    def name(self, key: str) -> str:
        """Return the short name of a city, continent, node or rule."""
        return _joined(text.name(key) for text in self.texts)

    def names(self, keys: Sequence[str], most: int, unit: str) -> str:
        """Return a list of names, at most `most` of them, with the number of all in the unit."""
        return _joined(text.names(keys, most, unit) for text in self.texts)

    def number(self, fact: Fact) -> str:
        """Return a fact's value, in all languages on one line if they differ."""
        return _joined((text.number(fact) for text in self.texts), BESIDE)

    def tick(self, value: float, unit: str) -> str:
        """Return a number of an axis, or the short name of a month."""
        between = NEWLINE if unit == MONTH else BESIDE
        return _joined((text.tick(value, unit) for text in self.texts), between)

    def when(self, written: str, *, year: bool) -> str:
        """Return a date or an interval in short form, with its year or without."""
        return _joined(text.when(written, year=year) for text in self.texts)


def _joined(parts: Iterable[str], between: str = NEWLINE) -> str:
    texts = [*dict.fromkeys(parts)]
    return texts[-1] if one_figure(texts) else between.join(texts)
