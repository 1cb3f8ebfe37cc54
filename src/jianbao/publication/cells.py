"""Cells of exported tables, of which no spreadsheet runs any."""

import csv
import re
from collections.abc import Iterable
from io import StringIO

# OWASP, CSV injection: what begins a formula in a spreadsheet, its full-width forms included, blanks before it or not.
_FORMULA = re.compile(r"[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20].", re.DOTALL)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")
MARK = "'"


def inert(cell: str) -> str:
    """Return a cell as a spreadsheet takes it for text: an apostrophe before what would begin a formula.

    Plain numbers stay as they are, and so does a sign that stands alone: neither is a formula.
    """
    return MARK + cell if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def as_csv(rows: Iterable[Iterable[str]]) -> bytes:
    """Return rows of inert cells as CSV after RFC 4180 in UTF-8, lines ended by a line feed."""
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows([inert(cell) for cell in row] for row in rows)
    return text.getvalue().encode()
