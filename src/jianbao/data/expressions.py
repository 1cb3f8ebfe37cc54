"""Ask questions of facts in one small language: evaluate an expression to true, false or unknown, and say why.

The language is that part of Jinja2's expressions that can be answered from facts: `award.cities_latest >=
award.cities.max and 'Place' in sister_cities.names`. Values are intervals, and an answer is true only if every
value that the facts allow agrees; questions are joined by Kleene's strong three-valued logic.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise

import numpy as np
from jinja2 import nodes

from jianbao.core.messages import tr_list
from jianbao.data.expression_syntax import (
    OPERATORS,
    SIGNS,
    TOTALS,
    Expression,
    ExpressionError,
    Years,
    family_of,
    parse,
    path_of,
    split,
)
from jianbao.data.fact_values import FactReader, stated
from jianbao.data.facts import Fact, Ledger
from jianbao.data.moments import compare_in_time, days_of
from jianbao.data.quantities import (
    ARITHMETIC,
    COMPARE,
    DATE,
    OPPOSITE,
    Code,
    Floats,
    Quantity,
    Reason,
    Truth,
    UndecidedError,
    Verdict,
    Words,
    as_quantity,
    as_words,
    check_alike,
    compare_words,
    dated,
    each_once,
    joined,
    number,
    tidied,
    told,
    undecided,
)

__all__ = [
    "Answer",
    "Code",
    "Expression",
    "ExpressionError",
    "Quantity",
    "Reason",
    "Truth",
    "Words",
    "evaluate",
    "explain",
    "parse",
]

FIRM = 0.9  # the share of draws that must agree if the series sets none


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the facts say to an expression: the truth of a question, or else the value, None if it is unknown.

    `reasons` say why a question is not true, or why there is no value. `operands` are the facts that were read.
    """

    truth: Truth | None
    value: Quantity | Words | None
    reasons: tuple[Reason, ...]
    operands: tuple[Fact, ...]


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
    asked = _Evaluation(reader=FactReader(facts=facts, as_of=as_of, draws=draws or {}), firm=firm)
    operands = tuple(
        dict.fromkeys(
            fact for name in expression.names for fact in ([facts[name]] if name in facts else facts.below(name))
        )
    )
    if expression.asks:
        truth, reasons = asked.verdict(expression.node)
        told = () if truth is Truth.TRUE else tuple(each_once(reasons))
        return Answer(truth=truth, value=None, reasons=told, operands=operands)
    try:
        return Answer(truth=None, value=asked.value(expression.node), reasons=(), operands=operands)
    except UndecidedError as undecided:
        return Answer(truth=None, value=None, reasons=undecided.reasons, operands=operands)


def explain(answer: Answer, language: str) -> str:
    """Return the reasons of an answer in a language, "" if there are none."""
    return tr_list((reason.message for reason in answer.reasons), "; ").in_language(language)


_NAMES = (nodes.Name, nodes.Getattr)


def _shared(one: Quantity | Words, other: Quantity | Words) -> Fact | None:
    """Return an inexact number on which both of two values rest."""
    if not isinstance(one, Quantity) or not isinstance(other, Quantity):
        return None
    others = {stated(fact) for fact in other.facts}
    return next((each for each in one.facts if each.kind == "number" and stated(each) in others), None)


def _apply(node: nodes.Filter, inner: Quantity) -> Quantity:
    label = f"{inner.label} |{node.name}"
    if node.name == "abs":
        ends = np.abs([inner.low, inner.high])
        around = (inner.low < 0) & (inner.high > 0)
        return replace(inner, low=np.where(around, 0.0, ends.min(axis=0)), high=ends.max(axis=0), label=label)
    digits = node.args[0].value if node.args and isinstance(node.args[0], nodes.Const) else 0
    return replace(inner, low=np.round(inner.low, digits), high=np.round(inner.high, digits), label=label)


@dataclass(frozen=True, kw_only=True)
class _Evaluation:
    """What an expression is evaluated with."""

    reader: FactReader
    firm: float

    def verdict(self, node: nodes.Expr) -> Verdict:
        """Return the truth of a question, with what decides it."""
        match node:
            case nodes.Not():
                truth, reasons = self.verdict(node.node)
                return OPPOSITE[truth], reasons
            case nodes.And():
                return joined((self.verdict(node.left), self.verdict(node.right)), Truth.FALSE)
            case nodes.Or():
                return joined((self.verdict(node.left), self.verdict(node.right)), Truth.TRUE)
            case nodes.Call():
                return self._known(path_of(node.args[0]))
            case nodes.Compare():
                links = pairwise((node.expr, *(operand.expr for operand in node.ops)))
                found = [self._link(*link, operand.op) for link, operand in zip(links, node.ops, strict=True)]
                return reduce(lambda one, other: joined((one, other), Truth.FALSE), found)
        raise TypeError(type(node).__name__)

    def _known(self, path: str) -> Verdict:
        try:
            self._named(path)
        except UndecidedError as undecided:
            return Truth.FALSE, undecided.reasons
        return Truth.TRUE, (Reason(Code.HOLDS, {"left": "known", "sign": "", "right": path}),)

    def _link(self, one: nodes.Expr, other: nodes.Expr, op: str) -> Verdict:
        try:
            plain = (*_NAMES, nodes.Const)
            both = zip((one, other), self._both(one, other), strict=True)
            left, right = (value if isinstance(node, plain) else tidied(value) for node, value in both)
            found = self._compare(left, right, op)
            if found[0] is Truth.UNKNOWN and isinstance(one, _NAMES) and isinstance(other, _NAMES):
                return self._settled(one, other, op, _shared(left, right)) or found
            return found
        except UndecidedError as undecided:
            return Truth.UNKNOWN, undecided.reasons

    def _settled(self, one: nodes.Expr, other: nodes.Expr, op: str, shared: Fact | None) -> Verdict | None:
        """Return the verdict on two names that rest on one inexact value, if it is the same at both ends of that."""
        if shared is None:
            return None
        ends = self.reader.bounds(shared, shared.number)[:2]
        settled = (replace(self, reader=replace(self.reader, settled={stated(shared): end})) for end in ends)
        found = [each._compare(*each._both(one, other), op) for each in settled]
        return found[0] if found[0][0] is found[1][0] else None

    def _both(self, one: nodes.Expr, other: nodes.Expr) -> tuple[Quantity | Words, Quantity | Words]:
        """Return the values of two parts; if they have none, the reasons of both are told."""
        found: list[Quantity | Words] = []
        reasons: list[Reason] = []
        for node in (one, other):
            try:
                found.append(self.value(node))
            except UndecidedError as undecided:
                reasons.extend(undecided.reasons)
        if reasons:
            raise UndecidedError(reasons)
        return found[0], found[1]

    def value(self, node: nodes.Expr) -> Quantity | Words:
        """Return the value of a node; raises UndecidedError if there is none."""
        match node:
            case nodes.Const(value=str()):
                return Words(values=(node.value,), label=f"'{node.value}'")
            case nodes.Const():
                return number(float(node.value), f"{node.value}")
            case nodes.Name() | nodes.Getattr():
                path, years = family_of(node)
                return self._spanned(path, years) if years else self._named(path)
            case nodes.Pos():
                return self._quantity(node.node)
            case nodes.Neg():
                inner = self._quantity(node.node)
                return replace(inner, low=-inner.high, high=-inner.low, label=f"-{inner.label}")
            case nodes.Filter(node=nodes.Expr()):
                return _apply(node, self._quantity(node.node or node))
            case nodes.BinExpr():
                left, right = self._both(node.left, node.right)
                return self._calculate(OPERATORS[type(node)], as_quantity(left), as_quantity(right))
        raise TypeError(type(node).__name__)

    def _quantity(self, node: nodes.Expr) -> Quantity:
        return as_quantity(self.value(node))

    def _calculate(self, sign: str, one: Quantity, other: Quantity) -> Quantity:
        alike = one.unit == other.unit
        if sign in "+-" or (alike and sign == "/"):
            check_alike(one, other)
        self._check_moments(one, other)
        if sign == "/" and bool(np.any((other.low <= 0) & (other.high >= 0))):
            raise undecided(Code.ZERO, divisor=other.label)
        low, high = ARITHMETIC[sign](one, other)
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

    def _compare(self, one: Quantity | Words, other: Quantity | Words, op: str) -> Verdict:
        one, other = dated(one, other), dated(other, one)
        if op in ("in", "notin") or (isinstance(one, Words) and isinstance(other, Words)):
            return compare_words(as_words(one), as_words(other), op, SIGNS[op])
        one, other = as_quantity(one), as_quantity(other)
        check_alike(one, other)
        self._check_moments(one, other)
        sure, ruled_out = COMPARE[op](one, other)
        holds, fails = float(np.mean(sure)), float(np.mean(ruled_out))
        values: dict[str, object] = {"left": told(one), "sign": SIGNS[op], "right": told(other)}
        if max(holds, fails) >= self.firm:
            truth = Truth.TRUE if holds >= fails else Truth.FALSE
            return truth, (Reason(Code.HOLDS if truth is Truth.TRUE else Code.FAILS, values),)
        reasons = (*one.doubts, *other.doubts)
        if len(sure) > 1:
            values |= {"left": one.label, "right": other.label, "share": holds, "fails": fails}
            reasons = (Reason(Code.DRAWS, values), *reasons)
        return Truth.UNKNOWN, reasons

    def _check_moments(self, one: Quantity, other: Quantity) -> None:
        """Raise an error if a fact of one side has none of its day, session or series on the other side."""
        if self.reader.as_of:
            return
        for facts, others in ((one.facts, other.facts), (other.facts, one.facts)):
            for fact in facts:
                if others and not any(compare_in_time(fact, each) for each in others):
                    raise undecided(Code.MOMENT, **days_of(fact, others[0]))

    def _named(self, path: str) -> Quantity | Words:
        facts = self.reader.facts
        name, attribute = ("", "") if path in facts else split(path)
        fact = facts.get(name or path)
        if attribute in TOTALS and (fact is None or attribute != "count"):
            return self.reader.total(name, attribute)
        if fact is None:
            raise undecided(Code.MISSING, fact=name or path)
        return self.reader.attribute(fact, attribute) if attribute else self.reader.value_of(fact)

    def _spanned(self, path: str, years: Years) -> Quantity:
        ends = {word: self._year(node) for word, node in years}
        return self.reader.total(*split(path), ends.get("since", -math.inf), ends.get("before", math.inf))

    def _year(self, node: nodes.Expr) -> float:
        year = self._quantity(node)
        if not year.exact:
            raise UndecidedError(year.doubts)
        return float(year.low[0])
