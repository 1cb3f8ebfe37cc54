"""The stations of an edition: pass one or return the edition there, refuse what is not issued, keep what is."""

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
from jianbao.core.exports import write_archive
from jianbao.core.limits import UnreadableError, unpacked
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.core.snapshot import Snapshot
from jianbao.core.transaction import commit
from jianbao.review.items import ReviewItem, review_items
from jianbao.review.proposals import read_proposal
from jianbao.review.roles import ROLES, Station, StationPlan, in_all_languages
from jianbao.review.stations import (
    REGISTERED,
    SHORT,
    Change,
    ItemText,
    Passage,
    StationEntry,
    StationLog,
    StationState,
    Verb,
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
    """Where an edition stands with its stations: its items, the hash of what they say, and what decides who passes."""

    edition: str
    items: tuple[ReviewItem, ...]
    content: str
    passage: Passage

    @property
    def issued(self) -> bool:
        """Return whether the edition is issued as it is now."""
        return is_issued(self.passage.plan, self.passage.states)

    @property
    def returned(self) -> StationEntry | None:
        """Return the last return of the edition as it is now, if it was returned."""
        return last_return(self.passage.log, self.content)

    def problems(self) -> Problems:
        """Return a problem for each station that it has still to pass; nothing if it is issued, or has no stations."""
        return [] if self.issued else [*unissued_problems(self.edition, self.passage.states)]

    def record(self) -> dict[str, object]:
        """Return it as a record for other programs."""
        back = self.returned
        return {
            "issued": self.issued,
            "content": self.content,
            "stations": [each.record() for each in self.passage.states],
            **({"returned": {"station": back.station, "by": back.by, "comment": back.comment}} if back else {}),
        }


def log_file(edition: str) -> str:
    """Return the path from the root of the file that says who passed an edition at which station."""
    return f"{FOLDER}/{edition}.jsonl"


def issued_file(edition: str, kept: str) -> str:
    """Return the path from the root of the archive of what an edition was made of when issued, by its SHA-256."""
    return f"{FOLDER}/{edition}/{kept[:SHORT]}.zip"


def texts_file(edition: str, content: str) -> str:
    """Return the path from the root of the file that keeps what an edition said when it was passed."""
    return f"{FOLDER}/{edition}/{content[:SHORT]}.json"


def sign_off(known: Assessment, documents: Documents, changes: Iterable[Change] = ()) -> SignOff:
    """Return where an assessed edition stands with its stations, by what its documents say.

    Raises ContentError for a log that cannot be read.
    """
    raise_all(documents.problems, ContentError)
    log = station_log(known.project.snapshot, known.issue.label)
    briefs = {
        name: replace(brief, letter={key: said for key, said in brief.letter.items() if key not in REGISTERED})
        for name, brief in documents.briefs.items()
    }
    items = review_items(briefs, item_context(known))
    content, plan = content_of(items), known.project.stations
    states = station_states(plan, log, content)
    passage = Passage(plan=plan, log=log, states=states, changes=tuple(changes))
    return SignOff(edition=known.issue.label, items=items, content=content, passage=passage)


def station_log(snapshot: Snapshot, edition: str) -> StationLog:
    """Return the log of the stations of an edition; raises ContentError if it is damaged."""
    problems: Problems = []
    file = log_file(edition)
    log = read_log(snapshot.content(file) if _is_there(snapshot, file) else b"", file, problems)
    raise_all(problems, ContentError)
    return log


def passed_texts(snapshot: Snapshot, edition: str, content: str) -> dict[str, ItemText] | None:
    """Return what an edition said when it was passed, by items; None where that is not kept."""
    file = texts_file(edition, content)
    return read_passed_texts(snapshot.content(file), content) if _is_there(snapshot, file) else None


def _is_there(snapshot: Snapshot, file: str) -> bool:
    return file in snapshot.names(FOLDER)


def applied_changes(root: Path) -> tuple[Change, ...]:
    """Return the changes of a workspace that proposals made: of who proposed each, and who applied it.

    Raises ContentError for a proposal that cannot be read.
    """
    problems: Problems = []
    found: list[Change] = []
    for name in workspace.proposal_names(root):
        file = workspace.proposal_file(name)
        proposal = read_proposal(workspace.read_proposal_file(root, name).document(file), problems)
        applier, _, at = proposal.applied.rpartition(", ")
        found += [Change(by=by, at=at) for by in (proposal.by, applier) if by and at]
    raise_all(problems, ContentError)
    return tuple(found)


# Pass a station, or return the edition there


def pass_station(root: Path, known: Assessment, station: str, reviewer: Reviewer, opinion: str = "") -> SignOff:
    """Pass an edition, as it is now, at a station, and return where it stands then.

    With the last station the files that it is made of are kept. Raises UsageError if it may not be passed there now or
    by them, ContentError if a reviewer left something open that no final may have.
    """
    documents = documents_of(known)
    now = _station_of(root, known, documents, reviewer)
    raise_all(now.passage.refusals_to_pass(station, reviewer.name), UsageError)
    if station in {each.id for each in now.passage.plan.last}:
        raise_all(approval_of(known, documents).unsettled(now.edition), ContentError)
    return _entered(root, known, documents, now, _entry(now, station, "passed", reviewer, opinion))


def return_at_station(root: Path, known: Assessment, station: str, reviewer: Reviewer, comment: str) -> SignOff:
    """Return an edition, as it is now, at a station: all have to be passed again. Raises UsageError."""
    documents = documents_of(known)
    now = _station_of(root, known, documents, reviewer)
    problems = now.passage.refusals_to_return(station, reviewer.name)
    if not comment.strip():
        problems.append(Problem(Place("--comment"), tr("there is no comment"), tr("say what is to be done")))
    raise_all(problems, UsageError)
    return _entered(root, known, documents, now, _entry(now, station, "returned", reviewer, comment))


def named_station(known: Assessment, names: Sequence[str]) -> str:
    """Return the station that is named; "" if none is. Raises UsageError if anything else is named with it."""
    named = [each.id for each in known.project.stations.stations if each.id in names]
    if named and names[1:]:
        what = tr("'{station}' is a station: the whole edition is returned there", station=named[0])
        raise UsageError(Problem(Place("review"), what, tr("name it alone")))
    return named[0] if named else ""


def _station_of(root: Path, known: Assessment, documents: Documents, reviewer: Reviewer) -> SignOff:
    """Return where an edition stands before somebody passes it; raises UsageError without stations or a name."""
    problems = [] if known.project.stations.stations else [no_stations()]
    problems += [] if reviewer.name else [Problem(Place("--by"), tr("no name is given"), tr("give your name"))]
    raise_all(problems, UsageError)
    return sign_off(known, documents, applied_changes(root))


def no_stations() -> Problem:
    """Return the problem of a workspace that declares no stations."""
    hint = tr("declare them, or approve items: jianbao review approve ITEM --by NAME")
    return Problem(Place(ROLES), tr("this workspace declares no stations"), hint)


def _entry(now: SignOff, station: str, verb: Verb, reviewer: Reviewer, comment: str) -> StationEntry:
    plan = now.passage.plan
    found = next(each for each in plan.stations if each.id == station)
    return StationEntry(
        at=reviewer.at,
        by=reviewer.name,
        role=plan.role_of(found, reviewer.name) or "",
        station=station,
        verb=verb,
        content=now.content,
        comment=" ".join(comment.split()),
        kept="",
        before=now.passage.log.last_line,
    )


def _entered(root: Path, known: Assessment, documents: Documents, now: SignOff, entry: StationEntry) -> SignOff:
    """Write what is kept with an entry, and then the entry; return where the edition stands then.

    Files that are named by what is in them come first and by themselves: two who sign at once write the same ones, and
    only the log says whose turn it was.
    """
    snapshot, edition = known.project.snapshot, now.edition
    kept = {texts_file(edition, now.content): write_passed_texts(now.items)}
    log = StationLog((*now.passage.log.entries, entry))
    if is_issued(now.passage.plan, station_states(now.passage.plan, log, now.content)):
        inputs = edition_inputs(snapshot, edition)
        archive = write_archive({name: snapshot.content(name) for name in inputs}, known.issue.as_of)
        entry = replace(entry, kept=sha256(archive).hexdigest())
        kept[issued_file(edition, entry.kept)] = archive
    with_kept = snapshot.replaced(kept)
    commit(root, snapshot, with_kept)
    file = log_file(edition)
    written = with_entry(snapshot.content(file) if _is_there(snapshot, file) else b"", entry)
    after = with_kept.replaced({file: written})
    commit(root, with_kept, after)
    return sign_off(replace(known, project=replace(known.project, snapshot=after)), documents, now.passage.changes)


# What was issued


def issued_snapshot(snapshot: Snapshot, edition: str) -> Snapshot | None:
    """Return the files that an edition was made of when it was last issued, None if none are kept.

    Who gets it, who may pass it, and the log of its stations are those of today. Raises ContentError if the archive is
    not the one that was kept then.
    """
    kept = [each.kept for each in station_log(snapshot, edition).entries if each.kept]
    if not kept:
        return None
    file = issued_file(edition, kept[-1])
    if not _is_there(snapshot, file):
        return None
    try:
        files = unpacked(snapshot.content(file)) if snapshot.sha256(file) == kept[-1] else None
    except UnreadableError:
        files = None
    if files is None:
        what = tr("this is not what was kept when the edition was issued")
        raise ContentError(
            Problem(Place(file), what, tr("restore the file, or delete it: then nothing of what was issued is kept"))
        )
    today = {name: snapshot.content(name) for name in snapshot.names(FOLDER)}
    today |= {name: snapshot.content(name) for name in (DELIVERY, ROLES) if name in snapshot.files}
    return Snapshot(files={}).replaced({name: each for name, each in files.items() if name != DELIVERY} | today)


def approved_snapshot(snapshot: Snapshot, edition: str) -> Snapshot:
    """Return the files of an edition as it was last issued, to build it while its successor is in work.

    Raises UsageError if it was not issued, or says something else today: with another program, or another letterhead.
    """
    problems: Problems = []
    series = read_series(snapshot.document("data/editions.yml"), problems)
    raise_all(problems, ContentError)
    label = series.issue(edition).label
    kept = issued_snapshot(snapshot, label)
    if kept is None:
        what = tr("the edition {edition} has not been issued yet: nothing approved is kept", edition=label)
        raise UsageError(Problem(Place(log_file(label)), what, tr("`jianbao review` shows its stations")))
    known = assess_edition(kept, label)
    raise_all(sign_off(known, documents_of(known)).problems(), UsageError)
    return kept


def refuse_unissued(known: Assessment) -> None:
    """Raise DeliveryError with every station that an edition has still to pass; nothing where there are no stations."""
    if known.project.stations.stations:
        hint = tr("or hand it over as it is: --unissued")
        problems = sign_off(known, documents_of(known)).problems()
        raise_all((replace(each, hint=tr_list((each.hint, hint), "; ")) for each in problems), DeliveryError)


# What is shown


def station_lines(found: SignOff) -> Iterator[Translatable]:
    """Yield a line for each station, and whether the edition is issued; nothing where there are no stations."""
    plan, states = found.passage.plan, found.passage.states
    width = max((len(each.station.id) for each in states), default=0)
    for each in states:
        told = _who_passed(each) if each.passing else who_may(plan, each.station)
        station = f"{each.station.id:{width}}  {each.station.names}"
        yield tr("{state}  {station}: {told}", state=STATES[each.state], station=station, told=told)
    if (returned := found.returned) and not found.issued:
        yield tr("Returned at {station} by {entry}", station=returned.station, entry=_by(returned))
    if states:
        told = tr("Edition {edition} is issued", edition=found.edition)
        yield told if found.issued else tr("Edition {edition} is not issued", edition=found.edition)


def who_may(plan: StationPlan, station: Station) -> Translatable:
    """Return who may pass a station: people, or a role that names nobody."""
    roles = [plan.roles[each] for each in station.by if each in plan.roles and not plan.roles[each].people]
    if not station.by:
        return tr("may be passed by anybody")
    names = [*plan.holders(station), *(in_all_languages(role.name) for role in roles)]
    return tr("may be passed by {names}", names=tr_list(names))


def _who_passed(each: StationState) -> Translatable:
    assert each.passing
    return _by(each.passing) if each.state == "passed" else tr("{entry} (lapsed)", entry=_by(each.passing))


def _by(entry: StationEntry) -> Translatable:
    if not entry.comment:
        return tr("{by}, {day}", by=entry.by, day=entry.at[:10])
    return tr("{by}, {day}: {comment}", by=entry.by, day=entry.at[:10], comment=entry.comment)


def report_lines(found: SignOff, json_wanted: bool) -> Iterator[str]:
    """Yield where an edition stands with its stations, in lines or as JSON."""
    if json_wanted:
        yield json.dumps({"edition": found.edition, **found.record()}, ensure_ascii=False, indent=1)
        return
    yield from station_lines(found)
