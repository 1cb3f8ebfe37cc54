"""Tell whether facts compare in time: of one day or session, or values of one series, and where it has gaps."""

import math
from collections.abc import Sequence
from datetime import date
from itertools import combinations

from jianbao.data.claim_limits import gaps_between
from jianbao.data.dates import period
from jianbao.data.facts import Fact


def compare_in_time(one: Fact, other: Fact) -> bool:
    """Return whether two facts are of one day or session, or values of one series, which compare over time.

    Nine months do not compare with a year, but with the same nine months.
    """
    if not all(each.cells or each.parents for each in (one, other)):
        return True
    days, others = period(one.as_of), period(other.as_of)
    if not days or not others:
        return True
    if days.interval or others.interval:
        months = {tuple((day.month, day.day) for day in (each.first, each.last)) for each in (days, others)}
        return len(months) == 1 and (days == others or one_series(one, other))
    if one.limits.event[:1] == other.limits.event[:1] != ():
        together = one.limits.event == other.limits.event
    else:
        together = days.first <= others.last and others.first <= days.last
    return together or one_series(one, other)


def one_series(one: Fact, other: Fact) -> bool:
    """Return whether two facts are values of one quantity at two times."""
    if one.series and one.series == other.series:
        return True
    if one.limits.base or other.limits.base:
        return True
    families = {(each.id.rpartition(".")[0], each.about[:-1]) for each in (one, other)}
    return len(families) == 1 and all(_of_a_year(each) for each in (one, other))


def _of_a_year(fact: Fact) -> bool:
    return bool(fact.about) and fact.about[-1] == fact.as_of[:4]


def days_of(one: Fact, other: Fact) -> dict[str, object]:
    """Return two facts and their days as the values of a reason."""
    return {"one": one.id, "day": one.as_of, "other": other.id, "other_day": other.as_of}


def apart(facts: Sequence[Fact]) -> tuple[Fact, Fact] | None:
    """Return two of some facts that do not compare in time."""
    return next((pair for pair in combinations(facts, 2) if not compare_in_time(*pair)), None)


def complete_since(facts: Sequence[Fact], since: float, before: float) -> date | None:
    """Return the day since which the values of one series have no gap in a span of years.

    None if it has none there, or if the facts are no series. What is usual is seen from the whole series.
    """
    days = sorted({day for each in facts if (day := last_day(each))})
    if not (len(days) == len(facts) > 1 and all(one_series(facts[0], each) for each in facts)):
        return None
    if len(days) < 3:
        return days[-1]
    gaps = [end for start, end in gaps_between(days) if end.year > since and start.year < before - 1]
    return next(iter(gaps), days[0] if -math.inf < since < days[0].year else None)


def last_day(fact: Fact) -> date | None:
    """Return the last day of the period of a fact, None if it has none."""
    day = period(fact.as_of)
    return day.last if day else None
