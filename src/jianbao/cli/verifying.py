"""The commands that keep and prove: editions frozen in the archive or made again, packages and signatures checked."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from jianbao.cli.frame import Json, Root, app, print_json, show

FILES = (".zip", ".pdf")


@app.command()
def verify(
    what: Annotated[str, typer.Argument(help="A published edition, or the file of a package or a signed PDF.")],
    workspace: Root = Path(),
    archive: Annotated[
        Path | None,
        typer.Option(
            "--archive", help="An edition's folder, if not the workspace's output/EDITION or output/archive/EDITION."
        ),
    ] = None,
    digest: Annotated[str, typer.Option("--digest", help="The digest of a package that the sender named.")] = "",
    trust: Annotated[
        list[Path] | None, typer.Option("--trust", help="Certificates of an authority that signers must be of.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Prove that a package is whole and who signed it, or say whether an edition can still be made, and why not."""
    if Path(what).suffix in FILES or Path(what).is_file():
        _prove(Path(what), digest, trust or [], as_json)
    else:
        _make_again(workspace, what, archive, as_json)


@app.command()
def archive(
    editions: Annotated[
        list[str] | None, typer.Argument(help="Finished editions; all that are declared if none is named.")
    ] = None,
    workspace: Annotated[Path, typer.Option("--workspace", "-w", help="The workspace of the editions.")] = Path(),
    output: Annotated[Path | None, typer.Option("--output", help="Where editions are; output/ if not given.")] = None,
    because: Annotated[str, typer.Option("--because", help="Why a frozen edition is replaced by another.")] = "",
) -> None:
    """Freeze the records of published editions in output/archive/, where verify and diff find them."""
    from jianbao import verification

    for folder, new in verification.put_by(workspace, editions or [], output, because):
        typer.echo(f"{folder}  {'frozen' if new else 'as it was'}")


def _make_again(workspace: Path, edition: str, archive: Path | None, as_json: bool) -> None:
    from jianbao import verification
    from jianbao.console import Progress

    with Progress(quiet=as_json) as progress:
        found = verification.verify(workspace, edition, archive, progress.stage)
    show(verification.tell(found, as_json))
    raise typer.Exit(verification.exit_code(found))


def _prove(file: Path, digest: str, trust: list[Path], as_json: bool) -> None:
    from jianbao.delivery.proof import prove
    from jianbao.delivery.signature import read_trust

    found = prove(file, read_trust(trust), digest)
    if as_json:
        print_json(_verdict(found))
        return
    if found.inventory:
        inventory = found.inventory
        typer.echo(f"Whole: edition {inventory.edition}, as of {inventory.as_of}, {len(inventory.files) + 1} files")
        typer.echo(f"made by {inventory.made_by}")
        typer.echo(f"digest {inventory.digest}")
    for name, seal in found.seals:
        typer.echo(f"{name}: {_sealed(seal)}")
    if found.inventory and not found.seals:
        typer.echo("No PDF in it is signed.")


def _sealed(seal: Any) -> str:
    clock = "by a timestamp" if seal.stamped else "by the signer's clock"
    known = (
        "vouched for by the authority named"
        if seal.trusted
        else "who that is was not asked (--trust names an authority)"
    )
    return f"signed by {seal.signer}, {seal.at} {clock}, unchanged since; {known}; certificate {seal.fingerprint}"


def _verdict(found: Any) -> dict[str, object]:
    about = {"edition": found.inventory.edition, "digest": found.inventory.digest} if found.inventory else {}
    return {"whole": True, **about, "signatures": [{"file": name, **asdict(seal)} for name, seal in found.seals]}
