"""Recognise sources as people write them in cells, notes and titles."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from babel import Locale

from jianbao.core.documents import Problems
from jianbao.core.encoding import has_han, language_shown
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.column_checks import split_cell
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.facts import Source, slug
from jianbao.data.name_matching import plain_name
from jianbao.data.provenance import UNDETERMINED
from jianbao.data.row_diff import Cells, ComparedRow
from jianbao.data.schemas import Schema
from jianbao.intake.remarks import named_source

SOURCE, LANGUAGE, EVENTS = "source", "sources.language.", "events"
_HOST = re.compile(r"https?://(?:www\.)?([^/:\s]+)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
PLACES_ABROAD = "places_abroad"  # the key of names of foreign cities: titles of their websites begin with them
CONFIDENCE, STATED, CORROBORATED, DERIVED = "confidence", "stated", "corroborated", "derived"
REGISTERS = ("sister_cities", "exchange_cities", "memberships", "visits")  # tables that an office keeps itself
OWN = (
    *REGISTERS,
    EVENTS,
    "trade",
    "consulates",
    "peers",
)  # whose rows without a source have the table itself as theirs
RECORD = ("title", "producer", "published")  # details of a source, in columns beside that of the address
_ADDRESS, _TITLE = re.compile(r"https?://[^\s，,；;。]+"), re.compile(r"《(.+?)》([（(][^（）()]*稿[)）])?")
_DAY = re.compile(r"(?:19|20)\d\d年\d{1,2}月(?:\d{1,2}日)?|(?:19|20)\d\d([-.])\d{1,2}\1\d{1,2}")
_OUTSIDE = "(?![^（(]*[)）])"  # of brackets
_PARTED = re.compile(rf"[，,；;。]{_OUTSIDE}|[（(](?=[^（）()]*数[)）])")
_NAME_ENDS = re.compile(r"\s*(?:[（(]|(?:19|20)\d\d[-./年]|https?://)")
_CLAUSES = re.compile(rf"[；;。]{_OUTSIDE}")
_BESIDE_TITLE = re.compile(rf"\s+(?![A-Za-z]|(?:19|20)\d\d[-.]\d){_OUTSIDE}")  # separates a title from another cell
_UNIT_STATED = re.compile(r"\s*[（(]单位[：:][^（）()]*[)）]")
_FILLED_IN_BY = re.compile(r"填[报表]单位[：:]\s*(\S+)")
_DAY_BEHIND = re.compile(r"\s*(?:(?:19|20)\d\d[-./年]?)?\d{1,2}(?:[-./月]\d{1,2})?[日号]?$")  # 中新网11月4日
_KEPT_BY = re.compile(r"[（(][^（）()，,\d]*[办局处委](?:[，,]\s*\d{4}年[^（）()]*)?[)）]$")


def with_language(title: str, words: Mapping[str, Collection[str]]) -> tuple[str, str]:
    """Return a title and its language: the one in brackets after it, or else the one that its letters show.

    A Chinese title keeps the brackets; its language is unknown if `words` show a foreign source.
    """
    found = re.fullmatch(r"(.+?)\s*[（(]([^（）()]+?)(版?)[)）].*", title)
    word = found[2].lower() if found else ""
    known = (key.removeprefix(LANGUAGE) for key, named in words.items() if key.startswith(LANGUAGE) and word in named)
    if found and (language := next(known, "")):
        return title if found[3] or has_han(found[1]) else found[1], language
    countries = (name for code, name in Locale.parse("zh").territories.items() if code.isalpha() and "中国" not in name)
    named = next((place for place in words.get(PLACES_ABROAD, ()) if title.startswith(place)), "")
    site = named and re.match(
        rf"[^《（(，。：:访]{{0,8}}?(?:{'|'.join(words['sites_abroad'])})", title.removeprefix(named)
    )
    is_named_abroad = re.search("|".join(words["abroad"]), title) or title.startswith(tuple(countries))
    abroad = has_han(title) and (is_named_abroad or site)
    english = re.search("|".join(words["sites_in_english"]), title)
    return named_source(title, words), "en" if english else UNDETERMINED if abroad else language_shown(title)


def places_abroad(sheets: Iterable[Sheet], known: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Return the names of foreign cities: partners in sheets, and those `known` by their countries."""
    listed = (row.get("city", "") for sheet in sheets if sheet.table in REGISTERS[:2] for _, row in rows_in(sheet))
    return frozenset((*filter(None, listed), *(city for city, countries in known.items() if "CN" not in countries)))


def cited_source(text: str, words: Mapping[str, Sequence[str]]) -> tuple[str, str, str, str] | None:
    """Return the address (or else the title), the title, the publisher and the day of a source that a note names."""
    begun = re.search(rf"(?:^|[\s；;。（(])(?:{'|'.join(words.get('cited', ()))})[：:]\s*(.+)", text, re.IGNORECASE)
    if not begun:
        return None
    clauses = _CLAUSES.split(begun[1])
    several = [*_PARTED.split(clauses[0])[:1], *(each for each in clauses[1:] if _is_source(each, words))]
    if "://" not in begun[1] and len(every := [part for each in several for part in listed_sources(each, words)]) > 1:
        return ";".join(every), every[0], "", ""
    address, title, day = (pattern.search(begun[1]) for pattern in (_ADDRESS, _TITLE, _DAY))
    publisher = begun[1][: title.start()] if title else ""
    first = _PARTED.split(begun[1], maxsplit=1)[0] if not address or address.start() else ""
    named = "".join(filter(None, title.groups())) if title else first
    return address[0] if address else named, named, publisher.strip(" ，,"), day[0] if day else ""


def listed_sources(text: str, words: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the sources in a text with enumeration commas if every part looks like a source; else the text."""
    parts = text.split("、")
    return parts if all(_is_source(part, words) for part in parts) else [text]


def _plain_source(text: str, in_column: bool, words: Mapping[str, Sequence[str]]) -> tuple[str, str, str, str] | None:
    """Return the source that a remark is as a whole, in a column of remarks and sources; None if it is none."""
    named = [part for part in _CLAUSES.split(text) if _is_source(_DAY_BEHIND.sub("", part), words)] if in_column else []
    return (";".join(named), named[0], "", "") if named else None


def _is_source(text: str, words: Mapping[str, Sequence[str]]) -> bool:
    ends = "|".join(words["source_ends"])
    return bool(re.fullmatch(rf"[^《》]*(?:(?:{ends})[^《》\w]*(?:\d{{4}}年?\W*)?|《[^《》]+》[^《》]*)", text))


def with_parts_of_sources(sheet: Sheet, words: Mapping[str, Sequence[str]], own: Sequence[str]) -> Sheet:
    """Return a sheet with separate columns for the address, title and publisher of a source.

    Of several columns of sources, the one of addresses is the source. Without addresses it is the one
    of titles, and the other has the publisher. Without either, all of them are sources, joined by semicolons.
    """
    called = (*words.get("column.source", ()), *own, SOURCE)
    named = [at for at, head in enumerate(sheet.head) if head.lower() in {word.lower() for word in called}]
    titled = [at for at, head in enumerate(sheet.head) if head.lower() in words.get("record.title", ())]
    filled = [at for at in named if any(row[at] for row in sheet.rows)] or named[:1]
    addressed = [at for at in filled if any("://" in row[at] for row in sheet.rows)]
    source = (addressed or (titled if filled else []) or filled)[:1]
    head = [SOURCE if at in source else each for at, each in enumerate(sheet.head)]
    publisher = next((at for at in filled if at not in source), -1) if addressed or titled else -1
    if publisher >= 0:
        head[publisher] = f"{SOURCE}.producer"
    others = [] if addressed or titled else filled[1:]
    rows = tuple(
        tuple(
            ";".join(part for place in (at, *others) if row[place] for part in listed_sources(row[place], words))
            if at in source
            else cell
            for at, cell in enumerate(row)
            if at not in others
        )
        for row in sheet.rows
    )
    joined = replace(sheet, head=tuple(each for at, each in enumerate(head) if at not in others), rows=rows)
    return _with_names_from_above(joined, words) if source else joined


def _with_names_from_above(sheet: Sheet, words: Mapping[str, Sequence[str]]) -> Sheet:
    """Write out the sources of a sheet that only say 同上 with something after it.

    A reference to another row of the workbook is not part of a title.
    """
    at, rows = sheet.head.index(SOURCE), list[tuple[str, ...]]()
    same = "|".join(re.escape(word) for word in words["ditto"] if has_han(word))
    above = re.compile(rf"((?:.*[，,；;]\s*)?)(?:{same})(?:{'|'.join(words['ditto_ends'])})?(?=[\s（(\d])(.*)")
    referred = re.compile(words["refers_to_row"][0])
    for row in sheet.rows:
        text = referred.sub("", row[at])
        before = _NAME_ENDS.split(rows[-1][at], maxsplit=1)[0] if rows else ""
        named = re.split("[，,；;]", before)[-1].strip()
        found = above.fullmatch(text) if named else None
        cell = f"{found[1]}{named}{found[2]}" if found else text
        rows.append((*row[:at], cell, *row[at + 1 :]))
    return replace(sheet, rows=tuple(rows))


def language_notes(title: str, language: str, place: Place, words: Mapping[str, Collection[str]]) -> Problems:
    """Return the note on the language of a new source: that it is unknown, or how it was recognised."""
    what = tr("'{title}' is printed without its language; to print it, write {title}（英文）", title=title)
    named = tr("'{title}' is a Chinese name of a source in another language, and is printed so in all", title=title)
    english = tr("'{title}' is read as a source in English", title=title)
    if language == UNDETERMINED:
        return [Problem(place, what)]
    if has_han(title) and language not in ("zh", "ja"):
        return [Problem(place, named)]
    service = language == "en" and re.search("|".join(words["sites_in_english"]), title)
    return [Problem(place, english)] if service else []


def sources_apart(sheet: Sheet, words: Mapping[str, Sequence[str]], notes: Problems) -> Sheet:
    """Return a sheet without the row that names the source of each column; the sources are kept as `cited`."""
    found = {
        number: row
        for number, row in zip(sheet.numbers, sheet.rows, strict=True)
        if row[0].rstrip(" ：:").lower() in words["cited"] and sum(map(bool, row)) > 1 + (len(row) > 1)
    }
    for number, row in found.items():
        cited = {name: text for name, text in zip(sheet.head[1:], row[1:], strict=True) if text}
        sources = tr_list(f"{name}：{text}" for name, text in cited.items())
        what = tr("the row of sources says where each column is from: {said}", said=sources)
        notes.append(Problem(Place(sheet.file, number), what))
        sheet = replace(sheet, cited={**sheet.cited, **cited})
    rows = {number: row for number, row in zip(sheet.numbers, sheet.rows, strict=True) if number not in found}
    return replace(sheet, rows=tuple(rows.values()), numbers=tuple(rows))


def with_cited(sheet: Sheet, cited: Mapping[str, str]) -> Sheet:
    """Return a sheet in which rows without a source have the sources of their filled columns."""
    if not cited:
        return sheet
    head = sheet.head if SOURCE in sheet.head else (*sheet.head, SOURCE)
    rows: list[tuple[str, ...]] = []
    for row in sheet.rows:
        cells = dict(zip(head, (*row, ""), strict=False))
        sources = ";".join(dict.fromkeys(cited[name] for name, cell in cells.items() if cell and name in cited))
        rows.append(tuple({**cells, SOURCE: cells[SOURCE] or sources}.values()))
    return replace(sheet, head=head, rows=tuple(rows))


def title_as_source(sheet: Sheet) -> tuple[str, str]:
    """Return the title above a sheet and who filled it in, as its own source; "" if it has no title."""
    lines = (text for _, text in sorted(sheet.above.items()) if not _FILLED_IN_BY.match(text))
    title = next((_BESIDE_TITLE.split(_UNIT_STATED.sub("", line).strip())[0] for line in lines if len(line) > 3), "")
    filled_in = next(filter(None, map(_FILLED_IN_BY.search, sheet.above.values())), None)
    return title, filled_in[1] if filled_in else ""


def _own_title(sheet: Sheet, texts: Iterable[str], words: Mapping[str, Sequence[str]]) -> str:
    """Return the title of a table as the source of its rows, with what its notes say about missing sources."""
    title, unsourced = title_as_source(sheet)[0], re.compile("|".join(words["unsourced"]))
    remark = next(filter(None, map(unsourced.search, texts)), None)
    return f"{title}（{remark[0]}）" if title and remark else title


def _with_blanks_filled(sheet: Sheet, title: str, notes: Problems) -> Sheet:
    """Return an office's own table with its title as the source of the rows that name none."""
    at = sheet.head.index(SOURCE)
    blank = [number for number, row in zip(sheet.numbers, sheet.rows, strict=True) if not row[at]]
    if not title or not blank or sheet.table.partition(".")[0] not in OWN:
        return sheet
    what = tr("rows {rows} name no source, so it is the sheet itself: {title}", rows=tr_list(blank), title=title)
    notes.append(Problem(Place(sheet.file, blank[0]), what))
    return replace(sheet, rows=tuple((*row[:at], row[at] or title, *row[at + 1 :]) for row in sheet.rows))


def with_source(sheet: Sheet, texts: Iterable[str], words: Mapping[str, Sequence[str]], notes: Problems) -> Sheet:
    """Return a sheet with sources added, if it has no column of them, from its remarks, a text around it, or its title.

    The title is used for lists that the office itself keeps. A plan is its own source, by the title of its sheet if
    it has none above.
    """
    texts, whole = (*texts,), sheet
    if SOURCE in sheet.head:
        at = sheet.head.index(SOURCE)
        if any(row[at] for row in sheet.rows):
            return _with_blanks_filled(sheet, _own_title(sheet, texts, words), notes)
        blank, *others = ((*row[:at], *row[at + 1 :]) for row in (sheet.head, *sheet.rows))
        sheet = replace(sheet, head=blank, rows=tuple(others))
    noted = [at for at, head in enumerate(sheet.head) if re.sub("[（(].*", "", head) in words["column.note"]]
    plain = [at for at in noted if any(word in sheet.head[at] for word in words["cited"])]  # 备注(来源)
    remarks = [
        [cited_source(row[at], words) or _plain_source(row[at], at in plain, words) for at in noted]
        for row in sheet.rows
    ]
    # A source in other letters does not show its language: it stays a remark, beside the source of all rows.
    own = [next((each for each in cited if each and (has_han(each[1]) or "://" in each[0])), None) for cited in remarks]
    cited = next(filter(None, (cited_source(text, words) for text in texts)), None)
    title, producer = _own_title(sheet, texts, words), title_as_source(sheet)[1]
    place = Place(sheet.file, sheet.heading)
    if any(own):
        numbers = tr_list(number for number, each in zip(sheet.numbers, own, strict=True) if each)
        notes.append(
            Problem(place, tr("the sources that remarks name are those of their rows: rows {rows}", rows=numbers))
        )
    if cited:
        below = tr_list(cited[0].split(";") if ";" in cited[0] else [cited[1] or cited[0]])
        notes.append(Problem(place, tr("the source below the table is that of all its rows: {title}", title=below)))
    elif sheet.table == "plan" and (named := title or sheet.file.partition("[")[2].removesuffix("]")):
        cited = named, named, producer, ""
        notes.append(Problem(place, tr("the plan names no source, so it is its own source: {title}", title=named)))
    elif title and not all(own) and sheet.table.partition(".")[0] in OWN:
        cited = title, title, producer, ""
        what = tr("no source is named, so the title of the sheet is the source of its rows: {title}", title=title)
        notes.append(Problem(place, what))
    if not cited and not any(own):
        return whole
    head = (*sheet.head, SOURCE, *(f"{SOURCE}.{each}" for each in RECORD))
    rows = tuple((*row, *(each or cited or ("",) * 4)) for row, each in zip(sheet.rows, own, strict=True))
    return replace(sheet, head=head, rows=rows)


def with_evidence(
    rows: Iterable[ComparedRow], schema: Schema, file: str, called: Mapping[str, str], readings: list[Problem]
) -> tuple[ComparedRow, ...]:
    """Return rows; a new one with blank evidence becomes "stated", or "corroborated" by several sources, with a note.

    `called` has the names of the grades that such a row may get.
    """
    found: list[ComparedRow] = []
    for row in rows:
        count = len({*sources_of(schema, row.cells)}) if row.outcome == "new" and not row.cells.get(CONFIDENCE) else 0
        grade = CORROBORATED if count > 1 and CORROBORATED in called else STATED
        if count and grade in called:
            several = tr("{count} sources, read as '{name}'", count=count, name=called[grade])
            what = several if grade == CORROBORATED else tr("evidence not given, read as '{name}'", name=called[grade])
            readings.append(Problem(Place(file, row.number, CONFIDENCE), what))
        graded = {CONFIDENCE: grade} if count and grade in called else {}
        found.append(replace(row, cells={**row.cells, **graded}))
    return tuple(found)


def sources_of(schema: Schema, cells: Cells) -> tuple[str, ...]:
    """Return the sources that a row names."""
    return split_cell(cells.get(schema.source_column, ""))


def titles_of(schema: Schema, cells: Cells, sources: Mapping[str, Source]) -> tuple[str, ...]:
    """Return the sources that a row names, by their titles if they have any."""
    return tuple(sources[each].title or each if each in sources else each for each in sources_of(schema, cells))


def counted_by_program(before: Cells, now: Cells) -> bool:
    """Return whether the program counted both rows: single visits, or partners from the same lists."""
    same = all(before.get(name) == now.get(name) for name in ("about", "year", "source"))
    active = before.get("about") == "active" and bool(before.get("judged") and now.get("judged"))
    return before.get(CONFIDENCE) == now.get(CONFIDENCE) == DERIVED or (same and active)


Sources = Mapping[str, Mapping[str, str]]  # by id, each with its title, address and publisher


def same_source(url: str, title: str, sources: Sources) -> str:
    """Return the source with this address, or else with this title; "" if there is none."""
    for name, row in sources.items():
        if url and row.get("url", "").rstrip("/") == url.rstrip("/"):
            return name
    alike = (name for name, row in sources.items() if _same_title(row.get("title", ""), title))
    return next(alike, "") if title and not url else ""


def _same_title(one: str, other: str) -> bool:
    """Return whether two titles mean one source: they are the same, except for an office or a day in brackets."""
    bare = [_KEPT_BY.sub("", each) for each in (one, other)]
    same = plain_name(bare[0]) == plain_name(bare[1]) and (bare[0] == one or bare[1] == other)
    return same or plain_name(one) == plain_name(other)


def source_stem(url: str, title: str) -> str:
    """Return how the id of a new source begins: with the host of an address, or the year in a title."""
    host, year = _HOST.match(url), _YEAR.search(title)
    stem = slug(host[1]) if host else f"source_{year[0]}" if year else "source"
    return stem if stem[:1].isalpha() else f"site_{stem}"


def producer_at(url: str, sources: Sources) -> str:
    """Return the publisher of another source at the same host."""
    host = _HOST.match(url)
    found = {name: _HOST.match(row.get("url", "")) for name, row in sources.items()}
    alike = (sources[name] for name, own in found.items() if host and own and own[1] == host[1])
    return next((row["producer"] for row in alike if row.get("producer")), "")
