"""Read templates/argument.yml: bodies with their ranks, the judgement, findings, gaps, and then the measures."""

from collections.abc import Iterable, Mapping

from jianbao.core.documents import Node, Problems, as_mapping, as_text, as_texts
from jianbao.core.errors import Problem, nearest
from jianbao.core.messages import tr
from jianbao.text.argument.fields import ArgumentReader
from jianbao.text.argument.measure_reader import read_measure
from jianbao.text.argument.model import RANKS, Argument, Finding, Gap, Judgement, Measure

TOP = ("judgement", "findings", "gaps", "measures")
TOP_OPTIONAL = ("currency", "bodies", "independent")


def read_argument(node: Node, languages: Iterable[str], problems: Problems) -> Argument:
    """Read the file; what stands in it on its own is checked here, what it names elsewhere by `check_argument`."""
    fields = as_mapping(node, problems, TOP, TOP_OPTIONAL)
    reader = ArgumentReader(tuple(languages), problems)
    empty = Node({}, node.place)
    parts = {key: reader.named(as_mapping(fields.get(key, empty), problems, optional=None)) for key in TOP[1:]}
    findings = tuple(_finding(key, each, reader) for key, each in parts["findings"].items())
    gaps = tuple(_gap(key, each, tuple(parts["findings"]), reader) for key, each in parts["gaps"].items())
    measures = tuple(read_measure(key, each, tuple(parts["gaps"]), reader) for key, each in parts["measures"].items())
    problems.extend(_unpaired(gaps, measures))
    return Argument(
        currency=as_text(fields["currency"], problems) if "currency" in fields else "",
        ranks=_ranks(fields.get("bodies", empty), problems),
        independent=as_texts(fields.get("independent"), problems),
        judgement=_judgement(fields.get("judgement", empty), reader),
        findings=findings,
        gaps=gaps,
        measures=measures,
        pending=tuple(reader.pending),
    )


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
        title=reader.said(fields.get("title"), "judgement.title", node.place),
        line=reader.said(fields.get("line"), "judgement.line", node.place),
        place=fields["title"].place if "title" in fields else node.place,
    )


def _finding(key: str, node: Node, reader: ArgumentReader) -> Finding:
    fields = as_mapping(node, reader.problems, ("facts", "say"), ("mechanism", "source", "follows", "when"))
    if "mechanism" not in fields:
        whole, part = tr("the finding '{finding}'", finding=key), tr("why it is so")
        hint = tr("write `mechanism:`, with `source:` or, where no source gives one, as a judgement")
        reader.lacks(node, whole, part, hint)
    return Finding(
        id=key,
        facts=as_texts(fields.get("facts"), reader.problems),
        say=reader.said(fields.get("say"), f"finding.{key}:1", node.place),
        mechanism=reader.said(fields.get("mechanism"), f"finding.{key}:2", node.place),
        follows=reader.maybe_said(fields.get("follows"), f"finding.{key}:3"),
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
        say=reader.said(fields.get("say"), f"gap.{key}:1", node.place),
        short=reader.said(fields.get("short"), f"gap.{key}.short", node.place),
        reason=reader.maybe_said(fields.get("reason"), f"gap.{key}:2"),
        when=reader.when(fields),
        place=node.place,
    )


def _unpaired(gaps: Iterable[Gap], measures: Iterable[Measure]) -> Problems:
    """Return a problem for each gap that has neither one measure nor a reason why none answers it."""
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
