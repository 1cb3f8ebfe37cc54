"""Provenance: down to which rows and sources a fact can be ground, and how far it can be trusted."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from jianbao.evidence.declarations import Measure
from jianbao.evidence.facts import Cells, Fact
from jianbao.evidence.records import Records

LEVELS = ("corroborated", "stated", "derived")
_UP, _DOWN = (">", ">="), ("<", "<=")


@lru_cache(maxsize=65536)
def slug(key: str) -> str:
    """Return a key as a word of a fact's id: "Évora" is evora, "2018" is n2018.

    Letters that have no ASCII form are spelt by their code points, so that every key has a word of its own.
    """
    plain = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode().lower()
    word = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if not word:
        word = "_".join(f"u{ord(character):x}" for character in key)
    return f"n{word}" if word[0].isdigit() else word


def member_id(measure: Measure, keys: Iterable[str]) -> str:
    """Return the id of a member of a measure's family."""
    return ".".join((measure.id, *map(slug, keys)))


def weakest(levels: Iterable[str]) -> str:
    """Return the weakest of several levels of confidence; "stated" if there is none."""
    found = [LEVELS.index(level) for level in levels if level in LEVELS]
    return LEVELS[max(found)] if found else "stated"


@dataclass(frozen=True)
class Basis:
    """Where a fact of rows comes from."""

    cells: tuple[Cells, ...]
    confidence: str


def basis(records: Records, measure: Measure, positions: Sequence[int], column: str = "") -> Basis:
    """Ground a fact in its rows, and through every reference that the measure follows to the rows of other tables.

    A fact that no row supports, such as a zero, rests on all rows of the table: they had to be read to know it.
    """
    table = measure.table
    used = positions if len(positions) else range(records.count(table))
    columns = tuple(filter(None, (measure.lat, measure.lon))) and _source_columns(records, table)
    rows = records.rows(table, used)
    found = [Cells(table, rows, column or _column(measure), records.sources(table, used, columns))]
    levels = _levels(records, table, used)
    for path in dict.fromkeys(path for path in _paths(measure) if "." in path):
        first, _, rest = path.partition(".")
        target = records.table(table).schema.columns[first].to[0]
        reached = sorted({int(place) for place in records.positions(table, first)[list(used)] if place >= 0})
        sources = records.sources(target, reached)
        found.append(Cells(target, records.rows(target, reached), rest, sources))
        levels |= _levels(records, target, reached)
    return Basis(tuple(found), weakest(levels))


def _column(measure: Measure) -> str:
    return measure.take or measure.distinct or next(iter(measure.keys), "") or measure.dated


def _source_columns(records: Records, table: str) -> tuple[str, ...]:
    columns = records.table(table).schema.columns.values()
    return tuple(column.name for column in columns if column.type == "sources")


def _paths(measure: Measure) -> tuple[str, ...]:
    tests = [test.values if test.test == "in_force" else (test.path,) for test in measure.where]
    return (measure.take, measure.distinct, measure.order, *measure.keys, *(path for paths in tests for path in paths))


def _levels(records: Records, table: str, positions: Sequence[int]) -> set[str]:
    if "confidence" not in records.table(table).schema.columns:
        return set()
    levels = records.values(table, "confidence")
    return {str(levels[position]) for position in positions}


def exactness(above: Iterable[Fact], below: Iterable[Fact] = ()) -> str:
    """Return how exact a result is that grows with some facts and falls with others: ≈ where they pull apart."""
    signs = {fact.comparator for fact in above} | {_turned(fact.comparator) for fact in below}
    signs -= {"="}
    if not signs:
        return "="
    if len(signs) == 1:
        return signs.pop()
    return ">" if signs <= set(_UP) else "<" if signs <= set(_DOWN) else "≈"


def _turned(sign: str) -> str:
    pairs: Mapping[str, str] = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
    return pairs.get(sign, sign)
