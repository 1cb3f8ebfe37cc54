"""What the command line shows: progress, and assessments as lines of text or as JSON."""

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.status import Status

from jianbao.app.assess import Assessment
from jianbao.app.due import Dependents, Use, names_of_fact
from jianbao.brief.editions import Issue
from jianbao.brief.phrases import is_span
from jianbao.cli.explain import PHRASE, Field, Word, called
from jianbao.core.errors import UNKNOWN_FACT, Place, Problem, UsageError, nearest
from jianbao.core.exports import Table, table_rows
from jianbao.core.messages import NO_TEXT, Translatable, in_ui_language, tr, tr_later, tr_list, trn, verbatim
from jianbao.data.facts import Fact, Value
from jianbao.data.limits import NO_LIMITS, WEAK
from jianbao.data.provenance import Trace, trace, trace_json
from jianbao.scoring.score_facts import score_id
from jianbao.text.formatter import UnsayableError, Writer
from jianbao.text.placeholders import fill_placeholder, read_placeholder
from jianbao.text.rounding import end_of


class Progress:
    """Shows each stage while it runs: a spinner on a terminal, a plain line on standard error when piped."""

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
        """Announce the next stage: a message, or the text of one."""
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


def value_in(writer: Writer, fact: Fact) -> str:
    """Return a fact's value as a language writes it, or plainly where it has no words for it."""
    try:
        return fill_placeholder(read_placeholder(_way(writer, fact)), writer, {"it": fact}).text or ""
    except UnsayableError:
        return ", ".join(fact.value) if isinstance(fact.value, tuple) else str(fact.value)


def _way(writer: Writer, fact: Fact) -> str:
    if writer.unit(fact.unit).kind == "money":
        return "it | money"
    return "it | decimals(2) | counted" if is_span(fact) else "it | cell"


def interval_in(writer: Writer, fact: Fact) -> Translatable:
    """Return the interval of a fact in brackets, as a language writes it; nothing if it has none."""
    if fact.low is None or fact.high is None:
        return NO_TEXT
    low, high = (value_in(writer, end_of(fact, end)) for end in (fact.low, fact.high))
    return tr(" [{low} to {high}]", low=low, high=high)


def list_facts(known: Assessment, json_wanted: bool) -> Iterator[str]:
    """Yield one line a fact: id, value in each language, day, evidence."""
    if json_wanted:
        plain = {fact_id: {"value": fact.value, "unit": fact.unit} for fact_id, fact in known.ledger.items()}
        yield json.dumps(plain, ensure_ascii=False, indent=1)
        return
    for fact_id, fact in known.ledger.items():
        writers = known.project.writers.values()
        values = dict.fromkeys(tr_list((value_in(writer, fact), interval_in(writer, fact)), "") for writer in writers)
        yield tr("{fact:46} {values}", fact=fact_id, values=tr_list(values, " | "))


def fact_report(known: Assessment, fact_id: str, json_wanted: bool) -> Iterator[str]:
    """Yield how one fact came about, down to file, row and source; raise UsageError for one that is unknown."""
    if fact_id not in known.ledger:
        where = Place("facts", column=known.issue.label)
        hint = nearest(fact_id, known.ledger, UNKNOWN_FACT)
        raise UsageError(Problem(where, tr("there is no fact '{fact_id}'", fact_id=fact_id), hint))
    found = trace(known.ledger, fact_id, known.project.evidence.tables)
    if json_wanted:
        yield json.dumps(trace_json(found), ensure_ascii=False, indent=1)
        return
    called = names_of_fact(known, fact_id)
    for language, writer in known.project.writers.items():
        name = f"{called[language]}  " if called else ""
        value = f"{name}{value_in(writer, found.fact)}"
        yield tr(
            "{language}: {value}{interval}", language=language, value=value, interval=interval_in(writer, found.fact)
        )
    for depth, each in found.lines():
        yield from _told(each, "  " * depth)
    yield ""
    for source_id in known.ledger.sources_of(fact_id):
        source = known.project.evidence.sources[source_id]
        grade = f" [{source.grade}]" if source.grade else ""
        yield f"{source_id}{grade}: {source.title} {source.url}".rstrip()
    yield ""
    yield from _sayable(found.fact, known.issue.as_of)
    yield from _hanging(Use(known).of(fact_id))


def _sayable(fact: Fact, day: date) -> Iterator[Translatable]:
    """Yield the limits of a fact that its table, series and sources declare."""
    limits = fact.limits
    if limits == NO_LIMITS:
        yield tr("nothing is declared that limits what may be said with it")
    if limits.complete == "no":
        yield tr("from an incomplete list: say 'at least'; no negative, share, 'only' or 'most'")
    elif limits.complete == "listed":
        yield tr("it counts what a list names: say so")
    elif limits.complete not in ("", "yes"):
        yield tr("complete until {day}: name the day", day=limits.complete)
    if limits.bases:
        yield tr("counting rule: {bases}; compare only with the same", bases=tr_list(limits.bases))
    if limits.fresh_until:
        told = (
            tr_later("fresh until {day}: say it with its date") if limits.aged(day) else tr_later("fresh until {day}")
        )
        yield tr(told, day=limits.fresh_until)
    if limits.grade:
        weak = limits.grade in WEAK
        reported = tr_later("grade '{grade}': in a headline say that it is reported")
        told = reported if weak else tr_later("grade '{grade}'")
        yield tr(told, grade=limits.grade)
    if limits.window:
        first, last, values = limits.window.first, limits.window.last, limits.window.values
        yield tr("among {values} values from {first} to {last}: name them", values=values, first=first, last=last)
    if limits.event:
        event = tr_list(key for key in limits.event[1:] if key)
        yield tr("about one event ({event}): figures beside it are of the same one", event=event)
    if limits.classes:
        yield tr("sorted by {classes}: use no second list beside it", classes=tr_list(limits.classes))
    if limits.row:
        yield tr("one row is one {unit}: count it as that", unit=limits.row)


def _hanging(hung: Dependents) -> Iterator[Translatable]:
    """Yield who depends on a fact."""
    if hung.indicators:
        names = tr_list(hung.indicators)
        yield tr("read by the indicators {names}: {weight:.1%} of the score", names=names, weight=hung.weight)
    if hung.rules:
        yield tr("read by the rules {names}", names=tr_list(hung.rules))
    if hung.items:
        yield tr("told in {names}", names=tr_list(item.id for item in hung.items))


def _plain(value: Value) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:.10g}"
    return ", ".join(value) if isinstance(value, tuple) else value


def _told(each: Trace, indent: str) -> Iterator[str]:
    fact = each.fact
    years = fact.carried
    yield tr(
        "{indent}{fact} = {value}{whole} ({confidence}, {as_of}{carried})",
        indent=indent,
        fact=fact.id,
        value=_plain(fact.value),
        whole=tr(" of {whole:g}", whole=fact.of) if fact.of else "",
        confidence=fact.confidence,
        as_of=fact.as_of,
        carried=trn(", carried {years} year", ", carried {years} years", years, years=years) if years else "",
    )
    if fact.how:
        yield tr("{indent}  by {how}", indent=indent, how=fact.how)
    for origin in each.origins:
        text = f" {origin.column} '{origin.text}'" if origin.column else ""
        yield f"{indent}  {origin.place}{text} [{'; '.join(origin.sources)}]"
    if each.rows > len(each.origins):
        yield tr("{indent}  … and {rows} more rows", indent=indent, rows=each.rows - len(each.origins))


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
        yield f"{name}:"
        yield from _aligned(table)
        yield ""


def _aligned(table: Table) -> Iterator[str]:
    cells = [list(table), *([_shown(value) for value in row.values()] for row in table_rows(table))]
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _shown(value: object) -> str:
    return "–" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def next_steps(issue: Issue) -> Iterator[str]:
    """Yield what has to be done for an edition that has just been declared."""
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
    """Yield the words that can be explained, a line a group."""
    found: dict[str, list[str]] = {}
    for word in words:
        found.setdefault(word.group, []).append(word.name)
    for group, names in found.items():
        if group == PHRASE:
            count = len(names)
            yield tr("{group}: {count} built-in texts; jianbao explain {group} lists them", group=group, count=count)
        else:
            yield verbatim(f"{group}: {', '.join(names)}")
    yield tr("Explain one with jianbao explain WORD, a file or FILE:LINE.")


def explanations(found: Iterable[Word | Field]) -> Iterator[Translatable]:
    """Yield what words are and what fields hold."""
    for each in found:
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
