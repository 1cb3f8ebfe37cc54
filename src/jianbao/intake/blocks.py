"""Read the tables of delivered sheets, and the totals that they state below the rows, beside them or in notes."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.csv_files import UNNAMED, Sheet
from jianbao.data.xlsx_reader import Pages
from jianbao.intake.bodies import lists_consulates, names_event, no_own_event
from jianbao.intake.heads import blocks_of, bodies_listed, kind_named, listed_bodies, with_heads_read
from jianbao.intake.labels import named_within
from jianbao.intake.remarks import text_apart
from jianbao.intake.sheets import (
    BRACKETS,
    CONSULATES,
    EVENTS,
    MEMBERSHIPS,
    PARTNERS,
    Setting,
    Words,
    called,
    consulates_elsewhere,
    place_of,
    places_of_consulates,
)
from jianbao.intake.sources import cited_source, title_as_source

Known = tuple[Collection[str], Callable[[Sequence[str]], str]]
COUNTRIES = {"sister_cities": "sister_countries", "exchange_cities": "exchange_countries"}  # beside these totals
EVERY, EVERY_COUNTRY = "partners", "partner_countries"
_NUMBER = re.compile(r"[-+]?\d[\d,.]*%?")
_DAY = r"(?:19|20)\d\d\s*[年.\-/]\s*\d{1,2}(?:\s*[月.\-/]\s*\d{1,2}(?!\d)日?|月)?"
_DATED = re.compile(_DAY)


@dataclass(frozen=True, kw_only=True)
class Stated:
    """A total that a delivery states: the indicator, the number and its period as they are written, and where."""

    indicator: str
    value: str
    period: str
    place: Place
    note: str = ""
    source: str = ""


def without_sides(sheet: Sheet, words: Words) -> tuple[Sheet, Sheet | None]:
    """Return a sheet without the table of totals to the right of an empty column, and that table.

    Such a table has a column of times and one that names a total.
    """
    blank = [
        at for at, head in enumerate(sheet.head) if head.startswith(UNNAMED) and not any(r[at] for r in sheet.rows)
    ]
    gap = next((at for at in blank if 1 < at < len(sheet.head) - 2), -1)
    side = replace(sheet, head=sheet.head[gap + 1 :], rows=tuple(row[gap + 1 :] for row in sheet.rows))
    if gap < 0 or _time_at(side, words) < 0 or not _totals_at(side, words):
        return sheet, None
    rows = [(number, row[:gap]) for number, row in zip(sheet.numbers, sheet.rows, strict=True) if any(row[:gap])]
    main = replace(sheet, head=sheet.head[:gap], rows=tuple(row for _, row in rows), numbers=tuple(n for n, _ in rows))
    return main, side


def _time_at(sheet: Sheet, words: Words) -> int:
    return place_of(sheet, (*called(words, "period"), *words["day"], *called(words, "year")))


def _totals_at(sheet: Sheet, words: Words) -> dict[int, str]:
    """Return the columns that name totals, each with its indicator; EVERY where a total may cover one kind or both."""
    found: dict[int, str] = {}
    for at, head in enumerate(sheet.head):
        plain = BRACKETS.sub("", head)
        named = (
            key.partition(".")[2] for key, known in words.items() if key.startswith("totals_of.") and plain in known
        )
        if kind := next(named, ""):
            found[at] = kind
    return found if any(kind != "countries" for kind in found.values()) else {}


def _numbers(words: Words) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a total of partners, a number of countries, and a number followed by a remark."""
    sums, about, counters, partners, countries = (
        "|".join(sorted(words[key], key=len, reverse=True))
        for key in ("sums", "about_totals", "counters_of_totals", "counted_partners", "counters.countries")
    )
    number = rf"((?:{about})?\s*\d[\d,]*)"
    return (
        re.compile(rf"(?:{sums})?[：:\s]*{number}\s*({counters})?(?:{partners})?"),
        re.compile(rf"{number}\s*(?:{countries})"),
        re.compile(rf"\s*{number}\s*(?:{counters})?\s*(?:[（(]([^（）()]*)[)）])?\s*"),
    )


def totals_beside(side: Sheet, source: str, words: Words, notes: Problems) -> Iterator[Stated]:
    """Yield the totals of a table with a column of times; add a note on rows without a number."""
    time, columns, number_in = _time_at(side, words), _totals_at(side, words), _numbers(words)[2]
    titled = " ".join(side.above.values())
    both = any(word in titled for word in words["totals_of.partners"])
    left: list[str] = []
    for number, row in zip(side.numbers, side.rows, strict=True):
        values = {at: found[1] for at in columns if (found := number_in.fullmatch(row[at]))}
        if row[time] and not values:
            left.append(row[time])
        for at, value in values.items():
            kind = EVERY if both and columns[at] != "countries" else columns[at]
            yield Stated(
                indicator=EVERY_COUNTRY if kind == "countries" else kind,
                value=value,
                period=row[time],
                place=Place(side.file, number, side.head[at]),
                source=source,
            )
    if left:
        what = tr("lines without a number of their own are left out: {texts}", texts=tr_list(left))
        notes.append(Problem(Place(side.file, side.heading), what))


def totals_below(sheet: Sheet, words: Words) -> Iterator[Stated]:
    """Yield the totals below a list of partners or consulates: how many there are, and from how many countries.

    A dated list of consulates states its own number of rows.
    """
    elsewhere = sheet.table == CONSULATES and consulates_elsewhere(sheet, words)  # its totals are elsewhere, too
    if sheet.table not in (*PARTNERS, CONSULATES) or elsewhere:
        return
    total, consulates_by_country, _ = _numbers(words)
    as_of = re.compile(rf"(?:{'|'.join(words['as_of'])})\s*({_DAY}|(?:19|20)\d\d年?底?)")
    titled = as_of.search(" ".join(sheet.above.values()))
    if sheet.table == CONSULATES and titled:  # whose rows have no date of their own
        count = sum(not text_apart(row, words) for row in sheet.rows)
        place, source = Place(sheet.file, min(sheet.above)), source_of_totals(sheet, words)
        yield Stated(indicator=CONSULATES, value=str(count), period=titled[1], place=place, source=source)
    counted = [place_of(sheet, called(words, each)) for each in ("city", "country")]
    kinds_in = place_of(sheet, words["kind"])
    listed = [row for row in sheet.rows if not text_apart(row, words)]
    mixed = kinds_in >= 0 and len({kind_named(row[kinds_in], words) for row in listed} - {""}) > 1
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        text = text_apart(row, words)
        if not text or not any("".join(cell.split()) in words["sums"] or total.fullmatch(cell) for cell in row[:2]):
            continue
        cells = [(at, cell) for at, cell in enumerate(row) if cell and len(cell) < 20]
        totals = [m[1] for at, cell in cells if (m := total.fullmatch(cell)) and (m[2] or at in counted)]
        countries = [m[1] for _, cell in cells if (m := consulates_by_country.fullmatch(cell))]
        long = "；".join(cell for cell in row if len(cell) > 5 and not total.fullmatch(cell))
        day = as_of.search(text) or _DATED.search(text) or titled
        period = (day[1] if day and day.re is as_of else day[0]) if day else ""
        totals = [each for each in totals if not mixed or each != str(len(listed))]
        of = (EVERY, EVERY_COUNTRY) if mixed else (sheet.table, COUNTRIES.get(sheet.table, ""))
        kinds = dict(zip(of, (totals, countries), strict=True))
        for kind, values in kinds.items():
            if kind and values:
                at, source = Place(sheet.file, number), source_of_totals(sheet, words)
                yield Stated(indicator=kind, value=values[0], period=period, place=at, note=long, source=source)


def totals_in_notes(sheet: Sheet, words: Words, notes: Problems) -> Iterator[Stated]:
    """Yield the totals that notes below the rows of a sheet state, each in a clause with what is counted.

    A clause with a number of countries and one of cities is about the partners that the sheet lists.
    """
    named = {word: kind for kind in (EVERY, *PARTNERS, CONSULATES) for word in words[f"noted_totals.{kind}"]}
    about, counters, every, day, partners = (
        "|".join(sorted(words[key], key=len, reverse=True))
        for key in ("about_totals", "counters_of_totals", "in_all", "as_of", "counted_partners")
    )
    longest = "|".join(sorted(named, key=len, reverse=True))
    as_of = re.compile(rf"(?:{day})\s*({_DAY}|(?:19|20)\d\d年?底?)")
    total = re.compile(rf"([^\d]{{0,6}}?)({longest})(?:{every})?((?:{about})?\d+)(?:{counters})(.*)")
    count = rf"((?:{about})?\d+)"
    # 报道为26个（…）
    public = re.compile(rf"(.*)({'|'.join(words['said_in_public'])})为{count}(?:{counters})([（(].*)")
    counted = rf"{count}个?国家?的?{count}(?:{counters})?(?:{partners}|城)"
    both = re.compile(rf"(?:\d[.、．])?([^\d]{{0,8}}?)(?:{every})[“\"]?{counted}[”\"]?(?:[（(](.*)[)）])?")
    listed = (sheet.table, COUNTRIES[sheet.table]) if sheet.table in PARTNERS else ()
    cited_behind = re.compile(rf"见\s*([^，,。；;]*(?:{'|'.join(words['report_ends'])})(?:\s*{_DAY})?)")
    elsewhere = sheet.table == CONSULATES and consulates_elsewhere(sheet, words)
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        text = text_apart(row, words)
        sentences = re.split("[。；;]", text) if text and row[0] not in words["sums"] else []
        for at, sentence in enumerate(sentences):
            dated, seen = as_of.search(sentence), cited_behind.search("。".join(sentences[at : at + 2]))
            for clause in re.split("[，,：:](?![^（(]*[)）])", as_of.sub("", sentence)):
                found, cities = total.fullmatch(clause.strip()), both.fullmatch(clause.strip()) if listed else None
                report = public.fullmatch(clause.strip()) if listed and not found else None
                beside = f"{found[1]}{BRACKETS.sub('', found[4])[:3]}" if found else cities[1] if cities else ""
                other = found and (elsewhere or any(places_of_consulates(found[0], words)))
                if other or not (found or cities or report) or any(word in beside for word in words["not_in_all"]):
                    continue
                what = tr("the note states a total: {text}", text=sentence.strip())
                notes.append(Problem(place := Place(sheet.file, number), what))
                stated, until = found or report, dated[1] if dated else ""
                behind = stated[4] if stated else ""
                period, source = _day_and_source(report[1] if report else "", behind, seen[1] if seen else "", until)
                source = source or source_of_totals(sheet, words)
                kinds = {named.get(stated[2], sheet.table): stated[3]} if stated else {}
                kinds = _with_parts(kinds, behind, named, count) if stated else {}
                if cities:
                    of = (EVERY, EVERY_COUNTRY) if _of_every_kind(cities[4] or "", words) else listed
                    kinds |= dict(zip(of, (cities[3], cities[2]), strict=True))
                for kind, value in kinds.items():
                    yield Stated(indicator=kind, value=value, period=period, place=place, note=text, source=source)


def _day_and_source(before: str, behind: str, seen: str, period: str) -> tuple[str, str]:
    """Return the day of a total, if it is not known yet, and its source: the brackets after it, or what it refers to.

    The text before a total may give the day only.
    """
    cited = re.fullmatch(r"[（(]([^（）()]+)[)）]", behind.strip())  # 近40个（中新网2023-2-13）
    source = cited[1] if cited and _DATED.search(cited[1]) else seen
    day = _DATED.search(source) or _DATED.search(before)
    return period or (day[0] if day else ""), source


def _with_parts(total: Mapping[str, str], remark: str, named: Mapping[str, str], count: str) -> dict[str, str]:
    """Return a total with what the brackets after it say: the number of countries, or the number of each kind.

    A remark that names several kinds makes it a total of all of them.
    """
    parts = {named[word]: number for word in sorted(named, key=len) for number in re.findall(rf"{word}{count}", remark)}
    if {*PARTNERS} <= parts.keys():
        return {EVERY: next(iter(total.values())), **{kind: parts[kind] for kind in PARTNERS}}
    kind, countries = next(iter(total)), re.match(rf"\s*[（(]\D{{0,4}}{count}个?国家?[)）]", remark)
    return {**total, **({COUNTRIES[kind]: countries[1]} if countries and kind in COUNTRIES else {})}


def _of_every_kind(remark: str, words: Words) -> bool:
    """Return whether a remark on a total says that it covers more than sister cities."""
    return any(word in remark for word in (*words["kinds.exchange_cities"], *words["noted_totals.partners"]))


def source_of_totals(sheet: Sheet, words: Words) -> str:
    """Return the source that a note on a sheet names for totals, or else the source of the sheet, or its title."""
    texts = [text for row in sheet.rows if (text := text_apart(row, words))]
    found = re.search(r"总数[^：:。；]{0,6}来源[：:]\s*([^。；]+)", " ".join((*sheet.above.values(), *texts)))
    if found:
        return found[1].strip()
    cited = next(filter(None, (cited_source(text, words) for text in (*texts, *sheet.above.values()))), None)
    return cited[0] if cited else title_as_source(sheet)[0] or sheet.file.partition("[")[2].removesuffix("]")


def totals_in_rows(sheet: Sheet, words: Words) -> dict[int, Stated]:
    """Return the totals of partners and consulates that a table of indicators names in its labels, by row."""
    label, value = place_of(sheet, words["label"]), place_of(sheet, called(words, "value"))
    time, noted = _time_at(sheet, words), place_of(sheet, called(words, "note"))
    kinds = {each: word for each in (*PARTNERS[:1], CONSULATES) for word in words[f"measures.{each}"]}
    found: dict[int, Stated] = {}
    for number, row in zip(sheet.numbers, sheet.rows, strict=True) if min(label, value) >= 0 else ():
        named = [k for k in kinds for word in words[f"measures.{k}"] if row[label].endswith(word)]
        number_of = _numbers(words)[2].fullmatch(row[value])
        if not named or not number_of or any(places_of_consulates(row[label], words)):
            continue
        note = "；".join(filter(None, (number_of[2], row[noted] if noted >= 0 else "")))
        place, source = Place(sheet.file, number, sheet.head[value]), source_of_totals(sheet, words)
        period = row[time] if time >= 0 else ""
        found[number] = Stated(
            indicator=named[0], value=number_of[1], period=period, place=place, note=note, source=source
        )
    return found


def own_event(blocks: Sequence[Sheet], own: Sequence[str], words: Words, problems: Problems, notes: Problems) -> Sheet:
    """Return the first table; of several of events, the one titled after the city's own; if unclear, add a problem."""
    if blocks[0].table != EVENTS or len(blocks) < 2:
        return blocks[0]
    titles = [_titles(each) for each in blocks]
    ends = re.compile(rf"(?:{'|'.join(words['event_title_ends'])})+$")
    names = [[ends.sub("", BRACKETS.sub("", text)).strip() for text in each] for each in titles]
    fits = [any(names_event(text, name) for name in own for text in each) for each in names]
    mine = [*compress(blocks, fits)]
    chosen = mine[0] if len(mine) == 1 else blocks[0]
    shown = [text for each, title in zip(blocks, titles, strict=True) if each is not chosen for text in title[-1:]]
    if len(mine) == 1:
        what = tr("other events are left out: {names}", names=tr_list(shown))
        notes.append(Problem(Place(chosen.file, chosen.heading), what))
    else:
        problems.append(no_own_event(chosen, [text for title in titles for text in title[-1:]]))
    return chosen


def _titles(sheet: Sheet) -> list[str]:
    """Return the lines above a sheet, without the first row of a heading that has two rows."""
    groups = {part for head in sheet.head for part in head.split("/")}
    lines = [(text, text.split()) for text in sheet.above.values()]
    return [text for text, parts in lines if len(parts) < 2 or 2 * sum(part in groups for part in parts) < len(parts)]


def _note_not_used(block: Sheet, totals: Mapping[int, Stated], notes: Problems) -> None:
    """Add to the notes that a table is not used, and which of its rows are read as totals."""
    place, title = Place(block.file, block.heading), next(iter(block.above.values()), tr_list(block.head))
    notes.append(Problem(place, tr("further tables on the sheet that the brief does not use: {names}", names=title)))
    if totals:
        rows = tr_list(totals)
        notes.append(Problem(place, tr("of '{title}' the brief uses rows {rows}, as totals", title=title, rows=rows)))


def tables_of(
    pages: Pages,
    titles: Mapping[str, str],
    known: Known,
    words: Words,
    setting: Setting,
    *,
    problems: Problems,
    notes: Problems,
) -> tuple[dict[str, Sheet], list[Stated]]:
    """Return the tables of sheets and the totals they state; a sheet may have several, or a list above its heading.

    A sheet whose title and first heading name no table may have a table further down.

    `titles` maps each possible title to its table; `known` has all headings, and how to recognise a table by its own.
    """
    found, (headings, by_head) = {name: each for name, each in pages.sheets.items() if each.rows}, known
    stated: list[Stated] = []
    for name, sheet in [*found.items(), *(("", each) for each in pages.others.values() if each.rows)]:
        first, *others = (with_heads_read(each, words, notes) for each in blocks_of(sheet, headings))
        first = own_event((first, *others), setting.events, words, problems, notes)
        first, side = without_sides(first, words)
        stated += totals_below(first, words)
        stated += totals_in_notes(sheet if others and name != EVENTS else first, words, notes)  # below all its tables
        if side:
            stated += totals_beside(side, source_of_totals(first, words), words, notes)
        lists = listed_bodies(sheet.above, lambda text: named_within(text, titles) == MEMBERSHIPS)
        first = replace(first, above={at: text for at, text in first.above.items() if at not in lists})
        found |= {name: first} if name else {}
        bodies = [bodies_listed(sheet, lists, words, notes)] if lists else []
        if not name and CONSULATES not in pages.sheets and lists_consulates(first, words):
            found[CONSULATES] = replace(first, table=CONSULATES)
        before, beside = len(found), [] if name else [first]  # which is no table, or it would have a name
        for block in (*bodies, *([] if name == EVENTS else others)):
            table = named_within(next(iter(block.above.values()), ""), titles) or by_head(block.head)
            if table and table not in found:  # a heading within a list is no source, and the title of the list is
                above = first.above if {name, table} <= {*PARTNERS} else {}
                found[table] = replace(block, table=table, above={**block.above, **above})
            else:
                beside.append(block)
        for block in beside:
            totals = totals_in_rows(block, words)
            stated += totals.values()
            if name or totals or len(found) > before:
                _note_not_used(block, totals, notes)
    return found, stated
