"""Define the commands for handing over: package, verify, sign, deliver."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from jianbao.cli.base import Json, Root, app, bad_parameter, print_json, say, say_notes
from jianbao.core.errors import load_extra
from jianbao.core.messages import tr

Label = Annotated[str, typer.Argument(help="The edition, finished by jianbao build.", metavar="EDITION")]
Output = Annotated[Path | None, typer.Option("--output", help="Where editions are; output/ if not given.")]

Unissued = Annotated[
    bool, typer.Option("--unissued", help="Even if it has not passed every station of data/roles.yml.")
]

KEY, PIN, MAIL = "JIANBAO_KEY_PASSPHRASE", "JIANBAO_TOKEN_PIN", "JIANBAO_MAIL_PASSWORD"


@app.command()
def package(
    edition: Label,
    workspace: Root = Path(),
    unissued: Unissued = False,
    output: Output = None,
    as_json: Json = False,
) -> None:
    """Pack a finished edition: its files, tables, covering letter and a manifest of hashes, in one archive."""
    from jianbao.app import deliver
    from jianbao.cli.output import Progress

    with Progress(quiet=as_json) as progress:
        request = deliver.DeliveryRequest(root=workspace, edition=edition, output=output, unissued=unissued)
        path, packed = deliver.package_edition(request, progress.stage)
    say_notes(deliver.delivery_notes(request))
    inventory = packed.inventory
    if as_json:
        files = {name: size for name, (_, size) in inventory.files.items()}
        print_json({"package": str(path), "digest": inventory.digest, "bytes": len(packed.content), "files": files})
    else:
        say(
            tr(
                "{path}  {size:.0f} KB, {count} files",
                path=path,
                size=len(packed.content) / 1024,
                count=len(inventory.files) + 1,
            )
        )
        say(tr("digest {digest}", digest=inventory.digest))


def _named_server(server: str | None) -> str | None:
    """Return the server's address; refuse an empty one, as of an unset variable: no requested timestamp is omitted."""
    if server == "":
        raise bad_parameter(tr("name the timestamp server, or leave the option out"), "--timestamp")
    return server


Timestamps = Annotated[
    str | None,
    typer.Option("--timestamp", help="A timestamp server (RFC 3161), https://…", callback=_named_server),
]


@app.command()
def sign(
    files: Annotated[list[Path] | None, typer.Argument(help="PDFs; signed copies are put beside them.")] = None,
    key: Annotated[Path | None, typer.Option("--key", help="The office's key: PKCS#12 (.p12, .pfx).")] = None,
    module: Annotated[
        Path | None,
        typer.Option("--pkcs11", help="Or the library (.so) that reaches a token with the key."),
    ] = None,
    token: Annotated[str, typer.Option("--token", help="The label of the token.")] = "",
    key_label: Annotated[str, typer.Option("--key-label", help="The key on it, if there are several.")] = "",
    cert_label: Annotated[
        str, typer.Option("--cert-label", help="The certificate on it, if not that with the key's id.")
    ] = "",
    edition: Annotated[str, typer.Option("--edition", "-e", help="Sign every PDF of this edition in its place.")] = "",
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="The workspace of --edition.")] = Path(),
    unissued: Unissued = False,
    output: Output = None,
    variable: Annotated[
        str,
        typer.Option(
            "--passphrase-env",
            help="The variable that holds passphrase or PIN; JIANBAO_KEY_PASSPHRASE or JIANBAO_TOKEN_PIN.",
        ),
    ] = "",
    descriptor: Annotated[
        int | None, typer.Option("--passphrase-fd", help="A file descriptor to read the passphrase or PIN from.")
    ] = None,
    timestamps: Timestamps = None,
) -> None:
    """Sign PDFs invisibly after PAdES; the passphrase or PIN comes from a variable, a descriptor or a prompt."""
    from jianbao.app import deliver
    from jianbao.core import private_files

    if bool(files) == bool(edition):
        raise bad_parameter(tr("name files, or an edition by --edition"))
    if bool(key) == bool(module) or bool(module) != bool(token):
        raise bad_parameter(tr("name a key: --key FILE, or --pkcs11 LIBRARY with --token LABEL"))
    if key:
        opened = _file(key, private_files.SecretSource(tr("passphrase of the key"), variable or KEY, descriptor))
    else:
        source = private_files.SecretSource(tr("PIN of the token {token}", token=token), variable or PIN, descriptor)
        opened = _token(source, module, token, key_label, cert_label)
    with opened as signer:
        if edition:
            request = deliver.DeliveryRequest(root=workspace, edition=edition, output=output, unissued=unissued)
            _sign_edition(request, signer, timestamps or "")
        for file in deliver.sign_files(files or [], signer, timestamps or ""):
            say(str(file))


def _sign_edition(request: Any, signer: Any, timestamps: str) -> None:
    from jianbao.app import deliver
    from jianbao.cli.output import Progress

    with Progress() as progress:
        folder = deliver.sign_edition(request, key=signer, timestamps=timestamps, report=progress.stage)
    say(tr("{made}  every PDF and the manifest signed", made=folder))


def _file(key: Path, source: Any) -> AbstractContextManager[Any]:
    from jianbao.core import private_files

    signature = load_extra("sign", "jianbao.delivery.signature", "--key")
    if not key.is_file():  # before asking for its passphrase
        raise bad_parameter(tr("{kind} {path} does not exist.", kind=tr("file"), path=f"'{key}'"), "--key")
    return nullcontext(signature.read_key(key, private_files.read_secret(source)))


def _token(source: Any, *labels: Any) -> AbstractContextManager[Any]:
    from jianbao.core import private_files

    token = load_extra("pkcs11", "jianbao.delivery.pkcs11_token", "--pkcs11")
    return token.open_token(token.Token(*labels), lambda: private_files.read_secret(source))  # type: ignore[no-any-return]


@app.command()
def deliver(
    edition: Label,
    workspace: Root = Path(),
    folder: Annotated[Path | None, typer.Option("--folder", help="Write into a folder instead of sending.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show exactly what would go to whom; send nothing.")
    ] = False,
    arrived: Annotated[
        list[str] | None, typer.Option("--arrived", help="A message in doubt did arrive at this address.")
    ] = None,
    again: Annotated[
        list[str] | None, typer.Option("--again", help="A message in doubt did not arrive at this address: send it.")
    ] = None,
    revised: Annotated[bool, typer.Option("--revised", help="Let this version follow one that was sent.")] = False,
    unissued: Unissued = False,
    authority: Annotated[Path | None, typer.Option("--ca", help="The certificate authority of the server.")] = None,
    variable: Annotated[str, typer.Option("--password-env", help="The variable that holds the password.")] = MAIL,
    descriptor: Annotated[
        int | None, typer.Option("--password-fd", help="A file descriptor to read the password from.")
    ] = None,
    output: Output = None,
) -> None:
    """Send a finished edition to the recipients of data/delivery.yml, each exactly once."""
    from jianbao.app import deliver
    from jianbao.cli.output import Progress
    from jianbao.core import private_files

    with Progress() as progress:
        request = deliver.DeliveryRequest(root=workspace, edition=edition, output=output, unissued=unissued)
        batch = deliver.prepare(request, progress.stage)
    say_notes(deliver.delivery_notes(request))
    if dry_run:
        _show_plan(batch)
    elif folder:
        for path in deliver.write_folders(batch, folder):
            say(str(path))
    else:
        choice = deliver.DeliveryChoice(arrived or (), again or (), revised, authority)
        source = private_files.SecretSource(tr("password of the mail server"), variable, descriptor)
        deliver.send_edition(batch, choice, lambda: private_files.read_secret(source), _say_outcome)


def _say_outcome(outcome: Any) -> None:
    box = outcome.message.recipient.addr_spec
    answer = tr("  ({answer})", answer=outcome.answer) if outcome.answer else ""
    if outcome.before:
        say(tr("{box}: already {state}{answer}", box=box, state=tr(outcome.state), answer=answer))
    else:
        say(tr("{box}: {state}{answer}", box=box, state=tr(outcome.state), answer=answer))


def _show_plan(batch: Any) -> None:
    from jianbao.delivery import journal, send

    server = batch.server
    way = (
        tr("by {host}:{port} ({security})", host=server.host, port=server.port, security=server.security)
        if server
        else tr("to a folder only: there is no mail server")
    )
    count, digest = len(batch.messages), batch.package.inventory.digest
    say(tr("{count} messages, {way}; package digest {digest}", count=count, way=way, digest=digest))
    for outcome in send.planned(batch.messages, journal.read_journal(batch.journal)):
        message = outcome.message
        say(tr("\n== {recipient}  (group {group})", recipient=message.recipient, group=message.group))
        line = tr("{state}: {answer}", state=tr(outcome.state), answer=outcome.answer)
        say(tr("would be sent") if outcome.state == journal.UNSENT else line)
        say(
            tr(
                "From: {sender}\nSubject: {subject}\nMessage-ID: {message}\n",
                sender=message.sender,
                subject=message.subject,
                message=message.id,
            )
        )
        say(message.text)
        for name, content in message.files.items():
            say(f"[{name}  {len(content) / 1024:.0f} KB]")
