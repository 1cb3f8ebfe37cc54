"""Hand over an edition: what prevents that, its package, its recipients, and the remarks that go out."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from starlette.responses import Response

from jianbao.app.propose import WorkspaceState
from jianbao.brief.export import extracts
from jianbao.delivery.finished_edition import RECORDS, layout_in_words
from jianbao.delivery.traces import REMARKS, remarks_sent
from jianbao.review.proposals import CellEdit, RowEdit
from jianbao.studio.accounts import right_to_pack
from jianbao.studio.page_requests import PageRequest, page
from jianbao.studio.pages.answers import open_points
from jianbao.studio.pages.brief import whole
from jianbao.studio.pages.home import (
    file_views,
    finished_files,
    last_command,
    last_job,
    package_view,
    packed_as,
    since_built,
)
from jianbao.studio.pages.review import station_views, stations_now, unapproved


def hand_over(request: PageRequest) -> Response:
    """Show what is not yet approved, passed or finished, the recipients, and the last command."""
    state = whole(request)
    stations = station_views(request, state)
    project, label = state.assessment.project, state.assessment.issue.label
    files = finished_files(request, label)
    changed, wrong = since_built(request, label)
    return page(
        request,
        "hand_over",
        edition=state.assessment.issue,
        draft=project.series.draft,
        packing=right_to_pack(project.series.draft),
        files=files,
        changed=changed,
        wrong=wrong,
        package=package_view(request, label, not (changed or wrong)),
        saved_as=partial(packed_as, request, label),
        documents=[each for each in file_views(request, files) if each["name"] not in RECORDS],
        remarks=(remarks := _remark_views(request, state)),
        new_remarks=_new_remarks(request, remarks),
        open_items=unapproved(request, state),
        returned=state.approval.count("returned"),
        stations=stations,
        unissued=[each["name"] for each in stations if each["state"] != "passed"],
        left_open=open_points(request),
        # The page Review says if nobody can pass a station.
        stations_now="" if any(each["vacant"] for each in stations) else stations_now(request, stations),
        recipients=project.addresses,
        layout_called=partial(layout_in_words, language=request.language),
        job=last_job(request),
        command=last_command(request),
    )


def _remark_views(request: PageRequest, state: WorkspaceState) -> list[dict[str, Any]]:
    """Return the remarks that go out with each table."""
    sent = partial(extracts, state.assessment.project.evidence.tables, state.assessment.issue.as_of)
    found = remarks_sent(request.studio.cached("sent", state, sent))
    return [{"id": key, "table": request.labels().table(key), "rows": rows} for key, rows in found.items()]


def _new_remarks(request: PageRequest, remarks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the outgoing remarks that changes written here have added to the tables."""
    edits = [edit for each in request.studio.written() for edit in each.edits]
    cells = [e.new for e in edits if isinstance(e, CellEdit) and e.column == REMARKS]
    cells += [each.cells.get(REMARKS, "") for each in edits if isinstance(each, RowEdit)]
    sent = {text for each in remarks for _, text in each["rows"]}
    return [each for each in dict.fromkeys(cells) if each in sent]
