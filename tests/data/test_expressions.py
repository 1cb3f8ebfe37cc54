"""Expressions are answered true, false or unknown from facts, and what is outside the language is refused in place."""

from datetime import date

import pytest

from jianbao.data.claim_limits import Limits
from jianbao.data.expressions import Code, ExpressionError, Quantity, Truth, Words, evaluate, explain, parse
from jianbao.data.facts import Cells, Fact, Ledger

CELL = (Cells("towns", (2,), "number", ("almanac",)),)
FACTS = (
    Fact(id="a.two", value=2.0, unit="town", cells=CELL, as_of="2025"),
    Fact(id="a.nine", value=9.0, unit="town", cells=CELL, as_of="2025"),
    Fact(id="a.some", value=5.0, unit="town", low=5.0, as_of="2025", limits=Limits(complete="no")),
    Fact(id="a.few", value=5.0, of=10.0, unit="town", low=5.0, high=7.0, as_of="2025", limits=Limits(complete="no")),
    Fact(id="a.over", value=90.0, unit="town", comparator=">", cells=CELL, as_of="2025"),
    Fact(id="a.names", value=("Bari", "Lyon"), kind="names", as_of="2025"),
    Fact(id="a.part_names", value=("Bari",), kind="names", low=1.0, as_of="2025", limits=Limits(complete="no")),
    Fact(id="a.first", value="Bari", kind="name", as_of="2025"),
)
LEDGER = Ledger({fact.id: fact for fact in FACTS}, date(2025, 12, 31))

ANSWERS = [
    ("a.two < a.nine", Truth.TRUE, set()),
    ("a.two + 7 == a.nine", Truth.TRUE, set()),
    ("a.nine < a.two", Truth.FALSE, {Code.FAILS}),
    ("not a.two < a.nine", Truth.FALSE, {Code.HOLDS}),
    ("1 < a.two < a.nine <= 9", Truth.TRUE, set()),
    ("1 < a.two < a.nine < 9", Truth.FALSE, {Code.FAILS}),
    ("a.some > 4", Truth.TRUE, set()),
    ("a.some > 5", Truth.UNKNOWN, {Code.INCOMPLETE}),
    ("a.some < 5", Truth.FALSE, {Code.FAILS}),
    ("18 - a.some <= 13", Truth.TRUE, set()),
    ("18 - a.some < 13", Truth.UNKNOWN, {Code.INCOMPLETE}),
    ("a.few - 6 == 0", Truth.UNKNOWN, {Code.INCOMPLETE}),
    ("(a.few - 6)|abs <= 1", Truth.TRUE, set()),
    ("a.few.share <= 0.7", Truth.TRUE, set()),
    ("a.few.share < 0.45", Truth.UNKNOWN, {Code.INCOMPLETE}),
    ("a.over > 90", Truth.TRUE, set()),
    ("a.over > 95", Truth.UNKNOWN, {Code.INEXACT}),
    ("a.over < 100", Truth.TRUE, set()),
    ("a.missing > 1", Truth.UNKNOWN, {Code.MISSING}),
    ("a.missing > 1 or a.two == 2", Truth.TRUE, set()),
    ("a.missing > 1 and a.two == 3", Truth.FALSE, {Code.FAILS}),
    ("not a.missing > 1", Truth.UNKNOWN, {Code.MISSING}),
    ("known(a.missing)", Truth.FALSE, {Code.MISSING}),
    ("known(a.two) and not known(a.missing)", Truth.TRUE, set()),
    ("a.two / (a.few - 5) > 1", Truth.UNKNOWN, {Code.ZERO}),
    ("'Lyon' in a.names and a.first in a.names", Truth.TRUE, set()),
    ("'Oslo' in a.names", Truth.FALSE, {Code.FAILS}),
    ("'Oslo' not in a.part_names", Truth.UNKNOWN, {Code.INCOMPLETE}),
    ("a.first == 'Bari'", Truth.TRUE, set()),
    ("a.first > 2", Truth.UNKNOWN, {Code.NOT_A_NUMBER}),
    ("a.names.count == 2", Truth.TRUE, set()),
    ("a.part_names.count >= 1", Truth.TRUE, set()),
    ("a.two.share > 1", Truth.UNKNOWN, {Code.NO_ATTRIBUTE}),
    ("a.two.year == 2025 and a.two.unit == 'town'", Truth.TRUE, set()),
]


@pytest.mark.parametrize(("text", "truth", "codes"), ANSWERS)
def test_a_question_is_answered_with_its_reasons(text: str, truth: Truth, codes: set[Code]) -> None:
    answer = evaluate(parse(text), LEDGER)
    assert (answer.truth, {reason.code for reason in answer.reasons}) == (truth, codes)


VALUES = [
    ("a.two + a.nine", (11.0, 11.0)),
    ("18 - a.some", (-float("inf"), 13.0)),
    ("a.few * -2", (-14.0, -10.0)),
    ("a.two / a.few", (2 / 7, 2 / 5)),
    ("a.some * 0", (0.0, 0.0)),
    ("(a.two / 3)|round(2)", (0.67, 0.67)),
    ("-a.few", (-7.0, -5.0)),
    ("a.few.low + a.few.high", (12.0, 12.0)),
]


@pytest.mark.parametrize(("text", "bounds"), VALUES)
def test_a_value_keeps_its_bounds(text: str, bounds: tuple[float, float]) -> None:
    answer = evaluate(parse(text), LEDGER)
    assert isinstance(answer.value, Quantity) and answer.truth is None
    assert answer.value.bounds == pytest.approx(bounds)


REFUSED = [
    ("", 0),
    ("a.two >", 7),
    ("a.two > 1 }} {{ a", 10),
    ("a.two ; 1", 6),
    ("1 < §", 4),
    ("a.two is defined", 6),
    ("a.two ** 2 > 1", 0),
    ("a['two'] > 1", 1),
    ("1 if a.two else 2", 0),
    ("a.two|upper > 1", 6),
    ("1 < len(a.two)", 7),
    ("a.two == none", 9),
    ("1 < 2 and a.two", 10),
    ("3 + (1 < 2)", 5),
    ("known(a.two, a.nine)", 5),
    ("'Bari' in 'Bari'", 10),
    ("a.two|round(a.nine) > 1", 6),
    ("(" * 900 + "1" + ")" * 900, 0),
    ("1" * 5000, 2000),
    ("9e999 > 1", 0),
]


@pytest.mark.parametrize(("text", "offset"), REFUSED)
def test_what_is_outside_the_language_is_refused_where_it_stands(text: str, offset: int) -> None:
    with pytest.raises(ExpressionError) as refused:
        parse(text)
    assert refused.value.offset == offset


def test_an_expression_names_what_it_reads_and_whether_it_asks() -> None:
    asking, giving = parse("a.b.max > c.d and known(e.f) and c.d > 1"), parse("a.b.sum / c.d")
    assert (asking.names, asking.asks) == (("a.b", "c.d", "e.f"), True)
    assert (giving.names, giving.asks) == (("a.b", "c.d"), False)


def test_the_facts_that_were_read_are_the_operands_of_the_answer() -> None:
    assert [fact.id for fact in evaluate(parse("a.two < a.nine + a.missing"), LEDGER).operands] == ["a.two", "a.nine"]


def test_a_name_alone_gives_its_words() -> None:
    value = evaluate(parse("a.first"), LEDGER).value
    assert isinstance(value, Words) and value.values == ("Bari",)


def test_reasons_are_told_in_both_languages() -> None:
    answer = evaluate(parse("a.some > 5"), LEDGER)
    english, chinese = explain(answer, "en"), explain(answer, "zh")
    assert "a.some" in english and "5" in english and "a.some" in chinese and chinese != english
