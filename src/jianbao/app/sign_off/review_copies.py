"""Write copies for review, an edition's documents as Word files and workbooks, and read the reviewers' changes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jianbao.app import workspace
from jianbao.app.approval import Approval, Reviewer, item_context, wordings_of
from jianbao.app.assess import Assessment
from jianbao.app.build import draw_products, write
from jianbao.app.check import assess_edition
from jianbao.app.products import WrittenEdition, compose_briefs, job_of, needed_by_all
from jianbao.brief.outline import Product
from jianbao.core import transaction
from jianbao.core.documents import Problems
from jianbao.core.edition_folder import folder_beside, write_each
from jianbao.core.errors import (
    ContentError,
    Place,
    Problem,
    UsageError,
    nearest,
    raise_all,
)
from jianbao.core.limits import UnreadableError
from jianbao.core.messages import Translatable, in_ui_language, tr, verbatim
from jianbao.core.snapshot import Snapshot, single_file
from jianbao.core.workers import Workers
from jianbao.render.product import metadata
from jianbao.render.word.package import number_contents, packed, prepare_for_review
from jianbao.render.word.render import write_document
from jianbao.render.word.runs import Passages, WordPassage
from jianbao.review.copies import CopyReading, CopyRecord, ReturnedCopy, read_record, record_hash, write_record
from jianbao.review.proposals import Proposal, write_proposal
from jianbao.review.returned_copies import match_copy, match_workbook, read_workbook_copy, workbook_copy
from jianbao.review.returned_words import SentPassage, plain, proposals_of
from jianbao.review.review_items import statements_of
from jianbao.review.verdicts import ReviewVerdict, Verb, read_verdicts, write_verdicts
from jianbao.review.word_copies import WordCopy, read_word_copy

COPIES = ".review"  # suffix of the folder of an edition's copies, beside the edition's folder
WORD, SHEET = "docx", "xlsx"
DONE: Mapping[Verb, Translatable] = {
    "returned": tr("comment "),
    "proposed": tr("proposal"),
    "asked": tr("question"),
}


@dataclass(frozen=True, kw_only=True)
class CopyRequest:
    """Which copies to write: of a template (default: the first), in which languages, as Word or workbook, and where."""

    template: str = ""
    layouts: tuple[str, ...] = ()
    format: str = WORD
    folder: Path | None = None


@dataclass(frozen=True)
class ReviewCopy:
    """A copy for review, and its record as JSON."""

    content: bytes
    record: str


def export_copies(root: Path, snapshot: Snapshot, edition: str, request: CopyRequest) -> Iterator[Translatable]:
    """Write copies for review, store their records in the workspace, and yield the paths.

    Raises UsageError if a copy in the same place has been changed by a reviewer.
    """
    assessment = assess_edition(snapshot, edition)
    written = write(assessment, unsettled=True)
    copies = {product.name: _copy(written, product) for product in _products(assessment, request)}
    folder = request.folder or folder_beside(workspace.output_folder(root), f"{assessment.issue.label}{COPIES}")
    changed = [name for name, copy in copies.items() if _differs(folder / name, copy.content)]
    hint = tr("import it, then move it away; or name another folder: --to FOLDER")
    what = tr("the copy here is another one, or somebody has changed it")
    raise_all((Problem(Place(str(folder / name)), what, hint) for name in changed), UsageError)
    for copy in copies.values():
        record_file = copy_file(record_hash(copy.record))
        if record_file not in snapshot.names(workspace.REVIEWS, ".json"):
            transaction.append(root, record_file, copy.record.encode())
    write_each(folder, {name: copy.content for name, copy in copies.items()})
    yield from (verbatim(folder / name) for name in copies)


def _differs(path: Path, content: bytes) -> bool:
    return path.is_file() and workspace.read_built_file(path) != content


def _products(assessment: Assessment, request: CopyRequest) -> list[Product]:
    """Return the requested documents, by default each language alone; a workbook has all languages."""
    outline, spoken = assessment.project.outline, tuple(assessment.project.series.languages)
    template = request.template or next(iter(outline.parts))
    if template not in outline.parts:
        what = tr("'{value}' is not {what}", value=template, what=tr("a template"))
        raise UsageError(Problem(Place("--template"), what, nearest(template, tuple(outline.parts))))
    if request.format not in (WORD, SHEET):
        what = tr("'{value}' is not {what}", value=request.format, what=tr("a format"))
        raise UsageError(Problem(Place("--format"), what, nearest(request.format, (WORD, SHEET))))
    layouts = [tuple(each.split("-")) for each in request.layouts]
    unknown = dict.fromkeys(word for layout in layouts for word in layout if word not in spoken)
    raise_all((assessment.project.series.unknown_language(word) for word in unknown), UsageError)
    chosen = layouts or ([spoken] if request.format == SHEET else [(each,) for each in spoken])
    return [Product(template, each, request.format) for each in chosen]


def _copy(written: WrittenEdition, product: Product) -> ReviewCopy:
    if product.format == SHEET:
        record = _sheet_record(written, product)
        content = workbook_copy(record, product.languages, written.assessment.issue.as_of)
        return ReviewCopy(content, write_record(record))
    drawings = draw_products(written, [product], Workers())
    job = job_of(product, compose_briefs(drawings, needed_by_all([product])), drawings.design)
    passages, about, design = Passages(), metadata(job.brief, product), job.design
    document = write_document(
        job.brief,
        product.languages,
        theme=design.theme,
        fonts=design.fonts,
        metadata=about,
        passages=passages,
    )
    number_contents(document, about, design.fonts)
    text = write_record(_word_record(written, product, passages.found, read_word_copy(packed(document, about))))
    prepare_for_review(document, record_hash(text))
    return ReviewCopy(packed(document, about), text)


def _word_record(
    written: WrittenEdition, product: Product, passages: Sequence[WordPassage], copy: WordCopy
) -> CopyRecord:
    """Return the record of a Word file, with the texts as they are read back from the file itself."""
    worded, contents = _worded(written), _contents(written.approval)

    def sent(each: WordPassage) -> SentPassage:
        passage, statement = copy.passages[each.bookmark], each.statement
        items = (item for item in (each.block, statement.id) if item in contents)
        return SentPassage(
            bookmark=each.bookmark,
            item=next(items, product.template),
            statement=statement.id,
            language=each.language,
            text=statement.text(each.language),
            holes=statement.sentences[each.language].holes(),
            lead=passage.lead,
            tail=passage.tail.after,
            written=statement.id in worded,
        )

    return CopyRecord(
        edition=written.assessment.issue.label,
        document=product.name,
        items=contents,
        passages=tuple(map(sent, passages)),
        loose=tuple(plain(each.text) for each in copy.loose),
        comments=tuple(each.key for each in copy.comments),
    )


def _sheet_record(written: WrittenEdition, product: Product) -> CopyRecord:
    """Return the record of a workbook: every written sentence, once, in each language."""
    worded, contents = _worded(written), _contents(written.approval)
    brief, context = written.documents.briefs[product.template], item_context(written.assessment)
    passages = [
        SentPassage(
            bookmark=f"{item}/{place}/{language}",
            item=item if item in contents else product.template,
            statement=statement.id,
            language=language,
            text=statement.text(language),
            holes=statement.sentences[language].holes(),
        )
        for item, place, statement in statements_of(brief, context)
        if statement.id in worded
        for language in product.languages
    ]
    label = written.assessment.issue.label
    return CopyRecord(edition=label, document=product.name, items=contents, passages=tuple(passages))


def _worded(written: WrittenEdition) -> frozenset[str]:
    project = written.assessment.project
    written_ids = (wording.id for section in project.sections.values() for wording in section.wordings())
    drawn = (wording.id for entry in project.figure_words.values() for wording in entry.wordings())
    return frozenset((*written_ids, *drawn, *(wording.id for wording in project.argument.wordings())))


def _contents(approval: Approval) -> dict[str, str]:
    return {each.item.id: each.item.content for each in approval.states}


def copy_file(built: str) -> str:
    """Return the path in the workspace of the record of a copy for review, by its hash."""
    return f"{workspace.REVIEWS}/copies/{built}.json"


# Returned copies


@dataclass(frozen=True, kw_only=True)
class ImportedCopy:
    """The result of reading a returned copy: new verdicts, and texts that belong to no passage.

    `proposals` are the changes of wording that can be applied, with their names, by the origin of their verdict.
    `again` counts the verdicts that were read before, `formats` and `resolved` the changes and comments left out.
    """

    edition: str
    verdicts: tuple[ReviewVerdict, ...]
    proposals: Mapping[str, tuple[str, Proposal]]
    unplaced: tuple[Translatable, ...]
    again: int
    formats: int
    resolved: int


def import_copy(root: Path, snapshot: Snapshot, file: Path, reviewer: Reviewer, json_wanted: bool) -> Iterator[str]:
    """Add a returned copy's verdicts to the reviews of its edition, and yield the result; raises UsageError."""
    if not reviewer.name:
        raise UsageError(Problem(Place("--by"), tr("no name is given"), tr("give your name")))
    record, returned = _read(snapshot, file)
    assessment = assess_edition(snapshot, record.edition)
    reading = CopyReading(ledger=assessment.ledger, record=record, returned=returned, by=reviewer.name, at=reviewer.at)
    outcome = _outcome(assessment, reading, workspace.proposal_names(root))
    if outcome.verdicts:
        transaction.commit(root, snapshot, snapshot.replaced(_files(snapshot, outcome)))
    yield from [_json(outcome)] if json_wanted else _lines(outcome)


def _files(snapshot: Snapshot, outcome: ImportedCopy) -> dict[str, bytes]:
    """Return the workspace's files that store the new verdicts and proposals of a copy."""
    reviews = workspace.read_reviews(snapshot, outcome.edition)
    before = reviews if not reviews or reviews.endswith("\n") else f"{reviews}\n"
    files = {workspace.review_file(outcome.edition): (before + write_verdicts(outcome.verdicts)).encode()}
    proposed = {name: write_proposal(name, proposal) for name, proposal in outcome.proposals.values()}
    return files | {workspace.proposal_file(name): text.encode() for name, text in proposed.items()}


def _read(snapshot: Snapshot, file: Path) -> tuple[CopyRecord, ReturnedCopy]:
    """Return the record of a copy and its returned contents."""
    content, place = single_file(file, UsageError).content(file.name), Place(str(file))
    try:
        if file.suffix.lower() == f".{SHEET}":
            book = read_workbook_copy(content)
            record = _record(snapshot, book.built, place)
            return record, match_workbook(book, record)
        copy = read_word_copy(content)
        record = _record(snapshot, copy.built, place)
        return record, match_copy(copy, record)
    except UnreadableError as error:
        what = tr("this is neither a Word document nor a workbook, or it is damaged or locked")
        raise UsageError(Problem(place, what, tr("save it as .docx or .xlsx, without a password"))) from error


def _record(snapshot: Snapshot, built: str, place: Place) -> CopyRecord:
    """Return the record of a copy when it was sent out; raises UsageError if it is not stored."""
    if not built:
        what = tr("this is no copy for review: it does not say what it was made of")
        hint = tr("make one with `jianbao review export`, and have that one worked on")
        raise UsageError(Problem(place, what, hint))
    file = copy_file(built)
    try:
        if file in snapshot.names(workspace.REVIEWS, ".json"):
            return read_record(snapshot.text(file))
    except ValueError as error:
        what = tr("this is not the record of a copy for review")
        raise UsageError(Problem(Place(file), what, tr("restore it from where the copy was exported"))) from error
    what = tr("the record of its text when it was sent out is missing in this workspace: {file}", file=file)
    raise UsageError(Problem(place, what, tr("bring the file from where the copy was exported")))


def _outcome(assessment: Assessment, reading: CopyReading, taken: Sequence[str]) -> ImportedCopy:
    problems: Problems = []
    file = workspace.review_file(assessment.issue.label)
    before = read_verdicts(workspace.read_reviews(assessment.project.snapshot, assessment.issue.label), file, problems)
    raise_all(problems, ContentError)
    known_origins, fresh = {each.origin for each in before}, dict[str, ReviewVerdict]()
    verdicts = [*reading.changes(), *reading.comments()]
    for each in verdicts:
        if each.origin not in known_origins:
            fresh.setdefault(each.origin, replace(each, comment=in_ui_language(each.comment)))
    return ImportedCopy(
        edition=assessment.issue.label,
        verdicts=tuple(fresh.values()),
        proposals=proposals_of(fresh.values(), wordings_of(assessment.project), reading.record.document, taken),
        unplaced=tuple(reading.unplaced()),
        again=len({each.origin for each in verdicts} & known_origins),
        formats=reading.returned.formats,
        resolved=sum(each.resolved for each in reading.returned.comments),
    )


def _lines(outcome: ImportedCopy) -> Iterator[Translatable]:
    width = max((len(each.item) for each in outcome.verdicts), default=0)
    for each in outcome.verdicts:
        item = f"{each.item:{width}}  {each.language}"
        yield tr("{verb}  {item}  {comment}", verb=DONE[each.verdict], item=item, comment=each.comment)
        if each.origin in outcome.proposals:
            yield tr(
                "          to take it over: jianbao apply {name} --by NAME", name=outcome.proposals[each.origin][0]
            )
    for text in outcome.unplaced:
        yield tr("not placed  {text}", text=text)
    if outcome.formats:
        yield tr("{count} changes of format are left aside", count=outcome.formats)
    if outcome.resolved:
        yield tr("{count} comments that were ticked off are left aside", count=outcome.resolved)
    yield tr(
        "Edition {edition}: {returned} comments, {proposed} proposals, {asked} questions, {again} known already, "
        "{unplaced} not placed",
        edition=outcome.edition,
        again=outcome.again,
        unplaced=len(outcome.unplaced),
        **{verb: sum(each.verdict == verb for each in outcome.verdicts) for verb in DONE},
    )


def _json(outcome: ImportedCopy) -> str:
    names = {origin: name for origin, (name, _) in outcome.proposals.items()}
    record: Mapping[str, object] = {
        "edition": outcome.edition,
        "new": [{**each.record(), "proposal": names.get(each.origin, "")} for each in outcome.verdicts],
        "known": outcome.again,
        "unplaced": [in_ui_language(each) for each in outcome.unplaced],
        "formats": outcome.formats,
        "resolved": outcome.resolved,
    }
    return json.dumps(record, ensure_ascii=False, indent=1)
