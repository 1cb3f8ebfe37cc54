"""Remarks: what a draft says of its own items, each before the block that holds the item, or beside it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from jianbao.brief.model import Block, Brief, Remark, Section

Remarks = Mapping[str, tuple[Remark, ...]]


def annotate(brief: Brief, document: str, remarks: Remarks) -> Brief:
    """Return a document with the remarks on its items, by their ids, before the blocks in which these stand.

    The first page is full: what is remarked of it, and of the document by its name, opens the next part. A document of
    one part has room for none.
    """
    if len(brief.sections) == 1:
        return brief
    first, *rest = brief.sections
    of_first = tuple(_fitting(remarks, dict.fromkeys((document, brief.title.id, brief.subtitle.id, *_ids(first)))))
    sections = [first]
    for number, section in enumerate(rest):
        opening = (*(of_first if number == 0 else ()), *_fitting(remarks, (section.title.id,)))
        blocks = (part for block in section.blocks for part in (*_fitting(remarks, ids_in(block)), block))
        sections.append(replace(section, blocks=(*opening, *blocks)))
    return replace(brief, sections=tuple(sections))


def without_remarks(brief: Brief) -> tuple[Brief, Remarks]:
    """Return a document without its remarks, and these by their items: what `annotate` was given."""
    remarks: dict[str, dict[str, Remark]] = {}
    for section in brief.sections:
        for block in section.blocks:
            if block.remark:
                remarks.setdefault(block.about, {})[block.id] = block.remark
    sections = (
        replace(section, blocks=tuple(block for block in section.blocks if not block.remark))
        for section in brief.sections
    )
    return replace(brief, sections=tuple(sections)), {item: (*said.values(),) for item, said in remarks.items()}


def remarked_items(brief: Brief) -> frozenset[str]:
    """Return the ids of the items in a document, but its title and itself."""
    return frozenset(item for section in brief.sections for item in (section.title.id, *_ids(section)))


def _ids(section: Section) -> Iterator[str]:
    for block in section.blocks:
        yield from ids_in(block)


def ids_in(block: Block) -> Iterator[str]:
    """Yield the ids of the items that a block holds: its own, those of its sentences, figure and table."""
    yield block.id
    yield from (each.id for each in block.statements)
    if block.figure:
        yield f"figure.{block.figure.id}"
    if block.table:
        yield f"table.{block.table.id}"
    for item in block.items:
        yield from ids_in(item)


def _fitting(remarks: Remarks, ids: Iterable[str]) -> Iterator[Block]:
    for item in dict.fromkeys(ids):
        for number, remark in enumerate(remarks.get(item, ()), 1):
            yield Block("remark", f"remark.{item}.{number}", (remark.said,), remark=remark, about=item)
