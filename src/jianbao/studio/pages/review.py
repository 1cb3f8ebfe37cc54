"""Approve or return the pending items, those that move the message most first; and pass stations."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from jianbao.app.assess import Assessment
from jianbao.app.compare import RecordedItems
from jianbao.app.propose import WorkspaceState
from jianbao.app.review import approve_items, kept_proposals, return_items
from jianbao.app.sign_off.stations import applied_changes, pass_station, return_at_station, sign_off
from jianbao.core.encoding import is_found
from jianbao.core.errors import JianbaoError, Place, Problem, UsageError
from jianbao.core.messages import tr, tr_later, tr_list
from jianbao.review.proposals import KeepEdit, Proposal, rewordings
from jianbao.review.published import is_plain, items_changed_alike, one_sentence, shown_above
from jianbao.review.roles import Station, StationPlan
from jianbao.review.verdicts import ItemState
from jianbao.studio.page_requests import PageRequest, go, page
from jianbao.studio.pages.answers import open_points
from jianbao.studio.pages.brief import item_views, whole
from jianbao.studio.pages.changed_pages import called_before
from jianbao.studio.pages.compare import (
    CHANGED,
    DIFFERS,
    gone_since,
    moved_by_changes,
    moved_in,
    recorded,
    recorded_in_words,
    to_be_read,
)
from jianbao.studio.pages.given_answers import attempted
from jianbao.studio.pages.history import explained_items, reasons_of_items, written_reasons, written_since, written_view
from jianbao.studio.pages.home import run
from jianbao.studio.pages.names import first_station, in_reading_order, is_unread, item_labels

PENDING, STATES = "pending", ("returned", "approved")
ITEMS_PER_PAGE = 60
NOBODY_NOW = tr_later(
    "Nobody has an account for {stations} yet: what has changed can be approved, built, packed as a draft, not issued."
)
NOBODY_LATER = tr_later("Nobody has an account for {stations} yet: until somebody has, the edition cannot be issued.")


def review(request: PageRequest) -> Response:
    """Show the items of a state, those that are not approved first, with their facts and comments on them."""
    state, find = whole(request), request.query.get("find", "").strip()
    approval, groups = state.approval, to_be_read(request, state)
    reworded = rewordings(kept_proposals(request.studio.root).values(), approval.states)
    before = recorded(request, state)
    counts = {**{each: approval.count(each) for each in STATES}, **{key: len(each) for key, each in groups.items()}}
    counts[PENDING] = sum(is_unread(each, groups) for each in approval.states)
    wanted = request.query.get("state") or next((each for each in (CHANGED, "returned") if counts[each]), PENDING)
    differing = groups[CHANGED] | groups[DIFFERS]
    chosen = _chosen(request, approval.states, wanted, find, groups)
    start = request.place("from") // ITEMS_PER_PAGE * ITEMS_PER_PAGE
    listed = chosen[start : start + ITEMS_PER_PAGE]
    views, items = item_views(request, state, listed), (each.item for each in listed)
    moved = {it.id: moved_in(request, state, it, before if it.id in differing else None) for it in items}
    written = written_since(request, [each for each in approval.states if each.item.id in groups[CHANGED]])
    return page(
        request,
        "review",
        items=views,
        counts=counts,
        reworded=reworded,
        moved=moved,
        reasons=reasons_of_items(request, state, listed) if wanted in groups else {},
        **_groups(moved, listed),
        explained=explained_items(request, state, before) if wanted == CHANGED else frozenset(),
        by_changes=bool(request.studio.written()),
        apart=[each.item.id for each in approval.states if each.item.id in groups[DIFFERS]],
        gone=_gone(request, state, before, wanted) if wanted in groups else [],
        since=recorded_in_words(request, state),
        together=[each for each in views if wanted in groups and not each["own"]] if request.may("approve") else [],
        **_turned(wanted, find, start, len(chosen)),
        done=next((each for each in approval.states if each.item.id == request.query.get("done")), None),
        done_count=request.place("count"),
        passed=request.query.get("passed", ""),
        written="written" in request.query,
        sent_to=request.text(tr_list(approvers := request.plan.approvers())),
        approvers=approvers,
        roots=[written_view(request, each) for each in written] if wanted == CHANGED else [],
        below={word for each in listed for word in each.item.words},
        left_open=_left_open(request, written),
        stale=approval.stale,
        labels=item_labels(request),
        stations=(stations := station_views(request, state)),
        stations_now=stations_now(request, stations),
        open_items=(open_items := unapproved(request, state)),
        stations_with_count=_later(state.assessment) if open_items and not open_items["changed"] else (),
    )


def _groups(moved: Mapping[str, Mapping[str, Any]], listed: Sequence[ItemState]) -> dict[str, Any]:
    """Return which items have one changed sentence only, or only numbers that others have, or another order."""
    return {
        "rowed": {each.item.id: one_sentence(moved[each.item.id], each.item.kind) for each in listed},
        "alike": items_changed_alike(moved, listed),
        "above": shown_above(moved, listed),
        "plain": [each.item.id for each in listed if is_plain(moved[each.item.id])],
    }


def _left_open(request: PageRequest, written: Sequence[Proposal]) -> dict[str, Any]:
    """Return what changes leave open, without the texts kept by changes that the page shows."""
    found = open_points(request)
    shown = {(edit.place, edit.text) for each in written for edit in each.edits if isinstance(edit, KeepEdit)}
    left = [(each, why) for each, why in found["left"] if (each.place.file, each.sentence) not in shown]
    return {**found, "left": left}


def stations_now(request: PageRequest, stations: Sequence[Mapping[str, Any]]) -> str:
    """Return in one sentence which station can be passed now and by whom, or why none can; "" if all are passed."""
    waiting = [each for each in stations if each["state"] != "passed"]
    if not waiting:
        return ""
    step = min(each["step"] for each in waiting)
    now = [each for each in waiting if each["step"] == step]
    vacant = tr_list(each["name"] for each in waiting if each["vacant"])
    if any(each["vacant"] for each in now):
        return request.text(tr(NOBODY_NOW, stations=vacant))
    listed = request.text(tr_list((tr("{name} ({what})", name=each["name"], what=each["who"]) for each in now), "; "))
    lacking = request.text(tr(NOBODY_LATER, stations=vacant)) if any(each["vacant"] for each in waiting) else ""
    return " ".join(filter(None, (request.text(tr("To be passed now: {stations}.", stations=listed)), lacking)))


def _chosen(
    request: PageRequest, states: Sequence[ItemState], wanted: str, find: str, groups: Mapping[str, Collection[str]]
) -> list[ItemState]:
    """Return the items of a state that contain a word; of changed items, those of first pages first."""
    found = [each for each in states if _is_wanted(each, wanted, groups)]
    found = [each for each in found if is_found(find, "\n".join((each.item.id, *each.item.texts.values())))]
    by_id = {each.item.id: each for each in found}
    return [by_id[each] for each in in_reading_order(request, by_id)] if wanted in groups else found


def _is_wanted(each: ItemState, wanted: str, groups: Mapping[str, Collection[str]]) -> bool:
    if wanted in groups:
        return each.item.id in groups[wanted]
    return is_unread(each, groups) if wanted == PENDING else each.state == wanted


def _address(wanted: str, find: str, start: int) -> str:
    asked = {"state": wanted, "find": find, "from": str(start) if start else ""}
    return "/review?" + urlencode({key: value for key, value in asked.items() if value})


def _turned(wanted: str, find: str, start: int, count: int) -> dict[str, Any]:
    """Return the items of a page, its start, their total number, and the addresses of it and its neighbours."""
    starts = {"before": start - ITEMS_PER_PAGE, "after": start + ITEMS_PER_PAGE}
    beside = {key: _address(wanted, find, at) if 0 <= at < count else "" for key, at in starts.items()}
    here = {"wanted": wanted, "find": find, "here": _address(wanted, find, start), "start": start}
    return {**beside, **here, "total": count, "step": ITEMS_PER_PAGE}


def _gone(
    request: PageRequest, state: WorkspaceState, before: RecordedItems | None, wanted: str
) -> list[dict[str, object]]:
    """Return the items removed by changes written here or, unless `wanted` is CHANGED, those removed otherwise."""
    moved, gone = moved_by_changes(request, state), gone_since(before, state.approval.states)
    found = {item: each for item, each in gone.items() if (moved is None or item in moved) == (wanted == CHANGED)}
    labels, why = called_before(request, state) if found else {}, written_reasons(request, state)
    return [{**each, "label": labels.get(item, ""), "why": why.get(item, "")} for item, each in found.items()]


def station_views(request: PageRequest, state: WorkspaceState) -> list[dict[str, object]]:
    """Return the state of the edition at each station, and whether the reader may pass it or return it there."""
    known, changes = _with_accounts(request, state.assessment), applied_changes(request.studio.root)
    asked = "stations", changes, repr(known.project.stations.accounts)
    found = request.studio.cached(asked, state, lambda: sign_off(known, state.documents, changes))
    name, views = request.author().name, list[dict[str, object]]()
    for each in found.passage.states:
        refusals = found.passage.refusals_to_pass(each.station.id, name) if name else []
        plan = found.passage.plan
        concerned = plan.role_of(each.station, name) is not None  # others see who may pass it
        first = [b.station for b in found.passage.states if b.state != "passed" and b.station.step < each.station.step]
        then = plan.step(each.station.step + 1)
        views.append(
            {
                "id": each.station.id,
                "name": request.called(each.station.name, each.station.id),
                "state": "lapsed" if each.lapsed else each.state,
                "passing": each.passing,
                "who": _who_may(request, plan, each.station),
                "vacant": plan.is_vacant(each.station),
                "roles": each.station.by,
                "first": _names(request, first) if concerned else "",
                "then": _names(request, then),
                "step": each.station.step,
                "then_vacant": any(map(plan.is_vacant, then)),
                "refusals": [request.text(problem.what) for problem in refusals if concerned],
                "open": each.state != "passed" and bool(name) and not refusals,
            }
        )
    return views


def _names(request: PageRequest, stations: Sequence[Station]) -> str:
    """Return the names of stations in the reader's language."""
    return request.text(tr_list(request.called(each.name, each.id) for each in stations))


def _with_accounts(request: PageRequest, assessment: Assessment) -> Assessment:
    """Return an assessed edition whose stations know the accounts, if there are any."""
    stations = replace(assessment.project.stations, accounts=request.plan.accounts)
    return replace(assessment, project=replace(assessment.project, stations=stations))


def _who_may(request: PageRequest, plan: StationPlan, station: Station) -> str:
    """Return who may pass a station in the reader's language: people, or a role that names nobody.

    With accounts, only they hold roles; a role may have nobody yet.
    """
    named = [plan.roles[each] for each in station.by if each in plan.roles and not plan.roles[each].people]
    roles = [request.called(role.name, role.id) for role in named]
    holders = plan.holders(station)
    if roles and plan.is_vacant(station):
        return request.text(tr("nobody has an account for it yet: {names}", names=tr_list(roles)))
    names = [*holders, *(roles if plan.accounts is None else ())]
    return request.text(
        tr("may be passed by {names}", names=tr_list(names)) if names else tr("may be passed by anybody")
    )


def apply(request: PageRequest) -> Response:
    """Write the draft changes into the workspace; if requested, pass the first station with them."""
    if refused := attempted(request, lambda: request.studio.apply(request.author(), request.field("why"))):
        return refused
    state, station = request.studio.state(), first_station(request)
    if not isinstance(state, WorkspaceState):
        return go("/?done=applied")
    asked = {"state": CHANGED, "written": "yes"}
    if station and request.field("station") == station["id"]:
        with suppress(JianbaoError):  # the page shows the station with what prevents passing it
            _pass(request, _with_accounts(request, state.assessment), station["id"], "")
            asked["passed"] = station["id"]
    return go("/review?" + urlencode(asked))


def _pass(request: PageRequest, assessment: Assessment, station: str, comment: str, returning: bool = False) -> None:
    author = request.author()
    local = datetime.fromisoformat(author.at).astimezone().isoformat(timespec="seconds")
    decided = return_at_station if returning else pass_station
    with request.studio.writing():
        decided(request.studio.root, assessment, station, replace(author, at=local), comment)


def sign(request: PageRequest) -> Response:
    """Pass the edition at a station, or return it there; ask first if items are not approved."""
    station, comment, state = request.field("station"), request.field("comment"), whole(request)
    known, returning = _with_accounts(request, state.assessment), request.field("verdict") == "return"
    open_items = unapproved(request, state) if station in _later(known) and not returning else {}
    is_counted = not open_items.get("changed") and request.field("told") == str(open_items.get("count"))
    if open_items and not request.field("confirmed") and not is_counted:
        return page(request, "confirm_station", station=station, comment=comment, **open_items)
    _pass(request, known, station, comment, returning)
    return go("/review" if returning else "/review?" + urlencode({"state": CHANGED, "passed": station}))


def _later(assessment: Assessment) -> frozenset[str]:
    """Return the stations after the first, which show how many items are not approved."""
    return frozenset(each.id for each in assessment.project.stations.stations if each.step)


def unapproved(request: PageRequest, state: WorkspaceState) -> dict[str, int]:
    """Return the numbers of items that are not approved: all, changed, and the rest; nothing if all are approved."""
    states, groups = state.approval.states, to_be_read(request, state)
    count, rest = sum(each.state != "approved" for each in states), sum(is_unread(each, groups) for each in states)
    own = len(groups[CHANGED]) if request.studio.written() else 0
    return {"count": count, "changed": sum(map(len, groups.values())), "rest": rest, "own": own} if count else {}


def decide(request: PageRequest) -> Response:
    """Approve the chosen items, or return them with a comment; they must not have changed since they were shown."""
    state = whole(request)
    names = request.form.get("item", ())
    shown = dict(each.partition("=")[::2] for each in request.form.get("content", ()))
    changed = [
        each.item.id
        for each in state.approval.states
        if each.item.id in names and shown.get(each.item.id) != each.item.content
    ]
    if changed:
        return page(request, "changed_items", 409, items=changed, labels=item_labels(request))
    back = request.field("back")
    back = back if back.startswith(("/review", "/brief")) else "/review"
    verdict = request.field("verdict")
    if verdict == "return" and not request.field("comment").strip():
        what = tr("an item is returned with a comment")
        raise UsageError(Problem(Place(names[0] if names else "review"), what, tr("say what is to be done")))
    recorded = partial(approve_items, every=False, read=None)
    if verdict == "return":
        recorded = partial(return_items, comment=request.field("comment"))
    for _ in recorded(
        root=request.studio.root, assessment=state.assessment, names=names, reviewer=request.author(), json_wanted=False
    ):
        pass
    if verdict == "approve_build":
        with suppress(JianbaoError):  # a command runs already: the page has the button to build
            run(request, "build")
            return go("/")
    query = urlencode({"done": names[0], "count": len(names)}) if names else ""
    return go(f"{back}{'&' if '?' in back else '?'}{query}")
