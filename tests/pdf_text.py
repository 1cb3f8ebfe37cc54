"""A finished PDF as a reader without eyes gets it: its tagged text in reading order, and the files inside."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf

UNSEEN = re.compile("[\\s\u00ad\u200b\u2010\u2060\ufeff-]+")
BLOCKS = {"/P", "/H1", "/H2", "/H3", "/H4", "/TH", "/TD", "/LI", "/Figure"}
_MAPPED = re.compile(rb"beginbf(char|range)(.*?)endbf", re.DOTALL)
_HEX = re.compile(rb"<([0-9a-fA-F]*)>")
SHOWING = ("Tj", "TJ", "'", '"')


@dataclass(frozen=True)
class Piece:
    """A tagged block of text: its tag ("/P"), its language ("zh-CN"), and its words, a line after another."""

    tag: str
    language: str
    text: str


def bare(text: str) -> str:
    """Return a text without spaces, joiners and hyphens, which line breaks add and take away."""
    return UNSEEN.sub("", text)


def spoken(pieces: tuple[Piece, ...], language: str) -> str:
    """Return all that is written in one language, in reading order, bare."""
    return "".join(bare(piece.text) for piece in pieces if piece.language == language)


@cache
def read(path: Path) -> tuple[Piece, ...]:
    """Return the text of a PDF by its tags, in their order; what is marked as page furniture is no part of it."""
    with pikepdf.open(path) as pdf:
        marked = {page.objgen: _marked(page) for page in pdf.pages}
        language = str(pdf.Root.Lang)
        return tuple(_pieces(pdf.Root.StructTreeRoot.K, "", language, marked))


def attached(path: Path) -> dict[str, bytes]:
    """Return the files inside a PDF by name."""
    with pikepdf.open(path) as pdf:
        return {name: pdf.attachments[name].get_file().read_bytes() for name in pdf.attachments}


def alternatives(path: Path) -> list[tuple[str, str]]:
    """Return the language and the description of each picture, in reading order."""
    with pikepdf.open(path) as pdf:
        return list(_described(pdf.Root.StructTreeRoot, str(pdf.Root.Lang)))


def _described(node: Any, language: str) -> Iterator[tuple[str, str]]:
    for child in _children(node):
        spoken_in = str(child.get("/Lang", language))
        if "/Alt" in child:
            yield spoken_in, str(child.Alt)
        yield from _described(child, spoken_in)


def pages(path: Path) -> list[str]:
    """Return the text of each page as it is drawn, page furniture and figures included."""
    with pikepdf.open(path) as pdf:
        return ["".join(text for _, text in _shown(page, _resources(page), None)) for page in pdf.pages]


def _pieces(node: Any, tag: str, language: str, marked: Any, page: Any = None) -> Iterator[Piece]:
    for child in node if isinstance(node, pikepdf.Array) else (node,):
        if not isinstance(child, pikepdf.Dictionary) or "/S" not in child:
            continue
        spoken_in = str(child.get("/Lang", language))
        own = child.get("/Pg", page)
        if str(child.S) in BLOCKS and not _holds_blocks(child):
            yield Piece(str(child.S), spoken_in, _text(child, own, marked))
        else:
            yield from _pieces(child.get("/K", ()), str(child.S), spoken_in, marked, own)


def _holds_blocks(node: Any) -> bool:
    return any(str(child.S) in BLOCKS or _holds_blocks(child) for child in _children(node) if "/S" in child)


def _children(node: Any) -> list[Any]:
    kids = node.get("/K", ())
    listed = kids if isinstance(kids, pikepdf.Array) else (kids,)
    return [kid for kid in listed if isinstance(kid, pikepdf.Dictionary)]


def _text(node: Any, page: Any, marked: Any) -> str:
    kids = node.get("/K", ())
    parts = []
    for kid in kids if isinstance(kids, pikepdf.Array) else (kids,):
        if isinstance(kid, pikepdf.Dictionary):
            if "/S" in kid:
                parts.append(_text(kid, kid.get("/Pg", page), marked))
        elif page is not None:
            parts.append(marked[page.objgen].get(int(kid), ""))
    return "\n".join(part for part in parts if part)


def _marked(page: Any) -> dict[int, str]:
    found: dict[int, str] = {}
    for number, text in _shown(page, _resources(page), None):
        if number is not None:
            found[number] = found.get(number, "") + text
    return found


def _resources(page: Any) -> Any:
    return page.obj.get("/Resources", pikepdf.Dictionary())


def _shown(stream: Any, resources: Any, inside: int | None) -> Iterator[tuple[int | None, str]]:
    """Yield each shown string with the number of the marked content that it stands in."""
    stack: list[int | None] = [inside]
    letters: dict[int, str] = {}
    for instruction in pikepdf.parse_content_stream(stream):
        operands, word = instruction.operands, str(instruction.operator)
        if word in ("BDC", "BMC"):
            stack.append(_number(operands[-1], stack[-1]))
        elif word == "EMC":
            stack.pop()
        elif word == "Tf":
            letters = _letters(resources["/Font"][operands[0]])
        elif word in SHOWING:
            yield stack[-1], _decoded(operands[-1], letters)
        elif word == "Do":
            form = resources["/XObject"][operands[0]]
            if form.get("/Subtype") == "/Form":
                yield from _shown(form, form.get("/Resources", resources), stack[-1])


def _number(properties: Any, outer: int | None) -> int | None:
    named = isinstance(properties, pikepdf.Dictionary) and "/MCID" in properties
    return int(properties["/MCID"]) if named else outer


def _decoded(shown: Any, letters: dict[int, str]) -> str:
    parts = shown if isinstance(shown, pikepdf.Array) else (shown,)
    codes = b"".join(bytes(part) for part in parts if isinstance(part, pikepdf.String))
    return "".join(letters.get(int.from_bytes(codes[at : at + 2]), "\ufffd") for at in range(0, len(codes), 2))


def _letters(font: Any) -> dict[int, str]:
    if "/ToUnicode" not in font:
        return {}
    return _mapping(bytes(font.ToUnicode.read_bytes()))


@cache
def _mapping(table: bytes) -> dict[int, str]:
    found: dict[int, str] = {}
    for kind, body in _MAPPED.findall(table):
        codes = [bytes.fromhex(code.decode()) for code in _HEX.findall(body)]
        if kind == b"char":
            for code, text in zip(codes[::2], codes[1::2], strict=True):
                found[int.from_bytes(code)] = text.decode("utf-16-be")
        else:
            for first, last, text in zip(codes[::3], codes[1::3], codes[2::3], strict=True):
                start = int.from_bytes(text)
                for step in range(int.from_bytes(last) - int.from_bytes(first) + 1):
                    found[int.from_bytes(first) + step] = chr(start + step)
    return found


def embedded(file: Path) -> list[str]:
    """Return the names of the fonts in a PDF."""
    with pikepdf.open(file) as opened:
        described = [each for each in opened.objects if isinstance(each, pikepdf.Dictionary) and "/FontName" in each]
        return [str(each["/FontName"]).partition("+")[2] for each in described]
