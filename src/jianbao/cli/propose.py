"""Define commands that try changes before they are made: propose, apply; print consequences as lines or JSON."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from jianbao.cli.base import Edition, Json, Root, app, as_record, asked_and_where, print_json, report, say
from jianbao.core.errors import JianbaoError
from jianbao.core.messages import Translatable, in_ui_language, tr, tr_later, tr_list, trn, ui_language, verbatim

MAX_NAMES_ON_LINE = 12
MEASURES = {
    "new": tr_later("  {measure}: new, in place {now}"),
    "gone": tr_later("  {measure}: gone, was in place {was}"),
    "moved": tr_later("  {measure}: from place {was} to {now}"),
}


@app.command()
def propose(
    workspace: Root = Path(),
    cells: Annotated[
        list[str] | None,
        typer.Option("--set", help="TABLE:ROW.COLUMN=VALUE, rows as a spreadsheet numbers them, +1 a new one."),
    ] = None,
    blocks: Annotated[
        list[str] | None,
        typer.Option("--paste", help="TABLE:ROW.COLUMN=FILE: cells as a spreadsheet copies them; - is standard input."),
    ] = None,
    sayings: Annotated[
        list[str] | None, typer.Option("--say", help="SENTENCE.LANGUAGE=WORDS, as in national.balance:1.zh=…")
    ] = None,
    weights: Annotated[
        list[str] | None,
        typer.Option("--weight", help="NODE=WEIGHT; where weights are equal, the share of the node, 0 to 1."),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="The name of who proposes it.")] = "",
    why: Annotated[str, typer.Option("--why", help="Why it should be so.")] = "",
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep it in data/proposals/ for somebody else to look at and apply.")
    ] = False,
    edition: Edition = "",
    as_json: Json = False,
) -> None:
    """Try changes of cells, sentences and weights, and show all that they would move; nothing in the tables changes."""
    from jianbao.app import propose, review
    from jianbao.app.workspace import snapshot
    from jianbao.review import edits
    from jianbao.review.document_edits import weight_edits

    state = propose.state_or_errors(workspace, snapshot(workspace), edition)
    editable = propose.editable_of(state)
    wanted = [
        *edits.cell_edits(cells or [], editable),
        *(edit for text in blocks or [] for edit in edits.pasted_edits(*_block(text), editable)),
        *edits.text_edits(sayings or [], editable),
        *weight_edits(weights or [], editable.snapshot),
    ]
    proposal = review.signed_proposal(_author(by), why, wanted)
    consequences = propose.consequences(workspace, state, edits.with_edits(wanted, editable), edition)
    name = review.keep_proposal(workspace, editable.snapshot, proposal) if keep else ""
    if as_json:
        print_json({**consequences_json(proposal, consequences), "proposal": name})
    else:
        _show(consequence_lines(proposal.edits, consequences, editable, state, _styled()))
        if name:
            say(tr("Kept as {name}; to write it: jianbao apply {name} --by NAME", name=name))
    _end(consequences, as_json, is_stored=keep)


@app.command("apply")
def apply_kept(
    name: Annotated[str, typer.Argument(help="A proposal; those that wait are listed if none is named.")] = "",
    workspace: Root = Path(),
    by: Annotated[str, typer.Option("--by", help="The name of who applies it.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")] = False,
    edition: Edition = "",
    as_json: Json = False,
) -> None:
    """Show what a proposal would move, ask, and write it; the rest of each file stays as it is."""
    from jianbao.app import propose, review
    from jianbao.app.workspace import snapshot
    from jianbao.cli.output import confirm
    from jianbao.review.edits import with_edits

    name, workspace = asked_and_where(name, workspace)
    if not name:
        _list_waiting(workspace)
        return
    proposal = review.waiting_proposal(workspace, name)
    state = propose.state_or_errors(workspace, snapshot(workspace), edition)
    editable = propose.editable_of(state)
    after = with_edits(proposal.edits, editable)
    consequences = propose.consequences(workspace, state, after, edition)
    if as_json:
        print_json(consequences_json(proposal, consequences))
    else:
        say(tr("{by}, {day}: {why}", by=proposal.by, day=proposal.at[:10], why=proposal.why))
        _show(consequence_lines(proposal.edits, consequences, editable, state, _styled()))
    _end(consequences, as_json, is_stored=False)
    if yes or (sys.stdin.isatty() and not as_json and confirm(tr("Write this?"))):
        propose.check_applicable(state, after, edition, consequences.state)
        files = review.apply_proposal(workspace, name, editable.snapshot, after, _author(by))
        say(tr("Wrote {files}. Now: jianbao check", files=tr_list(files)), err=as_json)
    elif not as_json:
        say(tr("Nothing was written. With --yes this is written."))


def _author(name: str) -> Any:
    from jianbao.app.approval import Reviewer

    return Reviewer(" ".join(name.split()), datetime.now().astimezone().isoformat(timespec="milliseconds"))


def _block(text: str) -> tuple[str, str]:
    """Return the cell where a block begins, and the block."""
    from jianbao.core.errors import DataError
    from jianbao.core.snapshot import single_file

    cell, _, file = text.partition("=")
    return cell, sys.stdin.read() if file == "-" else single_file(Path(file), DataError).text(Path(file).name)


def _list_waiting(workspace: Path) -> None:
    from jianbao.app import review

    waiting = review.waiting_proposals(workspace)
    for name, proposal in waiting.items():
        count = len(proposal.edits)
        changes = trn("{count} change", "{count} changes", count, count=count)
        say(tr("{name}  {by}: {why} ({changes})", name=name, by=proposal.by, why=proposal.why, changes=changes))
    if not waiting:
        say(tr("No proposal waits."))


def _styled() -> bool:
    return sys.stdout.isatty()


def _show(lines: Iterable[str]) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(in_ui_language(line), markup=console.is_terminal)


def _end(consequences: Any, as_json: bool, is_stored: bool) -> None:
    """Print the new errors and exit with their code, unless the proposal is kept for somebody to correct."""
    for error in () if as_json else consequences.refused:
        report(error)
    if consequences.refused and not is_stored:
        raise typer.Exit(consequences.refused[0].exit_code)


def consequence_lines(
    edits: Sequence[Any], consequences: Any, editable: Any, before: Any, styled: bool
) -> Iterator[str]:
    """Yield the consequences of changes by kind; `styled` adds rich's markup."""
    yield tr("What would change")
    yield from _edit_lines(edits, editable, styled)
    from jianbao.review.source_answers import source_questions

    for asked in source_questions(edits, editable):
        source = f"{asked.place}={asked.cells[asked.column]}"
        yield _unmarked(tr("Does the new number come from the same source? {source}", source=source), styled)
    if remaining := _old_numbers(edits, consequences):
        yield tr("Places that still have the old number: {count}", count=len(remaining))
        for each in remaining:
            yield _unmarked(tr("  {where}: {sentence}", where=each["where"], sentence=each["sentence"]), styled)
            if each["proposed"]:
                yield _unmarked(tr("    it would read: {text}", text=each["proposed"]), styled)
    for title, lines in _parts(consequences, before, styled):
        if lines:
            yield title
            yield from lines
    if consequences.refused:
        yield tr("Would be refused, as explained below")
    elif not any(lines for _, lines in _parts(consequences, before, styled)):
        yield tr("Nothing that the brief says would change.")


def _old_numbers(edits: Sequence[Any], consequences: Any) -> list[dict[str, str]]:
    """Return the typed texts that would still have a replaced number: place, sentence, and proposed new text."""
    from jianbao.app.propose import editable_of
    from jianbao.review.old_numbers import old_numbers
    from jianbao.review.source_answers import is_known_on

    if (state := consequences.state) is None:
        return []
    editable, project = editable_of(state), state.assessment.project
    used = partial(is_known_on, state.assessment.issue.as_of, editable=editable, sources=project.evidence.sources)
    found = old_numbers(edits, editable, [*project.writers.values()], used)
    return [{"where": str(each.place), "sentence": each.sentence, "proposed": each.proposed} for each in found]


def _edit_lines(edits: Iterable[Any], editable: Any, styled: bool) -> Iterator[str]:
    from jianbao.review.compare.leaflet import redlined
    from jianbao.review.compare.redline import redline, tokens_of
    from jianbao.review.edits import described

    for edit in edits:
        where, old, new = described(edit, editable)
        change = redlined(redline(old, new, tokens_of()), styled)
        yield tr("  {where}: {change}", where=_unmarked(where, styled), change=change)


def _parts(consequences: Any, before: Any, styled: bool) -> Iterator[tuple[Translatable, list[Any]]]:
    compared = consequences.comparison
    facts = compared.facts if compared else ()
    sentences = compared.sentences if compared else ()
    moved = [each for each in compared.measures if each.kind != "steady"] if compared else []
    plain = partial(_unmarked, styled=styled)
    yield tr("Scores, with their intervals"), [*map(plain, _score_lines(consequences.scores, before))]
    yield tr("Facts: {count}", count=len(facts)), [*map(plain, _fact_lines(facts, before))]
    yield tr("Measures"), [*map(plain, _measure_lines(moved))]
    yield tr("Sentences: {count}", count=len(sentences)), [*_sentence_lines(sentences, styled)]
    figures = consequences.figures
    yield tr("Figures and tables that would change: {count}", count=len(figures)), _names(figures)
    lapsing = [tr("  {item}, approved by {by} on {day}", **_approval(each)) for each in consequences.lapsing]
    yield tr("Approvals that would lapse: {count}", count=len(lapsing)), [*map(plain, lapsing)]
    stations = [tr("  {station}, passed by {by} on {day}", **_passing(each)) for each in consequences.stations]
    yield tr("Stations that would lapse: {count}", count=len(stations)), [*map(plain, stations)]
    mended = [tr("  {problem}", problem=each) for error in consequences.mended for each in _problem_lines(error)]
    yield tr("Errors that would be gone"), [*map(plain, mended)]
    yield tr("Published editions that would no longer be made the same"), [*map(_edition_line, consequences.published)]


def _unmarked(text: str, styled: bool) -> Translatable:
    """Return a text without markup for rich, if `styled`."""
    from rich.markup import escape

    shown = in_ui_language(text)
    return verbatim(escape(shown) if styled else shown)


def _problem_lines(error: JianbaoError) -> Iterator[Translatable]:
    yield from (tr("{where}: {what}", where=each.where, what=each.what) for each in error.problems)


def _names(names: Sequence[str]) -> list[Translatable]:
    more = tr(" and {count} more", count=over) if (over := len(names) - MAX_NAMES_ON_LINE) > 0 else verbatim("")
    return [tr("  {names}{more}", names=tr_list(names[:MAX_NAMES_ON_LINE]), more=more)] if names else []


def _approval(state: Any) -> dict[str, str]:
    return {"item": state.item.id, "by": state.verdict.by, "day": state.verdict.at[:10]}


def _passing(state: Any) -> dict[str, str]:
    return {"station": state.station.called, "by": state.passing.by, "day": state.passing.at[:10]}


def _edition_line(touched: Any) -> Translatable:
    return tr(
        "  {edition}: {facts} facts, {scores} scores, {items} sentences, figures and tables",
        edition=touched.label,
        facts=len(touched.facts),
        scores=len(touched.scores),
        items=len(touched.items),
    )


def _score_lines(moves: Iterable[Any], before: Any) -> Iterator[str]:
    for each in moves:
        name = before.assessment.project.framework.find(each.node).name
        was, now = (_value_text(fact, before.assessment) for fact in (each.before, each.after))
        yield tr("  {name}: {was} → {now}", name=_in(name) or each.node, was=was, now=now)


def _fact_lines(changes: Iterable[Any], before: Any) -> Iterator[str]:
    for each in changes:
        was, now = (_value_text(fact, before.assessment) for fact in (each.before, each.after))
        signed = f"{each.effect:+.1f}".replace("-", "\u2212")
        points = tr(" (index {points})", points=signed) if abs(each.effect) >= 0.05 else verbatim("")
        name = _in(before.names.of(each.id)) if each.before else ""
        called = f"{name} ({each.id})" if name else each.id
        yield tr("  {name}: {was} → {now}{points}", name=called, was=was, now=now, points=points)


def _measure_lines(changes: Iterable[Any]) -> Iterator[str]:
    for each in changes:
        was, now = each.places
        yield tr(MEASURES[each.kind], measure=each.measure, was=was, now=now)


def _sentence_lines(changes: Iterable[Any], styled: bool) -> Iterator[str]:
    from jianbao.review.compare.leaflet import redlined

    for each in changes:
        yield verbatim(f"  {each.id}")
        changed = {key: text for key, text in each.redlines.items() if any(piece.mark != "kept" for piece in text)}
        yield from (verbatim(f"    {key}: {redlined(text, styled)}") for key, text in changed.items())


def _in(names: Any) -> str:
    """Return a name in the user's language, or else the first one."""
    return str(names.get(ui_language()) or next(iter(names.values()), ""))


def _value_text(fact: Any, assessment: Any) -> Translatable:
    from jianbao.app.evidence.facts import interval_in, value_in

    if fact is None:
        return tr("none")
    writers = assessment.project.writers
    writer = writers.get(ui_language()) or next(iter(writers.values()))
    return tr("{value}{interval}", value=value_in(writer, fact), interval=interval_in(writer, fact))


def consequences_json(proposal: Any, consequences: Any) -> dict[str, object]:
    """Return changes and their consequences as plain values for JSON."""
    from jianbao.review.compare.comparison import comparison_record

    compared = comparison_record(consequences.comparison) if consequences.comparison else {}
    return {
        "changes": [edit.record() for edit in proposal.edits],
        "old_numbers": _old_numbers(proposal.edits, consequences),
        "scores": [
            {"node": each.node, "before": _number(each.before), "after": _number(each.after)}
            for each in consequences.scores
        ],
        **{key: compared.get(key, []) for key in ("facts", "measures", "sentences")},
        "figures": list(consequences.figures),
        "lapsing": [_approval(each) for each in consequences.lapsing],
        "stations": [_passing(each) for each in consequences.stations],
        "published": [_touched_json(each) for each in consequences.published],
        "mended": [as_record(each, error) for error in consequences.mended for each in error.problems],
        "refused": [as_record(each, error) for error in consequences.refused for each in error.problems],
    }


def _number(fact: Any) -> dict[str, object] | None:
    return {"value": fact.value, "low": fact.low, "high": fact.high} if fact else None


def _touched_json(touched: Any) -> dict[str, object]:
    return {
        "edition": touched.label,
        "facts": {key: [fact and fact.value for fact in pair] for key, pair in touched.facts.items()},
        "scores": {key: list(pair) for key, pair in touched.scores.items()},
        "items": [each.id for each in touched.items],
    }
