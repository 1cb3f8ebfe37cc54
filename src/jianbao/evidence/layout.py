"""Layout: a table of comma-separated cells amended line by line; what is not amended stays as it was written."""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from io import StringIO
from typing import Literal

Cells = Sequence[str]


def amended(text: str, changed: Mapping[int, Cells], added: Iterable[Cells]) -> str:
    """Return a table with rows changed (by the number that a spreadsheet shows) and rows added at its end.

    A row covers one line, as `sheets.read_csv` demands. Line ends, separator and quoting are those of the file.
    """
    end = "\r\n" if "\r\n" in text else "\r" if "\r" in text and "\n" not in text else "\n"
    lines = text.split(end)
    write = _writer(lines[0])
    while lines and not lines[-1].strip():
        lines.pop()
    for number, cells in changed.items():
        lines[number - 1] = write(cells)
    return end.join([*lines, *map(write, added)]) + end


def _writer(head: str) -> Callable[[Cells], str]:
    """Return what writes rows as the head is written: its separator, and all cells in quotes if the head's are."""
    delimiter = "\t" if "\t" in head and "," not in head else ","
    quoted = all(cell.startswith('"') and cell.endswith('"') for cell in head.split(delimiter))
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL

    def write(cells: Cells) -> str:
        line = StringIO()
        csv.writer(line, delimiter=delimiter, quoting=quoting, lineterminator="").writerow(cells)
        return line.getvalue()

    return write
