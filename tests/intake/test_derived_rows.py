"""A plain table of an office is taken in as it is: what follows from its rows is filled in, what is missing is told."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from openpyxl import load_workbook

from jianbao.app import workspace
from jianbao.app.intake import review_delivery
from tests.intake.sample_files import Rows, workbook
from tests.workspaces import Done, amend, run

pytestmark = pytest.mark.slow

SISTERS = ("外方城市", "英文", "国别", "结好时间", "来源网址", "等级")
HANPO = ("韩浦", "Hanpo", "韩国", "2001年5月18日", "https://www.example.org/list", "官方")
NEUWALD = ("诺伊瓦尔德", "Neuwald", "德国", "1998.9", "https://www.example.org/list", None)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a new workspace without its examples."""
    root = tmp_path_factory.mktemp("derived") / "anlan"
    assert run("new", root, "--name", "zh=安澜", "--name", "en=Anlan", "--country", "CHN").code == 0
    assert run("examples", "remove", root).code == 0
    return root


@pytest.fixture
def city(empty: Path, tmp_path: Path) -> Path:
    """Return a copy of the new workspace."""
    for folder in ("data", "templates"):
        (tmp_path / "city" / folder).mkdir(parents=True)
    for path in (each for folder in ("data", "templates") for each in (empty / folder).rglob("*.*")):
        copy = tmp_path / "city" / path.relative_to(empty)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    return tmp_path / "city"


def take(city: Path, *words: str, **sheets: Rows) -> Done:
    return run("intake", workbook(city.parent / "own.xlsx", sheets), city, "--yes", *words)


def lines(city: Path, table: str) -> list[str]:
    return (city / "data" / f"{table}.csv").read_text("utf-8").splitlines()[1:]


def sources(city: Path) -> dict[str, dict[str, str]]:
    found = yaml.safe_load((city / "data" / "sources.yml").read_text("utf-8"))
    return {name: each for name, each in found.items() if "example" not in each}


def test_a_table_with_headings_of_its_own_needs_no_other_sheet(city: Path) -> None:
    done = take(city, 友城=[SISTERS, HANPO, NEUWALD])
    assert done.code == 0, done.out
    assert lines(city, "sister_cities") == [
        "Hanpo,KOR,Asia,2001-05-18,example_org,stated,",
        "Neuwald,DEU,Europe,1998-09,example_org,stated,",
    ]
    assert "Neuwald,city,诺伊瓦尔德,Neuwald,,," in lines(city, "names")
    assert "DEU,country,德国,Germany,,," in lines(city, "names")
    assert run("check", city).code == 0


def test_a_city_written_twice_in_other_ways_is_read_once_and_told(city: Path) -> None:
    again = ("韩浦市", "HANPO-si", "韩国", "01年5月18日", "https://www.example.org/other", "官方")
    done = take(city, 友城=[SISTERS, HANPO, again])
    assert done.code == 0 and "'韩浦市' is read as '韩浦'" in done.out and "repeats row 2 and is read once" in done.out
    assert [each.partition(",")[0] for each in lines(city, "sister_cities")] == ["Hanpo"]


def test_bodies_with_brackets_are_one_and_one_that_leads_is_none_beside_itself(city: Path) -> None:
    head = ("序号", "工作事项", "事项（英文）", "牵头单位", "配合单位", "完成时限", "经费(万元)")
    check = (1, "核对台账", "Check the register", "市商务局", "市商务局", "6月", 0)
    track = (2, "跟踪成果", "Track the results", "市商务局", "各县(市、区)、开发区", "全年", "8")
    done = take(city, 工作计划=[head, check, track])
    assert done.code == 0, done.out
    lead, beside = ([line.split(",")[at] for line in lines(city, "plan")] for at in (3, 4))
    assert len({*lead}) == 1 and beside == ["", "Counties and districts;Development zones"]
    assert [line.split(",")[14] for line in lines(city, "plan")] == ["", "80000"]
    assert any("各县（市、区）" in line for line in lines(city, "names"))


def test_a_new_workspace_does_not_know_the_round_of_one_that_stood_in_its_folder(tmp_path: Path) -> None:
    workspace.keep_intake_notes(tmp_path / "city", ["read"])
    assert workspace.last_intake_notes(tmp_path / "city") == {"read"}
    assert run("new", tmp_path / "city", "--like", "small", "--city", "Anlan").code == 0
    assert workspace.last_intake_notes(tmp_path / "city") == frozenset()


def test_a_sheet_of_what_became_of_measures_is_not_asked_to_be_called_so(city: Path) -> None:
    done = take(city, 友城=[SISTERS, HANPO], 去年落实情况=[("任务", "进展"), ("核对", "完成")])
    (said,) = [line for line in done.out.splitlines() if "name it so" in line]
    assert "Follow-up" not in said and "The brief uses no other." in said


def test_taking_the_table_in_again_changes_nothing(city: Path) -> None:
    table = [SISTERS, HANPO, NEUWALD]
    days = [("日期", "类别", "事项", "英文", "来源"), ("2026年5月18日", "往来", "纪念", "Anniversary", HANPO[4])]
    done = take(city, 友城=table, 日程=days)
    assert done.code == 0, done.out
    assert "calendar_2026_05_18,2026-05-18,partners,纪念,Anniversary,example_org,stated," in lines(city, "calendar")
    assert "the workspace already has all of this" in take(city, 友城=table, 日程=days).out


def test_an_address_becomes_one_source_with_its_grade_and_the_day_of_the_delivery(city: Path) -> None:
    file = workbook(city.parent / "own.xlsx", {"友城": [SISTERS, HANPO, NEUWALD]})
    review = review_delivery(city, file.name, file.read_bytes(), day=date(2026, 3, 5))
    (row,) = review.examination.rows["sources"]
    assert {name: text for name, text in row.cells.items() if text} == {
        "id": "example_org",
        "kind": "EB/OL",
        "url": "https://www.example.org/list",
        "accessed": "2026-03-05",
        "grade": "official",
    }


def test_a_title_becomes_a_source_too_and_a_known_host_gives_the_publisher(city: Path) -> None:
    known = [("标题", "发布单位", "网址"), ("友城名录", "安澜市外办", "https://www.example.org/")]
    papers = [("年份", "总额", "来源"), (2024, "12亿元", "安澜统计公报2024")]
    assert take(city, 来源=known, 友城=[SISTERS, HANPO], 外贸=papers).code == 0
    found = sources(city)
    assert found["example_org_2"]["producer"] == "安澜市外办" and "title" not in found["example_org_2"]
    assert found["source_2024"] == {"title": "安澜统计公报2024", "kind": "R", "language": "zh"}


def test_the_workbook_lists_the_addresses_that_lack_a_title_and_takes_it_there(city: Path) -> None:
    assert take(city, 友城=[SISTERS, HANPO]).code == 0
    amend(city, "data/editions.yml", "\ndraft: yes", "\ndraft: no")
    assert "1 source of a final has no title: example_org" in run("check", city).err
    amend(city, "data/editions.yml", "\ndraft: no", "\ndraft: yes")
    run("intake", "--template", city.parent / "book.xlsx", city)
    book = load_workbook(city.parent / "book.xlsx")
    page = book["来源 Sources"]
    heads = [cell.value.split()[0] for cell in page[1]]
    assert page.cell(2, heads.index("网址") + 1).value == HANPO[4]
    page.cell(2, heads.index("标题（原文）") + 1).value = "友城名录"
    book.save(city.parent / "book.xlsx")
    assert run("intake", city.parent / "book.xlsx", city, "--yes").code == 0
    assert sources(city)["example_org"]["title"] == "友城名录" and sources(city)["example_org"]["language"] == "zh"


@pytest.mark.parametrize(("said", "language", "noted"), [(None, "und", True), ("英文", "en", False)])
def test_a_title_whose_letters_do_not_show_its_language_is_printed_without_one(
    said: str | None, language: str, noted: bool, city: Path
) -> None:
    done = take(city, 来源=[("标题", "网址", "语种"), ("Sister cities", HANPO[4], said)])
    assert done.code == 0 and ("'Sister cities' is printed without its language" in done.out) is noted
    assert [each["language"] for each in sources(city).values() if each["title"] == "Sister cities"] == [language]


def test_two_grades_of_one_source_are_refused(city: Path) -> None:
    done = take(city, 友城=[SISTERS, HANPO, (*NEUWALD[:5], "媒体")])
    assert done.code == 3 and "'example_org' has the grade 'official' in another row, and 'press' here" in done.out


def test_an_id_that_no_source_has_does_not_become_one(city: Path) -> None:
    done = take(city, 友城=[SISTERS, (*HANPO[:4], "register", None)])
    assert done.code == 3 and "'register' is not a source" in done.out


def test_a_unit_in_a_heading_or_a_title_counts_for_every_number(city: Path) -> None:
    trade = [("年份", "进出口", "出口（万元）", "进口", "来源"), (2024, 186.5, 1_120_000, 1, "安澜统计公报2024")]
    done = take(city, **{"外贸（亿元）": trade})
    assert done.code == 0 and "[外贸（亿元）]:  columns that the brief does not use: 进口" in done.out
    assert lines(city, "trade") == ["2024,18650000000,11200000000,source_2024,stated,"]


def test_a_city_without_a_name_in_the_other_language_is_told_with_the_column_for_it(city: Path) -> None:
    done = take(city, 友城=[SISTERS, (HANPO[0], None, *HANPO[2:])])
    assert done.code == 3 and "fill in 'English name' in its row, and add this column if there is none" in done.out


def test_in_a_workspace_of_one_language_a_new_city_needs_no_other_name(tmp_path: Path) -> None:
    root = tmp_path / "anlan"
    assert run("new", root, "--name", "zh=安澜", "--languages", "zh", "--country", "CHN").code == 0
    assert run("examples", "remove", root).code == 0
    done = take(root, 友城=[("友城", "国家", "签约日期", "来源"), (HANPO[0], *HANPO[2:5])])
    assert done.code == 0 and "韩浦,KOR,Asia,2001-05-18,example_org,stated," in lines(root, "sister_cities")
    assert run("check", root).code == 0


def test_a_country_that_is_not_known_is_refused(city: Path) -> None:
    done = take(city, 友城=[SISTERS, (*HANPO[:2], "桃花源", *HANPO[3:])])
    assert done.code == 3 and "桃花源" in done.out and "this is empty" not in done.out  # its continent follows from it


def test_an_address_alone_describes_a_source_and_a_name_alone_a_body(city: Path) -> None:
    body = [("机构", "英文"), ("安澜市商务局", "Commerce Bureau of Anlan")]
    assert take(city, 来源=[("网址", "标题"), (HANPO[4], None)], 机构=body).code == 0
    assert [*sources(city)] == ["example_org"]
    assert "Commerce Bureau of Anlan,body,安澜市商务局,Commerce Bureau of Anlan,,," in lines(city, "names")


def test_of_two_headings_of_a_column_the_filled_one_counts(city: Path) -> None:
    table = [(*SISTERS, "来源 Source"), (*HANPO, None), (*NEUWALD, None)]
    assert take(city, 友城=table).code == 0 and len(lines(city, "sister_cities")) == 2
    table = [(*SISTERS, "签署日期"), (*HANPO, "1999-01-01"), (*NEUWALD, None)]
    done = take(city, 友城=table)
    assert done.code == 3 and "are the same column\n      keep one of the two columns" in done.out


def test_of_two_sheets_of_a_table_one_must_be_blank(city: Path) -> None:
    assert take(city, 友城=[SISTERS, HANPO], 国际友好城市=[("城市",)]).code == 0
    done = take(city, 友城=[SISTERS, HANPO], 国际友好城市=[SISTERS, NEUWALD])
    assert done.code == 3 and "are the same table" in done.out and len(lines(city, "sister_cities")) == 1


def test_the_workbook_folds_the_columns_that_mostly_stay_blank_behind_the_others(city: Path) -> None:
    run("intake", "--template", city.parent / "book.xlsx", city)
    page = load_workbook(city.parent / "book.xlsx")["国际友好城市 Sister cities"]
    heads = [(cell.value.split()[0], page.column_dimensions[cell.column_letter].hidden) for cell in page[1]]
    assert heads == [
        *((name, False) for name in ("城市", "英文名", "国家", "签约日期", "近两年有无往来", "来源", "等级", "备注")),
        *((name, True) for name in ("大洲", "证据", "公布日期")),
    ]
    drops = [each.formula1 for each in page.data_validations.dataValidation]
    assert '"官方,原文,媒体,转载,任何人都能修改的网页"' in drops
