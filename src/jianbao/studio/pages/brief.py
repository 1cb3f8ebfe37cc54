"""Show the brief with the draft changes in it, and for each sentence its facts, review and wording."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response

from jianbao.app.approval import item_context
from jianbao.app.compare import item_statements
from jianbao.app.evidence.facts import dependents_in_words, interval_in, sayable, use_of, value_in
from jianbao.app.propose import WorkspaceState
from jianbao.app.review import kept_proposals
from jianbao.core.encoding import shortened
from jianbao.core.errors import ContentError, Place, Problem, UsageError, nearest
from jianbao.core.messages import tr
from jianbao.data.provenance import CellOrigin, Trace, trace
from jianbao.delivery.finished_edition import BRIEF, product_in_words
from jianbao.intake.labels import Labels
from jianbao.review.edits import Editable, text_edits
from jianbao.review.proposals import Edit, Proposal, TextEdit, as_shown, own_words
from jianbao.review.review_items import ReviewItem, items_of_block, written_in
from jianbao.review.roles import same_person
from jianbao.review.verdicts import ItemState
from jianbao.studio.drafts import HOLE, as_printed, printed_in
from jianbao.studio.guard import PAGE_POLICY
from jianbao.studio.page_requests import PageRequest, causes, go, page
from jianbao.studio.pages import names
from jianbao.studio.pages.log import names_of
from jianbao.studio.preview import shown_formats
from jianbao.text.formatter import language_name
from jianbao.text.render import Statement, choose

WEB, FRAMED = "html", "frame-ancestors 'self'"
QUOTED = 40  # columns of a sentence's beginning that are quoted
KINDS = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}


def brief(request: PageRequest) -> Response:
    """Show the page of a product, and beside it the items of the chosen block, or all items."""
    state, products = request.state, product_names(request)
    chosen = request.query.get("product") or next(iter(products), "")
    at = request.query.get("at", "")
    items = _items(request, at) if isinstance(state, WorkspaceState) else []
    return page(
        request,
        "brief",
        product=chosen,
        products={name: product_in_words(name, request.language) for name in products},
        form=products.get(chosen, WEB),
        at=_called_at(request, at),
        items=items,
        problems=state.errors,
    )


def product_names(request: PageRequest) -> dict[str, str]:
    """Return the names of the products that can be shown ("brief.zh-en"), each with the format of its page."""
    state = request.state
    if not isinstance(state, WorkspaceState):
        return {}
    outline = state.assessment.project.outline
    formats = shown_formats(state.snapshot, outline.parts)
    layouts = dict.fromkeys((each.template, each.languages) for each in outline.products)
    order = sorted(layouts, key=lambda pair: (pair[0] != BRIEF, -len(pair[1])))
    return {f"{template}.{'-'.join(languages)}": formats[template] for template, languages in order}


def shown(request: PageRequest) -> Response:
    """Return the page of a product, or why there is none; the page runs no script, and only the studio may frame it."""
    session, made = request.studio.preview(request.path["product"])
    kind = session.product.format if made.page else WEB
    content = made.page or page(request, "no_preview", errors=made.errors).body
    headers = {"content-security-policy": PAGE_POLICY if kind == WEB else FRAMED}
    return Response(content, media_type=KINDS[kind], headers=headers)


def preview_state(request: PageRequest) -> Response:
    """Return the number of a product's page, the block that changed last, and the errors."""
    session, made = request.studio.preview(request.path["product"])
    record = {"number": made.number, "changed": made.changed, "format": session.product.format}
    return JSONResponse({**record, "problems": causes(request, made.errors)})


def block(request: PageRequest) -> Response:
    """Show the items of a block of the page."""
    at = request.path["block"]
    return page(request, "items", items=_items(request, at), at=_called_at(request, at))


def _called_at(request: PageRequest, at: str) -> str:
    """Return the name of the chosen part of the page: the section of its first item; "" if nothing is chosen."""
    state = request.state
    if not at or not isinstance(state, WorkspaceState):
        return ""
    places, wanted = names.places_of_items(request, state), _items_in(state, at)
    return next((names.section_label(request, place) for item, place in places.items() if item in wanted), "")


def _items(request: PageRequest, at: str) -> list[dict[str, object]]:
    """Return the items of a block, or all items, those that move the message most first."""
    state = whole(request)
    wanted = _items_in(state, at) if at else None
    return item_views(
        request, state, [each for each in state.approval.states if wanted is None or each.item.id in wanted]
    )


def _items_in(state: WorkspaceState, at: str) -> frozenset[str]:
    context = item_context(state.assessment)
    blocks = (
        block
        for document in state.documents.briefs.values()
        for section in document.sections
        for block in section.whole()
        if at in (block.id, section.id)
    )
    found = {item for block in blocks for item in items_of_block(block, context)}
    beside = {each.item.id for each in state.approval.states if each.item.id == at or each.item.id.startswith(f"{at}:")}
    return frozenset(found | beside)


def item_views(request: PageRequest, state: WorkspaceState, states: Sequence[ItemState]) -> list[dict[str, object]]:
    """Return what a page shows of items: their texts, states, facts, wordings, and why the reader may not approve them.

    The reader may not approve own words if the workspace asks for four eyes.
    """
    own = dict[str, str]()
    if state.assessment.project.stations.four_eyes and request.may("approve"):
        kept = [each for each in kept_proposals(request.studio.root).values() if _is_text_of(each, request.name)]
        own = {problem.where.column: request.text(problem.what) for problem in own_words(states, kept, request.name)}
    drafted = {edit.wording for edit in request.studio.drafts() if isinstance(edit, TextEdit)}
    return [_item_view(request, state, each, drafted) | {"own": own.get(each.item.id, "")} for each in states]


def _is_text_of(proposal: Proposal, name: str) -> bool:
    """Return whether somebody proposed or applied a change of words."""
    people = proposal.by, proposal.applied.rpartition(", ")[0]
    return any(same_person(name, each) for each in people) and any(isinstance(e, TextEdit) for e in proposal.edits)


def _item_view(request: PageRequest, state: WorkspaceState, each: ItemState, drafted: Collection[str]) -> names.Row:
    return {
        "id": each.item.id,
        "label": names.item_labels(request).get(each.item.id, each.item.id),
        "also": names.also_in(request, each.item),
        "front": not names.read_first(request, each.item.id),
        "kind": each.item.kind,
        "texts": texts_of(state, each.item),
        "sentences": _sentences(request, state, each.item) if each.item.kind == "measure" else {},
        "state": each.state,
        "changed": each.changed,
        "weight": each.weight,
        "verdict": each.verdict,
        "opened": each.opened,
        "content": each.item.content,
        "facts": tuple(_fact_lines(request, state, each.item.facts)),
        "wordings": {key: _quoted(request, state, key) if len(each.item.words) > 1 else "" for key in each.item.words},
        "drafted": any(word in drafted for word in each.item.words),
    }


def statements_in(request: PageRequest, state: WorkspaceState) -> Mapping[str, tuple[Statement, ...]]:
    """Return the statements of each item of the edition."""
    return request.studio.cached("statements", state, lambda: item_statements(state.assessment, state.documents))


def rows_used(request: PageRequest) -> frozenset[tuple[str, int]]:
    """Return the rows, by table and number, that are the only origin of a number which the edition states."""
    state = request.last_whole
    if state is None:
        return frozenset()

    def made() -> frozenset[tuple[str, int]]:
        facts = {state.assessment.ledger.get(fact) for each in state.approval.states for fact in each.item.facts}
        cells = [each for fact in facts if fact for each in fact.cells if len(each.rows) == 1]
        return frozenset((each.table, each.rows[0]) for each in cells)

    return request.studio.cached("rows used", state, made)


def _sentences(request: PageRequest, state: WorkspaceState, item: ReviewItem) -> dict[str, str]:
    """Return the full text of an item in each language: for a measure, its sentences besides the title."""
    found = statements_in(request, state).get(item.id, ())
    languages = texts_of(state, item)
    return {language: " ".join(filter(None, (each.text(language) for each in found))) for language in languages}


def texts_of(state: WorkspaceState, item: ReviewItem) -> dict[str, str]:
    """Return the texts of an item in the languages in which one of its documents is printed."""
    languages = state.assessment.project.outline.languages_of(item.documents)
    return {key: text for key, text in item.texts.items() if key in languages or not languages}


def _quoted(request: PageRequest, state: WorkspaceState, name: str) -> str:
    """Return the beginning of a sentence as printed, or as written if the page does not have the sentence."""
    if texts := _printed(state, name):
        return shortened(request.called(texts), QUOTED)
    written = _texts(request, request.editable, name)
    language = request.language if request.language in written else next(iter(written))
    return shortened(as_printed(state, language, written[language]), QUOTED)


def _fact_lines(request: PageRequest, state: WorkspaceState, facts: Sequence[str]) -> Iterator[dict[str, str]]:
    writers = state.assessment.project.writers
    writer = writers.get(request.language) or next(iter(writers.values()))
    lines: dict[str, dict[str, str]] = request.studio.cached(f"facts in {request.language}", state, dict)
    for fact_id in facts:
        if fact_id not in lines:
            fact = state.assessment.ledger[fact_id]
            name, value = request.called(state.names.of(fact_id), fact_id), value_in(writer, fact)
            lines[fact_id] = {"id": fact_id, "name": name, "value": value + request.text(interval_in(writer, fact))}
        yield lines[fact_id]


def fact(request: PageRequest) -> Response:
    """Show how a fact was computed, down to rows and sources, what may be claimed with it, and what depends on it."""
    state, fact_id = whole(request), request.path["fact"]
    known = state.assessment
    if fact_id not in known.ledger:
        hint = nearest(fact_id, known.ledger, tr("the page Brief lists the facts of each sentence"))
        raise UsageError(Problem(Place("facts"), tr("there is no fact '{fact_id}'", fact_id=fact_id), hint))
    found = trace(known.ledger, fact_id, known.project.evidence.tables)
    called, dependents = partial(request.labels().choice, "", "basis"), use_of(known).of(fact_id)
    return page(
        request,
        "fact",
        fact=next(_fact_lines(request, state, (fact_id,))),
        values={language: value_in(writer, found.fact) for language, writer in known.project.writers.items()},
        lines=[(depth, _trace_view(request, state, each)) for depth, each in found.lines()],
        sources=[known.project.evidence.sources[each] for each in known.ledger.sources_of(fact_id)],
        sayable=[request.text(each) for each in sayable(found.fact, known.issue.as_of, called)],
        dependents=[request.text(each) for each in dependents_in_words(dependents, names_of(request, state))],
    )


def _trace_view(request: PageRequest, state: WorkspaceState, each: Trace) -> dict[str, object]:
    """Return one step of the trace of a fact: the fact, how it was computed, and its cells."""
    fact, labels = each.fact, request.labels()
    return {
        "line": next(_fact_lines(request, state, (fact.id,))) if fact.id in state.assessment.ledger else None,
        "id": fact.id,
        "as_of": fact.as_of,
        "confidence": labels.choice("", "confidence", fact.confidence),
        "how": fact.how,
        "origins": [_origin_view(request, labels, origin) for origin in each.origins],
        "more": each.rows - len(each.origins),
    }


def _origin_view(request: PageRequest, labels: Labels, origin: CellOrigin) -> dict[str, str]:
    """Return a cell that a fact was read from: its table, row and column in words; nothing for a declared value."""
    file, _, row = origin.place.rpartition(":")
    table = next((name for name, sheet in request.editable.sheets.items() if sheet.file == file), "")
    return {
        "place": origin.place,
        "table": table,
        "row": row,
        "name": labels.table(table) if table else "",
        "column": labels.column(table, origin.column) if table and origin.column else "",
        "text": names.cell_in_words(request, table, origin.column, origin.text),
    }


def whole(request: PageRequest) -> WorkspaceState:
    """Return the workspace if it can be assessed; raises all its errors otherwise."""
    state = request.state
    if isinstance(state, WorkspaceState):
        return state
    raise ContentError(problem for error in state.errors for problem in error.problems)


# The wording of a sentence


def wording(request: PageRequest) -> Response:
    """Show the wording of a sentence in each language, with its draft, its facts, and other facts that it may name."""
    state, name = _with_drafts(request), request.path["wording"]
    editable, here = replace(request.editable, facts=state.assessment.ledger), f"sentence {name}"
    texts = _texts(request, editable, name)
    if request.may("edit"):
        request.studio.opened.note(here, request.name)
    return page(
        request,
        "wording",
        wording=name,
        label=names.wording_label(request, name),
        filled={language: printed_in(state, language, text) for language, text in texts.items()},
        texts=texts,
        was=_texts(request, editable, name, new=False),
        others=request.studio.opened.others(here, request.name),
        names={language: language_name(language, request.language) for language in state.assessment.project.writers},
        printed=_printed(state, name),
        facts=_facts_near(request, state, texts.values()),
    )


def _facts_near(request: PageRequest, state: WorkspaceState, texts: Iterable[str]) -> list[dict[str, str]]:
    """Return the facts that a sentence may name, those about the same things as its own facts first."""
    named = {hole.strip().partition(".")[0] for text in texts for hole in HOLE.findall(text)}
    lines = [each for each in _fact_lines(request, state, tuple(state.assessment.ledger)) if each["name"] != each["id"]]
    return sorted(lines, key=lambda each: each["id"].partition(".")[0] not in named)


def _with_drafts(request: PageRequest) -> WorkspaceState:
    """Return the workspace with the draft changes in it, if it can be assessed with them."""
    state, drafted = whole(request), request.studio.with_drafts()
    return drafted if isinstance(drafted, WorkspaceState) else state


def _printed(state: WorkspaceState, name: str) -> dict[str, str]:
    statement = next((each for key, each in state.version.statements.items() if name in (key, each.id)), None)
    return {language: statement.text(language) for language in statement.sentences} if statement else {}


def _texts(request: PageRequest, editable: Editable, name: str, new: bool = True) -> dict[str, str]:
    """Return the written text of a sentence in each language: the draft, or (not `new`) the text that it replaces."""
    if name not in editable.wordings:
        what = tr("there is no sentence '{wording}'", wording=name)
        hint = nearest(name, editable.wordings, tr("the page Brief leads to each sentence"))
        raise UsageError(Problem(Place(name), what, hint))
    variant = choose(editable.wordings[name], editable.facts)
    if variant is None:
        raise UsageError(Problem(Place(name), tr("this edition does not say '{wording}'", wording=name)))
    texts = (edit for edit in request.studio.drafts() if isinstance(edit, TextEdit) and edit.wording == name)
    drafted = {(edit.language, edit.old): edit.new for edit in texts}
    written = {language: written_in(text) for language, text in variant.texts.items()}
    return {language: (new and drafted.get((language, text))) or text for language, text in written.items()}


def write(request: PageRequest) -> Response:
    """Add another wording of a sentence to the draft changes; raises the errors of its placeholders.

    A text that somebody else has changed since the page was shown is a conflict; it is not silently replaced.
    """
    name, editable = request.path["wording"], replace(request.editable, facts=_with_drafts(request).assessment.ledger)
    given = [key.removeprefix("text.") for key in request.form if key.startswith("text.")]
    sayings = [f"{name}.{language}={request.field(f'text.{language}')}" for language in given]
    shown = {language: request.field(f"was.{language}") for language in given if f"was.{language}" in request.form}
    edits = tuple(as_shown(text_edits(sayings, editable), shown))

    def with_texts(drafts: tuple[Edit, ...]) -> tuple[Edit, ...]:
        others = (edit for edit in drafts if not (isinstance(edit, TextEdit) and edit.wording == name))
        return (*others, *edits)

    request.studio.change_drafts(with_texts)
    return go("/changes?" + urlencode({"mended": name}))
