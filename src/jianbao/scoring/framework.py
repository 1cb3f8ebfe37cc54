"""Define the framework: an index of branches and indicators, each choice named with its reason and source."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import isnan
from typing import TypeAlias

from jianbao.core.documents import Node
from jianbao.core.errors import Place

NOWHERE = Place("")


@dataclass(frozen=True)
class Goalpost:
    """A bound of a normalisation: a number, or the value of a fact (NaN until `with_goalposts` sets it)."""

    value: float
    fact: str = ""


Matrix = tuple[tuple[float, ...], ...]
Value: TypeAlias = "float | str | Goalpost | tuple[float, ...] | Matrix | tuple[Method, ...] | Node"


@dataclass(frozen=True, kw_only=True)
class Method:
    """A named choice of one step, its parameters, and the reason.

    `states` is "source" if the source states exactly these values, at `stated_at`; "chosen" if they were chosen
    for this framework, perhaps following a source; "" if undeclared.
    """

    name: str
    parameters: Mapping[str, Value]
    place: Place = NOWHERE
    because: Node | None = None
    source: tuple[str, ...] = ()
    states: str = ""
    stated_at: str = ""

    def number(self, key: str) -> float:
        """Return a parameter as a number (a goalpost's value; a choice such as ddof "1" too)."""
        value = self.parameters[key]
        if isinstance(value, Goalpost):
            return value.value
        if isinstance(value, float | str):
            return float(value)
        raise TypeError(f"{key} of {self.name} is not a number")

    def text(self, key: str) -> str:
        """Return a parameter as the text that was written."""
        return str(self.parameters[key])

    def numbers(self, key: str) -> tuple[float, ...]:
        """Return a parameter that is a list of numbers."""
        value = self.parameters[key]
        if isinstance(value, tuple):
            return tuple(each for each in value if isinstance(each, float))
        raise TypeError(f"{key} of {self.name} is not a list of numbers")

    @property
    def steps(self) -> tuple["Method", ...]:
        """Return the methods that a chain tries in turn; none for any other method."""
        value = self.parameters.get("steps", ())
        return tuple(each for each in value if isinstance(each, Method)) if isinstance(value, tuple) else ()


@dataclass(frozen=True)
class Denominator:
    """A column to divide by, and the amount in which it is counted ("per 10000")."""

    by: str
    per: float = 1.0


@dataclass(frozen=True)
class MeasurementError:
    """The standard deviation of an indicator's value, absolute or relative; `shared`: one error for all rows."""

    absolute: float = 0.0
    relative: float = 0.0
    shared: bool = False


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A leaf: the column (or fact) that it reads, its direction (1 or -1), and the treatment of its values.

    `control` says who decides about it (one of CONTROLS), "" if that is not declared.
    """

    id: str
    name: Mapping[str, str]
    column: str
    normalise: Method
    treat: Method
    impute: Method
    direction: int = 1
    aspect: str = "value"
    denominate: Denominator | None = None
    error: MeasurementError | None = None
    control: str = ""
    weight: float = 1.0
    because: Node | None = None
    source: tuple[str, ...] = ()
    place: Place = NOWHERE

    @property
    def key(self) -> str:
        """Return the panel's column for this indicator: the fact's id, marked if its share is meant."""
        return f"{self.column}:share" if self.aspect == "share" else self.column

    def facts_read(self) -> tuple[str, ...]:
        """Return the facts or columns that it reads, its own first, without the mark of a share."""
        return (self.column, *self.others())

    def others(self) -> tuple[str, ...]:
        """Return the columns read besides the indicator's own: its denominator, and the whole of a share."""
        whole = (self.normalise.text("of"),) if self.normalise.name == "share" else ()
        return (*((self.denominate.by,) if self.denominate else ()), *whole)


@dataclass(frozen=True, kw_only=True)
class Branch:
    """An inner node: the weights and aggregation of its children, and the coverage and indicators its score needs."""

    id: str
    name: Mapping[str, str]
    children: tuple["Branch | Indicator", ...]
    weights: Method
    aggregate: Method
    minimum_coverage: float
    least_indicators: int = 0
    incomplete: bool = False  # a child was left out of the edition: `least_indicators` are never enough then
    weight: float = 1.0
    because: Node | None = None
    source: tuple[str, ...] = ()
    place: Place = NOWHERE


Component = Branch | Indicator
LeafEdit = Callable[[Indicator], Indicator]
BranchEdit = Callable[[Branch], Branch]


@dataclass(frozen=True, kw_only=True)
class UncertaintySpec:
    """The things that the draws vary: weights, goalposts, normalisation, aggregation, measurement.

    `weights` is "dirichlet" (with a concentration), "flat", "noise" (a relative half width) or "". `floor` and `target`
    are half widths as shares of target - floor. `normalise` holds, for each alternative, the method of each indicator.
    """

    weights: str = ""
    amount: float = 0.0
    floor: float = 0.0
    target: float = 0.0
    normalise: tuple[Mapping[str, Method], ...] = ()
    aggregate: Mapping[str, tuple[Method, ...]] | None = None
    measurement: bool = False
    because: Node | None = None


@dataclass(frozen=True)
class TableColumns:
    """The columns of a table with the unit, the period and the groups."""

    unit: str = "unit"
    period: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class References:
    """The rows that the relative methods of a step compare (one of REFERENCES); "" if undeclared."""

    impute: str = "each_period"
    treat: str = "each_period"
    normalise: str = "each_period"

    def of(self, step: str) -> str:
        """Return the reference of a step; weights and relative aggregations follow normalisations."""
        return {"impute": self.impute, "treat": self.treat}.get(step, self.normalise)


@dataclass(frozen=True)
class Screen:
    """The least share of indicators that a row must have to be scored, counted after imputation or before it."""

    least: float = 0.0
    after: bool = False


@dataclass(frozen=True, kw_only=True)
class Framework:
    """A whole composite indicator; see `framework_reader` for the file, `method_options` for the possible choices.

    `coverage` is counted by "weight" or by "children"; relative aggregations compare the rows that normalisations do.
    With `leaves_out`, an edition is scored without indicators that have no goalpost, or no data in any year; `left_out`
    are those, and the branches that had no others.
    """

    index: Branch
    minimum_coverage: float
    scale: tuple[float, float] = (0.0, 100.0)
    seed: int = 0
    draws: int = 0
    interval: tuple[float, float] = (5.0, 95.0)
    decimals: int = 1
    rank_decimals: int | None = None
    contributions: str = "proportional"
    reference: References = References()
    screen: Screen = Screen()
    coverage: str = "weight"
    table: TableColumns = TableColumns()
    uncertainty: UncertaintySpec = UncertaintySpec()
    leaves_out: bool = False
    left_out: tuple[Component, ...] = ()

    def components(self) -> Iterator[Component]:
        """Yield every branch and indicator, parents before their children."""
        return walk_nodes(self.index)

    def branches(self) -> tuple[Branch, ...]:
        """Return the inner nodes, parents before children."""
        return tuple(node for node in self.components() if isinstance(node, Branch))

    def indicators(self) -> tuple[Indicator, ...]:
        """Return the leaves in written order."""
        return leaves_of(self.index)

    def find(self, node_id: str) -> Component:
        """Return a node by id; raise KeyError if there is none."""
        for node in self.components():
            if node.id == node_id:
                return node
        raise KeyError(node_id)

    def path(self, node_id: str) -> tuple[Component, ...]:
        """Return the nodes from the index down to one node; raise KeyError if there is none."""
        found = _path(self.index, node_id)
        if not found:
            raise KeyError(node_id)
        return found

    def columns(self) -> tuple[str, ...]:
        """Return the columns that a panel must hold, each once."""
        return tuple(dict.fromkeys(column for leaf in self.indicators() for column in (leaf.key, *leaf.others())))

    def facts_read(self) -> tuple[str, ...]:
        """Return the facts that the indicators read in every year, each once; see also `goalpost_facts`."""
        return tuple(dict.fromkeys(fact for leaf in self.indicators() for fact in leaf.facts_read()))

    def goalpost_facts(self) -> tuple[str, ...]:
        """Return the facts whose values are goalposts, each once."""
        bounds = (bound for leaf in self.indicators() for bound in goalposts_of(leaf))
        return tuple(dict.fromkeys(bound.fact for bound in bounds if bound.fact))


def walk_nodes(node: Component) -> Iterator[Component]:
    """Yield a node and all below it, parents before their children."""
    yield node
    if isinstance(node, Branch):
        for child in node.children:
            yield from walk_nodes(child)


def leaves_of(node: Component) -> tuple[Indicator, ...]:
    """Return the indicators below a node in written order, or the node itself if it is one."""
    return tuple(each for each in walk_nodes(node) if isinstance(each, Indicator))


def _path(node: Component, node_id: str) -> tuple[Component, ...]:
    if node.id == node_id:
        return (node,)
    for child in node.children if isinstance(node, Branch) else ():
        below = _path(child, node_id)
        if below:
            return (node, *below)
    return ()


def goalposts_of(leaf: Indicator) -> tuple[Goalpost, ...]:
    """Return the goalposts of an indicator's declared normalisation."""
    return tuple(value for value in leaf.normalise.parameters.values() if isinstance(value, Goalpost))


def with_goalposts(framework: Framework, values: Mapping[str, float]) -> Framework:
    """Return the framework with goalposts that are facts set to their values; unknown ones stay NaN."""
    return _bounded(framework, lambda post: replace(post, value=values.get(post.fact, post.value)))


def with_fixed_goalposts(framework: Framework) -> Framework:
    """Return the framework with goalposts as plain numbers, no longer tied to facts; those without a value stay."""
    return _bounded(framework, lambda post: post if isnan(post.value) else Goalpost(post.value))


def _bounded(framework: Framework, edit: Callable[[Goalpost], Goalpost]) -> Framework:
    """Return the framework with every goalpost passed through an edit, those of alternatives too."""

    def put_in(method: Method) -> Method:
        found = method.parameters.items()
        return replace(
            method, parameters={key: edit(value) if isinstance(value, Goalpost) else value for key, value in found}
        )

    alternatives = tuple(
        {leaf: put_in(method) for leaf, method in each.items()} for each in framework.uncertainty.normalise
    )
    whole = edited(framework, lambda leaf: replace(leaf, normalise=put_in(leaf.normalise)))
    return replace(whole, uncertainty=replace(framework.uncertainty, normalise=alternatives))


def edited(framework: Framework, leaf_edit: LeafEdit, branch_edit: BranchEdit | None = None) -> Framework:
    """Return the framework with every indicator (and branch, after its children) passed through an edit."""

    def rebuilt(node: Branch) -> Branch:
        children = tuple(rebuilt(child) if isinstance(child, Branch) else leaf_edit(child) for child in node.children)
        whole = replace(node, children=children)
        return branch_edit(whole) if branch_edit else whole

    return replace(framework, index=rebuilt(framework.index))


def without_unmeasured(framework: Framework, ledger: Collection[str], by_year: Iterable[Collection[str]]) -> Framework:
    """Return the framework without the nodes that it leaves out of an edition, unless nothing would be left.

    `ledger` are the ids of the facts of the edition's day, `by_year` those of each scored year.
    """
    seen = frozenset(fact for year in by_year for fact in year)

    def counts(node: Component) -> bool:
        return any(leaf.column in seen and unmet_goalposts(leaf) <= {*ledger} for leaf in leaves_of(node))

    def kept(node: Branch) -> Branch:
        left = [kept(child) if isinstance(child, Branch) else child for child in filter(counts, node.children)]
        return replace(node, children=tuple(left), incomplete=len(left) < len(node.children))

    if not framework.leaves_out or not counts(framework.index):
        return framework
    left_out = tuple(node for node in framework.components() if not counts(node))
    return replace(framework, index=kept(framework.index), left_out=left_out)


def unmet_goalposts(leaf: Indicator) -> frozenset[str]:
    """Return the facts from which its goalposts still have to take their values."""
    return frozenset(post.fact for post in goalposts_of(leaf) if post.fact and isnan(post.value))
