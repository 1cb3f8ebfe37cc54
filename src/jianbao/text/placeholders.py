"""Read placeholders in texts: Jinja2 expressions with a fact or a name and filters, and nothing else.

Jinja2 parses the expression. Only facts, names, filters and plain arguments are allowed in it, so a placeholder can
neither call functions, nor loop, nor read attributes. Results are cached.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from unicodedata import east_asian_width, normalize

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import SandboxedEnvironment

from jianbao.core.errors import UNKNOWN_FACT, nearest
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_error
from jianbao.data.facts import Fact
from jianbao.text.filters import CELL, COUNTING, FILTERS, SILENT, accepts, apply, written
from jianbao.text.formatter import Shown, UnsayableError, Writer

_JINJA = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
_HOLE = re.compile(r"(?:\{\{|｛｛)(.*?)(?:\}\}|｝｝)", re.DOTALL)
_STRAY = re.compile(r"\{\{|\}\}|\{%|%\}|\{#|#\}|[{}｛｝]+")
_BRACE = re.compile(r"[{}｛｝]")  # every stray mark contains one; searching for these letters is ten times as fast
_WIDE = str.maketrans("‘’“”　", "''\"\" ")  # characters of a Chinese keyboard, besides the full-width forms
CACHE_SIZE = 8192  # cached pieces of texts: several times as many as a workspace has
_MENTION = "name"  # the only function that may be called: name('ID')

_SPACE = re.compile(r"[ \t\r\n]+")  # not full-width or no-break spaces, which are intended


@dataclass(frozen=True)
class FilterCall:
    """A filter of a placeholder with its arguments."""

    filter: str
    arguments: tuple[object, ...] = ()
    keywords: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Placeholder:
    """A parsed placeholder: the id of a fact, or of a name of the name table, and filters.

    A faulty one has the reason in `fault`.
    """

    source: str
    fact: str = ""
    name: str = ""
    steps: tuple[FilterCall, ...] = ()
    fault: Translatable = NO_TEXT
    hint: Translatable = NO_TEXT

    @property
    def silent(self) -> bool:
        """Return whether it states no value, only a word such as a noun that agrees with a number."""
        return any(step.filter in SILENT for step in self.steps)

    @property
    def counting(self) -> bool:
        """Return whether it writes a number that is spelled out if small."""
        return any(step.filter in COUNTING for step in self.steps)


def pieces(text: str) -> Iterator[str | Placeholder]:
    """Yield the literal pieces of a text and its placeholders in order."""
    at = 0
    for match in _HOLE.finditer(text):
        if match.start() > at:
            yield text[at : match.start()]
        hole = read_placeholder(match.group(1).strip())
        yield _narrowed(hole, match.group()) if not hole.fault and {"｛", "｝"} & set(match.group()) else hole
        at = match.end()
    if at < len(text):
        yield text[at:]


def stray(literal: str) -> str:
    """Return the first Jinja2 syntax or brace in a literal piece, "" if there is none."""
    found = _STRAY.search(literal) if _BRACE.search(literal) else None
    return found.group() if found else ""


@lru_cache(maxsize=CACHE_SIZE)
def read_placeholder(source: str) -> Placeholder:
    """Return the placeholder with this source, the text between its braces; a faulty one has a `fault`."""
    try:
        body = _JINJA.parse("{{" + source + "}}").body
        output = body[0] if len(body) == 1 else None
        if not isinstance(output, nodes.Output) or len(output.nodes) != 1:
            raise UnsayableError(tr("the placeholder is empty"), tr("put a fact there"))
        fact, name, steps = _chain(output.nodes[0])
    except TemplateSyntaxError as error:
        narrow = normalize("NFKC", source.translate(_WIDE))
        meant = read_placeholder(narrow) if narrow != source else None
        if meant and not meant.fault:
            return _narrowed(meant, f"{{{{ {source} }}}}")
        return Placeholder(
            source=source, fault=tr("'{{{{ {source} }}}}' cannot be read: {error}", source=source, error=error.message)
        )
    except RecursionError:
        return Placeholder(source=source, fault=tr("the placeholder is nested too deeply"))
    except UnsayableError as error:
        return Placeholder(
            source=source,
            fault=tr("'{{{{ {source} }}}}': {error}", source=source, error=tr_error(error)),
            hint=error.hint,
        )
    except ValueError:  # Python refuses to read a number of thousands of digits
        return Placeholder(source=source, fault=tr("the placeholder has a number with too many digits"))
    return Placeholder(source=source, fact=fact, name=name, steps=steps)


def _narrowed(meant: Placeholder, written: str) -> Placeholder:
    """Return a placeholder, written with full-width characters, as a faulty one with a hint on what to type."""
    what = tr("'{written}' has full-width characters", written=written)
    return replace(meant, fault=what, hint=tr("type: {typed}", typed=f"{{{{ {meant.source} }}}}"))


def _chain(node: nodes.Node) -> tuple[str, str, tuple[FilterCall, ...]]:
    if isinstance(node, nodes.Filter) and node.node is not None:
        fact, name, steps = _chain(node.node)
        return fact, name, (*steps, _step(node))
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name == _MENTION:
        return "", *_mention(node)
    return _dotted(node), "", ()


def _mention(node: nodes.Call) -> tuple[str, tuple[FilterCall, ...]]:
    arguments, keywords = _arguments(node)
    known = set(dict(keywords)) <= {"short"}
    if len(arguments) != 1 or not isinstance(arguments[0], str) or not known:
        raise UnsayableError(tr("name takes one quoted id"), tr("name('ID') or name('ID', short=true)"))
    return arguments[0], (FilterCall(_MENTION, (), keywords),) if keywords else ()


def _dotted(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_dotted(node.node)}.{node.attr}"
    if isinstance(node, nodes.Name):
        return node.name
    what = type(node).__name__.lower()
    raise UnsayableError(
        tr("a placeholder holds a fact or a name and its filters, not a {what}", what=what),
        tr("choose words by `when:`"),
    )


def _step(node: nodes.Filter) -> FilterCall:
    arguments, keywords = _arguments(node)
    if node.name not in FILTERS:
        raise UnsayableError(tr("'{name}' is not a filter", name=node.name), nearest(node.name, FILTERS))
    if not accepts(node.name, len(arguments), frozenset(key for key, _ in keywords)):
        raise UnsayableError(tr("the filter '{name}' does not take these arguments", name=node.name))
    return FilterCall(node.name, arguments, keywords)


def _arguments(node: nodes.Filter | nodes.Call) -> tuple[tuple[object, ...], tuple[tuple[str, object], ...]]:
    if node.dyn_args is not None or node.dyn_kwargs is not None:
        raise UnsayableError(tr("a filter takes plain arguments only"))
    return tuple(_plain(each) for each in node.args), tuple((str(each.key), _plain(each.value)) for each in node.kwargs)


def _plain(node: nodes.Expr) -> object:
    if isinstance(node, nodes.Const):
        return node.value
    raise UnsayableError(tr("a filter takes plain arguments only"), tr("a number, a quoted text, true or false"))


def near_fact(fact: str, known: Iterable[str]) -> Translatable:
    """Return a hint that names the fact most similar to an unknown one."""
    return nearest(fact, known, UNKNOWN_FACT)


def fill_placeholder(hole: Placeholder, writer: Writer, facts: Mapping[str, Fact]) -> Shown:
    """Return what a placeholder prints.

    Raises KeyError if the fact does not exist, UnsayableError if a filter does not suit it.
    """
    name = writer.names[hole.name].id if hole.name in writer.names else hole.name  # the id of the city for HOME
    shown = Shown(fact=facts[hole.fact] if hole.fact else Fact(id="", value=name, kind="name"))
    for step in hole.steps:
        if shown.text is not None and step.filter not in (_MENTION, CELL):
            raise UnsayableError(
                tr("'{filter}' comes after a filter that already made text", filter=step.filter), tr("put it before")
            )
        shown = apply(step.filter, writer, shown, *step.arguments, **dict(step.keywords))
    return written(writer, shown)


def unfolded(text: str) -> str:
    """Return a text on one line; line breaks and spaces become one space, or nothing beside a full-width character."""
    plain = _SPACE.sub(" ", text.strip())
    if plain.isascii():
        return plain
    kept = [
        letter for at, letter in enumerate(plain) if letter != " " or not (_wide(plain[at - 1]) or _wide(plain[at + 1]))
    ]
    return "".join(kept)


def _wide(letter: str) -> bool:
    return east_asian_width(letter) in ("W", "F")
