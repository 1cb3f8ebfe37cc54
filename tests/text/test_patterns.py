"""The patterns of the vocabulary catch what they were written for, and let the right form pass."""

import pytest

from jianbao.core.errors import Place
from jianbao.text.lint import faults_of_sentence
from tests.text.sample_workspace import desk, vocabulary

CAUGHT = [
    ("PZ1", "截止2025年12月，共有友城。", "截至2025年12月，共有友城。"),
    ("PZ2", "约300个左右。", "约300个。"),
    ("PZ2", "近300余个。", "近300个。"),
    ("PZ3", "城市(省)。", "城市（省）。"),
    ("PZ4", "3~5年。", "3～5年。"),
    ("PZ5", "9～16亿元。", "9亿～16亿元。"),
    ("PZ6", "4千人。", "4000人。"),
    ("PZ7", "90年代。", "20世纪90年代。"),
    ("PZ8", "占比提高5%。", "占比提高5个百分点。"),
    ("PZ9", "减少了2倍。", "减至三分之一。"),
    ("PZ10", "下降-3.2%。", "下降3.2%。"),
    ("PZ10", "下降−3.2%。", "下降3.2%。"),
    ("PZ11", "上升0位。", "位次不变。"),
    ("PZ12", "（一）、问题", "（一）问题"),
    ("PZ13", "“五通”、“三同”。", "“五通”“三同”。"),
    ("PZ14", "“一带一路”战略。", "共建“一带一路”倡议。"),
    ("PZ14", "姐妹城市。", "友好城市。"),
    ("PZ15", "近年来有所增加。", "2021—2025年有所增加。"),
    ("PZ16", "高达223亿美元。", "为223亿美元。"),
    ("PE1", "38 cities signed.", "Thirty-eight cities signed."),
    ("PE1", "It grew. 38 cities signed.", "It grew to 38 cities."),
    ("PE2", "It ran from 2012–2025.", "It ran from 2012 to 2025."),
    ("PE3", "There is 1 cities.", "There is 1 city."),
    ("PE3", "There are 38 sister city.", "There are 38 sister cities."),
    ("PE3", "There are two country.", "In all, 8.1 years and two city alliances."),
    ("PE4", "Up by a 8.3 point margin.", "Up by an 8.3-point margin."),
    ("PE5", "The share rose by 5%.", "The share rose by 5 percentage points."),
    ("PE6", "It fell by -3.2 points.", "It fell by 3.2 points."),
    ("PE7", "It increased threefold.", "It tripled."),
    ("PE8", "On a comparable caliber.", "On a comparable basis."),
    ("PE9", "Foreign consulate generals.", "Foreign consulates general."),
    ("PE10", "It grew in recent years.", "It grew from 2021 to 2025."),
    ("PE10", "Currently it grows.", "It grew."),
    ("PX1", "得分为nan。", "得分未知。"),
    ("PX1", "The score is {{ x }}.", "Nancy scored none."),
    ("PN1", "友城38个个。", "友城38个。"),
    ("PN1", "223亿美元美元。", "223亿美元。"),
    ("PN2", "约超过300个。", "超过300个。"),
    ("PN3", "It is 3.2 trillion yuan yuan.", "It is 3.2 trillion yuan."),
    ("PN3", "It is 63% per cent.", "It is 63%."),
    ("PN4", "It had about more than 300.", "It had more than 300."),
    ("PN5", "共 38 个。", "共38个。"),
    ("PN6", "2230000万美元。", "223亿美元。"),
    ("PN7", "It had 210831 buyers.", "It had 210,831 buyers."),
    ("PN8", "It is 广州.", "It is Guangzhou."),
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
