"""The data files of an edition: the ledger, the scores, and the tables as known on its day."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from dataclasses import fields as dataclass_fields
from datetime import date
from typing import Any

from jianbao.core.errors import ContentError, Place, Problem
from jianbao.core.exports import as_csv
from jianbao.core.messages import tr, tr_error
from jianbao.data.facts import Cells, Fact, Ledger
from jianbao.data.limits import Limits, Window
from jianbao.data.schemas import Column, Schema
from jianbao.data.tables import Tables, tables_on
from jianbao.scoring.framework import Branch, Framework
from jianbao.scoring.score_facts import score_id

ROW_NUMBER = "row_number"  # by which a document cites a row: an edition does not know all rows of the file
SCORES = ("node", "kind", "weight", "score", "low", "high", "coverage", "contribution", "previous", "change")


def ledger(facts: Ledger) -> bytes:
    """Return the ledger as JSON without empty fields, a line for each fact so that two can be compared by line."""
    lines = ",\n".join(f'  "{fact_id}": {_compact(_record(fact))}' for fact_id, fact in facts.items())
    return f'{{\n "as_of": "{facts.as_of.isoformat()}",\n "facts": {{\n{lines}\n }}\n}}\n'.encode()


def _compact(record: Mapping[str, object]) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"))


def _record(fact: Fact) -> dict[str, object]:
    """Return the value of a fact, and its fields that differ from their defaults."""
    whole = asdict(fact)
    empty = asdict(Fact(id="", value=""))
    return {key: value for key, value in whole.items() if key == "value" or (key != "id" and value != empty[key])}


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
    known = {field.name for field in dataclass_fields(Fact)}
    kept: dict[str, Any] = {key: value for key, value in fields.items() if key in known}
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
    known = {field.name for field in dataclass_fields(Limits)}
    kept: dict[str, Any] = {key: value for key, value in fields.items() if key in known}
    kept |= {key: tuple(value) for key, value in kept.items() if isinstance(value, list)}
    if kept.get("window"):
        kept["window"] = Window(**kept["window"])
    return Limits(**kept)


def scores(facts: Ledger, framework: Framework) -> bytes:
    """Return the scores as CSV: a row for each node, with interval, coverage, contribution and change."""
    rows = []
    for node in framework.components():
        kind = "branch" if isinstance(node, Branch) else "indicator"
        score = facts.get(score_id(node))
        rest = [facts.get(f"{key}.{node.id}") for key in ("coverage", "contribution", "previous", "change")]
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
    """A table as known to an edition: its schema, the names of its columns, and its rows as texts."""

    schema: Schema
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def extracts(known: Tables, day: date) -> tuple[TableExtract, ...]:
    """Return each table without rows that are dated or became known after the edition's day.

    Its first column has the number of each row in the table of the workspace, by which documents cite it.
    """
    found = []
    for table in tables_on(known, day).values():
        frame = table.frame[[column for column in table.frame.columns if column in table.schema.columns]]
        rows = tuple((str(number), *map(_cell, cells)) for number, *cells in frame.itertuples())
        columns = {ROW_NUMBER: Column(name=ROW_NUMBER, type="integer", required=True, unique=True)}
        schema = replace(table.schema, columns={**columns, **table.schema.columns})
        found.append(TableExtract(schema, (ROW_NUMBER, *map(str, frame.columns)), rows))
    return tuple(found)


def tables(known: Tables, day: date) -> Mapping[str, bytes]:
    """Return each table as CSV, without rows that are dated or became known after the edition's day."""
    return {
        f"{extract.schema.name}.csv": as_csv([list(extract.head), *map(list, extract.rows)])
        for extract in extracts(known, day)
    }


def _cell(cell: object) -> str:
    if isinstance(cell, float):
        return "" if cell != cell else f"{cell:.10f}".rstrip("0").rstrip(".")
    return str(cell)
