from dataclasses import replace
from datetime import date

import pytest

from jianbao.core.documents import Problems
from jianbao.core.errors import EvidenceError
from jianbao.data.discrepancies import (
    Discrepancy,
    build_register,
    check_pairs,
    parse_discrepancies,
)
from jianbao.data.expectations import (
    Expectation,
    check_expected,
    claimed_facts,
    counted_tables,
    evaluate_expectations,
    outgrown_totals,
    parse_expectations,
)
from jianbao.data.facts import Cells
from tests.data.small_tables import DAY, SOURCES, document, measured, read_measures, tables

MEASURES = """\
all: {count: friends, unit: city}
shore: {count: friends, by: shore, of: all}
east_share: {share: shore.east, of: all}
west_share: {share: shore.west, of: all}
latest_on: {last: friends, by: signed_on, take: signed_on}
first: {first: friends, by: signed_on, take: town}
guests: {latest: series, where: {indicator: guests}, intervals: yes}
entries: {sum: rounds, take: entries}
entries_one: {value: rounds, take: entries, where: {round: 1}}
late: {value: rounds, take: opened_on, where: {round: 4}}
"""
BECAUSE = "  because: {zh: 因, en: because}\n"


def read(text: str) -> tuple[tuple[Expectation, ...], list[str]]:
    problems: Problems = []
    found = parse_expectations(document(text, "data/e.yml"), read_measures(MEASURES), SOURCES, problems)
    return found, [str(problem) for problem in problems]


def sound(text: str) -> tuple[Expectation, ...]:
    found, faults = read(text)
    assert faults == []
    return found


def outcome(asked: str, day: date = DAY, more: str = "") -> str:
    return evaluate_expectations(sound(f"- id: x\n  {asked}\n  source: s1\n{more}"), measured(MEASURES, day))[0].outcome


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("claim: {shore.east: 2, shore.west: 1}", "agrees"),
        ("claim: {shore.east: 3, shore.west: 1}", "differs"),
        ('claim: {shore.east: ">1"}', "agrees"),
        ('claim: {shore.east: "> 2"}', "differs"),
        ('claim: {shore.east: ">=2", shore.west: "<=1"}', "agrees"),
        ('claim: {shore.east: "<2"}', "differs"),
        ("claim: {latest_on: 2010}", "agrees"),
        ("claim: {latest_on: 2010-06}", "agrees"),
        ("claim: {latest_on: 2010-06-15}", "differs"),
        ("claim: {latest_on: 2009}", "differs"),
        ("claim: {first: Ash}", "agrees"),
        ("claim: {first: Birch}", "differs"),
        ("claim: {value: 0.67, readings: [east_share, west_share], within: 0.005}", "agrees"),
        ("claim: {value: 0.65, readings: [east_share, west_share], within: 0.005}", "differs"),
        ("claim: {fact: guests, period: 2010}", "agrees"),
        ("claim: {fact: guests, period: 2008}", "differs"),
        ("require: {equal: [all, all]}", "agrees"),
        ("require: {equal: [all, shore.east]}", "differs"),
        ("require: {fact: all, at_least: shore.east}", "agrees"),
        ("require: {fact: all, below: 3}", "differs"),
    ],
)
def test_what_is_expected_is_compared_with_the_facts(asked: str, expected: str) -> None:
    assert outcome(asked) == expected


def test_rounding_is_allowed_for() -> None:
    assert outcome("claim: {all: 3.4}", more="  within: 0.5") == "agrees"
    assert outcome("claim: {all: 3.6}", more="  within: 0.5") == "differs"


@pytest.mark.parametrize(
    "asked",
    [
        "claim: {late: 2010}",
        "claim: {fact: late, period: 2010}",
        "claim: {value: 3, readings: [entries, entries_one]}",
        "require: {equal: [entries, entries_one]}",
        "require: {fact: entries, below: 3}",
    ],
)
def test_what_is_not_yet_known_is_not_tested(asked: str) -> None:
    assert outcome(asked, date(2000, 12, 31)) == "unknown"


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("require: {any: [{fact: all, at_least: 0}, {fact: entries, above: 0}]}", "agrees"),
        ("require: {all: [{fact: all, below: 0}, {fact: entries, above: 0}]}", "differs"),
        ("require: {not: {fact: entries, above: 0}}", "unknown"),
    ],
)
def test_a_requirement_is_tested_where_the_facts_that_there_are_decide_it(asked: str, found: str) -> None:
    assert outcome(asked, date(2000, 12, 31)) == found


def test_what_must_hold_stops_with_both_values() -> None:
    given = sound(
        "- id: shores\n  claim: {shore.east: 3, shore.west: 1}\n  source: s1\n  otherwise: stop\n"
        "- id: few\n  require: {fact: all, below: 3}\n  otherwise: stop\n"
    )
    with pytest.raises(EvidenceError) as caught:
        build_register(given, (), measured(MEASURES))
    hint = "correct the row that is wrong; if the sources themselves disagree, record that: otherwise: record"
    assert [str(problem) for problem in caught.value.problems] == [
        f"data/e.yml:1: the expectation 'shores' (s1) is not met: shore.east is 2, not 3; {hint}",
        f"data/e.yml:5: the expectation 'few' is not met: its condition does not hold; {hint}",
    ]


def test_what_must_hold_is_told_in_its_own_words_with_the_values_of_today() -> None:
    says = '  otherwise: stop\n  says: {zh: "两岸相等", en: "both shores are equal"}\n'
    given = sound(
        f"- id: same\n  require: {{equal: [shore.east, shore.west]}}\n{says}"
        f"- id: few\n  require: {{fact: shore.east, below: 1}}\n{says}"
    )
    with pytest.raises(EvidenceError) as caught:
        build_register(given, (), measured(MEASURES))
    first, second = (problem.what.in_language("zh") for problem in caught.value.problems)
    assert first == "应当成立而不成立：两岸相等（现在是：2、1）" and second.endswith("（现在是：2）")


def test_a_recorded_difference_keeps_both_values_and_the_words() -> None:
    given = sound(f"- id: shores\n  claim: {{shore.east: 3, shore.west: 1}}\n  source: s1\n{BECAUSE}")
    (found,) = build_register(given, (), measured(MEASURES)).found
    assert [(each.fact, each.claimed, each.stated, each.found) for each in found.differences] == [
        ("shore.east", "claimed.shores.east", 3, 2)
    ]
    text = found.text("found", "en")
    assert (found.origin, found.sources, text and text.value) == ("found", ("s1",), "because")


def test_a_misspelt_member_of_a_family_cannot_pass_untested() -> None:
    problems: Problems = []
    given = sound("- id: x\n  claim: {shore.eats: 2}\n  source: s1\n")
    check_expected(given, read_measures(MEASURES), tables(), problems)
    assert [str(each) for each in problems] == ["data/e.yml:1: 'shore.eats' is not a fact; did you mean 'shore.east'?"]


def test_a_claim_is_a_fact_so_that_it_can_be_quoted() -> None:
    given = sound(
        "- id: a\n  claim: {shore.east: 3}\n  source: s1\n"
        "- id: b\n  claim: {value: 0.65, readings: [east_share]}\n  source: s2\n"
        "- id: c\n  claim: {latest_on: 2009}\n  source: s2\n"
        "- id: d\n  claim: {fact: guests, period: 2008}\n  source: s2\n"
    )
    facts = claimed_facts(given, measured(MEASURES))
    assert [(fact.id, fact.value, fact.kind, fact.unit) for fact in facts] == [
        ("claimed.a.east", 3, "number", ""),
        ("claimed.b", 0.65, "number", "share"),
        ("claimed.c.latest_on", "2009", "date", ""),
        ("claimed.d.period", "2008", "date", ""),
    ]
    assert facts[0].cells == (Cells("expectations", (1,), "a", ("s1",)),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- claim: {all: 3}\n  source: s1\n", "data/e.yml:1: 'id' is missing"),
        ("- id: x\n  source: s1\n", "data/e.yml:1: an expectation needs 'claim' or 'require'"),
        ("- id: x\n  claim: {all: 3}\n", "data/e.yml:1: 'source' is missing: whose claim is this?"),
        ("- id: x\n  claim: {al: 3}\n  source: s1\n", "data/e.yml:1: 'al' is not a fact; did you mean 'all'?"),
        ("- id: x\n  claim: {all: 3}\n  source: s8\n", "data/e.yml:3: 's8' is not a source; allowed: s1, s2, s3"),
        ("- id: x\n  claim: {all: 3e1}\n  source: s1\n", "data/e.yml:2: '3e1' is not a number"),
        ("- id: x\n  claim: {all: 3}\n  source: s1\n  otherwise: ignore\n", "'ignore' is not an allowed value"),
        ("- id: x\n  claim: {fact: all, period: soon}\n  source: s1\n", "data/e.yml:2: 'soon' is not a date"),
        ("- id: x\n  source: s1\n  claim: {value: 3, readings: []}\n", "data/e.yml:3: one reading at least is needed"),
        ("- id: x\n  require: {equal: [all]}\n", "data/e.yml:2: two facts at least are needed"),
        (
            "- id: x\n  require: {equal: [all, all]}\n- id: x\n  require: {equal: [all, all]}\n",
            "'x' is already in line 1",
        ),
        ("- id: x\n  claim: {shore.east: 1, east: 2}\n  source: s1\n", "two claims here end in 'east'"),
    ],
)
def test_each_fault_of_an_expectation_is_named(text: str, said: str) -> None:
    assert any(said in fault for fault in read(text)[1]), read(text)[1]


ENTRY = "- id: {id}\n  kind: count\n{more}  place: {{zh: 表, en: Table}}\n" + "".join(
    f"  {part}: {{{{zh: 文, en: {part} text}}}}\n" for part in ("says", "found", "used")
)


def entries(*given: tuple[str, str]) -> tuple[Discrepancy, ...]:
    problems: Problems = []
    text = "".join(ENTRY.format(id=name, more=more) for name, more in given)
    found = parse_discrepancies(document(text, "data/d.yml"), SOURCES, ("zh", "en"), problems)
    assert problems == []
    return found


def test_the_register_names_what_was_found_first_in_the_editors_words() -> None:
    stated = entries(("other", "  sources: [s2]\n"), ("shores", "  found_by: program\n  sources: [s2]\n"))
    given = sound("- id: shores\n  claim: {shore.east: 3}\n  source: s1\n- id: sum\n  require: {equal: [all, all]}\n")
    made = build_register(given, stated, measured(MEASURES))
    assert [(each.id, each.origin, each.sources) for each in made] == [
        ("shores", "found", ("s1", "s2")),
        ("other", "stated", ("s2",)),
    ]
    says = made.found[0].text("says", "en")
    assert says and says.value == "says text" and made.found[0].facts == ("shore.east",)
    assert [each.id for each in made.agreed] == ["sum"]


def test_what_the_facts_no_longer_bear_out_leaves_the_register() -> None:
    stated = entries(("shores", "  found_by: program\n"))
    given = sound("- id: shores\n  claim: {shore.east: 2}\n  source: s1\n")
    assert len(build_register(given, stated, measured(MEASURES))) == 0


def test_words_and_expectations_must_belong_together() -> None:
    stated = entries(("a", "  found_by: program\n"), ("b", ""))
    given = sound(
        "- id: b\n  claim: {all: 3}\n  source: s1\n"
        "- id: c\n  claim: {all: 3}\n  source: s1\n"
        "- id: d\n  claim: {all: 3}\n  source: s1\n  because: {zh: 因}\n"
        "- id: e\n  require: {equal: [all, all]}\n  otherwise: stop\n"
    )
    problems: Problems = []
    check_pairs(given, stated, ("zh", "en"), problems)
    assert [str(problem) for problem in problems] == [
        "data/d.yml:1: no expectation 'a' finds this; allowed: b, c, d, e",
        "data/d.yml:8: the expectation 'b' finds this; add 'found_by: program'",
        "data/e.yml:4: 'because' is missing; say why the facts are used",
        "data/e.yml:10: 'en' is missing",
    ]


def test_a_discrepancy_needs_every_language_and_known_sources() -> None:
    problems: Problems = []
    text = ENTRY.format(id="x", more="  sources: [s7]\n").replace("says: {zh: 文, en: says text}", "says: {zh: 文}")
    parse_discrepancies(document(text, "data/d.yml"), SOURCES, ("zh", "en"), problems)
    assert [str(problem) for problem in problems] == [
        "data/d.yml:5: 'en' is missing",
        "data/d.yml:3: 's7' is not a source; allowed: s1, s2, s3",
    ]


# Totals and the rows that belong to them


@pytest.mark.parametrize(
    ("asked", "guests", "listed", "grown"),
    [
        ("{fact: guests, at_least: all}", 2, 0, [("guests", "all", 2.0)]),
        ("{fact: all, at_most: guests}", 2, 1, [("guests", "all", 1.0)]),
        ("{all: [{fact: guests, above: 0}, {fact: guests, at_least: all}]}", 1, 0, [("guests", "all", 1.0)]),
        ("{fact: guests, at_least: all}", 1, 1, []),
        ("{fact: guests, at_least: all}", -1, -3, []),
        ("{fact: guests, at_least: entries}", 2, 0, []),  # a sum of numbers, not a count of rows
        ("{any: [{fact: guests, at_least: all}, {fact: all, above: 0}]}", 2, 0, []),
    ],
)
def test_a_total_that_grows_by_more_than_the_rows_counted_below_it_is_told(
    asked: str, guests: int, listed: int, grown: list[tuple[str, str, float]]
) -> None:
    was = measured(MEASURES, DAY)
    more = {"guests": guests, "all": listed, "entries": 0}
    now = was.with_facts(tuple(replace(was[key], value=was[key].number + by) for key, by in more.items()))
    found = outgrown_totals(sound(f"- id: x\n  require: {asked}\n"), was, now)
    assert [(total.id, count.id, by) for total, count, by in found] == grown


def test_a_count_of_rows_names_its_table_and_other_numbers_name_none() -> None:
    ledger = measured(MEASURES, DAY)
    assert counted_tables(ledger, "all") == ("friends",)
    assert counted_tables(ledger, "guests") == () and counted_tables(ledger, "east_share") != ("series",)
