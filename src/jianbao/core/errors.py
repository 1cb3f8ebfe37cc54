"""What can go wrong, named after who can put it right."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


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
    what: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f"; {self.hint}" if self.hint else "")


class JianbaoError(Exception):
    """Every problem found in one stage; its class says who can mend it, `exit_code` tells a script."""

    exit_code = 1
    who = ""

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type["JianbaoError"], tuple[tuple[Problem, ...]]]:
        """Come back from another process as what it was."""
        return type(self), (self.problems,)


class UsageError(JianbaoError):
    """The command asks for what there is not: whoever typed it."""

    exit_code = 2
    who = "you"


class DataError(JianbaoError):
    """A table or a source is not as its schema demands: the data owner edits it."""

    exit_code = 3
    who = "data owner"


class ContentError(JianbaoError):
    """Wording, rules, framework or a template is faulty: the writer or analyst edits it."""

    exit_code = 4
    who = "writer or analyst"


class EvidenceError(JianbaoError):
    """The files are fine, the facts break an expectation: the analyst decides."""

    exit_code = 5
    who = "analyst"


class RenderError(JianbaoError):
    """The page cannot be drawn as designed: the designer."""

    exit_code = 6
    who = "designer"


class DeliveryError(JianbaoError):
    """The brief exists, handing it over failed: the operator retries."""

    exit_code = 7
    who = "operator"


def raise_all(problems: Iterable[Problem], error: type[JianbaoError]) -> None:
    """Raise `error` with every problem, or do nothing when there is none."""
    found = tuple(problems)
    if found:
        raise error(found)


def disk_problem(error: OSError, where: object, what: str, remedy: str = "then try again") -> Problem:
    """Return the problem of a disk that refuses, at the file that it names or else at a place."""
    hint = f"see that the folder can be written and the disk has room, {remedy}"
    return Problem(Place(str(error.filename or where)), f"{what}: {error.strerror or error}", hint)


def nearest(wrong: str, allowed: Iterable[str]) -> str:
    """Return a hint that names the allowed value most like `wrong`, or lists a few allowed ones."""
    choices = [str(choice) for choice in allowed]
    if isinstance(allowed, set | frozenset):  # their order is another one in every run
        choices.sort()
    lowered = {choice.lower(): choice for choice in reversed(choices)}
    close = get_close_matches(wrong.lower(), lowered, n=1, cutoff=0.6)
    if close:
        return f"did you mean '{lowered[close[0]]}'?"
    if not choices:
        return ""
    return f"allowed: {', '.join(choices[:8])}" + (", …" if len(choices) > 8 else "")
