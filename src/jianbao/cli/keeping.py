"""Commands that keep a machine fit for making briefs: doctor, fonts."""

from dataclasses import asdict
from pathlib import Path

import typer

from jianbao.cli.frame import Json, Root, app, print_json


@app.command()
def doctor(workspace: Root = Path(), as_json: Json = False) -> None:
    """Say what this machine lacks for making briefs, and what to type; ends with 6 if a brief cannot be made."""
    from jianbao.errors import RenderError
    from jianbao.publication.machine import examine, look

    findings = examine(look(workspace))
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
    from jianbao.publication.foundry import prepare_fonts

    typer.echo(f"Fonts are ready in {prepare_fonts().folder}")
