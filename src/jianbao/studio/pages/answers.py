"""What draft and written changes leave open, sources of new numbers and typed texts with old ones, and the answers."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from jianbao.app.propose import WorkspaceState
from jianbao.core.encoding import has_han
from jianbao.core.errors import Place, Problem, UsageError, raise_all
from jianbao.core.messages import tr
from jianbao.data.dates import typed_date
from jianbao.data.facts import Source
from jianbao.data.schemas import NAMES
from jianbao.review.compare.redline import in_context, redline, tokens_of
from jianbao.review.document_edits import REGISTER, entries_in, mention_in, with_source
from jianbao.review.edits import is_applied
from jianbao.review.items import written_in
from jianbao.review.old_numbers import OldNumber, old_numbers
from jianbao.review.proposals import Edit, EntryEdit, TextEdit, with_changes, with_new_keys
from jianbao.review.source_answers import (
    DatedRow,
    SourceAnswer,
    SourceQuestion,
    dated_rows,
    is_known_on,
    is_source,
    replaces_numbers,
    source_questions,
    with_answer,
)
from jianbao.studio import drafts
from jianbao.studio.pages.names import Row, cell_in_words, cell_words, row_key, where_made, wording_label
from jianbao.studio.session import Trial
from jianbao.studio.visits import Visit, place_in_words
from jianbao.text.formatter import language_name
from jianbao.text.render import choose
from jianbao.text.wording import unfolded


def open_points(visit: Visit, trial: Trial | None = None) -> dict[str, Any]:
    """Return what numbers that were replaced leave open, by draft changes and by written ones, as a page shows it.

    `questions` ask for their sources, `numbers` are typed texts with the old number, `left` those that stay; `none`
    says that there was none. `answered` says that sources were told, `again` that they are asked about once more.
    `late` are rows that this edition does not know, `early` those that it knows before their source, without a reason.
    """
    questions, numbers, edits = _open(visit, trial)
    given = _given(visit, trial)[1] if trial and not trial.conflicts else {}
    rows = _dated(visit, trial)
    early = [each for each in rows if each.is_early and not each.reason_in(edits)]
    decided = [(each, each.reason_to_leave(edits)) for each in numbers]
    asked = [each for each, why in decided if not why]
    own_last = sorted(decided, key=lambda pair: pair[0].language == visit.language)
    sources = _sources(visit).values() if questions else ()
    return {
        "questions": [_question_view(visit, each) | {"given": given.get(each.place, {})} for each in questions],
        "answered": bool(given) and not _is_again(visit),
        "again": _is_again(visit),
        "numbers": asked,
        "texts": _texts(visit, asked, trial) if trial else [],
        "left": [*{(_name_of(each), why): (each, why) for each, why in own_last if why}.values()],
        "none": bool(trial) and not (questions or numbers) and _replaces_numbers(visit, trial),
        "titles": sorted({each.title for each in sources}),
        "publishers": sorted({each.producer for each in sources if each.producer}),
        "late": [_dated_view(visit, each) for each in rows if trial and each.is_late(_as_of(visit))],
        "early": [_dated_view(visit, each) for each in early],
    }


def _replaces_numbers(visit: Visit, trial: Trial | None) -> bool:
    """Return whether draft changes replace a number, so that texts with the old one were looked for."""
    if trial is None or trial.conflicts:
        return False
    return replaces_numbers(trial.edits, visit.studio.editable_in(visit.studio.with_drafts(trial)))


def _sources(visit: Visit) -> Mapping[str, Source]:
    return visit.last_whole.known.project.evidence.sources if visit.last_whole else {}


def _as_of(visit: Visit) -> date:
    """Return the day of the edition."""
    return visit.last_whole.known.issue.as_of if visit.last_whole else date.max


def _dated(visit: Visit, trial: Trial | None) -> list[DatedRow]:
    """Return the rows of draft changes, and of written ones that are still in the files, with their days."""
    known = visit.editable
    written = [
        edit
        for each in visit.studio.written()
        for edit in with_new_keys(each.edits, known.schemas)
        if is_applied(edit, known)
    ]
    published = {key: each.published for key, each in _sources(visit).items()}
    own = dated_rows(trial.edits, known, published) if trial else ()
    places = {each.place for each in own if each.row}
    return [*own, *(each for each in dated_rows(written, known, published) if each.place not in places)]


def _dated_view(visit: Visit, row: DatedRow) -> Row:
    """Return what a page says of a row that the edition does not know, or knows before its source."""
    labels, schema = visit.labels(), visit.editable.schemas[row.table]
    key = row_key(visit, row.table, [row.cells.get(each, "") for each in schema.key])
    newest = visit.last_whole.known.project.series.newest().as_of if visit.last_whole else date.max
    return {
        "id": f"{row.place} {row.text}",
        "where": f"{labels.table(row.table)} · {key}",
        "as_of": _as_of(visit).isoformat(),
        "known": row.known.isoformat() if row.known else "",
        "source_date": row.source_date.last.isoformat() if row.source_date else "",
        "future": row.date_after(newest, schema),
        "newest": newest.isoformat(),
        "own": labels.column(row.table, row.own) if row.own else "",
        "given": row.cells.get(row.own, ""),
    }


def _is_again(visit: Visit) -> bool:
    """Return whether answers that were given are asked about again."""
    return "again" in visit.query or "again" in visit.form


def _given(visit: Visit, trial: Trial) -> tuple[tuple[Edit, ...], dict[str, dict[str, str]]]:
    """Return draft changes without what was told of the sources of their numbers, and that."""
    return drafts.reopened(trial.edits, visit.editable, _sources(visit))


def _open(visit: Visit, trial: Trial | None) -> tuple[list[SourceQuestion], tuple[OldNumber, ...], list[Edit]]:
    """Return the open questions, the typed texts with an old number, and all changes that may answer."""
    known, own = visit.editable, trial.edits if trial else ()
    written = [each.edits for each in visit.studio.written()]
    again = _given(visit, trial)[0] if trial and not trial.conflicts and _is_again(visit) else own
    asked = (*visit.studio.open_questions(known, again), *source_questions(again, known))
    edits = [edit for each in (*written, own) for edit in each]
    state = visit.studio.with_drafts(trial) if trial else visit.state
    numbers = _old_numbers_in(visit, state, edits) if edits and isinstance(state, WorkspaceState) else ()
    return [*{each.place: each for each in asked}.values()], numbers, edits


def _old_numbers_in(visit: Visit, state: WorkspaceState, edits: Sequence[Edit]) -> tuple[OldNumber, ...]:
    """Return the typed texts of a state with changes in it that still have a number which the changes replace."""
    known, project = visit.studio.editable_in(state), state.known.project
    used = partial(is_known_on, state.known.issue.as_of, known=known, sources=project.evidence.sources)
    languages = tuple(project.writers.values())
    return visit.studio.cached(f"old numbers {edits!r}", state, lambda: old_numbers(edits, known, languages, used))


def _question_view(visit: Visit, asked: SourceQuestion) -> Row:
    """Return what a page asks about the source of a replaced number, with the fields of its row that go with it."""
    table, labels, words = asked.edit.table, visit.labels(), cell_words(visit, asked.edit.table)
    columns = visit.editable.schemas[table].columns
    fields = {
        name: {"label": labels.column(table, name), "value": asked.cells.get(name, ""), "column": name}
        | {"choices": {each: words.get(name, {}).get(each, each) for each in columns[name].of}}
        for name in drafts.GIVEN
        if name in columns
    }
    dated = next(iter(visit.editable.schemas[table].dated_by), "")
    said = {"where": where_made(visit, asked.edit), "old": asked.edit.old, "new": asked.edit.new}
    return said | {
        "dated": asked.cells.get(dated, ""),
        "is_dated": bool(dated),
        "place": asked.place,
        "source": cell_in_words(visit, table, asked.column, asked.cells[asked.column]),
        "fields": fields,
    }


def _texts(visit: Visit, numbers: Sequence[OldNumber], trial: Trial) -> list[Row]:
    """Return the typed texts that are asked about, each once with all its languages, as a page shows them."""
    groups: dict[str, list[OldNumber]] = {}
    for each in numbers:
        groups.setdefault(_name_of(each), []).append(each)
    return [_text_view(visit, name, found, trial) for name, found in groups.items()]


def _name_of(found: OldNumber) -> str:
    """Return the name of a typed text, which is the same in each language."""
    if found.entry:
        return found.entry.rpartition(".")[0]
    return found.wording or f"{found.place} {found.sentence}"


def _text_view(visit: Visit, name: str, found: Sequence[OldNumber], trial: Trial) -> Row:
    first, sides = found[0], list[Row]()
    by_language = {each.language: each for each in found}
    state, names = visit.studio.with_drafts(trial), visit.editable.sheets.get(NAMES)
    for language, text in _written(visit, first, trial).items():
        old = by_language.get(language)
        mention = "" if old or not first.renewal else mention_in(text, first.text, first.number, names)
        new = (old and old.proposed) or (mention and with_source(text, [mention], first.renewal[language])) or text
        was, now = (drafts.as_printed(state, language, each) if first.wording else each for each in (text, new))
        sides.append(
            {
                "language": language,
                "called": language_name(language, visit.language) if language else "",
                "text": text,
                "new": new,
                "change": in_context(redline(was, now, tokens_of())) if new != text else (),
                "found": old.number if old else "",
                "mention": mention,
                "filled": drafts.printed_in(state, language, text, new) if first.wording else {},
            }
        )
    is_elsewhere = bool(first.table)  # a cell, whose row has a source of its own
    return {
        "name": name,
        "where": _place_called(visit, first),
        "place": str(first.place),
        "found": "; ".join(dict.fromkeys(each.number for each in found)),
        "is_source": first.is_source,
        "of_its_day": (of_its_day := all(each.is_of_its_day for each in found)),
        "beside": of_its_day and any(side["change"] for side in sides),
        "sides": sides,
        "elsewhere": is_elsewhere,
        "foreign": is_elsewhere and visit.language == "zh" and not has_han(first.text),
        "fixed": not (first.entry or first.table or first.wording),
        "sentence": first.text if first.entry else first.sentence,
    }


def _place_called(visit: Visit, found: OldNumber) -> str:
    if found.wording:
        return wording_label(visit, found.wording)
    if found.entry:
        return visit.said(tr("Register of discrepancies, printed in the evidence volume"))
    if found.table:
        cells, key = visit.editable.row(found.table, found.place.line or 0), visit.editable.schemas[found.table].key
        row = row_key(visit, found.table, [cells.get(each, "") for each in key])
        return " · ".join(filter(None, (row, place_in_words(visit, found.place))))
    return visit.said(tr("{name}, line {line}", name=found.place.file, line=found.place.line))


def _written(visit: Visit, found: OldNumber, trial: Trial) -> dict[str, str]:
    """Return a typed text in each of its languages, as the draft changes leave it; a cell has none ("")."""
    state = visit.studio.with_drafts(trial)
    known = visit.studio.editable_in(state)
    if found.entry:
        register, base = entries_in(known.snapshot.text(REGISTER)), found.entry.rpartition(".")[0]
        languages = state.known.project.writers if isinstance(state, WorkspaceState) else (found.language,)
        return {each: register[f"{base}.{each}"].value for each in languages if f"{base}.{each}" in register}
    if found.wording:
        said = choose(known.wordings[found.wording], known.facts)
        return {language: written_in(text) for language, text in said.texts.items()} if said else {}
    return {"": found.text}


def take_answers(visit: Visit) -> None:
    """Take the answers to what replaced numbers leave open among the draft changes: all of them, or none.

    Raises UsageError for an answer that cannot be taken.
    """
    trial = visit.studio.trial()
    questions, numbers, _ = _open(visit, trial)
    texts = {name: [each for each in numbers if _name_of(each) == name] for name in visit.form.get("number", ())}
    edits = [
        edit
        for at, (name, found) in enumerate(texts.items())
        if found
        for edit in _text_answer(visit, at, found, trial)
    ]
    problems = list[Problem]()
    answers = [(asked, _source_answer(visit, at, problems)) for at, asked in _asked(visit, questions)]
    raise_all(problems, UsageError)
    rows = {f"{each.place} {each.text}": each for each in _dated(visit, trial)}
    _check_given(visit, answers, edits)

    def answered(made: tuple[Edit, ...]) -> tuple[Edit, ...]:
        known, sources, day = visit.editable, _sources(visit), _as_of(visit)
        found = _given(visit, trial)[0] if _is_again(visit) else made
        for asked, given in answers:
            if given:
                found = with_answer(found, question=asked, answer=given, known=known, sources=sources, as_of=day)
        return _with_days(visit, with_changes(found, edits), rows)

    visit.studio.change_drafts(answered)


def _check_given(visit: Visit, answers: Sequence[tuple[object, object]], edits: Sequence[Edit]) -> None:
    """Raise UsageError if a form answers nothing of what it asks."""
    days = [key for key in visit.form if key.startswith("day.") and visit.field(key).strip()]
    if edits or days or any(given for _, given in answers):
        return
    if answers:
        needed = {name: tr(said) for name, said in drafts.NEEDED.items() if name != "title_en" or _is_english(visit)}
        raise UsageError([Problem(Place(drafts.FORM, column=f"{name}.0"), said) for name, said in needed.items()])
    if visit.form.get("number") or visit.form.get("dated"):
        raise UsageError(
            Problem(Place(drafts.FORM), tr("Nothing is answered yet."), tr("mend a text, or say why it stays"))
        )


def _is_english(visit: Visit) -> bool:
    return visit.last_whole is not None and "en" in visit.last_whole.known.project.writers


def _asked(visit: Visit, questions: Sequence[SourceQuestion]) -> list[tuple[int, SourceQuestion]]:
    known = {each.place: each for each in questions}
    return [(at, known[place]) for at, place in enumerate(visit.form.get("question", ())) if place in known]


def _text_answer(visit: Visit, at: int, found: Sequence[OldNumber], trial: Trial) -> list[Edit]:
    """Return the changes that mend a text in the languages in which the form has another one, or why it stays."""
    why, texts = visit.field(f"why.{at}").strip(), _written(visit, found[0], trial)
    given = {language: unfolded(visit.field(f"new.{at}.{language}")) or text for language, text in texts.items()}
    changed = {language: new for language, new in given.items() if new != texts[language]}
    if why:
        return [each.left(why) for each in found]
    if found[0].wording:
        return [
            TextEdit(wording=found[0].wording, language=each, old=texts[each], new=new) for each, new in changed.items()
        ]
    if found[0].entry:
        base = found[0].entry.rpartition(".")[0]
        return [EntryEdit(about=f"{base}.{each}", old=texts[each], new=new) for each, new in changed.items()]
    return [edit for new in changed.values() for edit in found[0].mended(new, visit.editable)]


def _with_days(visit: Visit, edits: Sequence[Edit], rows: dict[str, DatedRow]) -> tuple[Edit, ...]:
    """Return changes with the days since which rows count as known, and the reasons for them, among them."""
    found = tuple(edits)
    for number, name in enumerate(visit.form.get("dated", ())):
        day, why = typed_date(visit.field(f"day.{number}")), visit.field(f"reason.{number}").strip()
        if name in rows and day and why:
            found = rows[name].since(found, day=day, why=why, known=visit.editable)
        elif day and name in rows and not why:
            what = tr("nobody has said where the number was public on {day}", day=day)
            raise UsageError(Problem(Place(rows[name].place), what, tr("name the paper or page, and its day")))
    return found


def _source_answer(visit: Visit, number: int, problems: list[Problem]) -> SourceAnswer | None:
    """Return what the form says of the source of a number; None if it says nothing, or with problems at its fields."""
    said = {key: visit.field(f"{key}.{number}").strip() for key in drafts.FIELDS}
    way, prefix = visit.field(f"way.{number}"), f"cell.{number}."
    if way == drafts.SAME:
        return SourceAnswer(same=visit.said(tr("the source is the same; the old number was copied wrongly")))
    if not any(said.values()) and not way:
        return None
    said["published"], day = typed_date(said["published"]), typed_date(visit.field(f"on.{number}"))
    drafted = [each.cells["title"] for each in visit.studio.drafts() if is_source(each) and not _is_again(visit)]
    missing = dict(drafts.missing_of({**said, "on": day}, way, _sources(visit).values(), drafted, _is_english(visit)))
    problems += [Problem(Place(drafts.FORM, column=f"{name}.{number}"), what) for name, what in missing.items()]
    cells = {key.removeprefix(prefix): visit.field(key).strip() for key in visit.form if key.startswith(prefix)}
    own = day if way in (drafts.REDATED, drafts.ADDED) else None
    return None if missing else SourceAnswer(source=said, cells=cells, added=way == drafts.ADDED, day=own)
