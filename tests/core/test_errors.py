"""A hint names what was meant where that is clear, and never leads astray; one cause is told once."""

import pytest

from jianbao.core.errors import LISTED_CHOICES, UNKNOWN_FACT, DataError, Place, Problem, by_cause, edits, nearest
from jianbao.core.messages import tr
from tests.effort import effort


@pytest.mark.parametrize(
    ("wrong", "known", "meant"),
    [
        ("Ocenia", "Oceania", True),
        ("Ahs", "Ash", True),
        ("nott", "not", True),
        ("ties.grouping.detla", "ties.grouping.delta", True),
        ("ＹＥＳ", "yes", True),
        ("fra", "FRA", True),
        ("gazette_2023", "gazette_2024", False),
        ("Town Sefir", "Town Serif", True),
        ("RWA", "FRA", False),
        ("CHL", "CHN", False),
        ("UK", "UKR", False),
        ("Nairobi", "Harbin", False),
        ("Kigali", "Kocaeli", False),
        ("Niger", "Nigeria", False),
        ("Austria", "Australia", False),
        ("Yokohama", "Pokhara", False),
    ],
)
def test_only_a_slip_of_the_hand_is_taken_for_another_value(wrong: str, known: str, meant: bool) -> None:
    assert (nearest(wrong, [known]) == f"did you mean '{known}'?") is meant


def test_allowed_values_are_listed_in_full() -> None:
    values = [f"value_{number}" for number in range(40)]
    assert nearest("something else", values) == f"allowed: {', '.join(values)}"


def test_values_too_many_to_be_read_are_left_to_the_command_that_lists_them() -> None:
    values = [f"value_{number}" for number in range(LISTED_CHOICES + 1)]
    assert nearest("something else", values, UNKNOWN_FACT) == "`jianbao facts` lists all facts"
    assert nearest("something else", values[:-1], UNKNOWN_FACT).startswith("allowed: value_0, ")


@pytest.mark.parametrize(
    ("one", "other", "count"), [("", "abc", 3), ("Ahs", "Ash", 1), ("kitten", "sitting", 3), ("ab", "ba", 1)]
)
def test_edits_are_letters_left_out_added_replaced_or_swapped(one: str, other: str, count: int) -> None:
    assert edits(one, other) == edits(other, one) == count


def cell(row: int, value: str, file: str = "ties.csv", column: str = "source") -> Problem:
    return Problem(Place(file, row, column), tr("'{value}' is not {what}", value=value, what=tr("a source")))


def reported(*problems: Problem) -> list[list[str]]:
    return [list(map(str, cause.lines())) for cause in by_cause(problems)]


def test_what_is_wrong_in_many_places_in_the_same_words_is_told_once_with_all_places() -> None:
    rows = [cell(row, "x") for row in (2, 3, 4, 7, 9, 10)]
    assert reported(*rows, cell(5, "y"), cell(3, "x", "tallies.csv")) == [
        ["ties.csv:2 source: 'x' is not a source", "also in ties.csv:3-4, 7, 9-10 source; tallies.csv:3 source"],
        ["ties.csv:5 source: 'y' is not a source"],
    ]


def test_what_is_told_twice_of_one_place_is_told_once() -> None:
    assert reported(cell(2, "x"), cell(2, "x")) == [["ties.csv:2 source: 'x' is not a source"]]


def test_of_many_faults_of_a_kind_in_one_column_the_first_are_told_and_the_rows_of_the_others() -> None:
    found = reported(*(cell(row, f"v{row}") for row in range(2, 42)), cell(3, "elsewhere", column="leader"))
    assert len(found) == 6 and found[0] == ["ties.csv:2 source: 'v2' is not a source"]
    assert found[4][1].startswith("and 35 more of the kind: row 7 'v7', row 8 'v8'")
    assert found[5] == ["ties.csv:3 leader: 'elsewhere' is not a source"]


def test_of_very_many_runs_of_rows_the_first_are_named() -> None:
    (only,) = reported(*(cell(row, "x") for row in range(2, 200, 2)))
    assert only[1] == "also in ties.csv:4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, … source"


def tell_many_faults() -> None:
    """Raise and group a hundred thousand faults of a kind, each of another value."""
    error = DataError(cell(row, f"v{row}") for row in range(100_000))
    assert len(by_cause(error.problems)) == 5


@pytest.mark.slow
def test_a_hundred_thousand_faults_of_a_kind_are_grouped_in_a_moment() -> None:
    assert effort(tell_many_faults, rounds=1) < 60  # measured: 11
