"""How each language writes quantities: numbers of things, scores, ranks, intervals and money."""

from dataclasses import replace
from decimal import Decimal

from jianbao.argument.numbers import Shown, UnsayableError, Writer, exact, rounded, trimmed, with_text
from jianbao.argument.precision import end_of
from jianbao.argument.shares import as_percent, parts_of, share
from jianbao.argument.vocabulary import Unit
from jianbao.evidence.facts import Fact

TIMES = 10  # the ratio below which "times" may be spelled


def as_number(writer: Writer, shown: Shown) -> Shown:
    """Write the bare number, a share as a percentage or, of few, as a count."""
    if writer.unit(shown.fact.unit).kind in ("share", "percent"):
        return share(writer, shown)
    figure = writer.figure(writer.measured(shown))
    return with_text(shown, writer.hedged(shown, figure, counted=_things(writer, shown.fact)))


def _things(writer: Writer, fact: Fact) -> bool:
    unit = writer.unit(fact.unit)
    return bool(fact.unit) and unit.kind == "count" and not unit.figures


def words(writer: Writer, shown: Shown) -> Shown:
    """Write a small whole number in words where the language does so."""
    number = writer.measured(shown)
    return with_text(shown, writer.hedged(shown, small(writer, shown, number), counted=True))


def small(writer: Writer, shown: Shown, number: Decimal) -> str:
    """Return a small whole number in words where the language spells it, any other as a figure."""
    whole = number == number.to_integral_value() and 0 <= number < writer.style.spelled_below
    spelled = whole and not writer.figures and not writer.unit(shown.fact.unit).figures
    return (writer.style.spell(int(number)) if spelled else "") or writer.figure(number)


def counted(writer: Writer, shown: Shown, noun: str = "") -> Shown:
    """Write the number with the measure word and the noun of its unit, or of another unit of the vocabulary."""
    number = writer.measured(shown)
    return with_text(shown, writer.hedged(shown, counted_text(writer, shown, number, noun), counted=True))


def counted_text(writer: Writer, shown: Shown, number: Decimal, noun: str) -> str:
    """Return a number with measure word and noun."""
    unit = writer.declared(noun or shown.fact.unit)
    if unit.kind != "count":
        raise UnsayableError(f"'{unit.id}' is no unit of things that are counted", f"its kind is {unit.kind}")
    figure = writer.figure(number) if unit.figures else small(writer, shown, number)
    thing = writer.noun(unit, number)
    return figure + unit.form(writer.language, "measure") + (writer.style.join + thing if thing else "")


def tally(writer: Writer, shown: Shown) -> Shown:
    """Write the number with the measure word of its unit and no noun, where the noun has just been said."""
    number = writer.measured(shown)
    unit = writer.unit(shown.fact.unit)
    figure = writer.figure(number) if unit.figures or shown.decimals else small(writer, shown, number)
    text = figure + unit.form(writer.language, "measure")
    return with_text(shown, writer.hedged(shown, text, counted=_things(writer, shown.fact)))


def noun(writer: Writer, shown: Shown, name: str = "") -> Shown:
    """Write only the noun, in the form that agrees with the number; it states no value."""
    unit = writer.declared(name or shown.fact.unit)
    return replace(shown, text=writer.noun(unit, writer.measured(shown)), silent=True)


def plural(writer: Writer, shown: Shown, one: str, other: str) -> Shown:
    """Choose a word by the number, as a verb agrees with it; it states no value."""
    form = writer.locale.plural_form(abs(writer.measured(shown)))
    return replace(shown, text=one if form == "one" else other, silent=True)


def times(writer: Writer, shown: Shown) -> Shown:
    """Write a ratio as so many times."""
    number = trimmed(rounded(exact(shown.fact.number), shown.decimals if shown.decimals is not None else 1))
    if number == Decimal(2):
        return with_text(shown, writer.hedged(shown, writer.word("twice")))
    figure = small(writer, shown, number) if number < TIMES else writer.figure(number)
    return with_text(shown, writer.hedged(shown, writer.word("times", figure)))


def score(writer: Writer, shown: Shown) -> Shown:
    """Write a score with one decimal."""
    places = shown.decimals if shown.decimals is not None else 1
    return with_text(shown, writer.plain(rounded(exact(shown.fact.number), places)))


def signed(writer: Writer, shown: Shown) -> Shown:
    """Write the number with its sign, as tables show changes."""
    number = writer.measured(shown)
    return with_text(shown, writer.word("plus", writer.figure(number)) if number > 0 else writer.figure(number))


def ordinal(writer: Writer, shown: Shown) -> Shown:
    """Write the number of a rank."""
    return with_text(shown, writer.ordinal(rounded(exact(shown.fact.number), 0)))


def rank(writer: Writer, shown: Shown, noun: str = "") -> Shown:
    """Write a rank and of how many."""
    _, whole = parts_of(writer, shown.fact)
    measure = writer.declared(noun).form(writer.language, "measure") if noun else ""
    nth = writer.ordinal(rounded(exact(shown.fact.number), 0))
    return with_text(shown, writer.word("rank_of", nth=nth, whole=writer.figure(whole), measure=measure))


def interval(writer: Writer, shown: Shown) -> Shown:
    """Write the interval in the way of its unit: both ends with %, a shared currency, ranks as ranks."""
    unit = writer.unit(shown.fact.unit)
    ends = [replace(shown, fact=end_of(shown.fact, end)) for end in (shown.fact.low, shown.fact.high)]
    if unit.kind in ("share", "percent"):
        texts = [as_percent(writer, end).text or "" for end in ends]
        return with_text(shown, writer.word("range", low=texts[0], high=texts[1]))
    numbers = [writer.measured(end) for end in ends]
    figures = [writer.figure(number, like=max(numbers, key=abs)) for number in numbers]
    if unit.kind == "rank":
        nth = [writer.ordinal(number) for number in numbers]
        holes = {"low": figures[0], "high": figures[1], "nth_low": nth[0], "nth_high": nth[1]}
        return with_text(shown, writer.word("rank_range", **holes))
    if unit.kind == "money":
        return with_text(shown, _money_range(writer, unit, figures))
    return with_text(shown, writer.word("range", low=figures[0], high=figures[1]))


def _money_range(writer: Writer, unit: Unit, figures: list[str]) -> str:
    pattern = unit.form(writer.language, "pattern")
    before, _, after = pattern.partition("{}")  # what stands before a figure is said of both, what follows once
    return writer.word("range", low=before + figures[0], high=before + figures[1]) + after


def money(writer: Writer, shown: Shown) -> Shown:
    """Write an amount with its currency."""
    unit = writer.declared(shown.fact.unit)
    if unit.kind != "money":
        raise UnsayableError(f"{shown.fact.id} is in '{unit.id}', which is not money")
    number = writer.measured(shown)
    text = unit.form(writer.language, "pattern").format(writer.figure(abs(number)))
    return with_text(shown, writer.hedged(shown, writer.word("minus", text) if number < 0 else text))
