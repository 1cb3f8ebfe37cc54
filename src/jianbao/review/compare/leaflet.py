"""The comparison of two editions as a short document, for pages and for the terminal.

All its words are phrases of the workspace; the rest is counted where there is room for some rows or sentences only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from jianbao.brief.model import Block, Brief, GridColumn, Section
from jianbao.brief.phrases import PhraseRenderer, lacking_words, other_names
from jianbao.data.facts import Fact
from jianbao.review.compare.comparison import AdviceChange, Comparison
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
from jianbao.text.recommendations import last_known_fact
from jianbao.text.statements import Statement
from jianbao.text.wording import Wording

PARTS = ("recalculated", "new", "coverage", "method")


def leaflet(
    comparison: Comparison,
    renderer: PhraseRenderer,
    titles: Mapping[str, Wording],
    languages: Mapping[str, str],
    room: LeafletLimits,
) -> Brief:
    """Return the document; `titles` are what recommendations are called, `languages` their tags for the page."""
    desk = LeafletContext(comparison, renderer, titles, room)
    lead = Block(kind="paragraph", id=f"{WORDS}.lead", statements=tuple(_lead(desk)))
    makers = (_scores, moved_facts, _advice, changed_sentences)
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
    """Say whether the method itself moved the index."""
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
    kinds = ("new", "gone", "moved", "unjudged")
    counts = {kind: sum(each.kind == kind for each in desk.comparison.advice) for kind in kinds}
    local = {kind: Fact(id="", value=float(count), unit="recommendation") for kind, count in counts.items()}
    if counts["unjudged"]:
        yield desk.say("lead.unjudged", **local)
    if counts["new"] or counts["gone"] or (counts["moved"] and not counts["unjudged"]):
        yield desk.say("lead.advice", **local)
    elif not counts["unjudged"]:
        yield desk.say("lead.advice_steady", **local)


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
    """Say whether a score stands in the table: index and levels always, other branches if they moved."""
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


# Recommendations


def _advice(desk: LeafletContext) -> Section | None:
    if not desk.comparison.advice:
        return None
    columns = [
        GridColumn(desk.say("column.advice"), width="38%"),
        GridColumn(desk.say("column.place"), figures=True, width="17%"),
        *(GridColumn(desk.say(f"column.{key}"), figures=True, width="15%") for key in ("margin", "gain")),
        GridColumn(desk.say("column.kind")),
    ]
    rows = [_advice_row(desk, each) for each in desk.comparison.advice]
    notes = [_lacking_note(desk, each) for each in desk.comparison.advice if each.kind == "unjudged"]
    return leaflet_section(desk, "advice", columns, rows, notes)


def _lacking_note(desk: LeafletContext, each: AdviceChange) -> Statement:
    """Say which facts a recommendation cannot be judged for, each with the value that the earlier edition knew."""
    renderer, earlier = desk.renderer, desk.comparison.earlier.ledger
    framework = desk.comparison.framework
    known = [last_known_fact(fact, earlier[fact], earlier) for fact in each.lacking[1] if fact in earlier]
    informed = replace(renderer, ledger=renderer.ledger.with_facts(known))
    words = lacking_words(informed, each.lacking[1], other_names(renderer, framework, desk.titles))
    return desk.say("note.lacking", advice=renderer.texts(_advice_title(desk, each)), lacking=words)


def _advice_title(desk: LeafletContext, each: AdviceChange) -> Statement:
    said = desk.renderer.say(desk.titles[each.rule]) if each.rule in desk.titles else None
    return said or desk.renderer.plain(each.rule)


def _advice_row(desk: LeafletContext, each: AdviceChange) -> tuple[Statement, ...]:
    was, now = each.places
    risen = was is not None and now is not None and now < was
    kind = ("up" if risen else "down") if each.kind == "moved" else each.kind
    return (
        _advice_title(desk, each),
        _pair(desk, [None if place is None else Fact(id="", value=float(place)) for place in each.places], "place"),
        _pair(desk, [None if each is None else Fact(id="", value=each) for each in each.margins], "margin"),
        _pair(desk, [None if each is None else Fact(id="", value=each, unit=POINT) for each in each.effects], "gain"),
        desk.say(f"advice.{kind}"),
    )


def _pair(desk: LeafletContext, facts: Sequence[Fact | None], way: str) -> Statement:
    """Say two values as one, or both with an arrow between them where they are printed otherwise."""
    said = [desk.say(f"value.{way}", it=fact) if fact else desk.say("value.none") for fact in facts]
    texts = [desk.renderer.texts(each) for each in said]
    return said[1] if texts[0] == texts[1] else desk.say("from_to", was=texts[0], now=texts[1])
