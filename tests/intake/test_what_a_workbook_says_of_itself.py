"""What a workbook says of its own data: up to which day they are, and which of its rows it doubts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from jianbao.app.intake import further_headings
from jianbao.core.documents import Problems
from jianbao.data.csv_files import Sheet
from jianbao.intake.sheets import Setting
from jianbao.intake.sources import data_until
from jianbao.intake.visits import with_visits
from tests.intake.sample_files import Rows, workbook
from tests.workspaces import Done, run

WORDS = further_headings()
EDITION = date(2025, 12, 31)
SETTING = Setting(source=("来源",), year=2025, part_years=frozenset({"visits"}))
OFFICE = ("--office", "zh=安澜市外事办公室", "--office", "en=Foreign Affairs Office of Anlan")


def sheet(table: str, head: str, *rows: str, above: Sequence[str] = (), title: str = "表") -> Sheet:
    """Return a sheet whose cells are parted by bars, with lines above its heading."""
    first = len(above) + 2
    cells = tuple(tuple(row.split("|")) for row in rows)
    lines = dict(enumerate(above, 1))
    numbers = tuple(range(first, first + len(rows)))
    named = Sheet(table=table, file=f"own.xlsx[{title}]", head=tuple(head.split("|")), rows=cells, numbers=numbers)
    return replace(named, heading=first - 1, above=lines)


def said(notes: Problems) -> str:
    return " ".join(str(each.what) for each in notes)


# The day of the data


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("填报单位：市外办　　更新至2025年11月", date(2025, 11, 30)),
        ("截至2025年11月底", date(2025, 11, 30)),
        ("数据截至：2025年9月8日（快报）", date(2025, 9, 8)),
        ("统计截至2025.6.30，单位：个", date(2025, 6, 30)),
        ("截至2025年底", EDITION),
        ("Foreign Affairs Office, as of November 2025", date(2025, 11, 30)),
        ("Updated to 3 October 2025", date(2025, 10, 3)),
        ("截至2024年9月", None),
        ("市外办　　2025年11月", None),
        ("截至目前", None),
    ],
)
def test_the_day_of_the_data_is_that_above_a_table_and_of_a_month_the_last(line: str, day: date | None) -> None:
    problems: Problems = []
    notes: Problems = []
    listed = sheet("sister_cities", "城市|国家|结好时间", "翰坡市|日本|1999.9.9", above=[line])
    assert data_until({"sister_cities": listed}, WORDS, EDITION, problems, notes) == day
    assert not problems and bool(notes) == (day != EDITION and ("截至2" in line or day is not None))


def test_sheets_that_state_different_days_are_asked_about_once_and_a_line_about_all_data_decides() -> None:
    problems: Problems = []
    notes: Problems = []
    one = sheet("sister_cities", "城市|结好时间", "翰坡市|1999.9.9", above=["截至2025年7月"], title="友城")
    other = sheet("trade", "年份|总额", "2024|3", above=["更新至2025年11月"], title="外贸")
    assert data_until({"sister_cities": one, "trade": other}, WORDS, EDITION, problems, notes) is None
    assert len(problems) == 1 and "截至2025年7月" in said(problems) and "更新至2025年11月" in said(problems)
    whole = replace(other, above={1: "数据截至2025年11月15日"})
    assert data_until({"sister_cities": one, "trade": whole}, WORDS, EDITION, [], notes) == date(2025, 11, 15)


def test_rows_that_are_later_than_the_day_above_a_table_are_asked_about() -> None:
    problems: Problems = []
    one = sheet("sister_cities", "城市|结好时间", "翰坡市|1999.9.9", above=["截至2025年7月"])
    visits = sheet("visits", "日期|方向|城市", "2025.7.31|来|翰坡", "2025.10.12-16|来|翰坡", title="互访")
    assert data_until({"sister_cities": one, "visits": visits}, WORDS, EDITION, problems, []) is None
    assert "2025.10.12" in said(problems) and "2025.7.31" not in said(problems)


def test_visits_of_a_year_that_has_not_ended_are_counted_for_its_months() -> None:
    visits = sheet("visits", "日期|方向|城市", "2024.7.31|来|翰坡", "2025.3.12|来|翰坡")
    early = replace(SETTING, until=date(2025, 11, 30))
    counted = with_visits({"visits": visits}, None, WORDS, early, problems=[], notes=[])["visits"]
    assert [row[0] for row in counted.rows] == ["2024", "2025-01/2025-11"]


# A whole workbook


@pytest.fixture
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a new workspace in Chinese and English, with an event of its own and no examples."""
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    folder = tmp_path / "anlan"
    names = ("--name", "zh=安澜", "--name", "en=Anlan", "--event", "zh=海港大会", "--event", "en=Congress of Ports")
    assert run("new", folder, *names, *OFFICE, "--country", "CHN").code == 0
    assert run("examples", "remove", folder).code == 0
    return folder


def take(city: Path, *options: str, **sheets: Rows) -> Done:
    """Take in a workbook with these sheets."""
    return run("intake", workbook(city.parent / "own.xlsx", sheets), city, *options)


PARTNERS: Rows = [
    ["安澜市国际友好城市一览表"],
    ["填报单位：市外办　　更新至2025年11月"],
    ["城市", "英文名", "国家", "结好时间", "来源", "备注"],
    ["翰坡市", "Hanpo", "日本", "1999-9-9", "安澜年鉴", ""],
    ["诺伊瓦尔德市", "Neuwald", "德国", "2005-3-1", "安澜年鉴", ""],
]


@pytest.mark.slow
def test_the_day_of_the_data_reaches_the_edition_and_is_told(city: Path) -> None:
    done = take(city, "--yes", 友好城市=PARTNERS)
    assert done.code == 0, done.out + done.err
    assert "as_of: 2025-11-30" in (city / "data" / "editions.yml").read_text("utf-8")
    assert (
        "“更新至2025年11月”：简报的数据截止日期为 2025-11-30" in done.out and "数据截止日期（2025-11-30）" in done.out
    )
    again = take(city, "--yes", 友好城市=PARTNERS)
    assert again.code == 0 and "没有新内容" in again.out
