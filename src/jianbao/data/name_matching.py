"""Find the name that a text means, in any of its forms or misspelt, in the name table or among known names."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache

from babel import Locale
from babel.core import get_global
from opencc import OpenCC

from jianbao.core.documents import Node, as_text, as_texts
from jianbao.core.encoding import has_han
from jianbao.core.errors import corrected_typo, did_you_mean_or
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.schemas import Schema

_SIMPLIFIED = OpenCC("t2s")
# Letters with a stroke do not decompose in Unicode.
_STROKES = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
LIKE = 0.84  # least share of common letters: one wrong letter in a short name, two in a long one
LIKE_HAN = 0.75  # one character more, less or different in a name of three or four
_WORD = re.compile(r"\w+")
BODY = "body"  # the kind of names of offices and organizations
ENGLISH = "en"
MAX_LISTED_NAMES = 7  # as many names as continents, so that a hint lists all of those
PLACES = ("country", "continent")  # kinds of names that the program knows in every language
_FORMER = ("BUR", "DDR", "FXX", "TMP", "YMD", "ZAR")  # letters of countries under a former name
_QUOTED = re.compile(r"\s*[“\"「][^”\"」]+[”\"」]$")  # the title of a member of a body
_BRACKETS = re.compile(r"\s*[（(][^（）()]+[)）]")
_IN_BRACKETS = re.compile(rf"{_BRACKETS.pattern}$")
# Words that a body's name may have or lack without meaning another body: forms of government, function words.
_HAN = re.compile(r"[\u3400-\u9fff]")
_SAME_HAN = (
    (re.compile("人民"), ""),
    (re.compile("办公室$"), "办"),
    (re.compile("委员会$"), "委"),
    (re.compile("政府(?=.{2})"), ""),
)
_GENERAL = frozenset(
    (
        *("the", "of", "and", "for", "s", "city", "municipal", "people", "peoples"),
        *("de", "la", "le", "les", "l", "du", "des", "d", "et", "del", "el", "los", "las", "y"),
    )
)


@dataclass(frozen=True)
class Recognised:
    """The name that a text means, and whether that is certain: equal except for case and accents."""

    id: str
    certain: bool


def plain_name(text: str) -> str:
    """Return a name in lower case and simplified characters, without accents, spaces and punctuation."""
    return "".join(_WORD.findall(_bare(text))).replace("_", "")


@lru_cache(maxsize=16384)
def _bare(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_STROKES)
    letters = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return str(_SIMPLIFIED.convert(letters)) if has_han(letters) else letters


@dataclass(frozen=True)
class NameTable:
    """The names of a workspace: for each kind, each id with all its forms, in every language, full and short."""

    forms: Mapping[str, Mapping[str, tuple[str, ...]]]
    _plain: dict[tuple[str, ...], Mapping[str, tuple[str, ...]]] = field(
        default_factory=dict, compare=False, repr=False
    )

    def recognise(self, text: str, kinds: Iterable[str]) -> Recognised | None:
        """Return the name of these kinds that a text means, exactly or nearly; None unless there is exactly one."""
        chosen = tuple(kinds)
        if text in self.ids(chosen):
            return Recognised(text, certain=True)
        known, wanted = self._known(chosen), plain_name(text)
        same = known.get(wanted, ())
        if len(same) == 1:
            return Recognised(same[0], certain=True)
        near = {
            name
            for kind in chosen
            for name, forms in self.forms.get(kind, {}).items()
            if any(_near(kind, text, form) for form in (name, *forms))
        }
        return Recognised(near.pop(), certain=False) if not same and len(near) == 1 else None

    def ids(self, kinds: Iterable[str]) -> frozenset[str]:
        """Return the ids of all names of these kinds."""
        return frozenset(name for kind in kinds for name in self.forms.get(kind, {}))

    def kinds_of(self, name: str) -> tuple[str, ...]:
        """Return the kinds of the names with this id."""
        return tuple(kind for kind, names in self.forms.items() if name in names)

    def same(self, text: str, kinds: Iterable[str]) -> str:
        """Return the only name of these kinds that has a text as another form (language, traditional), or ""."""
        found = self._known(tuple(kinds)).get(plain_name(text), ())
        return found[0] if len(found) == 1 else ""

    def slip(self, text: str, kinds: Iterable[str]) -> str:
        """Return the only name of these kinds that a text misspells, in any of its forms, or ""."""
        known = self._known(tuple(kinds))
        found = known.get(corrected_typo(plain_name(text), known), ())
        return found[0] if len(found) == 1 else ""

    def hint(
        self, text: str, kinds: Iterable[str], otherwise: Translatable, within: Collection[str] | None = None
    ) -> Translatable:
        """Return a hint for a text that is not an id: the id of the name that was probably intended.

        Args:
            text: The written text.
            kinds: The kinds of names that are allowed.
            otherwise: The hint if no name is similar.
            within: The ids that are allowed, if not all of these kinds.
        """
        chosen = tuple(kinds)
        allowed = sorted(self.ids(chosen) if within is None else within)
        if (same := self.same(text, chosen)) in allowed:
            return tr("write its id: '{name}'", name=same)
        slip = self.slip(text, chosen)
        meant = slip if slip in allowed else corrected_typo(text, allowed)
        if not meant and 0 < len(allowed) <= MAX_LISTED_NAMES and not self.kinds_of(text):
            otherwise = tr("known: {names}; for another one, {otherwise}", names=tr_list(allowed), otherwise=otherwise)
        return did_you_mean_or(meant, otherwise)

    def _known(self, kinds: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
        if kinds not in self._plain:
            found: dict[str, dict[str, None]] = {}
            for kind in kinds:
                for name, forms in self.forms.get(kind, {}).items():
                    for form in (name, *forms):
                        found.setdefault(plain_name(form), {})[name] = None
            self._plain[kinds] = {form: tuple(names) for form, names in found.items()}
        return self._plain[kinds]


def _near(kind: str, text: str, form: str) -> bool:
    """Return whether a text may be another spelling of a form of a name of this kind."""
    if kind == BODY:
        return similar_bodies(text, form)
    words, own = set(_WORD.findall(_bare(text))), set(_WORD.findall(_bare(form)))
    within = bool(own) and own < words and len("".join(own)) > 3  # Halle in Halle an der Saale
    return within or similar_names(text, plain_name(text), plain_name(form))


def similar_bodies(one: str, other: str) -> bool:
    """Return whether two names of bodies differ only in spelling, and in no word that distinguishes bodies.

    Their Chinese parts are compared, and their parts in other letters, as far as both have them.
    """
    bare = _bare(one), _bare(other)
    han = ["".join(_HAN.findall(each)) for each in bare]
    words = [[word for word in _WORD.findall(_HAN.sub(" ", each)) if word not in _GENERAL] for each in bare]
    compared = ([_similar_han(*han)] if all(han) else []) + ([_similar_words(*words)] if all(words) else [])
    return bool(compared) and all(compared)


def _similar_han(one: str, other: str) -> bool:
    """Return whether two Chinese names may be one body: with a character too many, two exchanged, or words left out."""
    for general, short in _SAME_HAN:
        one, other = general.sub(short, one), general.sub(short, other)
    before = _begin_alike(one, other)
    rests = one[before:], other[before:]
    after = _begin_alike(rests[0][::-1], rests[1][::-1])
    left, right = (rest[: len(rest) - after] for rest in rests)
    if left and right:
        return len(left) == 2 and left == right[::-1]
    if not after and left + right:
        return False  # the last word shows the kind of body
    return len(left + right) <= 1 or (not before and similar_names(one, one, other))


def _begin_alike(one: str, other: str) -> int:
    """Return how many characters two texts have in common at their beginnings."""
    pairs = zip(one, other, strict=False)
    return next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _similar_words(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether two names have the same words in any order, each perhaps misspelt."""
    pairs = zip(sorted(one), sorted(other), strict=False)
    return len(one) == len(other) and all(similar_names(word, word, same) for word, same in pairs)


def similar_names(text: str, one: str, other: str) -> bool:
    """Return whether two plain forms are so similar that one may be a misspelling of the other."""
    if not one or not other or one == other:
        return one == other
    least = LIKE_HAN if has_han(text) else LIKE
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.real_quick_ratio() >= least and matcher.quick_ratio() >= least and matcher.ratio() >= least


def name_table(rows: Iterable[Mapping[str, str]], columns: Sequence[str]) -> NameTable:
    """Make the name table of rows with `id`, `kind` and a form in each of the columns."""
    forms: dict[str, dict[str, tuple[str, ...]]] = {}
    for row in rows:
        written = tuple(row[column] for column in columns if row.get(column))
        forms.setdefault(row["kind"], {})[row["id"]] = written
    return NameTable(forms)


def list_names(row: Mapping[str, str], languages: Sequence[str]) -> str:
    """Return a name as a drop-down shows it: in all languages, once if they agree."""
    return " ".join(dict.fromkeys(row.get(language, "") for language in languages)).strip()


NO_NAMES = NameTable({})


@dataclass(frozen=True, kw_only=True)
class KnownNames:
    """The countries of each continent by CLDR code, their other names, and known cities and bodies.

    `cities` have their English names by the Chinese ones without `suffixes` and by country, `bodies` their English
    names and abbreviations, by which `chinese` has their names in Chinese. `own` are names that an office
    uses for itself; `divisions` end names of its parts, `regions` those of counties and the like, with their English.
    """

    continents: Mapping[str, Sequence[str]]
    called: Mapping[str, Sequence[str]]
    cities: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    bodies: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    chinese: Mapping[str, str] = field(default_factory=dict)
    suffixes: Sequence[str] = ()
    regions: Sequence[str] = ()
    own: Sequence[str] = ()
    divisions: Sequence[str] = ()

    def english(self, kinds: Iterable[str], text: str, short: str = "", country: str = "") -> tuple[str, str]:
        """Return the English name and the abbreviation of a city or body by its Chinese name; "" for what is not known.

        An abbreviation shows which body is meant if its name does not; a country shows which of several cities.
        """
        if BODY in kinds:
            found = map(self.bodies.get, map(plain_name, (text, _BRACKETS.sub("", text), _QUOTED.sub("", text), short)))
            return next(filter(None, found), ("", short))
        bare = _IN_BRACKETS.sub("", text)
        plain = [form.removesuffix(each) for form in (text, bare) for each in ("", *self.suffixes)]
        named = next(filter(None, map(self.cities.get, plain)), {})
        every = {named.get(country, "")} if country else {*named.values()}
        only = next(iter(every)) if len(every) == 1 else ""
        return only or self._region(bare, country), short

    def _region(self, text: str, country: str) -> str:
        """Return the English name of a region given as a city, such as a county; "" if none is known."""
        for end, template in (each.split(" ", 1) for each in self.regions):
            of, _, last = end.rpartition(".")
            city = self.cities.get(text.removesuffix(last), {}).get(country, "") if text.endswith(last) else ""
            if city and of in ("", country):
                return template.format(city)
        return ""

    def office(self, text: str, names: NameTable, office: str) -> str:
        """Return the id of the body that a text names, or of the office itself; any other text unchanged."""
        found = names.recognise(text, (BODY,))
        foreign = any("外事" in form for form in names.forms.get(BODY, {}).get(office, ()))
        if found and found.certain:
            return found.id
        ends = "|".join(self.divisions)
        own = self.own and re.fullmatch(rf"(?:{'|'.join(self.own)})(?:[（(]?[^（）()]+(?:{ends})[)）]?)?", text)
        part = re.fullmatch(r"[\u4e00-\u9fff]{2,4}[处科室]", text) and plain_name(text) not in self.bodies  # 友城处
        return office if foreign and (own or part) else text

    def body(self, text: str, names: NameTable, office: str, languages: Sequence[str]) -> dict[str, str]:
        """Return the row of a new body that a text names, blank where it has no name; {} for a known one."""
        known = names.recognise(text, (BODY,)) or self.office(text, names, office) != text
        if known or (languages[0] == "zh" and not has_han(text)):
            return {}
        english = self.english((BODY,), text)[0] if languages[0] == "zh" else ""
        forms = {languages[0]: text, **{each: english if each == ENGLISH else "" for each in languages[1:]}}
        return {"id": forms.get(ENGLISH) or text, "kind": BODY, **forms}

    def code(self, texts: Iterable[str], languages: Iterable[str]) -> str:
        """Return the code of the country that one of several texts names; "" if none does."""
        called = [Locale.parse(each).territories for each in ("en", "zh", *languages)]
        codes = [code for each in self.continents.values() for code in each]
        known = {plain_name(str(each.get(code, code))): code for each in called for code in codes}
        known |= {plain_name(word): code for code, words in self.called.items() for word in words}
        return next((known[plain_name(text)] for text in texts if plain_name(text) in known), "")

    def whole_country(self, text: str, languages: Sequence[str]) -> str:
        """Return the name of a country for its one character, or without a part in brackets; other texts unchanged."""
        code, bare = self.code([text], languages), _IN_BRACKETS.sub("", text)
        whole = territory_name(code, languages[0]) if code and len(text) == 1 else text
        return bare if not code and self.code([bare], languages) else whole

    def country_row(self, code: str, text: str, languages: Sequence[str]) -> dict[str, str]:
        """Return the row of a country that a text names; the text is its name in the first language."""
        names = {language: territory_name(code, language) for language in languages}
        names[languages[0]] = text if plain_name(text) not in map(plain_name, names.values()) else names[languages[0]]
        return {"id": country_letters(code), "kind": PLACES[0], **names}

    def continent(self, code: str) -> str:
        """Return the English name of a country's continent, "" if it has none."""
        return next((territory_name(region, "en") for region, codes in self.continents.items() if code in codes), "")

    def continent_of(self, schema: Schema, row: Mapping[str, str], names: NameTable, languages: Sequence[str]) -> str:
        """Return the id of the continent of the country that a row names; "" if it is not known."""
        country, continent = PLACES
        columns = (name for name, column in schema.columns.items() if column.type == "name" and column.of == (country,))
        text = row.get(next(columns, ""), "")
        found = names.recognise(text, (country,)) if text else None
        forms = names.forms.get(country, {}).get(found.id, ()) if found and found.certain else ()
        named = self.continent(self.code((text, *forms), languages))
        same = names.recognise(named, (continent,)) if named else None
        return same.id if same and same.certain else ""


def known_names(countries: Node, names: Node) -> KnownNames:
    """Read the names that the program knows: lists of countries, and of cities and bodies."""
    parts = {key: {name: as_texts(words, []) for name, words in part.pairs()} for key, part in countries.pairs()}
    listed = {key: dict(part.pairs()) for key, part in names.pairs() if part.kind == "mapping"}
    bodies: dict[str, tuple[str, str]] = {}
    chinese: dict[str, str] = {}
    for name, body in (*listed["bodies"].items(), *listed["offices"].items()):
        found = {key: as_texts(child, []) for key, child in body.pairs()}
        forms, own = (name, *found.get("also", ())), (found["en"][0], *found.get("short", ()))
        local = "short" not in found  # an office of any city
        forms = tuple(f"{city}{form}" for form in forms for city in ("", "市")) if local else (*forms, *own)
        bodies |= dict.fromkeys(map(plain_name, forms), (own[0], "" if local else own[1]))
        chinese |= dict[str, str]() if local else dict.fromkeys(map(plain_name, own), name)
    codes = {code: dict(node.pairs()) for code, node in listed["cities"].items()}
    every = {name for node in codes.values() for name in node}
    cities = {name: {code: as_text(n[name], []) for code, n in codes.items() if name in n} for name in every}
    lists = {key: as_texts(names.get(key), []) for key in ("suffixes", "regions", "own", "divisions")}
    continents, called = parts["continents"], parts["called"]
    return KnownNames(continents=continents, called=called, cities=cities, bodies=bodies, chinese=chinese, **lists)


def territory_name(code: str, language: str) -> str:
    """Return the name of a territory of the CLDR in a language; its code if it has none."""
    return str(Locale.parse(language).territories.get(code, code))


def country_letters(code: str) -> str:
    """Return the three letters of a country for its two."""
    aliases = (each for each, codes in get_global("territory_aliases").items() if codes == [code])
    return next((each for each in aliases if re.fullmatch("[A-Z]{3}", each) and each not in _FORMER), code)
