# ruff: noqa: DTZ001 (a spreadsheet knows no time zones)
from collections.abc import Callable
from datetime import date, datetime, time
from io import BytesIO

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from jianbao.core.documents import Problems
from jianbao.data.csv_files import Sheet
from jianbao.data.xlsx_reader import read_workbook


def book(fill: Callable[[Worksheet], object], name: str = "t") -> bytes:
    workbook = Workbook()
    page = workbook.worksheets[0]
    page.title = name
    fill(page)
    stream = BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def read(data: bytes) -> tuple[dict[str, Sheet], list[str]]:
    problems: Problems = []
    return dict(read_workbook(data, "b.xlsx", {"t": ()}, problems)), [str(problem) for problem in problems]


def cell(value: object, shown_as: str = "") -> tuple[str, list[str]]:
    def fill(page: Worksheet) -> None:
        page.append(["a"])
        page["A2"].value = value
        if shown_as:
            page["A2"].number_format = shown_as

    sheets, faults = read(book(fill))
    return (sheets["t"].rows[0][0] if sheets["t"].rows else ""), faults


@pytest.mark.parametrize(
    ("value", "shown_as", "text"),
    [
        (38, "General", "38"),
        (38.0, "0.00", "38"),
        (0.1 + 0.2, "General", "0.3"),
        (2.23e10, "General", "22300000000"),
        (1e-7, "General", "0.0000001"),
        (-33.60001, "General", "-33.60001"),
        ("010", "@", "010"),
        (" São ", "General", "São"),
        (True, "General", "yes"),
        (date(2021, 11, 24), "yyyy-mm-dd", "2021-11-24"),
        (datetime(2021, 11, 24), "yyyy/m/d", "2021-11-24"),
        (datetime(2021, 11, 1), "mmm-yy", "2021-11"),
        (datetime(2021, 11, 1), 'yyyy"年"m"月"', "2021-11"),
        (datetime(2021, 11, 24), 'yyyy"年"m"月"d"日"', "2021-11-24"),
        (datetime(2021, 1, 1), "yyyy", "2021"),
    ],
)
def test_a_cell_is_written_as_a_csv_would_write_it(value: object, shown_as: str, text: str) -> None:
    assert cell(value, shown_as) == (text, [])


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("=1+1", "b.xlsx[t]:2 a: this is a formula: '=1+1'; paste its value"),
        ("#N/A", "b.xlsx[t]:2 a: the cell shows the error '#N/A'; mend its formula in the workbook"),
        (datetime(1900, 1, 15), "'1900-01-15 00:00:00' is not a reliable date; type it as text"),
        (datetime(2021, 11, 24, 9, 30), "'2021-11-24 09:30:00' is not a reliable date"),
        (time(9, 30), "'09:30:00' is not a reliable date"),
        ("two\nlines", "b.xlsx[t]:2 a: there is a line break in the cell 'two lines'"),
    ],
)
def test_a_cell_that_is_not_plainly_a_value_is_refused(value: object, said: str) -> None:
    faults = cell(value)[1]
    assert len(faults) == 1 and said in faults[0]


def test_blank_rows_and_columns_at_the_edges_do_not_count() -> None:
    def fill(page: Worksheet) -> None:
        page.append(["a", "b"])
        page.append([1, None])
        page.append([None, None])
        page.append([2, 3])
        page["E9"].number_format = "0.00"

    sheets, faults = read(book(fill))
    assert faults == [] and sheets["t"].rows == (("1", ""), ("2", "3")) and sheets["t"].numbers == (2, 4)


def test_a_value_beyond_the_head_is_named_with_its_row() -> None:
    assert read(book(lambda page: (page.append(["a"]), page.append([1, None, 5]))))[1] == [
        "b.xlsx[t]:2: 3 cells where the head has 1"
    ]


def test_merged_cells_are_refused() -> None:
    faults = read(book(lambda page: (page.append(["a", "b"]), page.append([1, 2]), page.merge_cells("A2:B2"))))[1]
    assert faults == ["b.xlsx[t]: the cells A2:B2 are merged; unmerge them"]


def test_sheets_that_are_no_tables_are_left_alone() -> None:
    assert read(book(lambda page: page.append(["notes"]), "notes")) == ({}, [])


@pytest.mark.parametrize("data", [b"", b"no workbook", b"PK\x03\x04broken"])
def test_a_broken_workbook_is_refused(data: bytes) -> None:
    assert "b.xlsx: the workbook cannot be opened" in read(data)[1][0]
