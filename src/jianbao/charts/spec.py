"""Read the declaration of a figure: its kind, the facts in each role, its options, and the labels that it needs."""

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
    """The words of a figure in one language, or in two side by side."""

    @property
    def language(self) -> str:
        """Return the id of the language, such as "zh" or "zh-en"."""

    def label(self, key: str) -> str:
        """Return a label of the figure; raises KeyError if the wording has none."""

    def name(self, key: str) -> str:
        """Return the (short) name of a city, continent, edition, node of the framework or rule.

        A key without such a name has the one in the figure's labels.
        """

    def names(self, keys: Sequence[str], most: int, unit: str) -> str:
        """Return a list of names in the language's form, at most `most` of them ("A, B and 3 more").

        `unit` is the unit of the vocabulary in which the names are counted.
        """

    def number(self, fact: Fact) -> str:
        """Return a fact's value as the language writes it in figures, with its unit if the unit is not obvious."""

    def tick(self, value: float, unit: str) -> str:
        """Return a number of an axis, which is not a fact, as the language writes it ("5,000 km", "Nov")."""

    def when(self, written: str, *, year: bool) -> str:
        """Return an ISO date or interval in short form ("1–10 Feb"), with its year or without."""


@dataclass(frozen=True)
class Size:
    """The room for a figure: the width of a column and the height, in mm (0: as high as the figure needs)."""

    width_mm: float
    height_mm: float = 0.0


NAME = "name"
PARTED = "/"  # separates a role and its part: "cities/2" for the second of several ids, "stall/from" for a span
LEAVES = f"score{PARTED}indicators"  # the part of the role "score" for indicators, whose scores are another family


@dataclass(frozen=True, kw_only=True)
class FigureSpec:
    """A declared figure; `facts` has for each role the id of a fact or the prefix of a family of facts.

    A role with several ids has a part for each (see PARTED). The option `shade` names spans of years; the ends of a
    span are parts of it: a fact in `facts`, or a year in `options`.
    """

    id: str
    kind: str
    facts: Mapping[str, str]
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    place: Place = field(default_factory=lambda: Place("figures.yml"))

    def option(self, key: str, default: str = "") -> str:
        """Return the first word of an option, `default` if it is not given."""
        return next(iter(self.options.get(key, ())), default)

    def limit(self, default: int) -> int:
        """Return the option `max`, the most items to draw."""
        return int(float(self.option("max", str(default))))

    @property
    def roles(self) -> tuple[str, ...]:
        """Return the declared roles, without parts."""
        return tuple(role for role in self.facts if PARTED not in role)

    def family(self, role: str, ledger: Ledger) -> tuple[Fact, ...]:
        """Return the facts whose ids begin with a role's prefix, in the order of the ledger."""
        start = f"{self.facts[role]}." if role in self.facts else ""
        return tuple(fact for key, fact in ledger.items() if key.startswith(start)) if start else ()

    def members(self, role: str, ledger: Ledger) -> tuple[Fact, ...]:
        """Return the facts of a role and its parts: for each id the fact with it, or else its family."""
        parts = (part for part in self.facts if part == role or part.startswith(role + PARTED))
        found = (
            (ledger[self.facts[part]],) if self.facts[part] in ledger else self.family(part, ledger) for part in parts
        )
        return tuple(fact for facts in found for fact in facts)

    def called(self, ledger: Ledger, language: str) -> dict[str, str]:
        """Return the names of keys in a language from the role "name_LANGUAGE", whose facts are texts."""
        return {member_key(fact): str(fact.value) for fact in self.members(f"{NAME}_{language}", ledger)}

    def fact(self, role: str, ledger: Ledger, key: str = "") -> Fact | None:
        """Return the fact of a role, or the member `key` of its family; None if there is none."""
        prefix = self.facts.get(role, "")
        return ledger.get(f"{prefix}.{key}" if key else prefix)


@dataclass(frozen=True, kw_only=True)
class FigureKind:
    """The roles that a kind of figure needs and may have, its options, and its labels.

    With `free`, a figure may have further roles with names of its own; each needs a label, or without `named` only if
    there are several. With `sparse`, roles without facts in an edition are left out. `role_labels` are the labels that
    are needed if a role is declared, `extra` are optional ones. A role of `by_language` is given for each language
    ("name_zh", "name_en"). `adds` are parts of roles that need no declaration. `heads` are labels of other roles.
    """

    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    free: bool = False
    named: bool = True
    sparse: bool = False
    role_labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra: tuple[str, ...] = ()
    by_language: tuple[str, ...] = ()
    adds: Mapping[str, str] = field(default_factory=dict)
    heads: Mapping[str, str] = field(default_factory=dict)


_OF_LINES = ("reference", "highlight", "years", "zero", "shade")
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
        extra=("average",),
        heads={"score": "now"},
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
        role_labels={"previous": ("value", "previous"), "reference": ("reference",)},
    ),
    "lines": FigureKind(options=_OF_LINES, free=True, named=False, sparse=True, extra=("ends",)),
    "trend": FigureKind(
        needs=("score",),
        may=("coverage", "carried"),
        options=("zero", "shade"),
        labels=("interval", "gap", "coverage"),
        role_labels={"carried": ("carried",)},
    ),
    "change": FigureKind(
        needs=("cause",),
        may=("sums", "measured", "total"),
        options=("max",),
        labels=("city", "shared", "outside", "points", "part", "total", "others", "rest"),
        role_labels={"measured": ("unmeasured",)},
        extra=("undeclared",),
    ),
    "peers": FigureKind(
        options=("home", "cities", "other_basis", "lower_is_better", "last_rank"),
        labels=("right_is_more", "right_is_better", "right_is_more_or_better"),
        free=True,
        sparse=True,
    ),
    "matrix": FigureKind(
        needs=("rows",), options=("order", "max"), labels=("none", "left_out"), free=True, sparse=True
    ),
    "timeline": FigureKind(
        needs=("when",),
        may=("kind", "due"),
        options=("lanes", "highlight", "window"),
        labels=("past", "planned", "open", "today"),
        extra=("undated",),
        role_labels={"due": ("due", "proposed")},
        by_language=(NAME,),
    ),
    "league": FigureKind(
        needs=("score", "rank"),
        may=("coverage",),
        options=("highlight", "max"),
        labels=("score", "interval", "rank", "range", "no_score", "left_out"),
    ),
}
COMMON_LABELS, FIELDS = ("no_data",), ("kind", "facts", "options")
SHADE, WINDOW, ENDS = "shade", "window", ("from", "to")
NUMBERS, SWITCHES = ("max", "depth"), ("zero",)  # options that are a number, and those that are yes or no
_YEAR = re.compile(r"\d{4}")
LIKE = 0.9  # the similarity (0 to 1, difflib) from which an unknown id counts as misspelt


def label_keys(spec: FigureSpec) -> tuple[str, ...]:
    """Return the keys of all labels that the wording of a figure must have."""
    if spec.kind not in KINDS:  # already reported
        return ()
    kind = KINDS[spec.kind]
    counts = (*spec.options.get("totals", ()), *spec.options.get("last_rank", ()))
    unlabelled = {*kind.needs, *kind.may, *counts, spec.option("years")}
    roles = tuple(role for role in spec.roles if role not in unlabelled) if kind.free else ()
    named = roles if kind.named or len(roles) > 1 else ()
    role_labels = (label for role in spec.roles for label in kind.role_labels.get(role, ()))
    return (*kind.labels, *role_labels, *named, *spec.options.get(SHADE, ()), *COMMON_LABELS)


def extra_keys(spec: FigureSpec) -> tuple[str, ...]:
    """Return the keys of labels that the wording of a figure may have."""
    return KINDS.get(spec.kind, FigureKind()).extra


def parse_figures(node: Node, problems: Problems) -> dict[str, FigureSpec]:
    """Return the declared figures by id; add a problem for each role or option that their kind does not have."""
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
    """Return the options; facts at which a span begins or ends are added to `facts` as parts of it."""
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
    """Yield each given end of a span of years: the name of its part ("stall/from"), and a year or the id of a fact."""
    for name, span in spans.items():
        for end, node in as_mapping(span, problems, ENDS[:1], ENDS[1:]).items():
            yield f"{name}{PARTED}{end}", as_text(node, problems)


def families_of(ids: Iterable[str]) -> frozenset[str]:
    """Return the ids of facts and the prefixes of all families that they belong to."""
    return frozenset(key.rsplit(".", cut)[0] for key in ids for cut in range(key.count(".") + 1))


def unknown_roles(spec: FigureSpec, made: Collection[str], declared: Collection[str] = ()) -> Problems:
    """Return a problem for each role without facts, if the kind needs it or if its id looks misspelt.

    `made` are the ids of all facts and families. Other roles may be empty, such as the scores of the previous edition
    in the first one, and those `declared` as measures without recorded values.
    """
    kind = KINDS[spec.kind]
    made = {*made, *(prefix for role, prefix in spec.facts.items() if prefix in declared and role not in kind.needs)}
    droppable = set(spec.roles) - set(kind.needs) if kind.sparse or kind.by_language else set()
    optional = {*kind.may, *spec.options.get(SHADE, ()), *spec.options.get("reference", ()), WINDOW, *droppable}
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
    """Return the key of a member of a family: the last key that it is about, or the last word of its id."""
    return fact.about[-1] if fact.about else fact.id.rsplit(".", 1)[-1]


def names_in(fact: Fact) -> tuple[str, ...]:
    """Return the names that a fact holds: its only one, or all of a list."""
    return fact.value if isinstance(fact.value, tuple) else (str(fact.value),)


def member_key(fact: Fact) -> str:
    """Return the last key that a fact is about, or its id if it is about nothing."""
    return fact.about[-1] if fact.about else fact.id
