"""On a terminal each case is asked about, and a row is written if every case of it is decided for it."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from jianbao.app.intake import Prompter, read_and_review, run_intake
from jianbao.intake.decisions import Policy
from tests.intake.sample_files import figures, workbook, year_2026
from tests.workspaces import MINIATURE, ROOT, run

pytestmark = pytest.mark.slow

SOURCE = "chinanews_trade_2025"
QUESTIONS = {
    "is not in the name table": True,
    "the wrong century": True,
    "Take 'Łódz'": False,
    "may be 'Lodz'": False,
    "'50.11'": False,
    "'8.68'": False,
    "the delivery '1123999000000'": True,
    "though the series only grows": False,
    "7120000000": True,
}


class Clerk:
    """Answers by what was said last, and keeps what was asked."""

    def __init__(self, agree: bool = True, answers: Mapping[str, bool] = QUESTIONS) -> None:
        self.said: list[str] = []
        self.asked: list[str] = []
        self.agree, self.answers = agree, answers

    def confirm(self, question: str) -> bool:
        self.asked.append(question)
        if question.startswith("Write") and "row" in question:
            return self.agree
        text = " ".join([*self.said[-2:], question])
        return next(answer for key, answer in self.answers.items() if key in text)

    def desk(self) -> Prompter:
        return Prompter(say=self.said.append, confirm=self.confirm, ask=lambda _: "it was counted anew")


@pytest.fixture
def city(tmp_path: Path) -> Path:
    for folder in ("data", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / "city" / folder)
    assert run("edition", "new", "2026", tmp_path / "city", "--as-of", "2026-12-31").code == 0
    return tmp_path / "city"


def lines(city: Path, table: str) -> Sequence[str]:
    old = (ROOT / "data" / f"{table}.csv").read_text("utf-8").splitlines()
    return [line for line in (city / "data" / f"{table}.csv").read_text("utf-8").splitlines() if line not in old]


def test_each_case_is_asked_about_and_the_answers_are_kept(city: Path) -> None:
    clerk = Clerk()
    receipt = read_and_review(city, year_2026(city.parent / "2026.xlsx"))
    assert run_intake(city, receipt, Policy(), clerk.desk()) == 0
    written = lines(city, "series")
    assert "fdi_used,Guangzhou,7120000000,usd,=,2026,,,chinanews_trade_2025,stated,," in written
    assert "trade_total,Guangzhou,1123999000000,cny,=,2024,,,gdp_2018,stated,," in written
    assert not any(line.startswith("award_entries_cum") for line in written)
    assert [line.split(",")[0] for line in lines(city, "sister_cities")] == ["Busan", "Nairobi"]
    assert [line.split(",")[0] for line in lines(city, "names")] == ["Nairobi"]
    assert clerk.asked[-1] == "Write 8 new rows and 1 changed row?"


def test_a_day_in_doubt_is_kept_as_it_is_written_if_that_is_the_answer(city: Path) -> None:
    sheets = figures(["canton_export", "Guangzhou", 25_710_000_000, "usd", "=", "1926-03", 139, SOURCE, "stated"])
    clerk = Clerk(answers={"Is this reading right": False, "Take '1926-03' as it is written?": True})
    assert (
        run_intake(city, read_and_review(city, workbook(city.parent / "1926.xlsx", sheets)), Policy(), clerk.desk())
        == 0
    )
    assert lines(city, "series") == [f"canton_export,Guangzhou,25710000000,usd,=,1926-03,139,,{SOURCE},stated,,"]


def test_whoever_says_no_in_the_end_has_nothing_written(city: Path) -> None:
    receipt = read_and_review(city, year_2026(city.parent / "2026.xlsx"))
    clerk = Clerk(agree=False)
    assert run_intake(city, receipt, Policy(), clerk.desk()) == 0
    assert clerk.said[-1].startswith("Nothing was written.") and lines(city, "series") == []


def test_a_table_that_changed_while_the_clerk_thought_is_not_overwritten(city: Path) -> None:
    receipt = read_and_review(city, year_2026(city.parent / "2026.xlsx"))
    path = city / "data" / "series.csv"
    path.write_text(path.read_text("utf-8") + "gdp,Guangzhou,1,cny,=,2026,,gdp_2018,unverified,\n", "utf-8")
    before = path.read_bytes()
    with pytest.raises(Exception, match="was changed in the meantime: nothing was written"):
        run_intake(city, receipt, Policy(accept_changes=True, leave_open=True), Prompter(say=print, agreed=True))
    assert path.read_bytes() == before and lines(city, "names") == []


def test_another_city_takes_in_its_own_tables(tmp_path: Path) -> None:
    root = tmp_path / "town"
    shutil.copytree(MINIATURE, root)
    file = tmp_path / "regattas.csv"
    file.write_text("round,held_on,boats,victor,source,confidence\n4,2031/6/4,61,saltern,gazette,stated\n")
    done = run("intake", file, root, "--yes")
    assert done.code == 0 and "'saltern' is read as 'Saltern'" in done.out, done.out + done.err
    assert (root / "data" / "regattas.csv").read_text().endswith("\n4,2031-06-04,61,Saltern,gazette,stated\n")
    done = run("intake", "--template", tmp_path / "t.xlsx", root)
    assert done.code == 0 and (tmp_path / "t.xlsx").exists()  # its words are built in
