"""Whole workspaces: copies to change, editions built once a run, and the command line run in this process."""

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import sha256
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
from unittest.mock import patch

import typer
from pytest import MonkeyPatch

from jianbao import cli
from jianbao.app import check, products, workspace
from jianbao.app.assess import Assessment, documents_of
from jianbao.brief.model import Block, Brief, Grid, Section
from jianbao.cli.base import asked_language
from jianbao.core.messages import ENGLISH
from jianbao.core.private_files import cache_folder
from jianbao.core.workers import Workers
from jianbao.render.fonts.registry import read_fonts
from jianbao.render.html.page import HALF_WIDTH
from jianbao.text.render import Statement

if TYPE_CHECKING:
    from tests.build_store import Store

ROOT = Path(__file__).parents[1]
MINIATURE = Path(__file__).parent / "miniature"
LANGUAGES = ("zh", "en")
LAYOUTS = ("zh-en", "zh", "en")
QUOTING = ("discrepancies", "discrepancies_found")  # tables that quote what sources say, numbers and all


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Edition:
    """A built edition: its folder, what it knows and concludes, and the brief that its pages show."""

    root: Path
    folder: Path
    assessment: Assessment
    brief: Brief

    def pdf(self, layout: str) -> Path:
        return self.folder / f"brief.{layout}.pdf"


_commands = cache(typer.main.get_command)  # made once a process of tests, not once a command


def run(*words: object) -> Done:
    """Run `jianbao` in this process, as from a script: nothing is a terminal."""
    out, err = StringIO(), StringIO()
    code, collected = 0, gc.get_threshold()
    arguments = list(map(str, words))
    typed = patch.object(sys, "argv", ["jianbao", *arguments])
    with typed, MonkeyPatch.context() as script, redirect_stdout(out), redirect_stderr(err):
        if asked_language(arguments, os.environ) == ENGLISH:  # in another one the help of the commands is translated
            script.setattr(typer.main, "get_command", _commands)
        script.setitem(sys.modules, "__main__", ModuleType("__main__"))  # or Click would say: python -m pytest
        try:
            cli.main()
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else int(bool(stop.code))
        finally:
            gc.set_threshold(*collected)  # a command leaves its garbage to the end of its process; this one goes on
    return Done(code, out.getvalue(), err.getvalue())


def built(root: Path, edition: str, output: Path, store: "Store", layouts: tuple[str, ...] = ()) -> Edition:
    """Build an edition by the command line, which must succeed; what another process of this run made is taken.

    A process that waits for it leaves its processor to the build.
    """
    chosen = [word for layout in layouts for word in ("--lang", layout)]
    jobs = 0 if root == ROOT else 1
    with store.alone(root, edition), patch.dict(os.environ, store.world):
        done = run("build", root, "--edition", edition, "--output", output, "--jobs", jobs, *chosen)
    assert done.code == 0, done.err
    known = assessed(root, edition)
    return Edition(root, output / known.issue.label, known, composed(known))


def assessed(root: Path, edition: str = "") -> Assessment:
    """Return what an edition of a workspace knows and concludes, the newest if none is named.

    What was assessed last is kept for as long as no file of the workspace has changed.
    """
    return _assessed(root, edition, workspace.snapshot(root).fingerprint())


@lru_cache(maxsize=4)
def _assessed(root: Path, edition: str, _files: str) -> Assessment:
    return check.assess_edition(workspace.snapshot(root), edition)


def composed(assessment: Assessment, width: float = HALF_WIDTH, layout: str = "", template: str = "brief") -> Brief:
    """Return a document of an assessed edition, the brief, drawn and numbered, without its pages."""
    variant = products.DocumentVariant(template, width, layout, data=True)
    return drawn(assessment, variant)[variant]


def drawn(assessment: Assessment, *needed: products.DocumentVariant) -> products.BriefsByVariant:
    """Return documents of an assessed edition, drawn and numbered, by what is needed."""
    written = products.write_edition(assessment, documents_of(assessment))
    return products.compose_briefs(
        products.draw(written, check.read_design(assessment.project.snapshot), needed, Workers()), needed
    )


def copy(root: Path, folder: Path) -> Path:
    """Return a copy of a workspace that may be changed."""
    for part in ("data", "templates"):
        shutil.copytree(root / part, folder / part)
    return folder


def amend(root: Path, file: str, old: str, new: str) -> None:
    """Change a file of a workspace in one place, which must be there."""
    path = root / file
    text = path.read_text("utf-8")
    assert old in text, f"{file} has no {old!r}"
    path.write_text(text.replace(old, new, 1), "utf-8")


def snapshot(folder: Path) -> dict[str, str]:
    """Return the hash of everything in a folder, hidden files too, by path; folders have none."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in sorted(folder.rglob("*"))
    }


def linked_fonts(cache: Path) -> Path:
    """Return a cache folder with a link to every prepared font, so that one can be taken away.

    What libraries remember of the fonts of this machine is linked too: they would spend seconds on it anew.
    """
    folder = read_fonts().folder
    made = cache / "jianbao" / folder.name
    shutil.copytree(folder, made, copy_function=os.symlink)
    for library in ("fontconfig", "matplotlib"):
        remembered = cache_folder().parent / library
        remembered.mkdir(parents=True, exist_ok=True)
        (cache / library).symlink_to(remembered)
    return made


def sections(brief: Brief) -> Iterator[tuple[Section, tuple[Block, ...]]]:
    """Yield each section with all of its blocks, the items and parts of a block after it."""
    for section in brief.sections:
        waiting, found = list(section.blocks), []
        while waiting:
            block = waiting.pop(0)
            found.append(block)
            waiting = [*block.items, *(inner for _, inside in block.parts for inner in inside), *waiting]
        yield section, tuple(found)


def statements_of(block: Block) -> Iterator[Statement]:
    """Yield what a block says by itself, in reading order: its own statements, or those of its figure or table."""
    yield from block.statements
    if block.figure:
        yield from (block.figure.title, block.figure.subtitle, *([block.figure.note] if block.figure.note else []))
    if block.table:
        yield from table_statements(block.table)


def table_statements(table: Grid) -> Iterator[Statement]:
    """Yield title, heads, cells row by row, and note of a table; what stands below a cell has no head."""
    yield table.title
    yield from (column.head for column in table.columns if not column.below)
    for row in table.rows:
        yield from row
    if table.note:
        yield table.note


def everything(brief: Brief) -> Iterator[Statement]:
    """Yield every statement of a brief in the order of its sections; labels of parts come before what they label."""
    yield brief.title
    yield brief.subtitle
    yield from brief.masthead.values()
    for section in brief.sections:
        yield section.title
        for block in section.blocks:
            yield from with_parts(block)


def with_parts(block: Block) -> Iterator[Statement]:
    """Yield everything that a block and what stands inside it say, in reading order: a decision's label comes last."""
    if block.kind != "decision":
        yield from statements_of(block)
    for item in block.items:
        yield from with_parts(item)
    if block.kind == "decision":
        yield from statements_of(block)
    for label, inside in block.parts:
        yield label
        for inner in inside:
            yield from with_parts(inner)
