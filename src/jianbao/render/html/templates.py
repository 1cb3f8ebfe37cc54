"""Page templates, built-in or of a workspace, and the sandbox that limits what they may do."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, wraps
from importlib.resources import files
from importlib.resources.abc import Traversable
from inspect import signature
from time import perf_counter, thread_time
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache, FunctionLoader, StrictUndefined, TemplateRuntimeError, nodes
from jinja2.bccache import Bucket
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from jianbao.core.documents import Node
from jianbao.core.messages import Translatable, tr, tr_error, tr_foreign, tr_later
from jianbao.core.snapshot import TEMPLATE_SUFFIXES
from jianbao.core.yaml_reader import parse_document
from jianbao.text.text_entries import BUILT_IN, COMMON_FOLDER, WORDING_FOLDER, built_in_words, with_own_words

# Messages of Jinja about a template that it cannot read or fill.
FAULTS = (
    tr_later("'{name}' is undefined"),
    tr_later("'{owner}' has no attribute '{name}'"),
    tr_later("access to attribute '{name}' of '{owner}' object is unsafe."),
    tr_later("No filter named '{name}' found."),
    tr_later("Encountered unknown tag '{name}'."),
    tr_later("expected token '{wanted}', got '{found}'"),
    tr_later("Expected an expression, got 'end of statement block'"),
    tr_later("unexpected '{found}'"),
    tr_later("unexpected char {found} at {place}"),
    tr_later("Range too big. The sandbox blocks ranges larger than MAX_RANGE ({most})."),
)


def template_fault(error: BaseException) -> Translatable:
    """Return the error of a template, translatable if it is the program's or a usual one of Jinja."""
    message = tr_error(error)
    return message if message.msgid else tr_foreign(str(message), FAULTS)


@dataclass(frozen=True)
class Template:
    """The text of a page template or style sheet, and its file for messages."""

    text: str
    file: str


Templates = Mapping[str, Template]


def built_in() -> dict[str, Template]:
    """Return the built-in templates by name ("brief/page.html.j2")."""
    found = walk_templates(files("jianbao") / "resources" / "templates", "")
    return {name: Template(text, f"{BUILT_IN}/{name}") for name, text in found if name.endswith(TEMPLATE_SUFFIXES)}


def overridden(base: Templates, own: Templates) -> dict[str, Template]:
    """Return the templates of a page: the built-in ones, replaced by a workspace's own of the same name.

    The built-in ones are also there with the prefix "built-in/", so that a workspace's template can begin with
    `{% extends "built-in/brief/page.html.j2" %}` and contain only what differs.
    """
    return {**base, **{f"{BUILT_IN}/{name}": template for name, template in base.items()}, **own}


def built_in_text(name: str) -> str:
    """Return the text of a resource of the program, such as "templates/theme.yml"."""
    return files("jianbao").joinpath("resources", *name.split("/")).read_text(encoding="utf-8")


def built_in_names(folder: str) -> tuple[str, ...]:
    """Return the names of the YAML files in a resource folder of the program, without suffix, sorted."""
    found = sorted(each.name for each in (files("jianbao") / "resources" / folder).iterdir())
    return tuple(name.removesuffix(".yml") for name in found if name.endswith(".yml"))


@lru_cache(maxsize=64)
def built_in_wording(stem: str, languages: tuple[str, ...] = ()) -> Node:
    """Return the built-in part of a wording file: the program's texts, and those that many cities share.

    With `languages`, these only, without the texts that lack one of them.
    """
    if languages:
        return built_in_words(built_in_wording(stem), languages)
    first, *more = (
        parse_document(built_in_text(f"{folder}/{stem}.yml"), f"{BUILT_IN}/{folder}/{stem}.yml")
        for folder in (WORDING_FOLDER, COMMON_FOLDER)
        if stem in built_in_names(folder)
    )
    return with_own_words(more[0], first) if more else first


def built_in_phrases(stem: str) -> tuple[str, ...]:
    """Return the keys of the built-in phrases of a wording file."""
    phrases = built_in_wording(stem).get("phrases")
    return tuple(key for key, _ in phrases.pairs()) if phrases else ()


def walk_templates(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    """Yield the files below a folder of the program, each with its path after `prefix` and its text."""
    for entry in sorted(folder.iterdir(), key=lambda each: each.name):
        if entry.is_dir():
            yield from walk_templates(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry.read_text(encoding="utf-8")


SECONDS = 5.0  # of processor time; the longest brief takes 0.2
INTERVAL = 0.01  # seconds between readings of the processor time, which are slow
ROOM = 200_000_000  # characters of all texts that a page makes, intermediate ones included; the longest brief: 5 %
CELL = 8  # characters that an item of a list is counted as
BITS = 4096  # of the largest whole number
# The filters of Jinja2 whose result is not much larger than their input. The others can make a text of any size from a
# number (center, indent, format), calculate, or give another result each time (random).
PLAIN = """
abs capitalize count d default dictsort e escape first forceescape groupby int items last length list lower map max min
reject rejectattr reverse safe select selectattr sort string striptags title trim truncate unique upper urlencode
"""
# The methods of texts and numbers that may be called, for the same reason.
METHODS = """
capitalize count endswith find index isdigit lower lstrip partition removeprefix removesuffix rpartition rsplit rstrip
split splitlines startswith strip title upper
"""
CALLED = frozenset(METHODS.split())
OWNERS = (str, bytes, int, float)
BOUNDED = "bounded"


class _Compiled(BytecodeCache):
    """Keeps the templates that this process has compiled, because a page is often made more than once."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load a template if it was compiled from the same text."""
        checksum, code = self._known.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template; it replaces an older one of the same name."""
        self._known[bucket.key] = bucket.checksum, bucket.code


COMPILED = _Compiled()


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox for one page, with limits on processor time and on the size of all texts made.

    It checks the limits wherever a template can repeat something (rounds of a loop, calls of macros, inclusions) and
    wherever it makes a text (concatenation, blocks, filters, output). So no timer has to interrupt it, and it runs in
    any thread. Only operations that are large in one step, such as a text times a number, are refused beforehand.
    """

    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def __init__(
        self, read: Callable[[str], Any], filters: Mapping[str, Callable[..., Any]], names: Mapping[str, object]
    ) -> None:
        super().__init__(
            loader=FunctionLoader(read),
            undefined=StrictUndefined,
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=self.bounded,
            bytecode_cache=COMPILED,
        )
        self._until, self._room, self._next = thread_time() + SECONDS, ROOM, 0.0
        self._safe: dict[tuple[type, str], bool] = {}
        from_jinja = {name: each for name, each in self.filters.items() if name in PLAIN.split()}
        own = {name: _checked(name, each) for name, each in {**filters, **OWN}.items()}
        self.filters = {name: self._measured(each) for name, each in {**from_jinja, **own}.items()}
        self.filters[BOUNDED] = self.bounded
        del self.globals["lipsum"]
        self.globals |= names

    def look(self, size: int = 0) -> None:
        """Count a text of `size` characters; raises SecurityError if the time or the room is used up."""
        self._room -= size
        if self._room < 0 or perf_counter() > self._next:
            self._check()

    def _check(self) -> None:
        if self._room < 0:
            raise SecurityError(
                tr("the page grows too large: more than {most:,} characters are made for it", most=ROOM)
            )
        self._next = perf_counter() + INTERVAL
        if thread_time() > self._until:
            raise SecurityError(tr("the page takes too long: more than {seconds:g} seconds of work", seconds=SECONDS))

    def bounded(self, value: Any) -> Any:
        """Return a value that a template has made, after counting its size; as `look` does, without calling it."""
        self._room -= len(value) if isinstance(value, str) else _size(value)
        if self._room < 0 or perf_counter() > self._next:
            self._check()
        return value

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """Call a macro or method and count what it returns."""
        owner = getattr(__obj, "__self__", None)
        if owner is __self:  # a call that `_Counting` has inserted; no template can name it
            return __obj(*args)
        if isinstance(owner, OWNERS) and __obj.__name__ not in CALLED:
            raise SecurityError(tr("'{name}' of a text or number cannot be called in a template", name=__obj.__name__))
        __self.look()
        if type(__obj) is Macro:  # safe to call, and called as `Context.call` does, without asking what it is
            kwargs.pop("_block_vars", None)
            kwargs.pop("_loop_vars", None)
            return __self.bounded(__obj(__context.eval_ctx, *args, **kwargs))
        return __self.bounded(super().call(__context, __obj, *args, **kwargs))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Return whether an attribute may be read; this depends only on its name and the type of the object."""
        known = type(obj), attr
        if known not in self._safe:
            self._safe[known] = super().is_safe_attribute(obj, attr, value)
        return self._safe[known]

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Return the result of an operation; raises SecurityError if it would be very large."""
        if operator == "*":
            self.look(max(_repeated(left, right), _repeated(right, left)))
        if operator == "%" and isinstance(left, str | bytes):
            raise SecurityError(tr("a text is not filled in with '%'; print its parts one after the other"))
        if isinstance(left, int) and isinstance(right, int) and _bits(operator, left, right) > BITS:
            raise SecurityError(tr("'{operator}' makes a number too large for a page", operator=operator))
        return self.bounded(super().call_binop(context, operator, left, right))

    def wrap_str_format(self, value: Any) -> None:
        """Do not wrap `format`, which cannot be called here."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        _Counting().visit(tree)
        return tree

    def _measured(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def measured(*given: Any, **named: Any) -> Any:
            return self.bounded(function(*given, **named))

        return measured


class _Counting(NodeTransformer):
    """Inserts calls that count at the beginning of a template and of each round of a loop, and at concatenations."""

    def __init__(self) -> None:
        self._written = 0  # characters of the literal text visited so far

    def visit_TemplateData(self, node: nodes.TemplateData) -> nodes.Node:  # noqa: N802
        self._written += len(node.data)
        return node

    def visit_Template(self, node: nodes.Template) -> nodes.Node:  # noqa: N802
        return self._counted(node)

    def visit_For(self, node: nodes.For) -> nodes.Node:  # noqa: N802
        return self._counted(node)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        return _bounded(self.generic_visit(node), node.lineno)

    def visit_AssignBlock(self, node: nodes.AssignBlock) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        node.filter = _bounded(node.filter, node.lineno)
        return node

    def _counted(self, node: Any) -> nodes.Node:
        before = self._written
        self.generic_visit(node)
        look = nodes.EnvironmentAttribute("look", lineno=node.lineno)
        call = nodes.Call(look, [nodes.Const(self._written - before)], [], None, None, lineno=node.lineno)
        node.body.insert(0, nodes.ExprStmt(call, lineno=node.lineno))
        return node  # type: ignore[no-any-return]


def _bounded(node: nodes.Node | None, line: int) -> nodes.Filter:
    fields: dict[str, Any] = {"node": node, "name": BOUNDED, "args": [], "kwargs": []}
    return nodes.Filter(*(fields.get(name) for name in nodes.Filter.fields), lineno=line)


def _checked(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter that raises TemplateRuntimeError if it is called with wrong arguments."""
    parameters = signature(function)

    @wraps(function)
    def checked(*given: Any, **named: Any) -> Any:
        try:
            return function(*given, **named)
        except TypeError:
            try:
                parameters.bind(*given, **named)
            except TypeError as error:
                raise TemplateRuntimeError(
                    tr("the filter '{name}' is not used so: {error}", name=name, error=tr_error(error))
                ) from error
            raise

    return checked


def _join(texts: Iterable[object], between: str = "") -> str:
    """Return texts joined by a short separator."""
    if len(between) > CELL:
        raise SecurityError(tr("at most {most} characters may be between joined texts", most=CELL))
    return between.join(map(str, texts))


def _replace(text: str, old: str, new: str) -> str:
    """Return a text with a part replaced by one that is not much longer."""
    if len(new) > CELL * max(len(old), 1):
        raise SecurityError(tr("'{old}' is replaced by something much longer", old=old))
    return text.replace(old, new)


def _round(number: float, places: int = 0) -> float:
    """Return a number rounded to at most CELL places."""
    return round(number, min(max(places, 0), CELL))


OWN: Mapping[str, Callable[..., Any]] = {"join": _join, "replace": _replace, "round": _round}


def _size(value: object) -> int:
    if isinstance(value, str | bytes):
        return len(value)
    return CELL * len(value) if isinstance(value, list | tuple | dict | set) else 0


def _repeated(value: object, times: object) -> int:
    return _size(value) * max(times, 0) if isinstance(times, int) else 0


def _bits(operator: str, left: int, right: int) -> int:
    if operator == "**":
        return left.bit_length() * max(right, 0)
    return left.bit_length() + right.bit_length() if operator == "*" else 0
