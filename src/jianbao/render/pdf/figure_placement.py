"""Move figures within their section so that no page is left half empty, and lay the page out for trial to see it.

Styles are matched and boxes made once for all orders of the blocks.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from weasyprint import HTML

from jianbao.brief.model import Block, Brief, Section
from jianbao.brief.sections import HALF
from jianbao.render.pdf.weasyprint_patches import begin_layout, fill_again, fill_sheets

TEXT = ("paragraph", "bullets", "note")
LEAST = 22.0  # mm: a gap below this is not worth a move


@dataclass(frozen=True, kw_only=True)
class BlockExtent:
    """Where a block stands: first page and top, last page and bottom, and the end of the type area there, in mm."""

    page: int
    top: float
    last_page: int
    bottom: float
    end: float

    @property
    def left(self) -> float:
        """Return the room below the block on its last page."""
        return max(self.end - self.bottom, 0.0)

    @property
    def height(self) -> float:
        """Return the height of a block on one page; of one that runs on, about what it takes on both."""
        pages = self.last_page - self.page
        return self.bottom - self.top + pages * (self.end if pages else 0.0)


def movable_figures(brief: Brief) -> bool:
    """Return whether there is a figure in the body of the brief: nothing else is ever moved."""
    return any(block.figure for section in brief.sections if section.role == "body" for block in section.blocks)


def skeleton(brief: Brief) -> Brief:
    """Return the brief without annex and references: all that decides where the figures of its body stand."""
    kept = (section if section.role != "annex" else replace(section, blocks=()) for section in brief.sections)
    return replace(brief, sections=tuple(kept), references=())


def place_figures(brief: Brief, stands: Mapping[str, BlockExtent]) -> Brief:
    """Return the brief with its body's figures moved to where they leave less room empty."""
    sections, before = [], None
    for section in brief.sections:
        sections.append(_settled(section, stands, before) if section.role == "body" else section)
        known = [stands[block.id] for block in section.blocks if block.id in stands]
        before = known[-1] if known else before
    return replace(brief, sections=tuple(sections))


def wasted_space(brief: Brief, stands: Mapping[str, BlockExtent]) -> float:
    """Return the room in mm that figures leave empty before themselves."""
    blocks = [block for section in brief.sections if section.role == "body" for block in section.blocks]
    known = [block for block in blocks if block.id in stands]
    gaps = (_gap(stands[one.id], stands[two.id]) for one, two in pairwise(known) if two.figure)
    return sum(gap for gap in gaps if gap >= LEAST)


def _gap(before: BlockExtent, figure: BlockExtent) -> float:
    return before.left if figure.page > before.last_page else 0.0


def _settled(section: Section, stands: Mapping[str, BlockExtent], before: BlockExtent | None) -> Section:
    blocks = list(section.blocks)
    for place, block in enumerate(section.blocks):
        last = stands.get(section.blocks[place - 1].id) if place else before
        if block.figure is None or block.figure.width == HALF or block.id not in stands or last is None:
            continue  # a half stays beside the other
        gap = _gap(last, stands[block.id])
        if gap >= LEAST:
            _move(blocks, block, gap, stands)
    return replace(section, blocks=tuple(blocks))


def _move(blocks: list[Block], figure: Block, gap: float, stands: Mapping[str, BlockExtent]) -> None:
    """Move a figure down past text that fills the gap; if there is none, up before text that leaves it room."""
    at = blocks.index(figure)
    passed = _passed(blocks[at + 1 :], gap, stands)
    if passed:
        blocks.insert(at + passed, blocks.pop(at))
        return
    need = stands[figure.id].height
    for earlier in range(at - 1, 0, -1):
        other = blocks[earlier]
        if other.kind not in TEXT or other.id not in stands:
            return
        if stands[other.id].end - stands[other.id].top >= need:
            blocks.insert(earlier, blocks.pop(at))
            return


def _passed(after: Sequence[Block], gap: float, stands: Mapping[str, BlockExtent]) -> int:
    """Return past how many blocks of text a figure goes to fill a gap."""
    filled, count = 0.0, 0
    for block in after:
        if block.kind not in TEXT or block.id not in stands or filled >= gap:
            break
        filled += stands[block.id].height
        count += 1
    return count


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
