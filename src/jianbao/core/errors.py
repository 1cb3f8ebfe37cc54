"""Define the errors of the program, whose class says who can fix them; load libraries that may be missing."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib import import_module
from typing import Any

from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_error, tr_list, verbatim

# Hints for a fact, source or name that does not exist.
UNKNOWN_FACT = tr("`jianbao facts` lists all facts")
UNKNOWN_SOURCE = tr("describe it in data/sources.yml")
UNKNOWN_NAME = tr("add it to data/names.csv, and write its id here")
LISTED_CHOICES = 12  # the most allowed values that a hint lists
_LETTERS_AN_EDIT = (
    4  # one wrong letter in this many is a typing error: one in a word of four to seven letters, two in eight
)
_MOST_EDITS = 3
_FIGURES = re.compile(r"\d+")
_CODE_LENGTH = (
    3  # a word of at most this many capitals is a code, such as that of a country: another letter is another code
)


@dataclass(frozen=True)
class Place:
    """The place of a text: a file, a line or row in it (0: the whole file), a column or node."""

    file: str
    line: int = 0
    column: str = ""

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        column = f" {self.column}" if self.column else ""
        return f"{self.file}{line}{column}"


@dataclass(frozen=True)
class Problem:
    """An error: its place, its description (with the quoted value), and a hint on how to correct it."""

    where: Place
    what: Translatable
    hint: Translatable = NO_TEXT

    def __str__(self) -> str:
        return str(self.text())

    def text(self) -> Translatable:
        """Return the problem in one line: where, what, and the hint if there is one."""
        if self.hint:
            return tr("{where}: {what}; {hint}", where=self.where, what=self.what, hint=self.hint)
        return tr("{where}: {what}", where=self.where, what=self.what)


YOU = tr("you")


class JianbaoError(Exception):
    """Every problem found in one stage; its class says who can correct it, and so does `exit_code`."""

    exit_code = 1
    who: Translatable = NO_TEXT

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__()

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)

    def whom(self) -> Translatable:
        """Return who can correct it: somebody with that task, or the user if nobody has it."""
        return self.who if self.who == YOU else tr("the {who} (or you, if you do all the work)", who=self.who)

    def __reduce__(self) -> tuple[type["JianbaoError"], tuple[tuple[Problem, ...]]]:
        """Pickle the error as its problems, so that it can come from another process."""
        return type(self), (self.problems,)


class UsageError(JianbaoError):
    """The command asks for something impossible: the user has to correct it."""

    exit_code = 2
    who = YOU


class DataError(JianbaoError):
    """A table or a source breaks its schema: the data owner has to correct it."""

    exit_code = 3
    who = tr("data owner")


class DeliveryReadError(DataError):
    """A delivered file cannot be read at all: the person who takes it in has to correct it."""

    who = tr("you")


class ContentError(JianbaoError):
    """Wording, rules, framework or a template is faulty: the writer or analyst has to correct it."""

    exit_code = 4
    who = tr("writer or analyst")


class EvidenceError(JianbaoError):
    """The files are valid, but the facts break an expectation: the analyst has to decide."""

    exit_code = 5
    who = tr("analyst")


class RenderError(JianbaoError):
    """The page cannot be laid out as designed: the designer has to correct it."""

    exit_code = 6
    who = tr("designer")


class OverrunError(RenderError):
    """A text is longer than the pages that its template allows: its writer has to shorten it."""

    who = YOU


class DeliveryError(JianbaoError):
    """The brief exists, but writing or sending it failed: the operator has to try again."""

    exit_code = 7
    who = tr("operator")


def raise_all(problems: Iterable[Problem], error: type[JianbaoError]) -> None:
    """Raise `error` with every problem, or do nothing when there is none."""
    found = tuple(problems)
    if found:
        raise error(found)


def disk_problem(error: OSError, where: object, what: Translatable, remedy: Translatable = NO_TEXT) -> Problem:
    """Return the problem of a disk error, at the file that the error names, or else at `where`."""
    hint = tr("make sure the folder is writable and the disk has room, {remedy}", remedy=remedy or tr("then try again"))
    return Problem(Place(str(error.filename or where)), tr("{what}: {error}", what=what, error=tr_error(error)), hint)


def all_in(place: str) -> Translatable:
    """Return a hint that says where all values are, instead of listing them."""
    return tr("all of them are in {place}", place=place)


def nearest(wrong: str, allowed: Iterable[str], otherwise: Translatable = NO_TEXT) -> Translatable:
    """Return a hint that names the allowed value that `wrong` misspells, or else every allowed value.

    Args:
        wrong: The written text.
        allowed: The allowed values; a set is sorted, since its order differs from run to run.
        otherwise: The hint if there are more than LISTED_CHOICES allowed values.
    """
    choices = [str(choice) for choice in allowed]
    if isinstance(allowed, set | frozenset):
        choices.sort()
    if meant := corrected_typo(wrong, choices):
        return tr("did you mean '{meant}'?", meant=meant)
    if not choices:
        return NO_TEXT
    if otherwise and len(choices) > LISTED_CHOICES:
        return otherwise
    return tr("allowed: {values}", values=tr_list(choices))


def did_you_mean_or(meant: str, otherwise: Translatable) -> Translatable:
    """Return the hint "did you mean …? If not, …", or only `otherwise` if `meant` is ""."""
    return tr("did you mean '{meant}'? If not, {otherwise}", meant=meant, otherwise=otherwise) if meant else otherwise


def corrected_typo(wrong: str, choices: Iterable[str]) -> str:
    """Return the choice that differs from the written text only by a typing error, "" if none does."""
    folded = {_folded(choice): choice for choice in reversed(list(choices))}
    text = _folded(wrong)
    if text in folded:
        return folded[text]
    close = get_close_matches(text, folded, n=3, cutoff=0.6)
    figures = _FIGURES.findall(text)  # a year or version with other digits is a different one, not a typing error
    alike = [each for each in close if _FIGURES.findall(each) == figures]
    near = [each for each in alike if edits(text, each) <= _allowed_edits(text, each, folded[each].isupper())]
    return folded[min(near, key=lambda each: edits(text, each))] if near else ""


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _allowed_edits(one: str, other: str, code: bool) -> int:
    """Return how many edits count as a typing error: few in a short word, none in a code."""
    swapped, shorter = sorted(one) == sorted(other), min(len(one), len(other))
    if code and max(len(one), len(other)) <= _CODE_LENGTH:
        return int(swapped)
    return max(swapped or abs(len(one) - len(other)) == 1, min(_MOST_EDITS, shorter // _LETTERS_AN_EDIT))


def edits(one: str, other: str) -> int:
    """Return the optimal string alignment distance of two texts.

    It counts the letters to add, leave out, replace, or swap with the next one, to turn one text into the other.
    """
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for place, wanted in enumerate(other, 1):
            cost = min(last[place] + 1, now[-1] + 1, last[place - 1] + (letter != wanted))
            if row > 1 and place > 1 and letter == other[place - 2] and one[row - 2] == wanted:
                cost = min(cost, before[place - 2] + 1)
            now.append(cost)
        before, last = last, now
    return last[-1]


LISTED_OF_A_KIND = 5  # problems of one kind in a column that are listed; further ones are only counted
LISTED_VALUES = 100  # the most further ones that are listed with their rows
LISTED_RANGES = 12  # ranges of rows that a message names


@dataclass(frozen=True)
class Cause:
    """Problems with one cause: the first of them, and the other places where it occurs (`also`).

    `alike` are problems in the same column where other values are wrong in the same way.
    """

    problem: Problem
    also: tuple[Place, ...] = ()
    alike: tuple[Problem, ...] = ()

    def lines(self) -> Iterator[Translatable]:
        """Yield the problem, its hint if there is one, and the other places."""
        yield tr("{where}: {what}", where=self.problem.where, what=self.problem.what)
        yield from filter(None, self.remarks())

    def remarks(self) -> Iterator[Translatable]:
        """Yield the hint and the other places, each "" if there is none, then the count of similar problems if any."""
        yield self.problem.hint
        yield tr("also in {places}", places=in_words(self.also)) if self.also else NO_TEXT
        if self.alike:
            count, values = len(self.alike), [each.what.fields.get("value") for each in self.alike]
            places: Translatable = in_words(each.where for each in self.alike)
            if all(values) and count <= LISTED_VALUES:
                rows = (
                    tr("row {row} '{value}'", row=each.where.line, value=value)
                    if each.where.file == self.problem.where.file
                    else tr("{file} row {row} ({text})", file=each.where.file, row=each.where.line, text=value)
                    for each, value in zip(self.alike, values, strict=True)
                )
                places = tr_list(rows)
            yield tr("and {count:,} more of the kind: {places}", count=count, places=places)


def by_cause(problems: Iterable[Problem], listed: int = LISTED_OF_A_KIND) -> tuple[Cause, ...]:
    """Return problems grouped by cause: the same message is given once, with all its places.

    At most `listed` of a kind in a column are separate; if it is 1, all problems with the same hint are of one kind.
    """
    same: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        same.setdefault((problem.what, problem.hint), []).append(problem)
    found: list[Cause] = []
    kinds: dict[tuple[str, str, str, str], list[int]] = {}
    alike: dict[int, list[Problem]] = {}
    for first, *others in same.values():
        also = tuple(place for place in dict.fromkeys(each.where for each in others) if place != first.where)
        form = getattr(first.what, "msgid", first.what)
        hint = first.hint if listed == 1 else ""
        kind = ("", "", form, hint) if hint else (first.where.file, first.where.column, form, "")
        before = kinds.setdefault(kind, [])
        if first.where.column and len(before) >= listed:
            alike.setdefault(before[-1], []).extend((first, *(replace(first, where=place) for place in also)))
        else:
            before.append(len(found))
            found.append(Cause(first, also))
    return tuple(replace(cause, alike=tuple(alike.get(place, ()))) for place, cause in enumerate(found))


def all_places(cause: Cause) -> tuple[Place, ...]:
    """Return every place of a cause, the first one first."""
    return (cause.problem.where, *cause.also, *(each.where for each in cause.alike))


def in_words(places: Iterable[Place]) -> Translatable:
    """Return places as a text: each file and column once, with its rows as ranges ("data/a.csv:2-5, 9 name")."""
    rows: dict[tuple[str, str], list[int]] = {}
    for place in places:
        rows.setdefault((place.file, place.column), []).append(place.line)
    parts = (tr_list(filter(None, (f"{file}{_runs(lines)}", column)), " ") for (file, column), lines in rows.items())
    return tr_list(parts, "; ")


def _runs(lines: Iterable[int]) -> str:
    """Return line numbers as ":2-5, 9"; "" if there is only 0, the whole file."""
    numbers = runs(set(lines) - {0})
    return f":{numbers}" if numbers else ""


def runs(numbers: Iterable[int]) -> str:
    """Return numbers in order as "2-5, 9", at most LISTED_RANGES ranges of them."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and number == found[-1][-1] + 1:
            found[-1][1:] = [number]
        else:
            found.append([number])
    named = ["-".join(map(str, run)) for run in found[:LISTED_RANGES]]
    return ", ".join([*named, "…"] if len(found) > LISTED_RANGES else named)


def load_extra(extra: str, module: str, place: str = "") -> Any:
    """Return a module that needs the libraries of an extra ("sign").

    Raises UsageError with the command that installs them, at a place: the option that asks for it, or else the extra.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        what = tr("this needs the library '{name}', which is not installed", name=error.name)
        hint = verbatim(f"pip install 'jianbao[{extra}]'")
        raise UsageError(Problem(Place(place or extra), what, hint)) from error


class Extra:
    """A module that needs the libraries of an extra, loaded when an attribute is first used (see `load_extra`)."""

    def __init__(self, extra: str, module: str) -> None:
        self._extra, self._module = extra, module

    def __getattr__(self, name: str) -> Any:
        return getattr(load_extra(self._extra, self._module), name)
