"""Amounts and lists as people write them in cells, headings and notes: units, powers of ten, punctuation."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from jianbao.core.documents import Problems
from jianbao.core.encoding import has_han
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_later, tr_list, trn
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.schemas import Schema
from jianbao.text.vocabulary import Unit, Vocabulary

NOTE = "note"
NUMBERED = re.compile(r"^(?:[（(]\w{1,3}[)）]|\w{1,3}、|附(?:表\w{0,2})?[：:]?)\s*")  # begins a heading between rows
_PLAIN = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
# Groups of three after a comma, a blank, an apostrophe, or what typographers use for them; a decimal point.
_FIGURE = re.compile(r"-?(\d{1,3}([,\u2009\u00a0\u202f' ]\d{3})+|\d+)(\.\d+)?", re.ASCII)
_SIGNS = {">": ">", "≥": ">", "<": "<", "≤": "<", "≈": "≈", "~": "≈", "∼": "≈", "=": "="}
_WORDS = {
    "more_than": ">",
    "at_least": ">",
    "less_than": "<",
    "fewer_than": "<",
    "at_most": "<",
    "nearly": "≈",
    "about": "≈",
}


_MORE = ("+", "多", "余")  # behind a figure or its power of ten: more than that
_ORDINAL = re.compile(r"第(\w{1,3}?)(?:[届次期]|$)")  # perhaps before the name of what it counts
TEN = 10
_ROUND = {"百": 10**2, "千": 10**3, "万": 10**4}  # after "nearly" or before "more than": one of these


@dataclass(frozen=True)
class Amount:
    """A figure in plain digits, its comparator ("" if none is written), and the unit beside it as it is written."""

    digits: str
    comparator: str = ""
    unit: str = ""


def read_amount(text: str, vocabulary: Vocabulary) -> Amount | None:
    """Read "1,234", "3.2亿", "more than 1300" or "≈25.6 billion"; None if it is no amount.

    Words of comparison and of powers of ten are those of the vocabulary, in every language of the workspace.
    """
    written = unicodedata.normalize("NFKC", text).strip()
    if _PLAIN.fullmatch(written):
        return Amount(written)
    if (ordinal := _ORDINAL.match(written)) and (number := numeral(ordinal[1])):
        return Amount(str(number))
    comparator, rest = _comparator(written, vocabulary)
    rest = f"{_ROUND[rest[0]]}{rest[1:]}" if rest[:1] in _ROUND and (comparator or rest[1:]) else rest
    figure = _FIGURE.match(rest)
    if not figure:
        return None
    after = rest[figure.end() :].strip()
    if after[:1] in (",", ".", "'") or after[:1].isdecimal():  # the number goes on, in groups of another size
        return None
    factor, unit = scaled(after.lstrip("".join(_MORE)).strip(), vocabulary)
    if after.startswith(_MORE) or unit.startswith(_MORE):
        comparator, unit = comparator or ">", unit.lstrip("".join(_MORE)).strip()
    figures = Decimal(re.sub(r"[^\d.-]", "", figure.group())) * factor
    return Amount(_digits(figures), comparator, unit)


def numeral(text: str) -> int:
    """Return a number written in figures or in Chinese numerals up to 99; 0 if it is none."""
    if text.isdecimal():
        return int(text)
    numbers = [int(unicodedata.numeric(letter, -1)) for letter in text]
    if not all(0 <= number <= TEN for number in numbers) or (len(numbers) > 1 and numbers.count(TEN) != 1):
        return 0
    total = 0
    for number in numbers:
        total = max(total, 1) * TEN if number == TEN else total + number
    return total


def _comparator(text: str, vocabulary: Vocabulary) -> tuple[str, str]:
    """Return the comparator at the beginning of a text, and the rest."""
    begins = {unicodedata.normalize("NFKC", word): sign for word, sign in _beginnings(vocabulary)} | _SIGNS
    lowered = text.lower()
    for word in sorted(begins, key=len, reverse=True):
        if word and lowered.startswith(word.lower()):
            return begins[word], text[len(word) :].strip()
    return "", text


def _beginnings(vocabulary: Vocabulary) -> Iterator[tuple[str, str]]:
    for key, sign in _WORDS.items():
        for pattern in vocabulary.words.get(key, {}).values():
            yield pattern.partition("{}")[0].strip(), sign


def scaled(text: str, vocabulary: Vocabulary) -> tuple[int, str]:
    """Return the power of ten at the beginning of a text (1 if none), and the rest, 元 for 元人民币."""
    text = text.replace("元人民币", "元")
    scales = {scale.word.strip(): scale.start for style in vocabulary.styles.values() for scale in style.scales}
    for word in sorted(scales, key=len, reverse=True):
        if word and text.lower().startswith(word.lower()):
            return int(scales[word]), text[len(word) :].strip()
    return 1, text


def unit_named(text: str, vocabulary: Vocabulary) -> str:
    """Return the id of the unit that a text names in some language, or ""; a word of several units is the first's."""
    wanted = text.strip().lower()
    for unit in vocabulary.units.values():
        if wanted == unit.id or wanted in {word.lower() for word in _words(unit)}:
            return unit.id
    return ""


def _words(unit: Unit) -> Iterator[str]:
    for forms in unit.forms.values():
        yield from (form.replace("{}", "").strip() for form in forms.values())
        measured: Mapping[str, str] = forms
        if "measure" in measured and "other" in measured:
            yield measured["measure"] + measured["other"]


def names_unit(text: str, unit: str, vocabulary: Vocabulary) -> bool:
    """Return whether a text is the name of a unit in some language."""
    known = vocabulary.units.get(unit)
    return text == unit or (known is not None and text.lower() in {word.lower() for word in _words(known)})


def _digits(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def scale_word(digits: str, factor: int) -> str:
    """Return a figure multiplied, in plain digits."""
    return _digits(Decimal(digits) * factor)


def dates_of(schema: Schema, sheet: Sheet | None) -> Iterator[str]:
    """Yield the dates in the rows of a table; none without a sheet."""
    dated = [name for name, column in schema.columns.items() if column.type == "date"]
    yield from (row[name] for _, row in (rows_in(sheet) if sheet else ()) for name in dated if name in row)


def as_sheet(sheet: Sheet, rows: Mapping[int, Mapping[str, str]]) -> Sheet:
    """Return a sheet with other rows, by number, and the columns that they have beside its own."""
    head = tuple(dict.fromkeys((*sheet.head, *(name for row in rows.values() for name in row))))
    head = tuple(name for name in head if not rows or any(name in row for row in rows.values()))
    cells = tuple(tuple(row.get(name, "") for name in head) for row in rows.values())
    return replace(sheet, head=head, rows=cells, numbers=tuple(rows))


_CLAUSES = re.compile("[，,；;。、]")
_TIMES = re.compile(r"(\d{1,3})(?:[余多]?[次批]|\+)?")


def read_exchange(text: str, years: tuple[int, int], words: Mapping[str, Sequence[str]]) -> str:
    """Return the state of exchanges with a partner that a text tells; the text if it tells none.

    A word for it tells it, a number of times, or its years: one of 2025, of every year, none since 2020. What is only
    planned tells nothing.

    Args:
        text: The cell, in small letters.
        years: The first and the last year that count.
        words: `contacts.` and the states have the words for them, `goes_on.` those for an exchange every year.
    """
    known = {word: key.partition(".")[2] for key, said in words.items() if key[:9] == "contacts." for word in said}
    number = _TIMES.fullmatch(text)
    if text in known or number:
        return known.get(text) or ("active" if number and int(number[1]) else "inactive")
    ended = [word for word, state in known.items() if state == "inactive" and len(word) > 1]
    found: list[str] = []
    for clause in _CLAUSES.split(text):
        told = [int(year) for year in re.findall(r"(?:19|20)\d\d", clause)]
        every, since = (any(word in clause for word in words[f"goes_on.{each}"]) for each in ("every", "since"))
        if any(word in clause for word in words["planned"]) or (told and max(told) > years[1]):
            found.append("")
        elif any(word in clause for word in ended):
            found.append("inactive")
        elif told or every:
            found.append("active" if since or (every and not told) or max(told, default=0) >= years[0] else "inactive")
    return next((state for state in ("active", "inactive") if state in found), text)


def filled_rows(
    rows: Iterable[tuple[str, ...]], kinds: Sequence[str], words: Mapping[str, Sequence[str]]
) -> tuple[tuple[tuple[str, ...], ...], list[str]]:
    """Return rows with what is meant by ditto, blanks for what is not known or no number, and the words for the last.

    A column of the kind "note" is left as it is; in one of sources what names none, such as 网上, is blank.
    """
    unknown, ditto, unnamed = (frozenset(words.get(key, ())) for key in ("unknown", "ditto", "no_source"))
    blank = {NOTE: frozenset[str](), "source": unknown | unnamed}
    found: list[tuple[str, ...]] = []
    absent: dict[str, None] = {}
    for row in rows:
        over = found[-1] if found else row
        meant = (before if cell in ditto else cell for cell, before in zip(row, over, strict=True))
        told = [*zip(meant, kinds, strict=True)]
        absent |= {cell: None for cell, kind in told if cell.lower() in words.get("no_number", ()) and not kind}
        found.append(tuple("" if cell.lower() in blank.get(kind, (*unknown, *absent)) else cell for cell, kind in told))
    return tuple(found), [*absent]


def _of_years(sheet: Sheet, at: int, other: int) -> bool:
    """Return whether a column has the years of the dates in another one, and no more."""
    return all(row[at].removesuffix("年") in row[other] for row in sheet.rows) and any(row[at] for row in sheet.rows)


def with_notes_joined(sheet: Sheet, columns: Sequence[str]) -> Sheet:
    """Return a sheet with all remarks of a row in the first column of remarks, of which a sheet may have several."""
    noted = [at for at, column in enumerate(columns) if column == NOTE]
    if len(noted) < 2:
        return sheet
    first, *others = noted
    rows = [list(row) for row in sheet.rows]
    for row in rows:
        row[first] = "；".join(filter(None, (row[at] for at in noted)))
        for at in others:
            row[at] = ""
    return replace(sheet, rows=tuple(map(tuple, rows)))


def columns_once(sheet: Sheet, columns: Sequence[str], problems: Problems) -> frozenset[int]:
    """Return the places of columns, of those that mean the same the one that is filled; a problem if several are."""
    found: dict[str, int] = {}
    for at, column in enumerate(columns):
        filled, before = any(row[at] for row in sheet.rows), found.get(column)
        if (
            before is None
            or not any(row[before] for row in sheet.rows)
            or (filled and column and _of_years(sheet, before, at))
        ):
            found[column] = at
        elif filled and column and column != NOTE and not _of_years(sheet, at, before):
            what = tr("'{one}' and '{other}' are the same column", one=sheet.head[before], other=sheet.head[at])
            problems.append(Problem(Place(sheet.file, sheet.heading), what, tr("keep one of the two columns")))
    return frozenset(found.values())


_HAN = r"\u3400-\u9fff"
_FULL = {"(": "（", ")": "）", ",": "，", ":": "：", ";": "；", "?": "？", "!": "！"}


def full_width(text: str) -> str:
    """Return a text with full-width punctuation beside Chinese characters and around them; an address as it is.

    >>> full_width("机构(OEAED)")
    '机构（OEAED）'
    """
    if not has_han(text) or "://" in text:
        return text
    text = re.sub(r"\(([^()（）]*)\)", lambda m: f"（{m[1]}）" if _beside_han(m) else m[0], text)
    return re.sub(rf"(?<=[{_HAN}）”])[,:;?!]|[,;](?=[{_HAN}“（])", lambda m: _FULL[m[0]], text)


def _beside_han(found: re.Match[str]) -> bool:
    around = found.string[max(found.start() - 1, 0) : found.end() + 1]
    return has_han(around)


def merged_cells(counts: Iterable[int], file: str) -> Problems:
    """Return a note on the merged cells of a workbook, of which each sheet has so many, if it has any."""
    said = trn("{count} sheet", "{count} sheets", len(merged := [*filter(None, counts)]), count=len(merged))
    what = tr("{count} merged areas in {sheets}: each is read as its first cell", count=sum(merged), sheets=said)
    return [Problem(Place(file), what)] if merged else []


DOUBTED = tr_later("the row itself doubts whether it counts: '{value}'")
UNVERIFIED = "unverified"  # the evidence of a row that stays in its table and out of the brief
_CLAUSE = re.compile("[，,；;。]")
_SHORT = 4  # characters of a doubt that is about what the clause before it says


def doubt_in(text: str, words: Mapping[str, Sequence[str]]) -> str:
    """Return what a remark doubts of its row; "" if nothing, or a detail such as a day, or if it says how it ended."""
    keys = "row_doubts", "row_details", "settled"
    doubt, about, settled = (re.compile("|".join(words[key]), re.IGNORECASE) for key in keys)
    clauses = [each.strip() for each in _CLAUSE.split(text) if each.strip()]
    whole = [f"{clauses[at - 1]}{each}" if at and len(each) <= _SHORT else each for at, each in enumerate(clauses)]
    at = [place for place, each in enumerate(clauses) if doubt.search(each) and not about.search(whole[place])]
    return "" if not at or any(map(settled.search, clauses[at[-1] :])) else "，".join(clauses[place] for place in at)


def with_doubts(sheet: Sheet, words: Mapping[str, Sequence[str]], problems: Problems, notes: Problems) -> Sheet:
    """Return a sheet whose rows that say so are unverified; one that doubts whether it counts is a problem."""
    plain = [re.sub(r"\s*[（(].*", "", head).lower() for head in sheet.head]
    noted = [at for at, head in enumerate(plain) if head in words["column.note"]]
    evidence = next((at for at, head in enumerate(plain) if head in words["column.confidence"]), len(plain))
    rows = [[*row, *[""] * (evidence == len(plain))] for row in sheet.rows]
    left: list[int] = []
    for number, row in zip(sheet.numbers, rows, strict=True):
        said = {part.strip("（）() ") for at in noted for part in re.split("[，,；;。（(]", row[at])}
        at, text = next(((at, text) for at in noted if (text := doubt_in(row[at], words))), (0, ""))
        if said & {*words["not_counted"]}:
            row[evidence] = UNVERIFIED
            left.append(number)
        elif text and not said & {*words["counted"]} and row[evidence] not in words["not_counted"]:
            what = tr(DOUBTED, value=text)
            hint = tr("write behind the remark ‘; counted’; or ‘; not counted’, to keep it in the table as unverified")
            if sheet.table.startswith("visits"):  # a single one, which is no row by itself
                what = tr("the remark of this visit doubts whether it counts: '{value}'", value=text)
                hint = tr("write behind the remark ‘; counted’ or ‘; not counted’")
            problems.append(Problem(Place(sheet.file, number, sheet.head[at]), what, hint))
    if not left:
        return sheet
    what = tr("by their remarks these rows are not counted; they stay as unverified: rows {rows}", rows=tr_list(left))
    notes.append(Problem(Place(sheet.file, left[0]), what))
    head = (*sheet.head, *["confidence"] * (evidence == len(plain)))
    return replace(sheet, head=head, rows=tuple(map(tuple, rows)))


def note_doubts(texts: Mapping[int, str], file: str, words: Mapping[str, Sequence[str]], notes: Problems) -> None:
    """Add to the notes what remarks below the rows of a sheet doubt of its numbers."""
    for number, text in texts.items():
        for said in (each.strip() for each in text.split("。") if doubt_in(each, words)):
            what = tr("a note below the table doubts its number, and the brief does not say so: {text}", text=said)
            notes += [Problem(Place(file, number), what)] if re.search(r"\d(?!\d*[.．、])", said) else []


def at_own_columns(
    problems: Sequence[Problem], headings: Mapping[str, Mapping[str, str]], schemas: Iterable[Schema]
) -> tuple[Problem, ...]:
    """Return problems without the column, if it is one of these tables that the sheet does not have: its evidence."""
    ids = {column for schema in schemas for column in schema.columns}
    lacks = {file: ids - known.keys() - {*known.values()} for file, known in headings.items()}
    bare = (replace(each, where=replace(each.where, column="")) for each in problems)
    pairs = zip(problems, bare, strict=True)
    return tuple(own if each.where.column in lacks.get(each.where.file, ()) else each for each, own in pairs)


def kind_named(text: str, words: Mapping[str, Sequence[str]]) -> str:
    """Return the table of the kind of partner that a text names, perhaps behind a number; "" if it names none."""
    named = NUMBERED.sub("", text, count=1).lower()
    return next((key[6:] for key, known in words.items() if key.startswith("kinds.") and named in known), "")
