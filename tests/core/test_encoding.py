import codecs

import pytest

from jianbao.core.encoding import (
    NEARLY,
    EncodingError,
    best_matches,
    decode,
    excerpt,
    heads_of,
    invisible_character,
    is_found,
    makes_sense,
    numbers_apart,
    search_parts,
    the_one_named,
)

TEXT = "id,zh\nFukuoka,福冈\nSão Paulo,圣保罗\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("gb18030"),
        TEXT.encode("utf-16"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8 with mark", "gb18030", "utf-16", "utf-16 big end first"],
)
def test_text_is_read_right_in_each_encoding(data: bytes) -> None:
    assert decode(data) == TEXT


def test_a_line_that_could_be_either_is_read_as_what_the_others_are() -> None:
    assert decode("序,名\n一,福冈\n".encode("gb18030")) == "序,名\n一,福冈\n"


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        ("name\nSão Paulo\n".encode("latin-1"), "read as GB18030 it makes no sense", 0),
        ("name\nSão, Sé, Sá\n".encode("latin-1"), "this line is neither UTF-8 nor GB18030", 2),
        ("città\nSão Paulo, Zürich, Kraków".encode("latin-1"), "", 0),
        ("都市\n東京と大阪\n".encode("shift-jis"), "", 0),
        ("城市與國家對話\n廣州國際創新獎\n".encode("big5"), "", 0),
        ("城市\n".encode() + "广州\n".encode("gb18030"), "this line is not UTF-8 although line 1 is", 2),
        ("São Paulo\n".encode() + "广州城市外交\n".encode("gb18030"), "read as GB18030 it makes no sense", 0),
        (codecs.BOM_UTF8 + b"a\n" + "广州".encode("gb18030"), "it begins as UTF-8 but this line is not", 2),
        ("名\n".encode("utf-16-le"), "", 0),
        ("a,b\n".encode("utf-16-le"), "the file has NUL bytes", 1),
        (b"a\x00b", "the file has NUL bytes", 1),
        ("名".encode("utf-32"), "this is UTF-32", 0),
        (codecs.BOM_UTF16_LE + b"a", "it begins as UTF-16 but cannot be read as such", 0),
        (b"PK\x03\x04rest", "this is a workbook or another archive, not text", 0),
        (b"\xd0\xcf\x11\xe0rest", "this is an old or encrypted Office file, not text", 0),
        ("a\nb\ufffd\n".encode(), "shows that text was lost", 2),
        ("a\nb\u200b\n".encode(), "the text has the invisible character U+200B", 2),
        (b"a\x07", "the invisible character U+0007", 1),
    ],
)
def test_what_cannot_be_read_without_guessing_is_refused_with_a_reason(data: bytes, reason: str, line: int) -> None:
    with pytest.raises(EncodingError) as caught:
        decode(data)
    assert reason in caught.value.reason
    assert caught.value.line == line or not line


UNSEEN = (
    *(
        0xAD,
        0x34F,
        0x61C,
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        0x180B,
        0x180E,
        0x200B,
        0x200C,
        0x200D,
        0x200E,
        0x2028,
        0x2029,
    ),
    *(0x202E, 0x2060, 0x2064, 0x206F, 0x2800, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF0, 0xFFF9, 0x1BCA0, 0x1D173),
    *(0x1D17A, 0xE0001, 0xE0041, 0xE0100, 0xE01EF, 0xE0FFF),
)


@pytest.mark.parametrize("code", UNSEEN, ids=hex)
def test_a_character_that_nobody_sees_is_refused_in_names_of_any_script(code: int) -> None:
    for before, after in (("Ostmere", ""), ("Ost", "mere"), ("广", "州"), ("", "x")):
        said = invisible_character(f"{before}{chr(code)}{after}")
        assert said == f"the text has the invisible character U+{code:04X}"


@pytest.mark.parametrize(
    "text",
    [
        "می\u200cخواهم",
        "क्\u200dष",
        "ශ්\u200dරී",
        "ᠠ\u180b",
        "葛城",
        "한국",
        "Zoë",
        "⠃",
        "a\u00a0b",
        "甲\u3000乙",
        "é",
        "e\u0301",
    ],
)
def test_what_a_script_needs_stays(text: str) -> None:
    assert invisible_character(text) == "" and decode(text.encode()) == text


@pytest.mark.parametrize(("text", "so"), [("广州外交", True), ("S茫o", False), ("José ≈ 3", True), ("镕", True)])
def test_misread_bytes_do_not_look_like_chinese(text: str, so: bool) -> None:
    assert makes_sense(text) is so


def test_an_excerpt_begins_some_words_before_what_it_is_about() -> None:
    line = "  A line that is long enough to be cut, by far"
    assert excerpt(line, line.index("long"), 31) == "A line that is long enough to…"
    assert excerpt(line, line.index("cut"), 31) == "…long enough to be cut, by far"
    assert excerpt(line, line.index("cut"), 60) == line.strip()


@pytest.mark.parametrize(
    ("wanted", "text", "found"),
    [
        ("友好关系城市", "建立友好关系的城市数", True),
        ("友好 城市数", "建立友好关系的城市数", True),
        ("友好关系城市", "友好城市的关系", False),
        ("友城", "友好城市", False),
        ("DELTA", "the delta", True),
        ("dlt", "delta", False),
        ("", "anything", True),
    ],
)
def test_a_search_finds_han_with_particles_in_between_and_other_words_as_they_are(
    wanted: str, text: str, found: bool
) -> None:
    assert is_found(wanted, text) == found


def test_a_series_is_found_by_another_word_for_its_total() -> None:
    for wanted in ("友好关系城市总数", "友好关系城市合计"):
        assert best_matches(wanted, {"ties": "建立友好关系的城市数", "towns": "国际友好城市"}) == {"ties": NEARLY}
    assert best_matches("友好关系城市合计", {"same": "友好关系城市合计", "like": "友好关系的城市数"}) == {"same": 1.0}


def test_a_number_that_is_looked_for_is_no_part_of_another() -> None:
    rows = {"total": "ties 111, 2025-11-24", "place": "Recife -34.88111", "long": "1115 people", "share": "111.5"}
    rows |= {"ordinal": "by the copy the 111th", "page": "A111"}
    assert [key for key, text in rows.items() if is_found("111", text)] == ["total"]
    assert is_found("2025", rows["total"]) and is_found("24", rows["total"])
    assert [*best_matches("111", rows)] == ["total"]


def test_a_number_behind_han_characters_is_looked_for_as_a_word_of_its_own() -> None:
    assert (
        numbers_apart("友好关系城市111") == "友好关系城市 111" and numbers_apart("第138届 fair2") == "第 138 届 fair2"
    )


def test_a_search_is_parted_into_words_and_numbers_and_a_compound_ends_in_its_head() -> None:
    assert search_parts("国际友城总数 111") == ("国际友城", "111")
    assert search_parts("visitors 2030") == ("visitors", "2030")
    assert heads_of("国际友城 来客 twins") == "友城 来客 twins"


@pytest.mark.parametrize(
    ("text", "recognised"),
    [
        ("新增一座友好合作交流城市", True),
        ("新增一座国际友好城市", True),
        ("新增一座城市", False),
        ("Another exchange city signs", True),
        ("Another city signs", False),
    ],
)
def test_a_text_says_one_of_some_names_by_a_long_part_of_it_alone(text: str, recognised: bool) -> None:
    names = ("Exchange cities", "Sister cities") if text.isascii() else ("国际友好合作交流城市", "国际友好城市")
    assert bool(found := the_one_named(text, names)) == recognised and found in ("", *names)
    assert not the_one_named(text, (names[0], names[0])), "of two alike it says neither"
