"""Each language writes the same value in its own way, rounded once, and never more than is true."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianbao.core.documents import Problems
from jianbao.data.facts import Fact
from jianbao.render.html.templates import built_in_wording
from jianbao.text.formatter import UnsayableError, exact, one_figure, rounded, significant, write_period, writers
from jianbao.text.placeholders import fill_placeholder, read_placeholder
from jianbao.text.vocabulary import parse_vocabulary
from tests.text.sample_workspace import NAMES, both, desk, fact, printed


@pytest.mark.parametrize(
    ("value", "unit", "hole", "zh", "en"),
    [
        (38, "city", "f", "38", "38"),
        (1635, "entry", "f", "1635", "1,635"),
        (9999, "person", "f", "9999", "9,999"),
        (10000, "person", "f", "1万", "10,000"),
        (210831, "buyer", "f | counted", "21.0831万名采购商", "210,831 buyers"),
        (45040300, "passenger", "f | counted", "4504.03万人次", "45,040,300 passengers"),
        (83590000, "passenger", "f | counted", "8359万人次", "83.59 million passengers"),
        (22300000000, "usd", "f | money", "223亿美元", "US$22.3 billion"),
        (22300000000, "usd", "f", "223亿", "22.3 billion"),
        (200000000000, "cny", "f | money", "2000亿元", "200 billion yuan"),
        (3200000000000, "cny", "f | money", "3.2万亿元", "3.2 trillion yuan"),
        (3903810000000, "cny", "f | money", "3.90381万亿元", "3,903.81 billion yuan"),
        (1486000000000, "cny", "f | digits(5) | money", "1.486万亿元", "1.486 trillion yuan"),
        (3903810000000, "cny", "f | digits(2) | money", "3.9万亿元", "3.9 trillion yuan"),
        (1000000, "cny", "f | money", "100万元", "1 million yuan"),
        (-2000000000, "usd", "f | money", "−20亿美元", "−US$2 billion"),
        (0.5, "", "f", "0.5", "0.5"),
        (7434.4, "km2", "f | counted", "7434平方公里", "7,434 km²"),
        (5, "km", "f | counted", "5公里", "5 km"),
        (1.8, "point", "f | counted", "1.8分", "1.8 points"),
        (1, "point", "f | counted", "1.0分", "1.0 points"),
        (62, "point", "f | score", "62.0", "62.0"),
        (-1.8, "point", "f | abs | score", "1.8", "1.8"),
        (-1.8, "point", "f | signed", "−1.8", "−1.8"),
        (1.8, "point", "f | signed", "+1.8", "+1.8"),
        (0.8726, "", "f | decimals(2)", "0.87", "0.87"),
        (2, "city", "f | words", "二", "two"),
        (12, "city", "f | words", "12", "12"),
        (2, "city", "f | counted", "2个城市", "two cities"),
        (1, "city", "f | counted", "1个城市", "one city"),
        (0, "city", "f | counted", "0个城市", "zero cities"),
        (6, "edition", "f | counted", "6届", "six editions"),
        (38, "city", "f | counted('sister_city')", "38个国际友好城市", "38 sister cities"),
        (1, "city", "f | noun", "城市", "city"),
        (2, "city", "f | plural('is', 'are')", "are", "are"),
        (3.2, "", "f | times", "3.2倍", "3.2 times"),
        (3, "", "f | times", "3倍", "three times"),
        (2, "", "f | times", "2倍", "twice"),
        (2025, "", "f | year", "2025", "2025"),
    ],
)
def test_a_quantity_is_written_in_each_language(value: float, unit: str, hole: str, zh: str, en: str) -> None:
    assert both(hole, fact(value, unit)) == (zh, en)


@pytest.mark.parametrize(
    ("value", "of", "unit", "hole", "zh", "en"),
    [
        (24, 38, "city", "f | of", "38个中的24个（63%）", "24 of 38 (63%)"),
        (24, 38, "city", "f | of(percent=false)", "38个中的24个", "24 of 38"),
        (2, 7, "city", "f | of", "7个中的2个", "2 of 7"),
        (24, 38, "city", "f | share", "38个中的24个（63%）", "24 of 38 (63%)"),
        (2, 7, "city", "f | share", "7个中的2个", "2 of 7"),
        (412, 653, "city", "f | share", "63%", "63%"),
        (24 / 38, 38, "share", "f | of", "38个中的24个（63%）", "24 of 38 (63%)"),
        (24, 38, "city", "f | percent(1)", "63.2%", "63.2%"),
        (0.041, None, "share", "f | percent(1)", "4.1%", "4.1%"),
        (4.1, None, "percent", "f | percent(1)", "4.1%", "4.1%"),
        (0.63, None, "share", "f", "63%", "63%"),
        (2, 38, "city", "f | base", "38", "38"),
        (0.05, None, "share", "f | points", "5.0个百分点", "5.0 percentage points"),
        (0.01, None, "share", "f | points(0)", "1个百分点", "1 percentage point"),
        (7, 25, "rank", "f | rank('city')", "第7位（共25个）", "7th of 25"),
        (3, 25, "rank", "f | ordinal", "第3", "3rd"),
        (12, 25, "rank", "f | ordinal", "第12", "12th"),
        (0.93, None, "share", "f | likely", "很可能", "very likely"),
        (0.93, None, "share", "f | likely(number=true)", "很可能（93%）", "very likely (93%)"),
        (0.33, None, "share", "f | likely", "可能与否大致各半", "about as likely as not"),
        (0.004, None, "share", "f | likely", "几乎不可能", "exceptionally unlikely"),
    ],
)
def test_a_share_is_written_in_each_language(
    value: float, of: float | None, unit: str, hole: str, zh: str, en: str
) -> None:
    assert both(hole, fact(value, unit, of=of)) == (zh, en)


@pytest.mark.parametrize(
    ("ratio", "en"),
    [(0, "0%"), (0.002, "less than 1%"), (0.998, "more than 99%"), (1, "100%"), (0.995, "more than 99%")],
)
def test_zero_and_all_are_said_only_when_they_are_so(ratio: float, en: str) -> None:
    assert printed("f | percent", fact(ratio, "share"), "en") == en


@pytest.mark.parametrize(
    ("comparator", "zh", "en"),
    [
        (">", "超过1000人", "more than 1,000 people"),
        ("<", "不足1000人", "fewer than 1,000 people"),
        ("≈", "约1000人", "about 1,000 people"),
        (">=", "至少1000人", "at least 1,000 people"),
    ],
)
def test_the_comparator_of_a_source_is_printed(comparator: str, zh: str, en: str) -> None:
    assert both("f | counted", fact(1000, "person", comparator=comparator)) == (zh, en)


def test_amounts_beside_each_other_are_in_the_scale_of_the_largest() -> None:
    def written(language: str, *amounts: float) -> list[str]:
        writer, hole = desk()[language].beside(amounts), read_placeholder("f | money")
        filled = [fill_placeholder(hole, writer, {"f": fact(each, "cny")}).text or "" for each in amounts]
        return [text.replace("\u00a0", " ") for text in filled]

    trade = (1486000000000, 1277930000000, 978690000000)
    assert written("zh", *trade) == ["1.486万亿元", "1.2779万亿元", "0.9787万亿元"]
    assert written("en", *trade) == ["1.486 trillion yuan", "1.2779 trillion yuan", "0.9787 trillion yuan"]
    assert written("zh", 1486000000000, 0, 12000000000) == ["1.486万亿元", "0元", "120亿元"]
    assert written("zh", 220000000, 95000000) == ["2.2亿元", "0.95亿元"]


def test_more_than_is_rounded_down_and_less_than_up_so_that_both_stay_true() -> None:
    assert printed("f | digits(2)", fact(7360, comparator=">"), "en") == "more than 7,300"
    assert printed("f | digits(2)", fact(7310, comparator="<"), "en") == "less than 7,400"


def test_a_round_figure_says_on_which_side_the_value_lies() -> None:
    assert both("f | roundly(2) | money", fact(3203946000000, "cny")) == (
        "超过3.2万亿元",
        "more than 3.2 trillion yuan",
    )
    assert both("f | roundly(1)", fact(98)) == ("近100", "nearly 100")
    assert both("f | roundly(2)", fact(3200)) == ("3200", "3,200")


@pytest.mark.parametrize(
    ("unit", "low", "high", "hole", "zh", "en"),
    [
        ("point", 58.1, 66.9, "f | range", "58.1～66.9", "58.1 to 66.9"),
        ("point", 58, 66.9, "f | low", "58.0", "58.0"),
        ("cny", 900000000, 1600000000, "f | range", "9亿～16亿元", "0.9 billion to 1.6 billion yuan"),
        ("usd", 900000000, 1600000000, "f | range", "9亿～16亿美元", "US$0.9 billion to US$1.6 billion"),
        ("share", 0.15, 0.3, "f | range", "15%～30%", "15% to 30%"),
        ("rank", 5, 9, "f | range", "第5～9", "5th to 9th"),
        ("share", 0.15, 0.3, "f | high | percent", "30%", "30%"),
    ],
)
def test_an_interval_is_written_in_each_language(
    unit: str, low: float, high: float, hole: str, zh: str, en: str
) -> None:
    assert both(hole, fact((low + high) / 2, unit, low=low, high=high)) == (zh, en)


def test_the_interval_of_a_fall_turns_with_its_sign() -> None:
    assert printed("f | abs | range", fact(-1.8, "point", low=-3.1, high=-0.4), "en") == "0.4 to 3.1"


@pytest.mark.parametrize(
    ("iso", "hole", "zh", "en"),
    [
        ("2026-11-24", "f | date", "2026年11月24日", "24 November 2026"),
        ("2026-11-04", "f", "2026年11月4日", "4 November 2026"),
        ("2021-11", "f | date", "2021年11月", "November 2021"),
        ("2021", "f | date", "2021", "2021"),
        ("2025-01/2025-06", "f | date", "2025年1—6月", "January to June 2025"),
        ("2024-10/2025-03", "f", "2024年10月—2025年3月", "October 2024 to March 2025"),
        ("2013/2022", "f | date", "2013—2022", "2013 to 2022"),
        ("2025/2025-06", "f | date", "2025—2025年6月", "2025 to June 2025"),
        ("2025-10-15/2025-11-04", "f | date", "2025年10月15日—11月4日", "15 October to 4 November 2025"),
        ("2025-10-15/2025-10-20", "f | date", "2025年10月15—20日", "15 to 20 October 2025"),
        ("2025-10-15/2026-01-04", "f | date", "2025年10月15日—2026年1月4日", "15 October 2025 to 4 January 2026"),
        ("2025-01/2025-06-04", "f | date", "2025年1月—6月4日", "January to 4 June 2025"),
        ("2021-11-24", "f | month", "2021年11月", "November 2021"),
        ("2021-11-24", "f | year", "2021", "2021"),
    ],
)
def test_a_date_is_written_as_exactly_as_it_is_known(iso: str, hole: str, zh: str, en: str) -> None:
    assert both(hole, fact(iso, kind="date")) == (zh, en)


@pytest.mark.parametrize(
    ("locale", "months", "two_months", "one_month"),
    [
        ("fr", "janvier à juin 2025", "du 15 octobre au 4 novembre 2025", "du 15 au 20 octobre 2025"),
        (
            "es",
            "de enero a junio de 2025",
            "del 15 de octubre al 4 de noviembre de 2025",
            "del 15 al 20 de octubre de 2025",
        ),
        ("en_US", "January to June 2025", "October 15 to November 4, 2025", "October 15 to October 20, 2025"),
    ],
)
def test_a_period_repeats_no_year_in_any_language(locale: str, months: str, two_months: str, one_month: str) -> None:
    language = locale[:2]
    problems: Problems = []
    words = built_in_wording("vocabulary", (language,))
    writer = writers({language: locale}, parse_vocabulary(words, (language,), problems), NAMES)[language]
    assert write_period("2025-01", "2025-06", writer) == months
    assert write_period("2025-10-15", "2025-11-04", writer) == two_months
    assert write_period("2025-10-15", "2025-10-20", writer) == one_month


def test_a_number_knows_its_own_date() -> None:
    assert both("f | as_of | date", fact(38, "city", as_of="2023-12-31")) == ("2023年12月31日", "31 December 2023")


def test_a_list_without_names_is_not_printed_as_nothing() -> None:
    with pytest.raises(UnsayableError, match="the list is empty"):
        both("f | names", fact((), "city", kind="names"))


def test_names_are_listed_in_the_language_s_way() -> None:
    three = fact(("Sydney", "Auckland", "Suva"), "city", kind="names")
    assert both("f | names", three) == ("悉尼、奥克兰和苏瓦", "Sydney, Auckland and Suva")
    assert both("f | names(max=1)", three) == ("悉尼等3个城市", "Sydney and two others")
    assert both("f | names(max=2)", three) == ("悉尼、奥克兰等3个城市", "Sydney, Auckland and one other")
    mixed = fact(("UCLG", "games"), kind="names")
    assert both("f | names", mixed) == (
        "世界城市和地方政府组织、第16届亚运会",
        "United Cities and Local Governments, and 16th Asian Games",
    )
    assert both("f | names", fact(("Suva", "office", "UCLG"), kind="names")) == (
        "苏瓦、市外办、世界城市和地方政府组织",
        "Suva, Foreign Affairs Office, and United Cities and Local Governments",
    )
    assert both("f | names(short=true)", mixed) == ("城地组织和第16届亚运会", "UCLG and 16th Asian Games")


def test_a_name_is_explained_where_it_is_first_mentioned() -> None:
    assert both("name('UCLG') | full", fact(0)) == (
        "世界城市和地方政府组织（UCLG）",
        "United Cities and Local Governments (UCLG)",
    )
    assert both("name('UCLG', short=true)", fact(0)) == ("城地组织", "UCLG")
    assert both("name('Linköping') | full('SWE')", fact(0)) == ("林雪平（Linköping，瑞典）", "Linköping, Sweden")


def test_a_carried_value_is_marked_in_tables_only() -> None:
    assert printed("f | cell", fact(69, "country", carried=1), "en") == "69*"
    assert printed("f", fact(69, "country", carried=1), "en") == "69"


def test_a_month_that_is_not_known_is_written_as_its_year() -> None:
    assert both("f | month", fact("2021", kind="date")) == ("2021年", "2021")
    assert both("f | month", fact("2021-05", kind="date")) == ("2021年5月", "May 2021")


@pytest.mark.parametrize(
    ("hole", "known", "message"),
    [
        ("f | range", fact(1.0), "a.fact has no interval"),
        ("f | of", fact(1.0, "city"), "a.fact has no denominator"),
        ("f | counted", fact(1.0), "this fact has no unit"),
        ("f | counted('citty')", fact(1.0), "'citty' is not a unit of the vocabulary"),
        ("f | money", fact(1.0, "city"), "a.fact is in 'city', which is not money"),
        ("f | date", fact(1.0), "a.fact is a number, not a date"),
        ("f | month(year=false)", fact("2021", kind="date"), "only the year of a.fact is known"),
        ("f | likely", fact(7.0), "a.fact is 7, not a probability"),
        ("f | decimals(1)", fact(22300000000.0, "usd"), "decimals differ where languages scale numbers differently"),
        ("f", fact("Atlantis", kind="name"), "'Atlantis' is not a name of the name table"),
    ],
)
def test_what_cannot_be_said_truly_is_refused(hole: str, known: Fact, message: str) -> None:
    with pytest.raises(UnsayableError, match=message):
        fill_placeholder(read_placeholder(hole), desk()["en"], {"f": known})


def test_decimals_are_exact_and_rounded_half_away_from_zero() -> None:
    assert rounded(exact(2.675), 2) == Decimal("2.68")
    assert rounded(exact(-2.675), 2) == Decimal("-2.68")
    assert rounded(exact(62.449999999999996), 1) == Decimal("62.5")
    assert significant(exact(9.96), 2) == Decimal("10")
    assert significant(exact(0), 2) == 0


@given(st.integers(min_value=1, max_value=10**13), st.integers(min_value=1, max_value=6))
def test_both_languages_print_the_same_significant_digits(value: int, digits: int) -> None:
    bare = [
        "".join(letter for letter in text if letter.isdecimal()).strip("0")
        for text in both(f"f | digits({digits})", fact(float(value)))
    ]
    assert bare[0] == bare[1]


def test_a_share_of_very_few_is_never_a_percentage() -> None:
    led = fact(1 / 3, "share", of=3)
    assert printed("f | of(noun='city')", led, "zh") == "3个中的1个"
    assert printed("f", led, "en") == "1 of 3"
    with pytest.raises(UnsayableError, match="a share of only 3, too few for a percentage"):
        printed("f | percent", led, "en")


@pytest.mark.parametrize("hole", ["f | digits(0)", "f | digits(99)", "f | decimals(99)", "f | words"])
def test_no_number_and_no_sensible_precision_are_refused(hole: str) -> None:
    known = fact(float("nan")) if hole == "f | words" else fact(3.0)
    with pytest.raises(UnsayableError):
        printed(hole, known, "en")


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("the Mayors' Forum and the city's", "the Mayors’ Forum and the city’s"),
        ("it's called 'sharing' in Xi'an", "it’s called ‘sharing’ in Xi’an"),
        ("People's Daily. https://people.cn/it's/2 now", "People’s Daily. https://people.cn/it's/2 now"),
        ("in the '90s, 5' wide", "in the '90s, 5’ wide"),
        ("“whole”, as it is", "“whole”, as it is"),
    ],
)
def test_apostrophes_are_those_of_print(typed: str, printed: str) -> None:
    assert desk()["en"].pointed(typed) == printed
    assert desk()["zh"].pointed(typed) == typed


@pytest.mark.parametrize(
    ("texts", "one"),
    [
        (("62.8", "62,8"), True),
        (("100%", "100\u202f%"), True),
        (("−0.5", "−0,5"), True),
        (("62.8", "62,9"), False),
        (("1,234", "1.234"), False),  # either may be a little more than one
        (("5", "five"), False),
    ],
)
def test_one_figure_is_known_under_the_marks_of_each_language(texts: tuple[str, str], one: bool) -> None:
    assert one_figure(texts) is one


def test_a_currency_follows_a_million_as_the_language_has_it() -> None:
    words = {"fr": "fr_FR", "es": "es_ES"}
    problems: Problems = []
    vocabulary = parse_vocabulary(built_in_wording("vocabulary", tuple(words)), tuple(words), problems)
    french, spanish = (writers(words, vocabulary, NAMES)[language] for language in words)
    shown = [
        [
            fill_placeholder(read_placeholder("it | money"), writer, {"it": fact(value, "euro", "it")}).text or ""
            for value in (61e9, 500.0)
        ]
        for writer in (french, spanish)
    ]
    assert [[text.replace("\u00a0", " ") for text in each] for each in shown] == [
        ["61 milliards d’euros", "500 €"], ["61.000 millones de euros", "500 €"],
    ]  # fmt: skip
