"""Find the tables on a delivered sheet by their headings; read names in two languages, levels and roles."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from jianbao.core.documents import Problems
from jianbao.core.encoding import has_han
from jianbao.core.errors import Place, Problem, corrected_typo, nearest
from jianbao.core.messages import tr, tr_list
from jianbao.data.csv_files import UNNAMED, Sheet, named_columns, two_rows_of_heading
from jianbao.data.schemas import Schema
from jianbao.intake.labels import Labels, column_meant, columns_once
from jianbao.intake.remarks import NUMBERED, text_apart
from jianbao.intake.sheets import (
    BRACKETS,
    IGNORED,
    MEMBERSHIPS,
    PARTNERS,
    YEAR,
    Words,
    called,
    kept,
    note_left_out,
    place_of,
    with_notes_joined,
)
from jianbao.intake.sources import with_cited
from jianbao.intake.years_in_columns import with_years_of_numbers

_HAN, _NUMBER = "\u4e00-\u9fff", re.compile(r"[-+]?\d[\d,.]*%?")
_BODY = re.compile(r"\w{1,2}[.．、]\s*([^，,；;（）()]+?)(?:[（(]([A-Za-z0-9]+)[)）])?[，,；;](.+)")
_SINCE = re.compile(r"\s*((?:19|20)\d\d年?(?:\d{1,2}月)?)(?:\w{2})?\s*")
_LISTED, _QUOTES = re.compile("[、，,；;]"), re.compile('[“”"‘’《》「」]')
_IN_A_LANGUAGE = re.compile(r"(.+?)\s*[/（(]\s*([^/（）()]+?)[)）]?")  # 城市名称/外文, 名称（中文）
_TWO_SCRIPTS = re.compile(rf"([{_HAN}·]+)\s*[/／（(]?\s*([^\W\d_{_HAN}]{{2}}[^\d{_HAN}（）()/、]+)[)）]?")


def blocks_of(sheet: Sheet, headings: Collection[str]) -> list[Sheet]:
    """Return the tables below one another on a sheet, each with its title if it has one.

    A new table begins below a separate line of text if the next row names columns and has no number. Without such a
    line, or with unknown columns, it begins only after a blank row. A repeated heading begins no table.
    """
    known = {*headings, *map(str.lower, sheet.head)}
    same = [tuple(named_columns(row)) == sheet.head for row in sheet.rows]
    starts = [at for at in range(1, len(sheet.rows) - 1) if not same[at] and _begins(sheet, at, known)]
    starts = [at for at in starts if at - 1 not in starts]
    kept = [at for at in range(len(sheet.rows)) if not same[at] and at < (starts or [len(sheet.rows)])[0]]
    first = replace(sheet, rows=tuple(sheet.rows[at] for at in kept), numbers=tuple(sheet.numbers[at] for at in kept))
    return [first, *(_block(sheet, start, end) for start, end in pairwise((*starts, len(sheet.rows))))]


def _begins(sheet: Sheet, at: int, headings: Collection[str]) -> bool:
    """Return whether another table begins at a row: its title, or its heading."""
    row, after = sheet.rows[at : at + 2]
    apart = sheet.numbers[at] > sheet.numbers[at - 1] + 1
    titled = bool(row[0]) and not any(row[1:])
    if titled and not re.search("[：:。；]", NUMBERED.sub("", row[0]).rstrip("：:")):
        return _names_columns(after, headings) or (apart and _like_heading(after, sheet.rows[at + 2 : at + 3]))
    return apart and not titled and _names_columns(row, headings) and any(row[1:])


def _names_columns(row: Sequence[str], headings: Collection[str]) -> bool:
    filled = [cell.lower() for cell in named_columns(row) if not cell.startswith(UNNAMED)]
    known = sum(cell in headings or BRACKETS.sub("", cell) in headings for cell in filled)
    return known > 1 and 2 * known >= len(filled) and not any(map(str.isdecimal, "".join(filled)))


def _like_heading(row: Sequence[str], following: Sequence[Sequence[str]]) -> bool:
    """Return whether a row looks like a heading of unknown columns: short texts, with a number below one of them."""
    filled = [at for at, cell in enumerate(row) if cell]
    plain = all(len(row[at]) < 15 and not _NUMBER.fullmatch(row[at]) for at in filled)
    numbers = any(_NUMBER.fullmatch(below[at]) for below in following for at in filled)
    return len(filled) > 2 and bool(row[0]) and plain and numbers


def _block(sheet: Sheet, start: int, end: int) -> Sheet:
    """Return a table that begins at a row of a sheet: its title, if it has one, its heading, and its rows."""
    titled = not any(sheet.rows[start][1:])
    head = start + titled
    divided = two_rows_of_heading(*sheet.rows[head : head + 2]) if head + 2 < end else []
    body = slice(head + 1 + bool(divided), end)
    above = {sheet.numbers[start]: sheet.rows[start][0]} if titled else {}
    own = replace(sheet, head=tuple(named_columns(divided or sheet.rows[head])), above=above)
    return replace(own, rows=sheet.rows[body], numbers=sheet.numbers[body], heading=sheet.numbers[head])


def listed_bodies(lines: Mapping[int, str], titled: Callable[[str], bool]) -> dict[int, str]:
    """Return a numbered list of bodies among lines, with the line before it that is its title; {} if there is none."""
    starts = [number for number, text in lines.items() if titled(text) and not _BODY.fullmatch(text)]
    listed = {number: text for number, text in lines.items() if starts and number > starts[0] and _BODY.fullmatch(text)}
    return {starts[0]: lines[starts[0]], **listed} if listed else {}


def bodies_listed(sheet: Sheet, lines: Mapping[int, str], words: Words, notes: Problems) -> Sheet:
    """Return a list of bodies as a sheet: each line has a name and, after commas, the year of joining and the role."""
    (number, title), *items = lines.items()
    rows: list[tuple[str, ...]] = []
    for body in filter(None, (_BODY.fullmatch(text) for _, text in items)):
        parts = re.split("[，,；;]", body[3])
        since = [day[1] for day in map(_SINCE.fullmatch, parts) if day]
        role = "，".join(part for part in parts if not _SINCE.fullmatch(part))
        rows.append((body[1], body[2] or "", "".join(since[:1]), role))
    what = tr("the list above the heading is read as a table: {names}", names=tr_list(row[0] for row in rows))
    notes.append(Problem(Place(sheet.file, number), what))
    head, numbers = ("organisation", *words["short_name"], "from_date", "role"), tuple(lines)[1:]
    others = {line: text for line, text in sheet.above.items() if line not in lines}  # one may name the source
    lines = {number: title, **others}
    return replace(sheet, head=head, rows=tuple(rows), numbers=numbers, heading=number, above=lines)


def names_in_one(head: Sequence[str], words: Words) -> tuple[str, ...]:
    """Return a head in which a column of names in two languages has the name's heading, and a second one is English.

    The first such name of a head is the name of its rows; others stay unchanged.
    """
    parts = [_IN_A_LANGUAGE.fullmatch(each.lower()) for each in head]
    named = {*called(words, "city"), *called(words, "organisation"), *called(words, "names.zh")}
    split = [
        (each[1], each[2]) if each and (each[1] in named or each[1].endswith("名称")) else ("", "") for each in parts
    ]
    own = [name for name, part in split if part in words["in_chinese"]]
    other = [name for name, part in split if part in words["in_other_letters"]]
    name = next((each for each in other if each in own or each in map(str.lower, head)), "")
    if not name:
        return tuple(head)
    whole = {
        part: (name if part in words["in_chinese"] else words["in_other_letters_called"][0])
        for each, part in split
        if each == name and part in (*words["in_chinese"], *words["in_other_letters"])
    }
    return tuple(whole.get(part, each) if own == name else each for each, (own, part) in zip(head, split, strict=True))


def with_heads_read(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Complete the headings of a sheet: names in two languages, and levels."""
    return _with_levels(_with_names_in_one(sheet, words, notes), words)


def _with_names_in_one(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet with the first name in Latin letters as the name in the other language."""
    head, place = names_in_one(sheet.head, words), Place(sheet.file, sheet.heading)
    changed = [at for at, name in enumerate(head) if name != sheet.head[at]]
    for at in changed:
        what = tr("the heading '{column}' is read as {meant}", column=sheet.head[at], meant=head[at])
        notes.append(Problem(place, what))
    rows = [[*row] for row in sheet.rows]
    foreign = [at for at in changed if head[at] == words["in_other_letters_called"][0]]
    left: list[str] = []
    for number, row in zip(sheet.numbers, rows, strict=True):
        for at in (at for at in foreign if row[at]):
            meant = next(filter(_in_latin_letters, re.split(r"\s*[/／]\s*", row[at])), "")
            what = tr("'{text}' is read as {meant}", text=row[at], meant=meant)
            notes += [Problem(Place(sheet.file, number, head[at]), what)] if meant not in ("", row[at]) else []
            left += [] if meant else [row[at]]
            row[at] = meant
    what = tr("not in Latin letters, so not read as English names: {texts}", texts=tr_list(left))
    notes += [Problem(place, what)] if left else []
    return replace(sheet, head=head, rows=tuple(map(tuple, rows)))


def with_names_apart(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a list of partners, or of bodies by its heading, with names in two scripts separated: 长崎 Nagasaki."""
    plain = replace(sheet, head=tuple(BRACKETS.sub("", head) for head in sheet.head))
    at = place_of(plain, called(words, "city" if sheet.table in PARTNERS else "organisation")[1:])  # lists have both
    both = r"\W?".join(f"(?:{'|'.join(words[key])})" for key in ("in_chinese", "in_other_letters"))
    in_both = sheet.table == MEMBERSHIPS and re.search(rf"[（(]{both}[)）]", sheet.head[at])
    if at < 0 or (sheet.table not in PARTNERS and not in_both):
        return sheet
    pairs, beside = [_TWO_SCRIPTS.fullmatch(row[at]) for row in sheet.rows], place_of(sheet, ("英文名", "英文"))
    rows, own = [[*row, *[""] * (beside < 0)] for row in sheet.rows], words["in_other_letters_called"][beside >= 0 :]
    for number, row, pair in zip(sheet.numbers, rows, pairs, strict=True):
        if pair and _in_latin_letters(pair[2]):
            what = tr("'{text}' is read as {meant}", text=row[at], meant=tr_list(pair.groups()))
            notes.append(Problem(Place(sheet.file, number, sheet.head[at]), what))
            row[at], row[beside] = pair[1], row[beside] or pair[2]
    return replace(sheet, head=(*sheet.head, *own), rows=tuple(map(tuple, rows))) if any(pairs) else sheet


def _in_latin_letters(text: str) -> bool:
    return any(map(str.isalpha, text)) and all("LATIN" in unicodedata.name(e, "") for e in text if e.isalpha())


def grades_called(choices: Mapping[str, Collection[str]]) -> Mapping[str, tuple[str, ...]]:
    """Return the words for grades of sources among those for choices by their forms."""
    return {"grades": tuple(w for key, known in choices.items() if key.startswith("sources.grade.") for w in known)}


def _with_levels(sheet: Sheet, words: Words) -> Sheet:
    """Return a sheet with its column 级别 read as grades of sources if it holds grades: consulates have levels, too."""
    head = [*sheet.head]
    for at in (at for at, name in enumerate(head) if name.lower() in words["levels"]):
        cells = [row[at].lower() for row in sheet.rows if row[at]]
        if any(cell in words["grades"] for cell in cells):
            head[at] = words["column.sources.grade"][0]
    return replace(sheet, head=tuple(head))


def title_called(name: str, granted: str, words: Words) -> str:
    """Return the title in a name, if the program has an English name for it, or else the first body that granted it."""
    plain = _QUOTES.sub("", name)
    known = (each for each in words["titles_known"] if each in plain)
    return max(known, key=len, default=_LISTED.split(granted)[0])


def _with_titles_named(sheet: Sheet, role: int, noted: int, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of bodies with roles that are titles or seats on a board named so; this is noted."""
    granted, board = (re.compile("|".join(words[each])) for each in ("granted", "board"))
    rows = [[*row] for row in sheet.rows]
    for number, row in zip(sheet.numbers, rows, strict=True):
        text, seat = row[role], board.search(row[role]) and not any(word in row[role] for word in words["denied"])
        if granted.fullmatch(text) or seat:
            row[role] = words["board_called" if seat else "titles_called"][0]
            what = tr("'{text}' is read as '{name}'", text=text, name=row[role])
            notes.append(Problem(Place(sheet.file, number, sheet.head[role]), what))
        if seat and noted >= 0:
            row[noted] = "；".join(filter(None, (row[noted], text)))
    return replace(sheet, rows=tuple(map(tuple, rows)))


def with_roles_found(sheet: Sheet, words: Words, problems: Problems, notes: Problems) -> Sheet:
    """Return a list of bodies and honours with the roles found in names and remarks, if no column has them.

    A prize or title belongs to the body that granted it, by its column. Anything else is noted and left out. A time
    that is about events instead of joining is a problem.
    """
    plain = replace(sheet, head=tuple(BRACKETS.sub("", head) for head in sheet.head))
    keys = ("organisation", "note", "from_date")
    named, noted, joined = (place_of(plain, called(words, key)) for key in keys)
    granted = place_of(plain, words["granted_by"])
    if (role := place_of(plain, called(words, "role"))) >= 0:
        return _with_titles_named(sheet, role, noted, words, notes)
    if named < 0:
        return sheet
    roles, titles = "|".join(words["roles_said"]), re.compile("|".join(words["titles_end"]))
    denied = (*(word for word in words["denied"] if word != "是否"), "准")  # 是否会员 is asked about
    rows: list[tuple[str, ...]] = []
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        cells, found_role = [*row], ""
        remark = re.search(roles, row[noted]) if noted >= 0 else None
        if behind := re.search(rf"[（(]?({roles})[)）]?$", row[named]):
            name, found_role = row[named][: behind.start()].strip(), behind[1]
            cells[named], found_role = (row[named], "") if name.endswith(denied) else (name, found_role)
        elif titles.search(_QUOTES.sub("", BRACKETS.sub("", row[named]))):
            if granted >= 0 and row[granted]:
                found_role, cells[named] = words["titles_called"][0], title_called(row[named], row[granted], words)
                body = _LISTED.split(row[granted])[0]
                what = tr("'{name}' is read as a title granted by {body}", name=row[named], body=body)
                notes.append(Problem(Place(sheet.file, number, sheet.head[named]), what))
                if noted >= 0:
                    cells[noted] = "；".join(filter(None, (row[named], row[noted])))
        elif remark and not row[noted][: remark.start()].endswith(denied):
            found_role = remark[0]
        if found_role and joined >= 0 and (len(YEAR.findall(row[joined])) > 1 or re.search("[届办会]", row[joined])):
            what = tr("'{text}' tells of events, and not when the city joined", text=row[joined])
            hint = tr("write the year of joining, such as 1985, and the rest as a remark; blank if it is not known")
            problems.append(Problem(Place(sheet.file, number, sheet.head[joined]), what, hint))
            cells[joined] = ""
        rows.append((*cells, found_role))
    if not any(row[-1] for row in rows):
        return sheet
    left = tr_list(row[named] for row in rows if not row[-1])
    what = tr("by their names and remarks neither memberships nor titles, so not used: {names}", names=left)
    notes += [Problem(Place(sheet.file, sheet.heading), what)] if left else []
    head = (*(words[IGNORED][0] if at == granted else each for at, each in enumerate(sheet.head)), "role")
    return kept(replace(sheet, head=head, rows=tuple(rows)), (bool(row[-1]) for row in rows))


def kind_called(text: str, words: Mapping[str, Sequence[str]]) -> tuple[str, str]:
    """Return the table and the kind of partner that a text names without a doubt; "" for both if none or two."""
    beside = "|".join((*words["row_doubts"], *words["intents"]))
    parts = re.split("[?？；;，,（()）]", NUMBERED.sub("", text, count=1).lower())
    named = {each.strip() for part in parts for each in (part, re.split(beside, part)[0])}
    found = {key[6:]: word for key, known in words.items() if key[:6] == "kinds." for word in known if word in named}
    return next(iter(found.items())) if len(found) == 1 else ("", "")


def kind_named(text: str, words: Mapping[str, Sequence[str]]) -> str:
    """Return the table of the kind of partner that a text names; "" if it names none."""
    return kind_called(text, words)[0]


def headed_by_ids(
    sheet: Sheet, schema: Schema, labels: Labels, problems: Problems, left_out: Problems
) -> tuple[Sheet, Sheet]:
    """Return a sheet with its columns named by ids and without columns that the table does not have; and a second one.

    A column that may be a misspelt or missing one of the table is a problem. One that may be an optional column
    is no problem and is not read. The second sheet has such columns only, so that
    faults below them are reported in the same round.
    """
    headings, place = labels.headings(schema), Place(sheet.file, sheet.heading)
    columns = tuple(column_meant(head, headings) for head in sheet.head)
    title = sheet.file.partition("[")[2].removesuffix("]") or schema.name
    unnamed = [
        at for at, head in enumerate(sheet.head) if head.startswith(UNNAMED) and not any(row[at] for row in sheet.rows)
    ]
    ignored = [word for key in (IGNORED, "level", "event_name") for word in labels.further.get(key, ())]
    gone: dict[int, object] = {}
    supposed: dict[int, str] = {}
    for at, head in (
        (at, each)
        for at, (each, column) in enumerate(zip(sheet.head, columns, strict=True))
        if not column and each.lower() not in ignored and at not in unnamed
    ):
        meant = headings.get(corrected_typo(head, headings), "")
        if meant and meant not in columns and (not has_han(head) or schema.columns[meant].required):
            what = tr("'{value}' is not a column of {table}", value=head, table=title)
            allowed = tr("allowed: {values}", values=labels.column_for_user(schema.name, meant))
            problems.append(Problem(place, what, allowed if has_han(head) else nearest(head, [meant])))
            columns = (*columns[:at], meant, *columns[at + 1 :])  # so that faults below it are reported as well
        elif meant and meant not in columns:
            column, supposed[at] = labels.column_for_user(schema.name, meant), meant
            gone[at] = tr("{head} (is it {column}? then call it so)", head=head, column=column)
        else:
            gone[at] = head
    note_left_out(sheet, gone, labels.further, problems, left_out)
    if sheet.above:
        what = tr("'{text}' is above the heading and is left out", text=" ".join(sheet.above.values()))
        left_out.append(Problem(Place(sheet.file, min(sheet.above)), what))
    sheet = with_years_of_numbers(sheet, columns, schema, labels, problems=problems, notes=left_out)
    cells = tuple(tuple(row[at] for at in supposed) for row in sheet.rows)
    perhaps = replace(sheet, head=tuple(supposed.values()), rows=cells)
    sheet = with_notes_joined(sheet, columns)
    own = columns_once(sheet, columns, problems)
    used = [at for at, column in enumerate(columns) if column and at in own]
    rows = tuple(tuple(row[at] for at in used) for row in sheet.rows)
    cited = {column: sheet.cited.get(head, "") for head, column in zip(sheet.head, columns, strict=True) if column}
    return with_cited(replace(sheet, head=tuple(columns[at] for at in used), rows=rows), cited), perhaps


def texts_apart(sheet: Sheet, words: Words) -> dict[int, str]:
    """Return the sums and notes among the rows of a sheet, by row.

    A single text in one of the last rows is a note, too, in any column, if it is a sentence or follows a blank row.
    """
    rows = dict(zip(sheet.numbers, sheet.rows, strict=True))
    found = {number: text for number, row in rows.items() if (text := text_apart(row, words))}
    for number in reversed(sheet.numbers if len(sheet.head) > 2 and sheet.table != "plan" else ()):
        alone = [cell for cell in rows[number] if cell]
        if number in found:
            continue
        if len(alone) > 1 or not (re.search("[，。；]", alone[0]) or number - 1 not in rows):
            break
        found[number] = alone[0]
    return found
