"""Renewal: the next edition of a series, declared in the file of the editions."""

from dataclasses import replace
from pathlib import Path

from jianbao import workspace
from jianbao.amendment import Amendment, amend
from jianbao.documents import Problems
from jianbao.editions.opening import announced, next_issue
from jianbao.editions.series import Issue, read_series
from jianbao.errors import ContentError, Place, Problem, raise_all
from jianbao.evidence.encoding import encode_like
from jianbao.transcript import parse_document

EDITIONS = "data/editions.yml"


def open_edition(root: Path, label: str, as_of: str) -> Issue:
    """Add an edition to data/editions.yml and return it; raises ContentError if it cannot follow the last one."""
    written = workspace.as_written(root, EDITIONS)
    problems: Problems = []
    node = parse_document(written.text, EDITIONS)
    series = read_series(node, problems)
    raise_all(problems, ContentError)
    issue = next_issue(series, label, as_of, EDITIONS)
    new = announced(written.text, node, issue)
    if read_series(parse_document(new, EDITIONS), []) != replace(series, issues={**series.issues, label: issue}):
        line = f'"{label}": {{number: {issue.number}, as_of: {issue.as_of}}}'
        what = "the editions are not written one a line, so that none can be added"
        raise ContentError(Problem(Place(EDITIONS), what, f"add {line} by hand"))
    amend(root, {EDITIONS: Amendment(written.content, encode_like(new, written.content))})
    return issue
