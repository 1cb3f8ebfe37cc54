"""What each chart shows is what the facts say."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from math import dist

import pytest

from jianbao.charts.charts import arrange, check_chart_text, fit_labels
from jianbao.charts.scorecard import read_tree
from jianbao.charts.shapes import BoxShape, Dot, Frame, LineShape, Plot, TextShape, stacked
from jianbao.charts.spec import Size
from jianbao.charts.style import Palette
from jianbao.charts.text_metrics import FontMetricsList, line_height
from jianbao.core.errors import Place
from jianbao.data.claim_limits import Limits
from jianbao.data.facts import Fact, Ledger
from tests.charts.sample_facts import (
    LEAVES,
    LEVELS,
    Speaker,
    choices,
    figure,
    history,
    ledger,
    partners,
    prizes,
    scores,
    winners,
    world,
)

PALETTE = Palette()
Draw = Callable[..., Plot]


@pytest.fixture
def drawn(faces: dict[str, FontMetricsList]) -> Draw:
    def made(name: str, data: Ledger, width: float = 166.0, **options: tuple[str, ...]) -> Plot:
        spec = figure(name)
        spec = replace(spec, options={**spec.options, **options})
        return arrange(
            spec=spec, ledger=data, words=Speaker("en"), size=Size(width), faces=faces["en"], palette=PALETTE
        )

    return made


def texts(plot: Plot) -> list[str]:
    return [mark.text for mark in plot.marks if isinstance(mark, TextShape)]


def named_at_the_end(plot: Plot) -> set[tuple[str, str]]:
    """Return each text with the one after it: a last value, and what it is of."""
    return set(pairwise(texts(plot)))


def boxes(plot: Plot, colour: str) -> list[BoxShape]:
    return [mark for mark in plot.marks if isinstance(mark, BoxShape) and mark.fill == colour]


def long(box: BoxShape) -> float:
    return box.frame.right - box.frame.left


def dots(plot: Plot, colour: str) -> list[Dot]:
    return [mark for mark in plot.marks if isinstance(mark, Dot) and colour in (mark.fill, mark.edge)]


def compass_of(*places: tuple[str, str, float, float]) -> Ledger:
    found = []
    for land, city, bearing, km in places:
        found.append(Fact(id=f"ties.distance.{land.lower()}.{city}", value=km, unit="km", about=(land, city)))
        found.append(Fact(id=f"ties.bearing.{land.lower()}.{city}", value=bearing, unit="degree", about=(land, city)))
    return ledger(found)


def test_the_compass_has_north_up_and_east_to_the_right(drawn: Draw) -> None:
    plot = drawn("compass", compass_of(("Nord", "up", 0, 8000), ("Ost", "right", 90, 8000)))
    home, *cities = [mark for mark in plot.marks if isinstance(mark, Dot) and mark.y < plot.height][:3]
    assert (cities[0].x, cities[1].y) == pytest.approx((home.x, home.y))
    assert cities[0].y < home.y and cities[1].x > home.x


def test_twice_as_far_is_twice_as_far_out(drawn: Draw) -> None:
    plot = drawn("compass", compass_of(("Nord", "near", 40, 4000), ("Nord", "far", 40, 8000)))
    home, near, far = [mark for mark in plot.marks if isinstance(mark, Dot)][:3]
    assert dist((home.x, home.y), (far.x, far.y)) == pytest.approx(2 * dist((home.x, home.y), (near.x, near.y)))


def test_only_the_highlighted_continent_has_colour(drawn: Draw) -> None:
    data = ledger([*partners("ties", 12), *partners("pacts", 8)])
    assert len(dots(drawn("compass", data), PALETTE.highlight)) == 5
    assert dots(drawn("compass", data, highlight=()), PALETTE.highlight) == []


def test_exchange_cities_are_hollow_and_of_another_shape(drawn: Draw) -> None:
    plot = drawn("compass", ledger([*partners("ties", 4), *partners("pacts", 4)]))
    shapes = {mark.shape: mark.fill for mark in plot.marks if isinstance(mark, Dot)}
    assert shapes["diamond"] == PALETTE.paper != shapes["circle"]


def test_the_compass_names_home_the_farthest_and_the_first_of_each_continent(drawn: Draw) -> None:
    data = ledger([*partners("ties", 12), *history(12)])
    shown = texts(drawn("compass", data))
    assert "Home" in shown and "ties11  15,883.3 km" in shown
    assert {"ties0", "ties2", "ties3"} & set(shown)


def test_bars_of_the_compass_are_as_long_as_the_counts(drawn: Draw) -> None:
    plot = drawn("compass", ledger(partners("ties", 6)))
    lengths = [long(box) for box in (*boxes(plot, PALETTE.mark), *boxes(plot, PALETTE.highlight))]
    assert sorted(lengths) == pytest.approx([max(lengths) / 2] * 2 + [max(lengths)] * 2)


def test_growth_steps_end_at_the_last_count_and_start_at_zero(drawn: Draw) -> None:
    plot = drawn("growth", ledger(history(20)))
    steps = next(mark for mark in plot.marks if isinstance(mark, LineShape) and mark.colour == PALETTE.highlight)
    zero = steps.points[0][1]
    total = [mark for mark in plot.marks if isinstance(mark, Dot) and mark.fill == PALETTE.mark][-1]
    assert (zero - steps.points[-1][1]) * 2 == pytest.approx(zero - total.y)
    assert named_at_the_end(plot) >= {("20", "sister"), ("40", "total")}


def test_growth_marks_the_first_of_each_continent(drawn: Draw) -> None:
    plot = drawn("growth", ledger(history(20)))
    assert len([mark for mark in dots(plot, PALETTE.highlight) if mark.fill == PALETTE.paper]) == 4
    assert {"Nord", "Sund", "Vest", "Ost"} <= set(texts(plot))


def test_growth_names_all_cities_that_were_first_on_one_day(drawn: Draw) -> None:
    both = Fact(id="ties.first.nord", value=("ties0", "ties1"), kind="names", about=("Nord",))
    facts = [both if each.id == both.id else each for each in history(20)]
    assert [text for text in texts(drawn("growth", ledger(facts))) if "ties0" in text and "ties1" in text]


def test_growth_without_totals_or_firsts_still_stands(drawn: Draw) -> None:
    plain = [fact for fact in history(20) if fact.id.startswith("ties.by_year")]
    assert named_at_the_end(drawn("growth", ledger(plain))) >= {("20", "sister")}


def test_the_scorecard_draws_scores_intervals_and_the_last_edition(drawn: Draw) -> None:
    plot = drawn("scorecard", ledger(scores(50.0)))
    now = dots(plot, PALETTE.highlight)
    before = [mark for mark in dots(plot, PALETTE.muted) if mark.fill == PALETTE.paper]
    intervals = boxes(plot, PALETTE.rule)
    assert len(now) == 1 + 8 and len(before) == 1 + 7 and len(intervals) == 1 + 8  # each with its key entry
    assert texts(plot).count("50.0") == 8 and texts(plot).count("45.0") == 7


def test_a_score_that_has_not_moved_shows_inside_the_ring_of_the_last_edition(drawn: Draw) -> None:
    facts = [replace(fact, value=50.0) if fact.id.startswith("previous.") else fact for fact in scores(50.0)]
    plot = drawn("scorecard", ledger(facts))
    rings = {(mark.x, mark.y): mark.size for mark in dots(plot, PALETTE.muted)[1:]}
    points = {(mark.x, mark.y): mark.size for mark in dots(plot, PALETTE.highlight)[1:]}
    assert rings and all(points[place] < size for place, size in rings.items())


def test_each_level_is_a_group_below_its_head_and_the_whole_is_at_the_foot(drawn: Draw) -> None:
    plot = drawn("scorecard", ledger(scores(50.0)))
    said = [
        text for text in texts(plot) if text in {"whole", *LEVELS, *(each for own in LEVELS.values() for each in own)}
    ]
    assert said == [*(name for level, own in LEVELS.items() for name in (level, *own)), "whole"]
    assert len(boxes(plot, PALETTE.span)) == len(LEVELS)


def averages(plot: Plot) -> list[LineShape]:
    return [mark for mark in plot.marks if isinstance(mark, LineShape) and mark.dash]


def test_a_line_leads_from_the_score_of_a_level_through_its_dimensions_if_the_key_explains_it(
    drawn: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, *found = averages(drawn("scorecard", ledger(scores(50.0))))
    assert len(found) == len(LEVELS) and all(bottom[1] > top[1] for top, bottom in (line.points for line in found))
    label = Speaker.label

    def without(speaker: Speaker, key: str) -> str:
        if key == "average":
            raise KeyError(key)
        return label(speaker, key)

    monkeypatch.setattr(Speaker, "label", without)
    assert entry and averages(drawn("scorecard", ledger(scores(50.0)))) == []


def test_the_numbers_of_the_last_edition_are_left_out_where_the_scale_would_have_no_room(drawn: Draw) -> None:
    wide, narrow = (drawn("scorecard", ledger(scores(50.0)), width) for width in (166.0, 84.0))
    assert "45.0" in texts(wide) and "45.0" not in texts(narrow)
    assert len(dots(wide, PALETTE.muted)) == len(dots(narrow, PALETTE.muted))


def test_a_first_edition_has_no_key_for_the_last_one(drawn: Draw) -> None:
    assert "previous" not in texts(drawn("scorecard", ledger(scores(50.0, previous=False))))


def test_a_dimension_without_a_score_says_so(drawn: Draw) -> None:
    plot = drawn("scorecard", ledger(scores(50.0, silent=[f"voice_{leaf}" for leaf in LEAVES])))
    assert texts(plot).count("no score") == 1
    assert "voice" in texts(plot)


@pytest.mark.parametrize("before", [0.0, 20.0, 48.0, 52.0, 80.0, 100.0])
def test_a_gap_is_a_hatched_band_with_its_words_beside_the_score_of_the_last_edition(
    drawn: Draw, faces: dict[str, FontMetricsList], before: float
) -> None:
    facts = scores(50.0, silent=[f"voice_{leaf}" for leaf in LEAVES])
    plot = drawn("scorecard", ledger([*facts, Fact(id="previous.voice", value=before, unit="point")]))
    (words,) = [mark for mark in plot.marks if isinstance(mark, TextShape) and mark.text == "no score"]
    (ring,) = [mark for mark in dots(plot, PALETTE.muted) if abs(mark.y - words.y) < 2]
    around = Frame(ring.x - ring.size / 2, ring.y - 1, ring.x + ring.size / 2, ring.y + 1)
    assert not words.frame(faces["en"]).meets(around)
    strokes = [mark for mark in plot.marks if isinstance(mark, LineShape) and abs(mark.points[0][1] - ring.y) < 2]
    assert len([mark for mark in strokes if mark.points[0][0] != mark.points[1][0]]) > 20


def test_an_indicator_that_stands_where_dimensions_do_has_its_score(drawn: Draw) -> None:
    facts = [
        *(Fact(id=f"scale.{end}", value=value) for end, value in (("zero", 0.0), ("top", 100.0))),
        Fact(id="score.whole", value=50.0, parents=("score.outer", "normal.c")),
        Fact(id="score.outer", value=60.0, parents=("normal.a", "normal.b")),
        *(Fact(id=f"normal.{leaf}", value=value, unit="point") for leaf, value in (("a", 41.0), ("c", 42.0))),
        *(Fact(id=f"contribution.{leaf}", value=1.0) for leaf in ("a", "c")),
    ]
    said = texts(drawn("scorecard", ledger(facts)))
    assert {"41.0", "42.0"} <= set(said) and said.count("no score") == 1
    assert "42.0" in texts(drawn("contributions", ledger(facts)))
    assert "normal" in figure("scorecard").facts.values() and figure("scorecard").roles[0] == "score"


def test_the_scale_of_scores_is_that_of_the_framework(drawn: Draw) -> None:
    facts = [fact for fact in scores(5.0) if fact.id != "scale.top"]
    wide, narrow = (
        texts(drawn("scorecard", ledger([*facts, Fact(id="scale.top", value=top)]))) for top in (100.0, 10.0)
    )
    assert "100" in wide and "100" not in narrow and "10" in narrow


def test_contributions_fill_a_level_up_to_its_score(drawn: Draw) -> None:
    plot = drawn("contributions", ledger(scores(60.0)))
    gained = sum(long(box) for box in boxes(plot, PALETTE.highlight)[1:])
    possible = sum(long(box) for box in boxes(plot, PALETTE.wash)[1:])
    assert gained / possible == pytest.approx(0.6)


def test_every_indicator_is_a_segment(drawn: Draw) -> None:
    plot = drawn("contributions", ledger(scores(60.0)))
    assert len(boxes(plot, PALETTE.highlight)) == 1 + 15


def test_an_indicator_without_a_value_is_hatched_not_empty(drawn: Draw) -> None:
    whole, holed = (drawn("contributions", ledger(scores(60.0, silent))) for silent in ((), ("voice_a",)))
    assert "no value" not in texts(whole) and "no value" in texts(holed)


def test_the_tree_is_read_from_the_parents_of_scores_where_facts_have_no_paths() -> None:
    facts = [
        Fact(id="score.whole", value=50.0, parents=("score.outer", "score.inner")),
        Fact(id="score.outer", value=50.0, parents=("normal.a", "normal.b")),
        Fact(id="normal.a", value=50.0),
    ]
    tree = read_tree(figure("scorecard"), ledger(facts))
    assert tree.children == {"whole": ("outer", "inner"), "outer": ("a", "b")}


def test_levels_stand_under_the_root_even_if_the_whole_has_no_score() -> None:
    facts = [
        Fact(id="score.outer", value=50.0, parents=("normal.a",)),
        Fact(id="score.inner", value=50.0, parents=("normal.b",)),
    ]
    assert read_tree(figure("scorecard"), ledger(facts)).children["whole"] == ("outer", "inner")


def test_award_columns_start_at_zero_and_the_latest_is_highlighted(drawn: Draw) -> None:
    plot = drawn("award", ledger(prizes(4)))
    columns = [box for box in plot.marks if isinstance(box, BoxShape)]
    heights = [box.frame.bottom - box.frame.top for box in columns[:4]]
    assert [height / heights[-1] for height in heights] == pytest.approx([121 / 214, 152 / 214, 183 / 214, 1])
    assert len(boxes(plot, PALETTE.highlight)) == 2


def test_an_edition_without_a_value_keeps_its_place(drawn: Draw) -> None:
    facts = [fact for fact in prizes(4) if fact.id != "prize.towns.n2"]
    plot = drawn("award", ledger(facts))
    assert texts(plot).count("2004") == 2
    assert "14" not in texts(plot)


def test_years_that_are_left_out_before_an_edition_break_the_line_below_the_columns(drawn: Draw) -> None:
    def strokes(first: str) -> int:
        facts = [replace(each, value=first) if each.id == "prize.held.n1" else each for each in prizes(4)]
        return sum(line.colour == PALETTE.muted for line in lines_in(drawn("award", ledger(facts))))

    assert (strokes("2002-11-02"), strokes("2001-11-02"), strokes("1990-11-02")) == (0, 0, 4)  # in both panels


def test_a_column_whose_number_is_a_bound_has_an_arrow_and_an_exact_one_has_none(drawn: Draw) -> None:
    def arrows(sign: str) -> list[LineShape]:
        facts = [replace(each, comparator=sign) if each.id == "prize.towns.n4" else each for each in prizes(4)]
        return [line for line in lines_in(drawn("award", ledger(facts))) if len(line.points) == 3]

    assert [line.colour for line in arrows(">")] == [PALETTE.highlight] and not arrows("=") and not arrows("≈")


def lines_in(plot: Plot) -> list[LineShape]:
    return [mark for mark in plot.marks if isinstance(mark, LineShape)]


@pytest.mark.parametrize("width", [44.0, 78.0, 95.0, 166.0])
@pytest.mark.parametrize("bound", [30.0, 33.0, 60.0])
def test_the_number_of_the_highest_column_is_clear_of_the_heading_if_it_is_a_bound(
    drawn: Draw, faces: dict[str, FontMetricsList], bound: float, width: float
) -> None:
    facts = [replace(each, value=bound, comparator=">") if "prize.towns." in each.id else each for each in prizes(4)]
    data = ledger(facts)
    assert check_chart_text(drawn("award", data, width), faces["en"], Place("figures.yml")) == ()


def label(text: str, x: float, y: float, anchor: str = "start") -> TextShape:
    return TextShape(x=x, y=y, text=text, size=7.5, colour="#000000", anchor=anchor)


@pytest.mark.parametrize(
    "labels",
    [
        (label("Cities", 1.0, 4.0), label("more than 30", 2.0, 5.0)),
        (label("Cities", 1.0, 3.0), label("Countries", 1.0, 4.0), label("one", 2.0, 3.5), label("two", 2.0, 3.6)),
        (label("runs off the left", 2.0, 9.0, "end"), label("and off the right", 55.0, 9.0)),
        (label("a label that is much too wide for such a narrow figure to hold it", 0.0, 5.0), label("2", 9.0, 6.0)),
        (label("above", 10.0, 0.0), label("below", 10.0, 31.0)),
    ],
)
def test_labels_that_overlap_or_are_cut_off_are_moved_to_where_there_is_room(
    faces: dict[str, FontMetricsList], labels: tuple[TextShape, ...]
) -> None:
    plot, where = Plot(labels, 60.0, 30.0, ()), Place("figures.yml")
    assert check_chart_text(plot, faces["en"], where)
    fitted = fit_labels(plot, faces["en"])
    assert check_chart_text(fitted, faces["en"], where) == ()
    assert " ".join(texts(fitted)) == " ".join(each.text for each in labels)
    assert fitted.height < 40.0


def test_a_label_in_two_lines_moves_as_one_and_off_the_bars(faces: dict[str, FontMetricsList]) -> None:
    bar = BoxShape(Frame(0.0, 6.0, 40.0, 30.0), "#333333")
    lines = stacked(label("", 2.0, 4.2), ("first line", "second line"))
    fitted = fit_labels(Plot((bar, label("Cities", 1.0, 3.5), *lines), 60.0, 30.0, ()), faces["en"])
    first, second = (mark for mark in fitted.marks if isinstance(mark, TextShape) and "line" in mark.text)
    assert (second.x - first.x, second.y - first.y) == pytest.approx((0.0, line_height(7.5)))
    moved = next(mark.frame for mark in fitted.marks if isinstance(mark, BoxShape))
    assert not any(mark.frame(faces["en"]).meets(moved) for mark in (first, second))


def test_groups_are_sorted_unless_their_order_has_meaning(drawn: Draw) -> None:
    shown = texts(drawn("award", ledger(prizes(4))))
    assert [each for each in shown if each in ("Nord", "Sund", "Vest", "Ost")] == ["Ost", "Vest", "Sund", "Nord"]
    assert [each for each in shown if each.startswith("group")] == ["group 0", "group 1", "group 2"]


def test_overlap_lists_exactly_those_in_several_sets(drawn: Draw) -> None:
    data = ledger([*partners("ties", 4), *partners("pacts", 3), winners("ties1", "pacts2", "stranger")])
    shown = texts(drawn("overlap", data))
    assert "ties1" in shown and "pacts2" in shown
    assert not {"ties0", "stranger"} & set(shown)


def test_overlap_counts_a_city_once_however_often_it_is_listed(drawn: Draw) -> None:
    data = ledger([*partners("ties", 2), winners("ties1", "ties1")])
    assert texts(drawn("overlap", data)).count("ties1") == 1


def test_nobody_in_several_sets_is_no_data(drawn: Draw) -> None:
    assert texts(drawn("overlap", ledger([*partners("ties", 2), winners("stranger")]))) == ["no data"]


def test_leverage_is_sorted_and_its_bars_are_the_effects(drawn: Draw) -> None:
    plot = drawn("leverage", ledger(choices(3)))
    bars = [long(box) for box in (*boxes(plot, PALETTE.highlight), *boxes(plot, PALETTE.mark)[1:])]
    assert [bar / bars[0] for bar in bars] == pytest.approx([1, 1 / 2, 1 / 3])
    assert [each for each in texts(plot) if each.startswith("rule")] == ["rule_0", "rule_1", "rule_2"]


def test_a_limit_keeps_the_largest(drawn: Draw) -> None:
    assert "rule_2" not in texts(drawn("leverage", ledger(choices(3)), max=("2",)))


def test_a_loss_points_the_other_way(drawn: Draw) -> None:
    facts = [Fact(id="effect.gain", value=2.0, unit="point"), Fact(id="effect.loss", value=-1.0, unit="point")]
    plot = drawn("leverage", ledger(facts))
    gain, loss = boxes(plot, PALETTE.highlight)[0], boxes(plot, PALETTE.mark)[1]
    assert loss.frame.right == pytest.approx(gain.frame.left)
    assert long(gain) == pytest.approx(2 * long(loss))


def test_sensitivity_fills_an_outline_with_what_a_choice_does_alone(drawn: Draw) -> None:
    facts = [Fact(id="sobol.total.a", value=0.4, unit="share"), Fact(id="sobol.first.a", value=0.3, unit="share")]
    plot = drawn("sensitivity", ledger(facts))
    outline = next(mark for mark in plot.marks if isinstance(mark, BoxShape) and mark.edge == PALETTE.highlight)
    assert long(boxes(plot, PALETTE.highlight)[0]) / long(outline) == pytest.approx(0.75)


def test_one_sister_city_more_changes_the_compass_and_nothing_else(drawn: Draw) -> None:
    before, after = world(30), world(31)
    assert drawn("compass", before) != drawn("compass", after)
    assert drawn("award", before) == drawn("award", after)


def test_the_data_of_growth_end_where_its_steps_do(drawn: Draw) -> None:
    facts = history(20)
    known = replace(facts[43], limits=Limits(complete="2029-12"))
    plot = drawn("growth", ledger([*facts[:43], known, *facts[44:]]))
    years = [fact.removeprefix("ties.by_year.n") for fact in plot.facts if fact.startswith("ties.by_year")]
    assert years[-1] == "2029" and "all.by_year.n2031" in plot.facts
