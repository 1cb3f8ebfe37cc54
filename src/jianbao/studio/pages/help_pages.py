"""Help, what this machine lacks, the reader's language and name, and who else has a page open."""

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
from jianbao.studio.pages.names import first_station
from jianbao.studio.visits import LANGUAGE, LONGEST_NAME, NAME, Visit, causes, go, page

LONGEST_PLACE, LONGEST_ROW = 300, 9  # characters


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
