"""Single visits that are none to count: a remark says so, or what they are, and each is told with its words."""

import pytest

from tests.intake.test_an_ordinary_workbook import visits

HEAD = "类型|时间|团组/活动|主要内容|备注"
COUNTED = "来访|2025.3.25|佐世保市长团|会见|"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "出访|2025年（暂定）|赴日本||未成行,转2026?",
            "did not take place or are only intended, so not counted: row 4 (未成行)",
        ),
        ("来访|2025年|城南市|青少年交流|意向", "not counted: row 4 (意向)"),
        (
            "来访|4月24日|海参崴市国际关系局(视频)|教育|年份待核;是否计入来访?",
            "by video are no visits, so not counted: row 4 (视频)",
        ),
        ("来访|2025.4.24|海参崴市|视频会见，谈教育|", "row 4 (视频会见)"),
        ("出访|2025-11-18|昆明,友好城市大会|发言|", "no visits abroad, so not counted: row 4 (昆明)"),
        ("其他|25/12/20|赴京拜会使馆|谈经贸|", "row 4 (赴京拜会使馆)"),
        ("其他|2025.12|论坛|发言|国内", "row 4 (国内)"),
    ],
)
def test_a_visit_that_is_none_by_its_own_words_is_told_and_never_asked_about(row: str, said: str) -> None:
    counted, told, asked = visits(COUNTED, row, head=HEAD)
    assert (counted, asked) == ({"2025 received": "1"}, "") and said in told


@pytest.mark.parametrize(
    "row",
    [
        "来访|2025.4|海参崴市（视频）|教育|按来访；计入",
        "来访|2025.4|平泽市代表团|签署友城意向书|",
        "来访|2025.4|乌拉圭驻华使馆|北京来访|国内",
        "来访|2025.4|昆明，东盟总领事团|座谈|",
        "来访|2025.4|首尔市|座谈，视频号直播|",
    ],
)
def test_a_visit_that_took_place_is_counted_whatever_else_it_mentions(row: str) -> None:
    assert visits(COUNTED, row, head=HEAD)[0] == {"2025 received": "2"}


def test_a_visit_whose_day_is_tentative_is_asked_about_once_and_counted_as_its_remark_says() -> None:
    counted, _, asked = visits(COUNTED, "出访|2025年（暂定）|赴日本||", head=HEAD)
    assert counted == {"2025 received": "1"} and asked.count("doubts whether it counts") == 1
    assert visits("出访|2025年（暂定）|赴日本||计入", head=HEAD)[0] == {"2025 sent": "1"}
    assert visits(COUNTED, "出访|2025年（暂定）|赴日本||；不计入", head=HEAD)[2] == ""


def test_a_day_without_a_year_is_asked_about_once() -> None:
    assert visits(COUNTED, "来访|4月24日|海参崴市|教育|年份待核", head=HEAD)[2].count("4月24日") == 1
