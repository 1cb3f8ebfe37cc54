"""Make the preview: the page of one product from the current files, made again when they change."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from jianbao.app import workspace
from jianbao.app.approval import places_of
from jianbao.app.assess import Assessment, Scored, advise, measure, score
from jianbao.app.build import check_words, write
from jianbao.app.check import read_design
from jianbao.app.products import DrawnChart, FigureRequest, compose_briefs, draw, job_of, needed_by_all
from jianbao.app.project import Project, read_project
from jianbao.app.workspace import ProductFilter
from jianbao.app.workspace_files import read_templates
from jianbao.brief.model import Brief
from jianbao.brief.outline import Product
from jianbao.core.errors import JianbaoError
from jianbao.core.snapshot import Snapshot
from jianbao.core.workers import Workers
from jianbao.render.product import render_product

WEB = "web.html.j2"
SKETCHED = 64  # remembered figures, counted for each language: current ones, and those before the last changes


@dataclass(frozen=True)
class Preview:
    """What a reader sees: the last good page, its number, the block on which it opens, and the current errors."""

    number: int = 0
    page: bytes = b""
    changed: str = ""
    errors: tuple[JianbaoError, ...] = ()


def open_preview(
    root: Path, edition: str, template: str, layout: str, workers: Workers | None = None
) -> "PreviewSession":
    """Return the session that makes a template's page in given languages ("zh-en"), or all; raises UsageError.

    The page is a web page, or a PDF if the template has none. `workers` draw the figures.
    """
    snapshot = workspace.snapshot(root)
    project = read_project(snapshot)
    layout = layout or "-".join(project.series.languages)
    check_words(project, ProductFilter((template,), (layout,)))
    project.series.issue(edition)
    product = Product(template, tuple(layout.split("-")), shown_formats(snapshot, (template,))[template])
    return PreviewSession(root=root, edition=edition, product=product, workers=workers or Workers())


def shown_formats(snapshot: Snapshot, templates: Iterable[str]) -> dict[str, str]:
    """Return the format of each template's page: "html" if it has a web page, else "pdf"."""
    known = read_templates(snapshot)
    return {template: "html" if f"{template}/{WEB}" in known else "pdf" for template in templates}


@dataclass(kw_only=True)
class PreviewSession:
    """Makes the page of one product of an edition; only the parts affected by changed files are made again."""

    root: Path
    edition: str
    product: Product
    workers: Workers
    last: Preview = Preview()
    _assessed: tuple[str, Scored, Assessment] | None = None
    _sketches: tuple[tuple[FigureRequest, DrawnChart], ...] = ()
    _blocks: tuple[tuple[str, str], ...] = ()

    def pull(self, snapshot: Snapshot | None = None) -> Preview:
        """Return the page of the current files, or of a snapshot; if they are faulty, the previous page."""
        try:
            page, brief = self._printed(snapshot or workspace.snapshot(self.root))
        except JianbaoError as error:
            self.last = replace(self.last, errors=(error,))
            return self.last
        blocks = _fingerprints(brief)
        changed = _first_change(self._blocks, blocks) if self._blocks else ""
        self.last = Preview(self.last.number + (page != self.last.page), page, changed or self.last.changed)
        self._blocks = blocks
        return self.last

    def _printed(self, snapshot: Snapshot) -> tuple[bytes, Brief]:
        project = read_project(snapshot)
        assessment = self._assessment(project)
        written, needed = write(assessment, unsettled=True), needed_by_all((self.product,))
        drawings = draw(written, read_design(project.snapshot), needed, self.workers, self._sketches)
        self._sketches = drawings.sketches[-SKETCHED:]
        composed = compose_briefs(drawings, needed)
        job = replace(job_of(self.product, composed, drawings.design), places=places_of(project))
        return render_product(job), composed[needed[0]]

    def _assessment(self, project: Project) -> Assessment:
        """Assess again only if a data file has changed: words and templates do not affect the assessment."""
        key = project.snapshot.fingerprint(workspace.DATA)
        if self._assessed is None or self._assessed[0] != key:
            earlier = self._assessed[1] if self._assessed else None
            evaluator = earlier.measured.evaluator if earlier else None
            scored = score(measure(project, project.series.issue(self.edition), evaluator), earlier)
            self._assessed = key, scored, advise(scored)
        return replace(self._assessed[2], project=project)


def _fingerprints(brief: Brief) -> tuple[tuple[str, str], ...]:
    """Return the blocks of a brief in reading order, each with all that it says and shows."""
    sections = (block for section in brief.sections for block in section.blocks)
    front = repr((brief.title, brief.subtitle, brief.masthead, [section.title for section in brief.sections]))
    return (("", front), *((block.id, repr(block)) for block in sections))


def _first_change(before: Iterable[tuple[str, str]], after: Iterable[tuple[str, str]]) -> str:
    """Return the first block that is new or changed."""
    known = dict(before)
    return next((block for block, content in after if block and known.get(block) != content), "")
