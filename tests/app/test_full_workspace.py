"""What the pages of a full workspace say is true of whatever rows a city has: few, old, falling or none."""

import csv
import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook
from pypdf import PdfReader

from jianbao.app.approval import approval_of
from jianbao.app.assess import Assessment, Documents, documents_of
from jianbao.app.check import examine_edition
from jianbao.app.deliver import DeliveryRequest, delivery_notes
from jianbao.app.workspace import snapshot
from jianbao.brief.export import scores
from tests.workspaces import amend, assessed, composed, everything, run

pytestmark = pytest.mark.slow

PAGES = ("local.", "onepage.", "gongwen.")  # that say the trade of a year
EVENT = ("--event", "zh=港口城市论坛", "--event", "en=Forum of Harbour Cities")


def full(folder: Path, *words: str) -> Path:
    """Make a new workspace: the first of its kind by the command, others are copies of it."""
    first = folder.parents[1] / "-".join(("first", *words))
    if not first.exists():
        done = run("new", first, *words)
        assert done.code == 0, done.err
    shutil.copytree(first, folder)
    return folder


def texts(folder: Path, language: str = "zh") -> dict[str, str]:
    """Return every text that the newest edition prints, by its item."""
    known = assessed(folder)
    return printed(known, documents_of(known), language)


def checked(folder: Path, language: str = "zh") -> dict[str, str]:
    """Return every text that the newest edition prints, as `texts` does, of a workspace in which nothing is wrong."""
    found = examine_edition(snapshot(folder), "")
    assert found.errors == () and found.assessment and found.documents
    return printed(found.assessment, found.documents, language)


def printed(assessment: Assessment, documents: Documents, language: str) -> dict[str, str]:
    """Return every text of documents by its item."""
    states = approval_of(assessment, documents).states
    return {each.item.id: each.item.texts[language] for each in states if language in each.item.texts}


def without_rows(folder: Path, table: str, *years: int) -> None:
    """Delete the rows of some years from a table whose first column is the year."""
    path = folder / "data" / f"{table}.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith(tuple(map(str, years)))), "utf-8")


def with_cells(folder: Path, table: str, row: int, **cells: str) -> None:
    """Write cells of a row of a table; row -1 is the last."""
    path = folder / "data" / f"{table}.csv"
    rows = [*csv.DictReader(path.read_text("utf-8").splitlines())]
    rows[row] |= cells
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def emptied(folder: Path, *tables: str) -> None:
    """Delete all rows of tables."""
    for table in tables:
        path = folder / "data" / f"{table}.csv"
        path.write_text(path.read_text("utf-8").splitlines(keepends=True)[0], "utf-8")


# Totals that a source states, and lists that do not have each

STATED = "sister_cities,30,2025-07-19,example,stated,\nexchange_cities,65,2025-07,example,stated,\n"
ALL = "partners,76,2019-07,example,stated,\npartners,95,2025-07-19,example,stated,\n"


def texts_stating(folder: Path, rows: str) -> dict[str, str]:
    """Return what a new workspace in four languages prints in Chinese, whose totals are these rows."""
    full(folder, "--languages", "zh-en-fr-es")
    stating(folder, rows)
    return checked(folder)


def stating(folder: Path, rows: str) -> None:
    """Write rows of totals without remarks."""
    (folder / "data" / "totals.csv").write_text(f"indicator,value,period,source,confidence,known_from\n{rows}", "utf-8")


def test_a_stated_total_is_said_with_its_date_beside_what_the_register_lists(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    before = texts(folder)
    stating(folder, STATED.replace("30", "5").replace("65", "3"))  # no more than are listed
    assert texts(folder) == before and "净增" in before["national.network:6"]
    for rows in (STATED, STATED + ALL):
        stating(folder, rows)
        said = checked(folder)
        whole = "伙伴城市95个，其中友好城市30个；台账列出8个，其中友好城市5个。"
        assert all(whole in said[key] for key in ("summary.key.1:1", "onepage.meaning:1", "gongwen.facts:1"))
        assert "净增" not in "".join(said.values())
        assert said["national.network:1"].startswith("截至2025年7月，友好城市30个；台账列出5个")
        assert assessed(folder).ledger["partners.in_total"].number == 95
        assert "partners.active_share" not in assessed(folder).ledger  # eight of 95 are judged
    assert said["national.network:6"] == "伙伴城市总数，截至2019年7月为76个，截至2025年7月为95个。"
    assert "figure.continents" not in said  # nobody knows in which continents the others are


def test_a_list_that_is_more_than_listed_is_said_to_be_partial(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    said = texts_stating(folder, "exchange_cities,>3,2025-07,example,stated,\n")
    assert "伙伴城市超过8个；台账列出8个，其中友好城市5个。" in said["summary.key.1:1"]
    assert said["national.network:3"].startswith("截至2025年7月，友好合作交流城市超过3个；台账列出3个")


def test_a_total_of_partners_beyond_the_lists_makes_either_list_a_partial_one(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    assert texts(folder)["national.network:1"].startswith("友好城市5个，分布在3个国家，最新一个是")
    stating(folder, "partners,59,2025-11,example,stated,\n")
    with_cells(folder, "sister_cities", 0, signed_on="")
    said = checked(folder)
    assert said["national.network:1"] == "台账列出友好城市5个，没有全部列入。"
    assert said["national.network:3"] == "台账另列出友好合作交流城市3个。"
    for section in ("national", "gongwen"):
        text = "".join(each for key, each in said.items() if key.startswith(f"{section}."))
        assert "最新" not in text and "个洲" not in text and "分布在" not in text
    assert not {"figure.continents", "figure.growth"} & said.keys()
    assert "不计入历年累计" not in "".join(said.values())  # no figure adds the years up
    stating(folder, "partners,59,2025-11,example,stated,\nsister_cities,5,2025-11,example,stated,\n")
    said = texts(folder)  # the sister cities are all listed
    assert said["national.network:1"].startswith("友好城市5个") and "figure.growth" in said
    assert said["national.network:3"].startswith("台账另列出友好合作交流城市3个")


def test_a_stated_total_has_its_row_and_its_source_in_the_evidence(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    stating(folder, "partners,59,2025-11,example,stated,\n")
    fact = assessed(folder).ledger["partners.in_total"]
    assert [(each.table, each.rows, each.sources) for each in fact.cells] == [("totals", (2,), ("example",))]


def test_the_figure_of_growth_counts_what_its_line_shows(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    assert texts(folder)["figure.growth"] == "友好城市累计5个"
    with_cells(folder, "sister_cities", 0, signed_on="")
    assert checked(folder)["figure.growth"] == "结好日期可查的友好城市累计4个"
    for row in range(5):
        with_cells(folder, "sister_cities", row, signed_on="")
    assert "figure.growth" not in checked(folder)


def test_consulates_are_said_with_the_year_of_their_total(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    (folder / "data" / "consulates.csv").write_text(
        "country,since,source,confidence,known_from\nExample Country A,,example,stated,\n", "utf-8"
    )
    assert texts(folder)["international.consulates:1"] == "外国在本市的领事机构1家：示例国甲。"
    for value, end in (("1", "1家：示例国甲。"), ("3", "3家，其中列出1家：示例国甲。")):
        stating(folder, f"consulates,{value},2018,example,stated,\n")
        assert checked(folder)["international.consulates:1"] == f"截至2018年，外国在本市的领事机构{end}"
    stating(folder, "")
    (folder / "data" / "consulates.csv").write_text(
        "country,since,as_of,source,confidence,known_from\nExample Country A,,2018-12,example,stated,\n", "utf-8"
    )
    assert checked(folder)["international.consulates:1"] == "截至2018年12月，外国在本市的领事机构1家：示例国甲。"
    stating(folder, "consulates,3,2018,example,stated,\n")
    emptied(folder, "consulates")
    assert texts(folder)["international.consulates:1"] == "截至2018年，外国在本市的领事机构3家。"


def test_trade_without_a_value_of_the_year_is_that_of_the_newest_year_or_part_of_one(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    without_rows(folder, "trade", *range(2022, 2026))
    done = run("check", folder)
    assert done.out == "No problems.\n" and "trade.csv total" not in done.err
    assert "note: data/trade.csv exports: its newest value is too old for this edition" in done.err
    said = texts(folder)
    assert "外贸的全年数只到2021年，当年总额530亿欧元，比上年增长15.2%。" in said.values()
    with_cells(folder, "trade", -1, year="2022-01/2022-11")
    said = checked(folder)
    assert "外贸的全年数只到2020年，当年总额460亿欧元，比上年下降8.0%。" in said.values()
    assert "2022年1—11月外贸总额530亿欧元；不足全年，不与上年相比。" in said.values()
    emptied(folder, "trade")
    found = [each for key, each in texts(folder).items() if "外贸" in each and key.startswith("local.")]
    assert found == ["本期没有外贸数据，不作评价。"]


def test_a_change_on_the_year_before_is_that_of_no_other_year(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    without_rows(folder, "trade", 2024)
    assert checked(folder)["local.trade:1"] == "2025年外贸总额610亿欧元。"
    without_rows(folder, "trade", 2021, 2023, 2025)
    assert checked(folder)["local.trade:2"] == "外贸的全年数只到2022年，当年总额560亿欧元。"


def test_a_rise_below_an_earlier_peak_is_said_to_be_below_it(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    assert not any("仍低于" in each for each in texts(folder).values())
    with_cells(folder, "trade", -3, total="99000000000", exports="")
    said = checked(folder)
    assert any("比上年增长" in each for key, each in said.items() if key.startswith("gongwen.trade:"))
    for page in ("local.trade:", "gongwen.trade:"):
        assert any(each.startswith("总额仍低于2023年的990亿欧元") for key, each in said.items() if key.startswith(page))


def test_long_lists_of_partners_without_a_record_are_in_the_evidence_volume(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    path = folder / "data" / "sister_cities.csv"
    head, first, *rows = path.read_text("utf-8").splitlines()
    more = [row.replace("Example City C", f"Example Peer {each}") for row in rows[1:2] for each in "PQR"]
    more += [row.replace("Example City C", f"Example City {each}") for row in rows[1:2] for each in "FGH"]
    for unknown in ([*rows, *more[:2]], [*rows, *more]):  # six and ten sister cities
        lines = [f"{head},contact", f"{first},active", *(f"{row}," for row in unknown)]
        path.write_text("\n".join([*lines, ""]), "utf-8")
        said = [each for key, each in checked(folder).items() if key.startswith("local.unrecorded")]
        listed = texts(folder).get("contacts.listed:3", "")
        if len(unknown) == 6:
            assert any("未评定的友好城市6个：示例城市乙、" in each for each in said) and not listed
        else:
            assert "往来情况未评定的友好城市10个，名单见同期证据卷。" in said
            assert listed.startswith("往来情况未评定的友好城市10个：示例城市乙、")


# The city's event


def test_the_event_is_called_by_the_name_that_is_given(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *EVENT)
    said = texts(folder)
    assert "2024年港口城市论坛有21个国家和地区的47个城市参加。" in said["summary.key.2:1"]
    assert {"国际活动", "这项活动"}.isdisjoint("".join(said.values()))
    assert (
        "The Forum of Harbour Cities of 2024 drew 47\N{NO-BREAK SPACE}cities" in texts(folder, "en")["summary.key.2:1"]
    )
    assert all("港口城市论坛" in said[item] for item in ("gongwen.event:1", "finding.event_reach:1"))


def test_an_edition_of_the_event_is_said_with_its_year_and_not_as_the_newest(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    starts = ("local.", "onepage.", "gongwen.event", "gongwen.overall", "gongwen.gap")
    for countries in ("21", "30"):  # fewer than before, and more
        with_cells(folder, "events", -1, countries=countries)
        for language, words in (("zh", "最新"), ("en", "latest edition"), ("fr", "dernière éd"), ("es", "última ed")):
            said = texts(folder, language)
            assert not any(words in text for item, text in said.items() if item.startswith(("summary.key.2", *starts)))
            assert not any(words in text for item, text in said.items() if "event" in item or "reach" in item)


def test_a_city_with_few_figures_has_an_official_report_of_what_is_on_record(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *EVENT, "--languages", "zh-en-fr-es")
    emptied(folder, "plan", "peers")
    without_rows(folder, "trade", *range(2022, 2026))
    without_rows(folder, "visits", *range(2018, 2024))
    with_cells(folder, "visits", -1, active="", received="1", confidence="derived")
    with_cells(folder, "visits", -2, active="")
    said = checked(folder)
    judged = "".join(said.get(f"gongwen.overall:{number}", "") for number in range(1, 7))
    assert "不作总体判断" not in judged and "伙伴网络有所扩大，五年间净增2个，现有8个。" in judged
    assert not any("不作" in each or "不评" in each for key, each in said.items() if key.startswith("gongwen."))
    for part in ("facts:2", "facts:3", "exchange:1", "visitors:1", "event:1", "bodies:1", "trade:2"):
        assert f"gongwen.{part}" in said, part
    assert said["gongwen.trade:2"] == "外贸的全年数只到2021年，当年总额530亿欧元，比上年增长15.2%。"
    assert said["gongwen.trade:2"] == said["local.trade:2"]
    assert said["overview.title:1"] == "所处位置：与本市以往相比"
    assert said["overview.past:1"].startswith("签约日期有登记的友好城市5个，最早的结好于1996年5月")
    page = {key for key in said if key.startswith("onepage.")}
    assert {"onepage.state:1", "onepage.known.1:1", "onepage.known.6:2"} <= page


def test_a_report_on_an_empty_workspace_says_nothing_it_cannot_know(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    assert run("examples", "remove", folder).code == 0
    said = checked(folder)
    assert "onepage.state:1" not in said and "overview.past:1" not in said
    assert not any(key.startswith(("gongwen.overall", "gongwen.judgement")) for key in said)
    whole = "".join(said.values())
    assert "没有可以评分的数据" in said["method.how:2"], "and not that none of so many carry 0% of the weight"
    assert "有数据的0项" not in whole and "0%" not in whole


def test_the_official_report_prints_the_full_name_of_the_event_and_the_brief_its_short_one(tmp_path: Path) -> None:
    named = ("--event", "zh=安澜国际港口城市论坛（港城论坛）", "--event", "en=Anlan Forum of Harbour Cities (AFHC)")
    folder = full(tmp_path / "new", *named)
    said, english = texts(folder), checked(folder, "en")
    assert "2024年安澜国际港口城市论坛有" in said["gongwen.event:1"] and "2024年港城论坛有" in said["onepage.meaning:5"]
    assert "2024年港城论坛有" in said["finding.event_reach:1"] and "The AFHC of 2024" in english["summary.key.2:1"]
    assert "The Anlan Forum of Harbour Cities of 2024" in english["gongwen.event:1"]


def test_the_event_may_be_named_later_on_the_sheet_of_names(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    assert "2024年国际活动" in texts(folder)["summary.key.2:1"]
    delivered = tmp_path / "names.csv"
    delivered.write_text("编号,类别,中文名,英文名\nOur Event,活动,港口城市论坛,Forum of Harbour Cities\n", "utf-8")
    assert run("intake", delivered, folder, "--yes", "--accept-changes", "--source", "example").code == 0
    assert "2024年港口城市论坛" in texts(folder)["summary.key.2:1"]


def test_a_city_without_a_date_of_signing_counts_and_the_brief_says_so(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    assert "partners.undated" in assessed(folder).ledger and "签约日期没有登记" not in "".join(texts(folder).values())
    for table in ("sister_cities", "exchange_cities"):
        with_cells(folder, table, 2, signed_on="")
    assert run("check", folder).out == "No problems.\n"
    ledger = assessed(folder).ledger
    assert (ledger["sister_cities.total"].number, ledger["sister_cities.by_year.n2025"].number) == (5, 4)
    assert "其中2个的签约日期没有登记，计入总数" in "".join(texts(folder).values())
    assert "The dates of signing of two" in "".join(texts(folder, "en").values())


def test_a_date_of_signing_that_is_inferred_or_in_doubt_is_said_to_be_so_wherever_dates_are_told(
    tmp_path: Path,
) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    assert "为推算或待核" not in "".join(texts(folder).values())
    for table in ("sister_cities", "exchange_cities"):
        with_cells(folder, table, 1, confidence="derived")
    hedged = {key.partition(".")[0] for key, each in checked(folder).items() if "的签约日期为推算或待核" in each}
    assert {"national", "gongwen"} <= hedged
    assert "are inferred or still to be verified" in "".join(texts(folder, "en").values())


# Sources


def test_a_source_may_lack_its_title_in_a_draft_and_not_in_a_final(tmp_path: Path) -> None:
    folder, delivered = full(tmp_path / "new"), tmp_path / "sources.csv"
    delivered.write_text("id,kind,language,url\nbureau,EB/OL,zh,https://example.org/a\n", "utf-8")
    assert run("intake", delivered, folder, "--yes").code == 0 and run("check", folder).out == "No problems.\n"
    assert assessed(folder).project.evidence.sources["bureau"].title == "https://example.org/a"
    amend(folder, "data/editions.yml", "\ndraft: yes", "\ndraft: no")
    assert "1 source of a final has no title: bureau" in run("check", folder).err


# Amounts


def test_trade_that_was_pasted_in_hundreds_of_millions_is_refused_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, delivered = full(tmp_path / "new", "--country", "CHN"), tmp_path / "trade.csv"
    without_rows(folder, "trade", 2023, 2024)
    delivered.write_text(
        "年份,总额,出口,证据\n2023,8576.3,8200亿元,stated\n2024,8576.3亿元,820000000000,stated\n", "utf-8"
    )
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    done = run("intake", delivered, folder, "--yes", "--accept-changes", "--source", "example")
    assert done.code != 0 and (done.out + done.err).count("小于允许的最小值 1000000") == 1
    assert "若原表以亿元为单位，请在表头写明，如“出口（亿元）”，或在各数后写“亿元”" in done.out + done.err
    delivered.write_text("年份,总额,出口,证据\n2024,8576.3亿元,820000000000,stated\n", "utf-8")
    assert run("intake", delivered, folder, "--yes", "--accept-changes", "--source", "example").code == 0
    assert "2024,857630000000,820000000000" in (folder / "data" / "trade.csv").read_text("utf-8")


def test_what_a_workbook_has_wrong_is_told_in_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, delivered = full(tmp_path / "new"), tmp_path / "visits.csv"
    delivered.write_text("年份,接待来访,派出,来源,证据\n2012,80,47,example,表明\n", "utf-8")
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    output = run("intake", delivered, folder).out
    assert "“表明”不是证据列可填的值" in output and "可用：多源一致、单源陈述、计算所得、未核实\n" in output
    days = tmp_path / "calendar.csv"
    days.write_text("日期,类别,事项,英文,来源\n2025-03-01,,开幕,Opening,example\n", "utf-8")
    assert "该列需要活动、往来之一" in run("intake", days, folder).out


# The first edition


def test_the_first_brief_is_number_one_and_asks_for_no_earlier_measures(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    known = assessed(folder)
    assert known.ledger["edition.number"].value == 1 and [*known.project.series.issues] == ["2025"]
    assert "上期" not in "".join(texts(folder).values())
    assert run("edition", "new", "2026", folder, "--as-of", "2026-12-31").code == 0
    assert "上期措施的进展没有记录" in "".join(texts(folder).values())


# Years


def test_a_figure_of_an_earlier_year_is_said_with_its_year(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    without_rows(folder, "visits", 2020, 2021, 2025)
    said = checked(folder)
    assert "2023—2024年有往来记录的伙伴城市5个（2024年）。" in said["summary.key.1:2"]
    assert "2024年接待来访团组" in said["local.exchange:1"] and "2024年入境过夜游客33万人次" in said["local.visitors:1"]
    ledger = assessed(folder).ledger
    carried = {year: ledger[f"carried_by_year.overall.n{year}"].number > 0 for year in range(2019, 2026)}
    assert [year for year, old in carried.items() if old] == [2020, 2025]
    assert ledger["coverage_by_year.overall.n2021"].number < 1, "a value two years old counts no more"


def test_months_of_a_year_are_printed_so_until_the_year_is_known_and_are_not_scored(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es", "--country", "CHN")
    for table in ("trade", "visits"):
        without_rows(folder, table, 2025)
    before = assessed(folder).ledger
    for table, year in (("trade", 2024), ("visits", 2024)):
        path = folder / "data" / f"{table}.csv"
        last = next(line for line in path.read_text("utf-8").splitlines() if line.startswith(str(year)))
        path.write_text(f"{path.read_text('utf-8')}{last.replace('2024', '2025-01/2025-11', 1)}\n", "utf-8")
    said, english = texts(folder), checked(folder, "en")
    page = " ".join(said.values())
    assert "2025年1—11月外贸总额580亿元，其中出口350亿元；不足全年，不与上年相比" in page
    assert "2025年1—11月接待来访团组74批" in page and "2025年1—11月入境过夜游客33万人次" in page
    assert all(any(key.startswith(part) and "1—11月外贸" in text for key, text in said.items()) for part in PAGES)
    assert "Foreign trade from January to November 2025 came to" in " ".join(english.values()).replace("\xa0", " ")
    after = assessed(folder).ledger
    assert "2024年外贸总额580亿元" in page and after["score.overall"].number == before["score.overall"].number
    assert not any("2025-01" in each for each in after), "no figure has the months as a year"
    with_cells(folder, "trade", -1, year="2025")
    assert "1—11月外贸" not in " ".join(texts(folder).values())


def test_a_sentence_that_drops_the_year_of_an_old_figure_is_refused(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    amend(folder, "templates/wording/local.yml", "{{ visits.visitors | as_of | year }}年入境", "入境")
    assert run("check", folder).code == 0
    without_rows(folder, "visits", 2025)
    done = run("check", folder)
    assert done.code == 4 and "visits.visitors is of 2024 and is given without its date" in done.err
    assert "write {{ visits.visitors | carried_year }} after it" in " ".join(done.err.split())


def test_a_title_does_not_call_a_network_used_whose_exchanges_are_not_known(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    without_rows(folder, "visits", *range(2018, 2026))
    assert checked(folder)["judgement.title"] == "本市城市外交2025年度情况"
    assert not any(key.startswith("gongwen.overall") and "不作" in each for key, each in texts(folder).items())


def test_what_the_city_decides_did_not_stand_still_where_nothing_of_it_is_measured(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    amend(folder, "data/framework.yml", "  least_indicators: 4\n", "")
    assert any(each.startswith("本市自己决定的指标没有新数据，或得分未变") for each in texts(folder).values())
    without_rows(folder, "visits", *range(2018, 2025))
    assert run("check", folder).code == 0
    assert "moved_by.city" not in assessed(folder).ledger
    said = [each for key, each in texts(folder).items() if key.startswith("overview.")]
    assert "本市自己决定的指标只有一年有数据，还无从比较。" in said
    assert not [each for each in said if "本市自己决定的变动0.0" in each]
    assert any("两年有数据的指标不尽相同" in each for each in said)


def test_the_growth_of_the_network_begins_with_the_first_agreement(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    with_cells(folder, "sister_cities", 0, signed_on="2009-05-20")
    with_cells(folder, "sister_cities", 1, signed_on="2009-09-11")
    family = assessed(folder).ledger.family("sister_cities.by_year")
    assert next(iter(family)) == "n2009" and [*family][-1] == "n2025"


# Numbers that are not exact


def test_what_is_only_about_so_is_taken_in_and_printed_as_such(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    delivered = tmp_path / "visits.csv"
    delivered.write_text("年份,接待来访,派出,入境过夜游客,来源\n2025,超过80,≈47,约12.1万,example\n", "utf-8")
    done = run("intake", delivered, folder, "--yes", "--accept-changes")
    assert done.code == 0 and "'约12.1万' is read as ≈121000" in done.out, done.out
    assert "2025,>80,≈47,5,≈121000,example" in (folder / "data" / "visits.csv").read_text("utf-8")
    said = checked(folder)
    assert "入境过夜游客约12.1万人次" in said["local.visitors:1"]
    assert "2025年接待来访团组超过80批" in said["local.exchange:1"]


def test_trade_that_is_only_about_so_has_no_growth(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    for row, total in ((-2, "≈76000000000"), (-1, "≈80000000000")):
        with_cells(folder, "trade", row, total=total)
    trade = [each for key, each in checked(folder).items() if key.startswith("local.trade")]
    assert trade[0] == "2025年外贸总额约800亿欧元。" and not any("比上年" in each for each in trade)


def test_the_evenness_of_a_whole_list_is_no_one_of_one(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    sentences = [each.text("zh") for each in everything(composed(assessed(folder), template="evidence"))]
    assert "1个中的1个" not in sentences


# What is to be approved


def test_who_approves_sees_every_text_by_kind_and_what_the_tasks_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = full(tmp_path / "new")
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    said = texts(folder)
    assert "恢复与伙伴城市的往来" in said["measure.plan_1"]
    lines = run("review", "approve", "--all", "--yes", "--by", "Ann", "-w", folder).out.splitlines()
    kinds = [line.partition("：")[0] for line in lines if not line.startswith(" ")]
    assert kinds == ["句子", "图", "表格", "措施", "文件及其全部内容", "版次 2025"]
    shown = {line.split()[0]: line.split(maxsplit=1)[1] for line in lines if line.startswith(" ")}
    assert shown == said and len(shown) > 80


# The workbook


def test_every_column_of_the_workbook_has_a_chinese_heading(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh")
    assert run("intake", "--template", tmp_path / "workbook.xlsx", folder).code == 0
    book = load_workbook(tmp_path / "workbook.xlsx")
    heads = {(page.title, cell.value) for page in book.worksheets[1:] if page.title != "_" for cell in page[1]}
    assert len(heads) > 50 and [head for head in heads if str(head[1]).isascii() or head[0].isascii()] == []


# Whatever the rows say


def test_nothing_is_said_of_the_kind_of_sources(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    assert "公开数据" not in "".join(texts(folder).values())
    for language, word in {"en": "published", "fr": "publi", "es": "publicad"}.items():
        assert word not in "".join(texts(folder, language).values())


def test_gaps_that_are_left_alone_are_no_want_of_facts(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    with_cells(folder, "visits", -1, active="8")
    with_cells(folder, "events", -1, countries="30")
    with_cells(folder, "sister_cities", -1, continent="Asia")
    emptied(folder, "plan")
    said = str(composed(assessed(folder)))
    assert "工作打算没有已定并登记的，本期不列措施" in said and "判断短板所需的数据不全" not in said


def test_a_table_that_nobody_filled_in_is_no_zero(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    emptied(folder, "memberships")
    known, said = assessed(folder), checked(folder)
    assert "governance.bodies" not in known.ledger and "coverage.bodies" not in known.ledger
    assert "node:bodies_total" in str(known.ledger["method.left_out_names"].value)
    assert said["international.unrecorded:1"] == "参加的国际组织和担任的职务没有登记，本期不作评价。"
    assert "国际组织" not in said["international.title:1"]


def test_what_is_held_back_as_unverified_is_not_said_to_be_missing(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    for table in ("memberships", "peers", "exchange_cities"):
        for row in range(len((folder / "data" / f"{table}.csv").read_text("utf-8").splitlines()) - 1):
            with_cells(folder, table, row, confidence="unverified")
    said = checked(folder)
    assert said["international.unrecorded:1"] == "登记的国际组织待核，本期不列，不作评价。"
    assert sum("登记的友好合作交流城市待核，本期不列，不计在内。" in each for each in said.values()) == 1
    assert "没有登记其他城市的数" not in "".join(said.values())


def test_trade_and_later_editions_of_the_event_that_are_held_back_are_not_said_to_be_missing(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    for row in range(len((folder / "data" / "trade.csv").read_text("utf-8").splitlines()) - 1):
        with_cells(folder, "trade", row, confidence="unverified")
    with_cells(folder, "events", 0, held_on="2020-05-01")
    for row in range(1, len((folder / "data" / "events.csv").read_text("utf-8").splitlines()) - 1):
        with_cells(folder, "events", row, confidence="unverified")
    said = checked(folder)
    assert said["local.trade_unrecorded:1"] == "登记的外贸数据待核，本期不列，不作评价。"
    assert "以后没有登记其他届次" not in "".join(said.values())


def test_a_plan_that_is_out_for_comment_is_called_so_wherever_it_is_printed(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    with_cells(folder, "plan", 0, status="consultation")
    said = checked(folder)
    titles = [each for key, each in said.items() if "title" in key or "heading" in key]
    assert sum("下一年度工作打算（征求意见稿）" in each for each in titles) == 1
    assert said["gongwen.measures:1"] == "下一年度工作打算（征求意见稿）"


def test_a_total_stands_with_its_day_beside_what_signed_after_it(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    said = texts_stating(folder, "sister_cities,26,2001-02,example,stated,\n")
    assert said["summary.key.1:1"].endswith("有友好城市26个；台账列出伙伴城市8个，其中友好城市5个。")
    assert said["overview.peers:1"] == "截至2001年2月，本市有友好城市26个。"
    assert said["national.network:2"].startswith("2001年2月以后，台账另登记有新结好的友好城市")
    assert "score.evenness" not in assessed(folder).ledger  # five of 26 are listed


def test_exchange_cities_that_nobody_recorded_are_no_zero(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    emptied(folder, "exchange_cities")
    known, said = assessed(folder), checked(folder)
    assert "exchange_cities.total" not in known.ledger and "score.exchange_cities" not in known.ledger
    assert "node:exchange_cities" in str(known.ledger["method.left_out_names"].value)
    assert sum("友好合作交流城市没有登记" in each for each in said.values()) == 1
    assert "有友好城市5个" in said["summary.key.1:1"] and "伙伴城市" not in said["summary.key.1:1"]


def test_sister_cities_that_nobody_recorded_are_no_zero(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    emptied(folder, "sister_cities")
    known, said = assessed(folder), checked(folder)
    assert not {"sister_cities.total", "partners.total", "partners.active_share"} & {*known.ledger}
    assert "score.sister_cities" not in known.ledger and "0个" not in "".join(said.values())
    assert sum("友好城市没有登记" in each for each in said.values()) == 5
    assert said["judgement.title"] == "城市外交基本情况"


def test_an_edition_whose_countries_nobody_recorded_is_named_wherever_it_is_told(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *EVENT, "--languages", "zh-en-fr-es")
    with_cells(folder, "events", -1, countries="")
    keys = [key for key, each in checked(folder).items() if "参加国家和地区数没有登记" in each]
    assert {key.split(".")[0] for key in keys} == {"summary", "international", "gongwen", "onepage"}


def test_an_event_of_which_only_the_days_are_recorded_is_told_with_the_day_of_its_newest_edition(
    tmp_path: Path,
) -> None:
    folder = full(tmp_path / "new", *EVENT, "--languages", "zh-en-fr-es")
    for row in range(4):
        with_cells(folder, "events", row, countries="", cities="")
    sentences = {key.split(".")[0]: each for key, each in checked(folder).items() if "登记的最新一届" in each}
    assert {*sentences} == {"summary", "international", "gongwen", "onepage"}
    assert "共4届" not in "".join(sentences.values())  # a register may not have each
    assert "举办；参加国家和地区数没有登记。" in sentences["gongwen"]


def test_an_edition_whose_cities_nobody_recorded_says_so(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *EVENT, "--languages", "zh-en-fr-es")
    assert "international.cities_unrecorded:1" not in texts(folder)
    with_cells(folder, "events", -1, cities="")
    assert "的参加城市数没有登记。" in checked(folder)["international.cities_unrecorded:1"]


def test_those_who_take_part_in_an_event_are_countries_and_regions(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *EVENT, "--languages", "zh-en-fr-es")
    with_cells(folder, "events", -1, countries="30")
    said = texts(folder)
    assert "30个国家和地区" in said["international.event:1"]
    assert "30\u00a0countries and regions" in texts(folder, "en")["international.event:1"]
    assert not any("国家参加" in each or "参加国家少" in each for each in said.values())


def test_a_city_that_knows_years_only_and_few_figures_has_a_brief(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *EVENT, "--languages", "zh-en-fr-es")
    emptied(folder, "memberships", "visits", "peers", "exchange_cities")
    for row in range(4):
        with_cells(folder, "events", row, cities="", countries=str(12 + row))
    with_cells(folder, "sister_cities", -1, signed_on="2025")
    said = checked(folder)
    assert "2025年结好的" in said["national.network:1"] and "0个" not in "".join(said.values())
    assert said["figure.event"] == "活动的参加国家和地区"
    assert said["overview.title:1"] != "所处位置：与同类城市相比，与上年相比"


def test_a_level_that_is_scored_on_one_indicator_is_said_to_be_wherever_its_score_stands(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    assert "国家层次的得分只据一项指标。" in texts(folder).values() and "国际层次" not in " ".join(
        each for each in texts(folder).values() if "一项指标" in each
    )
    for row in range(4):
        with_cells(folder, "events", row, cities="")
    said = checked(folder)
    sections = {
        item.partition(".")[0] for item, each in said.items() if "国际层次和国家层次的得分各只据一项指标。" in each
    }
    assert sections == {"overview", "onepage", "gongwen"}


def test_the_official_report_does_not_deny_the_overall_score(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    amend(folder, "data/framework.yml", "  least_indicators: 4\n", "")
    emptied(folder, "visits")
    known, said = assessed(folder), checked(folder)
    assert "score.overall" in known.ledger and "score.local" not in known.ledger
    text = "".join(each for item, each in said.items() if item.startswith("gongwen.overall"))
    assert "总体得分" in text and "不作总体评分" not in text


def test_the_change_is_accounted_for_whoever_decides_what_has_data(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    amend(folder, "data/framework.yml", "  least_indicators: 4\n", "")
    emptied(folder, "visits", "trade")
    with_cells(folder, "events", -1, held_on="2025-09-12", cities="60", countries="30")
    said = checked(folder)
    assert any("本市与他方共同决定的指标使得分变动+" in each for each in said.values())
    assert any("没有目标或没有可评的数据，不评" in each and "年接待来访团组" in each for each in said.values())


FALLING = {
    "trade": {"total": "30000000000", "exports": "18000000000"},
    "visits": {"visitors": "30000", "received": "10"},
}
ONE_EACH = {"exchange_cities": 1, "sister_cities": 1, "events": 1, "memberships": 1}


def test_a_city_whose_figures_fall_has_a_brief(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    for table, cells in FALLING.items():
        with_cells(folder, table, -1, **cells)
    said = checked(folder)
    assert "比上年下降48.3%。" in said["local.trade:1"] and any(
        "2020年至2025年年均下降8.2%" in each for each in said.values()
    )
    assert any("分，得分上升的模拟占" in each for item, each in said.items() if item.startswith("overview.score:"))


def test_a_city_with_one_of_everything_has_a_brief(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    for table, rows in ONE_EACH.items():
        path = folder / "data" / f"{table}.csv"
        path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[: rows + 1]), "utf-8")
    with_cells(folder, "visits", -1, active="2")
    with_cells(folder, "visits", -2, active="2")
    done = run("check", folder)
    assert done.out == "No problems.\n", done.err


# Sources


def test_an_open_source_is_refused_once_with_the_tables_and_sentences_concerned(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *EVENT)
    wiki = "wiki:\n  title: Our City\n  title_zh: 本市\n  kind: DB/OL\n  language: en\n  grade: open\n"
    amend(folder, "data/sources.yml", "example:\n", f"{wiki}example:\n")
    for row in range(5):
        with_cells(folder, "sister_cities", row, source="wiki")
    done = run("check", folder)
    assert done.code == 4 and "1 problem" in done.err
    lines = done.err.splitlines()
    assert lines[0].startswith("data/sources.yml:") and "partners.total" in lines[0]
    assert "data/sister_cities.csv" in lines[1] and "templates/wording/summary.yml:" in lines[1]
    assert "据报道" in lines[1]


def test_no_part_of_the_world_is_said_to_have_most_where_several_have_as_many(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    head, *rows = (folder / "data" / "sister_cities.csv").read_text("utf-8").splitlines(keepends=True)
    table, lone = folder / "data" / "sister_cities.csv", [row for row in rows if ",Asia," in row]
    several = [*lone, *(row for row in rows if ",Europe," in row)]
    assert len(lone) == 2 and len(several) == 4
    table.write_text("".join([head, *several]), "utf-8")
    assert not any("为多" in text for text in texts(folder).values())
    table.write_text("".join([head, *lone]), "utf-8")
    assert any("为多" in text for text in texts(folder).values())


def test_the_figure_of_dates_is_named_by_a_sentence_about_dates(tmp_path: Path) -> None:
    said = texts(full(tmp_path / "new"))
    assert said["international.dates:1"].startswith("重要日程按类别和时间列出（图")


# The plan


def test_the_words_of_the_plan_are_printed_as_they_are_written(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    with_cells(
        folder, "plan", -1, title_zh="激活2026年第26届展会", goal_zh="125个以上，嘉宾不低于上年", lead="", due=""
    )
    assert run("check", folder).out == "No problems.\n"
    card = next(block for block in composed(assessed(folder)).blocks() if block.id == "measure.plan_2")
    parts = {
        label.text("zh"): "".join(each.text("zh") for block in inside for each in block.statements)
        for label, inside in card.parts
    }
    assert card.statements[0].text("zh") == "激活2026年第26届展会"
    assert parts == {"牵头": "待定", "目标": "125个以上，嘉宾不低于上年（现为21个）", "时限": "待定"}
    assert "plan_2.lead" in run("due", folder).out


def test_no_brackets_stand_in_brackets_where_a_goal_has_a_figure_of_an_earlier_year(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    with_cells(folder, "plan", 0, goal_zh="入境过夜游客40万人次", counts="visitors", at_least="400000", gap="")
    without_rows(folder, "visits", 2025)
    brief = composed(assessed(folder))
    card = next(block for block in brief.blocks() if block.id == "measure.plan_1")
    said, english = (
        "".join(
            each.text(language) for _, inside in card.parts for block in inside for each in block.statements
        ).replace("\xa0", " ")
        for language in ("zh", "en")
    )
    assert "入境过夜游客40万人次（2024年为33万人次）" in said and "(330,000 in 2024)" in english


def test_a_row_of_the_plan_may_name_a_partner_in_both_languages(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    row = next(csv.DictReader((folder / "data" / "sister_cities.csv").read_text("utf-8").splitlines()))
    named = next(
        each
        for each in csv.DictReader((folder / "data" / "names.csv").read_text("utf-8").splitlines())
        if each["id"] == row["city"]
    )
    with_cells(folder, "plan", -1, title_zh=f"与{named['zh']}互访", title_en=f"Exchange visits with {named['en']}")
    assert run("check", folder).out == "No problems.\n"


def test_a_row_of_the_plan_stays_without_its_gap(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    with_cells(folder, "visits", -1, active="8")
    known = assessed(folder)
    assert "quiet" not in {gap.id for gap in known.argument.gaps}
    assert [due.measure.id for due in known.argument.measures] == ["plan_1", "plan_2"]


def test_a_plan_that_lacks_a_column_is_refused(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    amend(folder, "data/tables.yml", "    gap:        {type", "    hole:       {type")
    amend(folder, "data/plan.csv", "at_least,gap,", "at_least,hole,")
    assert "templates/argument.yml:" in (errors := run("check", folder).err) and "there is no column 'gap'" in errors


def test_partners_without_an_exchange_and_those_not_recorded_are_told_apart(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    assert "没有往来的友好城市" not in "".join(texts(folder).values())
    with_cells(folder, "sister_cities", 0, contact="active")
    with_cells(folder, "sister_cities", 1, contact="inactive")
    said = "".join(texts(folder).values())
    assert "没有往来的友好城市1个：" in said and "往来情况未评定的友好城市" in said


def test_a_goal_of_the_plan_in_one_language_of_two_is_refused(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    with_cells(folder, "plan", -1, goal_en="")
    done = run("check", folder)
    assert done.code != 0 and "data/plan.csv:3 goal_en: the goal is in one language" in done.err


def test_the_better_of_two_years_is_no_target(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    emptied(folder, "plan")
    assert "node:received" not in str(assessed(folder).ledger["method.left_out_names"].value)
    years = [row["year"] for row in csv.DictReader((folder / "data" / "visits.csv").read_text("utf-8").splitlines())]
    without_rows(folder, "visits", *map(int, years[:-2]))
    known = assessed(folder)
    assert "node:received" in str(known.ledger["method.too_few_values"].value) and "score.received" not in known.ledger
    assert "以本市历年最高为目标值的，须有3年（届）以上的记录，不足的不评：" in "".join(texts(folder).values())
    assert "needs 3 years or editions on record at least" in "".join(texts(folder, "en").values())
    done = run("check", folder)
    assert done.code == 0 and "'Delegations received in a year' is not scored" in done.err


def test_what_is_scored_of_the_framework_is_no_hundred_per_cent(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    said = texts(folder)
    assert "框架的11项指标中，本期评" in said["method.how:2"] and "按权重计占所评指标的" in said["method.how:2"]
    assert "权重和覆盖率按所评的计" in said["notes.scored:1"]


def test_two_editions_of_an_event_are_no_ground_for_a_judgement(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    emptied(folder, "plan")
    before = texts(folder)
    assert before["international.title:1"].endswith("少于2022年的一届")
    assert "最多的是2022年的一届，有24个" in before["gap.reach:1"]
    events = folder / "data" / "events.csv"
    lines = events.read_text("utf-8").splitlines(keepends=True)
    events.write_text("".join(lines[:1] + lines[-2:]), "utf-8")
    after = checked(folder)
    assert "少于2022年" not in "".join(after.values()) and "gap.reach:1" not in after
    assert after["international.event:1"].endswith("有21个国家和地区参加（图3）。") and "figure.event" in after


def with_editions(folder: Path, *editions: tuple[str, str]) -> None:
    """Write the days and countries of the editions of the event."""
    head, rows = "edition,held_on,countries,source,confidence", enumerate(editions, 1)
    lines = (f"{number},{day},{countries},example,stated" for number, (day, countries) in rows)
    (folder / "data" / "events.csv").write_text("\n".join([head, *lines, ""]), "utf-8")


def test_an_edition_long_ago_is_a_fact_and_no_weakness_of_the_newest(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    emptied(folder, "plan")
    rising = (("2021", ">90"), ("2023", "106"), ("2024", "120"))
    for newest, said in ((">120", "登记数都不高于此数"), ("118", "最多的是2024年的一届，有120个")):
        with_editions(folder, ("2006", "144"), *rising, ("2025", newest))
        sentences = checked(folder)
        assert any(said in each for each in sentences.values())
        assert (
            ("gap.reach:1" in sentences)
            == (newest == "118")
            == ("少于2024年的一届" in sentences["international.title:1"])
        )
    with_editions(folder, ("2006", "144"), *rising, ("2025", ">120"))
    assert texts(folder)["international.event:1"].startswith(
        "2025年国际活动有超过120个国家和地区参加；2021年以来有登记的4届，登记数都不高于此数。更早的2006年的一届有144个"
    )


def test_more_than_a_number_is_not_said_to_be_less_than_one_just_above_it(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    emptied(folder, "plan")
    with_editions(folder, ("2021", "90"), ("2023", "96"), ("2025", ">90"))
    sentences = checked(folder)
    assert sentences["international.event:1"].startswith("2025年国际活动有超过90个国家和地区参加（图")
    assert "gap.reach:1" not in sentences and "finding.event_reach:1" not in sentences


def test_no_change_lies_outside_its_range(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    with_cells(folder, "visits", -1, received="238")  # the city's own best meets the goalpost that the draws move
    changes = [fact for key, fact in assessed(folder).ledger.items() if key.startswith("change.")]
    assert changes and all((fact.low or 0.0) <= fact.number <= (fact.high or 0.0) for fact in changes)


def specimen_notes(request: DeliveryRequest) -> list[str]:
    """Return the notes about the official papers of a delivery."""
    return [str(each.what) for each in delivery_notes(request) if each.where.file == "data/delivery.yml"]


def test_a_final_says_which_papers_are_specimens(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *EVENT)
    request = DeliveryRequest(root=folder, edition="2025")
    assert not specimen_notes(request)
    amend(folder, "data/editions.yml", "\ndraft: yes", "\ndraft: no")
    alone = [
        f"the {paper} has no addressee: the reader of the brief is the office itself"
        for paper in ("official report", "covering letter")
    ]
    assert specimen_notes(request) == [
        *alone,
        "the official report is marked as a specimen: it has no number",
        "the covering letter is marked as a specimen: it has no number",
    ]
    amend(folder, "data/delivery.yml", "  # number:", "  addressees: [Example Bureau]\n  # number:")
    assert specimen_notes(request)[0] == "the official report is marked as a specimen: it has no number"
    amend(folder, "data/delivery.yml", "  # number:", "  number:")
    amend(folder, "data/delivery.yml", "# covering:", "covering:")
    assert specimen_notes(request) == [
        "the official report goes to a superior and names no signer",
        "the covering letter goes to a superior and names no signer",
    ]
    amend(folder, "data/delivery.yml", "  # signer:", "  signer:")
    assert not specimen_notes(request)


def test_a_report_to_a_superior_without_a_signer_is_noted_in_a_draft_and_refused_in_a_final(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    amend(folder, "data/delivery.yml", "# covering:", "covering:")
    unsigned = "the official report goes to a superior and names no signer"
    assert f"note: data/delivery.yml: {unsigned}" in run("check", folder).err
    assert unsigned in run("review", "approve", "--all", "--yes", "--by", "Ann", "-w", folder).err
    amend(folder, "data/editions.yml", "\ndraft: yes", "\ndraft: no")
    refused = run("check", folder)
    assert refused.code and f"data/delivery.yml: {unsigned}" in refused.err
    amend(folder, "data/delivery.yml", "  # signer:", "  signer:")
    assert unsigned not in run("check", folder).err


def test_what_is_registered_after_approval_takes_no_approval_back(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    assert run("review", "approve", "--all", "--yes", "--by", "Ann", "-w", folder).code == 0
    for part in ("number", "signer", "dated", "printed"):
        amend(folder, "data/delivery.yml", f"  # {part}:", f"  {part}:")
        states = approval_of(known := assessed(folder), documents_of(known)).states
        assert {each.state for each in states} == {"approved"}, part


@pytest.mark.parametrize("count", [1, pytest.param(3, marks=pytest.mark.deep), 5, 6, 9])
def test_one_page_holds_few_tasks_and_many(tmp_path: Path, count: int) -> None:
    folder = full(tmp_path / "new")
    path = folder / "data" / "plan.csv"
    first = next(csv.DictReader(path.read_text("utf-8").splitlines()))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, first, lineterminator="\n")
        writer.writeheader()
        more = [
            {**first, "number": str(number), "counts": "", "at_least": "", "gap": ""} for number in range(2, count + 1)
        ]
        writer.writerows([first, *more])
    assert run("build", folder, "--template", "onepage").code == 0
    with_whom = "示例局" in "".join(
        page.extract_text() for page in PdfReader(folder / "output/2025/onepage.zh.pdf").pages
    )
    assert with_whom == (count <= 5)


# The overall score


@pytest.mark.parametrize("left", [("visits", "trade"), ("events", "memberships")])
def test_few_indicators_or_a_level_without_any_make_no_overall_score(tmp_path: Path, left: tuple[str, ...]) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    assert "score.overall" in assessed(folder).ledger
    emptied(folder, *left)
    known, said = assessed(folder), checked(folder)
    assert not {"score.overall", "change.overall", "previous.overall"} & {*known.ledger}
    assert "三个层次依次得" not in "".join(said.values())
    assert not {"figure.trend", "table.changes", "figure.scorecard", "table.years"} & {*said}
    assert "三个层次依次得" not in "".join(said.values()) and "满分" not in "".join(said.values())
    assert "本期不计总体得分：须有4项以上指标得分，且国际、国家、地方三个层次都有。" in said["overview.score:1"]
    scored = f"框架的11项指标中，本期评{known.ledger['method.indicators'].number:.0f}项"
    assert said["method.how:2"] == f"{scored}；不计总体得分，本简报不印得分。"
    assert said["table.rules"] == "各项条件及其检验结果"
    assert "本期不计总体得分，本卷不印各层次、各维度的得分，也不印历年得分和升降" in said["notes.unscored:1"]
    assert f"另{known.ledger['method.left_out'].number:.0f}项没有目标或没有可评的数据，不评" in "".join(said.values())


def test_the_evidence_of_a_city_names_tables_as_the_workbook_does_and_prints_no_ids(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    text = " ".join(each.text("zh") for each in everything(composed(assessed(folder), template="evidence")))
    assert "国际友好城市表共5行" in text and "sister_cities" not in text and "标识" not in text
    amend(folder, "templates/outline.yml", "identifiers: no", "identifiers: yes")
    text = " ".join(each.text("zh") for each in everything(composed(assessed(folder), template="evidence")))
    assert "sister_cities表共5行" in text and "标识" in text and "sister_cities.by_year" in text


# What the local level and the peers are said to be


@pytest.mark.parametrize(
    ("active", "title"),
    [("2", "往来有待跟上"), ("7", "往来不断，部分伙伴少有联系"), ("8", "经贸、人员和日常往来")],
)
def test_visits_go_on_only_if_four_in_five_partners_have_an_exchange(tmp_path: Path, active: str, title: str) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    with_cells(folder, "visits", -1, active=active)
    assert checked(folder)["local.title:1"] == f"地方层次：{title}"


def test_partners_without_an_exchange_are_listed_of_both_kinds(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    for table, row, contact in (
        ("sister_cities", 0, "active"),
        ("sister_cities", 1, "inactive"),
        ("exchange_cities", 0, "inactive"),
    ):
        with_cells(folder, table, row, contact=contact)
    said = "".join(each for item, each in checked(folder).items() if item.startswith("local.unrecorded"))
    assert "没有往来的友好城市1个：" in said and "没有往来的友好合作交流城市1个：" in said


def test_counts_of_peers_are_said_to_be_of_different_dates_only_if_they_are(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    path = folder / "data" / "peers.csv"
    with path.open(encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    for period in ("2024", "2025"):
        for at in range(len(rows)):
            with_cells(folder, "peers", at, period="2024" if at else period)
        said = checked(folder)["overview.peers:3"]
        assert ("截止时间也不一" in said) == (period == "2025") and "统计口径不一定相同" in said and "不排名次" in said


def without_peers(folder: Path, *cities: str) -> None:
    """Delete the rows of other cities."""
    path = folder / "data" / "peers.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not any(f",{city}," in line for city in cities)), "utf-8")


def test_fewer_than_three_peers_are_named_with_their_counts_and_have_no_largest(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es", "--city", "Lyon")
    path = folder / "data" / "peers.csv"
    path.write_text(path.read_text("utf-8") + "sister_cities,Lyon,99,sister_city,2025,example,stated,\n", "utf-8")
    assert "最多的为12个" in texts(folder)["overview.peers:2"]  # the city is not among its peers
    for gone, said in (
        (
            "Example Peer R",
            "其他城市中，有数可查的只有示例同类城市一和示例同类城市二，依次为12个（2024年）和9个（2023年）",
        ),
        ("Example Peer Q", "其他城市中，有数可查的只有示例同类城市一，12个（2024年）"),
    ):
        without_peers(folder, gone)
        pages = checked(folder)
        assert pages["overview.peers:2"].startswith(said), pages["overview.peers:2"]
        assert "统计口径不一定相同" in pages["overview.peers:3"]
    english = texts(folder, "en")["overview.peers:2"]
    assert "only Example Peer P has a count on record: 12 (2024)" in english


def test_two_peers_with_the_same_count_are_said_to_have_it_both(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    without_peers(folder, "Example Peer R")
    with_cells(folder, "peers", 1, value="12")
    assert "都是12个" in checked(folder)["overview.peers:2"]


def test_an_event_of_years_ago_is_said_to_have_no_later_edition_on_record(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *EVENT, "--languages", "zh-en-fr-es")
    assert "以后没有登记" not in "".join(texts(folder).values())
    path = folder / "data" / "events.csv"
    path.write_text("".join(path.read_text("utf-8").splitlines(keepends=True)[:3]), "utf-8")  # 2018 and 2020
    said = checked(folder)
    for section in ("summary", "onepage", "gongwen", "international"):
        text = "".join(each for key, each in said.items() if key.startswith(f"{section}."))
        assert "2020年以后没有登记" in text, section
    assert "No edition after 2020 is on the register." in "".join(texts(folder, "en").values())
    path.write_text(path.read_text("utf-8") + "3,2016-10-25,51,99,,example,stated,\n", "utf-8")
    assert not any("少于" in each or "小于" in each for each in checked(folder).values())  # no weakness of today


def test_each_number_of_visits_has_its_year_and_one_year_is_no_record(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    path = folder / "data" / "visits.csv"
    head = "year,about,received,sent,source,confidence,known_from,note\n"
    path.write_text(
        f"{head}2024,received,67,,example,stated,,\n2024,sent,,3,example,derived,,只登记重要团组\n"
        "2025,sent,,2,example,derived,,只登记重要团组\n",
        "utf-8",
    )
    said = checked(folder)
    for section in ("local", "gongwen"):
        assert said[f"{section}.exchange:1"] == "2024年接待来访团组67批。", said[f"{section}.exchange:1"]
        assert said[f"{section}.exchange:2"] == "2025年登记的派出团组2批，登记没有列全。"
    assert "figure.visits" not in said  # all of a year beside the important ones of a year
    path.write_text(f"{head}2024,,67,3,example,stated,,\n2025,,70,4,example,stated,,\n", "utf-8")
    said = texts(folder)
    assert "连同当年，2024年以来有记录的2年都没有超过此数" in said["local.exchange:1"] and "figure.visits" in said


def test_a_brief_without_any_score_speaks_of_none_but_once_in_a_section(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    emptied(folder, "visits", "trade", "plan", "events", "memberships", "sister_cities", "exchange_cities")
    stating(folder, STATED)
    assert run("check", folder).code == 0
    known = assessed(folder)
    assert known.ledger["indicators.overall"].number == 0
    sentences = [each for each in texts(folder).values() if any(word in each for word in ("评", "权重", "覆盖率"))]
    assert sentences and all(each.endswith("不评分。") or "不作评价" in each for each in sentences), sentences


def test_the_chart_of_an_event_names_only_what_it_has_bars_for(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *EVENT, "--languages", "zh-en-fr-es")
    path = folder / "data" / "events.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    rows = ["1,2023-10-16,11,,,example,stated,\n", "2,2024-10-16,,20,,example,stated,\n"]
    for kept, title in (
        (rows, "活动的参加城市、国家和地区"),
        (rows[1:], "活动的参加国家和地区"),
        (rows[:1], "活动的参加城市"),
    ):
        path.write_text("".join([lines[0], *kept]), "utf-8")
        assert texts(folder)["figure.event"].startswith(title), checked(folder)["figure.event"]


def test_what_the_brief_does_not_list_of_a_plan_is_not_said_to_be_missing_there(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    assert texts(folder)["measures.open:1"] == "各项的起步安排、经费和风险，本简报不列。"
    with_cells(folder, "plan", 0, cost="250000")
    assert texts(folder)["measures.open:1"] == "各项的起步安排和风险，本简报不列；工作打算没有写明数额的，不列经费。"
    assert "plan.cost.n1" in assessed(folder).ledger


def test_the_one_page_says_of_a_change_like_for_like_what_else_moved_the_score(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    amend(folder, "data/framework.yml", "  least_indicators: 4\n", "")
    without_rows(folder, "visits", *range(2018, 2025))
    known = assessed(folder)
    for name in ("brief", "onepage"):
        made = composed(known, template=name)
        tables = [block.table for section in made.sections for block in section.blocks if block.table]
        changes = [cell.text("zh") for table in tables for row in table.rows for cell in row]
        assert any("指标增减" in each for each in changes), name


def test_a_goal_of_exchanges_with_sister_cities_alone_has_their_number_beside_it(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    with_cells(folder, "sister_cities", 0, contact="active")
    with_cells(
        folder, "plan", 0, goal_zh="有往来的友好城市不少于4个", counts="sister_cities.with_exchange", at_least="4"
    )
    assert run("check", folder).code == 0
    assert "有往来的友好城市不少于4个（现为1个）" in goals_on_the_first_page(folder, "zh")


def goals_on_the_first_page(folder: Path, language: str) -> list[str]:
    return [
        row[2].text(language)
        for section in composed(assessed(folder)).sections
        for block in section.blocks
        if block.kind == "measures" and block.table
        for row in block.table.rows
    ]


@pytest.mark.parametrize("counts", ["received", "visitors", "ties_active", "sister_cities.with_exchange"])
def test_a_goal_whose_value_today_is_not_recorded_says_so(tmp_path: Path, counts: str) -> None:
    folder = full(tmp_path / "new")
    emptied(folder, "visits")
    with_cells(folder, "plan", 0, goal_zh="达到4个", goal_en="At least 4", counts=counts, at_least="4")
    with_cells(folder, "plan", 1, goal_zh="形成机制", goal_en="A mechanism", counts="", at_least="")
    assert run("check", folder).code == 0
    assert goals_on_the_first_page(folder, "zh") == ["达到4个（暂无数据）", "形成机制"]
    assert goals_on_the_first_page(folder, "en") == ["At least 4 (no data yet)", "A mechanism"]
    first, second = tasks_of_the_official_report(folder, "zh")
    assert "目标是达到4个（暂无数据）。" in first and "目标是形成机制。" in second


def tasks_of_the_official_report(folder: Path, language: str) -> list[str]:
    """Return what the official report says of each task of the plan."""
    sections = composed(assessed(folder), template="gongwen").sections
    cards = [block for section in sections for block in section.blocks if block.kind == "measure"]
    return ["".join(each.text(language) for each in card.parts[0][1][0].statements) for card in cards]


def test_the_official_report_tells_the_plan_in_sentences_and_calls_its_office_we(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *EVENT, "--office", "zh=安澜外办", "--office", "en=Anlan FAO")
    assert "由我办牵头，示例局配合。" in tasks_of_the_official_report(folder, "zh")[0]
    assert "Led by this office, with Example Bureau." in tasks_of_the_official_report(folder, "en")[0]
    facts = assessed(folder).ledger
    assert facts["argument.plan_1.by"].cells[0].table == "plan" and facts["argument.plan_1.by"].cells[0].column == "due"


def test_visits_counted_from_a_register_are_said_to_be_and_claim_no_most(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    assert "每登记一次计一批" not in "".join(texts(folder).values())
    emptied(folder, "visits")
    path = folder / "data" / "visits.csv"
    head = path.read_text("utf-8").strip().split(",")
    rows = [
        {"year": str(year), "received": "3", "source": "example", "confidence": "derived"}
        for year in (2023, 2024, 2025)
    ]
    lines = [",".join(row.get(column, "") for column in head) for row in rows]
    path.write_text("\n".join([",".join(head), *lines, ""]), "utf-8")
    said = " ".join(each for item, each in checked(folder).items() if item.startswith("local.exchange:"))
    assert "2025年登记的来访团组3批（图6）。" in said and "没有超过" not in said
    keys = [key for key, each in texts(folder).items() if "没有登记的、写明不计的不在内，不等于实际批数" in each]
    assert sorted(keys) == ["gongwen.registered:1", "local.registered:1"]
    assert {"visits.received", "visits.best"} <= assessed(folder).ledger.keys()
    assert not {"visits.scored", "goal.received", "score.received"} & assessed(folder).ledger.keys()


def test_a_figure_is_cited_by_the_paragraph_that_tells_of_what_it_shows(tmp_path: Path) -> None:
    said = texts(full(tmp_path / "new"))
    cites = [item for item, each in said.items() if item.startswith("local.") and "游客" in each and "（图" in each]
    assert not cites


def test_a_goal_that_is_a_number_of_the_title_is_not_said_again_in_the_official_report(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    with_cells(folder, "plan", 0, title_zh="伙伴达到100个", goal_zh="100", title_en="Reach 100 partners", goal_en="100")
    with_cells(folder, "plan", 0, counts="", at_least="")
    report = composed(assessed(folder), template="gongwen")
    text = "".join(each.text("zh") for each in everything(report))
    assert "伙伴达到100个" in text and "目标是100。" not in text and "目标是参加国家和地区不少于25个" in text


# Exchanges of which only those that took place are known


def test_partners_met_by_the_visits_listed_are_no_share_of_those_assessed(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    visited = "互访记录中，2024—2025年有往来的伙伴城市5个"
    for judged, confidence, said in (
        ("0", "derived", visited),
        ("5", "derived", visited),
        ("0", "stated", "2024—2025年有往来记录的伙伴城市5个"),
    ):
        (folder / "data" / "visits.csv").write_text(
            "year,about,received,sent,active,judged,visitors,source,confidence,known_from\n"
            f"2025,active,,,5,{judged},,example,{confidence},\n",
            "utf-8",
        )
        pages = checked(folder)
        assert all(f"{said}。" in pages[key] for key in ("summary.key.1:2", "onepage.meaning:2", "gongwen.facts:5"))
        assert f"{said}；其余伙伴有无往来未评定，不计占比。" in pages.values()
        assert not any("已评定" in text or "有往来，指" in text for text in pages.values())
        assert not {"partners.active_share", "score.ties_active"} & assessed(folder).ledger.keys()


def test_exchanges_that_a_list_assesses_without_years_are_no_record_and_no_judgement(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", *EVENT, "--languages", "zh-en-fr-es")
    head = "year,about,received,sent,active,judged,span,visitors,status,source,confidence,known_from\n"
    sheet = folder / "data" / "visits.csv"
    sheet.write_text(f"{head}2025,active,,,5,8,,,,example,stated,\n", "utf-8")
    said = checked(folder)
    assert "台账评为有往来的伙伴城市5个。" in said["summary.key.1:2"]
    assert not [key for key, each in said.items() if "往来记录" in each or "有待跟上" in each or "2024—2025年" in each]
    assert said["judgement.title"].endswith("2025年度情况") and any(
        "没有写明是哪几年" in each for each in said.values()
    )
    sheet.write_text(f"{head}2025,active,,,5,8,2,,,example,stated,\n", "utf-8")
    assert "截至2025年的2年内有往来记录的伙伴城市5个。" in texts(folder)["summary.key.1:2"]


def test_half_a_year_and_other_months_of_the_plan_are_printed_as_such(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    for row, due in enumerate(("2026-01/2026-06", "2026-07/2026-12")):
        with_cells(folder, "plan", row, due=due)
    assert run("check", folder).out == "No problems.\n"
    first, second = tasks_of_the_official_report(folder, "zh")
    assert first.endswith("完成时限为2026年上半年。") and second.endswith("完成时限为2026年下半年。")
    with_cells(folder, "plan", 0, due="2026-07/2026-09")
    assert tasks_of_the_official_report(folder, "zh")[0].endswith("完成时限为2026年7—9月。")


def test_trade_and_exchanges_without_data_are_said_to_be_in_the_brief_and_the_official_report(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    emptied(folder, "trade", "visits")
    assert run("check", folder).out == "No problems.\n"
    for key, each in (("trade", "本期没有外贸数据"), ("exchanges", "本期没有可评的伙伴城市往来数据")):
        sections = {item.split(".")[0] for item, text in texts(folder).items() if text.startswith(each)}
        assert {"local", "gongwen"} - {"gongwen" if key == "trade" else ""} <= sections
    report = composed(assessed(folder), template="gongwen")
    assert "本期没有外贸数据，不作评价。" in [each.text("zh") for each in everything(report)]


def test_the_newest_title_of_the_city_has_its_month(tmp_path: Path) -> None:
    folder = full(tmp_path / "new", "--languages", "zh-en-fr-es")
    for row, since in ((0, "2025-07"), (1, "2014")):
        with_cells(folder, "memberships", row, role="title", from_date=since)
    assert any("其中日期最新的是" in each and "（2025年7月）" in each for each in checked(folder).values())


def test_who_leads_most_tasks_is_said_once_and_a_column_of_goals_without_any_is_left_out(tmp_path: Path) -> None:
    folder = full(
        tmp_path / "new", *EVENT, "--office", "zh=安澜外办", "--office", "en=Anlan FAO", "--languages", "zh-en"
    )
    names = ("goal_zh", "goal_en", "counts", "at_least", "with")
    rows = len((folder / "data" / "plan.csv").read_text("utf-8").splitlines()) - 1
    for row in range(rows):
        with_cells(folder, "plan", row, lead="Anlan FAO", **dict.fromkeys(names, ""))
    assert run("check", folder).out == "No problems.\n"
    briefs = documents_of(assessed(folder)).briefs
    sentences = [each.text("zh") for block in briefs["gongwen"].blocks() for each in block.statements]
    assert [each for each in sentences if "由我办牵头" in each] == ["以下各项，除另有写明的外，由我办牵头。"]
    (table,) = (block.table for block in briefs["onepage"].blocks() if block.kind == "measures" and block.table)
    assert [column.head.text("zh") for column in table.columns] == ["项", "事项", "牵头", "时限"]


def test_a_first_edition_without_an_overall_score_has_no_score_of_the_year_before(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    emptied(folder, "events", "visits", "trade")
    known = assessed(folder)
    rows = [*csv.DictReader(scores(known.ledger, known.project.framework).decode("utf-8").splitlines())]
    assert any(row["score"] for row in rows) and not any(row["previous"] or row["change"] for row in rows)


def test_one_gap_alone_has_no_number_in_the_official_report(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    with_cells(folder, "visits", -1, active="8")
    assert run("build", folder, "--template", "gongwen", "--lang", "zh", "--format", "pdf").code == 0
    pages = PdfReader(folder / "output" / "2025" / "gongwen.zh.pdf").pages
    printed = "".join("".join(page.extract_text().split()) for page in pages)
    assert "存在的不足" in printed and "1.参加面" not in printed


def test_the_one_page_counts_the_source_of_the_plan(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    known = folder / "data" / "sources.yml"
    entry = known.read_text("utf-8")
    known.write_text(f'{entry}plan_of_2026:\n  title: "2026年工作打算"\n  kind: "R"\n  language: "zh"\n', "utf-8")
    counted = "本页事实取自1个来源"
    assert counted in composed(assessed(folder), template="onepage").words["page.sources"].text("zh")
    with_cells(folder, "plan", 0, source="plan_of_2026")
    counted = "本页事实取自2个来源"
    assert counted in composed(assessed(folder), template="onepage").words["page.sources"].text("zh")


def test_exports_above_all_trade_are_an_error(tmp_path: Path) -> None:
    folder = full(tmp_path / "new")
    with_cells(folder, "trade", -1, total="359820000000", exports="998000000000")
    assert "'998000000000' is more than the 359820000000 in the column total" in run("check", folder).err
