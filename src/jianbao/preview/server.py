"""The server of a preview: on this machine only, it shows the last good page and tells the browser of the next one."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Condition, Event, Thread
from typing import Any

from watchfiles import watch

from jianbao.errors import Place, Problem, UsageError
from jianbao.preview.proof import Proof, Proofs
from jianbao.publication.templates import built_in_text
from jianbao.workspace import FOLDERS

LOOPBACK = "127.0.0.1"
NAMES = (LOOPBACK, "localhost")
PATIENCE = 15.0  # seconds after which a waiting browser is told that nothing has changed
SETTLED = 60  # milliseconds without a further change: an editor saves in several steps
KINDS = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
NO_SCRIPT = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:"


@dataclass
class Board:
    """Where the newest proof hangs; whoever waits for the next one is woken."""

    proof: Proof
    turn: int = 0
    news: Condition = field(default_factory=Condition)

    def hang(self, proof: Proof) -> None:
        """Show a proof and wake all who wait."""
        with self.news:
            self.proof, self.turn = proof, self.turn + 1
            self.news.notify_all()

    def after(self, turn: int) -> tuple[int, Proof]:
        """Return the newest proof and its turn, after waiting for one that is newer than `turn`."""
        with self.news:
            self.news.wait_for(lambda: self.turn != turn, PATIENCE)
            return self.turn, self.proof


@contextmanager
def serving(proofs: Proofs, port: int, told: Callable[[Proof], None] = lambda _: None) -> Iterator[str]:
    """Serve proofs at the address that is yielded, and pull a new one whenever a file of the workspace changes."""
    board = Board(proofs.pull())
    told(board.proof)
    try:
        server = ThreadingHTTPServer((LOOPBACK, port), _handler(board, proofs.product.format))
    except OSError as error:
        hint = "choose another one with --port, or 0 for any that is free"
        raise UsageError(Problem(Place("--port"), f"{port}: {error.strerror}", hint)) from error
    server.daemon_threads = True
    stop = Event()
    workers = [Thread(target=server.serve_forever), Thread(target=_follow, args=(proofs, board, stop, told))]
    for worker in workers:
        worker.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}/"
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        for worker in workers:
            worker.join()


def _follow(proofs: Proofs, board: Board, stop: Event, told: Callable[[Proof], None]) -> None:
    folders = [Path(proofs.root, folder) for folder in FOLDERS]
    for _ in watch(*folders, stop_event=stop, debounce=1000, step=SETTLED, rust_timeout=200, raise_interrupt=False):
        proof = proofs.pull()
        told(proof)
        board.hang(proof)


def state(turn: int, proof: Proof) -> dict[str, object]:
    """Return what the browser is told of a proof."""
    problems = [
        {"who": who, "where": str(problem.where), "what": problem.what, "hint": problem.hint}
        for who, problem in proof.problems
    ]
    return {"turn": turn, "number": proof.number, "changed": proof.changed, "problems": problems}


def _handler(board: Board, form: str) -> type[BaseHTTPRequestHandler]:
    shell = built_in_text("preview/shell.html").encode()

    class Handler(BaseHTTPRequestHandler):
        """Answers with the frame, the page in it, or what is new since a turn."""

        def do_GET(self) -> None:
            host = self.headers.get("Host", "").rsplit(":", 1)[0]
            path, _, query = self.path.partition("?")
            if host not in NAMES:
                self.send_error(HTTPStatus.FORBIDDEN)
            elif path == "/":
                self._send(shell, KINDS["html"])
            elif path == "/page":
                self._send(board.proof.page, KINDS[form], NO_SCRIPT if form == "html" else "")
            elif path == "/state":
                turn, proof = board.after(int(query) if query.isdecimal() else -1)
                told = {"format": form, **state(turn, proof)}
                self._send(json.dumps(told, ensure_ascii=False).encode(), "application/json")
            else:
                self.send_error(HTTPStatus.NOT_FOUND)

        def _send(self, content: bytes, kind: str, policy: str = "") -> None:
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            if policy:
                self.send_header("Content-Security-Policy", policy)
            with suppress(ConnectionError):  # a browser that has gone needs no answer
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Keep quiet: the command line tells of each proof."""

    return Handler
