"""The patterns of the vocabulary catch what they were written for, and let the right form pass."""

import re

import pytest

from jianbao.core.errors import Place
from jianbao.core.messages import Translatable
from jianbao.text.lint import faults_of_sentence
from tests.text.sample_workspace import desk, vocabulary

CAUGHT = [
    ("until_year", "截止2025年12月，共有友城。", "截至2025年12月，共有友城。"),
    ("approximation_twice", "约300个左右。", "约300个。"),
    ("approximation_twice", "近300余个。", "近300个。"),
    ("half_width", "城市(省)。", "城市（省）。"),
    ("range_mark", "3~5年。", "3～5年。"),
    ("range_unit", "9～16亿元。", "9亿～16亿元。"),
    ("rounded_figure", "4千人。", "4000人。"),
    ("decade", "90年代。", "20世纪90年代。"),
    ("share_points", "占比提高5%。", "占比提高5个百分点。"),
    ("times_less", "减少了2倍。", "减至三分之一。"),
    ("signed_change", "下降-3.2%。", "下降3.2%。"),
    ("signed_change", "下降−3.2%。", "下降3.2%。"),
    ("no_change", "上升0位。", "位次不变。"),
    ("numbering", "（一）、问题", "（一）问题"),
    ("marks_between", "“五通”、“三同”。", "“五通”“三同”。"),
    ("set_terms", "“一带一路”战略。", "共建“一带一路”倡议。"),
    ("set_terms", "姐妹城市。", "友好城市。"),
    ("vague_time", "近年来有所增加。", "2021—2025年有所增加。"),
    ("loaded_figure", "高达223亿美元。", "为223亿美元。"),
    ("figure_first_en", "38 cities signed.", "Thirty-eight cities signed."),
    ("figure_first_en", "It grew. 38 cities signed.", "It grew to 38 cities."),
    ("range_mark_en", "It ran from 2012–2025.", "It ran from 2012 to 2025."),
    ("number_en", "There is 1 cities.", "There is 1 city."),
    ("number_en", "There are 38 sister city.", "There are 38 sister cities."),
    ("number_en", "There are two country.", "In all, 8.1 years and two city alliances."),
    ("article_en", "Up by a 8.3 point margin.", "Up by an 8.3-point margin."),
    ("share_points_en", "The share rose by 5%.", "The share rose by 5 percentage points."),
    ("signed_change_en", "It fell by -3.2 points.", "It fell by 3.2 points."),
    ("times_less_en", "It increased threefold.", "It tripled."),
    ("stock_phrase_en", "On a comparable caliber.", "On a comparable basis."),
    ("consulates_en", "Foreign consulate generals.", "Foreign consulates general."),
    ("vague_time_en", "It grew in recent years.", "It grew from 2021 to 2025."),
    ("vague_time_en", "Currently it grows.", "It grew."),
    ("unfilled", "得分为nan。", "得分未知。"),
    ("unfilled", "The score is {{ x }}.", "Nancy scored none."),
    ("nothing_listed", "授予称号的组织不计在内：。", "授予称号的组织不计在内：手工艺协会。"),
    ("nothing_listed", "It is not counted as a member: .", "It is not counted as a member: the association."),
    ("unit_twice", "友城38个个。", "友城38个。"),
    ("unit_twice", "223亿美元美元。", "223亿美元。"),
    ("limit_twice", "约超过300个。", "超过300个。"),
    ("unit_twice_en", "It is 3.2 trillion yuan yuan.", "It is 3.2 trillion yuan."),
    ("unit_twice_en", "It is 63% per cent.", "It is 63%."),
    ("limit_twice_en", "It had about more than 300.", "It had more than 300."),
    ("typed_space", "共 38 个。", "共38个。"),
    ("unscaled_figure", "2230000万美元。", "223亿美元。"),
    ("ungrouped_figure_en", "It had 210831 buyers.", "It had 210,831 buyers."),
    ("chinese_in_english", "It is 广州.", "It is Guangzhou."),
]


def hits(text: str) -> set[str]:
    language = "zh" if any(ord(letter) > 0x3000 for letter in text) and "It is 广" not in text else "en"
    found = faults_of_sentence(text, desk()[language], Place("x.yml"))
    return {problem.what.rpartition("(")[2].rstrip(")") for problem in found}


@pytest.mark.parametrize(("pattern", "caught", "right"), CAUGHT)
def test_a_pattern_catches_its_fault_and_passes_the_right_form(pattern: str, caught: str, right: str) -> None:
    assert pattern in hits(caught)
    assert hits(right) == set()


def test_every_pattern_has_an_example() -> None:
    assert {pattern for pattern, _, _ in CAUGHT} == {pattern.id for pattern in vocabulary().patterns}


def test_what_to_write_instead_is_told_in_chinese_too() -> None:
    found = faults_of_sentence("外贸2230000万元。", desk()["zh"], Place("x.yml"))
    assert [problem.hint.in_language("zh") for problem in found if isinstance(problem.hint, Translatable)] == [
        "请写 以万、亿、万亿为单位的数；取自数据的，在这句的占位符中用过滤器 counted 或 money，仍不行的加 digits(5)"
    ]
    english = re.compile(r"[a-z]+ [a-z]+")
    mixed = [each.id for each in vocabulary().patterns if english.search(each.write.in_language("zh"))]
    assert mixed == ["share_points_en", "times_less_en", "consulates_en"]  # the words of an English text
