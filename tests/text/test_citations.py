"""References are printed as GB/T 7714 prints its own examples, and as ISO 690 has their counterpart.

The entries are those of the standard's text and appendices, with the access date given as the 2025 edition has it:
only for what is fetched (web pages, databases, data sets), no longer for articles, newspapers and books.
"""

from dataclasses import replace

import pytest

from jianbao.data.csv_files import Sheet
from jianbao.data.facts import Source
from jianbao.text.citations import briefly_cited, cite, in_title_marks, short_names
from tests.data.small_tables import document
from tests.text.sample_workspace import desk


def source(kind: str, title: str, language: str = "zh", **fields: str) -> Source:
    own = {key: fields.pop(key, "") for key in ("producer", "published", "accessed", "url")}
    return Source(id="s", title=title, kind=kind, language=language, fields=fields, **own)


STANDARD = [
    (
        source("M", "物质结构", author="徐光宪、王祥云", place="北京", publisher="科学出版社", year="2010"),
        "徐光宪, 王祥云. 物质结构[M]. 北京: 科学出版社, 2010.",
    ),
    (
        source("M", "国史旧闻: 第1卷", author="陈登原", place="北京", publisher="中华书局", year="2000", pages="29"),
        "陈登原. 国史旧闻: 第1卷[M]. 北京: 中华书局, 2000: 29.",
    ),
    (
        source(
            "J", "蓝田生物群: 一个认识多细胞生物起源和早期演化的新窗口", author="袁训来、陈哲、肖书海、万斌",
            journal="科学通报", year="2012", volume="55", issue="34", pages="3219",
        ),
        "袁训来, 陈哲, 肖书海, 等. 蓝田生物群: 一个认识多细胞生物起源和早期演化的新窗口[J]. "
        "科学通报, 2012, 55(34): 3219.",
    ),
    (
        source(
            "J", "The genome of Eucalyptus grandis", "en", author="Myburg A A; Grattapaglia D; Tuskan G A; Hellsten U",
            journal="Nature", year="2014", volume="510", pages="356-362", accessed="2014-06-25",
            url="https://www.nature.com/articles/nature13308.pdf",
        ),
        "Myburg A A, Grattapaglia D, Tuskan G A, et al. The genome of Eucalyptus grandis[J/OL]. Nature, 2014, 510: "
        "356-362. https://www.nature.com/articles/nature13308.pdf.",
    ),
    (
        source(
            "N/OL", "我们的科技一直在追赶——访中国工程院院长周济", author="余建斌", producer="人民日报",
            published="2013-01-12", pages="2", accessed="2013-03-20", url="http://paper.people.com.cn/a.htm",
        ),
        "余建斌. 我们的科技一直在追赶: 访中国工程院院长周济[N/OL]. 人民日报, 2013-01-12(2). http://paper.people.com.cn/a.htm.",
    ),
    (
        source("N", "数字革命与竞争国际化", author="丁文详", producer="中国青年报", published="2000-11-20", pages="15"),
        "丁文详. 数字革命与竞争国际化[N]. 中国青年报, 2000-11-20(15).",
    ),
    (
        source("D", "人类活动影响下海河流域典型区水循环变化分析", author="马欢", place="北京", publisher="清华大学",
               year="2011", pages="27"),
        "马欢. 人类活动影响下海河流域典型区水循环变化分析[D]. 北京: 清华大学, 2011: 27.",
    ),
    (
        source("D", "Infrared spectroscopic studies on solid oxygen", "en", author="Calms R B", place="Berkeley",
               publisher="University of California", year="1965"),
        "Calms R B. Infrared spectroscopic studies on solid oxygen[D]. Berkeley: University of California, 1965.",
    ),
    (
        source("EB/OL", "出版业信息化迈入快车道", author="萧钰", published="2001-12-19", accessed="2002-04-15",
               url="http://www.creader.com/news/20011219/200112190019.html"),
        "萧钰. 出版业信息化迈入快车道[EB/OL]. (2001-12-19)[2002-04-15]. "
        "http://www.creader.com/news/20011219/200112190019.html.",
    ),
    (
        source("EB/OL", "About OCLC: history of cooperation", "en", producer="Online Computer Library Center, Inc.",
               accessed="2012-03-27", url="http://www.oclc.org/about/cooperation.en.html"),
        "Online Computer Library Center, Inc. About OCLC: history of cooperation[EB/OL]. [2012-03-27]. "
        "http://www.oclc.org/about/cooperation.en.html.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("known", "entry"), STANDARD)
def test_the_examples_of_the_standard_come_out_as_printed(known: Source, entry: str) -> None:
    assert cite(known, desk()["zh"]) == entry


REPORT = source(
    "R", "国防白皮书: 中国武装力量的多样化运用", producer="中华人民共和国国务院新闻办公室", published="2013-04-16",
    accessed="2014-06-11", url="http://www.mod.gov.cn/affair/2013-04/16/content_4442839.htm",
)  # fmt: skip


def test_a_report_has_its_day_and_its_address() -> None:
    assert cite(REPORT, desk()["zh"]) == (
        "中华人民共和国国务院新闻办公室. 国防白皮书: 中国武装力量的多样化运用[R/OL]. 2013-04-16. "
        "http://www.mod.gov.cn/affair/2013-04/16/content_4442839.htm."
    )


def test_a_book_without_place_and_publisher_says_so_in_its_own_language() -> None:
    assert cite(source("M", "物质结构", year="2010"), desk()["zh"]) == "物质结构[M]. [出版地不详]: [出版者不详], 2010."
    assert cite(source("M", "Matter", "en", year="2010"), desk()["zh"]) == "Matter[M]. [S.l.]: [s.n.], 2010."


def test_a_supplied_title_keeps_its_brackets_and_a_doi_stands_for_its_address() -> None:
    web = source("DB/OL", "[友城一览]", producer="市外办", url="http://example.org/a")
    assert cite(web, desk()["zh"]) == "市外办. [友城一览][DB/OL]. http://example.org/a."
    article = source("J", "题", journal="刊", year="2024", issue="6", url="https://doi.org/10.1/a", doi="10.1/a")
    assert cite(article, desk()["zh"]) == "题[J/OL]. 刊, 2024(6). DOI: 10.1/a."


def test_a_standard_begins_with_its_number() -> None:
    known = source("S", "信息与文献 都柏林核心元数据元素集", number="GB/T 25100—2010")
    assert cite(known, desk()["zh"]) == "GB/T 25100—2010 信息与文献 都柏林核心元数据元素集[S]."


def test_the_english_list_translates_what_was_translated_and_names_the_language() -> None:
    web = source(
        "EB/OL", "[友城一览]", producer="市外办", title_en="[List of sister cities]", published="2024-03",
        accessed="2024-04-13", url="http://example.org/a",
    )  # fmt: skip
    assert cite(web, desk()["en"]) == (
        "Foreign Affairs Office. [List of sister cities] [in Chinese]. March 2024. "
        "http://example.org/a (accessed 13 April 2024)."
    )
    paper = source("N", "[城市新闻]", producer="市报", title_en="City news", published="2024-03-01", pages="3")
    assert ", p. 3. 1 March 2024." in cite(paper, desk()["en"])
    assert ", A6. 1 March 2024." in cite(replace(paper, fields={**(paper.fields or {}), "pages": "A6"}), desk()["en"])
    article = source("J", "City Diplomacy", "en", author="A; B; C; D", journal="Cities", year="2007", volume="3",
                     issue="2", pages="1–9", accessed="2024-01-01", url="http://example.org/b")  # fmt: skip
    assert cite(article, desk()["en"]) == (
        "A, B, C, et al. City Diplomacy. Cities, 3(2), 1–9. 2007. http://example.org/b."
    )


@pytest.mark.parametrize(
    ("name", "marked"),
    [("港城日报", "《港城日报》"), ("通讯社", "通讯社"), ("统计公报", "统计公报"), ("Harbour Daily", "Harbour Daily")],
)
def test_a_chinese_newspaper_is_written_in_title_marks(name: str, marked: str) -> None:
    assert in_title_marks(name) == marked


def test_a_sentence_calls_a_source_by_its_publisher_and_english_gets_no_chinese() -> None:
    entry = document('{producer: "港城日报", kind: N, title: 甲}', "data/sources.yml")
    names = Sheet(
        table="names",
        file="names.csv",
        head=("id", "zh", "en"),
        rows=(("d", "港城日报", "Harbour Daily"),),
        numbers=(2,),
    )
    assert short_names(entry, names) == {"zh": "《港城日报》报道", "en": "a Harbour Daily report"}
    assert short_names(entry, None) == {"zh": "《港城日报》报道"}


def test_a_remark_calls_a_source_by_publisher_and_day_or_by_its_title() -> None:
    press = source("N", "甲", producer="港城日报", published="2031-02-03")
    assert briefly_cited(press, desk()["zh"]) == "《港城日报》2031-02-03"
    assert briefly_cited(source("EB/OL", "[甲]"), desk()["zh"]) == "甲"
