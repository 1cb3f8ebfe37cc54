"""The approval of an edition: its items, the stored verdicts, and the state of each item."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from jianbao.app import workspace
from jianbao.app.assess import Assessment, Documents, renderer_of
from jianbao.app.check import examine_edition
from jianbao.app.project import FURNITURE, Project
from jianbao.brief.model import Brief, Remark, annotate
from jianbao.brief.phrases import PhraseRenderer
from jianbao.core import transaction
from jianbao.core.documents import Problems
from jianbao.core.edition_folder import check_replaceable
from jianbao.core.encoding import shortened
from jianbao.core.errors import (
    ContentError,
    DeliveryError,
    JianbaoError,
    Place,
    Problem,
    UsageError,
    nearest,
    raise_all,
)
from jianbao.core.messages import Translatable, tr, tr_later, trn, ui_language
from jianbao.core.snapshot import Snapshot
from jianbao.data.facts import Fact
from jianbao.review.review_items import ItemContext, Kind, ReviewItem, review_items
from jianbao.review.roles import ROLES
from jianbao.review.verdicts import (
    ItemState,
    ReviewVerdict,
    StaleTranslation,
    Verb,
    item_states,
    pages,
    read_verdicts,
    returned_problem,
    stale_texts,
    write_verdicts,
)
from jianbao.text.render import Statement, choose
from jianbao.text.wording import Wording

MARK = "approval.draft"  # the phrase of a draft's watermark
ALL_APPROVED = tr_later("data/roles.yml asks for it (`all_approved`); `jianbao review` lists them")
LINE = "approval"  # the line of the masthead that states how much is approved
MAX_TEXT_COLUMNS = 60  # columns of a text
STATES = {"returned": tr("returned"), "pending": tr("pending "), "approved": tr("approved")}
QUOTED = 28  # columns of a quotation
PICTORIAL = ("So", "Cs", "Co", "Cn", "Cc", "Cf")  # categories of characters that the fonts of the brief may lack
STAND_IN = "\u25a1"


@dataclass(frozen=True)
class Approval:
    """The states of an edition's items, the most important first; all verdicts; outdated texts.

    `all_approved`: no final edition contains an item that is not approved.
    """

    states: tuple[ItemState, ...]
    verdicts: tuple[ReviewVerdict, ...]
    stale: tuple[StaleTranslation, ...]
    all_approved: bool = False

    def count(self, state: str, document: str = "") -> int:
        """Return how many items are in a state, of one document or of all."""
        states = pages(self.states, document) if document else self.states
        return sum(each.state == state for each in states)

    def unsettled(self, edition: str) -> Problems:
        """Return a problem for each item that prevents a final edition; one problem for all pending items."""
        file, waiting = workspace.review_file(edition), self.count("pending")
        what = trn("{count} item is not approved", "{count} items are not approved", waiting, count=waiting)
        opened = ((each.item, verdict) for each in self.states for verdict in each.opened)
        return [
            *(stale.problem() for stale in self.stale),
            *(
                returned_problem(file, item.id, verdict.by, verdict.comment, changed=verdict.content != item.content)
                for item, verdict in opened
            ),
            *([Problem(Place(file), what, tr(ALL_APPROVED))] if self.all_approved and waiting else []),
        ]


def approval_of(assessment: Assessment, documents: Documents) -> Approval:
    """Return the approval of an assessed edition with these documents.

    Raises ContentError for a file of verdicts that cannot be read.
    """
    problems: Problems = []
    project, label = assessment.project, assessment.issue.label
    verdicts = read_verdicts(workspace.read_reviews(project.snapshot, label), workspace.review_file(label), problems)
    raise_all(problems, ContentError)
    context = item_context(assessment)
    raise_all(documents.problems, ContentError)
    items = review_items(documents.briefs, context)
    states = item_states(items, verdicts, assessment.ledger, project.framework)
    stale = stale_texts(items, verdicts, _places(assessment, context.wordings, items))
    return Approval(tuple(states), verdicts, stale, project.stations.all_approved)


def item_context(assessment: Assessment) -> ItemContext:
    """Return the sources of the documents of an assessed edition."""
    project = assessment.project
    figures = {spec.id: spec for spec in project.figures}
    return ItemContext(assessment.ledger, wordings_of(project), figures, project.figure_words)


def wordings_of(project: Project) -> dict[str, Wording]:
    """Return every written sentence by its id: those of sections, the argument and figures."""
    wordings = (wording for section in project.sections.values() for wording in section.wordings())
    sentences = [wording for wording in wordings if wording.sentence]
    sentences += [wording for entry in project.figure_words.values() for wording in entry.wordings()]
    sentences += project.argument.wordings()
    return {wording.id: wording for wording in sentences}


def places_of(project: Project) -> dict[str, Place]:
    """Return where each sentence and each phrase is written, by its id."""
    phrases = (wording for section in project.sections.values() for wording in section.wordings())
    return {wording.id: wording.place for wording in (*phrases, *wordings_of(project).values())}


def _places(
    assessment: Assessment, wordings: Mapping[str, Wording], items: Iterable[ReviewItem]
) -> dict[str, Mapping[str, Place]]:
    """Return the places of the texts of each wording that are printed today."""
    ids = dict.fromkeys(wording for item in items for wording in item.words)
    chosen = {each: choose(wordings[each], assessment.ledger) for each in ids}
    return {
        each: {key: text.place for key, text in variant.texts.items()} for each, variant in chosen.items() if variant
    }


def check_approvals(
    snapshot: Snapshot, edition: str, root: Path | None = None
) -> tuple[tuple[Problem, ...], tuple[JianbaoError, ...]]:
    """Return notes and all errors of an edition.

    Notes are on sentences that the edition does not print, and on open reviews of a draft, which are errors in a final
    edition. If the workspace's folder is given, the edition must also be writable there.
    """
    examined = examine_edition(snapshot, edition)
    known, documents, notes = examined.assessment, examined.documents, examined.notes
    place = _faulty_place(root, known.issue.label) if root and known else ()
    if examined.errors or known is None or documents is None:
        return notes, (*examined.errors, *place)
    final = not known.project.series.draft
    if not (workspace.read_reviews(snapshot, known.issue.label) or (final and known.project.stations.all_approved)):
        return notes, place
    try:
        approval = approval_of(known, documents)
        _check_phrases(known, documents, approval)
    except ContentError as error:
        return notes, (error, *place)
    left = tuple(approval.unsettled(known.issue.label))
    return (notes, (ContentError(left), *place)) if final and left else ((*notes, *left), place)


def _faulty_place(root: Path, label: str) -> tuple[JianbaoError, ...]:
    """Return the error that would prevent writing an edition to the workspace's output folder, if any."""
    try:
        check_replaceable(workspace.output_folder(root) / label)
    except DeliveryError as error:
        return (error,)
    return ()


def _check_phrases(assessment: Assessment, documents: Documents, approval: Approval) -> None:
    """Raise ContentError if the phrases about the approval on covers and in remarks fail."""
    project = assessment.project
    renderer = renderer_of(assessment)
    for template, brief in documents.briefs.items():
        marked(brief, template, approval, renderer, project.series.draft)
    raise_all(dict.fromkeys(renderer.problems), ContentError)


def edition_inputs(snapshot: Snapshot, label: str) -> dict[str, str]:
    """Return the hash of every file that an edition depends on.

    These are all files except reviews of other editions, copies for review and logs of stations.
    """
    own, others = workspace.review_file(label), f"{workspace.REVIEWS}/"
    hashes = snapshot.hashes().items()
    return {name: sha for name, sha in hashes if name == own or not (name == ROLES or name.startswith(others))}


# The approval on the pages


def marked(brief: Brief, document: str, approval: Approval, renderer: PhraseRenderer, draft: bool) -> Brief:
    """Return a document with its approval on the cover; a draft also gets its watermark and remarks."""
    said = _line(document, approval, renderer, draft)
    line = {**brief.masthead, **({LINE: said} if said else {})}
    if not draft:
        return replace(brief, masthead=line)
    words = {**brief.words, MARK: renderer.phrase(FURNITURE, MARK)}
    return annotate(replace(brief, masthead=line, words=words), document, _remarks(approval, renderer))


def _line(document: str, approval: Approval, renderer: PhraseRenderer, draft: bool) -> Statement | None:
    """Return how much is approved; None for a fully approved final, since that is the office's own record."""
    approved, total = approval.count("approved", document), sum(1 for _ in pages(approval.states, document))
    if approved == total:
        return renderer.phrase(FURNITURE, "approval.full", total=Fact(id="", value=float(total))) if draft else None
    if not approved and not draft:
        return renderer.phrase(FURNITURE, "approval.none")
    counts = {"approved": Fact(id="", value=float(approved)), "total": Fact(id="", value=float(total))}
    return renderer.phrase(FURNITURE, "approval.part", **counts)


def _remarks(approval: Approval, renderer: PhraseRenderer) -> dict[str, tuple[Remark, ...]]:
    """Return the remarks of a draft by item: why it was returned, and which of its texts is outdated."""
    by_item: dict[str, list[Remark]] = {}
    for each in approval.states:
        for verdict in each.opened:
            remark = Remark(_returned(each, verdict, renderer), printable(verdict.by), verdict.at)
            by_item.setdefault(each.item.id, []).append(remark)
    texts = {each.item.id: each.item.texts for each in approval.states}
    for item in dict.fromkeys(stale.item for stale in approval.stale):
        remarks = renderer.phrase(FURNITURE, "approval.stale", quote=_quoted(texts[item]))
        by_item.setdefault(item, []).append(Remark(remarks))
    return {item: tuple(remarks) for item, remarks in by_item.items()}


def _returned(each: ItemState, verdict: ReviewVerdict, renderer: PhraseRenderer) -> Statement:
    return renderer.phrase(
        FURNITURE,
        "approval.returned_changed" if verdict.content != each.item.content else "approval.returned",
        by=printable(verdict.by),
        day=Fact(id="", value=verdict.at[:10], kind="date"),
        comment=printable(verdict.comment),
        quote=_quoted(each.item.texts),
    )


def _quoted(texts: Mapping[str, str]) -> dict[str, str]:
    return {language: shortened(text, QUOTED) for language, text in texts.items()}


def printable(text: str) -> str:
    """Return a typed text on one line, with a box for each pictorial and control character, which no font has."""
    plain = " ".join(text.split())
    return "".join(STAND_IN if unicodedata.category(letter) in PICTORIAL else letter for letter in plain)


# The verdicts of reviewers


@dataclass(frozen=True)
class Reviewer:
    """The name of a reviewer, and the time of the verdict: ISO 8601 with the offset from UTC, to have a local day."""

    name: str
    at: str


def state_lines(states: Sequence[ItemState]) -> Iterator[str]:
    """Yield one line for each item with its state, what depends on it, and the beginning of its text."""
    width = max((len(each.item.id) for each in states), default=0)
    for each in states:
        text = shortened(next(iter(each.item.texts.values())), MAX_TEXT_COLUMNS)
        shown = f"{_weight(each):>10}  {each.item.id:{width}}  {text}"
        yield tr("{state}  {item}", state=STATES[each.state], item=shown)
        for verdict in each.opened:
            yield tr("                      {why}", why=_verdict_text(each, verdict))
        if each.verdict and each.state == "pending" and each.changed:
            reason = tr("approved by {by} on {day}, changed since", by=each.verdict.by, day=each.verdict.at[:10])
            yield tr("                      {why}", why=reason)


def _weight(each: ItemState) -> str:
    """Return the share of the index that depends on an item, as text; "" for a whole document."""
    return "" if each.item.kind == "document" else f"{each.weight:.0%}"


def _verdict_text(each: ItemState, verdict: ReviewVerdict) -> Translatable:
    comment, day = " ".join(verdict.comment.split()), verdict.at[:10]
    if verdict.content != each.item.content:
        return tr("{by}, {day} (changed since): {comment}", by=verdict.by, day=day, comment=comment)
    return tr("{by}, {day}: {comment}", by=verdict.by, day=day, comment=comment)


KINDS: Mapping[Kind, Translatable] = {
    "statement": tr("Sentences"),
    "figure": tr("Figures"),
    "table": tr("Tables"),
    "measure": tr("Measures"),
    "document": tr("Documents, with all that is in them"),
}


def lines_by_kind(states: Sequence[ItemState], texts: bool = True) -> Iterator[str]:
    """Yield the name and number of each kind, and below it, with `texts`, its items in the language of the user."""
    for kind, name in KINDS.items():
        items = [each.item for each in states if each.item.kind == kind]
        if not items:
            continue
        yield tr("{kind}: {count}", kind=name, count=len(items))
        width = max(len(each.id) for each in items)
        for each in items if texts else ():
            yield f"  {each.id:{width}}  {each.texts.get(ui_language()) or next(iter(each.texts.values()), '')}"


def select_items(approval: Approval, names: Sequence[str]) -> tuple[ItemState, ...]:
    """Return the items with these ids, and those below them ("national" is a whole section); raises UsageError."""
    selected: dict[str, ItemState] = {}
    unknown: Problems = []
    for name in names:
        meant = [each for each in approval.states if _below(each.item.id, name)]
        if not meant:
            listing = tr("`jianbao review list --approved` lists all items")
            hint = nearest(name, [each.item.id for each in approval.states], listing)
            unknown.append(Problem(Place("review"), tr("there is no item '{name}' in this edition", name=name), hint))
        selected |= {each.item.id: each for each in meant}
    raise_all(unknown, UsageError)
    return tuple(selected.values())


def _below(item: str, name: str) -> bool:
    return item == name or item.startswith((f"{name}.", f"{name}:"))


def record_verdicts(
    root: Path, assessment: Assessment, items: Iterable[ItemState], *, verb: Verb, reviewer: Reviewer, comment: str = ""
) -> Assessment:
    """Add a verdict on the current content of each item to the workspace's file; return the new assessment."""
    verdicts = [
        ReviewVerdict(
            at=reviewer.at,
            by=reviewer.name,
            verdict=verb,
            item=each.item.id,
            content=each.item.content,
            words=each.item.words,
            comment=comment,
        )
        for each in items
    ]
    if not verdicts:
        return assessment
    project, file = assessment.project, workspace.review_file(assessment.issue.label)
    written = transaction.append(root, file, write_verdicts(verdicts).encode())
    return replace(assessment, project=replace(project, snapshot=project.snapshot.replaced({file: written})))
