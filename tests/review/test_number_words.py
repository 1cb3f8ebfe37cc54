"""The numbers that two languages write are one number, whatever scale they write it in."""

import pytest

from jianbao.review.quality.languages import disagreement


@pytest.mark.parametrize(
    ("chinese", "english"),
    [
        ("成交291.6亿美元", "US$29.16 billion"),  # binary arithmetic has two numbers of these
        ("成交326.8亿美元", "US$32.68 billion"),
        ("18.6104万人", "186,104 buyers"),
        ("3.78万亿元", "3.78 trillion yuan"),
    ],
)
def test_a_number_in_another_scale_is_the_same_number(chinese: str, english: str) -> None:
    assert disagreement(chinese, english) == ({}, {})


def test_another_number_is_another_one_however_large() -> None:
    ours, theirs = disagreement("成交291.6亿美元", "US$29.17 billion")
    assert list(ours) == [29_160_000_000.0] and list(theirs) == [29_170_000_000.0]
