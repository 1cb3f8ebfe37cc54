"""The words inside figures, in one language: labels, names, numbers and the marks of scales."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jianbao.argument.catalogue import Entry
from jianbao.argument.holes import fill, read_hole
from jianbao.evidence.facts import Fact
from jianbao.publication.speaker import Speaker

TICKS = {"year": "year", "share": "percent"}
WAYS = {"share": "value.percent", "km": "value.km"}


@dataclass(frozen=True)
class Captions:
    """Says what a figure asks for; `others` are names that no name table holds (nodes of the framework, rules)."""

    speaker: Speaker
    language: str
    entry: Entry
    others: Mapping[str, Mapping[str, str]]

    def label(self, key: str) -> str:
        """Return the figure's own short label; raise KeyError if the wording has none."""
        said = self.speaker.say(self.entry.labels[key])
        return said.text(self.language) if said else ""

    def name(self, key: str) -> str:
        """Return the short name of a city, continent, node or rule; a key that nobody names stands for itself."""
        if key in self.others:
            return self.others[key][self.language]
        if key not in self.speaker.writers[self.language].names:
            return key
        return self._phrase("value.short", Fact("", key, kind="name"))

    def names(self, keys: Sequence[str], most: int, unit: str) -> str:
        """Return a list of names, the first `most` of them and how many of the unit there are."""
        writer = self.speaker.writers[self.language]
        listed = Fact("", tuple(keys), unit, "names")
        return writer.pointed(fill(read_hole(f"it | names(max={most})"), writer, {"it": listed}).text or "")

    def number(self, fact: Fact) -> str:
        """Return a fact's value as figures show it: shares as whole percents, distances in round figures."""
        way = WAYS.get(fact.unit, "")
        return self._phrase(way, fact) if way and not fact.of else self.speaker.value(fact).text(self.language)

    def tick(self, value: float, unit: str) -> str:
        """Return a mark of a scale."""
        units = self.speaker.writers[self.language].vocabulary.units
        way = TICKS.get(unit, "tick" if unit in units else "plain")
        return self._phrase(f"value.{way}", Fact("", round(value, -2) if unit == "km" else value, unit))

    def _phrase(self, key: str, fact: Fact) -> str:
        return self.speaker.phrase("furniture", key, it=fact).text(self.language)
