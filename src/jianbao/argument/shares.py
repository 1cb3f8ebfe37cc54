"""How each language writes shares: per cent, percentage points, so many of so many, and how likely a thing is."""

from dataclasses import replace
from decimal import Decimal

from jianbao.argument.numbers import Shown, UnsayableError, Writer, exact, rounded, significant, trimmed, with_text
from jianbao.evidence.facts import Fact

SMALL, SHARE = 20, 100  # the denominators from which a percentage stands beside the count, and instead of it


def _ratio(writer: Writer, fact: Fact) -> Decimal:
    """Return the share that a fact is: of its denominator, or by its unit a share or a percentage already."""
    kind = writer.unit(fact.unit).kind
    if kind == "percent":
        return exact(fact.number) / 100
    if kind == "share" or not fact.of:
        return exact(fact.number)
    return exact(fact.number) / exact(fact.of)


def parts_of(writer: Writer, fact: Fact) -> tuple[Decimal, Decimal]:
    """Return a count and the whole that it is part of; raise UnsayableError without a denominator."""
    if not fact.of:
        raise UnsayableError(f"{fact.id} has no denominator", "give its measure `of:`")
    whole = exact(fact.of)
    part = rounded(exact(fact.number) * whole, 0) if writer.unit(fact.unit).kind == "share" else exact(fact.number)
    return trimmed(part), trimmed(whole)


def percentage(writer: Writer, ratio: Decimal, places: int, figures: int | None = None) -> str:
    """Write a ratio in per cent; never 0% unless it is zero, never 100% unless it is all."""
    value = ratio * 100
    shown = rounded(value, places) if figures is None else trimmed(significant(value, figures))
    step = Decimal(1).scaleb(-places)
    if value and not shown:
        return writer.word("less_than", writer.word("percent", writer.plain(step)))
    if shown == 100 and value < 100:
        return writer.word("more_than", writer.word("percent", writer.plain(100 - step)))
    return writer.word("percent", writer.plain(shown))


def as_percent(writer: Writer, shown: Shown, number: int | None = None) -> Shown:
    """Write a share in per cent, without decimals unless asked for; refuse a percentage of a very small whole."""
    if shown.fact.of and shown.fact.of < SMALL:
        raise UnsayableError(f"{shown.fact.id} is a share of {shown.fact.of:g}, too few for a percentage", "use `of`")
    places = number if number is not None else shown.decimals or 0
    return with_text(shown, writer.hedged(shown, percentage(writer, _ratio(writer, shown.fact), places, shown.digits)))


def of(writer: Writer, shown: Shown, percent: bool = True, noun: str = "") -> Shown:
    """Write a count of its whole, with the percentage if the whole is not too small for one."""
    part, whole = parts_of(writer, shown.fact)
    unit = writer.declared(noun) if noun else writer.unit(shown.fact.unit)
    measure = unit.form(writer.language, "measure")
    text = writer.word("part_of", part=writer.figure(part), whole=writer.figure(whole), measure=measure)
    if percent and whole >= SMALL:
        share_text = percentage(writer, part / whole, shown.decimals or 0)
        text = writer.word("with_percent", text=text, percent=share_text)
    return with_text(shown, writer.hedged(shown, text))


def share(writer: Writer, shown: Shown, number: int | None = None) -> Shown:
    """Write a share in per cent; beside the count if the whole is below a hundred, only the count below twenty."""
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
    """Write the likelihood word of a share of draws, on demand with the share itself."""
    ratio = _ratio(writer, shown.fact)
    steps = writer.vocabulary.likelihood
    text = next((step[writer.language] for start, step in steps if ratio >= exact(start)), "")
    if not text or ratio > 1:
        raise UnsayableError(f"{shown.fact.id} is {shown.fact.number:g}, not a probability")
    if number:
        text = writer.word("with_percent", text=text, percent=percentage(writer, ratio, 0))
    return with_text(shown, text)
