"""What products of a workspace are rendered from: finished text, drawn figures, files to attach, a design."""

from collections.abc import Sequence
from pathlib import Path

from jianbao.app import build, check, products, workspace
from jianbao.brief.outline import Product
from jianbao.core.workers import Workers
from jianbao.render.product import RenderJob


def render_jobs(root: Path, wanted: Sequence[Product]) -> list[RenderJob]:
    """Return all that products of the newest edition are rendered from."""
    written = build.write(check.assess_edition(workspace.snapshot(root), ""))
    drawings = build.draw_products(written, wanted, Workers())
    composed = products.compose_briefs(drawings, products.needed_by_all(wanted))
    files = build.records_of(written.assessment, written.approval)
    inside = build.enclosures(written.assessment, files)
    return [products.job_of(product, composed, drawings.design, inside) for product in wanted]
