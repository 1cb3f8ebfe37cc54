"""Define limits on claims with a fact: completeness, age, counting rule, and closeness to the original source."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise
from statistics import median

from jianbao.core.documents import (
    Node,
    Problems,
    as_choice,
    as_integer,
    as_list,
    as_mapping,
    as_number,
    as_text,
    as_texts,
)
from jianbao.core.errors import Problem
from jianbao.core.messages import tr, tr_later
from jianbao.data.dates import as_day, period

GRADES_IN_WORDS: Mapping[str, str] = {  # from the body itself to a page that anybody can edit
    "official": tr_later("official"),
    "original": tr_later("original"),
    "press": tr_later("press"),
    "copy": tr_later("copy"),
    "open": tr_later("open"),
}
GRADES = tuple(GRADES_IN_WORDS)
COPY = "copy"  # reworded or repeated by another page
WEAK = frozenset({COPY, "open"})
COMPLETE, INCOMPLETE, LISTED = "yes", "no", "listed"
MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12, "two_years": 24, "irregular": 0}
PERIODS_FRESH = 2  # a value is fresh for this many publication intervals
MAX_FRESH_MONTHS = 600
STATES = ("source", "chosen")  # the origin of a threshold or goalpost: a source, or the authors
_SERIES = ("every", "fresh_for", "basis", "event", "complete", "ask")


@dataclass(frozen=True, kw_only=True)
class Window:
    """The values among which one is the greatest or least: when they begin and end, and their number.

    `gaps` is whether values seem to be missing between them, `since` the day since which none is.
    """

    first: str
    last: str
    values: int
    gaps: bool = False
    since: str = field(default="", compare=False)


# A time between two values counts as a gap if it is this many times the usual time. A missing value in an even
# series makes it twice as long; the rest allows for slightly uneven dates.
UNEVEN = 1.6


def window_of(days: Sequence[date], gaps: bool) -> Window:
    """Return the window of values on successive days; `gaps` is whether values are declared to be missing."""
    since = days[-1] if gaps else after_gap(days)
    first, last = days[0].isoformat(), days[-1].isoformat()
    return Window(
        first=first,
        last=last,
        values=len(days),
        gaps=since is not None,
        since=since.isoformat() if since else first,
    )


def after_gap(days: Sequence[date]) -> date | None:
    """Return the day of the first value after the last gap between values on successive days; None without a gap.

    With fewer than three values, gaps cannot be ruled out.
    """
    return days[-1] if len(days) < 3 else next((later for _, later in gaps_between(days)), None)


def gaps_between(days: Sequence[date]) -> tuple[tuple[date, date], ...]:
    """Return the days of the values before and after each gap between values on successive days, the last gap first."""
    pairs = tuple(pairwise(days))
    usual = median((later - earlier).days for earlier, later in pairs) if pairs else 0
    return tuple(pair for pair in reversed(pairs) if (pair[1] - pair[0]).days > UNEVEN * usual)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits on what may be claimed with a fact; an undeclared limit is empty and restricts nothing.

    `complete` is "yes", "no", "listed" (it counts what a list names), or the day until which its rows are complete.
    `bases` are the counting rules of its rows, `grade` one of GRADES, `fresh_until` the last day on which it may be
    stated without its date, `event` the kind and the keys of its event, `classes` the classifications of its rows,
    `row` the unit that one row counts. A comparison with an earlier value has the day of that value as `base`, and
    as `years` the number of years looked back.
    """

    complete: str = ""
    bases: tuple[str, ...] = ()
    grade: str = ""
    fresh_until: str = ""
    window: Window | None = None
    event: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    row: str = ""
    base: str = ""
    years: int = 0

    @property
    def incomplete(self) -> bool:
        """Return whether there may be more cases than were counted."""
        return self.complete in (INCOMPLETE, LISTED)

    @property
    def open(self) -> bool:
        """Return whether cases may be missing."""
        return self.complete not in ("", COMPLETE)

    def aged(self, day: date) -> bool:
        """Return whether on a day the value may be stated only with its date."""
        return bool(self.fresh_until) and day.isoformat() > self.fresh_until


NO_LIMITS = Limits()


def joined(found: Iterable[Limits]) -> Limits:
    """Return the limits of a result from several facts: the narrowest of each kind, without event or window."""
    limited = [each for each in found if each is not NO_LIMITS]
    if not limited:
        return NO_LIMITS
    return Limits(
        complete=least_complete(each.complete for each in limited),
        bases=tuple(dict.fromkeys(basis for each in limited for basis in each.bases)),
        grade=lowest_grade(each.grade for each in limited),
        fresh_until=min((each.fresh_until for each in limited if each.fresh_until), default=""),
        classes=tuple(dict.fromkeys(name for each in limited for name in each.classes)),
    )


def narrowed(own: Limits, whole: Limits) -> Limits:
    """Return a fact's own limits, narrowed by those of its denominator."""
    if whole is NO_LIMITS:
        return own
    return replace(joined((own, whole)), event=own.event, window=own.window, row=own.row)


def least_complete(states: Iterable[str]) -> str:
    """Return the narrowest of several states: "no", "listed", the earliest day, "yes", nothing."""
    found = set(states)
    for state in (INCOMPLETE, LISTED):
        if state in found:
            return state
    days = sorted(found - {"", COMPLETE})
    return days[0] if days else COMPLETE if COMPLETE in found else ""


def lowest_grade(grades: Iterable[str]) -> str:
    """Return the lowest of several grades; "" if none is declared."""
    return max((grade for grade in grades if grade), key=GRADES.index, default="")


def months_after(day: date, months: int) -> date:
    """Return the day a number of months later; in a shorter month its last day."""
    years, month = divmod(day.month - 1 + months, 12)
    if day.year + years > date.max.year:
        return date.max
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """Whether a table holds every case: `state` as in Limits, and the whole as a fact or a number, with sources.

    A table that lists of several days make complete has them as `lists`, in the order of those days, and as `state`
    the day of the newest.
    """

    state: str = ""
    whole_fact: str = ""
    whole: float | None = None
    sources: tuple[str, ...] = ()
    lists: tuple["CompleteList", ...] = ()

    def on(self, day: date) -> str:
        """Return the state on a day: that of the newest list published by then.

        Before the first list is published, a table is complete for the time that a later list covers.
        """
        published = [each.until for each in self.lists if each.published is None or each.published <= day]
        coming = [each.until for each in self.lists[:1] if not published]
        state = (published[-1:] or coming or [self.state])[0]
        until = period(state) if state else None
        if until and day <= until.last:
            return COMPLETE
        return INCOMPLETE if coming else state

    def dated(self, published: Mapping[str, date]) -> "Completeness":
        """Return it with the day on which each of its lists was published, the first of the sources of that list."""
        return replace(self, lists=tuple(each.dated(published) for each in self.lists))


@dataclass(frozen=True, kw_only=True)
class CompleteList:
    """A list that holds every case until a day; `published` is None if the source has no day of publication."""

    until: str
    sources: tuple[str, ...] = ()
    published: date | None = None

    def dated(self, published: Mapping[str, date]) -> "CompleteList":
        """Return it with the day on which the first of its sources was published."""
        days = [published[each] for each in self.sources if each in published]
        return replace(self, published=min(days, default=None))


NOT_DECLARED = Completeness()


@dataclass(frozen=True, kw_only=True)
class SeriesLimits:
    """Limits of the values of one series: months until a value needs its date, months between two (0: irregular).

    `ask` is the body that can give the next value, an id of the name table.
    """

    fresh_for: int | None = None
    every: int | None = None
    basis: str = ""
    event: str = ""
    complete: str = ""
    ask: str = ""

    @property
    def months_fresh(self) -> int | None:
        """Return for how many months a value is fresh: as declared, or twice its interval; None if neither is known."""
        if self.fresh_for is not None or not self.every:
            return self.fresh_for
        return PERIODS_FRESH * self.every


NO_SERIES_LIMITS = SeriesLimits()


@dataclass(frozen=True)
class SeriesFile:
    """The content of data/series.yml: the table, the column that names series, and the limits of each series."""

    table: str = ""
    by: str = ""
    series: Mapping[str, SeriesLimits] = field(default_factory=dict)


def parse_completeness(fields: Mapping[str, Node], problems: Problems) -> Completeness:
    """Read `complete:` and `whole:`.

    The first is yes, no, `{until: DAY, source: …}` or a list of these, the second a fact or `{number: N, source: …}`.
    """
    made = _complete(fields["complete"], problems) if "complete" in fields else NOT_DECLARED
    if "whole" not in fields:
        return made
    whole = fields["whole"]
    if whole.kind != "mapping":
        return replace(made, whole_fact=as_text(whole, problems))
    parts = as_mapping(whole, problems, ("number", "source"))
    number = as_number(parts["number"], problems) if "number" in parts else 0.0
    return replace(made, whole=number, sources=(*made.sources, *as_texts(parts.get("source"), problems)))


def _complete(node: Node, problems: Problems) -> Completeness:
    if node.kind != "list":
        state, sources = _state(node, problems)
        made = Completeness(state=state, sources=sources)
        return replace(made, lists=(CompleteList(until=state, sources=sources),)) if period(state) else made
    lists = tuple(sorted((_list(each, problems) for each in as_list(node, problems)), key=lambda each: each.until))
    sources = tuple(dict.fromkeys(source for each in lists for source in each.sources))
    return Completeness(state=lists[-1].until if lists else "", sources=sources, lists=lists)


def _list(node: Node, problems: Problems) -> CompleteList:
    fields = as_mapping(node, problems, ("until", "source"))
    until = as_day(fields["until"], problems) if "until" in fields else ""
    return CompleteList(until=until, sources=as_texts(fields.get("source"), problems))


def _state(node: Node, problems: Problems) -> tuple[str, tuple[str, ...]]:
    if node.kind != "mapping":
        state = as_choice(node, ("yes", "no", "true", "false"), problems, tr("a state: yes, no, or {{until: DAY}}"))
        return {"true": COMPLETE, "false": INCOMPLETE}.get(state, state), ()
    fields = as_mapping(node, problems, optional=("is", "until", "source"))
    sources = as_texts(fields.get("source"), problems)
    if ("is" in fields) == ("until" in fields):
        problems.append(Problem(node.place, tr("one of 'is' and 'until' is needed here")))
        return "", sources
    if "is" in fields:
        return _state(fields["is"], problems)[0], sources
    return as_day(fields["until"], problems), sources


def parse_series_limits(node: Node, problems: Problems) -> SeriesFile:
    """Read data/series.yml; `with_series_limits` checks that its table and column exist."""
    fields = as_mapping(node, problems, ("table", "by", "series"))
    each = as_mapping(fields["series"], problems, optional=None) if "series" in fields else {}
    return SeriesFile(
        table=as_text(fields["table"], problems) if "table" in fields else "",
        by=as_text(fields["by"], problems) if "by" in fields else "",
        series={name: _series(child, problems) for name, child in each.items()},
    )


def _series(node: Node, problems: Problems) -> SeriesLimits:
    fields = as_mapping(node, problems, optional=_SERIES)
    every = as_choice(fields["every"], MONTHS, problems, tr("a time between two values")) if "every" in fields else ""
    return SeriesLimits(
        every=MONTHS[every] if every else None,
        fresh_for=parse_months(fields["fresh_for"], problems) if "fresh_for" in fields else None,
        basis=as_text(fields["basis"], problems) if "basis" in fields else "",
        event=as_text(fields["event"], problems) if "event" in fields else "",
        complete=_state(fields["complete"], problems)[0] if "complete" in fields else "",
        ask=as_text(fields["ask"], problems) if "ask" in fields else "",
    )


def parse_months(node: Node, problems: Problems) -> int:
    """Read the number of months for which a value is stated without its date."""
    return as_integer(node, problems, least=1, most=MAX_FRESH_MONTHS)


def parse_states(fields: Mapping[str, Node], problems: Problems) -> tuple[str, str]:
    """Read `states:` and `place:`: who set a value, and the place in the source, which is required for a source."""
    states = as_choice(fields["states"], STATES, problems, tr("who states the value")) if "states" in fields else ""
    stated_at = as_text(fields["place"], problems) if "place" in fields else ""
    if states == "source" and "place" not in fields:
        hint = tr("say where in the source the value is, or write 'states: chosen'")
        problems.append(Problem(fields["states"].place, tr("'place' is missing"), hint))
    if "place" in fields and states != "source":
        problems.append(Problem(fields["place"].place, tr("only a value that a source states can have a place")))
    return states, stated_at
