"""Find what published editions say that rests on a source, a fact or a row, where it stands, and who has it."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdfium2

from jianbao.app import workspace
from jianbao.app.project import Project, read_project
from jianbao.brief.phrases import PhraseRenderer
from jianbao.core.edition_folder import MANIFEST
from jianbao.core.errors import (
    UNKNOWN_FACT,
    ContentError,
    DeliveryError,
    Place,
    Problem,
    UsageError,
    nearest,
    raise_all,
)
from jianbao.core.messages import tr
from jianbao.data.facts import Fact, Ledger
from jianbao.delivery.edition_archive import LEDGER, archive_folder, published_labels
from jianbao.delivery.journal import SENT, journal_of, read_journal
from jianbao.scoring.score_facts import POINT

CORRECTION = "correction"  # the section of the wording that a notice is made of
APPROVALS = "approvals.json"
_BLANK = re.compile(r"\s+")


@dataclass(frozen=True)
class Recalled:
    """What is recalled: a source, a fact, or a row of a table by its number in the file."""

    source: str = ""
    fact: str = ""
    table: str = ""
    row: int = 0

    def __str__(self) -> str:
        return self.source or self.fact or f"{self.table}:{self.row}"

    def rests(self, fact_id: str, record: Mapping[str, Any]) -> bool:
        """Say whether a fact, as an edition recorded it, is this one or rests directly on it."""
        if self.fact:
            return fact_id == self.fact
        return any(
            self.source in cells.get("sources", ())
            if self.source
            else (cells.get("table"), self.row in cells.get("rows", ())) == (self.table, True)
            for cells in record.get("cells", ())
        )


@dataclass(frozen=True, kw_only=True)
class AffectedItem:
    """A sentence, figure or table of an edition: what it says in each language, in which documents, on which pages.

    `pages` has the page numbers of each PDF in which its text was found; PDFs that are not here have none.
    """

    id: str
    texts: Mapping[str, str]
    documents: tuple[str, ...]
    pages: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class AffectedEdition:
    """A published edition that carries what is recalled: in which facts, scores, items and products, and who has it."""

    label: str
    facts: tuple[str, ...]
    scores: tuple[str, ...]
    items: tuple[AffectedItem, ...]
    products: tuple[str, ...]
    recipients: tuple[str, ...]


def read_recalled(text: str, project: Project) -> Recalled:
    """Return what a word means: TABLE:ROW, a source, or else a fact. Raises UsageError for a row that is not there."""
    table, colon, row = text.partition(":")
    tables = project.evidence.tables
    if colon and table in tables:
        if not row.isdecimal() or int(row) not in tables[table].frame.index:
            what = tr("there is no row {row} in {table}", row=row or "?", table=tables[table].file)
            raise UsageError(Problem(Place(text), what, tr("rows are numbered as a spreadsheet does")))
        return Recalled(table=table, row=int(row))
    return Recalled(source=text) if text in project.evidence.sources else Recalled(fact=text)


def affected_editions(what: Recalled, output: Path) -> tuple[AffectedEdition, ...]:
    """Return the published editions that carry what is recalled, the oldest first.

    An edition is one that stands in the archive or among the finished ones. Raises DeliveryError for records that
    cannot be read, UsageError if no edition carries it.
    """
    labels = sorted({*published_labels(output), *_built(output)})
    found = [edition for label in labels if (edition := _affected(output, label, what))]
    if not found:
        known = {fact for label in labels for fact in _ledger(output, label)}
        hint = nearest(str(what), known, UNKNOWN_FACT) if what.fact else tr("no published edition rests on it")
        raise UsageError(Problem(Place(str(what)), tr("no published edition carries it"), hint))
    return tuple(found)


def _built(output: Path) -> tuple[str, ...]:
    return tuple(path.parent.name for path in output.glob(f"*/{MANIFEST}")) if output.is_dir() else ()


def _affected(output: Path, label: str, what: Recalled) -> AffectedEdition | None:
    ledger = _ledger(output, label)
    facts, scores = _touched(ledger, what)
    if not facts:
        return None
    folder = output / label
    items = tuple(_items(_record(output, label, APPROVALS), {*facts, *scores}, _pages(folder)))
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


def _ledger(output: Path, label: str) -> dict[str, dict[str, Any]]:
    facts: dict[str, dict[str, Any]] = _record(output, label, LEDGER)["facts"]
    return facts


def _record(output: Path, label: str, name: str) -> dict[str, Any]:
    """Return one record of a published edition: from its folder, or else from the archive."""
    places = (output / label / name, archive_folder(output, label) / name)
    file = next((place for place in places if place.is_file()), places[1])
    try:
        record: dict[str, Any] = json.loads(workspace.read_built_file(file))
        return record
    except (UsageError, ValueError, RecursionError) as error:
        what = tr("the record of the edition cannot be read")
        raise DeliveryError(Problem(Place(str(file)), what, tr("build the edition again"))) from error


def _touched(ledger: Mapping[str, Mapping[str, Any]], what: Recalled) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the facts that rest on something, and the scores that are made of them, in the order of the ledger."""
    made: dict[str, list[str]] = {}
    for fact_id, record in ledger.items():
        for parent in record.get("parents", ()):
            made.setdefault(parent, []).append(fact_id)
    found: set[str] = set()
    waiting = [fact_id for fact_id, record in ledger.items() if what.rests(fact_id, record)]
    while waiting:
        current = waiting.pop()
        if current not in found and current in ledger:
            found.add(current)
            waiting += made.get(current, ())
    points = {fact_id for fact_id in found if ledger[fact_id].get("unit") == POINT}
    ordered = [fact_id for fact_id in ledger if fact_id in found]
    facts = tuple(each for each in ordered if each not in points)
    return facts, tuple(each for each in ordered if each in points)


def _items(
    record: Mapping[str, Any], facts: Collection[str], pages: Mapping[str, Sequence[str]]
) -> Iterator[AffectedItem]:
    """Yield the items of an edition that state one of some facts."""
    for each in record["standings"]:
        if {*each.get("facts", ())} & {*facts} and each["kind"] != "document":
            texts: dict[str, str] = each["texts"]
            yield AffectedItem(
                id=each["item"],
                texts=texts,
                documents=tuple(each["documents"]),
                pages={name: found for name, shown in pages.items() if (found := _where(texts, shown))},
            )


def _where(texts: Mapping[str, str], shown: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers of the pages on which one of some texts stands whole."""
    bare = [plain for text in texts.values() if (plain := _bare(text))]
    return tuple(number for number, page in enumerate(shown, 1) if any(text in page for text in bare))


def _bare(text: str) -> str:
    return _BLANK.sub("", text)


def _pages(folder: Path) -> dict[str, list[str]]:
    """Return the text of each page of each PDF in a folder, without blanks; a file that is no PDF has no pages."""
    return {
        file.name: [_bare(text) for text in _texts(workspace.read_built_file(file))]
        for file in sorted(folder.glob("*.pdf"))
    }


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
    """Return who got an edition, as the journal of its delivery says; nobody where there is none."""
    journal = read_journal(journal_of(output, label))
    sent = [each.to for each in journal.entries if journal.state(each.to, each.digest) == SENT]
    return tuple(dict.fromkeys(sent))


def correction_notice(project: Project, edition: AffectedEdition, because: Mapping[str, str]) -> dict[str, str]:
    """Return a draft of a correction notice in each language, in the words of the section `correction`.

    Args:
        project: The workspace; its wording has the section.
        edition: The edition to be corrected.
        because: What was wrong, by language; where a language has none, the notice marks the gap.

    Raises:
        ContentError: The section is missing or lacks a phrase.

    """
    issue = project.series.issue(edition.label)
    renderer = PhraseRenderer(Ledger({}, issue.as_of), project.writers, project.sections)
    label = dict.fromkeys(project.writers, edition.label)
    day = Fact(id="", value=issue.as_of.isoformat(), kind="date")
    count = Fact(id="", value=float(len(edition.items)))
    gap = renderer.texts(renderer.phrase(CORRECTION, "gap"))
    reason = {language: because.get(language) or gap[language] for language in project.writers}
    said = [
        renderer.phrase(CORRECTION, "title", edition=label),
        renderer.phrase(CORRECTION, "lead", edition=label, day=day, count=count),
        renderer.phrase(CORRECTION, "reason", reason=reason),
    ]
    parts = {language: [statement.text(language) for statement in said] for language in project.writers}
    for number, item in enumerate(edition.items, 1):
        quoted = {language: item.texts.get(language, "") for language in project.writers}
        line = renderer.phrase(CORRECTION, "item", number=Fact(id="", value=float(number)), quoted=quoted, gap=gap)
        for language in project.writers:
            parts[language].append(line.text(language))
    closing = renderer.phrase(CORRECTION, "closing")
    raise_all(dict.fromkeys(renderer.problems), ContentError)
    return {language: "\n\n".join([*lines, closing.text(language)]) + "\n" for language, lines in parts.items()}


def recall(root: Path, text: str, output: Path | None) -> tuple[Project, Recalled, tuple[AffectedEdition, ...]]:
    """Return the project of a workspace, what a word means in it, and the published editions that carry it."""
    project = read_project(workspace.snapshot(root))
    what = read_recalled(text, project)
    return project, what, affected_editions(what, workspace.output_folder(root, output))
