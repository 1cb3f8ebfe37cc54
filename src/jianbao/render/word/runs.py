"""Runs of a Word document: text with its language, fields, links, bookmarks, and the marks of references."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain
from typing import TypeAlias

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from jianbao.brief.model import Block, Brief, Figure, Grid
from jianbao.core.encoding import HAN, MARKS
from jianbao.core.errors import Place, Problem, RenderError, raise_all
from jianbao.core.messages import tr
from jianbao.render.html.page import EVIDENCE, MANY
from jianbao.render.theme import Theme
from jianbao.render.typography import FIRM, JOINER, typeset
from jianbao.text.citations import runs, span
from jianbao.text.render import Statement

Element: TypeAlias = BaseOxmlElement
MARK = "ReferenceMark"
SECOND = "SecondLanguage"
EMPHASIS = "Emphasis"
# A run without any of these, such as "8–10" or "−0.1", is marked as Latin in every language, because in Chinese fonts
# dashes are an em wide.
_CHINESE = re.compile(f"[{HAN}{MARKS}]")
PASSAGE, DIGITS = "_s", 24  # the prefix of a statement's bookmark ("_" hides it in Word), and the digits of its hash
LONGEST_NAME = 40  # characters of a bookmark's name
_UNNAMED = "?"  # the prefix of a temporary name, not valid in a real one
PRESERVE = "{http://www.w3.org/XML/1998/namespace}space"


@dataclass(frozen=True)
class WordLanguage:
    """The language of a run: the tags for its Latin and its Chinese text, and whether it is Chinese."""

    latin: str
    han: str
    chinese: bool


def word_languages(brief: Brief, theme: Theme) -> dict[str, WordLanguage]:
    """Return the language tags of Word for each language of the brief: one for Latin and one for Chinese text.

    Chinese text in a Latin language is tagged as the first Chinese language of the brief, and vice versa: "2026 GDP" in
    a Chinese sentence is English.
    """
    chinese = {language: theme.settings[language].chinese for language in brief.languages if language in theme.settings}
    tags = brief.languages
    latin = next((tags[language] for language, han in chinese.items() if not han), "")
    han = next((tags[language] for language, han in chinese.items() if han), "")
    return {
        language: WordLanguage(latin or tags[language], tags[language], True)
        if is_han
        else WordLanguage(tags[language], han or tags[language], False)
        for language, is_han in chinese.items()
    }


def element(tag: str, *children: Element, **attributes: object) -> Element:
    """Return an element with children and attributes; `w_val` is the attribute `w:val`."""
    made: Element = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(name.replace("_", ":", 1)), str(value))
    for child in children:
        made.append(child)
    return made


def add_paragraph(style: str, *content: Element, keep: bool = False) -> Element:
    """Return a paragraph of a style; `keep` holds it together with the next."""
    settings = element("w:pPr", element("w:pStyle", w_val=style), *([element("w:keepNext")] if keep else []))
    return element("w:p", settings, *content)


@dataclass(frozen=True, kw_only=True)
class WordPassage:
    """A statement in a Word document: the bookmark around it, its language, and the id of its block."""

    bookmark: str
    statement: Statement
    language: str
    block: str


@dataclass(frozen=True)
class Passages:
    """Collects the statements of a document as they are written, and names their bookmarks.

    A name is a hash of the block, the statement, the language, and the number of its repetition in the block, so it is
    the same in each build whatever else changes in the document.
    """

    found: list[WordPassage] = field(default_factory=list)
    _written: list[tuple[Statement, str]] = field(default_factory=list)
    _repetitions: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def marked(self, statement: Statement, language: str, run: Element) -> list[Element]:
        """Return the run of a statement with a bookmark around it, which `named` will name."""
        self._written.append((statement, language))
        return bookmark(f"{_UNNAMED}{len(self._written) - 1}", run)

    def named(self, parts: Sequence[Element], block: str) -> Sequence[Element]:
        """Name the unnamed bookmarks in the parts of a block, and return the parts."""
        for start in [start for part in parts for start in part.iter(qn("w:bookmarkStart"))]:
            name = str(start.get(qn("w:name")))
            if not name.startswith(_UNNAMED):
                continue
            statement, language = self._written[int(name.removeprefix(_UNNAMED))]
            key = block, statement.id, language
            self._repetitions[key] = again = self._repetitions.get(key, 0) + 1
            text = "\n".join((*key, str(again)))
            settled = PASSAGE + sha256(text.encode()).hexdigest()[:DIGITS]
            start.set(qn("w:name"), settled)
            self.found.append(WordPassage(bookmark=settled, statement=statement, language=language, block=block))
        return parts


@dataclass(frozen=True, kw_only=True)
class RunWriter:
    """Makes runs in one language, with language tags if they differ from the `default` of the document.

    `units` are words that stay with the number before them, `passages` collects the statements; `second` is True for
    the second of two languages.
    """

    tags: WordLanguage
    default: WordLanguage
    language: str
    second: bool = False
    units: tuple[str, ...] = ()
    passages: Passages = field(default_factory=Passages)

    def run(self, text: str, style: str = "") -> Element:
        """Return a run of text; in a Chinese one, punctuation that Latin has too is marked as Chinese.

        Word itself spaces and breaks Chinese; in other languages, no-break spaces are put where no line should end.
        """
        joined = text if self.tags.chinese else typeset(text, False, self.units)
        return element("w:r", self._settings(style, text), _text(joined.replace(JOINER, "")))

    def quote(self, statement: Statement, style: str = "") -> Element:
        """Return the text of a statement as a run without bookmark, such as in a head, an entry or a comment."""
        return self.run(statement.text(self.language), style)

    def say(self, statement: Statement, style: str = "") -> list[Element]:
        """Return the text of a statement as a run with its bookmark."""
        return self.passages.marked(statement, self.language, self.quote(statement, style))

    def prose(self, statements: Iterable[Statement], style: str = "") -> list[Element]:
        """Return sentences, each with its bookmark, without spaces between Chinese ones."""
        parts: list[Element] = []
        for statement in statements:
            parts += [self.run(" ", style)] if parts and not self.tags.chinese else []
            parts += self.say(statement, style)
        return parts

    def tab(self) -> Element:
        """Return a run with a tab."""
        return element("w:r", self._settings(""), element("w:tab"))

    def field(self, instruction: str, shown: str, style: str = "") -> list[Element]:
        """Return a field with its result, which is shown until the field is updated."""
        return [*self.begin(instruction, style), self.run(shown, style), self.end(style)]

    def begin(self, instruction: str, style: str = "") -> list[Element]:
        """Return the beginning of a field up to its result, each part in a run of its own as Word requires."""
        code: Element = element("w:instrText")
        code.text = f" {instruction} "
        code.set(PRESERVE, "preserve")
        start, middle = (element("w:fldChar", w_fldCharType=kind) for kind in ("begin", "separate"))
        return [element("w:r", self._settings(style), part) for part in (start, code, middle)]

    def end(self, style: str = "") -> Element:
        """Return the end of a field."""
        return element("w:r", self._settings(style), element("w:fldChar", w_fldCharType="end"))

    def marks(self, noted: Block | Figure | Grid) -> list[Element]:
        """Return the marks of references and rows of the evidence table as links.

        No line ends inside them, unless there are many or they are in a Chinese text.
        """
        cited = [(f"reference_{first}", span(first, last)) for first, last in runs(noted.references)]
        cited += [(f"evidence_{first}", span(first, last, EVIDENCE)) for first, last in runs(noted.evidence)]
        if not cited:
            return []
        comma = ", " if len(cited) > MANY or self.tags.chinese else f",{FIRM}"
        parts: list[Element] = []
        for place, (anchor, text) in enumerate(cited):
            parts += [self.run(comma if place else "[", MARK), link(anchor, self.run(text, MARK))]
        return [*parts, self.run("]", MARK)]

    def _settings(self, style: str, text: str = "") -> Element:
        tags = _language_tags(self.tags)
        parts = [element("w:rStyle", w_val=style)] if style else []
        parts += [element("w:rFonts", w_hint="eastAsia")] if self.tags.chinese and _CHINESE.search(text) else []
        parts += [element("w:lang", **tags)] if tags != _language_tags(self.default) else []
        return element("w:rPr", *parts)


def _language_tags(tags: WordLanguage) -> Mapping[str, object]:
    return {"w_val": tags.latin, "w_eastAsia": tags.han}


def _text(text: str) -> Element:
    made = element("w:t")
    made.text = text
    made.set(PRESERVE, "preserve")
    return made


def link(anchor: str, *content: Element) -> Element:
    """Return a link to a bookmark of this document."""
    return element("w:hyperlink", *content, w_anchor=anchor, w_history="1")


def bookmark(name: str, *content: Element) -> list[Element]:
    """Return content in a bookmark, as the target of links; `number_parts` numbers the bookmarks later."""
    start = element("w:bookmarkStart", w_id="0", w_name=name)
    return [start, *content, element("w:bookmarkEnd", w_id="0")]


def number_parts(*roots: Element) -> None:
    """Number bookmarks, which may be nested, and pictures, in the order of the document."""
    for number, each in enumerate(chain.from_iterable(root.iter(qn("wp:docPr")) for root in roots), 1):
        each.set("id", str(number))
    number, opened = 0, list[int]()
    for each in chain.from_iterable(root.iter(qn("w:bookmarkStart"), qn("w:bookmarkEnd")) for root in roots):
        if each.tag == qn("w:bookmarkStart"):
            number += 1
            opened.append(number)
        each.set(qn("w:id"), str(opened[-1] if each.tag == qn("w:bookmarkStart") else opened.pop()))


def enclose(parts: Sequence[Element], name: str) -> Sequence[Element]:
    """Put a bookmark around parts, from their first to their last paragraph, and return them."""
    paragraphs = [part for part in parts if part.tag == qn("w:p")]
    start, end = bookmark(re.sub(r"\W", "_", name)[:LONGEST_NAME])
    paragraphs[0].insert(1, start)
    paragraphs[-1].append(end)
    return parts


def check_anchors(body: Element, file: str) -> None:
    """Raise RenderError for each anchor of a link that has no bookmark; `file` is the document's name in messages."""
    problems = (
        Problem(Place(file), tr("a mark leads to '{anchor}', which is not in the document", anchor=anchor))
        for anchor in anchors_without_bookmark(body)
    )
    raise_all(problems, RenderError)


def anchors_without_bookmark(body: Element) -> Sequence[str]:
    """Return the anchors of links without a bookmark, each once."""
    names = {each.get(qn("w:name")) for each in body.iter(qn("w:bookmarkStart"))}
    anchors = (each.get(qn("w:anchor")) or "" for each in body.iter(qn("w:hyperlink")))
    return tuple(dict.fromkeys(anchor for anchor in anchors if anchor not in names))
