"""The preview's HTTP server, for this machine only: it shows the last good page and announces the next one."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_hex
from string import Template
from threading import Condition, Event, Thread
from typing import Any

from watchfiles import watch

from jianbao.app.workspace import FOLDERS
from jianbao.core.errors import Place, Problem, UsageError
from jianbao.core.messages import in_ui_language, tr, tr_error, ui_language, verbatim
from jianbao.render.html.templates import built_in_text
from jianbao.studio.session import Preview, PreviewSession

LOOPBACK = "127.0.0.1"
NAMES = (LOOPBACK, "localhost")
PATIENCE = 15.0  # seconds after which a waiting browser is told that nothing has changed
SETTLED = 60  # milliseconds without a further change: an editor saves in several steps
KINDS = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
SILENCE = 10.0  # seconds after which an idle client is disconnected
LONGEST_TURN = 9  # digits
# What each answer may do, and who may show it in a frame: the page this server's own frame, the frame nobody.
NO_SCRIPT = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; frame-ancestors 'self'"
OWN_SCRIPT = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'; "
    "frame-src 'self'; frame-ancestors 'none'"
)
IN_FRAME = "frame-ancestors 'self'"
EVERY = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}


@dataclass
class PreviewState:
    """The newest proof; clients that wait for the next one are notified.

    `session` is another one in each server, so that a browser notices that its server was started again.
    """

    proof: Preview = field(default_factory=Preview)
    turn: int = 0
    session: str = field(default_factory=lambda: token_hex(8))
    news: Condition = field(default_factory=Condition)

    def hang(self, proof: Preview) -> None:
        """Show a proof and wake all who wait."""
        with self.news:
            self.proof, self.turn = proof, self.turn + 1
            self.news.notify_all()

    def after(self, turn: int) -> tuple[int, Preview]:
        """Return the newest proof and its turn, after waiting for one that is newer than `turn`."""
        with self.news:
            self.news.wait_for(lambda: self.turn != turn, PATIENCE)
            return self.turn, self.proof


class _Server(ThreadingHTTPServer):
    """A server that says nothing of browsers which hang up."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of what went wrong, unless it is only that somebody has gone."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@contextmanager
def serving(previews: PreviewSession, port: int, told: Callable[[Preview], None] = lambda _: None) -> Iterator[str]:
    """Serve proofs at the address that is yielded, and pull a new one whenever a file of the workspace changes.

    Raises UsageError, before anything is pulled, if the port is taken.
    """
    board = PreviewState()
    try:
        server = _Server((LOOPBACK, port), _handler(board, previews.product.format))
    except OSError as error:
        hint = tr("choose another one with --port, or 0 for any that is free")
        raise UsageError(
            Problem(Place("--port"), tr("{what}: {error}", what=port, error=tr_error(error)), hint)
        ) from error
    with server:
        board.proof = previews.pull()
        told(board.proof)
        yield from _served(server, previews, board, told)


def _served(
    server: _Server, previews: PreviewSession, board: PreviewState, told: Callable[[Preview], None]
) -> Iterator[str]:
    """Serve and watch the files while the context is open."""
    stop = Event()
    workers = [Thread(target=server.serve_forever), Thread(target=_follow, args=(previews, board, stop, told))]
    for worker in workers:
        worker.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}/"
    finally:
        stop.set()
        server.shutdown()
        for worker in workers:
            worker.join()


def _follow(previews: PreviewSession, board: PreviewState, stop: Event, told: Callable[[Preview], None]) -> None:
    folders = [Path(previews.root, folder) for folder in FOLDERS]
    for _ in watch(*folders, stop_event=stop, debounce=1000, step=SETTLED, rust_timeout=200, raise_interrupt=False):
        proof = previews.pull()
        told(proof)
        board.hang(proof)


def state(turn: int, proof: Preview) -> dict[str, object]:
    """Return what the browser is told of a proof."""
    problems = [
        {
            "who": in_ui_language(who),
            "where": str(cause.problem.where),
            "what": in_ui_language(cause.problem.what),
            "hint": "\n".join(in_ui_language(remark) for remark in cause.remarks() if remark),
        }
        for who, causes in proof.causes()
        for cause in causes
    ]
    return {"turn": turn, "number": proof.number, "changed": proof.changed, "problems": problems}


def is_own(headers: Message, port: int) -> bool:
    """Return whether this server's own page asks, or somebody who typed its address, and no page of another site."""
    hosts = [f"{name}:{port}" for name in NAMES]
    origin = headers.get("Origin")
    known = origin is None or origin in [f"http://{host}" for host in hosts]
    return headers.get("Host") in hosts and known and headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin")


def _shell() -> str:
    """Return the page around the brief, in the user's language; its script fills in {count} and {who}."""
    texts = {
        "language": verbatim(ui_language()),
        "preview": tr("jianbao preview"),
        "brief": tr("The brief"),
        "last": tr("The page is the last one without problems."),
        "gone": tr("The preview has ended; this page follows no change. Start it again: jianbao preview"),
        "one": tr("{count} problem", count="{count}"),
        "many": tr("{count} problems", count="{count}"),
        "whom": tr("for the {who}", who="{who}"),
    }
    page = Template(built_in_text("templates/preview/shell.html"))
    return page.substitute({name: in_ui_language(text) for name, text in texts.items()})


def _handler(board: PreviewState, form: str) -> type[BaseHTTPRequestHandler]:
    shell = _shell().encode()

    class Handler(BaseHTTPRequestHandler):
        """Answers with the frame, the page in it, or what is new since a turn."""

        timeout = SILENCE

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            if not is_own(self.headers, self.connection.getsockname()[1]):
                self.send_error(HTTPStatus.FORBIDDEN)
            elif path == "/":
                self._send(shell, KINDS["html"], OWN_SCRIPT)
            elif path == "/page":
                self._send(board.proof.page, KINDS[form], NO_SCRIPT if form == "html" else IN_FRAME)
            elif path == "/state":
                known = query.isdecimal() and len(query) <= LONGEST_TURN
                turn, proof = board.after(int(query) if known else -1)
                told = {"format": form, "session": board.session, **state(turn, proof)}
                self._send(json.dumps(told, ensure_ascii=False).encode(), "application/json", NO_SCRIPT)
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def _send(self, content: bytes, kind: str, policy: str) -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Security-Policy", policy)
            with suppress(OSError):  # a browser that has gone, or takes nothing, needs no answer
                self.end_headers()
                self.wfile.write(content)

        def end_headers(self) -> None:
            for name, value in EVERY.items():
                self.send_header(name, value)
            super().end_headers()

        def log_message(self, *_: Any) -> None:
            """Keep quiet: the command line tells of each proof."""

    return Handler
