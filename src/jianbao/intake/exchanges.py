"""Read from a list of partners what they are called, and which of them had an exchange in the last two years."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from jianbao.core.documents import Problems
from jianbao.core.encoding import has_han
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_list
from jianbao.data.csv_files import Sheet
from jianbao.intake.heads import kind_called, kind_named
from jianbao.intake.remarks import NUMBERED, UNVERIFIED, read_exchange
from jianbao.intake.row_checks import Met, places_met, visits_of
from jianbao.intake.sheets import (
    BRACKETS,
    EVENTS,
    IGNORED,
    PARTNERS,
    SOURCE,
    VISITS,
    YEAR,
    Setting,
    Words,
    called,
    city_of,
    kept,
    place_of,
    with_remarks,
)
from jianbao.intake.sources import CONFIDENCE, DERIVED, title_as_source
from jianbao.intake.years_in_columns import SPAN, spanning

STATES = ("active", "little", "inactive")  # of the exchange with a partner
WINDOW = 2  # years that count for an exchange, ending with that of the edition
CONTACT = "contact"
Term = tuple[Mapping[str, str], Place]  # its forms by language, and where they were read
EXCHANGE = "交流"
LANGUAGES = ("zh", "en", "fr", "es")  # in which headings.yml has forms
REGIONS, CITIES = "地区", "城市"  # the name of partners ends with CITIES: 友好交流城市, not 友好交流
_CLAUSES = re.compile("[，,；;。、（）()]")
PLAIN = 4  # the first words of each state's list: they need no remark


@dataclass(frozen=True, kw_only=True)
class PartnerExchange:
    """What a delivery says about the exchanges with the partner of a row.

    `text` is the office's wording in lower case; `year` is that of the last exchange; `signed`: the partnership is as
    new as the years that count; `visited` has the years of listed visits; `state` is one of STATES, or unknown words.
    """

    row: tuple[str, ...]
    text: str
    year: int | None
    signed: bool
    visited: Sequence[int]
    state: str = ""

    @property
    def by_visits(self) -> bool:
        """Return whether an exchange is known from the listed visits only."""
        return bool(self.visited) and not self.text and self.year is None


def with_contacts(
    sheets: Mapping[str, Sheet], words: Words, setting: Setting, notes: Problems
) -> tuple[dict[str, Sheet], "Contacts | None"]:
    """Return the sheets with the state of exchanges with each partner, and the counts of states; None without any."""
    met = places_met(sheets, words)
    judged = {name: _judged(sheets[name], words, setting, met, notes) for name in PARTNERS if name in sheets}
    found = {**sheets, **{name: sheet for name, (sheet, _) in judged.items()}}
    taken = sum(count for _, count in judged.values())
    visits = [sheet for name, sheet in sheets.items() if name.partition(".")[0] == VISITS] if taken else []
    return found, _contacts_of([sheet for sheet, _ in judged.values()], visits, taken)


def _judged(sheet: Sheet, words: Words, setting: Setting, met: Met, notes: Problems) -> tuple[Sheet, int]:
    """Return a sheet of partners with a word of STATES for each, by its exchanges in two years; and a count.

    The count is of the partners decided by listed visits. The day of the last exchange decides if it is given. If not,
    the office's wording decides, which is kept as a note unless it is plain; if that is blank, too,
    the visits decide. Unknown words stay unchanged. The span of two years is stated only if dates decide every state.
    """
    sheet = _with_contacts_apart(sheet, words, setting, notes)
    plainly = replace(sheet, head=tuple(BRACKETS.sub("", head) for head in sheet.head))
    contact, last = (place_of(plainly, words.get(name, ())) for name in ("column.contact", "last_contact"))
    exchanges = _exchanges(sheet, (contact, last), words, setting, met)
    if contact < 0 and last < 0 and not any(each.visited for each in exchanges):
        return sheet, 0
    plain = {word for state in STATES for word in words.get(f"contacts.{state}", ())[:PLAIN]}
    read = [each for each in exchanges if each.year is None and each.state in STATES and each.text not in {"", *plain}]
    _note_contacts(sheet, (contact, last), exchanges, read=read, setting=setting, notes=notes)
    _note_visited(sheet, exchanges, words, notes)
    remarks = [each.row[contact] if each in read and not each.text.isdecimal() else "" for each in exchanges]
    sheet = with_remarks(sheet, remarks, words)
    column = contact if contact >= 0 else len(sheet.head)
    head = (*sheet.head[:column], CONTACT, *sheet.head[column + 1 :])
    pairs = zip(sheet.rows, exchanges, strict=True)
    rows = tuple((*row[:column], each.state, *row[column + 1 :]) for row, each in pairs)
    judged = replace(sheet, head=head, rows=rows)
    judged = spanning(judged, str(WINDOW)) if _by_years(exchanges, words) else judged
    return judged, sum(each.by_visits for each in exchanges)


def _exchanges(sheet: Sheet, at: tuple[int, int], words: Words, setting: Setting, met: Met) -> list[PartnerExchange]:
    """Return for each row what the columns of exchanges and of the last exchange, and the visits, say about it."""
    contact, last = at
    since, signed_on = setting.year - WINDOW + 1, place_of(sheet, called(words, "signed_on"))
    found = [
        PartnerExchange(
            row=row,
            text=row[contact].lower() if contact >= 0 else "",
            year=_year_in(row, last),
            signed=(_year_in(row, signed_on) or 0) >= since,
            visited=visited,
        )
        for row, visited in zip(sheet.rows, visits_of(sheet, words, met, since), strict=True)
    ]
    return [replace(each, state=_state_of(each, since, setting.year, words)) for each in found]


def _year_in(row: Sequence[str], column: int) -> int | None:
    """Return the first year in a cell; None without one, or without the column."""
    found = YEAR.search(row[column]) if column >= 0 else None
    return int(found[0]) if found else None


def _state_of(exchange: PartnerExchange, since: int, until: int, words: Words) -> str:
    """Return the state of an exchange: by the year of the last one, else by the office's words, else by the visits."""
    if exchange.year is not None:
        return "active" if exchange.year >= since else "inactive"
    if exchange.by_visits or (exchange.signed and exchange.text in words["newly_signed"]):
        return "active"
    return read_exchange(exchange.text, (since, until), words)


def _by_years(exchanges: Iterable[PartnerExchange], words: Words) -> bool:
    """Return whether a date, and not the wording of the office, decides the state of every partner that has one."""
    dated = [
        bool(each.year or each.by_visits or YEAR.search(each.text) or each.text in words["newly_signed"])
        for each in exchanges
        if each.state in STATES
    ]
    return bool(dated) and all(dated)


def _with_contacts_apart(sheet: Sheet, words: Words, setting: Setting, notes: Problems) -> Sheet:
    """Return a sheet with a separate column for what its remarks say about exchanges; the remarks stay unchanged."""
    at, since = place_of(sheet, words["contact_remarks"]), setting.year - WINDOW + 1
    if at < 0 or place_of(sheet, words["column.contact"]) >= 0:
        return sheet
    states = [_state_in_remark(row[at].lower(), since, words) for row in sheet.rows]
    plain = [words[f"contacts.{state}"][0] if state else "" for state in states]
    rows = zip(sheet.rows, plain, strict=True)
    partners = tr_list(f"{city_of(sheet, row, words)}（{row[at]}）" for row, word in rows if word)
    what = tr("'{column}' is kept as remarks; of exchanges these tell: {names}", column=sheet.head[at], names=partners)
    notes.append(Problem(Place(sheet.file, sheet.heading, sheet.head[at]), what))
    marked = with_remarks(sheet, [row[at] for row in sheet.rows], words)
    head = tuple(words[IGNORED][1] if place == at else name for place, name in enumerate(marked.head))
    cells = tuple((*row, word) for row, word in zip(marked.rows, plain, strict=True))
    return replace(marked, head=(*head, words["column.contact"][0]), rows=cells)


def _state_in_remark(text: str, since: int, words: Words) -> str:
    """Return the state of exchanges that a clause of a remark states: few, none, or a late one; "" if none does."""
    for clause in _CLAUSES.split(text):
        pairs = [(s, w) for s in ("little", "inactive") for w in words[f"contacts.{s}"] if len(w) > 1 and w in clause]
        if pairs and not any(word in clause for word in words["planned"]):
            return pairs[0][0]
    is_recent = any(int(year) >= since for year in YEAR.findall(text))
    return "active" if is_recent and not any(word in text for word in words["planned"]) else ""


def _note_visited(sheet: Sheet, exchanges: Iterable[PartnerExchange], words: Words, notes: Problems) -> None:
    """Add to the notes the partners whose exchange is known from the visits that the delivery lists."""
    named = [
        f"{city_of(sheet, each.row, words)}（{'、'.join(map(str, each.visited))}）"
        for each in exchanges
        if each.by_visits
    ]
    if named:
        what = tr("by the visits listed, these had an exchange in two years: {names}", names=tr_list(named))
        notes.append(Problem(Place(sheet.file, sheet.heading, CONTACT), what))


def _note_contacts(
    sheet: Sheet,
    at: tuple[int, int],
    exchanges: Iterable[PartnerExchange],
    *,
    read: Iterable[PartnerExchange],
    setting: Setting,
    notes: Problems,
) -> None:
    """Note how the exchanges of partners were judged; `read` has those judged by words that need interpretation."""
    (contact, last), since = at, setting.year - WINDOW + 1
    if any(each.year for each in exchanges):
        what = tr(
            "'{column}' decides who had an exchange in two years: those with one in {year} or later",
            column=sheet.head[last],
            year=since,
        )
        notes.append(Problem(Place(sheet.file, sheet.heading, sheet.head[last]), what))
    meant = {"active": tr("had an exchange"), "little": tr("had little"), "inactive": tr("had none")}
    states = {each.text: meant[each.state] for each in read}
    if states:
        readings = tr_list(tr("'{text}' as {meant}", text=word, meant=state) for word, state in states.items())
        what = tr(
            "words for exchanges are read, with {since} and {year} as the last two years, and kept as remarks: {said}",
            since=since,
            year=setting.year,
            said=readings,
        )
        notes.append(Problem(Place(sheet.file, sheet.heading, sheet.head[contact]), what))


@dataclass(frozen=True, kw_only=True)
class Contacts:
    """The lists of partners with their exchanges: their place, their titles, the states.

    `titles` are those of the lists that state exchanges; `met` partners had one by listed visits only. `span` is the
    number of years that a heading or a note gives, "" if none does.
    """

    place: Place
    titles: tuple[str, ...]
    states: Mapping[str, int]
    met: int
    span: str


def _contacts_of(sheets: Iterable[Sheet], visits: Iterable[Sheet], met: int) -> Contacts | None:
    """Return what sheets of partners say about exchanges (`met` are known by visits only); None if they say nothing."""
    found = [(sheet, sheet.head.index("contact")) for sheet in sheets if "contact" in sheet.head]
    if not found:
        return None
    states = Counter(row[at] for sheet, at in found for row in sheet.rows if UNVERIFIED not in row)
    lists = [sheet for sheet, _ in found] if sum(states[each] for each in STATES) > met else []
    titles = [_source_of(each) for each in (*lists, *visits)]
    first = found[0][0]
    return Contacts(
        place=Place(first.file, first.heading, "contact"),
        titles=tuple(dict.fromkeys(titles)),
        states=states,
        met=met,
        span=next((row[sheet.head.index(SPAN)] for sheet, _ in found if SPAN in sheet.head for row in sheet.rows), ""),
    )


def _source_of(sheet: Sheet) -> str:
    """Return the one source of all rows of a sheet, or else its title."""
    named = {row[sheet.head.index(SOURCE)] for row in sheet.rows} if SOURCE in sheet.head else {""}
    titled = next(iter(sheet.above.values()), "") or sheet.file.partition("[")[2].removesuffix("]")
    return next(iter(named)) if len(named) == 1 and all(named) else title_as_source(sheet)[0] or titled


def with_active(counted: Contacts, setting: Setting, notes: Problems) -> Sheet:
    """Return a sheet with the number of partners active in the newest year, and of those judged.

    If only partners with an exchange are known, none counts as judged: the others were not asked about. If the number
    rests on visits only, it is marked as derived.
    """
    active, little, inactive = (counted.states.get(state, 0) for state in STATES)
    judged = active + little + inactive if little or inactive or not counted.states.get("") else 0
    derived = DERIVED if counted.met == active > 0 else ""
    newest = setting.counted(str(setting.year)).rpartition("/")[2]
    row = (newest, str(active), str(judged), counted.span, ";".join(counted.titles), derived)
    years = tr("in {years} years", years=counted.span) if counted.span else tr("in years that the list does not state")
    what = tr(
        "exchanges of partners {years} are counted: {active} had one, {little} had little, {inactive} had none, "
        "{unknown} are not judged",
        years=years,
        active=active,
        little=little,
        inactive=inactive,
        unknown=counted.states.get("", 0),
    )
    notes.append(Problem(counted.place, what))
    head, line = ("year", "active", "judged", SPAN, SOURCE, CONFIDENCE), counted.place.line
    return Sheet(table=VISITS, file=counted.place.file, head=head, rows=(row,), numbers=(line,), heading=line)


def kinds_at(sheet: Sheet, words: Words) -> int:
    """Return the place of the column of kinds, whose heading may say levels; -1 if no such column is filled in."""
    kind, level = (place_of(sheet, words.get(each, ())) for each in ("kind", "level"))
    if kind >= 0 and any(row[kind] for row in sheet.rows):
        return kind
    return level if level >= 0 and any(kind_named(row[level], words) for row in sheet.rows) else -1


def filled_kinds(sheet: Sheet, at: int) -> list[str]:
    """Return the kind of each row in lower case; a blank cell takes the kind above it."""
    kinds: list[str] = []
    for row in sheet.rows:
        kinds.append(row[at].lower() or (kinds[-1] if kinds else ""))
    return kinds


def exchange_partners_called(sheets: Mapping[str, Sheet], words: Words) -> str:
    """Return the delivery's name for partners other than sister cities; "" if it uses none, or several.

    The name is in their column of kinds, or else in the title of their sheet.
    """
    kinds = {
        name: [row[at] for row in sheets[name].rows if kind_named(row[at], words) == PARTNERS[1]]
        for name in {*PARTNERS} & sheets.keys()
        if (at := kinds_at(sheets[name], words)) >= 0
    }
    others = [sheets[each] for each in PARTNERS[1:] if each in sheets]
    lines = [(each.file.partition("[")[2].removesuffix("]"), *each.above.values()) for each in others]
    titled = (BRACKETS.sub("", NUMBERED.sub("", text, count=1)) for texts in lines for text in texts)
    known = [text for text in titled if kind_named(text, words) == PARTNERS[1]]
    names = {kind_called(text, words)[1] for texts in kinds.values() for text in texts} or {*known[:1]}
    found = names.pop() if len(names) == 1 else ""
    if f"{found}{CITIES}" in words[f"kinds.{PARTNERS[1]}"]:  # 友好交流, as the office calls the tie
        above = " ".join(text for each in PARTNERS if each in sheets for text in sheets[each].above.values())
        whole = [word for word in words[f"kinds.{PARTNERS[1]}"] if word.startswith(found) and word.endswith(CITIES)]
        found = max((word for word in whole if word in above), key=len, default=f"{found}{CITIES}")
    return found if found.endswith(CITIES) and kind_named(found, words) == PARTNERS[1] else ""


def terms_called(sheets: Mapping[str, Sheet], words: Words) -> dict[str, Term]:
    """Return the words of a Chinese delivery for partners other than sister cities, and for guests of an event."""
    found: dict[str, Term] = {}
    if called_so := exchange_partners_called(sheets, words):
        file = next(sheets[name].file for name in reversed(PARTNERS) if name in sheets)
        cooperation = "合作" in called_so and EXCHANGE not in called_so  # the name table has those for exchange
        forms = words["cooperation_cities"] if cooperation else ()
        found["exchange cities"] = {"zh": called_so, **dict(zip(LANGUAGES[1:], forms, strict=False))}, Place(file, 1)
    for sheet in (sheets[name] for name in (EVENTS,) if name in sheets):
        plain = replace(sheet, head=tuple(BRACKETS.sub("", head) for head in sheet.head))
        at = place_of(plain, [word for word in called(words, "countries") if has_han(word)])
        forms = words["countries.regions" if REGIONS in sheet.head[at] else "countries.alone"]
        if at >= 0:
            found["event countries"] = dict(zip(LANGUAGES, forms, strict=True)), Place(sheet.file, sheet.heading)
    return found


def without_upgraded(sheet: Sheet, words: Words, notes: Problems) -> Sheet:
    """Return a sheet of exchange cities without those that a cell says have become sister cities; they are noted."""
    left = [any(cell in words["upgraded"] for cell in row) and sheet.table == PARTNERS[1] for row in sheet.rows]
    if any(left):
        cities = tr_list(city_of(sheet, row, words) for gone, row in zip(left, sheet.rows, strict=True) if gone)
        what = tr("these are sister cities by now and are not counted twice: {names}", names=cities)
        number = next(number for gone, number in zip(left, sheet.numbers, strict=True) if gone)
        notes.append(Problem(Place(sheet.file, number), what))
    return kept(sheet, (not gone for gone in left))
