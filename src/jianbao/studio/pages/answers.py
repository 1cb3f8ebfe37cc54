"""Find what changes leave open: sources of new numbers, typed texts with the old ones, unlisted rows."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, cast

from jianbao.app.evidence.due import lists_below, unlisted_totals
from jianbao.app.evidence.facts import Unlisted
from jianbao.app.propose import BrokenState, WorkspaceState
from jianbao.core.encoding import HAN, has_han, the_one_named
from jianbao.core.errors import Place
from jianbao.core.messages import Translatable, tr, tr_list
from jianbao.data.claim_limits import COPY, GRADES_IN_WORDS
from jianbao.data.facts import Source
from jianbao.data.schemas import NAMES
from jianbao.review.compare.redline import redline, tokens_of
from jianbao.review.document_edits import REGISTER, entries_in, mention_in, with_source
from jianbao.review.edits import is_applied
from jianbao.review.old_numbers import OldNumber, old_numbers
from jianbao.review.proposals import Edit, with_new_keys
from jianbao.review.review_items import written_in
from jianbao.review.source_answers import (
    DatedRow,
    SourceQuestion,
    dated_rows,
    is_known_on,
    is_source,
    replaces_numbers,
    source_questions,
    sources_alike,
)
from jianbao.studio import drafts
from jianbao.studio.page_requests import PageRequest, place_in_words
from jianbao.studio.pages.names import Row, cell_words, fact_called, row_key, where_made, wording_label
from jianbao.studio.session import Trial
from jianbao.text.citations import is_named_in
from jianbao.text.formatter import Writer, language_name
from jianbao.text.lint import faults_of_text, faults_of_words
from jianbao.text.placeholders import pieces
from jianbao.text.render import choose
from jianbao.text.wording import WordingText

_HAN = re.compile(f"[{HAN}]+")


def open_points(request: PageRequest, trial: Trial | None = None) -> dict[str, Any]:
    """Return what replaced numbers leave open, in draft changes and in written ones, as a page shows it.

    `questions` ask for their sources, `numbers` are typed texts with the old number, `left` those that stay (`none`:
    there was none), `unlisted` totals that grew by more than their lists. `answered`: sources were given; `again`:
    they are asked for again. This edition does not know `late` rows, and knows `early` ones before their source.
    """
    opened = open_parts(request, trial)
    questions, numbers, edits = opened.questions, opened.numbers, opened.edits
    given, rows = given_before(request, trial)[1] if trial and not trial.conflicts else {}, dated(request, trial)
    early = [each for each in rows if each.is_early and not each.reason_in(edits)]
    decided = [(each, each.reason_to_keep(edits)) for each in numbers]
    asked = [each for each, why in decided if not why]
    own_last = sorted(decided, key=lambda pair: pair[0].language == request.language)
    sources = sources_of(request).values() if questions else ()
    return {
        "questions": [_question_view(request, n, each, given.get(each.place, {})) for n, each in enumerate(questions)],
        "answered": bool(given) and not asks_again(request),
        "again": asks_again(request),
        "numbers": asked,
        "texts": _texts(request, asked, trial) if trial else [],
        "left": [*{(name_of(each), why): (each, why) for each, why in own_last if why}.values()],
        "unlisted": [_unlisted_view(request, each, edits) for each in opened.unlisted],
        "none": bool(trial) and not (questions or numbers) and _replaces_numbers(request, trial),
        "titles": sorted({each.title for each in sources}),
        "publishers": sorted({each.producer for each in sources if each.producer}),
        "late": [_dated_view(request, each) for each in rows if trial and each.is_late(as_of(request))],
        "early": [_dated_view(request, each) for each in early],
    }


def _replaces_numbers(request: PageRequest, trial: Trial | None) -> bool:
    """Return whether draft changes replace a number, so that texts with the old number were searched for."""
    if trial is None or trial.conflicts:
        return False
    return replaces_numbers(trial.edits, request.studio.editable_in(request.studio.with_drafts(trial)))


def sources_of(request: PageRequest) -> Mapping[str, Source]:
    """Return the sources of the workspace by their ids."""
    return request.last_whole.assessment.project.evidence.sources if request.last_whole else {}


def title_of(request: PageRequest, source: str, edits: Sequence[Edit]) -> str:
    """Return the title of a source of the workspace, or of one that changes add; "" if there is none."""
    known = sources_of(request).get(source)
    added = (each.cells["title"] for each in edits if is_source(each) and each.cells["id"] == source)
    return known.bare_title if known else next(added, "")


def as_of(request: PageRequest) -> date:
    """Return the day of the edition."""
    return request.last_whole.assessment.issue.as_of if request.last_whole else date.max


def newest_day(request: PageRequest) -> date:
    """Return the day of the newest edition."""
    return request.last_whole.assessment.project.series.newest().as_of if request.last_whole else date.max


def dated(request: PageRequest, trial: Trial | None) -> list[DatedRow]:
    """Return the rows of draft changes, and of written ones that are still in the files, with their days."""
    editable = request.editable
    keyed = (with_new_keys(each.edits, editable.schemas) for each in request.studio.written())
    written = [edit for found in keyed for edit in found if is_applied(edit, editable)]
    published = {key: each.published for key, each in sources_of(request).items()}
    own = dated_rows(trial.edits, editable, published) if trial else ()
    places = {each.place for each in own if each.row}
    return [*own, *(each for each in dated_rows(written, editable, published) if each.place not in places)]


def _dated_view(request: PageRequest, row: DatedRow) -> Row:
    """Return what a page shows about a row that the edition does not know, or knows before its source."""
    labels, schema = request.labels(), request.editable.schemas[row.table]
    key = row_key(request, row.table, [row.cells.get(each, "") for each in schema.key])
    return {
        "id": f"{row.place} {row.text}",
        "where": f"{labels.table(row.table)} · {key}",
        "as_of": as_of(request).isoformat(),
        "known": row.known.isoformat() if row.known else "",
        "source_date": row.source_date.last.isoformat() if row.source_date else "",
        "future": row.date_after(newest_day(request), schema),
        "newest": newest_day(request).isoformat(),
        "own": labels.column(row.table, row.own) if row.own else "",
        "given": row.cells.get(row.own, ""),
    }


def asks_again(request: PageRequest) -> bool:
    """Return whether questions that were already answered are asked again."""
    return "again" in request.query or "again" in request.form


def given_before(request: PageRequest, trial: Trial) -> tuple[tuple[Edit, ...], dict[str, dict[str, str]]]:
    """Return the draft changes without the answers about their numbers' sources, and those answers."""
    return drafts.reopened(trial.edits, request.editable, sources_of(request))


@dataclass(frozen=True, kw_only=True)
class OpenPoints:
    """The questions for sources, the typed texts with an old number, all changes that may answer, and unlisted rows."""

    questions: Sequence[SourceQuestion]
    numbers: Sequence[OldNumber]
    edits: Sequence[Edit]
    unlisted: Sequence[Unlisted]


def open_parts(request: PageRequest, trial: Trial | None) -> OpenPoints:
    """Return what draft changes and written ones leave open."""
    editable, own = request.editable, trial.edits if trial else ()
    written = [each.edits for each in request.studio.written()]
    again = given_before(request, trial)[0] if trial and not trial.conflicts and asks_again(request) else own
    asked = (*request.studio.open_questions(editable, again), *source_questions(again, editable))
    edits = [edit for each in (*written, own) for edit in each]
    state = request.studio.with_drafts(trial) if trial else request.state
    numbers = _old_numbers_in(request, state, edits) if edits and isinstance(state, WorkspaceState) else ()
    questions = [*{each.place: each for each in asked}.values()]
    grown = _unlisted(request, state) if edits else []
    unlisted = [left for each in grown if (left := each.after(edits)).more > 0]
    return OpenPoints(questions=questions, numbers=numbers, edits=edits, unlisted=unlisted)


def _unlisted(request: PageRequest, state: WorkspaceState | BrokenState) -> list[Unlisted]:
    """Return the totals that grew, by all changes including written ones, by more than the rows that they count."""
    base = request.last_whole
    if base is None or not isinstance(state, WorkspaceState):
        return []
    studio, written = request.studio, request.studio.written()
    before = studio.cached("unchanged", base, lambda: (written and studio.without_changes(base)) or base)
    return unlisted_totals(state.assessment, before.assessment.ledger)


def _unlisted_view(request: PageRequest, found: Unlisted, edits: Sequence[Edit]) -> Row:
    """Return a page's question about a total that has grown by more than its lists, and where to add its rows."""
    labels = request.labels()
    return {
        "id": f"{found.place}: {found.text}",
        "name": fact_called(request, request.last_whole, found.total) or found.total,
        "was": f"{found.was:g}",
        "now": f"{found.now:g}",
        "more": int(found.more),
        "tables": [(each, labels.table(each)) for each in found.lists],
        "source": found.source,
        "title": (title := title_of(request, found.source, edits)),
        "kind": "" if f"{found.now:g}" in title else the_one_named(title, map(labels.table, found.lists)),
    }


def _old_numbers_in(request: PageRequest, state: WorkspaceState, edits: Sequence[Edit]) -> tuple[OldNumber, ...]:
    """Return the typed texts of a changed state that still have a number which the changes replace."""
    editable, project = request.studio.editable_in(state), state.assessment.project
    used = partial(is_known_on, state.assessment.issue.as_of, editable=editable, sources=project.evidence.sources)
    languages = tuple(project.writers.values())
    return request.studio.cached(f"old numbers {edits!r}", state, lambda: old_numbers(edits, editable, languages, used))


def _question_view(request: PageRequest, at: int, asked: SourceQuestion, given: Mapping[str, str]) -> Row:
    """Return a page's question about the source of a replaced number, with fields of its row; `given` is the answer."""
    table, labels, words = asked.edit.table, request.labels(), cell_words(request, asked.edit.table)
    columns = request.editable.schemas[table].columns
    fields = {
        name: {"label": labels.column(table, name), "value": asked.cells.get(name, ""), "column": name}
        | {"choices": {each: words.get(name, {}).get(each, each) for each in columns[name].of}}
        for name in drafts.GIVEN
        if name in columns
    }
    dated = next(iter(request.editable.schemas[table].dated_by), "")
    sources, rests_on = sources_of(request), asked.cells[asked.column].split(";")
    named = [sources[each.strip()].bare_title if each.strip() in sources else each for each in rests_on]
    alike = sources_alike(asked.cells, (), request.editable.sheets[table], request.editable.schemas[table])
    days = [request.field(f"{key}.{at}") or given.get(key, "") for key in ("on", "published")]
    view = {"where": where_made(request, asked.edit), "old": asked.edit.old, "new": asked.edit.new}
    below = lists_below(request.last_whole.assessment, [*asked.cells.values()]) if request.last_whole else ()
    return view | {
        "counts": [labels.table(each) for each in below],
        "dated": asked.cells.get(dated, ""),
        "is_dated": bool(dated),
        "is_later": drafts.is_later(next(filter(None, days), ""), asked.cells.get(dated, "")),
        "given": given,
        "place": asked.place,
        "source": request.text(tr_list(named, "; ")),
        "copied": any(sources[each].grade == COPY for each in alike if each in sources),
        "fields": fields,
        "grades": {key: request.text(tr(word)) for key, word in GRADES_IN_WORDS.items()},
    }


def _texts(request: PageRequest, numbers: Sequence[OldNumber], trial: Trial) -> list[Row]:
    """Return the typed texts that are asked about, each once with all its languages, as a page shows them."""
    groups: dict[str, list[OldNumber]] = {}
    for each in numbers:
        groups.setdefault(name_of(each), []).append(each)
    return [_text_view(request, name, found, trial) for name, found in groups.items()]


def number_moves(facts: Iterable[Row]) -> list[Row]:
    """Return the facts whose value changed, grouped by old and new value, a name for each row, largest group first."""
    found: dict[tuple[object, object], list[Row]] = {}
    for each in facts:
        found.setdefault((each["was"], each["now"]), []).append(each)
    groups = sorted(found.values(), key=len, reverse=True)
    return [
        {
            **max(alike, key=lambda each: abs(cast(float, each["effect"]))),
            "names": [*dict.fromkeys({each["row"] or each["name"]: each["name"] for each in alike[::-1]}.values())][
                ::-1
            ],
        }
        for alike in groups
    ]


def name_of(found: OldNumber) -> str:
    """Return the name of a typed text, which is the same in each language."""
    return found.entry.rpartition(".")[0] or found.wording or f"{found.place} {found.sentence}"


def _text_view(request: PageRequest, name: str, found: Sequence[OldNumber], trial: Trial) -> Row:
    first, sides = found[0], list[Row]()
    by_language = {each.language: each for each in found}
    state, names = request.studio.with_drafts(trial), request.editable.sheets.get(NAMES)
    for language, text in written_texts(request, first, trial).items():
        old = by_language.get(language)
        mention = "" if old or not first.renewal else mention_in(text, first.text, first.number, names)
        named = first.renewal.get(language, "")
        new = (old and old.proposed) or (mention and named and with_source(text, [mention], named)) or text
        was, now = (drafts.as_printed(state, language, each) if first.wording else each for each in (text, new))
        sides.append(
            {
                "language": language,
                "called": language_name(language, request.language) if language else "",
                "text": text,
                "new": new,
                "change": redline(was, now, tokens_of()) if new != text else (),
                "found": old.number if old else "",
                "mention": mention,
                "unsure": bool(mention) and not is_named_in(named, names),
                "faults": faults_in(request, first, language, text, new) if new != text else (),
                "filled": drafts.printed_in(state, language, text, new) if first.wording else {},
            }
        )
    return {
        "name": name,
        "where": _place_called(request, first),
        "place": str(first.place),
        "found": request.text(tr_list(dict.fromkeys(each.number for each in found), "; ")),
        "is_source": first.is_source,
        "of_its_day": (of_its_day := all(each.is_of_its_day for each in found)),
        "beside": of_its_day and any(side["change"] for side in sides),
        "sides": sides,
        "elsewhere": bool(first.table),
        "foreign": bool(first.table) and request.language == "zh" and not has_han(first.text),
        "fixed": not (first.entry or first.table or first.wording),
        "sentence": first.text if first.entry else first.sentence,
    }


def _place_called(request: PageRequest, found: OldNumber) -> str:
    if found.wording:
        return wording_label(request, found.wording)
    if found.entry:
        return request.text(tr("Register of discrepancies, printed in the evidence volume"))
    if found.table:
        cells, key = request.editable.row(found.table, found.place.line or 0), request.editable.schemas[found.table].key
        row = row_key(request, found.table, [cells.get(each, "") for each in key])
        return " · ".join(filter(None, (row, place_in_words(request, found.place))))
    return request.text(tr("{name}, line {line}", name=found.place.file, line=found.place.line))


def written_texts(request: PageRequest, found: OldNumber, trial: Trial) -> dict[str, str]:
    """Return a typed text in each of its languages, as the draft changes leave it; a cell has none ("")."""
    editable = request.studio.editable_in(state := request.studio.with_drafts(trial))
    if found.entry:
        register, base = entries_in(editable.snapshot.text(REGISTER)), found.entry.rpartition(".")[0]
        languages = state.assessment.project.writers if isinstance(state, WorkspaceState) else (found.language,)
        return {each: register[f"{base}.{each}"].value for each in languages if f"{base}.{each}" in register}
    if found.wording:
        chosen = choose(editable.wordings[found.wording], editable.facts)
        return {language: written_in(text) for language, text in chosen.texts.items()} if chosen else {}
    return {"": found.text}


def faults_in(request: PageRequest, found: OldNumber, language: str, old: str, new: str) -> list[Translatable]:
    """Return why a text would be refused in a language, in the reader's words, except for faults that it had before."""
    han = [each for each in _HAN.findall(drafts.HOLE.sub("", new)) if each not in old]
    if han and language not in ("", "zh"):
        called = language_name(language, request.language)
        return [tr("“{found}” is Chinese: write it in {language}.", found="”, “".join(han), language=called)]
    state, place = request.last_whole, Place(drafts.FORM)
    if not (found.wording and state and language in state.assessment.project.writers):
        return []
    writer = state.assessment.project.writers[language]
    was, now = (_faults_of(WordingText(tuple(pieces(text)), place), writer, place) for text in (old, new))
    return [each for each in now if str(each) not in map(str, was)]


def _faults_of(text: WordingText, writer: Writer, place: Place) -> list[Translatable]:
    """Return the problems that checks would report for a text, with what to write instead."""
    found = (*faults_of_text(text, writer, place), *faults_of_words(text, writer, place))
    return [tr_list([part for part in (each.what, each.hint) if part], "; ") for each in found]
