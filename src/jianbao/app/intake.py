"""Import a delivered file into a workspace: review it, ask about its open cases, write all tables or none."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from jianbao.app import workspace
from jianbao.app.editions import EDITIONS, with_day_of_data
from jianbao.app.workspace_files import read_evidence, read_tables, read_wording
from jianbao.brief.editions import read_series
from jianbao.brief.export import read_ledger
from jianbao.core.documents import Problems, as_texts
from jianbao.core.encoding import encode_like
from jianbao.core.errors import (
    ContentError,
    DataError,
    DeliveryReadError,
    EvidenceError,
    Place,
    Problem,
    raise_all,
)
from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_list
from jianbao.core.snapshot import Snapshot, single_file
from jianbao.core.transaction import commit
from jianbao.core.yaml_reader import parse_document
from jianbao.data.anomalies import write_value
from jianbao.data.column_checks import source_hint
from jianbao.data.csv_files import rows_in
from jianbao.data.measures.registry import parse_measures
from jianbao.data.name_faults import with_city_before
from jianbao.data.name_matching import KnownNames, known_names
from jianbao.data.provenance import SOURCES, SOURCES_FILE, source_schema, source_sheet
from jianbao.data.schemas import NAMES
from jianbao.data.value_checks import parse_anomaly_rules
from jianbao.delivery.finished_edition import LEDGER, archive_folder, published_labels
from jianbao.intake.decisions import (
    AcceptedRows,
    Answer,
    Case,
    Policy,
    RowReview,
    WorkspaceTables,
    accept_rows,
    edited_acceptances,
    edited_sources,
    edited_tables,
    meant_by,
    rows_in_words,
)
from jianbao.intake.derived_rows import with_derived_rows
from jianbao.intake.labels import Labels
from jianbao.intake.read_file import DeliveredFile, read_delivered_file, read_or_name_sheet
from jianbao.intake.report import QUESTIONS, case_lines, names_for_user, readings_by_message, review_report, still_open
from jianbao.intake.review_rows import review_rows, with_described_sources
from jianbao.intake.sheets import ABOUT, PARTNERS, PEERS, VISITS, Setting, at_own_columns
from jianbao.intake.sources import PLACES_ABROAD, places_abroad
from jianbao.intake.template_xlsx import delivered_schemas, guidance_paragraphs, intake_workbook
from jianbao.render.html.templates import built_in_text
from jianbao.text.vocabulary import parse_vocabulary
from jianbao.text.wording import parse_section

HEADINGS, COUNTRIES, NAMES_FILE = "headings.yml", "countries.yml", "names.yml"


@dataclass(frozen=True, kw_only=True)
class IntakeReview:
    """The review of a delivery, with the workspace's tables and files at that time.

    `source` is the source of rows that name none. `dated` is the edition that gets the last day of the delivery's data
    as its own; "" if it has that day already, or if it is published.
    """

    examination: RowReview
    holdings: WorkspaceTables
    snapshot: Snapshot
    delivery: DeliveredFile
    source: str = ""
    dated: str = ""


def read_and_review(root: Path, file: Path, source: str = "", day: date | None = None) -> IntakeReview:
    """Review a delivered file; raises DataError if it cannot be read or the workspace has errors."""
    return review_delivery(root, file.name, single_file(file, DeliveryReadError).content(file.name), source, day)


def review_delivery(root: Path, name: str, content: bytes, source: str = "", day: date | None = None) -> IntakeReview:
    """Review a delivery given by name, bytes and perhaps its day; raises DataError as `read_and_review` does."""
    snapshot = workspace.snapshot(root)
    holdings, labels = _holdings(snapshot, _published(root))
    if source and source not in holdings.sources:
        what = tr("there is no source '{source}'", source=source)
        raise DataError(Problem(Place(SOURCES_FILE), what, source_hint(source, holdings.sources)))
    expected = delivered_schemas(holdings.schemas, holdings.languages)
    own = with_city_before(labels.further, holdings.sheets[NAMES], holdings.home, ("column.total", "column.exports"))
    labels = replace(labels, further=own)
    series = read_series(snapshot.document(EDITIONS), [])
    filled = any(each.rows for table, each in holdings.sheets.items() if table not in (NAMES, SOURCES))
    setting = replace(_setting(holdings, labels), empty=len(series.issues) == 1 and not filled)
    read = read_or_name_sheet(name, lambda: read_delivered_file(content, name, expected, labels, setting))
    holdings = replace(holdings, newest=read.until or holdings.newest)
    known = known_cities_and_bodies()
    read = replace(read, words={**read.words, PLACES_ABROAD: places_abroad(read.sheets.values(), known.cities)})
    delivery = with_derived_rows(read, holdings, known, day)
    holdings = with_described_sources(holdings, delivery)
    looked = review_rows(delivery, holdings, source)
    readings = (*looked.readings, *_of_the_city_itself(looked, holdings))
    looked = replace(looked, readings=at_own_columns(readings, read.headings, holdings.schemas.values()))
    issue = series.issue("")
    dated = issue.label if issue.as_of != holdings.newest and issue.label not in holdings.published else ""
    return IntakeReview(
        examination=looked, holdings=holdings, snapshot=snapshot, delivery=delivery, source=source, dated=dated
    )


def _setting(holdings: WorkspaceTables, labels: Labels) -> Setting:
    """Return the settings that decide how the sheets of a delivery are laid out."""
    rows = [row for _, row in rows_in(holdings.sheets[NAMES]) if row.get("kind") == "event"]
    named = [row.get(f"{each}{end}", "") for row in rows for each in labels.languages for end in ("", "_short")]
    source = (*labels.texts("column.source"), labels.column("", "source"))
    events, year, apart = tuple(filter(None, named)), holdings.newest.year, holdings.has_column(VISITS, ABOUT)
    parts, until = holdings.part_years, holdings.newest
    return Setting(source=source, events=events, year=year, part_years=parts, apart=apart, until=until)


def _of_the_city_itself(looked: RowReview, holdings: WorkspaceTables) -> Problems:
    """Return a note for each row of other cities about something that the brief counts in the city's own table."""
    city = names_for_user(looked, holdings).get(holdings.home, holdings.home)
    what = tr("the brief counts what {city} has in its own table: this row is not used", city=city)
    return [
        Problem(Place(looked.files[PEERS], row.number, "city"), what)
        for row in looked.rows.get(PEERS, ())
        if row.cells.get("city") == holdings.home and (measure := row.cells.get("measure", "")) in holdings.schemas
        if measure in PARTNERS or looked.rows.get(measure) or holdings.sheets[measure].rows
    ]


def reread(review: IntakeReview, as_written: frozenset[Place]) -> IntakeReview:
    """Review a delivery again, with these cells taken as they are written."""
    if not as_written:
        return review
    looked = review_rows(review.delivery, review.holdings, review.source, as_written)
    return replace(review, examination=looked)


def write_rows(root: Path, review: IntakeReview, accepted: AcceptedRows) -> tuple[str, ...]:
    """Write the accepted rows and return the changed files; all of them are written or none."""
    return commit(root, review.snapshot, with_accepted(review, accepted))


def with_accepted(review: IntakeReview, accepted: AcceptedRows) -> Snapshot:
    """Return the workspace with the accepted rows; raises DataError for a table that is kept in a workbook."""
    paged = [review.holdings.sheets[table].file for table in accepted.rows if table != SOURCES]
    hint = tr("save its sheets as CSV files of data/, or copy the rows by hand")
    what = tr("this table is kept in a workbook, into which nothing is written")
    raise_all((Problem(Place(name), what, hint) for name in paged if not name.endswith(".csv")), DataError)
    before = review.snapshot
    texts = {name: before.text(name, DataError) for name in paged}
    new = dict(edited_tables(accepted, review.holdings, texts))
    if described := accepted.rows.get(SOURCES):
        new[SOURCES_FILE] = edited_sources(before.text(SOURCES_FILE, DataError), described)
    if accepted.accepted:
        new[workspace.ANOMALIES] = _accepting(review, accepted)
    if review.dated:
        new[EDITIONS] = with_day_of_data(before.text(EDITIONS, DataError), review.dated, review.holdings.newest)
    return before.replaced({name: encode_like(text, before.content(name)) for name, text in new.items()})


def _accepting(review: IntakeReview, accepted: AcceptedRows) -> str:
    """Return data/anomalies.yml with the accepted values added; raises ContentError if `accepted` is not last."""
    text = edited_acceptances(review.snapshot.text(workspace.ANOMALIES, DataError), accepted)
    problems: Problems = []
    node = parse_document(text, workspace.ANOMALIES)
    rules = parse_anomaly_rules(node, review.holdings.schemas, problems)
    if len(rules.accepted) != len(review.holdings.anomaly_rules.accepted) + len(accepted.accepted):
        what = tr("the accepted values cannot be added to the end of the file")
        problems.append(
            Problem(Place(workspace.ANOMALIES), what, tr("end it with the list `accepted:`, an entry a block"))
        )
    raise_all(problems, ContentError)
    return text


def make_template(snapshot: Snapshot) -> bytes:
    """Return an empty workbook for staff to fill in."""
    holdings, labels = _holdings(snapshot, {})
    expected = delivered_schemas(holdings.schemas, holdings.languages)
    return intake_workbook(holdings, expected, labels, guidance_paragraphs(labels.section, labels.languages))


def _holdings(snapshot: Snapshot, editions: Mapping[str, date]) -> tuple[WorkspaceTables, Labels]:
    problems: Problems = []
    series = read_series(snapshot.document(EDITIONS), problems)
    raise_all(problems, ContentError)
    languages = tuple(series.languages)
    words = read_wording(snapshot, languages)
    vocabulary = parse_vocabulary(words["vocabulary"], languages, problems)
    section = parse_section(words["intake"], languages, problems, "intake")
    raise_all(problems, ContentError)
    evidence = read_evidence(snapshot, languages)
    sheets = read_tables(snapshot, evidence.schemas)
    newest = series.issue("").as_of
    described = source_schema(languages)
    measures = (*parse_measures(snapshot.document("data/measures.yml"), evidence.schemas, []).values(),)
    known = WorkspaceTables(
        schemas={SOURCES: described, **evidence.schemas},
        sheets={SOURCES: source_sheet(evidence.sources.values(), described), **sheets},
        tables=evidence.tables,
        sources=evidence.sources,
        anomaly_rules=evidence.anomaly_rules,
        vocabulary=vocabulary,
        languages=languages,
        newest=newest,
        published=editions,
        home=series.city,
        office=series.issuer,
        currencies={
            (measure.subject[0], measure.take): measure.unit
            for measure in measures
            if measure.take and measure.unit in vocabulary.units and vocabulary.units[measure.unit].kind == "money"
        },
        part_years=frozenset(measure.subject[0] for measure in measures if measure.intervals),
    )
    labels = Labels(languages, section, further_headings())
    expected = delivered_schemas(known.schemas, languages)
    named = {
        name: {column: labels.column_for_user(name, column) for column in expected[name].columns} for name in expected
    }
    choices = {
        name: {
            column.name: tuple(labels.choice_for_user(name, column.name, each) for each in column.of)
            for column in schema.columns.values()
            if column.type == "choice"
        }
        for name, schema in known.schemas.items()
    }
    titles = {name: labels.table_for_user(name) for name in known.schemas}
    return replace(known, titles=titles, labels=named, choices=choices), labels


def further_headings() -> Mapping[str, tuple[str, ...]]:
    """Return the further words for tables and columns, by the keys of their phrases."""
    node, kinds = parse_document(built_in_text(HEADINGS), HEADINGS), {"tables": "table", "columns": "column"}
    parts = [(kinds.get(key, key), part) for key, part in node.pairs()]
    found = {f"{kind}.{name}": as_texts(words, []) for kind, part in parts for name, words in part.pairs()}
    return found | {kind: as_texts(part, []) for kind, part in parts if part.kind == "list"}


def known_cities_and_bodies() -> KnownNames:
    """Return the names that the program knows, of countries, cities and bodies."""
    return known_names(*(parse_document(built_in_text(each), each) for each in (COUNTRIES, NAMES_FILE)))


def _published(root: Path) -> dict[str, date]:
    """Return the days of the archived editions by label."""
    output = root / workspace.OUTPUT
    files = {label: archive_folder(output, label) / LEDGER for label in published_labels(output)}
    return {label: read_ledger(workspace.read_built_file(file), str(file)).as_of for label, file in files.items()}


@dataclass(frozen=True, kw_only=True)
class Prompter:
    """The functions of a dialogue: to print a line and, if somebody can answer, to ask yes or no, or for a text.

    `agreed` means that clear rows are written without asking; `each_reading`, that every reading is shown.
    """

    say: Callable[[str], None]
    confirm: Callable[[str], bool] | None = None
    ask: Callable[[str], str] | None = None
    agreed: bool = False
    each_reading: bool = False


def run_intake(root: Path, review: IntakeReview, policy: Policy, prompter: Prompter) -> int:
    """Show a delivery, ask for decisions on its cases, write it if wanted, and return the exit code.

    Nothing is written while a case is open: the code is 3 if the delivery must be corrected, 5 if someone must decide.
    """
    if not _shown(root, review, prompter):
        return 0
    answers = _decided([case for case in review.examination.cases if case.written], review, policy, prompter)
    as_written = frozenset(case.place for case, answer in answers.items() if answer.decision == "as_written")
    if as_written:
        review = reread(review, as_written)
        prompter.say(tr("Read again, cells taken as they are written: {count}", count=len(as_written)))
        prompter.say("")
        if not _shown(root, review, prompter):
            return 0
    looked = review.examination
    answers |= _decided([case for case in looked.cases if case not in answers], review, policy, prompter)
    left = [case for case in looked.cases if case not in answers]
    for line in still_open(left, looked):
        prompter.say(line)
    if left:
        return DataError.exit_code if any(case.kind == "fault" for case in left) else EvidenceError.exit_code
    settled = accept_rows(looked, review.holdings, answers)
    wanted = tr_list(filter(None, (rows_in_words(*settled.counts()), _day_in_words(review))))
    if not wanted:
        prompter.say(tr("Nothing was written: no row is left to write."))
    elif prompter.agreed or (prompter.confirm and prompter.confirm(tr("Write {wanted}?", wanted=wanted))):
        files = write_rows(root, review, settled)
        prompter.say(tr("Wrote {wanted} in {files}. Now: jianbao check", wanted=wanted, files=tr_list(files)))
    else:
        prompter.say(tr("Nothing was written. With --yes this writes {wanted}.", wanted=wanted))
    return 0


def _shown(root: Path, review: IntakeReview, prompter: Prompter) -> bool:
    """Show the contents of a delivery; return whether there is anything to decide or to write."""
    looked, known = review.examination, workspace.last_intake_notes(root)
    for line in review_report(looked, review.holdings, prompter.each_reading, prompter.agreed, known):
        prompter.say(line)
    workspace.keep_intake_notes(root, readings_by_message(looked))
    if review.examination.writes() or review.examination.cases or review.dated:
        return True
    prompter.say(tr("Nothing new: the workspace already has all of this."))
    return False


def _day_in_words(review: IntakeReview) -> Translatable:
    """Return a text with the new day of the edition's data; "" if the day is unchanged."""
    return tr("the day of the data, {day}", day=review.holdings.newest) if review.dated else NO_TEXT


def _decided(cases: Iterable[Case], review: IntakeReview, policy: Policy, prompter: Prompter) -> dict[Case, Answer]:
    """Return the answers to cases, without undecided ones."""
    answers = ((case, policy.decide(case) or ask_about(case, review.examination, prompter)) for case in cases)
    return {case: answer for case, answer in answers if answer}


def ask_about(case: Case, examination: RowReview, prompter: Prompter) -> Answer | None:
    """Ask for a decision on a case; None if nobody can be asked, or it stays open."""
    if prompter.confirm is None or prompter.ask is None:
        return None
    prompter.say("")
    for line in case_lines(case, examination):
        prompter.say(line)
    if case.kind == "fault":
        return Answer("leave") if prompter.confirm(tr("Leave this row out and go on?")) else None
    meant = meant_by(case)
    if meant is not None and prompter.confirm(tr("Write {value} instead?", value=write_value(meant))):
        return Answer("correct")
    if not prompter.confirm(QUESTIONS[case.kind]):
        as_written = case.written and prompter.confirm(tr("Take '{written}' as it is written?", written=case.written))
        return Answer("as_written" if as_written else "leave")
    return Answer("take", prompter.ask(tr("Why is it right?")) if case.anomaly else "")
