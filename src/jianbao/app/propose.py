"""Try changes of a workspace in memory, and list their consequences for facts, scores, texts and editions."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from jianbao.app import workspace
from jianbao.app.approval import Approval, approval_of, wordings_of
from jianbao.app.assess import Assessment, Documents, Measured, Scored, advise, documents_of, fact_names, measure, score
from jianbao.app.check import examine_edition, lint_edition, page_errors
from jianbao.app.compare import comparison_settings, item_statements, version_of
from jianbao.app.evidence.recall import items_depending_on
from jianbao.app.project import Project, read_project
from jianbao.app.sign_off.stations import sign_off
from jianbao.app.workspace_files import collect_sheets, read_schemas, read_tables
from jianbao.brief.editions import read_series
from jianbao.brief.evidence_table import FactNames
from jianbao.core.documents import Problems
from jianbao.core.errors import ContentError, JianbaoError, RenderError, UsageError, raise_all
from jianbao.core.snapshot import Snapshot
from jianbao.data.facts import Fact
from jianbao.delivery.finished_edition import published_labels
from jianbao.review.compare.comparison import Comparison, Version, compare_versions, shifted_tables
from jianbao.review.edits import Editable
from jianbao.review.published import AffectedItem
from jianbao.review.review_items import table_columns, to_twelve_digits
from jianbao.review.stations import StationState
from jianbao.review.verdicts import ItemState
from jianbao.scoring.score_facts import score_card, score_id

T = TypeVar("T")
NO_APPROVAL = Approval((), (), ())
SHOWN_WHOLE = ("figure", "table")  # items whose changes are not in a sentence


@dataclass(frozen=True)
class PublishedEdition:
    """A published edition as built from today's data: its facts, and its scores by id."""

    measured: Measured
    scores: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class WorkspaceState:
    """The parts of a workspace that are compared: one edition, the published ones, and the errors.

    Page templates are not checked here, but when changes are written.
    """

    scored: Scored
    assessment: Assessment
    documents: Documents
    approval: Approval
    version: Version
    published: Mapping[str, PublishedEdition]
    names: FactNames
    errors: tuple[JianbaoError, ...]

    @property
    def snapshot(self) -> Snapshot:
        """Return the files of the workspace."""
        return self.assessment.project.snapshot


@dataclass(frozen=True, kw_only=True)
class BrokenState:
    """A workspace that cannot be assessed, with all its errors."""

    snapshot: Snapshot
    errors: tuple[JianbaoError, ...]


@dataclass(frozen=True, kw_only=True)
class ScoreMove:
    """A changed score as a fact with its interval, before and after; None if there is none."""

    node: str
    before: Fact | None
    after: Fact | None


@dataclass(frozen=True, kw_only=True)
class TouchedEdition:
    """A published edition that would change: facts and scores before and after, None if missing, and affected items."""

    label: str
    facts: Mapping[str, tuple[Fact | None, Fact | None]]
    scores: Mapping[str, tuple[float | None, float | None]]
    items: tuple[AffectedItem, ...]


@dataclass(frozen=True, kw_only=True)
class Consequences:
    """The consequences of changes for an edition and the published ones, if it can be made before and after them.

    `refused` are new errors, `mended` those that would be gone; `items` are to be read again; `figures` among them are
    figures and tables; `lapsing` and `stations` would lapse. `state` is that of the workspace with the changes.
    """

    refused: tuple[JianbaoError, ...] = ()
    mended: tuple[JianbaoError, ...] = ()
    comparison: Comparison | None = None
    scores: tuple[ScoreMove, ...] = ()
    items: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    lapsing: tuple[ItemState, ...] = ()
    stations: tuple[StationState, ...] = ()
    published: tuple[TouchedEdition, ...] = ()
    state: WorkspaceState | None = None


def state_of(
    root: Path, snapshot: Snapshot, edition: str = "", earlier: WorkspaceState | None = None
) -> WorkspaceState:
    """Assess an edition and measure the published ones; results of an earlier state are reused.

    Raises JianbaoError for a workspace that cannot be read or assessed.
    """
    if earlier and earlier.assessment.issue != earlier.assessment.project.series.issue(edition):
        earlier = None
    if earlier and not _changed_beside_reviews(snapshot, earlier.snapshot):
        return _reviewed_again(earlier, snapshot)
    project = read_project(snapshot)
    issue = project.series.issue(edition)
    earlier = earlier if earlier and earlier.assessment.issue == issue else None
    measured = measure(project, issue, earlier.assessment.evaluator if earlier else None)
    same = earlier is not None and _same_data(snapshot, earlier.snapshot)
    before = earlier.scored if earlier else None
    scored = replace(before, measured=measured) if before and same else score(measured, before)
    assessment = advise(scored)
    documents = documents_of(assessment)
    examined = lint_edition(project, assessment, documents, pages=False)
    return WorkspaceState(
        scored=scored,
        assessment=assessment,
        documents=documents,
        approval=NO_APPROVAL if documents.problems else approval_of(assessment, documents),
        version=version_of(assessment, documents),
        published=earlier.published if earlier and same else _published_editions(root, project, measured, earlier),
        names=fact_names(assessment),
        errors=examined.errors,
    )


def _changed_beside_reviews(snapshot: Snapshot, earlier: Snapshot) -> bool:
    """Return whether any file differs other than those of reviews."""
    both = (each.hashes().items() for each in (snapshot, earlier))
    now, then = ({(name, sha) for name, sha in files if not name.startswith(f"{workspace.REVIEWS}/")} for files in both)
    return now != then


def _reviewed_again(state: WorkspaceState, snapshot: Snapshot) -> WorkspaceState:
    """Return a state with the reviews read again, and everything else unchanged."""
    assessment = replace(state.assessment, project=replace(state.assessment.project, snapshot=snapshot))
    approval = NO_APPROVAL if state.documents.problems else approval_of(assessment, state.documents)
    return replace(state, assessment=assessment, approval=approval)


def _same_data(snapshot: Snapshot, earlier: Snapshot) -> bool:
    return snapshot.fingerprint(workspace.DATA) == earlier.fingerprint(workspace.DATA)


def _published_editions(
    root: Path, project: Project, measured: Measured, earlier: WorkspaceState | None
) -> dict[str, PublishedEdition]:
    """Return the archived editions by label; facts that the assessed edition has `measured` are reused."""
    former = earlier.published if earlier else {}
    editions: dict[str, PublishedEdition] = {}
    for label in published_labels(workspace.output_folder(root)):
        if label in project.series.labels():
            before, issue = former.get(label), project.series.issue(label)
            evaluator = before.measured.evaluator if before else None
            same = issue == measured.issue
            known = measured if same else measure(project, issue, evaluator, measured.evaluator)
            editions[label] = _published(known)
    return editions


def _published(measured: Measured) -> PublishedEdition:
    framework, year = replace(measured.project.framework, draws=0), measured.issue.as_of.year
    card = score_card(framework, measured.by_year, year, None)
    values = {score_id(node): float(card.scores.of(node.id)[card.row(year)]) for node in framework.components()}
    return PublishedEdition(measured, {key: value for key, value in values.items() if value == value})


def state_or_errors(
    root: Path, snapshot: Snapshot, edition: str = "", earlier: WorkspaceState | None = None
) -> WorkspaceState | BrokenState:
    """Return the state of a workspace (see `state_of`), or its errors if it cannot be assessed."""
    try:
        return state_of(root, snapshot, edition, earlier)
    except UsageError:
        raise
    except JianbaoError as error:
        return BrokenState(snapshot=snapshot, errors=examine_edition(snapshot, edition).errors or (error,))


def consequences(
    root: Path, before: WorkspaceState | BrokenState, snapshot: Snapshot, edition: str = ""
) -> Consequences:
    """Return the consequences of replacing a workspace by another snapshot."""
    if isinstance(before, BrokenState):
        errors = examine_edition(snapshot, edition).errors
        return Consequences(
            refused=_in_changed_files(new_errors(before.errors, errors), before.snapshot, snapshot),
            mended=tuple(new_errors(errors, before.errors)),
        )
    try:
        after = state_of(root, snapshot, before.assessment.issue.label, before)
    except JianbaoError as error:
        return Consequences(refused=(error,))
    now = {each.item.id: each for each in after.approval.states}
    pairs = [(each, now.get(each.item.id)) for each in before.approval.states if now]
    shifted = tables_with_moved_rows(before, after)
    altered = [was.item for was, new in pairs if new and _differs(was, new) and was.item.id not in shifted]
    return Consequences(
        refused=tuple(new_errors(before.errors, after.errors)),
        mended=tuple(new_errors(after.errors, before.errors)),
        comparison=compare_versions(before.version, after.version, comparison_settings(after.assessment.project)),
        scores=tuple(_score_moves(before.assessment, after.assessment)),
        items=tuple(each.id for each in altered),
        figures=tuple(each.id for each in altered if each.kind in SHOWN_WHOLE),
        lapsing=tuple(was for was, new in pairs if was.state == "approved" and not (new and new.state == "approved")),
        stations=tuple(_lapsing_stations(before, after)),
        published=tuple(_touched(root, before, after)),
        state=after,
    )


def tables_with_moved_rows(before: WorkspaceState, after: WorkspaceState) -> frozenset[str]:
    """Return the unapproved tables whose content is unchanged except for numbers of rows and sources."""
    was, now = (item_statements(each.assessment, each.documents) for each in (before, after))
    judged = {each.item.id for each in after.approval.states if each.verdict}
    return shifted_tables(was, now, table_columns(after.documents.briefs)) - judged


def _lapsing_stations(before: WorkspaceState, after: WorkspaceState) -> Iterator[StationState]:
    if not before.assessment.project.stations.stations or before.documents.problems or after.documents.problems:
        return
    was, now = (sign_off(each.assessment, each.documents).passage.states for each in (before, after))
    held = {each.station.id for each in now if each.state == "passed"}
    yield from (each for each in was if each.state == "passed" and each.station.id not in held)


def _differs(was: ItemState, now: ItemState) -> bool:  # an approved document is read again if its items differ
    return was.item.content != now.item.content and (was.item.kind != "document" or was.state == "approved")


def new_errors(before: Sequence[JianbaoError], after: Sequence[JianbaoError]) -> Iterator[JianbaoError]:
    """Yield the errors after a change that were not there before it, or less often; their lines may have moved."""
    was, now = ([(each.where, each.what) for error in errors for each in error.problems] for errors in (before, after))
    moved = Counter((where.file, what) for where, what in was if (where, what) not in now)
    for error in after:
        new = []
        for each in error.problems:
            if (each.where, each.what) not in was:
                moved[each.where.file, each.what] -= 1
                new += [each] if moved[each.where.file, each.what] < 0 else []
        if new:
            yield type(error)(new)


def _in_changed_files(errors: Iterable[JianbaoError], before: Snapshot, after: Snapshot) -> tuple[JianbaoError, ...]:
    """Return errors with problems in changed files only: others were hidden by errors that are now corrected."""
    changed = after.changed_since(before)
    remaining = ((error, [each for each in error.problems if each.where.file in changed]) for error in errors)
    return tuple(type(error)(problems) for error, problems in remaining if problems)


def _score_moves(before: Assessment, after: Assessment) -> Iterator[ScoreMove]:
    for node in after.project.framework.components():
        was, now = (known.ledger.get(score_id(node)) for known in (before, after))
        if _shown(was) != _shown(now):
            yield ScoreMove(node=node.id, before=was, after=now)


def _shown(fact: Fact | None) -> object:
    return fact and [to_twelve_digits(each) for each in (fact.value, fact.low, fact.high)]


def _touched(root: Path, before: WorkspaceState, after: WorkspaceState) -> Iterator[TouchedEdition]:
    output = workspace.output_folder(root)
    for label, then in before.published.items():
        now = after.published[label]
        facts = _differing(then.measured.ledger, now.measured.ledger, _compared)
        scores = _differing(then.scores, now.scores, to_twelve_digits)
        if facts or scores:
            items = items_depending_on(output, label, {*facts, *scores})
            yield TouchedEdition(label=label, facts=facts, scores=scores, items=items)


def _compared(fact: Fact | None) -> object:
    return fact and (to_twelve_digits(fact.value), to_twelve_digits(fact.of), fact.unit, fact.as_of)


def _differing(
    before: Mapping[str, T], after: Mapping[str, T], key_of: Callable[[T | None], object]
) -> dict[str, tuple[T | None, T | None]]:
    pairs = ((key, before.get(key), after.get(key)) for key in dict.fromkeys((*after, *before)))
    return {key: (was, now) for key, was, now in pairs if key_of(was) != key_of(now)}


def check_applicable(
    before: WorkspaceState | BrokenState, after: Snapshot, edition: str = "", state: WorkspaceState | None = None
) -> None:
    """Raise the first error, pages included, that changes would cause; `state` has them made, if it is known."""
    errors = _errors_with_pages(state) if state else examine_edition(after, edition).errors
    new = new_errors(_errors_with_pages(before) if errors else (), errors)
    for error in _in_changed_files(new, before.snapshot, after) if isinstance(before, BrokenState) else new:
        raise error


def _errors_with_pages(state: WorkspaceState | BrokenState) -> tuple[JianbaoError, ...]:
    """Return the errors of a workspace, with those of its pages unless its design has errors."""
    if isinstance(state, BrokenState) or any(isinstance(error, RenderError) for error in state.errors):
        return state.errors
    return (*state.errors, *page_errors(state.assessment, state.documents))


# What may be changed


def editable_of(state: WorkspaceState | BrokenState) -> Editable:
    """Return what may be changed in a workspace, with the facts of an edition; in a broken one, its tables.

    Raises the errors if not even the tables can be read.
    """
    if isinstance(state, BrokenState):
        return _editable_tables(state)
    assessment, project = state.assessment, state.assessment.project
    return Editable(
        snapshot=state.snapshot,
        sheets=read_tables(state.snapshot, project.evidence.schemas),
        schemas=project.evidence.schemas,
        wordings=wordings_of(project),
        facts=assessment.ledger,
    )


def _editable_tables(state: BrokenState) -> Editable:
    problems: Problems = []
    languages = tuple(read_series(state.snapshot.document("data/editions.yml"), problems).languages)
    schemas = read_schemas(state.snapshot, languages, problems)
    raise_all(problems, ContentError)
    sheets = collect_sheets(state.snapshot, schemas, [])
    return Editable(snapshot=state.snapshot, sheets=sheets, schemas=schemas, wordings={}, facts={}, unread=state.errors)
