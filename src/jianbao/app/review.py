"""List the items of an edition, approve or return them; store and apply proposals; judge its PDFs by the checklist."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from jianbao.app import workspace
from jianbao.app.approval import (
    STATES,
    Approval,
    Reviewer,
    approval_of,
    edition_inputs,
    lines_by_kind,
    record_verdicts,
    select_items,
    state_lines,
)
from jianbao.app.assess import Assessment, Documents, Report, Stage, assess, documents_of
from jianbao.app.check import read_design
from jianbao.app.content_checks import claims_of
from jianbao.app.products import compose_briefs, draw, needed_documents, write_edition
from jianbao.app.project import DELIVERY, Project, read_project
from jianbao.app.sign_off.stations import SignOff, sign_off, station_lines
from jianbao.brief.letterhead import LETTER_HEAD
from jianbao.brief.model import Brief
from jianbao.brief.outline import Outline, Product
from jianbao.core.documents import Problems
from jianbao.core.edition_folder import changed_files, recorded_inputs
from jianbao.core.errors import Place, Problem, UsageError, raise_all
from jianbao.core.messages import Translatable, tr, tr_later, tr_list
from jianbao.core.snapshot import Snapshot
from jianbao.core.transaction import commit
from jianbao.core.workers import Workers
from jianbao.review.claims.documents import Overrule
from jianbao.review.proposals import (
    Edit,
    Proposal,
    TableRow,
    marked_applied,
    name_for,
    own_words,
    stored_proposal,
    unseen_texts,
    write_proposal,
)
from jianbao.review.quality.checklist import decide_points
from jianbao.review.quality.document_view import DocumentView
from jianbao.review.quality.model import QualityVerdict
from jianbao.review.quality.pdf_reader import PdfText, read_pdf
from jianbao.review.verdicts import LOG, ItemState, document_counts, state_record


def listing(assessment: Assessment, approved: bool, json_wanted: bool) -> Iterator[str]:
    """Yield one line for each item, the most important first; approved ones only if `approved`."""
    documents = documents_of(assessment)
    approval, overruled = approval_of(assessment, documents), claims_of(assessment, documents).overruled
    wanted = [each for each in approval.states if approved or each.state != "approved"]
    passed = sign_off(assessment, documents)
    if json_wanted:
        yield _json(assessment, approval, wanted, overruled, passed)
        return
    yield from state_lines(wanted)
    for each in overruled:
        item, because = f"{each.passage.id} {each.passage.language}", each.because[each.passage.language]
        yield tr("overruled  {item}  {check}: {because}", item=item, check=each.check, because=because)
    yield _summary(assessment, approval)
    yield document_counts(approval.states, {each: each for each in documents.briefs})
    yield from station_lines(passed)


def _summary(assessment: Assessment, approval: Approval) -> Translatable:
    return tr(
        "Edition {edition}: {count} items, {returned} returned, {pending} pending, {approved} approved",
        edition=assessment.issue.label,
        count=len(approval.states),
        **{state: approval.count(state) for state in STATES},
    )


def _json(
    assessment: Assessment,
    approval: Approval,
    states: Sequence[ItemState],
    overruled: Sequence[Overrule] = (),
    passed: SignOff | None = None,
) -> str:
    record = {
        "edition": assessment.issue.label,
        "items": len(approval.states),
        **{state: approval.count(state) for state in STATES},
        "standings": [state_record(each) for each in states],
        "stale": [{"item": each.item, "changed": each.changed, "behind": each.behind} for each in approval.stale],
        "overruled": [
            {"item": each.passage.id, "language": each.passage.language, "check": each.check, "because": each.because}
            for each in overruled
        ],
        **(passed.record() if passed and passed.passage.states else {}),
    }
    return json.dumps(record, ensure_ascii=False, indent=1)


def approve_items(
    root: Path,
    assessment: Assessment,
    *,
    names: Sequence[str],
    every: bool,
    reviewer: Reviewer,
    read: Path | None,
    json_wanted: bool,
    agree: Callable[[], bool] = lambda: True,
) -> Iterator[str]:
    """Yield the named items, or all pending ones; approve them if `agree` then returns True, and yield the result.

    Raises UsageError, also for the reviewer's own words.
    """
    _check_signature(reviewer, bool(names) or every, tr("name items, or ask for --all"))
    documents = documents_of(assessment)
    approval = approval_of(assessment, documents)
    meant = dict.fromkeys(each.item.id for each in select_items(approval, names))
    wanted = [each for each in approval.states if each.item.id in meant or (every and each.state == "pending")]
    stale = {each.item for each in approval.stale}
    new = [each for each in wanted if each.state != "approved" or each.item.id in stale]
    if read is not None:
        _check_contents(new, read)
    if assessment.project.stations.four_eyes:
        raise_all(own_words(new, kept_proposals(root).values(), reviewer.name), UsageError)
    if not json_wanted:
        yield from lines_by_kind(new, texts=read is None)
    if new and not agree():
        yield tr("Nothing was approved.")
        return
    after = record_verdicts(root, assessment, new, verb="approved", reviewer=reviewer)
    if json_wanted:
        yield from _shown(after, documents, [replace(each, state="approved") for each in new], json_wanted)
    else:
        yield _summary(after, approval_of(after, documents))


def return_items(
    root: Path, assessment: Assessment, *, names: Sequence[str], reviewer: Reviewer, comment: str, json_wanted: bool
) -> Iterator[str]:
    """Return the named items with a comment and yield the result as lines; raises UsageError."""
    _check_signature(reviewer, bool(names), tr("name items"))
    if not comment.strip():
        raise UsageError(Problem(Place("--comment"), tr("there is no comment"), tr("say what is to be done")))
    documents = documents_of(assessment)
    wanted = select_items(approval_of(assessment, documents), names)
    after = record_verdicts(
        root=root, assessment=assessment, items=wanted, verb="returned", reviewer=reviewer, comment=comment.strip()
    )
    yield from _shown(after, documents, [replace(each, state="returned", verdict=None) for each in wanted], json_wanted)


def _check_signature(reviewer: Reviewer, named: bool, hint: Translatable) -> None:
    problems = [] if named else [Problem(Place("review"), tr("no item is named"), hint)]
    problems += [] if reviewer.name else [Problem(Place("--by"), tr("no name is given"), tr("give your name"))]
    raise_all(problems, UsageError)


def check_unchanged(assessment: Assessment, folder: Path) -> None:
    """Raise UsageError with every item of an edition that differs from the built edition in a folder."""
    _check_contents(approval_of(assessment, documents_of(assessment)).states, folder)


def _check_contents(states: Sequence[ItemState], folder: Path) -> None:
    """Raise UsageError with every item that differs from the built edition in a folder."""
    read = _built_contents(folder)
    hint = tr("build the draft again and read it; {folder} has another", folder=folder)
    raise_all(
        (
            Problem(Place("review", column=each.item.id), tr("it has changed since that draft was built"), hint)
            for each in states
            if read.get(each.item.id) != each.item.content
        ),
        UsageError,
    )


def _built_contents(folder: Path) -> Mapping[str, str]:
    try:
        record = json.loads(workspace.read_built_file(folder / LOG))
        return {each["item"]: each["content"] for each in record["standings"]}
    except (ValueError, KeyError, TypeError) as fault:
        place = Place(str(folder / LOG))
        raise UsageError(
            Problem(place, tr("this is not the approval log of an edition"), tr("name a built edition"))
        ) from fault


def _shown(
    assessment: Assessment, documents: Documents, states: Sequence[ItemState], json_wanted: bool
) -> Iterator[str]:
    approval = approval_of(assessment, documents)
    if json_wanted:
        done = {each.item.id for each in states}
        yield _json(assessment, approval, [each for each in approval.states if each.item.id in done])
        return
    yield from state_lines(states)
    yield _summary(assessment, approval)


# Proposals, which `app/propose.py` evaluates


def signed_proposal(author: Reviewer, why: str, edits: Sequence[Edit]) -> Proposal:
    """Return a proposal of changes; raises UsageError for none, for two of one text, and for invisible characters."""
    problems: Problems = []
    if not edits:
        problems.append(Problem(Place("propose"), tr("nothing would change"), tr("name a cell, a text or a weight")))
    places = [edit.about for edit in edits if not isinstance(edit, TableRow)]
    for about in dict.fromkeys(each for each in places if places.count(each) > 1):
        problems.append(Problem(Place("propose"), tr("'{about}' is changed twice", about=about)))
    made = Proposal(by=author.name, at=author.at, why=" ".join(why.split()), edits=tuple(edits))
    records: list[tuple[str, Mapping[str, object]]]
    records = [("--by", {"": made.by}), ("--why", {"": made.why}), *((each.about, each.record()) for each in edits)]
    hint = tr("type the words around it anew: it often comes from a copied text")
    problems += [
        Problem(Place(about, column=name), what, hint)
        for about, record in records
        for name, what in unseen_texts(record)
    ]
    raise_all(problems, UsageError)
    return made


def keep_proposal(root: Path, before: Snapshot, proposal: Proposal) -> str:
    """Write a proposal into data/proposals/ and return its name; raises UsageError without author or reason."""
    fields = {"--by": (proposal.by, tr("no name is given")), "--why": (proposal.why, tr("no reason is given"))}
    raise_all((Problem(Place(option), what) for option, (text, what) in fields.items() if not text), UsageError)
    name = name_for(proposal.by, proposal.at, workspace.proposal_names(root))
    content = write_proposal(name, proposal).encode()
    commit(root, before, before.replaced({workspace.proposal_file(name): content}))
    return name


def kept_proposal(root: Path, name: str) -> Proposal:
    """Return a stored proposal; raises UsageError if there is none, ContentError if its file is not a proposal."""
    file = workspace.proposal_file(name)
    return stored_proposal(workspace.read_proposal_file(root, name).text(file), file)


def kept_proposals(root: Path) -> dict[str, Proposal]:
    """Return all proposals by name, including applied ones."""
    return {name: kept_proposal(root, name) for name in workspace.proposal_names(root)}


def waiting_proposals(root: Path) -> dict[str, Proposal]:
    """Return the proposals that are not applied yet, by name."""
    return {name: each for name, each in kept_proposals(root).items() if not each.applied}


def waiting_proposal(root: Path, name: str) -> Proposal:
    """Return a stored proposal that is not applied yet; raises UsageError for any other."""
    proposal = kept_proposal(root, name)
    if proposal.applied:
        what = tr("this proposal is applied already: {applied}", applied=proposal.applied)
        raise UsageError(Problem(Place(workspace.proposal_file(name)), what))
    return proposal


def apply_proposal(root: Path, name: str, before: Snapshot, after: Snapshot, author: Reviewer) -> tuple[str, ...]:
    """Write the changes of a proposal to the workspace, record in it who applied it, and return the changed files.

    All of them are written or none. Raises DeliveryError if a file was changed since it was read, UsageError without
    the name of the person who applies it.
    """
    raise_all([] if author.name else [Problem(Place("--by"), tr("no name is given"))], UsageError)
    file = workspace.proposal_file(name)
    stored = workspace.read_proposal_file(root, name)
    marked = marked_applied(stored.text(file), author.name, author.at).encode()
    return commit(root, before.replaced({file: stored.content(file)}), after.replaced({file: marked}))


# The checklist
BUILD = tr_later("build the edition first: jianbao build --edition {edition}")


def judge_edition(root: Path, edition: str, output: Path | None, report: Report) -> tuple[QualityVerdict, ...]:
    """Return the verdict on every finished brief; raises UsageError if it is not built, or older than the workspace."""
    report(Stage.READ)
    project = read_project(workspace.snapshot(root))
    issue = project.series.issue(edition)
    folder, products = workspace.output_folder(root, output) / issue.label, briefs(project.outline)
    raise_all(_unready(project, folder, products, issue.label), UsageError)
    assessment = assess(project, issue, report=report)
    report(Stage.WRITE)
    written = write_edition(assessment, documents_of(assessment))
    report(Stage.DRAW)
    needed = [needed_documents(product)[0] for product in products]
    composed, verdicts = compose_briefs(draw(written, read_design(project.snapshot), needed, Workers()), needed), []
    for product, variant in zip(products, needed, strict=True):
        report(tr("judging {product}", product=product.name))
        brief = composed[variant]
        views = tuple(document_views(assessment, product, brief, read_pdf(folder / product.name)))
        verdicts.append(decide_points(views))
    return tuple(verdicts)


def briefs(outline: Outline) -> tuple[Product, ...]:
    """Return the PDFs that the checklist applies to: those whose template has body sections.

    A one-page form has none, and a volume of evidence makes no argument.
    """
    bodied = {name for name, parts in outline.parts.items() if any(part.role == "body" for part in parts)}
    judged = bodied - set(outline.evidence.values())
    return tuple(each for each in outline.products if each.format == "pdf" and each.template in judged)


def document_views(assessment: Assessment, product: Product, brief: Brief, printed: PdfText) -> Iterator[DocumentView]:
    """Yield a view of a finished file for each of its languages."""
    project = assessment.project
    for language in product.languages:
        yield DocumentView(
            product=product.name,
            language=language,
            brief=brief,
            printed=printed,
            writers=project.writers,
            ledger=assessment.ledger,
            index=project.framework.index.id,
            beside=len(product.languages),
        )


def _unready(project: Project, folder: Path, products: tuple[Product, ...], label: str) -> list[Problem]:
    """Return a problem for each brief that is missing, or one if the workspace has changed since the build."""
    hint = tr(BUILD, edition=label)
    if not products:
        return [Problem(Place("templates/outline.yml"), tr("no PDF of a template with a body is among the products"))]
    absent = changed_files(folder, [each.name for each in products])
    if absent:
        return [
            Problem(Place(str(folder / name)), tr("this brief is not there, or not as it was built"), hint)
            for name in absent
        ]
    built, today = recorded_inputs(folder), edition_inputs(project.snapshot, label)
    changed = [name for name in sorted({*built, *today}) if built.get(name) != today.get(name)]
    if not any(_has_letterhead(project, product) for product in products):
        changed = [name for name in changed if name != DELIVERY]  # the recipients are not printed
    if not changed:
        return []
    what = tr("the workspace has changed since this edition was built: {files}", files=tr_list(changed))
    return [Problem(Place(str(folder)), what, hint)]


def _has_letterhead(project: Project, product: Product) -> bool:
    """Return whether a document has the letterhead of the issuing office."""
    summaries = (part.name for part in project.outline.parts[product.template] if part.role == "summary")
    return any(LETTER_HEAD in project.sections[name].phrases for name in summaries)
