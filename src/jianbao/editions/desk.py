"""The desk at which the leaflet is written: the comparison, the words for it, and the ways of its tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jianbao.argument.statements import Statement
from jianbao.argument.wording import Wording
from jianbao.editions.comparison import Comparison
from jianbao.evidence.facts import Fact
from jianbao.publication.brief import Block, Column, Grid, Section
from jianbao.publication.speaker import Speaker

WORDS = "changes"
POINT, SHARE = "point", "share"
SEEN = 0.05  # points below this are printed as nothing


@dataclass(frozen=True)
class Room:
    """How many facts and sentences are shown at most; None shows all of them, and the facts that no score reads."""

    facts: int | None = None
    sentences: int | None = None


@dataclass(frozen=True)
class Desk:
    """What the leaflet is written with: a comparison, who speaks, what rules are called, how much is shown."""

    comparison: Comparison
    speaker: Speaker
    titles: Mapping[str, Wording]
    room: Room

    def say(self, key: str, **lent: object) -> Statement:
        """Say a phrase that knows both editions by name."""
        named = {"earlier": self.comparison.earlier.label, "later": self.comparison.later.label}
        return self.speaker.phrase(WORDS, key, **{**named, **lent})  # type: ignore[arg-type]

    def missing(self) -> Statement:
        """Say that there is no value."""
        return self.speaker.phrase("furniture", "missing")

    def points(self, value: float) -> Statement:
        """Say points with their sign."""
        return self.say("signed", it=Fact("", value, POINT))


def section(
    desk: Desk,
    name: str,
    columns: Sequence[Column],
    rows: Sequence[tuple[Statement, ...]],
    notes: Sequence[Statement] = (),
    lists: tuple[Block, ...] = (),
) -> Section:
    """Return a section of a table, its notes below it as one text, and what is listed after it."""
    joins = {language: writer.style.join for language, writer in desk.speaker.writers.items()}
    texts = {language: (" " if join else "").join(n.text(language) for n in notes) for language, join in joins.items()}
    title = desk.say(f"heading.{name}")
    table = Grid(name, 0, title, tuple(columns), tuple(rows), desk.speaker.plain(texts) if notes else None)
    blocks = (Block("table", f"{WORDS}.{name}", table=table),) if rows else ()
    return Section(f"{WORDS}-{name}", title, (*blocks, *lists))
