"""Bibliographic references by each language's standard: GB/T 7714-2025 with numbers, or ISO 690.

In GB/T 7714-2025 an entry is written in the language of its source, "et al." included. It gives the address of all
that is read online, and the day of access of web pages, databases, data sets and preprints only. An ISO 690 entry has
a translated title where there is one, names the language of the source, and gives the day of access in the same cases.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from jianbao.data.facts import Source
from jianbao.text.formatter import Writer, write_date
from jianbao.text.name_table import text_of

FETCHED = ("EB", "DB", "DS", "PP")  # the types that are cited with the day of access
SERIALS = ("J", "N")
REPORT, STANDARD = "R", "S"
NAMED = 3  # authors beyond these are "et al."
_AUTHORS = re.compile(r"\s*[、;；]\s*|,\s+|，\s*")
_SUBTITLE = re.compile(r"\s*——\s*|：\s*")
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
    """Return where and when a source appeared, in the form for its type."""
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
    if entry.type == "N":
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
    if source.language != writer.language:
        name = writer.locale.languages.get(source.language, source.language)
        title = f"{title} {writer.word('in_language', name)}"
    author = entry.localised("author") or ("" if entry.type in SERIALS else entry.localised("producer"))
    return [entry.authors(author), title, _container(entry), _day(entry), _address(entry)]


def _container(entry: ReferenceEntry) -> str:
    """Return the journal, newspaper, series or publisher that a source appeared in or with."""
    pages = entry.field("pages")
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
