"""What headings leave to their cells: names in two languages, levels, kinds in doubt, and roles that no column has."""

import pytest

from jianbao.app.intake import further_headings, known_cities_and_bodies
from jianbao.core.documents import Problems
from jianbao.core.errors import Place, Problem
from jianbao.core.messages import tr
from jianbao.data.csv_files import two_rows_of_heading
from jianbao.data.name_matching import BODY
from jianbao.intake.blocks import totals_below
from jianbao.intake.bodies import bodies_and_consulates, consulates_by_country
from jianbao.intake.exchanges import exchange_partners_called
from jianbao.intake.heads import names_in_one, with_heads_read, with_roles_found
from jianbao.intake.open_rows import doubts_as_one
from jianbao.intake.partners import split_by_kind
from jianbao.intake.remarks import DOUBTS, with_doubts
from tests.intake.test_one_round import sheet, texts_of

WORDS = {**further_headings(), "grades": ("官方", "原文", "媒体")}
PRIZES = "序号|组织/荣誉名称|时间|颁发或主办单位|备注"


@pytest.mark.parametrize(
    ("head", "read"),
    [
        ("序号|城市名称/中文|城市名称/外文|国别", "序号|城市名称|英文名|国别"),
        ("城市（中文）|城市（外文）", "城市|英文名"),
        ("名称/中文|名称/英文", "名称|英文名"),
        ("组织名称|组织名称（英文）", "组织名称|英文名"),
        ("国别/中文|国别/英文|城市/中文|城市/外文", "国别/中文|国别/英文|城市|英文名"),
        ("事项（中文）|事项（英文）", "事项（中文）|事项（英文）"),
        ("城市/外文|国别", "城市/外文|国别"),
        ("规模/展览面积|规模/国家和地区", "规模/展览面积|规模/国家和地区"),
    ],
)
def test_a_name_in_two_languages_below_one_heading_is_the_name_and_its_english_name(head: str, read: str) -> None:
    assert names_in_one(head.split("|"), WORDS) == tuple(read.split("|"))


@pytest.mark.parametrize(
    ("upper", "lower", "read"),
    [
        (
            "年份|进出口总额||出口||进口|备注",
            "|金额|同比|金额|同比|金额|",
            "年份|进出口总额|进出口总额/同比|出口|出口/同比|进口|备注",
        ),
        (
            "年份|进出口总额||出口|",
            "年份|金额（亿元）|同比|金额|占比",
            "年份|进出口总额（亿元）|进出口总额/同比|出口|出口/占比",
        ),
        ("年份|进出口总额|出口", "|金额|金额", "年份|进出口总额|出口"),
        ("年份|接待|备注", "年份|数量|", "年份|接待/数量|备注"),
        ("年份|指标|数值", "|增长|5%", ""),
        ("年份|进出口总额|出口", "2024|金额|3", ""),
    ],
)
def test_a_second_line_of_a_heading_that_says_what_of_a_measure_belongs_to_it(
    upper: str, lower: str, read: str
) -> None:
    assert "|".join(two_rows_of_heading(upper.split("|"), lower.split("|"))) == read


def test_of_several_foreign_names_the_first_in_latin_letters_is_the_english_one() -> None:
    head = two_rows_of_heading(["序号", "城市名称", "", "国别"], ["", "中文", "外文", ""])
    rows = ("1|都灵市|Turin / Torino|意大利", "2|札幌市|さっぽろ|日本", "3|杜塞尔多夫|Düsseldorf|德国")
    notes: Problems = []
    read = with_heads_read(sheet("sister_cities", "|".join(head), *rows), WORDS, notes)
    assert [row[1:3] for row in read.rows] == [("都灵市", "Turin"), ("札幌市", ""), ("杜塞尔多夫", "Düsseldorf")]
    assert "さっぽろ" in texts_of(notes) and "Turin / Torino" in texts_of(notes)


@pytest.mark.parametrize(
    ("cell", "read"), [("官方", "来源等级"), ("总领事馆", "级别"), ("市级", "级别"), ("国家级", "级别")]
)
def test_a_column_of_levels_is_that_of_grades_only_where_it_holds_grades(cell: str, read: str) -> None:
    assert with_heads_read(sheet("consulates", "国家|级别", f"美国|{cell}"), WORDS, []).head[1] == read


def test_the_level_of_a_consulate_says_that_it_is_one() -> None:
    problems: Problems = []
    listed = sheet("consulates", "国家|级别", "美国|总领事馆", "日本|总领事馆", "蒙古|商务代表处")
    found = consulates_by_country(listed, WORDS, problems, [])
    assert problems == [] and [row[0] for row in found.rows] == ["美国", "日本"]


# Kinds


def test_a_kind_in_doubt_is_asked_about_once_and_parted_as_the_answer_says() -> None:
    problems: Problems = []
    rows = ("1|浜松市|友好合作?|", "2|佐世保市|友好合作？|计入", "3|仁川|友好合作?；不计入|", "4|川崎|友城|")
    marked = with_doubts(sheet("sister_cities", "序号|城市|关系类别|备注", *rows), WORDS, problems, [])
    assert [(each.where.line, each.where.column) for each in problems] == [(marked.numbers[0], "关系类别")]
    found = split_by_kind({"sister_cities": marked}, WORDS, problems)
    assert len(problems) == 1
    assert {name: [row[1] for row in each.rows] for name, each in found.items()} == {
        "sister_cities": ["川崎"],
        "exchange_cities": ["浜松市", "佐世保市", "仁川"],
    }
    assert [row[-1] for row in found["exchange_cities"].rows] == ["", "", "unverified"]


def test_partners_are_called_as_the_title_of_their_list_writes_them_out() -> None:
    rows = ("1|仁川|友好合作", "2|浜松市|友好合作?", "3|川崎|友城")
    listed = sheet("sister_cities", "序号|城市|关系类别", *rows, above="友好城市及友好合作关系城市名录")
    assert exchange_partners_called({"sister_cities": listed}, WORDS) == "友好合作关系城市"


@pytest.mark.parametrize(("total", "stated"), [("4", []), ("100", ["partners"])])
def test_the_sum_of_a_list_of_both_kinds_is_none_of_sister_cities(total: str, stated: list[str]) -> None:
    rows = ("1|仁川|友好合作", "2|浜松市|友好合作", "3|川崎|友城", "4|都灵|友好城市", f"合计|{total}|")
    listed = sheet("sister_cities", "序号|城市|关系类别", *rows)
    assert [each.indicator for each in totals_below(listed, WORDS)] == stated


# Roles


def test_a_list_of_bodies_and_honours_has_the_roles_that_its_names_and_remarks_say() -> None:
    problems: Problems = []
    notes: Problems = []
    rows = (
        "1|冬城市长会（ABCD）会员|2004年||",
        "2|特别贡献奖|2024.11.18|甲会、乙会|",
        "3|世界文化遗产（故宫）|2004年7月|教科文|",
        "4|丙城地组织|||是否会员待核",
        "5|丁论坛|||参加过一次",
        "6|戊联盟|||准会员",
        "7|民间工艺之都|2011||",
        "8|己奖|2012|庚会|会员大会颁发",
        "9|辛会员大会|2013||",
        "10|壬组织（理事）|2014||",
    )
    read = with_roles_found(sheet("memberships", PRIZES, *rows), WORDS, problems, notes)
    assert [(row[1], row[-1]) for row in read.rows] == [
        ("冬城市长会（ABCD）", "会员"),
        ("甲会", "称号"),
        ("世界文化遗产", "称号"),
        ("丙城地组织", "会员"),
        ("庚会", "称号"),
        ("壬组织", "理事"),
    ]
    assert problems == [] and "丁论坛、戊联盟、民间工艺之都、辛会员大会" in texts_of(notes).replace(", ", "、")


@pytest.mark.parametrize(
    ("name", "granted", "printed"),
    [
        ("世界“媒体艺术之都”", "联合国教科文组织(创意城市网络)", "媒体艺术之都"),
        ("东亚文化之都（2017年）称号", "中日韩文化部长会议", "东亚文化之都"),
        ("国际友好城市特别贡献奖", "甲会、乙会", "甲会"),
    ],
)
def test_a_title_that_has_a_known_name_is_listed_by_it_and_any_other_by_who_granted_it(
    name: str, granted: str, printed: str
) -> None:
    rows = with_roles_found(sheet("memberships", PRIZES, f"1|{name}|2017|{granted}|"), WORDS, [], []).rows
    assert [(row[1], row[-1]) for row in rows] == [(printed, "称号")]
    mixed = sheet("memberships", "类别|名称|授予单位|备注", f"称号|{name}|{granted}|")
    found = bodies_and_consulates({"memberships": mixed}, WORDS, [])["memberships"]
    assert [(row[1], row[-1]) for row in found.rows] == [(printed, "称号")]


def test_every_title_that_is_known_has_an_english_name() -> None:
    known = known_cities_and_bodies()
    assert all(known.english((BODY,), title)[0] for title in WORDS["titles_known"])


def test_events_in_the_column_of_joining_are_asked_about_once_and_are_no_date() -> None:
    problems: Problems = []
    row = "1|冬城市长会会员|1985年承办市长会议;2018年再次||入会年份待核"
    read = with_roles_found(sheet("memberships", PRIZES, row), WORDS, problems, [])
    assert [each.where.column for each in problems] == ["时间"] and read.rows[0][2] == ""


def test_a_list_of_bodies_that_says_no_role_keeps_being_asked_for_it() -> None:
    listed = sheet("memberships", "组织名称|时间", "甲联盟|2004年")
    assert with_roles_found(listed, WORDS, [], []) == listed


# Doubts


def test_doubts_of_lists_visits_and_tasks_have_one_answer() -> None:
    problems = [Problem(Place("a", at), tr(each, value="待核")) for at, each in enumerate(DOUBTS)]
    other = Problem(Place("a", 9), tr("'{text}' is read as {meant}", text="1", meant="2"))
    joined = doubts_as_one([*problems, other])
    assert len({(each.what, each.hint) for each in joined[:-1]}) == 1 and joined[-1] == other
    assert doubts_as_one(problems[:1] * 2) == problems[:1]
