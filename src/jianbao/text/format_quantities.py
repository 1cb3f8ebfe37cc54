"""Write quantities in each language: counts, shares, percentage points, ranks, intervals, likelihood, money; days."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from jianbao.core.messages import tr, tr_later
from jianbao.data.dates import period
from jianbao.data.facts import Fact
from jianbao.text.formatter import (
    Shown,
    UnsayableError,
    Writer,
    exact,
    rounded,
    significant,
    trimmed,
    with_text,
    write_date,
)
from jianbao.text.numbers import end_of
from jianbao.text.vocabulary import PATTERN, SCALED, Unit

RUN = 3  # numbers in a row that are written as a range
SMALL, SHARE = 20, 100  # least denominators for a percentage beside the count, and for a percentage alone
DAY, MONTH = 10, 7  # characters of a date that is a day or a month
SINCE: Mapping[int, str] = {DAY: tr_later("on {day}"), MONTH: tr_later("in {day}")}  # a date within a sentence
PLURALS = ("one", "two", "few", "many", "other")


def number_forms(writer: Writer, number: Decimal) -> Iterator[str]:
    """Yield the forms in which a language may print a number: with or without groups of digits, and in a scale (万)."""
    yield from (writer.plain(number), writer.plain(number, grouping=True), writer.plain(number, grouping=False))
    yield writer.figure(number)


def unit_nouns(writer: Writer, unit_id: str) -> Iterator[str]:
    """Yield the nouns of a unit in a language, or its measure word if it has none."""
    unit = writer.unit(unit_id)
    nouns = [form for key in PLURALS if (form := unit.forms.get(writer.language, {}).get(key, ""))]
    yield from nouns or filter(None, [unit.form(writer.language, "measure")])


def new_days(days: Iterable[tuple[str, str]], writers: Sequence[Writer]) -> dict[str, str]:
    """Return the new date for each way to write the old one, as a day and as a month, from pairs of ISO dates.

    An old month that contains the new date becomes its day. The longest forms come first.
    """
    known = [(old, new) for old, new in days if (first := period(old)) and (then := period(new)) and first != then]
    found = dict[str, str]()
    for old, new in (pair for pair in known if "/" not in "".join(pair)):
        for length in (each for each in (DAY, MONTH) if len(old) >= each <= len(new)):
            cut = len(new) if new[:length] == old[:length] else length
            for each in writers:
                was, now = write_date(old[:length], each.locale), write_date(new[:cut], each.locale)
                phrases = [
                    tr(SINCE[part], day=day).in_language(each.language) for part, day in ((length, was), (cut, now))
                ]
                found |= {phrases[0]: phrases[1], was: now}
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def _ratio(writer: Writer, fact: Fact) -> Decimal:
    """Return a fact as a share from 0 to 1: its value over its denominator, unless it is a share already."""
    kind = writer.unit(fact.unit).kind
    if kind == "percent":
        return exact(fact.number) / 100
    if kind == "share" or not fact.of:
        return exact(fact.number)
    return exact(fact.number) / exact(fact.of)


def parts_of(writer: Writer, fact: Fact) -> tuple[Decimal, Decimal]:
    """Return a count and its denominator; raises UnsayableError if the fact has no denominator."""
    if not fact.of:
        raise UnsayableError(tr("{fact} has no denominator", fact=fact.id), tr("add `of:` to its measure"))
    whole = exact(fact.of)
    part = rounded(exact(fact.number) * whole, 0) if writer.unit(fact.unit).kind == "share" else exact(fact.number)
    return trimmed(part), trimmed(whole)


def percentage(writer: Writer, ratio: Decimal, places: int, figures: int | None = None) -> str:
    """Return a ratio (0 to 1) in per cent, with `places` decimals or `figures` significant digits.

    It is 0% only for zero and 100% only for one; otherwise "less than" or "more than" is written.
    """
    value = ratio * 100
    shown = rounded(value, places) if figures is None else trimmed(significant(value, figures))
    step = Decimal(1).scaleb(-places)
    if value and not shown:
        return writer.word("less_than", writer.word("percent", writer.plain(step)))
    if shown == 100 and value < 100:
        return writer.word("more_than", writer.word("percent", writer.plain(100 - step)))
    return writer.word("percent", writer.plain(shown))


def as_percent(writer: Writer, shown: Shown, number: int | None = None) -> Shown:
    """Write a share in per cent, without decimals unless asked for.

    Raises UnsayableError for a denominator below SMALL.
    """
    if shown.fact.of and shown.fact.of < SMALL:
        raise UnsayableError(
            tr(
                "{fact} is a share of only {whole:g}, too few for a percentage", fact=shown.fact.id, whole=shown.fact.of
            ),
            tr("use `of`"),
        )
    places = number if number is not None else shown.decimals or 0
    return with_text(shown, writer.hedged(shown, percentage(writer, _ratio(writer, shown.fact), places, shown.digits)))


def of(writer: Writer, shown: Shown, percent: bool = True, noun: str = "") -> Shown:
    """Write a count of its whole ("6 of 8"), with the percentage if the whole is at least SMALL."""
    part, whole = parts_of(writer, shown.fact)
    unit = writer.declared(noun) if noun else writer.unit(shown.fact.unit)
    measure = unit.form(writer.language, "measure")
    text = writer.word("part_of", part=writer.figure(part), whole=writer.figure(whole), measure=measure)
    if percent and whole >= SMALL:
        share_text = percentage(writer, part / whole, shown.decimals or 0)
        text = writer.word("with_percent", text=text, percent=share_text)
    return with_text(shown, writer.hedged(shown, text))


def share(writer: Writer, shown: Shown, number: int | None = None) -> Shown:
    """Write a share in per cent; below a whole of SHARE with the count beside it, below SMALL as the count alone."""
    if shown.fact.of and shown.fact.of < SHARE:
        return of(writer, replace(shown, decimals=number))
    return as_percent(writer, shown, number)


def points(writer: Writer, shown: Shown, number: int = 1) -> Shown:
    """Write a difference of two shares in percentage points."""
    scale = 1 if writer.unit(shown.fact.unit).kind == "percent" else 100
    value = exact(shown.fact.number) * scale
    figure = rounded(value, number)
    if value and not figure:
        step = writer.word("points", writer.plain(Decimal(1).scaleb(-number)))
        return with_text(shown, writer.word("less_than", step))
    one = writer.locale.plural_form(abs(figure)) == "one"
    return with_text(shown, writer.hedged(shown, writer.word("point" if one else "points", writer.plain(figure))))


def likely(writer: Writer, shown: Shown, number: bool = False) -> Shown:
    """Write the likelihood word for a share of draws ("very likely"), with `number` also the share itself."""
    ratio = _ratio(writer, shown.fact)
    steps = writer.vocabulary.likelihood
    text = next((step[writer.language] for start, step in steps if ratio >= exact(start)), "")
    if not text or ratio > 1:
        raise UnsayableError(
            tr("{fact} is {number:g}, not a probability", fact=shown.fact.id, number=shown.fact.number)
        )
    if number:
        text = writer.word("with_percent", text=text, percent=percentage(writer, ratio, 0))
    return with_text(shown, text)


TIMES = 10  # a ratio below this may be spelled out before "times"


def as_number(writer: Writer, shown: Shown) -> Shown:
    """Write the number without its unit; a share as by `share`."""
    if writer.unit(shown.fact.unit).kind in ("share", "percent"):
        return share(writer, shown)
    figure = writer.figure(writer.measured(shown))
    return with_text(shown, writer.hedged(shown, figure, counted=_counts_things(writer, shown.fact)))


def _counts_things(writer: Writer, fact: Fact) -> bool:
    unit = writer.unit(fact.unit)
    return bool(fact.unit) and unit.kind == "count" and not unit.figures


def words(writer: Writer, shown: Shown) -> Shown:
    """Write a small whole number in words if the language does so."""
    number = writer.measured(shown)
    return with_text(shown, writer.hedged(shown, small(writer, shown, number), counted=True))


def small(writer: Writer, shown: Shown, number: Decimal) -> str:
    """Return a small whole number in words if the language spells it, any other number in digits."""
    whole = number == number.to_integral_value() and 0 <= number < writer.style.spelled_below
    spelled = whole and not writer.figures and not writer.unit(shown.fact.unit).figures
    return (writer.style.spell(int(number)) if spelled else "") or writer.figure(number)


def counted(writer: Writer, shown: Shown, noun: str = "") -> Shown:
    """Write the number with the measure word and the noun of its unit, or of another unit of the vocabulary."""
    number = writer.measured(shown)
    return with_text(shown, writer.hedged(shown, counted_text(writer, shown, number, noun), counted=True))


def counted_text(writer: Writer, shown: Shown, number: Decimal, noun: str) -> str:
    """Return a number with the measure word and noun of a unit; `noun` is its id, or "" for the fact's own unit."""
    unit = writer.declared(noun or shown.fact.unit)
    if unit.kind != "count":
        raise UnsayableError(
            tr("'{unit}' is not a unit for counting", unit=unit.id), tr("its kind is {kind}", kind=unit.kind)
        )
    figure = writer.figure(number) if unit.figures or writer.style.numerals else small(writer, shown, number)
    thing = writer.noun(unit, number)
    return figure + unit.form(writer.language, "measure") + (writer.style.join + thing if thing else "")


def tally(writer: Writer, shown: Shown) -> Shown:
    """Write the number with the measure word of its unit but without the noun, which the text has just named."""
    number = writer.measured(shown)
    unit = writer.unit(shown.fact.unit)
    plain = unit.figures or shown.decimals or writer.style.numerals  # Chinese writes digits before a measure word
    figure = writer.figure(number) if plain else small(writer, shown, number)
    text = figure + unit.form(writer.language, "measure")
    return with_text(shown, writer.hedged(shown, text, counted=_counts_things(writer, shown.fact)))


def noun(writer: Writer, shown: Shown, name: str = "") -> Shown:
    """Write only the noun, in the form that agrees with the number; it states no value."""
    unit = writer.declared(name or shown.fact.unit)
    return replace(shown, text=writer.noun(unit, writer.measured(shown)), silent=True)


def plural(writer: Writer, shown: Shown, one: str, other: str) -> Shown:
    """Write one of two words by the number, such as a verb that agrees with it; it states no value."""
    form = writer.locale.plural_form(abs(writer.measured(shown)))
    return replace(shown, text=one if form == "one" else other, silent=True)


def times(writer: Writer, shown: Shown) -> Shown:
    """Write a ratio: "twice", "three times", "2.5 times"."""
    number = trimmed(rounded(exact(shown.fact.number), shown.decimals if shown.decimals is not None else 1))
    if number == Decimal(2):
        return with_text(shown, writer.hedged(shown, writer.word("twice")))
    spelled = number < TIMES and not writer.style.numerals
    figure = small(writer, shown, number) if spelled else writer.figure(number)
    return with_text(shown, writer.hedged(shown, writer.word("times", figure)))


def score(writer: Writer, shown: Shown) -> Shown:
    """Write a score with one decimal."""
    places = shown.decimals if shown.decimals is not None else 1
    return with_text(shown, writer.plain(rounded(exact(shown.fact.number), places)))


def signed(writer: Writer, shown: Shown) -> Shown:
    """Write the number with its sign, plus included, as for changes in tables."""
    number = writer.measured(shown)
    return with_text(shown, writer.word("plus", writer.figure(number)) if number > 0 else writer.figure(number))


def ordinal(writer: Writer, shown: Shown) -> Shown:
    """Write a rank as an ordinal number."""
    return with_text(shown, writer.ordinal(rounded(exact(shown.fact.number), 0)))


def rank(writer: Writer, shown: Shown, noun: str = "") -> Shown:
    """Write a rank and of how many: "3rd of 12"."""
    _, whole = parts_of(writer, shown.fact)
    measure = writer.declared(noun).form(writer.language, "measure") if noun else ""
    nth = writer.ordinal(rounded(exact(shown.fact.number), 0))
    return with_text(shown, writer.word("rank_of", nth=nth, whole=writer.figure(whole), measure=measure))


def interval(writer: Writer, shown: Shown) -> Shown:
    """Write the interval in the form for its unit: both ends with %, the currency once, ranks as ordinals."""
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
        pattern = _money_pattern(writer, unit, max(numbers, key=abs))
        return with_text(shown, _money_range(writer, pattern, figures))
    return with_text(shown, writer.word("range", low=figures[0], high=figures[1]))


def _money_pattern(writer: Writer, unit: Unit, number: Decimal) -> str:
    """Return the pattern of an amount with its currency: after a million some languages say "of euros"."""
    scaled = unit.form(writer.language, SCALED) if writer.in_scale(number) else ""
    return scaled or unit.form(writer.language, PATTERN)


def _money_range(writer: Writer, pattern: str, figures: list[str]) -> str:
    before, _, after = pattern.partition("{}")  # the symbol before the amount is repeated, the one after it is not
    return writer.word("range", low=before + figures[0], high=before + figures[1]) + after


def money(writer: Writer, shown: Shown) -> Shown:
    """Write an amount with its currency."""
    unit = writer.declared(shown.fact.unit)
    if unit.kind != "money":
        raise UnsayableError(tr("{fact} is in '{unit}', which is not money", fact=shown.fact.id, unit=unit.id))
    number = writer.measured(shown)
    text = _money_pattern(writer, unit, number).format(writer.figure(abs(number)))
    return with_text(shown, writer.hedged(shown, writer.word("minus", text) if number < 0 else text))


def number_runs(numbers: Iterable[str], joint: str) -> tuple[str, ...]:
    """Return numbers such as "1.1" with three or more in a row as a range, written with `joint`.

    Example:
        >>> number_runs(["1.1", "1.2", "1.3", "2.1", "2.2"], "–")
        ('1.1–1.3', '2.1', '2.2')

    """
    runs: list[list[str]] = []
    for number in numbers:
        group, _, place = number.rpartition(".")
        if runs and runs[-1][-1] == f"{group}.{int(place) - 1}":
            runs[-1].append(number)
        else:
            runs.append([number])
    return tuple(each for run in runs for each in ([f"{run[0]}{joint}{run[-1]}"] if len(run) >= RUN else run))
