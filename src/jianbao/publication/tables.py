"""The tables of the brief: scores against the year before, discrepancies, framework, quiet rules, evidence."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from jianbao.argument.recommendations import Recommendation
from jianbao.argument.rules import Rule
from jianbao.argument.statements import Statement
from jianbao.documents import Node
from jianbao.evaluation.framework import Branch, Component, Indicator, goalposts_of
from jianbao.evidence.facts import Fact
from jianbao.evidence.register import Discrepancy
from jianbao.publication.apparatus import listed
from jianbao.publication.brief import Column, Grid
from jianbao.publication.extract import evidence
from jianbao.publication.material import Material, Row, grid


def changes(material: Material) -> Grid:
    """Return the scores of index, levels and dimensions beside those of the year before; no column stays empty."""
    columns = [
        ("level", False, "20%"),
        ("score", True, "20%"),
        ("contribution", True, "11%"),
        ("coverage", True, "11%"),
        ("previous", True, "19%"),
        ("change", True, "19%"),
    ]
    nodes = [material.framework.index, *material.framework.index.children]
    rows = [_score_row(material, node) for node in nodes if isinstance(node, Branch)]
    known = [_known(material, key, nodes) for key, _, _ in columns]
    filled = [tuple(cell for cell, there in zip(row, known, strict=True) if there) for row in rows]
    if not all(known):
        columns = [(key, figures, "") for (key, figures, _), there in zip(columns, known, strict=True) if there]
    brings = any(key == "contribution" for key, _, _ in columns)
    return grid(material, "changes", columns, filled, "note.scores" if brings else "note.missing")


def _known(material: Material, column: str, nodes: Iterable[Component]) -> bool:
    """Say whether a column of scores has a value for any node; the names are always there."""
    kind = "contribution_overall" if column == "contribution" else column
    return column == "level" or any(f"{kind}.{node.id}" in material.speaker.ledger for node in nodes)


def _score_row(material: Material, node: Branch) -> Row:
    change = material.speaker.ledger.get(f"change.{node.id}")
    return (
        material.speaker.plain(node.name),
        _scored(material, f"score.{node.id}"),
        _brings(material, node),
        material.value(f"coverage.{node.id}"),
        _scored(material, f"previous.{node.id}"),
        material.say("changed", it=change) if change else material.say("missing"),
    )


def levels(material: Material) -> Grid:
    """Return the scores of index and levels with each number in a cell of its own, for a page that sets them large."""
    columns = [(key, key != "level", "") for key in ("level", "score", "range", "change", "contribution", "coverage")]
    nodes = [material.framework.index, *material.framework.index.children]
    rows = [_level_row(material, node) for node in nodes if isinstance(node, Branch)]
    return grid(material, "levels", columns, rows, "note.scores")


def _level_row(material: Material, node: Branch) -> Row:
    score, change = (material.speaker.ledger.get(f"{kind}.{node.id}") for kind in ("score", "change"))
    return (
        material.speaker.plain(node.name),
        material.value(f"score.{node.id}"),
        material.say("ranged", it=score) if score else material.say("missing"),
        material.say("changed", it=change) if change else material.say("missing"),
        _brings(material, node),
        material.value(f"coverage.{node.id}"),
    )


def _brings(material: Material, node: Component) -> Statement:
    """Return the points that a node brings to the index, the index all of its own."""
    whole = node is material.framework.index
    return material.value(f"score.{node.id}" if whole else f"contribution_overall.{node.id}")


def years(material: Material) -> Grid:
    """Return the scores of index and levels for every year with their intervals, coverage and carried values."""
    index = material.framework.index
    levels = [node for node in index.children if isinstance(node, Branch)]
    heads = [Column(material.say("column.year"), width="9%")]
    heads += [Column(material.speaker.plain(node.name), figures=True) for node in (index, *levels)]
    heads += [Column(material.say(f"column.{key}"), True, "10%") for key in ("coverage", "carried")]
    family = material.speaker.ledger.family(f"coverage_by_year.{index.id}")
    rows = [_year_row(material, key, [index.id, *(node.id for node in levels)]) for key in family]
    return Grid("years", 0, material.say("table.years"), tuple(heads), tuple(rows), material.say("note.missing"))


def _year_row(material: Material, year: str, nodes: Sequence[str]) -> Row:
    ledger, index = material.speaker.ledger, nodes[0]
    return (
        material.speaker.plain(ledger[f"coverage_by_year.{index}.{year}"].about[0]),
        *(_scored(material, f"score_by_year.{node}.{year}") for node in nodes),
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

    A level or dimension has its coverage in place of a value. A reason is followed by the numbers of its sources.
    """
    columns = [
        ("indicator", False, "17%"),
        ("weight", True, "7%"),
        ("goalposts", True, "13%"),
        ("value", True, "12%"),
        ("normal", True, "17%"),
        ("contribution", True, "7%"),
        ("because", False, "27%"),
    ]
    return grid(material, "framework", columns, _framework_rows(material), "note.framework")


def _framework_rows(material: Material) -> Iterator[Row]:
    plain = material.speaker.plain
    for node in material.framework.components():
        whole = node is material.framework.index
        weight = plain("") if whole else material.value(f"effective_weight.{node.id}")
        brings = _brings(material, node)
        if isinstance(node, Branch):
            score, because = (
                _scored(material, f"score.{node.id}"),
                _reason(material, node.because, node.id, node.source),
            )
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
        ends.append(material.speaker.texts(said))
    return material.say("between", low=ends[0], high=ends[1]) if len(ends) == 2 else material.say("missing")


def _reasons(material: Material, node: Indicator) -> Statement:
    """Return the reason for the indicator and the one for its goalposts, as one text."""
    own = _reason(material, node.because, node.id, node.source)
    goalposts = _reason(material, node.normalise.because, f"{node.id}.goalposts", node.normalise.source)
    return material.say("reasons", first=material.speaker.texts(own), second=material.speaker.texts(goalposts))


def _reason(material: Material, because: Node | None, statement_id: str, sources: Sequence[str]) -> Statement:
    """Return a reason, with the numbers of its sources in the list of references."""
    said = material.speaker.node(because, statement_id)
    numbers = listed(map(material.apparatus.reference, sources))
    return material.say("sourced", reason=material.speaker.texts(said), numbers=numbers) if numbers else said


def rules(material: Material) -> Grid:
    """Return the rules that are not put forward: what each tests, how far that is from its threshold, and why."""
    columns = [
        ("rule", False, "26%"),
        ("tested", False, "22%"),
        ("threshold", True, "12%"),
        ("margin", True, "12%"),
        ("effect", True, "9%"),
        ("outcome", False, "19%"),
    ]
    rows = [_weaker_row(material, each) for each in material.advice.weaker]
    rows += [_quiet_row(material, rule) for rule, _ in material.advice.quiet]
    return grid(material, "rules", columns, rows)


def _asked(material: Material, rule: Rule) -> Row:
    """Return what a rule recommends, and what it tests."""
    said = (material.speaker.say(material.advice_words[rule.id].parts[part]) for part in ("title", "tested"))
    return tuple(each or material.speaker.plain("") for each in said)


def _weaker_row(material: Material, each: Recommendation) -> Row:
    rule = each.rule.id
    effect = material.value(f"effect.{rule}")
    return *_asked(material, each.rule), *_distance(material, rule), effect, material.say("outcome.lower")


def _quiet_row(material: Material, rule: Rule) -> Row:
    missing, outcome = material.say("missing"), material.say("outcome.quiet")
    return *_asked(material, rule), *_distance(material, rule.id), missing, outcome


def _distance(material: Material, rule: str) -> Row:
    return material.value(f"threshold.{rule}"), material.value(f"margin.{rule}")


TABLES: Mapping[str, Callable[[Material], Grid]] = {
    "changes": changes,
    "levels": levels,
    "years": years,
    "discrepancies_found": lambda material: discrepancies(material, "discrepancies_found", material.register.found),
    "discrepancies": lambda material: discrepancies(material, "discrepancies", material.register.stated),
    "framework": framework,
    "rules": rules,
    "evidence": evidence,
}
