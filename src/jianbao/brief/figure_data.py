"""Name the data that a figure shows: tables to read in every language, and a CSV of its numbers in each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from jianbao.brief.model import FigureData, Grid, GridColumn
from jianbao.brief.phrases import Names, PhraseRenderer, fact_name
from jianbao.charts.spec import KINDS, PARTED, FigureSpec, member_key
from jianbao.charts.text_metrics import joined
from jianbao.core.encoding import is_chinese
from jianbao.core.zip_csv import as_csv
from jianbao.data.facts import Fact
from jianbao.text.formatter import write_short
from jianbao.text.render import Statement
from jianbao.text.text_entries import TextEntry

FURNITURE = "furniture"
ITEM, VALUE = "figure.item", "figure.value"
WORDS = ("figure.data", "figure.take", "figure.csv", ITEM, VALUE)  # of a web page
# The phrases that head the columns of the CSV.
COLUMNS = (
    *(ITEM, "figure.series", VALUE, "figure.low", "figure.high", "figure.of", "figure.unit"),
    *("figure.as_of", "figure.confidence", "figure.fact", "figure.sources"),
)
BYTE_ORDER_MARK = "\ufeff".encode()  # without it a spreadsheet may take Chinese for another encoding
Key = tuple[str, ...]


@dataclass(frozen=True)
class FigureRole:
    """A role of a figure: its label, its id of a fact or family, and its facts by the keys that distinguish them."""

    label: str
    family: str
    facts: Mapping[Key, Fact]


def in_one_scale(renderer: PhraseRenderer, spec: FigureSpec) -> PhraseRenderer:
    """Return a renderer for the words of a figure: if all its numbers are amounts of money, they are in one scale."""
    numbers = [fact for fact in renderer.ledger.under(spec.facts.values()).values() if fact.kind == "number"]
    if {renderer.way(fact) for fact in numbers} != {"money"}:
        return renderer
    amounts = [fact.number for fact in numbers]
    return replace(renderer, writers={key: writer.beside(amounts) for key, writer in renderer.writers.items()})


@dataclass(frozen=True)
class FigureWords:
    """Names for the data of a figure: its own labels, and names that are not in the name table (`others`).

    `called` are the names of keys that are facts of the figure.
    """

    renderer: PhraseRenderer
    entry: TextEntry
    others: Names
    called: Names = field(default_factory=dict)

    def head(self, role: FigureRole) -> Statement:
        """Return the name of a role: its label, else the name of its facts, else "value"."""
        labelled = self.entry.labels.get(role.label)
        if labelled and (said := self.renderer.say(labelled)):
            return said
        named = fact_name(self.renderer, role.family, self.others)
        return named or self.renderer.phrase(FURNITURE, VALUE)

    def item(self, key: Key) -> Statement:
        """Return the name of a row, the names of its keys joined."""
        names = [self._name(word) for word in key]
        texts = {language: [name[language] for name in names] for language in self.renderer.writers}
        return self.renderer.plain({language: joined(each) for language, each in texts.items()})

    def _name(self, word: str) -> Mapping[str, str]:
        labelled = self.entry.labels.get(word)
        if labelled and (said := self.renderer.say(labelled)):
            return self.renderer.texts(said)
        if known := self.called.get(word) or self.others.get(word):
            return known
        if all(word in writer.names for writer in self.renderer.writers.values()):
            name = Fact(id="", value=word, kind="name")
            return self.renderer.texts(self.renderer.phrase(FURNITURE, "value.name", it=name))
        said = fact_name(self.renderer, word, self.others)
        return self.renderer.texts(said) if said else dict.fromkeys(self.renderer.writers, word)

    def cell(self, fact: Fact, dated: bool) -> Statement:
        """Return a fact's value with its interval if any, and with `dated` also its year."""
        texts = self._value(fact)
        beside = [self._ends(fact)] if fact.kind == "number" and None not in (fact.low, fact.high) else []
        beside += [dict.fromkeys(texts, fact.as_of[:4])] if dated and fact.as_of else []
        for each in beside:
            texts = {language: _bracketed(text, each[language]) for language, text in texts.items()}
        return self.renderer.plain(texts)

    def _value(self, fact: Fact) -> Mapping[str, str]:
        if fact.kind == "text":
            return self._name(str(fact.value))
        if fact.kind == "date":
            writers = self.renderer.writers.items()
            return {language: write_short(str(fact.value), writer.locale, year=True) for language, writer in writers}
        return self.renderer.texts(self.renderer.value(replace(fact, low=None, high=None, carried=0)))

    def cells(self, fact: Fact, language: str) -> list[str]:
        """Return the cells of a fact in a CSV in one language: its value and the columns after it."""
        names = [self._name(name)[language] for name in fact.value] if isinstance(fact.value, tuple) else []
        known = str(fact.value) if fact.kind == "date" else "; ".join(names) or self._value(fact)[language]
        value = _plain(fact.number) if fact.kind == "number" else known
        numbers = (value, *map(_plain, (fact.low, fact.high, fact.of)))
        sources = "; ".join(self.renderer.ledger.sources_of(fact.id))
        return [*numbers, self._unit(fact, language), fact.as_of, self._grade(fact, language), fact.id, sources]

    def _unit(self, fact: Fact, language: str) -> str:
        """Return the word for a fact's unit; "" if the language has none, as for a share."""
        unit = self.renderer.writers[language].unit(fact.unit)
        return unit.form(language, "measure") or unit.form(language, "other")

    def _grade(self, fact: Fact, language: str) -> str:
        """Return the grade of a fact's evidence; as it is written if it has no word."""
        phrase = f"confidence.{fact.confidence}"
        graded = phrase in self.renderer.sections[FURNITURE].phrases
        return self.renderer.phrase(FURNITURE, phrase).text(language) if graded else fact.confidence

    def _ends(self, fact: Fact) -> Mapping[str, str]:
        low, high = (self._value(replace(fact, value=end)) for end in (fact.low, fact.high) if end is not None)
        return self.renderer.texts(self.renderer.phrase(FURNITURE, "between", low=low, high=high))


def _bracketed(text: str, inside: str) -> str:
    return f"{text}\uff08{inside}\uff09" if is_chinese(text) else f"{text} ({inside})"


def figure_data(spec: FigureSpec, shown: Iterable[str], words: FigureWords) -> FigureData:
    """Return the data of the facts that a figure shows; roles with the same keys share a table."""
    facts = [fact for fact_id in shown if (fact := words.renderer.ledger.get(fact_id))]
    words = replace(words, called=_called(spec, words.renderer))
    roles = _roles(spec, facts)
    tables = tuple(_table(spec.id, group, words) for group in _grouped(roles))
    return FigureData(tables, _csv(roles, words))


def _called(spec: FigureSpec, renderer: PhraseRenderer) -> Names:
    """Return the names of a figure's keys from its roles "name_LANGUAGE", for keys with a name in every language."""
    texts = {language: spec.called(renderer.ledger, language) for language in renderer.writers}
    keys = set.intersection(*(set(each) for each in texts.values()))
    return {key: {language: texts[language][key] for language in texts} for key in keys}


def _roles(spec: FigureSpec, facts: Sequence[Fact]) -> list[FigureRole]:
    """Return the roles of a figure that have facts, in the order of the declaration."""
    ids = sorted(spec.facts.items(), key=lambda each: -len(each[1]))
    found: dict[str, list[Fact]] = {role: [] for role in spec.roles}
    for fact in facts:
        part = next((part for part, each in ids if fact.id == each or fact.id.startswith(f"{each}.")), "")
        role = part.partition(PARTED)[0]
        found.setdefault(role, []).append(fact)
    home, heads = spec.option("home"), KINDS[spec.kind].heads
    return [
        FigureRole(heads.get(role, role), spec.facts.get(role, ""), _by_key(own, home))
        for role, own in found.items()
        if own
    ]


def _by_key(facts: Sequence[Fact], home: str) -> dict[Key, Fact]:
    """Return facts by the keys that distinguish them: the parts of `about` that differ.

    A fact without keys among others with keys is about the home city, if the figure names one.
    """
    with_keys = [fact.about for fact in facts if fact.about]
    single = (home,) if home and with_keys else ()
    keys = [fact.about or single or (member_key(fact),) for fact in facts]
    given = with_keys if single else keys
    size = max(map(len, given))
    varied = [place for place in range(size) if len({key[place : place + 1] for key in given}) > 1] or [size - 1]
    return {
        key if key == single else tuple(key[place] for place in varied if place < len(key)) or key: fact
        for key, fact in zip(keys, facts, strict=True)
    }


def _grouped(roles: Sequence[FigureRole]) -> list[list[FigureRole]]:
    """Return roles in groups that have keys in common."""
    groups: list[list[FigureRole]] = []
    for role in roles:
        group = next((each for each in groups if any(role.facts.keys() & other.facts.keys() for other in each)), None)
        if group is None:
            groups.append([role])
        else:
            group.append(role)
    return groups


def _table(figure: str, roles: Sequence[FigureRole], words: FigureWords) -> Grid:
    items = dict.fromkeys(key for role in roles for key in role.facts)
    heads = [
        GridColumn(words.renderer.phrase(FURNITURE, ITEM)),
        *(GridColumn(words.head(role), True) for role in roles),
    ]
    newest = str(words.renderer.ledger.as_of.year)
    dated = [_needs_years(role, newest) for role in roles]
    absent = words.renderer.phrase(FURNITURE, "missing")
    rows = tuple(
        (
            words.item(key),
            *(
                words.cell(role.facts[key], by_year) if key in role.facts else absent
                for role, by_year in zip(roles, dated, strict=True)
            ),
        )
        for key in items
    )
    return Grid(id=f"data-{figure}", number=0, title=words.renderer.plain(""), columns=tuple(heads), rows=rows)


def _needs_years(role: FigureRole, newest: str) -> bool:
    """Return whether years must be printed: values are not all of the edition's year, and no key is the year."""
    years = {fact.as_of[:4] for fact in role.facts.values()} - {""}
    return bool(years - {newest}) and not any(fact.as_of[:4] in key for key, fact in role.facts.items())


def _csv(roles: Sequence[FigureRole], words: FigureWords) -> dict[str, bytes]:
    """Return a CSV in each language: a row for each fact that is drawn, with its numbers unrounded."""
    said = [(words.item(key), words.head(role), fact) for role in roles for key, fact in role.facts.items()]
    heads = [words.renderer.phrase(FURNITURE, each) for each in COLUMNS]
    found: dict[str, bytes] = {}
    for language in words.renderer.writers:
        rows = [
            [item.text(language), series.text(language), *words.cells(fact, language)] for item, series, fact in said
        ]
        found[language] = BYTE_ORDER_MARK + as_csv([[head.text(language) for head in heads], *rows])
    return found


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
