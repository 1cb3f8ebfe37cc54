"""Write the data files of an edition: ledger, scores, the tables as known on its day, and the data of figures."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from dataclasses import fields as dataclass_fields
from datetime import date
from typing import Any

from jianbao.brief.model import FigureData, Grid, GridColumn
from jianbao.brief.phrases import Names, PhraseRenderer, fact_name
from jianbao.charts.spec import PARTED, FigureSpec, member_key
from jianbao.charts.text_metrics import joined
from jianbao.core.encoding import is_chinese
from jianbao.core.errors import ContentError, Place, Problem
from jianbao.core.messages import tr, tr_error
from jianbao.core.zip_csv import as_csv
from jianbao.data.claim_limits import Limits, Window
from jianbao.data.facts import Cells, Fact, Ledger
from jianbao.data.schemas import Column, Schema
from jianbao.data.tables import SIGN, Tables, tables_on
from jianbao.scoring.framework import Branch, Framework
from jianbao.scoring.score_facts import score_id
from jianbao.text.formatter import write_short
from jianbao.text.render import Statement
from jianbao.text.text_entries import TextEntry

FACT_FIELDS, LIMITS_FIELDS = (tuple(each.name for each in dataclass_fields(kind)) for kind in (Fact, Limits))
UNSTATED = Fact(id="", value="")
ROW_NUMBER = "row_number"  # the number by which a document cites a row: an edition does not know all rows of the file
SCORES = ("node", "kind", "weight", "score", "low", "high", "coverage", "contribution", "previous", "change")


def ledger(facts: Ledger) -> bytes:
    """Return the ledger as JSON without empty fields, a line for each fact so that two can be compared by line."""
    lines = ",\n".join(f'  "{fact_id}": {_compact(_record(fact))}' for fact_id, fact in facts.items())
    return f'{{\n "as_of": "{facts.as_of.isoformat()}",\n "facts": {{\n{lines}\n }}\n}}\n'.encode()


def _compact(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=asdict)


def _record(fact: Fact) -> dict[str, object]:
    """Return the value of a fact, and its fields that differ from their defaults."""
    found = {key: getattr(fact, key) for key in FACT_FIELDS if key != "id"}
    return {key: value for key, value in found.items() if key == "value" or value != getattr(UNSTATED, key)}


def read_ledger(content: bytes, file: str) -> Ledger:
    """Return a ledger that `ledger` of this or an older version wrote; raises ContentError for invalid content."""
    try:
        record = json.loads(content)
        found = {fact_id: _fact(fact_id, fields) for fact_id, fields in record["facts"].items()}
        return Ledger(found, date.fromisoformat(record["as_of"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as fault:
        hint = tr("give the ledger.json of an edition")
        raise ContentError(
            Problem(Place(file), tr("this is not a ledger: {error}", error=tr_error(fault)), hint)
        ) from fault


def _fact(fact_id: str, fields: Mapping[str, Any]) -> Fact:
    """Return a recorded fact: lists become tuples again, and fields of later versions are ignored."""
    kept: dict[str, Any] = {key: value for key, value in fields.items() if key in FACT_FIELDS}
    kept |= {key: tuple(value) for key, value in kept.items() if isinstance(value, list)}
    kept["cells"] = (
        tuple(
            Cells(each["table"], tuple(each["rows"]), each["column"], tuple(each["sources"])) for each in kept["cells"]
        )
        if "cells" in kept
        else ()
    )
    return Fact(id=fact_id, **(kept | {"limits": _limits(kept.get("limits", {}))}))


def _limits(fields: Mapping[str, Any]) -> Limits:
    """Return the recorded limits of a fact; older records have none."""
    kept: dict[str, Any] = {key: value for key, value in fields.items() if key in LIMITS_FIELDS}
    kept |= {key: tuple(value) for key, value in kept.items() if isinstance(value, list)}
    if kept.get("window"):
        kept["window"] = Window(**kept["window"])
    return Limits(**kept)


def scores(facts: Ledger, framework: Framework) -> bytes:
    """Return the scores as CSV: a row for each node, with interval, coverage, contribution and any change."""
    rows = []
    compared = ("previous", "change") if f"change.{framework.index.id}" in facts else ("", "")
    for node in framework.components():
        kind = "branch" if isinstance(node, Branch) else "indicator"
        score = facts.get(score_id(node))
        rest = [facts.get(f"{key}.{node.id}") for key in ("coverage", "contribution", *compared)]
        weight = facts.get(f"effective_weight.{node.id}")
        ends = [_number(score.low), _number(score.high)] if score else ["", ""]
        rows.append([node.id, kind, _value(weight), _value(score), *ends, *(_value(fact) for fact in rest)])
    return as_csv([list(SCORES), *rows])


def _value(fact: Fact | None) -> str:
    return _number(fact.number) if fact else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class TableExtract:
    """A table as known to an edition: its schema, the names of its columns, and its rows as texts.

    Some numbers of the columns that are `signed` have "about", "more than" or "less than" before them: ≈, > or <.
    """

    schema: Schema
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    signed: frozenset[str] = frozenset()


def extracts(known: Tables, day: date) -> tuple[TableExtract, ...]:
    """Return each table without internal columns, and without rows dated or known after the edition's day.

    Its first column has the number of each row in the table of the workspace, by which documents cite it.
    """
    found = []
    for table in tables_on(known, day).values():
        declared = table.schema.columns
        sent = [name for name, column in declared.items() if name in table.frame and not column.internal]
        frame = table.frame[sorted(sent, key=list(table.frame).index)]
        signed = [str(name) for name in frame if f"{name}{SIGN}" in table.frame]
        texts = frame.map(_cell)
        for name in signed:
            texts[name] = table.frame[f"{name}{SIGN}"] + texts[name]
        rows = tuple((str(number), *cells) for number, *cells in texts.itertuples())
        columns = {ROW_NUMBER: Column(name=ROW_NUMBER, type="integer", required=True, unique=True)}
        schema = replace(table.schema, columns={**columns, **table.schema.columns})
        found.append(TableExtract(schema, (ROW_NUMBER, *map(str, frame.columns)), rows, frozenset(signed)))
    return tuple(found)


def tables(known: Tables, day: date) -> Mapping[str, bytes]:
    """Return each table as CSV, without internal columns, and without rows dated or known after the edition's day."""
    return {
        f"{extract.schema.name}.csv": as_csv([list(extract.head), *map(list, extract.rows)])
        for extract in extracts(known, day)
    }


def _cell(cell: object) -> str:
    if isinstance(cell, float):
        return "" if cell != cell else f"{cell:.10f}".rstrip("0").rstrip(".")
    return str(cell)


FURNITURE = "furniture"
ITEM, VALUE = "figure.item", "figure.value"
WORDS = ("figure.data", "figure.csv", ITEM, VALUE)
FIGURE_COLUMNS = ("role", "item", "fact", "value", "of", "low", "high", "unit", "as_of", "confidence", "sources")
Key = tuple[str, ...]


@dataclass(frozen=True)
class FigureRole:
    """A role of a figure: its id of a fact or family, and its facts by the keys that distinguish them."""

    name: str
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
        labelled = self.entry.labels.get(role.name)
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
    home = spec.option("home")
    return [FigureRole(role, spec.facts.get(role, ""), _by_key(own, home)) for role, own in found.items() if own]


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


def _csv(roles: Iterable[FigureRole], words: FigureWords) -> bytes:
    """Return CSV with one row for each fact and unrounded numbers, independent of language."""
    rows = [
        [role.name, " / ".join(fact.about), fact.id, *_numbers(fact), fact.unit, fact.as_of, fact.confidence, sources]
        for role in roles
        for fact in role.facts.values()
        for sources in ("; ".join(words.renderer.ledger.sources_of(fact.id)),)
    ]
    return as_csv([list(FIGURE_COLUMNS), *rows])


def _numbers(fact: Fact) -> list[str]:
    """Return value, denominator and ends of the interval, unrounded, as cells of a CSV."""
    value = "; ".join(fact.value) if isinstance(fact.value, tuple) else fact.value
    return [_plain(each) for each in (value, fact.of, fact.low, fact.high)]


def _plain(value: float | str | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:.10g}"
