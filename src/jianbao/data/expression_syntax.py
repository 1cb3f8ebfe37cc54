"""Parse the expressions that can be asked of facts, by Jinja2's parser; all else is refused where it stands."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

from jianbao.core.messages import Translatable, tr

LONGEST = 2000  # letters of an expression
TOTALS = ("max", "min", "sum", "count")  # attributes of a family of facts
PARTS = ("since", "before")  # which members of a family count: those since a year, those before one
ATTRIBUTES = (*TOTALS, "low", "high", "share", "of", "year", "unit", "carried")


_START, _END = "{{ ", " }}"


_ENVIRONMENT = Environment(autoescape=False)  # nothing is rendered: only its parser is used


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
        names = dict.fromkeys(split(path)[0] for path in _paths(node))
    except RecursionError:
        raise ExpressionError(tr("the expression is nested too deeply"), 0) from None
    return Expression(text=text, names=tuple(names), asks=asks, node=node)


OPERATORS: Mapping[type[nodes.BinExpr], str] = {nodes.Add: "+", nodes.Sub: "-", nodes.Mul: "*", nodes.Div: "/"}
SIGNS = {"eq": "==", "ne": "!=", "gt": ">", "gteq": ">=", "lt": "<", "lteq": "<=", "in": "in", "notin": "not in"}
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
            for year in family_of(node)[1]:
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
            path_of(node.args[0])
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


def path_of(node: nodes.Node) -> str:
    """Return a dotted name as it is written; raise ExpressionError for anything else."""
    match node:
        case nodes.Name():
            return node.name
        case nodes.Getattr():
            return f"{path_of(node.node)}.{node.attr}"
    raise ExpressionError(tr("a name of a fact is needed here"), _start(node))


Years = tuple[tuple[str, nodes.Expr], ...]


def family_of(node: nodes.Name | nodes.Getattr) -> tuple[str, Years]:
    """Return a name with its attribute, and the years that restrict a family, as in `a.b.since(2019).max`."""
    if not isinstance(node, nodes.Getattr) or not isinstance(node.node, nodes.Call):
        return path_of(node), ()
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
    return f"{path_of(inner)}.{node.attr}", tuple(years)


def _paths(node: nodes.Node) -> Iterator[str]:
    """Yield each dotted name in an expression, with its attribute."""
    if isinstance(node, nodes.Name | nodes.Getattr):
        path, years = family_of(node)
        yield path
        for _, year in years:
            yield from _paths(year)
        return
    for child in node.args if isinstance(node, nodes.Call) else node.iter_child_nodes():
        yield from _paths(child)


def split(path: str) -> tuple[str, str]:
    """Return the name of a fact or family, and the attribute of it that is asked for."""
    name, _, last = path.rpartition(".")
    return (name, last) if name and last in ATTRIBUTES else (path, "")
