"""Where a Chinese line breaks, and where its slack goes."""

from hypothesis import given
from hypothesis import strategies as st

from jianbao.core.encoding import is_chinese
from jianbao.render.typography import HAN_GAP, THIN, choose_breaks, forbidden_breaks, gaps_of, spread


def test_slack_is_spread_over_han_characters_and_marks_alike() -> None:
    assert spread("友城，往来", 0.2) == {0: 50, 1: 50, 2: 50, 3: 50}


def test_a_thin_space_takes_more_than_a_gap_between_han_characters() -> None:
    grown = spread(f"有{THIN}38{THIN}个友城", 0.4)
    assert grown[1] > 2 * grown[5]


def test_latin_letters_are_never_spread() -> None:
    assert {gap.index for gap in gaps_of("与UCLG合作")} == {5}


def test_a_dash_of_two_characters_is_one() -> None:
    assert 1 not in {gap.index for gap in gaps_of("城——市")}


def test_an_unseen_joint_does_not_part_a_gap_in_two() -> None:
    assert len(gaps_of("友\ufeff城")) == len(gaps_of("友\u2060\u2060城")) == len(gaps_of("友城")) == 1


def test_an_english_line_gives_its_slack_to_its_spaces() -> None:
    assert spread("more in number", 1.0) == {4: 500, 7: 500}


def test_a_line_without_gaps_stays_as_it_is() -> None:
    assert spread("U", 3.0) == {}


def test_a_line_falls_short_rather_than_show_a_hole() -> None:
    grown = spread(f"有{THIN}38{THIN}个", 3.0)
    assert max(grown.values()) <= 1000 * (0.5 - 1 / 6) and sum(grown.values()) < 3000


def test_the_space_after_a_label_takes_slack_first() -> None:
    grown = spread("依据\u2003友城多", 0.4)
    assert grown[2] > 2 * grown[3]


def test_a_space_at_the_end_of_a_line_is_not_measured() -> None:
    text = f"一二{THIN}12{THIN}\u2060\u2060三四"
    widths = [1.0, 1.0, 1 / 6, 0.5, 0.5, 1 / 6, 0.0, 0.0, 1.0, 1.0]
    assert choose_breaks(text, widths, [8], 3.2, unwelcome={8}) == (8,)


@given(st.text("友城，。38 ab", min_size=2, max_size=40), st.floats(0, 4))
def test_no_gap_between_han_characters_reaches_a_tenth_of_an_em(text: str, slack: float) -> None:
    limits = {gap.index: gap.limit for gap in gaps_of(text) if not gap.space}
    grown = spread(text, slack)
    assert all(grown.get(index, 0) <= 1000 * HAN_GAP + 1 for index in limits)
    assert sum(grown.values()) <= 1000 * slack + 1


def test_breaks_are_chosen_for_the_whole_paragraph() -> None:
    # Filled to its end, the first line would leave the second too short for the firm group of five.
    text = "一二三四五六七八九十一二三四五六"
    opportunities = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15]
    breaks = choose_breaks(text, [1.0] * 16, opportunities, 10.5)
    assert breaks == (10,)
    assert forbidden_breaks(text, [1.0] * 16, opportunities, (8,), 10.5) == (9, 10)


def test_a_heading_is_broken_after_a_mark_into_lines_of_like_length() -> None:
    text = "伙伴城市继续增多，远洋布局与成果转化待补"
    assert choose_breaks(text, [1.0] * len(text), range(1, len(text)), 15.0, balanced=True) == (9,)


def test_a_unit_is_broken_only_where_a_line_would_fall_short() -> None:
    text = "一二三四五六七八九十"
    wide = choose_breaks(text, [1.0] * 10, [5, 8], 8.2, unwelcome={5})
    tight = choose_breaks(text, [1.0] * 10, [3, 7], 7.2, unwelcome={7})
    assert (wide, tight) == ((8,), (7,))


def test_chinese_is_told_from_a_reference_in_latin_letters() -> None:
    assert is_chinese("38个国际友好城市") and not is_chinese("Acuto M. City diplomacy. 广州")
