"""Lay a page out for trial, and again from where blocks changed places.

Styles are matched and boxes made once, whatever the order of the blocks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from weasyprint import HTML

from jianbao.render.pdf.figure_placement import BlockExtent
from jianbao.render.pdf.weasyprint_patches import begin_layout, fill_again, fill_sheets

BLOCK = "data-block"  # the attribute by which templates name a block
MM_PER_PIXEL = 25.4 / 96


class TrialLayout:
    """The boxes of a page, and the sheets that they fill; what stands in margins, and page numbers, are left out."""

    def __init__(self, html: HTML) -> None:
        self._html, (self._context, self._root) = html, begin_layout(html)
        self._footnotes = list(self._context.footnotes)
        self._pages = fill_sheets(self._context, self._root, html)

    def stands(self) -> dict[str, BlockExtent]:
        """Return where each block stands (those with `data-block`), in the order of the page."""
        found: dict[str, BlockExtent] = {}
        for number, page in enumerate(self._pages):
            end = (page.content_box_y() + page.height) * MM_PER_PIXEL
            for box in page.descendants():
                if name := _name(box):
                    top, bottom = box.position_y * MM_PER_PIXEL, (box.position_y + box.margin_height()) * MM_PER_PIXEL
                    found[name] = _joined(
                        found.get(name), BlockExtent(page=number, top=top, last_page=number, bottom=bottom, end=end)
                    )
        return found

    def reorder(self, names: Sequence[str]) -> None:
        """Put blocks into this order, each among those beside it.

        All is laid out anew from the sheet before the first block that moves: it may have room now for what follows.
        """
        places, stands = {name: place for place, name in enumerate(names)}, self.stands()
        moved = [stands[name].page for parent in self._parents() for name in _sorted(parent, places) if name in stands]
        if moved:
            self._lay_out_from(max(min(moved) - 1, 0))

    def _parents(self) -> Iterator[Any]:
        return (box for box in (self._root, *self._root.descendants()) if hasattr(box, "children"))

    def _lay_out_from(self, sheet: int) -> None:
        self._context.footnotes = list(self._footnotes)
        self._pages = fill_again(self._context, self._root, self._html, self._pages, sheet)


def _name(box: Any) -> str:
    return str(box.element.get(BLOCK) or "") if box.element is not None else ""


def _sorted(parent: Any, places: dict[str, int]) -> list[str]:
    """Sort the blocks in a box by their places, and return the names of those that moved."""
    children = list(parent.children)
    held = [index for index, child in enumerate(children) if _name(child) in places]
    wanted = sorted((children[index] for index in held), key=lambda box: places[_name(box)])
    moved = [_name(box) for index, box in zip(held, wanted, strict=True) if box is not children[index]]
    if moved:
        for index, box in zip(held, wanted, strict=True):
            children[index] = box
        parent.children = type(parent.children)(children)
    return moved


def _joined(before: BlockExtent | None, here: BlockExtent) -> BlockExtent:
    """Join the parts of a block: one box in another on a page, or its continuation on the next page."""
    if before is None:
        return here
    bottom = max(before.bottom, here.bottom) if before.last_page == here.page else here.bottom
    return replace(before, last_page=here.page, bottom=bottom, end=here.end)
