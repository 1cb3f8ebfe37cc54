"""Find the pages of finished files with approved changes and mark what is new on them, also as one PDF."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pypdfium2
from pypdfium2 import raw
from starlette.responses import Response

from jianbao.app import workspace
from jianbao.app.evidence.facts import value_in
from jianbao.app.propose import WorkspaceState
from jianbao.core.encoding import shortened
from jianbao.core.errors import Place, Problem, UsageError
from jianbao.core.messages import LANGUAGES, tr
from jianbao.data.facts import Fact
from jianbao.delivery.finished_edition import BRIEF, TEMPLATES, VOLUME, file_called
from jianbao.review.compare.redline import Row, paired_rows, redline, tokens_of, without_serials
from jianbao.review.edits import is_applied
from jianbao.review.proposals import EntryEdit
from jianbao.review.published import moved_facts, new_sources
from jianbao.review.quality.pdf_reader import Box, Passage, Printed, pages_with, places_on
from jianbao.review.review_items import ReviewItem, table_columns
from jianbao.studio.page_requests import PageRequest
from jianbao.studio.pages.brief import FRAMED, statements_in
from jianbao.studio.pages.compare import conclusion, recorded
from jianbao.studio.pages.names import item_labels, template_name
from jianbao.text.render import Piece, Statement

_COLON = re.compile("[:：]")
_SOURCE_NUMBERS = re.compile(r"\d+(?:[;,–]\s?\d+)*")  # numbers of the list of sources in a cell
SURE = 8  # letters that a text needs to be searched for on a page
LONGEST_TITLE = 24  # the most columns of the title of a source
YELLOW = (255, 221, 0, 255)  # red, green, blue, opacity
MOST_ROWS = 6  # rows of a table that are searched for one by one


def pages_with_changes(request: PageRequest, state: WorkspaceState, since: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the PDFs with approved changes, those in the reader's language first, with the pages concerned.

    `pages` are pairs of a page and the names of its changes; `own` says that the reader reads this file first.
    `marks` are the places of the new words on each page. Pages in two languages whose changes are all on pages in
    one language are left out; `repeated` says that there were some. `barred` says that words are left out
    with nothing in their place.
    """
    found, views = _changed_places(request, state, since), list[dict[str, Any]]()
    files = [each for each in workspace.edition_files(_folder(request, state)) if each.endswith(".pdf")]
    for name in files:
        template, _, layout = name.removesuffix(".pdf").partition(".")
        language = layout.partition("-")[0]
        places = {key: each[language] for key, each in found.get(template, {}).items() if language in each}
        texts = {key: each.begins for key, each in places.items()}
        path = _folder(request, state) / name
        asked = "pages changed", request.language, name, path.stat().st_mtime_ns
        pages = request.studio.cached(asked, state, partial(pages_with, path, texts))
        on = {page: [key for key, at in pages.items() if at == page] for page in sorted({*pages.values()})}
        alone = f"{template}.{request.language}.pdf"
        own = name == alone or (request.language in layout.split("-") and alone not in files)
        views.append({"name": name, "called": file_called(name, request.language), "own": own, "pages": [*on.items()]})
        views[-1] |= {"document": template_name(request, template), "spoken": request.language in layout.split("-")}
        sought = {page: [*_sought(found[template], keys, layout.split("-"))] for page, keys in on.items()}
        views[-1]["barred"] = any(each.leaves_out for texts in sought.values() for each in texts)
        views[-1]["marks"] = request.studio.cached(("places", *asked), state, partial(places_on, path, sought))
    order = [template_name(request, each) for each in TEMPLATES]
    views = [_without_repeated(each, views, found) for each in views]
    shown = [each for each in views if each["pages"] and each["document"] in order]
    flags = {key: any(each[key] for each in views) for key in ("repeated", "barred")}
    ordered = sorted(shown, key=lambda each: (not each["own"], order.index(each["document"])))
    return [{**each, **flags} for each in ordered]


def _without_repeated(
    view: dict[str, Any], views: Sequence[Mapping[str, Any]], found: Mapping[str, Mapping[str, Mapping[str, Printed]]]
) -> dict[str, Any]:
    """Return a PDF without the pages whose changes are all on pages in one language, too."""
    template, layout, _ = view["name"].split(".")
    alone = {each["name"]: {key for _, keys in each["pages"] for key in keys} for each in views}
    shown = [(language, alone.get(f"{template}.{language}.pdf", set())) for language in layout.split("-")]

    def is_repeated(keys: Iterable[str]) -> bool:
        return all(key in there or language not in found[template][key] for key in keys for language, there in shown)

    pages = [(page, keys) for page, keys in view["pages"] if not ("-" in layout and is_repeated(keys))]
    kept = {page for page, _ in pages}
    marks = {page: boxes for page, boxes in view["marks"].items() if page in kept}
    return {**view, "pages": pages, "marks": marks, "repeated": len(pages) < len(view["pages"])}


def _sought(
    found: Mapping[str, Mapping[str, Printed]], keys: Iterable[str], languages: Sequence[str]
) -> Iterator[Printed]:
    """Return what to search for on a page for each change on it: the new words in every language."""
    for each in (found[key] for key in keys):
        own = [each[language] for language in languages if language in each]
        if own[0].left_out:  # there is a bar in the column of each language
            yield from own
            continue
        passages = tuple(passage for printed in own for passage in printed.passages)
        drawn = tuple(dict.fromkeys(number for printed in own for number in printed.drawn))
        yield replace(each[languages[0]], passages=passages, drawn=drawn)


def marked_pdf(request: PageRequest) -> Response:
    """Return one PDF of the pages with approved changes, those that the reader reads first before the others.

    New words are marked in it. Its address has the reader's language, so that a copied address leads to the same file.
    """
    request = replace(request, language=request.path["language"]) if request.path["language"] in LANGUAGES else request
    state, parts = request.state, list[tuple[Path, Mapping[int, Sequence[Box]]]]()
    if isinstance(state, WorkspaceState) and request.path["name"] == marked_file(request, state.assessment.issue.label):
        since, folder = conclusion(request, state), _folder(request, state)
        found = pages_with_changes(request, state, since) if since else []
        parts = [(folder / each["name"], each["marks"]) for each in found]
    if not parts:
        raise UsageError(Problem(Place("studio"), tr("no page has changed since the edition was last archived")))
    saved = f"inline; filename*=UTF-8''{quote(request.path['name'])}"
    headers = {"content-security-policy": FRAMED, "content-disposition": saved}
    return Response(joined(parts), media_type="application/pdf", headers=headers)


def marked_file(request: PageRequest, label: str) -> str:
    """Return the name of the file of the pages with changes, in the reader's language."""
    return request.text(tr("{edition}, pages with changes.pdf", edition=label))


def _entries_before(request: PageRequest) -> dict[str, dict[str, str]]:
    """Return the former texts, in each language, of the register's entries that written changes have corrected."""
    found = dict[str, dict[str, str]]()
    for edit in (edit for each in request.studio.written() for edit in each.edits if isinstance(edit, EntryEdit)):
        place, _, language = edit.about.partition(":")[2].rpartition(".")
        if is_applied(edit, request.editable):
            found.setdefault(place, {}).setdefault(language, edit.old)
    return found


def _changed_places(
    request: PageRequest, state: WorkspaceState, since: Mapping[str, Any]
) -> dict[str, dict[str, dict[str, Printed]]]:
    """Return the texts to search for in each document, by its name and by language."""
    items = {each.item.id: each.item for each in state.approval.states}
    before, now, sources = recorded(request, state), state.assessment.ledger, state.assessment.project.evidence.sources
    moved = moved_facts(before.ledger, now) if before else frozenset()
    about = dict[str, Mapping[str, str]]({fact: {} for fact in moved}) | _entries_before(request)
    resourced = {each for each in moved if before and _sources(before.ledger[each]) != _sources(now[each])}
    columns, statements = table_columns(state.documents.briefs), statements_in(request, state)
    found: dict[str, dict[str, dict[str, Printed]]] = {name: {} for name in TEMPLATES}
    for each in since["reviewed"]:
        item, label = items[each["id"]], _COLON.split(each["label"], maxsplit=1)[0]
        then = before.statements.get(item.id, ()) if before else ()
        rows = changed_rows(then, statements.get(item.id, ()), columns.get(item.id, 0), about, resourced)
        for template in (name for name in item.documents if name in found):
            called = label.removeprefix(f"{template_name(request, template)} · ")
            for row in rows if len(rows) <= MOST_ROWS else ():
                name = request.called({key: each.name for key, each in row.items()})
                found[template][request.text(tr("{table} no. {row}", table=called, row=name))] = row
            if not 0 < len(rows) <= MOST_ROWS:
                texts = {key: (text, _redlines_in(each["moved"], key)) for key, text in item.texts.items()}
                drawn = [now[fact] for fact in item.facts if fact in moved] if item.kind == "figure" else []
                found[template][called] = {
                    key: replace(Printed.new(*each), drawn=_written(state, key, drawn)) for key, each in texts.items()
                }
    for each in since["gone"]:
        if there := _sentence_before(state, each["id"]):
            called = _left_out_called(request, state, each["id"], there)
            behind = {key: Printed(begins=(text,), passages=(), left_out=True) for key, text in there.texts.items()}
            for template in (name for name in there.documents if name in found):
                found[template][called] = behind
    for each in since["beside"]:
        if (document := each["document"]) in found:
            called = each["label"].removeprefix(f"{template_name(request, document)} · ")
            found[document][called] = {
                key: Printed(
                    begins=("".join(part.text for part in text if part.mark != "gone"),), passages=(tuple(text),)
                )
                for key, text in each["texts"].items()
            }
    listing = VOLUME if VOLUME in state.documents.briefs else BRIEF  # the document that lists sources
    entries = {each.source: each.entries for each in state.documents.briefs[listing].references}
    for source in new_sources(before.ledger, now, moved) if before else ():
        called = request.text(tr("list of sources: {title}", title=shortened(sources[source].title, LONGEST_TITLE)))
        cited = {key: _without_address(text, sources[source].url) for key, text in entries.get(source, {}).items()}
        found[listing][called] = {key: Printed.new(text) for key, text in cited.items()}
    return found


def called_before(request: PageRequest, state: WorkspaceState) -> Mapping[str, str]:
    """Return the names of items before the changes written here, to show where a removed item was."""

    def made() -> Mapping[str, str]:
        then = request.studio.without_changes(state)
        return item_labels(request, then) if then else {}

    return request.studio.cached(("called before", request.language), state, made) if request.studio.written() else {}


def changed_rows(
    before: Sequence[Statement],
    now: Sequence[Statement],
    columns: int,
    about: Mapping[str, Mapping[str, str]],
    resourced: Collection[str] = (),
) -> list[dict[str, Printed]]:
    """Return in each language the rows of a table that have changed.

    `before` and `now` are the table's statements: its title, the heads of its columns, its cells. `about` has the ids
    of the changed facts and written texts, with the former texts; a row has one of these in a cell, or as
    the id of a cell. `resourced` are the ids of facts that now have other sources.
    """
    was, rows = (
        [tuple(cells[at : at + columns]) for at in range(columns + 1, len(cells) - columns + 1, columns or 1)]
        for cells in (before, now if columns > 1 else ())
    )
    return [
        {
            key: _in_row(now[0], row, was[place] if place is not None else (), key, about, resourced=resourced)
            for key in row[0].sentences
        }
        for row, place in zip(rows, paired_rows(was, rows), strict=True)
        if any(_is_about(each, about) for each in row)
    ]


def _in_row(
    title: Statement,
    row: Row,
    old: Row,
    language: str,
    about: Mapping[str, Mapping[str, str]],
    *,
    resourced: Collection[str],
) -> Printed:
    """Return a row in a language: the new texts of its cells; all cells without an old row; or else its first two."""
    texts = [each.text(language) for each in row]
    moved = [without_serials(then) != without_serials(now) for then, now in zip(old, row, strict=False)]
    was = [then.text(language) if differs else now for then, now, differs in zip(old, texts, moved, strict=False)]
    was = [about.get(each.id, {}).get(language, then) for each, then in zip(row, was, strict=False)]
    pairs = zip(was or [""] * len(row), texts, strict=True)
    passages = tuple(redline(then, now, tokens_of()) for then, now in pairs if then != now)
    if any(_is_about(each, resourced) for each in row):
        cells = zip(texts, texts[1:], row[1:], strict=False)
        numbers = [(left, cell) for left, cell, at in cells if _SOURCE_NUMBERS.fullmatch(cell) and not at.facts()]
        passages += tuple((Piece("kept", left), Piece("new", cell)) for left, cell in numbers)
    begins = texts[0] + texts[1]
    whole = ((Piece("new", begins),),)
    return Printed(begins=(title.text(language), begins), passages=passages or whole, name=texts[0])


def _is_about(cell: Statement, about: Collection[str]) -> bool:
    """Return whether a cell has one of these ids, or its text is one of them."""
    return cell.id in about or any(cell.text(language) in about for language in cell.sentences)


def _sources(fact: Fact) -> set[str]:
    return {name for each in fact.cells for name in each.sources}


def _written(state: WorkspaceState, language: str, facts: Iterable[Fact]) -> tuple[str, ...]:
    """Return the written forms of facts in a language."""
    writer = state.assessment.project.writers.get(language)
    return tuple(dict.fromkeys(value_in(writer, each) for each in facts)) if writer else ()


def _sentence_before(state: WorkspaceState, gone: str) -> ReviewItem | None:
    """Return the sentence after which one was left out, in the same block; None if that was the first one."""
    block, _, number = gone.rpartition(":")
    ids = (each.item.id.rpartition(":") for each in state.approval.states)
    left = [int(last) for first, _, last in ids if (first, last.isdecimal()) == (block, True)]
    before = [each for each in left if number.isdecimal() and each < int(number)]
    wanted = f"{block}:{max(before)}" if before else ""
    return next((each.item for each in state.approval.states if each.item.id == wanted), None)


def _left_out_called(request: PageRequest, state: WorkspaceState, gone: str, before: ReviewItem) -> str:
    """Return the name of a removed sentence's place: as on the page Review, or after the sentence before it."""
    if label := called_before(request, state).get(gone, ""):
        return request.text(tr("{name}, left out", name=label))
    return request.text(tr("left out after: {name}", name=item_labels(request).get(before.id, before.id)))


def _redlines_in(moved: Mapping[str, Any], language: str) -> tuple[Passage, ...]:
    """Return the changed passages of an item in a language, without those too short to be found reliably."""
    found = (tuple(each[language]) for each in moved["sentences"] if language in each)
    return tuple(each for each in found if sum(len(piece.text) for piece in each if piece.mark != "gone") >= SURE)


def _without_address(entry: str, url: str) -> str:
    """Return a reference up to its address, which a list in two languages prints only once."""
    return (entry.partition(url)[0] if url else entry).rstrip() or entry


def _folder(request: PageRequest, state: WorkspaceState) -> Path:
    return workspace.output_folder(request.studio.root) / state.assessment.issue.label


def joined(parts: Iterable[tuple[Path, Mapping[int, Sequence[Box]]]]) -> bytes:
    """Return a PDF of some pages of other PDFs, by page number from 1, with these places marked in yellow."""
    made, written = pypdfium2.PdfDocument.new(), BytesIO()
    try:
        for file, pages in parts:
            document, before = pypdfium2.PdfDocument(file), len(made)
            made.import_pages(document, [number - 1 for number in pages])
            document.close()
            for at, boxes in enumerate(pages.values(), before):
                _mark(made[at], boxes)
        made.save(written)
    finally:
        made.close()
    return written.getvalue()


def _mark(page: pypdfium2.PdfPage, boxes: Iterable[Box]) -> None:
    """Add a yellow mark to a page, as with a pen."""
    for left, low, right, high in boxes:
        corners = (left, high, right, high, left, low, right, low)
        mark = raw.FPDFPage_CreateAnnot(page.raw, raw.FPDF_ANNOT_HIGHLIGHT)
        raw.FPDFAnnot_SetRect(mark, raw.FS_RECTF(left, high, right, low))
        raw.FPDFAnnot_AppendAttachmentPoints(mark, raw.FS_QUADPOINTSF(*corners))
        raw.FPDFAnnot_SetColor(mark, raw.FPDFANNOT_COLORTYPE_Color, *YELLOW)
        raw.FPDFPage_CloseAnnot(mark)
