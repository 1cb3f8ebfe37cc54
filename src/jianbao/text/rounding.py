"""Filters that choose which value of a fact is shown, and how precisely, before another filter writes it."""

from dataclasses import replace

from jianbao.core.messages import tr
from jianbao.data.dates import period
from jianbao.data.facts import Fact
from jianbao.data.limits import COMPLETE, Window
from jianbao.text.formatter import COMPARATORS, YEAR, Shown, UnsayableError, exact, significant

MOST = 9  # the most digits that a filter may ask for


def digits(shown: Shown, number: int) -> Shown:
    """Round to significant digits, the same in every language."""
    return replace(shown, digits=_within(number, 1, MOST))


def decimals(shown: Shown, number: int) -> Shown:
    """Print with so many decimals."""
    return replace(shown, decimals=_within(number, 0, MOST))


def _within(number: int, least: int, most: int) -> int:
    if not least <= number <= most:
        raise UnsayableError(
            tr("{number} digits are not between {least} and {most}", number=number, least=least, most=most)
        )
    return number


def base(shown: Shown) -> Shown:
    """Show the denominator."""
    if shown.fact.of is None:
        raise UnsayableError(tr("{fact} has no denominator", fact=shown.fact.id), tr("add `of:` to its measure"))
    return replace(shown, fact=replace(shown.fact, value=shown.fact.of, of=None, low=None, high=None, comparator="="))


def low(shown: Shown) -> Shown:
    """Show the lower end of the interval."""
    return replace(shown, fact=end_of(shown.fact, shown.fact.low))


def high(shown: Shown) -> Shown:
    """Show the upper end of the interval."""
    return replace(shown, fact=end_of(shown.fact, shown.fact.high))


def end_of(fact: Fact, value: float | None) -> Fact:
    """Return a fact with one end of the interval as its value; raises UnsayableError if there is no interval."""
    if value is None:
        raise UnsayableError(tr("{fact} has no interval", fact=fact.id))
    return replace(fact, value=value, low=None, high=None, comparator="=")


def magnitude(shown: Shown) -> Shown:
    """Show the absolute value, with its interval."""
    fact = shown.fact
    if fact.number >= 0:
        return shown
    ends = [None if end is None else -end for end in (fact.high, fact.low)]
    return replace(shown, fact=replace(fact, value=-fact.number, low=ends[0], high=ends[1]))


def as_of(shown: Shown, earlier: int = 0) -> Shown:
    """Show the date of the fact itself, or the year that is so many years earlier."""
    day = shown.fact.as_of
    written = f"{int(day[:YEAR]) - earlier}" if earlier and day else day
    return replace(shown, fact=replace(shown.fact, kind="date", value=written))


def at_least(shown: Shown) -> Shown:
    """Write "at least" if the fact was counted from an incomplete table; a complete count is unchanged."""
    fact = shown.fact
    return replace(shown, hedge="at_least") if fact.limits.incomplete and fact.low != fact.high else shown


def since(shown: Shown) -> Shown:
    """Show the day since which a value is the greatest or least."""
    window = _window(shown.fact)
    return replace(shown, fact=replace(shown.fact, kind="date", value=window.first))


def among(shown: Shown) -> Shown:
    """Show the number of values of which one is the greatest or least."""
    fact, window = shown.fact, _window(shown.fact)
    count = replace(fact, kind="number", value=float(window.values), unit="", of=None, low=None, high=None)
    return replace(shown, fact=replace(count, comparator="="))


def _window(fact: Fact) -> Window:
    if fact.limits.window is None:
        raise UnsayableError(
            tr("{fact} is not the greatest or least of a window", fact=fact.id), tr("it must be a 'best' or 'worst'")
        )
    return fact.limits.window


def known_until(shown: Shown) -> Shown:
    """Show the day until which the rows of a fact are complete; if they are without end, the date of the fact."""
    fact = shown.fact
    until = fact.as_of if fact.limits.complete == COMPLETE else fact.limits.complete
    if period(until) is None:
        raise UnsayableError(
            tr("the rows of {fact} are not declared complete until a day", fact=fact.id),
            tr("write 'complete: {{until: DAY}}' at the table"),
        )
    return replace(shown, fact=replace(fact, kind="date", value=until))


def about(shown: Shown) -> Shown:
    """Write "about" before the figure."""
    return replace(shown, hedge="about")


def roundly(shown: Shown, number: int) -> Shown:
    """Round to significant digits, and write "nearly" or "more than" if the value is below or above the figure."""
    value = exact(shown.fact.number)
    round_figure = significant(value, _within(number, 1, MOST))
    side = "nearly" if value < round_figure else "more_than" if value > round_figure else ""
    return replace(shown, digits=number, hedge="" if COMPARATORS.get(shown.fact.comparator) else side)
