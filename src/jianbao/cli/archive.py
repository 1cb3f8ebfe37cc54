"""Commands that keep a machine fit for making briefs: doctor, fonts."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from jianbao.cli.base import Json, Root, app, print_json, show


@app.command()
def doctor(workspace: Root = Path(), as_json: Json = False) -> None:
    """Say what this machine lacks for making briefs, and what to type; ends with 6 if a brief cannot be made."""
    from jianbao.app.doctor import inspect_machine, machine_checks
    from jianbao.core.errors import RenderError

    findings = machine_checks(inspect_machine(workspace))
    lacking = [each for each in findings if not each.there and not each.optional]
    if as_json:
        print_json([asdict(each) for each in findings])
    else:
        for each in findings:
            typer.echo(f"{'ok' if each.there else 'optional' if each.optional else 'lacking':10}{each.what}")
            if not each.there:
                typer.echo(f"{'':14}{each.cure}")
        typer.echo(f"{len(lacking)} of {len(findings)} lacking." if lacking else "This machine can make briefs.")
    raise typer.Exit(RenderError.exit_code if lacking else 0)


@app.command()
def fonts() -> None:
    """Prepare the fonts that the pages use, once a machine."""
    from jianbao.render.fonts.build import prepare_fonts

    typer.echo(f"Fonts are ready in {prepare_fonts().folder}")


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
        return
    if digest:
        raise typer.BadParameter("an edition has no digest; name its package, a .zip", param_hint="--digest")
    _make_again(workspace, what, archive, trust or [], as_json)


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
    from jianbao.app import verify

    for folder, new in verify.from_archive(workspace, editions or [], output, because):
        typer.echo(f"{folder}  {'frozen' if new else 'as it was'}")


def _make_again(workspace: Path, edition: str, archive: Path | None, trust: list[Path], as_json: bool) -> None:
    from jianbao.app import verify
    from jianbao.cli.output import Progress
    from jianbao.delivery.signature import read_trust
    from jianbao.delivery.verify import prove_edition

    if trust:
        signed = prove_edition(verify.found_at(workspace, edition, archive), read_trust(trust))
        if not as_json:
            show(_signatures(signed))
    with Progress(quiet=as_json) as progress:
        found = verify.verify_edition(workspace, edition, archive, progress.stage)
    show(verify.verification_report(found, as_json))
    raise typer.Exit(verify.exit_code(found))


def _prove(file: Path, digest: str, trust: list[Path], as_json: bool) -> None:
    from jianbao.delivery.signature import read_trust
    from jianbao.delivery.verify import verify_file

    found = verify_file(file, read_trust(trust), digest)
    if as_json:
        print_json(_verdict(found))
        return
    if found.inventory:
        inventory = found.inventory
        typer.echo(f"Whole: edition {inventory.edition}, as of {inventory.as_of}, {len(inventory.files) + 1} files")
        typer.echo(f"made by {inventory.made_by}")
        typer.echo(f"digest {inventory.digest}")
    show(_signatures(found))
    if found.inventory and not found.manifest:
        typer.echo("Its manifest is not signed: nobody vouches that all of it is theirs.")


def _signatures(found: Any) -> list[str]:
    lines = [f"the manifest, with every file: {_sealed(found.manifest)}"] if found.manifest else []
    return lines + [f"{name}: {_sealed(seal)}" for name, seal in found.seals]


def _sealed(seal: Any) -> str:
    clock = f"by a timestamp of {seal.clock}" if seal.clock else "by the signer's clock"
    if seal.clock and not seal.clock_trusted:
        clock += " (whose clock that is was not asked)"
    known = (
        "vouched for by the authority named"
        if seal.trusted
        else "who that is was not asked (--trust names an authority)"
    )
    return f"signed by {seal.signer}, {seal.at} {clock}, unchanged since; {known}; certificate {seal.fingerprint}"


def _verdict(found: Any) -> dict[str, object]:
    about = {"edition": found.inventory.edition, "digest": found.inventory.digest} if found.inventory else {}
    about |= {"manifest": asdict(found.manifest)} if found.manifest else {}
    return {"whole": True, **about, "signatures": [{"file": name, **asdict(seal)} for name, seal in found.seals]}
