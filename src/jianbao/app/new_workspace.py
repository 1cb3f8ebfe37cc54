"""Make a new workspace for a city and its languages, full or the least that builds, and take its examples away.

Its files lie in `starter/`, a folder for each size. There a text stands on a line for each language that the starter
carries, or in one mapping, or once under `all` where every language writes the same; a table of names has a column for
each. The words that every workspace shares are built in; they are written out for languages that they lack.
"""

import csv
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from io import StringIO
from itertools import groupby, permutations

from babel import Locale
from babel.core import get_global
from babel.localedata import locale_identifiers
from babel.numbers import get_territory_currencies

from jianbao.app.product_checks import example_sources, rows_resting_on
from jianbao.app.project import read_project
from jianbao.app.workspace import FOLDERS
from jianbao.core.encoding import encode_like
from jianbao.core.errors import nearest
from jianbao.core.messages import tr
from jianbao.core.snapshot import Snapshot
from jianbao.data.schemas import NAMES
from jianbao.render.html.templates import built_in_names, built_in_text, walk_templates
from jianbao.text.entries import COMMON, EVERY, LISTED, SAID, WRITTEN
from jianbao.text.name_table import HOME

SIZES = ("full", "small")
STANDING_IN = "en"  # what stands for a language that the starter does not carry
AWAITING = "# translate"
SCRIPTS = ("Latn", "Cyrl", "Grek", "Hans")  # what the prepared fonts have letters for, set from left to right
WORDING = "templates/wording/"
EXAMPLE = "An example"  # the note of a name that goes with the examples
DECLARING = {  # where what the common words of a file are about is declared, and how; SECTIONS for any other file
    "facts": ("data/measures.yml", re.compile(r"(?m)^([\w.]+):")),
    "vocabulary": ("data/measures.yml", re.compile(r"\bunit: (\w+)")),
    "intake": ("data/tables.yml", re.compile(r"(?m)^(?: {4})?(\w+):")),
    "figures": ("templates/figures.yml", re.compile(r"(?m)^(\w+):")),
}
SECTIONS = ("templates/outline.yml", re.compile(r"\bsection: (\w+)"))
NAMING = ("phrases", "units")  # the parts of common words that name what is declared
OFFICIAL = "gongwen"  # the official document, which is made in Chinese alone
COUNTRY, OFFICE, CURRENCY, LANGUAGE, PRODUCTS = "@country@", "@office@", "@currency@", "@language@", "@products@"
UNNAMED = {HOME: "Our City", COUNTRY: "Our Country", OFFICE: "Example Office"}  # the ids of those that are not named
CURRENCIES = {"CNY": "cny", "EUR": "euro", "GBP": "gbp"}  # units of the built-in vocabulary; usd for any other
_TEXT = re.compile(rf"( *(?:- )?)((?:[\w.]+_)?)({'|'.join((*WRITTEN, EVERY))}): (.*)")
_COLUMN = re.compile(rf"((?:\w+_)?)({'|'.join(WRITTEN)})((?:_short)?)")
_WORDS = r'(?:"[^"]*"|\{[^{}]*\}|[^,"{}]+)'
_BEFORE = r"(?:when: \{[^{}]*\}, |from: [\d.]+, )?"  # what may stand before the texts of a mapping
_WITHIN = re.compile(rf"\{{({_BEFORE})((?:(?:{'|'.join((*WRITTEN, EVERY))}): {_WORDS}(?:, )?)+)\}}")
_PAIR = re.compile(rf"(\w+): ({_WORDS})")
_UNFIT = re.compile(r"[\"\\{}#:@\x00-\x1f]")
_WORD, _SHEET = re.compile(r"(?m)^(  ([\w.]+): .*)$"), re.compile(r"^(?:table|column)\.")
_PATTERN = re.compile(r" *\w+: \{language: (\w+),")
_PART, _PIECE = re.compile(r"(?m)^(?=[a-z_]+:)"), re.compile(r"(?m)^(?=  [\w.]+:)")


@dataclass(frozen=True)
class StarterLanguage:
    """A language that a workspace is written in: its id, and how Babel and the page know it."""

    id: str
    locale: str
    tag: str


@dataclass(frozen=True, kw_only=True)
class NewCity:
    """Whose workspace it is: what city and issuing office are called by language ("": in any), the country's code."""

    city: Mapping[str, str] = field(default_factory=dict)
    office: Mapping[str, str] = field(default_factory=dict)
    country: str = ""


class UnusableNameError(ValueError):
    """A language that a brief cannot be set in, or a name that its files cannot hold."""


def read_starter_language(language: str) -> StarterLanguage:
    """Return what Babel knows of a language by its two or three letters; raise UnusableNameError with a hint."""
    codes = sorted({code.partition("_")[0] for code in locale_identifiers()})
    if language not in codes:
        raise UnusableNameError(
            tr(
                "'{language}' is not the code of a language; {hint}",
                language=language,
                hint=nearest(language, codes, tr("write a code after ISO 639, such as fr")),
            )
        )
    _, script, territory = get_global("likely_subtags")[language].split("_")
    if script not in SCRIPTS:
        raise UnusableNameError(
            tr("'{language}' is written in letters that the fonts of the brief do not have", language=language)
        )
    middle = f"_{script}" if script == "Hans" else ""
    return StarterLanguage(language, f"{language}{middle}_{territory}", f"{language}-{territory}")


def starter_files(whose: NewCity, tongues: Sequence[StarterLanguage], size: str) -> dict[str, bytes]:
    """Return the files of a new workspace by their paths; raise UnusableNameError for a name that no file can hold."""
    names = _given_names(whose, tongues)
    marks = {mark: _id_of(texts, UNNAMED[mark]) for mark, texts in names.items()}
    marks[COUNTRY] = whose.country.upper() or UNNAMED[COUNTRY]
    ids = [tongue.id for tongue in tongues]
    marks |= {PRODUCTS: f"[{', '.join(_products(size, ids))}]", CURRENCY: _currency(whose)}
    made = {"output/.gitignore": "*\n!.gitignore\n"}
    for name, text in _texts_of(size, ids).items():
        if name.endswith(".csv"):
            made[name] = _table(text, names, marks, tongues)
        else:
            kept = _lines(text.splitlines(), tongues) if name.endswith(".yml") else text.splitlines()
            given = {mark: word for mark, word in marks.items() if mark != HOME or not name.startswith(WORDING)}
            made[name] = _marked("".join(f"{line}\n" for line in kept), given)  # wording names the city as HOME
    return {name: text.encode() for name, text in made.items()}


def awaiting(made: Mapping[str, bytes]) -> list[str]:
    """Return the files of a new workspace in which a text awaits its translation."""
    return [name for name, content in sorted(made.items()) if AWAITING.encode() in content]


def _given_names(whose: NewCity, tongues: Sequence[StarterLanguage]) -> dict[str, dict[str, str]]:
    """Return the names of city, country and office by their marks, as far as they are given."""
    found = {HOME: _said(whose.city, tongues), OFFICE: _said(whose.office, tongues), COUNTRY: {}}
    if whose.country:
        found[COUNTRY] = {each.id: _country_name(whose.country.upper(), each) for each in tongues}
    return found


def _said(given: Mapping[str, str], tongues: Sequence[StarterLanguage]) -> dict[str, str]:
    """Return a name in each language: its own, or that for any, or the first one given."""
    texts = {language: text.strip().replace("'", "’") for language, text in given.items() if text.strip()}
    if not texts:
        return {}
    for text in texts.values():
        if wrong := _UNFIT.search(text):
            raise UnusableNameError(tr("'{name}' cannot be part of a name", name=wrong[0]))
    for language in texts.keys() - {"", *(each.id for each in tongues)}:
        raise UnusableNameError(tr("a name in '{language}' is given, and no such language", language=language))
    usual = texts.get("") or texts.get(STANDING_IN) or next(iter(texts.values()))
    return {each.id: texts.get(each.id, usual) for each in tongues}


def _country_name(code: str, tongue: StarterLanguage) -> str:
    short = _territory(code)
    name = Locale.parse(tongue.locale).territories.get(short) if short else None
    if not name:
        raise UnusableNameError(tr("'{code}' is not the code of a country; write it after ISO 3166, as CHN", code=code))
    return str(name)


def _territory(code: str) -> str:
    """Return the two letters of a country that is written with three; "" if there is none."""
    known = get_global("territory_aliases").get(code, [code])[0]
    return known if len(code) == 3 and len(known) == 2 else ""


def _currency(whose: NewCity) -> str:
    used = get_territory_currencies(_territory(whose.country.upper())) if whose.country else ["EUR"]
    return CURRENCIES.get(used[0], "usd") if used else "usd"


def _id_of(texts: Mapping[str, str], otherwise: str) -> str:
    return texts.get(STANDING_IN) or next(iter(texts.values()), otherwise)


def _products(size: str, languages: Sequence[str]) -> list[str]:
    """Return the products: the first language beside each other one, and each alone."""
    pairs = [f"{first}-{second}" for first, second in permutations(languages, 2) if first == languages[0]]
    briefs = [f"brief.{layout}.pdf" for layout in (*pairs, *languages)]
    if size != "full":
        return briefs
    beside = pairs or languages
    official = [f"{OFFICIAL}.{language}.pdf" for language in languages if language == WRITTEN[0]]
    alone = [
        f"{product}" for language in languages for product in (f"onepage.{language}.pdf", f"brief.{language}.docx")
    ]
    web = [f"{template}.{layout}.html" for layout in beside for template in ("brief", "evidence")]
    return [*briefs, *(f"evidence.{layout}.pdf" for layout in beside), *alone, *official, *web]


def _texts_of(size: str, languages: Sequence[str]) -> dict[str, str]:
    """Return the files of a size by name, with the shared words if they are not built in for all of these languages."""
    found = dict(walk_templates(files("jianbao") / "resources" / "starter" / size, ""))
    if WRITTEN[0] not in languages:
        found.pop(f"{WORDING}{OFFICIAL}.yml", None)
    if {*languages} <= {*WRITTEN}:
        return found
    stems = dict.fromkeys((*built_in_names(SAID), *built_in_names(COMMON)))
    shared = {f"{WORDING}{stem}.yml": text for stem in stems if (text := _shared(stem, found))}
    return found | {name: _joined(found.get(name, ""), text) for name, text in shared.items()}


def _shared(stem: str, starter: Mapping[str, str]) -> str:
    """Return the built-in words of a file: what the program says, and the common ones about what a starter declares."""
    said = built_in_text(f"{SAID}/{stem}.yml") if stem in built_in_names(SAID) else ""
    common = built_in_text(f"{COMMON}/{stem}.yml") if stem in built_in_names(COMMON) else ""
    file, pattern = DECLARING.get(stem, SECTIONS)
    declared = frozenset(pattern.findall(starter[file]))
    if not said:
        return common if stem in declared else ""
    parts = "".join(_about(part, declared) for part in _PART.split(common)[1:])
    return _joined(said, parts) if parts else said


def _about(part: str, declared: Collection[str]) -> str:
    """Return a part of the common words, such as a figure, without the names of what is not declared."""
    key, _, words = part.partition(":")
    if key not in NAMING:
        return part if key in declared else ""
    lines = [line for line, word in _WORD.findall(words) if _SHEET.sub("", word) in declared]
    return "\n".join((f"{key}:", *lines, ""))


def _joined(own: str, shared: str) -> str:
    """Return a file with the shared words that it does not have itself."""
    parts = _PART.split(shared)[1:]
    if not own:
        return shared
    mine = {part.partition(":")[0]: part for part in _PART.split(own)[1:]}
    for part in parts:
        key = part.partition(":")[0]
        if key not in mine:
            mine[key] = part
        elif key not in LISTED:
            known = {piece.partition(":")[0] for piece in _PIECE.split(mine[key])}
            mine[key] += "".join(piece for piece in _PIECE.split(part)[1:] if piece.partition(":")[0] not in known)
    return _PART.split(own)[0] + "".join(mine.values())


def _marked(text: str, marks: Mapping[str, str]) -> str:
    for mark, word in marks.items():
        text = text.replace(mark, word)
    return text


def _lines(lines: Sequence[str], tongues: Sequence[StarterLanguage]) -> Iterator[str]:
    """Yield the lines of a document, those of a text in the languages asked for and in their order."""
    wanted = {tongue.id for tongue in tongues}
    for is_text, group in groupby(lines, key=lambda line: bool(_TEXT.fullmatch(line))):
        if is_text:
            yield from _texts([*group], tongues)
            continue
        for line in group:
            about = _PATTERN.match(line)
            official = OFFICIAL in line and WRITTEN[0] not in wanted
            if not official and (not about or about[1] in wanted):
                yield _inline(line, tongues)


def _inline(line: str, tongues: Sequence[StarterLanguage]) -> str:
    """Return a line with its mappings of texts in the languages asked for."""

    def chosen(found: re.Match[str]) -> str:
        written = {language: text.strip() for language, text in _PAIR.findall(found[2])}
        return f"{{{found[1]}{', '.join(f'{tongue.id}: {text}' for tongue, text in _in_each(written, tongues))}}}"

    made = _WITHIN.sub(chosen, line)
    return f"{made.replace(f' {AWAITING}', '')}  {AWAITING}" if AWAITING in made else made


def _texts(lines: Sequence[str], tongues: Sequence[StarterLanguage]) -> Iterator[str]:
    """Yield the texts of neighbouring lines; a "- " or an `all` begins the next text."""
    written: dict[str, str] = {}
    lead = key = ""
    for line in lines:
        found = _TEXT.fullmatch(line)
        assert found
        if "- " in found[1] or found[3] == EVERY or not written:
            yield from _told(written, lead, key, tongues)
            written, lead, key = {}, found[1], found[2]
        written[found[3]] = found[4]
    yield from _told(written, lead, key, tongues)


def _told(written: Mapping[str, str], lead: str, key: str, tongues: Sequence[StarterLanguage]) -> Iterator[str]:
    """Yield a text line by line in the languages asked for; what stands before a language is part of each key."""
    for place, (tongue, text) in enumerate(_in_each(written, tongues)):
        line = f"{' ' * len(lead) if place else lead}{key}{tongue.id}: {text.replace(LANGUAGE, tongue.id)}"
        yield _inline(line, tongues) if key else line


def _in_each(written: Mapping[str, str], tongues: Sequence[StarterLanguage]) -> Iterator[tuple[StarterLanguage, str]]:
    """Yield a text in each language; what only some need, such as a measure word, in those alone."""
    common = {EVERY, STANDING_IN} & written.keys()
    for tongue in tongues:
        if common or tongue.id in written:
            own = written.get(EVERY) or written.get(tongue.id)
            yield tongue, own or _stand_in(written[STANDING_IN], tongue)


def _stand_in(text: str, tongue: StarterLanguage) -> str:
    """Return a stand-in for a language that the starter lacks: its locale, or English words marked for translation."""
    if text.startswith("{locale:"):
        return f"{{locale: {tongue.locale}, tag: {tongue.tag}}}"
    return f"{text} {AWAITING}"


def _table(
    text: str, given: Mapping[str, Mapping[str, str]], marks: Mapping[str, str], tongues: Sequence[StarterLanguage]
) -> str:
    """Return a table with its columns for the languages asked for; what was named bears its name."""
    reader = csv.DictReader(StringIO(text))
    columns: dict[str, str] = {}  # by name: the column of the language that may stand in
    for heading in reader.fieldnames or ():
        if found := _COLUMN.fullmatch(heading):
            columns |= {f"{found[1]}{each.id}{found[3]}": f"{found[1]}{STANDING_IN}{found[3]}" for each in tongues}
        else:
            columns[heading] = heading
    made = StringIO()
    writer = csv.DictWriter(made, [*columns], lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in reader:
        texts = {name: row[name] if name in row else row[usual] for name, usual in columns.items()}
        if own := given.get(next(iter(row.values())), {}):
            texts |= {**own, "note": ""}
        elif "note" in texts and not columns.keys() <= row.keys():
            texts["note"] = f"{texts['note']} {AWAITING}".strip()
        writer.writerow({name: _marked(text, marks) for name, text in texts.items()})
    return made.getvalue()


def without_examples(before: Snapshot) -> Snapshot:
    """Return a workspace without the rows that rest on example sources, and without names that only these needed.

    Raises the errors of a workspace that cannot be read.
    """
    project = read_project(before)
    sources, tables = example_sources(project), project.evidence.tables
    gone = {table.file: {*rows_resting_on(table, sources)} for table in tables.values()}
    declared = "".join(before.text(name) for folder in FOLDERS for name in before.names(folder, ".yml"))
    names = tables[NAMES]
    notes = zip(names.frame.index.tolist(), names.frame["id"], names.frame.get("note", []), strict=False)
    gone[names.file] = {row for row, name, note in notes if note.startswith(EXAMPLE) and name not in declared}
    kept = {
        file: "".join(line for number, line in enumerate(before.text(file).splitlines(True), 1) if number not in rows)
        for file, rows in gone.items()
        if rows and file.endswith(".csv")
    }
    return before.replaced({file: encode_like(text, before.content(file)) for file, text in kept.items()})
