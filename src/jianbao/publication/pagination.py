"""Pagination: a page that does not end is stopped."""

from typing import Any

from weasyprint.layout import page

from jianbao.errors import Place, Problem, RenderError

MOST = 300  # sheets: ten times the longest brief
_remake_page = page.remake_page


def install() -> None:
    """Count the sheets as they are made; justification says which version of WeasyPrint this is."""
    page.remake_page = remake_page


def remake_page(index: int, *rest: Any) -> Any:
    """Make one more sheet as ever, or raise RenderError."""
    if index >= MOST:
        hint = "look for a break of pages that is repeated"
        raise RenderError(Problem(Place("page"), f"the page runs over more than {MOST} sheets", hint))
    return _remake_page(index, *rest)
