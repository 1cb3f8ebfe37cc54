"""Handing over: the finished files, the package, who gets what, and the commands that pack and send."""

from starlette.responses import Response

from jianbao.app import workspace
from jianbao.studio.pages.brief import whole
from jianbao.studio.pages.home import finished_files
from jianbao.studio.pages.review import station_views
from jianbao.studio.visits import Visit, page


def hand_over(visit: Visit) -> Response:
    """Show what is finished, what is not approved yet, the recipients, and the last command."""
    state = whole(visit)
    project, label = state.known.project, state.known.issue.label
    output = workspace.output_folder(visit.studio.root)
    return page(
        visit,
        "hand_over",
        edition=state.known.issue,
        draft=project.series.draft,
        files=finished_files(visit, label),
        packed=f"{label}.zip" in workspace.edition_files(output),
        review=state.approval,
        stations=station_views(visit, state),
        recipients=project.addresses,
        job=visit.studio.jobs.state(),
    )
