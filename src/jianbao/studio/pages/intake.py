"""Show a delivered file: its rows, the questions about it, and what writing it would move."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from jianbao.app.intake import (
    IntakeReview,
    make_template,
    reread,
    review_delivery,
    with_accepted,
    write_rows,
)
from jianbao.app.propose import consequences
from jianbao.core.errors import Place, Problem, UsageError
from jianbao.core.messages import tr
from jianbao.data.anomalies import write_value
from jianbao.intake.decisions import AcceptedRows, Answer, Case, Decision, accept_rows, meant_by, rows_in_words
from jianbao.intake.report import QUESTIONS, review_report
from jianbao.studio.page_requests import PageRequest, go, page
from jianbao.studio.pages.changes import consequence_view
from jianbao.studio.session import Trial

TEMPLATE = "workbook.xlsx"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DECISIONS: Mapping[str, Decision] = {"take": "take", "correct": "correct", "as_written": "as_written", "leave": "leave"}


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A delivery being reviewed: its review, the answers so far, and the resulting tables if no case is open."""

    name: str
    review: IntakeReview
    answers: Mapping[Case, Answer]
    accepted: AcceptedRows | None = None


def intake(request: PageRequest) -> Response:
    """Show the delivery being reviewed: its rows, and its questions or what writing it would move."""
    delivery = request.studio.delivery
    if not isinstance(delivery, Delivery):
        return page(request, "intake", delivery=None, sources=_sources(request), workbook=TEMPLATE)
    looked = delivery.review.examination
    return page(
        request,
        "intake",
        delivery=delivery,
        sources=_sources(request),
        lines=[request.text(line) for line in review_report(looked, delivery.review.holdings)],
        cases=[_case_view(request, number, case) for number, case in enumerate(_open(delivery))],
        wanted=request.text(rows_in_words(*delivery.accepted.counts())) if delivery.accepted else "",
        moved=_moved(request, delivery),
    )


def template(request: PageRequest) -> Response:
    """Return the empty workbook of the workspace, to be filled in and uploaded."""
    headers = {"content-disposition": f'attachment; filename="{TEMPLATE}"'}
    return Response(make_template(request.editable.snapshot), media_type=XLSX, headers=headers)


def _sources(request: PageRequest) -> dict[str, str]:
    """Return the sources that the tables name, each with its title."""
    editable, state = request.editable, request.last_whole
    titles = {key: each.title for key, each in state.assessment.project.evidence.sources.items()} if state else {}
    found = sorted({part.strip() for row in editable.sheets.values() for part in _source_cells(row.head, row.rows)})
    return {each: titles.get(each, "") for each in found}


def _source_cells(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> list[str]:
    places = [place for place, column in enumerate(head) if column in ("source", "sources")]
    cells = (row[place] for row in rows for place in places)
    return [part for cell in cells for part in cell.split(";") if part.strip()]


def _open(delivery: Delivery) -> list[Case]:
    return [case for case in delivery.review.examination.cases if case not in delivery.answers]


def _case_view(request: PageRequest, number: int, case: Case) -> dict[str, object]:
    """Return a question with its possible answers."""
    meant = meant_by(case)
    choices: dict[str, str] = {}
    if case.kind != "fault":
        choices["take"] = request.text(tr("take the row"))
    if meant is not None:
        choices["correct"] = request.text(tr("write {value} instead", value=write_value(meant)))
    if case.written:
        choices["as_written"] = request.text(tr("take '{written}' as it is written", written=case.written))
    choices["leave"] = request.text(tr("leave the row out"))
    return {
        "number": number,
        "place": str(case.place),
        "what": request.text(case.what),
        "hint": request.text(case.hint),
        "question": request.text(tr(QUESTIONS[case.kind])) if case.kind in QUESTIONS else "",
        "choices": choices,
        "reason": case.anomaly is not None,
    }


def _moved(request: PageRequest, delivery: Delivery) -> dict[str, object] | None:
    """Return what writing a delivery would move; None while a case is open."""
    if delivery.accepted is None or not sum(delivery.accepted.counts()):
        return None
    studio, state = request.studio, request.state
    after = with_accepted(delivery.review, delivery.accepted)
    found = consequences(studio.root, state, after, studio.edition)
    trial = Trial(edits=(), state=state, editable=request.editable, after=after, found=found)
    return consequence_view(request, trial)


def upload(request: PageRequest) -> Response:
    """Review an uploaded file."""
    name, content = request.files.get("file", ("", b""))
    if not name:
        raise UsageError(Problem(Place("intake"), tr("no file was chosen")))
    day = datetime.fromisoformat(request.studio.clock()).date()
    review = review_delivery(request.studio.root, name, content, request.field("source"), day)
    request.studio.delivery = _settled(Delivery(name=name, review=review, answers={}))
    return go("/intake")


def answer(request: PageRequest) -> Response:
    """Take the answers to the open questions; read the delivery again with the cells to be taken as written."""
    delivery = _delivery(request)
    answers = {**delivery.answers}
    for number, case in enumerate(_open(delivery)):
        if chosen := DECISIONS.get(request.field(f"answer.{number}")):
            reason = request.field(f"because.{number}").strip()
            if chosen == "take" and case.anomaly and not reason:
                what = tr("there is no reason")
                raise UsageError(Problem(case.place, what, tr("say why the value is right")))
            answers[case] = Answer(chosen, reason)
    kept = frozenset(case.place for case, given in answers.items() if given.decision == "as_written")
    review = reread(delivery.review, kept)
    request.studio.delivery = _settled(Delivery(name=delivery.name, review=review, answers=answers))
    return go("/intake")


def _settled(delivery: Delivery) -> Delivery:
    """Return a delivery with the resulting tables, if no case is open."""
    if _open(delivery):
        return delivery
    looked, holdings = delivery.review.examination, delivery.review.holdings
    accepted = accept_rows(looked, holdings, delivery.answers)
    return Delivery(name=delivery.name, review=delivery.review, answers=delivery.answers, accepted=accepted)


def write(request: PageRequest) -> Response:
    """Write the delivery into the tables, all of it or nothing; or drop it."""
    delivery = _delivery(request)
    if request.field("what") == "write" and delivery.accepted:
        with request.studio.writing():
            write_rows(request.studio.root, delivery.review, delivery.accepted)
        request.studio.delivery = None
        return go("/?done=applied")
    request.studio.delivery = None
    return go("/intake")


def _delivery(request: PageRequest) -> Delivery:
    delivery = request.studio.delivery
    if not isinstance(delivery, Delivery):
        raise UsageError(Problem(Place("intake"), tr("no delivery is being looked at"), tr("choose a file first")))
    return delivery
