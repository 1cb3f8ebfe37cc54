"""Who may ask the studio, and what its answers allow a browser: an ASGI layer around all pages.

The studio listens on this machine alone. Its address holds a token, which the browser keeps as a cookie. A page of
another site can neither read an answer nor send a form: host, origin and the browser's own word on where a request
comes from are checked before anything is looked up.
"""

import hmac
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jianbao.core.messages import tr

LOOPBACK = ("127.0.0.1", "localhost")
OPEN = "/open"  # the page that takes the token
SAFE = ("GET", "HEAD")
LARGEST = 20_000_000  # bytes of what a browser may send: a workbook
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The previewed page runs no script, and only the studio shows it in a frame.
PAGE_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; sandbox allow-same-origin; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
FORWARD = (
    '<!DOCTYPE html><html lang="zh"><meta charset="utf-8"><title>jianbao</title>'
    '<link rel="icon" href="data:,">'
    '<meta http-equiv="refresh" content="0; url={place}"><p><a href="{place}">jianbao</a></p></html>'
)
HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",
}


@dataclass(frozen=True, kw_only=True)
class Access:
    """How the studio is reached: the port on this machine, and the token that its address holds."""

    port: int
    token: str

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the hosts by which a browser may call it."""
        return tuple(f"{name}:{self.port}" for name in LOOPBACK)

    @property
    def cookie(self) -> str:
        """Return the name of the cookie; a cookie belongs to a host, whatever its port."""
        return f"jianbao-{self.port}"


class Guard:
    """Lets a request through if this studio's own page sends it, or somebody who types its address with the token."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or have it answered."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send))
            return
        await self._app(scope, _bounded(receive), _with_headers(send))

    def _refusal(self, scope: Scope, headers: Mapping[str, str]) -> Response | None:
        """Return the answer to a request that goes no further: refused, or sent on with its token kept."""
        if not self._is_own(scope["method"], scope["path"], headers):
            return PlainTextResponse("403\n", 403)
        if _length(headers) > LARGEST:
            return _too_large()
        if scope["path"] == OPEN:
            return self._opened(scope["query_string"].decode("latin-1"))
        if not _same(_cookie(headers, self._access.cookie), self._access.token):
            said = tr("Open the studio by the address that `jianbao studio` prints.")
            return PlainTextResponse(f"{said.in_language('zh')}\n{said}\n", 401)
        return None

    def _is_own(self, method: str, path: str, headers: Mapping[str, str]) -> bool:
        """Return whether no page of another site asks; a link in a mail may lead to the page that takes the token."""
        if headers.get("host") not in self._access.hosts:
            return False
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        own = origin in [f"http://{host}" for host in self._access.hosts]
        if method in SAFE:
            return (origin is None or own) and (site in (None, "none", "same-origin") or path == OPEN)
        return own and site in (None, "same-origin")

    def _opened(self, query: str) -> Response:
        token = parse_qs(query).get("token", [""])[0]
        if not _same(token, self._access.token):
            return PlainTextResponse("403\n", 403)
        place = parse_qs(query).get("to", ["/"])[0]
        inside = place.startswith("/") and not place.startswith(("//", "/\\"))
        # No redirection: a browser that follows a link in a mail would not send the cookie along with it.
        answer = HTMLResponse(FORWARD.format(place=escape(place if inside else "/")))
        answer.set_cookie(self._access.cookie, self._access.token, httponly=True, samesite="strict", path="/")
        return answer


def _too_large() -> Response:
    return PlainTextResponse(f"413 > {LARGEST:,}\n", 413)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _length(headers: Mapping[str, str]) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isdecimal() and len(length) < 19 else LARGEST + 1


def _cookie(headers: Mapping[str, str], name: str) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _bounded(receive: Receive) -> Receive:
    """Return what receives a request as long as it is not too large, whatever its head says of its length."""
    total = 0

    async def bounded() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > LARGEST:
            raise HTTPException(413)
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    """Return what sends an answer with the headers that every answer has; an own policy of an answer is kept."""

    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            given: Iterable[tuple[bytes, bytes]] = message.get("headers", ())
            known = {name for name, _ in given}
            every = {"content-security-policy": POLICY, **HEADERS}
            more = [(name.encode(), value.encode()) for name, value in every.items() if name.encode() not in known]
            message = {**message, "headers": [*given, *more]}
        await send(message)

    return sent
