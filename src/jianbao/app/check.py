"""Check a workspace: every problem of its data, rules, words and templates, without rendering a page."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from jinja2 import Environment, TemplateSyntaxError
from jinja2.meta import find_referenced_templates
from jinja2.nodes import Template

from jianbao.app import workspace
from jianbao.app.argument import argument_problems
from jianbao.app.assess import Assessment, Documents, assess, documents_of
from jianbao.app.project import Project, read_project
from jianbao.brief.editions import ISSUE_FACTS
from jianbao.brief.phrases import FACTS, unknown_fact_names
from jianbao.charts.spec import families_of, unknown_roles
from jianbao.core.documents import Node, Problems
from jianbao.core.errors import (
    ContentError,
    EvidenceError,
    JianbaoError,
    Place,
    Problem,
    RenderError,
    nearest,
    raise_all,
)
from jianbao.core.messages import tr, verbatim
from jianbao.core.snapshot import Snapshot
from jianbao.data.anomalies import idle, unexplained
from jianbao.render.fonts.custom import prepare_custom_fonts
from jianbao.render.fonts.registry import FAMILIES, Fonts, read_fonts
from jianbao.render.html.templates import Templates
from jianbao.render.theme import Theme, as_theme
from jianbao.scoring.framework import Indicator
from jianbao.scoring.sensitivity import HINGES
from jianbao.text.argument.facts import fact_ids
from jianbao.text.language_parity import disagreements
from jianbao.text.lint import Reading
from jianbao.text.render import applies
from jianbao.text.rules import check_rules

# What a page template may hold: holes and statements of Jinja, styles, tags and entities. All else would be prose.
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_MARKUP = re.compile(r"<style.*?</style>|<[^<>]*>|&\w+;", re.DOTALL)
_WORDS = re.compile(r"[^\W_]")
PAGES = ".j2"
ACCEPTING = tr("correct the row, or accept it with a reason in data/anomalies.yml")
SCORED = (
    *("score", "coverage", "weight", "contribution", "contribution_overall", "normal"),
    *("previous", "change", "change_data", "change_coverage", "rose", "published", "recalculated"),
)
ADVISED = ("effect", "stability", "threshold", "margin")


def assess_edition(snapshot: Snapshot, edition: str) -> Assessment:
    """Return what an edition knows and concludes."""
    project = read_project(snapshot)
    return assess(project, project.series.issue(edition))


def check_workspace(snapshot: Snapshot, edition: str) -> tuple[JianbaoError, ...]:
    """Return every error of a workspace, each with all problems of its kind."""
    return examine_edition(snapshot, edition)[0]


def examine_edition(snapshot: Snapshot, edition: str) -> tuple[tuple[JianbaoError, ...], Assessment | None]:
    """Return every error of a workspace, and the quick assessment by which they were found if one could be made."""
    try:
        project = read_project(snapshot)
        assessment = assess(project, project.series.issue(edition), quick=True)
    except JianbaoError as error:
        return (error,), None
    return lint_edition(project, assessment).errors, assessment


@dataclass(frozen=True)
class LintResult:
    """Every error that is found without making a page, each with all problems of its kind; or the documents."""

    errors: tuple[JianbaoError, ...]
    documents: Documents | None


def lint_edition(project: Project, assessment: Assessment) -> LintResult:
    """Look for all that is wrong with an assessed edition; its documents are said once their words are in order."""
    problems = check_wording(project, assessment)
    documents = None if problems else documents_of(assessment)
    found: dict[type[JianbaoError], Sequence[Problem]] = {
        ContentError: documents.problems if documents else problems,
        EvidenceError: anomaly_notes(project),
        RenderError: [*faulty_templates(project.snapshot), *faulty_theme(project.snapshot)],
    }
    errors = tuple(error(problems) for error, problems in found.items() if problems)
    return LintResult(errors=errors, documents=None if errors else documents)


def anomaly_notes(project: Project) -> Problems:
    """Return a problem for each value that stands out of its series and that nobody has accepted with a reason."""
    found = unexplained(project.evidence.watches, project.evidence.tables)
    return [
        Problem(each.place, tr("'{text}': {what}", text=", ".join(each.key.values()), what=each.what), ACCEPTING)
        for each in found
    ]


def faulty_theme(snapshot: Snapshot) -> Problems:
    """Return all that is wrong with the theme, its logo and its fonts."""
    try:
        own_fonts(snapshot, checked_theme(snapshot))
    except RenderError as error:
        return list(error.problems)
    return []


def checked_theme(snapshot: Snapshot) -> Theme:
    """Read the workspace's theme, whether its fonts are prepared or not; raises RenderError with all that is wrong."""
    problems: Problems = []
    written = workspace.read_theme(snapshot)
    logo, files = workspace.read_logo(snapshot, written), workspace.font_files(snapshot, written)
    theme = as_theme(written, FAMILIES, problems, logo, files)
    raise_all(problems, RenderError)
    return theme


def own_fonts(snapshot: Snapshot, theme: Theme) -> Fonts | None:
    """Return the faces of the fonts that a theme declares, cast if they are new; None if it declares none.

    Raises RenderError with all that are not fit.
    """
    return prepare_custom_fonts(theme.own, partial(workspace.read_font, snapshot)) if theme.own else None


@dataclass(frozen=True)
class Design:
    """How the pages of a workspace look: its theme, every face that they may use, and their templates."""

    theme: Theme
    fonts: Fonts
    templates: Templates


def read_design(snapshot: Snapshot) -> Design:
    """Return the design of a workspace; raises RenderError with all that is wrong."""
    theme = checked_theme(snapshot)
    return Design(theme=theme, fonts=fonts_of(snapshot, theme), templates=workspace.read_templates(snapshot))


def fonts_of(snapshot: Snapshot, theme: Theme) -> Fonts:
    """Return every face that the pages of a workspace may use; raises RenderError."""
    own = own_fonts(snapshot, theme)
    return read_fonts().and_own(own) if own else read_fonts()


def faulty_templates(snapshot: Snapshot) -> Problems:
    """Return a problem for each template of the workspace that is not Jinja, reads outside, or holds prose.

    The built-in templates are tested with the program.
    """
    problems: Problems = []
    templates = workspace.read_templates(snapshot)
    own = {each.file: each.text for each in templates.values() if each.file.startswith(f"{workspace.TEMPLATES}/")}
    for file, text in own.items():
        if not file.endswith(PAGES):
            continue
        try:
            parsed = Environment(autoescape=True).parse(text, file)
        except TemplateSyntaxError as fault:
            problems.append(
                Problem(
                    Place(file, fault.lineno),
                    verbatim(fault.message) if fault.message else tr("this is not a template"),
                )
            )
            continue
        except RecursionError:
            problems.append(
                Problem(Place(file), tr("it is nested too deeply: the reader's recursion limit is reached"))
            )
            continue
        problems += [*_unread(file, parsed, templates), *_prose(file, text)]
    return problems


def _prose(name: str, text: str) -> Problems:
    """Return a problem where a page template has words or figures of its own: they belong to the wording."""
    bare = text
    for layout in (_JINJA, _MARKUP):
        bare = layout.sub(lambda match: "\n" * match[0].count("\n"), bare)
    found = [(number, line.strip()) for number, line in enumerate(bare.split("\n"), 1) if _WORDS.search(line)]
    hint = tr("put it into templates/wording/ and print it here with a placeholder")
    return [
        Problem(Place(name, number), tr("'{line}' is text in a page template", line=line), hint)
        for number, line in found
    ]


def _unread(file: str, parsed: Template, templates: Templates) -> Problems:
    """Return a problem for each template that another one includes and that is none of the workspace's."""
    wanted = [found for found in find_referenced_templates(parsed) if found and found not in templates]
    return [
        Problem(Place(file), tr("there is no template '{each}'", each=each), nearest(each, templates))
        for each in wanted
    ]


def check_wording(project: Project, assessment: Assessment) -> Problems:
    """Return all problems of rules, wording and figures that can be seen before a document is said."""
    problems = idle(project.evidence.watches, project.evidence.tables)
    ledger, writers = assessment.ledger, project.writers
    known = {*ledger, *project.measures, *_elsewhere(project)}
    check_rules(project.rules, known, project.evidence.sources, problems)
    problems += _untitled(project)
    reading = Reading(ledger, writers, known)
    for section in project.sections.values():
        problems += reading.section(section)
    problems += unknown_fact_names(project.sections.get(FACTS), known)
    absent = _left_out(project, assessment)
    for entry in project.figure_words.values():
        for wording in entry.wordings():
            problems += reading.wording(wording, entry.id not in absent)
    problems += disagreements(_typed(project), writers)
    problems += argument_problems(assessment, reading)
    made = families_of(ledger)
    for spec in project.figures:
        problems += unknown_roles(spec, made) if spec.id not in absent else []
    return list(dict.fromkeys(problems))


def _left_out(project: Project, assessment: Assessment) -> set[str]:
    """Return the figures that sections call for in other editions only."""
    blocks = [block for section in project.sections.values() for block in section.blocks if block.kind == "figure"]
    return {block.ref for block in blocks} - {block.ref for block in blocks if applies(block.when, assessment.ledger)}


def _untitled(project: Project) -> Problems:
    """Return a problem for each printed section without a title; a first page may take that of the judgement."""
    printed = {part.name for parts in project.outline.parts.values() for part in parts if part.kind == "section"}
    first = {part.name for parts in project.outline.parts.values() for part in parts if part.role == "summary"}
    untitled = (project.sections[name] for name in sorted(printed - first) if project.sections[name].title is None)
    return [
        Problem(section.place, tr("the section has no title"), tr("write it under 'title'")) for section in untitled
    ]


def _typed(project: Project) -> Iterator[Node | None]:
    """Yield the bilingual texts in which people may type figures: reasons and the register of discrepancies."""
    for node in project.framework.components():
        yield from (node.because, node.normalise.because if isinstance(node, Indicator) else node.weights.because)
    yield project.framework.uncertainty.because
    yield from (rule.because for rule in project.rules)
    for stated in project.stated:
        yield from stated.texts.values()
    for expected in project.expectations:
        yield from (expected.texts or {}).values()


def _elsewhere(project: Project) -> Iterator[str]:
    """Yield the facts that some edition has of itself and of each node, rule and measure, whatever this one has."""
    yield from (*ISSUE_FACTS, *HINGES, *fact_ids(project.argument))
    yield from (f"{kind}.{node.id}" for node in project.framework.components() for kind in SCORED)
    yield from (f"{kind}.{rule.id}" for rule in project.rules for kind in ADVISED)
