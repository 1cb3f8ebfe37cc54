"""Read the parts of an argument: months, costs, grades, bodies by manner, pending values, rows of a plan."""

import re
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from jianbao.core.documents import (
    Node,
    Problems,
    as_choice,
    as_integer,
    as_list,
    as_mapping,
    as_number,
    as_text,
    as_texts,
)
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import Translatable, tr
from jianbao.data.column_checks import split_cell
from jianbao.data.conditions import Condition, parse_condition
from jianbao.data.dates import period
from jianbao.data.facts import Cells
from jianbao.data.tables import Table
from jianbao.text.argument.model import (
    BAND,
    BASES,
    LEVELS,
    MANNERS,
    PENDING,
    PER,
    Argument,
    Cost,
    CostPart,
    Deadline,
    DeclaredValue,
    Grade,
    Month,
    Pending,
    PolicyMeasure,
    Success,
)
from jianbao.text.wording import Variant, Wording, WordingText, parse_wording

FURTHEST = 120  # months after the edition's day
ID = re.compile(r"[a-z][a-z0-9_]*")
_CALENDAR_MONTH = re.compile(r"[1-9]\d{3}-(?:0[1-9]|1[0-2])")
_KINDS = ("existing", PENDING)
_ENDS = ("low", "high")


@dataclass(frozen=True)
class ArgumentReader:
    """Reads fields in the languages of the series; collects the problems and pending values that it finds."""

    languages: tuple[str, ...]
    problems: Problems
    pending: list[Pending] = field(default_factory=list)

    def wording(self, node: Node | None, wording_id: str, place: Place) -> Wording:
        """Read a text in every language; without a node, which is reported elsewhere, return an empty wording."""
        if node is None:
            return Wording(id=wording_id, variants=(), place=place, reads=frozenset())
        return parse_wording(node, wording_id, self.languages, self.problems)

    def optional_wording(self, node: Node | None, wording_id: str) -> Wording | None:
        """Read a text in every language; None if there is no node or it is pending."""
        return None if node is None or is_pending(node) else self.wording(node, wording_id, node.place)

    def when(self, fields: Mapping[str, Node]) -> Condition | None:
        """Read the condition of a part, its field `when`; None if it has none."""
        return parse_condition(fields["when"], self.problems) if "when" in fields else None

    def valid_ids(self, parts: Mapping[str, Node]) -> dict[str, Node]:
        """Return parts by their ids, with a problem for each id that cannot be part of a fact's id."""
        for key, node in parts.items():
            if not ID.fullmatch(key):
                hint = tr("write small letters, digits and '_', a letter first")
                self.problems.append(Problem(node.place, tr("'{key}' cannot be an id", key=key), hint))
        return {key: node for key, node in parts.items() if ID.fullmatch(key)}

    def report_missing(self, node: Node, whole: Translatable, part: Translatable, hint: Translatable) -> None:
        """Add the problem that a `part` is missing in a `whole`, such as a measure."""
        self.problems.append(Problem(node.place, tr("{whole} does not say {part}", whole=whole, part=part), hint))


def is_pending(node: Node | None) -> bool:
    """Return whether a value is `pending`, that is, an office has not given it yet."""
    return node is not None and node.value == PENDING


def read_month(node: Node, problems: Problems) -> Month | None:
    """Read a month: a number of months after the edition's day, or "2026-04"; None if pending, or with a problem."""
    if is_pending(node):
        return None
    text = node.value if isinstance(node.value, str) else ""
    if _CALENDAR_MONTH.fullmatch(text):
        return Month(named=text)
    if text.isascii() and text.isdigit():
        return Month(after=as_integer(node, problems, 1, FURTHEST))
    hint = tr("write 2026-04, or 3 for the third month after that of the edition's day")
    problems.append(Problem(node.place, tr("'{value}' is not a month", value=text or node.kind), hint))
    return None


def read_deadline(node: Node, wording_id: str, reader: ArgumentReader) -> Deadline:
    """Read a deadline: a month, or a text in every language."""
    if isinstance(node.value, Mapping):
        return Deadline(wording=reader.wording(node, wording_id, node.place))
    return Deadline(month=read_month(node, reader.problems))


def read_cost(node: Node | None, tasks: Iterable[str], problems: Problems, place: Place) -> Cost:
    """Read a cost: a band of money with its period and basis, `existing`, `pending`, or `{within: TASK}`.

    The ends of a band are given, or are the sums of its `parts`. `tasks` are the ids that `within` may name.
    """
    if node is None:
        return Cost(kind=PENDING, place=place)
    if not isinstance(node.value, Mapping):
        kind = as_choice(node, _KINDS, problems, tr("a cost: a band, `existing` or `pending`"))
        return Cost(kind=kind or PENDING, place=node.place)
    if "within" in node.value:
        inside = as_mapping(node, problems, ("within",))["within"]
        return Cost(kind="within", task=as_choice(inside, tasks, problems, tr("a task")), place=node.place)
    amount = ("parts",) if "parts" in node.value else _ENDS
    fields = as_mapping(node, problems, (*amount, "per", "basis"), ("source",))
    parts = (
        tuple(_read_cost_part(part, problems) for part in as_list(fields["parts"], problems))
        if "parts" in fields
        else ()
    )
    low, high = _read_band(fields, node.place, problems)
    basis = as_choice(fields["basis"], BASES, problems, tr("a basis")) if "basis" in fields else "estimate"
    if basis == "source" and "source" not in fields:
        problems.append(Problem(node.place, tr("the cost names no source"), tr("cite it, or write basis: estimate")))
    return Cost(
        kind=BAND,
        low=sum(part.count * part.low for part in parts) if parts else low,
        high=sum(part.count * part.high for part in parts) if parts else high,
        parts=parts,
        per=as_choice(fields["per"], PER, problems, tr("a period")) if "per" in fields else "once",
        basis=basis,
        sources=as_texts(fields.get("source"), problems),
        place=node.place,
    )


def _read_cost_part(node: Node, problems: Problems) -> CostPart:
    fields = as_mapping(node, problems, ("count", "unit", *_ENDS))
    low, high = _read_band(fields, node.place, problems)
    return CostPart(
        count=as_number(fields["count"], problems) if "count" in fields else 0.0,
        unit=as_text(fields["unit"], problems) if "unit" in fields else "",
        low=low,
        high=high,
    )


def _read_band(fields: Mapping[str, Node], place: Place, problems: Problems) -> tuple[float, float]:
    low, high = (as_number(fields[key], problems) if key in fields else 0.0 for key in _ENDS)
    if low > high:
        what = tr("the band begins at {low:g} and ends at {high:g}", low=low, high=high)
        problems.append(Problem(place, what, tr("write the smaller amount first")))
    return low, high


def read_grade(node: Node | None, wording_id: str, place: Place, reader: ArgumentReader) -> Grade:
    """Read a level with its reason; without a valid level, return the lowest."""
    fields = as_mapping(node, reader.problems, ("level", "because")) if node else {}
    level = as_choice(fields["level"], LEVELS, reader.problems, tr("a level")) if "level" in fields else ""
    return Grade(level=level or LEVELS[-1], because=reader.wording(fields.get("because"), wording_id, place))


def read_manners(node: Node | None, problems: Problems) -> Mapping[str, tuple[str, ...]]:
    """Read the bodies that take part, by the manner in which they are asked; nothing if that is pending."""
    if node is None or is_pending(node):
        return {}
    asked = as_mapping(node, problems, optional=MANNERS)
    return {manner: as_texts(asked[manner], problems) for manner in MANNERS if manner in asked}


def read_values(node: Node | None, reader: ArgumentReader) -> Mapping[str, DeclaredValue]:
    """Read the values of a measure: further numbers that its texts state, each with a unit and a name."""
    problems, found = reader.problems, {}
    for key, value in reader.valid_ids(as_mapping(node, problems, optional=None) if node else {}).items():
        fields = as_mapping(value, problems, ("value", "unit", "name"))
        if {"value", "unit", "name"} <= set(fields):
            names = as_mapping(fields["name"], problems, reader.languages)
            found[key] = DeclaredValue(
                as_number(fields["value"], problems),
                as_text(fields["unit"], problems),
                {language: as_text(name, problems) for language, name in names.items()},
            )
    return found


# The office's plan: a row of its table is a measure, in the words of the office

PLAN = "plan"  # the table; a measure of row 3 is "plan_3"
COST = "cost"
OPEN = ("hundred_days", COST, "risk", "stop")  # parts of a measure that a plan does not have
NUMBER, TITLE, GOAL, LEAD, WITH, DUE = "number", "title", "goal", "lead", "with", "due"
COUNTS, GAP, SOURCE = "counts", "gap", "source"
PLANNED = {"by": DUE, "place": NUMBER}  # the columns of the plan by the keys of facts
DOCUMENT = "templates/argument"  # the file that the cells of other measures name
COLUMNS = (NUMBER, LEAD, WITH, DUE, COUNTS, GAP, SOURCE)


def with_plan(
    argument: Argument,
    table: Table | None,
    languages: Collection[str],
    counted: Mapping[str, str],
    problems: Problems,
) -> Argument:
    """Return the argument with a measure for each row of the plan, if it takes its measures from there.

    Args:
        argument: The argument as written.
        table: The table `plan`, None if there is none; its texts have a column for each language.
        languages: The languages of the series.
        counted: The facts that the goal of a row may count, by their ids and by the indicators that read them.
        problems: Takes the errors of the table.

    Returns:
        The argument; parts of a measure that the offices have not given yet are pending.

    """
    if argument.plan is None:
        return argument
    texts = (f"{part}_{language}" for part in (TITLE, GOAL) for language in languages)
    lacking = [name for name in (*COLUMNS, *texts) if name not in table.schema.columns] if table else []
    if table is None or lacking:
        what = tr("the table '{name}' is missing: neither this file nor a sheet gives it", name=PLAN)
        if lacking:
            what = tr("there is no column '{column}'", column=lacking[0])
        problems.append(Problem(argument.plan, what, tr("declare it in data/tables.yml; see docs/argument.md")))
        return argument
    frame = table.frame.sort_values(NUMBER, kind="stable")
    measures = tuple(
        _measure(Place(table.file, int(str(row))), cells, tuple(languages), counted)
        for row, cells in zip(frame.index, frame.to_dict("records"), strict=True)
    )
    goals = [f"{GOAL}_{language}" for language in languages]
    for row, cells in zip(frame.index, frame.to_dict("records"), strict=True):
        lacking = [name for name in goals if not cells[name]]
        if lacking and len(lacking) < len(goals):
            what = tr("the goal is in one language, and not in the other")
            problems.append(
                Problem(Place(table.file, int(str(row)), lacking[0]), what, tr("write it in every language"))
            )
    whole = zip(measures, frame.to_dict("records"), strict=True)
    pending = (each for measure, cells in whole for each in _pending(measure, cells.get(COST)))
    return replace(argument, measures=measures, pending=(*argument.pending, *pending))


def origin(measure: PolicyMeasure, key: str) -> tuple[Cells, Translatable]:
    """Return the cells of a measure's value, in its row of the plan or in the argument, and a description of them."""
    rows = (measure.place.line,)
    if measure.planned:
        return Cells(PLAN, rows, PLANNED.get(key, ""), measure.sources), tr("a row of the plan")
    return Cells(DOCUMENT, rows, measure.id), tr("declared in templates/argument.yml")


def _measure(
    place: Place, cells: Mapping[Hashable, object], languages: tuple[str, ...], counted: Mapping[str, str]
) -> PolicyMeasure:
    name = f"{PLAN}_{int(float(str(cells[NUMBER])))}"
    asked = split_cell(str(cells[WITH]))
    title = _wording(f"measure.{name}.title", cells, TITLE, languages, place)
    goal = _wording(f"measure.{name}.deliverable", cells, GOAL, languages, place)
    assert title
    return PolicyMeasure(
        id=name,
        gap=str(cells[GAP]),
        title=title,
        lead=split_cell(str(cells[LEAD])),
        manners={"jointly": asked} if asked else {},
        steps=(),
        delivered=_month(str(cells[DUE])),
        deliverable=goal,
        success=Success(
            say=goal or title,
            fact=counted.get(str(cells[COUNTS]), ""),
            target=None,
            unit="",
            by=None,
            task="",
            control="",
            place=place,
        ),
        cost=Cost(kind=PENDING, place=place),
        risk=None,
        answer=None,
        stop=None,
        peer=None,
        peer_sources=(),
        importance=Grade(level="medium", because=None),
        feasibility=Grade(level="medium", because=None),
        tasks=(),
        values={},
        place=place,
        sources=split_cell(str(cells[SOURCE])),
    )


def _wording(
    name: str, cells: Mapping[Hashable, object], part: str, languages: tuple[str, ...], place: Place
) -> Wording | None:
    """Return the texts of a row as they are written; None if one is missing."""
    texts = {language: str(cells[f"{part}_{language}"]) for language in languages}
    if not all(texts.values()):
        return None
    wordings = {
        language: WordingText((text,), Place(place.file, place.line, f"{part}_{language}"))
        for language, text in texts.items()
    }
    variant = Variant(when=None, texts=wordings, place=place)
    return Wording(id=name, variants=(variant,), place=place, reads=frozenset(), sentence=False)


def _month(due: str) -> Month | None:
    """Return the last month of a date or an interval, with the first of several; the year if it names no month."""
    days = period(due) if due else None
    since, _, until = due.partition("/")
    spans = len(since) == len(until) == len("2026-01") and since != until
    named = due if due.isdecimal() else f"{days.last:%Y-%m}" if days else ""
    return Month(named=named, since=f"{since}/" if spans else "") if days else None


def _pending(measure: PolicyMeasure, cost: object) -> Iterator[Pending]:
    parts = (("lead", measure.lead), ("month", measure.delivered), ("target", measure.deliverable))
    lacking = [part for part, value in parts if not value]
    costed = isinstance(cost, int | float) and cost > 0
    still = [*lacking, *(part for part in OPEN if not (costed and part == COST))]
    yield from (Pending(measure.id, part, (*measure.lead, "")[0], measure.place) for part in still)
