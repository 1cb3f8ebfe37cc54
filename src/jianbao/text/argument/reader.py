"""Read templates/argument.yml: bodies with their ranks, the judgement, findings, gaps, measures and their steps."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jianbao.core.documents import Node, Problems, as_choice, as_list, as_mapping, as_text, as_texts, as_yes_no
from jianbao.core.errors import Place, Problem, nearest
from jianbao.core.messages import Translatable, tr
from jianbao.text.argument.fields import (
    PLAN,
    ArgumentReader,
    is_pending,
    read_cost,
    read_deadline,
    read_grade,
    read_manners,
    read_month,
    read_values,
)
from jianbao.text.argument.model import (
    HUNDRED_DAYS,
    NOT_RECORDED,
    PENDING,
    RANKS,
    ActionStep,
    Argument,
    Deadline,
    Finding,
    Gap,
    Judgement,
    Pending,
    PolicyMeasure,
    Success,
    Task,
)
from jianbao.text.rules import read_aim

CONTROLS = ("city", "shared", "outside")
# The parts of a measure, each with the words for it in a message that it is missing
PARTS: Mapping[str, Translatable] = {
    "gap": tr("which gap it answers"),
    "title": tr("what is to be done"),
    "lead": tr("who leads"),
    "with": tr("who takes part, and in which manner"),
    "hundred_days": tr("what is done in the first hundred days"),
    "deliverable": tr("what is delivered, and in which month"),
    "indicator": tr("how success is seen"),
    "cost": tr("what it costs"),
    "risk": tr("its main risk and the answer to it"),
    "stop": tr("by which sign it is stopped"),
    "importance": tr("how important it is, and why"),
    "feasibility": tr("how feasible it is, and why"),
    "tasks": tr("its tasks"),
}
MAY_BE_PENDING = ("with", "deliverable", "indicator", "cost", "risk", "stop")
INDICATOR = ("say", "baseline", "target", "unit", "by", "task")
NESTED = {"deliverable": ("month", "say"), "risk": ("say", "answer"), "peer": ("say", "source")}
MORE = ("when", "rule", "asked", "peer", "values")
TASK = ("say", "by", "deliverable", "cost")
TASK_MORE = ("lead", "with", "approve", "when")
FIRST = ("first", "later")  # whether a task is to be approved before the others


def read_measure(key: str, node: Node, gaps: tuple[str, ...], reader: ArgumentReader) -> PolicyMeasure:
    """Read a measure; add a problem for each part that is missing."""
    fields, problems, place = _measure_fields(key, node, reader), reader.problems, node.place
    lead = as_texts(fields.get("lead"), problems)
    office = _Office(key, (*lead, "")[0], reader)
    tasks = _tasks(fields.get("tasks"), lead, office)
    delivered, risk, peer = (_part_fields(fields.get(part), keys, reader) for part, keys in NESTED.items())
    for part in MAY_BE_PENDING:
        office.note_pending(part, fields.get(part))
    office.note_pending("month", delivered.get("month"))
    return PolicyMeasure(
        id=key,
        gap=_gap_of_measure(key, fields["gap"], gaps, reader) if "gap" in fields else "",
        title=reader.wording(fields.get("title"), f"measure.{key}.title", place),
        lead=lead,
        manners=read_manners(fields.get("with"), problems),
        steps=_steps(fields.get("hundred_days"), office),
        delivered=read_month(delivered["month"], problems) if "month" in delivered else None,
        deliverable=reader.optional_wording(delivered.get("say"), f"measure.{key}.deliverable"),
        success=_success(fields.get("indicator"), place, tasks, office),
        cost=read_cost(fields.get("cost"), [task.id for task in tasks], problems, place),
        risk=reader.optional_wording(risk.get("say"), f"measure.{key}.risk"),
        answer=reader.optional_wording(risk.get("answer"), f"measure.{key}.answer"),
        stop=reader.optional_wording(fields.get("stop"), f"measure.{key}.stop"),
        asked=reader.optional_wording(fields.get("asked"), f"measure.{key}.asked"),
        peer=reader.optional_wording(peer.get("say"), f"measure.{key}.peer"),
        peer_sources=as_texts(peer.get("source"), problems),
        importance=read_grade(fields.get("importance"), f"measure.{key}.importance", place, reader),
        feasibility=read_grade(fields.get("feasibility"), f"measure.{key}.feasibility", place, reader),
        tasks=tasks,
        values=read_values(fields.get("values"), reader),
        place=place,
        rule=as_text(fields["rule"], problems) if "rule" in fields else "",
        when=reader.when(fields),
    )


@dataclass(frozen=True)
class _Office:
    """The body that leads a measure and has to give its pending parts."""

    measure: str
    body: str
    reader: ArgumentReader

    def note_pending(self, part: str, node: Node | None, value: str = PENDING) -> None:
        """Record a part as pending if that is its value."""
        if node is not None and node.value == value:
            self.reader.pending.append(Pending(self.measure, part, self.body, node.place))


def _measure_fields(key: str, node: Node, reader: ArgumentReader) -> Mapping[str, Node]:
    """Return the parts of a measure by name; add a problem for each missing one."""
    fields = as_mapping(node, reader.problems, optional=(*PARTS, *MORE))
    for part, meaning in PARTS.items():
        if part not in fields:
            hint = tr("write `{part}:`", part=part)
            if part in MAY_BE_PENDING:
                hint = tr("{hint}; if only the office can know it, write `pending`", hint=hint)
            reader.report_missing(node, tr("the measure '{measure}'", measure=key), meaning, hint)
    return fields


def _part_fields(node: Node | None, keys: tuple[str, ...], reader: ArgumentReader) -> Mapping[str, Node]:
    """Return the fields of a part of a measure; nothing if it is missing or pending."""
    return {} if node is None or is_pending(node) else as_mapping(node, reader.problems, keys)


def _gap_of_measure(key: str, node: Node, gaps: tuple[str, ...], reader: ArgumentReader) -> str:
    name = as_text(node, reader.problems)
    if name and name not in gaps:
        what = tr("the measure '{measure}' answers '{gap}', which is no gap", measure=key, gap=name)
        reader.problems.append(Problem(node.place, what, nearest(name, gaps)))
    return name


def _steps(node: Node | None, office: _Office) -> tuple[ActionStep, ...]:
    listed = as_list(node, office.reader.problems) if node else ()
    steps = tuple(_step(each, number, office) for number, each in enumerate(listed, 1))
    if node and steps and not any(step.result for step in steps):
        whole, part = tr("the measure '{measure}'", measure=office.measure), tr("what comes first")
        office.reader.report_missing(node, whole, part, tr("write `result:` beside the step that ends in one"))
    return steps


def _step(node: Node, number: int, office: _Office) -> ActionStep:
    reader = office.reader
    fields = as_mapping(node, reader.problems, ("month", "say"), ("result", "when"))
    office.note_pending("month", fields.get("month"))
    month = read_month(fields["month"], reader.problems) if "month" in fields else None
    if month and month.after > HUNDRED_DAYS:
        what = tr("month {month} lies after the first hundred days", month=month.after)
        hint = tr("write a month up to {last}, or make it a task", last=HUNDRED_DAYS)
        reader.problems.append(Problem(fields["month"].place, what, hint))
    return ActionStep(
        month=month,
        say=reader.wording(fields.get("say"), f"measure.{office.measure}.step.{number}", node.place),
        result=reader.optional_wording(fields.get("result"), f"measure.{office.measure}.result.{number}"),
        when=reader.when(fields),
        place=node.place,
    )


def _success(node: Node | None, place: Place, tasks: tuple[Task, ...], office: _Office) -> Success:
    reader = office.reader
    known = node is not None and not is_pending(node)
    fields = as_mapping(node, reader.problems, INDICATOR, ("control",)) if node and known else {}
    for part in ("target", "by"):
        office.note_pending(part, fields.get(part))
    office.note_pending("baseline", fields.get("baseline"), NOT_RECORDED)
    baseline = as_text(fields["baseline"], reader.problems) if "baseline" in fields else NOT_RECORDED
    target, choices = fields.get("target"), [task.id for task in tasks]
    return Success(
        say=reader.wording(fields.get("say"), f"measure.{office.measure}.indicator", place),
        fact="" if baseline == NOT_RECORDED else baseline,
        target=None if target is None or is_pending(target) else read_aim(target, reader.problems),
        unit=as_text(fields["unit"], reader.problems) if "unit" in fields else "",
        by=read_month(fields["by"], reader.problems) if "by" in fields else None,
        task=as_choice(fields["task"], choices, reader.problems, tr("a task")) if "task" in fields else "",
        control=as_choice(fields["control"], CONTROLS, reader.problems) if "control" in fields else "",
        place=node.place if node else place,
    )


def _tasks(node: Node | None, lead: tuple[str, ...], office: _Office) -> tuple[Task, ...]:
    named = office.reader.valid_ids(as_mapping(node, office.reader.problems, optional=None)) if node else {}
    return tuple(_task(key, each, tuple(named), lead, office) for key, each in named.items())


def _task(key: str, node: Node, tasks: tuple[str, ...], lead: tuple[str, ...], office: _Office) -> Task:
    reader, problems = office.reader, office.reader.problems
    fields = as_mapping(node, problems, TASK, TASK_MORE)
    name = f"measure.{office.measure}.task.{key}"
    for part in TASK + TASK_MORE:
        office.note_pending(f"{key}.{part}", fields.get(part))
    return Task(
        id=key,
        say=reader.wording(fields.get("say"), f"{name}.say", node.place),
        lead=as_texts(fields["lead"], problems) if "lead" in fields else lead,
        manners=read_manners(fields.get("with"), problems),
        by=read_deadline(fields["by"], f"{name}.by", reader) if "by" in fields else Deadline(),
        deliverable=reader.optional_wording(fields.get("deliverable"), f"{name}.deliverable"),
        cost=read_cost(fields.get("cost"), tasks, problems, node.place),
        first="approve" in fields and as_choice(fields["approve"], FIRST, problems) == FIRST[0],
        when=reader.when(fields),
        place=node.place,
    )


TOP = ("judgement", "findings", "gaps", "measures")
TOP_OPTIONAL = ("example", "currency", "bodies", "independent")
FROM = "from"  # measures: {from: plan}


def read_argument(node: Node, languages: Iterable[str], problems: Problems) -> Argument:
    """Read the argument and check it in itself; `check_argument` checks its references to other files.

    `node` is templates/argument.yml. Each error is added to the problems.
    """
    fields = as_mapping(node, problems, TOP, TOP_OPTIONAL)
    reader = ArgumentReader(tuple(languages), problems)
    empty = Node({}, node.place)
    parts = {key: reader.valid_ids(as_mapping(fields.get(key, empty), problems, optional=None)) for key in TOP[1:]}
    findings = tuple(_finding(key, each, reader) for key, each in parts["findings"].items())
    gaps = tuple(_gap(key, each, tuple(parts["findings"]), reader) for key, each in parts["gaps"].items())
    plan = _plan(fields.get("measures", empty), problems)
    written = {} if plan else parts["measures"]
    measures = tuple(read_measure(key, each, tuple(parts["gaps"]), reader) for key, each in written.items())
    problems.extend(_unpaired(gaps, measures) if plan is None else ())
    return Argument(
        currency=as_text(fields["currency"], problems) if "currency" in fields else "",
        ranks=_ranks(fields.get("bodies", empty), problems),
        independent=as_texts(fields.get("independent"), problems),
        judgement=_judgement(fields.get("judgement", empty), reader),
        findings=findings,
        gaps=gaps,
        measures=measures,
        pending=tuple(reader.pending),
        example=fields["example"].place if "example" in fields and as_yes_no(fields["example"], problems) else None,
        plan=plan,
    )


def _plan(node: Node, problems: Problems) -> Place | None:
    """Return the place that declares the measures to be those of the table `plan`; None if they are written here."""
    if node.get(FROM) is None:
        return None
    fields = as_mapping(node, problems, (FROM,))
    return node.place if as_choice(fields[FROM], (PLAN,), problems) else None


def _ranks(node: Node, problems: Problems) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for rank, listed in as_mapping(node, problems, optional=RANKS).items():
        for body in as_texts(listed, problems):
            if body in found:
                what = tr("'{body}' is {first} and {second}", body=body, first=found[body], second=rank)
                problems.append(Problem(listed.place, what, tr("keep one of the two")))
            found.setdefault(body, rank)
    return found


def _judgement(node: Node, reader: ArgumentReader) -> Judgement:
    fields = as_mapping(node, reader.problems, ("facts", "title", "line"))
    return Judgement(
        facts=as_texts(fields.get("facts"), reader.problems),
        title=reader.wording(fields.get("title"), "judgement.title", node.place),
        line=reader.wording(fields.get("line"), "judgement.line", node.place),
        place=fields["facts"].place if "facts" in fields else node.place,
    )


def _finding(key: str, node: Node, reader: ArgumentReader) -> Finding:
    fields = as_mapping(node, reader.problems, ("facts", "say"), ("mechanism", "source", "follows", "when"))
    if "mechanism" not in fields:
        whole, part = tr("the finding '{finding}'", finding=key), tr("why it is so")
        hint = tr("write `mechanism:`, with `source:` or, where no source gives one, as a judgement")
        hint = tr("{hint}; if only the office can know it, write `pending`", hint=hint)
        reader.report_missing(node, whole, part, hint)
    if is_pending(fields.get("mechanism")):
        reader.pending.append(Pending(key, "mechanism", "", node.place))
    return Finding(
        id=key,
        facts=as_texts(fields.get("facts"), reader.problems),
        say=reader.wording(fields.get("say"), f"finding.{key}:1", node.place),
        mechanism=reader.optional_wording(fields.get("mechanism"), f"finding.{key}:2"),
        follows=reader.optional_wording(fields.get("follows"), f"finding.{key}:3"),
        sources=as_texts(fields.get("source"), reader.problems),
        when=reader.when(fields),
        place=node.place,
    )


def _gap(key: str, node: Node, findings: tuple[str, ...], reader: ArgumentReader) -> Gap:
    fields = as_mapping(node, reader.problems, ("facts", "findings", "say", "short"), ("reason", "when"))
    named = as_texts(fields.get("findings"), reader.problems)
    for name in named:
        if name not in findings:
            what = tr("'{name}' is not a finding", name=name)
            reader.problems.append(Problem(fields["findings"].place, what, nearest(name, findings)))
    return Gap(
        id=key,
        facts=as_texts(fields.get("facts"), reader.problems),
        findings=named,
        say=reader.wording(fields.get("say"), f"gap.{key}:1", node.place),
        short=reader.wording(fields.get("short"), f"gap.{key}.short", node.place),
        reason=reader.optional_wording(fields.get("reason"), f"gap.{key}:2"),
        when=reader.when(fields),
        place=node.place,
    )


def _unpaired(gaps: Iterable[Gap], measures: Iterable[PolicyMeasure]) -> Problems:
    """Return a problem for each gap that does not have exactly one of the two: a measure, or a reason for none."""
    answers: dict[str, list[str]] = {}
    for measure in measures:
        answers.setdefault(measure.gap, []).append(measure.id)
    found: Problems = []
    for gap in gaps:
        named = answers.get(gap.id, [])
        if not named and not gap.reason:
            hint = tr("write a measure with `gap: {gap}`, or say in `reason:` why none answers it", gap=gap.id)
            found.append(Problem(gap.place, tr("the gap '{gap}' has no measure and no reason", gap=gap.id), hint))
        if named and gap.reason:
            what = tr(
                "the gap '{gap}' has a measure, '{measure}', and a reason why it has none", gap=gap.id, measure=named[0]
            )
            found.append(Problem(gap.reason.place, what, tr("keep one of the two")))
        if len(named) > 1:
            what = tr(
                "the gap '{gap}' has {count} measures: {measures}",
                gap=gap.id,
                count=len(named),
                measures=", ".join(named),
            )
            found.append(Problem(gap.place, what, tr("a gap has one measure: join them, or part the gap")))
    return found
