"""The sections of that leaflet: figures that moved, and sentences that read otherwise."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from jianbao.brief.model import Block, Grid, GridColumn, Section
from jianbao.brief.phrases import PhraseRenderer
from jianbao.data.facts import Fact
from jianbao.review.compare.comparison import Comparison, FactChange, SentenceChange
from jianbao.text.render import Piece, Statement
from jianbao.text.wording import Wording

WORDS = "changes"
POINT, SHARE = "point", "share"
SEEN = 0.05  # points below this are printed as nothing


@dataclass(frozen=True)
class LeafletLimits:
    """How many facts and sentences are shown at most; None shows all of them, and the facts that no score reads."""

    facts: int | None = None
    sentences: int | None = None


@dataclass(frozen=True)
class LeafletContext:
    """What the leaflet is written with: a comparison, who speaks, what measures are called, how much is shown."""

    comparison: Comparison
    renderer: PhraseRenderer
    titles: Mapping[str, Wording]
    room: LeafletLimits

    def say(self, key: str, **lent: object) -> Statement:
        """Say a phrase that knows both editions by name."""
        named = {"earlier": self.comparison.earlier.label, "later": self.comparison.later.label}
        return self.renderer.phrase(WORDS, key, **{**named, **lent})  # type: ignore[arg-type]

    def missing(self) -> Statement:
        """Say that there is no value."""
        return self.renderer.phrase("furniture", "missing")

    def points(self, value: float) -> Statement:
        """Say points with their sign."""
        return self.say("signed", it=Fact(id="", value=value, unit=POINT))


def leaflet_section(
    desk: LeafletContext,
    name: str,
    columns: Sequence[GridColumn],
    rows: Sequence[tuple[Statement, ...]],
    notes: Sequence[Statement] = (),
    lists: tuple[Block, ...] = (),
) -> Section:
    """Return a section of a table, its notes below it as one text, and what is listed after it."""
    joins = {language: writer.style.join for language, writer in desk.renderer.writers.items()}
    texts = {language: (" " if join else "").join(n.text(language) for n in notes) for language, join in joins.items()}
    title = desk.say(f"heading.{name}")
    table = Grid(
        id=name,
        number=0,
        title=title,
        columns=tuple(columns),
        rows=tuple(rows),
        note=desk.renderer.plain(texts) if notes else None,
    )
    blocks = (Block(kind="table", id=f"{WORDS}.{name}", table=table),) if rows else ()
    return Section(f"{WORDS}-{name}", title, (*blocks, *lists))


YEAR = r"\d{4}"
MANY = 1000  # things of which a share is printed without its two counts


def moved_facts(desk: LeafletContext) -> Section | None:
    """Return the facts that scores read, and with room for all of them the others by their ids; the rest is counted."""
    read = [each for each in desk.comparison.facts if each.indicators]
    others = [each for each in desk.comparison.facts if not each.indicators]
    shown, whole = read[: desk.room.facts], desk.room.facts is None
    left = [*read[len(shown) :], *(() if whole else others)]
    if not desk.comparison.facts:
        return None
    parts = ["recalculated", "new"] if any(abs(each.recalculated) >= SEEN for each in shown) else ["effect"]
    mixed = ["kind"] if len({each.kind for each in shown}) > 1 else []
    columns = [
        GridColumn(desk.say("column.fact"), width="28%"),
        *(GridColumn(desk.say(f"column.{key}"), figures=True) for key in ("earlier", "later")),
        *(GridColumn(desk.say(f"column.{key}"), figures=True, width="11%") for key in parts),
        *(GridColumn(desk.say(f"column.{key}"), width="11%") for key in mixed),
    ]
    rows = [_fact_row(desk, each, parts)[: len(columns)] for each in shown]
    lists = tuple(_listed(desk, others)) if whole else ()
    notes = [desk.say("note.facts"), *([desk.say("rest.facts", **_kinds(left))] if left else [])]
    return leaflet_section(desk=desk, name="facts", columns=columns, rows=rows, notes=notes, lists=lists)


def _listed(desk: LeafletContext, changes: Sequence[FactChange]) -> Iterator[Block]:
    """Yield a list of facts for each kind of change, restated ones first."""
    for kind in ("restated", "changed", "added", "removed"):
        found = [each for each in changes if each.kind == kind]
        items = tuple(Block(kind="paragraph", id=each.id, statements=(_fact_line(desk, each),)) for each in found)
        if items:
            yield Block(kind="bullets", id=f"{WORDS}.facts.{kind}", statements=(desk.say(f"kind.{kind}"),), items=items)


def _fact_line(desk: LeafletContext, each: FactChange) -> Statement:
    """Say a fact and its two values; of a list of names, those that it gained and lost."""
    was, is_now = (fact.value if fact else () for fact in (each.before, each.after))
    if isinstance(was, tuple) and isinstance(is_now, tuple):
        lists = {"gained": [key for key in is_now if key not in was], "lost": [key for key in was if key not in is_now]}
        lent = {word: Fact(id="", value=tuple(keys), kind="names") for word, keys in lists.items() if keys}
        return desk.say("fact_names", fact=each.id, **lent)
    days = (version.as_of.isoformat() for version in (desk.comparison.earlier, desk.comparison.later))
    ends = zip((each.before, each.after), days, strict=True)
    said = [_value(desk, fact, day) for fact, day in ends if fact]
    texts = [desk.renderer.texts(one) for one in said]
    if len(texts) == 1:
        return desk.say("fact_line", fact=each.id, now=texts[0])
    return desk.say("fact_moved", fact=each.id, was=texts[0], now=texts[1])


def _kinds(changes: Sequence[FactChange]) -> dict[str, Fact]:
    kinds = {kind: sum(each.kind == kind for each in changes) for kind in ("added", "removed", "changed", "restated")}
    return {
        key: Fact(id="", value=float(count), unit="fact") for key, count in (("count", len(changes)), *kinds.items())
    }


def _fact_row(desk: LeafletContext, each: FactChange, parts: Sequence[str]) -> tuple[Statement, ...]:
    framework, comparison = desk.comparison.framework, desk.comparison
    names = [framework.find(leaf).name for leaf in each.indicators]
    points = {"effect": each.effect, "recalculated": each.recalculated, "new": each.effect - each.recalculated}
    return (
        desk.renderer.plain(names[0]) if names else desk.renderer.plain(each.id),
        _value(desk, each.before, comparison.earlier.as_of.isoformat()),
        _value(desk, each.after, comparison.later.as_of.isoformat()),
        *(desk.points(points[part]) if each.indicators else desk.missing() for part in parts),
        desk.say(f"kind.{each.kind}"),
    )


def _value(desk: LeafletContext, fact: Fact | None, day: str) -> Statement:
    """Say a value, with its own date if that is not the edition's day; a share with what it is a share of."""
    if fact is None:
        return desk.missing()
    said = _part(desk, fact) if fact.of and fact.kind == "number" else desk.renderer.value(fact)
    if not fact.as_of or fact.as_of == day or fact.kind != "number":
        return said
    return desk.say("dated", it=fact, shown=desk.renderer.texts(said))


def _part(desk: LeafletContext, fact: Fact) -> Statement:
    """Say a share with its two counts where they are small, and of a count also of how many."""
    whole = fact.of or 1.0
    if fact.unit != SHARE:
        return desk.say("value.part", part=Fact(id="", value=fact.number), whole=Fact(id="", value=whole))
    share = Fact(id="", value=fact.number, unit=SHARE, comparator=fact.comparator)
    if whole >= MANY:
        return desk.renderer.value(share)
    return desk.say(
        "value.share",
        share=share,
        part=Fact(id="", value=float(round(fact.number * whole))),
        whole=Fact(id="", value=whole),
    )


def changed_sentences(desk: LeafletContext) -> Section | None:
    """Return the redlines, those first that bring news; what differs by its year alone, and the rest, is counted."""
    changes = [each for each in desk.comparison.sentences if not _of_a_card(desk.comparison, each)]
    told = _by_news([each for each in changes if not each.dated])
    shown = told[: desk.room.sentences]
    left = {"count": len(told) - len(shown), "dated": len(changes) - len(told)}
    if not changes:
        return None
    blocks = [_legend(desk)] if shown else []
    blocks += [
        Block(kind="redline", id=f"{WORDS}.redline.{number}", redline=each.redlines)
        for number, each in enumerate(shown, 1)
    ]
    keys = [key for key in ("count", "dated") if left[key]]
    lent = {key: Fact(id="", value=float(value), unit="sentence") for key, value in left.items()}
    if keys:
        blocks.append(
            Block(kind="note", id=f"{WORDS}.rest", statements=tuple(desk.say(f"rest.{key}", **lent) for key in keys))
        )
    return Section(f"{WORDS}-sentences", desk.say("heading.sentences"), tuple(blocks))


def _of_a_card(comparison: Comparison, each: SentenceChange) -> bool:
    """Return whether a sentence came or went with its whole measure, which the table of measures tells already."""
    moved = {each.measure for each in comparison.measures if each.kind in ("new", "gone")}
    return each.kind != "changed" and not moved.isdisjoint(re.split(r"[./]", each.id))


def _legend(desk: LeafletContext) -> Block:
    """Return the line that shows how the words of each edition are marked."""
    gone, new = desk.say("mark.gone"), desk.say("mark.new")
    pieces = {
        language: (Piece("gone", gone.text(language)), Piece("new", new.text(language)))
        for language in desk.renderer.writers
    }
    return Block(kind="legend", id=f"{WORDS}.legend", redline=pieces)


def _by_news(changes: Sequence[SentenceChange]) -> list[SentenceChange]:
    """Return the changes in their order, those last that replace nothing but what was replaced in one before."""
    seen: set[tuple[str, ...]] = set()
    news: list[SentenceChange] = []
    rest: list[SentenceChange] = []
    for each in changes:
        replaced = {pair for pieces in each.redlines.values() for pair in _replaced(pieces)}
        (news if each.kind != "changed" or replaced - seen else rest).append(each)
        seen |= replaced
    return [*news, *rest]


def _replaced(pieces: Sequence[Piece]) -> Iterator[tuple[str, ...]]:
    """Yield what was replaced by what, years left aside."""
    for kept, group in groupby(pieces, key=lambda piece: piece.mark == "kept"):
        pair = tuple(piece.text for piece in group)
        if not kept and not all(re.fullmatch(YEAR, text) for text in pair):
            yield pair
