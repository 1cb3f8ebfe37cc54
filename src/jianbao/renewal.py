"""Renewal: the next edition of a series, declared in the file of the editions."""

from dataclasses import replace
from pathlib import Path

from jianbao import workspace
from jianbao.amendment import amend
from jianbao.documents import Problems
from jianbao.editions.opening import announced, next_issue
from jianbao.editions.series import Issue, read_series
from jianbao.errors import ContentError, Place, Problem, raise_all
from jianbao.evidence.encoding import encode_like
from jianbao.transcript import parse_document

EDITIONS = "data/editions.yml"


def open_edition(root: Path, label: str, as_of: str) -> Issue:
    """Add an edition to data/editions.yml and return it; raises ContentError if it cannot follow the last one."""
    before = workspace.snapshot(root)
    problems: Problems = []
    content, text = before.content(EDITIONS), before.text(EDITIONS)
    node = parse_document(text, EDITIONS)
    series = read_series(node, problems)
    raise_all(problems, ContentError)
    issue = next_issue(series, label, as_of, EDITIONS)
    new = announced(text, node, issue)
    if read_series(parse_document(new, EDITIONS), []) != replace(series, issues={**series.issues, label: issue}):
        line = f'"{label}": {{number: {issue.number}, as_of: {issue.as_of}}}'
        what = "the editions are not written one a line, so that none can be added"
        raise ContentError(Problem(Place(EDITIONS), what, f"add {line} by hand"))
    amend(root, before, before.replaced({EDITIONS: encode_like(new, content)}))
    return issue
