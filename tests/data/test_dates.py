from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianbao.data.dates import last_day, period, typed_date, years_between


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("2021", date(2021, 12, 31)),
        ("2020-02", date(2020, 2, 29)),
        ("2021-11-24", date(2021, 11, 24)),
        ("2023-01/2023-09", date(2023, 9, 30)),
        ("2013/2022", date(2022, 12, 31)),
    ],
)
def test_a_partial_date_means_its_last_day(text: str, last: date) -> None:
    assert last_day(text) == last


@pytest.mark.parametrize(
    "text",
    ["", "21", "2021-13", "2021-02-30", "0000", "2021-1", "2021/2020", "2021/", "２０２１", "2021-00", "2021-11-00"],
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert period(text) is None


def test_the_same_day_of_another_year_is_a_whole_number_of_years() -> None:
    assert years_between(date(2012, 12, 31), date(2023, 12, 31)) == 11
    assert years_between(date(2020, 2, 29), date(2021, 2, 28)) == 1


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(0, 20_000))
def test_years_grow_with_the_days_between(start: date, days: int) -> None:
    end = date.fromordinal(start.toordinal() + days)
    later = date.fromordinal(end.toordinal() + 1)
    assert 0 <= years_between(start, end) < years_between(start, later)
    assert years_between(start, end) == pytest.approx(days / 365.2425, abs=0.01)


@pytest.mark.parametrize(
    ("typed", "date"),
    [
        ("2025年12月30日", "2025-12-30"),
        ("2025年12月3号", "2025-12-03"),
        (" 2025.12.30 ", "2025-12-30"),
        ("2025/1/2", "2025-01-02"),
        ("２０２５年１２月", "2025-12"),
        ("2025 年 12 月 30 日", "2025-12-30"),
        ("2025年", "2025"),
        ("2025-12-30", "2025-12-30"),
        ("去年 底", "去年 底"),
        ("", ""),
    ],
)
def test_a_date_is_taken_as_people_type_it(typed: str, date: str) -> None:
    assert typed_date(typed) == date
