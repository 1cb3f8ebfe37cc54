"""Make the sections of the comparison leaflet: changed facts and changed sentences."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from jianbao.brief.evidence_table import FactNames
from jianbao.brief.model import Block, Grid, GridColumn, Section
from jianbao.brief.phrases import PhraseRenderer
from jianbao.data.facts import Fact
from jianbao.review.compare.comparison import Comparison, FactChange, SentenceChange
from jianbao.text.render import Piece, Statement
from jianbao.text.wording import Wording

CHANGES_SECTION = "changes"
POINT, SHARE = "point", "share"
SEEN = 0.05  # fewer points are printed as zero


@dataclass(frozen=True)
class LeafletLimits:
    """How many facts and sentences are shown at most; None shows all, including facts that no score reads."""

    facts: int | None = None
    sentences: int | None = None


@dataclass(frozen=True, kw_only=True)
class LeafletContext:
    """The inputs of the leaflet: what is compared, phrases, the names of facts, the titles of measures, limits."""

    comparison: Comparison
    renderer: PhraseRenderer
    names: FactNames
    titles: Mapping[str, Wording]
    limits: LeafletLimits

    def called(self, fact_id: str) -> Mapping[str, str] | str:
        """Return the name of a fact in each language, with its id; the id alone if it has no name."""
        named = self.names.of(fact_id)
        return {language: f"{name} [{fact_id}]" for language, name in named.items()} or fact_id

    def say(self, key: str, **values: object) -> Statement:
        """Return a phrase, filled with the names of both editions and with `values`."""
        named = {"earlier": self.comparison.earlier.label, "later": self.comparison.later.label}
        return self.renderer.phrase(CHANGES_SECTION, key, **{**named, **values})  # type: ignore[arg-type]

    def missing(self) -> Statement:
        """Return the phrase for a missing value."""
        return self.renderer.phrase("furniture", "missing")

    def points(self, value: float) -> Statement:
        """Return points with their sign."""
        return self.say("signed", it=Fact(id="", value=value, unit=POINT))


def leaflet_section(
    context: LeafletContext,
    name: str,
    columns: Sequence[GridColumn],
    rows: Sequence[tuple[Statement, ...]],
    *,
    notes: Sequence[Statement] = (),
    lists: tuple[Block, ...] = (),
) -> Section:
    """Return a section with a table, its notes joined to one text below it, and lists after it."""
    joins = {language: writer.style.join for language, writer in context.renderer.writers.items()}
    texts = {language: (" " if join else "").join(n.text(language) for n in notes) for language, join in joins.items()}
    title = context.say(f"heading.{name}")
    table = Grid(
        id=name,
        number=0,
        title=title,
        columns=tuple(columns),
        rows=tuple(rows),
        note=context.renderer.plain(texts) if notes else None,
    )
    blocks = (Block(kind="table", id=f"{CHANGES_SECTION}.{name}", table=table),) if rows else ()
    return Section(f"{CHANGES_SECTION}-{name}", title, (*blocks, *lists))


YEAR = r"\d{4}"
MANY = 1000  # from this total on, a share is printed without its two counts


def moved_facts(context: LeafletContext) -> Section | None:
    """Return the facts that scores read and, without a limit, the others by their ids; the rest is only counted."""
    read = [each for each in context.comparison.facts if each.indicators]
    others = [each for each in context.comparison.facts if not each.indicators]
    shown, whole = read[: context.limits.facts], context.limits.facts is None
    left = [*read[len(shown) :], *(() if whole else others)]
    if not context.comparison.facts:
        return None
    parts = ["recalculated", "new"] if any(abs(each.recalculated) >= SEEN for each in shown) else ["effect"]
    mixed = ["kind"] if len({each.kind for each in shown}) > 1 else []
    columns = [
        GridColumn(context.say("column.fact"), width="28%"),
        *(GridColumn(context.say(f"column.{key}"), figures=True) for key in ("earlier", "later")),
        *(GridColumn(context.say(f"column.{key}"), figures=True, width="11%") for key in parts),
        *(GridColumn(context.say(f"column.{key}"), width="11%") for key in mixed),
    ]
    rows = [_fact_row(context, each, parts)[: len(columns)] for each in shown]
    lists = tuple(_listed(context, others)) if whole else ()
    notes = [context.say("note.facts"), *([context.say("rest.facts", **_kinds(left))] if left else [])]
    return leaflet_section(context=context, name="facts", columns=columns, rows=rows, notes=notes, lists=lists)


def _listed(context: LeafletContext, changes: Sequence[FactChange]) -> Iterator[Block]:
    """Yield a list of facts for each kind of change, restated ones first."""
    for kind in ("restated", "changed", "added", "removed"):
        alike = [each for each in changes if each.kind == kind]
        items = tuple(Block(kind="paragraph", id=each.id, statements=(_fact_line(context, each),)) for each in alike)
        if items:
            yield Block(
                kind="bullets",
                id=f"{CHANGES_SECTION}.facts.{kind}",
                statements=(context.say(f"kind.{kind}"),),
                items=items,
            )


def _fact_line(context: LeafletContext, each: FactChange) -> Statement:
    """Return a fact with its two values; for a list of names, those that were added and removed."""
    was, is_now = (fact.value if fact else () for fact in (each.before, each.after))
    if isinstance(was, tuple) and isinstance(is_now, tuple):
        lists = {"gained": [key for key in is_now if key not in was], "lost": [key for key in was if key not in is_now]}
        names = {word: Fact(id="", value=tuple(keys), kind="names") for word, keys in lists.items() if keys}
        return context.say("fact_names", fact=context.called(each.id), **names)
    days = (version.as_of.isoformat() for version in (context.comparison.earlier, context.comparison.later))
    ends = zip((each.before, each.after), days, strict=True)
    texts = [context.renderer.texts(_value(context, fact, day)) for fact, day in ends if fact]
    if len(texts) == 1:
        return context.say("fact_line", fact=context.called(each.id), now=texts[0])
    return context.say("fact_moved", fact=context.called(each.id), was=texts[0], now=texts[1])


def _kinds(changes: Sequence[FactChange]) -> dict[str, Fact]:
    kinds = {kind: sum(each.kind == kind for each in changes) for kind in ("added", "removed", "changed", "restated")}
    return {
        key: Fact(id="", value=float(count), unit="fact") for key, count in (("count", len(changes)), *kinds.items())
    }


def _fact_row(context: LeafletContext, each: FactChange, parts: Sequence[str]) -> tuple[Statement, ...]:
    framework, comparison = context.comparison.framework, context.comparison
    names = [framework.find(leaf).name for leaf in each.indicators]
    points = {"effect": each.effect, "recalculated": each.recalculated, "new": each.effect - each.recalculated}
    return (
        context.renderer.plain(names[0]) if names else context.renderer.plain(each.id),
        _value(context, each.before, comparison.earlier.as_of.isoformat()),
        _value(context, each.after, comparison.later.as_of.isoformat()),
        *(context.points(points[part]) if each.indicators else context.missing() for part in parts),
        context.say(f"kind.{each.kind}"),
    )


def _value(context: LeafletContext, fact: Fact | None, day: str) -> Statement:
    """Return a value, with its own date if that is not the edition's day, and a share with its total."""
    if fact is None:
        return context.missing()
    value = _part(context, fact) if fact.of and fact.kind == "number" else context.renderer.value(fact)
    if not fact.as_of or fact.as_of == day or fact.kind != "number":
        return value
    return context.say("dated", it=fact, shown=context.renderer.texts(value))


def _part(context: LeafletContext, fact: Fact) -> Statement:
    """Return a share, with its two counts if they are small, or a count with its total."""
    whole = fact.of or 1.0
    if fact.unit != SHARE:
        return context.say("value.part", part=Fact(id="", value=fact.number), whole=Fact(id="", value=whole))
    share = Fact(id="", value=fact.number, unit=SHARE, comparator=fact.comparator)
    if whole >= MANY:
        return context.renderer.value(share)
    return context.say(
        "value.share",
        share=share,
        part=Fact(id="", value=float(round(fact.number * whole))),
        whole=Fact(id="", value=whole),
    )


def changed_sentences(context: LeafletContext) -> Section | None:
    """Return the redlines, new content first; those that differ only by their year, and the rest, are counted."""
    changes = [each for each in context.comparison.sentences if not _of_a_card(context.comparison, each)]
    undated = _by_news([each for each in changes if not each.dated])
    shown = undated[: context.limits.sentences]
    left = {"count": len(undated) - len(shown), "dated": len(changes) - len(undated)}
    if not changes:
        return None
    blocks = [_legend(context)] if shown else []
    blocks += [
        Block(kind="redline", id=f"{CHANGES_SECTION}.redline.{number}", redline=each.redlines)
        for number, each in enumerate(shown, 1)
    ]
    keys = [key for key in ("count", "dated") if left[key]]
    counts = {key: Fact(id="", value=float(value), unit="sentence") for key, value in left.items()}
    if keys:
        blocks.append(
            Block(
                kind="note",
                id=f"{CHANGES_SECTION}.rest",
                statements=tuple(context.say(f"rest.{key}", **counts) for key in keys),
            )
        )
    return Section(f"{CHANGES_SECTION}-sentences", context.say("heading.sentences"), tuple(blocks))


def _of_a_card(comparison: Comparison, each: SentenceChange) -> bool:
    """Return whether a sentence was added or removed with its measure, which the table of measures already shows."""
    moved = {each.measure for each in comparison.measures if each.kind in ("new", "gone")}
    return each.kind != "changed" and not moved.isdisjoint(re.split(r"[./]", each.id))


def _legend(context: LeafletContext) -> Block:
    """Return the line that explains the marks of the two editions."""
    gone, new = context.say("mark.gone"), context.say("mark.new")
    pieces = {
        language: (Piece("gone", gone.text(language)), Piece("new", new.text(language)))
        for language in context.renderer.writers
    }
    return Block(kind="legend", id=f"{CHANGES_SECTION}.legend", redline=pieces)


def _by_news(changes: Sequence[SentenceChange]) -> list[SentenceChange]:
    """Return the changes in order, but put those last that only repeat replacements of earlier ones."""
    seen: set[tuple[str, ...]] = set()
    news: list[SentenceChange] = []
    rest: list[SentenceChange] = []
    for each in changes:
        replaced = {pair for pieces in each.redlines.values() for pair in _replaced(pieces)}
        (news if each.kind != "changed" or replaced - seen else rest).append(each)
        seen |= replaced
    return [*news, *rest]


def _replaced(pieces: Sequence[Piece]) -> Iterator[tuple[str, ...]]:
    """Yield each replacement as its old and new text; years are ignored."""
    for kept, group in groupby(pieces, key=lambda piece: piece.mark == "kept"):
        pair = tuple(piece.text for piece in group)
        if not kept and not all(re.fullmatch(YEAR, text) for text in pair):
            yield pair
