"""A sentence about a source, as people write it, gives the fields of the source that are sure."""

import pytest

from jianbao.data.provenance import source_in
from jianbao.studio.pages.given_answers import citation_words
from jianbao.text.citations import words_about

KNOWN = {"港城日报": "港城日报", "Harbour Daily": "港城日报", "通讯社": "通讯社"}
TITLE, ENGLISH = "港城新增一座友好城市", "The harbour has a new sister city"
WHOLE = {"title": TITLE, "title_en": ENGLISH, "producer": "港城日报", "published": "2031-02-03", "pages": "3"}


@pytest.mark.parametrize(
    ("sentence", "fields"),
    [
        (
            f"《港城日报》2031年2月3日第3版报道（标题《{TITLE}》，英文名 {ENGLISH}；网址 https://example.org/2031-02/03/a.htm）",
            {**WHOLE, "url": "https://example.org/2031-02/03/a.htm"},
        ),
        (
            f"港城日报 2031-02-03 A6版《{TITLE}》https://example.org/a",
            {
                "title": TITLE,
                "producer": "港城日报",
                "published": "2031-02-03",
                "pages": "A6",
                "url": "https://example.org/a",
            },
        ),
        (f"标题：{TITLE} 港城日报 2031/2/3 第三版，英文标题：{ENGLISH}", WHOLE),
        (f"《港城日报》2031年2月3日第3版，《{TITLE}》（{ENGLISH}）", WHOLE),
        (
            f"Harbour Daily, 3 February 2031, p. A6, “{ENGLISH}”, https://example.org/a.",
            {
                "title": ENGLISH,
                "producer": "港城日报",
                "published": "2031-02-03",
                "pages": "A6",
                "url": "https://example.org/a",
            },
        ),
        ("通讯社港城2月3日电", {"producer": "通讯社"}),
        ("《远山晚报》2031年2月头版", {"producer": "远山晚报", "published": "2031-02", "pages": "1"}),
        ("远山晚报2031.2.3", {"producer": "远山晚报", "published": "2031-02-03"}),
        ("https://example.org/2031-02-03/a.htm", {"url": "https://example.org/2031-02-03/a.htm"}),
        (TITLE, {"title": TITLE}),
        (ENGLISH, {"title": ENGLISH}),
        (f"{TITLE} https://example.org/a", {"title": TITLE, "url": "https://example.org/a"}),
        ("《全市情况通报》", {"title": "全市情况通报"}),
    ],
)
def test_what_a_sentence_says_of_a_source_is_read(sentence: str, fields: dict[str, str]) -> None:
    assert source_in(sentence, KNOWN, citation_words()) == fields


@pytest.mark.parametrize(
    ("sentence", "fields"),
    [
        ("", {}),
        ("随便写写", {}),
        ("据港城日报2031年2月3日报道，友好城市总数达到112个", {"producer": "港城日报", "published": "2031-02-03"}),
        ("港城日报转载通讯社2031年2月3日《甲》和《乙》", {"published": "2031-02-03"}),
        ("《甲》，2031-02-03至2031-02-05", {"title": "甲"}),
        ("2031年13月40日 https://a.example/1 https://a.example/2", {}),
    ],
)
def test_what_may_be_one_thing_or_another_is_left_out(sentence: str, fields: dict[str, str]) -> None:
    assert source_in(sentence, KNOWN, citation_words()) == fields


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "《港城日报》2031年2月3日第3版（标题《增至112个》；网址 https://example.org/112.htm）：截至当日友城总数达112个。",
            "截至当日友城总数达112个",
        ),
        ("截至当日，友城总数达112个。《港城日报》", "截至当日，友城总数达112个"),
        (
            "The city has 112 partners, more than ever. Harbour Daily, 3 February 2031",
            "The city has 112 partners, more than ever",
        ),
        ("1125个，11.2%", ""),
        ("", ""),
    ],
)
def test_of_a_pasted_text_the_words_that_say_the_number_are_its_quotation(text: str, words: str) -> None:
    assert words_about(text, "112") == words
