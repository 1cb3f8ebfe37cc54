"""Compare a published edition with what is made of it today, byte for byte or fact by fact."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isclose
from typing import Any, Literal

Difference = Literal["added", "removed", "changed"]
Hashes = Mapping[str, str]
CONDITIONS = ("inputs", "fonts", "versions")
SAME = 1e-6
DERIVED = ("cells", "parents", "how")  # where a fact comes from: told apart from what it says


@dataclass(frozen=True)
class LedgerChange:
    """Something that the archive and today do not have alike; `before` and `after` are None where it is missing."""

    kind: Difference
    name: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, kw_only=True)
class Rebuild:
    """What became of a published edition, whose records were found in `folder`.

    `equal` and `unequal` are its files that are made byte for byte and otherwise, `missing` those that are not made
    today, `unset` those that were not made because they hold facts that differ. `facts` differ in what they say,
    `origins` only in where they come from. `causes` are the inputs, fonts and versions that are not what they were.
    """

    edition: str
    folder: str
    equal: tuple[str, ...]
    unequal: tuple[str, ...]
    missing: tuple[str, ...]
    unset: tuple[str, ...]
    facts: tuple[LedgerChange, ...]
    origins: tuple[LedgerChange, ...]
    known: int
    causes: Mapping[str, tuple[LedgerChange, ...]]

    @property
    def same(self) -> bool:
        """Return whether every file is made byte for byte."""
        return not (self.unequal or self.missing or self.unset)


def same_record(before: Any, after: Any) -> bool:
    """Say whether two records say the same; the last digits of a number are those of the machine that computed it."""
    if isinstance(before, float) and isinstance(after, float):
        return isclose(before, after, rel_tol=SAME, abs_tol=SAME)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return before.keys() == after.keys() and all(same_record(before[key], after[key]) for key in before)
    return bool(before == after)


def ledger_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[LedgerChange, ...]:
    """Return what two mappings do not have alike, in the order of the later one, what is gone last."""
    found = []
    for name in dict.fromkeys((*after, *before)):
        kind: Difference = "added" if name not in before else "removed" if name not in after else "changed"
        if kind != "changed" or not same_record(before[name], after[name]):
            found.append(LedgerChange(kind, name, before.get(name), after.get(name)))
    return tuple(found)


def ledger_records(ledger: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return, from a ledger.json, what each fact says and where it comes from; ValueError or KeyError if it is none."""
    facts = json.loads(ledger)["facts"]
    said = {key: {name: each for name, each in fact.items() if name not in DERIVED} for key, fact in facts.items()}
    whence = {key: {name: each for name, each in fact.items() if name in DERIVED} for key, fact in facts.items()}
    return said, whence


def compare_ledgers(before: bytes, after: bytes) -> tuple[tuple[LedgerChange, ...], tuple[LedgerChange, ...]]:
    """Return the facts that say something else, and those that only come from somewhere else."""
    (old, old_whence), (new, new_whence) = ledger_records(before), ledger_records(after)
    facts = ledger_changes(old, new)
    told = {each.name for each in facts}
    origins = tuple(each for each in ledger_changes(old_whence, new_whence) if each.name not in told)
    return facts, origins


def causes(before: Mapping[str, Hashes], after: Mapping[str, Hashes]) -> dict[str, tuple[LedgerChange, ...]]:
    """Return what of the inputs, fonts and versions is not what it was."""
    return {kind: ledger_changes(before.get(kind, {}), after.get(kind, {})) for kind in CONDITIONS}


STATES = ("equal", "unequal", "missing", "unset")


def sorted_files(before: Hashes, after: Hashes, unset: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the files of an edition by what became of them: equal, unequal, missing, unset."""
    skipped = set(unset)

    def state(name: str) -> str:
        if name in skipped:
            return "unset"
        if name not in after:
            return "missing"
        return "equal" if after[name] == before[name] else "unequal"

    return {each: tuple(name for name in before if state(name) == each) for each in STATES}
