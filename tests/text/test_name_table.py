"""The name authority finds what looks like a name and is none."""

import pytest

from jianbao.text.name_table import Misspelling, fold
from tests.text.sample_workspace import NAMES


@pytest.mark.parametrize(
    ("text", "written", "right"),
    [
        ("Ties with Linkoping grew.", "Linkoping", "Linköping"),
        ("Ties with Liknoping grew.", "Liknoping", "Linköping"),
        ("Ties with Lodz grew.", "Lodz", "Łódź"),
        ("Ties with San Jose grew.", "San Jose", "San José"),
        ("Ties with Guangzhuo grew.", "Guangzhuo", "Guangzhou"),
        ("Ties with Aukcland grew.", "Aukcland", "Auckland"),
    ],
)
def test_a_misspelt_name_is_found(text: str, written: str, right: str) -> None:
    assert NAMES.misspelt(text, "en") == (Misspelling(written, right),)


@pytest.mark.parametrize(
    "text",
    [
        "Ties with Linköping, Łódź and San José grew.",
        "Guangzhou and Hangzhou are cities; Oceanian and Swedish ones are others.",
        "Aucklanders met.",
        "林雪平与罗兹",
    ],
)
def test_a_right_name_a_derived_word_and_another_name_pass(text: str) -> None:
    assert NAMES.misspelt(text, "en") == ()


def test_marks_are_folded_one_letter_for_one() -> None:
    assert fold("Łódź São Tomé Türkiye 林") == "Lodz Sao Tome Turkiye 林"
