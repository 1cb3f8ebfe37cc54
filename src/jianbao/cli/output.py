"""Output of the command line: progress, and scores, tables and explanations as lines of text or as JSON."""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.status import Status

from jianbao.app.assess import Assessment
from jianbao.app.reference.explain import PHRASE, Field, Word, called
from jianbao.brief.editions import Issue
from jianbao.core.exports import Table, table_rows
from jianbao.core.messages import Translatable, in_ui_language, tr, tr_list, verbatim
from jianbao.scoring.score_facts import score_id


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


def show_scores(known: Assessment, json_wanted: bool) -> Iterator[str]:
    """Yield the scores as a table: score, interval, coverage, contribution to the level, change."""
    rows = list(_score_rows(known))
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


def _score_rows(known: Assessment) -> Iterator[dict[str, Any]]:
    framework, ledger = known.project.framework, known.ledger
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
        "jianbao intake FILE.xlsx": tr("take in new figures; describe their sources in data/sources.yml before"),
        "jianbao check": tr("see that data and words fit together"),
        f"jianbao build --edition {issue.label}": tr("build the edition"),
    }
    width = max(map(len, steps))
    for number, (command, purpose) in enumerate(steps.items(), 1):
        yield tr("  {number}. {command}  {purpose}", number=number, command=command.ljust(width), purpose=purpose)


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
