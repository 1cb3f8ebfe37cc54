"""Notes on scores: what an analyst is told although nothing is wrong."""

import numpy as np
import pytest

from jianbao.scoring.notes import ineffective, undrawn, without_choices, without_score
from jianbao.scoring.panel import Panel
from jianbao.scoring.score import Scores, declared_scores
from tests.scoring.framework_text import framework_of

TEXT = """
seed: 1
draws: DRAWS
scale: [0, 100]
reference: each_period
contributions: proportional
defaults: {weights: equal, aggregate: arithmetic, direction: more, treat: TREAT, normalise: NORMALISE}
uncertainty: {DOUBT}
index: {id: all, children: [{id: a, column: a}, {id: b, column: b}]}
"""
POSTS = "{method: goalposts, floor: 0, target: 10, cap: yes, curve: linear}"


def scored(
    values: list[list[float]], normalise: str = POSTS, treat: str = "none", doubt: str = "", draws: int = 0
) -> Scores:
    text = TEXT.replace("NORMALISE", normalise).replace("TREAT", treat).replace("DOUBT", doubt)
    units = tuple("uvwxyz"[: len(values)])
    panel = Panel(units=units, periods=("",) * len(units), columns=("a", "b"), values=np.array(values))
    return declared_scores(framework_of(text.replace("DRAWS", str(draws))), panel)


@pytest.mark.parametrize(
    ("normalise", "treat", "said"),
    [
        ("min_max", "none", "'b' for 'u', 'v', 'w'; the rows that are compared do not differ"),
        ("{method: z_score, ddof: 1}", "none", "'b' for 'u', 'v', 'w'; the rows that are compared do not differ"),
        (
            "{method: distance_to_unit, unit: u, cap: no}",
            "none",
            "'a', 'b' for 'u', 'v', 'w'; the unit that others are measured by has no value, or is itself the worst",
        ),
        (POSTS, "log", "'a' for 'u'; the treatment has no result for these values"),
    ],
)
def test_values_without_a_score_are_named_once_with_the_likely_reason(normalise: str, treat: str, said: str) -> None:
    scores = scored([[0.0, 5.0], [2.0, 5.0], [3.0, 5.0]], normalise, treat)
    assert [f"{note.what}; {note.hint}" for note in without_score(scores)] == [f"a value but no score: {said}"]


@pytest.mark.parametrize("mean", ["borda", "copeland", "kemeny"])
def test_a_unit_with_nobody_to_be_compared_with_has_no_score_and_a_note(mean: str) -> None:
    text = TEXT.replace("aggregate: arithmetic", f"aggregate: {mean}").replace("NORMALISE", POSTS)
    framework = framework_of(text.replace("TREAT", "none").replace("DOUBT", "").replace("DRAWS", "0"))
    values = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [np.nan, np.nan]])
    panel = Panel(units=("u", "v") * 2, periods=("1", "1", "2", "2"), columns=("a", "b"), values=values)
    scores = declared_scores(framework, panel)
    np.testing.assert_array_equal(scores.of("all"), [0.0, 100.0, np.nan, np.nan])
    (note,) = without_score(scores)
    assert str(note.what) == "'all' has no score for 'u 2'"


def test_a_missing_value_is_no_value_without_a_score() -> None:
    assert not list(without_score(scored([[np.nan, 5.0], [2.0, 5.0]])))


@pytest.mark.parametrize(
    ("doubt", "draws", "said"),
    [
        ("", 10, "the draws vary nothing: every interval is the score itself"),
        ("weights: {dirichlet: 9}", 0, "nothing is drawn: every interval is the score itself"),
    ],
)
def test_intervals_that_are_none_are_said(doubt: str, draws: int, said: str) -> None:
    assert [str(note.what) for note in undrawn(scored([[1.0, 2.0]], doubt=doubt, draws=draws))] == [said]


@pytest.mark.parametrize(("doubt", "draws"), [("", 0), ("weights: {dirichlet: 9}", 10)])
def test_what_is_drawn_or_certain_needs_no_note(doubt: str, draws: int) -> None:
    assert not list(undrawn(scored([[1.0, 2.0]], doubt=doubt, draws=draws)))


def test_an_alternative_that_moves_no_score_is_named_with_its_line() -> None:
    doubt = "normalise: [{cap: no}], aggregate: {all: [median, geometric]}"
    plain = scored([[1.0, 2.0], [3.0, 5.0]], doubt=doubt)
    assert [str(note.what) for note in ineffective(plain)] == ["this alternative changes no score of 'all'"] * 2
    assert {note.where.line for note in ineffective(plain)} == {8}
    beyond = scored([[1.0, 2.0], [3.0, 50.0]], doubt=doubt)
    assert len(list(ineffective(beyond))) == 1  # of two, the median is the mean


def test_a_row_that_depends_on_no_choice_is_told_why() -> None:
    assert "'u' has no score" in str(without_choices(scored([[np.nan, np.nan], [1.0, 1.0]]), 0).what)
    assert "nothing is in doubt" in str(without_choices(scored([[1.0, 1.0]]), 0).what)
