"""The editions of a series are read whole; one that is not declared is told those that are."""

from datetime import date

import pytest

from jianbao.brief.editions import Series, issue_facts, read_series
from jianbao.core.documents import Problems
from jianbao.core.errors import ContentError, UsageError
from jianbao.core.yaml_reader import parse_document

TEXT = """format: 2
city: Lumen
reader: office
draft: yes
firm: 0.9
since: 2012
languages:
  zh: {locale: zh_Hans_CN, tag: zh-CN}
  en: {locale: en_GB, tag: en-GB}
editions:
  "2023": {number: 1, as_of: 2023-12-31}
  "2024": {number: 2, as_of: 2024-06-30}
"""


def read(text: str, problems: Problems) -> Series:
    return read_series(parse_document(text, "data/editions.yml", ContentError), problems)


def series() -> Series:
    problems: Problems = []
    made = read(TEXT, problems)
    assert problems == []
    return made


def test_the_newest_edition_is_meant_if_none_is_named() -> None:
    assert series().issue("").label == "2024"
    assert series().issue("2023").as_of == date(2023, 12, 31)


def test_an_edition_that_is_not_declared_is_told_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"there is no edition '2025'; allowed: 2023, 2024"):
        series().issue("2025")


def test_a_year_that_is_not_declared_is_a_back_edition_as_of_its_end() -> None:
    made = series().issue("2019")
    assert (made.label, made.as_of, made.back) == ("2019", date(2019, 12, 31), True)
    assert series().before(made) is None
    facts = {fact.id: fact.value for fact in issue_facts(series(), made)}
    assert facts["edition.method_as_of"] == "2024-06-30" and "edition.number" not in facts


@pytest.mark.parametrize("label", ["2011", "2025", "19", "2019.5", "spring"])
def test_what_is_no_year_within_the_reach_is_wrong_usage_with_the_reach(label: str) -> None:
    with pytest.raises(UsageError, match=f"there is no edition '{label}'.*; any year from 2012 to 2023 can be made"):
        series().issue(label)


def test_the_year_of_the_newest_edition_is_in_reach_if_it_is_over() -> None:
    problems: Problems = []
    assert series().reach() == range(2012, 2024)
    assert read(TEXT.replace("2024-06-30", "2024-12-31"), problems).reach() == range(2012, 2025)


def test_no_edition_is_called_like_the_archive_that_lies_beside_it() -> None:
    problems: Problems = []
    read(TEXT.replace('"2024"', "archive"), problems)
    assert ["'archive' cannot be the label" in problem.what for problem in problems] == [True]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (TEXT.partition("editions:")[2], " {}\n", "data/editions.yml:10: there are no editions; declare one at least"),
        ("since: 2012", "since: 0", "data/editions.yml:6: '0' is below 1, the least allowed"),
    ],
)
def test_a_series_has_an_edition_and_years(old: str, new: str, said: str) -> None:
    problems: Problems = []
    read(TEXT.replace(old, new), problems)
    assert [str(problem) for problem in problems] == [said]


def test_a_day_that_is_none_is_named_with_its_line() -> None:
    problems: Problems = []
    read(TEXT.replace("2024-06-30", "30.6.2024"), problems)
    assert [str(problem) for problem in problems] == [
        "data/editions.yml:12: '30.6.2024' is not a day; write it as 2025-12-31"
    ]


def test_a_language_without_its_locale_is_named() -> None:
    problems: Problems = []
    read(TEXT.replace("locale: en_GB, ", ""), problems)
    assert [str(problem) for problem in problems] == ["data/editions.yml:9: 'locale' is missing"]


def test_what_an_edition_declares_can_be_stated_as_facts() -> None:
    made = {fact.id: fact.value for fact in issue_facts(series(), series().issue("2024"))}
    assert made["edition.year"] == 2024
    assert made["edition.previous_year"] == 2023
    assert made["edition.as_of"] == "2024-06-30"
    assert made["method.firm"] == 0.9
    assert made["method.slack"] == pytest.approx(0.1)
