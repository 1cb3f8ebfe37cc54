"""Judge the finished briefs of an edition against the checklist."""

from collections.abc import Iterator
from pathlib import Path

from jianbao.app import workspace
from jianbao.app.approval import edition_inputs
from jianbao.app.assess import Assessment, Report, Stage, assess, documents_of
from jianbao.app.check import read_design
from jianbao.app.products import compose_briefs, draw, needed_documents, write_edition
from jianbao.app.project import DELIVERY, Project, read_project
from jianbao.brief.letterhead import LETTER_HEAD
from jianbao.brief.model import Brief
from jianbao.brief.outline import Outline, Product
from jianbao.core.edition_folder import changed_files, recorded_inputs
from jianbao.core.errors import Place, Problem, UsageError, raise_all
from jianbao.core.messages import tr, tr_later, tr_list
from jianbao.core.workers import Workers
from jianbao.review.quality.checklist import decide_points
from jianbao.review.quality.document_view import DocumentView
from jianbao.review.quality.model import QualityVerdict
from jianbao.review.quality.pdf_reader import PdfText, read_pdf

BUILD = tr_later("build the edition first: jianbao build --edition {edition}")


def judge_edition(root: Path, edition: str, output: Path | None, report: Report) -> tuple[QualityVerdict, ...]:
    """Return the verdict on every finished brief; raises UsageError if it is not built, or older than the workspace."""
    report(Stage.READ)
    project = read_project(workspace.snapshot(root))
    issue = project.series.issue(edition)
    folder, products = workspace.output_folder(root, output) / issue.label, briefs(project.outline)
    raise_all(_unready(project, folder, products, issue.label), UsageError)
    assessment = assess(project, issue, report=report)
    report(Stage.WRITE)
    written = write_edition(assessment, documents_of(assessment))
    report(Stage.DRAW)
    needed = [needed_documents(product)[0] for product in products]
    composed, found = compose_briefs(draw(written, read_design(project.snapshot), needed, Workers()), needed), []
    for product, need in zip(products, needed, strict=True):
        report(tr("judging {product}", product=product.name))
        brief = composed[need]
        found.append(decide_points(tuple(document_views(assessment, product, brief, read_pdf(folder / product.name)))))
    return tuple(found)


def briefs(outline: Outline) -> tuple[Product, ...]:
    """Return the PDFs of templates that have a body, which the checklist is for.

    A form of one page has none, and a volume of evidence argues nothing.
    """
    bodied = {name for name, parts in outline.parts.items() if any(part.role == "body" for part in parts)}
    judged = bodied - set(outline.evidence.values())
    return tuple(each for each in outline.products if each.format == "pdf" and each.template in judged)


def document_views(assessment: Assessment, product: Product, brief: Brief, printed: PdfText) -> Iterator[DocumentView]:
    """Yield a finished file as each of its languages has it."""
    project = assessment.project
    for language in product.languages:
        yield DocumentView(
            product=product.name,
            language=language,
            brief=brief,
            printed=printed,
            writers=project.writers,
            ledger=assessment.ledger,
            index=project.framework.index.id,
            beside=len(product.languages),
        )


def _unready(project: Project, folder: Path, products: tuple[Product, ...], label: str) -> list[Problem]:
    """Return a problem for each brief that is missing, or one if the workspace has changed since the build."""
    hint = tr(BUILD, edition=label)
    if not products:
        return [Problem(Place("templates/outline.yml"), tr("no PDF of a template with a body is among the products"))]
    absent = changed_files(folder, [each.name for each in products])
    if absent:
        return [
            Problem(Place(str(folder / name)), tr("this brief is not there, or not as it was built"), hint)
            for name in absent
        ]
    built, today = recorded_inputs(folder), edition_inputs(project.snapshot, label)
    changed = [name for name in sorted({*built, *today}) if built.get(name) != today.get(name)]
    if not any(_has_letterhead(project, product) for product in products):
        changed = [name for name in changed if name != DELIVERY]  # who sends it to whom is no part of the pages
    if not changed:
        return []
    what = tr("the workspace has changed since this edition was built: {files}", files=tr_list(changed))
    return [Problem(Place(str(folder)), what, hint)]


def _has_letterhead(project: Project, product: Product) -> bool:
    """Say whether a document bears what the issuing office gives to it."""
    summaries = (part.name for part in project.outline.parts[product.template] if part.role == "summary")
    return any(LETTER_HEAD in project.sections[name].phrases for name in summaries)
