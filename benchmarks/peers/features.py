"""What the files of each program have, found in the files themselves."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pikepdf
import pypdfium2

from benchmarks.peers.content import contents
from jianbao.render.product import RenderJob
from tests.validators import verapdf

NOT_FIRST = "，。、；：！？）》」』】”’…"  # what no line of Chinese begins with (CLREQ)
NOT_LAST = "（《「『【“‘"
BODY = 18  # Chinese characters of a line that is surely one of a paragraph
HAN = re.compile("[\u4e00-\u9fff]")
UNSEEN = re.compile("[\\s\u00ad\u200b\u2006\u2060\ufeff\ufffe-]")
SHORT = 2  # characters of a line that should not stand alone, its mark included
LEVEL = 4.5  # points between the first lines of two paragraphs that are level: the letters of scripts differ in height
OPENING = 12  # characters by which a paragraph is known
DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
WEB_PICTURE = re.compile(r"<(?:img|svg)\b[^>]*>")
DESCRIBED = re.compile(r'\b(?:alt|aria-label|aria-labelledby)="[^"]+"')


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a program made in a form: from which jobs, in how many seconds, and whether two runs gave the same bytes."""

    tool: str
    form: str
    jobs: tuple[RenderJob, ...]
    seconds: float
    files: tuple[bytes, ...]
    repeatable: bool

    @property
    def size(self) -> int:
        """Return the bytes of all its files."""
        return sum(map(len, self.files))


@dataclass(frozen=True)
class Letter:
    """A printed character: where it stands on its page, in points, its box an em high."""

    text: str
    page: int
    left: float
    right: float
    bottom: float


def features(made: Sequence[Made]) -> Iterator[str]:
    """Yield a line for each thing found in each program's files."""
    for each in made:
        same = "the same bytes twice" if each.repeatable else "other bytes each time"
        yield f"{each.form}, {each.tool}: {', '.join([same, *_found(each)])}"


def _found(made: Made) -> Iterator[str]:
    if made.form.endswith("pdf"):
        yield from _in_pdf(made)
    if made.form == "parallel pdf":
        level, pairs = _level(made.jobs[0], made.files[0])
        yield f"{level} of {pairs} pairs of paragraphs level"
    if made.form == "docx":
        yield _descriptions([bool(each) for content in made.files for each in _in_word(content)])
    if made.form == "html":
        pages = [content.decode() for content in made.files]
        yield _descriptions([bool(DESCRIBED.search(tag)) for page in pages for tag in WEB_PICTURE.findall(page)])
        linked = sum(page.count('class="fact"') for page in pages)
        yield f"{linked} numbers linked to rows of the evidence"


def _descriptions(described: Sequence[bool]) -> str:
    return f"{sum(described)} of {len(described)} pictures described"


def _in_pdf(made: Made) -> Iterator[str]:
    broken = {"3a": set[str](), "ua1": set[str]()}
    pictures, attached = 0, 0
    for content in made.files:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "brief.pdf"
            file.write_bytes(content)
            for profile, rules in verapdf.judge(file).items():
                broken[profile] |= {rule.clause for rule in rules}
        with pikepdf.open(BytesIO(content)) as pdf:
            attached += len(pdf.attachments)
            root = pdf.Root.get("/StructTreeRoot")
            pictures += _alternatives(root) if root is not None else 0
    for profile, name in (("ua1", "PDF/UA-1"), ("3a", "PDF/A-3a")):
        clauses = " ".join(sorted(broken[profile]))
        yield f"{name} broken in {clauses}" if clauses else f"{name} kept"
    yield f"{pictures} pictures described"
    yield f"{attached} files attached"
    for job, content in zip(made.jobs, made.files, strict=True):
        if job.product.languages == ("zh",):
            yield from _chinese(job, content)


def _chinese(job: RenderJob, content: bytes) -> Iterator[str]:
    """Yield how Chinese paragraphs are set."""
    if lines := _lines(content):
        wrong = sum(line[0].text in NOT_FIRST or line[-1].text in NOT_LAST for line in lines)
        yield f"{wrong} of {len(lines)} Chinese lines begin or end wrongly"
        short, paragraphs = _short_ends(job, content)
        yield f"{short} of {paragraphs} paragraphs end in a single character"


def _alternatives(node: Any) -> int:
    children = node.get("/K", []) if isinstance(node, pikepdf.Dictionary) else node
    children = children if isinstance(children, pikepdf.Array) else [children]
    inner = [each for each in children if isinstance(each, (pikepdf.Dictionary, pikepdf.Array))]
    return sum(("/Alt" in each if isinstance(each, pikepdf.Dictionary) else 0) + _alternatives(each) for each in inner)


def _in_word(content: bytes) -> list[str]:
    with ZipFile(BytesIO(content)) as package:
        root = ElementTree.fromstring(package.read("word/document.xml"))
    return [each.get("descr", "") for each in root.iter(DRAWING)]


def _letters(content: bytes) -> list[Letter]:
    """Return every visible character of a PDF in the order in which PDFium reads it."""
    found = []
    document = pypdfium2.PdfDocument(content)
    try:
        for number, page in enumerate(document):
            text = page.get_textpage()
            read = text.get_text_range()
            if len(read) != text.count_chars():  # a character beyond 16 bits, or one that PDFium adds
                read = "".join(text.get_text_range(place, 1) or " " for place in range(text.count_chars()))
            for place, letter in enumerate(read):
                if not UNSEEN.match(letter):
                    left, bottom, right, _ = text.get_charbox(place, loose=True)
                    found.append(Letter(letter, number, left, right, bottom))
    finally:
        document.close()
    return found


def _lines(content: bytes) -> list[list[Letter]]:
    """Return the lines of Chinese paragraphs."""
    lines = list[list[Letter]]()
    for letter in _letters(content):
        if lines and _follows(lines[-1][-1], letter):
            lines[-1].append(letter)
        else:
            lines.append([letter])
    return [line for line in lines if sum(bool(HAN.match(letter.text)) for letter in line) >= BODY]


def _follows(last: Letter, letter: Letter) -> bool:
    """Return whether a character stands behind another on its line, and in the same column."""
    level = last.page == letter.page and abs(last.bottom - letter.bottom) < LEVEL
    return level and 0 <= letter.left - last.left < letter.right - letter.left + last.right - last.left


def _short_ends(job: RenderJob, content: bytes) -> tuple[int, int]:
    """Return how many paragraphs end in a line of one character and its mark, of how many of several lines."""
    letters = _letters(content)
    whole = "".join(letter.text for letter in letters)
    short = found = 0
    for piece in contents(job.brief):
        text = UNSEEN.sub("", piece.text("zh"))
        if piece.kind != "paragraph" or len(text) < 2 * BODY or whole.count(text) != 1:
            continue
        printed = letters[whole.index(text) :][: len(text)]
        last = [
            each for each in printed if each.page == printed[-1].page and abs(each.bottom - printed[-1].bottom) < LEVEL
        ]
        found += 1
        short += len(last) <= SHORT
    return short, found


def _level(job: RenderJob, content: bytes) -> tuple[int, int]:
    """Return how many pairs of paragraphs begin level, and how many were found."""
    letters = _letters(content)
    whole = "".join(letter.text for letter in letters)
    level = pairs = 0
    for piece in contents(job.brief):
        texts = [UNSEEN.sub("", piece.text(language))[:OPENING] for language in job.product.languages]
        if piece.kind != "paragraph" or piece.target or not all(whole.count(text) == 1 for text in texts):
            continue
        one, two = (letters[whole.index(text)] for text in texts)
        pairs += 1
        level += one.page == two.page and abs(one.bottom - two.bottom) < LEVEL
    return level, pairs
