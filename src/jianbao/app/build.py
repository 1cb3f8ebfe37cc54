"""Build an edition in seven stages: read, measure, score, advise, write, draw, render."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from jianbao.app.approval import Approval, edition_inputs
from jianbao.app.assess import Assessment, Report, Stage, assess_project
from jianbao.app.check import checked_theme, fonts_of, lint_edition, read_design
from jianbao.app.products import DrawnEdition, WrittenEdition, draw, needed_by_all, render, write_edition
from jianbao.app.project import Project, project_of
from jianbao.app.workspace import (
    BuildRequest,
    ProductFilter,
    edition_key,
    output_place,
    store_edition,
    with_other_products,
)
from jianbao.brief import export
from jianbao.brief.outline import FORMATS, Product
from jianbao.core.cache import BuildCache, RemoteStore
from jianbao.core.documents import Problems
from jianbao.core.edition_folder import (
    FRONT,
    MANIFEST,
    PAGES,
    OthersDroppedError,
    check_replaceable,
    manifest,
    others_of,
    publish,
)
from jianbao.core.errors import ContentError, Place, Problem, RenderError, UsageError, nearest, raise_all
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.core.snapshot import Snapshot
from jianbao.core.workers import Workers, worker_pool
from jianbao.delivery.finished_edition import LEDGER
from jianbao.render.fonts.registry import Fonts
from jianbao.render.pdf.render import Enclosure
from jianbao.review.quality.pdf_reader import count_pages
from jianbao.review.verdicts import LOG, approvals

SCORES = "scores.csv"
PRELOADED = "jianbao.app.products"  # the module that drawing and rendering workers load first
RECORDS = (LEDGER, SCORES, LOG)  # the records of every edition, beside its products


PACKAGES = (
    "jianbao",
    "weasyprint",
    "matplotlib",
    "jinja2",
    "babel",
    "numpy",
    "pandas",
    "pikepdf",
    "python-docx",
    "pypdfium2",
)


@dataclass(frozen=True)
class BuildOptions:
    """The number of processes of a build, and the cache of earlier ones."""

    jobs: int = 1
    cache: BuildCache | None = None


@dataclass(frozen=True)
class BuiltEdition:
    """A built edition that is not written yet: its label, all its files, and its cache key ("" without a cache)."""

    label: str
    files: Mapping[str, bytes]
    key: str = ""


def build_and_write(
    request: BuildRequest, snapshot: Snapshot, report: Report, options: BuildOptions = BuildOptions()
) -> Path | RemoteStore:
    """Build an edition and return its folder; nothing is written unless the whole build succeeds."""
    built = build(snapshot, request, report, options)
    report(tr("saving the edition"))
    return publish_edition(built, request, options.cache)


def build(snapshot: Snapshot, request: BuildRequest, report: Report, options: BuildOptions) -> BuiltEdition:
    """Return an edition with all its files, built from a snapshot in seven stages.

    Raises the errors of the first stage that finds any, with all of its problems.
    """
    key = edition_key(options.cache, snapshot, request.edition, request.choice) if options.cache else ""
    with worker_pool(options.jobs, PRELOADED) as workers:
        report(Stage.READ)
        project = project_of(snapshot)
        products, issue = select_products(project, request.choice), project.series.issue(request.edition)
        if len(products) > 1:
            workers.warm()
        _check_place(request, issue.label, products, project.snapshot)
        assessment = assess_project(project, issue, report)  # the stages measure, score and advise
        report(Stage.WRITE)
        written = write(assessment)
        report(Stage.DRAW)
        drawings = draw_products(written, products, workers)
        report(Stage.RENDER)
        files = render_edition(drawings, products, report, workers, options.cache)
    return BuiltEdition(label=issue.label, files=files, key=key)


def write(assessment: Assessment, unsettled: bool = False) -> WrittenEdition:
    """Return the written documents of an assessed edition; raises the first error of wording, templates or theme.

    In a final edition, an item that was returned, or has an outdated language, is an error unless `unsettled` is True.
    """
    examined = lint_edition(assessment.project, assessment)
    for error in examined.errors:
        raise error
    assert examined.documents
    written = write_edition(assessment, examined.documents)
    if not (unsettled or assessment.project.series.draft):
        raise_all(written.approval.unsettled(assessment.issue.label), ContentError)
    return written


def draw_products(written: WrittenEdition, products: Sequence[Product], workers: Workers) -> DrawnEdition:
    """Draw the figures of an edition's products in the workspace's design; raises RenderError for a faulty one."""
    design = read_design(written.assessment.project.snapshot)
    return draw(written, design, needed_by_all(products), workers)


def render_edition(
    drawings: DrawnEdition,
    products: Sequence[Product],
    report: Report,
    workers: Workers,
    cache: BuildCache | None = None,
) -> dict[str, bytes]:
    """Return all files of an edition: its records, its products and the manifest."""
    written = drawings.written
    files = records_of(written.assessment, written.approval)
    files |= render(
        drawings=drawings,
        products=products,
        enclosures=enclosures(written.assessment, files),
        workers=workers,
        cache=cache,
        report=report,
    )
    files[MANIFEST] = _manifest(written.assessment, files, drawings.design.fonts)
    return files


def _check_place(request: BuildRequest, label: str, products: Sequence[Product], snapshot: Snapshot) -> None:
    """Raise DeliveryError before anything is built if the edition could not be written (see `publish`).

    The same error is raised if its folder has other products that cannot stay (see `with_other_products`).
    """
    destination = output_place(request)
    if not isinstance(destination, Path):
        return
    folder = destination / label
    check_replaceable(folder)
    if request.choice == ProductFilter() or request.drop or not folder.exists():
        return
    try:
        conditions = build_inputs(snapshot, label, fonts_of(snapshot, checked_theme(snapshot)))
    except RenderError:
        return  # the build itself reports the error, with all others
    dropped = others_of(folder, [*RECORDS, *(product.name for product in products)], conditions)[1]
    if dropped:
        raise OthersDroppedError(folder, dropped)


def publish_edition(built: BuiltEdition, request: BuildRequest, cache: BuildCache | None) -> Path | RemoteStore:
    """Write an edition in one step, store it in the cache, and return its folder; raises DeliveryError."""
    if cache:
        store_edition(cache, built.key, built.label, built.files)
    return publish(output_place(request), built.label, with_other_products(request, built.label, built.files))


def select_products(project: Project, choice: ProductFilter) -> tuple[Product, ...]:
    """Return the requested products; raises UsageError for a word that names none of the workspace's."""
    check_words(project, choice)
    products = project.outline.chosen(choice.templates, choice.layouts, choice.formats)
    if not products:
        names = tr_list(product.name for product in project.outline.products)
        hint = tr("templates/outline.yml names the products: {names}", names=names)
        raise UsageError(Problem(Place("--template, --format, --lang"), tr("no product matches all of these"), hint))
    return products


def check_words(project: Project, choice: ProductFilter) -> None:
    """Raise UsageError with every requested template, language and format that the workspace does not have."""
    outline, series = project.outline, project.series
    wrong = [
        series.unknown_language(word)
        for each in choice.layouts
        for word in each.split("-")
        if word not in series.languages
    ]
    wrong += _unknown(choice.templates, tuple(outline.parts), "--template", tr("a template"))
    wrong += _unknown(choice.formats, FORMATS, "--format", tr("a format"))
    raise_all(wrong, UsageError)


def _unknown(words: tuple[str, ...], known: tuple[str, ...], option: str, what: Translatable) -> Problems:
    return [
        Problem(Place(option), tr("'{value}' is not {what}", value=word, what=what), nearest(word, known))
        for word in words
        if word not in known
    ]


def enclosures(assessment: Assessment, files: Mapping[str, bytes]) -> list[Enclosure]:
    """Return the files embedded in every PDF: the edition's tables and the ledger."""
    known = export.tables(assessment.project.evidence.tables, assessment.issue.as_of)
    tables = [Enclosure(name, content, "table of the workspace", "Source") for name, content in known.items()]
    return [*tables, Enclosure(LEDGER, files[LEDGER], "all facts of this edition", "Data")]


def records_of(assessment: Assessment, approval: Approval) -> dict[str, bytes]:
    """Return the records of an edition: all facts, the scores, and the approval log."""
    return {
        LEDGER: export.ledger(assessment.ledger),
        SCORES: export.scores(assessment.ledger, assessment.project.framework),
        LOG: approvals(assessment.issue.label, approval.states, approval.verdicts),
    }


def _manifest(assessment: Assessment, files: Mapping[str, bytes], fonts: Fonts) -> bytes:
    label, snapshot = assessment.issue.label, assessment.project.snapshot
    counts = {name: count_pages(content) for name, content in sorted(files.items()) if name.endswith(".pdf")}
    pages = {name: (str(each.pages), str(each.front)) for name, each in counts.items() if each}
    about = {key: {name: pair[at] for name, pair in pages.items()} for at, key in enumerate((PAGES, FRONT))}
    return manifest(label, files, **build_inputs(snapshot, label, fonts), **about)


def build_inputs(snapshot: Snapshot, label: str, fonts: Fonts) -> dict[str, dict[str, str]]:
    """Return all that an edition's bytes depend on: hashes of inputs and fonts, versions of programs."""
    inputs = edition_inputs(snapshot, label)
    return {"inputs": inputs, "fonts": fonts.hashes(), "versions": {name: version(name) for name in PACKAGES}}
