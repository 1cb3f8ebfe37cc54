"""Every command does its work in a new workspace, in whatever languages, from its files alone."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch
from zipfile import ZipFile

import pytest

from jianbao.cli import studio
from tests.build_store import Store
from tests.delivery.mail_server import PASSPHRASE, issue
from tests.pdf_text import pages
from tests.workspaces import Done, run

pytestmark = pytest.mark.slow
LAYOUTS = [
    *(pytest.param(languages, marks=pytest.mark.deep) for languages in ("zh-en", "en-fr")),
    "zh-en-fr",
]
# Commands that need no workspace, and those of a change that is tried, which have tests of their own
OF_THE_MACHINE = {"new", "doctor", "fonts", "schema", "explain", "examples", "propose", "apply"}
SECRET = "OFFICE_PASSPHRASE"
BOOK = """mail: {host: localhost, port: 1, security: tls, sender: Office <brief@office.example>}
groups:
  council: {language: LANGUAGE, files: [package], recipients: [Ann <ann@council.example>]}
"""
COMPARED = {"zh": "得分变在哪里", "en": "Where the score moved", "fr": "Où le score a bougé"}
OFFERED = {"zh": "请查收", "en": "Please find attached", "fr": "Veuillez trouver ci-joint"}
PATIENCE = 120.0  # seconds in which a command that serves ends after Ctrl-C, on any machine
JUDGED = 4  # what a brief of example rows is said to be: not good


def errands(folder: Path) -> Iterator[tuple[int, tuple[object, ...]]]:
    """Yield what is typed from a new workspace to the next edition, each with the exit code that it ends with."""
    filled = folder.parent / "figures.xlsx"
    yield 0, ("check", folder)
    yield 0, ("adopt", folder, folder.parent / "adopted", "--name", "Geneva", "--country", "CHE")
    yield 0, ("check", folder.parent / "adopted")
    yield 0, ("batch", folder.parent / "batch.yml", "--jobs", 1)
    yield 0, ("build", folder, "--jobs", 1)
    yield 0, ("preview", folder, "--no-open", "--port", 0)
    yield 0, ("studio", folder, "--no-open", "--port", 0)
    yield 0, ("user", "list", folder)
    yield 0, ("facts", "partners.total", folder)
    yield 0, ("due", folder)
    yield 0, ("upgrade", folder)
    yield 0, ("score", folder)
    yield 0, ("sensitivity", folder)
    yield 0, ("chart", "partners", folder)
    yield 0, ("whatif", folder, "--set", "partners.region.south=4")
    yield JUDGED, ("judge", folder)
    yield 0, ("archive", "2025", "-w", folder)
    yield 0, ("recall", "partners.total", folder)
    yield 0, ("package", "2025", folder)
    yield 0, ("verify", folder / "output/2025.zip")
    yield 0, ("deliver", "2025", folder, "--dry-run")
    yield 0, ("deliver", "2025", folder, "--folder", folder.parent / "sent")
    office = issue(folder.parent).office
    yield 0, ("sign", "--key", office, "--passphrase-env", SECRET, "--edition", "2025", "-w", folder)
    yield 0, ("review", "return", "brief", "--by", "Ann", "--comment", "Name the source.", "-w", folder)
    yield 0, ("review", "approve", "--all", "--yes", "--by", "Ben", "-w", folder)
    yield 0, ("review", folder)
    yield 0, ("edition", "new", "2026", folder, "--as-of", "2026-12-31")
    yield 0, ("intake", "--template", filled, folder)
    yield 0, ("intake", filled, folder)
    yield 0, ("diff", "2025", "2026", folder)
    yield 0, ("diff", "2025", "2026", folder, "--pdf", folder.parent / "changes.pdf")


@pytest.fixture(scope="module", params=LAYOUTS)
def layout(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return tuple(request.param.split("-"))


@pytest.fixture(scope="module")
def folder(layout: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new workspace with someone to send to, and of its products one: enough for every errand."""
    made = tmp_path_factory.mktemp("errands") / "new"
    assert run("new", made, "--like", "small", "--city", "Lyon", "--languages", "-".join(layout)).code == 0
    outline = made / "templates/outline.yml"
    product = f"products: [brief.{'-'.join(layout[:2])}.pdf]"
    outline.write_text(re.sub(r"products: .*", product, outline.read_text("utf-8")), "utf-8")
    (made / "data/delivery.yml").write_text(BOOK.replace("LANGUAGE", layout[-1]), "utf-8")
    (made.parent / "batch.yml").write_text("- {workspace: new, output: elsewhere}\n", "utf-8")
    return made


@pytest.fixture(scope="module")
def wrong(folder: Path, store: Store) -> list[tuple[object, ...]]:
    """Return every errand that did not end as it should; what one of them built, the others take from the cache."""
    with patch.dict(os.environ, {SECRET: PASSPHRASE, **store.world}):
        ended = [(code, words, run_briefly(*words)) for code, words in errands(folder)]
    return [(*words, done.code, done.err or done.out) for code, words, done in ended if done.code != code]


def run_briefly(*words: object) -> Done:
    """Run a command; what goes on until Ctrl-C gets it as soon as it has told its address."""
    if words[0] not in ("preview", "studio"):
        return run(*words)
    command = [sys.executable, "-m", "jianbao.cli", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as served:
        assert served.stdout and served.stderr
        served.stdout.readline()
        served.send_signal(signal.SIGINT)
        try:
            return Done(served.wait(PATIENCE), "", served.stderr.read())
        except subprocess.TimeoutExpired:
            served.kill()
            return Done(-signal.SIGKILL, "", f"not ended by Ctrl-C in {PATIENCE:g} s")


def test_every_command_works(wrong: list[tuple[object, ...]]) -> None:
    assert wrong == [], wrong


def test_letter_message_and_comparison_are_in_the_languages_of_the_workspace(
    layout: tuple[str, ...], folder: Path, wrong: list[tuple[object, ...]]
) -> None:
    with ZipFile(folder / "output/2025.zip") as package:
        letters = {name for name in package.namelist() if name.startswith("letter.")}
    assert letters == {f"letter.{language}.pdf" for language in layout}
    compared = " ".join("".join(pages(folder.parent / "changes.pdf")).split()).replace("\u00a0", " ")
    assert {language for language, words in COMPARED.items() if words in compared} == {*layout}
    assert OFFERED[layout[-1]] in (folder.parent / "sent/council/message.txt").read_text("utf-8")


def test_an_interrupt_is_looked_for_in_short_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(studio, "sleep", pause)
    with pytest.raises(KeyboardInterrupt):
        studio.wait_for_interrupt()
    assert len(waited) == 3 and max(waited) <= 1.0, "a wait without end may miss Ctrl-C"


def test_no_command_is_left_out(tmp_path: Path) -> None:
    listed = run("--help").out.partition("Commands:")[2]
    named = set(re.findall(r"^  ([a-z]+)  ", listed, re.MULTILINE))
    assert {str(words[0]) for _, words in errands(tmp_path / "new")} | OF_THE_MACHINE == named
