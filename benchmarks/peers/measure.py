"""The peers in one run: each makes the same brief, and its files are held against this program's.

`python -m benchmarks.peers.measure` says times and sizes as ratios, and what each file has: docs/compare.md. The times
are those of the processor.
"""

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.jobs import render_jobs
from benchmarks.peers import pandoc_brief, typst_brief, word_template
from benchmarks.peers.features import Made, features
from benchmarks.peers.printed_number import printed_numbers
from benchmarks.ratios import FULL, QUICK, Extent, as_the_command, processor_seconds, say
from jianbao.brief.outline import Product
from jianbao.render.product import RenderJob, render_product

Maker = Callable[[RenderJob, Path], bytes]
OWN = "jianbao"
PARALLEL = "parallel pdf"  # two languages side by side
FORMS = ("pdf", PARALLEL, "docx", "html")


@dataclass(frozen=True)
class Tool:
    """A program: its name, what it makes, by form, and what must be installed before it can, or nothing."""

    name: str
    makers: Mapping[str, Maker]
    missing: str = ""


def tools() -> tuple[Tool, ...]:
    """Return this program and its peers."""
    own = Tool(OWN, dict.fromkeys(FORMS, lambda job, _: render_product(job)))
    typst = Tool(
        "Typst",
        {"pdf": typst_brief.compiled, PARALLEL: typst_brief.compiled, "html": typst_brief.web_page},
    )
    pandoc = Tool(
        "Pandoc and Typst",
        {"pdf": pandoc_brief.compiled, "docx": pandoc_brief.word_document, "html": pandoc_brief.web_page},
    )
    docxtpl = Tool("docxtpl", {"docx": word_template.word_document})
    office = Tool(
        "docxtpl and LibreOffice",
        {"pdf": word_template.printed},
        "" if word_template.office() else word_template.OFFICE,
    )
    quarto = Tool(
        "Quarto",
        {"pdf": pandoc_brief.quarto_pdf, "docx": pandoc_brief.quarto_word, "html": pandoc_brief.quarto_page},
        "" if pandoc_brief.quarto() else pandoc_brief.QUARTO,
    )
    return own, typst, pandoc, docxtpl, office, quarto


def of_the_peers(folder: Path, extent: Extent) -> list[Made]:
    """Say (e): what each peer's time and size are relative to this program's, form by form, and what its files have."""
    jobs = dict(_jobs(extent))
    made = list(_made(jobs, folder, extent.runs))
    for form in FORMS:
        own = next(each for each in made if (each.tool, each.form) == (OWN, form))
        say(f"     {form}: {own.seconds:.2f} s and {own.size / 1e6:.2f} MB {OWN}, one process")
        for each in made:
            if each.form == form and each is not own:
                time, size = each.seconds / own.seconds, each.size / own.size
                say(f"(e)  {form}: {time:.2f} of the time, {size:.2f} of the size: {each.tool}")
    bitmaps = sum(processor_seconds(partial(pandoc_brief.prepare, job, folder)) for job in jobs["docx"])
    say(f"     {bitmaps:.2f} s pictures for Word as bitmaps, which the peers are given")
    for line in printed_numbers(extent.root):
        say(f"     {line}")
    for tool in tools():
        if tool.missing:
            say(f"     left out: {tool.name}. {tool.missing}")
    for feature in features(made):
        say(f"     {feature}")
    return made


def _jobs(extent: Extent) -> Iterator[tuple[str, list[RenderJob]]]:
    """Yield by form what it is made from; peers begin where this program does, with finished text and figures."""
    languages = extent.layouts[0]
    alone = [(language,) for language in languages]
    for form in FORMS:
        layouts = [languages] if form == PARALLEL else alone
        ending = "pdf" if form == PARALLEL else form
        yield form, render_jobs(extent.root, [Product("brief", layout, ending) for layout in layouts])


@dataclass(frozen=True)
class Turn:
    """A job done by a program: in how many seconds, and with which bytes."""

    seconds: float
    content: bytes


def _made(jobs: Mapping[str, list[RenderJob]], folder: Path, runs: int) -> Iterator[Made]:
    """Yield what each program makes in each form, all of it once before anything is made again."""
    able = [(tool, form) for tool in tools() if not tool.missing for form in tool.makers]
    sources = {(tool.name, form): _source(tool, form, jobs) for tool, form in able}
    done = [
        {
            (tool.name, form): [_turn(tool, form, job, folder / str(run)) for job in sources[tool.name, form]]
            for tool, form in able
        }
        for run in range(runs)
    ]
    for tool, form in able:
        turns = list(zip(*(run[tool.name, form] for run in done), strict=True))
        yield Made(
            tool=tool.name,
            form=form,
            jobs=tuple(sources[tool.name, form]),
            seconds=sum(min(turn.seconds for turn in each) for each in turns),
            files=tuple(each[0].content for each in turns),
            repeatable=all(len({turn.content for turn in each}) == 1 for each in turns),
        )


def _source(tool: Tool, form: str, jobs: Mapping[str, list[RenderJob]]) -> list[RenderJob]:
    """Return what a form is made from; a peer has the figures of the pages in every form."""
    return jobs[form] if tool.name == OWN or form == PARALLEL else jobs["pdf"]


def _turn(tool: Tool, form: str, job: RenderJob, folder: Path) -> Turn:
    place = folder / tool.name / form / job.product.name
    place.mkdir(parents=True)
    if tool.name != OWN:
        pandoc_brief.prepare(job, place)
    made = list[bytes]()
    with as_the_command():
        seconds = processor_seconds(lambda: made.append(tool.makers[form](job, place)))
    return Turn(seconds, made[0])


def main(words: Sequence[str] | None = None) -> None:
    """Make the brief with every peer and say how they compare; `--keep` keeps the files in a folder."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--quick", action="store_true", help="everything once on a small workspace")
    reader.add_argument("--keep", type=Path, help="a new folder for what the peers make")
    asked = reader.parse_args(words)
    with tempfile.TemporaryDirectory() as temporary:
        made = of_the_peers(Path(temporary), QUICK if asked.quick else FULL)
    if asked.keep:
        asked.keep.mkdir()
        for each in made:
            for job, content in zip(each.jobs, each.files, strict=True):
                ending = each.form.split()[-1]
                name = f"{each.tool}.{'-'.join(job.product.languages)}.{ending}".replace(" ", "-")
                (asked.keep / name).write_bytes(content)


if __name__ == "__main__":
    main()
