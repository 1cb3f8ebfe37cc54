"""What a figure is: its kind, the facts that play each role in it, its options, and the words it is given."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Protocol

from jianbao.core.documents import Node, Problems, as_choice, as_mapping, as_number, as_text, as_texts
from jianbao.core.errors import Place, Problem, nearest
from jianbao.core.messages import tr
from jianbao.data.facts import Fact, Ledger


class Words(Protocol):
    """The words of one figure in one language, made by the argument."""

    @property
    def language(self) -> str:
        """Return the id of the language, "zh"."""

    def label(self, key: str) -> str:
        """Return the figure's own short label; raise KeyError if the wording has none."""

    def name(self, key: str) -> str:
        """Return the (short) name of a city, continent, edition, node of the framework or rule."""

    def names(self, keys: Sequence[str], most: int, unit: str) -> str:
        """Return a list of names in the language's way, the first `most` of them ("A, B and 3 more").

        `unit` is what the names are of.
        """

    def number(self, fact: Fact) -> str:
        """Return a fact's value as the language writes it in figures, with its unit if that needs saying."""

    def tick(self, value: float, unit: str) -> str:
        """Return a mark of a scale, which is nobody's fact, as the language writes it ("5,000 km")."""


@dataclass(frozen=True)
class Size:
    """The room a figure is given: a column's width in mm, and a height in mm (0: as much as it needs)."""

    width_mm: float
    height_mm: float = 0.0


@dataclass(frozen=True, kw_only=True)
class FigureSpec:
    """One declared figure. `facts` maps a role to the id of a fact or the prefix of a family."""

    id: str
    kind: str
    facts: Mapping[str, str]
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    place: Place = field(default_factory=lambda: Place("figures.yml"))

    def option(self, key: str, default: str = "") -> str:
        """Return the only (or first) word of an option."""
        return next(iter(self.options.get(key, ())), default)

    def limit(self, default: int) -> int:
        """Return the option `max`: how many items are drawn at most."""
        return int(float(self.option("max", str(default))))

    def family(self, role: str, ledger: Ledger) -> tuple[Fact, ...]:
        """Return the facts of a role, nested ones too, in the order in which they were made."""
        start = f"{self.facts[role]}." if role in self.facts else ""
        return tuple(fact for key, fact in ledger.items() if key.startswith(start)) if start else ()

    def fact(self, role: str, ledger: Ledger, key: str = "") -> Fact | None:
        """Return the single fact of a role, or the member `key` of its family, if it exists."""
        prefix = self.facts.get(role, "")
        return ledger.get(f"{prefix}.{key}" if key else prefix)


@dataclass(frozen=True, kw_only=True)
class FigureKind:
    """What a kind of figure needs: roles, options, and labels. `free`: the writer names the roles."""

    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    free: bool = False


KINDS: Mapping[str, FigureKind] = {
    "compass": FigureKind(
        needs=("sister_distance", "sister_bearing"),
        may=("exchange_distance", "exchange_bearing", "sister_counts", "exchange_counts", "firsts"),
        options=("home", "highlight"),
        labels=("sister", "exchange", "north", "east", "south", "west"),
    ),
    "growth": FigureKind(
        needs=("sister",), may=("total", "firsts", "first_dates"), options=(), labels=("sister", "total")
    ),
    "scorecard": FigureKind(
        needs=("score", "zero", "top"),
        may=("previous", "weight"),
        options=("root", "depth"),
        labels=("now", "previous", "interval", "no_score"),
    ),
    "contributions": FigureKind(
        needs=("score", "contribution", "top"),
        may=("weight",),
        options=("root", "depth"),
        labels=("gained", "possible", "no_value"),
    ),
    "award": FigureKind(options=("breakdowns", "years", "ordered"), free=True),
    "overlap": FigureKind(options=("totals", "highlight", "with", "max"), free=True),
    "leverage": FigureKind(
        needs=("effect",), may=("stability",), options=("max",), labels=("effect", "stability", "interval")
    ),
    "sensitivity": FigureKind(
        needs=("total",), may=("first",), options=("max",), labels=("total", "first", "interval")
    ),
    "league": FigureKind(
        needs=("score", "rank"),
        may=("coverage",),
        options=("highlight", "max"),
        labels=("score", "interval", "rank", "range", "no_score", "left_out"),
    ),
}
COMMON_LABELS = ("no_data",)
# How like a known id one must be to count as a slip of the pen.
LIKE = 0.9


def label_keys(spec: FigureSpec) -> tuple[str, ...]:
    """Return the keys of all labels that the wording must give this figure."""
    kind = KINDS.get(spec.kind, FigureKind(free=True))
    silent = {*spec.options.get("totals", ()), spec.option("years")}
    roles = tuple(role for role in spec.facts if role not in silent)
    return (*kind.labels, *(roles if kind.free else ()), *COMMON_LABELS)


def parse_figures(node: Node, problems: Problems) -> dict[str, FigureSpec]:
    """Read the declared figures by id, with a problem for everything that no figure of that kind knows."""
    return {name: _figure(name, child, problems) for name, child in as_mapping(node, problems, optional=None).items()}


def _figure(name: str, node: Node, problems: Problems) -> FigureSpec:
    fields = as_mapping(node, problems, ("kind", "facts"), ("options",))
    kind = as_choice(fields["kind"], KINDS, problems, tr("a kind of figure")) if "kind" in fields else ""
    known = KINDS.get(kind, FigureKind(free=True))
    facts = _facts(fields["facts"], known, problems) if "facts" in fields else {}
    options = _options(fields["options"], known, problems) if "options" in fields and kind else {}
    return FigureSpec(id=name, kind=kind, facts=facts, options=options, place=node.place)


def _facts(node: Node, kind: FigureKind, problems: Problems) -> dict[str, str]:
    roles = as_mapping(node, problems, kind.needs, None if kind.free else kind.may)
    return {role: as_text(child, problems) for role, child in roles.items()}


def _options(node: Node, kind: FigureKind, problems: Problems) -> dict[str, tuple[str, ...]]:
    options = as_mapping(node, problems, (), kind.options)
    for key in ("max", "depth"):
        if key in options:
            as_number(options[key], problems)
    return {key: as_texts(child, problems) for key, child in options.items()}


def families_of(ids: Iterable[str]) -> frozenset[str]:
    """Return the ids of facts, and those of all families that they belong to."""
    return frozenset(key.rsplit(".", cut)[0] for key in ids for cut in range(key.count(".") + 1))


def unknown_roles(spec: FigureSpec, made: Collection[str]) -> Problems:
    """Return a problem for each role that no fact plays: a needed one, or one whose id looks misspelt.

    `made` are the ids of all facts and families. A role that the kind can do without may be empty, as the scores of a
    previous edition are in a first one.
    """
    optional = KINDS[spec.kind].may
    return [
        Problem(
            spec.place, tr("'{prefix}' is neither a fact nor a family of facts", prefix=prefix), nearest(prefix, made)
        )
        for role, prefix in spec.facts.items()
        if prefix not in made and (role not in optional or get_close_matches(prefix, made, 1, LIKE))
    ]


def figure_key(fact: Fact) -> str:
    """Return the name that a member of a family is about: its last key, or the last word of its id."""
    return fact.about[-1] if fact.about else fact.id.rsplit(".", 1)[-1]
