"""A column whose words change what is counted is read or asked about, and every column that is not read is told."""

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook

from tests.workspaces import Done, run

pytestmark = pytest.mark.slow

Rows = Sequence[Sequence[object]]
LANGUAGES = ("zh", "en")
KINDS = ("友好城市", "友好城市", "友好合作关系城市", "友好合作关系城市")


def partners(**columns: Sequence[object]) -> Rows:
    """Return a list of four partners with further columns."""
    listed = [
        ("翰坡市", "Hanpo", "日本", "1999年9月9日", "安澜年鉴"),
        ("诺伊瓦尔德市", "Neuwald", "德国", "2005年3月", "安澜年鉴"),
        ("艾伦港市", "Port Alen", "美国", "2010-5-1", "安澜日报"),
        ("南港市", "South Harbour", "英国", "2015年", "安澜日报"),
    ]
    told = [[*row, *(cells[at] for cells in columns.values())] for at, row in enumerate(listed)]
    return [["城市", "英文名", "国别", "结好日期", "来源", *columns], *told]


@pytest.fixture(params=LANGUAGES)
def city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """Return a new workspace in Chinese and English without examples; the program speaks either language."""
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", request.param)
    folder = tmp_path / "anlan"
    names = ("--name", "zh=安澜", "--name", "en=Anlan", "--event", "zh=海港大会", "--event", "en=Congress of Ports")
    assert run("new", folder, *names, "--country", "CHN").code == 0
    assert run("examples", "remove", folder).code == 0
    return folder


def take(city: Path, *options: str, **sheets: Rows) -> Done:
    """Take in a workbook with these sheets."""
    book = Workbook()
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
    book.remove(book["Sheet"])
    book.save(city.parent / "own.xlsx")
    return run("intake", city.parent / "own.xlsx", city, *(options or ("--yes",)))


def listed(city: Path, table: str, column: str) -> list[str]:
    with (city / "data" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return [row[column] for row in csv.DictReader(file)]


def said(done: Done, *texts: str) -> bool:
    """Return whether one of the texts, in Chinese or English, is printed."""
    return any(text in done.out for text in texts)


@pytest.mark.parametrize("heading", ["性质", "结好情形"])
def test_kinds_of_partners_are_known_by_what_a_column_holds(city: Path, heading: str) -> None:
    done = take(city, 友城台账=partners(**{heading: KINDS}))
    assert done.code == 0, done.out + done.err
    assert listed(city, "sister_cities", "city") == ["Hanpo", "Neuwald"]
    assert listed(city, "exchange_cities", "city") == ["Port Alen", "South Harbour"]
    if heading == "结好情形":
        assert said(done, "“结好情形”一列按内容读作“类别”", "'结好情形' is read as 类别, by what it holds")


@pytest.mark.parametrize(
    "kinds", [(*KINDS[:3], "民间"), ("市级友好城市", "市级友好城市", "省批友好合作城市", "省批友好合作城市")]
)
def test_a_column_that_parts_kinds_in_other_words_is_asked_about(city: Path, kinds: tuple[str, ...]) -> None:
    done = take(city, 友城台账=partners(结好情形=kinds))
    assert done.code == 3 and not listed(city, "sister_cities", "city"), done.out
    assert said(done, "“结好情形”一列区分伙伴的类别", "'结好情形' parts kinds of partners") and kinds[-1] in done.out
    assert said(done, "请把列名改为“备注”", "call it 备注")
    assert take(city, 友城台账=partners(备注=kinds)).code == 0
    assert len(listed(city, "sister_cities", "city")) == 4


def test_a_state_that_is_no_signed_tie_is_not_counted_whatever_its_column_is_called(city: Path) -> None:
    done = take(city, 友城台账=partners(类别=KINDS, 目前状态=("已签", "已签", "已签", "洽谈中")))
    assert done.code == 0, done.out + done.err
    assert listed(city, "exchange_cities", "city") == ["Port Alen"]
    assert said(done, "只有意向、没有签约的不计入：南港市", "an intent is no signed tie, and is not counted: 南港市")


def test_exchanges_and_levels_are_known_by_what_columns_hold(city: Path) -> None:
    done = take(
        city, 友城台账=partners(与我市联系=("活跃", "停滞", "活跃", "较少"), 结好主体=("市", "市", "市", "区级"))
    )
    assert done.code == 0, done.out + done.err
    assert listed(city, "sister_cities", "contact") == ["active", "inactive", "active"]


def test_a_row_that_is_undone_by_a_column_of_its_own_is_asked_about(city: Path) -> None:
    sheet = partners(现况=("正常", "正常", "正常", "已终止"))
    done = take(city, 友城台账=sheet)
    assert done.code == 3 and not listed(city, "sister_cities", "city"), done.out
    assert said(done, "[友城台账] 第 5 行，现况 列：  写着“已终止”", "by '已终止' the row may not count")
    assert take(city, 友城台账=[row for row in sheet if "已终止" not in row]).code == 0


def test_columns_of_single_visits_and_of_yearly_figures_that_are_not_read_are_told(city: Path) -> None:
    visits: Rows = [["日期", "来访方", "级别", "材料"], ["2025年3月", "翰坡市", "市长", "见档案"]]
    trade: Rows = [["指标", "2024", "2025", "同比"], ["进出口总额（亿元）", 2270.3, 2301, "1.4%"]]
    done = take(city, "--readings", 外事接待=visits, 外贸=trade)
    assert said(done, "来访方、级别、材料", "来访方, 级别, 材料"), done.out
    assert said(done, "简报不用 外贸 中的这几列，已略去：同比", "not of 外贸 and are left out: 同比")
