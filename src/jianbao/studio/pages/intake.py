"""What is lacking, what comes in, help, and who is here; and the remarks in the tables that go out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from jianbao.app.approval import MARK
from jianbao.app.doctor import inspect_machine, machine_checks
from jianbao.app.evidence.due import KINDS, DueItem, renewal_list
from jianbao.app.evidence.facts import value_in
from jianbao.app.explain import PHRASE, Word, called, explained, words
from jianbao.app.intake import (
    IntakeReview,
    make_template,
    reread,
    review_delivery,
    with_accepted,
    write_rows,
)
from jianbao.app.propose import WorkspaceState, consequences
from jianbao.brief.export import extracts
from jianbao.core.encoding import shortened
from jianbao.core.errors import Place, Problem, UsageError
from jianbao.core.messages import LANGUAGES, tr, tr_list
from jianbao.data.anomalies import write_value
from jianbao.delivery.traces import REMARKS, remarks_sent
from jianbao.intake.decisions import AcceptedRows, Answer, Case, Decision, accept_rows, meant_by, rows_in_words
from jianbao.intake.labels import Labels
from jianbao.intake.report import QUESTIONS, review_report
from jianbao.review.proposals import CellEdit, RowEdit
from jianbao.studio.accounts import right_to_pack
from jianbao.studio.guard import inside
from jianbao.studio.pages.changes import consequence_view
from jianbao.studio.pages.log import names_of
from jianbao.studio.pages.names import cell_in_words, first_station
from jianbao.studio.session import Trial
from jianbao.studio.visits import LANGUAGE, LONGEST_NAME, NAME, Visit, causes, go, page

TEMPLATE = "workbook.xlsx"
LONGEST_PLACE, LONGEST_ROW = 300, 9  # characters
LONGEST_VALUE = 60  # columns; the page of a fact shows a longer list of names in full
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DECISIONS: Mapping[str, Decision] = {"take": "take", "correct": "correct", "as_written": "as_written", "leave": "leave"}


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A delivery that is looked at: its review, the answers so far, and what they come to if no case is open."""

    name: str
    review: IntakeReview
    answers: Mapping[Case, Answer]
    accepted: AcceptedRows | None = None


def intake(visit: Visit) -> Response:
    """Show the delivery that is looked at: its rows, and its questions or what writing it would move."""
    delivery = visit.studio.delivery
    if not isinstance(delivery, Delivery):
        return page(visit, "intake", delivery=None, sources=_sources(visit))
    looked = delivery.review.examination
    return page(
        visit,
        "intake",
        delivery=delivery,
        sources=_sources(visit),
        lines=[visit.said(line) for line in review_report(looked, delivery.review.holdings)],
        cases=[_case_view(visit, number, case) for number, case in enumerate(_open(delivery))],
        wanted=visit.said(rows_in_words(*delivery.accepted.counts())) if delivery.accepted else "",
        moved=_moved(visit, delivery),
    )


def template(visit: Visit) -> Response:
    """Return the empty workbook of the workspace, to be filled in and uploaded."""
    headers = {"content-disposition": f'attachment; filename="{TEMPLATE}"'}
    return Response(make_template(visit.editable.snapshot), media_type=XLSX, headers=headers)


def _sources(visit: Visit) -> dict[str, str]:
    """Return the sources that the tables name, each with its title."""
    known, state = visit.editable, visit.last_whole
    titles = {key: each.title for key, each in state.known.project.evidence.sources.items()} if state else {}
    found = sorted({part.strip() for row in known.sheets.values() for part in _source_cells(row.head, row.rows)})
    return {each: titles.get(each, "") for each in found}


def _source_cells(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> list[str]:
    places = [place for place, column in enumerate(head) if column in ("source", "sources")]
    cells = (row[place] for row in rows for place in places)
    return [part for cell in cells for part in cell.split(";") if part.strip()]


def _open(delivery: Delivery) -> list[Case]:
    return [case for case in delivery.review.examination.cases if case not in delivery.answers]


def _case_view(visit: Visit, number: int, case: Case) -> dict[str, object]:
    """Return a question with the answers that can be given to it."""
    meant = meant_by(case)
    choices: dict[str, str] = {}
    if case.kind != "fault":
        choices["take"] = visit.said(tr("take the row"))
    if meant is not None:
        choices["correct"] = visit.said(tr("write {value} instead", value=write_value(meant)))
    if case.written:
        choices["as_written"] = visit.said(tr("take '{written}' as it is written", written=case.written))
    choices["leave"] = visit.said(tr("leave the row out"))
    return {
        "number": number,
        "place": str(case.place),
        "what": visit.said(case.what),
        "hint": visit.said(case.hint),
        "question": visit.said(tr(QUESTIONS[case.kind])) if case.kind in QUESTIONS else "",
        "choices": choices,
        "reason": case.anomaly is not None,
    }


def _moved(visit: Visit, delivery: Delivery) -> dict[str, object] | None:
    """Return what writing a delivery would move; None while a case is open."""
    if delivery.accepted is None or not sum(delivery.accepted.counts()):
        return None
    studio, state = visit.studio, visit.state
    after = with_accepted(delivery.review, delivery.accepted)
    found = consequences(studio.root, state, after, studio.edition)
    trial = Trial(edits=(), state=state, known=visit.editable, after=after, found=found)
    return consequence_view(visit, trial)


def upload(visit: Visit) -> Response:
    """Look at a delivered file."""
    name, content = visit.files.get("file", ("", b""))
    if not name:
        raise UsageError(Problem(Place("intake"), tr("no file was chosen")))
    day = datetime.fromisoformat(visit.studio.clock()).date()
    review = review_delivery(visit.studio.root, name, content, visit.field("source"), day)
    visit.studio.delivery = _settled(Delivery(name=name, review=review, answers={}))
    return go("/intake")


def answer(visit: Visit) -> Response:
    """Take the answers to the open questions; what is to be read as it is written is read again."""
    delivery = _delivery(visit)
    answers = {**delivery.answers}
    for number, case in enumerate(_open(delivery)):
        if chosen := DECISIONS.get(visit.field(f"answer.{number}")):
            reason = visit.field(f"because.{number}").strip()
            if chosen == "take" and case.anomaly and not reason:
                what = tr("there is no reason")
                raise UsageError(Problem(case.place, what, tr("say why the value is right")))
            answers[case] = Answer(chosen, reason)
    kept = frozenset(case.place for case, given in answers.items() if given.decision == "as_written")
    review = reread(delivery.review, kept)
    visit.studio.delivery = _settled(Delivery(name=delivery.name, review=review, answers=answers))
    return go("/intake")


def _settled(delivery: Delivery) -> Delivery:
    """Return a delivery with what it comes to, if no case is open."""
    if _open(delivery):
        return delivery
    looked, holdings = delivery.review.examination, delivery.review.holdings
    accepted = accept_rows(looked, holdings, delivery.answers)
    return Delivery(name=delivery.name, review=delivery.review, answers=delivery.answers, accepted=accepted)


def write(visit: Visit) -> Response:
    """Write the delivery into the tables, all of it or nothing; or drop it."""
    delivery = _delivery(visit)
    if visit.field("what") == "write" and delivery.accepted:
        with visit.studio.writing():
            write_rows(visit.studio.root, delivery.review, delivery.accepted)
        visit.studio.delivery = None
        return go("/?done=applied")
    visit.studio.delivery = None
    return go("/intake")


def _delivery(visit: Visit) -> Delivery:
    delivery = visit.studio.delivery
    if not isinstance(delivery, Delivery):
        raise UsageError(Problem(Place("intake"), tr("no delivery is being looked at"), tr("choose a file first")))
    return delivery


# What is due


def due(visit: Visit) -> Response:
    """Show the renewal list: what to renew, whom to ask, and what depends on it."""
    state = visit.state
    if not isinstance(state, WorkspaceState):
        return page(visit, "problems", 409, errors=state.errors)
    day = date.fromisoformat(visit.studio.clock()[:10])
    decided = [edit for each in visit.studio.written() for edit in each.edits]
    return page(visit, "due", rows=tuple(_due_rows(visit, state, renewal_list(state.known, day, decided))))


def _due_rows(visit: Visit, state: WorkspaceState, found: tuple[DueItem, ...]) -> Iterator[dict[str, object]]:
    writers, names = state.known.project.writers, names_of(visit, state)
    writer = writers.get(visit.language) or next(iter(writers.values()))
    for each in found:
        value = value_in(writer, each.value) if each.value else ""
        for cells in each.value.cells[:1] if each.value and not each.value.unit else ():
            value = cell_in_words(visit, cells.table, cells.column, value)
        yield {
            "kind": visit.said(KINDS[each.kind]),
            "name": visit.called(each.names, names.get(each.about, each.about)),
            "what": visit.said(each.what),
            "ask": _body_called(visit, state, each.ask),
            "value": shortened(value, LONGEST_VALUE),
            "whole": value,
            "table": each.about if each.about in state.known.project.evidence.schemas else "",
            "fact": each.value.id if each.value else "",
            "lists": [(name, visit.labels().table(name)) for name in each.lists],
            "source": next(iter(each.sources), ""),
            "items": len(each.dependents.items),
        }


def _body_called(visit: Visit, state: WorkspaceState, name: str) -> str:
    """Return what a body is called in the reader's language, if the name table has it."""
    known = (it.full for it in state.known.project.names.values() if name in it.full.values())
    return next((full[visit.language] for full in known if visit.language in full), name)


def machine(visit: Visit) -> Response:
    """Show what this machine lacks for making briefs, and what to type."""
    checks = [
        {"what": visit.said(each.what), "good": each.there, "optional": each.optional, "cure": visit.said(each.cure)}
        for each in machine_checks(inspect_machine(visit.studio.root))
    ]
    return page(
        visit,
        "machine",
        lacking=[each for each in checks if not each["good"] and not each["optional"]],
        spare=[each for each in checks if not each["good"] and each["optional"]],
        there=[each for each in checks if each["good"]],
    )


# Help


def help_page(visit: Visit) -> Response:
    """Show the way through the studio, its keys, and the words that can be explained; or explain one of them."""
    term, known = visit.query.get("term", "").strip(), words(visit.language)
    groups: dict[str, list[str]] = {}
    for word in known:
        if word.group != PHRASE:
            groups.setdefault(visit.said(called(word)), []).append(word.name)
    found, problems = _explained(visit, term) if term else ([], [])
    stations = [visit.called(each.name, each.id) for each in visit.plan.stations]
    explained_words = {"term": term, "found": found, "groups": groups, "problems": problems}
    draft = visit.last_whole is not None and visit.last_whole.known.project.series.draft
    return page(
        visit,
        "help",
        stations=stations,
        station=first_station(visit, anybody=True),
        approvers=visit.said(tr_list(visit.plan.approvers())),
        packing=right_to_pack(draft),
        watermark=_watermark(visit),
        **explained_words,
    )


def _watermark(visit: Visit) -> str:
    """Return the word across the pages of a draft, in the reader's language; "" if the workspace is final."""
    project = visit.last_whole.known.project if visit.last_whole else None
    draft = project is not None and project.series.draft
    return " ".join(Labels((visit.language,), project.sections["furniture"]).texts(MARK)) if project and draft else ""


def _explained(visit: Visit, term: str) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    try:
        found = explained(term, visit.state.snapshot, visit.language)
    except UsageError as error:
        return [], causes(visit, (error,))
    return [
        {
            "name": each.name,
            "group": visit.said(called(each)),
            "what": each.what,
            "takes": each.takes,
            "example": each.example,
            "file": each.file,
        }
        if isinstance(each, Word)
        else {"name": each.path, "group": "", "what": each.holds, "takes": (), "example": "", "file": ""}
        for each in found
    ], []


# Who is here, and in which language


def here(visit: Visit) -> Response:
    """Note what a page has open, a sentence or a row of a table, and say who else is there, and in which rows."""
    kind, _, name = visit.field("place")[:LONGEST_PLACE].partition(" ")
    row, opened = visit.field("row")[:LONGEST_ROW], visit.studio.opened
    if kind == "sentence":
        opened.note(f"sentence {name}", visit.name)
        return JSONResponse({"names": visit.said(tr_list(opened.others(f"sentence {name}", visit.name))), "rows": []})
    if row.isdecimal():
        opened.note(f"row {name} {row}", visit.name)
    rows = opened.rows(name, visit.name)
    said = (tr("{names} (row {row})", names=tr_list(names), row=number) for number, names in rows.items())
    return JSONResponse({"names": visit.said(tr_list(said)), "rows": [*rows]})


def settled(visit: Visit) -> Response:
    """Keep the language and the name that a reader gives, in cookies, and go back to the page."""
    answer = go(inside(visit.field("back")))
    if (language := visit.field("language")) in LANGUAGES:
        answer.set_cookie(LANGUAGE, language, samesite="strict", httponly=True, max_age=31_536_000)
    if "name" in visit.form:
        name = " ".join(visit.field("name").split())[:LONGEST_NAME]
        answer.set_cookie(NAME, quote(name), samesite="strict", httponly=True, max_age=31_536_000)
    return answer


# Remarks that go out


def remark_views(visit: Visit, state: WorkspaceState) -> list[dict[str, Any]]:
    """Return the remarks that go out with each table."""
    sent = partial(extracts, state.known.project.evidence.tables, state.known.issue.as_of)
    found = remarks_sent(visit.studio.cached("sent", state, sent))
    return [{"id": key, "table": visit.labels().table(key), "rows": rows} for key, rows in found.items()]


def new_remarks(visit: Visit, remarks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return those of the remarks that go out which changes written here have brought into the tables."""
    edits = [edit for each in visit.studio.written() for edit in each.edits]
    cells = [e.new for e in edits if isinstance(e, CellEdit) and e.column == REMARKS]
    cells += [each.cells.get(REMARKS, "") for each in edits if isinstance(each, RowEdit)]
    sent = {text for each in remarks for _, text in each["rows"]}
    return [each for each in dict.fromkeys(cells) if each in sent]
