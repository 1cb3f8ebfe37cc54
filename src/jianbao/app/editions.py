"""Declare a new edition or a first one, or upgrade a workspace of an older format, keeping comments and layout."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from difflib import unified_diff
from pathlib import Path

from jianbao.app import workspace
from jianbao.app.edition_texts import FOLDER as TEXTS
from jianbao.brief.editions import FORMAT, Issue, Series, format_of, read_series
from jianbao.core.documents import Node, Problems
from jianbao.core.edition_folder import is_label
from jianbao.core.encoding import EncodingError, decode, encode_like
from jianbao.core.errors import ContentError, Place, Problem, raise_all
from jianbao.core.messages import tr
from jianbao.core.snapshot import Snapshot
from jianbao.core.transaction import commit
from jianbao.core.yaml_edit import with_values, without
from jianbao.core.yaml_reader import parse_document


def next_issue(series: Series, label: str, as_of: str, file: str) -> Issue:
    """Return an edition to add after the last one; raises ContentError for an invalid label or day."""
    last = max(series.issues.values(), key=lambda issue: issue.as_of)
    problems = []
    if label in series.issues:
        known = series.issues[label].as_of
        problems.append(
            Problem(
                Place(file),
                tr("there is an edition '{edition}' already, as of {as_of}", edition=label, as_of=known),
                tr("choose another label"),
            )
        )
    if not is_label(label):
        problems.append(
            Problem(
                Place(file), tr("'{label}' cannot name an edition", label=label), tr("write letters, digits, - and _")
            )
        )
    day = _day(as_of)
    if day is None:
        problems.append(Problem(Place(file), tr("'{value}' is not a day", value=as_of), tr("write it as 2025-12-31")))
    elif day <= last.as_of:
        what = tr(
            "{as_of} is not after {last}, the day of the edition '{edition}'",
            as_of=as_of,
            last=last.as_of,
            edition=last.label,
        )
        problems.append(Problem(Place(file), what, tr("a new edition knows more than the last one")))
    raise_all(problems, ContentError)
    assert day is not None
    return Issue(label, max(issue.number for issue in series.issues.values()) + 1, day)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
    except ValueError:
        return None


def with_edition_line(text: str, node: Node, issue: Issue) -> str:
    """Return the file of editions with a line for a new one, after the last one and in the same layout.

    `node` is the parsed file. If the editions are not listed line by line, the text is returned unchanged.
    """
    editions = node.get("editions")
    entries = list(editions.pairs()) if editions else []
    if not entries:
        return text
    label, last = entries[-1]
    lines = text.split("\n")
    head = next((line for line in lines[last.place.line - 1 :: -1] if label in line), "")
    match = re.match(rf"(\s+)([\"']?){re.escape(label)}\2\s*:", head)
    if not match:
        return text
    quote = match[2] or ("" if issue.label.isidentifier() else '"')
    line = f"{match[1]}{quote}{issue.label}{quote}: {{number: {issue.number}, as_of: {issue.as_of}}}"
    end = "\r" if head.endswith("\r") else ""
    at = max(_lines(last))
    if at == len(lines):  # the file ends without a line break
        lines[-1] += end
    return "\n".join([*lines[:at], line + end, *lines[at:]])


def _lines(node: Node) -> Iterator[int]:
    yield node.place.line
    for _, child in node.pairs():
        yield from _lines(child)
    for child in node:
        yield from _lines(child)


EDITIONS = "data/editions.yml"


def declare_edition(root: Path, label: str, as_of: str) -> Issue:
    """Add an edition to data/editions.yml, with the texts of the one before it, and return it.

    Raises ContentError for an invalid label or day.
    """
    before = workspace.snapshot(root)
    problems: Problems = []
    content, text = before.content(EDITIONS), before.text(EDITIONS)
    node = parse_document(text, EDITIONS)
    series = read_series(node, problems)
    raise_all(problems, ContentError)
    issue = next_issue(series, label, as_of, EDITIONS)
    new = with_edition_line(text, node, issue)
    if read_series(parse_document(new, EDITIONS), []) != replace(series, issues={**series.issues, label: issue}):
        line = f'"{label}": {{number: {issue.number}, as_of: {issue.as_of}}}'
        what = tr("the editions are not written one a line, so that none can be added")
        raise ContentError(Problem(Place(EDITIONS), what, tr("add {line} by hand", line=line)))
    texts = copied_texts(before, max(series.issues.values(), key=lambda each: each.as_of).label, label)
    commit(root, before, before.replaced({EDITIONS: encode_like(new, content), **texts}))
    return issue


def copied_texts(before: Snapshot, last: str, label: str) -> dict[str, bytes]:
    """Return the texts of an edition as those of a new one, by name; a text that the new one has already is kept."""
    old, new = f"{TEXTS}/{last}", f"{TEXTS}/{label}"
    own = before.names(new, ".md")
    copies = {name: new + name.removeprefix(old) for name in before.names(old, ".md")}
    return {copy: before.content(name) for name, copy in copies.items() if copy not in own}


def with_first_edition(text: str, city: str, issuer: str, year: int) -> str:
    """Return data/editions.yml for another city and issuer (ids of names): a draft with a first edition of this year.

    Raises ContentError if the file is not written key by key.
    """
    problems: Problems = []
    try:
        rest = with_values(without(text, [("editions",)]), {("city",): city, ("issuer",): issuer, ("draft",): "yes"})
        made = f'{rest.rstrip()}\neditions:\n  "{year}": {{number: 1, as_of: {year}-12-31}}\n'
        if [*read_series(parse_document(made, EDITIONS), problems).issues] == [str(year)] and not problems:
            return made
    except (KeyError, ValueError, ContentError):
        pass
    what = tr("the file is not written key by key, so that no edition can be declared in it")
    raise ContentError(Problem(Place(EDITIONS), what, tr("write each key on a line of its own")))


def with_day_of_data(text: str, label: str, day: date) -> str:
    """Return data/editions.yml with a new day of an edition's data; a year as its label becomes the day's year."""
    series = read_series(parse_document(text, EDITIONS), [])
    if label.isdecimal() and int(label) != day.year and len(series.issues) == 1:
        text, label = with_first_edition(text, series.city, series.issuer, day.year), str(day.year)
    return with_values(text, {("editions", label, "as_of"): day.isoformat()})


# Older formats


Texts = dict[str, str]
PAGES = (".j2", ".html")
_EMBLEM = re.compile(r"\btheme(\.|\[([\"']))emblem\b")
_FORMAT = re.compile(r"^format[ \t]*:[ \t]*[0-9]+", re.MULTILINE)
_FIRST_KEY = re.compile(r"^[^\s#%{-]", re.MULTILINE)


def upgraded(before: Snapshot) -> Snapshot:
    """Return a workspace in the format that this program reads; unchanged if it is in that format already.

    Raises ContentError if data/editions.yml names a newer or unknown format, or the line cannot be added to it.
    """
    written = format_of(before.document(EDITIONS))
    if written is None or written >= FORMAT:
        problems: Problems = []
        read_series(before.document(EDITIONS), problems)
        raise_all([problem for problem in problems if written != FORMAT][:1], ContentError)
        return before
    texts: Texts = {}
    for number in range(written, FORMAT):
        texts |= STEPS[number](before, texts)
    texts[EDITIONS] = _numbered(texts.get(EDITIONS) or before.text(EDITIONS))
    after = before.replaced({name: encode_like(text, before.content(name)) for name, text in texts.items()})
    if format_of(after.document(EDITIONS)) != FORMAT:
        what = tr("the file is not written key by key, so that no line can be added")
        raise ContentError(Problem(Place(EDITIONS), what, tr("add format: {number} by hand", number=FORMAT)))
    return after


def differences(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Yield the lines of a unified diff of two snapshots of a workspace, file by file."""
    for name, (old, new) in after.changed_since(before).items():
        was, now = (decode(content or b"").splitlines() for content in (old, new))
        yield from unified_diff(was, now, fromfile=name, tofile=name, lineterm="", n=1)


def write_upgrade(root: Path, before: Snapshot, after: Snapshot) -> tuple[str, ...]:
    """Write the upgraded workspace, all files or none; return the changed ones."""
    return commit(root, before, after)


def _numbered(text: str) -> str:
    """Return data/editions.yml with the format's line, above its first key or in place of the old one."""
    line = f"format: {FORMAT}"
    if _FORMAT.search(text):
        return _FORMAT.sub(line, text, count=1)
    end = "\r\n" if "\r\n" in text else "\n"
    return _FIRST_KEY.sub(lambda first: f"{line}{end}{first[0]}", text, count=1)


def _to_2(before: Snapshot, texts: Mapping[str, str]) -> Texts:
    """Return the page templates with `theme.emblem` renamed to `theme.logo`, as theme.yml calls it."""
    changed = {}
    for name in before.names("templates"):
        if name.endswith(PAGES):
            try:
                text = texts.get(name) or before.text(name)
            except EncodingError:
                continue
            if _EMBLEM.search(text):
                changed[name] = _EMBLEM.sub(r"theme\1logo", text)
    return changed


STEPS: Mapping[int, Callable[[Snapshot, Mapping[str, str]], Texts]] = {1: _to_2}
