"""Rearrange the sheets of a delivery into the layout of the workspace: measures, events, visits, plans, sources."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.csv_files import Sheet, rows_in
from jianbao.data.dates import read_due
from jianbao.intake.bodies import (
    ORDINAL,
    begins_name,
    bodies_and_consulates,
    consulates_by_country,
    consulates_or_memberships,
    event_name,
    names_event,
    no_own_event,
    without_other_kinds,
)
from jianbao.intake.exchanges import with_contacts, without_upgraded
from jianbao.intake.heads import with_roles_found
from jianbao.intake.open_rows import with_ordinals, with_sourced_rows
from jianbao.intake.own_lists import of_city_level, tasks_to_come
from jianbao.intake.partners import split_by_kind, with_places, without_intents
from jianbao.intake.remarks import full_width, settled_tasks, with_doubts
from jianbao.intake.row_checks import with_partners_named
from jianbao.intake.sheets import (
    ABOUT,
    BRACKETS,
    CONSULATES,
    EVENTS,
    IGNORED,
    MEMBERSHIPS,
    PARTNERS,
    PEERS,
    PLAN,
    SOURCE,
    TRADE,
    VISITS,
    YEAR,
    Setting,
    Words,
    called,
    consulates_in_the_city,
    counts_in,
    kept,
    place_of,
)
from jianbao.intake.visits import with_visits
from jianbao.intake.years_in_columns import with_measures_in_rows
from jianbao.text.numbers import numeral

ACTIVE_TIES = "ties_active"  # the indicator of exchanges, of two years and all partners
SISTER_TIES = "sister_cities.with_exchange"  # the fact that a goal of exchanges with sister cities alone counts
COST = "cost"
SHORT = 10  # characters: a shorter title of a task says too little by itself
TARGETS = ("counts", "at_least", "gap")
WORDS = (  # possible headings
    *(IGNORED, "years", "label", "kind", "day", "way", "beside", "level", "event_name", "last_contact"),
    *("measures.sister_cities", "measures.consulates"),
)
Choices = Mapping[str, Mapping[str, Translatable]]  # of the columns for targets, with their names
_LISTED = re.compile(r"[第（(]?(\w{1,3}?)[项)）、.．]*")  # the number of a task: 一, （一）, 1.


def lay_out(
    sheets: Mapping[str, Sheet], words: Words, setting: Setting, problems: Problems, notes: Problems
) -> dict[str, Sheet]:
    """Return the sheets of a delivery as the workspace lays them out.

    Rows counted or left out are reported in `notes`, rows that cannot be counted in `problems`.
    """
    counted = with_sourced_rows(sheets, words, problems, notes)
    found = bodies_and_consulates({name: _of_batches(sheet, words) for name, sheet in counted.items()}, words, notes)
    if MEMBERSHIPS in found and CONSULATES not in found:
        found = {consulates_or_memberships(sheet, words): sheet for sheet in found.values()}
    if CONSULATES in found:
        own = consulates_in_the_city(found[CONSULATES], words, notes)
        listed = with_doubts(own, words, problems, notes)
        found[CONSULATES] = consulates_by_country(listed, words, problems, notes)
    for name in (each for each in PARTNERS if each in found):
        signed = without_upgraded(without_intents(of_city_level(found[name], words, notes), words, notes), words, notes)
        found[name] = with_doubts(with_places(signed, words, notes), words, problems, notes)
    found, contacts = with_contacts(with_partners_named(found, words, problems, notes), words, setting, notes)
    if MEMBERSHIPS in found:
        bodies = with_roles_found(without_other_kinds(found[MEMBERSHIPS], words, notes), words, problems, notes)
        found[MEMBERSHIPS] = with_doubts(bodies, words, problems, notes)
    found = split_by_kind(found, words, problems)
    if PLAN in found:
        tasks = _with_contents(tasks_to_come(found[PLAN], words, notes), words, notes)
        found[PLAN] = settled_tasks(tasks, words, problems, notes)
    if PEERS in found:
        found[PEERS] = with_measures_in_rows(_with_doubted_numbers(found[PEERS], words, problems, notes), words, notes)
    if TRADE in found:
        found[TRADE] = _with_doubted_numbers(found[TRADE], words, problems, notes)
    if EVENTS in found:
        own = of_one_event(found[EVENTS], words, setting.events, problems, notes)
        found[EVENTS] = with_doubts(own, words, problems, notes)
    return with_visits(found, contacts, words, setting, problems=problems, notes=notes)


def _with_doubted_numbers(sheet: Sheet, words: Words, problems: Problems, notes: Problems) -> Sheet:
    """Ask about the doubts in a sheet of numbers, except in rows and columns that are not used."""
    measures = {word for key, known in words.items() if key.startswith("measures.") for word in known}
    beside = (*called(words, "year"), *called(words, "city"), *called(words, "note"), SOURCE, *words[IGNORED])
    named = {at: BRACKETS.sub("", head).lower() for at, head in enumerate(sheet.head)}
    others = [re.escape(head) for head in named.values() if head not in (*measures, *beside)]
    unused, foreign = (others, words["no_peer"]) if sheet.table == PEERS else ([], ())
    doubts: Problems = []
    added = {"row_details": (*words["row_details"], *unused), "row_doubts": (*words["row_doubts"], *foreign)}
    judged = with_doubts(sheet, {**words, **added}, doubts, notes)
    filled = {
        number
        for number, row in zip(sheet.numbers, sheet.rows, strict=True)
        if any(row[at] for at, head in named.items() if head not in beside and not head.startswith(f"{SOURCE}."))
    }
    problems += [each for each in doubts if each.where.line in filled]
    return judged


def _with_contents(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return the sheet of a plan with the separate column of what is to be done appended to its short titles."""
    title, contents = place_of(sheet, called(words, "plan.title_zh")), place_of(sheet, words["plan_contents"])
    if min(title, contents) < 0 or title == contents or any(len(row[title]) > SHORT for row in sheet.rows):
        return sheet
    rows = [[*row] for row in sheet.rows]
    for row in rows:
        parts = (row[title],) if row[contents].startswith(row[title]) else (row[title], row[contents])
        row[title] = "：".join(filter(None, parts)) if len(parts) > 1 else row[contents]
    what = tr(
        "'{contents}' is read behind '{title}', as what is to be done",
        contents=sheet.head[contents],
        title=sheet.head[title],
    )
    notes.append(Problem(Place(sheet.file, sheet.heading), what))
    head = tuple(words[IGNORED][0] if at == contents else name for at, name in enumerate(sheet.head))
    return replace(sheet, head=head, rows=tuple(map(tuple, rows)))


def of_plan(sheet: Sheet, words: Words, setting: Setting, choices: Choices, notes: Problems) -> Sheet:
    """Return the sheet of a plan with ids for its columns, dates in place of words, and the targets that goals name.

    The year is the last plausible one in the title of the sheet or of its source, which may also name the one before.
    `choices` are those of the columns for targets, with their names.
    """
    texts = (*sheet.above.values(), *(row.get(f"{SOURCE}.title", "") for _, row in rows_in(sheet)))
    years = next(filter(None, map(YEAR.findall, texts)), [str(setting.year + 1)])
    year = max((int(each) for each in years if int(each) <= setting.year + 1), default=int(years[0]))
    rows: list[dict[str, str]] = []
    if "number" not in sheet.head:
        numbered = (str(each) for each in range(1, len(sheet.rows) + 1))
        rows_with = tuple((each, *row) for each, row in zip(numbered, sheet.rows, strict=True))
        sheet = replace(sheet, head=("number", *sheet.head), rows=rows_with)
        notes.append(Problem(Place(sheet.file, sheet.heading), tr("the tasks are numbered in their order")))
    for number, cells in rows_in(sheet):
        row = {**dict.fromkeys(TARGETS, ""), **cells}
        _read_task(row, Place(sheet.file, number), year, words, notes)
        taken, counts = {each["counts"] for each in rows}, Place(sheet.file, number, "counts")
        _aim(row, counts, taken, words=words, setting=setting, choices=choices, notes=notes)
        rows.append(row)
    _blank_costs_in_words(rows, Place(sheet.file, sheet.heading, COST), notes)
    head = (*sheet.head, *(name for name in TARGETS if name not in sheet.head))
    return replace(sheet, head=head, rows=tuple(tuple(row[name] for name in head) for row in rows))


def _read_task(row: dict[str, str], place: Place, year: int, words: Words, notes: Problems) -> None:
    """Rewrite a task: its number in figures, its due time as a date, punctuation in full width; note the changes."""
    listed = _LISTED.fullmatch(row["number"])
    meant = {
        "number": str(numeral(listed[1]) or "") if listed else "",
        "due": read_due(row.get("due", ""), year, words),
    }
    for column in (name for name, text in meant.items() if text and text != row[name]):
        what = tr("'{text}' is read as {meant}", text=row[column], meant=meant[column])
        notes.append(Problem(replace(place, column=column), what))
        row[column] = meant[column]
    full = {name: wide for name, text in row.items() if name.endswith("_zh") and (wide := full_width(text)) != text}
    for column, text in full.items():
        what = tr("'{text}' is written with full-width punctuation: {meant}", text=row[column], meant=text)
        notes.append(Problem(replace(place, column=column), what))
    row |= full


def _aim(
    row: dict[str, str],
    place: Place,
    taken: Collection[str],
    *,
    words: Words,
    setting: Setting,
    choices: Choices,
    notes: Problems,
) -> None:
    """Take the number in the goal of a task as the target of the indicator it names; note that, or why not."""
    goal = next((text for name, text in row.items() if name.startswith("goal") and text), "")
    aim = {} if row["counts"] or row["at_least"] else _target(goal, " ".join(row.values()), words, setting)
    if _other_basis(goal, aim, words, setting, choices["counts"]):
        row["gap"] = row["gap"] or aim["gap"] * (aim["gap"] in choices["gap"])
        what = tr(
            "'{text}' counts other years or other partners than the indicator of exchanges, so it is no target of "
            "it; it is printed as it is",
            text=goal,
        )
    elif any(word in goal for word in words["all_visitors"]):
        what = tr(
            "'{text}' is about all visitors, and the indicator about those who stay overnight, so it is no target "
            "of it; it is printed as it is",
            text=goal,
        )
    elif aim and aim["counts"] in choices["counts"] and aim["counts"] not in taken:
        row |= {name: aim[name] for name in TARGETS if name != "gap" or (aim[name] in choices[name] and not row[name])}
        named = choices["counts"][aim["counts"]]
        what = tr(
            "'{text}' is taken as the target of '{name}': {number}", text=goal, name=named, number=aim["at_least"]
        )
    else:
        return
    notes.append(Problem(place, what))


def _blank_costs_in_words(rows: Sequence[dict[str, str]], place: Place, notes: Problems) -> None:
    """Blank the costs that are words instead of amounts, or nothing, and note them."""
    found = {row[COST]: None for row in rows if row.get(COST) and not re.search(r"[1-9]", row[COST])}
    for row in (row for row in rows if row.get(COST) in found):
        row[COST] = ""
    if found:
        notes.append(Problem(place, tr("no amounts, so not printed as costs: {texts}", texts=tr_list(found))))


def _target(goal: str, row: str, words: Words, setting: Setting) -> dict[str, str]:
    """Return the indicator of a goal that names one and the number to be reached, and the gap that it answers."""
    clause = re.sub("|".join(words["beside_goals"]), "", goal)
    reaches = "|".join(words["reaches"])
    number, before = r"(\d+(?:\.\d+)?[万亿]?)", r"(?:[由从][^，,；;。]{1,8}?)?"  # 由10个增至11个
    for key, phrases in words.items():
        name = key.removeprefix("goals.")
        reached = rf"(?:{'|'.join(phrases)})[^，,；;。]{{0,4}}?{before}(?:{reaches}){number}"
        in_all = "|".join(words.get(f"measures.{name}", ())) or "(?!)"
        total = rf"(?:{in_all})[^；;。]*?(?:{'|'.join(words['totals'])})(?:{reaches})(\d+)"
        of_own = not name.startswith("event_") or any(event in row for event in setting.events)
        whole = "|".join(words.get(f"whole_goals.{name}", ())) or "(?!)"
        alone = rf"(?:{whole})(?:{reaches})?{number}(?:{'|'.join(words['goal_ends'])})"
        clear = rf"(?:^|[，,；;。])(?:{whole}){before}(?:{reaches}){number}(?:{'|'.join(words['goal_ends'])})"
        found = re.search(reached, clause) or re.search(total, goal) or re.fullmatch(alone, clause)
        found = found or re.search(rf"{clear}(?=$|[，,；;。])", clause)
        if name != key and of_own and found:
            return {"counts": name, "at_least": found[1], "gap": next(iter(words.get(f"answers.{name}", ())), "")}
    return {}


def _other_basis(goal: str, aim: dict[str, str], words: Words, setting: Setting, counts: Collection[str]) -> bool:
    """Return whether a goal of exchanges counts years or partners that cannot be counted; sister cities can be."""
    if aim.get("counts") != ACTIVE_TIES:
        return False
    years = any(word in re.sub("|".join(words["own_spans"]), "", goal) for word in words["goal_spans"])
    others = setting.all_partners and not any(word in goal for word in words["all_partners"])
    if others and not years and SISTER_TIES in counts:
        aim["counts"] = SISTER_TIES
    return years or (others and SISTER_TIES not in counts)


def derived_columns(table: str, head: Sequence[str], words: Words) -> set[str]:
    """Return the columns of a table that are made from other columns of a head."""
    held = {each.lower() for each in head}
    plain = {BRACKETS.sub("", each) for each in held}
    measures = [known for key, known in words.items() if key.startswith("measures.")]
    if table == PEERS and any(plain & {*known} for known in measures):
        return {"measure", "value", "unit"}
    if table == VISITS:
        single = all(held & {*words.get(each, ())} for each in ("day", "way"))
        return {ABOUT, "year", "received"} if single else {ABOUT, "year"} if counts_in(head, words) else {ABOUT}
    return {"edition"} if table == EVENTS and held & {*words.get("event_name", ())} else set()


def _of_batches(sheet: Sheet, words: Words) -> Sheet:
    """Return a sheet with a heading in two rows, its columns of batches named only by their groups."""
    batches = words.get("batches", ())
    parts = [head.partition("/") for head in sheet.head]
    return replace(sheet, head=tuple(a if b and c in batches else f"{a}{b}{c}" for a, b, c in parts))


def of_one_event(sheet: Sheet, words: Words, own: Sequence[str], problems: Problems, notes: Problems) -> Sheet:
    """Return a sheet of events with the editions of the city's own one, numbered by their names.

    Those of other events are left out with a note. If it is not clear which event is the city's own, that is a problem.
    """
    at, numbered = (
        place_of(sheet, words.get("event_name", ())),
        place_of(sheet, called(words, "edition")),
    )
    if at < 0:
        return _by_years(sheet, words, notes) if numbered < 0 else with_ordinals(sheet, numbered, words, notes)
    brands = [event_name(row[at]) for row in sheet.rows]
    mine = [
        any(name in row[at] or begins_name(brand, name) or names_event(brand, name) for name in own)
        for brand, row in zip(brands, sheet.rows, strict=True)
    ]
    if not any(mine) and len({*brands}) == 1:
        mine = [True] * len(brands)
    if not any(mine) and (numbered < 0 or len({*brands}) > 1):
        problems.append(no_own_event(sheet, brands))
        return kept(sheet, mine)
    if not any(mine):
        return sheet
    others = Counter(brand for brand, keep in zip(brands, mine, strict=True) if not keep)
    if others:
        names = tr_list(f"{name}（{count}）" if count > 1 else name for name, count in others.items())
        notes.append(Problem(Place(sheet.file, sheet.heading), tr("other events are left out: {names}", names=names)))
    own_rows = kept(sheet, mine)
    if numbered >= 0:
        return own_rows
    if not all(ORDINAL.search(row[at]) for row in own_rows.rows):
        what = tr("not all editions have numbers, so they are called by their years")
        notes.append(Problem(Place(sheet.file, sheet.heading, sheet.head[at]), what))
    return _numbered(own_rows, at, words)


def _by_years(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of one event without names and numbers, its editions numbered by the years of their dates."""
    dated = place_of(sheet, called(words, "held_on"))
    years = [YEAR.search(row[dated]) for row in sheet.rows] if dated >= 0 else []
    if not all(years) or len({year[0] for year in years if year}) < len(sheet.rows) or not years:
        return sheet
    what = tr("the editions have no numbers, and are called by their years")
    notes.append(Problem(Place(sheet.file, sheet.heading, sheet.head[dated]), what))
    rows = tuple((*row, year[0]) for row, year in zip(sheet.rows, years, strict=True) if year)
    return replace(sheet, head=(*sheet.head, "edition"), rows=rows)


def _numbered(sheet: Sheet, at: int, words: Words) -> Sheet:
    """Return a sheet of one event with a column of numbers for that of names: the years of all if one has no number."""
    dates = [place for place, head in enumerate(sheet.head) if head.lower() in words.get("column.held_on", ())]
    found = [ORDINAL.search(row[at]) for row in sheet.rows]
    years = [YEAR.search(" ".join((*(row[place] for place in dates), row[at]))) for row in sheet.rows]
    chosen = found if all(found) else years
    rows = tuple(
        (*row[:at], each[0] if each else row[at], *row[at + 1 :]) for row, each in zip(sheet.rows, chosen, strict=True)
    )
    return replace(sheet, head=(*sheet.head[:at], "edition", *sheet.head[at + 1 :]), rows=rows)
