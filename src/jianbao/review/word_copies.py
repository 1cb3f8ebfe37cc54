"""Read a Word document returned by a reviewer: the text of each passage, comments, and text outside passages."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from xml.etree.ElementTree import Element

from jianbao.core.limits import UnreadableError, as_xml, attribute, child, local, unpacked
from jianbao.render.word.package import built_hash, part_of
from jianbao.render.word.runs import MARK, PASSAGE
from jianbao.review.copies import CopyComment, UnmatchedText

ADDED, REMOVED = ("ins", "moveTo"), ("del", "moveFrom")
FORMATS = {
    *("rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "tblPrExChange", "tblGridChange", "trPrChange"),
    *("tcPrChange", "numberingChange"),
}
PASSED_OVER = {"drawing", "pict", "object", "AlternateContent", "sectPr", "tblPr", "tblGrid", "tcPr", "instrText"}
LETTERS = {"tab": "\t", "cr": "\n", "br": "\n", "noBreakHyphen": "\u2011"}
LINKED = ("reference_", "evidence_")  # the anchors of source marks begin with these
MAIN, COMMENTS, THREADS = ("document.main+xml", "comments+xml", "commentsExtended+xml")
HEADING = "_Toc"  # the anchors of headings begin with this
OFF = ("0", "false", "off")


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text with all tracked changes accepted, and with all rejected; `authors` made the changes."""

    after: str = ""
    before: str = ""
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReturnedPassage:
    """A passage of a returned document: the text inside its bookmark, and before and after it in its paragraph.

    Only the first passage of a paragraph has a `lead`; `follows` is True for the others. `tail` ends at the next
    passage or with the paragraph. All are without source marks. `page` is 0 if unknown.
    """

    bookmark: str
    inside: Text
    lead: str = ""
    tail: Text = Text()
    follows: bool = False
    page: int = 0


@dataclass(frozen=True, kw_only=True)
class WordCopy:
    """A returned document: its passages by bookmark, paragraphs without a passage, and comments.

    `built` is the hash of the copy's record, `formats` the number of tracked changes of format.
    """

    passages: Mapping[str, ReturnedPassage]
    loose: tuple[UnmatchedText, ...]
    comments: tuple[CopyComment, ...]
    formats: int
    built: str


@dataclass(frozen=True, kw_only=True)
class _State:
    """The state of a text: who added it, who removed it, and whether it is a source mark."""

    added: str = ""
    removed: str = ""
    mark: bool = False


@dataclass(frozen=True)
class _Piece:
    """A run of text whose letters are all in the same state."""

    text: str
    paragraph: int
    page: int
    state: _State


def read_word_copy(content: bytes) -> WordCopy:
    """Return the contents of a returned document; raises UnreadableError."""
    parts = unpacked(content)
    body = child(as_xml(part_of(parts, MAIN)), "body")
    if body is None:
        raise UnreadableError("other")
    reading = _Reading()
    reading.walk(body, _State())
    return WordCopy(
        passages=dict(_passages(reading)),
        loose=tuple(_paragraphs_without_passage(reading)),
        comments=tuple(_comments(reading, parts)),
        formats=reading.formats,
        built=built_hash(parts),
    )


@dataclass(kw_only=True)
class _Reading:
    """Reads the body of a document: pieces of text, and the places where bookmarks and comments begin and end.

    `entries` has the anchor of the heading for each comment on an entry of the contents, `headings` where these begin.
    """

    pieces: list[_Piece] = field(default_factory=list)
    starts: dict[str, int] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    homes: dict[str, int] = field(default_factory=dict)
    comments: dict[str, tuple[int, int]] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)
    headings: dict[str, int] = field(default_factory=dict)
    listed: set[int] = field(default_factory=set)
    formats: int = 0
    page: int = 1
    paged: bool = False
    _paragraph: int = 0
    _open: dict[str, str] = field(default_factory=dict)

    def walk(self, element: Element, state: _State) -> None:
        """Read an element and its children."""
        kind = local(element.tag)
        self.formats += kind in FORMATS
        if kind in PASSED_OVER or kind in FORMATS:
            return
        if kind == "sdt" and _is_contents(element):
            self.entries |= dict(_commented_entries(element))
            return
        if kind in (*ADDED, *REMOVED):
            state = _changed(element, kind, state)
        elif kind == "hyperlink":
            state = replace(state, mark=state.mark or attribute(element, "anchor").startswith(LINKED))
        elif kind == "tr":
            state = _row(element, state)
        elif kind == "p":
            self._begin(element)
        if kind == "r":
            self._run(element, state)
        elif "Range" in kind or kind.startswith("bookmark"):
            self._range(element, kind)
        else:
            for each in element:
                self.walk(each, state)

    def _begin(self, paragraph: Element) -> None:
        self._paragraph += 1
        settings = child(paragraph, "pPr")
        broken = child(settings, "pageBreakBefore")
        self.page += broken is not None and attribute(broken, "val") not in OFF
        if attribute(child(settings, "pStyle"), "val").lower().startswith("toc"):
            self.listed.add(self._paragraph)

    def _run(self, run: Element, state: _State) -> None:
        style = attribute(child(run, "rPr", "rStyle"), "val")
        state = replace(state, mark=state.mark or style == MARK)
        for each in run:
            kind = local(each.tag)
            if kind in ("t", "delText"):
                self._write(each.text or "", state)
            elif kind == "lastRenderedPageBreak":
                self.page, self.paged = self.page + 1, True
            elif kind == "br" and attribute(each, "type") == "page":
                self.page += not self.paged
            elif kind in LETTERS:
                self._write(LETTERS[kind], state)
            elif kind == "rPr":
                self.formats += sum(local(inner.tag) in FORMATS for inner in each)
            elif kind == "commentReference":
                here = len(self.pieces)
                self.comments.setdefault(attribute(each, "id"), (here, here))

    def _write(self, text: str, state: _State) -> None:
        if text:
            self.pieces.append(_Piece(text, self._paragraph, self.page, state))

    def _range(self, element: Element, kind: str) -> None:
        here, number = len(self.pieces), attribute(element, "id")
        if kind == "bookmarkStart":
            name = attribute(element, "name")
            if name.startswith(PASSAGE) and name not in self.starts:
                self._open[number], self.starts[name], self.homes[name] = name, here, self._paragraph
            elif name.startswith(HEADING):
                self.headings[name] = here
        elif kind == "bookmarkEnd" and number in self._open:
            self.ends[self._open.pop(number)] = here
        elif kind == "commentRangeStart":
            self.comments[number] = (here, here)
        elif kind == "commentRangeEnd" and number in self.comments:
            self.comments[number] = (self.comments[number][0], here)


def _changed(element: Element, kind: str, state: _State) -> _State:
    by = attribute(element, "author") or "?"
    return replace(state, removed=by) if kind in REMOVED else replace(state, added=by)


def _row(element: Element, state: _State) -> _State:
    settings = child(element, "trPr")
    for kind in ("ins", "del"):
        if (change := child(settings, kind)) is not None:
            state = _changed(change, kind, state)
    return state


def _is_contents(element: Element) -> bool:
    """Return whether an element is the table of contents, which repeats the headings."""
    return "Contents" in attribute(child(element, "sdtPr", "docPartObj", "docPartGallery"), "val")


def _commented_entries(contents: Element) -> Iterator[tuple[str, str]]:
    """Yield the number of each comment on an entry of the contents, and the anchor of the heading it leads to."""
    for entry in contents.iter():
        if local(entry.tag) != "p":
            continue
        anchor = next((attribute(each, "anchor") for each in entry.iter() if local(each.tag) == "hyperlink"), "")
        for each in entry.iter():
            if local(each.tag) in ("commentRangeStart", "commentReference"):
                yield attribute(each, "id"), anchor


def _passages(reading: _Reading) -> Iterator[tuple[str, ReturnedPassage]]:
    order = sorted(reading.starts, key=lambda name: reading.starts[name])
    pieces = reading.pieces
    for place, name in enumerate(order):
        start = reading.starts[name]
        following = reading.starts[order[place + 1]] if place + 1 < len(order) else len(pieces)
        end = min(max(reading.ends.get(name, start), start), following)
        last = pieces[end - 1].paragraph if end > start else reading.homes[name]
        tail = [each for each in pieces[end:following] if each.paragraph == last]
        first = place == 0 or reading.homes[order[place - 1]] != reading.homes[name]
        before = [each for each in pieces[:start] if each.paragraph == reading.homes[name]] if first else []
        inside = pieces[start:end]
        yield (
            name,
            ReturnedPassage(
                bookmark=name,
                inside=_text(inside),
                lead=_text(before).after,
                tail=_text(tail),
                follows=not first,
                page=inside[0].page if inside and reading.paged else 0,
            ),
        )


def _text(pieces: Iterable[_Piece]) -> Text:
    """Return the joined text of pieces without source marks, each paragraph on a new line."""
    texts = [each for each in pieces if not each.state.mark]
    changed = (each.state.added or each.state.removed for each in texts)
    return Text(
        after=_joined([each for each in texts if not each.state.removed]),
        before=_joined([each for each in texts if not each.state.added]),
        authors=tuple(dict.fromkeys(filter(None, changed))),
    )


def _joined(pieces: Sequence[_Piece]) -> str:
    text, last = "", 0
    for each in pieces:
        text += ("\n" if last and each.paragraph != last else "") + each.text
        last = each.paragraph
    return text


def _paragraphs_without_passage(reading: _Reading) -> Iterator[UnmatchedText]:
    """Yield the paragraphs that contain no part of a passage."""
    taken = {*reading.listed, *reading.homes.values()}
    for name, start in reading.starts.items():
        taken |= {each.paragraph for each in reading.pieces[start : reading.ends.get(name, start)]}
    paragraphs: dict[int, list[tuple[int, _Piece]]] = {}
    for place, each in enumerate(reading.pieces):
        if each.paragraph not in taken:
            paragraphs.setdefault(each.paragraph, []).append((place, each))
    for numbered in paragraphs.values():
        pieces = [each for _, each in numbered]
        text = _text(pieces)
        if text.after.strip():
            previous = _previous(reading, numbered[0][0])
            page = pieces[0].page if reading.paged else 0
            yield UnmatchedText(text=text.after, page=page, previous=previous)


def _previous(reading: _Reading, place: int) -> str:
    """Return the last passage that begins before a place; "" if there is none."""
    before = [name for name, start in reading.starts.items() if start <= place]
    return max(before, key=lambda name: reading.starts[name], default="")


# Comments


def _comments(reading: _Reading, parts: Mapping[str, bytes]) -> Iterator[CopyComment]:
    root = as_xml(part_of(parts, COMMENTS))
    threads = _threads(parts)
    for each in root if root is not None else ():
        number = attribute(each, "id")
        if local(each.tag) != "comment":
            continue
        start, end = reading.comments.get(number) or _heading(reading, number)
        paragraphs = [_text_in(inner) for inner in each.iter() if local(inner.tag) == "p"]
        last = next((attribute(inner, "paraId") for inner in reversed(list(each)) if local(inner.tag) == "p"), "")
        parent, done = threads.get(last, ("", False))
        placed = reading.pieces and start >= 0
        near = reading.pieces[min(start, len(reading.pieces) - 1)].page if placed and reading.paged else 0
        yield CopyComment(
            author=attribute(each, "author"),
            at=attribute(each, "date"),
            text=" ".join(filter(None, paragraphs)),
            quote=_text(reading.pieces[start:end]).after,
            passages=tuple(_commented_passages(reading, start, end)) if placed else (),
            resolved=done or threads.get(parent, ("", False))[1],
            page=near,
            previous=_previous(reading, start),
        )


def _heading(reading: _Reading, number: str) -> tuple[int, int]:
    """Return the extent of the heading whose entry in the contents a comment is on; below 0 if it is on nothing."""
    start = reading.headings.get(reading.entries.get(number, ""), -1)
    return start, next((reading.ends.get(name, start) for name, place in reading.starts.items() if place == start), -1)


def _threads(parts: Mapping[str, bytes]) -> dict[str, tuple[str, bool]]:
    """Return the parent of each comment and whether it is resolved, by the id of its last paragraph."""
    root = as_xml(part_of(parts, THREADS))
    return {
        attribute(each, "paraId"): (attribute(each, "paraIdParent"), attribute(each, "done") in ("1", "true"))
        for each in (root if root is not None else ())
    }


def _text_in(paragraph: Element) -> str:
    texts = (each.text or "" for each in paragraph.iter() if local(each.tag) == "t")
    return " ".join("".join(texts).split())


def _commented_passages(reading: _Reading, start: int, end: int) -> list[str]:
    """Return the passages that a comment covers, the one with most of its text first."""
    lengths: dict[str, int] = {}
    for name, begun in reading.starts.items():
        stop = reading.ends.get(name, begun)
        shared = reading.pieces[max(start, begun) : min(end, stop)]
        if shared or (start == end and begun <= start <= stop):
            lengths[name] = sum(len(each.text) for each in shared)
    if not lengths and reading.pieces:
        home = reading.pieces[min(start, len(reading.pieces) - 1)].paragraph
        lengths = {name: -abs(reading.starts[name] - start) for name, each in reading.homes.items() if each == home}
    return sorted(lengths, key=lambda name: -lengths[name])
