"""Write the output of commands: progress; scores, tables, explanations and the renewal list in several formats."""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import TracebackType
from typing import Any

import typer
from rich.console import Console
from rich.status import Status

from jianbao.app.assess import Assessment
from jianbao.app.evidence.due import KINDS, DueItem
from jianbao.app.evidence.facts import Dependents, value_in
from jianbao.app.explain import PHRASE, Field, Word, called
from jianbao.brief.editions import Issue
from jianbao.cli.base import as_record, say
from jianbao.core.errors import Problem
from jianbao.core.messages import NO_TEXT, Translatable, in_ui_language, tr, tr_list, trn, ui_language, verbatim
from jianbao.core.zip_csv import Table, table_rows
from jianbao.scoring.score_facts import score_id

YES, NO = ("y", "yes", "是"), ("", "n", "no", "否")
MAX_NAMES_ON_LINE = 6
FILLED = (tr("New value"), tr("Date of the value"), tr("Where it is published"), tr("Remark"))


def confirm(question: str) -> bool:
    """Ask yes or no in the user's language until one is given; Enter alone is no."""
    asked = in_ui_language(tr("{question} (y: yes; n or Enter: no)", question=question))
    while True:
        answer = str(typer.prompt(asked, default="", show_default=False)).strip().lower()
        if answer in YES:
            return True
        if answer in NO:
            return False
        say(tr("'{text}' is neither y nor n", text=answer))


class Progress:
    """Shows the current stage: a spinner on a terminal, else a line on standard error."""

    def __init__(self, quiet: bool = False) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._quiet = quiet
        self._status: Status | None = None
        self._since = time.monotonic()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trail: TracebackType | None
    ) -> None:
        if self._status:
            self._status.stop()

    def stage(self, stage: str) -> None:
        """Show the next stage, given as a message or its text."""
        if self._quiet:
            return
        name = in_ui_language(stage if isinstance(stage, Translatable) else tr(str(stage)))
        if not self._console.is_terminal:
            sys.stderr.write(f"{name}\n")
            return
        if self._status is None:
            self._status = self._console.status(name)
            self._status.start()
        self._status.update(f"{name} [dim]{time.monotonic() - self._since:.0f} s[/dim]")


def show_scores(assessment: Assessment, json_wanted: bool) -> Iterator[str]:
    """Yield the scores as a table: score, interval, coverage, contribution to the level, change."""
    rows = list(_score_rows(assessment))
    if json_wanted:
        yield json.dumps(rows, ensure_ascii=False, indent=1)
        return
    yield tr("node                                score          range  coverage  brings  change")
    for row in rows:
        score = "–" if row["score"] is None else f"{row['score']:.1f}"
        ends = "" if row["low"] is None else f"{row['low']:.1f}–{row['high']:.1f}"
        coverage = "" if row["coverage"] is None else f"{row['coverage']:.0%}"
        brings = "" if row["contribution"] is None else f"{row['contribution']:.1f}"
        change = "" if row["change"] is None else f"{row['change']:+.1f}"
        yield f"{'  ' * row['depth'] + row['node']:34} {score:>6} {ends:>14} {coverage:>9} {brings:>7} {change:>7}"


def _score_rows(assessment: Assessment) -> Iterator[dict[str, Any]]:
    framework, ledger = assessment.project.framework, assessment.ledger
    for node in framework.components():
        score = ledger.get(score_id(node))
        rest = {key: ledger.get(f"{key}.{node.id}") for key in ("coverage", "contribution", "previous", "change")}
        yield {
            "node": node.id,
            "depth": len(framework.path(node.id)) - 1,
            "score": score.number if score else None,
            "low": score.low if score else None,
            "high": score.high if score else None,
            **{key: fact.number if fact else None for key, fact in rest.items()},
        }


def show_tables(tables: Mapping[str, Table], json_wanted: bool) -> Iterator[str]:
    """Yield result tables as aligned text, or all of them as one JSON object."""
    if json_wanted:
        rows = {name: list(table_rows(table)) for name, table in tables.items()}
        yield json.dumps(rows, ensure_ascii=False, indent=1)
        return
    for name, table in tables.items():
        if any(len(column) for column in table.values()):
            yield f"{name}:"
            yield from _aligned(table)
        else:
            yield tr("{name}: no rows", name=name)
        yield ""


def _aligned(table: Table) -> Iterator[str]:
    cells = [list(table), *([_shown(value) for value in row.values()] for row in table_rows(table))]
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _shown(value: object) -> str:
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def next_steps(issue: Issue) -> Iterator[str]:
    """Yield the next steps for an edition that has just been declared."""
    yield tr(
        "Edition {edition} is number {number} of the series; it knows what was public by {as_of}.",
        edition=issue.label,
        number=issue.number,
        as_of=issue.as_of,
    )
    yield tr("What to do next:")
    steps: dict[str, Translatable] = {
        "jianbao intake --template FILE.xlsx": tr("make a workbook for the new figures, if they come from staff"),
        "jianbao intake FILE.xlsx": tr("take in new figures; describe their sources on the sheet for them"),
        "jianbao check": tr("see that data and words fit together"),
        f"jianbao build --edition {issue.label}": tr("build the edition"),
    }
    width = max(map(len, steps))
    for number, (command, purpose) in enumerate(steps.items(), 1):
        yield tr("  {number}. {command}  {purpose}", number=number, command=command.ljust(width), purpose=purpose)


def remaining_lines(lines: Iterable[Problem]) -> Iterator[Translatable]:
    """Yield the lines of a workspace that somebody must check, those with the same task together, and their number.

    The task is printed above its lines.
    """
    tasks: dict[str, list[Problem]] = {}
    for each in lines:
        tasks.setdefault(each.hint, []).append(each)
    for listed in tasks.values():
        yield tr("{task}:", task=listed[0].hint)
        for each in listed:
            yield tr("    {where}: {what}", where=each.where, what=each.what)
    count = sum(map(len, tasks.values()))
    yield trn("{count} line remains to be looked at.", "{count} lines remain to be looked at.", count, count=count)


def known_words(words: Iterable[Word]) -> Iterator[Translatable]:
    """Yield the words that can be explained, one line for each group."""
    groups: dict[str, list[str]] = {}
    for word in words:
        groups.setdefault(word.group, []).append(word.name)
    for group, names in groups.items():
        if group == PHRASE:
            count = len(names)
            yield tr("{group}: {count} built-in texts; jianbao explain {group} lists them", group=group, count=count)
        else:
            yield verbatim(f"{group}: {', '.join(names)}")
    yield tr("Explain one with jianbao explain WORD, a file or FILE:LINE.")


def explanations(entries: Iterable[Word | Field]) -> Iterator[Translatable]:
    """Yield the explanations of words and fields."""
    for each in entries:
        if isinstance(each, Field):
            needed = tr("needed") if each.needed else tr("may be left out")
            yield tr("{path}: {holds}; {needed}", path=each.path, holds=each.holds or "…", needed=needed)
            continue
        yield tr(
            "{name}, a {group} ({file}): {what}", name=each.name, group=called(each), file=each.file, what=each.what
        )
        if each.takes:
            yield tr("    takes: {parts}", parts=tr_list(each.takes))
        if each.example:
            yield tr("    example: {example}", example=each.example)


def due_lines(items: Iterable[DueItem], assessment: Assessment) -> Iterator[Translatable]:
    """Yield the list for a terminal: a heading for each body, and under it the things to ask it for."""
    listed = list(items)
    for body in dict.fromkeys(each.ask for each in listed if each.kind != "undeclared"):
        yield verbatim(body) if body else tr("nobody is named to ask")
        yield from _due_of_body([each for each in listed if each.ask == body and each.kind != "undeclared"], assessment)
    silent = [each for each in listed if each.kind == "undeclared"]
    for what in dict.fromkeys(each.what for each in silent):
        names = [each.about for each in silent if each.what == what]
        more = tr(" and {count} more", count=over) if (over := len(names) - MAX_NAMES_ON_LINE) > 0 else NO_TEXT
        yield tr("{what}: {names}{more}", what=what, names=tr_list(names[:MAX_NAMES_ON_LINE]), more=more)


def _due_of_body(items: Sequence[DueItem], assessment: Assessment) -> Iterator[Translatable]:
    """Yield lines for each thing to ask a body for; the same pending part of several measures is one line."""
    pending: dict[Translatable, list[DueItem]] = {}
    for each in items:
        if each.kind == "pending":
            pending.setdefault(each.what, []).append(each)
    for each in items:
        alike = pending.get(each.what, [])
        if len(alike) < 2:
            yield tr("  {kind:12} {about}: {what}", kind=KINDS[each.kind], about=_title(each), what=each.what)
            yield tr("               {last}{hung}", last=_last(each, assessment), hung=_dependents(each.dependents))
        elif each is alike[0]:
            names = tr_list(other.about.rpartition(".")[0] for other in alike)
            yield tr("  {kind:12} {about}: {what}", kind=KINDS[each.kind], about=each.what, what=names)


def _title(item: DueItem) -> str:
    """Return the name of an item in the user's language, if the workspace has it, with its id."""
    named = item.names.get(ui_language()) or next(iter(item.names.values()), "")
    return f"{named} ({item.about})" if named else item.about


def _last(item: DueItem, assessment: Assessment) -> Translatable:
    if item.value is None:
        return NO_TEXT
    writers = assessment.project.writers
    writer = writers.get(ui_language()) or next(iter(writers.values()))
    listed = item.value.value
    if isinstance(listed, tuple) and len(listed) > MAX_NAMES_ON_LINE:
        value = replace(item.value, value=listed[:MAX_NAMES_ON_LINE])
        return tr(
            "{value} and {count} more ({day}); ",
            value=value_in(writer, value),
            count=len(listed) - MAX_NAMES_ON_LINE,
            day=item.value.as_of,
        )
    return tr("{value} ({day}); ", value=value_in(writer, item.value), day=item.value.as_of)


def _dependents(dependents: Dependents) -> Translatable:
    return tr(
        "{weight:.1%} of the score, {sentences} items of the text, {rules} rules",
        weight=dependents.weight,
        sentences=len(dependents.items),
        rules=len(dependents.rules),
    )


def due_json(items: Iterable[DueItem]) -> list[dict[str, object]]:
    """Return the list as plain values for JSON."""
    return [
        {
            "kind": each.kind,
            "about": each.about,
            "what": each.what,
            "place": str(each.place),
            "names": dict(each.names),
            "ask": each.ask,
            "value": each.value.value if each.value else None,
            "as_of": each.value.as_of if each.value else "",
            "sources": list(each.sources),
            "weight": round(each.dependents.weight, 6),
            "indicators": list(each.dependents.indicators),
            "items": [item.id for item in each.dependents.items],
            "rules": list(each.dependents.rules),
        }
        for each in items
    ]


def due_workbook(items: Iterable[DueItem], assessment: Assessment, day: date) -> bytes:
    """Return a workbook to send out: a sheet for each body, a row for each thing to ask, cells to fill in.

    The same list gives the same bytes. Headings are in the user's language.
    """
    from jianbao.intake.template_xlsx import request_workbook

    by_body: dict[str, list[DueItem]] = {}
    for each in items:
        if each.kind not in ("undeclared", "expires"):
            by_body.setdefault(each.ask, []).append(each)
    languages = list(assessment.project.writers)
    heads = [tr("Item"), tr("State"), tr("Last value"), tr("As of"), tr("Source"), *FILLED]
    sheets = {
        body: [
            [
                " / ".join(each.names[key] for key in languages if key in each.names) or each.about,
                in_ui_language(each.what),
                value_in(next(iter(assessment.project.writers.values())), each.value) if each.value else "",
                each.value.as_of if each.value else "",
                "; ".join(assessment.project.evidence.sources[source].title for source in each.sources),
            ]
            for each in rows
        ]
        for body, rows in by_body.items()
    }
    return request_workbook([in_ui_language(head) for head in heads], len(FILLED), sheets, day)


def brief_record(result: Any) -> dict[str, object]:
    """Return the result of an item of a batch as a record."""
    request, error = result.item.request, result.error
    return {
        "workspace": str(request.root),
        "edition": request.edition,
        "folder": str(result.folder) if result.folder else None,
        "unchanged": result.unchanged,
        "exit_code": result.exit_code,
        "problems": [as_record(problem, error) for problem in error.problems] if error else [],
        "bug": result.trace,
    }
