"""The text pass."""

import pytest

from jianbao.render.typography import FIRM, JOINER, SOFT, THIN, keep_together, typeset, without_typesetting

UNITS = ("美元", "百分点")


@pytest.mark.parametrize("typed", ["与UCLG合作", "与 UCLG 合作", f"与{THIN}UCLG{THIN}合作"])
def test_han_and_latin_are_a_sixth_of_an_em_apart_however_typed(typed: str) -> None:
    assert typeset(typed, chinese=True) == f"与{THIN}UCLG{THIN}合作"


def test_marks_need_no_space() -> None:
    assert THIN not in typeset("（UCLG）", chinese=True)


def test_a_number_keeps_its_measure_word_unless_a_line_would_fall_short() -> None:
    assert typeset("38个", chinese=True) == f"38{THIN}{SOFT}个"


def test_a_great_number_keeps_its_unit_whole() -> None:
    assert typeset("223亿美元的", chinese=True, units=UNITS) == f"223{THIN}{JOINER}亿{SOFT}美{SOFT}元的"


def test_the_number_of_a_figure_stays_with_its_word() -> None:
    assert typeset("见图8", chinese=True) == f"见图{THIN}{JOINER}8"
    assert JOINER not in typeset("图长8", chinese=True)


def test_a_unit_is_joined_only_after_a_number() -> None:
    assert typeset("以美元计", chinese=True, units=UNITS) == "以美元计"


@pytest.mark.parametrize("text", ["58.1～66.9", "2021—2025", "欧·亨利"])
def test_no_connector_begins_a_line(text: str) -> None:
    assert f"{JOINER}{text[4] if text[0] != '欧' else '·'}" in typeset(text, chinese=True)


def test_a_dash_of_two_characters_is_left_alone() -> None:
    assert typeset("城——市", chinese=True) == "城——市"


@pytest.mark.parametrize(
    ("written", "set_"),
    [
        ("la note : ceci ; cela !", f"la note{FIRM}: ceci{FIRM}; cela{FIRM}!"),
        ("« tout » à 100 %.", f"«{FIRM}tout{FIRM}» à 100{FIRM}%."),
        ("no space: none; here!", "no space: none; here!"),
    ],
)
def test_a_mark_that_stands_apart_stays_on_the_line_of_its_word(written: str, set_: str) -> None:
    assert typeset(written, chinese=False) == set_


def test_english_keeps_a_day_with_its_month_and_a_number_with_its_unit() -> None:
    said = typeset("US$22.3 billion on 24 November 2026", chinese=False, units=("billion", "November"))
    assert said == f"US$22.3{FIRM}billion on 24{FIRM}November 2026"


def test_the_kind_of_a_reference_is_not_broken() -> None:
    assert keep_together("x [EB/OL]. https://a/b") == f"x [EB{JOINER}/{JOINER}OL]. https://a/b"


def test_a_title_loses_what_was_set() -> None:
    assert without_typesetting(typeset("2025年223亿美元", chinese=True, units=UNITS)) == "2025年223亿美元"
