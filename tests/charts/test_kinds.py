"""What strips, lines, bars, tables and calendars show is what the facts say."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from jianbao.charts.change import summed
from jianbao.charts.charts import arrange
from jianbao.charts.label_placement import lanes_of
from jianbao.charts.shapes import AreaShape, BoxShape, Dot, LineShape, Plot, TextShape
from jianbao.charts.spec import Size
from jianbao.charts.style import DOT, Palette
from jianbao.charts.text_metrics import FontMetricsList, joined
from jianbao.charts.time_axis import spread
from jianbao.data.claim_limits import Limits
from jianbao.data.facts import Fact, Ledger
from tests.charts.sample_facts import (
    Speaker,
    TwoSpeakers,
    causes,
    course,
    days,
    figure,
    history,
    ledger,
    partners,
    prizes,
    rivals,
    schools,
    speaker,
    winners,
)

PALETTE = Palette()
Draw = Callable[..., Plot]


@pytest.fixture
def drawn(faces: dict[str, FontMetricsList]) -> Draw:
    def made(
        name: str,
        facts: list[Fact] | Ledger,
        width: float = 174.0,
        language: str = "en",
        **options: tuple[str, ...] | None,
    ) -> Plot:
        spec = figure(name)
        given = {**spec.options, **options}
        spec = replace(spec, options={key: value for key, value in given.items() if value is not None})
        data = facts if isinstance(facts, Ledger) else ledger(facts)
        words = speaker(language)
        return arrange(spec=spec, ledger=data, words=words, size=Size(width), faces=faces[language], palette=PALETTE)

    return made


def texts(plot: Plot) -> list[str]:
    return [mark.text for mark in plot.marks if isinstance(mark, TextShape)]


def at(plot: Plot, text: str) -> TextShape:
    return next(mark for mark in plot.marks if isinstance(mark, TextShape) and mark.text == text)


def dots(plot: Plot) -> list[Dot]:
    return [mark for mark in plot.marks if isinstance(mark, Dot)]


def boxes(plot: Plot, colour: str) -> list[BoxShape]:
    return [mark for mark in plot.marks if isinstance(mark, BoxShape) and mark.fill == colour]


def strip(*cities: tuple[str, float], unit: str = "city", year: int = 2030) -> list[Fact]:
    return [
        Fact(id=f"rivals.ties.{city}", value=value, unit=unit, about=("ties", city), as_of=f"{year}-06-30")
        for city, value in cities
    ]


# Peers


def test_farther_right_is_more(drawn: Draw) -> None:
    plot = drawn("peers", strip(("few", 3.0), ("some", 6.0), ("many", 9.0)))
    assert [dot.x for dot in dots(plot)] == sorted(dot.x for dot in dots(plot))
    assert dots(plot)[2].x - dots(plot)[1].x == pytest.approx(dots(plot)[1].x - dots(plot)[0].x)


def test_ranks_run_backwards_so_that_right_is_better(drawn: Draw) -> None:
    plot = drawn("peers", strip(("first", 1.0), ("last", 9.0), unit="rank"))
    assert at(plot, "last 9").x < at(plot, "first 1").x
    assert at(plot, "1").x > at(plot, "10").x


def test_the_last_rank_ends_the_strip_where_it_is_known(drawn: Draw) -> None:
    ranks = strip(("first", 1.0), ("last", 9.0), unit="rank")
    plot = drawn("peers", [*ranks, Fact(id="rivals.ranked", value=43.0, unit="city")])
    assert at(plot, "1").x > at(plot, "last 9").x > at(plot, "43").x


def test_a_rank_is_spoken_of_only_where_one_is_shown(drawn: Draw) -> None:
    amounts, ranks = strip(("Home", 5.0), ("other", 8.0)), strip(("Home", 1.0), ("other", 9.0), unit="rank")
    ports = [Fact(id="rivals.ports.Home", value=5.0, about=("Home",), as_of="2030")]
    directions = {"right is more", "right is better", "right is more or better"}
    found = [directions & set(texts(drawn("peers", facts))) for facts in (amounts, ranks, [*ranks, *ports])]
    assert found == [{"right is more"}, {"right is better"}, {"right is more or better"}]


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ((63.0, 75.0), ("0", "80")),  # close to each other
        ((24.0, 63.0), ("20", "70")),
        ((4.0, 63.0), ("0", "80")),  # close to zero
        ((8.0, 20.0), ("5", "20")),  # no end of 7.5
        ((-3.0, 4.0), ("-4", "4")),
        ((7.0,), ("0", "8")),
    ],
)
def test_a_strip_has_round_ends_and_begins_at_zero_if_its_values_are_close(
    values: tuple[float, ...], ends: tuple[str, str], drawn: Draw
) -> None:
    plot = drawn("peers", strip(*((f"city {place}", value) for place, value in enumerate(values))))
    assert set(ends) < set(texts(plot)), texts(plot)


def test_the_home_city_is_larger_and_bold(drawn: Draw) -> None:
    plot = drawn("peers", strip(("Home", 5.0), ("other", 8.0)))
    assert at(plot, "Home 5").bold and not at(plot, "other 8").bold
    home, other = sorted(dots(plot), key=lambda dot: -dot.size)
    assert home.fill == PALETTE.highlight and home.x < other.x


def test_a_fact_of_its_own_stands_for_the_home_city(drawn: Draw) -> None:
    plot = drawn("peers", [*strip(("other", 8.0)), Fact(id="ties.total", value=12.0, as_of="2031-12-31")])
    assert at(plot, "Home 12").bold


def test_the_year_stands_beside_a_value_where_years_differ_and_once_where_they_do_not(drawn: Draw) -> None:
    same = drawn("peers", strip(("one", 3.0), ("two", 6.0)))
    assert texts(same).count("2030") == 0 and any(text.endswith("2030") for text in texts(same))
    other = [*strip(("one", 3.0)), *strip(("two", 6.0), year=2028)]
    assert {"2030", "2028"} < set(texts(drawn("peers", other)))


def test_another_counting_rule_is_hollow_and_named(drawn: Draw) -> None:
    rules = {"Home": "municipal", "a": "municipal", "b": "with districts"}
    facts = [
        replace(fact, limits=Limits(bases=(rules[fact.about[1]],)))
        for fact in strip(("Home", 5.0), ("a", 6.0), ("b", 9.0))
    ]
    plot = drawn("peers", facts)
    assert "with districts" in texts(plot) and any("municipal" in text for text in texts(plot))
    assert sum(dot.fill == PALETTE.paper for dot in dots(plot)) == 2  # that of the city, and the sign of the key


def test_a_family_of_another_counting_rule_stands_on_the_same_strip(drawn: Draw) -> None:
    facts = [Fact(id=f"rivals.{each}.x", value=5.0, about=(each,), as_of="2030") for each in ("ports", "planned")]
    plot = drawn("peers", facts)
    assert {"ports", "ports planned", "planned 5", "ports 5"} < set(texts(plot))
    assert sum(dot.fill == PALETTE.paper for dot in dots(plot)) == 2


def test_only_the_cities_that_are_asked_for_are_compared(drawn: Draw) -> None:
    plot = drawn("peers", strip(("Home", 5.0), ("a", 6.0), ("b", 9.0)), cities=("b",))
    assert {"Home 5", "b 9"} < set(texts(plot)) and "a 6" not in texts(plot)


def test_a_narrow_column_has_a_row_a_city_the_best_first(drawn: Draw) -> None:
    plot = drawn("peers", strip(*((f"city {each}", 5 + each * 0.1) for each in range(16))), width=78.0)
    assert at(plot, "city 15").y < at(plot, "city 0").y


def test_labels_on_a_line_keep_their_points_under_them() -> None:
    places, lengths = [10.0, 18.0, 26.0, 31.0, 50.0], [18.0, 12.0, 10.0, 16.0, 9.0]
    lanes = lanes_of(places, lengths, (0.0, 60.0), 2)
    assert lanes
    for place, length, left in zip(places, lengths, lanes.lefts, strict=True):
        assert left <= place <= left + length
    assert lanes_of([10.0] * 9, [30.0] * 9, (0.0, 60.0), 2) is None


# Lines, trend, growth


def test_a_line_stands_at_the_years_of_its_editions(drawn: Draw) -> None:
    plot = drawn("lines", [*prizes(4), *course(9)])
    towns = [dot for dot in dots(plot) if dot.fill == PALETTE.highlight]
    assert len(towns) == 4
    assert towns[1].x - towns[0].x == pytest.approx(towns[3].x - towns[2].x)


def test_a_reference_is_dashed_hollow_and_not_in_the_strong_colour(drawn: Draw) -> None:
    rivals = [Fact(id=f"rival.towns.n{year}", value=9.0, about=(str(year),)) for year in range(2002, 2009)]
    plot = drawn("lines", [*prizes(8), *rivals])
    strokes = [
        mark for mark in plot.marks if isinstance(mark, LineShape) and mark.width >= 1.0 and len(mark.points) == 2
    ]
    assert {bool(mark.dash) for mark in strokes if mark.colour != PALETTE.highlight and mark.width == 1.0} == {True}
    assert {dot.fill for dot in dots(plot) if dot.edge == PALETTE.mark} == {PALETTE.paper}


def test_no_line_joins_few_values_or_values_with_years_missing_between(drawn: Draw) -> None:
    years = {"prize.towns": (2014, 2015, 2016, 2020, 2024, 2025), "rival.towns": (2019, 2020, 2021, 2022, 2023)}
    facts = [Fact(id=f"{key}.n{each}", value=4.0, about=(str(each),)) for key, found in years.items() for each in found]
    plot = drawn("lines", facts, reference=None, shade=None)
    strokes = [mark for mark in plot.marks if isinstance(mark, LineShape) and mark.width > 1.0]
    assert [(mark.colour, bool(mark.dash)) for mark in strokes] == [(PALETTE.highlight, False)] * 3
    assert len(dots(plot)) == 11
    assert texts(plot).count("2023") == 1 and texts(plot).count("2025") == 1  # at the series' end, and on the axis


def test_counts_have_whole_numbers_on_their_axis_and_few_points_their_numbers(drawn: Draw) -> None:
    values = {"prize.towns": {2018: 2.0, 2024: 1.0, 2025: 2.0}, "rival.towns": {2019: 3.0, 2024: 4.0}}
    facts = [
        Fact(id=f"{key}.n{year}", value=value, about=(str(year),))
        for key, found in values.items()
        for year, value in found.items()
    ]
    written = texts(drawn("lines", facts, reference=None, shade=None))
    assert not any("." in each for each in written)
    assert (
        written.count("3") == 2 and written.count("1") == 2 and written.count("4") == 3
    )  # on the axis, at their points, at their ends


def test_a_line_that_ends_before_another_says_that_none_is_on_record_since(drawn: Draw) -> None:
    towns = [fact for fact in prizes(8) if fact.id.startswith("prize.")]
    for end, noted in ((2009, True), (2017, False)):
        rivals = [Fact(id=f"rival.towns.n{year}", value=9.0, about=(str(year),)) for year in range(2002, end)]
        assert ("ends" in texts(drawn("lines", [*towns, *rivals]))) == noted


def test_lines_begin_at_zero_unless_they_say_otherwise_and_then_the_axis_is_cut(drawn: Draw) -> None:
    facts = [fact for fact in course(9) if fact.id.startswith("score_by_year")]
    slanted = [mark for mark in drawn("alone", facts).marks if isinstance(mark, LineShape) and _slants(mark)]
    assert "0" not in texts(drawn("alone", facts)) and len(slanted) >= 2
    assert "0" in texts(drawn("alone", facts, zero=("yes",)))


def _slants(mark: LineShape) -> bool:
    (x0, y0), (x1, y1) = mark.points[0], mark.points[-1]
    return mark.colour == PALETTE.muted and x0 != x1 and y0 != y1


def test_years_without_a_value_are_named_and_never_bridged(drawn: Draw) -> None:
    plot = drawn("trend", course(9))
    lines = [mark for mark in plot.marks if isinstance(mark, LineShape) and mark.colour == PALETTE.highlight]
    assert [len(line.points) for line in lines] == [2, 5]
    assert texts(plot).count("gap") == 1
    (gap,) = (box for box in boxes(plot, PALETTE.span) if box.frame.bottom - box.frame.top > 20)
    assert lines[0].points[-1][0] < gap.frame.left and gap.frame.right < lines[1].points[0][0]


@pytest.mark.parametrize(("number", "hollow"), [(1.0, 1), (0.0, 0)])
def test_a_year_that_rests_on_values_of_an_earlier_one_has_a_hollow_dot(
    drawn: Draw, number: float, hollow: int
) -> None:
    plot = drawn("trend", [*course(9), Fact(id="carried_by_year.n2029", value=number, about=("2029",))])
    course_dots = [dot for dot in dots(plot) if PALETTE.highlight in (dot.fill, dot.edge)]
    assert [dot.fill for dot in course_dots].count(PALETTE.paper) == 2 * hollow  # that of the key, too
    assert texts(plot).count("carried") == hollow


def test_the_band_runs_through_the_ends_of_the_intervals(drawn: Draw) -> None:
    plot = drawn("trend", course(9))
    bands = [mark for mark in plot.marks if isinstance(mark, AreaShape)]
    assert [len(band.points) for band in bands] == [4, 8]  # the first and the eighth year have no interval
    assert "interval" in texts(plot)


def test_first_last_highest_and_lowest_are_written(drawn: Draw) -> None:
    plot = drawn("trend", course(9))
    assert {"50.0", "60.0", "57.5"} <= set(texts(plot))
    assert at(plot, "57.5").size > at(plot, "60.0").size


def test_coverage_is_as_high_as_its_share_and_paler_without_a_value(drawn: Draw) -> None:
    plot = drawn("trend", course(9))
    bars = [box for box in plot.marks if isinstance(box, BoxShape) and box.fill in (PALETTE.rule, PALETTE.paper)]
    bars = [box for box in bars if box.frame.bottom == max(each.frame.bottom for each in bars)]
    heights = [box.frame.bottom - box.frame.top for box in bars]
    assert len(bars) == 9 and heights[8] / heights[0] == pytest.approx(0.72 / 0.4)
    assert [place for place, box in enumerate(bars) if box.fill == PALETTE.paper] == [2, 3]


def test_a_span_is_shaded_from_its_fact_to_the_end_and_labelled(drawn: Draw) -> None:
    plot = drawn("shaded", [*history(20), *rivals(1)])
    quiet, storm = sorted(boxes(plot, PALETTE.span), key=lambda box: -box.frame.right)
    line = next(mark for mark in plot.marks if isinstance(mark, LineShape) and mark.colour == PALETTE.highlight)
    assert quiet.frame.right == pytest.approx(line.points[-1][0])
    years = line.points[-1][0] - line.points[0][0]
    assert (quiet.frame.right - quiet.frame.left) / years == pytest.approx(16.5 / 43.5, rel=0.01)
    assert (storm.frame.right - storm.frame.left) / years == pytest.approx(5 / 43.5, rel=0.01)
    assert quiet.frame.left < at(plot, "quiet").x < quiet.frame.right


def test_a_span_whose_beginning_is_not_known_is_not_shaded(drawn: Draw) -> None:
    plot = drawn("shaded", history(20))
    assert len(boxes(plot, PALETTE.span)) == 1 and "quiet" not in texts(plot)


def test_a_span_too_short_to_be_seen_is_neither_labelled_nor_makes_the_figure_higher(drawn: Draw) -> None:
    facts = [
        replace(fact, value="2031-12-29") if fact.id == "ties.last_on" else fact for fact in [*history(20), *rivals(1)]
    ]
    plot = drawn("shaded", facts)
    assert len(boxes(plot, PALETTE.span)) == 1 and "quiet" not in texts(plot)
    assert plot.height == drawn("shaded", history(20)).height


def test_a_value_that_is_not_verified_is_hollow_and_says_so(drawn: Draw) -> None:
    facts = [replace(fact, confidence="unverified") if fact.id == "all.by_year.n2031" else fact for fact in history(20)]
    plot = drawn("growth", facts)
    assert sum(dot.fill == PALETTE.paper and dot.edge == PALETTE.mark for dot in dots(plot)) == 1
    assert "reported" in texts(plot) and "reported" not in texts(drawn("growth", history(20)))


def test_values_of_days_stand_in_their_years_and_the_last_of_a_year_counts(drawn: Draw) -> None:
    facts = [fact for fact in history(20) if not fact.id.startswith("all.by_year")]
    days = {"2028-03": 21.0, "2028-11-05": 22.0, "2030": 24.0}
    facts += [Fact(id=f"all.by_year.n{day}", value=value, about=(day,)) for day, value in days.items()]
    plot = drawn("growth", facts)
    assert {"all.by_year.n2028-11-05", "all.by_year.n2030"} <= set(plot.facts)
    assert "all.by_year.n2028-03" not in plot.facts and "24" in texts(plot)


def test_steps_end_with_the_year_until_which_their_list_is_complete(drawn: Draw) -> None:
    def ends(complete: str) -> list[float]:
        """Return how far right the steps and their dot reach."""
        facts = [
            replace(fact, limits=replace(fact.limits, complete=complete))
            if fact.id.startswith("ties.by_year")
            else fact
            for fact in history(20)
        ]
        marks = drawn("growth", facts).marks
        (line,) = (mark for mark in marks if isinstance(mark, LineShape) and mark.colour == PALETTE.highlight)
        (dot,) = (mark for mark in marks if isinstance(mark, Dot) and mark.fill == PALETTE.highlight)
        assert line.points[-1] == (dot.x, dot.y) and not line.dash
        return [dot.x]

    assert ends("2029-12-31") < ends("complete") == ends("2031-06-30")


def test_labels_in_a_column_stand_around_their_wishes_without_meeting() -> None:
    assert spread([(10.0, 4.0), (30.0, 4.0)], 0.0, 1.0) == [10.0, 30.0]
    assert spread([(10.0, 4.0), (10.0, 4.0)], 0.0, 1.0) == [7.5, 12.5]
    assert spread([(1.0, 4.0), (2.0, 4.0)], 0.0, 1.0) == [2.0, 7.0]


def test_a_trend_does_not_begin_long_before_its_first_value(drawn: Draw) -> None:
    late = [fact for fact in course(9) if not fact.id.startswith("score") or int(fact.id[-4:]) >= 2028]
    first = min(int(fact.id[-4:]) for fact in late if fact.id.startswith("score"))
    years = [int(text) for text in texts(drawn("trend", late)) if text.isdecimal() and len(text) == 4]
    assert first - 2 <= min(years) < first


def test_numbers_on_a_line_that_would_stand_close_are_left_out_but_the_first(drawn: Draw) -> None:
    facts = [Fact(id=f"prize.towns.n{year}", value=float(year), as_of=str(year)) for year in range(2020, 2027)]
    roomy, narrow = (texts(drawn("lines", facts, width=width)) for width in (174.0, 60.0))
    assert "2,022" in roomy
    assert "2,022" not in narrow and "2,020" in narrow


# Bars and change


def test_bars_are_as_long_as_their_values_the_largest_first(drawn: Draw) -> None:
    facts = [fact for fact in prizes(2) if fact.id.startswith("won.land")]
    plot = drawn("bars", facts)
    lengths = [box.frame.right - box.frame.left for box in boxes(plot, PALETTE.mark)]
    assert lengths[0] / lengths[1] == pytest.approx(6 / 4)
    assert at(plot, "Ost").y < at(plot, "Vest").y < at(plot, "Sund").y
    given = drawn("bars", facts, order=("given",))
    assert at(given, "Nord").y < at(given, "Sund").y


def test_all_bars_that_are_the_longest_are_highlighted_where_nothing_else_is_asked_for(drawn: Draw) -> None:
    facts = [
        Fact(id=f"won.land.{key}", value=value, about=(key.title(),))
        for key, value in (("ost", 4.0), ("vest", 4.0), ("nord", 2.0))
    ]
    plot = drawn("bars", facts, highlight=None)
    assert len(boxes(plot, PALETTE.highlight)) == 2
    assert len(boxes(plot, PALETTE.mark)) == 1


def test_what_bars_are_measured_by_is_a_line_with_its_name(drawn: Draw) -> None:
    facts = [*(fact for fact in prizes(2) if fact.id.startswith("won.land")), Fact(id="rival.best", value=3.0)]
    plot = drawn("bars", facts)
    line = next(mark for mark in plot.marks if isinstance(mark, LineShape) and mark.dash)
    longest = max(boxes(plot, PALETTE.mark), key=lambda box: box.frame.right)
    assert line.points[0][0] - longest.frame.left == pytest.approx((longest.frame.right - longest.frame.left) / 2)
    assert "reference 3" in texts(plot)


def test_the_last_value_is_marked_on_the_bar(drawn: Draw) -> None:
    facts = [fact for fact in prizes(2) if fact.id.startswith("won.land")]
    plot = drawn("bars", [*facts, Fact(id="won.before.ost", value=3.0, about=("Ost",))])
    assert {"value", "previous"} < set(texts(plot))
    longest = max(boxes(plot, PALETTE.mark), key=lambda box: box.frame.right)
    mark = [each for each in plot.marks if isinstance(each, LineShape) and each.colour == PALETTE.ink][-1]
    assert mark.points[0][0] == pytest.approx((longest.frame.left + longest.frame.right) / 2)


def test_colour_and_pattern_say_who_decides_about_a_cause(drawn: Draw) -> None:
    plot = drawn("change", causes(2.0, 1.0, 0.5))
    assert {"city", "shared", "outside"} < set(texts(plot))
    city = [box for box in boxes(plot, PALETTE.highlight) if box.frame.right - box.frame.left > 10]
    outside = [box for box in boxes(plot, PALETTE.mark) if box.frame.right - box.frame.left > 10]
    hatching = [mark for mark in plot.marks if isinstance(mark, LineShape) and mark.colour == PALETTE.highlight]
    assert len(city) == len(outside) == 1 and len(hatching) > 10
    assert at(plot, "cause 0").bold and not at(plot, "cause 1").bold


def test_a_cause_of_which_nobody_says_who_decides_is_hollow(drawn: Draw) -> None:
    plot = drawn("change", causes(4.0, 3.0, 2.0, 1.0))
    hollow = [mark for mark in plot.marks if isinstance(mark, BoxShape) and mark.fill == PALETTE.paper]
    assert len(hollow) == 1 and hollow[0].edge == PALETTE.muted


def test_the_sums_by_who_decides_are_causes_too(drawn: Draw) -> None:
    facts = [Fact(id=f"moved.{each}", value=1.0, unit="point", about=(each,)) for each in ("city", "outside")]
    plot = drawn("change", facts)
    assert boxes(plot, PALETTE.highlight) and texts(plot).count("city") == 2  # in the key, and as a row


def test_a_sum_by_who_decides_has_the_words_of_the_key(faces: dict[str, FontMetricsList]) -> None:
    words = Speaker("en", labels={"shared": "Decided with others"})
    facts = ledger([Fact(id="moved_by.shared", value=0.0, unit="point", about=("shared",)), *causes(2.0)[1:]])
    plot = arrange(
        spec=figure("change"), ledger=facts, words=words, size=Size(174.0), faces=faces["en"], palette=PALETTE
    )
    assert texts(plot).count("Decided with others") == 2 and "shared" not in texts(plot)


def test_who_decides_and_moved_nothing_has_a_row_of_nothing(drawn: Draw) -> None:
    facts = [*causes(2.0)[1:], Fact(id="moved_by.shared", value=0.0, unit="point", about=("shared",))]
    facts += [Fact(id="moved_by.city", value=2.0, unit="point", about=("city",))]
    plot = drawn("change", facts)
    assert texts(plot).count("shared") == 2 and texts(plot).count("city") == 1
    assert "0.0" in texts(plot)


def test_who_decides_about_nothing_with_data_has_words_and_no_bar(faces: dict[str, FontMetricsList]) -> None:
    words = Speaker("en", labels={"unmeasured": "not measured", "city": "Decided by the city"})
    counts = [
        Fact(id=f"measured_by.{each}", value=number, about=(each,)) for each, number in (("city", 0), ("shared", 2))
    ]
    moved = Fact(id="moved.trade", value=1.0, unit="point", about=("trade", "outside"))
    plot = arrange(
        spec=figure("change"),
        ledger=ledger([moved, *counts]),
        words=words,
        size=Size(174.0),
        faces=faces["en"],
        palette=PALETTE,
    )
    assert "Decided by the city" in texts(plot) and texts(plot).count("not measured") == 1
    assert not boxes(plot, PALETTE.highlight), "there is no bar of the city, not even one of no length"


def test_a_cause_that_brought_nothing_stays(drawn: Draw) -> None:
    plot = drawn("change", causes(0.0, 1.0))
    assert "cause 0" in texts(plot) and "0.0" in texts(plot)


def test_printed_parts_add_up_to_the_printed_whole(drawn: Draw) -> None:
    plot = drawn("change", causes(0.44, 0.44, 0.44))
    numbers = [float(text) for text in texts(plot) if text.startswith("+")]
    assert sorted(numbers) == [0.4, 0.4, 0.5, 1.3]
    shares = [int(text.rstrip("%")) for text in texts(plot) if text.endswith("%")]
    assert sum(shares) == 100


def test_what_no_cause_explains_stands_by_itself_so_that_the_parts_are_the_whole(drawn: Draw) -> None:
    facts = [*causes(2.0, 1.0), Fact(id="moved_in_all", value=4.5, unit="point")]
    plot = drawn("change", ledger(facts))
    assert "rest" in texts(plot) and {"+2.0", "+1.0", "+1.5", "+4.5"} < set(texts(plot))


def test_parts_that_are_not_the_whole_are_left_as_they_are() -> None:
    assert summed([0.26, 0.26], 5.0, 0.1) == pytest.approx([0.3, 0.3])
    assert summed([0.25, 0.25, 0.5], 1.0, 0.1) == pytest.approx([0.3, 0.2, 0.5])
    assert summed([-0.26, 0.56], 0.3, 0.1) == pytest.approx([-0.3, 0.6])


def test_a_rise_has_a_plus_sign_a_fall_a_minus_and_what_is_printed_as_zero_has_none(drawn: Draw) -> None:
    printed = set(texts(drawn("change", causes(2.0, 0.01, -1.0))))
    assert {"+2.0", "0.0"} < printed and "+0.0" not in printed and any(text[1:] == "1.0" for text in printed)


def test_causes_that_worked_against_each_other_have_no_shares(drawn: Draw) -> None:
    assert not [text for text in texts(drawn("change", causes(2.0, -1.0))) if text.endswith("%")]


def test_the_smallest_of_many_causes_stand_as_one(drawn: Draw) -> None:
    plot = drawn("change", causes(5.0, 4.0, 3.0, 2.0, 1.0), max=("3",))
    assert {"others", "cause 0", "cause 1"} < set(texts(plot)) and "cause 2" not in texts(plot)
    assert {"+6.0", "+15.0"} < set(texts(plot))


# Matrix


def test_a_dot_stands_where_row_and_column_meet_and_the_rest_is_listed(drawn: Draw) -> None:
    facts = [*partners("ties", 8), winners("ties0", "ties3"), *schools(8)]
    plot = drawn("matrix", facts)
    marked = [dot for dot in dots(plot) if dot.fill == PALETTE.highlight]
    assert len(marked) == 2 + 3
    assert {"1990", "1993"} < set(texts(plot))  # since when, for the first two schools
    assert at(plot, "none").bold and "5" in texts(plot)
    assert {"ties1", "ties2", "ties4", "ties5", "ties7"} < set(texts(plot))


def test_what_is_to_be_checked_has_a_hollow_dot_in_the_column_that_it_is_about(drawn: Draw) -> None:
    asked = Fact(id="asked.names", value=("ties3",), kind="names")
    plot = drawn("matrix", [*partners("ties", 8), winners("ties0"), asked, *schools(8)])
    (hollow,) = [dot for dot in dots(plot) if not dot.fill and dot.edge == PALETTE.highlight]
    (filled,) = [dot for dot in dots(plot) if dot.fill and dot.x == hollow.x]
    assert at(plot, "ties3").y == pytest.approx(hollow.y, abs=1.5) and at(plot, "ties0").y == pytest.approx(
        filled.y, abs=1.5
    )


def test_rows_of_most_links_come_first_unless_their_order_is_given(drawn: Draw) -> None:
    facts = [*partners("ties", 8), winners("ties6"), schools(8)[0]]
    plot = drawn("matrix", facts)
    assert at(plot, "ties6").y < at(plot, "ties0").y < at(plot, "ties3").y
    given = drawn("matrix", facts, order=("given",))
    assert at(given, "ties0").y < at(given, "ties3").y < at(given, "ties6").y


def test_columns_without_room_for_their_names_are_called_by_letters(drawn: Draw) -> None:
    plot = drawn("matrix", [*partners("ties", 8), winners("ties0"), *schools(8)], width=30.0)
    assert {"A", "B", "C"} < set(texts(plot))
    assert texts(plot).count("A") == 2 and "won" in texts(plot)


def test_rows_that_are_left_out_are_counted(drawn: Draw) -> None:
    plot = drawn("matrix", [*partners("ties", 30), winners("ties0"), *schools(30)], max=("4",))
    assert "left out 6" in texts(plot)


# Timeline


def event(name: str, when: str, kind: str = "fair") -> list[Fact]:
    return [
        Fact(id=f"day.on.{name}", value=when, kind="date", about=(name,)),
        Fact(id=f"day.kind.{name}", value=kind, kind="text", about=(name,)),
    ]


def test_what_is_past_is_filled_and_what_is_planned_is_hollow(drawn: Draw) -> None:
    plot = drawn("timeline", [*event("gone", "2031-08-01"), *event("due", "2032-03-01")])
    gone, due = [dot for dot in dots(plot) if dot.y > at(plot, "fair").y - 5][-2:]
    assert (gone.fill, due.fill) == (PALETTE.muted, PALETTE.paper)
    assert gone.x < due.x and {"past", "planned"} < set(texts(plot))
    assert "today 31 Dec 2031" in texts(plot)


def test_a_day_that_is_not_fixed_is_hatched_over_its_month(drawn: Draw) -> None:
    plot = drawn("timeline", [*event("due", "2032-03"), *event("also due", "2032-04-02")])
    assert "open" in texts(plot) and "due, Mar" in texts(plot)
    assert any(isinstance(mark, LineShape) and mark.colour == PALETTE.highlight for mark in plot.marks)


def test_a_past_event_of_which_only_the_month_is_known_is_not_said_to_be_open(drawn: Draw) -> None:
    plot = drawn("timeline", [*event("gone", "2031-08"), *event("also gone", "2031-04-02")])
    assert "undated" in texts(plot) and "open" not in texts(plot)
    both = texts(drawn("timeline", [*event("gone", "2031-08"), *event("due", "2032-03")]))
    assert {"undated", "open"} < set(both)


def test_lanes_stand_by_date_or_as_they_are_declared_and_then_no_others(drawn: Draw) -> None:
    facts = [*event("a", "2032-01-05", "visits"), *event("b", "2032-02-05", "fair"), *event("c", "2032-03-05", "prize")]
    plot = drawn("timeline", facts)
    assert at(plot, "visits").y < at(plot, "fair").y < at(plot, "prize").y
    chosen = drawn("timeline", facts, lanes=("prize", "visits"))
    assert at(chosen, "prize").y < at(chosen, "visits").y and "fair" not in texts(chosen)


def test_events_outside_the_window_are_left_out(drawn: Draw) -> None:
    facts = [*event("early", "2030-05-01"), *event("due", "2032-03-01"), *event("late", "2033-01-01")]
    window = {"window/from": ("2031",), "window/to": ("2032",)}
    found = texts(drawn("timeline", facts, **window))
    assert any("due" in text for text in found) and not any("early" in text or "late" in text for text in found)


def test_an_axis_of_many_years_is_one_of_years(drawn: Draw) -> None:
    plot = drawn("timeline", [*event("a", "2019"), *event("b", "2032-02-05")])
    assert {"2019", "2032"} < set(texts(plot)) and "Feb" not in texts(plot)
    assert "b, 5 Feb 2032" in texts(plot)


def test_an_event_without_a_lane_does_not_put_the_year_beside_the_others(drawn: Draw) -> None:
    plot = drawn("timeline", [*event("a", "2019", "visits"), *event("b", "2032-02-05")], lanes=("fair",))
    assert "b, 5 Feb" in texts(plot)


def test_a_narrow_column_is_a_list_of_dates_with_their_years(drawn: Draw) -> None:
    plot = drawn("timeline", days(9), width=78.0)
    assert at(plot, "17 Jan 2031").x < at(plot, "day 0").x
    assert at(plot, "17 Jan 2031").y == at(plot, "day 0").y


def test_events_have_the_names_that_texts_give_them_in_each_language(drawn: Draw) -> None:
    said = {"zh": "开幕", "en": "Opening"}
    facts = [*event("due", "2032-03-01"), *event("later", "2032-09-01")]
    facts += [Fact(id=f"day.{key}.due", value=text, kind="text", about=("due",)) for key, text in said.items()]
    assert {"Opening, 1 Mar", "later, 1 Sept"} < set(texts(drawn("timeline", facts)))
    assert {"开幕，3月1日", "Opening, 1 Mar"} < set(texts(drawn("timeline", facts, language="zh-en")))


def test_events_that_would_meet_stand_in_rows_of_their_own(drawn: Draw) -> None:
    plot = drawn("timeline", [*event("first", "2032-03-01"), *event("second", "2032-03-04")])
    assert at(plot, "first, 1 Mar").y != at(plot, "second, 4 Mar").y


def task(name: str, number: str, month: str) -> Fact:
    return Fact(id=f"plan.{name}.by", value=month, kind="date", about=(number,))


def test_tasks_stand_by_number_in_the_middle_of_their_month_as_far_as_the_events_go(drawn: Draw) -> None:
    tasks = [task("call", "1.1", "2032-03"), task("list", "2.1", "2032-03"), task("much later", "2.2", "2035-01")]
    total = Fact(id="plan.cost", value="2032-02", kind="date")
    plot = drawn("timeline", [*event("fair", "2032-03-31"), *tasks, total])
    assert "1.1, 2.1" in texts(plot) and not any("2.2" in text for text in texts(plot))
    assert len(dots(plot)) == 4  # two in the key, the fair and the month
    assert {"plan.call.by", "plan.list.by"} < set(plot.facts) and "plan.much later.by" not in plot.facts


def test_a_dot_on_the_last_day_is_inside_the_figure(drawn: Draw) -> None:
    plot = drawn("timeline", [*event("first", "2032-01-01"), *event("last", "2032-12-31")])
    assert all(DOT / 2 <= dot.x <= plot.width - DOT / 2 for dot in dots(plot))


# Award


def test_an_award_is_measured_by_a_line_across_its_panel(drawn: Draw) -> None:
    plot = drawn("measured", [*prizes(4), Fact(id="rival.best", value=14.0)])
    lines = [mark for mark in plot.marks if isinstance(mark, LineShape) and mark.dash]
    towns = [box for box in plot.marks if isinstance(box, BoxShape) and box.frame.left >= lines[1].points[0][0]]
    second = sorted(towns, key=lambda box: box.frame.left)[1]
    assert lines[-1].points[0][1] == pytest.approx(second.frame.top)
    assert "towns reference 14" in texts(plot)


# Two languages


def test_a_figure_of_two_languages_says_everything_in_both_and_numbers_once(drawn: Draw) -> None:
    plot = drawn("peers", strip(("Home", 5.0), ("other", 7.6)), language="zh-en")
    assert {"市Home 5", "Home", "市other 7.6", "other", "市ties", "ties"} <= set(texts(plot))
    assert [text for text in texts(plot) if "7.6" in text] == ["市other 7.6"]


def test_what_is_said_one_after_the_other_is_joined_language_by_language() -> None:
    assert joined(("友城\nTies", "2030", "个\nnumber")) == "友城，2030，个\nTies, 2030, number"
    assert joined(("Ties", "", "2030"), " ") == "Ties 2030"


def test_names_of_two_languages_share_a_line_where_there_is_room(drawn: Draw) -> None:
    facts = [fact for fact in prizes(2) if fact.id.startswith("won.land")]
    assert "市Ost  Ost" in texts(drawn("bars", facts, language="zh-en"))
    narrow = texts(drawn("bars", facts, width=50.0, language="zh-en"))
    assert {"市Ost", "Ost"} < set(narrow)
    assert isinstance(speaker("zh-en"), TwoSpeakers)
