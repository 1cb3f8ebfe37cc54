"""Decide which requests the studio accepts and what its responses allow a browser: an ASGI layer around all pages.

Without accounts the studio listens only on this machine, and its address holds a token, which the browser keeps as a
cookie. With accounts, the cookie belongs to a session, which begins on the page that asks for name and password. A
page of another site can neither read an answer nor send a form: host, origin and the browser's statement of where a
request comes from are checked first.
"""

import hmac
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qs, quote

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jianbao.core.messages import tr, tr_later
from jianbao.studio.accounts import Account, SignIn

LOOPBACK = ("127.0.0.1", "localhost")
OPEN = "/open"  # the page that takes the token
SIGN_IN = "/sign-in"  # the page that asks for name and password
ASSETS, NEWS = "/assets/", "/news"
FOR_ALL = (SIGN_IN, "/settings")  # /settings stores the language and nothing else
ACCOUNT = "jianbao.account"  # the key in the scope of a request for the account that sends it
HTTPS_PORT = 443
SAFE = ("GET", "HEAD")
LARGEST = 20_000_000  # the most bytes that a browser may send: a workbook
LARGEST_OF_NOBODY = 64_000  # the most bytes that somebody may send before signing in
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# The previewed page runs no script, and only the studio may show it in a frame.
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
REFUSED = (
    '<!DOCTYPE html><html lang="zh"><meta charset="utf-8"><title>jianbao</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
    '<p>{zh}</p><p lang="en">{en}</p>{way}</html>\n'
)
NOT_OWN = tr_later("This was not asked by a page of the studio, or not at its own address: open the studio anew.")
NO_TOKEN = tr_later("Open the studio by the address that `jianbao studio` prints.")
SIGNED_OUT = tr_later("You are signed out, and nothing was done: sign in, then do it again.")
TOO_LARGE = tr_later("What was sent is too large, and nothing was done.")
TLS_HEADERS = {"strict-transport-security": "max-age=31536000"}
HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "same-origin",
}


@dataclass(frozen=True, kw_only=True)
class Access:
    """How the studio is reached: its port, and the token that its address holds, or who signs people in.

    `host` is the name or address by which browsers reach it, "" for this machine itself. `secure`: by TLS. `once` is a
    token that opens it once: other users can see a browser's starting address in the list of processes.
    """

    port: int
    token: str
    once: str = ""
    host: str = ""
    secure: bool = False
    sign_in: SignIn | None = None

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the values of the Host header that are accepted; with the usual port, browsers leave the port out."""
        named = f"[{self.host}]" if ":" in self.host else self.host
        names = (named,) if named else LOOPBACK
        bare = names if self.secure and self.port == HTTPS_PORT else ()
        return (*(f"{name}:{self.port}" for name in names), *bare)

    @property
    def origins(self) -> tuple[str, ...]:
        """Return the origins of its own pages, as a browser writes them."""
        return tuple(f"{'https' if self.secure else 'http'}://{host}" for host in self.hosts)

    @property
    def cookie(self) -> str:
        """Return the name of the cookie; a cookie belongs to a host, whatever its port."""
        return f"__Host-jianbao-{self.port}" if self.secure else f"jianbao-{self.port}"

    def address(self, place: str, once: bool = False) -> str:
        """Return the address of a page of the studio, which a browser can open repeatedly, or only `once`."""
        shown = f"{'https' if self.secure else 'http'}://{self.hosts[-1 if self.host else 0]}"
        if self.sign_in:
            return f"{shown}{quote(place, safe='/?=')}"
        return f"{shown}{OPEN}?token={self.once if once else self.token}&to={quote(place, safe='/')}"

    def keep(self, answer: Response, token: str) -> None:
        """Make a browser keep a token for this site only, until the browser ends; an empty token removes it."""
        age = None if token else 0
        answer.set_cookie(
            self.cookie, token, httponly=True, samesite="strict", path="/", secure=self.secure, max_age=age
        )


class Guard:
    """Lets a request through if a page of this studio sends it, or somebody who opens its address with the token."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access, self._once = app, access, access.once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or pass it on."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await refusal(scope, receive, _with_headers(send, self._access.secure))
            return
        nobody = self._access.sign_in is not None and account_in(scope) is None
        await self._app(
            scope, _bounded(receive, LARGEST_OF_NOBODY if nobody else LARGEST), _with_headers(send, self._access.secure)
        )

    def _refusal(self, scope: Scope, headers: Mapping[str, str]) -> Response | None:
        """Return the answer to a request that is refused, or redirected with its token kept; None to let it through."""
        if not self._is_own(scope["method"], scope["path"], headers):
            return refused_page(403, NOT_OWN)
        if _length(headers) > LARGEST:
            return refused_page(413, TOO_LARGE)
        if self._access.sign_in:
            return self._unknown(scope, headers, self._access.sign_in)
        if scope["path"] == OPEN:
            return self._opened(scope["query_string"].decode("latin-1"))
        if not any(_same(each, self._access.token) for each in cookies_in(scope, self._access.cookie)):
            return refused_page(401, NO_TOKEN)
        return None

    def _unknown(self, scope: Scope, headers: Mapping[str, str], sign_in: SignIn) -> Response | None:
        """Return the answer to a request without a valid session: a redirection to the page for signing in."""
        known = map(sign_in.account_of, cookies_in(scope, self._access.cookie))
        account = next(filter(None, known), None)
        scope[ACCOUNT] = account
        path = scope["path"]
        if account or path in FOR_ALL or (path.startswith(ASSETS) and scope["method"] in SAFE):
            return None if account or _length(headers) <= LARGEST_OF_NOBODY else refused_page(413, TOO_LARGE)
        if scope["method"] not in SAFE or "x-fragment" in headers or path == NEWS:
            return refused_page(401, SIGNED_OUT, signed_out=True)
        return RedirectResponse(f"{SIGN_IN}?to={quote(path)}", 303)

    def _is_own(self, method: str, path: str, headers: Mapping[str, str]) -> bool:
        """Return whether a request comes from no other site; a mail may link to the page that takes the token."""
        if headers.get("host") not in self._access.hosts:
            return False
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        own = origin in self._access.origins
        if method in SAFE:
            return (origin is None or own) and (site in (None, "none", "same-origin") or path in (OPEN, SIGN_IN))
        return own and site in (None, "same-origin")

    def _opened(self, query: str) -> Response:
        token = parse_qs(query).get("token", [""])[0]
        if _same(token, self._once):
            self._once = ""
        elif not _same(token, self._access.token):
            return refused_page(403, NO_TOKEN)
        place = inside(parse_qs(query).get("to", ["/"])[0])
        # No redirection: a browser that follows a link in a mail would not send the cookie along with it.
        answer = HTMLResponse(FORWARD.format(place=escape(place)))
        self._access.keep(answer, self._access.token)
        return answer


def refused_page(status: int, message: str, signed_out: bool = False) -> Response:
    """Return a page that says in both languages why a request was refused, with a link for signing in again."""
    text = tr(message)
    way = f'<p><a href="{SIGN_IN}">jianbao</a></p>' if signed_out else ""
    return HTMLResponse(REFUSED.format(zh=escape(text.in_language("zh")), en=escape(str(text)), way=way), status)


def account_in(scope: Scope) -> Account | None:
    """Return the account that sends a request, as the guard found it; None without accounts, or before signing in."""
    found = scope.get(ACCOUNT)
    return found if isinstance(found, Account) else None


def inside(place: str) -> str:
    """Return an address if it is one of this studio, else "/"."""
    return place if place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable() else "/"


def _same(given: str, wanted: str) -> bool:
    return bool(wanted) and hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _length(headers: Mapping[str, str]) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isdecimal() and len(length) < 19 else LARGEST + 1


def cookies_in(scope: Scope, name: str) -> tuple[str, ...]:
    """Return the values of all cookies of a name in a request, in their order, whatever else is among its cookies.

    A browser sends the cookies of every program on this host, and several of one name: any of them may be meant.
    """
    sent = b";".join(value for key, value in scope["headers"] if key == b"cookie").decode("latin-1")
    pairs = (each.partition("=") for each in sent.split(";"))
    return tuple(value.strip() for key, _, value in pairs if key.strip() == name)


def _bounded(receive: Receive, most: int) -> Receive:
    """Return a `receive` that stops a request that is too large, regardless of its declared length."""
    total = 0

    async def bounded() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > most:
            raise HTTPException(413)
        return message

    return bounded


def _with_headers(send: Send, secure: bool) -> Send:
    """Return a `send` that adds the headers of every answer; an answer's own policy is kept."""

    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            given: Iterable[tuple[bytes, bytes]] = message.get("headers", ())
            known = {name for name, _ in given}
            every = {"content-security-policy": POLICY, **HEADERS, **(TLS_HEADERS if secure else {})}
            more = [(name.encode(), value.encode()) for name, value in every.items() if name.encode() not in known]
            message = {**message, "headers": [*given, *more]}
        await send(message)

    return sent
