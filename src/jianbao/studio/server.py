"""Run the HTTP server of the studio, for this machine or by TLS for others; it disconnects silent clients."""

import socket
import ssl
from asyncio import TimerHandle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EADDRNOTAVAIL
from pathlib import Path
from threading import Thread
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from jianbao.core.errors import Place, Problem, UsageError
from jianbao.core.messages import tr, tr_error
from jianbao.studio.guard import LOOPBACK

SILENCE = 15.0  # seconds within which a client must have sent its whole request
WAITING = (h11.IDLE, h11.SEND_BODY)  # states in which a client still has something to send
LONGEST_HEAD = 1_000_000  # bytes: browsers send the cookies of all programs on this host, some 4,000 bytes each


class TimedProtocol(H11Protocol):
    """Disconnects a client that does not send its request in time: uvicorn itself waits forever."""

    _deadline: TimerHandle | None = None
    _awaits: object = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._forget()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take the data of a client; the time limit for a whole request does not restart with each byte."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request of the same client."""
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        state = self.conn.their_state
        if state not in WAITING:
            self._forget()
        elif state is not self._awaits:
            self._forget()
            self._awaits = state
            self._deadline = self.loop.call_later(SILENCE, self._hang_up)

    def _forget(self) -> None:
        self._awaits = None
        if self._deadline:
            self._deadline.cancel()

    def _hang_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


def listen(port: int, host: str = "") -> socket.socket:
    """Return a socket on this machine's local address, or on that of a name; port 0 takes any free port.

    Raises UsageError if the port is taken, or if the name has no address of this machine.
    """
    try:
        family, *_, place = socket.getaddrinfo(host or LOOPBACK[0], port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        what = tr("'{value}' is no address of this machine", value=host)
        raise UsageError(Problem(Place("--host"), what, tr("name it as browsers reach it"))) from error
    made = socket.socket(family)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind(place)
        made.listen()
    except OSError as error:
        made.close()
        if error.errno == EADDRNOTAVAIL:
            what = tr("'{value}' is no address of this machine", value=host)
            raise UsageError(Problem(Place("--host"), what, tr("name it as browsers reach it"))) from error
        hint = tr("choose another one with --port, or 0 for any that is free")
        what = tr("{what}: {error}", what=port, error=tr_error(error))
        raise UsageError(Problem(Place("--port"), what, hint)) from error
    return made


def read_certificate(certificate: Path, key: Path) -> ssl.SSLContext:
    """Return the TLS context; raises UsageError for files that do not match, and for a key with a passphrase."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        made.load_cert_chain(certificate, key, password=lambda: "")
    except OSError as error:
        what = tr("certificate and key cannot be used: {error}", error=tr_error(error))
        hint = tr("give both as PEM files, with the chain in the certificate and the key without a passphrase")
        raise UsageError(Problem(Place("--certificate"), what, hint)) from error
    return made


@contextmanager
def serving(
    app: ASGIApp, bound: socket.socket, ending: Callable[[], None], tls: ssl.SSLContext | None = None
) -> Iterator[None]:
    """Serve an application on a socket while the context is open; `ending` is called before the server ends."""
    config = uvicorn.Config(
        app,
        http=TimedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        h11_max_incomplete_event_size=LONGEST_HEAD,
        timeout_graceful_shutdown=1,
    )
    config.load()
    config.ssl = tls
    server = uvicorn.Server(config)
    worker = Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    worker.start()
    try:
        while not server.started and worker.is_alive():
            worker.join(0.01)
        yield
    finally:
        ending()
        server.should_exit = True
        worker.join()
        bound.close()
