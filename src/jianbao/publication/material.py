"""The material of the tables: who speaks, what was evaluated and advised, and how a table is put together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from jianbao.argument.catalogue import Entry, titles_of
from jianbao.argument.recommendations import Advice
from jianbao.argument.statements import Statement
from jianbao.argument.wording import Wording
from jianbao.evaluation.framework import Framework
from jianbao.evidence.register import Register
from jianbao.publication.apparatus import Apparatus
from jianbao.publication.brief import Column, Grid
from jianbao.publication.speaker import Speaker

MARGIN = "margin."
Row = tuple[Statement, ...]


@dataclass(frozen=True)
class Material:
    """What the tables are made from."""

    speaker: Speaker
    framework: Framework
    advice: Advice
    register: Register
    advice_words: Mapping[str, Entry]
    apparatus: Apparatus

    @property
    def titles(self) -> Mapping[str, Wording]:
        """Return what recommendations are called, by the ids of their rules."""
        return titles_of(self.advice_words)

    def say(self, key: str, **lent: object) -> Statement:
        """Say a short text of the page furniture."""
        return self.speaker.phrase("furniture", key, **lent)  # type: ignore[arg-type]

    def value(self, fact_id: str) -> Statement:
        """Say a fact's value, or the mark for what is missing; the margin of a share is one of points."""
        fact = self.speaker.ledger.get(fact_id)
        if fact and fact_id.startswith(MARGIN) and self.speaker.way(fact) == "share":
            return self.say("value.points", it=fact)
        return self.speaker.value(fact) if fact else self.say("missing")


def grid(
    material: Material, table_id: str, columns: Sequence[tuple[str, bool, str]], rows: Iterable[Row], note: str = ""
) -> Grid:
    """Return a table with its title, the heads of its columns (key, whether figures, width), and an optional note."""
    heads = tuple(Column(material.say(f"column.{key}"), figures, width) for key, figures, width in columns)
    said = material.say(note) if note else None
    return Grid(table_id, 0, material.say(f"table.{table_id}"), heads, tuple(rows), said)
