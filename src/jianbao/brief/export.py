"""Write the data files of an edition: ledger, scores, and the tables as known on its day."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from dataclasses import fields as dataclass_fields
from datetime import date
from typing import Any

from jianbao.core.errors import ContentError, Place, Problem
from jianbao.core.messages import tr, tr_error
from jianbao.core.zip_csv import as_csv
from jianbao.data.claim_limits import Limits, Window
from jianbao.data.facts import Cells, Fact, Ledger
from jianbao.data.schemas import Column, Schema
from jianbao.data.tables import SIGN, Tables, tables_on
from jianbao.scoring.framework import Branch, Framework
from jianbao.scoring.score_facts import score_id

FACT_FIELDS, LIMITS_FIELDS = (tuple(each.name for each in dataclass_fields(kind)) for kind in (Fact, Limits))
UNSTATED = Fact(id="", value="")
UNWRITTEN = ("id", "series")  # the key of the record, and what only today's tables say
ROW_NUMBER = "row_number"  # the number by which a document cites a row: an edition does not know all rows of the file
SCORES = ("node", "kind", "weight", "score", "low", "high", "coverage", "contribution", "previous", "change")


def ledger(facts: Ledger) -> bytes:
    """Return the ledger as JSON without empty fields, a line for each fact so that two can be compared by line."""
    lines = ",\n".join(f'  "{fact_id}": {_compact(_record(fact))}' for fact_id, fact in facts.items())
    return f'{{\n "as_of": "{facts.as_of.isoformat()}",\n "facts": {{\n{lines}\n }}\n}}\n'.encode()


def _compact(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=_written)


def _written(value: Cells | Limits) -> dict[str, Any]:
    """Return cells or limits as a record; since when a series has no gap is known from today's tables only."""
    record = asdict(value)
    if isinstance(value, Limits) and value.window:
        record["window"].pop("since")
    return record


def _record(fact: Fact) -> dict[str, object]:
    """Return the value of a fact, and its fields that differ from their defaults."""
    found = {key: getattr(fact, key) for key in FACT_FIELDS if key not in UNWRITTEN}
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
