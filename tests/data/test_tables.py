from datetime import date

import pytest

from jianbao.core.documents import Problems
from jianbao.data.tables import check_tables, names_of, tables_on
from tests.data.small_tables import (
    FRIENDS,
    LANDS,
    NAMES,
    ROUNDS,
    SERIES,
    SOURCES,
    TABLES,
    faults,
    schemas,
    sheets,
    tables,
)
from tests.effort import effort


def test_sound_tables_have_no_faults() -> None:
    assert faults() == []


def test_a_misspelt_shore_is_named_with_its_row() -> None:
    assert faults(friends=FRIENDS.replace("FRE,West", "FRE,Wets")) == [
        "data/friends.csv:4 shore: 'Wets' is no shore of the name table; did you mean 'West'? "
        "If not, add it to data/names.csv with the kind shore"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "Ash,ELB",
            "Ash,ELX",
            "land: 'ELX' is not in lands.land; known: ELB, FRE; for another one, add it to data/names.csv with",
        ),
        ("Ash,ELB", "Ahs,ELB", "friends.csv:2 town: 'Ahs' is no town of the name table; did you mean 'Ash'?"),
        ("Ash,ELB", ",ELB", "friends.csv:2 town: this is empty; the column needs a name"),
        ("2000-05-01", "2000/5/1", "signed_on: '2000/5/1' is not a date; did you mean '2000-05-01'?"),
        ("2000-05-01", "2000-02-30", "'2000-02-30' is not a date; write 2021"),
        ("2000-05-01", "36647", "'36647' is not a date; it looks like a spreadsheet's serial number"),
        ("2000-05-01", "2000-05/1999", "'2000-05/1999' is not a date"),
        ("0,90,trade", "95,90,trade", "friends.csv:3 lat: '95' is above 90, the most allowed"),
        ("0,90,trade", "-95,90,trade", "friends.csv:3 lat: '-95' is below -90, the least allowed"),
        ("0,90,trade", "0°,90,trade", "friends.csv:3 lat: '0°' is not a number; write digits only"),
        (",yes,10,", ",yes,1.5,", "people: '1.5' is not a whole number; if it counts ten thousands, write all digits"),
        (",yes,10,", ",yes,无,", "people: '无' is not a number; leave the cell empty where there is no number"),
        (",yes,10,", ",yes,1e3,", "people: '1e3' is not a number"),
        (",yes,10,", ",yes,010,", "people: '010' is not a number"),
        (",yes,10,", ",yes,１０,", "people: '１０' is not a number; these are full-width characters: write '10'"),
        (",yes,10,", ',yes,"1,635",', "people: '1,635' is not a number; write '1635'"),
        (",AA,", ",ＡＡ,", "code: 'ＡＡ' does not have the format of the column; these are full-width characters"),
        ("2000-05-01", "２０００-05-01", "these are full-width characters: write '2000-05-01'"),
        (",yes,10,", ",perhaps,10,", "open: 'perhaps' is not yes or no"),
        ("trade;sea", "trade;seas", "topics: 'seas' is no topic of the name table; did you mean 'sea'?"),
        ("trade;sea", "trade;trade、sea", "'trade;trade、sea' holds several, which ';' must separate; write"),
        ("trade;sea", "trade，sea", "topics: 'trade，sea' holds several, which ';' must separate; write 'trade;sea'"),
        (
            "Ash,ELB",
            "ELB,ELB",
            "'ELB' is no town of the name table; it is a land in data/names.csv: name another here, or correct",
        ),
        ("Ash,ELB", "丙,ELB", "town: '丙' is no town of the name table; write its id: 'Ash'"),
        ("Ash,ELB", "Ash,甲", "land: '甲' is not in lands.land; write its id: 'ELB'"),
        ("trade;sea", "trade;;sea", "topics: 'trade;;sea' has an empty item between its ';'"),
        ("trade;sea", "trade;trade", "topics: 'trade' is listed twice; keep one"),
        (",AA,", ",aa,", "code: 'aa' does not have the format of the column; the format is [A-Z]{2}"),
        (",AA,", ",BB,", "friends.csv:3 code: 'BB' is already in row 2; keep one of the two"),
        ("s1,corroborated", "s9,corroborated", "source: 's9' is not a source; describe it in data/sources.yml"),
        ("s1,corroborated", ",corroborated", "source: this is empty; the column needs a source"),
        ("s3,unverified", "s3,unsure", "confidence: 'unsure' is not allowed in the column confidence"),
        ("Birch,FRE", "Ash,FRE", "friends.csv:3 town: 'Ash' is already in row 2; keep one of the two"),
        ("town,land", "stadt,land", "friends.csv:1: the column 'town' is missing"),
        ("town,land", "twon,land", "friends.csv:1: 'twon' is not a column of this table; did you mean 'town'?"),
    ],
)
def test_each_fault_of_a_row_is_named(old: str, new: str, said: str) -> None:
    assert old in FRIENDS
    found = faults(friends=FRIENDS.replace(old, new, 1))
    assert any(said in fault for fault in found), found


@pytest.mark.parametrize(
    ("whole", "part", "wrong"),
    [("7", "9", True), ("7", "7", False), ("7", "", False), ("", "9", False), (">7", "9", False), ("7", "≈9", False)],
)
def test_a_part_is_no_more_than_the_exact_whole_in_its_row(whole: str, part: str, wrong: bool) -> None:
    text = TABLES.replace(
        "entries:   {type: integer}", "entries:   {type: integer, part_of: whole}\n    whole: {type: integer}"
    )
    problems: Problems = []
    rounds = f"round,held_on,opened_on,entries,whole,source\n1,2001,,{part},{whole},s1\n"
    check_tables(sheets(rounds=rounds), schemas(text), SOURCES, problems)
    said = "data/rounds.csv:2 entries: '9' is more than the 7 in the column whole, of which it is a part"
    assert [str(each).startswith(said) for each in problems] == [True] * wrong


def test_a_name_without_its_pair_is_named() -> None:
    assert faults(names=NAMES.replace("Ash,town,丙,Ash", "Ash,town,丙,")) == [
        "data/names.csv:9 en: a name without its pair: 'en' is empty; give it in every language"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "Ash,town,",
            "Ash,twon,",
            "9 kind: 'Ash' is a twon here, and in data/friends.csv:2 town a town; "
            "correct the kind here, or the name there",
        ),
        (
            "ELB,land,",
            "ELB,shore,",
            "5 kind: 'ELB' is a shore here, and in data/lands.csv:2 land a land; "
            "correct the kind here, or the name there",
        ),
        (
            "Ash,town,丙,Ash",
            "Ash,town,丙,Ash\nElm,twon,戊,Elm",
            "10 kind: 'Elm' is a twon, and no column takes such names; did you mean 'town'?",
        ),
        (
            "Ash,town,",
            "Birch,town,",
            "10 id: 'Birch' is already in row 9; one of the two is meant to be 'Ash', "
            "which data/friends.csv:2 town names",
        ),
        (
            "ELB,land,",
            "FRE,land,",
            "6 id: 'FRE' is already in row 5; one of the two is meant to be 'ELB', which data/lands.csv:2 land names",
        ),
        (
            "Ash,town,丙,Ash",
            "Ash,town,丙,Ash\nAsh,land,戊,Ashland",
            "10 id: 'Ash' is already in row 9; keep one of the two",
        ),
    ],
)
def test_a_wrong_row_of_the_name_table_is_one_fault_where_it_stands(old: str, new: str, said: str) -> None:
    assert old in NAMES
    assert faults(names=NAMES.replace(old, new, 1)) == [f"data/names.csv:{said}"]


def test_rows_that_are_unique_together_may_share_a_part() -> None:
    again = SERIES + "bound,8,land,=,1999,s1,stated\n"
    assert faults(series=again) == [
        "data/series.csv:8 indicator, period: 'bound, 1999' is already in row 7; keep one of the two"
    ]


def test_a_note_below_the_rows_and_a_second_heading_are_each_one_fault() -> None:
    head = FRIENDS.splitlines()[0]
    note = "made by the office" + "," * head.count(",")
    found = faults(friends=f"{FRIENDS}{note}\n{head}\n")
    assert [fault.partition(";")[0] for fault in found] == [
        "data/friends.csv:6: 'made by the office' is no row of the table",
        "data/friends.csv:7: 'town land shore signed_on lat lon topics…' is no row of the table",
    ]


def test_everything_that_is_wrong_is_said_at_once() -> None:
    found = faults(friends=FRIENDS.replace("East", "Eats"), rounds=ROUNDS.replace(",10,", ",ten,"))
    assert [fault.split(":")[0] for fault in found] == ["data/friends.csv", "data/friends.csv", "data/rounds.csv"]


def test_a_column_that_may_be_blank_may_be_missing() -> None:
    assert faults(rounds="round,held_on,opened_on\n1,2001-03-01,\n") == []


def check_wrong_rows() -> None:
    """Check a hundred thousand rows, all wrong: each is a problem, and the first twenty have a hint."""
    rows = "".join(f"guests{number},1,person,=,2005,s{number},stated\n" for number in range(100_000))
    problems: Problems = []
    check_tables(sheets(series=SERIES.splitlines()[0] + "\n" + rows), schemas(), SOURCES, problems)
    assert len(problems) == 99_997
    assert sum(bool(problem.hint) for problem in problems) == 20


@pytest.mark.slow
def test_a_hundred_thousand_rows_take_a_moment_even_if_all_are_wrong() -> None:
    assert effort(check_wrong_rows, rounds=1) < 100  # measured: 22


def test_rows_keep_the_numbers_of_the_spreadsheet_and_the_unverified_are_left_out() -> None:
    frame = tables(friends=FRIENDS.replace("Birch", "\nBirch"))["friends"].frame
    assert frame.index.tolist() == [2, 4, 5]
    assert frame["people"].isna().tolist() == [False, True, False] and frame["open"].tolist() == ["yes", "no", "yes"]


def test_a_day_hides_the_rows_dated_later() -> None:
    def towns(day: date) -> list[str]:
        return tables_on(tables(), day)["friends"].frame["town"].tolist()

    assert towns(date(2004, 12, 30)) == ["Ash"]  # "2004" means its last day
    assert towns(date(2004, 12, 31)) == ["Ash", "Birch"]
    assert towns(date(2010, 6, 30)) == ["Ash", "Birch", "Cedar"]


def test_the_first_date_that_is_written_dates_a_row() -> None:
    assert tables_on(tables(), date(2010, 8, 31))["rounds"].frame["round"].tolist() == [1, 2, 3]
    assert tables_on(tables(), date(2010, 9, 1))["rounds"].frame["round"].tolist() == [1, 2, 3, 4]
    undated = tables_on(tables(rounds=ROUNDS + "5,,,,\n"), date(1990, 1, 1))["rounds"].frame["round"].tolist()
    assert undated == [5]  # a row without a date is always there


def test_a_day_blanks_later_dates_and_what_goes_with_them() -> None:
    before, after = (tables_on(tables(), day)["lands"].frame for day in (date(2009, 12, 31), date(2010, 12, 31)))
    assert before["from"].tolist() == ["", "2005-03"] and before["pact"].tolist() == ["", "yes"]
    assert after["from"].tolist() == ["2010", "2005-03"] and after["to"].tolist() == ["", ""]
    assert tables()["lands"].frame["from"].tolist() == ["2010", "2005-03"]


def test_names_have_a_short_form_where_there_is_one() -> None:
    names = NAMES.replace("en\n", "en,en_short\n", 1).replace("Ash,town,丙,Ash\n", "Ash,town,丙,Ash Town,Ash\n")
    names = "\n".join(line + "," * (4 - line.count(",")) for line in names.splitlines())
    ash = names_of(tables(names=names), ("zh", "en"), date.max)["Ash"]
    assert (ash.kind, ash.full["en"], ash.short) == ("town", "Ash Town", {"en": "Ash"})


def test_the_land_table_is_read_as_written() -> None:
    assert faults(lands=LANDS.replace("yes", "YES"))[0].endswith(
        "'YES' is not allowed in the column pact; did you mean 'yes'?"
    )
