"""Make a new workspace for a city and its languages: the least that builds.

Its files lie in `starter/`. There a text stands on a line for each language that the starter carries, or on one line
under `all` where every language writes the same; a table of names has a column for each.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from io import StringIO
from itertools import groupby, permutations

from babel.core import get_global
from babel.localedata import locale_identifiers

from jianbao.core.errors import nearest
from jianbao.core.messages import tr
from jianbao.render.html.templates import walk_templates

CARRIED = ("zh", "en", "fr", "es")
STANDING_IN = "en"  # what stands for a language that the starter does not carry
AWAITING = "# translate"
SCRIPTS = ("Latn", "Cyrl", "Grek", "Hans")  # what the prepared fonts have letters for, set from left to right
NAMES = "data/names.csv"
UNNAMED = "Our City"  # the id of a city whose name was not given
CITY, PRODUCTS = "@city@", "@products@"
_TEXT = re.compile(rf"( *(?:- )?)({'|'.join((*CARRIED, 'all'))}): (.*)")
_UNFIT = re.compile(r"[\"\\{}#:@\x00-\x1f]")
_PATTERN = re.compile(r" *\w+: \{language: (\w+),")


@dataclass(frozen=True)
class StarterLanguage:
    """A language that a workspace is written in: its id, and how Babel and the page know it."""

    id: str
    locale: str
    tag: str


class UnusableNameError(ValueError):
    """A language that a brief cannot be set in, or a name that its files cannot hold."""


def read_tongue(language: str) -> StarterLanguage:
    """Return what Babel knows of a language by its two or three letters; raise UnfitError with a hint."""
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


def starter_files(city: str, tongues: Sequence[StarterLanguage]) -> dict[str, bytes]:
    """Return the files of a new workspace by their paths; raise UnfitError for a city that no file could hold."""
    city = city.strip().replace("'", "’") or UNNAMED
    if wrong := _UNFIT.search(city):
        raise UnusableNameError(tr("'{name}' cannot be part of a city's name", name=wrong[0]))
    products = ", ".join(_products([tongue.id for tongue in tongues]))
    made = {"output/.gitignore": "*\n!.gitignore\n"}
    for name, text in walk_templates(files("jianbao") / "resources" / "starter", ""):
        if name == NAMES:
            made[name] = _names(text, city, tongues)
        elif name.endswith(".yml"):
            kept = "".join(f"{line}\n" for line in _lines(text.splitlines(), tongues))
            made[name] = kept.replace(CITY, city).replace(PRODUCTS, f"[{products}]")
        else:
            made[name] = text.replace(CITY, city)
    return {name: text.encode() for name, text in made.items()}


def awaiting(made: dict[str, bytes]) -> list[str]:
    """Return the files of a new workspace in which a text awaits its translation."""
    return [name for name, content in sorted(made.items()) if AWAITING.encode() in content]


def _products(languages: list[str]) -> list[str]:
    """Return the products: the first language beside each other one, and each alone."""
    pairs = [f"{first}-{second}" for first, second in permutations(languages, 2) if first == languages[0]]
    return [f"brief.{layout}.pdf" for layout in (*pairs, *languages)]


def _lines(lines: Sequence[str], tongues: Sequence[StarterLanguage]) -> Iterator[str]:
    """Yield the lines of a document, those of a text in the languages asked for and in their order."""
    wanted = {tongue.id for tongue in tongues}
    for is_text, group in groupby(lines, key=lambda line: bool(_TEXT.fullmatch(line))):
        if is_text:
            yield from _texts([*group], tongues)
            continue
        for line in group:
            about = _PATTERN.match(line)
            if not about or about[1] in wanted:
                yield line


def _texts(lines: Sequence[str], tongues: Sequence[StarterLanguage]) -> Iterator[str]:
    """Yield the texts of neighbouring lines; a "- " or an `all` begins the next text."""
    written: dict[str, str] = {}
    lead = ""
    for line in lines:
        found = _TEXT.fullmatch(line)
        assert found
        if "- " in found[1] or not written:
            yield from _told(written, lead, tongues)
            written, lead = {}, found[1]
        written[found[2]] = found[3]
    yield from _told(written, lead, tongues)


def _told(written: dict[str, str], lead: str, tongues: Sequence[StarterLanguage]) -> Iterator[str]:
    """Yield a text in the languages asked for; what only some languages need, such as a measure word, only in those."""
    common = {"all", STANDING_IN} & written.keys()
    for place, tongue in enumerate(each for each in tongues if common or each.id in written):
        text = written.get("all", written.get(tongue.id)) or _stand_in(written[STANDING_IN], tongue)
        yield f"{' ' * len(lead) if place else lead}{tongue.id}: {text}"


def _stand_in(text: str, tongue: StarterLanguage) -> str:
    """Return what stands for a text that the starter does not carry: a locale as it is, words to be translated."""
    if text.startswith("{locale:"):
        return f"{{locale: {tongue.locale}, tag: {tongue.tag}}}"
    return f"{text} {AWAITING}"


def _names(text: str, city: str, tongues: Sequence[StarterLanguage]) -> str:
    """Return the table of names with a column for each language; a city that was named bears its name in all."""
    ids = [tongue.id for tongue in tongues]
    columns = [*ids, *(f"{language}_short" for language in ids)]
    made = StringIO()
    writer = csv.DictWriter(made, ["id", "kind", *columns, "note"], lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    for row in csv.DictReader(StringIO(text)):
        named = {column: row.get(column) or row[re.sub(r"^[a-z]+", STANDING_IN, column)] for column in columns}
        if row["id"] == CITY:
            own = {} if city == UNNAMED else dict.fromkeys(ids, city)
            writer.writerow({**row, **named, "id": city, **own})
        else:
            away = any(language not in CARRIED for language in ids)
            writer.writerow({**row, **named, "note": f"{row['note']} {AWAITING}" if away else row["note"]})
    return made.getvalue()
