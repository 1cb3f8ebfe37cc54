"""The covering letter of a package: an official document that says what is sent, with a list of it as its annex."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from jianbao.delivery.covering import COVERING
from jianbao.delivery.package import kind_of
from jianbao.errors import ContentError, Place, Problem
from jianbao.evidence.facts import Fact
from jianbao.publication.brief import Block, Brief, Column, Grid
from jianbao.publication.editor import Manuscript, edit
from jianbao.publication.letterhead import Letterhead
from jianbao.publication.outline import Part
from jianbao.publication.speaker import Speaker

TEMPLATE = "gongwen"
KINDS = (
    *("letter", "pages", "word", "web", "ledger", "scores", "approval", "changes", "table", "workbook", "descriptor"),
    *("record", "inventory"),
)


def write_letter(manuscript: Manuscript, letterhead: Letterhead, files: Iterable[str]) -> Brief:
    """Return the letter that goes with these files; what only the office can give is missing where it has not given it.

    Raises ContentError if the workspace has no words for it.
    """
    speaker = manuscript.speaker
    if COVERING not in speaker.sections:
        place = Place(f"templates/wording/{COVERING}.yml")
        hint = "write it with a title, blocks and the phrases that gongwen.yml has, and contents, column.*, kind.*"
        raise ContentError(Problem(place, "there are no words for the covering letter", hint))
    parts = (Part("section", COVERING, "summary"),)
    brief = edit(replace(manuscript, parts=parts, letterhead=letterhead))
    (section,) = brief.sections
    listed = Block("table", f"{COVERING}.contents", table=_contents(speaker, files))
    return replace(brief, sections=(replace(section, blocks=(*section.blocks, listed)),))


def _contents(speaker: Speaker, files: Iterable[str]) -> Grid:
    """Return what is in the package, a row a kind of file, with where it lies and how many there are."""
    counts = Counter(kind_of(name) for name in files)
    places = {kind_of(name): _place(name, counts[kind_of(name)]) for name in files}
    heads = [speaker.phrase(COVERING, f"column.{key}") for key in ("what", "where", "count")]
    rows = tuple(
        (
            speaker.phrase(COVERING, f"kind.{kind}"),
            speaker.plain(places[kind]),
            speaker.value(Fact("", float(counts[kind]))),
        )
        for kind in KINDS
        if counts[kind]
    )
    columns = (Column(heads[0]), Column(heads[1]), Column(heads[2], figures=True))
    return Grid("contents", 0, speaker.phrase(COVERING, "contents"), columns, rows)


def _place(name: str, count: int) -> str:
    """Return a file's name, or for several of a kind their folder and ending."""
    folder, _, rest = name.rpartition("/")
    return name if count == 1 else f"{folder}/*.{rest.rpartition('.')[2]}".removeprefix("/")
