"""Inspection: what an edition knows and concludes, and every problem of a workspace, without making any page."""

from collections.abc import Iterator
from pathlib import Path

from jianbao.argument.proofreading import check_section, check_wording
from jianbao.argument.rules import check_rules
from jianbao.assessment import Assessment, assess
from jianbao.documents import Problems
from jianbao.dossier import Dossier, read_dossier
from jianbao.errors import ContentError, JianbaoError
from jianbao.evaluation.framework import Framework
from jianbao.figures.spec import unknown_roles

SCORED = ("score", "previous", "change", "rose", "coverage", "weight", "contribution", "normal")


def assessed(root: Path, edition: str) -> Assessment:
    """Return what an edition knows and concludes."""
    dossier = read_dossier(root)
    return assess(dossier, dossier.series.issue(edition))


def check(root: Path, edition: str) -> tuple[JianbaoError, ...]:
    """Return every error of a workspace, each with all problems of its kind."""
    try:
        dossier = read_dossier(root)
        assessment = assess(dossier, dossier.series.issue(edition), quick=True)
    except JianbaoError as error:
        return (error,)
    problems = _proofread(dossier, assessment)
    return (ContentError(problems),) if problems else ()


def _proofread(dossier: Dossier, assessment: Assessment) -> Problems:
    problems: Problems = []
    ledger, writers = assessment.ledger, dossier.writers
    known = {*ledger, *dossier.measures, *_scored(dossier.framework)}
    check_rules(dossier.rules, known, dossier.names, dossier.evidence.sources, problems)
    for section in dossier.sections.values():
        problems += check_section(section, ledger, writers, known)
    for entry in (*dossier.figure_words.values(), *dossier.advice_words.values()):
        for wording in entry.wordings():
            problems += check_wording(wording, ledger, writers, known)
    for spec in dossier.figures:
        problems += unknown_roles(spec, ledger)
    return list(dict.fromkeys(problems))


def _scored(framework: Framework) -> Iterator[str]:
    """Yield the facts that some edition has of each node, whatever this one has."""
    return (f"{kind}.{node.id}" for node in framework.components() for kind in SCORED)
