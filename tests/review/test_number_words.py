"""The words that the checks look for, and the numbers that two languages write, in whatever scale they write them."""

import re
from pathlib import Path

import pytest

from jianbao.review.quality import document_view
from jianbao.review.quality.document_view import RULES
from jianbao.text.language_parity import missing_numbers, numeracy_of
from tests.text.sample_workspace import desk
from tests.written_numbers import disagreement


def test_every_list_of_words_that_a_check_names_is_written_and_every_written_one_is_used() -> None:
    folder = Path(document_view.__file__).parent
    code = "".join(path.read_text("utf-8") for path in folder.glob("*.py"))
    calls = re.findall(r"\.(?:words|flag_words)\(([^)]*)", code)
    named = {name for call in calls for name in re.findall(r'"(\w+)"', call)}
    assert named == {name for rules in RULES.values() for name in rules.lists}


def test_words_are_found_whole_where_a_language_sets_them_apart() -> None:
    assert RULES["en"].words("causes").search("this led to that") and not RULES["en"].words("weak").search("studying")
    assert RULES["zh"].words("causes").search("交流导致增长") and not RULES["zh"].words("style").search("31 May")


def test_case_counts_where_a_word_of_another_meaning_would_be_found() -> None:
    we = RULES["en"].words("we")
    assert we.search("We propose") and we.search("let us see") and not we.search("US ports")


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
    assert lacking(chinese, english) == []
    assert disagreement(chinese, english) == ({}, {}), "the reader of the tests finds the same"


def test_another_number_is_another_one_however_large() -> None:
    assert lacking("成交291.6亿美元", "US$29.17 billion") == [("zh", 29_170_000_000), ("en", 29_160_000_000)]
    ours, theirs = disagreement("成交291.6亿美元", "US$29.17 billion")
    assert list(ours) == [29_160_000_000.0] and list(theirs) == [29_170_000_000.0]


def lacking(chinese: str, english: str) -> list[tuple[str, float]]:
    """Return each language that lacks a number, and the number."""
    known = {language: numeracy_of(writer) for language, writer in desk().items()}
    return [(language, float(each)) for language, _, each in missing_numbers({"zh": chinese, "en": english}, known)]
