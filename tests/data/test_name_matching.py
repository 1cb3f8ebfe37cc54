"""Names in another spelling are found; bodies that differ in what tells them apart are not taken for each other."""

import pytest

from jianbao.core.messages import verbatim
from jianbao.data.name_matching import NameTable, name_table

BODY, CITY = ("body",), ("city",)


@pytest.fixture(scope="module")
def names() -> NameTable:
    office = {
        "id": "Foreign Affairs Office of Anlan",
        "zh": "安澜市人民政府外事办公室",
        "short": "市外办",
        "list": "安澜市人民政府外事办公室 Foreign Affairs Office of Anlan",
    }
    bureau = {"id": "Finance Bureau of Anlan", "zh": "乌兰安澜市财政局"}
    bodies = [{**row, "kind": "body"} for row in (office, bureau)]
    cities = [{"id": "Halle", "kind": "city", "zh": "哈勒"}, {"id": "Łódź", "kind": "city", "zh": "罗兹"}]
    return name_table([*bodies, *cities], ["zh", "short", "list"])


@pytest.mark.parametrize(
    "text",
    [
        *("安澜市人民政府", "安澜市人民政府办公室", "安澜市人民政府侨务办公室", "安澜市政府", "市侨办"),
        *("乌兰安澜市税务局", "乌兰安澜市民政局", "乌兰安澜市财政厅"),
        *("Municipal Government of Anlan", "Foreign Office of Anlan", "Finance Office of Anlan", "Office of Anlan"),
        "安澜市人民政府 Municipal Government of Anlan",
        "Foreign Affairs Office and Finance Bureau of Anlan",
    ],
)
def test_a_body_that_differs_in_what_tells_bodies_apart_is_another_one(names: NameTable, text: str) -> None:
    assert names.recognise(text, BODY) is None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *(
            (text, "Foreign Affairs Office of Anlan")
            for text in ("安澜市政府外事办公室", "安澜市外事办", "安澜市人民政府外外事办公室")
        ),
        *(
            (text, "Foreign Affairs Office of Anlan")
            for text in ("Anlan Foreign Affairs Office", "Foriegn Affairs Office of Anlan")
        ),
        ("安澜市人民政府事外办公室", "Foreign Affairs Office of Anlan"),
        ("Finance Bureau of the City of Anlan", "Finance Bureau of Anlan"),
        ("安澜市财政局", "Finance Bureau of Anlan"),
    ],
)
def test_a_body_in_another_spelling_is_asked_about(names: NameTable, text: str, meant: str) -> None:
    found = names.recognise(text, BODY)
    assert found and (found.id, found.certain) == (meant, False)


@pytest.mark.parametrize(("text", "meant"), [("Halle an der Saale", "Halle"), ("Lodz", "Łódź"), ("Hale", "Halle")])
def test_a_place_is_found_misspelt_and_within_a_longer_name(names: NameTable, text: str, meant: str) -> None:
    found = names.recognise(text, CITY)
    assert found and found.id == meant


def test_what_may_be_several_is_none(names: NameTable) -> None:
    assert names.recognise("安澜", BODY) is None


def test_the_hint_for_a_name_like_none_lists_the_known_ones_where_they_are_few() -> None:
    ids = ("Africa", "Asia", "Europe", "Oceania")
    few = name_table([{"id": each, "kind": "continent", "en": each} for each in ids], ["en"])
    add = verbatim("add it")
    assert few.hint("Amerika", ("continent",), add) == f"known: {', '.join(ids)}; for another one, add it"
    assert few.hint("Afrika", ("continent",), add) == "did you mean 'Africa'? If not, add it"
    many = name_table([{"id": f"City {each}", "kind": "city"} for each in "ABCDEFGH"], ["en"])
    assert many.hint("Amerika", ("city",), add) == "add it"
