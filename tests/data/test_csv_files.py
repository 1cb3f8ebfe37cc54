import pytest

from jianbao.core.documents import Problems
from jianbao.data.csv_files import Sheet, edit_csv, heading_row, read_csv


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
        ("a,b\n1,2,3\n", "t.csv:2: 3 cells where the head has 2; put a cell that holds a comma in quotation marks"),
        ('a,b\n1,"x\ny"\n', "t.csv:2: there is a line break in the cell 'x y'; write it on one line"),
        ("a,b\n1,x\u2028y\n", "t.csv:2 b: there is a line break in the cell 'x y'; write it on one line"),
        ('a,b\n1,2\n3,"4\n', "t.csv:3: the row cannot be read: unexpected end of data; check its quotation marks"),
        ("a;b\n1;2\n", "t.csv:1: the cells are separated by ';'; save the table with commas"),
        ("a,a\n1,2\n", "t.csv:1: the column 'a' appears twice"),
        (
            "a,,b\n1,2,3\n",
            "t.csv:1: column 2 has no name; this row names the columns: delete what is above the heading",
        ),
        ("a，b\n1，2\n", "t.csv:1: the cells are separated by '，'; save the table with commas"),
        (
            "a,b,c\n1,2,3\nmade by A. B.\n",
            "t.csv:3: 'made by A. B.' is no row of the table; delete it; a table holds rows",
        ),
        (f"a,b\n1,{'x' * 200_000}\n", "t.csv:2 b: the cell holds 200,000 characters; 32,767 are the most"),
        ("", "t.csv: the table is empty; its first row names the columns"),
        (",\n1,2\n", "t.csv:1: the first row is blank; it names the columns"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused_with_its_row(text: str, said: str) -> None:
    (fault,) = read(text)[1]
    assert fault.startswith(said)


def test_rows_after_a_faulty_one_keep_their_numbers() -> None:
    sheet, faults = read('a,b\n1,"x\n\ny"\n3,4\n5\n')
    assert sheet.numbers == (3,) and [fault.split(" ")[0] for fault in faults] == ["t.csv:2:", "t.csv:4:"]


@pytest.mark.parametrize("separator", [",", "\t"])
@pytest.mark.parametrize("title", ["Figures of 2025", "Figures of 2025; first half", "Figures, of 2025", ""])
def test_the_heading_is_found_below_a_title(separator: str, title: str) -> None:
    text = f"{title}\n\n" + "Place,unit,more\nA,b,c\n".replace(",", separator)
    problems: Problems = []
    sheet = read_csv(text, "t", "t.csv", problems, headings={"place", "unit", "year"})
    assert problems == [] and (sheet.head, sheet.heading) == (("Place", "unit", "more"), 3)
    assert (sheet.rows, sheet.numbers) == ((("A", "b", "c"),), (4,))
    assert " ".join(sheet.above.values()) == (title if separator == "\t" else title.replace(", ", " "))


def test_a_row_of_values_is_no_heading_and_without_one_the_first_row_is_taken() -> None:
    assert heading_row([["Place of birth", "x"], ["unit", "x", "y"]], {"place", "unit"}) == 0
    assert heading_row([["", ""], ["x", "y"], ["Unit", "place", "z"]], {"place", "unit"}) == 2


@pytest.mark.parametrize(
    ("text", "cells", "line"),
    [
        ('a,b,c\n"x", y ,"1, ""2"""\n', ("x", "z", '1, "2"'), '"x",z,"1, ""2"""'),
        ('a,b,c\n"x", y ,"1, ""2"""\n', ("", "y", "p,q"), ', y ,"p,q"'),
        ('"a","b","c"\n"x","y","z"\n', ("x", "", "z"), '"x","","z"'),
        ('a\tb\tc\nx\t"y"\tz\n', ("w", "y", "z"), 'w\t"y"\tz'),
    ],
)
def test_of_a_changed_row_the_cells_that_stay_are_written_as_they_were(
    text: str, cells: tuple[str, ...], line: str
) -> None:
    assert edit_csv(text, {2: cells}, []).splitlines()[1] == line
