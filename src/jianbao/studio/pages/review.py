"""The review: what waits for approval, in the order of what moves the message most; approve it or return it."""

from dataclasses import replace
from datetime import datetime

from starlette.responses import Response

from jianbao.app.propose import WorkspaceState
from jianbao.app.review import approve_items, return_items
from jianbao.app.sign_off.stations import applied_changes, pass_station, return_at_station, sign_off, who_may
from jianbao.studio.pages.brief import item_view, whole
from jianbao.studio.visits import Visit, go, page

STATES = ("returned", "pending", "approved")
SHOWN = 60  # items on a page


def review(visit: Visit) -> Response:
    """Show the items of a state, those that are not approved first, with their facts and what was said of them."""
    state, wanted = whole(visit), visit.query.get("state", "")
    approval = state.approval
    chosen = [each for each in approval.states if each.state == wanted or (not wanted and each.state != "approved")]
    start = visit.place("from")
    return page(
        visit,
        "review",
        items=[item_view(visit, state, each) for each in chosen[start : start + SHOWN]],
        counts={each: approval.count(each) for each in STATES},
        wanted=wanted,
        start=start,
        more=max(len(chosen) - start - SHOWN, 0),
        step=SHOWN,
        stale=approval.stale,
        stations=station_views(visit, state),
    )


def station_views(visit: Visit, state: WorkspaceState) -> list[dict[str, object]]:
    """Return where the edition stands with each station, and whether the reader may pass it or return it there."""
    found = sign_off(state.known, state.documents, applied_changes(visit.studio.root))
    name, views = visit.author().name, list[dict[str, object]]()
    for each in found.passage.states:
        refusals = found.passage.refusals_to_pass(each.station.id, name) if name else []
        views.append(
            {
                "id": each.station.id,
                "name": visit.called(each.station.name, each.station.id),
                "state": "lapsed" if each.lapsed else each.state,
                "passing": each.passing,
                "who": visit.said(who_may(found.passage.plan, each.station)),
                "refusals": [visit.said(problem.what) for problem in refusals],
                "open": each.state != "passed" and bool(name) and not refusals,
            }
        )
    return views


def sign(visit: Visit) -> Response:
    """Pass the edition at a station, or return it there."""
    state, station, said = whole(visit), visit.field("station"), visit.field("comment")
    author = visit.author()
    local = datetime.fromisoformat(author.at).astimezone().isoformat(timespec="seconds")
    signer = replace(author, at=local)
    if visit.field("verdict") == "return":
        return_at_station(visit.studio.root, state.known, station, signer, said)
    else:
        pass_station(visit.studio.root, state.known, station, signer, said)
    return go("/review")


def decide(visit: Visit) -> Response:
    """Approve the items that were chosen, or return them with a comment; they must be as they were shown."""
    state = whole(visit)
    names = visit.form.get("item", ())
    shown = dict(each.partition("=")[::2] for each in visit.form.get("content", ()))
    changed = [
        each.item.id
        for each in state.approval.states
        if each.item.id in names and shown.get(each.item.id) != each.item.content
    ]
    if changed:
        return page(visit, "changed_items", 409, items=changed)
    if visit.field("verdict") == "return":
        done = return_items(
            root=visit.studio.root,
            known=state.known,
            names=names,
            reviewer=visit.author(),
            comment=visit.field("comment"),
            json_wanted=False,
        )
    else:
        done = approve_items(
            root=visit.studio.root,
            known=state.known,
            names=names,
            every=False,
            reviewer=visit.author(),
            read=None,
            json_wanted=False,
        )
    for _ in done:
        pass
    back = visit.field("back")
    return go(back if back.startswith(("/review", "/brief")) else "/review")
