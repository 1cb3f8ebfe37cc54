"""The tutorial, step by step, in both languages: what it says to type works and answers as it says."""

import csv
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.page_steps import Step, steps, take
from tests.pdf_text import pages
from tests.repository.tree import ROOT
from tests.workspaces import run

PAGES = {"en": ROOT / "docs" / "tutorial.md", "zh": ROOT / "docs" / "tutorial.zh-CN.md"}
SAMPLE = ROOT / "examples" / "anlan"
SHEETS = {
    "sources": "来源 Sources",
    "names": "名称 Names",
    "sister_cities": "国际友好城市 Sister cities",
    "exchange_cities": "国际友好合作交流城市 Exchange cities",
    "memberships": "多边组织职务 Memberships",
    "events": "活动届次 Editions of the event",
    "visits": "互访 Visits",
    "trade": "外贸 Trade",
    "peers": "其他城市 Other cities",
    "calendar": "日程 Calendar",
    "plan": "工作打算 Plan",
}
TEMPLATE = "jianbao intake --template workbook.xlsx"
SERVING = "jianbao preview"  # until somebody ends it; another test does
MOST_LINES_OF_YAML = 12


def fill_in(workbook: Path) -> None:
    """Paste the spreadsheet of the example into the workbook, with its headings, days and numbers typed."""
    book = load_workbook(workbook)
    for table, title in SHEETS.items():
        page = book[title]
        for number, row in enumerate(csv.reader((SAMPLE / f"{table}.csv").read_text("utf-8-sig").splitlines()), 1):
            for place, text in enumerate(row, 1):
                page.cell(number, place).value = typed(text)
    book.save(workbook)


def typed(text: str) -> str | int | date | None:
    """Return a cell as a spreadsheet program reads it from a CSV file."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    return int(text) if text.isdecimal() else text or None


def commands(text: str) -> list[str]:
    """Return the commands of a block, without comments."""
    return [shlex.join(words) for line in text.splitlines() if (words := shlex.split(line, comments=True))]


class Reader:
    """Someone who does what the page says, in an empty folder, and compares what is printed with what it shows."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path) -> None:
        self.patch = patch
        self.said = ""
        patch.chdir(folder)

    def follow(self, steps_told: list[Step]) -> None:
        for step in steps_told:
            if step.language == "sh":
                self.said = "".join(map(self.type, commands(step.text)))
            elif step.language == "text":
                missing = [line for line in step.text.splitlines() if line != "…" and line not in self.said]
                assert not missing, f"{step.heading}: not printed: {missing}; but\n{self.said}"
            else:
                take(step, Path())

    def type(self, command: str) -> str:
        """Type a command, which must succeed; return what it prints."""
        words = shlex.split(command)
        if words[0] == "cd":
            self.patch.chdir(words[1])
            return ""
        while "=" in words[0]:
            self.patch.setenv(*words.pop(0).split("=", 1))
        if words[0] == "openssl":
            subprocess.run(words, check=True, capture_output=True, env=os.environ)
            return ""
        assert words[0] == "jianbao"
        if command == SERVING:
            return ""
        if "--all" in words:
            words.append("--yes")  # the page has a person at a terminal, who is asked
        done = run(*words[1:])
        assert done.code == 0, f"{command}: {done.out[-2000:]}{done.err[-2000:]}"
        if command == TEMPLATE:
            fill_in(Path("workbook.xlsx"))
        return f"{done.out}{done.err}"


def until_the_rows_are_in(steps_told: Iterator[Step]) -> list[Step]:
    return [step for step in steps_told if step.heading[0] in "123"]


@pytest.fixture(params=sorted(PAGES))
def page(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a page of the tutorial, for a reader of its language."""
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", request.param)
    return PAGES[request.param]


@pytest.mark.slow
def test_the_rows_of_a_spreadsheet_are_taken_in(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Reader(monkeypatch, tmp_path).follow(until_the_rows_are_in(steps(page)))
    rows = [len(path.read_text("utf-8").splitlines()) - 1 for path in (tmp_path / "anlan" / "data").glob("*.csv")]
    assert sum(rows) > 60


@pytest.mark.deep
def test_the_spreadsheet_becomes_a_signed_brief(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Reader(monkeypatch, tmp_path).follow([*steps(page)])
    finished = tmp_path / "anlan" / "output"
    chinese = "".join(pages(finished / "2025" / "brief.zh.pdf"))
    assert "与伙伴城市的往来有待跟上" in chinese and "示例" not in chinese and "样稿" not in chinese
    side_by_side = re.sub(r"\W", "", pages(finished / "2025" / "brief.zh-en.pdf")[0])
    assert "第1期" in side_by_side and "全部通过" not in side_by_side  # what was approved is no matter for the reader
    official = re.sub(r"\s", "", "".join(pages(finished / "2025" / "gongwen.zh.pdf")))
    assert "安外〔2026〕1号" in official and "样稿" not in official
    assert (finished / "2025.zip").stat().st_size > 1_000_000


def test_both_languages_tell_the_same_steps() -> None:
    english, chinese = (written(page) for page in PAGES.values())
    assert english == chinese and len(english) > 15


def written(page: Path) -> list[tuple[str, object]]:
    """Return what a page says to type and to write, without what it shows."""
    shown = (step for step in steps(page) if step.language != "text")
    return [(step.file, [*map(unnamed, commands(step.text))] if step.language == "sh" else step.text) for step in shown]


def unnamed(command: str) -> str:
    """Return a command without who gives it and what he remarks, which are in the language of the page."""
    return re.sub(r"--(by|comment) ('[^']*'|\S+)", r"--\1 …", command)


def test_little_yaml_is_changed_and_no_program() -> None:
    changed = 0
    for step in steps(PAGES["en"]):
        if step.language in ("yaml", "diff"):
            lines = step.text.splitlines()
            changed += len([line for line in lines if step.language == "yaml" or line[:1] == "+"])
        changed += step.language in ("target", "replace")
    assert 0 < changed <= MOST_LINES_OF_YAML
    assert "src/" not in PAGES["en"].read_text("utf-8")


def test_the_page_says_how_many_rows_the_spreadsheet_has() -> None:
    rows = [len(path.read_text("utf-8-sig").splitlines()) - 1 for path in SAMPLE.glob("*.csv")]
    assert {path.stem for path in SAMPLE.glob("*.csv")} == SHEETS.keys()
    for page in PAGES.values():
        assert re.search(rf"\b{sum(rows)} rows|共{sum(rows)}行", page.read_text("utf-8"))
