"""Keep the chained log of who passed or returned an edition at its stations, and find the stations' states."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from jianbao.core.atomic import line_hash, numbered_lines, write_line
from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem, nearest
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.dates import moment
from jianbao.review.review_items import ReviewItem
from jianbao.review.roles import ROLES, Station, StationPlan, same_person

Verb = Literal["passed", "returned"]
State = Literal["passed", "open", "waiting"]
VERBS: tuple[Verb, ...] = ("passed", "returned")
SHORT = 16  # hexadecimal digits of a content's hash that are shown


@dataclass(frozen=True, kw_only=True)
class StationEntry:
    """A line of the log: who passed or returned an edition at a station, in which role, and the hash of its content.

    `at` is a time in ISO 8601 with its offset from UTC. `kept` is the SHA-256 of the archive that is stored when an
    edition is issued. `before` is the SHA-256 of the previous line, "" in the first one.
    """

    at: str
    by: str
    role: str
    station: str
    verb: Verb
    content: str
    comment: str
    kept: str
    before: str


@dataclass(frozen=True)
class StationLog:
    """The log of an edition: its entries in order, and the SHA-256 of its last line, "" if it is empty."""

    entries: tuple[StationEntry, ...] = ()
    last_line: str = ""


@dataclass(frozen=True, kw_only=True)
class WorkspaceChange:
    """A change of the workspace by a person at a time (ISO 8601) that the log itself does not record."""

    by: str
    at: str


@dataclass(frozen=True, kw_only=True)
class StationState:
    """The state of a station for an edition.

    A station is open if all stations of the step before it are passed; `missing` has the names of those that are not.
    `passing` is the entry in force, or else the last one, which has lapsed.
    """

    station: Station
    state: State
    passing: StationEntry | None
    missing: tuple[str, ...]

    @property
    def lapsed(self) -> bool:
        """Return whether the station was passed and is no longer."""
        return self.passing is not None and self.state != "passed"

    def record(self) -> dict[str, object]:
        """Return the state as plain values for JSON."""
        entry = self.passing
        return {
            "station": self.station.id,
            "name": dict(self.station.name),
            "step": self.station.step + 1,
            "state": self.state,
            "lapsed": self.lapsed,
            **({"by": entry.by, "role": entry.role, "at": entry.at, "opinion": entry.comment} if entry else {}),
        }


# The content of an edition


def content_of(items: Iterable[ReviewItem]) -> str:
    """Return the hash of an edition's content: of all its items, with the facts that they state."""
    return _content({item.id: item.content for item in items})


def _content(contents: Mapping[str, str]) -> str:
    return sha256(json.dumps(sorted(contents.items()), ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True)
class ItemText:
    """An item at an earlier time: the hash of its content, and its text or title in every language."""

    content: str
    texts: Mapping[str, str]


def write_passed_texts(items: Iterable[ReviewItem]) -> bytes:
    """Return the items of an edition as JSON, which is stored to show later what was changed at which station."""
    record = {item.id: {"content": item.content, "texts": dict(item.texts)} for item in items}
    return (json.dumps(record, ensure_ascii=False, indent=0) + "\n").encode()


def read_passed_texts(text: bytes, content: str) -> dict[str, ItemText] | None:
    """Return the stored items of an edition by id; None if they are unreadable or have another hash than `content`."""
    try:
        texts = {key: ItemText(each["content"], dict(each["texts"])) for key, each in json.loads(text).items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return texts if _content({key: each.content for key, each in texts.items()}) == content else None


# The states of the stations


def station_states(plan: StationPlan, log: StationLog, content: str) -> tuple[StationState, ...]:
    """Return the state of every station for an edition with the hash `content`, in order.

    A passing is in force for its content unless somebody has returned that content since; it is in force again when
    the content is changed back.
    """
    passed = {each.station: each for each in _unreturned(log) if _is(each, "passed", content)}
    states = []
    for station in plan.stations:
        missing = tuple(each.id for each in plan.step(station.step - 1) if each.id not in passed)
        state: State = "passed" if station.id in passed else "waiting" if missing else "open"
        last = next(
            (each for each in reversed(log.entries) if each.station == station.id and each.verb == "passed"), None
        )
        states.append(
            StationState(
                station=station,
                state=state,
                passing=passed.get(station.id, last),
                missing=missing,
            )
        )
    return tuple(states)


def last_return(log: StationLog, content: str) -> StationEntry | None:
    """Return the last return of an edition with the hash `content`; None if it has passed that station again."""
    same = [each for each in log.entries if each.content == content]
    back = next((place for place in reversed(range(len(same))) if same[place].verb == "returned"), None)
    if back is None or any(each.station == same[back].station for each in same[back + 1 :]):
        return None
    return same[back]


def _unreturned(log: StationLog) -> Iterator[StationEntry]:
    """Yield the entries whose content was not returned after them."""
    for place, each in enumerate(log.entries):
        if not any(_is(later, "returned", each.content) for later in log.entries[place + 1 :]):
            yield each


def _is(entry: StationEntry, verb: Verb, content: str) -> bool:
    return entry.verb == verb and entry.content == content


def is_issued(plan: StationPlan, states: Iterable[StationState]) -> bool:
    """Return whether an edition is issued: all stations of the last step are passed."""
    held = {each.station.id for each in states if each.state == "passed"}
    return bool(plan.last) and all(each.id in held for each in plan.last)


def unissued_problems(edition: str, states: Iterable[StationState]) -> Iterator[Problem]:
    """Yield a problem for each station that an edition has not passed, with the command that passes it."""
    for each in states:
        if each.state == "passed":
            continue
        about = {"edition": edition, "station": each.station.called}
        what = tr("the edition {edition} is not issued: it has not passed the station {station}", **about)
        if each.passing and each.lapsed:
            passing = {"by": each.passing.by, "day": each.passing.at[:10]}
            what = tr(
                "the edition {edition} is not issued: {by} passed the station {station} on {day}, and that has lapsed",
                **about,
                **passing,
            )
        hint = tr(
            "jianbao review pass {station} --by NAME --edition {edition}", station=each.station.id, edition=edition
        )
        if each.missing:
            hint = tr("{hint}, after {stations}", hint=hint, stations=tr_list(each.missing))
        yield Problem(Place(ROLES, 0, each.station.id), what, hint)


# Who may pass


def authors_since(
    plan: StationPlan, log: StationLog, station: str, changes: Iterable[WorkspaceChange]
) -> tuple[str, ...]:
    """Return the authors of changes since a station was last passed and not returned, or since the beginning.

    The authors of a changed content are the first to pass it and those who pass it at a station of the first step; the
    authors of `changes` are added.
    """
    passings = [each for each in _unreturned(log) if each.station == station and each.verb == "passed"]
    last = passings[-1] if passings else None
    later = log.entries[log.entries.index(last) + 1 :] if last else log.entries
    known, first, authors = last.content if last else "", {each.id for each in plan.step(0)}, []
    for entry in later:
        if entry.verb == "passed" and (entry.content != known or entry.station in first):
            authors.append(entry.by)
            known = entry.content
    authors += [each.by for each in changes if last is None or moment(each.at) > moment(last.at)]
    return tuple(dict.fromkeys(authors))


@dataclass(frozen=True, kw_only=True)
class PassConditions:
    """The conditions for passing a station or returning the edition there: plan, log, states, changes."""

    plan: StationPlan
    log: StationLog
    states: tuple[StationState, ...]
    changes: Sequence[WorkspaceChange] = ()

    def state(self, station: str) -> StationState | None:
        """Return the state of a station; None if there is no such station."""
        return next((each for each in self.states if each.station.id == station), None)

    def refusals_to_pass(self, station: str, name: str) -> Problems:
        """Return the reasons why somebody may not pass a station now; none if they may."""
        state = self.state(station)
        if state is None:
            return [_unknown(station, self.plan)]
        place = Place("review", column=station)
        if state.state == "passed" and state.passing:
            passing = {"by": state.passing.by, "day": state.passing.at[:10]}
            return [Problem(place, tr("{by} passed this station on {day}, and nothing has changed since", **passing))]
        problems = self._refused(state, name, place)
        is_author = state.station.four_eyes and any(
            same_person(name, each) for each in authors_since(self.plan, self.log, station, self.changes)
        )
        if is_author:
            what = tr("'{name}' may not pass this station: the change is their own (four eyes)", name=name)
            problems.append(Problem(place, what, tr("somebody else passes it")))
        return problems

    def refusals_to_return(self, station: str, name: str) -> Problems:
        """Return the reasons why somebody may not return the edition at a station now; none if they may."""
        state = self.state(station)
        return self._refused(state, name, Place("review", column=station)) if state else [_unknown(station, self.plan)]

    def _refused(self, state: StationState, name: str, place: Place) -> Problems:
        """Return the reasons why an edition is not at a station yet, or why somebody has no right to act there."""
        problems: Problems = []
        if state.state == "waiting":
            what = tr("the edition is not at this station yet")
            before = [each.station for each in self.states if each.state != "passed"]
            first = tr_list(each.id for each in before if each.step < state.station.step)
            problems.append(Problem(place, what, tr("first: {stations}", stations=first)))
        if self.plan.role_of(state.station, name) is None:
            what = tr("'{name}' may not pass the station {station}", name=name, station=state.station.called)
            hint = tr("those who may: {names}", names=tr_list(self.plan.holders(state.station)))
            problems.append(Problem(place, what, hint))
        return problems


def _unknown(station: str, plan: StationPlan) -> Problem:
    what = tr("there is no station '{station}'", station=station)
    return Problem(Place(ROLES), what, nearest(station, [each.id for each in plan.stations]))


# The log


def with_entry(content: bytes, entry: StationEntry) -> bytes:
    """Return the bytes of a log with an entry added at the end."""
    return content + write_line(asdict(entry)) + b"\n"


def read_log(content: bytes, file: str, problems: Problems) -> StationLog:
    """Read a log; adds a problem for a line that is not an entry, or before which a line was changed or removed."""
    entries, last = [], ""
    for number, line, before in numbered_lines(content):
        place = Place(file, number)
        entry = _entry(line)
        if entry is None:
            problems.append(Problem(place, tr("this is not a line of a log of stations"), _RESTORE))
            break
        if entry.before != before:
            problems.append(Problem(place, tr("a line before this was taken out or changed"), _RESTORE))
            break
        entries.append(entry)
        last = line_hash(line)
    return StationLog(tuple(entries), last)


_RESTORE: Translatable = tr("restore the file: without it nobody knows who passed the edition")


def _entry(line: bytes) -> StationEntry | None:
    try:
        entry = StationEntry(**json.loads(line))
        moment = datetime.fromisoformat(entry.at)
        sound = entry.verb in VERBS and moment.tzinfo is not None
        return entry if sound and all(isinstance(each, str) for each in asdict(entry).values()) else None
    except (ValueError, TypeError, RecursionError):
        return None
