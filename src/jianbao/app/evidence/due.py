"""The renewal list: missing, aged, weak, incomplete, expiring, pending or undeclared things, with their dependents."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from jianbao.app.assess import Assessment, fact_names, renderer_of
from jianbao.app.evidence.facts import Dependents, Unlisted, Use, kind_of_row, unlisted_in, use_of
from jianbao.core.errors import Place
from jianbao.core.messages import Translatable, tr, tr_worded
from jianbao.data.claim_limits import GRADES_IN_WORDS, WEAK, months_after
from jianbao.data.conditions import Expiry
from jianbao.data.dates import period
from jianbao.data.expectations import counted_tables, outgrown_totals, totals_with_rows
from jianbao.data.facts import Fact, Ledger
from jianbao.data.provenance import SOURCES_FILE
from jianbao.data.schemas import NOWHERE, Schema
from jianbao.review.proposals import Edit, KeepEdit
from jianbao.scoring.framework import goalposts_of
from jianbao.text.citations import FAMILY

Kind = Literal["missing", "aged", "grade", "incomplete", "expires", "pending", "undeclared"]
KINDS: Mapping[str, Translatable] = {
    "missing": tr("missing"),
    "aged": tr("aged"),
    "grade": tr("weak source"),
    "incomplete": tr("incomplete"),
    "expires": tr("expires"),
    "pending": tr("pending"),
    "undeclared": tr("undeclared"),
}
# Parts of measures that the lead office may still have to set.
NAMED = (tr("baseline"), tr("target"), tr("cost"), tr("month"), tr("lead"), tr("risk"))
PARTS = {each.msgid: each for each in NAMED} | {"by": tr("deadline"), "hundred_days": tr("first steps")}
PARTS |= {"stop": tr("sign to stop"), "mechanism": tr("reason")}
AHEAD = 12  # months in which something that expires is listed


@dataclass(frozen=True, kw_only=True)
class DueItem:
    """One entry of the renewal list: what is due, whom to ask, the last known value, and the dependents.

    `about` is a fact, table, source, sentence, part of a measure or indicator; `names` is its name in each language, if
    it has one; `what` says what is due; `ask` is the responsible body, or the publisher of the last value. `lists` are
    tables to which rows are to be added.
    """

    kind: Kind
    about: str
    what: Translatable
    place: Place = NOWHERE
    names: Mapping[str, str]
    ask: str = ""
    value: Fact | None = None
    sources: tuple[str, ...] = ()
    dependents: Dependents = field(default_factory=Dependents)
    lists: tuple[str, ...] = ()


def renewal_list(assessment: Assessment, day: date, decided: Iterable[Edit] = ()) -> tuple[DueItem, ...]:
    """Return the renewal list of an assessed edition on a day, the most important entries first.

    Args:
        assessment: The edition, its facts and its documents.
        day: The day on which ages and expiries are judged; the edition's own, or a later one.
        decided: The changes that were written, with what was left open on purpose.

    Returns:
        The entries, by the weight of the indicators that depend on each, then by the number of sentences.

    """
    use = use_of(assessment)
    items = [
        *_missing(assessment, use),
        *_facts(assessment, use, day),
        *_incomplete(assessment, use),
        *_unlisted(assessment, decided),
        *_expiring(assessment, day),
        *_pending(assessment, use),
        *_undeclared(assessment, use),
    ]
    kinds = list(KINDS)
    return tuple(
        sorted(
            items,
            key=lambda each: (
                -round(each.dependents.weight, 9),
                -len(each.dependents.items),
                kinds.index(each.kind),
                each.about,
            ),
        )
    )


def _missing(assessment: Assessment, use: Use) -> Iterator[DueItem]:
    """Yield the facts that an indicator lacks in this edition, with the last known value of each."""
    for leaf in assessment.project.framework.indicators():
        for fact in leaf.facts_read():
            if fact in assessment.ledger:
                continue
            years = [year for year, ledger in assessment.card.ledgers.items() if fact in ledger]
            last = assessment.card.ledgers[max(years)][fact] if years else None
            what = tr("the indicator '{indicator}' has no value", indicator=tr_worded(leaf.name))
            weight = assessment.card.scores.weight(leaf.id, assessment.project.framework.index.id)
            yield DueItem(
                kind="missing",
                about=fact,
                what=what,
                place=leaf.place,
                names=use.names.of(fact),
                ask=_body(assessment, last),
                value=last,
                sources=sources_of(last),
                dependents=Dependents(items=use.of(fact).items, indicators=(leaf.id,), weight=weight),
            )


def _facts(assessment: Assessment, use: Use, day: date) -> Iterator[DueItem]:
    """Yield the used facts that are aged on a day or have a weak source, but not facts computed from those.

    Facts of one family, such as the years of a count, are one entry with the last of them.
    """
    families: dict[tuple[Kind, str], list[Fact]] = {}
    ledger = assessment.card.ledgers[assessment.card.year]
    for fact in ledger.values():
        above = [ledger[parent] for parent in fact.parents if parent in ledger]
        family = f"{fact.id.rpartition('.')[0]}{FAMILY}" if fact.about else fact.id
        if fact.limits.aged(day) and not any(each.limits.aged(day) for each in above):
            families.setdefault(("aged", family), []).append(fact)
        if fact.limits.grade in WEAK and not any(each.limits.grade in WEAK for each in above):
            families.setdefault(("grade", family), []).append(fact)
    for (kind, family), facts in families.items():
        dependents = _together(assessment, [use.of(fact.id) for fact in facts])
        if not (dependents.items or dependents.indicators or dependents.rules):
            continue
        last = max(facts, key=lambda fact: fact.as_of)
        yield DueItem(
            kind=kind,
            about=family,
            what=tr("fresh until {day}", day=last.limits.fresh_until) if kind == "aged" else _graded(last.limits.grade),
            names=use.names.of(family),
            ask=_body(assessment, last),
            value=last,
            sources=sources_of(last),
            dependents=dependents,
        )


def _graded(grade: str) -> Translatable:
    return tr("its best source is graded '{grade}'", grade=tr(GRADES_IN_WORDS[grade]))


def _incomplete(assessment: Assessment, use: Use) -> Iterator[DueItem]:
    """Yield the tables with missing cases, with their dependents."""
    for schema in assessment.project.evidence.schemas.values():
        if schema.complete.state != "no":
            continue
        facts = [each.id for each in assessment.ledger.values() if schema.name in {cell.table for cell in each.cells}]
        dependents = [use.of(fact) for fact in facts]
        yield DueItem(
            kind="incomplete",
            about=schema.name,
            what=tr("some cases are missing from the table"),
            place=schema.place,
            names={},
            ask=_named(assessment, schema.ask),
            dependents=_together(assessment, dependents),
        )


def _unlisted(assessment: Assessment, decided: Iterable[Edit]) -> Iterator[DueItem]:
    """Yield the totals larger than their lists for which it was decided that the new rows are not known yet."""
    names = fact_names(assessment)
    for edit in decided:
        grown = unlisted_in(edit)
        if grown and isinstance(edit, KeepEdit) and (left := grown.left(assessment.ledger)):
            total, lists = assessment.ledger[grown.total], lists_of(assessment, grown.count)
            yield DueItem(
                kind="incomplete",
                about=grown.total,
                what=tr("{count} new in the total, not added to the lists ({why})", count=left, why=edit.why),
                place=assessment.project.evidence.schemas[lists[0]].place if lists else NOWHERE,
                names=names.of(grown.total),
                ask=_keeper(assessment, lists) or _body(assessment, total),
                value=total,
                sources=sources_of(total),
                lists=lists,
            )


def _keeper(assessment: Assessment, lists: Iterable[str]) -> str:
    """Return who keeps lists: the body declared for one of them, else the publisher of the newest complete one."""
    evidence = assessment.project.evidence
    schemas = [evidence.schemas[each] for each in lists]
    declared = (_named(assessment, each.ask) for each in schemas if each.ask)
    newest = (source for each in schemas for whole in reversed(each.complete.lists) for source in whole.sources)
    published = (evidence.sources[each].producer for each in newest if each in evidence.sources)
    return next((each for each in (*declared, *published) if each), "")


def unlisted_totals(assessment: Assessment, before: Ledger) -> list[Unlisted]:
    """Return the totals of an edition that have grown, since other facts of it, by more than their lists have."""
    files = assessment.project.evidence.schemas

    def grown(total: Fact, count: Fact, more: float) -> Unlisted:
        place = next((f"data/{files[each.table].file}" for each in total.cells if each.table in files), "")
        return Unlisted(
            total=total.id,
            count=count.id,
            was=before[total.id].number,
            now=total.number,
            listed=count.number,
            more=more,
            place=place,
            source=next(iter(sources_of(total)), ""),
            lists=lists_of(assessment, count.id),
        )

    return [grown(*each) for each in outgrown_totals(assessment.project.expectations, before, assessment.ledger)]


def lists_below(assessment: Assessment, cells: Collection[str]) -> tuple[str, ...]:
    """Return the tables whose rows are counted below the total that is read from a row with these cells, if any."""
    for total, count in totals_with_rows(assessment.project.expectations, assessment.ledger):
        measure = assessment.project.measures.get(total)
        asked = {value for test in measure.where for value in test.values} if measure else set[str]()
        if asked <= {*cells} and kind_of_row(measure, assessment.project.series.city):
            return lists_of(assessment, count)
    return ()


def lists_of(assessment: Assessment, count: str) -> tuple[str, ...]:
    """Return the tables whose rows a fact counts, those first that are declared incomplete."""
    files = assessment.project.evidence.schemas
    return tuple(sorted(counted_tables(assessment.ledger, count), key=lambda each: files[each].complete.state != "no"))


def sources_of(fact: Fact | None) -> tuple[str, ...]:
    """Return the sources of the rows that a fact was read from, each once."""
    return tuple(dict.fromkeys(source for cells in fact.cells for source in cells.sources)) if fact else ()


def _together(assessment: Assessment, dependents: Iterable[Dependents]) -> Dependents:
    """Return the union of several dependents."""
    listed = list(dependents)
    indicators = tuple(dict.fromkeys(leaf for each in listed for leaf in each.indicators))
    index = assessment.project.framework.index.id
    return Dependents(
        items=tuple({item.id: item for each in listed for item in each.items}.values()),
        indicators=indicators,
        weight=sum(assessment.card.scores.weight(leaf, index) for leaf in indicators),
        rules=tuple(dict.fromkeys(rule for each in listed for rule in each.rules)),
    )


def _expiring(assessment: Assessment, day: date) -> Iterator[DueItem]:
    """Yield the sentences and entries of the register that expire within a year, or that have expired."""
    project = assessment.project
    texts = [wording for section in project.sections.values() for wording in section.wordings()]
    texts += [wording for entry in project.figure_words.values() for wording in entry.wordings()]
    texts += project.argument.wordings()
    ends: list[tuple[str, Place, Expiry]] = [
        (wording.id, variant.place, variant.expires)
        for wording in texts
        for variant in wording.variants
        if variant.expires
    ]
    ends += [(each.id, each.where, each.expires) for each in project.stated if each.expires]
    for about, place, expiry in ends:
        until = period(expiry.day) if expiry.day else None
        if expiry.over(assessment.ledger, day) or (until and until.last <= months_after(day, AHEAD)):
            what = (
                tr("may not be said after {day}", day=expiry.day) if expiry.day else tr("its condition has come about")
            )
            yield DueItem(kind="expires", about=about, what=what, place=place, names={})


def _pending(assessment: Assessment, use: Use) -> Iterator[DueItem]:
    """Yield the parts of measures that the lead office has yet to decide: a month, a cost, a target."""
    renderer = renderer_of(assessment)
    titles = {due.measure.id: renderer.say(due.measure.title) for due in assessment.argument.measures}
    titles |= {each.id: renderer.say(each.say) for each in assessment.argument.findings.values()}
    for each in assessment.project.argument.pending:
        if title := titles.get(each.measure):
            yield DueItem(
                kind="pending",
                about=f"{each.measure}.{each.part}",
                what=tr("`{part}` is for the office to set", part=PARTS.get(each.part.rpartition(".")[2], each.part)),
                place=each.place,
                names=renderer.texts(title),
                ask=_named(assessment, each.body),
                dependents=Dependents(items=tuple(it for it in use.items if it.id == f"measure.{each.measure}")),
            )


def _undeclared(assessment: Assessment, use: Use) -> Iterator[DueItem]:
    """Yield the sources, tables, indicators, goalposts and thresholds without a declaration that limits claims."""
    project = assessment.project
    cited = {source for item in use.items for fact in item.facts for source in assessment.ledger.sources_of(fact)}
    for source in sorted(cited):
        if not project.evidence.sources[source].grade:
            yield _to_declare(source, tr("the source has no grade"), Place(SOURCES_FILE))
    for schema in project.evidence.schemas.values():
        if not schema.complete.state and _counted(assessment, schema):
            yield _to_declare(schema.name, tr("the table does not say whether it is complete"), schema.place)
    for leaf in project.framework.indicators():
        if not leaf.control:
            yield _to_declare(leaf.id, tr("the indicator does not say who decides about it"), leaf.place)
        if goalposts_of(leaf) and not leaf.normalise.states:
            yield _to_declare(leaf.id, tr("its goalposts do not say who set them (`states`)"), leaf.normalise.place)
    for rule in project.rules:
        if not rule.states:
            yield _to_declare(rule.id, tr("the rule does not say who set its threshold (`states`)"), rule.node.place)


def _counted(assessment: Assessment, schema: Schema) -> bool:
    return any(each.table == schema.name for fact in assessment.ledger.values() for each in fact.cells)


def _to_declare(about: str, what: Translatable, place: Place) -> DueItem:
    return DueItem(kind="undeclared", about=about, what=what, place=place, names={})


def _body(assessment: Assessment, fact: Fact | None) -> str:
    """Return the body to ask about a fact: that declared for its series or table, else the last value's publisher."""
    evidence = assessment.project.evidence
    for cells in fact.cells if fact else ():
        schema = evidence.schemas.get(cells.table)
        if schema is None:
            continue
        series = schema.series.get(_series(assessment, schema, cells.rows)) if schema.series_by else None
        if body := (series.ask if series else "") or schema.ask:
            return _named(assessment, body)
    publishers = (evidence.sources[source].producer for source in sources_of(fact) if source in evidence.sources)
    return next((name for name in publishers if name), "")


def _series(assessment: Assessment, schema: Schema, rows: Iterable[int]) -> str:
    """Return the series that a row of a table belongs to."""
    frame, number = assessment.project.evidence.tables[schema.name].frame, next(iter(rows), 0)
    return str(frame.at[number, schema.series_by]) if number in frame.index else ""


def _named(assessment: Assessment, name: str) -> str:
    """Return the name of a body in the first language of the series, or its id if it has no name."""
    entry = assessment.project.names.get(name)
    return entry.full[next(iter(assessment.project.writers))] if entry else name
