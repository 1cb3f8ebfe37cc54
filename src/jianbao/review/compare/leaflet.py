"""Make the comparison of two editions as a short document, for pages and for the terminal.

All its words are phrases of the workspace. Rows and sentences beyond the limits are only counted.
"""

from collections.abc import Iterator, Mapping, Sequence

from rich.cells import cell_len
from rich.markup import escape

from jianbao.brief.model import Block, Brief, Grid, GridColumn, Section
from jianbao.data.facts import Fact, Ledger
from jianbao.review.compare.comparison import MeasureChange
from jianbao.review.compare.leaflet_sections import (
    CHANGES_SECTION,
    POINT,
    SEEN,
    SHARE,
    LeafletContext,
    changed_sentences,
    leaflet_section,
    moved_facts,
)
from jianbao.scoring.change import ScoreChange
from jianbao.scoring.framework import Branch
from jianbao.text.render import Piece, Statement, choose
from jianbao.text.wording import Wording

GAP = "  "  # between the columns of a table
PARTS = ("recalculated", "new", "coverage", "method")
MARKS = {"kept": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}  # as wdiff prints them, without colours
STYLES = {"kept": "{}", "gone": "[red strike]{}[/]", "new": "[green underline]{}[/]"}


def leaflet(context: LeafletContext, languages: Mapping[str, str]) -> Brief:
    """Return the document; `languages` maps the languages to their tags."""
    comparison = context.comparison
    lead = Block(kind="paragraph", id=f"{CHANGES_SECTION}.lead", statements=tuple(_lead(context)))
    makers = (_scores, moved_facts, _measures, changed_sentences)
    sections = [section for make in makers if (section := make(context)) is not None]
    return Brief(
        edition=comparison.later.label,
        as_of=comparison.later.as_of,
        languages=languages,
        title=context.say("title_revised" if _revised(context) else "title", **_index(context)),
        subtitle=context.say("subtitle", since=_day(comparison.earlier.as_of), until=_day(comparison.later.as_of)),
        masthead={key: context.say(f"masthead.{key}") for key in ("series", "issue")},
        sections=(Section(f"{CHANGES_SECTION}-lead", context.renderer.plain(""), (lead,), "summary"), *sections),
        references=(),
        words={"table": context.renderer.phrase("furniture", "table")},
    )


def _day(day: object) -> Fact:
    return Fact(id="", value=str(day), kind="date")


def _index(context: LeafletContext) -> dict[str, Fact]:
    """Return the change of the index as facts for phrases, by name; empty if an edition has no score for it."""
    index = context.comparison.index()
    if index is None:
        return {}
    values = {"before": index.before, "after": index.after, **{part: getattr(index, part) for part in PARTS}}
    local = {word: Fact(id="", value=value, unit=POINT) for word, value in values.items()}
    local["again"] = Fact(id="", value=index.before + index.method + index.recalculated, unit=POINT)
    local["change"] = Fact(id="", value=index.change, unit=POINT, low=index.low, high=index.high)
    local["comparable"] = Fact(id="", value=index.comparable, unit=POINT, low=index.low, high=index.high)
    return {
        **local,
        "rose": Fact(id="", value=index.rose, unit=SHARE),
        "fell": Fact(id="", value=1.0 - index.rose, unit=SHARE),
    }


def _revised(context: LeafletContext) -> bool:
    """Return whether a new method changed the index."""
    index = context.comparison.index()
    return index is not None and abs(index.method) >= SEEN


# The lead


def _lead(context: LeafletContext) -> Iterator[Statement]:
    index = context.comparison.index()
    local = _index(context)
    yield context.say("lead.revised" if _revised(context) else "lead.change", **local)
    if index is not None:
        for part in ("recalculated", "coverage"):
            if abs(getattr(index, part)) >= SEEN:
                yield context.say(f"lead.{part}", **local)
    counts = {kind: sum(each.kind == kind for each in context.comparison.measures) for kind in ("new", "gone", "moved")}
    key = "lead.measures" if any(counts.values()) else "lead.measures_steady"
    yield context.say(key, **{kind: Fact(id="", value=float(count), unit="measure") for kind, count in counts.items()})


# Scores


def _scores(context: LeafletContext) -> Section | None:
    shown = [each for each in context.comparison.scores if _is_shown(context, each)]
    if not shown:
        return None
    parts = [part for part in PARTS if any(abs(getattr(each, part)) >= SEEN for each in shown)]
    parts = parts if len(parts) > 1 else []
    columns = [
        GridColumn(context.say("column.level"), width="24%"),
        *(GridColumn(context.say(f"column.{key}"), figures=True) for key in ("earlier", "later", "change", *parts)),
        GridColumn(context.say("column.verdict"), width="17%"),
    ]
    rows = [_score_row(context, each, parts) for each in shown]
    notes = [*(["recalculated"] if "recalculated" in parts else []), *(["rounding"] if parts else [])]
    return leaflet_section(context, "scores", columns, rows, notes=[context.say(f"note.{key}") for key in notes])


def _is_shown(context: LeafletContext, each: ScoreChange) -> bool:
    """Return whether a score is in the table: index and levels always, other branches if they changed."""
    framework = context.comparison.framework
    if not isinstance(framework.find(each.node), Branch):
        return False
    return len(framework.path(each.node)) <= 2 or any(abs(getattr(each, part)) >= SEEN for part in PARTS)


def _score_row(context: LeafletContext, each: ScoreChange, parts: Sequence[str]) -> tuple[Statement, ...]:
    framework = context.comparison.framework
    name = framework.find(each.node).name
    below = len(framework.path(each.node)) > 2
    ends = (context.renderer.value(Fact(id="", value=value, unit=POINT)) for value in (each.before, each.after))
    return (
        context.say("below", name=name) if below else context.renderer.plain(name),
        *ends,
        context.points(each.change),
        *(context.points(getattr(each, part)) for part in parts),
        context.say(f"verdict.{_verdict(each, context.comparison.firm)}"),
    )


def _verdict(each: ScoreChange, firm: float) -> str:
    if abs(each.comparable) < SEEN:
        return "same" if abs(each.method) < SEEN else "method"
    return ("up" if each.comparable > 0 else "down") if each.firm(firm) else "noise"


# Measures


def _measures(context: LeafletContext) -> Section | None:
    if not context.comparison.measures:
        return None
    columns = [
        GridColumn(context.say("column.measure"), width="48%"),
        GridColumn(context.say("column.place"), figures=True, width="17%"),
        GridColumn(context.say("column.due"), width="20%"),
        GridColumn(context.say("column.kind")),
    ]
    return leaflet_section(
        context, "measures", columns, [_measure_row(context, each) for each in context.comparison.measures]
    )


def _sayable(wording: Wording, ledger: Ledger) -> bool:
    variant = choose(wording, ledger)
    return variant is not None and all(fact in ledger for fact in variant.facts())


def _measure_row(context: LeafletContext, each: MeasureChange) -> tuple[Statement, ...]:
    title = context.titles.get(each.measure)
    name = context.renderer.say(title) if title and _sayable(title, context.renderer.ledger) else None
    was, now = each.places
    risen = was is not None and now is not None and now < was
    kind = ("up" if risen else "down") if each.kind == "moved" else each.kind
    return (
        name or context.renderer.plain(each.measure),
        _pair(context, [None if place is None else Fact(id="", value=float(place)) for place in each.places], "place"),
        _pair(context, [Fact(id="", value=month, kind="date") if month else None for month in each.due], "due"),
        context.say(f"measure.{kind}"),
    )


def _pair(context: LeafletContext, facts: Sequence[Fact | None], way: str) -> Statement:
    """Return two values with an arrow between them, or one if both are printed alike."""
    values = [context.say(f"value.{way}", it=fact) if fact else context.say("value.none") for fact in facts]
    texts = [context.renderer.texts(each) for each in values]
    return values[1] if texts[0] == texts[1] else context.say("from_to", was=texts[0], now=texts[1])


# As text


def leaflet_lines(document: Brief, language: str, join: str, styled: bool) -> Iterator[str]:
    """Yield the leaflet in one language as lines; `join` goes between sentences, `styled` adds rich's markup."""
    bold = "[bold]{}[/]" if styled else "{}"

    def plain(text: str) -> str:
        return escape(text) if styled else text

    yield bold.format(plain(document.title.text(language)))
    yield plain(document.subtitle.text(language))
    for section in document.sections:
        title = section.title.text(language)
        yield ""
        if title:
            yield bold.format(plain(title))
        for block in section.blocks:
            yield from map(plain, _table(block.table, language) if block.table else _texts(block, language, join))
            yield from (plain(f"- {text}") for item in block.items for text in _texts(item, language, join))
            if block.redline:
                yield ("- " if block.kind == "redline" else "") + redlined(block.redline[language], styled)


def redlined(pieces: Sequence[Piece], styled: bool) -> str:
    """Return a sentence with its deleted and new parts marked."""
    marks = STYLES if styled else MARKS
    return "".join(marks[piece.mark].format(escape(piece.text) if styled else piece.text) for piece in pieces)


def _texts(block: Block, language: str, join: str) -> Iterator[str]:
    if block.statements:
        yield join.join(statement.text(language) for statement in block.statements)


def _table(table: Grid, language: str) -> Iterator[str]:
    """Yield a table as lines with aligned columns; a Han character is two columns wide."""
    rows = [[column.head.text(language) for column in table.columns]]
    rows += [[cell.text(language) for cell in row] for row in table.rows]
    widths = [max(cell_len(row[place]) for row in rows) for place in range(len(table.columns))]
    for row in rows:
        cells = zip(row, widths, table.columns, strict=True)
        yield GAP.join(_padded(text, width, column.figures) for text, width, column in cells).rstrip()
    if table.note:
        yield table.note.text(language)


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - cell_len(text))
    return space + text if right else text + space
