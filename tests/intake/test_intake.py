"""A delivery of new data goes through intake with each case named, and nothing is silently taken."""

import shutil
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.intake.sample_files import SERIES, SISTERS, Rows, figures, workbook, year_2026
from tests.workspaces import ROOT, Done, amend, run

pytestmark = pytest.mark.slow

SOURCE = "chinanews_trade_2025"
FIGURES = (ROOT / "data/series.csv").read_text("utf-8").splitlines()
TRADE_2024 = next(
    row for row, line in enumerate(FIGURES, 1) if line.startswith("trade_total,Guangzhou,") and ",2024," in line
)


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """Return a copy of this repository's workspace with an edition for 2026."""
    for folder in ("data", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / "city" / folder)
    assert run("edition", "new", "2026", tmp_path / "city", "--as-of", "2026-12-31").code == 0
    return tmp_path / "city"


def state(root: Path) -> Mapping[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((root / "data").iterdir())}


def take(city: Path, sheets: Mapping[str, Rows], *words: str, from_1904: bool = False) -> Done:
    file = workbook(city.parent / "new.xlsx", sheets, from_1904)
    return run("intake", file, city, *words)


def figure(
    value: object, period: object = "2026-05", indicator: str = "canton_export", **other: object
) -> tuple[object, ...]:
    row = {"indicator": indicator, "place": "Guangzhou", "value": value, "unit": "usd", "period": period, **other}
    return tuple({"source": SOURCE, "confidence": "stated", **row}.get(name) for name in SERIES)


def added(city: Path, table: str = "series") -> list[str]:
    old = (ROOT / "data" / f"{table}.csv").read_text("utf-8").splitlines()
    return [line for line in (city / "data" / f"{table}.csv").read_text("utf-8").splitlines() if line not in old]


# The made-up delivery of 2026


def test_each_case_of_a_delivery_is_named_and_nothing_is_written_unasked(city: Path) -> None:
    before = state(city)
    done = run("intake", year_2026(city.parent / "2026.xlsx"), city, "--readings")
    assert done.code == 5 and "Nothing was written: 8 cases are open" in done.out
    assert state(city) == before
    for said in (
        "new        row 2: Cities with friendly ties, Guangzhou, 2026-10; Value 113",
        "unchanged  1 row",
        f"contradicts row 4: Foreign trade, Guangzhou, 2024 (data/series.csv:{TRADE_2024})",
        "has '1123838000000' (source: [2024年广州外贸进出口总值]), the delivery '1123999000000'",
        "2026.xlsx[series] row 5, value:  '257.1亿' is read as 25710000000",
        "2026.xlsx[series] row 7, place:  '廣州' is read as 'Guangzhou'",
        "2026.xlsx[series] row 7, unit:  8611 '万人次' is read as 86110000 passenger",
        "2026.xlsx[series] row 9, value:  '超过70' is read as 70, comparator '>'",
        "2026.xlsx[sister_cities] row 2, city:  'Frankfurt am Main' is not in the name table, but may be",
        "2026.xlsx[sister_cities] row 3, signed_on:  1926-03-05 lies before",
        "'Łódz / 羅茲 / Lodz' may be 'Lodz' of the name table in another spelling",
        "row 8, value:  award_entries_cum, Guangzhou Award, 2026-11: 1600 is less than the 1635",
        "row 6, value:  fdi_used, Guangzhou, 2026: 71.2 is about 100,000,000 times too small",
        "Ignored, not tables of the workspace: Notes",
    ):
        assert said in done.out, f"not said: {said}"


def test_a_script_without_more_words_writes_nothing_while_a_case_is_open(city: Path) -> None:
    before = state(city)
    assert run("intake", year_2026(city.parent / "2026.xlsx"), city, "--yes").code == 5
    assert state(city) == before


def test_what_is_clear_is_written_with_its_sources_and_the_rest_left_out(city: Path) -> None:
    file = year_2026(city.parent / "2026.xlsx")
    done = run("intake", file, city, "--yes", "--clear-only")
    assert done.code == 0 and "Wrote 6 new rows" in done.out, done.out
    assert added(city) == [
        f"friendly_total,Guangzhou,113,city,=,2026-10,,,{SOURCE},stated,,",
        f"canton_export,Guangzhou,25710000000,usd,=,2026-05,139,,{SOURCE},stated,,",
        f"airport_passengers,Guangzhou,86110000,passenger,=,2026,,,{SOURCE},stated,,",
        f"consulates,Guangzhou,70,consulate,>,2026-03,,,{SOURCE},stated,,",
    ]
    assert [line.partition(",")[0] for line in added(city, "sister_cities")] == ["Nairobi"]
    done = run("check", city)
    assert done.code == 4 and "is of grade 'copy', and headlines rest on it" in done.err
    page = "1538397.html\n  kind: N/OL\n"
    amend(city, "data/sources.yml", f"{page}  grade: copy", f"{page}  grade: press")
    assert run("check", city).code == 0


def test_a_second_run_changes_nothing(city: Path) -> None:
    sheets = figures(figure(25_710_000_000, session=139))
    assert take(city, sheets, "--yes").code == 0
    before = state(city)
    again = take(city, sheets, "--yes")
    assert (again.code, again.out.splitlines()[-1]) == (0, "Nothing new: the workspace already has all of this.")
    assert state(city) == before


def test_without_a_terminal_and_without_yes_it_is_shown_and_not_written(city: Path) -> None:
    before = state(city)
    done = take(city, figures(figure(25_710_000_000, session=139)))
    assert done.code == 0 and "Nothing was written. With --yes this writes 1 new row." in done.out
    assert state(city) == before


# What stands around the rows


def test_titles_and_further_columns_are_named_and_left_out(city: Path) -> None:
    head = ("指标 Indicator", "place", "value", "unit", "period", "source", "confidence", "联系人")
    row = ("canton_export", "Guangzhou", 25_710_000_000, "usd", "2026-05", SOURCE, "stated", "somebody")
    sheets: dict[str, Rows] = {"series": [("广州市统计数据（2026年）",), (), ("单位：各项", "", "x"), head, row]}
    done = take(city, sheets, "--yes")
    assert done.code == 0 and added(city) == [f"canton_export,Guangzhou,25710000000,usd,=,2026-05,,,{SOURCE},stated,,"]
    assert "new.xlsx[series] row 1:  '广州市统计数据（2026年） 单位：各项 x' is above the heading" in done.out
    assert "new.xlsx[series]:  columns that the brief does not use: 联系人" in done.out


def test_a_note_below_the_rows_is_named_once_and_left_out_with_what_is_open(city: Path) -> None:
    sheets = figures(figure(25_710_000_000, session=139), ("填表人：李四",))
    done = take(city, sheets, "--yes")
    assert done.code == 3 and "row 3:  '填表人：李四' is no row of the table" in done.out
    assert "1 case is open" in done.out
    assert take(city, sheets, "--yes", "--clear-only").code == 0 and len(added(city)) == 1


def test_a_misspelt_column_is_not_left_out(city: Path) -> None:
    row = ("canton_export", "Guangzhou", 25_710_000_000, "usd", "2026-05", SOURCE, "stated")
    done = take(
        city, {"series": [("indicator", "place", "vaule", "unit", "period", "source", "confidence"), row]}, "--yes"
    )
    assert done.code == 3 and "'vaule' is not a column of series" in done.out and "did you mean 'value'?" in done.out


# What contradicts, changes and adds


def test_a_contradiction_is_written_only_if_changes_are_accepted(city: Path) -> None:
    row = figure(1_123_999_000_000, "2024", "trade_total", unit="cny", source="gdp_2018")
    before = state(city)
    assert take(city, figures(row), "--yes").code == 5 and state(city) == before
    assert take(city, figures(row), "--yes", "--accept-changes").code == 0
    assert added(city) == ["trade_total,Guangzhou,1123999000000,cny,=,2024,,,gdp_2018,stated,,"]
    old, new = before["series.csv"].splitlines(), state(city)["series.csv"].splitlines()
    assert [number for number, line in enumerate(new, 1) if line != old[number - 1]] == [TRADE_2024]


def test_a_further_source_of_the_same_value_is_added_to_the_row(city: Path) -> None:
    done = take(city, figures(figure(1_123_838_000_000, "2024", "trade_total", unit="cny", source="gdp_2018")), "--yes")
    assert done.code == 0 and f"Source: {SOURCE} -> {SOURCE};gdp_2018" in done.out
    assert added(city) == [f"trade_total,Guangzhou,1123838000000,cny,=,2024,,,{SOURCE};gdp_2018,stated,,"]


def test_a_note_is_not_written_over_unasked(city: Path) -> None:
    row = ("friendly_countries", "Guangzhou", "2019-11")
    sheets = {"series": [("indicator", "place", "period", "note"), (*row, "x")]}
    assert take(city, sheets, "--yes").code == 0
    sheets["series"][1] = (*row, "y")
    done = take(city, sheets, "--yes")
    assert (
        done.code == 5
        and " has 'x' (source: [Guangzhou has friendly ties with 81 cities]), the delivery 'y'" in done.out
    )


def test_a_fill_without_a_source_of_its_own_is_refused(city: Path) -> None:
    sheets = {"countries": [("iso3", "bri_status"), ("PSE", "no")]}
    done = take(city, sheets, "--yes")
    assert done.code == 3 and "row 2, Source:  the row changes what is known and names no source of its own" in done.out
    assert take(city, sheets, "--yes", "--source", "ocha_countries").code == 0
    assert [line[:20] for line in added(city, "countries")] == ["PSE,Asia,upper_middl"]


def test_a_blank_cell_deletes_nothing(city: Path) -> None:
    done = take(city, {"countries": [("iso3", "continent", "income_group"), ("BEL", "Europe", None)]}, "--yes")
    assert done.code == 0 and "Nothing new" in done.out


# Sources


def test_a_new_row_must_name_a_source_that_is_known(city: Path) -> None:
    for source, hint in (
        (None, "the column needs a source"),
        ("somebody", "add a row for it to the sheet '来源 Sources'"),
    ):
        done = take(city, figures(figure(25_710_000_000, session=139, source=source)), "--yes")
        assert done.code == 3 and "new.xlsx[series] row 2, source:" in done.out and hint in done.out
    assert added(city) == []


def test_the_source_of_the_delivery_is_that_of_rows_that_name_none(city: Path) -> None:
    done = take(city, figures(figure(25_710_000_000, session=139, source=None)), "--yes", "--source", "gdp_2018")
    assert done.code == 0 and added(city)[0].endswith(",gdp_2018,stated,,")


def test_an_unknown_source_of_the_delivery_is_refused_with_the_nearest(city: Path) -> None:
    done = take(city, figures(figure(1)), "--source", "gpd_2018")
    assert done.code == 3 and "did you mean 'gdp_2018'?" in done.err


# Values


@pytest.mark.parametrize(
    ("written", "digits", "comparator"),
    [
        ("25,710,000,000", "25710000000", "="),
        ("257.1亿", "25710000000", "="),
        ("２５７．１亿美元", "25710000000", "="),
        ("约257.1亿", "25710000000", "≈"),
        ("more than 25.7 billion", "25700000000", ">"),
        ("25 710 000 000", "25710000000", "="),
        ("≥25710000000", "25710000000", ">"),
    ],
)
def test_an_amount_is_read_as_people_write_it(city: Path, written: str, digits: str, comparator: str) -> None:
    done = take(city, figures(figure(written, session=139)), "--yes")
    assert done.code == 0 and f"'{written}' is read as {digits}" in done.out
    assert added(city) == [f"canton_export,Guangzhou,{digits},usd,{comparator},2026-05,139,,{SOURCE},stated,,"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (figure("3,5", session=139), "'3,5' is not a number"),
        (figure(">5", comparator="=", session=139), "the number says '>', the column comparator says '='"),
        (figure("5元", session=139), "'元' after the number is not the unit 'usd'"),
        (figure("5 shells", session=139), "'shells' after the number is not a known unit"),
    ],
)
def test_an_amount_in_doubt_is_refused(city: Path, row: tuple[object, ...], said: str) -> None:
    done = take(city, figures(row), "--yes")
    assert done.code == 3 and f"new.xlsx[series] row 2, value:  {said}" in done.out and added(city) == []


@pytest.mark.parametrize(("value", "factor"), [(2_571_000, "10,000"), (257.1, "100,000,000"), (25_710, "1,000,000")])
def test_a_slip_of_the_unit_is_asked_about_with_what_may_be_meant(city: Path, value: float, factor: str) -> None:
    done = take(city, figures(figure(value, session=139)), "--yes", "--because", "so it is")
    assert done.code == 5 and f"is about {factor} times too small" in done.out
    assert "25710000000 may be meant" in done.out and added(city) == []


def test_another_currency_than_that_of_the_series_is_asked_about(city: Path) -> None:
    done = take(city, figures(figure(25_710_000_000, session=139, unit="cny")), "--yes")
    assert done.code == 5 and "the unit is 'cny', that of the rest of the series 'usd'" in done.out


def test_a_standing_row_that_stands_out_through_a_delivered_one_is_told_as_what_it_is(city: Path) -> None:
    row = figure(1700, "2022-06", "award_entries_cum", unit="entry", place="Guangzhou Award")
    done = take(city, figures(row), "--yes")
    assert done.code == 5 and "data/series.csv row 78, value:  award_entries_cum" in done.out, done.out
    assert "because of row 2 of new.xlsx[series]" in done.out and "new.xlsx[series] row 2, value:" not in done.out


def test_an_accepted_anomaly_is_recorded_with_its_reason_and_passes_the_check(city: Path) -> None:
    reason = 'A "hybrid" session: half of it online'
    assert take(city, figures(figure(12_000_000_000, session=139)), "--yes").code == 5
    done = take(city, figures(figure(12_000_000_000, session=139)), "--yes", "--because", reason)
    assert done.code == 0 and "data/anomalies.yml" in done.out
    assert 'because: "A \\"hybrid\\" session' in (city / "data" / "anomalies.yml").read_text()
    assert run("check", city).code == 0


# Days

DAYS = [
    (date(1926, 3, 5), "1926-03-05 lies before", "2026-03-05"),
    ("2126-03", "2126-03 lies after", "2026-03"),
]


@pytest.mark.parametrize(("written", "said", "read"), DAYS)
def test_a_day_in_the_wrong_century_is_in_doubt(city: Path, written: object, said: str, read: str) -> None:
    done = take(city, figures(figure(25_710_000_000, written, session=139)), "--yes")
    assert done.code == 5 and f"new.xlsx[series] row 2, period:  {said}" in done.out
    assert f"read as {read}" in done.out and added(city) == []


@pytest.mark.parametrize("written", [date(1926, 3, 5), "1926-03"])
def test_a_day_in_doubt_can_be_taken_as_it_is_written(city: Path, written: object) -> None:
    done = take(city, figures(figure(25_710_000_000, written, session=139)), "--yes", "--as-written")
    assert done.code == 0 and f",{written},139," in added(city)[0], done.out


def test_a_name_in_doubt_that_is_taken_as_it_is_written_must_be_one_of_the_name_table(city: Path) -> None:
    sheets = {"sister_cities": [SISTERS[:4], ("Frankfurt am Main", "DEU", "Europe", "1988-04-11")]}
    assert "may be 'Frankfurt'" in take(city, sheets).out
    done = take(city, sheets, "--yes", "--as-written", "--source", SOURCE)
    assert done.code == 3 and "'Frankfurt am Main' is no city of the name table" in done.out


@pytest.mark.parametrize("written", ["26-03-05", "5/3/26", "05/03/2026"])
def test_a_day_that_can_be_read_in_two_ways_is_refused(city: Path, written: str) -> None:
    done = take(city, figures(figure(25_710_000_000, written, session=139)), "--yes")
    assert done.code == 3 and f"row 2, period:  '{written}'" in done.out
    assert "write it as 2021" in done.out or "write the year in full, such as 2026-03-05" in done.out


@pytest.mark.parametrize("written", ["2026/5", "2026年5月", "2026.05"])
def test_a_day_in_another_form_is_read_and_said(city: Path, written: str) -> None:
    done = take(city, figures(figure(25_710_000_000, written, session=139)), "--yes")
    assert done.code == 0 and f"'{written}' is read as 2026-05" in done.out
    assert ",2026-05,139," in added(city)[0]


@pytest.mark.parametrize("from_1904", [False, True])
def test_a_workbook_itself_says_from_which_year_it_counts_its_days(city: Path, from_1904: bool) -> None:
    serial = 44624 if from_1904 else 46086
    for written in (date(2026, 3, 5), serial):
        done = take(city, figures(figure(25_710_000_000, written, session=139)), from_1904=from_1904)
        assert done.code == 0 and "2026-03-05, 139; Value" in done.out, done.out
    assert f"'{serial}' is a spreadsheet's count of days; this workbook counts from" in done.out


def test_a_count_of_days_in_a_table_of_text_is_refused(city: Path) -> None:
    file = city.parent / "series.csv"
    file.write_text(
        f"indicator,place,value,unit,period,session,source,confidence\ncanton_export,Guangzhou,1,usd,46086,139,{SOURCE},stated\n"
    )
    done = run("intake", file, city, "--yes")
    assert done.code == 3 and "a table of text does not say from which year it counts" in done.out


# Names


@pytest.mark.parametrize("written", ["FUKUOKA", "福岡", "福岡 Fukuoka", "Fukuóka"])
def test_a_known_city_in_another_spelling_is_compared_with_its_row(city: Path, written: str) -> None:
    sheets = {"sister_cities": [SISTERS[:4], (written, "日本", "Asia", "1979-05-03")]}
    done = take(city, sheets, "--yes", "--source", "gdp_2018")
    assert done.code == 5 and f"'{written}' is read as 'Fukuoka'" in done.out
    assert "data/sister_cities.csv:2 has '1979-05-02'" in done.out


@pytest.mark.parametrize("names", [("福冈 Fukuoka", "日本 Japan", "亚洲 Asia"), ("福冈", "Japan", "亚洲")])
def test_a_name_that_was_chosen_from_the_list_is_taken_without_a_remark(city: Path, names: tuple[str, ...]) -> None:
    sheets = {"sister_cities": [SISTERS[:4], (*names, "1979-05-03")]}
    done = take(city, sheets, "--yes", "--source", "gdp_2018")
    assert "contradicts row 2: Fukuoka" in done.out and "is read as" not in done.out


@pytest.mark.parametrize("written", ["Stated", "单源陈述", "one source states it"])
def test_a_choice_is_known_by_its_words(city: Path, written: str) -> None:
    head = (*SISTERS[:4], "confidence")
    said = [
        take(city, {"sister_cities": [head, ("Fukuoka", "JPN", "Asia", "1979-05-02", each)]}, "--source", "gdp_2018")
        for each in ("stated", written)
    ]
    assert said[0] == said[1] and "Evidence: corroborated -> stated" in said[0].out


def test_readings_of_one_kind_are_told_together_and_one_by_one_where_that_is_asked(city: Path) -> None:
    rows = [(name, "JPN", "亞洲", day) for name, day in (("福冈", "1979/5/2"), ("Lodz", "2014-08-20"))]
    done = take(city, {"sister_cities": [SISTERS[:4], *rows]}, "--clear-only", "--source", "gdp_2018")
    lines = [line for line in done.out.splitlines() if "continent:  '亞洲'" in line]
    assert len(lines) == 1 and "row 2" in lines[0] and lines[0].endswith("is read as 'Asia'; and 1 more like it"), (
        done.out
    )
    assert "All of them: jianbao intake FILE --readings" in done.out
    each = take(city, {"sister_cities": [SISTERS[:4], *rows]}, "--clear-only", "--source", "gdp_2018", "--readings").out
    assert each.count("'亞洲' is read as 'Asia'") == 2 and "more like it" not in each


def test_columns_are_called_by_their_labels_in_the_language_of_the_user(
    city: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = ("Fukuoka", "JPN", "Asia", "1979-05-03")
    english = take(city, {"sister_cities": [SISTERS[:4], row]}, "--source", "gdp_2018").out
    assert "Date of signing: 1979-05-02 -> 1979-05-03" in english
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    chinese = take(city, {"sister_cities": [SISTERS[:4], row]}, "--source", "gdp_2018").out
    assert "签约日期：1979-05-02 -> 1979-05-03" in chinese and "signed_on" not in chinese.replace("signed_on 列", "")


def test_a_kind_of_names_may_be_written_in_words(city: Path) -> None:
    done = take(city, {"names": [("id", "kind", "zh", "en"), ("Bravo", "城市", "布拉沃", "Bravo")]}, "--yes")
    assert done.code == 0 and added(city, "names") == ["Bravo,city,布拉沃,Bravo,,,"], done.out


def test_a_missing_name_is_told_with_its_kind_in_chinese_too(city: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANBAO_UI_LANGUAGE", "zh")
    row = ("Nairobi", "KEN", "Africa", "2026-06-01", -1.28, 36.82, "geonames", SOURCE, "stated")
    assert "类别（kind）写 city（城市）" in take(city, {"sister_cities": [SISTERS, row]}, "--yes").out


def test_an_unknown_city_is_refused_until_it_has_its_names(city: Path) -> None:
    row = ("Nairobi", "KEN", "Africa", "2026-06-01", -1.28, 36.82, "geonames", SOURCE, "stated")
    done = take(city, {"sister_cities": [SISTERS, row]}, "--yes")
    assert done.code == 3 and "'Nairobi' is no city of the name table" in done.out
    assert "add it to the sheet '名称 Names' of the delivery with the kind city" in done.out
    assert "did you mean" not in done.out
    names: Rows = [("id", "kind", "zh", "en"), ("Nairobi", "city", "内罗毕", "Nairobi")]
    assert take(city, {"sister_cities": [SISTERS, row], "names": names}, "--yes").code == 0


def test_a_country_without_a_row_is_told_where_its_name_and_its_row_are_added(city: Path) -> None:
    row = ("Nairobi", "RWA", "Africa", "2026-06-01", -1.28, 36.82, "geonames", SOURCE, "stated")
    done = take(city, {"sister_cities": [SISTERS, row]}, "--yes")
    assert "'RWA' is not in countries.iso3" in done.out
    assert "with the kind country; add a row for it to the sheet '国家 Countries' of the delivery" in done.out


def test_rows_that_disagree_inside_a_delivery_are_refused_and_repeated_ones_read_once(city: Path) -> None:
    row = figure(25_710_000_000, session=139)
    done = take(city, figures(row, row, figure(26, session=139)), "--yes")
    assert done.code == 3 and "the row repeats row 2 and is read once" in done.out
    assert "also in row 2, which says something else" in done.out


def test_two_files_that_need_each_other_are_refused_if_one_row_is_left_out(city: Path) -> None:
    row = ("Lodz City", "POL", "Europe", "2026-06-01", 51.7, 19.4, "geonames", SOURCE, "stated")
    names: Rows = [("id", "kind", "zh", "en"), ("Lodz City", "city", "罗兹", "Łódź")]
    done = take(city, {"sister_cities": [SISTERS, row], "names": names}, "--yes", "--clear-only")
    assert (
        done.code == 3 and "'Lodz City' is no city of the name table" in done.err and added(city, "sister_cities") == []
    )


# Files


def test_a_table_of_its_own_is_known_by_its_name_or_its_columns(city: Path) -> None:
    for name in ("series.csv", "统计数据.csv", "2026.csv"):
        file = city.parent / name
        file.write_text(
            "指标,地点,数值,单位,时间,届次,来源,证据\n"
            + f"canton_export,广州,257.1亿,美元,2026-05,139,{SOURCE},stated\n"
        )
        done = run("intake", file, city)
        assert done.code == 0 and "With --yes this writes 1 new row" in done.out, done.out + done.err


def test_a_column_that_may_stand_for_a_missing_one_is_refused(city: Path) -> None:
    done = take(city, {"series": [("indicator", "place", "remark", "value", "unit"), ("a", "b", "c", 1, "d")]})
    assert done.code == 3 and "new.xlsx[series] row 1:  'remark' is not a column of series" in done.out
    done = take(city, {"series": [("indicator", "place", "note", "value", "unit"), ("a", "b", "c", 1, "d")]})
    assert done.code == 3 and done.out.count("the column 'Period' is missing") == 1


def test_a_formula_is_refused_in_its_row(city: Path) -> None:
    done = take(city, figures(figure("=1+1", session=139)), "--yes")
    assert done.code == 3 and "this is a formula: '=1+1'" in done.out


def test_the_layout_of_a_table_is_kept(city: Path) -> None:
    path = city / "data" / "series.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    before = path.read_bytes()
    assert take(city, figures(figure(25_710_000_000, session=139, source="gdp_2018")), "--yes").code == 0
    line = "canton_export,Guangzhou,25710000000,usd,=,2026-05,139,,gdp_2018,stated,,\r\n"
    assert path.read_bytes() == before + line.encode()


# The template


def test_a_template_filled_with_a_row_goes_through(city: Path) -> None:
    path = city.parent / "template.xlsx"
    assert run("intake", "--template", path, city).code == 0
    assert run("intake", path, city).out == "Nothing new: the workspace already has all of this.\n"
    book = load_workbook(path)
    page = book["统计数据 Figures"]
    heads = [cell.value for cell in page[1]]
    row = {"指标 Indicator": "canton_export", "地点 Place": "广州 Guangzhou", "数值 Value": 25_710_000_000}
    row |= {"单位 Unit": "usd", "比较符 Comparator": "=", "时间 Period": "2026-05", "届次 Session": 139}
    row |= {"来源 Source": SOURCE, "证据 Evidence": "stated"}
    page.append([row.get(head) for head in heads])
    book.save(path)
    done = run("intake", path, city, "--yes")
    assert done.code == 0, done.out + done.err
    assert added(city) == [f"canton_export,Guangzhou,25710000000,usd,=,2026-05,139,,{SOURCE},stated,,"]


def test_every_choice_of_the_template_is_one_that_intake_reads(city: Path) -> None:
    path = city.parent / "template.xlsx"
    run("intake", "--template", path, city)
    book = load_workbook(path)
    lists = {column[0].value: [cell.value for cell in column[1:] if cell.value] for column in book["_"].iter_cols()}
    cities = lists["name city"]
    assert len(cities) > 100 and "福冈 Fukuoka" in cities
    sheets = {"sister_cities": [("city", "country"), *((each, "日本 Japan") for each in cities)]}
    done = take(city, sheets, "--source", "gdp_2018")
    assert "is no city of the name table" not in done.out


def test_a_template_guides_in_both_languages_and_is_the_same_each_time(city: Path) -> None:
    first, second = city.parent / "one.xlsx", city.parent / "two.xlsx"
    run("intake", "--template", first, city)
    run("intake", "--template", second, city)
    assert first.read_bytes() == second.read_bytes()
    book = load_workbook(BytesIO(first.read_bytes()))
    guide = [str(row[0].value) for row in book.worksheets[0].iter_rows() if row[0].value]
    assert guide[0] == "填表说明 How to fill in this workbook"
    page = book["国际友好城市 Sister cities"]
    assert (
        page.freeze_panes == "B2" and page["A1"].value == "城市 City" and len(page.data_validations.dataValidation) > 5
    )


def test_a_drop_down_warns_of_another_word_and_does_not_stop_it(city: Path) -> None:
    run("intake", "--template", city.parent / "book.xlsx", city)
    book = load_workbook(city.parent / "book.xlsx")
    styles = {each.errorStyle for page in book.worksheets for each in page.data_validations.dataValidation}
    assert styles == {"warning"}


def test_a_template_lists_the_kinds_of_names_and_says_what_each_choice_means(city: Path) -> None:
    path = city.parent / "template.xlsx"
    run("intake", "--template", path, city)
    book = load_workbook(path)
    lists = {column[0].value: [cell.value for cell in column[1:] if cell.value] for column in book["_"].iter_cols()}
    assert {"城市", "国家", "机构", "大洲"} <= set(lists["kind"])
    text = "\n".join(str(row[3].value) for row in book.worksheets[0].iter_rows())
    assert "stated = 单源陈述、写明、一个来源写明 one source states it" in text and "body = 机构、" in text


def test_a_choice_of_two_columns_is_called_in_each_as_that_column_calls_it(city: Path) -> None:
    path = city.parent / "template.xlsx"
    run("intake", "--template", path, city)
    guide = load_workbook(path).worksheets[0]
    choices = {(str(row[0].value), str(row[1].value)): str(row[3].value) for row in guide.iter_rows()}
    grade = choices["来源 Sources", "等级 Grade"]
    assert "open = 任何人都能修改的网页、百科 a page that anybody can change" in grade and "official = 官方、" in grade
    assert "open = 进行中 under way" in choices["广州奖届次 Award editions", "状态 Status"]
    assert (
        "official = 官方译名 official translation" in choices["获奖城市 Award winners", "英文名依据 Basis of English"]
    )
    assert "stated = 来源写明 stated" in choices["多边组织职务 Memberships", "终止依据 Basis of end"]


def test_words_of_one_column_are_not_read_in_another(city: Path) -> None:
    rows = [("edition", "status"), (8, "任何人都能修改的网页"), (9, "进行中")]
    done = take(city, {"award_editions": rows}, "--source", "gdp_2018")
    assert "'进行中'" not in done.out and "'任何人都能修改的网页' is not allowed in the column Status" in done.out


# The sheet for sources

SOURCE_HEAD = ("编号", "标题（原文）", "英文标题", "发布单位", "发布日期", "类型", "语种", "网址", "等级")
REGISTER = ("register", "友城台账：2025", "Register: 2025", "外办", "2025年12月", "公报", "中文", "", "官方")


def test_sources_are_described_beside_the_rows_that_name_them(city: Path) -> None:
    sheets = {
        "来源 Sources": [SOURCE_HEAD, REGISTER],
        **figures(figure(25_710_000_000, session=139, source="register")),
    }
    done = take(city, sheets, "--yes")
    assert done.code == 0 and "2 new rows in data/series.csv, data/sources.yml" in done.out, done.out
    text = (city / "data/sources.yml").read_text("utf-8")
    assert text.startswith((ROOT / "data/sources.yml").read_text("utf-8").rstrip("\n"))
    assert text.endswith(
        'register:\n  title: "友城台账：2025"\n  title_en: "Register: 2025"\n  producer: "外办"\n'
        '  published: "2025-12"\n  kind: "R"\n  language: "zh"\n  grade: "official"\n'
    )
    assert run("check", city).code == 0 and "Nothing new" in take(city, sheets, "--yes").out


def test_a_described_source_takes_the_place_of_an_example(tmp_path: Path) -> None:
    assert run("new", tmp_path / "new").code == 0
    plan = ("plan", "工作计划", "Work plan", "外办", "2025-01", "规划", "zh", "https://a.example/plan", "original")
    done = take(tmp_path / "new", {"sources": [SOURCE_HEAD, plan]}, "--yes")
    assert done.code == 0 and "1 new row in data/sources.yml" in done.out, done.out
    text = (tmp_path / "new/data/sources.yml").read_text("utf-8")
    assert (
        text.count("plan:") == 1 and '  title: "工作计划"\n' in text and text.startswith("# Where the rows come from")
    )
    assert run("check", tmp_path / "new").code == 0


def test_what_is_wrong_with_a_described_source_is_named(city: Path) -> None:
    bad = ("友城", "台账", "Register", "", "去年", "手稿", "中文", "www.example.org", "官方")
    done = take(
        city,
        {"来源 Sources": [SOURCE_HEAD, bad], **figures(figure(25_710_000_000, session=139, source="regster"))},
        "--yes",
    )
    assert done.code == 3 and state(city) == state(city)
    for text in ("'友城'", "'去年'", "'手稿'", "'www.example.org'", "add a row for it to the sheet '来源 Sources'"):
        assert text in done.out, done.out


def test_an_ordinal_is_a_number_and_a_number_and_more_is_more_than_it(tmp_path: Path) -> None:
    assert run("new", tmp_path / "new").code == 0
    countries = "参加国家和地区 Countries and regions"
    head = ("届次 Edition", "举办日期 Held on", countries, "嘉宾 Guests", "来源 Source", "证据 Evidence")
    row = ("第十一届", "2025-09-01", "30余", "1.2万多", "example", "stated")
    done = take(tmp_path / "new", {"活动届次 Editions of the event": [head, row]}, "--yes")
    assert done.code == 0, done.out
    last = (tmp_path / "new/data/events.csv").read_text("utf-8").splitlines()[-1]
    assert last.startswith("11,2025-09-01,,>30,>12000,example,stated")
