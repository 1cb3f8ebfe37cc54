"""Keep the name table, with names of cities, countries and bodies in each language; find misspelt names in texts."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from jianbao.core.errors import UNKNOWN_NAME, Place, Problem
from jianbao.core.messages import Translatable, tr
from jianbao.data.facts import slug
from jianbao.data.name_matching import NameTable
from jianbao.data.tables import Name

HOME = "@city@"  # in place of the id of the workspace's city
WORD = re.compile(r"[^\W\d_]+")
# A character that may be a letter with a diacritic: it is not ASCII, Han or full-width punctuation.
_MARKED = re.compile(r"[^\x00-\x7f\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
_SENTENCE_START = re.compile(r"(?:\A|[.!?:。！？：])[\s\"'“‘(（]*")
SWAPPED = "="  # the prefix of a key that consists of a word's letters, sorted
ANAGRAM, EDIT = 6, 8  # least letters of a word that is searched for swapped neighbours, and for one wrong letter


def text_of(name: Name, language: str, short: bool = False) -> str:
    """Return a name in a language; the full form if there is no short one. Raises KeyError without a full one."""
    return (name.short.get(language) if short else None) or name.full[language]


def name_hint(text: str, names: Mapping[str, Name]) -> Translatable:
    """Return a hint for a text that is no id of the name table; it may be one of the names or a misspelling."""
    forms: dict[str, dict[str, tuple[str, ...]]] = {}
    for name in names.values():
        forms.setdefault(name.kind, {})[name.id] = (*name.full.values(), *name.short.values())
    return NameTable(forms).hint(text, forms, UNKNOWN_NAME)


def unnamed(ids: Iterable[tuple[str, Place]], names: Mapping[str, Name]) -> Iterator[Problem]:
    """Yield a problem for each id that the name table does not have; each id comes with its place.

    The parts of a name with commas, which a list without quotation marks takes for several, are one problem.
    """
    wrong = [(text, place) for text, place in ids if text not in names]
    by_place = {place: [text for text, at in wrong if at == place] for _, place in wrong}
    for place, texts in by_place.items():
        if (whole := ", ".join(texts)) in names and len(texts) > 1:
            what = tr("'{value}' has commas, so a list takes it for several names", value=whole)
            yield Problem(place, what, tr("write it in quotation marks"))
            continue
        for text in texts:
            yield Problem(place, tr("'{value}' is no id of the name table", value=text), name_hint(text, names))


def forms_of(name: Name, language: str) -> tuple[str, ...]:
    """Return the full and the short form of a name in a language, as far as it has them."""
    return tuple(form for form in (name.full.get(language), name.short.get(language)) if form)


def is_called(name: Name, name_id: str, forms: Mapping[str, str]) -> bool:
    """Return whether a name has this id or one of these forms by language."""
    return name.id == name_id or bool({*name.full.items()} & {*forms.items()})


def mentions(names: Iterable[Name], besides: Collection[str] = ()) -> re.Pattern[str]:
    """Return a pattern with the names in group 1: in any language, as an id, or as a word in the id of a fact.

    `besides` are names that may contain one of them; they are matched without the group.
    """
    listed = tuple(names)
    forms = {form for name in listed for language in name.full for form in (name.id, *forms_of(name, language))}
    words = [_as_word(form) for form in sorted(forms, key=len, reverse=True)]
    words += [rf"(?<=\.){slug(name.id)}\b" for name in listed]
    return re.compile("|".join((*map(re.escape, besides), f"({'|'.join(words) or '(?!)'})")))


def _as_word(form: str) -> str:
    """Return a pattern of a name that does not find it inside of a Latin word."""
    before, after = (letter.isascii() and letter.isalpha() for letter in (form[0], form[-1]))
    return f"{'(?<![A-Za-z])' * before}{re.escape(form)}{'(?![A-Za-z])' * after}"


@dataclass(frozen=True)
class Misspelling:
    """A name as written in a text, and as written in the name table."""

    written: str
    right: str


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """The tables with which misspelt names of one language are found.

    `forms` are all correct forms, `words` the words in them, `home` those in the name of the workspace's city. `marked`
    has the correct form by the form without diacritics, which `unmarked` finds. `near` has words by their letters with
    one left out, and sorted.
    """

    forms: frozenset[str]
    words: frozenset[str]
    home: frozenset[str]
    marked: Mapping[str, str]
    unmarked: re.Pattern[str]
    near: Mapping[str, str]


@dataclass(frozen=True)
class Names(Mapping[str, Name]):
    """All names by id, hashed by the ids only; the workspace's city, `home`, is also found under HOME.

    `rows` are those of the name table, by id.
    """

    by_id: Mapping[str, Name]
    home: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)

    def __getitem__(self, name_id: str) -> Name:
        return self.by_id[self.home if name_id == HOME else name_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_id)

    def __hash__(self) -> int:
        return hash(tuple(self.by_id))

    def __len__(self) -> int:
        return len(self.by_id)

    @cached_property
    def _by_full_form(self) -> dict[tuple[str, str], list[Name]]:
        found: dict[tuple[str, str], list[Name]] = {}
        for name in self.by_id.values():
            for language, text in name.full.items():
                found.setdefault((language, text), []).append(name)
        return found

    def called(self, text: str, language: str) -> Sequence[Name]:
        """Return the names whose full form in a language is this text."""
        return self._by_full_form.get((language, text), ()) if text else ()

    @cached_property
    def _spellings(self) -> dict[str, Spelling]:
        return {}

    def misspelt(self, text: str, language: str) -> tuple[Misspelling, ...]:
        """Return the words of a text that look like a name but differ from its correct form.

        A word that the text also has in lower case does not count. At the start of a sentence words have a capital, so
        only the name of the workspace's city is searched for there.
        """
        if language not in self._spellings:
            self._spellings[language] = _spelling(self.by_id, language, self.home)
        spelling = self._spellings[language]
        found = {written: spelling.marked[fold(written)] for written in _unmarked(text, spelling)}
        inside, ordinary = _inside_sentences(text), {*WORD.findall(text)}
        for word in _capitalised(text):
            right = _nearest_word(word, spelling) if word.lower() not in ordinary else ""
            if (right in spelling.home or word in inside) and right and not any(word in each for each in found):
                found[word] = right
        return tuple(Misspelling(written, right) for written, right in found.items())


def _base(letter: str) -> str:
    decomposed = unicodedata.normalize("NFD", letter)
    if len(decomposed) > 1 or letter.isascii():
        return decomposed[0]
    name = unicodedata.name(letter, "")  # a stroke is not split off by NFD: LATIN SMALL LETTER L WITH STROKE
    try:
        return unicodedata.lookup(name.partition(" WITH ")[0]) if " WITH " in name else letter
    except KeyError:
        return letter


def fold(text: str) -> str:
    """Return a text without diacritics, of the same length."""
    return _MARKED.sub(lambda match: _base(match[0]), text)


def _spelling(names: Mapping[str, Name], language: str, home: str) -> Spelling:
    forms = frozenset(form for name in names.values() for form in forms_of(name, language))
    own = forms_of(names[home], language) if home in names else ()
    words = frozenset(word for form in forms for word in WORD.findall(form))
    marked = {fold(form): form for form in sorted(forms) if fold(form) != form}
    unmarked = "|".join(map(re.escape, sorted(marked, key=len, reverse=True)))
    near = {key: word for word in sorted(words) for key in _keys(word)}
    pattern = re.compile(rf"(?<!\w)(?:{unmarked})(?!\w)" if unmarked else r"(?!)")
    called = frozenset(word for form in own for word in WORD.findall(form))
    return Spelling(forms=forms, words=words, home=called, marked=marked, unmarked=pattern, near=near)


def _unmarked(text: str, spelling: Spelling) -> list[str]:
    found = (text[match.start() : match.end()] for match in spelling.unmarked.finditer(fold(text)))
    return [written for written in found if written not in spelling.forms]


def _capitalised(text: str) -> set[str]:
    return {word for word in WORD.findall(text) if len(word) >= ANAGRAM and word[0].isupper()}


def _inside_sentences(text: str) -> set[str]:
    """Return the words of a text that do not begin a sentence."""
    firsts = {match.end() for match in _SENTENCE_START.finditer(text)}
    return {match[0] for match in WORD.finditer(text) if match.start() not in firsts}


def _keys(word: str) -> Iterator[str]:
    folded = fold(word).lower()
    if not word[:1].isupper() or len(folded) < ANAGRAM:
        return
    yield SWAPPED + "".join(sorted(folded))
    if len(folded) >= EDIT:
        yield from {folded[:at] + folded[at + 1 :] for at in range(len(folded))} | {folded}


def _nearest_word(word: str, spelling: Spelling) -> str:
    """Return the word of a name that `word` misspells; "" if there is none, or if only the endings differ."""
    if word in spelling.words:
        return ""
    close = ((key, spelling.near[key]) for key in sorted(_keys(word)) if key in spelling.near)
    folded = fold(word).lower()
    pairs = ((key[0] == SWAPPED, right, fold(right).lower()) for key, right in close)
    return next((right for same, right, plain in pairs if (_swapped if same else _inside)(folded, plain)), "")


def _swapped(word: str, right: str) -> bool:
    """Return whether two words of the same letters differ by two neighbours at most; "Ranges" is no "Angers"."""
    differ = [at for at, pair in enumerate(zip(word, right, strict=True)) if pair[0] != pair[1]]
    return not differ or (len(differ) == 2 and differ[1] == differ[0] + 1)


def _inside(word: str, right: str) -> bool:
    shorter = min(len(word), len(right)) - 2
    return word[:shorter] != right[:shorter] and word != right
