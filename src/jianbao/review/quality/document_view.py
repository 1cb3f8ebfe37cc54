"""A finished brief in one of its languages: its pages, the document behind them, and the rules of the language."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from jianbao.brief.model import Block, Brief, Figure, Grid, Section
from jianbao.core.documents import Node
from jianbao.core.encoding import HAN
from jianbao.core.messages import NO_TEXT, Translatable
from jianbao.core.yaml_reader import parse_document
from jianbao.data.facts import Ledger
from jianbao.render.html.templates import built_in_text
from jianbao.review.quality.pdf_reader import PdfText, bare
from jianbao.text.formatter import Writer
from jianbao.text.render import Statement

Words = re.Pattern[str]
NOTHING = re.compile(r"(?!)")
OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class LengthLimits:
    """The limits of lengths, in Chinese characters or in words of another language."""

    title: int
    box: tuple[int, int]
    brief: tuple[int, int]
    mean: int
    sentence: int
    long: int  # a tenth of the sentences may be longer than this
    figure: int


@dataclass(frozen=True, kw_only=True)
class LanguageRules:
    """How a language is read: `counted` matches a word or character, `ends` the end of a sentence, `joint` joins them.

    `lists` has the words that the checks search for, by the name of the list; `strengths` the modal words by grade.
    """

    counted: Words
    ends: Words
    joint: str
    limits: LengthLimits
    lists: Mapping[str, Words]
    strengths: Mapping[int, Words]

    def words(self, name: str) -> Words:
        """Return the pattern of a list of words; it matches nothing if the language has no such list."""
        return self.lists.get(name, NOTHING)

    def length(self, text: str) -> int:
        """Return the length of a text in Chinese characters or in words of another language; a number counts as one."""
        return len(self.counted.findall(text))

    def sentences(self, text: str) -> list[str]:
        """Return the sentences of a text."""
        return [part.strip() for part in self.ends.split(text) if self.length(part)]

    def states(self, text: str) -> bool:
        """Return whether a heading makes a statement, rather than only naming a subject."""
        predicate = "predicates" not in self.lists or self.words("predicates").search(text)
        return bool(predicate) and not self.words("subjects").fullmatch(text.strip())

    def strength(self, text: str) -> int:
        """Return how binding a text is, from 3 (a duty) to 0 (no modal word)."""
        return max((grade for grade, words in self.strengths.items() if words.search(text)), default=0)


def read_rules(name: str) -> LanguageRules:
    """Return the rules of a language from the program's resources."""
    read = parse_document(built_in_text(f"checks/{name}.yml"), name)
    part = {key: dict(node.pairs()) for key, node in read.pairs()}
    joint, counted, ends = (str(node.value) for key in ("joint", "counted", "ends") if (node := read.get(key)))
    whole = r"\b(?:{})\b" if joint else "{}"  # a language without spaces has no word boundaries
    lists = {key: any_of(node, whole) for key, node in part.get("words", {}).items()}
    lists |= {key: any_of(node) for key, node in part.get("patterns", {}).items()}
    return LanguageRules(
        counted=re.compile(counted.replace("HAN", HAN)),
        ends=re.compile(ends),
        joint=joint,
        limits=LengthLimits(**{key: _whole(node) for key, node in part["limits"].items()}),
        lists=lists,
        strengths={int(grade): any_of(node) for grade, node in part.get("strengths", {}).items()},
    )


def any_of(words: Node, whole: str = "{}") -> Words:
    """Return a pattern that matches any of these words or patterns, ignoring case."""
    listed = (str(word.value) for row in words for word in (row if isinstance(row.value, tuple) else (row,)))
    return re.compile(whole.format("|".join(listed)).replace("HAN", HAN), re.IGNORECASE)


def _whole(node: Node) -> Any:
    return int(node.value) if isinstance(node.value, str) else tuple(map(_whole, node))


RULES = {name: read_rules(name) for name in ("zh", "en", OTHER)}


def rules_of(tag: str) -> LanguageRules:
    """Return the rules of a language by its tag ("zh-CN")."""
    return RULES.get(tag.partition("-")[0], RULES[OTHER])


PROSE = ("paragraph", "box", "bullets", "note")
BEGINNING = 10  # first characters of a text by which it is found on a page


@dataclass(frozen=True)
class Flag:
    """A place to look at: the quoted words, their page (0 if unknown), and what is wrong with them."""

    quote: str
    page: int = 0
    matter: Translatable = NO_TEXT


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of prose with its section and block."""

    section: Section
    block: Block
    text: str


@dataclass(frozen=True, kw_only=True)
class DocumentView:
    """A finished brief in one language.

    `index` is the node of the overall score, `beside` the number of languages that are printed side by side.
    """

    product: str
    language: str
    brief: Brief
    printed: PdfText
    writers: Mapping[str, Writer]
    ledger: Ledger
    index: str
    beside: int = 1

    @property
    def rules(self) -> LanguageRules:
        """Return the rules of its language."""
        return rules_of(self.brief.languages[self.language])

    @property
    def writer(self) -> Writer:
        """Return the writer of its language."""
        return self.writers[self.language]

    def other(self, language: str) -> "DocumentView":
        """Return the same file in another language of the brief."""
        return replace(self, language=language)

    def text(self, statement: Statement | None) -> str:
        """Return the text of a statement in this language; "" if it has none."""
        sentence = statement.sentences.get(self.language) if statement else None
        return sentence.text if sentence else ""

    def texts(self, block: Block) -> str:
        """Return the joined sentences of a block, without those of blocks inside it."""
        return self.rules.joint.join(self.text(each) for each in block.statements)

    @property
    def summary(self) -> Section:
        """Return the first page."""
        return next(section for section in self.brief.sections if section.role == "summary")

    @property
    def body(self) -> tuple[Section, ...]:
        """Return the sections between the first page and the annexes."""
        return tuple(section for section in self.brief.sections if section.role == "body")

    @property
    def advice(self) -> tuple[Section, ...]:
        """Return the sections that contain measures."""
        return tuple(section for section in self.body if any(each.kind == "measure" for each in section.blocks))

    @property
    def findings(self) -> tuple[Section, ...]:
        """Return the sections of the body before the measures."""
        first = self.body.index(self.advice[0]) if self.advice else len(self.body)
        return self.body[:first]

    def cards(self) -> tuple[Block, ...]:
        """Return the measures in their order."""
        return tuple(each for section in self.advice for each in section.blocks if each.kind == "measure")

    def stated_facts(self) -> set[str]:
        """Return the facts that the blocks of the body state, without those of blocks inside them."""
        blocks = (block for section in self.body for block in section.blocks)
        return {fact for block in blocks for statement in block.statements for fact in statement.facts()}

    def paragraphs(self, *sections: Section) -> Iterator[Paragraph]:
        """Yield the prose of sections, each bullet as a paragraph, without headings, headline, captions and cards."""
        titles = {self.text(card.statements[0]) for card in self.cards()}
        for section in sections:
            for block in section.blocks:
                for each in block.whole() if block.kind in PROSE else ():
                    if each.kind in PROSE and each.statements and self.texts(each) not in titles:
                        yield Paragraph(section, each, self.texts(each))

    def prose(self) -> Iterator[Paragraph]:
        """Yield the prose of the first page and the body, including that of the cards."""
        yield from self.paragraphs(self.summary, *self.body)
        for section in self.advice:
            for card in section.blocks:
                for _, inside in card.parts:
                    yield from (Paragraph(section, each, self.texts(each)) for each in inside)

    def sentences(self) -> list[str]:
        """Return every sentence of the prose."""
        return [sentence for each in self.prose() for sentence in self.rules.sentences(each.text)]

    def headings(self, *sections: Section) -> list[str]:
        """Return the titles of sections and the headings inside them."""
        inner = [self.texts(each) for section in sections for each in section.blocks if each.kind == "heading"]
        return [*(self.text(section.title) for section in sections), *inner]

    def figures(self) -> tuple[Figure, ...]:
        """Return the figures in their order."""
        return tuple(block.figure for block in self.brief.blocks() if block.figure)

    def tables(self) -> tuple[Grid, ...]:
        """Return the tables of the first page and the body in order, without the list of measures."""
        blocks = (block for section in (self.summary, *self.body) for block in section.blocks)
        return tuple(block.table for block in blocks if block.table and block.kind == "table")

    def illustrations(self) -> tuple[Figure | Grid, ...]:
        """Return the figures, and then the tables of the first page and the body."""
        return (*self.figures(), *self.tables())

    def is_printed(self, text: str, page: int = 0) -> bool:
        """Return whether a text is on any page of the print, or on the given one."""
        pages = self.printed.pages[page - 1 : page] if page else self.printed.pages
        return bare(text) in "".join(each.bare for each in pages)

    def is_on_first_page(self, text: str) -> bool:
        """Return whether a text is on the first page; with two languages side by side, on one of the first two."""
        return any(self.is_printed(text, page) for page in range(1, self.beside + 1))

    def page_of(self, text: str) -> int:
        """Return the page on which a text begins; 0 if it is not found."""
        whole = bare(text)
        starts = dict.fromkeys((whole[: 3 * BEGINNING], whole[:BEGINNING]))
        return next((page.number for start in starts for page in self.printed.pages if start and start in page.bare), 0)

    def place_of(self, text: str) -> tuple[int, float] | None:
        """Return the page of a text and the height of its first line, from 0 (top) to 1; None if it is not found."""
        start = bare(text)[:BEGINNING]
        places = (
            (page.number, line.top / page.height)
            for page in self.printed.pages
            for line in page.lines
            if start and start in bare(line.text)
        )
        return next(places, None)

    def head_of(self, title: str) -> tuple[int, float] | None:
        """Return the page and the height (0 to 1) of a heading: the place where its text is set largest."""
        start = bare(title)[:BEGINNING]
        places = [
            (line.size, page.number, line.top / page.height)
            for page in self.printed.pages
            for line in page.lines
            if start and start in bare(line.text)
        ]
        return max(places, key=lambda each: (each[0], -each[1]))[1:] if places else None

    def flag_words(self, *lists: str, matter: Translatable = NO_TEXT) -> list[Flag]:
        """Return a flag for every word of the prose that is in one of these lists (see `LanguageRules`)."""
        looked = [self.rules.words(name) for name in lists]
        return [
            self.flag(hit.group(), matter, each.text)
            for words in looked
            for each in self.prose()
            for hit in words.finditer(each.text)
        ]

    def flag_head(self, title: str, matter: Translatable = NO_TEXT) -> Flag:
        """Return a flag for a heading, with the page where it is set largest."""
        head = self.head_of(title)
        return Flag(title, head[0] if head else self.page_of(title), matter)

    def flag(self, quote: str, matter: Translatable = NO_TEXT, at: str = "") -> Flag:
        """Return a flag for words, with their page, or that of the paragraph `at` which contains them."""
        return Flag(quote, self.page_of(at or quote), matter)
