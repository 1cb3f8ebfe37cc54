"""What leads from place to place on a page for the web: marks to sources and back, sources in tables, addresses."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from jianbao.argument.statements import Statement
from jianbao.publication.apparatus import runs, span
from jianbao.publication.brief import Block, Brief, Figure, Grid
from jianbao.publication.cards import ADVICE
from jianbao.publication.page import EVIDENCE
from jianbao.publication.typesetting import JOINER

Noted = Block | Figure | Grid
SUMMARY = "summary."
DOI = "https://doi.org/"
# The columns of tables that name references and rows of the evidence, by the end of their head's id, and how.
NAMING = {
    ".column.refs": re.compile(r"\d+"),
    ".column.how": re.compile(rf"(?<![0-9A-Za-z_.]){EVIDENCE}\d+(?![0-9A-Za-z_])"),
    ".column.because": re.compile("(?<=[\\[ \u2013])\\d+(?=[\\d; \u2013]*\\])"),
}
# Where an address may go on on the next line: after a stroke, before any other mark.
_JOINTS = re.compile(r"(?<=[^:/]/)(?=[^/])|(?<=.)(?=[.?&=_#~%])")


@dataclass(frozen=True)
class Links:
    """The places of a brief that lead to each other, each with a number of its own: two may say the same.

    `numbers` has a number for each thing that can bear marks, by its identity; `naming` the numbers of those whose
    marks name a reference or a row of the evidence. `places` are the numbers of references, and of rows of the
    evidence as their marks show them. `lines` has the id of each recommendation that the first page names, by the id
    of its line there.
    """

    brief: Brief
    numbers: Mapping[int, int]
    naming: Mapping[tuple[str, int], list[int]]
    places: frozenset[str]
    lines: Mapping[str, str]

    def marks(self, noted: Noted, language: str) -> Markup:
        """Return the marks of sources and evidence rows as links at a place of their own, three in a row as a range."""
        shown = [span(first, last) for first, last in runs(noted.references)]
        shown += [span(first, last, EVIDENCE) for first, last in runs(noted.evidence)]
        if not shown:
            return Markup("")
        links = ", ".join(self._mark(each, language) for each in shown)
        return Markup(f'{JOINER}<sup class="marks" id="mark-{self.numbers[id(noted)]}-{language}">[{links}]</sup>')

    def citing(self, kind: str, number: int) -> list[int]:
        """Return the numbers of the places whose marks name a reference or a row of the evidence."""
        return self.naming.get((kind, number), [])

    def sourced(self, text: str, head: Statement, language: str, said: Callable[[str], Markup]) -> Markup:
        """Return a cell as it is `said`, with links to the references and rows that its column names."""
        pattern = next((pattern for end, pattern in NAMING.items() if head.id.endswith(end)), None)
        found = [match for match in pattern.finditer(text) if match[0] in self.places] if pattern else []
        parts, done = [], 0
        for match in found:
            parts += [said(text[done : match.start()]), self._mark(match[0], language)]
            done = match.end()
        return Markup("").join([*parts, said(text[done:])])

    def _mark(self, shown: str, language: str) -> Markup:
        """Return a link to a reference or a row of the evidence; a screen reader says first that it is a source."""
        first = shown.partition("\u2013")[0]
        row = first.removeprefix(EVIDENCE)
        place = f"evidence-{row}" if row != first else f"reference-{first}-{language}"
        called = escape(self.brief.words["source"].text(language))
        return Markup(f'<a href="#{place}" role="doc-noteref" aria-label="{called} {shown}">{shown}</a>')


def links_of(brief: Brief) -> Links:
    """Return what leads from place to place in a brief."""
    noted = tuple(_noted(brief))
    numbers = {identity: number for number, identity in enumerate(dict.fromkeys(map(id, noted)), 1)}
    return Links(
        brief=brief, numbers=numbers, naming=_naming(noted, numbers), places=_places(brief), lines=_lines(brief)
    )


def _noted(brief: Brief) -> Iterator[Noted]:
    """Yield what can bear marks, in reading order."""
    for block in brief.blocks():
        yield from (each for each in (block, block.figure, block.table) if each)


def _naming(noted: Iterable[Noted], numbers: Mapping[int, int]) -> dict[tuple[str, int], list[int]]:
    found: dict[tuple[str, int], list[int]] = {}
    for each in noted:
        for kind in ("references", "evidence"):
            for named in dict.fromkeys(getattr(each, kind)):
                found.setdefault((kind, named), []).append(numbers[id(each)])
    return found


def _places(brief: Brief) -> frozenset[str]:
    tables = (block.table for block in brief.blocks() if block.table)
    rows = next((len(table.rows) for table in tables if table.id == "evidence"), 0)
    cited = (str(reference.number) for reference in brief.references)
    return frozenset([*cited, *(f"{EVIDENCE}{number}" for number in range(1, rows + 1))])


def _lines(brief: Brief) -> dict[str, str]:
    blocks = tuple(brief.blocks())
    cards = {block.id for block in blocks if block.kind == "recommendation"}
    found = {block.id: f"{ADVICE}.{block.id.rpartition('.')[2]}" for block in blocks if block.kind == "paragraph"}
    return {line: card for line, card in found.items() if line.startswith(SUMMARY) and card in cards}


def linked(entry: str, address: str) -> Markup:
    """Return a reference with its address as a link that breaks at its joints; of a DOI's, the part that is printed."""
    text = entry.replace(JOINER, "")
    shown = next((each for each in (address, address.removeprefix(DOI)) if each in text), "")
    if not address.startswith(("https://", "http://")) or not shown:
        return escape(text)
    before, after = text.split(shown, 1)
    joined = Markup("<wbr>").join(_JOINTS.split(shown))
    return Markup('{}<a href="{}">{}</a>{}').format(before, address, joined, after)
