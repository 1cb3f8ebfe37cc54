"""Read the answers in the form: where a number comes from, and what to do with typed texts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from jianbao.core.documents import whole_number
from jianbao.core.encoding import has_han
from jianbao.core.errors import JianbaoError, Place, Problem, UsageError, raise_all
from jianbao.core.messages import Translatable, tr, tr_later
from jianbao.core.yaml_reader import parse_document
from jianbao.data.claim_limits import COPY
from jianbao.data.dates import period, typed_date
from jianbao.data.provenance import source_in
from jianbao.data.schemas import NAMES
from jianbao.render.html.templates import built_in_text
from jianbao.review.old_numbers import OldNumber
from jianbao.review.proposals import Edit, EntryEdit, KeepEdit, RowEdit, TextEdit, with_changes
from jianbao.review.source_answers import DatedRow, SourceAnswer, SourceQuestion, registered, with_answer
from jianbao.studio import drafts
from jianbao.studio.page_requests import WHY, PageRequest, first_problem, go, page, unseen_fields
from jianbao.studio.pages.answers import (
    OpenPoints,
    as_of,
    asks_again,
    dated,
    faults_in,
    given_before,
    name_of,
    newest_day,
    open_parts,
    open_points,
    sources_of,
    written_texts,
)
from jianbao.studio.pages.changes import changes, reasons_of_wordings, sentence_views
from jianbao.studio.session import Trial
from jianbao.text.citations import words_about
from jianbao.text.placeholders import unfolded

CITATION = "citation.yml"
# Required fields of a source.
FIELDS = ("title", "title_en", "producer", "producer_en", "published", "pages", "url", "grade", "note")
NEEDED: Mapping[str, str] = {
    "title": tr_later("Give the title of the source."),
    "title_en": tr_later("Give its title in English: the English pages print it."),
    "producer": tr_later("Say who published it."),
    "producer_en": tr_later("Give the publisher's name in English: the English pages print it."),
    "published": tr_later("Give its date, such as 2025-12-30; if only the month is known, 2025-12."),
    "way": tr_later("Choose what becomes of the old number."),
}

LATER = tr_later(
    "{cell} is after {day}, up to which this edition counts: it cannot be used now. If the date is right, "
    "drop the change (below), note the number and its source, and ask the administrator for the next edition."
)
KIND = "kind"  # the source gives the kind of a new row, not its name


def answer(request: PageRequest) -> Response:
    """Take the answers of the page; to add a row to a list, go to the list with the source of the number."""
    refused, (table, _, new) = attempted(request, partial(_take_answers, request)), request.field("add").partition(":")
    return refused or go(f"/data/{table}?{urlencode({'new': new})}#new-row" if table else "/changes")


def ask_rest(request: PageRequest) -> Response:
    """Show the further questions once the form gives the source of the number; nothing is stored."""
    return page(request, "rest", rest=rest_of(request), wrong={})


def rest_of(request: PageRequest) -> dict[str, Any]:
    """Return what numbers leave open besides their sources, given those in the form; {} if the form lacks some."""
    problems, trial = list[Problem](), request.studio.trial()
    answers = _source_answers(request, trial, problems)
    if problems or not answers or not all(given for _, given in answers):
        return {"days": [request.text(each.what) for each in problems if each.where.column.startswith("on.")]}
    with suppress(UsageError):
        edits = _with_sources(request, trial, answers)
        asked = replace(request, query={}, form={key: each for key, each in request.form.items() if key != "again"})
        trial = request.studio.trial(edits)
        return open_points(asked, trial) | {"copies": _no_more_copies(asked, trial)}
    return {}


def _no_more_copies(request: PageRequest, trial: Trial) -> list[Mapping[str, Any]]:
    """Return the sentences that change only because a source is recorded as no copy."""
    compared = trial.found.comparison
    reasons = reasons_of_wordings(request, trial.state, request.studio.with_drafts(trial))
    ending = request.text(tr("{source} is recorded as no reworded copy", source=""))
    alone = {key: why for key, why in reasons.items() if why.endswith(ending) and request.text(tr("; ")) not in why}
    return [each for each in sentence_views(request, compared, alone) if each["why"]] if compared else []


def attempted(request: PageRequest, do: Callable[[], object]) -> Response | None:
    """Do something; if it is refused, return the page of the changes that says why and keeps what was typed."""
    try:
        raise_all(unseen_fields(request), UsageError)
        do()
    except JianbaoError as error:
        shown = changes(request, (error,), rest_of(request))
        setattr(shown, WHY, first_problem(request, error))
        return shown
    return None


def fill_in(request: PageRequest) -> Response:
    """Fill in the fields of a source from one sentence about it, for the user to check; nothing is stored."""
    number = request.field("fill")
    found = source_in(request.field(f"sentence.{number}"), _publishers(request), citation_words())
    asked = dict(enumerate(open_parts(request, request.studio.trial()).questions)).get(whole_number(number) or 0)
    if asked and (words := words_about(request.field(f"sentence.{number}"), asked.edit.new)):
        found["note"] = words
    asks = _lacks_english(request, found.get("producer", ""))
    if request.fragment:
        return JSONResponse({"fields": found, "english": asks})
    given = {f"{key}.{number}": [text] for key, text in found.items()}
    form = {**request.form, **given, f"filled.{number}": [*found], f"english.{number}": ["yes"] * asks}
    filled = replace(request, form=form)
    return changes(filled, rest=rest_of(filled))


def citation_words() -> Mapping[str, str]:
    """Return the words used to parse a sentence about a source."""
    return {key: str(node.value) for key, node in parse_document(built_in_text(CITATION), CITATION).pairs()}


def _publishers(request: PageRequest) -> dict[str, str]:
    """Return the name in the files of each known publisher, by each of its names."""
    used = {each.producer for each in sources_of(request).values() if each.producer}
    found = {each: each for each in used}
    for forms, kind in _names(request):
        if kind == drafts.PUBLISHER or used & {*forms.values()}:
            stored = next((each for each in forms.values() if each in used), forms.get("zh") or forms["en"])
            found |= dict.fromkeys(forms.values(), stored)
    return found


def _names(request: PageRequest) -> Iterator[tuple[dict[str, str], str]]:
    """Yield the Chinese and English names of each entry of the name table, and its kind."""
    sheet = request.editable.sheets.get(NAMES)
    for row in sheet.rows if sheet else ():
        cells = dict(zip(sheet.head, row, strict=True)) if sheet else {}
        forms = {key: cells[key] for key in ("zh", "en", "zh_short", "en_short") if cells.get(key)}
        if forms.keys() & {"zh", "en"}:
            yield forms, cells.get("kind", "")


def _lacks_english(request: PageRequest, producer: str) -> bool:
    """Return whether the English pages need the name of a publisher, and the name table can take it."""
    sheet = request.editable.sheets.get(NAMES)
    made = () if asks_again(request) else request.studio.drafts()
    known = [each.cells["zh"] for each in made if drafts.is_publisher(each)]
    if not (sheet and {"zh", "en"} <= {*sheet.head} and _is_english(request) and has_han(producer)):
        return False
    return producer not in (*known, *(each for forms, _ in _names(request) if "en" in forms for each in forms.values()))


def _take_answers(request: PageRequest) -> None:
    """Add the answers about what replaced numbers leave open to the draft changes: all of them, or none.

    Raises UsageError for an answer that cannot be taken.
    """
    request.studio.change_drafts(partial(_answered, request))


def _answered(request: PageRequest, made: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """Return draft changes with the answers added: the sources first, since the other questions depend on them."""
    trial, problems = request.studio.trial(made), list[Problem]()
    answers = _source_answers(request, trial, problems)
    raise_all(problems, UsageError)
    with_sources = _with_sources(request, trial, answers) if answers else made
    after = request.studio.trial(with_sources)
    opened = open_parts(request, after)
    asked_texts = request.form.get("number", ())
    texts = {name: [each for each in opened.numbers if name_of(each) == name] for name in asked_texts}
    pairs = [(at, found) for at, found in enumerate(texts.values()) if found]
    edits = [edit for at, found in pairs for edit in _text_answer(request, at, found, after, problems)]
    edits += _unknown(request, opened, problems) if not request.field("add") else ()
    raise_all(problems, UsageError)
    _check_given(request, answers, edits)
    rows = {f"{each.place} {each.text}": each for each in dated(request, trial)}
    return _with_days(request, with_changes(with_sources, edits), rows)


def _source_answers(
    request: PageRequest, trial: Trial, problems: list[Problem]
) -> list[tuple[SourceQuestion, SourceAnswer | None]]:
    """Return the questions for sources in the form, each with its answer, or None if it is not answered."""
    opened = open_parts(request, trial)
    return [(asked, _source_answer(request, at, problems)) for at, asked in _asked(request, opened.questions)]


def _with_sources(
    request: PageRequest, trial: Trial, answers: Sequence[tuple[SourceQuestion, SourceAnswer | None]]
) -> tuple[Edit, ...]:
    """Return draft changes with the answers about the sources of their numbers added."""
    editable, sources, day = request.editable, sources_of(request), as_of(request)
    found = given_before(request, trial)[0] if asks_again(request) else trial.edits
    for asked, given in answers:
        if given:
            found = with_answer(found, question=asked, answer=given, editable=editable, sources=sources, as_of=day)
            found = with_changes(found, _new_publisher(request, found, given))
    return found


def _new_publisher(request: PageRequest, edits: Sequence[Edit], given: SourceAnswer) -> Iterator[RowEdit]:
    """Yield the row of the name table that gives the English name of a new publisher."""
    zh, en = given.source.get(drafts.PUBLISHER, ""), given.source.get("producer_en", "")
    if zh and en and not any(drafts.is_publisher(each) and each.cells["zh"] == zh for each in edits):
        sheet = request.editable.sheets[NAMES]
        taken = {row[sheet.head.index("id")] for row in sheet.rows}
        names = (en, *(f"{en} ({number})" for number in range(2, len(taken) + 3)))
        cells = {"id": next(each for each in names if each not in taken), "kind": drafts.PUBLISHER, "zh": zh, "en": en}
        yield RowEdit(table=NAMES, cells={key: cells[key] for key in sheet.head if key in cells})


def _unknown(request: PageRequest, opened: OpenPoints, problems: list[Problem]) -> Iterator[KeepEdit]:
    """Yield the decisions that the further rows of a grown total, beyond its lists, stay unknown.

    A row that is neither given nor declared unknown is a problem at its field.
    """
    asked = {f"{each.place}: {each.text}": each for each in opened.unlisted}
    for at, name in enumerate(request.form.get("unlisted", ())):
        if name in asked and request.field(f"unknown.{at}"):
            usual = tr("It says neither of what kind, nor a name")
            if request.field(f"unknown.{at}") == KIND:
                usual = tr("The source says of what kind, and gives no name")
            why = request.field(f"unknown_why.{at}").strip() or request.text(usual)
            yield KeepEdit(place=asked[name].place, text=asked[name].text, why=why)
        elif name in asked:
            what = tr("Say that the source gives no name, or add the new row to its list.")
            problems.append(Problem(Place(drafts.FORM, column=f"unknown.{at}"), what))


def _check_given(request: PageRequest, answers: Sequence[tuple[object, object]], edits: Sequence[Edit]) -> None:
    """Raise UsageError if a form answers none of its questions."""
    days = [key for key in request.form if key.startswith("day.") and request.field(key).strip()]
    if edits or days or any(given for _, given in answers):
        return
    if answers:
        absent = {"producer_en"} | (set() if _is_english(request) else {"title_en"})
        needed = {name: tr(message) for name, message in NEEDED.items() if name not in absent}
        raise UsageError([Problem(Place(drafts.FORM, column=f"{name}.0"), message) for name, message in needed.items()])
    if request.form.get("number") or request.form.get("dated"):
        raise UsageError(
            Problem(Place(drafts.FORM), tr("Nothing is answered yet."), tr("mend a text, or say why it stays"))
        )


def _is_english(request: PageRequest) -> bool:
    return request.last_whole is not None and "en" in request.last_whole.assessment.project.writers


def _asked(request: PageRequest, questions: Sequence[SourceQuestion]) -> list[tuple[int, SourceQuestion]]:
    known = {each.place: each for each in questions}
    return [(at, known[place]) for at, place in enumerate(request.form.get("question", ())) if place in known]


def _text_answer(
    request: PageRequest, at: int, found: Sequence[OldNumber], trial: Trial, problems: list[Problem]
) -> list[Edit]:
    """Return the changes that correct a text in the languages in which the form has a new one, or why it stays.

    A text that a check would refuse is a problem at its field.
    """
    why, texts = request.field(f"why.{at}").strip(), written_texts(request, found[0], trial)
    given = {language: unfolded(request.field(f"new.{at}.{language}")) or text for language, text in texts.items()}
    changed = {language: new for language, new in given.items() if new != texts[language]}
    if why:
        return [each.kept(why) for each in found]
    for language, new in changed.items():
        for fault in faults_in(request, found[0], language, texts[language], new)[:1]:
            problems.append(Problem(Place(drafts.FORM, column=f"new.{at}.{language}"), fault))
    if wording := found[0].wording:
        return [TextEdit(wording=wording, language=each, old=texts[each], new=new) for each, new in changed.items()]
    if found[0].entry:
        base = found[0].entry.rpartition(".")[0]
        return [EntryEdit(about=f"{base}.{each}", old=texts[each], new=new) for each, new in changed.items()]
    return [edit for new in changed.values() for edit in found[0].mended(new, request.editable)]


def _with_days(request: PageRequest, edits: Sequence[Edit], rows: dict[str, DatedRow]) -> tuple[Edit, ...]:
    """Return changes with the days from which rows count as known, and the reasons, added."""
    found = tuple(edits)
    for number, name in enumerate(request.form.get("dated", ())):
        day, why = typed_date(request.field(f"day.{number}")), request.field(f"reason.{number}").strip()
        if name in rows and day and why:
            found = rows[name].since(found, day=day, why=why, editable=request.editable)
        elif day and name in rows and not why:
            what = tr("nobody has said where the number was public on {day}", day=day)
            raise UsageError(Problem(Place(rows[name].place), what, tr("name the paper or page, and its day")))
    return found


def _source_answer(request: PageRequest, number: int, problems: list[Problem]) -> SourceAnswer | None:
    """Return the form's answer about the source of a number; None if it is blank, or has problems at its fields."""
    source = {key: request.field(f"{key}.{number}").strip() for key in FIELDS}
    way, prefix = request.field(f"way.{number}"), f"cell.{number}."
    if way == drafts.SAME:
        return SourceAnswer(same=request.text(tr("the source is the same; the old number was copied wrongly")))
    if not any(source.values()) and not way:
        return None
    if request.field(f"reprint.{number}"):
        source["grade"] = COPY
    bare = source["producer"].removeprefix("《").removesuffix("》").strip()
    source["producer"] = _publishers(request).get(bare, bare)
    source["published"], day = typed_date(source["published"]), typed_date(request.field(f"on.{number}"))
    missing = dict(_missing(request, {**source, "on": day}, way))
    if way in (drafts.CORRECTED, drafts.REDATED) and not request.field(f"sure.{number}"):
        missing["sure"] = tr("Take this answer only if the old number was wrong indeed, and tick the box.")
    if request.field(f"copied.{number}") and f"reprint.{number}" not in request.form:
        missing["reprint"] = tr("Say whether it is the publisher's own report.")
    problems += [Problem(Place(drafts.FORM, column=f"{name}.{number}"), what) for name, what in missing.items()]
    cells = {key.removeprefix(prefix): request.field(key).strip() for key in request.form if key.startswith(prefix)}
    own = day if way in (drafts.REDATED, drafts.ADDED) else None
    return None if missing else SourceAnswer(source=source, cells=cells, added=way == drafts.ADDED, day=own)


def _missing(request: PageRequest, source: Mapping[str, str], way: str) -> Iterator[tuple[str, Translatable]]:
    """Yield the fields of an answer that are missing or invalid, with the message shown there.

    An unknown title is that of a new source, which needs all fields except page and address, and the English title
    and the English name of its publisher if the pages print them.
    """
    title, day = source["title"], source["on"]
    known = registered(source, sources_of(request), () if asks_again(request) else request.studio.drafts())
    needed = {"title_en": _is_english(request) and has_han(title)}
    needed["producer_en"] = _lacks_english(request, source["producer"])
    for name in ("title",) if known else ("title", "title_en", "producer", "producer_en", "published"):
        if not source[name] and needed.get(name, True):
            yield name, tr(NEEDED[name])
        elif name in needed and has_han(source[name]):
            yield name, tr("Write it in English: '{value}' has Chinese characters.", value=source[name])
    for name in ("published", "on"):
        if source[name] and period(source[name]) is None:
            yield name, tr("'{value}' is not a date: write 2025, 2025-12 or 2025-12-30.", value=source[name])
    dated_on, newest = period(day or source["published"]), newest_day(request)
    if way in (drafts.REDATED, drafts.ADDED) and dated_on and dated_on.first > newest:
        yield "on", tr(LATER, cell=day or source["published"], day=newest)
    if source["url"] and not source["url"].startswith(("https://", "http://")):
        yield "url", tr("An address begins with https:// or http://.")
    if way not in (drafts.CORRECTED, drafts.REDATED, drafts.ADDED):
        yield "way", tr(NEEDED["way"])
    elif way != drafts.CORRECTED and known and not (known.published or day):
        yield "on", tr("Give the day of the new number.")
