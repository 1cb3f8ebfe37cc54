"""The steps that a page of docs/ tells its reader to take, read from the page, and taken in a folder."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = r"^```(?P<language>\w+)\n(?P<text>.*?)^```$"
_REPLACED = r"^\| `(?P<file>[^`|]+)` \| `(?P<old>[^`|]+)` \| `(?P<new>[^`|]+)` \|$"
_TARGET = r"^\| `(?P<fact>[^`|]+)` \| (?P<target>[\d.]+) \|$"
_STEP = re.compile(f"{_FENCE}|{_REPLACED}|{_TARGET}", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"`((?:data|templates)/[\w./-]+)`")


@dataclass(frozen=True, kw_only=True)
class Step:
    """A block or a row of a table: the heading above it, the file named last before it, what it is and what it says.

    `language` is that of a block, or `replace` or `target` for a row, whose `text` is then "old -> new".
    """

    heading: str
    file: str
    language: str
    text: str


def steps(page: Path) -> Iterator[Step]:
    """Yield the steps of a page in their order."""
    for part in page.read_text("utf-8").split("\n## ")[1:]:
        heading, file, last = part.partition("\n")[0], "", 0
        for found in _STEP.finditer(part):
            named = _FILE.findall(part[last : found.start()])
            file, last = named[-1] if named else file, found.end()
            if found["language"]:
                yield Step(heading=heading, file=file, language=found["language"], text=found["text"])
            elif found["file"]:
                what = f"{found['old']} -> {found['new']}"
                yield Step(heading=heading, file=found["file"], language="replace", text=what)
            else:
                text = f"{found['fact']} -> {found['target']}"
                yield Step(heading=heading, file=file, language="target", text=text)


def take(step: Step, folder: Path) -> None:
    """Do what a step says with its file: change lines, replace a text everywhere, set a target, or write it."""
    path = folder / step.file
    if step.language == "diff":
        changed = with_lines(path.read_text("utf-8"), step.text.rstrip("\n").split("\n"), step.file)
    elif step.language in ("replace", "target"):
        old, new = step.text.split(" -> ")
        found = path.read_text("utf-8")
        changed = found.replace(old, new) if step.language == "replace" else _with_target(found, old, new)
        assert changed != found, f"{step.file} has no {old}"
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        changed = step.text
    path.write_text(changed, "utf-8")


def with_lines(text: str, lines: list[str], file: str) -> str:
    """Return a text after a change of lines, each marked with +, - or a space; what they replace stands there once."""
    for hunk in _hunks(lines):
        old = "".join(f"{line[1:]}\n" for line in hunk if line[:1] != "+")
        new = "".join(f"{line[1:]}\n" for line in hunk if line[:1] != "-")
        assert text.count(old) == 1, f"{file} has not once:\n{old}"
        text = text.replace(old, new)
    return text


def _hunks(lines: list[str]) -> list[list[str]]:
    """Return the changes apart from each other: one ends where an added line is followed by one that goes."""
    found: list[list[str]] = [[]]
    for line in lines:
        if line[:1] == "-" and found[-1] and found[-1][-1][:1] == "+":
            found.append([])
        found[-1].append(line)
    return found


def _with_target(text: str, fact: str, target: str) -> str:
    pattern = rf"(fact: {re.escape(fact)}\n(?:(?!fact:).)*?target: )[\d.]+"
    return re.sub(pattern, rf"\g<1>{target}", text, count=1, flags=re.DOTALL)
