"""Make the evidence table: every fact that the brief used, with its name, value and origin."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from jianbao.brief.measures import ArgumentBlocks
from jianbao.brief.model import Grid, GridColumn
from jianbao.brief.phrases import Names, PhraseRenderer, fact_name, other_names, printed_name
from jianbao.core.messages import Translatable, tr, tr_worded
from jianbao.data.discrepancies import DiscrepancyRegister
from jianbao.data.facts import Cells, Fact
from jianbao.data.provenance import weakest
from jianbao.data.records import FollowUp
from jianbao.scoring.framework import Framework
from jianbao.scoring.score_facts import merged_cells
from jianbao.text.argument.edition import EditionArgument
from jianbao.text.argument.fields import DOCUMENT
from jianbao.text.citations import FAMILY, ReferenceNumbers, numbered_references
from jianbao.text.render import Statement
from jianbao.text.rules import Advice

MARGIN = "margin."
Row = tuple[Statement, ...]


@dataclass(frozen=True, kw_only=True)
class TableContext:
    """Everything from which the tables of a brief are made."""

    renderer: PhraseRenderer
    framework: Framework
    advice: Advice
    argument: ArgumentBlocks
    follow_up: tuple[FollowUp, ...]
    register: DiscrepancyRegister
    reference_numbers: ReferenceNumbers
    identifiers: bool = True  # whether facts and tables are named by their ids

    @property
    def others(self) -> Names:
        """Return the names of nodes of the framework, of rules and of values of measures, by id."""
        return {**other_names(self.framework, self.advice.rules), **self.argument.names()}

    def say(self, key: str, **given: object) -> Statement:
        """Return a phrase of the section "furniture"."""
        return self.renderer.phrase("furniture", key, **given)  # type: ignore[arg-type]

    def sheet(self, table: str) -> str | Mapping[str, str]:
        """Return the name of a table: its id, or its name in each language if it has one and ids are left out."""
        section = self.renderer.sections.get("intake")
        named = section is not None and f"table.{table}" in section.phrases and not self.identifiers
        return self.renderer.texts(self.renderer.phrase("intake", f"table.{table}")) if named else table

    def value(self, fact_id: str) -> Statement:
        """Return a fact's value, or the mark for a missing one; the margin of a share is in percentage points."""
        fact = self.renderer.ledger.get(fact_id)
        if fact and fact_id.startswith(MARGIN) and self.renderer.way(fact) == "share":
            return self.say("value.points", it=fact)
        return self._choice(fact) or self.renderer.value(fact) if fact else self.say("missing")

    def _choice(self, fact: Fact) -> Statement | None:
        """Return the name of a choice of a column if ids are left out; None for any other value."""
        section = self.renderer.sections.get("intake")
        if self.identifiers or section is None or fact.kind != "text" or not fact.cells:
            return None
        table, column = fact.cells[0].table, fact.cells[0].column
        keys = (f"choice.{table}.{column}.{fact.value}", f"choice.{column}.{fact.value}", f"choice.{fact.value}")
        key = next((key for key in keys if key in section.phrases), "")
        texts = self.renderer.texts(self.renderer.phrase("intake", key)) if key else {}
        return self.renderer.plain({language: text.split("、")[0] for language, text in texts.items()}) if key else None


def grid(
    material: TableContext, table_id: str, columns: Sequence[tuple[str, bool, str]], rows: Iterable[Row], note: str = ""
) -> Grid:
    """Return a table with title, headings and rows.

    `columns` has for each column its key, whether its cells are numbers, and its width; `note` is the key of a phrase.
    """
    heads = tuple(GridColumn(material.say(f"column.{key}"), figures, width) for key, figures, width in columns)
    footnote = material.say(note) if note else None
    return Grid(
        id=table_id, number=0, title=material.say(f"table.{table_id}"), columns=heads, rows=tuple(rows), note=footnote
    )


ID = 3  # the place of the column of ids
WIDER = {"fact": "30%", "value": "18%", "how": "25%"}  # columns where there are no ids
ROWS_SHOWN = 3
PARENTS_SHOWN = 3


def evidence_grid(material: TableContext) -> Grid:
    """Return the table of every fact that the brief used, in the order of first mention, with its rows and sources.

    A fact has its name in the workspace, and the id that the ledger and the command line use, unless the outline leaves
    ids out.
    """
    columns = [
        ("number", False, "5%"),
        ("fact", False, "23%"),
        ("value", False, "14%"),
        ("id", False, "19%"),
        ("how", False, "17%"),
        ("confidence", False, "10%"),
        ("refs", False, "12%"),
    ]
    others = material.others
    rows = []
    done: dict[str, None] = {}
    while waiting := [fact_id for fact_id in material.reference_numbers.evidence if fact_id not in done]:
        for fact_id in waiting:
            done[fact_id] = None
            rows.append(_evidence_row(material, fact_id, others))
    if not material.identifiers:
        columns = [(key, figures, WIDER.get(key, width)) for key, figures, width in columns]
        columns, rows = [*columns[:ID], *columns[ID + 1 :]], [(*row[:ID], *row[ID + 1 :]) for row in rows]
    return replace(grid(material, "evidence", columns, rows, "carried"), anchors=tuple(done))


def _evidence_row(material: TableContext, key: str, others: Names) -> Row:
    reference_numbers, plain = material.reference_numbers, material.renderer.plain
    members = reference_numbers.members(key)
    return (
        plain(f"E{reference_numbers.evidence[key]}"),
        printed_name(material.renderer, key, others),
        material.value(members[0].id) if len(members) == 1 else material.say("values", count=str(len(members))),
        plain(key),
        _origin(material, key, members, others),
        material.say(f"confidence.{weakest(fact.confidence for fact in members)}"),
        plain(numbered_references(map(reference_numbers.reference, reference_numbers.direct(key)))),
    )


def _origin(material: TableContext, key: str, members: Sequence[Fact], others: Names) -> Statement:
    """Return the origin of a fact: rows of one or several tables, or the facts from which it was computed."""
    cells = merged_cells(each for fact in members for each in fact.cells)
    tables = tuple(dict.fromkeys(each.table for each in cells))
    if tables:
        apart = ([each for each in cells if each.table == name] for name in tables)
        named: list[Mapping[str, str]] = [material.renderer.texts(_rows(material, each)) for each in apart]
        # A change comes from the rows of the earlier value and from the fact of the later one.
        later = dict.fromkeys(parent for fact in members if fact.limits.base for parent in fact.parents)
        named += [_parent(material, parent, others) for parent in later]
        return _rows(material, cells) if len(named) == 1 else _computed(material, named)
    known = (parent for fact in members for parent in fact.parents if parent in material.renderer.ledger)
    parents = _with_families(material, tuple(dict.fromkeys(known)), others)
    own, rows = {key, *(fact.id for fact in members)}, material.reference_numbers.evidence
    parents = tuple(each for each in parents if each not in own and (each not in rows or rows[each] != rows[key]))
    if not parents:
        return material.say("declared")
    return _computed(material, [_parent(material, parent, others) for parent in parents])


def _computed(material: TableContext, named: Sequence[Mapping[str, str]]) -> Statement:
    """Return the text that names the first of the facts, or rows, from which a fact was computed."""
    more = " …" if len(named) > PARENTS_SHOWN else ""
    marks = {
        language: "；" if language.startswith("zh") and not material.identifiers else "; " for language in named[0]
    }
    texts = {
        language: marks[language].join(each[language] for each in named[:PARENTS_SHOWN]) + more
        for language in material.renderer.writers
    }
    return material.say("computed", parents=texts)


def _with_families(material: TableContext, parents: Sequence[str], others: Names) -> tuple[str, ...]:
    """Return parents; those without a row in the table are replaced by their family if it has a name."""
    rows = material.reference_numbers.evidence
    families = {parent: _family(parent) for parent in parents if parent not in rows}
    named = {each for each in families.values() if fact_name(material.renderer, each, others)}
    return tuple(dict.fromkeys(families[each] if families.get(each) in named else each for each in parents))


def _family(fact_id: str) -> str:
    return f"{fact_id.rpartition('.')[0]}{FAMILY}"


def _parent(material: TableContext, key: str, others: Names) -> Mapping[str, str]:
    """Return the row of a parent in the table ("E3"), or its name if it has none."""
    renderer, row = material.renderer, material.reference_numbers.evidence.get(key)
    return renderer.texts(renderer.plain(f"E{row}") if row else printed_name(renderer, key, others))


def _rows(material: TableContext, cells: Sequence[Cells]) -> Statement:
    """Return the rows of a table, each once even if several of its cells count, or the line of a measure."""
    rows = sorted({row for each in cells for row in each.rows})
    table, shown = material.sheet(cells[0].table), ", ".join(map(str, rows[:ROWS_SHOWN]))
    if table == DOCUMENT:
        return material.say("file_row", file=f"{table}.yml", rows=shown)
    if len(rows) <= ROWS_SHOWN:
        return material.say("row" if len(rows) == 1 else "rows", table=table, rows=shown)
    return material.say("rows_more", table=table, rows=shown, count=str(len(rows)))


@dataclass(frozen=True, kw_only=True)
class FactNames:
    """The names of the facts of an edition; each name is made when first requested.

    `named` are the names of other things that the name of a fact may contain: parts of the framework and rules.
    """

    renderer: PhraseRenderer
    argument: EditionArgument
    named: Names
    _found: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, fact_id: str) -> Mapping[str, str]:
        """Return the name of a fact in each language; empty if the workspace has none."""
        if fact_id not in self._found:
            name = fact_name(self.renderer, fact_id, self._all)
            self._found[fact_id] = self.renderer.texts(name) if name else {}
        return self._found[fact_id]

    def called(self, fact_id: str) -> Translatable:
        """Return the name of a fact in messages: its name with its id, or only the id."""
        name = self.of(fact_id)
        return tr("'{name}' ({id})", name=tr_worded(name), id=fact_id) if name else tr("'{value}'", value=fact_id)

    @cached_property
    def _all(self) -> Names:
        numbers = ReferenceNumbers(ledger=self.renderer.ledger)
        return {**self.named, **ArgumentBlocks(self.renderer, self.argument, numbers).names()}
