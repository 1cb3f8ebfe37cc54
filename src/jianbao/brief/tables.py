"""Make the tables of the brief: changes, levels, years, discrepancies, framework, rules, tasks, their follow-up."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from jianbao.brief.evidence_table import Row, TableContext, evidence_grid, grid
from jianbao.brief.measures import SECTION
from jianbao.brief.model import Grid, GridColumn
from jianbao.brief.phrases import Names, PhraseRenderer, fact_name, lacking_words
from jianbao.core.documents import Node
from jianbao.data.conditions import decisive
from jianbao.data.discrepancies import Discrepancy
from jianbao.data.facts import Fact
from jianbao.data.records import FollowUp
from jianbao.scoring.framework import Branch, Component, Indicator, Method, goalposts_of
from jianbao.text.citations import numbered_references
from jianbao.text.render import Statement, choose
from jianbao.text.rules import Rule

Column = tuple[str, bool, str]  # its key, whether its cells are numbers, and its width
SEEN = 0.05  # points: smaller values are printed as zero


def changes_table(material: TableContext) -> Grid:
    """Return the scores of index and levels beside those of the year before, without empty columns."""
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
    columns, filled = _without_empty(material, columns, rows)
    contributes = any(key == "contribution" for key, _, _ in columns)
    return grid(material, "changes", columns, filled, "note.scores" if contributes else "note.missing")


def _without_empty(
    material: TableContext, columns: Sequence[Column], rows: Sequence[Row]
) -> tuple[list[Column], list[Row]]:
    """Return columns and rows without the columns that have nothing in any row, and then without widths."""
    absent = {"", *material.renderer.texts(material.say("missing")).values()}
    shown = [
        not rows or any({*material.renderer.texts(row[at]).values()} - absent for row in rows)
        for at in range(len(columns))
    ]
    left = [column for column, seen in zip(columns, shown, strict=True) if seen]
    left = left if all(shown) else [(key, figures, "") for key, figures, _ in left]
    return left, [tuple(cell for cell, seen in zip(row, shown, strict=True) if seen) for row in rows]


def _score_row(material: TableContext, node: Branch) -> Row:
    return (
        material.renderer.plain(node.name),
        _scored(material, f"score.{node.id}"),
        _contribution(material, node),
        material.value(f"coverage.{node.id}"),
        _scored(material, f"previous.{node.id}"),
        _changed(material, node),
    )


def _changed(material: TableContext, node: Branch) -> Statement:
    """Return a like-for-like change and the effect of coverage on it, without a sign if the draws disagree on it."""
    change, rose, coverage = (
        material.renderer.ledger.get(f"{kind}.{node.id}") for kind in ("change", "rose", "change_coverage")
    )
    if change is None or rose is None:
        return material.say("missing")
    if coverage is None or abs(coverage.number) < SEEN:
        return material.say("changed", it=change, rose=rose)
    return material.say("changed.coverage", it=change, rose=rose, coverage=coverage)


def levels_table(material: TableContext) -> Grid:
    """Return the scores of index and levels with each number in its own cell, for a page that shows them large."""
    columns = [(key, key != "level", "") for key in ("level", "score", "range", "change", "contribution", "coverage")]
    nodes = [material.framework.index, *material.framework.index.children]
    rows = [_level_row(material, node) for node in nodes if isinstance(node, Branch)]
    return grid(material, "levels", columns, rows, "note.scores")


def _level_row(material: TableContext, node: Branch) -> Row:
    score = material.renderer.ledger.get(f"score.{node.id}")
    return (
        material.renderer.plain(node.name),
        material.value(f"score.{node.id}"),
        material.say("ranged", it=score) if score else material.say("missing"),
        _changed(material, node),
        _contribution(material, node),
        material.value(f"coverage.{node.id}"),
    )


def _contribution(material: TableContext, node: Component) -> Statement:
    """Return the points that a node contributes to the index; for the index itself, its score."""
    whole = node is material.framework.index
    return material.value(f"score.{node.id}" if whole else f"contribution_overall.{node.id}")


def years_table(material: TableContext) -> Grid:
    """Return the scores of index and levels by year with intervals, and each year's coverage and carried values.

    In an edition without an overall score it has no rows: the indicators of its years are not the same.
    """
    index = material.framework.index
    levels = [node for node in index.children if isinstance(node, Branch)]
    heads = [GridColumn(material.say("column.year"), width="9%")]
    heads += [GridColumn(material.renderer.plain(node.name), figures=True) for node in (index, *levels)]
    heads += [GridColumn(material.say(f"column.{key}"), True, "10%") for key in ("coverage", "carried")]
    family = material.renderer.ledger.family(f"coverage_by_year.{index.id}") if _is_scored(material) else ()
    rows = [_year_row(material, key, [index.id, *(node.id for node in levels)]) for key in family]
    return Grid(
        id="years",
        number=0,
        title=material.say("table.years"),
        columns=tuple(heads),
        rows=tuple(rows),
        note=material.say("note.missing"),
    )


def _is_scored(material: TableContext) -> bool:
    """Return whether the index has a score in this edition; without one, no level or dimension has one printed."""
    return f"score.{material.framework.index.id}" in material.renderer.ledger


def _year_row(material: TableContext, year: str, nodes: Sequence[str]) -> Row:
    ledger, index = material.renderer.ledger, nodes[0]
    return (
        material.renderer.plain(ledger[f"coverage_by_year.{index}.{year}"].about[0]),
        *(_scored(material, f"score_by_year.{node}.{year}") for node in nodes),
        material.value(f"coverage_by_year.{index}.{year}"),
        material.value(f"carried_by_year.{index}.{year}"),
    )


def discrepancies_table(material: TableContext, table_id: str, entries: Iterable[Discrepancy]) -> Grid:
    """Return registered discrepancies: the place, what it says, what was found, and what is used."""
    columns = [
        ("number", False, "5%"),
        ("place", False, "17%"),
        ("says", False, "24%"),
        ("found", False, ""),
        ("used", False, "18%"),
    ]
    return grid(material, table_id, columns, (_discrepancy_row(material, each) for each in entries))


def _discrepancy_row(material: TableContext, each: Discrepancy) -> Row:
    parts = ("place", "says", "found", "used")
    texts = (material.renderer.node(each.texts.get(part), f"{each.id}.{part}") for part in parts)
    return (material.renderer.plain(each.number or "–"), *texts)


def framework_table(material: TableContext) -> Grid:
    """Return every node with its weight, goalposts, value, score, points and reason; no rows if no indicator has data.

    A level or dimension has its coverage in place of a value. The numbers of its sources follow a reason.
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
    measured = material.renderer.ledger.get(f"indicators.{material.framework.index.id}")
    rows = [*_framework_rows(material)] if measured is None or measured.number else []
    return grid(material, "framework", *_without_empty(material, columns, rows), "note.framework")


def _framework_rows(material: TableContext) -> Iterator[Row]:
    plain = material.renderer.plain
    for node in material.framework.components():
        whole = node is material.framework.index
        weight = plain("") if whole else material.value(f"effective_weight.{node.id}")
        contributes = _contribution(material, node)
        if isinstance(node, Branch):
            score = _scored(material, f"score.{node.id}") if _is_scored(material) else material.say("missing")
            because = _reason(material, node.because, node.id, node.source)
            yield plain(node.name), weight, plain(""), _covered(material, node), score, contributes, because
        else:
            yield (
                plain(node.name),
                weight,
                _goalposts(material, node),
                material.value(node.column),
                _scored(material, f"normal.{node.id}"),
                contributes,
                _reasons(material, node),
            )


def _scored(material: TableContext, fact_id: str) -> Statement:
    """Return a score with its interval, or the mark for a missing one."""
    fact = material.renderer.ledger.get(fact_id)
    return material.say("scored", it=fact) if fact else material.say("missing")


def _covered(material: TableContext, node: Branch) -> Statement:
    fact = material.renderer.ledger.get(f"coverage.{node.id}")
    return material.say("covered", it=fact) if fact else material.say("missing")


def _goalposts(material: TableContext, node: Indicator) -> Statement:
    ledger = material.renderer.ledger
    unit = ledger[node.column].unit if node.column in ledger else ""
    ends = []
    for post in goalposts_of(node):
        fact = ledger.get(post.fact) if post.fact else Fact(id="", value=post.value, unit=unit)
        end = material.renderer.value(fact) if fact else material.say("missing")
        ends.append(material.renderer.texts(end))
    return material.say("between", low=ends[0], high=ends[1]) if len(ends) == 2 else material.say("missing")


def _reasons(material: TableContext, node: Indicator) -> Statement:
    """Return the reason for the indicator and that for its goalposts as one text."""
    own = _reason(material, node.because, node.id, node.source)
    goalposts = _reason(
        material, node.normalise.because, f"{node.id}.goalposts", node.normalise.source, set_by=node.normalise
    )
    return material.say("reasons", first=material.renderer.texts(own), second=material.renderer.texts(goalposts))


def _reason(
    material: TableContext,
    because: Node | None,
    statement_id: str,
    sources: Sequence[str],
    set_by: Method | None = None,
) -> Statement:
    """Return a reason with the numbers of its sources; for a method, also who set its values."""
    statement = material.renderer.node(because, statement_id)
    numbers = numbered_references(map(material.reference_numbers.reference, sources))
    if not numbers:
        return statement
    reason = material.renderer.texts(statement)
    if set_by and set_by.states == "source":
        return material.say("sourced.stated", reason=reason, numbers=numbers, at=set_by.stated_at)
    chosen = set_by is not None and set_by.states == "chosen"
    return material.say("sourced.chosen" if chosen else "sourced", reason=reason, numbers=numbers)


def rules_table(material: TableContext) -> Grid:
    """Return every rule: its name, what it tests, threshold, margin, effect, and whether it fired.

    A rule that cannot be judged has the names of the missing facts with their last known values instead. The title
    mentions effects only if there are any.
    """
    columns = [
        ("rule", False, "26%"),
        ("tested", False, "24%"),
        ("threshold", True, "12%"),
        ("margin", True, "12%"),
        ("effect", True, "12%"),
        ("outcome", False, "14%"),
    ]
    fired = {each.rule.id for each in material.advice.fired}
    unjudged = {each.rule.id: each.lacking for each in material.advice.unjudged}
    others = material.others
    rows = [
        _unjudged_row(material, rule, unjudged[rule.id], others)
        if rule.id in unjudged
        else _rule_row(material, rule, rule.id in fired, others)
        for rule in material.advice.rules
    ]
    shown, left = _without_empty(material, columns, rows)
    made = grid(material, "rules", shown, left)
    effects = any(key == "effect" for key, *_ in shown)
    return made if effects else replace(made, title=material.say("table.rules_alone"))


def _rule_row(material: TableContext, rule: Rule, fired: bool, others: Names) -> Row:
    plain = material.renderer.plain
    test = decisive(rule.when, material.renderer.ledger)
    tested = fact_name(material.renderer, test.fact, others) or plain(test.fact) if test else material.say("missing")
    return (
        plain(rule.name),
        tested,
        material.value(f"threshold.{rule.id}"),
        material.value(f"margin.{rule.id}"),
        material.value(f"effect.{rule.id}"),
        material.say("outcome.fired" if fired else "outcome.quiet"),
    )


def _unjudged_row(material: TableContext, rule: Rule, lacking: tuple[str, ...], others: Names) -> Row:
    missing, renderer = material.say("missing"), material.renderer
    outcome = renderer.phrase("furniture", "outcome.unjudged", lacking=lacking_words(renderer, lacking, others))
    return renderer.plain(rule.name), missing, missing, missing, missing, outcome


def overruled_table(material: TableContext) -> Grid:
    """Return the sentences of the edition for which a writer overruled a check, with the check and the reason."""
    columns = [("sentence", False, "46%"), ("check", False, "18%"), ("because", False, "")]
    return grid(material, "overruled", columns, _overruled_rows(material))


def _overruled_rows(material: TableContext) -> Iterator[Row]:
    renderer = material.renderer
    for wording in (wording for section in renderer.sections.values() for wording in section.wordings()):
        chosen = choose(wording, renderer.ledger) if any(each.overrules for each in wording.variants) else None
        for check, because in chosen.overrules.items() if chosen else ():
            yield renderer.say(wording) or renderer.plain(""), material.say(f"check.{check}"), renderer.plain(because)


def followup_table(material: TableContext) -> Grid:
    """Return the state of the previous edition's measures and the day when it was recorded, a row for each."""
    renderer, rows = material.renderer, material.follow_up
    widths = {"measure": "55%", "state": "20%", "recorded": "25%"}
    columns = (GridColumn(renderer.phrase(SECTION, f"column.{key}"), width=width) for key, width in widths.items())
    sources = dict.fromkeys(source for row in rows for source in row.sources)
    return Grid(
        id="followup",
        number=0,
        title=renderer.phrase(SECTION, "table.followup"),
        columns=tuple(columns),
        rows=tuple(_followup_row(renderer, row) for row in rows),
        references=tuple(sorted(map(material.reference_numbers.reference, sources))),
    )


def _followup_row(renderer: PhraseRenderer, row: FollowUp) -> Row:
    day = Fact(id="", value=row.recorded_on, kind="date")
    state = renderer.phrase(SECTION, f"state.{row.state}")
    return renderer.plain(row.what), state, renderer.phrase(SECTION, "recorded", day=day)


TABLES: Mapping[str, Callable[[TableContext], Grid]] = {
    "changes": changes_table,
    "levels": levels_table,
    "years": years_table,
    "discrepancies_found": lambda material: discrepancies_table(
        material, "discrepancies_found", material.register.found
    ),
    "discrepancies": lambda material: discrepancies_table(material, "discrepancies", material.register.stated),
    "framework": framework_table,
    "rules": rules_table,
    "overruled": overruled_table,
    "tasks": lambda material: material.argument.tasks(),
    "followup": followup_table,
    "evidence": evidence_grid,
}
