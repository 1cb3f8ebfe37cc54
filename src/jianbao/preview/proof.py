"""Proofs: the page of a workspace as its files are now, or the last good page and what is wrong since."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from jianbao import workspace
from jianbao.assessment import Assessment, advise, measure, score
from jianbao.crew import Crew
from jianbao.dossier import Dossier, read_dossier
from jianbao.errors import JianbaoError, Problem
from jianbao.forme import impression
from jianbao.inspection import read_design
from jianbao.pipeline import check_words, write
from jianbao.press import Commission, Sketch, compose, compositions, draw, forme_of
from jianbao.publication.brief import Brief
from jianbao.publication.outline import Product
from jianbao.reprint import Choice

WEB = "web.html.j2"
SKETCHED = 64  # figures that are remembered, one a language: as they are, and as they were before the last changes


@dataclass(frozen=True)
class Proof:
    """What a reader is shown: the last good page, its number, the block that it opens on, and what is wrong now.

    `problems` come with the one who can mend each.
    """

    number: int = 0
    page: bytes = b""
    changed: str = ""
    problems: tuple[tuple[str, Problem], ...] = ()


def proofs_of(root: Path, edition: str, template: str, layout: str, hands: Crew | None = None) -> "Proofs":
    """Return what pulls proofs of a template in the given languages ("zh-en"), or in all; raises UsageError.

    They are pages for the web, or the PDF of a template that has no such page. `hands` draw the figures.
    """
    snapshot = workspace.snapshot(root)
    dossier = read_dossier(snapshot)
    layout = layout or "-".join(dossier.series.languages)
    check_words(dossier, Choice((template,), (layout,)))
    dossier.series.issue(edition)
    known = f"{template}/{WEB}" in workspace.read_templates(snapshot)
    product = Product(template, tuple(layout.split("-")), "html" if known else "pdf")
    return Proofs(root, edition, product, hands or Crew())


@dataclass
class Proofs:
    """Pulls proofs of one product of an edition; what the files have not changed is not done again."""

    root: Path
    edition: str
    product: Product
    hands: Crew
    last: Proof = Proof()
    _assessed: tuple[str, Assessment] | None = None
    _sketches: tuple[tuple[Commission, Sketch], ...] = ()
    _blocks: tuple[tuple[str, str], ...] = ()

    def pull(self) -> Proof:
        """Return the proof of what the files say now; a faulty state keeps the page before it."""
        try:
            page, brief = self._printed()
        except JianbaoError as error:
            self.last = replace(self.last, problems=tuple((error.who, problem) for problem in error.problems))
            return self.last
        blocks = _fingerprints(brief)
        changed = _first_change(self._blocks, blocks) if self._blocks else ""
        self.last = Proof(self.last.number + (page != self.last.page), page, changed or self.last.changed)
        self._blocks = blocks
        return self.last

    def _printed(self) -> tuple[bytes, Brief]:
        dossier = read_dossier(workspace.snapshot(self.root))
        assessment = self._assessment(dossier)
        written, needed = write(assessment, stale=True), compositions((self.product,))
        drawings = draw(written, read_design(dossier.snapshot), needed, self.hands, self._sketches)
        self._sketches = drawings.sketches[-SKETCHED:]
        composed = compose(drawings, needed)
        return impression(forme_of(self.product, composed, drawings.design)), composed[needed[0]]

    def _assessment(self, dossier: Dossier) -> Assessment:
        """Assess anew only if a file of the data has changed: words and templates have no part in it."""
        key = dossier.snapshot.fingerprint(workspace.DATA)
        if self._assessed is None or self._assessed[0] != key:
            earlier = self._assessed[1].gauge if self._assessed else None
            measured = measure(dossier, dossier.series.issue(self.edition), earlier=earlier)
            self._assessed = key, advise(score(measured))
        return replace(self._assessed[1], dossier=dossier)


def _fingerprints(brief: Brief) -> tuple[tuple[str, str], ...]:
    """Return the blocks of a brief in reading order, each with all that it says and shows."""
    sections = (block for section in brief.sections for block in section.blocks)
    front = repr((brief.title, brief.subtitle, brief.masthead, [section.title for section in brief.sections]))
    return (("", front), *((block.id, repr(block)) for block in sections))


def _first_change(before: Iterable[tuple[str, str]], after: Iterable[tuple[str, str]]) -> str:
    """Return the first block that was not there before as it is now."""
    known = dict(before)
    return next((block for block, said in after if block and known.get(block) != said), "")
