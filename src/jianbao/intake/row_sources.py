"""Check where rows come from: those that somebody only told, and sources that are older than what they prove."""

import re
from collections.abc import Mapping
from dataclasses import replace

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.intake.own_lists import DATES, clauses
from jianbao.intake.remarks import ORAL
from jianbao.intake.sheets import SOURCE, VISITS, YEAR, Words, place_of
from jianbao.intake.sources import OWN

KEPT = frozenset(OWN) - {VISITS}  # tables in which rows that are not to count stay as unverified
_CLAUSE = re.compile("[，,；;。]")


def with_sourced_rows(
    sheets: Mapping[str, Sheet], words: Words, problems: Problems, notes: Problems
) -> dict[str, Sheet]:
    """Leave out rows that were only told, but no tasks, and note sources that are older than what they prove."""
    for sheet in sheets.values():
        _note_earlier_sources(sheet, words, notes)
    tasks = {name: sheet for name, sheet in sheets.items() if sheet.table == "plan"}
    return {n: each if n in tasks else with_oral_rows(each, words, problems, notes) for n, each in sheets.items()}


def _note_earlier_sources(sheet: Sheet, words: Words, notes: Problems) -> None:
    """Note the rows whose sources are all from years before the year that the row is about."""
    at = place_of(sheet, [word for key in DATES for word in words[key]])
    cited = sheet.head.index(SOURCE) if SOURCE in sheet.head else -1
    found: dict[int, Translatable] = {}
    for number, row in zip(sheet.numbers, sheet.rows, strict=True) if min(at, cited) >= 0 else ():
        year = YEAR.search(row[at])
        dated = [max(YEAR.findall(part), default="9999") for part in re.split("[;；]", row[cited])]
        if year and row[cited] and max(dated) < year[0]:
            found[number] = tr("row {row} ({text})", row=number, text=f"{row[at]}：{row[cited]}")
    if found:
        what = tr(
            "these sources are older than what they are to prove; please check: {rows}", rows=tr_list(found.values())
        )
        notes.append(Problem(Place(sheet.file, min(found)), what))


def with_oral_rows(sheet: Sheet, words: Words, problems: Problems, notes: Problems) -> Sheet:
    """Return a sheet without the rows of which somebody only spoke, until they are said to count or not to.

    What says so is then their source, if they name none. One that is not to count stays as unverified, but no visit.
    """
    plain = [re.sub(r"\s*[（(].*", "", head).lower() for head in sheet.head]
    cited = plain.index("source") if "source" in plain else -1
    noted = [at for at, head in enumerate(plain) if head in words["column.note"]]
    answers = (*words["counted"], *words["not_counted"])
    answered = re.compile(rf"\s*[，,；;]\s*({'|'.join(map(re.escape, answers))})\s*$")
    rows: dict[int, tuple[str, ...]] = {}
    left: list[int] = []
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        at, oral = next(((at, text) for at in (*noted, cited) if at >= 0 and (text := _oral(row[at], words))), (-1, ""))
        told = (*noted, *([cited] if cited >= 0 else []))
        said = {*clauses(row[each] for each in told)}
        uncounted = bool(said & {*words["not_counted"]})
        if oral and uncounted and (sheet.table not in KEPT or not noted):
            left.append(number)
        elif oral and not uncounted and not said & {*words["counted"]}:
            what = tr(ORAL, value=oral)
            hint = tr("write behind the remark ‘; counted’, and that is its source; or ‘; not counted’")
            problems.append(Problem(Place(sheet.file, number, sheet.head[at]), what, hint))
        else:
            cells = [*row]
            answer = answered.search(row[cited]) if cited >= 0 else None
            if answer and noted and (row[noted[0]] or uncounted):  # it settles a doubt of the remark, too
                cells[noted[0]] = f"{row[noted[0]]}；{answer[1]}".lstrip("；")
            if cited >= 0:
                cells[cited] = answered.sub("", row[cited]) or oral
            rows[number] = tuple(cells)
    if left:
        what = tr("by their remarks these rows are not counted, and are left out: rows {rows}", rows=tr_list(left))
        notes.append(Problem(Place(sheet.file, left[0]), what))
    return replace(sheet, rows=tuple(rows.values()), numbers=tuple(rows))


def _oral(text: str, words: Words) -> str:
    """Return the clause of a text by which somebody only spoke of its row; "" if there is none."""
    return next((each.strip() for each in _CLAUSE.split(text) if re.fullmatch(words["oral"][0], each.strip())), "")
