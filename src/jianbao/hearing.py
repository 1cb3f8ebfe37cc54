"""The hearing: the finished briefs of an edition, and what they were made from, laid before the judge."""

from collections.abc import Iterator
from pathlib import Path

from jianbao import workspace
from jianbao.assessment import Assessment, Report, Stage, assess, documents_of
from jianbao.crew import Crew
from jianbao.dossier import read_dossier
from jianbao.errors import Place, Problem, UsageError, raise_all
from jianbao.inspection import read_design
from jianbao.judgement.checklist import decide
from jianbao.judgement.exhibit import Exhibit
from jianbao.judgement.pages import Print, read_print
from jianbao.judgement.points import Verdict
from jianbao.press import compose, draw, figure_width, written_of
from jianbao.publication.brief import Brief
from jianbao.publication.edition import made_from, unlike
from jianbao.publication.outline import Outline, Product
from jianbao.snapshot import Snapshot

BUILD = "build the edition first: jianbao build --edition {}"


def judge(root: Path, edition: str, output: Path | None, report: Report) -> tuple[Verdict, ...]:
    """Return the verdict on every finished brief; raises UsageError if it is not built, or older than the workspace."""
    report(Stage.READ)
    dossier = read_dossier(workspace.snapshot(root))
    issue = dossier.series.issue(edition)
    folder, products = workspace.output_folder(root, output) / issue.label, briefs(dossier.outline)
    raise_all(_unready(dossier.snapshot, folder, products, issue.label), UsageError)
    assessment = assess(dossier, issue, report=report)
    report(Stage.WRITE)
    written = written_of(assessment, documents_of(assessment))
    report(Stage.DRAW)
    needed = [(product.template, figure_width(product)) for product in products]
    composed, found = compose(draw(written, read_design(dossier.snapshot), needed, Crew()), needed), []
    for product in products:
        report(f"judging {product.name}")
        brief = composed[product.template, figure_width(product)]
        found.append(decide(tuple(exhibits(assessment, product, brief, read_print(folder / product.name)))))
    return tuple(found)


def briefs(outline: Outline) -> tuple[Product, ...]:
    """Return the PDFs of templates that have a body, which the checklist is for; a form of one page has none."""
    bodied = {name for name, parts in outline.parts.items() if any(part.role == "body" for part in parts)}
    return tuple(each for each in outline.products if each.format == "pdf" and each.template in bodied)


def exhibits(assessment: Assessment, product: Product, brief: Brief, printed: Print) -> Iterator[Exhibit]:
    """Yield a finished file as each of its languages has it."""
    dossier = assessment.dossier
    for language in product.languages:
        yield Exhibit(
            product=product.name,
            language=language,
            brief=brief,
            printed=printed,
            writer=dossier.writers[language],
            ledger=assessment.ledger,
            index=dossier.framework.index.id,
            effects=tuple(each.effect for each in assessment.advice.forward),
            beside=len(product.languages),
        )


def _unready(snapshot: Snapshot, folder: Path, products: tuple[Product, ...], label: str) -> list[Problem]:
    """Return a problem for each brief that is missing, or one if the workspace has changed since the build."""
    hint = BUILD.format(label)
    if not products:
        return [Problem(Place("templates/outline.yml"), "no PDF of a template with a body is among the products")]
    absent = unlike(folder, [each.name for each in products])
    if absent:
        return [
            Problem(Place(str(folder / name)), "this brief is not there, or not as it was built", hint)
            for name in absent
        ]
    if made_from(folder) != snapshot.hashes():
        return [Problem(Place(str(folder)), "the workspace has changed since this edition was built", hint)]
    return []
