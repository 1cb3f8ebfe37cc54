"""Read the text of a product as a document: Markdown, one file a language, whose blocks stand in the same order.

The syntax is that of CommonMark with Pandoc's additions: front matter, `{#id}` after a heading, `[words]{key="value"}`
for a claim or a judgement, and `:::` for a block that is no paragraph. Placeholders are set aside before Markdown is
parsed, so no value and no identifier can become markup.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import zip_longest

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.container import container_plugin

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem, nearest
from jianbao.core.messages import Translatable, tr
from jianbao.text.placeholders import pieces, unfolded
from jianbao.text.wording import LABELLED, TONES, WIDTHS, BlockText, Claim, SectionText, Variant, Wording, WordingText

TITLE, LINE = "title", "line"  # the keys of the front matter that every document has
CONTAINERS = ("figure", "table", "measures", "aside", "decision", "headline", "box")
POINTERS = ("figure", "table", "measures")  # containers that show what has an id, and hold nothing
HOLDS, JUDGEMENT, AS_OF = "holds", "judgement", "as_of"  # the keys of a span
CLAIMS = (HOLDS, JUDGEMENT)
_FIRST_MARK = 0xF0000  # placeholders become characters of a private plane while Markdown is parsed
_PLACEHOLDER = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_MARKED = re.compile(f"[{chr(_FIRST_MARK)}-{chr(0xFFFFD)}]")
_HEADING_ID = re.compile(r"\s*\{#([a-z][a-z0-9_-]*)\}\s*$")
_CITATION = re.compile(r"\s*\[@([a-z][a-z0-9_]*)\]")
_CLASS = re.compile(r"\s*\{\.([a-z]+)\}\s*$")
_FENCE = "---"


@dataclass(frozen=True, kw_only=True)
class _Text:
    """A run of text in one language with what was found in it; `words` still have marks in place of placeholders."""

    words: str
    line: int
    claims: tuple[Claim, ...] = ()
    cites: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Block:
    """A block in one language: its kind, the id that it names, and its texts or the blocks in it."""

    kind: str
    line: int
    ref: str = ""
    look: str = ""
    texts: tuple[_Text, ...] = ()
    items: tuple["_Block", ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Document:
    """A file as read: the texts of its front matter, and its blocks, of which each "section" begins a section."""

    file: str
    front: Mapping[str, _Text] = field(default_factory=dict)
    blocks: tuple[_Block, ...] = ()
    placeholders: tuple[str, ...] = ()


def read_document(name: str, texts: Mapping[str, tuple[str, str]], problems: Problems) -> tuple[SectionText, ...]:
    """Return the sections of a document that is written in one or more languages.

    The first section has the document's name: its title and line are those of the front matter, its phrases the other
    keys there. Each heading `## Words {#id}` begins another section.

    Args:
        name: The document's name, such as "brief".
        texts: For each language the file's name and its content; the first is the one that others are compared with.
        problems: Receives what cannot be read, and where the languages differ.

    Example:
        >>> text = "---\\ntitle: Trade\\nline: A short report\\n---\\nIt grew by {{ growth }}."
        >>> found: Problems = []
        >>> [section] = read_document("brief", {"en": ("brief.en.md", text)}, found)
        >>> section.id, [block.kind for block in section.blocks], found
        ('brief', ['paragraph', 'paragraph'], [])
    """
    before = len(problems)
    read = {language: _read(file, content, problems) for language, (file, content) in texts.items()}
    if len(problems) > before or not _parallel(read, problems):
        return ()
    return tuple(_sections(name, read))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    parser.use(attrs_plugin, spans=True)
    parser.use(container_plugin, "block", validate=lambda info, _: bool(info.strip()))
    return parser


def _read(file: str, content: str, problems: Problems) -> _Document:
    """Parse one language's file; what Markdown can do and a brief cannot is a problem with its line."""
    lines = content.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")
    front, first = _front_matter(file, lines, problems)
    holes: list[str] = []

    def set_aside(match: re.Match[str]) -> str:
        holes.append(match.group())
        return chr(_FIRST_MARK + len(holes) - 1) + "\n" * match.group().count("\n")

    body = "\n" * first + "\n".join(lines[first:])
    marked = _PLACEHOLDER.sub(set_aside, body)
    reader = _Reader(file=file, holes=tuple(holes), problems=problems)
    blocks = tuple(reader.blocks(_parser().parse(marked)))
    return _Document(file=file, front=front, blocks=blocks, placeholders=tuple(holes))


def _front_matter(file: str, lines: Sequence[str], problems: Problems) -> tuple[dict[str, _Text], int]:
    """Return the texts between the two lines `---`, and the number of lines that they take."""
    if not lines or lines[0].strip() != _FENCE:
        hint = tr("begin it with a line ---, then title: and line:, then a line ---")
        problems.append(Problem(Place(file, 1), tr("the document has no title"), hint))
        return {}, 0
    end = next((n for n, line in enumerate(lines[1:], 1) if line.strip() == _FENCE), 0)
    if not end:
        problems.append(Problem(Place(file, 1), tr("the front matter has no end"), tr("end it with a line ---")))
        return {}, len(lines)
    found: dict[str, _Text] = {}
    for number, line in enumerate(lines[1:end], 2):
        key, colon, words = line.partition(":")
        if not line.strip():
            continue
        if not colon or not words.strip() or key.strip() in found:
            what = tr("'{line}' is not a line of the front matter", line=line.strip())
            problems.append(Problem(Place(file, number), what, tr("write each key once, a colon, and its text")))
            continue
        found[key.strip()] = _Text(words=words.strip(), line=number)
    for key in (TITLE, LINE):
        if key not in found:
            problems.append(Problem(Place(file, 1), tr("'{key}' is missing in the front matter", key=key)))
    return found, end + 1


@dataclass(frozen=True, kw_only=True)
class _Reader:
    """Makes blocks from the tokens of one file."""

    file: str
    holes: tuple[str, ...]
    problems: Problems

    def blocks(self, tokens: Sequence[Token]) -> Iterator[_Block]:
        """Yield the blocks of the outermost tokens."""
        at = 0
        while at < len(tokens):
            end = _closing(tokens, at)
            block = self.block(tokens[at], tokens[at + 1 : end])
            if block:
                yield block
            at = end + 1

    def block(self, opening: Token, inside: Sequence[Token]) -> _Block | None:
        """Return the block of an opening token and what stands inside it; None for one that is refused."""
        line = (opening.map or [0])[0] + 1
        if opening.type == "paragraph_open":
            return _Block(kind="paragraph", line=line, texts=(self.text(inside[0]),))
        if opening.type == "heading_open":
            return self.heading(opening, inside[0], line)
        if opening.type == "bullet_list_open":
            return _Block(kind="bullets", line=line, items=tuple(self.items(inside)))
        if opening.type == "container_block_open":
            return self.container(opening.info, inside, line)
        kinds = {
            "ordered_list_open": tr("a numbered list"),
            "blockquote_open": tr("a quotation"),
            "fence": tr("program code"),
            "code_block": tr("program code"),
            "html_block": tr("HTML"),
            "hr": tr("a rule"),
            "table_open": tr("a typed table"),
        }
        hint = tr("write paragraphs, headings, lists with a hyphen, and ::: blocks")
        self.refuse(line, tr("{what} has no place in a brief", what=kinds.get(opening.type, opening.type)), hint)
        return None

    def items(self, tokens: Sequence[Token]) -> Iterator[_Block]:
        """Yield a paragraph for each item of a list."""
        for item in _outer(tokens):
            inner = [each for each in self.blocks(item[1:]) if each]
            if len(inner) == 1 and inner[0].kind == "paragraph":
                yield inner[0]
            else:
                line = (item[0].map or [0])[0] + 1
                self.refuse(line, tr("an item of a list is more than one paragraph"), tr("make it one paragraph"))

    def heading(self, opening: Token, inline: Token, line: int) -> _Block | None:
        """Return a section for `##`, a heading for `###`; other levels are refused."""
        level = int(opening.tag[1:])
        named = _HEADING_ID.search(inline.content)
        text = self.text(inline)
        text = replace(text, words=_HEADING_ID.sub("", text.words))
        if level == 2 and not named:
            hint = tr("write {{#name}} after it, the same in every language")
            self.refuse(line, tr("the heading '{words}' has no id", words=self.shown(text.words)), hint)
            return None
        if level not in (2, 3):
            hint = tr("## begins a section, ### a heading inside it; the title stands in the front matter")
            self.refuse(line, tr("'{marks}' is not a level of heading", marks="#" * level), hint)
            return None
        return _Block(
            kind="section" if level == 2 else "heading", line=line, ref=named.group(1) if named else "", texts=(text,)
        )

    def container(self, info: str, tokens: Sequence[Token], line: int) -> _Block | None:
        """Return the block of `::: kind words {.look}`."""
        look = _CLASS.search(info)
        kind, _, rest = _CLASS.sub("", info).strip().partition(" ")
        words = rest.strip()
        if kind not in CONTAINERS:
            self.refuse(line, tr("'{wrong}' is not a kind of block", wrong=kind), nearest(kind, CONTAINERS))
            return None
        allowed = {"figure": WIDTHS, "aside": TONES}.get(kind, ())
        if look and look.group(1) not in allowed:
            self.refuse(line, tr("'{word}' is not a look of this block", word=look.group(1)), nearest(look[1], allowed))
        if (not words) != (kind in ("headline", "box")):
            hint = tr("::: figure ID, ::: table ID, ::: measures cards, ::: aside Label, ::: box")
            self.refuse(line, tr("':::{info}' is not how a block begins", info=f" {info.strip()}"), hint)
            return None
        inner = tuple(self.blocks(tokens))
        if (kind in POINTERS) == bool(inner):
            what = tr("this block holds no text") if inner else tr("this block is empty")
            self.refuse(line, what, tr("end a block with a line of three colons"))
            return None
        if any(each.kind not in ("paragraph", "bullets") for each in inner):
            self.refuse(line, tr("a block inside a ::: block is no paragraph"))
            return None
        label = (_Text(words=words, line=line),) if kind in LABELLED else ()
        return _Block(
            kind=kind,
            line=line,
            ref=words if kind in POINTERS else "",
            look=look.group(1) if look else "",
            texts=label,
            items=tuple(item for each in inner for item in (each.items if each.kind == "bullets" else (each,))),
        )

    def text(self, inline: Token) -> _Text:
        """Return the words of a paragraph or heading, with its claims and citations."""
        line = (inline.map or [0])[0] + 1
        written: list[str] = []
        claims: list[Claim] = []
        opened: list[tuple[int, Token]] = []
        at = line
        for child in inline.children or ():
            if child.type == "text":
                written.append(child.content)
            elif child.type == "softbreak":
                written.append("\n")
                at += 1
            elif child.type == "span_open":
                opened.append((len("".join(written)), child))
            elif child.type == "span_close":
                start, opening = opened.pop()
                claims.extend(self.claims(opening, "".join(written)[start:], at))
            elif child.nesting >= 0:
                self.refuse(at, tr("'{mark}' is markup that a brief does not print", mark=child.markup or child.type))
        words = "".join(written)
        cites = tuple(dict.fromkeys(_CITATION.findall(words)))
        return _Text(words=_CITATION.sub("", words), line=line, claims=tuple(claims), cites=cites)

    def claims(self, opening: Token, words: str, line: int) -> Iterator[Claim]:
        """Yield what a span says of its words."""
        dated = opening.attrs.get(AS_OF)
        if dated not in (None, "yes"):
            what = tr("'{value}' is not {what}", value=dated, what=tr("an allowed value"))
            self.refuse(line, what, tr('write as_of="yes" if the words give the day of each value'))
        for key, value in opening.attrs.items():
            if key in CLAIMS:
                place = Place(self.file, line)
                yield Claim(kind=key, text=str(value), words=self.shown(words), place=place, as_of=bool(dated))
            elif key != AS_OF:
                self.refuse(line, tr("'{key}' is not a key of a span", key=key), nearest(key, (*CLAIMS, AS_OF)))

    def refuse(self, line: int, what: Translatable, hint: Translatable | None = None) -> None:
        """Add a problem."""
        self.problems.append(Problem(Place(self.file, line), what, *([hint] if hint else [])))

    def shown(self, words: str) -> str:
        """Return words as they are written, with their placeholders."""
        return _restored(words, self.holes)


def _closing(tokens: Sequence[Token], at: int) -> int:
    """Return the index of the token that closes the one at an index; the same index for a token that stands alone."""
    depth = 0
    for index in range(at, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index
    return len(tokens) - 1


def _outer(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    at = 0
    while at < len(tokens):
        end = _closing(tokens, at)
        yield tokens[at:end]
        at = end + 1


def _restored(words: str, holes: Sequence[str]) -> str:
    return _MARKED.sub(lambda mark: holes[ord(mark.group()) - _FIRST_MARK], words)


# Languages


def _parallel(read: Mapping[str, _Document], problems: Problems) -> bool:
    """Return whether all languages have the same blocks; the first difference to the first language is a problem."""
    (_, first), *others = read.items()
    before = len(problems)
    for _, other in others:
        for key in {**first.front, **other.front}:
            if key not in other.front or key not in first.front:
                there, here = (first, other) if key in first.front else (other, first)
                what = tr(
                    "'{key}' of {file} line {line} is missing", key=key, file=there.file, line=there.front[key].line
                )
                problems.append(Problem(Place(here.file, 1), what))
        for one, two in zip_longest(_flat(first.blocks), _flat(other.blocks)):
            difference = _unlike(one, two, first, other)
            if difference:
                problems.append(difference)
                break
            if one and two:
                problems.extend(_otherwise(one, two, first, other))
    return len(problems) == before


def _flat(blocks: Iterable[_Block]) -> Iterator[_Block]:
    for block in blocks:
        yield block
        yield from block.items


def _unlike(one: _Block | None, two: _Block | None, first: _Document, other: _Document) -> Problem | None:
    """Return the problem of a pair that are not blocks of the same kind, after which pairs mean nothing."""
    hint = tr("every language has the same blocks in the same order")
    if one is None or two is None:
        here, there, left = (other, first, one) if two is None else (first, other, two)
        assert left is not None
        what = tr("nothing here stands for {file} line {line}", file=there.file, line=left.line)
        return Problem(Place(here.file), what, hint)
    if (one.kind, one.ref, one.look, len(one.items)) == (two.kind, two.ref, two.look, len(two.items)):
        return None
    pair = tr("{file} line {line}", file=first.file, line=one.line)
    what = tr("this is a {kind}, in {pair} stands a {other}", kind=_named(two), pair=pair, other=_named(one))
    return Problem(Place(other.file, two.line), what, hint)


def _otherwise(one: _Block, two: _Block, first: _Document, other: _Document) -> Iterator[Problem]:
    """Yield the problems of a pair of blocks that refer to other figures, or that claim something else."""
    pair = tr("{file} line {line}", file=first.file, line=one.line)
    for text, same in zip(one.texts, two.texts, strict=True):
        if set(text.cites) != set(same.cites):
            yield Problem(Place(other.file, two.line), tr("this refers to other figures than {pair}", pair=pair))
        if _claimed(text) != _claimed(same):
            yield Problem(Place(other.file, two.line), tr("this claims something else than {pair}", pair=pair))


def _claimed(text: _Text) -> list[str]:
    """Return the expressions that a text claims to hold, and "" for each judgement, whose reason is in its language."""
    return sorted(claim.text if claim.kind == HOLDS else "" for claim in text.claims)


def _named(block: _Block) -> str:
    return " ".join(filter(None, (block.kind, block.ref, f".{block.look}" if block.look else "")))


# Sections


def _sections(name: str, read: Mapping[str, _Document]) -> Iterator[SectionText]:
    """Yield the sections of documents that run in parallel."""
    documents = tuple(read.values())
    front = {
        key: _wording(f"{name}.{key}", read, [document.front[key] for document in documents])
        for key in documents[0].front
    }
    line = BlockText(kind="paragraph", id=f"{name}.{LINE}", say=(front[LINE],), place=front[LINE].place)
    identity, title, blocks = name, front[TITLE], [line]
    phrases = {key: replace(wording, sentence=False) for key, wording in front.items() if key not in (TITLE, LINE)}
    for number, rows in enumerate(zip(*(document.blocks for document in documents), strict=True), 1):
        if rows[0].kind != "section":
            blocks.append(_block(f"{identity}.{number}", read, rows))
            continue
        yield SectionText(id=identity, title=title, blocks=tuple(blocks), phrases=phrases, place=title.place)
        identity, blocks, phrases = rows[0].ref, [], {}
        title = _wording(f"{identity}.title:1", read, [row.texts[0] for row in rows])
    yield SectionText(id=identity, title=title, blocks=tuple(blocks), phrases=phrases, place=title.place)


def _block(block_id: str, read: Mapping[str, _Document], rows: Sequence[_Block]) -> BlockText:
    """Return the block that stands at the same place in every language."""
    one = rows[0]
    place = Place(next(iter(read.values())).file, one.line)
    if one.kind == "headline":
        say = tuple(
            _wording(f"{block_id}:{n}", read, [row.items[n - 1].texts[0] for row in rows])
            for n in range(1, len(one.items) + 1)
        )
        return BlockText(kind="headline", id=block_id, say=say, place=place)
    say = tuple(
        _wording(f"{block_id}:{n}", read, [row.texts[n - 1] for row in rows]) for n in range(1, len(one.texts) + 1)
    )
    items = tuple(
        _block(f"{block_id}.{n}", read, [row.items[n - 1] for row in rows]) for n in range(1, len(one.items) + 1)
    )
    return BlockText(
        kind=one.kind,
        id=block_id,
        say=say,
        items=items,
        ref=one.ref,
        width=one.look if one.kind == "figure" else "",
        tone=one.look if one.kind == "aside" else "",
        cites=tuple(dict.fromkeys(figure for text in one.texts for figure in text.cites)),
        place=place,
    )


def _wording(wording_id: str, read: Mapping[str, _Document], texts: Sequence[_Text]) -> Wording:
    """Return the wording of texts that stand at the same place in every language."""
    spoken = {
        language: WordingText(
            tuple(pieces(unfolded(_restored(text.words, document.placeholders)))), Place(document.file, text.line)
        )
        for (language, document), text in zip(read.items(), texts, strict=True)
    }
    place = next(iter(spoken.values())).place
    variant = Variant(when=None, texts=spoken, place=place)
    facts = frozenset(hole.fact for text in spoken.values() for hole in text.holes if hole.fact)
    claims = tuple(claim for text in texts for claim in text.claims)
    return Wording(id=wording_id, variants=(variant,), place=place, reads=facts, claims=claims)
