"""Tables as CSV: of whole columns, with the same cells as of rows."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianbao.core.zip_csv import WORDS_AT_ONCE, Table, Texts, as_csv, table_csv, table_rows

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
EDGES = [
    0.0,
    np.nan,
    np.inf,
    1e10,
    9.9999999999e9,
    1e-4,
    9.99999999999e-5,
    99.99999999995,
    999999999.95,
    1.0,
    -0.5,
    100.0,
]


def cells(table: Table) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table_csv(table).decode())))


@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_numbers_have_the_ten_digits_that_python_gives_them(values: list[float]) -> None:
    numbers = np.array([*values, *EDGES])
    written = [row[0] for row in cells({"x": numbers, "y": np.ones(len(numbers))})[1:]]
    wanted = ["" if np.isnan(number) else f"{number + 0.0:.10g}" for number in numbers]
    assert written == ["0" if each == "-0" else each for each in wanted]


def test_texts_and_counts_are_cells_as_of_rows() -> None:
    texts = ["plain", "a, b", 'say "no"', "=1+1", "", "Évora 埃武拉", "plain"]
    counts = [0, 1, 20, 300, -4, 5, 6]
    table: Table = {"text": Texts.of(texts), "count": np.array(counts)}
    rows = [list(table), *([text, str(count)] for text, count in zip(texts, counts, strict=True))]
    assert table_csv(table) == as_csv(rows)
    assert [row["text"] for row in table_rows(table)] == texts


def test_a_table_without_rows_keeps_its_head_and_a_long_one_its_order() -> None:
    assert table_csv({"a": Texts.of([]), "b": np.array([])}) == b"a,b\n"
    many = np.arange(WORDS_AT_ONCE + 1)
    assert [int(row[0]) for row in cells({"a": many, "b": many / 2.0})[1:]] == many.tolist()


def test_one_long_text_does_not_widen_the_others() -> None:
    texts = ["short", "x" * 10_000_000, *(f"unit {number}" for number in range(10_000))]
    numbers = np.arange(len(texts)) / 7.0
    rows = [["unit", "score"], *([text, f"{score:.10g}"] for text, score in zip(texts, numbers, strict=True))]
    assert table_csv({"unit": Texts.of(texts), "score": numbers}) == as_csv(rows)


@pytest.mark.parametrize("places", range(16))
def test_numbers_half_way_between_two_are_rounded_as_python_rounds(places: int) -> None:
    made = np.random.default_rng(places)
    numbers = (made.integers(0, 10**10, 2000) + 0.5) / 10.0**places
    written = [row[0] for row in cells({"x": np.concatenate([numbers, -numbers]), "y": np.ones(4000)})[1:]]
    assert written == [f"{number:.10g}" for number in (*numbers, *-numbers)]


def test_a_column_of_long_counts_is_written_in_full() -> None:
    counts = [0, 99_999, 100_000, 10**10 - 1, 10**10, -(10**18), 2**63 - 1]
    assert [row[0] for row in cells({"n": np.array(counts), "y": np.ones(len(counts))})[1:]] == list(map(str, counts))


def test_a_missing_number_is_nothing_in_a_row() -> None:
    assert list(table_rows({"a": np.array([1.5, np.nan])})) == [{"a": 1.5}, {"a": None}]
