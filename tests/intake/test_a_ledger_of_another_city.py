"""A ledger with its own habits is read or asked about: visits without years, names in two scripts, doubts, seasons."""

from pathlib import Path

import pytest

from jianbao.core.documents import Problems
from jianbao.core.errors import DeliveryReadError
from jianbao.data.csv_files import Sheet
from jianbao.data.dates import read_due
from jianbao.intake.exchanges import with_contacts
from jianbao.intake.heads import with_names_apart
from jianbao.intake.layouts import lay_out
from jianbao.intake.open_rows import with_sourced_rows
from jianbao.intake.read_file import read_or_name_sheet
from jianbao.intake.remarks import filled_rows
from jianbao.intake.visits import with_visits
from jianbao.intake.years_in_columns import with_years_in_rows
from tests.intake.sample_files import Rows, workbook
from tests.intake.test_one_round import OFFICE, SETTING, WORDS, sheet, texts_of
from tests.workspaces import Done, run


def taken_in(folder: Path, *arguments: str, **sheets: Rows) -> Done:
    """Return how a workspace, new or not, answers to a workbook."""
    if not (folder / "city").exists():
        named = ("--name", "zh=安澜", "--name", "en=Anlan", "--country", "CHN", *OFFICE)
        assert run("new", folder / "city", "--languages", "zh-en", "--empty", *named).code == 0
    return run("intake", workbook(folder / "own.xlsx", sheets), folder / "city", *arguments)


# A sheet called visits that has no years


def test_visits_without_years_are_told_and_active_partners_do_not_join_them() -> None:
    partners = sheet("sister_cities", "城市|国家|往来", "万塔|芬兰|经常", "里贾纳|加拿大|少")
    events = sheet("visits", "何时|何事|对方", "2023年6月|友好论坛|美国各界")
    found, contacts = with_contacts({"sister_cities": partners, "visits": events}, WORDS, SETTING, [])
    laid_out = with_visits(found, contacts, WORDS, SETTING, problems=[], notes=[])
    assert contacts and laid_out["visits"].head == ("何时", "何事", "对方")


def test_two_sheets_of_visits_of_which_one_has_no_years_are_read_as_that_one() -> None:
    plain = sheet("visits", "何时|何事", "2023年6月|友好论坛")
    numbers = sheet("visits", "年份|来访|出访", "2023|4|2")
    laid_out = with_visits({"visits": numbers, "visits.2": plain}, None, WORDS, SETTING, problems=[], notes=[])
    assert laid_out["visits"].head == ("何时", "何事")


def test_an_error_of_the_program_is_told_with_the_sheet_that_it_reads() -> None:
    def read() -> None:
        listed = sheet("visits", "何时", "2023")
        raise KeyError(listed.head[0])

    with pytest.raises(DeliveryReadError, match="the program stops at this sheet") as stopped:
        read_or_name_sheet("own.xlsx", read)  # type: ignore[arg-type]
    assert stopped.value.problems[0].where.file == "own.xlsx[表]" and isinstance(stopped.value.__cause__, KeyError)


# Names in two scripts


def test_a_city_with_its_name_in_latin_letters_is_read_as_two_names() -> None:
    notes: Problems = []
    cells = (
        "万塔 Vantaa",
        "圣马洛（Saint-Malo）",
        "若昂·佩索阿/João Pessoa",
        "里贾纳（REG）",
        "海利根(旧称)",
        "甲、乙 Mo",
    )
    listed = sheet("sister_cities", "友城名称（中/外文）|国家", *(f"{cell}|" for cell in cells))
    read = with_names_apart(listed, WORDS, notes)
    assert read.head == ("友城名称（中/外文）", "国家", "英文名")
    assert [(row[0], row[-1]) for row in read.rows] == [
        ("万塔", "Vantaa"),
        ("圣马洛", "Saint-Malo"),
        ("若昂·佩索阿", "João Pessoa"),
        ("里贾纳", "REG"),
        ("海利根(旧称)", ""),
        ("甲、乙 Mo", ""),
    ]
    assert "'万塔 Vantaa' is read as 万塔, Vantaa" in texts_of(notes)


def test_an_english_name_in_its_own_column_goes_before_the_one_behind_the_chinese() -> None:
    read = with_names_apart(sheet("sister_cities", "城市|英文名", "圣马洛 St Malo|Saint-Malo"), WORDS, [])
    assert read.rows == (("圣马洛", "Saint-Malo"),)


@pytest.mark.parametrize(
    ("head", "name"),
    [("组织名称（中/外文）", ("冬城市长会", "Winter Mayors")), ("组织名称", ("冬城市长会 Winter Mayors",))],
)
def test_bodies_have_names_in_two_scripts_where_the_heading_says_so(head: str, name: tuple[str, ...]) -> None:
    assert with_names_apart(sheet("memberships", head, "冬城市长会 Winter Mayors"), WORDS, []).rows == (name,)


# A list that is read again


PARTNERS: Rows = [
    ("城市", "英文名", "国家", "大洲", "签约日期", "来源"),
    ("万塔", "Vantaa", "芬兰", "欧洲", "2001-05-06", "台账"),
    ("里贾纳", "Regina", "加拿大", "美洲", "1996", "台账"),
    ("奥克尼", "Orkney", "英国", "欧洲", "2010-02", "台账"),
]


@pytest.mark.slow
def test_a_partner_with_another_name_is_asked_about_and_rows_that_are_gone_are_told(tmp_path: Path) -> None:
    taken_in(tmp_path, "--yes", 友好城市=PARTNERS)
    renamed = [PARTNERS[0], ("凯拉瓦", "Kerava", *PARTNERS[1][2:]), PARTNERS[2]]
    done = taken_in(tmp_path, "--yes", 友好城市=renamed)
    assert done.code == 3
    known = "'凯拉瓦' may be '万塔' (data/sister_cities.csv:2), of the same country and date of signing"
    assert known in done.out and "no longer has" in done.out and "row 4 (奥克尼)" in done.out
    settled = [renamed[0], (*renamed[1][:-1], "台账；计入"), renamed[2]]
    assert taken_in(tmp_path, 友好城市=settled).code == 0


# Doubts and answers


def laid_out(name: str, listed: Sheet) -> tuple[Sheet, Problems, Problems]:
    problems: Problems = []
    notes: Problems = []
    return lay_out({name: listed}, WORDS, SETTING, problems, notes)[name], problems, notes


def test_a_kind_that_is_a_doubt_is_asked_about_as_one_and_quoted() -> None:
    rows = ("万塔|芬兰|友好城市|待核", "巴斯|英国|待核|是否正式签约待核", "基尔|德国|友好城市|是否正式签约待核")
    found, problems, _ = laid_out("sister_cities", sheet("sister_cities", "城市|国家|关系|近况", *rows))
    assert [(each.where.line, each.where.column) for each in problems] == [(4, "关系"), (5, "近况")]
    assert "doubts whether it counts: '待核'" in texts_of(problems[:1]) and [row[0] for row in found.rows][1] == "巴斯"


def test_a_partner_without_a_kind_that_does_not_count_is_asked_about_nothing() -> None:
    rows = ("万塔|芬兰|友好城市|", "巴斯|英国|待核|是否正式签约待核；不计入")
    found, problems, _ = laid_out("sister_cities", sheet("sister_cities", "城市|国家|关系|近况", *rows))
    assert problems == [] and "unverified" in found.rows[1] and "unverified" not in found.rows[0]


def test_a_day_of_the_calendar_that_says_in_any_column_that_it_does_not_count_is_left_out() -> None:
    rows = ("2023年6月|友好论坛|有照片；不计入", "何时不知（不计入）|青年交流|", "2024-05-24|峰会|")
    found, problems, notes = laid_out("calendar", sheet("calendar", "日期|事项|留底", *rows))
    assert [row[1] for row in found.rows] == ["峰会"] and not problems and "rows 3, 4" in texts_of(notes)


def test_words_for_what_is_not_known_stay_where_they_are_a_doubt() -> None:
    rows, _ = filled_rows([("待核", "不详", "待核")], ["asked", "asked", ""], WORDS)
    assert rows == (("待核", "", ""),)


@pytest.mark.parametrize("head", ["我市角色", "职务"])
def test_a_role_in_doubt_is_asked_about(head: str) -> None:
    rows = ("冬城市长会|会员（待核）", "夏城市长会|待核", "秋城市长会|会员")
    _, problems, _ = laid_out("memberships", sheet("memberships", f"名称|{head}", *rows))
    assert [each.where.line for each in problems] == [3, 4] and "'会员（待核）'" in texts_of(problems[:1])


# A table with a column for each year


def turned(*rows: str) -> tuple[Sheet, Problems]:
    notes: Problems = []
    listed = sheet("trade", "指标|2021|2022|2023|口径", *rows)
    return with_years_in_rows(listed, WORDS, SETTING, notes), notes


def test_a_row_of_a_table_by_year_that_does_not_count_is_left_out_and_the_others_have_its_place() -> None:
    found, notes = turned("进出口（亿元）|1|2||海关，含平潭与否待核；不计入", "出口（亿元）|3|4||海关")
    assert found.head == ("year", "出口", "note") and "rows 3" in texts_of(notes)
    assert {at.line for at in found.origins.values()} == {4}


@pytest.mark.slow
def test_amounts_with_the_name_of_the_city_before_them_are_read_and_years_without_one_are_not(tmp_path: Path) -> None:
    rows: Rows = [
        ("指标", "2021", "2022", "2023", "来源"),
        ("安澜市进出口（亿元）", "3320左右", "3630", "待核", "公报"),
        ("安澜地区生产总值（亿元）", 1, 2, 3, "公报"),
    ]
    done = taken_in(tmp_path, "--readings", 外贸=rows)
    assert done.code == 0 and "years without a number are left out: 2023" in done.out
    assert "own.xlsx[外贸] row 2" in done.out and "row 4" not in done.out
    alone = taken_in(tmp_path, "--yes", 外贸=[rows[0], rows[2]])
    assert "years without a number are left out: 2021, 2022, 2023" in alone.out
    assert len((tmp_path / "city" / "data" / "trade.csv").read_text(encoding="utf-8").split()) == 1


# Days that are no dates


@pytest.mark.parametrize(
    ("written", "due"),
    [
        ("夏天", "2026-06/2026-08"),
        ("5月18日前后", "2026-05"),
        ("6月下旬", "2026-06"),
        ("2026年春季", "2026-03/2026-05"),
    ],
)
def test_a_task_is_due_in_a_season_or_about_a_day(written: str, due: str) -> None:
    assert read_due(written, 2026, WORDS) == due


def test_a_task_that_counts_with_a_season_that_is_not_settled_is_due_then_and_tentative() -> None:
    plan = sheet("plan", "事项|完成时限", "邀请外宾|春季，等通知；计入", "新结友城|等通知，尽快；计入", "抽查|5月")
    found, problems, _ = laid_out("plan", plan)
    assert list(found.rows) == [
        ("邀请外宾（时间暂定）", "春季"),
        ("新结友城（时限：等通知，尽快）", ""),
        ("抽查", "5月"),
    ]
    assert problems == []


@pytest.mark.slow
def test_days_of_the_calendar_are_read_to_the_month_and_the_end_of_a_range_is_told(tmp_path: Path) -> None:
    rows: Rows = [
        ("日期", "类别", "事项", "英文", "来源"),
        ("2024年6月下旬", "event", "青年交流周", "Youth week", "台账"),
        ("2025年10月前后", "event", "结好四十年", "Forty years", "台账"),
        ("2021/7/16-7/31", "event", "遗产大会", "Heritage", "台账"),
    ]
    done = taken_in(tmp_path, "--readings", 日程=rows)
    assert "'2024年6月下旬' is read as 2024年6月" in done.out and "'2025年10月前后' is read as 2025年10月" in done.out
    assert "'2021/7/16-7/31' is read as 2021-07-16: the brief says the first day alone" in done.out
    assert "is not a date" not in done.out


# What was only told, and what is left out


@pytest.mark.parametrize("source", ["市生态环境局口头答复", "各归口单位电话回复"])
def test_an_answer_by_word_of_mouth_is_asked_about(source: str) -> None:
    problems: Problems = []
    with_sourced_rows({"": sheet("memberships", "名称|source", f"冬城市长会|{source}")}, WORDS, problems, [])
    assert f"known only by word of mouth: '{source}'" in texts_of(problems)


@pytest.mark.slow
def test_the_name_of_a_row_that_is_left_out_is_not_written(tmp_path: Path) -> None:
    gone = ("奥克尼", "Orkney", "英国", "欧洲/亚洲", "待核", "台账；不计入")
    done = taken_in(tmp_path, "--yes", 友好城市=[*PARTNERS[:3], gone])
    names = (tmp_path / "city" / "data" / "names.csv").read_text(encoding="utf-8")
    assert done.code == 0 and "left out: rows 4" in done.out and "Vantaa" in names and "Orkney" not in names


@pytest.mark.slow
def test_a_sheet_that_says_where_the_others_are_from_is_read_as_their_sources(tmp_path: Path) -> None:
    bare = [row[:-1] for row in PARTNERS]
    listed: Rows = [("哪张表", "出处", "备注"), ("友好城市", "外办档案（2001年起）", ""), ("没有的表", "公报", "")]
    done = taken_in(tmp_path, "--yes", 友好城市=bare, 出处和备注=listed)
    assert done.code == 0 and "the sources of other sheets are read from this one: 友好城市" in done.out
    assert "外办档案（2001年起）" in (tmp_path / "city" / "data" / "sources.yml").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_sheet_called_as_the_event_of_the_city_is_in_short_is_one_of_its_editions(tmp_path: Path) -> None:
    named = ("--event", "zh=数字港口建设峰会", "--event", "en=Digital Harbour Summit", *OFFICE)
    assert run("new", tmp_path / "city", "--languages", "zh-en", "--country", "CHN", "--empty", *named).code == 0
    held: Rows = [("届", "起止", "来源"), ("第一届", "2024年4月22-24日", "台账")]
    done = run("intake", workbook(tmp_path / "w.xlsx", {"5数字峰会": held}), tmp_path / "city", "--yes")
    assert done.code == 0, done.out + done.err
    assert "2024-04-22" in (tmp_path / "city" / "data" / "events.csv").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_visit_that_may_not_have_taken_place_is_asked_about_with_its_row(tmp_path: Path) -> None:
    quiet = [("2025年4月", "来访", "芬兰", "万塔市代表团", "12人", "台账")] * 7
    unsure = ("2025年10月", "来访", "日本", "藤泽市团组", "未确认是否成行，待核", "台账")
    sent = ("2025年5月", "出访", "日本", "藤泽市", "6人", "台账")
    held: Rows = [("时间", "类型", "国家", "内容", "规模", "来源"), *quiet[:3], sent, *quiet[3:], *quiet[:5], unsure]
    done = taken_in(tmp_path, 友好城市=PARTNERS, 往来记录=held)
    assert done.code == 3 and "[往来记录] row 15" in done.out and "未确认是否成行" in done.out, done.out
