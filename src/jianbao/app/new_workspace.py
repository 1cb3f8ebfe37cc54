"""Make a new workspace for a city and its languages, full or minimal, and remove its examples.

Its files are in `starter/`, a folder for each size. A text has one line for each language that the starter contains, or
one mapping, or a single line `all` if it is the same in every language; tables of names have a column for each. The
wording that all workspaces share is built in; for other languages it is written out to be translated.
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

from jianbao.core.errors import nearest
from jianbao.core.messages import tr
from jianbao.render.html.templates import built_in_names, built_in_text, walk_templates
from jianbao.text.name_table import HOME
from jianbao.text.text_entries import COMMON_FOLDER, EVERY, LISTED, WORDING_FOLDER, WRITTEN

SIZES = ("full", "small")
STANDING_IN = "en"  # the language owner texts are used for those that the starter lacks
AWAITING = "# translate"
SCRIPTS = ("Latn", "Cyrl", "Grek", "Hans")  # the scripts that the prepared fonts cover, all left to right
WORDING = "templates/wording/"
OUTPUT_IGNORED, IGNORED = "output/.gitignore", b"*\n!.gitignore\n"
DECLARING = {  # by wording file: the file and pattern that declare the things it words; SECTIONS for others
    "facts": ("data/measures.yml", re.compile(r"(?m)^([\w.]+):")),
    "vocabulary": ("data/measures.yml", re.compile(r"\bunit: (\w+)")),
    "intake": ("data/tables.yml", re.compile(r"(?m)^(?: {4})?(\w+):")),
    "figures": ("templates/figures.yml", re.compile(r"(?m)^(\w+):")),
}
SECTIONS = ("templates/outline.yml", re.compile(r"\bsection: (\w+)"))
NAMING = ("phrases", "units")  # the parts of built-in words that name declared things
OFFICIAL = "gongwen"  # the official document, which is made in Chinese alone
COUNTRY, OFFICE, EVENT = "@country@", "@office@", "@event@"
CURRENCY, LANGUAGE, PRODUCTS = "@currency@", "@language@", "@products@"
UNNAMED = {HOME: "Our City", COUNTRY: "Our Country", OFFICE: "Example Office", EVENT: "Our Event"}  # without a name
CURRENCIES = {"CNY": "cny", "EUR": "euro", "GBP": "gbp"}  # units of the built-in vocabulary; usd for any other
_TEXT = re.compile(rf"( *(?:- )?)((?:[\w.]+_)?)({'|'.join((*WRITTEN, EVERY))}): (.*)")
_SHORT = re.compile(r"(.+?)\s*[（(]([^()（）]+)[）)]")  # a name and its short form
_COLUMN = re.compile(rf"((?:\w+_)?)({'|'.join(WRITTEN)})((?:_short)?)")
_WORDS = r'(?:"[^"]*"|\{[^{}]*\}|[^,"{}]+)'
_BEFORE = r"(?:when: \{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}, |from: [\d.]+, )?"  # before texts; conditions nest
_WITHIN = re.compile(rf"\{{({_BEFORE})((?:(?:{'|'.join((*WRITTEN, EVERY))}): {_WORDS}(?:, )?)+)\}}")
_PAIR = re.compile(rf"(\w+): ({_WORDS})")
_UNFIT, _PATTERN = re.compile(r"[\"\\{}#:@\x00-\x1f]"), re.compile(r" *\w+: \{language: (\w+),")
_WORD, _SHEET = re.compile(r"(?m)^(  ([\w.]+): .*)$"), re.compile(r"^(?:table|column)\.")
_PART, _PIECE = re.compile(r"(?m)^(?=[a-z_]+:)"), re.compile(r"(?m)^(?=  [\w.]+:)")


@dataclass(frozen=True)
class StarterLanguage:
    """A language of a workspace: its id, its locale for Babel, and its tag for pages."""

    id: str
    locale: str
    tag: str


@dataclass(frozen=True, kw_only=True)
class NewCity:
    """Names of a city, its issuing office and its event by language ("" for any), and the country's code."""

    city: Mapping[str, str] = field(default_factory=dict)
    office: Mapping[str, str] = field(default_factory=dict)
    event: Mapping[str, str] = field(default_factory=dict)
    country: str = ""


class UnusableNameError(ValueError):
    """A language that a brief cannot be written in, or a name that its files cannot contain."""


def read_starter_language(language: str) -> StarterLanguage:
    """Return a language by its two- or three-letter code; raises UnusableNameError with a hint."""
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


def starter_files(owner: NewCity, languages: Sequence[StarterLanguage], size: str) -> dict[str, bytes]:
    """Return the files of a new workspace by path; raises UnusableNameError for a name that they cannot contain."""
    names = _given_names(owner, languages)
    marks = {mark: id_of(texts, UNNAMED[mark]) for mark, texts in names.items()}
    marks[COUNTRY] = owner.country.upper() or UNNAMED[COUNTRY]
    ids = [language.id for language in languages]
    marks |= {PRODUCTS: f"[{', '.join(_products(size, ids))}]", CURRENCY: _currency(owner)}
    contents = {OUTPUT_IGNORED: IGNORED.decode()}
    for name, text in _texts_of(size, ids).items():
        if name.endswith(".csv"):
            contents[name] = _table(text, names, marks, languages)
        else:
            lines = _lines(text.splitlines(), languages) if name.endswith(".yml") else text.splitlines()
            given = {mark: word for mark, word in marks.items() if mark != HOME or not name.startswith(WORDING)}
            contents[name] = _marked("".join(f"{line}\n" for line in lines), given)  # wording names the city as HOME
    return {name: text.encode() for name, text in contents.items()}


def needing_translation(contents: Mapping[str, bytes]) -> list[str]:
    """Return the files of a new workspace that contain texts to be translated."""
    return [name for name, content in sorted(contents.items()) if AWAITING.encode() in content]


def _given_names(owner: NewCity, languages: Sequence[StarterLanguage]) -> dict[str, dict[str, str]]:
    """Return the given names of city, country, office and event by their marks."""
    given = {HOME: owner.city, OFFICE: owner.office, EVENT: owner.event}
    names = {mark: names_in(texts, languages) for mark, texts in given.items()} | {COUNTRY: {}}
    names[EVENT] = dict(_full_and_short(names[EVENT]))
    if owner.country:
        names[COUNTRY] = {each.id: country_name(owner.country.upper(), each) for each in languages}
    return names


def _full_and_short(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield a name by language and, if it ends with a short one in brackets, that one by the language's column."""
    for language, text in texts.items():
        match = _SHORT.fullmatch(text)
        yield language, match[1] if match else text
        if match:
            yield f"{language}_short", match[2]


def names_in(given: Mapping[str, str], languages: Sequence[StarterLanguage]) -> dict[str, str]:
    """Return a name in each language, by default the one for any or the first; raises UnusableNameError."""
    texts = {language: text.strip().replace("'", "’") for language, text in given.items() if text.strip()}
    if not texts:
        return {}
    for text in texts.values():
        if wrong := _UNFIT.search(text):
            raise UnusableNameError(tr("'{name}' cannot be part of a name", name=wrong[0]))
    for language in texts.keys() - {"", *(each.id for each in languages)}:
        raise UnusableNameError(tr("a name in '{language}' is given, and no such language", language=language))
    usual = texts.get("") or texts.get(STANDING_IN) or next(iter(texts.values()))
    return {each.id: texts.get(each.id, usual) for each in languages}


def country_name(code: str, language: StarterLanguage) -> str:
    """Return the name of a country by its three letters; raises UnusableNameError if there is none."""
    short = territory_of(code)
    name = Locale.parse(language.locale).territories.get(short) if short else None
    if not name:
        raise UnusableNameError(tr("'{code}' is not the code of a country; write it after ISO 3166, as CHN", code=code))
    return str(name)


def territory_of(code: str) -> str:
    """Return the two-letter code of a country from its three letters; "" if there is none."""
    known = get_global("territory_aliases").get(code, [code])[0]
    return known if len(code) == 3 and len(known) == 2 else ""


def _currency(owner: NewCity) -> str:
    used = get_territory_currencies(territory_of(owner.country.upper())) if owner.country else ["EUR"]
    return CURRENCIES.get(used[0], "usd") if used else "usd"


def id_of(texts: Mapping[str, str], otherwise: str = "") -> str:
    """Return the id of a thing with these names by language: the English one, or else the first."""
    return texts.get(STANDING_IN) or next(iter(texts.values()), otherwise)


def _products(size: str, languages: Sequence[str]) -> list[str]:
    """Return the products: the first language side by side with each other one, and each alone."""
    pairs = [f"{first}-{second}" for first, second in permutations(languages, 2) if first == languages[0]]
    briefs = [f"brief.{layout}.pdf" for layout in (*pairs, *languages)]
    if size != "full":
        return briefs
    beside = pairs or languages
    official = [f"{OFFICIAL}.{each}.{kind}" for each in languages if each == WRITTEN[0] for kind in ("pdf", "docx")]
    alone = [
        f"{product}" for language in languages for product in (f"onepage.{language}.pdf", f"brief.{language}.docx")
    ]
    web = [f"{template}.{layout}.html" for layout in beside for template in ("brief", "evidence")]
    return [*briefs, *(f"evidence.{layout}.pdf" for layout in beside), *alone, *official, *web]


def _texts_of(size: str, languages: Sequence[str]) -> dict[str, str]:
    """Return the files of a size by name, with the shared wording if it is not built in for all of these languages."""
    texts = dict(walk_templates(files("jianbao") / "resources" / "starter" / size, ""))
    if WRITTEN[0] not in languages:
        texts.pop(f"{WORDING}{OFFICIAL}.yml", None)
    if {*languages} <= {*WRITTEN}:
        return texts
    stems = dict.fromkeys((*built_in_names(WORDING_FOLDER), *built_in_names(COMMON_FOLDER)))
    shared = {f"{WORDING}{stem}.yml": text for stem in stems if (text := _shared(stem, texts))}
    return texts | {name: _joined(texts.get(name, ""), text) for name, text in shared.items()}


def _shared(stem: str, starter: Mapping[str, str]) -> str:
    """Return the built-in words of a file: the program's phrases, and the common ones for what a starter declares."""
    own = built_in_text(f"{WORDING_FOLDER}/{stem}.yml") if stem in built_in_names(WORDING_FOLDER) else ""
    common = built_in_text(f"{COMMON_FOLDER}/{stem}.yml") if stem in built_in_names(COMMON_FOLDER) else ""
    file, pattern = DECLARING.get(stem, SECTIONS)
    declared = frozenset(pattern.findall(starter[file]))
    if not own:
        return common if stem in declared else ""
    parts = "".join(_about(part, declared) for part in _PART.split(common)[1:])
    return _joined(own, parts) if parts else own


def _about(part: str, declared: Collection[str]) -> str:
    """Return a part of the common words, such as a figure, without names of undeclared things."""
    key, _, words = part.partition(":")
    if key not in NAMING:
        return part if key in declared else ""
    lines = [line for line, word in _WORD.findall(words) if _SHEET.sub("", word) in declared]
    return "\n".join((f"{key}:", *lines, ""))


def _joined(own: str, shared: str) -> str:
    """Return a file with the shared words added that it does not have itself."""
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


def _lines(lines: Sequence[str], languages: Sequence[StarterLanguage]) -> Iterator[str]:
    """Yield the lines of a document, with those of texts only for the requested languages, in their order."""
    wanted = {language.id for language in languages}
    for is_text, group in groupby(lines, key=lambda line: bool(_TEXT.fullmatch(line))):
        if is_text:
            yield from _texts([*group], languages)
            continue
        for line in group:
            about = _PATTERN.match(line)
            official = OFFICIAL in line and WRITTEN[0] not in wanted
            if not official and (not about or about[1] in wanted):
                yield _inline(line, languages)


def _inline(line: str, languages: Sequence[StarterLanguage]) -> str:
    """Return a line with its mappings of texts reduced to the requested languages."""

    def chosen(match: re.Match[str]) -> str:
        written = {language: text.strip() for language, text in _PAIR.findall(match[2])}
        return f"{{{match[1]}{', '.join(f'{language.id}: {text}' for language, text in _in_each(written, languages))}}}"

    replaced = _WITHIN.sub(chosen, line)
    return f"{replaced.replace(f' {AWAITING}', '')}  {AWAITING}" if AWAITING in replaced else replaced


def _texts(lines: Sequence[str], languages: Sequence[StarterLanguage]) -> Iterator[str]:
    """Yield the texts of adjacent lines; a "- " or an `all` begins the next text."""
    written: dict[str, str] = {}
    lead = key = ""
    for line in lines:
        match = _TEXT.fullmatch(line)
        assert match
        if "- " in match[1] or match[3] == EVERY or not written:
            yield from _text_lines(written, lead, key, languages)
            written, lead, key = {}, match[1], match[2]
        written[match[3]] = match[4]
    yield from _text_lines(written, lead, key, languages)


def _text_lines(written: Mapping[str, str], lead: str, key: str, languages: Sequence[StarterLanguage]) -> Iterator[str]:
    """Yield the lines of a text in the requested languages; `key` is the part of each key before the language."""
    for place, (language, text) in enumerate(_in_each(written, languages)):
        line = f"{' ' * len(lead) if place else lead}{key}{language.id}: {text.replace(LANGUAGE, language.id)}"
        yield _inline(line, languages) if key else line


def _in_each(written: Mapping[str, str], languages: Sequence[StarterLanguage]) -> Iterator[tuple[StarterLanguage, str]]:
    """Yield a text in each language; one that only some languages need, such as a measure word, only in those."""
    common = {EVERY, STANDING_IN} & written.keys()
    for language in languages:
        if common or language.id in written:
            own = written.get(EVERY) or written.get(language.id)
            yield language, own or _stand_in(written[STANDING_IN], language)


def _stand_in(text: str, language: StarterLanguage) -> str:
    """Return a text for a language that the starter lacks: its locale, or the English text marked for translation."""
    if text.startswith("{locale:"):
        return f"{{locale: {language.locale}, tag: {language.tag}}}"
    return f"{text} {AWAITING}"


def _table(
    text: str, given: Mapping[str, Mapping[str, str]], marks: Mapping[str, str], languages: Sequence[StarterLanguage]
) -> str:
    """Return a table with columns for the requested languages, and with the given names."""
    reader = csv.DictReader(StringIO(text))
    columns: dict[str, str] = {}  # by name, the column of the language to use instead
    for heading in reader.fieldnames or ():
        if match := _COLUMN.fullmatch(heading):
            columns |= {f"{match[1]}{each.id}{match[3]}": f"{match[1]}{STANDING_IN}{match[3]}" for each in languages}
        else:
            columns[heading] = heading
    content = StringIO()
    writer = csv.DictWriter(content, [*columns], lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in reader:
        texts = {name: row[name] if name in row else row[usual] for name, usual in columns.items()}
        if own := given.get(next(iter(row.values())), {}):
            texts |= {**own, "note": ""}
        elif "note" in texts and not columns.keys() <= row.keys():
            texts["note"] = f"{texts['note']} {AWAITING}".strip()
        writer.writerow({name: _marked(text, marks) for name, text in texts.items()})
    return content.getvalue()
