"""Rewrite a workspace of an older format for this program, keeping comments and layout."""

import re
from collections.abc import Callable, Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

from jianbao.app.new_edition import EDITIONS
from jianbao.brief.editions import FORMAT, format_of, read_series
from jianbao.core.documents import Problems
from jianbao.core.encoding import EncodingError, decode, encode_like
from jianbao.core.errors import ContentError, Place, Problem, raise_all
from jianbao.core.messages import tr
from jianbao.core.snapshot import Snapshot
from jianbao.core.transaction import commit

Texts = dict[str, str]
PAGES = (".j2", ".html")
_EMBLEM = re.compile(r"\btheme(\.|\[([\"']))emblem\b")
_FORMAT = re.compile(r"^format[ \t]*:[ \t]*[0-9]+", re.MULTILINE)
_FIRST_KEY = re.compile(r"^[^\s#%{-]", re.MULTILINE)


def upgraded(before: Snapshot) -> Snapshot:
    """Return a workspace in the format that this program reads; the same one if it is in that format already.

    Raises ContentError if data/editions.yml names a newer format or none that exists, or cannot be given the line.
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
        lines = [decode(content or b"").splitlines() for content in (old, new)]
        yield from unified_diff(*lines, fromfile=name, tofile=name, lineterm="", n=1)


def write(root: Path, before: Snapshot, after: Snapshot) -> tuple[str, ...]:
    """Write the upgraded workspace, all or nothing; return the files that changed."""
    return commit(root, before, after)


def _numbered(text: str) -> str:
    """Return data/editions.yml with the line that names the format, above its first key or in place of the old one."""
    line = f"format: {FORMAT}"
    if _FORMAT.search(text):
        return _FORMAT.sub(line, text, count=1)
    end = "\r\n" if "\r\n" in text else "\n"
    return _FIRST_KEY.sub(lambda first: f"{line}{end}{first[0]}", text, count=1)


def _to_2(before: Snapshot, texts: Mapping[str, str]) -> Texts:
    """Call the picture above the title `theme.logo` in page templates, as theme.yml always did."""
    made = {}
    for name in before.names("templates"):
        if name.endswith(PAGES):
            try:
                text = texts.get(name) or before.text(name)
            except EncodingError:
                continue
            if _EMBLEM.search(text):
                made[name] = _EMBLEM.sub(r"theme\1logo", text)
    return made


STEPS: Mapping[int, Callable[[Snapshot, Mapping[str, str]], Texts]] = {1: _to_2}
