"""Define commands on published editions and on the machine: archive, verify, recall, doctor, fonts."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from jianbao.cli.base import Json, Root, app, as_day, bad_parameter, print_json, say, show
from jianbao.core.errors import load_extra
from jianbao.core.messages import Translatable, tr, tr_later, tr_list

OK, OPTIONAL, LACKING = tr_later("ok        {what}"), tr_later("optional  {what}"), tr_later("missing   {what}")


@app.command()
def doctor(workspace: Root = Path(), as_json: Json = False) -> None:
    """List what this machine lacks for making briefs, and what to type; exit code 6 if a brief cannot be made."""
    from jianbao.app.doctor import inspect_machine, machine_checks
    from jianbao.core.errors import RenderError

    findings = machine_checks(inspect_machine(workspace))
    lacking = [each for each in findings if not each.there and not each.optional]
    if as_json:
        print_json([asdict(each) for each in findings])
    else:
        for each in findings:
            state = OK if each.there else OPTIONAL if each.optional else LACKING
            say(tr(state, what=each.what))
            if not each.there:
                say(tr("              {cure}", cure=each.cure))
        if lacking:
            say(tr("{count} of {total} missing.", count=len(lacking), total=len(findings)))
        else:
            say(tr("This machine can make briefs."))
    raise typer.Exit(RenderError.exit_code if lacking else 0)


@app.command()
def fonts() -> None:
    """Prepare the fonts that the pages use, once per machine."""
    from jianbao.render.fonts.build import prepare_fonts

    say(tr("Fonts are ready in {folder}", folder=prepare_fonts().folder))


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
    digest: Annotated[
        str | None, typer.Option("--digest", help="The digest of a package that the sender named.")
    ] = None,
    trust: Annotated[
        list[Path] | None, typer.Option("--trust", help="Certificates of the authority that signers must belong to.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Prove that a package is whole and who signed it, or say whether an edition can still be made, and why not."""
    if Path(what).suffix in FILES or Path(what).is_file():
        _verify_file(Path(what), digest, trust or [], as_json)
        return
    if digest is not None:
        raise bad_parameter(tr("an edition has no digest; name its package, a .zip"), param_hint="--digest")
    _verify_by_rebuilding(workspace, what, archive, trust or [], as_json)


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
    from jianbao.app.evidence import verify

    for folder, new in verify.freeze_editions(workspace, editions or [], output, because):
        say(tr("{folder}  frozen", folder=folder) if new else tr("{folder}  as it was", folder=folder))


@app.command()
def recall(
    what: Annotated[str, typer.Argument(help="A source, a fact, or a row as TABLE:ROW.")],
    workspace: Root = Path(),
    output: Annotated[Path | None, typer.Option("--output", help="Where editions are; output/ if not given.")] = None,
    notice: Annotated[
        Path | None,
        typer.Option("--notice", help="A folder for the correction notice of each edition: official, marked, mail."),
    ] = None,
    because: Annotated[
        list[str] | None, typer.Option("--because", help="What was wrong, a language each: zh=… en=…")
    ] = None,
    day: Annotated[str, typer.Option("--day", help="The day of the notice, as 2026-03-01; today if not given.")] = "",
    as_json: Json = False,
) -> None:
    """Find what published editions say that rests on a source, fact or row: where it is, and who has it."""
    from jianbao.app.evidence import recall

    project, recalled, editions = recall.recall(workspace, what, output)
    if notice:
        from jianbao.app.workspace import output_folder
        from jianbao.cli.output import Progress
        from jianbao.core.edition_folder import write_each

        with Progress() as progress:
            request = recall.CorrectionRequest(
                project=project,
                what=recalled,
                output=output_folder(workspace, output),
                reasons=_reasons(because or [], tuple(project.writers)),
                day=as_day(day, "--day") if day else datetime.now().astimezone().date(),
                report=progress.stage,
            )
            files = recall.correct(request, editions)
        write_each(notice, files)
        for name in files:
            say(notice / name)
    elif as_json:
        print_json({"recalled": str(recalled), "editions": [asdict(edition) for edition in editions]})
    else:
        show(line for edition in editions for line in _edition_lines(edition))


def _reasons(words: list[str], languages: tuple[str, ...]) -> dict[str, str]:
    """Return the reasons by language; raises BadParameter for one without a language of the series."""
    pairs = [text.partition("=") for text in words]
    for language, _, reason in pairs:
        if language not in languages or not reason.strip():
            raise bad_parameter(tr("name the language of each reason, as {example}", example="zh=…"), "--because")
    return {language: reason.strip() for language, _, reason in pairs}


def _edition_lines(edition: Any) -> Iterator[Translatable]:
    yield tr(
        "Edition {edition}: {facts} facts, {scores} scores, {items} items, {products} products",
        edition=edition.label,
        facts=len(edition.facts),
        scores=len(edition.scores),
        items=len(edition.items),
        products=len(edition.products),
    )
    for item in edition.items:
        yield tr("  {item}  ({documents})", item=item.id, documents=tr_list(item.documents))
        for language, text in item.texts.items():
            yield tr("    {language}: {text}", language=language, text=text)
        for product, pages in item.pages.items():
            yield tr("    {product}: page {pages}", product=product, pages=tr_list(pages))
    yield tr("  products: {names}", names=tr_list(edition.products))
    if edition.recipients:
        yield tr("  sent to {names}", names=tr_list(edition.recipients))
    else:
        yield tr("  no delivery is on record")


def _verify_by_rebuilding(
    workspace: Path, edition: str, archive: Path | None, trust: list[Path], as_json: bool
) -> None:
    from jianbao.app.evidence import verify
    from jianbao.cli.output import Progress
    from jianbao.core.edition_folder import ARCHIVE, SIGNATURE
    from jianbao.delivery.verify import verify_signed_edition

    folder = verify.published_folder(workspace, edition, archive)
    if trust or (folder / SIGNATURE).is_file():
        frozen = archive is not None or folder.parent.name == ARCHIVE
        signed = verify_signed_edition(folder, _read_trust(trust), whole=not frozen)
        if not as_json:
            show(_signatures(signed))
    with Progress(quiet=as_json) as progress:
        rebuild = verify.verify_edition(workspace, edition, archive, progress.stage)
    show(verify.verification_report(rebuild, as_json))
    raise typer.Exit(verify.exit_code(rebuild))


def _read_trust(files: list[Path]) -> Any:
    from jianbao.delivery.checksums import Trust

    return load_extra("sign", "jianbao.delivery.signature", "--trust").read_trust(files) if files else Trust()


def _verify_file(file: Path, digest: str | None, trust: list[Path], as_json: bool) -> None:
    from jianbao.delivery.verify import verify_file

    proof = verify_file(file, _read_trust(trust), digest)
    if as_json:
        print_json(_verdict(proof))
        return
    if proof.inventory:
        inventory = proof.inventory
        say(
            tr(
                "Whole: edition {edition}, as of {as_of}, {count} files",
                edition=inventory.edition,
                as_of=inventory.as_of,
                count=len(inventory.files) + 1,
            )
        )
        say(tr("made by {made_by}", made_by=inventory.made_by))
        say(tr("digest {digest}", digest=inventory.digest))
    show(_signatures(proof))
    if proof.inventory and not proof.manifest:
        say(tr("Its manifest is not signed: nobody vouches that all of it is theirs."))


def _signatures(proof: Any) -> list[Translatable]:
    lines = []
    if proof.manifest:
        manifest_seal = _sealed(proof.manifest)
        lines = [
            tr("the manifest, with the records alone, since no PDF is here: {said}", said=manifest_seal)
            if proof.records_only
            else tr("the manifest, with every file: {said}", said=manifest_seal)
        ]
    return lines + [tr("{name}: {said}", name=name, said=_sealed(seal)) for name, seal in proof.seals]


def _sealed(seal: Any) -> Translatable:
    clock = tr("by a timestamp of {clock}", clock=seal.clock) if seal.clock else tr("by the signer's clock")
    if seal.clock and not seal.clock_trusted:
        clock = tr("{clock} (whose clock that is was not asked)", clock=clock)
    known = (
        tr("vouched for by the authority named")
        if seal.trusted
        else tr("who that is was not asked (--trust names an authority)")
    )
    return tr(
        "signed by {signer}, {at} {clock}, unchanged since; {known}; certificate {fingerprint}",
        signer=seal.signer,
        at=seal.at,
        clock=clock,
        known=known,
        fingerprint=seal.fingerprint,
    )


def _verdict(proof: Any) -> dict[str, object]:
    about = {"edition": proof.inventory.edition, "digest": proof.inventory.digest} if proof.inventory else {}
    about |= {"manifest": asdict(proof.manifest)} if proof.manifest else {}
    return {"whole": True, **about, "signatures": [{"file": name, **asdict(seal)} for name, seal in proof.seals]}
