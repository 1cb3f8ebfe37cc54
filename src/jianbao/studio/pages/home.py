"""Show the home page: the state of the edition, its problems, what is due, and the commands that make and check it."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from jianbao.app import workspace
from jianbao.app.deliver import DeliveryRequest, changed_since_built
from jianbao.app.evidence.due import KINDS, DueItem, renewal_list
from jianbao.app.evidence.facts import value_in
from jianbao.app.propose import WorkspaceState
from jianbao.app.review import kept_proposals
from jianbao.core.encoding import shortened
from jianbao.core.errors import DeliveryError, JianbaoError, Place, Problem, UsageError
from jianbao.core.messages import tr, tr_later, tr_list
from jianbao.delivery.finished_edition import (
    RECORDS,
    file_called,
    layout_in_words,
    published_labels,
)
from jianbao.delivery.package import RECORD_KINDS, holds_edition, kind_of, packed_file, packed_names
from jianbao.review.edits import is_applied
from jianbao.review.proposals import KeepEdit, Proposal, with_new_keys
from jianbao.review.verdicts import document_counts
from jianbao.studio.accounts import right_to_pack
from jianbao.studio.guard import PAGE_POLICY
from jianbao.studio.jobs import COMMANDS, EDITION, Command, JobState
from jianbao.studio.page_requests import PageRequest, causes, go, local_day, page
from jianbao.studio.pages.answers import open_points
from jianbao.studio.pages.brief import FRAMED
from jianbao.studio.pages.changed_pages import marked_file, pages_with_changes
from jianbao.studio.pages.compare import CHANGED, conclusion, gone_since, recorded, to_be_read
from jianbao.studio.pages.history import changes_in_words
from jianbao.studio.pages.log import names_of
from jianbao.studio.pages.names import RANKED, cell_in_words, is_unread, template_name

UNISSUED = tr_later("draft, not issued")
PRESSING = ("questions", "early", "unlisted", "numbers")  # the urgent ones of the points that changes leave open
JOB_END = "/job/end"  # the action in the log
HANDING_OVER = ("package", "plan", "send")
HISTORY = 12  # applied changes that are listed
NAMED = 6  # the most changes shown for each
_FILE = re.compile(r"(?:output/[\w.-]+/|output/)?([\w.-]+\.(?:pdf|docx|html|ofd|json|csv|zip))\b")  # of an edition
LONGEST_VALUE = 60  # columns; the page of a fact shows a longer list of names in full
BROWSER_SUFFIXES = (".html", ".pdf")  # files that a browser shows; others are saved


def home(request: PageRequest) -> Response:
    """Show the edition, its problems, what is due, proposals, the last command, and the finished files."""
    state, proposals = request.state, kept_proposals(request.studio.root)
    applied = {name: each for name, each in proposals.items() if each.applied}
    newest = sorted(applied, key=lambda name: applied[name].applied.rpartition(", ")[2], reverse=True)
    whole = state if isinstance(state, WorkspaceState) else None
    changed, wrong = since_built(request, whole.assessment.issue.label) if whole else (False, [])
    output = workspace.output_folder(request.studio.root)
    made, files = last_job(request), finished_files(request, whole.assessment.issue.label) if whole else ()
    is_new = bool(files) and not (changed or wrong or (made and made.running and made.words[0] == "build"))
    asked = made is not None or "built" in request.query  # comparing takes seconds if nothing was built yet
    groups, states = (to_be_read(request, whole), whole.approval.states) if whole else ({}, ())
    since = conclusion(request, whole) if whole and is_new and asked else None
    settled = whole is not None and _is_settled(request, whole, groups)
    packed = package_view(request, whole.assessment.issue.label, is_new) if whole and settled else None
    return page(
        request,
        "home",
        edition=whole.assessment.issue if whole else None,
        draft=_is_draft(request),
        archived=whole is not None and whole.assessment.issue.label in published_labels(output),
        review=whole.approval if whole else None,
        to_read={key: len(found) for key, found in groups.items()},
        kinds=[each.item.kind for each in states if each.item.id in groups[CHANGED]],
        rest=sum(is_unread(each, groups) for each in states),
        approvers=request.text(tr_list(request.plan.approvers())),
        gone=len(gone_since(recorded(request, whole), states)) if whole else 0,
        counted=request.text(_counted(request, whole)) if whole else "",
        problems=state.errors,
        waiting={name: each for name, each in proposals.items() if not each.applied},
        applied={name: _applied_view(request, applied[name]) for name in newest[:HISTORY]},
        files=file_views(request, files),
        changed=changed,
        wrong=wrong,
        job=made,
        command=last_command(request),
        since=since,
        is_new=is_new,
        is_asked=asked,
        pages=(pages := pages_with_changes(request, whole, since) if whole and since else []),
        repeated=bool(pages) and pages[0]["repeated"],
        barred=bool(pages) and pages[0]["barred"],
        marked=marked_file(request, whole.assessment.issue.label) if pages and whole else "",
        packing=right_to_pack(_is_draft(request)),
        package=packed,
        saved_as=partial(packed_as, request, whole.assessment.issue.label) if whole else None,
        is_packing=settled and made is not None and made.running and made.words[0] == "package",
    )


def _is_draft(request: PageRequest) -> bool:
    return isinstance(state := request.state, WorkspaceState) and state.assessment.project.series.draft


def _is_settled(request: PageRequest, state: WorkspaceState, groups: Mapping[str, Collection[str]]) -> bool:
    """Return whether everything is settled that should be before a draft is packed; the page Hand over lists it."""
    unread = state.approval.count("returned") or (request.studio.written() and groups[CHANGED])
    return not unread and not any(found for key, found in open_points(request).items() if key in PRESSING)


def file_views(request: PageRequest, files: Sequence[str]) -> list[dict[str, str]]:
    """Return what a page shows of the finished files: PDFs first, beginning with the brief in the reader's language."""
    spoken, own = f".{request.language}.", f"{RANKED[0]}.{request.language}.pdf"
    order = {name: (name in RECORDS, not name.endswith(".pdf"), name != own, spoken not in name) for name in files}
    return [
        {"name": name, "called": file_called(name, request.language)} for name in sorted(files, key=order.__getitem__)
    ]


def _counted(request: PageRequest, state: WorkspaceState) -> object:
    """Return how many items of each document are approved, by the names of the documents."""
    names = {each: template_name(request, each) for each in state.documents.briefs}
    return document_counts(state.approval.states, names)


def since_built(request: PageRequest, label: str) -> tuple[bool, list[dict[str, object]]]:
    """Return whether the workspace has changed since an edition was built, and the faults of its files.

    False and nothing if there are no files.
    """
    if not finished_files(request, label):
        return False, []
    try:
        return bool(changed_since_built(DeliveryRequest(root=request.studio.root, edition=label))), []
    except DeliveryError as error:
        return False, causes(request, (error,))


def _applied_view(request: PageRequest, proposal: Proposal) -> dict[str, object]:
    """Return what a page shows of an applied change: who, on which local day, what, and if the files still have it."""
    by, _, at = proposal.applied.rpartition(", ")
    editable = request.editable
    return {
        "by": by,
        "day": local_day(at),
        "why": proposal.why,
        "what": request.text(tr_list(changes_in_words(request, proposal.edits)[:NAMED], "; ")),
        "applied": any(is_applied(edit, editable) for edit in with_new_keys(proposal.edits, editable.schemas)),
        "decided": all(isinstance(edit, KeepEdit) for edit in proposal.edits),
    }


# Commands


def start(request: PageRequest) -> Response:
    """Start the command that a form names."""
    name = request.field("command")
    if name not in COMMANDS:
        raise UsageError(Problem(Place("studio"), tr("there is no command '{name}'", name=name)))
    if name in HANDING_OVER:
        request.require(right_to_pack(_is_draft(request)) if name == "package" else "deliver")
    run(request, name)
    return go(_back(request))


def run(request: PageRequest, name: str) -> None:
    """Start one of the commands; raises UsageError while another one runs.

    A draft is packed as soon as it is built, if the user may pack.
    """
    packed = name == "build" and _is_draft(request) and request.may(right_to_pack(draft=True))
    request.studio.jobs.start(
        _command(request, name), request.language, _command(request, "package") if packed else None
    )


def _command(request: PageRequest, name: str) -> Command:
    state = request.state
    label = state.assessment.issue.label if isinstance(state, WorkspaceState) else request.studio.edition
    words = tuple(label if word == EDITION else word for word in COMMANDS[name][1])
    usual = request.studio.audit.usual_seconds(JOB_END, name)
    return Command(words=tuple(filter(None, words)), usual=usual, ended=partial(_ended, request, name))


def last_job(request: PageRequest) -> JobState | None:
    """Return the last command with its output so far, in which finished files have the names used on the pages."""
    state = request.studio.jobs.state()

    def called(line: str) -> str:
        return _FILE.sub(lambda found: file_called(found[1], request.language), line)

    return replace(state, lines=tuple(map(called, state.lines)), says=called(state.says)) if state else None


def last_command(request: PageRequest) -> str:
    """Return the name of the last command; "" if there was none."""
    job = request.studio.jobs.state()
    words = job.words if job else ()
    for name, command in COMMANDS.values():
        if len(command) == len(words) and all(
            each[0] in (EDITION, each[1]) for each in zip(command, words, strict=True)
        ):
            return request.text(tr(name))
    return " ".join(words)


def _ended(request: PageRequest, name: str, code: int, seconds: int) -> None:
    """Write into the log how a command ended; if that fails, the next action reports it."""
    with suppress(JianbaoError):
        request.log(JOB_END, name, f"done: {seconds} s" if code == 0 else f"failed: {code}")


def cancel(request: PageRequest) -> Response:
    """Cancel the command that runs."""
    request.studio.jobs.cancel()
    return go(_back(request))


def job(request: PageRequest) -> Response:
    """Show the last command: its output so far, and how it ended."""
    return page(request, "job", job=last_job(request), command=last_command(request))


def _back(request: PageRequest) -> str:
    return "/hand-over" if request.field("back") == "hand-over" else "/"


# Finished files


def finished_files(request: PageRequest, label: str) -> tuple[str, ...]:
    """Return the files of the finished edition; none if it is not built."""
    return workspace.edition_files(_folder(request, label))


def package_view(request: PageRequest, label: str, current: bool) -> dict[str, Any] | None:
    """Return what a page shows of an edition's package, and whether it is outdated; None if there is no package.

    `current` says that the finished files match the workspace. Documents are not listed.
    """
    path, folder = workspace.output_folder(request.studio.root) / f"{label}.zip", _folder(request, label)
    if not path.is_file():
        return None
    names = packed_names(path)
    kinds = Counter(map(kind_of, names))
    found = {each.split(".")[1]: each for each in names if kind_of(each) == "letter"}
    letters = {found[key]: layout_in_words(key, request.language) for key in sorted(found, key=request.language.__ne__)}
    records = sum(kinds[each] for each in RECORD_KINDS)
    outdated = not (current and holds_edition(path, folder))
    return {"outdated": outdated, "letters": letters, "tables": kinds["table"], "records": records}


def packed_letter(request: PageRequest) -> Response:
    """Return a covering letter from the package."""
    state, name = request.state, request.path["name"]
    label = state.assessment.issue.label if isinstance(state, WorkspaceState) else request.studio.edition
    package = workspace.output_folder(request.studio.root) / f"{label}.zip"
    content = packed_file(package, name) if kind_of(name) == "letter" else None
    if content is None:
        raise UsageError(Problem(Place(name), tr("this is no file of the edition {edition}", edition=label)))
    return Response(content, media_type="application/pdf", headers={"content-security-policy": FRAMED})


def packed_as(request: PageRequest, label: str, draft: object) -> str:
    """Return the name under which a package is saved; that of a draft says that it is not issued."""
    return f"{label}-{request.text(tr(UNISSUED))}.zip" if draft else f"{label}.zip"


def finished(request: PageRequest) -> Response:
    """Return a file of the finished edition, or its package: shown without scripts if a browser can, or saved."""
    state = request.state
    label = state.assessment.issue.label if isinstance(state, WorkspaceState) else request.studio.edition
    name = request.path["name"]
    packed = name == f"{label}.zip" and name in workspace.edition_files(workspace.output_folder(request.studio.root))
    if not packed and name not in finished_files(request, label):
        raise UsageError(Problem(Place(name), tr("this is no file of the edition {edition}", edition=label)))
    folder = _folder(request, label)
    content = workspace.read_built_file((folder.parent if packed else folder) / name)
    kind = guess_type(name)[0] or "application/octet-stream"
    headers = {"content-security-policy": PAGE_POLICY if name.endswith(".html") else FRAMED}
    if not name.endswith(BROWSER_SUFFIXES):
        saved = packed_as(request, label, "draft" in request.query) if packed else name
        headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(saved)}"
    return Response(content, media_type=kind, headers=headers)


def _folder(request: PageRequest, label: str) -> Path:
    return workspace.output_folder(request.studio.root) / label


def due(request: PageRequest) -> Response:
    """Show the renewal list: what to renew, whom to ask, and what depends on it."""
    state = request.state
    if not isinstance(state, WorkspaceState):
        return page(request, "problems", 409, errors=state.errors)
    day = date.fromisoformat(request.studio.clock()[:10])
    decided = [edit for each in request.studio.written() for edit in each.edits]
    return page(request, "due", rows=tuple(_due_rows(request, state, renewal_list(state.assessment, day, decided))))


def _due_rows(request: PageRequest, state: WorkspaceState, found: tuple[DueItem, ...]) -> Iterator[dict[str, object]]:
    writers, names = state.assessment.project.writers, names_of(request, state)
    writer = writers.get(request.language) or next(iter(writers.values()))
    for each in found:
        value = value_in(writer, each.value) if each.value else ""
        for cells in each.value.cells[:1] if each.value and not each.value.unit else ():
            value = cell_in_words(request, cells.table, cells.column, value)
        yield {
            "kind": request.text(KINDS[each.kind]),
            "name": request.called(each.names, names.get(each.about, each.about)),
            "what": request.text(each.what),
            "ask": _body_called(request, state, each.ask),
            "value": shortened(value, LONGEST_VALUE),
            "whole": value,
            "table": each.about if each.about in state.assessment.project.evidence.schemas else "",
            "fact": each.value.id if each.value else "",
            "lists": [(name, request.labels().table(name)) for name in each.lists],
            "source": next(iter(each.sources), ""),
            "items": len(each.dependents.items),
        }


def _body_called(request: PageRequest, state: WorkspaceState, name: str) -> str:
    """Return the name of a body in the reader's language, if the name table has it."""
    known = (it.full for it in state.assessment.project.names.values() if name in it.full.values())
    return next((full[request.language] for full in known if request.language in full), name)
