"""The extract from the ledger: every fact that the brief used, with its name, its value, and what it was made from."""

from collections.abc import Mapping, Sequence

from jianbao.argument.statements import Statement
from jianbao.evaluation.scorecard import merged
from jianbao.evidence.facts import Cells, Fact
from jianbao.evidence.provenance import weakest
from jianbao.publication.apparatus import FAMILY, listed
from jianbao.publication.brief import Grid
from jianbao.publication.designation import Names, designate, other_names
from jianbao.publication.material import Material, Row, grid

ROWS_SHOWN = 3
PARENTS_SHOWN = 3


def evidence(material: Material) -> Grid:
    """Return every fact that the brief used, in the order of its mention, down to rows and sources.

    A fact has the name that the workspace gives to it, and the id by which ledger and command line know it.
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
    others = other_names(material.speaker, material.framework, material.titles)
    rows = []
    done: set[str] = set()
    while waiting := [fact_id for fact_id in material.apparatus.evidence if fact_id not in done]:
        for fact_id in waiting:
            done.add(fact_id)
            rows.append(_evidence_row(material, fact_id, others))
    return grid(material, "evidence", columns, rows, "carried")


def _evidence_row(material: Material, key: str, others: Names) -> Row:
    apparatus, plain = material.apparatus, material.speaker.plain
    members = apparatus.members(key)
    return (
        plain(f"E{apparatus.evidence[key]}"),
        designate(material.speaker, key, others) or plain(key),
        material.value(members[0].id) if len(members) == 1 else material.say("values", count=str(len(members))),
        plain(key),
        _origin(material, members, others),
        material.say(f"confidence.{weakest(fact.confidence for fact in members)}"),
        plain(listed(map(apparatus.reference, apparatus.direct(key)))),
    )


def _origin(material: Material, members: Sequence[Fact], others: Names) -> Statement:
    cells = merged(each for fact in members for each in fact.cells)
    if cells:
        return _rows(material, cells)
    known = (parent for fact in members for parent in fact.parents if parent in material.speaker.ledger)
    parents = _gathered(material, tuple(dict.fromkeys(known)), others)
    if not parents:
        return material.say("declared")
    named = [_parent(material, parent, others) for parent in parents[:PARENTS_SHOWN]]
    more = " …" if len(parents) > PARENTS_SHOWN else ""
    texts = {language: "; ".join(each[language] for each in named) + more for language in material.speaker.writers}
    return material.say("computed", parents=texts)


def _gathered(material: Material, parents: Sequence[str], others: Names) -> tuple[str, ...]:
    """Return parents with those of one family that have no rows of their own, if it has a name, as that family."""
    rows = material.apparatus.evidence
    families = {parent: _family(parent) for parent in parents if parent not in rows}
    named = {each for each in families.values() if designate(material.speaker, each, others)}
    return tuple(dict.fromkeys(families[each] if families.get(each) in named else each for each in parents))


def _family(fact_id: str) -> str:
    return f"{fact_id.rpartition('.')[0]}{FAMILY}"


def _parent(material: Material, key: str, others: Names) -> Mapping[str, str]:
    """Return how the table calls what a fact was made from: by its row if it has one, else by its name."""
    speaker, row = material.speaker, material.apparatus.evidence.get(key)
    said = None if row else designate(speaker, key, others)
    return speaker.texts(said or speaker.plain(f"E{row}" if row else key))


def _rows(material: Material, cells: Sequence[Cells]) -> Statement:
    first = cells[0]
    shown = ", ".join(str(row) for row in first.rows[:ROWS_SHOWN])
    count = sum(len(each.rows) for each in cells)
    if count <= ROWS_SHOWN:
        return material.say("row" if count == 1 else "rows", table=first.table, rows=shown)
    return material.say("rows_more", table=first.table, rows=shown, count=str(count))
