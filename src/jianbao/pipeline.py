"""The build of an edition in seven stages: read, measure, score, advise, write, draw, render."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from jianbao import workspace
from jianbao.approval import Approval
from jianbao.assessment import Assessment, Report, Stage, advise, measure, score
from jianbao.crew import Crew, crew
from jianbao.documents import Problems
from jianbao.dossier import Dossier, read_dossier
from jianbao.editions.review import approvals
from jianbao.errors import ContentError, Place, Problem, UsageError, nearest, raise_all
from jianbao.inspection import lint, read_design
from jianbao.press import Drawings, Written, compositions, draw, render, written_of
from jianbao.publication import records
from jianbao.publication.depot import Depot
from jianbao.publication.edition import MANIFEST, check_replaceable, manifest, publish
from jianbao.publication.fonts import Fonts
from jianbao.publication.outline import FORMATS, Product
from jianbao.publication.pdf import Enclosure
from jianbao.publication.standing import StandingType
from jianbao.publication.vault import LEDGER
from jianbao.reprint import Choice, Order, destination_of, key_of, remember
from jianbao.snapshot import Snapshot

PACKAGES = ("jianbao", "weasyprint", "matplotlib", "jinja2", "babel", "numpy", "pandas", "python-docx", "pypdfium2")


@dataclass(frozen=True)
class Means:
    """What a build works with: so many processes, and what was kept of earlier ones."""

    jobs: int = 1
    kept: StandingType | None = None


@dataclass(frozen=True)
class Printed:
    """An edition that is made and not yet written: its label, all of its files, and the name to keep it under ("")."""

    label: str
    files: Mapping[str, bytes]
    key: str = ""


def build_and_write(order: Order, snapshot: Snapshot, report: Report, means: Means = Means()) -> Path | Depot:
    """Build an edition and return its folder; nothing is written there unless every page is right."""
    printed = build(snapshot, order, report, means)
    report("saving the edition")
    return put_out(printed, order, means.kept)


def build(snapshot: Snapshot, order: Order, report: Report, means: Means) -> Printed:
    """Return an edition with all of its files, made of a snapshot in seven stages.

    Raises what is wrong with the workspace, the first stage that finds something with all that it finds.
    """
    key = key_of(means.kept, snapshot, order.edition, order.choice) if means.kept else ""
    with crew(means.jobs) as hands:
        report(Stage.READ)
        dossier = read_dossier(snapshot)
        products, issue = chosen(dossier, order.choice), dossier.series.issue(order.edition)
        if len(products) > 1:
            hands.warm()
        _check_place(order, issue.label)
        report(Stage.MEASURE)
        measured = measure(dossier, issue)
        report(Stage.SCORE)
        scored = score(measured)
        report(Stage.ADVISE)
        assessment = advise(scored)
        report(Stage.WRITE)
        written = write(assessment)
        report(Stage.DRAW)
        drawings = draw_products(written, products, hands)
        report(Stage.RENDER)
        files = render_edition(drawings, products, report, hands, means.kept)
    return Printed(label=issue.label, files=files, key=key)


def write(assessment: Assessment, stale: bool = False) -> Written:
    """Say the documents of an assessed edition; raises the first kind of error that its words, templates or theme have.

    A text that stayed behind another language after its approval is refused in a final, unless `stale` lets it pass.
    """
    found = lint(assessment.dossier, assessment)
    for error in found.errors:
        raise error
    assert found.documents
    written = written_of(assessment, found.documents)
    if not (stale or assessment.dossier.series.draft):
        raise_all((each.problem() for each in written.approval.stale), ContentError)
    return written


def draw_products(written: Written, products: Sequence[Product], hands: Crew) -> Drawings:
    """Draw the figures of an edition's products in the workspace's design; raises RenderError for a faulty one."""
    design = read_design(written.assessment.dossier.snapshot)
    return draw(written, design, compositions(products), hands)


def render_edition(
    drawings: Drawings, products: Sequence[Product], report: Report, hands: Crew, kept: StandingType | None = None
) -> dict[str, bytes]:
    """Return all files of an edition: its records, its products and the manifest of them all."""
    written = drawings.written
    files = records_of(written.assessment, written.approval)
    files |= render(drawings, products, _enclosures(written.assessment, files), hands, kept, report)
    files[MANIFEST] = _manifest(written.assessment, files, drawings.design.fonts)
    return files


def _check_place(order: Order, label: str) -> None:
    """Raise DeliveryError before anything is made if the edition could not take its place (see `publish`)."""
    destination = destination_of(order)
    if isinstance(destination, Path):
        check_replaceable(destination / label)


def put_out(printed: Printed, order: Order, kept: StandingType | None) -> Path | Depot:
    """Write an edition, in one step, and return its folder; keep it for the next time. Raises DeliveryError."""
    if kept:
        remember(kept, printed.key, printed.label, printed.files)
    return publish(destination_of(order), printed.label, printed.files)


def chosen(dossier: Dossier, choice: Choice) -> tuple[Product, ...]:
    """Return the products that are asked for; raise UsageError where a word names none of the workspace's."""
    check_words(dossier, choice)
    found = dossier.outline.chosen(choice.templates, choice.layouts, choice.formats)
    if not found:
        names = ", ".join(product.name for product in dossier.outline.products)
        raise UsageError(Problem(Place("--template, --format, --lang"), "no product is all of that", names))
    return found


def check_words(dossier: Dossier, choice: Choice) -> None:
    """Raise UsageError with every template, language and format that the workspace does not have."""
    outline, series = dossier.outline, dossier.series
    wrong = [
        series.unknown_language(word)
        for each in choice.layouts
        for word in each.split("-")
        if word not in series.languages
    ]
    wrong += _unknown(choice.templates, tuple(outline.parts), "template")
    wrong += _unknown(choice.formats, FORMATS, "format")
    raise_all(wrong, UsageError)


def _unknown(words: tuple[str, ...], known: tuple[str, ...], what: str) -> Problems:
    where = Place(f"--{what}")
    return [Problem(where, f"'{word}' is not a {what}", nearest(word, known)) for word in words if word not in known]


def _enclosures(assessment: Assessment, files: Mapping[str, bytes]) -> list[Enclosure]:
    """Return what goes inside every PDF: the tables as the edition knows them, and the ledger."""
    known = records.tables(assessment.dossier.evidence.tables, assessment.issue.as_of)
    tables = [Enclosure(name, content, "table of the workspace", "Source") for name, content in known.items()]
    return [*tables, Enclosure(LEDGER, files[LEDGER], "all facts of this edition", "Data")]


def records_of(assessment: Assessment, approval: Approval) -> dict[str, bytes]:
    """Return the records that stand beside the pages: all facts, the scores, and what reviewers approved."""
    return {
        LEDGER: records.ledger(assessment.ledger),
        "scores.csv": records.scores(assessment.ledger, assessment.dossier.framework),
        "approvals.json": approvals(assessment.issue.label, approval.standings, approval.verdicts),
    }


def _manifest(assessment: Assessment, files: Mapping[str, bytes], fonts: Fonts) -> bytes:
    return manifest(assessment.issue.label, files, **conditions(assessment, fonts))


def conditions(assessment: Assessment, fonts: Fonts) -> dict[str, dict[str, str]]:
    """Return all that an edition's bytes hang on: hashes of inputs and fonts, versions of programs."""
    own = workspace.review_file(assessment.issue.label)
    listed = assessment.dossier.snapshot.hashes()
    inputs = {
        name: each for name, each in listed.items() if name == own or not name.startswith(f"{workspace.REVIEWS}/")
    }
    return {"inputs": inputs, "fonts": fonts.hashes(), "versions": {name: version(name) for name in PACKAGES}}
