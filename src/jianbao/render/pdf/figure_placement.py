"""Move figures within their section so that no page is half empty, with trial layouts to see the effect.

Styles are matched and boxes built once for all orders of the blocks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from weasyprint import HTML

from jianbao.brief.model import Block, Brief, Section
from jianbao.brief.outline import HALF
from jianbao.render.pdf.weasyprint_patches import begin_layout, fill_again, fill_sheets

LIST = "bullets"
TEXT = ("paragraph", LIST, "note")
LEAST = 22.0  # mm: smaller gaps are accepted


@dataclass(frozen=True, kw_only=True)
class BlockExtent:
    """The position of a block: first page and top, last page and bottom, and the end of the type area there, in mm."""

    page: int
    top: float
    last_page: int
    bottom: float
    end: float

    @property
    def left(self) -> float:
        """Return the room in mm below the block on its last page."""
        return max(self.end - self.bottom, 0.0)

    @property
    def height(self) -> float:
        """Return the height of the block in mm; for one on several pages, an estimate of the sum."""
        pages = self.last_page - self.page
        return self.bottom - self.top + pages * (self.end if pages else 0.0)


def movable_figures(brief: Brief) -> bool:
    """Return whether there is a figure in the body of the brief; nothing else is ever moved."""
    return any(block.figure for section in brief.sections if section.role == "body" for block in section.blocks)


def skeleton(brief: Brief) -> Brief:
    """Return the brief without annex and references, which do not influence the positions of figures in the body."""
    kept = (section if section.role != "annex" else replace(section, blocks=()) for section in brief.sections)
    return replace(brief, sections=tuple(kept), references=())


def place_figures(brief: Brief, extents: Mapping[str, BlockExtent]) -> Brief:
    """Return the brief with figures of its body moved so that they leave less room empty.

    `extents` are the present positions of blocks by id.
    """
    sections, before = [], None
    for section in brief.sections:
        sections.append(_with_moved_figures(section, extents, before) if section.role == "body" else section)
        known = [extents[block.id] for block in section.blocks if block.id in extents]
        before = known[-1] if known else before
    return replace(brief, sections=tuple(sections))


def wasted_space(brief: Brief, extents: Mapping[str, BlockExtent]) -> float:
    """Return the height in mm of the gaps before figures, without those below LEAST."""
    blocks = [block for section in brief.sections if section.role == "body" for block in section.blocks]
    known = [block for block in blocks if block.id in extents]
    gaps = (_gap(extents[first.id], extents[second.id]) for first, second in pairwise(known) if second.figure)
    return sum(gap for gap in gaps if gap >= LEAST)


def _gap(before: BlockExtent, figure: BlockExtent) -> float:
    return before.left if figure.page > before.last_page else 0.0


def _with_moved_figures(section: Section, extents: Mapping[str, BlockExtent], before: BlockExtent | None) -> Section:
    blocks = list(section.blocks)
    for place, block in enumerate(section.blocks):
        last = extents.get(section.blocks[place - 1].id) if place else before
        if block.figure is None or block.figure.width == HALF or block.id not in extents or last is None:
            continue  # a half figure stays beside the other half
        gap = _gap(last, extents[block.id])
        if gap >= LEAST:
            _move(blocks, block, gap, extents)
    return replace(section, blocks=tuple(blocks))


def _move(blocks: list[Block], figure: Block, gap: float, extents: Mapping[str, BlockExtent]) -> None:
    """Move a figure down past text that fills the gap, or else up before text to where it has room.

    A list stays with the words that lead into it.
    """
    at = blocks.index(figure)
    passed = _count_passed(blocks[at + 1 :], gap, extents)
    if passed:
        blocks.insert(at + passed, blocks.pop(at))
        return
    need = extents[figure.id].height
    for earlier in range(at - 1, 0, -1):
        other = blocks[earlier]
        if other.kind not in TEXT or other.id not in extents:
            return
        if other.kind != LIST and extents[other.id].end - extents[other.id].top >= need:
            blocks.insert(earlier, blocks.pop(at))
            return


def _count_passed(after: Sequence[Block], gap: float, extents: Mapping[str, BlockExtent]) -> int:
    """Return the number of text blocks after a figure that fill a gap."""
    filled, count = 0.0, 0
    for block in after:
        if block.kind not in TEXT or block.id not in extents or filled >= gap:
            break
        filled += extents[block.id].height
        count += 1
    while count and count < len(after) and after[count].kind == LIST:
        count -= 1
    return count


BLOCK = "data-block"  # the attribute by which templates name a block
MM_PER_PIXEL = 25.4 / 96


class TrialLayout:
    """The boxes of a document and the pages that they fill, without margin boxes and page numbers."""

    def __init__(self, html: HTML) -> None:
        self._html, (self._context, self._root) = html, begin_layout(html)
        self._footnotes = list(self._context.footnotes)
        self._pages = fill_sheets(self._context, self._root, html)

    def extents(self) -> dict[str, BlockExtent]:
        """Return the position of each block (elements with `data-block`), in the order of the document."""
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
        """Put blocks into the order of `names`, each among its siblings.

        Everything is laid out again from the page before the first block that moves, which may now have room for more.
        """
        places, found = {name: place for place, name in enumerate(names)}, self.extents()
        moved = [found[name].page for parent in self._parents() for name in _sorted(parent, places) if name in found]
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
    """Sort the blocks in a box by their places; return the names of those that moved."""
    children = list(parent.children)
    indices = [index for index, child in enumerate(children) if _name(child) in places]
    wanted = sorted((children[index] for index in indices), key=lambda box: places[_name(box)])
    moved = [_name(box) for index, box in zip(indices, wanted, strict=True) if box is not children[index]]
    if moved:
        for index, box in zip(indices, wanted, strict=True):
            children[index] = box
        parent.children = type(parent.children)(children)
    return moved


def _joined(before: BlockExtent | None, here: BlockExtent) -> BlockExtent:
    """Return the extent of a block with one more part: a nested box, or its continuation on the next page."""
    if before is None:
        return here
    bottom = max(before.bottom, here.bottom) if before.last_page == here.page else here.bottom
    return replace(before, last_page=here.page, bottom=bottom, end=here.end)
