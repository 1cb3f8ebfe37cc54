"""Define the commands of the studio: studio, preview, user."""

import contextlib
import gc
import os
import re
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from time import sleep
from typing import Annotated, Any

import typer

from jianbao.cli.base import Edition, GroupWithDefault, Root, app, bad_parameter, say
from jianbao.core.errors import load_extra
from jianbao.core.messages import tr

PORT = 8765
# New objects before the garbage collector runs: more often than in a command, since a server runs for days.
GC_THRESHOLD = 100_000
PIECE = 0.5  # seconds after which a serving command checks for Ctrl-C
Port = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="Where to serve it on this machine; 0 for any free one.")
]
Browse = Annotated[bool, typer.Option("--open/--no-open", help="Open the browser.")]


class _Opening(GroupWithDefault):
    """`jianbao studio` is `jianbao studio open`."""

    default = "open"


studio = typer.Typer(cls=_Opening, help="Open the workspace in the browser; back up what its studio keeps.")
app.add_typer(studio, name="studio")
user = typer.Typer(no_args_is_help=True, help="Who may sign in to the studio of a workspace, and in which role.")
app.add_typer(user, name="user")


@studio.command("open")
def open_studio(
    workspace: Root = Path(),
    edition: Edition = "",
    port: Port = PORT,
    browse: Browse = True,
    host: Annotated[
        str, typer.Option("--host", help="The name or address by which others reach it; it needs accounts and TLS.")
    ] = "",
    certificate: Annotated[Path | None, typer.Option("--certificate", help="The certificate for TLS, as PEM.")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="The key of the certificate, as PEM.")] = None,
) -> None:
    """Open the workspace in the browser: data, brief, review, comparison and handing over, until Ctrl-C."""
    tls = (certificate, key) if certificate or key else None
    _serve(workspace, edition, port, browse, place="/", host=host, tls=tls)


BackupFile = Annotated[Path, typer.Argument(help="The file of the backup.")]


@studio.command("backup")
def back_up(file: BackupFile, workspace: Root = Path()) -> None:
    """Write accounts, log and draft changes of the studio into a file that only you can read."""
    from jianbao.core.atomic import replace_file
    from jianbao.core.errors import DeliveryError, disk_problem
    from jianbao.core.private_files import PRIVATE
    from jianbao.studio.audit import write_backup

    content = write_backup(workspace, _now())
    try:
        replace_file(file, content, PRIVATE)
    except OSError as error:
        raise DeliveryError(disk_problem(error, file, tr("the backup cannot be written"))) from error
    say(tr("Wrote {file}. It holds the hashes of passwords: keep it as you keep those.", file=file))


@studio.command("restore")
def restore(
    file: BackupFile,
    workspace: Root = Path(),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Replace what is there now.")] = False,
) -> None:
    """Put a backup in place of accounts, log and draft changes; end the studio before, and start it again after."""
    from getpass import getuser

    from jianbao.app.workspace import read_built_file
    from jianbao.studio.audit import has_kept, restore_backup

    content = read_built_file(file)
    if has_kept(workspace) and not yes:
        what = tr("accounts, log or draft changes are there already: --yes replaces them")
        raise bad_parameter(what, "FILE")
    restore_backup(workspace, content, _now(), getuser())
    say(tr("Restored {file}.", file=file))


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
    _serve(workspace, edition, port, browse, place=f"/brief?product={product}")


def _serve(
    root: Path,
    edition: str,
    port: int,
    browse: bool,
    *,
    place: str,
    host: str = "",
    tls: tuple[Path | None, Path | None] | None = None,
) -> None:
    from jianbao.app.build import PRELOADED
    from jianbao.app.workspace import snapshot
    from jianbao.core.workers import cores, worker_pool
    from jianbao.studio.accounts import SignIn, read_accounts
    from jianbao.studio.audit import forget_old_drafts
    from jianbao.studio.session import StudioSession

    snapshot(root)  # raises if there is no workspace
    gc.set_threshold(GC_THRESHOLD)
    server = load_extra("studio", "jianbao.studio.server")
    accounts = partial(read_accounts, root) if read_accounts(root) else None
    host = _checked_host(host, bool(accounts), tls)
    context = server.read_certificate(*tls) if tls else None
    session = StudioSession(root=root, edition=edition, clock=_now, accounts=accounts)
    session.audit.begin(_now())
    forget_old_drafts(root, _now())
    with _threads_left_behind(), worker_pool(cores(), PRELOADED) as workers:
        bound = server.listen(port, host)
        session.workers = workers
        sign_in = SignIn(accounts=accounts) if accounts else None
        access = _access(root, bound.getsockname()[1], host, context is not None, sign_in)
        app, ending = load_extra("studio", "jianbao.studio.application").application(session, access)
        with server.serving(app, bound, ending, context):
            address = access.address(place)
            say(tr("{address}  (Ctrl-C ends it)", address=address))
            if browse:
                typer.launch(access.address(place, once=True))
            threading.Thread(target=session.warm, args=(place.rpartition("=")[2].strip("/"),), daemon=True).start()
            wait_for_interrupt()


def wait_for_interrupt() -> None:
    """Wait for Ctrl-C in short pieces: one just before an endless wait would never be noticed (CPython)."""
    while True:
        sleep(PIECE)


@contextlib.contextmanager
def _threads_left_behind() -> Iterator[None]:
    """Serve until Ctrl-C or a signal, and then end at once if a page is still being made in a thread.

    Python would end around such a thread, and abort if a native library is at work in it.
    """
    code: Any = 0
    try:
        yield
    except KeyboardInterrupt:
        pass
    except SystemExit as end:
        code = end.code
    if any(each.daemon for each in threading.enumerate()):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    if code:
        sys.exit(code)


def _checked_host(host: str, accounts: bool, tls: tuple[Path | None, Path | None] | None) -> str:
    """Return the host as browsers name it, "" for this machine alone; raises BadParameter for an unprotected one."""
    if tls and None in tls:
        raise bad_parameter(tr("--certificate and --key belong together"), "--certificate")
    name = host.strip().strip("[]").lower()
    if name in ("", "localhost", "127.0.0.1", "::1"):
        return ""
    if name in ("0.0.0.0", "::", "*"):
        raise bad_parameter(tr("name one address, or the name by which browsers reach it"), "--host")
    if not re.fullmatch(r"[a-z0-9._:-]+", name):
        raise bad_parameter(tr("'{value}' is no address of this machine", value=host), "--host")
    if not accounts:
        raise bad_parameter(tr("others reach the studio only with accounts: jianbao user add NAME"), "--host")
    if not tls:
        raise bad_parameter(tr("others reach the studio only by TLS: --certificate FILE --key FILE"), "--host")
    return name


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="milliseconds")


def _access(root: Path, port: int, host: str, secure: bool, sign_in: Any) -> Any:
    """Return the access to the studio; the token of a workspace stays the same, so that an open page keeps working."""
    import hmac
    from secrets import token_urlsafe

    from jianbao.core.private_files import own_secret

    secret = own_secret("studio-secret")
    token = hmac.new(secret, str(root.resolve()).encode(), "sha256").hexdigest() if secret else ""
    access = load_extra("studio", "jianbao.studio.guard").Access
    token, once = token or token_urlsafe(32), token_urlsafe(32)
    return access(port=port, token=token, once=once, host=host, secure=secure, sign_in=sign_in)


Name = Annotated[str, typer.Argument(help="The name that each change of theirs is to bear.")]
PASSWORD = "JIANBAO_PASSWORD"


@user.command("add")
def add_user(
    name: Name,
    workspace: Root = Path(),
    role: Annotated[str, typer.Option("--role", help="A role of data/roles.yml; without one they read.")] = "",
    generate: Annotated[bool, typer.Option("--generate", help="Make a password up, and print it once.")] = False,
    descriptor: Annotated[
        int | None, typer.Option("--password-fd", help="Read the password from this file descriptor.")
    ] = None,
) -> None:
    """Give somebody an account, or another role and password; their sessions end."""
    from secrets import token_urlsafe

    from jianbao.app.workspace import snapshot
    from jianbao.core.private_files import SecretSource, read_secret
    from jianbao.review.roles import declared_roles
    from jianbao.studio import accounts

    accounts.check_role(declared_roles(snapshot(workspace)), name, role)
    source = SecretSource(tr("password of '{name}'", name=name), PASSWORD, descriptor)
    password = token_urlsafe(12) if generate else read_secret(source)
    accounts.write_accounts(workspace, accounts.with_account(accounts.read_accounts(workspace), name, role, password))
    _log(workspace, "/user/add", f"{name} {role}".strip())
    if generate:
        say(tr("Password of {name}: {password}", name=name, password=password))
    say(tr("{name} can sign in. A studio that is open without accounts has to be started again.", name=name))


@user.command("list")
def list_users(workspace: Root = Path()) -> None:
    """List who may sign in, and in which role."""
    from jianbao.studio.accounts import read_accounts

    found = read_accounts(workspace)
    for each in found:
        say(tr("{name}  {role}", name=each.name, role=each.role or tr("reads only")))
    if not found:
        say(tr("There are no accounts: the studio is open to this machine's user alone."))


@user.command("remove")
def remove_user(name: Name, workspace: Root = Path()) -> None:
    """Take an account away; its sessions end, and its draft changes are deleted when they are old."""
    from jianbao.studio import accounts

    accounts.write_accounts(workspace, accounts.without_account(accounts.read_accounts(workspace), name))
    _log(workspace, "/user/remove", name)
    say(tr("{name} cannot sign in any more.", name=name))


def _log(workspace: Path, did: str, what: str) -> None:
    """Write into the studio's log what was done from the command line, with this machine's user."""
    from getpass import getuser

    from jianbao.studio.audit import AuditLog

    AuditLog(workspace).write(at=_now(), by=getuser(), did=did, what=what, result="done")
