"""Write references by each language's standard (GB/T 7714-2025 or ISO 690), numbered in order of first mention.

In GB/T 7714-2025 an entry is written in the language of its source, "et al." included. It gives the address of all
that is read online, and the day of access of web pages, databases, data sets and preprints only. An ISO 690 entry has
a translated title where there is one, names the language of the source, and gives the day of access in the same cases.
In a sentence, a source is named by its publisher, a Chinese newspaper in 《》.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from jianbao.core.documents import Node, texts_below
from jianbao.core.encoding import has_han
from jianbao.core.messages import LANGUAGES, tr, tr_later
from jianbao.data.csv_files import Sheet
from jianbao.data.facts import Fact, Ledger, Source
from jianbao.data.provenance import NEWSPAPER, UNDETERMINED
from jianbao.text.formatter import Writer, write_date
from jianbao.text.name_table import text_of

FETCHED = ("EB", "DB", "DS", "PP")  # the types that are cited with the day of access
SERIALS = ("J", "N")
REPORT, STANDARD, PRESS = "R", "S", "N"
REPORTED, MATERIAL = tr_later("a {producer} report"), tr_later("material of {producer}")
NAMED = 3  # authors beyond these are "et al."
_AUTHORS = re.compile(r"\s*[、;；]\s*|,\s+|，\s*")
_SUBTITLE = re.compile(r"\s*——\s*|：\s*")
_ADDRESS = re.compile(r"https?://[^\s，。；）)]+")
_SENTENCES, _CLAUSES = re.compile(r"[。！？!?\n]|\.(?=\s+[A-Z])"), re.compile(r"[，；：:;（）()]|, |\. ")
_DOI = re.compile(r"^https?://(?:dx\.)?doi\.org/")


@dataclass(frozen=True)
class ReferenceEntry:
    """A source, and the writer of the language in which the page lists it."""

    source: Source
    writer: Writer

    def field(self, key: str) -> str:
        """Return a field of the source by its name in `sources.yml`; "" if it has none."""
        own = {"producer": self.source.producer, "published": self.source.published}
        return own.get(key) or (self.source.fields or {}).get(key, "")

    @property
    def type(self) -> str:
        """Return the code of the document's type, such as "J" for a journal."""
        return self.source.kind.partition("/")[0]

    @property
    def mark(self) -> str:
        """Return the codes of type and carrier, "[J/OL]"; a source with an address counts as online."""
        online = self.source.url and "/" not in self.source.kind
        return f"[{self.source.kind}{'/OL' if online else ''}]"

    def word(self, key: str) -> str:
        """Return a word in the language of the source, or in one with Latin letters if the vocabulary lacks that."""
        words = self.writer.vocabulary.words[key]
        latin = next((word for word in words.values() if word.isascii()), "")
        return words.get(self.source.language, latin)

    def authors(self, responsible: str) -> str:
        """Return up to three of the authors, and "et al." if there are more."""
        named = [name for name in _AUTHORS.split(responsible) if name]
        return ", ".join([*named[:NAMED], *([self.word("et_al")] if len(named) > NAMED else [])])

    def localised(self, key: str) -> str:
        """Return a field in the language of the page: translated, as in the name table, or else the original."""
        text = self.field(key)
        return self.field(f"{key}_{self.writer.language}") or self._name_in_table(text) or text

    def _name_in_table(self, text: str) -> str:
        page = self.writer.language
        same = self.writer.names.called(text, self.source.language)
        return next((text_of(name, page) for name in same if page in name.full), "")


def cite(source: Source, writer: Writer) -> str:
    """Return the reference to a source in the list of a language, without its number."""
    entry = ReferenceEntry(source, writer)
    standard = writer.vocabulary.references[writer.language]
    parts = _gbt7714(entry) if standard == "gbt7714" else _iso690(entry)
    return writer.pointed(_joined(part for part in parts if part))


def _joined(parts: Iterable[str]) -> str:
    """Join parts by full points, without a second point after an abbreviation."""
    text = ""
    for part in parts:
        text += part if part.endswith(".") else f"{part}."
        text += " "
    return text.rstrip()


def _gbt7714(entry: ReferenceEntry) -> list[str]:
    source = entry.source
    title = _SUBTITLE.sub(": ", source.title)
    if entry.type == STANDARD:
        return [f"{entry.field('number')} {title}".strip() + entry.mark, source.url]
    author = entry.field("author")
    head = [entry.authors(author or _responsible(entry)), title + entry.mark]
    return [*head, *_issued(entry), source.url if not _DOI.match(source.url) else "", _identifier(entry)]


def _responsible(entry: ReferenceEntry) -> str:
    """Return the body responsible for a source without an author; a newspaper or journal is not."""
    return "" if entry.type in SERIALS else entry.field("producer")


def _issued(entry: ReferenceEntry) -> list[str]:
    """Return the place and time of publication of a source, in the form for its type."""
    published, accessed = entry.source.published, entry.source.accessed
    if entry.type in FETCHED:
        return [(f"({published})" if published else "") + (f"[{accessed}]" if accessed else "")]
    if entry.type in SERIALS:
        return [_serial(entry, entry.field("journal") or entry.field("producer"))]
    if entry.type == REPORT:
        return [_series(entry), _paged(published or entry.field("year"), entry)]
    place = entry.field("place") or entry.word("no_place")
    publisher = entry.field("publisher") or entry.field("producer") or entry.word("no_publisher")
    return [_paged(", ".join(filter(None, (f"{place}: {publisher}", entry.field("year") or published[:4]))), entry)]


def _serial(entry: ReferenceEntry, title: str) -> str:
    pages, issue = entry.field("pages"), entry.field("issue")
    if entry.type == PRESS:
        return ", ".join(filter(None, (title, entry.source.published))) + (f"({pages})" if pages else "")
    volume = entry.field("volume")
    year = entry.field("year") or entry.source.published[:4]
    numbered = f"{volume}({issue})" if volume and issue else volume
    text = ", ".join(filter(None, (title, year, numbered)))
    return _paged(text + (f"({issue})" if issue and not volume else ""), entry)


def _paged(text: str, entry: ReferenceEntry) -> str:
    pages = entry.field("pages")
    return f"{text}: {pages}" if pages else text


def _series(entry: ReferenceEntry) -> str:
    return entry.field("number") or " ".join(filter(None, (entry.field("journal"), entry.field("issue"))))


def _identifier(entry: ReferenceEntry) -> str:
    url = entry.source.url
    doi = entry.field("doi") or (_DOI.sub("", url) if _DOI.match(url) else "")
    return f"DOI: {doi}" if doi else ""


def _iso690(entry: ReferenceEntry) -> list[str]:
    source, writer = entry.source, entry.writer
    title = entry.field(f"title_{writer.language}") or source.title
    if source.language not in ("", UNDETERMINED, writer.language):
        name = writer.locale.languages.get(source.language, source.language)
        title = f"{title} {writer.word('in_language', name)}"
    author = entry.localised("author") or ("" if entry.type in SERIALS else entry.localised("producer"))
    return [entry.authors(author), title, _container(entry), _day(entry), _address(entry)]


def _container(entry: ReferenceEntry) -> str:
    """Return the journal, newspaper, series or publisher in or with which a source appeared."""
    pages = entry.field("pages")
    if entry.type == PRESS and pages.isdecimal():  # "A6" is plainly a page
        pages = entry.writer.word("page", pages)
    if entry.type in SERIALS:
        issue = entry.field("issue")
        volume = entry.field("volume")
        numbered = f"{volume}({issue})" if volume and issue else volume or (issue and entry.writer.word("issue", issue))
        return ", ".join(filter(None, (entry.localised("journal") or entry.localised("producer"), numbered, pages)))
    parts = [_series(entry) if entry.type == REPORT else "", entry.field("place"), entry.field("publisher")]
    parts.append(entry.localised("producer") if entry.field("author") else "")
    return ", ".join(filter(None, (*parts, pages)))


def _day(entry: ReferenceEntry) -> str:
    day = entry.source.published or entry.field("year")
    return write_date(day, entry.writer.locale) if day else ""


def _address(entry: ReferenceEntry) -> str:
    accessed = entry.source.accessed if entry.type in FETCHED else ""
    day = entry.writer.word("accessed", write_date(accessed, entry.writer.locale)) if accessed else ""
    return " ".join(filter(None, (entry.source.url, day)))


def short_names(entry: Node | None, names: Sheet | None) -> dict[str, str]:
    """Return a short name of a source for sentences, in each of the program's languages that names its publisher."""
    fields = {key: each for key in ("producer", "kind") if entry and (each := entry.get(key))}
    given = {key: " ".join(texts_below(each)) for key, each in fields.items()}
    producer = given.get("producer", "")
    rows = (dict(zip(names.head, row, strict=True)) for row in names.rows) if names else iter(())
    named: Mapping[str, str] = next((row for row in rows if producer in row.values()), {})
    template = REPORTED if given.get("kind", "").startswith(PRESS) else MATERIAL
    called = {each: named.get(each) or producer for each in LANGUAGES}
    publishers = {key: name for key, name in called.items() if name and (key == "zh" or not has_han(name))}
    return {each: tr(template, producer=in_title_marks(name)).in_language(each) for each, name in publishers.items()}


def is_named_in(text: str, names: Sheet | None) -> bool:
    """Return whether a text has a name of the name table."""
    return any(form in text for row in (names.rows if names else ()) for form in row if form)


def briefly_cited(source: Source, writer: Writer) -> str:
    """Return the name of a source in a remark: its publisher and day, or its title if it has no publisher."""
    name = in_title_marks(ReferenceEntry(source, writer).localised("producer")) or source.title.strip("[]")
    gap = "" if name.endswith("》") else " " if has_han(name) else ", "
    return gap.join(filter(None, (name, source.published)))


def in_title_marks(name: str) -> str:
    """Return the name of a Chinese newspaper in 《》; any other name unchanged."""
    return f"《{name}》" if NEWSPAPER.fullmatch(name) else name


def words_about(text: str, number: str) -> str:
    """Return the words of a text about a source that mention a number: the sentence, or the clause beside a title.

    "" if the text does not mention the number.
    """
    wanted = re.compile(rf"(?<![\d.]){',?'.join(map(re.escape, number))}(?![\d%]|[.,]\d)")
    for sentence in _SENTENCES.split(_ADDRESS.sub("，", text)):
        parts = _CLAUSES.split(sentence) if "《" in sentence else [sentence]
        if found := next((each for each in parts if wanted.search(each) and "《" not in each), ""):
            return found.strip(" ,.，：")
    return ""


MAX_MARKED_SOURCES = 3  # a fact with more sources than this is marked by its row in the evidence table
FAMILY = ".*"


@dataclass(frozen=True)
class ReferenceMarks:
    """The marks after a paragraph: numbers of references, and rows of the evidence table."""

    references: tuple[int, ...] = ()
    evidence: tuple[int, ...] = ()


@dataclass(kw_only=True)
class ReferenceNumbers:
    """Assigns numbers to sources and facts when they are first mentioned.

    `listed` is False for a brief without an evidence table, which then has no marks of its rows.
    """

    ledger: Ledger
    listed: bool = True
    evidence: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    _marked: dict[str, None] = field(default_factory=dict)  # every fact that is marked, in the order of first mention

    def mark(self, facts: Iterable[str]) -> ReferenceMarks:
        """Return the marks of a paragraph that states these facts; facts without cells and parents have none."""
        references: set[int] = set()
        rows: set[int] = set()
        for fact_id in dict.fromkeys(facts):
            self._marked[fact_id] = None
            row = self.row(fact_id)
            direct = self.direct(fact_id)
            if direct and len(direct) <= MAX_MARKED_SOURCES:
                references.update(self.reference(source) for source in direct)
            elif row:
                rows.add(row)
        return ReferenceMarks(tuple(sorted(references)), tuple(sorted(rows)))

    def families(self, prefixes: Iterable[str]) -> ReferenceMarks:
        """Return the marks of a figure: a row for each fact or family of facts that it shows."""
        named = tuple(dict.fromkeys(prefixes))
        for prefix in named:
            family = self.members(f"{prefix}{FAMILY}")
            self._marked.update(dict.fromkeys((prefix, *(fact.id for fact in family))))
        rows = [self.row(prefix) or self.family_row(prefix) for prefix in named]
        return ReferenceMarks((), tuple(sorted(row for row in rows if row)))

    def family_row(self, prefix: str) -> int:
        """Return the row of all facts under a prefix; 0 if there is none."""
        if not self.listed or not self.members(f"{prefix}{FAMILY}"):
            return 0
        return self.evidence.setdefault(f"{prefix}{FAMILY}", len(self.evidence) + 1)

    def members(self, key: str) -> tuple[Fact, ...]:
        """Return the facts of a row: one, or all of a family ("award.entries.*")."""
        if not key.endswith(FAMILY):
            return (self.ledger[key],)
        return self.ledger.below(key.removesuffix(FAMILY))

    def direct(self, fact_id: str) -> tuple[str, ...]:
        """Return the sources of the fact's own cells, each once."""
        cells = (each for fact in self.members(fact_id) for each in fact.cells)
        return tuple(dict.fromkeys(source for each in cells for source in each.sources))

    def row(self, fact_id: str) -> int:
        """Return the fact's row in the evidence table; 0 for a fact that has neither cells nor parents."""
        fact = self.ledger.get(fact_id)
        if not self.listed or fact is None or not (fact.cells or fact.parents):
            return 0
        return self.evidence.setdefault(fact_id, len(self.evidence) + 1)

    def rests_on(self) -> tuple[str, ...]:
        """Return every source of the marked facts: with a number, or only in the evidence table."""
        behind = (self.ledger.sources_of(fact_id) for fact_id in self._marked if fact_id in self.ledger)
        return tuple(dict.fromkeys((*self.sources, *(source for sources in behind for source in sources))))

    def reference(self, source: str) -> int:
        """Return the number of a source in the reference list."""
        return self.sources.setdefault(source, len(self.sources) + 1)


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return numbers as ranges (first, last) of three or more in a row: 1, 3, 4, 5 -> (1, 1), (3, 5)."""
    found: list[tuple[int, int]] = []
    for _, group in groupby(enumerate(sorted(set(numbers))), key=lambda pair: pair[1] - pair[0]):
        row = [number for _, number in group]
        found += [(row[0], row[-1])] if len(row) > 2 else [(number, number) for number in row]
    return found


def span(first: int, last: int, letter: str = "", dash: str = "\u2013") -> str:
    """Return a number or a range of numbers with a letter before it: "E3", "E3–5"."""
    return f"{letter}{first}" if first == last else f"{letter}{first}{dash}{last}"


def numbered_references(numbers: Iterable[int]) -> str:
    """Return a list of numbers for a table, with ranges of three or more: "4; 5; 7; 33–39".

    The separator is no comma, because "53,100" at a line break without its space would read as one number.
    """
    return "; ".join(span(first, last) for first, last in runs(numbers))
