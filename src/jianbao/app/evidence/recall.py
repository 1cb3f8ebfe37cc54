"""Find the parts of published editions that depend on a source, a fact or a row, and write correction notices."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2

from jianbao.app import workspace
from jianbao.app.approval import approval_of
from jianbao.app.assess import Assessment, Report, assess, documents_of, renderer_of
from jianbao.app.check import read_design
from jianbao.app.deliver import office_names
from jianbao.app.project import Project, read_project
from jianbao.brief.export import read_ledger
from jianbao.brief.model import Brief
from jianbao.brief.outline import Product
from jianbao.brief.phrases import PhraseRenderer, other_names
from jianbao.core.edition_folder import MANIFEST
from jianbao.core.errors import (
    UNKNOWN_FACT,
    ContentError,
    DataError,
    DeliveryError,
    Place,
    Problem,
    UsageError,
    nearest,
    raise_all,
)
from jianbao.core.messages import tr
from jianbao.data.column_checks import split_cell
from jianbao.data.facts import Ledger
from jianbao.data.records import latest_row, with_restated
from jianbao.delivery.finished_edition import LEDGER, archive_folder, published_labels
from jianbao.delivery.journal import SENT, journal_of, read_journal
from jianbao.delivery.traces import refuse_traces
from jianbao.render.html.page import compose_html
from jianbao.render.pdf.lost_text import Origin
from jianbao.render.pdf.render import render_pdf
from jianbao.render.product import metadata
from jianbao.render.theme import Design
from jianbao.review.corrections import (
    CORRECTION,
    MARKED,
    OFFICIAL,
    CorrectedFacts,
    Correction,
    Notice,
    has_parts,
    in_page_order,
    mail_text,
    marked_notice,
    official_notice,
    printed_differently,
)
from jianbao.review.published import (
    AffectedEdition,
    AffectedItem,
    Recalled,
    affected_facts,
    affected_items,
    bare,
    with_dependents,
)

APPROVALS = "approvals.json"


def read_recalled(text: str, project: Project) -> Recalled:
    """Return what a word means: TABLE:ROW, a source, or else a fact. Raises UsageError for a missing row."""
    table, colon, row = text.partition(":")
    tables = project.evidence.tables
    if colon and table in tables:
        number = next((number for number in tables[table].frame.index if str(number) == row), None)
        if number is None:
            what = tr("there is no row {row} in {table}", row=row or "?", table=tables[table].file)
            raise UsageError(Problem(Place(text), what, tr("rows are numbered as a spreadsheet does")))
        return Recalled(table=table, row=number)
    return Recalled(source=text) if text in project.evidence.sources else Recalled(fact=text)


def affected_editions(what: Recalled, output: Path) -> tuple[AffectedEdition, ...]:
    """Return the published editions that use recalled data, the oldest first.

    Published editions are those in the archive and the finished ones. Raises DeliveryError for records that cannot be
    read, UsageError if no edition is affected.
    """
    labels = sorted({*published_labels(output), *_built(output)})
    editions = [edition for label in labels if (edition := _affected(output, label, what))]
    if not editions:
        known = {fact for label in labels for fact in _ledger(output, label)}
        hint = nearest(str(what), known, UNKNOWN_FACT) if what.fact else tr("no published edition rests on it")
        raise UsageError(Problem(Place(str(what)), tr("no published edition uses it"), hint))
    return tuple(editions)


def _built(output: Path) -> tuple[str, ...]:
    return tuple(path.parent.name for path in output.glob(f"*/{MANIFEST}")) if output.is_dir() else ()


def _affected(output: Path, label: str, what: Recalled) -> AffectedEdition | None:
    ledger = _ledger(output, label)
    facts, scores = affected_facts(ledger, what)
    if not facts:
        return None
    folder = output / label
    items = tuple(affected_items(_record(output, label, APPROVALS), {*facts, *scores}, _pages(folder)))
    products = tuple(sorted(_products(output, label)))
    documents = {document for item in items for document in item.documents}
    return AffectedEdition(
        label=label,
        facts=facts,
        scores=scores,
        items=items,
        products=tuple(name for name in products if name.partition(".")[0] in documents),
        recipients=_recipients(output, label),
    )


def items_depending_on(output: Path, label: str, facts: Collection[str]) -> tuple[AffectedItem, ...]:
    """Return the items of a published edition that state one of these facts, or facts computed from them."""
    depending = {each for ids in with_dependents(_ledger(output, label), facts) for each in ids}
    return tuple(affected_items(_record(output, label, APPROVALS), depending, {}))


def _ledger(output: Path, label: str) -> dict[str, dict[str, Any]]:
    facts: dict[str, dict[str, Any]] = _record(output, label, LEDGER)["facts"]
    return facts


def _record_file(output: Path, label: str, name: str) -> Path:
    """Return the path of a record of a published edition: in its folder, or else in the archive."""
    places = (output / label / name, archive_folder(output, label) / name)
    return next((place for place in places if place.is_file()), places[1])


def _record(output: Path, label: str, name: str) -> dict[str, Any]:
    file = _record_file(output, label, name)
    try:
        return dict(json.loads(workspace.read_built_file(file)))
    except (UsageError, ValueError, RecursionError) as error:
        what = tr("the record of the edition cannot be read")
        raise DeliveryError(Problem(Place(str(file)), what, tr("build the edition again"))) from error


def _pages(folder: Path) -> dict[str, list[str]]:
    """Return the text of each page of each PDF in a folder and of its OFD, without spaces; a damaged PDF has none."""
    pages: dict[str, list[str]] = {}
    for file in sorted(folder.glob("*.pdf")):
        texts = [bare(text) for text in _texts(workspace.read_built_file(file))]
        pages |= {each.name: texts for each in (file, file.with_suffix(".ofd")) if each.is_file()}
    return pages


def _texts(pdf: bytes) -> list[str]:
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError:
        return []
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def _products(output: Path, label: str) -> list[str]:
    """Return the documents of an edition, as its manifest lists them."""
    outputs: Mapping[str, Any] = _record(output, label, MANIFEST).get("outputs", {})
    return [name for name in outputs if name.endswith((".pdf", ".docx", ".html", ".ofd"))]


def _recipients(output: Path, label: str) -> tuple[str, ...]:
    """Return the recipients of an edition from the journal of its delivery; empty if there is none."""
    journal = read_journal(journal_of(output, label))
    sent = [each.to for each in journal.entries if journal.state(each.to, each.digest) == SENT]
    return tuple(dict.fromkeys(sent))


def recall(root: Path, text: str, output: Path | None) -> tuple[Project, Recalled, tuple[AffectedEdition, ...]]:
    """Return the project of a workspace, the data that a word names in it, and the affected published editions."""
    project = read_project(workspace.snapshot(root))
    what = read_recalled(text, project)
    return project, what, affected_editions(what, workspace.output_folder(root, output))


@dataclass(frozen=True, kw_only=True)
class CorrectionRequest:
    """The inputs of a notice: the recalled data, the folder of editions, the reason by language, and the day."""

    project: Project
    what: Recalled
    output: Path
    reasons: Mapping[str, str]
    day: date
    report: Report


def correct(request: CorrectionRequest, editions: Iterable[AffectedEdition]) -> dict[str, bytes]:
    """Return the files of the notice for every edition whose text has changed, by file name.

    Raises:
        UsageError: If no edition has changed, or a language lacks the reason.
        DataError: For a right value without a source.
        ContentError: If phrases of the notice are missing.
        DeliveryError: If a file contains traces that must not be sent.

    """
    hint = tr("say in every language what was wrong: {example}", example="--because zh=… --because en=…")
    lacking = [language for language in request.project.writers if not request.reasons.get(language)]
    raise_all(
        (
            Problem(Place("--because"), tr("there is no reason in '{language}'", language=each), hint)
            for each in lacking
        ),
        UsageError,
    )
    files = {name: content for edition in editions for name, content in _notice_files(request, edition).items()}
    if not files:
        hint = tr("put it right in the data, with its source, and make the notice then")
        raise UsageError(Problem(Place(str(request.what)), tr("no published text would change"), hint))
    return files


def _notice_files(request: CorrectionRequest, edition: AffectedEdition) -> dict[str, bytes]:
    project, file = request.project, _record_file(request.output, edition.label, LEDGER)
    published = read_ledger(workspace.read_built_file(file), str(file))
    assessment = _right_edition(request, edition, published)
    request.report(tr("comparing"))
    reworked = CorrectedFacts(
        published=published,
        right=assessment.ledger,
        affected=(*edition.facts, *edition.scores),
        recalled=request.what.source,
        cited=_cited(project, request.what),
        files={name: table.file for name, table in project.evidence.tables.items()},
    )
    raise_all(reworked.unsourced(), DataError)
    renderer = renderer_of(assessment)
    corrections = in_page_order(_corrections(assessment, edition, reworked, renderer))
    notice = Notice(
        renderer=renderer.naming_series(),
        edition=edition.label,
        as_of=assessment.issue.as_of,
        day=request.day,
        reasons=request.reasons,
        corrections=corrections,
        sources=project.evidence.sources,
        names=other_names(project.framework, project.rules),
        letterhead=project.covering,
        reader=project.series.reader,
        languages={key: language.tag for key, language in project.series.languages.items()},
    )
    return _notice_products(request, assessment, notice) if corrections else {}


def _right_edition(request: CorrectionRequest, edition: AffectedEdition, published: Ledger) -> Assessment:
    """Return an edition as of its day, with the recalled rows as they are now and all others as they were then."""
    project, evidence = request.project, request.project.evidence
    tables = with_restated(evidence.tables, _recalled_rows(project, request.what, published))
    right = replace(project, evidence=replace(evidence, tables=tables))
    return assess(right, project.series.issue(edition.label), report=request.report)


def _recalled_rows(project: Project, what: Recalled, published: Ledger) -> dict[str, set[int]]:
    """Return the recalled rows by table: for a source, those that cite it; for a fact, those it was computed from."""
    if what.table:
        return {what.table: {what.row}}
    ids = [what.fact] if what.fact else list(published.facts)
    rows: dict[str, set[int]] = {}
    for cells in (cells for fact_id in ids for cells in published.cells_of(fact_id)):
        cited = what.fact or what.source in cells.sources
        rows.setdefault(cells.table, set()).update(cells.rows if cited else ())
    return {
        name: {row for row in found if what.fact or what.source in _row_sources(project, name, row)}
        for name, found in rows.items()
    }


def _cited(project: Project, what: Recalled) -> tuple[str, ...]:
    """Return the sources of the row that replaces a recalled row, or of that row itself; empty for other data."""
    table = project.evidence.tables.get(what.table)
    return _row_sources(project, what.table, latest_row(table, what.row)) if table else ()


def _row_sources(project: Project, table: str, row: int) -> tuple[str, ...]:
    """Return the sources that a row cites, by its number; empty if the row does not exist."""
    known_table = project.evidence.tables.get(table)
    column = known_table.schema.source_column if known_table else ""
    return (
        split_cell(str(known_table.frame.at[row, column]))
        if known_table and column and row in known_table.frame.index
        else ()
    )


def _corrections(
    assessment: Assessment, edition: AffectedEdition, reworked: CorrectedFacts, renderer: PhraseRenderer
) -> Iterator[Correction]:
    """Yield the passages that have changed."""
    states = approval_of(assessment, documents_of(assessment)).states
    texts = {state.item.id: dict(state.item.texts) for state in states}
    for item in edition.items:
        changed = [fact for fact in item.facts if fact in reworked.changed]
        pairs = ((reworked.published[fact], assessment.ledger.get(fact)) for fact in changed)
        values, right = printed_differently(renderer, pairs), texts.get(item.id, {})
        if dict(item.texts) != right or (values and has_parts(item.id)):
            yield Correction(
                item=item.id,
                printed=item.texts,
                right=right,
                documents=item.documents,
                files=edition.products,
                pages=item.pages,
                values=values,
                sources=reworked.sources(changed),
            )


def _notice_products(request: CorrectionRequest, assessment: Assessment, notice: Notice) -> dict[str, bytes]:
    """Return the notice as an official document and as a mail in each language, and as one page in all of them."""
    request.report(tr("writing the notice"))
    project = request.project
    official, marked, name = official_notice(notice), marked_notice(notice), f"{CORRECTION}.{notice.edition}"
    files = {f"{name}.{language}.txt": mail_text(notice, language).encode() for language in project.writers}
    raise_all(dict.fromkeys(notice.renderer.problems), ContentError)
    design = read_design(project.snapshot)
    for language in project.writers:
        files[f"{name}.{OFFICIAL}.{language}.pdf"] = _pdf(official, Product(OFFICIAL, (language,)), design)
    files[f"{name}.{'-'.join(project.writers)}.pdf"] = _pdf(marked, Product(MARKED, (*project.writers,)), design)
    refuse_traces(files, project.addresses.traces, office_names(assessment))
    return files


def _pdf(brief: Brief, product: Product, design: Design) -> bytes:
    html = compose_html(brief, product.languages, design, f"{product.template}/page.html.j2")
    return render_pdf(html, design.fonts, metadata(brief, product), origin=Origin(product.name))
