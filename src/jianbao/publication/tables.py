"""The tables of the brief: scores against the year before, discrepancies, framework, quiet rules, evidence."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jianbao.argument.recommendations import Advice, Recommendation
from jianbao.argument.rules import Rule
from jianbao.argument.statements import Statement
from jianbao.argument.wording import Wording
from jianbao.evaluation.framework import Branch, Framework, Indicator, goalposts_of
from jianbao.evaluation.scorecard import merged
from jianbao.evidence.facts import Cells, Fact
from jianbao.evidence.register import Discrepancy, Register
from jianbao.publication.apparatus import Apparatus
from jianbao.publication.brief import Column, Grid
from jianbao.publication.speaker import Speaker

ROWS_SHOWN = 3
PARENTS_SHOWN = 4
CONFIDENCE = ("corroborated", "stated", "derived")
Row = tuple[Statement, ...]


@dataclass(frozen=True)
class Material:
    """What the tables are made from."""

    speaker: Speaker
    framework: Framework
    advice: Advice
    register: Register
    titles: Mapping[str, Wording]
    apparatus: Apparatus

    def say(self, key: str, **lent: object) -> Statement:
        """Say a short text of the page furniture."""
        return self.speaker.phrase("furniture", key, **lent)  # type: ignore[arg-type]

    def value(self, fact_id: str) -> Statement:
        """Say a fact's value, or the mark for what is missing."""
        fact = self.speaker.ledger.get(fact_id)
        return self.speaker.value(fact) if fact else self.say("missing")


def grid(
    material: Material, table_id: str, columns: Sequence[tuple[str, bool, str]], rows: Iterable[Row], note: str = ""
) -> Grid:
    """Return a table with its title, the heads of its columns (key, whether figures, width), and an optional note."""
    heads = tuple(Column(material.say(f"column.{key}"), figures, width) for key, figures, width in columns)
    said = material.say(note) if note else None
    return Grid(table_id, 0, material.say(f"table.{table_id}"), heads, tuple(rows), said)


def changes(material: Material) -> Grid:
    """Return the scores of index, levels and dimensions beside those of the year before."""
    columns = [
        ("level", False, "26%"),
        ("score", True, ""),
        ("range", True, ""),
        ("previous", True, ""),
        ("change", True, ""),
        ("range_change", True, ""),
        ("coverage", True, ""),
    ]
    nodes = [material.framework.index, *material.framework.index.children]
    rows = [_score_row(material, node) for node in nodes if isinstance(node, Branch)]
    return grid(material, "changes", columns, rows, "note.missing")


def _score_row(material: Material, node: Branch) -> Row:
    ledger, name = material.speaker.ledger, material.speaker.plain(node.name)
    score, change = ledger.get(f"score.{node.id}"), ledger.get(f"change.{node.id}")
    missing = material.say("missing")
    return (
        name,
        material.value(f"score.{node.id}"),
        material.say("range_of", it=score) if score else missing,
        material.value(f"previous.{node.id}"),
        material.say("signed", it=change) if change else missing,
        material.say("range_of", it=change) if change else missing,
        material.value(f"coverage.{node.id}"),
    )


def years(material: Material) -> Grid:
    """Return the scores of index and levels for every year, with the coverage and carried values of the index."""
    index = material.framework.index
    levels = [node for node in index.children if isinstance(node, Branch)]
    heads = [Column(material.say("column.year"))]
    heads += [Column(material.speaker.plain(node.name), figures=True) for node in (index, *levels)]
    heads += [Column(material.say(f"column.{key}"), figures=True) for key in ("range", "coverage", "carried")]
    family = material.speaker.ledger.family(f"coverage_by_year.{index.id}")
    rows = [_year_row(material, key, [index.id, *(node.id for node in levels)]) for key in family]
    return Grid("years", 0, material.say("table.years"), tuple(heads), tuple(rows), material.say("note.missing"))


def _year_row(material: Material, year: str, nodes: Sequence[str]) -> Row:
    ledger, index = material.speaker.ledger, nodes[0]
    score = ledger.get(f"score_by_year.{index}.{year}")
    return (
        material.speaker.plain(ledger[f"coverage_by_year.{index}.{year}"].about[0]),
        *(material.value(f"score_by_year.{node}.{year}") for node in nodes),
        material.say("range_of", it=score) if score else material.say("missing"),
        material.value(f"coverage_by_year.{index}.{year}"),
        material.value(f"carried_by_year.{index}.{year}"),
    )


def discrepancies(material: Material, table_id: str, entries: Iterable[Discrepancy]) -> Grid:
    """Return discrepancies as they are registered: where, what is said, what was checked, what is used."""
    columns = [
        ("number", False, "5%"),
        ("place", False, "17%"),
        ("says", False, "24%"),
        ("found", False, ""),
        ("used", False, "18%"),
    ]
    return grid(material, table_id, columns, (_discrepancy_row(material, each) for each in entries))


def _discrepancy_row(material: Material, each: Discrepancy) -> Row:
    parts = ("place", "says", "found", "used")
    texts = (material.speaker.node(each.texts.get(part), f"{each.id}.{part}") for part in parts)
    return (material.speaker.plain(each.number or "–"), *texts)


def framework(material: Material) -> Grid:
    """Return every indicator with its weight in the whole, goalposts, value, score with interval, points and reason.

    A level or dimension has its coverage in place of a value.
    """
    columns = [
        ("indicator", False, "19%"),
        ("weight", True, ""),
        ("goalposts", True, "13%"),
        ("value", True, "11%"),
        ("normal", True, "13%"),
        ("contribution", True, ""),
        ("because", False, "31%"),
    ]
    return grid(material, "framework", columns, _framework_rows(material), "carried")


def _framework_rows(material: Material) -> Iterator[Row]:
    plain = material.speaker.plain
    for node in material.framework.components():
        if node is material.framework.index:
            continue
        weight = material.value(f"effective_weight.{node.id}")
        brings = material.value(f"contribution_overall.{node.id}")
        if isinstance(node, Branch):
            score, because = _scored(material, f"score.{node.id}"), material.speaker.node(node.because, node.id)
            yield plain(node.name), weight, plain(""), _covered(material, node), score, brings, because
        else:
            yield (
                plain(node.name),
                weight,
                _goalposts(material, node),
                material.value(node.column),
                _scored(material, f"normal.{node.id}"),
                brings,
                _reasons(material, node),
            )


def _scored(material: Material, fact_id: str) -> Statement:
    """Return a score with its interval, or the mark for what is missing."""
    fact = material.speaker.ledger.get(fact_id)
    return material.say("scored", it=fact) if fact else material.say("missing")


def _covered(material: Material, node: Branch) -> Statement:
    fact = material.speaker.ledger.get(f"coverage.{node.id}")
    return material.say("covered", it=fact) if fact else material.say("missing")


def _goalposts(material: Material, node: Indicator) -> Statement:
    ledger = material.speaker.ledger
    unit = ledger[node.column].unit if node.column in ledger else ""
    ends = []
    for post in goalposts_of(node):
        fact = ledger.get(post.fact) if post.fact else Fact("", post.value, unit)
        said = material.speaker.value(fact) if fact else material.say("missing")
        ends.append({language: said.text(language) for language in material.speaker.writers})
    return material.say("between", low=ends[0], high=ends[1]) if len(ends) == 2 else material.say("missing")


def _reasons(material: Material, node: Indicator) -> Statement:
    """Return the reason for the indicator and the one for its goalposts, as one text."""
    said = [
        material.speaker.node(node.because, node.id),
        material.speaker.node(node.normalise.because, f"{node.id}.goalposts"),
    ]
    joined = {
        language: ("" if language == "zh" else " ").join(each.text(language) for each in said)
        for language in material.speaker.writers
    }
    return material.speaker.plain(joined, node.id)


def rules(material: Material) -> Grid:
    """Return the rules that are not put forward, with their margin, and why they are not."""
    columns = [("rule", False, "44%"), ("margin", True, ""), ("effect", True, ""), ("outcome", False, "28%")]
    rows = [_weaker_row(material, each) for each in material.advice.weaker]
    rows += [_quiet_row(material, rule) for rule, _ in material.advice.quiet]
    return grid(material, "rules", columns, rows)


def _title(material: Material, rule: Rule) -> Statement:
    return material.speaker.say(material.titles[rule.id]) or material.speaker.plain("")


def _weaker_row(material: Material, each: Recommendation) -> Row:
    rule = each.rule.id
    effect = material.value(f"effect.{rule}")
    return _title(material, each.rule), material.value(f"margin.{rule}"), effect, material.say("outcome.lower")


def _quiet_row(material: Material, rule: Rule) -> Row:
    margin = material.value(f"margin.{rule.id}")
    return _title(material, rule), margin, material.say("missing"), material.say("outcome.quiet")


def evidence(material: Material) -> Grid:
    """Return every fact that the brief used, in the order of its mention, down to rows and sources."""
    columns = [
        ("number", False, "6%"),
        ("fact", False, "25%"),
        ("value", True, "20%"),
        ("how", False, "27%"),
        ("confidence", False, "10%"),
        ("refs", False, "12%"),
    ]
    rows = []
    done: set[str] = set()
    while waiting := [fact_id for fact_id in material.apparatus.evidence if fact_id not in done]:
        for fact_id in waiting:
            done.add(fact_id)
            rows.append(_evidence_row(material, fact_id))
    return grid(material, "evidence", columns, rows, "carried")


def _evidence_row(material: Material, key: str) -> Row:
    apparatus, plain = material.apparatus, material.speaker.plain
    members = apparatus.members(key)
    numbers = sorted(apparatus.reference(source) for source in apparatus.direct(key))
    return (
        plain(f"E{apparatus.evidence[key]}"),
        plain(key),
        material.speaker.value(members[0]) if len(members) == 1 else material.say("values", count=str(len(members))),
        _origin(material, members),
        material.say(f"confidence.{_weakest(members)}"),
        plain(" ".join(f"[{number}]" for number in numbers)),
    )


def _weakest(members: Sequence[Fact]) -> str:
    return max((fact.confidence for fact in members), key=CONFIDENCE.index)


def _origin(material: Material, members: Sequence[Fact]) -> Statement:
    cells = merged(each for fact in members for each in fact.cells)
    if cells:
        return _rows(material, cells)
    known = (parent for fact in members for parent in fact.parents if parent in material.speaker.ledger)
    parents = tuple(dict.fromkeys(known))
    if not parents:
        return material.say("declared")
    named = ", ".join(parents[:PARENTS_SHOWN]) + (" …" if len(parents) > PARENTS_SHOWN else "")
    return material.say("computed", parents=named)


def _rows(material: Material, cells: Sequence[Cells]) -> Statement:
    first = cells[0]
    shown = ", ".join(str(row) for row in first.rows[:ROWS_SHOWN])
    count = sum(len(each.rows) for each in cells)
    if count <= ROWS_SHOWN:
        return material.say("rows", table=first.table, rows=shown)
    return material.say("rows_more", table=first.table, rows=shown, count=str(count))


TABLES: Mapping[str, Callable[[Material], Grid]] = {
    "changes": changes,
    "years": years,
    "discrepancies_found": lambda material: discrepancies(material, "discrepancies_found", material.register.found),
    "discrepancies": lambda material: discrepancies(material, "discrepancies", material.register.stated),
    "framework": framework,
    "rules": rules,
    "evidence": evidence,
}
