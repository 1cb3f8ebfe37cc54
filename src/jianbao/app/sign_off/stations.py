"""Pass an edition at its stations or return it, refuse unissued editions, and store issued ones."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from jianbao.app import workspace
from jianbao.app.approval import Reviewer, approval_of, edition_inputs, item_context
from jianbao.app.assess import Assessment, Documents, documents_of
from jianbao.app.check import assess_edition
from jianbao.app.project import DELIVERY
from jianbao.brief.editions import read_series
from jianbao.core.documents import Problems
from jianbao.core.errors import ContentError, DeliveryError, Place, Problem, UsageError, raise_all
from jianbao.core.limits import UnreadableError, unpacked
from jianbao.core.messages import Translatable, tr, tr_list, tr_worded
from jianbao.core.snapshot import Snapshot
from jianbao.core.transaction import commit
from jianbao.core.zip_csv import write_archive
from jianbao.review.proposals import stored_proposal
from jianbao.review.review_items import ReviewItem, review_items
from jianbao.review.roles import ROLES, Station, StationPlan
from jianbao.review.stations import (
    SHORT,
    ItemText,
    PassConditions,
    StationEntry,
    StationLog,
    StationState,
    Verb,
    WorkspaceChange,
    content_of,
    is_issued,
    last_return,
    read_log,
    read_passed_texts,
    station_states,
    unissued_problems,
    with_entry,
    write_passed_texts,
)

FOLDER = f"{workspace.REVIEWS}/stations"
STATES = {"passed": tr("passed "), "open": tr("open   "), "waiting": tr("waiting")}


@dataclass(frozen=True, kw_only=True)
class SignOff:
    """An edition at its stations: its items, the hash of their content, and the state that decides who may pass."""

    edition: str
    items: tuple[ReviewItem, ...]
    content: str
    passage: PassConditions

    @property
    def issued(self) -> bool:
        """Return whether the edition is issued with its current content."""
        return is_issued(self.passage.plan, self.passage.states)

    @property
    def returned(self) -> StationEntry | None:
        """Return the last return of the edition with its current content, None if it was not returned."""
        return last_return(self.passage.log, self.content)

    def problems(self) -> Problems:
        """Return a problem for each station that is not passed yet; none if the edition is issued or needs none."""
        return [] if self.issued else [*unissued_problems(self.edition, self.passage.states)]

    def record(self) -> dict[str, object]:
        """Return it as plain values for JSON."""
        back = self.returned
        return {
            "issued": self.issued,
            "content": self.content,
            "stations": [each.record() for each in self.passage.states],
            **({"returned": {"station": back.station, "by": back.by, "comment": back.comment}} if back else {}),
        }


def log_file(edition: str) -> str:
    """Return the path in the workspace of an edition's log of stations."""
    return f"{FOLDER}/{edition}.jsonl"


def issued_file(edition: str, archive: str) -> str:
    """Return the path in the workspace of the archived inputs of an issued edition, by the archive's SHA-256."""
    return f"{FOLDER}/{edition}/{archive[:SHORT]}.zip"


def texts_file(edition: str, content: str) -> str:
    """Return the path in the workspace of the stored items of an edition that was passed, by the content's hash."""
    return f"{FOLDER}/{edition}/{content[:SHORT]}.json"


def sign_off(assessment: Assessment, documents: Documents, changes: Iterable[WorkspaceChange] = ()) -> SignOff:
    """Return the state of the stations of an assessed edition with these documents.

    Raises ContentError for a log that cannot be read.
    """
    raise_all(documents.problems, ContentError)
    log = station_log(assessment.project.snapshot, assessment.issue.label)
    items = review_items(documents.briefs, item_context(assessment))
    content, plan = content_of(items), assessment.project.stations
    passage = PassConditions(plan=plan, log=log, states=station_states(plan, log, content), changes=tuple(changes))
    return SignOff(edition=assessment.issue.label, items=items, content=content, passage=passage)


def station_log(snapshot: Snapshot, edition: str) -> StationLog:
    """Return the log of the stations of an edition; raises ContentError if it is damaged."""
    problems: Problems = []
    file = log_file(edition)
    log = read_log(snapshot.content(file) if _is_there(snapshot, file) else b"", file, problems)
    raise_all(problems, ContentError)
    return log


def passed_texts(snapshot: Snapshot, edition: str, content: str) -> dict[str, ItemText] | None:
    """Return the items of an edition when it was passed, by id; None if they are not stored."""
    file = texts_file(edition, content)
    return read_passed_texts(snapshot.content(file), content) if _is_there(snapshot, file) else None


def _is_there(snapshot: Snapshot, file: str) -> bool:
    return file in snapshot.names(FOLDER)


def applied_changes(root: Path) -> tuple[WorkspaceChange, ...]:
    """Return the changes that proposals made to a workspace, one for the author and one for the person who applied it.

    Raises ContentError for a proposal that cannot be read.
    """
    changes: list[WorkspaceChange] = []
    for name in workspace.proposal_names(root):
        file = workspace.proposal_file(name)
        proposal = stored_proposal(workspace.read_proposal_file(root, name).text(file), file)
        applier, _, at = proposal.applied.rpartition(", ")
        changes += [WorkspaceChange(by=by, at=at) for by in (proposal.by, applier) if by and at]
    return tuple(changes)


# Pass a station, or return the edition there


def pass_station(root: Path, assessment: Assessment, station: str, reviewer: Reviewer, opinion: str = "") -> SignOff:
    """Pass an edition with its current content at a station, and return the new state.

    At the last station the edition's inputs are stored.

    Raises:
        UsageError: If the station may not be passed now, or not by this reviewer.
        ContentError: If reviews left something open that a final edition may not have.

    """
    documents = documents_of(assessment)
    now = _station_of(root, assessment, documents, reviewer)
    raise_all(now.passage.refusals_to_pass(station, reviewer.name), UsageError)
    if station in {each.id for each in now.passage.plan.last}:
        raise_all(approval_of(assessment, documents).unsettled(now.edition), ContentError)
    return _entered(root, assessment, documents, now, _entry(now, station, "passed", reviewer, opinion))


def return_at_station(root: Path, assessment: Assessment, station: str, reviewer: Reviewer, comment: str) -> SignOff:
    """Return an edition with its current content at a station, so that all must be passed again; raises UsageError."""
    documents = documents_of(assessment)
    now = _station_of(root, assessment, documents, reviewer)
    problems = now.passage.refusals_to_return(station, reviewer.name)
    if not comment.strip():
        problems.append(Problem(Place("--comment"), tr("there is no comment"), tr("say what is to be done")))
    raise_all(problems, UsageError)
    return _entered(root, assessment, documents, now, _entry(now, station, "returned", reviewer, comment))


def named_station(assessment: Assessment, names: Sequence[str]) -> str:
    """Return the station among the names, "" if there is none; raises UsageError if other names are given with it."""
    named = [each.id for each in assessment.project.stations.stations if each.id in names]
    if named and names[1:]:
        what = tr("'{station}' is a station: the whole edition is returned there", station=named[0])
        raise UsageError(Problem(Place("review"), what, tr("name it alone")))
    return named[0] if named else ""


def _station_of(root: Path, assessment: Assessment, documents: Documents, reviewer: Reviewer) -> SignOff:
    """Return the state of an edition before it is passed; raises UsageError without stations or reviewer's name."""
    problems = [] if assessment.project.stations.stations else [no_stations()]
    problems += [] if reviewer.name else [Problem(Place("--by"), tr("no name is given"), tr("give your name"))]
    raise_all(problems, UsageError)
    return sign_off(assessment, documents, applied_changes(root))


def no_stations() -> Problem:
    """Return the problem of a workspace without stations."""
    hint = tr("declare them, or approve items: jianbao review approve ITEM --by NAME")
    return Problem(Place(ROLES), tr("this workspace declares no stations"), hint)


def _entry(now: SignOff, station: str, verb: Verb, reviewer: Reviewer, comment: str) -> StationEntry:
    plan = now.passage.plan
    declared = next(each for each in plan.stations if each.id == station)
    return StationEntry(
        at=reviewer.at,
        by=reviewer.name,
        role=plan.role_of(declared, reviewer.name) or "",
        station=station,
        verb=verb,
        content=now.content,
        comment=" ".join(comment.split()),
        kept="",
        before=now.passage.log.last_line,
    )


def _entered(root: Path, assessment: Assessment, documents: Documents, now: SignOff, entry: StationEntry) -> SignOff:
    """Write the files that are stored with an entry, and then the entry; return the new state.

    Files named by the hash of their content are written first and separately: two people who sign at the same time
    write the same ones, and only the log decides who was first.
    """
    snapshot, edition = assessment.project.snapshot, now.edition
    files = {texts_file(edition, now.content): write_passed_texts(now.items)}
    log = StationLog((*now.passage.log.entries, entry))
    if is_issued(now.passage.plan, station_states(now.passage.plan, log, now.content)):
        inputs = edition_inputs(snapshot, edition)
        archive = write_archive({name: snapshot.content(name) for name in inputs}, assessment.issue.as_of)
        entry = replace(entry, kept=sha256(archive).hexdigest())
        files[issued_file(edition, entry.kept)] = archive
    stored = snapshot.replaced(files)
    commit(root, snapshot, stored)
    file = log_file(edition)
    written = with_entry(snapshot.content(file) if _is_there(snapshot, file) else b"", entry)
    after = stored.replaced({file: written})
    commit(root, stored, after)
    return sign_off(
        replace(assessment, project=replace(assessment.project, snapshot=after)), documents, now.passage.changes
    )


# Issued editions


def issued_snapshot(snapshot: Snapshot, edition: str) -> Snapshot | None:
    """Return the inputs of an edition when it was last issued, None if none are stored.

    The recipients, the roles and the log of its stations are those of today. Raises ContentError if the archive is not
    the one that was stored then.
    """
    archives = [each.kept for each in station_log(snapshot, edition).entries if each.kept]
    if not archives:
        return None
    file = issued_file(edition, archives[-1])
    if not _is_there(snapshot, file):
        return None
    try:
        files = unpacked(snapshot.content(file)) if snapshot.sha256(file) == archives[-1] else None
    except UnreadableError:
        files = None
    if files is None:
        what = tr("this file has changed since the edition was issued")
        raise ContentError(
            Problem(Place(file), what, tr("restore the file, or delete it and with it the record of what was issued"))
        )
    today = {name: snapshot.content(name) for name in snapshot.names(FOLDER)}
    today |= {name: snapshot.content(name) for name in (DELIVERY, ROLES) if name in snapshot.files}
    return Snapshot(files={}).replaced({name: each for name, each in files.items() if name != DELIVERY} | today)


def approved_snapshot(snapshot: Snapshot, edition: str) -> Snapshot:
    """Return the inputs of an edition as it was last issued, to build it while the next one is being written.

    Raises UsageError if it was not issued, or if another program or letterhead would change its content.
    """
    problems: Problems = []
    series = read_series(snapshot.document("data/editions.yml"), problems)
    raise_all(problems, ContentError)
    label = series.issue(edition).label
    issued = issued_snapshot(snapshot, label)
    if issued is None:
        what = tr("the edition {edition} has not been issued yet: nothing approved is kept", edition=label)
        raise UsageError(Problem(Place(log_file(label)), what, tr("`jianbao review` shows its stations")))
    assessment = assess_edition(issued, label)
    now = sign_off(assessment, documents_of(assessment))
    if now.content not in {each.content for each in now.passage.log.entries if each.kept}:
        what = tr("with this program, or today's letterhead, the edition differs from the issued one")
        hint = tr("hand over the package that was made then, or have the edition issued again")
        raise UsageError(Problem(Place(log_file(label)), what, hint))
    raise_all(now.problems(), UsageError)
    return issued


def refuse_unissued(assessment: Assessment) -> None:
    """Raise DeliveryError with every station that an edition has not passed yet, if it has stations."""
    if assessment.project.stations.stations:
        hint = tr("or hand it over as it is: --unissued")
        problems = sign_off(assessment, documents_of(assessment)).problems()
        raise_all((replace(each, hint=tr_list((each.hint, hint), "; ")) for each in problems), DeliveryError)


# Output


def station_lines(state: SignOff) -> Iterator[Translatable]:
    """Yield a line for each station, and whether the edition is issued; nothing if there are no stations."""
    plan, states = state.passage.plan, state.passage.states
    width = max((len(each.station.id) for each in states), default=0)
    for each in states:
        status = _who_passed(each) if each.passing else who_may(plan, each.station)
        station = {"id": f"{each.station.id:{width}}", "name": tr_worded(each.station.name)}
        yield tr("{state}  {id}  {name}: {status}", state=STATES[each.state], **station, status=status)
    if (returned := state.returned) and not state.issued:
        place = next((each.station.called for each in states if each.station.id == returned.station), returned.station)
        yield tr("Returned at {station} by {entry}", station=place, entry=_by(returned))
    if states:
        status = tr("Edition {edition} is issued", edition=state.edition)
        yield status if state.issued else tr("Edition {edition} is not issued", edition=state.edition)


def who_may(plan: StationPlan, station: Station) -> Translatable:
    """Return who may pass a station: people, or a role without named holders."""
    roles = [plan.roles[each] for each in station.by if each in plan.roles and not plan.roles[each].people]
    if not station.by:
        return tr("may be passed by anybody")
    names = [*plan.holders(station), *(tr_worded(role.name) for role in roles)]
    return tr("may be passed by {names}", names=tr_list(names))


def _who_passed(each: StationState) -> Translatable:
    assert each.passing
    return _by(each.passing) if each.state == "passed" else tr("{entry} (lapsed)", entry=_by(each.passing))


def _by(entry: StationEntry) -> Translatable:
    if not entry.comment:
        return tr("{by}, {day}", by=entry.by, day=entry.at[:10])
    return tr("{by}, {day}: {comment}", by=entry.by, day=entry.at[:10], comment=entry.comment)


def report_lines(state: SignOff, json_wanted: bool) -> Iterator[str]:
    """Yield the state of an edition's stations, as lines or as JSON."""
    if json_wanted:
        yield json.dumps({"edition": state.edition, **state.record()}, ensure_ascii=False, indent=1)
        return
    yield from station_lines(state)
