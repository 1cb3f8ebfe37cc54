"""Derive what delivered rows leave out: sources from addresses, new names, ids and continents."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import count
from types import MappingProxyType

from jianbao.core.encoding import has_han
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.claim_limits import GRADES
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.name_matching import BODY, ENGLISH, PLACES, KnownNames, NameTable, plain_name
from jianbao.data.provenance import SOURCES, UNDETERMINED
from jianbao.data.schemas import NAMES, Schema, give_ids, numbered
from jianbao.intake.decisions import WorkspaceTables
from jianbao.intake.labels import (
    BROUGHT,
    GRADE,
    ask_for_texts,
    choice_forms,
    choice_meant,
    named_in,
    names_beside,
    short_beside,
    write_units,
)
from jianbao.intake.own_lists import same_city
from jianbao.intake.parse_cells import LISTED, SOURCES_LISTED
from jianbao.intake.read_file import DeliveredFile
from jianbao.intake.remarks import full_width, note_bare, usual_kind
from jianbao.intake.review_rows import TERM, known_names
from jianbao.intake.sheets import as_sheet
from jianbao.intake.sources import RECORD, language_notes, producer_at, same_source, source_stem, with_language

COUNTRY, CONTINENT = PLACES
_ADDRESS = re.compile(r"(.*?)\s*(https?://[^/\s]+\S*)")
_ENGLISH = re.compile(r"([\u4e00-\u9fff·]+)\s*[（(]([^\W\d_\u4e00-\u9fff][^\d\u4e00-\u9fff（）()]*)[)）]")
_ID = re.compile(r"[\w./-]*", re.ASCII)
Row = dict[str, str]
Rows = Mapping[int, Row]  # by number
CityOrBody = tuple[Sequence[str], str, str]  # the kinds of name it may be, the name, its country's code or ""


@dataclass(kw_only=True)
class _Derived:
    """What is known and derived so far: sources and new rows by id, their places, and the notes and faults found.

    `known_sources` are the ids of the workspace's own sources, without examples; `countries` those of new cities.
    """

    holdings: WorkspaceTables
    delivery: DeliveredFile
    names: NameTable
    known: KnownNames
    day: date | None
    known_sources: frozenset[str]
    sources: dict[str, Row]
    added: dict[str, dict[str, Row]] = field(default_factory=lambda: {SOURCES: {}, NAMES: {}})
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    countries: dict[str, str] = field(default_factory=dict)
    faults: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    def add(self, table: str, row: Row, place: Place) -> None:
        """Add a row with the place from which it is derived."""
        self.added[table][row["id"]] = row
        self.places[table, row["id"]] = place


def with_derived_rows(
    delivery: DeliveredFile, holdings: WorkspaceTables, known: KnownNames, day: date | None
) -> DeliveredFile:
    """Return a delivery with the sources and names that its rows bring with them, and with ids for rows without one.

    `known` are names of countries, cities and bodies; `day` is when the addresses were looked up, if that is known.
    """
    sheets = {name: {number: dict(row) for number, row in rows_in(sheet)} for name, sheet in delivery.sheets.items()}
    for row in sheets.get(NAMES, {}).values():
        row["id"] = row.get("id") or row.get("en") or next(filter(None, map(row.get, holdings.languages)), "")
        row["kind"] = row.get("kind") or BODY
    named = replace(delivery, sheets={name: as_sheet(sheet, sheets[name]) for name, sheet in delivery.sheets.items()})
    existing = [each for each in holdings.sources.values() if not each.is_example]
    derived = _Derived(
        holdings=holdings,
        delivery=named,
        names=known_names(holdings, named),
        known=known,
        day=day,
        known_sources=frozenset(each.id for each in existing),
        sources={
            each.id: {"id": each.id, "title": each.title, "url": each.url, "producer": each.producer, GRADE: each.grade}
            for each in existing
        },
    )
    _call_terms(derived)
    for number, row in sheets.get(SOURCES, {}).items():
        _complete_source(row, Place(delivery.sheets[SOURCES].file, number, "language"), derived)
    for name in (name for name in sheets if name not in derived.added):
        schema, sheet = holdings.schemas[name], delivery.sheets[name]
        give_ids(schema, sheets[name].values(), [each for _, each in rows_in(holdings.sheets[name])])
        titles = (sheet.file.removesuffix("]"), *sheet.above.values())
        titled = titles if any(table == name for table, _ in holdings.currencies) else ()
        headings = delivery.headings.get(sheet.file, {})
        write_units(schema, sheets[name].values(), headings, titled, holdings.vocabulary)
        for number, row in sheets[name].items():
            _name_sources(schema, row, Place(sheet.file, number, schema.source_column), derived)
            _bring_names(schema, row, Place(sheet.file, number), derived)
        _bring_bodies(schema, sheets[name], sheet.file, derived)
        labels = holdings.labels.get(name, {})
        derived.faults += ask_for_texts(schema, sheets[name], sheet.file, holdings.languages, labels)
    return _with_rows(sheets, derived)


def _call_terms(derived: _Derived) -> None:
    """Adopt the delivery's words for partners and for an event's guests, if the workspace has a name for them."""
    existing = {row["id"]: row for _, row in rows_in(derived.holdings.sheets[NAMES])}
    for term, (forms, place) in derived.delivery.terms.items():
        known = {each: form for each, form in forms.items() if each in derived.holdings.languages}
        if term in existing and any(existing[term].get(each) != form for each, form in known.items()):
            derived.add(NAMES, {"id": term, "kind": TERM, **known}, place)
            what = tr("the brief says '{name}', as this sheet does", name=next(iter(forms.values())))
            derived.notes.append(Problem(place, what))


def _complete_source(row: Row, place: Place, derived: _Derived) -> None:
    """Fill in the blanks of a described source; a language that its letters do not show stays undetermined."""
    url, title = row.get("url", ""), row.get("title", "")
    new = next(each for each in numbered(source_stem(url, title)) if each not in derived.sources)
    row["id"] = row.get("id") or same_source(url, title, derived.sources) or new
    known = derived.holdings.sources[row["id"]].language if row["id"] in derived.known_sources else ""
    row["language"] = row.get("language") or ("" if known else with_language(title, derived.delivery.words)[1])
    if title and not known:
        row["language"] = row["language"] or UNDETERMINED
        derived.notes += language_notes(title, row["language"], place, derived.delivery.words)
    if row["id"] not in derived.known_sources:
        row["kind"] = row.get("kind") or usual_kind(url, title, derived.delivery.words)
        row["producer"] = row.get("producer") or producer_at(url, derived.sources)
        row["accessed"] = row.get("accessed") or (derived.day.isoformat() if url and derived.day else "")
        derived.sources[row["id"]] = row


def _name_sources(schema: Schema, row: Row, place: Place, derived: _Derived) -> None:
    """Replace addresses and titles of sources with their ids; a new source becomes a row."""
    grade = _grade(row.pop(f"{schema.source_column}.{GRADE}", ""), place, derived)
    record = {name: row.pop(f"{schema.source_column}.{name}", "") for name in RECORD}
    row[schema.source_column] = row.get(schema.source_column) or record["title"] or record["producer"]
    if not row[schema.source_column]:
        return
    first, *others = filter(None, SOURCES_LISTED.split(row[schema.source_column]))
    ids = [_source(first, grade, place, derived, record), *(_source(each, grade, place, derived) for each in others)]
    row[schema.source_column] = ";".join(dict.fromkeys(ids))
    for each in (each for each in ids if grade and each in derived.sources):
        known = derived.sources[each].get(GRADE, "")
        if not known or (each in derived.known_sources and known != grade):
            derived.sources[each][GRADE] = grade
            if each in derived.known_sources:
                derived.add(SOURCES, {"id": each, GRADE: grade}, place)
        elif known != grade:
            fields = {"source": each, "known": known, "grade": grade}
            what = tr("'{source}' has the grade '{known}' in another row, and '{grade}' here", **fields)
            derived.faults.append(Problem(place, what, tr("a source has one grade")))


def _grade(text: str, place: Place, derived: _Derived) -> str:
    forms = {grade: choice_forms(SOURCES, GRADE, grade) for grade in GRADES}
    meant = choice_meant(text, forms, derived.delivery.words) if text else ""
    if meant and meant not in GRADES:
        choices = derived.holdings.choices.get(SOURCES, {}).get(GRADE, GRADES)
        what = tr("'{value}' is not {what}", value=text, what=tr("a grade of a source"))
        derived.faults.append(Problem(place, what, tr("write one of {values}", values=tr_list(choices))))
        return ""
    return meant


def _source(
    text: str, grade: str, place: Place, derived: _Derived, record: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Return the id of the source that a text names by its id, address or title; `record` has further details."""
    address = _ADDRESS.fullmatch(text)
    title, url = (address[1] or record.get("title", ""), address[2]) if address else (text, "")
    title, language = with_language(_in_full_width(title, place, derived), derived.delivery.words)
    note_bare(text, title, place, derived.notes)
    found = text if text in derived.sources else same_source(url, title, derived.sources)
    if found:
        own = derived.added[SOURCES].get(found)
        if own is not None and title and not own.get("title"):  # named only by its address until now
            own |= {**record, "title": title, "language": language}
        return found
    if not url and _ID.fullmatch(text) and not any(record.values()):
        return text  # an unknown id, which the check of the row reports
    row = {**record, "id": "", "title": title, "url": url, "language": language, GRADE: grade}
    _complete_source(row, place, derived)
    derived.add(SOURCES, row, place)
    return row["id"]


def _bring_names(schema: Schema, row: Row, place: Place, derived: _Derived) -> None:
    """Derive the names of a country and of a new city or body, and the continent of a new row."""
    named, languages = named_in(schema), derived.holdings.languages
    for column in (each for each in schema.columns.values() if each.type == "name" and COUNTRY in each.of):
        _bring_country(row, replace(place, column=column.name), derived)
    beside = {key: row.pop(each, "") for each, key in names_beside(named, languages).items()} if named else {}
    short = {key: row.pop(each, "") for each, key in short_beside(named, languages).items()} if named else {}
    if named and ENGLISH in beside and BROUGHT[0] in named.of and (both := _ENGLISH.fullmatch(row.get(named.name, ""))):
        row[named.name], beside[ENGLISH] = both[1], beside[ENGLISH] or both[2]
    if named:
        row[named.name] = _in_full_width(row.get(named.name, ""), replace(place, column=named.name), derived)
    _name_in_chinese(row, replace(place, column=named.name if named else ""), beside, derived)
    text = row.get(named.name, "") if named else ""
    found = derived.names.recognise(text, named.of) if named and text else None
    own = languages[0] != "zh" or has_han(text) or bool(beside.get(ENGLISH))
    if named and found and found.certain:
        _correct_name(found.id, {languages[0]: text, **beside}, named.of, replace(place, column=named.name), derived)
    if named and not (found and found.certain) and own and not beside.get(ENGLISH, text):
        meant = named.of, text, derived.known.code([row.get(COUNTRY, "")], languages)
        _name_in_english(meant, beside, short, replace(place, column=named.name), derived)
    whole = own and (all(beside.values()) if beside else found is None)  # one language has no other name to confirm it
    if named and text and whole and not (found and found.certain):
        forms = {languages[0]: text, **beside, **{f"{key}_short": form for key, form in short.items() if form}}
        new = {"id": forms.get("en") or text, "kind": next(each for each in named.of if each in BROUGHT), **forms}
        _add_name(new, row, named.name, place, derived)
    known = {each.get(named.name, "") for _, each in rows_in(derived.holdings.sheets[schema.name])} if named else set()
    for column in (each for each in schema.columns.values() if each.of == (CONTINENT,) and not row.get(each.name)):
        if not (found and found.id in known):
            row[column.name] = derived.known.continent_of(schema, row, derived.names, languages)


def _add_name(new: Row, row: Row, column: str, place: Place, derived: _Derived) -> None:
    """Add the name of a new city or body; another translation of a known city's name is read as that city."""
    code, first = derived.known.code([row.get(COUNTRY, "")], derived.holdings.languages), derived.holdings.languages[0]
    known = {each["id"]: each for _, each in rows_in(derived.holdings.sheets[NAMES])} | derived.added[NAMES]
    there = (name for name, own in derived.countries.items() if own == code and same_city(known[name], new, first))
    new = {**new, "id": next(there, new["id"])} if code and new["id"] not in derived.countries else new
    called = known.get(new["id"], {}).get(first, "")
    alike = derived.known.english((new["kind"],), called, country=code)[0] == new["id"]  # known by this name, too
    own = bool(called) and called.removesuffix("市") == row[column].removesuffix("市")  # 沈阳市 is the known 沈阳
    if own or (code and (derived.countries[new["id"]] == code if new["id"] in derived.countries else called and alike)):
        what = tr("'{text}' is read as '{name}'", text=row[column], name=called or new["id"])
        derived.notes += [Problem(replace(place, column=column), what)] if called != row[column] else []
        row[column] = new["id"]
    elif new["id"] not in derived.added[NAMES]:
        derived.add(NAMES, new, replace(place, column=column))
        derived.countries |= {new["id"]: code}


def _in_full_width(text: str, place: Place, derived: _Derived) -> str:
    """Return a name or a title with full-width punctuation, as Chinese text is printed, and note it."""
    meant = full_width(text) if derived.holdings.languages[0] == "zh" else text
    what = tr("'{text}' is written with full-width punctuation: {meant}", text=text, meant=meant)
    derived.notes += [Problem(place, what)] if meant != text else []
    return meant


def _correct_name(name: str, forms: Row, kinds: Sequence[str], place: Place, derived: _Derived) -> None:
    """Update a known name that a delivery writes in other punctuation, or with another form in a column beside it."""
    rows, first = rows_in(derived.holdings.sheets[NAMES]), derived.holdings.languages[0]
    known = next((row for _, row in rows if row["id"] == name and row.get("kind") in kinds), {"id": ""})
    bare = {re.sub(r"\W", "", each.get(first, "")) for each in (forms, known)}
    kept = {first: known.get(first, "")} if len(bare) > 1 or not has_han(forms[first]) else {}
    other = {each: text for each, text in (forms | kept).items() if text and known.get(each) and text != known[each]}
    if other and name not in derived.added[NAMES]:
        derived.add(NAMES, {"id": name, "kind": known["kind"], **other}, place)


def _bring_bodies(schema: Schema, rows: Rows, file: str, derived: _Derived) -> None:
    """Derive the names of the bodies that rows name, and ask once for those that have none in another language."""
    columns = [each for each in schema.columns.values() if each.type == "names" and BODY in each.of]
    unnamed: dict[str, Place] = {}
    for number, column in ((number, column) for number in rows for column in columns):
        place, found = Place(file, number, column.name), list[str]()
        for text in filter(None, LISTED.split(full_width(rows[number].get(column.name, "").removesuffix("等")))):
            new = derived.known.body(text, derived.names, derived.holdings.office, derived.holdings.languages)
            if new and not all(new.values()):
                unnamed.setdefault(text, place)
                continue
            if new and new["id"] not in derived.added[NAMES]:
                derived.add(NAMES, new, place)
                if new["id"] != text:
                    what = tr("the English name of '{text}' is filled in: {name}", text=text, name=new["id"])
                    derived.notes.append(Problem(place, what))
            found.append(new["id"] if new else derived.known.office(text, derived.names, derived.holdings.office))
        before = ";".join(rows[number].get(each.name, "") for each in columns[: columns.index(column)]).split(";")
        others = [each for each in dict.fromkeys(found) if each not in before]  # and not the office's own division
        rows[number] |= {column.name: ";".join(others)} if found or column.name in rows[number] else {}
    what = tr("these bodies have no name in another language: {names}", names=tr_list(unnamed))
    hint = tr("write them on a sheet of names, a row each: their names in every language")
    derived.faults += [Problem(place, what, hint) for place in dict.fromkeys(unnamed.values())]


def _name_in_english(name: CityOrBody, beside: Row, short: Row, place: Place, derived: _Derived) -> None:
    """Fill in the English name of a new city or body if the program knows it, or else its abbreviation."""
    kinds, text, country = name
    named, brief = derived.known.english(kinds, text, short.get(ENGLISH, ""), country)
    beside[ENGLISH] = named or brief
    if named and brief != named:
        short[ENGLISH] = short.get(ENGLISH) or brief
    if named:
        what = tr("the English name of '{text}' is filled in: {name}", text=text, name=named)
        derived.notes.append(Problem(place, what))
    elif brief:
        short[ENGLISH] = ""
        what = tr("'{text}' has no English name but its abbreviation: {name}", text=text, name=brief)
        derived.notes.append(Problem(place, what))


def _name_in_chinese(row: Row, place: Place, beside: Row, derived: _Derived) -> None:
    """Write the Chinese name, if it is known, of a new body that is named in English or by its abbreviation."""
    text = row.get(place.column, "")
    if derived.holdings.languages[0] != "zh" or not text or has_han(text) or derived.names.recognise(text, BROUGHT):
        return
    known = derived.known.chinese.get(plain_name(text), "")
    filled = tr("the Chinese name of '{text}' is filled in: {name}", text=text, name=known)
    lacks = tr("'{text}' has no Chinese name, so Chinese pages keep it", text=text)
    row[place.column] = known or text
    derived.notes += [Problem(place, filled if known else lacks)] if known or beside.get(ENGLISH) else []


def _bring_country(row: Row, place: Place, derived: _Derived) -> None:
    """Derive the name of a country that the name table lacks; it may be short, or have a part: 英国（苏格兰）."""
    text, languages = row.get(place.column, ""), derived.holdings.languages
    if (whole := derived.known.whole_country(text, languages)) != text:
        derived.notes.append(Problem(place, tr("'{text}' is read as '{name}'", text=text, name=whole)))
        row[place.column] = text = whole
    found = derived.names.recognise(text, (COUNTRY,)) if text else None
    code = derived.known.code([text], languages) if text and not (found and found.certain) else ""
    if code and (new := derived.known.country_row(code, text, languages))["id"] not in derived.added[NAMES]:
        derived.add(NAMES, new, place)


def _with_rows(sheets: Mapping[str, Rows], derived: _Derived) -> DeliveredFile:
    delivery, origins = derived.delivery, dict(derived.delivery.origins)
    whole = {name: as_sheet(sheet, sheets[name]) for name, sheet in delivery.sheets.items()}
    for table, added in ((table, rows) for table, rows in derived.added.items() if rows):
        files = (*(each.file for each in delivery.sheets.values()), *(each.file for each in derived.places.values()))
        own = whole.get(table, Sheet(table=table, file=files[0].partition("[")[0], head=()))
        taken = (*own.numbers, *(number for name, number in origins if name in derived.added))
        rows = dict(zip(count(max(taken, default=own.heading) + 1), added.values(), strict=False))
        origins |= {(table, number): derived.places[table, row["id"]] for number, row in rows.items()}
        whole[table] = as_sheet(own, {**sheets.get(table, {}), **rows})
    return replace(
        delivery,
        sheets=dict(sorted(whole.items(), key=lambda pair: pair[0] not in derived.added)),
        faults=(*delivery.faults, *derived.faults),
        left_out=(*delivery.left_out, *derived.notes),
        origins=origins,
    )
