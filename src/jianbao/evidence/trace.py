"""The way back from a fact to the cells and sources that it comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jianbao.evidence.columns import split
from jianbao.evidence.facts import Cells, Fact, Ledger
from jianbao.evidence.records import key_of
from jianbao.evidence.tables import Tables

SHOWN = 6


@dataclass(frozen=True)
class Origin:
    """A row that a fact rests on: its place ("data/x.csv:12"), the cell's column and text, and its sources."""

    place: str
    column: str
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Trace:
    """A fact, the rows under it (the first SHOWN of `rows`) and the facts that it was made from."""

    fact: Fact
    origins: tuple[Origin, ...]
    rows: int
    parents: tuple["Trace", ...]

    def lines(self, depth: int = 0) -> "Iterator[tuple[int, Trace]]":
        """Yield this trace and those under it with their depth, in reading order."""
        yield depth, self
        for parent in self.parents:
            yield from parent.lines(depth + 1)


def trace(ledger: Ledger, fact_id: str, tables: Tables) -> Trace:
    """Follow a fact down to its cells; a fact met before is named again but not followed again."""
    return _trace(ledger, fact_id, tables, set())


def _trace(ledger: Ledger, fact_id: str, tables: Tables, seen: set[str]) -> Trace:
    fact = ledger[fact_id]
    first = fact_id not in seen
    seen.add(fact_id)
    parents = [parent for parent in fact.parents if parent in ledger] if first else []
    origins = tuple(origin for cells in fact.cells for origin in _origins(cells, tables))
    rows = sum(len(cells.rows) for cells in fact.cells)
    return Trace(fact, origins, rows, tuple(_trace(ledger, parent, tables, seen) for parent in parents))


def _origins(cells: Cells, tables: Tables) -> list[Origin]:
    if cells.table not in tables:  # what a source claims is written in a document, not in a table
        return [Origin(f"data/{cells.table}.yml:{row}", cells.column, "", cells.sources) for row in cells.rows]
    table = tables[cells.table]
    found = []
    for row in cells.rows[:SHOWN]:
        text = key_of(table.frame.at[row, cells.column]) if cells.column in table.frame else ""
        sources = str(table.frame.at[row, table.schema.source_column]) if table.schema.source_column else ""
        found.append(Origin(f"{table.file}:{row}", cells.column, text, split(sources)))
    return found


def as_json(found: Trace) -> Mapping[str, object]:
    """Return a trace as plain values, for a program that reads it."""
    fact = found.fact
    return {
        "id": fact.id,
        "value": list(fact.value) if isinstance(fact.value, tuple) else fact.value,
        "unit": fact.unit,
        "of": fact.of,
        "low": fact.low,
        "high": fact.high,
        "as_of": fact.as_of,
        "comparator": fact.comparator,
        "confidence": fact.confidence,
        "how": fact.how,
        "rows": found.rows,
        "cells": [
            {"place": origin.place, "column": origin.column, "text": origin.text, "sources": list(origin.sources)}
            for origin in found.origins
        ],
        "parents": [as_json(parent) for parent in found.parents],
    }
