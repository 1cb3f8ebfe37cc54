"""The covering letter of a package: an official document that says what is sent, with a list of it as its annex."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from jianbao.brief.assemble import DocumentInputs, assemble
from jianbao.brief.letterhead import COVERING, Letterhead
from jianbao.brief.model import Block, Brief, Grid, GridColumn
from jianbao.brief.outline import OutlinePart
from jianbao.brief.phrases import PhraseRenderer
from jianbao.core.errors import ContentError, Place, Problem
from jianbao.core.messages import tr
from jianbao.data.facts import Fact
from jianbao.delivery.package import kind_of

TEMPLATE = "gongwen"
KINDS = (
    *(
        "letter",
        "pages",
        "ofd",
        "word",
        "web",
        "ledger",
        "scores",
        "approval",
        "changes",
        "table",
        "workbook",
        "descriptor",
    ),
    *("record", "inventory"),
)


def write_letter(inputs: DocumentInputs, letterhead: Letterhead, files: Iterable[str]) -> Brief:
    """Return the letter that goes with these files; what only the office can give is missing where it has not given it.

    Raises ContentError if the workspace has no words for it.
    """
    renderer = inputs.renderer
    if COVERING not in renderer.sections:
        place = Place(f"templates/wording/{COVERING}.yml")
        hint = tr("write it with a title, blocks and the phrases that gongwen.yml has, and contents, column.*, kind.*")
        raise ContentError(Problem(place, tr("there is no wording for the covering letter"), hint))
    parts = (OutlinePart("section", COVERING, "summary"),)
    brief = assemble(replace(inputs, parts=parts, letterhead=letterhead))
    (section,) = brief.sections
    listed = Block(kind="table", id=f"{COVERING}.contents", table=_contents(renderer, files))
    return replace(brief, sections=(replace(section, blocks=(*section.blocks, listed)),))


def _contents(renderer: PhraseRenderer, files: Iterable[str]) -> Grid:
    """Return what is in the package, a row a kind of file, with where it lies and how many there are."""
    counts = Counter(kind_of(name) for name in files)
    places = {kind_of(name): _place(name, counts[kind_of(name)]) for name in files}
    heads = [renderer.phrase(COVERING, f"column.{key}") for key in ("what", "where", "count")]
    rows = tuple(
        (
            renderer.phrase(COVERING, f"kind.{kind}"),
            renderer.plain(places[kind]),
            renderer.value(Fact(id="", value=float(counts[kind]))),
        )
        for kind in KINDS
        if counts[kind]
    )
    columns = (GridColumn(heads[0]), GridColumn(heads[1]), GridColumn(heads[2], figures=True))
    return Grid(id="contents", number=0, title=renderer.phrase(COVERING, "contents"), columns=columns, rows=rows)


def _place(name: str, count: int) -> str:
    """Return a file's name, or for several of a kind their folder and ending."""
    folder, _, rest = name.rpartition("/")
    return name if count == 1 else f"{folder}/*.{rest.rpartition('.')[2]}".removeprefix("/")
