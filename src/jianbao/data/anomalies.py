"""Find outliers: values that differ too much from their series."""

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from itertools import pairwise
from math import inf, log, log10, sqrt
from statistics import median
from typing import NamedTuple

from jianbao.core.errors import Place
from jianbao.core.messages import Translatable, tr
from jianbao.data.dates import Period, period
from jianbao.data.records import key_of
from jianbao.data.tables import Table, last_known

# Usual slips in decimal places: thousands and millions, and the ten thousands and hundred millions of Chinese
POWERS_OF_TEN = (3, 4, 6, 8)
NEAR = 0.35  # decimal places: a value with a wrong power of ten is otherwise within about twice or half of the others
ABSURD = 2.0  # decimal places: no yearly value is a hundred times the others
FAR = 3.5  # robust standard scores, after Iglewicz and Hoaglin (1993), How to detect and handle outliers
FEWEST = 5  # the least number of changes from which the usual change is estimated
# If the median change is zero there is no scale; the least scale is the usual change of a steady series (an eighth).
STEADY = log(9 / 8) / FAR
MAD = 1.4826  # makes the median absolute deviation the standard deviation of a normal distribution


@dataclass(frozen=True, kw_only=True)
class AnomalyRule:
    """The series in a table: one for each combination of the columns `by`, ordered by the dates in `at`.

    `unit` and `comparator` are columns beside the value, or "". `cumulative` has by column the series that only grow,
    `shares` the units of shares.
    """

    table: str
    value: str
    at: str
    by: tuple[str, ...] = ()
    unit: str = ""
    comparator: str = ""
    cumulative: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shares: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """An outlier that was accepted as correct, and the reason."""

    table: str
    column: str
    key: Mapping[str, str]
    value: float
    kind: str
    because: str
    place: Place


@dataclass(frozen=True)
class AnomalyRules:
    """The series to be checked, and the accepted outliers."""

    watched: tuple[AnomalyRule, ...] = ()
    accepted: tuple[Acceptance, ...] = ()


NO_ANOMALY_RULES = AnomalyRules()


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """The earlier value from which an outlier fell or jumped: its row, the value, and its date as written.

    `fits` compares how many rows contradict the outlier and this value: more contradict the outlier, fewer (below
    zero), or equally many (zero).
    """

    row: int
    value: float
    written: str
    key: Mapping[str, str] = field(hash=False)
    fits: int = 0


@dataclass(frozen=True, kw_only=True)
class Anomaly:
    """An outlier: its kind, its row, a description; `meant` is the probable value if it is a typing error.

    `written` is its time, `earlier` the value from which it fell or leapt.
    """

    kind: str
    table: str
    place: Place
    key: Mapping[str, str] = field(hash=False)
    value: float
    what: Translatable
    written: str
    meant: float | None = None
    earlier: Earlier | None = None


@dataclass(frozen=True, kw_only=True)
class _Observation:
    row: int
    value: float
    when: Period
    written: str
    unit: str
    comparator: str
    key: Mapping[str, str]

    @property
    def bounds(self) -> tuple[float, float]:
        """Return the bounds of the true value, lower and upper."""
        return {
            "=": (self.value, self.value),
            ">": (self.value, inf),
            "<": (-inf, self.value),
        }.get(self.comparator, (-inf, inf))


def anomalies(rules: AnomalyRules, tables: Mapping[str, Table]) -> Iterator[Anomaly]:
    """Yield every outlier, series by series; a value with several kinds is yielded once, with the most serious one."""
    for watch in rules.watched:
        if watch.table not in tables:
            continue
        table = last_known(tables[watch.table])
        for keys, seen in _series(watch, table).items():
            growing = any(key in watch.cumulative.get(column, ()) for column, key in zip(watch.by, keys, strict=True))
            known: set[int] = set()
            for odd in _outliers(watch, seen, growing):
                if odd.seen.row not in known:
                    known.add(odd.seen.row)
                    yield Anomaly(
                        kind=odd.kind,
                        table=watch.table,
                        place=Place(table.file, odd.seen.row, watch.value),
                        key=odd.seen.key,
                        value=odd.seen.value,
                        what=odd.what,
                        written=odd.seen.written,
                        meant=odd.meant,
                        earlier=odd.earlier,
                    )


def _series(watch: AnomalyRule, table: Table) -> dict[tuple[str, ...], list[_Observation]]:
    """Return the values of each series in order of time; intervals are left out, as nine months are no year."""
    frame = table.frame
    names = {*watch.by, watch.value, watch.at, watch.unit, watch.comparator, *table.schema.key} - {""}
    numbers = frame[watch.value].astype(float).tolist()
    columns = {name: [key_of(cell) for cell in frame[name]] for name in names}
    found: dict[tuple[str, ...], list[_Observation]] = {}
    for position, row in enumerate(frame.index.tolist()):
        cells = {name: column[position] for name, column in columns.items()}
        when = period(cells[watch.at]) if cells[watch.at] else None
        if when is None or when.interval or not cells[watch.value]:
            continue
        key = {name: cells[name] for name in table.schema.key if cells[name]}
        unit, comparator = cells.get(watch.unit, ""), cells.get(watch.comparator, "=")
        seen = _Observation(
            row=row,
            value=numbers[position],
            when=when,
            written=cells[watch.at],
            unit=unit,
            comparator=comparator,
            key=key,
        )
        found.setdefault(tuple(cells[name] for name in watch.by), []).append(seen)
    return {keys: sorted(each, key=lambda seen: (seen.when.last, seen.row)) for keys, each in found.items()}


class _Outlier(NamedTuple):
    kind: str
    seen: _Observation
    what: Translatable
    meant: float | None = None
    earlier: Earlier | None = None


def _outliers(watch: AnomalyRule, seen: Sequence[_Observation], growing: bool) -> Iterator[_Outlier]:
    """Yield the outliers, the most certain first; each is left out when the remaining values are tested."""
    tests = (_unlike_units, partial(_beyond_shares, watch.shares), _wrong_powers_of_ten)
    for test in tests:
        found = [*test(seen)]
        yield from found
        rows = {odd.seen.row for odd in found}
        seen = [each for each in seen if each.row not in rows]
    if growing:
        yield from _decreases(seen)
    yield from _unusual_changes(seen)


def _unlike_units(seen: Sequence[_Observation]) -> Iterator[_Outlier]:
    """Yield the values in another unit than most of their series; of two values, the one in the later row."""
    units = [each.unit for each in sorted(seen, key=lambda each: each.row)]
    usual = max(units, key=Counter(units).__getitem__) if units else ""
    for each in seen:
        if each.unit != usual:
            what = tr("the unit is '{unit}', that of the rest of the series '{usual}'", unit=each.unit, usual=usual)
            yield _Outlier("unit", each, what)


def _wrong_powers_of_ten(seen: Sequence[_Observation]) -> Iterator[_Outlier]:
    """Yield the values that differ from the median of the others by a power of ten of POWERS_OF_TEN."""
    positive = [each for each in seen if each.value > 0]
    logs = sorted(log10(each.value) for each in positive)
    last = max((each.row for each in positive), default=0)
    for each in positive if len(positive) > 1 else ():
        if len(positive) == 2 and each.row < last:
            continue  # of two values that differ, the one in the later row is examined
        away = log10(each.value) - _median_without(logs, log10(each.value))
        if abs(away) < ABSURD:
            continue
        way = tr("large") if away > 0 else tr("small")
        said = tr(
            "{wrote} is about {factor} times too {way} beside the rest of the series",
            wrote=write_value(each.value),
            factor=_factor(abs(away)),
            way=way,
        )
        places = next((places for places in POWERS_OF_TEN if abs(abs(away) - places) <= NEAR), 0)
        meant = each.value / 10**places if away > 0 else each.value * 10**places
        if places:
            what = tr("{said}: {meant} may be meant", said=said, meant=write_value(meant))
            yield _Outlier("slip", each, what, meant)
        else:
            yield _Outlier("slip", each, said)


def _median_without(ordered: Sequence[float], one: float) -> float:
    """Return the median of sorted numbers without one of them."""
    gone, rest = bisect_left(ordered, one), len(ordered) - 1
    low, high = ((rest - 1) // 2, rest // 2)
    return (ordered[low + (low >= gone)] + ordered[high + (high >= gone)]) / 2


def _factor(places: float) -> str:
    return f"{10 ** round(places):,}"


def _beyond_shares(units: Collection[str], seen: Iterable[_Observation]) -> Iterator[_Outlier]:
    for each in seen:
        if each.unit in units and not 0 <= each.value <= 1:
            meant = each.value / 100 if 1 < each.value <= 100 else None
            what = tr("{value} is not a share: a share is between 0 and 1", value=write_value(each.value))
            yield _Outlier("share", each, what, meant)


def _decreases(seen: Sequence[_Observation]) -> Iterator[_Outlier]:
    """Yield the values that are less than the highest before them, and how many rows contradict either one."""
    highest: _Observation | None = None
    against = _contradictions(seen)
    for each in seen:
        if highest and each.bounds[1] < highest.bounds[0]:
            before = tr(
                "{highest} of {written}, row {row}",
                highest=write_value(highest.value),
                written=highest.written,
                row=highest.row,
            )
            what = tr(
                "{value} is less than the {before}, though the series only grows",
                value=write_value(each.value),
                before=before,
            )
            fits = against[each.row] - against[highest.row]
            yield _Outlier("fall", each, what, earlier=_earlier(highest, fits))
        if highest is None or each.bounds[0] > highest.bounds[0]:
            highest = each


def _contradictions(seen: Sequence[_Observation]) -> dict[int, int]:
    """Return for each row how many others contradict it: greater ones before it, and less ones after it."""
    found: dict[int, int] = {}
    before: list[float] = []
    for each in seen:
        found[each.row] = len(before) - bisect_right(before, each.bounds[1])
        insort(before, each.bounds[0])
    after: list[float] = []
    for each in reversed(seen):
        found[each.row] += bisect_left(after, each.bounds[0])
        insort(after, each.bounds[1])
    return found


def _earlier(each: _Observation, fits: int = 0) -> Earlier:
    return Earlier(row=each.row, value=each.value, written=each.written, key=each.key, fits=fits)


def _unusual_changes(seen: Sequence[_Observation]) -> Iterator[_Outlier]:
    """Yield the values whose change is far from the median change, by the median absolute deviation.

    Changes are differences of logarithms, so that growth by a constant factor is ordinary. The scale is at least that
    of a steady series, and at least the chance variation of counts (the square root of their number, after Poisson).
    """
    if len(seen) <= FEWEST or any(each.value <= 0 for each in seen):
        return
    changes = _changes(seen)
    middle = median(changes)
    spread = max(MAD * median(abs(change - middle) for change in changes), STEADY)
    for (earlier, later), change in zip(pairwise(seen), changes, strict=True):
        score = abs(change - middle) / max(spread, _chance_variation(earlier.value, later.value))
        if score > FAR:
            way = tr("up") if change > 0 else tr("down")
            moved = tr(
                "from {earlier} ({before}) {way} to {later} ({after})",
                earlier=write_value(earlier.value),
                before=earlier.written,
                way=way,
                later=write_value(later.value),
                after=later.written,
            )
            what = tr(
                "{moved} is {score:.1f} times the usual spread of changes in this series", moved=moved, score=score
            )
            yield _Outlier("leap", later, what, earlier=_earlier(earlier))


def _changes(seen: Sequence[_Observation]) -> list[float]:
    """Return the changes of the logarithm, divided by the square root of the time they took, as for a random walk."""
    gaps = [max((later.when.last - earlier.when.last).days, 1) for earlier, later in pairwise(seen)]
    usual = median(gaps)
    return [
        log(later.value / earlier.value) / sqrt(max(gap / usual, 1.0))
        for (earlier, later), gap in zip(pairwise(seen), gaps, strict=True)
    ]


def _chance_variation(earlier: float, later: float) -> float:
    counts = earlier.is_integer() and later.is_integer()
    return sqrt(1 / earlier + 1 / later) if counts else 0.0


def write_value(value: float) -> str:
    """Return a number as a table writes it: digits, without an exponent."""
    return format(Decimal(f"{value:.15g}"), "f")
