"""Show help, what this machine lacks, and who else has a page open; keep the reader's language and name."""

from urllib.parse import quote

from starlette.responses import JSONResponse, Response

from jianbao.app.approval import MARK
from jianbao.app.doctor import inspect_machine, machine_checks
from jianbao.app.explain import PHRASE, Word, called, explained, words
from jianbao.core.errors import UsageError
from jianbao.core.messages import LANGUAGES, tr, tr_list
from jianbao.intake.labels import Labels
from jianbao.studio.accounts import right_to_pack
from jianbao.studio.guard import inside
from jianbao.studio.page_requests import LANGUAGE, LONGEST_NAME, NAME, PageRequest, causes, go, page
from jianbao.studio.pages.names import first_station

LONGEST_PLACE, LONGEST_ROW = 300, 9  # characters


def machine(request: PageRequest) -> Response:
    """Show what this machine lacks for making briefs, and what to type."""
    checks = [
        {
            "what": request.text(each.what),
            "good": each.there,
            "optional": each.optional,
            "cure": request.text(each.cure),
        }
        for each in machine_checks(inspect_machine(request.studio.root))
    ]
    return page(
        request,
        "machine",
        lacking=[each for each in checks if not each["good"] and not each["optional"]],
        spare=[each for each in checks if not each["good"] and each["optional"]],
        there=[each for each in checks if each["good"]],
    )


def help_page(request: PageRequest) -> Response:
    """Show a guide through the studio, its keys, and the terms that can be explained; or explain one term."""
    term, known = request.query.get("term", "").strip(), words(request.language)
    groups: dict[str, list[str]] = {}
    for word in known:
        if word.group != PHRASE:
            groups.setdefault(request.text(called(word)), []).append(word.name)
    found, problems = _explained(request, term) if term else ([], [])
    stations = [request.called(each.name, each.id) for each in request.plan.stations]
    explained_words = {"term": term, "found": found, "groups": groups, "problems": problems}
    draft = request.last_whole is not None and request.last_whole.assessment.project.series.draft
    return page(
        request,
        "help",
        stations=stations,
        station=first_station(request, anybody=True),
        approvers=request.text(tr_list(request.plan.approvers())),
        packing=right_to_pack(draft),
        watermark=_watermark(request),
        **explained_words,
    )


def _watermark(request: PageRequest) -> str:
    """Return the word across the pages of a draft, in the reader's language; "" if the workspace is final."""
    project = request.last_whole.assessment.project if request.last_whole else None
    draft = project is not None and project.series.draft
    return " ".join(Labels((request.language,), project.sections["furniture"]).texts(MARK)) if project and draft else ""


def _explained(request: PageRequest, term: str) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    try:
        found = explained(term, request.state.snapshot, request.language)
    except UsageError as error:
        return [], causes(request, (error,))
    return [
        {
            "name": each.name,
            "group": request.text(called(each)),
            "what": each.what,
            "takes": each.takes,
            "example": each.example,
            "file": each.file,
        }
        if isinstance(each, Word)
        else {"name": each.path, "group": "", "what": each.holds, "takes": (), "example": "", "file": ""}
        for each in found
    ], []


# Who is present, and in which language


def here(request: PageRequest) -> Response:
    """Note what a page has open, a sentence or a row of a table, and say who else is there, and in which rows."""
    kind, _, name = request.field("place")[:LONGEST_PLACE].partition(" ")
    row, opened = request.field("row")[:LONGEST_ROW], request.studio.opened
    if kind == "sentence":
        opened.note(f"sentence {name}", request.name)
        return JSONResponse(
            {"names": request.text(tr_list(opened.others(f"sentence {name}", request.name))), "rows": []}
        )
    if row.isdecimal():
        opened.note(f"row {name} {row}", request.name)
    rows = opened.rows(name, request.name)
    people = (tr("{names} (row {row})", names=tr_list(names), row=number) for number, names in rows.items())
    return JSONResponse({"names": request.text(tr_list(people)), "rows": [*rows]})


def settled(request: PageRequest) -> Response:
    """Keep the language and name that a reader gives, in cookies, and return to the page."""
    answer = go(inside(request.field("back")))
    if (language := request.field("language")) in LANGUAGES:
        answer.set_cookie(LANGUAGE, language, samesite="strict", httponly=True, max_age=31_536_000)
    if "name" in request.form:
        name = " ".join(request.field("name").split())[:LONGEST_NAME]
        answer.set_cookie(NAME, quote(name), samesite="strict", httponly=True, max_age=31_536_000)
    return answer
