"""What a figure is: its kind, the facts that play each role in it, its options, and the words it is given."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Protocol

from jianbao.core.documents import (
    Node,
    Problems,
    as_choice,
    as_entries,
    as_mapping,
    as_number,
    as_text,
    as_texts,
    as_yes_no,
)
from jianbao.core.errors import UNKNOWN_FACT, Place, Problem, nearest
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
        """Return the (short) name of a city, continent, edition, node of the framework or rule.

        A key that nobody else names has the name that the figure's labels give it.
        """

    def names(self, keys: Sequence[str], most: int, unit: str) -> str:
        """Return a list of names in the language's way, the first `most` of them ("A, B and 3 more").

        `unit` is what the names are of.
        """

    def number(self, fact: Fact) -> str:
        """Return a fact's value as the language writes it in figures, with its unit if that needs saying."""

    def tick(self, value: float, unit: str) -> str:
        """Return a mark of a scale, which is nobody's fact, as the language writes it ("5,000 km", "Nov")."""

    def when(self, written: str, year: bool) -> str:
        """Return an ISO date or interval in short, as exactly as it is known ("1–10 Feb"), with its year or without."""


@dataclass(frozen=True)
class Size:
    """The room a figure is given: a column's width in mm, and a height in mm (0: as much as it needs)."""

    width_mm: float
    height_mm: float = 0.0


NAME = "name"
PARTED = "/"  # of a role with several ids: "cities", "cities/2", "cities/3"; of a span: "stall/from"
LEAVES = f"score{PARTED}indicators"  # a part of the role "score": the scores of indicators are a family of their own


@dataclass(frozen=True, kw_only=True)
class FigureSpec:
    """One declared figure. `facts` maps a role to the id of a fact or the prefix of a family.

    A role with several ids has a part for each. `shade` names spans of years; a span's ends are parts of it as well, a
    fact in `facts` or a year in `options`.
    """

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

    @property
    def roles(self) -> tuple[str, ...]:
        """Return the roles as they were declared, without their parts."""
        return tuple(role for role in self.facts if PARTED not in role)

    def family(self, role: str, ledger: Ledger) -> tuple[Fact, ...]:
        """Return the facts of a role, nested ones too, in the order in which they were made."""
        start = f"{self.facts[role]}." if role in self.facts else ""
        return tuple(fact for key, fact in ledger.items() if key.startswith(start)) if start else ()

    def members(self, role: str, ledger: Ledger) -> tuple[Fact, ...]:
        """Return the facts of a role with all of its parts: of each id the fact that has it, else its family."""
        parts = (part for part in self.facts if part == role or part.startswith(role + PARTED))
        found = (
            (ledger[self.facts[part]],) if self.facts[part] in ledger else self.family(part, ledger) for part in parts
        )
        return tuple(fact for facts in found for fact in facts)

    def called(self, ledger: Ledger, language: str) -> dict[str, str]:
        """Return what keys are called in a language, where a role of names by language says so ("name_zh")."""
        return {member_key(fact): str(fact.value) for fact in self.members(f"{NAME}_{language}", ledger)}

    def fact(self, role: str, ledger: Ledger, key: str = "") -> Fact | None:
        """Return the single fact of a role, or the member `key` of its family, if it exists."""
        prefix = self.facts.get(role, "")
        return ledger.get(f"{prefix}.{key}" if key else prefix)


@dataclass(frozen=True, kw_only=True)
class FigureKind:
    """What a kind of figure needs: roles, options, and labels. `free`: the writer names more roles, each with a label.

    Without `named` roles that the writer names have a label if there are several of them. With `sparse` those that
    nothing makes in an edition are left out. `told` are the labels that a declared role asks for, `extra` those without
    which less is said. A role of `by_language` is given for each language, "name_zh" and "name_en". `adds` are parts of
    roles that every figure of the kind has, undeclared.
    """

    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    free: bool = False
    named: bool = True
    sparse: bool = False
    told: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra: tuple[str, ...] = ()
    by_language: tuple[str, ...] = ()
    adds: Mapping[str, str] = field(default_factory=dict)


KINDS: Mapping[str, FigureKind] = {
    "compass": FigureKind(
        needs=("sister_distance", "sister_bearing"),
        may=("exchange_distance", "exchange_bearing", "sister_counts", "exchange_counts", "firsts"),
        options=("home", "highlight"),
        labels=("sister", "exchange", "north", "east", "south", "west"),
    ),
    "growth": FigureKind(
        needs=("sister",),
        may=("total", "firsts", "first_dates"),
        options=("shade",),
        labels=("sister", "total"),
        extra=("reported",),
    ),
    "scorecard": FigureKind(
        needs=("score", "zero", "top"),
        may=("previous", "weight"),
        options=("root", "depth"),
        labels=("now", "previous", "interval", "no_score"),
        adds={LEAVES: "normal"},
    ),
    "contributions": FigureKind(
        needs=("score", "contribution", "top"),
        may=("weight",),
        options=("root", "depth"),
        labels=("gained", "possible", "no_value"),
        adds={LEAVES: "normal"},
    ),
    "award": FigureKind(options=("breakdowns", "years", "ordered", "reference"), free=True),
    "overlap": FigureKind(options=("totals", "highlight", "with", "max"), free=True),
    "leverage": FigureKind(
        needs=("effect",), may=("stability",), options=("max",), labels=("effect", "stability", "interval")
    ),
    "sensitivity": FigureKind(
        needs=("total",), may=("first",), options=("max",), labels=("total", "first", "interval")
    ),
    "bars": FigureKind(
        needs=("value",),
        may=("previous", "reference"),
        options=("order", "highlight", "max"),
        labels=("interval",),
        told={"previous": ("value", "previous"), "reference": ("reference",)},
    ),
    "lines": FigureKind(
        options=("reference", "highlight", "years", "zero", "shade"), free=True, named=False, sparse=True
    ),
    "trend": FigureKind(
        needs=("score",), may=("coverage",), options=("zero", "shade"), labels=("interval", "gap", "coverage")
    ),
    "change": FigureKind(
        needs=("cause",),
        may=("sums", "total"),
        options=("max",),
        labels=("city", "shared", "outside", "points", "part", "total", "others", "rest"),
        extra=("undeclared",),
    ),
    "peers": FigureKind(
        options=("home", "cities", "other_basis", "lower_is_better"),
        labels=("farther_right",),
        free=True,
        sparse=True,
    ),
    "matrix": FigureKind(
        needs=("rows",), options=("order", "max"), labels=("none", "left_out"), free=True, sparse=True
    ),
    "timeline": FigureKind(
        needs=("when",),
        may=("kind",),
        options=("lanes", "highlight", "window"),
        labels=("past", "planned", "open", "today"),
        by_language=(NAME,),
    ),
    "league": FigureKind(
        needs=("score", "rank"),
        may=("coverage",),
        options=("highlight", "max"),
        labels=("score", "interval", "rank", "range", "no_score", "left_out"),
    ),
}
COMMON_LABELS = ("no_data",)
FIELDS = ("kind", "facts", "options")
SHADE, WINDOW, ENDS = "shade", "window", ("from", "to")
NUMBERS, SWITCHES = ("max", "depth"), ("zero",)  # options that are a number, and those that are yes or no
_YEAR = re.compile(r"\d{4}")
# How like a known id one must be to count as a slip of the pen.
LIKE = 0.9


def label_keys(spec: FigureSpec) -> tuple[str, ...]:
    """Return the keys of all labels that the wording must give this figure."""
    if spec.kind not in KINDS:  # which is told already
        return ()
    kind = KINDS[spec.kind]
    silent = {*kind.needs, *kind.may, *spec.options.get("totals", ()), spec.option("years")}
    roles = tuple(role for role in spec.roles if role not in silent) if kind.free else ()
    named = roles if kind.named or len(roles) > 1 else ()
    told = (label for role in spec.roles for label in kind.told.get(role, ()))
    return (*kind.labels, *told, *named, *spec.options.get(SHADE, ()), *COMMON_LABELS)


def extra_keys(spec: FigureSpec) -> tuple[str, ...]:
    """Return the keys of labels that a figure uses if there are such."""
    return KINDS.get(spec.kind, FigureKind()).extra


def parse_figures(node: Node, problems: Problems) -> dict[str, FigureSpec]:
    """Read the declared figures by id, with a problem for everything that no figure of that kind knows."""
    return {name: _figure(name, child, problems) for name, child in as_entries(node, problems, FIELDS).items()}


def _figure(name: str, node: Node, problems: Problems) -> FigureSpec:
    fields = as_mapping(node, problems, FIELDS[:2], FIELDS[2:])
    kind = as_choice(fields["kind"], KINDS, problems, tr("a kind of figure")) if "kind" in fields else ""
    known = KINDS.get(kind, FigureKind(free=True))
    facts = _facts(fields["facts"], known, problems) if "facts" in fields else {}
    options = _options(fields["options"], known, facts, problems) if "options" in fields and kind else {}
    return FigureSpec(id=name, kind=kind, facts=facts, options=options, place=node.place)


def _facts(node: Node, kind: FigureKind, problems: Problems) -> dict[str, str]:
    spoken = [role for role, _ in node.pairs() if role.partition("_")[0] in kind.by_language]
    roles = as_mapping(node, problems, kind.needs, None if kind.free else (*kind.may, *spoken))
    parts = {role: as_texts(child, problems) for role, child in roles.items()}
    declared = {
        role + (f"{PARTED}{number}" if number > 1 else ""): fact
        for role, ids in parts.items()
        for number, fact in enumerate(ids, 1)
    }
    return {**declared, **kind.adds}


def _options(node: Node, kind: FigureKind, facts: dict[str, str], problems: Problems) -> dict[str, tuple[str, ...]]:
    """Return the options; facts at which a span begins or ends become parts of it in `facts`."""
    options = as_mapping(node, problems, (), kind.options)
    found: dict[str, tuple[str, ...]] = {}
    for key, child in options.items():
        if key in NUMBERS:
            as_number(child, problems)
        if key in SWITCHES:
            as_yes_no(child, problems)
        if key not in (SHADE, WINDOW):
            found[key] = as_texts(child, problems)
            continue
        spans = as_mapping(child, problems, (), None) if key == SHADE else {WINDOW: child}
        found[key] = tuple(spans)
        for part, end in _ends(spans, problems):
            found |= {part: (end,)} if _YEAR.fullmatch(end) else {}
            facts |= {} if _YEAR.fullmatch(end) else {part: end}
    return found


def _ends(spans: Mapping[str, Node], problems: Problems) -> Iterator[tuple[str, str]]:
    """Yield each end that is given to a span of years: the part of the span that it is, and a year or a fact."""
    for name, span in spans.items():
        for end, node in as_mapping(span, problems, ENDS[:1], ENDS[1:]).items():
            yield f"{name}{PARTED}{end}", as_text(node, problems)


def families_of(ids: Iterable[str]) -> frozenset[str]:
    """Return the ids of facts, and those of all families that they belong to."""
    return frozenset(key.rsplit(".", cut)[0] for key in ids for cut in range(key.count(".") + 1))


def unknown_roles(spec: FigureSpec, made: Collection[str]) -> Problems:
    """Return a problem for each role that no fact plays: a needed one, or one whose id looks misspelt.

    `made` are the ids of all facts and families. A role that the kind can do without may be empty, as the scores of a
    previous edition are in a first one.
    """
    kind = KINDS[spec.kind]
    spare = set(spec.roles) - set(kind.needs) if kind.sparse or kind.by_language else set()
    optional = {*kind.may, *spec.options.get(SHADE, ()), *spec.options.get("reference", ()), WINDOW, *spare}
    return [
        Problem(
            spec.place,
            tr("'{prefix}' is neither a fact nor a family of facts", prefix=prefix),
            nearest(prefix, made, UNKNOWN_FACT),
        )
        for role, prefix in spec.facts.items()
        if prefix not in made
        and role not in kind.adds
        and (role.partition(PARTED)[0] not in optional or get_close_matches(prefix, made, 1, LIKE))
    ]


def figure_key(fact: Fact) -> str:
    """Return the name that a member of a family is about: its last key, or the last word of its id."""
    return fact.about[-1] if fact.about else fact.id.rsplit(".", 1)[-1]


def member_key(fact: Fact) -> str:
    """Return the name that a member of a family is about, or the id of a fact that stands alone."""
    return fact.about[-1] if fact.about else fact.id
