"""The league: who stands where, how sure that is, and that sixty units with any names still fit a page."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from jianbao.charts.charts import arrange, check_chart_text
from jianbao.charts.shapes import Dot, LineShape, Plot, TextShape
from jianbao.charts.spec import Size
from jianbao.charts.style import STROKE, Palette
from jianbao.charts.text_metrics import FontMetricsList
from jianbao.data.facts import Fact, Ledger
from tests.charts.sample_facts import Speaker, figure, ledger, standings

PALETTE = Palette()
PAGE = 247.0
Draw = Callable[..., Plot]


@pytest.fixture
def drawn(faces: dict[str, FontMetricsList]) -> Draw:
    """Return what arranges a league of some facts and finds nothing cut, crowded, small, or longer than a page."""

    def made(
        facts: list[Fact] | Ledger, width: float = 166.0, renderer: Speaker | None = None, **options: tuple[str, ...]
    ) -> Plot:
        spec, renderer = figure("league"), renderer or Speaker("en")
        known = facts if isinstance(facts, Ledger) else ledger(facts)
        face = faces[renderer.language]
        plot = arrange(
            spec=replace(spec, options=options),
            ledger=known,
            words=renderer,
            size=Size(width),
            faces=face,
            palette=PALETTE,
        )
        assert [problem.what for problem in check_chart_text(plot, face, spec.place)] == []
        assert plot.height <= PAGE
        assert min(mark.size for mark in plot.marks if isinstance(mark, TextShape)) >= 7
        return plot

    return made


def texts(plot: Plot) -> list[str]:
    return [mark.text for mark in plot.marks if isinstance(mark, TextShape)]


def at(plot: Plot, text: str) -> TextShape:
    return next(mark for mark in plot.marks if isinstance(mark, TextShape) and mark.text == text)


def row(plot: Plot, name: str) -> list[str]:
    """Return what stands in the row of a unit, from left to right."""
    level = at(plot, name).y
    beside = [mark for mark in plot.marks if isinstance(mark, TextShape) and abs(mark.y - level) < 0.5]
    return [mark.text for mark in sorted(beside, key=lambda mark: mark.x)]


def dots(plot: Plot) -> list[Dot]:
    return [mark for mark in plot.marks if isinstance(mark, Dot)][1:]  # the first is the key's


@pytest.mark.parametrize("number", [1, 2, 23, 60, 61, 200])
@pytest.mark.parametrize(("language", "width"), [("en", 166.0), ("en", 95.0), ("zh", 166.0), ("zh", 78.0)])
@pytest.mark.parametrize("long", [False, True])
def test_any_number_of_units_with_any_names_fits_a_page(
    drawn: Draw, number: int, language: str, width: float, long: bool
) -> None:
    labels = {} if not long else dict.fromkeys(("rank", "range", "score", "interval"), "score")
    renderer = Speaker(language, long, labels)
    assert dots(drawn(standings(number, silent=range(1, number, 9)), width, renderer))


def test_a_row_says_rank_range_name_and_score(drawn: Draw) -> None:
    plot = drawn(standings(23))
    assert row(plot, "unit 4") == ["5", "3–10", "unit 4", f"{90 - 80 * 4 / 23:.1f}"]


def test_units_stand_in_the_order_of_their_ranks(drawn: Draw) -> None:
    plot = drawn(list(reversed(standings(60))))
    heights = [at(plot, f"unit {each}").y for each in range(60)]
    assert heights == sorted(heights)


def test_joint_ranks_are_marked_and_others_are_not(drawn: Draw) -> None:
    plot = drawn(standings(5, joint=2))
    assert [row(plot, f"unit {each}")[0] for each in range(5)] == ["=1", "=1", "=3", "=3", "5"]


def test_a_rank_that_is_certain_has_no_range(drawn: Draw) -> None:
    plot = drawn(standings(1))
    assert row(plot, "unit 0")[:2] == ["1", "1"]


def test_a_unit_without_a_score_comes_last_and_says_so(drawn: Draw) -> None:
    plot = drawn(standings(7, silent=(2,)))
    assert row(plot, "unit 2") == ["unit 2", "no score"]
    assert at(plot, "unit 2").y > at(plot, "unit 6").y
    assert len(dots(plot)) == 6


def test_a_better_score_stands_farther_right_within_its_interval(drawn: Draw) -> None:
    plot = drawn(standings(12))
    found = dots(plot)
    bars = [mark.points for mark in plot.marks if isinstance(mark, LineShape) and mark.width == STROKE][1:]
    assert [dot.x for dot in found] == sorted((dot.x for dot in found), reverse=True)
    assert all(start[0] < dot.x < end[0] for dot, (start, end) in zip(found, bars, strict=True))


def test_those_left_out_are_counted(drawn: Draw) -> None:
    plot = drawn(standings(75))
    assert len(dots(plot)) == 60
    assert texts(plot)[-1] == "left out 15"
    assert "left out" not in " ".join(texts(drawn(standings(60))))


def test_a_figure_may_hold_fewer(drawn: Draw) -> None:
    assert texts(drawn(standings(9), max=("5",)))[-1] == "left out 4"


def test_one_unit_may_be_the_one_of_interest(drawn: Draw) -> None:
    plot = drawn(standings(9), highlight=("unit 3",))
    assert [dot.fill for dot in dots(plot)].index(PALETTE.highlight) == 3
    assert sum(dot.fill == PALETTE.highlight for dot in dots(plot)) == 1
    assert at(plot, "unit 3").bold and not at(plot, "unit 4").bold


def test_scores_and_ranks_without_an_interval_are_shown_without_one(drawn: Draw) -> None:
    plot = drawn([replace(fact, low=None, high=None) for fact in standings(9)])
    assert row(plot, "unit 4")[:2] == ["5", "unit 4"]
    assert "interval" not in texts(plot) and "range" not in texts(plot)


def test_it_names_the_facts_of_the_rows_it_shows(drawn: Draw) -> None:
    assert set(drawn(standings(9), max=("2",)).facts) == {
        f"place.{kind}.u{n}" for kind in ("score", "rank") for n in (0, 1)
    }
