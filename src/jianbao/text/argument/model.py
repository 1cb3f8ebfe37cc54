"""Define the parts of an argument: a judgement, findings with mechanisms, gaps, and measures that answer them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from jianbao.core.errors import Place
from jianbao.data.conditions import Condition
from jianbao.text.rules import Aim
from jianbao.text.wording import Wording

PENDING = "pending"  # written for a value that only an office can give
NOT_RECORDED = "not_recorded"  # the baseline of an indicator that has not been counted yet
MANNERS = ("report_to", "invite", "jointly", "support")
RANKS = ("above", "independent", "equal", "below")
RANK_OF = dict(zip(MANNERS, RANKS, strict=True))  # the rank of the bodies that each manner is for
LEVELS = ("high", "medium", "low")
BAND = "band"  # the kind of a cost that is a range of money
PER, BASES = ("year", "once"), ("estimate", "source")
MONTHS_A_YEAR = 12
HUNDRED_DAYS = 5  # months after the edition's day: one for the signature, then about a hundred days


@dataclass(frozen=True)
class Month:
    """A month: some months after the edition's day, a calendar month ("2026-04"), the last of several, or a year."""

    after: int = 0
    named: str = ""
    since: str = ""  # "2026-01/" if it ends several months that a plan names together, such as half a year

    def iso(self, day: date) -> str:
        """Return the month as "2026-04" for an edition of that day."""
        if self.named:
            return self.named
        years, month = divmod(day.month - 1 + self.after, MONTHS_A_YEAR)
        return f"{day.year + years:04}-{month + 1:02}"

    def ahead(self, day: date) -> int:
        """Return how many months it is after the month of a day; negative if it is before. A year counts to its end."""
        if not self.named:
            return self.after
        year, month = map(int, (*self.named.split("-"), str(MONTHS_A_YEAR))[:2])
        return (year - day.year) * MONTHS_A_YEAR + month - day.month


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The judgement of the brief in one sentence (`title`), the facts behind it, and a `line` printed below it."""

    facts: tuple[str, ...]
    title: Wording
    line: Wording
    place: Place


@dataclass(frozen=True, kw_only=True)
class Finding:
    """An observation (`say`) and its cause (`mechanism`), which has sources or is marked as a judgement.

    `mechanism` is None if the office has not explained the cause yet.
    """

    id: str
    facts: tuple[str, ...]
    say: Wording
    mechanism: Wording | None
    sources: tuple[str, ...]
    place: Place
    follows: Wording | None = None
    when: Condition | None = None

    def wordings(self) -> Iterator[Wording]:
        """Yield the texts of the finding, in order."""
        yield from (each for each in (self.say, self.mechanism, self.follows) if each)


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A gap that holds the city back; `short` states it in one line, `reason` says why no measure answers it."""

    id: str
    facts: tuple[str, ...]
    findings: tuple[str, ...]
    say: Wording
    short: Wording
    place: Place
    reason: Wording | None = None
    when: Condition | None = None

    def wordings(self) -> Iterator[Wording]:
        """Yield the texts of the gap, in order."""
        yield from (each for each in (self.say, self.short, self.reason) if each)


@dataclass(frozen=True, kw_only=True)
class ActionStep:
    """A step in a month of the first hundred days; `result` is what is finished then, if anything."""

    month: Month | None
    say: Wording
    place: Place
    result: Wording | None = None
    when: Condition | None = None


@dataclass(frozen=True, kw_only=True)
class CostPart:
    """Part of a cost: `count` of a unit of the vocabulary, and the range of money that one of them costs."""

    count: float
    unit: str
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Cost:
    """A cost: a range of money, per year or once, with its basis; or another kind without a range.

    `kind` is "band" (from `low` to `high`, the sum of any `parts`), "existing" (paid from present budgets), "within"
    (included in the cost of `task`) or "pending".
    """

    kind: str
    low: float = 0.0
    high: float = 0.0
    per: str = "once"
    basis: str = "estimate"
    sources: tuple[str, ...] = ()
    parts: tuple[CostPart, ...] = ()
    task: str = ""
    place: Place = field(default_factory=lambda: Place(""))


@dataclass(frozen=True, kw_only=True)
class Success:
    """The indicator of success: the counted quantity, its target, the deadline, and the task that it measures.

    `fact` is the baseline, "" if it has not been recorded yet. `target` and `by` are None if the office has not set
    them yet. `control` says who decides about the count ("city", "shared" or "outside"), "" if not declared.
    """

    say: Wording
    fact: str
    target: Aim | None
    unit: str
    by: Month | None
    task: str
    control: str
    place: Place


@dataclass(frozen=True, kw_only=True)
class Grade:
    """The importance or feasibility of a measure, with the reason."""

    level: str
    because: Wording | None


@dataclass(frozen=True)
class Deadline:
    """When something is due: a month, or a text such as "after each session"; neither if the office has to set it."""

    month: Month | None = None
    wording: Wording | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """A row of the table of tasks; one with `first` is to be approved before the others."""

    id: str
    say: Wording
    lead: tuple[str, ...]
    manners: Mapping[str, tuple[str, ...]]
    by: Deadline
    deliverable: Wording | None
    cost: Cost
    first: bool
    place: Place
    when: Condition | None = None

    @property
    def plain(self) -> bool:
        """Return whether it is printed in the same words in every edition."""
        return len(self.say.variants) == 1 and not any(text.holes for text in self.say.variants[0].texts.values())

    def wordings(self) -> Iterator[Wording]:
        """Yield the texts of the task, in order."""
        yield from (each for each in (self.say, self.by.wording, self.deliverable) if each)


@dataclass(frozen=True)
class DeclaredValue:
    """A number that the texts of a measure state, with its unit and its name in each language."""

    value: float
    unit: str
    name: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class PolicyMeasure:
    """A measure that answers a gap, or a row of the office's plan, which answers none (`gap` is "").

    `lead` are the ids of the bodies that lead, `manners` those of the others by the manner in which they are asked.
    `asked` states in a few words what is to be approved now.
    `rule` is the id of the rule that must fire, `values` are further numbers that the texts state. `sources` are those
    of a row of the plan, whose words are the office's own.
    """

    id: str
    gap: str
    title: Wording
    lead: tuple[str, ...]
    manners: Mapping[str, tuple[str, ...]]
    steps: tuple[ActionStep, ...]
    delivered: Month | None
    deliverable: Wording | None
    success: Success
    cost: Cost
    risk: Wording | None
    answer: Wording | None
    stop: Wording | None
    peer: Wording | None
    peer_sources: tuple[str, ...]
    importance: Grade
    feasibility: Grade
    tasks: tuple[Task, ...]
    values: Mapping[str, DeclaredValue]
    place: Place
    asked: Wording | None = None
    rule: str = ""
    when: Condition | None = None
    sources: tuple[str, ...] = ()

    @property
    def planned(self) -> bool:
        """Return whether it is a row of the office's plan."""
        return bool(self.sources)

    def needed(self) -> Iterator[Wording]:
        """Yield the texts that an edition needs; if one cannot be printed, the measure is left out."""
        texts = (self.title, self.deliverable, self.success.say, self.risk, self.answer, self.stop)
        yield from (each for each in texts if each)

    def wordings(self) -> Iterator[Wording]:
        """Yield all texts of the measure."""
        yield from self.needed()
        yield from (each for step in self.steps for each in (step.say, step.result) if each)
        yield from (each for each in (self.peer, self.asked, self.importance.because, self.feasibility.because) if each)
        for task in self.tasks:
            yield from task.wordings()

    def bodies(self) -> Iterator[tuple[str, str, Place]]:
        """Yield each body with the manner in which it is asked ("lead" for one that leads) and its place."""
        for lead, manners, place in (
            (self.lead, self.manners, self.place),
            *((task.lead, task.manners, task.place) for task in self.tasks),
        ):
            yield from ((body, "lead", place) for body in lead)
            yield from ((body, manner, place) for manner, asked in manners.items() for body in asked)


@dataclass(frozen=True)
class DatedStep:
    """A step of the first hundred days with its month ("2026-04"), "" if the office has to set that."""

    month: str
    step: ActionStep


@dataclass(frozen=True)
class DatedTask:
    """A task with its number in the table ("1.2") and its month, "" if that is a text or pending."""

    number: str
    month: str
    task: Task


@dataclass(frozen=True, kw_only=True)
class DueMeasure:
    """A measure of an edition: its number, its remaining steps and tasks, and its first result.

    A row of the plan has no steps, tasks or first result.
    """

    number: int
    measure: PolicyMeasure
    steps: tuple[DatedStep, ...]
    tasks: tuple[DatedTask, ...]
    first: DatedStep | None


@dataclass(frozen=True)
class Pending:
    """A part of a measure that only an office can give: the part, the body to ask, and the place to write it."""

    measure: str
    part: str
    body: str
    place: Place


@dataclass(frozen=True, kw_only=True)
class Argument:
    """The argument of a series, from which the argument of each edition is made.

    `ranks` has the rank of each body relative to the city. `independent` are ids, or beginnings of ids, of facts that
    only a jury or another independent body decides. `pending` are parts that offices have not given yet. `example` is
    the place where the argument is marked as a new workspace's example, which no final prints; `plan` the place where
    its measures are declared to be the rows of the table `plan`.
    """

    currency: str
    ranks: Mapping[str, str]
    independent: tuple[str, ...]
    judgement: Judgement
    findings: tuple[Finding, ...]
    gaps: tuple[Gap, ...]
    measures: tuple[PolicyMeasure, ...]
    pending: tuple[Pending, ...]
    example: Place | None = None
    plan: Place | None = None

    @property
    def planned(self) -> bool:
        """Return whether its measures come from the office's plan."""
        return self.plan is not None

    def wordings(self) -> Iterator[Wording]:
        """Yield all texts of the argument."""
        yield from (self.judgement.title, self.judgement.line)
        parts: tuple[Finding | Gap | PolicyMeasure, ...] = (*self.findings, *self.gaps, *self.measures)
        for part in parts:
            yield from part.wordings()

    def quoted(self) -> frozenset[str]:
        """Return the ids of the texts that are quoted from the office's plan."""
        return frozenset(text.id for each in self.measures if each.planned for text in each.wordings())

    def titles(self) -> Mapping[str, Wording]:
        """Return the titles of the measures by their ids."""
        return {measure.id: measure.title for measure in self.measures}
