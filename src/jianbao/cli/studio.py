"""Commands that open the browser: studio, preview."""

import contextlib
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from jianbao.cli.base import Edition, Root, app, say
from jianbao.core.errors import load_extra
from jianbao.core.messages import tr

PORT = 8765
Port = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="Where to serve it on this machine; 0 for any free one.")
]
Browse = Annotated[bool, typer.Option("--open/--no-open", help="Open the browser.")]


@app.command()
def studio(workspace: Root = Path(), edition: Edition = "", port: Port = PORT, browse: Browse = True) -> None:
    """Open the workspace in the browser: data, brief, review, comparison and handing over, until Ctrl-C."""
    _serve(workspace, edition, port, browse, "/")


@app.command()
def preview(
    workspace: Root = Path(),
    edition: Edition = "",
    template: Annotated[str, typer.Option("--template", help="The template to show.")] = "brief",
    lang: Annotated[str, typer.Option("--lang", help="Its languages: zh, en or zh-en; all if not given.")] = "",
    port: Port = PORT,
    browse: Browse = True,
) -> None:
    """Open the studio at the page of the brief, which follows every change of the files, until Ctrl-C."""
    from jianbao.studio.preview import open_preview

    made = open_preview(workspace, edition, template, lang).product
    product = f"{made.template}.{'-'.join(made.languages)}"
    _serve(workspace, edition, port, browse, f"/brief?product={product}")


def _serve(root: Path, edition: str, port: int, browse: bool, place: str) -> None:
    from threading import Event, Thread

    from jianbao.core.workers import cores, worker_pool
    from jianbao.studio.session import StudioSession

    server = load_extra("studio", "jianbao.studio.server")
    session = StudioSession(root=root, edition=edition, clock=_now)
    session.audit.begin(_now())
    with contextlib.suppress(KeyboardInterrupt), worker_pool(cores()) as workers:
        bound = server.listen(port)
        access = _access(root, bound.getsockname()[1])
        session.workers = workers
        app, ending = load_extra("studio", "jianbao.studio.application").application(session, access)
        with server.serving(app, bound, ending):
            address = f"http://127.0.0.1:{access.port}/open?token={access.token}&to={quote(place, safe='/')}"
            say(tr("{address}  (Ctrl-C ends it)", address=address))
            if browse:
                typer.launch(address)
            Thread(target=session.warm, args=(place.rpartition("=")[2].strip("/"),), daemon=True).start()
            Event().wait()


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="milliseconds")


def _access(root: Path, port: int) -> Any:
    """Return the access to the studio; the token of a workspace stays the same, so that an open page keeps working."""
    import hmac
    from secrets import token_urlsafe

    from jianbao.core.private import own_secret

    secret = own_secret("studio-secret")
    token = hmac.new(secret, str(root.resolve()).encode(), "sha256").hexdigest() if secret else ""
    return load_extra("studio", "jianbao.studio.guard").Access(port=port, token=token or token_urlsafe(32))
