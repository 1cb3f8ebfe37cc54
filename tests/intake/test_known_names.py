"""The names that the program knows: one English name for a Chinese one of a country, and no wrong country."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from babel import Locale
from babel.core import get_global

from jianbao.app.intake import known_cities_and_bodies
from jianbao.data.name_matching import BODY

KNOWN = known_cities_and_bodies()
ROOT = Path(__file__).parents[2]
CITY = ("city",)
# Of which two translations are in use: 加的夫 and 卡迪夫, 克赖斯特彻奇 and 基督城, 南安普敦 and 南安普顿.
CALLED_TWICE = {
    *("Cardiff", "Southampton", "Stoke-on-Trent", "Aix-en-Provence", "Clermont-Ferrand", "Saint-Étienne"),
    *("Erfurt", "Freiburg", "Halle", "Valencia", "Plzeň", "Cluj-Napoca", "Klaipėda", "Oskemen", "Khujand"),
    *("Herzliya", "Ness Ziona", "Alexandria", "Lalitpur", "Pattaya", "Adelaide", "Christchurch", "Québec"),
    *("Whitehorse", "Richmond", "Washington", "San Jose", "Honolulu", "Buffalo", "Irvine", "Lexington"),
    *("Ciudad Juárez", "Manaus", "Foz do Iguaçu", "Hamamatsu", "Louisville", "Napier", "Phoenix", "Poitiers"),
    *("Kansas City", "Oklahoma City", "Des Moines", "Niihama", "Curitiba", "Brasília", "Sankt Pölten", "Kópavogur"),
    *("Markham", "Hamilton", "Givatayim", "Dnipro", "Cochabamba", "Middlesbrough"),
    *(
        "Hiratsuka",
        "Joinville",
        "Puerto Princesa",
        "Alberta",
        "Oklahoma",
        "Bristol",
        "Massachusetts",
        "Iowa",
        "Alabama",
    ),
    *("Kota Kinabalu", "Sarawak", "Ibaraki", "Bundaberg", "Ubon Ratchathani", "Nakhon Ratchasima", "Commerce City"),
    *("Alabama", "Durance-Luberon-Verdon Agglomération"),
    *("Ravenna", "Tijuana", "Wollongong", "Zoetermeer", "Cagayan de Oro", "Ingolstadt", "Tauranga", "Udon Thani"),
}
SPELT_OTHERWISE = {"Bình Dương Province", "Montréal", "New York City", "Xi'an"}  # by an office


def names(folder: str) -> dict[str, dict[str, str]]:
    with (ROOT / folder / "data" / "names.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_a_city_has_one_english_name_and_that_name_one_chinese_one() -> None:
    counted = Counter((code, english) for found in KNOWN.cities.values() for code, english in found.items())
    assert {english for (_, english), count in counted.items() if count > 1} == CALLED_TWICE
    assert all(len({*found.values()}) <= len(found) for found in KNOWN.cities.values())


def test_the_usual_partner_cities_of_the_world_are_known() -> None:
    assert sum(len(found) for found in KNOWN.cities.values()) > 1200
    named = {("撒马尔罕市", "UZ"): "Samarkand", ("雷根斯堡", "DE"): "Regensburg", ("绍莫吉州", "HU"): "Somogy County"}
    assert {each: KNOWN.english(CITY, each[0], country=each[1])[0] for each in named} == named


def test_partners_and_bodies_that_offices_in_the_south_and_the_north_list_have_their_english_names() -> None:
    cities = {
        *(("西哈努克省", "KH", "Preah Sihanouk Province"), ("占巴塞省", "LA", "Champasak Province")),
        *(("商业城（科默斯城）", "US", "Commerce City"), ("格鲁琼兹市", "PL", "Grudziądz"), ("克鲁市", "GB", "Crewe")),
        *(("班达堡市", "AU", "Bundaberg"), ("北江市（北江省）", "VN", "Bac Giang"), ("居林市", "MY", "Kulim")),
        *(("伊利诺伊州", "US", "State of Illinois"), ("滨海边疆区", "RU", "Primorsky Krai")),
        *(("柴郡", "GB", "Cheshire"), ("堪萨斯州", "US", "State of Kansas"), ("巴伐利亚州", "DE", "State of Bavaria")),
    }
    assert {(zh, code, KNOWN.english(CITY, zh, country=code)[0]) for zh, code, _ in cities} == cities
    bodies = {
        "世界城市和地方政府联盟（UCLG）亚太区": "UCLG Asia-Pacific",
        "世界冬季城市市长会（WWCAM）": "World Winter Cities Association for Mayors",
        "各县（市、区）": "Counties and districts",
        "会展办": "Municipal Convention and Exhibition Office",
    }
    assert {zh: KNOWN.english((BODY,), zh)[0] for zh in bodies} == bodies


def test_every_country_of_a_known_city_is_a_known_country() -> None:
    codes = {code for found in KNOWN.cities.values() for code in found}
    assert codes - {"HK", "MO"} <= {code for every in KNOWN.continents.values() for code in every}


def test_the_names_and_countries_of_the_time_zones_of_the_cldr_are_the_same() -> None:
    countries, compared = get_global("zone_territories"), 0
    for zone, words in Locale("zh").time_zones.items():
        found, english = KNOWN.cities.get(words.get("city", "")), Locale("en").time_zones.get(zone, {}).get("city")
        if found and (code := countries.get(zone)):
            compared += 1
            assert code in found, words
            assert english in (None, found[code]) or english in ("Sao Paulo", "Bogota"), (words, found)
    assert compared > 80


@pytest.mark.parametrize("folder", [".", "examples/chengdu"])
def test_the_cities_of_a_real_workspace_have_the_names_and_countries_of_its_tables(folder: str) -> None:
    known, compared = names(folder), 0
    for row in known.values():
        found = KNOWN.cities.get(row["zh"].removesuffix("市"), {}) if row["kind"] == "city" else {}
        assert not found or row["en"] in (*found.values(), *SPELT_OTHERWISE), row
    for table in ("sister_cities", "exchange_cities"):
        with (ROOT / folder / "data" / f"{table}.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                found = KNOWN.cities.get(known.get(row["city"], {}).get("zh", "").removesuffix("市"), {})
                compared += bool(found)
                assert not found or KNOWN.code([known[row["country"]]["zh"]], ["zh"]) in found, row
    assert compared > 15


def test_a_city_of_two_countries_is_only_named_where_the_country_is_known() -> None:
    assert [KNOWN.english(CITY, "奥克兰市", country=code)[0] for code in ("NZ", "US", "CA", "")] == [
        "Auckland",
        "Oakland",
        "",
        "",
    ]
    assert KNOWN.english(CITY, "伯明翰", country="")[0] == "Birmingham"


def test_an_organization_has_one_english_name_and_one_abbreviation() -> None:
    pairs = {*KNOWN.bodies.values()}
    assert len({english for english, _ in pairs}) == len(pairs)
    assert KNOWN.english((BODY,), "市纪委监委")[0] and KNOWN.english((BODY,), "城地组织")[1] == "UCLG"
