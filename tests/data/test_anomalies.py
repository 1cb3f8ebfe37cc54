"""A value that stands out of its series is named, unless someone has said why it is right."""

from collections.abc import Sequence
from datetime import date, timedelta
from time import process_time

import pytest

from jianbao.core.documents import Node, Problems
from jianbao.core.errors import Place
from jianbao.core.yaml_reader import parse_document
from jianbao.data.anomalies import Acceptance, Anomaly, AnomalyRule, AnomalyRules, anomalies
from jianbao.data.csv_files import Sheet
from jianbao.data.schemas import Column, Schema
from jianbao.data.tables import Tables, check_tables
from jianbao.data.value_checks import anomaly_problems, parse_anomaly_rules, unexplained, unused_acceptances

COLUMNS = {
    "what": Column(name="what"),
    "year": Column(name="year", type="date"),
    "value": Column(name="value", type="number"),
    "unit": Column(name="unit"),
    "sign": Column(name="sign"),
}
SCHEMA = Schema(name="yearly", file="yearly.csv", columns=COLUMNS, key=("what", "year"), dated_by=("year",))
WATCH = AnomalyRule(
    table="yearly",
    value="value",
    at="year",
    by=("what",),
    unit="unit",
    comparator="sign",
    cumulative={"what": ("sum",)},
    shares=("share",),
)
STEADY = (100, 104, 99, 103, 108, 105, 110)
Row = tuple[str, str, str, str, str]


def tables(rows: Sequence[Row]) -> Tables:
    problems: Problems = []
    sheet = Sheet(
        table="yearly", file="yearly.csv", head=tuple(COLUMNS), rows=tuple(rows), numbers=tuple(range(2, len(rows) + 2))
    )
    made = check_tables({"yearly": sheet}, {"yearly": SCHEMA}, {}, problems)
    assert not problems
    return made


def series(*values: float, what: str = "boats", unit: str = "boat", signs: str = "") -> list[Row]:
    return [(what, str(2001 + n), f"{value:.15g}", unit, signs[n : n + 1] or "=") for n, value in enumerate(values)]


def found(rows: Sequence[Row], watch: AnomalyRule = WATCH) -> list[Anomaly]:
    return list(anomalies(AnomalyRules((watch,)), tables(rows)))


def test_a_steady_series_has_none() -> None:
    assert found(series(*STEADY)) == [] and found(series(5, 5, 5, 5, 5, 5, 6)) == []


@pytest.mark.parametrize("factor", [1e3, 1e4, 1e6, 1e8])
def test_a_slip_of_a_unit_is_named_with_what_may_be_meant(factor: float) -> None:
    (small,) = found(series(*(value * factor for value in STEADY), 112))
    (large,) = found(series(*STEADY, 112 * factor))
    assert (small.kind, small.place.line, small.meant) == ("slip", 9, 112 * factor)
    assert (large.kind, large.place.line, large.meant) == ("slip", 9, 112)
    assert f"about {factor:,.0f} times too large beside the rest of the series: 112 may be meant" in large.what


def test_of_two_values_that_differ_by_a_slip_the_one_written_down_later_is_named() -> None:
    (odd,) = found(series(3_000_000, 290))
    assert odd.place == Place("yearly.csv", 3, "value")


def test_a_hundred_times_the_others_is_named_though_no_slip_explains_it() -> None:
    (odd,) = found(series(*STEADY, 20_000))
    assert odd.kind == "slip" and odd.meant is None


def test_a_leap_far_from_the_other_changes_is_named_once() -> None:
    (odd,) = found(series(*STEADY, 190))
    assert (odd.kind, odd.place.line) == ("leap", 9)
    assert "from 110 (2007) up to 190 (2008)" in odd.what


def test_a_series_that_grows_by_its_own_measure_does_not_leap() -> None:
    assert found(series(100, 150, 220, 340, 500, 760, 1_130)) == []


def test_more_may_change_in_a_longer_time() -> None:
    rows = series(*STEADY)
    assert found([*rows, ("boats", "2008", "190", "boat", "=")]) != []
    assert found([*rows, ("boats", "2020", "190", "boat", "=")]) == []


def test_small_counts_may_change_by_chance() -> None:
    assert found(series(3, 4, 3, 3, 4, 4, 6)) == []


def test_a_series_too_short_to_say_what_is_usual_has_no_leap() -> None:
    assert found(series(100, 100, 101, 190)) == []


def test_a_cumulative_series_that_falls_is_named() -> None:
    (odd,) = found(series(10, 30, 20, 40, what="sum"))
    assert (odd.kind, odd.place.line) == ("fall", 4) and "less than the 30 of 2002, row 3" in odd.what
    assert found(series(10, 30, 20, 40)) == []


def problems_of(values: Sequence[float], *accepted: int) -> list[str]:
    """Return the problems of a series that only grows, of which the falls of some years are accepted."""
    entries = [
        Acceptance(
            table="yearly",
            column="value",
            key={"what": "sum", "year": str(year)},
            value=values[year - 2001],
            kind="fall",
            because="so it was",
            place=Place("a.yml", 9),
        )
        for year in accepted
    ]
    rules = AnomalyRules((WATCH,), tuple(entries))
    return [str(problem) for problem in anomaly_problems(unexplained(rules, tables(series(*values, what="sum"))))]


def test_a_slip_in_a_cumulative_series_is_told_once_at_its_own_row() -> None:
    (problem,) = problems_of((31, 301, 36, 38, 38, 38, 39, 40))
    assert problem.startswith("yearly.csv:3 value: 'sum, 2002': 301 is more than 6 later values, first the 36 of 2003")
    assert "row 4" in problem and "this row is more likely wrong than they; correct this row; if it is right" in problem
    assert len(found(series(31, 301, 36, 38, 38, 38, 39, 40, what="sum"))) > 6  # of which each is accepted by itself


def test_a_value_that_fell_alone_is_told_at_its_row_with_the_other_that_may_be_wrong() -> None:
    (low,) = problems_of((31, 36, 38, 8, 38, 39, 40))
    assert low.startswith("yearly.csv:5 value") and "less than the 38 of 2003, row 4" in low
    assert "this row is more likely wrong; correct the row that is wrong" in low
    (either,) = problems_of((10, 30, 20, 40))
    assert either.startswith("yearly.csv:4 value") and "one of the two rows is wrong" in either


def test_a_fall_that_is_accepted_covers_no_other_one_below_the_same_value() -> None:
    values = (31, 301, 36, 38, 39)
    (two,) = problems_of(values, 2003)
    assert two.startswith("yearly.csv:3 value") and "301 is more than 2 later values" in two
    (one,) = problems_of(values, 2003, 2004)
    assert one.startswith("yearly.csv:6 value") and "39 is less than the 301 of 2002, row 3" in one
    assert "row 3 is more likely wrong" in one and problems_of(values, 2003, 2004, 2005) == []
    assert len(problems_of(values, 2002)) == 1  # to accept the high value itself accepts nothing


def test_a_long_series_is_looked_through_in_seconds() -> None:
    first = date(1900, 1, 1)
    rows = [("sum", str(first + timedelta(days=n)), str(30_000 - n), "boat", "=") for n in range(10_000)]
    table, before = tables(rows), process_time()
    assert len(list(anomalies(AnomalyRules((WATCH,)), table))) == 9_999
    assert process_time() - before < 2


def test_a_lower_bound_is_no_fall() -> None:
    assert found(series(10, 30, 20, 40, what="sum", signs="==>=")) == []


def test_a_share_above_the_whole_is_named_and_may_be_a_percentage() -> None:
    (odd,) = found(series(0.6, 0.7, 68, unit="share"))
    assert (odd.kind, odd.meant) == ("share", 0.68)


def test_another_unit_than_the_rest_is_named_and_not_measured_with_it() -> None:
    (odd,) = found([*series(*STEADY), ("boats", "2008", "1000000", "crew", "=")])
    assert odd.kind == "unit" and "'crew', that of the rest of the series 'boat'" in odd.what


def test_months_of_a_year_are_not_measured_against_years() -> None:
    assert found([*series(*STEADY), ("boats", "2008-01/2008-02", "1", "boat", "=")]) == []


# Acceptance


def accepting(value: float, kind: str = "leap") -> AnomalyRules:
    entry = Acceptance(
        table="yearly",
        column="value",
        key={"what": "boats", "year": "2008"},
        value=value,
        kind=kind,
        because="so it was",
        place=Place("a.yml", 9),
    )
    return AnomalyRules((WATCH,), (entry,))


def test_what_is_accepted_is_not_named_until_its_value_changes() -> None:
    assert unexplained(accepting(190), tables(series(*STEADY, 190))) == ()
    assert len(unexplained(accepting(190), tables(series(*STEADY, 200)))) == 1


def test_an_acceptance_of_a_value_that_is_gone_is_a_problem() -> None:
    assert unused_acceptances(accepting(190), tables(series(*STEADY, 190))) == []
    (problem,) = unused_acceptances(accepting(190), tables(series(*STEADY, 200)))
    assert str(problem).startswith("a.yml:9: no row 'boats, 2008' of yearly has 190 in value")


def test_an_acceptance_stays_though_later_values_make_it_ordinary() -> None:
    assert unused_acceptances(accepting(112), tables(series(*STEADY, 112))) == []


def read(text: str) -> tuple[AnomalyRules, list[str]]:
    problems: Problems = []
    node: Node = parse_document(text, "a.yml")
    return parse_anomaly_rules(node, {"yearly": SCHEMA}, problems), [str(problem) for problem in problems]


def test_a_declaration_is_read() -> None:
    text = (
        "watch:\n  - {table: yearly, by: [what], value: value, unit: unit, comparator: sign, at: year,"
        " cumulative: {what: [sum]}, shares: [share]}\n"
        "accepted:\n  - {table: yearly, column: value, key: {what: boats, year: 2008}, value: 190, kind: leap,"
        " because: x}\n"
    )
    rules, problems = read(text)
    assert problems == [] and rules.watched == (WATCH,) and rules.accepted[0].value == 190


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("watch: [{table: yaerly, value: value, at: year}]", "'yaerly' is not a table; did you mean 'yearly'?"),
        ("watch: [{table: yearly, value: valeu, at: year}]", "'valeu' is not a column of yearly"),
        ("watch: [{table: yearly, value: what, at: year}]", "'what' holds no numbers"),
        ("watch: [{table: yearly, value: value, at: unit}]", "'unit' holds no dates"),
        (
            "watch: []\naccepted: [{table: yearly, column: value, key: {}, value: 1, kind: leap}]",
            "'because' is missing",
        ),
    ],
)
def test_a_faulty_declaration_is_named(text: str, said: str) -> None:
    _, problems = read(text)
    assert any(said in problem for problem in problems), problems
