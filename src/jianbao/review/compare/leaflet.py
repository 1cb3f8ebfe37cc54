"""The comparison of two editions as a short document, for pages and for the terminal.

All its words are phrases of the workspace; the rest is counted where there is room for some rows or sentences only.
"""

from collections.abc import Iterator, Mapping, Sequence

from jianbao.brief.model import Block, Brief, GridColumn, Section
from jianbao.brief.phrases import PhraseRenderer
from jianbao.data.facts import Fact
from jianbao.review.compare.comparison import Comparison, MeasureChange
from jianbao.review.compare.leaflet_sections import (
    POINT,
    SEEN,
    SHARE,
    WORDS,
    LeafletContext,
    LeafletLimits,
    changed_sentences,
    leaflet_section,
    moved_facts,
)
from jianbao.scoring.change import ScoreChange
from jianbao.scoring.framework import Branch
from jianbao.text.argument.edition import sayable
from jianbao.text.render import Statement
from jianbao.text.wording import Wording

PARTS = ("recalculated", "new", "coverage", "method")


def leaflet(
    comparison: Comparison,
    renderer: PhraseRenderer,
    titles: Mapping[str, Wording],
    languages: Mapping[str, str],
    room: LeafletLimits,
) -> Brief:
    """Return the document; `titles` are what measures are called, `languages` their tags for the page."""
    desk = LeafletContext(comparison, renderer, titles, room)
    lead = Block(kind="paragraph", id=f"{WORDS}.lead", statements=tuple(_lead(desk)))
    makers = (_scores, moved_facts, _measures, changed_sentences)
    sections = [found for make in makers if (found := make(desk)) is not None]
    return Brief(
        edition=comparison.later.label,
        as_of=comparison.later.as_of,
        languages=languages,
        title=desk.say("title_revised" if _revised(desk) else "title", **_index(desk)),
        subtitle=desk.say("subtitle", since=_day(comparison.earlier.as_of), until=_day(comparison.later.as_of)),
        masthead={key: desk.say(f"masthead.{key}") for key in ("series", "issue")},
        sections=(Section(f"{WORDS}-lead", desk.renderer.plain(""), (lead,), "summary"), *sections),
        references=(),
        words={"table": desk.renderer.phrase("furniture", "table")},
    )


def _day(day: object) -> Fact:
    return Fact(id="", value=str(day), kind="date")


def _index(desk: LeafletContext) -> dict[str, Fact]:
    """Return the index's change as facts that phrases know by local words; nothing if it has no score in one."""
    found = desk.comparison.index()
    if found is None:
        return {}
    values = {"before": found.before, "after": found.after, **{part: getattr(found, part) for part in PARTS}}
    local = {word: Fact(id="", value=value, unit=POINT) for word, value in values.items()}
    local["again"] = Fact(id="", value=found.before + found.method + found.recalculated, unit=POINT)
    local["change"] = Fact(id="", value=found.change, unit=POINT, low=found.low, high=found.high)
    local["comparable"] = Fact(id="", value=found.comparable, unit=POINT, low=found.low, high=found.high)
    return {
        **local,
        "rose": Fact(id="", value=found.rose, unit=SHARE),
        "fell": Fact(id="", value=1.0 - found.rose, unit=SHARE),
    }


def _revised(desk: LeafletContext) -> bool:
    """Return whether the method itself moved the index."""
    found = desk.comparison.index()
    return found is not None and abs(found.method) >= SEEN


# The lead


def _lead(desk: LeafletContext) -> Iterator[Statement]:
    found = desk.comparison.index()
    local = _index(desk)
    yield desk.say("lead.revised" if _revised(desk) else "lead.change", **local)
    if found is not None:
        for part in ("recalculated", "coverage"):
            if abs(getattr(found, part)) >= SEEN:
                yield desk.say(f"lead.{part}", **local)
    counts = {kind: sum(each.kind == kind for each in desk.comparison.measures) for kind in ("new", "gone", "moved")}
    key = "lead.measures" if any(counts.values()) else "lead.measures_steady"
    yield desk.say(key, **{kind: Fact(id="", value=float(count), unit="measure") for kind, count in counts.items()})


# Scores


def _scores(desk: LeafletContext) -> Section | None:
    shown = [each for each in desk.comparison.scores if _is_shown(desk, each)]
    if not shown:
        return None
    parts = [part for part in PARTS if any(abs(getattr(each, part)) >= SEEN for each in shown)]
    parts = parts if len(parts) > 1 else []
    columns = [
        GridColumn(desk.say("column.level"), width="24%"),
        *(GridColumn(desk.say(f"column.{key}"), figures=True) for key in ("earlier", "later", "change", *parts)),
        GridColumn(desk.say("column.verdict"), width="17%"),
    ]
    rows = [_score_row(desk, each, parts) for each in shown]
    notes = [*(["recalculated"] if "recalculated" in parts else []), *(["rounding"] if parts else [])]
    return leaflet_section(desk, "scores", columns, rows, [desk.say(f"note.{key}") for key in notes])


def _is_shown(desk: LeafletContext, each: ScoreChange) -> bool:
    """Return whether a score stands in the table: index and levels always, other branches if they moved."""
    framework = desk.comparison.framework
    if not isinstance(framework.find(each.node), Branch):
        return False
    return len(framework.path(each.node)) <= 2 or any(abs(getattr(each, part)) >= SEEN for part in PARTS)


def _score_row(desk: LeafletContext, each: ScoreChange, parts: Sequence[str]) -> tuple[Statement, ...]:
    framework = desk.comparison.framework
    name = framework.find(each.node).name
    below = len(framework.path(each.node)) > 2
    ends = (desk.renderer.value(Fact(id="", value=value, unit=POINT)) for value in (each.before, each.after))
    return (
        desk.say("below", name=name) if below else desk.renderer.plain(name),
        *ends,
        desk.points(each.change),
        *(desk.points(getattr(each, part)) for part in parts),
        desk.say(f"verdict.{_verdict(each, desk.comparison.firm)}"),
    )


def _verdict(each: ScoreChange, firm: float) -> str:
    if abs(each.comparable) < SEEN:
        return "same" if abs(each.method) < SEEN else "method"
    return ("up" if each.comparable > 0 else "down") if each.firm(firm) else "noise"


# Measures


def _measures(desk: LeafletContext) -> Section | None:
    if not desk.comparison.measures:
        return None
    columns = [
        GridColumn(desk.say("column.measure"), width="48%"),
        GridColumn(desk.say("column.place"), figures=True, width="17%"),
        GridColumn(desk.say("column.due"), width="20%"),
        GridColumn(desk.say("column.kind")),
    ]
    return leaflet_section(desk, "measures", columns, [_measure_row(desk, each) for each in desk.comparison.measures])


def _measure_row(desk: LeafletContext, each: MeasureChange) -> tuple[Statement, ...]:
    title = desk.titles.get(each.measure)
    told = desk.renderer.say(title) if title and sayable(title, desk.renderer.ledger) else None
    was, now = each.places
    risen = was is not None and now is not None and now < was
    kind = ("up" if risen else "down") if each.kind == "moved" else each.kind
    return (
        told or desk.renderer.plain(each.measure),
        _pair(desk, [None if place is None else Fact(id="", value=float(place)) for place in each.places], "place"),
        _pair(desk, [Fact(id="", value=month, kind="date") if month else None for month in each.due], "due"),
        desk.say(f"measure.{kind}"),
    )


def _pair(desk: LeafletContext, facts: Sequence[Fact | None], way: str) -> Statement:
    """Say two values as one, or both with an arrow between them where they are printed otherwise."""
    said = [desk.say(f"value.{way}", it=fact) if fact else desk.say("value.none") for fact in facts]
    texts = [desk.renderer.texts(each) for each in said]
    return said[1] if texts[0] == texts[1] else desk.say("from_to", was=texts[0], now=texts[1])
