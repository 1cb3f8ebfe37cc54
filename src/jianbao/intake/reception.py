"""Reception: a delivery taken into a workspace, from its file to the files of the tables, all of them or none."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from jianbao import workspace
from jianbao.amendment import amend
from jianbao.argument.vocabulary import parse_vocabulary
from jianbao.argument.wording import SectionText, parse_section
from jianbao.documents import Problems
from jianbao.editions.series import read_series
from jianbao.errors import ContentError, DataError, Place, Problem, nearest, raise_all
from jianbao.evidence.encoding import encode_like
from jianbao.evidence.watches import parse_watches
from jianbao.intake.delivery import Delivery, read_delivery
from jianbao.intake.examination import Examination, Holdings, examine
from jianbao.intake.labels import Labels
from jianbao.intake.settlement import Settlement, amended_acceptances, amended_tables
from jianbao.intake.template import template
from jianbao.publication.records import read_ledger
from jianbao.publication.vault import LEDGER, niche, published
from jianbao.snapshot import Snapshot
from jianbao.transcript import parse_document

WORDING = "templates/wording/intake.yml"
VOCABULARY = "templates/wording/vocabulary.yml"


@dataclass(frozen=True)
class Receipt:
    """A delivery as it was examined, with what the workspace held, and its files, at that time.

    `source` is that of rows that name none.
    """

    examination: Examination
    holdings: Holdings
    snapshot: Snapshot
    delivery: Delivery
    source: str = ""


def receive(root: Path, file: Path, source: str = "") -> Receipt:
    """Examine a delivery; raises DataError if it cannot be read or the workspace itself is not right."""
    snapshot = workspace.snapshot(root)
    holdings, labels = _holdings(snapshot, _published(root))
    if source and source not in holdings.sources:
        what = f"there is no source '{source}'"
        hint = nearest(source, holdings.sources)
        raise DataError(Problem(Place("data/sources.yml"), what, f"{hint} or describe it there first"))
    content = workspace.single_file(file, DataError).content(file.name)
    delivery = read_delivery(content, file.name, holdings.schemas, labels)
    looked = examine(delivery, holdings, source)
    return Receipt(examination=looked, holdings=holdings, snapshot=snapshot, delivery=delivery, source=source)


def reread(receipt: Receipt, as_written: frozenset[Place]) -> Receipt:
    """Examine a delivery again, with these cells taken as they are written."""
    if not as_written:
        return receipt
    looked = examine(receipt.delivery, receipt.holdings, receipt.source, as_written)
    return replace(receipt, examination=looked)


def write(root: Path, receipt: Receipt, settlement: Settlement) -> tuple[str, ...]:
    """Write what was settled and return the files that changed; all of them change or none does."""
    paged = [receipt.holdings.sheets[table].file for table in settlement.rows]
    hint = "save its sheets as CSV files of data/, or copy the rows by hand"
    what = "this table is kept in a workbook, into which nothing is written"
    raise_all((Problem(Place(name), what, hint) for name in paged if not name.endswith(".csv")), DataError)
    before = receipt.snapshot
    texts = {name: before.text(name, DataError) for name in paged}
    new = dict(amended_tables(settlement, receipt.holdings, texts))
    if settlement.accepted:
        new[workspace.ANOMALIES] = _accepting(receipt, settlement)
    return amend(
        root, before, before.replaced({name: encode_like(text, before.content(name)) for name, text in new.items()})
    )


def _accepting(receipt: Receipt, settlement: Settlement) -> str:
    """Return data/anomalies.yml with what was accepted; raises ContentError if its last list is another one."""
    text = amended_acceptances(receipt.snapshot.text(workspace.ANOMALIES, DataError), settlement)
    problems: Problems = []
    node = parse_document(text, workspace.ANOMALIES)
    found = parse_watches(node, receipt.holdings.schemas, problems)
    if len(found.accepted) != len(receipt.holdings.watches.accepted) + len(settlement.accepted):
        what = "what is accepted cannot be added at the end of the file"
        problems.append(Problem(Place(workspace.ANOMALIES), what, "end it with the list `accepted:`, an entry a block"))
    raise_all(problems, ContentError)
    return text


def make_template(snapshot: Snapshot) -> bytes:
    """Return the workbook that staff fill in."""
    holdings, labels = _holdings(snapshot, {})
    section = labels.section
    if section is None:
        raise ContentError(
            Problem(Place(WORDING), "the file does not exist", "it says what tables and columns are called")
        )
    return template(holdings, labels, _guidance(section, labels.languages))


def _guidance(section: SectionText, languages: tuple[str, ...]) -> list[str]:
    """Return the paragraphs of guidance, each language after the other."""
    title = [section.title] if section.title else []
    blocks = [*title, *(wording for block in section.blocks for wording in block.wordings())]
    found = []
    for wording in blocks:
        texts = wording.variants[0].texts
        found += [texts[language].literal for language in languages if language in texts]
    return [" ".join(found[: len(languages)]), *found[len(languages) :]] if title else found


def _holdings(snapshot: Snapshot, editions: Mapping[str, date]) -> tuple[Holdings, Labels]:
    problems: Problems = []
    series = read_series(snapshot.document("data/editions.yml"), problems)
    raise_all(problems, ContentError)
    languages = tuple(series.languages)
    vocabulary = parse_vocabulary(snapshot.document(VOCABULARY), languages, problems)
    section = None
    if WORDING in snapshot.names("templates", ".yml"):
        section = parse_section(snapshot.document(WORDING), languages, problems, "intake")
    raise_all(problems, ContentError)
    evidence = workspace.read_evidence(snapshot, languages)
    sheets = workspace.read_tables(snapshot, evidence.schemas)
    newest = series.issue("").as_of
    known = (evidence.schemas, sheets, evidence.tables, evidence.sources, evidence.watches)
    return Holdings(*known, vocabulary, languages, newest, editions), Labels(languages, section)


def _published(root: Path) -> dict[str, date]:
    """Return the days of the editions in the archive by their labels."""
    output = root / workspace.OUTPUT
    files = {label: niche(output, label) / LEDGER for label in published(output)}
    return {label: read_ledger(workspace.read_archive(file), str(file)).as_of for label, file in files.items()}
