"""The studio as one application: which address leads to which page, and how browsers hear of changed files."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from secrets import token_hex

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp
from watchfiles import awatch

from jianbao.app.workspace import FOLDERS
from jianbao.render.html.templates import built_in_text
from jianbao.studio.guard import Access, Guard
from jianbao.studio.pages import (
    brief,
    changes,
    compare,
    framework,
    hand_over,
    history,
    home,
    intake,
    review,
    tables,
)
from jianbao.studio.pages import help as reference
from jianbao.studio.session import StudioSession
from jianbao.studio.visits import FOLDER, Handler, endpoint, settled

PATIENCE = 20.0  # seconds after which a waiting browser is told that nothing has changed
SETTLED = 60  # milliseconds without a further change: an editor saves in several steps
ASSETS = {"studio.css": "text/css", "studio.js": "text/javascript", "grid.js": "text/javascript"}
ASSETS |= {"chips.js": "text/javascript"}
SHOWN: dict[str, Handler] = {
    "/": home.home,
    "/due": home.due,
    "/job": home.job,
    "/files/{name:path}": home.finished,
    "/brief": brief.brief,
    "/brief/block/{block:path}": brief.block,
    "/brief/wording/{wording:path}": brief.wording,
    "/preview/{product}": brief.shown,
    "/preview/{product}/state": brief.preview_state,
    "/facts/{fact:path}": brief.fact,
    "/data": tables.tables,
    "/data/{table}": tables.table,
    "/history/row/{table}": history.of_row,
    "/history/sentence/{wording:path}": history.of_sentence,
    "/intake": intake.intake,
    "/framework": framework.framework,
    "/review": review.review,
    "/changes": changes.changes,
    "/compare": compare.compare,
    "/hand-over": hand_over.hand_over,
    "/help": reference.help_page,
    "/machine": reference.machine,
    "/log": history.log,
}
SENT: dict[str, Handler] = {
    "/job/start": home.start,
    "/job/cancel": home.cancel,
    "/brief/wording/{wording:path}": brief.write,
    "/data/{table}/cell": tables.change_cell,
    "/data/{table}/paste": tables.paste,
    "/data/{table}/row": tables.add_row,
    "/intake/file": intake.upload,
    "/intake/answers": intake.answer,
    "/intake/end": intake.write,
    "/framework/weight": framework.change_weight,
    "/review": review.decide,
    "/stations": review.sign,
    "/changes/apply": changes.apply,
    "/changes/propose": changes.propose,
    "/changes/drop": changes.drop,
    "/changes/mine": changes.keep_mine,
    "/proposals/{name}/take": changes.take_over,
    "/proposals/{name}/undo": changes.undo,
}


class FileNews:
    """Counts the changes of a workspace's files; browsers that wait for the next one are answered."""

    def __init__(self, root: Path) -> None:
        self._root, self._turn, self._changed = root, 0, asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = False
        self._session = token_hex(8)  # another one in each server: a browser notices that it was started again

    async def follow(self) -> None:
        """Watch the files until the task is cancelled."""
        self._loop = asyncio.get_running_loop()
        folders = [self._root / folder for folder in FOLDERS if (self._root / folder).is_dir()]
        async for _ in awatch(*folders, step=SETTLED, debounce=1000, rust_timeout=500):
            self._turn += 1
            self._tell()

    def end(self) -> None:
        """Answer all browsers that wait, from another thread: the server is about to end."""
        self._ended = True
        if self._loop:
            self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def answer(self, request: Request) -> Response:
        """Say how often the files have changed, as soon as that is another number than the browser knows."""
        if request.query_params.get("turn") == str(self._turn) and not self._ended:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), PATIENCE)
        return JSONResponse({"turn": self._turn, "session": self._session})


def application(studio: StudioSession, access: Access) -> tuple[ASGIApp, Callable[[], None]]:
    """Return the whole studio, with the guard around it, and what is called before its server ends."""
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
        *(Route(path, endpoint(studio, handler), methods=["GET"]) for path, handler in SHOWN.items()),
        *(Route(path, endpoint(studio, handler, path), methods=["POST"]) for path, handler in SENT.items()),
        Route("/here", endpoint(studio, home.here), methods=["POST"]),
        Route("/settings", endpoint(studio, settled), methods=["POST"]),
        Route("/news", news.answer, methods=["GET"]),
        Route("/assets/{name}", _asset, methods=["GET"]),
    ]
    return Guard(Starlette(routes=routes, lifespan=lifespan), access), news.end


async def _asset(request: Request) -> Response:
    """Return a script or the style sheet."""
    name = request.path_params["name"]
    if name not in ASSETS:
        return PlainTextResponse("404\n", 404)
    return Response(built_in_text(f"{FOLDER}/{name}"), media_type=ASSETS[name])
