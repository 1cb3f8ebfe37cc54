"""Interpret remarks, notes and cells of text: doubts, unsettled points, exchanges, punctuation."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from jianbao.core.documents import Problems
from jianbao.core.encoding import has_han
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr, tr_later, tr_list, trn
from jianbao.data.csv_files import Sheet

NOTE = "note"
NOTE_LENGTH = 20  # characters: a longer single cell is a note on the table, not an unfinished row
NUMBERED = re.compile(r"^(?:[（(]\w{1,3}[)）]|\w{1,3}、|附(?:表\w{0,2})?[：:]?)\s*")  # begins a heading between rows


_CLAUSES = re.compile("[，,；;。、]")
_TIMES = re.compile(r"(\d{1,3})(?:[余多]?[次批]|\+)?")


def read_exchange(text: str, span: tuple[int, int], words: Mapping[str, Sequence[str]]) -> str:
    """Return the state of exchanges with a partner that a text states; the text itself if it states none.

    The text may have a word for the state, a number of times, or years: one in 2025, every year, none since 2020. Plans
    do not count.

    Args:
        text: The cell, in lower case.
        span: The first and the last year that count.
        words: `contacts.` and the states have the words for them, `goes_on.` those for an exchange every year.
    """
    known = {word: key.partition(".")[2] for key, forms in words.items() if key[:9] == "contacts." for word in forms}
    number = _TIMES.fullmatch(text)
    if text in known or number:
        return known.get(text) or ("active" if number and int(number[1]) else "inactive")
    ended = [word for word, state in known.items() if state == "inactive" and len(word) > 1]
    found: list[str] = []
    for clause in _CLAUSES.split(text):
        years = [int(year) for year in re.findall(r"(?:19|20)\d\d", clause)]
        every, since = (any(word in clause for word in words[f"goes_on.{each}"]) for each in ("every", "since"))
        if any(word in clause for word in words["planned"]) or (years and max(years) > span[1]):
            found.append("")
        elif any(word in clause for word in ended):
            found.append("inactive")
        elif years or every:
            found.append("active" if since or (every and not years) or max(years, default=0) >= span[0] else "inactive")
    return next((state for state in ("active", "inactive") if state in found), text)


def filled_rows(
    rows: Iterable[tuple[str, ...]], kinds: Sequence[str], words: Mapping[str, Sequence[str]]
) -> tuple[tuple[tuple[str, ...], ...], list[str]]:
    """Return rows with ditto marks replaced and words such as 不详 blanked; and the words that replaced a number.

    A column of the kind "note" stays unchanged, and so do doubts in one of the kind "asked". In a column of sources,
    a text that names none, such as 网上, is blanked.
    """
    unknown, ditto, unnamed = (frozenset(words.get(key, ())) for key in ("unknown", "ditto", "no_source"))
    blank, same = {NOTE: frozenset[str](), "source": unknown | unnamed}, re.compile(words.get("same_as", ("(?!)",))[0])
    blank |= {"asked": frozenset(w for w in unknown if not doubt_in(w, words))} if "asked" in kinds else {}
    found: list[tuple[str, ...]] = []
    absent: dict[str, None] = {}
    for row in rows:
        over = found[-1] if found else row
        references = (same.fullmatch(cell) if kind == "source" else None for cell, kind in zip(row, kinds, strict=True))
        numbered = [next((each for each in found if match and each[0] == match[1]), over) for match in references]
        meant = (
            before[at] if cell in ditto or (same.fullmatch(cell) and kinds[at] == "source") else cell
            for at, (cell, before) in enumerate(zip(row, numbered, strict=True))
        )
        pairs = [*zip(meant, kinds, strict=True)]
        absent |= {cell: None for cell, kind in pairs if cell.lower() in words.get("no_number", ()) and not kind}
        found.append(
            tuple("" if cell.lower() in blank.get(kind, (*unknown, *absent)) else cell for cell, kind in pairs)
        )
    return tuple(found), [*absent]


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
    """Return a note on the merged cells of a workbook; `counts` are those of its sheets."""
    sheets = trn("{count} sheet", "{count} sheets", len(merged := [*filter(None, counts)]), count=len(merged))
    what = tr("{count} merged areas in {sheets}: each is read as its first cell", count=sum(merged), sheets=sheets)
    return [Problem(Place(file), what)] if merged else []


DOUBTED = tr_later("the row itself doubts whether it counts: '{value}'")
VISIT_DOUBTED = tr_later("the remark of this visit doubts whether it counts: '{value}'")
UNSETTLED = tr_later("this task says that it is not settled: '{value}'")
ORAL = tr_later("this row says that it is known only by word of mouth: '{value}'")
DOUBTS = (DOUBTED, VISIT_DOUBTED, UNSETTLED, ORAL)
UNVERIFIED = "unverified"  # the evidence of a row that stays in its table but is not in the brief
CLAUSE = re.compile(r"\s*[，,；;。]\s*")  # what separates the clauses of a remark
_PARTS = re.compile("[，,；;。（()）]")
_DATES, _MONTH = ("signed_on", "from_date", "held_on", "consulates.since"), re.compile(r"(?:19|20)\d\d\s*[-./年]\s*\d")
_FEW = 5  # characters after a comma: shorter words say how settled a task is, not what it is
_SHORT = 4  # characters: a doubt as short as 待核 is about the clause before it


def doubt_in(text: str, words: Mapping[str, Sequence[str]]) -> str:
    """Return the words of a remark that doubt its row; "" if they doubt only a detail, or if the doubt is settled."""
    doubt, about = (re.compile("|".join(words[key]), re.IGNORECASE) for key in ("row_doubts", "row_details"))
    own = {at for at, (each, whole) in enumerate(_clauses(text)) if doubt.search(each) and not about.search(whole)}
    return _unless_settled(text, own, words)


def doubts_date(text: str, day: str, words: Mapping[str, Sequence[str]]) -> bool:
    """Return whether a remark doubts a date and does not settle it; a doubt about the day is none about a bare year."""
    known = (*words["date_doubts"], *(words["day_doubts"] if _MONTH.match(day) else ()))
    doubt = re.compile("|".join(known), re.IGNORECASE)
    own = {at for at, each in enumerate(_clauses(text)) if any(map(doubt.search, each))}
    return bool(_unless_settled(text, own, words))


def _clauses(text: str) -> list[tuple[str, str]]:
    """Return the clauses of a remark, a short one with the clause before it, which shows its subject."""
    found = [each.strip() for each in CLAUSE.split(text) if each.strip()]
    return [(each, f"{found[at - 1]}{each}" if at and len(each) <= _SHORT else each) for at, each in enumerate(found)]


def _unless_settled(text: str, places: Collection[int], words: Mapping[str, Sequence[str]]) -> str:
    """Return the clauses of a remark at these places; "" if there are none, or the last or a later one settles it."""
    settled, found = re.compile("|".join(words["settled"]), re.IGNORECASE), [each for each, _ in _clauses(text)]
    ended = any(map(settled.search, found[max(places, default=0) :]))
    return "" if ended else "，".join(found[at] for at in sorted(places))


def with_doubts(sheet: Sheet, words: Mapping[str, Sequence[str]], problems: Problems, notes: Problems) -> Sheet:
    """Mark rows with "not counted" as unverified; a row that doubts whether it counts is a problem.

    A doubt about the kind of partner or the role (友好合作?) is a problem, too.
    """
    cities, visits = sheet.table.endswith("_cities"), sheet.table.startswith("visits")
    plain = [re.sub(r"\s*[（(].*", "", head).lower() for head in sheet.head]
    noted = [at for at, head in enumerate(plain) if head in (*words["column.note"], NOTE)]
    kinds = [at for at, head in enumerate(plain) if head in words["kind"] and cities]
    kinds += [at for at, head in enumerate(plain) if head in words["column.role"] and sheet.table == "memberships"]
    dates = {word for key in _DATES for word in (key.rpartition(".")[2], *words[f"column.{key}"])}
    dated = [at for at, head in enumerate(plain) if head in dates]
    evidence = next((at for at, head in enumerate(plain) if head in words["column.confidence"]), len(plain))
    anywhere = (*words["unsigned"], *words["intents"]) if cities else words["unsure_visits"] if visits else ()
    unsure = re.compile("|".join(anywhere) or "(?!)", re.IGNORECASE)
    rows = [[*row, *[""] * (evidence == len(plain))] for row in sheet.rows]
    left, weak = list[int](), list[int]()
    for number, row in zip(sheet.numbers, rows, strict=True):
        clauses = {part.strip("（）() ") for at in (*noted, *kinds) for part in re.split("[，,；;。（(]", row[at])}
        at, text = next(((at, text) for at in (*noted, *kinds) if (text := doubt_in(row[at], words))), (0, ""))
        if not text:
            parts = ((at, part) for at, cell in enumerate(row) for part in _PARTS.split(cell))
            at, text = next((each for each in parts if unsure.fullmatch(each[1].strip())), (0, ""))
        if clauses & {*words["not_counted"]}:
            row[evidence] = UNVERIFIED
            left.append(number)
        elif text and not clauses & {*words["counted"]} and row[evidence] not in words["not_counted"]:
            what = tr(DOUBTED, value=text)
            hint = tr("write behind the remark ‘; counted’; or ‘; not counted’, to keep it in the table as unverified")
            if visits:  # a single visit, which does not become a row
                what = tr(VISIT_DOUBTED, value=text)
                hint = tr("write behind the remark ‘; counted’ or ‘; not counted’")
            problems.append(Problem(Place(sheet.file, number, sheet.head[at]), what, hint))
        day = "".join(row[at] for at in dated)  # without a date there is nothing to doubt
        if day and not row[evidence] and any(doubts_date(row[at], day, words) for at in noted):
            row[evidence] = "derived"
            weak.append(number)
    if not left and not weak:
        return sheet
    rows_left = tr_list(dict.fromkeys(sheet.origins[each].line if each in sheet.origins else each for each in left))
    what = tr("by their remarks these rows are not counted; they stay as unverified: rows {rows}", rows=rows_left)
    doubted = tr(
        "their remarks doubt the date, so their evidence is read as 'derived': rows {rows}", rows=tr_list(weak)
    )
    notes += [Problem(Place(sheet.file, own[0]), each) for own, each in ((left, what), (weak, doubted)) if own]
    head = (*sheet.head, *["confidence"] * (evidence == len(plain)))
    return replace(sheet, head=head, rows=tuple(map(tuple, rows)))


def _ask_for_limits(sheet: Sheet, words: Mapping[str, Sequence[str]], problems: Problems) -> Sheet:
    """Ask about each task that states when it begins, since the brief prints by when it is to be done."""
    due = next((at for at, head in enumerate(sheet.head) if head.lower() in words["column.plan.due"]), -1)
    rows = [[*row] for row in sheet.rows]
    for number, row in zip(sheet.numbers, rows, strict=True):
        if due >= 0 and re.search(words["begins"][0], row[due]):
            what = tr("'{text}' is when the task begins, and the brief prints by when it is to be done", text=row[due])
            hint = tr("write by when, such as 2026-12; or leave it blank, and write in the task when it begins")
            problems.append(Problem(Place(sheet.file, number, sheet.head[due]), what, hint))
            row[due] = ""
    return replace(sheet, rows=tuple(map(tuple, rows)))


def decided_plan(sheet: Sheet, words: Mapping[str, Sequence[str]], problems: Problems, notes: Problems) -> Sheet:
    """Remove the answers 计入 and 不计入 from the lines around a plan; a plan that is not to count gets no rows.

    A plan that calls itself a draft in these lines is a problem, unless an answer says how that ended.
    """
    undecided = re.compile("|".join(words["undecided"]), re.IGNORECASE)
    apart = {n: text_apart(row, words) for n, row in zip(sheet.numbers, sheet.rows, strict=True)}
    texts = {**sheet.above, **apart}
    end = r"\s*(?=[)）]?\s*$)"  # the answer may be within the brackets of the words that it answers
    counted, left = (
        re.compile(rf"\s*[，,；;]\s*(?:{'|'.join(words[key])}){end}") for key in ("counted", "not_counted")
    )
    found = {number: text for number, text in texts.items() if undecided.search(text)}
    if any(map(left.search, found.values())):
        what = tr("the plan is said not to count, and is left out: {texts}", texts=tr_list(found.values()))
        notes.append(Problem(Place(sheet.file, min(found)), what))
        return replace(sheet, rows=(), numbers=())
    ended = any(word in text for text in texts.values() for word in words["decided"])
    if found and not ended and not any(map(counted.search, found.values())):
        what = tr("the plan says that it is not decided yet: {texts}", texts=tr_list(found.values()))
        hint = tr(
            "write behind these words ‘; counted’, and the brief has the plan; or ‘; not counted’, to leave it out"
        )
        problems.append(Problem(Place(sheet.file, min(found)), what, hint))
    above = {number: counted.sub("", text) for number, text in sheet.above.items()}
    return replace(sheet, above=above)


def settled_tasks(sheet: Sheet, words: Mapping[str, Sequence[str]], problems: Problems, notes: Problems) -> Sheet:
    """Return a plan without the tasks marked as not counted; a task that is not settled is a problem.

    Any column except costs may say so. The text of a task may say so only in brackets, or in few words after a comma.
    """
    titles = {word for key in ("title_zh", "title_en") for word in (key, *words[f"column.plan.{key}"])}
    unread = {"cost", *words["column.plan.cost"], "source", "source.title", "status", *words["ignored"]}
    unsettled = re.compile("|".join((*words["unsettled"], *words["undecided"])), re.IGNORECASE)
    heads = [(at, head.lower() in titles) for at, head in enumerate(sheet.head) if head.lower() not in unread]
    left: list[int] = []
    for number, row in zip(sheet.numbers, sheet.rows, strict=True):
        parts = [[part.strip() for part in _PARTS.split(cell)] for cell in row]
        clauses = {part for each in parts for part in each}
        open_parts = ((at, p) for at, titled in heads for p in (_beside(row[at]) if titled else parts[at]))
        doubts = [(at, part) for at, part in open_parts if unsettled.search(part)]
        if clauses & {*words["not_counted"]}:
            left.append(number)
        elif doubts and not clauses & {*words["counted"]}:
            what = tr(UNSETTLED, value="，".join(text for _, text in doubts))
            hint = tr("write behind these words ‘; counted’, and the brief has the task; or ‘; not counted’")
            problems.append(Problem(Place(sheet.file, number, sheet.head[doubts[0][0]]), what, hint))
    if left:
        what = tr("these tasks are said not to count, and are left out: rows {rows}", rows=tr_list(left))
        notes.append(Problem(Place(sheet.file, left[0]), what))
    rows = {n: row for n, row in zip(sheet.numbers, sheet.rows, strict=True) if n not in left}
    decided = re.compile(rf"\s*[，,；;]\s*(?:{'|'.join(words['counted'])})\s*$")
    bare = tuple(tuple(decided.sub("", cell) for cell in row) for row in rows.values())
    return _with_tentative_days(_ask_for_limits(replace(sheet, rows=bare, numbers=tuple(rows)), words, problems), words)


def _beside(title: str) -> list[str]:
    """Return the parts of a task in brackets, and the parts of a few characters after its commas."""
    return [
        *re.findall("[（(]([^（）()]+)[)）]", title),
        *(each for each in CLAUSE.split(title)[1:] if len(each) <= _FEW),
    ]


def _with_tentative_days(sheet: Sheet, words: Mapping[str, Sequence[str]]) -> Sheet:
    """Return a plan with plain days; a tentative or unsettled day is mentioned after the task."""
    tentative, unsettled = (re.compile("|".join(words[key]), re.IGNORECASE) for key in ("tentative", "unsettled"))
    head = [each.lower() for each in sheet.head]
    at = {
        key: next((place for place, each in enumerate(head) if each in words[f"column.plan.{key}"]), -1)
        for key in ("due", "title_zh", "title_en")
    }
    rows, known = [[*row] for row in sheet.rows], {word for key in words if key[:4] == "due." for word in words[key]}
    for row in (row for row in rows if at["due"] >= 0):
        limit, day = row[at["due"]], tentative.sub("", row[at["due"]]).strip()
        parts = [part.strip() for part in _PARTS.split(day)]
        if any(map(unsettled.search, parts)):  # 春季，等通知
            day = next((part for part in parts if part in known or re.match(r"\d", part)), day)
        settled = bool(day) and not any(unsettled.search(part.strip()) for part in _PARTS.split(day))
        if not limit or (settled and day == limit):
            continue
        row[at["due"]], kind = (day, "tentative") if settled else ("", "open")
        for key, mark in zip(("title_zh", "title_en"), words[f"{kind}_called"], strict=True):
            if at[key] >= 0 and row[at[key]] and limit not in words["open_limits"]:
                row[at[key]] += mark.format(limit)
    return replace(sheet, rows=tuple(map(tuple, rows)))


def text_apart(row: Sequence[str], words: Mapping[str, Sequence[str]]) -> str:
    """Return the text of a row that is a sum or a note, "" for any other row."""
    filled = [cell for cell in row if cell]
    of_period = tuple(words.get("sums_of_period", ()))
    begins = ["".join(cell.split()).lower() for cell in filled[:2]]
    ends = tuple(word for word in words.get("sums", ()) if len(word) > 1)  # 2018—2022小计
    named = re.compile("|".join(words.get("sums_named", ("(?!)",))))
    if any(
        cell.endswith(of_period)
        or (re.match(r"\d", cell) and cell.endswith(ends))
        or named.fullmatch(cell)
        or all(part in ends for part in re.split("[/／、和及]", cell))
        for cell in begins
    ):
        return " ".join(filled)
    begun = re.split(r"[：:.．\d（(\s]", filled[0].lower(), maxsplit=1)
    noted = len(begun) > 1 and begun[0] in words.get("notes", ())
    long = len(filled[0]) > NOTE_LENGTH and not NUMBERED.match(filled[0])  # a number begins a heading
    alone = len(filled) == 1 and len(row) > 2 and (long or filled[0][0] in "※*＊")
    if len(filled) == 2 and row[0] and begun[0] == filled[0].lower() and begun[0] in words["cited"]:
        return "：".join(filled)
    return " ".join(filled) if (noted and len(filled) <= 2) or alone else ""


def named_source(title: str, words: Mapping[str, Collection[str]]) -> str:
    """Return the title of a source; after a bare name, such as 新华社, it adds what is not stated."""
    kinds = (key.partition(".")[2] for key in words if key.startswith("bare_sources."))
    bare = (kind for kind in kinds if re.fullmatch("|".join(words[f"bare_sources.{kind}"]), title))
    return next((f"{title}{''.join(words[f'bare_said.{kind}'])}" for kind in bare), title)


def note_bare(text: str, title: str, place: Place, notes: Problems) -> None:
    """If a text says too little about a source, add that to the notes, with the title as it is printed."""
    what = tr("'{title}' says too little about a source, and is printed as: {meant}", title=text, meant=title)
    notes += [Problem(place, what)] if title not in (text, full_width(text)) and text in title else []


def usual_kind(url: str, title: str, words: Mapping[str, Collection[str]]) -> str:
    """Return the kind of a source that states none: a page if it has an address, news by its title, else a document."""
    news = re.match(rf"(?:{'|'.join(words['news'])})(?=[\d（，,]|$)", title)
    return "EB/OL" if url else "N" if news else "R"


def note_doubts(texts: Mapping[int, str], file: str, words: Mapping[str, Sequence[str]], notes: Problems) -> None:
    """Add to the notes the remarks below the rows of a sheet that doubt its numbers."""
    for number, text in texts.items():
        for sentence in (each.strip() for each in text.split("。") if doubt_in(each, words)):
            what = tr("a note below the table doubts its number, and the brief does not say so: {text}", text=sentence)
            notes += [Problem(Place(file, number), what)] if re.search(r"\d(?!\d*[.．、])", sentence) else []
