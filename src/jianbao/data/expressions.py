"""Ask questions of facts in one small language: parse an expression, evaluate it to true, false or unknown, say why.

The language is that part of Jinja2's expressions that can be answered from facts: `award.cities_latest >=
award.cities.max and 'Lyon' in sister_cities.names`. Values are intervals, and an answer is true only if every
value that the facts allow agrees; questions are joined by Kleene's strong three-valued logic.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache, reduce
from itertools import combinations, pairwise

import numpy as np
from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream
from jinja2.parser import Parser
from numpy.typing import NDArray

from jianbao.core.messages import Translatable, tr, tr_later, tr_list, verbatim
from jianbao.data.claim_limits import INCOMPLETE, gaps_between, lowest_grade
from jianbao.data.dates import Period, period
from jianbao.data.facts import Fact, Ledger

Floats = NDArray[np.float64]
LONGEST = 2000  # letters of an expression
FIRM = 0.9  # the share of draws that must agree if the series sets none
DIGITS = 6  # of a number in a reason
DATE = "date"  # the unit of dates, which are counted in days
TOTALS = ("max", "min", "sum", "count")  # attributes of a family of facts
PARTS = ("since", "before")  # which members of a family count: those since a year, those before one
ATTRIBUTES = (*TOTALS, "low", "high", "share", "of", "year", "unit", "carried")
_START, _END = "{{ ", " }}"
_ENVIRONMENT = Environment(autoescape=False)  # nothing is rendered: only its parser is used


class Truth(StrEnum):
    """Whether a claim holds; unknown if the facts allow both."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


class Code(StrEnum):
    """The kind of a reason; its text names the values that the reason has."""

    HOLDS = tr_later("{left} {sign} {right} holds")
    FAILS = tr_later("{left} {sign} {right} does not hold")
    MISSING = tr_later("{fact} has no value")
    NOT_A_NUMBER = tr_later("{fact} is not a number")
    NO_ATTRIBUTE = tr_later("{fact} has no '{attribute}'")
    UNIT = tr_later("{one} counts in '{unit}', {other} in '{other_unit}'")
    BASIS = tr_later("{one} is counted as '{rule}', {other} as '{other_rule}': they do not compare")
    MOMENT = tr_later("{one} is of {day}, {other} of {other_day}")
    GAP = tr_later("values are missing in {fact} before {since}: it may be said of the time since then only")
    INCOMPLETE = tr_later("{fact} is from an incomplete table: {range}")
    LATER = tr_later("{fact} is complete until {until} only: {range}")
    INEXACT = tr_later("{fact} is not an exact number: {range}")
    DRAWS = tr_later("{left} {sign} {right} holds in {share:.0%} of the simulations, fails in {fails:.0%}")
    ZERO = tr_later("{divisor} may be zero, and nothing is divided by zero")


@dataclass(frozen=True)
class Reason:
    """Why a claim is false or unknown: the kind of reason, and the values that its text names."""

    code: Code
    values: Mapping[str, object]

    @property
    def message(self) -> Translatable:
        """Return the reason as a message."""
        return tr(self.code.value, **self.values)


class ExpressionError(ValueError):
    """A text that is no expression of this language: what is wrong, and the offset in the text where it is."""

    def __init__(self, message: Translatable, offset: int) -> None:
        super().__init__(message)
        self.message, self.offset = message, offset


@dataclass(frozen=True, kw_only=True)
class Expression:
    """A parsed expression: the ids of facts or families that it reads, each once, and whether it asks a question.

    One that asks none gives a value, as `partners.active / partners.total` does.
    """

    text: str
    names: tuple[str, ...] = field(compare=False)
    asks: bool = field(compare=False)
    node: nodes.Expr = field(compare=False, repr=False)


@dataclass(frozen=True, kw_only=True, eq=False)
class Quantity:
    """A value between two bounds, infinite if there is none, with its unit and the facts from which it comes.

    Each bound has one element, or one for each draw of the scores. `label` is how a reason names it. `doubts` are the
    reasons why it is not one number.
    """

    low: Floats
    high: Floats
    label: str
    unit: str = ""
    facts: tuple[Fact, ...] = ()
    doubts: tuple[Reason, ...] = ()

    @property
    def bounds(self) -> tuple[float, float]:
        """Return the least and the greatest value; of scores, the 5th and the 95th percentile of the draws."""
        if len(self.low) == 1:
            return float(self.low[0]), float(self.high[0])
        return float(np.percentile(self.low, 5)), float(np.percentile(self.high, 95))

    @property
    def exact(self) -> bool:
        """Return whether it is a single number."""
        return len(self.low) == 1 and float(self.low[0]) == float(self.high[0])

    @property
    def bases(self) -> tuple[str, ...]:
        """Return the counting rules of its facts."""
        return tuple(dict.fromkeys(basis for fact in self.facts for basis in fact.limits.bases))

    @property
    def grade(self) -> str:
        """Return the lowest grade of its facts."""
        return lowest_grade(fact.limits.grade for fact in self.facts)

    @property
    def words(self) -> Translatable:
        """Return it in words: a number, "at least 5", "at most 13", or "5 to 18"."""
        return _range_in_words(*self.bounds, self.unit)


@dataclass(frozen=True, kw_only=True)
class Words:
    """One text, name or date, or several names; `doubts` are the reasons why there may be more of them."""

    values: tuple[str, ...]
    label: str
    listed: bool = False
    facts: tuple[Fact, ...] = ()
    doubts: tuple[Reason, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the facts say to an expression: the truth of a question, or else the value, None if it is unknown.

    `reasons` say why a question is not true, or why there is no value. `operands` are the facts that were read.
    """

    truth: Truth | None
    value: Quantity | Words | None
    reasons: tuple[Reason, ...]
    operands: tuple[Fact, ...]


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """Parse an expression.

    Args:
        text: for instance "partners.total > 100 and known(fair.buyers)".

    Returns:
        The expression, which can be evaluated with the facts of any day.

    Raises:
        ExpressionError: the text is not an expression, or has a part that facts cannot answer.
    """
    if len(text) > LONGEST:
        raise ExpressionError(tr("an expression has {most} letters at most", most=LONGEST), LONGEST)
    try:
        node = _parsed(text)
        asks = _kind(node, text) == "question"
        names = dict.fromkeys(_split(path)[0] for path in _paths(node))
    except RecursionError:
        raise ExpressionError(tr("the expression is nested too deeply"), 0) from None
    return Expression(text=text, names=tuple(names), asks=asks, node=node)


def evaluate(
    expression: Expression,
    facts: Ledger,
    *,
    as_of: bool = False,
    draws: Mapping[str, Floats] | None = None,
    firm: float = FIRM,
) -> Answer:
    """Answer an expression from facts.

    Args:
        expression: what is asked.
        facts: the facts of an edition.
        as_of: whether the text gives the day of each value, so that values of different days may be compared, and
            a count is that of the day until which its table is complete.
        draws: the values of scores in each draw, by the ids of their facts.
        firm: the share of the draws that must agree.

    Returns:
        The truth or the value, with reasons.
    """
    asked = _Evaluation(facts=facts, as_of=as_of, draws=draws or {}, firm=firm)
    operands = tuple(
        dict.fromkeys(
            fact for name in expression.names for fact in ([facts[name]] if name in facts else facts.below(name))
        )
    )
    if expression.asks:
        truth, reasons = asked.verdict(expression.node)
        told = () if truth is Truth.TRUE else tuple(_each_once(reasons))
        return Answer(truth=truth, value=None, reasons=told, operands=operands)
    try:
        return Answer(truth=None, value=asked.value(expression.node), reasons=(), operands=operands)
    except _UndecidedError as undecided:
        return Answer(truth=None, value=None, reasons=undecided.reasons, operands=operands)


def explain(answer: Answer, language: str) -> str:
    """Return the reasons of an answer in a language, "" if there are none."""
    return tr_list((reason.message for reason in answer.reasons), "; ").in_language(language)


# Parsing: the tokens carry their offset in place of the line, and so do the nodes made from them.

_OPERATORS: Mapping[type[nodes.BinExpr], str] = {nodes.Add: "+", nodes.Sub: "-", nodes.Mul: "*", nodes.Div: "/"}
_SIGNS = {"eq": "==", "ne": "!=", "gt": ">", "gteq": ">=", "lt": "<", "lteq": "<=", "in": "in", "notin": "not in"}
_FILTERS = {"abs": 0, "round": 1}  # by how many arguments they take
_REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.Pow: "**",
    nodes.Mod: "%",
    nodes.FloorDiv: "//",
    nodes.Concat: "~",
    nodes.CondExpr: "if",
    nodes.Test: "is",
    nodes.Getitem: "[ ]",
    nodes.List: "[ ]",
    nodes.Dict: "{ }",
    nodes.Tuple: ",",
}


class _OffsetParser(Parser):
    def __init__(self, stream: TokenStream) -> None:
        super().__init__(_ENVIRONMENT, "")
        self.stream = stream


def _parsed(text: str) -> nodes.Expr:
    found: list[tuple[int, str, str]] = []
    offset = -len(_START)
    try:
        for _, kind, written in _ENVIRONMENT.lexer.tokeniter(_START + _one_line(text) + _END, None):
            found.append((max(offset, 0), kind, written))
            offset += len(written)
            if kind == "variable_end":
                break
    except TemplateSyntaxError:
        wrong = text[max(offset, 0) : max(offset, 0) + 1]
        raise ExpressionError(tr("'{value}' has no meaning here", value=wrong), max(offset, 0)) from None
    if offset < len(text):
        raise ExpressionError(tr("'{value}' has no meaning here", value="}}"), found[-1][0])
    try:
        stream = TokenStream(_ENVIRONMENT.lexer.wrap(found[1:]), None, None)
        if stream.current.type == "variable_end":
            raise ExpressionError(tr("the expression is empty"), 0)
        parser = _OffsetParser(stream)
        node = parser.parse_expression()
        rest = parser.stream.current
        if rest.type != "variable_end":
            raise ExpressionError(tr("'{value}' has no meaning here", value=rest.value), rest.lineno)
    except TemplateSyntaxError as error:
        place = min(error.lineno, len(text))
        if place >= len(text.rstrip()):
            raise ExpressionError(tr("something is missing at the end"), place) from None
        wrong = text[place:].split(maxsplit=1)[0]
        raise ExpressionError(tr("'{value}' has no meaning here", value=wrong), place) from None
    except (ValueError, OverflowError) as error:
        if isinstance(error, ExpressionError):
            raise
        raise ExpressionError(tr("a number is too large"), 0) from None
    return node


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")


def _kind(node: nodes.Node, text: str) -> str:
    """Return "question", "value" or "words" for a node that is part of the language; raise an error for another."""
    match node:
        case nodes.Const(value=bool() | None):
            raise ExpressionError(tr("'{value}' is not part of the language", value=node.value), node.lineno)
        case nodes.Const(value=str()):
            return "words"
        case nodes.Const():
            if not math.isfinite(node.value):
                raise ExpressionError(tr("a number is too large"), node.lineno)
            return "value"
        case nodes.Name() | nodes.Getattr():
            for year in _family(node)[1]:
                _needs(year[1], text, "value")
            return "fact"
        case nodes.Neg() | nodes.Pos():
            return _needs(node.node, text, "value")
        case nodes.Add() | nodes.Sub() | nodes.Mul() | nodes.Div():
            _needs(node.left, text, "value")
            return _needs(node.right, text, "value")
        case nodes.And() | nodes.Or():
            _needs(node.left, text, "question")
            return _needs(node.right, text, "question")
        case nodes.Not():
            return _needs(node.node, text, "question")
        case nodes.Compare():
            _compared(node, text)
            return "question"
        case nodes.Call(node=nodes.Name(name="known")):
            if len(node.args) != 1 or node.kwargs or node.dyn_args or node.dyn_kwargs:
                raise ExpressionError(tr("'known' takes the name of one fact"), node.lineno)
            _path(node.args[0])
            return "question"
        case nodes.Filter(node=nodes.Expr()) if node.name in _FILTERS:
            return _filtered(node, text)
    raise ExpressionError(tr("'{value}' is not part of the language", value=_written(node)), node.lineno)


def _start(node: nodes.Node) -> int:
    """Return the offset at which a part begins."""
    own = [] if isinstance(node, nodes.Operand) else [int(node.lineno)]  # the parser gives an operand no line
    return min(own + [_start(child) for child in node.iter_child_nodes()])


def _written(node: nodes.Node) -> str:
    if isinstance(node, nodes.Filter):
        return f"|{node.name}"
    if isinstance(node, nodes.Call):
        return f"{getattr(node.node, 'name', getattr(node.node, 'attr', ''))}()"
    return _REFUSED.get(type(node), type(node).__name__.lower())


def _needs(node: nodes.Expr, text: str, wanted: str) -> str:
    found = _kind(node, text)
    if wanted == "question" and found != "question":
        raise ExpressionError(tr("a value is not a question: compare it with something"), _start(node))
    if wanted == "value" and found in ("question", "words"):
        raise ExpressionError(tr("nothing can be calculated with this"), _start(node))
    return wanted


def _compared(node: nodes.Compare, text: str) -> None:
    for each in (node.expr, *(operand.expr for operand in node.ops)):
        if _kind(each, text) == "question":
            raise ExpressionError(tr("a question cannot be compared"), _start(each))
    for operand in node.ops:
        if operand.op in ("in", "notin") and not isinstance(operand.expr, nodes.Name | nodes.Getattr):
            raise ExpressionError(tr("'in' needs the name of a fact that lists names"), _start(operand.expr))


def _filtered(node: nodes.Filter, text: str) -> str:
    plain = all(isinstance(each, nodes.Const) and isinstance(each.value, int) for each in node.args)
    if len(node.args) > _FILTERS[node.name] or not plain or node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise ExpressionError(tr("'{name}' does not take this", name=node.name), node.lineno)
    return _needs(node.node, text, "value") if node.node is not None else "value"


def _path(node: nodes.Node) -> str:
    match node:
        case nodes.Name():
            return node.name
        case nodes.Getattr():
            return f"{_path(node.node)}.{node.attr}"
    raise ExpressionError(tr("a name of a fact is needed here"), _start(node))


_Years = tuple[tuple[str, nodes.Expr], ...]


def _family(node: nodes.Name | nodes.Getattr) -> tuple[str, _Years]:
    """Return a name with its attribute, and the years that restrict a family, as in `a.b.since(2019).max`."""
    if not isinstance(node, nodes.Getattr) or not isinstance(node.node, nodes.Call):
        return _path(node), ()
    years: list[tuple[str, nodes.Expr]] = []
    inner: nodes.Expr = node.node
    while isinstance(inner, nodes.Call):
        word = inner.node.attr if isinstance(inner.node, nodes.Getattr) else ""
        if word not in PARTS or word in dict(years) or node.attr not in TOTALS:
            raise ExpressionError(tr("'{value}' is not part of the language", value=_written(inner)), _start(inner))
        if len(inner.args) != 1 or inner.kwargs or inner.dyn_args or inner.dyn_kwargs:
            raise ExpressionError(tr("'{name}' takes one year", name=word), _start(inner))
        years.append((word, inner.args[0]))
        inner = inner.node.node if isinstance(inner.node, nodes.Getattr) else inner
    return f"{_path(inner)}.{node.attr}", tuple(years)


def _paths(node: nodes.Node) -> Iterator[str]:
    """Yield each dotted name in an expression, with its attribute."""
    if isinstance(node, nodes.Name | nodes.Getattr):
        path, years = _family(node)
        yield path
        for _, year in years:
            yield from _paths(year)
        return
    for child in node.args if isinstance(node, nodes.Call) else node.iter_child_nodes():
        yield from _paths(child)


def _split(path: str) -> tuple[str, str]:
    """Return the name of a fact or family, and the attribute of it that is asked for."""
    name, _, last = path.rpartition(".")
    return (name, last) if name and last in ATTRIBUTES else (path, "")


# Evaluating.

_Verdict = tuple[Truth, tuple[Reason, ...]]
_Stated = tuple[object, ...]  # what tells whether two facts are one inexact value


class _UndecidedError(Exception):
    """A part has no value, for these reasons."""

    def __init__(self, reasons: Iterable[Reason]) -> None:
        super().__init__()
        self.reasons = tuple(_each_once(reasons))


def _each_once(reasons: Iterable[Reason]) -> list[Reason]:
    found: list[Reason] = []
    found.extend(each for each in reasons if each not in found)
    return found


def _undecided(code: Code, **values: object) -> _UndecidedError:
    return _UndecidedError([Reason(code, values)])


@dataclass(frozen=True, kw_only=True)
class _Evaluation:
    """What an expression is evaluated with."""

    facts: Ledger
    as_of: bool
    draws: Mapping[str, Floats]
    firm: float
    settled: Mapping[_Stated, float] = field(default_factory=dict)

    def verdict(self, node: nodes.Expr) -> _Verdict:
        """Return the truth of a question, with what decides it."""
        match node:
            case nodes.Not():
                truth, reasons = self.verdict(node.node)
                return _OPPOSITE[truth], reasons
            case nodes.And():
                return _joined((self.verdict(node.left), self.verdict(node.right)), Truth.FALSE)
            case nodes.Or():
                return _joined((self.verdict(node.left), self.verdict(node.right)), Truth.TRUE)
            case nodes.Call():
                return self._known(_path(node.args[0]))
            case nodes.Compare():
                links = pairwise((node.expr, *(operand.expr for operand in node.ops)))
                found = [self._link(*link, operand.op) for link, operand in zip(links, node.ops, strict=True)]
                return reduce(lambda one, other: _joined((one, other), Truth.FALSE), found)
        raise TypeError(type(node).__name__)

    def _known(self, path: str) -> _Verdict:
        try:
            self._named(path)
        except _UndecidedError as undecided:
            return Truth.FALSE, undecided.reasons
        return Truth.TRUE, (Reason(Code.HOLDS, {"left": "known", "sign": "", "right": path}),)

    def _link(self, one: nodes.Expr, other: nodes.Expr, op: str) -> _Verdict:
        try:
            left, right = self._both(one, other)
            found = self._compare(left, right, op)
            if found[0] is Truth.UNKNOWN and isinstance(one, _NAMES) and isinstance(other, _NAMES):
                return self._settled(one, other, op, _shared(left, right)) or found
            return found
        except _UndecidedError as undecided:
            return Truth.UNKNOWN, undecided.reasons

    def _settled(self, one: nodes.Expr, other: nodes.Expr, op: str, shared: Fact | None) -> _Verdict | None:
        """Return the verdict on two names that rest on one inexact value, if it is the same at both ends of that."""
        if shared is None:
            return None
        ends = self._bounds(shared, shared.number)[:2]
        settled = (replace(self, settled={**self.settled, _stated(shared): end}) for end in ends)
        found = [each._compare(*each._both(one, other), op) for each in settled]
        return found[0] if found[0][0] is found[1][0] else None

    def _both(self, one: nodes.Expr, other: nodes.Expr) -> tuple[Quantity | Words, Quantity | Words]:
        """Return the values of two parts; if they have none, the reasons of both are told."""
        found: list[Quantity | Words] = []
        reasons: list[Reason] = []
        for node in (one, other):
            try:
                found.append(self.value(node))
            except _UndecidedError as undecided:
                reasons.extend(undecided.reasons)
        if reasons:
            raise _UndecidedError(reasons)
        return found[0], found[1]

    def value(self, node: nodes.Expr) -> Quantity | Words:
        """Return the value of a node; raises _UndecidedError if there is none."""
        match node:
            case nodes.Const(value=str()):
                return Words(values=(node.value,), label=f"'{node.value}'")
            case nodes.Const():
                return _number(float(node.value), f"{node.value}")
            case nodes.Name() | nodes.Getattr():
                path, years = _family(node)
                return self._total(*_split(path), years) if years else self._named(path)
            case nodes.Pos():
                return self._quantity(node.node)
            case nodes.Neg():
                inner = self._quantity(node.node)
                return replace(inner, low=-inner.high, high=-inner.low, label=f"-{inner.label}")
            case nodes.Filter(node=nodes.Expr()):
                return _apply(node, self._quantity(node.node or node))
            case nodes.BinExpr():
                left, right = self._both(node.left, node.right)
                return self._calculate(_OPERATORS[type(node)], _as_quantity(left), _as_quantity(right))
        raise TypeError(type(node).__name__)

    def _quantity(self, node: nodes.Expr) -> Quantity:
        return _as_quantity(self.value(node))

    def _calculate(self, sign: str, one: Quantity, other: Quantity) -> Quantity:
        alike = one.unit == other.unit
        if sign in "+-" or (alike and sign == "/"):
            self._check_alike(one, other)
        self._check_moments(one, other)
        if sign == "/" and bool(np.any((other.low <= 0) & (other.high >= 0))):
            raise _undecided(Code.ZERO, divisor=other.label)
        low, high = _ARITHMETIC[sign](one, other)
        units = {"*": one.unit or other.unit, "/": "" if alike else one.unit if not other.unit else ""}
        if sign == "-" and one.unit == other.unit == DATE:
            units["-"] = "day"
        return Quantity(
            low=low,
            high=high,
            label=f"{one.label} {sign} {other.label}",
            unit=units.get(sign, one.unit or other.unit),
            facts=tuple(dict.fromkeys((*one.facts, *other.facts))),
            doubts=(*one.doubts, *other.doubts),
        )

    def _compare(self, one: Quantity | Words, other: Quantity | Words, op: str) -> _Verdict:
        one, other = _dated(one, other), _dated(other, one)
        if op in ("in", "notin") or (isinstance(one, Words) and isinstance(other, Words)):
            return _compare_words(_as_words(one), _as_words(other), op)
        one, other = _as_quantity(one), _as_quantity(other)
        self._check_alike(one, other)
        self._check_moments(one, other)
        sure, ruled_out = _COMPARE[op](one, other)
        holds, fails = float(np.mean(sure)), float(np.mean(ruled_out))
        values: dict[str, object] = {"left": _told(one), "sign": _SIGNS[op], "right": _told(other)}
        if max(holds, fails) >= self.firm:
            truth = Truth.TRUE if holds >= fails else Truth.FALSE
            return truth, (Reason(Code.HOLDS if truth is Truth.TRUE else Code.FAILS, values),)
        reasons = (*one.doubts, *other.doubts)
        if len(sure) > 1:
            values |= {"left": one.label, "right": other.label, "share": holds, "fails": fails}
            reasons = (Reason(Code.DRAWS, values), *reasons)
        return Truth.UNKNOWN, reasons

    def _check_alike(self, one: Quantity, other: Quantity) -> None:
        """Raise an error if two quantities have different units or counting rules."""
        if not one.facts or not other.facts:
            return
        if one.unit and other.unit and one.unit != other.unit:
            raise _undecided(Code.UNIT, one=one.label, unit=one.unit, other=other.label, other_unit=other.unit)
        if one.bases and other.bases and {*one.bases} != {*other.bases}:
            rules = {"rule": tr_list(one.bases), "other_rule": tr_list(other.bases)}
            raise _undecided(Code.BASIS, one=one.label, other=other.label, **rules)

    def _check_moments(self, one: Quantity, other: Quantity) -> None:
        """Raise an error if a fact of one side has none of its day, session or series on the other side."""
        if self.as_of:
            return
        for facts, others in ((one.facts, other.facts), (other.facts, one.facts)):
            for fact in facts:
                if others and not any(_compare_in_time(fact, each) for each in others):
                    raise _undecided(Code.MOMENT, **_days(fact, others[0]))

    def _named(self, path: str) -> Quantity | Words:
        name, attribute = ("", "") if path in self.facts else _split(path)
        fact = self.facts.get(name or path)
        if attribute in TOTALS and (fact is None or attribute != "count"):
            return self._total(name, attribute, ())
        if fact is None:
            raise _undecided(Code.MISSING, fact=name or path)
        return self._attribute(fact, attribute) if attribute else self._value_of(fact)

    def _value_of(self, fact: Fact) -> Quantity | Words:
        if fact.kind == "number":
            return self._number_of(fact)
        day = period(str(fact.value)) if fact.kind == "date" else None
        if day:
            return self._date_of(fact, day)
        values = fact.value if isinstance(fact.value, tuple) else (str(fact.value),)
        return Words(
            values=values,
            label=fact.id,
            listed=fact.kind == "names",
            facts=(fact,),
            doubts=self._bounds(fact, float(len(values)))[2],
        )

    def _date_of(self, fact: Fact, day: Period) -> Quantity:
        """Return a date as the first and the last day that it may be; a list that may lack rows bounds one side."""
        low, high, doubts = self._bounds(fact, float(day.last.toordinal()))
        low, high = (end if math.isinf(end) else own for end, own in zip((low, high), _ordinals(day), strict=True))
        if low < high and not doubts:
            doubts = _doubt(Code.INEXACT, fact, low, high, unit=DATE)
        return _interval(low, high, fact.id, unit=DATE, facts=(fact,), doubts=doubts)

    def _number_of(self, fact: Fact) -> Quantity:
        drawn = self.draws.get(fact.id)
        if drawn is not None:
            return Quantity(low=drawn, high=drawn, label=fact.id, unit=fact.unit, facts=(fact,))
        low, high, doubts = self._bounds(fact, fact.number)
        return _interval(low, high, fact.id, unit=fact.unit, facts=(fact,), doubts=doubts)

    def _bounds(self, fact: Fact, number: float) -> tuple[float, float, tuple[Reason, ...]]:
        """Return the least and the greatest value that a fact may have, and the reason why these differ."""
        low, high, doubts = self._of_rows(fact, number)
        window, kind = fact.limits.window, _measure(fact)
        if window is None or not window.gaps or kind not in ("best", "worst"):
            return low, high, doubts
        gap = Reason(Code.GAP, {"fact": fact.id, "since": window.since or window.last})
        return (low, math.inf, (*doubts, gap)) if kind == "best" else (-math.inf, high, (*doubts, gap))

    def _of_rows(self, fact: Fact, number: float) -> tuple[float, float, tuple[Reason, ...]]:
        """Return the bounds that a fact's own rows leave it."""
        limits, kind, unit = fact.limits, _measure(fact), DATE if fact.kind == DATE else fact.unit
        if _stated(fact) in self.settled:
            end = self.settled[_stated(fact)]
            return end, end, ()
        if fact.comparator != "=":
            low, high = _stated_range(fact, number)
            return low, high, _doubt(Code.INEXACT, fact, low, high, unit=unit) if low < high else ()
        if fact.low is not None or fact.high is not None:
            low, high = -math.inf if fact.low is None else fact.low, math.inf if fact.high is None else fact.high
            code = Code.INCOMPLETE if limits.complete == INCOMPLETE else Code.INEXACT
            return low, high, _doubt(code, fact, low, high, unit=unit) if low < high else ()
        low, high = number if kind in _LEAST else -math.inf, number if kind in _MOST else math.inf
        if limits.complete == INCOMPLETE:
            return low, high, _doubt(Code.INCOMPLETE, fact, low, high, unit=unit)
        until = period(limits.complete) if limits.open else None
        day = None if until is None else self.facts.as_of if kind in _OF_ALL else _last_day(fact)
        if until and day and day > until.last and not self.as_of:
            return low, high, _doubt(Code.LATER, fact, low, high, unit=unit, until=limits.complete)
        return number, number, ()

    def _attribute(self, fact: Fact, attribute: str) -> Quantity | Words:
        """Return an attribute of a fact."""
        label = f"{fact.id}.{attribute}"
        if attribute == "unit" and fact.unit:
            return Words(values=(fact.unit,), label=label)
        if attribute == "year":
            day = period(str(fact.value) if fact.kind == "date" else fact.as_of)
            if day and day.first.year == day.last.year:
                return _number(float(day.last.year), label)
        if attribute == "count" and isinstance(fact.value, tuple):
            low, high, doubts = self._bounds(fact, float(len(fact.value)))
            return _interval(low, high, label, unit=fact.unit, facts=(fact,), doubts=doubts)
        if attribute == "carried":
            return _number(float(fact.carried), label, unit="year")
        if fact.kind == "number" and attribute in ("low", "high"):
            bound = self._number_of(fact).bounds[attribute == "high"]
            if math.isfinite(bound):
                return _number(bound, label, unit=fact.unit, facts=(fact,))
        if fact.kind == "number" and fact.of and attribute == "of":
            return _number(fact.of, label, unit=fact.unit, facts=(fact,))
        if fact.kind == "number" and fact.of and attribute == "share":
            return self._share(fact, fact.of, label)
        raise _undecided(Code.NO_ATTRIBUTE, fact=fact.id, attribute=attribute)

    def _share(self, fact: Fact, whole: float, label: str) -> Quantity:
        """Return the part of the whole; rows that an incomplete table lacks may belong to the part or not."""
        low, high, doubts = self._bounds(fact, fact.number)
        lacking = high - low if doubts else 0.0
        return _interval(
            max(low, 0.0) / (whole + lacking), min(high / whole, 1.0), label, unit="share", facts=(fact,), doubts=doubts
        )

    def _total(self, prefix: str, attribute: str, years: _Years) -> Quantity:
        """Return the greatest, the least, the sum or the number of the facts below a prefix.

        If values are missing between them, a greater or a lesser one may be among these.
        """
        family = [fact for fact in self.facts.below(prefix) if fact.kind in ("number", DATE)]
        ends_of = {word: self._year(node) for word, node in years}
        since, before = ends_of.get("since", -math.inf), ends_of.get("before", math.inf)
        members = [fact for fact in family if not years or ((day := _last_day(fact)) and since <= day.year < before)]
        if not members:
            raise _undecided(Code.MISSING, fact=prefix)
        found = [_as_quantity(self._value_of(fact)) for fact in members]
        for each in found[1:]:
            self._check_alike(found[0], each)
        pair = None if self.as_of else _apart(members)
        if pair and attribute != "count":
            raise _undecided(Code.MOMENT, **_days(*pair))
        ends = (np.stack(np.broadcast_arrays(*sides)) for sides in zip(*((q.low, q.high) for q in found), strict=True))
        low, high = (_TOTAL[attribute](end) for end in ends)
        doubts = tuple(reason for each in found if _matters(each, low, high, attribute) for reason in each.doubts)
        since_day = _complete_since(family, since, before)
        if since_day:
            doubts = (*doubts, Reason(Code.GAP, {"fact": prefix, "since": since_day.isoformat()}))
            negative = attribute == "sum" and bool(np.any(low < 0))
            low = np.full_like(low, -math.inf) if attribute == "min" or negative else low
            high = high if attribute == "min" else np.full_like(high, math.inf)
        facts = () if attribute == "count" else tuple(members)
        unit = "" if attribute == "count" else found[0].unit
        return Quantity(low=low, high=high, label=f"{prefix}.{attribute}", unit=unit, facts=facts, doubts=doubts)

    def _year(self, node: nodes.Expr) -> float:
        year = self._quantity(node)
        if not year.exact:
            raise _UndecidedError(year.doubts)
        return float(year.low[0])


_OPPOSITE = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}
_OF_ALL = ("last", "best", "worst", "longest_gap")  # measures whose own day is not that until which they hold
_LEAST = ("count", "size", "sum", "total", "last", "best", "longest_gap")  # what missing rows can only make greater
_MOST = ("first", "worst")  # what missing rows can only make less
_TOTAL: Mapping[str, Callable[[Floats], Floats]] = {
    "max": lambda ends: np.asarray(ends.max(axis=0)),
    "min": lambda ends: np.asarray(ends.min(axis=0)),
    "sum": lambda ends: np.asarray(ends.sum(axis=0)),
    "count": lambda ends: np.array([float(len(ends))]),
}


def _joined(parts: Sequence[_Verdict], decides: Truth) -> _Verdict:
    """Return the verdict on several parts of which one alone decides, with the reasons of those that decide."""
    truths = [truth for truth, _ in parts]
    truth = next((each for each in (decides, Truth.UNKNOWN) if each in truths), _OPPOSITE[decides])
    return truth, tuple(reason for each, reasons in parts if each is truth for reason in reasons)


def _number(value: float, label: str, unit: str = "", facts: tuple[Fact, ...] = ()) -> Quantity:
    return _interval(value, value, label, unit=unit, facts=facts)


def _interval(
    low: float,
    high: float,
    label: str,
    unit: str = "",
    facts: tuple[Fact, ...] = (),
    doubts: tuple[Reason, ...] = (),
) -> Quantity:
    return Quantity(low=np.array([low]), high=np.array([high]), label=label, unit=unit, facts=facts, doubts=doubts)


def _as_quantity(value: Quantity | Words) -> Quantity:
    if isinstance(value, Quantity):
        return value
    raise _undecided(Code.NOT_A_NUMBER, fact=value.label)


def _as_words(value: Quantity | Words) -> Words:
    if isinstance(value, Words):
        return value
    raise _undecided(Code.NO_ATTRIBUTE, fact=value.label, attribute="names")


def _dated(value: Quantity | Words, beside: Quantity | Words) -> Quantity | Words:
    """Return a written date that stands beside a date as the days of its period."""
    if isinstance(value, Words) and not value.facts and isinstance(beside, Quantity) and beside.unit == DATE:
        day = period(value.values[0])
        if day:
            return _interval(*_ordinals(day), value.label, unit=DATE)
    return value


def _ordinals(day: Period) -> tuple[float, float]:
    return float(day.first.toordinal()), float(day.last.toordinal())


def _last_day(fact: Fact) -> date | None:
    day = period(fact.as_of)
    return day.last if day else None


def _doubt(code: Code, fact: Fact, low: float, high: float, *, unit: str = "", **more: object) -> tuple[Reason, ...]:
    return (Reason(code, {"fact": fact.id, "range": _range_in_words(low, high, unit), **more}),)


def _range_in_words(low: float, high: float, unit: str) -> Translatable:
    start, end = _written_end(low, unit), _written_end(high, unit)
    if low == high:
        return verbatim(start)
    if math.isinf(low) and math.isinf(high):
        return tr("any value")
    if math.isinf(high):
        return tr("at least {number}", number=start) if unit != DATE else tr("{day} or later", day=start)
    if math.isinf(low):
        return tr("at most {number}", number=end) if unit != DATE else tr("{day} or earlier", day=end)
    return tr("{low} to {high}", low=start, high=end)


def _written_end(number: float, unit: str) -> str:
    if math.isinf(number):
        return ""
    if unit == DATE:
        return date.fromordinal(round(number)).isoformat()
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,.{DIGITS}f}".rstrip("0").rstrip(".")


def _told(value: Quantity) -> Translatable:
    """Return a quantity as a reason names it: with its value, unless it is a plain number."""
    return tr("{name} ({value})", name=value.label, value=value.words) if value.facts else value.words


def _stated_range(fact: Fact, number: float) -> tuple[float, float]:
    """Return the range of "more than 90", "less than 90" or "about 90": up to the next round number.

    Nobody writes "more than 90" for 100, or "more than 235 million" for 236 million; computed values have no such end.
    """
    exponent = int(Decimal(repr(number)).normalize().as_tuple().exponent)
    step = 10.0**exponent if fact.cells and number else math.inf
    if ">" in fact.comparator:
        return math.nextafter(number, math.inf), _inside(number + step, -math.inf)
    if "<" in fact.comparator:
        return _inside(number - step, math.inf), math.nextafter(number, -math.inf)
    return (number - step / 2, number + step / 2) if math.isfinite(step) else (number, number)


def _inside(end: float, towards: float) -> float:
    return end if math.isinf(end) else math.nextafter(end, towards)


def _plus(one: Quantity, other: Quantity) -> tuple[Floats, Floats]:
    return one.low + other.low, one.high + other.high


def _minus(one: Quantity, other: Quantity) -> tuple[Floats, Floats]:
    return one.low - other.high, one.high - other.low


def _ends(one: Quantity, other: Quantity, combine: Callable[[Floats, Floats], Floats]) -> list[Floats]:
    with np.errstate(invalid="ignore"):
        return [combine(mine, its) for mine in (one.low, one.high) for its in (other.low, other.high)]


def _times(one: Quantity, other: Quantity) -> tuple[Floats, Floats]:
    found = [np.where(np.isnan(each), 0.0, each) for each in _ends(one, other, np.multiply)]  # 0 of anything is 0
    return np.min(found, axis=0), np.max(found, axis=0)


def _divided(one: Quantity, other: Quantity) -> tuple[Floats, Floats]:
    found = _ends(one, other, np.divide)  # a quotient of two unbounded ends is between the other ones
    return np.nanmin(found, axis=0), np.nanmax(found, axis=0)


_ARITHMETIC: Mapping[str, Callable[[Quantity, Quantity], tuple[Floats, Floats]]] = {
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _divided,
}
_Sure = tuple[NDArray[np.bool_], NDArray[np.bool_]]


def _below(one: Quantity, other: Quantity) -> _Sure:
    """Return in which draws one is certainly below the other, and in which it certainly is not."""
    return np.asarray(one.high < other.low), np.asarray(one.low >= other.high)


def _equal(one: Quantity, other: Quantity) -> _Sure:
    if one.unit == other.unit == DATE and not (one.facts and other.facts):  # a day lies in a written month or year
        dated, written = (one, other) if one.facts else (other, one)
        inside = (written.low <= dated.low) & (dated.high <= written.high)
        return np.asarray(inside), np.asarray((one.high < other.low) | (other.high < one.low))
    same = (one.low == one.high) & (other.low == other.high) & (one.low == other.low)
    return np.asarray(same), np.asarray((one.high < other.low) | (other.high < one.low))


def _swapped(found: _Sure) -> _Sure:
    return found[1], found[0]


_COMPARE: Mapping[str, Callable[[Quantity, Quantity], _Sure]] = {
    "lt": _below,
    "gt": lambda one, other: _below(other, one),
    "lteq": lambda one, other: _swapped(_below(other, one)),
    "gteq": lambda one, other: _swapped(_below(one, other)),
    "eq": _equal,
    "ne": lambda one, other: _swapped(_equal(one, other)),
}


_NAMES = (nodes.Name, nodes.Getattr)


def _measure(fact: Fact) -> str:
    """Return the kind of measure that made a fact."""
    return fact.how.partition(":")[0]


def _stated(fact: Fact) -> _Stated:
    """Return what two facts have in common that are the "more than 90" of one cell; else its id."""
    return (fact.cells, fact.value, fact.comparator) if fact.comparator != "=" and fact.cells else (fact.id,)


def _shared(one: Quantity | Words, other: Quantity | Words) -> Fact | None:
    """Return an inexact number on which both of two values rest."""
    if not isinstance(one, Quantity) or not isinstance(other, Quantity):
        return None
    others = {_stated(fact) for fact in other.facts}
    return next((each for each in one.facts if each.kind == "number" and _stated(each) in others), None)


def _apply(node: nodes.Filter, inner: Quantity) -> Quantity:
    label = f"{inner.label} |{node.name}"
    if node.name == "abs":
        ends = np.abs([inner.low, inner.high])
        around = (inner.low < 0) & (inner.high > 0)
        return replace(inner, low=np.where(around, 0.0, ends.min(axis=0)), high=ends.max(axis=0), label=label)
    digits = node.args[0].value if node.args and isinstance(node.args[0], nodes.Const) else 0
    return replace(inner, low=np.round(inner.low, digits), high=np.round(inner.high, digits), label=label)


def _compare_words(one: Words, other: Words, op: str) -> _Verdict:
    """Compare texts, dates and names; dates are periods, and a list from an incomplete table may be longer."""
    values: dict[str, object] = {"left": one.label, "sign": _SIGNS[op], "right": other.label}
    if op in ("in", "notin"):
        if not other.listed:
            raise _undecided(Code.NO_ATTRIBUTE, fact=other.label, attribute="names")
        inside = {*one.values} <= {*other.values}
        if not inside and other.doubts:
            return Truth.UNKNOWN, other.doubts
        return _decided(inside == (op == "in"), values)
    if one.doubts or other.doubts:
        raise _UndecidedError((*one.doubts, *other.doubts))
    if op in ("eq", "ne"):
        return _decided((one.values == other.values) == (op == "eq"), values)
    raise _undecided(Code.NOT_A_NUMBER, fact=one.label)


def _decided(holds: bool, values: Mapping[str, object]) -> _Verdict:
    return (Truth.TRUE, (Reason(Code.HOLDS, values),)) if holds else (Truth.FALSE, (Reason(Code.FAILS, values),))


def _compare_in_time(one: Fact, other: Fact) -> bool:
    """Return whether two facts are of one day or session, or values of one series, which compare over time.

    Nine months do not compare with a year, but with the same nine months.
    """
    if not all(each.cells or each.parents for each in (one, other)):
        return True
    days, others = period(one.as_of), period(other.as_of)
    if not days or not others:
        return True
    if days.interval or others.interval:
        months = {tuple((day.month, day.day) for day in (each.first, each.last)) for each in (days, others)}
        return len(months) == 1 and (days == others or _one_series(one, other))
    if one.limits.event[:1] == other.limits.event[:1] != ():
        together = one.limits.event == other.limits.event
    else:
        together = days.first <= others.last and others.first <= days.last
    return together or _one_series(one, other)


def _one_series(one: Fact, other: Fact) -> bool:
    """Return whether two facts are values of one quantity at two times."""
    if one.series and one.series == other.series:
        return True
    if one.limits.base or other.limits.base:
        return True
    families = {(each.id.rpartition(".")[0], each.about[:-1]) for each in (one, other)}
    return len(families) == 1 and all(_of_a_year(each) for each in (one, other))


def _of_a_year(fact: Fact) -> bool:
    return bool(fact.about) and fact.about[-1] == fact.as_of[:4]


def _days(one: Fact, other: Fact) -> dict[str, object]:
    return {"one": one.id, "day": one.as_of, "other": other.id, "other_day": other.as_of}


def _apart(facts: Sequence[Fact]) -> tuple[Fact, Fact] | None:
    """Return two of some facts that do not compare in time."""
    return next((pair for pair in combinations(facts, 2) if not _compare_in_time(*pair)), None)


def _matters(member: Quantity, low: Floats, high: Floats, attribute: str) -> bool:
    """Return whether a member of a family may be its greatest or least, or part of its sum."""
    outside = {"max": member.high < low, "min": member.low > high}.get(attribute)
    return outside is None or not bool(np.all(outside))


def _complete_since(facts: Sequence[Fact], since: float, before: float) -> date | None:
    """Return the day since which the values of one series have no gap in a span of years.

    None if it has none there, or if the facts are no series. What is usual is seen from the whole series.
    """
    days = sorted({day for each in facts if (day := _last_day(each))})
    if not (len(days) == len(facts) > 1 and all(_one_series(facts[0], each) for each in facts)):
        return None
    if len(days) < 3:
        return days[-1]
    gaps = [end for start, end in gaps_between(days) if end.year > since and start.year < before - 1]
    return next(iter(gaps), days[0] if -math.inf < since < days[0].year else None)
