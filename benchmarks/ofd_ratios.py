"""OFD, which is made of the finished PDF: what it adds to the time, and its size.

The time is that of the processor, in which a busy machine makes less of a difference.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.jobs import render_jobs
from benchmarks.ratios import Extent, Ratio, as_the_command, processor_seconds, say
from jianbao.brief.outline import Product
from jianbao.render.product import RenderJob, render_product

RUNS = 3  # the fastest one counts, of the PDF as of the OFD


@dataclass(frozen=True)
class Print:
    """A product as it was made, and the seconds that it took."""

    seconds: float
    content: bytes


def of_the_ofd(_: Path, extent: Extent) -> list[Ratio]:
    """Return (i): the time and the size of the Chinese OFDs together against their PDFs; say those of each."""
    jobs = render_jobs(extent.root, [Product(template, ("zh",)) for template in extent.paged])
    pairs = [_with_its_pdf(job) for job in jobs]
    printed, made = ([each[side] for each in pairs] for side in (0, 1))
    time = sum(each.seconds for each in made) / sum(each.seconds for each in printed)
    size = sum(len(each.content) for each in made) / sum(len(each.content) for each in printed)
    return [Ratio("(i) time that OFDs add : their PDFs", time, 0.25), Ratio("    size of OFDs : their PDFs", size, 1.1)]


def _with_its_pdf(job: RenderJob) -> tuple[Print, Print]:
    pages = _made(job)
    made = _made(replace(job, product=replace(job.product, format="ofd"), pages=pages.content))
    times = f"{made.seconds:.2f} s : {pages.seconds:.2f} s = {made.seconds / pages.seconds:.2f}"
    sizes = f"{len(made.content) / 1e3:.0f} kB : {len(pages.content) / 1e3:.0f} kB"
    say(f"     {job.product.template}: {times}; {sizes} (OFD : PDF)")
    return pages, made


def _made(job: RenderJob) -> Print:
    made = list[bytes]()
    with as_the_command():
        seconds = [processor_seconds(lambda: made.append(render_product(job))) for _ in range(RUNS)]
    return Print(min(seconds), made[0])
