"""Assemble the studio as one application: map addresses to pages, sign people in, report changed files."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from watchfiles import awatch

from jianbao.app.workspace import FOLDERS
from jianbao.core.errors import JianbaoError, UsageError
from jianbao.core.messages import tr, tr_later
from jianbao.render.html.templates import built_in_text
from jianbao.studio.accounts import TooManyError
from jianbao.studio.guard import (
    ASSETS,
    NEWS,
    SIGN_IN,
    TOO_LARGE,
    Access,
    Guard,
    account_in,
    cookies_in,
    inside,
    refused_page,
)
from jianbao.studio.page_requests import (
    FOLDER,
    LONGEST_NAME,
    Handler,
    PageRequest,
    endpoint,
    first_problem,
    go,
    page,
    read_request,
)
from jianbao.studio.pages import (
    brief,
    changed_pages,
    changes,
    compare,
    given_answers,
    hand_over,
    help_pages,
    history,
    home,
    intake,
    log,
    review,
    tables,
)
from jianbao.studio.session import StudioSession

PATIENCE = 20.0  # seconds after which a waiting browser is answered that nothing has changed
SETTLED = 60  # milliseconds to wait for further changes: an editor saves in several steps
SCRIPTS = {"studio.css": "text/css", "studio.js": "text/javascript", "grid.js": "text/javascript"}
SCRIPTS |= {"chips.js": "text/javascript"}
GET_HANDLERS: dict[str, Handler] = {
    "/": home.home,
    "/due": home.due,
    "/job": home.job,
    "/files/{name:path}": home.finished,
    "/package/{name}": home.packed_letter,
    "/changed/{language}/{name}": changed_pages.marked_pdf,
    "/brief": brief.brief,
    "/brief/block/{block:path}": brief.block,
    "/brief/wording/{wording:path}": brief.wording,
    "/preview/{product}": brief.shown,
    "/preview/{product}/state": brief.preview_state,
    "/facts/{fact:path}": brief.fact,
    "/data": tables.tables,
    "/data/{table}": tables.table,
    "/history/row/{table}": history.row_history,
    "/history/sentence/{wording:path}": history.sentence_history,
    "/intake": intake.intake,
    "/intake/template": intake.template,
    "/framework": tables.framework,
    "/review": review.review,
    "/changes": changes.changes,
    "/compare": compare.compare,
    "/hand-over": hand_over.hand_over,
    "/help": help_pages.help_page,
    "/machine": help_pages.machine,
    "/log": log.log,
}
POST_HANDLERS: dict[str, Handler] = {
    "/job/start": home.start,
    "/job/cancel": home.cancel,
    "/brief/wording/{wording:path}": brief.write,
    "/data/{table}/cell": tables.change_cell,
    "/data/{table}/paste": tables.paste,
    "/data/{table}/row": history.add_row,
    "/intake/file": intake.upload,
    "/intake/answers": intake.answer,
    "/intake/end": intake.write,
    "/framework/weight": history.change_weight,
    "/review": review.decide,
    "/stations": review.sign,
    "/changes/answer": given_answers.answer,
    "/changes/apply": review.apply,
    "/changes/propose": history.propose,
    "/changes/drop": history.drop,
    "/changes/mine": history.keep_mine,
    "/proposals/{name}/take": history.take_over,
    "/proposals/{name}/undo": history.undo,
}


# The right needed to send something, by the beginning of its address; a station checks its own people itself.
NEEDED = {"/job/": "work", "/review": "approve", "/stations": ""}


def right_for(path: str) -> str:
    """Return the right that is needed to send something to an address: "edit" if nothing else is declared."""
    return next((right for start, right in NEEDED.items() if path.startswith(start)), "edit")


class FileNews:
    """Counts the changes of a workspace's files; browsers that wait for the next one are answered."""

    def __init__(self, root: Path) -> None:
        self._root, self._turn, self._changed = root, 0, asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = False
        self._session = token_hex(8)  # different in each server: a browser notices a restart

    async def follow(self) -> None:
        """Watch the files until the task is cancelled."""
        self._loop = asyncio.get_running_loop()
        folders = [self._root / folder for folder in FOLDERS if (self._root / folder).is_dir()]
        async for _ in awatch(*folders, step=SETTLED, debounce=1000, rust_timeout=500):
            self._turn += 1
            self._wake_waiting()

    def end(self) -> None:
        """Answer all browsers that wait, from another thread: the server is about to end."""
        self._ended = True
        if self._loop:
            self._loop.call_soon_threadsafe(self._wake_waiting)

    def _wake_waiting(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def answer(self, http_request: Request) -> Response:
        """Answer with the number of changes of the files, as soon as it differs from the one the browser knows."""
        if http_request.query_params.get("turn") == str(self._turn) and not self._ended:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), PATIENCE)
        return JSONResponse({"turn": self._turn, "session": self._session})


def application(studio: StudioSession, access: Access) -> tuple[ASGIApp, Callable[[], None]]:
    """Return the whole studio with the guard around it, and a function to call before its server ends."""
    news = FileNews(studio.root)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        following = asyncio.create_task(news.follow())
        try:
            yield
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following

    routes = [
        *(Route(path, endpoint(studio, handler), methods=["GET"]) for path, handler in GET_HANDLERS.items()),
        *(
            Route(path, endpoint(studio, handler, path, right_for(path)), methods=["POST"])
            for path, handler in POST_HANDLERS.items()
        ),
        Route(SIGN_IN, _signing_in(studio, access), methods=["GET", "POST"]),
        Route("/sign-out", _signing_out(studio, access), methods=["POST"]),
        Route("/here", endpoint(studio, help_pages.here), methods=["POST"]),
        Route("/changes/source", endpoint(studio, given_answers.fill_in), methods=["POST"]),
        Route("/changes/rest", endpoint(studio, given_answers.ask_rest), methods=["POST"]),
        Route("/settings", endpoint(studio, help_pages.settled), methods=["POST"]),
        Route(NEWS, news.answer, methods=["GET"]),
        Route("/assets/{name}", _asset, methods=["GET"]),
    ]
    refused = _refused(studio, access)
    app = Starlette(routes=routes, lifespan=lifespan, exception_handlers={HTTPException: refused, 500: refused})
    return Guard(app, access), news.end


REFUSALS: Mapping[int, str] = {  # the explanation for each status
    404: tr_later("There is no such page."),
    405: tr_later("Only the buttons of the pages use this address."),
    413: TOO_LARGE,
    500: tr_later("The studio has met a fault of its own: try it again; if it stays, tell the administrator."),
}


def _refused(studio: StudioSession, access: Access) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Return the handler that shows a page for an unknown address, or for a fault of the studio."""

    async def answer(http_request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        message = REFUSALS.get(status, REFUSALS[500])
        stranger = access.sign_in is not None and account_in(http_request.scope) is None
        if stranger or "x-fragment" in http_request.headers or http_request.url.path.startswith(ASSETS):
            return refused_page(status, message)
        request = await read_request(
            studio, Request({**http_request.scope, "method": "GET"})
        )  # what was sent is not read
        return await run_in_threadpool(page, request, "problems", status, errors=(), title=request.text(tr(message)))

    return answer


async def _asset(http_request: Request) -> Response:
    """Return a script or the style sheet."""
    name = http_request.path_params["name"]
    if name not in SCRIPTS:
        raise HTTPException(404)
    return Response(built_in_text(f"{FOLDER}/{name}"), media_type=SCRIPTS[name])


# Signing in and out


def _signing_in(studio: StudioSession, access: Access) -> Callable[[Request], Awaitable[Response]]:
    """Return the handler that shows the page for name and password, and begins a session with them."""

    async def answer(http_request: Request) -> Response:
        request = await read_request(studio, http_request)
        former = cookies_in(http_request.scope, access.cookie)
        address = http_request.client.host if http_request.client else ""
        return await run_in_threadpool(_signed_in, request, access, former, address)

    return answer


def _signed_in(request: PageRequest, access: Access, former: Sequence[str], address: str) -> Response:
    place = inside(request.field("to") or request.query.get("to", "/"))
    if access.sign_in is None:
        return go(place)
    name = " ".join(request.field("name").split())[:LONGEST_NAME]
    if not request.form:
        return page(request, "sign_in", to=place, name=request.query.get("name", "")[:LONGEST_NAME], errors=())
    log = partial(request.studio.audit.write, at=request.studio.clock(), by=name, did=SIGN_IN, what=address)
    try:
        request.studio.audit.check()
        token = access.sign_in.sign_in(name, request.field("password"), address, former)
    except TooManyError as error:  # not in the log, so that nobody can fill it
        return page(request, "sign_in", HTTPStatus.TOO_MANY_REQUESTS, to=place, name=name, errors=(error,))
    except UsageError as error:
        log(result=f"refused: {first_problem(request, error)}")
        return page(request, "sign_in", HTTPStatus.FORBIDDEN, to=place, name=name, errors=(error,))
    except JianbaoError as error:
        return page(request, "sign_in", HTTPStatus.CONFLICT, to=place, name=name, errors=(error,))
    log(result="done")
    response = go(place)
    access.keep(response, token)
    return response


def _signing_out(studio: StudioSession, access: Access) -> Callable[[Request], Awaitable[Response]]:
    """Return the handler that ends the session of a request."""

    async def answer(http_request: Request) -> Response:
        following = dict[str, str]()  # the user name to sign in with next on this machine, and the page to go to
        if access.sign_in:
            access.sign_in.sign_out(cookies_in(http_request.scope, access.cookie))
            request = await read_request(studio, http_request)
            following = {"name": request.field("next"), "to": request.field("to")}
            await run_in_threadpool(request.log, "/sign-out", "", "done")
        asked = urlencode({key: each for key, each in following.items() if each})
        response = go(f"{SIGN_IN}?{asked}" if asked else SIGN_IN)
        access.keep(response, "")
        return response

    return answer
