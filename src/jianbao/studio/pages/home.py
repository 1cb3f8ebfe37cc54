"""Home: the state of the edition, what is wrong, what waits, the commands that make it and check it; and help."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from jianbao.app import workspace
from jianbao.app.deliver import DeliveryRequest, changed_since_built
from jianbao.app.propose import WorkspaceState
from jianbao.app.review import kept_proposals
from jianbao.core.encoding import shortened
from jianbao.core.errors import DeliveryError, JianbaoError, Place, Problem, UsageError
from jianbao.core.messages import LANGUAGES, tr, tr_later, tr_list
from jianbao.delivery.finished_edition import TEMPLATES, file_in_words, published_labels
from jianbao.review.edits import is_applied
from jianbao.review.proposals import EntryEdit, LeaveEdit, Proposal, with_new_keys
from jianbao.review.published import changed_rows, moved_facts, new_sources
from jianbao.review.quality.pdf_reader import Box, joined, pages_with, places_on
from jianbao.review.review_items import table_columns
from jianbao.review.verdicts import document_counts
from jianbao.studio.accounts import right_to_pack
from jianbao.studio.guard import PAGE_POLICY
from jianbao.studio.jobs import COMMANDS, EDITION, JobState
from jianbao.studio.pages.brief import FRAMED, statements_in
from jianbao.studio.pages.compare import conclusion, gone_since, recorded, to_be_read
from jianbao.studio.pages.history import changes_in_words
from jianbao.studio.pages.names import RANKED, is_unread, template_name
from jianbao.studio.visits import Visit, causes, go, local_day, page
from jianbao.text.render import Piece

Passage = tuple[Piece, ...]  # a text that was changed
PACKAGE, UNISSUED = tr_later("the package"), tr_later("draft, not issued")
RECORDS: Mapping[str, str] = {
    "approvals.json": tr_later("Record: what is approved"),
    "ledger.json": tr_later("Record: facts"),
    "scores.csv": tr_later("Record: scores"),
    "manifest.json": tr_later("Record: files and their hashes"),
}
JOB_END = "/job/end"  # in the log
HANDING_OVER = ("package", "plan", "send")
HISTORY = 12  # applied changes that are listed
_COLON = re.compile("[:：]")
SURE = 8  # letters of a text that is looked for on a page
LONGEST_TITLE, NAMED = 24, 6  # columns of the title of a source; changes that are shown of each
_FILE = re.compile(r"(?:output/[\w.-]+/|output/)?([\w.-]+\.(?:pdf|docx|html|ofd|json|csv|zip))\b")  # of an edition
SHOWN = (".html", ".pdf")  # what a browser shows; the rest is saved


@dataclass(frozen=True)
class Printed:
    """What is looked for in a document: how it begins, after what is before it, and passages with their new pieces."""

    begins: tuple[str, ...]
    passages: tuple[Passage, ...]

    @classmethod
    def new(cls, *begins: str) -> "Printed":
        """Return a text that is new as a whole, after what is before it."""
        return cls(begins, ((Piece("new", begins[-1]),),))


def home(visit: Visit) -> Response:
    """Show the edition, its problems, what is due, proposals, the last command, and the finished files."""
    state, proposals = visit.state, kept_proposals(visit.studio.root)
    applied = {name: each for name, each in proposals.items() if each.applied}
    newest = sorted(applied, key=lambda name: applied[name].applied.rpartition(", ")[2], reverse=True)
    whole = state if isinstance(state, WorkspaceState) else None
    changed, wrong = since_built(visit, whole.known.issue.label) if whole else (False, [])
    output = workspace.output_folder(visit.studio.root)
    made, files = last_job(visit), finished_files(visit, whole.known.issue.label) if whole else ()
    is_new = bool(files) and not (changed or wrong or (made and made.running))
    asked = made is not None or "built" in visit.query  # comparing takes seconds if nothing was built since the start
    groups, states = (to_be_read(visit, whole), whole.approval.states) if whole else ({}, ())
    since = conclusion(visit, whole) if whole and is_new and asked else None
    return page(
        visit,
        "home",
        edition=whole.known.issue if whole else None,
        draft=_is_draft(visit),
        archived=whole is not None and whole.known.issue.label in published_labels(output),
        review=whole.approval if whole else None,
        to_read={key: len(found) for key, found in groups.items()},
        rest=sum(is_unread(each, groups) for each in states),
        approvers=visit.said(tr_list(visit.plan.approvers())),
        gone=len(gone_since(recorded(visit, whole), states)) if whole else 0,
        counted=visit.said(_counted(visit, whole)) if whole else "",
        problems=state.errors,
        waiting={name: each for name, each in proposals.items() if not each.applied},
        applied={name: _applied_view(visit, applied[name]) for name in newest[:HISTORY]},
        files=file_views(visit, files),
        changed=changed,
        wrong=wrong,
        job=made,
        command=last_command(visit),
        since=since,
        is_new=is_new,
        is_asked=asked,
        pages=_pages_changed(visit, whole, since) if whole and since else [],
        packing=right_to_pack(_is_draft(visit)),
    )


def _pages_changed(visit: Visit, state: WorkspaceState, since: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the PDFs that approved changes are in, those in the reader's language first, with their pages.

    `pages` are pairs of a page and the names of what has changed on it; `own` says that a reader reads it first.
    `marks` are the places of the new words on each page.
    """
    found, views = _changed_places(visit, state, since), list[dict[str, Any]]()
    files = [each for each in finished_files(visit, state.known.issue.label) if each.endswith(".pdf")]
    for name in files:
        template, _, layout = name.removesuffix(".pdf").partition(".")
        language = layout.partition("-")[0]
        places = {key: each[language] for key, each in found.get(template, {}).items() if language in each}
        texts = {key: each.begins for key, each in places.items()}
        path = _folder(visit, state.known.issue.label) / name
        asked = "pages changed", visit.language, name, path.stat().st_mtime_ns
        pages = visit.studio.cached(asked, state, partial(pages_with, path, texts))
        on = {page: [key for key, at in pages.items() if at == page] for page in sorted({*pages.values()})}
        alone = f"{template}.{visit.language}.pdf"
        own = name == alone or (visit.language in layout.split("-") and alone not in files)
        views.append({"name": name, "called": _file_called(visit, name), "own": own, "pages": [*on.items()]})
        views[-1]["document"] = template_name(visit, template)
        passages = {page: [*_passages(found[template], keys, layout)] for page, keys in on.items()}
        views[-1]["marks"] = visit.studio.cached(("places", *asked), state, partial(places_on, path, passages))
    order = [template_name(visit, each) for each in TEMPLATES]
    shown = [each for each in views if each["pages"] and each["document"] in order]
    return sorted(shown, key=lambda each: (not each["own"], order.index(each["document"])))


def _passages(found: Mapping[str, Mapping[str, Printed]], keys: Iterable[str], layout: str) -> Iterator[Passage]:
    """Return the passages of what has changed, in each language of a layout."""
    sides = ((found[key], language) for key in keys for language in layout.split("-"))
    return (passage for each, language in sides if language in each for passage in each[language].passages)


def _is_draft(visit: Visit) -> bool:
    return isinstance(state := visit.state, WorkspaceState) and state.known.project.series.draft


def changed_pages(visit: Visit) -> Response:
    """Return one PDF of the pages that approved changes are on, of the files that the reader reads first, or others.

    What is new is marked in it.
    """
    state, parts, own = visit.state, list[tuple[Path, Mapping[int, Sequence[Box]]]](), "others" not in visit.query
    if isinstance(state, WorkspaceState) and visit.path["edition"] == state.known.issue.label:
        since, folder = conclusion(visit, state), _folder(visit, state.known.issue.label)
        found = [each for each in _pages_changed(visit, state, since) if each["own"] == own] if since else []
        parts = [(folder / each["name"], each["marks"]) for each in found]
    if not parts:
        raise UsageError(Problem(Place("studio"), tr("no page has changed since the edition was last archived")))
    return Response(joined(parts), media_type="application/pdf", headers={"content-security-policy": FRAMED})


def _changed_places(
    visit: Visit, state: WorkspaceState, since: Mapping[str, Any]
) -> dict[str, dict[str, dict[str, Printed]]]:
    """Return what is looked for in each document: by what it is called and by language."""
    items = {each.item.id: each.item for each in state.approval.states}
    before, now, sources = recorded(visit, state), state.known.ledger, state.known.project.evidence.sources
    moved = moved_facts(before.ledger, now) if before else frozenset()
    edits = (edit for each in visit.studio.written() for edit in each.edits if isinstance(edit, EntryEdit))
    about = moved | {
        each.about.partition(":")[2].rpartition(".")[0] for each in edits if is_applied(each, visit.editable)
    }
    columns, said = table_columns(state.documents.briefs), statements_in(visit, state)
    found: dict[str, dict[str, dict[str, Printed]]] = {name: {} for name in TEMPLATES}
    for each in since["reviewed"]:
        item, label = items[each["id"]], _COLON.split(each["label"], maxsplit=1)[0]
        rows = changed_rows(said.get(item.id, ()), columns.get(item.id, 0), about)
        for template in (name for name in item.documents if name in found):
            called = label.removeprefix(f"{template_name(visit, template)} · ")
            for row in rows if len(rows) <= NAMED else ():
                key = visit.said(tr("{table} no. {row}", table=called, row=row[visit.language][0]))
                found[template][key] = {
                    language: Printed.new(text, "".join(row[language])) for language, text in item.texts.items()
                }
            if not 0 < len(rows) <= NAMED:
                found[template][called] = {
                    language: Printed((text,), _redlines_in(each["moved"], language) or Printed.new(text).passages)
                    for language, text in item.texts.items()
                }
    for each in since["beside"]:
        if (document := each["document"]) in found:
            called = each["label"].removeprefix(f"{template_name(visit, document)} · ")
            found[document][called] = {
                key: Printed(("".join(piece.text for piece in text if piece.mark != "gone"),), (tuple(text),))
                for key, text in each["texts"].items()
            }
    for source in new_sources(before.ledger, now, moved) if before else ():
        called = visit.said(tr("list of sources: {title}", title=shortened(sources[source].title, LONGEST_TITLE)))
        found["evidence"][called] = dict.fromkeys(LANGUAGES, Printed.new(sources[source].title))
    return found


def _redlines_in(moved: Mapping[str, Any], language: str) -> tuple[Passage, ...]:
    """Return what has changed of an item in a language, without what is too short to be found for sure."""
    found = (tuple(each[language]) for each in moved["sentences"] if language in each)
    return tuple(each for each in found if sum(len(piece.text) for piece in each if piece.mark != "gone") >= SURE)


def file_views(visit: Visit, files: Sequence[str]) -> list[dict[str, str]]:
    """Return what a page shows of the finished files, PDFs first, of those the brief in the reader's language."""
    spoken, own = f".{visit.language}.", f"{RANKED[0]}.{visit.language}.pdf"
    order = {name: (name in RECORDS, not name.endswith(".pdf"), name != own, spoken not in name) for name in files}
    return [{"name": name, "called": _file_called(visit, name)} for name in sorted(files, key=order.__getitem__)]


def _counted(visit: Visit, state: WorkspaceState) -> object:
    """Return how many items of each document are approved, by the names of the documents."""
    names = {each: template_name(visit, each) for each in state.documents.briefs}
    return document_counts(state.approval.states, names)


def since_built(visit: Visit, label: str) -> tuple[bool, list[dict[str, object]]]:
    """Return whether the workspace has changed since an edition was built, and what is wrong with its files.

    Neither, if there are none.
    """
    if not finished_files(visit, label):
        return False, []
    try:
        return bool(changed_since_built(DeliveryRequest(root=visit.studio.root, edition=label))), []
    except DeliveryError as error:
        return False, causes(visit, (error,))


def _file_called(visit: Visit, name: str) -> str:
    if name in RECORDS or name.endswith(".zip"):
        return visit.said(tr(RECORDS.get(name, PACKAGE)))
    return file_in_words(name, visit.language) or name


def _applied_view(visit: Visit, proposal: Proposal) -> dict[str, object]:
    """Return what a page shows of an applied change: by whom, on which day here, what, if the files still have it."""
    by, _, at = proposal.applied.rpartition(", ")
    known = visit.editable
    return {
        "by": by,
        "day": local_day(at),
        "why": proposal.why,
        "what": visit.said(tr_list(changes_in_words(visit, proposal.edits)[:NAMED], "; ")),
        "applied": any(is_applied(edit, known) for edit in with_new_keys(proposal.edits, known.schemas)),
        "decided": all(isinstance(edit, LeaveEdit) for edit in proposal.edits),
    }


# Commands


def start(visit: Visit) -> Response:
    """Start the command that a form names."""
    name = visit.field("command")
    if name not in COMMANDS:
        raise UsageError(Problem(Place("studio"), tr("there is no command '{name}'", name=name)))
    if name in HANDING_OVER:
        visit.require(right_to_pack(_is_draft(visit)) if name == "package" else "deliver")
    run(visit, name)
    return go(_back(visit))


def run(visit: Visit, name: str) -> None:
    """Start one of the commands; raises UsageError while another one runs."""
    state = visit.state
    label = state.known.issue.label if isinstance(state, WorkspaceState) else visit.studio.edition
    words = tuple(label if word == EDITION else word for word in COMMANDS[name][1])
    usual = visit.studio.audit.usual_seconds(JOB_END, name)
    visit.studio.jobs.start(tuple(word for word in words if word), visit.language, partial(_ended, visit, name), usual)


def last_job(visit: Visit) -> JobState | None:
    """Return the last command with what it said so far, in which finished files are called as on the pages."""
    state = visit.studio.jobs.state()
    said = (_FILE.sub(lambda found: _file_called(visit, found[1]), line) for line in (state.lines if state else ()))
    return replace(state, lines=tuple(said)) if state else None


def last_command(visit: Visit) -> str:
    """Return what the last command is called; "" if there was none."""
    job = visit.studio.jobs.state()
    words = job.words if job else ()
    for said, command in COMMANDS.values():
        if len(command) == len(words) and all(
            each[0] in (EDITION, each[1]) for each in zip(command, words, strict=True)
        ):
            return visit.said(tr(said))
    return " ".join(words)


def _ended(visit: Visit, name: str, code: int, seconds: int) -> None:
    """Write into the log how a command ended; a log that refuses is reported with the next action."""
    with suppress(JianbaoError):
        visit.log(JOB_END, name, f"done: {seconds} s" if code == 0 else f"failed: {code}")


def cancel(visit: Visit) -> Response:
    """Cancel the command that runs."""
    visit.studio.jobs.cancel()
    return go(_back(visit))


def job(visit: Visit) -> Response:
    """Show the last command: what it said so far, and how it ended."""
    return page(visit, "job", job=last_job(visit), command=last_command(visit))


def _back(visit: Visit) -> str:
    return "/hand-over" if visit.field("back") == "hand-over" else "/"


# Finished files


def finished_files(visit: Visit, label: str) -> tuple[str, ...]:
    """Return the files of the finished edition; none if it is not built."""
    return workspace.edition_files(_folder(visit, label))


def finished(visit: Visit) -> Response:
    """Return a file of the finished edition, or its package: shown if a browser can, without scripts, or saved."""
    state = visit.state
    label = state.known.issue.label if isinstance(state, WorkspaceState) else visit.studio.edition
    name = visit.path["name"]
    packed = name == f"{label}.zip" and name in workspace.edition_files(workspace.output_folder(visit.studio.root))
    if not packed and name not in finished_files(visit, label):
        raise UsageError(Problem(Place(name), tr("this is no file of the edition {edition}", edition=label)))
    folder = _folder(visit, label)
    content = workspace.read_built_file((folder.parent if packed else folder) / name)
    kind = guess_type(name)[0] or "application/octet-stream"
    headers = {"content-security-policy": PAGE_POLICY if name.endswith(".html") else FRAMED}
    if not name.endswith(SHOWN):
        saved = f"{label}-{visit.said(tr(UNISSUED))}.zip" if packed and "draft" in visit.query else name
        headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(saved.rpartition('/')[2])}"
    return Response(content, media_type=kind, headers=headers)


def _folder(visit: Visit, label: str) -> Path:
    return workspace.output_folder(visit.studio.root) / label
