"""Read the sources of a workspace, trace facts back to their rows, and judge how far a fact can be trusted."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from jianbao.core.documents import Node, Problems, as_choice, as_entries, as_mapping, as_text
from jianbao.core.encoding import HAN, count_han, has_han
from jianbao.core.errors import Problem
from jianbao.core.messages import tr, tr_list, trn
from jianbao.data.claim_limits import GRADES
from jianbao.data.column_checks import split_cell
from jianbao.data.csv_files import Sheet
from jianbao.data.dates import dates_in, period
from jianbao.data.facts import Cells, Fact, Ledger, Source, slug
from jianbao.data.measures.declarations import Measure
from jianbao.data.records import key_of
from jianbao.data.schemas import Column, Schema
from jianbao.data.tables import Tables

LEVELS = ("corroborated", "stated", "derived")
_UP, _DOWN = (">", ">="), ("<", "<=")


def member_id(measure: Measure, keys: Iterable[str]) -> str:
    """Return the id of a member of a measure's family."""
    return ".".join((measure.id, *map(slug, keys)))


def weakest(levels: Iterable[str]) -> str:
    """Return the weakest of several levels of confidence; "stated" if there is none."""
    found = [LEVELS.index(level) for level in levels if level in LEVELS]
    return LEVELS[max(found)] if found else "stated"


def exactness(above: Iterable[Fact], below: Iterable[Fact] = ()) -> str:
    """Return the comparator of a result that grows with some facts and falls with others; ≈ if they contradict."""
    signs = {fact.comparator for fact in above} | {_turned(fact.comparator) for fact in below}
    signs -= {"="}
    if not signs:
        return "="
    if len(signs) == 1:
        return signs.pop()
    return ">" if signs <= set(_UP) else "<" if signs <= set(_DOWN) else "≈"


def _turned(sign: str) -> str:
    pairs: Mapping[str, str] = {">": "<", "<": ">", ">=": "<=", "<=": ">="}
    return pairs.get(sign, sign)


MAX_SHOWN_ROWS = 6


@dataclass(frozen=True)
class CellOrigin:
    """A row from which a fact comes: its place ("data/x.csv:12"), the cell's column and text, and its sources."""

    place: str
    column: str
    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Trace:
    """A fact, its rows (the first MAX_SHOWN_ROWS of `rows`) and the facts from which it was made."""

    fact: Fact
    origins: tuple[CellOrigin, ...]
    rows: int
    parents: tuple["Trace", ...]

    def lines(self, depth: int = 0) -> "Iterator[tuple[int, Trace]]":
        """Yield this trace and those under it with their depth, in reading order."""
        yield depth, self
        for parent in self.parents:
            yield from parent.lines(depth + 1)


def trace(ledger: Ledger, fact_id: str, tables: Tables) -> Trace:
    """Follow a fact down to its cells; a fact met before is named again but not followed again."""
    return _trace(ledger, fact_id, tables, set())


def _trace(ledger: Ledger, fact_id: str, tables: Tables, seen: set[str]) -> Trace:
    fact = ledger[fact_id]
    first = fact_id not in seen
    seen.add(fact_id)
    parents = [parent for parent in fact.parents if parent in ledger] if first else []
    origins = tuple(origin for cells in fact.cells for origin in _origins(cells, tables))
    rows = sum(len(cells.rows) for cells in fact.cells)
    return Trace(fact, origins, rows, tuple(_trace(ledger, parent, tables, seen) for parent in parents))


def _origins(cells: Cells, tables: Tables) -> list[CellOrigin]:
    if cells.table not in tables:  # claims of sources and declared values are in documents, not tables
        file = cells.table if "/" in cells.table else f"data/{cells.table}"
        return [CellOrigin(f"{file}.yml:{row}", cells.column, "", cells.sources) for row in cells.rows]
    table = tables[cells.table]
    found = []
    for row in cells.rows[:MAX_SHOWN_ROWS]:
        text = key_of(table.frame.at[row, cells.column]) if cells.column in table.frame else ""
        sources = str(table.frame.at[row, table.schema.source_column]) if table.schema.source_column else ""
        found.append(CellOrigin(f"{table.file}:{row}", cells.column, text, split_cell(sources)))
    return found


def trace_json(found: Trace) -> Mapping[str, object]:
    """Return a trace as plain values, for a program that reads it."""
    fact = found.fact
    return {
        "id": fact.id,
        "value": list(fact.value) if isinstance(fact.value, tuple) else fact.value,
        "unit": fact.unit,
        "of": fact.of,
        "low": fact.low,
        "high": fact.high,
        "as_of": fact.as_of,
        "comparator": fact.comparator,
        "confidence": fact.confidence,
        "how": fact.how,
        "rows": found.rows,
        "cells": [
            {"place": origin.place, "column": origin.column, "text": origin.text, "sources": list(origin.sources)}
            for origin in found.origins
        ],
        "parents": [trace_json(parent) for parent in found.parents],
    }


_REQUIRED = ("kind",)
_OWN = ("title", "producer", "published", "accessed", "url", "kind", "language", "confidence", "grade")
# Further fields of a reference list, all texts.
_MORE = ("author", "journal", "volume", "year", "issue", "pages", "place", "publisher", "number", "doi", "note")
_EXAMPLE = "example"  # the kind of a placeholder for a source that is still to be named
_TRANSLATED = re.compile(r"(title|author)_[a-z]{2,3}")  # fields in another language of the workspace
_KIND = re.compile("(A|C|CM|CP|D|DB|DS|EB|G|J|M|N|P|R|S|Z)(/OL|/CD|/DK|/MT)?")  # GB/T 7714-2015, appendix B
_LANGUAGE = re.compile("[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")  # as in "zh", "en" or "zh-Hant" (BCP 47)


SOURCES = "sources"  # the sheet of a workbook that describes sources, which are kept in sources.yml
SOURCES_FILE = "data/sources.yml"
KINDS_OFFERED = ("R", "EB/OL", "N", "J", "M", "DB/OL", "C", "D", "S", "P")  # the kinds that a workbook offers
_SPOKEN = ("zh", "en", "fr", "es", "de", "it", "pt", "ru", "ja", "ko", "ar", "pl", "nl", "hu", "cs", "el")
UNDETERMINED = "und"  # the language of a source if nobody has stated it
LANGUAGES_OFFERED = (*_SPOKEN, UNDETERMINED)


def source_schema(languages: Iterable[str]) -> Schema:
    """Return the columns of the sheet that describes sources, one for the title in each language of the workspace."""
    columns = [
        Column(name="id", required=True, unique=True, pattern=r"[a-z][a-z0-9_]*"),
        Column(name="title"),
        *(Column(name=f"title_{language}") for language in languages),
        Column(name="producer"),
        Column(name="published", type="date"),
        Column(name="kind", type="choice", required=True, of=KINDS_OFFERED),
        Column(name="language", type="choice", of=LANGUAGES_OFFERED),
        Column(name="url", pattern=r"https?://\S+"),
        Column(name="accessed", pattern=r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
        Column(name="grade", type="choice", of=GRADES),
    ]
    return Schema(name=SOURCES, file=SOURCES_FILE, columns={each.name: each for each in columns}, key=("id",))


def source_sheet(sources: Iterable[Source], schema: Schema) -> Sheet:
    """Return the known sources as rows of their sheet, without examples, which a described source replaces."""
    known = [each for each in sources if not each.is_example]
    rows = tuple(tuple(_field(each, column) for column in schema.columns) for each in known)
    return Sheet(
        table=SOURCES, file=schema.file, head=tuple(schema.columns), rows=rows, numbers=tuple(range(2, len(rows) + 2))
    )


def citation_columns(sources: Iterable[Source]) -> tuple[str, ...]:
    """Return the fields that every source has or any of these has, each with its translations; no remarks."""
    used = {name for each in sources for name, text in (each.fields or {}).items() if text} - {"note", _EXAMPLE}
    translated = {name: name.rpartition("_")[0] for name in sorted(used) if _TRANSLATED.fullmatch(name)}
    fields = dict.fromkeys(("title", "author", "producer", *_MORE, *_OWN))
    columns = ((each, *(name for name, field in translated.items() if field == each)) for each in fields)
    return tuple(name for names in columns for name in names if name in _OWN or name in used)


def is_untitled(source: Source) -> bool:
    """Return whether a source is shown by its address because its title is not known yet."""
    return bool(source.url) and source.title == source.url


def _field(source: Source, name: str) -> str:
    return "" if name == "title" and is_untitled(source) else field_of(source, name)


def field_of(source: Source, name: str) -> str:
    """Return a field of a source by its name; "" if it has none."""
    return str(getattr(source, name)) if name == "id" or name in _OWN else (source.fields or {}).get(name, "")


def source_of_cells(cells: Mapping[str, str]) -> Source:
    """Return the source that a row of the sheet describes."""
    own = {key: cells.get(key, "") for key in _OWN}
    return Source(id=cells.get("id", ""), **own, fields={key: text for key, text in cells.items() if key not in _OWN})


def untitled(node: Node) -> Problems:
    """Return one problem for the sources that have an address and no title, which only a draft may have."""
    found = [(name, child) for name, child in node.pairs() if child.get("title") is None]
    if not found:
        return []
    what = trn(
        "{count} source of a final has no title: {sources}",
        "{count} sources of a final have no title: {sources}",
        len(found),
        count=len(found),
        sources=tr_list(name for name, _ in found),
    )
    hint = tr(
        "fill in titles on the sheet of sources (jianbao intake --template), or write `draft: yes` in data/editions.yml"
    )
    return [Problem(found[0][1].place, what, hint)]


def parse_sources(node: Node, problems: Problems) -> Mapping[str, Source]:
    """Read the list of sources: id -> title, kind (J, M, D, N, R, EB/OL, ...), language and what else is known."""
    return {
        name: _source(name, child, problems)
        for name, child in as_entries(node, problems, ("title", "language", *_REQUIRED)).items()
    }


def _source(name: str, node: Node, problems: Problems) -> Source:
    translated = [key for key, _ in node.pairs() if _TRANSLATED.fullmatch(key)]
    fields = as_mapping(node, problems, required=_REQUIRED, optional=(*_OWN, *_MORE, _EXAMPLE, *translated))
    if "grade" in fields:
        as_choice(fields["grade"], GRADES, problems, tr("a grade of a source"))
    text = {key: as_text(child, problems) for key, child in fields.items() if child.value != ""}
    for key in ("published", "accessed"):
        if text.get(key) and period(text[key]) is None:
            problems.append(
                Problem(
                    fields[key].place,
                    tr("'{value}' is not a date", value=text[key]),
                    tr("write 2021, 2021-11, 2021-11-24"),
                )
            )
    if text.get("kind") and not _KIND.fullmatch(text["kind"]):
        what = tr("'{kind}' is not a kind of source", kind=text["kind"])
        problems.append(Problem(fields["kind"].place, what, tr("write J, M, D, N, R, EB/OL, DB/OL, ...")))
    if text.get("language") and not _LANGUAGE.fullmatch(text["language"]):
        what = tr("'{language}' is not the code of a language", language=text["language"])
        problems.append(Problem(fields["language"].place, what, tr("write zh, en, fr, ...")))
    if text.get("url") and not text["url"].startswith(("https://", "http://")):
        problems.append(
            Problem(fields["url"].place, tr("'{url}' is not an address", url=text["url"]), tr("begin with https://"))
        )
    if _EXAMPLE in fields:
        as_choice(fields[_EXAMPLE], ("yes", "no"), problems)
    if not text.get("title") and not text.get("url"):
        problems.append(Problem(node.place, tr("'{key}' is missing", key="title"), tr("until it is found, give `url`")))
    if text.get("title") and not text.get("language"):
        problems.append(Problem(node.place, tr("'{key}' is missing", key="language"), tr("write zh, en, fr, ...")))
    own = {key: text.get(key, "") for key in _OWN}
    own["title"] = own["title"] or own["url"]
    return Source(id=name, **own, fields={key: value for key, value in text.items() if key not in _OWN})


def written_source(cells: Mapping[str, str]) -> str:
    """Return the entry of data/sources.yml that describes a source; `cells` are its id and its fields."""
    lines = (
        f"  {key}: {json.dumps(text, ensure_ascii=False)}\n" for key, text in cells.items() if key != "id" and text
    )
    return "".join((f"{cells['id']}:\n", *lines))


def with_sources(text: str, described: Iterable[str]) -> str:
    """Return data/sources.yml with described sources after the others, comments included."""
    kept = text.rstrip().removesuffix("{}").rstrip("\n")  # no entry is left, perhaps below comments
    return "".join(([f"{kept}\n"] if kept else []) + [*described])


def without_sources(text: str, described: Iterable[str]) -> str:
    """Return data/sources.yml without described sources that were added to it."""
    for each in described:
        text = text.replace(each, "")
    return text


# A source as somebody writes it in a sentence

# Chinese newspapers, which are written in 《》; reports of other kinds end like them.
NEWSPAPER = re.compile("[^《》]+(?<![通简公年])报")
LONG, WORDS = 5, 3  # Han characters, or words, that a text without marks needs to be a title
_AROUND = " \t,.:;、-—·"
_ADDRESS = re.compile(r"https?://[^\s<>《》“”（）()，。；、]+")
_MARKED = re.compile(r"《((?:[^《》]|《[^《》]*》)+)》|“([^“”]+)”|\"([^\"]+)\"")


def source_in(text: str, producers: Mapping[str, str], words: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of a source that a sentence about it certainly gives; uncertain ones are left out.

    `producers` maps the names of known publishers to their names in the files; `words` are those of citation.yml.
    """
    addresses = dict.fromkeys(each.rstrip(".,;:") for each in _ADDRESS.findall(text))
    rest, found = _ADDRESS.sub("\n", text), {"url": next(iter(addresses), "") if len(addresses) == 1 else ""}
    if english := re.search(rf"{words['english']}([A-Za-z][^{HAN}《》“”，。；（）\n\"]*)[》”\"]?", rest):
        found["title_en"] = english[1].strip(_AROUND)
        rest = rest.replace(english[0], "\n")
    marked = [next(filter(None, each)).strip() for each in _MARKED.findall(rest)]
    papers = [each for each in marked if each in producers or NEWSPAPER.fullmatch(each)]
    titles = [*dict.fromkeys(each for each in marked if each not in papers)]
    rest = _MARKED.sub(
        lambda mark: "\n" if (mark[1] or mark[2] or mark[3]).strip() in titles else f"\n{mark[0]}\n", rest
    )
    days, rest = dates_in(rest)
    pages = [next(filter(None, each)) for each in re.findall(words["page"], rest)]
    producer, rest = _publisher(re.sub(words["page"], "\n", rest), papers, producers, words["publisher"])
    han, latin = _bare_titles(rest, words["around"])
    titles = titles or ([] if re.match(words["reported"], text) else han) or ([] if has_han(text) else latin)
    found |= {"producer": producer, "published": next(iter(days), "") if len(days) == 1 else ""}
    found |= {"title": titles[0] if len(titles) == 1 else "", "pages": pages[0] if len(pages) == 1 else ""}
    if found["pages"] and found["pages"] in words["numerals"]:
        found["pages"] = str(max(words["numerals"].index(found["pages"]), 1))
    if has_han(found["title"]) and len(latin) == 1:
        found.setdefault("title_en", latin[0])
    return {key: value for key, value in found.items() if value}


def _publisher(text: str, papers: Sequence[str], producers: Mapping[str, str], ends: str) -> tuple[str, str]:
    """Return the publisher that a text names, "" if that is uncertain, and the text without it."""
    known = [each for each in producers if re.search(rf"(?<![A-Za-z]){re.escape(each)}(?![A-Za-z])", text)]
    other = (*known, *papers)
    named = [*papers, *(each for each in known if not any(each != more and each in more for more in other))]
    unknown = None if named else re.match(ends, text)
    named += [unknown[1]] if unknown else []
    called = {producers.get(each, each) for each in named}
    for each in named:
        text = text.replace(each, "\n")
    return (called.pop() if len(called) == 1 else ""), text


def _bare_titles(text: str, around: str) -> tuple[list[str], list[str]]:
    """Return the parts of a text that are long enough for a title without marks: those in Han, and those in Latin."""
    parts = [each.strip(_AROUND) for each in re.split(r"[\n，。；：（）()《》“”;]", text)]
    han = [each for each in parts if count_han(re.sub(around, "", each)) >= LONG]
    latin = [each for each in parts if not has_han(each) and len(each.split()) >= WORDS]
    return [re.sub(around, "", each[:2]) + each[2:] for each in han], latin
