"""Make a city's workspace from another city's: its definitions, wording and design, without its data and decisions.

Lines that still name the other city, its office or its country cannot be rewritten by a program; they are listed.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path

from jianbao.app import new_workspace, workspace
from jianbao.app.editions import EDITIONS, with_first_edition
from jianbao.app.evidence.examples import EXAMPLE
from jianbao.app.new_workspace import NewCity, StarterLanguage
from jianbao.app.project import ARGUMENT, DELIVERY, Project, read_project
from jianbao.app.workspace_files import read_tables, words_of
from jianbao.brief.editions import Series, read_series
from jianbao.core.documents import Node, Problems, texts_below
from jianbao.core.edition_folder import is_taken
from jianbao.core.encoding import encode_like, excerpt
from jianbao.core.errors import ContentError, Place, Problem, UsageError, raise_all
from jianbao.core.messages import Translatable, quoted, tr, tr_error, ui_language
from jianbao.core.snapshot import Snapshot
from jianbao.core.yaml_edit import Keys, with_words, without
from jianbao.core.yaml_reader import parse_document
from jianbao.data.csv_files import Sheet
from jianbao.data.facts import slug
from jianbao.data.provenance import SOURCES_FILE
from jianbao.data.schemas import NAMES
from jianbao.data.tables import Name, names_of
from jianbao.review.roles import ROLES
from jianbao.text.name_table import HOME, is_called, mentions
from jianbao.text.wording import overrules_below

BODY, COUNTRY, EVENT = "body", "country", "event"  # kinds of names; a city has one event
NEW_KINDS = {"--office": BODY, "--event": EVENT}  # the options for names that the source lacks
GENERAL = (COUNTRY, "continent")  # the kinds of names that are kept even if nothing uses them
DISCREPANCIES, TABLES = "data/discrepancies.yml", "data/tables.yml"
EXPECTATIONS, MEASURES, NAME_TABLE = "data/expectations.yml", "data/measures.yml", "data/names.csv"
BY_ID = ("data/", ARGUMENT, "templates/figures.yml", "templates/outline.yml")  # files that refer to names by id
TEXTS = (".yml", ".csv", ".j2", ".html", ".css", ".md")
QUOTED = 100  # columns of a listed line
_PART = re.compile(r"\.(\w+)")


@dataclass(frozen=True, kw_only=True)
class Adopted:
    """A workspace made from another city's: its files by path, and the lines that somebody must check."""

    files: Mapping[str, bytes]
    remaining: tuple[Problem, ...]


@dataclass(frozen=True, kw_only=True)
class _Renaming:
    """The names of a new city: rows by id (kind, and the name by language), and new ids by former id.

    `former` are the replaced names; `rivals` are those of the new city, if the source has it as another city.
    """

    rows: Mapping[str, tuple[str, Mapping[str, str]]]
    ids: Mapping[str, str]
    city: str
    office: str
    former: tuple[Name, ...]
    rivals: tuple[Name, ...]

    def called(self) -> str:
        """Return the name of the city in the user's language, or else its id."""
        return self.rows[self.city][1].get(ui_language(), self.city)


def adopt_workspace(before: Snapshot, folder: Path, owner: NewCity, year: int) -> Adopted:
    """Return a workspace for a city, made from another one; nothing is written.

    Args:
        before: The workspace of the other city.
        folder: Where the new one is to be: a folder that is missing or empty.
        owner: The names of city and office in every language of the source, and the country's code.
        year: The year of the first edition, which knows the facts up to its last day.

    Raises:
        UsageError: With every problem of folder, source and names.
        ContentError, DataError: If the source cannot be read.
    """
    problems: Problems = []
    if is_taken(folder):
        problems.append(Problem(Place(str(folder)), tr("'{folder}' exists and is not empty", folder=folder)))
    if EDITIONS in before.names(workspace.DATA, ".yml"):
        series = read_series(before.document(EDITIONS), faults := list[Problem]())
        problems += _unnamed(owner, _languages(series)) if not faults else ()
    else:
        what = tr("there is no workspace in this folder")
        problems.append(Problem(Place("SOURCE"), what, tr("name the folder that has {file}", file=EDITIONS)))
    raise_all(problems, UsageError)
    project = read_project(before)
    texts = _definitions(before)
    names = _renaming(project, texts, owner)
    listed = {(each.where.file, each.where.line): each for each in _about_rivals(texts, names)}
    texts = {file: _with_new_ids(file, text, names, project.series) for file, text in texts.items()}
    texts[EDITIONS] = with_first_edition(texts[EDITIONS], names.city, names.office, year)
    texts[SOURCES_FILE] = _without(SOURCES_FILE, texts[SOURCES_FILE], _uncited(texts))
    files = _files(before, texts) | _tables(project, texts, names)
    made = Snapshot(files={}).replaced(files)
    listed |= {(each.where.file, each.where.line): each for each in _remaining(made, names)}
    return Adopted(files=files, remaining=tuple(listed.values()))


# The names


def _languages(series: Series) -> list[StarterLanguage]:
    return [StarterLanguage(key, str(each.locale), each.tag) for key, each in series.languages.items()]


def _unnamed(owner: NewCity, languages: Sequence[StarterLanguage]) -> Iterator[Problem]:
    """Yield a problem for each option that lacks a name in a language, or has one that cannot be used."""
    for option, given in (("--name", owner.city), ("--office", owner.office), ("--event", owner.event)):
        lacking = [each.id for each in languages if not (given.get(each.id) or given.get("", "")).strip()]
        if lacking and (given or option == "--name"):
            what = tr("the name is missing in {languages}", languages=quoted(lacking))
            yield Problem(Place(option), what, tr("write {option} {language}=NAME", option=option, language=lacking[0]))
        try:
            new_workspace.names_in(given, languages)
        except new_workspace.UnusableNameError as error:
            yield Problem(Place(option), tr_error(error))
    try:
        _country_names(owner, languages)
    except new_workspace.UnusableNameError as error:
        yield Problem(Place("--country"), tr_error(error))


def _country_names(owner: NewCity, languages: Sequence[StarterLanguage]) -> dict[str, str]:
    code = owner.country.upper()
    return {each.id: new_workspace.country_name(code, each) for each in languages if code}


def _renaming(project: Project, texts: Mapping[str, str], owner: NewCity) -> _Renaming:
    """Return the new names, and the ids that they replace; raises UsageError if something else has such an id."""
    series, languages = project.series, _languages(project.series)
    known = names_of(project.evidence.tables, tuple(series.languages), date.max)
    rows: dict[str, tuple[str, Mapping[str, str]]] = {}
    ids, problems = dict[str, str](), list[Problem]()
    event = _own_event(known, texts)
    own = {"--name": (series.city, owner.city), "--office": (series.issuer, owner.office)}
    own["--event"] = (event, owner.event)
    given = {key: (former, new_workspace.names_in(named, languages)) for key, (former, named) in own.items() if named}
    for option, (former, forms) in given.items():
        new, kind = new_workspace.id_of(forms), known[former].kind if former else NEW_KINDS[option]
        if new in known and known[new].kind != kind:
            what = tr("'{name}' is the name of a {kind} in the source", name=new, kind=known[new].kind)
            problems.append(Problem(Place(option), what, tr("write a name that no other thing has")))
        same = [each for each in known.values() if each.kind == kind and is_called(each, new, forms)]
        ids |= dict.fromkeys(filter(None, (former, *(each.id for each in same))), new)
        if option == "--name":
            rivals = tuple(each for each in same if each.id != former)
        rows[new] = kind, forms
    raise_all(problems, UsageError)
    code, home = owner.country.upper(), _home_country(known, texts, series)
    if code and code not in known:
        rows[code] = COUNTRY, _country_names(owner, languages)
    if code and home and home != code:
        ids[home] = code
    former_ids = [each for each in (series.city, home) if each in ids] + [series.issuer, event]
    return _Renaming(
        rows=rows,
        ids=ids,
        city=new_workspace.id_of(given["--name"][1]),
        office=new_workspace.id_of(given["--office"][1]) if owner.office else "",
        former=tuple(known[each] for each in former_ids if each),
        rivals=rivals,
    )


def _home_country(known: Mapping[str, Name], texts: Mapping[str, str], series: Series) -> str:
    """Return the country that definitions and wording name, the one of a language if they name several; "" for none."""
    used = words_of(texts)
    named = [each.id for each in known.values() if each.kind == COUNTRY and each.id in used]
    spoken = {each.locale.territory for each in series.languages.values()}
    own = [each for each in named if new_workspace.territory_of(each) in spoken]
    return next((found[0] for found in (own, named) if len(found) == 1), "")


def _own_event(known: Mapping[str, Name], texts: Mapping[str, str]) -> str:
    """Return the event that definitions and wording name; "" for none, or for one without a name."""
    named = {each.id for each in known.values() if each.kind == EVENT} & words_of(texts)
    return min(named - {new_workspace.UNNAMED[new_workspace.EVENT]}, default="")


# The files


def _definitions(before: Snapshot) -> dict[str, str]:
    """Return the YAML files to take over, without decisions about the data of the other city."""
    own = [file for file in before.names(workspace.DATA, ".yml") if file.count("/") == 1 and file != DELIVERY]
    taken = {file: before.text(file) for file in (*own, *before.names(workspace.TEMPLATES, ".yml"))}
    return {file: _without(file, text, _decided(file, parse_document(text, file))) for file, text in taken.items()}


def _decided(file: str, node: Node) -> Iterator[Keys]:
    """Yield the paths to entries that apply only to the data or the people of the other city."""
    if file == DISCREPANCIES:
        yield from ((place,) for place, _ in enumerate(node))
    elif file == EXPECTATIONS:
        yield from ((place,) for place, each in enumerate(node) if each.get("claim"))
    elif file == workspace.ANOMALIES:
        yield ("accepted",)
    elif file == TABLES:
        yield from ((table, "complete") for table, _ in node.pairs())
    elif file == ROLES and (roles := node.get("roles")):
        yield from (("roles", role, "people") for role, _ in roles.pairs())
    elif file.startswith(workspace.TEMPLATES):
        yield from overrules_below(node)


def _without(file: str, text: str, paths: Iterable[Keys]) -> str:
    try:
        return without(text, {*paths})
    except ValueError:
        what = tr("entries cannot be left out of this file, as it is written")
        raise ContentError(Problem(Place(file), what, tr("write each entry on lines of its own"))) from None


def _with_new_ids(file: str, text: str, names: _Renaming, series: Series) -> str:
    """Return a file in which references to the ids of city, office and country are replaced."""
    if file.startswith(BY_ID) and file != SOURCES_FILE:
        text = with_words(text, names.ids, besides=series.languages)
    for former, new in names.ids.items():
        pattern = re.compile(rf"(\bname\(\s*['\"]){re.escape(former)}(?=['\"])")
        text = pattern.sub(rf"\g<1>{HOME if new == names.city else new}", text)
    return text


def _uncited(texts: Mapping[str, str]) -> list[Keys]:
    """Return the paths to the sources that neither a definition nor a cited source names."""
    words = {key: {*texts_below(entry)} for key, entry in parse_document(texts[SOURCES_FILE], SOURCES_FILE).pairs()}
    cited = words_of({file: text for file, text in texts.items() if file != SOURCES_FILE})
    due = words.keys() & cited
    kept: set[str] = set()
    while due:
        kept |= due
        due = {other for key in due for other in words.keys() & words[key]} - kept
    return [(key,) for key in words if key not in kept]


def _files(before: Snapshot, texts: Mapping[str, str]) -> dict[str, bytes]:
    """Return the templates, and the definitions as rewritten, each in its encoding."""
    taken = {file: before.content(file) for file in before.names(workspace.TEMPLATES)}
    taken[new_workspace.OUTPUT_IGNORED] = new_workspace.IGNORED
    return taken | {file: encode_like(text, before.content(file)) for file, text in texts.items()}


def _tables(project: Project, texts: Mapping[str, str], names: _Renaming) -> dict[str, bytes]:
    """Return the tables as CSV files: the name table with the used names, the others without rows."""
    schemas = project.evidence.schemas
    sheets = read_tables(project.snapshot, schemas)
    rows = {table: [*_kept_names(sheet, texts, names)] if table == NAMES else [] for table, sheet in sheets.items()}
    made = {}
    for table, sheet in sheets.items():
        content = StringIO()
        csv.writer(content, lineterminator="\n").writerows((sheet.head, *rows[table]))
        made[f"{workspace.DATA}/{schemas[table].file}"] = content.getvalue().encode()
    return made


def _kept_names(sheet: Sheet, texts: Mapping[str, str], names: _Renaming) -> Iterator[Sequence[str]]:
    """Yield the rows of used names and of countries, with new names in place of the former ones."""
    used, credited = words_of(texts), words_of({SOURCES_FILE: texts[SOURCES_FILE]})
    parts = {part for word in used for part in _PART.findall(word)}
    new = {key: {"id": key, "kind": kind, **forms} for key, (kind, forms) in names.rows.items()}
    for row in sheet.rows:
        cells = dict(zip(sheet.head, row, strict=True))
        key = cells["id"]
        if key in names.ids and cells["kind"] != COUNTRY:
            if made := new.pop(names.ids[key], None):
                yield [made.get(each, "") for each in sheet.head]
        elif (
            key in used
            or slug(key) in parts
            or credited & {*filter(None, row[2:])}
            or (cells["kind"] in GENERAL and not cells.get("note", "").startswith(EXAMPLE))
        ):
            yield row
    yield from ([made.get(each, "") for each in sheet.head] for made in new.values())


# What remains


def _about_rivals(texts: Mapping[str, str], names: _Renaming) -> Iterator[Problem]:
    """Yield each line in which the source names the new city as a different one; line numbers are kept."""
    hint = tr("this is about {city} as another city: change it, or delete it", city=names.called())
    for file, text in texts.items() if names.rivals else ():
        if file not in (SOURCES_FILE, EDITIONS):
            yield from _mentioning(file, text, mentions(names.rivals), hint)


def _remaining(made: Snapshot, names: _Renaming) -> Iterator[Problem]:
    """Yield each line that names the other city, its office or its country, or is about them in another way."""
    own = [form for _, forms in names.rows.values() for form in forms.values()]
    pattern = mentions(names.former, own)
    bodies = mentions((each for each in names.former if each.kind != COUNTRY), own)  # countries keep their names
    for file in made.names():
        if file.endswith(TEXTS):
            text = made.text(file)
            yield from _without_names(file, text, names.called())
            hint = _what_to_do(file, names.called())
            yield from _mentioning(file, text, bodies if file == NAME_TABLE else pattern, hint)


def _mentioning(file: str, text: str, pattern: re.Pattern[str], hint: Translatable) -> Iterator[Problem]:
    for number, line in enumerate(text.splitlines(), 1):
        if found := next((each for each in pattern.finditer(line) if each[1]), None):
            yield Problem(Place(file, number), tr("'{value}'", value=excerpt(line, found.start(), QUOTED)), hint)


def _without_names(file: str, text: str, city: str) -> Iterator[Problem]:
    """Yield the lines that are about the other city without its name: coordinates, a logo, people."""
    node, lines = Node({}, Place(file)), text.splitlines()
    if file in (MEASURES, workspace.THEME, ROLES):
        node = parse_document(text, file)
    found: list[tuple[Node | None, Translatable]] = []
    if file == MEASURES:
        hint = tr("write the coordinates of {city}", city=city)
        found = [(origin, hint) for _, each in node.pairs() if (origin := each.get("from")) and [*origin]]
    elif file == workspace.THEME:
        found = [(node.get("logo"), tr("put the logo of {city} in its place, or delete the line", city=city))]
    elif file == ROLES and (roles := node.get("roles")) and (stations := node.get("stations")):
        by = [each.get("by") for _, each in stations.pairs()]
        hint = tr("write who does it in {city}", city=city)
        found = [(each, hint) for each in by if each and any(not roles.get(word) for word in texts_below(each))]
    for place, hint in ((each.place, hint) for each, hint in found if each):
        yield Problem(place, tr("'{value}'", value=excerpt(lines[place.line - 1], 0, QUOTED)), hint)


def _what_to_do(file: str, city: str) -> Translatable:
    if file == NAME_TABLE:
        return tr("write what this is in {city}, or delete the row and what names it", city=city)
    if file == SOURCES_FILE:
        return tr("keep the source if it holds for {city} too; if not, cite another one", city=city)
    if file == EDITIONS:
        return tr("write what {city} has in its place", city=city)
    if file.startswith(workspace.DATA):
        return tr("write what {city} has in its place, or delete the entry", city=city)
    return tr("rewrite it for {city}, or delete it", city=city)
