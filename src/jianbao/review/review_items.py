"""Find the items of an edition that reviewers approve one by one: sentences, figures, tables, measures, documents."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from types import MappingProxyType
from typing import Literal

from jianbao.brief.model import Block, Brief, Figure, Grid, Section
from jianbao.brief.outline import Outline
from jianbao.charts.spec import FigureSpec
from jianbao.data.facts import Fact, Ledger
from jianbao.text.render import Statement, choose, facts_in
from jianbao.text.text_entries import TextEntry
from jianbao.text.wording import Wording, WordingText

Kind = Literal["statement", "figure", "table", "measure", "document"]
Words = Mapping[str, Mapping[str, str]]  # the hash of what a writer wrote, by wording and language
SHORT = 16  # digits of the hash of a written text
# What an office fills in when it registers a document (2012 regulations, article 25): no new approval is needed.
REGISTERED = ("number", "serial", "signer", "signer_word", "dated", "printed")
DRAFT_ONLY = "sample"  # the part of the masthead that only drafts have, and that needs no approval


@dataclass(frozen=True, kw_only=True)
class ReviewItem:
    """An item under review.

    `content` is the hash of its text in every language and of its facts: value, denominator, unit. `words` has the
    hashes of the written texts, with placeholders for facts. `front` is True on the first page.
    """

    id: str
    kind: Kind
    texts: Mapping[str, str]
    facts: tuple[str, ...]
    content: str
    words: Words
    documents: tuple[str, ...]
    front: bool = False


@dataclass(frozen=True)
class ItemContext:
    """The sources of the briefs: the facts, every written sentence, and the declarations and words of figures."""

    ledger: Ledger
    wordings: Mapping[str, Wording]
    figures: Mapping[str, FigureSpec]
    figure_words: Mapping[str, TextEntry]


@dataclass(frozen=True, kw_only=True)
class ItemPlace:
    """The place of an item in a document: its template, the title of the section, the label of an aside, and a number.

    The number is the printed one of a figure or table, the place of anything else in section or aside, 0 for a heading.
    `opening` is True for the section below the title of the document, which has no title of its own.
    """

    document: str
    title: Mapping[str, str]
    label: Mapping[str, str]
    number: int
    opening: bool


@dataclass(frozen=True, kw_only=True)
class _Part:
    """The part of an item that one document contains."""

    id: str
    kind: Kind
    statements: tuple[Statement, ...]
    figure: str = ""
    front: bool = False


def review_items(briefs: Mapping[str, Brief], origin: ItemContext) -> tuple[ReviewItem, ...]:
    """Return the items of documents, given by template, in reading order; one in several documents is listed once."""
    parts: dict[str, list[tuple[str, _Part]]] = {}
    for number, (template, brief) in enumerate(briefs.items()):
        for part in _parts(brief, origin, first=number == 0):
            parts.setdefault(part.id, []).append((template, part))
    items = [_item(item_id, each, origin) for item_id, each in parts.items()]
    return (*items, *(_document(template, brief, items) for template, brief in briefs.items()))


def statements_of(brief: Brief, origin: ItemContext) -> Iterator[tuple[str, str, Statement]]:
    """Yield each statement of a document's items, each item once, with the item and the statement's number in it."""
    parts = {part.id: part for part in _parts(brief, origin, first=False)}
    for part in parts.values():
        for number, statement in enumerate(part.statements, 1):
            yield part.id, str(number), statement


def item_places(briefs: Mapping[str, Brief], origin: ItemContext) -> Mapping[str, ItemPlace]:
    """Return the place of each item in the first document that has it; items that are whole documents have none."""
    places: dict[str, ItemPlace] = {}
    for template, brief in briefs.items():
        for section in brief.sections:
            title, opening = dict(_sentences(section.title)), section.role == "summary"
            for item, number, label in _numbered(brief, section, origin):
                place = ItemPlace(document=template, title=title, label=label, number=number, opening=opening)
                places.setdefault(item, place)
    return places


def _numbered(brief: Brief, section: Section, origin: ItemContext) -> Iterator[tuple[str, int, Mapping[str, str]]]:
    yield from ((each.id, 0, {}) for each in _titles(brief, section))
    numbers = count(1)
    for block in section.blocks:
        exhibit, aside = block.figure or block.table, block.kind == "aside" and block.items and block.statements
        label, inside = dict(_sentences(aside[0])) if aside else {}, count()
        for part in _of_block(block, origin, front=False):
            yield part.id, exhibit.number if exhibit else next(inside if aside else numbers), label


def items_of_block(block: Block, origin: ItemContext) -> tuple[str, ...]:
    """Return the ids of the items that a block of a document shows, in order."""
    return tuple(dict.fromkeys(part.id for part in _of_block(block, origin, front=False)))


def table_columns(briefs: Mapping[str, Brief]) -> dict[str, int]:
    """Return the number of columns of each table in documents, by the id of the item."""
    blocks = (each for brief in briefs.values() for section in brief.sections for each in section.blocks)
    return {f"table.{each.table.id}": len(each.table.columns) for each in blocks if each.table}


def opening_items(brief: Brief, origin: ItemContext) -> frozenset[str]:
    """Return the ids of the items in the sections on the first page of a document."""
    opening = (block for section in brief.sections if section.role == "summary" for block in section.blocks)
    return frozenset(item for block in opening for item in items_of_block(block, origin))


def _item(item_id: str, parts: Iterable[tuple[str, _Part]], origin: ItemContext) -> ReviewItem:
    placed = list(parts)
    sentences = tuple(dict.fromkeys(_sentences(each) for _, part in placed for each in part.statements))
    statements = tuple({_sentences(each): each for _, part in placed for each in part.statements}.values())
    figure = next((part.figure for _, part in placed if part.figure), "")
    facts, shown = facts_in(statements), _shown(figure, origin)
    content = [sentences, [_value(origin.ledger[fact]) for fact in facts], _drawn(figure, shown, origin)]
    return ReviewItem(
        id=item_id,
        kind=placed[0][1].kind,
        texts=_heading(statements, placed[0][1]),
        facts=tuple(dict.fromkeys((*facts, *(fact.id for fact in shown)))),
        content=_hash(content),
        words=_words(statements, figure, origin),
        documents=tuple(dict.fromkeys(template for template, _ in placed)),
        front=any(part.front for _, part in placed),
    )


def _heading(statements: tuple[Statement, ...], part: _Part) -> dict[str, str]:
    """Return the text that identifies an item: the whole of a sentence or headline, the title of anything else."""
    whole = statements if part.kind == "statement" else statements[:1]
    return {language: " ".join(each.text(language) for each in whole) for language in statements[0].sentences}


def _document(template: str, brief: Brief, items: Iterable[ReviewItem]) -> ReviewItem:
    """Return a document as an item: all of its content, with masthead, labels, references, and the letter's own."""
    inside = [item.content for item in items if template in item.documents]
    return ReviewItem(
        id=template,
        kind="document",
        texts=dict(_sentences(brief.title)),
        facts=(),
        content=document_content(brief, inside),
        words={},
        documents=(template,),
        front=False,
    )


def document_content(
    brief: Brief, inside: Iterable[str], texts: Mapping[str, Mapping[str, str]] = MappingProxyType({})
) -> str:
    """Return the hash of all of a document, with the contents of the items `inside` it.

    `texts` replace those of the statements with these ids.
    """
    loose = [_sentences(each, texts.get(each.id, {})) for each in _everything(brief)]
    return _hash([loose, _cited(brief), list(inside)])


def beside_items(brief: Brief, origin: ItemContext) -> tuple[tuple[str, ...], tuple[Statement, ...]]:
    """Return the ids of a document's items in order, and its statements outside items: masthead, labels, letter."""
    parts = list(_parts(brief, origin, first=False))
    judged = {_sentences(each) for part in parts for each in part.statements}
    return tuple(each.id for each in parts), tuple(e for e in _everything(brief) if _sentences(e) not in judged)


def _cited(brief: Brief) -> list[list[tuple[str, str]]]:
    return [sorted(each.entries.items()) for each in brief.references]


def _parts(brief: Brief, origin: ItemContext, first: bool) -> Iterator[_Part]:
    for section in brief.sections:
        front = first and section.role == "summary"
        yield from (
            _Part(id=each.id, kind="statement", statements=(each,), front=front)
            for each in _titles(brief, section)
            if each.id in origin.wordings
        )
        for block in section.blocks:
            yield from _of_block(block, origin, front)


def _titles(brief: Brief, section: Section) -> tuple[Statement, ...]:
    return (brief.title, brief.subtitle) if section.role == "summary" else (section.title,)


def _of_block(block: Block, origin: ItemContext, front: bool) -> Iterator[_Part]:
    if block.figure:
        yield _Part(
            id=f"figure.{block.figure.id}",
            kind="figure",
            statements=tuple(_of_figure(block.figure)),
            figure=block.figure.id,
            front=front,
        )
    elif block.table:
        yield _Part(id=f"table.{block.table.id}", kind="table", statements=tuple(_of_table(block.table)), front=front)
    elif block.kind in ("measure", "headline"):
        kind: Kind = "measure" if block.kind == "measure" else "statement"
        yield _Part(id=block.id, kind=kind, statements=tuple(_inside(block)), front=front)
    else:
        alone = (each for each in _inside(block) if _judged_alone(each, origin))
        yield from (_Part(id=each.id, kind="statement", statements=(each,), front=front) for each in alone)


def _judged_alone(statement: Statement, origin: ItemContext) -> bool:
    """Return whether a sentence is an item of its own: sentences of sections are, the title of a measure is not."""
    return ":" in statement.id and statement.id in origin.wordings


def _inside(block: Block) -> Iterator[Statement]:
    """Yield the statements of a block, each label before the part that it labels."""
    yield from block.statements
    for item in block.items:
        yield from _inside(item)
    for label, blocks in block.parts:
        yield label
        for each in blocks:
            yield from _inside(each)


def _of_figure(figure: Figure) -> Iterator[Statement]:
    yield from (figure.title, figure.subtitle, *([figure.note] if figure.note else []))


def _of_table(table: Grid) -> Iterator[Statement]:
    yield table.title
    yield from (column.head for column in table.columns)
    yield from (cell for row in table.rows for cell in row)
    if table.note:
        yield table.note


def _everything(brief: Brief) -> Iterator[Statement]:
    yield from (each for key, each in brief.masthead.items() if key != DRAFT_ONLY)
    yield from brief.words.values()
    yield from (each for key, statements in brief.letter.items() if key not in REGISTERED for each in statements)
    for section in brief.sections:
        yield section.title
        for block in section.blocks:
            yield from _inside(block)


# The content of an item


Sentences = tuple[tuple[str, str], ...]


def _sentences(statement: Statement, texts: Mapping[str, str] = MappingProxyType({})) -> Sentences:
    return tuple((key, texts.get(key, sentence.text)) for key, sentence in statement.sentences.items())


def _value(fact: Fact) -> list[object]:
    return [fact.id, to_twelve_digits(fact.value), to_twelve_digits(fact.of), fact.unit]


def to_twelve_digits(value: object) -> object:
    """Return a number with twelve digits, since the last ones depend on the machine; any other value unchanged."""
    return f"{value:.12g}" if isinstance(value, float) else value


def _shown(figure: str, origin: ItemContext) -> tuple[Fact, ...]:
    """Return the facts that the declaration of a figure names, alone or as a family."""
    if not figure:
        return ()
    return tuple(origin.ledger.under(origin.figures[figure].facts.values()).values())


def _drawn(figure: str, shown: Iterable[Fact], origin: ItemContext) -> list[object]:
    if not figure:
        return []
    spec = origin.figures[figure]
    written = [[written_in(text) for text in _texts(each, origin).values()] for each in _lettering(figure, origin)]
    values = [[*_value(fact), to_twelve_digits(fact.low), to_twelve_digits(fact.high)] for fact in shown]
    return [spec.kind, sorted(spec.facts.items()), sorted(spec.options.items()), written, values]


def _lettering(figure: str, origin: ItemContext) -> tuple[Wording, ...]:
    return tuple(origin.figure_words[figure].wordings())


def _words(statements: Iterable[Statement], figure: str, origin: ItemContext) -> Words:
    """Return the hash of the written text of each sentence in each language."""
    written = [origin.wordings[each.id] for each in statements if each.id in origin.wordings]
    drawn = _lettering(figure, origin) if figure else ()
    return {
        each.id: {language: short_hash(text) for language, text in texts.items()}
        for each in (*written, *drawn)
        if (texts := _texts(each, origin))
    }


def _texts(wording: Wording, origin: ItemContext) -> Mapping[str, WordingText]:
    variant = choose(wording, origin.ledger)
    return variant.texts if variant else {}


def written_in(text: WordingText) -> str:
    """Return a text as its writer wrote it, with placeholders, on one line."""
    return "".join(piece if isinstance(piece, str) else f"{{{{ {piece.source} }}}}" for piece in text.pieces)


def short_hash(text: WordingText) -> str:
    """Return the hash that identifies a version of a text."""
    return sha256(written_in(text).encode()).hexdigest()[:SHORT]


def _hash(content: object) -> str:
    return sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def languages_of(outline: Outline, items: Iterable[ReviewItem]) -> dict[str, set[str]]:
    """Return the languages in which each item, and each of its sentences, is printed."""
    found: dict[str, set[str]] = {}
    for item in items:
        for name in (item.id, *item.words):
            found.setdefault(name, set()).update(outline.languages_of(item.documents) or item.texts)
    return found
