"""The maps of the code and of what may be written, made from the code itself: `python -m tests.repository.code_map`."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath

from jianbao.app.explain import GROUPS, Field, fields_of, words
from jianbao.app.schema import FRAMEWORK, editable_files
from jianbao.core.messages import tr
from tests.repository.tree import ORDER, ROOT, Module, modules

BEGIN, END = "<!-- made by tests/repository/code_map.py -->", "<!-- end -->"


def packages() -> str:
    """Return the packages in their order, a row each, with the first line of what they say of themselves."""
    own = {source.name.removesuffix(".__init__"): source.summary for source in modules()}
    rows = [f"| `{name}` | {own[name]} |" for name in ORDER]
    return "\n".join(["| package | what it is |", "| --- | --- |", *rows])


def all_modules() -> str:
    """Return every module of every package with the first line of its documentation."""
    return "\n".join(line for package in ORDER for line in _section(package))


def _section(package: str) -> Iterator[str]:
    inside = [source for source in modules() if source.package == package]
    own = next(source for source in inside if source.name == f"{package}.__init__")
    yield from (f"## {package}", "", own.summary, "", "| module | what it is |", "| --- | --- |")
    yield from (f"| {_link(source)} | {source.summary} |" for source in inside if source is not own)
    yield ""


def _link(source: Module) -> str:
    name = source.name.removesuffix(".__init__")
    return f"[`{name}`](../{source.file})"


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What the reference says between the words and fields, in one language."""

    each: str
    words: str
    fields: str
    yes: str
    shared: str
    comma: str


LABELS = {
    "en": Labels(
        each="Each is a {what}, in `{file}`.",
        words="| word | what it is | takes | example |",
        fields="| field | holds | needed |",
        yes="yes",
        shared="Parts of several files",
        comma=", ",
    ),
    "zh": Labels(
        each="{what}，写在 `{file}` 中。",
        words="| 词 | 含义 | 可带 | 示例 |",
        fields="| 字段 | 内容 | 必填 |",
        yes="是",
        shared="几个文件共有的部分",
        comma="、",
    ),
}


def reference(language: str) -> str:
    """Return every word that may be written, by its group, then every field, by its file."""
    return "\n".join((*_words(language), *_fields(LABELS[language])))


def _words(language: str) -> Iterator[str]:
    labels = LABELS[language]
    for group, (says, file) in GROUPS.items():
        found = [word for word in words(language) if word.group == group]
        if file:
            yield from (f"## {group}", "", labels.each.format(what=tr(says).in_language(language), file=file), "")
            yield from (labels.words, "| --- | --- | --- | --- |")
            for word in found:
                taken = labels.comma.join(f"`{each}`" for each in word.takes)
                example = f"`{_cell(word.example)}`" if word.example else ""
                yield f"| `{word.name}` | {_cell(word.what)} | {taken} | {example} |"
            yield ""


def _fields(labels: Labels) -> Iterator[str]:
    head = (labels.fields, "| --- | --- | --- |")
    parts: dict[str, str] = {}
    for file in editable_files():
        rows = {each.path: _row(each, labels.yes) for each in fields_of(PurePath(file))}
        own = file == FRAMEWORK  # whose parts are none of the others'
        yield from (f"## {file}", "", *head)
        yield from (row for path, row in rows.items() if own or not path.startswith("$"))
        yield ""
        parts |= {} if own else {path: row for path, row in rows.items() if path.startswith("$")}
    yield from (f"## {labels.shared}", "", *head, *parts.values(), "")


def _row(field: Field, needed: str) -> str:
    return f"| `{field.path}` | {_cell(field.holds)} | {needed if field.needed else ''} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


MAPS: Mapping[str, Callable[[], str]] = {
    "README.md": packages,
    "CONTRIBUTING.md": packages,
    "docs/modules.md": all_modules,
    "docs/reference.md": partial(reference, "en"),
    "docs/reference.zh-CN.md": partial(reference, "zh"),
}


def renewed(file: str) -> str:
    """Return a page with its map as the code is now."""
    before, _, rest = (ROOT / file).read_text("utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{MAPS[file]()}\n{END}{after}"


def stale() -> list[str]:
    """Return the pages whose map is not that of the code."""
    return [file for file in MAPS if (ROOT / file).read_text("utf-8") != renewed(file)]


if __name__ == "__main__":
    for page in stale():
        Path(ROOT / page).write_text(renewed(page), "utf-8")
        sys.stdout.write(f"{page}\n")
