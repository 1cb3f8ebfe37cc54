"""Plain words: what a figure is lettered with where there is no wording: units by their ids, numbers in digits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jianbao.evidence.facts import Fact
from jianbao.figures.lettering import Face, Faces
from jianbao.publication.fonts import Fonts

FAMILIES = ("Source Sans 3", "Noto Sans SC")
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class PlainWords:
    """The labels that are given; scores are written with as many `decimals` as ranks are decided by."""

    labels: Mapping[str, str]
    decimals: int
    language: str = ""

    def label(self, key: str) -> str:
        """Return a label that was given; raise KeyError if it was not."""
        return self.labels[key]

    def name(self, key: str) -> str:
        """Return the key itself."""
        return key

    def names(self, keys: Sequence[str], most: int, unit: str) -> str:  # noqa: ARG002
        """Return the first `most` keys, and a mark if there are others."""
        return ", ".join((*keys[:most], *("…" for _ in keys[most : most + 1])))

    def number(self, fact: Fact) -> str:
        """Return a score with its decimals, any other value in the digits that it has."""
        return (
            f"{fact.number:.{self.decimals}f}".replace("-", MINUS) if fact.unit == "point" else self.tick(fact.number)
        )

    def tick(self, value: float, unit: str = "") -> str:
        """Return a mark of a scale in digits, with its unit if it has one."""
        return f"{value:,.10g} {unit}".rstrip().replace("-", MINUS)


def plain_faces(fonts: Fonts) -> Faces:
    """Return the sans-serif faces, Latin before Han."""
    return Faces(tuple(Face(name, fonts.path(name), fonts.path(name, 700)) for name in FAMILIES))
