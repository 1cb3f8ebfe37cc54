"""The review: what waits for approval, in the order of what moves the message most; approve it or return it."""

from starlette.responses import Response

from jianbao.app.review import approve_items, return_items
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
    )


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
