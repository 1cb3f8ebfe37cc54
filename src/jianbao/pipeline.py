"""The order of things: workspace, measures, scores, advice, words, figures, pages, edition folder."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from jianbao import workspace
from jianbao.assessment import Assessment, assess
from jianbao.documents import Problems
from jianbao.dossier import Dossier, read_dossier
from jianbao.errors import ContentError, RenderError, raise_all
from jianbao.figures.charts import draw
from jianbao.figures.lettering import Face, Faces
from jianbao.figures.spec import FigureSpec, Size
from jianbao.figures.style import Palette
from jianbao.inspection import faulty_templates, manuscript_of, proofread
from jianbao.publication import records
from jianbao.publication.brief import Brief, Picture
from jianbao.publication.captions import Captions
from jianbao.publication.composition import called_figures
from jianbao.publication.edition import manifest, publish
from jianbao.publication.editor import edit
from jianbao.publication.fonts import Fonts, read_fonts
from jianbao.publication.fonts import prepare_fonts as prepared_fonts
from jianbao.publication.page import FULL_WIDTH, HALF_WIDTH, compose_html
from jianbao.publication.pdf import Enclosure, Metadata, measure_blocks, render_pdf
from jianbao.publication.settling import settle, skeleton, wasted
from jianbao.publication.speaker import Speaker
from jianbao.publication.theme import Theme, as_theme

THEME = "templates/themes/default.yml"
ARRANGEMENTS = 4  # of figures among text, tried at most
Report = Callable[[str], None]


def build(root: Path, edition: str, layouts: Sequence[str], output: Path | None, report: Report) -> Path:
    """Build an edition and return its folder; nothing is written unless every page is right."""
    report("reading the workspace")
    dossier = read_dossier(root)
    report("weighing the evidence")
    assessment = assess(dossier, dossier.series.issue(edition))
    raise_all(proofread(dossier, assessment), ContentError)
    raise_all(faulty_templates(root), RenderError)
    speaker = Speaker(assessment.ledger, dossier.writers, dossier.sections)
    fonts = read_fonts()
    theme = read_theme(root, fonts)
    wanted = check_layouts(layouts or default_layouts(dossier), dossier)
    files = _records(assessment)
    enclosures = _enclosures(assessment, files)
    for width in dict.fromkeys(HALF_WIDTH if len(each) > 1 else FULL_WIDTH for each in wanted.values()):
        report("drawing the figures")
        brief = compose(assessment, speaker, fonts, theme, width)
        for name, languages in wanted.items():
            if (width == HALF_WIDTH) == (len(languages) > 1):
                report(f"setting brief.{name}.pdf")
                files[f"brief.{name}.pdf"] = _pdf(brief, languages, root, fonts, theme, enclosures)
    report("writing the edition")
    files["manifest.json"] = _manifest(assessment, files, fonts)
    return publish(output or root / "output", assessment.issue.label, files)


def prepare_fonts() -> Path:
    """Prepare the fonts once a machine and return their folder."""
    return prepared_fonts().folder


def default_layouts(dossier: Dossier) -> tuple[str, ...]:
    """Return the layouts that are built if none is asked for: all languages in parallel, and each alone."""
    languages = tuple(dossier.series.languages)
    return ("-".join(languages), *languages) if len(languages) > 1 else languages


def check_layouts(layouts: Iterable[str], dossier: Dossier) -> dict[str, tuple[str, ...]]:
    """Return the languages of each layout ("zh-en" -> ("zh", "en")); raise ContentError for an unknown language."""
    found = {layout: tuple(layout.split("-")) for layout in layouts}
    known = dossier.series.languages
    wrong = [language for languages in found.values() for language in languages if language not in known]
    raise_all((dossier.series.unknown_language(language) for language in wrong), ContentError)
    return found


def read_theme(root: Path, fonts: Fonts) -> Theme:
    """Read the workspace's theme; raises RenderError with all that is wrong."""
    problems: Problems = []
    theme = as_theme(workspace.read_document(root, THEME, RenderError), fonts.families, problems)
    raise_all(problems, RenderError)
    return theme


def compose(assessment: Assessment, speaker: Speaker, fonts: Fonts, theme: Theme, width: float) -> Brief:
    """Say, draw and number everything; raises ContentError with all that cannot be said."""
    manuscript = manuscript_of(assessment, speaker)
    spoken = [speaker.section(section) for section, _ in manuscript.outline]
    called = [spec for spec in assessment.dossier.figures if spec.id in called_figures(spoken)]
    drawn = {spec.id: _drawn(spec, assessment, speaker, fonts, theme, width) for spec in called}
    shown = {spec_id: facts for spec_id, (facts, _) in drawn.items()}
    brief = edit(manuscript, shown, {spec_id: pictures for spec_id, (_, pictures) in drawn.items()})
    raise_all(dict.fromkeys(speaker.problems), ContentError)
    return brief


def _drawn(
    spec: FigureSpec, assessment: Assessment, speaker: Speaker, fonts: Fonts, theme: Theme, width: float
) -> tuple[tuple[str, ...], Mapping[str, Picture]]:
    dossier, ledger = assessment.dossier, assessment.ledger
    others = _other_names(assessment, speaker)
    palette = Palette(highlight=theme.colours["accent"], ink=theme.colours["ink"], muted=theme.colours["muted"])
    pictures: dict[str, Picture] = {}
    facts: tuple[str, ...] = ()
    for language in dossier.series.languages:
        words = Captions(speaker, language, dossier.figure_words[spec.id], others)
        faces = _faces(fonts, theme, language)
        drawing = draw(spec, ledger, words, Size(width), faces, palette)
        pictures[language] = Picture(drawing.svg, drawing.width_mm, drawing.height_mm, "")
        facts = drawing.facts
    return facts, pictures


def _other_names(assessment: Assessment, speaker: Speaker) -> dict[str, Mapping[str, str]]:
    """Return what figures call the nodes of the framework and the rules."""
    dossier = assessment.dossier
    names: dict[str, Mapping[str, str]] = {node.id: node.name for node in dossier.framework.components()}
    for rule, entry in dossier.advice_words.items():
        title = speaker.say(entry.parts["title"])
        if title:
            names[rule] = {language: title.text(language) for language in dossier.writers}
    return names


def _faces(fonts: Fonts, theme: Theme, language: str) -> Faces:
    families = theme.settings[language].families["sans"]
    return Faces(tuple(Face(name, fonts.path(name), fonts.path(name, 700)) for name in families))


def _pdf(
    brief: Brief, languages: tuple[str, ...], root: Path, fonts: Fonts, theme: Theme, enclosures: Sequence[Enclosure]
) -> bytes:
    html = compose_html(_settled(brief, languages, root, fonts, theme), languages, root / "templates", theme, fonts)
    first = languages[0]
    metadata = Metadata(
        title=brief.title.text(first),
        languages=tuple(brief.languages[language] for language in languages),
        day=brief.as_of,
        subject=brief.subtitle.text(first),
    )
    return render_pdf(html, fonts, metadata, enclosures)


def _settled(brief: Brief, languages: tuple[str, ...], root: Path, fonts: Fonts, theme: Theme) -> Brief:
    """Return the brief with its figures where they leave the least room empty, of a few arrangements tried."""
    found: list[tuple[float, Brief]] = []
    for _ in range(ARRANGEMENTS):
        html = compose_html(skeleton(brief), languages, root / "templates", theme, fonts)
        stands = measure_blocks(html, fonts)
        found.append((wasted(brief, stands), brief))
        settled = settle(brief, stands)
        if settled == brief or not found[-1][0]:
            break
        brief = settled
    return min(found, key=lambda each: each[0])[1]


def _enclosures(assessment: Assessment, files: Mapping[str, bytes]) -> list[Enclosure]:
    """Return what goes inside every PDF: the tables as the edition knows them, and the ledger."""
    known = records.tables(assessment.dossier.evidence.tables, assessment.issue.as_of)
    tables = [Enclosure(name, content, "table of the workspace", "Source") for name, content in known.items()]
    return [*tables, Enclosure("ledger.json", files["ledger.json"], "all facts of this edition", "Data")]


def _records(assessment: Assessment) -> dict[str, bytes]:
    return {
        "ledger.json": records.ledger(assessment.ledger),
        "scores.csv": records.scores(assessment.ledger, assessment.dossier.framework),
    }


def _manifest(assessment: Assessment, files: Mapping[str, bytes], fonts: Fonts) -> bytes:
    inputs = workspace.hashes(assessment.dossier.root)
    packages = ("jianbao", "weasyprint", "matplotlib", "jinja2", "babel", "numpy", "pandas")
    versions = {name: version(name) for name in packages}
    return manifest(assessment.issue.label, files, inputs=inputs, fonts=fonts.hashes(), versions=versions)
