"""A vocabulary has every word in every language, with the places that its words need."""

from pathlib import Path

import pytest

from jianbao.core.documents import Problems
from jianbao.render.html.templates import built_in_text
from jianbao.text.text_entries import WRITTEN
from jianbao.text.vocabulary import Style, parse_vocabulary
from tests.text.sample_workspace import LOCALES, document, vocabulary

WHOLE = built_in_text("wording/vocabulary.yml")


def faults(folder: Path, old: str, new: str) -> list[str]:
    assert old in WHOLE
    problems: Problems = []
    parse_vocabulary(document(folder, WHOLE.replace(old, new, 1), "vocabulary.yml"), WRITTEN, problems)
    return [problem.what for problem in problems]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('    en: "more than {}"\n', "", "'en' is missing"),
        ('en: "more than {}"', 'en: "more than"', "'more than' has no placeholder for {}"),
        ('en: "{part} of {whole}"', 'en: "{part} of"', "'{part} of' has no placeholder for {whole}"),
        ("  nearly:\n", "  almost:\n", "'almost' is not known here"),
        ("    kind: money\n", "    kind: mony\n", "'mony' is not a kind of unit"),
        ('en: "US${}"', 'en: "US$"', "'US$' has no placeholder for {}"),
        ("en: {one: city, other: cities}", "en: {one: city, others: cities}", "'others' is not known here"),
        *(
            ("en: {one: city, other: cities}", new, "a unit that counts has only its noun; the number comes before it")
            for new in ('en: {one: city, other: "{} cities"}', 'en: "{} cities"', "en: cities")
        ),
        (
            "\nunits:\n",
            "\npatterns:\n  marks: {pattern: '[”》', write: marks}\nunits:\n",
            "'[”》' is not a valid pattern: unterminated character set at position 0",
        ),
        ("  zh: gbt7714", "  zh: gbt", "'gbt' is not a standard for references"),
    ],
)
def test_a_faulty_vocabulary_is_named(tmp_path: Path, old: str, new: str, what: str) -> None:
    assert what in faults(tmp_path, old, new)


def test_likelihood_covers_every_probability_in_both_languages() -> None:
    steps = vocabulary().likelihood
    assert [start for start, _ in steps] == sorted((start for start, _ in steps), reverse=True)
    assert steps[-1][0] == 0
    assert all(set(words) == set(LOCALES) for _, words in steps)


def test_english_spells_numbers_below_a_hundred() -> None:
    style = vocabulary().styles["en"]
    assert [style.spell(number) for number in (0, 9, 19, 20, 38, 99)] == [
        "zero", "nine", "nineteen", "twenty", "thirty-eight", "ninety-nine",
    ]  # fmt: skip
    assert style.spell(100) == "" and vocabulary().styles["zh"].spell(30) == ""


def test_chinese_spells_numbers_below_ten_where_a_text_asks_for_words() -> None:
    assert [vocabulary().styles["zh"].spell(number) for number in (1, 7, 9)] == ["一", "七", "九"]


def test_a_number_is_not_spelled_with_a_digit_that_has_no_word() -> None:
    style = Style(spelled=("zero", "one"), tens=("twenty",))
    assert [style.spell(number) for number in (1, 20, 21, 25)] == ["one", "twenty", "twenty-one", ""]
