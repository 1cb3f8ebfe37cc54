"""Make the blocks and tables of the argument: findings, gaps, the list of measures, their cards, and the tasks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from jianbao.brief.model import Block, Grid, GridColumn
from jianbao.brief.phrases import Names, PhraseRenderer
from jianbao.data.facts import Fact
from jianbao.text.argument.edition import EditionArgument, part_keys
from jianbao.text.argument.model import BAND, Cost, DatedTask, DueMeasure, PolicyMeasure
from jianbao.text.citations import ReferenceNumbers
from jianbao.text.format_quantities import number_runs
from jianbao.text.render import Local, Statement, embedded, facts_in
from jianbao.text.wording import Wording

SECTION = "measures"  # the section of wording with the phrases for the argument
# The names of the values that every measure declares: the phrase of a column or a part for each
CALLED = {"by": "column.last", "first": "column.first", "place": "column.number", "cost": "cost"}
CALLED |= {"target": "indicator", "target_by": "column.due"}
# The columns of the list of measures with their widths; those without are second lines
RESULTS = {"column.measure": "46%", "column.gap": "", "lead": "18%", "column.first": "16%", "column.result": ""}
RESULTS |= {"column.last": "16%", "column.deliverable": ""}
ASKED = {"column.measure": "33%", "lead": "17%", "column.asked": "33%", "column.last": "13%", "column.deliverable": ""}
HALVES = {"-01/-06": "month.first_half", "-07/-12": "month.second_half"}
MAX_TASKS = 5  # the most planned tasks for which a list also names those who take part
Part = tuple[Statement, tuple[Block, ...]]


@dataclass(frozen=True)
class ArgumentBlocks:
    """Makes the blocks of an edition's argument in a `section`; phrases that it lacks come from "measures"."""

    renderer: PhraseRenderer
    argument: EditionArgument
    reference_numbers: ReferenceNumbers
    section: str = SECTION

    # Findings and gaps

    def finding(self, finding_id: str) -> tuple[Block, ...]:
        """Return a finding with its mechanism and consequence as a paragraph; nothing if it is not in the edition."""
        if not (finding := self.argument.findings.get(finding_id)):
            return ()
        return (self._paragraph(f"finding.{finding_id}", self._statements_of(finding.wordings()), finding.sources),)

    def gaps(self) -> tuple[Block, ...]:
        """Return the gaps as a list, each with the number of the measure that answers it, or the reason for none."""
        items = []
        for gap in self.argument.gaps:
            parts = [*self._statements_of((gap.say, *([gap.reason] if gap.reason else [])))]
            if (answer := self.argument.answer(gap)) and (number := self._fact(answer.measure, "place")):
                parts.append(self._phrase("answered.plan" if answer.measure.planned else "answered", number=number))
            items.append(self._paragraph(f"gap.{gap.id}", parts))
        return (Block(kind="bullets", id=f"{self.section}.gaps", items=tuple(items)),) if items else ()

    # Measures

    def front(self) -> tuple[Block, ...]:
        """Return the list of measures for a first page; nothing if there are none."""
        planned = any(due.measure.planned for due in self.argument.measures)
        line, columns = self._planned_line if planned else self._line, tuple(self._columns(planned))
        rows = tuple(tuple(line(due)) for due in self.argument.measures)
        title = self._phrase("table.plan" if planned else "table.front")
        made = Grid(id="measures", number=0, title=title, columns=columns, rows=rows)
        return (Block(kind="measures", id=f"{self.section}.measures", table=made),) if rows else ()

    def _columns(self, planned: bool) -> Iterator[GridColumn]:
        """Yield the columns of the list of measures; one without a width is the second line of the one before."""
        widths = ASKED if self._asks() else RESULTS
        if planned:
            lead = {"column.lead_and_with": "25%", "with": ""} if self._says_with_whom() else {"lead": "25%"}
            task = {"column.item": "26%", "goal": "28%"} if self.argument.with_goals else {"column.item": "54%"}
            widths = task | lead | {"column.due": "17%"}
        for key, width in ({"column.number": "4%"} | widths).items():
            yield GridColumn(self._phrase(key), width=width, below=not width)

    def _says_with_whom(self) -> bool:
        """Return whether planned tasks are few enough to be listed with those who take part."""
        return len(self.argument.measures) <= MAX_TASKS and any(due.measure.manners for due in self.argument.measures)

    def _planned_line(self, due: DueMeasure) -> Iterator[Statement]:
        measure, bodies = due.measure, tuple(chain.from_iterable(due.measure.manners.values()))
        yield self.renderer.plain(str(due.number))
        yield self._say(measure.title)
        if self.argument.with_goals:
            goal = self._goal(measure) or [self._phrase("open")]
            yield self._inside_phrase(goal[0], "goal.today", goal[1]) if goal[1:] else goal[0]
        yield self._names(measure.lead) if measure.lead else self._phrase("open")
        if self._says_with_whom():
            yield self._names(bodies) if bodies else self.renderer.plain("")
        yield self._month(measure, "by") if measure.delivered else self._phrase("open")

    def _goal(self, measure: PolicyMeasure) -> list[Statement]:
        """Return the goal of a row of the plan, then today's value of what it counts, or that this is not known."""
        goal = [self._say(measure.deliverable)] if measure.deliverable else []
        today = self.renderer.ledger.get(measure.success.fact)
        known = self._phrase(f"today.{self.renderer.way(today)}", today=today) if today else self._phrase("today.none")
        return [*goal, known] if goal and measure.success.fact else goal

    def _line(self, due: DueMeasure) -> Iterator[Statement]:
        measure, gap, nothing = due.measure, self.argument.gap_of(due), self.renderer.plain("")
        yield self.renderer.plain(str(due.number))
        yield self._say(measure.title)
        if self._asks():
            yield self._names(measure.lead)
            yield self._asked_for(due) or nothing
        else:
            yield self._say(gap.short) if gap else nothing
            yield self._names(measure.lead)
            result, place = (due.first.step.result, due.steps.index(due.first) + 1) if due.first else (None, 0)
            yield self._month(measure, f"step{place}")
            yield self._say(result) if result else nothing
        yield self._month(measure, "by")
        yield self._or_pending(measure.deliverable, measure)

    def _asks(self) -> bool:
        """Return whether the list shows the tasks to approve now, in place of gaps and first results."""
        return any(due.measure.asked for due in self.argument.measures)

    def _asked_for(self, due: DueMeasure) -> Statement | None:
        """Return the numbers of the tasks to approve now, and a few words on them."""
        numbers = [each.number for each in due.tasks if each.task.first]
        request = self.renderer.say(due.measure.asked) if numbers and due.measure.asked else None
        if not request:
            return None
        marks = {key: ("–", ", ") if each.style.join else ("至", "、") for key, each in self.renderer.writers.items()}
        tasks = {key: comma.join(number_runs(numbers, to)) for key, (to, comma) in marks.items()}
        return self._inside_phrase(request, "asked", tasks=tasks)

    def cards(self, *, bodies: bool = True) -> tuple[Block, ...]:
        """Return a card for each measure, with who takes part in it if `bodies`; or else a line that there is none."""
        if not self.argument.measures:
            return (self._paragraph(f"{self.section}.none", [self._phrase("none")]),)
        return tuple(self._card(due, bodies) for due in self.argument.measures)

    def _card(self, due: DueMeasure, bodies: bool) -> Block:
        measure, gap = due.measure, self.argument.gap_of(due)
        title = (self._say(measure.title), *([self._say(gap.short)] if gap else []))
        marks = self.reference_numbers.mark(facts_in(title))
        references = {*marks.references, *map(self.reference_numbers.reference, measure.sources)}
        return Block(
            kind="measure",
            id=f"measure.{measure.id}",
            statements=title,
            parts=tuple(self.planned_parts(measure) if measure.planned else self._parts(due, bodies)),
            references=tuple(sorted(references)),
            evidence=marks.evidence,
        )

    def planned_parts(self, measure: PolicyMeasure) -> Iterator[Part]:
        """Yield the plan for a measure: who leads, with whom, the goal beside today's value, and by when."""
        yield self._part(measure, "lead", [self._names(measure.lead) if measure.lead else self._phrase("open")])
        if bodies := tuple(chain.from_iterable(measure.manners.values())):
            yield self._part(measure, "with", [self._names(bodies)])
        if goal := self._goal(measure):
            yield self._part(measure, "goal", goal)
        if cost := self._planned_cost(measure):
            yield self._part(measure, "cost", [self._phrase("cost.planned", cost=cost)])
        due = self._month(measure, "by") if measure.delivered else self._phrase("open")
        yield self._part(measure, "column.due", [due])

    def _planned_cost(self, measure: PolicyMeasure) -> Fact | None:
        return self.renderer.ledger.get(f"plan.cost.{measure.id.replace('plan_', 'n')}")

    def _parts(self, due: DueMeasure, bodies: bool) -> Iterator[Part]:
        measure = due.measure
        yield self._part(measure, "lead", [self._names(measure.lead)])
        if bodies:
            yield self._part(measure, "with", [self._asked(measure.manners, measure)])
        yield self._part(measure, "hundred_days", self._steps(due))
        yield self._part(measure, "indicator", [self._success(measure)])
        yield self._part(measure, "cost", self._cost_and_parts(measure), measure.cost.sources)
        risks = (measure.risk, measure.answer) if measure.risk else (None,)  # both are pending together
        yield self._part(measure, "risk", [self._or_pending(each, measure) for each in risks])
        if measure.peer and (said := self.renderer.say(measure.peer)):
            yield self._part(measure, "peer", [said], measure.peer_sources)
        yield self._part(measure, "stop", [self._or_pending(measure.stop, measure)])

    def _part(self, measure: PolicyMeasure, label: str, said: Iterable[Statement], sources: Sequence[str] = ()) -> Part:
        return self._phrase(label), (self._paragraph(f"measure.{measure.id}.{label}", said, sources),)

    def _steps(self, due: DueMeasure) -> Iterator[Statement]:
        """Yield each step with its month; the year is given for the first one and when it changes."""
        year = ""
        for place, step in enumerate(due.steps, 1):
            last = ".last" if place == len(due.steps) else ""
            month = self._month(due.measure, f"step{place}", year=step.month[:4] != year)
            year = step.month[:4] or year
            yield self._inside_phrase(self._say(step.step.say), f"step{last}", month=month)

    def _success(self, measure: PolicyMeasure) -> Statement:
        success = measure.success
        target, by = (self._fact(measure, key) for key in ("target", "target_by"))
        criterion = self._say(success.say)
        if target is None or by is None:
            return self._inside_phrase(criterion, "indicator.pending", body=self._body(measure))
        baseline = self.renderer.ledger.get(success.fact)
        if baseline is None:
            return self._inside_phrase(criterion, f"indicator.new.{self.renderer.way(target)}", target=target, by=by)
        way = f"indicator.{self.renderer.way(baseline)}"
        return self._inside_phrase(criterion, way, baseline=baseline, target=target, by=by)

    # Tasks

    def tasks(self) -> Grid:
        """Return the table of tasks: what to do, who leads and takes part, by when, with which result, at what cost."""
        widths = {"number": "3.5%", "item": "20%", "lead": "10%", "with": "32%", "due": "12%"}
        widths |= {"deliverable": "9.5%", "cost": "13%"}
        columns = tuple(GridColumn(self._phrase(f"column.{key}"), width=width) for key, width in widths.items())
        listed = tuple(self.argument.tasks())
        return Grid(
            id="tasks",
            number=0,
            title=self._phrase("table.tasks"),
            columns=columns,
            rows=tuple(self._task(due.measure, each) for due, each in listed),
            emphasis=tuple(place for place, (_, each) in enumerate(listed) if each.task.first),
        )

    def _task(self, measure: PolicyMeasure, each: DatedTask) -> tuple[Statement, ...]:
        task = each.task
        return (
            self.renderer.plain(each.number),
            self._say(task.say),
            self._names(task.lead),
            self._asked(task.manners, measure, alone=True),
            self._say(task.by.wording) if task.by.wording else self._month(measure, f"{task.id}.by"),
            self._or_pending(task.deliverable, measure),
            self._cost(task.cost, measure, f"{task.id}.cost", ending=".cell" if task.cost.basis == "estimate" else ""),
        )

    def names(self) -> Names:
        """Return the names of the facts that measures declare, by the part of their ids after "argument."."""
        found: dict[str, Mapping[str, str]] = {}
        for due in self.argument.measures:
            title = found[due.measure.id] = self.renderer.texts(self._say(due.measure.title))
            for each in due.tasks:
                found[f"{due.measure.id}.{each.task.id}"] = self.renderer.texts(self._say(each.task.say))
            for key, what in self._called(due).items():
                found[f"{due.measure.id}.{key}"] = self.renderer.texts(self._phrase("declared", title=title, what=what))
        return found

    def _called(self, due: DueMeasure) -> dict[str, Mapping[str, str]]:
        """Return the names of the values of a measure by key."""
        steps = {f"step{place}": self._say(each.step.say) for place, each in enumerate(due.steps, 1)}
        tasks = {f"{each.task.id}.{key}": self._say(each.task.say) for each in due.tasks for key in ("by", "cost")}
        parts = {key: self._phrase("cost") for key in part_keys(due.measure)}
        labels = CALLED | ({"by": "column.due"} if due.measure.planned else {})
        own = {key: self._phrase(label) for key, label in labels.items()} | steps | tasks | parts
        named = {key: value.name for key, value in due.measure.values.items()}
        return {key: self.renderer.texts(name) for key, name in own.items()} | named

    def _asked(self, manners: Mapping[str, tuple[str, ...]], measure: PolicyMeasure, alone: bool = False) -> Statement:
        """Return which bodies take part, with a phrase for each manner; `alone` allows none."""
        if not manners:
            return self._phrase("alone") if alone else self._phrase("pending", body=self._body(measure))
        requests = [
            self._phrase(f"with.{manner}", bodies=Fact(id="", value=bodies, kind="names"))
            for manner, bodies in manners.items()
            if bodies
        ]
        joint = self._phrase("with.joint")
        texts = {
            key: f"{joint.text(key)}{' ' if writer.style.join else ''}".join(each.text(key) for each in requests)
            for key, writer in self.renderer.writers.items()
        }
        return self._phrase("with.whole", asked=texts)

    def _cost(self, cost: Cost, measure: PolicyMeasure, key: str = "cost", ending: str = "") -> Statement:
        if cost.kind == "within":
            number = next((each.number for _, each in self.argument.tasks() if each.task.id == cost.task), "")
            return self._phrase("cost.within", number=number)
        band = self._fact(measure, key)
        if cost.kind != BAND or band is None:
            return self._phrase(f"cost.{cost.kind}", body=self._body(measure))
        basis = self.renderer.texts(self._phrase(f"cost.{cost.basis}"))
        way = f"cost.{cost.per if cost.low else 'upto'}"
        return self._phrase(f"{way}{ending}" if self._has_phrase(f"{way}{ending}") else way, cost=band, basis=basis)

    def _cost_and_parts(self, measure: PolicyMeasure) -> Iterator[Statement]:
        """Yield the cost of a measure, then the parts that add up to it, if there are phrases for them."""
        parts = len(measure.cost.parts) if self._has_phrase("cost.part.last") else 0
        yield self._cost(measure.cost, measure, ending=".parts" if parts else "")
        for place in range(1, parts + 1):
            count, each = self._fact(measure, f"part{place}"), self._fact(measure, f"part{place}.each")
            if count and each:
                way = "part" if each.low else "part.upto"
                yield self._phrase(f"cost.{way}{'.last' if place == parts else ''}", count=count, cost=each)

    def _month(self, measure: PolicyMeasure, key: str, year: bool = True) -> Statement:
        """Return a month, or several, that a measure declares, or the body that has to set it."""
        month = self._fact(measure, key)
        if month is None:
            return self._phrase("pending", body=self._body(measure))
        span = str(month.value)
        if half := HALVES.get(span.replace(span[:4], "")):
            return self._phrase(half, month=replace(month, value=span[:4]))
        return self._phrase("months" if "/" in span else "month" if year else "month.short", month=month)

    def _fact(self, measure: PolicyMeasure, key: str) -> Fact | None:
        return self.renderer.ledger.get(f"argument.{measure.id}.{key}")

    def _or_pending(self, wording: Wording | None, measure: PolicyMeasure) -> Statement:
        return self._say(wording) if wording else self._phrase("pending", body=self._body(measure))

    def _body(self, measure: PolicyMeasure) -> Fact:
        return Fact(id="", value=measure.lead[0] if measure.lead else "", kind="name")

    def _names(self, bodies: tuple[str, ...]) -> Statement:
        return self._phrase("bodies", bodies=Fact(id="", value=bodies, kind="names"))

    def _phrase(self, key: str, **given: Local) -> Statement:
        own = self.renderer.sections.get(self.section)
        return self.renderer.phrase(self.section if own and key in own.phrases else SECTION, key, **given)

    def _say(self, wording: Wording) -> Statement:
        return self.renderer.say(wording) or self.renderer.plain("")

    def _has_phrase(self, key: str) -> bool:
        """Return whether there is an optional phrase."""
        sections = self.renderer.sections
        return any(name in sections and key in sections[name].phrases for name in (self.section, SECTION))

    def _statements_of(self, wordings: Iterable[Wording]) -> Iterator[Statement]:
        yield from (said for each in wordings if (said := self.renderer.say(each)))

    def _inside_phrase(self, said: Statement, phrase: str, month: Statement | None = None, **given: Local) -> Statement:
        """Return a phrase that contains a text and perhaps a month, with the id of the text and the facts of all."""
        dated: dict[str, Local] = {"month": self.renderer.texts(month)} if month else {}
        frame = self._phrase(phrase, said=self.renderer.texts(said), **dated, **given)
        parts = [*([month] if month else []), said, frame]
        sentences = {
            language: replace(
                embedded(sentence, said.sentences[language]),
                stated=tuple(f for p in parts for f in p.sentences[language].stated),
            )
            for language, sentence in frame.sentences.items()
        }
        return Statement(said.id, sentences)

    def _paragraph(self, block_id: str, given: Iterable[Statement], sources: Sequence[str] = ()) -> Block:
        statements = tuple(given)
        marks = self.reference_numbers.mark(facts_in(statements))
        numbers = {*marks.references, *(self.reference_numbers.reference(source) for source in sources)}
        references = tuple(sorted(numbers))
        return Block(
            kind="paragraph", id=block_id, statements=statements, references=references, evidence=marks.evidence
        )
