"""A studio on a workspace, its pages asked for without a server."""

import json
import re
from collections import deque
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any

from starlette.responses import Response

from jianbao.app.propose import BrokenState, WorkspaceState, state_or_errors
from jianbao.app.workspace import output_folder, snapshot
from jianbao.brief import export
from jianbao.delivery.finished_edition import published_labels
from jianbao.review.verdicts import approvals
from jianbao.studio.page_requests import Handler, PageRequest
from jianbao.studio.session import StudioSession

NOON = "2031-03-01T12:00:00.000+00:00"
Key = tuple[str, tuple[str, ...], Mapping[str, str]]
# Most tests begin with the same files: these are assessed once, and not at the start of each test.
_assessed: deque[tuple[Key, WorkspaceState | BrokenState]] = deque(maxlen=6)


def studio_of(root: Path, edition: str = "") -> StudioSession:
    """Return a session on a workspace; its clock stands still, and it has seen the files as they are now."""
    made, files = StudioSession(root=root, edition=edition, clock=lambda: NOON), snapshot(root)
    key = edition, tuple(published_labels(output_folder(root))), files.hashes()
    state = next((known for known_key, known in _assessed if known_key == key), None)
    if state is None:
        state = state_or_errors(root, files, edition)
        _assessed.append((key, state))
    if isinstance(state, WorkspaceState):
        made._shared.assessed = state
    return made


def request(
    studio: StudioSession,
    *,
    language: str = "en",
    name: str = "Ann",
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    form: Mapping[str, str | Sequence[str]] | None = None,
    files: Mapping[str, tuple[str, bytes]] | None = None,
    fragment: bool = False,
) -> PageRequest:
    """Return a request for a page."""
    fields = {key: [value] if isinstance(value, str) else value for key, value in (form or {}).items()}
    return PageRequest(
        studio=studio,
        language=language,
        name=name,
        address="/",
        path=path or {},
        query=query or {},
        form=fields,
        files=files or {},
        fragment=fragment,
    )


def words(answer: Response) -> str:
    """Return what a page says, without its markup, on one line."""
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", bytes(answer.body).decode(), flags=re.DOTALL)
    return " ".join(unescape(text).split())


def json_of(answer: Response) -> Any:
    """Return what an answer says to a script."""
    return json.loads(bytes(answer.body))


def shown(handler: Handler, studio: StudioSession, **asked: Any) -> str:
    """Return what a page says to somebody."""
    return words(handler(request(studio, **asked)))


def keep_records(studio: StudioSession, folder: Path) -> None:
    """Write the records of the edition as it is, those of a finished or of a published one."""
    state = studio.state()
    assert isinstance(state, WorkspaceState)
    folder.mkdir(parents=True)
    (folder / "approvals.json").write_bytes(approvals(state.assessment.issue.label, state.approval.states, ()))
    (folder / "ledger.json").write_bytes(export.ledger(state.assessment.ledger))
