import pytest

from jianbao.core.documents import Problems
from jianbao.data.csv_files import Sheet, read_csv


def read(text: str) -> tuple[Sheet, list[str]]:
    problems: Problems = []
    return read_csv(text, "t", "t.csv", problems), [str(problem) for problem in problems]


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    sheet, faults = read("a,b\r\n1,2\r\n\r\n,\r\n3,4\r\n")
    assert faults == [] and sheet.rows == (("1", "2"), ("3", "4")) and sheet.numbers == (2, 5)


def test_cells_are_stripped_and_composed_and_quotes_are_read() -> None:
    sheet, faults = read('a,b\n Sa\u0303o ,"x, ""y"""\n\u3000z\u00a0,\n')
    assert faults == [] and sheet.rows == (("São", 'x, "y"'), ("z", ""))


def test_tabs_separate_where_no_comma_does() -> None:
    assert read("a\tb\n1\t2\n")[0].rows == (("1", "2"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1\n", "t.csv:2: 1 cell where the head has 2"),
        ("a,b\n1,2,3\n", "t.csv:2: 3 cells where the head has 2"),
        ('a,b\n1,"x\ny"\n', "t.csv:2: there is a line break in the cell 'x y'; write it on one line"),
        ("a,b\n1,x\u2028y\n", "t.csv:2 b: there is a line break in the cell 'x y'; write it on one line"),
        ('a,b\n1,2\n3,"4\n', "t.csv:3: the row cannot be read: unexpected end of data; check its quotation marks"),
        ("a;b\n1;2\n", "t.csv:1: the cells are separated by ';'; save the table with commas"),
        ("a,a\n1,2\n", "t.csv:1: the column 'a' appears twice"),
        ("a,,b\n1,2,3\n", "t.csv:1: column 2 has no name"),
        ("", "t.csv: the table is empty; its first row names the columns"),
        (",\n1,2\n", "t.csv:1: the first row is blank; it names the columns"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_its_row(text: str, said: str) -> None:
    assert read(text)[1] == [said]


def test_rows_after_a_faulty_one_keep_their_numbers() -> None:
    sheet, faults = read('a,b\n1,"x\n\ny"\n3,4\n5\n')
    assert sheet.numbers == (3,) and [fault.split(" ")[0] for fault in faults] == ["t.csv:2:", "t.csv:4:"]
