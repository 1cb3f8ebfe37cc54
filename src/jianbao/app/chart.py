"""Draw a figure of an edition by itself, as the build draws it, as files for a talk or a paper."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from jianbao.app.assess import Assessment, renderer_of
from jianbao.app.check import assess_edition, read_design
from jianbao.app.products import draw_request, figure_requests
from jianbao.app.project import Project
from jianbao.app.workspace import output_folder
from jianbao.brief.figure_data import FigureWords, figure_data
from jianbao.brief.model import Picture
from jianbao.brief.phrases import other_names
from jianbao.charts.spec import FigureSpec
from jianbao.core.edition_folder import folder_beside
from jianbao.core.errors import ContentError, Place, Problem, UsageError, raise_all
from jianbao.core.messages import tr, tr_list
from jianbao.core.snapshot import Snapshot
from jianbao.render.figure_files import FigureFile, figure_pngs, figure_svg, figures_pdf
from jianbao.render.html.page import FULL_WIDTH
from jianbao.render.html.web import lettered
from jianbao.render.pdf.render import Metadata
from jianbao.render.theme import Design
from jianbao.render.typography import without_typesetting


@dataclass(frozen=True, kw_only=True)
class StandaloneFigure:
    """A figure drawn in one language as wide as the text of a page, with its data, and what its files need."""

    figure: FigureFile
    data: bytes
    design: Design
    metadata: Metadata

    def file(self, form: str) -> bytes:
        """Return the figure in one of the formats of FORMS; raises RenderError."""
        return FORMS[form](self)


def _pdf(drawn: StandaloneFigure) -> bytes:
    return figures_pdf([drawn.figure], drawn.design.fonts, drawn.metadata)


FORMS: Mapping[str, Callable[[StandaloneFigure], bytes]] = {
    "svg": lambda drawn: figure_svg(drawn.figure),
    "png": lambda drawn: figure_pngs(_pdf(drawn))[0],
    "pdf": _pdf,
    "csv": lambda drawn: drawn.data,
}


@dataclass(frozen=True)
class DrawnFigures:
    """A figure of an edition: the edition's label, and the figure by language."""

    label: str
    by_language: Mapping[str, StandaloneFigure]


FOLDER = ".figures"  # suffix of the folder of an edition's figures, beside the edition's folder


def figures_folder(root: Path, label: str) -> Path:
    """Return the folder of the figures of an edition; raises DeliveryError if it is a link."""
    return folder_beside(output_folder(root), f"{label}{FOLDER}")


def draw_figure(snapshot: Snapshot, figure: str, edition: str, languages: Sequence[str]) -> DrawnFigures:
    """Draw a declared figure of an edition in some languages, all of the workspace's if none is named.

    Raises UsageError for a figure or a language that the workspace does not have, and the errors of a build.
    """
    assessment = assess_edition(snapshot, edition)
    project = assessment.project
    spec = _declared(project, figure)
    raise_all(
        [project.series.unknown_language(each) for each in languages if each not in project.series.languages],
        UsageError,
    )
    design = read_design(snapshot)
    drawn = {each: _drawn(assessment, design, spec, each) for each in languages or project.series.languages}
    return DrawnFigures(assessment.issue.label, drawn)


def _declared(project: Project, figure: str) -> FigureSpec:
    found = next((spec for spec in project.figures if spec.id == figure), None)
    if found is None:
        names = tr_list(spec.id for spec in project.figures)
        hint = tr("templates/figures.yml names the figures: {names}", names=names)
        raise UsageError(Problem(Place(figure), tr("there is no figure '{figure}'", figure=figure), hint))
    return found


def _drawn(assessment: Assessment, design: Design, spec: FigureSpec, language: str) -> StandaloneFigure:
    project, renderer = assessment.project, renderer_of(assessment)
    (request,) = figure_requests(assessment, design, {(FULL_WIDTH, language): {spec.id: spec}})
    image, problems = draw_request(request)
    title, alt = (
        without_typesetting(renderer.needed(request.words.parts[part]).text(language)) for part in ("title", "alt")
    )
    words = FigureWords(renderer, request.words, other_names(project.framework, project.rules))
    data = figure_data(spec, image.facts, words)
    raise_all(dict.fromkeys((*problems, *renderer.problems)), ContentError)
    tag = project.series.languages[language].tag
    picture = lettered(Picture(image.svg, image.width_mm, image.height_mm, alt), request.faces)
    return StandaloneFigure(
        figure=FigureFile(picture=picture, title=title, tag=tag),
        data=data.csv[language],
        design=design,
        metadata=Metadata(title=title, languages=(tag,), day=assessment.issue.as_of),
    )
