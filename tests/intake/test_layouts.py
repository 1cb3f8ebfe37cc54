"""Tables that an office laid out for itself: kinds on one sheet, measures in columns, single visits, a title above."""

import csv
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.workspaces import Done, run

pytestmark = pytest.mark.slow

Rows = list[list[object]]
PARTNERS: Rows = [
    ["安澜市友好城市一览（截至2025年底，内部整理）"],
    ["序号", "友城名称", "英文名", "所属国家", "签约时间", "类别", "网页来源"],
    [1, "下关市", "Shimonoseki", "日本", "1979年10月3日", "友好城市", "https://a.example.org/1"],
    [2, "圣彼得堡市", "Saint Petersburg", "俄罗斯", "2005-5-1", "友好合作城市", "https://a.example.org/2"],
]
VISITS: Rows = [
    ["日期", "来访或出访", "外方城市", "团组", "人数", "来源"],
    ["2024-05-12", "来访", "下关市", "市长代表团", 12, "https://a.example.org/3"],
    ["2025-03-15", "来访", "圣彼得堡市", "教育团", 15, "https://a.example.org/4"],
    ["2025年9月20日", "出访", "下关市", "经贸团", 8, "https://a.example.org/4"],
]
TRADE: Rows = [
    ["年份", "进出口总额（亿元）", "其中出口（亿元）", "来源"],
    [2025, 5925.6, 3411.9, "https://a.example.org/5"],
]
PEERS: Rows = [
    ["城市", "英文名", "友城数", "年份", "出处"],
    ["大连", "Dalian", 22, 2024, "https://a.example.org/6"],
    ["宁波", "Ningbo", 23, 2023, "https://a.example.org/7"],
]


def taken_in(folder: Path, **sheets: Rows) -> Done:
    """Return what intake says of a workbook of an office, in Chinese, and take it in."""
    done = run("new", folder, "--languages", "zh-en", "--country", "CHN", "--empty")
    assert done.code == 0, done.err
    book = Workbook()
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    book.remove(book["Sheet"])
    book.save(folder / "own.xlsx")
    return run("intake", folder / "own.xlsx", folder, "--yes")


def rows(folder: Path, table: str) -> list[str]:
    return (folder / "data" / f"{table}.csv").read_text("utf-8").splitlines()[1:]


def test_the_tables_of_an_office_are_taken_in_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    done = taken_in(tmp_path / "new", 友城一览=PARTNERS, 因公往来=VISITS, 外贸=TRADE, 友城数对比=PEERS)
    assert done.code == 0, done.err
    assert "逐次的往来 3 项，已按年计数：2024、2025" in done.out and "序号" not in done.out
    (sister,), (exchange,) = rows(tmp_path / "new", "sister_cities"), rows(tmp_path / "new", "exchange_cities")
    assert "1979-10-03" in sister and "2005-05-01" in exchange
    visits = csv.DictReader((tmp_path / "new" / "data" / "visits.csv").read_text("utf-8").splitlines())
    assert [(row["year"], row["about"], row["received"] + row["sent"]) for row in visits] == [
        ("2024", "received", "1"),
        ("2025", "received", "1"),
        ("2025", "sent", "1"),
        ("2025", "active", ""),
    ]
    assert "592560000000,341190000000" in rows(tmp_path / "new", "trade")[0]
    assert [row.split(",")[:1] + row.split(",")[2:5] for row in rows(tmp_path / "new", "peers")] == [
        ["sister_cities", "22", "sister_city", "2024"],
        ["sister_cities", "23", "sister_city", "2023"],
    ]


def test_a_row_of_other_cities_about_the_city_itself_is_told_to_be_unused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    home: Rows = [*PEERS, ["本市", "Our City", 16, 2025, "https://a.example.org/8"]]
    done = taken_in(tmp_path / "new", 友城数对比=home)
    assert "第 4 行" in done.out and "自己的数，简报按本市的表计算，这一行不用" in done.out, done.out
    assert "这一行不用" not in taken_in(tmp_path / "other", 友城数对比=PEERS).out


def test_what_a_column_may_be_called_is_said_in_chinese(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    output = taken_in(
        tmp_path / "new", 国际会议和活动=[["年份", "地点", "参会国家数"], [2025, "港口", 35], [2025, "", 9]]
    ).out
    assert "缺少“届次”一列" in output and "现有的列：年份、地点、参会国家数" in output
    assert "edition" not in output


def test_a_visit_that_cannot_be_counted_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    visits: Rows = [
        *VISITS,
        ["5月3日", "来访", "下关市", "", 3, "https://a.example.org/3"],
        [None, None, "下关市", "国庆期间侨领团", 40, None],
    ]
    output = taken_in(tmp_path / "new", 因公往来=visits).out
    assert (
        "own.xlsx[因公往来] 第 5 行，日期 列：  “5月3日”写得不全，这次往来没有计入" in output and "要写出年份" in output
    )
    assert "own.xlsx[因公往来] 第 6 行：  日期、来访或出访没有填，这几次往来没有计入：第 6 行" in output


def test_single_visits_without_a_column_for_the_day_are_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    done = taken_in(tmp_path / "new", 因公往来=[row[1:] for row in VISITS])
    assert "缺少“日期”一列" in done.out + done.err and "缺少“年份”一列" not in done.out + done.err
