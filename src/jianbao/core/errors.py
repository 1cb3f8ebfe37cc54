"""The errors of the program; the class of an error says who can fix it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from jianbao.core.messages import NO_TEXT, Translatable, tr, tr_error, tr_list


@dataclass(frozen=True)
class Place:
    """Where something is written: a file, a line or row in it (0: the whole file), a column or node."""

    file: str
    line: int = 0
    column: str = ""

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        column = f" {self.column}" if self.column else ""
        return f"{self.file}{line}{column}"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where, what (with the quoted value), and a hint for whoever mends it."""

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


class JianbaoError(Exception):
    """Every problem found in one stage; its class says who can mend it, `exit_code` tells a script."""

    exit_code = 1
    who: Translatable = NO_TEXT

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type["JianbaoError"], tuple[tuple[Problem, ...]]]:
        """Come back from another process as what it was."""
        return type(self), (self.problems,)


class UsageError(JianbaoError):
    """The command asks for what there is not: whoever typed it."""

    exit_code = 2
    who = tr("you")


class DataError(JianbaoError):
    """A table or a source is not as its schema demands: the data owner edits it."""

    exit_code = 3
    who = tr("data owner")


class ContentError(JianbaoError):
    """Wording, rules, framework or a template is faulty: the writer or analyst edits it."""

    exit_code = 4
    who = tr("writer or analyst")


class EvidenceError(JianbaoError):
    """The files are fine, the facts break an expectation: the analyst decides."""

    exit_code = 5
    who = tr("analyst")


class RenderError(JianbaoError):
    """The page cannot be drawn as designed: the designer."""

    exit_code = 6
    who = tr("designer")


class DeliveryError(JianbaoError):
    """The brief exists, handing it over failed: the operator retries."""

    exit_code = 7
    who = tr("operator")


def raise_all(problems: Iterable[Problem], error: type[JianbaoError]) -> None:
    """Raise `error` with every problem, or do nothing when there is none."""
    found = tuple(problems)
    if found:
        raise error(found)


def disk_problem(error: OSError, where: object, what: Translatable, remedy: Translatable = NO_TEXT) -> Problem:
    """Return the problem of a disk that refuses, at the file that it names or else at a place."""
    hint = tr("make sure the folder is writable and the disk has room, {remedy}", remedy=remedy or tr("then try again"))
    return Problem(Place(str(error.filename or where)), tr("{what}: {error}", what=what, error=tr_error(error)), hint)


def nearest(wrong: str, allowed: Iterable[str]) -> Translatable:
    """Return a hint that names the allowed value most like `wrong`, or lists a few allowed ones."""
    choices = [str(choice) for choice in allowed]
    if isinstance(allowed, set | frozenset):  # their order is another one in every run
        choices.sort()
    lowered = {choice.lower(): choice for choice in reversed(choices)}
    close = get_close_matches(wrong.lower(), lowered, n=1, cutoff=0.6)
    if close:
        return tr("did you mean '{meant}'?", meant=lowered[close[0]])
    if not choices:
        return NO_TEXT
    few = choices[:8]
    return tr("allowed: {values}", values=tr_list([*few, "…"] if len(choices) > len(few) else few))
