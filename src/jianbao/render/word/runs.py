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
from jianbao.brief.reference_numbers import runs, span
from jianbao.core.encoding import HAN, MARKS
from jianbao.render.html.page import EVIDENCE, MANY
from jianbao.render.theme import Theme
from jianbao.render.typography import FIRM, JOINER, typeset
from jianbao.text.render import Statement

Element: TypeAlias = BaseOxmlElement
MARK = "ReferenceMark"
SECOND = "SecondLanguage"
LOUD = "Emphasis"
# A run without any of these, as "8–10" or "−0.1", is Latin in every language: fonts of Han draw its dashes an em wide.
_CHINESE = re.compile(f"[{HAN}{MARKS}]")
PASSAGE, DIGITS = "_s", 24  # begins the bookmark of a statement, which Word does not list; digits of its hash
LONGEST_NAME = 40  # letters of a bookmark
_UNNAMED = "?"  # stands in no name
PRESERVE = "{http://www.w3.org/XML/1998/namespace}space"


@dataclass(frozen=True)
class WordLanguage:
    """What a run says of its language: the tags of its Latin and of its Han text, and whether it is Chinese."""

    latin: str
    han: str
    chinese: bool


def word_languages(brief: Brief, theme: Theme) -> dict[str, WordLanguage]:
    """Return the language tags of Word for each language of the brief: one for Latin and one for Han text.

    A language that is alone of its kind lends its tag to the others: "2026 GDP" in a Chinese sentence is English.
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
    """Return an element; an attribute is given as `w_val` for `w:val`."""
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
class Passage:
    """A statement as it stands in a Word document: the bookmark around it, its language, and the block it stands in."""

    bookmark: str
    statement: Statement
    language: str
    block: str


@dataclass(frozen=True)
class Passages:
    """Collects the statements of a document as they are written, and names their bookmarks.

    A name comes from the block, the statement, its language and how often the block has said it before, so it stays the
    same from one build to the next whatever stands elsewhere.
    """

    found: list[Passage] = field(default_factory=list)
    _written: list[tuple[Statement, str]] = field(default_factory=list)
    _said: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def marked(self, statement: Statement, language: str, run: Element) -> list[Element]:
        """Return a run that says a statement with a bookmark around it, which `named` will name."""
        self._written.append((statement, language))
        return bookmark(f"{_UNNAMED}{len(self._written) - 1}", run)

    def named(self, parts: Sequence[Element], block: str) -> Sequence[Element]:
        """Name the bookmarks of statements in the parts of a block that have no name yet, and return the parts."""
        for start in [start for part in parts for start in part.iter(qn("w:bookmarkStart"))]:
            name = str(start.get(qn("w:name")))
            if not name.startswith(_UNNAMED):
                continue
            statement, language = self._written[int(name.removeprefix(_UNNAMED))]
            key = block, statement.id, language
            self._said[key] = again = self._said.get(key, 0) + 1
            text = "\n".join((*key, str(again)))
            settled = PASSAGE + sha256(text.encode()).hexdigest()[:DIGITS]
            start.set(qn("w:name"), settled)
            self.found.append(Passage(bookmark=settled, statement=statement, language=language, block=block))
        return parts


@dataclass(frozen=True, kw_only=True)
class RunWriter:
    """Makes runs in one language; what differs from the document's own language is written on the run.

    `units` are the words that stay with the number before them, `passages` what has been said so far.
    """

    tongue: WordLanguage
    default: WordLanguage
    language: str
    second: bool = False
    units: tuple[str, ...] = ()
    passages: Passages = field(default_factory=Passages)

    def run(self, text: str, style: str = "") -> Element:
        """Return a run of text; if it has Chinese, punctuation that Latin shares is marked as Chinese.

        Word spaces and breaks Chinese by itself; in other languages spaces where no line should end are firm.
        """
        joined = text if self.tongue.chinese else typeset(text, False, self.units)
        return element("w:r", self._settings(style, text), _text(joined.replace(JOINER, "")))

    def quote(self, statement: Statement, style: str = "") -> Element:
        """Return what a statement says as a run, where it is said again: in a head, an entry, a comment."""
        return self.run(statement.text(self.language), style)

    def say(self, statement: Statement, style: str = "") -> list[Element]:
        """Return what a statement says as a run with its bookmark."""
        return self.passages.marked(statement, self.language, self.quote(statement, style))

    def prose(self, statements: Iterable[Statement], style: str = "") -> list[Element]:
        """Return sentences, each with its bookmark: Chinese ones follow each other without a space."""
        parts: list[Element] = []
        for statement in statements:
            parts += [self.run(" ", style)] if parts and not self.tongue.chinese else []
            parts += self.say(statement, style)
        return parts

    def tab(self) -> Element:
        """Return a tabulator."""
        return element("w:r", self._settings(""), element("w:tab"))

    def field(self, instruction: str, shown: str, style: str = "") -> list[Element]:
        """Return a field with the result that it shows before anyone renews it."""
        return [*self.begin(instruction, style), self.run(shown, style), self.end(style)]

    def begin(self, instruction: str, style: str = "") -> list[Element]:
        """Return the start of a field, up to where its result begins, each part in a run of its own as Word has it."""
        code: Element = element("w:instrText")
        code.text = f" {instruction} "
        code.set(PRESERVE, "preserve")
        start, middle = (element("w:fldChar", w_fldCharType=kind) for kind in ("begin", "separate"))
        return [element("w:r", self._settings(style), part) for part in (start, code, middle)]

    def end(self, style: str = "") -> Element:
        """Return the end of a field."""
        return element("w:r", self._settings(style), element("w:fldChar", w_fldCharType="end"))

    def marks(self, noted: Block | Figure | Grid) -> list[Element]:
        """Return the marks of references and of rows of the evidence table, each a link to what it names.

        They stay together in a line, unless they are many or follow Chinese, which is broken anywhere.
        """
        cited = [(f"reference_{first}", span(first, last)) for first, last in runs(noted.references)]
        cited += [(f"evidence_{first}", span(first, last, EVIDENCE)) for first, last in runs(noted.evidence)]
        if not cited:
            return []
        comma = ", " if len(cited) > MANY or self.tongue.chinese else f",{FIRM}"
        parts: list[Element] = []
        for place, (anchor, text) in enumerate(cited):
            parts += [self.run(comma if place else "[", MARK), link(anchor, self.run(text, MARK))]
        return [*parts, self.run("]", MARK)]

    def _settings(self, style: str, text: str = "") -> Element:
        told = {"w_val": self.tongue.latin, "w_eastAsia": self.tongue.han}
        parts = [element("w:rStyle", w_val=style)] if style else []
        parts += [element("w:rFonts", w_hint="eastAsia")] if self.tongue.chinese and _CHINESE.search(text) else []
        parts += [element("w:lang", **told)] if self.tongue != self.default and told != _told(self.default) else []
        return element("w:rPr", *parts)


def _told(tongue: WordLanguage) -> Mapping[str, object]:
    return {"w_val": tongue.latin, "w_eastAsia": tongue.han}


def _text(text: str) -> Element:
    made = element("w:t")
    made.text = text
    made.set(PRESERVE, "preserve")
    return made


def link(anchor: str, *content: Element) -> Element:
    """Return a link to a bookmark of this document."""
    return element("w:hyperlink", *content, w_anchor=anchor, w_history="1")


def bookmark(name: str, *content: Element) -> list[Element]:
    """Return content as the target of links; the number of the bookmark is given when the document is whole."""
    start = element("w:bookmarkStart", w_id="0", w_name=name)
    return [start, *content, element("w:bookmarkEnd", w_id="0")]


def number_parts(*roots: Element) -> None:
    """Number bookmarks, one of which may lie within another, and pictures in the order in which they stand."""
    for number, each in enumerate(chain.from_iterable(root.iter(qn("wp:docPr")) for root in roots), 1):
        each.set("id", str(number))
    number, opened = 0, list[int]()
    for each in chain.from_iterable(root.iter(qn("w:bookmarkStart"), qn("w:bookmarkEnd")) for root in roots):
        if each.tag == qn("w:bookmarkStart"):
            number += 1
            opened.append(number)
        each.set(qn("w:id"), str(opened[-1] if each.tag == qn("w:bookmarkStart") else opened.pop()))


def enclose(parts: Sequence[Element], name: str) -> Sequence[Element]:
    """Put a bookmark around parts, from their first paragraph to their last, and return them."""
    paragraphs = [part for part in parts if part.tag == qn("w:p")]
    start, end = bookmark(re.sub(r"\W", "_", name)[:LONGEST_NAME])
    paragraphs[0].insert(1, start)
    paragraphs[-1].append(end)
    return parts


def dangling(body: Element) -> Sequence[str]:
    """Return the anchors of links that lead to no bookmark, each once."""
    names = {each.get(qn("w:name")) for each in body.iter(qn("w:bookmarkStart"))}
    anchors = (each.get(qn("w:anchor")) or "" for each in body.iter(qn("w:hyperlink")))
    return tuple(dict.fromkeys(anchor for anchor in anchors if anchor not in names))
