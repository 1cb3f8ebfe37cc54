"""Write the sentences of a document to a workbook, and match returned workbooks and Word documents with the record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from difflib import SequenceMatcher
from io import BytesIO
from itertools import zip_longest
from xml.etree.ElementTree import Element

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from jianbao.core.limits import UnreadableError, as_xml, attribute, local, unpacked
from jianbao.core.zip_csv import archive_date
from jianbao.render.word.package import BUILT, built_hash
from jianbao.review.copies import (
    CopyComment,
    CopyRecord,
    ReturnedCopy,
    ReturnedText,
    UnmatchedText,
    match_passages,
    record_hash,
    write_record,
)
from jianbao.review.returned_words import SentPassage, plain
from jianbao.review.word_copies import ReturnedPassage, Text, WordCopy

STATEMENTS = "statements"  # the sheet
ID, REMARK = "id", "comment"  # heads of columns, beside those of languages
WIDTHS = {ID: 26, REMARK: 40}
WIDE, SHADE = 60, "F2F2F2"
_CLOSING = tuple("。！？.!?；;")
THREADED = "tc="  # the author of a note that represents a threaded discussion begins with it


def workbook_copy(record: CopyRecord, languages: Sequence[str], day: date) -> bytes:
    """Return a workbook with a row for each statement, a column for each language, and one for comments."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = STATEMENTS
    heads = (ID, *languages, REMARK)
    for place, head in enumerate(heads, 1):
        sheet.cell(1, place, head).font = Font(bold=True)
        sheet.column_dimensions[sheet.cell(1, place).column_letter].width = WIDTHS.get(head, WIDE)
    rows: dict[str, dict[str, str]] = {}
    for each in record.passages:
        rows.setdefault(_key(each.bookmark), {})[each.language] = each.text
    for line, (key, texts) in enumerate(rows.items(), 2):
        for place, head in enumerate(heads, 1):
            _fill(sheet.cell(line, place), key if head == ID else texts.get(head, ""), head == ID)
    sheet.freeze_panes = "B2"
    book.custom_doc_props.append(StringProperty(name=BUILT, value=record_hash(write_record(record))))
    book.properties.creator, book.properties.created = "jianbao", datetime.combine(day, time())
    content = BytesIO()
    book.save(content)
    return archive_date(content.getvalue(), day)


def _fill(cell: Cell, text: str, key: bool) -> None:
    """Write a text into a cell as text, even if it begins like a number or a formula."""
    cell.value, cell.alignment = text, Alignment(wrap_text=not key, vertical="top")
    cell.data_type, cell.number_format = "s", "@"
    if key:
        cell.fill = PatternFill("solid", fgColor=SHADE)


def _key(bookmark: str) -> str:
    """Return the part of a bookmark that is the same in all languages."""
    return bookmark.rpartition("/")[0]


@dataclass(frozen=True)
class WorkbookCopy:
    """A returned workbook: its rows as cells by column head, its other parts, and the hash of its record."""

    rows: tuple[Mapping[str, Cell], ...]
    parts: Mapping[str, bytes]
    built: str


def read_workbook_copy(content: bytes) -> WorkbookCopy:
    """Return the contents of a returned workbook; raises UnreadableError."""
    parts = unpacked(content)
    if "xl/workbook.xml" not in parts or any(as_xml(parts[name]) is None for name in parts if name.endswith(".xml")):
        raise UnreadableError("damaged")
    book = load_workbook(BytesIO(content))
    sheet = book[STATEMENTS] if STATEMENTS in book else book.worksheets[0]
    heads = [_text(cell).strip() for cell in sheet[1]]
    rows = tuple(dict(zip(heads, row, strict=False)) for row in sheet.iter_rows(min_row=2))
    return WorkbookCopy(rows, parts, built_hash(parts))


def match_workbook(copy: WorkbookCopy, record: CopyRecord) -> ReturnedCopy:
    """Return the contents of a returned workbook, by the passages of its record.

    A deleted row changes nothing; an empty cell deletes its sentence.
    """
    texts = {each.bookmark: ReturnedText(text=each.text) for each in record.passages}
    comments, places = list[CopyComment](), dict[str, str]()
    for cells in copy.rows:
        key = _text(cells.get(ID)).strip()
        bookmarks = {language: f"{key}/{language}" for language in cells if f"{key}/{language}" in texts}
        first = next(iter(bookmarks.values()), "")
        texts |= {bookmark: ReturnedText(text=_text(cells[language])) for language, bookmark in bookmarks.items()}
        if remark := _text(cells.get(REMARK)).strip():
            comments.append(CopyComment(author="", at="", text=remark, passages=_one(first)))
        for head, cell in cells.items():
            places[cell.coordinate] = bookmarks.get(head, first)
            if cell.comment and not cell.comment.author.startswith(THREADED):
                note, by = " ".join(cell.comment.text.split()), cell.comment.author
                comments.append(CopyComment(author=by, at="", text=note, passages=_one(bookmarks.get(head, first))))
    return ReturnedCopy(texts=texts, comments=(*comments, *_discussed(copy.parts, places)))


def _one(bookmark: str) -> tuple[str, ...]:
    return (bookmark,) if bookmark else ()


def _text(cell: object) -> str:
    value = getattr(cell, "value", None)
    return "" if value is None else str(value)


def _discussed(parts: Mapping[str, bytes], places: Mapping[str, str]) -> Iterator[CopyComment]:
    """Yield the comments of threaded discussions, which a workbook stores in separate parts."""
    people = {
        attribute(each, "id"): attribute(each, "displayName")
        for name, part in parts.items()
        if name.startswith("xl/persons/")
        for each in _elements(part)
    }
    for name, part in sorted(parts.items()):
        elements = _elements(part) if name.startswith("xl/threadedComments/") else []
        done = {attribute(each, "id") for each in elements if attribute(each, "done") in ("1", "true")}
        for each in elements:
            text = "".join(inner.text or "" for inner in each if local(inner.tag) == "text")
            if text.strip():
                yield CopyComment(
                    author=people.get(attribute(each, "personId"), ""),
                    at=attribute(each, "dT"),
                    text=" ".join(text.split()),
                    passages=_one(places.get(attribute(each, "ref"), "")),
                    resolved=bool(done & {attribute(each, "id"), attribute(each, "parentId")}),
                )


def _elements(part: bytes) -> list[Element]:
    root = as_xml(part)
    return list(root) if root is not None else []


def match_copy(copy: WordCopy, record: CopyRecord) -> ReturnedCopy:
    """Return the contents of a returned document, by the passages of its record."""
    sent = {each.bookmark: each for each in record.passages}
    passages = [_PassageEdges.of(each, sent[key]) for key, each in copy.passages.items() if key in sent]
    strays = [*copy.loose, *(stray for each in passages for stray in each.strays())]
    known = match_passages(record, dict(_texts(passages)), strays)
    comments = tuple(each for each in copy.comments if each.key not in record.comments)
    return replace(known, comments=comments, formats=copy.formats)


@dataclass(frozen=True, kw_only=True)
class _PassageEdges:
    """A passage as sent and as returned, with the words typed before and behind it; None if they are unknown."""

    sent: SentPassage
    now: ReturnedPassage
    before: str | None
    behind: str | None

    @staticmethod
    def of(now: ReturnedPassage, sent: SentPassage) -> "_PassageEdges":
        edges = joined_edges(now.lead, sent.lead), joined_edges(now.tail.after, sent.tail)
        return _PassageEdges(sent=sent, now=now, before=edges[0], behind=edges[1])

    def strays(self) -> Iterator[UnmatchedText]:
        """Yield the texts beside the passage that were changed: the passage that they belong to is unknown."""
        for edge, text in ((self.before, self.now.lead), (self.behind, self.now.tail.after)):
            if edge is None:
                yield UnmatchedText(text=text, page=self.now.page, previous=self.now.bookmark)

    def gives_words_to(self, following: "_PassageEdges | None") -> bool:
        """Return whether the words typed behind it belong to the next passage."""
        if not following or not following.now.follows:
            return False
        own, other = ((each.sent.text, each.now.inside.after) for each in (self, following))
        return belongs_to_next(self.behind or "", own, other)


def _texts(passages: Sequence[_PassageEdges]) -> Iterator[tuple[str, ReturnedText]]:
    """Yield the text of each passage with the words typed at its edges."""
    carried = Text()
    for each, following in zip_longest(passages, passages[1:]):
        behind = Text(after=each.behind or "", authors=each.now.tail.authors)
        passed_on = each.gives_words_to(following)
        own_words = Text() if passed_on else behind
        authors = dict.fromkeys((*carried.authors, *each.now.inside.authors, *own_words.authors))
        text = "".join((each.before or "", carried.after, each.now.inside.after, own_words.after))
        yield each.now.bookmark, ReturnedText(text=text, authors=tuple(authors))
        carried = behind if passed_on else Text()


def joined_edges(now: str, sent: str) -> str | None:
    """Return the words added to a text beside a passage; None if that text itself was changed."""
    for one, other in ((now, sent), (plain(now), plain(sent))):
        if one.endswith(other):
            return one[: len(one) - len(other)]
        if one.startswith(other):
            return one[len(other) :]
    return None


def belongs_to_next(edge: str, here: tuple[str, str], following: tuple[str, str]) -> bool:
    """Return whether words typed between two passages of a paragraph belong to the second one.

    Overwriting the beginning of a sentence puts the new words outside its bookmark: LibreOffice inserts them before the
    old ones. They belong to the passage that lost words; a whole new sentence belongs to the passage before it.

    Args:
        edge: The words between the passages.
        here: The first passage, as sent and as returned.
        following: The second passage, as sent and as returned.

    """
    (sent, now), (next_sent, next_now) = (tuple(map(plain, pair)) for pair in (here, following))
    if not edge.strip() or next_now[:1] == next_sent[:1]:
        return False
    if now[-1:] != sent[-1:]:
        gained = _likeness(sent, now + edge) - _likeness(sent, now)
        return _likeness(next_sent, edge + next_now) - _likeness(next_sent, next_now) > gained
    return not next_now or not edge.rstrip().endswith(_CLOSING)


def _likeness(sent: str, now: str) -> float:
    return SequenceMatcher(None, sent, now, autojunk=False).ratio()
